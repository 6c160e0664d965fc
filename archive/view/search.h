#ifndef WV_ARCHIVE_VIEW_SEARCH_H
#define WV_ARCHIVE_VIEW_SEARCH_H

#include "archive/search/query.h"
#include "archive/view/visit.h"

/*
 * The search page: a query with its facets, hits with snippets, and how to ask. Needs
 * visit->search, followed as far as it may be; without one the page says so.
 */
#define WV_VIEW_SEARCH_HITS 20u
#define WV_VIEW_SEARCH_PAGES 500u

struct wv_view_search_query {
	struct wv_slice text;                             /* empty: nothing was asked yet */
	struct wv_query_values fields[WV_QUERY_FIELDS];   /* chosen facets */
	struct wv_slice from_text, to_text;               /* as typed */
	struct wv_time from, to;                          /* WV_TIME_NONE: unbounded */
	bool by_time;                                     /* else by place (rank.h) */
	size_t page;                                      /* from 1 */
	uint64_t behind;                                  /* captures that the index lacks */
	struct wv_slice fault; /* what could not be read of it; empty: all could */
};
/* *is_bad: the query cannot be read; the page says why. */
WV_MUST_USE enum wv_status wv_view_search(struct wv_visit *visit,
                                          const struct wv_view_search_query *query,
                                          bool *is_bad, struct wv_buf *out, struct wv_err *err);

/* Is what was typed an address: with its scheme, or a host the archive has pages of? */
WV_MUST_USE enum wv_status wv_view_search_is_address(const struct wv_visit *visit,
                                                     struct wv_slice text, bool *is_address,
                                                     struct wv_err *err);

#endif
