#include "archive/view/side.h"

#include "config/base/limits.h"

#define LINES_CAP (2u * WV_LIMIT_BODY_BYTES_MAX)

const char *wv_side_kind_name(enum wv_side_kind kind)
{
	static const char *const names[WV_SIDE_KIND_COUNT] = {"article", "page", "source", "bytes"};

	return names[kind];
}

enum wv_status wv_side_open(struct wv_txn *txn, struct wv_arena *arena,
                            const struct wv_capture *capture, struct wv_time known_at,
                            struct wv_side *out, struct wv_err *err)
{
	struct wv_side side = {.capture = *capture};
	struct wv_reading reading;
	enum wv_status st = wv_store_reading(txn, arena, capture, known_at, &reading, err);

	if (st == WV_OK)
		st = wv_store_article(txn, arena, &reading, &side.article, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	side.has_article = st == WV_OK;
	*out = side;
	return WV_OK;
}

struct reading {
	struct wv_txn *txn;
	struct wv_arena *arena;
	const struct wv_side_reader *reader;
};

static enum wv_status article_text(const struct reading *r, const struct wv_side *side,
                                   struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice blocks;
	unsigned char *all;
	size_t title = side->article.title.n;
	enum wv_status st;

	if (!side->has_article)
		return WV_NO;
	st = wv_article_text(&side->article, r->arena, &blocks, err);
	if (st != WV_OK)
		return st;
	all = wv_arena_alloc(r->arena, title + 1 + blocks.n);
	if (!all)
		return wv_err_set(err, WV_NOMEM, "out of memory for a text");
	if (title)
		memcpy(all, side->article.title.p, title);
	all[title] = '\n';
	if (blocks.n)
		memcpy(all + title + 1, blocks.p, blocks.n);
	*out = wv_slice(all, title + 1 + blocks.n);
	return WV_OK;
}

static enum wv_status body_text(const struct reading *r, const struct wv_side *side,
                                enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = LINES_CAP};
	const struct wv_capture *capture = &side->capture;
	struct wv_slice bytes;
	enum wv_status st;

	if (!capture->has_body || !r->reader ||
	    (r->reader->body_bytes_max && capture->body_bytes > r->reader->body_bytes_max))
		return WV_NO;
	st = wv_store_body(r->txn, &capture->body, &body, err);
	if (st != WV_OK)
		return st;
	/* What is made of it may point into it. */
	bytes = wv_arena_copy(r->arena, wv_buf_slice(&body));
	if (bytes.n != body.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for a text");
	return r->reader->text(r->reader->context, r->arena, capture, bytes, kind, out, err);
}

static enum wv_status bytes_text(const struct reading *r, const struct wv_side *side,
                                 struct wv_slice *out, struct wv_err *err)
{
	const struct wv_capture *capture = &side->capture;
	char hex[WV_DIGEST_HEX_MAX];

	*out = wv_arena_format(r->arena, "%.*s\n%llu bytes\nSHA-256 %s", WV_FMT(capture->mime),
	                       (unsigned long long)capture->body_bytes,
	                       wv_digest_print(&capture->body, hex));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

static enum wv_status text_of(const struct reading *r, const struct wv_side *side,
                              enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err)
{
	if (kind == WV_SIDE_ARTICLE)
		return article_text(r, side, out, err);
	return kind == WV_SIDE_BYTES ? bytes_text(r, side, out, err)
	                             : body_text(r, side, kind, out, err);
}

static bool is_article(const struct wv_side *side)
{
	return side->has_article && side->article.verdict == WV_VERDICT_ARTICLE;
}

enum wv_status wv_side_differ(struct wv_txn *txn, struct wv_arena *arena,
                              const struct wv_side_reader *reader, const struct wv_side *a,
                              const struct wv_side *b, enum wv_side_kind *kind,
                              struct wv_diff *d, struct wv_err *err)
{
	const struct reading r = {txn, arena, reader};
	bool old = is_article(a), new = is_article(b);
	bool is_same = a->capture.has_body && b->capture.has_body &&
	               wv_digest_equals(&a->capture.body, &b->capture.body);

	*d = (struct wv_diff){.hunks = NULL};
	*kind = (old || new) && a->has_article && b->has_article ? WV_SIDE_ARTICLE : WV_SIDE_PAGE;
	for (;; (*kind)++) {
		struct wv_slice before, after;
		enum wv_status st = text_of(&r, a, *kind, &before, err);

		if (st == WV_OK)
			st = text_of(&r, b, *kind, &after, err);
		if (st == WV_OK)
			st = wv_diff_texts(before, after, arena, d, err);
		if (st != WV_OK && st != WV_NO && !(st == WV_LIMIT && *kind != WV_SIDE_ARTICLE))
			return st;
		if (d->hunk_count || is_same || (*kind == WV_SIDE_ARTICLE && old && new) ||
		    *kind == WV_SIDE_BYTES)
			return WV_OK;
	}
}
