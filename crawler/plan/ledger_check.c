#include "crawler/plan/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"

/*
 * The replay. Within a run instants are those of its monotonic clock. From run to run either the
 * wall clock shows the gap, read once, when the later run opened; or the time since then does, for
 * all of the earlier run lies before.
 */
#define OPEN_MAX        32u /* requests of one turn under way at once that can be followed */
#define ROBOTS_SLACK_US (600 * WV_US_PER_S) /* from the decision to the request */

struct span {
	int64_t start, end;
	int64_t hold_us; /* Retry-After; -1: none */
	struct wv_time ended;
};

struct turn {
	uint64_t hash; /* 0: free place */
	uint64_t run;
	int64_t last_start, last_end; /* offsets in `run`; last_end of those finished */
	struct span open[OPEN_MAX];
	uint32_t open_count;
	int64_t answer_us;            /* of the last finished */
	int64_t hold_offset, hold_us; /* Retry-After: until that offset in hold_run */
	struct wv_time hold_until;
	uint64_t hold_run;
	/* Of earlier runs: */
	bool has_before;
	struct wv_time before;                 /* last start or end by the wall clock */
	struct wv_time lease_set, lease_until; /* left open */
};

struct replay {
	struct wv_ledger_check *check;
	struct turn *turns;
	size_t room, used;
};

static void fault(struct replay *replay, uint64_t *counter, const struct wv_ledger_row *row,
		  const char *what, int64_t margin_us)
{
	if ((*counter)++ == 0 && replay->check->first_fault[0] == 0)
		snprintf(replay->check->first_fault, sizeof replay->check->first_fault,
			 "%s: run %" PRIu64 " offset %" PRId64
			 " us, turn %.*s, %.*s (margin %" PRId64 " us)",
			 what, row->run, row->offset_us, row->turn.n > 80 ? 80 : (int)row->turn.n,
			 (const char *)row->turn.p, row->url.n > 120 ? 120 : (int)row->url.n,
			 (const char *)row->url.p, margin_us);
}

static struct turn *place_of(struct turn *turns, size_t room, uint64_t hash)
{
	size_t i = (size_t)hash & (room - 1);

	while (turns[i].hash != 0 && turns[i].hash != hash)
		i = (i + 1) & (room - 1);
	return &turns[i];
}

static enum wv_status grow(struct replay *replay, struct wv_err *err)
{
	size_t room = replay->room ? replay->room * 2 : 1024;
	struct turn *turns = calloc(room, sizeof *turns);

	if (!turns)
		return wv_err_set(err, WV_NOMEM, "replaying the ledger: out of memory");
	for (size_t i = 0; i < replay->room; i++)
		if (replay->turns[i].hash != 0)
			*place_of(turns, room, replay->turns[i].hash) = replay->turns[i];
	free(replay->turns);
	replay->turns = turns;
	replay->room = room;
	return WV_OK;
}

static enum wv_status find(struct replay *replay, struct wv_slice name, struct turn **out,
			   struct wv_err *err)
{
	uint64_t hash = wv_slice_hash(name, 1) | 1;
	enum wv_status st = WV_OK;

	if (replay->used * 4 >= replay->room * 3)
		st = grow(replay, err);
	if (st != WV_OK)
		return st;
	*out = place_of(replay->turns, replay->room, hash);
	if ((*out)->hash == 0) {
		replay->used++;
		**out = (struct turn){.hash = hash,
				      .last_start = INT64_MIN,
				      .last_end = INT64_MIN,
				      .lease_until = WV_TIME_NONE,
				      .hold_until = WV_TIME_NONE};
	}
	return WV_OK;
}

/* The answer has come: what it asked for holds from now on. */
static void hold(struct turn *turn, const struct span *span)
{
	struct wv_time until;

	if (span->hold_us < 0)
		return;
	until.us = wv_add_us(span->ended.us, span->hold_us);
	if (turn->hold_run == turn->run && turn->hold_offset >= wv_add_us(span->end, span->hold_us))
		return;
	turn->hold_run = turn->run;
	turn->hold_us = span->hold_us;
	turn->hold_offset = wv_add_us(span->end, span->hold_us);
	turn->hold_until = until;
}

/*
 * Moves what had ended by `offset` out of the open ones. With several connections a request may
 * start at the very instant at which another's answer ends, and just before it: such a tie counts
 * as under way. With one connection it cannot have been.
 */
