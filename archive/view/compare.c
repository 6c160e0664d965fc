#include "archive/view/compare.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/past.h"
#include "archive/view/say.h"
#include "config/base/limits.h"
#include "config/base/text.h"

#define VERSIONS_MAX 400u
#define HUNKS_MAX    1000u
#define LINE_MAX     4000u /* bytes shown of one line of source */
#define MARKS_MAX    100u
#define ARENA_CAP    (64u * WV_MIB)

struct view {
	const struct wv_visit *visit;
	const struct wv_view_compare_query *query;
	struct wv_side a, b;
	enum wv_side_kind kind;
	struct wv_diff diff;
	struct wv_buf *out;
};

static bool is_prose(const struct view *v)
{
	return v->kind == WV_SIDE_ARTICLE || v->kind == WV_SIDE_PAGE;
}

static struct wv_slice language_of(const struct view *v)
{
	return v->b.has_article ? v->b.article.language
	       : v->a.has_article ? v->a.article.language
	                          : WV_SLICE_NONE;
}

static struct wv_slice title_of(const struct wv_side *side)
{
	return side->has_article && side->article.title.n ? side->article.title
	                                                  : side->capture.url;
}

static struct wv_address address_of(const struct view *v, uint64_t from, uint64_t to, bool side)
{
	(void)v;
	return (struct wv_address){.place = WV_PLACE_COMPARE,
	                           .id = from,
	                           .other = to,
	                           .more = side ? "&view=side" : NULL};
}

/* --- texts --- */

static void add_text(const struct view *v, struct wv_slice text)
{
	wv_html_text(v->out, is_prose(v) ? text : wv_text_cut(text, LINE_MAX));
}

static void add_tagged(const struct view *v, const char *tag, struct wv_slice text)
{
	if (!text.n)
		return;
	wv_buf_add_format(v->out, "<%s>", tag);
	add_text(v, text);
	wv_buf_add_format(v->out, "</%s>", tag);
}

/* The language is the line's: what stands around it is in the interface's. */
static void open_line(const struct view *v)
{
	wv_buf_add_string(v->out, is_prose(v) ? "<p" : "<pre");
	if (is_prose(v))
		wv_html_attribute(v->out, "lang", language_of(v));
	wv_html(v->out, ">");
}

static void close_line(const struct view *v)
{
	wv_buf_add_string(v->out, is_prose(v) ? "</p>" : "</pre>");
}

/* The words of a changed paragraph that stand on the sides asked for. */
static void add_words(const struct view *v, const struct wv_hunk *h, bool before, bool after)
{
	for (size_t i = 0; i < h->word_count; i++) {
		const struct wv_word *w = &h->words[i];

		if (w->kind == WV_WORD_SAME)
			add_text(v, w->text);
		else if (w->kind == WV_WORD_REMOVED && before)
			add_tagged(v, "del", w->text);
		else if (w->kind == WV_WORD_ADDED && after)
			add_tagged(v, "ins", w->text);
	}
}

static void add_side(const struct view *v, const struct wv_hunk *h, bool is_after)
{
	open_line(v);
	if (h->kind == WV_HUNK_CHANGED)
		add_words(v, h, !is_after, is_after);
	else if (is_after)
		add_tagged(v, "ins", h->after);
	else
		add_tagged(v, "del", h->before);
	close_line(v);
}

static void add_hunk(const struct view *v, const struct wv_hunk *h)
{
	static const enum wv_phrase names[] = {WV_PHRASE_HUNK_REMOVED, WV_PHRASE_HUNK_ADDED,
	                                       WV_PHRASE_HUNK_CHANGED};
	struct wv_buf *out = v->out;

	wv_html(out, "<div class=\"hunk\"><small>");
	wv_say(out, v->visit, names[h->kind]);
	wv_html(out, "</small>");
	if (v->query->is_side) {
		wv_html(out, "<div class=\"two\"><div>");
		add_side(v, h, false);
		wv_html(out, "</div><div>");
		add_side(v, h, true);
		wv_html(out, "</div></div>");
	} else {
		open_line(v);
		if (h->kind == WV_HUNK_CHANGED)
			add_words(v, h, true, true);
		add_tagged(v, "del", h->kind == WV_HUNK_REMOVED ? h->before : WV_SLICE_NONE);
		add_tagged(v, "ins", h->kind == WV_HUNK_ADDED ? h->after : WV_SLICE_NONE);
		close_line(v);
	}
	wv_html(out, "</div>\n");
}

