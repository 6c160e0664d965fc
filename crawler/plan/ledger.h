#ifndef WV_CRAWLER_PLAN_LEDGER_H
#define WV_CRAWLER_PLAN_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "crawler/plan/visit.h"

/*
 * The ledger: one row per request answered or given up, and per refusal, with the rule and the
 * clock that allowed or forbade it. Kept 90 days. It can be replayed against the promises.
 *
 * Rows are ordered by run and by the run's monotonic clock, so a wall clock that steps cannot
 * reorder them.
 */
#define WV_LEDGER_KEEP_US (INT64_C(90) * WV_US_PER_DAY)

struct wv_ledger_row {
	uint64_t run;
	struct wv_time opened;    /* when the run opened */
	int64_t offset_us;        /* of its start (refusals: of the refusal) since the run opened */
	uint32_t number;          /* distinguishes rows of one instant */
	enum wv_visit_kind kind;
	enum wv_result result;
	int32_t status;
	uint32_t attempt;
	bool is_last;             /* the slot's last outcome: it has a capture if a request went out */
	struct wv_slice url;
	struct wv_slice page_key;
	struct wv_slice turn;
	struct wv_slice source;
	struct wv_slice basis;    /* robots rule and clock, for people; or why refused */
	struct wv_time due;
	struct wv_time started, ended;
	int64_t end_offset_us;
	int64_t earliest_offset_us; /* the first instant the clock allowed; INT64_MIN: any */
	struct wv_turn_need need;
	int64_t retry_after_us;     /* -1: none */
	bool robots_allowed;        /* false only for refusals, and for robots.txt itself n/a */
	uint32_t robots_line;
	struct wv_time robots_fetched; /* whose rules; WV_TIME_NONE: none needed */
};

/* Borrowed from the transaction. */
WV_MUST_USE enum wv_status wv_ledger_add(struct wv_txn *txn, const struct wv_ledger_row *row,
                                         struct wv_err *err);
/* Called for each row in order; anything but WV_OK stops the walk and is returned (WV_NO: a plain
 * stop, returned as WV_OK). */
typedef enum wv_status (*wv_ledger_fn)(void *context, const struct wv_ledger_row *row,
                                       struct wv_err *err);
/* One row by its key (as the index holds it); WV_DAMAGED if it is not there. Or out of its bytes,
 * whose end its slices share. */
#define WV_LEDGER_KEY_BYTES 20u
WV_MUST_USE enum wv_status wv_ledger_decode(struct wv_slice key, struct wv_slice value,
                                            struct wv_ledger_row *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_ledger_get(struct wv_txn *txn, struct wv_slice key,
                                         struct wv_ledger_row *out, struct wv_err *err);
/* All rows with started in [from, to]. */
WV_MUST_USE enum wv_status wv_ledger_each(struct wv_txn *txn, struct wv_time from,
                                          struct wv_time to, wv_ledger_fn fn, void *context,
                                          struct wv_err *err);
/* Those of one page, newest first, at most `limit`. */
WV_MUST_USE enum wv_status wv_ledger_each_of_page(struct wv_txn *txn, struct wv_slice page_key,
                                                  size_t limit, wv_ledger_fn fn, void *context,
                                                  struct wv_err *err);
/* Drops rows older than `before`, at most `limit`; how many in *dropped. */
WV_MUST_USE enum wv_status wv_ledger_prune(struct wv_txn *txn, struct wv_time before, size_t limit,
                                           size_t *dropped, struct wv_err *err);

/*
 * Replays the whole ledger: no request sooner after the turn's last answer than its row's need
 * (itself recomputed from the answer before), none within a Retry-After, none beyond the
 * connections, none without a robots.txt of at most a day that allowed it. A lease left open
 * counts as a request at its end.
 */
struct wv_ledger_check {
	uint64_t rows, requests, refusals, leases;
	uint64_t too_early, too_many, disallowed, repeated_slots;
	int64_t smallest_margin_us;   /* how much later than required the closest request was */
	char first_fault[400];        /* empty: none */
};
WV_MUST_USE enum wv_status wv_ledger_check(struct wv_txn *txn, struct wv_ledger_check *out,
                                           struct wv_err *err);

#endif
