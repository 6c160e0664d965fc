#include "crawler/cmd/bundle.h"

#include <stdio.h>

#include "archive/exchange/ustar.h"
#include "archive/proof/anchor.h"
#include "archive/proof/prove.h"
#include "archive/view/html.h"
#include "archive/view/prose.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/cmd/article_out.h"

#define TEXT_CAP (16u * WV_MIB)
#define NAME_CAP 100

struct bundle {
	struct wv_read *read;
	struct wv_buf *out;
	struct wv_time time; /* of every file: equal captures give equal bundles */
	uint64_t id;
	struct wv_proof proof;
	bool has_robots;
	struct wv_proof robots;
	bool has_robots_body;
	uint32_t anchors;
};

static enum wv_status add(struct bundle *b, const char *name, struct wv_slice bytes,
                          struct wv_err *err)
{
	char path[NAME_CAP + 64];

	snprintf(path, sizeof path, "wirevault-capture-%llu/%s", (unsigned long long)b->id, name);
	return wv_ustar_add(b->out, path, wv_slice_equals(wv_slice_of(name), WV_LIT("check.sh")),
	                    b->time, bytes, err);
}

static enum wv_status add_text(struct bundle *b, const char *name, const struct wv_buf *text,
                               struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(text, name, err);

	return st == WV_OK ? add(b, name, wv_buf_slice(text), err) : st;
}

/* --- what was captured --- */

/* Body, header blocks and proof, under `folder`. */
static enum wv_status add_capture(struct bundle *b, const char *folder,
                                  const struct wv_proof *proof, bool *has_body, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = WV_LIMIT_BODY_BYTES_MAX};
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = TEXT_CAP};
	const struct wv_capture *capture = &proof->capture;
	char name[NAME_CAP];
	enum wv_status st = WV_OK;

	*has_body = capture->has_body;
	if (capture->has_body) {
		st = wv_read_body(b->read, capture, &body, err);
		snprintf(name, sizeof name, "%sbody", folder);
		if (st == WV_OK)
			st = add_text(b, name, &body, err);
	}
	snprintf(name, sizeof name, "%sheaders.txt", folder);
	if (st == WV_OK && capture->headers.n)
		st = add(b, name, capture->headers, err);
	snprintf(name, sizeof name, "%srequest.txt", folder);
	if (st == WV_OK && capture->request.n)
		st = add(b, name, capture->request, err);
	snprintf(name, sizeof name, "%sbasis.txt", folder);
	if (st == WV_OK && capture->basis.n && capture->leaf != 1)
		st = add(b, name, capture->basis, err);
	snprintf(name, sizeof name, "%sproof.txt", folder);
	wv_proof_add_text(&text, proof);
	return st == WV_OK ? add_text(b, name, &text, err) : st;
}

static enum wv_status add_wire(struct bundle *b, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf wire = {.cap = WV_LIMIT_BODY_BYTES_MAX};
	enum wv_status st;

	if (!b->proof.capture.has_encoded)
		return WV_OK;
	st = wv_store_wire(b->read->txn, &b->proof.capture.encoded, &wire, err);
	if (st == WV_NO)
		return WV_OK;
	return st == WV_OK ? add_text(b, "encoded", &wire, err) : st;
}

