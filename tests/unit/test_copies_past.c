/* What a capture is together with as of (T, K), case by case; and what the hook keeps up with. */
#include "archive/copies/past.h"

#include <stdio.h>

#include "archive/copies/follow.h"
#include "archive/store/lookup.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define DAY_US (INT64_C(86400) * WV_US_PER_S)

/* A story of our own in six sentences, and another. */
static const char *const ferry[] = {
	"The night ferry to Ellery will run twice a week from May, the harbour board said.\n",
	"It carried 41,000 passengers last year, a third more than in the year before it.\n",
	"Fares stay as they are; islanders pay half, and children under twelve pay nothing.\n",
	"A second ship, bought from a northern line, is being painted in the dry dock now.\n",
	"Its first captain, who is from Ellery, asked for a bell that her grandfather rang.\n",
	"The board wants to hear from hauliers by the end of April, and will then decide.\n",
	"Sheep travel on the car deck, as before, if somebody who knows them comes along.\n",
	"A bus will wait at the pier on both nights, the transport office confirmed today.\n",
};

/* Sentences from `first` on, so many of them. */
static const char *passage(struct wv_arena *arena, size_t first, size_t n)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 4096};

	for (size_t i = first; i < first + n; i++)
		wv_buf_add_string(&text, ferry[i]);
	return wv_arena_string(arena, wv_buf_slice(&text));
}

struct world {
	struct wv_test_archive a;
	struct wv_copies_follower *follower;
	struct wv_time recorded[8]; /* of each capture */
	size_t count;
};

static void put(struct world *w, int64_t seconds, enum wv_verdict verdict, const char *text)
{
	char path[16], body[16];
	struct wv_capture capture;
	struct wv_article article = wv_test_article(&w->a, "Title", text);

	snprintf(path, sizeof path, "/%zu", w->count);
	snprintf(body, sizeof body, "body %zu", w->count);
	capture = wv_test_capture(&w->a, path, seconds);
	article.verdict = capture.verdict = verdict;
	(void)wv_test_put(&w->a, &capture, body, &article);
	w->recorded[w->count++] = wv_test_known_now(&w->a);
}

/*
 * 0 the first half of the story, at 100; 1 its second half, at 200, which shares no sentence with
 * it; 2 the middle, at 300, which joins both; 3 the words of 0 once more, at 50, imported late; 4 a
 * listing of the same words.
 */
static void open_world(struct world *w)
{
	*w = (struct world){0};
	wv_test_archive_open(&w->a, NULL);
	assert_int_equal(wv_copies_follow(w->a.store, &w->follower, NULL), WV_OK);
	put(w, 100, WV_VERDICT_ARTICLE, passage(w->a.arena, 0, 5));
	put(w, 200, WV_VERDICT_ARTICLE, passage(w->a.arena, 3, 5));
	put(w, 300, WV_VERDICT_ARTICLE, passage(w->a.arena, 1, 6));
	put(w, 50, WV_VERDICT_ARTICLE, passage(w->a.arena, 0, 5));
	put(w, 60, WV_VERDICT_LISTING, passage(w->a.arena, 0, 5));
}

static void close_world(struct world *w)
{
	wv_test_archive_close(&w->a);
	wv_copies_follower_free(&w->follower);
	wv_copies_follower_free(&w->follower); /* of none: nothing */
}

static void test_members(void **state)
{
	static const struct {
		const char *name;
		uint64_t capture;
		int64_t at; /* seconds */
		int known;  /* as of the capture with this number; -1: now */
		enum wv_status status;
		const char *expected;
	} rows[] = {
		{"all", 0, 1000, -1, WV_OK, "0123"},
		{"asked of another", 2, 1000, -1, WV_OK, "0123"},
		{"before the bridge was captured", 0, 299, -1, WV_OK, "03"},
		{"from the other bank", 1, 299, -1, WV_OK, "1"},
		{"the instant itself counts", 0, 300, -1, WV_OK, "0123"},
		{"before the late one was known", 0, 1000, 2, WV_OK, "012"},
		{"before the bridge was known", 0, 1000, 1, WV_OK, "0"},
		{"not captured yet", 0, 99, -1, WV_NO, ""},
		{"the late one was captured before", 3, 99, -1, WV_OK, "3"},
		{"not known yet", 3, 1000, 2, WV_NO, ""},
		{"no article", 4, 1000, -1, WV_NO, ""},
		{"no such capture", 99, 1000, -1, WV_NO, ""},
	};
	struct world w;
	struct wv_txn *txn;

	(void)state;
	open_world(&w);
	txn = wv_test_reading(&w.a);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_past_query query = {
			.capture = rows[i].capture,
			.at = {WV_TEST_START + rows[i].at * WV_US_PER_S},
			.known_at = rows[i].known < 0 ? WV_TIME_NONE : w.recorded[rows[i].known],
			.partition_us = WV_COPIES_PARTITION_US,
		};
		uint64_t *members = NULL;
		size_t count = 0;
		char got[16] = "";

		row_int(rows[i].name,
		        wv_past_members(txn, w.a.arena, &query, &members, &count, NULL),
		        rows[i].status);
		for (size_t k = 0; k < count && k < 15; k++)
			got[k] = (char)('0' + members[k]);
		row_text(rows[i].name, wv_slice_of(got), rows[i].expected);
	}
	wv_txn_abort(&txn);
	close_world(&w);
	rows_end();
}

