#include <stdio.h>

#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/page/next_part.h"
#include "tests/support/rows.h"

ROWS_STATE;

struct part_row {
	const char *page, *next;
	uint32_t number; /* 0: no part of it */
};

static const struct part_row rows[] = {
	{"/a/salt.html", "/a/salt_2.html", 2},
	{"/a/salt.html", "/a/salt_1.html", 1},
	{"/a/salt_2.html", "/a/salt_3.html", 3},
	{"/a/salt_2.html", "/a/salt_4.html", 0},
	{"/a/salt_2.html", "/a/salt_1.html", 0},
	{"/a/salt.html", "/a/salt-3.html", 0},
	{"/a/salt.html", "/a/salt-2.html", 2},
	{"/a/salt.html", "/a/pepper_2.html", 0},
	{"/a/salt-2.html", "/a/salt-3.html", 3},
	{"/a/salt", "/a/salt/2", 2},
	{"/a/salt/", "/a/salt/2/", 2},
	{"/a/salt/", "/a/salt/page/2/", 2},
	{"/a/salt/page/2/", "/a/salt/page/3/", 3},
	{"/a/salt.html", "/a/salt-seite-2.html", 2},
	{"/a/salt,1.html", "/a/salt,2.html", 2},
	{"/a/", "/a/index_2.html", 2},
	{"/a/index.shtml", "/a/index_1.shtml", 1},
	{"/a/salt", "/a/salt?page=2", 2},
	{"/a/salt?page=2", "/a/salt?page=3", 3},
	{"/a/salt?page=1", "/a/salt?page=2", 2},
	{"/a/salt?id=7", "/a/salt?id=7&p=2", 2},
	{"/a/salt?p=2&id=7", "/a/salt?id=7&p=3", 3},
	{"/a/salt?id=7", "/a/salt?id=8&p=2", 0},
	{"/a/salt?id=7", "/a/salt?id=8", 0},
	{"/a/salt?page=2", "/a/salt", 0},
	{"/a/salt", "/a/salt", 0},
	{"/a/salt", "/a/salt?page=1234", 0},
	/* The next story, not the next part. */
	{"/2024/06/salt/", "/2024/06/pepper/", 0},
	{"/story/1017", "/story/1018", 0},
	{"/story1", "/story2", 0},
	{"/a/salt.html", "/a/salt_2.php", 0},
	{"/", "/2", 2},
	{"/a/salt", "//other.example/a/salt/2", 0},
	{"/a/salt", "https://www.quay.example:8443/a/salt/2", 0},
};

static void test_parts(void **state)
{
	struct wv_arena *arena = NULL;
	char name[300];

	(void)state;
	assert_int_equal(wv_arena_new(WV_MIB, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_url base, page, next;

		assert_int_equal(
			wv_url_parse(arena, WV_LIT("https://www.quay.example/"), NULL, &base, NULL),
			WV_OK);
		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].page), &base, &page, NULL),
				 WV_OK);
		assert_int_equal(wv_url_parse(arena, wv_slice_of(rows[i].next), &base, &next, NULL),
				 WV_OK);
		snprintf(name, sizeof name, "%s, %s", rows[i].page, rows[i].next);
		row_int(name, wv_next_part(&page, &next), rows[i].number);
		/* The cheap look loses none. */
		if (rows[i].number)
			row_int(name, wv_next_part_may_be(&page, wv_slice_of(rows[i].next)), 1);
	}
	wv_arena_free(&arena);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
