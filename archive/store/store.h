#ifndef WV_ARCHIVE_STORE_STORE_H
#define WV_ARCHIVE_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/status.h"

/*
 * The archive: one folder with data.mdb (LMDB), lock.mdb (LMDB's reader table), lock (the
 * writer's flock, lock.h) and format (a line that says what the folder is).
 *
 * The commit path, whole
 * ----------------------
 * 1. A worker makes a `struct wv_batch` (batch.h) for one page, or one robots.txt, or one change
 *    of a ledger: all that must become true together. It adds
 *      - captures, each with its body, the encoded bytes where they are kept, and its article.
 *        Compression, digests and the choice of how to store happen here, in the worker, by
 *        short read transactions on the store;
 *      - apply callbacks of crawler/plan (frontier, due slots, ledger, robots, leases) and later
 *        of copies/, which write their own tables.
 *    Redirect hops are captures of the same batch, in the order they were made. A batch without
 *    a capture (a ledger row, a lease) is legal.
 * 2. wv_writer_submit (writer.h) gives the batch away. The writer thread, the only one with a
 *    write transaction, takes a group of what is queued (until 256 batches, 8 MiB of records or
 *    50 ms; at once for a batch in a hurry or a flush), and in one LMDB transaction, batch by
 *    batch,
 *      - fixes `recorded`: the store's clock, one instant per transaction, always above the last,
 *        so that what was known at K never changes;
 *      - stores bodies not yet there (asked again here: two workers may have met the same one),
 *        packed into segments of up to 256 KiB, one closed per commit;
 *      - gives page numbers and leaf numbers (= capture IDs, dense from 0), finds what a 304 or a
 *        repeated body stands for, writes capture, leaf (salted hash), article row, indexes;
 *      - runs the batch's apply callbacks with the numbers given (struct wv_batch_result);
 *    then the store's commit hooks (proof appends to the log), and the counters; and commits.
 * 3. After the commit is durable each batch's `done` callback runs in the writer thread with
 *    WV_OK and the same result, and the batch is freed.
 *
 * Failure: a batch that alone is at fault (its apply callback fails, a body it names is not
 * there) is reported with its status and left out; the others of its group go again without it,
 * so an apply callback can run more than once and must change nothing but the transaction. When
 * the transaction itself fails (WV_FULL, WV_IO, WV_NOMEM) nothing of the group was written and
 * every batch of it is reported with that status; the writer lives on and tries the next group.
 *
 * Threads: wv_store_* reads in any thread, each in a transaction of its own (one at a time per
 * thread is enough; it pins old pages, so keep it short: long readers renew every 100 ms).
 * Processes: whoever writes holds the flock of lock.h first; readers never wait.
 */
struct wv_store;

#define WV_STORE_FORMAT 1u

struct wv_store_options {
	bool read_only;
	bool create;        /* make the folder (0700) if it is missing */
	uint64_t map_bytes; /* 0: the default */
	/* For tests; see struct wv_db_options. */
	enum wv_status (*fault)(void *context, const char *step);
	void *fault_context;
};

/*
 * `clock` gives recorded times and must outlive the store; whether it is simulated is marked in a
 * new archive. WV_MISSING (no archive there), WV_DAMAGED, WV_USAGE (a newer format; writing with
 * the wrong kind of clock), WV_PERM, WV_CREATE, WV_FULL, WV_IO. One store per archive and process.
 */
WV_MUST_USE enum wv_status wv_store_open(const char *dir, const struct wv_store_options *options,
                                         const struct wv_clock *clock, struct wv_store **out,
                                         struct wv_err *err);
void wv_store_close(struct wv_store **store);

/* The tables, for those who own some. */
struct wv_db *wv_store_db(struct wv_store *store);
const char *wv_store_dir(const struct wv_store *store);
const struct wv_clock *wv_store_clock(const struct wv_store *store);
/* Was the archive made with a simulated clock? Every view of it must say so. */
bool wv_store_is_simulated(const struct wv_store *store);
/* As wv_txn_begin_read on its tables. */
WV_MUST_USE enum wv_status wv_store_begin_read(struct wv_store *store, struct wv_txn **out,
                                               struct wv_err *err);

/*
 * What runs inside every transaction that adds leaves or articles, after all its batches: proof
 * appends to its tree, copies to its index. Registered at open, before the first batch; they run
 * in the order of registration. At most WV_STORE_HOOKS_MAX (WV_LIMIT).
 */
struct wv_commit {
	uint64_t first_leaf; /* the leaves that this transaction added: first_leaf ... */
	uint64_t leaf_count; /* ... + leaf_count - 1; may be 0 */
	struct wv_time recorded;
};
#define WV_STORE_HOOKS_MAX 8
typedef enum wv_status (*wv_commit_hook)(struct wv_txn *txn, const struct wv_commit *commit,
                                         void *context, struct wv_err *err);
WV_MUST_USE enum wv_status wv_store_on_commit(struct wv_store *store, wv_commit_hook hook,
                                              void *context, struct wv_err *err);

/*
 * The K of "known at": the last recorded instant this transaction sees. A view that names it
 * gives the same answer for ever, because whatever is recorded later is recorded above it.
 * WV_TIME_NONE's us + 1 in an empty archive.
 */
WV_MUST_USE enum wv_status wv_store_known_now(struct wv_txn *txn, struct wv_time *known_at,
                                              struct wv_err *err);

/* Running totals, kept in every commit and re-derived by `verify`. */
enum wv_stored_kind {
	WV_STORED_RAW,     /* did not shrink */
	WV_STORED_DEFLATE, /* keyframe */
	WV_STORED_WIRE,    /* the server's own encoded bytes, which also give the body */
	WV_STORED_DELTA,
	WV_STORED_KIND_COUNT
};
const char *wv_stored_kind_name(enum wv_stored_kind kind);
struct wv_store_totals {
	uint64_t captures, pages, articles;
	uint64_t bodies, body_bytes;            /* distinct decoded bodies, and their size */
	uint64_t article_bytes;                 /* decoded, distinct */
	uint64_t capture_bytes;                 /* sum of decoded bodies over all captures */
	uint64_t records[WV_STORED_KIND_COUNT]; /* stored byte strings of each kind ... */
	uint64_t stored[WV_STORED_KIND_COUNT];  /* ... and the bytes they take */
	struct wv_time first_recorded, last_recorded;
};
WV_MUST_USE enum wv_status wv_store_totals(struct wv_txn *txn, struct wv_store_totals *out,
                                           struct wv_err *err);

#endif
