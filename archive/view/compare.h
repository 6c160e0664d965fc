#ifndef WV_ARCHIVE_VIEW_COMPARE_H
#define WV_ARCHIVE_VIEW_COMPARE_H

#include "archive/view/side.h"
#include "archive/view/visit.h"

/*
 * What changed between two captures: figures, names and quotes first, then paragraph by
 * paragraph, in one text or side by side; and a slider over the page's versions.
 */
struct wv_view_compare_query {
	uint64_t from, to;                   /* captures */
	bool is_side;                        /* side by side */
	const struct wv_side_reader *reader; /* NULL: articles, else bytes */
};
/* WV_NO: no such captures at (T, K); with a set `refusal`: taken down. */
WV_MUST_USE enum wv_status wv_view_compare(struct wv_visit *visit,
                                           const struct wv_view_compare_query *query,
                                           struct wv_fact *refusal, struct wv_buf *out,
                                           struct wv_err *err);

#endif
