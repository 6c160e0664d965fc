#include "crawler/page/scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/page/entities.h"
#include "crawler/page/token.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;

static int set_up(void **state)
{
	(void)state;
	return wv_arena_new(512u << 20, &arena, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_arena_free(&arena);
	return 0;
}

static struct wv_scan scan_of(const char *html)
{
	struct wv_scan scan;

	assert_int_equal(wv_scan_page(arena, wv_slice_of(html), WV_SCAN_ALL, &scan, NULL), WV_OK);
	return scan;
}

/* ---- names and references ---- */

static void names(void **state)
{
	struct wv_names table;

	(void)state;
	wv_names_init(&table);
	for (unsigned i = WV_TAG_TEXT + 1; i < WV_TAG_COUNT; i++) {
		char upper[32];
		struct wv_slice text = wv_tag_text((enum wv_tag)i);

		for (size_t k = 0; k < text.n; k++)
			upper[k] = (char)(text.p[k] >= 'a' && text.p[k] <= 'z' ? text.p[k] - 32
									       : text.p[k]);
		row_int("tag", wv_names_tag(&table, wv_slice(upper, text.n)), i);
		row_int("tag, slowly", wv_tag_find(text), i);
		row_int("a longer name", wv_names_tag(&table, wv_slice(upper, text.n - 1)) != i, 1);
	}
	for (unsigned i = 1; i < WV_ATTR_COUNT; i++) {
		row_int("attribute", wv_names_attr(&table, wv_attr_text((enum wv_attr_name)i)), i);
		row_int("attribute, slowly", wv_attr_find(wv_attr_text((enum wv_attr_name)i)), i);
	}
	row_int("unknown", wv_names_tag(&table, WV_LIT("datalists-and-more")), WV_TAG_UNKNOWN);
	row_int("empty", wv_names_attr(&table, WV_SLICE_NONE), WV_ATTR_UNKNOWN);
	rows_end();
}

static void references(void **state)
{
	static const struct {
		const char *row, *raw, *text, *in_attribute; /* NULL: the same */
	} rows[] = {
		{"none", "a b", "a b", NULL},
		{"named", "&lt;&amp;&nbsp;&hellip;&NotEqualTilde;", "<&\u00A0…≂\u0338", NULL},
		{"without semicolon", "&copy 1&ampx", "© 1&x", "© 1&ampx"},
		{"query", "?a=1&copy=2&lt=3", "?a=1©=2<=3", "?a=1&copy=2&lt=3"},
		{"longest name", "&notin; &notit;", "∉ ¬it;", "∉ &notit;"},
		{"unknown", "&nosuch; & &; &", "&nosuch; & &; &", NULL},
		{"decimal", "&#65;&#20013;&#65", "A中A", NULL},
		{"hexadecimal", "&#x4E2d;&#X41;", "中A", NULL},
		{"windows-1252", "&#128;&#x93;&#150;", "€“–", NULL},
		{"not in windows-1252", "&#x81;", "\xC2\x81", NULL},
		{"zero, surrogate, beyond", "&#0;&#xD800;&#x110000;&#99999999999;",
		 "\uFFFD\uFFFD\uFFFD\uFFFD", NULL},
		{"no digits", "&#;&#x;&#xg;&#", "&#;&#x;&#xg;&#", NULL},
		{"astral", "&#x1F600;&Afr;", "😀𝔄", NULL},
		{"cut", "&am", "&am", NULL},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		row_text(rows[i].row, wv_markup_decode(arena, wv_slice_of(rows[i].raw), false),
			 rows[i].text);
		row_text(rows[i].row, wv_markup_decode(arena, wv_slice_of(rows[i].raw), true),
			 rows[i].in_attribute ? rows[i].in_attribute : rows[i].text);
	}
	rows_end();
}

/* Sorted, and no reference grows by more than half: the room that decoding takes. */
static void entity_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_ENTITY_COUNT; i++) {
		struct wv_slice raw = wv_arena_format(arena, "&%s", wv_entities[i].name);
		struct wv_slice decoded = wv_markup_decode(arena, raw, false);

		row_int(wv_entities[i].name, decoded.n <= raw.n + raw.n / 2, 1);
		row_int(wv_entities[i].name, wv_slice_equals(raw, decoded), 0);
		if (i > 0)
			row_int(wv_entities[i].name,
				wv_slice_compare(wv_slice_of(wv_entities[i - 1].name),
						 wv_slice_of(wv_entities[i].name)) < 0,
				1);
	}
	rows_end();
}

