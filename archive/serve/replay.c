#include "archive/serve/replay.h"

#include "archive/exchange/message.h"
#include "archive/serve/wrapper.h"
#include "archive/view/address.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "config/base/limits.h"
#include "config/url.h"

/*
 * `sandbox` without allow-scripts and allow-same-origin: nothing runs, no form is sent, no plug-in
 * starts, and what is shown has an origin of its own. A link may lead the whole window on, but only
 * where a person follows it, and all links lead into the archive.
 */
#define REPLAY_POLICY                                                                              \
	"sandbox allow-top-navigation-by-user-activation; default-src 'none'; img-src 'self' data:; "  \
	"media-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; frame-src "  \
	"'self'; form-action 'none'; base-uri 'none'"
/* The bytes as they were lead nowhere, so they may load nothing at all. */
#define RAW_POLICY                                                                                 \
	"sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "  \
	"base-uri 'none'; frame-ancestors 'none'"

#define ORIGINAL        "X-Archive-Orig-"
#define ORIGINALS_MAX   64u
#define ORIGINALS_BYTES (12u * WV_KIB)

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

static bool is(const struct wv_web *web, const char *modifier)
{
	return wv_slice_equals(wv_slice_of(web->modifier), wv_slice_of(modifier));
}

static bool is_requisite(const struct wv_web *web)
{
	return is(web, "im_") || is(web, "cs_") || is(web, "js_") || is(web, "oe_") || is(web, "fw_");
}

static bool is_framed(const struct wv_web *web)
{
	return is(web, "if_") || is(web, "mp_") || is(web, "fr_");
}

/* --- fields --- */

static void add(struct wv_call *call, const char *name, struct wv_slice value)
{
	(void)wv_http_add(call->answer, call->request, name, value);
}

/* Who speaks Memento asks for these on every answer that is one. */
static enum wv_status add_memento(struct wv_call *call, const struct wv_original *original,
                                  const struct wv_capture *capture, bool has_neighbours,
                                  struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf links = {.cap = 64 * WV_LIMIT_URL_BYTES};
	char text[WV_TIME_TEXT_MAX];
	enum wv_status st = wv_memento_links(&call->visit, wv_call_host(call), original, capture,
	                                     has_neighbours, &links, err);

	if (st != WV_OK)
		return st;
	add(call, "Memento-Datetime", wv_slice_of(wv_time_print_http(capture->captured, text)));
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&links));
	return WV_OK;
}

static bool is_token(struct wv_slice name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!wv_byte_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	return name.n > 0 && name.n <= 100;
}

/* The fields of the server's answer, under names that no browser obeys. */
static void add_originals(struct wv_call *call, struct wv_slice head)
{
	struct wv_cursor lines = wv_cursor(head);
	struct wv_slice line;
	size_t count = 0, bytes = 0;
	bool is_first = true;

	while (wv_cursor_line(&lines, &line) && count < ORIGINALS_MAX) {
		size_t colon = wv_slice_find_byte(line, ':', 0);
		struct wv_slice name = wv_slice_part(line, 0, colon == SIZE_MAX ? 0 : colon), value;
		unsigned char *clean;
		struct wv_slice full;

		if (is_first || colon == SIZE_MAX || !is_token(name)) {
			is_first = false;
			continue;
		}
		value = wv_slice_trim(wv_slice_from(line, colon + 1));
		clean = wv_arena_alloc(call->request->arena, value.n);
		full = wv_arena_format(call->request->arena, ORIGINAL "%.*s", WV_FMT(name));
		bytes += full.n + value.n;
		if (!clean || !full.n || bytes > ORIGINALS_BYTES)
			return;
		for (size_t i = 0; i < value.n; i++)
			clean[i] = value.p[i] < ' ' || value.p[i] == 0x7f ? ' ' : value.p[i];
		if (!wv_call_add_long(call, wv_arena_string(call->request->arena, full),
		                      wv_slice(clean, value.n)))
			return;
		count++;
	}
}

/* --- kinds of content --- */

enum content {
	CONTENT_HTML,
	CONTENT_STYLE,
	CONTENT_SCRIPT,
	CONTENT_XML,   /* also SVG: as documents they may link, and warm up connections */
	CONTENT_IMAGE,
	CONTENT_OTHER,
};

