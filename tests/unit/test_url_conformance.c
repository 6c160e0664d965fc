/* Every case of web-platform-tests' urltestdata.json (tests/conformance/url/README.md). */
#include "config/base/checked.h"
#include "config/base/json.h"
#include "config/url.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/rows.h"

ROWS_STATE;

#define DATA_BYTES_MAX (1u << 20)

/* The data is of 2022; where the standard has changed since, what it asks for now. */
static const struct {
	const char *input, *href;
} changed[] = {
	/* U+005E belongs to the path percent-encode set since March 2025 (whatwg/url#846). */
	{"foo://host/ !\"$%&'()*+,-./:;<=>@[\\]^_`{|}~",
	 "foo://host/%20!%22$%&'()*+,-./:;%3C=%3E@[\\]%5E_%60%7B|%7D~"},
	{"wss://host/ !\"$%&'()*+,-./:;<=>@[\\]^_`{|}~",
	 "wss://host/%20!%22$%&'()*+,-./:;%3C=%3E@[/]%5E_%60%7B|%7D~"},
};

/* The data writes half surrogate pairs, which a DOMString's conversion makes U+FFFD. */
static void mend_surrogates(char *text)
{
	for (char *at = text; (at = strstr(at, "\\u")) != NULL; at += 6) {
		unsigned long unit, next = 0;
		char digits[5] = {at[2], at[3], at[4], at[5], 0};

		unit = strtoul(digits, NULL, 16);
		if (unit < 0xd800 || unit > 0xdfff)
			continue;
		if (at[6] == '\\' && at[7] == 'u') {
			memcpy(digits, at + 8, 4);
			next = strtoul(digits, NULL, 16);
		}
		if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)
			at += 6;
		else
			memcpy(at + 2, "fffd", 4);
	}
}

static struct wv_slice expected_href(const struct wv_json *test)
{
	struct wv_slice input = wv_json_get_string(test, "input");

	for (size_t i = 0; i < WV_COUNT(changed); i++)
		if (wv_slice_equals(input, wv_slice_of(changed[i].input)))
			return wv_slice_of(changed[i].href);
	return wv_json_get_string(test, "href");
}

static void check_part(const char *row, const char *what, struct wv_slice got,
		       struct wv_slice expected)
{
	if (wv_slice_equals(got, expected))
		return;
	print_error("%s: %s: expected '%.*s', got '%.*s'\n", row, what, WV_FMT(expected),
		    WV_FMT(got));
	rows_failed++;
}

/* "?query" or "": what the search attribute of the data says. */
static struct wv_slice without_mark(struct wv_slice s)
{
	return wv_slice_from(s, 1);
}

static void check_url(const char *row, const struct wv_json *test, const struct wv_url *url)
{
	struct wv_slice path = wv_json_get_string(test, "pathname");
	struct wv_slice href = expected_href(test), protocol = wv_json_get_string(test, "protocol");

	check_part(row, "href", url->href, href);
	check_part(row, "protocol", url->scheme, wv_slice_part(protocol, 0, protocol.n - 1));
	check_part(row, "username", url->username, wv_json_get_string(test, "username"));
	check_part(row, "password", url->password, wv_json_get_string(test, "password"));
	check_part(row, "hostname", url->host, wv_json_get_string(test, "hostname"));
	check_part(row, "search", url->query, without_mark(wv_json_get_string(test, "search")));
	check_part(row, "hash", url->fragment, without_mark(wv_json_get_string(test, "hash")));
	if (wv_slice_equals(href, wv_json_get_string(test, "href")))
		check_part(row, "pathname", url->path, path);
	if (url->has_port) {
		char port[8];

		snprintf(port, sizeof(port), "%u", (unsigned)url->port);
		check_part(row, "port", wv_slice_of(port), wv_json_get_string(test, "port"));
	} else {
		check_part(row, "port", WV_LIT(""), wv_json_get_string(test, "port"));
	}
}

/* Returns whether it was a case (the data has comments between them). */
static bool run_case(const struct wv_json *test, size_t index)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_slice input = wv_json_get_string(test, "input");
	const struct wv_json *base_text = wv_json_get(test, "base");
	bool has_base = base_text && base_text->kind == WV_JSON_STRING;
	struct wv_url base, url;
	enum wv_status st = WV_OK;
	char row[300];

	if (test->kind != WV_JSON_OBJECT)
		return false;
	if (wv_arena_new(1u << 20, &arena, NULL) != WV_OK)
		abort();
	snprintf(row, sizeof(row), "case %zu '%.*s' on '%.*s'", index,
		 (int)wv_min_size(input.n, 120), (const char *)input.p,
		 has_base ? (int)wv_min_size(base_text->text.n, 80) : 0,
		 has_base ? (const char *)base_text->text.p : "");
	if (has_base)
		st = wv_url_parse(arena, base_text->text, NULL, &base, NULL);
	if (st == WV_OK)
		st = wv_url_parse(arena, input, has_base ? &base : NULL, &url, NULL);
	if (wv_json_get(test, "failure")) {
		row_int(row, st, WV_USAGE);
	} else {
		row_int(row, st, WV_OK);
		if (st == WV_OK)
			check_url(row, test, &url);
	}
	return true;
}

static void urltestdata(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	static char text[DATA_BYTES_MAX];
	FILE *file = fopen(WV_SOURCE_DIR "/tests/conformance/url/urltestdata.json", "rb");
	const struct wv_json *cases;
	struct wv_err err = WV_ERR_NONE;
	int count = 0;
	size_t n;

	(void)state;
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	mend_surrogates(text);
	assert_int_equal(wv_arena_new(64u << 20, &arena, NULL), WV_OK);
	if (wv_json_parse_strict(arena, wv_slice(text, n), &cases, &err) != WV_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < cases->n; i++)
		count += run_case(&cases->items[i], i);
	row_int("number of cases", count, 687);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(urltestdata)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
