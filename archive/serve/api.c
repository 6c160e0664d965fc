#include "archive/serve/api.h"

#include "archive/copies/spread.h"
#include "archive/exchange/jsonl.h"
#include "archive/search/around.h"
#include "archive/search/index.h"
#include "archive/search/rank.h"
#include "archive/search/shown.h"
#include "archive/store/history.h"
#include "archive/view/frame.h"
#include "archive/view/html.h"
#include "archive/view/side.h"
#include "config/base/json.h"
#include "config/url.h"

#define LIMIT_USUAL 50u
#define LIMIT_MOST  500u
#define STORY_LINKS 50u
#define STORY_US    (3 * WV_US_PER_S)

/* One answer on its way: the object is open. */
struct api {
	struct wv_call *call;
	struct wv_json_writer *w;
	struct wv_slice rest; /* behind the name: an ID */
};
typedef enum wv_status (*api_fn)(struct api *api, struct wv_err *err);

static struct wv_arena *arena_of(const struct api *api)
{
	return api->call->request->arena;
}

/* --- parameters --- */

static enum wv_status read_instant(const struct api *api, const char *name, bool is_last,
                                   struct wv_time *out, struct wv_err *err)
{
	struct wv_time_range range;
	struct wv_slice text;
	enum wv_status st;

	*out = WV_TIME_NONE;
	if (!wv_http_parameter(api->call->request, name, &text) || !text.n)
		return WV_OK;
	st = wv_time_parse(text, api->call->visit.now, &range, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "%s", name);
	*out = is_last ? range.last : range.first;
	return WV_OK;
}

static enum wv_status read_number(const struct api *api, const char *name, uint64_t usual,
                                  uint64_t most, uint64_t *out, struct wv_err *err)
{
	struct wv_slice text;

	*out = usual;
	if (!wv_http_parameter(api->call->request, name, &text) || !text.n)
		return WV_OK;
	if (!wv_slice_u64(text, out))
		return wv_err_set(err, WV_USAGE, "%s '%.*s' is no number", name, WV_FMT(text));
	if (*out > most)
		*out = most;
	return WV_OK;
}

/* A capture as it may be shown at (T, K); WV_NO: there is none. *is_answered: taken down. */
static enum wv_status find_capture(struct api *api, uint64_t id, struct wv_capture *out,
                                   bool *is_answered, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_fact fact = {0};
	enum wv_status st = wv_register_erased(visit->txn, arena_of(api), id, &fact, err);

	if (st == WV_NO) {
		st = wv_store_capture(visit->txn, arena_of(api), id, visit->known_at, out, err);
		if (st == WV_OK && !wv_time_is_none(visit->at) && out->captured.us > visit->at.us)
			st = WV_NO;
		if (st != WV_OK)
			return st;
		st = wv_visit_shows(visit, out, &fact, err);
		if (st != WV_NO)
			return st;
		st = WV_OK;
	}
	if (st != WV_OK)
		return st;
	*is_answered = true;
	wv_buf_reset(&api->call->answer->body);
	return wv_call_refuse(api->call, &fact);
}

static enum wv_status find_by_rest(struct api *api, struct wv_capture *out, bool *is_answered,
                                   struct wv_err *err)
{
	uint64_t id;
	enum wv_status st = wv_call_id(api->call, api->rest, &id, err);

	return st == WV_OK ? find_capture(api, id, out, is_answered, err) : st;
}

/* --- pieces --- */

static void add_address(struct api *api, const char *key, enum wv_place place, uint64_t id,
                        struct wv_slice text, struct wv_time when)
{
	const struct wv_address address = {.place = place, .id = id, .text = text, .when = when};
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 64 * 1024};

	wv_address_add(&out, &api->call->visit, &address);
	wv_json_string(api->w, key, wv_buf_slice(&out));
}

