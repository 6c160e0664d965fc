#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/proof/merkle.h"
#include "archive/store/lock.h"
#include "archive/store/lookup.h"
#include "archive/store/writer.h"
#include "config/base/limits.h"
#include "tests/support/alloc.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

#define BATCHES 24

/* --- the nth step fails --- */

struct plan {
	uint64_t fail_at, steps;
	enum wv_status how;
};

static enum wv_status fail_nth(void *context, const char *step)
{
	struct plan *plan = context;

	/* After a commit it is too late to fail. */
	if (wv_slice_equals(wv_slice_of(step), WV_LIT("committed")))
		return WV_OK;
	return ++plan->steps == plan->fail_at ? plan->how : WV_OK;
}

/* Commits the newsroom in groups of three; *got has a bit for each batch that was acknowledged. */
static void run(struct wv_store *store, uint64_t seed, uint64_t *got)
{
	for (uint64_t i = 0; i < BATCHES; i += 3) {
		struct wv_batch *group[3];
		enum wv_status statuses[3];

		for (uint64_t k = 0; k < 3; k++)
			group[k] = wv_test_batch(store, seed, i + k);
		(void)!wv_batch_commit(store, group, 3, statuses, NULL);
		for (uint64_t k = 0; k < 3; k++) {
			if (statuses[k] == WV_OK)
				*got |= UINT64_C(1) << (i + k);
			wv_batch_free(&group[k]);
		}
	}
}

/* Acknowledged is there, refused is not, and nothing is half. */
static void check(struct wv_test_archive *a, uint64_t acknowledged)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_test_verify(a->store, true), 0);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	for (uint64_t i = 0; i < BATCHES; i++)
		if (wv_test_has_batch(txn, i) != (acknowledged >> i & 1))
			fail_msg("batch %d: acknowledged %d", (int)i, (int)(acknowledged >> i & 1));
	wv_txn_abort(&txn);
}

static void test_each_failing_step(void **state)
{
	static const enum wv_status kinds[] = {WV_IO, WV_FULL};
	bool was_last = false;

	(void)state;
	/* The first steps one by one, later ones in strides: they come again and again. */
	for (uint64_t n = 1; !was_last; n += 1 + n / 20) {
		struct plan plan = {.how = kinds[n % 2]};
		const struct wv_store_options options = {
			.create = true, .fault = fail_nth, .fault_context = &plan};
		struct wv_test_archive a;
		uint64_t acknowledged = 0;

		wv_test_archive_open(&a, &options);
		plan.steps = 0;
		plan.fail_at = n;
		run(a.store, 3, &acknowledged);
		was_last = plan.steps < n;
		assert_true(was_last || acknowledged != (UINT64_C(1) << BATCHES) - 1);
		plan.fail_at = 0;
		check(&a, acknowledged);
		/* And what failed can be done again. */
		wv_test_archive_reopen(&a, NULL);
		run(a.store, 3, &acknowledged);
		check(&a, (UINT64_C(1) << BATCHES) - 1);
		wv_test_archive_close(&a);
	}
}

/* --- the nth allocation fails --- */

static void test_each_failing_allocation(void **state)
{
	bool was_last = false;

	(void)state;
	for (uint64_t n = 1; !was_last; n += 1 + n / 10) {
		struct wv_capture capture;
		struct wv_article article;
		const struct wv_batch_body body = {.bytes = WV_LIT("some body bytes of a page")};
		struct wv_test_archive a;
		struct wv_batch *batch = NULL;
		enum wv_status st, status = WV_NOMEM;
		struct wv_txn *txn = NULL;
		struct wv_page page;

		wv_test_archive_open(&a, NULL);
		capture = wv_test_capture(&a, "/a", 1);
		article = wv_test_article(&a, "Title", "One.\nTwo.");
		wv_test_put(&a, &capture, "an earlier body", &article);
		wv_test_alloc_fail_at(n);
		st = wv_batch_new(a.store, &batch, NULL);
		if (st == WV_OK)
			st = wv_batch_add_capture(batch, &capture, &body, &article, NULL, NULL);
		if (st == WV_OK)
			st = wv_batch_commit(a.store, &batch, 1, &status, NULL);
		if (st == WV_OK)
			st = status;
		was_last = !wv_test_alloc_has_failed();
		wv_test_alloc_fail_at(0);
		wv_batch_free(&batch);
		if (was_last)
			assert_int_equal(st, WV_OK);
		else if (st != WV_OK)
			assert_int_equal(st, WV_NOMEM);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
		assert_int_equal(wv_store_page_of_key(txn, a.arena, capture.page_key, &page, NULL),
		                 WV_OK);
		wv_txn_abort(&txn);
		wv_test_archive_close(&a);
	}
}

