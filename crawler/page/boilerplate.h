#ifndef WV_CRAWLER_PAGE_BOILERPLATE_H
#define WV_CRAWLER_PAGE_BOILERPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What a site repeats. Each text block of a page has a 64-bit print (of its folded text, stable
 * across releases); a site's model counts on how many of its pages a print was seen. A model is
 * immutable and numbered: learning makes the next one. Bounded (WV_SITE_PRINTS_MAX) and aged:
 * when full, prints seen on one page long ago go first.
 *
 * Pure; any thread. The encoding is what the crawler keeps in LMDB, one row a site and number.
 */

#define WV_SITE_PRINTS_MAX 4096u
#define WV_PAGE_PRINTS_MAX 1024u

struct wv_page_print {
	uint64_t print;
	bool in_article; /* the block was kept as article text */
};
struct wv_page_prints {
	const struct wv_page_print *p; /* each print once */
	size_t n;
};

struct wv_site_print {
	uint64_t print;
	uint32_t pages;      /* pages it was seen on */
	uint32_t in_article; /* of these, on how many it was kept */
	uint32_t last;       /* value of wv_site_model.pages when last seen */
};
struct wv_site_model {
	uint64_t number;                    /* from 1; 0: nothing learned yet */
	uint32_t pages;                     /* learned from */
	const struct wv_site_print *prints; /* sorted by print */
	size_t n;
};

/* Print of a block's text: folded, so that case, spaces and digits' width do not matter. */
uint64_t wv_block_print(struct wv_slice text);

/* On what share of the site's pages the block recurs: 0 unknown .. 1. Needs three pages learned. */
double wv_site_model_share(const struct wv_site_model *model, uint64_t print);

/* Was it kept in the text of more than one article? What was not may be one article's own, which
 * the others quote beside theirs. */
bool wv_site_model_is_inside(const struct wv_site_model *model, uint64_t print);

/* The next model: `model` (NULL: none yet) and one more page. */
WV_MUST_USE enum wv_status wv_site_model_learn(const struct wv_site_model *model,
                                               const struct wv_page_prints *page,
                                               struct wv_arena *arena,
                                               struct wv_site_model **out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_site_model_encode(const struct wv_site_model *model,
                                                struct wv_buf *out, struct wv_err *err);
/* WV_DAMAGED on anything malformed. */
WV_MUST_USE enum wv_status wv_site_model_decode(struct wv_slice record, struct wv_arena *arena,
                                                struct wv_site_model **out, struct wv_err *err);

#endif
