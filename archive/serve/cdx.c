#include "archive/serve/cdx.h"

#include "archive/serve/cdx_parts.h"

#define WORK_US     (1 * WV_US_PER_S) /* of one answer */
#define VALUE_BYTES (4u * WV_LIMIT_URL_BYTES)

static void say_more(struct wv_cdx *cdx)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {.cap = 4096};
	WV_AUTO(wv_buf_done) struct wv_buf link = {.cap = 16 * WV_LIMIT_URL_BYTES};
	struct wv_call *call = cdx->call;
	struct wv_cursor old = wv_cursor(call->request->query);

	for (size_t i = 0; i < cdx->next.key.n; i++)
		wv_buf_add_format(&key, "%02x", cdx->next.key.p[i]);
	wv_buf_add_format(&key, ".%lld.%llu", (long long)cdx->next.captured.us,
	                  (unsigned long long)cdx->next.id);
	(void)wv_http_add(call->answer, call->request, "X-Resume-Key", wv_buf_slice(&key));
	wv_buf_add_string(&link, "</cdx?");
	while (wv_cursor_left(&old)) {
		struct wv_slice one = wv_cursor_until(&old, '&');

		if (wv_slice_starts(one, WV_LIT("resumeKey=")))
			continue;
		wv_memento_add_uri(&link, one);
		wv_buf_add_byte(&link, '&');
	}
	wv_buf_add_string(&link, "resumeKey=");
	wv_buf_add(&link, wv_buf_slice(&key));
	wv_buf_add_string(&link, ">; rel=\"next\"");
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&link));
	if (cdx->shows_resume_key && cdx->output == WV_CDX_OUTPUT_TEXT) {
		wv_buf_add_byte(&call->answer->body, '\n');
		wv_buf_add(&call->answer->body, wv_buf_slice(&key));
		wv_buf_add_byte(&call->answer->body, '\n');
	}
}

enum wv_status wv_route_cdx(struct wv_call *call, struct wv_err *err)
{
	static const char *const types[] = {"text/plain; charset=utf-8", "application/json; charset=utf-8",
	                                    "text/x-cdxj; charset=utf-8"};
	int64_t now_us = wv_clock_mono(call->options->clock).us;
	struct wv_cdx cdx = {.call = call,
	                  .value = {.cap = VALUE_BYTES},
	                  .before = {.cap = VALUE_BYTES},
	                  .slice_ends_us = now_us + WV_CDX_SLICE_US,
	                  .ends_us = now_us + WORK_US};
	enum wv_status st = wv_cdx_read(&cdx, err);

	if (st == WV_OK && cdx.output == WV_CDX_OUTPUT_JSON) {
		wv_json_begin(&cdx.json, &call->answer->body);
		wv_json_open_array(&cdx.json, NULL);
		wv_json_open_array(&cdx.json, NULL);
		for (size_t i = 0; i < cdx.field_count; i++)
			wv_json_string(&cdx.json, NULL, wv_slice_of(wv_cdx_names[cdx.fields[i]]));
		wv_json_close(&cdx.json);
	}
	if (st == WV_OK)
		st = wv_cdx_walk(&cdx, err);
	if (st == WV_OK && cdx.output == WV_CDX_OUTPUT_JSON) {
		wv_json_close(&cdx.json);
		wv_buf_add_byte(&call->answer->body, '\n');
	}
	if (st == WV_OK) {
		wv_call_add_known(call);
		(void)wv_http_add(call->answer, call->request, "Content-Type", wv_slice_of(types[cdx.output]));
		if (cdx.is_cut)
			say_more(&cdx);
	}
	wv_buf_done(&cdx.value);
	wv_buf_done(&cdx.before);
	return st;
}
