/* The walk along the rows of a CDX answer, in the order of their keys or from the last to the first. */
#include "archive/serve/cdx_parts.h"

#define ADDRESSES_AT_ONCE 256u

/* --- one address --- */

static void take(struct wv_cdx *cdx, const struct wv_capture *capture)
{
	if (!wv_cdx_passes(cdx, capture))
		return;
	if (cdx->kept)
		wv_cdx_keep(cdx, capture);
	else
		wv_cdx_print(cdx, capture);
	cdx->rows++;
}

/* Narrows a query to where the answer before ended. */
static void resume_at(const struct wv_cdx *cdx, struct wv_captures_query *query)
{
	struct wv_time at = cdx->resume.captured;

	if (cdx->is_backwards && (wv_time_is_none(query->to) || at.us < query->to.us))
		query->to = at;
	if (!cdx->is_backwards && at.us > query->from.us)
		query->from = at;
}

/* Of the captures in the microsecond where it ended, those that it had. */
static bool was_had(const struct wv_cdx *cdx, const struct wv_capture *capture)
{
	if (capture->captured.us != cdx->resume.captured.us)
		return false;
	return cdx->is_backwards ? capture->id > cdx->resume.id : capture->id < cdx->resume.id;
}

/* Its rows in order of time. Stops where the answer is full, or its time is up. */
static enum wv_status walk_page(struct wv_cdx *cdx, uint64_t page, struct wv_arena *scratch,
                                struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = wv_cdx_query_of(cdx, page);
	struct wv_capture capture;
	bool is_resumed = false, is_closest = cdx->order == WV_CDX_ORDER_CLOSEST;
	enum wv_status st;

	wv_arena_reset(scratch);
	if (cdx->has_resume) {
		struct wv_page first;

		st = wv_store_page(cdx->call->visit.txn, scratch, page, &first, err);
		if (st != WV_OK)
			return st;
		if (cdx->has_page && wv_slice_compare(first.key, cdx->resume.key) < 0)
			return WV_OK;
		is_resumed = wv_slice_equals(first.key, cdx->resume.key);
		if (is_resumed)
			resume_at(cdx, &query);
	}
	st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		if (is_resumed && was_had(cdx, &capture))
			continue;
		if ((!is_closest && cdx->rows == cdx->limit) || wv_cdx_is_late(cdx)) {
			cdx->is_cut = true;
			cdx->next = (struct wv_cdx_resume){
				wv_arena_copy(cdx->call->request->arena, capture.page_key),
				capture.captured, capture.id};
			return WV_OK;
		}
		take(cdx, &capture);
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- many of them --- */

/* Has the address a row, before filters? Those that were taken down, or are not known yet, are in
 * no count. */
static enum wv_status has_rows(struct wv_cdx *cdx, uint64_t page, struct wv_arena *scratch,
                               bool *has, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = wv_cdx_query_of(cdx, page);
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);

	while (st == WV_OK && !*has) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		*has = st == WV_OK && wv_memento_is(&capture);
	}
	return st == WV_NO ? WV_OK : st;
}

/* Is the address on the page that was asked for? Behind it the walk is over (*is_over). */
static enum wv_status find_on_page(struct wv_cdx *cdx, uint64_t page, struct wv_arena *scratch,
                                   bool *is_on, bool *is_over, struct wv_err *err)
{
	uint64_t at = cdx->addresses / cdx->page_size;
	bool has = false;
	enum wv_status st = has_rows(cdx, page, scratch, &has, err);

	if (st == WV_OK && wv_cdx_is_late(cdx))
		return wv_err_set(err, WV_USAGE,
		                  "more than %llu addresses: too many to count within a second; go on by "
		                  "resumeKey instead",
		                  (unsigned long long)cdx->addresses);
	cdx->addresses += has;
	*is_on = has && at == cdx->page && !cdx->counts_pages;
	*is_over = has && at > cdx->page && !cdx->counts_pages;
	return st;
}

struct pages {
	struct wv_arena *arena;
	uint64_t numbers[ADDRESSES_AT_ONCE];
	size_t count;
	struct wv_slice last;
};

static enum wv_status take_page(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct pages *pages = context;

	if (pages->count == ADDRESSES_AT_ONCE)
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

static enum wv_status walk_pages(struct wv_cdx *cdx, const struct pages *pages,
                                 struct wv_arena *scratch, bool *is_over, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < pages->count && st == WV_OK && !cdx->is_cut && !*is_over; i++) {
		bool is_on = true;

		if (cdx->has_page || cdx->counts_pages)
			st = find_on_page(cdx, pages->numbers[i], scratch, &is_on, is_over, err);
		if (st == WV_OK && is_on && !*is_over)
			st = walk_page(cdx, pages->numbers[i], scratch, err);
		if (st == WV_OK)
			st = renew(cdx, err);
	}
	return st;
}

