/* Names that texts give away: what one text is sure of, what two together are, what is kept. */
#include "archive/copies/learned.h"

#include <stdio.h>

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;
static struct wv_learned *learned;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(16u * WV_MIB, &arena, NULL) == WV_OK &&
	                       wv_learned_new(&learned, NULL) == WV_OK
	               ? 0
	               : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_learned_free(&learned);
	wv_learned_free(&learned); /* of none: nothing */
	wv_arena_free(&arena);
	return 0;
}

static void read_text(const char *text)
{
	struct wv_units units;

	wv_arena_reset(arena);
	assert_int_equal(wv_units_read(arena, wv_slice_of(text), 10000, &units, NULL), WV_OK);
	assert_int_equal(wv_learned_read(learned, &units, NULL), WV_OK);
}

/* "Latin=alias!" a pair, "!" where it is sure. */
static enum wv_status note_pair(void *context, const struct wv_name_pair *pair, struct wv_err *err)
{
	(void)err;
	wv_buf_add_format(context, "%.*s=%.*s%s;", WV_FMT(pair->latin), WV_FMT(pair->alias),
	                  pair->is_sure ? "!" : "");
	return WV_OK;
}

static void row_news(const char *name, const char *expected)
{
	WV_AUTO(wv_buf_done) struct wv_buf news = {.cap = WV_MIB};

	assert_int_equal(wv_learned_each_new(learned, note_pair, &news, NULL), WV_OK);
	row_text(name, wv_buf_slice(&news), expected);
}

static void test_what_one_text_tells(void **state)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"nothing", "", ""},
		{"no bracket", "远帆科技 Farsail 发布", ""},
		{"where the name begins is not written", "昨日远帆科技(Farsail)发布", "Farsail=昨日远帆科技;"},
		{"the text says it again", "昨日远帆科技(Farsail)发布。远帆科技说", "Farsail=远帆科技!;"},
		{"full-width brackets", "昨日远帆科技（Farsail）发布。远帆科技说", "Farsail=远帆科技!;"},
		{"quoted: the quotation marks say", "昨日“远帆科技”(Farsail)发布", "Farsail=远帆科技!;"},
		{"Katakana ends where its row does", "会社ファーセイル(Farsail)が", "Farsail=ファーセイル!;"},
		{"the other way round", "Farsail(远帆科技)发布", "Farsail=远帆科技!;"},
		{"Hangul", "Farsail(파세일)은", "Farsail=파세일!;"},
		{"two words", "昨日“远帆科技”(Farsail Group)发布", "Farsail Group=远帆科技!;"},
		{"five words are no name", "“远帆”(A Bb Cc Dd Ee)发布", ""},
		{"a small letter begins no name", "“远帆科技”(farsail)发布", ""},
		{"two letters are too few", "“远帆科技”(Fa)发布", ""},
		{"one letter is no alias", "Farsail(远)发布", ""},
		{"a bracket that does not close", "“远帆科技”(Farsail 发布", ""},
		{"a number", "“远帆科技”(2024)发布", ""},
		{"a bracket at the very start", "(Farsail)远帆科技", ""},
		{"two pairs in their order", "“远帆科技”(Farsail)和“明湖集团”(Lucent)",
	         "Farsail=远帆科技!;Lucent=明湖集团!;"},
		{"broken bytes", "\xff\xfe(\xe8\xbf(Farsail)\xff", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_learned *own = NULL;

		assert_int_equal(wv_learned_new(&own, NULL), WV_OK);
		wv_learned_free(&learned);
		learned = own;
		read_text(rows[i].text);
		row_news(rows[i].name, rows[i].expected);
	}
	rows_end();
}

