/* When exchanges trade. */
#include <stdio.h>

#include "config/zone.h"
#include "crawler/plan/market.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_time at(const char *text)
{
	struct wv_time_range range;

	assert_int_equal(wv_time_parse(wv_slice_of(text), (struct wv_time){0}, &range, NULL), WV_OK);
	return range.first;
}

static const struct row {
	const char *name;
	enum wv_exchange exchange;
	const char *at;
	bool is_open;
	const char *until;
} rows[] = {
	{"Shanghai, before it opens", WV_EXCHANGE_SSE, "2026-03-02T09:29:59+08:00", false, "2026-03-02T09:30:00+08:00"},
	{"Shanghai, opening", WV_EXCHANGE_SSE, "2026-03-02T09:30:00+08:00", true, "2026-03-02T11:30:00+08:00"},
	{"Shanghai, lunch", WV_EXCHANGE_SSE, "2026-03-02T11:30:00+08:00", false, "2026-03-02T13:00:00+08:00"},
	{"Shanghai, afternoon", WV_EXCHANGE_SSE, "2026-03-02T14:59:59+08:00", true, "2026-03-02T15:00:00+08:00"},
	{"Shanghai, Friday evening", WV_EXCHANGE_SSE, "2026-03-06T15:00:00+08:00", false, "2026-03-09T09:30:00+08:00"},
	{"Shanghai, a working Saturday is none", WV_EXCHANGE_SSE, "2026-02-28T10:00:00+08:00", false, "2026-03-02T09:30:00+08:00"},
	{"Shanghai, Spring Festival", WV_EXCHANGE_SSE, "2026-02-13T15:00:00+08:00", false, "2026-02-24T09:30:00+08:00"},
	{"Shanghai, National Day 2025", WV_EXCHANGE_SSE, "2025-10-01T10:00:00+08:00", false, "2025-10-09T09:30:00+08:00"},
	{"Tokyo, morning", WV_EXCHANGE_TSE, "2026-03-02T09:00:00+09:00", true, "2026-03-02T11:30:00+09:00"},
	{"Tokyo, lunch", WV_EXCHANGE_TSE, "2026-03-02T12:00:00+09:00", false, "2026-03-02T12:30:00+09:00"},
	{"Tokyo, the longer afternoon", WV_EXCHANGE_TSE, "2024-11-05T15:10:00+09:00", true, "2024-11-05T15:30:00+09:00"},
	{"Tokyo, the afternoon before", WV_EXCHANGE_TSE, "2024-11-01T15:10:00+09:00", false, "2024-11-05T09:00:00+09:00"},
	{"Tokyo, Golden Week", WV_EXCHANGE_TSE, "2026-05-01T15:30:00+09:00", false, "2026-05-07T09:00:00+09:00"},
	{"Tokyo, Silver Week with its day between holidays", WV_EXCHANGE_TSE, "2026-09-21T10:00:00+09:00", false, "2026-09-24T09:00:00+09:00"},
	{"Tokyo, New Year", WV_EXCHANGE_TSE, "2026-12-30T15:30:00+09:00", false, "2027-01-04T09:00:00+09:00"},
	{"New York, winter", WV_EXCHANGE_NYSE, "2026-03-06T09:30:00-05:00", true, "2026-03-06T16:00:00-05:00"},
	{"New York, over the night of DST", WV_EXCHANGE_NYSE, "2026-03-06T16:00:00-05:00", false, "2026-03-09T09:30:00-04:00"},
	{"New York, summer", WV_EXCHANGE_NYSE, "2026-03-09T13:30:00Z", true, "2026-03-09T20:00:00Z"},
	{"New York, back from DST", WV_EXCHANGE_NYSE, "2026-10-30T20:00:00Z", false, "2026-11-02T14:30:00Z"},
	{"New York, Thanksgiving", WV_EXCHANGE_NYSE, "2026-11-26T15:00:00Z", false, "2026-11-27T14:30:00Z"},
	{"New York, the half day after", WV_EXCHANGE_NYSE, "2026-11-27T17:59:59Z", true, "2026-11-27T18:00:00Z"},
	{"New York, Independence Day observed", WV_EXCHANGE_NYSE, "2026-07-03T15:00:00Z", false, "2026-07-06T13:30:00Z"},
	{"New York, half day before Independence Day", WV_EXCHANGE_NYSE, "2028-07-03T17:30:00Z", false, "2028-07-05T13:30:00Z"},
	{"New York, Good Friday", WV_EXCHANGE_NYSE, "2026-04-03T15:00:00Z", false, "2026-04-06T13:30:00Z"},
	{"New York, the day of mourning", WV_EXCHANGE_NYSE, "2025-01-09T15:00:00Z", false, "2025-01-10T14:30:00Z"},
	{"New York, Saturday's Christmas is kept on Friday", WV_EXCHANGE_NYSE, "2027-12-24T15:00:00Z", false, "2027-12-27T14:30:00Z"},
	{"Shanghai, beyond the table: a holiday by law", WV_EXCHANGE_SSE, "2027-01-01T10:00:00+08:00", false, "2027-01-04T09:30:00+08:00"},
	{"Shanghai, beyond the table: New Year's Eve of the Goat", WV_EXCHANGE_SSE, "2027-02-04T15:00:00+08:00", false, "2027-02-09T09:30:00+08:00"},
	{"Tokyo, a substitute for a Sunday's equinox", WV_EXCHANGE_TSE, "2027-03-22T10:00:00+09:00", false, "2027-03-23T09:00:00+09:00"},
	{"beyond the table, weekdays only", WV_EXCHANGE_NYSE, "2033-07-04T15:00:00Z", true, "2033-07-04T20:00:00Z"},
};

