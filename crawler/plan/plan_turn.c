#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

/* ---- the heap: the turn that wakes first is at the top */

static bool is_before(const struct turn *a, const struct turn *b)
{
	return a->wake.us != b->wake.us ? a->wake.us < b->wake.us : a->order < b->order;
}

static void put_at(struct wv_plan *plan, struct turn *turn, size_t at)
{
	plan->heap[at] = turn;
	turn->heap_at = at;
}

static void sift(struct wv_plan *plan, struct turn *turn)
{
	size_t at = turn->heap_at;

	while (at > 0 && is_before(turn, plan->heap[(at - 1) / 2])) {
		put_at(plan, plan->heap[(at - 1) / 2], at);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < plan->heap_count &&
		    is_before(plan->heap[child + 1], plan->heap[child]))
			child++;
		if (child >= plan->heap_count || !is_before(plan->heap[child], turn))
			break;
		put_at(plan, plan->heap[child], at);
		at = child;
	}
	put_at(plan, turn, at);
}

void plan_turn_sleep(struct wv_plan *plan, struct turn *turn)
{
	struct turn *last;

	if (turn->heap_at == SIZE_MAX)
		return;
	last = plan->heap[--plan->heap_count];
	if (last != turn) {
		last->heap_at = turn->heap_at;
		plan->heap[last->heap_at] = last;
		sift(plan, last);
	}
	turn->heap_at = SIZE_MAX;
}

void plan_turn_set_wake(struct wv_plan *plan, struct turn *turn, struct wv_mono wake,
			enum wv_wait_reason reason)
{
	WV_ASSERT(turn->heap_at != SIZE_MAX);
	turn->wake = wake;
	turn->reason = reason;
	turn->order = plan->order++;
	sift(plan, turn);
}

enum wv_status plan_turn_wake(struct wv_plan *plan, struct turn *turn, struct wv_err *err)
{
	struct wv_mono ready = wv_turn_clock_ready(&turn->clock, &turn->politeness);
	struct wv_mono now = plan_mono(plan), wake = ready;
	enum wv_wait_reason reason = WV_WAIT_DELAY;

	if (turn->is_used_up || (!turn->ring && !turn->jobs) || ready.us == INT64_MAX) {
		plan_turn_sleep(plan, turn);
		return WV_OK;
	}
	if (turn->heap_at == SIZE_MAX) {
		if (plan->heap_count == plan->heap_room) {
			size_t room = plan->heap_room ? plan->heap_room * 2 : 256;
			struct turn **heap = realloc(plan->heap, room * sizeof *heap);

			if (!heap)
				return plan_nomem(err);
			plan->heap = heap;
			plan->heap_room = room;
		}
		turn->heap_at = plan->heap_count++;
		plan->heap[turn->heap_at] = turn;
		turn->wake = (struct wv_mono){INT64_MAX};
	}
	if (turn->clock.held.us > now.us && ready.us == turn->clock.held.us)
		reason = WV_WAIT_HOLD;
	/* A turn long free is asked now, not when it was: its lease must reach from now. */
	if (!plan_turn_is_leased(turn, ready.us > now.us ? ready : now)) {
		if (turn->is_lease_asked) {
			wake = (struct wv_mono){INT64_MAX};
			reason = WV_WAIT_LEASE;
		} else {
			wake.us = ready.us > INT64_MIN + LEASE_LEAD_US ? ready.us - LEASE_LEAD_US
								       : ready.us;
		}
	}
	if (wake.us < now.us)
		wake = now;
	plan_turn_set_wake(plan, turn, wake, reason);
	return WV_OK;
}

/* ---- turns */

static void merge(struct wv_politeness *into, const struct wv_politeness *other)
{
	if (other->delay_us > into->delay_us)
		into->delay_us = other->delay_us;
	if (other->delay_factor > into->delay_factor)
		into->delay_factor = other->delay_factor;
	if (other->connections_per_host < into->connections_per_host)
		into->connections_per_host = other->connections_per_host;
	if (other->bandwidth_bytes_per_s < into->bandwidth_bytes_per_s)
		into->bandwidth_bytes_per_s = other->bandwidth_bytes_per_s;
	if (other->max_pages_per_host < into->max_pages_per_host)
		into->max_pages_per_host = other->max_pages_per_host;
	if (!into->quiet_hours.is_set)
		into->quiet_hours = other->quiet_hours;
}

