#include "archive/serve/routes.h"

/* The longest prefix that fits answers. */
const struct wv_route wv_routes[] = {
	{"/", false, WV_ROUTE_PAGE, wv_route_front},
	{"/snapshot/", true, WV_ROUTE_PAGE, wv_route_snapshot},
	{"/travel", false, WV_ROUTE_PAGE, wv_route_travel},
	{"/assets/style.", true, WV_ROUTE_DATA, wv_route_style},
	{"/assets/page.", true, WV_ROUTE_DATA, wv_route_script},
};
const size_t wv_route_count = WV_COUNT(wv_routes);