/* The newest robots.txt of the page's origin that was captured by then, whatever it said. */
static enum wv_status find_robots(struct bundle *b, uint64_t *id, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_capture *capture = &b->proof.capture;
	struct wv_captures_query query = {.from = WV_TIME_NONE, .to = capture->captured,
	                                  .known_at = WV_TIME_NONE, .is_backwards = true};
	struct wv_capture robots;
	struct wv_url url, at;
	struct wv_page page;
	struct wv_slice key;
	enum wv_status st = wv_url_parse(b->read->arena, capture->url, NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_parse(b->read->arena, WV_LIT("/robots.txt"), &url, &at, err);
	if (st == WV_OK)
		st = wv_url_page_key(b->read->arena, &at, &key, err);
	if (st == WV_OK)
		st = wv_store_page_of_key(b->read->txn, b->read->arena, key, &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	st = wv_captures_begin(b->read->txn, &query, &captures, err);
	if (st == WV_OK)
		st = wv_captures_next(captures, b->read->arena, &robots, err);
	if (st == WV_OK)
		*id = robots.id;
	return st;
}

static enum wv_status add_robots(struct bundle *b, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	uint64_t id = 0;
	enum wv_status st = find_robots(b, &id, err);

	if (st == WV_OK)
		st = wv_prove(b->read->txn, b->read->arena, id, &b->robots, &why);
	if (st == WV_NO || id == b->id) /* none was ever captured, or it was erased */
		return WV_OK;
	if (st != WV_OK)
		return st;
	b->has_robots = true;
	return add_capture(b, "robots/", &b->robots, &b->has_robots_body, err);
}

/* --- the head, and who stamped it --- */

static enum wv_status add_head(struct bundle *b, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = TEXT_CAP}, key = {.cap = TEXT_CAP};
	enum wv_status st;

	wv_head_add_message(&text, &b->proof.head);
	wv_head_add_key(&key, b->proof.head.key);
	st = add_text(b, "head.txt", &text, err);
	if (st == WV_OK)
		st = add(b, "head.sig", wv_slice(b->proof.head.signature, WV_HEAD_SIGNATURE_BYTES), err);
	return st == WV_OK ? add_text(b, "key.pem", &key, err) : st;
}

static enum wv_status add_anchors(struct bundle *b, struct wv_err *err)
{
	struct wv_anchor anchor = {0};
	enum wv_status st;

	for (uint32_t i = 0;; i++) {
		char name[NAME_CAP];

		st = wv_anchor_get(b->read->txn, b->read->arena, b->proof.head.head.size, i, &anchor, err);
		if (st != WV_OK)
			return st == WV_NO ? WV_OK : st;
		if (anchor.response.n == 0)
			continue;
		snprintf(name, sizeof name, "anchors/%u.tsq", (unsigned)i);
		st = add(b, name, anchor.request, err);
		snprintf(name, sizeof name, "anchors/%u.tsr", (unsigned)i);
		if (st == WV_OK)
			st = add(b, name, anchor.response, err);
		if (st != WV_OK)
			return st;
		b->anchors++;
	}
}

/* --- for people --- */

static void add_row(struct wv_buf *out, const char *name, struct wv_slice value)
{
	if (!value.n)
		return;
	wv_buf_add_format(out, "<tr><th>%s<td>", name);
	wv_html_text(out, value);
	wv_buf_add_byte(out, '\n');
}

static void add_time_row(struct wv_buf *out, const char *name, struct wv_time t, bool is_simulated)
{
	char text[WV_TIME_TEXT_MAX], whole[WV_TIME_TEXT_MAX + 32];

	snprintf(whole, sizeof whole, "%s%s", wv_time_print(t, text),
	         is_simulated ? " (clock=simulated)" : "");
	add_row(out, name, wv_slice_of(whole));
}

static void add_number_row(struct wv_buf *out, const char *name, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	add_row(out, name, wv_slice_of(text));
}

static void add_facts(struct bundle *b, struct wv_buf *out, const struct wv_article *a)
{
	const struct wv_capture *capture = &b->proof.capture;
	char hex[WV_DIGEST_HEX_MAX];

	wv_buf_add_string(out, "<table>\n");
	add_row(out, "Address", capture->url);
	add_time_row(out, "Captured", capture->captured, b->read->is_simulated);
	add_time_row(out, "Recorded", capture->recorded, b->read->is_simulated);
	add_number_row(out, "Capture", capture->id);
	add_number_row(out, "Status", (uint64_t)(capture->status > 0 ? capture->status : 0));
	add_row(out, "Server", capture->address);
	add_row(out, "Type", capture->mime);
	if (capture->has_body) {
		add_row(out, "SHA-256", wv_slice_of(wv_digest_print(&capture->body, hex)));
		add_number_row(out, "Bytes", capture->body_bytes);
	}
	add_row(out, "Allowed by", capture->basis);
	if (a) {
		for (size_t i = 0; i < a->author_count; i++)
			add_row(out, "Author", a->authors[i]);
		add_row(out, "Publisher", a->publisher);
		add_row(out, "Wire", a->wire);
		if (a->published.is_set)
			add_row(out, "Published (as stated)", a->published.text);
		if (a->modified.is_set)
			add_row(out, "Modified (as stated)", a->modified.text);
	}
	wv_buf_add_string(out, "</table>\n");
}

static void add_files(const struct bundle *b, struct wv_buf *out)
{
	wv_buf_add_string(
		out, "<h2>What lies beside this page</h2>\n<p>This page is for reading. What proves is "
		     "beside it; <code>sh check.sh</code> checks it with a shell and openssl 3, and says "
		     "HOLDS or REFUSED.\n<ul>\n");
	if (b->proof.capture.has_body)
		wv_buf_add_string(out, "<li><a href=\"body\">body</a>: the bytes of the page\n");
	wv_buf_add_string(out, "<li>headers.txt, request.txt: what was answered and asked\n"
	                       "<li>basis.txt: why it was allowed to ask\n"
	                       "<li>proof.txt: the leaf of the log, its path and the signed head\n"
	                       "<li>head.txt, head.sig, key.pem: the head, its signature and the key, "
	                       "for openssl pkeyutl\n");
	if (b->has_robots)
		wv_buf_add_string(out, "<li>robots/: robots.txt as it was known then, with its proof\n");
	if (b->anchors)
		wv_buf_add_string(out, "<li>anchors/: time stamps of head.txt (RFC 3161), for "
		                       "<code>openssl ts -verify -data head.txt -in anchors/0.tsr "
		                       "-CAfile authority.pem</code>\n");
	wv_buf_add_string(out, "</ul>\n<p>Compare the key with one that you have from somebody you "
	                       "trust (<code>check.sh -k key.pem</code>): the one in here only shows "
	                       "that the parts belong together.\n");
}

static enum wv_status add_page(struct bundle *b, const struct wv_article *a, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf page = {.cap = TEXT_CAP};
	struct wv_slice title = a && a->title.n ? a->title : b->proof.capture.url;
	const struct wv_visit visit = {
		.arena = b->read->arena, .form = WV_FORM_STATIC, .tongue = WV_TONGUE_EN, .root = ""};

	wv_buf_add_string(&page, "<!doctype html>\n<html");
	if (a)
		wv_html_attribute(&page, "lang", a->language);
	wv_buf_add_string(&page,
	                  ">\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width\">\n"
	                  "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
	                  "style-src 'unsafe-inline'\">\n<title>");
	wv_html_text(&page, title);
	wv_buf_add_string(&page,
	                  "</title>\n<style>body{max-width:42em;margin:2em auto;padding:0 1em;"
	                  "font:1rem/1.6 serif;overflow-wrap:anywhere}table{font:.85rem/1.4 "
	                  "sans-serif;border-collapse:collapse;margin:1em 0}th{text-align:left;"
	                  "vertical-align:top;padding:.2em 1em .2em 0;white-space:nowrap}pre{white-space:"
	                  "pre-wrap}@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
	                  "a{color:#9cf}}</style>\n<h1 dir=auto>");
	wv_html_text(&page, title);
	wv_buf_add_string(&page, "</h1>\n");
	add_facts(b, &page, a);
	if (a) {
		wv_buf_add_string(&page, "<article dir=auto>\n");
		wv_prose_add(&page, &visit, a);
		wv_buf_add_string(&page, "</article>\n");
	}
	add_files(b, &page);
	return add_text(b, "index.html", &page, err);
}

static enum wv_status add_article(struct bundle *b, const struct wv_article *a, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = TEXT_CAP}, json = {.cap = TEXT_CAP};
	struct wv_json_writer w;
	enum wv_status st = wv_article_add_text(&text, a, b->read->arena, err);

	wv_json_begin(&w, &json);
	wv_json_open_object(&w, NULL);
	wv_read_json_capture(&w, b->read, &b->proof.capture);
	if (st == WV_OK)
		st = wv_article_add_json(&w, a, b->read->arena, err);
	if (st != WV_OK)
		return st;
	wv_json_close(&w);
	wv_buf_add_byte(&json, '\n');
	st = add_text(b, "article.txt", &text, err);
	return st == WV_OK ? add_text(b, "article.json", &json, err) : st;
}

