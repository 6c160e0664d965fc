/* Raw header blocks as servers write them, and bodies under their Content-Encoding. */
#include "crawler/fetch/headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "crawler/fetch/fetch.h"
#include "tests/support/rows.h"

ROWS_STATE;

static void statuses(void **state)
{
	static const struct {
		const char *block;
		int status;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\n\r\n", 200},
		{"HTTP/1.1 404\r\n", 404},
		{"HTTP/2 301 \r\n", 301},
		{"http/1.0  503  x\n", 503},
		{"HTTP/1.1 99 x\r\n", 0},
		{"HTTP/1.1 2000 x\r\n", 0},
		{"HTTP/1.1\r\n", 0},
		{"HTTP/1.1 abc\r\n", 0},
		{"Server: x\r\n", 0},
		{"", 0},
		{"HTTP/1.1 20", 0},
		{"HTTP/1.1 451", 451},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].block, wv_headers_status(wv_slice_of(rows[i].block)),
			rows[i].status);
	rows_end();
}

static const char block[] = "HTTP/1.1 200 OK: not a field\r\n"
			    "Server: one\r\n"
			    "X-Robots-Tag: noarchive, unavailable_after: 1 Jan\r\n"
			    "no colon here\r\n"
			    ": no name\r\n"
			    "x-robots-tag:nofollow\n"
			    "Folded: a\r\n b\r\n\tc\r\n"
			    "Empty:\r\n"
			    "Spaced : value \t\r\n"
			    "SERVER: two\r\n"
			    "\r\n";

static void fields(void **state)
{
	static const char *const names[] = {"Server", "X-Robots-Tag", "x-robots-tag", "Folded",
					    "Empty",  "Spaced",       "SERVER"};
	struct wv_slice name, value, all = wv_slice_of(block);
	size_t at = 0, n = 0;

	(void)state;
	while (wv_headers_next(all, &at, &name, &value)) {
		assert_true(n < WV_COUNT(names));
		row_text("name", name, names[n++]);
	}
	assert_int_equal(WV_COUNT(names), n);
	row_text("first", wv_headers_first(all, WV_LIT("server")), "one");
	row_text("last", wv_headers_last(all, WV_LIT("server")), "two");
	row_text("folded", wv_headers_first(all, WV_LIT("FOLDED")), "a\r\n b\r\n\tc");
	row_text("space before the colon", wv_headers_first(all, WV_LIT("spaced")), "value");
	row_int("empty is there", wv_headers_has(all, WV_LIT("empty")), true);
	row_text("empty", wv_headers_first(all, WV_LIT("empty")), "");
	row_int("missing", wv_headers_has(all, WV_LIT("location")), false);
	row_int("the status line is none", wv_headers_has(all, WV_LIT("HTTP/1.1 200 OK")), false);
	at = 0;
	assert_true(wv_headers_next_of(all, WV_LIT("X-Robots-Tag"), &at, &value));
	assert_true(wv_headers_next_of(all, WV_LIT("X-Robots-Tag"), &at, &value));
	row_text("second", value, "nofollow");
	assert_false(wv_headers_next_of(all, WV_LIT("X-Robots-Tag"), &at, &value));
	rows_end();
}

