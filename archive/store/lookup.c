#include "archive/store/lookup.h"

#include <stdlib.h>

#include "archive/store/blob.h"
#include "archive/store/load.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

#define ARTICLE_CAP WV_LIMIT_BODY_BYTES_MAX

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

enum wv_status wv_store_capture(struct wv_txn *txn, struct wv_arena *arena, uint64_t id,
                                struct wv_time known_at, struct wv_capture *out, struct wv_err *err)
{
	WV_AUTO(wv_loader_done) struct wv_loader loader = {0};
	struct wv_capture capture = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = wv_capture_row_get(txn, id, &key, &value, err);

	if (st != WV_OK)
		return st;
	wv_loader_init(&loader, txn);
	st = wv_loader_capture(&loader, &key, value, arena, &capture, err);
	if (st == WV_OK && !wv_is_known(capture.recorded, known_at))
		return WV_NO;
	if (st == WV_OK)
		st = wv_capture_overlay(txn, known_at, &capture, err);
	if (st == WV_OK)
		*out = capture;
	return st;
}

/* --- pages --- */

enum wv_status wv_store_page(struct wv_txn *txn, struct wv_arena *arena, uint64_t number,
                             struct wv_page *out, struct wv_err *err)
{
	struct wv_slice value, key, url;
	struct wv_page page = {.number = number};
	unsigned char bytes[8];
	enum wv_status st;

	wv_key_of_u64(number, bytes);
	st = wv_txn_get(txn, WV_TABLE_PAGE_KEYS, wv_slice(bytes, sizeof bytes), &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_record_page_decode(value, &key, &url))
		return wv_err_set(err, WV_DAMAGED, "page %llu does not decode",
		                  (unsigned long long)number);
	page.key = wv_arena_copy(arena, key);
	page.url = wv_arena_copy(arena, url);
	if (page.key.n != key.n || page.url.n != url.n)
		return no_memory(err);
	*out = page;
	return WV_OK;
}

static enum wv_status page_number(struct wv_slice value, uint64_t *number, struct wv_err *err)
{
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "the row of a page does not decode");
	*number = wv_load_u64_be(value.p);
	return WV_OK;
}

enum wv_status wv_store_page_of_key(struct wv_txn *txn, struct wv_arena *arena,
                                    struct wv_slice page_key, struct wv_page *out,
                                    struct wv_err *err)
{
	struct wv_slice value;
	uint64_t number = 0;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_PAGES, page_key, &value, err);

	if (st == WV_OK)
		st = page_number(value, &number, err);
	if (st != WV_OK)
		return st;
	st = wv_store_page(txn, arena, number, out, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "page %llu is missing",
		                  (unsigned long long)number);
	return st;
}

/* What is visited of a walk's entry. */
static enum wv_status visit_page(struct wv_txn *txn, struct wv_arena *arena, struct wv_slice value,
                                 wv_page_visit visit, void *context, struct wv_err *err)
{
	struct wv_page page;
	uint64_t number = 0;
	enum wv_status st = page_number(value, &number, err);

	wv_arena_reset(arena);
	if (st == WV_OK)
		st = wv_store_page(txn, arena, number, &page, err);
	if (st == WV_NO)
		st = wv_err_set(err, WV_DAMAGED, "page %llu is missing", (unsigned long long)number);
	return st == WV_OK ? visit(&page, context, err) : st;
}

