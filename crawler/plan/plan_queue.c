#include "crawler/plan/plan_inner.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"

/*
 * Queues: a source and a host. What is due lies in LMDB; here are the few keys of a queue whose
 * turn is near.
 */
#define KEYS_CAP_BYTES (AHEAD_MAX * 2u * (WV_LIMIT_PAGE_KEY_BYTES + 2u))
#define FAST_US        (2 * WV_US_PER_S) /* a queue emptied within this reads more the next time */

bool plan_is_taken(const struct wv_plan *plan, uint64_t hash)
{
	return map_find(&plan->taken, hash) != NULL;
}

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

static enum wv_status later_add(struct wv_plan *plan, struct queue *queue, struct wv_mono at,
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

static struct queue *find(const struct wv_plan *plan, uint32_t source_id, struct wv_slice host)
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

static enum wv_status make(struct wv_plan *plan, size_t source, uint32_t source_id,
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
	wv_buf_init(&queue->keys, KEYS_CAP_BYTES);
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

/* ---- reading DUE */

struct probe {
	bool is_due;
	int64_t next_us; /* INT64_MAX: nothing later either */
};

static enum wv_status probe_queue(struct wv_plan *plan, struct wv_walk *walk, uint32_t source_id,
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

static enum wv_status read_ahead(struct wv_plan *plan, struct queue *queue, struct wv_walk *walk,
				 struct wv_err *err)
{
	uint32_t want = queue->ahead_want;
	enum wv_status st = WV_OK;
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
		return later_add(plan, queue, at, err);
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
			st = probe_queue(plan, walk, queue->source_id, queue->host, &probe, err);
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
		return later_add(plan, queue, until, err);
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

/* ---- awakenings */

static bool is_full(const struct wv_plan *plan)
{
	return plan->queues.count >= plan->options.queues_max;
}

enum wv_status plan_queue_wake(struct wv_plan *plan, uint32_t source_id, struct wv_slice host,
			       struct wv_err *err)
{
	struct queue *queue = find(plan, source_id, host);
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
	st = make(plan, source, source_id, host, &queue, err);
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

	if (source == SIZE_MAX || find(plan, due->source_id, due->host))
		return WV_OK;
	st = probe_queue(plan, walk, due->source_id, due->host, &probe, err);
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
	st = make(plan, source, due->source_id, due->host, &queue, err);
	if (st != WV_OK)
		return st;
	return probe.is_due ? plan_queue_activate(plan, queue, err)
			    : later_add(plan, queue, at, err);
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
