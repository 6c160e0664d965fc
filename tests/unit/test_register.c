#include "archive/store/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/lookup.h"
#include "archive/store/row.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"

#define NONE INT64_MIN

static struct wv_fact fact_of(enum wv_act act, const char *page, int64_t capture, int64_t until)
{
	return (struct wv_fact){.act = act,
	                        .recorded = {WV_TEST_START},
	                        .until = {until},
	                        .is_of_capture = capture >= 0,
	                        .capture = capture >= 0 ? (uint64_t)capture : 0,
	                        .first = WV_TIME_NONE,
	                        .last = WV_TIME_NONE,
	                        .page_key = wv_slice_of(page),
	                        .url = WV_LIT("https://www.example.com/a"),
	                        .reason = WV_LIT("a reason")};
}

static uint64_t add(struct wv_test_archive *a, struct wv_fact fact)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
	assert_int_equal(wv_register_add(txn, &fact, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	return fact.number;
}

static void release(struct wv_test_archive *a, const char *page, uint64_t number)
{
	struct wv_fact fact = fact_of(WV_ACT_RELEASE, page, -1, NONE);

	fact.releases = number;
	(void)add(a, fact);
}

/* "" shown, or the act that refuses; and may it be fetched? */
struct row {
	const char *name, *page;
	uint64_t capture;
	int64_t now;
	const char *refused;
	bool is_held, is_fetched;
};

static void test_who_may_see_what(void **state)
{
	static const struct row rows[] = {
		{"nothing is said of it", "com,example)/b", 1, 0, "", false, true},
		{"hidden", "com,example)/hide", 1, 0, "hide", false, true},
		{"a longer key is another page", "com,example)/hide2", 1, 0, "", false, true},
		{"a shorter one too", "com,example)/hid", 1, 0, "", false, true},
		{"blocked", "com,example)/block", 1, 0, "block", false, false},
		{"before its term ends", "com,example)/term", 1, 99, "block", false, false},
		{"at the end of its term", "com,example)/term", 1, 100, "", false, true},
		{"a capture", "com,example)/one", 7, 0, "block", false, true},
		{"and the one beside it", "com,example)/one", 8, 0, "", false, true},
		{"the gravest counts", "com,example)/all", 1, 0, "erase", true, false},
		{"released", "com,example)/back", 1, 0, "", false, true},
		{"released, and hidden again", "com,example)/again", 1, 0, "hide", false, true},
		{"held only", "com,example)/hold", 1, 0, "", true, true},
		{"one is held", "com,example)/hold1", 5, 0, "", true, true},
		{"not its neighbour", "com,example)/hold1", 6, 0, "", false, true},
	};
	struct wv_test_archive a;
	struct wv_txn *txn = NULL;
	uint64_t number;
	bool is_empty = false;
	int faults = 0;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_register_is_empty(txn, &is_empty, NULL), WV_OK);
	assert_true(is_empty);
	wv_txn_abort(&txn);
	assert_int_equal(add(&a, fact_of(WV_ACT_HIDE, "com,example)/hide", -1, NONE)), 1);
	(void)add(&a, fact_of(WV_ACT_BLOCK, "com,example)/block", -1, NONE));
	(void)add(&a, fact_of(WV_ACT_BLOCK, "com,example)/term", -1, 100));
	(void)add(&a, fact_of(WV_ACT_BLOCK, "com,example)/one", 7, NONE));
	(void)add(&a, fact_of(WV_ACT_ERASE, "com,example)/all", -1, NONE));
	(void)add(&a, fact_of(WV_ACT_HIDE, "com,example)/all", -1, NONE));
	(void)add(&a, fact_of(WV_ACT_BLOCK, "com,example)/all", 1, NONE));
	(void)add(&a, fact_of(WV_ACT_HOLD, "com,example)/all", -1, NONE));
	release(&a, "com,example)/back", add(&a, fact_of(WV_ACT_BLOCK, "com,example)/back", -1, NONE)));
	number = add(&a, fact_of(WV_ACT_HIDE, "com,example)/again", -1, NONE));
	release(&a, "com,example)/again", number);
	(void)add(&a, fact_of(WV_ACT_HIDE, "com,example)/again", -1, NONE));
	(void)add(&a, fact_of(WV_ACT_HOLD, "com,example)/hold", -1, NONE));
	(void)add(&a, fact_of(WV_ACT_HOLD, "com,example)/hold1", 5, NONE));
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		const struct wv_time now = {r->now};
		struct wv_register_page page;
		struct wv_fact why = {.act = 0};
		const char *refused = "";
		enum wv_status st = wv_register_shows(txn, a.arena, wv_slice_of(r->page), r->capture,
		                                      now, &why, NULL);

		if (st == WV_NO)
			refused = wv_act_name(why.act);
		assert_int_equal(wv_register_of_page(txn, a.arena, wv_slice_of(r->page), &page, NULL),
		                 WV_OK);
		if (!wv_slice_equals(wv_slice_of(refused), wv_slice_of(r->refused)) ||
		    (wv_register_hold(&page, r->capture, now) != NULL) != r->is_held ||
		    (wv_register_fetches(txn, wv_slice_of(r->page), now, NULL, NULL) == WV_OK) !=
		            r->is_fetched) {
			print_error("%s: refused '%s', expected '%s'\n", r->name, refused, r->refused);
			faults++;
		}
	}
	wv_txn_abort(&txn);
	assert_int_equal(faults, 0);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_test_archive_close(&a);
}

