#ifndef WV_CONFIG_ZONE_H
#define WV_CONFIG_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * Time zones: what a clock on a wall says, and which instants that may be.
 *
 * A zone is a table of its offsets from 1800 to 2200 (ICU's tz data), made once; before and after
 * it the first and the last offset hold. Zones never change and live as long as the cache that
 * gave them; any thread may use one.
 */
struct wv_zone;

/* The zones asked for so far. Any thread; its lock is a leaf. */
struct wv_zones;
WV_MUST_USE enum wv_status wv_zones_new(struct wv_zones **out, struct wv_err *err);
void wv_zones_free(struct wv_zones **zones);
/* "Asia/Shanghai", "UTC", "EST5EDT": names of the IANA database, case as there. WV_USAGE for any
 * other name; `err` then has a likely one. Lasts a millisecond at the first asking for a name. */
WV_MUST_USE enum wv_status wv_zones_get(struct wv_zones *zones, struct wv_slice name,
					const struct wv_zone **out, struct wv_err *err);
/* As wv_zones_get without making the table: WV_OK or WV_USAGE. */
WV_MUST_USE enum wv_status wv_zone_check(struct wv_slice name, struct wv_err *err);

struct wv_slice wv_zone_name(const struct wv_zone *zone);
/* Seconds east of Greenwich at an instant. */
int32_t wv_zone_offset_s(const struct wv_zone *zone, struct wv_time t);
/* What the wall clock shows at an instant. */
struct wv_civil wv_zone_civil(const struct wv_zone *zone, struct wv_time t);

enum wv_zone_fit {
	WV_ZONE_ONCE,  /* earliest == latest */
	WV_ZONE_TWICE, /* clocks were set back: both instants */
	WV_ZONE_NEVER, /* clocks were set forward over it: by the offset after, and by the one
			  before */
};
struct wv_zone_instants {
	enum wv_zone_fit fit;
	struct wv_time earliest, latest;
	struct wv_time change; /* TWICE, NEVER: when the clocks were changed; else WV_TIME_NONE */
};
/* The instants at which the wall clock shows a valid civil time. */
struct wv_zone_instants wv_zone_instants(const struct wv_zone *zone, const struct wv_civil *civil);

/* Hours of each local day, in minutes from midnight; from > to goes past midnight. */
struct wv_zone_hours {
	uint16_t from_minute, to_minute;
};
/*
 * Does the wall clock stand within the hours? Then *until (may be NULL) is the first later instant
 * at which it shows to_minute, or jumps over it. The ends are from <= clock < to.
 */
bool wv_zone_is_within(const struct wv_zone *zone, struct wv_zone_hours hours, struct wv_time now,
		       struct wv_time *until);

/*
 * What pages write behind a time of day: "EST", "CEST", "GMT+8", "UTC-05:30", "Z", "ET",
 * "北京时间". Letters of either case. Either one or more fixed offsets, the usual one first
 * (several: ambiguous, "IST" is India, Israel and Ireland), or the name of a zone whose offset
 * depends on the date ("ET"). False for anything else. Pure; any thread.
 */
struct wv_zone_word {
	struct wv_slice zone; /* empty: offsets count */
	int16_t offsets_min[3];
	size_t offset_count;
};
bool wv_zone_word_find(struct wv_slice word, struct wv_zone_word *out);

#endif
