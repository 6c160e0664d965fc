#include "archive/view/history.h"

#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/past.h"
#include "archive/view/say.h"
#include "archive/view/timeline.h"
#include "config/base/limits.h"
#include "config/url.h"

#define SAME_SITE_MAX 20u

struct view {
	const struct wv_visit *visit;
	const struct wv_view_history_query *query;
	struct wv_past past;
	struct wv_slice title, language; /* of the newest version that has one */
	struct wv_buf *out;
};

static struct wv_address self_of(const struct view *v, struct wv_time until)
{
	struct wv_address self = {.place = WV_PLACE_HISTORY,
	                          .text = v->past.page.url,
	                          .id = v->past.page.number};
	char text[WV_TIME_TEXT_MAX];

	if (!wv_time_is_none(until))
		self.more = wv_arena_string(
			v->visit->arena,
			wv_arena_format(v->visit->arena, "&until=%s", wv_time_print(until, text)));
	return self;
}

static const struct wv_past_capture *capture_of(const struct view *v, uint64_t id)
{
	for (size_t i = 0; i < v->past.count; i++)
		if (v->past.captures[i].id == id)
			return &v->past.captures[i];
	return NULL;
}

static void add_link(const struct view *v, const struct wv_address *address, enum wv_phrase words)
{
	if (!wv_address_exists(v->visit, address->place))
		return;
	wv_html(v->out, "<a");
	wv_address_href(v->out, v->visit, address);
	wv_html(v->out, ">");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</a> ");
}

/* Which of many links of this name, for those who hear them one after the other. */
static void add_link_at(const struct view *v, const struct wv_address *address,
                        enum wv_phrase words, struct wv_time when)
{
	char text[WV_TIME_TEXT_MAX];

	wv_frame_link_of(v->out, v->visit, address, words, wv_slice_of(wv_time_print(when, text)),
	                 WV_SLICE_NONE);
}

/* The ways on from one capture: as it was read, as it was sent. */
static void add_links(const struct view *v, uint64_t id, uint64_t before, struct wv_time when)
{
	const struct wv_past_capture *c = capture_of(v, id);
	const struct wv_address snapshot = {.place = WV_PLACE_SNAPSHOT, .id = id};
	const struct wv_address compare = {.place = WV_PLACE_COMPARE, .id = before, .other = id};

	wv_html(v->out, "<p class=\"ways\">");
	add_link_at(v, &snapshot, WV_PHRASE_SNAPSHOT, when);
	if (c) {
		const struct wv_address replay = {
			.place = WV_PLACE_REPLAY, .text = c->url, .when = c->captured};

		add_link_at(v, &replay, WV_PHRASE_SNAP_AS_IT_WAS, when);
	}
	if (before != UINT64_MAX)
		add_link_at(v, &compare, WV_PHRASE_COMPARE_BEFORE, when);
	wv_html(v->out, "</p>\n");
}

/* --- what happened, newest first --- */

static void add_badges(const struct view *v, uint32_t changes)
{
	static const struct {
		enum wv_change change;
		enum wv_phrase words;
		const char *class;
	} badges[] = {
		{WV_CHANGE_SILENT, WV_PHRASE_SILENT, "silent"},
		{WV_CHANGE_TITLE, WV_PHRASE_CHANGED_TITLE, "plain"},
		{WV_CHANGE_TEXT, WV_PHRASE_CHANGED_TEXT, "plain"},
		{WV_CHANGE_BODY, WV_PHRASE_CHANGED_BODY, "plain"},
		{WV_CHANGE_VERDICT, WV_PHRASE_CHANGED_VERDICT, "plain"},
		{WV_CHANGE_UNCERTAIN, WV_PHRASE_UNCERTAIN, "doubt"},
		{WV_CHANGE_REVERT, WV_PHRASE_REVERT, "plain"},
	};

	for (size_t i = 0; i < WV_COUNT(badges); i++)
		if (changes & badges[i].change) {
			wv_buf_add_format(v->out, " <span class=\"badge %s\">", badges[i].class);
			wv_say(v->out, v->visit, badges[i].words);
			wv_html(v->out, "</span>");
		}
}

