/*
 * The newsroom's stories and pages: every address answers at every hour of the four days, in its
 * charset, and what the stories say happens, happens.
 */
#include "tests/newsroom/desk.h"

#include "config/base/digest.h"
#include "tests/newsroom/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define START_US (INT64_C(1772438400) * WV_US_PER_S) /* 2026-03-02T08:00:00Z */
#define HOUR_US  (INT64_C(3600) * WV_US_PER_S)

struct room {
	struct wv_arena *arena;
	struct newsroom_press press;
	struct newsroom_desk desk;
};

static int open_room(void **state)
{
	static struct room room;
	struct wv_err err = WV_ERR_NONE;

	assert_int_equal(wv_arena_new(64u << 20, &room.arena, &err), WV_OK);
	if (newsroom_press_load(room.arena, WV_SOURCE_DIR "/tests/newsroom/stories", &room.press,
	                        &err) != WV_OK)
		fail_msg("%s", err.text);
	room.desk.press = &room.press;
	room.desk.port = 8090;
	*state = &room;
	return 0;
}

static int close_room(void **state)
{
	struct room *room = *state;

	wv_arena_free(&room->arena);
	return 0;
}

/* Asks one publisher; the body goes to *body (to be freed), the status is the result. */
static unsigned ask(struct room *room, size_t publisher, const char *target, int64_t hours,
                    struct wv_buf *body)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct newsroom_reply reply = {0};
	struct newsroom_scene scene = {.publisher = &room->press.publishers[publisher],
	                               .now = {START_US + hours * HOUR_US},
	                               .port = 8090};

	assert_int_equal(wv_arena_new(8u << 20, &arena, &err), WV_OK);
	scene.arena = arena;
	if (newsroom_desk_answer(&room->desk, &scene, wv_slice_of(target), &reply, &err) != WV_OK)
		fail_msg("%s: %s", target, err.text);
	*body = reply.body;
	return reply.status;
}

static void test_every_article_at_every_hour(void **state)
{
	struct room *room = *state;
	size_t asked = 0;

	assert_int_equal(room->press.count, 10);
	for (size_t i = 0; i < room->press.count; i++) {
		const struct newsroom_publisher *p = &room->press.publishers[i];

		for (size_t k = 0; k < p->article_count; k++) {
			for (int64_t hours = 0; hours <= 96; hours += 6) {
				const struct newsroom_article *article = &p->articles[k];
				struct wv_time now = {START_US + hours * HOUR_US};
				unsigned wanted = newsroom_article_state(article, now).status;
				struct wv_slice path =
					newsroom_article_path(p, article, room->arena);
				struct wv_buf body;
				unsigned got = ask(room, i, wv_arena_string(room->arena, path),
				                   hours, &body);

				if (got != (wanted == 0 ? 404 : wanted))
					fail_msg("%.*s at +%dh: expected %u, got %u", WV_FMT(path),
					         (int)hours, wanted, got);
				assert_true(body.n > 300);
				wv_buf_done(&body);
				asked++;
			}
		}
	}
	assert_true(asked > 600);
}

