#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

/*
 * robots.txt of the origins that are being asked: as had, from the table or in this run; being
 * had; to be had. Rules are kept parsed for the origins used last.
 */
#define NEXT_CAP_BYTES ((WV_LIMIT_ROBOTS_REDIRECTS + 2) * (WV_LIMIT_URL_BYTES + 4u))

/* The list holds those that nobody waits for, by use; only they can be let go. */
static void list_remove(struct wv_plan *plan, struct robots *robots)
{
	if (!robots->is_listed)
		return;
	if (robots->newer)
		robots->newer->older = robots->older;
	else
		plan->newest = robots->older;
	if (robots->older)
		robots->older->newer = robots->newer;
	else
		plan->oldest = robots->newer;
	robots->newer = robots->older = NULL;
	robots->is_listed = false;
	plan->robots_listed--;
}

static void list_use(struct wv_plan *plan, struct robots *robots)
{
	list_remove(plan, robots);
	if (robots->is_wanted || robots->is_in_flight || robots->blocked)
		return;
	robots->older = plan->newest;
	if (plan->newest)
		plan->newest->newer = robots;
	plan->newest = robots;
	if (!plan->oldest)
		plan->oldest = robots;
	robots->is_listed = true;
	plan->robots_listed++;
}

void plan_robots_free_node(struct node *node)
{
	struct robots *robots = (struct robots *)node;

	wv_robots_free(&robots->rules);
	wv_buf_done(&robots->next);
	free(robots);
}

/* Never the one used last: somebody is about to look at it. */
static void make_room(struct wv_plan *plan)
{
	while (plan->oldest && plan->oldest != plan->newest &&
	       (plan->robots_listed > ROBOTS_KEPT_MAX ||
		plan->robots_bytes > ROBOTS_KEPT_BYTES_MAX)) {
		struct robots *robots = plan->oldest;

		plan->robots_bytes -= robots->rules_bytes;
		list_remove(plan, robots);
		map_remove(&plan->robots, &robots->node);
		plan_robots_free_node(&robots->node);
	}
}

/* Takes over what a row says. Rules that cannot be held within their caps close the origin. */
static void adopt(struct wv_plan *plan, struct robots *robots, const struct wv_robots_row *row)
{
	plan->robots_bytes -= robots->rules_bytes;
	wv_robots_free(&robots->rules);
	robots->rules_bytes = 0;
	robots->state = row->state;
	robots->status = row->status;
	robots->failures = row->failures;
	robots->fetched = row->fetched;
	robots->is_broken = false;
	wv_buf_reset(&robots->next);
	if (row->state == WV_ROBOTS_UNKNOWN && row->next_url.n > 0) {
		wv_buf_add_block(&robots->next, row->next_url);
		wv_buf_add_byte(&robots->next, (unsigned char)row->chain_count);
		for (uint32_t i = 0; i < row->chain_count; i++)
			wv_buf_add_block(&robots->next, row->chain[i]);
		robots->due = row->due;
	}
	if (row->state != WV_ROBOTS_RULES)
		return;
	if (wv_robots_parse(row->text, plan->settings->agent_tokens, &robots->rules, NULL) != WV_OK)
		robots->is_broken = true;
	else
		robots->rules_bytes = wv_robots_bytes(robots->rules);
	plan->robots_bytes += robots->rules_bytes;
}

/* The slot's name must be new, however the clock stepped. */
static struct wv_time next_slot(const struct wv_robots_row *row, struct wv_time at)
{
	return at.us > row->due.us ? at : (struct wv_time){row->due.us + 1};
}

static enum wv_status load(struct wv_plan *plan, struct robots *robots, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_time now = plan_now(plan);
	struct wv_robots_row row;
	enum wv_status st = wv_txn_begin_read(plan->options.db, &txn, err);

	if (st == WV_OK)
		st = wv_frontier_robots(txn, robots->origin, &row, err);
	if (st == WV_NO)
		return WV_OK;
	if (st != WV_OK)
		return st;
	adopt(plan, robots, &row);
	if (wv_robots_row_is_fresh(&row, now))
		robots->expires = plan_mono_of(plan, row.expires);
	/* A new slot opens where the last one ran out; one that redirects left half done goes on.
	 */
	if (row.state != WV_ROBOTS_UNKNOWN)
		robots->due = next_slot(&row, row.expires.us < now.us ? row.expires : now);
	return WV_OK;
}

enum wv_status plan_robots_get(struct wv_plan *plan, struct wv_slice origin, struct robots **out,
			       struct wv_err *err)
{
	uint64_t hash = wv_slice_hash(origin, 5);
	struct node *node = map_find(&plan->robots, hash);
	struct robots *robots;
	enum wv_status st;

	for (; node; node = map_find_next(node)) {
		robots = (struct robots *)node;
		if (!wv_slice_equals(robots->origin, origin))
			continue;
		list_use(plan, robots);
		*out = robots;
		return WV_OK;
	}
	robots = calloc(1, sizeof *robots + origin.n);
	if (!robots || !map_add(&plan->robots, &robots->node, hash)) {
		free(robots);
		return plan_nomem(err);
	}
	memcpy(robots + 1, origin.p, origin.n);
	robots->origin = wv_slice(robots + 1, origin.n);
	robots->expires.us = INT64_MIN;
	robots->due = plan_now(plan);
	wv_buf_init(&robots->next, NEXT_CAP_BYTES);
	list_use(plan, robots);
	st = load(plan, robots, err);
	make_room(plan);
	*out = robots;
	return st;
}

