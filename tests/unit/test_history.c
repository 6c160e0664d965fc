#include "archive/store/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"
#include "tests/support/archive.h"

/* One look at the page; texts are NULL where it was not an article. */
struct look {
	int32_t status;
	enum wv_verdict verdict;
	const char *body, *title, *text, *modified;
	uint32_t extractor;
};

static void play(struct wv_test_archive *a, const struct look *looks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_capture capture = wv_test_capture(a, "/p", (int64_t)i * 60);
		struct wv_article article;

		capture.status = looks[i].status;
		capture.verdict = looks[i].verdict;
		if (looks[i].status == 304)
			capture.flags = WV_CAPTURE_NOT_MODIFIED;
		if (looks[i].status == 301)
			capture.flags = WV_CAPTURE_REDIRECT;
		if (!looks[i].text) {
			wv_test_put(a, &capture, looks[i].body, NULL);
			continue;
		}
		article = wv_test_article(a, looks[i].title, looks[i].text);
		article.extractor = looks[i].extractor ? looks[i].extractor : 1;
		if (looks[i].modified) {
			article.modified.is_set = true;
			article.modified.text = wv_slice_of(looks[i].modified);
		}
		wv_test_put(a, &capture, looks[i].body, &article);
	}
}

/* "1 first x2; 2 text,silent x1; gone 404 x1 back" */
static void print(const struct wv_history *history, struct wv_buf *out)
{
	for (size_t i = 0; i < history->version_count; i++) {
		const struct wv_version *v = &history->versions[i];
		const char *comma = " ";

		wv_buf_add_format(out, "%d", (int)v->number);
		for (uint32_t bit = 1; bit <= WV_CHANGE_REVERT; bit <<= 1)
			if (v->changes & bit) {
				wv_buf_add_format(out, "%s%s", comma,
				                  wv_change_name((enum wv_change)bit));
				comma = ",";
			}
		if (v->reverts_to)
			wv_buf_add_format(out, "=%d", (int)v->reverts_to);
		wv_buf_add_format(out, " x%d; ", (int)v->captures);
	}
	for (size_t i = 0; i < history->absence_count; i++)
		wv_buf_add_format(out, "gone %d x%d%s; ", history->absences[i].status,
		                  (int)history->absences[i].captures,
		                  history->absences[i].has_returned ? " back" : "");
	for (size_t i = 0; i < history->headline_count; i++)
		wv_buf_add_format(out, "'%.*s'>'%.*s'; ", WV_FMT(history->headlines[i].before),
		                  WV_FMT(history->headlines[i].after));
}

static void test_histories(void **state)
{
#define ARTICLE(body, title, text, modified) {200, WV_VERDICT_ARTICLE, body, title, text, modified, 1}
#define PLAIN(status, verdict, body)         {status, verdict, body, NULL, NULL, NULL, 0}
	static const struct {
		const char *name;
		struct look looks[8];
		const char *expected;
	} rows[] = {
		{"nothing", {{0}}, ""},
		{"ads change, the text does not",
		 {ARTICLE("a ad1", "T", "Text one.", NULL), ARTICLE("a ad2", "T", "Text one.", NULL)},
		 "1 first x2; "},
		{"a silent edit",
		 {ARTICLE("a", "T", "Ten people.", "2024-06-05"),
		  ARTICLE("b", "T", "Nine people.", "2024-06-05")},
		 "1 first x1; 2 text,silent x1; "},
		{"an edit that is owned up to",
		 {ARTICLE("a", "T", "Ten people.", "2024-06-05"),
		  ARTICLE("b", "T", "Nine people.", "2024-06-06")},
		 "1 first x1; 2 text,stated-time x1; "},
		{"only the headline",
		 {ARTICLE("a", "Old", "Text.", NULL), ARTICLE("b", "New", "Text.", NULL)},
		 "1 first x2; 'Old'>'New'; "},
		{"headline and text",
		 {ARTICLE("a", "Old", "Text.", NULL), ARTICLE("b", "New", "Texts.", NULL)},
		 "1 first x1; 2 title,text,silent x1; 'Old'>'New'; "},
		{"an edit taken back",
		 {ARTICLE("a", "T", "One.", NULL), ARTICLE("b", "T", "Two.", NULL),
		  ARTICLE("a", "T", "One.", NULL)},
		 "1 first x1; 2 text,silent x1; 3 text,silent,revert=1 x1; "},
		{"gone and back",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(404, WV_VERDICT_OTHER, "no"),
		  PLAIN(410, WV_VERDICT_OTHER, "no"), ARTICLE("a", "T", "One.", NULL)},
		 "1 first x2; gone 404 x2 back; "},
		{"gone for good",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(404, WV_VERDICT_OTHER, "no")},
		 "1 first x1; gone 404 x1; "},
		{"failures and hops part no run",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(0, WV_VERDICT_FAILED, NULL),
		  PLAIN(301, WV_VERDICT_OTHER, NULL), PLAIN(200, WV_VERDICT_CAPTCHA, "robot?"),
		  ARTICLE("b", "T", "One.", NULL)},
		 "1 first x2; "},
		{"a 304 counts",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(304, WV_VERDICT_UNREAD, NULL)},
		 "1 first x2; "},
		{"the same bytes, not extracted again",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(200, WV_VERDICT_UNREAD, "a")},
		 "1 first x2; "},
		{"listings are versions by their bytes",
		 {PLAIN(200, WV_VERDICT_LISTING, "x"), PLAIN(200, WV_VERDICT_LISTING, "y")},
		 "1 first x1; 2 body x1; "},
		{"an article becomes a listing",
		 {ARTICLE("a", "T", "One.", NULL), PLAIN(200, WV_VERDICT_LISTING, "y")},
		 "1 first x1; 2 title,body,verdict x1; "},
		{"another extractor read it",
		 {ARTICLE("a", "T", "One.", NULL),
		  {200, WV_VERDICT_ARTICLE, "b", "T", "Two.", NULL, 2}},
		 "1 first x1; 2 text,uncertain x1; "},
		{"unread is no version",
		 {PLAIN(200, WV_VERDICT_UNREAD, "a"), PLAIN(200, WV_VERDICT_UNREAD, "b")}, ""},
	};
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_history_query query = {
			.from = WV_TIME_NONE, .to = WV_TIME_NONE, .known_at = WV_TIME_NONE};
		WV_AUTO(wv_buf_done) struct wv_buf got = {0};
		struct wv_test_archive a;
		struct wv_history history;
		struct wv_txn *txn = NULL;
		size_t n = 0;

		while (n < WV_COUNT(rows[i].looks) &&
		       (rows[i].looks[n].status || rows[i].looks[n].verdict))
			n++;
		wv_test_archive_open(&a, NULL);
		play(&a, rows[i].looks, n);
		wv_buf_init(&got, WV_MIB);
		assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
		assert_int_equal(wv_history_of(txn, a.arena, &query, &history, NULL), WV_OK);
		wv_txn_abort(&txn);
		print(&history, &got);
		if (!wv_slice_equals(wv_buf_slice(&got), wv_slice_of(rows[i].expected)) ||
		    history.captures != n) {
			print_error("row '%s':\n  expected %s\n  got      %.*s\n", rows[i].name,
			            rows[i].expected, WV_FMT(wv_buf_slice(&got)));
			bad++;
		}
		wv_test_archive_close(&a);
	}
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_histories)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
