#include "config/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/rows.h"

ROWS_STATE;

/* 2024-06-05T05:45:03Z */
static const struct wv_time now = {INT64_C(1717566303) * 1000000};

static void parsing(void **state)
{
	static const struct {
		const char *row, *text, *first, *last;
	} rows[] = {
		{"year", "2024", "2024-01-01T00:00:00Z", "2024-12-31T23:59:59.999999Z"},
		{"month", "2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999999Z"},
		{"day", "2023-02-28", "2023-02-28T00:00:00Z", "2023-02-28T23:59:59.999999Z"},
		{"hour", "2024-06-05T12", "2024-06-05T12:00:00Z", "2024-06-05T12:59:59.999999Z"},
		{"minute", "2024-06-05 12:30", "2024-06-05T12:30:00Z", "2024-06-05T12:30:59.999999Z"},
		{"second is exact", "2024-06-05T12:30:09Z", "2024-06-05T12:30:09Z",
	         "2024-06-05T12:30:09Z"},
		{"fraction", "2024-06-05T12:30:09.250Z", "2024-06-05T12:30:09.250000Z",
	         "2024-06-05T12:30:09.250999Z"},
		{"microseconds are exact", "2024-06-05T12:30:09.250001Z",
	         "2024-06-05T12:30:09.250001Z", "2024-06-05T12:30:09.250001Z"},
		{"offset", "2024-06-05T01:26:00+08:00", "2024-06-04T17:26:00Z", "2024-06-04T17:26:00Z"},
		{"offset without colon", "2024-06-05T01:26:00+0800", "2024-06-04T17:26:00Z",
	         "2024-06-04T17:26:00Z"},
		{"west", "2024-06-05T01:26:00-03:30", "2024-06-05T04:56:00Z", "2024-06-05T04:56:00Z"},
		{"14 digits", "20240605054503", "2024-06-05T05:45:03Z", "2024-06-05T05:45:03Z"},
		{"8 digits", "20240605", "2024-06-05T00:00:00Z", "2024-06-05T23:59:59.999999Z"},
		{"6 digits", "202406", "2024-06-01T00:00:00Z", "2024-06-30T23:59:59.999999Z"},
		{"now", "now", "2024-06-05T05:45:03Z", "2024-06-05T05:45:03Z"},
		{"ago", "3h ago", "2024-06-05T02:45:03Z", "2024-06-05T02:45:03Z"},
		{"ago in parts", "1d12h ago", "2024-06-03T17:45:03Z", "2024-06-03T17:45:03Z"},
		{"leap second counts as 59", "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z",
	         "2016-12-31T23:59:59Z"},
		{"before 1970", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"},
		{"no such day", "2023-02-29", NULL, NULL},
		{"no such month", "2024-13-01", NULL, NULL},
		{"hour 24", "2024-06-05T24:00:00Z", NULL, NULL},
		{"empty", "", NULL, NULL},
		{"word", "yesterday", NULL, NULL},
		{"odd digits", "2024060", NULL, NULL},
		{"tail", "2024-06-05x", NULL, NULL},
		{"bad offset", "2024-06-05T00:00:00+25:00", NULL, NULL},
		{"number without unit", "3 ago", NULL, NULL},
		{"the first instant", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z",
	         "0000-01-01T00:00:00Z"},
		{"the last one", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z",
	         "9999-12-31T23:59:59.999999Z"},
		{"before year 0", "0000-01-01T00:00:00+00:01", NULL, NULL},
		{"after year 9999", "9999-12-31T23:59:59-00:01", NULL, NULL},
		{"as long ago", "3000000d ago", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_time_range range;
		struct wv_err err = WV_ERR_NONE;
		char text[WV_TIME_TEXT_MAX];
		enum wv_status st = wv_time_parse(wv_slice_of(rows[i].text), now, &range, &err);

		row_int(rows[i].row, st, rows[i].first ? WV_OK : WV_USAGE);
		if (st != WV_OK || !rows[i].first)
			continue;
		row_text(rows[i].row, wv_slice_of(wv_time_print(range.first, text)), rows[i].first);
		row_text(rows[i].row, wv_slice_of(wv_time_print(range.last, text)), rows[i].last);
	}
	rows_end();
}

static void http_dates(void **state)
{
	static const struct {
		const char *row, *text, *want;
	} rows[] = {
		{"IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
		{"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"},
		{"RFC 850, this century", "Sunday, 06-Nov-22 08:49:37 GMT", "2022-11-06T08:49:37Z"},
		{"RFC 850, 50 years ahead", "Sunday, 06-Nov-74 08:49:37 GMT", "2074-11-06T08:49:37Z"},
		{"RFC 850, 51 years ahead", "Sunday, 06-Nov-75 08:49:37 GMT", "1975-11-06T08:49:37Z"},
		{"asctime", "Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"},
		{"asctime, two digits", "Sun Nov 16 08:49:37 1994", "1994-11-16T08:49:37Z"},
		{"case", "sun, 06 nov 1994 08:49:37 gmt", "1994-11-06T08:49:37Z"},
		{"wrong weekday is not ours to judge", "Mon, 06 Nov 1994 08:49:37 GMT",
	         "1994-11-06T08:49:37Z"},
		{"number", "120", NULL},
		{"no month", "Sun, 06 Xxx 1994 08:49:37 GMT", NULL},
		{"31 June", "Sun, 31 Jun 1994 08:49:37 GMT", NULL},
		{"empty", "", NULL},
		{"cut", "Sun, 06 Nov 1994 08:49", NULL},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_time t;
		char text[WV_TIME_TEXT_MAX];
		bool read = wv_time_parse_http(wv_slice_of(rows[i].text), now, &t);

		row_int(rows[i].row, read, rows[i].want != NULL);
		if (read && rows[i].want)
			row_text(rows[i].row, wv_slice_of(wv_time_print(t, text)), rows[i].want);
	}
	rows_end();
}

static void durations_and_sizes(void **state)
{
	static const struct {
		const char *row, *text;
		int64_t us;
		const char *printed;
	} durations[] = {
		{"seconds", "90s", 90000000, "1m30s"},  {"half", "1.5s", 1500000, "1.5s"},
		{"milliseconds", "250ms", 250000, "250ms"}, {"minutes", "15m", 900000000, "15m"},
		{"parts", "1h30m", 5400000000, "1h30m"}, {"days", "2d", 172800000000, "2d"},
		{"zero", "0s", 0, "0s"},
	};
	static const struct {
		const char *row, *text;
		uint64_t bytes;
		const char *printed;
	} sizes[] = {
		{"mebibytes", "10MiB", 10485760, "10MiB"},
		{"fraction", "1.5KiB", 1536, "1.5KiB"},
		{"bytes", "7B", 7, "7B"},
		{"gibibyte", "1GiB", 1073741824, "1GiB"},
	};
	static const char *const bad[] = {"", "5", "s", "5 s", "-5s", "5x", "5MB", "1..5s",
	                                  "99999999999999999999d"};
	int64_t us;
	uint64_t bytes;
	char text[WV_TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(durations); i++) {
		row_int(durations[i].row,
		        wv_duration_parse(wv_slice_of(durations[i].text), &us, NULL), WV_OK);
		row_int(durations[i].row, us, durations[i].us);
		row_text(durations[i].row, wv_slice_of(wv_duration_print(us, text)),
		         durations[i].printed);
	}
	for (size_t i = 0; i < WV_COUNT(sizes); i++) {
		row_int(sizes[i].row, wv_size_parse(wv_slice_of(sizes[i].text), &bytes, NULL), WV_OK);
		row_int(sizes[i].row, (long long)bytes, (long long)sizes[i].bytes);
		row_text(sizes[i].row, wv_slice_of(wv_size_print(bytes, text)), sizes[i].printed);
	}
	for (size_t i = 0; i < WV_COUNT(bad); i++) {
		row_int(bad[i], wv_duration_parse(wv_slice_of(bad[i]), &us, NULL), WV_USAGE);
		row_int(bad[i], wv_size_parse(wv_slice_of(bad[i]), &bytes, NULL), WV_USAGE);
	}
	rows_end();
}

/* Every day of 800 years there and back, against the plain count. */
static void calendar_round_trip(void **state)
{
	int64_t first = wv_time_of_civil(&(struct wv_civil){.year = 1600, .month = 1, .day = 1}).us;

	(void)state;
	for (int64_t day = 0; day < 292194; day++) {
		struct wv_time t = {first + day * WV_US_PER_DAY + 12345678};
		struct wv_civil c = wv_civil_of_time(t);

		assert_true(wv_civil_is_valid(&c));
		assert_true(wv_time_of_civil(&c).us == t.us);
		assert_int_equal(c.weekday, (6 + day) % 7); /* 1600-01-01 was a Saturday */
	}
}

static void simulated(void **state)
{
	char path[] = "wv-clock-XXXXXX";
	struct wv_clock *a = NULL, *b = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(wv_clock_new_simulated(path, now, &a, NULL), WV_OK);
	assert_int_equal(wv_clock_new_simulated(path, (struct wv_time){0}, &b, NULL), WV_OK);
	assert_true(wv_clock_is_simulated(a));
	assert_true(wv_clock_now(b).us == now.us);
	wv_clock_turn(a, 5000000);
	assert_true(wv_clock_now(b).us == now.us + 5000000);
	assert_true(wv_clock_mono(b).us == wv_clock_mono(a).us);
	/* The wall may step back; the hand that measures waiting never does. */
	struct wv_mono before = wv_clock_mono(a);
	wv_clock_turn(a, -3000000);
	assert_true(wv_clock_now(b).us == now.us + 2000000);
	assert_true(wv_clock_mono(a).us == before.us);
	wv_clock_free(&a);
	wv_clock_free(&b);
	unlink(path);
	assert_int_equal(wv_clock_new_simulated("/dev/null/x", now, &a, NULL), WV_CREATE);
	assert_false(wv_clock_is_simulated(wv_clock_system()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(http_dates),
		cmocka_unit_test(durations_and_sizes),
		cmocka_unit_test(calendar_round_trip),
		cmocka_unit_test(simulated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
