#include <stdio.h>

#include "config/base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "tests/support/rows.h"

/*
 * One rule of pruning a row: a block, with what stands around it, put into one short story. The
 * row says whether its text stays, or why it goes.
 */
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

#define HEAD "<html lang=en><title>A bridge for the town</title><body><article><h1>A bridge for the town</h1>"
#define P1                                                                                         \
	"<p>The town council has decided to build a bridge, after years of debate, and to open it "  \
	"to carts and walkers alike, come what may.</p>"
#define P2                                                                                         \
	"<p>Work will begin in the autumn, when the river is low, the council said in a statement "  \
	"on Monday evening, and it will take two years.</p>"
#define P3                                                                                         \
	"<p>The mill on the far bank will be moved by a hundred yards, stone by stone, and its "     \
	"owner will be paid for every day that it stands still.</p>"
#define P4                                                                                         \
	"<p>Some of the fishermen fear for their nets, and asked for a study of the currents "       \
	"before the first pile is driven, but the council would not wait.</p>"
#define P5                                                                                         \
	"<p>A bridge stood here once before, of chestnut and rope, until the flood of the year in "  \
	"which the bells were cast took it down to the sea, with two goats on it.</p>"
#define P6                                                                                         \
	"<p>Nothing of it was ever found but a nail, which hangs above the door of the town hall "    \
	"to this day, and which the mayor touched before he put his name to the plan.</p>"
#define TAIL "</article></body></html>"

struct prune_row {
	const char *row, *html;
	const char *text;   /* looked for: the whole text of a block */
	const char *reason; /* NULL: it is kept */
};

static void check(const struct prune_row *row)
{
	struct wv_extract_input input = {.body = wv_slice_of(row->html),
					 .fetched = WV_TIME_NONE,
					 .parser = parser};
	struct wv_article article;
	struct wv_slice text = wv_slice_of(row->text), got = WV_LIT("nowhere");

	wv_arena_reset(arena);
	assert_int_equal(wv_extract(&input, arena, &article, NULL), WV_OK);
	for (size_t i = 0; i < article.removed_count; i++)
		if (wv_slice_equals(article.removed[i].text, text))
			got = article.removed[i].reason;
	for (size_t i = 0; i < article.block_count; i++)
		if (wv_slice_equals(article.blocks[i].text, text))
			got = WV_LIT("kept");
	row_text(row->row, got, row->reason ? row->reason : "kept");
}

