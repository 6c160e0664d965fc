#include "config/base/bytes.h"

#include "tests/support/rows.h"

ROWS_STATE;

static void words(void **state)
{
	static const struct {
		const char *row, *list, *word;
		bool is_in;
	} rows[] = {
		{"alone", "feed", "feed", true},
		{"among others", " next\tfeed\nicon", "feed", true},
		{"other case", "FEED", "feed", true},
		{"a part of one", "feeds", "feed", false},
		{"one of two", "fe ed", "feed", false},
		{"of nothing", "", "feed", false},
		{"of space", " \t", "feed", false},
		{"no word", "a b", "", false},
		{"two words", "a b", "a b", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].row,
		        wv_slice_has_word(wv_slice_of(rows[i].list), wv_slice_of(rows[i].word)),
		        rows[i].is_in);
	rows_end();
}

static void slices(void **state)
{
	static const struct {
		const char *row, *s, *needle;
		size_t from;
		long long at, at_nocase;
	} rows[] = {
		{"start", "abc", "a", 0, 0, 0},
		{"middle", "xxABCx", "ABC", 0, 2, 2},
		{"other case", "xxAbCx", "abc", 0, -1, 2},
		{"after from", "abab", "ab", 1, 2, 2},
		{"longer than text", "ab", "abc", 0, -1, -1},
		{"empty needle", "ab", "", 2, 2, 2},
		{"from past the end", "ab", "", 3, -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice s = wv_slice_of(rows[i].s), n = wv_slice_of(rows[i].needle);

		row_int(rows[i].row, (long long)wv_slice_find(s, n, rows[i].from), rows[i].at);
		row_int(rows[i].row, (long long)wv_slice_find_nocase(s, n, rows[i].from),
		        rows[i].at_nocase);
	}
	row_text("trim", wv_slice_trim(WV_LIT(" \t\r\n\fa b\n ")), "a b");
	row_text("trim of space", wv_slice_trim(WV_LIT("  ")), "");
	row_text("part", wv_slice_part(WV_LIT("abcdef"), 2, 3), "cde");
	row_text("part clamps", wv_slice_part(WV_LIT("abcdef"), 4, 30), "ef");
	row_text("part past the end", wv_slice_part(WV_LIT("abc"), 9, 1), "");
	row_int("nocase", wv_slice_equals_nocase(WV_LIT("AbZ["), WV_LIT("aBz[")), 1);
	row_int("[ is not {", wv_slice_equals_nocase(WV_LIT("["), WV_LIT("{")), 0);
	row_int("order", wv_slice_compare(WV_LIT("ab"), WV_LIT("abc")) < 0, 1);
	row_int("order of bytes", wv_slice_compare(WV_LIT("\xff"), WV_LIT("a")) > 0, 1);
	rows_end();
}

static void numbers(void **state)
{
	static const struct {
		const char *row, *text;
		bool read;
		uint64_t value;
	} rows[] = {
		{"zero", "0", true, 0},
		{"largest", "18446744073709551615", true, UINT64_MAX},
		{"one above", "18446744073709551616", false, 0},
		{"ten above", "184467440737095516150", false, 0},
		{"empty", "", false, 0},
		{"sign", "-1", false, 0},
		{"plus", "+1", false, 0},
		{"space", " 1", false, 0},
		{"tail", "1x", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint64_t value = 7;

		row_int(rows[i].row, wv_slice_u64(wv_slice_of(rows[i].text), &value), rows[i].read);
		row_int(rows[i].row, (long long)value, (long long)(rows[i].read ? rows[i].value : 7));
	}
	rows_end();
}

static void cursor(void **state)
{
	struct wv_cursor c = wv_cursor(WV_LIT("\x01\x02\x03\x04\x05"));
	struct wv_slice line;

	(void)state;
	assert_int_equal(wv_cursor_u16(&c), 0x0201);
	assert_int_equal(wv_cursor_u8(&c), 3);
	assert_int_equal(wv_cursor_u32(&c), 0);
	assert_true(c.failed);
	assert_int_equal(wv_cursor_left(&c), 0);
	c = wv_cursor(WV_LIT("a\r\nb\rc\n\nd"));
	for (const char *const *want = (const char *const[]){"a", "b", "c", "", "d", NULL}; *want;
	     want++) {
		assert_true(wv_cursor_line(&c, &line));
		row_text("line", line, *want);
	}
	assert_false(wv_cursor_line(&c, &line));
	c = wv_cursor(WV_LIT("k=v"));
	row_text("until", wv_cursor_until(&c, '='), "k");
	row_text("rest", wv_cursor_until(&c, '='), "v");
	rows_end();
}

static void varints(void **state)
{
	static const uint64_t values[] = {0,          1,          127,        128,
	                                  16383,      16384,      UINT32_MAX, INT64_MAX,
	                                  UINT64_MAX, UINT64_MAX - 1};
	static const struct {
		const char *row;
		struct wv_slice bytes;
	} refused[] = {
		{"cut", WV_LIT_INIT("\x80")},
		{"not the shortest", WV_LIT_INIT("\x80\x00")},
		{"eleven bytes", WV_LIT_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")},
		{"above 64 bits", WV_LIT_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(values); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf buf = {.cap = 100};
		struct wv_cursor c;

		wv_buf_add_varint(&buf, values[i]);
		wv_buf_add_zigzag(&buf, (int64_t)values[i]);
		wv_buf_add_block(&buf, WV_LIT("xyz"));
		c = wv_cursor(wv_buf_slice(&buf));
		row_int("varint", (long long)wv_cursor_varint(&c), (long long)values[i]);
		row_int("zigzag", wv_cursor_zigzag(&c), (long long)values[i]);
		row_text("block", wv_cursor_block(&c), "xyz");
		row_int("all read", (long long)wv_cursor_left(&c), 0);
		row_int("no failure", c.failed, 0);
	}
	for (size_t i = 0; i < WV_COUNT(refused); i++) {
		struct wv_cursor c = wv_cursor(refused[i].bytes);

		wv_cursor_varint(&c);
		row_int(refused[i].row, c.failed, 1);
	}
	rows_end();
}

static void buffer_caps(void **state)
{
	(void)state;
	for (size_t n = 9; n <= 11; n++) {
		WV_AUTO(wv_buf_done) struct wv_buf buf = {.cap = 10};
		struct wv_err err = WV_ERR_NONE;

		for (size_t i = 0; i < n; i++)
			wv_buf_add_byte(&buf, 'x');
		row_int("status at the cap", wv_buf_finish(&buf, "test", &err),
		        n <= 10 ? WV_OK : WV_LIMIT);
		row_int("bytes kept", (long long)buf.n, n <= 10 ? (long long)n : 10);
		/* A latched failure stays until a reset. */
		if (n > 10) {
			wv_buf_add_bytes(&buf, "", 0);
			row_int("latched", buf.failed, WV_LIMIT);
			wv_buf_reset(&buf);
			wv_buf_add_byte(&buf, 'y');
			row_int("after reset", buf.failed, WV_OK);
		}
	}
	rows_end();
}

static void utf8(void **state)
{
	static const struct {
		const char *row;
		uint32_t code_point;
		const char *bytes;
	} rows[] = {
		{"ascii", 'a', "a"},          {"two", 0xE9, "\xC3\xA9"},
		{"three", 0x4E2D, "\xE4\xB8\xAD"}, {"four", 0x1F600, "\xF0\x9F\x98\x80"},
		{"surrogate", 0xD800, "\xEF\xBF\xBD"}, {"too large", 0x110000, "\xEF\xBF\xBD"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf buf = {.cap = 100};

		wv_buf_add_utf8(&buf, rows[i].code_point);
		row_text(rows[i].row, wv_buf_slice(&buf), rows[i].bytes);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices), cmocka_unit_test(words),  cmocka_unit_test(numbers),
		cmocka_unit_test(cursor),  cmocka_unit_test(varints),
		cmocka_unit_test(buffer_caps), cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
