/* The plan and its tables together, against a scripted web and a clock that is turned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/url.h"
#include "tests/support/plan_rig.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S    WV_US_PER_S
#define HEAD "agent: {name: wirevault, contact: 'mailto:x@example.org'}\n"

static void ok(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)rig;
	(void)visit;
	(void)outcome;
}

static bool is_url(const struct wv_visit *visit, const char *url)
{
	return wv_slice_equals(visit->url, wv_slice_of(url));
}

static void redirect(struct wv_outcome *outcome, int32_t status, const char *to)
{
	outcome->status = status;
	outcome->location = wv_slice_of(to);
}

/* Runs and compares. */
static void run(struct wv_test_rig *rig, const char *name, const char *want)
{
	wv_test_rig_run(rig);
	row_text(name, wv_slice_of(wv_test_rig_log(rig)), want);
}

static void finish(struct wv_test_rig *rig)
{
	wv_test_rig_check_ledger(rig);
	wv_test_rig_close(rig);
	rows_end();
}

/* ---- listings and runs */

static void test_listings(void **state)
{
	static const char two[] = HEAD "sources:\n  - name: a\n    every: 15m\n    feeds: ['http://a.example/f.xml']\n"
				       "    sitemaps: off\n    seeds: ['http://a.example/', 'http://a.example/2']\n"
				       "  - name: b\n    feeds: off\n    sitemaps: off\n    seeds: ['http://b.example/']\n";
	static const char one[] = HEAD "sources:\n  - name: a\n    every: 5m\n    feeds: off\n    sitemaps: off\n"
				       "    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;
	struct wv_page_row row;

	(void)state;
	wv_test_rig_open(&rig, two, ok);
	wv_test_rig_run(&rig);
	row_int("all four", (long long)rig.visits - 2, 4); /* and two robots.txt */
	row_int("nothing more due", rig.done, WV_DONE_ALL);
	run(&rig, "at once again: only what has no pace", "page http://b.example/\n");
	wv_test_rig_turn(&rig, 14 * 60 * S);
	run(&rig, "14 minutes later: still", "page http://b.example/\n");
	wv_test_rig_turn(&rig, 120 * S);
	wv_test_rig_run(&rig);
	row_int("16 minutes later: all", (long long)rig.visits, 4);
	wv_test_rig_settings(&rig, one);
	wv_test_rig_turn(&rig, 6 * 60 * S);
	run(&rig, "a shorter pace counts at once; one that is named no more is a page to look at again",
	    "page http://a.example/\npage http://a.example/2\n");
	assert_true(wv_test_rig_page(&rig, "http://a.example/f.xml", &row));
	row_int("a feed that is named no more is idle", row.state, WV_PAGE_IDLE);
	assert_true(wv_test_rig_page(&rig, "http://b.example/", &row));
	row_int("a source that is gone keeps its pages", row.state, WV_PAGE_DUE);
	finish(&rig);
}

/* "At every run" is once for a killed run and the one that continues it. */
static void test_kill_continues(void **state)
{
	static const char yaml[] = HEAD "run: {max_time: 20m}\nsources:\n  - name: a\n    feeds: off\n    sitemaps: off\n"
					"    seeds: ['http://a.example/1', 'http://a.example/2', 'http://a.example/3']\n";
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, yaml, ok);
	rig.kill_after = 3; /* robots.txt and two pages */
	wv_test_rig_run(&rig);
	rig.kill_after = SIZE_MAX;
	wv_test_rig_run(&rig);
	row_int("the third alone", (long long)rig.visits, 1);
	wv_test_rig_run(&rig);
	row_int("the next run: all", (long long)rig.visits, 3);
	rig.kill_after = 1;
	wv_test_rig_run(&rig);
	rig.kill_after = SIZE_MAX;
	wv_test_rig_turn(&rig, 30 * 60 * S);
	wv_test_rig_run(&rig);
	row_int("after the bound of the killed one's time: all", (long long)rig.visits, 3);
	finish(&rig);
}

/* ---- redirects */

#define ONE HEAD "politeness: {delay: 1s}\nnetwork: {retries: 2}\nsources:\n  - name: a\n    feeds: off\n" \
		 "    sitemaps: off\n    scope: domain\n    revisit: {first: 30m, last: 30d}\n    seeds: ['http://a.example/']\n"

