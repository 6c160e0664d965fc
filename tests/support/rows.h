#ifndef WV_TESTS_SUPPORT_ROWS_H
#define WV_TESTS_SUPPORT_ROWS_H

/*
 * Table tests: every row runs even where one fails; a failure prints the row's name, what was
 * expected and what came; the case fails at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/base/bytes.h"

extern int rows_failed; /* defined by ROWS_MAIN */

#define ROWS_STATE int rows_failed

static inline void row_text(const char *row, struct wv_slice got, const char *expected)
{
	if (wv_slice_equals(got, wv_slice_of(expected)))
		return;
	print_error("row '%s': expected '%s', got '%.*s'\n", row, expected, WV_FMT(got));
	rows_failed++;
}

static inline void row_int(const char *row, long long got, long long expected)
{
	if (got == expected)
		return;
	print_error("row '%s': expected %lld, got %lld\n", row, expected, got);
	rows_failed++;
}

static inline void rows_end(void)
{
	int failed = rows_failed;

	rows_failed = 0;
	assert_int_equal(failed, 0);
}

#endif