static void add_version(const struct view *v, size_t i)
{
	const struct wv_version *version = &v->past.history.versions[i];
	struct wv_buf *out = v->out;
	bool is_begun = i == 0 && v->past.has_older;

	wv_buf_add_format(out, "<li class=\"version%s\"><h3>",
	                  version->changes & WV_CHANGE_SILENT ? " silent" : "");
	wv_frame_time(out, v->visit, version->first_seen);
	if (i == 0 && !is_begun) {
		wv_html(out, " <span class=\"badge plain\">");
		wv_say(out, v->visit, WV_PHRASE_FIRST_VERSION);
		wv_html(out, "</span>");
	}
	if (i > 0)
		add_badges(v, version->changes);
	wv_html(out, "</h3>\n");
	if (version->title.n) {
		wv_html(out, "<p class=\"headline\">");
		wv_html_foreign(out, version->title, v->language);
		wv_html(out, "</p>\n");
	}
	wv_html(out, "<p class=\"meta\">");
	wv_say(out, v->visit, wv_label_verdict(version->verdict));
	if (version->captures > 1) {
		wv_html(out, " \xc2\xb7 ");
		wv_say_count(out, v->visit, WV_PHRASE_SEEN_N, version->captures);
		wv_html(out, " \xc2\xb7 ");
		wv_say_time(out, v->visit, WV_PHRASE_UNTIL, version->last_seen);
	}
	if (version->modified.is_set) {
		wv_html(out, " \xc2\xb7 ");
		wv_say(out, v->visit, WV_PHRASE_MODIFIED);
		wv_html(out, " ");
		wv_frame_stated_short(out, v->visit, &version->modified);
	}
	wv_html(out, "</p>\n");
	add_links(v, version->first_id, i ? version[-1].last_id : UINT64_MAX,
	          version->first_seen);
	wv_html(out, "</li>\n");
}

static void add_headline(const struct view *v, const struct wv_headline *h)
{
	const struct wv_history *all = &v->past.history;
	/* Inside a version: against how that began. */
	uint64_t before = h->version && h->version <= all->version_count
	                          ? all->versions[h->version - 1].first_id
	                          : UINT64_MAX;
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"headline\"><h3>");
	wv_frame_time(out, v->visit, h->seen);
	wv_html(out, " <span class=\"badge plain\">");
	wv_say(out, v->visit, WV_PHRASE_HEADLINE_ALONE);
	wv_html(out, "</span></h3>\n<p><del>");
	wv_html_foreign(out, h->before, v->language);
	wv_html(out, "</del><br><ins>");
	wv_html_foreign(out, h->after, v->language);
	wv_html(out, "</ins></p>\n");
	add_links(v, h->id, before, h->seen);
	wv_html(out, "</li>\n");
}

static void add_absence(const struct view *v, const struct wv_absence *a)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<li class=\"gone\"><h3>");
	wv_frame_time(out, v->visit, a->first_seen);
	wv_html(out, " <span class=\"badge gone\">");
	wv_say(out, v->visit, WV_PHRASE_GONE);
	wv_buf_add_format(out, " (%d)</span></h3>\n<p class=\"meta\">", (int)a->status);
	if (a->captures > 1) {
		wv_say_count(out, v->visit, WV_PHRASE_SEEN_N, a->captures);
		wv_html(out, " \xc2\xb7 ");
	}
	if (a->has_returned)
		wv_say_time(out, v->visit, WV_PHRASE_RETURNED, a->returned);
	else
		wv_say(out, v->visit, WV_PHRASE_NOT_RETURNED);
	wv_html(out, "</p>\n");
	add_links(v, a->first_id, UINT64_MAX, a->first_seen);
	wv_html(out, "</li>\n");
}

/* The headline changed while the text did not; where both did, the version says so. */
static bool is_alone(const struct wv_history *h, const struct wv_headline *headline)
{
	return headline->version == 0 || headline->version > h->version_count ||
	       h->versions[headline->version - 1].first_id != headline->id;
}

