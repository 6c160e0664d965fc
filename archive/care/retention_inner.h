#ifndef WV_ARCHIVE_CARE_RETENTION_INNER_H
#define WV_ARCHIVE_CARE_RETENTION_INNER_H

#include "archive/care/retention.h"
#include "archive/store/load.h"

/*
 * Between retention_pages.c (what the rules say of each page), retention_size.c (up to which
 * instant bodies go for `size`) and retention.c (their going). Not for others.
 */

enum wv_prune_rule { WV_PRUNE_NONE, WV_PRUNE_AGE, WV_PRUNE_COUNT, WV_PRUNE_SIZE };

struct wv_prune_item {       /* a capture that has a body */
	struct wv_capture c; /* facts only */
	uint32_t source;
	bool is_good, is_held;
	enum wv_prune_rule rule; /* by which it may lose its body; WV_PRUNE_NONE: it keeps it */
	size_t last;             /* the page's newest capture with this body; of that one: */
	bool is_kept;            /* some capture keeps it */
	bool is_fixed;           /* by a hold, or as the page's newest good one: no rule takes it */
	uint64_t rank;           /* among the page's bodies, by when they were last seen; from 1 */
};

#define WV_PRUNE_BUCKETS 4096u
/* What retention says of a source, and how much of it there is. */
struct wv_prune_policy {
	struct wv_retention keep;
	struct wv_time cutoff; /* `size`: what is older goes; INT64_MIN: nothing by that */
	uint64_t kept;         /* bytes that the other rules leave */
	uint64_t histogram[WV_PRUNE_BUCKETS];
};

/* A set that may say yes by mistake. */
struct wv_prune_filter {
	unsigned char *bits;
	unsigned shift; /* 64 - log2 of the number of bits */
	uint64_t seed;
};

struct wv_prune_work {
	const struct wv_prune *how;
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_arena *arena;   /* the caller's */
	struct wv_arena *scratch; /* of one page */
	struct wv_loader loader;
	struct wv_buf items;
	struct wv_prune_policy *policies; /* [0]: of sources without a rule of their own */
	uint32_t *policy_of; /* by source number */
	struct wv_pruned *sources;
	uint32_t source_count;
	struct wv_prune_filter kept, seen, fixed;
	uint64_t boost;       /* of what `size` wants, where a round took nothing */
	bool is_at_end;       /* `size` already takes all it may */
	struct wv_time first; /* of the histograms */
	int64_t bucket_us;
	uint64_t body_bytes;   /* of all bodies, while counting */
	struct wv_buf keys;    /* struct wv_blob_key: what goes next */
	struct wv_buf encoded; /* struct wv_digest: rows of ENCODED that go with them */
	uint64_t portion_bytes;
	struct wv_fact fact; /* of the portion */
	struct wv_prune_result result;
};

#define WV_PRUNE_ITEMS(w)      ((struct wv_prune_item *)(void *)(w)->items.p)
#define WV_PRUNE_ITEM_COUNT(w) ((w)->items.n / sizeof(struct wv_prune_item))

/* ---- retention_pages.c ---- */

WV_MUST_USE enum wv_status wv_prune_filter_open(struct wv_prune_filter *f, uint64_t items,
                                                uint64_t seed, struct wv_err *err);
/* Four bits from the digest, which is as good as any hash; another choice for another seed. */
bool wv_prune_filter_has(struct wv_prune_filter *f, const struct wv_digest *digest, bool add);
struct wv_prune_policy *wv_prune_policy_of(struct wv_prune_work *w, uint32_t source);

typedef enum wv_status (*wv_prune_visit_fn)(struct wv_prune_work *w, struct wv_err *err);
/* From page *page on, each judged; *page: where a visit said WV_BOUND, or UINT64_MAX at the end. */
WV_MUST_USE enum wv_status wv_prune_walk(struct wv_prune_work *w, uint64_t *page,
                                         wv_prune_visit_fn visit, struct wv_err *err);
/* Stored bytes of a body and of the encoded bytes it came in; WV_NO: it is gone already. */
WV_MUST_USE enum wv_status wv_prune_measure(struct wv_prune_work *w, const struct wv_capture *c,
                                            uint64_t *bytes, struct wv_err *err);

/* ---- retention_size.c ---- */

uint64_t wv_prune_stored(const struct wv_store_totals *totals);
/*
 * Up to which instant bodies must go for `size`: by a walk that counts. Sources' own bounds come
 * first; the archive's in the next round, when it is known what they took.
 */
WV_MUST_USE enum wv_status wv_prune_find_cutoffs(struct wv_prune_work *w,
                                                 const struct wv_store_totals *totals,
                                                 uint64_t round, struct wv_err *err);

#endif
