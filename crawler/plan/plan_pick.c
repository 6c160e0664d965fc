#include "crawler/plan/plan_inner.h"

#include <stdlib.h>

#include "archive/store/register.h"
#include "config/url.h"

/*
 * What a turn that is free does: which of its pages, and whether it may be asked for at all.
 */
#define BANNED_AGAIN_US (7 * WV_US_PER_DAY)
#define SERVED_MAX 16u /* visits after which a full house gives another queue the place */

/* ---- taking a page */

enum wv_status plan_take(struct wv_plan *plan, struct turn *turn, uint64_t hash, struct wv_err *err)
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

void plan_give_back(struct wv_plan *plan, uint64_t hash)
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
	if (row->hops > 0 && row->via != WV_VIA_HAND &&
	    (!source->related_is_set || row->hops > source->related_hops))
		return wv_admission_name(WV_ADMIT_NOT_SCOPE);
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
	st = plan_take(plan, parts->turn, step->visit->slot_hash, err);
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

/*
 * The register of take-downs: what is blocked or erased is not asked for again. WV_NO with the
 * refusal: it is looked at again when the term ends, or now and then, for it may be released.
 */
static enum wv_status is_banned(struct wv_plan *plan, const struct visit_parts *parts,
				struct wv_txn *txn, struct wv_refusal *refusal,
				struct wv_err *err)
{
	struct wv_fact fact = {.act = WV_ACT_BLOCK};
	struct wv_time now = plan_wall(plan);
	enum wv_status st = wv_register_fetches(txn, parts->page_key, now, &fact, err);

	if (st != WV_NO)
		return st;
	*refusal = (struct wv_refusal){
		.result = WV_RESULT_REFUSED,
		.reason = fact.act == WV_ACT_ERASE ? WV_LIT("taken down: erased")
						   : WV_LIT("taken down: blocked"),
		.again = {now.us + BANNED_AGAIN_US},
	};
	if (!wv_time_is_none(fact.until) && fact.until.us < refusal->again.us)
		refusal->again = fact.until;
	return WV_NO;
}

static enum wv_status pick_page(struct wv_plan *plan, struct turn *turn, struct queue *queue,
				struct visit_parts *parts, struct wv_txn *txn, bool may_visit,
				struct wv_plan_step *step, enum picked *picked, struct wv_err *err)
{
	const char *unwanted = why_unwanted(plan, parts->row, parts->source);
	struct wv_mono now = plan_mono(plan);
	enum wv_status st;

	*picked = PICKED_STEP;
	st = is_banned(plan, parts, txn, &step->refusal, err);
	if (st == WV_NO)
		return refuse(plan, parts, queue, step, err);
	if (st != WV_OK)
		return st;
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
		st = plan_take(plan, turn, step->visit->slot_hash, err);
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
		st = plan_take(plan, turn, step->visit->slot_hash, err);
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
enum wv_status plan_pick(struct wv_plan *plan, struct turn *turn, bool may_visit,
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
	st = pick_page(plan, turn, queue, &parts, txn, may_visit, step, picked, err);
	if (st == WV_OK && *picked == PICKED_STEP)
		make_room(plan, queue);
	return st;
}
