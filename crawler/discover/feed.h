#ifndef WV_CRAWLER_DISCOVER_FEED_H
#define WV_CRAWLER_DISCOVER_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/times.h"

/*
 * Feeds: RSS 0.9x, 1.0, 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1. Read as far as they go: a
 * damaged tail costs only itself.
 */
enum wv_feed_kind {
	WV_FEED_RSS,
	WV_FEED_ATOM,
	WV_FEED_JSON,
};

struct wv_feed_item {
	struct wv_slice url;        /* absolute, as it would be requested; empty if it has none */
	struct wv_slice guid;       /* guid, id; empty if it has none */
	bool guid_is_url;           /* RSS: isPermaLink not false, and it is one */
	struct wv_slice title;      /* plain text */
	struct wv_slice summary;    /* plain text, at most 2,000 bytes */
	struct wv_stated_time published, updated;
};

struct wv_feed {
	enum wv_feed_kind kind;
	struct wv_slice title, url, language; /* url: the site's own page */
	struct wv_slice next;       /* RFC 5005 next or prev-archive, JSON next_url; absolute */
	const struct wv_feed_item *items;     /* feed order */
	size_t item_count;
	size_t dropped;             /* items above WV_LIMIT_FEED_ITEMS */
	int64_t ttl_us;             /* RSS ttl; -1 if it says none */
	int64_t period_us;          /* sy:updatePeriod over sy:updateFrequency; likewise */
	uint32_t skip_hours;        /* bit h: hour h GMT */
	uint8_t skip_days;          /* bit d: 0 Sunday .. 6, GMT */
	bool is_damaged;            /* not well formed; what could be read is here */
	struct wv_slice charset;    /* WHATWG name */
};

struct wv_feed_context {
	struct wv_slice url;          /* the feed's own, for relative links */
	struct wv_slice content_type; /* header, or empty */
	struct wv_times_context times;
};

/*
 * Reads a whole feed; slices point into `arena`. WV_BAD_INPUT if it is no feed, WV_USAGE if the
 * context's URL is none, WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_feed_parse(struct wv_arena *arena, struct wv_slice body,
                                         const struct wv_feed_context *context,
                                         struct wv_feed *out, struct wv_err *err);

#endif
