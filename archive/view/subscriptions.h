#ifndef WV_ARCHIVE_VIEW_SUBSCRIPTIONS_H
#define WV_ARCHIVE_VIEW_SUBSCRIPTIONS_H

#include "archive/search/feed.h"
#include "archive/search/subscription.h"
#include "archive/view/visit.h"

/* The saved queries of the archive, each with its feeds and what it found last; or one of them with
 * all entries of its feed. Needs visit->search for what was found. */
struct wv_view_subscriptions_query {
	struct wv_slice name; /* empty: all of them */
	uint64_t behind;      /* captures that the index lacks */
};
/* WV_NO: none of that name. */
WV_MUST_USE enum wv_status wv_view_subscriptions(struct wv_visit *visit,
                                                 const struct wv_view_subscriptions_query *query,
                                                 struct wv_buf *out, struct wv_err *err);

/* Subscription and feed as of the visit's (T, K). WV_NO: none of that name. WV_MISSING: no index. */
WV_MUST_USE enum wv_status wv_view_feed(const struct wv_visit *visit,
                                        const struct wv_subscription *subscription, size_t max,
                                        struct wv_feed *out, struct wv_err *err);
#define WV_VIEW_FEED_MAX 50u

#endif
