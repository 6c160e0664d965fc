#include "config/base/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "tests/support/json_dump.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(128u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

typedef enum wv_status (*reader)(struct wv_arena *arena, struct wv_slice text,
				 const struct wv_json **out, struct wv_err *err);

/* Read and written again, or "!" and the status. */
static struct wv_slice again(reader read, struct wv_slice text)
{
	const struct wv_json *tree;
	enum wv_status st = read(arena, text, &tree, NULL);
	struct wv_buf buf;
	struct wv_slice copy;

	if (st != WV_OK)
		return wv_arena_format(arena, "!%s", wv_status_name(st));
	wv_buf_init(&buf, 16u << 20);
	json_dump(&buf, tree);
	copy = wv_arena_copy(arena, wv_buf_slice(&buf));
	wv_buf_done(&buf);
	return copy;
}

struct reading_row {
	const char *row, *text, *expected;
};

static void check_readings(reader read, const struct reading_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		row_text(rows[i].row, again(read, wv_slice_of(rows[i].text)), rows[i].expected);
	rows_end();
}

static void what_the_web_calls_json(void **state)
{
	static const struct reading_row rows[] = {
		{"plain", "{\"a\":[1,-2.5,true,false,null,\"x\"]}",
		 "{\"a\":[1,-2.5,true,false,null,\"x\"]}"},
		{"blanks", " \n{ \"a\" : 1 }\xc2\xa0", "{\"a\":1}"},
		{"byte order mark", "\xef\xbb\xbf{}", "{}"},
		{"trailing commas", "{\"a\":[1,2,],}", "{\"a\":[1,2]}"},
		{"doubled commas", "[,1,,2]", "[1,2]"},
		{"raw line break", "{\"a\":\"x\ny\tz\"}", "{\"a\":\"x\\ny\\tz\"}"},
		{"HTML comment", "<!-- {\"a\":1} -->", "{\"a\":1}"},
		{"CDATA", "//<![CDATA[\n{\"a\":1}\n//]]>", "{\"a\":1}"},
		{"CDATA on one line", "/*<![CDATA[*/{\"a\":1}/*]]>*/", "{\"a\":1}"},
		{"comments", "// x\n{/* y */\"a\"// z\n:1}", "{\"a\":1}"},
		{"slashes in strings", "{\"a\":\"http://b/*c*/\"}", "{\"a\":\"http://b/*c*/\"}"},
		{"zero escape", "[\"a\\u0000b\"]",
		 "[\"a\xef\xbf\xbd"
		 "b\"]"},
		{"lone surrogates", "[\"\\ud800\",\"\\udc00\",\"\\ud83dx\"]",
		 "[\"\xef\xbf\xbd\",\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\"]"},
		{"pair", "[\"\\ud83d\\ude00\"]", "[\"😀\"]"},
		{"control escape", "[\"\\u0001\\u000a\"]", "[\"\\u0001\\n\"]"},
		{"escaped quote by number", "[\"\\u0022\\u005c\"]", "[\"\\\"\\\\\"]"},
		{"unknown escapes", "[\"it\\'s \\/ \\& \\x\"]", "[\"it's / & x\"]"},
		{"bad hex", "[\"\\u12\"]", "[\"u12\"]"},
		{"escaped line end", "[\"a\\\nb\"]", "[\"ab\"]"},
		{"broken UTF-8", "[\"a\xff\xc3\"]", "[\"a\xef\xbf\xbd\xef\xbf\xbd\"]"},
		{"big integer", "[12345678901234567890123]", "[1.2345678901234568e+22]"},
		{"largest integer", "[999999999999999999]", "[999999999999999999]"},
		{"beyond doubles", "[1e999,-1e400,1e-999,0e999]", "[null,null,0,0]"},
		{"quotes inside", "{\"a\":\"he said \"yes\" twice\",\"b\":1}",
		 "{\"a\":\"he said \\\"yes\\\" twice\",\"b\":1}"},
		{"quote and comma inside", "{\"a\":\"\"yes\", he said\",\"b\":\"\"}",
		 "{\"a\":\"\\\"yes\\\", he said\",\"b\":\"\"}"},
		{"JavaScript's words", "[undefined,NaN,-Infinity]", "[null,null,null]"},
		{"what follows", "{\"a\":1}; window.x = {", "{\"a\":1}"},
		{"the last of equal keys", "{\"a\":1,\"a\":2}", "{\"a\":2}"},
		{"scalar", "\"x\"", "\"x\""},
		{"order of keys", "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"},
		{"missing comma", "[1 2]", "!bad input"},
		{"cut", "{\"a\":[1,", "!bad input"},
		{"cut string", "{\"a", "!bad input"},
		{"empty", "", "!bad input"},
		{"blank", " <!-- --> ", "!bad input"},
		{"words", "hello", "!bad input"},
		{"wrong bracket", "[1}", "!bad input"},
	};

	(void)state;
	check_readings(wv_json_parse, rows, WV_COUNT(rows));
}