static void moving(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	if (is_url(visit, "http://a.example/"))
		redirect(outcome, 301, "https://www.a.example/");
	if (is_url(visit, "https://www.a.example/")) {
		row_int("the way here, the first time only", visit->chain_count, rig->user == NULL);
		rig->user = rig;
		wv_test_rig_link(rig, visit, "http://a.example/old", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/aside", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/away", WV_VISIT_PAGE, 0);
	}
	if (is_url(visit, "http://a.example/old"))
		redirect(outcome, 308, "http://a.example/new");
	if (is_url(visit, "http://a.example/aside"))
		redirect(outcome, 302, "http://a.example/there");
	if (is_url(visit, "http://a.example/away"))
		redirect(outcome, 302, "http://elsewhere.test/x");
}

static void test_redirects(void **state)
{
	struct wv_test_rig rig;
	struct wv_page_row row;
	const char *log;

	(void)state;
	wv_test_rig_open(&rig, ONE, moving);
	wv_test_rig_run(&rig);
	log = wv_test_rig_log(&rig);
	row_int("the seed's move is followed in the same slot",
	        strncmp(log, "page http://a.example/\npage https://www.a.example/\n", 50) == 0, 1);
	row_int("308 followed", strstr(log, "a.example/new\n") != NULL, 1);
	row_int("302 followed", strstr(log, "a.example/there\n") != NULL, 1);
	row_int("not out of the scope", strstr(log, "elsewhere") == NULL, 1);
	assert_true(wv_test_rig_page(&rig, "http://a.example/", &row));
	row_text("one page: the seed is where it moved to", row.url, "https://www.a.example/");
	row_int("visits of that page count once a slot", row.visits, 1);
	assert_true(wv_test_rig_page(&rig, "http://a.example/there", &row));
	row_int("the end of a 302 waits for its origin", row.state, WV_PAGE_IDLE);
	wv_test_rig_turn(&rig, 31 * 60 * S);
	wv_test_rig_run(&rig);
	log = wv_test_rig_log(&rig);
	row_int("301 is remembered", strstr(log, "http://a.example/\n") == NULL &&
	                                     strstr(log, "https://www.a.example/\n") != NULL, 1);
	row_int("308 is remembered: the old address rests", strstr(log, "/old") == NULL, 1);
	row_int("the new one is looked at", strstr(log, "/new") != NULL, 1);
	row_int("302 is not remembered", strstr(log, "/aside\n") != NULL && strstr(log, "/there\n") != NULL, 1);
	finish(&rig);
}

static void looping(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	static char to[64];

	(void)rig;
	if (is_url(visit, "http://a.example/")) {
		wv_test_rig_link(rig, visit, "http://a.example/x", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/long/0", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/self", WV_VISIT_PAGE, 0);
	}
	if (is_url(visit, "http://a.example/x"))
		redirect(outcome, 302, "http://a.example/y");
	if (is_url(visit, "http://a.example/y"))
		redirect(outcome, 302, "http://a.example/x");
	if (is_url(visit, "http://a.example/self"))
		redirect(outcome, 301, "http://a.example/self");
	if (wv_slice_find(visit->url, WV_LIT("/long/"), 0) != SIZE_MAX) {
		uint64_t n;

		assert_true(wv_slice_u64(wv_slice_from(visit->url, 22), &n));
		snprintf(to, sizeof to, "http://a.example/long/%u", (unsigned)n + 1);
		redirect(outcome, 302, to);
	}
}

static void test_redirect_loops(void **state)
{
	struct wv_test_rig rig;
	const char *log;

	(void)state;
	wv_test_rig_open(&rig, ONE, looping);
	wv_test_rig_run(&rig);
	log = wv_test_rig_log(&rig);
	row_int("ten hops", strstr(log, "/long/10\n") != NULL, 1);
	row_int("not eleven", strstr(log, "/long/11\n") == NULL, 1);
	row_int("x, y and no more: / + x + y + self + 11", (long long)rig.visits - 1, 15);
	finish(&rig);
}

/* http to https and back to another path of the same page, by 302: the next visit starts over. */
static void aside(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)rig;
	if (is_url(visit, "http://a.example/"))
		redirect(outcome, 302, "https://a.example/");
}

