/* Pages about time and finding: parameters of a request become questions of archive/view. */
#include "archive/serve/routes.h"
#include "archive/view/address.h"
#include "archive/view/compare.h"
#include "archive/view/history.h"
#include "archive/view/listing.h"
#include "archive/view/pulse.h"
#include "archive/view/search.h"
#include "archive/view/subscriptions.h"
#include "archive/view/syndicate.h"

/* A parameter as an instant; `last` takes the end of a partial one. Not there: as it was. */
static enum wv_status read_time(const struct wv_call *call, const char *name, bool last,
                                struct wv_time *out, struct wv_err *err)
{
	struct wv_time_range range;
	struct wv_slice text;
	enum wv_status st;

	if (!wv_http_parameter(call->request, name, &text) || !wv_slice_trim(text).n)
		return WV_OK;
	st = wv_time_parse(wv_slice_trim(text), call->visit.now, &range, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "%s", name);
	*out = last ? range.last : range.first;
	return WV_OK;
}

enum wv_status wv_route_history(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_history_query query = {.until = WV_TIME_NONE};
	struct wv_fact refusal = {0};
	bool is_found = false;
	enum wv_status st = WV_OK;

	if (!wv_http_parameter(call->request, "url", &query.url) || !wv_slice_trim(query.url).n)
		st = wv_err_set(err, WV_USAGE, "a history needs an address: /history?url=...");
	if (st == WV_OK)
		st = read_time(call, "until", true, &query.until, err);
	if (st == WV_OK)
		st = wv_view_history(&call->visit, &query, &is_found, &refusal, &call->answer->body,
		                     err);
	if (st == WV_NO && refusal.act)
		return wv_call_refuse(call, &refusal);
	if (st == WV_OK && !is_found)
		call->answer->status = 404;
	return st;
}

static enum wv_status read_id(const struct wv_call *call, const char *name, uint64_t *out,
                              struct wv_err *err)
{
	struct wv_slice text;

	if (!wv_http_parameter(call->request, name, &text) || !wv_slice_u64(text, out))
		return wv_err_set(err, WV_USAGE,
		                  "a comparison needs two captures: /compare?from=ID&to=ID");
	return WV_OK;
}

/* A comparison shows both. What is not there, or taken down, is the view's to say. */
static enum wv_status withhold(struct wv_call *call, const struct wv_view_compare_query *query,
                               bool *is_answered, struct wv_err *err)
{
	struct wv_capture from, to;
	enum wv_status st = wv_store_capture(call->visit.txn, call->request->arena, query->from,
	                                     call->visit.known_at, &from, err);

	if (st == WV_OK)
		st = wv_store_capture(call->visit.txn, call->request->arena, query->to,
		                      call->visit.known_at, &to, err);
	if (st == WV_OK)
		st = wv_visit_shows(&call->visit, &from, NULL, err);
	if (st == WV_OK)
		st = wv_visit_shows(&call->visit, &to, NULL, err);
	if (st == WV_OK)
		st = wv_call_withhold_any(call, &from, &to, is_answered, err);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_route_compare(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_compare_query query = {.reader = call->options->side_reader};
	struct wv_fact refusal = {0};
	struct wv_slice view;
	bool is_answered = false;
	enum wv_status st = read_id(call, "from", &query.from, err);

	if (st == WV_OK)
		st = read_id(call, "to", &query.to, err);
	query.is_side = wv_http_parameter(call->request, "view", &view) &&
	                wv_slice_equals(view, WV_LIT("side"));
	if (st == WV_OK)
		st = withhold(call, &query, &is_answered, err);
	if (st == WV_OK && is_answered)
		return WV_OK;
	if (st == WV_OK)
		st = wv_view_compare(&call->visit, &query, &refusal, &call->answer->body, err);
	if (st == WV_NOMEM || st == WV_LIMIT)
		st = wv_err_set(err, WV_USAGE,
		                "these two are too large to be compared here; wirevault diff does it");
	if (st != WV_NO)
		return st;
	st = wv_call_refuse_id(call, query.from, &refusal, err);
	return st == WV_NO ? wv_call_refuse_id(call, query.to, &refusal, err) : st;
}

/* --- search --- */

static const char *const fields[WV_QUERY_FIELDS] = {
	[WV_QUERY_SOURCE] = "source",   [WV_QUERY_CATEGORY] = "category",
	[WV_QUERY_LANGUAGE] = "language", [WV_QUERY_TOPIC] = "topic",
	[WV_QUERY_VERDICT] = "verdict",
};

static void read_fields(const struct wv_call *call, struct wv_view_search_query *query)
{
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++) {
		struct wv_query_values *values = &query->fields[f];
		struct wv_slice value;

		for (size_t n = 0; values->n < WV_QUERY_VALUES_MAX &&
		                   wv_http_parameter_at(call->request, fields[f], n, &value);
		     n++)
			if (wv_slice_trim(value).n)
				values->p[values->n++] = wv_slice_trim(value);
	}
}

