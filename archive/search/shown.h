#ifndef WV_ARCHIVE_SEARCH_SHOWN_H
#define WV_ARCHIVE_SEARCH_SHOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/search/query.h"
#include "archive/store/lookup.h"

/*
 * Which pages' hits may be shown: what the register (archive/store/register.h) refuses now is
 * neither listed nor counted. Of a page with a single capture taken down the hit stays only where
 * that capture is not the one which stands. Reads the register once; pages without a fact cost a
 * look into a table. And of a query with clusters (cluster:ID) only the pages that carry their texts, as
 * of (T, K).
 */
struct wv_shown;
struct wv_shown_query {
	struct wv_time at, known_at; /* T, K */
	struct wv_time now;          /* for terms */
	const struct wv_query *query; /* NULL: of whatever cluster; not kept */
};
WV_MUST_USE enum wv_status wv_shown_new(struct wv_txn *txn, const struct wv_shown_query *query,
                                        struct wv_shown **out, struct wv_err *err);
void wv_shown_free(struct wv_shown **shown);
/* For wv_search_ask's may_show; `context` is the object. What fails is not shown. */
bool wv_shown_page(uint64_t page, void *context);

#endif
