/* Whom a text names as its source, in the languages of the table; and who is no source. */
#include "archive/copies/attribution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/base/limits.h"

static const struct row {
	const char *name, *text, *wire, *dateline, *removed;
	const char *expected; /* "kind:name=known" each, parted by "; " */
} rows[] = {
	{"zh report", "据路透社6月5日报道,工厂将于秋天关闭。", NULL, NULL, NULL, "report:路透社=Reuters"},
	{"zh paper in marks", "据英国《金融时报》网站报道,交易已经完成。", NULL, NULL, NULL,
         "report:金融时报=Financial Times"},
	{"zh traditional", "據彭博社報導,股價下跌。", NULL, NULL, NULL, "report:彭博社=Bloomberg"},
	{"zh unnamed media", "据外媒报道,股价下跌。此前有媒体报道称,公司将裁员。", NULL, NULL, NULL, ""},
	{"zh company says", "据公司介绍,新厂将于明年投产。据悉,投资额为三亿元。", NULL, NULL, NULL, ""},
	{"zh source line", "来源:财联社", NULL, NULL, NULL, "line:财联社=Cailian Press"},
	{"zh reprint", "本文转自湖心晚报。", NULL, NULL, NULL, "report:湖心晚报"},
	{"zh bracket", "工程明年完工。(据远帆通讯社)", NULL, NULL, NULL, "report:远帆通讯社"},
	{"zh dateline", "大桥封顶。", NULL, "远帆社澜江3月2日电", NULL, "dateline:远帆社"},
	{"ja report", "米CNBCによると、半導体の出荷が遅れている。", NULL, NULL, NULL, "report:CNBC=CNBC"},
	{"ja agency", "工場は閉鎖されるとロイターが報じた。", NULL, NULL, NULL, "report:ロイター=Reuters"},
	{"ja paper", "潮見新聞によれば、橋は年内に開通する。", NULL, NULL, NULL, "report:潮見新聞"},
	{"ja person", "関係者によると、橋は年内に開通する。市長によると、費用は増えた。", NULL, NULL, NULL, ""},
	{"ja dateline", "橋が開通した。", NULL, "【ワシントン=共同】", NULL, "dateline:共同"},
	{"ja source line", "出典：時事通信", NULL, NULL, NULL, "line:時事通信=Jiji"},
	{"ko report", "연합뉴스에 따르면 공장은 가을에 문을 닫는다.", NULL, NULL, NULL, "report:연합뉴스=Yonhap"},
	{"en report", "The plant will close, according to the Harbour Courier, a local paper.", NULL, NULL,
         NULL, "report:Harbour Courier"},
	{"en agency", "The plant will close, Reuters reported on Monday.", NULL, NULL, NULL,
         "report:Reuters=Reuters"},
	{"en told", "\"We are closing,\" she told The Wall Street Journal.", NULL, NULL, NULL,
         "report:Wall Street Journal=Wall Street Journal"},
	{"en police", "According to police, two men were seen. He told reporters that he knew.", NULL, NULL,
         NULL, ""},
	{"en dateline", "The plant will close.", "Reuters", "WASHINGTON (Reuters)", NULL,
         "credit:Reuters=Reuters"},
	{"en tail", "The plant will close. (Reuters)", NULL, NULL, NULL, "report:Reuters=Reuters"},
	{"en bracket of all kinds", "The plant (founded 1911) will close (see below).", NULL, NULL, NULL, ""},
	{"en label", "The plant will close.", NULL, NULL, "By Cato Brandt Source Meridian Wire",
         "line:Meridian Wire"},
	{"de report", "Das Werk schließt, laut Reuters im Herbst.", NULL, NULL, NULL,
         "report:Reuters=Reuters"},
	{"de source line", "Quelle: dpa", NULL, NULL, NULL, "line:dpa=dpa"},
	{"fr report", "L'usine fermera, selon l'agence Reuters.", NULL, NULL, NULL, "report:Reuters=Reuters"},
	{"es report", "La fábrica cerrará, según Bloomberg.", NULL, NULL, NULL,
         "report:Bloomberg=Bloomberg"},
	{"ru report", "Завод закроют, сообщает ТАСС.", NULL, NULL, NULL, "report:ТАСС=TASS"},
	{"a source of the archive", "The plant will close, according to Ellery Now.", NULL, NULL, NULL,
         "report:Ellery Now"},
	{"itself", "The plant will close, Kestrel News reported.", NULL, NULL, NULL, ""},
	{"once", "Reuters reported it. \"Yes,\" he told Reuters. (Reuters)", "Reuters", NULL, NULL,
         "credit:Reuters=Reuters"},
	{"others' headlines", "The plant will close.", NULL, NULL, NULL, ""},
};

static void print_claims(const struct wv_claim *claims, size_t count, struct wv_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		wv_buf_add_format(out, "%s%s:%.*s", i ? "; " : "",
		                  wv_claim_kind_name(claims[i].kind), WV_FMT(claims[i].name));
		if (claims[i].known.n)
			wv_buf_add_format(out, "=%.*s", WV_FMT(claims[i].known));
	}
}

static void test_rows(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf got = {0};
	const struct wv_slice names[] = {wv_slice_of("Ellery Now"), wv_slice_of("共同")};
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(64u * WV_MIB, &arena, NULL), WV_OK);
	wv_buf_init(&got, WV_MIB);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_block block = {.text = wv_slice_of(rows[i].text)};
		const struct wv_removed_block removed[] = {
			{wv_slice_of("outside"), wv_slice_of(rows[i].removed)},
			{wv_slice_of("related"), wv_slice_of("According to Reuters, all is well")}};
		const struct wv_article article = {.wire = wv_slice_of(rows[i].wire),
		                                   .dateline = wv_slice_of(rows[i].dateline),
		                                   .publisher = wv_slice_of("Kestrel News"),
		                                   .blocks = &block,
		                                   .block_count = 1,
		                                   .removed = removed,
		                                   .removed_count = 2};
		struct wv_claim *claims = NULL;
		size_t count = 0;

		assert_int_equal(wv_claims_find(&article, names, WV_COUNT(names), arena, &claims,
		                                &count, NULL),
		                 WV_OK);
		wv_buf_reset(&got);
		print_claims(claims, count, &got);
		if (!wv_slice_equals(wv_buf_slice(&got), wv_slice_of(rows[i].expected))) {
			printf("%s: expected '%s', got '%s'\n", rows[i].name, rows[i].expected,
			       wv_buf_string(&got));
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *known, *publication;
		bool expected;
	} pairs[] = {
		{"路透社", "Reuters", "Reuters", true},
		{"ロイター", "Reuters", "路透", true},
		{"Meridian", "", "Meridian Wire", true},
		{"the Harbour Courier", "", "Harbour Courier", true},
		{"远帆社", "", "远帆通讯社", true},
		{"遠帆通訊社", "", "远帆通讯社", true},
		{"Reuters", "Reuters", "Bloomberg", false},
		{"Harbour Courier", "", "Harbour Ledger", false},
		{"社", "", "远帆通讯社", false},
	};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(pairs); i++) {
		const struct wv_claim claim = {.name = wv_slice_of(pairs[i].name),
		                               .known = wv_slice_of(pairs[i].known)};

		if (wv_claim_names(&claim, wv_slice_of(pairs[i].publication), arena) !=
		    pairs[i].expected) {
			printf("%s and %s: expected %d\n", pairs[i].name, pairs[i].publication,
			       pairs[i].expected);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
