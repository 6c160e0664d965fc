#include "archive/store/db.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static const struct wv_db_options create = {.create = true};

static struct wv_db *open_new(const char *dir, const struct wv_db_options *options)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_db *db = NULL;

	if (wv_db_open(dir, options, &db, &err) != WV_OK)
		fail_msg("open: %s", err.text);
	return db;
}

static struct wv_txn *begin_write(struct wv_db *db)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(db, &txn, NULL), WV_OK);
	return txn;
}

static struct wv_txn *begin_read(struct wv_db *db)
{
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_read(db, &txn, NULL), WV_OK);
	return txn;
}

static void put_number(struct wv_txn *txn, uint64_t number, struct wv_slice value)
{
	unsigned char key[8];

	wv_store_u64_be(key, number);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_DUE, wv_slice(key, 8), value, NULL), WV_OK);
}

static void test_values_come_back(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_slice value;
	struct wv_txn *txn;
	struct stat dir;
	char path[300];

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(path, sizeof path, "%s/new", folder.path);
	db = open_new(path, &create);
	assert_int_equal(stat(path, &dir), 0);
	assert_int_equal(dir.st_mode & 0777, 0700);
	txn = begin_write(db);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_META, WV_LIT("a"), WV_LIT("1"), NULL), WV_OK);
	assert_int_equal(wv_txn_put_new(txn, WV_TABLE_META, WV_LIT("a"), WV_LIT("2"), NULL),
	                 WV_CONFLICT);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_META, WV_LIT("empty"), WV_SLICE_NONE, NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_append(txn, WV_TABLE_LEAVES, WV_LIT("k1"), WV_LIT("v"), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_null(txn);
	wv_db_close(&db);

	db = open_new(path, &(struct wv_db_options){.read_only = true});
	txn = begin_read(db);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_META, WV_LIT("a"), &value, NULL), WV_OK);
	assert_true(wv_slice_equals(value, WV_LIT("1")));
	assert_int_equal(wv_txn_get(txn, WV_TABLE_META, WV_LIT("empty"), &value, NULL), WV_OK);
	assert_int_equal(value.n, 0);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_META, WV_LIT("b"), &value, NULL), WV_NO);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_PAGES, WV_LIT("a"), &value, NULL), WV_NO);
	wv_txn_abort(&txn);
}

static void test_key_limits(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		enum wv_status expected;
	} rows[] = {
		{"empty", 0, WV_LIMIT},       {"one", 1, WV_OK},
		{"limit - 1", 510, WV_OK},    {"limit", 511, WV_OK},
		{"limit + 1", 512, WV_LIMIT},
	};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	unsigned char key[512];
	struct wv_slice value;
	struct wv_txn *txn;
	int bad = 0;

	(void)state;
	memset(key, 'k', sizeof key);
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	txn = begin_write(db);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slice k = wv_slice(key, rows[i].n);
		enum wv_status got = wv_txn_put(txn, WV_TABLE_PAGES, k, WV_LIT("v"), NULL);

		if (got != rows[i].expected ||
		    (got == WV_OK) != (wv_txn_get(txn, WV_TABLE_PAGES, k, &value, NULL) == WV_OK)) {
			print_error("row '%s': expected %s, got %s\n", rows[i].name,
			            wv_status_name(rows[i].expected), wv_status_name(got));
			bad++;
		}
	}
	/* A refused key is the caller's affair; the transaction lives on. */
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(bad, 0);
}

static void test_append_out_of_order_is_refused(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_slice value;
	struct wv_txn *txn;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	txn = begin_write(db);
	assert_int_equal(wv_txn_append(txn, WV_TABLE_TREE, WV_LIT("b"), WV_LIT(""), NULL), WV_OK);
	assert_int_equal(wv_txn_append(txn, WV_TABLE_TREE, WV_LIT("a"), WV_LIT(""), NULL), WV_BUG);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_BUG);
	txn = begin_read(db);
	assert_int_equal(wv_txn_get(txn, WV_TABLE_TREE, WV_LIT("b"), &value, NULL), WV_NO);
	wv_txn_abort(&txn);
}

/* What stands at the walk after `what`, as one byte; '-' at the end. */
static char step(struct wv_walk *walk, const char *what, struct wv_slice at)
{
	struct wv_slice key, value;
	enum wv_status st;

	if (what[0] == 's')
		st = wv_walk_seek(walk, at, &key, &value, NULL);
	else if (what[0] == 'b')
		st = wv_walk_seek_before(walk, at, &key, &value, NULL);
	else if (what[0] == 'n')
		st = wv_walk_next(walk, &key, &value, NULL);
	else
		st = wv_walk_previous(walk, &key, &value, NULL);
	return st == WV_OK ? (char)key.p[0] : st == WV_NO ? '-' : '!';
}