static void test_sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_time until = {0};
		char got[WV_TIME_TEXT_MAX], wanted[WV_TIME_TEXT_MAX];

		row_int(rows[i].name, wv_market_is_open(rows[i].exchange, at(rows[i].at), &until),
		        rows[i].is_open);
		wv_time_print(at(rows[i].until), wanted);
		wv_time_print(until, got);
		row_text(rows[i].name, wv_slice_of(got), wanted);
	}
	rows_end();
}

/* Our clock of each exchange is that of the time zone database, hour by hour. */
static void test_clock(void **state)
{
	static const char *const zones[] = {"Asia/Shanghai", "Asia/Tokyo", "America/New_York"};
	struct wv_zones *cache = NULL;

	(void)state;
	assert_int_equal(wv_zones_new(&cache, NULL), WV_OK);
	for (int e = 0; e < WV_EXCHANGE_COUNT; e++) {
		const struct wv_zone *zone = NULL;
		struct wv_time t = at("2007-01-01T00:30:00Z"), end = at("2036-01-01T00:00:00Z");

		assert_int_equal(wv_zones_get(cache, wv_slice_of(zones[e]), &zone, NULL), WV_OK);
		for (; t.us < end.us; t.us += 3600 * WV_US_PER_S)
			if (wv_zone_offset_s(zone, t) != wv_market_offset_s((enum wv_exchange)e, t)) {
				char text[WV_TIME_TEXT_MAX];

				row_int(wv_time_print(t, text),
				        wv_market_offset_s((enum wv_exchange)e, t),
				        wv_zone_offset_s(zone, t));
				break;
			}
	}
	wv_zones_free(&cache);
	rows_end();
}

/* A year of each, minute by minute: `until` is when the answer changes, and days and hours of
 * trading are what the exchanges count. */
