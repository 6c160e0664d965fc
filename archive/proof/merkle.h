#ifndef WV_ARCHIVE_PROOF_MERKLE_H
#define WV_ARCHIVE_PROOF_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/store.h"
#include "config/base/digest.h"

/*
 * The log: a Merkle tree over the captures in the order of their IDs (RFC 6962, 2.1, SHA-256),
 * grown inside the transaction that adds them. Leaf hashes are those of WV_TABLE_LEAVES; of the
 * inner nodes only every fourth level is stored, the rest is hashed again when asked for.
 */

/* Lets the tree grow with every commit. Once per store, before its first batch. */
WV_MUST_USE enum wv_status wv_merkle_follow(struct wv_store *store, struct wv_err *err);

/* The tree's state after a commit. Signatures come with WV_TABLE_HEADS rows of their own. */
struct wv_tree_head {
	uint64_t size;
	struct wv_digest root;
	struct wv_time recorded;
};
/* The newest; size 0 and the hash of nothing in an empty archive. */
WV_MUST_USE enum wv_status wv_merkle_head(struct wv_txn *txn, struct wv_tree_head *out,
                                          struct wv_err *err);
/* The newest with size >= `size`, that is, the first that covers it; WV_NO: none. */
WV_MUST_USE enum wv_status wv_merkle_head_covering(struct wv_txn *txn, uint64_t size,
                                                   struct wv_tree_head *out, struct wv_err *err);

/* Root over the first `size` leaves, for any size there ever was; WV_NO above the log's size. */
WV_MUST_USE enum wv_status wv_merkle_root(struct wv_txn *txn, uint64_t size, struct wv_digest *out,
                                          struct wv_err *err);

#define WV_MERKLE_PROOF_MAX 130
struct wv_merkle_proof {
	struct wv_digest nodes[WV_MERKLE_PROOF_MAX];
	size_t count;
};
/* RFC 6962, 2.1.1: leaf `index` is in the tree of `size`. WV_NO: index >= size, or too large. */
WV_MUST_USE enum wv_status wv_merkle_inclusion(struct wv_txn *txn, uint64_t index, uint64_t size,
                                               struct wv_merkle_proof *out, struct wv_err *err);
/* RFC 6962, 2.1.2: the tree of `old_size` is a beginning of that of `size`. */
WV_MUST_USE enum wv_status wv_merkle_consistency(struct wv_txn *txn, uint64_t old_size,
                                                 uint64_t size, struct wv_merkle_proof *out,
                                                 struct wv_err *err);

/* The other side (RFC 9162, 2.1.3.2 and 2.1.4.2): pure, needs no archive. */
bool wv_merkle_includes(const struct wv_digest *leaf, uint64_t index, uint64_t size,
                        const struct wv_merkle_proof *proof, const struct wv_digest *root);
bool wv_merkle_is_consistent(uint64_t old_size, const struct wv_digest *old_root, uint64_t size,
                             const struct wv_digest *root, const struct wv_merkle_proof *proof);

/* SHA-256(0x01 | left | right). */
struct wv_digest wv_merkle_node(const struct wv_digest *left, const struct wv_digest *right);

#endif
