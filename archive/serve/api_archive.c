/* The JSON API: the archive in figures. */
#include "archive/serve/api_parts.h"

/* Running totals know no past: rather no answer than a wrong one. */
static enum wv_status only_now(const struct wv_api *api, struct wv_err *err)
{
	if (!api->call->visit.has_as_of && !api->call->visit.has_known_at)
		return WV_OK;
	return wv_err_set(err, WV_USAGE, "these are figures of now: without as-of and known-at");
}

enum wv_status wv_api_sources(struct wv_api *api, struct wv_err *err)
{
	struct wv_source_totals *sources;
	size_t count;
	enum wv_status st = only_now(api, err);

	if (st == WV_OK)
		st = wv_store_sources(api->call->visit.txn, api->call->request->arena, &sources, &count, err);
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

enum wv_status wv_api_totals(struct wv_api *api, struct wv_err *err)
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
