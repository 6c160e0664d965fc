#ifndef WV_CRAWLER_PAGE_HTML_H
#define WV_CRAWLER_PAGE_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "crawler/page/markup.h"

/*
 * HTML text to a read-only tree of our own: one flat array in document order. The tree builder is
 * Gumbo, which only html.c knows; pitfalls: its arena is capped, its errors are off, it is given
 * the pruned text of scan.h only.
 */

#define WV_NODE_NONE UINT32_MAX

struct wv_html_attr {
	enum wv_attr_name name;     /* WV_ATTR_UNKNOWN: see `text` */
	struct wv_slice text;       /* the lower-case name */
	struct wv_slice value;      /* references replaced; empty if it has none */
};

struct wv_node {
	uint16_t tag;               /* enum wv_tag; WV_TAG_TEXT for text */
	uint16_t attr_count;
	uint16_t depth;             /* 0 for the root */
	uint32_t parent;            /* WV_NODE_NONE for the root */
	uint32_t next;              /* next sibling, or WV_NODE_NONE */
	uint32_t end;               /* one past the last node of the subtree, so i + 1 < end: children */
	uint32_t attrs;             /* index of the first in wv_html.attrs */
	struct wv_slice text;       /* text node: its text, references replaced; element: its name */
};

struct wv_html {
	const struct wv_node *nodes; /* nodes[0] is <html>; pre-order: children of i start at i + 1 */
	uint32_t node_count;         /* at least 1 */
	const struct wv_html_attr *attrs;
	uint32_t attr_count;
	uint32_t head, body;         /* body may be WV_NODE_NONE (frameset) */
	bool is_limited;             /* depth was cut in conversion */
};

/* The tree builder's own memory, kept from page to page: one per thread. */
struct wv_html_parser;
WV_MUST_USE enum wv_status wv_html_parser_new(const struct wv_clock *clock,
                                              struct wv_html_parser **out, struct wv_err *err);
void wv_html_parser_free(struct wv_html_parser **parser);

/*
 * Builds the tree of `pruned` (wv_scan.pruned; anything else is safe but may be refused or slow)
 * in `arena`; it does not depend on `pruned` or on the parser afterwards. Adjacent text nodes are
 * as in the document; white-space-only text is kept as a node. Comments are not in the tree.
 *
 * WV_LIMIT: the tree would take more than max(16 MiB, 32 x input) bytes (at most 64 MiB) or more
 * than WV_LIMIT_HTML_MS: keep the page's bytes, say that it was not read. WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_html_parse(struct wv_html_parser *parser, struct wv_arena *arena,
                                         struct wv_slice pruned, struct wv_html *out,
                                         struct wv_err *err);

/*
 * The same from a scan with WV_SCAN_COMPACT, at a third of the cost. The tree's texts and values
 * point into `scan->text` where nothing had to be decoded, so it must outlive the tree.
 */
struct wv_scan;
WV_MUST_USE enum wv_status wv_html_parse_scan(struct wv_html_parser *parser,
                                              struct wv_arena *arena, const struct wv_scan *scan,
                                              struct wv_html *out, struct wv_err *err);

static inline uint32_t wv_node_first_child(const struct wv_html *html, uint32_t node)
{
	return node + 1 < html->nodes[node].end ? node + 1 : WV_NODE_NONE;
}
static inline bool wv_node_is(const struct wv_html *html, uint32_t node, enum wv_tag tag)
{
	return html->nodes[node].tag == tag;
}
/* Is `node` inside (or the same as) `ancestor`? */
static inline bool wv_node_is_within(const struct wv_html *html, uint32_t node, uint32_t ancestor)
{
	return node >= ancestor && node < html->nodes[ancestor].end;
}

/* The attribute, or NULL if the element does not have it. */
const struct wv_html_attr *wv_node_attr(const struct wv_html *html, uint32_t node,
                                        enum wv_attr_name name);
/* Its value; empty also where it is absent. */
struct wv_slice wv_node_attr_value(const struct wv_html *html, uint32_t node,
                                   enum wv_attr_name name);
/* Does the white-space separated list in the attribute hold `word` (case ignored)? */
bool wv_node_attr_has_word(const struct wv_html *html, uint32_t node, enum wv_attr_name name,
                           struct wv_slice word);
/* Appends all text of the subtree, as it stands. */
void wv_node_text(const struct wv_html *html, uint32_t node, struct wv_buf *out);
/* The next node of that tag in [from, end), or WV_NODE_NONE. */
uint32_t wv_node_find(const struct wv_html *html, uint32_t from, uint32_t end, enum wv_tag tag);

#endif
