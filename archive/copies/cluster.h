#ifndef WV_ARCHIVE_COPIES_CLUSTER_H
#define WV_ARCHIVE_COPIES_CLUSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/fingerprint.h"
#include "archive/store/db.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * Copy clusters, kept up as documents come: the components of "is a copy of" (relation.h), with
 * round-ups, and two stories in one, judged on everything known so far. What is known of a set of
 * documents does not depend on the order in which they came; each change on the way is a dated
 * fact. A cluster's ID is its smallest document number.
 *
 * Equal texts of one stretch of time are one document with exact copies; of several stretches,
 * one each, which know of each other.
 *
 * Exactness: two documents meet if they share a shingle; of a shingle in more than
 * WV_RUNS_HOLDERS_MAX documents only the first of these are met (boilerplate, or a story with a
 * thousand copies, where one of the first is as good).
 *
 * Rows of WV_TABLE_CLUSTERS (numbers u64be):
 *  'h' document fact    -> kind u8, recorded us zigzag, cluster varint, before varint
 *  'c' cluster document -> empty: was a member once; whether it is, its facts say. The document
 *                         with the cluster's number has no such row
 *  'a' document copy    -> empty: `copy` has the very text of `document`, and shares its cluster
 *  'q'                  -> number of the next fact
 */
struct wv_copies;

struct wv_copies_options {
	/* Documents meet within one such stretch of their time and its neighbours; 0: always. */
	int64_t partition_us;
};
WV_MUST_USE enum wv_status wv_copies_new(const struct wv_copies_options *options,
                                         struct wv_copies **out, struct wv_err *err);
void wv_copies_free(struct wv_copies **copies);
/* Overlaps looked at so far, beside those found: what additions cost where clusters are large. */
uint64_t wv_copies_work(const struct wv_copies *copies);
/* Which stretch of time an instant lies in; documents of one and of its neighbours meet. */
uint32_t wv_copies_partition_at(int64_t partition_us, struct wv_time when);
/* A stretch of its own: shingles of documents that were read anew since. They are met by no other
 * document, but say where a question about the past must look. */
#define WV_COPIES_FORMER 2u

struct wv_copies_document {
	uint64_t number; /* leaf number: ascending from call to call, below 2^32 */
	struct wv_time when;     /* its own time: published, else captured; none counts as one */
	struct wv_time recorded; /* what the facts say: now */
	const struct wv_fingerprint *fingerprint;
};
/*
 * In a write transaction, so also from a commit hook. Fingerprints are borrowed for the call.
 * WV_CONFLICT: a number known already; WV_LIMIT: one too large. After any failure the
 * transaction must be aborted. The object is the one writer's; reading needs none.
 */
WV_MUST_USE enum wv_status wv_copies_add(struct wv_copies *copies, struct wv_txn *txn,
                                         const struct wv_copies_document *documents, size_t n,
                                         struct wv_err *err);

/* Gives the fingerprint of a document that was added, made again from its text. */
typedef enum wv_status (*wv_copies_print_fn)(void *context, struct wv_txn *txn, uint64_t document,
                                             struct wv_arena *arena, struct wv_fingerprint *out,
                                             struct wv_err *err);
/*
 * Takes documents away: afterwards clusters are what they had been had these never come, and no
 * row but dated facts (which are numbers) speaks of them. `print` is asked for those documents and
 * for those that shared text with them; unknown documents are passed over. What was an exact copy
 * of one taken away is added anew in its place. As wv_copies_add in all else. With `is_former`
 * their shingles are kept in WV_COPIES_FORMER.
 */
struct wv_copies_removal {
	const uint64_t *documents;
	size_t n;
	struct wv_time recorded;
	bool is_former;
	wv_copies_print_fn print;
	void *context;
};
WV_MUST_USE enum wv_status wv_copies_remove(struct wv_copies *copies, struct wv_txn *txn,
                                            const struct wv_copies_removal *removal,
                                            struct wv_err *err);

enum wv_copies_fact_kind {
	WV_COPIES_FIRST, /* came, and is a cluster of its own */
	WV_COPIES_JOIN,  /* came, or was judged anew, and is a copy */
	WV_COPIES_MERGE, /* its cluster became part of another */
	WV_COPIES_LEAVE, /* it was judged a round-up */
	WV_COPIES_SPLIT, /* its cluster fell apart: what held it together was judged anew */
	WV_COPIES_GONE,  /* it was taken away: read anew, or erased; from then on in no cluster */
	WV_COPIES_FACT_KINDS
};
const char *wv_copies_fact_name(enum wv_copies_fact_kind kind);

struct wv_copies_fact {
	uint64_t document, number; /* facts are numbered through the archive */
	enum wv_copies_fact_kind kind;
	struct wv_time recorded;
	uint64_t cluster; /* from then on */
	uint64_t before;  /* until then; the same for WV_COPIES_FIRST */
};
typedef enum wv_status (*wv_copies_fact_fn)(void *context, const struct wv_copies_fact *fact,
                                            struct wv_err *err);
/* The facts of a document in order. An exact copy has those of the one it equals as of its own
 * coming. */
WV_MUST_USE enum wv_status wv_copies_each_fact(struct wv_txn *txn, uint64_t document,
                                               wv_copies_fact_fn each, void *context,
                                               struct wv_err *err);
/* The cluster as known at `known_at` (none: now). WV_NO: the document was not known. */
WV_MUST_USE enum wv_status wv_copies_cluster(struct wv_txn *txn, uint64_t document,
                                             struct wv_time known_at, uint64_t *cluster,
                                             struct wv_err *err);
typedef enum wv_status (*wv_copies_member_fn)(void *context, uint64_t document,
                                              struct wv_err *err);
/* Members as known at `known_at`; an exact copy follows the document that it equals. */
WV_MUST_USE enum wv_status wv_copies_each_member(struct wv_txn *txn, uint64_t cluster,
                                                 struct wv_time known_at,
                                                 wv_copies_member_fn each, void *context,
                                                 struct wv_err *err);
/* How a document stands now. */
struct wv_copies_standing {
	uint64_t cluster;
	double similarity; /* to the likest copy; 1 for the first of a cluster and for equal texts */
	bool is_roundup;
};
WV_MUST_USE enum wv_status wv_copies_standing(struct wv_copies *copies, struct wv_txn *txn,
                                              uint64_t document,
                                              struct wv_copies_standing *out,
                                              struct wv_err *err);

#endif
