#include "archive/store/lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/commit.h"
#include "archive/store/load.h"
#include "archive/store/row.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"

static struct wv_time at(int64_t seconds)
{
	return (struct wv_time){WV_TEST_START + seconds * WV_US_PER_S};
}

static uint64_t put(struct wv_test_archive *a, const char *path, int64_t seconds, int32_t status,
                    enum wv_verdict verdict, const char *body)
{
	struct wv_capture capture = wv_test_capture(a, path, seconds);

	capture.status = status;
	capture.verdict = verdict;
	if (status == 304)
		capture.flags = WV_CAPTURE_NOT_MODIFIED;
	if (status == 301)
		capture.flags = WV_CAPTURE_REDIRECT;
	return wv_test_put(a, &capture, body, NULL).id;
}

/* A page with everything that may be passed over. Times: 10 good, 20 dead, 30 captcha, 40 304,
 * 50 redirect, 60 truncated, 70 good, 80 404. */
static void fill(struct wv_test_archive *a)
{
	put(a, "/p", 10, 200, WV_VERDICT_LISTING, "first");
	put(a, "/p", 20, 0, WV_VERDICT_FAILED, NULL);
	put(a, "/p", 30, 200, WV_VERDICT_CAPTCHA, "are you a robot");
	put(a, "/p", 40, 304, WV_VERDICT_UNREAD, NULL);
	put(a, "/p", 50, 301, WV_VERDICT_OTHER, NULL);
	put(a, "/p", 60, 200, WV_VERDICT_TRUNCATED, "fir");
	put(a, "/p", 70, 200, WV_VERDICT_LISTING, "second");
	put(a, "/p", 80, 404, WV_VERDICT_OTHER, "gone");
	put(a, "/q", 45, 200, WV_VERDICT_LISTING, "another page");
}

static void test_which_capture_stands(void **state)
{
	static const struct {
		const char *name;
		enum wv_standing_mode mode;
		int64_t at;
		int64_t id; /* -1: none */
		uint64_t passed;
	} rows[] = {
		{"before all", WV_STANDING_AT, 9, -1, 0},
		{"exactly at", WV_STANDING_AT, 10, 0, 0},
		{"over a failure", WV_STANDING_AT, 25, 0, 1},
		{"over a captcha and a failure", WV_STANDING_AT, 39, 0, 2},
		{"a 304 stands", WV_STANDING_AT, 45, 3, 0},
		{"over a redirect and a truncated one", WV_STANDING_AT, 69, 3, 2},
		{"over a 404", WV_STANDING_AT, 1000, 6, 1},
		{"nearest, earlier", WV_STANDING_NEAREST, 14, 0, 0},
		{"nearest, later", WV_STANDING_NEAREST, 62, 6, 1},
		{"nearest, a tie goes to the earlier", WV_STANDING_NEAREST, 55, 3, 2},
		{"nearest before all", WV_STANDING_NEAREST, -100, 0, 0},
		{"after", WV_STANDING_AFTER, 11, 3, 2},
		{"after, exactly", WV_STANDING_AFTER, 70, 6, 0},
		{"after all", WV_STANDING_AFTER, 71, -1, 1},
	};
	struct wv_test_archive *a = *state;
	struct wv_txn *txn;
	int bad = 0;

	fill(a);
	txn = wv_test_reading(a);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_standing_query query = {.page = 0,
		                                        .at = at(rows[i].at),
		                                        .known_at = WV_TIME_NONE,
		                                        .mode = rows[i].mode};
		struct wv_standing standing = {0};
		enum wv_status st = wv_store_standing(txn, a->arena, &query, &standing, NULL);
		int64_t got = st == WV_OK ? (int64_t)standing.capture.id : -1;

		if (got != rows[i].id || standing.passed_total != rows[i].passed ||
		    standing.passed_count != rows[i].passed) {
			print_error("row '%s': expected %d over %d, got %d over %d\n", rows[i].name,
			            (int)rows[i].id, (int)rows[i].passed, (int)got,
			            (int)standing.passed_total);
			bad++;
		}
	}
	wv_txn_abort(&txn);
	assert_int_equal(bad, 0);
}

