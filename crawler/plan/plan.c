#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

#include "config/url.h"
#include "crawler/plan/schedule.h"

#define TEXT_CAP_BYTES  (64u * WV_KIB)
#define ARENA_CAP_BYTES (4u * WV_MIB)
#define ONLY_CAP_BYTES  (64u * WV_MIB)
#define SCAN_QUEUES     256u                /* looked at in one go: a few milliseconds */
#define SCAN_EVERY_US   (20 * WV_US_PER_MS) /* while there is other work */
#define SERVED_MAX      16u  /* visits after which a full house gives another queue the place */
#define LEASES_MAX      512u /* given in one step */
#define SWEEP_EVERY     4096u
#define START_US        (50 * WV_US_PER_MS) /* at most from the step to the request */

struct wv_time plan_now(const struct wv_plan *plan)
{
	const struct wv_frontier *frontier = plan->options.frontier;

	return (struct wv_time){wv_frontier_opened_at(frontier).us + plan_mono(plan).us -
				wv_frontier_opened(frontier).us};
}

struct wv_time plan_wall(const struct wv_plan *plan)
{
	return wv_clock_now(plan->options.clock);
}

struct wv_mono plan_mono(const struct wv_plan *plan)
{
	return wv_clock_mono(plan->options.clock);
}

struct wv_mono plan_mono_of(const struct wv_plan *plan, struct wv_time t)
{
	int64_t ahead;

	if (__builtin_sub_overflow(t.us, plan_now(plan).us, &ahead))
		ahead = t.us > 0 ? INT64_MAX / 2 : INT64_MIN / 2;
	if (__builtin_add_overflow(plan_mono(plan).us, ahead, &ahead))
		ahead = INT64_MAX;
	return (struct wv_mono){ahead};
}

enum wv_status plan_nomem(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "planning: out of memory");
}

const char *wv_wait_reason_name(enum wv_wait_reason reason)
{
	static const char *const names[] = {"connections", "delay",   "retry-after", "quiet hours",
					    "lease",       "answers", "suspended",   "robots.txt"};

	return (size_t)reason < WV_COUNT(names) ? names[reason] : "unknown";
}

/* ---- opening */

static bool is_quiet_by_zone(void *context, const struct wv_quiet_hours *hours, struct wv_time now,
			     struct wv_time *until)
{
	struct wv_plan *plan = context;
	const struct wv_zone *zone;

	/* The name was checked when the settings were read; only memory can fail here. */
	if (wv_zones_get(plan->zones, hours->zone, &zone, NULL) != WV_OK) {
		*until = (struct wv_time){now.us + 60 * WV_US_PER_S};
		return true;
	}
	return wv_zone_is_within(zone, (struct wv_zone_hours){hours->from_minute, hours->to_minute},
				 now, until);
}

static enum wv_status open_sources(struct wv_plan *plan, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	const struct wv_settings *settings = plan->settings;
	enum wv_status st;

	plan->sources = calloc(settings->source_count + 1, sizeof *plan->sources);
	if (!plan->sources)
		return plan_nomem(err);
	st = wv_txn_begin_read(plan->options.db, &txn, err);
	for (size_t i = 0; i < settings->source_count && st == WV_OK; i++) {
		struct source_now *source = &plan->sources[i];
		struct wv_time now = plan_now(plan);

		source->suspended.us = INT64_MIN;
		source->state = (struct wv_source_state){.suspended_set = WV_TIME_NONE,
							 .suspended_until = WV_TIME_NONE};
		st = wv_frontier_source(txn, settings->sources[i].name, &source->state, err);
		if (st == WV_NO) {
			st = WV_OK;
			continue;
		}
		/* A clock set back never prolongs a suspension beyond its own length. */
		if (st == WV_OK && source->state.suspended_until.us > now.us)
			source->suspended.us =
				plan_mono(plan).us +
				(now.us < source->state.suspended_set.us
					 ? WV_SUSPEND_US
					 : source->state.suspended_until.us - now.us);
	}
	return st;
}

/* Each run begins its round elsewhere, so that a run that never gets round starves nobody. */
static void choose_start(struct wv_plan *plan)
{
	uint64_t run = wv_frontier_run(plan->options.frontier);
	uint64_t mix = run * UINT64_C(0x9E3779B97F4A7C15);

	if (plan->settings->source_count == 0)
		return;
	wv_store_u64_be(plan->scan_start,
			(uint64_t)wv_frontier_source_id(
				plan->settings->sources[run % plan->settings->source_count].name)
				<< 32);
	plan->scan_start[4] = (unsigned char)('a' + (mix >> 40) % 26);
	plan->scan_start[5] = (unsigned char)('a' + (mix >> 50) % 26);
	plan->scan_start_n = 6;
	memcpy(plan->scan_key, plan->scan_start, 6);
	plan->scan_key_n = 6;
}

