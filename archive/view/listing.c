#include "archive/view/listing.h"

#include "archive/search/found.h"
#include "archive/search/shown.h"
#include "archive/store/tally.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/label.h"
#include "archive/view/pulse.h"
#include "archive/view/say.h"
#include "config/base/limits.h"

#define BATCH     100u
#define LOOKS_MAX 1500u /* captures that one view looks at; the next goes on behind them */

struct view {
	struct wv_visit *visit;
	const struct wv_view_listing_query *query;
	struct wv_buf *out;
	/* Of the newest captures: */
	uint64_t verdicts[WV_VERDICT_COUNT], looked_at;
	struct wv_time newest;
	/* Where the next view goes on. */
	bool has_more;
	struct wv_time last_captured;
	uint64_t last_id;
	uint64_t pages[WV_VIEW_LISTING_ITEMS]; /* shown */
	size_t shown;
};

static bool is_shown(const struct view *v, uint64_t page)
{
	for (size_t i = 0; i < v->shown; i++)
		if (v->pages[i] == page)
			return true;
	return false;
}

static void add_item(const struct view *v, const struct wv_capture *capture,
                     const struct wv_article *article)
{
	wv_frame_item(v->out, v->visit,
	              &(struct wv_frame_item){.capture = capture,
	                                      .article = article,
	                                      .excerpt = wv_frame_lead(article),
	                                      .no_source = !v->query->is_category,
	                                      .no_category = v->query->is_category});
}

