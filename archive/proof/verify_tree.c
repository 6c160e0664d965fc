#include "archive/proof/verify_parts.h"

#include <stdio.h>

#include "archive/proof/merkle.h"

/* The log's tree, grown again leaf by leaf and compared with what is stored of it. */

#define LEVEL_STEP 4 /* of the stored levels, as in merkle.c */

struct regrowth {
	struct wv_digest nodes[64]; /* right edge: nodes[l] where bit l of `size` is set */
	uint64_t size;
	uint64_t stored;          /* nodes that the table must hold */
	struct wv_tree_head head; /* the next one to be met */
	bool has_head;
};

static struct wv_digest root_of(const struct regrowth *r)
{
	struct wv_digest root = {{0}};
	bool has_root = false;

	for (unsigned level = 0; level < 64; level++) {
		if (!(r->size >> level & 1))
			continue;
		root = has_root ? wv_merkle_node(&r->nodes[level], &root) : r->nodes[level];
		has_root = true;
	}
	return root;
}

static enum wv_status check_node(struct wv_verifier *v, unsigned level, uint64_t index,
                                 const struct wv_digest *expected, struct wv_err *err)
{
	unsigned char key[9];
	char name[64];
	struct wv_slice value;
	enum wv_status st;

	key[0] = (unsigned char)level;
	wv_store_u64_be(key + 1, index);
	(void)snprintf(name, sizeof name, "node %llu of level %u", (unsigned long long)index,
	               level);
	st = wv_txn_get(v->txn, WV_TABLE_TREE, wv_slice(key, sizeof key), &value, err);
	if (st == WV_NO)
		wv_verify_found(v, WV_TABLE_TREE, name, "is missing");
	else if (st == WV_OK && !wv_slice_equals(value, wv_slice(expected->b, WV_DIGEST_BYTES)))
		wv_verify_found(v, WV_TABLE_TREE, name, "is not the hash of what is below it");
	else if (st != WV_OK && st != WV_DAMAGED) /* damage is found when the table is walked */
		return st;
	return WV_OK;
}

static enum wv_status add_leaf(struct wv_verifier *v, struct regrowth *r,
                               const struct wv_digest *hash, struct wv_err *err)
{
	struct wv_digest node = *hash;
	unsigned level = 0;

	for (; r->size >> level & 1; level++) {
		node = wv_merkle_node(&r->nodes[level], &node);
		if ((level + 1) % LEVEL_STEP == 0) {
			enum wv_status st =
				check_node(v, level + 1, r->size >> (level + 1), &node, err);

			if (st != WV_OK)
				return st;
			r->stored++;
		}
	}
	r->nodes[level] = node;
	r->size++;
	return WV_OK;
}

static enum wv_status check_head(struct wv_verifier *v, struct regrowth *r, struct wv_err *err)
{
	struct wv_digest root;
	char name[64];
	enum wv_status st;

	if (!r->has_head || r->head.size != r->size)
		return WV_OK;
	root = root_of(r);
	if (!wv_digest_equals(&root, &r->head.root)) {
		(void)snprintf(name, sizeof name, "head of size %llu", (unsigned long long)r->size);
		wv_verify_found(v, WV_TABLE_HEADS, name, "is not the root over its leaves");
	}
	st = wv_merkle_head_covering(v->txn, r->size + 1, &r->head, err);
	r->has_head = st == WV_OK;
	return st == WV_NO || st == WV_DAMAGED ? WV_OK : st;
}

/* What was said of the log once must still be true of it. */
static void check_kept(struct wv_verifier *v, const struct regrowth *r)
{
	for (size_t i = 0; i < v->options->kept_count; i++) {
		const struct wv_tree_head *kept = &v->options->kept[i].head;
		struct wv_digest root;
		char name[64], time[WV_TIME_TEXT_MAX];

		if (kept->size != r->size)
			continue;
		(void)snprintf(name, sizeof name, "kept head of size %llu",
		               (unsigned long long)kept->size);
		root = root_of(r);
		if (!wv_digest_equals(&root, &kept->root))
			wv_verify_found(v, WV_TABLE_HEADS, name,
			                "has another root than the log: it was forked after %s",
			                wv_time_print(kept->recorded, time));
	}
}

