#include "archive/view/cluster.h"

#include "archive/copies/cluster.h"
#include "archive/copies/visible.h"
#include "archive/store/diff.h"
#include "archive/view/frame.h"
#include "archive/view/growth.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/story.h"
#include "archive/view/wishes.h"
#include "config/base/limits.h"
#include "config/base/text.h"

#define PAGES_SHOWN 100u
#define DIFFS_SHOWN 30u
#define MARKS_SHOWN 12u
#define TEXT_MAX    (256u * WV_KIB) /* of a text that is compared: a page is no place for more */

void wv_cluster_when(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_spread_page *page)
{
	if (wv_time_is_none(page->earliest)) {
		wv_say_time(out, visit, WV_PHRASE_BEFORE_THEN, page->latest);
	} else {
		wv_say_instant(out, visit, page->earliest);
		if (page->earliest.us / WV_US_PER_S != page->latest.us / WV_US_PER_S) {
			wv_html(out, " \xe2\x80\x93 ");
			wv_say_instant(out, visit, page->latest);
		}
	}
}

/* --- the copies at T --- */

#define SOON_US (60 * 60 * WV_US_PER_S)

static enum wv_status ask(struct wv_visit *visit, const struct wv_cluster_question *question,
                          struct wv_time at, struct wv_time known_at, struct wv_spread *out,
                          struct wv_err *err)
{
	const struct wv_spread_query query = {.capture = question->document,
	                                      .at = at,
	                                      .known_at = known_at,
	                                      .now = visit->now,
	                                      .is_brief = question->is_brief};

	return wv_spread_of(visit->txn, visit->arena, &query, out, err);
}

/* Takes out the pages that were first captured after `then`, and what others say of them. */
static enum wv_status keep_until(struct wv_spread *spread, struct wv_time then,
                                 struct wv_arena *arena, struct wv_err *err)
{
	struct wv_spread_page *kept = WV_ARENA_ARRAY(arena, struct wv_spread_page, spread->count + 1);
	size_t n = 0;

	if (!kept)
		return wv_err_set(err, WV_NOMEM, "out of memory for copies");
	for (size_t i = 0; i < spread->count; i++)
		if (spread->pages[i].first.captured.us <= then.us)
			kept[n++] = spread->pages[i];
	for (size_t i = 0; i < n && n < spread->count; i++)
		kept[i].claim_count = 0; /* they count pages that may be gone */
	spread->pages = kept;
	spread->count = n;
	return WV_OK;
}

/* Of a member that is hidden nothing is told: WV_NO, as of one that is gone. */
static enum wv_status read_member(struct wv_visit *visit, uint64_t document, struct wv_capture *out,
                                  struct wv_err *err)
{
	struct wv_fact why = {0};
	enum wv_status st =
		wv_store_capture(visit->txn, visit->arena, document, visit->known_at, out, err);

	if (st == WV_OK)
		st = wv_visit_shows(visit, out, &why, err);
	return st == WV_NO && why.act && why.act != WV_ACT_HIDE ? WV_OK : st;
}

struct counting {
	struct wv_visit *visit;
	bool is_empty; /* the register */
	size_t count;
};

static enum wv_status count_member(void *context, uint64_t document, struct wv_err *err)
{
	struct counting *c = context;
	struct wv_capture capture;
	enum wv_status st = c->is_empty ? WV_OK : read_member(c->visit, document, &capture, err);

	c->count += st == WV_OK;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	return c->count > WV_CLUSTER_LARGE ? wv_err_set(err, WV_LIMIT, "enough") : WV_OK;
}

enum wv_status wv_cluster_is_large(struct wv_visit *visit, uint64_t document, bool *out,
                                   struct wv_err *err)
{
	struct counting counting = {.visit = visit};
	uint64_t cluster;
	enum wv_status st =
		wv_copies_cluster(visit->txn, document, visit->known_at, &cluster, err);

	if (st == WV_OK)
		st = wv_register_is_empty(visit->txn, &counting.is_empty, err);
	if (st == WV_OK)
		st = wv_copies_each_member(visit->txn, cluster, visit->known_at, count_member,
		                           &counting, NULL);
	*out = counting.count > WV_CLUSTER_LARGE;
	return st == WV_NO || st == WV_LIMIT ? WV_OK : st;
}

/* Is there a capture among the copies that came later, and so may have joined what was apart? */
static enum wv_status has_later_member(struct wv_visit *visit,
                                       const struct wv_cluster_question *question, bool *out,
                                       struct wv_err *err)
{
	const struct wv_visible_query query = {.capture = question->document,
	                                       .at = WV_TIME_NONE,
	                                       .known_at = visit->known_at,
	                                       .now = visit->now};
	uint64_t *ids = NULL;
	size_t count = 0;
	enum wv_status st = wv_visible_members(visit->txn, visit->arena, &query, &ids, &count, err);