static void add_events(const struct view *v)
{
	const struct wv_history *h = &v->past.history;
	size_t i = h->version_count, k = h->absence_count, n = h->headline_count;

	wv_html(v->out, "<ol class=\"events\">\n");
	while (i || k || n) {
		int64_t version = i ? h->versions[i - 1].first_seen.us : INT64_MIN;
		int64_t absence = k ? h->absences[k - 1].first_seen.us : INT64_MIN;
		int64_t headline = n ? h->headlines[n - 1].seen.us : INT64_MIN;

		if (n && headline >= version && headline >= absence) {
			if (is_alone(h, &h->headlines[--n]))
				add_headline(v, &h->headlines[n]);
		} else if (i && version >= absence) {
			add_version(v, --i);
		} else {
			add_absence(v, &h->absences[--k]);
		}
	}
	wv_html(v->out, "</ol>\n");
}

/* --- every capture --- */

static void add_capture(const struct view *v, const struct wv_past_capture *c)
{
	const struct wv_address snapshot = {.place = WV_PLACE_SNAPSHOT, .id = c->id};
	const struct wv_address replay = {
		.place = WV_PLACE_REPLAY, .text = c->url, .when = c->captured};
	const struct wv_civil t = wv_civil_of_time(c->captured);
	struct wv_buf *out = v->out;

	wv_html(out, "<tr><td><a");
	wv_address_href(out, v->visit, &snapshot);
	wv_buf_add_format(out, " class=\"clock\"><span class=\"unseen\">%04d-%02u-%02u </span>"
	                  "%02u:%02u:%02u UTC</a></td><td>", t.year, t.month, t.day, t.hour,
	                  t.minute, t.second);
	if (c->status)
		wv_buf_add_format(out, "%d", (int)c->status);
	else
		wv_html(out, "\xe2\x80\x94");
	wv_html(out, "</td><td>");
	if (c->flags & WV_CAPTURE_REDIRECT) {
		wv_say(out, v->visit, WV_PHRASE_REDIRECT);
		wv_html(out, " ");
		wv_html_foreign(out, wv_html_cut(c->location, 80, v->visit->arena), WV_SLICE_NONE);
	} else if (c->flags & (WV_CAPTURE_NOT_MODIFIED | WV_CAPTURE_SAME_BODY)) {
		wv_say(out, v->visit, WV_PHRASE_UNCHANGED);
	} else {
		wv_say(out, v->visit, wv_label_verdict(c->verdict));
	}
	/* The same page by another spelling of its address. */
	if (!wv_slice_equals(c->url, v->past.page.url)) {
		wv_html(out, "<br><small>");
		wv_html_text(out, wv_html_cut(c->url, 120, v->visit->arena));
		wv_html(out, "</small>");
	}
	wv_html(out, "</td><td>");
	add_link_at(v, &replay, WV_PHRASE_SNAP_AS_IT_WAS, c->captured);
	wv_html(out, "</td></tr>\n");
}

static void add_captures(const struct view *v)
{
	struct wv_buf *out = v->out;
	char day[WV_SAY_DAY_MAX], last[WV_SAY_DAY_MAX] = "";

	wv_html(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"each\">"
	             "<table class=\"captures\"><thead><tr>");
	for (int i = 0; i < 4; i++) {
		static const enum wv_phrase heads[] = {WV_PHRASE_CAPTURED, WV_PHRASE_STATUS,
		                                       WV_PHRASE_VERDICT, WV_PHRASE_REPLAY};

		wv_html(out, "<th scope=\"col\">");
		wv_say(out, v->visit, heads[i]);
		wv_html(out, "</th>");
	}
	wv_html(out, "</tr></thead>\n");
	for (size_t i = v->past.count; i-- > 0;) {
		const struct wv_past_capture *c = &v->past.captures[i];

		if (!wv_slice_equals(wv_slice_of(wv_say_day(c->captured, day)), wv_slice_of(last))) {
			wv_buf_add_format(out,
			                  "%s<tbody><tr id=\"d%s\"><th scope=\"rowgroup\" "
			                  "colspan=\"4\">%s</th></tr>\n",
			                  last[0] ? "</tbody>" : "", day, day);
			memcpy(last, day, sizeof last);
		}
		add_capture(v, c);
	}
	wv_html(out, "</tbody></table></div>\n");
}

