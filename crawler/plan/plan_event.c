#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

#include "crawler/plan/schedule.h"

/*
 * What happened: requests started and answered, rows committed, addresses found.
 */

/* ---- events */

void wv_plan_started(struct wv_plan *plan, struct wv_visit *visit)
{
	struct turn *turn = plan_turn_find(plan, visit->turn);
	struct taken *taken = (struct taken *)map_find(&plan->taken, visit->slot_hash);

	WV_ASSERT(turn && taken && !taken->is_in_flight);
	visit->started = plan_mono(plan);
	visit->started_at = plan_wall(plan);
	taken->is_in_flight = true;
	wv_turn_clock_started(&turn->clock, visit->started_at, visit->started);
	plan->counts.in_flight++;
	if (visit->attempt > 0)
		plan->counts.retries++;
	if (visit->kind == WV_VISIT_ROBOTS) {
		plan->counts.robots_asked++;
	} else if (visit->kind == WV_VISIT_PAGE) {
		plan->counts.pages_asked += visit->attempt == 0;
		turn->pages += visit->attempt == 0;
		if (turn->pages == turn->politeness.max_pages_per_host) {
			turn->is_used_up = true;
			plan->put_off++;
		}
	} else {
		plan->counts.others_asked++;
	}
	plan_flight_add(plan, turn);
	/* Its memory is there already. */
	(void)!plan_turn_wake(plan, turn, NULL);
}

static void count_forbidden(struct wv_plan *plan, struct wv_visit *visit,
			    const struct wv_outcome *outcome)
{
	struct source_now *source = &plan->sources[visit->source];
	struct wv_source_state *state = &source->state;

	/* Out of scope another host refuses; the source is not to blame. */
	if (visit->kind == WV_VISIT_ROBOTS || visit->hops > 0 ||
	    outcome->result != WV_RESULT_ANSWERED)
		return;
	if (outcome->status != 403) {
		if (state->forbidden_in_row == 0 || outcome->status >= 400)
			return;
		state->forbidden_in_row = 0;
	} else if (++state->forbidden_in_row >= WV_FORBIDDEN_BURST) {
		state->forbidden_in_row = 0;
		state->suspended_set = outcome->ended_at;
		state->suspended_until.us = outcome->ended_at.us + WV_SUSPEND_US;
		source->suspended.us = outcome->ended.us + WV_SUSPEND_US;
		source->is_new = true;
	}
	state->run = wv_frontier_run(plan->options.frontier);
	state->change++;
	visit->has_source_after = true;
	visit->source_after = *state;
}

static enum wv_status decide_retry(struct wv_plan *plan, struct wv_visit *visit,
				   const struct wv_outcome *outcome, const struct turn *turn,
				   struct wv_err *err)
{
	struct wv_mono at = {outcome->ended.us + wv_schedule_retry_us(visit->attempt)};
	struct retry *retries;

	if (!wv_outcome_is_retryable(visit->kind, outcome) ||
	    visit->attempt >= plan->settings->network.retries)
		return WV_OK;
	if (plan->retry_count == plan->retry_room) {
		size_t room = plan->retry_room ? plan->retry_room * 2 : 64;

		retries = realloc(plan->retries, room * sizeof *retries);
		if (!retries)
			return plan_nomem(err);
		plan->retries = retries;
		plan->retry_room = room;
	}
	if (turn->clock.held.us > at.us)
		at = turn->clock.held;
	visit->will_retry = true;
	visit->retry_at.us = outcome->ended_at.us + (at.us - outcome->ended.us);
	plan->retries[plan->retry_count++] = (struct retry){visit->slot_hash, at};
	return WV_OK;
}

static void wind_clock(struct wv_plan *plan, struct wv_visit *visit,
		       const struct wv_outcome *outcome, struct turn *turn)
{
	bool asks = outcome->status == 429 || outcome->status == 503;
	struct wv_turn_answer answer = {
		.at = outcome->ended_at,
		.mono = outcome->ended,
		.started = visit->started,
		.bytes = outcome->bytes,
		.retry_after_us = outcome->retry_after_us,
		.asks_to_wait = asks || (outcome->status >= 300 && outcome->status < 400),
		.is_trouble = asks || outcome->result == WV_RESULT_TIMEOUT,
		.jitter_seed = wv_plan_hash(turn->key) | 1,
	};

	wv_turn_clock_answered(&turn->clock, &turn->politeness, &answer);
	plan->counts.in_flight--;
	plan_flight_remove(plan, turn);
}

