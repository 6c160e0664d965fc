#include "archive/view/history.h"

#include "archive/view/frame.h"
#include "archive/view/history_parts.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/say.h"
#include "archive/view/timeline.h"

static void add_link(const struct history_view *v, const struct wv_address *address,
                     enum wv_phrase words)
{
	if (!wv_address_exists(v->visit, address->place))
		return;
	wv_html(v->out, "<a");
	wv_address_href(v->out, v->visit, address);
	wv_html(v->out, ">");
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</a> ");
}

/* --- every capture --- */

static void add_capture(const struct history_view *v, const struct wv_past_capture *c)
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
	history_add_link_at(v, &replay, WV_PHRASE_SNAP_AS_IT_WAS, c->captured);
	wv_html(out, "</td></tr>\n");
}

static void add_captures(const struct history_view *v)
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

static void add_term(const struct history_view *v, enum wv_phrase name)
{
	wv_html(v->out, "<dt>");
	wv_say(v->out, v->visit, name);
	wv_html(v->out, "</dt><dd>");
}

static void add_number(const struct history_view *v, enum wv_phrase name, uint64_t value)
{
	if (!value)
		return;
	add_term(v, name);
	wv_html_u64(v->out, value);
	wv_html(v->out, "</dd>\n");
}

/* Of the stretch shown. */
static void add_counts(const struct history_view *v)
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

static void add_facts(const struct history_view *v)
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
	wv_say_instant(out, v->visit, v->past.first);
	wv_html(out, "</dd>\n");
	add_term(v, WV_PHRASE_LAST_SEEN);
	wv_say_instant(out, v->visit, v->past.last);
	wv_html(out, "</dd>\n");
	if (v->past.count)
		add_counts(v);
	wv_html(out, "</dl>\n");
}

/* Where the stretch shown is not all: which it is, and the way to the others. */
static void add_stretch(const struct history_view *v)
{
	const struct wv_past *past = &v->past;
	const struct wv_time before = {past->captures[0].captured.us - 1};
	struct wv_address older = history_self(v, before);
	struct wv_address newest = history_self(v, WV_TIME_NONE);
	struct wv_buf *out = v->out;

	if (!past->has_older && !past->has_newer)
		return;
	wv_html(out, "<nav class=\"pages\"");
	wv_say_attribute(out, v->visit, "aria-label", WV_PHRASE_PAGES);
	wv_html(out, "><p>");
	wv_say_instant(out, v->visit, past->captures[0].captured);
	wv_html(out, " \xe2\x80\x93 ");
	wv_say_instant(out, v->visit, past->captures[past->count - 1].captured);
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

static enum wv_status add_tombstones(const struct history_view *v, struct wv_err *err)
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
static enum wv_status pick_title(struct history_view *v, struct wv_err *err)
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

static void open_page(const struct history_view *v)
{
	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){.title = v->title,
	                                 .place = WV_PLACE_HISTORY,
	                                 .self = history_self(v, v->query->until),
	                                 .wide = "wide"});
	wv_html(v->out, "<p class=\"kicker\">");
	wv_say(v->out, v->visit, WV_PHRASE_HISTORY_OF);
	wv_html(v->out, "</p>\n<h1>");
	wv_html_foreign(v->out, v->title, v->language);
	wv_html(v->out, "</h1>\n");
}

static void add_section(const struct history_view *v, const char *id, enum wv_phrase words)
{
	wv_buf_add_format(v->out, "<h2 id=\"%s\">", id);
	wv_say(v->out, v->visit, words);
	wv_html(v->out, "</h2>\n");
}

static enum wv_status find_page(struct history_view *v, struct wv_fact *refusal, struct wv_err *err)
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
static struct wv_slice asked(const struct history_view *v)
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
	struct history_view v = {.visit = visit, .query = query, .out = out};
	enum wv_status st = find_page(&v, refusal, err);

	*is_found = false;
	if (st == WV_NO && (refusal->act || !query->url.n))
		return st;
	if (st == WV_NO)
		v.past.page.url = asked(&v);
	else if (st == WV_OK)
		st = wv_past_of(visit, query->until, WV_VIEW_HISTORY_MAX, &v.past, err);
	if (st == WV_NO || (st == WV_OK && wv_time_is_none(v.past.first)))
		return history_say_nothing(&v, err);
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
		history_add_events(&v);
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
