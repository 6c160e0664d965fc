#ifndef WV_CRAWLER_PAGE_BLOCKS_H
#define WV_CRAWLER_PAGE_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/html.h"
#include "crawler/page/words.h"

/*
 * The page's text as blocks, and what is known of each element: one pass over the tree.
 *
 * A block is the text between two borders of block elements or line breaks: what a reader sees
 * as a paragraph, a heading, a list item, a line. Sizes are in units that compare across scripts
 * (wv_text_units: a Han or Kana character 1, another word 2).
 */

struct wv_text_block {
	struct wv_slice text; /* squeezed */
	uint32_t node;        /* innermost block element around it */
	uint32_t units;
	uint32_t link_units;  /* of these, inside <a> */
	uint16_t links;
	uint16_t before_link; /* units before the first of them */
	uint16_t stops;       /* commas, semicolons, sentence ends of all scripts */
	uint16_t sentences;   /* sentence ends */
	uint8_t heading;      /* 1..6, else 0 */
	uint8_t kind;         /* enum wv_block_kind */
	bool ends_sentence;   /* the last sign, quotes and brackets aside, ends a sentence */
	bool is_bold;         /* all of it */
	bool is_teaser;       /* of a run of teasers of other articles */
	bool after_break;     /* begins after a <br>, in the same element as the block before */
	float prose;          /* weight as running text: 0 for what is none */
	uint32_t inline_hints; /* of the inline element that holds most of its text */
	uint8_t reason;       /* enum wv_reason: removed because */
};

/* Flags of an element. */
#define WV_NOTE_HIDDEN 1u
#define WV_NOTE_LIST   2u /* its children repeat one form, each with a link of its own */

struct wv_node_note {
	uint32_t hints;      /* words in class, id and kin */
	uint32_t tag_hints;  /* by tag and role: nav, aside, footer, figcaption ... */
	uint32_t units, link_units;
	float prose;         /* sum over its blocks, lists and teasers left out */
	uint32_t first_block, end_block;
	uint16_t links;
	uint16_t flags;
	uint16_t pictures;
};

struct wv_blocks {
	const struct wv_html *html;
	struct wv_text_block *blocks;
	size_t count;
	struct wv_node_note *notes; /* beside html->nodes; text nodes' are empty */
	bool is_cut;                /* more than WV_BLOCKS_MAX */
};

#define WV_BLOCKS_MAX 20000u

/* Reads the tree. Pure; any thread; linear. WV_NOMEM, WV_LIMIT (the arena's cap). */
WV_MUST_USE enum wv_status wv_blocks_read(const struct wv_html *html, struct wv_arena *arena,
                                          struct wv_blocks *out, struct wv_err *err);

/* Is there an ancestor of the block, below `top`, with one of the hints? WV_NODE_NONE if not. */
uint32_t wv_blocks_hinted(const struct wv_blocks *blocks, uint32_t node, uint32_t top,
                          uint32_t hints);

#endif
