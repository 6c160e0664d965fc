#ifndef WV_CRAWLER_PLAN_FRONTIER_H
#define WV_CRAWLER_PLAN_FRONTIER_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/settings.h"
#include "crawler/plan/admission.h"
#include "crawler/plan/robots.h"
#include "crawler/plan/visit.h"

/*
 * The durable face of the plan: what is known of each page, what is due, what each turn, each
 * robots.txt and the ledger say; all in LMDB. The in-memory face, which picks what to ask next, is
 * plan.h.
 *
 * A struct wv_frontier belongs to one run. After wv_frontier_open it is used by the writer thread
 * alone, inside its write transaction; the facts below the line are constant and may be read by
 * any thread.
 */
struct wv_frontier;
struct wv_coverage;
struct wv_listing_state;

struct wv_frontier_options {
	const struct wv_settings *settings;  /* outlives the frontier */
	const struct wv_clock *clock;
	/* Pages given by hand; with them nothing else is due (nor are seeds ensured). Request form. */
	const struct wv_slice *only;
	size_t only_count;
	const struct wv_source *const *only_sources; /* beside `only`: whose each is */
};

/*
 * Opens a run in a write transaction of its own (before the writer thread starts): numbers it,
 * looks whether the last one closed (if not, writes its open leases to the ledger), brings seeds,
 * feeds and sitemaps in line with the settings, makes `only` due, drops old ledger rows.
 */
WV_MUST_USE enum wv_status wv_frontier_open(struct wv_db *db,
                                            const struct wv_frontier_options *options,
                                            struct wv_frontier **out, struct wv_err *err);
void wv_frontier_free(struct wv_frontier **frontier);
/*
 * Inside the last write transaction of a run: judges every source; `fn` is called for each alarm
 * that began to sound or fell silent since somebody was told. May be called again after an abort.
 */
typedef void (*wv_alarm_fn)(void *context, const struct wv_source *source, uint32_t alarm,
                            bool is_on, struct wv_slice words);
WV_MUST_USE enum wv_status wv_frontier_sound_alarms(struct wv_frontier *frontier,
                                                    struct wv_txn *txn, wv_alarm_fn fn,
                                                    void *context, struct wv_err *err);
/* What the alarms of a source are judged by; `coverage` is borrowed. */
struct wv_coverage_facts;
WV_MUST_USE enum wv_status wv_frontier_coverage_facts(struct wv_txn *txn,
                                                      const struct wv_source *source,
                                                      struct wv_time now,
                                                      const struct wv_coverage *coverage,
                                                      struct wv_coverage_facts *out,
                                                      struct wv_err *err);
/* The alarms of one source now, bits 1 << enum wv_alarm, frozen listings among them. */
WV_MUST_USE enum wv_status wv_frontier_alarms(struct wv_txn *txn, const struct wv_source *source,
                                              struct wv_time now,
                                              const struct wv_coverage *coverage,
                                              uint32_t *alarms, struct wv_err *err);
/* Inside the last write transaction of a run that stopped in order: leases end now. */
WV_MUST_USE enum wv_status wv_frontier_close_run(struct wv_frontier *frontier, struct wv_txn *txn,
                                                 struct wv_err *err);

/* ---- constant facts, any thread */
uint64_t wv_frontier_run(const struct wv_frontier *frontier);
/* Runs that continue a killed one within its time bound keep its epoch: "at every run" means
 * once an epoch. */
uint64_t wv_frontier_epoch(const struct wv_frontier *frontier);
uint64_t wv_frontier_unclean_run(const struct wv_frontier *frontier); /* 0: the last one closed */
/* Did the run that gave this lease not close? (For runs of the last two days.) */
bool wv_frontier_is_lease_open(const struct wv_frontier *frontier,
                               const struct wv_turn_state *state);
struct wv_time wv_frontier_opened_at(const struct wv_frontier *frontier);
struct wv_mono wv_frontier_opened(const struct wv_frontier *frontier);
const struct wv_settings *wv_frontier_settings(const struct wv_frontier *frontier);
/* Page keys of what `only` named, as blocks. */
struct wv_slice wv_frontier_only_keys(const struct wv_frontier *frontier);
/* First four bytes of the SHA-256 of a source's name, little endian. */
uint32_t wv_frontier_source_id(struct wv_slice name);
/* Index in settings->sources, or SIZE_MAX. */
size_t wv_frontier_source_index(const struct wv_frontier *frontier, uint32_t source_id);

/* ---- links */

/* A URL found and admitted (wv_admission_check). Borrowed slices. */
struct wv_found {
	struct wv_slice url;       /* request form, verbatim */
	struct wv_slice page_key;
	struct wv_slice host;
	size_t source;             /* index in settings->sources */
	enum wv_visit_kind kind;
	enum wv_via via;
	uint32_t depth;            /* its own */
	uint32_t hops;             /* its own */
	struct wv_time published;  /* lastmod, pubDate; WV_TIME_NONE */
	struct wv_slice evidence;  /* for hops > 0: what let it in; cut at 200 bytes */
};
/*
 * Fills url, page_key, host from a parsed URL, into `arena`. The rest is the caller's.
 */
