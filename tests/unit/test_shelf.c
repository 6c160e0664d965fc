/* archive/serve/shelf.h: what is kept, for how long, and within which bounds. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "archive/serve/shelf.h"
#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_digest digest_of(unsigned char n)
{
	return wv_digest_of(wv_slice(&n, 1));
}

/* A file whose one byte is `n`. */
static int file_of(unsigned char n)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, &n, 1), 1);
	return file;
}

static void put(struct wv_shelf *shelf, unsigned char n, uint64_t bytes, uint64_t facts, int64_t now_us)
{
	struct wv_digest digest = digest_of(n);
	int file = file_of(n);

	wv_shelf_put(shelf, &digest, file, bytes, facts, (struct wv_mono){now_us});
	close(file);
}

/* Its byte, or -1. */
static int take(struct wv_shelf *shelf, unsigned char n, int64_t now_us)
{
	struct wv_digest digest = digest_of(n);
	int file = wv_shelf_take(shelf, &digest, (struct wv_mono){now_us});
	unsigned char got = 0;

	if (file < 0)
		return -1;
	assert_int_equal(pread(file, &got, 1, 0), 1);
	close(file);
	return got;
}

static size_t open_files(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_kept(void **state)
{
	size_t before = open_files();
	struct wv_shelf *shelf = NULL;

	(void)state;
	assert_int_equal(wv_shelf_new(&shelf, NULL), WV_OK);
	row_int("nothing is there", take(shelf, 1, 0), -1);
	put(shelf, 1, 10, 0, 0);
	put(shelf, 1, 10, 0, 0); /* made twice at one time */
	row_int("it is", take(shelf, 1, 0), 1);
	row_int("once", open_files() - before, 1);
	row_int("another is not", take(shelf, 2, 0), -1);
	wv_shelf_tidy(shelf, 0, (struct wv_mono){WV_SHELF_KEPT_US});
	row_int("it stays for a while", take(shelf, 1, WV_SHELF_KEPT_US), 1);
	wv_shelf_tidy(shelf, 0, (struct wv_mono){2 * WV_SHELF_KEPT_US});
	row_int("longer where it was asked for", take(shelf, 1, 2 * WV_SHELF_KEPT_US), 1);
	wv_shelf_tidy(shelf, 0, (struct wv_mono){3 * WV_SHELF_KEPT_US + 1});
	row_int("and goes", take(shelf, 1, 0), -1);
	put(shelf, 1, 10, 0, 0);
	wv_shelf_tidy(shelf, 1, (struct wv_mono){0});
	row_int("with a fact at once", take(shelf, 1, 0), -1);
	row_int("its file too", open_files(), before);
	put(shelf, 3, 10, 1, 0);
	wv_shelf_free(&shelf);
	row_int("all files", open_files(), before);
	rows_end();
}

static void test_bounds(void **state)
{
	size_t before = open_files();
	struct wv_shelf *shelf = NULL;

	(void)state;
	assert_int_equal(wv_shelf_new(&shelf, NULL), WV_OK);
	for (unsigned char n = 0; n < WV_SHELF_FILES; n++)
		put(shelf, n, 1, 0, n);
	row_int("as many as may", open_files() - before, WV_SHELF_FILES);
	row_int("the first is there", take(shelf, 0, 100), 0);
	put(shelf, 50, 1, 0, 101);
	row_int("still as many", open_files() - before, WV_SHELF_FILES);
	row_int("the one used last stays", take(shelf, 0, 102), 0);
	row_int("the one used longest ago went", take(shelf, 1, 102), -1);
	put(shelf, 60, WV_SHELF_BYTES + 1, 0, 103);
	row_int("too long", take(shelf, 60, 103), -1);
	put(shelf, 61, WV_SHELF_BYTES, 0, 104);
	row_int("just not too long", take(shelf, 61, 104), 61);
	row_int("alone", open_files() - before, 1);
	put(shelf, 62, 1, 0, 105);
	row_int("one more", take(shelf, 62, 105), 62);
	row_int("and it went", take(shelf, 61, 105), -1);
	wv_shelf_free(&shelf);
	row_int("all files", open_files(), before);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
