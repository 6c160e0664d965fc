#include "archive/proof/merkle.h"

#include <string.h>

#include "archive/proof/head.h"
#include "archive/store/load.h"

/*
 * Of the inner nodes those of levels 4, 8, 12 ... are stored: 3.3 bytes a capture instead of 50,
 * for at most fifteen hashes more a level group when a proof is asked for.
 */
#define LEVEL_STEP 4
#define LEVEL_MAX  64
#define HEAD_CAP   1024u
/* A few leaves may be lost; a head of far more than there are is forged. */
#define SIZE_SLACK 1000u

struct wv_digest wv_merkle_node(const struct wv_digest *left, const struct wv_digest *right)
{
	unsigned char bytes[1 + 2 * WV_DIGEST_BYTES];

	bytes[0] = 1; /* RFC 6962, 2.1: leaves are prefixed by 0, nodes by 1 */
	memcpy(bytes + 1, left->b, WV_DIGEST_BYTES);
	memcpy(bytes + 1 + WV_DIGEST_BYTES, right->b, WV_DIGEST_BYTES);
	return wv_digest_of(wv_slice(bytes, sizeof bytes));
}

/* --- stored nodes --- */

static struct wv_slice node_key(unsigned level, uint64_t index, unsigned char key[9])
{
	key[0] = (unsigned char)level;
	wv_store_u64_be(key + 1, index);
	return wv_slice(key, 9);
}

static enum wv_status stored_node(struct wv_txn *txn, unsigned level, uint64_t index,
                                  struct wv_digest *out, struct wv_err *err)
{
	unsigned char key[9];
	struct wv_leaf_row leaf;
	struct wv_slice value;
	enum wv_status st;

	if (level == 0) {
		st = wv_leaf_get(txn, index, &leaf, err);
		if (st == WV_OK)
			*out = leaf.hash;
	} else {
		st = wv_txn_get(txn, WV_TABLE_TREE, node_key(level, index, key), &value, err);
		if (st == WV_OK && value.n != WV_DIGEST_BYTES)
			st = WV_NO;
		if (st == WV_OK)
			memcpy(out->b, value.p, WV_DIGEST_BYTES);
	}
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "node %llu of level %u is missing from the tree",
		                  (unsigned long long)index, level);
	return st;
}

/* Hashes the 2^steps nodes below (level, index) together; they are of a stored level. */
static enum wv_status combine(struct wv_txn *txn, unsigned level, uint64_t index, unsigned steps,
                              struct wv_digest *out, struct wv_err *err)
{
	struct wv_digest nodes[1u << LEVEL_STEP];
	uint64_t first = index << steps;

	for (uint64_t i = 0; i < UINT64_C(1) << steps; i++) {
		enum wv_status st = stored_node(txn, level - steps, first + i, &nodes[i], err);

		if (st != WV_OK)
			return st;
	}
	for (unsigned left = 1u << steps; left > 1; left /= 2)
		for (unsigned i = 0; i < left / 2; i++)
			nodes[i] = wv_merkle_node(&nodes[2 * i], &nodes[2 * i + 1]);
	*out = nodes[0];
	return WV_OK;
}

/* A complete subtree of 2^level leaves, the index-th of its level. */
static enum wv_status complete(struct wv_txn *txn, unsigned level, uint64_t index,
                               struct wv_digest *out, struct wv_err *err)
{
	if (level % LEVEL_STEP == 0)
		return stored_node(txn, level, index, out, err);
	return combine(txn, level, index, level % LEVEL_STEP, out, err);
}

/* --- any stretch that RFC 6962 cuts --- */

static unsigned log2_of(uint64_t n)
{
	return 63u - (unsigned)__builtin_clzll(n);
}

/* The largest power of two below n, for n above 1. */
static uint64_t split_of(uint64_t n)
{
	return UINT64_C(1) << log2_of(n - 1);
}

/* Hash of the leaves [start, start + n), n above 0; start is a multiple of the powers of two that
 * n is cut into, as it always is in the RFC's recursion. */
static enum wv_status stretch(struct wv_txn *txn, uint64_t start, uint64_t n, struct wv_digest *out,
                              struct wv_err *err)
{
	struct wv_digest pieces[LEVEL_MAX];
	size_t count = 0;

	while (n) {
		unsigned level = log2_of(n);
		enum wv_status st = complete(txn, level, start >> level, &pieces[count++], err);

		if (st != WV_OK)
			return st;
		start += UINT64_C(1) << level;
		n -= UINT64_C(1) << level;
	}
	while (count > 1) {
		pieces[count - 2] = wv_merkle_node(&pieces[count - 2], &pieces[count - 1]);
		count--;
	}
	*out = pieces[0];
	return WV_OK;
}

