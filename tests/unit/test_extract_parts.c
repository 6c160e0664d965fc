#include <stdio.h>

#include "config/base/limits.h"
#include "crawler/page/boilerplate.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "crawler/page/meta.h"
#include "crawler/page/words.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;
static struct wv_html_parser *parser;

static int set_up(void **state)
{
	(void)state;
	if (wv_arena_new(64u * WV_MIB, &arena, NULL) != WV_OK)
		return -1;
	return wv_html_parser_new(wv_clock_system(), &parser, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	return 0;
}

/* ------------------------------------------------------------------ names */

struct hint_row {
	const char *name;
	uint32_t bits;
};

static void test_hints(void **state)
{
	static const struct hint_row rows[] = {
		{"related-articles", WV_HINT(WV_REASON_RELATED)},
		{"relatedArticles", WV_HINT(WV_REASON_RELATED)},
		{"c-share-bar__item", WV_HINT(WV_REASON_SHARE)},
		{"Newsletter", WV_HINT(WV_REASON_NEWSLETTER)},
		{"article-body", WV_HINT_BODY},
		{"articleBody", WV_HINT_BODY},
		{"TRS_Editor", WV_HINT_BODY | WV_HINT(WV_REASON_EDITOR)},
		{"h0ad3fb9", 0},   /* generated: digits spoil words */
		{"x-shadow", 0},
		{"badge", 0},      /* no "ad" in it */
		{"header", 0},
		{"", 0},
		{"----", 0},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name, wv_words_hints(wv_slice_of(rows[i].name)), rows[i].bits);
	rows_end();
}

struct phrase_row {
	const char *text;
	uint32_t units;
	enum wv_reason reason;
	bool opens;
};

static void test_phrases(void **state)
{
	static const struct phrase_row rows[] = {
		{"Related Articles", 4, WV_REASON_RELATED, true},
		{"RELATED:", 2, WV_REASON_RELATED, true},
		{"Relatedness of species", 6, WV_REASON_NONE, false},
		{"Read more: Why salt costs what it costs", 16, WV_REASON_RELATED, false},
		{"Lesen Sie auch: Das Meer", 12, WV_REASON_RELATED, true},
		{"LÄS OCKSÅ", 4, WV_REASON_RELATED, true},
		{"ЧИТАЙТЕ ТАКЖЕ", 4, WV_REASON_RELATED, true},
		{"相关阅读", 4, WV_REASON_RELATED, true},
		{"関連記事", 4, WV_REASON_RELATED, true},
		{"관련기사", 2, WV_REASON_RELATED, true},
		{"（责任编辑：方堃）", 6, WV_REASON_EDITOR, false},
		{"来源：海报社", 5, WV_REASON_SOURCE, false},
		{"Share on Facebook", 6, WV_REASON_SHARE, false},
		{"Sign up for our newsletter", 10, WV_REASON_NEWSLETTER, false},
		{"© 2024 The Quay Courier", 8, WV_REASON_NOTICE, false},
		{"12 comments on \"Salt\"", 8, WV_REASON_COMMENTS, true},
		{"The council met on Monday.", 10, WV_REASON_NONE, false},
		{"", 0, WV_REASON_NONE, false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_phrase phrase =
			wv_words_phrase(wv_slice_of(rows[i].text), rows[i].units);

		row_text(rows[i].text, wv_slice_of(wv_reason_name(phrase.reason)),
			 wv_reason_name(rows[i].reason));
		row_int(rows[i].text, phrase.opens, rows[i].opens);
	}
	rows_end();
}

static void test_strip_site(void **state)
{
	static const struct {
		const char *title, *site, *host, *expected;
	} rows[] = {
		{"Salt makers seek name | The Quay Courier", "The Quay Courier", "", "Salt makers seek name"},
		{"Salt makers seek name - Quay Courier", "", "www.quaycourier.example",
		 "Salt makers seek name"},
		{"Quay Courier | Salt makers seek a protected name", "Quay Courier", "",
		 "Salt makers seek a protected name"},
		{"Salt - a history", "Quay Courier", "quay.example", "Salt - a history"},
		{"老桥改造方案公布_城市新闻_河口在线", "", "", "老桥改造方案公布"},
		{"老桥改造方案公布-新华网", "", "", "老桥改造方案公布"},
		{"町の時計台｜山手新聞", "山手新聞", "", "町の時計台"},
		{"A well-known name", "", "", "A well-known name"},
		{"|", "", "", "|"},
		{"", "", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].title,
			 wv_meta_strip_site(wv_slice_of(rows[i].title), wv_slice_of(rows[i].site),
					    wv_slice_of(rows[i].host)),
			 rows[i].expected);
	rows_end();
}

/* ------------------------------------------------------------ site models */

static void test_site_models(void **state)
{
	struct wv_page_print own = {wv_block_print(WV_LIT("Only here")), true};
	struct wv_page_print same = {wv_block_print(WV_LIT("Follow us, dear reader!")), false};
	struct wv_site_model *model = NULL, *back = NULL;
	struct wv_buf out;

	(void)state;
	assert_true(wv_block_print(WV_LIT("Posted 3 May 2024")) ==
		    wv_block_print(WV_LIT("posted 17 MAY 2023")));
	assert_true(same.print != own.print);
	for (unsigned i = 0; i < 5; i++) {
		struct wv_page_print both[2] = {same, own};
		struct wv_page_prints page = {both, i == 2 ? 2 : 1};

		assert_int_equal(wv_site_model_learn(model, &page, arena, &model, NULL), WV_OK);
		assert_int_equal(model->number, i + 1);
	}
	assert_int_equal(model->pages, 5);
	assert_true(wv_site_model_share(model, same.print) == 1.0);
	assert_true(wv_site_model_share(model, own.print) == 0.0);
	assert_true(wv_site_model_share(NULL, same.print) == 0.0);
	wv_buf_init(&out, 1u << 20);
	assert_int_equal(wv_site_model_encode(model, &out, NULL), WV_OK);
	assert_int_equal(wv_site_model_decode(wv_buf_slice(&out), arena, &back, NULL), WV_OK);
	assert_int_equal(back->n, model->n);
	assert_memory_equal(back->prints, model->prints, model->n * sizeof(*model->prints));
	/* Cut anywhere it is damaged. */
	for (size_t n = 0; n < out.n; n++)
		assert_int_equal(wv_site_model_decode(wv_slice(out.p, n), arena, &back, NULL),
				 WV_DAMAGED);
	wv_buf_done(&out);
}

/* What a page learned elsewhere is used, and said. */
static void test_model_is_used(void **state)
{
	static const char page[] =
		"<html lang=en><title>A bridge for the town</title><body><article><h1>A bridge for the "
		"town</h1><p>The town council has decided to build a bridge, after years of debate, "
		"and to open it to carts and walkers alike.</p><p>Work will begin in the autumn, when "
		"the river is low, the council said in a statement on Monday.</p><p>We ring the bells "
		"for every reader, and we thank each of them, today and always.</p></article>";
	struct wv_page_print bells = {
		wv_block_print(WV_LIT("We ring the bells for every reader, and we thank each of "
				      "them, today and always.")), false};
	struct wv_page_prints prints = {&bells, 1};
	struct wv_site_model *model = NULL;
	struct wv_extract_input input = {.body = wv_slice(page, sizeof(page) - 1),
					 .fetched = WV_TIME_NONE,
					 .parser = parser};
	struct wv_article without, with;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(wv_site_model_learn(model, &prints, arena, &model, NULL), WV_OK);
	assert_int_equal(wv_extract(&input, arena, &without, NULL), WV_OK);
	input.model = model;
	assert_int_equal(wv_extract(&input, arena, &with, NULL), WV_OK);
	assert_int_equal(without.block_count, 3);
	assert_int_equal(without.model, 0);
	assert_int_equal(with.block_count, 2);
	assert_int_equal(with.model, 4);
}

/* ---------------------------------------------------------------- verdicts */

struct verdict_row {
	const char *row, *html, *type;
	int status;
	bool truncated;
	enum wv_verdict verdict;
};

#define STORY                                                                                      \
	"<p>The town council has decided to build a bridge, after years of debate, and to open it "  \
	"to carts and walkers alike, come what may.</p><p>Work will begin in the autumn, when the " \
	"river is low, the council said in a statement on Monday evening.</p>"

static void test_verdicts(void **state)
{
	static const struct verdict_row rows[] = {
		{"article", "<html><body><h1>A bridge</h1>" STORY, "text/html", 200, false,
		 WV_VERDICT_ARTICLE},
		{"no status", "<html><body><h1>A bridge</h1>" STORY, "", 0, false, WV_VERDICT_ARTICLE},
		{"refused", "<html><body><h1>Forbidden</h1>", "text/html", 403, false,
		 WV_VERDICT_REFUSED},
		{"legal", "<html><body>" STORY, "text/html", 451, false, WV_VERDICT_REFUSED},
		{"server error", "<html><body>" STORY, "text/html", 503, false, WV_VERDICT_OTHER},
		{"image", "\x89PNG\r\n", "image/png", 200, false, WV_VERDICT_OTHER},
		{"feed", "<?xml version='1.0'?><rss><channel>", "application/rss+xml", 200, false,
		 WV_VERDICT_OTHER},
		{"empty", "", "text/html", 200, false, WV_VERDICT_OTHER},
		{"truncated", "<html><body>" STORY, "text/html", 200, true, WV_VERDICT_TRUNCATED},
		{"soft 404", "<html><title>Page not found</title><body><h1>Page not found</h1>",
		 "text/html", 200, false, WV_VERDICT_SOFT_404},
		{"captcha", "<html><title>Security check</title><body><p>Are you a robot?</p>",
		 "text/html", 200, false, WV_VERDICT_CAPTCHA},
		{"consent", "<html><body><h1>Before you continue</h1><p>We use cookies.</p>",
		 "text/html", 200, false, WV_VERDICT_CONSENT_WALL},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_extract_input input = {
			.body = wv_slice_of(rows[i].html),
			.content_type = wv_slice_of(rows[i].type),
			.http_status = rows[i].status,
			.is_truncated = rows[i].truncated,
			.fetched = WV_TIME_NONE,
			.parser = parser,
		};
		struct wv_article article;

		assert_int_equal(wv_extract(&input, arena, &article, NULL), WV_OK);
		row_text(rows[i].row, wv_slice_of(wv_verdict_name(article.verdict)),
			 wv_verdict_name(rows[i].verdict));
		row_int(rows[i].row, article.reason.n > 0, 1);
	}
	rows_end();
}

/* --------------------------------------------------------------- the rest */

/* Deep, wide, endless: an article with a verdict comes back, and soon. */
static void test_hostile(void **state)
{
	static const char *const pieces[] = {
		"<div>", "<font color=i>", "<table><tr><td>", "<a href=x>y", "<li>x",
		"<p>x,", "<script type=application/ld+json>{\"@graph\":[", "<!--", "<b><i>",
		"<blockquote>", "2024-06-05 ", "<h1>x</h1>", "<article><h1>x", "&#x4e2d;，"};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(pieces); i++) {
		struct wv_extract_input input = {.fetched = WV_TIME_NONE, .parser = parser};
		struct wv_article article;
		struct wv_buf page;
		struct wv_mono before = wv_clock_mono(wv_clock_system());

		wv_buf_init(&page, 1u << 20);
		wv_buf_add_string(&page, "<html><body>");
		while (page.n < 300000)
			wv_buf_add_string(&page, pieces[i]);
		input.body = wv_buf_slice(&page);
		wv_arena_reset(arena);
		{
			enum wv_status st = wv_extract(&input, arena, &article, NULL);

			assert_true(st == WV_OK || st == WV_LIMIT);
		}
		wv_buf_done(&page);
		/* Some twenty times what it takes, for slow and busy machines. */
		row_int(pieces[i],
			wv_clock_mono(wv_clock_system()).us - before.us < 20 * WV_US_PER_S, 1);
	}
	rows_end();
}

struct flood_row {
	const char *row, *open, *fill;
	size_t opened, filled;
};

/* Much inside of much: what one kind alone does not show. All in all some hundred kilobytes. */
static void test_floods(void **state)
{
	static const struct flood_row rows[] = {
		{"500 open fonts, 20,000 paragraphs", "<font color=%u>", "<p>", 500, 20000},
		{"500 open links", "<a href=%u>", "<p>x", 500, 20000},
		{"500 open b i u", "<b><i><u>", "<p>x, y.", 500, 20000},
		{"tables in tables", "<table><tr><td>%u", "<p>x", 300, 20000},
		{"lists of one", "<ul><li><a href=/%u>x", "<li>y", 300, 20000},
		{"one paragraph, all of it the same sentence", "<p>", "The same is said here, again. ", 1,
		 8000},
		{"20,000 equal paragraphs", "<div>", "<p>The same is said here, again and again, by all.", 1,
		 20000},
		{"a live blog of clocks", "<title>live</title><h1>live</h1>",
		 "<p>10:45<h3>x</h3><p>It is said, again.", 1, 10000},
		{"20,000 pictures with a line", "<div>", "<div><img src=a><div>a line</div></div>", 1, 20000},
		{"names without end", "<div class='a-meta b-paywall c-caption'>", "<span class=caption>x</span>",
		 400, 20000},
		{"teasers without end", "<h1>Fog over the bay</h1>",
		 "<div><h3><a href=/x>Ships wait at sea for the fog to go</a></h3><p>None is lost, and some "
		 "have fish to eat.</p><i>3 May 2024</i></div>",
		 1, 8000},
		{"stories without end", "<title>Fog over the bay</title>",
		 "<div><h1>Fog over the northern bay</h1><b>5 June 2024</b><p>Ships wait at sea for the fog "
		 "to go, and none is lost, and some have fish to eat, and salt.</p></div>",
		 1, 8000},
		{"dates below a lead",
		 "<h1>Fog over the bay</h1><p>Ships wait at sea for the fog to go, and none is lost.</p>",
		 "<p>5 June 2024", 1, 15000},
		{"parts without end", "<h1>Fog over the bay</h1><div>",
		 "<div class=part><p>Ships wait at sea for the fog to go, and none is lost, and some have "
		 "fish to eat, and salt.</p></div><div>x y</div>",
		 1, 8000},
		{"a table without end", "<h1>Fog over the bay</h1><table>", "<tr><td>1.5<td>x", 1, 15000},
		{"state in a string", "<script>window.__S__=JSON.parse(\"{", "\\\"a\\\":[", 1, 60000},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_extract_input input = {.fetched = WV_TIME_NONE, .parser = parser};
		struct wv_article article;
		struct wv_buf page;
		struct wv_mono before = wv_clock_mono(wv_clock_system());
		enum wv_status st;

		wv_buf_init(&page, 4u << 20);
		wv_buf_add_string(&page, "<html><body>");
		for (unsigned k = 0; k < rows[i].opened; k++) {
			char open[80];

			/* One number at most: which is the only conversion there is. */
			snprintf(open, sizeof open, "%u", k);
			for (const char *at = rows[i].open; *at; at++) {
				if (at[0] == '%' && at[1] == 'u') {
					wv_buf_add_string(&page, open);
					at++;
				} else {
					wv_buf_add_byte(&page, (unsigned char)*at);
				}
			}
		}
		for (size_t k = 0; k < rows[i].filled; k++)
			wv_buf_add_string(&page, rows[i].fill);
		input.body = wv_buf_slice(&page);
		wv_arena_reset(arena);
		st = wv_extract(&input, arena, &article, NULL);
		row_int(rows[i].row, st == WV_OK || st == WV_LIMIT, 1);
		if (st == WV_OK)
			row_int(rows[i].row, article.reason.n > 0, 1);
		wv_buf_done(&page);
		row_int(rows[i].row,
			wv_clock_mono(wv_clock_system()).us - before.us < 20 * WV_US_PER_S, 1);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints),       cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_strip_site),  cmocka_unit_test(test_site_models),
		cmocka_unit_test(test_model_is_used), cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_hostile),       cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