/* Which documents meet: by the time that the page states, where that can be true. */
static void test_when(void **state)
{
	static const struct {
		const char *name;
		bool is_set;
		int64_t earliest, latest, captured; /* days since 1970 */
		int64_t expected;
	} rows[] = {
		{"nothing stated", false, 19000, 19000, 20000, 20000},
		{"stated", true, 19000, 19000, 20000, 19000},
		{"a day: its middle", true, 19000, 19002, 20000, 19001},
		{"before the web", true, 7304, 7304, 20000, 20000},
		{"the first that counts", true, 7305, 7305, 20000, 7305},
		{"two days ahead", true, 20002, 20002, 20000, 20002},
		{"three days ahead", true, 20003, 20003, 20000, 20000},
		{"may be earlier", true, 20002, 20020, 20000, 20011},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_article article = {
			.published = {.is_set = rows[i].is_set,
		                      .earliest = {rows[i].earliest * DAY_US},
		                      .latest = {rows[i].latest * DAY_US}}};

		row_int(rows[i].name,
		        wv_copies_when(&article, (struct wv_time){rows[i].captured * DAY_US}).us /
		                DAY_US,
		        rows[i].expected);
	}
	/* A capture of no possible time: nothing overflows. */
	for (int end = 0; end < 2; end++) {
		const struct wv_article article = {
			.published = {.is_set = true, .earliest = {0}, .latest = {INT64_MAX}}};

		(void)wv_copies_when(&article, (struct wv_time){end ? INT64_MAX : INT64_MIN});
	}
	rows_end();
}

/* Articles that came before there were clusters: a stretch of them at every commit. */
static void test_what_was_there_before(void **state)
{
	struct world w = {0};
	struct wv_txn *txn;
	uint64_t position, cluster;

	(void)state;
	wv_test_archive_open(&w.a, NULL);
	put(&w, 100, WV_VERDICT_ARTICLE, passage(w.a.arena, 0, 5));
	put(&w, 200, WV_VERDICT_LISTING, passage(w.a.arena, 0, 5));
	txn = wv_test_reading(&w.a);
	row_int("nothing yet", wv_copies_position(txn, &position, NULL), WV_OK);
	row_int("nothing yet", (long long)position, 0);
	row_int("nothing yet", wv_copies_cluster(txn, 0, WV_TIME_NONE, &cluster, NULL), WV_NO);
	wv_txn_abort(&txn);
	wv_test_archive_reopen(&w.a, NULL);
	assert_int_equal(wv_copies_follow(w.a.store, &w.follower, NULL), WV_OK);
	put(&w, 300, WV_VERDICT_ARTICLE, passage(w.a.arena, 0, 5));
	txn = wv_test_reading(&w.a);
	row_int("all", wv_copies_position(txn, &position, NULL), WV_OK);
	row_int("all", (long long)position, 3);
	for (uint64_t leaf = 0; leaf < 3; leaf++) {
		enum wv_status st = wv_copies_cluster(txn, leaf, WV_TIME_NONE, &cluster, NULL);

		row_int("only articles", st, leaf == 1 ? WV_NO : WV_OK);
		if (st == WV_OK)
			row_int("together", (long long)cluster, 0);
	}
	wv_txn_abort(&txn);
	assert_int_equal(wv_txn_begin_write(wv_store_db(w.a.store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_CLUSTERS, WV_LIT("l"), WV_LIT("short"), NULL),
	                 WV_OK);
	row_int("a row of another length", wv_copies_position(txn, &position, NULL), WV_DAMAGED);
	wv_txn_abort(&txn);
	close_world(&w);
	rows_end();
}

/* A fingerprint made again from the article; and what cannot be. */
static void test_print(void **state)
{
	static const struct {
		const char *name;
		uint64_t leaf;
		enum wv_status expected;
	} rows[] = {
		{"a document", 0, WV_OK},
		{"its exact copy", 3, WV_OK},
		{"a listing, which is none", 4, WV_DAMAGED},
		{"a capture that is not there", 77, WV_DAMAGED},
	};
	struct wv_fingerprint first, print;
	struct world w;
	struct wv_txn *txn;

	(void)state;
	open_world(&w);
	txn = wv_test_reading(&w.a);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		row_int(rows[i].name,
		        wv_copies_print(NULL, txn, rows[i].leaf, w.a.arena, i ? &print : &first,
		                        NULL),
		        rows[i].expected);
		if (i == 1)
			row_int(rows[i].name, wv_digest_equals(&first.exact, &print.exact), true);
	}
	wv_txn_abort(&txn);
	close_world(&w);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_what_was_there_before),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