/* --- the page --- */

static void add_term(const struct view *v, enum wv_phrase name)
{
	wv_html(v->out, "<dt>");
	wv_say(v->out, v->visit, name);
	wv_html(v->out, "</dt><dd>");
}

static void add_number(const struct view *v, enum wv_phrase name, uint64_t value)
{
	if (!value)
		return;
	add_term(v, name);
	wv_html_u64(v->out, value);
	wv_html(v->out, "</dd>\n");
}

/* Of the stretch shown. */
static void add_counts(const struct view *v)
{
	const struct wv_history *h = &v->past.history;
	uint64_t silent = 0;

	for (size_t i = 1; i < h->version_count; i++)
		silent += (h->versions[i].changes & WV_CHANGE_SILENT) != 0;
	add_number(v, WV_PHRASE_CAPTURE_COUNT, h->captures);
	add_number(v, WV_PHRASE_VERSION_COUNT, h->version_count);
	add_number(v, WV_PHRASE_SILENT_EDITS, silent);
	add_number(v, WV_PHRASE_REDIRECTS, h->redirects);
	add_number(v, WV_PHRASE_FAILURES, h->failures);
	add_number(v, WV_PHRASE_UNREAD, h->unread);
}

static void add_facts(const struct view *v)
{
	struct wv_buf *out = v->out;

	wv_html(out, "<dl class=\"facts\">\n");
	add_term(v, WV_PHRASE_ORIGINAL);
	wv_html(out, "<a rel=\"noreferrer external\"");
	wv_html_href(out, v->past.page.url);
	wv_html(out, ">");
	wv_html_text(out, v->past.page.url);
	wv_html(out, "</a></dd>\n");
	add_term(v, WV_PHRASE_FIRST_SEEN);
	wv_frame_time(out, v->visit, v->past.first);
	wv_html(out, "</dd>\n");
	add_term(v, WV_PHRASE_LAST_SEEN);
	wv_frame_time(out, v->visit, v->past.last);
	wv_html(out, "</dd>\n");
	if (v->past.count)
		add_counts(v);
	wv_html(out, "</dl>\n");
}

/* Where the stretch shown is not all: which it is, and the way to the others. */
static void add_stretch(const struct view *v)
{
	const struct wv_past *past = &v->past;
	struct wv_address older = self_of(v, (struct wv_time){past->captures[0].captured.us - 1});
	struct wv_address newest = self_of(v, WV_TIME_NONE);
	struct wv_buf *out = v->out;

	if (!past->has_older && !past->has_newer)
		return;
	wv_html(out, "<nav class=\"pages\"");
	wv_say_attribute(out, v->visit, "aria-label", WV_PHRASE_PAGES);
	wv_html(out, "><p>");
	wv_frame_time(out, v->visit, past->captures[0].captured);
	wv_html(out, " \xe2\x80\x93 ");
	wv_frame_time(out, v->visit, past->captures[past->count - 1].captured);
	wv_html(out, ". ");
	wv_say(out, v->visit, WV_PHRASE_STRETCH);
	wv_html(out, "</p>");
	if (v->visit->form == WV_FORM_SERVED) {
		if (past->has_older)
			add_link(v, &older, WV_PHRASE_OLDER);
		if (past->has_newer)
			add_link(v, &newest, WV_PHRASE_NEWEST);
		wv_html(out, "<form action=\"/history\" method=\"get\">"
		             "<input type=\"hidden\" name=\"url\"");
		wv_html_attribute(out, "value", past->page.url);
		wv_html(out, ">");
		wv_address_keep(out, v->visit);
		wv_html(out, "<label for=\"until\">");
		wv_say(out, v->visit, WV_PHRASE_UP_TO);
		wv_html(out, "</label><input id=\"until\" name=\"until\" class=\"when\" "
		             "placeholder=\"2024-06-05\"><button>");
		wv_say(out, v->visit, WV_PHRASE_GO);
		wv_html(out, "</button></form>");
	}
	wv_html(out, "</nav>\n");
}