static void members(void **state)
{
	static const struct {
		const char *block, *members; /* joined by "|" */
	} rows[] = {
		{"A: x, y ,z\r\n", "x|y|z"},
		{"A: x\r\nB: n\r\na: y\r\n", "x|y"},
		{"A: ,, x,\r\n", "x"},
		{"A: \"a,b\", c\r\n", "\"a,b\"|c"},
		{"A: \"a\\\",b\", c\r\n", "\"a\\\",b\"|c"},
		{"A: \"open, c\r\n", "\"open, c"},
		{"A: x,\r\n y\r\n", "x|y"},
		{"A:\r\n", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_headers_list list = {0};
		struct wv_slice one;
		struct wv_buf joined;

		wv_buf_init(&joined, 1000);
		while (wv_headers_next_member(wv_slice_of(rows[i].block), WV_LIT("a"), &list,
					      &one)) {
			if (joined.n > 0)
				wv_buf_add_byte(&joined, '|');
			wv_buf_add(&joined, one);
		}
		row_text(rows[i].block, wv_buf_slice(&joined), rows[i].members);
		wv_buf_done(&joined);
	}
	rows_end();
}

static void content_types(void **state)
{
	static const struct {
		const char *block, *essence, *charset;
	} rows[] = {
		{"Content-Type: text/html\r\n", "text/html", ""},
		{"Content-Type: Text/HTML; Charset=UTF-8\r\n", "text/html", "UTF-8"},
		{"Content-Type: text/html;charset=\"Shift_JIS\"\r\n", "text/html", "Shift_JIS"},
		{"Content-Type: text/html; charset='gbk'\r\n", "text/html", "gbk"},
		{"Content-Type: text/html; a=\";charset=x\"; charset = big5 \r\n", "text/html",
		 "big5"},
		{"Content-Type: text/html; charset=; charset=euc-kr\r\n", "text/html", "euc-kr"},
		{"Content-Type: text/html;\r\n charset=gb18030\r\n", "text/html", "gb18030"},
		{"Content-Type: application/xhtml+xml ; x\r\n", "application/xhtml+xml", ""},
		{"Content-Type: text/plain\r\nContent-Type: text/html; charset=a\r\n", "text/html",
		 "a"},
		{"Content-Type: text/html; charset=a\r\nContent-Type: nonsense\r\n", "text/html",
		 "a"},
		{"Content-Type: html\r\n", "", ""},
		{"Content-Type: text/\r\n", "", ""},
		{"Content-Type: /html\r\n", "", ""},
		{"Content-Type: te xt/html\r\n", "", ""},
		{"Content-Type: text/html, text/plain\r\n", "", ""},
		{"Content-Type:\r\n", "", ""},
		{"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_headers_type type;

		wv_headers_content_type(wv_slice_of(rows[i].block), &type);
		row_text(rows[i].block, wv_slice_of(type.essence), rows[i].essence);
		row_text(rows[i].block, type.charset, rows[i].charset);
	}
	rows_end();
}

static void a_type_at_its_length(void **state)
{
	static const size_t sizes[] = {WV_HEADERS_ESSENCE_MAX - 2, WV_HEADERS_ESSENCE_MAX - 1,
				       WV_HEADERS_ESSENCE_MAX};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(sizes); i++) {
		char text[300] = "Content-Type: a/";
		struct wv_headers_type type;

		for (size_t k = 2; k < sizes[i]; k++)
			text[14 + k] = 'b';
		wv_headers_content_type(wv_slice(text, 14 + sizes[i]), &type);
		row_int("length", (long long)strlen(type.essence),
			sizes[i] < WV_HEADERS_ESSENCE_MAX ? (long long)sizes[i] : 0);
	}
	rows_end();
}

static void caching(void **state)
{
	static const struct {
		const char *block;
		long long max_age;
		bool no_store;
	} rows[] = {
		{"Cache-Control: max-age=60\r\n", 60, false},
		{"Cache-Control: public, Max-Age=\"5\" , no-store\r\n", 5, true},
		{"Cache-Control: private\r\nCache-Control: max-age = 7\r\n", 7, false},
		{"Cache-Control: s-maxage=9, max-age=8\r\n", 8, false},
		{"Cache-Control: max-age=1, max-age=2\r\n", 1, false},
		{"Cache-Control: max-age=-1\r\n", -1, false},
		{"Cache-Control: max-age=soon\r\n", -1, false},
		{"Cache-Control: max-age\r\n", -1, false},
		{"Cache-Control: max-age=\r\n", -1, false},
		{"Cache-Control: max-age=2147483647\r\n", 2147483647, false},
		{"Cache-Control: max-age=2147483648\r\n", 2147483647, false},
		{"Cache-Control: max-age=99999999999999999999999\r\n", 2147483647, false},
		{"Cache-Control: no-store=\"x\"\r\n", -1, true},
		{"Cache-Control: no-storey\r\n", -1, false},
		{"", -1, false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice all = wv_slice_of(rows[i].block);

		row_int(rows[i].block, wv_headers_max_age_s(all), rows[i].max_age);
		row_int(rows[i].block, wv_headers_has_cache_directive(all, WV_LIT("no-store")),
			rows[i].no_store);
	}
	rows_end();
}

/* ---- bodies ---- */

enum layer { NONE, GZIP, ZLIB, RAW };

static void add_layer(struct wv_buf *body, enum layer layer)
{
	static const int bits[] = {0, 31, 15, -15};
	struct wv_buf packed;
	z_stream z = {0};
	unsigned char *to;
	size_t bound;

	if (layer == NONE)
		return;
	assert_int_equal(Z_OK, deflateInit2(&z, 9, Z_DEFLATED, bits[layer], 8, 0));
	bound = deflateBound(&z, body->n);
	wv_buf_init(&packed, 1u << 27);
	to = wv_buf_room(&packed, bound);
	assert_non_null(to);
	z.next_in = body->p;
	z.avail_in = (uInt)body->n;
	z.next_out = to;
	z.avail_out = (uInt)bound;
	assert_int_equal(Z_STREAM_END, deflate(&z, Z_FINISH));
	packed.n = z.total_out;
	deflateEnd(&z);
	wv_buf_done(body);
	*body = packed;
}

struct body_row {
	const char *name, *coding;
	enum layer first, second;
	size_t plain, max;
	enum wv_status status;
	size_t got;
};

static const struct body_row body_rows[] = {
	{"no coding", NULL, NONE, NONE, 1000, 1000, WV_OK, 1000},
	{"no coding, at the cap", NULL, NONE, NONE, 1000, 999, WV_LIMIT, 999},
	{"identity", "identity", NONE, NONE, 1000, 1000, WV_OK, 1000},
	{"gzip", "gzip", GZIP, NONE, 1000, 1001, WV_OK, 1000},
	{"gzip at the cap", "gzip", GZIP, NONE, 1000, 1000, WV_OK, 1000},
	{"gzip above the cap", "gzip", GZIP, NONE, 1000, 999, WV_LIMIT, 999},
	{"x-gzip, case", "X-GZip", GZIP, NONE, 1000, 1000, WV_OK, 1000},
	{"deflate as zlib", "deflate", ZLIB, NONE, 1000, 1000, WV_OK, 1000},
	{"deflate as raw", "deflate", RAW, NONE, 1000, 1000, WV_OK, 1000},
	{"gzip, but plain", "gzip", NONE, NONE, 1000, 1000, WV_BAD_INPUT, 0},
	{"gzip of gzip", "gzip, gzip", GZIP, GZIP, 1000, 1000, WV_OK, 1000},
	{"gzip of deflate", "deflate, gzip", RAW, GZIP, 1000, 1000, WV_OK, 1000},
	{"deflate of gzip", "gzip, deflate", GZIP, ZLIB, 1000, 1000, WV_OK, 1000},
	{"said twice, done once", "gzip, gzip", GZIP, NONE, 1000, 1000, WV_BAD_INPUT, 0},
	{"three layers", "gzip, gzip, gzip", GZIP, GZIP, 1000, 1000, WV_NO, 0},
	{"unknown", "br", NONE, NONE, 1000, 1000, WV_NO, 0},
	{"one unknown of two", "gzip, zstd", GZIP, NONE, 1000, 1000, WV_NO, 0},
	{"empty body under gzip", "gzip", NONE, NONE, 0, 1000, WV_OK, 0},
	/* 50 MB of one byte: 49 KB as gzip, and some hundred bytes as gzip of gzip. */
	{"bomb ends at the ratio", "gzip", GZIP, NONE, 50000000, 60000000, WV_LIMIT,
	 1048576 + 65536},
	{"bomb ends at the cap", "gzip", GZIP, NONE, 50000000, 500000, WV_LIMIT, 500000},
	{"nested bomb ends at the cap", "gzip, gzip", GZIP, GZIP, 50000000, 500000, WV_LIMIT,
	 500000},
	{"nested bomb ends at the ratio", "gzip, gzip", GZIP, GZIP, 50000000, 60000000, WV_LIMIT,
	 1048576 + 65536},
};

static void bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(body_rows); i++) {
		const struct body_row *row = &body_rows[i];
		char headers[100];
		struct wv_buf body, out;
		enum wv_status st;

		snprintf(headers, sizeof(headers), "HTTP/1.1 200 OK\r\n%s%s\r\n\r\n",
			 row->coding ? "Content-Encoding: " : "X: y",
			 row->coding ? row->coding : "");
		wv_buf_init(&body, 1u << 27);
		wv_buf_init(&out, 1u << 27);
		if (row->plain > 0) {
			unsigned char *to = wv_buf_room(&body, row->plain);

			assert_non_null(to);
			memset(to, 'z', row->plain);
			body.n = row->plain;
		}
		add_layer(&body, row->first);
		add_layer(&body, row->second);
		st = wv_fetch_decode_body(wv_buf_slice(&body), wv_slice_of(headers), row->max, &out,
					  NULL);
		row_text(row->name, wv_slice_of(wv_status_name(st)), wv_status_name(row->status));
		row_int(row->name, (long long)out.n, (long long)row->got);
		for (size_t k = 0; k < out.n; k++) {
			if (out.p[k] != 'z') {
				print_error("row '%s': byte %zu is wrong\n", row->name, k);
				rows_failed++;
				break;
			}
		}
		wv_buf_done(&body);
		wv_buf_done(&out);
	}
	rows_end();
}

static void two_lines_are_two_layers(void **state)
{
	struct wv_codings codings;

	(void)state;
	wv_headers_codings(WV_LIT("Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n"),
			   &codings);
	assert_int_equal(2, codings.n);
	assert_int_equal(WV_CODING_DEFLATE, codings.p[0]);
	assert_int_equal(WV_CODING_GZIP, codings.p[1]);
	assert_false(codings.too_many);
	wv_headers_codings(WV_LIT("Content-Encoding: gzip, identity, br, zstd\r\n"), &codings);
	assert_int_equal(1, codings.n);
	row_text("unknown", codings.unknown, "br");
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statuses),
		cmocka_unit_test(fields),
		cmocka_unit_test(members),
		cmocka_unit_test(content_types),
		cmocka_unit_test(a_type_at_its_length),
		cmocka_unit_test(caching),
		cmocka_unit_test(bodies),
		cmocka_unit_test(two_lines_are_two_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