static void markup_texts(void **state)
{
	static const struct {
		const char *row, *markup;
		size_t cap;
		const char *text;
	} rows[] = {
		{"plain", " a  b\n", 100, "a b"},
		{"tags", "<b>a</b> <i>b</i>", 100, "a b"},
		{"line break", "a<br>b", 100, "a b"},
		{"picture", "<img src=x alt='A &amp; B'>", 100, "A & B"},
		{"picture and words", "<img alt=no> yes", 100, "yes"},
		{"script", "a<script>x<b></script>b<style>p{}</style>", 100, "ab"},
		{"comment", "a<!-- x -->b", 100, "ab"},
		{"wide spaces", "\u3000中\u00A0文&nbsp;\u200B", 100, "中 文"},
		{"cut at a character", "中文", 4, "中"},
		{"empty", "", 10, ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].row, wv_markup_text(arena, wv_slice_of(rows[i].markup), rows[i].cap),
			 rows[i].text);
	rows_end();
}

/* ---- tokens ---- */

/* S name(attr=value)/ E name T:text C D, parted by bars. */
static struct wv_slice tokens_of(const char *html, struct wv_buf *out, bool is_foreign)
{
	struct wv_tokenizer tokenizer;
	struct wv_token token;

	wv_tokenizer_init(&tokenizer, wv_slice_of(html));
	tokenizer.is_foreign = is_foreign;
	while (wv_tokenizer_next(&tokenizer, &token)) {
		wv_buf_add_string(out, out->n > 0 ? "|" : "");
		switch (token.kind) {
		case WV_TOKEN_TEXT:
			wv_buf_add_string(out, "T:");
			wv_buf_add(out, token.text);
			break;
		case WV_TOKEN_COMMENT:
			wv_buf_add_byte(out, 'C');
			break;
		case WV_TOKEN_DOCTYPE:
			wv_buf_add_byte(out, 'D');
			break;
		case WV_TOKEN_END:
			wv_buf_add_string(out, "E ");
			wv_buf_add(out, token.name);
			break;
		case WV_TOKEN_START:
			wv_buf_add_string(out, "S ");
			wv_buf_add(out, token.name);
			for (size_t i = 0; i < token.attr_count; i++) {
				wv_buf_add_byte(out, i == 0 ? '(' : ',');
				wv_buf_add(out, wv_attr_text(token.attrs[i].name));
				wv_buf_add_byte(out, '=');
				wv_buf_add(out, token.attrs[i].value);
			}
			wv_buf_add_string(out, token.attr_count > 0 ? ")" : "");
			wv_buf_add_string(out, token.is_self_closing ? "/" : "");
			wv_tokenizer_enter(&tokenizer, token.tag);
			break;
		}
	}
	return wv_buf_slice(out);
}

