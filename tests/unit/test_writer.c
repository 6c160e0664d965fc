#include "archive/store/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "archive/store/lookup.h"
#include "tests/support/archive.h"

#define THREADS 4
#define BATCHES 100

struct tally {
	atomic_int done, failed, applied;
};

static void count(enum wv_status status, const struct wv_batch_result *result,
                  const struct wv_err *err, void *context)
{
	struct tally *tally = context;

	WV_ASSERT(err && (status == WV_OK) == (result != NULL));
	if (status == WV_OK)
		atomic_fetch_add(&tally->done, 1);
	else
		atomic_fetch_add(&tally->failed, 1);
}

/* A row of the crawler's own, committed with the capture it belongs to. */
static enum wv_status put_row(struct wv_txn *txn, const struct wv_batch_result *result,
                              void *context, struct wv_err *err)
{
	struct tally *tally = context;
	unsigned char key[8];

	atomic_fetch_add(&tally->applied, 1);
	wv_store_u64_be(key, result->captures[0].id);
	return wv_txn_put(txn, WV_TABLE_LEDGER, wv_slice(key, sizeof key), WV_LIT("row"), err);
}

struct job {
	struct wv_store *store;
	struct wv_writer *writer;
	struct tally *tally;
	int number;
};

static struct wv_batch *make(struct wv_store *store, struct tally *tally, int thread, int i)
{
	char url[64], key[64], body[64];
	struct wv_capture capture = {.captured = {i}, .status = 200, .source = WV_LIT("S")};
	struct wv_batch_body bytes = {.coding = WV_WIRE_OTHER};
	struct wv_batch *batch = NULL;

	snprintf(url, sizeof url, "https://example.com/%d/%d", thread, i % 10);
	snprintf(key, sizeof key, "com,example)/%d/%d", thread, i % 10);
	snprintf(body, sizeof body, "body %d", i % 30);
	capture.url = wv_slice_of(url);
	capture.page_key = wv_slice_of(key);
	bytes.bytes = wv_slice_of(body);
	WV_ASSERT(wv_batch_new(store, &batch, NULL) == WV_OK);
	WV_ASSERT(wv_batch_add_capture(batch, &capture, &bytes, NULL, NULL, NULL) == WV_OK);
	WV_ASSERT(wv_batch_add_apply(batch, put_row, tally, NULL) == WV_OK);
	wv_batch_on_done(batch, count, tally);
	return batch;
}

static void *submit_many(void *context)
{
	struct job *job = context;

	for (int i = 0; i < BATCHES; i++) {
		struct wv_batch *batch = make(job->store, job->tally, job->number, i);

		if (i % 20 == 0)
			wv_batch_hurry(batch);
		WV_ASSERT(wv_writer_submit(job->writer, &batch) == WV_OK);
		WV_ASSERT(batch == NULL);
	}
	return NULL;
}