static void test_each_failing_allocation_of_an_opening(void **state)
{
	bool was_last = false;

	(void)state;
	for (uint64_t n = 1; !was_last; n++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
		const struct wv_store_options options = {.create = true};
		struct wv_store *store = NULL;
		struct wv_writer *writer = NULL;
		struct wv_lock *lock = NULL;
		enum wv_status st;

		wv_test_folder_make(&folder);
		wv_test_alloc_fail_at(n);
		st = wv_lock_take(folder.path, true, "test", &lock, NULL);
		if (st == WV_OK)
			st = wv_store_open(folder.path, &options, wv_clock_system(), &store, NULL);
		if (st == WV_OK)
			st = wv_writer_start(store, NULL, &writer, NULL);
		was_last = !wv_test_alloc_has_failed();
		wv_test_alloc_fail_at(0);
		assert_int_equal(st, was_last ? WV_OK : WV_NOMEM);
		wv_writer_stop(&writer);
		wv_store_close(&store);
		wv_lock_release(&lock);
		assert_int_equal(
			wv_store_open(folder.path, &options, wv_clock_system(), &store, NULL),
			WV_OK);
		wv_store_close(&store);
	}
}

/* --- killed --- */

struct shared {
	volatile uint64_t acknowledged; /* bits of batches */
	volatile uint64_t steps, kill_at;
};

static enum wv_status kill_nth(void *context, const char *step)
{
	struct shared *shared = context;

	(void)step;
	if (++shared->steps == shared->kill_at)
		(void)kill(getpid(), SIGKILL);
	return WV_OK;
}

static void note_done(enum wv_status status, const struct wv_batch_result *result,
                      const struct wv_err *err, void *context)
{
	volatile uint64_t *acknowledged = context;

	(void)result;
	(void)err;
	/* The writer's thread alone writes here; the number of the batch is its order. */
	if (status == WV_OK)
		++*acknowledged;
}

static void work(const char *dir, struct shared *shared)
{
	const struct wv_store_options options = {
		.create = true, .fault = kill_nth, .fault_context = shared};
	const struct wv_writer_options quick = {.group_us = 300, .group_batches = 4};
	struct wv_store *store = NULL;
	struct wv_writer *writer = NULL;
	struct wv_lock *lock = NULL;

	if (wv_lock_take(dir, true, "test", &lock, NULL) != WV_OK)
		_exit(2);
	if (wv_store_open(dir, &options, wv_clock_system(), &store, NULL) != WV_OK ||
	    wv_merkle_follow(store, NULL) != WV_OK ||
	    wv_writer_start(store, &quick, &writer, NULL) != WV_OK)
		_exit(3);
	for (uint64_t i = shared->acknowledged; i < BATCHES; i++) {
		struct wv_batch *batch = wv_test_batch(store, 9, i);

		wv_batch_on_done(batch, note_done, (void *)(uintptr_t)&shared->acknowledged);
		if (wv_writer_submit(writer, &batch) != WV_OK)
			_exit(4);
	}
	wv_writer_stop(&writer);
	wv_store_close(&store);
	_exit(0);
}