WV_MUST_USE enum wv_status wv_found_init(struct wv_arena *arena, const struct wv_url *url,
                                         struct wv_found *out, struct wv_err *err);

/*
 * What a write transaction changed, for the fetch thread: queues that have got work, the slot
 * that is done. Starts with wv_change_init, ends with wv_change_done.
 */
struct wv_change {
	uint64_t slot_hash;      /* of the visit recorded; 0: none */
	size_t target_key_n;     /* of the page that a redirect or an article's next part made due;
	                          * 0: none */
	unsigned char target_key[WV_LIMIT_PAGE_KEY_BYTES];
	struct wv_buf queues;    /* encoded, distinct */
	uint32_t pages_new, pages_due; /* never seen before; seen, and due again */
	bool is_stale;           /* the slot was already done: nothing but a ledger row was written */
};
void wv_change_init(struct wv_change *change);
void wv_change_reset(struct wv_change *change);
void wv_change_done(struct wv_change *change);

/* ---- inside the writer's transaction; each is one apply callback's work */

/*
 * The outcome of a visit that was answered, given up or retried: FRONTIER, DUE, TURNS, ROBOTS,
 * SOURCES and ledger rows, the next due instant, the redirect target (due for the same slot), the
 * links found. *change is reset first, so a repeated call after an abort is sound.
 *
 * change->is_stale: the slot has had its capture (or is no more): the caller must not store
 * another. visit->will_retry: no capture either.
 */
WV_MUST_USE enum wv_status wv_frontier_record(struct wv_frontier *frontier, struct wv_txn *txn,
                                              const struct wv_visit *visit,
                                              const struct wv_outcome *outcome,
                                              const struct wv_found *found, size_t found_count,
                                              struct wv_change *change, struct wv_err *err);
/* A visit that wv_plan_next gave as WV_STEP_REFUSE: ledger row, and the page put off or gone. */
struct wv_refusal {
	enum wv_result result;      /* WV_RESULT_ROBOTS_DENIED or WV_RESULT_REFUSED */
	struct wv_slice reason;     /* in the visit's allocation */
	bool is_for_good;           /* false: due again at `again` */
	struct wv_time again;
};
WV_MUST_USE enum wv_status wv_frontier_refuse(struct wv_frontier *frontier, struct wv_txn *txn,
                                              const struct wv_visit *visit,
                                              const struct wv_refusal *refusal,
                                              struct wv_change *change, struct wv_err *err);
/* Links alone: of a feed read from elsewhere, of a page extracted later. */
WV_MUST_USE enum wv_status wv_frontier_add(struct wv_frontier *frontier, struct wv_txn *txn,
                                           const struct wv_found *found, size_t found_count,
                                           struct wv_change *change, struct wv_err *err);
/* Makes leases durable; after the commit: wv_plan_leased. */
struct wv_lease {
	struct wv_slice turn;
	struct wv_turn_state state; /* with lease_run, lease_set, lease_until */
	struct wv_mono until;
};
WV_MUST_USE enum wv_status wv_frontier_lease(struct wv_frontier *frontier, struct wv_txn *txn,
                                             const struct wv_lease *leases, size_t count,
                                             struct wv_err *err);

/* ---- reading: any transaction, any thread; for why, status, discover, dry runs */

enum wv_page_state { /* on disk */
	WV_PAGE_IDLE = 0,   /* known, not due by itself */
	WV_PAGE_DUE = 1,    /* has an entry in DUE, now or later */
	WV_PAGE_GONE = 2,   /* 410, or 404 too often */
	WV_PAGE_DENIED = 3, /* refused for good: trap, redirect loop */
};
/* The FRONTIER row. Borrowed from the transaction. */
struct wv_page_row {
	enum wv_page_state state;
	enum wv_visit_kind kind;
	enum wv_via via;
	bool is_listing, is_follower;
	bool is_aside;             /* url is where a 302 within the page led; it goes back */
	uint32_t source_id;
	uint32_t depth, hops;
	struct wv_slice url;
	struct wv_time found;
	uint8_t lane;              /* where in DUE; meaningful in state due */
	int64_t at;                /* its instant there: a due time, a rank, or an epoch */
	struct wv_time due;        /* identity of the open slot */
	uint32_t attempt;
	struct wv_time last_due;   /* the last slot that was done; WV_TIME_NONE: never */
	struct wv_time last_visit;
	struct wv_time last_change;
	int32_t last_status;
	enum wv_result last_result;
	uint32_t visits, failures;
	int64_t interval_us;
	struct wv_slice etag, last_modified;
	bool has_body;
	struct wv_digest body;
	struct wv_slice chain[WV_LIMIT_REDIRECTS];
	uint32_t chain_count;
	struct wv_slice evidence;
	struct wv_pace pace;       /* of a feed */
	uint32_t variant;          /* wv_plan_variant of the request that brought the validators */
};
void wv_page_row_encode(const struct wv_page_row *row, struct wv_buf *out);
WV_MUST_USE enum wv_status wv_page_row_decode(struct wv_slice bytes, struct wv_page_row *out,
                                              struct wv_err *err);
