/* The tree of any page: well formed, within caps, the same from the plain and the compact form. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", law);
	abort();
}

static void check_tree(const struct wv_html *html)
{
	must(html->node_count > 0 && html->nodes[0].parent == WV_NODE_NONE, "there is a root");
	for (uint32_t i = 0; i < html->node_count; i++) {
		const struct wv_node *node = &html->nodes[i];

		must(node->end > i && node->end <= html->node_count, "a subtree ends inside");
		must(node->depth <= WV_LIMIT_TREE_DEPTH, "the depth is capped");
		must(node->attr_count <= WV_LIMIT_ATTRIBUTES, "attributes are capped");
		must(node->attrs + node->attr_count <= html->attr_count, "attributes exist");
		if (i > 0) {
			must(node->parent < i && node->end <= html->nodes[node->parent].end,
			     "children lie in their parent");
			must(node->depth == html->nodes[node->parent].depth + 1, "depths count");
		}
		must(node->next == WV_NODE_NONE ||
			     (node->next == node->end && html->nodes[node->next].parent == node->parent),
		     "the next sibling follows");
		must(node->tag != WV_TAG_TEXT || node->end == i + 1, "text has no children");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_html_parser_free) struct wv_html_parser *parser = NULL;
	struct wv_charset_hints hints = {.source = WV_LIT("utf-8")};
	struct wv_charset_text text;
	struct wv_scan scan;
	struct wv_html plain, compact;
	enum wv_status st;

	if (wv_arena_new(512u << 20, &arena, NULL) != WV_OK ||
	    wv_html_parser_new(NULL, &parser, NULL) != WV_OK ||
	    wv_charset_decode(arena, wv_slice(data, size), &hints, &text, NULL) != WV_OK ||
	    wv_scan_page(arena, text.text, WV_SCAN_ALL | WV_SCAN_COMPACT, &scan, NULL) != WV_OK)
		return 0;
	st = wv_html_parse(parser, arena, scan.pruned, &plain, NULL);
	must(st == WV_OK || st == WV_LIMIT, "a tree, or too large");
	if (st == WV_OK)
		check_tree(&plain);
	st = wv_html_parse_scan(parser, arena, &scan, &compact, NULL);
	must(st == WV_OK || st == WV_LIMIT, "a tree, or too large");
	if (st == WV_OK)
		check_tree(&compact);
	return 0;
}
