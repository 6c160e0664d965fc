#ifndef WV_CRAWLER_PLAN_PLAN_H
#define WV_CRAWLER_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/settings.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/visit.h"

/*
 * The plan in memory: what to ask next, and of whom. Fetch thread only.
 *
 *   loop: wv_plan_next -> VISIT   ask for it: wv_plan_started, and at its last byte wv_plan_answered;
 *                                 the visit then travels on and wv_frontier_record makes it durable
 *                      -> REFUSE  have the writer call wv_frontier_refuse
 *                      -> LEASE   have the writer call wv_frontier_lease; after the commit
 *                                 wv_plan_leased
 *                      -> RESOLVE (hosts_by: ip) resolve, then wv_plan_resolved; once a host
 *                      -> WAIT    until an instant, or until one of the calls above or
 *                                 wv_plan_committed comes in
 *                      -> DONE
 *   after each commit: wv_plan_committed with what changed (REFUSE and VISIT alike).
 *
 * Memory: a small object for each queue (source and host) with due work, at most
 * WV_PLAN_QUEUES_MAX of them (the rest wait in LMDB for their round), and a few keys of look-ahead
 * for those whose turn it is. Never a whole frontier.
 */
struct wv_plan;

#define WV_PLAN_QUEUES_MAX 32768u

struct wv_plan_options {
	struct wv_db *db;
	const struct wv_frontier *frontier; /* opened; outlives the plan */
	const struct wv_clock *clock;
	struct wv_mono end;          /* of the run; INT64_MAX: none */
	uint64_t max_pages;          /* visits of kind page in this run; WV_UNBOUNDED */
	/* The longest wait for a turn while nothing else is to be done; longer ones end the run and
	 * the pages stay due. -1: as long as the run. */
	int64_t patience_us;
	/* The longest wait for a plain delay (a Crawl-delay, a slow host) where that is longer: a host
	 * that wants two minutes between requests gets them, and is not left to one page a run. */
	int64_t delay_patience_us;
	bool only;                   /* serve only what wv_frontier_open's `only` named, what that
	                                redirects to, and robots.txt */
	uint32_t queues_max;         /* 0: WV_PLAN_QUEUES_MAX; for tests */
	/* Are these quiet hours, and until when? NULL: config/zone.h's. For tests. */
	bool (*is_quiet)(void *context, const struct wv_quiet_hours *hours, struct wv_time now,
	                 struct wv_time *until);
	void *quiet_context;
};

WV_MUST_USE enum wv_status wv_plan_open(const struct wv_plan_options *options, struct wv_plan **out,
                                        struct wv_err *err);
void wv_plan_free(struct wv_plan **plan);

enum wv_step_kind {
	WV_STEP_VISIT,
	WV_STEP_REFUSE,
	WV_STEP_LEASE,
	WV_STEP_RESOLVE,
	WV_STEP_WAIT,
	WV_STEP_DONE,
};
enum wv_wait_reason { /* why the turn that is free first is not free yet */
	WV_WAIT_ROOM,      /* connections all in use (may_visit false) */
	WV_WAIT_DELAY,     /* the delay since its last answer */
	WV_WAIT_HOLD,      /* Retry-After or back-off */
	WV_WAIT_QUIET,     /* quiet hours */
	WV_WAIT_LEASE,     /* its lease is not durable yet */
	WV_WAIT_RESULT,    /* nothing more is known to be due until something in flight comes back */
	WV_WAIT_SUSPENDED, /* the source is suspended: a burst of 403 */
	WV_WAIT_ROBOTS,    /* robots.txt could not be had: its back-off */
	WV_WAIT_REASON_COUNT
};
const char *wv_wait_reason_name(enum wv_wait_reason reason);
enum wv_done_reason {
	WV_DONE_ALL,       /* nothing is due, nothing in flight */
	WV_DONE_MAX_PAGES, /* with work left */
	WV_DONE_TIME,      /* with work left */
	WV_DONE_PATIENCE,  /* what is left waits longer than the run cares to */
};

struct wv_plan_step {
	enum wv_step_kind kind;
	struct wv_visit *visit;         /* VISIT, REFUSE: the caller's now */
	struct wv_refusal refusal;      /* REFUSE */
	const struct wv_lease *leases;  /* LEASE: valid until the next call (wv_leases_copy keeps) */
	size_t lease_count;
	struct wv_slice host;           /* RESOLVE: valid until the next call */
	struct wv_mono until;           /* WAIT: INT64_MAX: only a call can change anything */
	enum wv_wait_reason reason;
	struct wv_slice turn;           /* WAIT: the one that is free first; may be empty */
	enum wv_done_reason done;
};
/*
 * What to do now. `may_visit` false: no connection is free, so only refusals, leases, waits.
 * WV_NOMEM, WV_IO, WV_DAMAGED from reading the tables.
 */
WV_MUST_USE enum wv_status wv_plan_next(struct wv_plan *plan, bool may_visit,
                                        struct wv_plan_step *step, struct wv_err *err);

/* The request is about to be written. */
void wv_plan_started(struct wv_plan *plan, struct wv_visit *visit);
/* The last byte was had, or the fetcher gave up. Winds the turn's clock; decides about a retry
 * and takes in robots.txt; fills the visit's fields for the durable face. Also for a visit that was
 * never started (WV_RESULT_GUARD, WV_RESULT_NOT_SENT). */
WV_MUST_USE enum wv_status wv_plan_answered(struct wv_plan *plan, struct wv_visit *visit,
                                            const struct wv_outcome *outcome, struct wv_err *err);
/* wv_frontier_record, _refuse or _add was committed. The change stays the caller's. */
WV_MUST_USE enum wv_status wv_plan_committed(struct wv_plan *plan, const struct wv_change *change,
                                             struct wv_err *err);
/* The visit will not be recorded (stopping): its slot stays due. */
void wv_plan_dropped(struct wv_plan *plan, const struct wv_visit *visit);
/* Leases given by WV_STEP_LEASE are durable, in the order given. */
void wv_plan_leased(struct wv_plan *plan, const struct wv_lease *leases, size_t count);
/* The leases with their slices in one allocation: free() it. NULL: out of memory. */
struct wv_lease *wv_leases_copy(const struct wv_lease *leases, size_t count);
/* The address of a host (numeric), or the empty slice where there is none: the fetch will fail. */
WV_MUST_USE enum wv_status wv_plan_resolved(struct wv_plan *plan, struct wv_slice host,
                                            struct wv_slice address, struct wv_err *err);

/* For progress and status. */
struct wv_plan_counts {
	uint64_t pages_asked, robots_asked, others_asked; /* started in this run */
	uint64_t retries, refused;
	uint32_t in_flight;
	uint64_t uncommitted;      /* answered, not yet durable */
	uint64_t queues_loaded;    /* queues with due work in memory */
	uint32_t turns_waiting[WV_WAIT_REASON_COUNT];
	uint64_t put_off;          /* queues left for a later run: waits beyond patience */
	struct wv_mono next_free;  /* of the turn that is free first */
	uint32_t sources_suspended;
	uint64_t resident_bytes;   /* roughly */
};
void wv_plan_count(const struct wv_plan *plan, struct wv_plan_counts *out);
/* Sources that a burst of 403 suspended in this run: `fn` for each, with the instant it ends. */
void wv_plan_each_suspended(const struct wv_plan *plan,
                            void (*fn)(void *context, struct wv_slice source, struct wv_time until),
                            void *context);

#endif
