/* Patterns of CDX filters. */
#include "archive/serve/cdx.h"

#include "tests/support/rows.h"

ROWS_STATE;

static const struct {
	const char *pattern, *value;
	int matches; /* -1: it is none */
} rows[] = {
	{"200", "200", 1},          {"200", "2000", 0},        {"200", "20", 0},
	{"", "", 1},                {"", "a", 0},              {"2..", "204", 1},
	{"[23]..", "304", 1},       {"[23]..", "404", 0},      {"[^2]..", "404", 1},
	{"[^2]..", "204", 0},       {"[a-c]+", "abcab", 1},    {"[a-c]+", "abd", 0},
	{"[]a]", "]", 1},           {"image/.*", "image/png", 1}, {"image/.*", "text/image/", 0},
	{".*png", "image/png", 1},  {"a*", "", 1},             {"a*", "aaaa", 1},
	{"a*b", "aaab", 1},         {"a*b", "aaac", 0},        {"a+", "", 0},
	{"a+b", "aab", 1},          {"ab?c", "ac", 1},         {"ab?c", "abc", 1},
	{"ab?c", "abbc", 0},        {"a|b", "b", 1},           {"a|b", "c", 0},
	{"a|", "", 0},              {"text/html|image/.*", "image/gif", 1},
	{"\\d+", "123", 1},         {"\\d+", "12a", 0},        {"\\.", ".", 1},
	{"\\.", "a", 0},            {"\\w\\s", "a ", 1},       {"^200$", "200", 1},
	{"[\\d.]+", "1.2", 1},      {".*.*.*.*.*.*.*x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0},
	{"(a)", "a", -1},           {"a**", "a", -1},          {"*", "a", -1},
	{"[a", "a", -1},            {"a\\", "a", -1},          {"a{2}", "aa", -1},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_pattern pattern = {.text = {0}};
		enum wv_status st = wv_pattern_parse(wv_slice_of(rows[i].pattern), &pattern, NULL);

		row_int(rows[i].pattern, st, rows[i].matches < 0 ? WV_USAGE : WV_OK);
		if (st == WV_OK)
			row_int(rows[i].pattern, wv_pattern_matches(&pattern, wv_slice_of(rows[i].value)),
			        rows[i].matches);
	}
	rows_end();
}

static void test_beginnings(void **state)
{
	static const struct {
		const char *pattern, *value;
		bool matches;
	} begins[] = {{"200", "2000", true},    {"200", "1200", false},  {"20|30", "304", true},
	              {"", "a", true},          {".*/html", "text/html; x", true}, {"200$", "2000", false},
	              {"200$", "200", true},    {".*\\.php$", "http://a/x.php", true},
	              {".*\\.php$", "http://a/x.php?a", false}, {"a$|b", "bc", true}, {"a\\$", "a$b", true},
	              {"ab", "a", false}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(begins); i++) {
		struct wv_pattern pattern = {.is_beginning = true};

		row_int(begins[i].pattern, wv_pattern_parse(wv_slice_of(begins[i].pattern), &pattern, NULL),
		        WV_OK);
		row_int(begins[i].pattern, wv_pattern_matches(&pattern, wv_slice_of(begins[i].value)),
		        begins[i].matches);
	}
	rows_end();
}

/* The most that a pattern may have, against a long value: places, not ways. */
static void test_bounds(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 4096}, value = {.cap = 1u << 20};
	struct wv_pattern pattern = {.text = {0}};

	(void)state;
	for (size_t i = 0; i < WV_PATTERN_ATOMS_MAX - 1; i++)
		wv_buf_add_string(&text, "a*");
	for (size_t i = 0; i < 32768; i++)
		wv_buf_add_byte(&value, 'a');
	row_int("63 atoms", wv_pattern_parse(wv_buf_slice(&text), &pattern, NULL), WV_OK);
	row_int("63 atoms", wv_pattern_matches(&pattern, wv_buf_slice(&value)), 1);
	wv_buf_add_byte(&value, 'b');
	row_int("63 atoms", wv_pattern_matches(&pattern, wv_buf_slice(&value)), 0);
	wv_buf_add_string(&text, "a");
	row_int("64 atoms", wv_pattern_parse(wv_buf_slice(&text), &pattern, NULL), WV_USAGE);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_beginnings), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
