#include "archive/store/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "archive/store/commit.h"
#include "config/base/clock.h"

#define QUEUE_ROOM    256u
#define GROUP_BATCHES 256u
#define GROUP_BYTES   (8u * 1024u * 1024u)
#define GROUP_US      (50 * WV_US_PER_MS)

struct wv_writer {
	struct wv_store *store;
	struct wv_writer_options options;
	pthread_t thread;
	/* The thread's alone: the group being committed. */
	struct wv_batch **group;
	enum wv_status *statuses;

	pthread_mutex_t lock; /* guards all below; a leaf: nothing else is taken while it is held */
	pthread_cond_t changed; /* there is room, or a group is done */
	pthread_cond_t ready;   /* the thread has a reason to go on: it alone waits for this one */
	struct wv_batch **queue; /* a ring of options.queue_room */
	size_t first, count;
	size_t bytes;    /* of what is queued */
	size_t urgent;   /* batches in a hurry that are queued */
	size_t flushing; /* callers inside wv_writer_flush */
	uint64_t submitted, finished;
	bool is_hurried; /* what is queued, or comes next, waits for no company */
	bool is_stopping;
	struct wv_writer_counts counts;
};

void wv_batch_hurry(struct wv_batch *batch)
{
	batch->is_urgent = true;
}

/* Waits at most until `end` of the monotonic clock; waiting is not telling the time, so this is
 * the machine's clock also where the store's is simulated. */
static bool wait_until_locked(struct wv_writer *writer, struct wv_mono end)
{
	struct timespec at = {.tv_sec = (time_t)(end.us / WV_US_PER_S),
	                      .tv_nsec = (long)(end.us % WV_US_PER_S) * 1000};

	return pthread_cond_timedwait(&writer->ready, &writer->lock, &at) == 0;
}

static bool is_group_full_locked(const struct wv_writer *writer)
{
	return writer->count >= writer->options.group_batches ||
	       writer->count >= writer->options.queue_room ||
	       writer->bytes >= writer->options.group_bytes;
}

/* Waits for a first batch, then a while for company. False: stopped and nothing left. */
static bool wait_for_group_locked(struct wv_writer *writer)
{
	struct wv_mono end;

	while (writer->count == 0 && !writer->is_stopping)
		pthread_cond_wait(&writer->ready, &writer->lock);
	if (writer->count == 0)
		return false;
	end.us = wv_clock_mono(wv_clock_system()).us + writer->options.group_us;
	while (writer->options.group_us > 0 && !writer->is_stopping && !writer->urgent && !writer->is_hurried &&
	       !writer->flushing && !is_group_full_locked(writer))
		if (!wait_until_locked(writer, end))
			break;
	return true;
}

static size_t take_group_locked(struct wv_writer *writer)
{
	size_t n = 0, bytes = 0;

	while (writer->count && n < writer->options.group_batches &&
	       (n == 0 || bytes < writer->options.group_bytes)) {
		struct wv_batch *batch = writer->queue[writer->first];

		writer->first = (writer->first + 1) % writer->options.queue_room;
		writer->count--;
		writer->urgent -= batch->is_urgent;
		bytes += wv_batch_bytes(batch);
		writer->group[n++] = batch;
	}
	writer->bytes -= bytes;
	writer->is_hurried = false;
	pthread_cond_broadcast(&writer->changed);
	return n;
}

