/* When a page is looked at again. */
#include "crawler/plan/schedule.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S    WV_US_PER_S
#define MIN  (60 * S)
#define HOUR (60 * MIN)
#define DAY  WV_US_PER_DAY

static const struct wv_source paced = {.every_us = 15 * MIN, .revisit_first_us = 30 * MIN,
                                       .revisit_last_us = 30 * DAY};
static const struct wv_source at_runs = {.revisit_first_us = 30 * MIN, .revisit_last_us = 30 * DAY};

enum who { ARTICLE, LISTING, SITEMAP, LISTING_AT_RUNS, FOLLOWER, REQUISITE };

static const struct row {
	const char *name;
	enum who who;
	enum wv_result result;
	int32_t status;
	bool is_unchanged, has_location;
	int64_t interval_us;
	uint32_t failures;
	int64_t hold_us; /* the turn is held so long; 0: free */
	enum wv_schedule_when when;
	int64_t after_us, next_interval_us;
	uint32_t next_failures;
	bool is_gone;
} rows[] = {
	{"first look", ARTICLE, 0, 200, false, false, 0, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"first look, though it says unchanged", ARTICLE, 0, 200, true, false, 0, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"unchanged: twice as long", ARTICLE, 0, 304, true, false, 30 * MIN, 0, 0, WV_WHEN_AT, HOUR, HOUR, 0, false},
	{"unchanged again", ARTICLE, 0, 200, true, false, 16 * DAY, 0, 0, WV_WHEN_AT, 30 * DAY, 30 * DAY, 0, false},
	{"unchanged at the last", ARTICLE, 0, 304, true, false, 30 * DAY, 0, 0, WV_WHEN_AT, 30 * DAY, 30 * DAY, 0, false},
	{"changed: from the start", ARTICLE, 0, 200, false, false, 8 * DAY, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"cut off: as changed", ARTICLE, WV_RESULT_TRUNCATED, 200, false, false, HOUR, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"404 first", ARTICLE, 0, 404, false, false, HOUR, 0, 0, WV_WHEN_AT, HOUR, 0, 1, false},
	{"404 second", ARTICLE, 0, 404, false, false, 0, 1, 0, WV_WHEN_AT, 6 * HOUR, 0, 2, false},
	{"404 third", ARTICLE, 0, 404, false, false, 0, 2, 0, WV_WHEN_AT, DAY, 0, 3, false},
	{"404 fourth", ARTICLE, 0, 404, false, false, 0, 3, 0, WV_WHEN_AT, 7 * DAY, 0, 4, false},
	{"404 fifth", ARTICLE, 0, 404, false, false, 0, 4, 0, WV_WHEN_AT, 30 * DAY, 0, 5, false},
	{"404 sixth: gone", ARTICLE, 0, 404, false, false, 0, 5, 0, WV_WHEN_NEVER, 0, 0, 6, true},
	{"410: gone", ARTICLE, 0, 410, false, false, HOUR, 0, 0, WV_WHEN_NEVER, 0, 0, 0, true},
	{"back after 404s", ARTICLE, 0, 200, false, false, 0, 4, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"403", ARTICLE, 0, 403, false, false, HOUR, 0, 0, WV_WHEN_AT, DAY, HOUR, 1, false},
	{"403 again", ARTICLE, 0, 403, false, false, HOUR, 3, 0, WV_WHEN_AT, 8 * DAY, HOUR, 4, false},
	{"401", ARTICLE, 0, 401, false, false, 0, 0, 0, WV_WHEN_AT, DAY, 0, 1, false},
	{"451", ARTICLE, 0, 451, false, false, 0, 9, 0, WV_WHEN_AT, 30 * DAY, 0, 10, false},
	{"500", ARTICLE, 0, 500, false, false, 0, 0, 0, WV_WHEN_AT, 10 * MIN, 0, 1, false},
	{"500 for long", ARTICLE, 0, 500, false, false, 0, 60, 0, WV_WHEN_AT, DAY, 0, 61, false},
	{"503 with a hold", ARTICLE, 0, 503, false, false, 0, 0, 3 * HOUR, WV_WHEN_AT, 3 * HOUR, 0, 1, false},
	{"429 with a hold", ARTICLE, 0, 429, false, false, 0, 0, MIN, WV_WHEN_AT, MIN, 0, 1, false},
	{"503 without", ARTICLE, 0, 503, false, false, 0, 1, 0, WV_WHEN_AT, 20 * MIN, 0, 2, false},
	{"no answer", ARTICLE, WV_RESULT_TIMEOUT, 0, false, false, HOUR, 0, 0, WV_WHEN_AT, 10 * MIN, HOUR, 1, false},
	{"no answer, third", ARTICLE, WV_RESULT_DNS, 0, false, false, HOUR, 2, 0, WV_WHEN_AT, 40 * MIN, HOUR, 3, false},
	{"our guard", ARTICLE, WV_RESULT_GUARD, 0, false, false, 0, 0, 0, WV_WHEN_AT, DAY, 0, 1, false},
	{"moved for good", ARTICLE, 0, 301, false, true, HOUR, 0, 0, WV_WHEN_AT, 30 * DAY, 30 * DAY, 0, false},
	{"308", ARTICLE, 0, 308, false, true, HOUR, 0, 0, WV_WHEN_AT, 30 * DAY, 30 * DAY, 0, false},
	{"moved for now", ARTICLE, 0, 302, false, true, HOUR, 0, 0, WV_WHEN_AT, 2 * HOUR, 2 * HOUR, 0, false},
	{"301 without a place", ARTICLE, 0, 301, false, false, 0, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"listing", LISTING, 0, 200, false, false, 0, 0, 0, WV_WHEN_AT, 15 * MIN, 0, 0, false},
	{"listing, unchanged", LISTING, 0, 304, true, false, 0, 0, 0, WV_WHEN_AT, 15 * MIN, 0, 0, false},
	{"listing, 404: as often as ever", LISTING, 0, 404, false, false, 0, 0, 0, WV_WHEN_AT, 15 * MIN, 0, 1, false},
	{"listing, 404 for the fourth time", LISTING, 0, 404, false, false, 0, 3, 0, WV_WHEN_AT, 15 * MIN, 0, 4, false},
	{"listing, 404 for the fifth time", LISTING, 0, 404, false, false, 0, 4, 0, WV_WHEN_AT, 30 * MIN, 0, 5, false},
	{"listing, 404 for the sixth time: not gone", LISTING, 0, 404, false, false, 0, 5, 0, WV_WHEN_AT, HOUR, 0, 6, false},
	{"listing, 404 for months", LISTING, 0, 404, false, false, 0, 1000, 0, WV_WHEN_AT, 6 * HOUR, 0, 1001, false},
	{"listing, 403 for days", LISTING, 0, 403, false, false, 0, 20, 0, WV_WHEN_AT, 6 * HOUR, 0, 21, false},
	{"listing at every run, 404", LISTING_AT_RUNS, 0, 404, false, false, 0, 0, 0, WV_WHEN_NEXT_RUN, 0, 0, 1, false},
	{"listing at every run, 404 for the fifth time", LISTING_AT_RUNS, 0, 404, false, false, 0, 4, 0, WV_WHEN_AT, 10 * MIN, 0, 5, false},
	{"listing, no answer", LISTING, WV_RESULT_CONNECT, 0, false, false, 0, 5, 0, WV_WHEN_AT, 15 * MIN, 0, 6, false},
	{"listing, 410", LISTING, 0, 410, false, false, 0, 0, 0, WV_WHEN_NEVER, 0, 0, 0, true},
	{"listing, 503 and a longer hold", LISTING, 0, 503, false, false, 0, 0, HOUR, WV_WHEN_AT, HOUR, 0, 1, false},
	{"listing, 503 and a shorter hold", LISTING, 0, 503, false, false, 0, 0, MIN, WV_WHEN_AT, 15 * MIN, 0, 1, false},
	{"sitemap, changed", SITEMAP, 0, 200, false, false, 2 * HOUR, 0, 0, WV_WHEN_AT, 15 * MIN, 15 * MIN, 0, false},
	{"sitemap, unchanged: twice as long", SITEMAP, 0, 200, true, false, 15 * MIN, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"sitemap, first look unchanged", SITEMAP, 0, 304, true, false, 0, 0, 0, WV_WHEN_AT, 30 * MIN, 30 * MIN, 0, false},
	{"sitemap, unchanged at the last", SITEMAP, 0, 304, true, false, 2 * HOUR, 0, 0, WV_WHEN_AT, 2 * HOUR, 2 * HOUR, 0, false},
	{"listing at every run", LISTING_AT_RUNS, 0, 200, false, false, 0, 0, 0, WV_WHEN_NEXT_RUN, 0, 0, 0, false},
	{"follower: with its origin only", FOLLOWER, 0, 200, false, false, 0, 0, 0, WV_WHEN_NEVER, 0, 30 * MIN, 0, false},
	{"follower, 404: on its own", FOLLOWER, 0, 404, false, false, 0, 0, 0, WV_WHEN_AT, HOUR, 0, 1, false},
	{"requisite: once", REQUISITE, 0, 200, false, false, 0, 0, 0, WV_WHEN_NEVER, 0, 0, 0, false},
	{"requisite, no answer: again", REQUISITE, WV_RESULT_TIMEOUT, 0, false, false, 0, 0, 0, WV_WHEN_AT, 10 * MIN, 0, 1, false},
};