enum wv_status wv_plan_open(const struct wv_plan_options *options, struct wv_plan **out,
			    struct wv_err *err)
{
	WV_AUTO(wv_plan_free) struct wv_plan *plan = calloc(1, sizeof *plan);
	enum wv_status st;

	if (!plan)
		return plan_nomem(err);
	plan->options = *options;
	if (plan->options.queues_max == 0)
		plan->options.queues_max = WV_PLAN_QUEUES_MAX;
	plan->settings = wv_frontier_settings(options->frontier);
	plan->renew_at.us = plan->rescan_at.us = INT64_MAX;
	plan->scanned_at.us = INT64_MIN;
	wv_buf_init(&plan->text, TEXT_CAP_BYTES);
	wv_buf_init(&plan->only_keys, ONLY_CAP_BYTES);
	if (!plan->options.is_quiet) {
		plan->options.is_quiet = is_quiet_by_zone;
		plan->options.quiet_context = plan;
	}
	if (plan->options.patience_us < 0)
		plan->options.patience_us = INT64_MAX;
	st = wv_arena_new(ARENA_CAP_BYTES, &plan->arena, err);
	if (st == WV_OK)
		st = wv_zones_new(&plan->zones, err);
	if (st == WV_OK)
		st = open_sources(plan, err);
	if (st == WV_OK && options->only) {
		wv_buf_add(&plan->only_keys, wv_frontier_only_keys(options->frontier));
		st = plan_only_open(plan, err);
	} else if (st == WV_OK) {
		choose_start(plan);
	}
	if (st != WV_OK)
		return wv_err_add(err, st, "opening the plan");
	*out = WV_TAKE(plan);
	return WV_OK;
}

static void free_queue_node(struct node *node)
{
	struct queue *queue = (struct queue *)node;

	wv_buf_done(&queue->keys);
	free(queue->ahead);
	free(queue);
}

static void free_plain_node(struct node *node)
{
	free(node);
}

void wv_plan_free(struct wv_plan **plan)
{
	struct wv_plan *p = *plan;

	if (!p)
		return;
	map_free(&p->queues, free_queue_node);
	map_free(&p->turns, free_plain_node);
	map_free(&p->robots, plan_robots_free_node);
	map_free(&p->taken, free_plain_node);
	map_free(&p->hosts, free_plain_node);
	map_free(&p->only_hashes, free_plain_node);
	wv_buf_done(&p->text);
	wv_buf_done(&p->only_keys);
	if (p->arena)
		wv_arena_free(&p->arena);
	if (p->zones)
		wv_zones_free(&p->zones);
	free(p->heap);
	free(p->later);
	free(p->sources);
	free(p->leases);
	free(p->retries);
	free(p);
	*plan = NULL;
}

/* ---- taking a page */

static enum wv_status take(struct wv_plan *plan, struct turn *turn, uint64_t hash,
			   struct wv_err *err)
{
	struct taken *taken = calloc(1, sizeof *taken);

	if (!taken || !map_add(&plan->taken, &taken->node, hash)) {
		free(taken);
		return plan_nomem(err);
	}
	taken->turn = turn;
	turn->uncommitted++;
	for (size_t i = 0; i < plan->retry_count; i++) {
		if (plan->retries[i].hash == hash) {
			plan->retries[i] = plan->retries[--plan->retry_count];
			break;
		}
	}
	return WV_OK;
}

static void give_back(struct wv_plan *plan, uint64_t hash)
{
	struct taken *taken = (struct taken *)map_find(&plan->taken, hash);

	if (!taken)
		return;
	WV_ASSERT(taken->turn->uncommitted > 0);
	taken->turn->uncommitted--;
	map_remove(&plan->taken, &taken->node);
	free(taken);
}

/* Before a look-ahead key is used, the row is asked again: it may have been picked from an older
 * snapshot. */
static bool is_current(const struct wv_page_row *row, const struct ahead *ahead)
{
	return row->state == WV_PAGE_DUE && row->lane == ahead->lane && row->at == ahead->at;
}

static void next_in_ring(struct turn *turn, struct queue *queue)
{
	queue->ahead_at++;
	queue->served++;
	if (turn->ring == queue)
		turn->ring = queue->ring_next;
}

