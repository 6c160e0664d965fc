#ifndef WV_ARCHIVE_STORE_RECODE_H
#define WV_ARCHIVE_STORE_RECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/blob.h"
#include "archive/store/db.h"

/*
 * How byte strings leave the archive: first everything that is built on them is stored anew
 * without them, then they go. For erase and prune (archive/care).
 */
struct wv_recode_counts {
	uint64_t recoded;       /* strings that were built on one that goes, and stay */
	uint64_t dropped;       /* strings that are gone */
	uint64_t dropped_bytes; /* stored bytes they took */
};

/*
 * In one write transaction: stores anew every string whose base, dictionary or encoded bytes are
 * among `keys` (each decoded and its digest checked before, so that a damaged one refuses with
 * WV_DAMAGED rather than get lost), drops the strings of `keys` with their rows, their bytes in
 * segments (which are written again without them) and their site's base row, and corrects the
 * counters. A key that is not there is passed over. Costs a walk through WV_TABLE_BODIES or two,
 * whatever the number of keys: give many at once.
 *
 * A body that comes out of encoded bytes goes with them only if it is named too, or else is
 * stored on its own; WV_TABLE_ENCODED, captures, articles and leaves are the caller's. Old pages
 * of the file hold the bytes until `compact`. The caller commits; on failure it aborts. Not to be
 * called while a commit of the same store is open elsewhere (one write transaction at a time).
 */
WV_MUST_USE enum wv_status wv_recode_drop(struct wv_txn *txn, const struct wv_blob_key *keys,
                                          size_t count, struct wv_recode_counts *out,
                                          struct wv_err *err);

#endif
