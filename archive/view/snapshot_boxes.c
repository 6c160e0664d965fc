/* What stands around a snapshot: copies, the story elsewhere, more of its category; and, apart,
 * what came later. */
#include "archive/copies/spread.h"
#include "archive/search/around.h"
#include "archive/view/cluster.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"
#include "archive/view/story.h"

#define COPIES_SHOWN   6u
#define STORY_SHOWN    6u
#define CATEGORY_SHOWN 12u
#define CATEGORY_LOOKS 400u
#define VERSIONS_SHOWN 10u

static void open_box(struct snapshot *s, enum wv_phrase title)
{
	wv_html(s->out, "<section class=\"box\"><h2>");
	wv_say(s->out, s->visit, title);
	wv_html(s->out, "</h2>\n");
}

/* --- copies --- */

static enum wv_status spread_at(struct snapshot *s, struct wv_time then, struct wv_spread *out,
                                struct wv_err *err)
{
	const struct wv_cluster_question question = {
		.document = s->document, .capture = &s->capture, .then = then, .is_brief = true};
	enum wv_status st = wv_cluster_at(s->visit, &question, out, err);

	/* Nobody looks at thousands of copies in a box. */
	if (st == WV_NO || st == WV_LIMIT) {
		*out = (struct wv_spread){0};
		return WV_OK;
	}
	return st;
}

static void add_copy(struct snapshot *s, const struct wv_spread_page *page)
{
	wv_html(s->out, "<li>");
	if (page->first.source.n) {
		wv_frame_source(s->out, s->visit, page->first.source,
		                page->article.language);
		wv_say(s->out, s->visit, WV_PHRASE_COLON);
	}
	wv_frame_headline(s->out, s->visit, &page->first, &page->article);
	wv_html(s->out, " <small>");
	wv_cluster_when(s->out, s->visit, page);
	if (page->page == s->capture.page) {
		wv_html(s->out, " \xc2\xb7 ");
		wv_say(s->out, s->visit, WV_PHRASE_THIS_PAGE);
	}
	wv_html(s->out, "</small></li>\n");
}

static enum wv_status add_copies(struct snapshot *s, struct wv_err *err)
{
	struct wv_address all = {.place = WV_PLACE_CLUSTER, .id = s->document};
	struct wv_spread spread = {0};
	bool many = false;
	enum wv_status st = wv_cluster_is_large(s->visit, s->document, &many, err);

	if (st == WV_OK && !many)
		st = spread_at(s, s->then, &spread, err);
	if (st != WV_OK)
		return st;
	open_box(s, WV_PHRASE_COPIES);
	if (many) {
		wv_html(s->out, "<p>");
		wv_say_count(s->out, s->visit, WV_PHRASE_COPIES_MANY, WV_CLUSTER_LARGE);
		wv_html(s->out, "</p>\n<p>");
		wv_frame_link(s->out, s->visit, &all, WV_PHRASE_COPIES_ALL);
		wv_html(s->out, "</p></section>\n");
		return WV_OK;
	}
	if (spread.count < 2) {
		wv_html(s->out, "<p>");
		wv_say(s->out, s->visit, WV_PHRASE_COPIES_NONE);
		wv_html(s->out, "</p></section>\n");
		return WV_OK;
	}
	wv_html(s->out, "<p><strong>");
	wv_say_count(s->out, s->visit, WV_PHRASE_COPIES_COUNT, spread.count);
	wv_html(s->out, "</strong> \xc2\xb7 ");
	wv_say_text(s->out, s->visit, WV_PHRASE_COPIES_FIRST,
	                  spread.pages[0].first.source.n ? spread.pages[0].first.source
	                                                 : spread.pages[0].first.url);
	wv_html(s->out, "</p>\n<ol>\n");
	for (size_t i = 0; i < spread.count && i < COPIES_SHOWN; i++)
		add_copy(s, &spread.pages[i]);
	wv_html(s->out, "</ol>\n<p>");
	wv_frame_link(s->out, s->visit, &all, WV_PHRASE_COPIES_ALL);
	wv_html(s->out, "</p></section>\n");
	return WV_OK;
}

/* --- the story elsewhere --- */

/* The best links, where there is an index that has them at once. */
static enum wv_status look_around(struct snapshot *s, struct wv_around *around,
                                  struct wv_around_answer *answer, bool *is_known,
                                  struct wv_err *err)
{
	const struct wv_around_query query = {.capture = s->capture.id,
	                                      .at = s->then,
	                                      .known_at = s->visit->known_at,
	                                      .now = s->visit->now,
	                                      .max = STORY_SHOWN,
	                                      .index_only = s->visit->form == WV_FORM_SERVED};
	enum wv_status st;