static enum wv_status log_size(struct wv_txn *txn, uint64_t *size, struct wv_err *err)
{
	struct wv_tree_head head = {0};
	enum wv_status st = wv_merkle_head(txn, &head, err);

	if (st == WV_OK)
		*size = head.size;
	return st;
}

enum wv_status wv_merkle_root(struct wv_txn *txn, uint64_t size, struct wv_digest *out,
                              struct wv_err *err)
{
	uint64_t all = 0;
	enum wv_status st = log_size(txn, &all, err);

	if (st != WV_OK)
		return st;
	if (size > all)
		return WV_NO;
	if (size == 0) {
		*out = wv_digest_of(WV_SLICE_NONE);
		return WV_OK;
	}
	return stretch(txn, 0, size, out, err);
}

static void reverse(struct wv_merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct wv_digest kept = proof->nodes[i];

		proof->nodes[i] = proof->nodes[proof->count - 1 - i];
		proof->nodes[proof->count - 1 - i] = kept;
	}
}

enum wv_status wv_merkle_inclusion(struct wv_txn *txn, uint64_t index, uint64_t size,
                                   struct wv_merkle_proof *out, struct wv_err *err)
{
	struct wv_merkle_proof proof = {.count = 0};
	uint64_t start = 0, all = 0;
	enum wv_status st = log_size(txn, &all, err);

	if (st != WV_OK)
		return st;
	if (size > all || index >= size)
		return WV_NO;
	while (size > 1) {
		uint64_t k = split_of(size);

		if (index < k) {
			st = stretch(txn, start + k, size - k, &proof.nodes[proof.count++], err);
			size = k;
		} else {
			st = stretch(txn, start, k, &proof.nodes[proof.count++], err);
			index -= k;
			start += k;
			size -= k;
		}
		if (st != WV_OK)
			return st;
	}
	reverse(&proof);
	*out = proof;
	return WV_OK;
}

enum wv_status wv_merkle_consistency(struct wv_txn *txn, uint64_t old_size, uint64_t size,
                                     struct wv_merkle_proof *out, struct wv_err *err)
{
	struct wv_merkle_proof proof = {.count = 0};
	uint64_t start = 0, all = 0;
	bool is_whole = true; /* the old tree is itself a subtree met so far */
	enum wv_status st = log_size(txn, &all, err);

	if (st != WV_OK)
		return st;
	if (size > all || old_size > size)
		return WV_NO;
	while (old_size != 0 && old_size != size) {
		uint64_t k = split_of(size);

		if (old_size <= k) {
			st = stretch(txn, start + k, size - k, &proof.nodes[proof.count++], err);
			size = k;
		} else {
			st = stretch(txn, start, k, &proof.nodes[proof.count++], err);
			start += k;
			old_size -= k;
			size -= k;
			is_whole = false;
		}
		if (st != WV_OK)
			return st;
	}
	if (!is_whole) {
		st = stretch(txn, start, size, &proof.nodes[proof.count++], err);
		if (st != WV_OK)
			return st;
	}
	reverse(&proof);
	*out = proof;
	return WV_OK;
}

/* --- the other side --- */

