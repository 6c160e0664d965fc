#ifndef WV_ARCHIVE_CARE_COMPACT_INNER_H
#define WV_ARCHIVE_CARE_COMPACT_INNER_H

#include "archive/care/compact.h"
#include "archive/store/base.h"
#include "archive/store/load.h"

/*
 * Between compact_strings.c (byte strings, as they were or encoded anew), compact_captures.c (which
 * bodies captures need, page by page), compact_rows.c (all other rows), compact_slices.c (the
 * transactions they are written in) and compact.c (the new file and its place). Not for others.
 */

#define WV_COMPACT_PATH_BYTES 4096
#define WV_COMPACT_ROW_CAP    4096u

/* What one source's captures brought. */
struct wv_compact_share {
	uint64_t stored[WV_STORED_KIND_COUNT];
};

struct wv_compacting {
	struct wv_store *store;
	const struct wv_compact_options *options;
	struct wv_compact_counts counts;
	char made[WV_COMPACT_PATH_BYTES];
	struct wv_txn *from; /* all of the old file, read in one transaction: nobody writes */
	struct wv_db *db;    /* the new one */
	struct wv_txn *to;
	size_t written; /* by this transaction, about */
	struct wv_state old, state;
	struct wv_packer packer;
	struct wv_loader loader;         /* of the old file */
	struct wv_compact_share *shares; /* by source number */
	/* The page under way: its newest body so far, and its bytes where they are at hand. */
	bool has_newest, is_newest_good; /* good: of an answer with 200 */
	struct wv_blob_key newest;
	struct wv_buf newest_bytes; /* empty: not at hand */
	struct wv_buf raw, base_bytes, row;
};

/* ---- compact_slices.c ---- */

WV_MUST_USE enum wv_status wv_compact_begin_slice(struct wv_compacting *c, struct wv_err *err);
WV_MUST_USE enum wv_status wv_compact_end_slice(struct wv_compacting *c, struct wv_err *err);
/* After every row: a transaction holds its pages in memory, so it must not grow without end. */
WV_MUST_USE enum wv_status wv_compact_count(struct wv_compacting *c, size_t bytes,
                                            struct wv_err *err);

/* ---- compact_strings.c ---- */

/* Has the new file this string? WV_NO. */
WV_MUST_USE enum wv_status wv_compact_has(struct wv_compacting *c, const struct wv_blob_key *key,
                                          struct wv_err *err);
/* As it is stored in the old file. `row` is what the new one will say of it. */
WV_MUST_USE enum wv_status wv_compact_copy(struct wv_compacting *c, const struct wv_blob_key *key,
                                           const struct wv_blob_row *old,
                                           const struct wv_blob_row *row, uint32_t source,
                                           struct wv_err *err);
/* A string that stands alone, unless the new file has it. WV_NO: the old one lacks it too. */
WV_MUST_USE enum wv_status wv_compact_keep(struct wv_compacting *c, const struct wv_blob_key *key,
                                           uint32_t source, struct wv_err *err);
/* As a delta to what was chosen, or (NULL) alone. */
WV_MUST_USE enum wv_status wv_compact_recode(struct wv_compacting *c, const struct wv_blob_key *key,
                                             const struct wv_blob_row *old,
                                             const struct wv_base_choice *choice, uint32_t source,
                                             struct wv_err *err);

/* ---- compact_captures.c ---- */

WV_MUST_USE enum wv_status wv_compact_captures(struct wv_compacting *c, struct wv_err *err);
/* WV_NO: there is none. */
WV_MUST_USE enum wv_status wv_compact_encoded(struct wv_compacting *c,
                                              const struct wv_digest *encoded,
                                              struct wv_encoded_row *out, struct wv_err *err);

/* ---- compact_rows.c ---- */

typedef enum wv_status (*wv_compact_row_fn)(struct wv_compacting *c, struct wv_slice key,
                                            struct wv_slice value, struct wv_err *err);
/* Each row of a table of the old file goes through `copy`; NULL: as it is. */
WV_MUST_USE enum wv_status wv_compact_each_row(struct wv_compacting *c, enum wv_table table,
                                               wv_compact_row_fn copy, struct wv_err *err);
/* All but what captures brought: articles, strings that no capture names, all other tables. */
WV_MUST_USE enum wv_status wv_compact_rows(struct wv_compacting *c, struct wv_err *err);

#endif
