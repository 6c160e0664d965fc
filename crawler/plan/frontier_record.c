#include "crawler/plan/frontier_inner.h"

#include <string.h>

#include "config/base/checked.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/plan/admission.h"

/*
 * What an outcome does to the tables. Everything here runs inside the writer's transaction, next
 * to the capture it belongs to: both become durable, or neither.
 */

/* ---- the ledger row */

static int64_t offset_of(const struct wv_frontier *frontier, struct wv_mono t)
{
	return t.us == INT64_MIN ? INT64_MIN : t.us - frontier->opened.us;
}

static enum wv_status note(struct wv_frontier *frontier, struct wv_txn *txn,
			   const struct wv_visit *visit, const struct wv_ledger_row *facts,
			   struct wv_err *err)
{
	struct wv_ledger_row row = *facts;

	row.run = frontier->run.run;
	row.opened = frontier->run.opened;
	row.number = frontier->ledger_number++;
	row.kind = visit->kind;
	row.attempt = visit->attempt;
	row.url = visit->url;
	row.page_key = visit->page_key;
	row.turn = visit->turn;
	row.source = visit->source_name;
	row.due = visit->due;
	row.need = visit->need;
	row.earliest_offset_us = offset_of(frontier, visit->earliest);
	row.robots_line = visit->robots_line;
	row.robots_fetched = visit->robots_fetched;
	return wv_ledger_add(txn, &row, err);
}

static enum wv_status note_outcome(struct wv_frontier *frontier, struct wv_txn *txn,
				   const struct wv_visit *visit, const struct wv_outcome *outcome,
				   bool is_last, struct wv_err *err)
{
	bool is_request = wv_result_is_request(outcome->result);
	struct wv_ledger_row row = {
		.result = outcome->result,
		.status = outcome->status,
		.is_last = is_last,
		.basis = is_request ? visit->basis : outcome->reason,
		.started = is_request ? visit->started_at : outcome->ended_at,
		.ended = outcome->ended_at,
		.offset_us = offset_of(frontier, is_request ? visit->started : outcome->ended),
		.end_offset_us = offset_of(frontier, outcome->ended),
		.retry_after_us = outcome->retry_after_us,
		.robots_allowed = is_request,
	};

	return note(frontier, txn, visit, &row, err);
}

/* ---- the page's row */

static void place(struct wv_page_row *row, const struct wv_schedule *schedule,
		  const struct wv_frontier *frontier, struct wv_time now)
{
	row->attempt = 0;
	row->failures = schedule->failures;
	row->interval_us = schedule->interval_us;
	row->state = schedule->is_gone ? WV_PAGE_GONE : WV_PAGE_IDLE;
	if (schedule->when == WV_WHEN_NEVER)
		return;
	row->state = WV_PAGE_DUE;
	if (schedule->when == WV_WHEN_NEXT_RUN) {
		row->lane = WV_LANE_NEXT_RUN;
		row->at = (int64_t)frontier->run.epoch;
		row->due = now;
	} else {
		row->lane = row->is_listing ? WV_LANE_LISTING : WV_LANE_AGAIN;
		row->at = schedule->at.us;
		row->due = schedule->at;
	}
	/* The slot's name must be new, however the clock stepped. */
	if (!wv_time_is_none(row->last_due) && row->due.us <= row->last_due.us)
		row->due.us = row->last_due.us + 1;
}

