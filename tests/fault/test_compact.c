#include <errno.h>
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
#include <zlib.h>

#include "archive/care/compact.h"
#include "archive/proof/merkle.h"
#include "archive/store/blob.h"
#include "archive/store/lock.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"

/*
 * compact: the archive says what it said before, in a smaller file; whatever fails, wherever it is
 * killed, and whoever reads meanwhile.
 */
#define BATCHES 40

static void fill(struct wv_store *store, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct wv_batch *batch = wv_test_batch(store, 5, i);
		enum wv_status status;

		assert_int_equal(wv_batch_commit(store, &batch, 1, &status, NULL), WV_OK);
		wv_batch_free(&batch);
	}
}

/* --- what an archive says, whatever the way it stores it --- */

static void add_table(struct wv_txn *txn, enum wv_table table, struct wv_digest_stream *digest)
{
	struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st;

	assert_int_equal(wv_walk_begin(txn, table, &walk, NULL), WV_OK);
	st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, NULL)) {
		wv_digest_stream_add(digest, key);
		wv_digest_stream_add(digest, value);
	}
	assert_int_equal(st, WV_NO);
	wv_walk_end(&walk);
}

static void add_bodies(struct wv_txn *txn, struct wv_digest_stream *digest)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st;

	wv_buf_init(&bytes, WV_MIB);
	assert_int_equal(wv_walk_begin(txn, WV_TABLE_BODIES, &walk, NULL), WV_OK);
	st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, NULL);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, NULL)) {
		struct wv_blob_key blob;

		wv_buf_reset(&bytes);
		assert_true(wv_key_read_blob(key, &blob));
		assert_int_equal(wv_blob_read(txn, &blob, &bytes, NULL), WV_OK);
		wv_digest_stream_add(digest, key);
		wv_digest_stream_add(digest, wv_buf_slice(&bytes));
	}
	wv_walk_end(&walk);
}

static struct wv_digest what_it_says(struct wv_store *store)
{
	struct wv_digest_stream *digest = NULL;
	struct wv_digest sum;
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_digest_stream_new(&digest, NULL), WV_OK);
	assert_int_equal(wv_store_begin_read(store, &txn, NULL), WV_OK);
	for (int i = 0; i < WV_TABLE_COUNT; i++)
		if (i != WV_TABLE_META && i != WV_TABLE_BODIES && i != WV_TABLE_SEGMENTS &&
		    i != WV_TABLE_BASES && i != WV_TABLE_SOURCE_NAMES && i != WV_TABLE_ENCODED)
			add_table(txn, (enum wv_table)i, digest);
	add_bodies(txn, digest);
	wv_txn_abort(&txn);
	sum = wv_digest_stream_finish(digest);
	wv_digest_stream_free(&digest);
	return sum;
}

static void assert_says(struct wv_store *store, const struct wv_digest *before)
{
	struct wv_digest now = what_it_says(store);

	assert_int_equal(wv_test_verify(store, true), 0);
	assert_true(wv_digest_equals(&now, before));
}

static bool has_leftovers(const char *dir)
{
	char path[400];

	(void)snprintf(path, sizeof path, "%s/compact.new", dir);
	return access(path, F_OK) == 0;
}

static enum wv_status compact(struct wv_test_archive *a, struct wv_compact_counts *counts)
{
	const struct wv_compact_options options = {0};
	enum wv_status st = wv_compact(a->store, &options, counts, NULL);

	wv_test_archive_reopen(a, NULL);
	return st;
}

static void test_says_the_same(void **state)
{
	struct wv_compact_counts first = {0}, second = {0};
	struct wv_test_archive a;
	struct wv_digest before;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(a.store, 0, BATCHES);
	before = what_it_says(a.store);
	assert_int_equal(compact(&a, &first), WV_OK);
	assert_says(a.store, &before);
	assert_false(has_leftovers(a.folder.path));
	assert_true(first.new_file_bytes <= first.file_bytes);
	/* There is nothing left to do the second time. */
	assert_int_equal(compact(&a, &second), WV_OK);
	assert_says(a.store, &before);
	assert_memory_equal(second.new_stored, first.new_stored, sizeof first.new_stored);
	assert_int_equal(second.recoded, 0);
	/* And it goes on. */
	fill(a.store, BATCHES, BATCHES + 8);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_test_archive_close(&a);
}

static void test_empty_archive(void **state)
{
	struct wv_compact_counts counts = {0};
	struct wv_test_archive a;

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(compact(&a, &counts), WV_OK);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	fill(a.store, 0, 3);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	wv_test_archive_close(&a);
}

