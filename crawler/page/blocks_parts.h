#ifndef WV_CRAWLER_PAGE_BLOCKS_PARTS_H
#define WV_CRAWLER_PAGE_BLOCKS_PARTS_H

#include "config/base/limits.h"
#include "crawler/page/blocks.h"

/*
 * What the files of blocks.h share:
 *   blocks.c        the walk through the tree
 *   blocks_names.c  what tags, roles, classes and ids hint at
 *   blocks_text.c   text nodes into blocks, measured on the way
 *   blocks_teasers.c  teasers of other articles, known by their repeating
 *   blocks_lists.c  sums from the leaves up; lists of links, readers' comments
 */
#define HINT_CACHE 512u

struct cached_hints {
	struct wv_slice name;
	uint32_t bits;
};

struct blocks_reader {
	const struct wv_html *html;
	struct wv_blocks *out;
	unsigned char *text; /* all blocks' text, one after the other */
	size_t text_n;
	/* The block being read. */
	size_t begin;
	struct wv_text_block block;
	bool space_pending, in_word;
	bool has_letter, has_plain; /* plain: letters outside of bold */
	uint32_t last_sign;
	/* Letters of scripts without spaces, those of them in links, and spaces before them. */
	uint32_t unparted, unparted_linked, unparted_spaces;
	bool after_break;
	/* Elements open around the reader end at these nodes. */
	uint32_t link_end, bold_end, pre_end, quote_end, row_end, item_end;
	uint32_t heading_end;
	uint8_t heading;
	/* The outermost inline element with a name that hints, and what it has of the block. */
	uint32_t named_end, named_hints, named_units;
	uint32_t node; /* innermost block element */
	struct cached_hints cache[HINT_CACHE];
};

/* ---- blocks_names.c */
/* Elements that do not end a line of text. */
bool blocks_is_inline(uint16_t tag);
uint32_t blocks_tag_hints(uint16_t tag);
/* Hints and flags of an element by its attributes. */
void blocks_note_attributes(struct blocks_reader *reader, uint32_t i, struct wv_node_note *note);

/* ---- blocks_text.c */
/* Copies a text node into the block at hand, white space squeezed, and measures it. */
void blocks_read_text(struct blocks_reader *reader, struct wv_slice s, uint32_t node);
/* Ends the block at hand. */
void blocks_flush(struct blocks_reader *reader);

/* ---- blocks_teasers.c */
/* Sets is_teaser. Linear; before the sums. */
void blocks_mark_teasers(struct wv_blocks *blocks);

/* ---- blocks_lists.c */
void blocks_sum_up(struct wv_blocks *blocks);

#endif