static void tokens(void **state)
{
	static const struct {
		const char *row, *html, *tokens;
	} rows[] = {
		{"tags", "<p>a</p>", "S p|T:a|E p"},
		{"quotes", "<p id=\"a>b\" class='c\"d' title=e>", "S p(id=a>b,class=c\"d,title=e)"},
		{"spaces", "<p\n id = a\tclass\f=\r'b' / hidden / >", "S p(id=a,class=b,hidden=)"},
		{"no space", "<p id=\"a\"class=\"b\"/>", "S p(id=a,class=b)/"},
		{"unquoted", "<a href=/x?y=z/>t", "S a(href=/x?y=z/)|T:t"},
		{"empty values", "<a href= class=>t", "S a(href=class=)|T:t"},
		{"missing value", "<a href=>t", "S a(href=)|T:t"},
		{"equals first", "<a =href=x class=y>", "S a(class=y)"},
		{"twice", "<a href=1 HREF=2>", "S a(href=1)"},
		{"upper case", "<P ID=A>", "S P(id=A)"},
		{"slash in the middle", "<a/href=x/class=y>", "S a(href=x/class=y)"},
		{"comment", "a<!-- <p> -->b", "T:a|C|T:b"},
		{"short comments", "<!--><p><!---><p><!----><p>", "C|S p|C|S p|C|S p"},
		{"comment with bang", "<!-- a --!><p>", "C|S p"},
		{"comment with dashes", "<!-- a - -- > ---><p>", "C|S p"},
		{"comment never closed", "<!-- a -- <p>", "C"},
		{"doctype", "<!DOCTYPE html><!doctype x>", "D|D"},
		{"bogus comments", "<?php a ?><!x><//><![CDATA[a]]><p>", "C|C|C|C|S p"},
		{"empty end tag", "a</>b", "T:a|C|T:b"},
		{"end tag with attributes", "</p class='>'>x", "E p|T:x"},
		{"less-than", "1 < 2 <3 a<", "T:1 < 2 <3 a<"},
		{"end inside a tag", "a<p class", "T:a|C"},
		{"end inside a value", "a<p class='b>c", "T:a|C"},
		{"end after </", "a</", "T:a|T:</"},
		{"script", "<script>a<b></p></SCRIPT >x", "S script|T:a<b></p>|E SCRIPT|T:x"},
		{"script with comment", "<script><!--\nif (a<b)\n//--></script>x",
		 "S script|T:<!--\nif (a<b)\n//-->|E script|T:x"},
		{"script in script", "<script><!--<script>a</script>b</script>c",
		 "S script|T:<!--<script>a</script>b|E script|T:c"},
		{"script in closed comment", "<script><!--<script>--></script>c",
		 "S script|T:<!--<script>-->|E script|T:c"},
		{"short comment in script", "<script><!--><script></script>c",
		 "S script|T:<!--><script>|E script|T:c"},
		{"two ends", "<script><!--<script>a</script></script>c",
		 "S script|T:<!--<script>a</script>|E script|T:c"},
		{"script never ends", "<script>a</scrip></script", "S script|T:a</scrip></script"},
		{"not that name", "<title>a</titles></title>b", "S title|T:a</titles>|E title|T:b"},
		{"empty script", "<script></script>", "S script|E script"},
		{"style", "<style>a > b<p></style>", "S style|T:a > b<p>|E style"},
		{"textarea", "<textarea><p></textarea>", "S textarea|T:<p>|E textarea"},
		{"plaintext", "<plaintext><p></plaintext>", "S plaintext|T:<p></plaintext>"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};

		wv_buf_init(&out, 10000);
		row_text(rows[i].row, tokens_of(rows[i].html, &out, false), rows[i].tokens);
	}
	{
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};

		wv_buf_init(&out, 10000);
		row_text("cdata", tokens_of("<![CDATA[a<b>]]>c<![CDATA[d", &out, true),
			 "T:a<b>|T:c|T:d");
	}
	rows_end();
}

/* ---- links, landmarks ---- */

static void links(void **state)
{
	static const struct {
		const char *row, *html, *values; /* attribute:value, parted by spaces */
	} rows[] = {
		{"anchors", "<a href=a>x</a><area href=b><a name=c>", "href:a href:b"},
		{"reference", "<a href='?x=1&amp;y=2'>", "href:?x=1&y=2"},
		{"requisites", "<img src=a srcset='b 2x'><script src=c></script><iframe src=d></iframe>",
		 "src:a srcset:b 2x src:c src:d"},
		{"lazy", "<img data-src=a data-original=b>", "data-src:a data-original:b"},
		{"media", "<video src=a poster=b><source src=c><track src=d></video><audio src=e>",
		 "src:a poster:b src:c src:d src:e"},
		{"objects", "<embed src=a><object data=b></object><input type=image src=c>",
		 "src:a data:b src:c"},
		{"old", "<body background=a><frame src=b><td background=c>",
		 "background:a src:b background:c"},
		{"link", "<link rel=preload as=image imagesrcset='a 1x' href=b>", "imagesrcset:a 1x href:b"},
		{"refresh", "<meta http-equiv=Refresh content='0; url=a'><meta name=x content=y>",
		 "content:0; url=a"},
		{"not in comments, scripts, templates, svg, select",
		 "<!--<a href=1>--><script>'<a href=2>'</script><template><a href=3></a></template>"
		 "<svg><a href=4></a></svg><select><a href=5></select><textarea><a href=6></textarea>",
		 ""},
		{"in noscript", "<noscript><a href=a></a><img src=b></noscript>", "href:a src:b"},
		{"not a form's action", "<form action=a><button formaction=b>", ""},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf out = {0};
		struct wv_scan scan = scan_of(rows[i].html);

		wv_buf_init(&out, 10000);
		for (size_t k = 0; k < scan.link_count; k++) {
			wv_buf_add_string(&out, k > 0 ? " " : "");
			wv_buf_add(&out, wv_attr_text(scan.links[k].attr));
			wv_buf_add_byte(&out, ':');
			wv_buf_add(&out, scan.links[k].value);
		}
		row_text(rows[i].row, wv_buf_slice(&out), rows[i].values);
	}
	rows_end();
}

