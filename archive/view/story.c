#include "archive/view/story.h"

#include "archive/copies/spread.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/say.h"
#include "archive/view/wishes.h"
#include "config/base/names.h"

#define LEAD_COLUMNS 160u
#define PATIENCE_US WV_US_PER_S /* a reader's, and that of the readers behind */

bool wv_story_exists(const struct wv_visit *visit)
{
	return visit->form == WV_FORM_SERVED || visit->around;
}

/* --- one link --- */

static enum wv_phrase label_of(enum wv_mention_kind kind)
{
	static const enum wv_phrase labels[WV_MENTION_KINDS] = {
		[WV_MENTION_PLACE] = WV_PHRASE_SHARED_PLACES,
		[WV_MENTION_NAME] = WV_PHRASE_SHARED_NAMES,
		[WV_MENTION_EVENT] = WV_PHRASE_SHARED_EVENTS,
		[WV_MENTION_QUANTITY] = WV_PHRASE_SHARED_QUANTITIES,
		[WV_MENTION_FIGURE] = WV_PHRASE_SHARED_FIGURES,
		[WV_MENTION_DAY] = WV_PHRASE_SHARED_DAYS,
		[WV_MENTION_CODE] = WV_PHRASE_SHARED_CODES,
		[WV_MENTION_WORD] = WV_PHRASE_SHARED_WORDS,
		[WV_MENTION_SOUND] = WV_PHRASE_SHARED_SOUNDS,
	};

	return labels[kind];
}

static void add_evidence(struct wv_buf *out, const struct wv_visit *visit,
                         const struct wv_around_link *link)
{
	for (unsigned kind = 0; kind < WV_MENTION_KINDS; kind++) {
		bool is_open = false;

		for (size_t i = 0; i < link->evidence_count; i++) {
			if ((unsigned)link->evidence[i].kind != kind)
				continue;
			if (!is_open) {
				wv_html(out, "<li>");
				wv_say(out, visit, label_of((enum wv_mention_kind)kind));
				wv_say(out, visit, WV_PHRASE_COLON);
			} else {
				wv_say(out, visit, WV_PHRASE_COMMA);
			}
			is_open = true;
			wv_html(out, "<q>");
			wv_say_name(out, visit, link->evidence[i].shown, WV_SLICE_NONE);
			wv_html(out, "</q>");
		}
		if (is_open)
			wv_html(out, "</li>\n");
	}
}

/* "Japanese" of "ja", in the reader's language; of a tag nobody knows, the tag. */
static struct wv_slice name_of_language(const struct wv_visit *visit, struct wv_slice tag)
{
	struct wv_slice name = wv_names_language(visit->arena, tag, wv_tongue_tag(visit->tongue));

	return name.n ? name : tag;
}

static void add_link(struct wv_buf *out, const struct wv_visit *visit,
                     const struct wv_capture *capture, const struct wv_article *article,
                     const struct wv_around_link *link, bool with_lead)
{
	wv_html(out, "<li class=\"item\">");
	wv_frame_headline(out, visit, capture, article);
	wv_html(out, "\n<p class=\"meta\">");
	if (capture->source.n) {
		wv_frame_source(out, visit, capture->source, article->language);
		wv_html(out, " \xc2\xb7 ");
	}
	if (article->language.n) {
		wv_html_text(out, name_of_language(visit, article->language));
		wv_html(out, " \xc2\xb7 ");
	}
	if (article->published.is_set)
		wv_frame_stated_short(out, visit, &article->published);
	else
		wv_say_time(out, visit, WV_PHRASE_BEFORE_THEN, capture->captured);
	wv_html(out, " \xc2\xb7 ");
	wv_say_text(out, visit, WV_PHRASE_SCORE,
	                  wv_arena_format(visit->arena, "%.2f", link->score));
	if (link->is_copy) {
		wv_html(out, " \xc2\xb7 <span class=\"mark\">");
		wv_say(out, visit, WV_PHRASE_IS_COPY);
		wv_html(out, "</span>");
	}
	wv_html(out, "</p>\n");
	if (with_lead && wv_wishes_show_excerpt(visit, capture)) {
		wv_html(out, "<p class=\"excerpt\">");
		wv_html_foreign(out, wv_html_cut(wv_frame_lead(article), LEAD_COLUMNS, visit->arena),
		                article->language);
		wv_html(out, "</p>\n");
	}
	if (link->evidence_count) {
		wv_html(out, "<ul class=\"evidence\">\n");
		add_evidence(out, visit, link);
		wv_html(out, "</ul>");
	}
	wv_html(out, "</li>\n");
}

