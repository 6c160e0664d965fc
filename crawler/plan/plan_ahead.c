#include "crawler/plan/plan_inner.h"

#include <stdlib.h>

/*
 * What is due in a queue: the few keys of one whose turn is near, in the order they are picked.
 */
#define KEYS_CAP_BYTES (AHEAD_MAX * 2u * (WV_LIMIT_PAGE_KEY_BYTES + 2u))
#define FAST_US        (2 * WV_US_PER_S) /* a queue emptied within this reads more the next time */

bool plan_is_taken(const struct wv_plan *plan, uint64_t hash)
{
	return map_find(&plan->taken, hash) != NULL;
}

/* ---- reading DUE */

enum wv_status plan_probe(struct wv_plan *plan, struct wv_walk *walk, uint32_t source_id,
			  struct wv_slice host, struct probe *out, struct wv_err *err)
{
	struct probe probe = {.next_us = INT64_MAX};
	struct wv_time now = plan_now(plan);
	uint64_t epoch = wv_frontier_epoch(plan->options.frontier);

	for (int lane = 0; lane < WV_LANE_COUNT && !probe.is_due; lane++) {
		unsigned char room[WV_DUE_KEY_MAX];
		struct wv_slice prefix =
			wv_due_key_prefix(source_id, host, (enum wv_lane)lane, room);
		struct wv_slice key, value;
		struct wv_due_key due;
		enum wv_status st = wv_walk_seek(walk, prefix, &key, &value, err);

		if (st == WV_NO)
			break;
		if (st != WV_OK)
			return st;
		if (!wv_slice_starts(key, prefix))
			continue;
		if (!wv_due_key_read(key, &due))
			return wv_err_set(err, WV_DAMAGED, "an entry of the due cannot be read");
		if (wv_due_is_due(due.lane, due.at, now, epoch))
			probe.is_due = true;
		else if (due.lane != WV_LANE_NEXT_RUN && due.at < probe.next_us)
			probe.next_us = due.at;
	}
	*out = probe;
	return WV_OK;
}

static void add_ahead(struct wv_plan *plan, struct queue *queue, const struct wv_due_key *due,
		      struct wv_slice page_key, uint32_t want)
{
	if (queue->ahead_count >= want || plan_is_taken(plan, due->hash))
		return;
	for (uint32_t i = 0; i < queue->ahead_count; i++)
		if (queue->ahead[i].hash == due->hash)
			return;
	queue->ahead[queue->ahead_count++] = (struct ahead){
		.lane = due->lane,
		.at = due->at,
		.hash = due->hash,
		.page_key = {NULL, page_key.n},
		.key_at = queue->keys.n,
	};
	wv_buf_add(&queue->keys, page_key);
}

/*
 * One lane's turn: from its old end or, for `newest`, from its new one; up to `n` more entries.
 * What is taken and not yet committed is passed over.
 */
static enum wv_status read_lane(struct wv_plan *plan, struct queue *queue, struct wv_walk *walk,
				enum wv_lane lane, bool newest, uint32_t n, struct wv_err *err)
{
	unsigned char room[WV_DUE_KEY_MAX + 1];
	struct wv_slice prefix = wv_due_key_prefix(queue->source_id, queue->host, lane, room);
	struct wv_time now = plan_now(plan);
	uint64_t epoch = wv_frontier_epoch(plan->options.frontier);
	uint32_t end = queue->ahead_count + n;
	struct wv_slice key, value, from = prefix;
	enum wv_status st;

