#include "archive/exchange/range.h"

#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define SLICE_US    (100 * WV_US_PER_MS)
#define ARENA_BYTES (64u * WV_MIB)

struct walk {
	const struct wv_range_query *query;
	wv_range_visit visit;
	void *context;
	struct wv_txn *txn;
	struct wv_arena *arena;     /* of one capture */
	struct wv_mono slice_ends;
	bool must_renew;
	/* Where the walk stands. */
	struct wv_buf page_key;     /* of the page under way, or done last */
	bool is_in_page;
	struct wv_time last_captured;
	uint64_t last_id;
};

static bool is_asked_for(const struct wv_range_query *query, const struct wv_capture *capture)
{
	return (!query->has_known_after || capture->recorded.us > query->known_after.us) &&
	       (!query->source.n || wv_slice_equals(query->source, capture->source)) &&
	       (wv_time_is_none(query->from) || capture->captured.us >= query->from.us) &&
	       (wv_time_is_none(query->to) || capture->captured.us <= query->to.us);
}

/* WV_BOUND, of which nobody else hears: the slice is over. */
static enum wv_status walk_page(struct walk *w, uint64_t page, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {
		.page = page,
		.from = w->is_in_page ? w->last_captured : w->query->from,
		.to = w->query->to,
		.known_at = w->query->known_at,
		.now = w->query->now,
	};
	bool goes_on = w->is_in_page;
	enum wv_status st = wv_captures_begin(w->txn, &query, &captures, err);

	w->is_in_page = true;
	while (st == WV_OK) {
		struct wv_capture capture;

		wv_arena_reset(w->arena);
		st = wv_captures_next(captures, w->arena, &capture, err);
		if (st != WV_OK)
			break;
		if (goes_on && capture.captured.us == w->last_captured.us && capture.id <= w->last_id)
			continue;
		if (is_asked_for(w->query, &capture))
			st = w->visit(w->txn, w->arena, &capture, w->context, err);
		w->last_captured = capture.captured;
		w->last_id = capture.id;
		if (st == WV_OK && wv_clock_mono(wv_clock_system()).us > w->slice_ends.us) {
			w->must_renew = true;
			return WV_BOUND;
		}
	}
	w->is_in_page = st != WV_NO;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status on_page(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct walk *w = context;
	enum wv_status st;

	wv_buf_reset(&w->page_key);
	wv_buf_add(&w->page_key, page->key);
	st = wv_buf_finish(&w->page_key, "page key", err);
	if (st == WV_OK)
		st = walk_page(w, page->number, err);
	if (st == WV_OK && wv_clock_mono(wv_clock_system()).us > w->slice_ends.us) {
		w->must_renew = true;
		return WV_BOUND;
	}
	return st;
}

static enum wv_status walk_slice(struct walk *w, struct wv_err *err)
{
	struct wv_page page;
	enum wv_status st = WV_OK;

	w->must_renew = false;
	w->slice_ends.us = wv_clock_mono(wv_clock_system()).us + SLICE_US;
	if (w->is_in_page) {
		wv_arena_reset(w->arena);
		st = wv_store_page_of_key(w->txn, w->arena, wv_buf_slice(&w->page_key), &page, err);
		if (st == WV_OK)
			st = walk_page(w, page.number, err);
		else if (st == WV_NO) /* gone meanwhile */
			st = WV_OK;
	}
	if (st != WV_OK)
		return st;
	w->is_in_page = false;
	return wv_store_each_page(w->txn, WV_SLICE_NONE, wv_buf_slice(&w->page_key), on_page, w, err);
}

enum wv_status wv_range_each(struct wv_store *store, const struct wv_range_query *query,
                             wv_range_visit visit, void *context, struct wv_err *err)
{
	struct walk w = {.query = query, .visit = visit, .context = context};
	enum wv_status st = wv_arena_new(ARENA_BYTES, &w.arena, err);

	wv_buf_init(&w.page_key, WV_LIMIT_PAGE_KEY_BYTES);
	while (st == WV_OK) {
		st = wv_store_begin_read(store, &w.txn, err);
		if (st == WV_OK)
			st = walk_slice(&w, err);
		wv_txn_abort(&w.txn);
		if (st == WV_OK)
			break;
		if (st == WV_BOUND && w.must_renew)
			st = WV_OK;
	}
	wv_buf_done(&w.page_key);
	wv_arena_free(&w.arena);
	return st;
}

enum wv_status wv_range_has(struct wv_txn *txn, struct wv_arena *arena,
                            const struct wv_range_query *query, uint64_t id,
                            struct wv_capture *out, struct wv_err *err)
{
	enum wv_status st = wv_store_capture(txn, arena, id, query->known_at, out, err);

	if (st == WV_OK && !is_asked_for(query, out))
		return WV_NO;
	if (st != WV_OK)
		return st;
	return wv_register_shows(txn, arena, out->page_key, id, query->now, NULL, err);
}
