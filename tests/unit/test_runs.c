/* The shingle index against a plain list: additions of many sizes, merges on the way. */
#include "archive/copies/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/folder.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define ENTRIES 60000u

struct tally {
	uint64_t found, sum;
};

static enum wv_status count(void *context, const struct wv_runs_found *found, struct wv_err *err)
{
	struct tally *tally = context;

	(void)err;
	tally->found += found->asked_count;
	tally->sum += (found->hash * 31 + found->document * 7u + found->bucket) * found->asked_count;
	return WV_OK;
}

/* Few are sought, some are guessed at, many are walked to. */
static void check(struct wv_txn *txn, const struct wv_pair *all, size_t n, size_t count_asked,
                  uint64_t *seed)
{
	struct wv_pair asked[512], scratch[512];
	struct tally want = {0}, got = {0};
	struct wv_runs_usage usage;

	for (size_t i = 0; i < count_asked; i++)
		asked[i] = (struct wv_pair){
			n > 0 && i % 3 ? all[wv_roll(seed) % n].key : wv_roll(seed) % 9000, i << 8};
	wv_pairs_sort(asked, scratch, count_asked);
	for (size_t i = 0; i < count_asked; i++)
		for (size_t k = 0; k < n; k++)
			if (all[k].key == asked[i].key) {
				want.found++;
				want.sum += all[k].key * 31 + (all[k].value >> 8) * 7u +
				            (all[k].value & 0xff);
			}
	assert_int_equal(wv_runs_lookup(txn, 0, asked, count_asked, count, &got, NULL), WV_OK);
	assert_int_equal(got.found, want.found);
	assert_true(got.sum == want.sum);
	assert_int_equal(wv_runs_usage(txn, 0, &usage, NULL), WV_OK);
	assert_int_equal(usage.entries, n);
	assert_true(usage.runs < 40);
}

static void add(struct wv_txn *txn, struct wv_pair *all, size_t n, size_t more, uint64_t *seed)
{
	struct wv_pair *scratch = calloc(more, sizeof(*scratch));
	struct wv_pair *sorted = calloc(more, sizeof(*sorted));

	assert_non_null(scratch);
	assert_non_null(sorted);
	for (size_t i = 0; i < more; i++) {
		/* Some hashes in many documents, most in few, and both ends of the range. */
		uint64_t hash = wv_roll(seed) % 50 == 0 ? wv_roll(seed) % 40 : wv_roll(seed) % 9000;

		hash = wv_roll(seed) % 97 == 0 ? (UINT64_C(1) << 40) - 1 - hash : hash;
		all[n + i] = (struct wv_pair){hash, (uint64_t)(n + i + 1) << 8 | hash % 64};
	}
	memcpy(sorted, all + n, more * sizeof(*sorted));
	wv_pairs_sort(sorted, scratch, more);
	for (size_t i = 1; i < more; i++)
		assert_true(sorted[i - 1].key < sorted[i].key ||
		            (sorted[i - 1].key == sorted[i].key &&
		             sorted[i - 1].value < sorted[i].value));
	assert_int_equal(wv_runs_add(txn, 0, sorted, more, NULL), WV_OK);
	free(scratch);
	free(sorted);
}

static void test_against_list(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	struct wv_pair *all = calloc(ENTRIES, sizeof(*all));
	const struct wv_db_options options = {.create = true};
	struct wv_db *db = NULL;
	uint64_t seed = 11;
	size_t n = 0;

	(void)state;
	assert_non_null(all);
	wv_test_folder_make(&folder);
	assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
	while (n < ENTRIES) {
		size_t more = 1 + wv_roll(&seed) % (wv_roll(&seed) % 8 ? 300 : 9000);
		struct wv_txn *txn = NULL;

		more = more > ENTRIES - n ? ENTRIES - n : more;
		assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
		add(txn, all, n, more, &seed);
		n += more;
		check(txn, all, n, 512, &seed);
		check(txn, all, n, 9, &seed);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	}
	wv_db_close(&db);
	free(all);
}

static enum wv_status nothing(void *context, const struct wv_runs_found *found, struct wv_err *err)
{
	(void)context;
	(void)found;
	(void)err;
	return WV_OK;
}