	st = wv_around_of(around, &s->visit->txn, s->visit->arena, &query, answer, err);
	*is_known = st == WV_OK;
	/* An index that is locked, damaged or being dropped takes nothing from the page but this box. */
	return st == WV_NO || query.index_only ? WV_OK : st;
}

static enum wv_status add_story(struct snapshot *s, struct wv_err *err)
{
	const struct wv_address all = {.place = WV_PLACE_STORY, .id = s->capture.id};
	struct wv_around_answer answer = {0};
	bool is_known = false;
	enum wv_status st = WV_OK;

	if (!wv_story_exists(s->visit))
		return WV_OK;
	if (s->visit->around)
		st = look_around(s, s->visit->around, &answer, &is_known, err);
	if (st != WV_OK)
		return st;
	open_box(s, WV_PHRASE_STORY);
	if (answer.count)
		st = wv_story_links(s->out, s->visit, answer.links, answer.count, false, err);
	if (!answer.count) {
		wv_html(s->out, "<p>");
		wv_say(s->out, s->visit, is_known ? WV_PHRASE_STORY_NONE : WV_PHRASE_STORY_BEHIND);
		wv_html(s->out, "</p>\n");
	}
	wv_html(s->out, "<p>");
	wv_frame_link(s->out, s->visit, &all, WV_PHRASE_STORY_LINK);
	wv_html(s->out, "</p></section>\n");
	return st;
}

/* --- more of the category --- */

static void add_row(struct snapshot *s, const struct wv_capture *capture,
                    const struct wv_article *article)
{
	wv_html(s->out, "<li>");
	wv_frame_headline(s->out, s->visit, capture, article);
	wv_html(s->out, " <small>");
	if (capture->source.n) {
		wv_frame_source(s->out, s->visit, capture->source, article->language);
		wv_html(s->out, " \xc2\xb7 ");
	}
	if (article->published.is_set) {
		wv_frame_stated_short(s->out, s->visit, &article->published);
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_CAPTURED);
		wv_html(s->out, " ");
		wv_say_instant(s->out, s->visit, capture->captured);
	}
	wv_html(s->out, "</small></li>\n");
}

static bool has_page(const uint64_t *pages, size_t count, uint64_t page)
{
	for (size_t i = 0; i < count; i++)
		if (pages[i] == page)
			return true;
	return false;
}

/* Is there a text to look around from? */
static bool tells(const struct snapshot *s)
{
	return s->has_article && !s->is_withdrawn && s->article.verdict == WV_VERDICT_ARTICLE;
}

enum wv_status snapshot_add_category(struct snapshot *s, struct wv_err *err)
{
	const struct wv_list_query query = {.category = s->article.category,
	                                    .from = WV_TIME_NONE,
	                                    .to = s->then,
	                                    .known_at = s->visit->known_at,
	                                    .max = CATEGORY_LOOKS,
	                                    .max_looked = CATEGORY_LOOKS,
	                                    .now = s->visit->now};
	const struct wv_address all = {.place = WV_PLACE_CATEGORY, .text = s->article.category};
	struct wv_capture *captures = NULL;
	uint64_t pages[CATEGORY_SHOWN + 1] = {s->capture.page};
	size_t count = 0, shown = 1;
	enum wv_status st;

	if (!tells(s) || !s->article.category.n)
		return WV_OK;
	st = wv_store_list(s->visit->txn, s->visit->arena, &query, &captures, &count, err);
	wv_html(s->out, "<section class=\"box\"><h2>");
	wv_say_text(s->out, s->visit, WV_PHRASE_MORE_IN, s->article.category);
	wv_html(s->out, "</h2>\n<ul class=\"rows\">\n");
	for (size_t i = 0; st == WV_OK && i < count && shown <= CATEGORY_SHOWN; i++) {
		struct wv_article article;

		if (captures[i].verdict != WV_VERDICT_ARTICLE ||
		    has_page(pages, shown, captures[i].page))
			continue;
		st = wv_visit_article(s->visit, &captures[i], &article, err);
		if (st == WV_OK) {
			add_row(s, &captures[i], &article);
			pages[shown++] = captures[i].page;
		} else if (st == WV_NO) {
			st = WV_OK;
		}
	}
	wv_html(s->out, "</ul>\n");
	if (shown == 1)
		wv_say_in(s->out, s->visit, "p", WV_PHRASE_MORE_NONE);
	wv_html(s->out, "<p>");
	wv_frame_link(s->out, s->visit, &all, WV_PHRASE_ALL_OF_CATEGORY);
	wv_html(s->out, "</p></section>\n");
	return st == WV_NO ? WV_OK : st;
}