static enum wv_status collect(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct wv_buf *out = context;

	(void)err;
	wv_buf_add_format(out, "%llu %s %lld %llu %llu %.*s;", (unsigned long long)fact->number,
	                  wv_act_name(fact->act), (long long)fact->capture,
	                  (unsigned long long)fact->released_by, (unsigned long long)fact->bytes,
	                  WV_FMT(fact->reason));
	return WV_OK;
}

static void test_what_goes_in_comes_out(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 4 * WV_KIB};
	struct wv_fact fact = fact_of(WV_ACT_ERASE, "com,example)/x", 5, 77), got;
	struct wv_digest digest = wv_digest_of(WV_LIT("bytes"));
	struct wv_test_archive a;
	struct wv_txn *txn = NULL;
	char longest[WV_REASON_MAX + 2];

	(void)state;
	wv_test_archive_open(&a, NULL);
	fact.captures = 3;
	fact.bodies = 2;
	fact.bytes = 12345;
	fact.first.us = -5;
	fact.last.us = 9;
	assert_int_equal(add(&a, fact), 1);
	release(&a, "com,example)/x", 1);
	assert_int_equal(add(&a, (struct wv_fact){.act = WV_ACT_PRUNE,
	                                          .until = WV_TIME_NONE,
	                                          .first = WV_TIME_NONE,
	                                          .last = WV_TIME_NONE,
	                                          .bytes = 8}),
	                 3);
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_register_note_erased(txn, 5, 1, NULL), WV_OK);
	assert_int_equal(wv_register_note_pruned(txn, WV_BLOB_BODY, &digest, 3, NULL), WV_OK);
	memset(longest, 'r', sizeof longest);
	fact.reason = wv_slice(longest, WV_REASON_MAX + 1);
	assert_int_equal(wv_register_add(txn, &fact, NULL), WV_LIMIT);
	fact.reason = wv_slice(longest, WV_REASON_MAX);
	assert_int_equal(wv_register_add(txn, &fact, NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);

	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_register_erased(txn, a.arena, 5, &got, NULL), WV_OK);
	assert_int_equal(got.first.us, -5);
	assert_int_equal(got.last.us, 9);
	assert_int_equal(got.until.us, 77);
	assert_int_equal(got.captures * 10 + got.bodies, 32);
	assert_int_equal(got.released_by, 2);
	assert_true(wv_slice_equals(got.url, WV_LIT("https://www.example.com/a")));
	assert_int_equal(wv_register_erased(txn, a.arena, 6, &got, NULL), WV_NO);
	assert_int_equal(wv_register_pruned(txn, a.arena, WV_BLOB_BODY, &digest, &got, NULL), WV_OK);
	assert_int_equal(got.number, 3);
	assert_int_equal(wv_register_pruned(txn, a.arena, WV_BLOB_WIRE, &digest, &got, NULL), WV_NO);
	assert_int_equal(wv_register_each(txn, 0, collect, &out, NULL), WV_OK);
	assert_true(wv_slice_starts(wv_buf_slice(&out),
	                            WV_LIT("1 erase 5 2 12345 a reason;2 release 0 0 0 a reason;3 "
	                                   "prune 0 0 8 ;4 erase 5 0 12345 rrr")));
	wv_buf_reset(&out);
	assert_int_equal(wv_register_each(txn, 2, collect, &out, NULL), WV_OK);
	assert_true(wv_slice_starts(wv_buf_slice(&out), WV_LIT("3 prune")));
	assert_int_equal(wv_register_get(txn, a.arena, 5, &got, NULL), WV_NO);
	wv_txn_abort(&txn);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_test_archive_close(&a);
}

