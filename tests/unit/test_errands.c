/*
 * archive/serve/errands.h: an answer that takes longer than its asker waits is there for the next who
 * asks, and is the one that reading at once gives; nothing of it is kept where the question changed.
 */
#include <pthread.h>
#include <stdio.h>

#include "archive/care/takedown.h"
#include "archive/serve/errands.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define REPORTS  24
#define ASKED_MOST 100000 /* by one who is told "not yet"; each waits a moment */
#define ASKERS   3
#define QUESTIONS (WV_ERRANDS_MOST + 2)

/* Reports of one event, each in words of its own. */
static void fill(struct wv_test_archive *a)
{
	for (int i = 0; i < REPORTS; i++) {
		char path[16], title[64], text[400];
		struct wv_capture capture;
		struct wv_article article;

		(void)snprintf(path, sizeof(path), "/%d", i);
		(void)snprintf(title, sizeof(title), "Quantel buys 12,000 chips, report %d", i);
		(void)snprintf(text, sizeof(text),
		               "Quantel will spend $500m on 12,000 of the H100 chips, said its founder Bogatov in the "
		               "%d. call from Lisbon. Witness %d%d of street %d saw lorry %d%d unload at gate %d.",
		               i, i, i * 7, i * 31, i * 17, i, i * 5);
		capture = wv_test_capture(a, path, i * 600);
		article = wv_test_article(a, title, text);
		article.language = WV_LIT("en");
		wv_test_put(a, &capture, text, &article);
	}
}

static struct wv_around_query query_of(uint64_t capture, struct wv_time known_at)
{
	return (struct wv_around_query){.capture = capture,
	                                .at = WV_TIME_NONE,
	                                .known_at = known_at,
	                                .now = known_at,
	                                .max = 60,
	                                .wants_later = true};
}

static void print(const struct wv_around_answer *answer, char *out, size_t room)
{
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < answer->count && n < room; i++) {
		const struct wv_around_link *link = &answer->links[i];

		n += (size_t)snprintf(out + n, room - n, "%d %.9f %d %zu %.*s; ", (int)link->capture, link->score,
		                      link->is_copy, link->evidence_count,
		                      WV_FMT(link->evidence_count ? link->evidence[0].shown : WV_LIT("-")));
	}
}

/* By reading at once. */
static void read_now(struct wv_test_archive *a, const struct wv_around_query *query, char *out, size_t room)
{
	const struct wv_around_options options = {.store = a->store};
	WV_AUTO(wv_around_close) struct wv_around *around = NULL;
	struct wv_around_answer answer;
	struct wv_arena *arena = NULL;
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_arena_new(4 * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	assert_int_equal(wv_around_open(&options, &around, NULL), WV_OK);
	assert_int_equal(wv_around_of(around, &txn, arena, query, &answer, NULL), WV_OK);
	print(&answer, out, room);
	wv_txn_abort(&txn);
	wv_arena_free(&arena);
}

/* Once. */
static enum wv_status ask_once(struct wv_test_archive *a, struct wv_errands *errands,
                               const struct wv_around_query *query, int64_t patience_us, char *out,
                               size_t room)
{
	struct wv_around_answer answer;
	struct wv_arena *arena = NULL;
	struct wv_txn *txn = NULL;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st;

	assert_int_equal(wv_arena_new(4 * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	st = wv_errands_ask(errands, &txn, arena, query, patience_us, &answer, &err);
	assert_non_null(txn);
	if (st == WV_OK)
		print(&answer, out, room);
	wv_txn_abort(&txn);
	wv_arena_free(&arena);
	return st;
}

/* Until it is there. Each asks with less patience than any reading takes: were it begun anew each time, it
 * would never be there. */
static enum wv_status ask(struct wv_test_archive *a, struct wv_errands *errands,
                          const struct wv_around_query *query, char *out, size_t room)
{
	enum wv_status st = WV_STOPPED;

	for (int i = 0; i < ASKED_MOST && st == WV_STOPPED; i++)
		st = ask_once(a, errands, query, WV_US_PER_MS, out, room);
	return st;
}

static void test_asked_again(void **state)
{
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_errands_stop) struct wv_errands *errands = NULL;
	struct wv_around_query query;
	char at_once[8192], got[8192];

	fill(a);
	query = query_of(0, wv_test_known_now(a));
	read_now(a, &query, at_once, sizeof(at_once));
	assert_true(strlen(at_once) > 100);
	assert_int_equal(wv_errands_start(&(struct wv_around_options){.store = a->store}, &errands, NULL), WV_OK);
	assert_int_equal(ask(a, errands, &query, got, sizeof(got)), WV_OK);
	row_text("as reading at once", wv_slice_of(got), at_once);
	got[0] = 0;
	row_int("it is kept", ask_once(a, errands, &query, 0, got, sizeof(got)), WV_OK);
	row_text("and stays the same", wv_slice_of(got), at_once);
	query.capture = 5;
	read_now(a, &query, at_once, sizeof(at_once));
	assert_int_equal(ask(a, errands, &query, got, sizeof(got)), WV_OK);
	row_text("of another", wv_slice_of(got), at_once);
	query.at = (struct wv_time){WV_TEST_START + 6 * 600 * WV_US_PER_S};
	read_now(a, &query, at_once, sizeof(at_once));
	assert_int_equal(ask(a, errands, &query, got, sizeof(got)), WV_OK);
	row_text("at another time", wv_slice_of(got), at_once);
	query.capture = 1000;
	row_int("of none", ask(a, errands, &query, got, sizeof(got)), WV_NO);
	rows_end();
}

/* What was taken down since is in no answer that was kept. */
static void test_taken_down(void **state)
{
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_errands_stop) struct wv_errands *errands = NULL;
	struct wv_around_query query;
	struct wv_capture capture;
	struct wv_takedown takedown;
	struct wv_fact fact;
	char before[8192], after[8192], got[8192];

	fill(a);
	query = query_of(0, wv_test_known_now(a));
	assert_int_equal(wv_errands_start(&(struct wv_around_options){.store = a->store}, &errands, NULL), WV_OK);
	assert_int_equal(ask(a, errands, &query, before, sizeof(before)), WV_OK);
	capture = wv_test_capture(a, "/3", 0);
	takedown = (struct wv_takedown){.act = WV_ACT_HIDE,
	                                .target = {.page_key = capture.page_key, .url = capture.url},
	                                .reason = WV_LIT("a test"),
	                                .until = WV_TIME_NONE};
	assert_int_equal(wv_takedown_add(a->store, a->arena, &takedown, &fact, NULL), WV_OK);
	read_now(a, &query, after, sizeof(after));
	assert_string_not_equal(before, after);
	assert_int_equal(ask(a, errands, &query, got, sizeof(got)), WV_OK);
	row_text("without it", wv_slice_of(got), after);
	rows_end();
}

/* While others write, K moves on with each question; who names none is led to one that is answered. */
static void test_moving(void **state)
{
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_errands_stop) struct wv_errands *errands = NULL;
	struct wv_capture capture;
	struct wv_around_query query, other;
	struct wv_time first, known_at = WV_TIME_NONE;
	char at_once[8192], got[8192];

	fill(a);
	first = wv_test_known_now(a);
	query = query_of(0, first);
	read_now(a, &query, at_once, sizeof(at_once));
	assert_int_equal(wv_errands_start(&(struct wv_around_options){.store = a->store}, &errands, NULL), WV_OK);
	for (int i = 0; i < 3; i++) {
		WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;

		assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
		query.known_at = wv_test_known_now(a);
		row_int("led to it", wv_errands_known(errands, txn, &query, &query.known_at), i > 0);
		row_int("the first K", query.known_at.us, first.us);
		other = query;
		other.capture = 1;
		row_int("another capture is not", wv_errands_known(errands, txn, &other, &known_at), false);
		other = query;
		other.wants_later = false;
		row_int("nor another question", wv_errands_known(errands, txn, &other, &known_at), false);
		wv_txn_abort(&txn);
		if (i == 2)
			break;
		(void)ask_once(a, errands, &query, 0, got, sizeof(got));
		capture = wv_test_capture(a, "/more", 90000 + i);
		wv_test_put(a, &capture, "more", NULL);
	}
	assert_int_equal(ask(a, errands, &query, got, sizeof(got)), WV_OK);
	row_text("as of the first K", wv_slice_of(got), at_once);
	rows_end();
}

