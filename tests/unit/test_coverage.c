/* What is learned of a source, and which alarms sound. */
#include <math.h>

#include "crawler/plan/coverage.h"
#include "tests/support/random.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define S    WV_US_PER_S
#define MIN  (60 * S)
#define HOUR (60 * MIN)
#define DAY  WV_US_PER_DAY
#define WEEK (7 * DAY)
/* Monday, 2 March 2026, 00:00 UTC. */
#define START (INT64_C(1772409600) * S)

/* ---- sources that publish by the clock of a newsroom */

struct source {
	const char *name;
	double weekday_day, weekday_night,
		weekend; /* news an hour: 7 to 21 h, else, Saturday and Sunday */
	int look_minutes;
};

static double rate_at(const struct source *s, int64_t us)
{
	int64_t into = (us - START) % WEEK;
	int day = (int)(into / DAY), hour = (int)(into % DAY / HOUR);

	if (day >= 5)
		return s->weekend;
	return hour >= 7 && hour < 21 ? s->weekday_day : s->weekday_night;
}

/* News of one look: by a Poisson process. */
static unsigned news_in(const struct source *s, int64_t us, struct wv_random *random)
{
	double chance = rate_at(s, us) * s->look_minutes / 60.0, limit = exp(-chance), p = 1;
	unsigned n = 0;

	while ((p *= (double)(wv_random_next(random) >> 11) / 9007199254740992.0) > limit)
		n++;
	return n;
}

static bool is_silent(const struct wv_coverage *c, int64_t us)
{
	struct wv_coverage_facts facts = {
		.coverage = c, .suspended_until = WV_TIME_NONE, .now = {us}};

	return wv_coverage_alarms(&facts) & 1u << WV_ALARM_SILENT;
}

/*
 * Half a year, every look, to a Wednesday noon; a working day in four weeks is a holiday, on which
 * an alarm is right once. Other alarms are false: two in half a year at most. Then the source falls
 * silent, and within two expected intervals and one look the alarm sounds.
 */
static void test_cadence(void **state)
{
	static const struct source sources[] = {
		{"an agency", 20, 5, 4, 5},
		{"a daily paper", 3, .5, .8, 15},
		{"an office with weekends", 1.2, 0, 0, 30},
		{"a weekly letter", .02, 0, 0, 60},
		{"round the clock", 2, 2, 2, 15},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(sources); i++) {
		const struct source *s = &sources[i];
		struct wv_random random = {7 + i};
		struct wv_coverage c;
		int64_t us = START, end = START + 26 * WEEK + 2 * DAY + 12 * HOUR, expected, since;
		unsigned alarms = 0, on_holidays = 0;
		int64_t last_holiday = 0;
		bool was = false;

		wv_coverage_init(&c, (struct wv_time){us});
		for (; us < end; us += s->look_minutes * MIN) {
			int64_t week = (us - START) / WEEK, day = (us - START) % WEEK / DAY;
			bool is_holiday = week > 0 && week % 4 == 0 && day == week * 3 % 5;
			unsigned n = is_holiday ? 0 : news_in(s, us, &random);

			c.looked.us = us;
			for (unsigned k = 0; k < n; k++)
				wv_coverage_note_news(&c, (struct wv_time){us});
			if (is_holiday)
				last_holiday = us;
			if (is_silent(&c, us) && !was) {
				if (us - last_holiday < DAY)
					on_holidays++;
				else
					alarms++;
			}
			was = is_silent(&c, us);
		}
		if (alarms > 2)
			row_int(s->name, alarms, 2);
		if (on_holidays > 6)
			row_int(s->name, on_holidays, 6);
		since = c.newest.us;
		expected = wv_coverage_expected_us(&c, c.newest);
		row_int(s->name, expected > 0, 1);
		while (!is_silent(&c, us) && us < since + 30 * DAY) {
			c.looked.us = us;
			us += s->look_minutes * MIN;
		}
		if (us - since > 2 * expected + 2 * s->look_minutes * MIN)
			row_int(s->name, (us - since) / MIN, 2 * expected / MIN);
		print_message(
			"%-26s in 6 months %u false alarms and %u on 6 holidays; silence is told "
			"within %lld min of expected %lld\n",
			s->name, alarms, on_holidays, (long long)((us - since) / MIN),
			(long long)(expected / MIN));
	}
	rows_end();
}

