#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

/*
 * The store against a model of it that is only a list: random captures in any order of time,
 * re-readings, restarts; then random questions at (T, K), answered by walking the list.
 */
#define MOST 160

struct row {
	struct wv_capture in;
	struct wv_time recorded;
	bool has_body;
	enum wv_verdict verdict;   /* as put */
	struct wv_time read_again; /* WV_TIME_NONE: never */
	enum wv_verdict verdict_again;
};

struct model {
	struct row rows[MOST];
	size_t n;
};

static void put_random(struct wv_test_archive *a, struct model *m, struct wv_random *r)
{
	static const enum wv_verdict verdicts[] = {
		WV_VERDICT_UNREAD,  WV_VERDICT_LISTING,  WV_VERDICT_ARTICLE,
		WV_VERDICT_CAPTCHA, WV_VERDICT_SOFT_404,
	};
	struct row *row = &m->rows[m->n];
	struct wv_article article = wv_test_article(a, "T", "text");
	struct wv_capture out;
	struct wv_txn *txn = NULL;
	char path[16], body[32];

	snprintf(path, sizeof path, "/%d", (int)wv_random_below(r, 3));
	snprintf(body, sizeof body, "body %d", (int)m->n); /* all different: no 304, no repeats */
	row->in = wv_test_capture(a, path, (int64_t)wv_random_below(r, 60));
	row->in.status = wv_random_below(r, 3) ? 200 : wv_random_below(r, 2) ? 404 : 0;
	row->verdict = row->in.status ? verdicts[wv_random_below(r, WV_COUNT(verdicts))]
	                              : WV_VERDICT_FAILED;
	row->has_body = row->in.status != 0;
	row->read_again = WV_TIME_NONE;
	row->in.verdict = row->verdict;
	article.verdict = row->verdict;
	assert_int_equal(wv_test_put(a, &row->in, row->has_body ? body : NULL,
	                             row->verdict == WV_VERDICT_ARTICLE ? &article : NULL)
	                         .id,
	                 m->n);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_capture(txn, a->arena, m->n, WV_TIME_NONE, &out, NULL), WV_OK);
	row->recorded = out.recorded;
	wv_txn_abort(&txn);
	m->n++;
}

static void read_again(struct wv_test_archive *a, struct model *m, struct wv_random *r)
{
	struct row *row = &m->rows[wv_random_below(r, m->n)];
	struct wv_article article = wv_test_article(a, "T", "other text");
	struct wv_batch *batch = NULL;
	enum wv_status status;
	struct wv_txn *txn = NULL;

	if (!wv_time_is_none(row->read_again) || !row->has_body)
		return;
	article.verdict = wv_random_below(r, 2) ? WV_VERDICT_ARTICLE : WV_VERDICT_CONSENT_WALL;
	article.extractor = 2;
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_article(batch, (uint64_t)(row - m->rows), &article, NULL),
	                 WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_known_now(txn, &row->read_again, NULL), WV_OK);
	wv_txn_abort(&txn);
	row->verdict_again = article.verdict;
}

static enum wv_verdict verdict_at(const struct row *row, struct wv_time known_at)
{
	bool knows = !wv_time_is_none(row->read_again) && row->read_again.us <= known_at.us;

	return knows ? row->verdict_again : row->verdict;
}

/* The id of the capture that stands, or -1. */
static int64_t naive_standing(const struct model *m, struct wv_slice page_key, struct wv_time at,
                              struct wv_time known_at, enum wv_standing_mode mode)
{
	int64_t best = -1, best_distance = INT64_MAX;

	for (size_t i = 0; i < m->n; i++) {
		const struct row *row = &m->rows[i];
		int64_t away = row->in.captured.us - at.us;
		int64_t distance = away < 0 ? -away : away;
		bool wins;

		if (!wv_slice_equals(row->in.page_key, page_key) ||
		    row->recorded.us > known_at.us || row->in.status != 200 || !row->has_body ||
		    !wv_verdict_stands(verdict_at(row, known_at)) ||
		    (mode == WV_STANDING_AT && away > 0) || (mode == WV_STANDING_AFTER && away < 0))
			continue;
		/* At one instant the later id is the newer; of two sides the earlier wins. */
		wins = distance < best_distance;
		if (distance == best_distance) {
			bool best_is_before = m->rows[best].in.captured.us <= at.us;

			wins = away <= 0 && mode != WV_STANDING_AFTER ? true
			       : best_is_before                       ? false
			                                              : (size_t)best > i;
		}
		if (wins) {
			best = (int64_t)i;
			best_distance = distance;
		}
	}
	return best;
}

static void ask(struct wv_test_archive *a, const struct model *m, struct wv_random *r,
                struct wv_txn *txn)
{
	const struct row *row = &m->rows[wv_random_below(r, m->n)];
	struct wv_standing_query query = {
		.at = {WV_TEST_START + ((int64_t)wv_random_below(r, 70) - 5) * WV_US_PER_S},
		.known_at = {m->rows[wv_random_below(r, m->n)].recorded.us +
	                     (int64_t)wv_random_below(r, 3) - 1},
		.mode = (enum wv_standing_mode)wv_random_below(r, 3),
	};
	struct wv_standing standing = {0};
	struct wv_page page;
	int64_t expected, got;
	enum wv_status st;

	assert_int_equal(wv_store_page_of_key(txn, a->arena, row->in.page_key, &page, NULL), WV_OK);
	query.page = page.number;
	expected = naive_standing(m, row->in.page_key, query.at, query.known_at, query.mode);
	st = wv_store_standing(txn, a->arena, &query, &standing, NULL);
	got = st == WV_OK ? (int64_t)standing.capture.id : -1;
	if (got != expected)
		fail_msg("mode %d at %lld known %lld: expected %d, got %d", (int)query.mode,
		         (long long)(query.at.us - WV_TEST_START),
		         (long long)(query.known_at.us - WV_TEST_START), (int)expected, (int)got);
	if (st == WV_OK) {
		const struct row *chosen = &m->rows[got];
		WV_AUTO(wv_buf_done) struct wv_buf body = {0};
		char text[32];

		assert_int_equal(standing.capture.verdict, verdict_at(chosen, query.known_at));
		wv_buf_init(&body, WV_MIB);
		assert_int_equal(wv_store_body(txn, &standing.capture.body, &body, NULL), WV_OK);
		snprintf(text, sizeof text, "body %d", (int)got);
		assert_true(wv_slice_equals(wv_buf_slice(&body), wv_slice_of(text)));
	}
}

static void test_answers_equal_the_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		static struct model model;
		struct wv_test_archive a;
		struct wv_random r = {seed};
		struct wv_txn *txn = NULL;

		model.n = 0;
		wv_test_archive_open(&a, NULL);
		while (model.n < MOST) {
			put_random(&a, &model, &r);
			if (wv_random_below(&r, 4) == 0)
				read_again(&a, &model, &r);
			if (wv_random_below(&r, 3) == 0)
				wv_clock_turn(a.clock, (int64_t)wv_random_below(&r, 3) - 1);
			if (wv_random_below(&r, 40) == 0)
				wv_test_archive_reopen(&a, NULL);
		}
		assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
		for (int i = 0; i < 400; i++)
			ask(&a, &model, &r, txn);
		wv_txn_abort(&txn);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		wv_test_archive_close(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers_equal_the_model)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
