/* Lines of what is known of a capture, each with where it is known from. */
#include "archive/copies/spread.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"
#include "config/topic.h"

void snapshot_open_row(struct snapshot *s, enum wv_phrase name)
{
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, name);
	wv_html(s->out, "</dt><dd>");
}

void snapshot_close_row(struct snapshot *s)
{
	wv_html(s->out, "</dd>\n");
}

/* Where the page has a value: a name of HTML, not of a language. */
static void add_origin(struct snapshot *s, const char *field)
{
	for (size_t i = 0; i < s->article.origin_count; i++) {
		const struct wv_origin *o = &s->article.origins[i];

		if (!wv_slice_equals(o->field, wv_slice_of(field)) || !o->found.n)
			continue;
		wv_html(s->out, " <small class=\"basis\">");
		wv_frame_found(s->out, s->visit, o->found);
		wv_html(s->out, "</small>");
		return;
	}
}

static void add_fact(struct snapshot *s, enum wv_phrase name, const char *field,
                     struct wv_slice value)
{
	if (!value.n)
		return;
	snapshot_open_row(s, name);
	wv_html_foreign(s->out, value, s->article.language);
	add_origin(s, field);
	snapshot_close_row(s);
}

static void add_stated(struct snapshot *s, enum wv_phrase name, const struct wv_stated_time *t)
{
	if (!t->is_set)
		return;
	snapshot_open_row(s, name);
	wv_frame_stated(s->out, s->visit, t);
	snapshot_close_row(s);
}

/* --- category and topics --- */

static void add_category_link(struct snapshot *s)
{
	const struct wv_address address = {.place = WV_PLACE_CATEGORY, .text = s->article.category};

	bool has_page = s->article.verdict == WV_VERDICT_ARTICLE; /* categories list articles */

	if (has_page) {
		wv_html(s->out, "<a");
		wv_address_href(s->out, s->visit, &address);
		wv_html(s->out, ">");
	}
	wv_say_name(s->out, s->visit, s->article.category, WV_SLICE_NONE);
	if (has_page)
		wv_html(s->out, "</a>");
}

static void add_category_basis(struct snapshot *s)
{
	enum wv_phrase basis;

	if (!s->article.category_basis.n)
		return;
	wv_html(s->out, " <small class=\"basis\">");
	if (wv_label_category_basis(s->article.category_basis, &basis))
		wv_say(s->out, s->visit, basis);
	else
		wv_html_text(s->out, s->article.category_basis);
	wv_html(s->out, "</small>");
}

void snapshot_add_crumbs(struct snapshot *s)
{
	const struct wv_address front = {.place = WV_PLACE_FRONT};

	wv_html(s->out, "<nav class=\"crumbs\"");
	wv_html_attribute(s->out, "aria-label",
	                  wv_slice_of(wv_phrase(s->visit->tongue, WV_PHRASE_CRUMBS)));
	wv_html(s->out, "><ol>\n<li>");
	wv_frame_link(s->out, s->visit, &front, WV_PHRASE_LATEST);
	wv_html(s->out, "</li>\n");
	if (s->capture.source.n) {
		wv_html(s->out, "<li>");
		wv_frame_source(s->out, s->visit, s->capture.source, s->article.language);
		wv_html(s->out, "</li>\n");
	}
	if (s->has_article && s->article.category.n) {
		wv_html(s->out, "<li>");
		add_category_link(s);
		add_category_basis(s);
		wv_html(s->out, "</li>\n");
	}
	wv_html(s->out, "</ol></nav>\n");
}

/* How much an article that matched is about a topic: its words, counted again with the settings
 * of today. */
static enum wv_status add_focus(struct snapshot *s, struct wv_topic_set *set, struct wv_err *err)
{
	struct wv_visit *visit = s->visit;
	size_t count = wv_topic_set_count(set);
	struct wv_topic_hits *hits = WV_ARENA_ARRAY(visit->arena, struct wv_topic_hits, count);
	struct wv_topic_hits *title = WV_ARENA_ARRAY(visit->arena, struct wv_topic_hits, count);
	struct wv_slice text;
	enum wv_status st = hits && title
	                            ? wv_article_text(&s->article, visit->arena, &text, err)
	                            : wv_err_set(err, WV_NOMEM, "out of memory for topics");