static enum content content_of(const struct wv_capture *capture, struct wv_slice body)
{
	struct wv_slice mime = capture->mime, start = wv_slice_trim(wv_slice_part(body, 0, 64));

	if (wv_slice_equals(mime, WV_LIT("text/html")) ||
	    wv_slice_equals(mime, WV_LIT("application/xhtml+xml")) ||
	    (!mime.n && start.n && start.p[0] == '<'))
		return CONTENT_HTML;
	if (wv_slice_equals(mime, WV_LIT("text/css")))
		return CONTENT_STYLE;
	if (wv_slice_find(mime, WV_LIT("javascript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("ecmascript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("jscript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("livescript"), 0) != SIZE_MAX ||
	    wv_slice_equals(mime, WV_LIT("application/wasm")))
		return CONTENT_SCRIPT;
	if (wv_slice_find(mime, WV_LIT("xml"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("xsl"), 0) != SIZE_MAX)
		return CONTENT_XML;
	if (wv_slice_starts(mime, WV_LIT("image/")))
		return CONTENT_IMAGE;
	return CONTENT_OTHER;
}

static bool is_type(struct wv_slice type)
{
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] < ' ' || type.p[i] >= 0x7f)
			return false;
	return type.n > 0 && type.n <= 200;
}

/* Its own type where that is one and starts nothing. */
static struct wv_slice type_of(const struct wv_capture *capture, enum content content)
{
	struct wv_slice type = wv_message_field(capture->headers, "Content-Type");

	if (content == CONTENT_SCRIPT)
		return WV_LIT("text/plain");
	if (is_type(type))
		return type;
	return is_type(capture->mime) ? capture->mime : WV_LIT("application/octet-stream");
}

static bool is_font(struct wv_slice body)
{
	return wv_slice_starts(body, WV_LIT("wOFF")) || wv_slice_starts(body, WV_LIT("wOF2")) ||
	       wv_slice_starts(body, WV_LIT("OTTO")) || wv_slice_starts(body, WV_LIT("ttcf")) ||
	       wv_slice_starts(body, wv_slice("\0\1\0\0", 4));
}

/* --- an answer of bytes --- */

static int status_of(struct wv_call *call, const struct wv_capture *capture)
{
	struct wv_capture had;
	int status = capture->status;

	/* A 304 stands for the body it confirmed. */
	if (status == 304) {
		status = 200;
		if (capture->has_stands_for &&
		    wv_store_capture(call->visit.txn, call->request->arena, capture->stands_for,
		                     call->visit.known_at, &had, NULL) == WV_OK &&
		    had.status >= 200 && had.status != 304)
			status = had.status;
	}
	return status < 200 || status > 999 ? 502 : status;
}

/* Its header, also where this capture was a 304 and said less. */
static struct wv_capture answer_of(struct wv_call *call, const struct wv_capture *capture)
{
	struct wv_capture had;

	if (capture->status == 304 && capture->has_stands_for &&
	    wv_store_capture(call->visit.txn, call->request->arena, capture->stands_for,
	                     call->visit.known_at, &had, NULL) == WV_OK)
		return had;
	return *capture;
}

static enum wv_status read_body(struct wv_call *call, const struct wv_capture *capture,
                                struct wv_buf *out, bool *is_gone, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = capture->has_body ? wv_store_body(call->visit.txn, &capture->body, out, err)
	                                      : WV_OK;

	if (st != WV_NO)
		return st;
	*is_gone = true;
	st = wv_register_erased(call->visit.txn, call->request->arena, capture->id, &fact, err);
	return st == WV_OK ? wv_call_refuse(call, &fact) : st;
}

/* Where a redirect led, at this instant in the archive. */
static void add_location(struct wv_call *call, const struct wv_capture *capture,
                         const struct wv_web *web)
{
	WV_AUTO(wv_buf_done) struct wv_buf to = {.cap = 8 * WV_LIMIT_URL_BYTES};

	if (!wv_slice_starts_nocase(capture->location, WV_LIT("http://")) &&
	    !wv_slice_starts_nocase(capture->location, WV_LIT("https://")))
		return;
	wv_memento_add_address(&to, &call->visit, WV_SLICE_NONE, capture->captured, web->modifier, capture->location);
	if (to.failed == WV_OK)
		(void)wv_call_add_long(call, "Location", wv_buf_slice(&to));
}

static enum wv_status rewrite(struct wv_call *call, const struct wv_capture *capture,
                              bool is_style, struct wv_slice body, struct wv_err *err)
{
	const struct wv_rewriter *rewriter = call->options->rewriter;
	WV_AUTO(wv_buf_done) struct wv_buf stamp = {.cap = WV_KIB};
	char text[WV_TIME_TEXT_MAX];
	struct wv_replayed what = {
		.is_style = is_style,
		.body = body,
		.content_type = wv_message_field(answer_of(call, capture).headers, "Content-Type"),
		.url = capture->url,
	};

	wv_buf_add_string(&stamp, "/web/");
	wv_address_add_segment(&stamp, &call->visit);
	wv_buf_add_string(&stamp, wv_time_print_14(capture->captured, text));
	what.stamp = wv_buf_slice(&stamp);
	return rewriter->rewrite(rewriter->context, call->request->arena, &what, &call->answer->body,
	                         err);
}

/*
 * No policy keeps a browser from warming up connections that a document names, so what it might take
 * for a document is handed to it as a file.
 */
static bool is_shown_raw(const struct wv_capture *capture, enum content content)
{
	struct wv_slice mime = capture->mime;

	return content == CONTENT_IMAGE || content == CONTENT_SCRIPT ||
	       wv_slice_equals(mime, WV_LIT("text/plain")) ||
	       wv_slice_equals(mime, WV_LIT("text/css")) ||
	       wv_slice_equals(mime, WV_LIT("application/json")) ||
	       wv_slice_starts(mime, WV_LIT("audio/")) || wv_slice_starts(mime, WV_LIT("video/")) ||
	       wv_slice_starts(mime, WV_LIT("font/"));
}

static enum wv_status answer_raw(struct wv_call *call, const struct wv_capture *capture,
                                 struct wv_slice body)
{
	const struct wv_capture had = answer_of(call, capture);

	enum content content = content_of(&had, body);

	add(call, "Content-Type", type_of(&had, content));
	add(call, "Content-Security-Policy", WV_LIT(RAW_POLICY));
	if (!is_shown_raw(&had, content))
		add(call, "Content-Disposition", WV_LIT("attachment"));
	wv_buf_add(&call->answer->body, body);
	add_originals(call, capture->headers);
	return WV_OK;
}

/* Browsers say what they will take it for, though not over plain HTTP. */
static bool is_document(const struct wv_call *call)
{
	struct wv_slice dest = wv_http_field(call->request, "Sec-Fetch-Dest");

	return wv_slice_equals(dest, WV_LIT("document")) || wv_slice_equals(dest, WV_LIT("iframe")) ||
	       wv_slice_equals(dest, WV_LIT("frame")) || wv_slice_equals(dest, WV_LIT("object")) ||
	       wv_slice_equals(dest, WV_LIT("embed"));
}

/* Alone in a frame: SVG in a page that shows it as a picture, any other XML as its text. */
static enum wv_status answer_xml(struct wv_call *call, const struct wv_capture *capture,
                                 struct wv_slice body)
{
	WV_AUTO(wv_buf_done) struct wv_buf picture = {.cap = 8 * WV_LIMIT_URL_BYTES};
	struct wv_buf *out = &call->answer->body;

	if (!wv_slice_equals(capture->mime, WV_LIT("image/svg+xml"))) {
		add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
		wv_buf_add(out, body);
		return WV_OK;
	}
	add(call, "Content-Type", WV_LIT("text/html; charset=utf-8"));
	wv_memento_add_address(&picture, &call->visit, WV_SLICE_NONE, capture->captured, "im_", capture->url);
	wv_html(out, "<!DOCTYPE html>\n<meta charset=\"utf-8\"><title>SVG</title>\n<img alt=\"\"");
	wv_html_attribute(out, "src", wv_buf_slice(&picture));
	wv_html(out, ">\n");
	return WV_OK;
}

static enum wv_status answer_bytes(struct wv_call *call, const struct wv_capture *capture,
                                   const struct wv_web *web, struct wv_slice body,
                                   struct wv_err *err)
{
	const struct wv_capture had = answer_of(call, capture);
	enum content content = content_of(&had, body);
	bool has_rewriter = call->options->rewriter != NULL;

	if (is(web, "cs_") && content == CONTENT_OTHER)
		content = CONTENT_STYLE;
	add(call, "Content-Security-Policy", WV_LIT(REPLAY_POLICY));
	/* What is in a sandbox has no origin: to it everything here is from elsewhere. */
	add(call, "Cross-Origin-Resource-Policy", WV_LIT("cross-origin"));
	add(call, "X-DNS-Prefetch-Control", WV_LIT("off"));
	if (is_font(body))
		add(call, "Access-Control-Allow-Origin", WV_LIT("*"));
	/* SVG is a picture where it is asked for as one. */
	if (content == CONTENT_XML && (is(web, "im_") || is(web, "oe_")) && !is_document(call) &&
	    wv_slice_equals(had.mime, WV_LIT("image/svg+xml")))
		content = CONTENT_IMAGE;
	if (content == CONTENT_XML)
		return answer_xml(call, &had, body);
	if (!has_rewriter && (content == CONTENT_HTML || content == CONTENT_STYLE)) {
		add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
	} else if (content == CONTENT_HTML || content == CONTENT_STYLE) {
		add(call, "Content-Type", content == CONTENT_HTML ? WV_LIT("text/html; charset=utf-8")
		                                                  : WV_LIT("text/css; charset=utf-8"));
		return rewrite(call, capture, content == CONTENT_STYLE, body, err);
	} else {
		add(call, "Content-Type", type_of(&had, content));
	}
	wv_buf_add(&call->answer->body, body);
	return WV_OK;
}

static enum wv_status answer_capture(struct wv_call *call, const struct wv_original *original,
                                     const struct wv_capture *capture, const struct wv_web *web,
                                     struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = call->answer->body.cap};
	bool is_gone = false;
	enum wv_status st = read_body(call, capture, &body, &is_gone, err);

	if (st != WV_OK || is_gone)
		return st;
	call->answer->status = status_of(call, capture);
	if (call->answer->status / 100 == 3)
		add_location(call, capture, web);
	st = add_memento(call, original, capture, !is_requisite(web), err);
	if (st != WV_OK)
		return st;
	if (!web->modifier[0] && call->answer->status / 100 != 3) {
		const struct wv_capture had = answer_of(call, capture);

		if (content_of(&had, wv_buf_slice(&body)) == CONTENT_HTML)
			return wv_wrapper(call, original, capture, err);
	}
	call->kind = WV_ROUTE_REPLAY;
	if (is(web, "id_"))
		return answer_raw(call, capture, wv_buf_slice(&body));
	return answer_bytes(call, capture, web, wv_buf_slice(&body), err);
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
	add(call, "Cross-Origin-Resource-Policy", WV_LIT("cross-origin"));
	if (is(web, "im_")) {
		call->kind = WV_ROUTE_REPLAY;
		add(call, "Content-Type", WV_LIT("image/svg+xml"));
		add(call, "Content-Security-Policy", WV_LIT(RAW_POLICY));
		wv_html(out, PLACEHOLDER);
		return WV_OK;
	}
	if (is_requisite(web)) {
		call->kind = WV_ROUTE_REPLAY;
		add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
		return WV_OK;
	}
	if (!is_framed(web)) {
		wv_wrapper_missing(call, original->url);
		return WV_OK;
	}
	add(call, "Content-Security-Policy", WV_LIT(REPLAY_POLICY));
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
	add(call, "Content-Type", WV_LIT("text/plain; charset=utf-8"));
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
	if (!is_requisite(web))
		return lead_to(call, original, &capture, web, err);
	{
		WV_AUTO(wv_buf_done) struct wv_buf at = {.cap = 8 * WV_LIMIT_URL_BYTES};

		wv_memento_add_address(&at, &call->visit, WV_SLICE_NONE, capture.captured, web->modifier, capture.url);
		if (at.failed == WV_OK)
			(void)wv_call_add_long(call, "Content-Location", wv_buf_slice(&at));
	}
	return answer_capture(call, original, &capture, web, err);
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
	return st == WV_OK ? answer_capture(call, &original, &capture, &web, err) : st;
}
