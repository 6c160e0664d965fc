#include "config/zone.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct wv_zones *zones;
static int faults;

static void complain(const char *row, const char *what, const char *expected, const char *got)
{
	print_error("row '%s', %s: expected %s, got %s\n", row, what, expected, got);
	faults++;
}

static void check_text(const char *row, const char *what, const char *expected, const char *got)
{
	if (!wv_slice_equals(wv_slice_of(expected), wv_slice_of(got)))
		complain(row, what, expected, got);
}

static struct wv_time at(const char *text)
{
	struct wv_time_range range = {0};

	assert_int_equal(wv_time_parse(wv_slice_of(text), (struct wv_time){0}, &range, NULL),
			 WV_OK);
	return range.first;
}

static const struct wv_zone *zone_of(const char *name)
{
	const struct wv_zone *zone = NULL;
	struct wv_err err = WV_ERR_NONE;

	if (wv_zones_get(zones, wv_slice_of(name), &zone, &err) != WV_OK)
		fail_msg("%s: %s", name, err.text);
	return zone;
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *fault;
	} rows[] = {
		{"Asia/Shanghai", NULL},
		{"UTC", NULL},
		{"GMT", NULL},
		{"Etc/GMT+8", NULL},
		{"EST5EDT", NULL},
		{"America/Argentina/Buenos_Aires", NULL},
		{"asia/shanghai",
		 "'asia/shanghai' is no time zone (did you mean 'Asia/Shanghai'?)"},
		{"Shanghai", "'Shanghai' is no time zone (did you mean 'Asia/Shanghai'?)"},
		{"New York", "'New York' is no time zone (did you mean 'America/New_York'?)"},
		{"Beijing", "'Beijing' is no time zone (a name such as Asia/Shanghai)"},
		{"", "'' is no time zone (a name such as Asia/Shanghai)"},
		{"GMT+8", "'GMT+8' is no time zone (a name such as Asia/Shanghai)"},
		{"UTC+08:00", "'UTC+08:00' is no time zone (a name such as Asia/Shanghai)"},
		{"BST", "'BST' is no time zone (a name such as Asia/Shanghai)"},
		{"PST", "'PST' is no time zone (a name such as Asia/Shanghai)"},
		{"Etc/Unknown", "'Etc/Unknown' is no time zone (a name such as Asia/Shanghai)"},
		{"../etc/passwd", "'../etc/passwd' is no time zone (a name such as Asia/Shanghai)"},
		{"亚洲/上海", "'亚洲/上海' is no time zone (a name such as Asia/Shanghai)"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = wv_zone_check(wv_slice_of(rows[i].name), &err);

		check_text(rows[i].name, "status", rows[i].fault ? "usage" : "ok",
			   wv_status_name(st));
		check_text(rows[i].name, "words", rows[i].fault ? rows[i].fault : "", err.text);
	}
	assert_int_equal(faults, 0);
}

