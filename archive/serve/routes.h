#ifndef WV_ARCHIVE_SERVE_ROUTES_H
#define WV_ARCHIVE_SERVE_ROUTES_H

#include "archive/serve/service.h"
#include "archive/view/visit.h"

enum wv_route_kind {
	WV_ROUTE_PAGE,   /* text/html; charset=utf-8, the strict policy */
	WV_ROUTE_DATA,   /* application/json unless the function sets another Content-Type */
	WV_ROUTE_REPLAY, /* foreign bytes: the function sets type and policy */
};

/*
 * One request on its way to an answer, and the functions that answer, by file. A function writes
 * answer->body and sets what differs from the defaults of its route's kind. WV_NO becomes 404,
 * WV_USAGE 400 (with the words of `err`), anything else but WV_OK 500, each as a page or, for data,
 * as JSON {"error"}.
 */
struct wv_call {
	struct wv_service *service;
	const struct wv_service_options *options;
	const struct wv_http_request *request;
	struct wv_http_answer *answer;
	struct wv_visit visit;
	enum wv_route_kind kind; /* of its route */
	struct wv_slice rest; /* of the path behind the route's prefix, as sent */
	unsigned worker;
};
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

/* "12" as a number: an ID; WV_NO otherwise. */
WV_MUST_USE enum wv_status wv_call_id(const struct wv_call *call, struct wv_slice text,
                                      uint64_t *id, struct wv_err *err);
/* Percent escapes of a path decoded, into the request's arena. */
struct wv_slice wv_call_decode(const struct wv_call *call, struct wv_slice text);
/* The answer where something was taken down: 404, 451, 410 by its level, with a page or JSON. */
enum wv_status wv_call_refuse(struct wv_call *call, const struct wv_fact *fact);
/* The same for a capture that is not shown: by `fact`, where it is set, else by what erased it.
 * WV_NO: it was never there. */
WV_MUST_USE enum wv_status wv_call_refuse_id(struct wv_call *call, uint64_t id,
                                             const struct wv_fact *fact, struct wv_err *err);
/* The answer where a page asked that its text not be shown (view/wishes.h): 403, and its words. */
struct wv_wishes;
enum wv_status wv_call_withhold(struct wv_call *call, const struct wv_wishes *wishes);
/* The same, where one of two asks so; else *is_answered stays as it was. */
WV_MUST_USE enum wv_status wv_call_withhold_any(struct wv_call *call, const struct wv_capture *one,
                                                const struct wv_capture *other, bool *is_answered,
                                                struct wv_err *err);
/* What the index of stories lacks, as of the follower's last turn; false: it had none yet. */
bool wv_call_stories_behind(const struct wv_call *call, uint64_t *behind);
/* The search index, open for this worker, only to ask: the follower (follower.h) keeps it up.
 * `behind`: captures known at the visit's K that it lacks. WV_MISSING: there is none. */
WV_MUST_USE enum wv_status wv_call_search(struct wv_call *call, struct wv_search **out,
                                          uint64_t *behind, struct wv_err *err);
/* visit.around, this worker's: by the index, if there is one (visit.search is then set too). Kept from
 * request to request, and with it what it has read. None for pages of a folder. */
WV_MUST_USE enum wv_status wv_call_around(struct wv_call *call, struct wv_err *err);
/* visit.tally, until it is given back before the route ends; NULL while it is being counted anew,
 * after a take-down. */
WV_MUST_USE enum wv_status wv_call_take_tally(struct wv_call *call, struct wv_err *err);
void wv_call_give_tally(struct wv_call *call);

/* Of the HTTP in front of it. */
void wv_call_http_counts(const struct wv_call *call, struct wv_http_counts *out);

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