static void test_why_it_was_passed_over(void **state)
{
	static const char *const expected[] = {"verdict truncated", "redirect"};
	struct wv_test_archive *a = *state;
	const struct wv_standing_query query = {.at = at(65), .known_at = WV_TIME_NONE};
	struct wv_standing standing;
	struct wv_txn *txn;

	fill(a);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_standing(txn, a->arena, &query, &standing, NULL), WV_OK);
	assert_int_equal(standing.passed_count, WV_COUNT(expected));
	for (size_t i = 0; i < WV_COUNT(expected); i++)
		assert_true(wv_slice_equals(standing.passed[i].why, wv_slice_of(expected[i])));
	wv_txn_abort(&txn);
}

/* With known_at K nothing recorded later is seen: neither captures nor readings. */
static void test_nothing_known_later_is_seen(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_article first = wv_test_article(a, "T", "one"), second = first;
	struct wv_standing_query query = {.at = WV_TIME_NONE};
	struct wv_batch *batch = NULL;
	struct wv_standing standing;
	struct wv_reading made;
	enum wv_status status;
	struct wv_time known[4];
	struct wv_txn *txn;

	for (int i = 0; i < 3; i++) {
		struct wv_capture capture = wv_test_capture(a, "/p", 100 - i * 10);
		char body[8];

		snprintf(body, sizeof body, "b%d", i);
		wv_test_put(a, &capture, body, &first);
		txn = wv_test_reading(a);
		assert_int_equal(wv_store_known_now(txn, &known[i], NULL), WV_OK);
		wv_txn_abort(&txn);
	}
	second.verdict = WV_VERDICT_CAPTCHA;
	second.extractor = 2;
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, 0, &second, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_known_now(txn, &known[3], NULL), WV_OK);
	for (int i = 0; i < 4; i++) {
		query.known_at = known[i];
		assert_int_equal(wv_store_standing(txn, a->arena, &query, &standing, NULL), WV_OK);
		/* The newest by capture is the first put, until its re-reading calls it a captcha.
		 */
		assert_int_equal(standing.capture.id, i < 3 ? 0 : 1);
		assert_int_equal(standing.capture.extractor, 1);
	}
	assert_int_equal(wv_store_capture(txn, a->arena, 1, known[0], &standing.capture, NULL),
	                 WV_NO);
	assert_int_equal(wv_store_capture(txn, a->arena, 0, known[2], &standing.capture, NULL),
	                 WV_OK);
	assert_int_equal(standing.capture.verdict, WV_VERDICT_ARTICLE);
	assert_int_equal(wv_store_reading(txn, a->arena, &standing.capture, known[3], &made, NULL),
	                 WV_OK);
	assert_int_equal(made.number, 1);
	wv_txn_abort(&txn);
}

static void test_captures_of_a_page(void **state)
{
	static const struct {
		const char *name;
		int64_t from, to; /* -1: unbounded */
		bool is_backwards;
		const char *expected;
	} rows[] = {
		{"all", -1, -1, false, "01234567"}, {"backwards", -1, -1, true, "76543210"},
		{"from", 30, -1, false, "234567"},  {"to", -1, 30, false, "012"},
		{"both", 20, 40, false, "123"},     {"both backwards", 20, 40, true, "321"},
		{"between two", 41, 49, false, ""}, {"beyond", 90, -1, false, ""},
	};
	struct wv_test_archive *a = *state;
	struct wv_txn *txn;
	int bad = 0;

	fill(a);
	txn = wv_test_reading(a);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_captures_query query = {
			.page = 0,
			.from = rows[i].from < 0 ? WV_TIME_NONE : at(rows[i].from),
			.to = rows[i].to < 0 ? WV_TIME_NONE : at(rows[i].to),
			.known_at = WV_TIME_NONE,
			.is_backwards = rows[i].is_backwards,
		};
		struct wv_captures *captures = NULL;
		struct wv_capture capture;
		char got[16] = "";
		size_t n = 0;

		assert_int_equal(wv_captures_begin(txn, &query, &captures, NULL), WV_OK);
		while (wv_captures_next(captures, a->arena, &capture, NULL) == WV_OK && n < 15)
			got[n++] = (char)('0' + capture.id);
		got[n] = 0;
		wv_captures_end(&captures);
		if (!wv_slice_equals(wv_slice_of(got), wv_slice_of(rows[i].expected))) {
			print_error("row '%s': expected %s, got %s\n", rows[i].name,
			            rows[i].expected, got);
			bad++;
		}
	}
	wv_txn_abort(&txn);
	assert_int_equal(bad, 0);
}