static void remember(struct wv_page_row *row, const struct wv_source *source,
		     const struct wv_visit *visit, const struct wv_outcome *outcome)
{
	bool is_good = outcome->status == 200 && outcome->result == WV_RESULT_ANSWERED;

	row->last_due = visit->due;
	row->last_visit = outcome->ended_at;
	row->last_status = outcome->status;
	row->last_result = outcome->result;
	row->visits++;
	if (is_good && !outcome->is_unchanged)
		row->last_change = outcome->ended_at;
	if (is_good) {
		row->etag = outcome->etag;
		row->last_modified = outcome->last_modified;
		row->variant = wv_plan_variant(source);
	} else if (outcome->status == 304) {
		if (outcome->etag.n > 0)
			row->etag = outcome->etag;
		if (outcome->last_modified.n > 0)
			row->last_modified = outcome->last_modified;
	}
	if (is_good && outcome->has_body) {
		row->has_body = true;
		row->body = outcome->body;
	}
	if (outcome->has_pace)
		row->pace = outcome->pace;
	/* A guess that was right is a feed like others from now on. */
	if (outcome->has_pace && row->via == WV_VIA_GUESS && row->kind == WV_VISIT_FEED)
		row->is_listing = true;
	/* Validators go out again as they came; one that no header line holds is no use. */
	row->etag = wv_slice_part(row->etag, 0, row->etag.n > WV_KIB ? 0 : row->etag.n);
	row->last_modified = wv_slice_part(row->last_modified, 0,
					   row->last_modified.n > 256 ? 0 : row->last_modified.n);
}

static bool is_permanent(const struct wv_outcome *outcome)
{
	return outcome->status == 301 || outcome->status == 308;
}

/* May the plan go where the redirect points? A seed may move anywhere; other pages stay in scope,
 * or among the hops they were let out by. */
static bool admits_target(struct wv_frontier *frontier, const struct wv_visit *visit,
			  const struct wv_outcome *outcome, struct wv_found *target)
{
	struct wv_admission_facts facts = {
		.settings = frontier->settings,
		.source = &frontier->settings->sources[visit->source],
		.kind = visit->is_listing ? WV_VISIT_FEED : visit->kind,
		.depth = visit->depth,
		.hops = visit->hops > 0 ? visit->hops - 1 : 0,
		.is_related = visit->hops > 0,
		.now = outcome->ended_at,
	};
	struct wv_url url;
	uint32_t hops;

	wv_arena_reset(frontier->arena);
	if (wv_url_parse(frontier->arena, outcome->location, NULL, &url, NULL) != WV_OK ||
	    wv_admission_check(&facts, &url, &hops) != WV_ADMIT ||
	    wv_found_init(frontier->arena, &url, target, NULL) != WV_OK)
		return false;
	target->source = visit->source;
	target->kind = visit->kind;
	target->via = WV_VIA_REDIRECT;
	target->depth = visit->depth;
	target->hops = hops;
	return true;
}

static void add_hop(struct wv_page_row *row, const struct wv_visit *visit)
{
	row->chain_count = 0;
	for (uint32_t i = 0; i < visit->chain_count; i++)
		row->chain[row->chain_count++] = visit->chain[i];
	WV_ASSERT(row->chain_count < WV_LIMIT_REDIRECTS);
	row->chain[row->chain_count++] = visit->url;
}

/* A page that belongs to the one visited: a run of pages given by hand may ask for it, too. */
static void set_target(struct wv_change *change, struct wv_slice page_key)
{
	change->target_key_n = wv_min_size(page_key.n, sizeof change->target_key);
	memcpy(change->target_key, page_key.p, change->target_key_n);
}

/* Another page: due now, for the slot that led here, unless it had that slot already. */
static enum wv_status make_target_due(struct wv_frontier *frontier, struct wv_txn *txn,
				      const struct wv_visit *visit,
				      const struct wv_outcome *outcome,
				      const struct wv_found *target, struct wv_change *change,
				      struct wv_err *err)
{
	struct wv_page_row before, row;
	enum wv_status st = wv_frontier_read_page(frontier, txn, target->page_key, &before, err);
	bool is_known = st == WV_OK;