/* Does what the settings say today still want this page? NULL: yes. */
static const char *why_unwanted(struct wv_plan *plan, const struct wv_page_row *row, size_t index)
{
	const struct wv_source *source = &plan->settings->sources[index];
	struct wv_admission_facts facts = {
		.settings = plan->settings,
		.source = source,
		.kind = row->kind,
		.depth = row->depth,
		.now = plan_now(plan),
	};
	enum wv_admission admission;
	struct wv_url url;
	uint32_t hops;

	if (row->is_listing && (row->via == WV_VIA_SEED || row->via == WV_VIA_HAND))
		return NULL;
	if (row->kind == WV_VISIT_FEED && source->feeds_mode == WV_AUTO_OFF)
		return "feeds are off";
	if (row->kind == WV_VISIT_SITEMAP && source->sitemaps_mode == WV_AUTO_OFF)
		return "sitemaps are off";
	if (row->hops > 0 || row->via == WV_VIA_HAND || row->chain_count > 0 || row->is_follower)
		return NULL;
	wv_arena_reset(plan->arena);
	if (wv_url_parse(plan->arena, row->url, NULL, &url, NULL) != WV_OK)
		return "not an address";
	admission = wv_admission_check(&facts, &url, &hops);
	return admission == WV_ADMIT ? NULL : wv_admission_name(admission);
}

static enum wv_status refuse(struct wv_plan *plan, const struct visit_parts *parts,
			     struct queue *queue, struct wv_plan_step *step, struct wv_err *err)
{
	enum wv_status st = plan_refusal_make(plan, parts, step, err);

	if (st != WV_OK)
		return st;
	step->kind = WV_STEP_REFUSE;
	st = take(plan, parts->turn, step->visit->slot_hash, err);
	if (st != WV_OK) {
		wv_visit_free(&step->visit);
		return st;
	}
	next_in_ring(parts->turn, queue);
	plan->counts.refused++;
	return WV_OK;
}

/* What robots.txt says of a page whose robots.txt is known. */
static bool is_allowed(const struct visit_parts *parts, struct wv_robots_decision *decision)
{
	const struct robots *robots = parts->robots;

	*decision = (struct wv_robots_decision){.allowed = true};
	switch (robots->state) {
	case WV_ROBOTS_RULES:
		if (robots->is_broken)
			decision->allowed = false;
		else
			*decision = wv_robots_check(robots->rules, parts->row->url);
		break;
	case WV_ROBOTS_UNAVAILABLE:
		break;
	default:
		decision->allowed = false;
		break;
	}
	return decision->allowed;
}

/* Rules from the table may ask for a delay that this turn has not heard of yet. */
static void note_asked_delay(const struct visit_parts *parts)
{
	int64_t asked =
		parts->robots->rules ? wv_robots_facts(parts->robots->rules)->crawl_delay_us : -1;

	if (asked > parts->turn->clock.state.asked_delay_us)
		wv_turn_clock_ask(&parts->turn->clock, wv_plan_hash(parts->robots->origin), asked);
}

enum picked { PICKED_STEP, PICKED_NOTHING, PICKED_AGAIN };

static enum wv_status pick_page(struct wv_plan *plan, struct turn *turn, struct queue *queue,
				struct visit_parts *parts, bool may_visit,
				struct wv_plan_step *step, enum picked *picked, struct wv_err *err)
{
	const char *unwanted = why_unwanted(plan, parts->row, parts->source);
	struct wv_mono now = plan_mono(plan);
	enum wv_status st;

	*picked = PICKED_STEP;
	if (unwanted) {
		step->refusal = (struct wv_refusal){.result = WV_RESULT_REFUSED,
						    .reason = wv_slice_of(unwanted),
						    .is_for_good = true,
						    .again = WV_TIME_NONE};
		return refuse(plan, parts, queue, step, err);
	}
	st = plan_robots_get(plan, wv_plan_origin(parts->row->url), &parts->robots, err);
	if (st != WV_OK)
		return st;
	if (!plan_robots_is_fresh(parts->robots, now)) {
		*picked = PICKED_AGAIN;
		return plan_robots_want(plan, parts->robots, queue, err);
	}
	note_asked_delay(parts);
	may_visit = may_visit && wv_turn_clock_ready(&turn->clock, &turn->politeness).us <= now.us;
	if (!is_allowed(parts, &parts->decision)) {
		step->refusal = (struct wv_refusal){.result = WV_RESULT_ROBOTS_DENIED,
						    .again = WV_TIME_NONE};
		if (parts->robots->state == WV_ROBOTS_UNREACHABLE)
			step->refusal.again.us =
				plan_now(plan).us + (parts->robots->expires.us - now.us);
		return refuse(plan, parts, queue, step, err);
	}
	if (!may_visit) {
		*picked = PICKED_NOTHING;
		return WV_OK;
	}
	st = plan_visit_make(plan, parts, &step->visit, err);
	if (st == WV_OK)
		st = take(plan, turn, step->visit->slot_hash, err);
	if (st != WV_OK) {
		wv_visit_free(&step->visit);
		return st;
	}
	step->kind = WV_STEP_VISIT;
	next_in_ring(turn, queue);
	return WV_OK;
}

