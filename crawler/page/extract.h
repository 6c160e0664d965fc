#ifndef WV_CRAWLER_PAGE_EXTRACT_H
#define WV_CRAWLER_PAGE_EXTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"
#include "config/zone.h"
#include "crawler/page/boilerplate.h"

/*
 * From a response's decoded bytes to the article and nothing else.
 *
 * Two steps, so that a page is decoded and scanned once for links and extraction alike:
 *
 *   wv_page_open     charset, then the one linear scan: links, head, embedded data, pruned markup
 *   wv_page_extract  tree, metadata, times, body, verdict
 *
 * Everything lies in the caller's arena and borrows from it and from the input's slices, which
 * must outlive it. Pure: the same input and model give the same article on every machine. Any
 * thread. Time and memory are bounded by limits.h; no recursion over the page.
 */

/* Raised whenever the same bytes can give another article; stored with each (article.h). */
#define WV_EXTRACTOR_VERSION 3u

struct wv_html_parser;

struct wv_extract_input {
	struct wv_slice body;            /* content bytes: transfer and content coding undone */
	struct wv_slice content_type;    /* the header's value; empty: none */
	struct wv_slice url;             /* of the last hop, absolute; empty: unknown */
	struct wv_time fetched;          /* WV_TIME_NONE: unknown (relative times are then refused) */
	int http_status;                 /* 0: unknown, taken as 200 */
	bool is_truncated;               /* the body was cut by a cap or a broken transfer */
	bool is_for_links;               /* only the scan is wanted: links, title, metas */
	bool needs_requisites;           /* its links include those of images, styles, scripts */
	struct wv_slice source_name;     /* of the settings' source; each may be empty */
	struct wv_slice source_category;
	const struct wv_zone *source_zone; /* of its `timezone`; NULL: none given */
	struct wv_slice source_charset;  /* label to try where the page says nothing */
	struct wv_html_parser *parser;     /* this thread's; never NULL */
	const struct wv_site_model *model; /* what the site's other pages taught; NULL: nothing */
};

struct wv_page;
struct wv_scan;

/*
 * Decodes and scans. `input` is copied (its slices are not). A body that is no HTML gives a page
 * too: its verdict will be `other`. WV_NOMEM, WV_LIMIT (the arena's cap).
 */
WV_MUST_USE enum wv_status wv_page_open(const struct wv_extract_input *input,
                                        struct wv_arena *arena, struct wv_page **out,
                                        struct wv_err *err);
/* What the scan found: links, base, head, robots meta. Never NULL; lives as long as the arena. */
const struct wv_scan *wv_page_scan(const struct wv_page *page);
/* Its encoding: a WHATWG name. */
struct wv_slice wv_page_charset(const struct wv_page *page);

/*
 * The article. Never fails because of what the page holds: hostile, empty and foreign pages end
 * with a verdict and its reason. `prints`, where not NULL, gets the page's block fingerprints,
 * which teach the site's next model. Not of a page that was opened for its links.
 * WV_NOMEM, WV_LIMIT (the arena's cap).
 */
WV_MUST_USE enum wv_status wv_page_extract(struct wv_page *page, struct wv_arena *arena,
                                           struct wv_article *out, struct wv_page_prints *prints,
                                           struct wv_err *err);

/* Both steps, for those who need no links. */
WV_MUST_USE enum wv_status wv_extract(const struct wv_extract_input *input, struct wv_arena *arena,
                                      struct wv_article *out, struct wv_err *err);

#endif
