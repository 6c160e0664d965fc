#ifndef WV_ARCHIVE_VIEW_HISTORY_H
#define WV_ARCHIVE_VIEW_HISTORY_H

#include "archive/view/visit.h"

/*
 * What the archive has of a page: its versions, silent edits marked, headlines that changed alone,
 * when it was gone and came back, a line and a calendar of its captures, and each of them. Shows
 * the newest WV_VIEW_HISTORY_MAX captures up to `until` and leads to the ones before, so that its
 * work is bounded however often a page was looked at.
 */
#define WV_VIEW_HISTORY_MAX 400u

struct wv_view_history_query {
	struct wv_slice url;  /* as typed; empty: `page` says which */
	uint64_t page;        /* number */
	struct wv_time until; /* WV_TIME_NONE: the visit's T */
};
/* *is_found is false where the archive has nothing of it at (T, K); the page then says so, and what
 * it has of the same site. WV_NO with a set `refusal`: taken down. WV_USAGE: no URL. */
WV_MUST_USE enum wv_status wv_view_history(struct wv_visit *visit,
                                           const struct wv_view_history_query *query,
                                           bool *is_found, struct wv_fact *refusal,
                                           struct wv_buf *out, struct wv_err *err);

#endif
