#include "crawler/cmd/side.h"

#include "config/base/limits.h"
#include "crawler/fetch/headers.h"
#include "crawler/page/blocks.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

#define LINES_CAP (2u * WV_LIMIT_BODY_BYTES_MAX)

/* What one page is read with. */
struct side {
	const struct wv_clock *clock;
	struct wv_arena *arena;
	const struct wv_capture *capture;
	struct wv_slice body;
};

static enum wv_status keep(const struct side *side, const struct wv_buf *text,
                           struct wv_slice *out, struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(text, "text of a capture", err);

	if (st != WV_OK)
		return st;
	*out = wv_arena_copy(side->arena, wv_buf_slice(text));
	return out->n == text->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

static bool is_markup(const struct wv_capture *capture)
{
	return wv_slice_find(capture->mime, WV_LIT("html"), 0) != SIZE_MAX ||
	       wv_slice_find(capture->mime, WV_LIT("xml"), 0) != SIZE_MAX;
}

static bool is_html(const struct wv_capture *capture, struct wv_slice text)
{
	if (capture->mime.n)
		return wv_slice_find(capture->mime, WV_LIT("html"), 0) != SIZE_MAX;
	return wv_slice_starts_nocase(wv_slice_trim(text), WV_LIT("<!doctype html")) ||
	       wv_slice_starts_nocase(wv_slice_trim(text), WV_LIT("<html"));
}

/* The body as UTF-8; WV_NO: it is no text. */
static enum wv_status decode(const struct side *side, struct wv_slice *out, struct wv_err *err)
{
	const struct wv_capture *capture = side->capture;
	struct wv_charset_hints hints = {
		.content_type = wv_headers_last(capture->headers, WV_LIT("Content-Type")),
		.is_xml = wv_slice_find(capture->mime, WV_LIT("xml"), 0) != SIZE_MAX};
	struct wv_charset_text decoded;
	enum wv_status st;

	if (!is_markup(capture) && wv_slice_find_byte(side->body, 0, 0) != SIZE_MAX)
		return WV_NO;
	st = wv_charset_decode(side->arena, side->body, &hints, &decoded, err);
	if (st == WV_OK)
		*out = decoded.text;
	return st;
}

static enum wv_status read_blocks(const struct side *side, struct wv_slice text, struct wv_scan *scan,
                                  struct wv_blocks *blocks, struct wv_err *err)
{
	struct wv_html_parser *parser = NULL;
	struct wv_html *html = WV_ARENA_NEW(side->arena, struct wv_html);
	enum wv_status st;

	if (!html)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page");
	st = wv_scan_page(side->arena, text, WV_SCAN_HEAD | WV_SCAN_COMPACT, scan, err);
	if (st == WV_OK)
		st = wv_html_parser_new(side->clock, &parser, err);
	if (st == WV_OK)
		st = wv_html_parse_scan(parser, side->arena, scan, html, err);
	if (st == WV_OK)
		st = wv_blocks_read(html, side->arena, blocks, err);
	wv_html_parser_free(&parser);
	return st;
}

static enum wv_status page_text(const struct side *side, struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = LINES_CAP};
	struct wv_slice text;
	struct wv_scan scan;
	struct wv_blocks blocks;
	enum wv_status st = decode(side, &text, err);

	if (st != WV_OK)
		return st;
	if (!is_html(side->capture, text))
		return WV_NO;
	st = read_blocks(side, text, &scan, &blocks, err);
	if (st == WV_LIMIT) /* a page that is no page: its source can be compared still */
		return WV_NO;
	if (st != WV_OK)
		return st;
	wv_buf_add(&lines, scan.title);
	for (size_t i = 0; i < blocks.count; i++) {
		wv_buf_add_byte(&lines, '\n');
		wv_buf_add(&lines, blocks.blocks[i].text);
	}
	return keep(side, &lines, out, err);
}

static enum wv_status source_text(const struct side *side, struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = LINES_CAP};
	struct wv_slice text;
	enum wv_status st = decode(side, &text, err);

	if (st != WV_OK || !is_markup(side->capture)) {
		if (st == WV_OK)
			*out = text;
		return st;
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '<' && i && text.p[i - 1] != '\n')
			wv_buf_add_byte(&lines, '\n');
		wv_buf_add_byte(&lines, text.p[i]);
	}
	return keep(side, &lines, out, err);
}

static enum wv_status text_of(void *context, struct wv_arena *arena,
                              const struct wv_capture *capture, struct wv_slice body,
                              enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err)
{
	const struct side side = {context, arena, capture, body};

	return kind == WV_SIDE_PAGE ? page_text(&side, out, err) : source_text(&side, out, err);
}

struct wv_side_reader wv_side_reader_of(const struct wv_clock *clock)
{
	/* The context is given back as it came: only read. */
	return (struct wv_side_reader){.text = text_of, .context = (void *)(uintptr_t)clock};
}
