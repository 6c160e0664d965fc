#include "config/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

#define PATH 600

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const char *get(const char *path, char text[64])
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return "(none)";
	n = fread(text, 1, 63, file);
	text[n] = 0;
	fclose(file);
	return text;
}

/* What lies at a name of ours is removed, whatever it is; nothing is written through a link. */
static void creates_over_what_lies_there(void **state)
{
	static const char *const rows[] = {"nothing", "a file", "a link", "a dangling link",
	                                   "a hard link"};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	char name[PATH], victim[PATH], text[64];

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(name, sizeof name, "%s/ours", folder.path);
	snprintf(victim, sizeof victim, "%s/victim", folder.path);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct stat info;
		int fd;

		(void)unlink(name);
		put(victim, "victim");
		if (i == 1)
			put(name, "old and longer");
		if (i == 2 || i == 3)
			assert_int_equal(symlink(victim, name), 0);
		if (i == 3)
			assert_int_equal(unlink(victim), 0);
		if (i == 4)
			assert_int_equal(link(victim, name), 0);
		fd = wv_file_create(name, 0600);
		if (fd < 0)
			fail_msg("over %s: %s", rows[i], strerror(errno));
		assert_int_equal(wv_file_write(fd, WV_LIT("new"), name, NULL), WV_OK);
		assert_int_equal(fstat(fd, &info), 0);
		assert_int_equal(info.st_mode & 077, 0);
		assert_int_equal(close(fd), 0);
		assert_string_equal(get(name, text), "new");
		assert_string_equal(get(victim, text), i == 3 ? "(none)" : "victim");
	}
}

static void refuses_where_nothing_can_be_made(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	char name[PATH];

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(name, sizeof name, "%s/no/such", folder.path);
	assert_int_equal(wv_file_create(name, 0600), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(wv_file_create(folder.path, 0600), -1); /* a folder is not removed */
	assert_int_equal(access(folder.path, F_OK), 0);
}

/* The temporary name that wv_file_replace uses, taken by somebody before. */
static void replaces_without_following(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	char name[PATH], made[PATH + 32], victim[PATH], text[64];

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(name, sizeof name, "%s/report", folder.path);
	snprintf(made, sizeof made, "%s.%ld.new", name, (long)getpid());
	snprintf(victim, sizeof victim, "%s/victim", folder.path);
	put(victim, "victim");
	for (int round = 0; round < 2; round++) {
		assert_int_equal(symlink(victim, made), 0);
		assert_int_equal(wv_file_replace(name, round ? WV_LIT("two") : WV_LIT("one"), NULL),
		                 WV_OK);
		assert_string_equal(get(name, text), round ? "two" : "one");
		assert_string_equal(get(victim, text), "victim");
		assert_int_not_equal(access(made, F_OK), 0);
	}
}

static void writes_into_what_is_no_file(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	char name[PATH], text[8] = "";
	struct stat info;
	int reader;

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(name, sizeof name, "%s/pipe", folder.path);
	assert_int_equal(mkfifo(name, 0600), 0);
	reader = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	assert_int_equal(wv_file_replace(name, WV_LIT("three"), NULL), WV_OK);
	assert_int_equal(read(reader, text, sizeof text), 5);
	assert_string_equal(text, "three");
	close(reader);
	assert_int_equal(stat(name, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
}

static void says_what_failed_and_leaves_what_was_there(void **state)
{
	struct {
		const char *name, *path, *words;
		enum wv_status status;
	} rows[] = {
		{"a folder that is not there", "no/such", "cannot create", WV_CREATE},
		{"a folder", "", "cannot open", WV_CREATE},
		{"no room", NULL, "cannot write", WV_FULL},
	};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	int bad = 0;

	(void)state;
	wv_test_folder_make(&folder);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;
		char name[PATH];
		enum wv_status st;

		snprintf(name, sizeof name, "%s/%s", folder.path, rows[i].path ? rows[i].path : "");
		st = wv_file_replace(rows[i].path ? name : "/dev/full", WV_LIT("x"), &err);
		if (st != rows[i].status || !strstr(err.text, rows[i].words)) {
			print_error("%s: %d '%s'\n", rows[i].name, st, err.text);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

static void says_that_a_name_is_too_long(void **state)
{
	char *name = calloc(1, 5001);

	(void)state;
	assert_non_null(name);
	memset(name, 'x', 5000);
	assert_int_equal(wv_file_replace(name, WV_LIT("x"), NULL), WV_CREATE);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_over_what_lies_there),
		cmocka_unit_test(refuses_where_nothing_can_be_made),
		cmocka_unit_test(replaces_without_following),
		cmocka_unit_test(writes_into_what_is_no_file),
		cmocka_unit_test(says_what_failed_and_leaves_what_was_there),
		cmocka_unit_test(says_that_a_name_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
