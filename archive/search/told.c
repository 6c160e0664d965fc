#include "archive/search/told.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "archive/copies/story.h"

#define IN_TEXT 128u
#define SHOWN_MOST 127u
#define PLACE_MOST 0xffffffu

static bool has_value(const struct wv_mention *m)
{
	return m->kind == WV_MENTION_QUANTITY || m->kind == WV_MENTION_FIGURE;
}

static uint8_t of_255(double share)
{
	return (uint8_t)lround(fmin(fmax(share, 0), 1) * 255);
}

struct pair {
	struct wv_mention mention;
	float rarity;
};

static int by_key(const void *a, const void *b)
{
	const struct wv_mention *x = &((const struct pair *)a)->mention,
				*y = &((const struct pair *)b)->mention;

	if (x->key >> 32 != y->key >> 32)
		return x->key >> 32 < y->key >> 32 ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

void wv_told_sort(struct wv_told *told)
{
	struct pair pairs[WV_MENTIONS_MAX];
	size_t n = told->mentions.n;

	WV_ASSERT(n <= WV_MENTIONS_MAX);
	for (size_t i = 0; i < n; i++)
		pairs[i] = (struct pair){told->mentions.items[i], told->rarities[i]};
	qsort(pairs, n, sizeof(*pairs), by_key);
	for (size_t i = 0; i < n; i++) {
		told->mentions.items[i] = pairs[i].mention;
		told->rarities[i] = (float)(of_255(pairs[i].rarity / WV_STORY_RARITY_MOST) *
		                            WV_STORY_RARITY_MOST / 255);
	}
}

static void add_float(struct wv_buf *out, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	wv_buf_add_u32(out, bits);
}

static void add_shown(struct wv_buf *out, struct wv_slice shown, struct wv_slice text)
{
	size_t n = shown.n < SHOWN_MOST ? shown.n : SHOWN_MOST;
	bool is_inside = n > 0 && shown.p >= text.p && shown.p < text.p + text.n;
	size_t at = is_inside ? (size_t)(shown.p - text.p) : 0;

	if (is_inside && at <= PLACE_MOST) {
		wv_buf_add_byte(out, (unsigned char)(IN_TEXT | n));
		wv_buf_add_u16(out, (uint16_t)(at & 0xffff));
		wv_buf_add_byte(out, (unsigned char)(at >> 16));
		return;
	}
	wv_buf_add_byte(out, (unsigned char)n);
	wv_buf_add_bytes(out, shown.p, n);
}

enum wv_status wv_told_encode(const struct wv_told *told, struct wv_slice text, struct wv_buf *out,
                              struct wv_err *err)
{
	wv_buf_reset(out);
	wv_buf_add_u64(out, (uint64_t)told->captured);
	wv_buf_add_u64(out, (uint64_t)told->recorded);
	wv_buf_add_u32(out, (uint32_t)told->day);
	wv_buf_add_bytes(out, told->language, sizeof(told->language));
	add_float(out, told->others);
	add_float(out, told->own);
	wv_buf_add_u16(out, (uint16_t)told->mentions.n);
	for (size_t i = 0; i < told->mentions.n; i++) {
		const struct wv_mention *m = &told->mentions.items[i];

		wv_buf_add_byte(out, m->kind);
		wv_buf_add_byte(out, of_255((double)m->salience));
		wv_buf_add_byte(out, of_255((double)told->rarities[i] / WV_STORY_RARITY_MOST));
		wv_buf_add_u64(out, m->key);
		if (has_value(m)) {
			uint64_t bits;

			memcpy(&bits, &m->value, sizeof(bits));
			wv_buf_add_u64(out, bits);
			wv_buf_add_u16(out, (uint16_t)m->context);
		}
		add_shown(out, m->shown, text);
	}
	return wv_buf_finish(out, "what an article mentions", err);
}

static float read_float(struct wv_cursor *c)
{
	uint32_t bits = wv_cursor_u32(c);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static struct wv_slice read_shown(struct wv_cursor *c, struct wv_slice text)
{
	size_t n = wv_cursor_u8(c), at;

	if (!(n & IN_TEXT))
		return wv_cursor_bytes(c, n);
	n &= SHOWN_MOST;
	at = wv_cursor_u16(c);
	at |= (size_t)wv_cursor_u8(c) << 16;
	return at < text.n ? wv_slice_part(text, at, n) : WV_SLICE_NONE;
}

static void read_mention(struct wv_cursor *c, struct wv_slice text, struct wv_mention *m, float *rarity)
{
	m->kind = wv_cursor_u8(c);
	m->salience = (float)wv_cursor_u8(c) / 255;
	*rarity = (float)(wv_cursor_u8(c) * WV_STORY_RARITY_MOST / 255);
	m->key = wv_cursor_u64(c);
	if (m->kind >= WV_MENTION_KINDS)
		c->failed = true;
	else if (has_value(m)) {
		uint64_t bits = wv_cursor_u64(c);

		memcpy(&m->value, &bits, sizeof(m->value));
		m->context = wv_cursor_u16(c);
	}
	m->shown = read_shown(c, text);
}

enum wv_status wv_told_decode(struct wv_slice row, struct wv_slice text, struct wv_arena *arena,
                              struct wv_told *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_told told = {.captured = (int64_t)wv_cursor_u64(&c)};
	struct wv_slice language;

	told.recorded = (int64_t)wv_cursor_u64(&c);
	told.day = (int32_t)wv_cursor_u32(&c);
	language = wv_cursor_bytes(&c, sizeof(told.language));
	told.others = read_float(&c);
	told.own = read_float(&c);
	told.mentions.n = wv_cursor_u16(&c);
	if (c.failed || told.mentions.n > WV_MENTIONS_MAX)
		return wv_err_set(err, WV_DAMAGED, "search index: what an article mentions does not decode");
	memcpy(told.language, language.p, sizeof(told.language));
	told.mentions.items = WV_ARENA_ARRAY(arena, struct wv_mention, told.mentions.n);
	told.rarities = WV_ARENA_ARRAY(arena, float, told.mentions.n);
	if (!told.mentions.items || !told.rarities)
		return wv_err_set(err, WV_NOMEM, "out of memory for what an article mentions");
	for (size_t i = 0; i < told.mentions.n && !c.failed; i++)
		read_mention(&c, text, &told.mentions.items[i], &told.rarities[i]);
	if (c.failed)
		return wv_err_set(err, WV_DAMAGED, "search index: what an article mentions does not decode");
	*out = told;
	return WV_OK;
}
