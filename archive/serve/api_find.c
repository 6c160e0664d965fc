/* The JSON API: what there is, by words and by time. */
#include "archive/exchange/jsonl.h"
#include "archive/search/index.h"
#include "archive/search/rank.h"
#include "archive/search/shown.h"
#include "archive/serve/api_parts.h"

#define LIMIT_USUAL 50u
#define LIMIT_MOST  500u

static const char *const query_fields[WV_QUERY_FIELDS] = {"source", "category", "lang", "topic",
                                                          "verdict"};

static enum wv_status read_query(struct wv_api *api, struct wv_query *query, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st;

	if (!wv_http_parameter(api->call->request, "q", &text) || !wv_slice_trim(text).n)
		text = WV_LIT("*");
	st = wv_query_parse(api->call->request->arena, text, query, err);
	for (int f = 0; f < (int)WV_QUERY_FIELDS && st == WV_OK; f++)
		for (size_t n = 0; st == WV_OK && wv_http_parameter_at(api->call->request, query_fields[f],
		                                                       n, &text);
		     n++)
			st = wv_query_add_field(query, (enum wv_query_field)f, text, err);
	return st;
}

static void add_facets(struct wv_api *api, const struct wv_facets *facets)
{
	wv_json_open_object(api->w, "facets");
	for (int f = 0; f < (int)WV_QUERY_FIELDS; f++) {
		wv_json_open_array(api->w, query_fields[f]);
		for (size_t i = 0; i < facets->counts[f] && i < LIMIT_USUAL; i++) {
			wv_json_open_object(api->w, NULL);
			wv_json_string_or_null(api->w, "value", facets->values[f][i].value);
			wv_json_u64(api->w, "hits", facets->values[f][i].hits);
			wv_json_close(api->w);
		}
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

/* The capture whose text was found: it stands at T. */
static enum wv_status add_hit(struct wv_api *api, const struct wv_search_hit *hit, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	const struct wv_standing_query query = {.page = hit->page,
	                                        .at = visit->at,
	                                        .known_at = visit->known_at,
	                                        .now = visit->now};
	struct wv_standing standing;
	enum wv_status st = wv_store_standing(visit->txn, api->call->request->arena, &query, &standing, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_json_open_object(api->w, NULL);
	wv_json_string(api->w, "found_in", wv_slice_of(wv_search_place_name(hit->place)));
	wv_json_time(api->w, "when", hit->when);
	st = wv_api_add_item(api, "capture", &standing.capture, err);
	wv_json_close(api->w);
	return st;
}

enum wv_status wv_api_search(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	WV_AUTO(wv_shown_free) struct wv_shown *shown = NULL;
	struct wv_search *search;
	struct wv_query query;
	const struct wv_shown_query shown_query = {.at = visit->at,
	                                            .known_at = visit->known_at,
	                                            .now = visit->now,
	                                            .query = &query};
	struct wv_facets facets;
	struct wv_search_answer answer;
	struct wv_search_ask ask = {.query = &query,
	                            .at = visit->at,
	                            .known_at = visit->known_at,
	                            .facets = &facets,
	                            .may_show = wv_shown_page};
	struct wv_slice order;
	uint64_t behind, skip, max;
	enum wv_status st = read_query(api, &query, err);

	if (st == WV_OK)
		st = wv_api_number(api, "skip", 0, 100000, &skip, err);
	if (st == WV_OK)
		st = wv_api_number(api, "limit", LIMIT_USUAL, LIMIT_MOST, &max, err);
	if (st == WV_OK)
		st = wv_api_instant(api, "from", false, &ask.from, err);
	if (st == WV_OK)
		st = wv_api_instant(api, "to", true, &ask.to, err);
	if (st == WV_OK)
		st = wv_api_find_index(api, &search, &behind, err);
	if (st == WV_OK)
		st = wv_shown_new(visit->txn, &shown_query, &shown, err);
	if (st != WV_OK)
		return st;
	ask.skip = skip;
	ask.max = max;
	ask.show_context = shown;
	if (wv_http_parameter(api->call->request, "sort", &order) &&
	    wv_slice_equals(order, WV_LIT("time")))
		ask.order = WV_ORDER_TIME;
	st = wv_search_ask(search, &ask, api->call->request->arena, &answer, err);
	if (st != WV_OK)
		return st;
	wv_json_u64(api->w, "hits", answer.total);
	wv_json_u64(api->w, "behind", behind);
	add_facets(api, &facets);
	wv_json_open_array(api->w, "results");
	for (size_t i = 0; i < answer.count && st == WV_OK; i++)
		st = add_hit(api, &answer.hits[i], err);
	wv_json_close(api->w);
	return st;
}

enum wv_status wv_api_latest(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_list_query query = {.known_at = visit->known_at, .now = visit->now};
	struct wv_capture *captures;
	uint64_t max, after;
	size_t count;
	struct wv_slice text;
	enum wv_status st = wv_api_number(api, "limit", LIMIT_USUAL, LIMIT_MOST, &max, err);

	if (st == WV_OK)
		st = wv_api_instant(api, "from", false, &query.from, err);
	if (st == WV_OK)
		st = wv_api_instant(api, "to", true, &query.to, err);
	if (st == WV_OK)
		st = wv_api_number(api, "after", UINT64_MAX, UINT64_MAX, &after, err);
	if (st == WV_OK && after != UINT64_MAX) {
		struct wv_capture last;

		st = wv_store_capture(visit->txn, api->call->request->arena, after, visit->known_at, &last, err);
		query.has_after = true;
		query.after_captured = st == WV_OK ? last.captured : WV_TIME_NONE;
		query.after_id = after;
	}
	if (st != WV_OK)
		return st;
	if (wv_http_parameter(api->call->request, "source", &text))
		query.source = text;
	if (wv_http_parameter(api->call->request, "category", &text))
		query.category = text;
	if (!wv_time_is_none(visit->at) && (wv_time_is_none(query.to) || query.to.us > visit->at.us))
		query.to = visit->at;
	query.max = max;
	st = wv_store_list(visit->txn, api->call->request->arena, &query, &captures, &count, err);
	if (st != WV_OK)
		return st;
	wv_json_open_array(api->w, "captures");
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = wv_api_add_item(api, NULL, &captures[i], err);
	wv_json_close(api->w);
	if (st == WV_OK && count && count == max)
		wv_json_u64(api->w, "after", captures[count - 1].id);
	return st;
}

enum wv_status wv_api_categories(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	WV_AUTO(wv_shown_free) struct wv_shown *shown = NULL;
	const struct wv_shown_query shown_query = {
		.at = visit->at, .known_at = visit->known_at, .now = visit->now};
	struct wv_search *search;
	struct wv_query query;
	struct wv_facets facets;
	struct wv_search_answer answer;
	struct wv_search_ask ask = {.query = &query,
	                            .at = visit->at,
	                            .known_at = visit->known_at,
	                            .from = WV_TIME_NONE,
	                            .to = WV_TIME_NONE,
	                            .facets = &facets,
	                            .may_show = wv_shown_page};
	uint64_t behind;
	enum wv_status st = wv_query_parse(api->call->request->arena, WV_LIT("*"), &query, err);

	if (st == WV_OK)
		st = wv_api_find_index(api, &search, &behind, err);
	if (st == WV_OK)
		st = wv_shown_new(visit->txn, &shown_query, &shown, err);
	ask.show_context = shown;
	if (st == WV_OK)
		st = wv_search_ask(search, &ask, api->call->request->arena, &answer, err);
	if (st != WV_OK)
		return st;
	wv_json_u64(api->w, "pages", answer.total);
	wv_json_u64(api->w, "behind", behind);
	add_facets(api, &facets);
	return WV_OK;
}
