#ifndef WV_ARCHIVE_VIEW_PAST_H
#define WV_ARCHIVE_VIEW_PAST_H

#include "archive/store/history.h"
#include "archive/view/visit.h"

/*
 * A stretch of a page's past, as large as one view needs: the newest `max` captures at or before
 * `until` (and the visit's T), with what history.h makes of them. The work grows with `max`, not
 * with the page's captures: one that was looked at 50,000 times is as quick as any other.
 */
struct wv_past_capture {
	uint64_t id;
	struct wv_time captured;
	int32_t status;
	uint32_t flags; /* enum wv_capture_flag */
	enum wv_verdict verdict;
	struct wv_slice url, location, reason;
};

struct wv_past {
	struct wv_page page;
	const struct wv_past_capture *captures; /* oldest first */
	size_t count;
	bool has_older, has_newer;    /* there are more before, after */
	struct wv_time first, last;   /* of all that the visit may see; WV_TIME_NONE: none */
	struct wv_history history;    /* of these captures: numbers count from the first of them */
};

/* The page of a URL. WV_NO: never captured; WV_USAGE: no URL. `refusal` is set (WV_NO) where the
 * page as a whole was taken down. */
WV_MUST_USE enum wv_status wv_past_page(const struct wv_visit *visit, struct wv_slice url,
                                        struct wv_page *out, struct wv_fact *refusal,
                                        struct wv_err *err);
/* out->page is given. `until`: WV_TIME_NONE is the visit's T. */
WV_MUST_USE enum wv_status wv_past_of(const struct wv_visit *visit, struct wv_time until,
                                      size_t max, struct wv_past *out, struct wv_err *err);

#endif