static void add_same(const struct view *v, size_t at)
{
	struct wv_slice text = v->diff.after_paragraphs[at];

	if (!wv_slice_trim(text).n)
		return;
	if (v->query->is_side)
		wv_html(v->out, "<div class=\"two same\"><div>");
	else
		wv_html(v->out, "<div class=\"same\">");
	for (int side = v->query->is_side ? 0 : 1; side < 2; side++) {
		open_line(v);
		add_text(v, text);
		close_line(v);
		if (side == 0)
			wv_html(v->out, "</div><div aria-hidden=\"true\">");
	}
	wv_buf_add_string(v->out, v->query->is_side ? "</div></div>\n" : "</div>\n");
}

/* What did not change between two hunks: its ends as context, the rest folded away. */
static void add_stretch(const struct view *v, size_t from, size_t to)
{
	size_t edge = is_prose(v) ? 1 : 2;

	if (to - from <= 2 * edge + 1) {
		for (size_t i = from; i < to; i++)
			add_same(v, i);
		return;
	}
	for (size_t i = from; i < from + edge; i++)
		add_same(v, i);
	wv_buf_add_string(v->out, is_prose(v) ? "<details><summary>" : "<p class=\"meta\">");
	wv_say_count(v->out, v->visit, WV_PHRASE_UNCHANGED_N, to - from - 2 * edge);
	wv_buf_add_string(v->out, is_prose(v) ? "</summary>\n" : "</p>\n");
	for (size_t i = from + edge; is_prose(v) && i < to - edge; i++)
		add_same(v, i);
	if (is_prose(v))
		wv_html(v->out, "</details>\n");
	for (size_t i = to - edge; i < to; i++)
		add_same(v, i);
}

static void add_diff(const struct view *v)
{
	const struct wv_diff *d = &v->diff;
	size_t at = 0, shown = d->hunk_count < HUNKS_MAX ? d->hunk_count : HUNKS_MAX;

	wv_say_in(v->out, v->visit, "h2", WV_PHRASE_COMPARED_TEXT);
	wv_html(v->out, "\n<div class=\"diff\">\n");
	for (size_t i = 0; i < shown; i++) {
		const struct wv_hunk *h = &d->hunks[i];

		if (h->after_at > at)
			add_stretch(v, at, h->after_at);
		add_hunk(v, h);
		at = h->after_at + (h->kind != WV_HUNK_REMOVED);
	}
	if (shown < d->hunk_count) {
		wv_html(v->out, "<p class=\"notice\">");
		wv_say_count(v->out, v->visit, WV_PHRASE_FACET_MORE, d->hunk_count - shown);
		wv_html(v->out, "</p>\n");
	} else if (at < d->after_count) {
		add_stretch(v, at, d->after_count);
	}
	wv_html(v->out, "</div>\n");
}

/* --- what a reader wants to see first --- */

static void add_mark(const struct view *v, const struct wv_diff_mark *m, enum wv_phrase name)
{
	wv_html(v->out, "<li><small>");
	wv_say(v->out, v->visit, name);
	wv_html(v->out, "</small> <span");
	wv_html_attribute(v->out, "lang", language_of(v));
	wv_html(v->out, ">");
	add_tagged(v, "del", m->before);
	wv_html(v->out, " \xe2\x86\x92 ");
	add_tagged(v, "ins", m->after);
	wv_html(v->out, "</span></li>\n");
}

/* Said before: a figure that changed in headline and text alike. */
static bool is_repeated(const struct wv_diff *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (wv_slice_equals(d->marks[k].before, d->marks[i].before) &&
		    wv_slice_equals(d->marks[k].after, d->marks[i].after) &&
		    d->marks[k].marks == d->marks[i].marks)
			return true;
	return false;
}

static void add_marks(const struct view *v)
{
	static const enum wv_phrase names[] = {WV_PHRASE_MARK_NUMBER, WV_PHRASE_MARK_NAME,
	                                       WV_PHRASE_MARK_QUOTE};
	size_t count = v->diff.mark_count;

	if (count > MARKS_MAX)
		count = MARKS_MAX;
	if (!count || !is_prose(v))
		return;
	wv_html(v->out, "<h2>");
	wv_say(v->out, v->visit, WV_PHRASE_CHANGED_FIGURES);
	wv_html(v->out, "</h2>\n<ul class=\"marks\">\n");
	for (size_t bit = 0; bit < WV_COUNT(names); bit++)
		for (size_t i = 0; i < count; i++) {
			const struct wv_diff_mark *m = &v->diff.marks[i];

			/* Named once, under the first kind it has. */
			if ((m->marks >> bit & 1) && !(m->marks & ((1u << bit) - 1)) &&
			    !is_repeated(&v->diff, i))
				add_mark(v, m, names[bit]);
		}
	wv_html(v->out, "</ul>\n");
}

/* --- the slider --- */

