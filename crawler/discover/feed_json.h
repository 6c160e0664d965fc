#ifndef WV_CRAWLER_DISCOVER_FEED_JSON_H
#define WV_CRAWLER_DISCOVER_FEED_JSON_H

#include "crawler/discover/feed.h"

/* JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1): the other half of feed.c. */

/* Does the text begin like one? */
bool wv_feed_is_json(struct wv_slice text);
/* As wv_feed_parse, of decoded text; `feed` is filled only on success. */
WV_MUST_USE enum wv_status wv_feed_parse_json(struct wv_arena *arena, struct wv_slice text,
                                              const struct wv_feed_context *context,
                                              struct wv_feed *feed, struct wv_err *err);

#endif