static void test_wall_to_instant(void **state)
{
	static const char *const fits[] = {"once", "twice", "never"};
	static const struct {
		const char *row, *zone, *wall, *fit, *earliest, *latest;
	} rows[] = {
		{"Shanghai", "Asia/Shanghai", "2024-06-05T01:26:00Z", "once",
		 "2024-06-04T17:26:00Z", "2024-06-04T17:26:00Z"},
		{"UTC", "UTC", "2024-06-05T01:26:00Z", "once", "2024-06-05T01:26:00Z",
		 "2024-06-05T01:26:00Z"},
		{"New York, gap", "America/New_York", "2024-03-10T02:30:00Z", "never",
		 "2024-03-10T06:30:00Z", "2024-03-10T07:30:00Z"},
		{"New York, gap's first", "America/New_York", "2024-03-10T02:00:00Z", "never",
		 "2024-03-10T06:00:00Z", "2024-03-10T07:00:00Z"},
		{"New York, after the gap", "America/New_York", "2024-03-10T03:00:00Z", "once",
		 "2024-03-10T07:00:00Z", "2024-03-10T07:00:00Z"},
		{"New York, before the overlap", "America/New_York", "2024-11-03T00:59:59Z", "once",
		 "2024-11-03T04:59:59Z", "2024-11-03T04:59:59Z"},
		{"New York, overlap", "America/New_York", "2024-11-03T01:30:00Z", "twice",
		 "2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z"},
		{"New York, after the overlap", "America/New_York", "2024-11-03T02:00:00Z", "once",
		 "2024-11-03T07:00:00Z", "2024-11-03T07:00:00Z"},
		{"Lord Howe's half hour", "Australia/Lord_Howe", "2024-04-07T01:45:00Z", "twice",
		 "2024-04-06T14:45:00Z", "2024-04-06T15:15:00Z"},
		{"Samoa left a day out", "Pacific/Apia", "2011-12-30T12:00:00Z", "never",
		 "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"},
		{"Kathmandu", "Asia/Kathmandu", "2024-01-01T00:00:00Z", "once",
		 "2023-12-31T18:15:00Z", "2023-12-31T18:15:00Z"},
		{"Shanghai's summer time of 1991", "Asia/Shanghai", "1991-07-01T12:00:00Z", "once",
		 "1991-07-01T03:00:00Z", "1991-07-01T03:00:00Z"},
		{"rules hold in 2150", "Europe/Berlin", "2150-07-01T12:00:00Z", "once",
		 "2150-07-01T10:00:00Z", "2150-07-01T10:00:00Z"},
		{"year 1000", "Europe/Berlin", "1000-07-01T00:00:00Z", "once",
		 "1000-06-30T23:06:32Z", "1000-06-30T23:06:32Z"},
		{"year 9999", "Asia/Tokyo", "9999-12-31T23:59:59Z", "once", "9999-12-31T14:59:59Z",
		 "9999-12-31T14:59:59Z"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_civil wall = wv_civil_of_time(at(rows[i].wall));
		struct wv_zone_instants got = wv_zone_instants(zone_of(rows[i].zone), &wall);
		char text[WV_TIME_TEXT_MAX];

		check_text(rows[i].row, "fit", rows[i].fit, fits[got.fit]);
		check_text(rows[i].row, "earliest", rows[i].earliest,
			   wv_time_print(got.earliest, text));
		check_text(rows[i].row, "latest", rows[i].latest, wv_time_print(got.latest, text));
		if (wv_time_is_none(got.change) != (got.fit == WV_ZONE_ONCE))
			complain(rows[i].row, "change", "one unless the fit is once",
				 "the contrary");
	}
	assert_int_equal(faults, 0);
}

/* Every instant comes back from its own wall time. */
static void test_round_trip(void **state)
{
	static const char *const names[] = {
		"America/New_York",  "Europe/London",       "Europe/Dublin",  "Asia/Shanghai",
		"Africa/Cairo",      "Australia/Lord_Howe", "Pacific/Apia",   "Asia/Tehran",
		"Africa/Casablanca", "America/St_Johns",    "Asia/Pyongyang", "Asia/Manila",
	};
	uint64_t seed = 1;

	(void)state;
	for (size_t z = 0; z < WV_COUNT(names); z++) {
		const struct wv_zone *zone = zone_of(names[z]);

		for (int i = 0; i < 20000; i++) {
			struct wv_time t;
			struct wv_civil wall;
			struct wv_zone_instants back;

			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			/* 1800 to 2200, in seconds */
			t.us = ((int64_t)((seed >> 20) % UINT64_C(12622780800)) -
				INT64_C(5364662400)) *
			       WV_US_PER_S;
			wall = wv_zone_civil(zone, t);
			back = wv_zone_instants(zone, &wall);
			if (back.fit == WV_ZONE_NEVER ||
			    (t.us != back.earliest.us && t.us != back.latest.us))
				fail_msg("%s: %lld does not come back", names[z], (long long)t.us);
		}
	}
}

/* The C library reads the same database its own way; its years 1975 to 2020 are settled. */
static void test_agrees_with_libc(void **state)
{
	static const char *const names[] = {"America/New_York",  "Europe/London",
					    "Asia/Shanghai",     "Australia/Sydney",
					    "America/Sao_Paulo", "Asia/Kolkata"};

	(void)state;
	if (access("/usr/share/zoneinfo/America/New_York", R_OK) != 0)
		skip();
	for (size_t z = 0; z < WV_COUNT(names); z++) {
		const struct wv_zone *zone = zone_of(names[z]);

		assert_int_equal(setenv("TZ", names[z], 1), 0);
		tzset();
		for (int64_t s = 157766400; s < 1577836800; s += 86400 * 3 + 3671) {
			time_t t = (time_t)s;
			struct tm tm;

			assert_non_null(localtime_r(&t, &tm));
			if (tm.tm_gmtoff !=
			    wv_zone_offset_s(zone, (struct wv_time){s * WV_US_PER_S}))
				fail_msg("%s at %lld: libc has %ld", names[z], (long long)s,
					 tm.tm_gmtoff);
		}
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void test_hours(void **state)
{
	static const struct {
		const char *row, *zone;
		struct wv_zone_hours hours;
		const char *now, *until; /* until "no": outside */
	} rows[] = {
		{"inside", "UTC", {60, 120}, "2024-01-01T01:30:00Z", "2024-01-01T02:00:00Z"},
		{"first instant", "UTC", {60, 120}, "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"},
		{"just before", "UTC", {60, 120}, "2024-01-01T00:59:59.999999Z", "no"},
		{"last instant",
		 "UTC",
		 {60, 120},
		 "2024-01-01T01:59:59.999999Z",
		 "2024-01-01T02:00:00Z"},
		{"its end", "UTC", {60, 120}, "2024-01-01T02:00:00Z", "no"},
		{"past midnight, evening",
		 "UTC",
		 {1380, 420},
		 "2024-01-01T23:30:00Z",
		 "2024-01-02T07:00:00Z"},
		{"past midnight, morning",
		 "UTC",
		 {1380, 420},
		 "2024-01-02T06:59:00Z",
		 "2024-01-02T07:00:00Z"},
		{"past midnight, day", "UTC", {1380, 420}, "2024-01-02T12:00:00Z", "no"},
		{"to midnight", "UTC", {1380, 0}, "2024-12-31T23:10:00Z", "2025-01-01T00:00:00Z"},
		{"Shanghai's night",
		 "Asia/Shanghai",
		 {1380, 420},
		 "2024-01-01T16:00:00Z",
		 "2024-01-01T23:00:00Z"},
		{"end in the gap",
		 "America/New_York",
		 {60, 150},
		 "2024-03-10T06:30:00Z",
		 "2024-03-10T07:00:00Z"},
		{"end twice, before both",
		 "America/New_York",
		 {30, 90},
		 "2024-11-03T04:45:00Z",
		 "2024-11-03T05:30:00Z"},
		{"end twice, between",
		 "America/New_York",
		 {30, 90},
		 "2024-11-03T06:10:00Z",
		 "2024-11-03T06:30:00Z"},
		{"Samoa jumps over the end",
		 "Pacific/Apia",
		 {1380, 420},
		 "2011-12-30T09:30:00Z",
		 "2011-12-30T10:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_time until = WV_TIME_NONE;
		char text[WV_TIME_TEXT_MAX];
		bool is_within = wv_zone_is_within(zone_of(rows[i].zone), rows[i].hours,
						   at(rows[i].now), &until);

		check_text(rows[i].row, "until", rows[i].until,
			   is_within ? wv_time_print(until, text) : "no");
	}
	assert_int_equal(faults, 0);
}

static void test_words(void **state)
{
	static const struct {
		const char *word, *got;
	} rows[] = {
		{"GMT", "0"},
		{"UTC", "0"},
		{"Z", "0"},
		{"EST", "-300"},
		{"edt", "-240"},
		{"PST", "-480"},
		{"CET", "60"},
		{"CEST", "120"},
		{"JST", "540"},
		{"KST", "540"},
		{"HKT", "480"},
		{"BST", "60 360"},
		{"IST", "330 120 60"},
		{"CST", "-360 480 -300"},
		{"NPT", "345"},
		{"ET", "America/New_York"},
		{"Eastern time", "America/New_York"},
		{"北京时间", "Asia/Shanghai"},
		{"日本時間", "Asia/Tokyo"},
		{"GMT+8", "480"},
		{"GMT +8", "480"},
		{"UTC+05:30", "330"},
		{"UTC-0330", "-210"},
		{"+0900", "540"},
		{"-05:00", "-300"},
		{"+14:00", "840"},
		{"+15:00", "no"},
		{"+05:60", "no"},
		{"+5:3", "no"},
		{"+", "no"},
		{"GMT+", "no"},
		{"", "no"},
		{"XYZ", "no"},
		{"+123456", "no"},
		{"UTC+8:00:00", "no"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_zone_word word;
		char got[80] = "no";

		if (wv_zone_word_find(wv_slice_of(rows[i].word), &word)) {
			int n = snprintf(got, sizeof(got), "%.*s", WV_FMT(word.zone));

			for (size_t o = 0; o < word.offset_count; o++)
				n += snprintf(got + n, sizeof(got) - (size_t)n, "%s%d",
					      o ? " " : "", word.offsets_min[o]);
			/* A zone named in the table must be one. */
			if (word.zone.n > 0 && wv_zone_check(word.zone, NULL) != WV_OK)
				complain(rows[i].word, "zone", "a zone", got);
		}
		check_text(rows[i].word, "meaning", rows[i].got, got);
	}
	assert_int_equal(faults, 0);
}

static void *ask_many(void *context)
{
	static const char *const names[] = {"Asia/Tokyo", "Europe/Paris", "UTC", "Asia/Kolkata"};
	struct wv_zones *shared = context;

	for (int i = 0; i < 400; i++) {
		const struct wv_zone *zone = NULL;

		if (wv_zones_get(shared, wv_slice_of(names[i % 4]), &zone, NULL) != WV_OK ||
		    wv_zone_offset_s(zone, (struct wv_time){0}) < 0)
			return context;
	}
	return NULL;
}

static void test_threads_share_one_zone(void **state)
{
	struct wv_zones *shared = NULL;
	const struct wv_zone *first = NULL, *second = NULL;
	pthread_t threads[4];

	(void)state;
	assert_int_equal(wv_zones_new(&shared, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_many, shared), 0);
	for (size_t i = 0; i < WV_COUNT(threads); i++) {
		void *result = NULL;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
	assert_int_equal(wv_zones_get(shared, WV_LIT("UTC"), &first, NULL), WV_OK);
	assert_int_equal(wv_zones_get(shared, WV_LIT("UTC"), &second, NULL), WV_OK);
	assert_ptr_equal(first, second);
	wv_zones_free(&shared);
	assert_null(shared);
	wv_zones_free(&shared);
}

static int reset_faults(void **state)
{
	(void)state;
	faults = 0;
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_names, reset_faults),
		cmocka_unit_test_setup(test_wall_to_instant, reset_faults),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_agrees_with_libc),
		cmocka_unit_test_setup(test_hours, reset_faults),
		cmocka_unit_test_setup(test_words, reset_faults),
		cmocka_unit_test(test_threads_share_one_zone),
	};
	int failed;

	if (wv_zones_new(&zones, NULL) != WV_OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wv_zones_free(&zones);
	return failed;
}