static void strict(void **state)
{
	static const struct reading_row rows[] = {
		{"plain", "{\"a\":[1,-2.5,true,false,null,\"x\"]} ",
		 "{\"a\":[1,-2.5,true,false,null,\"x\"]}"},
		{"zero", "[\"a\\u0000b\"]", "[\"a\\u0000b\"]"},
		{"big integer", "[18446744073709551616]", "[1.8446744073709552e+19]"},
		{"brackets in strings", "[\"[[{\\\"}\"]", "[\"[[{\\\"}\"]"},
		{"scalar", "1", "1"},
		{"trailing comma", "[1,]", "!bad input"},
		{"raw line break", "[\"a\nb\"]", "!bad input"},
		{"comment", "[1]//x", "!bad input"},
		{"rest", "[1] x", "!bad input"},
		{"lone surrogate", "[\"\\ud800\"]", "!bad input"},
		{"broken UTF-8", "[\"\xff\"]", "!bad input"},
		{"mark", "\xef\xbb\xbf[]", "!bad input"},
		{"empty", "", "!bad input"},
	};

	static const struct {
		const char *row;
		struct wv_slice text;
	} with_nul[] = {{"NUL after a number", WV_LIT_INIT("14\0 ")},
			{"NUL after one in a list", WV_LIT_INIT("[1\0,2]")},
			{"NUL after a word", WV_LIT_INIT("true\0")},
			{"NUL alone", WV_LIT_INIT("\0")},
			{"NUL in a string", WV_LIT_INIT("\"\0\"")}};
	const struct wv_json *tree;

	(void)state;
	check_readings(wv_json_parse_strict, rows, WV_COUNT(rows));
	for (size_t i = 0; i < WV_COUNT(with_nul); i++)
		row_int(with_nul[i].row, wv_json_parse_strict(arena, with_nul[i].text, &tree, NULL),
			WV_BAD_INPUT);
	rows_end();
}

