#include "archive/copies/documents_inner.h"

#include "config/base/limits.h"

#define ROW_CAP_BYTES (4u * WV_KIB)

#define FLAG_ROUNDUP 1u
#define FLAG_SETTLED 2u
#define FLAG_EXACT   4u
#define FLAG_TEXT    8u
#define FLAG_PARTS   16u

#define STANDING_BYTES 33u
#define MAIN_BYTES     9u
#define COMMON_BYTES   8u

struct wv_slice wv_document_key(unsigned char letter, uint64_t number, unsigned char key[static 9])
{
	key[0] = letter;
	wv_store_u64_be(key + 1, number);
	return wv_slice(key, 9);
}

/* Documents come by their numbers, and these rows lie last in the table: pages that are only
 * appended to are filled whole. */
static enum wv_status put_last(struct wv_txn *txn, struct wv_slice key, struct wv_slice row,
                               struct wv_err *err)
{
	struct wv_walk *walk = NULL;
	struct wv_slice last = WV_SLICE_NONE, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_FINGERPRINTS, &walk, err);
	bool is_last = false;

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, WV_SLICE_NONE, &last, &value, err);
	if (st == WV_OK)
		is_last = wv_slice_compare(last, key) < 0;
	wv_walk_end(&walk);
	if (st != WV_OK && st != WV_NO)
		return st;
	return is_last ? wv_txn_append(txn, WV_TABLE_FINGERPRINTS, key, row, err)
	               : wv_txn_put(txn, WV_TABLE_FINGERPRINTS, key, row, err);
}

enum wv_status wv_document_put_sides(struct wv_txn *txn, const struct wv_document *document,
                                     struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[9];
	const struct wv_sides *sides = &document->sides;
	enum wv_status st;

	wv_buf_init(&row, ROW_CAP_BYTES);
	wv_buf_add_byte(&row, 1);
	wv_buf_add_u32(&row, document->partition);
	wv_buf_add_byte(&row, (unsigned char)sides->level);
	for (uint32_t l = sides->level; l < WV_FINGERPRINT_LEVELS; l++)
		wv_buf_add_varint(&row, sides->count[l]);
	wv_buf_add_varint(&row, sides->figure_count);
	for (uint32_t i = 0; i < sides->figure_count; i++) {
		const struct wv_figure *figure = &sides->figures[i];

		for (int byte = 0; byte < 3; byte++)
			wv_buf_add_byte(&row, (unsigned char)(figure->context >> 8 * byte));
		for (int byte = 0; byte < 3; byte++)
			wv_buf_add_byte(&row, (unsigned char)(figure->value >> 8 * byte));
	}
	st = wv_buf_finish(&row, "fingerprint", err);
	return st == WV_OK ? put_last(txn, wv_document_key('z', document->number, key),
	                              wv_buf_slice(&row), err)
	                   : st;
}

enum wv_status wv_document_get_sides(struct wv_documents *d, struct wv_txn *txn,
                                     struct wv_document *document, struct wv_err *err)
{
	unsigned char key[9];
	struct wv_slice row;
	struct wv_figure *figures;
	struct wv_cursor c;
	uint64_t count;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                               wv_document_key('z', document->number, key), &row, err);

	if (st != WV_OK)
		return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "fingerprint without its row")
		                   : st;
	c = wv_cursor(row);
	if (wv_cursor_u8(&c) != 1)
		c.failed = true;
	document->partition = wv_cursor_u32(&c);
	document->sides.level = wv_cursor_u8(&c);
	for (uint32_t l = document->sides.level; l < WV_FINGERPRINT_LEVELS; l++)
		document->counts[l] = (uint32_t)wv_cursor_varint(&c);
	count = wv_cursor_varint(&c);
	if (c.failed || document->sides.level >= WV_FINGERPRINT_LEVELS ||
	    count > WV_FINGERPRINT_FIGURES)
		return wv_err_set(err, WV_DAMAGED, "fingerprint of document %llu",
		                  (unsigned long long)document->number);
	figures = WV_ARENA_ARRAY(d->arena, struct wv_figure, (size_t)count + 1);
	if (!figures)
		return wv_documents_no_memory(err);
	for (uint64_t i = 0; i < count; i++) {
		for (int byte = 0; byte < 3; byte++)
			figures[i].context |= (uint32_t)wv_cursor_u8(&c) << 8 * byte;
		for (int byte = 0; byte < 3; byte++)
			figures[i].value |= (uint32_t)wv_cursor_u8(&c) << 8 * byte;
	}
	document->sides.count = document->counts;
	document->sides.figures = figures;
	document->sides.figure_count = (uint32_t)count;
	return c.failed ? wv_err_set(err, WV_DAMAGED, "fingerprint cut short") : WV_OK;
}

