/*
 * archive/copies/visible.h: what is hidden holds no two texts together and makes no round-up of a third;
 * where nothing of it is near, and once it is shown again, clusters are what the facts say.
 */
#include <stdio.h>
#include <stdlib.h>

#include "archive/care/takedown.h"
#include "archive/copies/follow.h"
#include "archive/copies/visible.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define LINES 40
#define HOUR  INT64_C(3600)

/* Sentences of one text, no two of which share a phrase. */
static void add_lines(unsigned text, unsigned first, unsigned last, char *out, size_t room)
{
	static const char *const words[] = {
		"harbour", "council", "ferry",  "budget", "strike",   "crane",  "pilot",  "anchor", "tariff",
		"cargo",   "quay",    "tender", "wharf",  "captain",  "storm",  "timber", "salmon", "bridge",
		"winter",  "engine",  "rudder", "mayor",  "canal",    "sailor", "depot",  "basin",  "permit"};
	uint64_t dice = text * UINT64_C(0x9e3779b97f4a7c15) + 1;
	size_t n = 0;

	out[0] = 0;
	for (unsigned line = 0; line < last; line++)
		for (unsigned word = 0; word < 14; word++) {
			dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
			if (line >= first)
				n += (size_t)snprintf(out + n, room - n, "%s%s", words[(dice >> 33) % WV_COUNT(words)],
				                      word == 13 ? ". " : " ");
		}
}

/* In the order of their coming: a chain of three, of which the first and the last do not meet; and a text
 * of two halves, each carried elsewhere, which both together make a round-up. */
static const struct page {
	const char *path;
	unsigned text, first, last;
} pages[] = {
	{"/north", 1, 0, 12}, {"/held", 1, 4, 16}, {"/south", 1, 8, 20},
	{"/west", 2, 0, 12},  {"/both", 2, 6, 18}, {"/east", 2, 12, 24},
	{"/alone", 3, 0, 12},
};
enum { NORTH, HELD, SOUTH, WEST, BOTH, EAST, ALONE };

static void fill(struct wv_test_archive *a)
{
	for (size_t i = 0; i < WV_COUNT(pages); i++) {
		char text[8192];
		struct wv_capture capture = wv_test_capture(a, pages[i].path, (int64_t)i * HOUR);
		struct wv_article article;

		add_lines(pages[i].text, pages[i].first, pages[i].last, text, sizeof(text));
		article = wv_test_article(a, pages[i].path, text);
		wv_test_put(a, &capture, text, &article);
	}
}

static int by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* "0 1 2", or "none". The ID of the cluster is the smallest. */
static void row_members(struct wv_test_archive *a, const char *name, uint64_t capture, int64_t at_s,
                        int64_t now_s, const char *expected)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	const struct wv_visible_query query = {
		.capture = capture,
		.at = at_s < 0 ? WV_TIME_NONE : (struct wv_time){WV_TEST_START + at_s * WV_US_PER_S},
		.known_at = WV_TIME_NONE,
		.now = {WV_TEST_START + now_s * WV_US_PER_S}};
	uint64_t *ids = NULL, cluster = 0;
	size_t count = 0, n = 0;
	char got[128] = "none";
	enum wv_status st;

	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	st = wv_visible_members(txn, a->arena, &query, &ids, &count, NULL);
	assert_true(st == WV_OK || st == WV_NO);
	if (st == WV_OK) {
		qsort(ids, count, sizeof(*ids), by_number);
		for (size_t i = 0; i < count; i++)
			n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%d", i ? " " : "", (int)ids[i]);
	}
	row_text(name, wv_slice_of(got), expected);
	st = wv_visible_cluster(txn, a->arena, &query, &cluster, NULL);
	row_int(name, st, ids ? WV_OK : WV_NO);
	if (ids)
		row_int(name, cluster, ids[0]);
}

static void hide(struct wv_test_archive *a, int page, bool is_of_capture, struct wv_time until,
                 enum wv_act act)
{
	struct wv_capture capture = wv_test_capture(a, pages[page].path, 0);
	const struct wv_takedown takedown = {.act = act,
	                                     .target = {.page_key = capture.page_key,
	                                                .url = capture.url,
	                                                .is_of_capture = is_of_capture,
	                                                .capture = (uint64_t)page},
	                                     .reason = WV_LIT("a test"),
	                                     .until = until};
	struct wv_fact fact;

	assert_int_equal(wv_takedown_add(a->store, a->arena, &takedown, &fact, NULL), WV_OK);
}

static void test_visible(void **state)
{
	struct wv_test_archive *a = *state;
	WV_AUTO(wv_copies_follower_free) struct wv_copies_follower *follower = NULL;
	const int64_t now = 100 * HOUR;

	assert_int_equal(wv_copies_follow(a->store, &follower, NULL), WV_OK);
	fill(a);
	row_members(a, "a chain", NORTH, -1, now, "0 1 2");
	row_members(a, "a round-up is apart", BOTH, -1, now, "4");
	row_members(a, "before the last came", NORTH, HOUR, now, "0 1");
	hide(a, HELD, false, (struct wv_time){WV_TEST_START + (now + HOUR) * WV_US_PER_S}, WV_ACT_HIDE);
	row_members(a, "the chain without its middle", NORTH, -1, now, "0");
	row_members(a, "its other end", SOUTH, -1, now, "2");
	row_members(a, "its middle", HELD, -1, now, "none");
	row_members(a, "before the last came, without it", NORTH, HOUR, now, "0");
	row_members(a, "what is far from it", ALONE, -1, now, "6");
	row_members(a, "the round-up is far from it too", BOTH, -1, now, "4");
	row_members(a, "its term is over", NORTH, -1, now + 2 * HOUR, "0 1 2");
	hide(a, EAST, true, WV_TIME_NONE, WV_ACT_HIDE);
	row_members(a, "no round-up without it", BOTH, -1, now, "3 4");
	row_members(a, "nor from the other side", WEST, -1, now, "3 4");
	hide(a, EAST, false, WV_TIME_NONE, WV_ACT_BLOCK);
	row_members(a, "of what is blocked is told: it counts", BOTH, -1, now, "4");
	rows_end();
	wv_store_close(&a->store); /* before what follows it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
		test_visible, wv_test_archive_set_up, wv_test_archive_tear_down)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
