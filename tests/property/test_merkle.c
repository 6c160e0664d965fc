#include "archive/proof/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "tests/support/archive.h"

#define LEAVES 300

/* The definitions of RFC 6962, 2.1, word by word: slow and certain. */
static struct wv_digest naive_root(const struct wv_digest *leaves, size_t n)
{
	struct wv_digest left, right;
	size_t k = 1;

	if (n == 0)
		return wv_digest_of(WV_SLICE_NONE);
	if (n == 1)
		return leaves[0];
	while (k * 2 < n)
		k *= 2;
	left = naive_root(leaves, k);
	right = naive_root(leaves + k, n - k);
	return wv_merkle_node(&left, &right);
}

static void naive_path(const struct wv_digest *leaves, size_t m, size_t n,
                       struct wv_merkle_proof *out)
{
	size_t k = 1;

	if (n == 1)
		return;
	while (k * 2 < n)
		k *= 2;
	if (m < k) {
		naive_path(leaves, m, k, out);
		out->nodes[out->count++] = naive_root(leaves + k, n - k);
	} else {
		naive_path(leaves + k, m - k, n - k, out);
		out->nodes[out->count++] = naive_root(leaves, k);
	}
}

static void naive_subproof(const struct wv_digest *leaves, size_t m, size_t n, bool is_whole,
                           struct wv_merkle_proof *out)
{
	size_t k = 1;

	if (m == n) {
		if (!is_whole)
			out->nodes[out->count++] = naive_root(leaves, n);
		return;
	}
	while (k * 2 < n)
		k *= 2;
	if (m <= k) {
		naive_subproof(leaves, m, k, is_whole, out);
		out->nodes[out->count++] = naive_root(leaves + k, n - k);
	} else {
		naive_subproof(leaves + k, m - k, n - k, false, out);
		out->nodes[out->count++] = naive_root(leaves, k);
	}
}

static void assert_same(const struct wv_merkle_proof *a, const struct wv_merkle_proof *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		assert_true(wv_digest_equals(&a->nodes[i], &b->nodes[i]));
}

/* RFC 6962 trees over known leaves: the vectors of Certificate Transparency's own tests. */
static void test_known_roots(void **state)
{
	const struct wv_slice inputs[] = {
		WV_SLICE_NONE,
		WV_LIT("\x00"),
		WV_LIT("\x10"),
		WV_LIT("\x20\x21"),
	};
	static const char *const roots[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	};
	struct wv_digest leaves[4];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(inputs); i++) {
		unsigned char bytes[8] = {0};

		if (inputs[i].n)
			memcpy(bytes + 1, inputs[i].p, inputs[i].n);
		leaves[i] = wv_digest_of(wv_slice(bytes, 1 + inputs[i].n));
	}
	for (size_t n = 0; n < WV_COUNT(roots); n++) {
		struct wv_digest root = naive_root(leaves, n), expected;

		assert_true(wv_digest_parse(wv_slice_of(roots[n]), &expected));
		assert_true(wv_digest_equals(&root, &expected));
	}
}

static void fill(struct wv_test_archive *a, struct wv_digest *leaves)
{
	struct wv_txn *txn = NULL;

	for (size_t i = 0; i < LEAVES;) {
		/* Commits of one to seven captures. */
		struct wv_batch *batches[7];
		enum wv_status statuses[7];
		size_t n = 1 + i % 7;

		for (size_t k = 0; k < n; k++) {
			struct wv_capture capture = wv_test_capture(a, "/a", (int64_t)(i + k));

			assert_int_equal(wv_batch_new(a->store, &batches[k], NULL), WV_OK);
			assert_int_equal(
				wv_batch_add_capture(batches[k], &capture, NULL, NULL, NULL, NULL),
				WV_OK);
		}
		if (i + n > LEAVES)
			n = LEAVES - i;
		assert_int_equal(wv_batch_commit(a->store, batches, n, statuses, NULL), WV_OK);
		for (size_t k = 0; k < 1 + i % 7; k++)
			wv_batch_free(&batches[k]);
		i += n;
	}
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	for (size_t i = 0; i < LEAVES; i++) {
		struct wv_leaf_row row;

		assert_int_equal(wv_leaf_get(txn, i, &row, NULL), WV_OK);
		leaves[i] = row.hash;
	}
	wv_txn_abort(&txn);
}

