#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/base.h"
#include "archive/store/lookup.h"
#include "archive/store/recode.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

/*
 * Chains of deltas in an archive: every version comes back, restoring stays within the budget, no
 * chain has a circle, and what is dropped leaves the rest as it was.
 */
#define PAGES    4
#define VERSIONS 60
#define BODY_CAP WV_MIB

static struct wv_buf versions[PAGES * VERSIONS];
static struct wv_digest digests[PAGES * VERSIONS];

static void write_version(struct wv_random *r, const struct wv_buf *before, struct wv_buf *out)
{
	wv_buf_init(out, BODY_CAP);
	wv_buf_add_string(out, "<!doctype html><html><body>\n");
	if (!before) {
		for (int i = 0; i < 400; i++)
			wv_buf_add_format(out, "<p class=\"item\">headline %u of %u</p>\n",
			                  (unsigned)wv_random_below(r, 100000),
			                  (unsigned)wv_random_below(r, 100));
		return;
	}
	for (size_t at = 28; at < before->n;) {
		size_t end = wv_slice_find_byte(wv_buf_slice(before), '\n', at);

		end = end == SIZE_MAX ? before->n : end + 1;
		if (wv_random_below(r, 10) == 0)
			wv_buf_add_format(out, "<p class=\"item\">headline %u is new</p>\n",
			                  (unsigned)wv_random_below(r, 100000));
		else
			wv_buf_add(out, wv_slice_part(wv_buf_slice(before), at, end - at));
		at = end;
	}
}

static void put(struct wv_test_archive *a, size_t page, int64_t seconds, struct wv_slice bytes)
{
	const struct wv_batch_body body = {.bytes = bytes, .wants_delta = true};
	struct wv_batch *batch = NULL;
	enum wv_status status;
	char path[16];
	struct wv_capture capture;

	(void)snprintf(path, sizeof path, "/%zu", page);
	capture = wv_test_capture(a, path, seconds);
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	assert_int_equal(status, WV_OK);
	wv_batch_free(&batch);
}

static void fill(struct wv_test_archive *a, uint64_t seed)
{
	struct wv_random r = {seed};

	for (size_t i = 0; i < (size_t)PAGES * VERSIONS; i++) {
		size_t page = i % PAGES;

		write_version(&r, i < PAGES ? i ? &versions[0] : NULL : &versions[i - PAGES],
		              &versions[i]);
		digests[i] = wv_digest_of(wv_buf_slice(&versions[i]));
		put(a, page, (int64_t)i * 60, wv_buf_slice(&versions[i]));
	}
}

static void forget(void)
{
	for (size_t i = 0; i < (size_t)PAGES * VERSIONS; i++)
		wv_buf_done(&versions[i]);
}

static struct wv_blob_row row_of(struct wv_txn *txn, const struct wv_digest *digest)
{
	struct wv_blob_row row = {0};

	assert_int_equal(
		wv_blob_find(txn, &(struct wv_blob_key){WV_BLOB_BODY, *digest}, &row, NULL), WV_OK);
	return row;
}

/* All versions but those in `gone`. */
static void check_all(struct wv_test_archive *a, const bool *gone)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_txn *txn = NULL;

	wv_buf_init(&body, BODY_CAP + 1);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	for (size_t i = 0; i < (size_t)PAGES * VERSIONS; i++) {
		struct wv_blob_row row;

		wv_buf_reset(&body);
		if (gone && gone[i]) {
			assert_int_equal(wv_store_body(txn, &digests[i], &body, NULL), WV_NO);
			continue;
		}
		assert_int_equal(wv_store_body(txn, &digests[i], &body, NULL), WV_OK);
		assert_true(wv_slice_equals(wv_buf_slice(&body), wv_buf_slice(&versions[i])));
		row = row_of(txn, &digests[i]);
		assert_true(row.cost <= wv_blob_budget(row.raw_bytes));
		if (row.kind == WV_STORED_DELTA)
			assert_true(row_of(txn, &row.base.digest).depth < row.depth);
	}
	wv_txn_abort(&txn);
}

