#include "archive/serve/target.h"

#include "tests/support/rows.h"

ROWS_STATE;

static void origin_form(void **state)
{
	static const struct {
		const char *target;
		bool is;
	} rows[] = {
		{"/", true},
		{"/web/2024/http://host/a%2Fb?c=d", true},
		{"//", true},
		{"/../etc/passwd", true}, /* bytes; no file is ever named by them */
		{"/\xe8\xb4\xa2", true},
		{"", false},
		{"*", false},
		{"web", false},
		{"http://host/", false},
		{"host:80", false},
		{"/a b", false},
		{"/a\tb", false},
		{"/a\rb", false},
		{"/a\x7f", false},
		{"\\a", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].target, wv_target_is_origin_form(wv_slice_of(rows[i].target)),
			rows[i].is);
	row_int("NUL", wv_target_is_origin_form(WV_LIT("/a\0b")), false);
	rows_end();
}

static void path_and_query(void **state)
{
	static const struct {
		const char *target, *path, *query;
	} rows[] = {
		{"/", "/", ""},
		{"/a?", "/a", ""},
		{"/a?b?c", "/a", "b?c"},
		{"/a%3Fb?c", "/a%3Fb", "c"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice path, query;

		wv_target_split(wv_slice_of(rows[i].target), &path, &query);
		row_text(rows[i].target, path, rows[i].path);
		row_text(rows[i].target, query, rows[i].query);
	}
	rows_end();
}

static void parameters(void **state)
{
	static const struct {
		const char *query, *name;
		size_t nth;
		const char *value; /* NULL: none */
	} rows[] = {
		{"q=a+b%20c", "q", 0, "a b c"},
		{"q=%E8%B4%A2", "q", 0, "\xe8\xb4\xa2"},
		{"q=1&q=2&q=3", "q", 1, "2"},
		{"q=1&q=2&q=3", "q", 3, NULL},
		{"q", "q", 0, ""},
		{"q=", "q", 0, ""},
		{"=q", "", 0, "q"},
		{"q=a=b", "q", 0, "a=b"},
		{"%71=coded", "q", 0, "coded"},
		{"qq=1&q=2", "q", 0, "2"},
		{"Q=1", "q", 0, NULL},
		{"q=%", "q", 0, "%"},
		{"q=%4", "q", 0, "%4"},
		{"q=%zz%41", "q", 0, "%zzA"},
		{"q=%%41", "q", 0, "%A"},
		{"&&q=x&&", "q", 0, "x"},
		{"q=a;b", "q", 0, "a;b"},
		{"", "q", 0, NULL},
		{"from%5B%5D=1", "from[]", 0, "1"},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(1u << 20, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice value = WV_LIT("none");
		bool is_there = wv_target_parameter(wv_slice_of(rows[i].query), rows[i].name,
						    rows[i].nth, arena, &value);

		row_int(rows[i].query, is_there, rows[i].value != NULL);
		if (rows[i].value)
			row_text(rows[i].query, value, rows[i].value);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origin_form),
		cmocka_unit_test(path_and_query),
		cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