enum wv_status snapshot_add_boxes(struct snapshot *s, struct wv_err *err)
{
	enum wv_status st;

	if (!tells(s))
		return WV_OK;
	if (!s->visit->has_as_of) {
		wv_html(s->out, "<p class=\"meta\">");
		wv_say(s->out, s->visit, WV_PHRASE_BOXES_AS_OF);
		wv_html(s->out, "</p>\n");
	}
	st = add_copies(s, err);
	return st == WV_OK ? add_story(s, err) : st;
}

/* --- neighbours of what is no article --- */

static enum wv_status add_neighbour(struct snapshot *s, enum wv_standing_mode mode,
                                    enum wv_phrase name, struct wv_err *err)
{
	const struct wv_standing_query query = {
		.page = s->capture.page,
		.at = {mode == WV_STANDING_AT ? s->capture.captured.us - 1 : s->capture.captured.us + 1},
		.known_at = s->visit->known_at,
		.mode = mode,
		.now = s->visit->now};
	struct wv_standing standing = {0};
	struct wv_address address = {.place = WV_PLACE_SNAPSHOT};
	enum wv_status st = wv_store_standing(s->visit->txn, s->visit->arena, &query, &standing, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && !wv_time_is_none(s->visit->at) &&
	    standing.capture.captured.us > s->visit->at.us)
		st = WV_NO;
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, name);
	wv_html(s->out, "</dt><dd>");
	if (st == WV_OK) {
		address.id = standing.capture.id;
		wv_html(s->out, "<a");
		wv_address_href(s->out, s->visit, &address);
		wv_html(s->out, ">");
		wv_say_instant(s->out, s->visit, standing.capture.captured);
		wv_html(s->out, "</a> ");
		wv_say(s->out, s->visit, wv_label_verdict(standing.capture.verdict));
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_NEIGHBOUR_NONE);
	}
	wv_html(s->out, "</dd>\n");
	return WV_OK;
}

enum wv_status snapshot_add_neighbours(struct snapshot *s, struct wv_err *err)
{
	enum wv_status st;

	wv_html(s->out, "<section class=\"neighbours\"><h2>");
	wv_say(s->out, s->visit, WV_PHRASE_NEIGHBOURS);
	wv_html(s->out, "</h2>\n<dl class=\"facts\">\n");
	st = add_neighbour(s, WV_STANDING_AT, WV_PHRASE_NEIGHBOUR_BEFORE, err);
	if (st == WV_OK)
		st = add_neighbour(s, WV_STANDING_AFTER, WV_PHRASE_NEIGHBOUR_AFTER, err);
	wv_html(s->out, "</dl></section>\n");
	return st;
}

/* --- what came later --- */

static size_t first_later_version(const struct snapshot *s)
{
	size_t i = 0;

	while (i < s->history.version_count &&
	       s->history.versions[i].first_seen.us <= s->capture.captured.us)
		i++;
	return i;
}

static void add_later_version(struct snapshot *s, const struct wv_version *v)
{
	const struct wv_address page = {.place = WV_PLACE_SNAPSHOT, .id = v->first_id};
	const struct wv_address compare = {.place = WV_PLACE_COMPARE, .id = s->capture.id,
	                                   .other = v->first_id};
	char when[WV_TIME_TEXT_MAX];

	wv_html(s->out, "<li><a");
	wv_address_href(s->out, s->visit, &page);
	wv_html(s->out, ">");
	wv_say_instant(s->out, s->visit, v->first_seen);
	wv_html(s->out, "</a> ");
	if (v->title.n)
		wv_html_foreign(s->out, v->title,
		                s->has_article ? s->article.language : WV_SLICE_NONE);
	else
		wv_say(s->out, s->visit, wv_label_verdict(v->verdict));
	if (v->changes & WV_CHANGE_SILENT) {
		wv_html(s->out, " <small class=\"mark\">");
		wv_say(s->out, s->visit, WV_PHRASE_SNAP_SILENT);
		wv_html(s->out, "</small>");
	}
	wv_html(s->out, " <small>");
	wv_frame_link_of(s->out, s->visit, &compare, WV_PHRASE_COMPARE,
	                 wv_slice_of(wv_time_print(v->first_seen, when)), WV_SLICE_NONE);
	wv_html(s->out, "</small></li>\n");
}