static void test_list(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_list_query query = {
		.from = WV_TIME_NONE, .to = WV_TIME_NONE, .known_at = WV_TIME_NONE, .max = 4};
	struct wv_article article = wv_test_article(a, "T", "text");
	struct wv_capture *list, capture;
	char got[32] = "";
	struct wv_txn *txn;
	size_t count, n = 0;

	fill(a);
	capture = wv_test_capture(a, "/r", 44);
	capture.source = WV_LIT("Other");
	wv_test_put(a, &capture, "r", &article); /* id 9 */
	capture = wv_test_capture(a, "/s", 15);
	capture.source = WV_SLICE_NONE;
	wv_test_put(a, &capture, "s", NULL); /* id 10 */
	txn = wv_test_reading(a);
	do { /* page by page */
		assert_int_equal(wv_store_list(txn, a->arena, &query, &list, &count, NULL), WV_OK);
		for (size_t i = 0; i < count; i++) {
			got[n++] = (char)('0' + list[i].id);
			query.has_after = true;
			query.after_captured = list[i].captured;
			query.after_id = list[i].id;
		}
	} while (count);
	assert_string_equal(got, "765489321:0");
	query = (struct wv_list_query){.source = WV_LIT("Other"),
	                               .from = WV_TIME_NONE,
	                               .to = WV_TIME_NONE,
	                               .known_at = WV_TIME_NONE,
	                               .max = 9};
	assert_int_equal(wv_store_list(txn, a->arena, &query, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, 9);
	query.source = WV_LIT("Nobody");
	assert_int_equal(wv_store_list(txn, a->arena, &query, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 0);
	query.source = WV_SLICE_NONE;
	query.category = WV_LIT("markets");
	assert_int_equal(wv_store_list(txn, a->arena, &query, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 1);
	query.category = WV_SLICE_NONE;
	query.from = at(40);
	query.to = at(45);
	assert_int_equal(wv_store_list(txn, a->arena, &query, &list, &count, NULL), WV_OK);
	assert_int_equal(count, 3);
	wv_txn_abort(&txn);
}

static enum wv_status note_page(const struct wv_page *page, void *context, struct wv_err *err)
{
	char *got = context;
	size_t n = strlen(got);

	(void)err;
	snprintf(got + n, 100 - n, "%.*s;", WV_FMT(page->key));
	return WV_OK;
}

static void test_pages(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_source_totals *sources;
	struct wv_capture capture;
	struct wv_page page;
	struct wv_txn *txn;
	char got[100] = "";
	size_t count;

	fill(a);
	capture = wv_test_capture(a, "/r/1", 44);
	capture.source = WV_LIT("Other");
	wv_test_put(a, &capture, "r", NULL);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_each_page(txn, WV_LIT("com,example)/"), WV_SLICE_NONE, note_page,
	                                    got, NULL),
	                 WV_OK);
	assert_string_equal(got, "com,example)/p;com,example)/q;com,example)/r/1;");
	got[0] = 0;
	assert_int_equal(wv_store_each_page(txn, WV_LIT("com,example)/"), WV_LIT("com,example)/p"),
	                                    note_page, got, NULL),
	                 WV_OK);
	assert_string_equal(got, "com,example)/q;com,example)/r/1;");
	got[0] = 0;
	assert_int_equal(wv_store_each_page_of_source(txn, WV_LIT("Other"), note_page, got, NULL),
	                 WV_OK);
	assert_string_equal(got, "com,example)/r/1;");
	assert_int_equal(wv_store_page_of_key(txn, a->arena, WV_LIT("com,example)/q"), &page, NULL),
	                 WV_OK);
	assert_int_equal(page.number, 1);
	assert_int_equal(wv_store_page_of_key(txn, a->arena, WV_LIT("com,example)/z"), &page, NULL),
	                 WV_NO);
	assert_int_equal(wv_store_sources(txn, a->arena, &sources, &count, NULL), WV_OK);
	assert_int_equal(count, 2);
	assert_int_equal(sources[0].captures, 9);
	assert_int_equal(sources[1].captures, 1);
	assert_true(wv_slice_equals(sources[1].name, WV_LIT("Other")));
	wv_txn_abort(&txn);
}

/* Numbers of sources that no commit of ours gave: damage, and never a size to ask memory for. */
static void test_forged_sources(void **state)
{
	static const struct {
		const char *name;
		uint64_t next_source, number; /* the state's; of a row more. 0: as it is, none */
		bool cuts_key;
	} rows[] = {
		{"a row above the count", 0, 3, false},
		{"a row of the greatest number", 0, UINT32_MAX, false},
		{"a row beyond 32 bits", 0, UINT64_C(1) << 32 | 1, false},
		{"a row of number 0", 0, UINT64_MAX, false},
		{"a short key", 0, 2, true},
		{"as many as fit", UINT32_MAX, 0, false},
		{"more than fit", UINT64_MAX, 0, false},
	};
	struct wv_test_archive *a = *state;
	struct wv_capture other = wv_test_capture(a, "/r", 44);
	int bad = 0;

	fill(a);
	other.source = WV_LIT("Other");
	wv_test_put(a, &other, "r", NULL);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_list_query all = {.from = WV_TIME_NONE,
		                                  .to = WV_TIME_NONE,
		                                  .known_at = WV_TIME_NONE,
		                                  .max = 4};
		WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = WV_KIB};
		struct wv_source_totals *sources;
		struct wv_capture *list;
		struct wv_state counters;
		struct wv_txn *txn = NULL;
		unsigned char key[9] = {'#'};
		size_t count;
		enum wv_status got, listed;

		assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
		assert_int_equal(wv_state_get(txn, &counters, NULL), WV_OK);
		if (rows[i].next_source) {
			counters.next_source = rows[i].next_source;
			assert_int_equal(wv_state_put(txn, &counters, NULL), WV_OK);
		}
		if (rows[i].number) {
			wv_key_of_u64(rows[i].number == UINT64_MAX ? 0 : rows[i].number, key + 1);
			wv_record_source_encode(&(struct wv_source_row){.name = WV_LIT("Forged")},
			                        &row);
			assert_int_equal(wv_txn_put(txn, WV_TABLE_SOURCE_NAMES,
			                            wv_slice(key, rows[i].cuts_key ? 8 : 9),
			                            wv_buf_slice(&row), NULL),
			                 WV_OK);
		}
		got = wv_store_sources(txn, a->arena, &sources, &count, NULL);
		listed = wv_store_list(txn, a->arena, &all, &list, &count, NULL);
		if (got != WV_DAMAGED || listed != (rows[i].next_source ? WV_DAMAGED : WV_OK)) {
			print_error("row '%s': got %d, and %d for a list\n", rows[i].name, got,
			            listed);
			bad++;
		}
		wv_txn_abort(&txn);
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, wv_test_archive_set_up, wv_test_archive_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_which_capture_stands),
		TEST(test_why_it_was_passed_over),
		TEST(test_nothing_known_later_is_seen),
		TEST(test_captures_of_a_page),
		TEST(test_list),
		TEST(test_pages),
		TEST(test_forged_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
