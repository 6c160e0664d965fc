#include "crawler/page/next_story.h"

#include "config/base/limits.h"
#include "crawler/page/html.h"
#include "tests/support/rows.h"

/*
 * Where the next story of a page begins: by the form of its head. A row is a page; the first block
 * of the next story is told by its text, "" where there is none.
 */
ROWS_STATE;

#define OPENING                                                                                    \
	"<p>The lighthouse keeper counted forty ships before noon, and then the fog came in from the " \
	"north, and he counted no more of them that day.</p>"
#define MORE                                                                                       \
	"<p>None was lost, the harbour said, though two went past the mouth of the river and had to "  \
	"wait for the tide, with fish in the hold and a hungry crew on deck.</p>"
#define DATED(day) "<div class=d>" day " June 2024</div>"
#define ITEM(name) "<h2>News from the harbour of " name "</h2>" DATED("4") OPENING

static const struct next_row {
	const char *row, *html, *next;
} rows[] = {
	{"nothing below", "<h1>Fog over the northern bay</h1>" DATED("5") OPENING MORE, ""},
	{"a heading with a date of the same form",
	 "<h1>Fog over the northern bay</h1>" DATED("5") OPENING MORE
	 "<h2>Salt makers seek a name</h2>" DATED("4") OPENING MORE,
	 "Salt makers seek a name"},
	{"a section has no date",
	 "<h1>Fog over the northern bay</h1>" DATED("5") OPENING MORE
	 "<h2>What the pilots had to say</h2>" OPENING MORE,
	 ""},
	{"a date of another form tells when it was",
	 "<h1>Fog over the northern bay</h1>" DATED("5") OPENING MORE
	 "<h2>What the pilots had to say</h2><p>4 June 2024</p>" OPENING MORE,
	 ""},
	{"the same level in elements of one form, no dates",
	 "<div><h1>Fog over the northern bay</h1>" OPENING MORE
	 "</div><div><h1>Salt makers seek a name</h1>" OPENING MORE "</div>",
	 "Salt makers seek a name"},
	{"the same level in one element may be a section",
	 "<div><h1>Fog over the northern bay</h1>" OPENING MORE
	 "<h1>What the pilots had to say</h1>" OPENING MORE "</div>",
	 ""},
	{"a linked headline with a date of any form, and its label",
	 "<div><h1>Fog over the northern bay</h1>" DATED("5") OPENING MORE
	 "</div><div><p>Trade</p><h2><a href=/salt>Salt makers seek a name</a></h2><p>4 June 2024</p>"
	 OPENING MORE "</div>",
	 "Trade"},
	{"a box amid the text leads elsewhere",
	 "<div><h1>Fog over the northern bay</h1>" DATED("5") OPENING
	 "<div><h2>Salt makers seek a name</h2>" DATED("4") OPENING MORE "</div>" MORE OPENING "</div>",
	 ""},
	{"a link amid the text, too",
	 "<div><h1>Fog over the northern bay</h1>" DATED("5") OPENING
	 "<h2><a href=/salt>Salt makers seek a name</a></h2>" DATED("4") MORE OPENING "</div>",
	 ""},
	{"headlines that are no headings share a name",
	 "<div><div class=t>Fog over the northern bay</div>" DATED("5") OPENING MORE
	 "</div><div><div class=t>Salt makers seek a name</div>" DATED("4") OPENING MORE "</div>",
	 "Salt makers seek a name"},
	{"a line of another name is no headline",
	 "<div><div class=t>Fog over the northern bay</div>" DATED("5") OPENING MORE
	 "</div><div><div class=u>Salt makers seek a name</div>" DATED("4") OPENING MORE "</div>",
	 ""},
	{"a heading without a text of its own",
	 "<div><h1>Fog over the northern bay</h1>" OPENING MORE
	 "</div><div><h1>Salt makers seek a name</h1><p>Soon.</p></div>",
	 ""},
	{"many short ones are the items of one article",
	 "<h1>Fog over the northern bay</h1>" DATED("5") OPENING ITEM("Reed") ITEM("Alder") ITEM("Ash")
		 ITEM("Elm") ITEM("Oak"),
	 ""},
};

static void test_rows(void **state)
{
	struct wv_arena *arena;
	struct wv_html_parser *parser;

	(void)state;
	assert_int_equal(wv_arena_new(16u * WV_MIB, &arena, NULL), WV_OK);
	assert_int_equal(wv_html_parser_new(wv_clock_system(), &parser, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_html html;
		struct wv_blocks blocks;
		size_t headline = 0, next;

		wv_arena_reset(arena);
		assert_int_equal(wv_html_parse(parser, arena, wv_slice_of(rows[i].html), &html, NULL),
				 WV_OK);
		assert_int_equal(wv_blocks_read(&html, arena, &blocks, NULL), WV_OK);
		while (headline < blocks.count && blocks.blocks[headline].heading != 1)
			headline++;
		if (headline == blocks.count)
			headline = 0; /* the first line of a row without headings */
		next = wv_next_story_find(&blocks, headline, arena);
		row_text(rows[i].row, next == SIZE_MAX ? WV_SLICE_NONE : blocks.blocks[next].text,
			 rows[i].next);
		assert_true(wv_next_story_find(&blocks, SIZE_MAX, arena) == SIZE_MAX);
	}
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