struct asker {
	struct wv_test_archive *archive;
	struct wv_errands *errands;
	struct wv_time known_at;
	pthread_t thread;
	char got[QUESTIONS][8192];
	enum wv_status st[QUESTIONS];
};

static void *ask_all(void *context)
{
	struct asker *me = context;

	for (uint64_t i = 0; i < QUESTIONS; i++) {
		struct wv_around_query query = query_of(i, me->known_at);

		me->st[i] = ask(me->archive, me->errands, &query, me->got[i], sizeof(me->got[i]));
	}
	return NULL;
}

/* More questions than are kept, and several askers of each. */
static void test_together(void **state)
{
	static struct asker askers[ASKERS];
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_errands_stop) struct wv_errands *errands = NULL;
	struct wv_time known_at;

	fill(a);
	known_at = wv_test_known_now(a);
	assert_int_equal(wv_errands_start(&(struct wv_around_options){.store = a->store}, &errands, NULL), WV_OK);
	for (size_t i = 0; i < ASKERS; i++) {
		askers[i] = (struct asker){.archive = a, .errands = errands, .known_at = known_at};
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_all, &askers[i]), 0);
	}
	for (size_t i = 0; i < ASKERS; i++)
		pthread_join(askers[i].thread, NULL);
	for (uint64_t n = 0; n < QUESTIONS; n += 6) {
		struct wv_around_query query = query_of(n, known_at);
		char at_once[8192];

		read_now(a, &query, at_once, sizeof(at_once));
		for (size_t i = 0; i < ASKERS; i++) {
			row_int("answered", askers[i].st[n], WV_OK);
			row_text("each the same", wv_slice_of(askers[i].got[n]), at_once);
		}
	}
	rows_end();
}

/* Also while it reads, and with questions that wait. */
static void test_stop(void **state)
{
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_errands_stop) struct wv_errands *errands = NULL;
	char got[8192];

	fill(a);
	assert_int_equal(wv_errands_start(&(struct wv_around_options){.store = a->store}, &errands, NULL), WV_OK);
	for (uint64_t i = 0; i < REPORTS; i++) {
		struct wv_around_query query = query_of(i, wv_test_known_now(a));
		enum wv_status st = ask_once(a, errands, &query, 0, got, sizeof(got));

		assert_true(st == WV_STOPPED || st == WV_OK);
	}
	wv_errands_stop(&errands);
	assert_null(errands);
}

#define WITH_ARCHIVE(test)                                                                                   \
	cmocka_unit_test_setup_teardown(test, wv_test_archive_set_up, wv_test_archive_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {WITH_ARCHIVE(test_asked_again), WITH_ARCHIVE(test_taken_down),
	                                   WITH_ARCHIVE(test_moving),
	                                   WITH_ARCHIVE(test_together), WITH_ARCHIVE(test_stop)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
