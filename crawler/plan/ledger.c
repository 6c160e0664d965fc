#include "crawler/plan/ledger.h"

#include <string.h>

/*
 * LEDGER           key  run u64be | offset u64be | number u32be
 *                  value u8 version (1) | u8 kind | u8 result | u8 flags (1 last, 2 allowed) |
 *                        zigzag status | varint attempt | zigzag opened | block url, page_key,
 * turn, source, basis | zigzag due, started, ended, end_offset, earliest_offset | zigzag
 * need.delay, need.settings, need.asked | varint need.factor, need.connections | zigzag retry_after
 * | varint robots_line | zigzag robots_fetched LEDGER_BY_PAGE   key  page key | 0 | LEDGER key;
 * value u8 version
 */
#define ROW_VERSION   1
#define KEY_BYTES     WV_LEDGER_KEY_BYTES
#define PAGE_KEY_ROOM (WV_LIMIT_PAGE_KEY_BYTES + 1 + KEY_BYTES)
#define ROW_CAP_BYTES (64u * WV_KIB)

enum { FLAG_LAST = 1, FLAG_ALLOWED = 2 };

static void make_key(const struct wv_ledger_row *row, unsigned char key[KEY_BYTES])
{
	wv_store_u64_be(key, row->run);
	wv_store_u64_be(key + 8, row->offset_us > 0 ? (uint64_t)row->offset_us : 0);
	for (int i = 0; i < 4; i++)
		key[16 + i] = (unsigned char)(row->number >> (24 - 8 * i));
}

static void encode(const struct wv_ledger_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)row->kind);
	wv_buf_add_byte(out, (unsigned char)row->result);
	wv_buf_add_byte(out, (unsigned char)((row->is_last ? FLAG_LAST : 0) |
					     (row->robots_allowed ? FLAG_ALLOWED : 0)));
	wv_buf_add_zigzag(out, row->status);
	wv_buf_add_varint(out, row->attempt);
	wv_buf_add_zigzag(out, row->opened.us);
	wv_buf_add_block(out, row->url);
	wv_buf_add_block(out, row->page_key);
	wv_buf_add_block(out, row->turn);
	wv_buf_add_block(out, row->source);
	wv_buf_add_block(out, row->basis);
	wv_buf_add_zigzag(out, row->due.us);
	wv_buf_add_zigzag(out, row->started.us);
	wv_buf_add_zigzag(out, row->ended.us);
	wv_buf_add_zigzag(out, row->end_offset_us);
	wv_buf_add_zigzag(out, row->earliest_offset_us);
	wv_buf_add_zigzag(out, row->need.delay_us);
	wv_buf_add_zigzag(out, row->need.settings_us);
	wv_buf_add_zigzag(out, row->need.asked_us);
	wv_buf_add_varint(out, row->need.factor_milli);
	wv_buf_add_varint(out, row->need.connections);
	wv_buf_add_zigzag(out, row->retry_after_us);
	wv_buf_add_varint(out, row->robots_line);
	wv_buf_add_zigzag(out, row->robots_fetched.us);
}

