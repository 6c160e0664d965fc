#include "archive/serve/routes.h"

#include "archive/serve/api.h"
#include "archive/serve/cdx.h"
#include "archive/serve/health.h"
#include "archive/serve/memento.h"
#include "archive/serve/replay.h"

/* The longest prefix that fits answers. */
const struct wv_route wv_routes[] = {
	{"/timegate/", true, WV_ROUTE_DATA, wv_route_timegate, true},
	{"/timemap/link/", true, WV_ROUTE_DATA, wv_route_timemap_link, true},
	{"/timemap/json/", true, WV_ROUTE_DATA, wv_route_timemap_json, true},
	{"/timemap/cdxj/", true, WV_ROUTE_DATA, wv_route_timemap_cdxj, true},
	{"/cdx", false, WV_ROUTE_DATA, wv_route_cdx, false},
	{"/api/", true, WV_ROUTE_DATA, wv_route_api, false},
	{"/healthz", false, WV_ROUTE_DATA, wv_route_healthz, false},
	{"/metrics", false, WV_ROUTE_DATA, wv_route_metrics, false},
	{"/robots.txt", false, WV_ROUTE_DATA, wv_route_robots, false},
	{"/proof/", true, WV_ROUTE_DATA, wv_route_proof, false},
	{"/web/", true, WV_ROUTE_REPLAY, wv_route_web, true},
	{"/", false, WV_ROUTE_PAGE, wv_route_front, false},
	{"/snapshot/", true, WV_ROUTE_PAGE, wv_route_snapshot, false},
	{"/travel", false, WV_ROUTE_PAGE, wv_route_travel, false},
	{"/assets/style.", true, WV_ROUTE_DATA, wv_route_style, false},
	{"/assets/page.", true, WV_ROUTE_DATA, wv_route_script, false},
	{"/compare", false, WV_ROUTE_PAGE, wv_route_compare, false},
	{"/search", false, WV_ROUTE_PAGE, wv_route_search, false},
	{"/subscriptions", false, WV_ROUTE_PAGE, wv_route_subscriptions, false},
	{"/feed/", true, WV_ROUTE_DATA, wv_route_feed, false},
	{"/source/", true, WV_ROUTE_PAGE, wv_route_source, false},
	{"/category/", true, WV_ROUTE_PAGE, wv_route_category, false},
	{"/pulse", false, WV_ROUTE_PAGE, wv_route_pulse, false},
	{"/favicon.ico", false, WV_ROUTE_DATA, wv_route_icon, false},
	{"/history", false, WV_ROUTE_PAGE, wv_route_history, false},
	{"/cluster/", true, WV_ROUTE_PAGE, wv_route_cluster, false},
	{"/story/", true, WV_ROUTE_PAGE, wv_route_story, false},
	{"/about", false, WV_ROUTE_PAGE, wv_route_about, false},
	{"/assets/check.sh", false, WV_ROUTE_DATA, wv_route_check, false},
};
const size_t wv_route_count = WV_COUNT(wv_routes);

const struct wv_route *wv_route_find(struct wv_slice path, struct wv_slice *rest)
{
	const struct wv_route *best = NULL;
	size_t best_bytes = 0;

	for (size_t i = 0; i < wv_route_count; i++) {
		const struct wv_route *route = &wv_routes[i];
		struct wv_slice own = wv_slice_of(route->path);
		bool fits = route->is_prefix ? wv_slice_starts(path, own) : wv_slice_equals(path, own);

		if (fits && (!best || own.n > best_bytes)) {
			best = route;
			best_bytes = own.n;
		}
	}
	*rest = wv_slice_from(path, best_bytes);
	return best;
}
