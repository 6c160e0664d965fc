/* Pages about time and finding: parameters of a request become questions of archive/view. */
#include "archive/serve/routes.h"
#include "archive/view/compare.h"
#include "archive/view/history.h"

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

enum wv_status wv_route_compare(struct wv_call *call, struct wv_err *err)
{
	struct wv_view_compare_query query = {.reader = call->options->side_reader};
	struct wv_fact refusal = {0};
	struct wv_slice view;
	enum wv_status st = read_id(call, "from", &query.from, err);

	if (st == WV_OK)
		st = read_id(call, "to", &query.to, err);
	query.is_side = wv_http_parameter(call->request, "view", &view) &&
	                wv_slice_equals(view, WV_LIT("side"));
	if (st == WV_OK)
		st = wv_view_compare(&call->visit, &query, &refusal, &call->answer->body, err);
	return st == WV_NO && refusal.act ? wv_call_refuse(call, &refusal) : st;
}
