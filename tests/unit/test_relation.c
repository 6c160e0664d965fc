#include "archive/copies/relation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALL  UINT64_MAX
#define HEAD UINT64_C(0xff)
#define TAIL (UINT64_C(0xff) << 50)

struct row {
	const char *name;
	struct wv_overlap overlap;
	enum wv_likeness expected;
};

static const struct row rows[] = {
	{"equal", {1, ALL, ALL, 10000, 10000, 90, false}, WV_LIKENESS_SAME},
	{"equal but for the figures", {1, ALL, ALL, 9000, 9000, 90, true}, WV_LIKENESS_NONE},
	{"most of both", {1, ALL, ALL, 5000, 3500, 40, false}, WV_LIKENESS_MUTUAL},
	{"cut short", {1, ALL, HEAD, 9000, 1500, 20, false}, WV_LIKENESS_CONTAINED},
	{"the same from the other side", {1, HEAD, ALL, 1500, 9000, 20, false},
	 WV_LIKENESS_CONTAINED},
	{"quoted at the end", {1, ALL, TAIL, 9000, 1500, 20, false}, WV_LIKENESS_NONE},
	{"an item among many", {1, ALL, HEAD, 9000, 500, 20, false}, WV_LIKENESS_NONE},
	{"a paragraph in common", {1, HEAD, HEAD, 2000, 2000, 10, false}, WV_LIKENESS_NONE},
	{"one shingle, by chance", {1, ALL, ALL, 10000, 10000, 1, false}, WV_LIKENESS_NONE},
};

static void test_likeness(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_overlap turned = wv_overlap_turn(&rows[i].overlap, 2);
		int got = wv_overlap_likeness(&rows[i].overlap), back = wv_overlap_likeness(&turned);

		if (got != (int)rows[i].expected || back != got) {
			printf("%s: expected %d, got %d, turned %d\n", rows[i].name,
			       (int)rows[i].expected, got, back);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void test_roundups(void **state)
{
	const struct wv_overlap of_two[] = {
		{1, 0xff, HEAD, 2000, 3000, 10, false},
		{2, 0xff00, HEAD, 2000, 3000, 10, false},
	};
	const struct wv_overlap of_one[] = {
		{1, 0xff, HEAD, 2000, 3000, 10, false},
		{2, 0x7f, HEAD, 2000, 3000, 10, false},
	};
	const struct wv_overlap small[] = {
		{1, 0xff, HEAD, 2000, 3000, 10, false},
		{2, 0xff00, HEAD, 900, 3000, 10, false},
	};
	const struct wv_overlap most = {3, ALL, ALL, 7000, 7000, 70, false};

	(void)state;
	assert_true(wv_is_roundup(of_two, 2, 0));
	assert_true(wv_is_roundup(of_two, 2, 1));
	assert_false(wv_is_roundup(of_two, 2, 2)); /* judged before */
	assert_false(wv_is_roundup(of_one, 2, 0));
	assert_false(wv_is_roundup(small, 2, 0));
	assert_true(wv_is_settled(&most, 1));
	assert_false(wv_is_settled(of_two, 2));
	assert_false(wv_is_copy(WV_LIKENESS_MUTUAL, true, false));
	assert_false(wv_is_copy(WV_LIKENESS_SAME, true, false));
	assert_true(wv_is_copy(WV_LIKENESS_SAME, true, true));
	assert_true(wv_is_copy(WV_LIKENESS_CONTAINED, false, false));
	assert_false(wv_is_copy(WV_LIKENESS_NONE, false, false));
}

#define FRONT  UINT64_C(0xffffffffff)     /* 40 parts */
#define BACK   (UINT64_C(0xffffff) << 40) /* the other 24 */
#define MIDDLE (UINT64_C(0xffffffff) << 16)

static const struct {
	const char *name;
	struct wv_overlap overlap, by;
	bool is_void;
} voids[] = {
	{"a story behind another",
	 {1, BACK, ALL, 3600, 9800, 20, false}, {2, FRONT, ALL, 6200, 9800, 40, false}, true},
	{"the larger one of them stays",
	 {2, FRONT, ALL, 6200, 9800, 40, false}, {1, BACK, ALL, 3600, 9800, 20, false}, false},
	{"none is most of it: a round-up, not this",
	 {1, BACK, ALL, 4800, 9800, 20, false}, {2, FRONT, ALL, 5000, 9800, 40, false}, false},
	{"a story before another",
	 {1, HEAD, ALL, 1200, 9800, 20, false}, {2, BACK, ALL, 8700, 9800, 40, false}, true},
	{"one text cut short twice",
	 {1, HEAD, ALL, 1200, 9800, 20, false}, {2, FRONT, ALL, 6200, 9800, 40, false}, false},
	{"more than a quarter in common",
	 {1, BACK, ALL, 3600, 9800, 20, false}, {2, MIDDLE, ALL, 6000, 9800, 40, false}, false},
	{"a bulletin of another day explains the rest",
	 {1, BACK, ALL, 3600, 9800, 20, false}, {2, FRONT, ALL, 6200, 9800, 40, true}, false},
	{"nearly all of both",
	 {1, BACK, ALL, 6000, 9000, 90, false}, {2, FRONT, ALL, 6200, 9800, 40, false}, false},
	{"no room for another",
	 {1, HEAD, ALL, 1200, 9800, 20, false}, {2, BACK, ALL, 9001, 9800, 40, false}, false},
	{"at the limit",
	 {1, HEAD, ALL, 1200, 9800, 20, false}, {2, BACK, ALL, 9000, 9800, 40, false}, true},
};

static void test_voids(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(voids); i++) {
		const struct wv_overlap both[] = {voids[i].by, voids[i].overlap};
		const struct wv_main_part main = wv_main_part_of(both, 2);
		bool got = wv_overlap_is_void(both + 1, &main);

		if (got != voids[i].is_void) {
			printf("%s: expected %d, got %d\n", voids[i].name, voids[i].is_void, got);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* Of the set of overlaps alone; and each change is to a smaller one, or to one as small. */
static void test_main_part(void **state)
{
	struct wv_overlap all[40];
	struct wv_main_part first = {0}, main;
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(all); i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		all[i] = (struct wv_overlap){i, seed, ALL, (uint16_t)(5000 + seed % 5000), 9000, 30,
		                             false};
	}
	for (size_t round = 0; round < WV_COUNT(all); round++) {
		struct wv_overlap keep = all[0];

		memmove(all, all + 1, sizeof(all) - sizeof(all[0]));
		all[WV_COUNT(all) - 1] = keep;
		main = wv_main_part_of(all, WV_COUNT(all));
		first = round == 0 ? main : first;
		assert_true(main.mask != 0 && main.mask == first.mask && main.level == first.level);
	}
	for (size_t i = 0; i < WV_COUNT(all); i++)
		assert_false(wv_main_part_take(&main, all + i));
	assert_true(wv_main_part_of(all, 0).mask == 0);
}

/* Only hashes of the coarser level count. */
static void test_levels(void **state)
{
	struct wv_shared shared;

	(void)state;
	wv_shared_begin(&shared, 0, 3);
	wv_shared_add(&shared, 8, 0, 63);
	wv_shared_add(&shared, 4, 1, 1);
	assert_int_equal(shared.count, 1);
	assert_true(shared.a_mask == 1 && shared.b_mask == UINT64_C(1) << 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_likeness),
		cmocka_unit_test(test_roundups),
		cmocka_unit_test(test_voids),
		cmocka_unit_test(test_main_part),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
