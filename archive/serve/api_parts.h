#ifndef WV_ARCHIVE_SERVE_API_PARTS_H
#define WV_ARCHIVE_SERVE_API_PARTS_H

#include "archive/serve/api.h"
#include "config/base/json.h"

/*
 * Inside of the JSON API: api.c has the table of its addresses, api_parts.c what they share, and
 * api_page.c, api_find.c, api_around.c and api_archive.c what they answer. Not for others.
 */
struct wv_search;

/* One answer on its way: the object is open. */
struct wv_api {
	struct wv_call *call;
	struct wv_json_writer *w;
	struct wv_slice rest; /* behind the name: an ID */
};

/* A parameter as an instant; WV_TIME_NONE: not there. `is_last`: the end of a partial one. */
WV_MUST_USE enum wv_status wv_api_instant(const struct wv_api *api, const char *name, bool is_last,
                                          struct wv_time *out, struct wv_err *err);
/* As a number, cut at `most`; `usual`: not there. */
WV_MUST_USE enum wv_status wv_api_number(const struct wv_api *api, const char *name, uint64_t usual,
                                         uint64_t most, uint64_t *out, struct wv_err *err);
/* A capture as it may be shown at (T, K); WV_NO: there is none. *is_answered: taken down, and the
 * answer says so. */
WV_MUST_USE enum wv_status wv_api_find_capture(struct wv_api *api, uint64_t id,
                                               struct wv_capture *out, bool *is_answered,
                                               struct wv_err *err);
/* The one whose ID the address ends in. */
WV_MUST_USE enum wv_status wv_api_find_by_rest(struct wv_api *api, struct wv_capture *out,
                                               bool *is_answered, struct wv_err *err);
/* An index that is not made yet will be: WV_STOPPED, which answers 503. */
WV_MUST_USE enum wv_status wv_api_find_index(struct wv_api *api, struct wv_search **out,
                                             uint64_t *behind, struct wv_err *err);

/* "links": where a capture is shown. */
void wv_api_add_ways(struct wv_api *api, const struct wv_capture *capture);
/* A capture with the head of its article; `key` NULL: an item of a list. */
WV_MUST_USE enum wv_status wv_api_add_item(struct wv_api *api, const char *key,
                                           const struct wv_capture *capture, struct wv_err *err);

/* What the addresses answer. WV_STOPPED: later (503). */
enum wv_status wv_api_snapshot(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_history(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_compare(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_search(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_latest(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_categories(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_cluster(struct wv_api *api, struct wv_err *err);
#define WV_API_STORY_LINKS 50u
enum wv_status wv_api_story(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_sources(struct wv_api *api, struct wv_err *err);
enum wv_status wv_api_totals(struct wv_api *api, struct wv_err *err);

#endif