static void test_dry_run_changes_nothing(void **state)
{
	const struct wv_compact_options options = {.is_dry_run = true};
	struct wv_compact_counts counts = {0};
	struct wv_test_archive a;
	struct wv_digest before;
	struct stat was, is;
	char path[400];

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(a.store, 0, BATCHES);
	before = what_it_says(a.store);
	(void)snprintf(path, sizeof path, "%s/data.mdb", a.folder.path);
	assert_int_equal(stat(path, &was), 0);
	assert_int_equal(wv_compact(a.store, &options, &counts, NULL), WV_OK);
	assert_int_equal(stat(path, &is), 0);
	assert_int_equal(was.st_ino, is.st_ino);
	assert_int_equal(was.st_mtim.tv_nsec, is.st_mtim.tv_nsec);
	assert_int_equal(counts.file_bytes, (uint64_t)is.st_size);
	assert_says(a.store, &before);
	wv_test_archive_close(&a);
}

/* --- servers' own deflate streams --- */

static struct wv_slice gzip(struct wv_slice text, unsigned char *out, size_t room)
{
	z_stream z = {.next_in = (Bytef *)(uintptr_t)text.p, .avail_in = (uInt)text.n};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return wv_slice(out, z.total_out);
}

static void put_wire(struct wv_test_archive *a, const char *path, int64_t seconds,
                     struct wv_slice text, bool may_go, struct wv_digest *encoded)
{
	unsigned char room[20000];
	struct wv_batch_body body = {.bytes = text,
	                             .wire = gzip(text, room, sizeof room),
	                             .coding = WV_WIRE_GZIP,
	                             .wire_may_go = may_go};
	struct wv_capture capture = wv_test_capture(a, path, seconds);
	struct wv_batch *batch = NULL;
	enum wv_status status;

	*encoded = capture.encoded = wv_digest_of(body.wire);
	capture.has_encoded = true;
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
}

static enum wv_status wire_of(struct wv_test_archive *a, const struct wv_digest *encoded)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	struct wv_txn *txn = NULL;
	enum wv_status st;

	wv_buf_init(&bytes, WV_MIB);
	assert_int_equal(wv_store_begin_read(a->store, &txn, NULL), WV_OK);
	st = wv_store_wire(txn, encoded, &bytes, NULL);
	wv_txn_abort(&txn);
	return st;
}