bool wv_merkle_includes(const struct wv_digest *leaf, uint64_t index, uint64_t size,
                        const struct wv_merkle_proof *proof, const struct wv_digest *root)
{
	struct wv_digest hash = *leaf;
	uint64_t fn = index, sn = size - 1; /* names of RFC 9162, 2.1.3.2 */

	if (index >= size)
		return false;
	for (size_t i = 0; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			hash = wv_merkle_node(&proof->nodes[i], &hash);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			hash = wv_merkle_node(&hash, &proof->nodes[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && wv_digest_equals(&hash, root);
}

bool wv_merkle_is_consistent(uint64_t old_size, const struct wv_digest *old_root, uint64_t size,
                             const struct wv_digest *root, const struct wv_merkle_proof *proof)
{
	struct wv_digest fr, sr; /* names of RFC 9162, 2.1.4.2 */
	uint64_t fn, sn;
	size_t i = 0;

	if (old_size > size)
		return false;
	if (old_size == 0)
		return proof->count == 0;
	if (old_size == size)
		return proof->count == 0 && wv_digest_equals(old_root, root);
	fn = old_size - 1;
	sn = size - 1;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	if (fn == 0) { /* the old tree is complete: it is its own first node */
		fr = sr = *old_root;
	} else {
		if (proof->count == 0)
			return false;
		fr = sr = proof->nodes[i++];
	}
	for (; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			fr = wv_merkle_node(&proof->nodes[i], &fr);
			sr = wv_merkle_node(&proof->nodes[i], &sr);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			sr = wv_merkle_node(&sr, &proof->nodes[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && wv_digest_equals(&fr, old_root) && wv_digest_equals(&sr, root);
}

/* --- heads --- */

static bool read_head(struct wv_slice key, struct wv_slice value, struct wv_tree_head *out)
{
	struct wv_head_row row;

	if (!wv_head_row_decode(key, value, &row))
		return false;
	*out = row.head;
	return true;
}

static enum wv_status bad_head(struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "a tree head does not decode");
}

/* Who goes through the log counts up to its size. */
static enum wv_status check_size(struct wv_txn *txn, uint64_t size, struct wv_err *err)
{
	uint64_t leaves = 0;
	enum wv_status st = wv_txn_count(txn, WV_TABLE_LEAVES, &leaves, err);

	if (st == WV_OK && size > leaves && size - leaves > SIZE_SLACK)
		return wv_err_set(err, WV_DAMAGED,
		                  "the newest head covers %llu captures, of which %llu are there",
		                  (unsigned long long)size, (unsigned long long)leaves);
	return st;
}

enum wv_status wv_merkle_head(struct wv_txn *txn, struct wv_tree_head *out, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_HEADS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, WV_SLICE_NONE, &key, &value, err);
	if (st == WV_NO) {
		*out = (struct wv_tree_head){
			.size = 0, .root = wv_digest_of(WV_SLICE_NONE), .recorded = WV_TIME_NONE};
		return WV_OK;
	}
	if (st != WV_OK)
		return st;
	return read_head(key, value, out) ? check_size(txn, out->size, err) : bad_head(err);
}

enum wv_status wv_merkle_head_covering(struct wv_txn *txn, uint64_t size, struct wv_tree_head *out,
                                       struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char from[8];
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_HEADS, &walk, err);

	wv_store_u64_be(from, size);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(from, sizeof from), &key, &value, err);
	if (st != WV_OK)
		return st;
	return read_head(key, value, out) ? WV_OK : bad_head(err);
}

/* --- growing --- */

/* Stores the nodes that leaf `index`, the last of them, completes. */
static enum wv_status store_nodes(struct wv_txn *txn, uint64_t index, struct wv_err *err)
{
	uint64_t full = index + 1;

	for (unsigned level = LEVEL_STEP; level < LEVEL_MAX; level += LEVEL_STEP) {
		struct wv_digest node;
		unsigned char key[9];
		enum wv_status st;

		if (full & ((UINT64_C(1) << level) - 1))
			return WV_OK;
		st = combine(txn, level, index >> level, LEVEL_STEP, &node, err);
		if (st == WV_OK)
			st = wv_txn_put(txn, WV_TABLE_TREE, node_key(level, index >> level, key),
			                wv_slice(node.b, WV_DIGEST_BYTES), err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static enum wv_status put_head(struct wv_txn *txn, uint64_t size, struct wv_time recorded,
                               struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	struct wv_head_row row = {.head = {.size = size, .recorded = recorded}};
	unsigned char key[8];
	enum wv_status st = stretch(txn, 0, size, &row.head.root, err);

	if (st != WV_OK)
		return st;
	wv_buf_init(&value, HEAD_CAP);
	wv_head_row_encode(&row, &value);
	st = wv_buf_finish(&value, "tree head", err);
	wv_store_u64_be(key, size);
	if (st == WV_OK)
		st = wv_txn_append(txn, WV_TABLE_HEADS, wv_slice(key, sizeof key),
		                   wv_buf_slice(&value), err);
	return st;
}

/* From where the tree ended, not from the commit's first leaf: a store that was written to
 * without us is caught up with. */
static enum wv_status grow(struct wv_txn *txn, const struct wv_commit *commit, void *context,
                           struct wv_err *err)
{
	uint64_t size = 0, all = commit->first_leaf + commit->leaf_count;
	enum wv_status st = log_size(txn, &size, err);

	(void)context;
	if (st != WV_OK || size == all)
		return st;
	if (size > all)
		return wv_err_set(err, WV_DAMAGED, "the tree has %llu leaves, the log %llu",
		                  (unsigned long long)size, (unsigned long long)all);
	for (uint64_t i = size; i < all && st == WV_OK; i++)
		st = store_nodes(txn, i, err);
	return st == WV_OK ? put_head(txn, all, commit->recorded, err) : st;
}

enum wv_status wv_merkle_follow(struct wv_store *store, struct wv_err *err)
{
	return wv_store_on_commit(store, grow, NULL, err);
}
