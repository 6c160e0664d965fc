/* What the plan keeps, byte for byte. */
#include <string.h>

#include "crawler/plan/check_row.h"
#include "crawler/plan/coverage.h"
#include "crawler/plan/robots.h"
#include "crawler/plan/tables.h"
#include "tests/support/rows.h"

ROWS_STATE;

static void test_page_row(void **state)
{
	struct wv_page_row row = {
		.state = WV_PAGE_DUE, .kind = WV_VISIT_FEED, .via = WV_VIA_REDIRECT, .is_listing = true,
		.is_aside = true, .source_id = 0xdeadbeef, .depth = UINT32_MAX, .hops = 2,
		.url = WV_LIT("http://a.example/"), .found = {1}, .lane = WV_LANE_AGAIN, .at = INT64_MIN,
		.due = {3}, .attempt = 4, .last_due = WV_TIME_NONE, .last_visit = WV_TIME_NONE,
		.last_change = {5}, .last_status = -1, .last_result = WV_RESULT_TLS, .visits = 6,
		.failures = 7, .interval_us = 8, .etag = WV_LIT("W/\"x\""), .last_modified = WV_LIT("y"),
		.has_body = true, .body = {{9}}, .chain = {WV_LIT("http://b/"), WV_LIT("http://c/")},
		.chain_count = 2, .evidence = WV_LIT("z"),
		.pace = {1800 * WV_US_PER_S, 0x80003f, 0x41}, .variant = 0xfeedface,
	};
	struct wv_page_row back;
	struct wv_buf bytes, again;

	(void)state;
	wv_buf_init(&bytes, 4096);
	wv_buf_init(&again, 4096);
	wv_page_row_encode(&row, &bytes);
	assert_int_equal(wv_page_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_OK);
	wv_page_row_encode(&back, &again);
	row_int("decode(encode) = itself", wv_slice_equals(wv_buf_slice(&bytes), wv_buf_slice(&again)), 1);
	row_int("never", wv_time_is_none(back.last_due), 1);
	row_int("at", back.at == INT64_MIN, 1);
	row_text("chain", back.chain[1], "http://c/");
	row_int("pace", back.pace.ttl_us == row.pace.ttl_us && back.pace.skip_hours == 0x80003f && back.pace.skip_days == 0x41, 1);
	row_int("variant", back.variant, 0xfeedface);
	for (size_t n = 0; n < bytes.n; n++)
		row_int("cut short", wv_page_row_decode(wv_slice(bytes.p, n), &back, NULL), WV_DAMAGED);
	wv_buf_add_byte(&bytes, 0);
	row_int("one byte more", wv_page_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_DAMAGED);
	bytes.p[0] = 2;
	row_int("another version", wv_page_row_decode(wv_buf_slice(&bytes), &back, NULL), WV_DAMAGED);
	wv_buf_done(&bytes);
	wv_buf_done(&again);
	rows_end();
}

