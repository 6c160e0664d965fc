/* Which links may enter. */
#include "config/base/limits.h"
#include "crawler/plan/admission.h"
#include "tests/support/rows.h"

ROWS_STATE;

static const char yaml[] =
	"agent: {name: wirevault, contact: 'mailto:x@example.org'}\n"
	"network: {ports: [80, 443, 8000]}\n"
	"sources:\n"
	"  - name: one\n    seeds: ['http://news.example/', 'http://news.example:8080/x']\n"
	"    scope: host\n    depth: 3\n    exclude: ['*/print/*']\n"
	"    related: {hops: 2, score: 0.5}\n";
/* 2024-06-05 */
static const struct wv_time now = {INT64_C(1717545600) * WV_US_PER_S};

static const struct row {
	const char *url;
	enum wv_visit_kind kind;
	uint32_t depth, hops;
	bool is_related;
	enum wv_admission want;
	uint32_t want_hops;
} rows[] = {
	{"http://news.example/a/1.html", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"https://news.example/a", WV_VISIT_PAGE, 3, 0, false, WV_ADMIT, 0},
	{"https://news.example/a", WV_VISIT_PAGE, 4, 0, false, WV_ADMIT_NOT_DEPTH, 0},
	{"ftp://news.example/a", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_NOT_SCHEME, 0},
	{"mailto:a@news.example", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_NOT_SCHEME, 0},
	{"http://news.example:8080/y", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example:8081/y", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_NOT_PORT, 0},
	{"http://other.example:8080/y", WV_VISIT_FEED, 1, 0, false, WV_ADMIT_NOT_PORT, 0},
	{"http://xnews.example/y", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_NOT_SCOPE, 0},
	{"http://news.example/print/1", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_NOT_SCOPE, 0},
	{"http://other.example/f.xml", WV_VISIT_FEED, 9, 0, false, WV_ADMIT, 0},
	{"http://other.example:8000/s.xml", WV_VISIT_SITEMAP, 9, 0, false, WV_ADMIT, 0},
	{"http://cdn.example/i.png", WV_VISIT_REQUISITE, 9, 0, false, WV_ADMIT, 0},
	{"http://other.example/story", WV_VISIT_PAGE, 1, 0, true, WV_ADMIT, 1},
	{"http://other.example/story", WV_VISIT_PAGE, 1, 1, true, WV_ADMIT, 2},
	{"http://other.example/story", WV_VISIT_PAGE, 1, 2, true, WV_ADMIT_NOT_SCOPE, 0},
	{"http://news.example/back", WV_VISIT_PAGE, 1, 2, true, WV_ADMIT, 0},
	/* traps */
	{"http://news.example/a/b/a/b/", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_REPEAT, 0},
	{"http://news.example/x/a/y/a/z/a", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_REPEAT, 0},
	{"http://news.example/a/a/b", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/2024/05/05/05/", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example//////", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24",
	 WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25",
	 WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_DEEP, 0},
	{"http://news.example/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/a?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_QUERY, 0},
	{"http://news.example/2025/07/", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/2025/08/", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/cal/3024/1/2", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/1923/04/old-paper", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/5000/99/", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/c?d=2024-05-01", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/c?d=2031-05-01", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/c?x=1&d=1913-05", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/c?evdate=20310501", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/c?evdate=20310501&x=1", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT_TRAP_CALENDAR, 0},
	{"http://news.example/c?id=20310501", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/c?date=2031050112", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
	{"http://news.example/c?id=203105", WV_VISIT_PAGE, 1, 0, false, WV_ADMIT, 0},
};

static enum wv_admission check(struct wv_settings_file *file, struct wv_slice text,
                               const struct row *row, uint32_t *hops)
{
	const struct wv_settings *settings = wv_settings_get(file);
	struct wv_admission_facts facts = {.settings = settings, .source = &settings->sources[0],
	                                   .kind = row->kind, .depth = row->depth,
	                                   .hops = row->hops, .is_related = row->is_related,
	                                   .now = now};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_url url;

	assert_int_equal(wv_arena_new(1u << 20, &arena, NULL), WV_OK);
	assert_int_equal(wv_url_parse(arena, text, NULL, &url, NULL), WV_OK);
	return wv_admission_check(&facts, &url, hops);
}

static void test_rows(void **state)
{
	struct wv_settings_file *file = NULL;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	if (wv_settings_parse(wv_slice_of(yaml), "t.yaml", NULL, NULL, &file, &err) != WV_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint32_t hops = 99;
		enum wv_admission got = check(file, wv_slice_of(rows[i].url), &rows[i], &hops);

		row_text(rows[i].url, wv_slice_of(wv_admission_name(got)),
		         wv_admission_name(rows[i].want));
		if (got == WV_ADMIT)
			row_int(rows[i].url, hops, rows[i].want_hops);
	}
	wv_settings_free(&file);
	rows_end();
}

/* A query at its limit and one above. */
static void test_query_length(void **state)
{
	static const struct row row = {.kind = WV_VISIT_PAGE, .depth = 1};
	struct wv_settings_file *file = NULL;
	struct wv_buf text;
	uint32_t hops;

	(void)state;
	assert_int_equal(wv_settings_parse(wv_slice_of(yaml), "t.yaml", NULL, NULL, &file, NULL), WV_OK);
	wv_buf_init(&text, 4096);
	wv_buf_add_string(&text, "http://news.example/a?");
	for (int i = 0; i < 1024; i++)
		wv_buf_add_byte(&text, 'x');
	row_int("1 KiB", check(file, wv_buf_slice(&text), &row, &hops), WV_ADMIT);
	wv_buf_add_byte(&text, 'x');
	row_int("one more", check(file, wv_buf_slice(&text), &row, &hops), WV_ADMIT_TRAP_QUERY);
	wv_buf_done(&text);
	wv_settings_free(&file);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_query_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
