#ifndef WV_CRAWLER_PLAN_SCHEDULE_H
#define WV_CRAWLER_PLAN_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/clock.h"
#include "config/source.h"
#include "crawler/plan/visit.h"

/*
 * When a page is looked at again. Pure; any thread.
 *
 * Listings, feeds and sitemaps: `every` after the last look, or as the source's market trades, or at
 * the next run; later where a feed asks for it (crawler/plan/pace.h) and the settings say to heed
 * that. A sitemap that stands still is looked at ever less, up to eight times `every`. From the fifth 4xx in a row on a listing waits twice as long each time, up to six hours.
 * Pages: `revisit first` after the first look, the time doubling up to `last` while nothing
 * changes, back to `first` on a change. 404: 1 h, 6 h, 1 d, 7 d, 30 d, then gone; 410: gone at once. 401, 403, 451:
 * a day, doubling up to `last`. No answer: 10 min x 2^n, at most a day. 429, 503: when the turn
 * is free again. 301, 308: `last`, for the target has taken the page's place; so are variants and
 * repeats of another page. tdmrep.json: a day, where there is none a week.
 */
enum wv_schedule_when {
	WV_WHEN_AT,       /* at an instant */
	WV_WHEN_NEXT_RUN, /* whenever the next run opens */
	WV_WHEN_NEVER,    /* gone, or not looked at again by itself */
};
struct wv_schedule {
	enum wv_schedule_when when;
	struct wv_time at;
	int64_t interval_us;    /* to be kept for the next decision */
	uint32_t failures;      /* in a row */
	bool is_gone;
};
struct wv_schedule_facts {
	const struct wv_source *source;
	enum wv_visit_kind kind;
	bool is_listing;
	bool is_guess;          /* a usual place for a feed, and none is there: a month */
	bool is_follower;       /* a redirect target that is looked at only when its origin is */
	int64_t interval_us;    /* of the last decision; 0: first look */
	uint32_t failures;      /* before this outcome */
	bool is_repeat;         /* with the text of another page of the source */
	const struct wv_pace *pace; /* a feed's own wish; NULL: none */
	struct wv_time turn_free; /* end of the turn's hold; WV_TIME_NONE: free */
};
struct wv_schedule wv_schedule_next(const struct wv_schedule_facts *facts,
                                    const struct wv_outcome *outcome);
/* How long after a look at `t` a listing of the source is looked at again; 0: at the next run. With
 * a market: `open` while it trades, else `closed`, but no later than when it opens. */
int64_t wv_schedule_listing_us(const struct wv_source *source, struct wv_time t);
/* Pause before attempt n + 1 (n from 0) within a slot: 1 s x 4^n, at most 60 s. */
int64_t wv_schedule_retry_us(uint32_t attempt);
/*
 * The place of a new page in its queue: newer text first, yet nothing waits for ever. `found`
 * less a share of a day that grows with the age of `published` (none: as if published when found).
 * An item found more than a day later thus never comes before it at the old end, from which
 * one pick in four is taken.
 */
struct wv_time wv_schedule_rank(struct wv_time found, struct wv_time published);

#endif
