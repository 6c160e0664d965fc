#include "config/base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "tests/support/rows.h"

/* Who wrote it and what it is called, from the places in which pages say so. */
ROWS_STATE;

#define TEXT                                                                                       \
	"<p>The town council has decided to build a bridge, after years of debate, and to open it "  \
	"to carts and walkers alike, come what may.</p><p>Work will begin in the autumn, when the "   \
	"river is low, the council said, and it will take two years.</p>"
#define PAGE(head, byline)                                                                         \
	"<html lang=en><title>A bridge for the town</title>" head "<body><article><h1>A bridge for "  \
	"the town</h1>" byline TEXT "</article>"

struct meta_row {
	const char *row, *html;
	const char *expected;
};

static struct wv_article read(const char *html, struct wv_arena *arena,
                              struct wv_html_parser *parser)
{
	struct wv_extract_input input = {
		.body = wv_slice_of(html), .fetched = WV_TIME_NONE, .parser = parser};
	struct wv_article article;

	assert_int_equal(wv_extract(&input, arena, &article, NULL), WV_OK);
	return article;
}

static struct wv_slice authors_of(const struct wv_article *article, struct wv_arena *arena)
{
	struct wv_buf out;
	struct wv_slice text;

	wv_buf_init(&out, 1000);
	for (size_t i = 0; i < article->author_count; i++) {
		if (i > 0)
			wv_buf_add(&out, WV_LIT("; "));
		wv_buf_add(&out, article->authors[i]);
	}
	text = wv_arena_copy(arena, wv_buf_slice(&out));
	wv_buf_done(&out);
	return text;
}

static void test_authors(void **state)
{
	static const struct meta_row rows[] = {
		{"a date close behind a name",
		 PAGE("", "<div class=byline><span>Ada Quill</span><span>June 5</span></div>"), "Ada Quill"},
		{"two links close together are two people",
		 PAGE("", "<div class=byline><a href=/a>Ada Quill</a><a href=/t>Tom Reed</a></div>"),
		 "Ada Quill; Tom Reed"},
		{"letters set apart are one name",
		 PAGE("", "<div class=byline><b>A</b>da Quill</div>"), "Ada Quill"},
		{"a row of sections names nobody",
		 PAGE("", "<div class=author-nav><a href=/1>Trade</a><a href=/2>River</a><a "
			  "href=/3>Mills</a><a href=/4>Bells</a></div><p>By Ada Quill</p>"),
		 "Ada Quill"},
		{"a label of the head and its value",
		 PAGE("<meta name=twitter:label1 content='Verfasst von'><meta name=twitter:data1 "
		      "content='Ada Quill'>", ""),
		 "Ada Quill"},
		{"a label that asks for something else",
		 PAGE("<meta name=twitter:label1 content='Reading time'><meta name=twitter:data1 "
		      "content='Two minutes'>", ""),
		 ""},
		{"a link to an author's page",
		 PAGE("", "<div><a href=/authors/ada-quill>Ada Quill</a></div>"), "Ada Quill"},
		{"the list of all authors is no author's page",
		 PAGE("", "<div><a href=/authors/>Our writers</a></div>"), ""},
	};
	struct wv_arena *arena;
	struct wv_html_parser *parser;

	(void)state;
	assert_int_equal(wv_arena_new(16u * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_html_parser_new(wv_clock_system(), &parser, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_article article;

		wv_arena_reset(arena);
		article = read(rows[i].html, arena, parser);
		row_text(rows[i].row, authors_of(&article, arena), rows[i].expected);
	}
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	rows_end();
}

static void test_titles(void **state)
{
	static const struct meta_row rows[] = {
		{"the heading that the page's title begins with, though a link",
		 "<title>A bridge for the town - Notes from the river</title><body><h1><a href=/b>A bridge "
		 "for the town</a></h1>" TEXT "<h1>What I read this week</h1>" TEXT,
		 "A bridge for the town"},
		{"the blog's name stands last",
		 "<title>A bridge for the town | Notes from the river</title><body><h1><a href=/>Notes from "
		 "the river</a></h1><h2>A bridge for the town</h2>" TEXT,
		 "A bridge for the town"},
	};
	struct wv_arena *arena;
	struct wv_html_parser *parser;

	(void)state;
	assert_int_equal(wv_arena_new(16u * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_html_parser_new(wv_clock_system(), &parser, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		wv_arena_reset(arena);
		row_text(rows[i].row, read(rows[i].html, arena, parser).title, rows[i].expected);
	}
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_authors),
					   cmocka_unit_test(test_titles)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
