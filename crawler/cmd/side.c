#include "crawler/cmd/side.h"

#include "config/base/limits.h"
#include "crawler/fetch/headers.h"
#include "crawler/page/blocks.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

#define LINES_CAP (2u * WV_LIMIT_BODY_BYTES_MAX)

const char *wv_side_kind_name(enum wv_side_kind kind)
{
	static const char *const names[WV_SIDE_KIND_COUNT] = {"article", "page", "source", "bytes"};

	return names[kind];
}

enum wv_status wv_side_open(struct wv_read *read, const struct wv_capture *capture,
                            struct wv_side *out, struct wv_err *err)
{
	struct wv_side side = {.capture = *capture};
	enum wv_status st = wv_read_article(read, capture, &side.article, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	side.has_article = st == WV_OK;
	*out = side;
	return WV_OK;
}

static enum wv_status keep(struct wv_read *read, const struct wv_buf *text, struct wv_slice *out,
                           struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(text, "text of a capture", err);

	if (st != WV_OK)
		return st;
	*out = wv_arena_copy(read->arena, wv_buf_slice(text));
	return out->n == text->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

static enum wv_status article_text(struct wv_read *read, const struct wv_side *side,
                                   struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = LINES_CAP};
	struct wv_slice blocks;
	enum wv_status st;

	if (!side->has_article)
		return WV_NO;
	st = wv_article_text(&side->article, read->arena, &blocks, err);
	if (st != WV_OK)
		return st;
	wv_buf_add(&text, side->article.title);
	wv_buf_add_byte(&text, '\n');
	wv_buf_add(&text, blocks);
	return keep(read, &text, out, err);
}

/* --- of the page's bytes --- */

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
static enum wv_status decode(struct wv_read *read, const struct wv_capture *capture,
                             struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_charset_hints hints = {
		.content_type = wv_headers_last(capture->headers, WV_LIT("Content-Type")),
		.is_xml = wv_slice_find(capture->mime, WV_LIT("xml"), 0) != SIZE_MAX};
	struct wv_charset_text decoded;
	struct wv_slice bytes;
	enum wv_status st;

	if (!capture->has_body)
		return WV_NO;
	st = wv_read_body(read, capture, &body, err);
	if (st == WV_NO)
		return WV_NO;
	if (st == WV_OK)
		st = keep(read, &body, &bytes, err);
	if (st != WV_OK)
		return st;
	if (!is_markup(capture) && wv_slice_find_byte(bytes, 0, 0) != SIZE_MAX)
		return WV_NO;
	st = wv_charset_decode(read->arena, bytes, &hints, &decoded, err);
	if (st == WV_OK)
		*out = decoded.text;
	return st;
}

static enum wv_status read_blocks(struct wv_read *read, struct wv_slice text, struct wv_scan *scan,
                                  struct wv_blocks *blocks, struct wv_err *err)
{
	struct wv_html_parser *parser = NULL;
	struct wv_html *html = WV_ARENA_NEW(read->arena, struct wv_html);
	enum wv_status st;

	if (!html)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page");
	st = wv_scan_page(read->arena, text, WV_SCAN_HEAD | WV_SCAN_COMPACT, scan, err);
	if (st == WV_OK)
		st = wv_html_parser_new(read->c->clock, &parser, err);
	if (st == WV_OK)
		st = wv_html_parse_scan(parser, read->arena, scan, html, err);
	if (st == WV_OK)
		st = wv_blocks_read(html, read->arena, blocks, err);
	wv_html_parser_free(&parser);
	return st;
}

static enum wv_status page_text(struct wv_read *read, const struct wv_side *side,
                                struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = LINES_CAP};
	struct wv_slice text;
	struct wv_scan scan;
	struct wv_blocks blocks;
	enum wv_status st = decode(read, &side->capture, &text, err);

	if (st != WV_OK)
		return st;
	if (!is_html(&side->capture, text))
		return WV_NO;
	st = read_blocks(read, text, &scan, &blocks, err);
	if (st == WV_LIMIT) /* a page that is no page: its source can be compared still */
		return WV_NO;
	if (st != WV_OK)
		return st;
	wv_buf_add(&lines, scan.title);
	for (size_t i = 0; i < blocks.count; i++) {
		wv_buf_add_byte(&lines, '\n');
		wv_buf_add(&lines, blocks.blocks[i].text);
	}
	return keep(read, &lines, out, err);
}

static enum wv_status source_text(struct wv_read *read, const struct wv_side *side,
                                  struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf lines = {.cap = LINES_CAP};
	struct wv_slice text;
	enum wv_status st = decode(read, &side->capture, &text, err);

	if (st != WV_OK || !is_markup(&side->capture)) {
		if (st == WV_OK)
			*out = text;
		return st;
	}
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '<' && i && text.p[i - 1] != '\n')
			wv_buf_add_byte(&lines, '\n');
		wv_buf_add_byte(&lines, text.p[i]);
	}
	return keep(read, &lines, out, err);
}

static enum wv_status bytes_text(struct wv_read *read, const struct wv_side *side,
                                 struct wv_slice *out, struct wv_err *err)
{
	const struct wv_capture *capture = &side->capture;
	char hex[WV_DIGEST_HEX_MAX];

	*out = wv_arena_format(read->arena, "%.*s\n%llu bytes\nSHA-256 %s", WV_FMT(capture->mime),
	                       (unsigned long long)capture->body_bytes,
	                       wv_digest_print(&capture->body, hex));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

enum wv_status wv_side_text(struct wv_read *read, const struct wv_side *side,
                            enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err)
{
	switch (kind) {
	case WV_SIDE_ARTICLE:
		return article_text(read, side, out, err);
	case WV_SIDE_PAGE:
		return page_text(read, side, out, err);
	case WV_SIDE_SOURCE:
		return source_text(read, side, out, err);
	default:
		return bytes_text(read, side, out, err);
	}
}
