/* Rows of a CDX answer that wait for others: the last ones, the closest ones. */
#include <stdlib.h>

#include "archive/serve/cdx_parts.h"

static int by_distance(const void *a, const void *b)
{
	const struct wv_cdx_kept *x = a, *y = b;

	if (x->distance_us != y->distance_us)
		return x->distance_us < y->distance_us ? -1 : 1;
	return x->us != y->us ? (x->us < y->us ? -1 : 1) : (x->id < y->id ? -1 : x->id > y->id);
}

enum wv_status wv_cdx_keep_none(struct wv_cdx *cdx, struct wv_err *err)
{
	cdx->kept = WV_ARENA_ARRAY(cdx->call->request->arena, struct wv_cdx_kept, cdx->limit);
	return cdx->kept ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for rows");
}

/* A heap, the farthest on top: it is what a closer one replaces. */
static void sink(struct wv_cdx_kept *heap, size_t n, size_t at)
{
	for (size_t below; (below = 2 * at + 1) < n; at = below) {
		struct wv_cdx_kept one = heap[at];

		below += below + 1 < n && by_distance(&heap[below + 1], &heap[below]) > 0;
		if (by_distance(&heap[below], &one) <= 0)
			return;
		heap[at] = heap[below];
		heap[below] = one;
	}
}

static void rise(struct wv_cdx_kept *heap, size_t at)
{
	for (; at && by_distance(&heap[at], &heap[(at - 1) / 2]) > 0; at = (at - 1) / 2) {
		struct wv_cdx_kept one = heap[at];

		heap[at] = heap[(at - 1) / 2];
		heap[(at - 1) / 2] = one;
	}
}

void wv_cdx_keep(struct wv_cdx *cdx, const struct wv_capture *capture)
{
	struct wv_cdx_kept row = {.id = capture->id, .us = capture->captured.us};

	if (cdx->order != WV_CDX_ORDER_CLOSEST) {
		cdx->kept[cdx->kept_count++] = row;
		return;
	}
	row.distance_us = llabs(capture->captured.us - cdx->closest.us);
	if (cdx->kept_count < cdx->limit) {
		cdx->kept[cdx->kept_count] = row;
		rise(cdx->kept, cdx->kept_count++);
	} else if (by_distance(&row, &cdx->kept[0]) < 0) {
		cdx->kept[0] = row;
		sink(cdx->kept, cdx->kept_count, 0);
	}
}

/* The next ones of a page in one direction, as many as may be among the closest. */
static enum wv_status gather(struct wv_cdx *cdx, struct wv_captures_query query, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_capture capture;
	size_t n = 0;
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK && n < cdx->limit) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		if (wv_cdx_is_late(cdx)) {
			cdx->is_cut = true;
			break;
		}
		if (!wv_cdx_passes(cdx, &capture))
			continue;
		wv_cdx_keep(cdx, &capture);
		n++;
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_cdx_keep_closest(struct wv_cdx *cdx, uint64_t page, struct wv_err *err)
{
	struct wv_captures_query earlier = wv_cdx_query_of(cdx, page), later = earlier;
	enum wv_status st;

	earlier.is_backwards = true;
	if (wv_time_is_none(earlier.to) || earlier.to.us > cdx->closest.us)
		earlier.to = cdx->closest;
	if (later.from.us <= cdx->closest.us)
		later.from.us = cdx->closest.us + 1;
	st = gather(cdx, earlier, err);
	for (size_t i = 0; i < cdx->collapse_count; i++)
		cdx->collapses[i].has_before = false;
	return st == WV_OK ? gather(cdx, later, err) : st;
}

enum wv_status wv_cdx_print_kept(struct wv_cdx *cdx, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	bool is_closest = cdx->order == WV_CDX_ORDER_CLOSEST;
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &scratch, err);

	if (is_closest)
		qsort(cdx->kept, cdx->kept_count, sizeof(*cdx->kept), by_distance);
	for (size_t i = 0; i < cdx->kept_count && st == WV_OK; i++) {
		/* The last ones were met from the last. */
		size_t at = is_closest ? i : cdx->kept_count - 1 - i;
		struct wv_capture capture;

		wv_arena_reset(scratch);
		st = wv_store_capture(cdx->call->visit.txn, scratch, cdx->kept[at].id,
		                      cdx->call->visit.known_at, &capture, err);
		if (st == WV_OK)
			wv_cdx_print(cdx, &capture);
		else if (st == WV_NO) /* erased meanwhile */
			st = WV_OK;
	}
	return st;
}