/* WV_NO if the page is not known. */
WV_MUST_USE enum wv_status wv_frontier_look_up(struct wv_txn *txn, struct wv_slice page_key,
                                               struct wv_page_row *out, struct wv_err *err);
/* The page's bytes were erased: it is asked for without validators, for there is nothing left that
 * "not modified" could mean. In a write transaction; the other arguments are wv_erase's. */
WV_MUST_USE enum wv_status wv_frontier_forget_validators(struct wv_txn *txn,
                                                         struct wv_slice page_key,
                                                         const uint64_t *ids, size_t count,
                                                         void *context, struct wv_err *err);
/* When a page in state due may be picked: its due time, `opened` for new pages and for those of
 * the next run. */
struct wv_time wv_page_row_due_at(const struct wv_page_row *row, struct wv_time opened);
/* WV_NO if the origin was never asked. Borrowed from the transaction. */
WV_MUST_USE enum wv_status wv_frontier_robots(struct wv_txn *txn, struct wv_slice origin,
                                              struct wv_robots_row *out, struct wv_err *err);
/* What the origin's tdmrep.json reserves, as robots.txt says it. WV_NO: nothing is known. Borrowed
 * from the transaction. */
WV_MUST_USE enum wv_status wv_frontier_tdm_rules(struct wv_txn *txn, struct wv_slice origin,
                                                 struct wv_slice *out, struct wv_err *err);
/* WV_NO if the turn was never asked. */
WV_MUST_USE enum wv_status wv_frontier_turn(struct wv_txn *txn, struct wv_slice turn,
                                            struct wv_turn_state *out, struct wv_err *err);
/* What the runs learned of a source, and of its listings. WV_NO: nothing yet. */
WV_MUST_USE enum wv_status wv_frontier_coverage(struct wv_txn *txn, struct wv_slice source,
                                                struct wv_coverage *out, struct wv_err *err);
typedef enum wv_status (*wv_listing_fn)(void *context, const struct wv_listing_state *listing,
                                        struct wv_err *err);
WV_MUST_USE enum wv_status wv_frontier_each_listing(struct wv_txn *txn, struct wv_slice source,
                                                    wv_listing_fn fn, void *context,
                                                    struct wv_err *err);
/*
 * Is the source known not to answer, by the last visits: each of its seeds and listed feeds was left
 * without an answer, or its robots.txt was? *again (may be NULL) is when the first of them is tried
 * again.
 */
WV_MUST_USE enum wv_status wv_frontier_is_down(struct wv_txn *txn, const struct wv_source *source,
                                               struct wv_time now, bool *is_down,
                                               struct wv_time *again, struct wv_err *err);
/* WV_NO if nothing was learned of the source. */
WV_MUST_USE enum wv_status wv_frontier_source(struct wv_txn *txn, struct wv_slice name,
                                              struct wv_source_state *out, struct wv_err *err);
/* The turn of a host under these settings, into `out` ("d:", "h:" and, by address, "h:" until the
 * address is known). The same for all sources: where two that share a domain disagree on
 * hosts_by, the coarser one counts. */
void wv_frontier_turn_of(const struct wv_settings *settings, struct wv_slice host,
                         struct wv_buf *out);
/* Pages known, and entries in DUE (now or later). */
WV_MUST_USE enum wv_status wv_frontier_count(struct wv_txn *txn, uint64_t *known, uint64_t *due,
                                             struct wv_err *err);
/* What is due at `now`, queue by queue, at most `limit`: for `crawl --dry-run`. */
typedef enum wv_status (*wv_frontier_fn)(void *context, struct wv_slice page_key,
                                         const struct wv_page_row *row, struct wv_err *err);
WV_MUST_USE enum wv_status wv_frontier_each_due(struct wv_txn *txn,
                                                const struct wv_settings *settings,
                                                struct wv_time now, size_t limit,
                                                wv_frontier_fn fn, void *context,
                                                struct wv_err *err);

/* ---- why */

/* Everything known of a page, gathered for `why URL`. Owned by the arena it was made in. */
struct wv_why {
	struct wv_slice url, page_key, origin, turn;
	const struct wv_source *source;     /* that contains it by the settings; NULL: none */
	enum wv_admission admission;        /* would a link to it be followed? */
	bool is_known;
	struct wv_page_row page;
	bool has_robots;
	struct wv_robots_row robots;
	bool robots_fresh;
	struct wv_robots_decision decision; /* by the rules as last had */
	bool has_turn;
	struct wv_turn_state turn_state;
	struct wv_source_state source_state;
	const struct wv_ledger_row *ledger; /* newest first */
	size_t ledger_count;
	struct wv_slice verdict;            /* one sentence: fetched, waiting until, skipped, refused */
};
struct wv_ledger_row;
WV_MUST_USE enum wv_status wv_why_look_up(struct wv_txn *txn, const struct wv_settings *settings,
                                          struct wv_arena *arena, const struct wv_url *url,
                                          struct wv_time now, size_t ledger_rows,
                                          struct wv_why *out, struct wv_err *err);

#endif
