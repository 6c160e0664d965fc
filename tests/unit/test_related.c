/* Which links out of scope lead to a source's topics. */
#include "crawler/discover/related.h"
#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static const struct wv_slice chips_any[] = {WV_LIT_INIT("Nvidia"), WV_LIT_INIT("H100"),
					    WV_LIT_INIT("英伟达"), WV_LIT_INIT("{TSLA}")};
static const struct wv_slice chips_none[] = {WV_LIT_INIT("ゲーム")};
static const struct wv_slice rates_any[] = {WV_LIT_INIT("interest rate")};
static const struct wv_slice soup_any[] = {WV_LIT_INIT("soup")};
static const struct wv_topic_words words[] = {
	{WV_LIT_INIT("chips"), chips_any, 4, chips_none, 1},
	{WV_LIT_INIT("soup"), soup_any, 1, NULL, 0}, /* somebody else's */
	{WV_LIT_INIT("rates"), rates_any, 1, NULL, 0},
};
static const size_t ours[] = {0, 2};

static const struct row {
	const char *name, *page, *text, *around;
	int hundredths; /* of the score */
	const char *topic;
} rows[] = {
	{"nothing", "Weather", "Rain at noon", "and later", 0, NULL},
	{"the link's words", "Weather", "Nvidia unveils a chip", "", 60, "chips"},
	{"two of them", "Weather", "Nvidia's H100 is sold out", "", 75, "chips"},
	{"the same word twice is one", "Weather", "Nvidia, Nvidia", "", 60, "chips"},
	{"any language", "天气", "英伟达发布新芯片", "", 60, "chips"},
	{"a ticker", "Weather", "TSLA falls", "", 60, "chips"},
	{"no ticker", "Weather", "tsla falls", "", 0, NULL},
	{"around alone", "Weather", "read more", "on Nvidia", 30, "chips"},
	{"the page alone", "Nvidia's year", "read more", "", 30, "chips"},
	{"page and around", "Nvidia's year", "read more", "the H100", 51, "chips"},
	{"all three", "Nvidia's year", "Nvidia and H100", "H100", 88, "chips"},
	{"excluded by the link", "Nvidia's year", "Nvidia ゲーム", "", 0, NULL},
	{"excluded around it", "Nvidia's year", "Nvidia", "ゲーム", 0, NULL},
	{"excluded on the page: the link still counts", "Nvidia ゲーム", "Nvidia", "", 60, "chips"},
	{"another of ours", "Weather", "Interest-rate cut", "", 60, "rates"},
	{"not one of ours", "Weather", "Ten soup bowls", "", 0, NULL},
	{"the better of two", "Interest rate", "Nvidia and the interest rate", "", 72, "rates"},
};

static void test_judge(void **state)
{
	struct wv_topic_set *set = NULL;
	struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_topic_set_new(words, WV_COUNT(words), &set, NULL), WV_OK);
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_related_topics topics = {set, ours, WV_COUNT(ours)};
		struct wv_related_page page;
		struct wv_related_score score;

		wv_arena_reset(arena);
		assert_int_equal(wv_related_read_page(&topics, arena, wv_slice_of(rows[i].page),
						      &page, NULL),
				 WV_OK);
		assert_int_equal(wv_related_judge(&topics, arena, &page, wv_slice_of(rows[i].text),
						  wv_slice_of(rows[i].around), &score, NULL),
				 WV_OK);
		row_int(rows[i].name, (int)(score.score * 100 + 0.5), rows[i].hundredths);
		if (!rows[i].topic)
			continue;
		row_text(rows[i].name, wv_topic_set_name(set, score.topic), rows[i].topic);
		row_int(rows[i].name,
			wv_slice_find(score.evidence, wv_slice_of(rows[i].topic), 0) != SIZE_MAX,
			1);
	}
	wv_arena_free(&arena);
	wv_topic_set_free(&set);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