/* Starts the work again and again until it is done, killing it as told. */
static void work_through_kills(const char *dir, struct shared *shared, struct wv_random *random,
                               uint64_t kill_at)
{
	int status;

	for (int round = 0;; round++) {
		pid_t child;

		shared->steps = 0;
		shared->kill_at = round == 0 ? kill_at : 0;
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			work(dir, shared);
		if (random && round < 3) {
			(void)usleep((useconds_t)wv_random_below(random, 15000));
			(void)kill(child, SIGKILL);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		/* No stale lock, no archive that does not open. */
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			fail_msg("round %d ended with %d", round, WEXITSTATUS(status));
		if (WIFEXITED(status))
			return;
	}
}

/* Acknowledged batches are there; one more group may have been committed and not yet told of. */
static void check_killed(const char *dir)
{
	const struct wv_store_options options = {.read_only = true};
	struct wv_store *store = NULL;
	struct wv_txn *txn = NULL;
	struct wv_store_totals totals;

	assert_int_equal(wv_store_open(dir, &options, wv_clock_system(), &store, NULL), WV_OK);
	assert_int_equal(wv_test_verify(store, true), 0);
	assert_int_equal(wv_store_begin_read(store, &txn, NULL), WV_OK);
	for (uint64_t i = 0; i < BATCHES; i++)
		assert_true(wv_test_has_batch(txn, i));
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	wv_txn_abort(&txn);
	wv_store_close(&store);
}

static struct shared *share(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(shared != MAP_FAILED);
	return shared;
}

/* After the first kill: what was acknowledged must be there before anything is done again. */
static void check_acknowledged(const char *dir, uint64_t acknowledged)
{
	const struct wv_store_options options = {.read_only = true};
	struct wv_store *store = NULL;
	struct wv_txn *txn = NULL;
	enum wv_status st = wv_store_open(dir, &options, wv_clock_system(), &store, NULL);

	if (st == WV_MISSING) { /* killed before it was an archive */
		assert_int_equal(acknowledged, 0);
		return;
	}
	assert_int_equal(st, WV_OK);
	assert_int_equal(wv_test_verify(store, true), 0);
	assert_int_equal(wv_store_begin_read(store, &txn, NULL), WV_OK);
	for (uint64_t i = 0; i < acknowledged; i++)
		assert_true(wv_test_has_batch(txn, i));
	wv_txn_abort(&txn);
	wv_store_close(&store);
}

static void kill_once(uint64_t kill_at, struct wv_random *random)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	struct shared *shared = share();
	int status;
	pid_t child;

	wv_test_folder_make(&folder);
	shared->kill_at = kill_at;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		work(folder.path, shared);
	if (random) {
		(void)usleep((useconds_t)wv_random_below(random, 60000));
		(void)kill(child, SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	check_acknowledged(folder.path, shared->acknowledged);
	work_through_kills(folder.path, shared, random, 0);
	check_killed(folder.path);
	(void)munmap(shared, sizeof *shared);
}

static uint64_t how_many(uint64_t usual)
{
	const char *many = getenv("WV_TEST_KILLS");

	if (many && !wv_slice_u64(wv_slice_of(many), &usual))
		fail_msg("WV_TEST_KILLS is no number");
	return usual;
}

static void test_killed_at_each_step(void **state)
{
	uint64_t stride = how_many(0) ? 1 : 23;

	(void)state;
	for (uint64_t n = 1; n < 420; n += n < 12 ? 1 : stride)
		kill_once(n, NULL);
}

static void test_killed_at_random(void **state)
{
	uint64_t kills = how_many(8);
	struct wv_random random = {77};

	(void)state;
	for (uint64_t i = 0; i < kills; i++)
		kill_once(0, &random);
}

/* --- a full disk --- */

static bool mount_small(const char *path, const char *size)
{
	char options[64];

	(void)snprintf(options, sizeof options, "size=%s", size);
	return mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

static void test_a_disk_full_from_the_start(void **state)
{
	static const char *const sizes[] = {"4k", "16k", "32k", "64k", "128k", "256k"};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	int opened = 0;

	(void)state;
	wv_test_folder_make(&folder);
	for (size_t i = 0; i < WV_COUNT(sizes); i++) {
		const struct wv_store_options options = {.create = true};
		struct wv_err err = WV_ERR_NONE;
		struct wv_store *store = NULL;
		char dir[300];
		enum wv_status st;

		if (!mount_small(folder.path, sizes[i])) {
			print_message("skipped: cannot mount a tmpfs (%s)\n", strerror(errno));
			skip();
		}
		(void)snprintf(dir, sizeof dir, "%s/a", folder.path);
		st = wv_store_open(dir, &options, wv_clock_system(), &store, &err);
		if (st != WV_OK && st != WV_FULL)
			print_error("%s: %s: %s\n", sizes[i], wv_status_name(st), err.text);
		opened += st == WV_OK;
		wv_store_close(&store);
		assert_int_equal(umount(folder.path), 0);
		assert_true(st == WV_OK || st == WV_FULL);
	}
	assert_true(opened > 0 && opened < (int)WV_COUNT(sizes));
}

static void test_a_disk_that_fills(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	const struct wv_store_options options = {.create = true};
	struct wv_store *store = NULL;
	struct wv_txn *txn = NULL;
	uint64_t acknowledged = 0, refused = 0;
	char dir[300];

	(void)state;
	wv_test_folder_make(&folder);
	if (!mount_small(folder.path, "1m")) {
		print_message("skipped: cannot mount a tmpfs (%s)\n", strerror(errno));
		skip();
	}
	(void)snprintf(dir, sizeof dir, "%s/a", folder.path);
	assert_int_equal(wv_store_open(dir, &options, wv_clock_system(), &store, NULL), WV_OK);
	assert_int_equal(wv_merkle_follow(store, NULL), WV_OK);
	for (uint64_t i = 0; i < 3000 && refused < 20; i++) {
		struct wv_batch *batch = wv_test_batch(store, i, acknowledged);
		enum wv_status status;

		(void)!wv_batch_commit(store, &batch, 1, &status, NULL);
		if (status != WV_OK && status != WV_FULL)
			fail_msg("batch %d: %s", (int)i, wv_status_name(status));
		if (status == WV_OK)
			acknowledged++;
		else
			refused++;
		wv_batch_free(&batch);
	}
	assert_int_equal(refused, 20);
	assert_true(acknowledged > 5);
	/* Closed and opened on the full disk, nothing is lost. */
	wv_store_close(&store);
	assert_int_equal(wv_store_open(dir, &options, wv_clock_system(), &store, NULL), WV_OK);
	assert_int_equal(wv_test_verify(store, true), 0);
	assert_int_equal(wv_store_begin_read(store, &txn, NULL), WV_OK);
	for (uint64_t i = 0; i < acknowledged; i++)
		assert_true(wv_test_has_batch(txn, i));
	wv_txn_abort(&txn);
	wv_store_close(&store);
	assert_int_equal(umount(folder.path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_failing_step),
		cmocka_unit_test(test_each_failing_allocation),
		cmocka_unit_test(test_each_failing_allocation_of_an_opening),
		cmocka_unit_test(test_killed_at_each_step),
		cmocka_unit_test(test_killed_at_random),
		cmocka_unit_test(test_a_disk_full_from_the_start),
		cmocka_unit_test(test_a_disk_that_fills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
