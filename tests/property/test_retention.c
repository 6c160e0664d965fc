#include "archive/care/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/care/takedown.h"
#include "archive/store/lookup.h"
#include "archive/store/row.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

/* Pruning against the rules written down a second time, in the plainest way. */
#define MOST  600
#define HOUR  (3600 * WV_US_PER_S)
#define BATCH 70

struct seen {
	struct wv_capture c; /* texts in `arena` of the archive */
	bool is_good, is_held, may_go;
};

static void grow(struct wv_test_archive *a, uint64_t seed)
{
	for (uint64_t i = 0; i < BATCH; i++) {
		struct wv_batch *batch = wv_test_batch(a->store, seed, i);
		enum wv_status status;

		assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
		assert_int_equal(status, WV_OK);
		wv_batch_free(&batch);
	}
}

static size_t look(struct wv_test_archive *a, struct seen *seen)
{
	struct wv_txn *txn = NULL;
	struct wv_store_totals totals;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	assert_true(totals.captures <= MOST);
	for (uint64_t id = 0; id < totals.captures; id++) {
		struct wv_capture *c = &seen[id].c;

		assert_int_equal(wv_store_capture(txn, a->arena, id, WV_TIME_NONE, c, NULL), WV_OK);
		seen[id].is_good = c->has_body && (c->status == 200 || c->status == 304) &&
		                   wv_verdict_stands(c->verdict);
	}
	wv_txn_abort(&txn);
	return (size_t)totals.captures;
}

static bool same_page(const struct seen *x, const struct seen *y)
{
	return x->c.page == y->c.page;
}

static bool same_body(const struct seen *x, const struct seen *y)
{
	return x->c.has_body && y->c.has_body && wv_digest_equals(&x->c.body, &y->c.body);
}

/* Different bodies of the page seen later than the last time this one was. */
static uint64_t later_bodies(const struct seen *seen, size_t n, size_t at)
{
	uint64_t later = 0;
	size_t last = at;

	for (size_t i = 0; i < n; i++)
		if (same_page(&seen[i], &seen[at]) && same_body(&seen[i], &seen[at]) && i > last)
			last = i;
	for (size_t i = last + 1; i < n; i++) {
		bool counts = same_page(&seen[i], &seen[at]) && seen[i].c.has_body;

		for (size_t k = i + 1; k < n; k++)
			counts = counts && !(same_page(&seen[k], &seen[i]) && same_body(&seen[k], &seen[i]));
		later += counts;
	}
	return later;
}

/* IDs rise with captured time in this newsroom. */
static void judge(struct seen *seen, size_t n, const struct wv_retention *keep, struct wv_time now)
{
	for (size_t i = 0; i < n; i++) {
		bool newest_good = seen[i].is_good;

		for (size_t k = i + 1; k < n; k++)
			newest_good = newest_good && !(same_page(&seen[k], &seen[i]) && seen[k].is_good);
		seen[i].may_go = seen[i].c.has_body && !newest_good && !seen[i].is_held &&
		                 ((keep->age_us >= 0 && seen[i].c.captured.us < now.us - keep->age_us) ||
		                  (keep->count >= 0 &&
		                   later_bodies(seen, n, i) >= (uint64_t)keep->count));
	}
	/* All captures of a body, on any page, or none. */
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				if (same_body(&seen[i], &seen[k]) && !seen[i].may_go)
					seen[k].may_go = false;
}

static uint64_t check(struct wv_test_archive *a, const struct seen *seen, size_t n)
{
	struct wv_txn *txn = NULL;
	uint64_t gone = 0;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	for (size_t i = 0; i < n; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
		struct wv_capture c;
		struct wv_fact fact;

		assert_int_equal(wv_store_capture(txn, a->arena, i, WV_TIME_NONE, &c, NULL), WV_OK);
		assert_true(wv_digest_equals(&c.body, &seen[i].c.body));
		assert_int_equal(c.verdict, seen[i].c.verdict);
		if (!c.has_body)
			continue;
		assert_int_equal(wv_store_body(txn, &c.body, &bytes, NULL),
		                 seen[i].may_go ? WV_NO : WV_OK);
		assert_int_equal(wv_register_pruned(txn, a->arena, WV_BLOB_BODY, &c.body, &fact, NULL),
		                 seen[i].may_go ? WV_OK : WV_NO);
		gone += seen[i].may_go;
	}
	wv_txn_abort(&txn);
	return gone;
}

static struct wv_prune_result prune(struct wv_test_archive *a, const struct wv_retention *keep,
                                    struct wv_time now, bool dry)
{
	const struct wv_prune how = {.keep = *keep, .now = now, .dry_run = dry};
	struct wv_prune_result result = {0};
	struct wv_err err = WV_ERR_NONE;

	if (wv_prune_run(a->store, a->arena, &how, &result, &err) != WV_OK)
		fail_msg("%s", err.text);
	return result;
}

static void hold(struct wv_test_archive *a, struct seen *seen, uint64_t id)
{
	const struct wv_takedown takedown = {
		.act = WV_ACT_HOLD,
		.target = {seen[id].c.page_key, WV_LIT("https://site.example/"), true, id},
		.reason = WV_LIT("a case"),
		.until = WV_TIME_NONE};
	struct wv_fact fact;

	assert_int_equal(wv_takedown_add(a->store, a->arena, &takedown, &fact, NULL), WV_OK);
	seen[id].is_held = true;
}