static void test_rows(void **state)
{
	const struct wv_time now = {INT64_C(1700000000) * S};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct wv_outcome outcome = WV_OUTCOME_NONE;
		struct wv_schedule_facts facts = {
			.source = r->who == LISTING_AT_RUNS ? &at_runs : &paced,
			.kind = r->who == REQUISITE ? WV_VISIT_REQUISITE
				: r->who == SITEMAP ? WV_VISIT_SITEMAP
						    : WV_VISIT_PAGE,
			.is_listing = r->who == LISTING || r->who == SITEMAP || r->who == LISTING_AT_RUNS,
			.is_follower = r->who == FOLLOWER,
			.interval_us = r->interval_us,
			.failures = r->failures,
			.turn_free = r->hold_us ? (struct wv_time){now.us + r->hold_us} : WV_TIME_NONE,
		};
		struct wv_schedule s;

		outcome.result = r->result;
		outcome.status = r->status;
		outcome.ended_at = now;
		outcome.is_unchanged = r->is_unchanged;
		if (r->has_location)
			outcome.location = WV_LIT("http://h/x");
		s = wv_schedule_next(&facts, &outcome);
		row_int(r->name, s.when, r->when);
		if (r->when == WV_WHEN_AT)
			row_int(r->name, s.at.us - now.us, r->after_us);
		row_int(r->name, s.failures, r->next_failures);
		row_int(r->name, s.is_gone, r->is_gone);
		if (!facts.is_listing || r->who == SITEMAP)
			row_int(r->name, s.interval_us, r->next_interval_us);
	}
	rows_end();
}

