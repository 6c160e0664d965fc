#ifndef WV_ARCHIVE_SEARCH_RANK_H
#define WV_ARCHIVE_SEARCH_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/search/index.h"
#include "archive/search/query.h"
#include "config/base/arena.h"
#include "config/base/clock.h"

/*
 * Answers of the index at (T, K): one hit a page, of the text it has there (index.h).
 *
 * The order uses nothing but the hits themselves, so nothing that came later can move one:
 *   1. where the words stand: all that occur in the headline; in headline or first paragraph;
 *      elsewhere. What a report is about stands at its head.
 *   2. the article's own time, newest first: published, as the page states it (the earliest
 *      instant it can mean, if that is not after the capture), else first seen.
 *   3. the page's number, which is the order in which the archive met its pages.
 */
enum wv_search_place { WV_PLACE_NONE, WV_PLACE_TEXT, WV_PLACE_LEAD, WV_PLACE_TITLE };
/* "title", "lead", "text"; never NULL. */
const char *wv_search_place_name(enum wv_search_place place);

struct wv_search_hit {
	uint64_t page;
	uint32_t text; /* equal: the same words */
	enum wv_search_place place;
	struct wv_time when;
	bool is_published; /* `when` is what the page states; else when it was first seen */
	struct wv_time since; /* captured: the text stands from here ... */
	struct wv_time until; /* ... to before here; WV_TIME_NONE: still */
	struct wv_time learned; /* recorded: since then this is known of it */
};

/*
 * How the hits spread over the values of a field: of each value the hits that the query would have
 * if it asked for that one instead of what it asks of the field; the other fields hold. One hit a
 * page at (T, K), so nothing that came later is counted, nor named where it has no hit.
 */
struct wv_facet {
	struct wv_slice value; /* empty: the texts that have none */
	uint64_t hits;
};
struct wv_facets {
	const struct wv_facet *values[WV_QUERY_FIELDS]; /* most hits first, then by name */
	size_t counts[WV_QUERY_FIELDS];
};

enum wv_search_order { WV_ORDER_PLACE, WV_ORDER_TIME };
struct wv_search_ask {
	const struct wv_query *query;
	struct wv_time at, known_at; /* T, K; WV_TIME_NONE: unbounded */
	struct wv_time from, to;     /* of `when`, both included; WV_TIME_NONE: unbounded */
	enum wv_search_order order;  /* TIME: without step 1 */
	size_t skip, max;
	/* Every text a matching page ever had by (T, K), newest first by `since`, instead of the
	 * one it has: what subscriptions look at. */
	bool all_versions;
	struct wv_facets *facets; /* NULL: not wanted; filled in the same arena */
	/* May the page be shown? NULL: all. */
	bool (*may_show)(uint64_t page, void *context);
	void *show_context;
};
struct wv_search_answer {
	const struct wv_search_hit *hits;
	size_t count;
	uint64_t total; /* before skip and max */
};
/* The index must have followed as far as K; hits lie in `arena`. */
WV_MUST_USE enum wv_status wv_search_ask(struct wv_search *search, const struct wv_search_ask *ask,
                                         struct wv_arena *arena, struct wv_search_answer *out,
                                         struct wv_err *err);

#endif
