#ifndef WV_ARCHIVE_COPIES_RUNS_H
#define WV_ARCHIVE_COPIES_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "config/base/status.h"

/*
 * Which documents hold a shingle: sorted runs of (hash, document, bucket) in
 * WV_TABLE_SHINGLES, apart for each stretch of time. Each addition writes a run. Small ones become
 * one at once; of larger ones two of a size become one of the next, a bounded piece at every
 * addition: what was merged is deleted in the same transaction, so nothing is there twice and no
 * commit waits for a large one. A look-up goes through all runs, so there must be few.
 *
 * Rows:  'p' partition u32be               -> the list of its runs
 *        'r' partition u32be run u32be hash 5 bytes be, sequence u32be -> block
 * The key of a block is the first hash it was written with; the sequence tells blocks apart that begin with one hash.
 * Block: up to 1636 entries of 10 bytes: hash 5, document 4, bucket 1 (little endian), ascending
 * by hash, then document.
 */

/* A shingle in more documents than this is looked up only in the first ones: boilerplate. What is
 * similar shares other shingles, or is similar to one of these. */
#define WV_RUNS_HOLDERS_MAX 1000u

/* One to look up or to add, sorted by key; the same shape serves for what was found. */
struct wv_pair {
	uint64_t key;   /* hash */
	uint64_t value; /* which document << 8 | bucket */
};
/* Stable, by key. `scratch` has room for n too. */
void wv_pairs_sort(struct wv_pair *pairs, struct wv_pair *scratch, size_t n);

struct wv_runs_found {
	uint64_t hash;
	uint32_t document; /* that holds it */
	uint32_t bucket;
	const struct wv_pair *asked; /* those with this hash, `asked_count` of them */
	size_t asked_count;
};
/* Called by hash within each run; anything but WV_OK ends the lookup. */
typedef enum wv_status (*wv_runs_found_fn)(void *context, const struct wv_runs_found *found,
                                           struct wv_err *err);
/* All holders of the hashes in `asked` (sorted by key). WV_DAMAGED, WV_IO, and what `each` says. */
WV_MUST_USE enum wv_status wv_runs_lookup(struct wv_txn *txn, uint32_t partition,
                                          const struct wv_pair *asked, size_t n,
                                          wv_runs_found_fn each, void *context,
                                          struct wv_err *err);
/* Adds entries (sorted by key, then document) as a run, and merges what is due. */
WV_MUST_USE enum wv_status wv_runs_add(struct wv_txn *txn, uint32_t partition,
                                       const struct wv_pair *entries, size_t n,
                                       struct wv_err *err);
/* Takes the entries of one document out, asked for by hash (sorted by key). A block that begins
 * with one keeps its key. */
WV_MUST_USE enum wv_status wv_runs_remove(struct wv_txn *txn, uint32_t partition,
                                          const struct wv_pair *hashes, size_t n,
                                          uint32_t document, struct wv_err *err);
struct wv_runs_usage {
	uint32_t runs;
	uint64_t entries;
	uint32_t largest_level;
};
WV_MUST_USE enum wv_status wv_runs_usage(struct wv_txn *txn, uint32_t partition,
                                         struct wv_runs_usage *out, struct wv_err *err);

#endif
