#ifndef WV_CRAWLER_PLAN_TABLES_H
#define WV_CRAWLER_PLAN_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "crawler/plan/frontier.h"

/*
 * What the plan's tables look like; for the plan's own files.
 *
 * FRONTIER  key page key; value struct wv_page_row, see tables.c
 * DUE       key source u32be | host | 0 | lane u8 | instant i64 (be, sign flipped) | page hash u64be
 *           value page key
 * TURNS     key turn; value struct wv_turn_state. Key "\0run": the run row
 * ROBOTS    key origin; value struct wv_robots_row. Key "\0tdm" | origin: what its tdmrep.json reserves,
 *           as rules in the form of robots.txt
 * SOURCES   key name; value struct wv_source_state. Key name | "\0seeds": page keys made by settings.
 *           Key name | "\0coverage": struct wv_coverage. Key name | "\0listing" | page hash u64be:
 *           struct wv_listing_state
 */

/* A queue is a source and a host; lanes order it. */
enum wv_lane {
	WV_LANE_LISTING = 0,  /* seeds, feeds, sitemaps; by due time */
	WV_LANE_NEW = 1,      /* never asked; by wv_schedule_rank, always due */
	WV_LANE_AGAIN = 2,    /* revisits, retries, redirect targets; by due time */
	WV_LANE_NEXT_RUN = 3, /* listings without `every`; by the epoch they were looked at in */
	WV_LANE_COUNT
};
/* The instant of what is asked for before anything else of its queue, in the listings' lane. */
#define WV_DUE_BEFORE_ALL INT64_C(0)
#define WV_DUE_KEY_MAX 300u /* 4 + 253 + 1 + 1 + 8 + 8, and room for odd hosts */

struct wv_due_key {
	uint32_t source_id;
	struct wv_slice host; /* cut at WV_DUE_HOST_MAX */
	enum wv_lane lane;
	int64_t at;
	uint64_t hash;
};
#define WV_DUE_HOST_MAX 270u

/* Into room[WV_DUE_KEY_MAX]; returns the slice. */
struct wv_slice wv_due_key_make(const struct wv_due_key *key, unsigned char *room);
/* The part up to and with the lane byte; lane WV_LANE_COUNT: without lane, ends in the 0. */
struct wv_slice wv_due_key_prefix(uint32_t source_id, struct wv_slice host, enum wv_lane lane,
                                  unsigned char *room);
/* Host points into `bytes`. False for what is no such key. */
bool wv_due_key_read(struct wv_slice bytes, struct wv_due_key *out);
/* May it be picked at `now` in this epoch? */
bool wv_due_is_due(enum wv_lane lane, int64_t at, struct wv_time now, uint64_t epoch);

/* FNV-1a: on disk, so fixed for ever. */
uint64_t wv_plan_hash(struct wv_slice s);
/* "host" and "scheme://host[:port]" of a request-form URL, as slices of it. */
struct wv_slice wv_plan_host(struct wv_slice url);
struct wv_slice wv_plan_origin(struct wv_slice url);

struct wv_run_row {
	uint64_t run, epoch;
	struct wv_time opened, epoch_opened;
	int64_t max_time_us;
	bool is_closed;
	/* Leases of these runs count as open. A run in between that did close is taken with them: it
	 * only makes for a wait of one delay more. 0: none. */
	uint64_t unclean_low, unclean_high;
	struct wv_time unclean_at; /* when the last of them opened */
};
WV_MUST_USE enum wv_status wv_run_row_decode(struct wv_slice value, struct wv_run_row *out,
                                             struct wv_err *err);
WV_MUST_USE enum wv_status wv_run_row_get(struct wv_txn *txn, struct wv_run_row *out,
                                          struct wv_err *err);
WV_MUST_USE enum wv_status wv_run_row_put(struct wv_txn *txn, const struct wv_run_row *row,
                                          struct wv_err *err);
/* Is this TURNS key a turn's (not the run row's)? */
static inline bool wv_turn_key_is_turn(struct wv_slice key)
{
	return key.n > 0 && key.p[0] != 0;
}

WV_MUST_USE enum wv_status wv_source_state_decode(struct wv_slice value,
                                                  struct wv_source_state *out,
                                                  struct wv_err *err);
WV_MUST_USE enum wv_status wv_source_state_put(struct wv_txn *txn, struct wv_slice name,
                                               const struct wv_source_state *state,
                                               struct wv_err *err);

/* The ROBOTS row after an outcome of a robots visit. Slices are the outcome's and the visit's.
 * state UNKNOWN: to be asked for on at next_url. Pure. */
struct wv_robots_row wv_robots_row_after(const struct wv_visit *visit,
                                         const struct wv_outcome *outcome, bool forbidden_denies);
/* May this hop be followed: not met before on the way, and few enough? */
bool wv_visit_may_follow(const struct wv_visit *visit, const struct wv_outcome *outcome);

/* Names how requests of a source are made: validators had in one way say nothing in another, for
 * the answer may vary (RFC 9110, 12.5.5). 0: with no fields of its own. On disk. */
uint32_t wv_plan_variant(const struct wv_source *source);

/* Queues that got work, in a wv_change: u32 source id, block host. */
void wv_change_add_queue(struct wv_change *change, uint32_t source_id, struct wv_slice host);

#endif
