#ifndef WV_ARCHIVE_STORE_REVISE_H
#define WV_ARCHIVE_STORE_REVISE_H

#include "archive/store/row.h"
#include "archive/store/store.h"

/*
 * A write transaction that changes what is there instead of adding captures: erasing, pruning.
 * Dated as every commit is. The counters are read and written by wv_state_get and wv_state_put
 * (load.h, commit.h) inside it; wv_revision_commit adds the date. The writer's lock is held.
 */
struct wv_revision {
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_time recorded;
};
WV_MUST_USE enum wv_status wv_revision_begin(struct wv_store *store, struct wv_revision *out,
                                             struct wv_err *err);
/* Durable with WV_OK; ends the transaction always. */
WV_MUST_USE enum wv_status wv_revision_commit(struct wv_revision *revision, struct wv_err *err);
void wv_revision_end(struct wv_revision *revision); /* also a WV_AUTO handler; undoes what is open */

/*
 * Takes a capture out of captures, by-source, articles and the counters, and turns its leaf into an
 * erased one: the hash stays, page, time and salt go. Its byte strings are the caller's.
 */
struct wv_capture;
WV_MUST_USE enum wv_status wv_revision_forget_capture(struct wv_revision *revision, uint64_t id,
                                                      struct wv_err *err);
/* Stores a capture's row anew without the dictionary it leans on. */
WV_MUST_USE enum wv_status wv_revision_free_of_reference(struct wv_revision *revision, uint64_t id,
                                                         struct wv_err *err);

#endif