static void test_chains(void **state)
{
	struct wv_test_archive a;
	struct wv_store_totals totals = {0};
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(&a, 1);
	check_all(&a, NULL);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	/* The first page's first version is the site's base page: the other pages begin with a
	 * delta. */
	assert_int_equal(row_of(txn, &digests[0]).kind, WV_STORED_DEFLATE);
	assert_int_equal(row_of(txn, &digests[1]).kind, WV_STORED_DELTA);
	assert_true(totals.records[WV_STORED_DELTA] > PAGES * VERSIONS * 9 / 10);
	assert_true(totals.stored[WV_STORED_DELTA] * 10 < totals.body_bytes);
	wv_txn_abort(&txn);
	forget();
	wv_test_archive_close(&a);
}

/* Bytes of one that went must be in no value of the archive. */
static void check_absent(struct wv_test_archive *a, struct wv_slice secret)
{
	struct wv_txn *txn = NULL;
	struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	for (int table = 0; table < WV_TABLE_COUNT; table++) {
		assert_int_equal(wv_walk_begin(txn, (enum wv_table)table, &walk, NULL), WV_OK);
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL);
		for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, NULL))
			assert_int_equal(wv_slice_find(value, secret, 0), SIZE_MAX);
		wv_walk_end(&walk);
	}
	wv_txn_abort(&txn);
}

static void drop(struct wv_test_archive *a, const bool *gone, struct wv_recode_counts *counts)
{
	struct wv_blob_key keys[PAGES * VERSIONS];
	struct wv_txn *txn = NULL;
	size_t n = 0;

	for (size_t i = 0; i < (size_t)PAGES * VERSIONS; i++)
		if (gone[i])
			keys[n++] = (struct wv_blob_key){WV_BLOB_BODY, digests[i]};
	assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
	assert_int_equal(wv_recode_drop(txn, keys, n, counts, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
}

/* `verify` knows what a dropped body leaves behind: its captures, whose care is takedown's. */
static void test_drop(void **state)
{
	(void)state;
	for (uint64_t seed = 2; seed < 5; seed++) {
		bool gone[PAGES * VERSIONS] = {false};
		struct wv_recode_counts counts = {0};
		struct wv_test_archive a;
		struct wv_random r = {seed};
		uint64_t dropped = 0;

		wv_test_archive_open(&a, NULL);
		fill(&a, seed);
		for (int round = 0; round < 3; round++) {
			bool now[PAGES * VERSIONS] = {false};
			uint64_t fresh = 0;

			for (size_t i = 0; i < (size_t)PAGES * VERSIONS; i++)
				if (wv_random_below(&r, 8) == 0 || (seed == 2 && i == 0)) {
					fresh += gone[i] ? 0 : 1;
					gone[i] = now[i] = true;
				}
			drop(&a, now, &counts);
			assert_int_equal(counts.dropped, fresh);
			dropped += fresh;
			check_all(&a, gone);
		}
		assert_true(dropped > 10 && counts.recoded > 0);
		/* Nothing but captures without their bodies. */
		assert_int_equal(wv_test_verify(a.store, false), dropped);
		forget();
		wv_test_archive_close(&a);
	}
}

static void test_drop_leaves_nothing(void **state)
{
	static const char secret[] = "8f0c51d1f7f94b8bb0a3c4e6";
	bool gone[PAGES * VERSIONS] = {false};
	struct wv_recode_counts counts = {0};
	struct wv_test_archive a;
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_blob_key key;
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(&a, 9);
	/* A version whose secret its follower has no more; stored so that the bytes could be seen.
	 */
	wv_buf_init(&body, BODY_CAP);
	wv_buf_add_string(&body, secret);
	put(&a, 0, 100000, wv_buf_slice(&body));
	key = (struct wv_blob_key){WV_BLOB_BODY, wv_digest_of(wv_buf_slice(&body))};
	put(&a, 0, 100060, wv_slice_part(wv_buf_slice(&body), 0, 20));
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_recode_drop(txn, &key, 1, &counts, NULL), WV_OK);
	assert_int_equal(counts.dropped, 1);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	check_absent(&a, wv_slice_of(secret));
	check_all(&a, gone);
	/* One that is not there is passed over. */
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_recode_drop(txn, &key, 1, &counts, NULL), WV_OK);
	assert_int_equal(counts.dropped, 0);
	wv_txn_abort(&txn);
	forget();
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_drop_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
