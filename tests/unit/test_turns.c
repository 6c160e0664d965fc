#include "archive/serve/turns.h"

#include <pthread.h>

#include "tests/support/rows.h"

ROWS_STATE;

/* Letters are requests, one at a time; each of the client with its number costs what it says. */
static void who_is_next(void **state)
{
	static const struct {
		const char *name, *pushed; /* upper case: client 1, lower: 2, digits: 3 */
		int64_t costs[4];
		const char *popped;
	} rows[] = {
		{"equals by coming", "ABC", {0}, "ABC"},
		{"a crowd of one waits for itself", "ABCDEa", {0, 1000, 1}, "AaBCDE"},
		{"who costs less has more turns", "ABCabc", {0, 1000, 400}, "AabcBC"},
		{"three", "ABab12", {0, 10, 10, 5}, "Aa12Bb"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_turns_free) struct wv_turns *turns = NULL;
		struct wv_slice pushed = wv_slice_of(rows[i].pushed);
		char popped[16];
		size_t n = 0;

		assert_int_equal(wv_turns_new(16, 4, 2, &turns, NULL), WV_OK);
		for (size_t k = 0; k < pushed.n; k++) {
			unsigned char c = pushed.p[k];
			size_t client = c >= 'a' ? 2 : c >= 'A' ? 1 : 3;

			assert_true(wv_turns_push(turns, (void *)(uintptr_t)&pushed.p[k], client));
		}
		while (wv_turns_count(turns) > 0) {
			const unsigned char *one = wv_turns_pop(turns);
			size_t client = *one >= 'a' ? 2 : *one >= 'A' ? 1 : 3;

			popped[n++] = (char)*one;
			wv_turns_charge(turns, client, rows[i].costs[client]);
		}
		row_text(rows[i].name, wv_slice(popped, n), rows[i].popped);
	}
	rows_end();
}

/* A client that was away for long may not make up for it at the cost of those who were here. */
static void time_is_not_saved_up(void **state)
{
	WV_AUTO(wv_turns_free) struct wv_turns *turns = NULL;
	int here, first, second;

	(void)state;
	assert_int_equal(wv_turns_new(16, 4, 2, &turns, NULL), WV_OK);
	for (int i = 0; i < 100; i++) {
		assert_true(wv_turns_push(turns, &here, 1));
		assert_ptr_equal(wv_turns_pop(turns), &here);
		wv_turns_charge(turns, 1, 1000);
	}
	assert_true(wv_turns_push(turns, &first, 2));
	assert_true(wv_turns_push(turns, &here, 1));
	assert_true(wv_turns_push(turns, &second, 2));
	assert_ptr_equal(wv_turns_pop(turns), &first);
	wv_turns_charge(turns, 2, 1500);
	assert_ptr_equal(wv_turns_pop(turns), &here);
	assert_ptr_equal(wv_turns_pop(turns), &second);
}

/* Of two takers one is left to others, whoever came first. */
static void nobody_has_all(void **state)
{
	WV_AUTO(wv_turns_free) struct wv_turns *turns = NULL;
	int first, second, other;

	(void)state;
	assert_int_equal(wv_turns_new(16, 4, 2, &turns, NULL), WV_OK);
	assert_true(wv_turns_push(turns, &first, 1));
	assert_true(wv_turns_push(turns, &second, 1));
	assert_ptr_equal(wv_turns_pop(turns), &first);
	assert_true(wv_turns_push(turns, &other, 2));
	assert_ptr_equal(wv_turns_pop(turns), &other);
	wv_turns_charge(turns, 1, 1000);
	assert_ptr_equal(wv_turns_pop(turns), &second);
}

static void room_and_closing(void **state)
{
	WV_AUTO(wv_turns_free) struct wv_turns *turns = NULL;
	int a, b, c;

	(void)state;
	assert_int_equal(wv_turns_new(2, 1, 2, &turns, NULL), WV_OK);
	assert_true(wv_turns_push(turns, &a, 0));
	assert_true(wv_turns_push(turns, &b, 0));
	assert_false(wv_turns_push(turns, &c, 0));
	assert_ptr_equal(wv_turns_pop(turns), &a);
	wv_turns_close(turns);
	assert_false(wv_turns_push(turns, &c, 0));
	assert_ptr_equal(wv_turns_pop(turns), &b);
	assert_null(wv_turns_pop(turns));
}

enum { ITEMS = 20000, TAKERS = 3 };

static void *take(void *turns)
{
	uintptr_t sum = 0;
	void *item;

	while ((item = wv_turns_pop(turns)) != NULL) {
		sum += (uintptr_t)item;
		wv_turns_charge(turns, (uintptr_t)item % 7, 3);
	}
	return (void *)sum;
}

static void nothing_lost_between_threads(void **state)
{
	WV_AUTO(wv_turns_free) struct wv_turns *turns = NULL;
	pthread_t takers[TAKERS];
	uintptr_t sum = 0;

	(void)state;
	assert_int_equal(wv_turns_new(64, 7, TAKERS, &turns, NULL), WV_OK);
	for (int i = 0; i < TAKERS; i++)
		pthread_create(&takers[i], NULL, take, turns);
	for (uintptr_t i = 1; i <= ITEMS;)
		i += wv_turns_push(turns, (void *)i, i % 7);
	wv_turns_close(turns);
	for (int i = 0; i < TAKERS; i++) {
		void *part;

		pthread_join(takers[i], &part);
		sum += (uintptr_t)part;
	}
	assert_true(sum == (uintptr_t)ITEMS * (ITEMS + 1) / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_next),
		cmocka_unit_test(time_is_not_saved_up),
		cmocka_unit_test(nobody_has_all),
		cmocka_unit_test(room_and_closing),
		cmocka_unit_test(nothing_lost_between_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
