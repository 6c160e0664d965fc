/* What kind of content an archived body is, and what a browser is told of it. */
#include "archive/exchange/message.h"
#include "archive/serve/replay_parts.h"

enum wv_content wv_content_of(const struct wv_capture *capture, struct wv_slice body)
{
	struct wv_slice mime = capture->mime, start = wv_slice_trim(wv_slice_part(body, 0, 64));

	if (wv_slice_equals(mime, WV_LIT("text/html")) ||
	    wv_slice_equals(mime, WV_LIT("application/xhtml+xml")) ||
	    (!mime.n && start.n && start.p[0] == '<'))
		return WV_CONTENT_HTML;
	if (wv_slice_equals(mime, WV_LIT("text/css")))
		return WV_CONTENT_STYLE;
	if (wv_slice_find(mime, WV_LIT("javascript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("ecmascript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("jscript"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("livescript"), 0) != SIZE_MAX ||
	    wv_slice_equals(mime, WV_LIT("application/wasm")))
		return WV_CONTENT_SCRIPT;
	if (wv_slice_find(mime, WV_LIT("xml"), 0) != SIZE_MAX ||
	    wv_slice_find(mime, WV_LIT("xsl"), 0) != SIZE_MAX)
		return WV_CONTENT_XML;
	if (wv_slice_starts(mime, WV_LIT("image/")))
		return WV_CONTENT_IMAGE;
	return WV_CONTENT_OTHER;
}

/* One type, of letters that stand in one. Of several behind commas browsers take the last. */
static bool is_type(struct wv_slice type)
{
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] < ' ' || type.p[i] >= 0x7f || type.p[i] == ',')
			return false;
	return type.n > 0 && type.n <= 200 && wv_slice_find_byte(type, '/', 0) != SIZE_MAX;
}

/* Messages whose parts have types of their own. */
static bool is_envelope(struct wv_slice mime)
{
	return wv_slice_starts(mime, WV_LIT("multipart/")) || wv_slice_starts(mime, WV_LIT("message/"));
}

struct wv_slice wv_content_type(const struct wv_capture *capture, enum wv_content content)
{
	struct wv_slice type = wv_message_field(capture->headers, "Content-Type");
	struct wv_slice essence = wv_slice_trim(wv_slice_part(type, 0, wv_slice_find_byte(type, ';', 0)));

	if (content == WV_CONTENT_SCRIPT)
		return WV_LIT("text/plain");
	if (!is_type(capture->mime) || is_envelope(capture->mime))
		return WV_LIT("application/octet-stream");
	/* Of several such fields the header may name another than the one that the content was taken
	 * for: a browser must not be told of it. */
	return is_type(type) && wv_slice_equals_nocase(essence, capture->mime) ? type : capture->mime;
}

bool wv_content_is_font(struct wv_slice body)
{
	return wv_slice_starts(body, WV_LIT("wOFF")) || wv_slice_starts(body, WV_LIT("wOF2")) ||
	       wv_slice_starts(body, WV_LIT("OTTO")) || wv_slice_starts(body, WV_LIT("ttcf")) ||
	       wv_slice_starts(body, wv_slice("\0\1\0\0", 4));
}

bool wv_content_is_shown_raw(const struct wv_capture *capture, enum wv_content content)
{
	struct wv_slice mime = capture->mime;

	return content == WV_CONTENT_IMAGE || content == WV_CONTENT_SCRIPT ||
	       wv_slice_equals(mime, WV_LIT("text/plain")) ||
	       wv_slice_equals(mime, WV_LIT("text/css")) ||
	       wv_slice_equals(mime, WV_LIT("application/json")) ||
	       wv_slice_starts(mime, WV_LIT("audio/")) || wv_slice_starts(mime, WV_LIT("video/")) ||
	       wv_slice_starts(mime, WV_LIT("font/"));
}

bool wv_web_is(const struct wv_web *web, const char *modifier)
{
	return wv_slice_equals(wv_slice_of(web->modifier), wv_slice_of(modifier));
}

bool wv_web_is_requisite(const struct wv_web *web)
{
	return wv_web_is(web, "im_") || wv_web_is(web, "cs_") || wv_web_is(web, "js_") || wv_web_is(web, "oe_") || wv_web_is(web, "fw_");
}

bool wv_web_is_framed(const struct wv_web *web)
{
	return wv_web_is(web, "if_") || wv_web_is(web, "mp_") || wv_web_is(web, "fr_");
}
