#ifndef WV_ARCHIVE_SEARCH_META_H
#define WV_ARCHIVE_SEARCH_META_H

#include "archive/search/rank.h"

/*
 * The circumstances of texts: source, category, language, verdict, topics. Texts that share them
 * share a row of the index's `metas`. Between rank.c and itself.
 */
struct wv_metas {
	unsigned char *is_asked; /* by row number */
	size_t count;            /* highest number + 1, or more */
};
/* Which rows have what the query's fields ask for. */
WV_MUST_USE enum wv_status wv_metas_choose(struct wv_search *search, const struct wv_query *query,
                                           struct wv_metas *out, struct wv_err *err);
void wv_metas_done(struct wv_metas *metas);
/* From the hits of each row (`hits`, by number) those of each value of each field. */
WV_MUST_USE enum wv_status wv_metas_facets(struct wv_search *search, const struct wv_query *query,
                                           const uint64_t *hits, size_t count,
                                           struct wv_arena *arena, struct wv_facets *out,
                                           struct wv_err *err);

#endif