/* Keys sort by source, host, lane, instant. */
static void test_due_keys(void **state)
{
	const struct wv_due_key keys[] = {
		{1, WV_LIT("a"), WV_LANE_LISTING, -5, 9}, {1, WV_LIT("a"), WV_LANE_LISTING, 5, 1},
		{1, WV_LIT("a"), WV_LANE_LISTING, 5, 2},  {1, WV_LIT("a"), WV_LANE_NEW, INT64_MIN, 0},
		{1, WV_LIT("a"), WV_LANE_NEW, INT64_MAX, 0}, {1, WV_LIT("a"), WV_LANE_NEXT_RUN, 0, 0},
		{1, WV_LIT("a-b"), WV_LANE_LISTING, 0, 0}, {1, WV_LIT("ab"), WV_LANE_LISTING, 0, 0},
		{256, WV_LIT(""), WV_LANE_LISTING, 0, 0},
	};
	unsigned char rooms[2][WV_DUE_KEY_MAX];
	struct wv_slice last = WV_SLICE_NONE;
	static unsigned char longest[1000];
	struct wv_due_key back;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(keys); i++) {
		struct wv_slice key = wv_due_key_make(&keys[i], rooms[i % 2]);

		row_int("ascending", wv_slice_compare(last, key) < 0, 1);
		row_int("readable", wv_due_key_read(key, &back), 1);
		row_int("source", back.source_id, keys[i].source_id);
		row_int("lane", back.lane, keys[i].lane);
		row_int("at", back.at == keys[i].at, 1);
		row_int("hash", (long long)back.hash, (long long)keys[i].hash);
		row_int("host", wv_slice_equals(back.host, keys[i].host), 1);
		last = key;
	}
	memset(longest, 'x', sizeof longest);
	back = (struct wv_due_key){1, wv_slice(longest, sizeof longest), WV_LANE_NEW, 0, 0};
	row_int("a host without end fits", wv_due_key_make(&back, rooms[0]).n <= WV_DUE_KEY_MAX, 1);
	{
		/* As forged as can be: the rest of the key is right. */
		unsigned char forged[4 + WV_DUE_HOST_MAX + 1 + 18] = {0};

		memset(forged + 4, 'x', WV_DUE_HOST_MAX + 1);
		row_int("the longest host", wv_due_key_read(wv_slice(forged + 1, sizeof forged - 1), &back), 1);
		row_int("is whole", (long long)back.host.n, WV_DUE_HOST_MAX);
		row_int("a longer one", wv_due_key_read(wv_slice(forged, sizeof forged), &back), 0);
	}
	row_int("no key", wv_due_key_read(WV_LIT("abcd"), &back), 0);
	row_int("no key either", wv_due_key_read(WV_LIT("abcdefgh\0\7aaaaaaaabbbbbbbb"), &back), 0);
	rows_end();
}