	*out = false;
	for (size_t i = 0; st == WV_OK && !*out && i < count; i++) {
		struct wv_capture capture;

		st = read_member(visit, ids[i], &capture, err);
		*out = st == WV_OK && capture.captured.us > question->then.us;
		st = st == WV_NO ? WV_OK : st;
	}
	return st == WV_NO ? WV_OK : st;
}

/*
 * What the dated facts settle:
 *   - an archive that recorded the capture soon after it was made: what was known then;
 *   - no member came after T: nothing later had a part in what is known;
 *   - of what is known, nothing but one page was there at T: then there were no copies.
 */
enum wv_status wv_cluster_at(struct wv_visit *visit, const struct wv_cluster_question *question,
                             struct wv_spread *out, struct wv_err *err)
{
	const struct wv_capture *capture = question->capture;
	struct wv_capture own;
	bool has_later = false;
	enum wv_status st;

	if (wv_time_is_none(question->then) || question->then.us >= visit->known_at.us)
		return ask(visit, question, question->then, visit->known_at, out, err);
	if (capture && question->then.us == capture->captured.us &&
	    capture->recorded.us - capture->captured.us < SOON_US &&
	    capture->recorded.us <= visit->known_at.us) {
		st = ask(visit, question, capture->recorded, capture->recorded, out, err);
		if (st != WV_NO)
			return st == WV_OK ? keep_until(out, question->then, visit->arena, err) : st;
	}
	st = wv_store_capture(visit->txn, visit->arena, question->document, visit->known_at, &own, err);
	if (st == WV_OK && own.captured.us > question->then.us)
		st = WV_NO;
	if (st == WV_OK)
		st = ask(visit, question, WV_TIME_NONE, visit->known_at, out, err);
	if (st == WV_OK)
		st = has_later_member(visit, question, &has_later, err);
	if (st != WV_OK || !has_later)
		return st;
	st = keep_until(out, question->then, visit->arena, err);
	if (st != WV_OK || out->count < 2)
		return st == WV_OK && !out->count ? WV_NO : st;
	return ask(visit, question, question->then, visit->known_at, out, err);
}

struct spreading {
	struct wv_visit *visit;
	struct wv_buf *out;
	struct wv_spread spread;
	struct wv_slice origin; /* headline and text of the first page */
};

/* --- what a copy changed --- */

static enum wv_status whole_text(struct spreading *s, const struct wv_article *article,
                                 struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(article, s->visit->arena, &text, err);

	if (st != WV_OK)
		return st;
	*out = wv_arena_format(s->visit->arena, "%.*s\n%.*s", WV_FMT(article->title),
	                       WV_FMT(wv_text_cut(text, TEXT_MAX)));
	return out->n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for a text");
}

/* Another style of quotation marks, the other Chinese script: no change. */
static bool is_same_folded(struct wv_arena *arena, struct wv_slice a, struct wv_slice b)
{
	struct wv_slice x, y;

	return wv_text_fold(arena, a, true, &x, NULL) == WV_OK &&
	       wv_text_fold(arena, b, true, &y, NULL) == WV_OK && wv_slice_equals(x, y);
}

static void add_mark(struct spreading *s, const struct wv_diff_mark *mark,
                     struct wv_slice language)
{
	wv_html(s->out, "<li>");
	if (mark->before.n) {
		wv_html(s->out, "<del>");
		wv_html_foreign(s->out, mark->before, language);
		wv_html(s->out, "</del> ");
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_CHANGED_NOTHING);
		wv_html(s->out, " ");
	}
	wv_html(s->out, "\xe2\x86\x92 ");
	if (mark->after.n) {
		wv_html(s->out, "<ins>");
		wv_html_foreign(s->out, mark->after, language);
		wv_html(s->out, "</ins>");
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_CHANGED_NOTHING);
	}
	wv_html(s->out, "</li>\n");
}

/* Figures, then names, then quotations. */
static void add_marks(struct spreading *s, const struct wv_diff *d, struct wv_slice language)
{
	static const enum wv_phrase kinds[] = {WV_PHRASE_SNAP_CHANGED_FIGURES, WV_PHRASE_CHANGED_NAMES,
	                                       WV_PHRASE_CHANGED_QUOTES};
	size_t shown = 0;

	for (unsigned bit = 0; bit < WV_COUNT(kinds); bit++) {
		bool is_open = false;

		for (size_t i = 0; i < d->mark_count && shown < MARKS_SHOWN; i++) {
			const struct wv_diff_mark *m = &d->marks[i];

			if (!(m->marks >> bit & 1) || (m->marks & ((1u << bit) - 1)) ||
			    is_same_folded(s->visit->arena, m->before, m->after))
				continue;
			if (!is_open) {
				wv_html(s->out, "<p class=\"meta\">");
				wv_say(s->out, s->visit, kinds[bit]);
				wv_html(s->out, "</p>\n<ul class=\"marks\">\n");
			}
			is_open = true;
			add_mark(s, m, language);
			shown++;
		}
		if (is_open)
			wv_html(s->out, "</ul>\n");
	}
}

