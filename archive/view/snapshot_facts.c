/* Lines of what is known of a capture, each with where it is known from. */
#include "archive/copies/spread.h"
#include "archive/proof/head.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/snapshot_parts.h"
#include "config/topic.h"

static void open_row(struct snapshot *s, enum wv_phrase name)
{
	wv_html(s->out, "<dt>");
	wv_say(s->out, s->visit, name);
	wv_html(s->out, "</dt><dd>");
}

static void close_row(struct snapshot *s)
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
	open_row(s, name);
	wv_html_foreign(s->out, value, s->article.language);
	add_origin(s, field);
	close_row(s);
}

static void add_stated(struct snapshot *s, enum wv_phrase name, const struct wv_stated_time *t)
{
	if (!t->is_set)
		return;
	open_row(s, name);
	wv_frame_stated(s->out, s->visit, t);
	close_row(s);
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
	wv_frame_name(s->out, s->visit, s->article.category, WV_SLICE_NONE);
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
	open_row(s, WV_PHRASE_TOPICS);
	if (!s->article.topic_count) {
		wv_say(s->out, s->visit, WV_PHRASE_TOPIC_NONE);
	} else {
		st = wv_settings_new_topics(s->visit->settings, &set, err);
		if (st == WV_OK)
			st = add_focus(s, set, err);
		wv_topic_set_free(&set);
	}
	close_row(s);
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
	open_row(s, WV_PHRASE_CLAIMS);
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
	close_row(s);
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
			open_row(s, WV_PHRASE_CAME_BY);
		else
			wv_html(s->out, "<br>");
		add_snapshot_link(s, hop.id, hop.url);
		wv_buf_add_format(s->out, " <small>%d</small>", (int)hop.status);
		to = hop.url;
	}
	if (shown)
		close_row(s);
	if ((st != WV_OK && st != WV_NO) || !(s->capture.flags & WV_CAPTURE_REDIRECT))
		return st == WV_NO ? WV_OK : st;
	open_row(s, WV_PHRASE_LEADS_TO);
	st = beside(s, s->capture.id + 1, &hop, err);
	if (st == WV_OK && wv_slice_equals(hop.url, s->capture.location) &&
	    (wv_time_is_none(s->visit->at) || hop.captured.us <= s->visit->at.us))
		add_snapshot_link(s, hop.id, hop.url);
	else
		add_outside_link(s, s->capture.location);
	close_row(s);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status add_addresses(struct snapshot *s, struct wv_err *err)
{
	open_row(s, WV_PHRASE_ORIGINAL);
	add_outside_link(s, s->capture.url);
	close_row(s);
	if (s->has_article && s->article.canonical.n &&
	    !wv_slice_equals(s->article.canonical, s->capture.url)) {
		open_row(s, WV_PHRASE_CANONICAL);
		add_outside_link(s, s->article.canonical);
		close_row(s);
	}
	return add_redirects(s, err);
}

/* --- the table of facts --- */

static void add_verdict(struct snapshot *s)
{
	open_row(s, WV_PHRASE_VERDICT);
	wv_say(s->out, s->visit, wv_label_verdict(s->capture.verdict));
	wv_html(s->out, " <small class=\"basis\">\xc2\xb7 ");
	if (s->capture.status)
		wv_say_text(s->out, s->visit, WV_PHRASE_STATUS_OF,
		                  wv_arena_format(s->visit->arena, "%d", (int)s->capture.status));
	else
		wv_say(s->out, s->visit, WV_PHRASE_NO_ANSWER);
	wv_html(s->out, "</small>");
	close_row(s);
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
			open_row(s, WV_PHRASE_ASKS);
		else
			wv_html(s->out, "<br>");
		is_open = true;
		wv_say(s->out, s->visit, wishes[i].phrase);
	}
	if (is_open)
		close_row(s);
}

/* Whose clock said when: of what was imported, whoever captured it had one of his own. */
static enum wv_phrase clock_of(const struct wv_capture *c)
{
	if (c->flags & WV_CAPTURE_IMPORTED)
		return WV_PHRASE_CLOCK_IMPORTED;
	return c->flags & WV_CAPTURE_SIMULATED_CLOCK ? WV_PHRASE_CLOCK_SIMULATED
	                                             : WV_PHRASE_CLOCK_SYSTEM;
}