static void test_walks(void **state)
{
	static const struct {
		const char *name, *what, *at;
		char expected;
	} rows[] = {
		{"first of all", "seek", "", 'b'},
		{"then next", "next", "", 'd'},
		{"and next", "next", "", 'f'},
		{"the end", "next", "", '-'},
		{"exact", "seek", "d", 'd'},
		{"back", "previous", "", 'b'},
		{"before the first", "previous", "", '-'},
		{"between", "seek", "c", 'd'},
		{"past all", "seek", "g", '-'},
		{"last of all", "before", "", 'f'},
		{"before exact", "before", "d", 'd'},
		{"before between", "before", "e", 'd'},
		{"before past all", "before", "z", 'f'},
		{"before the least", "before", "a", '-'},
	};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_walk *walk = NULL;
	struct wv_txn *txn;
	uint64_t count = 0;
	int bad = 0;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	txn = begin_write(db);
	for (const char *k = "dbf"; *k; k++)
		assert_int_equal(wv_txn_put(txn, WV_TABLE_SITES, wv_slice(k, 1), WV_LIT("v"), NULL),
		                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	txn = begin_read(db);
	assert_int_equal(wv_txn_count(txn, WV_TABLE_SITES, &count, NULL), WV_OK);
	assert_int_equal(count, 3);
	assert_int_equal(wv_walk_begin(txn, WV_TABLE_SITES, &walk, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char got = step(walk, rows[i].what, wv_slice_of(rows[i].at));

		if (got != rows[i].expected) {
			print_error("row '%s': expected %c, got %c\n", rows[i].name,
			            rows[i].expected, got);
			bad++;
		}
	}
	wv_walk_end(&walk);
	wv_txn_abort(&txn);
	assert_int_equal(bad, 0);
}

static void test_missing_and_hindered(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	struct wv_err err = WV_ERR_NONE;
	struct wv_db *db = NULL;
	char path[300];

	(void)state;
	wv_test_folder_make(&folder);
	assert_int_equal(wv_db_open(folder.path, &(struct wv_db_options){0}, &db, &err),
	                 WV_MISSING);
	snprintf(path, sizeof path, "%s/a/b", folder.path);
	assert_int_equal(wv_db_open(path, &create, &db, &err), WV_CREATE);
	snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(wv_db_open(folder.path, &create, &db, &err), WV_DAMAGED);
	assert_null(db);
}

static void test_truncated_file_is_damage(void **state)
{
	static const struct {
		const char *name;
		long cut;
	} rows[] = {{"one byte", 1}, {"one page", 4096}, {"half", 200000}, {"all but 100", -100}};
	static unsigned char big[100000];
	int bad = 0;

	(void)state;
	memset(big, 7, sizeof big);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
		WV_AUTO(wv_db_close) struct wv_db *db = NULL;
		struct wv_txn *txn;
		struct stat file;
		enum wv_status got;
		char path[300];

		wv_test_folder_make(&folder);
		db = open_new(folder.path, &create);
		txn = begin_write(db);
		for (uint64_t k = 0; k < 4; k++)
			put_number(txn, k, wv_slice(big, sizeof big));
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		wv_db_close(&db);
		snprintf(path, sizeof path, "%s/data.mdb", folder.path);
		assert_int_equal(stat(path, &file), 0);
		assert_int_equal(
			truncate(path, rows[i].cut > 0 ? file.st_size - rows[i].cut : -rows[i].cut),
			0);
		for (int read_only = 0; read_only < 2; read_only++) {
			got = wv_db_open(folder.path,
			                 &(struct wv_db_options){.read_only = read_only}, &db,
			                 NULL);
			if (got != WV_DAMAGED) {
				print_error("row '%s': expected damaged, got %s\n", rows[i].name,
				            wv_status_name(got));
				bad++;
			}
		}
	}
	assert_int_equal(bad, 0);
}

/* Taking pages at the end and giving them back in one transaction must not look like damage. */
static void test_unwritten_free_tail_is_no_damage(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	static unsigned char value[900];
	struct wv_txn *txn;

	(void)state;
	wv_test_folder_make(&folder);
	for (uint64_t round = 0; round < 40; round++) {
		db = open_new(folder.path, &create);
		txn = begin_write(db);
		for (uint64_t k = 0; k < 50 + round * 7; k++)
			put_number(txn, k, wv_slice(value, sizeof value));
		for (uint64_t k = 3; k < 50 + round * 7; k++) {
			unsigned char key[8];

			wv_store_u64_be(key, k);
			assert_int_equal(wv_txn_delete(txn, WV_TABLE_DUE, wv_slice(key, 8), NULL),
			                 WV_OK);
		}
		assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
		wv_db_close(&db);
	}
}

static void test_full_map(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	static unsigned char big[50000];
	struct wv_db_usage usage;
	enum wv_status st = WV_OK;
	struct wv_slice value;
	unsigned char key[8];
	struct wv_txn *txn;
	uint64_t k, stored = 0;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &(struct wv_db_options){.create = true, .map_bytes = 1 << 20});
	for (k = 0; st == WV_OK; k++) {
		txn = begin_write(db);
		wv_store_u64_be(key, k);
		st = wv_txn_put(txn, WV_TABLE_DUE, wv_slice(key, 8), wv_slice(big, sizeof big),
		                NULL);
		if (st != WV_OK)
			assert_int_equal(wv_txn_commit(&txn, NULL), WV_FULL);
		else if ((st = wv_txn_commit(&txn, NULL)) == WV_OK)
			stored = k + 1;
		assert_true(k < 100);
	}
	assert_int_equal(st, WV_FULL);
	/* What was acknowledged is there, and a small write still goes. */
	txn = begin_write(db);
	for (k = 0; k < stored; k++) {
		wv_store_u64_be(key, k);
		assert_int_equal(wv_txn_get(txn, WV_TABLE_DUE, wv_slice(key, 8), &value, NULL),
		                 WV_OK);
	}
	wv_store_u64_be(key, 0);
	assert_int_equal(wv_txn_delete(txn, WV_TABLE_DUE, wv_slice(key, 8), NULL), WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_db_usage(db, &usage, NULL), WV_OK);
	assert_int_equal(usage.map_bytes, 1 << 20);
	assert_true(usage.used_bytes > stored * sizeof big / 2);
	assert_true(usage.used_bytes + usage.free_bytes <= usage.file_bytes);
	assert_true(usage.free_bytes > 0);
}

