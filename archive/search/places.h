#ifndef WV_ARCHIVE_SEARCH_PLACES_H
#define WV_ARCHIVE_SEARCH_PLACES_H

#include <stddef.h>

#include "archive/search/index.h"
#include "archive/search/query.h"

/*
 * Where the words of a query stand, in every text of the index: one byte a text, 0 for none, else
 * enum wv_search_place (rank.h).
 *
 * People ask the same words again: the next page, another order, one source alone. So an index that is
 * only read keeps what the last expressions gave, in WV_PLACES_KEPT_BYTES at most, until the file
 * changes.
 */
#define WV_PLACES_KEPT_BYTES (1024u * 1024u)

struct wv_places {
	unsigned char *place;
	size_t count; /* the highest number of a text, and one */
};
/* In the caller's reading transaction. Ends with wv_places_done, on failure too. */
WV_MUST_USE enum wv_status wv_places_find(struct wv_search *search, const struct wv_query_node *node,
                                          struct wv_places *out, struct wv_err *err);
void wv_places_done(struct wv_places *places);

/* What a wv_search keeps; its own. */
struct wv_places_kept;
void wv_places_forget(struct wv_places_kept **kept);
/* Registers the functions that the statements call. */
WV_MUST_USE enum wv_status wv_places_register(struct wv_search *search, struct wv_err *err);

#endif
