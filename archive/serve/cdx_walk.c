/* The rows of a CDX answer in the order of their keys. */
#include "archive/serve/cdx_parts.h"

#define PAGES_AT_ONCE 256u

struct wv_captures_query wv_cdx_query_of(const struct wv_cdx *cdx, uint64_t page)
{
	return (struct wv_captures_query){.page = page,
	                                  .from = cdx->from,
	                                  .to = wv_memento_until(&cdx->call->visit, cdx->to),
	                                  .known_at = cdx->call->visit.known_at,
	                                  .now = cdx->call->visit.now};
}

/* One page in order of time. The walk stops where the answer is full, or its time is up. */
static enum wv_status walk_page(struct wv_cdx *cdx, uint64_t page, struct wv_arena *scratch,
                                struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = wv_cdx_query_of(cdx, page);
	struct wv_capture capture;
	bool is_resumed = false;
	enum wv_status st;

	wv_arena_reset(scratch);
	if (cdx->has_resume) {
		struct wv_page first;

		st = wv_store_page(cdx->call->visit.txn, scratch, page, &first, err);
		if (st != WV_OK)
			return st;
		is_resumed = wv_slice_equals(first.key, cdx->resume.key);
		if (is_resumed && cdx->resume.captured.us > query.from.us)
			query.from = cdx->resume.captured;
	}
	st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		if (is_resumed && capture.captured.us == cdx->resume.captured.us &&
		    capture.id < cdx->resume.id)
			continue;
		if (cdx->rows == cdx->limit || wv_clock_mono(cdx->call->options->clock).us > cdx->ends_us) {
			cdx->is_cut = true;
			cdx->next = (struct wv_cdx_resume){wv_arena_copy(cdx->call->request->arena, capture.page_key),
			                            capture.captured, capture.id};
			return WV_OK;
		}
		if (wv_cdx_passes(cdx, &capture))
			wv_cdx_print(cdx, &capture);
	}
	return st == WV_NO ? WV_OK : st;
}

struct pages {
	struct wv_arena *arena;
	uint64_t numbers[PAGES_AT_ONCE];
	size_t count;
	struct wv_slice last;
};

static enum wv_status take_page(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct pages *pages = context;

	if (pages->count == PAGES_AT_ONCE)
		return WV_STOPPED;
	pages->numbers[pages->count++] = page->number;
	pages->last = wv_arena_copy(pages->arena, page->key);
	return pages->last.n == page->key.n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for keys");
}

/* Pins no old pages for long: K keeps what is added meanwhile out of the answer. */
static enum wv_status renew(struct wv_cdx *cdx, struct wv_err *err)
{
	int64_t now_us = wv_clock_mono(cdx->call->options->clock).us;

	if (now_us < cdx->slice_ends_us)
		return WV_OK;
	cdx->slice_ends_us = now_us + WV_CDX_SLICE_US;
	wv_txn_abort(&cdx->call->visit.txn);
	return wv_store_begin_read(cdx->call->options->store, &cdx->call->visit.txn, err);
}

/* The pages above `after` that begin so. */
static enum wv_status walk_prefix(struct wv_cdx *cdx, struct wv_slice prefix, struct wv_slice after,
                                  struct wv_arena *scratch, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *keys = NULL;
	unsigned char own[WV_LIMIT_PAGE_KEY_BYTES];
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &keys, err);

	while (st == WV_OK && !cdx->is_cut) {
		struct pages pages = {.arena = keys};

		if (after.n)
			memcpy(own, after.p, after.n);
		after.p = own;
		wv_arena_reset(keys);
		st = wv_store_each_page(cdx->call->visit.txn, prefix, after, take_page, &pages, err);
		if (st == WV_STOPPED)
			st = WV_OK;
		for (size_t i = 0; i < pages.count && st == WV_OK && !cdx->is_cut; i++) {
			st = walk_page(cdx, pages.numbers[i], scratch, err);
			if (st == WV_OK)
				st = renew(cdx, err);
		}
		if (pages.count < PAGES_AT_ONCE)
			break;
		after = pages.last;
	}
	return st;
}

/* The same, from where the answer before ended. */
static enum wv_status walk_from(struct wv_cdx *cdx, struct wv_slice prefix, struct wv_arena *scratch,
                                struct wv_err *err)
{
	struct wv_slice key = cdx->resume.key;
	struct wv_page page;
	enum wv_status st;

	if (!cdx->has_resume || (!wv_slice_starts(key, prefix) && wv_slice_compare(key, prefix) < 0))
		return walk_prefix(cdx, prefix, WV_SLICE_NONE, scratch, err);
	if (!wv_slice_starts(key, prefix))
		return WV_OK;
	st = wv_store_page_of_key(cdx->call->visit.txn, cdx->call->request->arena, key, &page, err);
	if (st == WV_OK)
		st = walk_page(cdx, page.number, scratch, err);
	if ((st != WV_OK && st != WV_NO) || cdx->is_cut)
		return st;
	return walk_prefix(cdx, prefix, key, scratch, err);
}

enum wv_status wv_cdx_walk(struct wv_cdx *cdx, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_slice key = cdx->original.key;
	size_t host = wv_slice_find_byte(key, ')', 0);
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &scratch, err);

	if (st != WV_OK)
		return st;
	if (cdx->match == WV_CDX_MATCH_EXACT) {
		st = wv_original_find(&cdx->call->visit, &cdx->original, err);
		if (st != WV_OK || !cdx->original.is_known)
			return st;
		return cdx->order != WV_CDX_ORDER_KEY || cdx->is_last
		               ? wv_cdx_sorted(cdx, err)
		               : walk_page(cdx, cdx->original.page, scratch, err);
	}
	if (cdx->match == WV_CDX_MATCH_PREFIX)
		return walk_from(cdx, key, scratch, err);
	if (host == SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "url= has no host");
	if (cdx->match == WV_CDX_MATCH_HOST)
		return walk_from(cdx, wv_slice_part(key, 0, host + 1), scratch, err);
	/* The host itself, those below it, and each with a port, in the order of their keys. */
	for (const char *sign = "),:"; *sign && st == WV_OK && !cdx->is_cut; sign++) {
		struct wv_slice prefix = wv_arena_format(cdx->call->request->arena, "%.*s%c", (int)host,
		                                         (const char *)key.p, *sign);

		st = walk_from(cdx, prefix, scratch, err);
	}
	return st;
}