enum wv_status wv_plan_answered(struct wv_plan *plan, struct wv_visit *visit,
				const struct wv_outcome *outcome, struct wv_err *err)
{
	struct turn *turn = plan_turn_find(plan, visit->turn);
	struct taken *taken = (struct taken *)map_find(&plan->taken, visit->slot_hash);
	enum wv_status st = WV_OK;

	WV_ASSERT(turn && taken);
	turn->refs++;
	if (taken->is_in_flight) {
		/* A request the guard stopped, or that never left, still counts for the clock: it
		 * was started, and to wait once more than needed harms nobody. */
		wind_clock(plan, visit, outcome, turn);
		taken->is_in_flight = false;
	}
	count_forbidden(plan, visit, outcome);
	if (visit->kind == WV_VISIT_ROBOTS && outcome->result == WV_RESULT_NOT_SENT)
		st = plan_robots_dropped(plan, visit->robots_origin, err);
	else if (visit->kind == WV_VISIT_ROBOTS)
		st = plan_robots_answered(plan, visit, outcome, err);
	else
		st = decide_retry(plan, visit, outcome, turn, err);
	visit->turn_after = turn->clock.state;
	if (st == WV_OK)
		st = plan_turn_wake(plan, turn, err);
	turn->refs--;
	return st;
}

enum wv_status wv_plan_committed(struct wv_plan *plan, const struct wv_change *change,
				 struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(wv_buf_slice(&change->queues));
	enum wv_status st = WV_OK;

	if (change->slot_hash != 0)
		plan_give_back(plan, change->slot_hash);
	if (plan->options.only && change->target_key_n > 0)
		st = plan_only_add(plan, wv_slice(change->target_key, change->target_key_n), err);
	while (st == WV_OK && wv_cursor_left(&c)) {
		uint32_t source_id = wv_cursor_u32(&c);
		struct wv_slice host = wv_cursor_block(&c);

		if (c.failed)
			break;
		st = plan_queue_wake(plan, source_id, host, err);
	}
	return st;
}

void wv_plan_dropped(struct wv_plan *plan, const struct wv_visit *visit)
{
	struct taken *taken = (struct taken *)map_find(&plan->taken, visit->slot_hash);
	struct turn *turn = plan_turn_find(plan, visit->turn);

	if (taken && taken->is_in_flight && turn) {
		plan->counts.in_flight--;
		turn->clock.in_flight--;
		plan_flight_remove(plan, turn);
	}
	plan_give_back(plan, visit->slot_hash);
	if (visit->kind == WV_VISIT_ROBOTS && taken)
		(void)!plan_robots_dropped(plan, visit->robots_origin, NULL);
}

enum wv_status wv_plan_resolved(struct wv_plan *plan, struct wv_slice host, struct wv_slice address,
				struct wv_err *err)
{
	struct queue *queue = plan->nameless;
	struct node *node;
	struct wv_slice *names;
	unsigned char *at;
	enum wv_status st = WV_OK;

	/* No address: the turn is the host's, and the fetch will say what is wrong. */
	node = calloc(1, sizeof *node + 2 * sizeof *names + host.n + 2 +
				 (address.n ? address.n : host.n));
	if (!node || !map_add(&plan->hosts, node, wv_slice_hash(host, 4))) {
		free(node);
		return plan_nomem(err);
	}
	names = (struct wv_slice *)(node + 1);
	at = (unsigned char *)(names + 2);
	memcpy(at, host.p, host.n);
	names[0] = wv_slice(at, host.n);
	at += host.n;
	memcpy(at, address.n ? "i:" : "h:", 2);
	memcpy(at + 2, address.n ? address.p : host.p, address.n ? address.n : host.n);
	names[1] = wv_slice(at, 2 + (address.n ? address.n : host.n));
	plan->nameless = NULL;
	while (queue && st == WV_OK) {
		struct queue *next = queue->blocked_next;

		queue->blocked_next = NULL;
		queue->state = QUEUE_IDLE;
		if (queue->is_address_asked && wv_slice_equals(queue->host, names[0])) {
			queue->is_address_asked = false;
			plan->addresses_asked--;
		}
		st = plan_queue_activate(plan, queue, err); /* others are nameless again */
		queue = next;
	}
	return st;
}
