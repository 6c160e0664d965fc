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

		if (wv_slice_starts(one, WV_LIT("resumeKey=")) || wv_slice_starts(one, WV_LIT("offset=")))
			continue;
		wv_memento_add_uri(&link, one);
		wv_buf_add_byte(&link, '&');
	}
	/* What was passed over already is not passed over again. */
	if (cdx->passed_over < cdx->offset)
		wv_buf_add_format(&link, "offset=%zu&", cdx->offset - cdx->passed_over);
	wv_buf_add_string(&link, "resumeKey=");
	wv_buf_add(&link, wv_buf_slice(&key));
	wv_buf_add_string(&link, ">; rel=\"next\"");
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&link));
	if (!cdx->shows_resume_key || cdx->output == WV_CDX_OUTPUT_CDXJ)
		return;
	if (cdx->output == WV_CDX_OUTPUT_JSON) {
		wv_json_open_array(&cdx->json, NULL);
		wv_json_close(&cdx->json);
		wv_json_open_array(&cdx->json, NULL);
		wv_json_string(&cdx->json, NULL, wv_buf_slice(&key));
		wv_json_close(&cdx->json);
		return;
	}
	wv_buf_add_byte(&call->answer->body, '\n');
	wv_buf_add(&call->answer->body, wv_buf_slice(&key));
	wv_buf_add_byte(&call->answer->body, '\n');
}

/* How many pages there are: a number as OpenWayback has it, or what pywb says. */
static void say_pages(struct wv_cdx *cdx)
{
	struct wv_buf *out = &cdx->call->answer->body;
	uint64_t pages = (cdx->addresses + cdx->page_size - 1) / cdx->page_size;

	wv_buf_reset(out);
	if (cdx->output == WV_CDX_OUTPUT_TEXT)
		wv_buf_add_format(out, "%llu\n", (unsigned long long)pages);
	else
		wv_buf_add_format(out, "{\"pages\":%llu,\"pageSize\":%llu,\"blocks\":%llu}\n",
		                  (unsigned long long)pages, (unsigned long long)cdx->page_size,
		                  (unsigned long long)cdx->addresses);
}

static void begin_json(struct wv_cdx *cdx)
{
	wv_json_begin(&cdx->json, &cdx->call->answer->body);
	wv_json_open_array(&cdx->json, NULL);
	wv_json_open_array(&cdx->json, NULL);
	for (size_t i = 0; i < cdx->field_count; i++)
		wv_json_string(&cdx->json, NULL, wv_slice_of(wv_cdx_names[cdx->fields[i]]));
	wv_json_close(&cdx->json);
}

enum wv_status wv_route_cdx(struct wv_call *call, struct wv_err *err)
{
	static const char *const types[] = {"text/plain; charset=utf-8", "application/json; charset=utf-8",
	                                    "text/x-cdxj; charset=utf-8"};
	int64_t now_us = wv_clock_mono(call->options->clock).us;
	struct wv_cdx cdx = {.call = call,
	                     .value = {.cap = VALUE_BYTES},
	                     .slice_ends_us = now_us + WV_CDX_SLICE_US,
	                     .ends_us = now_us + WORK_US};
	enum wv_status st = wv_cdx_read(&cdx, err);

	if (st == WV_OK && cdx.output == WV_CDX_OUTPUT_JSON)
		begin_json(&cdx);
	if (st == WV_OK)
		st = wv_cdx_walk(&cdx, err);
	if (st == WV_OK) {
		wv_call_add_known(call);
		(void)wv_http_add(call->answer, call->request, "Content-Type", wv_slice_of(types[cdx.output]));
		if (cdx.is_cut)
			say_more(&cdx);
		if (cdx.output == WV_CDX_OUTPUT_JSON) {
			wv_json_close(&cdx.json);
			wv_buf_add_byte(&call->answer->body, '\n');
		}
		if (cdx.counts_pages)
			say_pages(&cdx);
	}
	wv_buf_done(&cdx.value);
	for (size_t i = 0; i < cdx.collapse_count; i++)
		wv_buf_done(&cdx.collapses[i].before);
	return st;
}
