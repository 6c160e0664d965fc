#include "config/base/status.h"

#include <errno.h>

#include "tests/support/rows.h"

ROWS_STATE;

static void words(void **state)
{
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	row_int("status comes back", wv_err_set(&err, WV_LOCKED, "locked by process %d", 7), WV_LOCKED);
	wv_err_add(&err, WV_LOCKED, "cannot open archive '%s'", "a.wv");
	row_text("what was being done stands first", wv_slice_of(err.text),
	         "cannot open archive 'a.wv': locked by process 7");
	row_int("NULL is allowed", wv_err_set(NULL, WV_IO, "x"), WV_IO);
	row_int("NULL is allowed", wv_err_add(NULL, WV_IO, "x"), WV_IO);
	for (int i = 0; i < 20; i++)
		wv_err_add(&err, WV_IO, "%0200d", i);
	row_int("a long story is cut", strlen(err.text) < sizeof(err.text), 1);
	rows_end();
}

static void errno_values(void **state)
{
	static const struct {
		const char *row;
		int number;
		enum wv_status status;
	} rows[] = {
		{"EACCES", EACCES, WV_PERM}, {"EPERM", EPERM, WV_PERM},   {"EROFS", EROFS, WV_PERM},
		{"ENOSPC", ENOSPC, WV_FULL}, {"EDQUOT", EDQUOT, WV_FULL}, {"ENOMEM", ENOMEM, WV_NOMEM},
		{"EIO", EIO, WV_CREATE},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_err err = WV_ERR_NONE;

		row_int(rows[i].row,
		        wv_err_errno(&err, WV_CREATE, rows[i].number, "cannot make '%s'", "f"),
		        rows[i].status);
		row_int("status inside", err.status, rows[i].status);
		row_int("subject named", wv_slice_starts(wv_slice_of(err.text), WV_LIT("cannot make 'f': ")),
		        1);
	}
	rows_end();
}

static void exit_codes(void **state)
{
	/* design.md's table. */
	static const struct {
		enum wv_status status;
		int code;
	} rows[] = {
		{WV_OK, 0},       {WV_NO, 1},          {WV_USAGE, 64},   {WV_DAMAGED, 65},
		{WV_MISSING, 66}, {WV_UNREACHABLE, 69}, {WV_BUG, 70},     {WV_CREATE, 73},
		{WV_IO, 74},      {WV_FULL, 75},       {WV_LOCKED, 75},  {WV_BOUND, 75},
		{WV_PERM, 77},    {WV_SETTINGS, 78},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(wv_status_name(rows[i].status), wv_status_exit_code(rows[i].status),
		        rows[i].code);
	for (int i = 0; i < WV_STATUS_COUNT; i++)
		row_int("every status has a name", wv_status_name((enum wv_status)i) != NULL, 1);
	row_int("an unknown one is our bug", wv_status_exit_code((enum wv_status)999), 70);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(errno_values),
		cmocka_unit_test(exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