	if (st != WV_OK && st != WV_NO)
		return st;
	set_target(change, target->page_key);
	if (is_known && !wv_time_is_none(before.last_due) && before.last_due.us >= visit->due.us)
		return WV_OK;
	if (is_known && wv_frontier_may_be_asked(frontier, &before))
		return WV_OK;
	if (is_known) {
		row = before;
	} else {
		row = (struct wv_page_row){
			.kind = target->kind,
			.via = visit->via == WV_VIA_GUESS ? visit->via : WV_VIA_REDIRECT,
			.is_follower = !is_permanent(outcome) && visit->via != WV_VIA_GUESS,
			.source_id = frontier->source_ids[target->source],
			.depth = target->depth,
			.hops = target->hops,
			.url = target->url,
			.found = outcome->ended_at,
			.last_due = WV_TIME_NONE,
			.last_visit = WV_TIME_NONE,
			.last_change = WV_TIME_NONE,
		};
	}
	if (is_permanent(outcome) && visit->is_listing) {
		row.is_listing = true;
		row.is_follower = false;
		row.kind = visit->kind;
	}
	row.state = WV_PAGE_DUE;
	row.lane = WV_LANE_AGAIN;
	row.at = outcome->ended_at.us;
	row.due = visit->due;
	row.attempt = 0;
	add_hop(&row, visit);
	change->pages_new += !is_known;
	change->pages_due += is_known;
	return wv_frontier_write_page(frontier, txn, target->page_key, is_known ? &before : NULL,
				      &row, change, err);
}

static struct wv_schedule schedule_of(const struct wv_frontier *frontier,
				      const struct wv_visit *visit, const struct wv_page_row *row,
				      const struct wv_outcome *outcome)
{
	struct wv_schedule_facts facts = {
		.source = &frontier->settings->sources[visit->source],
		.kind = row->kind,
		.is_listing = row->is_listing &&
			      !(is_permanent(outcome) && wv_outcome_is_redirect(outcome)),
		.is_guess = row->via == WV_VIA_GUESS,
		.is_follower = row->is_follower,
		/* A wall, or a site's word that it is busy, is no reason to stay away for a month. */
		.is_repeat = frontier->was.is_set && frontier->was.is_repeat &&
			     outcome->verdict == WV_VERDICT_ARTICLE,
		.interval_us = row->interval_us,
		.failures = row->failures,
		.pace = wv_pace_is_set(&row->pace) ? &row->pace : NULL,
		.turn_free = WV_TIME_NONE,
	};

	if (visit->turn_after.hold != WV_HOLD_NONE &&
	    visit->turn_after.hold_until.us > outcome->ended_at.us)
		facts.turn_free = visit->turn_after.hold_until;
	return wv_schedule_next(&facts, outcome);
}

/* http to https, with or without www: the same page at another address. The slot goes on there. */
static enum wv_status move_on(struct wv_frontier *frontier, struct wv_txn *txn,
			      const struct wv_visit *visit, const struct wv_outcome *outcome,
			      const struct wv_page_row *before, const struct wv_found *target,
			      struct wv_change *change, struct wv_err *err)
{
	struct wv_page_row row = *before;

	row.url = target->url;
	row.is_aside |= !is_permanent(outcome);
	row.lane = WV_LANE_AGAIN;
	row.at = outcome->ended_at.us;
	row.attempt = 0;
	add_hop(&row, visit);
	return wv_frontier_write_page(frontier, txn, visit->page_key, before, &row, change, err);
}

/* After hops within the page of which one was not for good, the next visit starts where this one
 * did: at the first address on the way that is this page's. */
static void go_back(struct wv_frontier *frontier, const struct wv_visit *visit,
		    struct wv_page_row *row)
{
	if (!row->is_aside)
		return;
	row->is_aside = false;
	for (uint32_t i = 0; i < visit->chain_count; i++) {
		struct wv_url url;
		struct wv_slice key;

		/* The arena still holds the redirect's target: no reset. */
		if (wv_url_parse(frontier->arena, visit->chain[i], NULL, &url, NULL) != WV_OK ||
		    wv_url_page_key(frontier->arena, &url, &key, NULL) != WV_OK ||
		    !wv_slice_equals(key, visit->page_key))
			continue;
		row->url = visit->chain[i];
		return;
	}
}

