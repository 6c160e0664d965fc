/* The JSON API: who carries the text of a capture, and what else reports its event. */
#include "archive/copies/spread.h"
#include "archive/exchange/jsonl.h"
#include "archive/search/around.h"
#include "archive/serve/api_parts.h"

#define STORY_LINKS 50u
#define STORY_US    (3 * WV_US_PER_S)

enum wv_status wv_api_cluster(struct wv_api *api, struct wv_err *err)
{
	const struct wv_visit *visit = &api->call->visit;
	struct wv_capture capture;
	struct wv_spread spread;
	bool is_answered = false;
	enum wv_status st = wv_api_find_by_rest(api, &capture, &is_answered, err);

	if (st == WV_OK && !is_answered)
		st = wv_spread_of(visit->txn, api->call->request->arena,
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
		st = wv_api_add_item(api, "first", &page->first, err);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	return st;
}

static enum wv_status add_link(struct wv_api *api, const struct wv_around_link *link,
                               struct wv_err *err)
{
	struct wv_capture capture;
	enum wv_status st = wv_store_capture(api->call->visit.txn, api->call->request->arena, link->capture,
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
	st = wv_api_add_item(api, "capture", &capture, err);
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

enum wv_status wv_api_story(struct wv_api *api, struct wv_err *err)
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
	enum wv_status st = wv_api_find_by_rest(api, &capture, &is_answered, err);

	if (st == WV_OK && !is_answered)
		st = wv_api_find_index(api, &options.search, &behind, err);
	if (st == WV_OK && !is_answered)
		st = wv_around_open(&options, &around, err);
	query.capture = capture.id;
	until.ends_us = wv_clock_mono(until.clock).us + STORY_US;
	query.goes_on_context = &until;
	if (st == WV_OK && !is_answered)
		st = wv_around_of(around, &visit->txn, api->call->request->arena, &query, &answer, err);
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
