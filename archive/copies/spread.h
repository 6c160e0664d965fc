#ifndef WV_ARCHIVE_COPIES_SPREAD_H
#define WV_ARCHIVE_COPIES_SPREAD_H

#include "archive/copies/attribution.h"
#include "archive/store/lookup.h"

/*
 * How one text spread: the pages of a copy cluster in the order in which they published it, as
 * of (T, K). Pages of which a capture had the text by T; what joined them was captured by T too,
 * so a bridge that came later does not show, nor one that is hidden (visible.h). What was taken down
 * (register.h) is left out. In the
 * caller's transaction, into its arena.
 */

/* Another page of the spread, or a source of the archive, that a claim means. */
struct wv_spread_claim {
	struct wv_claim claim;
	size_t page;            /* index in the spread, or SIZE_MAX */
	struct wv_slice source; /* of the archive, with that name; empty: none */
};

struct wv_spread_page {
	uint64_t page;
	struct wv_capture first;     /* the first capture of the page that has the text ... */
	struct wv_article article;   /* ... and what it said, as known at K */
	uint64_t captures;           /* of the page in the cluster, by T */
	/* When the page published it: no earlier, no later. `earliest` is WV_TIME_NONE where nothing
	 * that can be true is stated; `latest` is never above the first capture. */
	struct wv_time earliest, latest;
	struct wv_slice basis;       /* where the page states it, or "first seen" */
	bool states_later;           /* it states a time after its own first capture */
	bool is_surely_later;        /* than the page before it: the intervals do not meet */
	double of_origin;            /* share of this text that the first page's holds */
	double in_origin;            /* share of the first page's text that this one holds */
	const struct wv_spread_claim *claims;
	size_t claim_count;
};

struct wv_spread {
	uint64_t cluster;            /* ID: its smallest leaf; of a page without copies its own */
	const struct wv_spread_page *pages; /* the first is the origin */
	size_t count;
	uint64_t taken_down;         /* captures in it that were blocked or erased; not hidden ones */
};

struct wv_spread_query {
	uint64_t capture;            /* which, with an article (not what it stands for) */
	struct wv_time at;           /* T; WV_TIME_NONE: now */
	struct wv_time known_at;     /* K */
	struct wv_time now;          /* for take-downs that run out */
	bool is_brief;               /* who and when alone: no shares, no claims */
};
/* WV_NO: the capture is in no cluster, not even its own (no article; not known at K). A cluster
 * of above WV_SPREAD_CAPTURES_MAX captures: WV_LIMIT. */
#define WV_SPREAD_CAPTURES_MAX 20000u
WV_MUST_USE enum wv_status wv_spread_of(struct wv_txn *txn, struct wv_arena *arena,
                                        const struct wv_spread_query *query,
                                        struct wv_spread *out, struct wv_err *err);

/* The claims of one article, matched with the archive's sources that had captures by (T, K), of
 * which the query is asked; page is SIZE_MAX. */
WV_MUST_USE enum wv_status wv_spread_claims(struct wv_txn *txn, struct wv_arena *arena,
                                            const struct wv_spread_query *query,
                                            const struct wv_article *article,
                                            struct wv_spread_claim **out, size_t *count,
                                            struct wv_err *err);

#endif