static void test_aside(void **state)
{
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, ONE, aside);
	run(&rig, "first", "page http://a.example/\npage https://a.example/\n");
	run(&rig, "second", "page http://a.example/\npage https://a.example/\n");
	finish(&rig);
}

/* ---- failures */

static void failing(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)rig;
	if (is_url(visit, "http://a.example/")) {
		wv_test_rig_link(rig, visit, "http://a.example/500", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/410", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/once", WV_VISIT_PAGE, 0);
	}
	if (is_url(visit, "http://a.example/500"))
		outcome->status = 500;
	if (is_url(visit, "http://a.example/410"))
		outcome->status = 410;
	if (is_url(visit, "http://a.example/once") && visit->attempt == 0) {
		outcome->result = WV_RESULT_CONNECT;
		outcome->status = 0;
	}
}

static void test_failures(void **state)
{
	struct wv_test_rig rig;
	struct wv_page_row row;
	const char *log;

	(void)state;
	wv_test_rig_open(&rig, ONE, failing);
	wv_test_rig_run(&rig);
	log = wv_test_rig_log(&rig);
	row_int("twice again", strstr(log, "/500 retry 2\n") != NULL, 1);
	row_int("not thrice", strstr(log, "/500 retry 3") == NULL, 1);
	row_int("once again was enough", strstr(log, "/once retry 1\n") != NULL && strstr(log, "/once retry 2") == NULL, 1);
	row_int("the run waited for them", rig.done, WV_DONE_ALL);
	assert_true(wv_test_rig_page(&rig, "http://a.example/500", &row));
	row_int("one slot done", row.visits, 1);
	row_int("one failure", row.failures, 1);
	assert_true(wv_test_rig_page(&rig, "http://a.example/410", &row));
	row_int("gone", row.state, WV_PAGE_GONE);
	wv_test_rig_turn(&rig, 40 * WV_US_PER_DAY);
	wv_test_rig_run(&rig);
	row_int("gone is not asked for", strstr(wv_test_rig_log(&rig), "/410") == NULL, 1);
	finish(&rig);
}

/* ---- robots */

static const char *robots_body;
static int32_t robots_status;

static void with_robots(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)rig;
	if (visit->kind == WV_VISIT_ROBOTS) {
		outcome->status = robots_status;
		if (robots_status == 0)
			outcome->result = WV_RESULT_CONNECT;
		outcome->robots_text = wv_slice_of(robots_body);
		if (robots_status == 302)
			redirect(outcome, 302, "http://a.example/other/robots");
		if (is_url(visit, "http://a.example/other/robots")) {
			outcome->status = 200;
			outcome->location = WV_SLICE_NONE;
		}
		return;
	}
	if (is_url(visit, "http://a.example/")) {
		wv_test_rig_link(rig, visit, "http://a.example/private/1", WV_VISIT_PAGE, 0);
		wv_test_rig_link(rig, visit, "http://a.example/free", WV_VISIT_PAGE, 0);
	}
}

static void test_robots(void **state)
{
	struct wv_test_rig rig;
	struct wv_page_row row;

	(void)state;
	robots_body = "user-agent: *\ndisallow: /private\n";
	robots_status = 200;
	wv_test_rig_open(&rig, ONE, with_robots);
	wv_test_rig_run(&rig);
	row_int("denied", strstr(wv_test_rig_log(&rig), "refused http://a.example/private/1\n") != NULL, 1);
	row_int("robots.txt once", (long long)rig.visits, 3);
	wv_test_rig_turn(&rig, 3600 * S);
	wv_test_rig_run(&rig);
	row_int("kept over runs", strstr(wv_test_rig_log(&rig), "private") == NULL && rig.visits == 2, 1);
	finish(&rig);

	robots_status = 0;
	wv_test_rig_open(&rig, ONE, with_robots);
	rig.patience_us = 30 * S;
	run(&rig, "cannot be had: closed", "refused http://a.example/\n");
	row_int("asked for once", (long long)rig.visits, 1);
	run(&rig, "not before its time", "");
	assert_true(wv_test_rig_page(&rig, "http://a.example/", &row));
	row_int("put off, the slot open", row.state == WV_PAGE_DUE && row.visits == 0, 1);
	wv_test_rig_turn(&rig, 120 * S);
	robots_status = 200;
	wv_test_rig_run(&rig);
	row_int("then it can", strstr(wv_test_rig_log(&rig), "page http://a.example/\n") != NULL, 1);
	robots_status = 0;
	wv_test_rig_turn(&rig, 2 * WV_US_PER_DAY);
	wv_test_rig_run(&rig);
	row_int("closed though an older copy exists",
	        strstr(wv_test_rig_log(&rig), "page ") == NULL &&
	                strstr(wv_test_rig_log(&rig), "refused http://a.example/\n") != NULL, 1);
	finish(&rig);

	robots_status = 302;
	wv_test_rig_open(&rig, ONE, with_robots);
	wv_test_rig_run(&rig);
	row_int("along a redirect", strstr(wv_test_rig_log(&rig), "refused http://a.example/private/1\n") != NULL, 1);
	finish(&rig);
}

