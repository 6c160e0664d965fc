/*
 * archive/search/around.h: what belongs together, by the index and by reading every article; nothing
 * later in it; the same whenever it is asked, and however often the index followed.
 */
#include <math.h>
#include <stdio.h>

#include "archive/search/around.h"
#include "archive/search/told.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define DAY INT64_C(86400)

/* Ours, in the manner of reports of one event that share not a sentence; in the order of their coming. */
static const struct report {
	const char *path, *language, *title, *text;
	int64_t captured; /* seconds from the begin */
} reports[] = {
	{"/en", "en", "Quantel to buy 12,000 chips",
	 "Quantel will spend $500m on 12,000 of the H100 chips, its founder Bogatov said. The maker of "
	 "robots in Lisbon had promised its shareholders twice as many.", 0},
	{"/rain", "zh", "里斯本下雨", "里斯本昨日下雨，市民带伞出行，交通正常。", 600},
	{"/zh", "zh", "光腾将购1.2万枚芯片",
	 "光腾（Quantel）创始人博加托夫表示，公司将花费约5亿美元购买1.2万枚H100芯片。这家里斯本机器人制造商曾向股东"
	 "承诺两倍的数量。", 3600},
	{"/de", "de", "Quantel kauft 12.000 Chips",
	 "Der Roboterbauer Quantel aus Lissabon zahlt 500 Millionen Dollar für 12.000 Chips vom Typ H100, "
	 "sagte Gründer Bogatov.", 7200},
	/* Known only now, though it was captured before all others. */
	{"/late", "es", "Quantel compra 12.000 chips",
	 "Quantel, de Lisboa, gastará 500 millones de dólares en 12.000 chips H100, dijo Bogatov.", -DAY},
	{"/ja", "ja", "クアンテル、1万2000個の半導体",
	 "クアンテル（Quantel）は5億ドルでH100半導体を1万2000個買うとボガトフ氏が述べた。", 40 * DAY},
	/* The first one is edited: it is about something else now. */
	{"/en", "en", "Orchards in bloom", "The orchards of the valley are in bloom, growers said.", 41 * DAY},
};

static void put(struct wv_test_archive *a, const struct report *r)
{
	struct wv_capture capture = wv_test_capture(a, r->path, r->captured);
	struct wv_article article = wv_test_article(a, r->title, r->text);

	article.language = wv_slice_of(r->language);
	wv_test_put(a, &capture, r->text, &article);
}

static struct wv_time after(int64_t seconds)
{
	return (struct wv_time){WV_TEST_START + seconds * WV_US_PER_S};
}