static void test_year(void **state)
{
	static const struct {
		const char *name;
		enum wv_exchange exchange;
		uint32_t minutes;
	} years[] = {
		/* 2026: weekdays without holidays: 242, 242, 251, of which 2 are half days */
		{"SSE", WV_EXCHANGE_SSE, 242 * 240},
		{"TSE", WV_EXCHANGE_TSE, 242 * 330},
		{"NYSE", WV_EXCHANGE_NYSE, 249 * 390 + 2 * 210},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(years); i++) {
		struct wv_time t = at("2026-01-01T00:00:00Z"), end = at("2027-01-01T00:00:00Z");
		struct wv_time until = t;
		uint32_t minutes = 0, wrong = 0;
		bool was_open = false;

		for (; t.us < end.us; t.us += 60 * WV_US_PER_S) {
			struct wv_time next;
			bool is_open = wv_market_is_open(years[i].exchange, t, &next);

			wrong += t.us >= until.us && until.us > at("2026-01-01T00:00:00Z").us &&
			         is_open == was_open;
			wrong += t.us < until.us && is_open != was_open;
			wrong += next.us <= t.us;
			minutes += is_open;
			was_open = is_open;
			until = next;
		}
		row_int(years[i].name, minutes, years[i].minutes);
		row_int(years[i].name, wrong, 0);
	}
	rows_end();
}

/* ---- the tables against the rules that they follow */

static struct wv_civil day_of(int32_t year, unsigned month, unsigned day)
{
	struct wv_civil c = {.year = year, .month = (uint8_t)month, .day = (uint8_t)day};

	return wv_civil_of_time(wv_time_of_civil(&c));
}

static struct wv_civil days_later(struct wv_civil day, int n)
{
	return wv_civil_of_time((struct wv_time){wv_time_of_civil(&day).us + n * WV_US_PER_DAY});
}

/* The nth weekday (0 Sunday) of a month; 5: the last. */
static struct wv_civil nth(int32_t year, unsigned month, unsigned weekday, unsigned n)
{
	struct wv_civil day = day_of(year, month, 1);

	day = days_later(day, (int)((7 + weekday - day.weekday) % 7 + 7 * (n - 1)));
	return day.month == month ? day : days_later(day, -7);
}

static bool is_date(const struct wv_civil *day, unsigned month, unsigned of_month)
{
	return day->month == month && day->day == of_month;
}

static bool is_same(const struct wv_civil *a, struct wv_civil b)
{
	return a->month == b.month && a->day == b.day;
}

/* Butcher's form of the Gregorian computus. */
static struct wv_civil easter(int32_t y)
{
	int32_t a = y % 19, b = y / 100, c = y % 100, d = b / 4, e = b % 4, f = (b + 8) / 25;
	int32_t g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
	int32_t l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
	int32_t n = h + l - 7 * m + 114;

	return day_of(y, (unsigned)(n / 31), (unsigned)(n % 31 + 1));
}

/* A fixed day of New York: on Saturday kept on Friday, on Sunday on Monday. */
static bool is_observed(const struct wv_civil *day, unsigned month, unsigned of_month)
{
	struct wv_civil that = day_of(day->year, month, of_month);

	if (that.weekday == 6)
		that = days_later(that, -1);
	else if (that.weekday == 0)
		that = days_later(that, 1);
	return is_same(day, that);
}

/* NYSE Rule 7.2; a New Year on Saturday is not kept, for its Friday ends a month. */
static unsigned new_york(const struct wv_civil *d)
{
	struct wv_civil thanksgiving = nth(d->year, 11, 4, 4);
	struct wv_civil fourth = day_of(d->year, 7, 4), christmas = day_of(d->year, 12, 25);

	if (d->weekday == 0 || d->weekday == 6 || is_same(d, thanksgiving) ||
	    (day_of(d->year, 1, 1).weekday != 6 && is_observed(d, 1, 1)) ||
	    is_same(d, nth(d->year, 1, 1, 3)) || is_same(d, nth(d->year, 2, 1, 3)) ||
	    is_same(d, days_later(easter(d->year), -2)) || is_same(d, nth(d->year, 5, 1, 5)) ||
	    is_observed(d, 6, 19) || is_observed(d, 7, 4) || is_same(d, nth(d->year, 9, 1, 1)) ||
	    is_observed(d, 12, 25))
		return 0;
	if (is_same(d, days_later(thanksgiving, 1)) ||
	    (is_date(d, 7, 3) && fourth.weekday >= 2 && fourth.weekday <= 5) ||
	    (is_date(d, 12, 24) && christmas.weekday >= 2 && christmas.weekday <= 5))
		return 210;
	return 390;
}