static void assert_counts(struct wv_store *store, uint64_t captures, uint64_t rows)
{
	struct wv_store_totals totals;
	struct wv_txn *txn = NULL;
	uint64_t n;

	assert_int_equal(wv_store_begin_read(store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	assert_int_equal(totals.captures, captures);
	assert_int_equal(wv_txn_count(txn, WV_TABLE_LEDGER, &n, NULL), WV_OK);
	assert_int_equal(n, rows);
	wv_txn_abort(&txn);
}

static void test_many_threads(void **state)
{
	const struct wv_writer_options options = {.queue_room = 16, .group_us = 2000};
	struct tally tally = {0};
	struct wv_writer_counts counts;
	struct wv_writer *writer = NULL;
	struct wv_test_archive a;
	struct job jobs[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_writer_start(a.store, &options, &writer, NULL), WV_OK);
	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){a.store, writer, &tally, i};
		assert_int_equal(pthread_create(&threads[i], NULL, submit_many, &jobs[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	wv_writer_flush(writer);
	assert_int_equal(atomic_load(&tally.done), THREADS * BATCHES);
	assert_int_equal(atomic_load(&tally.failed), 0);
	wv_writer_counts(writer, &counts);
	assert_int_equal(counts.captures, THREADS * BATCHES);
	assert_true(counts.commits < THREADS * BATCHES); /* in groups */
	assert_counts(a.store, THREADS * BATCHES, THREADS * BATCHES);
	wv_writer_stop(&writer);
	assert_null(writer);
	wv_test_archive_close(&a);
}

static void test_stop_commits_what_is_queued(void **state)
{
	const struct wv_writer_options options = {.group_us = 60 * WV_US_PER_S};
	struct tally tally = {0};
	struct wv_writer *writer = NULL;
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_writer_start(a.store, &options, &writer, NULL), WV_OK);
	for (int i = 0; i < 5; i++) {
		struct wv_batch *batch = make(a.store, &tally, 0, i);

		assert_int_equal(wv_writer_submit(writer, &batch), WV_OK);
	}
	wv_writer_stop(&writer);
	assert_int_equal(atomic_load(&tally.done), 5);
	assert_counts(a.store, 5, 5);
	wv_test_archive_close(&a);
}

static void post(enum wv_status status, const struct wv_batch_result *result,
                 const struct wv_err *err, void *context)
{
	WV_ASSERT(status == WV_OK && result && err);
	sem_post(context);
}

static bool comes_within_s(sem_t *done, time_t s)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += s;
	return sem_timedwait(done, &at) == 0;
}

/* Of a writer that would wait a minute for company: hurried before the batch comes, and after. */
static void test_hurry(void **state)
{
	const struct wv_writer_options options = {.group_us = 60 * WV_US_PER_S};
	struct tally tally = {0};
	struct wv_writer *writer = NULL;
	struct wv_test_archive a;
	sem_t done;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(sem_init(&done, 0, 0), 0);
	assert_int_equal(wv_writer_start(a.store, &options, &writer, NULL), WV_OK);
	for (int i = 0; i < 4; i++) {
		struct wv_batch *batch = make(a.store, &tally, 0, i);

		wv_batch_on_done(batch, post, &done);
		if (i % 2 == 0)
			wv_writer_hurry(writer);
		assert_int_equal(wv_writer_submit(writer, &batch), WV_OK);
		if (i % 2 == 1)
			wv_writer_hurry(writer);
		assert_true(comes_within_s(&done, 30));
	}
	wv_writer_stop(&writer);
	assert_counts(a.store, 4, 4);
	sem_destroy(&done);
	wv_test_archive_close(&a);
}

static enum wv_status refuse(struct wv_txn *txn, const struct wv_batch_result *result,
                             void *context, struct wv_err *err)
{
	(void)txn;
	(void)result;
	(void)context;
	return wv_err_set(err, WV_CONFLICT, "not this one");
}

static void test_a_refused_batch_does_not_take_others_along(void **state)
{
	struct tally tally = {0};
	struct wv_writer *writer = NULL;
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(wv_writer_start(a.store, NULL, &writer, NULL), WV_OK);
	for (int i = 0; i < 9; i++) {
		struct wv_batch *batch = make(a.store, &tally, 0, i);

		if (i % 3 == 1)
			assert_int_equal(wv_batch_add_apply(batch, refuse, NULL, NULL), WV_OK);
		assert_int_equal(wv_writer_submit(writer, &batch), WV_OK);
	}
	wv_writer_flush(writer);
	assert_int_equal(atomic_load(&tally.done), 6);
	assert_int_equal(atomic_load(&tally.failed), 3);
	assert_counts(a.store, 6, 6);
	wv_writer_stop(&writer);
	wv_test_archive_close(&a);
}

/* A map that fills: refused cleanly, all before it is kept, and the writer goes on refusing. */
static void test_a_full_map(void **state)
{
	const struct wv_store_options small = {.create = true, .map_bytes = 1 << 20};
	struct tally tally = {0};
	struct wv_writer_counts counts;
	struct wv_writer *writer = NULL;
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, &small);
	assert_int_equal(wv_writer_start(a.store, NULL, &writer, NULL), WV_OK);
	for (int i = 0; i < 60; i++) {
		struct wv_capture capture = wv_test_capture(&a, "/big", i);
		struct wv_batch_body body = {.coding = WV_WIRE_OTHER};
		struct wv_batch *batch = NULL;
		unsigned char *noise = wv_arena_alloc(a.arena, 50000);

		assert_int_equal(wv_random_bytes(noise, 50000, NULL), WV_OK);
		body.bytes = wv_slice(noise, 50000);
		assert_int_equal(wv_batch_new(a.store, &batch, NULL), WV_OK);
		assert_int_equal(wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL),
		                 WV_OK);
		wv_batch_on_done(batch, count, &tally);
		assert_int_equal(wv_writer_submit(writer, &batch), WV_OK);
		wv_writer_flush(writer);
	}
	assert_true(atomic_load(&tally.done) > 2);
	assert_true(atomic_load(&tally.failed) > 20);
	wv_writer_counts(writer, &counts);
	assert_int_equal(counts.last_failure, WV_FULL);
	wv_writer_stop(&writer);
	assert_counts(a.store, (uint64_t)atomic_load(&tally.done), 0);
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_stop_commits_what_is_queued),
		cmocka_unit_test(test_hurry),
		cmocka_unit_test(test_a_refused_batch_does_not_take_others_along),
		cmocka_unit_test(test_a_full_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
