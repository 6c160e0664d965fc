#include "archive/serve/replay.h"

#include "archive/serve/replay_parts.h"
#include "archive/serve/wrapper.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "config/base/limits.h"

/* --- the path --- */

static const char *const modifiers[] = {"id_", "if_", "mp_", "fr_", "fw_",
                                        "im_", "cs_", "js_", "oe_"};

static bool is_modifier(struct wv_slice text, char out[4])
{
	for (size_t i = 0; i < WV_COUNT(modifiers); i++)
		if (wv_slice_equals(text, wv_slice_of(modifiers[i]))) {
			memcpy(out, modifiers[i], sizeof("id_"));
			return true;
		}
	return false;
}

enum wv_status wv_web_parse(struct wv_slice rest, struct wv_time now, struct wv_web *out,
                            struct wv_err *err)
{
	size_t slash = wv_slice_find_byte(rest, '/', 0), digits = 0;
	struct wv_slice segment = wv_slice_part(rest, 0, slash == SIZE_MAX ? 0 : slash);
	struct wv_time_range range;
	enum wv_status st;

	*out = (struct wv_web){.url = rest};
	while (digits < segment.n && wv_byte_is_digit(segment.p[digits]))
		digits++;
	if (wv_slice_equals(segment, WV_LIT("*")))
		out->is_star = true;
	else if (!segment.n || (digits < segment.n &&
	                        !is_modifier(wv_slice_from(segment, digits), out->modifier)))
		return WV_OK; /* the URL itself */
	out->url = wv_slice_from(rest, slash + 1);
	if (!digits)
		return WV_OK;
	st = digits < 4 || digits > 14 || digits % 2
		     ? WV_USAGE
		     : wv_time_parse(wv_slice_part(segment, 0, digits), now, &range, NULL);
	if (st != WV_OK)
		return wv_err_set(err, WV_USAGE, "'%.*s' is no time: YYYYMMDDhhmmss, or its beginning",
		                  (int)digits, (const char *)segment.p);
	out->has_when = true;
	out->is_exact = digits == 14;
	out->when = range.first;
	return WV_OK;
}

/* --- what is not there --- */

#define PLACEHOLDER                                                                                \
	"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24 24\">"  \
	"<title>not in the archive</title><path d=\"M2 2h20v20H2zM2 22 22 2\" fill=\"none\" "          \
	"stroke=\"#999\"/></svg>\n"

static enum wv_status answer_missing(struct wv_call *call, const struct wv_original *original,
                                     const struct wv_web *web)
{
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = original->url};
	struct wv_buf *out = &call->answer->body;

	call->answer->status = 404;
	wv_replay_add(call, "Cross-Origin-Resource-Policy", WV_LIT("cross-origin"));
	if (wv_web_is(web, "im_")) {
		call->kind = WV_ROUTE_REPLAY;
		wv_replay_add(call, "Content-Type", WV_LIT("image/svg+xml"));
		wv_replay_add(call, "Content-Security-Policy", WV_LIT(WV_RAW_POLICY));
		wv_html(out, PLACEHOLDER);
		return WV_OK;
	}
	if (wv_web_is_requisite(web)) {
		call->kind = WV_ROUTE_REPLAY;
		wv_replay_add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
		return WV_OK;
	}
	if (!wv_web_is_framed(web)) {
		wv_wrapper_missing(call, original->url);
		return WV_OK;
	}
	wv_replay_add(call, "Content-Security-Policy", WV_LIT(WV_REPLAY_POLICY));
	wv_html(out, "<!DOCTYPE html>\n<meta charset=\"utf-8\"><title>");
	wv_html_text(out, wv_slice_of(wv_phrase(call->visit.tongue, WV_PHRASE_NOT_FOUND)));
	wv_html(out, "</title>\n<p>");
	wv_html_text(out, wv_slice_of(wv_phrase(call->visit.tongue, WV_PHRASE_NOT_FOUND)));
	wv_html(out, ": <a target=\"_top\"");
	wv_address_href(out, &call->visit, &history);
	wv_html(out, ">");
	wv_html_text(out, original->url);
	wv_html(out, "</a></p>\n");
	return WV_OK;
}

