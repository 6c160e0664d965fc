#include "archive/view/snapshot.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"

struct snapshot {
	struct wv_visit *visit;
	struct wv_capture capture;
	bool has_article;
	struct wv_article article;
	struct wv_buf *out;
};

static void add_term(struct snapshot *s, enum wv_phrase name)
{
	wv_html(s->out, "<dt>");
	wv_html_text(s->out, wv_slice_of(wv_phrase(s->visit->tongue, name)));
	wv_html(s->out, "</dt><dd>");
}

static void add_fact(struct snapshot *s, enum wv_phrase name, struct wv_slice value)
{
	if (!value.n)
		return;
	add_term(s, name);
	wv_html_foreign(s->out, value, WV_SLICE_NONE);
	wv_html(s->out, "</dd>\n");
}

static void add_stated(struct snapshot *s, enum wv_phrase name, const struct wv_stated_time *t)
{
	if (!t->is_set)
		return;
	add_term(s, name);
	wv_frame_stated(s->out, s->visit, t);
	wv_html(s->out, "</dd>\n");
}

static void add_facts(struct snapshot *s)
{
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = s->capture.url,
	                                   .id = s->capture.page};
	struct wv_buf *out = s->out;

	wv_html(out, "<dl class=\"facts\">\n");
	if (s->has_article) {
		const struct wv_article *a = &s->article;

		add_fact(s, WV_PHRASE_CATEGORY, a->category);
		add_stated(s, WV_PHRASE_PUBLISHED, &a->published);
		add_stated(s, WV_PHRASE_MODIFIED, &a->modified);
		for (size_t i = 0; i < a->author_count; i++)
			add_fact(s, WV_PHRASE_AUTHORS, a->authors[i]);
		add_fact(s, WV_PHRASE_PUBLISHER, a->publisher);
		add_fact(s, WV_PHRASE_WIRE, a->wire);
	}
	add_fact(s, WV_PHRASE_SOURCE, s->capture.source);
	add_term(s, WV_PHRASE_CAPTURED);
	wv_frame_time(out, s->visit, s->capture.captured);
	wv_html(out, " <a");
	wv_address_href(out, s->visit, &history);
	wv_html(out, ">");
	wv_html_text(out, wv_slice_of(wv_phrase(s->visit->tongue, WV_PHRASE_HISTORY)));
	wv_html(out, "</a></dd>\n");
	add_term(s, WV_PHRASE_ORIGINAL);
	wv_html(out, "<a rel=\"noreferrer external\"");
	wv_html_href(out, s->capture.url);
	wv_html(out, ">");
	wv_html_text(out, s->capture.url);
	wv_html(out, "</a></dd>\n</dl>\n");
}

static const char *tag_of(const struct wv_block *b)
{
	static const char *const headings[] = {"h2", "h2", "h2", "h3", "h4", "h5", "h6"};

	switch (b->kind) {
	case WV_BLOCK_HEADING:
	case WV_BLOCK_UPDATE:
		return headings[b->level < WV_COUNT(headings) ? b->level : 6];
	case WV_BLOCK_ITEM:
		return "li";
	case WV_BLOCK_QUOTE:
		return "blockquote";
	case WV_BLOCK_CODE:
	case WV_BLOCK_ROW:
		return "pre";
	case WV_BLOCK_PARAGRAPH:
		break;
	}
	return "p";
}

static void add_article(struct snapshot *s)
{
	const struct wv_article *a = &s->article;
	bool is_list = false;

	wv_html(s->out, "<article");
	wv_html_attribute(s->out, "lang", a->language);
	wv_html(s->out, ">\n");
	for (size_t i = 0; i < a->block_count; i++) {
		const struct wv_block *b = &a->blocks[i];
		const char *tag = tag_of(b);

		if (is_list != (b->kind == WV_BLOCK_ITEM))
			wv_buf_add_string(s->out, is_list ? "</ul>\n" : "<ul>\n");
		is_list = b->kind == WV_BLOCK_ITEM;
		wv_buf_add_format(s->out, "<%s>", tag);
		wv_html_text(s->out, b->text);
		wv_buf_add_format(s->out, "</%s>\n", tag);
	}
	if (is_list)
		wv_html(s->out, "</ul>\n");
	wv_html(s->out, "</article>\n");
}

static enum wv_status load(struct snapshot *s, uint64_t id, struct wv_fact *refusal,
                           struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	enum wv_status st = wv_store_capture(visit->txn, visit->arena, id, visit->known_at,
	                                     &s->capture, err);

	if (st == WV_OK && !wv_time_is_none(visit->at) && s->capture.captured.us > visit->at.us)
		return WV_NO;
	if (st == WV_OK)
		st = wv_visit_shows(visit, &s->capture, refusal, err);
	if (st != WV_OK)
		return st;
	st = wv_visit_article(visit, &s->capture, &s->article, err);
	s->has_article = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_view_snapshot(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                                struct wv_buf *out, struct wv_err *err)
{
	struct snapshot s = {.visit = visit, .out = out};
	enum wv_status st = load(&s, id, refusal, err);
	struct wv_slice title;

	if (st != WV_OK)
		return st;
	title = s.has_article && s.article.title.n ? s.article.title : s.capture.url;
	wv_frame_open(out, visit,
	              &(struct wv_frame){.title = title,
	                                 .place = WV_PLACE_SNAPSHOT,
	                                 .self = {.place = WV_PLACE_SNAPSHOT, .id = id}});
	wv_html(out, "<h1>");
	wv_html_foreign(out, title, s.has_article ? s.article.language : WV_SLICE_NONE);
	wv_html(out, "</h1>\n");
	add_facts(&s);
	if (s.has_article)
		add_article(&s);
	wv_frame_close(out, visit);
	return WV_OK;
}
