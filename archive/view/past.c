#include "archive/view/past.h"

#include <stdlib.h>

#include "config/base/limits.h"
#include "config/url.h"

#define SCRATCH_CAP (4u * WV_MIB)

/* "example.org/a" as people type it. */
static enum wv_status parse(const struct wv_visit *visit, struct wv_slice text, struct wv_url *url,
                            struct wv_err *err)
{
	struct wv_slice trimmed = wv_slice_trim(text);

	if (!wv_slice_starts_nocase(trimmed, WV_LIT("http://")) &&
	    !wv_slice_starts_nocase(trimmed, WV_LIT("https://")))
		trimmed = wv_arena_format(visit->arena, "https://%.*s", WV_FMT(trimmed));
	return wv_url_parse(visit->arena, trimmed, NULL, url, err);
}

enum wv_status wv_past_page(const struct wv_visit *visit, struct wv_slice text,
                            struct wv_page *out, struct wv_fact *refusal, struct wv_err *err)
{
	struct wv_register_page facts;
	const struct wv_fact *why;
	struct wv_url url;
	struct wv_slice key;
	enum wv_status st = parse(visit, text, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(visit->arena, &url, &key, err);
	if (st == WV_OK)
		st = wv_register_of_page(visit->txn, visit->arena, key, &facts, err);
	if (st != WV_OK)
		return st;
	/* No capture has this number: only a fact about the whole page answers. */
	why = wv_register_refusal(&facts, UINT64_MAX, visit->now);
	if (why) {
		*refusal = *why;
		return WV_NO;
	}
	return wv_store_page_of_key(visit->txn, visit->arena, key, out, err);
}

static struct wv_time earlier(struct wv_time a, struct wv_time b)
{
	if (wv_time_is_none(a))
		return b;
	return wv_time_is_none(b) || a.us < b.us ? a : b;
}

/* The first capture of a walk, without its texts; WV_NO: none. */
static enum wv_status one(const struct wv_visit *visit, const struct wv_captures_query *query,
                          struct wv_arena *scratch, struct wv_time *captured, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(visit->txn, query, &walk, err);

	if (st == WV_OK)
		st = wv_captures_next(walk, scratch, &capture, err);
	if (st == WV_OK)
		*captured = capture.captured;
	return st;
}

static enum wv_status keep(const struct wv_visit *visit, const struct wv_capture *c,
                           struct wv_past_capture *out, struct wv_err *err)
{
	*out = (struct wv_past_capture){
		.id = c->id,
		.captured = c->captured,
		.status = c->status,
		.flags = c->flags,
		.verdict = c->verdict,
		.url = wv_arena_copy(visit->arena, c->url),
		.location = wv_arena_copy(visit->arena, c->location),
		.reason = wv_arena_copy(visit->arena, c->reason),
	};
	return out->url.n == c->url.n && out->location.n == c->location.n &&
	                       out->reason.n == c->reason.n
	               ? WV_OK
	               : wv_err_set(err, WV_NOMEM, "out of memory for a history");
}

/* The newest `max`, put in order of time. */
static enum wv_status gather(const struct wv_visit *visit, struct wv_captures_query query,
                             size_t max, struct wv_arena *scratch, struct wv_past *out,
                             struct wv_err *err)
{
	struct wv_past_capture *list = WV_ARENA_ARRAY(visit->arena, struct wv_past_capture, max);
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	size_t at = max;
	enum wv_status st;

	if (!list)
		return wv_err_set(err, WV_NOMEM, "out of memory for a history");
	query.is_backwards = true;
	st = wv_captures_begin(visit->txn, &query, &walk, err);
	while (st == WV_OK) {
		struct wv_capture capture;

		wv_arena_reset(scratch);
		st = wv_captures_next(walk, scratch, &capture, err);
		if (st == WV_OK && at == 0) {
			out->has_older = true;
			break;
		}
		if (st == WV_OK)
			st = keep(visit, &capture, &list[--at], err);
	}
	out->captures = list + at;
	out->count = max - at;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_past_of(const struct wv_visit *visit, struct wv_time until, size_t max,
                          struct wv_past *out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_captures_query query = {.page = out->page.number,
	                                  .from = WV_TIME_NONE,
	                                  .to = visit->at,
	                                  .known_at = visit->known_at,
	                                  .now = visit->now};
	struct wv_history_query ask = {.page = out->page.number,
	                               .known_at = visit->known_at,
	                               .now = visit->now};
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	*out = (struct wv_past){.page = out->page, .first = WV_TIME_NONE, .last = WV_TIME_NONE};
	if (st == WV_OK)
		st = one(visit, &query, scratch, &out->first, err);
	query.is_backwards = true;
	if (st == WV_OK)
		st = one(visit, &query, scratch, &out->last, err);
	if (st == WV_NO)
		return WV_OK;
	query.to = earlier(visit->at, until);
	if (st == WV_OK)
		st = gather(visit, query, max, scratch, out, err);
	if (st != WV_OK || out->count == 0)
		return st;
	out->has_newer = out->captures[out->count - 1].captured.us < out->last.us;
	ask.from = out->captures[0].captured;
	ask.to = out->captures[out->count - 1].captured;
	return wv_history_of(visit->txn, visit->arena, &ask, &out->history, err);
}