static enum wv_status add_tombstones(const struct view *v, struct wv_err *err)
{
	struct wv_register_page facts;
	size_t count = 0;
	enum wv_status st = wv_register_of_page(v->visit->txn, v->visit->arena, v->past.page.key,
	                                        &facts, err);

	for (size_t i = 0; st == WV_OK && i < facts.count; i++)
		count += facts.facts[i].is_of_capture && facts.facts[i].act <= WV_ACT_ERASE &&
		         !wv_fact_is_over(&facts.facts[i], v->visit->now);
	if (count) {
		wv_html(v->out, "<p class=\"withheld\">");
		wv_say_count(v->out, v->visit, WV_PHRASE_WITHHELD_N, count);
		wv_html(v->out, "</p>\n");
	}
	return st;
}

/* The newest headline, in its language. */
static enum wv_status pick_title(struct view *v, struct wv_err *err)
{
	const struct wv_history *h = &v->past.history;
	const struct wv_visit *visit = v->visit;
	struct wv_capture capture;
	struct wv_reading reading;
	size_t i = h->version_count;
	enum wv_status st;

	while (i > 0 && !h->versions[i - 1].title.n)
		i--;
	v->title = i ? h->versions[i - 1].title : v->past.page.url;
	if (!i)
		return WV_OK;
	st = wv_store_capture(visit->txn, visit->arena, h->versions[i - 1].first_id,
	                      visit->known_at, &capture, err);
	if (st == WV_OK)
		st = wv_store_reading(visit->txn, visit->arena, &capture, visit->known_at, &reading,
		                      err);
	if (st == WV_OK)
		v->language = reading.language;
	return st == WV_NO ? WV_OK : st;
}

static void open_page(const struct view *v)
{
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){.title = v->title,
	                                 .place = WV_PLACE_HISTORY,
	                                 .self = self_of(v, v->query->until),
	                                 .wide = "wide"});
	wv_html(v->out, "<p class=\"kicker\">");
	wv_say(v->out, v->visit, WV_PHRASE_HISTORY_OF);
	wv_html(v->out, "</p>\n<h1>");
	wv_html_foreign(v->out, v->title, v->language);
	wv_html(v->out, "</h1>\n");
}

static void add_section(const struct view *v, const char *id, enum wv_phrase words)
{
	wv_buf_add_format(v->out, "<h2 id=\"%s\">", id);
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</h2>\n");
}

/* --- nothing of it --- */

struct neighbours {
	const struct wv_visit *visit;
	struct wv_buf *out;
	size_t left;
};

static enum wv_status add_neighbour(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct neighbours *list = context;
	struct wv_captures_query query = {.page = page->number,
	                                  .from = WV_TIME_NONE,
	                                  .to = list->visit->at,
	                                  .known_at = list->visit->known_at,
	                                  .now = list->visit->now};
	const struct wv_address address = {
		.place = WV_PLACE_HISTORY, .text = page->url, .id = page->number};
	WV_AUTO(wv_captures_end) struct wv_captures *walk = NULL;
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(list->visit->txn, &query, &walk, err);

	if (st == WV_OK)
		st = wv_captures_next(walk, list->visit->arena, &capture, err);
	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	wv_html(list->out, "<li><a");
	wv_address_href(list->out, list->visit, &address);
	wv_html(list->out, ">");
	wv_html_text(list->out, page->url);
	wv_html(list->out, "</a></li>\n");
	return --list->left ? WV_OK : WV_NO;
}