static void add_ways(struct api *api, const struct wv_capture *capture)
{
	wv_json_open_object(api->w, "links");
	add_address(api, "page", WV_PLACE_SNAPSHOT, capture->id, WV_SLICE_NONE, WV_TIME_NONE);
	add_address(api, "replay", WV_PLACE_REPLAY, 0, capture->url, capture->captured);
	add_address(api, "bytes", WV_PLACE_RAW, 0, capture->url, capture->captured);
	add_address(api, "timemap", WV_PLACE_TIMEMAP, 0, capture->url, WV_TIME_NONE);
	add_address(api, "proof", WV_PLACE_PROOF, capture->id, WV_SLICE_NONE, WV_TIME_NONE);
	wv_json_close(api->w);
}

/* A capture with the head of its article; `key` NULL: an item of a list. */
static enum wv_status add_item(struct api *api, const char *key, const struct wv_capture *capture,
                               struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st = wv_visit_article(&api->call->visit, capture, &article, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	wv_json_open_object(api->w, key);
	wv_jsonl_capture(api->w, capture);
	if (st == WV_OK)
		wv_jsonl_article(api->w, &article);
	add_ways(api, capture);
	wv_json_close(api->w);
	return WV_OK;
}

/* --- one capture --- */

static enum wv_status answer_snapshot(struct api *api, struct wv_err *err)
{
	static const char *const kinds[] = {"paragraph", "heading", "item", "quote", "code", "row",
	                                    "update"};
	struct wv_capture capture;
	struct wv_article article;
	bool is_answered = false;
	enum wv_status st = find_by_rest(api, &capture, &is_answered, err);

	if (st != WV_OK || is_answered)
		return st;
	wv_jsonl_capture(api->w, &capture);
	wv_json_string_or_null(api->w, "location", capture.location);
	wv_json_string_or_null(api->w, "basis", capture.basis);
	wv_json_string_or_null(api->w, "reason", capture.reason);
	add_ways(api, &capture);
	st = wv_visit_article(&api->call->visit, &capture, &article, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_json_open_object(api->w, "article");
	wv_jsonl_article(api->w, &article);
	wv_json_open_array(api->w, "blocks");
	for (size_t i = 0; i < article.block_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "kind", wv_slice_of(kinds[article.blocks[i].kind]));
		wv_json_string(api->w, "text", article.blocks[i].text);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_open_array(api->w, "removed");
	for (size_t i = 0; i < article.removed_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "reason", article.removed[i].reason);
		wv_json_string(api->w, "text", article.removed[i].text);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_close(api->w);
	return WV_OK;
}

/* --- a page over time --- */

static void add_version(struct api *api, const struct wv_version *v)
{
	struct wv_json_writer *w = api->w;

	wv_json_open_object(w, NULL);
	wv_json_u64(w, "number", v->number);
	wv_json_u64(w, "first_id", v->first_id);
	wv_json_u64(w, "last_id", v->last_id);
	wv_jsonl_time(w, "first_seen", v->first_seen);
	wv_jsonl_time(w, "last_seen", v->last_seen);
	wv_json_u64(w, "captures", v->captures);
	wv_json_string(w, "verdict", wv_slice_of(wv_verdict_name(v->verdict)));
	wv_json_digest(w, "version", &v->key);
	wv_json_string_or_null(w, "title", v->title);
	wv_json_string_or_null(w, "modified", v->modified.is_set ? v->modified.text : WV_SLICE_NONE);
	wv_json_open_array(w, "changes");
	for (uint32_t bit = 1; bit && bit <= v->changes; bit <<= 1)
		if (v->changes & bit)
			wv_json_string(w, NULL, wv_slice_of(wv_change_name((enum wv_change)bit)));
	wv_json_close(w);
	if (v->reverts_to)
		wv_json_u64(w, "reverts_to", v->reverts_to);
	wv_json_close(w);
}

static void add_absences(struct api *api, const struct wv_history *history)
{
	wv_json_open_array(api->w, "absences");
	for (size_t i = 0; i < history->absence_count; i++) {
		const struct wv_absence *a = &history->absences[i];

		wv_json_open_object(api->w, NULL);
		wv_json_u64(api->w, "first_id", a->first_id);
		wv_jsonl_time(api->w, "first_seen", a->first_seen);
		wv_jsonl_time(api->w, "last_seen", a->last_seen);
		wv_json_int(api->w, "status", a->status);
		if (a->has_returned)
			wv_jsonl_time(api->w, "returned", a->returned);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_open_array(api->w, "headlines");
	for (size_t i = 0; i < history->headline_count; i++) {
		const struct wv_headline *h = &history->headlines[i];

		wv_json_open_object(api->w, NULL);
		wv_json_u64(api->w, "id", h->id);
		wv_jsonl_time(api->w, "seen", h->seen);
		wv_json_string(api->w, "before", h->before);
		wv_json_string(api->w, "after", h->after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

static enum wv_status answer_history(struct api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_history_query query = {.known_at = visit->known_at, .now = visit->now};
	struct wv_register_page facts;
	const struct wv_fact *fact;
	struct wv_history history;
	struct wv_slice text, key;
	struct wv_page page;
	struct wv_url url;
	enum wv_status st;

	if (!wv_http_parameter(api->call->request, "url", &text) || !text.n)
		return wv_err_set(err, WV_USAGE, "url= is missing");
	st = wv_url_parse(arena_of(api), text, NULL, &url, err);
	if (st == WV_OK)
		st = wv_url_page_key(arena_of(api), &url, &key, err);
	if (st == WV_OK)
		st = read_instant(api, "from", false, &query.from, err);
	if (st == WV_OK)
		st = read_instant(api, "to", true, &query.to, err);
	if (st != WV_OK)
		return st;
	st = wv_register_of_page(visit->txn, arena_of(api), key, &facts, err);
	if (st != WV_OK)
		return st;
	fact = wv_register_refusal(&facts, UINT64_MAX, visit->now);
	if (fact) {
		wv_buf_reset(&api->call->answer->body);
		return wv_call_refuse(api->call, fact);
	}
	st = wv_store_page_of_key(visit->txn, arena_of(api), key, &page, err);
	if (st != WV_OK)
		return st;
	query.page = page.number;
	if (!wv_time_is_none(visit->at) && (wv_time_is_none(query.to) || query.to.us > visit->at.us))
		query.to = visit->at;
	st = wv_history_of(visit->txn, arena_of(api), &query, &history, err);
	if (st == WV_OK && !history.captures)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	wv_json_string(api->w, "url", page.url);
	wv_json_string(api->w, "page", key);
	wv_json_u64(api->w, "captures", history.captures);
	wv_json_u64(api->w, "redirects", history.redirects);
	wv_json_u64(api->w, "failures", history.failures);
	wv_json_u64(api->w, "unread", history.unread);
	wv_json_open_array(api->w, "versions");
	for (size_t i = 0; i < history.version_count; i++)
		add_version(api, &history.versions[i]);
	wv_json_close(api->w);
	add_absences(api, &history);
	return WV_OK;
}

/* --- two captures --- */

static void add_marks(struct api *api, const struct wv_diff *diff)
{
	static const struct {
		enum wv_mark bit;
		const char *name;
	} marks[] = {{WV_MARK_NUMBER, "number"}, {WV_MARK_NAME, "name"}, {WV_MARK_QUOTE, "quote"}};

	wv_json_open_array(api->w, "marks");
	for (size_t i = 0; i < diff->mark_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_open_array(api->w, "kinds");
		for (size_t k = 0; k < WV_COUNT(marks); k++)
			if (diff->marks[i].marks & marks[k].bit)
				wv_json_string(api->w, NULL, wv_slice_of(marks[k].name));
		wv_json_close(api->w);
		wv_json_string(api->w, "before", diff->marks[i].before);
		wv_json_string(api->w, "after", diff->marks[i].after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

static void add_hunks(struct api *api, const struct wv_diff *diff)
{
	static const char *const kinds[] = {"removed", "added", "changed"};

	wv_json_open_array(api->w, "hunks");
	for (size_t i = 0; i < diff->hunk_count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "kind", wv_slice_of(kinds[diff->hunks[i].kind]));
		wv_json_u64(api->w, "before_at", diff->hunks[i].before_at);
		wv_json_u64(api->w, "after_at", diff->hunks[i].after_at);
		wv_json_string_or_null(api->w, "before", diff->hunks[i].before);
		wv_json_string_or_null(api->w, "after", diff->hunks[i].after);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
}

static enum wv_status answer_compare(struct api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_capture from, to;
	struct wv_side before, after;
	enum wv_side_kind kind = WV_SIDE_ARTICLE;
	struct wv_diff diff;
	bool is_answered = false;
	uint64_t from_id, to_id;
	enum wv_status st = read_number(api, "from", UINT64_MAX, UINT64_MAX, &from_id, err);

	if (st == WV_OK)
		st = read_number(api, "to", UINT64_MAX, UINT64_MAX, &to_id, err);
	if (st == WV_OK && (from_id == UINT64_MAX || to_id == UINT64_MAX))
		st = wv_err_set(err, WV_USAGE, "from= and to= are IDs of captures");
	if (st == WV_OK)
		st = find_capture(api, from_id, &from, &is_answered, err);
	if (st == WV_OK && !is_answered)
		st = find_capture(api, to_id, &to, &is_answered, err);
	if (st != WV_OK || is_answered)
		return st;
	st = wv_side_open(visit->txn, arena_of(api), &from, visit->known_at, &before, err);
	if (st == WV_OK)
		st = wv_side_open(visit->txn, arena_of(api), &to, visit->known_at, &after, err);
	if (st == WV_OK)
		st = wv_side_differ(visit->txn, arena_of(api), api->call->options->side_reader, &before,
		                    &after, &kind, &diff, err);
	if (st == WV_OK)
		st = add_item(api, "from", &from, err);
	if (st == WV_OK)
		st = add_item(api, "to", &to, err);
	if (st != WV_OK)
		return st;
	wv_json_string(api->w, "compared", wv_slice_of(wv_side_kind_name(kind)));
	wv_json_bool(api->w, "differ", diff.hunk_count > 0);
	add_marks(api, &diff);
	add_hunks(api, &diff);
	return WV_OK;
}

/* --- finding --- */

/* An index that is not made yet will be: WV_STOPPED, which answers 503. */
static enum wv_status find_index(struct api *api, struct wv_search **out, uint64_t *behind,
                                 struct wv_err *err)
{
	enum wv_status st = wv_call_search(api->call, out, behind, NULL);

	return st == WV_OK ? st : wv_err_set(err, WV_STOPPED, "the search index is not there yet");
}

static const char *const query_fields[WV_QUERY_FIELDS] = {"source", "category", "lang", "topic",
                                                          "verdict"};

static enum wv_status read_query(struct api *api, struct wv_query *query, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st;

	if (!wv_http_parameter(api->call->request, "q", &text) || !wv_slice_trim(text).n)
		text = WV_LIT("*");
	st = wv_query_parse(arena_of(api), text, query, err);
	for (int f = 0; f < (int)WV_QUERY_FIELDS && st == WV_OK; f++)
		for (size_t n = 0; st == WV_OK && wv_http_parameter_at(api->call->request, query_fields[f],
		                                                       n, &text);
		     n++)
			st = wv_query_add_field(query, (enum wv_query_field)f, text, err);
	return st;
}

static void add_facets(struct api *api, const struct wv_facets *facets)
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
static enum wv_status add_hit(struct api *api, const struct wv_search_hit *hit, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	const struct wv_standing_query query = {.page = hit->page,
	                                        .at = visit->at,
	                                        .known_at = visit->known_at,
	                                        .now = visit->now};
	struct wv_standing standing;
	enum wv_status st = wv_store_standing(visit->txn, arena_of(api), &query, &standing, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_json_open_object(api->w, NULL);
	wv_json_string(api->w, "found_in", wv_slice_of(wv_search_place_name(hit->place)));
	wv_jsonl_time(api->w, "when", hit->when);
	st = add_item(api, "capture", &standing.capture, err);
	wv_json_close(api->w);
	return st;
}

static enum wv_status answer_search(struct api *api, struct wv_err *err)
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
		st = read_number(api, "skip", 0, 100000, &skip, err);
	if (st == WV_OK)
		st = read_number(api, "limit", LIMIT_USUAL, LIMIT_MOST, &max, err);
	if (st == WV_OK)
		st = read_instant(api, "from", false, &ask.from, err);
	if (st == WV_OK)
		st = read_instant(api, "to", true, &ask.to, err);
	if (st == WV_OK)
		st = find_index(api, &search, &behind, err);
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
	st = wv_search_ask(search, &ask, arena_of(api), &answer, err);
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

static enum wv_status answer_latest(struct api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_list_query query = {.known_at = visit->known_at, .now = visit->now};
	struct wv_capture *captures;
	uint64_t max, after;
	size_t count;
	struct wv_slice text;
	enum wv_status st = read_number(api, "limit", LIMIT_USUAL, LIMIT_MOST, &max, err);

	if (st == WV_OK)
		st = read_instant(api, "from", false, &query.from, err);
	if (st == WV_OK)
		st = read_instant(api, "to", true, &query.to, err);
	if (st == WV_OK)
		st = read_number(api, "after", UINT64_MAX, UINT64_MAX, &after, err);
	if (st == WV_OK && after != UINT64_MAX) {
		struct wv_capture last;

		st = wv_store_capture(visit->txn, arena_of(api), after, visit->known_at, &last, err);
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
	st = wv_store_list(visit->txn, arena_of(api), &query, &captures, &count, err);
	if (st != WV_OK)
		return st;
	wv_json_open_array(api->w, "captures");
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = add_item(api, NULL, &captures[i], err);
	wv_json_close(api->w);
	if (st == WV_OK && count == max)
		wv_json_u64(api->w, "after", captures[count - 1].id);
	return st;
}

/* --- copies and stories --- */

static enum wv_status answer_cluster(struct api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_capture capture;
	struct wv_spread spread;
	bool is_answered = false;
	enum wv_status st = find_by_rest(api, &capture, &is_answered, err);

	if (st == WV_OK && !is_answered)
		st = wv_spread_of(visit->txn, arena_of(api),
		                  &(struct wv_spread_query){
					  .capture = capture.has_stands_for ? capture.stands_for : capture.id,
					  .at = visit->at,
					  .known_at = visit->known_at,
					  .now = visit->now},
		                  &spread, err);
	if (st != WV_OK || is_answered)
		return st;
	wv_json_u64(api->w, "cluster", spread.cluster);
	wv_json_u64(api->w, "count", spread.count);
	wv_json_u64(api->w, "taken_down", spread.taken_down);
	wv_json_open_array(api->w, "pages");
	for (size_t i = 0; i < spread.count && st == WV_OK; i++) {
		const struct wv_spread_page *page = &spread.pages[i];

		wv_json_open_object(api->w, NULL);
		wv_jsonl_time(api->w, "earliest", page->earliest);
		wv_jsonl_time(api->w, "latest", page->latest);
		wv_json_string(api->w, "time_basis", page->basis);
		wv_json_double(api->w, "of_origin", page->of_origin);
		wv_json_double(api->w, "in_origin", page->in_origin);
		wv_json_u64(api->w, "captures", page->captures);
		st = add_item(api, "first", &page->first, err);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	return st;
}

static enum wv_status add_link(struct api *api, const struct wv_around_link *link,
                               struct wv_err *err)
{
	struct wv_capture capture;
	enum wv_status st = wv_store_capture(api->call->visit.txn, arena_of(api), link->capture,
	                                     api->call->visit.known_at, &capture, err);

	if (st != WV_OK)
		return st;
	wv_json_open_object(api->w, NULL);
	wv_json_double(api->w, "score", link->score);
	wv_json_bool(api->w, "copy", link->is_copy);
	wv_jsonl_time(api->w, "when", link->when);
	wv_json_open_array(api->w, "evidence");
	for (size_t i = 0; i < link->evidence_count; i++)
		wv_json_string(api->w, NULL, link->evidence[i].shown);
	wv_json_close(api->w);
	st = add_item(api, "capture", &capture, err);
	wv_json_close(api->w);
	return st;
}

struct until {
	const struct wv_clock *clock;
	int64_t ends_us;
};

static bool goes_on(void *context)
{
	const struct until *until = context;

	return wv_clock_mono(until->clock).us < until->ends_us;
}

static enum wv_status answer_story(struct api *api, struct wv_err *err)
{
	struct wv_visit *visit = &api->call->visit;
	WV_AUTO(wv_around_close) struct wv_around *around = NULL;
	struct wv_around_options options = {.store = visit->store, .names = {.settings = visit->settings}};
	struct wv_around_query query = {.at = visit->at,
	                                .known_at = visit->known_at,
	                                .now = visit->now,
	                                .max = STORY_LINKS,
	                                .goes_on = goes_on};
	struct until until = {api->call->options->clock, 0};
	struct wv_around_answer answer;
	struct wv_capture capture;
	bool is_answered = false;
	uint64_t behind;
	enum wv_status st = find_by_rest(api, &capture, &is_answered, err);

	if (st == WV_OK && !is_answered)
		st = find_index(api, &options.search, &behind, err);
	if (st == WV_OK && !is_answered)
		st = wv_around_open(&options, &around, err);
	query.capture = capture.id;
	until.ends_us = wv_clock_mono(until.clock).us + STORY_US;
	query.goes_on_context = &until;
	if (st == WV_OK && !is_answered)
		st = wv_around_of(around, &visit->txn, arena_of(api), &query, &answer, err);
	if (st == WV_STOPPED)
		return wv_err_set(err, st, "too much was reported around it to look at in time");
	if (st != WV_OK || is_answered)
		return st;
	wv_json_u64(api->w, "id", capture.id);
	wv_json_open_array(api->w, "links");
	for (size_t i = 0; i < answer.count && st == WV_OK; i++)
		st = add_link(api, &answer.links[i], err);
	wv_json_close(api->w);
	return st;
}

/* --- the archive --- */

/* Running totals know no past: rather no answer than a wrong one. */
static enum wv_status only_now(const struct api *api, struct wv_err *err)
{
	if (!api->call->visit.has_as_of && !api->call->visit.has_known_at)
		return WV_OK;
	return wv_err_set(err, WV_USAGE, "these are figures of now: without as-of and known-at");
}

static enum wv_status answer_sources(struct api *api, struct wv_err *err)
{
	struct wv_source_totals *sources;
	size_t count;
	enum wv_status st = only_now(api, err);

	if (st == WV_OK)
		st = wv_store_sources(api->call->visit.txn, arena_of(api), &sources, &count, err);
	if (st != WV_OK)
		return st;
	wv_json_open_array(api->w, "sources");
	for (size_t i = 0; i < count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string(api->w, "name", sources[i].name);
		wv_json_u64(api->w, "captures", sources[i].captures);
		wv_json_u64(api->w, "capture_bytes", sources[i].capture_bytes);
		wv_json_u64(api->w, "stored_bytes", sources[i].stored_bytes);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	return WV_OK;
}

static enum wv_status answer_categories(struct api *api, struct wv_err *err)
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
	enum wv_status st = wv_query_parse(arena_of(api), WV_LIT("*"), &query, err);

	if (st == WV_OK)
		st = find_index(api, &search, &behind, err);
	if (st == WV_OK)
		st = wv_shown_new(visit->txn, &shown_query, &shown, err);
	ask.show_context = shown;
	if (st == WV_OK)
		st = wv_search_ask(search, &ask, arena_of(api), &answer, err);
	if (st != WV_OK)
		return st;
	wv_json_u64(api->w, "pages", answer.total);
	wv_json_u64(api->w, "behind", behind);
	add_facets(api, &facets);
	return WV_OK;
}

static enum wv_status answer_totals(struct api *api, struct wv_err *err)
{
	struct wv_store_totals t;
	enum wv_status st = only_now(api, err);

	if (st == WV_OK)
		st = wv_store_totals(api->call->visit.txn, &t, err);
	if (st != WV_OK)
		return st;
	wv_json_u64(api->w, "captures", t.captures);
	wv_json_u64(api->w, "pages", t.pages);
	wv_json_u64(api->w, "articles", t.articles);
	wv_json_u64(api->w, "bodies", t.bodies);
	wv_json_u64(api->w, "body_bytes", t.body_bytes);
	wv_json_u64(api->w, "capture_bytes", t.capture_bytes);
	wv_json_open_object(api->w, "stored");
	for (int i = 0; i < (int)WV_STORED_KIND_COUNT; i++)
		wv_json_u64(api->w, wv_stored_kind_name((enum wv_stored_kind)i), t.stored[i]);
	wv_json_close(api->w);
	return WV_OK;
}

/* --- the table --- */

static const struct entry {
	const char *name;  /* behind /api/ */
	bool takes_id;
	api_fn answer;
	const char *parameters, *about, *example;
} entries[] = {
	{"latest", false, answer_latest, "source category from to limit after",
	 "Captures, newest first, with the head of their articles. `after`: the ID with which the "
	 "answer before ended.", "latest?limit=10"},
	{"search", false, answer_search, "q source category lang topic verdict from to sort skip limit",
	 "Full text, one hit a page: the query language of the search page. Fields may repeat. "
	 "sort=time: newest first. `facets` counts by field.", "search?q=harbour&lang=en"},
	{"snapshot/", true, answer_snapshot, "",
	 "A capture: where it is from, what it was, and its article with what was taken off.",
	 "snapshot/12"},
	{"history", false, answer_history, "url from to",
	 "A page over time: versions with what changed, headlines, when it was gone.",
	 "history?url=https://news.example/a"},
	{"compare", false, answer_compare, "from to",
	 "Two captures, by their IDs: changed figures, names and quotes first, then every paragraph.",
	 "compare?from=12&to=15"},
	{"cluster/", true, answer_cluster, "",
	 "Who carries the text of a capture, in order of publication.", "cluster/12"},
	{"story/", true, answer_story, "",
	 "What else reports the event of a capture, in any language, and what both mention.",
	 "story/12"},
	{"sources", false, answer_sources, "", "Every source with its captures and bytes, as of now.",
	 "sources"},
	{"categories", false, answer_categories, "",
	 "How many pages there are of each source, category, language, topic and verdict.",
	 "categories"},
	{"totals", false, answer_totals, "", "The archive in numbers, as of now.", "totals"},
};

static const struct {
	const char *address, *about;
} protocols[] = {
	{"/timegate/URL", "Memento TimeGate (RFC 7089): Accept-Datetime, 302 to the nearest memento; of "
	                  "two equally near the earlier"},
	{"/timemap/link/URL", "TimeMap as application/link-format, in pages of 5,000"},
	{"/timemap/json/URL", "the same as JSON"},
	{"/timemap/cdxj/URL", "the same as CDXJ"},
	{"/web/YYYYMMDDhhmmss/URL", "a memento, in a page of ours; with if_ behind the time the archived "
	                            "page alone, with id_ its bytes"},
	{"/cdx?url=URL", "the index: matchType=exact|prefix|host|domain from to limit sort=reverse|closest "
	                 "closest filter=[!]FIELD:PATTERN fl output=text|json|cdxj collapse=FIELD[:N] "
	                 "resumeKey showResumeKey. At most 10,000 rows or a second an answer; "
	                 "X-Resume-Key says where to go on"},
	{"/proof/ID", "the proof that a capture is in the log, checked by a shell script"},
	{"/feed/NAME.atom, /feed/NAME.json", "a subscription as Atom or JSON Feed"},
	{"/healthz, /metrics", "is all well; figures for Prometheus"},
};

static void document(struct wv_call *call)
{
	const struct wv_frame frame = {.title = WV_LIT("API"),
	                               .place = WV_PLACE_COUNT,
	                               .self = {.place = WV_PLACE_API},
	                               .wide = "wide"};
	struct wv_buf *out = &call->answer->body;

	wv_frame_open(out, &call->visit, &frame);
	wv_html(out, "<div lang=\"en\">\n<h1>API</h1>\n<p>Everything that the pages show, as JSON. All but "
	             "the figures of now take <code>as-of</code> and <code>known-at</code>; an answer names the "
	             "<code>known_at</code> it used, and with both it is the same for ever. Fields are "
	             "added, never changed in meaning. What is not here is 404, what was taken down 404, "
	             "451 or 410, a question that cannot be read 400 with <code>error</code>.</p>\n<dl>\n");
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		wv_html(out, "<dt><a");
		wv_buf_add_format(out, " href=\"/api/%s\"><code>/api/%s%s</code></a>", entries[i].example,
		                  entries[i].name, entries[i].takes_id ? "ID" : "");
		if (entries[i].parameters[0])
			wv_buf_add_format(out, " <small>%s</small>", entries[i].parameters);
		wv_html(out, "</dt>\n<dd>");
		wv_html_text(out, wv_slice_of(entries[i].about));
		wv_html(out, "</dd>\n");
	}
	wv_html(out, "</dl>\n<h2>Protocols</h2>\n<dl>\n");
	for (size_t i = 0; i < WV_COUNT(protocols); i++) {
		wv_html(out, "<dt><code>");
		wv_html_text(out, wv_slice_of(protocols[i].address));
		wv_html(out, "</code></dt>\n<dd>");
		wv_html_text(out, wv_slice_of(protocols[i].about));
		wv_html(out, "</dd>\n");
	}
	wv_html(out, "</dl>\n</div>\n");
	wv_frame_close(out, &call->visit);
}

static void list(struct wv_call *call)
{
	struct wv_json_writer w;

	wv_json_begin(&w, &call->answer->body);
	wv_json_open_array(&w, NULL);
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "path", wv_arena_format(call->request->arena, "/api/%s%s",
		                                           entries[i].name,
		                                           entries[i].takes_id ? "{id}" : ""));
		wv_json_string(&w, "parameters", wv_slice_of(entries[i].parameters));
		wv_json_string(&w, "about", wv_slice_of(entries[i].about));
		wv_json_string(&w, "example", wv_arena_format(call->request->arena, "/api/%s",
		                                              entries[i].example));
		wv_json_close(&w);
	}
	wv_json_close(&w);
	wv_buf_add_byte(&call->answer->body, '\n');
}

static enum wv_status answer_entry(struct wv_call *call, const struct entry *entry,
                                   struct wv_slice rest, struct wv_err *err)
{
	struct wv_json_writer w;
	struct api api = {call, &w, rest};
	enum wv_status st;

	wv_json_begin(&w, &call->answer->body);
	wv_json_open_object(&w, NULL);
	wv_json_int(&w, "v", 1);
	wv_jsonl_time(&w, "known_at", call->visit.known_at);
	if (call->visit.has_as_of)
		wv_jsonl_time(&w, "as_of", call->visit.at);
	if (call->visit.is_simulated)
		wv_json_string(&w, "clock", WV_LIT("simulated"));
	st = entry->answer(&api, err);
	if (st == WV_STOPPED) {
		wv_buf_reset(&call->answer->body);
		wv_json_begin(&w, &call->answer->body);
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "error", wv_slice_of(err ? err->text : "later"));
		wv_json_int(&w, "status", 503);
		wv_json_close(&w);
		wv_buf_add_byte(&call->answer->body, '\n');
		call->answer->status = 503;
		(void)wv_http_add(call->answer, call->request, "Retry-After", WV_LIT("5"));
		return WV_OK;
	}
	/* A refusal has written its own. */
	if (st == WV_OK && call->answer->status / 100 != 4) {
		wv_json_close(&w);
		wv_buf_add_byte(&call->answer->body, '\n');
	}
	return st;
}

enum wv_status wv_route_api(struct wv_call *call, struct wv_err *err)
{
	if (!call->rest.n) {
		call->kind = WV_ROUTE_PAGE;
		document(call);
		return WV_OK;
	}
	if (wv_slice_equals(call->rest, WV_LIT("index.json"))) {
		list(call);
		return WV_OK;
	}
	for (size_t i = 0; i < WV_COUNT(entries); i++) {
		struct wv_slice name = wv_slice_of(entries[i].name);

		if (entries[i].takes_id ? wv_slice_starts(call->rest, name)
		                        : wv_slice_equals(call->rest, name))
			return answer_entry(call, &entries[i], wv_slice_from(call->rest, name.n), err);
	}
	return WV_NO;
}
