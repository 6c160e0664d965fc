/* archive/serve/gate.h: one at a time, and nobody waits for ever. */
#include <pthread.h>
#include <stdatomic.h>

#include "archive/serve/gate.h"
#include "config/base/clock.h"
#include "tests/support/rows.h"

ROWS_STATE;

#define THREADS 4
#define TIMES   2000
#define LONG_US (60 * WV_US_PER_S)

static struct wv_gate *gate;
static unsigned inside_plain; /* only ever touched in the gate: the thread sanitizer looks on */
static atomic_uint entered;

static void *go_through(void *context)
{
	(void)context;
	for (int i = 0; i < TIMES; i++) {
		if (!wv_gate_enter(gate, LONG_US))
			continue;
		inside_plain++;
		entered++;
		wv_gate_leave(gate);
	}
	return NULL;
}

static void test_one_at_a_time(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	assert_int_equal(wv_gate_new(&gate, NULL), WV_OK);
	row_int("free", wv_gate_enter(gate, 0), true);
	row_int("taken", wv_gate_enter(gate, 0), false);
	row_int("still, after a while", wv_gate_enter(gate, 1000), false);
	wv_gate_leave(gate);
	row_int("left", wv_gate_enter(gate, 0), true);
	wv_gate_leave(gate);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, go_through, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	row_int("all went through", entered, THREADS * TIMES);
	row_int("one at a time", inside_plain, THREADS * TIMES);
	wv_gate_free(&gate);
	assert_null(gate);
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_at_a_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
