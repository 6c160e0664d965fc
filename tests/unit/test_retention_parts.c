/* The parts of retention: what the rules say of each page, and up to when bodies go for `size`. */
#include "archive/care/retention_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define DAY_US (INT64_C(86400) * WV_US_PER_S)

static struct wv_time at(int64_t days)
{
	return (struct wv_time){WV_TEST_START + days * DAY_US};
}

static struct wv_digest digest_of(uint64_t n)
{
	return wv_digest_of(wv_slice((const unsigned char *)&n, sizeof n));
}

/* A work over an archive as wv_prune_run sets one up, with one policy for all. */
static void work_open(struct wv_prune_work *w, struct wv_test_archive *a, const struct wv_prune *how)
{
	*w = (struct wv_prune_work){.how = how, .store = a->store, .arena = a->arena, .boost = 1};
	assert_int_equal(wv_arena_new(WV_MIB, &w->scratch, NULL), WV_OK);
	wv_buf_init(&w->items, WV_MIB);
	w->policies = calloc(1, sizeof *w->policies);
	assert_non_null(w->policies);
	w->policies[0] = (struct wv_prune_policy){.keep = how->keep, .cutoff = {INT64_MIN}};
	w->txn = wv_test_reading(a);
	wv_loader_init(&w->loader, w->txn);
}

static void work_close(struct wv_prune_work *w)
{
	wv_loader_done(&w->loader);
	wv_txn_abort(&w->txn);
	wv_arena_free(&w->scratch);
	wv_buf_done(&w->items);
	free(w->policies);
	free(w->kept.bits);
	free(w->seen.bits);
	free(w->fixed.bits);
}

static void test_filter(void **state)
{
	static const struct {
		const char *name;
		uint64_t items, seed;
	} rows[] = {{"few", 1, 0}, {"some", 3000, 7}, {"another seed", 3000, 8}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_prune_filter f = {0};
		size_t lost = 0, by_mistake = 0;

		assert_int_equal(wv_prune_filter_open(&f, rows[i].items, rows[i].seed, NULL), WV_OK);
		for (uint64_t n = 0; n < 2000; n++) {
			struct wv_digest digest = digest_of(n);

			by_mistake += wv_prune_filter_has(&f, &digest, n < rows[i].items);
		}
		for (uint64_t n = 0; n < 2000 && n < rows[i].items; n++) {
			struct wv_digest digest = digest_of(n);

			lost += !wv_prune_filter_has(&f, &digest, false);
		}
		row_int(rows[i].name, (long long)lost, 0);
		row_int(rows[i].name, by_mistake < 20, true);
		free(f.bits);
	}
	rows_end();
}

static void test_policy_of(void **state)
{
	struct wv_prune_policy policies[2] = {{.kept = 10}, {.kept = 20}};
	uint32_t policy_of[] = {0, 1, 0};
	struct wv_prune_work w = {.policies = policies, .policy_of = policy_of, .source_count = 3};
	static const struct {
		uint32_t source;
		uint64_t kept;
	} rows[] = {{0, 10}, {1, 20}, {2, 10}, {3, 10}, {UINT32_MAX, 10}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int("policy", (long long)wv_prune_policy_of(&w, rows[i].source)->kept,
		        (long long)rows[i].kept);
	rows_end();
}

/* A capture of `path`, `days` after the start. */
static void put(struct wv_test_archive *a, const char *path, int64_t days, int32_t status,
                const char *body)
{
	struct wv_capture capture = wv_test_capture(a, path, days * 86400);

	capture.status = status;
	capture.verdict = status == 200 ? WV_VERDICT_LISTING : WV_VERDICT_OTHER;
	(void)wv_test_put(a, &capture, body, NULL);
}

/* "0k1a2k.": the captures of each page that have a body, whether it stays (k) and by which rule it
 * may go; a dot ends a page. */
static enum wv_status describe(struct wv_prune_work *w, struct wv_err *err)
{
	struct wv_buf *out = w->how->context;

	(void)err;
	for (size_t i = 0; i < WV_PRUNE_ITEM_COUNT(w); i++)
		wv_buf_add_format(out, "%d%c", (int)WV_PRUNE_ITEMS(w)[i].c.id,
		                  "kacs"[WV_PRUNE_ITEMS(w)[i].rule]);
	wv_buf_add_byte(out, '.');
	return WV_OK;
}

static enum wv_status describe_and_stop(struct wv_prune_work *w, struct wv_err *err)
{
	return describe(w, err) == WV_OK ? WV_BOUND : WV_BUG;
}

/*
 * Page /p: 0 and 1 one body, 2 another, 3 an error with a body, 4 no body, 5 the newest good one.
 * Page /q: 6 alone. Page /r: 7 an error, 8 an older body, 9 the same body again.
 */
static void fill(struct wv_test_archive *a)
{
	put(a, "/p", 0, 200, "first");
	put(a, "/p", 10, 200, "first");
	put(a, "/p", 20, 200, "second");
	put(a, "/p", 30, 404, "gone");
	put(a, "/p", 40, 304, NULL);
	put(a, "/p", 50, 200, "third");
	put(a, "/q", 1, 200, "alone");
	put(a, "/r", 60, 500, "broken");
	put(a, "/r", 2, 200, "twice");
	put(a, "/r", 70, 200, "twice");
}

static void test_rules(void **state)
{
	static const struct {
		const char *name;
		struct wv_retention keep;
		int64_t cutoff; /* of size, in days; -1: none */
		const char *expected;
	} rows[] = {
		{"nothing is to go", {-1, -1, -1}, -1, "0k1k2k3k5k.6k.8k7k9k."},
		{"by age", {79 * DAY_US, -1, -1}, -1, "0a1a2k3k5k.6k.8k7k9k."},
		{"just that age is not older", {80 * DAY_US, -1, -1}, -1, "0k1k2k3k5k.6k.8k7k9k."},
		{"by age, all but the newest", {0, -1, -1}, -1, "0a1a2a3a5k.6k.8k7a9k."},
		{"by count: two bodies a page", {-1, 2, -1}, -1, "0c1c2c3k5k.6k.8k7k9k."},
		{"none but the newest", {-1, 0, -1}, -1, "0c1c2c3c5k.6k.8k7c9k."},
		{"by size: those seen last before", {-1, -1, -1}, 15, "0s1s2k3k5k.6k.8k7k9k."},
		{"a body seen later stays", {-1, -1, -1}, 65, "0s1s2s3s5k.6k.8k7s9k."},
	};
	struct wv_test_archive *a = *state;

	fill(a);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
		const struct wv_prune how = {.keep = rows[i].keep, .now = at(90), .context = &got};
		struct wv_prune_work w;
		uint64_t page = 0;

		work_open(&w, a, &how);
		if (rows[i].cutoff >= 0)
			w.policies[0].cutoff = at(rows[i].cutoff);
		row_int(rows[i].name, wv_prune_walk(&w, &page, describe, NULL), WV_OK);
		row_text(rows[i].name, wv_buf_slice(&got), rows[i].expected);
		row_int(rows[i].name, page == UINT64_MAX, true);
		work_close(&w);
	}
	rows_end();
}

