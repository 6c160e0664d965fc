/* The JSON API: the archive in figures, as it is shown: what was taken down is in none of them. */
#include "archive/exchange/jsonl.h"
#include "archive/serve/api_parts.h"
#include "archive/store/tally.h"

#define SOURCES_MAX 4096u

/* Running totals know no past: rather no answer than a wrong one. */
static enum wv_status take_totals(const struct wv_api *api, struct wv_err *err)
{
	struct wv_visit *visit = &api->call->visit;
	enum wv_status st;

	if (visit->has_as_of || visit->has_known_at)
		return wv_err_set(err, WV_USAGE, "these are figures of now: without as-of and known-at");
	st = wv_call_take_tally(api->call, err);
	if (st == WV_OK && !visit->tally)
		st = wv_err_set(err, WV_STOPPED, "the captures are being counted");
	return st;
}

static const struct wv_tally_query all = {.source = WV_TALLY_ALL,
                                          .from_day = INT32_MIN,
                                          .to_day = INT32_MAX,
                                          .at = {INT64_MIN},
                                          .known_at = {INT64_MIN}};

static struct wv_slice name_of(const struct wv_source_totals *names, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].name;
	return WV_SLICE_NONE;
}

static void add_day(struct wv_api *api, const char *key, int32_t day)
{
	char text[WV_TIME_TEXT_MAX];

	wv_json_string(api->w, key,
	               wv_slice_part(wv_slice_of(wv_time_print(wv_tally_day_start(day), text)), 0, 10));
}

static enum wv_status add_sources(struct wv_api *api, struct wv_err *err)
{
	struct wv_arena *arena = api->call->request->arena;
	struct wv_tally_source *sources = WV_ARENA_ARRAY(arena, struct wv_tally_source, SOURCES_MAX);
	struct wv_source_totals *names;
	size_t count, name_count;
	enum wv_status st = wv_store_sources(api->call->visit.txn, arena, &names, &name_count, err);

	if (st != WV_OK)
		return st;
	if (!sources)
		return wv_err_set(err, WV_NOMEM, "out of memory for sources");
	count = wv_tally_sources(api->call->visit.tally, &all, sources, SOURCES_MAX);
	wv_json_open_array(api->w, "sources");
	for (size_t i = 0; i < count; i++) {
		wv_json_open_object(api->w, NULL);
		wv_json_string_or_null(api->w, "name", name_of(names, name_count, sources[i].source));
		wv_json_u64(api->w, "captures", sources[i].sum.captures);
		wv_json_u64(api->w, "bytes", sources[i].sum.bytes);
		add_day(api, "first_day", sources[i].first_day);
		add_day(api, "last_day", sources[i].sum.day);
		wv_json_close(api->w);
	}
	wv_json_close(api->w);
	wv_json_u64(api->w, "behind", wv_tally_behind(api->call->visit.tally));
	return WV_OK;
}

enum wv_status wv_api_sources(struct wv_api *api, struct wv_err *err)
{
	enum wv_status st = take_totals(api, err);

	if (st == WV_OK)
		st = add_sources(api, err);
	wv_call_give_tally(api->call);
	return st;
}

enum wv_status wv_api_totals(struct wv_api *api, struct wv_err *err)
{
	enum wv_status st = take_totals(api, err);
	const struct wv_tally *tally = api->call->visit.tally;
	struct wv_tally_sums sums;

	if (st == WV_OK) {
		sums = wv_tally_sum(tally);
		wv_json_u64(api->w, "captures", sums.captures);
		wv_json_u64(api->w, "pages", sums.pages);
		wv_json_u64(api->w, "bytes", sums.bytes);
		wv_json_u64(api->w, "behind", wv_tally_behind(tally));
	}
	wv_call_give_tally(api->call);
	return st;
}