/* Rows that contradict each other are findings. */
static void test_verify_names_what_is_wrong(void **state)
{
	static const struct {
		const char *name, *key;
		size_t key_n;
		const char *value;
		size_t value_n;
	} rows[] = {
		{"a fact that does not decode", "t\0\0\0\0\0\0\0\1", 9, "\1\1", 2},
		{"a page's fact that is not there", "pcom,example)/x\0\0\0\0\0\0\0\7", 23, "", 0},
		{"a fact of another page", "pcom,example)/y\0\0\0\0\0\0\0\1", 23, "", 0},
		{"an erased leaf whose fact is another", "e\0\0\0\0\0\0\0\1", 9,
		 "\0\0\0\0\0\0\0\1", 8},
		{"a release that is none", "r\0\0\0\0\0\0\0\1", 9, "\0\0\0\0\0\0\0\1", 8},
		{"a row of no kind", "zzz", 3, "", 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_test_archive a;
		struct wv_txn *txn = NULL;

		wv_test_archive_open(&a, NULL);
		(void)add(&a, fact_of(WV_ACT_HIDE, "com,example)/x", -1, NONE));
		assert_int_equal(wv_test_verify(a.store, true), 0);
		assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
		assert_int_equal(wv_txn_put(txn, WV_TABLE_FACTS,
		                            wv_slice(rows[i].key, rows[i].key_n),
		                            wv_slice(rows[i].value, rows[i].value_n), NULL),
		                 WV_OK);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		if (wv_test_verify(a.store, false) == 0)
			fail_msg("%s: not found", rows[i].name);
		wv_test_archive_close(&a);
	}
}

/* Lists, walks and standing captures leave out what was taken down, whatever instant is meant. */
static void test_views(void **state)
{
	struct wv_test_archive a;
	struct wv_txn *txn = NULL;
	struct wv_standing_query at = {.at = WV_TIME_NONE, .known_at = WV_TIME_NONE};
	struct wv_list_query list = {
		.from = WV_TIME_NONE, .to = WV_TIME_NONE, .known_at = WV_TIME_NONE, .max = 10};
	struct wv_standing standing;
	struct wv_capture *captures;
	size_t count = 0;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (int i = 0; i < 3; i++) {
		struct wv_capture capture = wv_test_capture(&a, "/p", i * 60);
		struct wv_article article = wv_test_article(&a, "T", i ? "Two." : "One.");

		capture.verdict = WV_VERDICT_ARTICLE;
		at.page = wv_test_put(&a, &capture, i ? (i > 1 ? "c" : "b") : "a", &article).page;
	}
	(void)add(&a, fact_of(WV_ACT_HIDE, "com,example)/p", 1, NONE));
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_standing(txn, a.arena, &at, &standing, NULL), WV_OK);
	assert_int_equal(standing.capture.id, 2);
	at.at.us = WV_TEST_START + 90 * WV_US_PER_S;
	assert_int_equal(wv_store_standing(txn, a.arena, &at, &standing, NULL), WV_NO);
	assert_true(standing.is_refused); /* and not capture 0, which stood before it */
	assert_int_equal(standing.refusal.act, WV_ACT_HIDE);
	at.sees_all = true;
	assert_int_equal(wv_store_standing(txn, a.arena, &at, &standing, NULL), WV_OK);
	assert_int_equal(standing.capture.id, 1);
	assert_int_equal(wv_store_list(txn, a.arena, &list, &captures, &count, NULL), WV_OK);
	assert_int_equal(count, 2);
	list.sees_all = true;
	assert_int_equal(wv_store_list(txn, a.arena, &list, &captures, &count, NULL), WV_OK);
	assert_int_equal(count, 3);
	wv_txn_abort(&txn);
	(void)add(&a, fact_of(WV_ACT_BLOCK, "com,example)/p", -1, NONE));
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	at.sees_all = list.sees_all = false;
	at.at = WV_TIME_NONE;
	assert_int_equal(wv_store_standing(txn, a.arena, &at, &standing, NULL), WV_NO);
	assert_true(standing.is_refused);
	assert_int_equal(standing.passed_count, 0);
	assert_int_equal(wv_store_list(txn, a.arena, &list, &captures, &count, NULL), WV_OK);
	assert_int_equal(count, 0);
	wv_txn_abort(&txn);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_see_what),
		cmocka_unit_test(test_what_goes_in_comes_out),
		cmocka_unit_test(test_verify_names_what_is_wrong),
		cmocka_unit_test(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
