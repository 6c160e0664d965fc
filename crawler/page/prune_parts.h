#ifndef WV_CRAWLER_PAGE_PRUNE_PARTS_H
#define WV_CRAWLER_PAGE_PRUNE_PARTS_H

#include "crawler/page/prune.h"
#include "crawler/page/words.h"

/*
 * What the files of prune.h share, in the order of the work:
 *   prune.c          the order; the title, the site's own blocks, other articles, what is outside
 *   prune_names.c    what classes, ids, tags and pictures say
 *   prune_links.c    lists of links, lines that are links
 *   prune_phrases.c  what a line says about itself, and what goes with it
 *   prune_repeats.c  what is said again: boilerplate, pull quotes, copies
 *   prune_ends.c     what is left over at both ends
 */
struct pruner {
	const struct wv_prune_input *input;
	struct wv_blocks *blocks;
	const struct wv_html *html;
	struct wv_candidate *candidate;
	struct wv_arena *arena;
	size_t first, end; /* range of blocks worked on */
	float prose;       /* running text in the container */
	bool has_facts;    /* numbered headings that are sentences, three or more */
};

static inline struct wv_text_block *block_at(const struct pruner *p, size_t b)
{
	return &p->blocks->blocks[b];
}

static inline bool is_kept(const struct pruner *p, size_t b)
{
	return block_at(p, b)->reason == WV_REASON_NONE;
}

static inline bool is_stated(const struct pruner *p, size_t b)
{
	return p->candidate->is_stated && p->candidate->is_stated[b];
}

static inline float link_share(const struct wv_text_block *block)
{
	return block->units ? (float)block->link_units / (float)block->units : 0;
}

static inline void drop(const struct pruner *p, size_t b, enum wv_reason reason)
{
	if (is_kept(p, b))
		block_at(p, b)->reason = (uint8_t)reason;
}

/* ---- prune_names.c */

/* All of an element that no name of such a reason protects: whole sentences, stated text. */
void prune_drop_node(const struct pruner *p, uint32_t node, enum wv_reason reason);
void prune_by_names(struct pruner *p);
/* Captions, bylines and labels whose name is on an inline element around all of their text. */
void prune_by_inline_names(struct pruner *p);
/* A picture and a line or two in one element of their own. */
void prune_picture_lines(struct pruner *p);
void prune_forms(struct pruner *p);

/* ---- prune_links.c */
void prune_lists(struct pruner *p);
void prune_links(struct pruner *p);

/* ---- prune_phrases.c */
void prune_phrases(struct pruner *p);
void prune_widgets(struct pruner *p);

/* ---- prune_repeats.c */
void prune_repeated(struct pruner *p);
void prune_pulled(struct pruner *p);

/* ---- prune_ends.c */
void prune_look_for_facts(struct pruner *p);
void prune_ends(struct pruner *p);
void prune_late_byline(struct pruner *p);
void prune_about_author(struct pruner *p);
/* Section rules that part nothing. */
void prune_rules(struct pruner *p);
/* Headings under which everything went. */
void prune_empty_headings(struct pruner *p);
bool prune_is_prose(const struct pruner *p, size_t b);
/* A line that holds a date and hardly anything else, or an address of the web. */
bool prune_is_date_line(const struct pruner *p, size_t b);
/* "10:45", "10.45 Uhr" */
bool prune_is_clock_line(const struct wv_text_block *block);

#endif