enum wv_status wv_document_put_standing(struct wv_txn *txn, const struct wv_document *document,
                                        struct wv_err *err)
{
	unsigned char key[9], row[STANDING_BYTES + MAIN_BYTES];
	uint64_t stored = document->stored_count, partition = document->partition;
	bool has_main = document->has_parts && document->main.mask;
	bool has_common = document->has_parts && !has_main && document->common != UINT64_MAX;

	row[0] = (unsigned char)((document->is_roundup ? FLAG_ROUNDUP : 0) |
	                         (document->is_settled ? FLAG_SETTLED : 0) |
	                         (document->is_exact_copy ? FLAG_EXACT : 0) |
	                         (document->has_text ? FLAG_TEXT : 0) |
	                         (document->has_parts ? FLAG_PARTS : 0));
	wv_store_u64_be(row + 1, document->cluster);
	for (int i = 0; i < 4; i++) {
		row[9 + i] = (unsigned char)(stored >> 8 * i);
		row[13 + i] = (unsigned char)(partition >> 8 * i);
	}
	memcpy(row + 17, document->exact, WV_DOCUMENT_EXACT_BYTES);
	wv_store_u64_be(row + STANDING_BYTES, has_main ? document->main.mask : document->common);
	row[STANDING_BYTES + MAIN_BYTES - 1] = document->main.level;
	return wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_document_key('s', document->number, key),
	                  wv_slice(row, STANDING_BYTES + (has_main     ? MAIN_BYTES
	                                                  : has_common ? COMMON_BYTES
	                                                               : 0)),
	                  err);
}

enum wv_status wv_document_get_standing(struct wv_txn *txn, uint64_t number,
                                        struct wv_document *out, struct wv_err *err)
{
	unsigned char key[9];
	struct wv_slice row;
	struct wv_cursor c;
	unsigned flags;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                               wv_document_key('s', number, key), &row, err);

	if (st != WV_OK)
		return st;
	if (row.n != STANDING_BYTES && row.n != STANDING_BYTES + MAIN_BYTES &&
	    row.n != STANDING_BYTES + COMMON_BYTES)
		return wv_err_set(err, WV_DAMAGED, "standing of document %llu",
		                  (unsigned long long)number);
	flags = row.p[0];
	c = wv_cursor(wv_slice_from(row, 9));
	out->is_roundup = (flags & FLAG_ROUNDUP) != 0;
	out->is_settled = (flags & FLAG_SETTLED) != 0;
	out->is_exact_copy = (flags & FLAG_EXACT) != 0;
	out->has_text = (flags & FLAG_TEXT) != 0;
	out->cluster = wv_load_u64_be(row.p + 1);
	out->stored_count = wv_cursor_u32(&c);
	out->partition = wv_cursor_u32(&c);
	memcpy(out->exact, row.p + 17, WV_DOCUMENT_EXACT_BYTES);
	out->has_parts = (flags & FLAG_PARTS) != 0;
	out->common = out->has_parts ? UINT64_MAX : 0;
	if (row.n == STANDING_BYTES + COMMON_BYTES)
		out->common = wv_load_u64_be(row.p + STANDING_BYTES);
	if (row.n == STANDING_BYTES + MAIN_BYTES)
		out->main = (struct wv_main_part){wv_load_u64_be(row.p + STANDING_BYTES),
		                                  row.p[STANDING_BYTES + MAIN_BYTES - 1]};
	return WV_OK;
}

enum wv_status wv_documents_peek(struct wv_txn *txn, uint64_t number, struct wv_document *out,
                                 struct wv_err *err)
{
	struct wv_document standing = {.number = number};
	enum wv_status st = wv_document_get_standing(txn, number, &standing, err);

	if (st == WV_OK)
		*out = standing;
	return st;
}
