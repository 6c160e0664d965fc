#ifndef WV_ARCHIVE_STORE_WRITER_H
#define WV_ARCHIVE_STORE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "archive/store/batch.h"
#include "archive/store/store.h"

/* The one thread that writes: commits batches in groups. See store.h for the whole path. */
struct wv_writer;

struct wv_writer_options {
	size_t queue_room;    /* 0: 256; a full queue makes submitters wait */
	size_t group_batches; /* 0: 256 */
	size_t group_bytes;   /* 0: 8 MiB */
	int64_t group_us;     /* 0: 50 ms; how long a batch waits for company; -1: not at all */
};

/* The store must be writable, its flock held, and outlive the writer. */
WV_MUST_USE enum wv_status wv_writer_start(struct wv_store *store,
                                           const struct wv_writer_options *options,
                                           struct wv_writer **out, struct wv_err *err);

/*
 * A batch that somebody waits for (a lease, before the first request to a host) is committed at
 * once, with whatever else is queued; so is everything while wv_writer_flush waits.
 */
void wv_batch_hurry(struct wv_batch *batch);

/*
 * Gives the batch away, always; waits while the queue is full. Its `done` callback runs later, in
 * the writer thread. WV_STOPPED after wv_writer_stop began: `done` ran with it before this
 * returns. Any thread but the writer's own.
 */
enum wv_status wv_writer_submit(struct wv_writer *writer, struct wv_batch **take_batch);

/* Nothing more is on its way: the group that is queued, or the next batch, is committed at once. */
void wv_writer_hurry(struct wv_writer *writer);
/* Waits until all that was submitted before is durable or refused. */
void wv_writer_flush(struct wv_writer *writer);

/* Commits what is queued, ends the thread, frees. NULL is fine. */
void wv_writer_stop(struct wv_writer **writer);

struct wv_writer_counts {
	uint64_t batches, captures; /* durable */
	uint64_t refused;           /* batches that were not */
	uint64_t commits;
	enum wv_status last_failure; /* of a whole transaction; WV_OK: none yet */
};
void wv_writer_counts(struct wv_writer *writer, struct wv_writer_counts *out);

#endif
