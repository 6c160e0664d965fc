#ifndef WV_ARCHIVE_VIEW_LISTING_H
#define WV_ARCHIVE_VIEW_LISTING_H

#include "archive/view/visit.h"

/*
 * The articles of one source or one category, newest capture first, a page at a time; of a source
 * also its facts: first and last capture, how many, what came back, how often. An article that was
 * looked at again without a change stands once.
 */
#define WV_VIEW_LISTING_ITEMS 30u

struct wv_view_listing_query {
	struct wv_slice name;
	bool is_category;      /* else a source */
	bool has_after;        /* go on behind this capture */
	struct wv_time after_captured;
	uint64_t after_id;
};
/* WV_NO: nothing of that name at (T, K). */
WV_MUST_USE enum wv_status wv_view_listing(struct wv_visit *visit,
                                           const struct wv_view_listing_query *query,
                                           struct wv_buf *out, struct wv_err *err);

#endif