static void test_wires(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	WV_AUTO(wv_buf_done) struct wv_buf back = {0};
	struct wv_digest passing[6], kept, promised, body;
	struct wv_compact_counts counts = {0};
	struct wv_test_archive a;
	struct wv_store_totals totals = {0};
	struct wv_txn *txn = NULL;

	(void)state;
	wv_test_archive_open(&a, NULL);
	wv_buf_init(&text, WV_MIB);
	for (unsigned i = 0; i < 500; i++)
		wv_buf_add_format(&text, "<p>line %u of the page</p>\n", i * 7919 % 1000);
	for (int i = 0; i < 6; i++) {
		wv_buf_add_format(&text, "<p>and one more, %d</p>\n", i);
		put_wire(&a, "/passing", i * 60, wv_buf_slice(&text), true, &passing[i]);
	}
	body = wv_digest_of(wv_buf_slice(&text));
	wv_buf_add_string(&text, "kept");
	put_wire(&a, "/kept", 400, wv_buf_slice(&text), false, &kept);
	/* First only passing, then promised by another source. */
	wv_buf_add_string(&text, "promised");
	put_wire(&a, "/passing", 500, wv_buf_slice(&text), true, &promised);
	put_wire(&a, "/kept", 600, wv_buf_slice(&text), false, &promised);
	assert_int_equal(wire_of(&a, &passing[0]), WV_OK);
	assert_int_equal(wv_test_verify(a.store, true), 0);

	assert_int_equal(compact(&a, &counts), WV_OK);
	assert_int_equal(wv_test_verify(a.store, true), 0);
	assert_int_equal(counts.wires_released, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(wire_of(&a, &passing[i]), WV_NO);
	assert_int_equal(wire_of(&a, &kept), WV_OK);
	assert_int_equal(wire_of(&a, &promised), WV_OK);
	wv_buf_init(&back, WV_MIB);
	assert_int_equal(wv_store_begin_read(a.store, &txn, NULL), WV_OK);
	assert_int_equal(wv_store_body(txn, &body, &back, NULL), WV_OK);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	wv_txn_abort(&txn);
	assert_int_equal(totals.records[WV_STORED_DELTA], 5);
	assert_int_equal(totals.records[WV_STORED_WIRE], 2);
	wv_test_archive_close(&a);
}

/* --- the nth step fails --- */

struct plan {
	uint64_t fail_at, steps;
	enum wv_status how;
};

static enum wv_status fail_nth(void *context, const char *step)
{
	struct plan *plan = context;

	if (wv_slice_equals(wv_slice_of(step), WV_LIT("committed")) ||
	    wv_slice_equals(wv_slice_of(step), WV_LIT("replaced")))
		return WV_OK; /* too late to fail */
	return ++plan->steps == plan->fail_at ? plan->how : WV_OK;
}

static void test_each_failing_step(void **state)
{
	static const enum wv_status kinds[] = {WV_IO, WV_FULL};
	struct wv_test_archive a;
	struct wv_digest before;
	bool was_last = false;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(a.store, 0, BATCHES);
	before = what_it_says(a.store);
	for (uint64_t n = 1; !was_last; n += 1 + n / 12) {
		struct plan plan = {.how = kinds[n % 2], .fail_at = n};
		const struct wv_compact_options options = {.fault = fail_nth,
		                                           .fault_context = &plan};
		struct wv_compact_counts counts;
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = wv_compact(a.store, &options, &counts, &err);

		was_last = plan.steps < n;
		assert_int_equal(st, was_last ? WV_OK : plan.how);
		assert_false(has_leftovers(a.folder.path));
		wv_test_archive_reopen(&a, NULL);
		assert_says(a.store, &before);
	}
	wv_test_archive_close(&a);
}

static bool stop(const struct wv_compact_counts *counts, void *context)
{
	(void)context;
	return counts->captures_done < 1;
}

static void test_stopped(void **state)
{
	const struct wv_compact_options options = {.progress = stop};
	struct wv_compact_counts counts;
	struct wv_test_archive a;
	struct wv_digest before;

	(void)state;
	wv_test_archive_open(&a, NULL);
	fill(a.store, 0, 2 * BATCHES);
	before = what_it_says(a.store);
	assert_int_equal(wv_compact(a.store, &options, &counts, NULL), WV_STOPPED);
	assert_false(has_leftovers(a.folder.path));
	wv_test_archive_reopen(&a, NULL);
	assert_says(a.store, &before);
	wv_test_archive_close(&a);
}

/* --- killed --- */

static enum wv_status kill_nth(void *context, const char *step)
{
	struct plan *plan = context;

	(void)step;
	if (++plan->steps == plan->fail_at)
		(void)kill(getpid(), SIGKILL);
	return WV_OK;
}

/* True: it was killed before it was done. */
static bool compact_and_die(struct wv_test_archive *a, struct plan *plan)
{
	const struct wv_compact_options options = {.fault = kill_nth, .fault_context = plan};
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		struct wv_store *store = NULL;
		struct wv_lock *lock = NULL;
		struct wv_compact_counts counts;

		if (wv_lock_take(a->folder.path, false, "compact", &lock, NULL) != WV_OK ||
		    wv_store_open(a->folder.path, &(struct wv_store_options){0}, a->clock, &store,
		                  NULL) != WV_OK ||
		    wv_compact(store, &options, &counts, NULL) != WV_OK)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status);
}

static void test_each_kill(void **state)
{
	struct plan *plan =
		mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct wv_compact_counts counts = {0};
	struct wv_test_archive a;
	struct wv_digest before;
	bool killed = true;

	(void)state;
	assert_true(plan != MAP_FAILED);
	wv_test_archive_open(&a, NULL);
	fill(a.store, 0, BATCHES);
	before = what_it_says(a.store);
	for (uint64_t n = 1; killed; n += 1 + n / 8) {
		*plan = (struct plan){.fail_at = n};
		wv_store_close(&a.store);
		killed = compact_and_die(&a, plan);
		wv_test_archive_reopen(&a, NULL);
		assert_says(a.store, &before);
	}
	/* The last steps one by one: around the rename. */
	for (uint64_t last = plan->steps, n = last > 6 ? last - 6 : 1; n <= last; n++) {
		*plan = (struct plan){.fail_at = n};
		wv_store_close(&a.store);
		(void)compact_and_die(&a, plan);
		wv_test_archive_reopen(&a, NULL);
		assert_says(a.store, &before);
	}
	assert_int_equal(compact(&a, &counts), WV_OK);
	assert_false(has_leftovers(a.folder.path));
	assert_says(a.store, &before);
	wv_test_archive_close(&a);
	(void)munmap(plan, sizeof *plan);
}

/* --- readers meanwhile --- */

static void tell(int fd)
{
	assert_int_equal(write(fd, "x", 1), 1);
}

static void hear(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 1);
}

