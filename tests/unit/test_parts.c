#include <stdio.h>

#include "archive/store/lookup.h"
#include "archive/store/parts.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

/* Articles in several parts, put together again from their captures. */
ROWS_STATE;

#define BASE "https://www.example.com"

static struct wv_test_archive archive;

static int set_up(void **state)
{
	(void)state;
	wv_test_archive_open(&archive, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	wv_test_archive_close(&archive);
	return 0;
}

static uint64_t put(const char *path, int64_t seconds, const char *title, const char *text,
		    const char *next, enum wv_verdict verdict)
{
	struct wv_capture capture = wv_test_capture(&archive, path, seconds);
	struct wv_article article = wv_test_article(&archive, title, text);

	article.next_page = wv_slice_of(next);
	article.verdict = verdict;
	capture.verdict = verdict;
	return wv_test_put(&archive, &capture, text, &article).id;
}

struct asked {
	int64_t at_s; /* -1: no T */
	const char *text, *missing, *why;
	size_t parts;
};

static void check(const char *row, uint64_t first, const struct asked *asked)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_capture capture;
	struct wv_reading reading;
	struct wv_article article;
	struct wv_parts parts;
	struct wv_slice text;
	struct wv_parts_query query = {
		.first = &capture, .at = WV_TIME_NONE, .known_at = WV_TIME_NONE};

	if (asked->at_s >= 0)
		query.at.us = WV_TEST_START + asked->at_s * WV_US_PER_S;
	assert_int_equal(wv_store_begin_read(archive.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_capture(txn, archive.arena, first, WV_TIME_NONE, &capture, NULL),
			 WV_OK);
	assert_int_equal(
		wv_store_reading(txn, archive.arena, &capture, WV_TIME_NONE, &reading, NULL),
		WV_OK);
	assert_int_equal(wv_store_article(txn, archive.arena, &reading, &article, NULL), WV_OK);
	assert_int_equal(wv_store_join_parts(txn, archive.arena, &query, &article, &parts, NULL),
			 WV_OK);
	assert_int_equal(wv_article_text(&article, archive.arena, &text, NULL), WV_OK);
	row_text(row, text, asked->text);
	row_text(row, parts.missing, asked->missing);
	row_text(row, parts.why, asked->why);
	row_int(row, parts.count, asked->parts);
}

static void test_whole(void **state)
{
	uint64_t first =
		put("/salt", 0, "Salt", "Lead\nOne", BASE "/salt?page=2", WV_VERDICT_ARTICLE);

	(void)state;
	check("the second is not there yet", first,
	      &(struct asked){-1, "Lead\nOne", BASE "/salt?page=2", "not captured", 0});
	put("/salt?page=2", 10, "Salt (2)", "Lead\nTwo", BASE "/salt?page=3", WV_VERDICT_ARTICLE);
	put("/salt?page=3", 20, "Salt", "Lead\nThree", "", WV_VERDICT_ARTICLE);
	check("all three", first, &(struct asked){-1, "Lead\nOne\nTwo\nThree", "", "", 2});
	check("T before the third", first,
	      &(struct asked){15, "Lead\nOne\nTwo", BASE "/salt?page=3", "not captured", 1});
	put("/salt?page=2", 100, "Salt", "Lead\nTwo, mended", BASE "/salt?page=3",
	    WV_VERDICT_ARTICLE);
	check("no T: the capture nearest to the first's", first,
	      &(struct asked){-1, "Lead\nOne\nTwo\nThree", "", "", 2});
	check("T after the change", first,
	      &(struct asked){200, "Lead\nOne\nTwo, mended\nThree", "", "", 2});
	rows_end();
}

static void test_refused(void **state)
{
	uint64_t other = put("/oil", 0, "Oil", "One", BASE "/oil_2", WV_VERDICT_ARTICLE);
	uint64_t wall = put("/tin", 0, "Tin", "One", BASE "/tin_2", WV_VERDICT_ARTICLE);
	uint64_t loop = put("/rye", 0, "Rye", "One", BASE "/rye_2", WV_VERDICT_ARTICLE);
	uint64_t listing = put("/all", 0, "All", "One", BASE "/all_2", WV_VERDICT_LISTING);

	(void)state;
	put("/oil_2", 10, "Vinegar", "Two", "", WV_VERDICT_ARTICLE);
	put("/tin_2", 10, "Tin", "Pay", "", WV_VERDICT_PAYWALL_STUB);
	put("/rye_2", 10, "Rye", "Two", BASE "/rye_2", WV_VERDICT_ARTICLE);
	put("/all_2", 10, "All", "Two", "", WV_VERDICT_LISTING);
	check("another headline", other,
	      &(struct asked){-1, "One", BASE "/oil_2", "another article", 0});
	check("a wall", wall, &(struct asked){-1, "One", BASE "/tin_2", "no article", 0});
	check("a part that names itself", loop,
	      &(struct asked){-1, "One\nTwo", BASE "/rye_2", "another article", 1});
	check("lists have pages, not parts", listing, &(struct asked){-1, "One", "", "", 0});
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