/* The addresses that begin so, behind `after`. */
static enum wv_status walk_prefix(struct wv_cdx *cdx, struct wv_slice prefix, struct wv_slice after,
                                  struct wv_arena *scratch, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *keys = NULL;
	unsigned char own[WV_LIMIT_PAGE_KEY_BYTES];
	bool is_over = false;
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &keys, err);

	while (st == WV_OK && !cdx->is_cut && !is_over) {
		struct pages pages = {.arena = keys};

		if (after.n)
			memcpy(own, after.p, after.n);
		after.p = own;
		wv_arena_reset(keys);
		st = cdx->is_backwards ? wv_store_each_page_back(cdx->call->visit.txn, prefix, after,
		                                                 take_page, &pages, err)
		                       : wv_store_each_page(cdx->call->visit.txn, prefix, after,
		                                            take_page, &pages, err);
		if (st == WV_OK || st == WV_STOPPED)
			st = walk_pages(cdx, &pages, scratch, &is_over, err);
		if (pages.count < ADDRESSES_AT_ONCE)
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
	bool is_inside = cdx->has_resume && wv_slice_starts(key, prefix);
	bool is_behind = cdx->has_resume && (wv_slice_compare(key, prefix) > 0) != cdx->is_backwards;
	struct wv_page page;
	enum wv_status st;

	/* Parts are counted from the first, whatever was had of this one. */
	if (cdx->has_page || (!is_inside && !is_behind))
		return walk_prefix(cdx, prefix, WV_SLICE_NONE, scratch, err);
	if (!is_inside)
		return WV_OK;
	st = wv_store_page_of_key(cdx->call->visit.txn, cdx->call->request->arena, key, &page, err);
	if (st == WV_OK)
		st = walk_page(cdx, page.number, scratch, err);
	if ((st != WV_OK && st != WV_NO) || cdx->is_cut)
		return st;
	return walk_prefix(cdx, prefix, key, scratch, err);
}

/* The host itself, those below it, and each with a port, in the order of their keys. */
static enum wv_status walk_domain(struct wv_cdx *cdx, struct wv_slice host,
                                  struct wv_arena *scratch, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (const char *sign = cdx->is_backwards ? ":,)" : "),:"; *sign && st == WV_OK && !cdx->is_cut;
	     sign++) {
		struct wv_slice prefix = wv_arena_format(cdx->call->request->arena, "%.*s%c", WV_FMT(host),
		                                         *sign);

		st = walk_from(cdx, prefix, scratch, err);
	}
	return st;
}

/* --- the answer --- */

static enum wv_status walk_exact(struct wv_cdx *cdx, struct wv_arena *scratch, struct wv_err *err)
{
	struct pages one = {.numbers = {0}, .count = 1};
	bool is_over = false;
	enum wv_status st = wv_original_find(&cdx->call->visit, &cdx->original, err);

	if (st != WV_OK || !cdx->original.is_known)
		return st;
	one.numbers[0] = cdx->original.page;
	return cdx->order == WV_CDX_ORDER_CLOSEST
	               ? wv_cdx_keep_closest(cdx, cdx->original.page, err)
	               : walk_pages(cdx, &one, scratch, &is_over, err);
}

static enum wv_status walk(struct wv_cdx *cdx, struct wv_arena *scratch, struct wv_err *err)
{
	struct wv_slice key = cdx->original.key;
	size_t host = wv_slice_find_byte(key, ')', 0);

	if (cdx->match == WV_CDX_MATCH_EXACT)
		return walk_exact(cdx, scratch, err);
	if (cdx->match == WV_CDX_MATCH_PREFIX)
		return walk_from(cdx, key, scratch, err);
	if (host == SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "url= has no host");
	if (cdx->match == WV_CDX_MATCH_HOST)
		return walk_from(cdx, wv_slice_part(key, 0, host + 1), scratch, err);
	return walk_domain(cdx, wv_slice_part(key, 0, host), scratch, err);
}

enum wv_status wv_cdx_walk(struct wv_cdx *cdx, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	bool is_closest = cdx->order == WV_CDX_ORDER_CLOSEST;
	enum wv_status st = wv_arena_new(WV_CDX_SCRATCH_CAP, &scratch, err);

	if (st == WV_OK && (is_closest || (cdx->is_last && cdx->order == WV_CDX_ORDER_KEY)))
		st = wv_cdx_keep_none(cdx, err);
	if (st == WV_OK)
		st = walk(cdx, scratch, err);
	if (st != WV_OK)
		return st;
	if (is_closest && cdx->is_cut)
		return wv_err_set(err, WV_USAGE,
		                  "more rows than can be sorted within a second: narrow them by from=, to= "
		                  "or a longer prefix");
	if (cdx->has_page && cdx->page && !cdx->counts_pages &&
	    (cdx->addresses + cdx->page_size - 1) / cdx->page_size <= cdx->page)
		return wv_err_set(err, WV_USAGE, "there is no page %llu", (unsigned long long)cdx->page);
	return cdx->kept ? wv_cdx_print_kept(cdx, err) : WV_OK;
}