static enum wv_status complete(struct wv_frontier *frontier, struct wv_txn *txn,
			       const struct wv_visit *visit, const struct wv_outcome *outcome,
			       const struct wv_page_row *before, struct wv_change *change,
			       struct wv_err *err)
{
	struct wv_page_row row = *before;
	struct wv_schedule schedule;
	struct wv_found target;
	bool follows = wv_visit_may_follow(visit, outcome) &&
		       admits_target(frontier, visit, outcome, &target);
	enum wv_status st;

	if (follows && wv_slice_equals(target.page_key, visit->page_key))
		return move_on(frontier, txn, visit, outcome, before, &target, change, err);
	frontier->was.is_set = true;
	frontier->was.is_first = before->visits == 0;
	frontier->was.is_listing = before->is_listing;
	frontier->was.is_from_listing = before->depth <= 1 || before->via == WV_VIA_FEED ||
					before->via == WV_VIA_SITEMAP;
	frontier->was.found = before->found;
	frontier->was.is_repeat = false;
	if (frontier->was.is_first && !before->is_listing && outcome->text_key != 0) {
		st = wv_frontier_is_repeat(frontier, txn, visit, outcome, &frontier->was.is_repeat,
					   err);
		if (st != WV_OK)
			return st;
	}
	remember(&row, &frontier->settings->sources[visit->source], visit, outcome);
	schedule = schedule_of(frontier, visit, &row, outcome);
	row.chain_count = 0;
	go_back(frontier, visit, &row);
	place(&row, &schedule, frontier, outcome->ended_at);
	st = wv_frontier_write_page(frontier, txn, visit->page_key, before, &row, change, err);
	if (st == WV_OK && follows)
		st = make_target_due(frontier, txn, visit, outcome, &target, change, err);
	return st;
}

static enum wv_status put_retry(struct wv_frontier *frontier, struct wv_txn *txn,
				const struct wv_visit *visit, const struct wv_page_row *before,
				struct wv_change *change, struct wv_err *err)
{
	struct wv_page_row row = *before;

	row.attempt = visit->attempt + 1;
	row.lane = WV_LANE_AGAIN;
	row.at = visit->retry_at.us;
	return wv_frontier_write_page(frontier, txn, visit->page_key, before, &row, change, err);
}

/* Is the row still at the slot that was visited? */
static bool is_at_slot(const struct wv_page_row *row, const struct wv_visit *visit)
{
	return row->state == WV_PAGE_DUE && row->due.us == visit->due.us &&
	       wv_slice_equals(row->url, visit->url);
}

static enum wv_status record_page(struct wv_frontier *frontier, struct wv_txn *txn,
				  const struct wv_visit *visit, const struct wv_outcome *outcome,
				  struct wv_change *change, struct wv_err *err)
{
	struct wv_page_row before;
	enum wv_status st = wv_frontier_read_page(frontier, txn, visit->page_key, &before, err);

	if (st == WV_NO || (st == WV_OK && !is_at_slot(&before, visit))) {
		change->is_stale = true;
		return WV_OK;
	}
	if (st != WV_OK)
		return st;
	if (visit->will_retry)
		return put_retry(frontier, txn, visit, &before, change, err);
	return complete(frontier, txn, visit, outcome, &before, change, err);
}

/* ---- the two ways in */