/* ---- pages given by hand */

static void many_links(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)outcome;
	if (is_url(visit, "http://a.example/"))
		for (int i = 0; i < 20; i++) {
			char url[64];

			snprintf(url, sizeof url, "http://a.example/%d", i);
			/* higher numbers are younger */
			wv_test_rig_link(rig, visit, url, WV_VISIT_PAGE,
			                 wv_clock_now(rig->clock).us - (30 - i) * 3600 * S);
		}
	if (is_url(visit, "http://a.example/moved"))
		redirect(outcome, 302, "http://a.example/target");
}

static void test_only(void **state)
{
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, ONE, many_links);
	rig.max_pages = 3;
	wv_test_rig_run(&rig);
	row_int("a bound met with work left", rig.done, WV_DONE_MAX_PAGES);
	rig.max_pages = WV_UNBOUNDED;
	rig.only[0] = "http://a.example/moved";
	rig.only[1] = "http://a.example/19";
	rig.only_count = 2;
	wv_test_rig_run(&rig);
	row_int("these, and where they lead", (long long)rig.visits, 3);
	row_int("target", strstr(wv_test_rig_log(&rig), "/target\n") != NULL, 1);
	row_int("one that was asked before, anew", strstr(wv_test_rig_log(&rig), "/19\n") != NULL, 1);
	row_int("all done", rig.done, WV_DONE_ALL);
	rig.only_count = 0;
	wv_test_rig_run(&rig);
	row_int("the others are still due", (long long)rig.visits, 1 + 18);
	finish(&rig);
}

static void test_news_first(void **state)
{
	struct wv_test_rig rig;
	const char *log, *p;

	(void)state;
	wv_test_rig_open(&rig, ONE, many_links);
	rig.max_pages = 6;
	wv_test_rig_run(&rig);
	log = wv_test_rig_log(&rig);
	p = strstr(log, "http://a.example/19\n");
	row_int("the youngest among the first", p != NULL, 1);
	row_int("18 too", strstr(log, "/18\n") != NULL, 1);
	row_int("and the oldest: nothing starves", strstr(log, "/0\n") != NULL, 1);
	row_int("10 not yet", strstr(log, "/10\n") == NULL, 1);
	finish(&rig);
}

/* ---- bounds, holds, quiet hours */

static void test_bounds(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 1s, max_pages_per_host: 4}\nsources:\n  - name: a\n    feeds: off\n"
					"    sitemaps: off\n    scope: domain\n    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, yaml, many_links);
	wv_test_rig_run(&rig);
	row_int("four of the host", (long long)rig.visits - 1, 4);
	row_int("not the run's bound", rig.done, WV_DONE_ALL);
	wv_test_rig_run(&rig);
	row_int("four more the next time", (long long)rig.visits, 4);
	rig.run_us = 2500 * WV_US_PER_MS;
	wv_test_rig_settings(&rig, ONE);
	wv_test_rig_run(&rig);
	row_int("time is over with work left", rig.done == WV_DONE_TIME || rig.done == WV_DONE_PATIENCE, 1);
	row_int("what fits", rig.visits >= 1 && rig.visits <= 3, 1);
	finish(&rig);
}

static void holding(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	many_links(rig, visit, outcome);
	if (is_url(visit, "http://a.example/19") && !rig->user) {
		rig->user = rig;
		outcome->status = 503;
		outcome->retry_after_us = 3600 * S;
	}
}

