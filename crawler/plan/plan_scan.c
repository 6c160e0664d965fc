#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

/*
 * How queues come to be in memory: a scan through DUE, a commit that gave them work, the pages
 * given by hand.
 */

/* ---- awakenings */

static bool is_full(const struct wv_plan *plan)
{
	return plan->queues.count >= plan->options.queues_max;
}

enum wv_status plan_queue_wake(struct wv_plan *plan, uint32_t source_id, struct wv_slice host,
			       struct wv_err *err)
{
	struct queue *queue = plan_queue_find(plan, source_id, host);
	size_t source;
	enum wv_status st;

	if (queue)
		return queue->state == QUEUE_LATER || queue->state == QUEUE_IDLE
			       ? plan_queue_activate(plan, queue, err)
			       : WV_OK;
	source = wv_frontier_source_index(plan->options.frontier, source_id);
	if (source == SIZE_MAX)
		return WV_OK;
	if (is_full(plan)) {
		if (plan->is_scanned)
			plan_scan_again(plan);
		plan->has_dropped = true;
		return WV_OK;
	}
	st = plan_queue_make(plan, source, source_id, host, &queue, err);
	return st == WV_OK ? plan_queue_activate(plan, queue, err) : st;
}

enum wv_status plan_later_due(struct wv_plan *plan, struct wv_mono now, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK && plan->later_count > 0 && plan->later[0]->later.us <= now.us)
		st = plan_queue_activate(plan, plan->later[0], err);
	return st;
}

/* ---- the scan */

static enum wv_status scan_one(struct wv_plan *plan, struct wv_walk *walk,
			       const struct wv_due_key *due, struct wv_err *err)
{
	size_t source = wv_frontier_source_index(plan->options.frontier, due->source_id);
	struct queue *queue;
	struct probe probe;
	struct wv_mono at;
	enum wv_status st;

	if (source == SIZE_MAX || plan_queue_find(plan, due->source_id, due->host))
		return WV_OK;
	st = plan_probe(plan, walk, due->source_id, due->host, &probe, err);
	if (st != WV_OK || (!probe.is_due && probe.next_us == INT64_MAX))
		return st;
	at = probe.is_due ? plan_mono(plan) : plan_mono_of(plan, (struct wv_time){probe.next_us});
	if (at.us >= plan->options.end.us)
		return WV_OK;
	if (!probe.is_due && plan->queues.count >= plan->options.queues_max / 2) {
		if (at.us < plan->rescan_at.us)
			plan->rescan_at = at;
		return WV_OK;
	}
	st = plan_queue_make(plan, source, due->source_id, due->host, &queue, err);
	if (st != WV_OK)
		return st;
	return probe.is_due ? plan_queue_activate(plan, queue, err)
			    : plan_later_add(plan, queue, at, err);
}

/* Behind the last place of this queue, or of this source where it is none of ours. */
static void scan_past(struct wv_plan *plan, const struct wv_due_key *due)
{
	bool is_ours = wv_frontier_source_index(plan->options.frontier, due->source_id) != SIZE_MAX;
	uint32_t next = due->source_id + 1;

	if (is_ours) {
		plan->scan_key_n =
			wv_due_key_prefix(due->source_id, due->host, WV_LANE_COUNT, plan->scan_key)
				.n;
		plan->scan_key[plan->scan_key_n - 1] = 1; /* above the 0 that ends a host */
		return;
	}
	plan->scan_key_n = next ? 4 : 5;
	memset(plan->scan_key, 0xff, 5); /* the last source: past the end */
	for (int i = 0; next && i < 4; i++)
		plan->scan_key[i] = (unsigned char)(next >> (24 - 8 * i));
}

static void scan_wrap(struct wv_plan *plan)
{
	if (plan->has_wrapped || plan->scan_start_n == 0) {
		plan->is_scanned = !plan->has_dropped;
		plan->has_dropped = false;
		plan->scan_start_n = plan->is_scanned ? plan->scan_start_n : 0;
	}
	plan->has_wrapped = true;
	plan->scan_key_n = 0;
}

