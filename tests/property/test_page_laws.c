/*
 * Laws of scan and tree on generated pages; with a folder as argument, on its pages, printing how
 * many keep each law (pages in the wild may break the second and third: the tree builder moves
 * things about).
 *
 *   1. the tree of the compact form is the tree of the plain pruned text
 *   2. the links of the scan are the links of the tree of the whole page
 *   3. the text of the pruned tree is that of the whole tree without what is dropped
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"
#include "config/base/limits.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

static uint64_t state = 0x1234567;

static uint32_t roll(uint32_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % n;
}

static const char *pick(const char *const *list, size_t n)
{
	return list[roll((uint32_t)n)];
}

static const char *const blocks[] = {"div", "p", "section", "ul", "li", "h2", "blockquote", "article",
				     "nav", "header", "dl", "dt", "dd", "main", "aside", "pre"};
static const char *const inlines[] = {"span", "b", "i", "em", "strong", "font", "small", "time", "u"};
static const char *const texts[] = {"word", "two words", "\n   ", "A &amp; B", "&nbsp;x", "1 < 2 > 0",
				    "中文，新闻。", "&copy", "tab\tcr\r\nlf", "\xE2\x80\x9Cq\xE2\x80\x9D",
				    "&#x4e2d;", "&notanentity;", "a&b=c"};
static const char *const attrs[] = {" class=\"a b\"", " id=x", " data-x='1'", " onclick=\"f('>')\"",
				    " style=\"display:none\"", " style=\"color:red\"", " hidden",
				    " class=\"a\"class=\"b\"", " title='t'", " aria-label=\"&lt;\"",
				    " disabled/", "\n\titemprop = name "};
static const char *const dropped[] = {
	"<script>if (a < b) { document.write('<p>no</p>'); } </script>",
	"<script><!-- <script> </script> --></script>",
	"<style>p > a { color: red }</style>",
	"<svg viewBox='0 0 1 1'><title>t</title><path d='M0 0'/><g><a href=/svg>x</a></g></svg>",
	"<!-- <p>comment</p> -->",
	"<!--><b>after</b>",
	"<?php echo 1 ?>",
	"<iframe src=/frame><p>inside</p></iframe>",
	"<select><option>one<option>two</select>",
	"<textarea><p>typed</textarea>",
	"<template><p>unused <a href=/t>t</a></p></template>",
	"<input type=text value='<b>'>",
	"<script type=application/ld+json>{\"a\":\"</p>\"}</script>",
};

/* A page of honest shape: nested, mostly closed, now and then an end tag left out. */
static void generate(struct wv_buf *out, unsigned depth)
{
	unsigned n = 1 + roll(5);

	for (unsigned i = 0; i < n; i++) {
		const char *tag;

		switch (roll(9)) {
		case 0:
		case 1:
			wv_buf_add_string(out, pick(texts, WV_COUNT(texts)));
			break;
		case 2:
			wv_buf_add_string(out, pick(dropped, WV_COUNT(dropped)));
			break;
		case 3:
			wv_buf_add_format(out, "<a href=\"/l%u?x=1&amp;y=2\" rel='nofollow'%s>", roll(50),
					  pick(attrs, WV_COUNT(attrs)));
			wv_buf_add_string(out, pick(texts, WV_COUNT(texts)));
			wv_buf_add_string(out, "</a>");
			break;
		case 4:
			wv_buf_add_string(out, roll(2) ? "<br>" : "<img src=i.png alt='An &amp; image'/>");
			break;
		case 5:
			if (depth == 0)
				break;
			wv_buf_add_string(out, "<table><tr><td>");
			generate(out, depth - 1);
			wv_buf_add_string(out, "</td></tr></table>");
			break;
		case 6:
			tag = pick(inlines, WV_COUNT(inlines));
			wv_buf_add_format(out, "<%s%s>", tag, roll(2) ? pick(attrs, WV_COUNT(attrs)) : "");
			wv_buf_add_string(out, pick(texts, WV_COUNT(texts)));
			if (roll(10) != 0)
				wv_buf_add_format(out, "</%s>", tag);
			break;
		default:
			if (depth == 0)
				break;
			tag = pick(blocks, WV_COUNT(blocks));
			wv_buf_add_format(out, "<%s%s>", tag, roll(2) ? pick(attrs, WV_COUNT(attrs)) : "");
			generate(out, depth - 1);
			if (roll(8) != 0)
				wv_buf_add_format(out, "</%s>", tag);
			break;
		}
	}
}

/* ---- comparing ---- */

