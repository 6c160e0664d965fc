#include "crawler/page/html.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config/base/limits.h"
#include "crawler/page/scan.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;
static struct wv_html_parser *parser;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(512u << 20, &arena, NULL) == WV_OK &&
			       wv_html_parser_new(wv_clock_system(), &parser, NULL) == WV_OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	return 0;
}

static enum wv_status parse(struct wv_slice text, struct wv_scan *scan, struct wv_html *html)
{
	enum wv_status st;

	wv_arena_reset(arena);
	st = wv_scan_page(arena, text, WV_SCAN_ALL | WV_SCAN_COMPACT, scan, NULL);
	return st == WV_OK ? wv_html_parse_scan(parser, arena, scan, html, NULL) : st;
}

/* "<html><head><body><p class=a>{text}": depth by nesting, attributes, texts in braces. */
static struct wv_slice print_tree(const struct wv_html *html, struct wv_buf *out)
{
	for (uint32_t i = 0; i < html->node_count; i++) {
		const struct wv_node *node = &html->nodes[i];

		if (node->tag == WV_TAG_TEXT) {
			wv_buf_add_byte(out, '{');
			wv_buf_add(out, node->text);
			wv_buf_add_byte(out, '}');
		} else {
			wv_buf_add_byte(out, '<');
			wv_buf_add(out, node->text);
			for (uint32_t k = 0; k < node->attr_count; k++) {
				wv_buf_add_byte(out, ' ');
				wv_buf_add(out, html->attrs[node->attrs + k].text);
				wv_buf_add_byte(out, '=');
				wv_buf_add(out, html->attrs[node->attrs + k].value);
			}
			wv_buf_add_byte(out, '>');
		}
		/* Close what ends here. */
		for (uint32_t up = i; up != WV_NODE_NONE; up = html->nodes[up].parent) {
			if (html->nodes[up].end != i + 1)
				break;
			if (html->nodes[up].tag != WV_TAG_TEXT)
				wv_buf_add_byte(out, '/');
		}
	}
	return wv_buf_slice(out);
}

