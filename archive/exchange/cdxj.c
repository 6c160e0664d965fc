#include "archive/exchange/cdxj.h"

#include <stdlib.h>

#include "config/base/json.h"
#include "config/base/limits.h"

#define KEY_PRINTED_BYTES 440u /* as wv_url_page_key cuts it */
#define LINES_CAP         (256u * WV_MIB)

struct wv_cdxj {
	struct wv_warc_sink sink;
	struct wv_buf filename;
	struct wv_buf prefix;  /* SURT and second of the lines held back */
	struct wv_buf lines;   /* their rest, each ended by LF */
	struct wv_buf starts;  /* size_t: where each begins */
	struct wv_buf line;
};

enum wv_status wv_cdxj_new(const struct wv_warc_sink *sink, struct wv_slice filename,
                           struct wv_cdxj **out, struct wv_err *err)
{
	struct wv_cdxj *c = calloc(1, sizeof(*c));

	if (!c)
		return wv_err_set(err, WV_NOMEM, "out of memory for an index");
	c->sink = *sink;
	wv_buf_init(&c->filename, WV_LIMIT_URL_BYTES);
	wv_buf_init(&c->prefix, WV_LIMIT_URL_BYTES);
	wv_buf_init(&c->lines, LINES_CAP);
	wv_buf_init(&c->starts, LINES_CAP);
	wv_buf_init(&c->line, WV_MIB);
	wv_buf_add(&c->filename, filename);
	*out = c;
	return WV_OK;
}

void wv_cdxj_free(struct wv_cdxj **cdxj)
{
	struct wv_cdxj *c = *cdxj;

	if (!c)
		return;
	wv_buf_done(&c->filename);
	wv_buf_done(&c->prefix);
	wv_buf_done(&c->lines);
	wv_buf_done(&c->starts);
	wv_buf_done(&c->line);
	free(c);
	*cdxj = NULL;
}

static struct wv_slice line_at(const struct wv_cdxj *c, size_t start)
{
	size_t end = wv_slice_find_byte(wv_buf_slice(&c->lines), '\n', start);

	return wv_slice_part(wv_buf_slice(&c->lines), start, end + 1 - start);
}

static int by_text(const void *x, const void *y, void *context)
{
	const struct wv_cdxj *c = context;

	return wv_slice_compare(line_at(c, *(const size_t *)x), line_at(c, *(const size_t *)y));
}

enum wv_status wv_cdxj_finish(struct wv_cdxj *c, struct wv_err *err)
{
	size_t *starts = (size_t *)(void *)c->starts.p, count = c->starts.n / sizeof(*starts);
	enum wv_status st = wv_buf_finish(&c->lines, "lines of an index", err);

	if (st == WV_OK)
		st = wv_buf_finish(&c->starts, "lines of an index", err);
	if (count > 1)
		qsort_r(starts, count, sizeof(*starts), by_text, c);
	for (size_t i = 0; i < count && st == WV_OK; i++) {
		st = c->sink.add(c->sink.context, wv_buf_slice(&c->prefix), err);
		if (st == WV_OK)
			st = c->sink.add(c->sink.context, line_at(c, starts[i]), err);
	}
	wv_buf_reset(&c->lines);
	wv_buf_reset(&c->starts);
	return st;
}

static void add_prefix(const struct wv_capture *capture, struct wv_buf *out)
{
	struct wv_slice key = capture->page_key, rest = wv_slice_from(key, KEY_PRINTED_BYTES);
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add(out, wv_slice_part(key, 0, KEY_PRINTED_BYTES));
	for (size_t i = 0; i < rest.n; i++)
		wv_buf_add_format(out, "%02x", rest.p[i]);
	wv_buf_add_format(out, " %s ", wv_time_print_14(capture->captured, text));
}

static void add_number(struct wv_json_writer *w, const char *key, uint64_t value)
{
	char text[24];
	WV_AUTO(wv_buf_done) struct wv_buf digits = {.cap = sizeof(text)};

	/* Numbers are strings in CDXJ as everybody writes it. */
	wv_buf_add_format(&digits, "%llu", (unsigned long long)value);
	wv_json_string(w, key, wv_buf_slice(&digits));
}

enum wv_status wv_cdxj_add(struct wv_cdxj *c, const struct wv_capture *capture,
                           const struct wv_warc_place *place, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf prefix = {.cap = WV_LIMIT_URL_BYTES};
	WV_AUTO(wv_buf_done) struct wv_buf digest = {.cap = 128};
	char hex[WV_DIGEST_HEX_MAX];
	struct wv_json_writer w;
	size_t start;
	enum wv_status st = WV_OK;

	if (!place->is_answer)
		return WV_OK;
	add_prefix(capture, &prefix);
	if (!wv_slice_equals(wv_buf_slice(&prefix), wv_buf_slice(&c->prefix))) {
		st = wv_cdxj_finish(c, err);
		wv_buf_reset(&c->prefix);
		wv_buf_add(&c->prefix, wv_buf_slice(&prefix));
	}
	if (place->has_payload)
		wv_buf_add_format(&digest, "sha256:%s", wv_digest_print(&place->payload, hex));
	start = c->lines.n;
	wv_buf_add_bytes(&c->starts, &start, sizeof(start));
	wv_json_begin(&w, &c->lines);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "url", capture->url);
	wv_json_string(&w, "mime", place->is_revisit ? WV_LIT("warc/revisit")
	                           : capture->mime.n ? capture->mime : WV_LIT("unk"));
	add_number(&w, "status", (uint64_t)capture->status);
	wv_json_string(&w, "digest", digest.n ? wv_buf_slice(&digest) : WV_LIT("-"));
	add_number(&w, "length", place->bytes);
	add_number(&w, "offset", place->offset);
	wv_json_string(&w, "filename", wv_buf_slice(&c->filename));
	wv_json_close(&w);
	wv_buf_add_byte(&c->lines, '\n');
	return st == WV_OK ? wv_buf_finish(&c->lines, "lines of an index", err) : st;
}
