#include "archive/care/erase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/copies/follow.h"
#include "archive/proof/merkle.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

/*
 * Whatever is erased: the archive stays whole, the log's root stays, every other capture gives its
 * bytes as before, and what is gone is gone and says why.
 */
#define MOST 600

struct seen {
	bool is_there, has_body, is_held;
	struct wv_digest body;
	struct wv_slice page_key;
};

static void grow(struct wv_test_archive *a, uint64_t seed, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct wv_batch *batch = wv_test_batch(a->store, seed, i);
		enum wv_status status;

		assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
		assert_int_equal(status, WV_OK);
		wv_batch_free(&batch);
	}
}

static size_t look(struct wv_test_archive *a, struct seen *seen)
{
	struct wv_txn *txn = wv_test_reading(a);
	struct wv_store_totals totals;

	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	assert_true(totals.captures <= MOST);
	for (uint64_t id = 0; id < totals.captures; id++) {
		struct wv_capture c;

		if (wv_store_capture(txn, a->arena, id, WV_TIME_NONE, &c, NULL) != WV_OK)
			continue;
		seen[id] = (struct seen){true, c.has_body, false, c.body, c.page_key};
	}
	wv_txn_abort(&txn);
	return (size_t)totals.captures;
}

/* The same bytes may have come again later. */
static bool is_had_again(struct wv_test_archive *a, const struct seen *seen, size_t n,
                         const struct wv_digest *body)
{
	struct wv_txn *txn = wv_test_reading(a);
	bool is_had = false;

	for (uint64_t id = 0; id < n && !is_had; id++) {
		struct wv_capture c;

		is_had = seen[id].has_body && wv_digest_equals(&seen[id].body, body) &&
		         wv_store_capture(txn, a->arena, id, WV_TIME_NONE, &c, NULL) == WV_OK;
	}
	wv_txn_abort(&txn);
	return is_had;
}

static void check(struct wv_test_archive *a, const struct seen *seen, size_t n)
{
	struct wv_txn *txn = wv_test_reading(a);

	for (uint64_t id = 0; id < n; id++) {
		WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
		struct wv_capture c;
		struct wv_fact fact;
		enum wv_status st = wv_store_capture(txn, a->arena, id, WV_TIME_NONE, &c, NULL);

		if (st == WV_NO) {
			assert_false(seen[id].is_held);
			assert_int_equal(wv_register_erased(txn, a->arena, id, &fact, NULL), WV_OK);
			assert_int_equal(fact.act, WV_ACT_ERASE);
			if (seen[id].has_body && !is_had_again(a, seen, n, &seen[id].body))
				assert_int_equal(wv_store_body(txn, &seen[id].body, &bytes, NULL),
				                 WV_NO);
			continue;
		}
		assert_int_equal(st, WV_OK);
		assert_true(wv_digest_equals(&c.body, &seen[id].body));
		if (c.has_body)
			assert_int_equal(wv_store_body(txn, &c.body, &bytes, NULL), WV_OK);
	}
	wv_txn_abort(&txn);
}

static uint64_t count_gone(struct wv_test_archive *a, size_t n)
{
	struct wv_txn *txn = wv_test_reading(a);
	uint64_t gone = 0;

	for (uint64_t id = 0; id < n; id++) {
		struct wv_capture c;

		gone += wv_store_capture(txn, a->arena, id, WV_TIME_NONE, &c, NULL) == WV_NO;
	}
	wv_txn_abort(&txn);
	return gone;
}

static enum wv_status erase(struct wv_test_archive *a, const struct seen *seen, uint64_t id,
                            bool whole_page, bool same, bool dry)
{
	const struct wv_erase how = {
		.target = {.page_key = seen[id].page_key,
	                   .url = WV_LIT("https://site.example/"),
	                   .is_of_capture = !whole_page,
	                   .capture = whole_page ? 0 : id},
		.reason = WV_LIT("a reason"),
		.same = same,
		.dry_run = dry,
	};
	struct wv_register_page facts;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_erase_run(a->store, a->arena, &how, &facts, &err);

	if (st != WV_OK && st != WV_NO && st != WV_IO && st != WV_FULL)
		print_error("erase %d: %s\n", (int)id, err.text);
	return st;
}

static struct wv_digest root_of(struct wv_test_archive *a, uint64_t size)
{
	struct wv_txn *txn = wv_test_reading(a);
	struct wv_digest root;

