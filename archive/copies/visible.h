#ifndef WV_ARCHIVE_COPIES_VISIBLE_H
#define WV_ARCHIVE_COPIES_VISIBLE_H

#include "archive/copies/cluster.h"
#include "config/base/arena.h"

/*
 * Copy clusters for readers: of what is hidden (store/register.h) nothing may be told, so neither may
 * it hold two texts together, nor make a round-up of a third. Where nothing hidden is near a text the
 * dated facts are the answer, as they are for the archive's keeper; else its cluster is found again
 * from the texts (past.h), as an archive would that never had what is hidden. Where that is too much,
 * the text is told to be alone.
 */
struct wv_visible_query {
	uint64_t capture;        /* which, with an article (not what it stands for) */
	struct wv_time at;       /* T; WV_TIME_NONE: now */
	struct wv_time known_at; /* K; WV_TIME_NONE: now */
	struct wv_time now;      /* for take-downs that run out */
};
/* Captures of the cluster, in `arena`, in no order; none that is hidden where one is near. WV_NO: it has
 * no article at (T, K), or is hidden. WV_LIMIT: above WV_PAST_DOCUMENTS_MAX; WV_NOMEM. */
WV_MUST_USE enum wv_status wv_visible_members(struct wv_txn *txn, struct wv_arena *arena,
                                              const struct wv_visible_query *query, uint64_t **out,
                                              size_t *count, struct wv_err *err);
/* Its ID: the same for two captures if and only if they are copies. */
WV_MUST_USE enum wv_status wv_visible_cluster(struct wv_txn *txn, struct wv_arena *arena,
                                              const struct wv_visible_query *query, uint64_t *cluster,
                                              struct wv_err *err);

#endif