struct fault_plan {
	int fail_at, calls;
};

static enum wv_status fail_nth(void *context, const char *what)
{
	struct fault_plan *plan = context;

	(void)what;
	return ++plan->calls == plan->fail_at ? WV_IO : WV_OK;
}

static void test_every_failed_step_leaves_nothing(void **state)
{
	(void)state;
	for (int n = 1;; n++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
		WV_AUTO(wv_db_close) struct wv_db *db = NULL;
		struct fault_plan plan = {.fail_at = 0};
		struct wv_txn *txn;
		uint64_t count;
		enum wv_status st = WV_OK;

		wv_test_folder_make(&folder);
		db = open_new(folder.path, &(struct wv_db_options){.create = true,
		                                                   .fault = fail_nth,
		                                                   .fault_context = &plan});
		plan = (struct fault_plan){.fail_at = n};
		txn = begin_write(db);
		for (uint64_t k = 0; k < 5 && st == WV_OK; k++) {
			unsigned char key[8];

			wv_store_u64_be(key, k);
			st = wv_txn_put(txn, WV_TABLE_DUE, wv_slice(key, 8), WV_LIT("v"), NULL);
		}
		st = wv_txn_commit(&txn, NULL);
		txn = begin_read(db);
		assert_int_equal(wv_txn_count(txn, WV_TABLE_DUE, &count, NULL), WV_OK);
		wv_txn_abort(&txn);
		assert_int_equal(count, st == WV_OK ? 5 : 0);
		assert_int_equal(st, n <= 6 ? WV_IO : WV_OK);
		if (plan.calls < n)
			break;
	}
}

static void test_readers_see_their_instant(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_db_usage usage;
	struct wv_txn *old, *txn;
	uint64_t count;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	old = begin_read(db);
	txn = begin_write(db);
	put_number(txn, 1, WV_LIT("v"));
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	assert_int_equal(wv_txn_count(old, WV_TABLE_DUE, &count, NULL), WV_OK);
	assert_int_equal(count, 0);
	assert_int_equal(wv_db_usage(db, &usage, NULL), WV_OK);
	assert_true(usage.oldest_reader_txn > 0 && usage.oldest_reader_txn < usage.last_txn);
	wv_txn_abort(&old);
	assert_int_equal(wv_db_usage(db, &usage, NULL), WV_OK);
	assert_int_equal(usage.oldest_reader_txn, 0);
}

