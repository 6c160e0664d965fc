#include "archive/care/compact_inner.h"

#include "archive/store/commit.h"

enum wv_status wv_compact_each_row(struct wv_compacting *c, enum wv_table table,
                                   wv_compact_row_fn copy, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(c->from, table, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		if (copy)
			st = copy(c, key, value, err);
		else
			st = wv_txn_append(c->to, table, key, value, err);
		if (st == WV_OK)
			st = wv_compact_count(c, key.n + value.n, err);
		if (st != WV_OK)
			break;
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status copy_tables(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (int i = 0; i < WV_TABLE_COUNT && st == WV_OK; i++)
		switch ((enum wv_table)i) {
		case WV_TABLE_META: /* the counters are written at the end */
		case WV_TABLE_BODIES:
		case WV_TABLE_SEGMENTS:
		case WV_TABLE_BASES:
		case WV_TABLE_ENCODED:
		case WV_TABLE_SOURCE_NAMES:
			break;
		default:
			st = wv_compact_each_row(c, (enum wv_table)i, NULL, err);
			break;
		}
	return st;
}

/* --- articles, and strings that no capture names --- */

static enum wv_status source_of(struct wv_compacting *c, uint64_t id, uint32_t *source,
                                struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = wv_capture_row_get(c->from, id, &key, &value, err);

	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, NULL, err);
	*source = context.source;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status take_article(struct wv_compacting *c, struct wv_slice key,
                                   struct wv_slice value, struct wv_err *err)
{
	struct wv_blob_key record = {.kind = WV_BLOB_ARTICLE};
	struct wv_article_row row;
	uint32_t source = 0;
	enum wv_status st;

	if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an article does not decode");
	st = source_of(c, wv_load_u64_be(key.p), &source, err);
	record.digest = row.record;
	if (st == WV_OK)
		st = wv_compact_keep(c, &record, source, err);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status take_rest(struct wv_compacting *c, struct wv_slice key, struct wv_slice value,
                                struct wv_err *err)
{
	struct wv_encoded_row encoded;
	struct wv_blob_row row = {0};
	struct wv_blob_key blob;
	enum wv_status st;

	if (!wv_key_read_blob(key, &blob) || !wv_record_blob_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of a body does not decode");
	st = wv_compact_has(c, &blob, err);
	if (st != WV_NO)
		return st;
	if (blob.kind == WV_BLOB_WIRE) {
		st = wv_compact_encoded(c, &blob.digest, &encoded, err);
		if (st == WV_OK && encoded.may_go) {
			c->counts.wires_released++;
			c->counts.wire_bytes_released += row.stored_bytes;
			return WV_OK;
		}
		if (st != WV_OK && st != WV_NO)
			return st;
	}
	if (row.kind == WV_STORED_DELTA || row.kind == WV_STORED_WIRE) {
		c->counts.bodies++;
		return wv_compact_recode(c, &blob, &row, NULL, 0, err);
	}
	return wv_compact_copy(c, &blob, &row, &row, 0, err);
}

static enum wv_status take_encoded(struct wv_compacting *c, struct wv_slice key,
                                   struct wv_slice value, struct wv_err *err)
{
	struct wv_encoded_row row;
	enum wv_status st;

	if (key.n != WV_DIGEST_BYTES || !wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	if (row.may_go)
		row.is_kept = row.may_go = false;
	wv_buf_reset(&c->row);
	wv_record_encoded_encode(&row, &c->row);
	st = wv_buf_finish(&c->row, "row", err);
	return st == WV_OK ? wv_txn_append(c->to, WV_TABLE_ENCODED, key, wv_buf_slice(&c->row), err)
	                   : st;
}

static enum wv_status take_source(struct wv_compacting *c, struct wv_slice key,
                                  struct wv_slice value, struct wv_err *err)
{
	struct wv_source_row row;
	uint64_t number;
	enum wv_status st;

	if (key.n != 9 || key.p[0] != '#')
		return wv_txn_append(c->to, WV_TABLE_SOURCE_NAMES, key, value, err);
	number = wv_load_u64_be(key.p + 1);
	if (!wv_record_source_decode(value, &row) || number > c->old.next_source)
		return wv_err_set(err, WV_DAMAGED, "the row of a source does not decode");
	row.stored_bytes = 0;
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		row.stored[i] = c->shares[number].stored[i];
		row.stored_bytes += row.stored[i];
	}
	wv_buf_reset(&c->row);
	wv_record_source_encode(&row, &c->row);
	st = wv_buf_finish(&c->row, "row", err);
	return st == WV_OK ? wv_txn_append(c->to, WV_TABLE_SOURCE_NAMES, key, wv_buf_slice(&c->row),
	                                   err)
	                   : st;
}

/* The counters of byte strings are counted anew; the others are of rows that stayed. */
static enum wv_status put_counters(struct wv_compacting *c, struct wv_err *err)
{
	struct wv_store_totals counted = c->state.totals;
	uint64_t segments = c->state.next_segment;

	c->state = c->old;
	c->state.next_segment = segments;
	c->state.totals.bodies = counted.bodies;
	c->state.totals.body_bytes = counted.body_bytes;
	c->state.totals.article_bytes = counted.article_bytes;
	memcpy(c->state.totals.records, counted.records, sizeof counted.records);
	memcpy(c->state.totals.stored, counted.stored, sizeof counted.stored);
	memcpy(c->counts.new_stored, counted.stored, sizeof counted.stored);
	return wv_state_put(c->to, &c->state, err);
}

enum wv_status wv_compact_rows(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = wv_compact_each_row(c, WV_TABLE_ARTICLES, take_article, err);

	if (st == WV_OK)
		st = wv_compact_each_row(c, WV_TABLE_BODIES, take_rest, err);
	if (st == WV_OK)
		st = wv_packer_finish(&c->packer, err);
	if (st == WV_OK)
		st = wv_compact_each_row(c, WV_TABLE_ENCODED, take_encoded, err);
	if (st == WV_OK)
		st = wv_compact_each_row(c, WV_TABLE_SOURCE_NAMES, take_source, err);
	if (st == WV_OK)
		st = copy_tables(c, err);
	if (st == WV_OK)
		st = wv_compact_each_row(c, WV_TABLE_META, NULL, err);
	if (st == WV_OK)
		st = put_counters(c, err);
	return st;
}