static struct turn *find(const struct wv_plan *plan, struct wv_slice key, uint64_t hash)
{
	struct node *node = map_find(&plan->turns, hash);

	for (; node; node = map_find_next(node)) {
		struct turn *turn = (struct turn *)node;

		if (wv_slice_equals(turn->key, key))
			return turn;
	}
	return NULL;
}

static enum wv_status read_row(struct wv_plan *plan, struct wv_slice key, struct wv_turn_state *out,
			       bool *is_known, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_txn_begin_read(plan->options.db, &txn, err);

	if (st == WV_OK)
		st = wv_frontier_turn(txn, key, out, err);
	*is_known = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status plan_turn_get(struct wv_plan *plan, struct wv_slice key,
			     const struct wv_politeness *politeness, struct turn **out,
			     struct wv_err *err)
{
	uint64_t hash = wv_slice_hash(key, 3);
	struct turn *turn = find(plan, key, hash);
	struct wv_turn_state state;
	bool is_known;
	enum wv_status st;

	if (turn) {
		merge(&turn->politeness, politeness);
		turn->refs++;
		*out = turn;
		return WV_OK;
	}
	st = read_row(plan, key, &state, &is_known, err);
	if (st != WV_OK)
		return st;
	turn = calloc(1, sizeof *turn + key.n);
	if (!turn || !map_add(&plan->turns, &turn->node, hash)) {
		free(turn);
		return plan_nomem(err);
	}
	memcpy(turn + 1, key.p, key.n);
	turn->key = wv_slice(turn + 1, key.n);
	turn->politeness = *politeness;
	turn->heap_at = SIZE_MAX;
	turn->refs = 1;
	wv_turn_clock_init(&turn->clock, is_known ? &state : NULL, politeness,
			   is_known && wv_frontier_is_lease_open(plan->options.frontier, &state),
			   plan_now(plan), plan_mono(plan));
	turn->clock.state.run = wv_frontier_run(plan->options.frontier);
	*out = turn;
	return WV_OK;
}

struct turn *plan_turn_find(const struct wv_plan *plan, struct wv_slice key)
{
	return find(plan, key, wv_slice_hash(key, 3));
}

/* Once all it did is durable and its delay is over, the row alone says as much as the object. */
static bool is_needed(const struct turn *turn, struct wv_mono now)
{
	if (turn->refs > 0 || turn->clock.in_flight > 0 || turn->uncommitted > 0 ||
	    turn->is_lease_asked)
		return true;
	if (turn->pages > 0 && turn->politeness.max_pages_per_host != WV_UNBOUNDED)
		return true;
	return wv_turn_clock_ready(&turn->clock, &turn->politeness).us > now.us;
}

static void drop(struct wv_plan *plan, struct turn *turn)
{
	plan_turn_sleep(plan, turn);
	map_remove(&plan->turns, &turn->node);
	free(turn);
}

void plan_turn_release(struct wv_plan *plan, struct turn *turn)
{
	WV_ASSERT(turn->refs > 0);
	turn->refs--;
	if (!is_needed(turn, plan_mono(plan)))
		drop(plan, turn);
}

void plan_turn_sweep(struct wv_plan *plan)
{
	struct wv_mono now = plan_mono(plan);

	for (size_t i = 0; i < plan->turns.room; i++) {
		for (struct node *node = plan->turns.buckets[i], *next; node; node = next) {
			next = node->next;
			if (!is_needed((struct turn *)node, now))
				drop(plan, (struct turn *)node);
		}
	}
}

/* ---- leases */

bool plan_turn_is_leased(const struct turn *turn, struct wv_mono at)
{
	struct wv_mono until = {at.us < INT64_MAX - LEASE_MARGIN_US && at.us > INT64_MIN
					? at.us + LEASE_MARGIN_US
					: at.us};

	return wv_turn_clock_is_leased(&turn->clock, until);
}

enum wv_status plan_lease_ask(struct wv_plan *plan, struct turn *turn, struct wv_err *err)
{
	int64_t us = wv_turn_clock_lease_us(&turn->clock, &turn->politeness);
	struct wv_mono mono = plan_mono(plan);
	struct wv_time now = plan_wall(plan);
	struct wv_turn_state *state = &turn->clock.state;

	if (plan->lease_count == plan->lease_room) {
		size_t room = plan->lease_room ? plan->lease_room * 2 : 64;
		struct wv_lease *leases = realloc(plan->leases, room * sizeof *leases);

		if (!leases)
			return plan_nomem(err);
		plan->leases = leases;
		plan->lease_room = room;
	}
	turn->is_lease_asked = true;
	plan->leases_asked++;
	state->change++;
	state->lease_run = wv_frontier_run(plan->options.frontier);
	state->lease_set = now;
	state->lease_until.us = now.us + us;
	plan->leases[plan->lease_count++] = (struct wv_lease){
		.turn = turn->key,
		.state = *state,
		.until = {mono.us + us},
	};
	return WV_OK;
}

void wv_plan_leased(struct wv_plan *plan, const struct wv_lease *leases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct turn *turn = find(plan, leases[i].turn, wv_slice_hash(leases[i].turn, 3));

		if (!turn)
			continue;
		plan->leases_asked -= turn->is_lease_asked;
		turn->is_lease_asked = false;
		if (leases[i].until.us > turn->clock.leased.us)
			turn->clock.leased = leases[i].until;
		/* It is in the heap already, waiting for this: no memory is asked for. */
		if (turn->heap_at != SIZE_MAX)
			(void)!plan_turn_wake(plan, turn, NULL);
	}
}