/* Pages of the same site, if there are any. */
static enum wv_status add_same_site(const struct view *v, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf rows = {.cap = 4 * WV_MIB};
	struct neighbours list = {v->visit, &rows, SAME_SITE_MAX};
	struct wv_url url;
	struct wv_slice key, text = v->past.page.url;
	size_t end;
	enum wv_status st = wv_url_parse(v->visit->arena, text, NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(v->visit->arena, &url, &key, err);
	if (st != WV_OK)
		return st;
	end = wv_slice_find_byte(key, ')', 0);
	if (end == SIZE_MAX)
		return WV_OK;
	st = wv_store_each_page(v->visit->txn, wv_slice_part(key, 0, end + 1), WV_SLICE_NONE,
	                        add_neighbour, &list, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	if (list.left == SAME_SITE_MAX) {
		wv_say_in(v->out, v->visit, "p", WV_PHRASE_NOT_FOUND_HINT);
		return WV_OK;
	}
	wv_html(v->out, "<h2>");
	wv_say(v->out, v->visit, WV_PHRASE_SAME_SITE);
	wv_html(v->out, "</h2>\n<ul class=\"bare\">\n");
	wv_buf_add(v->out, wv_buf_slice(&rows));
	wv_html(v->out, "</ul>\n");
	return wv_buf_finish(&rows, "pages of a site", err);
}

static enum wv_status say_nothing(struct view *v, struct wv_err *err)
{
	enum wv_status st;

	v->title = wv_slice_of(wv_phrase(v->visit->tongue, WV_PHRASE_NOT_FOUND));
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){.title = v->title,
	                                 .place = WV_PLACE_HISTORY,
	                                 .query = v->query->url,
	                                 .self = self_of(v, WV_TIME_NONE)});
	wv_say_in(v->out, v->visit, "h1", WV_PHRASE_NOT_FOUND);
	wv_html(v->out, "<p class=\"address\">");
	wv_html_text(v->out, v->past.page.url);
	wv_html(v->out, "</p>\n");
	wv_say_in(v->out, v->visit, "p",
	          v->visit->has_as_of ? WV_PHRASE_NEVER_BY_THEN : WV_PHRASE_NEVER_CAPTURED);
	st = add_same_site(v, err);
	wv_frame_close(v->out, v->visit);
	return st;
}

static enum wv_status find_page(struct view *v, struct wv_fact *refusal, struct wv_err *err)
{
	const struct wv_visit *visit = v->visit;
	struct wv_slice url = wv_slice_trim(v->query->url);

	if (!url.n) {
		enum wv_status st = wv_store_page(visit->txn, visit->arena, v->query->page,
		                                  &v->past.page, err);

		if (st != WV_OK)
			return st;
		url = v->past.page.url;
	}
	return wv_past_page(visit, url, &v->past.page, refusal, err);
}

/* The address as it is asked for, where there is no page to have one. */
static struct wv_slice asked(const struct view *v)
{
	struct wv_slice url = wv_slice_trim(v->query->url);

	return wv_slice_starts_nocase(url, WV_LIT("http")) ||
	                       wv_slice_find(url, WV_LIT("://"), 0) != SIZE_MAX
	               ? url
	               : wv_arena_format(v->visit->arena, "https://%.*s", WV_FMT(url));
}

enum wv_status wv_view_history(struct wv_visit *visit, const struct wv_view_history_query *query,
                               bool *is_found, struct wv_fact *refusal, struct wv_buf *out,
                               struct wv_err *err)
{
	struct view v = {.visit = visit, .query = query, .out = out};
	enum wv_status st = find_page(&v, refusal, err);

	*is_found = false;
	if (st == WV_NO && (refusal->act || !query->url.n))
		return st;
	if (st == WV_NO)
		v.past.page.url = asked(&v);
	else if (st == WV_OK)
		st = wv_past_of(visit, query->until, WV_VIEW_HISTORY_MAX, &v.past, err);
	if (st == WV_NO || (st == WV_OK && wv_time_is_none(v.past.first)))
		return say_nothing(&v, err);
	if (st != WV_OK)
		return st;
	st = pick_title(&v, err);
	if (st != WV_OK)
		return st;
	*is_found = true;
	open_page(&v);
	add_facts(&v);
	st = add_tombstones(&v, err);
	if (v.past.count) {
		add_stretch(&v);
		wv_timeline_add(out, visit, &v.past);
		add_section(&v, "versions", WV_PHRASE_VERSIONS);
		add_events(&v);
		add_section(&v, "calendar", WV_PHRASE_CALENDAR);
		wv_timeline_calendar(out, visit, &v.past);
		add_section(&v, "each", WV_PHRASE_ALL_CAPTURES);
		add_captures(&v);
	} else {
		wv_say_in(out, visit, "p", WV_PHRASE_NOTHING);
	}
	wv_frame_close(out, visit);
	return st;
}
