/* The growing half of hash tables: what went in is found, wherever it moved. */
#include "config/base/slots.h"

#include <stdlib.h>

#include "tests/support/rows.h"

ROWS_STATE;

struct row {
	uint64_t key; /* 0: free */
	uint32_t value;
};

/* `context`: how many bits of a hash are left, so that all may fall on one slot. */
static uint64_t hash_of(uint64_t key, unsigned bits)
{
	return wv_slots_mix(key) & ((UINT64_C(1) << bits) - 1);
}

static bool hash_row(const void *slot, const void *context, uint64_t *hash)
{
	const struct row *row = slot;

	*hash = hash_of(row->key, *(const unsigned *)context);
	return row->key != 0;
}

static struct row *find(const struct wv_slots *slots, uint64_t key, unsigned bits)
{
	struct row *rows = slots->p;
	size_t at = wv_slots_first(slots, hash_of(key, bits));

	while (rows[at].key && rows[at].key != key)
		at = wv_slots_next(slots, at);
	return &rows[at];
}

static void test_all_are_found(void **state)
{
	static const struct {
		const char *name;
		size_t least, count;
		unsigned bits;
		size_t room; /* at the end */
	} rows[] = {
		{"one", 8, 1, 32, 8},          {"half of the slots", 8, 4, 32, 8},
		{"one more", 8, 5, 32, 16},    {"many", 2, 1000, 32, 2048},
		{"all on one slot", 2, 100, 0, 256}, {"on a few slots", 4, 300, 3, 1024},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_slots slots = {0};
		size_t missing = 0, filled = 0;
		unsigned bits = rows[i].bits;

		for (uint64_t key = 1; key <= rows[i].count; key++) {
			struct row *row;

			assert_true(wv_slots_reserve(&slots, sizeof *row, rows[i].least, hash_row, &bits));
			row = find(&slots, key, bits);
			assert_int_equal(row->key, 0);
			*row = (struct row){key, (uint32_t)(key * 3)};
			slots.used++;
		}
		for (uint64_t key = 1; key <= rows[i].count; key++)
			missing += find(&slots, key, bits)->value != (uint32_t)(key * 3);
		for (size_t k = 0; k < slots.room; k++)
			filled += ((struct row *)slots.p)[k].key != 0;
		row_int(rows[i].name, (long long)missing, 0);
		row_int(rows[i].name, (long long)filled, (long long)rows[i].count);
		row_int(rows[i].name, (long long)find(&slots, 5000, bits)->key, 0);
		row_int(rows[i].name, (long long)slots.room, (long long)rows[i].room);
		wv_slots_done(&slots);
		row_int(rows[i].name, slots.p == NULL && slots.room == 0 && slots.used == 0, true);
	}
	rows_end();
}

/* What cannot be had leaves the table as it was. */
static void test_no_memory(void **state)
{
	struct row one = {7, 21};
	struct wv_slots slots = {.p = &one, .room = SIZE_MAX / 2 + 1, .used = SIZE_MAX / 4 + 1};
	struct wv_slots none = {0};
	unsigned bits = 32;

	(void)state;
	row_int("twice as many are too many", wv_slots_grow(&slots, sizeof one, 2, hash_row, &bits), false);
	row_int("nothing moved", slots.p == &one, true);
	row_int("larger than memory",
	        wv_slots_grow(&none, sizeof one, SIZE_MAX / 2 + 1, hash_row, &bits), false);
	row_int("still none", none.p == NULL && none.room == 0, true);
	wv_slots_done(&none);
	rows_end();
}

/* Numbers in a row, as most keys are, and multiples of powers of two do not share slots. */
static void test_mixing(void **state)
{
	static const struct {
		const char *name;
		uint64_t step;
	} rows[] = {{"in a row", 1}, {"of 4096", 4096}, {"in the high half", UINT64_C(1) << 32}};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		unsigned char used[1024] = {0};
		size_t distinct = 0;

		for (uint64_t n = 1; n <= 512; n++) {
			size_t at = wv_slots_mix(n * rows[i].step) & 1023;

			distinct += !used[at];
			used[at] = 1;
		}
		/* By chance it would be 403. */
		row_int(rows[i].name, distinct > 350, true);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_mixing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