static void test_learning(void **state)
{
	struct wv_coverage c;

	(void)state;
	wv_coverage_init(&c, (struct wv_time){START});
	c.looked.us = START + 40 * DAY;
	row_int("nothing learned: no alarm", is_silent(&c, START + 40 * DAY), 0);
	for (int day = 0; day < 14; day++)
		for (int k = 0; k < 5; k++)
			wv_coverage_note_news(&c, (struct wv_time){START + day * DAY + k * HOUR});
	row_int("two weeks are not enough", wv_coverage_expected_us(&c, c.newest), 0);
	wv_coverage_note_news(&c, (struct wv_time){START + 15 * DAY});
	row_int("then it is", wv_coverage_expected_us(&c, c.newest) > 0, 1);
	row_int("nobody looked: nothing is known of silence",
		(c.looked = c.newest, is_silent(&c, START + 60 * DAY)), 0);
	row_int("news today", wv_coverage_news_on(&c, c.newest, 0), 1);
	row_int("the day before yesterday", wv_coverage_news_on(&c, c.newest, 2), 5);
	row_int("seen two days later",
		wv_coverage_news_on(&c, (struct wv_time){START + 17 * DAY}, 2), 1);
	row_int("too long ago", wv_coverage_news_on(&c, (struct wv_time){START + 30 * DAY}, 3), 0);
	rows_end();
}

/* ---- what new pages turn out to be */

static const struct row {
	const char *name;
	uint32_t articles, same, walls, refused, broken, others;
	uint32_t alarms;
} rows[] = {
	{"a good source", 60, 0, 0, 0, 0, 4, 0},
	{"too few to tell", 0, 0, 10, 5, 4, 0, 0},
	{"a third are walls", 40, 0, 20, 0, 0, 0, 1u << WV_ALARM_WALLS},
	{"a quarter are walls", 45, 0, 15, 0, 0, 0, 0},
	{"refused and broken", 30, 0, 0, 12, 10, 0, 1u << WV_ALARM_WALLS},
	{"a flood of duplicates", 30, 30, 0, 0, 0, 0, 1u << WV_ALARM_DUPLICATES},
	{"a few", 40, 20, 0, 0, 0, 0, 0},
};

static void test_arrivals(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct wv_coverage c;
		struct wv_coverage_facts facts = {
			.coverage = &c, .suspended_until = WV_TIME_NONE, .now = {START}};

		wv_coverage_init(&c, (struct wv_time){START});
		for (uint32_t k = 0; k < r->articles; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_ARTICLE, 1000 + k);
		for (uint32_t k = 0; k < r->same; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_ARTICLE, 1000);
		for (uint32_t k = 0; k < r->walls; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_WALL, 0);
		for (uint32_t k = 0; k < r->refused; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_REFUSED, 0);
		for (uint32_t k = 0; k < r->broken; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_BROKEN, 0);
		for (uint32_t k = 0; k < r->others; k++)
			wv_coverage_note_page(&c, WV_ARRIVAL_OTHER, 0);
		row_int(r->name, wv_coverage_alarms(&facts), r->alarms);
		row_int(r->name, wv_coverage_count(&c, WV_ARRIVAL_DUPLICATE), r->same);
	}
	rows_end();
}

static void test_visits(void **state)
{
	struct wv_outcome answer = WV_OUTCOME_NONE, silence = WV_OUTCOME_NONE;
	struct wv_coverage c;
	struct wv_coverage_facts facts = {
		.coverage = &c, .suspended_until = WV_TIME_NONE, .now = {START}};

	(void)state;
	answer.status = 200;
	answer.ended_at.us = START;
	silence.result = WV_RESULT_TIMEOUT;
	silence.ended_at.us = START + HOUR;
	wv_coverage_init(&c, (struct wv_time){START});
	wv_coverage_note_visit(&c, &answer);
	wv_coverage_note_visit(&c, &silence);
	wv_coverage_note_visit(&c, &silence);
	row_int("twice no answer", wv_coverage_alarms(&facts), 0);
	wv_coverage_note_visit(&c, &silence);
	row_int("three times", wv_coverage_alarms(&facts), 1u << WV_ALARM_UNREACHABLE);
	answer.status = 503;
	wv_coverage_note_visit(&c, &answer);
	row_int("an answer of any kind", wv_coverage_alarms(&facts), 0);
	c.closed.us = START - DAY;
	row_int("closed", wv_coverage_alarms(&facts), 1u << WV_ALARM_CLOSED);
	c.closed = WV_TIME_NONE;
	facts.suspended_until.us = START + HOUR;
	row_int("suspended", wv_coverage_alarms(&facts), 1u << WV_ALARM_SUSPENDED);
	facts.now.us = START + 2 * HOUR;
	row_int("no longer", wv_coverage_alarms(&facts), 0);
	facts.now.us = START + 3 * DAY;
	row_int("nobody looks", wv_coverage_alarms(&facts), 1u << WV_ALARM_UNATTENDED);
	facts.every_us = 7 * DAY;
	row_int("nor need they", wv_coverage_alarms(&facts), 0);
	facts.calendar_to = 20261231;
	row_int("beyond the calendar", wv_coverage_alarms(&facts), 1u << WV_ALARM_CALENDAR);
	rows_end();
}

