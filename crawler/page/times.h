#ifndef WV_CRAWLER_PAGE_TIMES_H
#define WV_CRAWLER_PAGE_TIMES_H

#include <stdbool.h>
#include <stddef.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/zone.h"

/*
 * Dates and times as pages write them: ISO 8601, RFC 822, month names and numbers of the major
 * languages, 年月日, eras (令和, 平成, 民國, Buddhist years), relative times against the fetch.
 *
 * A result carries its raw text, how its zone was known and the earliest and latest instant it
 * can mean. A bare date stays one. Before 1995 and more than a day after the fetch is refused.
 * Pure; any thread.
 */

enum wv_date_order { WV_DATE_UNKNOWN, WV_DATE_DMY, WV_DATE_MDY, WV_DATE_YMD };

struct wv_times_context {
	struct wv_time fetched;   /* WV_TIME_NONE: unknown; relative times and bare days are refused */
	const struct wv_zone *zone; /* the source's; NULL: none */
	struct wv_slice language; /* BCP 47; empty: unknown */
	struct wv_slice host;     /* of the page: its last label tells day and month apart */
	enum wv_date_order order; /* what the page's other dates showed */
};

/*
 * The first date in `text` at or after *at; *at moves past it and *begin is where it stood.
 * False if there is none. `found` of the result is left empty: the caller knows.
 */
bool wv_times_find(struct wv_arena *arena, const struct wv_times_context *context,
                   struct wv_slice text, size_t *begin, size_t *at, struct wv_stated_time *out);

/* As wv_times_find from the start, for attributes and JSON values: nothing but a date is there. */
bool wv_times_parse(struct wv_arena *arena, const struct wv_times_context *context,
                    struct wv_slice text, struct wv_stated_time *out);

/* /2024/06/05/, /20240605/, /2024-06/05/, -20240605. in a URL's path: a bare date. */
bool wv_times_from_url(struct wv_arena *arena, const struct wv_times_context *context,
                       struct wv_slice url, struct wv_stated_time *out);

/* What unambiguous numeric dates in `text` say about the page's order of day and month. */
enum wv_date_order wv_times_order(struct wv_slice text);

/* Do the two name the same calendar day as written, and has one of them a time of day? */
bool wv_times_same_day(const struct wv_stated_time *a, const struct wv_stated_time *b);
bool wv_times_has_clock(const struct wv_stated_time *time);

#endif