enum wv_status wv_frontier_record(struct wv_frontier *frontier, struct wv_txn *txn,
				  const struct wv_visit *visit, const struct wv_outcome *outcome,
				  const struct wv_found *found, size_t found_count,
				  struct wv_change *change, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	wv_change_reset(change);
	change->slot_hash = visit->slot_hash;
	frontier->was.is_set = false;
	if (outcome->result == WV_RESULT_NOT_SENT) {
		change->is_stale = true;
		return WV_OK;
	}
	if (wv_result_is_request(outcome->result))
		st = wv_frontier_put_turn(frontier, txn, visit->turn, &visit->turn_after, err);
	if (st == WV_OK && visit->has_source_after)
		st = wv_source_state_put(txn, visit->source_name, &visit->source_after, err);
	if (st == WV_OK && visit->kind == WV_VISIT_ROBOTS)
		st = wv_frontier_record_robots(frontier, txn, visit, outcome, change, err);
	else if (st == WV_OK)
		st = record_page(frontier, txn, visit, outcome, change, err);
	if (st == WV_OK && visit->kind == WV_VISIT_TDMREP && !change->is_stale)
		st = wv_frontier_record_tdmrep(txn, visit, outcome, err);
	if (st == WV_OK)
		st = note_outcome(frontier, txn, visit, outcome,
				  !visit->will_retry && !change->is_stale, err);
	if (st == WV_OK && !change->is_stale && !visit->will_retry &&
	    wv_result_is_request(outcome->result))
		st = wv_frontier_learn(frontier, txn, visit, outcome, err);
	if (st == WV_OK && !change->is_stale && !visit->will_retry)
		st = wv_frontier_guess_feeds(frontier, txn, visit, outcome, change, err);
	/* One text under endless addresses leads to more of them: only the first one's links count. */
	if (frontier->was.is_set && frontier->was.is_repeat)
		found_count = 0;
	for (size_t i = 0; i < found_count && st == WV_OK; i++) {
		st = wv_frontier_add_found(frontier, txn, &found[i], outcome->ended_at, change,
					   err);
		if (found[i].via == WV_VIA_PART && change->target_key_n == 0)
			set_target(change, found[i].page_key);
	}
	return st;
}

static enum wv_status put_off(struct wv_frontier *frontier, struct wv_txn *txn,
			      const struct wv_visit *visit, const struct wv_refusal *refusal,
			      const struct wv_page_row *before, struct wv_time now,
			      struct wv_change *change, struct wv_err *err)
{
	struct wv_page_row row = *before;
	struct wv_outcome as = WV_OUTCOME_NONE;
	struct wv_schedule schedule;

	row.last_result = refusal->result;
	row.chain_count = 0;
	if (refusal->is_for_good) {
		row.state = WV_PAGE_DENIED;
	} else if (!wv_time_is_none(refusal->again)) {
		/* The slot stays open: nothing was asked yet. */
		row.lane = row.is_listing ? WV_LANE_LISTING : WV_LANE_AGAIN;
		row.at = refusal->again.us;
	} else {
		as.result = WV_RESULT_ANSWERED;
		as.status = 403; /* the same as if the server had said so */
		as.ended_at = now;
		row.last_due = visit->due;
		schedule = schedule_of(frontier, visit, &row, &as);
		place(&row, &schedule, frontier, now);
	}
	return wv_frontier_write_page(frontier, txn, visit->page_key, before, &row, change, err);
}

enum wv_status wv_frontier_refuse(struct wv_frontier *frontier, struct wv_txn *txn,
				  const struct wv_visit *visit, const struct wv_refusal *refusal,
				  struct wv_change *change, struct wv_err *err)
{
	struct wv_time now = wv_clock_now(frontier->clock);
	struct wv_mono mono = wv_clock_mono(frontier->clock);
	struct wv_ledger_row row = {
		.result = refusal->result,
		.is_last = true,
		.basis = refusal->reason,
		.started = now,
		.ended = now,
		.offset_us = offset_of(frontier, mono),
		.end_offset_us = offset_of(frontier, mono),
		.retry_after_us = -1,
	};
	struct wv_page_row before;
	enum wv_status st;

	wv_change_reset(change);
	change->slot_hash = visit->slot_hash;
	st = wv_frontier_read_page(frontier, txn, visit->page_key, &before, err);
	if (st == WV_NO || (st == WV_OK && !is_at_slot(&before, visit))) {
		change->is_stale = true;
		return WV_OK;
	}
	if (st == WV_OK)
		st = note(frontier, txn, visit, &row, err);
	if (st == WV_OK)
		st = put_off(frontier, txn, visit, refusal, &before, now, change, err);
	if (st == WV_OK && refusal->result == WV_RESULT_ROBOTS_DENIED && visit->is_listing &&
	    visit->hops == 0 && !wv_time_is_none(refusal->again))
		st = wv_frontier_learn_closed(frontier, txn, visit->source_name, now, err);
	return st;
}
