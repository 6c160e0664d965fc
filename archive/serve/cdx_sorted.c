/* The rows of a CDX answer in another order. */
#include <stdlib.h>

#include "archive/serve/cdx_parts.h"

struct ranked {
	uint64_t id;
	int64_t us, distance_us;
};

static int by_distance(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->distance_us != y->distance_us)
		return x->distance_us < y->distance_us ? -1 : 1;
	return x->us != y->us ? (x->us < y->us ? -1 : 1) : (x->id < y->id ? -1 : x->id > y->id);
}

/* The next `most` of a page in one direction. */
static enum wv_status gather(struct wv_cdx *cdx, struct wv_captures_query query, size_t most,
                             struct ranked *out, size_t *count, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_capture capture;
	size_t n = 0;
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK && n < most && wv_clock_mono(cdx->call->options->clock).us < cdx->ends_us) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK || !wv_cdx_passes(cdx, &capture))
			continue;
		out[n++] = (struct ranked){
			capture.id, capture.captured.us,
			wv_time_is_none(cdx->closest) ? 0 : llabs(capture.captured.us - cdx->closest.us)};
	}
	*count += n;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_cdx_sorted(struct wv_cdx *cdx, struct wv_err *err)
{
	size_t most = cdx->limit < WV_CDX_SORTED_MAX ? cdx->limit : WV_CDX_SORTED_MAX, count = 0;
	struct ranked *rows = WV_ARENA_ARRAY(cdx->call->request->arena, struct ranked, 2 * most);
	struct wv_captures_query query = wv_cdx_query_of(cdx, cdx->original.page), later = query;
	enum wv_status st;

	if (!rows)
		return wv_err_set(err, WV_NOMEM, "out of memory for rows");
	query.is_backwards = true;
	if (cdx->order == WV_CDX_ORDER_CLOSEST) {
		if (wv_time_is_none(query.to) || query.to.us > cdx->closest.us)
			query.to = cdx->closest;
		if (later.from.us <= cdx->closest.us)
			later.from.us = cdx->closest.us + 1;
	}
	st = gather(cdx, query, most, rows, &count, err);
	if (st == WV_OK && cdx->order == WV_CDX_ORDER_CLOSEST) {
		cdx->has_before = false;
		st = gather(cdx, later, most, rows + count, &count, err);
		qsort(rows, count, sizeof(*rows), by_distance);
	}
	cdx->has_collapse = false; /* done */
	for (size_t i = 0; i < count && i < most && st == WV_OK; i++) {
		/* The last ones come in their own order, unless newest first was asked for. */
		size_t at = cdx->is_last && cdx->order == WV_CDX_ORDER_KEY ? count - 1 - i : i;
		struct wv_capture capture;

		st = wv_store_capture(cdx->call->visit.txn, cdx->call->request->arena, rows[at].id,
		                      cdx->call->visit.known_at, &capture, err);
		if (st == WV_OK)
			wv_cdx_print(cdx, &capture);
	}
	return st;
}