/* A flat object is read another way, everything else is handed on: always to the same end. */
static void line(void **state)
{
	static const char *const texts[] = {
		"{\"id\":\"a1\",\"text\":\"One.\\nTwo \\\"2\\\".\",\"n\":12,\"ok\":true,\"no\":false,\"x\":null}",
		" { \"id\" : -7 ,\t\"text\" : \"\\u4e2d\\u6587\\ud83d\\ude00\\u00e9\\u0041\" } \r\n",
		"{\"text\":\"中文 é 😀 \\\\ \\/ \\b\\f\\r\\t\"}",
		"{}", "{\"a\":\"\"}", "{\"\":1}", "{\"a\":1,\"a\":2}", "{\"a\":[1],\"b\":{\"c\":2}}",
		"{\"a\":0}", "{\"a\":-0}", "{\"a\":01}", "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":-}",
		"{\"a\":999999999999999}", "{\"a\":9999999999999999999}", "{\"a\":12",
		"{\"a\":\"\\u0000\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\\udc00\"}",
		"{\"a\":\"\\u12\"}", "{\"a\":\"\\x\"}", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":\"\\u", "{\"a\"",
		"{\"a\":tru}", "{\"a\":true1}", "{\"a\":1,}", "{\"a\":1}}", "{\"a\":1} x", "{a:1}", "{\"a\" 1}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}",
		"{\"a\":\"\xe0\x80\x80\"}", "{\"a\":\"x\ny\"}", "[1]", "", "{", "\xef\xbb\xbf{}",
	};
	uint64_t seed = 9;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(texts); i++)
		for (size_t round = 0; round < 400; round++) {
			struct wv_slice text = wv_arena_copy(arena, wv_slice_of(texts[i]));
			struct wv_slice expected;
			unsigned char *bytes = (unsigned char *)(uintptr_t)text.p;

			for (size_t k = 0; k < round % 4 && text.n > 0; k++) {
				seed = seed * 6364136223846793005u + 1442695040888963407u;
				bytes[(seed >> 33) % text.n] =
					seed >> 60 ? text.p[(seed >> 20) % text.n]
						   : (unsigned char)(seed >> 50);
			}
			expected = again(wv_json_parse_strict, text);
			if (!wv_slice_equals(expected, again(wv_json_parse_line, text)))
				row_text("line", text, "read as the strict reader does");
			if (round % 100 == 99)
				wv_arena_reset(arena);
		}
	rows_end();
}

static void depth(void **state)
{
	static const struct {
		const char *row;
		size_t depth;
		enum wv_status expected;
	} rows[] = {{"limit - 1", WV_LIMIT_JSON_DEPTH - 1, WV_OK},
		    {"limit", WV_LIMIT_JSON_DEPTH, WV_OK},
		    {"limit + 1", WV_LIMIT_JSON_DEPTH + 1, WV_LIMIT},
		    {"very deep", 100000, WV_LIMIT}};
	static char text[200001];
	const struct wv_json *tree;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice all = wv_slice(text, 2 * rows[i].depth);

		memset(text, '[', rows[i].depth);
		memset(text + rows[i].depth, ']', rows[i].depth);
		row_int(rows[i].row, wv_json_parse(arena, all, &tree, NULL), rows[i].expected);
		row_int(rows[i].row, wv_json_parse_strict(arena, all, &tree, NULL),
			rows[i].expected);
	}
	rows_end();
}

/* A tree takes many times the memory of its text: "{}," a hundred times. */
static void values(void **state)
{
	static const struct {
		const char *row, *one;
		size_t count; /* with the array around them */
		enum wv_status expected;
	} rows[] = {{"limit - 1", "1,", WV_LIMIT_JSON_VALUES - 1, WV_OK},
		    {"limit", "1,", WV_LIMIT_JSON_VALUES, WV_OK},
		    {"limit + 1", "1,", WV_LIMIT_JSON_VALUES + 1, WV_LIMIT},
		    {"objects, limit", "{},", WV_LIMIT_JSON_VALUES, WV_OK},
		    {"objects, limit + 1", "{},", WV_LIMIT_JSON_VALUES + 1, WV_LIMIT}};
	const struct wv_json *tree;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_MIB};

		wv_buf_add_byte(&text, '[');
		for (size_t k = 1; k < rows[i].count; k++)
			wv_buf_add_string(&text, rows[i].one);
		text.p[text.n - 1] = ']';
		row_int(rows[i].row, wv_json_parse(arena, wv_buf_slice(&text), &tree, NULL),
			rows[i].expected);
		row_int(rows[i].row, wv_json_parse_strict(arena, wv_buf_slice(&text), &tree, NULL),
			rows[i].expected);
		wv_arena_reset(arena);
	}
	rows_end();
}