/* Equinoxes as the almanac of the National Astronomical Observatory gives them, 1980 to 2099. */
static unsigned equinox(int32_t year, double first)
{
	return (unsigned)(first + 0.242194 * (year - 1980)) - (unsigned)((year - 1980) / 4);
}

/* Act on National Holidays, article 2. */
static bool is_named_in_japan(const struct wv_civil *d)
{
	return is_date(d, 1, 1) || is_same(d, nth(d->year, 1, 1, 2)) || is_date(d, 2, 11) ||
	       is_date(d, 2, 23) || is_date(d, 3, equinox(d->year, 20.8431)) ||
	       is_date(d, 4, 29) || is_date(d, 5, 3) || is_date(d, 5, 4) || is_date(d, 5, 5) ||
	       is_same(d, nth(d->year, 7, 1, 3)) || is_date(d, 8, 11) ||
	       is_same(d, nth(d->year, 9, 1, 3)) || is_date(d, 9, equinox(d->year, 23.2488)) ||
	       is_same(d, nth(d->year, 10, 1, 2)) || is_date(d, 11, 3) || is_date(d, 11, 23);
}

/* Article 3: a holiday on Sunday is made up for on the next day that is none; a day between two
 * is one. The exchange is closed besides from 31 December to 3 January. */
static unsigned tokyo(const struct wv_civil *d)
{
	struct wv_civil before = days_later(*d, -1), after = days_later(*d, 1), back = before;
	unsigned minutes = d->year * 10000 + d->month * 100 + d->day < 20241105 ? 300 : 330;

	if (d->weekday == 0 || d->weekday == 6 || is_named_in_japan(d) || is_date(d, 12, 31) ||
	    is_date(d, 1, 2) || is_date(d, 1, 3) ||
	    (is_named_in_japan(&before) && is_named_in_japan(&after)))
		return 0;
	for (; is_named_in_japan(&back); back = days_later(back, -1))
		if (back.weekday == 0)
			return 0;
	return minutes;
}

static void test_rules(void **state)
{
	static const struct {
		const char *name;
		enum wv_exchange exchange;
		unsigned (*minutes)(const struct wv_civil *day);
		int32_t last;
	} of[] = {{"TSE", WV_EXCHANGE_TSE, tokyo, 2027}, {"NYSE", WV_EXCHANGE_NYSE, new_york, 2028}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(of); i++) {
		for (struct wv_civil d = day_of(2024, 1, 1); d.year <= of[i].last;
		     d = days_later(d, 1)) {
			unsigned minutes = 0;
			char name[60];

			/* Noon there, and not the one day of mourning that no rule foretells. */
			if (of[i].exchange == WV_EXCHANGE_NYSE && d.year == 2025 && is_date(&d, 1, 9))
				continue;
			for (int m = 0; m < 24 * 60; m += 30) {
				struct wv_time t = {wv_time_of_civil(&d).us + m * 60 * WV_US_PER_S};

				t.us -= wv_market_offset_s(of[i].exchange, t) * WV_US_PER_S;
				minutes += wv_market_is_open(of[i].exchange, t, NULL) ? 30 : 0;
			}
			snprintf(name, sizeof(name), "%s %d-%02u-%02u", of[i].name, (int)d.year,
			         d.month, d.day);
			row_int(name, minutes, of[i].minutes(&d));
		}
	}
	rows_end();
}

static void test_range(void **state)
{
	enum wv_exchange found;

	(void)state;
	assert_true(wv_exchange_find(WV_LIT("TSE"), &found));
	assert_int_equal(found, WV_EXCHANGE_TSE);
	assert_false(wv_exchange_find(WV_LIT("LSE"), &found));
	assert_true(wv_market_knows(WV_EXCHANGE_SSE, at("2026-12-31T15:59:59Z")));
	assert_false(wv_market_knows(WV_EXCHANGE_SSE, at("2026-12-31T16:00:00Z")));
	assert_true(wv_market_knows(WV_EXCHANGE_NYSE, at("2028-12-31T12:00:00Z")));
	assert_false(wv_market_knows(WV_EXCHANGE_NYSE, at("2023-12-31T12:00:00Z")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_year),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
