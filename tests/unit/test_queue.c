#include "config/base/queue.h"

#include <pthread.h>
#include <stdint.h>

#include "tests/support/rows.h"

ROWS_STATE;

enum { ITEMS = 20000, PRODUCERS = 3, CONSUMERS = 3 };

static void *produce(void *queue)
{
	for (uintptr_t i = 1; i <= ITEMS; i++)
		if (!wv_queue_push(queue, (void *)i))
			return NULL;
	return queue;
}

static void *consume(void *queue)
{
	uintptr_t sum = 0;
	void *item;

	while ((item = wv_queue_pop(queue)) != NULL)
		sum += (uintptr_t)item;
	return (void *)sum;
}

static void nothing_lost_between_threads(void **state)
{
	struct wv_queue *queue = NULL;
	pthread_t producers[PRODUCERS], consumers[CONSUMERS];
	uintptr_t sum = 0;

	(void)state;
	assert_int_equal(wv_queue_new(7, &queue, NULL), WV_OK);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_create(&producers[i], NULL, produce, queue);
	for (int i = 0; i < CONSUMERS; i++)
		pthread_create(&consumers[i], NULL, consume, queue);
	for (int i = 0; i < PRODUCERS; i++) {
		void *done;

		pthread_join(producers[i], &done);
		assert_non_null(done);
	}
	wv_queue_close(queue);
	for (int i = 0; i < CONSUMERS; i++) {
		void *part;

		pthread_join(consumers[i], &part);
		sum += (uintptr_t)part;
	}
	assert_true(sum == (uintptr_t)PRODUCERS * ITEMS * (ITEMS + 1) / 2);
	wv_queue_free(&queue);
}

static void order_room_and_closing(void **state)
{
	struct wv_queue *queue = NULL;
	int a, b, c;

	(void)state;
	assert_int_equal(wv_queue_new(2, &queue, NULL), WV_OK);
	assert_null(wv_queue_try_pop(queue));
	assert_true(wv_queue_try_push(queue, &a));
	assert_true(wv_queue_try_push(queue, &b));
	assert_false(wv_queue_try_push(queue, &c));
	assert_int_equal(wv_queue_count(queue), 2);
	assert_ptr_equal(wv_queue_pop(queue), &a);
	wv_queue_close(queue);
	assert_false(wv_queue_push(queue, &c));
	assert_ptr_equal(wv_queue_pop(queue), &b);
	assert_null(wv_queue_pop(queue));
	wv_queue_free(&queue);
	assert_null(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_lost_between_threads),
		cmocka_unit_test(order_room_and_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