static void check_inclusion(struct wv_txn *txn, const struct wv_digest *leaves, size_t size,
                            const struct wv_digest *root)
{
	for (size_t m = 0; m < size; m += 1 + m % 5) {
		struct wv_merkle_proof proof = {.count = 0}, naive = {.count = 0};

		assert_int_equal(wv_merkle_inclusion(txn, m, size, &proof, NULL), WV_OK);
		naive_path(leaves, m, size, &naive);
		assert_same(&proof, &naive);
		assert_true(wv_merkle_includes(&leaves[m], m, size, &proof, root));
		/* Nothing else passes: another leaf, place, or a changed node. */
		assert_false(wv_merkle_includes(&leaves[(m + 1) % LEAVES], m, size, &proof, root));
		if (m + 1 < size)
			assert_false(wv_merkle_includes(&leaves[m], m + 1, size, &proof, root));
		if (proof.count) {
			proof.nodes[m % proof.count].b[m % 32] ^= 1;
			assert_false(wv_merkle_includes(&leaves[m], m, size, &proof, root));
			proof.nodes[m % proof.count].b[m % 32] ^= 1;
			proof.count--;
			assert_false(wv_merkle_includes(&leaves[m], m, size, &proof, root));
		}
	}
}

static void check_consistency(struct wv_txn *txn, const struct wv_digest *leaves, size_t size,
                              const struct wv_digest *root)
{
	for (size_t m = 1; m <= size; m += 1 + m % 4) {
		struct wv_merkle_proof proof = {.count = 0}, naive = {.count = 0};
		struct wv_digest old = naive_root(leaves, m), other = *root;

		assert_int_equal(wv_merkle_consistency(txn, m, size, &proof, NULL), WV_OK);
		naive_subproof(leaves, m, size, true, &naive);
		assert_same(&proof, &naive);
		assert_true(wv_merkle_is_consistent(m, &old, size, root, &proof));
		other.b[5] ^= 4;
		assert_false(wv_merkle_is_consistent(m, &old, size, &other, &proof));
		assert_false(wv_merkle_is_consistent(m, &other, size, root, &proof));
		if (proof.count) {
			proof.nodes[m % proof.count].b[0] ^= 1;
			assert_false(wv_merkle_is_consistent(m, &old, size, root, &proof));
		}
	}
}

static void test_tree_equals_the_naive_one(void **state)
{
	static struct wv_digest leaves[LEAVES];
	struct wv_merkle_proof proof;
	struct wv_test_archive a;
	struct wv_tree_head head;
	struct wv_digest root;
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(&a, leaves);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_merkle_head(txn, &head, NULL), WV_OK);
	assert_int_equal(head.size, LEAVES);
	for (size_t size = 0; size <= LEAVES; size += size < 70 ? 1 : 23) {
		struct wv_digest naive = naive_root(leaves, size);

		assert_int_equal(wv_merkle_root(txn, size, &root, NULL), WV_OK);
		assert_true(wv_digest_equals(&root, &naive));
		check_inclusion(txn, leaves, size, &root);
		check_consistency(txn, leaves, size, &root);
	}
	assert_int_equal(wv_merkle_root(txn, LEAVES + 1, &root, NULL), WV_NO);
	assert_int_equal(wv_merkle_inclusion(txn, 5, 5, &proof, NULL), WV_NO);
	assert_int_equal(wv_merkle_inclusion(txn, 5, LEAVES + 1, &proof, NULL), WV_NO);
	assert_int_equal(wv_merkle_consistency(txn, 6, 5, &proof, NULL), WV_NO);
	assert_int_equal(wv_merkle_consistency(txn, 0, 5, &proof, NULL), WV_OK);
	assert_int_equal(proof.count, 0);
	wv_txn_abort(&txn);
	wv_test_archive_close(&a);
}

/* What was written without the hook is caught up with at the next commit that has it. */
static void test_tree_catches_up(void **state)
{
	struct wv_test_archive a;
	struct wv_capture capture;
	struct wv_tree_head head;
	struct wv_digest root;
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	wv_store_close(&a.store);
	assert_int_equal(wv_store_open(a.folder.path, &(struct wv_store_options){0}, a.clock,
	                               &a.store, NULL),
	                 WV_OK);
	for (int i = 0; i < 40; i++) {
		capture = wv_test_capture(&a, "/a", i);
		wv_test_put(&a, &capture, NULL, NULL);
	}
	assert_int_equal(wv_merkle_follow(a.store, NULL), WV_OK);
	wv_test_put(&a, &capture, NULL, NULL);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_merkle_head(txn, &head, NULL), WV_OK);
	assert_int_equal(head.size, 41);
	assert_int_equal(wv_merkle_root(txn, 33, &root, NULL), WV_OK);
	wv_txn_abort(&txn);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_roots),
		cmocka_unit_test(test_tree_equals_the_naive_one),
		cmocka_unit_test(test_tree_catches_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