static void add_captured(struct snapshot *s)
{
	open_row(s, WV_PHRASE_CAPTURED);
	wv_html(s->out, "<strong>");
	wv_frame_time(s->out, s->visit, s->capture.captured);
	wv_html(s->out, "</strong> <small class=\"basis\">\xc2\xb7 ");
	wv_say(s->out, s->visit,
	             clock_of(&s->capture));
	wv_html(s->out, "</small>");
	close_row(s);
}

static void add_source(struct snapshot *s)
{
	if (!s->capture.source.n)
		return;
	open_row(s, WV_PHRASE_SOURCE);
	wv_frame_source(s->out, s->visit, s->capture.source, s->article.language);
	close_row(s);
}

static enum wv_status add_article_facts(struct snapshot *s, struct wv_err *err)
{
	const struct wv_article *a = &s->article;
	enum wv_status st;

	add_fact(s, WV_PHRASE_PUBLISHER, "publisher", a->publisher);
	add_fact(s, WV_PHRASE_WIRE, "wire", a->wire);
	add_fact(s, WV_PHRASE_DATELINE, "dateline", a->dateline);
	if (a->author_count) {
		open_row(s, WV_PHRASE_AUTHORS);
		for (size_t i = 0; i < a->author_count; i++) {
			wv_buf_add_string(s->out, i ? " \xc2\xb7 " : "");
			wv_html_foreign(s->out, a->authors[i], a->language);
		}
		add_origin(s, "authors");
		close_row(s);
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

/* --- what the page said besides --- */

void snapshot_add_headlines(struct snapshot *s)
{
	bool is_open = false;

	for (size_t i = 0; i < s->history.headline_count; i++) {
		const struct wv_headline *h = &s->history.headlines[i];

		if (h->seen.us > s->capture.captured.us)
			break;
		if (!is_open) {
			wv_html(s->out, "<section class=\"headlines\"><h2>");
			wv_say(s->out, s->visit, WV_PHRASE_HEADLINES);
			wv_html(s->out, "</h2>\n<ul>\n");
		}
		is_open = true;
		wv_html(s->out, "<li>");
		wv_html_foreign(s->out, h->before, s->article.language);
		wv_html(s->out, " <small>");
		wv_say_time(s->out, s->visit, WV_PHRASE_SNAP_UNTIL, h->seen);
		wv_html(s->out, "</small></li>\n");
	}
	if (is_open)
		wv_html(s->out, "</ul></section>\n");
}

void snapshot_add_conflicts(struct snapshot *s)
{
	static const enum wv_phrase columns[] = {WV_PHRASE_FIELD, WV_PHRASE_VALUE,
	                                         WV_PHRASE_WHERE_FOUND};
	const struct wv_article *a = &s->article;

	if (!a->conflict_count)
		return;
	wv_html(s->out, "<details class=\"conflicts\"><summary>");
	wv_say_count(s->out, s->visit, WV_PHRASE_CONFLICTS, a->conflict_count);
	wv_html(s->out, "</summary>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_CONFLICTS_ABOUT);
	wv_html(s->out, "</p>\n<div class=\"scroll\"><table");
	wv_say_attribute(s->out, s->visit, "aria-label", WV_PHRASE_CONFLICTS_TABLE);
	wv_html(s->out, ">\n<thead><tr>");
	for (size_t i = 0; i < WV_COUNT(columns); i++) {
		wv_html(s->out, "<th scope=\"col\">");
		wv_say(s->out, s->visit, columns[i]);
		wv_html(s->out, "</th>");
	}
	wv_html(s->out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < a->conflict_count; i++) {
		wv_html(s->out, "<tr><th scope=\"row\">");
		wv_html_text(s->out, a->conflicts[i].field);
		wv_html(s->out, "</th><td>");
		wv_html_foreign(s->out, a->conflicts[i].value, a->language);
		wv_html(s->out, "</td><td>");
		wv_html_text(s->out, a->conflicts[i].found);
		wv_html(s->out, "</td></tr>\n");
	}
	wv_html(s->out, "</tbody></table></div></details>\n");
}

static bool is_first_of_reason(const struct wv_article *a, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (wv_slice_equals(a->removed[k].reason, a->removed[i].reason))
			return false;
	return true;
}

static void add_removed_of(struct snapshot *s, size_t first)
{
	const struct wv_article *a = &s->article;
	enum wv_phrase label;

	wv_html(s->out, "<h3>");
	if (wv_label_reason(a->removed[first].reason, &label))
		wv_say(s->out, s->visit, label);
	else
		wv_html_text(s->out, a->removed[first].reason);
	wv_html(s->out, "</h3>\n<ul>\n");
	for (size_t i = first; i < a->removed_count; i++) {
		if (!wv_slice_equals(a->removed[i].reason, a->removed[first].reason))
			continue;
		wv_html(s->out, "<li>");
		wv_html_foreign(s->out, a->removed[i].text, a->language);
		wv_html(s->out, "</li>\n");
	}
	wv_html(s->out, "</ul>\n");
}

void snapshot_add_removed(struct snapshot *s)
{
	const struct wv_article *a = &s->article;

	if (!a->removed_count)
		return;
	wv_html(s->out, "<details class=\"removed\"><summary>");
	wv_say_count(s->out, s->visit, WV_PHRASE_REMOVED, a->removed_count);
	wv_html(s->out, "</summary>\n<h2 class=\"unseen\">");
	wv_say_count(s->out, s->visit, WV_PHRASE_REMOVED, a->removed_count);
	wv_html(s->out, "</h2>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_REMOVED_ABOUT);
	wv_html(s->out, "</p>\n");
	for (size_t i = 0; i < a->removed_count; i++)
		if (is_first_of_reason(a, i))
			add_removed_of(s, i);
	wv_html(s->out, "</details>\n");
}

/* --- proof and collector --- */

static void add_digest(struct snapshot *s, const struct wv_digest *digest)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_html(s->out, "<code class=\"digest\">");
	wv_html_text(s->out, wv_slice_of(wv_digest_print(digest, hex)));
	wv_html(s->out, "</code>");
}

/* A word of a shell command: the archived address in it is foreign, so it stands in single quotes
 * and has none itself. */
static void add_address_code(struct snapshot *s, const struct wv_address *address)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 64 * 1024};
	struct wv_slice rest;

	wv_address_add(&text, s->visit, address);
	rest = wv_buf_slice(&text);
	wv_html(s->out, "&quot;$SITE&quot;&#39;");
	while (rest.n) {
		size_t quote = wv_slice_find_byte(rest, '\'', 0);

		wv_html_text(s->out, wv_slice_part(rest, 0, quote));
		if (quote == SIZE_MAX)
			break;
		wv_html(s->out, "%27");
		rest = wv_slice_from(rest, quote + 1);
	}
	wv_html(s->out, "&#39;");
}

/* "$SITE" stands for where this is served: the pages do not know. */
static void add_check(struct snapshot *s, const struct wv_address *proof)
{
	const struct wv_address script = {.place = WV_PLACE_CHECK};
	const struct wv_address raw = {.place = WV_PLACE_RAW, .text = s->capture.url,
	                               .when = s->capture.captured};
	unsigned long long id = s->capture.id;

	wv_html(s->out, "<p>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF_CHECK);
	wv_html(s->out, "</p>\n<pre class=\"commands\" tabindex=\"0\"><code>");
	wv_html(s->out, "curl -so check.sh ");
	add_address_code(s, &script);
	wv_buf_add_format(s->out, " -so %llu.txt ", id);
	add_address_code(s, proof);
	if (s->capture.has_body) {
		wv_buf_add_format(s->out, " -so %llu.body ", id);
		add_address_code(s, &raw);
	}
	wv_buf_add_format(s->out, "\nsh check.sh %llu.txt", id);
	if (s->capture.has_body)
		wv_buf_add_format(s->out, " %llu.body", id);
	wv_html(s->out, "</code></pre>\n");
}

enum wv_status snapshot_add_proof(struct snapshot *s, struct wv_err *err)
{
	const struct wv_address proof = {.place = WV_PLACE_PROOF, .id = s->capture.id};
	struct wv_signed_head head;
	enum wv_status st = wv_head_newest_signed(s->visit->txn, s->capture.id + 1, &head, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && s->visit->has_known_at &&
	    head.head.recorded.us > s->visit->known_at.us)
		st = WV_NO; /* signed later than K */
	wv_html(s->out, "<section class=\"box\"><h2>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF);
	wv_html(s->out, "</h2>\n<p>");
	wv_say(s->out, s->visit, WV_PHRASE_PROOF_ABOUT);
	wv_html(s->out, "</p>\n<dl>\n");
	if (s->capture.has_body || s->capture.body_bytes) {
		open_row(s, WV_PHRASE_SHA256);
		add_digest(s, &s->capture.body);
		if (!s->capture.has_body) {
			wv_html(s->out, " ");
			wv_say(s->out, s->visit, WV_PHRASE_NOT_KEPT);
		}
		close_row(s);
	}
	open_row(s, WV_PHRASE_LEAF);
	wv_html_u64(s->out, s->capture.id);
	close_row(s);
	open_row(s, WV_PHRASE_SIGNED_HEAD);
	if (st == WV_OK) {
		wv_frame_time(s->out, s->visit, head.head.recorded);
		wv_html(s->out, " ");
		wv_say_count(s->out, s->visit, WV_PHRASE_HEAD_COVERS, head.head.size);
		wv_html(s->out, "<br>");
		add_digest(s, &head.head.root);
	} else {
		wv_say(s->out, s->visit, WV_PHRASE_HEAD_NONE);
	}
	close_row(s);
	wv_html(s->out, "</dl>\n");
	if (st == WV_OK) {
		wv_html(s->out, "<p>");
		wv_frame_link(s->out, s->visit, &proof, WV_PHRASE_PROOF_TEXT);
		wv_html(s->out, "</p>\n");
		if (s->visit->form == WV_FORM_SERVED)
			add_check(s, &proof);
	}
	wv_html(s->out, "</section>\n");
	return WV_OK;
}

/* The User-Agent that was sent: program, version and whom to ask, as the server saw them. */
static struct wv_slice agent_of(const struct wv_capture *capture)
{
	static const struct wv_slice name = WV_LIT_INIT("user-agent:");
	struct wv_cursor c = wv_cursor(capture->request);
	struct wv_slice line;

	while (wv_cursor_line(&c, &line))
		if (wv_slice_starts_nocase(line, name))
			return wv_slice_trim(wv_slice_from(line, name.n));
	return WV_SLICE_NONE;
}

void snapshot_add_collector(struct snapshot *s)
{
	const struct wv_capture *c = &s->capture;
	struct wv_slice agent = agent_of(c);
	char text[WV_TIME_TEXT_MAX];

	wv_html(s->out, "<section class=\"box collector\"><h2>");
	wv_say(s->out, s->visit, WV_PHRASE_COLLECTOR);
	wv_html(s->out, "</h2>\n<dl>\n");
	open_row(s, WV_PHRASE_COLLECTOR_AGENT);
	if (c->flags & WV_CAPTURE_IMPORTED) {
		wv_say(s->out, s->visit, WV_PHRASE_COLLECTOR_IMPORTED);
		wv_buf_add_string(s->out, agent.n ? " \xc2\xb7 " : "");
	}
	if (agent.n)
		wv_html_foreign(s->out, agent, WV_SLICE_NONE);
	else if (!(c->flags & WV_CAPTURE_IMPORTED))
		wv_html(s->out, "wirevault");
	close_row(s);
	if (c->duration_us > 0) {
		open_row(s, WV_PHRASE_COLLECTOR_TOOK);
		wv_html_text(s->out, wv_slice_of(wv_duration_print(c->duration_us, text)));
		close_row(s);
	}
	open_row(s, WV_PHRASE_COLLECTOR_CLOCK);
	wv_say(s->out, s->visit,
	             clock_of(c));
	close_row(s);
	open_row(s, WV_PHRASE_COLLECTOR_RECORDED);
	wv_frame_time(s->out, s->visit, c->recorded);
	close_row(s);
	if (c->basis.n) {
		open_row(s, WV_PHRASE_COLLECTOR_ALLOWED);
		wv_html(s->out, "<small lang=\"en\">");
		wv_html_text(s->out, c->basis);
		wv_html(s->out, "</small>");
		close_row(s);
	}
	if (c->address.n) {
		open_row(s, WV_PHRASE_COLLECTOR_SERVER);
		wv_html_text(s->out, c->address);
		close_row(s);
	}
	if (c->body_bytes) {
		open_row(s, WV_PHRASE_COLLECTOR_SIZE);
		wv_html_text(s->out, wv_slice_of(wv_size_print(c->body_bytes, text)));
		wv_html(s->out, " ");
		wv_html_text(s->out, c->mime);
		close_row(s);
	}
	if (c->extractor) {
		open_row(s, WV_PHRASE_COLLECTOR_READ_BY);
		wv_say_count(s->out, s->visit, WV_PHRASE_EXTRACTOR, c->extractor);
		close_row(s);
	}
	open_row(s, WV_PHRASE_SHOWN_BY);
	wv_html(s->out, "wirevault " WV_VERSION);
	close_row(s);
	wv_html(s->out, "</dl></section>\n");
}