/* A walk that was stopped goes on at the page after. */
static void test_walk_in_pieces(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf got = {.cap = WV_KIB};
	const struct wv_prune how = {.keep = {-1, -1, -1}, .now = at(90), .context = &got};
	struct wv_test_archive *a = *state;
	struct wv_prune_work w;
	uint64_t page = 0;
	int stops = 0;

	fill(a);
	work_open(&w, a, &how);
	while (page != UINT64_MAX && stops < 9) {
		row_int("a stop", wv_prune_walk(&w, &page, describe_and_stop, NULL), WV_BOUND);
		stops++;
	}
	row_int("a stop a page", stops, 3);
	row_text("each once", wv_buf_slice(&got), "0k1k2k3k5k.6k.8k7k9k.");
	page = 3;
	row_int("behind all pages", wv_prune_walk(&w, &page, describe, NULL), WV_OK);
	work_close(&w);
	rows_end();
}

static void test_measure(void **state)
{
	struct wv_test_archive *a = *state;
	const struct wv_prune how = {.keep = {-1, -1, -1}, .now = at(90)};
	struct wv_capture capture;
	struct wv_prune_work w;
	uint64_t bytes = 99;

	fill(a);
	work_open(&w, a, &how);
	assert_int_equal(wv_store_capture(w.txn, a->arena, 0, WV_TIME_NONE, &capture, NULL), WV_OK);
	row_int("a body", wv_prune_measure(&w, &capture, &bytes, NULL), WV_OK);
	row_int("takes room", bytes > 0, true);
	capture.has_encoded = true;
	capture.encoded = digest_of(1);
	row_int("encoded bytes that are gone", wv_prune_measure(&w, &capture, &bytes, NULL), WV_OK);
	capture.body = digest_of(2);
	row_int("a body that is gone", wv_prune_measure(&w, &capture, &bytes, NULL), WV_NO);
	work_close(&w);
	rows_end();
}

static void test_cutoffs(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_store_totals totals;
	struct wv_time before = {INT64_MIN};

	fill(a);
	for (int i = 0; i < 4; i++) {
		/* 2^62 bytes; all but one byte; half; nothing. */
		static const int64_t most[] = {INT64_C(1) << 62, -1, -2, 0};
		struct wv_prune how = {.keep = {-1, -1, 0}, .now = at(90), .dry_run = true};
		struct wv_prune_work w;
		uint64_t stored;

		work_open(&w, a, &how);
		assert_int_equal(wv_store_totals(w.txn, &totals, NULL), WV_OK);
		stored = wv_prune_stored(&totals);
		how.keep.bytes = most[i] == -1   ? (int64_t)stored - 1
		                 : most[i] == -2 ? (int64_t)stored / 2
		                                 : most[i];
		w.policies[0].keep = how.keep;
		assert_int_equal(wv_prune_filter_open(&w.seen, 10, 1, NULL), WV_OK);
		assert_int_equal(wv_prune_filter_open(&w.fixed, 10, 1, NULL), WV_OK);
		w.source_count = 2;
		w.policy_of = calloc(2, sizeof *w.policy_of);
		assert_non_null(w.policy_of);
		row_int("cutoffs", wv_prune_find_cutoffs(&w, &totals, 0, NULL), WV_OK);
		row_int("room enough needs none", w.policies[0].cutoff.us == INT64_MIN, i == 0);
		row_int("less room, a later one", w.policies[0].cutoff.us >= before.us, true);
		row_int("nothing is left to take", w.is_at_end, i == 3);
		before = w.policies[0].cutoff;
		free(w.policy_of);
		work_close(&w);
	}
	rows_end();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, wv_test_archive_set_up, wv_test_archive_tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter), cmocka_unit_test(test_policy_of),
		TEST(test_rules),              TEST(test_walk_in_pieces),
		TEST(test_measure),            TEST(test_cutoffs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
