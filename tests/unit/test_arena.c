#include "config/base/arena.h"

#include <stdint.h>

#include "tests/support/rows.h"

ROWS_STATE;

static void allocations_are_aligned_and_apart(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	unsigned char *last = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(8u << 20, &arena, NULL), WV_OK);
	for (size_t n = 0; n < 3000; n++) {
		unsigned char *p = wv_arena_alloc(arena, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, 0xA5, n);
		if (last && n > 1)
			assert_int_equal(last[0], 0xA5);
		last = p;
	}
	wv_arena_reset(arena);
	assert_int_equal(wv_arena_used_bytes(arena), 0);
	row_text("string", wv_slice_of(wv_arena_string(arena, WV_LIT("abc"))), "abc");
	row_text("format", wv_arena_format(arena, "%d-%s", 7, "x"), "7-x");
	rows_end();
}

static void cap(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(1024, &arena, NULL), WV_OK);
	assert_non_null(wv_arena_alloc(arena, 1008));
	assert_non_null(wv_arena_alloc(arena, 16));
	assert_null(wv_arena_alloc(arena, 1));
	assert_null(wv_arena_alloc(arena, SIZE_MAX));
	assert_null(wv_arena_zero(arena, SIZE_MAX / 2, 3));
	assert_null(wv_arena_copy(arena, WV_LIT("x")).p);
	wv_arena_reset_cap(arena, 4096);
	assert_non_null(wv_arena_alloc(arena, 1024));
	assert_non_null(wv_arena_alloc(arena, 3072));
	assert_null(wv_arena_alloc(arena, 1));
}

static bool refuse(void *context)
{
	return --*(int *)context > 0;
}

static void jumps(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	jmp_buf jump;
	volatile int got = 0;
	int blocks = 2;

	(void)state;
	assert_int_equal(wv_arena_new(1u << 30, &arena, NULL), WV_OK);
	wv_arena_on_block(arena, refuse, &blocks);
	if (setjmp(jump) == 0) {
		wv_arena_on_failure(arena, &jump);
		for (;;) {
			wv_arena_alloc(arena, 60000);
			got++;
		}
	}
	wv_arena_on_failure(arena, NULL);
	assert_int_equal(got, 1);
	assert_null(wv_arena_alloc(arena, 100000));
}

static bool count_block(void *context)
{
	++*(int *)context;
	return true;
}

/* Filled again to as much, it asks for no block: but not for what is larger than it may keep. */
static void keeps(void **state)
{
	static const struct {
		const char *row;
		size_t keep, bytes, pieces;
		int blocks; /* the second time */
	} rows[] = {
		{"nothing kept but the first", 0, 1000, 200, 2},
		{"all in the last block", 1u << 20, 1000, 100, 0},
		{"less than it was filled to", 64 * 1024, 1000, 200, 2},
		{"something large is not kept", 1u << 20, 3u << 20, 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		int blocks = 0;

		assert_int_equal(wv_arena_new(8u << 20, &arena, NULL), WV_OK);
		wv_arena_keep(arena, rows[i].keep);
		assert_non_null(wv_arena_alloc(arena, 10));
		for (size_t round = 0; round < 2; round++) {
			for (size_t k = 0; k < rows[i].pieces; k++)
				assert_non_null(wv_arena_alloc(arena, rows[i].bytes));
			wv_arena_reset(arena);
			assert_int_equal(wv_arena_used_bytes(arena), 0);
			wv_arena_on_block(arena, count_block, &blocks);
			blocks = round == 0 ? 0 : blocks;
		}
		row_int(rows[i].row, blocks, rows[i].blocks);
	}
	rows_end();
}

/* The first block is as large as was asked for, the next ones double. */
static void first_blocks(void **state)
{
	static const struct {
		const char *row;
		size_t first, bytes;
		int blocks;
	} rows[] = {
		{"small, one block", 4096, 4096, 1},
		{"small, doubled", 4096, 4096 + 8192, 2},
		{"small, doubled again", 4096, 4096 + 8192 + 16, 3},
		{"large", 1u << 20, 1u << 20, 1},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		int blocks = 0;

		assert_int_equal(wv_arena_new_sized(rows[i].first, 8u << 20, &arena, NULL), WV_OK);
		wv_arena_on_block(arena, count_block, &blocks);
		for (size_t n = 0; n < rows[i].bytes; n += 16)
			assert_non_null(wv_arena_alloc(arena, 16));
		row_int(rows[i].row, blocks, rows[i].blocks);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocations_are_aligned_and_apart),
		cmocka_unit_test(cap),
		cmocka_unit_test(jumps),
		cmocka_unit_test(first_blocks),
		cmocka_unit_test(keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
