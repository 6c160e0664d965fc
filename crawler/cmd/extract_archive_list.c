#include "crawler/cmd/extract_archive_inner.h"

#include <stdlib.h>

#include "archive/store/lookup.h"
#include "config/url.h"

uint64_t wv_again_id(const struct wv_again *a, uint64_t nth)
{
	uint64_t id = nth;

	if (a->has_ids)
		memcpy(&id, a->ids.p + nth * sizeof(id), sizeof(id));
	return id;
}

static enum wv_status add_page(struct wv_again *a, struct wv_txn *txn, const char *argument,
                               struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = {.from = WV_TIME_NONE,
	                                  .to = WV_TIME_NONE,
	                                  .known_at = WV_TIME_NONE,
	                                  .sees_all = true};
	struct wv_url url;
	struct wv_slice key;
	struct wv_page page;
	enum wv_status st = wv_url_parse(a->arena, wv_slice_of(argument), NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(a->arena, &url, &key, err);
	if (st == WV_OK)
		st = wv_store_page_of_key(txn, a->arena, key, &page, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "'%s' was never captured", argument);
	query.page = page.number;
	if (st == WV_OK)
		st = wv_captures_begin(txn, &query, &captures, err);
	while (st == WV_OK) {
		struct wv_capture capture;

		wv_arena_reset(a->arena);
		st = wv_captures_next(captures, a->arena, &capture, err);
		if (st == WV_OK)
			wv_buf_add_bytes(&a->ids, &capture.id, sizeof(capture.id));
	}
	return st == WV_NO ? wv_buf_finish(&a->ids, "captures asked for", err) : st;
}

static int by_id(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

/* In the order of IDs, for so sites learn, and each once, whatever was asked for twice. */
static void sort_ids(struct wv_again *a)
{
	uint64_t *ids = (uint64_t *)(void *)a->ids.p;
	size_t n = a->ids.n / sizeof(*ids), unique = 0;

	if (n)
		qsort(ids, n, sizeof(*ids), by_id);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || ids[unique - 1] != ids[i])
			ids[unique++] = ids[i];
	a->total = unique;
}

enum wv_status wv_again_list(struct wv_again *a, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_store_totals totals;
	enum wv_status st = wv_store_begin_read(a->store, &txn, err);

	if (st == WV_OK)
		st = wv_store_totals(txn, &totals, err);
	if (st != WV_OK)
		return st;
	a->total = totals.captures;
	if (a->context->argument_count == 0)
		return WV_OK;
	a->has_ids = true;
	for (int i = 0; i < a->context->argument_count && st == WV_OK; i++)
		st = add_page(a, txn, a->context->arguments[i], err);
	sort_ids(a);
	return st;
}

bool wv_again_is_readable(const struct wv_again *a, const struct wv_capture *c)
{
	if (!c->has_body || c->has_stands_for || c->flags & WV_CAPTURE_REDIRECT)
		return false;
	if (a->source.n && !wv_slice_equals(a->source, c->source))
		return false;
	return c->extractor > 0 || c->verdict == WV_VERDICT_UNREAD;
}

enum wv_status wv_again_can_teach(struct wv_again *a, struct wv_txn *txn,
                                  const struct wv_capture *c, bool *out, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {.page = c->page,
	                                        .from = WV_TIME_NONE,
	                                        .to = c->captured,
	                                        .known_at = WV_TIME_NONE,
	                                        .sees_all = true};
	struct wv_capture first;
	bool is_learned = true;
	enum wv_status st;

	*out = false;
	if (c->status != 200 || !wv_again_is_readable(a, c) ||
	    (c->verdict != WV_VERDICT_UNREAD && c->verdict != WV_VERDICT_ARTICLE) ||
	    !wv_sites_site(c->page_key).n)
		return WV_OK;
	st = wv_sites_has_learned(txn, wv_sites_site(c->page_key), c->id, &is_learned, err);
	if (st != WV_OK || is_learned)
		return st;
	st = wv_captures_begin(txn, &query, &captures, err);
	if (st == WV_OK)
		st = wv_captures_next(captures, a->arena, &first, err);
	if (st == WV_OK)
		*out = first.id == c->id;
	return st == WV_NO ? WV_OK : st;
}