static void *run(void *context)
{
	struct wv_writer *writer = context;

	pthread_mutex_lock(&writer->lock);
	while (wait_for_group_locked(writer)) {
		size_t n = take_group_locked(writer), captures = 0, refused = 0;
		enum wv_status st;

		pthread_mutex_unlock(&writer->lock);
		st = wv_batch_commit(writer->store, writer->group, n, writer->statuses, NULL);
		for (size_t i = 0; i < n; i++) {
			if (writer->statuses[i] == WV_OK)
				captures += writer->group[i]->capture_count;
			else
				refused++;
			wv_batch_free(&writer->group[i]);
		}
		pthread_mutex_lock(&writer->lock);
		writer->finished += n;
		writer->counts.batches += n - refused;
		writer->counts.refused += refused;
		writer->counts.captures += captures;
		if (st == WV_OK)
			writer->counts.commits++;
		else
			writer->counts.last_failure = st;
		pthread_cond_broadcast(&writer->changed);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static void free_writer(struct wv_writer *writer)
{
	free(writer->group);
	free(writer->statuses);
	free(writer->queue);
	free(writer);
}

static bool init_sync(struct wv_writer *writer)
{
	pthread_condattr_t monotonic;
	bool is_done;

	if (pthread_condattr_init(&monotonic) != 0)
		return false;
	is_done = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
	          pthread_cond_init(&writer->ready, &monotonic) == 0;
	pthread_condattr_destroy(&monotonic);
	if (!is_done)
		return false;
	if (pthread_cond_init(&writer->changed, NULL) == 0) {
		if (pthread_mutex_init(&writer->lock, NULL) == 0)
			return true;
		pthread_cond_destroy(&writer->changed);
	}
	pthread_cond_destroy(&writer->ready);
	return false;
}

enum wv_status wv_writer_start(struct wv_store *store, const struct wv_writer_options *options,
                               struct wv_writer **out, struct wv_err *err)
{
	struct wv_writer *writer = calloc(1, sizeof *writer);
	struct wv_writer_options o = options ? *options : (struct wv_writer_options){0};

	if (!writer)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	o.queue_room = o.queue_room ? o.queue_room : QUEUE_ROOM;
	o.group_batches = o.group_batches ? o.group_batches : GROUP_BATCHES;
	o.group_bytes = o.group_bytes ? o.group_bytes : GROUP_BYTES;
	o.group_us = o.group_us ? o.group_us : GROUP_US;
	writer->store = store;
	writer->options = o;
	writer->group = calloc(o.group_batches, sizeof(struct wv_batch *));
	writer->statuses = calloc(o.group_batches, sizeof *writer->statuses);
	writer->queue = calloc(o.queue_room, sizeof(struct wv_batch *));
	if (!writer->group || !writer->statuses || !writer->queue || !init_sync(writer)) {
		free_writer(writer);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	if (pthread_create(&writer->thread, NULL, run, writer) != 0) {
		pthread_cond_destroy(&writer->ready);
		pthread_cond_destroy(&writer->changed);
		pthread_mutex_destroy(&writer->lock);
		free_writer(writer);
		return wv_err_set(err, WV_NOMEM, "cannot start the writer's thread");
	}
	*out = writer;
	return WV_OK;
}

/* The batch never entered the queue. */
static enum wv_status refuse(struct wv_batch **take_batch)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_batch *batch = *take_batch;

	wv_err_set(&err, WV_STOPPED, "the writer has stopped");
	if (batch->done)
		batch->done(WV_STOPPED, NULL, &err, batch->done_context);
	wv_batch_free(take_batch);
	return WV_STOPPED;
}

enum wv_status wv_writer_submit(struct wv_writer *writer, struct wv_batch **take_batch)
{
	struct wv_batch *batch = *take_batch;

	pthread_mutex_lock(&writer->lock);
	while (writer->count == writer->options.queue_room && !writer->is_stopping)
		pthread_cond_wait(&writer->changed, &writer->lock);
	if (writer->is_stopping) {
		pthread_mutex_unlock(&writer->lock);
		return refuse(take_batch);
	}
	writer->queue[(writer->first + writer->count) % writer->options.queue_room] = batch;
	writer->count++;
	writer->bytes += wv_batch_bytes(batch);
	writer->urgent += batch->is_urgent;
	writer->submitted++;
	*take_batch = NULL;
	/* The thread sleeps until its group is whole: not every batch is worth a wake. */
	if (writer->count == 1 || writer->urgent || is_group_full_locked(writer))
		pthread_cond_signal(&writer->ready);
	pthread_mutex_unlock(&writer->lock);
	return WV_OK;
}

void wv_writer_hurry(struct wv_writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->is_hurried = true;
	pthread_cond_signal(&writer->ready);
	pthread_mutex_unlock(&writer->lock);
}

void wv_writer_flush(struct wv_writer *writer)
{
	uint64_t all;

	pthread_mutex_lock(&writer->lock);
	all = writer->submitted;
	writer->flushing++;
	pthread_cond_signal(&writer->ready);
	while (writer->finished < all)
		pthread_cond_wait(&writer->changed, &writer->lock);
	writer->flushing--;
	pthread_mutex_unlock(&writer->lock);
}

void wv_writer_stop(struct wv_writer **writer)
{
	struct wv_writer *w = *writer;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->is_stopping = true;
	pthread_cond_signal(&w->ready);
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->ready);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free_writer(w);
	*writer = NULL;
}

void wv_writer_counts(struct wv_writer *writer, struct wv_writer_counts *out)
{
	pthread_mutex_lock(&writer->lock);
	*out = writer->counts;
	pthread_mutex_unlock(&writer->lock);
}