static void size(void **state)
{
	static const struct {
		const char *row;
		size_t bytes;
		enum wv_status expected;
	} rows[] = {{"limit - 1", WV_LIMIT_JSON_BYTES - 1, WV_OK},
		    {"limit", WV_LIMIT_JSON_BYTES, WV_OK},
		    {"limit + 1", WV_LIMIT_JSON_BYTES + 1, WV_LIMIT}};
	char *text = malloc(WV_LIMIT_JSON_BYTES + 1);
	const struct wv_json *tree;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		memset(text, 1,
		       rows[i].bytes); /* control bytes: the cleaned text is six times as long */
		text[0] = text[rows[i].bytes - 1] = '"';
		row_int(rows[i].row,
			wv_json_parse(arena, wv_slice(text, rows[i].bytes), &tree, NULL),
			rows[i].expected);
	}
	free(text);
	rows_end();
}

static void looking_up(void **state)
{
	const struct wv_json *tree;

	(void)state;
	assert_int_equal(
		wv_json_parse(arena, WV_LIT("{\"a\":\"x\",\"b\":[1],\"c\":7}"), &tree, NULL),
		WV_OK);
	row_text("string", wv_json_get_string(tree, "a"), "x");
	row_text("not a string", wv_json_get_string(tree, "b"), "");
	row_int("absent", wv_json_get(tree, "z") == NULL, 1);
	row_int("in nothing", wv_json_get(NULL, "a") == NULL, 1);
	row_int("in an array", wv_json_get(wv_json_get(tree, "b"), "a") == NULL, 1);
	row_text("number as text", wv_json_get(tree, "c")->text, "7");
	rows_end();
}

static void writing(void **state)
{
	struct wv_json_writer writer;
	struct wv_buf buf;
	struct wv_digest digest = {{0xab}};

	(void)state;
	wv_buf_init(&buf, 4096);
	wv_json_begin(&writer, &buf);
	wv_json_open_object(&writer, NULL);
	wv_json_string(&writer, "s", wv_slice("a\"\\\n\x01\0</script>\xff\xe2\x80\xa8", 19));
	wv_json_string_or_null(&writer, "none", WV_SLICE_NONE);
	wv_json_int(&writer, "i", INT64_MIN);
	wv_json_u64(&writer, "u", UINT64_MAX);
	wv_json_double(&writer, "d", 0.1);
	wv_json_double(&writer, "third", 1.0 / 3);
	wv_json_bool(&writer, "b", true);
	wv_json_open_array(&writer, "a");
	wv_json_null(&writer, NULL);
	wv_json_open_object(&writer, NULL);
	wv_json_close(&writer);
	wv_json_open_array(&writer, NULL);
	wv_json_close(&writer);
	wv_json_close(&writer);
	wv_json_digest(&writer, "x", &digest);
	wv_json_close(&writer);
	row_text(
		"all of it", wv_buf_slice(&buf),
		"{\"s\":\"a\\\"\\\\\\n\\u0001\\u0000<\\/script>\xef\xbf\xbd\\u2028\",\"none\":null,"
		"\"i\":-9223372036854775808,\"u\":18446744073709551615,\"d\":0.1,"
		"\"third\":0.3333333333333333,\"b\":true,\"a\":[null,{},[]],"
		"\"x\":\"ab00000000000000000000000000000000000000000000000000000000000000\"}");
	wv_buf_done(&buf);
	rows_end();
}

static void out_of_memory(void **state)
{
	struct wv_arena *small = NULL;
	const struct wv_json *tree;

	(void)state;
	assert_int_equal(wv_arena_new(0, &small, NULL), WV_OK);
	assert_int_equal(wv_json_parse(small, WV_LIT("[\"a\"]"), &tree, NULL), WV_NOMEM);
	wv_arena_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_web_calls_json),
		cmocka_unit_test(strict),
		cmocka_unit_test(line),
		cmocka_unit_test(depth),
		cmocka_unit_test(values), cmocka_unit_test(size),
		cmocka_unit_test(looking_up),
		cmocka_unit_test(writing),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
