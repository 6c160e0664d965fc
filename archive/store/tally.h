#ifndef WV_ARCHIVE_STORE_TALLY_H
#define WV_ARCHIVE_STORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/store.h"

/*
 * Running totals in memory: captures by source, by the day they were made and by the day they were
 * recorded, so that charts of years cost what they show and not what the archive holds. Followed
 * from leaf to leaf; what the register withholds (register.h) is not in it, and a new fact makes it
 * count anew. One owner writes; others only read while it does not.
 *
 * As of (T, K) it answers for whole UTC days: those that were over at T, recorded on days that were
 * over at K. A day that is not over cannot be told apart from what comes later in it, so it is left
 * out where the visitor named an instant. Kind of captures: all answers, hops and failures too.
 */
struct wv_tally;

WV_MUST_USE enum wv_status wv_tally_new(struct wv_tally **out, struct wv_err *err);
void wv_tally_free(struct wv_tally **tally); /* also a WV_AUTO handler */
/* Counts at most `leaves` more; WV_BOUND: there are more. `now` is for terms of take-downs. */
WV_MUST_USE enum wv_status wv_tally_follow(struct wv_tally *tally, struct wv_txn *txn,
                                           struct wv_time now, uint64_t leaves,
                                           struct wv_err *err);
/* Captures not counted yet when wv_tally_follow ended. */
uint64_t wv_tally_behind(const struct wv_tally *tally);

/* Of what the register withholds now, and only now, may the totals speak: false where it has changed
 * since they were counted. */
bool wv_tally_is_of(const struct wv_tally *tally, struct wv_txn *txn);
/* All that was counted, as of now. */
struct wv_tally_sums {
	uint64_t captures, pages, bytes; /* bytes as in wv_tally_day */
};
struct wv_tally_sums wv_tally_sum(const struct wv_tally *tally);

struct wv_tally_day {
	int32_t day;       /* since 1970-01-01, UTC */
	uint64_t captures;
	uint64_t answered; /* with a body: what could be new */
	uint64_t fresh;    /* of those, with bytes the page did not have at the time before */
	uint64_t bytes;    /* of the bodies, each time they were had */
};
struct wv_tally_query {
	uint32_t source;             /* number (wv_source_totals); WV_TALLY_ALL: all */
	int32_t from_day, to_day;    /* both included */
	struct wv_time at, known_at; /* named by the visitor; WV_TIME_NONE: now */
};
#define WV_TALLY_ALL UINT32_MAX
/* Fills days[0 ... to_day - from_day]; days that are not over at T stay zero. */
void wv_tally_days(const struct wv_tally *tally, const struct wv_tally_query *query,
                   struct wv_tally_day *days);
/* The totals of each source with any, at most `max`, most captures first; their number. */
struct wv_tally_source {
	uint32_t source;
	struct wv_tally_day sum; /* `day` is that of its last capture */
	int32_t first_day;
};
size_t wv_tally_sources(const struct wv_tally *tally, const struct wv_tally_query *query,
                        struct wv_tally_source *out, size_t max);
/* The first and last day with captures, as the query sees them; false: none. */
bool wv_tally_span(const struct wv_tally *tally, const struct wv_tally_query *query,
                   int32_t *first_day, int32_t *last_day);
/* The day of an instant, and the first instant of a day. */
int32_t wv_tally_day_of(struct wv_time t);
struct wv_time wv_tally_day_start(int32_t day);

#endif
