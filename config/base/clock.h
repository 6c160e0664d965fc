#ifndef WV_CONFIG_BASE_CLOCK_H
#define WV_CONFIG_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * The only file that asks the system for the time.
 *
 * wv_time is UTC since 1970 without leap seconds; wv_mono measures waiting only. They are
 * different types so that mixing them does not compile.
 */
struct wv_time {
	int64_t us;
};
struct wv_mono {
	int64_t us;
};

#define WV_US_PER_S   INT64_C(1000000)
#define WV_US_PER_MS  INT64_C(1000)
#define WV_US_PER_DAY (INT64_C(86400) * WV_US_PER_S)
/* No time: compare with wv_time_is_none. */
#define WV_TIME_NONE ((struct wv_time){INT64_MIN})

static inline bool wv_time_is_none(struct wv_time t)
{
	return t.us == INT64_MIN;
}

/* Rows of an archive may be forged. What lies farther from 1970 than this, some 36,000 years, no clock
 * and no text ever said, and differences of what lies nearer can be held. */
#define WV_TIME_FAR_US (INT64_C(1) << 60)

static inline bool wv_time_is_possible(struct wv_time t)
{
	return t.us > -WV_TIME_FAR_US && t.us < WV_TIME_FAR_US;
}

/* A clock is given to whoever needs one; only main() makes one. Threads may share it. */
struct wv_clock;

/* The machine's: CLOCK_REALTIME, CLOCK_MONOTONIC. Never freed. */
struct wv_clock *wv_clock_system(void);

/*
 * A clock that only moves when it is turned: for tests and the newsroom. With a path, its state
 * lives in that file (created if missing, starting at `start`) and all processes that open it
 * share the time; without, in memory.
 */
WV_MUST_USE enum wv_status wv_clock_new_simulated(const char *path, struct wv_time start,
                                                  struct wv_clock **out, struct wv_err *err);
void wv_clock_free(struct wv_clock **clock); /* the system's clock: does nothing */

struct wv_time wv_clock_now(const struct wv_clock *clock);
struct wv_mono wv_clock_mono(const struct wv_clock *clock);
bool wv_clock_is_simulated(const struct wv_clock *clock);
/* Moves a simulated clock (both hands) by `us`; negative steps move only the wall hand. */
void wv_clock_turn(struct wv_clock *clock, int64_t us);
/* CPU time of this process, for reports. */
int64_t wv_clock_cpu_us(void);

/* RFC 3339 with Z: "2024-06-05T05:45:03Z", with six digits where there are microseconds.
 * Years outside 0000..9999 give "invalid". */
#define WV_TIME_TEXT_MAX 48
const char *wv_time_print(struct wv_time t, char text[WV_TIME_TEXT_MAX]);
/* 14 digits as in Wayback addresses and CDXJ: "20240605054503". */
const char *wv_time_print_14(struct wv_time t, char text[WV_TIME_TEXT_MAX]);

/*
 * What people type: RFC 3339 with any offset, "2024-06-05", "2024-06", "2024",
 * "2024-06-05T12:30Z", "2024-06-05 12:30:00Z", "20240605054503" and its prefixes of 4, 6, 8, 10,
 * 12 digits, "3h ago", "now". A partial time is an interval: its first instant and its last
 * microsecond, UTC. WV_USAGE with words otherwise; a time of day without an offset is UTC.
 */
struct wv_time_range {
	struct wv_time first;
	struct wv_time last;
};
WV_MUST_USE enum wv_status wv_time_parse(struct wv_slice text, struct wv_time now,
                                         struct wv_time_range *out, struct wv_err *err);

/* The three HTTP-date forms of RFC 9110 5.6.7; two-digit years by its rule. */
bool wv_time_parse_http(struct wv_slice text, struct wv_time now, struct wv_time *out);
/* IMF-fixdate: "Wed, 05 Jun 2024 05:45:03 GMT". */
const char *wv_time_print_http(struct wv_time t, char text[WV_TIME_TEXT_MAX]);

/* Proleptic Gregorian calendar, for dates on pages and schedules. */
struct wv_civil {
	int32_t year;
	uint8_t month, day;             /* 1.. */
	uint8_t hour, minute, second;
	int32_t us;
	uint8_t weekday;                /* 0 Sunday .. 6 */
};
/* False if a field is out of its range (31 April, hour 24; second 60 counts as 59). */
bool wv_civil_is_valid(const struct wv_civil *civil);
struct wv_time wv_time_of_civil(const struct wv_civil *civil); /* as UTC */
struct wv_civil wv_civil_of_time(struct wv_time t);            /* as UTC */

/* "90s", "15m", "2h", "1.5s", "250ms", "3d"; a number without its unit is WV_USAGE. */
WV_MUST_USE enum wv_status wv_duration_parse(struct wv_slice text, int64_t *us, struct wv_err *err);
/* "1.5s", "15m": shortest exact form of at most two units. */
const char *wv_duration_print(int64_t us, char text[WV_TIME_TEXT_MAX]);
/* "10MiB", "1GiB", "512KiB", "0B"; a number without its unit is WV_USAGE. */
WV_MUST_USE enum wv_status wv_size_parse(struct wv_slice text, uint64_t *bytes, struct wv_err *err);
const char *wv_size_print(uint64_t bytes, char text[WV_TIME_TEXT_MAX]);

#endif
