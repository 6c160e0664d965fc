#ifndef WV_CRAWLER_PLAN_POLITENESS_H
#define WV_CRAWLER_PLAN_POLITENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "config/source.h"

/*
 * The clock of a turn: what shares one queue for politeness (a domain, a host, an address), when
 * it may be asked next, and how that survives the process. Pure functions on plain data.
 */

enum wv_turn_hold { /* on disk */
	WV_HOLD_NONE = 0,
	WV_HOLD_RETRY_AFTER = 1, /* the server said until when */
	WV_HOLD_BACKOFF = 2,     /* 429, 503 or timeout without a word: 60 s x 2^n */
};

/*
 * The TURNS row. Wall clock, for it outlives the process; a wait is kept with the instant it was
 * set, so that a clock that stepped back lengthens no wait and shortens none.
 */
struct wv_turn_state {
	uint64_t run, change;     /* of two copies of a row the greater (run, change) is the newer */
	struct wv_time last_start;
	struct wv_time last_end;  /* last byte of the last answer */
	int64_t last_answer_us;   /* how long the last answer took */
	uint64_t last_bytes;
	int64_t asked_delay_us;   /* Crawl-delay or Request-rate; 0: none */
	uint64_t asked_by;        /* hash of the origin that asked for it */
	enum wv_turn_hold hold;
	struct wv_time hold_set, hold_until;
	uint32_t troubles;        /* n of 60 s x 2^n: windows of trouble in a row */
	struct wv_time trouble_at;
	uint64_t lease_run;       /* 0: none */
	struct wv_time lease_set, lease_until;
};
void wv_turn_state_init(struct wv_turn_state *state);
void wv_turn_state_encode(const struct wv_turn_state *state, struct wv_buf *out);
WV_MUST_USE enum wv_status wv_turn_state_decode(struct wv_slice row, struct wv_turn_state *out,
                                                struct wv_err *err);
bool wv_turn_state_is_newer(const struct wv_turn_state *a, const struct wv_turn_state *b);

/* The SOURCES row as far as politeness goes. */
struct wv_source_state {
	uint32_t forbidden_in_row; /* 403 after 403 */
	struct wv_time suspended_set, suspended_until;
	uint64_t run, change;
};
#define WV_FORBIDDEN_BURST   10u /* 403s in a row that suspend a source */
#define WV_SUSPEND_US        (INT64_C(6) * 3600 * WV_US_PER_S)
#define WV_BACKOFF_FIRST_US  (INT64_C(60) * WV_US_PER_S)
#define WV_BACKOFF_LAST_US   WV_US_PER_DAY
#define WV_TROUBLE_QUIET_US  (INT64_C(2) * 3600 * WV_US_PER_S) /* forgiven after this quiet time */
#define WV_LEASE_MIN_US      (INT64_C(2) * WV_US_PER_S)
#define WV_HOLD_MAX_US       (INT64_C(30) * WV_US_PER_DAY) /* no Retry-After is believed beyond */

/* What the clock asks between the last answer's end and the next start. Goes to the ledger. */
struct wv_turn_need {
	int64_t delay_us;        /* the greatest of the following */
	int64_t settings_us;     /* politeness.delay */
	uint32_t factor_milli;   /* politeness.delay_factor x 1000; 0 where the delay is 0 */
	int64_t asked_us;        /* Crawl-delay, Request-rate */
	uint32_t connections;    /* at most so many at once */
};
struct wv_turn_need wv_politeness_need(const struct wv_politeness *politeness,
                                       const struct wv_turn_state *state);

/* A turn in memory: the row with the hands of the monotonic clock. */
struct wv_turn_clock {
	struct wv_turn_state state;
	struct wv_mono start, end;    /* INT64_MIN: never */
	struct wv_mono held;          /* not before, by hold; INT64_MIN: free */
	struct wv_mono barrier;       /* not before, by what an earlier run left; INT64_MIN: none */
	struct wv_mono budget;        /* not before, by bandwidth */
	struct wv_mono leased;        /* durable lease ends; INT64_MIN: none */
	uint32_t in_flight;
};

/*
 * Winds the clock from a row of an earlier run (state NULL: a turn never asked). `is_lease_open`:
 * the run that leased it did not close, so the lease counts as a request at its end, and as one at
 * `mono` too, for an answer may have been under way.
 */
void wv_turn_clock_init(struct wv_turn_clock *clock, const struct wv_turn_state *state,
                        const struct wv_politeness *politeness, bool is_lease_open,
                        struct wv_time now, struct wv_mono mono);
/* The first instant the next request may start, were nothing in flight more than the connections
 * allow (INT64_MAX then: ask again after an answer). */
struct wv_mono wv_turn_clock_ready(const struct wv_turn_clock *clock,
                                   const struct wv_politeness *politeness);
/* Does a request at `mono` lie within a durable lease? */
bool wv_turn_clock_is_leased(const struct wv_turn_clock *clock, struct wv_mono mono);
/* How far ahead a lease of this turn reaches: max(delay, 2 s). */
int64_t wv_turn_clock_lease_us(const struct wv_turn_clock *clock,
                               const struct wv_politeness *politeness);
void wv_turn_clock_started(struct wv_turn_clock *clock, struct wv_time now, struct wv_mono mono);

/* What an answer says about the turn. */
struct wv_turn_answer {
	struct wv_time at;
	struct wv_mono mono, started;
	uint64_t bytes;
	int64_t retry_after_us; /* -1: none */
	bool asks_to_wait;      /* 429, 503, or 3xx with Retry-After */
	bool is_trouble;        /* 429 or 503 without Retry-After, or a timeout */
	uint64_t jitter_seed;
};
void wv_turn_clock_answered(struct wv_turn_clock *clock, const struct wv_politeness *politeness,
                            const struct wv_turn_answer *answer);
/* The origin's robots.txt asks for this delay (0: for none any more). */
void wv_turn_clock_ask(struct wv_turn_clock *clock, uint64_t origin_hash, int64_t delay_us);

/*
 * Retry-After: seconds, or one of the three HTTP-date forms; a date in the past is 0. Capped at
 * WV_HOLD_MAX_US. -1 for what is neither.
 */
int64_t wv_politeness_parse_retry_after(struct wv_slice value, struct wv_time now);
/* 60 s x 2^n, at most a day, +-10 % by the seed. */
int64_t wv_politeness_backoff_us(uint32_t n, uint64_t seed);

#endif
