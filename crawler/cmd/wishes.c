#include "crawler/cmd/wishes.h"

#include "archive/store/capture.h"
#include "crawler/fetch/headers.h"
#include "crawler/page/charset.h"
#include "crawler/page/policy.h"
#include "crawler/page/scan.h"

static void read_header(const struct wv_capture *capture, struct wv_strings tokens,
                        struct wv_page_policy *policy)
{
	struct wv_slice value;
	size_t at = 0;

	while (wv_headers_next_of(capture->headers, WV_LIT("X-Robots-Tag"), &at, &value))
		wv_policy_add_header(policy, value, tokens, capture->captured);
}

static enum wv_status read_page(struct wv_arena *arena, const struct wv_capture *capture,
                                struct wv_slice body, struct wv_strings tokens,
                                struct wv_page_policy *policy, struct wv_err *err)
{
	const struct wv_charset_hints hints = {
		.content_type = wv_headers_last(capture->headers, WV_LIT("Content-Type"))};
	struct wv_charset_text text;
	struct wv_scan scan;
	enum wv_status st = wv_charset_decode(arena, body, &hints, &text, err);

	if (st == WV_OK)
		st = wv_scan_page(arena, text.text, WV_SCAN_META, &scan, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < scan.meta_count; i++)
		if (scan.metas[i].key_attr == WV_ATTR_NAME)
			wv_policy_add_meta(policy, scan.metas[i].key, scan.metas[i].content, tokens,
			                   capture->captured);
	return WV_OK;
}

static enum wv_status read_wishes(const struct wv_settings *settings, struct wv_arena *arena,
                                  const struct wv_capture *capture, struct wv_slice body,
                                  struct wv_wishes *out, struct wv_err *err)
{
	struct wv_page_policy policy = WV_PAGE_POLICY_NONE;
	enum wv_status st;

	read_header(capture, settings->agent_tokens, &policy);
	st = read_page(arena, capture, body, settings->agent_tokens, &policy, err);
	if (st != WV_OK)
		return st;
	out->noarchive |= policy.noarchive;
	out->nosnippet |= policy.nosnippet;
	out->noindex |= policy.noindex;
	if (!wv_time_is_none(policy.unavailable_after) &&
	    (wv_time_is_none(out->unavailable_after) ||
	     policy.unavailable_after.us < out->unavailable_after.us))
		out->unavailable_after = policy.unavailable_after;
	return WV_OK;
}

const struct wv_wish_reader wv_wish_reader = {.read = read_wishes};