static void add_link(const struct view *v, const struct wv_address *address, const char *rel,
                     enum wv_phrase words)
{
	wv_html(v->out, "<a");
	wv_address_href(v->out, v->visit, address);
	if (rel)
		wv_buf_add_format(v->out, " rel=\"%s\"", rel);
	wv_html(v->out, ">");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</a> ");
}

static struct wv_address change_at(const struct view *v, const struct wv_history *h, size_t i)
{
	return address_of(v, h->versions[i - 1].last_id, h->versions[i].first_id,
	                  v->query->is_side);
}

static void add_stops(const struct view *v, const struct wv_history *h, size_t here)
{
	wv_html(v->out, "<details><summary>");
	wv_say_count(v->out, v->visit, WV_PHRASE_VERSIONS_N, h->version_count);
	wv_html(v->out, "</summary><ol>\n");
	for (size_t i = 1; i < h->version_count; i++) {
		const struct wv_address stop = change_at(v, h, i);

		wv_html(v->out, "<li><a");
		wv_address_href(v->out, v->visit, &stop);
		if (i == here)
			wv_html(v->out, " aria-current=\"true\"");
		wv_html(v->out, ">");
		wv_say_instant(v->out, v->visit, h->versions[i].first_seen);
		wv_html(v->out, "</a>");
		if (h->versions[i].changes & WV_CHANGE_SILENT) {
			wv_html(v->out, " <span class=\"badge silent\">");
			wv_say(v->out, v->visit, WV_PHRASE_SILENT);
			wv_html(v->out, "</span>");
		}
		wv_html(v->out, "</li>\n");
	}
	wv_html(v->out, "</ol></details>");
}

/* The version that stood at the newer capture. */
static size_t version_at(const struct wv_history *h, struct wv_time t)
{
	size_t here = 0;

	for (size_t i = 0; i < h->version_count; i++)
		if (h->versions[i].first_seen.us <= t.us)
			here = i;
	return here;
}

static enum wv_status add_slider(const struct view *v, struct wv_err *err)
{
	const struct wv_address page = {.place = WV_PLACE_HISTORY,
	                                .text = v->b.capture.url,
	                                .id = v->b.capture.page};
	struct wv_past past = {.page.number = v->b.capture.page};
	const struct wv_history *h = &past.history;
	size_t here;
	enum wv_status st = wv_past_of(v->visit, WV_TIME_NONE, VERSIONS_MAX, &past, err);

	/* Of a page looked at very often, the stretch around this capture. */
	if (st == WV_OK && past.count && past.captures[0].captured.us > v->b.capture.captured.us)
		st = wv_past_of(v->visit, v->b.capture.captured, VERSIONS_MAX, &past, err);
	if (st != WV_OK)
		return st;
	wv_html(v->out, "<section class=\"slide\" id=\"slide\"");
	wv_say_attribute(v->out, v->visit, "aria-label", WV_PHRASE_BETWEEN_VERSIONS);
	wv_say_attribute(v->out, v->visit, "data-stop", WV_PHRASE_STOP);
	wv_html(v->out, "><nav");
	wv_say_attribute(v->out, v->visit, "aria-label", WV_PHRASE_CHANGES_NAV);
	wv_html(v->out, ">");
	here = version_at(h, v->b.capture.captured);
	if (h->version_count > 1 && here > 1) {
		const struct wv_address before = change_at(v, h, here - 1);

		add_link(v, &before, "prev", WV_PHRASE_PREVIOUS_CHANGE);
	}
	if (here + 1 < h->version_count) {
		const struct wv_address after = change_at(v, h, here + 1);

		add_link(v, &after, "next", WV_PHRASE_NEXT_CHANGE);
	}
	add_link(v, &page, NULL, WV_PHRASE_WHOLE_HISTORY);
	wv_html(v->out, "</nav>\n");
	if (h->version_count > 2)
		add_stops(v, h, here);
	wv_html(v->out, "</section>\n");
	return WV_OK;
}

/* --- the page --- */

static void add_term(const struct view *v, enum wv_phrase name, const struct wv_side *side)
{
	const struct wv_address snapshot = {.place = WV_PLACE_SNAPSHOT, .id = side->capture.id};

	wv_html(v->out, "<dt>");
	wv_say(v->out, v->visit, name);
	wv_html(v->out, "</dt><dd><a");
	wv_address_href(v->out, v->visit, &snapshot);
	wv_html(v->out, ">");
	wv_say_instant(v->out, v->visit, side->capture.captured);
	wv_html(v->out, "</a> \xc2\xb7 ");
	wv_html_foreign(v->out, title_of(side),
	                side->has_article ? side->article.language : WV_SLICE_NONE);
	wv_html(v->out, "</dd>\n");
}