static void test_names(void **state)
{
	static const struct prune_row rows[] = {
		{"caption on an inline element",
		 HEAD P1 "<div><img src=a.jpg><div><span class=picture-caption>The old ferry at its "
			 "landing.</span> <span class=caption-credit>J. Quay</span></div></div>" P2 P3 P4 TAIL,
		 "The old ferry at its landing. J. Quay", "caption"},
		{"an inline name on a part of a paragraph",
		 HEAD P1 "<p>The ferry, <span class=caption>old and slow</span>, will be sold to a "
			 "village upstream that has no bridge, said its owner.</p>" P2 P3 P4 TAIL,
		 "The ferry, old and slow, will be sold to a village upstream that has no bridge, said "
		 "its owner.",
		 NULL},
		{"byline on an inline element",
		 HEAD "<div><span class=article-author>From our own writer</span></div>" P1 P2 P3 P4 TAIL,
		 "From our own writer", "author-box"},
		{"lines under a picture, without names",
		 HEAD P1 "<div><div><img src=a.jpg></div><div>The old ferry at its landing, years "
			 "ago</div></div>" P2 P3 P4 TAIL,
		 "The old ferry at its landing, years ago", "caption"},
		{"a paragraph beside a picture is text",
		 HEAD P1 "<div><img src=a.jpg><p>The old ferry will stay at its landing, as a tavern, "
			 "for all to see.</p></div>" P2 P3 P4 TAIL,
		 "The old ferry will stay at its landing, as a tavern, for all to see.", NULL},
		{"a table in a figure is no caption",
		 HEAD P1 "<figure><table><tr><td>Piles of oak to be driven</td><td>Two hundred and "
			 "forty</td></tr></table></figure>" P2 P3 P4 TAIL,
		 "Piles of oak to be driven", NULL},
		{"a name on all the text says nothing",
		 HEAD "<h2 class=paywall>What it will cost</h2>" P1 "<h2 class=paywall>When it will "
		      "open</h2>" P2 "<h2 class=paywall>Who must move</h2>" P3
		      "<h2 class=paywall>Who says no</h2>" P4 "<h2 class=paywall>What is left</h2>" P1
			 TAIL,
		 "When it will open", NULL},
		{"nor does a writer's on every paragraph",
		 HEAD "<p class=author-text>The council met on a Monday, by candle light, and heard all of "
		      "them.</p><p class=author-text>It heard the miller, and it heard the fishermen, one "
		      "by one.</p><p class=author-text>Then it made up its mind, by five hands to four, "
		      "and went home.</p>" TAIL,
		 "It heard the miller, and it heard the fishermen, one by one.", NULL},
		{"one wall is one",
		 HEAD P1 P2 P3 P4 "<div class=paywall><p>Take out a pass to go on with this one.</p></div>"
			 TAIL,
		 "Take out a pass to go on with this one.", "paywall"},
		{"a sentence is no meta line",
		 HEAD P1 "<div class=post-meta-box><p>Those who have to cross the river by night should "
			 "ask at the mill for a lantern.</p></div>" P2 P3 P4 TAIL,
		 "Those who have to cross the river by night should ask at the mill for a lantern.", NULL},
		{"an appeal in a box with two names",
		 HEAD P1 P2 P3 P4 P5 P6 "<div class=inlineDonationPromo><div>Wait. How likely is it that "
			 "others would have told you of this bridge? We have no ferry to live from, we "
			 "live from those who read us, and from nobody else.</div></div>" TAIL,
		 "Wait. How likely is it that others would have told you of this bridge? We have no ferry "
		 "to live from, we live from those who read us, and from nobody else.",
		 "newsletter"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(&rows[i]);
	rows_end();
}

static void test_repeated(void **state)
{
	static const struct prune_row rows[] = {
		{"pull quote",
		 HEAD P1 P2 "<blockquote>its owner will be paid for every day that it stands "
			 "still</blockquote>" P3 P4 TAIL,
		 "its owner will be paid for every day that it stands still", "repeated"},
		{"the same in two paragraphs of one form is said twice",
		 HEAD P1 P2 "<p>The owner will be paid for every day that it stands still.</p>" P3
		      "<p>So it is: The owner will be paid for every day that it stands still. No less."
		      "</p>" TAIL,
		 "The owner will be paid for every day that it stands still.", NULL},
		{"the deck may say what the article repeats",
		 HEAD "<div>Work will begin in the autumn, when the river is low</div>" P1 P2 P3 P4 TAIL,
		 "Work will begin in the autumn, when the river is low", NULL},
		{"an item that a paragraph repeats",
		 HEAD P1 "<ul><li>Work will begin in the autumn, when the river is low</li><li>The mill "
			 "on the far bank will be moved by a hundred yards</li></ul>" P2 P3 P4 TAIL,
		 "Work will begin in the autumn, when the river is low", NULL},
		{"section rule", HEAD P1 P2 "<p>___</p>" P3 P4 TAIL, "___", NULL},
		{"no rule at the end", HEAD P1 P2 P3 P4 "<p>___</p>" TAIL, "___", "label"},
		{"a dash is no rule", HEAD P1 P2 "<p>--</p>" P3 P4 TAIL, "--", "nowhere"},
	};
	/* The whole article once more in one piece, for machines: the pieces stay. */
	static const struct prune_row copy = {
		"a copy of all paragraphs in one block",
		HEAD P1 P2 P3 P4
		"<div>The town council has decided to build a bridge, after years of debate, and to open "
		"it to carts and walkers alike, come what may. Work will begin in the autumn, when the "
		"river is low, the council said in a statement on Monday evening, and it will take two "
		"years. The mill on the far bank will be moved by a hundred yards, stone by stone, and "
		"its owner will be paid for every day that it stands still. Some of the fishermen fear "
		"for their nets, and asked for a study of the currents before the first pile is driven, "
		"but the council would not wait.</div>" TAIL,
		"Work will begin in the autumn, when the river is low, the council said in a statement "
		"on Monday evening, and it will take two years.",
		NULL};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(&rows[i]);
	check(&copy);
	rows_end();
}

#define STOP(name)                                                                                 \
	"<h2><a href=/" name ">The crossing at " name "</a></h2><p>It is a day's walk from the "     \
	"town, through woods and over hills, and the water is never deeper there than a child's "    \
	"knee, even in the spring, when the snow melts and all the brooks run high.</p>"

static void test_links_and_ends(void **state)
{
	static const struct prune_row rows[] = {
		{"headings of a list told at length may be links",
		 HEAD P1 STOP("Reed") STOP("Alder") STOP("Willow") STOP("Ash") TAIL,
		 "The crossing at Alder", NULL},
		{"a linked headline with a teaser is another article",
		 HEAD P1 P2 P3 P4 "<h2><a href=/x>Bells of the old church ring again at noon</a></h2>"
			 TAIL,
		 "Bells of the old church ring again at noon", "links"},
		{"a heading that opens what is under it is no link",
		 HEAD P1 P2 "<div><h3><a href=#>Who pays for it?</a></h3><p>The town pays for the piles, and "
			 "the shire for the rest of it.</p></div><div><h3><a href=#>Who may cross it?</a></h3>"
			 "<p>All that are not on horseback, says the council.</p></div><div><h3><a href=#>When "
			 "will it open?</a></h3><p>In two years, if the river allows.</p></div>" P3 P4 TAIL,
		 "Who may cross it?", NULL},
		{"questions and answers behind the body are its own",
		 "<html lang=en><title>A bridge for the town</title><body><div><h1>A bridge for the town</h1>"
		 "<div>" P1 P2 P3 P4 P5 P6 "</div><div><h3>Who pays for it?</h3><div><p>The town pays for the "
		 "piles, and the shire for all the rest of it, as long as the toll is kept.</p></div><h3>Who "
		 "may cross it?</h3><div><p>All that are not on horseback, says the council, and cattle, if "
		 "it is led by a rope.</p></div><h3>When will it open?</h3><div><p>In two years from now, if "
		 "the river allows it, and in three years if it does not.</p></div></div></div>",
		 "In two years from now, if the river allows it, and in three years if it does not.", NULL},
		{"an address names a source",
		 HEAD P1 P2 "<p><a href=https://maps.example/ford>https://maps.example/ford</a></p>" P3 P4 TAIL,
		 "https://maps.example/ford", NULL},
		{"two are a list of links",
		 HEAD P1 P2 "<p><a href=https://maps.example/ford>https://maps.example/ford</a></p><p><a "
			 "href=https://maps.example/mill>https://maps.example/mill</a></p>" P3 P4 TAIL,
		 "https://maps.example/ford", "links"},
		{"one in a box is an embedded post",
		 HEAD P1 P2 "<div><div><a href=https://maps.example/p/1>https://maps.example/p/1</a></div></div>"
			 P3 P4 TAIL,
		 "https://maps.example/p/1", "links"},
		{"a last sentence may lead on",
		 HEAD P1 P2 P3 P4 "<p>Ask for a place on <a href=/x>the first cart across</a>.</p>" TAIL,
		 "Ask for a place on the first cart across.", NULL},
		{"those who helped to report",
		 HEAD P1 P2 P3 P4 "<p>Ada Quill in Millford contributed to this report.</p>" TAIL,
		 "Ada Quill in Millford contributed to this report.", "editor-line"},
		{"an entry for the calendar",
		 HEAD P1 P2 P3 P4 "<div>2024-06-05 10:30:00 2024-06-05 11:00:00 Europe/Lisbon The first pile is "
			 "driven, and all are invited to see it.</div>" TAIL,
		 "2024-06-05 10:30:00 2024-06-05 11:00:00 Europe/Lisbon The first pile is driven, and all are "
		 "invited to see it.",
		 "advertisement"},
		{"the fields of records may say a thing again",
		 HEAD P1 "<p>Depth: two yards</p>" P2 "<p>Depth: six yards</p>" P3 "<p>Depth: two yards</p>" P4
			 "<p>Depth: one yard</p>" P5 "<p>Depth: two yards</p>" P6 TAIL,
		 "Depth: two yards", NULL},
		{"a line that leads to a list",
		 HEAD "<p>Take the new bridge if:</p><ul><li>you have a cart with you</li><li>you fear "
		      "the water</li></ul>" P1 P2 P3 P4 TAIL,
		 "Take the new bridge if:", NULL},
		{"the box of a machine's summary",
		 HEAD "<div><ul><li>A bridge will be built, says the council of the town.</li><li>It takes "
		      "two years, and a mill must move.</li></ul><p>This summary was generated by a "
		      "machine.</p></div>" P1 P2 P3 P4 TAIL,
		 "It takes two years, and a mill must move.", "notice"},
		{"the line of a print view",
		 HEAD P1 P2 P3 P4 "<div><span>Dieser Artikel wurde ausgedruckt unter der Adresse: "
			 "https://www.quay.example/bridge</span></div>" TAIL,
		 "Dieser Artikel wurde ausgedruckt unter der Adresse: https://www.quay.example/bridge",
		 "notice"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(&rows[i]);
	rows_end();
}

#define CARD(name)                                                                                 \
	"<div><h3><a href=/" name ">The ferry at " name " has a new keeper</a></h3><p>He is "        \
	"young, and he has never lost a hat, says " name ".</p><span>3 June 2024</span></div>"
#define FLAT(name)                                                                                 \
	"<h3><a href=/" name ">The ferry at " name " has a new keeper</a></h3><p>He is young, and "  \
	"he has never lost a hat, says " name ".</p>"
#define MORE(name)                                                                                 \
	"<div><h4>The ferry at " name " has a new keeper</h4><p>He is young, and he has never lost "  \
	"a hat, says " name ". <a href=/" name ">Go on</a></p></div>"
#define TICK(name)                                                                                 \
	"<p>10:45 <a href=/" name ">The ferry at " name " is late</a> Those who wait may have soup, " \
	"says its keeper.</p>"
#define FACT(number)                                                                               \
	"<h3>" number ". The river is as wide here as four carts and a mule are long.</h3>"           \
	"<figure><img src=a.jpg><figcaption>The river</figcaption></figure>"
#define LIVE                                                                                       \
	"<html lang=en><title>Live: the bridge opens</title><body><div><h1>Live: the bridge opens"    \
	"</h1><div class=by>Ada Quill 5 June 2024 10:20</div>" P1 "<div class=c>10:45</div>" P2       \
	"<div class=c>10:30</div>" P3 "<div class=c>10:05</div>" P4 "</div>"
#define REVIEW(name)                                                                               \
	"<p><a href=/" name ">Of the long road from the sea to " name "</a></p><p>Well told, if you " \
	"can bear the parrots of " name ".</p>"
#define TOOL                                                                                       \
	"<p><a href=/t>Send it to a friend or to yourself to read it in the evening or on the way to "  \
	"the mill where the light is good and the bench is dry and nobody asks you for the time of "   \
	"day or for a piece of your bread</a></p>"
#define SPLIT_HEAD                                                                                 \
	"<html lang=en><title>A bridge for the town</title><body><div><div><h1>A bridge for the "     \
	"town</h1>" TOOL TOOL TOOL TOOL TOOL TOOL
#define SPLIT_TEXT "</div><div><div>" P1 P2 P3 P4 P5 P6 "</div></div></div>"
#define PART(class, text) "<div class=row><div class='" class "'>" text "</div></div>"

static void test_others(void **state)
{
	static const struct prune_row rows[] = {
		{"cards beside the paragraphs",
		 HEAD P1 P2 P3 CARD("Reed") CARD("Alder") CARD("Ash") TAIL,
		 "He is young, and he has never lost a hat, says Ash.", "related"},
		{"cards do not outweigh a flash",
		 HEAD P1 CARD("Reed") CARD("Alder") CARD("Ash") CARD("Elm") CARD("Oak") CARD("Yew") TAIL,
		 "The town council has decided to build a bridge, after years of debate, and to open it to "
		 "carts and walkers alike, come what may.",
		 NULL},
		{"teasers without boxes",
		 HEAD P1 P2 P3 FLAT("Reed") FLAT("Alder") FLAT("Ash") TAIL,
		 "He is young, and he has never lost a hat, says Ash.", "related"},
		{"plain headings with the same link below each",
		 HEAD P1 P2 P3 MORE("Reed") MORE("Alder") MORE("Ash") MORE("Elm") TAIL,
		 "He is young, and he has never lost a hat, says Ash. Go on", "related"},
		{"plain headings with sources of their own below",
		 HEAD P1 P2 P3 "<h3>What the ferryman at Reed thinks</h3><p>He will row, he says, while there "
			       "is <a href=/r>water</a></p><h3>What the ferryman at Ash thinks</h3><p>He would "
			       "rather keep bees, as his <a href=/a>brother</a></p><h3>What the ferryman at Elm "
			       "thinks</h3><p>He is deaf, and has not <a href=/e>heard</a></p>" P4 TAIL,
		 "He would rather keep bees, as his brother", NULL},
		{"text goes on behind teasers without boxes",
		 HEAD P1 P2 P3 FLAT("Reed") FLAT("Alder") FLAT("Ash") P4 TAIL,
		 "Some of the fishermen fear for their nets, and asked for a study of the currents before the "
		 "first pile is driven, but the council would not wait.",
		 NULL},
		{"a ticker below", HEAD P1 P2 P3 TICK("Reed") TICK("Alder") TICK("Ash") TICK("Elm") TAIL,
		 "10:45 The ferry at Ash is late Those who wait may have soup, says its keeper.", "related"},
		{"a card amid the text",
		 HEAD P1 P2 "<div><img src=a.jpg>" FLAT("Reed") "</div>" P3 P4 TAIL,
		 "He is young, and he has never lost a hat, says Reed.", "related"},
		{"a heading of its own makes no card",
		 HEAD P1 P2 "<div><h3>What the ferryman thinks of it</h3><p>He will row on, he said, as "
			    "long as there is water.</p></div>" P3 P4 TAIL,
		 "He will row on, he said, as long as there is water.", NULL},
		{"a part behind an advertisement",
		 "<html lang=en><title>A bridge for the town</title><body><div><h1>A bridge for the town</h1>"
		 PART("text", P1 P2 P3 P4 P5) "<div>Advertisement</div>" PART("text", P6) "</div>",
		 "Nothing of it was ever found but a nail, which hangs above the door of the town hall to this "
		 "day, and which the mayor touched before he put his name to the plan.",
		 NULL},
		{"a box of another name behind the text is said to readers",
		 "<html lang=en><title>A bridge for the town</title><body><div><h1>A bridge for the town</h1>"
		 PART("text", P1 P2 P3 P4 P5) "<div>Advertisement</div>" PART("appeal", P6) "</div>",
		 "Nothing of it was ever found but a nail, which hangs above the door of the town hall to this "
		 "day, and which the mayor touched before he put his name to the plan.",
		 "outside"},
		{"the last figure of a table",
		 HEAD P1 P2 P3 "<table><tr><td>Piles of oak</td><td>240</td></tr><tr><td>Carts of stone</td>"
			       "<td>91</td></tr></table>" TAIL,
		 "91", NULL},
		{"a lead of several sentences beside the headline",
		 SPLIT_HEAD "<p>The council met three times in a week, once by candle light. It heard the "
			    "miller, the fishermen and a man who had been to the sea. Then it made up its "
			    "mind, by five hands to four, and went home.</p>" SPLIT_TEXT,
		 "The council met three times in a week, once by candle light. It heard the miller, the "
		 "fishermen and a man who had been to the sea. Then it made up its mind, by five hands to "
		 "four, and went home.",
		 NULL},
		{"a deck sums up",
		 SPLIT_HEAD "<p>After years of debate, carts are to cross the river.</p>" SPLIT_TEXT,
		 "After years of debate, carts are to cross the river.", "outside"},
		{"a press review",
		 HEAD P1 P2 REVIEW("Reed") REVIEW("Alder") REVIEW("Ash") P3 TAIL,
		 "Well told, if you can bear the parrots of Alder.", NULL},
		{"quotes lead to pages of their own",
		 HEAD P1 P2 P3 "<table><tr><td><a href=/m>MILL</a></td><td>12.40</td></tr><tr><td><a "
			       "href=/f>FORD</a></td><td>88.10</td></tr></table>" TAIL,
		 "88.10", "label"},
		{"an appeal with a form",
		 HEAD P1 P2 P3 P4 "<div><p>Would you like more of this? It comes on Mondays.</p>"
				  "<form><input name=m></form></div>" TAIL,
		 "Would you like more of this? It comes on Mondays.", "newsletter"},
		{"a name and what that is, at the end",
		 HEAD P1 P2 P3 P4 "<div><h4>Ada Quill</h4><p>Ada Quill has written on rivers since the "
				  "flood, and lives in Millford.</p></div>" TAIL,
		 "Ada Quill has written on rivers since the flood, and lives in Millford.", "author-box"},
		{"numbered facts with a picture under each",
		 HEAD P1 P2 FACT("1") FACT("2") FACT("3") FACT("4") TAIL,
		 "4. The river is as wide here as four carts and a mule are long.", NULL},
		{"a report may hold a phrase",
		 HEAD P1 P2 "<p>The miller could become a member of the council by autumn, he said.</p>" P3 P4 TAIL,
		 "The miller could become a member of the council by autumn, he said.", NULL},
		{"the same phrase at the end is an appeal",
		 HEAD P1 P2 P3 P4 "<p>You, too, could become a member of our circle by autumn.</p>" TAIL,
		 "You, too, could become a member of our circle by autumn.", "paywall"},
		{"a heading with comments on something",
		 HEAD P1 P2 P3 "<h2>What the miller comments on</h2>" P4 P5 TAIL,
		 "What the miller comments on", NULL},
		{"a name, a role, and what that is",
		 HEAD P1 P2 P3 P4 "<div><h4>Ada Quill</h4><p>Writer on rivers</p><p>Ada has been with us "
				  "since the flood, and lives in Millford.</p></div>" TAIL,
		 "Ada has been with us since the flood, and lives in Millford.", "author-box"},
		{"results begin with a name, too",
		 HEAD P1 P2 P3 P4 "<p>Millford beat Reed by 3</p><p>Millford rowers: Quill, Reed, Alder and "
				  "the old Mr Ash.</p>" TAIL,
		 "Millford rowers: Quill, Reed, Alder and the old Mr Ash.", NULL},
		{"a name and what that is, amid the text",
		 HEAD P1 P2 "<h4>Ada Quill</h4><p>Ada Quill has written on rivers since the flood, and lives "
			    "in Millford.</p>" P3 P4 TAIL,
		 "Ada Quill has written on rivers since the flood, and lives in Millford.", NULL},
		{"who wrote and when, above a live blog", LIVE, "Ada Quill 5 June 2024 10:20", "meta"},
		{"a live blog's clocks", LIVE, "10:45", NULL},
		{"the days of a diary",
		 HEAD P1 "<p>5 June 2024</p>" P2 "<p>6 June 2024</p>" P3 "<p>7 June 2024</p>" P4 TAIL,
		 "5 June 2024", NULL},
		{"who wrote and when, below a lead",
		 HEAD P1 "<div>Ada Quill 5 June 2024 10:20</div>" P2 P3 P4 TAIL,
		 "Ada Quill 5 June 2024 10:20", "meta"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(&rows[i]);
	rows_end();
}

/* Scripts without spaces between words and without full stops are running text all the same. */
static void test_scripts(void **state)
{
	static const struct prune_row rows[] = {
		{"Thai",
		 "<html lang=th><title>สะพานใหม่ของเมือง</title><body><article><h1>สะพานใหม่ของเมือง</h1>"
		 "<p>สภาเมืองตัดสินใจสร้างสะพานใหม่หลังจากถกเถียงกันมาหลายปี "
		 "และจะเปิดให้เกวียนและคนเดินข้ามได้โดยไม่เก็บค่าผ่านทางในปีแรก</p>"
		 "<p>งานจะเริ่มในฤดูใบไม้ร่วงเมื่อน้ำในแม่น้ำลดลง "
		 "และจะใช้เวลาสองปีตามแถลงการณ์ของสภาเมืองเมื่อเย็นวันจันทร์</p></article>",
		 "งานจะเริ่มในฤดูใบไม้ร่วงเมื่อน้ำในแม่น้ำลดลง "
		 "และจะใช้เวลาสองปีตามแถลงการณ์ของสภาเมืองเมื่อเย็นวันจันทร์",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(&rows[i]);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_links_and_ends),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_scripts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