static void settle(struct turn *turn, int64_t offset, bool is_tie_over)
{
	uint32_t kept = 0;
	/* Of answers that end at one instant the slowest counts. */
	int64_t newest = turn->last_end, answer = turn->answer_us;

	for (uint32_t i = 0; i < turn->open_count; i++) {
		struct span span = turn->open[i];

		if (span.end > offset || (span.end == offset && !is_tie_over)) {
			turn->open[kept++] = span;
			continue;
		}
		if (span.end > newest || (span.end == newest && span.end - span.start > answer))
			answer = span.end - span.start;
		if (span.end > newest)
			newest = span.end;
		hold(turn, &span);
		if (span.end > turn->last_end)
			turn->last_end = span.end;
	}
	turn->open_count = kept;
	turn->answer_us = answer;
}

/* A new run begins for the turn: what was is only known by the wall clock now. */
static void change_run(struct turn *turn, uint64_t run)
{
	if (turn->run == run)
		return;
	settle(turn, INT64_MAX, true);
	turn->last_start = turn->last_end = INT64_MIN;
	turn->run = run;
}

static int64_t need_of(const struct turn *turn, const struct wv_ledger_row *row)
{
	int64_t need = row->need.settings_us > row->need.asked_us ? row->need.settings_us
								  : row->need.asked_us;
	int64_t answer = turn->answer_us < WV_US_PER_DAY ? turn->answer_us : WV_US_PER_DAY;
	int64_t by_factor = answer * row->need.factor_milli / 1000;

	return by_factor > need ? by_factor : need;
}

/* How much later than it had to be the request was; negative: too early. */
static int64_t margin_of(const struct turn *turn, const struct wv_ledger_row *row, int64_t need)
{
	int64_t margin = INT64_MAX, since_open = row->offset_us - need;
	int64_t at = row->opened.us + row->offset_us, wall;

	if (turn->last_end != INT64_MIN)
		margin = row->offset_us - turn->last_end - need;
	if (turn->last_start != INT64_MIN && row->offset_us - turn->last_start - need < margin)
		margin = row->offset_us - turn->last_start - need;
	if (turn->last_start != INT64_MIN || !turn->has_before)
		return margin;
	wall = at - turn->before.us - need;
	margin = wall > since_open ? wall : since_open;
	if (!wv_time_is_none(turn->lease_until)) {
		int64_t length = turn->lease_until.us - turn->lease_set.us;

		wall = at - turn->lease_until.us - need;
		if (wall < since_open - length)
			wall = since_open - length;
		if (wall < margin)
			margin = wall;
	}
	return margin;
}

static bool is_held(const struct turn *turn, const struct wv_ledger_row *row)
{
	if (wv_time_is_none(turn->hold_until))
		return false;
	if (turn->hold_run == row->run)
		return row->offset_us < turn->hold_offset;
	return row->opened.us + row->offset_us < turn->hold_until.us &&
	       row->offset_us < turn->hold_us;
}

static void check_robots(struct replay *replay, const struct wv_ledger_row *row)
{
	struct wv_ledger_check *check = replay->check;

	if (row->kind == WV_VISIT_ROBOTS)
		return;
	if (!row->robots_allowed || wv_time_is_none(row->robots_fetched) ||
	    row->started.us - row->robots_fetched.us > WV_US_PER_DAY + ROBOTS_SLACK_US)
		fault(replay, &check->disallowed, row,
		      "not allowed by a robots.txt of at most a day", 0);
}

static void check_request(struct replay *replay, struct turn *turn, const struct wv_ledger_row *row)
{
	struct wv_ledger_check *check = replay->check;
	int64_t need, margin;
	uint32_t under_way = 0;

	settle(turn, row->offset_us, row->need.connections <= 1);
	for (uint32_t i = 0; i < turn->open_count; i++)
		under_way += turn->open[i].end > row->offset_us;
	need = need_of(turn, row);
	margin = margin_of(turn, row, need);
	if (margin < 0)
		fault(replay, &check->too_early, row, "too early", margin);
	else if (is_held(turn, row))
		fault(replay, &check->too_early, row, "within a Retry-After", 0);
	else /* over is over, whatever the wall clock says later */
		turn->hold_until = WV_TIME_NONE;
	if (margin < check->smallest_margin_us)
		check->smallest_margin_us = margin;
	if (under_way >= (row->need.connections ? row->need.connections : 1))
		fault(replay, &check->too_many, row, "too many connections", 0);
	check_robots(replay, row);
	if (turn->open_count == OPEN_MAX) /* the rule needs the latest only */
		turn->open_count--;
	turn->open[turn->open_count] =
		(struct span){row->offset_us, row->end_offset_us, -1, row->ended};
	if (row->retry_after_us >= 0 &&
	    (row->status == 429 || row->status == 503 || (row->status >= 300 && row->status < 400)))
		turn->open[turn->open_count].hold_us = row->retry_after_us;
	turn->open_count++;
	turn->last_start = row->offset_us;
	turn->has_before = true;
	turn->before = row->ended.us > row->started.us ? row->ended : row->started;
	turn->lease_until = WV_TIME_NONE;
}