static void check_kept_sizes(struct wv_verifier *v)
{
	for (size_t i = 0; i < v->options->kept_count; i++) {
		const struct wv_tree_head *kept = &v->options->kept[i].head;
		char name[64];

		if (kept->size <= v->state.next_leaf)
			continue;
		(void)snprintf(name, sizeof name, "kept head of size %llu",
		               (unsigned long long)kept->size);
		wv_verify_found(v, WV_TABLE_HEADS, name,
		                "covers more than the log's %llu captures: it was rolled back",
		                (unsigned long long)v->state.next_leaf);
	}
}

/* Takes a slice of leaves in a transaction of its own. */
static enum wv_status regrow_slice(struct wv_verifier *v, struct regrowth *r, struct wv_err *err)
{
	int64_t end = wv_clock_mono(wv_clock_system()).us + WV_VERIFY_SLICE_US;
	enum wv_status st = wv_verify_renew(v, err);

	while (st == WV_OK && r->size < v->state.next_leaf &&
	       wv_clock_mono(wv_clock_system()).us < end) {
		struct wv_leaf_row leaf = {0};
		char name[64];

		st = wv_leaf_get(v->txn, r->size, &leaf, err);
		if (st == WV_NO) {
			(void)snprintf(name, sizeof name, "leaf %llu", (unsigned long long)r->size);
			wv_verify_found(v, WV_TABLE_LEAVES, name, "is missing");
		}
		if (st == WV_NO || st == WV_DAMAGED)
			st = WV_OK; /* its hash is lost: what is above it will not fit either */
		if (st == WV_OK)
			st = add_leaf(v, r, &leaf.hash, err);
		if (st == WV_OK)
			st = check_head(v, r, err);
		if (st == WV_OK)
			check_kept(v, r);
	}
	return st;
}

/* The newest head, which nobody signed for more captures than the log has by now. */
static enum wv_status check_newest(struct wv_verifier *v, struct wv_tree_head *newest,
                                   struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct wv_state now;
	enum wv_status st = wv_merkle_head(v->txn, newest, &why);

	if (st == WV_DAMAGED)
		wv_verify_found(v, WV_TABLE_HEADS, "newest head", "%s", why.text);
	else if (st != WV_OK && err)
		*err = why;
	if (st == WV_OK)
		st = wv_state_get(v->txn, &now, err);
	if (st == WV_OK && newest->size > now.next_leaf)
		wv_verify_found(v, WV_TABLE_HEADS, "newest head", "covers %llu of %llu captures",
		                (unsigned long long)newest->size,
		                (unsigned long long)now.next_leaf);
	return st;
}

enum wv_status wv_verify_tree(struct wv_verifier *v, struct wv_err *err)
{
	struct regrowth r = {.size = 0};
	struct wv_tree_head newest = {0};
	uint64_t nodes = 0;
	enum wv_status st = wv_merkle_head_covering(v->txn, 1, &r.head, err);

	r.has_head = st == WV_OK;
	if (st == WV_DAMAGED || st == WV_NO)
		st = WV_OK;
	check_kept_sizes(v);
	while (st == WV_OK && r.size < v->state.next_leaf)
		st = regrow_slice(v, &r, err);
	if (st == WV_OK)
		st = check_newest(v, &newest, err);
	if (st == WV_DAMAGED)
		return WV_OK;
	if (st == WV_OK && newest.size < v->state.next_leaf)
		wv_verify_found(v, WV_TABLE_HEADS, "newest head", "covers %llu of %llu captures",
		                (unsigned long long)newest.size,
		                (unsigned long long)v->state.next_leaf);
	if (st == WV_OK)
		st = wv_txn_count(v->txn, WV_TABLE_TREE, &nodes, err);
	if (st == WV_OK && newest.size == v->state.next_leaf && nodes != r.stored)
		wv_verify_found(v, WV_TABLE_TREE, "table", "holds %llu nodes instead of %llu",
		                (unsigned long long)nodes, (unsigned long long)r.stored);
	return st;
}
