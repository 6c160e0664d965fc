#ifndef WV_CRAWLER_PAGE_VERDICT_H
#define WV_CRAWLER_PAGE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "crawler/page/blocks.h"
#include "crawler/page/jsonld.h"

/*
 * What a page turned out to be, with the evidence in words. Pure; any thread.
 */
struct wv_scan;

struct wv_verdict_input {
	const struct wv_scan *scan;
	const struct wv_jsonld *jsonld;
	const struct wv_blocks *blocks; /* NULL: no tree */
	int http_status;                /* 0: unknown */
	bool is_html, is_truncated;
	bool is_limited;                /* the tree builder refused the page */
	float prose;                    /* running text kept */
	float longest;                  /* of its blocks */
	uint32_t kept_units;
};

/* Sets verdict and reason. */
void wv_verdict_judge(const struct wv_verdict_input *input, struct wv_arena *arena,
                      struct wv_article *article);

#endif
