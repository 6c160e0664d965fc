/* What the index follows: readings that came after their capture, by their own instant; and the
 * rows of pages. */
#include "archive/search/follow_inner.h"

#include <stdlib.h>

#include "archive/store/load.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define CAPTURES 4u

struct world {
	struct wv_test_archive a;
	struct wv_search *search;
	struct wv_follow follow;
	struct wv_time known[CAPTURES + 3]; /* after each capture, then after each late reading */
	size_t count;
};

/* Leaf `leaf` read anew. */
static void read_anew(struct world *w, uint64_t leaf)
{
	struct wv_article article = wv_test_article(&w->a, "Read anew", "Other words of it.");
	struct wv_batch *batch = NULL;
	enum wv_status each;

	assert_int_equal(wv_batch_new(w->a.store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, leaf, &article, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(w->a.store, &batch, 1, &each, NULL), WV_OK);
	assert_int_equal(each, WV_OK);
	wv_batch_free(&batch);
	w->known[w->count++] = wv_test_known_now(&w->a);
}

/* Four captures that were read at once; then 2, 0 and 2 again were read anew. */
static void open_world(struct world *w)
{
	*w = (struct world){0};
	wv_test_archive_open(&w->a, NULL);
	for (unsigned i = 0; i < CAPTURES; i++) {
		struct wv_capture capture = wv_test_capture(&w->a, "/p", i * 60);
		struct wv_article article = wv_test_article(&w->a, "Title", "Words of a text.");
		const char *const bodies[CAPTURES] = {"a", "b", "c", "d"};

		(void)wv_test_put(&w->a, &capture, bodies[i], &article);
		w->known[w->count++] = wv_test_known_now(&w->a);
	}
	read_anew(w, 2);
	read_anew(w, 0);
	read_anew(w, 2);
	w->follow = (struct wv_follow){.store = w->a.store, .bound = INT64_MAX};
	assert_int_equal(wv_arena_new(WV_MIB, &w->follow.arena, NULL), WV_OK);
	w->follow.txn = wv_test_reading(&w->a);
}

static void close_world(struct world *w)
{
	wv_txn_abort(&w->follow.txn);
	wv_arena_free(&w->follow.arena);
	free(w->follow.late);
	wv_test_archive_close(&w->a);
}

/* Which rows are late, and in which order they come. */
static void test_late_readings(void **state)
{
	static const struct {
		const char *name;
		uint64_t from, end;
		int known, bound; /* as of so many commits; -1: before all, 99: after all */
		uint64_t in_time;
		const char *late; /* leaves, earliest first */
	} rows[] = {
		{"all were in time", 0, CAPTURES, 99, 99, 7, ""},
		{"all are late", 0, CAPTURES, -1, 99, 0, "0123202"},
		{"after the captures", 0, CAPTURES, 3, 99, 4, "202"},
		{"of one leaf", 2, 3, 3, 99, 1, "22"},
		{"of none", 2, 2, -1, 99, 0, ""},
		{"from a leaf on", 1, UINT64_MAX, 3, 99, 3, "22"},
		{"up to a bound", 0, CAPTURES, 3, 5, 4, "20"},
		{"the bound is before all", 0, CAPTURES, -1, -1, 0, ""},
	};
	struct world w;

	(void)state;
	open_world(&w);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint64_t in_time = 0;
		char got[16] = "";
		int64_t known = rows[i].known < 0     ? INT64_MIN
		                : rows[i].known == 99 ? INT64_MAX
		                                      : w.known[rows[i].known].us;

		w.follow.bound = rows[i].bound < 0     ? INT64_MIN
		                 : rows[i].bound == 99 ? INT64_MAX
		                                       : w.known[rows[i].bound].us;
		row_int(rows[i].name,
		        wv_follow_walk_rows(&w.follow, rows[i].from, rows[i].end, known, &in_time, NULL),
		        WV_OK);
		row_int(rows[i].name, (long long)in_time, (long long)rows[i].in_time);
		for (size_t n = 0; w.follow.late_count && n < 15; n++)
			got[n] = (char)('0' + wv_follow_pop_late(&w.follow).leaf);
		row_text(rows[i].name, wv_slice_of(got), rows[i].late);
	}
	close_world(&w);
	rows_end();
}

