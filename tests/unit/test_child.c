#include "config/base/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/base/clock.h"

#define SECOND WV_US_PER_S

static const struct {
	const char *name, *script, *input;
	enum wv_status status;
	const char *output, *words;
} rows[] = {
	{"says", "echo yes", "", WV_OK, "yes\n", NULL},
	{"hears", "cat", "hello", WV_OK, "hello", NULL},
	{"does not listen", "exec <&-; echo ok", "hello", WV_OK, "ok\n", NULL},
	{"fails", "echo no; exit 3", "", WV_REFUSED, NULL, "ended with exit code 3"},
	{"dies", "kill -9 $$", "", WV_REFUSED, NULL, "ended by signal 9"},
	{"hears a broken pipe", "kill -PIPE $$", "", WV_REFUSED, NULL, "signal 13"},
	{"never ends", "exec sleep 100", "", WV_UNREACHABLE, NULL, "did not end within 300ms"},
	{"closes its mouth and goes on", "exec >&-; sleep 100", "", WV_UNREACHABLE, NULL, "300ms"},
	{"leaves a grandchild with the pipe", "sleep 100 & echo x", "", WV_UNREACHABLE, NULL, "300ms"},
	{"talks too much", "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "", WV_LIMIT, NULL,
         "more than 100 bytes"},
};

static void test_rows(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		const char *const words[] = {"sh", "-c", rows[i].script, NULL};
		const struct wv_child child = {.words = words,
		                               .input = wv_slice_of(rows[i].input),
		                               .output_cap = 100,
		                               .timeout_us = rows[i].status == WV_UNREACHABLE
		                                                     ? 300 * WV_US_PER_MS
		                                                     : 60 * SECOND};
		WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 1000};
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st = wv_child_run(&child, &out, &err);

		if (st != rows[i].status ||
		    (st == WV_OK &&
		     !wv_slice_equals(wv_buf_slice(&out), wv_slice_of(rows[i].output))) ||
		    (st != WV_OK && wv_slice_find(wv_slice_of(err.text), wv_slice_of(rows[i].words), 0) ==
		                            SIZE_MAX)) {
			print_error("row '%s': expected %s, got %s '%.*s' (%s)\n", rows[i].name,
			            wv_status_name(rows[i].status), wv_status_name(st),
			            WV_FMT(wv_buf_slice(&out)), err.text);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* More than a pipe holds, both ways at once: neither side may wait for the other. */
static void test_much(void **state)
{
	static unsigned char bytes[1u << 20];
	const char *const words[] = {"cat", NULL};
	const struct wv_child child = {.words = words,
	                               .input = wv_slice(bytes, sizeof bytes),
	                               .output_cap = sizeof bytes,
	                               .timeout_us = 60 * SECOND};
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 2 * sizeof bytes};

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 7 >> 3);
	assert_int_equal(wv_child_run(&child, &out, NULL), WV_OK);
	assert_int_equal(out.n, sizeof bytes);
	assert_memory_equal(out.p, bytes, sizeof bytes);
}

static bool yes(void *context)
{
	(void)context;
	return true;
}

static void test_missing_and_stopped(void **state)
{
	const char *const missing[] = {"/nonexistent/hook", NULL}, *const sleeper[] = {"sleep", "99", NULL};
	struct wv_child child = {.words = missing, .output_cap = 1, .timeout_us = 60 * SECOND};
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = 10};
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	assert_int_equal(wv_child_run(&child, &out, &err), WV_MISSING);
	assert_true(wv_slice_find(wv_slice_of(err.text), WV_LIT("'/nonexistent/hook'"), 0) != SIZE_MAX);
	child.words = sleeper;
	child.stop = yes;
	assert_int_equal(wv_child_run(&child, &out, &err), WV_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_missing_and_stopped),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
