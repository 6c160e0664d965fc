#ifndef WV_CRAWLER_PAGE_SCAN_PARTS_H
#define WV_CRAWLER_PAGE_SCAN_PARTS_H

#include "crawler/page/nesting.h"
#include "crawler/page/plain.h"
#include "crawler/page/scan.h"
#include "crawler/page/token.h"

/* What the parts of the scan share: scan.c (the pass), scan_found.c (references, head metadata),
 * scan_skip.c (what is left out). Nobody else includes this. */

#define WV_SCAN_NO_LINK SIZE_MAX

/* Elements that are left out with all inside, where their end tag exists. */
enum wv_scan_closing {
	WV_CLOSING_SVG,
	WV_CLOSING_TEMPLATE,
	WV_CLOSING_SELECT,
	WV_CLOSING_NOSCRIPT,
	WV_CLOSING_COUNT
};

struct wv_scan_array {
	void *p;
	size_t n, room;
};

struct wv_scanner {
	struct wv_arena *arena;
	struct wv_slice text;
	uint32_t want;
	struct wv_scan *out;
	struct wv_tokenizer tokenizer;
	struct wv_nesting nesting;
	struct wv_scan_array links, metas, scripts;
	bool no_memory;
	bool in_head;
	bool has_title, has_doctype;
	unsigned roots;               /* html and body tags */
	size_t open_link;             /* the <a> whose inside is not finished, or WV_SCAN_NO_LINK */
	struct wv_plain plain;
	struct wv_compact_writer compact;
	bool after_pre;               /* nothing yet since a <pre> */
	bool is_raw_text;             /* the next text is that of xmp or plaintext */
	/* Inside an element that is left out: its tag, its nesting, HTML islands inside svg. */
	enum wv_tag skip;
	uint32_t skip_depth, skip_islands;
	enum wv_tag raw_end;          /* the end tag of a raw element that was left out */
	size_t next_close[WV_CLOSING_COUNT];
};

/* References replaced, as in attributes; out of memory is latched in the scanner. */
struct wv_slice wv_scan_decode(struct wv_scanner *scanner, struct wv_slice value);
static inline uint32_t wv_scan_offset(const struct wv_scanner *scanner, const unsigned char *p)
{
	return (uint32_t)(p - scanner->text.p);
}

/* scan_found.c: what a start tag refers to, and what the head says. */
void wv_scan_references(struct wv_scanner *scanner, const struct wv_token *token, uint32_t where);
/* The inside of the open <a>, if there is one, ends at `p`. */
void wv_scan_end_link(struct wv_scanner *scanner, const unsigned char *p);
void wv_scan_meta(struct wv_scanner *scanner, const struct wv_token *token);
void wv_scan_root(struct wv_scanner *scanner, const struct wv_token *token);
void wv_scan_body(struct wv_scanner *scanner, const struct wv_token *token);
/* These two pass over the element's raw content as well. */
void wv_scan_script(struct wv_scanner *scanner, const struct wv_token *token);
void wv_scan_title(struct wv_scanner *scanner);

/* scan_skip.c: elements that are left out with all inside. */
/* Begins one at the start tag just read; false if it is never closed. */
bool wv_scan_skip_from(struct wv_scanner *scanner, enum wv_scan_closing kind, enum wv_tag tag);
/* Is the noscript whose start tag was just read closed, and content rather than a lazy image? */
bool wv_scan_noscript_is_closed(struct wv_scanner *scanner);
bool wv_scan_noscript_is_content(struct wv_scanner *scanner);
/* A start tag inside. True if it ends the element, so that it is to be treated as any other. */
bool wv_scan_skip_start(struct wv_scanner *scanner, const struct wv_token *token);
void wv_scan_skip_end(struct wv_scanner *scanner, const struct wv_token *token);
static inline bool wv_scan_is_in_math(const struct wv_scanner *scanner)
{
	return scanner->nesting.open[WV_TAG_MATH] > 0;
}

#endif