struct laws {
	size_t pages, trees, links, texts, refused;
};

static bool is_blank(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!wv_byte_is_space(s.p[i]))
			return false;
	}
	return true;
}

/* Text without white space: where that stands depends on what was squeezed. */
static void add_text(struct wv_buf *out, struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!wv_byte_is_space(s.p[i]))
			wv_buf_add_byte(out, s.p[i]);
	}
}

static bool is_same_node(const struct wv_html *a, uint32_t i, const struct wv_html *b, uint32_t k)
{
	const struct wv_node *x = &a->nodes[i], *y = &b->nodes[k];

	if (x->tag != y->tag || x->attr_count != y->attr_count || x->depth != y->depth)
		return false;
	for (uint32_t n = 0; n < x->attr_count; n++) {
		if (a->attrs[x->attrs + n].name != b->attrs[y->attrs + n].name ||
		    !wv_slice_equals(a->attrs[x->attrs + n].value, b->attrs[y->attrs + n].value))
			return false;
	}
	return wv_slice_equals(wv_slice_trim(x->text), wv_slice_trim(y->text));
}

static uint32_t skip_blank(const struct wv_html *html, uint32_t i)
{
	while (i < html->node_count && html->nodes[i].tag == WV_TAG_TEXT &&
	       is_blank(html->nodes[i].text))
		i++;
	return i;
}

static bool is_same_tree(const struct wv_html *a, const struct wv_html *b, uint32_t *where)
{
	uint32_t i = skip_blank(a, 0), k = skip_blank(b, 0);

	while (i < a->node_count && k < b->node_count && is_same_node(a, i, b, k)) {
		i = skip_blank(a, i + 1);
		k = skip_blank(b, k + 1);
	}
	*where = i;
	return i == a->node_count && k == b->node_count;
}

static bool is_dropped(const struct wv_html *html, uint32_t i, bool for_links)
{
	switch (html->nodes[i].tag) {
	case WV_TAG_SVG: case WV_TAG_SELECT: case WV_TAG_TEMPLATE:
		return true;
	case WV_TAG_SCRIPT: case WV_TAG_STYLE: case WV_TAG_IFRAME: case WV_TAG_TEXTAREA:
	case WV_TAG_TITLE: case WV_TAG_NOEMBED: case WV_TAG_NOFRAMES: case WV_TAG_NOSCRIPT:
		return !for_links;
	default:
		return false;
	}
}

static void whole_parts(const struct wv_html *html, struct wv_buf *links, struct wv_buf *text)
{
	for (uint32_t i = 0; i < html->node_count;) {
		if (is_dropped(html, i, true)) {
			i = html->nodes[i].end;
			continue;
		}
		if (html->nodes[i].tag == WV_TAG_A && wv_node_attr(html, i, WV_ATTR_HREF)) {
			wv_buf_add(links, wv_node_attr_value(html, i, WV_ATTR_HREF));
			wv_buf_add_byte(links, '\n');
		}
		i++;
	}
	for (uint32_t i = 0; i < html->node_count;) {
		if (is_dropped(html, i, false)) {
			i = html->nodes[i].end;
			continue;
		}
		if (html->nodes[i].tag == WV_TAG_TEXT)
			add_text(text, html->nodes[i].text);
		i++;
	}
}

static int compare_lines(const void *a, const void *b)
{
	return wv_slice_compare(*(const struct wv_slice *)a, *(const struct wv_slice *)b);
}

/* As sets: the tree builder clones and moves anchors. */
static void sort_lines(struct wv_buf *text)
{
	struct wv_cursor cursor = wv_cursor(wv_buf_slice(text));
	struct wv_slice *lines = calloc(text->n + 1, sizeof(*lines));
	struct wv_buf sorted;
	size_t n = 0;

	while (lines && wv_cursor_line(&cursor, &lines[n]))
		n++;
	if (n > 1)
		qsort(lines, n, sizeof(*lines), compare_lines);
	wv_buf_init(&sorted, SIZE_MAX / 4);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && wv_slice_equals(lines[i], lines[i - 1]))
			continue;
		wv_buf_add(&sorted, lines[i]);
		wv_buf_add_byte(&sorted, '\n');
	}
	free(lines);
	wv_buf_done(text);
	*text = sorted;
}

static void check(struct wv_slice page, struct wv_arena *arena, struct wv_html_parser *parser,
                  struct laws *laws, const char *name)
{
	struct wv_scan scan;
	struct wv_html plain, compact, whole;
	struct wv_buf buf[4];
	uint32_t where = 0;

