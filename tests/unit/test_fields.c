#include "archive/serve/fields.h"

#include "tests/support/rows.h"

ROWS_STATE;

static void hosts(void **state)
{
	static const struct {
		const char *value;
		bool is;
	} rows[] = {
		{"news.example", true},
		{"news.example.", true},
		{"News_1.example:8080", true},
		{"127.0.0.1:1", true},
		{"[::1]", true},
		{"[::ffff:1.2.3.4]:80", true},
		{"news.example:", true},
		{"", false},
		{":80", false},
		{"a b", false},
		{"user@news.example", false},
		{"news.example/path", false},
		{"news.example:80:80", false},
		{"news.example:123456", false},
		{"news.example:8x", false},
		{"<script>", false},
		{"[::1", false},
		{"[]", false},
		{"[::1]x", false},
		{"[news.example]", false},
		{"a\xc3\xa9", false},
		{"a,b", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value, wv_fields_is_host(wv_slice_of(rows[i].value)), rows[i].is);
	rows_end();
}

static void allowed_hosts(void **state)
{
	static const struct {
		const char *value, *allowed;
		bool is;
	} rows[] = {
		{"news.example", "news.example", true},
		{"NEWS.example.:8080", "news.example", true},
		{"news.example:8080", "news.example:8080", true},
		{"news.example:8081", "news.example:8080", false},
		{"news.example", "news.example:8080", false},
		{"[::1]:80", "[::1]", true},
		{"[::2]:80", "[::1]", false},
		{"xnews.example", "news.example", false},
		{"news.example.evil.example", "news.example", false},
		{"", "news.example", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value,
			wv_fields_host_is(wv_slice_of(rows[i].value), wv_slice_of(rows[i].allowed)),
			rows[i].is);
	rows_end();
}

static void none_match(void **state)
{
	static const struct {
		const char *value;
		bool has;
		bool is_weak; /* and so is none of If-Match's */
	} rows[] = {
		{"\"x\"", true, false},
		{"W/\"x\"", true, true},
		{"*", true, false},
		{" * ", true, false},
		{"\"a\", \"x\"", true, false},
		{"\"a\" ,W/\"x\" , \"b\"", true, true},
		{"W/\"x\", \"x\"", true, false},
		{"\"a,\\\"\",\"x\"", false, false}, /* a backslash escapes nothing in an entity-tag */
		{"\"a\",,\"x\"", true, false},
		{"", false, false},
		{"x", false, false},
		{"\"x", false, false},
		{"\"a\"\"x\"", false, false},
		{"\"X\"", false, false},
		{"\"xx\"", false, false},
		{"W/", false, false},
		{",", false, false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value,
			wv_fields_none_match_has(wv_slice_of(rows[i].value), WV_LIT("\"x\"")),
			rows[i].has);
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value,
			wv_fields_match_allows(wv_slice_of(rows[i].value), WV_LIT("\"x\"")),
			rows[i].value[0] ? rows[i].has && !rows[i].is_weak : true);
	rows_end();
}

static void ranges(void **state)
{
	static const struct {
		const char *value;
		uint64_t total;
		enum wv_range what;
		uint64_t from, to;
	} rows[] = {
		{"bytes=0-9", 100, WV_RANGE_ONE, 0, 9},
		{"bytes=90-", 100, WV_RANGE_ONE, 90, 99},
		{"bytes=99-99", 100, WV_RANGE_ONE, 99, 99},
		{"bytes=90-1000", 100, WV_RANGE_ONE, 90, 99},
		{"bytes=-10", 100, WV_RANGE_ONE, 90, 99},
		{"bytes=-1000", 100, WV_RANGE_ONE, 0, 99},
		{"Bytes= 5 - 6 ", 100, WV_RANGE_ONE, 5, 6},
		{"bytes=0-18446744073709551615", 100, WV_RANGE_ONE, 0, 99},
		{"bytes=100-", 100, WV_RANGE_NONE_OF_IT, 0, 0},
		{"bytes=18446744073709551615-", 100, WV_RANGE_NONE_OF_IT, 0, 0},
		{"bytes=-0", 100, WV_RANGE_NONE_OF_IT, 0, 0},
		{"bytes=0-", 0, WV_RANGE_NONE_OF_IT, 0, 0},
		{"bytes=-1", 0, WV_RANGE_NONE_OF_IT, 0, 0},
		{"", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=-", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=5", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=9-5", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=0-1,5-6", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=1-2-3", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=+1-2", 100, WV_RANGE_ALL, 0, 0},
		{"bytes=18446744073709551616-", 100, WV_RANGE_ALL, 0, 0},
		{"lines=1-2", 100, WV_RANGE_ALL, 0, 0},
	};
	static const struct {
		const char *value;
		bool allows;
	} conditions[] = {{"", true}, {"\"x\"", true}, {" \"x\" ", true}, {"W/\"x\"", false},
	                  {"\"y\"", false}, {"*", false}, {"\"y\", \"x\"", false},
	                  {"Mon, 01 Jan 2024 00:00:00 GMT", false}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint64_t from = 0, to = 0;

		row_int(rows[i].value, wv_fields_range(wv_slice_of(rows[i].value), rows[i].total, &from, &to),
			rows[i].what);
		row_int(rows[i].value, (long long)from, (long long)rows[i].from);
		row_int(rows[i].value, (long long)to, (long long)rows[i].to);
	}
	for (size_t i = 0; i < WV_COUNT(conditions); i++)
		row_int(conditions[i].value,
			wv_fields_if_range_allows(wv_slice_of(conditions[i].value), WV_LIT("\"x\"")),
			conditions[i].allows);
	rows_end();
}

static void forwarded(void **state)
{
	static const struct {
		const char *value, *last;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"6.6.6.6, 192.0.2.1", "192.0.2.1"},
		{" a ,b , 2001:db8::1 ", "2001:db8::1"},
		{"", ""},
		{"1.2.3.4,", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].value, wv_fields_last_forwarded(wv_slice_of(rows[i].value)),
			 rows[i].last);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(allowed_hosts),
		cmocka_unit_test(none_match),
		cmocka_unit_test(ranges),
		cmocka_unit_test(forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