static void test_frozen(void **state)
{
	struct wv_coverage c;
	struct wv_listing_state feed = {.kind = WV_VISIT_FEED, .item = WV_TIME_NONE};
	int64_t us;

	(void)state;
	wv_coverage_init(&c, (struct wv_time){START});
	for (us = START; us < START + 3 * WEEK; us += 2 * HOUR)
		wv_coverage_note_news(&c, (struct wv_time){us});
	feed.looked.us = us;
	feed.changed.us = us - HOUR;
	row_int("a living feed", wv_coverage_is_frozen(&c, &feed), 0);
	feed.changed.us = us - 12 * HOUR;
	row_int("one that stands still", wv_coverage_is_frozen(&c, &feed), 1);
	feed.item.us = us - 3 * HOUR;
	row_int("its items are fresh", wv_coverage_is_frozen(&c, &feed), 0);
	feed.changed.us = us;
	feed.item.us = us - DAY;
	row_int("its bytes change, its items do not", wv_coverage_is_frozen(&c, &feed), 1);
	c.looked.us = us + 8 * DAY;
	row_int("not asked for any more", wv_coverage_is_frozen(&c, &feed), 0);
	c.looked.us = us;
	feed.looked.us = us - DAY;
	row_int("not looked at since", wv_coverage_is_frozen(&c, &feed), 0);
	feed = (struct wv_listing_state){.kind = WV_VISIT_SITEMAP, .looked = {us},
					 .changed = {us - 12 * HOUR}, .item = WV_TIME_NONE};
	row_int("a sitemap that moved once", wv_coverage_is_frozen(&c, &feed), 1);
	feed.changed.us = START + 60 * S;
	row_int("one that never moved", wv_coverage_is_frozen(&c, &feed), 0);
	feed.item.us = START - 3000 * DAY;
	row_int("one of years gone by", wv_coverage_is_frozen(&c, &feed), 0);
	feed.kind = WV_VISIT_FEED;
	row_int("but a feed of years gone by is", wv_coverage_is_frozen(&c, &feed), 1);
	rows_end();
}

/* decode(encode(x)) = x, and every cut is damage. */
static void test_rows(void **state)
{
	struct wv_coverage c, back;
	struct wv_listing_state listing = {.kind = WV_VISIT_SITEMAP,
					   .url = WV_LIT("https://x.test/s.xml"),
					   .looked = {START},
					   .changed = WV_TIME_NONE,
					   .item = {1},
					   .status = 304},
				again;
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = 65536};
	WV_AUTO(wv_buf_done) struct wv_buf other = {.cap = 65536};

	(void)state;
	wv_coverage_init(&c, (struct wv_time){START});
	for (int i = 0; i < 100; i++) {
		wv_coverage_note_news(&c, (struct wv_time){START + i * 7 * HOUR});
		wv_coverage_note_page(&c, (enum wv_arrival)(i % WV_ARRIVAL_COUNT),
				      (uint64_t)i << 40);
	}
	c.failures = 3;
	c.failure = WV_RESULT_TLS;
	c.sounded = 5;
	c.listings = 12;
	wv_coverage_encode(&c, &row);
	assert_int_equal(wv_coverage_decode(wv_buf_slice(&row), &back, NULL), WV_OK);
	wv_coverage_encode(&back, &other);
	assert_true(wv_slice_equals(wv_buf_slice(&row), wv_buf_slice(&other)));
	for (size_t n = 0; n < row.n; n++)
		assert_int_equal(
			wv_coverage_decode(wv_slice_part(wv_buf_slice(&row), 0, n), &back, NULL),
			WV_DAMAGED);
	wv_buf_reset(&row);
	wv_listing_state_encode(&listing, &row);
	assert_int_equal(wv_listing_state_decode(wv_buf_slice(&row), &again, NULL), WV_OK);
	assert_true(wv_slice_equals(again.url, listing.url));
	assert_int_equal(again.status, 304);
	assert_int_equal(again.item.us, 1);
	for (size_t n = 0; n < row.n; n++)
		assert_int_equal(wv_listing_state_decode(wv_slice_part(wv_buf_slice(&row), 0, n),
							 &again, NULL),
				 WV_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cadence),  cmocka_unit_test(test_learning),
		cmocka_unit_test(test_arrivals), cmocka_unit_test(test_visits),
		cmocka_unit_test(test_frozen),   cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