enum wv_status wv_store_each_page(struct wv_txn *txn, struct wv_slice prefix, struct wv_slice after,
                                  wv_page_visit visit, void *context, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice from = wv_slice_compare(after, prefix) > 0 ? after : prefix, key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_PAGES, &walk, err);

	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &arena, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, from, &key, &value, err);
	if (st == WV_OK && after.n && wv_slice_equals(key, after))
		st = wv_walk_next(walk, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		if (!wv_slice_starts(key, prefix))
			return WV_OK;
		st = visit_page(txn, arena, value, visit, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_store_each_page_back(struct wv_txn *txn, struct wv_slice prefix,
                                       struct wv_slice before, wv_page_visit visit, void *context,
                                       struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char last[WV_LIMIT_PAGE_KEY_BYTES];
	struct wv_slice key, value, from = before;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_PAGES, &walk, err);

	/* No key begins with the prefix and is above it with the highest bytes behind. */
	if (!before.n) {
		memset(last, 0xff, sizeof last);
		if (prefix.n)
			memcpy(last, prefix.p, wv_min_size(prefix.n, sizeof last));
		from = wv_slice(last, sizeof last);
	}
	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &arena, err);
	if (st == WV_OK)
		st = wv_walk_seek_before(walk, from, &key, &value, err);
	if (st == WV_OK && before.n && wv_slice_equals(key, before))
		st = wv_walk_previous(walk, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_previous(walk, &key, &value, err)) {
		if (!wv_slice_starts(key, prefix)) {
			if (wv_slice_compare(key, prefix) < 0)
				return WV_OK;
			continue; /* `before` was above all of them */
		}
		st = visit_page(txn, arena, value, visit, context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- captures of a page --- */

struct wv_captures {
	struct wv_txn *txn;
	struct wv_captures_query query; /* url: a copy behind this struct */
	struct wv_walk *walk;
	struct wv_loader loader;
	bool has_begun;
	bool has_facts; /* the register was asked about the page ... */
	struct wv_arena *facts_arena; /* ... and had something to say */
	struct wv_register_page facts;
};

enum wv_status wv_captures_begin(struct wv_txn *txn, const struct wv_captures_query *query,
                                 struct wv_captures **out, struct wv_err *err)
{
	WV_AUTO(wv_captures_end)
	struct wv_captures *captures = calloc(1, sizeof *captures + query->url.n);
	enum wv_status st;

	if (!captures)
		return no_memory(err);
	captures->txn = txn;
	captures->query = *query;
	if (query->url.n) {
		unsigned char *copy = (unsigned char *)(captures + 1);

		memcpy(copy, query->url.p, query->url.n);
		captures->query.url.p = copy;
	}
	wv_loader_init(&captures->loader, txn);
	st = wv_walk_begin(txn, WV_TABLE_CAPTURES, &captures->walk, err);
	if (st == WV_OK)
		*out = WV_TAKE(captures);
	return st;
}

void wv_captures_end(struct wv_captures **captures)
{
	if (!*captures)
		return;
	wv_loader_done(&(*captures)->loader);
	wv_walk_end(&(*captures)->walk);
	wv_arena_free(&(*captures)->facts_arena);
	free(*captures);
	*captures = NULL;
}

static enum wv_status step(struct wv_captures *c, struct wv_slice *key, struct wv_slice *value,
                           struct wv_err *err)
{
	const struct wv_captures_query *q = &c->query;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture_key from = {q->page, q->from, 0};

	if (c->has_begun)
		return q->is_backwards ? wv_walk_previous(c->walk, key, value, err)
		                       : wv_walk_next(c->walk, key, value, err);
	c->has_begun = true;
	if (q->is_backwards) {
		from.captured.us = wv_time_is_none(q->to) ? INT64_MAX : q->to.us;
		from.id = UINT64_MAX;
	}
	wv_key_of_capture(&from, bytes);
	return q->is_backwards
	               ? wv_walk_seek_before(c->walk, wv_slice(bytes, sizeof bytes), key, value,
	                                     err)
	               : wv_walk_seek(c->walk, wv_slice(bytes, sizeof bytes), key, value, err);
}

static bool is_inside(const struct wv_captures_query *q, const struct wv_capture_key *key)
{
	return key->page == q->page &&
	       (wv_time_is_none(q->from) || key->captured.us >= q->from.us) &&
	       (wv_time_is_none(q->to) || key->captured.us <= q->to.us);
}

/* WV_NO: taken down. */
static enum wv_status is_shown(struct wv_captures *c, uint64_t id, struct wv_err *err)
{
	bool is_empty = true;
	enum wv_status st = WV_OK;

	if (c->query.sees_all)
		return WV_OK;
	if (!c->has_facts) {
		st = wv_register_is_empty(c->txn, &is_empty, err);
		if (st == WV_OK && !is_empty) {
			st = wv_loader_page(&c->loader, c->query.page, err);
			if (st == WV_OK)
				st = wv_arena_new(WV_MIB, &c->facts_arena, err);
			if (st == WV_OK)
				st = wv_register_of_page(c->txn, c->facts_arena,
				                         c->loader.page_key, &c->facts, err);
		}
		if (st != WV_OK)
			return st;
		c->has_facts = true;
	}
	return wv_register_refusal(&c->facts, id, c->query.now) ? WV_NO : WV_OK;
}

enum wv_status wv_captures_next(struct wv_captures *captures, struct wv_arena *arena,
                                struct wv_capture *out, struct wv_err *err)
{
	const struct wv_captures_query *q = &captures->query;
	struct wv_slice key, value;
	enum wv_status st;

	while ((st = step(captures, &key, &value, err)) == WV_OK) {
		struct wv_capture capture = {0};
		struct wv_capture_key found;

		if (!wv_key_read_capture(key, &found))
			return wv_err_set(err, WV_DAMAGED, "a capture's key does not decode");
		if (!is_inside(q, &found))
			return WV_NO;
		st = wv_record_capture_peek(&found, value, NULL, &capture, err);
		if (st != WV_OK)
			return st;
		if (!wv_is_known(capture.recorded, q->known_at))
			continue;
		st = is_shown(captures, found.id, err);
		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		st = wv_loader_capture(&captures->loader, &found, value, arena, &capture, err);
		if (st == WV_OK && q->url.n && !wv_slice_equals(capture.url, q->url))
			continue;
		if (st == WV_OK)
			st = wv_capture_overlay(captures->txn, q->known_at, &capture, err);
		if (st == WV_OK)
			*out = capture;
		return st;
	}
	return st;
}

/* --- bodies --- */

enum wv_status wv_store_body(struct wv_txn *txn, const struct wv_digest *body, struct wv_buf *out,
                             struct wv_err *err)
{
	return wv_blob_read(txn, &(struct wv_blob_key){WV_BLOB_BODY, *body}, out, err);
}

enum wv_status wv_store_wire(struct wv_txn *txn, const struct wv_digest *encoded,
                             struct wv_buf *out, struct wv_err *err)
{
	return wv_blob_read(txn, &(struct wv_blob_key){WV_BLOB_WIRE, *encoded}, out, err);
}

enum wv_status wv_store_has_body(struct wv_txn *txn, const struct wv_digest *body,
                                 uint64_t *body_bytes, struct wv_err *err)
{
	struct wv_blob_row row;
	enum wv_status st =
		wv_blob_find(txn, &(struct wv_blob_key){WV_BLOB_BODY, *body}, &row, err);

	if (st == WV_OK)
		*body_bytes = row.raw_bytes;
	return st;
}

enum wv_status wv_store_find_encoded(struct wv_txn *txn, const struct wv_digest *encoded,
                                     struct wv_digest *body, uint64_t *body_bytes,
                                     struct wv_err *err)
{
	struct wv_encoded_row row;
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_ENCODED, wv_slice(encoded->b, WV_DIGEST_BYTES),
	                               &value, err);

	if (st != WV_OK)
		return st;
	if (!wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	st = wv_store_has_body(txn, &row.body, body_bytes, err);
	if (st == WV_OK)
		*body = row.body;
	return st;
}

/* --- articles --- */

enum wv_status wv_store_reading(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_capture *capture, struct wv_time known_at,
                                struct wv_reading *out, struct wv_err *err)
{
	struct wv_reading reading = {0};
	struct wv_article_row row;
	enum wv_status st =
		wv_article_row_newest(txn, capture->id, known_at, &reading.number, &row, err);

	if (st == WV_NO && capture->has_stands_for)
		st = wv_article_row_newest(txn, capture->stands_for, known_at, &reading.number,
		                           &row, err);
	if (st != WV_OK)
		return st;
	reading.recorded = row.recorded;
	reading.verdict = (enum wv_verdict)row.verdict;
	reading.extractor = row.extractor;
	reading.model = row.model;
	reading.has_key = row.has_key;
	reading.key = row.has_key ? row.key : (struct wv_digest){{0}};
	reading.record = row.record;
	reading.record_bytes = row.record_bytes;
	reading.category = wv_arena_copy(arena, row.category);
	reading.language = wv_arena_copy(arena, row.language);
	if (reading.category.n != row.category.n || reading.language.n != row.language.n)
		return no_memory(err);
	*out = reading;
	return WV_OK;
}

enum wv_status wv_store_article(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_reading *reading, struct wv_article *out,
                                struct wv_err *err)
{
	const struct wv_blob_key key = {WV_BLOB_ARTICLE, reading->record};
	WV_AUTO(wv_buf_done) struct wv_buf record = {0};
	struct wv_slice copy;
	enum wv_status st;

	wv_buf_init(&record, ARTICLE_CAP);
	st = wv_blob_read(txn, &key, &record, err);
	if (st != WV_OK)
		return st;
	copy = wv_arena_copy(arena, wv_buf_slice(&record));
	if (copy.n != record.n)
		return no_memory(err);
	return wv_article_decode(copy, arena, out, err);
}