struct wv_lease *wv_leases_copy(const struct wv_lease *leases, size_t count)
{
	size_t bytes = count * sizeof *leases;
	struct wv_lease *copy;
	unsigned char *at;

	for (size_t i = 0; i < count; i++)
		bytes += leases[i].turn.n;
	copy = malloc(bytes ? bytes : 1);
	if (!copy)
		return NULL;
	at = (unsigned char *)(copy + count);
	for (size_t i = 0; i < count; i++) {
		copy[i] = leases[i];
		memcpy(at, leases[i].turn.p, leases[i].turn.n);
		copy[i].turn.p = at;
		at += leases[i].turn.n;
	}
	return copy;
}

/* While an answer is long in coming its lease goes on, or a kill meanwhile would make the wait
 * afterwards too short. */
enum wv_status plan_lease_renew(struct wv_plan *plan, struct wv_err *err)
{
	struct wv_mono now = plan_mono(plan);
	enum wv_status st = WV_OK;

	if (now.us < plan->renew_at.us)
		return WV_OK;
	plan->renew_at.us = INT64_MAX;
	for (struct turn *turn = plan->flights; turn && st == WV_OK; turn = turn->flight_next) {
		int64_t half = wv_turn_clock_lease_us(&turn->clock, &turn->politeness) / 2;
		struct wv_mono at = {turn->clock.leased.us - half};

		if (turn->is_lease_asked)
			continue;
		if (at.us <= now.us)
			st = plan_lease_ask(plan, turn, err);
		else if (at.us < plan->renew_at.us)
			plan->renew_at = at;
	}
	return st;
}

void plan_flight_add(struct wv_plan *plan, struct turn *turn)
{
	int64_t half = wv_turn_clock_lease_us(&turn->clock, &turn->politeness) / 2;

	if (turn->clock.leased.us - half < plan->renew_at.us)
		plan->renew_at.us = turn->clock.leased.us - half;
	if (turn->in_flight_list)
		return;
	turn->in_flight_list = true;
	turn->flight_previous = NULL;
	turn->flight_next = plan->flights;
	if (plan->flights)
		plan->flights->flight_previous = turn;
	plan->flights = turn;
}

void plan_flight_remove(struct wv_plan *plan, struct turn *turn)
{
	if (!turn->in_flight_list || turn->clock.in_flight > 0)
		return;
	turn->in_flight_list = false;
	if (turn->flight_previous)
		turn->flight_previous->flight_next = turn->flight_next;
	else
		plan->flights = turn->flight_next;
	if (turn->flight_next)
		turn->flight_next->flight_previous = turn->flight_previous;
}