static void trees(void **state)
{
	static const struct {
		const char *row, *html, *tree;
	} rows[] = {
		{"empty", "", "<html><head>/<body>//"},
		{"text", "a &amp; b", "<html><head>/<body>{a & b}//"},
		{"attributes", "<p class='a b' id=x data-zz=1 onclick=f()>t",
		 "<html><head>/<body><p class=a b id=x>{t}///"},
		{"reference in attribute", "<a href='?a=1&amp;b=2&copy=3' title=\"&lt;\">x</a>",
		 "<html><head>/<body><a href=?a=1&b=2&copy=3 title=<>{x}///"},
		{"head is read elsewhere", "<head><title>T</title><meta name=a content=b></head><p>x",
		 "<html><head>/<body><p>{x}///"},
		{"itemprop meta stays in the body", "<body><meta itemprop=d content='2024'>x",
		 "<html><head>/<body><meta itemprop=d content=2024>/{x}//"},
		{"script between words", "one<script>if (a<b) x()</script>two",
		 "<html><head>/<body>{onetwo}//"},
		{"svg", "a<svg><title>t</title><path d=''/></svg>b", "<html><head>/<body>{ab}//"},
		{"svg never closed", "a<svg><p>b", "<html><head>/<body>{a}<p>{b}///"},
		{"svg broken out of", "<svg><path><div>b</div></svg>c",
		 "<html><head>/<body><div>{b}/{c}//"},
		{"shadow root stays", "<template shadowrootmode=open><p>x</p></template><template><p>y",
		 "<html><head>/<body><p>{x}/<p>{y}///"},
		{"select", "<select><option>a<option>b</select>c", "<html><head>/<body>{c}//"},
		{"noscript image", "<noscript><img src=x></noscript>a", "<html><head>/<body>{a}//"},
		{"noscript content", "<p>x</p><noscript><p>a<p>b<p>c</noscript>",
		 "<html><head>/<body><p>{x}/<noscript><p>{a}/<p>{b}/<p>{c}////"},
		{"style that hides", "<p style='display:none'>a<p style='color:red'>b",
		 "<html><head>/<body><p style=display:none>{a}/<p>{b}///"},
		{"pre", "<pre>\n\n a\r\nb </pre>", "<html><head>/<body><pre>{\n a\nb }///"},
		{"indentation", "<ul>\n    <li>a\n    <li>b</ul>",
		 "<html><head>/<body><ul>{\n}<li>{a\n    }/<li>{b}////"},
		{"table without its parts", "<table><td>a", "<html><head>/<body><table><tbody><tr><td>{a}//////"},
		{"foster parent", "<table>a<tr><td>b</table>",
		 "<html><head>/<body>{a}<table><tbody><tr><td>{b}//////"},
		{"misnested", "<b><p>a</b>b</p>", "<html><head>/<body><b>/<p><b>{a}/{b}///"},
		{"quirk", "<p><table>", "<html><head>/<body><p><table>////"},
		{"no quirk", "<!doctype html><p><table>", "<html><head>/<body><p>/<table>///"},
		{"unknown elements", "<My-Tag><x:y>a</x:y></my-tag>b",
		 "<html><head>/<body><my-tag><x:y>{a}//{b}//"},
		{"math", "<math><mi class=q>x</mi><mspace/><mo>+</mo></math>",
		 "<html><head>/<body><math><mi class=q>{x}/<mspace>/<mo>{+}////"},
		{"cdata in math", "<math><mtext><![CDATA[a<b&amp;]]></mtext></math>",
		 "<html><head>/<body><math><mtext>{a<b&amp;}////"},
		{"xmp", "<xmp><b>&amp;</b></xmp>", "<html><head>/<body><xmp>{<b>&amp;</b>}///"},
		{"plaintext", "<plaintext></b>&amp;", "<html><head>/<body><plaintext>{</b>&amp;}///"},
		{"image is img", "<image src=a>", "<html><head>/<body><img src=a>///"},
		{"second body", "<body class=a><body class=b id=c>x",
		 "<html><head>/<body class=a id=c>{x}//"},
		{"duplicate attribute", "<p class=a CLASS=b>x", "<html><head>/<body><p class=a>{x}///"},
		{"frameset", "<frameset><frame src=a></frameset>", "<html><head>/<frameset><frame>///"},
		{"nul", "a\x01", "<html><head>/<body>{a\x01}//"},
		{"placeholder-like text", "<p q1 q0=2>aAb", "<html><head>/<body><p>{aAb}///"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};
		struct wv_scan scan;
		struct wv_html html;

		wv_buf_init(&out, 1u << 20);
		row_int(rows[i].row, parse(wv_slice_of(rows[i].html), &scan, &html), WV_OK);
		row_text(rows[i].row, print_tree(&html, &out), rows[i].tree);
	}
	rows_end();
}

static void reading(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_scan scan;
	struct wv_html html;
	uint32_t p, b;

	(void)state;
	wv_buf_init(&text, 1000);
	assert_int_equal(parse(WV_LIT("<p class=' One two '>a<b>b</b>c</p><p>d"), &scan, &html), WV_OK);
	p = wv_node_find(&html, 0, html.node_count, WV_TAG_P);
	b = wv_node_find(&html, p, html.nodes[p].end, WV_TAG_B);
	assert_true(wv_node_attr_has_word(&html, p, WV_ATTR_CLASS, WV_LIT("one")));
	assert_false(wv_node_attr_has_word(&html, p, WV_ATTR_CLASS, WV_LIT("tw")));
	assert_null(wv_node_attr(&html, b, WV_ATTR_CLASS));
	assert_int_equal(wv_node_attr_value(&html, b, WV_ATTR_CLASS).n, 0);
	assert_true(wv_node_is_within(&html, b, p));
	assert_false(wv_node_is_within(&html, p, b));
	assert_int_equal(wv_node_first_child(&html, p), p + 1);
	assert_int_equal(html.nodes[p].next, html.nodes[p].end);
	assert_int_equal(wv_node_find(&html, html.nodes[p].end + 2, html.node_count, WV_TAG_P),
			 WV_NODE_NONE);
	wv_node_text(&html, p, &text);
	row_text("text", wv_buf_slice(&text), "abc");
	assert_int_equal(html.nodes[html.body].parent, 0);
	rows_end();
}

