/* Backups: where they may be made, what stands in them, and that a failed one leaves nothing. */
#include "archive/care/backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/archive.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define PATH_BYTES 512

static int entries_of(const char *dir)
{
	DIR *folder = opendir(dir);
	int n = -2; /* itself and its parent */

	if (!folder)
		return -1;
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void make_file(const char *dir, const char *name)
{
	char path[PATH_BYTES];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static bool stop(uint64_t bytes, uint64_t total, void *context)
{
	(void)bytes;
	(void)total;
	(void)context;
	return false;
}

enum place { NOTHING, EMPTY, OCCUPIED, CUT_SHORT, A_FILE, NO_PARENT, TOO_LONG };

static void prepare(enum place place, const char *dir)
{
	if (place == A_FILE) {
		int fd = open(dir, O_WRONLY | O_CREAT, 0600);

		assert_true(fd >= 0);
		close(fd);
	} else if (place == EMPTY || place == OCCUPIED || place == CUT_SHORT) {
		assert_int_equal(mkdir(dir, 0700), 0);
	}
	if (place == OCCUPIED)
		make_file(dir, "letters.txt");
	if (place == CUT_SHORT)
		make_file(dir, "data.mdb.part");
}

static void test_places(void **state)
{
	static const struct {
		const char *name;
		enum place place;
		bool stops;
		enum wv_status status;
		int entries; /* afterwards; -1: no folder */
	} rows[] = {
		{"where nothing is", NOTHING, false, WV_OK, 3},
		{"in an empty folder", EMPTY, false, WV_OK, 3},
		{"something is there", OCCUPIED, false, WV_CREATE, 1},
		{"one that was cut short", CUT_SHORT, false, WV_CREATE, 1},
		{"a file is there", A_FILE, false, WV_CREATE, -1},
		{"no folder to make it in", NO_PARENT, false, WV_CREATE, -1},
		{"a path too long", TOO_LONG, false, WV_LIMIT, -1},
		{"stopped, its folder goes", NOTHING, true, WV_STOPPED, -1},
		{"stopped, the empty one stays", EMPTY, true, WV_STOPPED, 0},
	};
	static char longest[5000];
	struct wv_test_archive a;
	struct wv_capture capture;

	(void)state;
	wv_test_archive_open(&a, NULL);
	capture = wv_test_capture(&a, "/a", 0);
	(void)wv_test_put(&a, &capture, "<p>a body", NULL);
	memset(longest, 'x', sizeof longest - 1);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const struct wv_backup_options options = {.progress = rows[i].stops ? stop : NULL};
		WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
		struct wv_backup made = {.captures = 77};
		struct wv_err err = WV_ERR_NONE;
		char dir[PATH_BYTES];

		wv_test_folder_make(&folder);
		snprintf(dir, sizeof dir, rows[i].place == NO_PARENT ? "%s/none/copy" : "%s/copy", folder.path);
		prepare(rows[i].place, dir);
		row_int(rows[i].name,
		        wv_backup_make(a.store, rows[i].place == TOO_LONG ? longest : dir, &options, &made, &err),
		        rows[i].status);
		if (rows[i].status == WV_OK) {
			row_int(rows[i].name, (long long)made.captures, 1);
			row_int(rows[i].name, made.file_bytes > 0, 1);
		} else {
			row_int(rows[i].name, (long long)made.captures, 77);
			row_int(rows[i].name, err.text[0] != 0, 1);
		}
		row_int(rows[i].name, entries_of(dir), rows[i].entries);
	}
	wv_test_archive_close(&a);
	rows_end();
}

/* An archive itself: its captures, its key, nothing that others may read. */
static void test_the_copy_is_an_archive(void **state)
{
	static const char *const names[] = {"data.mdb", "head.key", "format"};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	WV_AUTO(wv_store_close) struct wv_store *copy = NULL;
	const struct wv_backup_options options = {0};
	struct wv_test_archive a;
	struct wv_capture capture;
	struct wv_backup made;
	char dir[PATH_BYTES], path[PATH_BYTES + 16];
	struct stat info;

	(void)state;
	wv_test_archive_open(&a, NULL);
	for (int i = 0; i < 3; i++) {
		capture = wv_test_capture(&a, "/a", i);
		(void)wv_test_put(&a, &capture, i ? "<p>another" : "<p>one", NULL);
	}
	make_file(wv_store_dir(a.store), "head.key");
	wv_test_folder_make(&folder);
	snprintf(dir, sizeof dir, "%s/copy", folder.path);
	assert_int_equal(wv_backup_make(a.store, dir, &options, &made, NULL), WV_OK);
	assert_int_equal(made.captures, 3);
	for (size_t i = 0; i < WV_COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		row_int(names[i], stat(path, &info), 0);
		row_int(names[i], info.st_mode & 0777, 0600);
	}
	assert_int_equal(stat(dir, &info), 0);
	row_int("the folder", info.st_mode & 0777, 0700);
	assert_int_equal(wv_store_open(dir, &(struct wv_store_options){.read_only = true}, a.clock, &copy, NULL), WV_OK);
	assert_int_equal(wv_test_verify(copy, true), 0);
	wv_test_archive_close(&a);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_the_copy_is_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