bool plan_robots_is_fresh(const struct robots *robots, struct wv_mono now)
{
	return robots->state != WV_ROBOTS_UNKNOWN && now.us < robots->expires.us;
}

/* The turn of the next hop's host. */
static enum wv_status job_turn(struct wv_plan *plan, struct robots *robots, struct queue *queue,
			       struct turn **out, struct wv_err *err)
{
	const struct wv_source *source = &plan->settings->sources[robots->source];
	struct wv_cursor c = wv_cursor(wv_buf_slice(&robots->next));
	struct wv_slice url = robots->next.n ? wv_cursor_block(&c) : robots->origin;
	struct wv_slice host = wv_plan_host(url);
	enum wv_status st;

	if (queue && queue->turn && wv_slice_equals(queue->host, host)) {
		*out = queue->turn;
		queue->turn->refs++;
		return WV_OK;
	}
	for (struct node *node = map_find(&plan->hosts, wv_slice_hash(host, 4)); node;
	     node = map_find_next(node)) {
		struct wv_slice *names = (struct wv_slice *)(node + 1);

		if (wv_slice_equals(names[0], host))
			return plan_turn_get(plan, names[1], &source->politeness, out, err);
	}
	wv_buf_reset(&plan->text);
	wv_frontier_turn_of(plan->settings, host, &plan->text);
	st = wv_buf_finish(&plan->text, "turn name", err);
	if (st != WV_OK)
		return st;
	return plan_turn_get(plan, wv_buf_slice(&plan->text), &source->politeness, out, err);
}

static enum wv_status add_job(struct wv_plan *plan, struct robots *robots, struct queue *queue,
			      struct wv_err *err)
{
	struct turn *turn;
	enum wv_status st = job_turn(plan, robots, queue, &turn, err);

	if (st != WV_OK)
		return st;
	robots->is_wanted = true;
	robots->job_turn = turn;
	robots->job_next = turn->jobs;
	turn->jobs = robots;
	return plan_turn_wake(plan, turn, err);
}

enum wv_status plan_robots_want(struct wv_plan *plan, struct robots *robots, struct queue *queue,
				struct wv_err *err)
{
	struct turn *turn = queue->turn;
	enum wv_status st = WV_OK;

	turn->refs++; /* leaving its ring must not end it */
	robots->source = queue->source;
	list_remove(plan, robots);
	plan_queue_leave_ring(plan, queue);
	queue->state = QUEUE_BLOCKED;
	queue->blocked_next = robots->blocked;
	robots->blocked = queue;
	if (!robots->is_wanted && !robots->is_in_flight)
		st = add_job(plan, robots, queue, err);
	plan_turn_release(plan, turn);
	return st;
}

static enum wv_status unblock(struct wv_plan *plan, struct robots *robots, struct wv_err *err)
{
	struct queue *queue = robots->blocked;
	enum wv_status st = WV_OK;

	robots->blocked = NULL;
	while (queue && st == WV_OK) {
		struct queue *next = queue->blocked_next;

		queue->blocked_next = NULL;
		queue->state = QUEUE_IDLE;
		st = plan_queue_activate(plan, queue, err);
		queue = next;
	}
	return st;
}

enum wv_status plan_robots_answered(struct wv_plan *plan, const struct wv_visit *visit,
				    const struct wv_outcome *outcome, struct wv_err *err)
{
	const struct wv_source *source = &plan->settings->sources[visit->source];
	struct wv_robots_row row =
		wv_robots_row_after(visit, outcome, source->politeness.robots_forbidden_denies);
	struct robots *robots;
	struct turn *turn;
	int64_t asked;
	enum wv_status st = plan_robots_get(plan, visit->robots_origin, &robots, err);

	if (st != WV_OK)
		return st;
	robots->is_in_flight = false;
	adopt(plan, robots, &row);
	if (row.state == WV_ROBOTS_UNKNOWN)
		return add_job(plan, robots, NULL, err);
	robots->expires.us = outcome->ended.us + (row.expires.us - row.fetched.us);
	robots->due = next_slot(&row, row.expires);
	asked = robots->rules ? wv_robots_facts(robots->rules)->crawl_delay_us : -1;
	/* The delay binds the turn of the origin itself, wherever its rules came from. */
	turn = robots->blocked && robots->blocked->turn ? robots->blocked->turn
							: plan_turn_find(plan, visit->turn);
	if (turn && row.state == WV_ROBOTS_RULES)
		wv_turn_clock_ask(&turn->clock, wv_plan_hash(robots->origin),
				  asked > 0 ? asked : 0);
	st = unblock(plan, robots, err);
	list_use(plan, robots);
	make_room(plan);
	return st;
}

enum wv_status plan_robots_dropped(struct wv_plan *plan, struct wv_slice origin, struct wv_err *err)
{
	struct robots *robots;
	enum wv_status st = plan_robots_get(plan, origin, &robots, err);

	if (st != WV_OK)
		return st;
	robots->is_in_flight = false;
	st = unblock(plan, robots, err);
	list_use(plan, robots);
	return st;
}
