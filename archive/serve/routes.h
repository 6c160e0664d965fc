#ifndef WV_ARCHIVE_SERVE_ROUTES_H
#define WV_ARCHIVE_SERVE_ROUTES_H

#include "archive/serve/call.h"

/*
 * Which function answers what; the functions, by file. A function writes answer->body and sets what
 * differs from the defaults of its route's kind. WV_NO becomes 404, WV_USAGE 400 (with the words of
 * `err`), WV_STOPPED, WV_NOMEM and WV_LIMIT 503, anything else but WV_OK 500, each as a page or, for
 * data, as JSON {"error"}.
 */
typedef enum wv_status (*wv_route_fn)(struct wv_call *call, struct wv_err *err);

struct wv_route {
	const char *path;
	bool is_prefix; /* what follows is call->rest; else the path is the whole */
	enum wv_route_kind kind;
	wv_route_fn answer;
	/* What follows is a URL, and a query is that URL's: parameters of ours (as-of, known-at, lang)
	 * stand in a segment before it, which call->rest no longer has. */
	bool takes_url;
};
extern const struct wv_route wv_routes[];
extern const size_t wv_route_count;
/* The one with the longest path that fits, or NULL; *rest is what follows it. */
const struct wv_route *wv_route_find(struct wv_slice path, struct wv_slice *rest);

/* times.c */
enum wv_status wv_route_icon(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_subscriptions(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_feed(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_source(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_category(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_pulse(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_search(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_compare(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_history(struct wv_call *call, struct wv_err *err);

/* pages.c */
enum wv_status wv_route_front(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_snapshot(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_cluster(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_story(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_about(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_travel(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_style(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_script(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_check(struct wv_call *call, struct wv_err *err);

#endif
