/* Hiding, blocking, holding and releasing: what stands, about what, until when. */
#include "archive/care/takedown.h"

#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define PAGE WV_LIT("com,example)/a")
#define URL  WV_LIT("https://example.com/a")

static struct wv_takedown_target page_of(bool is_of_capture, uint64_t capture)
{
	return (struct wv_takedown_target){PAGE, URL, is_of_capture, capture};
}

static enum wv_status put(struct wv_test_archive *a, enum wv_act act,
                          struct wv_takedown_target target, int64_t until_us, uint64_t *number,
                          struct wv_err *err)
{
	const struct wv_takedown takedown = {
		.act = act, .target = target, .reason = WV_LIT("asked for"), .until = {until_us}};
	struct wv_fact fact = {0};
	enum wv_status st = wv_takedown_add(a->store, a->arena, &takedown, &fact, err);

	if (number)
		*number = fact.number;
	return st;
}

static enum wv_status release(struct wv_test_archive *a, struct wv_takedown_target target,
                              uint64_t number, size_t *count)
{
	struct wv_register_page released = {0};
	enum wv_status st = wv_takedown_release(a->store, a->arena, &target, number,
	                                        WV_LIT("settled"), &released, NULL);

	*count = released.count;
	return st;
}

static bool shows(struct wv_test_archive *a, uint64_t capture)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	return wv_register_shows(txn, a->arena, PAGE, capture, wv_clock_now(a->clock), NULL, NULL) ==
	       WV_OK;
}

static bool fetches(struct wv_test_archive *a)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	return wv_register_fetches(txn, PAGE, wv_clock_now(a->clock), NULL, NULL) == WV_OK;
}

static void test_what_each_act_does(void **state)
{
	static const struct {
		const char *name;
		enum wv_act act;
		bool is_of_capture, shows, shows_another, fetches;
	} rows[] = {
		{"hide", WV_ACT_HIDE, false, false, false, true},
		{"block", WV_ACT_BLOCK, false, false, false, false},
		{"hold", WV_ACT_HOLD, false, true, true, true},
		{"hide a capture", WV_ACT_HIDE, true, false, true, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_takedown_target target = page_of(rows[i].is_of_capture, 3);
		struct wv_test_archive a;
		uint64_t number = 0, again = 0;
		size_t count;

		wv_test_archive_open(&a, NULL);
		row_int(rows[i].name, put(&a, rows[i].act, target, WV_TIME_NONE.us, &number, NULL), WV_OK);
		row_int(rows[i].name, (long long)number, 1);
		row_int(rows[i].name, shows(&a, 3), rows[i].shows);
		row_int(rows[i].name, shows(&a, 4), rows[i].shows_another);
		row_int(rows[i].name, fetches(&a), rows[i].fetches);
		/* Once more: the fact that says so already. */
		row_int(rows[i].name, put(&a, rows[i].act, target, WV_TIME_NONE.us, &again, NULL), WV_NO);
		row_int(rows[i].name, (long long)again, 1);
		row_int(rows[i].name, release(&a, target, 0, &count), WV_OK);
		row_int(rows[i].name, (long long)count, 1);
		row_int(rows[i].name, shows(&a, 3) && fetches(&a), 1);
		row_int(rows[i].name, release(&a, target, 0, &count), WV_NO);
		row_int(rows[i].name, put(&a, rows[i].act, target, WV_TIME_NONE.us, &number, NULL), WV_OK);
		wv_test_archive_close(&a);
	}
	rows_end();
}

/* About a page, one capture of it, and another: each its own; a number ends that alone. */
static void test_targets_are_told_apart(void **state)
{
	struct wv_takedown_target page = page_of(false, 0), third = page_of(true, 3), fourth = page_of(true, 4);
	struct wv_test_archive a;
	uint64_t number = 0;
	size_t count;

	(void)state;
	wv_test_archive_open(&a, NULL);
	row_int("nothing yet", release(&a, page, 0, &count), WV_NO);
	row_int("third", put(&a, WV_ACT_HIDE, third, WV_TIME_NONE.us, NULL, NULL), WV_OK);
	row_int("page", put(&a, WV_ACT_HIDE, page, WV_TIME_NONE.us, NULL, NULL), WV_OK);
	row_int("and held", put(&a, WV_ACT_HOLD, page, WV_TIME_NONE.us, &number, NULL), WV_OK);
	row_int("not the fourth", release(&a, fourth, 0, &count), WV_NO);
	row_int("no such number", release(&a, page, 99, &count), WV_NO);
	row_int("the hold alone", release(&a, page, number, &count), WV_OK);
	row_int("one", (long long)count, 1);
	row_int("hidden still", shows(&a, 4), 0);
	row_int("the page", release(&a, page, 0, &count), WV_OK);
	row_int("one", (long long)count, 1);
	row_int("the third still", shows(&a, 3), 0);
	row_int("the fourth not", shows(&a, 4), 1);
	wv_test_archive_close(&a);
	rows_end();
}

/* What ran out stands no more: it is not in the way of another, and there is nothing to release. */
static void test_what_ran_out(void **state)
{
	const struct wv_takedown_target page = page_of(false, 0);
	struct wv_test_archive a;
	uint64_t number = 0;
	size_t count;

	(void)state;
	wv_test_archive_open(&a, NULL);
	row_int("an hour", put(&a, WV_ACT_HIDE, page, WV_TEST_START + 3600 * WV_US_PER_S, &number, NULL), WV_OK);
	row_int("hidden", shows(&a, 0), 0);
	wv_clock_turn(a.clock, 3601 * WV_US_PER_S);
	row_int("over", shows(&a, 0), 1);
	row_int("nothing stands", release(&a, page, 0, &count), WV_NO);
	row_int("by its number neither", release(&a, page, number, &count), WV_NO);
	row_int("another", put(&a, WV_ACT_HIDE, page, WV_TIME_NONE.us, &number, NULL), WV_OK);
	row_int("its own number", (long long)number, 2);
	row_int("released", release(&a, page, 0, &count), WV_OK);
	row_int("that one alone", (long long)count, 1);
	wv_test_archive_close(&a);
	rows_end();
}

/* Reasons at their limit; what fails leaves nothing behind. */
static void test_reasons_have_a_limit(void **state)
{
	static char text[WV_REASON_MAX + 1];
	struct wv_test_archive a;

	(void)state;
	memset(text, 'x', sizeof text);
	wv_test_archive_open(&a, NULL);
	for (size_t n = WV_REASON_MAX - 1; n <= WV_REASON_MAX + 1; n++) {
		const struct wv_takedown takedown = {.act = WV_ACT_HIDE,
		                                     .target = page_of(true, n),
		                                     .reason = wv_slice(text, n),
		                                     .until = WV_TIME_NONE};
		struct wv_err err = WV_ERR_NONE;
		struct wv_fact fact = {.number = 77};
		bool fits = n <= WV_REASON_MAX;

		row_int("status", wv_takedown_add(a.store, a.arena, &takedown, &fact, &err), fits ? WV_OK : WV_LIMIT);
		row_int("output", fact.number == 77, !fits);
		row_int("words", err.text[0] != 0, !fits);
		row_int("effect", shows(&a, n), !fits);
	}
	wv_test_archive_close(&a);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_each_act_does),
		cmocka_unit_test(test_targets_are_told_apart),
		cmocka_unit_test(test_what_ran_out),
		cmocka_unit_test(test_reasons_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
