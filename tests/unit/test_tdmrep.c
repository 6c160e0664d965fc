/* What a site reserves against text and data mining. */
#include "config/base/limits.h"
#include "crawler/discover/tdmrep.h"
#include "crawler/plan/robots.h"
#include "tests/support/rows.h"

ROWS_STATE;

static const struct row {
	const char *name, *json;
	const char *reserved, *free; /* paths, parted by blanks */
} rows[] = {
	{"all", "[{\"location\": \"/\", \"tdm-reservation\": 1}]", "/ /a /a/b?x", ""},
	{"as text", "[{\"location\": \"/\", \"tdm-reservation\": \"1\"}]", "/a", ""},
	{"nothing", "[{\"location\": \"/\", \"tdm-reservation\": 0}]", "", "/ /a"},
	{"an empty list", "[]", "", "/"},
	{"a folder", "[{\"location\": \"/news/\", \"tdm-reservation\": 1}]", "/news/1",
	 "/ /newsroom"},
	{"a pattern", "[{\"location\": \"/*.html$\", \"tdm-reservation\": 1}]", "/a.html",
	 "/a.html?x /a"},
	{"the first decides, not the longest",
	 "[{\"location\": \"/\", \"tdm-reservation\": 1}, {\"location\": \"/open/\", "
	 "\"tdm-reservation\": 0}]",
	 "/a /open/1", ""},
	{"the first decides",
	 "[{\"location\": \"/open/\", \"tdm-reservation\": 0}, {\"location\": \"/\", "
	 "\"tdm-reservation\": 1}, {\"location\": \"/open/b/\", \"tdm-reservation\": 1}]",
	 "/a", "/open/1 /open/b/1"},
	{"the example of the text",
	 "[{\"location\": \"/directory-a/\", \"tdm-reservation\": 1}, {\"location\": "
	 "\"/directory-b/html/\", \"tdm-reservation\": 1, \"tdm-policy\": "
	 "\"https://provider.example/policies/policy.json\"}, {\"location\": "
	 "\"/directory-b/images/*.jpg\", \"tdm-reservation\": 0}]",
	 "/directory-a/x /directory-b/html/a.html", "/directory-b/images/a.jpg /directory-a /c"},
	{"a value that is none stands for not set",
	 "[{\"location\": \"/a\", \"tdm-reservation\": 2}, {\"location\": \"/\", "
	 "\"tdm-reservation\": 1}]",
	 "/b", "/a"},
	{"case counts", "[{\"location\": \"/News/\", \"tdm-reservation\": 1}]", "/News/1",
	 "/news/1"},
	{"escapes of what needs none are undone",
	 "[{\"location\": \"/%61b%2Fc\", \"tdm-reservation\": 1}]", "/ab%2fc", "/ab/c"},
	{"a dollar as itself", "[{\"location\": \"/foo-%24\", \"tdm-reservation\": 1}]", "/foo-$",
	 "/foo-"},
	{"a blank and a number sign", "[{\"location\": \"/a b#c\", \"tdm-reservation\": 1}]",
	 "/a%20b%23c", "/a%20b"},
	{"robots.txt is a path like others", "[{\"location\": \"/\", \"tdm-reservation\": 1}]",
	 "/robots.txt", ""},
	{"with a policy",
	 "[{\"location\": \"/\", \"tdm-reservation\": 1, \"tdm-policy\": \"https://x/p.json\"}]",
	 "/a", ""},
	{"a location that would break its line",
	 "[{\"location\": \"/a\\nDisallow: /\", \"tdm-reservation\": 1}, {\"location\": \"/b\", "
	 "\"tdm-reservation\": 1}]",
	 "/b", "/a /c"},
	{"no location", "[{\"tdm-reservation\": 1}, 7, null, [\"x\"]]", "", "/"},
	{"loose JSON", "\xEF\xBB\xBF[{\"location\": \"/x\", \"tdm-reservation\": 1,},]", "/x",
	 "/y"},
};

static void judge(const struct row *row, const struct wv_robots *robots, const char *paths,
		  bool reserved)
{
	struct wv_cursor c = wv_cursor(wv_slice_of(paths));

	while (wv_cursor_left(&c)) {
		struct wv_slice path = wv_cursor_until(&c, ' ');

		if (wv_robots_check_in_order(robots, path).allowed == reserved) {
			print_error("%.*s: ", WV_FMT(path));
			row_int(row->name, !reserved, reserved);
		}
	}
}

static void test_rules(void **state)
{
	static const struct wv_slice token = WV_LIT_INIT("wirevault");
	struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_robots *robots = NULL;
		struct wv_slice text;

		wv_arena_reset(arena);
		row_int(rows[i].name,
			wv_tdmrep_rules(arena, wv_slice_of(rows[i].json), &text, NULL), WV_OK);
		assert_int_equal(
			wv_robots_parse(text, (struct wv_strings){&token, 1}, &robots, NULL),
			WV_OK);
		judge(&rows[i], robots, rows[i].reserved, true);
		judge(&rows[i], robots, rows[i].free, false);
		wv_robots_free(&robots);
	}
	row_int("no list",
		wv_tdmrep_rules(arena, WV_LIT("{\"location\": \"/\"}"), &(struct wv_slice){0},
				NULL),
		WV_BAD_INPUT);
	row_int("a page",
		wv_tdmrep_rules(arena, WV_LIT("<html>not found</html>"), &(struct wv_slice){0},
				NULL),
		WV_BAD_INPUT);
	wv_arena_free(&arena);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