	assert_int_equal(wv_merkle_root(txn, size, &root, NULL), WV_OK);
	wv_txn_abort(&txn);
	return root;
}

static void hold(struct wv_test_archive *a, struct seen *seen, uint64_t id)
{
	const struct wv_takedown takedown = {
		.act = WV_ACT_HOLD,
		.target = {seen[id].page_key, WV_LIT("https://site.example/"), true, id},
		.reason = WV_LIT("a case"),
		.until = WV_TIME_NONE};
	struct wv_fact fact;

	assert_int_equal(wv_takedown_add(a->store, a->arena, &takedown, &fact, NULL), WV_OK);
	seen[id].is_held = true;
}

static void test_anything_may_be_erased(void **state)
{
	uint64_t gone_in_all = 0, refused = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct seen *seen = calloc(MOST, sizeof *seen);
		struct wv_random r = {seed};
		struct wv_copies_follower *follower = NULL;
		struct wv_test_archive a;
		struct wv_digest root;
		size_t n, first;

		wv_test_archive_open(&a, NULL);
		if (seed % 2) /* with copies kept up */
			assert_int_equal(wv_copies_follow(a.store, &follower, NULL), WV_OK);
		grow(&a, seed, 0, 60);
		first = n = look(&a, seen);
		root = root_of(&a, first);
		hold(&a, seen, wv_random_below(&r, n));
		for (int i = 0; i < 8; i++) {
			uint64_t id = wv_random_below(&r, n), before = count_gone(&a, n);
			bool page = wv_random_below(&r, 4) == 0;
			enum wv_status st;

			if (!seen[id].page_key.n)
				continue;
			assert_true(erase(&a, seen, id, page, true, true) <= WV_NO);
			assert_int_equal(count_gone(&a, n), before);
			st = erase(&a, seen, id, page, false, false);
			assert_true(st == WV_OK || st == WV_NO);
			refused += st == WV_NO;
			if (st == WV_NO)
				assert_int_equal(count_gone(&a, n), before);
			if (st == WV_NO)
				assert_true(erase(&a, seen, id, page, true, false) <= WV_NO);
			assert_int_equal(wv_test_verify(a.store, true), 0);
			check(&a, seen, n);
			if (i == 3) { /* life goes on in between, in another process */
				wv_test_archive_reopen(&a, NULL);
				wv_copies_follower_free(&follower);
				if (seed % 2)
					assert_int_equal(wv_copies_follow(a.store, &follower, NULL),
					                 WV_OK);
				grow(&a, seed, 60, 70);
				n = look(&a, seen);
			}
		}
		gone_in_all += count_gone(&a, n);
		struct wv_digest after = root_of(&a, first);
		assert_true(wv_digest_equals(&root, &after));
		free(seen);
		wv_test_archive_close(&a);
		wv_copies_follower_free(&follower);
	}
	assert_true(gone_in_all > 100);
	assert_true(refused > 10);
}

/* A failure at any step leaves everything as it was. */
struct plan {
	uint64_t fail_at, steps;
};

static enum wv_status fail_nth(void *context, const char *step)
{
	struct plan *plan = context;

	if (wv_slice_equals(wv_slice_of(step), WV_LIT("committed")))
		return WV_OK;
	return ++plan->steps == plan->fail_at ? (plan->steps % 2 ? WV_IO : WV_FULL) : WV_OK;
}

static void test_each_failing_step(void **state)
{
	bool was_last = false;

	(void)state;
	for (uint64_t n = 1; !was_last; n += 1 + n / 12) {
		struct plan plan = {0};
		const struct wv_store_options options = {
			.create = true, .fault = fail_nth, .fault_context = &plan};
		struct seen *seen = calloc(MOST, sizeof *seen);
		struct wv_test_archive a;
		enum wv_status st;
		size_t count;

		wv_test_archive_open(&a, &options);
		grow(&a, 5, 0, 40);
		count = look(&a, seen);
		plan.steps = 0;
		plan.fail_at = n;
		st = erase(&a, seen, 3, true, true, false);
		was_last = plan.steps < n;
		plan.fail_at = 0;
		assert_true(was_last ? st == WV_OK : st == WV_IO || st == WV_FULL);
		if (was_last)
			assert_true(count_gone(&a, count) > 0);
		else
			assert_int_equal(count_gone(&a, count), 0);
		check(&a, seen, count);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		free(seen);
		wv_test_archive_close(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anything_may_be_erased),
		cmocka_unit_test(test_each_failing_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
