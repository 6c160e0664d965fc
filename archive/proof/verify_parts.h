#ifndef WV_ARCHIVE_PROOF_VERIFY_PARTS_H
#define WV_ARCHIVE_PROOF_VERIFY_PARTS_H

#include "archive/proof/verify.h"
#include "archive/store/load.h"

/* Between verify.c (walks, counters), verify_rows.c (what a row must agree with), verify_tree.c (the
 * log grown again) and verify_found.c (what they share). Not for others. */

/* What is summed up while tables pass by, to be compared with what the counters say. */
struct wv_verify_sums {
	uint64_t captures, capture_bytes, pages, articles;
	uint64_t bodies, body_bytes, article_bytes;
	uint64_t records[WV_STORED_KIND_COUNT], stored[WV_STORED_KIND_COUNT];
};

struct wv_verify_source {
	uint64_t captures, capture_bytes;
};

struct wv_verifier {
	struct wv_store *store;
	const struct wv_verify_options *options;
	struct wv_verify_counts counts;
	struct wv_state state; /* at the start: what lies above its numbers came later */
	struct wv_txn *txn;
	enum wv_table table;    /* being walked */
	struct wv_arena *arena; /* of one row */
	struct wv_loader loader;
	struct wv_buf bytes;
	struct wv_verify_sums sums;
	struct wv_verify_source *sources; /* by number */
	uint64_t *claimed;                /* bytes of each segment that a row points to */
	uint64_t sample_step;
	uint64_t newer[WV_TABLE_COUNT]; /* rows above the counters: a writer's, or nobody's */
	bool is_stopped;
};

/* WV_DAMAGED with words is a finding; so is WV_NO. Other failures end the check. */
typedef enum wv_status (*wv_verify_row)(struct wv_verifier *v, struct wv_slice key,
                                        struct wv_slice value, struct wv_err *err);

void wv_verify_found(struct wv_verifier *v, enum wv_table table, const char *record,
                     const char *format, ...) WV_PRINTF(4, 5);
/* Begins the transaction anew: whatever was read before is gone. */
WV_MUST_USE enum wv_status wv_verify_renew(struct wv_verifier *v, struct wv_err *err);

/* The check of a table of archive/'s own; NULL: reading its rows is all. */
wv_verify_row wv_verify_check_of(enum wv_table table);
WV_MUST_USE enum wv_status wv_verify_tree(struct wv_verifier *v, struct wv_err *err);

/* How long one transaction reads. */
#define WV_VERIFY_SLICE_US (100 * WV_US_PER_MS)

#endif
