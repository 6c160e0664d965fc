/* ZIP files, small and with ZIP64 numbers, read by another reader; outputs that appear whole or not. */
#include "archive/exchange/zip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/folder.h"

static bool is_there(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0;
}

static void write_zip(const char *path, uint64_t large_from)
{
	const struct wv_zip_options options = {{INT64_C(1600000000) * 1000000}, large_from};
	WV_AUTO(wv_output_close) struct wv_output *output = NULL;
	WV_AUTO(wv_zip_free) struct wv_zip *zip = NULL;
	struct wv_zip_entry entry;
	char hex[WV_DIGEST_HEX_MAX];

	assert_int_equal(WV_OK, wv_output_open(path, &output, NULL));
	assert_int_equal(WV_OK, wv_zip_new(output, &options, &zip, NULL));
	assert_int_equal(WV_OK, wv_zip_begin(zip, "first/empty", NULL));
	assert_int_equal(WV_OK, wv_zip_end(zip, &entry, NULL));
	assert_int_equal(0, entry.bytes);
	assert_int_equal(WV_OK, wv_zip_begin(zip, "second/small", NULL));
	assert_int_equal(WV_OK, wv_zip_add(zip, WV_LIT("abc"), NULL));
	assert_int_equal(WV_OK, wv_zip_end(zip, &entry, NULL));
	assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	                    wv_digest_print(&entry.digest, hex));
	assert_int_equal(WV_OK, wv_zip_begin(zip, "third/large", NULL));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(WV_OK, wv_zip_add(zip, WV_LIT("0123456789"), NULL));
	assert_int_equal(WV_OK, wv_zip_end(zip, &entry, NULL));
	assert_int_equal(10000, entry.bytes);
	assert_int_equal(WV_OK, wv_zip_finish(zip, NULL));
	assert_false(is_there(path));
	assert_int_equal(WV_OK, wv_output_commit(output, NULL));
}

/* Python's zipfile: names, checksums, bytes, and the time of 13 September 2020. */
static const char reader[] =
	"import sys, zipfile\n"
	"z = zipfile.ZipFile(sys.argv[1])\n"
	"assert z.testzip() is None\n"
	"assert z.namelist() == ['first/empty', 'second/small', 'third/large'], z.namelist()\n"
	"assert z.read('first/empty') == b'' and z.read('second/small') == b'abc'\n"
	"assert z.read('third/large') == b'0123456789' * 1000\n"
	"assert z.infolist()[0].date_time[:3] == (2020, 9, 13), z.infolist()[0].date_time\n";

static void test_read_by_another(void **state)
{
	static const uint64_t large_from[] = {0, 5000, 100, 1};
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	char script[512], path[512], command[1200];
	FILE *file;

	(void)state;
	wv_test_folder_make(&folder);
	if (system("python3 -c '' >/dev/null 2>&1") != 0)
		skip();
	snprintf(script, sizeof(script), "%s/read.py", folder.path);
	file = fopen(script, "w");
	assert_non_null(file);
	fputs(reader, file);
	fclose(file);
	for (size_t i = 0; i < WV_COUNT(large_from); i++) {
		snprintf(path, sizeof(path), "%s/%zu.zip", folder.path, i);
		write_zip(path, large_from[i]);
		snprintf(command, sizeof(command), "python3 '%s' '%s'", script, path);
		assert_int_equal(0, system(command));
	}
}

static void test_whole_or_not_at_all(void **state)
{
	WV_AUTO(wv_test_folder_remove) struct wv_test_folder folder = {0};
	char path[512], part[600];
	struct wv_output *output = NULL;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	wv_test_folder_make(&folder);
	snprintf(path, sizeof(path), "%s/x", folder.path);
	snprintf(part, sizeof(part), "%s.%ld.part", path, (long)getpid());
	assert_int_equal(WV_OK, wv_output_open(path, &output, NULL));
	assert_int_equal(WV_OK, wv_output_add(output, WV_LIT("half"), NULL));
	assert_true(is_there(part));
	wv_output_close(&output);
	assert_false(is_there(part));
	assert_false(is_there(path));
	assert_int_equal(WV_CREATE, wv_output_open(folder.path, &output, &err));
	snprintf(path, sizeof(path), "%s/none/x", folder.path);
	assert_int_equal(WV_CREATE, wv_output_open(path, &output, &err));
	assert_null(output);
}

/* What may not be changed afterwards is no place for a ZIP. */
static void test_no_file(void **state)
{
	const struct wv_zip_options options = {{0}, 0};
	WV_AUTO(wv_output_close) struct wv_output *output = NULL;
	struct wv_zip *zip = NULL;

	(void)state;
	assert_int_equal(WV_OK, wv_output_open("/dev/null", &output, NULL));
	assert_int_equal(WV_USAGE, wv_zip_new(output, &options, &zip, NULL));
	assert_null(zip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_by_another),
		cmocka_unit_test(test_whole_or_not_at_all),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