static void test_patience(void **state)
{
	struct wv_test_rig rig;
	uint64_t asked;

	(void)state;
	wv_test_rig_open(&rig, ONE, holding);
	rig.patience_us = 60 * S;
	wv_test_rig_run(&rig);
	asked = rig.visits;
	row_int("it does not sit there for an hour", rig.done, WV_DONE_PATIENCE);
	wv_test_rig_run(&rig);
	row_int("nor does the next run forget", (long long)rig.visits, 0);
	wv_test_rig_turn(&rig, 3601 * S);
	wv_test_rig_run(&rig);
	row_int("an hour later all others", rig.visits + asked >= 21, 1);
	finish(&rig);
}

static void test_quiet_hours(void **state)
{
	/* The clock starts at midnight UTC. */
	static const char yaml[] = HEAD "politeness: {delay: 1s, quiet_hours: '22:00-00:05 UTC'}\nsources:\n  - name: a\n"
					"    feeds: off\n    sitemaps: off\n    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, yaml, ok);
	rig.patience_us = 60 * S;
	run(&rig, "quiet", "");
	row_int("put off", rig.done, WV_DONE_PATIENCE);
	rig.patience_us = 600 * S;
	run(&rig, "waited for", "page http://a.example/\n");
	row_int("until five past", wv_clock_now(rig.clock).us - INT64_C(1717545600) * S >= 300 * S, 1);
	finish(&rig);
}

static void forbidding(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	many_links(rig, visit, outcome);
	if (!is_url(visit, "http://a.example/") && visit->kind == WV_VISIT_PAGE)
		outcome->status = 403;
}

static void test_forbidden_burst(void **state)
{
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, ONE, forbidding);
	wv_test_rig_run(&rig);
	row_int("ten 403s, then no more", (long long)rig.visits, 1 + 1 + 10);
	wv_test_rig_turn(&rig, 3600 * S);
	run(&rig, "an hour later: suspended", "");
	wv_test_rig_turn(&rig, 6 * 3600 * S);
	wv_test_rig_run(&rig);
	row_int("six hours later: again", rig.visits > 0, 1);
	finish(&rig);
}

/* ---- turns */

static void test_turns_by_address(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 10s, hosts_by: ip}\nsources:\n  - name: a\n    feeds: off\n    sitemaps: off\n"
					"    seeds: ['http://a.example/', 'http://b.example/', 'http://c.example/']\n";
	struct wv_test_rig rig;
	int64_t start;

	(void)state;
	wv_test_rig_open(&rig, yaml, ok);
	rig.address = "192.0.2.1";
	start = wv_clock_mono(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("three pages, three robots.txt", (long long)rig.visits, 6);
	row_int("one after another", wv_clock_mono(rig.clock).us - start >= 50 * S, 1);
	finish(&rig);
	wv_test_rig_open(&rig, yaml, ok);
	rig.address = "";
	start = wv_clock_mono(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("no address: each host its own turn", wv_clock_mono(rig.clock).us - start < 20 * S, 1);
	finish(&rig);
}

static void test_turns_by_domain(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 10s, hosts_by: %s}\nsources:\n  - name: a\n    feeds: off\n    sitemaps: off\n"
					"    seeds: ['http://w1.a.example/', 'http://w2.a.example/']\n";
	static const struct {
		const char *by;
		bool is_slow;
	} rows[] = {{"domain", true}, {"host", false}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_test_rig rig;
		char text[512];
		int64_t start;

		snprintf(text, sizeof text, yaml, rows[i].by);
		wv_test_rig_open(&rig, text, ok);
		start = wv_clock_mono(rig.clock).us;
		wv_test_rig_run(&rig);
		row_int(rows[i].by, wv_clock_mono(rig.clock).us - start >= 30 * S, rows[i].is_slow);
		row_int(rows[i].by, (long long)rig.visits, 4);
		wv_test_rig_check_ledger(&rig);
		wv_test_rig_close(&rig);
	}
	rows_end();
}

static void crawl_delay(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	many_links(rig, visit, outcome);
	if (visit->kind == WV_VISIT_ROBOTS) {
		outcome->status = 200;
		outcome->robots_text = WV_LIT("user-agent: *\ncrawl-delay: 20\n");
	}
}