	if (st == WV_OK)
		st = wv_topic_set_match(set, visit->arena, text, hits, err);
	if (st == WV_OK)
		st = wv_topic_set_match(set, visit->arena, s->article.title, title, err);
	for (size_t i = 0; st == WV_OK && i < s->article.topic_count; i++) {
		wv_buf_add_string(s->out, i ? "<br>" : "");
		wv_html_foreign(s->out, s->article.topics[i], WV_SLICE_NONE);
		for (size_t k = 0; k < count; k++) {
			if (!wv_slice_equals(wv_topic_set_name(set, k), s->article.topics[i]))
				continue;
			wv_html(s->out, " <small class=\"basis\">");
			wv_say_count(s->out, visit, WV_PHRASE_TOPIC_FOCUS,
			                   (uint64_t)hits[k].occurrences + title[k].occurrences);
			if (title[k].words) {
				wv_html(s->out, " \xc2\xb7 ");
				wv_say(s->out, visit, WV_PHRASE_TOPIC_IN_TITLE);
			}
			wv_html(s->out, "</small>");
		}
	}
	return st;
}

static enum wv_status add_topics(struct snapshot *s, struct wv_err *err)
{
	struct wv_topic_set *set = NULL;
	enum wv_status st = WV_OK;

	if (!s->visit->settings->topic_count && !s->article.topic_count)
		return WV_OK;
	snapshot_open_row(s, WV_PHRASE_TOPICS);
	if (!s->article.topic_count) {
		wv_say(s->out, s->visit, WV_PHRASE_TOPIC_NONE);
	} else {
		st = wv_settings_new_topics(s->visit->settings, &set, err);
		if (st == WV_OK)
			st = add_focus(s, set, err);
		wv_topic_set_free(&set);
	}
	snapshot_close_row(s);
	return st;
}

/* --- whom it names --- */

static enum wv_status add_claims(struct snapshot *s, struct wv_err *err)
{
	const struct wv_spread_query query = {.capture = s->document,
	                                      .at = s->then,
	                                      .known_at = s->visit->known_at,
	                                      .now = s->visit->now};
	struct wv_spread_claim *claims = NULL;
	size_t count = 0;
	enum wv_status st = wv_spread_claims(s->visit->txn, s->visit->arena, &query, &s->article,
	                                     &claims, &count, err);

	if (st != WV_OK || !count)
		return st;
	snapshot_open_row(s, WV_PHRASE_CLAIMS);
	for (size_t i = 0; i < count; i++) {
		wv_buf_add_string(s->out, i ? "<br>" : "");
		wv_html_foreign(s->out, claims[i].claim.name, s->article.language);
		wv_html(s->out, " <small class=\"basis\">");
		wv_say(s->out, s->visit, wv_label_claim(claims[i].claim.kind));
		if (claims[i].source.n) {
			struct wv_slice before, after;

			wv_phrase_split(s->visit->tongue, WV_PHRASE_IN_ARCHIVE_AS, &before, &after);
			wv_html(s->out, " \xc2\xb7 ");
			wv_html_text(s->out, before);
			wv_frame_source(s->out, s->visit, claims[i].source, WV_SLICE_NONE);
			wv_html_text(s->out, after);
		}
		wv_html(s->out, "</small>");
	}
	snapshot_close_row(s);
	return WV_OK;
}

/* --- addresses --- */

static void add_outside_link(struct snapshot *s, struct wv_slice url)
{
	wv_html(s->out, "<a rel=\"noreferrer external\"");
	wv_html_href(s->out, url);
	wv_html(s->out, ">");
	wv_html_text(s->out, url);
	wv_html(s->out, "</a>");
}

static void add_snapshot_link(struct snapshot *s, uint64_t id, struct wv_slice text)
{
	const struct wv_address address = {.place = WV_PLACE_SNAPSHOT, .id = id};

	wv_html(s->out, "<a");
	wv_address_href(s->out, s->visit, &address);
	wv_html(s->out, ">");
	wv_html_text(s->out, text);
	wv_html(s->out, "</a>");
}

#define HOPS_MAX 10u

/* A capture of the same fetch: hops are leaves in a row. WV_NO: none, or not to be shown. */
static enum wv_status beside(struct snapshot *s, uint64_t id, struct wv_capture *out,
                             struct wv_err *err)
{
	enum wv_status st = wv_store_capture(s->visit->txn, s->visit->arena, id,
	                                     s->visit->known_at, out, err);

	return st == WV_OK ? wv_visit_shows(s->visit, out, NULL, err) : st;
}

