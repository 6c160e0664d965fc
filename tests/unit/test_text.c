#include "config/base/text.h"

#include <stdio.h>

#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(16u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

/* Maximal bad subparts, as the Encoding Standard's decoder has them. */
static void walking(void **state)
{
	static const struct {
		const char *row, *text;
		size_t n, count;
		bool is_utf8;
		uint32_t first, last;
	} rows[] = {
		{"ASCII", "abc", 3, 3, true, 'a', 'c'},
		{"NUL", "a\0b", 3, 3, true, 'a', 'b'},
		{"two, three, four bytes", "é中😀", 9, 3, true, 0xe9, 0x1f600},
		{"ends of the ranges", "\xc2\x80\xf4\x8f\xbf\xbf", 6, 2, true, 0x80, 0x10ffff},
		{"U+FFFD itself", "\xef\xbf\xbd", 3, 1, true, 0xfffd, 0xfffd},
		{"continuation alone", "\x80\xbf", 2, 2, false, 0xfffd, 0xfffd},
		{"overlong of two", "\xc0\x80", 2, 2, false, 0xfffd, 0xfffd},
		{"overlong of three", "\xe0\x80\x80", 3, 3, false, 0xfffd, 0xfffd},
		{"surrogate", "\xed\xa0\x80", 3, 3, false, 0xfffd, 0xfffd},
		{"above 10FFFF", "\xf4\x90\x80\x80", 4, 4, false, 0xfffd, 0xfffd},
		{"cut after two of three", "\xe4\xb8", 2, 1, false, 0xfffd, 0xfffd},
		{"cut after three of four", "\xf0\x9f\x98", 3, 1, false, 0xfffd, 0xfffd},
		{"cut, then a letter", "\xe4\xb8x", 3, 2, false, 0xfffd, 'x'},
		{"bad after eight", "abcdefgh\xff", 9, 9, false, 'a', 0xfffd},
		{"FE and FF", "\xfe\xff", 2, 2, false, 0xfffd, 0xfffd},
		{"empty", "", 0, 0, true, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice s = wv_slice(rows[i].text, rows[i].n);
		size_t start = 0, end = s.n, back = 0;

		row_int(rows[i].row, (long long)wv_text_count(s), (long long)rows[i].count);
		row_int(rows[i].row, wv_text_is_utf8(s), rows[i].is_utf8);
		if (s.n == 0)
			continue;
		row_int(rows[i].row, wv_text_next(s, &start), rows[i].first);
		row_int(rows[i].row, wv_text_previous(s, &end), rows[i].last);
		if (!rows[i].is_utf8)
			continue;
		for (end = s.n; end > 0; back++)
			wv_text_previous(s, &end);
		row_int(rows[i].row, (long long)back, (long long)rows[i].count);
	}
	rows_end();
}

static void cutting(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
		const char *expected;
	} rows[] = {
		{"abc", 5, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""},   {"中文", 5, "中"},
		{"中文", 3, "中"}, {"中文", 2, ""},  {"a😀b", 4, "a"},  {"a😀b", 5, "a😀"},
		{"é", 1, ""},      {"aé", 2, "a"},   {"a😀😀", 8, "a😀"}, {"ab", 1, "a"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].text, wv_text_cut(wv_slice_of(rows[i].text), rows[i].bytes),
			 rows[i].expected);
	row_int("no UTF-8", (long long)wv_text_cut(WV_LIT("\x80\x80\x80\x80\x80\x80"), 5).n, 5);
	rows_end();
}

static void kinds(void **state)
{
	static const struct {
		uint32_t c;
		bool cjk, space, letter, digit, ends;
	} rows[] = {
		{'a', false, false, true, false, false},
		{'7', false, false, false, true, false},
		{' ', false, true, false, false, false},
		{'.', false, false, false, false, true},
		{0xa0, false, true, false, false, false},
		{0xe9, false, false, true, false, false},
		{0x301, false, false, true, false, false},  /* a mark */
		{0x661, false, false, false, true, false},  /* Arabic one */
		{0x200b, false, true, false, false, false}, /* zero-width space */
		{0xfeff, false, true, false, false, false},
		{0x3000, true, true, false, false, false}, /* ideographic space */
		{0x3002, true, false, false, false, true}, /* ideographic full stop */
		{0x4e2d, true, false, true, false, false},
		{0x3042, true, false, true, false, false},  /* Hiragana */
		{0xd55c, true, false, true, false, false},  /* Hangul */
		{0xff0c, true, false, false, false, false}, /* full-width comma */
		{0xff01, true, false, false, false, true},
		{0xff21, false, false, true, false, false}, /* full-width A is Latin */
		{0xff11, false, false, false, true, false},
		{0x20000, true, false, true, false, false}, /* Han, extension B */
		{0x0964, false, false, false, false, true}, /* danda */
		{0x061f, false, false, false, false, true},
		{0x1f600, false, false, false, false, false},
		{0xfffd, false, false, false, false, false},
	};
	char row[16];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		snprintf(row, sizeof(row), "U+%04X", (unsigned)rows[i].c);
		row_int(row, wv_text_is_cjk(rows[i].c), rows[i].cjk);
		row_int(row, wv_text_is_space(rows[i].c), rows[i].space);
		row_int(row, wv_text_is_letter(rows[i].c), rows[i].letter);
		row_int(row, wv_text_is_digit(rows[i].c), rows[i].digit);
		row_int(row, wv_text_ends_sentence(rows[i].c), rows[i].ends);
	}
	rows_end();
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		size_t units, columns;
	} rows[] = {
		{"", 0, 0},
		{"one two", 4, 7},
		{"don't stop", 4, 10},
		{"don’t", 2, 5},
		{"'quoted' ", 2, 9},
		{"中文字", 3, 6},
		{"中文, and words", 6, 15},
		{"第2024年", 4, 8},
		{"한국어", 3, 6},
		{"ｱｲｳ", 3, 3},
		{"Ｆｕｌｌ", 2, 8},
		{"e\xcc\x81t", 2, 2},
		{"ราคาทองวันนี้", 6, 10},
		{"二〇二四", 4, 8},
		{"。，！", 0, 6},
		{"😀", 0, 2},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice s = wv_slice_of(rows[i].text);

		row_int(rows[i].text, (long long)wv_text_units(s), (long long)rows[i].units);
		row_int(rows[i].text, (long long)wv_text_columns(s), (long long)rows[i].columns);
	}
	rows_end();
}