static void test_crawl_delay(void **state)
{
	struct wv_test_rig rig;
	int64_t start;

	(void)state;
	wv_test_rig_open(&rig, ONE, crawl_delay);
	rig.max_pages = 3;
	start = wv_clock_mono(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("also after robots.txt itself", wv_clock_mono(rig.clock).us - start >= 60 * S, 1);
	start = wv_clock_mono(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("known in the next run", wv_clock_mono(rig.clock).us - start >= 60 * S, 1);
	finish(&rig);
}

static void long_crawl_delay(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	many_links(rig, visit, outcome);
	if (visit->kind == WV_VISIT_ROBOTS) {
		outcome->status = 200;
		outcome->robots_text = WV_LIT("user-agent: *\ncrawl-delay: 120\n");
	}
}

/* Two minutes between requests: a run of twenty makes nine, not one because it lost patience. */
static void test_long_crawl_delay(void **state)
{
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, ONE, long_crawl_delay);
	rig.patience_us = 45 * S;
	rig.delay_patience_us = 300 * S;
	rig.run_us = 1200 * S;
	wv_test_rig_run(&rig);
	row_int("robots.txt and then one every two minutes", rig.visits >= 9 && rig.visits <= 10, 1);
	row_int("with work left", rig.done, WV_DONE_TIME);
	rig.delay_patience_us = 0;
	wv_test_rig_run(&rig);
	row_int("without that patience", rig.done, WV_DONE_PATIENCE);
	finish(&rig);
}

struct hops {
	uint64_t hash[8];
	size_t n;
};

static void moved_robots(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	struct hops *hops = rig->user;

	if (visit->kind != WV_VISIT_ROBOTS)
		return;
	if (hops->n < WV_COUNT(hops->hash))
		hops->hash[hops->n++] = visit->slot_hash;
	if (visit->chain_count < 3)
		redirect(outcome, 302, visit->chain_count == 0   ? "http://a.example/r1"
				       : visit->chain_count == 1 ? "http://a.example/r2"
								 : "http://a.example/r3");
	else
		outcome->status = 404;
}

/* A hop of robots.txt may set out before the one before it is committed: they are not one slot. */
static void test_robots_hops(void **state)
{
	struct wv_test_rig rig;
	struct hops hops = {.n = 0};

	(void)state;
	wv_test_rig_open(&rig, ONE, moved_robots);
	rig.user = &hops;
	wv_test_rig_run(&rig);
	row_int("four hops", (long long)hops.n, 4);
	for (size_t i = 0; i < hops.n; i++)
		for (size_t k = i + 1; k < hops.n; k++)
			row_int("two hops, two slots", hops.hash[i] != hops.hash[k], 1);
	finish(&rig);
}

/* ---- feeds say that a page changed */

static void updating(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)outcome;
	if (visit->kind == WV_VISIT_FEED)
		wv_test_rig_link(rig, visit, "http://a.example/story", WV_VISIT_PAGE, *(int64_t *)rig->user);
}

static void test_lastmod(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 1s}\nsources:\n  - name: a\n    sitemaps: off\n    revisit: {first: 1d, last: 30d}\n"
					"    feeds: ['http://a.example/f.xml']\n    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;
	int64_t lastmod;

	(void)state;
	wv_test_rig_open(&rig, yaml, updating);
	rig.user = &lastmod;
	lastmod = wv_clock_now(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("new", strstr(wv_test_rig_log(&rig), "/story\n") != NULL, 1);
	wv_test_rig_turn(&rig, 3600 * S);
	wv_test_rig_run(&rig);
	row_int("as before", strstr(wv_test_rig_log(&rig), "/story\n") == NULL, 1);
	wv_test_rig_turn(&rig, 3600 * S);
	lastmod = wv_clock_now(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("changed since", strstr(wv_test_rig_log(&rig), "/story\n") != NULL, 1);
	lastmod = wv_clock_now(rig.clock).us + WV_US_PER_DAY;
	wv_test_rig_run(&rig);
	row_int("a lastmod of tomorrow says nothing", strstr(wv_test_rig_log(&rig), "/story\n") == NULL, 1);
	finish(&rig);
}

/* An index of two sitemaps, one of which says when it changed. */
static void indexing(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)outcome;
	if (!is_url(visit, "http://a.example/index.xml"))
		return;
	wv_test_rig_link(rig, visit, "http://a.example/dated.xml", WV_VISIT_SITEMAP, *(int64_t *)rig->user);
	rig->found[rig->found_count - 1].via = WV_VIA_SITEMAP;
	wv_test_rig_link(rig, visit, "http://a.example/plain.xml", WV_VISIT_SITEMAP, 0);
	rig->found[rig->found_count - 1].via = WV_VIA_SITEMAP;
	rig->found[rig->found_count - 1].published = WV_TIME_NONE;
}

