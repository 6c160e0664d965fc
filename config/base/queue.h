#ifndef WV_CONFIG_BASE_QUEUE_H
#define WV_CONFIG_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/status.h"

/*
 * A bounded queue of pointers between threads, first in, first out. Pushing gives the item away;
 * popping takes it. Closing wakes everybody: pushes then fail, pops drain what is left and then
 * say no. Its lock is a leaf: no other lock is taken while it is held.
 */
struct wv_queue;

WV_MUST_USE enum wv_status wv_queue_new(size_t room, struct wv_queue **out, struct wv_err *err);
/* The queue must be empty: items have owners. */
void wv_queue_free(struct wv_queue **queue);
/* Waits for room; false (the item stays the caller's) once closed. */
bool wv_queue_push(struct wv_queue *queue, void *item);
/* Never waits; false if full or closed. */
bool wv_queue_try_push(struct wv_queue *queue, void *item);
/* Waits for an item; NULL once closed and empty. */
void *wv_queue_pop(struct wv_queue *queue);
/* Never waits; NULL if there is none. */
void *wv_queue_try_pop(struct wv_queue *queue);
void wv_queue_close(struct wv_queue *queue);
size_t wv_queue_count(struct wv_queue *queue);

#endif
