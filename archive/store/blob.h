#ifndef WV_ARCHIVE_STORE_BLOB_H
#define WV_ARCHIVE_STORE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/db.h"
#include "archive/store/record.h"

/*
 * Byte strings by digest, each stored once: bodies, kept encoded bodies, article records. Rows in
 * WV_TABLE_BODIES say how; the bytes lie in segments of up to WV_LIMIT_SEGMENT_BYTES, or in the
 * row where a whole commit has only a few.
 */

/* A string ready to be stored. Made in a worker; owns its stored bytes. */
struct wv_blob {
	struct wv_blob_key key;
	struct wv_blob_row row; /* place and inlined are set when stored */
	struct wv_buf stored;
};
/* Compresses `raw`, whose SHA-256 is `digest`; encoded bytes (WIRE) are stored as they are. */
WV_MUST_USE enum wv_status wv_blob_prepare(enum wv_blob_class kind, const struct wv_digest *digest,
                                           struct wv_slice raw, struct wv_blob *out,
                                           struct wv_err *err);
/* A byte string of the archive that another may be a delta to. */
struct wv_blob_base {
	struct wv_blob_key key;
	uint64_t cost; /* of its row */
	uint32_t depth;
	struct wv_slice bytes;
	uint64_t rank; /* for the delta: its place among the versions of the page (base.h) */
};
/* As wv_blob_prepare, and as a delta to `base` where that is smaller and restoring it stays within
 * wv_blob_budget. */
WV_MUST_USE enum wv_status
wv_blob_prepare_delta(enum wv_blob_class kind, const struct wv_digest *digest, struct wv_slice raw,
                      const struct wv_blob_base *base, struct wv_blob *out, struct wv_err *err);
/* What restoring a delta costs, in bytes of a keyframe inflated: all below it, the copies, and
 * what it adds, which inflates more slowly than a whole page (measured: 1.25 ms a MB of page, 0.3
 * and 3.7). */
uint64_t wv_blob_delta_cost(uint64_t base_cost, uint64_t raw_bytes, uint64_t inflated);
/* What restoring a string of this size may cost: five times as many bytes, so that the time it takes
 * is bounded by its size, and at most 16 MB. */
uint64_t wv_blob_budget(uint64_t raw_bytes);
void wv_blob_done(struct wv_blob *blob);

/* WV_NO: not there. `row.inlined` dies with the transaction. */
WV_MUST_USE enum wv_status wv_blob_find(struct wv_txn *txn, const struct wv_blob_key *key,
                                        struct wv_blob_row *row, struct wv_err *err);
/* Appends the bytes, digest checked, by way of all they are built on. WV_NO: not there;
 * WV_DAMAGED names it. */
WV_MUST_USE enum wv_status wv_blob_read(struct wv_txn *txn, const struct wv_blob_key *key,
                                        struct wv_buf *out, struct wv_err *err);

/* The bytes as they are stored, which die with the transaction; empty where it has none of its own
 * (WV_STORED_WIRE). */
WV_MUST_USE enum wv_status wv_blob_stored(struct wv_txn *txn, const struct wv_blob_key *key,
                                          const struct wv_blob_row *row, struct wv_slice *out,
                                          struct wv_err *err);

/* Packs the blobs of one transaction into segments. Lives as long as the transaction. */
struct wv_packer {
	struct wv_txn *txn;
	struct wv_state *state; /* next_segment and totals go on there */
	bool is_inline;         /* so few bytes in all that a segment would waste its page */
	uint64_t stored[WV_STORED_KIND_COUNT]; /* bytes of all new blobs so far */
	struct wv_buf segment;
};
/* `expected_bytes` of all blobs of the transaction together decide whether they go inline. */
void wv_packer_init(struct wv_packer *packer, struct wv_txn *txn, struct wv_state *state,
                    size_t expected_bytes);
void wv_packer_done(struct wv_packer *packer);
/* Stores the blob unless its key is there; *is_new tells. */
WV_MUST_USE enum wv_status wv_packer_add(struct wv_packer *packer, const struct wv_blob *blob,
                                         bool *is_new, struct wv_err *err);
/* Stores it anew in place of `old`, the row that its key has now. */
WV_MUST_USE enum wv_status wv_packer_replace(struct wv_packer *packer, const struct wv_blob *blob,
                                             const struct wv_blob_row *old, struct wv_err *err);
/* Takes a row out of the counters. */
void wv_totals_forget(struct wv_store_totals *totals, const struct wv_blob_key *key,
                      const struct wv_blob_row *row);
/* Writes the last segment. */
WV_MUST_USE enum wv_status wv_packer_finish(struct wv_packer *packer, struct wv_err *err);

#endif