static void read_meanwhile(const char *dir, const struct wv_clock *clock, int in, int out)
{
	struct wv_store *store = NULL;
	struct wv_txn *txn = NULL;
	struct wv_db_usage old = {0}, now = {0};
	char byte;
	bool is_ok;

	is_ok = wv_store_open(dir, &(struct wv_store_options){.read_only = true}, clock, &store,
	                      NULL) == WV_OK &&
	        wv_store_begin_read(store, &txn, NULL) == WV_OK &&
	        wv_db_usage(wv_store_db(store), &old, NULL) == WV_OK;
	is_ok = write(out, "x", 1) == 1 && is_ok;
	is_ok = read(in, &byte, 1) == 1 && is_ok;
	/* It was replaced and written to; this transaction still sees what it saw. */
	is_ok = is_ok && wv_test_has_batch(txn, BATCHES - 1) && !wv_test_has_batch(txn, BATCHES);
	wv_txn_abort(&txn);
	is_ok = is_ok && wv_store_begin_read(store, &txn, NULL) == WV_OK &&
	        wv_test_has_batch(txn, BATCHES) && wv_test_has_batch(txn, 0) &&
	        wv_db_usage(wv_store_db(store), &now, NULL) == WV_OK;
	wv_txn_abort(&txn);
	is_ok = is_ok && now.last_txn > old.last_txn && wv_test_verify(store, true) == 0;
	wv_store_close(&store);
	_exit(is_ok ? 0 : 1);
}

/* A reader keeps lock.mdb open over the replacement, so that nothing makes it new: the new file
 * must go on with the old one's numbers. */
static void test_readers_go_on(void **state)
{
	(void)state;
	for (uint64_t more = 0; more < 2; more++) { /* both heads of the file */
		struct wv_compact_counts counts = {0};
		struct wv_test_archive a;
		struct wv_digest before;
		int to[2], from[2], status;
		pid_t child;

		wv_test_archive_open(&a, NULL);
		fill(a.store, 0, BATCHES);
		for (uint64_t i = 0; i < more; i++)
			fill(a.store, 100 + i, 101 + i);
		assert_int_equal(pipe(to), 0);
		assert_int_equal(pipe(from), 0);
		child = fork();
		assert_true(child >= 0);
		if (child == 0)
			read_meanwhile(a.folder.path, a.clock, to[0], from[1]);
		hear(from[0]);
		before = what_it_says(a.store);
		assert_int_equal(compact(&a, &counts), WV_OK);
		/* With numbers that do not fit, an older head of the file would count. */
		assert_says(a.store, &before);
		fill(a.store, BATCHES, BATCHES + 6);
		assert_int_equal(wv_test_verify(a.store, true), 0);
		tell(to[1]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		for (int i = 0; i < 2; i++) {
			close(to[i]);
			close(from[i]);
		}
		wv_test_archive_close(&a);
	}
}

/* --- a full disk --- */

static void test_full_disk(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	char file[300], junk[65536] = {1};
	struct wv_clock *clock = NULL;
	struct wv_store *store = NULL;
	struct wv_digest before;
	struct wv_compact_counts counts;
	const struct wv_compact_options options = {0};
	struct stat size;
	FILE *filler;

	(void)state;
	wv_test_folder_make(&folder);
	if (mount("tmpfs", folder.path, "tmpfs", 0, "size=6m") != 0) {
		print_message("skipped: cannot mount a tmpfs (%s)\n", strerror(errno));
		return;
	}
	assert_int_equal(
		wv_clock_new_simulated(NULL, (struct wv_time){WV_TEST_START}, &clock, NULL), WV_OK);
	assert_int_equal(wv_store_open(folder.path, &(struct wv_store_options){.create = true},
	                               clock, &store, NULL),
	                 WV_OK);
	assert_int_equal(wv_merkle_follow(store, NULL), WV_OK);
	fill(store, 0, BATCHES);
	before = what_it_says(store);
	(void)snprintf(file, sizeof file, "%s/filler", folder.path);
	filler = fopen(file, "wb");
	assert_non_null(filler);
	while (fwrite(junk, 1, sizeof junk, filler) == sizeof junk)
		;
	(void)fclose(filler);
	/* Room for lock.mdb and a little more. */
	assert_int_equal(stat(file, &size), 0);
	assert_int_equal(truncate(file, size.st_size - 100000), 0);
	assert_int_equal(wv_compact(store, &options, &counts, NULL), WV_FULL);
	wv_store_close(&store);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(
		wv_store_open(folder.path, &(struct wv_store_options){0}, clock, &store, NULL),
		WV_OK);
	assert_false(has_leftovers(folder.path));
	assert_says(store, &before);
	assert_int_equal(wv_compact(store, &options, &counts, NULL), WV_OK);
	wv_store_close(&store);
	assert_int_equal(
		wv_store_open(folder.path, &(struct wv_store_options){0}, clock, &store, NULL),
		WV_OK);
	assert_says(store, &before);
	wv_store_close(&store);
	wv_clock_free(&clock);
	assert_int_equal(umount(folder.path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_the_same),
		cmocka_unit_test(test_empty_archive),
		cmocka_unit_test(test_dry_run_changes_nothing),
		cmocka_unit_test(test_wires),
		cmocka_unit_test(test_each_failing_step),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_each_kill),
		cmocka_unit_test(test_readers_go_on),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