enum wv_status wv_story_links(struct wv_buf *out, struct wv_visit *visit,
                              const struct wv_around_link *links, size_t count,
                              bool with_lead, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	wv_html(out, "<ul class=\"items\">\n");
	for (size_t i = 0; st == WV_OK && i < count; i++) {
		struct wv_capture capture;
		struct wv_article article;

		st = wv_store_capture(visit->txn, visit->arena, links[i].capture, visit->known_at,
		                      &capture, err);
		if (st == WV_OK)
			st = wv_visit_shows(visit, &capture, NULL, err);
		if (st == WV_OK)
			st = wv_visit_article(visit, &capture, &article, err);
		if (st == WV_OK)
			add_link(out, visit, &capture, &article, &links[i], with_lead);
		if (st == WV_NO) /* taken down since the answer was made */
			st = WV_OK;
	}
	wv_html(out, "</ul>\n");
	return st;
}

/* --- the question --- */

struct patience {
	const struct wv_clock *clock;
	struct wv_mono until;
};

static bool goes_on(void *context)
{
	const struct patience *patience = context;

	return wv_clock_mono(patience->clock).us < patience->until.us;
}

static int64_t patience_of(const struct wv_visit *visit)
{
	return visit->patience_us ? visit->patience_us : PATIENCE_US;
}

/* Who carries the very text is known without a look at any other article. */
static enum wv_status add_copies(struct wv_visit *visit, const struct wv_story_query *query,
                                 struct wv_around_answer *out, struct wv_err *err)
{
	struct wv_around_link *links;
	struct wv_capture capture;
	struct wv_spread spread = {.count = 0};
	size_t count = 0;
	enum wv_status st = wv_store_capture(visit->txn, visit->arena, query->capture,
	                                     visit->known_at, &capture, err);
	const struct wv_spread_query of = {
		.capture = st == WV_OK && capture.has_stands_for ? capture.stands_for : query->capture,
		.at = query->at,
		.known_at = visit->known_at,
		.now = visit->now,
		.is_brief = true};

	if (st == WV_OK)
		st = wv_spread_of(visit->txn, visit->arena, &of, &spread, err);
	if (st != WV_OK && st != WV_NO && st != WV_LIMIT)
		return st;
	links = WV_ARENA_ARRAY(visit->arena, struct wv_around_link, spread.count + 1);
	if (!links)
		return wv_err_set(err, WV_NOMEM, "out of memory for a story");
	for (size_t i = 0; st == WV_OK && i < spread.count && count < query->max; i++)
		if (spread.pages[i].page != capture.page)
			links[count++] = (struct wv_around_link){.capture = spread.pages[i].first.id,
			                                         .when = spread.pages[i].first.captured,
			                                         .score = 1,
			                                         .is_copy = true};
	*out = (struct wv_around_answer){.links = links, .count = count};
	return WV_OK;
}

/* Within this request. */
static enum wv_status read_here(struct wv_visit *visit, const struct wv_around_query *query,
                                struct wv_around_answer *out, struct wv_err *err)
{
	WV_AUTO(wv_around_close) struct wv_around *own = NULL;
	const struct wv_around_options options = {.store = visit->store,
	                                          .search = visit->search,
	                                          .names = {.settings = visit->settings,
	                                                    .words = visit->story_words,
	                                                    .words_path = "stories.words"}};
	struct patience patience = {.clock = wv_store_clock(visit->store)};
	struct wv_around_query around = *query;
	enum wv_status st = WV_OK;

	around.goes_on = goes_on;
	around.goes_on_context = &patience;
	patience.until.us = wv_clock_mono(patience.clock).us + patience_of(visit);
	if (!visit->around)
		st = wv_around_open(&options, &own, err);
	return st == WV_OK ? wv_around_of(visit->around ? visit->around : own, &visit->txn,
	                                  visit->arena, &around, out, err)
	                   : st;
}

enum wv_status wv_story_ask(struct wv_visit *visit, const struct wv_story_query *query,
                            struct wv_around_answer *out, enum wv_story_whole *whole,
                            struct wv_err *err)
{
	struct wv_around_query around = {.capture = query->capture,
	                                 .at = query->at,
	                                 .known_at = visit->known_at,
	                                 .now = visit->now,
	                                 .max = query->max,
	                                 .wants_later = query->wants_later};
	enum wv_status st = WV_NO;

	if (!visit->read_around) {
		st = read_here(visit, &around, out, err);
	} else {
		around.index_only = true;
		if (visit->around)
			st = wv_around_of(visit->around, &visit->txn, visit->arena, &around, out, err);
		around.index_only = false;
		if (st == WV_NO)
			st = visit->read_around(visit->read_around_context, &visit->txn, visit->arena,
			                        &around, patience_of(visit), out, err);
	}
	if (st == WV_STOPPED)
		*whole = visit->read_around ? WV_STORY_BEING_READ : WV_STORY_CUT;
	else
		*whole = st == WV_OK && out->is_cut ? WV_STORY_CUT : WV_STORY_WHOLE;
	return st == WV_STOPPED ? add_copies(visit, query, out, err) : st;
}

/* --- the page --- */

struct telling {
	struct wv_visit *visit;
	struct wv_buf *out;
	struct wv_capture capture;
	struct wv_article article;
	struct wv_time then;
	enum wv_story_whole whole;
	struct wv_around_answer answer;
};

