#include "config/topic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/limits.h"

static int faults;

static int reset_faults(void **state)
{
	(void)state;
	faults = 0;
	return 0;
}

/* One topic "t" of one word against a text: occurrences. */
static uint32_t occurrences(const char *word, struct wv_slice text)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_topic_set_free) struct wv_topic_set *set = NULL;
	struct wv_slice any = wv_slice_of(word);
	struct wv_topic_words topic = {.name = WV_LIT("t"), .any = &any, .any_count = 1};
	struct wv_topic_hits hits = {0};
	struct wv_err err = WV_ERR_NONE;

	assert_int_equal(wv_arena_new(WV_MIB * 64, &arena, NULL), WV_OK);
	if (wv_topic_set_new(&topic, 1, &set, &err) != WV_OK)
		fail_msg("'%s': %s", word, err.text);
	assert_int_equal(wv_topic_set_match(set, arena, text, &hits, NULL), WV_OK);
	return hits.occurrences;
}

static void test_words(void **state)
{
	static const struct {
		const char *row, *word, *text;
		uint32_t expected;
	} rows[] = {
		{"alone", "Nvidia", "Nvidia", 1},
		{"case", "nvidia", "NVIDIA rises, Nvidia says", 2},
		{"inside a longer word", "chip", "Chipotle and microchip", 0},
		{"before punctuation", "chip", "a chip, the chip's price", 2},
		{"beside Han", "Nvidia", "英伟达Nvidia股价", 1},
		{"beside a digit", "H100", "H1000 H100 xH100", 1},
		{"digit in Han", "500", "5000亿 500亿", 1},
		{"two words, space", "artificial intelligence", "on artificial  intelligence.", 1},
		{"two words, hyphen", "artificial intelligence", "Artificial-Intelligence", 1},
		{"two words, line break", "artificial intelligence", "artificial\nintelligence", 1},
		{"two words, not in a row", "artificial intelligence",
		 "artificial new intelligence", 0},
		{"two words, as one", "artificial intelligence", "artificialintelligence", 0},
		{"ampersand", "S&P 500", "the S&P 500 fell; s & p 500", 2},
		{"accents kept", "café", "CAFÉ cafe", 1},
		{"decomposed", "café", "cafe\xCC\x81", 1},
		{"full width", "nvidia", "ＮＶＩＤＩＡ", 1},
		{"sharp s", "straße", "STRASSE", 1},
		{"Greek final sigma", "ΛΟΓΟΣ", "λόγος λογος", 1},
		{"Cyrillic word", "чип", "чип и чипы", 1},
		{"Han anywhere", "英伟达", "据英伟达公司", 1},
		{"Han, traditional text", "英伟达", "輝達與英偉達", 1},
		{"Han, traditional word", "英偉達", "英伟达", 1},
		{"Han over white space", "英伟达 H100", "英伟达H100 英伟达 H100", 2},
		{"Han not over a comma", "英伟达", "英、伟达", 0},
		{"kana, middle dot", "イーロン・マスク", "イーロンマスク イーロン・マスク", 2},
		{"half-width kana", "エヌビディア", "ｴﾇﾋﾞﾃﾞｨｱ", 1},
		{"Hangul with particle", "삼성전자", "삼성전자는", 1},
		{"Hangul keeps spaces", "나다", "가나 다라", 0},
		{"Thai anywhere", "ชิป", "ผู้ผลิตชิปรายใหญ่", 1},
		{"Arabic", "النفط", "أسعار النفط اليوم", 1},
		{"overlapping", "aba aba", "aba aba aba", 2},
		{"broken UTF-8 beside", "chip",
		 "\xFF"
		 "chip\x80",
		 1},
		{"ticker", "{TSLA}", "Tesla (TSLA) up; $TSLA, NASDAQ:TSLA", 3},
		{"ticker, case", "{TSLA}", "tsla Tsla", 0},
		{"ticker in a word", "{TSLA}", "TSLAX XTSLA TSLA2", 0},
		{"ticker beside Han", "{TSLA}", "特斯拉TSLA股价", 1},
		{"ticker with exchange", "{TSLA}", "TSLA.O TSLA-linked", 2},
		{"ticker with a dot", "{BRK.B}", "BRK.B BRKxB BRK.BX", 1},
		{"digits", "{0700.HK}", "腾讯0700.HK", 1},
		{"one letter, AT&T", "{T}", "AT&T", 0},
		{"one letter, hyphen", "{F}", "F-150; T-shirt F", 1},
		{"one letter, U.S.", "{S}", "U.S. stocks", 0},
		{"one letter, apostrophe", "{T}", "DON'T", 0},
		{"one letter, end of sentence", "{T}", "Buy T. And sell.", 1},
		{"empty text", "chip", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint32_t got = occurrences(rows[i].word, wv_slice_of(rows[i].text));

		if (got == rows[i].expected)
			continue;
		print_error("row '%s': expected %u, got %u\n", rows[i].row, rows[i].expected, got);
		faults++;
	}
	assert_int_equal(faults, 0);
}

static void test_bad_words(void **state)
{
	static const struct {
		const char *word, *fault;
	} rows[] = {
		{"Nvidia", ""},
		{"{TSLA}", ""},
		{"", "'' has no letter or digit to look for"},
		{"!?", "'!?' has no letter or digit to look for"},
		{"{}", "'{}' is no ticker (want {TSLA})"},
		{"{TSLA", "'{TSLA' is no ticker (want {TSLA})"},
		{"{A B}", "'{A B}' is no ticker (want {TSLA})"},
		{"{..}", "'{..}' is no ticker (want {TSLA})"},
		{"{123456789012345678901234567890AB}", ""},
		{"{123456789012345678901234567890ABC}",
		 "'{123456789012345678901234567890ABC}' is no ticker (want {TSLA})"},
	};
	unsigned char longest[WV_LIMIT_TOPIC_WORD_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;

		(void)!wv_topic_word_check(wv_slice_of(rows[i].word), &err);
		if (wv_slice_equals(wv_slice_of(err.text), wv_slice_of(rows[i].fault)))
			continue;
		print_error("row '%s': expected %s, got %s\n", rows[i].word, rows[i].fault,
			    err.text);
		faults++;
	}
	assert_int_equal(faults, 0);
	memset(longest, 'a', sizeof(longest));
	for (size_t n = WV_LIMIT_TOPIC_WORD_BYTES - 1; n <= sizeof(longest); n++)
		assert_int_equal(wv_topic_word_check(wv_slice(longest, n), NULL),
				 n <= WV_LIMIT_TOPIC_WORD_BYTES ? WV_OK : WV_USAGE);
}

/* Words of 200 bytes, all different, up to the limit of a set, and one byte over. */
static void test_set_limit(void **state)
{
	size_t full = WV_LIMIT_TOPIC_BYTES / WV_LIMIT_TOPIC_WORD_BYTES;
	size_t rest = WV_LIMIT_TOPIC_BYTES % WV_LIMIT_TOPIC_WORD_BYTES;
	unsigned char *bytes = malloc((full + 1) * WV_LIMIT_TOPIC_WORD_BYTES);
	struct wv_slice *words = calloc(full + 1, sizeof(*words));

	(void)state;
	assert_non_null(bytes);
	assert_non_null(words);
	assert_true(rest > 8 && rest + 1 < WV_LIMIT_TOPIC_WORD_BYTES);
	memset(bytes, 'x', (full + 1) * WV_LIMIT_TOPIC_WORD_BYTES);
	for (size_t i = 0; i <= full; i++) {
		unsigned char *word = bytes + i * WV_LIMIT_TOPIC_WORD_BYTES;
		char number[16];

		(void)snprintf(number, sizeof(number), "%07zu", i);
		memcpy(word, number, 7);
		words[i] = wv_slice(word, WV_LIMIT_TOPIC_WORD_BYTES);
	}
	for (int over = -1; over <= 1; over++) {
		struct wv_topic_words topic = {
			.name = WV_LIT("t"), .any = words, .any_count = full + 1};
		struct wv_topic_set *set = NULL;

		words[full].n = (size_t)((long)rest + over);
		assert_int_equal(wv_topic_set_new(&topic, 1, &set, NULL),
				 over > 0 ? WV_LIMIT : WV_OK);
		assert_true((set != NULL) == (over <= 0));
		wv_topic_set_free(&set);
	}
	free(words);
	free(bytes);
}

static void test_several_topics(void **state)
{
	const struct wv_slice chips[] = {WV_LIT("Nvidia"), WV_LIT("英伟达"), WV_LIT("chip"),
					 WV_LIT("{NVDA}")};
	const struct wv_slice games[] = {WV_LIT("ゲーム"), WV_LIT("chip")};
	const struct wv_slice oil[] = {WV_LIT("oil"), WV_LIT("nvidia")};
	const struct wv_topic_words topics[] = {
		{.name = WV_LIT("chips"),
		 .any = chips,
		 .any_count = 4,
		 .none = games,
		 .none_count = 1},
		{.name = WV_LIT("games"), .any = games, .any_count = 2},
		{.name = WV_LIT("oil"), .any = oil, .any_count = 2},
		{.name = WV_LIT("nothing")},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_topic_set_free) struct wv_topic_set *set = NULL;
	struct wv_topic_hits hits[4];

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_topic_set_new(topics, WV_COUNT(topics), &set, NULL), WV_OK);
	assert_int_equal(wv_topic_set_count(set), 4);
	assert_true(wv_slice_equals(wv_topic_set_name(set, 2), WV_LIT("oil")));
	memset(hits, 0xFF, sizeof(hits));
	assert_int_equal(wv_topic_set_match(set, arena,
					    WV_LIT("Nvidia (NVDA): a chip, a chip; 英伟达 nvidia"),
					    hits, NULL),
			 WV_OK);
	assert_int_equal(hits[0].words, 4);
	assert_int_equal(hits[0].occurrences, 6);
	assert_int_equal(hits[0].forbidden, 0);
	assert_true(wv_topic_matches(&hits[0]));
	assert_int_equal(hits[1].words, 1);
	assert_int_equal(hits[1].occurrences, 2);
	assert_int_equal(hits[2].words, 1);
	assert_int_equal(hits[3].words, 0);
	assert_false(wv_topic_matches(&hits[3]));
	assert_int_equal(wv_topic_set_match(set, arena, WV_LIT("Nvidiaのゲーム"), hits, NULL),
			 WV_OK);
	assert_int_equal(hits[0].forbidden, 1);
	assert_false(wv_topic_matches(&hits[0]));
	assert_true(wv_topic_matches(&hits[1]));
}