	if (newest) {
		room[prefix.n] = 0xff;
		from.n++;
		st = wv_walk_seek_before(walk, from, &key, &value, err);
	} else {
		st = wv_walk_seek(walk, from, &key, &value, err);
	}
	while (st == WV_OK && queue->ahead_count < end && wv_slice_starts(key, prefix)) {
		struct wv_due_key due;

		if (!wv_due_key_read(key, &due))
			return wv_err_set(err, WV_DAMAGED, "an entry of the due cannot be read");
		if (!wv_due_is_due(lane, due.at, now, epoch))
			break;
		add_ahead(plan, queue, &due, value, end);
		st = newest ? wv_walk_previous(walk, &key, &value, err)
			    : wv_walk_next(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

/*
 * The order within a queue, in rounds of six places: each lane's oldest has one, the newest of the
 * new pages two. A place that its lane cannot fill falls to the next. So news come first, and
 * nothing waits for ever: the oldest of each lane is at most six visits away, and none comes to
 * lie before it for longer than wv_schedule_rank lets it.
 */
static const struct {
	enum wv_lane lane;
	bool newest;
} places[] = {
	{WV_LANE_LISTING, false},  {WV_LANE_NEW, true}, {WV_LANE_AGAIN, false},
	{WV_LANE_NEXT_RUN, false}, {WV_LANE_NEW, true}, {WV_LANE_NEW, false},
};

/* What a site says of all its pages (tdmrep.json) is asked for before them. */
static enum wv_status read_first_of_all(struct wv_plan *plan, struct queue *queue,
					struct wv_walk *walk, struct wv_err *err)
{
	size_t source = wv_frontier_source_index(plan->options.frontier, queue->source_id);
	unsigned char room[WV_DUE_KEY_MAX];
	struct wv_slice prefix =
		wv_due_key_prefix(queue->source_id, queue->host, WV_LANE_LISTING, room);
	struct wv_slice key, value;
	struct wv_due_key due;
	enum wv_status st;

	if (source == SIZE_MAX || !plan->settings->sources[source].asks_tdmrep)
		return WV_OK;
	st = wv_walk_seek(walk, prefix, &key, &value, err);
	while (st == WV_OK && wv_slice_starts(key, prefix) && wv_due_key_read(key, &due) &&
	       due.at <= WV_DUE_BEFORE_ALL && queue->ahead_count < queue->ahead_want) {
		add_ahead(plan, queue, &due, value, queue->ahead_want);
		st = wv_walk_next(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status read_ahead(struct wv_plan *plan, struct queue *queue, struct wv_walk *walk,
				 struct wv_err *err)
{
	uint32_t want = queue->ahead_want;
	enum wv_status st = read_first_of_all(plan, queue, walk, err);
	uint32_t empty = 0;

	while (queue->ahead_count < want && empty < WV_COUNT(places) && st == WV_OK) {
		uint32_t at = queue->rotation++ % WV_COUNT(places), before = queue->ahead_count;
		/* A large look-ahead takes several of a lane at a time: fewer seeks. */
		uint32_t n = want > 8 ? want / 8 : 1;

		if (n > want - before)
			n = want - before;
		st = read_lane(plan, queue, walk, places[at].lane, places[at].newest, n, err);
		empty = queue->ahead_count == before ? empty + 1 : 0;
	}
	return st;
}

static enum wv_status read_only_list(struct wv_plan *plan, struct queue *queue, struct wv_txn *txn,
				     int64_t *next_us, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(wv_buf_slice(&plan->only_keys));
	struct wv_time now = plan_now(plan);
	uint64_t epoch = wv_frontier_epoch(plan->options.frontier);

	while (wv_cursor_left(&c) && queue->ahead_count < queue->ahead_want) {
		struct wv_slice key = wv_cursor_block(&c);
		struct wv_page_row row;
		struct wv_due_key due;
		enum wv_status st = wv_frontier_look_up(txn, key, &row, err);

		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		due = (struct wv_due_key){row.source_id, wv_plan_host(row.url),
					  (enum wv_lane)row.lane, row.at, wv_plan_hash(key)};
		if (row.state != WV_PAGE_DUE || row.source_id != queue->source_id ||
		    !wv_slice_equals(due.host, queue->host))
			continue;
		if (wv_due_is_due(due.lane, due.at, now, epoch))
			add_ahead(plan, queue, &due, key, queue->ahead_want);
		else if (due.lane != WV_LANE_NEXT_RUN && due.at < *next_us && row.attempt > 0)
			*next_us = due.at;
	}
	return WV_OK;
}

/* Nothing due now: keep it for later in this run, or let it go. */
static enum wv_status retire(struct wv_plan *plan, struct queue *queue, int64_t next_us,
			     struct wv_err *err)
{
	struct wv_mono at = {INT64_MAX};

	if (queue->state == QUEUE_ACTIVE)
		plan_queue_leave_ring(plan, queue);
	if (next_us != INT64_MAX)
		at = plan_mono_of(plan, (struct wv_time){next_us});
	if (at.us < plan->options.end.us)
		return plan_later_add(plan, queue, at, err);
	plan_queue_free(plan, queue);
	return WV_OK;
}

/* An empty look-ahead: larger for a queue that is emptied fast, small again for one that is not;
 * a house full of slow queues holds a few keys each. */
static enum wv_status make_ahead(struct queue *queue, struct wv_mono now, struct wv_err *err)
{
	bool is_fast = queue->filled.us != 0 && now.us - queue->filled.us < FAST_US;
	uint32_t want = !is_fast                        ? AHEAD_MIN
			: queue->ahead_want < AHEAD_MAX ? queue->ahead_want * 2
							: AHEAD_MAX;

	if (want != queue->ahead_room) {
		struct ahead *ahead = realloc(queue->ahead, want * sizeof *ahead);

		if (!ahead)
			return plan_nomem(err);
		queue->ahead = ahead;
		queue->ahead_room = want;
		wv_buf_done(&queue->keys);
		wv_buf_init(&queue->keys, KEYS_CAP_BYTES);
	}
	queue->ahead_want = want;
	queue->filled = now;
	queue->ahead_count = queue->ahead_at = 0;
	wv_buf_reset(&queue->keys);
	return WV_OK;
}

static enum wv_status fill(struct wv_plan *plan, struct queue *queue, bool *has_some,
			   struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_mono now = plan_mono(plan);
	struct probe probe = {.next_us = INT64_MAX};
	enum wv_status st;

	st = make_ahead(queue, now, err);
	if (st != WV_OK)
		return st;
	st = wv_txn_begin_read(plan->options.db, &txn, err);
	if (st == WV_OK && plan->options.only) {
		st = read_only_list(plan, queue, txn, &probe.next_us, err);
	} else if (st == WV_OK) {
		st = wv_walk_begin(txn, WV_TABLE_DUE, &walk, err);
		if (st == WV_OK)
			st = read_ahead(plan, queue, walk, err);
		if (st == WV_OK && queue->ahead_count == 0)
			st = plan_probe(plan, walk, queue->source_id, queue->host, &probe, err);
	}
	if (st == WV_OK)
		st = wv_buf_finish(&queue->keys, "look-ahead", err);
	if (st != WV_OK)
		return st;
	for (uint32_t i = 0; i < queue->ahead_count; i++)
		queue->ahead[i].page_key.p = queue->keys.p + queue->ahead[i].key_at;
	*has_some = queue->ahead_count > 0;
	if (*has_some)
		return WV_OK;
	/* All that is due is on its way already: the commit of it brings the queue back. */
	return retire(plan, queue, probe.next_us, err);
}

/* A queue of a suspended source waits as one that is due later. */
static enum wv_status perhaps_suspended(struct wv_plan *plan, struct queue *queue, bool *is,
					struct wv_err *err)
{
	struct wv_mono until = plan->sources[queue->source].suspended;

	*is = until.us > plan_mono(plan).us;
	if (!*is)
		return WV_OK;
	plan_queue_leave_ring(plan, queue);
	if (until.us < plan->options.end.us)
		return plan_later_add(plan, queue, until, err);
	plan->put_off++;
	plan_queue_free(plan, queue);
	return WV_OK;
}

enum wv_status plan_turn_peek(struct wv_plan *plan, struct turn *turn, struct ahead **out,
			      struct wv_err *err)
{
	/* Retiring the last queue may free the turn. */
	enum wv_status st = WV_OK;
	struct ahead *found = NULL;

	turn->refs++;
	while (turn->ring && !found && st == WV_OK) {
		struct queue *queue = turn->ring;
		bool is_suspended, has_some;

		st = perhaps_suspended(plan, queue, &is_suspended, err);
		if (st != WV_OK || is_suspended)
			continue;
		while (queue->ahead_at < queue->ahead_count &&
		       plan_is_taken(plan, queue->ahead[queue->ahead_at].hash))
			queue->ahead_at++;
		has_some = queue->ahead_at < queue->ahead_count;
		if (!has_some)
			st = fill(plan, queue, &has_some, err);
		if (st == WV_OK && has_some)
			found = &queue->ahead[queue->ahead_at];
	}
	turn->refs--;
	if (st == WV_OK)
		*out = found;
	return st;
}
