#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_CAP_BYTES  (64u * WV_KIB)
#define ARENA_CAP_BYTES (4u * WV_MIB)
#define ONLY_CAP_BYTES  (64u * WV_MIB)

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
