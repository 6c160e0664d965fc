#include "archive/store/lock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

/* A process that holds the lock until it is killed. */
static pid_t hold(const char *dir)
{
	int ready[2];
	pid_t child;
	char byte = 0;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct wv_lock *lock = NULL;

		if (wv_lock_take(dir, true, "crawl", &lock, NULL) != WV_OK)
			_exit(1);
		if (write(ready[1], "y", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void test_one_holder_and_nothing_stale(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {""};
	struct wv_err err = WV_ERR_NONE;
	struct wv_lock *lock = NULL;
	char dir[300], expected[400];
	pid_t child;

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(dir, sizeof dir, "%s/a", folder.path);
	assert_int_equal(wv_lock_take(dir, false, "prune", &lock, &err), WV_MISSING);
	child = hold(dir);
	assert_int_equal(wv_lock_take(dir, false, "prune", &lock, &err), WV_LOCKED);
	snprintf(expected, sizeof expected,
	         "cannot open archive '%s': locked by process %d (crawl)", dir, (int)child);
	assert_string_equal(err.text, expected);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(wv_lock_take(dir, false, "prune", &lock, &err), WV_OK);
	wv_lock_release(&lock);
	assert_null(lock);
	wv_lock_release(&lock);
	assert_int_equal(wv_lock_take(dir, false, "prune", &lock, &err), WV_OK);
	wv_lock_release(&lock);
}

static void test_impossible_places(void **state)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_lock *lock = NULL;

	(void)state;
	assert_int_equal(wv_lock_take("/dev/null/a", true, "crawl", &lock, &err), WV_CREATE);
	assert_int_equal(wv_lock_take("/dev/null/a", false, "crawl", &lock, &err), WV_MISSING);
	assert_null(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_holder_and_nothing_stale),
		cmocka_unit_test(test_impossible_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