static void test_hosts(void **state)
{
	static const struct {
		const char *url, *host, *origin;
	} rows[] = {
		{"http://a.example/x", "a.example", "http://a.example"},
		{"https://a.example:8443/x?y=http://z/", "a.example", "https://a.example:8443"},
		{"http://a.example", "a.example", "http://a.example"},
		{"http://a.example?x:1", "a.example", "http://a.example"},
		{"http://[::1]/x", "[::1]", "http://[::1]"},
		{"http://[2001:db8::1]:81/x", "[2001:db8::1]", "http://[2001:db8::1]:81"},
		{"nonsense", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		row_text(rows[i].url, wv_plan_host(wv_slice_of(rows[i].url)), rows[i].host);
		row_text(rows[i].url, wv_plan_origin(wv_slice_of(rows[i].url)), rows[i].origin);
	}
	/* On disk: these must never change. */
	row_int("hash of nothing", (long long)wv_plan_hash(WV_SLICE_NONE), (long long)0xcbf29ce484222325u);
	row_int("hash of a", (long long)wv_plan_hash(WV_LIT("a")), (long long)0xaf63dc4c8601ec8cu);
	row_int("source", wv_frontier_source_id(WV_LIT("abc")), 0xbf1678ba);
	rows_end();
}

static void test_change(void **state)
{
	struct wv_change change;
	size_t one;

	(void)state;
	wv_change_init(&change);
	wv_change_add_queue(&change, 1, WV_LIT("a.example"));
	one = change.queues.n;
	wv_change_add_queue(&change, 1, WV_LIT("a.example"));
	row_int("distinct", (long long)change.queues.n, (long long)one);
	wv_change_add_queue(&change, 2, WV_LIT("a.example"));
	row_int("of another source", (long long)change.queues.n, 2 * (long long)one);
	wv_change_reset(&change);
	row_int("empty again", (long long)change.queues.n, 0);
	wv_change_done(&change);
	rows_end();
}

/* What `verify` asks of the crawl's rows. */
static void test_check_row(void **state)
{
	const struct wv_due_key due = {1, WV_LIT("a.example"), WV_LANE_NEW, 5, 9};
	const struct wv_page_row page = {.url = WV_LIT("http://a.example/")};
	const struct wv_turn_state turn = {.run = 1};
	const struct wv_robots_row robots = {.text = WV_LIT("User-agent: *\n")};
	const struct wv_coverage coverage = {.news = 1};
	const struct wv_listing_state listing = {.url = WV_LIT("http://a.example/")};
	unsigned char key[WV_DUE_KEY_MAX];
	struct wv_buf bytes[5];
	const struct {
		const char *name;
		enum wv_table table;
		struct wv_slice key;
		const struct wv_buf *value; /* NULL: the text "page" */
		bool is_sound;
	} rows[] = {
		{"a page", WV_TABLE_FRONTIER, WV_LIT("example,a)/"), &bytes[0], true},
		{"a page of a turn's bytes", WV_TABLE_FRONTIER, WV_LIT("example,a)/"), &bytes[1], false},
		{"a turn", WV_TABLE_TURNS, WV_LIT("a.example"), &bytes[1], true},
		{"a run of a turn's bytes", WV_TABLE_TURNS, WV_LIT("\0run"), &bytes[1], false},
		{"robots", WV_TABLE_ROBOTS, WV_LIT("http://a.example"), &bytes[2], true},
		{"rules of tdmrep.json", WV_TABLE_ROBOTS, WV_LIT("\0tdmhttp://a.example"), NULL, true},
		{"robots of other bytes", WV_TABLE_ROBOTS, WV_LIT("http://a.example"), NULL, false},
		{"coverage", WV_TABLE_SOURCES, WV_LIT("A\0coverage"), &bytes[3], true},
		{"coverage of other bytes", WV_TABLE_SOURCES, WV_LIT("A\0coverage"), &bytes[4], false},
		{"a listing", WV_TABLE_SOURCES, WV_LIT("A\0listing12345678"), &bytes[4], true},
		{"a listing of other bytes", WV_TABLE_SOURCES, WV_LIT("A\0listing12345678"), NULL, false},
		{"a source of other bytes", WV_TABLE_SOURCES, WV_LIT("A"), NULL, false},
		{"seeds", WV_TABLE_SOURCES, WV_LIT("A\0seeds"), NULL, true},
		{"due", WV_TABLE_DUE, wv_due_key_make(&due, key), NULL, true},
		{"due of another key", WV_TABLE_DUE, WV_LIT("a.example"), NULL, false},
		{"the ledger", WV_TABLE_LEDGER, WV_LIT("12345678901234567890"), NULL, false},
		{"of a page", WV_TABLE_LEDGER_BY_PAGE, WV_LIT("a)/\00012345678901234567890"), NULL, true},
		{"of no page", WV_TABLE_LEDGER_BY_PAGE, WV_LIT("\00012345678901234567890"), NULL, false},
		{"of a page, short", WV_TABLE_LEDGER_BY_PAGE, WV_LIT("a)/"), NULL, false},
		{"not the crawl's", WV_TABLE_CAPTURES, WV_LIT("a"), NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(bytes); i++)
		wv_buf_init(&bytes[i], 4096);
	wv_page_row_encode(&page, &bytes[0]);
	wv_turn_state_encode(&turn, &bytes[1]);
	wv_robots_row_encode(&robots, &bytes[2]);
	wv_coverage_encode(&coverage, &bytes[3]);
	wv_listing_state_encode(&listing, &bytes[4]);
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name,
			wv_plan_check_row(rows[i].table, rows[i].key,
					  rows[i].value ? wv_buf_slice(rows[i].value) : WV_LIT("page"), NULL,
					  NULL),
			rows[i].is_sound ? WV_OK : WV_DAMAGED);
	for (size_t i = 0; i < WV_COUNT(bytes); i++)
		wv_buf_done(&bytes[i]);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_row),
		cmocka_unit_test(test_due_keys),
		cmocka_unit_test(test_check_row),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