/* Blocks that nobody wrote so are damage, to whoever looks and whoever adds: a run is number 1. */
static void test_forged(void **state)
{
	static const struct {
		const char *row;
		size_t bytes;
	} rows[] = {{"nothing", 0}, {"half an entry", 15}, {"more than a block has", 1637 * 10}, {"far more", 60000 * 10}};
	static const unsigned char key[] = {'r', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x80, 0, 0, 0};
	const struct wv_db_options options = {.create = true};
	unsigned char *forged = calloc(60000, 10);

	(void)state;
	assert_non_null(forged);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
		struct wv_pair own[300], more = {7, 9 << 8};
		struct wv_txn *txn = NULL;
		struct wv_db *db = NULL;
		uint64_t seed = 3;

		wv_test_folder_make(&folder);
		assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
		assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
		add(txn, own, 0, WV_COUNT(own), &seed);
		assert_int_equal(wv_txn_put(txn, WV_TABLE_SHINGLES, wv_slice(key, sizeof(key)),
		                            wv_slice(forged, rows[i].bytes), NULL),
		                 WV_OK);
		row_int(rows[i].row, wv_runs_lookup(txn, 0, &(struct wv_pair){0, 1}, 1, nothing, NULL, NULL),
		        WV_DAMAGED);
		row_int(rows[i].row, wv_runs_add(txn, 0, &more, 1, NULL), WV_DAMAGED);
		wv_txn_abort(&txn);
		wv_db_close(&db);
	}
	free(forged);
	rows_end();
}

/* Runs that no merge could get on with: one hash in more entries than are taken in at once. */
static void test_merges_come_to_an_end(void **state)
{
	static const struct {
		const char *row;
		uint64_t first, step;
	} rows[] = {{"one hash", 5, 0}, {"upward", 5, 1}, {"downward in each block", 40000, UINT64_MAX}};
	const struct wv_db_options options = {.create = true};
	static struct wv_pair all[20000];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
		enum wv_status st = WV_OK;
		struct wv_txn *txn = NULL;
		struct wv_db *db = NULL;

		wv_test_folder_make(&folder);
		assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
		assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
		for (size_t k = 0; k < WV_COUNT(all); k++)
			all[k] = (struct wv_pair){rows[i].first + k * rows[i].step, k << 8};
		for (int time = 0; time < 3 && st == WV_OK; time++)
			st = wv_runs_add(txn, 0, all, WV_COUNT(all), NULL);
		row_int(rows[i].row, st, WV_OK);
		wv_txn_abort(&txn);
		wv_db_close(&db);
	}
	rows_end();
}

/* As many runs as a list can have, none of which a merge touches: there is no room for one more. */
static void test_full_list(void **state)
{
	static const struct {
		const char *row;
		uint32_t level, into;
	} rows[] = {{"levels there are not", 40, 0}, {"levels at the end", 31, 0}, {"all into one", 31, 300}};
	static const unsigned char key[] = {'p', 0, 0, 0, 0};
	const struct wv_db_options options = {.create = true};
	const struct wv_pair one = {7, 9 << 8};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
		WV_AUTO(wv_buf_done) struct wv_buf list = {.cap = 65536};
		struct wv_txn *txn = NULL;
		struct wv_db *db = NULL;
		enum wv_status st = WV_OK;

		wv_test_folder_make(&folder);
		wv_buf_add_u32(&list, 1000);
		wv_buf_add_u32(&list, 256);
		for (uint32_t k = 1; k <= 256; k++) {
			wv_buf_add_u32(&list, k);
			wv_buf_add_u32(&list, rows[i].level);
			wv_buf_add_u64(&list, 10);
			wv_buf_add_u32(&list, rows[i].into);
		}
		assert_int_equal(wv_db_open(folder.path, &options, &db, NULL), WV_OK);
		assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
		assert_int_equal(wv_txn_put(txn, WV_TABLE_SHINGLES, wv_slice(key, sizeof(key)),
		                            wv_buf_slice(&list), NULL),
		                 WV_OK);
		for (int time = 0; time < 400 && st == WV_OK; time++)
			st = wv_runs_add(txn, 0, &one, 1, NULL);
		row_int(rows[i].row, st == WV_OK || st == WV_DAMAGED, 1);
		wv_txn_abort(&txn);
		wv_db_close(&db);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_list), cmocka_unit_test(test_forged),
					   cmocka_unit_test(test_merges_come_to_an_end),
					   cmocka_unit_test(test_full_list)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
