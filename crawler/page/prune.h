#ifndef WV_CRAWLER_PAGE_PRUNE_H
#define WV_CRAWLER_PAGE_PRUNE_H

#include "config/base/arena.h"
#include "crawler/page/blocks.h"
#include "crawler/page/boilerplate.h"
#include "crawler/page/candidate.h"

/*
 * Inside the chosen element: which blocks are not the article's, and why. Sets `reason` of the
 * blocks in [candidate.first, candidate.end); the others stay as they are. Pure; any thread.
 */
struct wv_prune_input {
	struct wv_blocks *blocks;
	struct wv_candidate *candidate;     /* first and end are narrowed */
	struct wv_slice title;
	size_t headline_block;              /* or SIZE_MAX */
	const struct wv_site_model *model;  /* or NULL */
	bool is_live;                       /* a live blog: its items repeat one form */
};

void wv_prune(const struct wv_prune_input *input, struct wv_arena *arena);

#endif
