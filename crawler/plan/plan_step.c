#include "crawler/plan/plan_inner.h"

/*
 * The next step: leases that are due, turns that are awake, the scan, a rest, the end.
 */
#define SCAN_QUEUES   256u                /* looked at in one go: a few milliseconds */
#define SCAN_EVERY_US (20 * WV_US_PER_MS) /* while there is other work */
#define LEASES_MAX    512u                /* given in one step */
#define SWEEP_EVERY   4096u
#define START_US      (50 * WV_US_PER_MS) /* at most from the step to the request */

/* ---- steps */

static bool is_over(const struct wv_plan *plan, struct wv_mono now)
{
	return now.us >= plan->options.end.us;
}

static bool is_quiet(const struct wv_plan *plan, const struct turn *turn, struct wv_mono *until)
{
	struct wv_time end;

	if (!turn->politeness.quiet_hours.is_set ||
	    !plan->options.is_quiet(plan->options.quiet_context, &turn->politeness.quiet_hours,
				    plan_now(plan), &end))
		return false;
	*until = plan_mono_of(plan, end);
	return true;
}

/*
 * The turn at the top of the heap is awake. Either it gives a step (*has_step), or its place in
 * the heap has changed.
 */
static enum wv_status serve(struct wv_plan *plan, struct turn *turn, struct wv_mono now,
			    struct wv_plan_step *step, bool *has_step, struct wv_err *err)
{
	struct wv_mono ready = wv_turn_clock_ready(&turn->clock, &turn->politeness), until;
	enum picked picked = PICKED_AGAIN;
	bool may;
	enum wv_status st = WV_OK;

	if (is_quiet(plan, turn, &until)) {
		plan_turn_set_wake(plan, turn, until, WV_WAIT_QUIET);
		return WV_OK;
	}
	turn->refs++;
	may = ready.us <= now.us &&
	      wv_turn_clock_is_leased(&turn->clock, (struct wv_mono){now.us + START_US});
	while (st == WV_OK && picked == PICKED_AGAIN)
		st = plan_pick(plan, turn, may, step, &picked, err);
	if (st == WV_OK && picked == PICKED_STEP) {
		*has_step = true;
	} else if (st == WV_OK && (turn->ring || turn->jobs)) {
		/* It has a visit to make; what does it wait for? */
		if (!plan_turn_is_leased(turn, ready.us > now.us ? ready : now) &&
		    !turn->is_lease_asked)
			st = plan_lease_ask(plan, turn, err);
		if (st == WV_OK)
			st = plan_turn_wake(plan, turn, err);
	} else if (st == WV_OK) {
		plan_turn_sleep(plan, turn);
	}
	turn->refs--;
	return st;
}

static void lease_step(struct wv_plan *plan, struct wv_plan_step *step)
{
	step->kind = WV_STEP_LEASE;
	step->leases = plan->leases;
	step->lease_count = plan->lease_count;
	plan->lease_count = 0;
}

static bool is_busy(const struct wv_plan *plan)
{
	return plan->counts.in_flight > 0 || plan->taken.count > 0 || plan->leases_asked > 0 ||
	       plan->addresses_asked > 0;
}

/* Nothing to do at this instant: wait, or the end. */
static void rest(struct wv_plan *plan, struct wv_mono now, bool may_visit,
		 struct wv_plan_step *step)
{
	struct turn *top = plan->heap_count ? plan->heap[0] : NULL;
	struct wv_mono until = {INT64_MAX};
	bool has_work = top || plan->retry_count > 0;

	step->kind = WV_STEP_WAIT;
	step->reason = WV_WAIT_RESULT;
	if (!may_visit) {
		step->reason = WV_WAIT_ROOM;
		step->until = plan->flights ? plan->renew_at : until;
		return;
	}
	if (top) {
		until = top->wake;
		step->reason = top->reason;
		step->turn = top->key;
	}
	for (size_t i = 0; i < plan->retry_count; i++) {
		/* One whose time has come waits for its turn like others. */
		if (plan->retries[i].at.us > now.us && plan->retries[i].at.us < until.us) {
			until = plan->retries[i].at;
			step->reason = WV_WAIT_DELAY;
			step->turn = WV_SLICE_NONE;
		}
	}
	if (!is_busy(plan)) {
		if (!has_work) {
			step->kind = WV_STEP_DONE;
			step->done = WV_DONE_ALL;
			return;
		}
		/* What the end of the run cuts off is work left; what asked for more than our
		 * patience is put off. */
		int64_t patience = plan->options.patience_us;

		if (step->reason == WV_WAIT_DELAY && plan->options.delay_patience_us > patience)
			patience = plan->options.delay_patience_us;
		if (until.us - now.us > patience || until.us >= plan->options.end.us) {
			step->kind = WV_STEP_DONE;
			step->done = until.us - now.us > patience ? WV_DONE_PATIENCE : WV_DONE_TIME;
			return;
		}
	}
	if (plan->later_count > 0 && plan->later[0]->later.us < until.us)
		until = plan->later[0]->later;
	if (plan->flights && plan->renew_at.us < until.us)
		until = plan->renew_at;
	if (plan->rescan_at.us < until.us)
		until = plan->rescan_at;
	step->until = until;
}

