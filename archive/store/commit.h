#ifndef WV_ARCHIVE_STORE_COMMIT_H
#define WV_ARCHIVE_STORE_COMMIT_H

#include <stddef.h>

#include "archive/store/batch.h"
#include "archive/store/blob.h"
#include "archive/store/record.h"
#include "archive/store/before.h"
#include "archive/store/reference.h"
#include "archive/store/store.h"

/*
 * Between batch.c, which prepares in the worker, commit.c, which runs the transaction, and
 * store.c. Not for others.
 */
#define WV_NO_BLOB SIZE_MAX

struct wv_prepared_article {
	struct wv_article_row row; /* all but `recorded` */
	size_t blob;               /* its record, in wv_batch.blobs */
};

struct wv_prepared_capture {
	struct wv_capture capture; /* texts in the batch's arena */
	size_t body_blob;          /* WV_NO_BLOB: no new bytes */
	size_t wire_blob;          /* WV_NO_BLOB also where the archive has those bytes already */
	bool has_wire;
	enum wv_wire_coding coding;
	bool wire_may_go;
	bool has_article;
	struct wv_prepared_article article;
};

struct wv_prepared_reading {
	uint64_t capture_id;
	struct wv_prepared_article article;
};

struct wv_prepared_apply {
	wv_batch_apply apply;
	void *context;
};

struct wv_batch {
	struct wv_store *store;
	struct wv_arena *arena;
	struct wv_prepared_capture *captures;
	struct wv_batch_capture *results; /* beside captures */
	size_t capture_count, capture_room, result_room;
	struct wv_prepared_reading *readings;
	size_t reading_count, reading_room;
	struct wv_prepared_apply *applies;
	size_t apply_count, apply_room;
	struct wv_blob *blobs;
	size_t blob_count, blob_room;
	size_t stored_bytes; /* of all blobs */
	bool is_urgent;
	wv_batch_done done;
	void *done_context;
};

/* --- what the transactions of one store keep between them (writer thread only) --- */

struct wv_registered_hook {
	wv_commit_hook run;
	void *context;
};

struct wv_store {
	struct wv_db *db;
	char *dir;
	const struct wv_clock *clock;
	bool is_read_only;
	bool is_simulated;
	struct wv_registered_hook hooks[WV_STORE_HOOKS_MAX];
	size_t hook_count;
	struct wv_references references;
	struct wv_before_memory before;
};

WV_MUST_USE enum wv_status wv_state_put(struct wv_txn *txn, const struct wv_state *state,
                                        struct wv_err *err);

#endif
