#ifndef WV_ARCHIVE_SEARCH_FOUND_H
#define WV_ARCHIVE_SEARCH_FOUND_H

#include "archive/search/rank.h"
#include "archive/search/snippet.h"
#include "archive/store/lookup.h"

/* A hit with what the archive says of it at (T, K). */
struct wv_found {
	const struct wv_search_hit *hit;
	struct wv_capture capture; /* the one that stands */
	struct wv_article article;
	struct wv_slice title;
	bool title_is_fallback;
	struct wv_snippet snippet;
};
struct wv_found_query {
	const struct wv_query *query;
	struct wv_time at, known_at; /* T, K */
	struct wv_time now;          /* for take-downs */
};
/* In the caller's transaction, into its arena. WV_NO: the archive has it no more, or it may not be
 * shown. */
WV_MUST_USE enum wv_status wv_found_load(struct wv_txn *txn, struct wv_arena *arena,
                                         const struct wv_found_query *query,
                                         const struct wv_search_hit *hit, struct wv_found *out,
                                         struct wv_err *err);

#endif
