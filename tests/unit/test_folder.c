#include "config/base/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static void syncs_a_folder(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;

	(void)state;
	wv_test_folder_make(&folder);
	assert_int_equal(wv_folder_sync(folder.path, NULL), WV_OK);
}

static void says_what_cannot_be_synced(void **state)
{
	static const char *const names[] = {"not-there", "file", ""};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder;
	char path[512];
	FILE *file;

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(path, sizeof path, "%s/file", folder.path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	for (size_t i = 0; i < WV_COUNT(names); i++) {
		struct wv_err err = WV_ERR_NONE;

		snprintf(path, sizeof path, "%s%s%s", *names[i] ? folder.path : "", *names[i] ? "/" : "",
		         names[i]);
		assert_int_equal(wv_folder_sync(path, &err), WV_IO);
		assert_non_null(strstr(err.text, path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syncs_a_folder),
		cmocka_unit_test(says_what_cannot_be_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
