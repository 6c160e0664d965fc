#ifndef WV_CRAWLER_PAGE_CANDIDATE_H
#define WV_CRAWLER_PAGE_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "crawler/page/blocks.h"

/*
 * Which element holds the article. Candidates are weighed by running text against everything else
 * in them; names only tip the scales; JSON-LD's articleBody, where its sentences stand in the
 * page, delimits. Pure; any thread.
 */

struct wv_candidate_input {
	const struct wv_blocks *blocks;
	size_t headline_block;       /* or SIZE_MAX */
	size_t next_story;           /* block where another article begins, or SIZE_MAX */
	struct wv_slice stated_body; /* articleBody; empty: none */
};

struct wv_candidate {
	uint32_t node;          /* WV_NODE_NONE: no running text at all */
	size_t first, end;      /* its blocks, those of a next story cut off */
	float prose;            /* of the element, hinted parts discounted */
	bool is_plain;          /* of lists, tables, short lines: no running text to go by */
	bool is_delimited;      /* articleBody was found: `stated` is set */
	size_t stated_first, stated_end;
	const uint8_t *is_stated; /* beside the blocks: 1 where articleBody holds the text */
};

bool wv_candidate_choose(const struct wv_candidate_input *input, struct wv_arena *arena,
                         struct wv_candidate *out);

/* Letters and digits only, ASCII lowered: a cheap form for finding one text in another. */
struct wv_slice wv_candidate_letters(struct wv_arena *arena, struct wv_slice text);

#endif