static enum wv_status pick_robots(struct wv_plan *plan, struct turn *turn,
				  struct wv_plan_step *step, struct wv_err *err)
{
	struct robots *robots = turn->jobs;
	struct visit_parts parts = {.turn = turn, .source = robots->source, .robots = robots};
	enum wv_status st = plan_visit_make(plan, &parts, &step->visit, err);

	if (st == WV_OK)
		st = take(plan, turn, step->visit->slot_hash, err);
	if (st != WV_OK) {
		wv_visit_free(&step->visit);
		return st;
	}
	step->kind = WV_STEP_VISIT;
	turn->jobs = robots->job_next;
	robots->job_next = NULL;
	robots->job_turn = NULL;
	robots->is_wanted = false;
	robots->is_in_flight = true;
	turn->refs--; /* in flight now: started by the caller, or dropped */
	return WV_OK;
}

/* In a full house a queue that had its share makes room for those not looked at yet. */
static void make_room(struct wv_plan *plan, struct queue *queue)
{
	if (queue->served < SERVED_MAX || plan->is_scanned ||
	    plan->queues.count < plan->options.queues_max || queue->state != QUEUE_ACTIVE)
		return;
	plan->has_dropped = true;
	plan_queue_free(plan, queue);
}

/* The turn is free: what does it do? A turn whose clock allows no visit yet may still refuse. */
static enum wv_status pick(struct wv_plan *plan, struct turn *turn, bool may_visit,
			   struct wv_plan_step *step, enum picked *picked, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct ahead *ahead;
	struct queue *queue;
	struct wv_page_row row;
	struct visit_parts parts = {.turn = turn, .row = &row};
	enum wv_status st;

	*picked = PICKED_NOTHING;
	if (turn->jobs && may_visit) {
		*picked = PICKED_STEP;
		return pick_robots(plan, turn, step, err);
	}
	st = plan_turn_peek(plan, turn, &ahead, err);
	if (st != WV_OK || !ahead)
		return st;
	queue = turn->ring;
	st = wv_txn_begin_read(plan->options.db, &txn, err);
	if (st == WV_OK)
		st = wv_frontier_look_up(txn, ahead->page_key, &row, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_NO || !is_current(&row, ahead)) {
		queue->ahead_at++;
		*picked = PICKED_AGAIN;
		return WV_OK;
	}
	parts.page_key = ahead->page_key;
	parts.source = queue->source;
	st = pick_page(plan, turn, queue, &parts, may_visit, step, picked, err);
	if (st == WV_OK && *picked == PICKED_STEP)
		make_room(plan, queue);
	return st;
}

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
		st = pick(plan, turn, may, step, &picked, err);
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
		if (until.us - now.us > plan->options.patience_us ||
		    until.us >= plan->options.end.us) {
			step->kind = WV_STEP_DONE;
			step->done = until.us - now.us > plan->options.patience_us
					     ? WV_DONE_PATIENCE
					     : WV_DONE_TIME;
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

	if (visit->kind == WV_VISIT_ROBOTS || outcome->result != WV_RESULT_ANSWERED)
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
		give_back(plan, change->slot_hash);
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
	give_back(plan, visit->slot_hash);
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

/* ---- for people */

void wv_plan_count(const struct wv_plan *plan, struct wv_plan_counts *out)
{
	struct wv_plan_counts counts = plan->counts;

	counts.uncommitted = plan->taken.count - plan->counts.in_flight;
	counts.queues_loaded = plan->queues.count;
	counts.put_off = plan->put_off;
	counts.next_free = plan->heap_count ? plan->heap[0]->wake : (struct wv_mono){INT64_MAX};
	for (size_t i = 0; i < plan->heap_count; i++)
		counts.turns_waiting[plan->heap[i]->reason]++;
	for (size_t i = 0; i < plan->settings->source_count; i++)
		counts.sources_suspended += plan->sources[i].suspended.us > plan_mono(plan).us;
	counts.resident_bytes = plan->queues.count * (sizeof(struct queue) + 40) +
				plan->turns.count * (sizeof(struct turn) + 40) +
				plan->taken.count * sizeof(struct taken) + plan->robots_bytes +
				plan->robots.count * (sizeof(struct robots) + 40);
	*out = counts;
}

void wv_plan_each_suspended(const struct wv_plan *plan,
			    void (*fn)(void *context, struct wv_slice source, struct wv_time until),
			    void *context)
{
	for (size_t i = 0; i < plan->settings->source_count; i++)
		if (plan->sources[i].is_new)
			fn(context, plan->settings->sources[i].name,
			   plan->sources[i].state.suspended_until);
}