static void test_a_killed_reader_leaves_no_slot(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_db_usage usage;
	int status;
	pid_t child;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	wv_db_close(&db);
	child = fork();
	if (child == 0) {
		struct wv_txn *txn = NULL;

		if (wv_db_open(folder.path, &(struct wv_db_options){.read_only = true}, &db,
		               NULL) ||
		    wv_txn_begin_read(db, &txn, NULL))
			_exit(1);
		_exit(0); /* without ending the transaction, as a kill would */
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	db = open_new(folder.path, &(struct wv_db_options){0});
	assert_int_equal(wv_db_usage(db, &usage, NULL), WV_OK);
	assert_int_equal(usage.oldest_reader_txn, 0);
}

/* A flipped bit in a row is damage, whatever it hits: key, value or checksum. */
static void test_flipped_bits_are_damage(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	static const char row[] = "a row that is easily found again in the file";
	struct wv_slice value = WV_SLICE_NONE;
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	unsigned char *file;
	struct wv_txn *txn;
	struct stat stat;
	char path[300];
	size_t at;
	int fd;

	(void)state;
	wv_test_folder_make(&folder);
	db = open_new(folder.path, &create);
	txn = begin_write(db);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_RUNS, WV_LIT("run"), wv_slice_of(row), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	wv_db_close(&db);
	snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &stat) == 0);
	file = malloc((size_t)stat.st_size);
	assert_non_null(file);
	assert_int_equal(read(fd, file, (size_t)stat.st_size), stat.st_size);
	at = wv_slice_find(wv_slice(file, (size_t)stat.st_size), wv_slice_of(row), 0);
	assert_true(at != SIZE_MAX);
	for (size_t bit = 0; bit < 8 * (sizeof row - 1 + 4); bit += 5) {
		unsigned char byte = (unsigned char)(file[at + bit / 8] ^ 1u << bit % 8);

		assert_int_equal(pwrite(fd, &byte, 1, (off_t)(at + bit / 8)), 1);
		db = open_new(folder.path, &(struct wv_db_options){.read_only = true});
		txn = begin_read(db);
		assert_int_equal(wv_txn_get(txn, WV_TABLE_RUNS, WV_LIT("run"), &value, NULL),
		                 WV_DAMAGED);
		wv_txn_abort(&txn);
		wv_db_close(&db);
		assert_int_equal(pwrite(fd, &file[at + bit / 8], 1, (off_t)(at + bit / 8)), 1);
	}
	close(fd);
	free(file);
}

static bool stop_at_once(uint64_t bytes, void *context)
{
	uint64_t *seen = context;

	*seen = bytes;
	return false;
}

/* A copy is of the last commit, also while a write transaction is open; it can be stopped. */
static void test_copies(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder other = {""};
	WV_AUTO(wv_db_close) struct wv_db *db = NULL;
	struct wv_db *copy;
	struct wv_txn *txn, *writer;
	unsigned char large[4000] = {7};
	uint64_t bytes = 0, seen = 0, count = 0;
	char path[300];
	struct stat file;
	int fd;

	(void)state;
	wv_test_folder_make(&folder);
	wv_test_folder_make(&other);
	db = open_new(folder.path, &create);
	txn = begin_write(db);
	for (uint64_t i = 0; i < 500; i++)
		put_number(txn, i, wv_slice(large, sizeof large));
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	writer = begin_write(db);
	put_number(writer, 1000, WV_LIT("not yet"));
	(void)snprintf(path, sizeof path, "%s/data.mdb", other.path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(wv_db_copy(db, fd, stop_at_once, &seen, &bytes, NULL), WV_STOPPED);
	assert_true(seen > 0 && seen == bytes);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(wv_db_copy(db, fd, NULL, NULL, &bytes, NULL), WV_OK);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(bytes, file.st_size);
	close(fd);
	assert_int_equal(wv_txn_commit(&writer, NULL), WV_OK);
	copy = open_new(other.path, &(struct wv_db_options){.read_only = true});
	txn = begin_read(copy);
	assert_int_equal(wv_txn_count(txn, WV_TABLE_DUE, &count, NULL), WV_OK);
	assert_int_equal(count, 500);
	wv_txn_abort(&txn);
	wv_db_close(&copy);
	fd = open("/dev/full", O_WRONLY);
	assert_int_equal(wv_db_copy(db, fd, NULL, NULL, &bytes, NULL), WV_FULL);
	close(fd);
	fd = open(path, O_RDONLY);
	assert_int_equal(wv_db_copy(db, fd, NULL, NULL, &bytes, NULL), WV_IO);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_come_back),
		cmocka_unit_test(test_key_limits),
		cmocka_unit_test(test_append_out_of_order_is_refused),
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_missing_and_hindered),
		cmocka_unit_test(test_flipped_bits_are_damage),
		cmocka_unit_test(test_truncated_file_is_damage),
		cmocka_unit_test(test_unwritten_free_tail_is_no_damage),
		cmocka_unit_test(test_full_map),
		cmocka_unit_test(test_every_failed_step_leaves_nothing),
		cmocka_unit_test(test_readers_see_their_instant),
		cmocka_unit_test(test_a_killed_reader_leaves_no_slot),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