static void test_sitemap_index(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 1s}\nsources:\n  - name: a\n    feeds: off\n    revisit: {first: 10d, last: 30d}\n"
					"    sitemaps: ['http://a.example/index.xml']\n    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;
	int64_t lastmod;

	(void)state;
	wv_test_rig_open(&rig, yaml, indexing);
	rig.user = &lastmod;
	lastmod = wv_clock_now(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("both are asked for", strstr(wv_test_rig_log(&rig), "/dated.xml\n") &&
	        strstr(wv_test_rig_log(&rig), "/plain.xml\n"), 1);
	wv_test_rig_turn(&rig, 3600 * S);
	wv_test_rig_run(&rig);
	row_int("one that says nothing is polled", strstr(wv_test_rig_log(&rig), "/plain.xml\n") != NULL, 1);
	row_int("one whose lastmod stands is not", strstr(wv_test_rig_log(&rig), "/dated.xml\n") == NULL, 1);
	wv_test_rig_turn(&rig, 3600 * S);
	lastmod = wv_clock_now(rig.clock).us;
	wv_test_rig_run(&rig);
	row_int("it changed", strstr(wv_test_rig_log(&rig), "/dated.xml\n") != NULL, 1);
	finish(&rig);
}

/* A feed that says it is gone for good is asked again after a day, not at every run. */
static void gone_feed(struct wv_test_rig *rig, const struct wv_visit *visit, struct wv_outcome *outcome)
{
	(void)rig;
	if (visit->kind == WV_VISIT_FEED)
		outcome->status = 410;
}

static void test_gone_listing(void **state)
{
	static const char yaml[] = HEAD "politeness: {delay: 1s}\nsources:\n  - name: a\n    sitemaps: off\n"
					"    feeds: ['http://a.example/f.xml']\n";
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, yaml, gone_feed);
	run(&rig, "first", "feed http://a.example/f.xml\n");
	wv_test_rig_turn(&rig, 3600 * S);
	run(&rig, "an hour later", "");
	wv_test_rig_turn(&rig, 24 * 3600 * S);
	run(&rig, "a day later", "feed http://a.example/f.xml\n");
	finish(&rig);
}

/* Settings that exclude what is known already. */
static void test_new_exclude(void **state)
{
	static const char narrow[] = HEAD "politeness: {delay: 1s}\nsources:\n  - name: a\n    feeds: off\n    sitemaps: off\n    scope: domain\n"
					  "    exclude: ['*/1*']\n    seeds: ['http://a.example/']\n";
	struct wv_test_rig rig;

	(void)state;
	wv_test_rig_open(&rig, ONE, many_links);
	rig.max_pages = 1;
	wv_test_rig_run(&rig);
	rig.max_pages = WV_UNBOUNDED;
	wv_test_rig_settings(&rig, narrow);
	wv_test_rig_run(&rig);
	row_int("refused: 1 and 10 to 19", (long long)rig.refusals, 11);
	row_int("the seed and nine others", (long long)rig.visits, 10);
	run(&rig, "for good", "page http://a.example/\n");
	finish(&rig);
}

/* ---- why */

static void why(struct wv_test_rig *rig, const char *url, const char *want)
{
	struct wv_txn *txn = NULL;
	struct wv_url parsed;
	struct wv_why w;

	wv_arena_reset(rig->arena);
	assert_int_equal(wv_url_parse(rig->arena, wv_slice_of(url), NULL, &parsed, NULL), WV_OK);
	assert_int_equal(wv_txn_begin_read(rig->db, &txn, NULL), WV_OK);
	assert_int_equal(wv_why_look_up(txn, wv_settings_get(rig->file), rig->arena, &parsed,
	                                wv_clock_now(rig->clock), 10, &w, NULL),
	                 WV_OK);
	wv_txn_abort(&txn);
	if (!wv_slice_starts(w.verdict, wv_slice_of(want)))
		row_text(url, w.verdict, want);
}

