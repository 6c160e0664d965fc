#include "archive/store/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The numbers are on disk and the names in --json: this table may only grow. */
static void test_names_and_numbers(void **state)
{
	static const struct {
		int number;
		const char *name;
		bool stands;
	} rows[] = {
		{0, "unread", true},        {1, "article", true},      {2, "listing", true},
		{3, "consent-wall", false}, {4, "paywall-stub", true}, {5, "script-shell", true},
		{6, "soft-404", false},     {7, "captcha", false},     {8, "truncated", false},
		{9, "refused", false},      {10, "failed", false},     {11, "other", true},
	};
	enum wv_verdict got = WV_VERDICT_COUNT;
	int bad = 0;

	(void)state;
	assert_int_equal(WV_COUNT(rows), WV_VERDICT_COUNT);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		enum wv_verdict verdict = (enum wv_verdict)rows[i].number;

		if (!wv_verdict_parse(wv_slice_of(rows[i].name), &got) || got != verdict ||
		    !wv_slice_equals(wv_slice_of(wv_verdict_name(verdict)),
		                     wv_slice_of(rows[i].name)) ||
		    wv_verdict_stands(verdict) != rows[i].stands) {
			print_error("row '%s': got %d, \"%s\", stands %d\n", rows[i].name, got,
			            wv_verdict_name(verdict), wv_verdict_stands(verdict));
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	assert_false(wv_verdict_parse(WV_LIT("Article"), &got));
	assert_false(wv_verdict_parse(WV_SLICE_NONE, &got));
	assert_true(wv_slice_equals(wv_slice_of(wv_verdict_name((enum wv_verdict)200)),
	                            WV_LIT("unknown")));
	assert_false(wv_verdict_stands((enum wv_verdict)200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_and_numbers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
