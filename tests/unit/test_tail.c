#include "archive/store/tail.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <lmdb.h>

#include "config/base/status.h"
#include "tests/support/folder.h"
#include "tests/support/random.h"

#define PAGES_MAX 4000

/* An environment with a long free list: values put and taken out again, in several commits. */
static void churn(const char *dir, unsigned values, unsigned kept, size_t bytes)
{
	static unsigned char value[9000];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_mapsize(env, 64u << 20), 0);
	assert_int_equal(mdb_env_open(env, dir, MDB_NOSYNC, 0600), 0);
	for (unsigned i = 0; i < 2 * values; i++) {
		unsigned number = i % values;
		MDB_val k = {sizeof number, &number}, v = {bytes, value};

		if (i % 50 == 0)
			assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
		assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
		if (i < values)
			assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
		else if (number >= kept)
			assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
		if (i % 50 == 49 || i == 2 * values - 1)
			assert_int_equal(mdb_txn_commit(txn), 0);
	}
	mdb_env_close(env);
}

/* What LMDB itself says is free, and how many pages it counts. */
static size_t ask_lmdb(const char *dir, bool *is_free)
{
	MDB_cursor *cursor;
	MDB_envinfo info;
	MDB_val k, v;
	MDB_env *env;
	MDB_txn *txn;

	memset(is_free, 0, PAGES_MAX * sizeof *is_free);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, dir, MDB_RDONLY, 0600), 0);
	assert_int_equal(mdb_env_info(env, &info), 0);
	assert_true(info.me_last_pgno < PAGES_MAX);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_cursor_open(txn, 0, &cursor), 0);
	while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
		size_t list[PAGES_MAX + 1];

		assert_true(v.mv_size <= sizeof list);
		memcpy(list, v.mv_data, v.mv_size);
		for (size_t i = 1; i <= list[0]; i++)
			is_free[list[i]] = true;
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return info.me_last_pgno + 1;
}

/* Cut to every length, a file is whole exactly where LMDB's own list holds all that is missing. */
static void test_every_length(void **state)
{
	static const struct {
		const char *name;
		unsigned values, kept;
		size_t bytes;
	} rows[] = {
		{"nothing free", 60, 60, 700},
		{"all taken out", 300, 0, 700},
		{"a few kept", 300, 7, 700},
		{"large values", 200, 11, 9000},
		{"a list of several pages", 700, 1, 4500},
		{"many small", 2500, 3, 60},
	};
	static bool is_free[PAGES_MAX];
	int bad = 0, sound_cuts = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
		uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
		bool is_sound = true;
		char path[300];
		size_t pages;
		int fd;

		wv_test_folder_make(&folder);
		churn(folder.path, rows[i].values, rows[i].kept, rows[i].bytes);
		pages = ask_lmdb(folder.path, is_free);
		snprintf(path, sizeof path, "%s/data.mdb", folder.path);
		fd = open(path, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		for (size_t n = pages; n > 0; n--) {
			bool got;

			is_sound = is_sound && (n == pages || is_free[n]);
			sound_cuts += is_sound && n < pages;
			assert_int_equal(ftruncate(fd, (off_t)(n * page)), 0);
			got = wv_tail_is_free(fd, page);
			if (got != is_sound) {
				print_error("row '%s', %d of %d pages: expected %d, got %d\n",
				            rows[i].name, (int)n, (int)pages, is_sound, got);
				bad++;
				break;
			}
			if (n < pages / 2 && !is_sound)
				break;
		}
		close(fd);
	}
	assert_int_equal(bad, 0);
	assert_true(sound_cuts > 10);
}

/* Whatever stands in the file, nothing breaks and nothing goes round for ever. */
static void test_nonsense(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	static bool is_free[PAGES_MAX];
	struct wv_random random = {31};
	struct stat file;
	char path[300];
	size_t pages;
	int fd;

	(void)state;
	wv_test_folder_make(&folder);
	churn(folder.path, 700, 1, 4500);
	pages = ask_lmdb(folder.path, is_free);
	snprintf(path, sizeof path, "%s/data.mdb", folder.path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)((pages - 3) * 4096)), 0);
	assert_int_equal(fstat(fd, &file), 0);
	for (int i = 0; i < 3000; i++) {
		/* Mostly the first bytes of pages, where the walk goes by them. */
		off_t at = (off_t)(wv_random_below(&random, pages - 3) * 4096 +
		                   wv_random_below(&random, i % 2 ? 200 : 4096));
		unsigned char byte, other = (unsigned char)wv_random_next(&random);

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		assert_int_equal(pwrite(fd, &other, 1, at), 1);
		(void)wv_tail_is_free(fd, 4096);
		if (i % 10)
			assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_false(wv_tail_is_free(fd, 3));
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_false(wv_tail_is_free(fd, 4096));
	close(fd);
	assert_false(wv_tail_is_free(-1, 4096));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
