#ifndef WV_ARCHIVE_STORE_BATCH_H
#define WV_ARCHIVE_STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "archive/store/capture.h"
#include "archive/store/db.h"
#include "archive/store/store.h"

/*
 * All that one page commits together; store.h explains the way of it. Made and filled by one
 * thread, given away by wv_writer_submit. Everything is copied in; nothing passed need outlive
 * the call, except the contexts of the callbacks, which live until `done` has run.
 */
struct wv_batch;

WV_MUST_USE enum wv_status wv_batch_new(struct wv_store *store, struct wv_batch **out,
                                        struct wv_err *err);
void wv_batch_free(struct wv_batch **batch); /* only of a batch that was not submitted */

/* The content coding that `wire` was in, if it is a single one that zlib knows. */
enum wv_wire_coding { WV_WIRE_OTHER, WV_WIRE_GZIP, WV_WIRE_DEFLATE };

struct wv_batch_body {
	struct wv_slice bytes; /* decoded */
	struct wv_slice wire;  /* bytes before content decoding, to be kept; empty: not kept */
	enum wv_wire_coding coding;
	/* `bytes` were just made of `wire` by this coding alone, to its end: it is not tried again. */
	bool wire_gives_bytes;
	/* `wire` is only the cheapest form to begin with: `compact` may store the body in a smaller
	 * one and let the encoded bytes go. */
	bool wire_may_go;
	/* The capture's `body`, and `encoded` where `wire` is given, are digests that the caller has
	 * just made of these very bytes: they are not hashed again. */
	bool is_hashed;
	/* Store the body as a delta now where one helps, which costs a read of its base and some
	 * milliseconds a MB, instead of leaving it to `compact`. Not where `wire` gives the body.
	 */
	bool wants_delta;
};

/*
 * Adds a capture; `*index` (may be NULL) is its place in the result.
 *
 * capture  the store sets id, page, recorded, flags SAME_BODY and SIMULATED_CLOCK, version,
 *          stands_for, and with `body` given: has_body, body, body_bytes. `encoded` is the
 *          caller's (it hashes while reading), `extractor` and `model` come from the article.
 * body     NULL: no new bytes. Then has_body with a digest names bytes had before, as
 *          wv_store_find_encoded gave them (WV_CONFLICT at the commit if they are gone), and a 304
 *          (NOT_MODIFIED) without has_body means the body of the page's newest capture that
 *          stands; it takes verdict and version from there.
 * article  NULL: not extracted. A capture that repeats a body needs none: it stands for the one
 *          that has it.
 * page_key at most WV_LIMIT_PAGE_KEY_BYTES, url at most WV_LIMIT_URL_BYTES (WV_LIMIT).
 *
 * A capture whose page asks not to be kept (NOARCHIVE) is given without bytes but with its
 * digest: has_body is then false and digest and size are kept in the record all the same.
 */
WV_MUST_USE enum wv_status wv_batch_add_capture(struct wv_batch *batch,
                                                const struct wv_capture *capture,
                                                const struct wv_batch_body *body,
                                                const struct wv_article *article, size_t *index,
                                                struct wv_err *err);

/* A new reading of a capture that is there (re-extraction): a row beside the old ones. */
WV_MUST_USE enum wv_status wv_batch_add_article(struct wv_batch *batch, uint64_t capture_id,
                                                const struct wv_article *article,
                                                struct wv_err *err);

struct wv_batch_capture {
	uint64_t id, page;
	bool is_new_page;
	bool is_new_body; /* its bytes were not in the archive before */
	bool has_version;
	bool is_new_version; /* differs from the version that stood before it on its page */
	struct wv_digest version;
	bool has_previous; /* of the same page, by captured time */
	uint64_t previous_id;
	struct wv_time previous_captured;
	bool has_stands_for;
	uint64_t stands_for;
};

struct wv_batch_result {
	struct wv_time recorded;
	const struct wv_batch_capture *captures;
	size_t capture_count;
};

/*
 * Runs inside the write transaction after the batch's captures, in order of adding, possibly more
 * than once: it writes tables through `txn` and changes nothing else. Not WV_OK refuses the whole
 * batch with that status.
 */
typedef enum wv_status (*wv_batch_apply)(struct wv_txn *txn, const struct wv_batch_result *result,
                                         void *context, struct wv_err *err);
WV_MUST_USE enum wv_status wv_batch_add_apply(struct wv_batch *batch, wv_batch_apply apply,
                                              void *context, struct wv_err *err);

/*
 * Runs once, in the writer thread, when the batch is durable (WV_OK) or was refused; `err` is
 * never NULL and says why. `result` is NULL unless WV_OK. Must not submit and wait.
 */
typedef void (*wv_batch_done)(enum wv_status status, const struct wv_batch_result *result,
                              const struct wv_err *err, void *context);
void wv_batch_on_done(struct wv_batch *batch, wv_batch_done done, void *context);

/* Bytes it holds, for budgets. */
size_t wv_batch_bytes(const struct wv_batch *batch);

/*
 * What the writer does with a group, also for programs without threads (tests, tools): one
 * transaction for all `count` batches, as store.h says under "Failure". statuses[i] is set for
 * each; `done` callbacks run, batches stay the caller's. WV_OK if the transaction was durable,
 * though some batches may have been refused.
 */
WV_MUST_USE enum wv_status wv_batch_commit(struct wv_store *store, struct wv_batch *const *batches,
                                           size_t count, enum wv_status *statuses,
                                           struct wv_err *err);

#endif
