#include "config/base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/support/rows.h"

ROWS_STATE;

static int pipe_ends[2];

static struct wv_slice read_line(char *into, size_t room)
{
	ssize_t n = read(pipe_ends[0], into, room);

	return wv_slice(into, n > 0 ? (size_t)n : 0);
}

static void lines(void **state)
{
	char text[4096];
	char longer[900];

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	wv_log_set_descriptor(pipe_ends[1]);
	wv_log(WV_LOG_WARN, "fetch failed", "url", WV_LIT("http://x/"), "why", WV_LIT("a b"), NULL);
	row_text("pairs", read_line(text, sizeof(text)),
	         "warn: fetch failed url=http://x/ why=\"a b\"\n");
	wv_log(WV_LOG_ERROR, "odd", "v", WV_LIT("\x1b[2J\n\"\\"), NULL);
	row_text("escaped", read_line(text, sizeof(text)), "error: odd v=\"\\x1b[2J\\x0a\\\"\\\\\"\n");
	/* CSI in one sign is one to a terminal too; other signs of two bytes are not. */
	wv_log(WV_LOG_ERROR, "odd", "v", WV_LIT("\xc2\x9b" "2J\xc2\xa9\xc3\x9b\xc2"), NULL);
	row_text("escaped, of two bytes", read_line(text, sizeof(text)),
	         "error: odd v=\\xc2\\x9b2J\xc2\xa9\xc3\x9b\xc2\n");
	memset(longer, 'x', sizeof(longer));
	wv_log(WV_LOG_ERROR, "cut", "v", wv_slice(longer, sizeof(longer)), NULL);
	row_int("cut with dots",
	        wv_slice_ends(read_line(text, sizeof(text)), WV_LIT("xxx...\n")), 1);
	wv_log(WV_LOG_INFO, "below the level", NULL);
	wv_log_set_level(WV_LOG_INFO);
	wv_log(WV_LOG_INFO, "at the level", NULL);
	row_text("level", read_line(text, sizeof(text)), "info: at the level\n");
	wv_log_set_descriptor(-1);
	row_int("off", wv_log_is_on(WV_LOG_ERROR), 0);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