static enum wv_status add_redirects(struct snapshot *s, struct wv_err *err)
{
	struct wv_slice to = s->capture.url;
	struct wv_capture hop;
	enum wv_status st = WV_OK;
	size_t shown = 0;

	for (uint64_t back = 1; back <= HOPS_MAX && back <= s->capture.id; back++) {
		st = beside(s, s->capture.id - back, &hop, err);
		if (st != WV_OK || !(hop.flags & WV_CAPTURE_REDIRECT) ||
		    !wv_slice_equals(hop.location, to) || hop.captured.us > s->capture.captured.us)
			break;
		if (!shown++)
			snapshot_open_row(s, WV_PHRASE_CAME_BY);
		else
			wv_html(s->out, "<br>");
		add_snapshot_link(s, hop.id, hop.url);
		wv_buf_add_format(s->out, " <small>%d</small>", (int)hop.status);
		to = hop.url;
	}
	if (shown)
		snapshot_close_row(s);
	if ((st != WV_OK && st != WV_NO) || !(s->capture.flags & WV_CAPTURE_REDIRECT))
		return st == WV_NO ? WV_OK : st;
	snapshot_open_row(s, WV_PHRASE_LEADS_TO);
	st = beside(s, s->capture.id + 1, &hop, err);
	if (st == WV_OK && wv_slice_equals(hop.url, s->capture.location) &&
	    (wv_time_is_none(s->visit->at) || hop.captured.us <= s->visit->at.us))
		add_snapshot_link(s, hop.id, hop.url);
	else
		add_outside_link(s, s->capture.location);
	snapshot_close_row(s);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status add_addresses(struct snapshot *s, struct wv_err *err)
{
	snapshot_open_row(s, WV_PHRASE_ORIGINAL);
	add_outside_link(s, s->capture.url);
	snapshot_close_row(s);
	if (s->has_article && s->article.canonical.n &&
	    !wv_slice_equals(s->article.canonical, s->capture.url)) {
		snapshot_open_row(s, WV_PHRASE_CANONICAL);
		add_outside_link(s, s->article.canonical);
		snapshot_close_row(s);
	}
	return add_redirects(s, err);
}

/* --- the table of facts --- */

static void add_verdict(struct snapshot *s)
{
	snapshot_open_row(s, WV_PHRASE_VERDICT);
	wv_say(s->out, s->visit, wv_label_verdict(s->capture.verdict));
	wv_html(s->out, " <small class=\"basis\">\xc2\xb7 ");
	if (s->capture.status)
		wv_say_text(s->out, s->visit, WV_PHRASE_STATUS_OF,
		                  wv_arena_format(s->visit->arena, "%d", (int)s->capture.status));
	else
		wv_say(s->out, s->visit, WV_PHRASE_NO_ANSWER);
	wv_html(s->out, "</small>");
	snapshot_close_row(s);
}

static void add_wishes(struct snapshot *s)
{
	static const struct {
		uint32_t flag;
		enum wv_phrase phrase;
	} wishes[] = {{WV_CAPTURE_NOARCHIVE, WV_PHRASE_ASKS_NOARCHIVE},
	              {WV_CAPTURE_NOINDEX, WV_PHRASE_ASKS_NOINDEX},
	              {WV_CAPTURE_NOSNIPPET, WV_PHRASE_ASKS_NOSNIPPET},
	              {WV_CAPTURE_TDM_RESERVED, WV_PHRASE_ASKS_TDM}};
	bool is_open = false;

	for (size_t i = 0; i < WV_COUNT(wishes); i++) {
		if (!(s->capture.flags & wishes[i].flag))
			continue;
		if (!is_open)
			snapshot_open_row(s, WV_PHRASE_ASKS);
		else
			wv_html(s->out, "<br>");
		is_open = true;
		wv_say(s->out, s->visit, wishes[i].phrase);
	}
	if (is_open)
		snapshot_close_row(s);
}

enum wv_phrase snapshot_clock(const struct wv_capture *c)
{
	if (c->flags & WV_CAPTURE_IMPORTED)
		return WV_PHRASE_CLOCK_IMPORTED;
	return c->flags & WV_CAPTURE_SIMULATED_CLOCK ? WV_PHRASE_CLOCK_SIMULATED
	                                             : WV_PHRASE_CLOCK_SYSTEM;
}

static void add_captured(struct snapshot *s)
{
	snapshot_open_row(s, WV_PHRASE_CAPTURED);
	wv_html(s->out, "<strong>");
	wv_say_instant(s->out, s->visit, s->capture.captured);
	wv_html(s->out, "</strong> <small class=\"basis\">\xc2\xb7 ");
	wv_say(s->out, s->visit, snapshot_clock(&s->capture));
	wv_html(s->out, "</small>");
	snapshot_close_row(s);
}

static void add_source(struct snapshot *s)
{
	if (!s->capture.source.n)
		return;
	snapshot_open_row(s, WV_PHRASE_SOURCE);
	wv_frame_source(s->out, s->visit, s->capture.source, s->article.language);
	snapshot_close_row(s);
}

static enum wv_status add_article_facts(struct snapshot *s, struct wv_err *err)
{
	const struct wv_article *a = &s->article;
	enum wv_status st;

