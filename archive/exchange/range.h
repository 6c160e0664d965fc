#ifndef WV_ARCHIVE_EXCHANGE_RANGE_H
#define WV_ARCHIVE_EXCHANGE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/capture.h"
#include "archive/store/store.h"

/*
 * The captures of an export: by page key, then captured, then ID, which is the order of a CDXJ
 * file. A walk of any length pins no old pages: it begins a new transaction every 100 ms, and K
 * keeps later commits out of the answer. What was taken down is left out.
 */
struct wv_range_query {
	struct wv_slice source;  /* empty: all */
	struct wv_time from, to; /* captured, both included; WV_TIME_NONE: unbounded */
	struct wv_time known_at; /* never WV_TIME_NONE: the answer must not change under way */
	bool has_known_after;    /* only what was recorded after that instant */
	struct wv_time known_after;
	struct wv_time now;      /* for the terms of take-downs */
};

/*
 * `capture` and all that lies in `arena` dies after the call; the transaction lives for it. Not
 * WV_OK ends the walk with that status.
 */
typedef enum wv_status (*wv_range_visit)(struct wv_txn *txn, struct wv_arena *arena,
                                         const struct wv_capture *capture, void *context,
                                         struct wv_err *err);
WV_MUST_USE enum wv_status wv_range_each(struct wv_store *store,
                                         const struct wv_range_query *query,
                                         wv_range_visit visit, void *context,
                                         struct wv_err *err);
/* Is this capture, which another one names, one that the walk gives? Then it is in *out. WV_NO. */
WV_MUST_USE enum wv_status wv_range_has(struct wv_txn *txn, struct wv_arena *arena,
                                        const struct wv_range_query *query, uint64_t id,
                                        struct wv_capture *out, struct wv_err *err);

#endif
