#ifndef WV_CRAWLER_DISCOVER_FEED_READ_H
#define WV_CRAWLER_DISCOVER_FEED_READ_H

#include "crawler/discover/feed.h"

/* What the XML and the JSON reader of feeds share. */

#define WV_FEED_SUMMARY_BYTES 2000u

struct wv_feed_items {
	struct wv_feed_item *items;
	size_t count, room, dropped;
	bool no_memory;
};
void wv_feed_items_add(struct wv_arena *arena, struct wv_feed_items *items,
                       const struct wv_feed_item *item);

/* `reference` against `base`, as it would be requested; empty if that is no web address. */
struct wv_slice wv_feed_resolve(struct wv_arena *arena, struct wv_slice base,
                                struct wv_slice reference);
/* Plain text with runs of space made one; references stay as they are. */
struct wv_slice wv_feed_squeeze(struct wv_arena *arena, struct wv_slice text, size_t cap_bytes);
/* A stated time; unset where `text` is none, `raw` is kept then too. */
struct wv_stated_time wv_feed_time(struct wv_arena *arena, const struct wv_times_context *context,
                                   struct wv_slice text, const char *found);

#endif
