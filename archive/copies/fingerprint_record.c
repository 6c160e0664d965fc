#include "archive/copies/fingerprint.h"

/*
 * How a fingerprint is stored (wirevault-archive(5)).
 */

void wv_fingerprint_encode(const struct wv_fingerprint *f, struct wv_buf *out)
{
	uint64_t before = 0;

	wv_buf_add_bytes(out, f->exact.b, WV_DIGEST_BYTES);
	wv_buf_add_varint(out, f->units);
	wv_buf_add_varint(out, f->shingles);
	wv_buf_add_varint(out, f->level);
	for (uint32_t l = f->level; l < WV_FINGERPRINT_LEVELS; l++)
		wv_buf_add_varint(out, f->count[l]);
	wv_buf_add_varint(out, f->entry_count);
	for (uint32_t i = 0; i < f->entry_count; i++) {
		wv_buf_add_varint(out, f->entries[i] - before);
		before = f->entries[i];
	}
	wv_buf_add_varint(out, f->figure_count);
	for (uint32_t i = 0; i < f->figure_count; i++) {
		wv_buf_add_u32(out, f->figures[i].context);
		wv_buf_add_u32(out, f->figures[i].value);
	}
}

static bool decode_lists(struct wv_cursor *c, struct wv_arena *arena, struct wv_fingerprint *out)
{
	uint64_t *entries, before = 0;
	struct wv_figure *figures;

	out->entry_count = (uint32_t)wv_cursor_varint(c);
	if (c->failed || out->entry_count > wv_cursor_left(c))
		return false;
	entries = WV_ARENA_ARRAY(arena, uint64_t, out->entry_count + (size_t)1);
	for (uint32_t i = 0; i < out->entry_count && entries; i++)
		entries[i] = before += wv_cursor_varint(c);
	out->figure_count = (uint32_t)wv_cursor_varint(c);
	if (c->failed || !entries || out->figure_count > WV_FINGERPRINT_FIGURES)
		return false;
	figures = WV_ARENA_ARRAY(arena, struct wv_figure, out->figure_count + (size_t)1);
	for (uint32_t i = 0; i < out->figure_count && figures; i++) {
		figures[i].context = wv_cursor_u32(c);
		figures[i].value = wv_cursor_u32(c);
	}
	out->entries = entries;
	out->figures = figures;
	return figures != NULL;
}

bool wv_fingerprint_decode(struct wv_slice bytes, struct wv_arena *arena,
                           struct wv_fingerprint *out)
{
	struct wv_cursor c = wv_cursor(bytes);
	struct wv_slice exact = wv_cursor_bytes(&c, WV_DIGEST_BYTES);
	struct wv_fingerprint made = {.level = 0};

	if (c.failed)
		return false;
	memcpy(made.exact.b, exact.p, WV_DIGEST_BYTES);
	made.units = (uint32_t)wv_cursor_varint(&c);
	made.shingles = (uint32_t)wv_cursor_varint(&c);
	made.level = (uint32_t)wv_cursor_varint(&c);
	if (c.failed || made.level >= WV_FINGERPRINT_LEVELS)
		return false;
	for (uint32_t l = made.level; l < WV_FINGERPRINT_LEVELS; l++)
		made.count[l] = (uint32_t)wv_cursor_varint(&c);
	for (uint32_t l = 0; l < made.level; l++)
		made.count[l] = made.count[made.level];
	if (!decode_lists(&c, arena, &made) || c.failed || wv_cursor_left(&c) > 0)
		return false;
	*out = made;
	return true;
}
