#ifndef WV_CRAWLER_PAGE_LIVE_H
#define WV_CRAWLER_PAGE_LIVE_H

#include <stdbool.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/url.h"
#include "crawler/page/blocks.h"
#include "crawler/page/candidate.h"
#include "crawler/page/jsonld.h"
#include "crawler/page/times.h"

/*
 * Live blogs: pages of many short items, each with a time. Pruning leaves the lines that say the
 * time as blocks of kind update; here each becomes the head of an item whose time is resolved: from
 * a <time> in the line, from JSON-LD's liveBlogUpdate with the same headline, or from the clock in
 * the line on the page's only day. Pure; any thread.
 */
struct wv_live_input {
	const struct wv_blocks *blocks; /* NULL: no tree */
	const struct wv_candidate *candidate;
	const struct wv_jsonld *jsonld;
	const struct wv_url *url;       /* NULL: unknown */
	struct wv_times_context times;
};

/* Is there such a word, or JSON-LD, whatever the page's lines are? Needs no candidate. */
bool wv_live_calls_itself(const struct wv_live_input *input, struct wv_slice title);

/* Does the page say that it is one (JSON-LD, or a word in title or address and lines with clocks)? */
bool wv_live_is(const struct wv_live_input *input, struct wv_slice title);

/*
 * Sets the article's items. Where the page shows hardly any text and JSON-LD has the items whole,
 * the blocks are made of them, too. The article's blocks are those kept of the candidate.
 */
void wv_live_read(const struct wv_live_input *input, struct wv_arena *arena,
                  struct wv_article *article);

#endif
