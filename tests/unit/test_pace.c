/* When feeds want to be looked at. */
#include "crawler/plan/pace.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define MINUTE (60 * WV_US_PER_S)
#define HOUR   (60 * MINUTE)
#define ALL    0xffffffu

static struct wv_time at(const char *text)
{
	struct wv_time_range range;

	assert_int_equal(wv_time_parse(wv_slice_of(text), (struct wv_time){0}, &range, NULL),
			 WV_OK);
	return range.first;
}

/* 2026-03-02 is a Monday. */
static const struct row {
	const char *name;
	int64_t ttl_us;
	uint32_t hours;
	uint8_t days;
	int64_t usual_us;
	const char *looked, *next; /* NULL: as usual */
} rows[] = {
	{"no word", 0, 0, 0, 5 * MINUTE, "2026-03-02T10:00:00Z", NULL},
	{"a ttl below ours", 3 * MINUTE, 0, 0, 5 * MINUTE, "2026-03-02T10:00:00Z", NULL},
	{"a ttl like ours", 5 * MINUTE, 0, 0, 5 * MINUTE, "2026-03-02T10:00:00Z", NULL},
	{"a ttl above ours", 30 * MINUTE, 0, 0, 5 * MINUTE, "2026-03-02T10:00:00Z",
	 "2026-03-02T10:30:00Z"},
	{"an hour of ttl counts", 1440 * MINUTE, 0, 0, 5 * MINUTE, "2026-03-02T10:00:00Z",
	 "2026-03-02T11:00:00Z"},
	{"ours may be longer still", 1440 * MINUTE, 0, 0, 2 * HOUR, "2026-03-02T10:00:00Z", NULL},
	{"a ttl where we look at every run", 30 * MINUTE, 0, 0, 0, "2026-03-02T10:00:00Z",
	 "2026-03-02T10:30:00Z"},
	{"an hour that is not skipped", 0, 1u << 11, 0, 5 * MINUTE, "2026-03-02T10:54:59Z", NULL},
	{"into a skipped hour", 0, 1u << 11, 0, 5 * MINUTE, "2026-03-02T10:56:00Z",
	 "2026-03-02T12:00:00Z"},
	{"the night, over midnight", 0, 0x80001fu, 0, HOUR, "2026-03-02T22:30:00Z",
	 "2026-03-03T05:00:00Z"},
	{"at every run, now skipped", 0, 1u << 10, 0, 0, "2026-03-02T10:30:00Z",
	 "2026-03-02T11:00:00Z"},
	{"at every run, now allowed", 0, 1u << 11, 0, 0, "2026-03-02T10:30:00Z", NULL},
	{"the weekend", 0, 0, 1u << 6 | 1u << 0, HOUR, "2026-03-06T23:30:00Z",
	 "2026-03-09T00:00:00Z"},
	{"six days: three days at most", 0, 0, 0x7e, HOUR, "2026-03-02T10:00:00Z",
	 "2026-03-05T11:00:00Z"},
	{"all hours are no statement", 0, ALL, 0, 5 * MINUTE, "2026-03-02T10:00:00Z", NULL},
	{"all days are no statement", 0, 0, 0x7f, 5 * MINUTE, "2026-03-02T10:00:00Z", NULL},
	{"ttl and hours add up", 30 * MINUTE, 1u << 11, 0, 5 * MINUTE, "2026-03-02T10:40:00Z",
	 "2026-03-02T12:00:00Z"},
	{"before 1970", 0, 1u << 11, 0, HOUR, "1969-12-31T10:30:00Z", "1969-12-31T12:00:00Z"},
};

static void next(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct wv_pace pace = {row->ttl_us, row->hours, row->days};
		struct wv_time got = wv_pace_next(&pace, at(row->looked), row->usual_us);
		char text[WV_TIME_TEXT_MAX], wanted[WV_TIME_TEXT_MAX];

		row_int(row->name, wv_time_is_none(got), !row->next);
		if (!row->next || wv_time_is_none(got))
			continue;
		wv_time_print(got, text);
		wv_time_print(at(row->next), wanted);
		row_text(row->name, wv_slice_of(text), wanted);
	}
	rows_end();
}

/* Whatever a feed says, it is looked at again within an hour or three days of our own time, never
 * before it, and never in an hour that it skips unless the three days are over. */
static void never_starved(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct wv_pace pace;
		struct wv_time looked, got;
		int64_t usual;

		seed = seed * 1664525u + 1013904223u;
		pace = (struct wv_pace){(seed >> 8) % 3000 * MINUTE, seed >> 3 & ALL,
					(uint8_t)(seed >> 20 & 0x7f)};
		usual = (seed >> 5) % 7200 * WV_US_PER_S;
		looked.us = at("2026-03-02T10:00:00Z").us + (int64_t)(seed % 604800) * WV_US_PER_S;
		got = wv_pace_next(&pace, looked, usual);
		if (wv_time_is_none(got))
			continue;
		row_int("not before", got.us > looked.us + usual, 1);
		row_int("not for ever",
			got.us <= looked.us + (usual > WV_PACE_TTL_MAX_US ? usual : WV_PACE_TTL_MAX_US) +
					  WV_PACE_SKIP_MAX_US,
			1);
	}
	rows_end();
}

static void words(void **state)
{
	static const struct {
		struct wv_pace pace;
		const char *words;
	} said[] = {
		{{0, 0, 0}, ""},
		{{30 * MINUTE, 0, 0}, "ttl 30m"},
		{{1440 * MINUTE, 0, 0}, "ttl 1440m, of which an hour counts"},
		{{0, 0x80003fu, 1u << 0 | 1u << 6},
		 "not in the hours 0-5, 23 GMT; not on Sunday, Saturday"},
		{{5 * MINUTE, ALL, 0x7f}, "ttl 5m"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(said); i++) {
		struct wv_buf out;

		wv_buf_init(&out, 1000);
		wv_pace_say(&said[i].pace, &out);
		row_text(said[i].words, wv_buf_slice(&out), said[i].words);
		row_int(said[i].words, wv_pace_is_set(&said[i].pace), said[i].words[0] != 0);
		wv_buf_done(&out);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(next), cmocka_unit_test(never_starved),
					   cmocka_unit_test(words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
