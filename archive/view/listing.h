#ifndef WV_ARCHIVE_VIEW_LISTING_H
#define WV_ARCHIVE_VIEW_LISTING_H

#include "archive/view/visit.h"

/*
 * The articles of one source or one category, newest capture first, a page at a time; of a source
 * also its facts: first and last capture, how many, what came back, how often. An article that was
 * looked at again without a change stands once.
 *
 * A category is asked of the search index where there is one (visit->search), by the articles' own
 * time; else, and a source always, captures are walked, newest first. Either way the work of one
 * page is bounded: a walk goes on where it stopped with the next page.
 */
#define WV_VIEW_LISTING_ITEMS 30u
#define WV_VIEW_LISTING_PAGES 300u

struct wv_view_listing_query {
	struct wv_slice name;
	bool is_category;      /* else a source */
	size_t page;           /* of what the index finds, from 1 */
	bool has_after;        /* of a walk: go on behind this capture */
	struct wv_time after_captured;
	uint64_t after_id;
};
/* WV_NO: nothing of that name at (T, K). */
WV_MUST_USE enum wv_status wv_view_listing(struct wv_visit *visit,
                                           const struct wv_view_listing_query *query,
                                           struct wv_buf *out, struct wv_err *err);

#endif