static void test_why(void **state)
{
	struct wv_test_rig rig;

	(void)state;
	robots_body = "user-agent: *\ndisallow: /private\n";
	robots_status = 200;
	wv_test_rig_open(&rig, ONE, with_robots);
	why(&rig, "http://a.example/free", "unknown: no page");
	wv_test_rig_run(&rig);
	why(&rig, "http://a.example/free", "fetched: due again at 2024-06-05T00:30:0");
	why(&rig, "http://a.example/private/1", "refused: robots.txt line 2 says 'Disallow: /private'");
	why(&rig, "http://a.example/private/2", "refused: robots.txt line 2 says 'Disallow: /private'");
	why(&rig, "http://elsewhere.test/", "skipped: out of scope");
	why(&rig, "http://a.example/", "waiting: looked at in every run");
	wv_test_rig_turn(&rig, 3600 * S);
	why(&rig, "http://a.example/free", "waiting: due now");
	finish(&rig);
}

/* ---- many */

static void test_many_known(void **state)
{
	enum { PAGES = 100000, HOSTS = 1000, BATCH = 1000 };
	struct wv_test_rig rig;
	struct wv_frontier_options options = {0};
	struct wv_frontier *frontier = NULL;
	struct wv_change change;
	struct wv_txn *txn = NULL;
	uint64_t known, due;

	(void)state;
	wv_test_rig_open(&rig, HEAD "politeness: {delay: 0s}\nsources:\n  - name: a\n    feeds: off\n    sitemaps: off\n"
	                            "    scope: prefix\n    seeds: ['http://h0.example/']\n", ok);
	wv_change_init(&change);
	options.settings = wv_settings_get(rig.file);
	options.clock = rig.clock;
	assert_int_equal(wv_frontier_open(rig.db, &options, &frontier, NULL), WV_OK);
	for (int i = 0; i < PAGES; i += BATCH) {
		static char texts[BATCH][96];
		struct wv_found found[BATCH];

		for (int k = 0; k < BATCH; k++) {
			int host = (i + k) % HOSTS;
			int n = snprintf(texts[k], sizeof texts[k], "http://h%d.example/p/%d", host, i + k);

			found[k] = (struct wv_found){.url = wv_slice(texts[k], (size_t)n),
			                             .page_key = wv_slice(texts[k] + 7, (size_t)n - 7),
			                             .host = wv_slice_of("x"),
			                             .via = WV_VIA_HAND,
			                             .published = WV_TIME_NONE};
		}
		assert_int_equal(wv_txn_begin_write(rig.db, &txn, NULL), WV_OK);
		assert_int_equal(wv_frontier_add(frontier, txn, found, BATCH, &change, NULL), WV_OK);
		row_int("all new", change.pages_new, BATCH);
		assert_int_equal(wv_frontier_add(frontier, txn, found, BATCH, &change, NULL), WV_OK);
		row_int("known now", change.pages_new, 0);
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	}
	assert_int_equal(wv_txn_begin_read(rig.db, &txn, NULL), WV_OK);
	assert_int_equal(wv_frontier_count(txn, &known, &due, NULL), WV_OK);
	wv_txn_abort(&txn);
	row_int("known", (long long)known, PAGES + 1);
	row_int("due", (long long)due, PAGES + 1);
	wv_change_done(&change);
	wv_frontier_free(&frontier);
	rig.max_pages = 5000;
	wv_test_rig_run(&rig);
	row_int("bound", rig.done, WV_DONE_MAX_PAGES);
	/* Fair: 5,000 visits of 1,000 hosts, none left out. */
	for (int host = 0; host < HOSTS; host++) {
		char needle[40];

		snprintf(needle, sizeof needle, "page http://h%d.example/p/", host);
		row_int(needle, strstr(wv_test_rig_log(&rig), needle) != NULL, 1);
	}
	finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listings),
		cmocka_unit_test(test_kill_continues),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_redirect_loops),
		cmocka_unit_test(test_aside),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_robots),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_news_first),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_quiet_hours),
		cmocka_unit_test(test_forbidden_burst),
		cmocka_unit_test(test_turns_by_address),
		cmocka_unit_test(test_turns_by_domain),
		cmocka_unit_test(test_crawl_delay),
		cmocka_unit_test(test_long_crawl_delay),
		cmocka_unit_test(test_robots_hops),
		cmocka_unit_test(test_lastmod),
		cmocka_unit_test(test_sitemap_index),
		cmocka_unit_test(test_gone_listing),
		cmocka_unit_test(test_new_exclude),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_many_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