static void landmarks(void **state)
{
	static const struct {
		const char *row, *html;
		uint32_t where;
	} rows[] = {
		{"none", "<p><a href=x>", 0},
		{"head", "<head><link href=x rel=next>", WV_IN_HEAD},
		{"nav in header", "<header><nav><ul><li><a href=x>", WV_IN_NAV | WV_IN_HEADER},
		{"after nav", "<nav><a></a></nav><a href=x>", 0},
		{"after unclosed list", "<nav><ul><li>a<li>b</nav><a href=x>", 0},
		{"role", "<div role=navigation><div><a href=x>", WV_IN_NAV},
		{"after role", "<div role=navigation></div><a href=x>", 0},
		{"article heading", "<main><article><h2><a href=x>",
		 WV_IN_MAIN | WV_IN_ARTICLE | WV_IN_HEADING},
		{"aside, footer", "<aside><footer><form><a href=x>",
		 WV_IN_ASIDE | WV_IN_FOOTER | WV_IN_FORM},
		{"noscript", "<p>x</p><noscript><a href=x>", 0},
		{"noscript that ends", "<p>x</p><noscript><a href=x></a></noscript>", WV_IN_NOSCRIPT},
		{"stray end tag", "<nav><div></nav></div></nav><a href=x>", 0},
		{"cell is a border", "<nav><table><td></nav><a href=x>", WV_IN_NAV},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_scan scan = scan_of(rows[i].html);

		row_int(rows[i].row, (long long)scan.link_count, 1);
		if (scan.link_count == 1)
			row_int(rows[i].row, scan.links[0].where, rows[i].where);
	}
	rows_end();
}

static void anchor_insides(void **state)
{
	static const struct {
		const char *row, *html, *first, *rel;
	} rows[] = {
		{"plain", "<a href=x>one <b>two</b></a> three", "one <b>two</b>", ""},
		{"never closed", "<a href=x>one<p>two", "one<p>two", ""},
		{"closed by the next", "<a href=x>one<a href=y>two</a>", "one", ""},
		{"rel", "<a rel='nofollow ugc' href=x></a>", "", "nofollow ugc"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_scan scan = scan_of(rows[i].html);

		row_text(rows[i].row, scan.links[0].inner, rows[i].first);
		row_text(rows[i].row, scan.links[0].rel, rows[i].rel);
	}
	rows_end();
}

static void link_cap(void **state)
{
	static const size_t counts[] = {4 * WV_LIMIT_LINKS_PER_PAGE - 1, 4 * WV_LIMIT_LINKS_PER_PAGE,
					4 * WV_LIMIT_LINKS_PER_PAGE + 1, 100000};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(counts); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf page = {0};
		struct wv_scan scan;
		size_t cap = 4 * WV_LIMIT_LINKS_PER_PAGE;
		char row[32];

		snprintf(row, sizeof(row), "%zu links", counts[i]);
		wv_buf_init(&page, 16u << 20);
		for (size_t k = 0; k < counts[i]; k++)
			wv_buf_add_string(&page, "<a href=x>");
		wv_arena_reset(arena);
		assert_int_equal(wv_scan_page(arena, wv_buf_slice(&page), WV_SCAN_LINKS, &scan, NULL),
				 WV_OK);
		row_int(row, (long long)scan.link_count, (long long)(counts[i] < cap ? counts[i] : cap));
		row_int(row, (long long)scan.links_dropped,
			(long long)(counts[i] > cap ? counts[i] - cap : 0));
	}
	rows_end();
}