static enum wv_status add_changes(struct spreading *s, const struct wv_spread_page *page,
                                  struct wv_err *err)
{
	const struct wv_address compare = {.place = WV_PLACE_COMPARE,
	                                   .id = s->spread.pages[0].first.id,
	                                   .other = page->first.id};
	struct wv_slice text;
	struct wv_diff diff = {0};
	size_t changed = 0;
	enum wv_status st = whole_text(s, &page->article, &text, err);

	if (st == WV_OK)
		st = wv_diff_texts(s->origin, text, s->visit->arena, &diff, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < diff.hunk_count; i++)
		changed += !is_same_folded(s->visit->arena, diff.hunks[i].before, diff.hunks[i].after);
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, WV_PHRASE_CHANGED);
	wv_html(s->out, "</dt><dd>");
	if (changed)
		wv_say_count(s->out, s->visit, WV_PHRASE_CHANGED_PARAGRAPHS, changed);
	else
		wv_say(s->out, s->visit, WV_PHRASE_CHANGED_NOTHING);
	wv_html(s->out, " ");
	wv_frame_link_of(s->out, s->visit, &compare, WV_PHRASE_COMPARE,
	                 page->first.source.n ? page->first.source : page->first.url,
	                 page->article.language);
	/* Which words were changed is a piece of both. */
	if (wv_wishes_show_excerpt(s->visit, &s->spread.pages[0].first) &&
	    wv_wishes_show_excerpt(s->visit, &page->first))
		add_marks(s, &diff, page->article.language);
	wv_html(s->out, "</dd>\n");
	return WV_OK;
}

/* --- one page of the spread --- */

static void add_claims(struct spreading *s, const struct wv_spread_page *page)
{
	if (!page->claim_count)
		return;
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, WV_PHRASE_CLAIMS);
	wv_html(s->out, "</dt><dd>");
	for (size_t i = 0; i < page->claim_count; i++) {
		const struct wv_spread_claim *c = &page->claims[i];

		wv_buf_add_string(s->out, i ? "<br>" : "");
		wv_html_foreign(s->out, c->claim.name, page->article.language);
		wv_html(s->out, " <small class=\"basis\">");
		wv_say(s->out, s->visit, wv_label_claim(c->claim.kind));
		if (c->page != SIZE_MAX) {
			wv_html(s->out, " \xc2\xb7 ");
			wv_say_count(s->out, s->visit, WV_PHRASE_NUMBER_HERE, c->page + 1);
		}
		wv_html(s->out, "</small>");
	}
	wv_html(s->out, "</dd>\n");
}

static void add_share(struct spreading *s, enum wv_phrase name, double share)
{
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, name);
	wv_buf_add_format(s->out, "</dt><dd>%d\xe2\x80\xaf%%</dd>\n", (int)(share * 100 + 0.5));
}

static void add_when(struct spreading *s, const struct wv_spread_page *page, size_t at)
{
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, WV_PHRASE_PUBLISHED);
	wv_html(s->out, "</dt><dd>");
	wv_cluster_when(s->out, s->visit, page);
	wv_html(s->out, " <small class=\"basis\">");
	if (wv_slice_equals(page->basis, WV_LIT("first seen")))
		wv_say(s->out, s->visit, WV_PHRASE_SNAP_FIRST_SEEN);
	else
		wv_frame_found(s->out, s->visit, page->basis);
	if (at) {
		wv_html(s->out, " \xc2\xb7 ");
		wv_say(s->out, s->visit,
		             page->is_surely_later ? WV_PHRASE_SURELY_LATER : WV_PHRASE_MAYBE_LATER);
	}
	if (page->states_later) {
		wv_html(s->out, " \xc2\xb7 ");
		wv_say(s->out, s->visit, WV_PHRASE_STATES_LATER);
	}
	wv_html(s->out, "</small></dd>\n<dt>");
	wv_say(s->out, s->visit, WV_PHRASE_CAPTURED);
	wv_html(s->out, "</dt><dd>");
	wv_say_instant(s->out, s->visit, page->first.captured);
	wv_html(s->out, "</dd>\n");
}