static void test_gone_by_its_own_word(void **state)
{
	struct wv_schedule_facts facts = {.source = &paced, .turn_free = WV_TIME_NONE};
	struct wv_outcome outcome = WV_OUTCOME_NONE;

	(void)state;
	outcome.status = 200;
	outcome.is_gone_for_good = true;
	assert_true(wv_schedule_next(&facts, &outcome).is_gone);
}

/* A page that is another's variant or repeats its text is hardly looked at again. */
static void test_stand_ins(void **state)
{
	struct wv_schedule_facts facts = {.source = &paced, .turn_free = WV_TIME_NONE, .is_repeat = true};
	struct wv_outcome outcome = WV_OUTCOME_NONE;

	(void)state;
	outcome.status = 200;
	row_int("a repeat", wv_schedule_next(&facts, &outcome).interval_us, 30 * DAY);
	facts.is_repeat = false;
	outcome.is_variant = true;
	row_int("a variant", wv_schedule_next(&facts, &outcome).interval_us, 30 * DAY);
	facts.is_listing = true;
	row_int("not a listing", wv_schedule_next(&facts, &outcome).at.us - outcome.ended_at.us, 15 * MIN);
	rows_end();
}

static void test_market(void **state)
{
	static const struct wv_source shanghai = {
		.market = {true, WV_LIT_INIT("SSE"), 5 * MIN, 2 * HOUR}};
	static const struct {
		const char *name, *at;
		int64_t us;
	} looks[] = {
		{"in trading hours", "2026-03-02T10:00:00+08:00", 5 * MIN},
		{"at lunch, until it opens again", "2026-03-02T11:40:00+08:00", 80 * MIN},
		{"in the evening", "2026-03-02T18:00:00+08:00", 2 * HOUR},
		{"in the morning, just before", "2026-03-02T09:29:00+08:00", MIN},
		{"over the holidays", "2026-02-18T10:00:00+08:00", 2 * HOUR},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(looks); i++) {
		struct wv_time_range t;

		assert_int_equal(wv_time_parse(wv_slice_of(looks[i].at), (struct wv_time){0}, &t, NULL),
		                 WV_OK);
		row_int(looks[i].name, wv_schedule_listing_us(&shanghai, t.first), looks[i].us);
	}
	row_int("without a market", wv_schedule_listing_us(&paced, (struct wv_time){0}), 15 * MIN);
	row_int("at every run", wv_schedule_listing_us(&at_runs, (struct wv_time){0}), 0);
	rows_end();
}

static void test_retry(void **state)
{
	(void)state;
	row_int("first", wv_schedule_retry_us(0), 1 * S);
	row_int("second", wv_schedule_retry_us(1), 4 * S);
	row_int("tenth", wv_schedule_retry_us(9), 60 * S);
	rows_end();
}

static void test_rank(void **state)
{
	const struct wv_time found = {INT64_C(1700000000) * S};
	int64_t last = found.us + 1;

	(void)state;
	row_int("no time of its own", wv_schedule_rank(found, WV_TIME_NONE).us, found.us);
	row_int("of the future", wv_schedule_rank(found, (struct wv_time){found.us + DAY}).us, found.us);
	for (int64_t age = 0; age < 40 * 365; age++) {
		struct wv_time rank = wv_schedule_rank(found, (struct wv_time){found.us - age * DAY});

		row_int("the older the later", rank.us < last, 1);
		row_int("never a day back", rank.us > found.us - DAY, 1);
		last = rank.us;
	}
	row_int("before all time", wv_schedule_rank(found, (struct wv_time){INT64_MIN + 1}).us >= found.us - DAY, 1);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_gone_by_its_own_word),
		cmocka_unit_test(test_stand_ins),
		cmocka_unit_test(test_market),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
