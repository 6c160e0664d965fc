/* What /timegate/ and /timemap/ answer: RFC 7089, by memento.c and timemap.c. */
#include "archive/serve/memento.h"

#include "archive/serve/routes.h"
#include "config/base/limits.h"

/* Which memento `step` means; else what stands in its way is answered (*is_answered) or WV_NO. */
static enum wv_status find_or_refuse(struct wv_call *call, struct wv_original *original,
                                     enum wv_memento_step step, struct wv_time when,
                                     struct wv_capture *out, bool *is_answered, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = wv_original_find(&call->visit, original, err);

	if (st == WV_OK)
		st = wv_memento_find(&call->visit, original, step, when, out, err);
	if (st != WV_NO)
		return st;
	st = wv_memento_refusal(&call->visit, original, WV_TIME_NONE, &fact, err);
	if (st != WV_OK)
		return st;
	*is_answered = true;
	return wv_call_refuse(call, &fact);
}

enum wv_status wv_route_timegate(struct wv_call *call, struct wv_err *err)
{
	struct wv_slice wanted = wv_slice_trim(wv_http_field(call->request, "Accept-Datetime"));
	struct wv_slice host = wv_call_host(call);
	WV_AUTO(wv_buf_done) struct wv_buf location = {.cap = 8 * WV_LIMIT_URL_BYTES};
	WV_AUTO(wv_buf_done) struct wv_buf links = {.cap = 32 * WV_LIMIT_URL_BYTES};
	struct wv_original original;
	struct wv_capture capture;
	struct wv_time when = WV_TIME_NONE;
	bool is_answered = false;
	enum wv_status st;

	(void)wv_http_add(call->answer, call->request, "Vary", WV_LIT("accept-datetime"));
	wv_call_add_known(call);
	if (wanted.n && !wv_time_parse_http(wanted, call->visit.now, &when))
		return wv_err_set(err, WV_USAGE, "Accept-Datetime '%.*s' is no date of HTTP",
		                  WV_FMT(wanted));
	st = wv_original_parse(call->request->arena, call->rest, call->request->query, &original, err);
	if (st == WV_OK)
		st = find_or_refuse(call, &original, wanted.n ? WV_MEMENTO_NEAREST : WV_MEMENTO_LAST, when,
		                    &capture, &is_answered, err);
	if (st != WV_OK || is_answered)
		return st;
	wv_memento_add_address(&location, &call->visit, host, capture.captured, "", capture.url);
	st = wv_memento_links(&call->visit, host, &original, NULL, true, &links, err);
	if (st == WV_OK)
		st = wv_buf_finish(&location, "address", err);
	if (st != WV_OK)
		return st;
	if (!wv_call_add_long(call, "Location", wv_buf_slice(&location)))
		return wv_err_set(err, WV_USAGE, "the URL is too long to lead to");
	call->answer->status = 302;
	(void)wv_http_add(call->answer, call->request, "Content-Type",
	                  WV_LIT("text/plain; charset=utf-8"));
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&links));
	return WV_OK;
}

static enum wv_status answer_timemap(struct wv_call *call, enum wv_timemap_form form,
                                     const char *type, struct wv_err *err)
{
	struct wv_slice rest = call->rest, cursor = wv_timemap_cursor(&rest);
	struct wv_original original;
	struct wv_capture capture;
	bool is_answered = false;
	enum wv_status st = wv_original_parse(call->request->arena, rest, call->request->query,
	                                      &original, err);

	if (st == WV_OK)
		st = find_or_refuse(call, &original, WV_MEMENTO_LAST, WV_TIME_NONE, &capture, &is_answered,
		                    err);
	if (st == WV_OK && !is_answered)
		st = wv_timemap(&call->visit, call->options->clock, wv_call_host(call), form, cursor,
		                &original, &call->answer->body, err);
	if (st == WV_OK && !is_answered) {
		wv_call_add_known(call);
		(void)wv_http_add(call->answer, call->request, "Content-Type", wv_slice_of(type));
	}
	return st;
}

enum wv_status wv_route_timemap_link(struct wv_call *call, struct wv_err *err)
{
	return answer_timemap(call, WV_TIMEMAP_LINK, "application/link-format; charset=utf-8", err);
}

enum wv_status wv_route_timemap_json(struct wv_call *call, struct wv_err *err)
{
	return answer_timemap(call, WV_TIMEMAP_JSON, "application/json; charset=utf-8", err);
}

enum wv_status wv_route_timemap_cdxj(struct wv_call *call, struct wv_err *err)
{
	return answer_timemap(call, WV_TIMEMAP_CDXJ, "text/x-cdxj; charset=utf-8", err);
}
