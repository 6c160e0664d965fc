#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

/*
 * Queues: a source and a host. What is due lies in LMDB; here is who has some.
 */

/* ---- the heap of those due later */

static void later_put(struct wv_plan *plan, struct queue *queue, size_t at)
{
	plan->later[at] = queue;
	queue->later_at = at;
}

static void later_sift(struct wv_plan *plan, struct queue *queue)
{
	size_t at = queue->later_at;

	while (at > 0 && queue->later.us < plan->later[(at - 1) / 2]->later.us) {
		later_put(plan, plan->later[(at - 1) / 2], at);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < plan->later_count &&
		    plan->later[child + 1]->later.us < plan->later[child]->later.us)
			child++;
		if (child >= plan->later_count || plan->later[child]->later.us >= queue->later.us)
			break;
		later_put(plan, plan->later[child], at);
		at = child;
	}
	later_put(plan, queue, at);
}

enum wv_status plan_later_add(struct wv_plan *plan, struct queue *queue, struct wv_mono at,
			      struct wv_err *err)
{
	if (plan->later_count == plan->later_room) {
		size_t room = plan->later_room ? plan->later_room * 2 : 64;
		struct queue **later = realloc(plan->later, room * sizeof *later);

		if (!later)
			return plan_nomem(err);
		plan->later = later;
		plan->later_room = room;
	}
	queue->state = QUEUE_LATER;
	queue->later = at;
	queue->later_at = plan->later_count++;
	plan->later[queue->later_at] = queue;
	later_sift(plan, queue);
	return WV_OK;
}

static void later_remove(struct wv_plan *plan, struct queue *queue)
{
	struct queue *last = plan->later[--plan->later_count];

	if (last != queue) {
		last->later_at = queue->later_at;
		plan->later[last->later_at] = last;
		later_sift(plan, last);
	}
	queue->state = QUEUE_IDLE;
}

/* ---- life */

struct queue *plan_queue_find(const struct wv_plan *plan, uint32_t source_id, struct wv_slice host)
{
	struct node *node = map_find(&plan->queues, wv_slice_hash(host, source_id));

	for (; node; node = map_find_next(node)) {
		struct queue *queue = (struct queue *)node;

		if (queue->source_id == source_id && wv_slice_equals(queue->host, host))
			return queue;
	}
	return NULL;
}

void plan_queue_leave_ring(struct wv_plan *plan, struct queue *queue)
{
	struct turn *turn = queue->turn;

	WV_ASSERT(queue->state == QUEUE_ACTIVE);
	if (queue->ring_next == queue) {
		turn->ring = NULL;
	} else {
		queue->ring_next->ring_previous = queue->ring_previous;
		queue->ring_previous->ring_next = queue->ring_next;
		if (turn->ring == queue)
			turn->ring = queue->ring_next;
	}
	queue->ring_next = queue->ring_previous = NULL;
	queue->state = QUEUE_IDLE;
	if (!turn->ring && !turn->jobs)
		plan_turn_sleep(plan, turn);
}

void plan_queue_free(struct wv_plan *plan, struct queue *queue)
{
	if (queue->state == QUEUE_ACTIVE)
		plan_queue_leave_ring(plan, queue);
	else if (queue->state == QUEUE_LATER)
		later_remove(plan, queue);
	WV_ASSERT(queue->state == QUEUE_IDLE);
	map_remove(&plan->queues, &queue->node);
	if (queue->turn)
		plan_turn_release(plan, queue->turn);
	wv_buf_done(&queue->keys);
	free(queue->ahead);
	free(queue);
}

enum wv_status plan_queue_make(struct wv_plan *plan, size_t source, uint32_t source_id,
			       struct wv_slice host, struct queue **out, struct wv_err *err)
{
	struct queue *queue = calloc(1, sizeof *queue + host.n);

	if (!queue || !map_add(&plan->queues, &queue->node, wv_slice_hash(host, source_id))) {
		free(queue);
		return plan_nomem(err);
	}
	if (host.n > 0)
		memcpy(queue + 1, host.p, host.n);
	queue->host = wv_slice(queue + 1, host.n);
	queue->source = source;
	queue->source_id = source_id;
	queue->ahead_want = AHEAD_MIN;
	*out = queue;
	return WV_OK;
}

/* With hosts_by: ip the turn is that of the address; until it is known the queue has none. */
static enum wv_status name_turn(struct wv_plan *plan, struct queue *queue, struct wv_err *err)
{
	const struct wv_source *source = &plan->settings->sources[queue->source];
	struct node *node;
	enum wv_status st;

	if (queue->turn)
		return WV_OK;
	wv_buf_reset(&plan->text);
	wv_frontier_turn_of(plan->settings, queue->host, &plan->text);
	st = wv_buf_finish(&plan->text, "turn name", err);
	if (st != WV_OK)
		return st;
	if (source->politeness.hosts_by != WV_HOSTS_BY_IP || plan->text.p[0] == 'd')
		return plan_turn_get(plan, wv_buf_slice(&plan->text), &source->politeness,
				     &queue->turn, err);
	for (node = map_find(&plan->hosts, wv_slice_hash(queue->host, 4)); node;
	     node = map_find_next(node)) {
		struct wv_slice *names = (struct wv_slice *)(node + 1);

		if (wv_slice_equals(names[0], queue->host))
			return plan_turn_get(plan, names[1], &source->politeness, &queue->turn,
					     err);
	}
	return WV_OK;
}

enum wv_status plan_queue_activate(struct wv_plan *plan, struct queue *queue, struct wv_err *err)
{
	struct turn *turn;
	enum wv_status st;

	if (queue->state == QUEUE_LATER)
		later_remove(plan, queue);
	if (queue->state != QUEUE_IDLE)
		return WV_OK;
	st = name_turn(plan, queue, err);
	if (st != WV_OK)
		return st;
	turn = queue->turn;
	if (!turn) {
		queue->state = QUEUE_NAMELESS;
		queue->blocked_next = plan->nameless;
		plan->nameless = queue;
		return WV_OK;
	}
	queue->state = QUEUE_ACTIVE;
	if (!turn->ring) {
		queue->ring_next = queue->ring_previous = queue;
		turn->ring = queue;
	} else { /* last in the round */
		queue->ring_next = turn->ring;
		queue->ring_previous = turn->ring->ring_previous;
		queue->ring_previous->ring_next = queue;
		turn->ring->ring_previous = queue;
	}
	return turn->heap_at == SIZE_MAX ? plan_turn_wake(plan, turn, err) : WV_OK;
}
