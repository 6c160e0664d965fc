/* What came before a capture on its page: remembered it is the same as looked up, and less work. */
#include "archive/store/before.h"

#include <stdio.h>

#include "archive/store/commit.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* Of a page that never stood, in the order of time, `group` in a transaction: rows read for `n`. */
static uint64_t rows_for(int n, int group)
{
	struct wv_test_archive a;
	uint64_t rows;

	wv_test_archive_open(&a, NULL);
	for (int i = 0; i < n;) {
		struct wv_batch *batch = NULL;
		enum wv_status status;

		assert_int_equal(wv_batch_new(a.store, &batch, NULL), WV_OK);
		for (int k = 0; k < group; k++, i++) {
			struct wv_capture capture = wv_test_capture(&a, "/down", i);
			char text[32];
			const struct wv_batch_body body = {
				.bytes = wv_slice(
					text, (size_t)snprintf(text, sizeof text, "down, %d", i))};

			capture.status = 503;
			capture.verdict = WV_VERDICT_OTHER;
			assert_int_equal(
				wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL),
				WV_OK);
		}
		assert_int_equal(wv_batch_commit(a.store, &batch, 1, &status, NULL), WV_OK);
		assert_int_equal(status, WV_OK);
		wv_batch_free(&batch);
	}
	rows = a.store->before.rows;
	wv_test_archive_close(&a);
	return rows;
}

static void test_work_grows_with_the_captures(void **state)
{
	static const struct {
		const char *name;
		int n, group;
	} rows[] = {{"one by one", 40, 1}, {"some at once", 400, 20}, {"many", 4000, 1000}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name, rows_for(rows[i].n, rows[i].group) <= 2 * (uint64_t)rows[i].n,
		        1);
	rows_end();
}

static struct wv_batch_capture put_random(struct wv_test_archive *a, struct wv_random *r)
{
	char path[16], body[16];
	struct wv_article article = wv_test_article(a, "T", "text");
	struct wv_capture capture;

	snprintf(path, sizeof path, "/%d", (int)wv_random_below(r, 2));
	snprintf(body, sizeof body, "body %d", (int)wv_random_below(r, 6));
	capture = wv_test_capture(a, path, (int64_t)wv_random_below(r, 90));
	switch (wv_random_below(r, 5)) {
	case 0:
		capture.verdict = WV_VERDICT_UNREAD;
		return wv_test_put(a, &capture, body, NULL);
	case 1:
		capture.status = 304;
		capture.flags |= WV_CAPTURE_NOT_MODIFIED;
		return wv_test_put(a, &capture, NULL, NULL);
	case 2:
		capture.verdict = article.verdict = WV_VERDICT_ARTICLE;
		return wv_test_put(a, &capture, body, &article);
	case 3:
		capture.status = 404;
		capture.verdict = WV_VERDICT_SOFT_404;
		return wv_test_put(a, &capture, body, NULL);
	default:
		capture.status = 0;
		capture.verdict = WV_VERDICT_FAILED;
		return wv_test_put(a, &capture, NULL, NULL);
	}
}

/* A capture that is there is read anew, which may make of it what a 304 confirms. */
static void read_again(struct wv_test_archive *a, uint64_t id, struct wv_random *r)
{
	struct wv_article article = wv_test_article(a, "T", "another text");
	struct wv_batch *batch = NULL;
	enum wv_status status;

	article.verdict = wv_random_below(r, 2) ? WV_VERDICT_ARTICLE : WV_VERDICT_CAPTCHA;
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, id, &article, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
}

static void compare(uint64_t seed, int n, const struct wv_batch_capture *x,
                    const struct wv_batch_capture *y)
{
	char name[64];

	snprintf(name, sizeof name, "seed %d, capture %d", (int)seed, n);
	row_int(name, (long long)x->id, (long long)y->id);
	row_int(name, x->has_version, y->has_version);
	row_int(name, x->is_new_version, y->is_new_version);
	row_int(name, wv_digest_equals(&x->version, &y->version), 1);
	row_int(name, x->has_previous, y->has_previous);
	row_int(name, (long long)x->previous_id, (long long)y->previous_id);
	row_int(name, x->has_stands_for, y->has_stands_for);
	row_int(name, (long long)x->stands_for, (long long)y->stands_for);
}

/* The same captures twice, in any order of time: with a memory, and without one. */
static void test_remembered_is_looked_up(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct wv_random one = {seed}, other = {seed};
		struct wv_test_archive a, b;
		int n;

		wv_test_archive_open(&a, NULL);
		wv_test_archive_open(&b, NULL);
		for (n = 0; n < 60; n++) {
			struct wv_batch_capture x = put_random(&a, &one), y;

			wv_before_forget(&b.store->before);
			y = put_random(&b, &other);
			compare(seed, n, &x, &y);
			if (n % 7 == 6) {
				uint64_t id = (uint64_t)n - wv_random_below(&one, 6);

				read_again(&a, id, &one);
				assert_true(id == (uint64_t)n - wv_random_below(&other, 6));
				read_again(&b, id, &other);
			}
		}
		row_int("no more work", a.store->before.rows <= b.store->before.rows, 1);
		row_int("verify", (long long)wv_test_verify(a.store, true), 0);
		wv_test_archive_close(&a);
		wv_test_archive_close(&b);
	}
	rows_end();
}

/* What another transaction did, nobody knows; what came to nothing, nobody remembers. */
static void test_what_ends_it(void **state)
{
	struct wv_test_archive a;
	struct wv_capture capture;
	struct wv_txn *txn = NULL;
	uint64_t rows;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (int i = 0; i < 10; i++) {
		capture = wv_test_capture(&a, "/down", i);
		capture.status = 503;
		capture.verdict = WV_VERDICT_OTHER;
		(void)wv_test_put(&a, &capture, NULL, NULL);
	}
	rows = a.store->before.rows;
	capture = wv_test_capture(&a, "/down", 20);
	(void)wv_test_put(&a, &capture, NULL, NULL);
	row_int("remembered", (long long)(a.store->before.rows - rows), 2);
	assert_int_equal(wv_txn_begin_write(a.store->db, &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_LEDGER, WV_LIT("k"), WV_LIT("v"), NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	rows = a.store->before.rows;
	capture = wv_test_capture(&a, "/down", 21);
	(void)wv_test_put(&a, &capture, NULL, NULL);
	row_int("looked up", (long long)(a.store->before.rows - rows), 11);
	wv_test_archive_close(&a);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work_grows_with_the_captures),
		cmocka_unit_test(test_remembered_is_looked_up),
		cmocka_unit_test(test_what_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