/* An instant that cannot be read is said on the page, which keeps what was typed. */
static enum wv_status read_range(const struct wv_call *call, struct wv_view_search_query *query,
                                 struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	(void)wv_http_parameter(call->request, "from", &query->from_text);
	(void)wv_http_parameter(call->request, "to", &query->to_text);
	st = read_time(call, "from", false, &query->from, &why);
	if (st == WV_OK)
		st = read_time(call, "to", true, &query->to, &why);
	if (st == WV_USAGE) {
		query->fault = wv_arena_copy(call->request->arena, wv_slice_of(why.text));
		return WV_OK;
	}
	return st == WV_OK ? st : wv_err_set(err, st, "%s", why.text);
}

/* The page of an address that was typed into the box, at the same instant. */
static enum wv_status go_to_history(struct wv_call *call, struct wv_slice url, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 64 * 1024};
	const struct wv_address address = {.place = WV_PLACE_HISTORY, .text = wv_slice_trim(url)};
	enum wv_status st;

	wv_address_add(&to, &call->visit, &address);
	st = wv_buf_finish(&to, "address", err);
	if (st != WV_OK)
		return st;
	call->answer->status = 303;
	wv_http_add_foreign(call->answer, call->request, "Location", wv_buf_slice(&to));
	return WV_OK;
}

/* Pages do without an index that is not there and cannot be made. */
static enum wv_status open_search(struct wv_call *call, uint64_t *behind, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_call_search(call, &call->visit.search, behind, &why);

	if (st == WV_PERM || st == WV_CREATE || st == WV_MISSING)
		return WV_OK;
	return st == WV_OK ? st : wv_err_set(err, st, "%s", why.text);
}

enum wv_status wv_route_search(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_search_query query = {
		.from = WV_TIME_NONE, .to = WV_TIME_NONE, .page = 1};
	struct wv_slice text;
	uint64_t page = 1;
	bool is_address = false, is_bad = false;
	enum wv_status st;

	(void)wv_http_parameter(call->request, "q", &query.text);
	st = wv_view_search_is_address(&call->visit, query.text, &is_address, err);
	if (st == WV_OK && is_address)
		return go_to_history(call, query.text, err);
	read_fields(call, &query);
	query.by_time = wv_http_parameter(call->request, "order", &text) &&
	                wv_slice_equals(text, WV_LIT("time"));
	if (wv_http_parameter(call->request, "page", &text) && wv_slice_u64(text, &page) && page &&
	    page <= WV_VIEW_SEARCH_PAGES)
		query.page = (size_t)page;
	if (st == WV_OK)
		st = read_range(call, &query, err);
	if (st == WV_OK)
		st = open_search(call, &query.behind, err);
	if (st == WV_OK)
		st = wv_view_search(&call->visit, &query, &is_bad, &call->answer->body, err);
	if (st == WV_OK && is_bad)
		call->answer->status = 400;
	return st;
}

/* --- saved queries --- */

enum wv_status wv_route_subscriptions(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_subscriptions_query query = {.behind = 0};
	enum wv_status st = open_search(call, &query.behind, err);

	(void)wv_http_parameter(call->request, "name", &query.name);
	return st == WV_OK
	               ? wv_view_subscriptions(&call->visit, &query, &call->answer->body, err)
	               : st;
}

static struct wv_slice absolute(const struct wv_call *call, struct wv_slice base,
                                const struct wv_address *address)
{
	WV_AUTO(wv_buf_done) struct wv_buf all = {.cap = 64 * 1024};

	wv_buf_add(&all, base);
	wv_address_add(&all, &call->visit, address);
	return wv_arena_copy(call->request->arena, wv_buf_slice(&all));
}

static enum wv_status write_feed(struct wv_call *call, const struct wv_subscription *s,
                                 bool is_json, struct wv_err *err)
{
	struct wv_slice base = wv_call_host(call);
	const struct wv_address self = {
		.place = is_json ? WV_PLACE_FEED_JSON : WV_PLACE_FEED_ATOM, .text = s->name};
	const struct wv_address home = {.place = WV_PLACE_SUBSCRIPTIONS};
	struct wv_feed feed;
	struct wv_syndicate syndicate = {.subscription = s,
	                                 .feed = &feed,
	                                 .at = call->visit.at,
	                                 .known_at = call->visit.known_at,
	                                 .is_simulated = call->visit.is_simulated,
	                                 .base = base};
	enum wv_status st = wv_view_feed(&call->visit, s, WV_VIEW_FEED_MAX, &feed, err);

	if (st != WV_OK)
		return st;
	if (base.n) {
		syndicate.self = absolute(call, base, &self);
		syndicate.home = absolute(call, base, &home);
	}
	if (is_json)
		wv_syndicate_json(&call->answer->body, &syndicate);
	else
		wv_syndicate_atom(&call->answer->body, &syndicate);
	wv_http_add(call->answer, call->request, "Content-Type",
	            is_json ? WV_LIT("application/feed+json; charset=utf-8")
	                    : WV_LIT("application/atom+xml; charset=utf-8"));
	return WV_OK;
}