static void add_later_versions(struct snapshot *s, size_t from)
{
	size_t end = s->history.version_count;

	if (from == end)
		return;
	wv_html(s->out, "<h2>");
	wv_say(s->out, s->visit, WV_PHRASE_LATER_VERSIONS);
	wv_html(s->out, "</h2>\n<ul>\n");
	for (size_t i = from; i < end && i - from < VERSIONS_SHOWN; i++)
		add_later_version(s, &s->history.versions[i]);
	wv_html(s->out, "</ul>\n");
}

static void add_later_copies(struct snapshot *s, const struct wv_spread *spread, size_t later)
{
	size_t shown = 0;

	if (!later)
		return;
	wv_html(s->out, "<h2>");
	wv_say(s->out, s->visit, WV_PHRASE_LATER_COPIES);
	wv_html(s->out, "</h2>\n<ul>\n");
	for (size_t i = 0; i < spread->count && shown < VERSIONS_SHOWN; i++)
		if (spread->pages[i].first.captured.us > s->then.us) {
			add_copy(s, &spread->pages[i]);
			shown++;
		}
	wv_html(s->out, "</ul>\n");
}

/* Whether the page was still there when it was looked at last. WV_NO: this is the last look. */
static enum wv_status load_newest(struct snapshot *s, struct wv_capture *out, struct wv_err *err)
{
	const struct wv_captures_query query = {.page = s->capture.page,
	                                        .from = s->capture.captured,
	                                        .to = WV_TIME_NONE,
	                                        .known_at = s->visit->known_at,
	                                        .now = s->visit->now,
	                                        .is_backwards = true};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	enum wv_status st = wv_captures_begin(s->visit->txn, &query, &walk, err);

	if (st == WV_OK)
		st = wv_captures_next(walk, s->visit->arena, out, err);
	return st == WV_OK && out->captured.us <= s->capture.captured.us ? WV_NO : st;
}

static void add_newest(struct snapshot *s, const struct wv_capture *newest)
{
	const struct wv_address address = {.place = WV_PLACE_SNAPSHOT, .id = newest->id};

	wv_html(s->out, "<h2>");
	wv_say(s->out, s->visit, WV_PHRASE_LATER_SEEN);
	wv_html(s->out, "</h2>\n<p><a");
	wv_address_href(s->out, s->visit, &address);
	wv_html(s->out, ">");
	wv_say_instant(s->out, s->visit, newest->captured);
	wv_html(s->out, "</a> \xc2\xb7 ");
	if (newest->flags & (WV_CAPTURE_NOT_MODIFIED | WV_CAPTURE_SAME_BODY))
		wv_say(s->out, s->visit, WV_PHRASE_UNCHANGED);
	else
		wv_say(s->out, s->visit, wv_label_verdict(newest->verdict));
	if (newest->status)
		wv_buf_add_format(s->out, " \xc2\xb7 HTTP %d", (int)newest->status);
	wv_html(s->out, "</p>\n");
}

enum wv_status snapshot_add_later(struct snapshot *s, struct wv_err *err)
{
	size_t from = first_later_version(s), later = 0;
	struct wv_spread spread = {0};
	struct wv_capture newest;
	bool many = false, was_looked_at = false;
	enum wv_status st = WV_OK;

	if (s->visit->has_as_of || s->is_withdrawn)
		return WV_OK;
	st = load_newest(s, &newest, err);
	was_looked_at = st == WV_OK;
	if (st == WV_NO)
		st = WV_OK;
	if (st == WV_OK && tells(s))
		st = wv_cluster_is_large(s->visit, s->document, &many, err);
	if (st == WV_OK && tells(s) && !many)
		st = spread_at(s, WV_TIME_NONE, &spread, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < spread.count; i++)
		later += spread.pages[i].first.captured.us > s->then.us;
	if (from == s->history.version_count && !later && !was_looked_at)
		return WV_OK;
	wv_html(s->out, "<details class=\"later\" id=\"later\"><summary>");
	wv_say_count(s->out, s->visit, WV_PHRASE_LATER,
	                   s->history.version_count - from + later + was_looked_at);
	wv_html(s->out, "</summary>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_LATER_ABOUT);
	wv_html(s->out, "</p>\n");
	if (was_looked_at)
		add_newest(s, &newest);
	add_later_versions(s, from);
	add_later_copies(s, &spread, later);
	wv_html(s->out, "</details>\n");
	return WV_OK;
}