static enum wv_status load(struct telling *t, uint64_t id, struct wv_fact *refusal,
                           struct wv_err *err)
{
	struct wv_visit *visit = t->visit;
	enum wv_status st = wv_store_capture(visit->txn, visit->arena, id, visit->known_at,
	                                     &t->capture, err);

	if (st == WV_OK && !wv_time_is_none(visit->at) && t->capture.captured.us > visit->at.us)
		return WV_NO;
	if (st == WV_OK)
		st = wv_visit_shows(visit, &t->capture, refusal, err);
	t->then = visit->has_as_of ? visit->at : t->capture.captured;
	return st == WV_OK ? wv_visit_article(visit, &t->capture, &t->article, err) : st;
}

static enum wv_status ask(struct telling *t, struct wv_err *err)
{
	const struct wv_story_query query = {.capture = t->capture.id,
	                                     .at = t->then,
	                                     .max = WV_STORY_LINKS,
	                                     .wants_later = !t->visit->has_as_of};

	return wv_story_ask(t->visit, &query, &t->answer, &t->whole, err);
}

static void add_head(struct telling *t)
{
	struct wv_slice title = t->article.title.n ? t->article.title : t->capture.url;
	const struct wv_address self = {.place = WV_PLACE_SNAPSHOT, .id = t->capture.id};
	const struct wv_address copies = {.place = WV_PLACE_CLUSTER, .id = t->capture.id};

	wv_frame_open(t->out, t->visit,
	              &(struct wv_frame){.title = title,
	                                 .place = WV_PLACE_STORY,
	                                 .self = {.place = WV_PLACE_STORY, .id = t->capture.id}});
	wv_html(t->out, "<p class=\"kicker\">");
	wv_say(t->out, t->visit, WV_PHRASE_STORY);
	wv_html(t->out, "</p>\n<h1><a");
	wv_address_href(t->out, t->visit, &self);
	wv_html(t->out, ">");
	wv_html_foreign(t->out, title, t->article.language);
	wv_html(t->out, "</a></h1>\n<p class=\"meta\">");
	if (t->capture.source.n) {
		wv_frame_source(t->out, t->visit, t->capture.source, t->article.language);
		wv_html(t->out, " \xc2\xb7 ");
	}
	wv_say(t->out, t->visit, WV_PHRASE_CAPTURED);
	wv_html(t->out, " ");
	wv_say_instant(t->out, t->visit, t->capture.captured);
	wv_html(t->out, "</p>\n<p>");
	wv_say(t->out, t->visit, WV_PHRASE_STORY_ABOUT);
	wv_html(t->out, " ");
	wv_frame_link(t->out, t->visit, &copies, WV_PHRASE_COPIES_ALL);
	wv_html(t->out, "</p>\n");
}

static enum wv_status add_links(struct telling *t, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	wv_html(t->out, "<section><h2>");
	wv_say_time(t->out, t->visit, WV_PHRASE_STORY_BY, t->then);
	wv_html(t->out, "</h2>\n");
	if (t->whole != WV_STORY_WHOLE) {
		wv_html(t->out, "<p class=\"note\">");
		wv_say(t->out, t->visit, t->whole == WV_STORY_CUT ? WV_PHRASE_STORY_TOO_LONG
		                                        : WV_PHRASE_STORY_BEING_READ);
		wv_html(t->out, "</p>\n");
	}
	if (t->answer.count) {
		st = wv_story_links(t->out, t->visit, t->answer.links, t->answer.count, true, err);
	} else if (t->whole == WV_STORY_WHOLE) {
		wv_html(t->out, "<p>");
		wv_say(t->out, t->visit, WV_PHRASE_STORY_NONE);
		wv_html(t->out, "</p>\n");
	}
	wv_html(t->out, "</section>\n");
	if (st != WV_OK || !t->answer.later_count)
		return st;
	wv_html(t->out, "<section class=\"later\" id=\"later\"><h2>");
	wv_say(t->out, t->visit, WV_PHRASE_LATER_STORY);
	wv_html(t->out, "</h2>\n<p>");
	wv_say(t->out, t->visit, WV_PHRASE_LATER_ABOUT);
	wv_html(t->out, "</p>\n");
	st = wv_story_links(t->out, t->visit, t->answer.later,
	                    t->answer.later_count < WV_STORY_LINKS ? t->answer.later_count
	                                                        : WV_STORY_LINKS,
	                    true, err);
	wv_html(t->out, "</section>\n");
	return st;
}

enum wv_status wv_view_story(struct wv_visit *visit, uint64_t id, struct wv_fact *refusal,
                             struct wv_buf *out, struct wv_err *err)
{
	struct telling t = {.visit = visit, .out = out};
	enum wv_status st = load(&t, id, refusal, err);

	if (st == WV_OK)
		st = ask(&t, err);
	if (st != WV_OK)
		return st;
	add_head(&t);
	st = add_links(&t, err);
	wv_frame_close(out, visit);
	return st;
}