static void test_the_rules(void **state)
{
	static const struct wv_retention keeps[] = {
		{.age_us = 300 * WV_US_PER_S, .count = -1, .bytes = -1},
		{.age_us = -1, .count = 1, .bytes = -1},
		{.age_us = -1, .count = 3, .bytes = -1},
		{.age_us = 100 * WV_US_PER_S, .count = 2, .bytes = -1},
		{.age_us = 0, .count = -1, .bytes = -1},
		{.age_us = 1000 * HOUR, .count = 1000, .bytes = -1},
	};
	uint64_t gone_in_all = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 18; seed++) {
		const struct wv_retention *keep = &keeps[seed % WV_COUNT(keeps)];
		struct wv_time now = {WV_TEST_START + BATCH * 10 * WV_US_PER_S};
		struct seen *seen = calloc(MOST, sizeof *seen);
		struct wv_prune_result dry, real, again;
		struct wv_random r = {seed};
		struct wv_test_archive a;
		size_t n;

		wv_test_archive_open(&a, NULL);
		grow(&a, seed);
		n = look(&a, seen);
		for (int i = 0; i < 3; i++)
			hold(&a, seen, wv_random_below(&r, n));
		judge(seen, n, keep, now);
		dry = prune(&a, keep, now, true);
		real = prune(&a, keep, now, false);
		assert_int_equal(real.all.captures, dry.all.captures);
		assert_int_equal(real.all.bodies, dry.all.bodies);
		assert_int_equal(real.all.bytes, dry.all.bytes);
		assert_int_equal(real.all.captures, check(&a, seen, n));
		assert_int_equal(wv_test_verify(a.store, true), 0);
		again = prune(&a, keep, now, false);
		assert_int_equal(again.all.captures, 0);
		gone_in_all += real.all.captures;
		free(seen);
		wv_test_archive_close(&a);
	}
	assert_true(gone_in_all > 200);
}

/* `size`: small enough, or nothing more may go; the oldest first. */
static void test_size(void **state)
{
	int large = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct wv_retention keep = {.age_us = -1, .count = -1};
		struct wv_time now = {WV_TEST_START + BATCH * 10 * WV_US_PER_S};
		struct seen *seen = calloc(MOST, sizeof *seen);
		struct wv_prune_result whole, real;
		struct wv_test_archive a;
		size_t n;

		wv_test_archive_open(&a, NULL);
		grow(&a, seed);
		n = look(&a, seen);
		keep.bytes = INT64_MAX;
		whole = prune(&a, &keep, now, true);
		assert_int_equal(whole.all.captures, 0);
		keep.bytes = seed == 12 ? 1 : (int64_t)(whole.stored_bytes * (8 + seed) / 21);
		real = prune(&a, &keep, now, false);
		assert_true(real.all.bytes > 0);
		/* What was built on it is stored anew, and may have grown. */
		assert_true(real.is_too_large || real.stored_bytes <= (uint64_t)keep.bytes);
		large += real.is_too_large;
		if (real.is_too_large) { /* then there is nothing more that may go */
			const struct wv_retention all = {.age_us = 0, .count = -1, .bytes = -1};

			assert_int_equal(prune(&a, &all, now, false).all.captures, 0);
		}
		assert_true(real.stored_bytes < whole.stored_bytes);
		for (size_t i = 0; i < n; i++) { /* what it gives, the newest good ones, is there */
			struct wv_standing_query query = {.page = seen[i].c.page,
			                                  .at = WV_TIME_NONE,
			                                  .known_at = WV_TIME_NONE};
			WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
			struct wv_standing standing;
			struct wv_txn *txn = NULL;

			assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
			if (wv_store_standing(txn, a.arena, &query, &standing, NULL) == WV_OK)
				assert_int_equal(wv_store_body(txn, &standing.capture.body, &bytes, NULL),
				                 WV_OK);
			wv_txn_abort(&txn);
		}
		assert_int_equal(wv_test_verify(a.store, true), 0);
		free(seen);
		wv_test_archive_close(&a);
	}
	assert_true(large > 0 && large < 12);
}

/* A source's own bounds are its own. */
static void test_sources(void **state)
{
	const struct wv_retention_rule rules[] = {
		{WV_LIT_INIT("Two"), {.age_us = 0, .count = -1, .bytes = -1}}};
	struct wv_prune how = {.keep = {-1, -1, -1},
	                       .rules = rules,
	                       .rule_count = 1,
	                       .now = {WV_TEST_START + BATCH * 10 * WV_US_PER_S}};
	struct wv_prune_result result;
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	grow(&a, 4);
	assert_int_equal(wv_prune_run(a.store, a.arena, &how, &result, NULL), WV_OK);
	assert_int_equal(result.source_count, 1);
	assert_true(wv_slice_equals(result.sources[0].source, WV_LIT("Two")));
	assert_true(result.sources[0].captures > 0);
	assert_int_equal(result.sources[0].bytes, result.all.bytes);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_test_archive_close(&a);
}

/* A row of an archive that somebody forged: damage, not an array of four thousand million. */
static void test_forged_source(void **state)
{
	const struct wv_prune how = {.keep = {-1, -1, 1}, .now = {WV_TEST_START}, .dry_run = true};
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = WV_KIB};
	unsigned char key[9] = {'#', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
	struct wv_prune_result result;
	struct wv_test_archive a;
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	grow(&a, 2);
	wv_record_source_encode(&(struct wv_source_row){.name = WV_LIT("Forged")}, &row);
	assert_int_equal(wv_txn_begin_write(wv_store_db(a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_SOURCE_NAMES, wv_slice(key, sizeof key),
	                            wv_buf_slice(&row), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_prune_run(a.store, a.arena, &how, &result, NULL), WV_DAMAGED);
	assert_true(wv_test_verify(a.store, false) > 0);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rules),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_forged_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