/* ---- head ---- */

static void head(void **state)
{
	struct wv_scan scan = scan_of(
		"<!doctype html><html lang=' zh-CN ' class=c \xE2\x9A\xA1><head>"
		"<title>\n A &amp;\n B &lt;b&gt; </title><base href='/b/?a&amp;b'><base href=no>"
		"<meta NAME=Description content='d &quot;q&quot;'>"
		"<meta property=og:title name=title content=t>"
		"<meta http-equiv=X content=y><meta name=empty><meta charset=utf-8></head>"
		"<body class='p q' id=main><svg><title>no</title></svg><title>no</title>"
		"<meta itemprop=datePublished content=2024>text<p>more");

	(void)state;
	row_text("title", scan.title, "A & B <b>");
	row_text("base", scan.base_href, "/b/?a&b");
	row_text("lang", scan.lang, "zh-CN");
	row_text("html class", scan.html_class, "c");
	row_text("body class", scan.body_class, "p q");
	row_text("body id", scan.body_id, "main");
	row_int("amp", scan.is_amp, 1);
	row_int("metas", (long long)scan.meta_count, 5);
	row_text("description", wv_scan_meta_find(&scan, "description"), "d \"q\"");
	row_text("og:title", wv_scan_meta_find(&scan, "og:title"), "t");
	row_text("title meta", wv_scan_meta_find(&scan, "TITLE"), "t");
	row_text("absent", wv_scan_meta_find(&scan, "nothing"), "");
	row_int("in head", scan.metas[0].in_head, 1);
	row_int("in body", scan.metas[4].in_head, 0);
	row_int("itemprop", scan.metas[4].key_attr, WV_ATTR_ITEMPROP);
	row_int("text bytes", scan.text_bytes, 8);
	rows_end();
}

