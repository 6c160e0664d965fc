#ifndef WV_CRAWLER_PAGE_SCAN_H
#define WV_CRAWLER_PAGE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/compact.h"
#include "crawler/page/markup.h"

/*
 * One linear pass over a page's UTF-8 text, by the WHATWG tokenizer's rules, for three consumers:
 * references (links and requisites), head metadata and embedded data, and the pruned text that
 * the tree builder gets instead of the whole page (four times cheaper).
 */

enum wv_scan_want {
	WV_SCAN_LINKS = 1u << 0,  /* all references */
	WV_SCAN_HEAD = 1u << 1,   /* title, metas, scripts with data in them */
	WV_SCAN_PRUNED = 1u << 2,
	WV_SCAN_ALL = 7u,
	WV_SCAN_COMPACT = 1u << 3, /* the pruned text for wv_html_parse_scan, three times cheaper */
	WV_SCAN_META = 1u << 4,    /* of the head only title and metas */
	WV_SCAN_PAGES = 1u << 5,   /* of the references only those to pages, feeds and sitemaps: those
	                            * of a, area, link, frames and refresh; with nothing
	                            * but META beside it roles are no landmarks */
};

/* Landmarks open around a reference; by tags and ARIA roles, approximately (no tree here). */
enum wv_scan_where {
	WV_IN_HEAD = 1u << 0,
	WV_IN_NAV = 1u << 1,
	WV_IN_HEADER = 1u << 2,
	WV_IN_FOOTER = 1u << 3,
	WV_IN_ASIDE = 1u << 4,
	WV_IN_MAIN = 1u << 5,
	WV_IN_ARTICLE = 1u << 6,
	WV_IN_HEADING = 1u << 7, /* h1 .. h6 */
	WV_IN_NOSCRIPT = 1u << 8,
	WV_IN_FORM = 1u << 9,
};

/* One attribute that refers to something. Not yet resolved, not deduplicated, page order. */
struct wv_scan_link {
	enum wv_tag tag;           /* a, area, link, img, source, iframe, meta (refresh) ... */
	enum wv_attr_name attr;    /* href, src, srcset, poster, data, content ... */
	uint32_t where;            /* wv_scan_where bits */
	uint32_t offset;           /* of the tag in the text */
	struct wv_slice value;     /* references decoded; srcset and refresh still as a whole */
	struct wv_slice rel;       /* decoded; empty if none */
	struct wv_slice type;
	struct wv_slice title;     /* title attribute; for img its alt */
	struct wv_slice inner;     /* a only: raw markup up to its end, for wv_markup_text */
};

/* meta with a content, wherever it stands. */
struct wv_scan_meta {
	enum wv_attr_name key_attr; /* name, property, itemprop or http-equiv */
	bool in_head;
	uint32_t offset;
	struct wv_slice key;        /* as written (compare without case) */
	struct wv_slice content;    /* decoded */
};

enum wv_scan_script_kind {
	WV_SCRIPT_JSON_LD,  /* type application/ld+json */
	WV_SCRIPT_JSON,     /* type application/json and kin: __NEXT_DATA__ and friends */
	WV_SCRIPT_STATE,    /* window.NAME = ... in a classic script: `body` starts at { or [, or at
	                     * the quote of a string that holds JSON */
	WV_SCRIPT_FLIGHT,   /* self.__next_f.push([...]): `body` starts at the [ */
};
struct wv_scan_script {
	enum wv_scan_script_kind kind;
	bool in_head;
	uint32_t offset;
	struct wv_slice id;    /* id attribute, or the variable's name: "__INITIAL_STATE__" */
	struct wv_slice type;
	struct wv_slice body;  /* raw slice of the text; may be followed by further script text */
};

struct wv_scan {
	struct wv_slice text;      /* what was scanned */
	const struct wv_scan_link *links;
	size_t link_count;
	size_t links_dropped;      /* above four times WV_LIMIT_LINKS_PER_PAGE references */
	const struct wv_scan_meta *metas;
	size_t meta_count;
	const struct wv_scan_script *scripts;
	size_t script_count;
	struct wv_slice title;     /* the first <title> outside svg: decoded, squeezed */
	struct wv_slice base_href; /* the first <base href>, decoded; empty if none */
	struct wv_slice lang;      /* of <html>: lang, else xml:lang */
	struct wv_slice html_class, body_class, body_id;
	struct wv_slice pruned;    /* for wv_html_parse */
	struct wv_compact compact; /* the same for wv_html_parse_scan */
	bool is_amp;               /* <html amp> or <html ⚡> */
	bool parse_limited;        /* depth or attribute cap was applied to the pruned text */
	uint32_t element_count;    /* start tags seen */
	uint32_t script_bytes;     /* text inside classic scripts */
	uint32_t text_bytes;       /* text outside of dropped elements, white space runs counted 1 */
};

/*
 * Scans `text` (valid UTF-8, as wv_charset_decode gives it). All slices point into `text`, `arena`
 * or static memory. `want` is a set of wv_scan_want; parts not wanted stay empty. Linear in the
 * input, whatever it is; memory in `arena` at most 4 times the input plus the link array.
 *
 * The pruned text drops script, style, svg, comments, iframe, template (not those with a shadow
 * root mode), select, noscript (kept where it holds paragraphs), form fields, head metadata, and
 * all attributes but those of WV_SCAN_KEPT_ATTRS; nesting is cut at WV_LIMIT_TREE_DEPTH,
 * attributes at WV_LIMIT_ATTRIBUTES. WV_NOMEM only.
 */
WV_MUST_USE enum wv_status wv_scan_page(struct wv_arena *arena, struct wv_slice text,
                                        uint32_t want, struct wv_scan *out, struct wv_err *err);

/*
 * Attributes that survive pruning: alt aria-hidden aria-label aria-labelledby class content
 * data-author data-component data-component-name data-date data-datetime data-lazy-src
 * data-module data-name data-original data-published data-qa data-role data-src data-test-id
 * data-testid data-time data-timestamp data-type data-utime datetime hidden href (a) id itemid
 * itemprop itemscope itemtype lang property pubdate rel resource role src (img) srcset (img
 * without src) style (only where it hides: contains "none" or "hidden") title typeof value (data,
 * meter). meta survives in the body with itemprop.
 */
bool wv_scan_keeps(enum wv_tag tag, enum wv_attr_name attr);

/* First content of a meta with that key (name, property or itemprop; case ignored), or empty. */
struct wv_slice wv_scan_meta_find(const struct wv_scan *scan, const char *key);

#endif
