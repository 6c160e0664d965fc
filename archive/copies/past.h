#ifndef WV_ARCHIVE_COPIES_PAST_H
#define WV_ARCHIVE_COPIES_PAST_H

#include "archive/copies/cluster.h"

/*
 * The cluster of a capture as of (T, K), found again from the texts themselves: from captures made
 * by T and readings recorded by K, as if nothing else had ever been there. The dated facts say what
 * was known at K; where T is earlier they know too much, for a later capture may have joined two
 * texts, or shown that one is a round-up. The index only says where to look.
 */
struct wv_past_query {
	uint64_t capture;
	struct wv_time at;       /* T */
	struct wv_time known_at; /* K; WV_TIME_NONE: now */
	int64_t partition_us;    /* as the index was made */
	/* As if what is hidden (register.h) at `now` had never been there either. */
	bool skips_hidden;
	struct wv_time now;
};
/* Captures in order of their IDs, in `arena`. WV_NO: `capture` has no article at (T, K). WV_LIMIT:
 * more than WV_PAST_DOCUMENTS_MAX captures are alike. */
#define WV_PAST_DOCUMENTS_MAX 20000u
WV_MUST_USE enum wv_status wv_past_members(struct wv_txn *txn, struct wv_arena *arena,
                                           const struct wv_past_query *query, uint64_t **out,
                                           size_t *count, struct wv_err *err);

#endif