/* The bound is met: is anything left that would have been done? */
static enum wv_status finish(struct wv_plan *plan, enum wv_done_reason reason,
			     struct wv_plan_step *step, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (is_busy(plan)) {
		step->kind = WV_STEP_WAIT;
		step->reason = WV_WAIT_RESULT;
		step->until = plan->flights ? plan->renew_at : (struct wv_mono){INT64_MAX};
		return WV_OK;
	}
	step->kind = WV_STEP_DONE;
	step->done = plan->retry_count > 0 ? reason : WV_DONE_ALL;
	while (st == WV_OK && step->done == WV_DONE_ALL) {
		struct turn *turn = plan->heap_count ? plan->heap[0] : NULL;
		struct ahead *ahead = NULL;

		if (!turn && plan->nameless)
			step->done = reason;
		if (!turn && (plan->is_scanned || plan->nameless))
			break;
		if (!turn) {
			st = plan_scan(plan, SCAN_QUEUES, err);
			continue;
		}
		turn->refs++;
		st = plan_turn_peek(plan, turn, &ahead, err);
		if (st == WV_OK && (ahead || turn->jobs))
			step->done = reason;
		else
			plan_turn_sleep(plan, turn);
		turn->refs--;
	}
	return st;
}

static bool wants_address(struct wv_plan *plan, struct wv_plan_step *step)
{
	for (struct queue *queue = plan->nameless; queue; queue = queue->blocked_next) {
		if (queue->is_address_asked)
			continue;
		queue->is_address_asked = true;
		plan->addresses_asked++;
		step->kind = WV_STEP_RESOLVE;
		step->host = queue->host;
		return true;
	}
	return false;
}

/* Awake turns one after another, until one gives a step or none is awake. */
static enum wv_status serve_awake(struct wv_plan *plan, struct wv_plan_step *step, bool *has_step,
				  struct wv_err *err)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK && !*has_step && plan->heap_count > 0 &&
	       plan->lease_count < LEASES_MAX) {
		struct wv_mono now = plan_mono(plan);

		if (plan->heap[0]->wake.us > now.us)
			break;
		st = serve(plan, plan->heap[0], now, step, has_step, err);
	}
	return st;
}

enum wv_status wv_plan_next(struct wv_plan *plan, bool may_visit, struct wv_plan_step *step,
			    struct wv_err *err)
{
	struct wv_mono now = plan_mono(plan);
	bool has_step = false;
	enum wv_status st;

	*step = (struct wv_plan_step){.kind = WV_STEP_WAIT};
	if (plan->order++ % SWEEP_EVERY == 0)
		plan_turn_sweep(plan);
	st = plan_lease_renew(plan, err);
	if (st == WV_OK && plan->lease_count > 0) {
		lease_step(plan, step);
		return WV_OK;
	}
	if (st == WV_OK &&
	    (is_over(plan, now) || plan->counts.pages_asked >= plan->options.max_pages)) {
		return finish(plan, is_over(plan, now) ? WV_DONE_TIME : WV_DONE_MAX_PAGES, step,
			      err);
	}
	if (now.us >= plan->rescan_at.us)
		plan_scan_again(plan);
	if (st == WV_OK)
		st = plan_later_due(plan, now, err);
	if (st == WV_OK &&
	    (plan->scanned_at.us == INT64_MIN || now.us - plan->scanned_at.us >= SCAN_EVERY_US))
		st = plan_scan(plan, SCAN_QUEUES, err);
	for (;;) {
		if (st == WV_OK && may_visit)
			st = serve_awake(plan, step, &has_step, err);
		if (st != WV_OK || has_step)
			return st;
		if (plan->lease_count > 0) {
			lease_step(plan, step);
			return WV_OK;
		}
		if (wants_address(plan, step))
			return WV_OK;
		if (plan->is_scanned || plan->queues.count >= plan->options.queues_max)
			break;
		st = plan_scan(plan, SCAN_QUEUES, err);
	}
	rest(plan, now, may_visit, step);
	if (step->kind == WV_STEP_DONE && step->done == WV_DONE_TIME)
		return finish(plan, WV_DONE_TIME, step, err);
	return WV_OK;
}