enum wv_status wv_ledger_decode(struct wv_slice key, struct wv_slice value,
				struct wv_ledger_row *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_ledger_row row = {0};
	uint8_t version = wv_cursor_u8(&c), kind = wv_cursor_u8(&c), result = wv_cursor_u8(&c);
	uint8_t flags = wv_cursor_u8(&c);

	row.status = (int32_t)wv_cursor_zigzag(&c);
	row.attempt = (uint32_t)wv_cursor_varint(&c);
	row.opened.us = wv_cursor_zigzag(&c);
	row.url = wv_cursor_block(&c);
	row.page_key = wv_cursor_block(&c);
	row.turn = wv_cursor_block(&c);
	row.source = wv_cursor_block(&c);
	row.basis = wv_cursor_block(&c);
	row.due.us = wv_cursor_zigzag(&c);
	row.started.us = wv_cursor_zigzag(&c);
	row.ended.us = wv_cursor_zigzag(&c);
	row.end_offset_us = wv_cursor_zigzag(&c);
	row.earliest_offset_us = wv_cursor_zigzag(&c);
	row.need.delay_us = wv_cursor_zigzag(&c);
	row.need.settings_us = wv_cursor_zigzag(&c);
	row.need.asked_us = wv_cursor_zigzag(&c);
	row.need.factor_milli = (uint32_t)wv_cursor_varint(&c);
	row.need.connections = (uint32_t)wv_cursor_varint(&c);
	row.retry_after_us = wv_cursor_zigzag(&c);
	row.robots_line = (uint32_t)wv_cursor_varint(&c);
	row.robots_fetched.us = wv_cursor_zigzag(&c);
	if (c.failed || wv_cursor_left(&c) || version != ROW_VERSION || key.n != KEY_BYTES ||
	    kind >= WV_VISIT_KIND_COUNT || result >= WV_RESULT_COUNT)
		return wv_err_set(err, WV_DAMAGED, "a ledger row cannot be read");
	row.kind = (enum wv_visit_kind)kind;
	row.result = (enum wv_result)result;
	row.is_last = (flags & FLAG_LAST) != 0;
	row.robots_allowed = (flags & FLAG_ALLOWED) != 0;
	row.run = wv_load_u64_be(key.p);
	row.offset_us = (int64_t)wv_load_u64_be(key.p + 8);
	for (int i = 0; i < 4; i++)
		row.number = row.number << 8 | key.p[16 + i];
	*out = row;
	return WV_OK;
}

static struct wv_slice by_page_key(struct wv_slice page_key, const unsigned char *key,
				   unsigned char room[PAGE_KEY_ROOM])
{
	if (page_key.n > WV_LIMIT_PAGE_KEY_BYTES)
		page_key.n = WV_LIMIT_PAGE_KEY_BYTES;
	if (page_key.n > 0)
		memcpy(room, page_key.p, page_key.n);
	room[page_key.n] = 0;
	if (key)
		memcpy(room + page_key.n + 1, key, KEY_BYTES);
	return wv_slice(room, page_key.n + 1 + (key ? KEY_BYTES : 0));
}

enum wv_status wv_ledger_add(struct wv_txn *txn, const struct wv_ledger_row *row,
			     struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	unsigned char key[KEY_BYTES], room[PAGE_KEY_ROOM];
	const unsigned char version = ROW_VERSION;
	enum wv_status st;

	wv_buf_init(&value, ROW_CAP_BYTES);
	make_key(row, key);
	encode(row, &value);
	st = wv_buf_finish(&value, "ledger row", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_LEDGER, wv_slice(key, KEY_BYTES),
				wv_buf_slice(&value), err);
	if (st == WV_OK && row->page_key.n > 0)
		st = wv_txn_put(txn, WV_TABLE_LEDGER_BY_PAGE, by_page_key(row->page_key, key, room),
				wv_slice(&version, 1), err);
	return st;
}

/* WV_NO from the callback ends a walk well. */
static enum wv_status call(wv_ledger_fn fn, void *context, const struct wv_ledger_row *row,
			   bool *stop, struct wv_err *err)
{
	enum wv_status st = fn(context, row, err);

	*stop = st != WV_OK;
	return st == WV_NO ? WV_OK : st;
}

/*
 * The first row of the first run that may hold rows at or after `from`: runs follow each other, so
 * one is passed over when the next began before `from`.
 */
static enum wv_status seek_run(struct wv_walk *walk, struct wv_time from, struct wv_slice *key,
			       struct wv_slice *value, struct wv_err *err)
{
	unsigned char at[KEY_BYTES] = {0};
	enum wv_status st = wv_walk_seek(walk, WV_SLICE_NONE, key, value, err);

	while (st == WV_OK && key->n == KEY_BYTES) {
		uint64_t run = wv_load_u64_be(key->p);
		struct wv_ledger_row row;
		struct wv_slice next_key, next_value;

		wv_store_u64_be(at, run + 1);
		st = wv_walk_seek(walk, wv_slice(at, sizeof at), &next_key, &next_value, err);
		if (st == WV_OK)
			st = wv_ledger_decode(next_key, next_value, &row, err);
		/* None comes after the last number there is. */
		if (st == WV_NO || run == UINT64_MAX || (st == WV_OK && row.started.us >= from.us)) {
			wv_store_u64_be(at, run);
			return wv_walk_seek(walk, wv_slice(at, sizeof at), key, value, err);
		}
		*key = next_key;
		*value = next_value;
	}
	return st;
}

