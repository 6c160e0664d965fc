/* The JSON API: who carries the text of a capture, and what else reports its event. */
#include "archive/copies/spread.h"
#include "archive/exchange/jsonl.h"
#include "archive/search/around.h"
#include "archive/serve/api_parts.h"
#include "archive/view/story.h"

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
		wv_json_time(api->w, "earliest", page->earliest);
		wv_json_time(api->w, "latest", page->latest);
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
	wv_json_time(api->w, "when", link->when);
	wv_json_open_array(api->w, "evidence");
	for (size_t i = 0; i < link->evidence_count; i++)
		wv_json_string(api->w, NULL, link->evidence[i].shown);
	wv_json_close(api->w);
	st = wv_api_add_item(api, "capture", &capture, err);
	wv_json_close(api->w);
	return st;
}

enum wv_status wv_api_story(struct wv_api *api, struct wv_err *err)
{
	struct wv_visit *visit = &api->call->visit;
	struct wv_around_answer answer;
	struct wv_capture capture;
	bool is_answered = false;
	enum wv_story_whole whole = WV_STORY_WHOLE;
	enum wv_status st = wv_api_find_by_rest(api, &capture, &is_answered, err);

	if (st != WV_OK || is_answered)
		return st;
	st = wv_call_around(api->call, err);
	if (st != WV_OK)
		return st;
	st = wv_story_ask(visit,
	                  &(struct wv_story_query){
				  .capture = capture.id, .at = visit->at, .max = WV_API_STORY_LINKS},
	                  &answer, &whole, err);
	if (st != WV_OK)
		return st;
	wv_json_u64(api->w, "id", capture.id);
	wv_json_bool(api->w, "complete", whole == WV_STORY_WHOLE);
	if (whole == WV_STORY_BEING_READ)
		wv_json_string(api->w, "missing",
		               WV_LIT("reports in other words: their index is not there yet, and the articles "
		                      "around this one are being read; ask again"));
	if (whole == WV_STORY_CUT)
		wv_json_string(api->w, "missing",
		               WV_LIT("reports in other words: their index is not there yet, and only the "
		                      "newest of many articles around this one were read"));
	wv_json_open_array(api->w, "links");
	for (size_t i = 0; i < answer.count && st == WV_OK; i++)
		st = add_link(api, &answer.links[i], err);
	wv_json_close(api->w);
	return st;
}
