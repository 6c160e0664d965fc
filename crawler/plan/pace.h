#ifndef WV_CRAWLER_PLAN_PACE_H
#define WV_CRAWLER_PLAN_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"

/*
 * What a feed says of how often it wants to be looked at: RSS ttl, skipHours, skipDays (RSS 2.0,
 * "Optional channel elements"). A bound on our own interval, never a longer one than these: a ttl
 * counts for an hour at most, skipped hours and days put a look off for three days at most, and
 * hours or days that are all skipped are no statement. So a careless template slows a feed down and
 * starves it not. sy:updatePeriod says how often a feed changes, not how long to wait; software
 * writes it unasked, and it is not counted. Pure; any thread.
 */
struct wv_pace {
	int64_t ttl_us;      /* 0: none */
	uint32_t skip_hours; /* bit h: hour h GMT */
	uint8_t skip_days;   /* bit d: 0 Sunday .. 6, GMT */
};
#define WV_PACE_TTL_MAX_US  (INT64_C(3600) * WV_US_PER_S)
#define WV_PACE_SKIP_MAX_US (3 * WV_US_PER_DAY)

bool wv_pace_is_set(const struct wv_pace *pace);
/* When a feed looked at at `looked` is looked at again, which by the settings alone would be
 * `usual_us` later; 0: at the next run. WV_TIME_NONE: then, the feed has no objection. */
struct wv_time wv_pace_next(const struct wv_pace *pace, struct wv_time looked, int64_t usual_us);
/* "ttl 30m; not in the hours 0-5, 23 GMT; not on Sunday": for people, appended. */
void wv_pace_say(const struct wv_pace *pace, struct wv_buf *out);

#endif
