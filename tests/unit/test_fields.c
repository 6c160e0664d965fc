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
	} rows[] = {
		{"\"x\"", true},
		{"W/\"x\"", true},
		{"*", true},
		{" * ", true},
		{"\"a\", \"x\"", true},
		{"\"a\" ,W/\"x\" , \"b\"", true},
		{"\"a,\\\"\",\"x\"", false}, /* a backslash escapes nothing in an entity-tag */
		{"\"a\",,\"x\"", true},
		{"", false},
		{"x", false},
		{"\"x", false},
		{"\"a\"\"x\"", false},
		{"\"X\"", false},
		{"\"xx\"", false},
		{"W/", false},
		{",", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].value,
			wv_fields_none_match_has(wv_slice_of(rows[i].value), WV_LIT("\"x\"")),
			rows[i].has);
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
		cmocka_unit_test(forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