enum wv_status wv_route_feed(struct wv_call *call, struct wv_err *err)
{
	struct wv_slice name = wv_call_decode(call, call->rest);
	bool is_json = wv_slice_ends(name, WV_LIT(".json"));
	struct wv_subscription s;
	uint64_t behind;
	enum wv_status st;

	if (!is_json && !wv_slice_ends(name, WV_LIT(".atom")))
		return WV_NO;
	name = wv_slice_part(name, 0, name.n - 5);
	st = open_search(call, &behind, err);
	if (st == WV_OK)
		st = wv_subscription_get(wv_store_dir(call->options->store), call->request->arena,
		                         name, &s, err);
	return st == WV_OK ? write_feed(call, &s, is_json, err) : st;
}

/* --- what browsers ask for by themselves --- */

enum wv_status wv_route_icon(struct wv_call *call, struct wv_err *err)
{
	/* A page with a clock's hand: also legible at 16 pixels. */
	static const char icon[] =
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect width=\"16\" "
		"height=\"16\" rx=\"3\" fill=\"#0b4a8a\"/><path d=\"M4 3h8v10H4zM8 5v3.5h2.5\" "
		"fill=\"none\" stroke=\"#fff\" stroke-width=\"1.4\"/></svg>\n";

	(void)err;
	wv_http_add(call->answer, call->request, "Content-Type", WV_LIT("image/svg+xml"));
	wv_http_add(call->answer, call->request, "Cache-Control", WV_LIT("public, max-age=86400"));
	wv_buf_add_string(&call->answer->body, icon);
	return WV_OK;
}

/* --- lists and charts --- */

/* "after=MICROSECONDS-ID": where the page before ended. */
static void read_after(const struct wv_call *call, struct wv_view_listing_query *query)
{
	struct wv_slice text;
	uint64_t captured, id;
	size_t dash;

	if (!wv_http_parameter(call->request, "after", &text))
		return;
	dash = wv_slice_find_byte(text, '-', 0);
	if (dash == SIZE_MAX || !wv_slice_u64(wv_slice_part(text, 0, dash), &captured) ||
	    captured > INT64_MAX || !wv_slice_u64(wv_slice_from(text, dash + 1), &id))
		return;
	query->has_after = true;
	query->after_captured = (struct wv_time){(int64_t)captured};
	query->after_id = id;
}

static enum wv_status list(struct wv_call *call, bool is_category, struct wv_err *err)
{
	struct wv_view_listing_query query = {.name = wv_call_decode(call, call->rest),
	                                      .is_category = is_category,
	                                      .page = 1};
	struct wv_slice text;
	uint64_t behind, page;
	enum wv_status st;

	if (!query.name.n)
		return WV_NO;
	read_after(call, &query);
	if (wv_http_parameter(call->request, "page", &text) && wv_slice_u64(text, &page) && page &&
	    page <= WV_VIEW_LISTING_PAGES)
		query.page = (size_t)page;
	st = is_category && call->visit.form == WV_FORM_SERVED ? open_search(call, &behind, err)
	                                                      : WV_OK;
	if (st == WV_OK)
		st = wv_call_take_tally(call, err);
	if (st == WV_OK)
		st = wv_view_listing(&call->visit, &query, &call->answer->body, err);
	wv_call_give_tally(call);
	return st;
}

enum wv_status wv_route_source(struct wv_call *call, struct wv_err *err)
{
	return list(call, false, err);
}

enum wv_status wv_route_category(struct wv_call *call, struct wv_err *err)
{
	return list(call, true, err);
}

enum wv_status wv_route_pulse(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_pulse_query query = {.days = 0};
	struct wv_slice text;
	uint64_t days;
	enum wv_status st;

	if (wv_http_parameter(call->request, "days", &text) && wv_slice_u64(text, &days) &&
	    days <= WV_VIEW_PULSE_DAYS_MAX)
		query.days = (unsigned)days;
	st = wv_call_take_tally(call, err);
	if (st == WV_OK)
		st = wv_view_pulse(&call->visit, &query, &call->answer->body, err);
	wv_call_give_tally(call);
	return st;
}