static void test_no_topics(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_topic_set_free) struct wv_topic_set *set = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_topic_set_new(NULL, 0, &set, NULL), WV_OK);
	assert_int_equal(wv_topic_set_match(set, arena, WV_LIT("text"), NULL, NULL), WV_OK);
	wv_topic_set_free(&set);
	assert_null(set);
	wv_topic_set_free(&set);
}

/* The automaton finds what looking at every place finds. */
static void test_agrees_with_looking_everywhere(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char word[2][6], text[64];
		struct wv_slice any[2];
		struct wv_topic_words topic = {.name = WV_LIT("t"), .any = any, .any_count = 2};
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		WV_AUTO(wv_topic_set_free) struct wv_topic_set *set = NULL;
		struct wv_topic_hits hits;
		uint32_t expected = 0;
		size_t text_n = 0;

		for (size_t w = 0; w < 2; w++) {
			size_t n = 1 + (seed >> 40) % 4;

			for (size_t i = 0; i < n; i++) {
				seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
				word[w][i] = (char)('a' + (seed >> 60) % 2);
			}
			any[w] = wv_slice(word[w], n);
		}
		while (text_n < sizeof(text)) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
			text[text_n++] = "ab "[(seed >> 59) % 3];
		}
		for (size_t w = 0; w < 2; w++)
			for (size_t i = 0; i + any[w].n <= sizeof(text); i++)
				expected +=
					memcmp(text + i, word[w], any[w].n) == 0 &&
					(i == 0 || text[i - 1] == ' ') &&
					(i + any[w].n == sizeof(text) || text[i + any[w].n] == ' ');
		assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
		assert_int_equal(wv_topic_set_new(&topic, 1, &set, NULL), WV_OK);
		assert_int_equal(
			wv_topic_set_match(set, arena, wv_slice(text, sizeof(text)), &hits, NULL),
			WV_OK);
		if (hits.occurrences != expected)
			fail_msg("'%.*s' and '%.*s' in '%.64s': expected %u, got %u",
				 WV_FMT(any[0]), WV_FMT(any[1]), text, expected, hits.occurrences);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_words, reset_faults),
		cmocka_unit_test_setup(test_bad_words, reset_faults),
		cmocka_unit_test(test_set_limit),
		cmocka_unit_test(test_several_topics),
		cmocka_unit_test(test_no_topics),
		cmocka_unit_test(test_agrees_with_looking_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