/* An address, two moments, words that are there at one and not at the other. */
static void test_what_happens(void **state)
{
	static const struct {
		const char *name;
		size_t publisher;
		const char *target;
		int64_t hours;
		unsigned status;
		const char *has, *has_not;
	} rows[] = {
		{"before the edits", 0, "/2026/03/02/tide-barrier", 0, 200, "cost £41 million",
	         "cost £47 million"},
		{"the figure, silently", 0, "/2026/03/02/tide-barrier", 24, 200, "cost £47 million",
	         "cost £41 million"},
		{"the modified time stays", 0, "/2026/03/02/tide-barrier", 96, 200,
	         "\"dateModified\":\"2026-03-02T05:30:00+00:00\"", "corrected on"},
		{"the quote, silently", 0, "/2026/03/02/tide-barrier", 48, 200,
	         "more challenging than our surveys", "we did not say so"},
		{"a headline", 0, "/2026/03/02/ferry-timetable", 24, 200, "is saved until", NULL},
		{"a correction says so", 2, "/news/halden-profit-1003.html", 24, 200,
	         "This article was corrected on", "$218 million"},
		{"vanished", 0, "/2026/03/01/library-bells", 24, 404, "Page not found", "felt"},
		{"for good", 0, "/2026/03/01/library-bells", 48, 410, "has been removed", "felt"},
		{"away", 0, "/2026/03/01/lighthouse-keeper", 24, 404, NULL, "164 steps"},
		{"back", 0, "/2026/03/01/lighthouse-keeper", 72, 200, "164 steps", NULL},
		{"not yet", 0, "/2026/03/04/barrier-vote", 48, 404, NULL, NULL},
		{"related stands twice", 7, "/articles/-/1048811", 24, 200,
	         "関連性のあるコンテンツ", NULL},
		{"a paywall", 2, "/news/rate-desk-1004.html", 0, 200, "last free article", NULL},
		{"a consent wall", 2, "/news/harvest-fund-1005.html", 0, 200, "consent-wall",
	         "4,400 acres"},
		{"robots with a delay", 0, "/robots.txt", 0, 200, "Crawl-delay: 3\n", NULL},
		{"robots with half a second", 7, "/robots.txt", 0, 200, "Crawl-delay: 2.5\n", NULL},
		{"robots moved", 2, "/robots.txt", 0, 301, NULL, NULL},
		{"robots moved to", 2, "/policy/robots.txt", 0, 200, "Disallow: /private/", NULL},
		{"robots missing", 5, "/robots.txt", 0, 404, NULL, NULL},
		{"robots failing", 9, "/robots.txt", 5, 503, NULL, NULL},
		{"robots again", 9, "/robots.txt", 6, 200, "Disallow", NULL},
		{"the second listing", 0, "/latest?page=2", 48, 200, "page=1", NULL},
		{"no such listing", 0, "/latest?page=9", 48, 404, NULL, NULL},
		{"a listing that is none", 0, "/latest?page=x", 48, 404, NULL, NULL},
		{"the loop", 9, "/loop/a", 24, 302, NULL, NULL},
		{"the calendar's December", 9, "/calendar/2026/12", 24, 200, "/calendar/2027/1\"",
	         NULL},
		{"no month", 9, "/calendar/2026/13", 24, 404, NULL, NULL},
		{"no traps elsewhere", 0, "/loop/a", 24, 404, NULL, NULL},
	};
	struct room *room = *state;
	int failed = 0;

	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_buf body;
		unsigned got =
			ask(room, rows[i].publisher, rows[i].target, rows[i].hours, &body);
		struct wv_slice text = wv_buf_slice(&body);
		bool has = !rows[i].has ||
		           wv_slice_find(text, wv_slice_of(rows[i].has), 0) != SIZE_MAX;
		bool has_not = !rows[i].has_not ||
		               wv_slice_find(text, wv_slice_of(rows[i].has_not), 0) == SIZE_MAX;

		if (got != rows[i].status || !has || !has_not) {
			printf("%s: expected %u, '%s', not '%s'; got %u %d %d\n", rows[i].name,
			       rows[i].status, rows[i].has ? rows[i].has : "",
			       rows[i].has_not ? rows[i].has_not : "", got, has, has_not);
			failed++;
		}
		wv_buf_done(&body);
	}
	assert_int_equal(failed, 0);
}

/* The bytes of the two old charsets are theirs, beyond what their labels promise. */
static void test_charsets(void **state)
{
	static const unsigned char zhe[] = {0x86, 0xB4}; /* 喆: in GBK, not in GB 2312 */
	static const unsigned char taka[] = {0xFB, 0xFC}; /* 髙: in windows-31j only */
	struct room *room = *state;
	struct wv_buf body;

	assert_int_equal(ask(room, 5, "/html/2026-03/02/content_88012.htm", 0, &body), 200);
	assert_true(wv_slice_find(wv_buf_slice(&body), WV_LIT("charset=gb2312"), 0) != SIZE_MAX);
	assert_true(wv_slice_find(wv_buf_slice(&body), wv_slice(zhe, 2), 0) != SIZE_MAX);
	wv_buf_done(&body);
	assert_int_equal(ask(room, 8, "/kiji/20260302_kanzume.html", 0, &body), 200);
	assert_true(wv_slice_find(wv_buf_slice(&body), wv_slice(taka, 2), 0) != SIZE_MAX);
	wv_buf_done(&body);
}

static void test_busy_until_left_alone(void **state)
{
	struct room *room = *state;
	struct wv_buf body;

	assert_int_equal(ask(room, 9, "/busy/report", 24, &body), 429);
	wv_buf_done(&body);
	assert_int_equal(ask(room, 9, "/busy/report", 24, &body), 429);
	wv_buf_done(&body);
	assert_int_equal(ask(room, 9, "/busy/report", 25, &body), 200);
	wv_buf_done(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_article_at_every_hour),
		cmocka_unit_test(test_what_happens),
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_busy_until_left_alone),
	};

	return cmocka_run_group_tests_name("newsroom", tests, open_room, close_room);
}