static enum wv_status add_page(struct spreading *s, size_t at, struct wv_err *err)
{
	const struct wv_spread_page *page = &s->spread.pages[at];
	enum wv_status st = WV_OK;

	wv_buf_add_format(s->out, "<li id=\"n%zu\">\n<h2>", at + 1);
	wv_frame_headline(s->out, s->visit, &page->first, &page->article);
	wv_html(s->out, "</h2>\n<dl class=\"facts\">\n<dt>");
	wv_say(s->out, s->visit, WV_PHRASE_SOURCE);
	wv_html(s->out, "</dt><dd>");
	if (page->first.source.n)
		wv_frame_source(s->out, s->visit, page->first.source,
		                page->article.language);
	else
		wv_html_text(s->out, page->first.url);
	if (!at) {
		wv_html(s->out, " <strong class=\"mark\">");
		wv_say(s->out, s->visit, WV_PHRASE_ORIGIN);
		wv_html(s->out, "</strong>");
	}
	wv_html(s->out, "</dd>\n");
	add_when(s, page, at);
	add_claims(s, page);
	if (at) {
		add_share(s, WV_PHRASE_SHARE_OF_ORIGIN, page->in_origin);
		add_share(s, WV_PHRASE_SHARE_OWN, page->of_origin);
		if (at <= DIFFS_SHOWN)
			st = add_changes(s, page, err);
	}
	wv_html(s->out, "</dl></li>\n");
	return st;
}

/* --- the whole --- */

static enum wv_status load(struct spreading *s, uint64_t id, struct wv_fact *refusal,
                           struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	struct wv_cluster_question question = {.then = visit->at};
	struct wv_capture capture;
	enum wv_status st =
		wv_store_capture(visit->txn, visit->arena, id, visit->known_at, &capture, err);

	if (st == WV_OK && !wv_time_is_none(visit->at) && capture.captured.us > visit->at.us)
		return WV_NO;
	if (st == WV_OK)
		st = wv_visit_shows(visit, &capture, refusal, err);
	if (st == WV_OK) {
		question.document = capture.has_stands_for ? capture.stands_for : id;
		st = wv_cluster_at(visit, &question, &s->spread, err);
	}
	return st == WV_OK ? whole_text(s, &s->spread.pages[0].article, &s->origin, err) : st;
}

static void add_head(struct spreading *s, uint64_t id)
{
	const struct wv_spread_page *origin = &s->spread.pages[0];
	struct wv_slice title = origin->article.title.n ? origin->article.title : origin->first.url;
	const struct wv_address story = {.place = WV_PLACE_STORY, .id = id};

	wv_frame_open(s->out, s->visit,
	              &(struct wv_frame){.title = title,
	                                 .place = WV_PLACE_CLUSTER,
	                                 .self = {.place = WV_PLACE_CLUSTER, .id = id}});
	wv_html(s->out, "<p class=\"kicker\">");
	wv_say(s->out, s->visit, WV_PHRASE_COPIES);
	wv_html(s->out, "</p>\n<h1>");
	wv_html_foreign(s->out, title, origin->article.language);
	wv_html(s->out, "</h1>\n<p><strong>");
	wv_say_count(s->out, s->visit, WV_PHRASE_COPIES_COUNT, s->spread.count);
	wv_html(s->out, "</strong> \xc2\xb7 ");
	wv_say_text(s->out, s->visit, WV_PHRASE_COPIES_FIRST,
	                  origin->first.source.n ? origin->first.source : origin->first.url);
	wv_html(s->out, "</p>\n<p class=\"meta\">");
	wv_say(s->out, s->visit, WV_PHRASE_COPIES_ABOUT);
	wv_html(s->out, " ");
	if (wv_story_exists(s->visit))
		wv_frame_link(s->out, s->visit, &story, WV_PHRASE_STORY_LINK);
	wv_html(s->out, "</p>\n");
	if (s->spread.taken_down) {
		wv_html(s->out, "<p class=\"note\">");
		wv_say_count(s->out, s->visit, WV_PHRASE_COPIES_GONE, s->spread.taken_down);
		wv_html(s->out, "</p>\n");
	}
}

enum wv_status wv_view_cluster(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                               struct wv_buf *out, struct wv_err *err)
{
	struct spreading s = {.visit = visit, .out = out};
	enum wv_status st = load(&s, id, refusal, err);

	if (st != WV_OK)
		return st;
	add_head(&s, id);
	wv_growth_add(out, visit, &s.spread);
	wv_html(out, "<ol class=\"copies\">\n");
	for (size_t i = 0; st == WV_OK && i < s.spread.count && i < PAGES_SHOWN; i++)
		st = add_page(&s, i, err);
	wv_html(out, "</ol>\n");
	wv_frame_close(out, visit);
	return st;
}