static void squeezing(void **state)
{
	static const struct {
		const char *row, *text, *expected;
	} rows[] = {
		{"runs and ends", "  a \t\r\n b  ", "a b"},
		{"no-break and ideographic",
		 "a\xc2\xa0\xe3\x80\x80"
		 "b",
		 "a b"},
		{"zero-width leave nothing",
		 "a\xe2\x80\x8b"
		 "b\xef\xbb\xbf",
		 "ab"},
		{"controls",
		 "a\x01"
		 "b\x7f\xc2\x85"
		 "c",
		 "ab c"},
		{"broken",
		 "a\xff"
		 "b",
		 "a\xef\xbf\xbd"
		 "b"},
		{"all broken", "\xff\xff\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"only space", " \n ", ""},
		{"empty", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice out;

		assert_int_equal(wv_text_squeeze(arena, wv_slice_of(rows[i].text), &out, NULL),
				 WV_OK);
		row_text(rows[i].row, out, rows[i].expected);
	}
	rows_end();
}

static void folding(void **state)
{
	static const struct {
		const char *row, *text;
		bool han;
		const char *expected;
	} rows[] = {
		{"case and signs", "Hello, World! 42%", false, "helloworld42"},
		{"full width", "ＡＢＣ１２３", false, "abc123"},
		{"half-width Kana joins its mark", "ｶﾞ", false, "ガ"},
		{"sharp s", "Straße", false, "strasse"},
		{"composed and decomposed", "é e\xcc\x81", false, "éé"},
		{"mark meets its letter", "e - \xcc\x81", false, "é"},
		{"ligature", "ﬁn", false, "fin"},
		{"parenthesised", "⑴ ①", false, "11"},
		{"fraction", "½", false, "12"},
		{"Roman", "Ⅷ", false, "viii"},
		{"soft hyphen, joiners",
		 "a\xc2\xad"
		 "b\xe2\x80\x8d"
		 "c",
		 false, "abc"},
		{"pictures go", "a😀b", false, "ab"},
		{"Devanagari keeps marks", "क्षत्रिय", false, "क्षत्रिय"},
		{"Hangul composes", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", false, "한"},
		{"Han zero", "二〇二四年", false, "二〇二四年"},
		{"traditional kept", "國際經濟", false, "國際經濟"},
		{"traditional folded", "國際經濟", true, "国际经济"},
		{"simplified stays", "国际经济", true, "国际经济"},
		{"compatible Han first", "\xef\xa4\x80", true, "岂"}, /* U+F900: 豈 */
		{"only Latin with han", "Ünïcode", true, "ünïcode"},
		{"mathematical letters", "𝐀𝟏", false, "a1"},
		{"broken",
		 "a\xff"
		 "b",
		 false, "ab"},
		{"only signs", "... !?", false, ""},
		{"empty", "", false, ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice out;

		assert_int_equal(
			wv_text_fold(arena, wv_slice_of(rows[i].text), rows[i].han, &out, NULL),
			WV_OK);
		row_text(rows[i].row, out, rows[i].expected);
	}
	rows_end();
}

/* Text that grows while it is folded: U+FDFA is eighteen letters. */
static void growing(void **state)
{
	static char text[3 * 3000 + 1];
	struct wv_slice out;

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		memcpy(text + 3 * i, "\xef\xb7\xba", 3);
	assert_int_equal(wv_text_fold(arena, wv_slice_of(text), false, &out, NULL), WV_OK);
	assert_int_equal(wv_text_count(out), 3000 * 15); /* three of them are spaces */
}

static void out_of_memory(void **state)
{
	struct wv_arena *none = NULL;
	struct wv_slice out;

	(void)state;
	assert_int_equal(wv_arena_new(0, &none, NULL), WV_OK);
	assert_int_equal(wv_text_fold(none, WV_LIT("abc"), true, &out, NULL), WV_NOMEM);
	assert_int_equal(wv_text_squeeze(none, WV_LIT("abc"), &out, NULL), WV_NOMEM);
	wv_arena_free(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walking),   cmocka_unit_test(cutting),
		cmocka_unit_test(kinds),     cmocka_unit_test(sizes),
		cmocka_unit_test(squeezing), cmocka_unit_test(folding),
		cmocka_unit_test(growing),   cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