static enum wv_status lead_to(struct wv_call *call, const struct wv_original *original,
                              const struct wv_capture *capture, const struct wv_web *web,
                              struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 8 * WV_LIMIT_URL_BYTES};
	WV_AUTO(wv_buf_done) struct wv_buf links = {.cap = 64 * WV_LIMIT_URL_BYTES};
	enum wv_status st =
		wv_memento_links(&call->visit, wv_call_host(call), original, NULL, true, &links, err);

	wv_memento_add_address(&to, &call->visit, WV_SLICE_NONE, capture->captured, web->modifier, capture->url);
	if (st == WV_OK)
		st = wv_buf_finish(&to, "address", err);
	if (st != WV_OK)
		return st;
	if (!wv_call_add_long(call, "Location", wv_buf_slice(&to)))
		return wv_err_set(err, WV_USAGE, "the URL is too long to lead to");
	call->answer->status = 302;
	call->kind = WV_ROUTE_REPLAY;
	wv_replay_add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&links));
	return WV_OK;
}

static enum wv_status lead_to_history(struct wv_call *call, const struct wv_original *original)
{
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = original->url};
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 8 * WV_LIMIT_URL_BYTES};

	wv_address_add(&to, &call->visit, &history);
	call->answer->status = 302;
	(void)wv_http_add_foreign(call->answer, call->request, "Location", wv_buf_slice(&to));
	return WV_OK;
}

/* No memento at the very time: taken down, another one, or none. */
static enum wv_status answer_other(struct wv_call *call, const struct wv_original *original,
                                   const struct wv_web *web, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_fact fact = {0};
	enum wv_status st = wv_memento_refusal(&call->visit, original,
	                                       web->is_exact ? web->when : WV_TIME_NONE, &fact, err);

	/* A page of which only some captures were taken down has others to show. */
	if (st == WV_OK && (web->is_exact || !fact.is_of_capture))
		return wv_call_refuse(call, &fact);
	if (st != WV_OK && st != WV_NO)
		return st;
	st = wv_memento_find(&call->visit, original,
	                     web->has_when ? WV_MEMENTO_NEAREST : WV_MEMENTO_LAST, web->when, &capture,
	                     err);
	if (st == WV_NO)
		return fact.act && fact.is_of_capture ? wv_call_refuse(call, &fact)
		                                      : answer_missing(call, original, web);
	if (st != WV_OK)
		return st;
	if (!wv_web_is_requisite(web))
		return lead_to(call, original, &capture, web, err);
	{
		WV_AUTO(wv_buf_done) struct wv_buf at = {.cap = 8 * WV_LIMIT_URL_BYTES};

		wv_memento_add_address(&at, &call->visit, WV_SLICE_NONE, capture.captured, web->modifier, capture.url);
		if (at.failed == WV_OK)
			(void)wv_call_add_long(call, "Content-Location", wv_buf_slice(&at));
	}
	return wv_replay_answer(call, original, &capture, web, err);
}

enum wv_status wv_route_web(struct wv_call *call, struct wv_err *err)
{
	struct wv_original original;
	struct wv_capture capture;
	struct wv_web web;
	enum wv_status st;

	/* Notices are pages; what is foreign says so itself. */
	call->kind = WV_ROUTE_PAGE;
	st = wv_web_parse(call->rest, call->visit.now, &web, err);
	if (st == WV_OK)
		st = wv_original_parse(call->request->arena, web.url, call->request->query, &original, err);
	if (st == WV_OK)
		st = wv_original_find(&call->visit, &original, err);
	if (st != WV_OK)
		return st;
	if (web.is_star)
		return lead_to_history(call, &original);
	if (!web.is_exact)
		return answer_other(call, &original, &web, err);
	st = wv_memento_find(&call->visit, &original, WV_MEMENTO_AT, web.when, &capture, err);
	if (st == WV_NO)
		return answer_other(call, &original, &web, err);
	return st == WV_OK ? wv_replay_answer(call, &original, &capture, &web, err) : st;
}