static void scripts(void **state)
{
	static const struct {
		const char *row, *html;
		int kind; /* -1: none */
		const char *id, *body;
	} rows[] = {
		{"json-ld", "<script type='application/ld+json' id=i> {\"a\":1} </script>",
		 WV_SCRIPT_JSON_LD, "i", "{\"a\":1}"},
		{"json-ld with parameters", "<script type='application/ld+json; charset=utf-8'>[]</script>",
		 WV_SCRIPT_JSON_LD, "", "[]"},
		{"next data", "<script id=__NEXT_DATA__ type=application/json>{}</script>",
		 WV_SCRIPT_JSON, "__NEXT_DATA__", "{}"},
		{"state", "<script>window.__STATE__ = {\"a\":\"</p>\"};</script>", WV_SCRIPT_STATE,
		 "__STATE__", "{\"a\":\"</p>\"};"},
		{"state by index", "<script>window[\"__S__\"]={\"a\":1}</script>", WV_SCRIPT_STATE,
		 "__S__", "{\"a\":1}"},
		{"state by var", "<script>\nvar data = {\"a\":1};</script>", WV_SCRIPT_STATE, "data",
		 "{\"a\":1};"},
		{"state in a string",
		 "<script>window.S = JSON.parse(\"{\\\"a\\\":\\\"0123456789012345678901234567890123456"
		 "7890123456789\\\"}\")</script>",
		 WV_SCRIPT_STATE, "S",
		 "\"{\\\"a\\\":\\\"01234567890123456789012345678901234567890123456789\\\"}\")"},
		{"fusion", "<script>Fusion.globalContent={\"a\":1}</script>", WV_SCRIPT_STATE,
		 "globalContent", "{\"a\":1}"},
		{"flight", "<script>self.__next_f.push([1,\"x\"])</script>", WV_SCRIPT_FLIGHT, "",
		 "[1,\"x\"])"},
		{"comparison", "<script>var a; if (window.b == {}) x()</script>", -1, "", ""},
		{"empty object", "<script>window.a = {};</script>", -1, "", ""},
		{"short string", "<script>window.a = 'b';</script>", -1, "", ""},
		{"code", "<script>!function(){window.x.push(1)}()</script>", -1, "", ""},
		{"template", "<script type=text/template><p></script>", -1, "", ""},
		{"far down", "<script>/*" "................................................................"
		 "*/ window.a = {\"b\":1}</script>", WV_SCRIPT_STATE, "a", "{\"b\":1}"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_scan scan = scan_of(rows[i].html);

		row_int(rows[i].row, (long long)scan.script_count, rows[i].kind >= 0);
		if (scan.script_count == 0)
			continue;
		row_int(rows[i].row, scan.scripts[0].kind, rows[i].kind);
		row_text(rows[i].row, scan.scripts[0].id, rows[i].id);
		row_text(rows[i].row, scan.scripts[0].body, rows[i].body);
	}
	rows_end();
}

/* What a consumer did not ask for stays empty, and the others do not change. */
static void consumers(void **state)
{
	const char *html = "<title>t</title><meta name=a content=b>"
			   "<script type=application/json>{\"a\":1}</script><a href=x>y</a>";
	struct wv_scan all = scan_of(html), scan;

	(void)state;
	for (uint32_t want = 0; want < 32; want++) {
		assert_int_equal(wv_scan_page(arena, wv_slice_of(html), want, &scan, NULL), WV_OK);
		row_int("links", (long long)scan.link_count, want & WV_SCAN_LINKS ? 1 : 0);
		row_int("metas", (long long)scan.meta_count,
			want & (WV_SCAN_HEAD | WV_SCAN_META) ? 1 : 0);
		row_int("title", (long long)scan.title.n,
			want & (WV_SCAN_HEAD | WV_SCAN_META) ? 1 : 0);
		row_int("scripts", (long long)scan.script_count, want & WV_SCAN_HEAD ? 1 : 0);
		row_int("pruned", (long long)scan.pruned.n,
			want & WV_SCAN_PRUNED ? (long long)all.pruned.n : 0);
		row_int("compact", scan.compact.markup.n > 0, (want & WV_SCAN_COMPACT) != 0);
	}
	rows_end();
}

static void pruned_texts(void **state)
{
	static const struct {
		const char *row, *html, *pruned;
	} rows[] = {
		{"verbatim", "<p class=a>x</p>", "<p class=a>x</p>"},
		{"attributes", "<p onclick=x class='a' data-foo=\"y\" id=b>", "<p class='a' id=b>"},
		{"no space between", "<p class='a'onclick='b'id='c'>", "<p class='a' id='c'>"},
		{"none left", "<p onclick=x />t", "<p>t"},
		{"void ones go", "<input><link><source><wbr><br><hr>", "<br><hr>"},
		{"href on a only", "<a href=x><p href=y>", "<a href=x><p>"},
		{"spaces", "<p>  a  b  </p>   \n <p>", "<p>  a  b  </p> <p>"},
		{"spaces in pre", "<pre>   \n </pre>", "<pre>   \n </pre>"},
		{"entities stay", "<p title=&amp;>&lt;", "<p>&lt;"},
		{"nul", "a\xC0\x80", "a\xC0\x80"},
	};
	struct wv_scan scan;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_text(rows[i].row, scan_of(rows[i].html).pruned, rows[i].pruned);
	assert_int_equal(wv_scan_page(arena, wv_slice("<\0p\0>\0a\0", 8), WV_SCAN_ALL, &scan, NULL),
			 WV_OK);
	row_text("without NUL bytes", scan.pruned, "<p>a");
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),        cmocka_unit_test(references),
		cmocka_unit_test(entity_table), cmocka_unit_test(markup_texts),
		cmocka_unit_test(tokens),       cmocka_unit_test(links),
		cmocka_unit_test(landmarks),    cmocka_unit_test(anchor_insides),
		cmocka_unit_test(link_cap),     cmocka_unit_test(head),
		cmocka_unit_test(scripts),      cmocka_unit_test(consumers),
		cmocka_unit_test(pruned_texts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