static void add_switch(const struct view *v)
{
	if (v->visit->form == WV_FORM_STATIC)
		return;
	wv_html(v->out, "<p class=\"ways\">");
	for (int side = 0; side < 2; side++) {
		const struct wv_address address =
			address_of(v, v->query->from, v->query->to, side);

		wv_html(v->out, "<a");
		wv_address_href(v->out, v->visit, &address);
		if (v->query->is_side == (side != 0))
			wv_html(v->out, " aria-current=\"true\"");
		wv_html(v->out, ">");
		wv_say(v->out, v->visit, side ? WV_PHRASE_COMPARE_SIDE : WV_PHRASE_COMPARE_INLINE);
		wv_html(v->out, "</a> ");
	}
	wv_html(v->out, "</p>\n");
}

static void add_head(const struct view *v)
{
	static const enum wv_phrase compared[] = {
		WV_PHRASE_COMPARED_ARTICLE, WV_PHRASE_COMPARED_PAGE, WV_PHRASE_COMPARED_SOURCE,
		WV_PHRASE_COMPARED_BYTES};
	struct wv_buf *out = v->out;

	wv_frame_open(out, v->visit,
	              &(struct wv_frame){.title = title_of(&v->b),
	                                 .place = WV_PLACE_COMPARE,
	                                 .self = address_of(v, v->query->from, v->query->to,
	                                                    v->query->is_side),
	                                 .wide = v->query->is_side ? "wide" : NULL});
	wv_html(out, "<p class=\"kicker\">");
	wv_say(out, v->visit, WV_PHRASE_COMPARISON);
	wv_html(out, "</p>\n<h1>");
	wv_html_foreign(out, title_of(&v->b), language_of(v));
	wv_html(out, "</h1>\n<dl class=\"facts\">\n");
	add_term(v, WV_PHRASE_COMPARE_FROM, &v->a);
	add_term(v, WV_PHRASE_COMPARE_TO, &v->b);
	wv_html(out, "</dl>\n");
	if (v->a.capture.page != v->b.capture.page)
		wv_say_in(out, v->visit, "p", WV_PHRASE_OTHER_PAGES);
	add_switch(v);
	wv_html(out, "<p class=\"meta\">");
	wv_say(out, v->visit, compared[v->kind]);
	wv_html(out, "</p>\n");
}

static enum wv_status load(struct view *v, uint64_t id, struct wv_side *side,
                           struct wv_fact *refusal, struct wv_err *err)
{
	const struct wv_visit *visit = v->visit;
	struct wv_capture capture;
	enum wv_status st = wv_store_capture(visit->txn, visit->arena, id, visit->known_at,
	                                     &capture, err);

	if (st == WV_OK && !wv_time_is_none(visit->at) && capture.captured.us > visit->at.us)
		return WV_NO;
	if (st == WV_OK)
		st = wv_visit_shows(visit, &capture, refusal, err);
	return st == WV_OK ? wv_side_open(visit->txn, visit->arena, &capture, visit->known_at, side,
	                                  err)
	                   : st;
}

/* What is too large to be read here is compared as bytes: that they differ can be said. */
static enum wv_status differ(struct view *v, struct wv_arena *arena, struct wv_err *err)
{
	const struct wv_side_reader *reader = v->query->reader;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_side_differ(v->visit->txn, arena, reader, &v->a, &v->b, &v->kind,
	                                   &v->diff, &why);

	if ((st == WV_NOMEM || st == WV_LIMIT) && reader) {
		wv_arena_reset(arena);
		return wv_side_differ(v->visit->txn, arena, NULL, &v->a, &v->b, &v->kind,
		                      &v->diff, err);
	}
	return st == WV_OK ? st : wv_err_set(err, st, "%s", why.text);
}

enum wv_status wv_view_compare(struct wv_visit *visit, const struct wv_view_compare_query *query,
                               struct wv_fact *refusal, struct wv_buf *out, struct wv_err *err)
{
	struct view v = {.visit = visit, .query = query, .out = out};
	/* Of its own: two pages read whole are more than a request's may hold. */
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	enum wv_status st = load(&v, query->from, &v.a, refusal, err);

	if (st == WV_OK)
		st = load(&v, query->to, &v.b, refusal, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP, &arena, err);
	if (st == WV_OK)
		st = differ(&v, arena, err);
	if (st != WV_OK)
		return st;
	add_head(&v);
	st = add_slider(&v, err);
	add_marks(&v);
	if (v.diff.hunk_count)
		add_diff(&v);
	else
		wv_say_in(out, visit, "p", WV_PHRASE_NO_DIFFERENCE);
	wv_frame_close(out, visit);
	return st;
}