/* An article, if it belongs here and its page does not stand here already. */
static enum wv_status offer(struct view *v, const struct wv_capture *capture, struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st;

	if (capture->verdict != WV_VERDICT_ARTICLE || capture->has_stands_for ||
	    is_shown(v, capture->page))
		return WV_OK;
	st = wv_visit_article(v->visit, capture, &article, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (v->query->is_category && !wv_slice_equals(article.category, v->query->name))
		return WV_OK;
	add_item(v, capture, &article);
	v->pages[v->shown++] = capture->page;
	return WV_OK;
}

/* Walks captures, newest first, until the page is full or enough were looked at. */
static enum wv_status walk(struct view *v, struct wv_err *err)
{
	struct wv_list_query list = {.source = v->query->is_category ? WV_SLICE_NONE
	                                                             : v->query->name,
	                             .from = WV_TIME_NONE,
	                             .to = v->visit->at,
	                             .known_at = v->visit->known_at,
	                             .now = v->visit->now,
	                             .max = BATCH,
	                             .has_after = v->query->has_after,
	                             .after_captured = v->query->after_captured,
	                             .after_id = v->query->after_id};

	for (;;) {
		struct wv_capture *captures;
		size_t count = 0;
		enum wv_status st = wv_store_list(v->visit->txn, v->visit->arena, &list, &captures,
		                                  &count, err);

		for (size_t i = 0; st == WV_OK && i < count; i++) {
			if (v->shown == WV_VIEW_LISTING_ITEMS || v->looked_at == LOOKS_MAX) {
				v->has_more = true;
				return WV_OK;
			}
			if (!v->looked_at++)
				v->newest = captures[i].captured;
			v->verdicts[captures[i].verdict % WV_VERDICT_COUNT]++;
			v->last_captured = captures[i].captured;
			v->last_id = captures[i].id;
			st = offer(v, &captures[i], err);
		}
		if (st != WV_OK || count < BATCH)
			return st;
		list.has_after = true;
		list.after_captured = captures[count - 1].captured;
		list.after_id = captures[count - 1].id;
	}
}

/* The same of a category, by the index. */
static enum wv_status find(struct view *v, struct wv_err *err)
{
	const struct wv_visit *visit = v->visit;
	const struct wv_shown_query show = {
		.at = visit->at, .known_at = visit->known_at, .now = visit->now};
	WV_AUTO(wv_shown_free) struct wv_shown *shown = NULL;
	struct wv_query query;
	struct wv_search_ask ask = {.query = &query,
	                            .at = visit->at,
	                            .known_at = visit->known_at,
	                            .from = WV_TIME_NONE,
	                            .to = WV_TIME_NONE,
	                            .order = WV_ORDER_TIME,
	                            .skip = (v->query->page - 1) * WV_VIEW_LISTING_ITEMS,
	                            .max = WV_VIEW_LISTING_ITEMS,
	                            .may_show = wv_shown_page};
	const struct wv_found_query load = {
		.query = &query, .at = visit->at, .known_at = visit->known_at, .now = visit->now};
	struct wv_search_answer answer = {0};
	enum wv_status st = wv_query_parse(visit->arena, WV_LIT("*"), &query, err);

	if (st == WV_OK)
		st = wv_query_add_field(&query, WV_QUERY_CATEGORY, v->query->name, err);
	if (st == WV_OK)
		st = wv_shown_new(visit->txn, &show, &shown, err);
	ask.show_context = shown;
	if (st == WV_OK)
		st = wv_search_ask(visit->search, &ask, visit->arena, &answer, err);
	for (size_t i = 0; st == WV_OK && i < answer.count; i++) {
		struct wv_found found;

		st = wv_found_load(visit->txn, visit->arena, &load, &answer.hits[i], &found, err);
		if (st == WV_OK)
			add_item(v, &found.capture, &found.article);
		v->shown += st == WV_OK;
		if (st == WV_NO)
			st = WV_OK;
	}
	v->has_more = answer.total > v->query->page * WV_VIEW_LISTING_ITEMS &&
	              v->query->page < WV_VIEW_LISTING_PAGES;
	return st;
}

static bool is_found(const struct view *v)
{
	return v->query->is_category && v->visit->search;
}

/* --- a source's facts --- */

static void add_term(const struct view *v, enum wv_phrase name)
{
	wv_html(v->out, "<dt>");
	wv_say(v->out, v->visit, name);
	wv_html(v->out, "</dt><dd>");
}

static void add_shares(const struct view *v)
{
	const char *comma = "";

	add_term(v, WV_PHRASE_SHARES);
	for (int i = 0; i < (int)WV_VERDICT_COUNT; i++) {
		if (!v->verdicts[i])
			continue;
		wv_buf_add_string(v->out, comma);
		wv_say(v->out, v->visit, wv_label_verdict((enum wv_verdict)i));
		wv_buf_add_format(v->out, " %u\xe2\x80\xaf%%",
		                  (unsigned)((v->verdicts[i] * 100 + v->looked_at / 2) /
		                             v->looked_at));
		comma = " \xc2\xb7 ";
	}
	wv_html(v->out, " <small>\xc2\xb7 ");
	wv_say_count(v->out, v->visit, WV_PHRASE_SHARES_OF, v->looked_at);
	wv_html(v->out, "</small></dd>\n");
}

static void add_totals(const struct view *v, uint32_t source)
{
	const struct wv_visit *visit = v->visit;
	struct wv_tally_query query = {.source = source,
	                               .from_day = INT32_MIN,
	                               .to_day = INT32_MAX,
	                               .at = visit->has_as_of ? visit->at : WV_TIME_NONE,
	                               .known_at = visit->has_known_at ? visit->known_at
	                                                               : WV_TIME_NONE};
	struct wv_tally_source all, month;
	char day[WV_SAY_DAY_MAX];

	if (!visit->tally || !wv_tally_sources(visit->tally, &query, &all, 1))
		return;
	add_term(v, WV_PHRASE_FIRST_SEEN);
	wv_buf_add_format(v->out, "%s UTC</dd>\n",
	                  wv_say_day(wv_tally_day_start(all.first_day), day));
	add_term(v, WV_PHRASE_CAPTURE_COUNT);
	wv_html_u64(v->out, all.sum.captures);
	wv_html(v->out, "</dd>\n");
	query.from_day = all.sum.day - 29 > all.first_day ? all.sum.day - 29 : all.first_day;
	if (!wv_tally_sources(visit->tally, &query, &month, 1))
		return;
	add_term(v, WV_PHRASE_CADENCE);
	wv_say_count(v->out, visit, WV_PHRASE_CADENCE_N,
	             (month.sum.captures + (uint64_t)(all.sum.day - query.from_day)) /
	                     (uint64_t)(all.sum.day - query.from_day + 1));
	wv_html(v->out, "</dd>\n");
}

static enum wv_status source_number(const struct view *v, uint32_t *out, struct wv_err *err)
{
	struct wv_source_totals *names;
	size_t count;
	enum wv_status st = wv_store_sources(v->visit->txn, v->visit->arena, &names, &count, err);

	for (size_t i = 0; st == WV_OK && i < count; i++)
		if (wv_slice_equals(names[i].name, v->query->name)) {
			*out = names[i].number;
			return WV_OK;
		}
	return st == WV_OK ? WV_NO : st;
}

/* WV_NO: no capture of the source may be shown, and so neither its name. */
static enum wv_status has_any(const struct view *v, struct wv_err *err)
{
	const struct wv_list_query query = {.source = v->query->name,
	                                    .from = WV_TIME_NONE,
	                                    .to = v->visit->at,
	                                    .known_at = v->visit->known_at,
	                                    .max = 1,
	                                    .now = v->visit->now};
	struct wv_capture *captures;
	size_t count = 0;
	enum wv_status st =
		wv_store_list(v->visit->txn, v->visit->arena, &query, &captures, &count, err);

	return st == WV_OK && !count ? WV_NO : st;
}

static void add_facts(const struct view *v, uint32_t source)
{
	wv_html(v->out, "<dl class=\"facts\">\n");
	add_totals(v, source);
	add_term(v, WV_PHRASE_LAST_SEEN);
	wv_say_instant(v->out, v->visit, v->newest);
	wv_html(v->out, "</dd>\n");
	add_shares(v);
	wv_html(v->out, "</dl>\n");
}

/* --- the page --- */

static struct wv_address self_of(const struct view *v, bool next)
{
	bool has_after = next || v->query->has_after;
	struct wv_address self = {.place = v->query->is_category ? WV_PLACE_CATEGORY
	                                                         : WV_PLACE_SOURCE,
	                          .text = v->query->name};

	if (is_found(v)) {
		size_t page = v->query->page + next;

		if (page > 1)
			self.more = wv_arena_string(
				v->visit->arena,
				wv_arena_format(v->visit->arena, "&page=%zu", page));
	} else if (has_after) {
		struct wv_time captured = next ? v->last_captured : v->query->after_captured;
		uint64_t id = next ? v->last_id : v->query->after_id;

		self.more = wv_arena_string(
			v->visit->arena,
			wv_arena_format(v->visit->arena, "&after=%lld-%llu", (long long)captured.us,
		                        (unsigned long long)id));
	}
	return self;
}

static void add_pages(const struct view *v)
{
	const struct wv_address next = self_of(v, true);
	struct wv_address newest = self_of(v, false);

	bool is_later = v->query->has_after || v->query->page > 1;

	if (v->visit->form == WV_FORM_STATIC || (!v->has_more && !is_later))
		return;
	newest.more = NULL;
	wv_html(v->out, "<nav class=\"pages\"");
	wv_say_attribute(v->out, v->visit, "aria-label", WV_PHRASE_PAGES);
	wv_html(v->out, ">");
	if (is_later) {
		wv_html(v->out, "<a");
		wv_address_href(v->out, v->visit, &newest);
		wv_html(v->out, ">");
		wv_say(v->out, v->visit, WV_PHRASE_NEWEST);
		wv_html(v->out, "</a>\n");
	}
	if (v->has_more) {
		wv_html(v->out, "<a rel=\"next\"");
		wv_address_href(v->out, v->visit, &next);
		wv_html(v->out, ">");
		wv_say(v->out, v->visit, WV_PHRASE_OLDER);
		wv_html(v->out, "</a>\n");
	}
	wv_html(v->out, "</nav>\n");
}

static void open_page(const struct view *v)
{
	struct wv_address self = self_of(v, false);

	wv_frame_open(v->out, v->visit,
	              &(struct wv_frame){
			      .title = v->query->name, .place = self.place, .self = self});
	wv_html(v->out, "<p class=\"kicker\">");
	wv_say(v->out, v->visit, v->query->is_category ? WV_PHRASE_CATEGORY : WV_PHRASE_SOURCE);
	wv_html(v->out, "</p>\n<h1>");
	wv_say_name(v->out, v->visit, v->query->name, WV_SLICE_NONE);
	wv_html(v->out, "</h1>\n");
}

enum wv_status wv_view_listing(struct wv_visit *visit, const struct wv_view_listing_query *query,
                               struct wv_buf *out, struct wv_err *err)
{
	/* The items first, since what they show is told above them. */
	WV_AUTO(wv_buf_done) struct wv_buf items = {.cap = 4 * WV_MIB};
	struct view v = {.visit = visit, .query = query, .out = &items, .newest = WV_TIME_NONE};
	uint32_t source = 0;
	enum wv_status st = query->is_category ? WV_OK : source_number(&v, &source, err);

	if (st == WV_OK)
		st = is_found(&v) ? find(&v, err) : walk(&v, err);
	if (st == WV_OK && !v.shown && !v.has_more && !v.looked_at)
		st = query->is_category ? query->has_after || query->page > 1 ? WV_OK : WV_NO
		                        : has_any(&v, err);
	if (st != WV_OK)
		return st;
	v.out = out;
	open_page(&v);
	if (!query->is_category && !query->has_after) {
		add_facts(&v, source);
		wv_pulse_source(out, visit, source, query->name);
	}
	wv_say_in(out, visit, "h2", WV_PHRASE_LISTED_ARTICLES);
	wv_html(out, "<p class=\"meta\">");
	wv_say(out, visit, is_found(&v) ? WV_PHRASE_LIST_BY_PUBLISHED : WV_PHRASE_LIST_BY_CAPTURED);
	wv_html(out, "</p>\n");
	if (!v.shown)
		wv_say_in(out, visit, "p", WV_PHRASE_NOTHING);
	wv_html(out, "<ul class=\"items\">\n");
	wv_buf_add(out, wv_buf_slice(&items));
	wv_html(out, "</ul>\n");
	add_pages(&v);
	wv_frame_close(out, visit);
	return wv_buf_finish(&items, "a list", err);
}