static bool is_past_start(const struct wv_plan *plan, struct wv_slice key)
{
	return plan->has_wrapped && plan->scan_start_n > 0 &&
	       wv_slice_compare(key, wv_slice(plan->scan_start, plan->scan_start_n)) >= 0;
}

void plan_scan_again(struct wv_plan *plan)
{
	plan->is_scanned = plan->options.only;
	plan->has_wrapped = true;
	plan->has_dropped = false;
	plan->scan_start_n = plan->scan_key_n = 0;
	plan->rescan_at.us = INT64_MAX;
}

/* What is due later gives way to what may be due now; it is found again when its time comes. */
static void make_house(struct wv_plan *plan)
{
	while (is_full(plan) && plan->later_count > 0) {
		struct queue *queue = plan->later[plan->later_count - 1];

		if (queue->later.us < plan->rescan_at.us)
			plan->rescan_at = queue->later;
		plan_queue_free(plan, queue);
	}
}

enum wv_status plan_scan(struct wv_plan *plan, size_t queues, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	enum wv_status st;

	plan->scanned_at = plan_mono(plan);
	if (plan->is_scanned)
		return WV_OK;
	make_house(plan);
	if (is_full(plan))
		return WV_OK;
	st = wv_txn_begin_read(plan->options.db, &txn, err);
	if (st == WV_OK)
		st = wv_walk_begin(txn, WV_TABLE_DUE, &walk, err);
	while (queues-- > 0 && st == WV_OK && !plan->is_scanned && !is_full(plan)) {
		struct wv_slice key, value;
		struct wv_due_key due;

		st = wv_walk_seek(walk, wv_slice(plan->scan_key, plan->scan_key_n), &key, &value,
				  err);
		if (st == WV_NO || (st == WV_OK && is_past_start(plan, key))) {
			scan_wrap(plan);
			st = WV_OK;
			continue;
		}
		if (st == WV_OK && !wv_due_key_read(key, &due))
			return wv_err_set(err, WV_DAMAGED, "an entry of the due cannot be read");
		if (st == WV_OK) {
			/* The key dies with the next move of the walk. */
			unsigned char host[WV_DUE_HOST_MAX];

			memcpy(host, due.host.p, due.host.n);
			due.host.p = host;
			st = scan_one(plan, walk, &due, err);
			scan_past(plan, &due);
		}
	}
	return st;
}

/* ---- pages given by hand: no scan, a list */

static void free_hash(struct node *node)
{
	free(node);
}

enum wv_status plan_only_add(struct wv_plan *plan, struct wv_slice page_key, struct wv_err *err)
{
	uint64_t hash = wv_plan_hash(page_key);
	struct node *node;

	if (map_find(&plan->only_hashes, hash))
		return WV_OK;
	node = calloc(1, sizeof *node);
	if (!node || !map_add(&plan->only_hashes, node, hash)) {
		if (node)
			free_hash(node);
		return plan_nomem(err);
	}
	wv_buf_add_block(&plan->only_keys, page_key);
	plan->only_count++;
	return wv_buf_finish(&plan->only_keys, "pages given by hand", err);
}

static enum wv_status wake_only(struct wv_plan *plan, struct wv_txn *txn, struct wv_slice key,
				struct wv_err *err)
{
	struct wv_page_row row;
	enum wv_status st = wv_frontier_look_up(txn, key, &row, err);

	if (st == WV_NO || (st == WV_OK && row.state != WV_PAGE_DUE))
		return WV_OK;
	return st == WV_OK ? plan_queue_wake(plan, row.source_id, wv_plan_host(row.url), err) : st;
}

enum wv_status plan_only_open(struct wv_plan *plan, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_cursor c;
	enum wv_status st = wv_txn_begin_read(plan->options.db, &txn, err);

	plan->is_scanned = true;
	c = wv_cursor(wv_buf_slice(&plan->only_keys));
	while (st == WV_OK && wv_cursor_left(&c))
		st = wake_only(plan, txn, wv_cursor_block(&c), err);
	return st;
}