enum wv_status wv_bundle_make(struct wv_read *read, const struct wv_capture *capture,
                              struct wv_buf *out, struct wv_err *err)
{
	struct bundle b = {.read = read, .out = out, .id = capture->id, .time = capture->captured};
	struct wv_article article;
	bool has_body = false, has_article;
	enum wv_status st = wv_prove(read->txn, read->arena, capture->id, &b.proof, err);

	if (st == WV_OK)
		st = wv_read_article(read, capture, &article, err);
	has_article = st == WV_OK;
	if (st == WV_OK || (st == WV_NO && b.proof.leaf.n))
		st = add(&b, "check.sh", wv_slice(wv_check_script, wv_check_script_bytes), err);
	if (st == WV_OK)
		st = add_capture(&b, "", &b.proof, &has_body, err);
	if (st == WV_OK)
		st = add_wire(&b, err);
	if (st == WV_OK)
		st = add_robots(&b, err);
	if (st == WV_OK)
		st = add_head(&b, err);
	if (st == WV_OK)
		st = add_anchors(&b, err);
	if (st == WV_OK && has_article)
		st = add_article(&b, &article, err);
	if (st == WV_OK)
		st = add_page(&b, has_article ? &article : NULL, err);
	if (st == WV_OK)
		wv_ustar_end(out);
	return st;
}
