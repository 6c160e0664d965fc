#ifndef WV_CRAWLER_PIPELINE_INNER_H
#define WV_CRAWLER_PIPELINE_INNER_H

#include <pthread.h>

#include "archive/copies/follow.h"
#include "archive/proof/head.h"
#include "config/base/queue.h"
#include "config/zone.h"
#include "crawler/fetch/fetch.h"
#include "crawler/job.h"
#include "crawler/pipeline.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/plan.h"

/*
 * What the files of a run share:
 *   pipeline.c       the loop: steps, answers, completions, what is reported
 *   pipeline_step.c  the plan's steps: what is asked, refused, leased
 *   pipeline_open.c  opening and closing all that a run needs
 */

/*
 * Jobs between an answer and its commit: two groups of the writer's, one being committed, one
 * coming together. The bound makes room in the queue back certain, so that nobody waits on it, and
 * with that of their answers' bytes it is what a run's memory comes to where the disk is slow: the
 * same after a minute and after a day.
 */
#define JOBS_OUT_MAX 128u
#define BYTES_OUT_MAX (3u * WV_MIB)
#define BACK_ROOM    (JOBS_OUT_MAX * 4u)
#define WORKERS_MAX  64u

struct run {
	const struct wv_pipeline_options *options;
	struct wv_pipeline_report *report;
	const struct wv_settings *settings;
	struct wv_clock *clock;
	struct wv_arena *arena;
	struct wv_arena *scratch; /* fetch thread, for the moment */
	struct wv_lock *lock;
	struct wv_store *store;
	struct wv_head_key *key; /* signs the log's head when the run ends */
	struct wv_copies_follower *copies;
	struct wv_frontier *frontier;
	struct wv_plan *plan;
	struct wv_fetch *fetch;
	struct wv_writer *writer;
	struct wv_guard guard;
	struct wv_job_facts facts;
	struct wv_zones *zone_cache;
	const struct wv_zone **zones;
	struct wv_topic_set *topics;
	struct wv_queue *work, *back;
	pthread_t workers[WORKERS_MAX];
	uint32_t worker_count;
	bool *source_asked, *source_reached;
	bool *only_sources; /* beside the sources: named by URLs given; NULL: all are meant */
	struct wv_mono started, ends, last_progress, last_disk_look, last_trim;
	char silence[300]; /* the first host that did not answer, and why */
	uint64_t max_pages;
	uint32_t in_flight; /* started, not answered */
	uint32_t jobs_out;  /* given away, not back */
	uint64_t bytes_out; /* of their answers */
	bool is_stopping;   /* nothing new is asked */
	bool was_cut;       /* something was dropped or not kept: the run does not close in order */
	bool is_cancelled;
	bool is_done;
	enum wv_done_reason done;
	enum wv_status failure;
	struct wv_err failure_err;
};

/* pipeline_step.c: takes steps until the plan wants to wait, and until when; run->is_done when it
 * is through. */
enum wv_status run_take_steps(struct run *run, struct wv_mono *until, struct wv_err *err);
/* A small job of the fetch thread's own: straight to the writer. */
enum wv_status run_send_small_job(struct run *run, struct wv_job *job, struct wv_err *err);
/* pipeline_work.c: a page worker's thread; the run is its context. */
void *run_work(void *context);
/* A job with its batch goes to the writer, or straight back with what went wrong. */
void run_pass_on(struct run *run, struct wv_job *job, enum wv_status st);

/* pipeline_open.c */
enum wv_status run_open(struct run *run, struct wv_err *err);
/* Also of a run that opened in part. */
void run_close(struct run *run);

#endif
