#ifndef WV_ARCHIVE_COPIES_CLUSTER_PARTS_H
#define WV_ARCHIVE_COPIES_CLUSTER_PARTS_H

#include "archive/copies/cluster.h"
#include "archive/copies/documents.h"
#include "archive/copies/runs.h"

/* Between cluster.c (who meets whom, adding, asking), component.c (what holds together) and
 * withdraw.c (taking away). Not for others. */

struct wv_copies {
	int64_t partition_us;
	struct wv_documents *documents;
	struct wv_pair *matches; /* new << 32 | old; hash << 16 | new bucket << 8 | old bucket */
	size_t match_count, match_room;
	bool may_overflow;       /* a single document must be looked up whole */
	uint64_t work;           /* overlaps looked at */
};

/* One addition or withdrawal. */
struct wv_change {
	struct wv_copies *copies;
	struct wv_txn *txn;
	struct wv_time recorded;
	struct wv_err *err;
};

/* WV_DAMAGED where it must be and is not. */
WV_MUST_USE enum wv_status wv_change_get(const struct wv_change *c, uint64_t number,
                                         struct wv_document **out);
WV_MUST_USE enum wv_status wv_change_load(const struct wv_change *c, struct wv_document *document);
/* Of an overlap that `a`, loaded, has with `b`. */
WV_MUST_USE enum wv_status wv_change_in_force(const struct wv_change *c,
                                              const struct wv_overlap *overlap,
                                              struct wv_document *a, struct wv_document *b,
                                              bool *is_in_force);
/* The last overlap of a document is new: its main part, and what that means for the others. */
WV_MUST_USE enum wv_status wv_change_take_main(const struct wv_change *c,
                                               struct wv_document *document);
/* Joins a document with all that it is a copy of. */
WV_MUST_USE enum wv_status wv_change_unite_all(const struct wv_change *c,
                                               struct wv_document *document);
/* What still holds together in a cluster; its members lose no more. */
WV_MUST_USE enum wv_status wv_change_rebuild(const struct wv_change *c, uint64_t cluster);
/* Whether a round-up, after `added` more overlaps; is_judged if that is new. */
WV_MUST_USE enum wv_status wv_change_judge(const struct wv_change *c, struct wv_document *document,
                                           size_t added);

/* The overlaps of one document with all that the index holds of others, itself left out: what
 * shares too little is passed over. For a document in memory, with its fingerprint. */
typedef enum wv_status (*wv_change_overlap_fn)(void *context, struct wv_document *other,
                                               const struct wv_overlap *overlap,
                                               struct wv_err *err);
WV_MUST_USE enum wv_status wv_change_each_overlap(const struct wv_change *c,
                                                  const struct wv_document *document,
                                                  const struct wv_fingerprint *fingerprint,
                                                  wv_change_overlap_fn each, void *context);
/* Two documents of far-off times with one text do not meet in the index. */
struct wv_overlap wv_overlap_of_equals(uint64_t document);
/* An instant within a document's stretch of time. */
struct wv_time wv_copies_when_of(const struct wv_copies *copies, uint32_t partition);

#endif