/* ---- hostile pages ---- */

static void repeat(struct wv_buf *out, const char *piece, size_t times)
{
	for (size_t i = 0; i < times; i++)
		wv_buf_add_string(out, piece);
}

static uint32_t deepest(const struct wv_html *html)
{
	uint32_t depth = 0;

	for (uint32_t i = 0; i < html->node_count; i++)
		depth = html->nodes[i].depth > depth ? html->nodes[i].depth : depth;
	return depth;
}

/* Nesting at the cap - 1, cap, cap + 1; one more than the cap is cut and said so. */
static void depth_cap(void **state)
{
	static const struct {
		const char *row;
		size_t divs;
		bool is_limited;
	} rows[] = {
		{"below", WV_LIMIT_TREE_DEPTH - 5, false},
		{"at", WV_LIMIT_TREE_DEPTH - 4, false},
		{"above", WV_LIMIT_TREE_DEPTH - 3, true},
		{"far above", 50000, true},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {0}, text = {0};
		struct wv_scan scan;
		struct wv_html html;

		wv_buf_init(&page, 8u << 20);
		wv_buf_init(&text, 8u << 20);
		repeat(&page, "<div>", rows[i].divs);
		wv_buf_add_string(&page, "inside");
		repeat(&page, "</div>", rows[i].divs);
		wv_buf_add_string(&page, "after");
		row_int(rows[i].row, parse(wv_buf_slice(&page), &scan, &html), WV_OK);
		row_int(rows[i].row, scan.parse_limited, rows[i].is_limited);
		row_int(rows[i].row, deepest(&html) <= WV_LIMIT_TREE_DEPTH, 1);
		wv_node_text(&html, 0, &text);
		row_text(rows[i].row, wv_buf_slice(&text), "insideafter");
		/* What was left open above the cap was closed again: the last text is body's. */
		row_int(rows[i].row, html.nodes[html.node_count - 1].depth, 2);
	}
	rows_end();
}

static void attribute_cap(void **state)
{
	static const struct {
		const char *row;
		size_t attributes;
		bool is_limited;
	} rows[] = {{"below", WV_LIMIT_ATTRIBUTES - 1, false},
		    {"at", WV_LIMIT_ATTRIBUTES, false},
		    {"above", WV_LIMIT_ATTRIBUTES + 1, true}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {0};
		struct wv_scan scan;
		struct wv_html html;

		wv_buf_init(&page, 1u << 20);
		wv_buf_add_string(&page, "<p");
		for (size_t k = 1; k < rows[i].attributes; k++)
			wv_buf_add_format(&page, " a%zu=x", k);
		wv_buf_add_string(&page, " class=last>t");
		row_int(rows[i].row, parse(wv_buf_slice(&page), &scan, &html), WV_OK);
		row_int(rows[i].row, scan.parse_limited, rows[i].is_limited);
		row_int(rows[i].row, html.attr_count, rows[i].is_limited ? 0 : 1);
	}
	rows_end();
}

struct hostile {
	const char *row, *head, *piece;
	size_t times;
	const char *tail, *tail_piece;
	size_t tail_times;
	bool may_be_refused, may_be_limited;
};

/* Wall time under a sanitizer on a busy machine; measured alone each is below a tenth of it. */
#define HOSTILE_SECONDS 8.0