/* What two texts have in common before the bracket is the name. */
static void test_what_texts_tell_together(void **state)
{
	static const struct {
		const char *text, *news;
	} rows[] = {
		{"昨日远帆科技(Farsail)发布", "Farsail=昨日远帆科技;"},
		{"今年远帆科技(Farsail)亏损", "Farsail=远帆科技!;"},
		{"今年大远帆科技(Farsail)亏损", ""}, /* it is sure: nothing is changed */
		{"Farsail(远帆)发布", ""},
		{"昨天(Lucent)发布", "Lucent=昨天;"},
		{"明湖集团(Lucent)发布", "Lucent=;"}, /* nothing in common */
		{"明湖集团(Lucent)发布", "Lucent=;"},
		{"“明湖集团”(Lucent)发布", "Lucent=明湖集团!;"}, /* a sure one helps */
		/* By the letters as written: the same name in capitals is another. */
		{"“远帆科技”(FARSAIL)发布", "FARSAIL=远帆科技!;"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		read_text(rows[i].text);
		row_news(rows[i].text, rows[i].news);
	}
	row_news("told once", "");
	rows_end();
}

static void test_kept_pairs(void **state)
{
	const struct wv_name_pair unsure = {WV_LIT("Farsail"), WV_LIT("日远帆科技"), false};
	const struct wv_name_pair nothing = {WV_LIT("Lucent"), WV_SLICE_NONE, false};

	(void)state;
	assert_int_equal(wv_learned_keep(learned, &unsure, NULL), WV_OK);
	assert_int_equal(wv_learned_keep(learned, &nothing, NULL), WV_OK);
	row_news("no news", "");
	read_text("今年远帆科技(Farsail)亏损");
	row_news("what was kept counts as a text", "Farsail=远帆科技!;");
	read_text("明湖集团(Lucent)发布");
	row_news("nothing in common stays so", "Lucent=;");
	rows_end();
}

static enum wv_status refuse(void *context, const struct wv_name_pair *pair, struct wv_err *err)
{
	(void)pair;
	++*(int *)context;
	return wv_err_set(err, WV_IO, "no");
}

static void test_a_visitor_that_fails(void **state)
{
	int calls = 0;

	(void)state;
	read_text("“远帆科技”(Farsail)和“明湖集团”(Lucent)");
	assert_int_equal(wv_learned_each_new(learned, refuse, &calls, NULL), WV_IO);
	assert_int_equal(calls, 1);
	row_news("they count as told", "");
	rows_end();
}

static void row_match(const char *name, struct wv_lexicon *lexicon, const char *text,
                      const char *label)
{
	const struct wv_concept *found;
	struct wv_units units;
	size_t taken = 0;

	wv_arena_reset(arena);
	assert_int_equal(wv_units_read(arena, wv_slice_of(text), 100, &units, NULL), WV_OK);
	found = wv_lexicon_match(lexicon, &units, 0, &taken);
	row_int(name, found != NULL, label != NULL);
	if (found && label) {
		row_text(name, found->label, label);
		row_int(name, (long long)taken, (long long)units.n);
	}
}

static void test_teaching(void **state)
{
	struct wv_lexicon *lexicon = NULL;
	size_t count = 99;

	(void)state;
	assert_int_equal(wv_lexicon_new(&lexicon, NULL), WV_OK);
	assert_int_equal(wv_learned_teach(learned, lexicon, &count, NULL), WV_OK);
	row_int("nothing learned", (long long)count, 0);
	assert_int_equal(wv_lexicon_add(lexicon, WV_CONCEPT_NAME, WV_LIT("Lucent Lake"),
	                                WV_LIT("Lucent"), NULL),
	                 WV_OK);
	read_text("“远帆科技”(Farsail)和“明湖集团”(Lucent)，昨日钟楼银行(Belfry)");
	assert_int_equal(wv_learned_teach(learned, lexicon, &count, NULL), WV_OK);
	row_int("the sure ones", (long long)count, 2);
	row_match("a new name, by its alias", lexicon, "远帆科技", "Farsail");
	row_match("and as itself", lexicon, "Farsail", "Farsail");
	row_match("one with a meaning gives it", lexicon, "明湖集团", "Lucent Lake");
	row_match("one that is not sure", lexicon, "钟楼银行", NULL);
	assert_int_equal(wv_learned_teach(learned, lexicon, &count, NULL), WV_OK);
	row_int("taught is forgotten", (long long)count, 0);
	assert_int_equal(wv_name_pair_teach(&(struct wv_name_pair){WV_LIT("Belfry"),
	                                                           WV_LIT("钟楼银行"), true},
	                                    arena, lexicon, NULL),
	                 WV_OK);
	row_match("taught alone", lexicon, "钟楼银行", "Belfry");
	/* Nothing is left of such words: no fault of the texts'. */
	row_int("a pair of nothing",
	        wv_name_pair_teach(&(struct wv_name_pair){WV_LIT("*"), WV_LIT("..."), true}, arena,
	                           lexicon, NULL),
	        WV_OK);
	wv_lexicon_free(&lexicon);
	rows_end();
}

/* Past the most of them nothing is learned, and nothing fails. */
static void test_more_than_are_kept(void **state)
{
	char latin[32];

	(void)state;
	for (unsigned i = 0; i < 50100; i++) {
		int n = snprintf(latin, sizeof latin, "Name%u", i);
		const struct wv_name_pair pair = {wv_slice(latin, (size_t)n), WV_LIT("远帆"), true};

		if (wv_learned_keep(learned, &pair, NULL) != WV_OK)
			fail_msg("pair %u", i);
	}
	read_text("“远帆科技”(Farsail)");
	row_news("full", "");
	rows_end();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_what_one_text_tells), TEST(test_what_texts_tell_together),
		TEST(test_kept_pairs),          TEST(test_a_visitor_that_fails),
		TEST(test_teaching),            TEST(test_more_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
