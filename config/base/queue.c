#include "config/base/queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct wv_queue {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t has_item, has_room;
	size_t room, first, count;
	bool is_closed;
	void *items[];
};

enum wv_status wv_queue_new(size_t room, struct wv_queue **out, struct wv_err *err)
{
	struct wv_queue *queue;

	WV_ASSERT(room > 0 && room < SIZE_MAX / sizeof(void *) / 2);
	queue = calloc(1, sizeof(*queue) + room * sizeof(void *));
	if (!queue)
		return wv_err_set(err, WV_NOMEM, "out of memory for a queue of %zu", room);
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->has_item, NULL);
	pthread_cond_init(&queue->has_room, NULL);
	queue->room = room;
	*out = queue;
	return WV_OK;
}

void wv_queue_free(struct wv_queue **queue)
{
	struct wv_queue *q = *queue;

	if (!q)
		return;
	WV_ASSERT(q->count == 0);
	pthread_cond_destroy(&q->has_room);
	pthread_cond_destroy(&q->has_item);
	pthread_mutex_destroy(&q->lock);
	free(q);
	*queue = NULL;
}

static bool push_locked(struct wv_queue *q, void *item)
{
	if (q->is_closed || q->count == q->room)
		return false;
	q->items[(q->first + q->count) % q->room] = item;
	q->count++;
	pthread_cond_signal(&q->has_item);
	return true;
}

static void *pop_locked(struct wv_queue *q)
{
	void *item;

	if (q->count == 0)
		return NULL;
	item = q->items[q->first];
	q->first = (q->first + 1) % q->room;
	q->count--;
	pthread_cond_signal(&q->has_room);
	return item;
}

bool wv_queue_push(struct wv_queue *q, void *item)
{
	bool pushed;

	pthread_mutex_lock(&q->lock);
	while (!q->is_closed && q->count == q->room)
		pthread_cond_wait(&q->has_room, &q->lock);
	pushed = push_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return pushed;
}

bool wv_queue_try_push(struct wv_queue *q, void *item)
{
	bool pushed;

	pthread_mutex_lock(&q->lock);
	pushed = push_locked(q, item);
	pthread_mutex_unlock(&q->lock);
	return pushed;
}

void *wv_queue_pop(struct wv_queue *q)
{
	void *item;

	pthread_mutex_lock(&q->lock);
	while (!q->is_closed && q->count == 0)
		pthread_cond_wait(&q->has_item, &q->lock);
	item = pop_locked(q);
	pthread_mutex_unlock(&q->lock);
	return item;
}

void *wv_queue_try_pop(struct wv_queue *q)
{
	void *item;

	pthread_mutex_lock(&q->lock);
	item = pop_locked(q);
	pthread_mutex_unlock(&q->lock);
	return item;
}

void wv_queue_close(struct wv_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_closed = true;
	pthread_cond_broadcast(&q->has_item);
	pthread_cond_broadcast(&q->has_room);
	pthread_mutex_unlock(&q->lock);
}

size_t wv_queue_count(struct wv_queue *q)
{
	size_t count;

	pthread_mutex_lock(&q->lock);
	count = q->count;
	pthread_mutex_unlock(&q->lock);
	return count;
}
