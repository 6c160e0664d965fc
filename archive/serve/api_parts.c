#include "archive/serve/api_parts.h"

#include "archive/exchange/jsonl.h"
#include "archive/view/address.h"
#include "archive/view/wishes.h"

/* --- parameters --- */

enum wv_status wv_api_instant(const struct wv_api *api, const char *name, bool is_last,
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

enum wv_status wv_api_number(const struct wv_api *api, const char *name, uint64_t usual,
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
enum wv_status wv_api_find_capture(struct wv_api *api, uint64_t id, struct wv_capture *out,
                                   bool *is_answered, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_fact fact = {0};
	enum wv_status st = wv_register_erased(visit->txn, api->call->request->arena, id, &fact, err);

	if (st == WV_NO) {
		st = wv_store_capture(visit->txn, api->call->request->arena, id, visit->known_at, out, err);
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
	/* It was erased, and its time is known: at T it was not there yet. */
	if (!wv_time_is_none(visit->at) && !wv_time_is_none(fact.first) &&
	    fact.first.us > visit->at.us)
		return WV_NO;
	*is_answered = true;
	wv_buf_reset(&api->call->answer->body);
	return wv_call_refuse(api->call, &fact);
}

enum wv_status wv_api_find_by_rest(struct wv_api *api, struct wv_capture *out, bool *is_answered,
                                   struct wv_err *err)
{
	uint64_t id;
	enum wv_status st = wv_call_id(api->call, api->rest, &id, err);

	return st == WV_OK ? wv_api_find_capture(api, id, out, is_answered, err) : st;
}

/* --- pieces --- */

static void add_address(struct wv_api *api, const char *key, enum wv_place place, uint64_t id,
                        struct wv_slice text, struct wv_time when)
{
	const struct wv_address address = {.place = place, .id = id, .text = text, .when = when};
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 64 * 1024};

	wv_address_add(&out, &api->call->visit, &address);
	wv_json_string(api->w, key, wv_buf_slice(&out));
}

void wv_api_add_ways(struct wv_api *api, const struct wv_capture *capture)
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
enum wv_status wv_api_add_item(struct wv_api *api, const char *key, const struct wv_capture *capture,
                               struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st = wv_visit_article(&api->call->visit, capture, &article, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && !wv_wishes_show_excerpt(&api->call->visit, capture))
		article.description = WV_SLICE_NONE;
	wv_json_open_object(api->w, key);
	wv_jsonl_capture(api->w, capture);
	if (st == WV_OK)
		wv_jsonl_article(api->w, &article);
	wv_api_add_ways(api, capture);
	wv_json_close(api->w);
	return WV_OK;
}

/* An index that is not made yet will be: WV_STOPPED, which answers 503. */
enum wv_status wv_api_find_index(struct wv_api *api, struct wv_search **out, uint64_t *behind,
                                 struct wv_err *err)
{
	enum wv_status st = wv_call_search(api->call, out, behind, NULL);

	return st == WV_OK ? st : wv_err_set(err, WV_STOPPED, "the search index is not there yet");
}