/* "2 3 | 5": captures of the answer, by number, and of what came later. */
static void ask_one(struct wv_test_archive *a, struct wv_around *around, const struct wv_around_query *query,
                    char *out, size_t room)
{
	struct wv_around_answer answer = {.count = 0};
	struct wv_arena *arena = NULL;
	struct wv_txn *txn = NULL;
	struct wv_err err = WV_ERR_NONE;
	size_t n = 0;

	assert_int_equal(wv_arena_new(16 * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	if (wv_around_of(around, &txn, arena, query, &answer, &err) != WV_OK)
		fail_msg("%s", err.text);
	for (size_t most = 1; most < answer.count; most++) {
		struct wv_around_query best = *query;
		struct wv_around_answer few;

		best.max = most;
		assert_int_equal(wv_around_of(around, &txn, arena, &best, &few, &err), WV_OK);
		row_int("the best so many", few.count, most);
		for (size_t i = 0; i < few.count; i++)
			row_int("one of the best", few.links[i].capture, answer.links[i].capture);
	}
	out[0] = 0;
	for (uint64_t id = 0; id < WV_COUNT(reports); id++)
		for (size_t i = 0; i < answer.count; i++)
			if (answer.links[i].capture == id)
				n += (size_t)snprintf(out + n, room - n, "%s%d", n ? " " : "", (int)id);
	for (size_t i = 0; i < answer.later_count; i++)
		n += (size_t)snprintf(out + n, room - n, " | %d", (int)answer.later[i].capture);
	for (size_t i = 0; i < answer.count; i++)
		assert_true(answer.links[i].evidence_count > 2 && answer.links[i].evidence[0].shown.n > 0);
	wv_txn_abort(&txn);
	wv_arena_free(&arena);
}

/* `index`: by the index. */
static void ask(struct wv_test_archive *a, bool index, bool rebuild, uint64_t capture, struct wv_time at,
                struct wv_time known_at, char *out, size_t room)
{
	const struct wv_search_options options = {.rebuild = rebuild};
	WV_AUTO(wv_around_close) struct wv_around *around = NULL;
	WV_AUTO(wv_search_close) struct wv_search *search = NULL;
	struct wv_around_options with = {.store = a->store};
	struct wv_around_query query = {
		.capture = capture, .at = at, .known_at = known_at, .wants_later = true};
	struct wv_err err = WV_ERR_NONE;
	uint64_t behind = 1;

	if (index)
		assert_int_equal(wv_search_open(a->store, &options, &search, &err), WV_OK);
	with.search = search;
	assert_int_equal(wv_around_open(&with, &around, &err), WV_OK);
	assert_int_equal(wv_around_follow(around, &behind, &err), WV_OK);
	assert_int_equal(behind, 0);
	ask_one(a, around, &query, out, room);
}

static const struct row {
	const char *name;
	uint64_t capture;
	int64_t at;      /* INT64_MAX: none */
	size_t known_at; /* after so many reports; 0: now */
	const char *links;
} rows[] = {
	{"all that was captured", 2, INT64_MAX, 0, "3 4"},
	{"the first, before it was edited", 2, 10 * DAY, 0, "0 3 4"},
	{"by another", 3, 10 * DAY, 0, "0 2 4"},
	{"before the third was captured", 2, 4000, 0, "0 4 | 3"},
	{"what was recorded later has no part in it", 2, 4000, 4, "0 | 3"},
	{"nor where it was captured before", 2, 10 * DAY, 3, "0"},
	{"a page's older text, by its ID", 0, 10 * DAY, 0, "2 3 4"},
	{"nothing else is about rain", 1, INT64_MAX, 0, ""},
	{"a month later", 5, INT64_MAX, 0, ""},
};

static void check(struct wv_test_archive *a, bool index, bool rebuild, const struct wv_time *known, size_t n,
                  const char *when)
{
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char got[128], name[128];
		struct wv_time at = rows[i].at == INT64_MAX ? WV_TIME_NONE : after(rows[i].at);

		/* What can be asked already. */
		if (rows[i].known_at == 0 ? n < WV_COUNT(reports) : rows[i].known_at > n)
			continue;
		ask(a, index, rebuild, rows[i].capture, at,
		    rows[i].known_at ? known[rows[i].known_at - 1] : WV_TIME_NONE, got, sizeof(got));
		(void)snprintf(name, sizeof(name), "%s, %s", rows[i].name, when);
		row_text(name, wv_slice_of(got), rows[i].links);
	}
}

/* The index follows after each report, then is made anew at once; and every article is read. */
static void test_links(void **state)
{
	struct wv_time known[WV_COUNT(reports)];
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (size_t i = 0; i < WV_COUNT(reports); i++) {
		put(&a, &reports[i]);
		known[i] = wv_test_known_now(&a);
		check(&a, true, false, known, i + 1, "on the way");
	}
	check(&a, true, true, known, WV_COUNT(reports), "made anew");
	check(&a, false, false, known, WV_COUNT(reports), "every article read");
	wv_test_archive_close(&a);
	rows_end();
}

/* One that is kept open to read tells the same as a new one, whatever others write meanwhile. */
static void test_kept(void **state)
{
	const struct wv_search_options options = {.read_only = true};
	WV_AUTO(wv_around_close) struct wv_around *kept = NULL;
	WV_AUTO(wv_search_close) struct wv_search *search = NULL;
	struct wv_test_archive a;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (size_t i = 0; i < WV_COUNT(reports); i++) {
		struct wv_around_query query = {
			.capture = i, .at = after(50 * DAY), .known_at = WV_TIME_NONE, .index_only = true};
		char new[128], got[128];

		put(&a, &reports[i]);
		ask(&a, true, false, i, query.at, WV_TIME_NONE, new, sizeof(new));
		if (!kept) {
			struct wv_around_options its = {.store = a.store};

			assert_int_equal(wv_search_open(a.store, &options, &search, &err), WV_OK);
			its.search = search;
			assert_int_equal(wv_around_open(&its, &kept, &err), WV_OK);
		}
		ask_one(&a, kept, &query, got, sizeof(got));
		row_text(reports[i].path, wv_slice_of(got), new);
	}
	wv_test_archive_close(&a);
	rows_end();
}

/* decode(encode(x)) = x */
static void test_told(void **state)
{
	static const char text[] = "Headline\nand 12,000 text";
	struct wv_slice whole = wv_slice_of(text);
	struct wv_mention mentions[] = {
		{.key = UINT64_C(9) << 32, .kind = WV_MENTION_PLACE, .salience = 1, .shown = WV_LIT("Europe/Berlin")},
		{.key = UINT64_C(7) << 32, .kind = WV_MENTION_QUANTITY, .value = 12000, .context = 1,
		 .salience = 0.5f, .shown = wv_slice_part(whole, 13, 6)},
	};
	float rarities[] = {6, 1.5f};
	struct wv_told told = {.captured = 5, .recorded = -7, .day = -3, .language = "z", .others = 1.25f,
	                       .own = 0.5f, .mentions = {mentions, 2, 0}, .rarities = rarities}, got;
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = WV_KIB};
	struct wv_arena *arena = NULL;

	(void)state;
	told.language[1] = 'h';
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	wv_told_sort(&told);
	assert_int_equal(wv_told_encode(&told, whole, &row, NULL), WV_OK);
	assert_int_equal(wv_told_decode(wv_buf_slice(&row), whole, arena, &got, NULL), WV_OK);
	assert_int_equal(got.captured, 5);
	assert_int_equal(got.recorded, -7);
	assert_int_equal(got.day, -3);
	assert_memory_equal(got.language, "zh", 2);
	assert_int_equal(got.mentions.n, 2);
	assert_true(got.mentions.items[0].key == UINT64_C(7) << 32 && got.mentions.items[0].value == 12000);
	assert_true(wv_slice_equals(got.mentions.items[0].shown, WV_LIT("12,000")));
	assert_true(wv_slice_equals(got.mentions.items[1].shown, WV_LIT("Europe/Berlin")));
	assert_true(fabsf(got.rarities[0] - 1.5f) < 0.02f && got.rarities[1] == 6);
	/* Cut anywhere it does not decode, and reads nothing past its end. */
	for (size_t n = 0; n < row.n; n++)
		assert_int_equal(wv_told_decode(wv_slice(row.p, n), whole, arena, &got, NULL), WV_DAMAGED);
	wv_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_told), cmocka_unit_test(test_links),
	                                   cmocka_unit_test(test_kept)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