	wv_arena_reset(arena);
	laws->pages++;
	if (wv_scan_page(arena, page, WV_SCAN_ALL | WV_SCAN_COMPACT, &scan, NULL) != WV_OK ||
	    wv_html_parse(parser, arena, scan.pruned, &plain, NULL) != WV_OK ||
	    wv_html_parse_scan(parser, arena, &scan, &compact, NULL) != WV_OK ||
	    wv_html_parse(parser, arena, scan.text, &whole, NULL) != WV_OK) {
		laws->refused++;
		return;
	}
	for (size_t i = 0; i < 4; i++)
		wv_buf_init(&buf[i], SIZE_MAX / 4);
	whole_parts(&whole, &buf[0], &buf[2]);
	for (size_t i = 0; i < scan.link_count; i++) {
		if (scan.links[i].tag != WV_TAG_A || (scan.links[i].where & WV_IN_NOSCRIPT &&
						      scan.links[i].where & WV_IN_HEAD))
			continue;
		wv_buf_add(&buf[1], scan.links[i].value);
		wv_buf_add_byte(&buf[1], '\n');
	}
	for (uint32_t i = 0; i < plain.node_count; i++) {
		if (plain.nodes[i].tag == WV_TAG_TEXT)
			add_text(&buf[3], plain.nodes[i].text);
	}
	sort_lines(&buf[0]);
	sort_lines(&buf[1]);
	if (is_same_tree(&plain, &compact, &where))
		laws->trees++;
	else
		printf("%s: trees differ at node %u of %u\n", name, where, plain.node_count);
	if (wv_slice_equals(wv_buf_slice(&buf[0]), wv_buf_slice(&buf[1])))
		laws->links++;
	else
		printf("%s: links differ: tree %zu bytes, scan %zu\n", name, buf[0].n, buf[1].n);
	if (wv_slice_equals(wv_buf_slice(&buf[2]), wv_buf_slice(&buf[3])))
		laws->texts++;
	else
		printf("%s: texts differ: whole %zu, pruned %zu bytes\n", name, buf[2].n, buf[3].n);
	for (size_t i = 0; i < 4; i++)
		wv_buf_done(&buf[i]);
}

static void check_folder(const char *folder, struct wv_arena *arena,
                         struct wv_html_parser *parser, struct laws *laws)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[4096];
		struct wv_charset_hints hints = {.is_xml = false};
		struct wv_charset_text text;
		unsigned char *p, *copy;
		FILE *file;
		size_t n;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "rb");
		p = malloc(16u * WV_MIB);
		n = file && p ? fread(p, 1, 16u * WV_MIB, file) : 0;
		wv_arena_reset(arena);
		if (wv_charset_decode(arena, wv_slice(p, n), &hints, &text, NULL) == WV_OK &&
		    (copy = malloc(text.text.n + 1)) != NULL) {
			memcpy(copy, text.text.p, text.text.n);
			check(wv_slice(copy, text.text.n), arena, parser, laws, entry->d_name);
			free(copy);
		}
		free(p);
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
}

int main(int argc, char **argv)
{
	struct wv_arena *arena = NULL;
	struct wv_html_parser *parser = NULL;
	struct laws laws = {0, 0, 0, 0, 0};
	bool ok;

	if (wv_arena_new((size_t)1024 * WV_MIB, &arena, NULL) != WV_OK ||
	    wv_html_parser_new(NULL, &parser, NULL) != WV_OK)
		return 1;
	if (argc > 1) {
		check_folder(argv[1], arena, parser, &laws);
	} else {
		for (unsigned i = 0; i < 3000; i++) {
			struct wv_buf page;
			char name[32];
			unsigned char *exact;

			snprintf(name, sizeof(name), "page %u", i);
			wv_buf_init(&page, SIZE_MAX / 4);
			if (roll(2))
				wv_buf_add_string(&page, "<!DOCTYPE html><html lang=en><head><title>T"
							 "</title></head><body>");
			generate(&page, 4);
			/* Its own allocation, so that a step too far is seen. */
			exact = malloc(page.n + 1);
			memcpy(exact, page.p, page.n);
			check(wv_slice(exact, page.n), arena, parser, &laws, name);
			free(exact);
			wv_buf_done(&page);
		}
	}
	printf("%zu pages: same tree %zu, same links %zu, same text %zu, refused %zu\n", laws.pages,
	       laws.trees, laws.links, laws.texts, laws.refused);
	ok = laws.trees == laws.pages && laws.links == laws.pages && laws.texts == laws.pages;
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	return ok || argc > 1 ? 0 : 1;
}