enum wv_status wv_ledger_each(struct wv_txn *txn, struct wv_time from, struct wv_time to,
			      wv_ledger_fn fn, void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	bool stop = false;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_LEDGER, &walk, err);

	if (st == WV_OK)
		st = seek_run(walk, from, &key, &value, err);
	while (st == WV_OK) {
		struct wv_ledger_row row;

		st = wv_ledger_decode(key, value, &row, err);
		if (st == WV_OK && row.started.us >= from.us && row.started.us <= to.us)
			st = call(fn, context, &row, &stop, err);
		if (st != WV_OK || stop)
			return st;
		st = wv_walk_next(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_ledger_get(struct wv_txn *txn, struct wv_slice key, struct wv_ledger_row *row,
			     struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_LEDGER, key, &value, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED,
				  "the ledger's index names a row that is not there");
	return st == WV_OK ? wv_ledger_decode(key, value, row, err) : st;
}

enum wv_status wv_ledger_each_of_page(struct wv_txn *txn, struct wv_slice page_key, size_t limit,
				      wv_ledger_fn fn, void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char room[PAGE_KEY_ROOM], last[KEY_BYTES];
	struct wv_slice prefix, key, value;
	bool stop = false;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_LEDGER_BY_PAGE, &walk, err);

	memset(last, 0xff, sizeof last);
	prefix = by_page_key(page_key, last, room);
	if (st == WV_OK)
		st = wv_walk_seek_before(walk, prefix, &key, &value, err);
	prefix.n -= KEY_BYTES;
	while (st == WV_OK && limit-- > 0 && key.n == prefix.n + KEY_BYTES &&
	       wv_slice_starts(key, prefix)) {
		struct wv_ledger_row row;

		st = wv_ledger_get(txn, wv_slice_from(key, prefix.n), &row, err);
		if (st == WV_OK)
			st = call(fn, context, &row, &stop, err);
		if (st != WV_OK || stop)
			return st;
		st = wv_walk_previous(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

/* Deletes the first row if it is older; WV_NO when done. */
static enum wv_status prune_one(struct wv_txn *txn, struct wv_time before, struct wv_err *err)
{
	unsigned char at[KEY_BYTES], room[PAGE_KEY_ROOM];
	struct wv_walk *walk = NULL;
	struct wv_slice key, value, index = WV_SLICE_NONE;
	struct wv_ledger_row row;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_LEDGER, &walk, err);

	if (st != WV_OK)
		return st;
	st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	if (st == WV_OK)
		st = wv_ledger_decode(key, value, &row, err);
	if (st == WV_OK && row.started.us >= before.us)
		st = WV_NO;
	if (st == WV_OK) {
		memcpy(at, key.p, KEY_BYTES);
		if (row.page_key.n > 0)
			index = by_page_key(row.page_key, at, room);
	}
	wv_walk_end(&walk);
	if (st != WV_OK)
		return st;
	st = wv_txn_delete(txn, WV_TABLE_LEDGER, wv_slice(at, KEY_BYTES), err);
	if (st == WV_OK && index.n > 0) {
		st = wv_txn_delete(txn, WV_TABLE_LEDGER_BY_PAGE, index, err);
		if (st == WV_NO) /* a cut page key shared a place: nothing to drop */
			st = WV_OK;
	}
	return st;
}

enum wv_status wv_ledger_prune(struct wv_txn *txn, struct wv_time before, size_t limit,
			       size_t *dropped, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	size_t n = 0;

	while (n < limit && st == WV_OK) {
		st = prune_one(txn, before, err);
		n += st == WV_OK;
	}
	if (st != WV_OK && st != WV_NO)
		return st;
	*dropped = n;
	return WV_OK;
}