static enum wv_status replay_row(void *context, const struct wv_ledger_row *row, struct wv_err *err)
{
	struct replay *replay = context;
	struct turn *turn;
	enum wv_status st;

	replay->check->rows++;
	if (row->result != WV_RESULT_LEASE && !wv_result_is_request(row->result)) {
		replay->check->refusals++;
		return WV_OK;
	}
	st = find(replay, row->turn, &turn, err);
	if (st != WV_OK)
		return st;
	if (row->result == WV_RESULT_LEASE) {
		replay->check->leases++;
		turn->has_before = true;
		if (turn->before.us == 0)
			turn->before = row->started;
		turn->lease_set = row->started;
		turn->lease_until = row->ended;
		return WV_OK;
	}
	replay->check->requests++;
	change_run(turn, row->run);
	check_request(replay, turn, row);
	return WV_OK;
}

/* ---- no slot twice: rows of a page lie together in the index */

struct slot {
	int64_t due;
	uint64_t url;
};

static int compare_slots(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	if (x->due != y->due)
		return x->due < y->due ? -1 : 1;
	return x->url < y->url ? -1 : x->url > y->url;
}

struct slots {
	struct slot *p;
	size_t n, room;
	uint64_t repeated;
};

static void close_page(struct slots *slots)
{
	if (slots->n > 1)
		qsort(slots->p, slots->n, sizeof *slots->p, compare_slots);
	for (size_t i = 1; i < slots->n; i++)
		slots->repeated += compare_slots(&slots->p[i - 1], &slots->p[i]) == 0;
	slots->n = 0;
}

static enum wv_status add_slot(struct slots *slots, const struct wv_ledger_row *row,
			       struct wv_err *err)
{
	if (!row->is_last || !wv_result_is_request(row->result))
		return WV_OK;
	if (slots->n == slots->room) {
		size_t room = slots->room ? slots->room * 2 : 64;
		struct slot *p = realloc(slots->p, room * sizeof *p);

		if (!p)
			return wv_err_set(err, WV_NOMEM, "replaying the ledger: out of memory");
		slots->p = p;
		slots->room = room;
	}
	slots->p[slots->n++] = (struct slot){row->due.us, wv_slice_hash(row->url, 2)};
	return WV_OK;
}

static enum wv_status check_slots(struct wv_txn *txn, uint64_t *repeated, struct wv_err *err)
{
	struct slots slots = {0};
	struct wv_walk *walk = NULL;
	struct wv_slice key, value, row_key;
	unsigned char page[512];
	size_t page_n = SIZE_MAX;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_LEDGER_BY_PAGE, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	while (st == WV_OK) {
		struct wv_ledger_row row;
		size_t n = key.n > WV_LEDGER_KEY_BYTES ? key.n - WV_LEDGER_KEY_BYTES : 0;

		if (n != page_n || memcmp(page, key.p, n) != 0) {
			close_page(&slots);
			page_n = wv_min_size(n, sizeof page);
			memcpy(page, key.p, page_n);
		}
		row_key = wv_slice_from(key, n);
		st = wv_ledger_get(txn, row_key, &row, err);
		if (st == WV_OK)
			st = add_slot(&slots, &row, err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &value, err);
	}
	close_page(&slots);
	*repeated = slots.repeated;
	free(slots.p);
	wv_walk_end(&walk);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_ledger_check(struct wv_txn *txn, struct wv_ledger_check *out, struct wv_err *err)
{
	struct wv_ledger_check check = {.smallest_margin_us = INT64_MAX};
	struct replay replay = {.check = &check};
	enum wv_status st = wv_ledger_each(txn, (struct wv_time){INT64_MIN + 1},
					   (struct wv_time){INT64_MAX}, replay_row, &replay, err);

	free(replay.turns);
	if (st == WV_OK)
		st = check_slots(txn, &check.repeated_slots, err);
	if (st != WV_OK)
		return st;
	if (check.repeated_slots && check.first_fault[0] == 0)
		snprintf(check.first_fault, sizeof check.first_fault, "%" PRIu64 " slots twice",
			 check.repeated_slots);
	*out = check;
	return WV_OK;
}
