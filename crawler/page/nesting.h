#ifndef WV_CRAWLER_PAGE_NESTING_H
#define WV_CRAWLER_PAGE_NESTING_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "crawler/page/markup.h"

/*
 * Which elements are open while a page is scanned: the tree builder's stack in outline, with the
 * end tags that HTML lets authors leave out. A count of open minus closed tags would cut honest
 * pages (20,000 unclosed <p> are siblings). Exact enough for two questions: how deep will the tree
 * get, and which landmarks is this link in.
 */

/* Two levels are the html and body that the tree builder adds, two more tbody and tr. */
#define WV_NESTING_MAX (WV_LIMIT_TREE_DEPTH - 4)

struct wv_nesting_entry {
	uint8_t tag;
	uint32_t hash;  /* of the name of an unknown element */
	uint32_t where; /* landmarks open here, this element's included */
};

struct wv_nesting {
	uint32_t depth;
	struct wv_nesting_entry stack[WV_NESTING_MAX];
	uint32_t open[WV_TAG_COUNT];
	uint32_t dropped[WV_TAG_COUNT]; /* start tags refused whose end tags are to come */
};

void wv_nesting_init(struct wv_nesting *nesting);
/*
 * A start tag that is not void: ends what it ends, then opens. False where the depth is used up:
 * the tag is to be left out, and so will be its end tag.
 */
bool wv_nesting_open(struct wv_nesting *nesting, enum wv_tag tag, struct wv_slice name,
                     uint32_t where);
/* An end tag; false where it belongs to a start tag that was left out. */
bool wv_nesting_close(struct wv_nesting *nesting, enum wv_tag tag, struct wv_slice name);
/* Landmarks around this point. */
static inline uint32_t wv_nesting_where(const struct wv_nesting *nesting)
{
	return nesting->depth > 0 ? nesting->stack[nesting->depth - 1].where : 0;
}

#endif