static void run_hostile(const struct hostile *row)
{
	WV_AUTO(wv_buf_done) struct wv_buf page = {0};
	struct wv_scan scan;
	struct wv_html html = {.node_count = 0};
	struct timespec before, after;
	enum wv_status st;
	double seconds;

	wv_buf_init(&page, 64u << 20);
	wv_buf_add_string(&page, row->head ? row->head : "");
	repeat(&page, row->piece, row->times);
	wv_buf_add_string(&page, row->tail ? row->tail : "");
	if (row->tail_piece)
		repeat(&page, row->tail_piece, row->tail_times);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	st = parse(wv_buf_slice(&page), &scan, &html);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	seconds = (double)(after.tv_sec - before.tv_sec) +
		  (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	row_int(row->row, st == WV_OK || (row->may_be_refused && st == WV_LIMIT), 1);
	row_int(row->row, seconds < HOSTILE_SECONDS, 1);
	if (!row->may_be_limited)
		row_int(row->row, st == WV_OK ? scan.parse_limited || html.is_limited : 0, 0);
	/* Scan, tables and tree of ours; the tree builder's own is capped at 64 MiB. */
	row_int(row->row, wv_arena_used_bytes(arena) < 256u << 20, 1);
	if (getenv("WV_SHOW"))
		print_message("%-32s %7zu bytes %6.3f s %8zu KiB %8u nodes status %d\n", row->row,
			      page.n, seconds, wv_arena_used_bytes(arena) / 1024, html.node_count, st);
}

static void hostile_pages(void **state)
{
	static const struct hostile rows[] = {
		{.row = "10,000 div", .piece = "<div>", .times = 10000, .may_be_limited = true},
		{.row = "50,000 div", .piece = "<div>", .times = 50000, .may_be_limited = true},
		{.row = "50,000 span", .piece = "<span>", .times = 50000, .may_be_limited = true},
		{.row = "10,000 tables in tables", .piece = "<table><tr><td>", .times = 10000,
		 .may_be_limited = true},
		{.row = "20,000 p are siblings", .piece = "<p>x", .times = 20000},
		{.row = "20,000 li are siblings", .head = "<ul>", .piece = "<li>x", .times = 20000},
		{.row = "20,000 rows are siblings", .head = "<table>", .piece = "<tr><td>x",
		 .times = 20000},
		{.row = "20,000 unclosed a", .piece = "<a href=x>y", .times = 20000},
		{.row = "font bomb", .head = "<p>", .piece = "<font color=1>", .times = 500, .tail_piece = "<p>x",
		 .tail_times = 20000, .may_be_refused = true, .may_be_limited = true},
		{.row = "font bomb with classes", .head = "<p>", .piece = "<font class=a><font class=b><b id=c>",
		 .times = 160, .tail_piece = "<p>x", .tail_times = 20000, .may_be_refused = true,
		 .may_be_limited = true},
		{.row = "300 KB of nested tags", .piece = "<div><b><i><span><em>", .times = 14000,
		 .may_be_refused = true, .may_be_limited = true},
		{.row = "misnested", .piece = "<b><p></b><i></p>", .times = 20000,
		 .may_be_refused = true, .may_be_limited = true},
		{.row = "adoption", .piece = "<a><div><b></a>", .times = 20000, .may_be_refused = true,
		 .may_be_limited = true},
		{.row = "foster parents", .head = "<table>", .piece = "<b>x<tr>", .times = 20000,
		 .may_be_refused = true, .may_be_limited = true},
		{.row = "forms in tables", .piece = "<table><form><input>", .times = 20000,
		 .may_be_refused = true, .may_be_limited = true},
		{.row = "end tags only", .piece = "</div></p></b></table>", .times = 40000},
		{.row = "deep, then end tags that fit nothing", .piece = "<section>", .times = 500,
		 .tail_piece = "</span></i></li>", .tail_times = 50000, .may_be_limited = true},
		{.row = "select in select", .piece = "<select><option>", .times = 40000},
		{.row = "svg in svg", .piece = "<svg><g>", .times = 40000, .tail = "</svg>"},
		{.row = "templates", .piece = "<template><div>", .times = 30000, .tail = "</template>",
		 .may_be_limited = true},
		{.row = "noscripts", .piece = "<noscript><p>", .times = 30000, .tail = "</noscript>",
		 .may_be_limited = true},
		{.row = "comments that never end", .piece = "<!-- <p>", .times = 60000},
		{.row = "scripts inside scripts", .piece = "<script><!--<script></script>",
		 .times = 20000},
		{.row = "less-than signs", .piece = "<", .times = 500000},
		{.row = "quotes that never end", .piece = "<a b=\"", .times = 60000},
		{.row = "ampersands", .piece = "&amp&#x&#1&notit", .times = 40000},
		{.row = "unknown elements", .piece = "<x-y>", .times = 50000, .may_be_limited = true},
		{.row = "ruby", .piece = "<ruby><rt>", .times = 20000, .may_be_limited = true},
		{.row = "headings", .piece = "<h1>", .times = 50000, .may_be_limited = true},
		{.row = "buttons", .piece = "<button>", .times = 50000, .may_be_limited = true},
		{.row = "math", .piece = "<math><mi>", .times = 20000, .may_be_refused = true,
		 .may_be_limited = true},
		{.row = "body and html again", .piece = "<body a1=1 class=x><html b=2>",
		 .times = 20000},
		{.row = "framesets", .piece = "<frameset>", .times = 50000, .may_be_limited = true},
	};
	WV_AUTO(wv_buf_done) struct wv_buf attributes = {0};
	struct hostile many = {.row = "one tag, 50,000 attributes", .times = 1, .may_be_limited = true};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		run_hostile(&rows[i]);
	wv_buf_init(&attributes, 4u << 20);
	wv_buf_add_string(&attributes, "<p");
	for (unsigned i = 0; i < 50000; i++)
		wv_buf_add_format(&attributes, " a%u=1", i);
	wv_buf_add_string(&attributes, ">x");
	many.piece = wv_buf_string(&attributes);
	run_hostile(&many);
	rows_end();
}

/* A refused page leaves nothing behind: the parser's next page is as good as its first. */
static void after_refusal(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf page = {0}, out = {0};
	struct wv_html html;
	struct wv_scan scan;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	wv_buf_init(&page, 8u << 20);
	wv_buf_init(&out, 1u << 20);
	/* 88 KB that would take 3 GB: each paragraph opens all 500 anew. */
	wv_buf_add_string(&page, "<p>");
	for (unsigned i = 0; i < 500; i++)
		wv_buf_add_format(&page, "<font class=c%u>", i);
	repeat(&page, "<p>x", 20000);
	wv_arena_reset(arena);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(wv_html_parse(parser, arena, wv_buf_slice(&page), &html, &err),
				 WV_LIMIT);
		assert_int_equal(err.status, WV_LIMIT);
	}
	assert_int_equal(parse(wv_buf_slice(&page), &scan, &html), WV_LIMIT);
	assert_int_equal(parse(WV_LIT("<p>ok"), &scan, &html), WV_OK);
	row_text("after", print_tree(&html, &out), "<html><head>/<body><p>{ok}///");
	rows_end();
}

/* Every allocation of a page's arena may be the last one. */
static void out_of_memory(void **state)
{
	bool has_failed = false, has_passed = false;

	(void)state;
	for (size_t cap = 1024; cap < 4u << 20 && !has_passed; cap += 1024) {
		struct wv_arena *small = NULL;
		struct wv_scan scan;
		struct wv_html html;
		enum wv_status st;

		assert_int_equal(wv_arena_new(cap, &small, NULL), WV_OK);
		st = wv_scan_page(small, WV_LIT("<p class=a>x &amp; y<a href='&amp;'>z</a><title>t</title>"),
				  WV_SCAN_ALL | WV_SCAN_COMPACT, &scan, NULL);
		if (st == WV_OK)
			st = wv_html_parse_scan(parser, small, &scan, &html, NULL);
		if (st == WV_OK)
			has_passed = true;
		else
			assert_int_equal(st, WV_NOMEM);
		has_failed |= st == WV_NOMEM;
		wv_arena_free(&small);
	}
	assert_true(has_failed && has_passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),         cmocka_unit_test(reading),
		cmocka_unit_test(depth_cap),     cmocka_unit_test(attribute_cap),
		cmocka_unit_test(hostile_pages), cmocka_unit_test(after_refusal),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