	add_fact(s, WV_PHRASE_PUBLISHER, "publisher", a->publisher);
	add_fact(s, WV_PHRASE_WIRE, "wire", a->wire);
	add_fact(s, WV_PHRASE_DATELINE, "dateline", a->dateline);
	if (a->author_count) {
		snapshot_open_row(s, WV_PHRASE_AUTHORS);
		for (size_t i = 0; i < a->author_count; i++) {
			wv_buf_add_string(s->out, i ? " \xc2\xb7 " : "");
			wv_html_foreign(s->out, a->authors[i], a->language);
		}
		add_origin(s, "authors");
		snapshot_close_row(s);
	}
	st = add_claims(s, err);
	return st == WV_OK ? add_topics(s, err) : st;
}

enum wv_status snapshot_add_facts(struct snapshot *s, struct wv_err *err)
{
	bool tells = s->has_article && !s->is_withdrawn;
	enum wv_status st = WV_OK;

	wv_html(s->out, "<dl class=\"facts\">\n");
	if (tells) {
		add_stated(s, WV_PHRASE_PUBLISHED, &s->article.published);
		add_stated(s, WV_PHRASE_MODIFIED, &s->article.modified);
	}
	add_captured(s);
	add_source(s);
	if (tells)
		st = add_article_facts(s, err);
	if (st == WV_OK)
		st = add_addresses(s, err);
	if (st != WV_OK)
		return st;
	add_verdict(s);
	add_wishes(s);
	wv_html(s->out, "</dl>\n");
	return WV_OK;
}

/* --- ways to look at it --- */

static void add_action(struct snapshot *s, const struct wv_address *address,
                       enum wv_phrase phrase)
{
	if (!wv_address_exists(s->visit, address->place))
		return;
	wv_html(s->out, "<li>");
	wv_frame_link(s->out, s->visit, address, phrase);
	wv_html(s->out, "</li>\n");
}

static void add_version_link(struct snapshot *s)
{
	const struct wv_version *v = s->version, *before;
	struct wv_address compare = {.place = WV_PLACE_COMPARE};

	if (!v || v->number < 2)
		return;
	before = v - 1;
	compare.id = before->last_id;
	compare.other = s->capture.id;
	add_action(s, &compare, WV_PHRASE_SNAP_COMPARE_BEFORE);
}

void snapshot_add_actions(struct snapshot *s)
{
	const struct wv_capture *c = &s->capture;
	const struct wv_address replay = {.place = WV_PLACE_REPLAY, .text = c->url,
	                                  .when = c->captured};
	const struct wv_address raw = {.place = WV_PLACE_RAW, .text = c->url, .when = c->captured};
	const struct wv_address history = {.place = WV_PLACE_HISTORY, .text = c->url,
	                                   .id = c->page};
	const struct wv_address json = {
		.place = WV_PLACE_API,
		.text = wv_arena_format(s->visit->arena, "snapshot/%llu", (unsigned long long)c->id)};

	wv_html(s->out, "<ul class=\"actions\"");
	wv_html_attribute(s->out, "aria-label",
	                  wv_slice_of(wv_phrase(s->visit->tongue, WV_PHRASE_SHOW_PAGE)));
	wv_html(s->out, ">\n");
	/* Errors and redirects are replayed too. */
	if (c->status && !s->is_withdrawn)
		add_action(s, &replay, WV_PHRASE_SNAP_AS_IT_WAS);
	if (c->has_body && !s->is_withdrawn)
		add_action(s, &raw, WV_PHRASE_RAW_BYTES);
	if (!s->is_withdrawn)
		add_action(s, &json, WV_PHRASE_AS_JSON);
	add_action(s, &history, WV_PHRASE_HISTORY);
	add_version_link(s);
	wv_html(s->out, "</ul>\n");
}
