#ifndef WV_CRAWLER_IMPORT_INNER_H
#define WV_CRAWLER_IMPORT_INNER_H

#include <pthread.h>

#include "archive/store/writer.h"
#include "crawler/fetch/budget.h"
#include "crawler/import.h"
#include "crawler/job.h"

/* Between import.c, which takes one capture to the writer, and those that find captures. */
struct wv_import {
	const struct wv_import_options *options;
	struct wv_import_counts *counts;
	struct wv_job_facts facts;
	struct wv_job_tools tools;
	struct wv_budget *budget;
	struct wv_writer *writer;
	struct wv_arena *arena;  /* of what is looked up for one capture */
	size_t submitted_bytes;  /* since the last flush: what may wait in the queue is bounded */
	bool has_new_bodies;     /* since then: what is not found may be among them */
	pthread_mutex_t lock;    /* guards all below; a leaf */
	bool has_lock;
	uint64_t captures, articles, there;
	enum wv_status failure;
	struct wv_err failure_err;
};

WV_MUST_USE enum wv_status wv_import_begin(struct wv_import *import,
                                           const struct wv_import_options *options,
                                           struct wv_import_counts *counts, struct wv_err *err);
/* Waits for what was submitted; `st` is how the reading went. */
WV_MUST_USE enum wv_status wv_import_end(struct wv_import *import, enum wv_status st,
                                         struct wv_err *err);

/* One capture. Everything is copied. */
struct wv_item {
	uint64_t at;              /* where it was found, for faults */
	struct wv_slice url;
	struct wv_time captured;
	int32_t status;           /* 0: no answer; `reason` says why */
	enum wv_fetch_outcome outcome;
	struct wv_slice headers;  /* as the server sent them */
	struct wv_slice request, address, basis, reason, source;
	struct wv_slice body;     /* without transfer coding; where given.has_bytes */
	struct wv_given given;
};
/* What cannot be taken is a fault and WV_OK. */
WV_MUST_USE enum wv_status wv_import_add(struct wv_import *import, const struct wv_item *item,
                                         struct wv_err *err);
/* All that was added is in the archive, or refused, after this. */
WV_MUST_USE enum wv_status wv_import_flush(struct wv_import *import, struct wv_err *err);
/* A 304 may name only a body that is here: given->has_digest ends as whether it is. */
WV_MUST_USE enum wv_status wv_import_confirm(struct wv_import *import, struct wv_given *given,
                                             struct wv_err *err);
/* import_revisit.c: the bytes that a revisit record repeats, and what is known of their encoded form,
 * appended to the empty `body`; given->has_bytes tells whether the archive has them. */
struct wv_warc_record;
WV_MUST_USE enum wv_status wv_import_find_body(struct wv_import *import,
                                               const struct wv_warc_record *record,
                                               struct wv_given *given, struct wv_buf *body,
                                               struct wv_err *err);
void wv_import_fault(struct wv_import *import, uint64_t at, const char *why);
/* Progress, and whether to stop: WV_STOPPED. Call it once a record. */
WV_MUST_USE enum wv_status wv_import_look_up(struct wv_import *import, struct wv_err *err);

#endif
