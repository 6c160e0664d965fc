/* What a path of /web/, /timegate/ or /timemap/ names. Choosing among captures is in
 * e2e/serve_protocols.py, over a real archive. */
#include "archive/serve/replay.h"

#include "tests/support/rows.h"

ROWS_STATE;

static const struct url_row {
	const char *name, *rest, *query, *url; /* NULL: none */
} urls[] = {
	{"as it should be", "http://a.example/b", "", "http://a.example/b"},
	{"its query is the request's", "http://a.example/b", "c=1&d", "http://a.example/b?c=1&d"},
	{"one slash collapsed", "http:/a.example/b", "", "http://a.example/b"},
	{"both collapsed", "https:a.example/b", "", "https://a.example/b"},
	{"three slashes", "http:///a.example/b", "", "http://a.example/b"},
	{"no scheme", "a.example/b", "", "http://a.example/b"},
	{"no scheme, with a port", "a.example:8080/b", "", "http://a.example:8080/b"},
	{"encoded as a whole", "http%3A%2F%2Fa.example%2Fb%3Fc%3D1", "", "http://a.example/b?c=1"},
	{"an escape of its own stays", "http://a.example/b%20c", "", "http://a.example/b%20c"},
	{"upper case and default port", "HTTP://A.Example:80/B", "", "http://a.example/B"},
	{"user and fragment go", "http://u:p@a.example/#f", "", "http://a.example/"},
	{"another scheme", "ftp://a.example/b", "", NULL},
	{"another scheme, collapsed", "file:/etc/passwd", "", NULL},
	{"a script", "javascript:alert(1)", "", NULL},
	{"nothing", "", "", NULL},
	{"no host", "http://", "", NULL},
	{"a bad port", "http://a.example:99999/", "", NULL},
	{"a URL in its query", "http://a.example/?u=http://b.example/", "", "http://a.example/?u=http://b.example/"},
};

static void test_urls(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(4 * 1024 * 1024, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(urls); i++) {
		struct wv_original out = {.is_known = true};
		enum wv_status st = wv_original_parse(arena, wv_slice_of(urls[i].rest),
		                                      wv_slice_of(urls[i].query), &out, NULL);

		row_int(urls[i].name, st, urls[i].url ? WV_OK : WV_USAGE);
		if (st == WV_OK && urls[i].url)
			row_text(urls[i].name, out.url, urls[i].url);
	}
	rows_end();
}

static const struct web_row {
	const char *name, *rest;
	enum wv_status status;
	bool is_star, has_when, is_exact;
	const char *when, *modifier, *url;
} webs[] = {
	{"exact", "20240605054503/http://a/", WV_OK, false, true, true, "2024-06-05T05:45:03Z", "", "http://a/"},
	{"with a modifier", "20240605054503id_/http://a/", WV_OK, false, true, true, "2024-06-05T05:45:03Z", "id_", "http://a/"},
	{"a year", "2024/http://a/", WV_OK, false, true, false, "2024-01-01T00:00:00Z", "", "http://a/"},
	{"no time", "http://a/", WV_OK, false, false, false, NULL, "", "http://a/"},
	{"a modifier alone", "if_/http://a/", WV_OK, false, false, false, NULL, "if_", "http://a/"},
	{"all", "*/http://a/", WV_OK, true, false, false, NULL, "", "http://a/"},
	{"a host", "a.example/2024/", WV_OK, false, false, false, NULL, "", "a.example/2024/"},
	{"no such modifier", "20240605054503zz_/http://a/", WV_OK, false, false, false, NULL, "", "20240605054503zz_/http://a/"},
	{"no such month", "20241305000000/http://a/", WV_USAGE, false, false, false, NULL, NULL, NULL},
	{"three digits", "202/http://a/", WV_USAGE, false, false, false, NULL, NULL, NULL},
	{"fifteen digits", "202406050545031/http://a/", WV_USAGE, false, false, false, NULL, NULL, NULL},
	{"an odd number", "2024061/http://a/", WV_USAGE, false, false, false, NULL, NULL, NULL},
	{"no URL", "20240605054503/", WV_OK, false, true, true, "2024-06-05T05:45:03Z", "", ""},
	{"nothing", "", WV_OK, false, false, false, NULL, "", ""},
};

static void test_webs(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(webs); i++) {
		const struct web_row *row = &webs[i];
		struct wv_web out;
		char text[WV_TIME_TEXT_MAX];
		enum wv_status st = wv_web_parse(wv_slice_of(row->rest), (struct wv_time){0}, &out, NULL);

		row_int(row->name, st, row->status);
		if (st != WV_OK || row->status != WV_OK)
			continue;
		row_int(row->name, out.is_star, row->is_star);
		row_int(row->name, out.has_when, row->has_when);
		row_int(row->name, out.is_exact, row->is_exact);
		row_text(row->name, wv_slice_of(out.modifier), row->modifier);
		row_text(row->name, out.url, row->url);
		if (row->when)
			row_text(row->name, wv_slice_of(wv_time_print(out.when, text)), row->when);
	}
	rows_end();
}

static const struct cursor_row {
	const char *name, *rest, *cursor, *left;
} cursors[] = {
	{"none", "http://a/", "", "http://a/"},
	{"one", "1717566303123456-42/http://a/", "1717566303123456-42", "http://a/"},
	{"a host of digits", "12-3/b", "", "12-3/b"},
	{"letters", "1717566303123456-4x/b", "", "1717566303123456-4x/b"},
	{"too large", "99999999999999999999999-1/b", "", "99999999999999999999999-1/b"},
	{"no slash", "1717566303123456-42", "", "1717566303123456-42"},
};

static void test_cursors(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(cursors); i++) {
		struct wv_slice rest = wv_slice_of(cursors[i].rest);
		struct wv_slice cursor = wv_timemap_cursor(&rest);

		row_text(cursors[i].name, cursor, cursors[i].cursor);
		row_text(cursors[i].name, rest, cursors[i].left);
	}
	rows_end();
}

static void test_address(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 4096};

	struct wv_visit visit = {.form = WV_FORM_SERVED};

	(void)state;
	wv_memento_add_address(&out, &visit, WV_LIT("http://h"), (struct wv_time){1717566303999999}, "id_",
	                       WV_LIT("http://a/\"<b>\r\n#\xc3\xa9|c"));
	row_text("an address", wv_buf_slice(&out),
	         "http://h/web/20240605054503id_/http://a/%22%3Cb%3E%0D%0A%23%C3%A9|c");
	visit.has_as_of = visit.has_known_at = visit.has_tongue = true;
	visit.at.us = 1717566303000000;
	visit.known_at.us = 1717566303250000;
	visit.tongue = WV_TONGUE_EN;
	wv_buf_reset(&out);
	wv_memento_add_address(&out, &visit, WV_SLICE_NONE, visit.at, "", WV_LIT("http://a/"));
	row_text("of a visit with T and K", wv_buf_slice(&out),
	         "/web/as-of=2024-06-05T05:45:03Z&known-at=2024-06-05T05:45:03.250000Z&lang=en/"
	         "20240605054503/http://a/");
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_urls), cmocka_unit_test(test_webs),
	                                   cmocka_unit_test(test_cursors),
	                                   cmocka_unit_test(test_address)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
