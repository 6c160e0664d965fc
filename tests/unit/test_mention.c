#include "archive/copies/mention.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/copies/learned.h"
#include "archive/copies/quantity.h"
#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_lexicon *lexicon;
static struct wv_arena *arena;
static struct wv_sounds sounds;

static struct wv_units units_of(const char *text, const char *language)
{
	struct wv_units units;

	assert_int_equal(wv_units_read(arena, wv_slice_of(text), 1000, &units, NULL), WV_OK);
	units.language = wv_units_language(wv_slice_of(language));
	return units;
}

/* ---- units ---- */

/* B break, L letter, W word, N number; a capital W begins with one; + joined to the one before. */
static void test_units(void **state)
{
	static const struct {
		const char *text, *kinds;
	} rows[] = {
		{"", ""},
		{"Two words", "Ww"},
		{"U.S. troops", "WWw"},
		{"It ended. Then", "WwBW"},
		{"超5亿美元", "LN+L+L+L+"},
		{"12,000 and 7.1,", "NwNB"},
		{"H100", "W"},
		{"1,2,", "NB"},
		{"\xff\xfe", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_units units = units_of(rows[i].text, "");
		char got[64] = "";

		for (size_t k = 0; k < units.n; k++) {
			const struct wv_unit *u = &units.units[k];
			char sign[3] = {"BLwN"[u->kind], 0, 0};

			if (u->kind == WV_UNIT_WORD && u->is_capital)
				sign[0] = 'W';
			if (u->is_joined && u->kind != WV_UNIT_BREAK && u->kind != WV_UNIT_WORD)
				sign[1] = '+';
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s", sign);
		}
		/* A break counts as something that stands between. */
		row_text(rows[i].text, wv_slice_of(got), rows[i].kinds);
	}
	rows_end();
}

/* ---- names ---- */

static void test_names(void **state)
{
	static const struct {
		const char *text, *language, *label;
	} rows[] = {
		{"Moscow", "en", "RU"},
		{"俄方", "zh", "RU"},
		{"俄國", "zh-Hant", "RU"},
		{"russischen", "de", "RU"},
		{"Russischen", "de", "RU"},
		{"ロシア", "ja", "RU"},
		{"俄文", "zh", ""}, /* the language: no state beside it */
		{"us", "en", ""},
		{"US", "en", "US"},
		{"U.S.", "en", "US"},
		{"turkey", "en", ""},
		{"Turkey", "en", "TR"},
		{"Papua New Guinea", "en", "PG"},
		{"巴布亚新几内亚", "zh", "PG"},
		{"几内亚", "zh", "GN"},
		{"印度尼西亚", "zh", "ID"},
		{"Tokio", "de", "Asia/Tokyo"},
		{"東京", "ja", "Asia/Tokyo"},
		{"Kiew", "de", "Europe/Kyiv"},
		{"earthquakes", "en", "earthquake"},
		{"Erdbebenopfer", "de", "earthquake"},
		{"die", "de", ""},
		{"die", "en", "death"},
		{"die", "", "death"},
		{"world health organization", "en", ""}, /* names ask for a capital */
		{"World Health Organization", "en", "WHO"},
		{"世卫组织", "zh", "WHO"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_units units = units_of(rows[i].text, rows[i].language);
		size_t taken = 0;
		const struct wv_concept *concept =
			units.n > 0 ? wv_lexicon_match(lexicon, &units, 0, &taken) : NULL;
		char name[128];

		snprintf(name, sizeof(name), "%s (%s)", rows[i].text, rows[i].language);
		row_text(name, concept ? concept->label : WV_SLICE_NONE, rows[i].label);
	}
	rows_end();
}

static void test_own_words(void **state)
{
	static const struct {
		const char *name, *content;
		enum wv_status status;
		const char *says;
	} rows[] = {
		{"a row", "# names\n\nname\tAcme Robotics\tAcme Robotics|アクメ\n", WV_OK, ""},
		{"no kind", "thing\tx\ty\n", WV_SETTINGS, "words.tsv:1: "},
		{"no words", "name\tx\n", WV_SETTINGS, "words.tsv:1: "},
		{"nothing left", "event\tx\tok\nevent\ty\t!!\n", WV_SETTINGS, "words.tsv:2: "},
	};
	struct wv_lexicon *own = NULL;
	struct wv_units units;
	size_t taken;

	(void)state;
	assert_int_equal(wv_lexicon_new(&own, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st =
			wv_lexicon_add_file(own, wv_slice_of(rows[i].content), "words.tsv", &err);

		row_int(rows[i].name, st, rows[i].status);
		row_int(rows[i].name, strncmp(err.text, rows[i].says, strlen(rows[i].says)), 0);
	}
	units = units_of("アクメ", "ja");
	row_text("the user's name", wv_lexicon_match(own, &units, 0, &taken)->label, "Acme Robotics");
	wv_lexicon_free(&own);
	rows_end();
}

/* ---- quantities ---- */

static void test_quantities(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		enum wv_quantity_kind kind;
		double value;
		const char *unit;
	} rows[] = {
		{"12,000個", 0, WV_QUANTITY_PLAIN, 12000, ""},
		{"1.2万个", 0, WV_QUANTITY_PLAIN, 12000, ""},
		{"1万2000個", 0, WV_QUANTITY_PLAIN, 12000, ""},
		{"1億2000万円", 0, WV_QUANTITY_MONEY, 1.2e8, "JPY"},
		{"twelve thousand", 0, WV_QUANTITY_PLAIN, 12000, ""},
		{"超5亿美元", 1, WV_QUANTITY_MONEY, 5e8, "USD"},
		{"5億ドル超", 0, WV_QUANTITY_MONEY, 5e8, "USD"},
		{"$500m", 0, WV_QUANTITY_MONEY, 5e8, "USD"},
		{"500m away", 0, WV_QUANTITY_PLAIN, 500, ""},
		{"$10bn", 0, WV_QUANTITY_MONEY, 1e10, "USD"},
		{"100億ドル", 0, WV_QUANTITY_MONEY, 1e10, "USD"},
		{"10 Milliarden Dollar", 0, WV_QUANTITY_MONEY, 1e10, "USD"},
		{"€1.5 million", 0, WV_QUANTITY_MONEY, 1.5e6, "EUR"},
		{"29%", 0, WV_QUANTITY_PERCENT, 29, ""},
		{"29 Prozent", 0, WV_QUANTITY_PERCENT, 29, ""},
		{"百分之29", 3, WV_QUANTITY_PERCENT, 29, ""},
		{"7,1 Prozent", 0, WV_QUANTITY_PERCENT, 7.1, ""},
		{"1.234.567,8", 0, WV_QUANTITY_PLAIN, 1234567.8, ""},
		{"0.125", 0, WV_QUANTITY_PLAIN, 0.125, ""},
		{"twenty three", 0, WV_QUANTITY_PLAIN, 23, ""},
		{"一百二十人", 0, WV_QUANTITY_PLAIN, 120, ""},
		{"１２人", 0, WV_QUANTITY_PLAIN, 12, ""},
		{"2024", 0, WV_QUANTITY_YEAR, 2024, ""},
		{"2024年", 0, WV_QUANTITY_YEAR, 2024, ""},
		{"9时", 0, WV_QUANTITY_CLOCK, 9, ""},
		{"6月5日", 0, WV_QUANTITY_DATE, 605, ""},
		{"5日", 0, WV_QUANTITY_DAY, 5, ""},
		{"June 5", 0, WV_QUANTITY_DATE, 605, ""},
		{"5. Juni", 0, WV_QUANTITY_DATE, 605, ""},
		{"5 de junio", 0, WV_QUANTITY_DATE, 605, ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_units units = units_of(rows[i].text, "");
		struct wv_quantity q;
		size_t taken = 0;
		double value;

		if (!wv_quantity_read(lexicon, &units, rows[i].at, &q, &taken)) {
			row_int(rows[i].text, false, true);
			continue;
		}
		value = q.kind == WV_QUANTITY_DATE  ? q.month * 100 + q.day
		        : q.kind == WV_QUANTITY_DAY ? q.day
		                                    : q.value;
		row_int(rows[i].text, q.kind, rows[i].kind);
		row_int(rows[i].text, llround(value * 1000), llround(rows[i].value * 1000));
		if (q.kind == WV_QUANTITY_MONEY)
			row_int(rows[i].text, q.unit,
			        wv_lexicon_find(lexicon, WV_CONCEPT_CURRENCY, wv_slice_of(rows[i].unit)));
	}
	rows_end();
}

/* ---- sounds ---- */

/* The ways in which a name may be heard; their number. */
static size_t sounds_of(const char *text, struct wv_sound heard[static WV_SOUNDS_MOST])
{
	struct wv_units units = units_of(text, "");
	size_t n;

	if (units.units[0].kind == WV_UNIT_WORD)
		return wv_sound_of_word(wv_slice_of(text), heard);
	n = wv_sound_run(&sounds, &units, 0);
	return n == units.n && wv_sound_of_run(&sounds, &units, 0, n, heard);
}

static bool sound_alike(const char *a, const char *b)
{
	struct wv_sound x[WV_SOUNDS_MOST], y[WV_SOUNDS_MOST];
	size_t n = sounds_of(a, x), m = sounds_of(b, y);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++)
			if (strcmp(x[i].consonants, y[k].consonants) == 0)
				return true;
	return false;
}

static void test_sounds(void **state)
{
	static const struct {
		const char *a, *b;
		bool meet;
	} rows[] = {
		{"Bogatov", "ボガトフ", true},   {"Bogatov", "博加托夫", true},
		{"Macron", "马克龙", true},      {"Macron", "マクロン", true},
		{"Trump", "特朗普", true},       {"Trump", "トランプ", true},
		{"Zelensky", "泽连斯基", true},  {"Macron", "Merkel", false},
		{"Bogatov", "特朗普", false},    {"Mustermann", "穆斯特曼", true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char name[160];

		snprintf(name, sizeof(name), "%s and %s", rows[i].a, rows[i].b);
		row_int(name, sound_alike(rows[i].a, rows[i].b), rows[i].meet);
	}
	rows_end();
}

/* ---- learned names ---- */

static void test_learned(void **state)
{
	static const struct {
		const char *name, *texts[2], *latin, *alias;
		bool is_learned;
	} rows[] = {
		{"katakana say where they begin", {"今日クヴァンテル（Quantel）は", NULL}, "Quantel", "クヴァンテル", true},
		{"after the Latin name", {"Der Konzern Brightpeak(晨峰) sagte", NULL}, "Brightpeak", "晨峰", true},
		{"quoted", {"名为“晨峰”(Brightpeak)的公司", NULL}, "Brightpeak", "晨峰", true},
		{"repeated in the text", {"公司晨峰(Brightpeak)表示，晨峰今年", NULL}, "Brightpeak", "晨峰", true},
		{"alike in two texts", {"昨日公司晨峰(Brightpeak)说", "他们与晨峰(Brightpeak)谈"}, "Brightpeak", "晨峰", true},
		{"once, begun who knows where", {"昨日公司晨峰(Brightpeak)说", NULL}, "Brightpeak", "晨峰", false},
		{"not in brackets", {"晨峰 Brightpeak", NULL}, "Brightpeak", "晨峰", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_learned *learned = NULL;
		struct wv_lexicon *own = NULL;
		const struct wv_concept *a, *b;
		struct wv_units units;
		size_t count, taken;

		assert_int_equal(wv_lexicon_new(&own, NULL), WV_OK);
		assert_int_equal(wv_learned_new(&learned, NULL), WV_OK);
		for (size_t k = 0; k < 2 && rows[i].texts[k]; k++) {
			units = units_of(rows[i].texts[k], "");
			assert_int_equal(wv_learned_read(learned, &units, NULL), WV_OK);
		}
		assert_int_equal(wv_learned_teach(learned, own, &count, NULL), WV_OK);
		units = units_of(rows[i].latin, "");
		a = wv_lexicon_match(own, &units, 0, &taken);
		units = units_of(rows[i].alias, "");
		b = wv_lexicon_match(own, &units, 0, &taken);
		row_int(rows[i].name, a && a == b && taken == units.n, rows[i].is_learned);
		wv_learned_free(&learned);
		wv_lexicon_free(&own);
	}
	rows_end();
}

/* ---- mentions ---- */

static void test_mentions(void **state)
{
	static const struct {
		const char *name, *title, *text, *language;
		const char *mentions[4]; /* "kind shown": all must be there; "!..." must not */
	} rows[] = {
		{"a figure beside its event", "At least 35 dead in quake", "", "en",
		 {"figure 35", "event death", "event earthquake", NULL}},
		{"the event after the figure", "地震已致35人死亡", "", "zh", {"figure 35", "event death", NULL}},
		{"a bare day is of this month", "", "据悉，28日凌晨", "zh", {"day 28日", NULL}},
		{"a weekday", "", "It came on Tuesday night", "en", {"day Tuesday", NULL}},
		{"codes", "", "它用了H100和xAI", "zh", {"code H100", "word xAI", NULL}},
		{"a word at the start of a sentence tells nothing", "", "Yesterday it rained", "en",
		 {"!word Yesterday", NULL}},
		{"a name in the sentence does", "", "So said Brightpeak today", "en", {"word Brightpeak", NULL}},
		{"clocks and years are no quantities", "", "2024年9时", "zh", {"!quantity 2024年", "!quantity 9时", NULL}},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_mention_text text = {wv_slice_of(rows[i].title), wv_slice_of(rows[i].text),
		                               wv_slice_of(rows[i].language), {INT64_C(1785200000000000)}};
		struct wv_mentions mentions;

		assert_int_equal(wv_mentions_read(lexicon, &sounds, arena, &text, &mentions, NULL), WV_OK);
		for (size_t k = 0; k < 4 && rows[i].mentions[k]; k++) {
			const char *wanted = rows[i].mentions[k];
			bool is_wanted = wanted[0] != '!', is_there = false;
			char name[200];

			wanted += !is_wanted;
			for (size_t m = 0; m < mentions.n; m++) {
				char got[200];

				snprintf(got, sizeof(got), "%s %.*s",
				         wv_mention_kind_name(mentions.items[m].kind),
				         WV_FMT(mentions.items[m].shown));
				is_there |= strcmp(got, wanted) == 0;
			}
			snprintf(name, sizeof(name), "%s: %s", rows[i].name, wanted);
			row_int(name, is_there, is_wanted);
		}
	}
	rows_end();
}

/* 28 July 2026 is a Tuesday: "Tuesday", "28日" and "July 28" in a text of that day are one day. */
static void test_days(void **state)
{
	static const char *const texts[] = {"on Tuesday", "28日", "7月28日", "on July 28", "am 28. Juli", "周二", "星期二", "火曜日"};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_mention_text text = {.text = wv_slice_of(texts[i]),
		                               .when = {INT64_C(1785200000000000)}};
		struct wv_mentions mentions;
		long long day = -1;

		assert_int_equal(wv_mentions_read(lexicon, &sounds, arena, &text, &mentions, NULL), WV_OK);
		for (size_t m = 0; m < mentions.n; m++)
			if (mentions.items[m].kind == WV_MENTION_DAY)
				day = (long long)mentions.items[m].value;
		row_int(texts[i], day, 20662);
	}
	rows_end();
}

static int set_up(void **state)
{
	(void)state;
	wv_sounds_init(&sounds);
	return wv_lexicon_new(&lexicon, NULL) == WV_OK && wv_arena_new(64 * WV_MIB, &arena, NULL) == WV_OK
	               ? 0
	               : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_lexicon_free(&lexicon);
	wv_arena_free(&arena);
	return 0;
}

/* Memory stays what it is, however many names texts give away; those past the most are not learned. */
static void test_many_learned(void **state)
{
	struct wv_learned *learned = NULL;
	struct wv_lexicon *own = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(wv_learned_new(&learned, NULL), WV_OK);
	assert_int_equal(wv_lexicon_new(&own, NULL), WV_OK);
	for (uint32_t i = 0; i < 30000; i++) {
		/* Four Katakana of each, and a Latin word. */
		char text[64], kana[16] = "";
		struct wv_units units;

		for (uint32_t k = 0, n = i; k < 4; k++, n /= 20) {
			uint32_t c = 0x30a2 + n % 20 * 2;

			(void)snprintf(kana + k * 3, 4, "%c%c%c", (int)(0xe0 | c >> 12),
			               (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
		}
		(void)snprintf(text, sizeof(text), "%s(Xn%c%c%c%c)", kana, 'a' + (int)(i % 26),
		               'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676 % 26),
		               'a' + (int)(i / 17576 % 26));
		wv_arena_reset(arena);
		assert_int_equal(wv_units_read(arena, wv_slice_of(text), 100, &units, NULL), WV_OK);
		assert_int_equal(wv_learned_read(learned, &units, NULL), WV_OK);
	}
	assert_int_equal(wv_learned_teach(learned, own, &count, NULL), WV_OK);
	assert_true(count > 29000);
	wv_learned_free(&learned);
	wv_lexicon_free(&own);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units),    cmocka_unit_test(test_names),
		cmocka_unit_test(test_own_words), cmocka_unit_test(test_quantities),
		cmocka_unit_test(test_sounds),   cmocka_unit_test(test_learned),
		cmocka_unit_test(test_mentions), cmocka_unit_test(test_days),
		cmocka_unit_test(test_many_learned),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