/* More than the heap has room for at first, put in from the latest to the earliest. */
static void test_many_late(void **state)
{
	unsigned char key[WV_KEY_ARTICLE_BYTES];
	struct wv_txn *txn = NULL;
	struct world w;
	uint64_t in_time = 0;
	int64_t before = INT64_MIN;
	size_t unsorted = 0, n = 0;

	(void)state;
	open_world(&w);
	wv_txn_abort(&w.follow.txn);
	assert_int_equal(wv_txn_begin_write(wv_store_db(w.a.store), &txn, NULL), WV_OK);
	for (uint64_t leaf = 100; leaf < 1100; leaf++) {
		WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_KIB};
		struct wv_article_row row = {.recorded = {(int64_t)((1100 - leaf) * 7919 % 1009)},
		                             .verdict = WV_VERDICT_OTHER};

		wv_record_article_row_encode(&row, &bytes);
		wv_key_of_article(leaf, 0, key);
		assert_int_equal(wv_txn_put(txn, WV_TABLE_ARTICLES, wv_slice(key, sizeof key),
		                            wv_buf_slice(&bytes), NULL),
		                 WV_OK);
	}
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	w.follow.txn = wv_test_reading(&w.a);
	w.follow.bound = INT64_MAX;
	row_int("many", wv_follow_walk_rows(&w.follow, 100, UINT64_MAX, INT64_MIN, &in_time, NULL),
	        WV_OK);
	while (w.follow.late_count) {
		struct wv_late late = wv_follow_pop_late(&w.follow);

		unsorted += late.recorded < before;
		before = late.recorded;
		n++;
	}
	row_int("each once", (long long)n, 1000);
	row_int("in their order", (long long)unsorted, 0);
	close_world(&w);
	rows_end();
}

static void test_damaged_row(void **state)
{
	unsigned char key[WV_KEY_ARTICLE_BYTES];
	struct wv_txn *txn = NULL;
	struct world w;
	uint64_t in_time = 0;

	(void)state;
	open_world(&w);
	wv_txn_abort(&w.follow.txn);
	wv_key_of_article(1, 7, key);
	assert_int_equal(wv_txn_begin_write(wv_store_db(w.a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_ARTICLES, wv_slice(key, sizeof key), WV_LIT("?"),
	                            NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	w.follow.txn = wv_test_reading(&w.a);
	row_int("before it", wv_follow_walk_rows(&w.follow, 0, 1, INT64_MAX, &in_time, NULL), WV_OK);
	row_int("at it", wv_follow_walk_rows(&w.follow, 0, 2, INT64_MAX, &in_time, NULL), WV_DAMAGED);
	close_world(&w);
	rows_end();
}

/* A page's row comes back as it was saved; one never seen is nobody's; numbers have their end. */
static void test_rows_of_pages(void **state)
{
	static const struct {
		const char *name;
		uint64_t number;
		enum wv_status expected;
		size_t spans;
		bool is_seen;
	} rows[] = {
		{"the page", 0, WV_OK, 4, true},
		{"one never seen", 77, WV_OK, 0, false},
		{"the greatest", UINT32_MAX, WV_OK, 0, false},
		{"one too great", (uint64_t)UINT32_MAX + 1, WV_LIMIT, 0, false},
	};
	struct world w;

	(void)state;
	open_world(&w);
	assert_int_equal(wv_search_open(w.a.store, &(struct wv_search_options){0}, &w.search,
	                                NULL), WV_OK);
	assert_int_equal(wv_search_follow(w.search, w.a.store, NULL), WV_OK);
	w.follow.search = w.search;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_follow_page page = {0};
		enum wv_status st = wv_follow_load_page(&w.follow, rows[i].number, &page, NULL);

		row_int(rows[i].name, st, rows[i].expected);
		if (st != WV_OK)
			continue;
		row_int(rows[i].name, (long long)page.count, (long long)rows[i].spans);
		row_int(rows[i].name, page.first_seen != INT64_MAX, rows[i].is_seen);
		row_int(rows[i].name, page.newest != INT64_MIN, rows[i].is_seen);
		for (size_t k = 1; k < page.count; k++)
			row_int(rows[i].name, page.open[k].from >= page.open[k - 1].to, true);
	}
	wv_search_close(&w.search);
	close_world(&w);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_readings),
		cmocka_unit_test(test_many_late),
		cmocka_unit_test(test_damaged_row),
		cmocka_unit_test(test_rows_of_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
