#include "crawler/plan/frontier.h"

#include <string.h>

#include "config/base/limits.h"
#include "config/url.h"
#include "archive/store/register.h"
#include "crawler/plan/admission.h"
#include "crawler/plan/ledger.h"
#include "crawler/plan/tables.h"

/*
 * Everything known of one page, gathered from the tables in one transaction.
 */
#define LEDGER_ROWS_MAX 1000u

/* A table's value in the arena, to be decoded there: slices of a transaction end with it. */
static enum wv_status copy_row(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
			       struct wv_arena *arena, struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, table, key, &value, err);

	if (st != WV_OK)
		return st;
	*out = wv_arena_copy(arena, value);
	return out->n == value.n ? WV_OK : wv_err_set(err, WV_NOMEM, "why: out of memory");
}

struct rows {
	struct wv_arena *arena;
	struct wv_ledger_row *p;
	size_t n, room;
};

static enum wv_status keep_row(void *context, const struct wv_ledger_row *row, struct wv_err *err)
{
	struct rows *rows = context;
	struct wv_ledger_row *copy = &rows->p[rows->n];
	struct wv_slice *const slices[] = {&copy->url, &copy->page_key, &copy->turn, &copy->source,
					   &copy->basis};

	if (rows->n == rows->room)
		return WV_NO;
	*copy = *row;
	for (size_t i = 0; i < WV_COUNT(slices); i++) {
		size_t n = slices[i]->n;

		*slices[i] = wv_arena_copy(rows->arena, *slices[i]);
		if (slices[i]->n != n)
			return wv_err_set(err, WV_NOMEM, "why: out of memory");
	}
	rows->n++;
	return WV_OK;
}

static enum wv_status read_page(struct wv_txn *txn, const struct wv_settings *settings,
				struct wv_arena *arena, struct wv_why *why, struct wv_err *err)
{
	struct wv_slice bytes;
	enum wv_status st = copy_row(txn, WV_TABLE_FRONTIER, why->page_key, arena, &bytes, err);

	if (st == WV_OK)
		st = wv_page_row_decode(bytes, &why->page, err);
	why->is_known = st == WV_OK;
	/* Out of every scope: whose it is says its row. */
	for (size_t i = 0; st == WV_OK && !why->source && i < settings->source_count; i++)
		if (wv_frontier_source_id(settings->sources[i].name) == why->page.source_id)
			why->source = &settings->sources[i];
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status read_robots(struct wv_txn *txn, const struct wv_settings *settings,
				  struct wv_arena *arena, struct wv_time now, struct wv_why *why,
				  struct wv_err *err)
{
	WV_AUTO(wv_robots_free) struct wv_robots *robots = NULL;
	struct wv_slice bytes;
	enum wv_status st = copy_row(txn, WV_TABLE_ROBOTS, why->origin, arena, &bytes, err);

	if (st == WV_OK)
		st = wv_robots_row_decode(bytes, &why->robots, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	why->has_robots = true;
	why->robots_fresh = wv_robots_row_is_fresh(&why->robots, now);
	why->decision.allowed = why->robots.state == WV_ROBOTS_UNAVAILABLE;
	if (why->robots.state != WV_ROBOTS_RULES)
		return WV_OK;
	st = wv_robots_parse(why->robots.text, settings->agent_tokens, &robots, err);
	if (st == WV_LIMIT) /* more rules than are read: closed */
		return WV_OK;
	if (st != WV_OK)
		return st;
	why->decision = wv_robots_check(robots, why->url);
	why->decision.rule = wv_arena_copy(arena, why->decision.rule);
	return WV_OK;
}

static enum wv_status read_turn(struct wv_txn *txn, const struct wv_settings *settings,
				struct wv_arena *arena, struct wv_why *why, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf turn = {0};
	enum wv_status st;

	wv_buf_init(&turn, WV_KIB);
	wv_frontier_turn_of(settings, wv_plan_host(why->url), &turn);
	st = wv_buf_finish(&turn, "turn name", err);
	if (st != WV_OK)
		return st;
	why->turn = wv_arena_copy(arena, wv_buf_slice(&turn));
	/* By address: the ledger knows under which one it was asked last. */
	if (why->ledger_count > 0 && why->ledger[0].turn.n > 0)
		why->turn = why->ledger[0].turn;
	st = wv_frontier_turn(txn, why->turn, &why->turn_state, err);
	why->has_turn = st == WV_OK;
	if (st == WV_NO)
		st = WV_OK;
	if (st == WV_OK && why->source) {
		st = wv_frontier_source(txn, why->source->name, &why->source_state, err);
		if (st == WV_NO)
			st = WV_OK;
	}
	return st;
}

static void admit(const struct wv_settings *settings, const struct wv_url *url, struct wv_time now,
		  struct wv_why *why)
{
	struct wv_admission_facts facts = {
		.settings = settings,
		.source = why->source,
		.kind = why->is_known ? why->page.kind : WV_VISIT_PAGE,
		.depth = why->is_known ? why->page.depth : 0,
		.hops = why->is_known && why->page.hops > 0 ? why->page.hops - 1 : 0,
		.is_related = why->is_known && why->page.hops > 0,
		.now = now,
	};
	uint32_t hops;

	why->admission = WV_ADMIT_NOT_SCOPE;
	if (why->source)
		why->admission = wv_admission_check(&facts, url, &hops);
}

/* ---- the sentence */

static struct wv_slice say_refused(struct wv_arena *arena, const struct wv_why *why)
{
	if (why->robots.state == WV_ROBOTS_RULES)
		return wv_arena_format(arena, "refused: robots.txt line %u says '%.*s'",
				       why->decision.line, WV_FMT(why->decision.rule));
	return wv_arena_format(arena, "refused: robots.txt is %s (status %d), so all is closed",
			       wv_robots_state_name(why->robots.state), (int)why->robots.status);
}

static struct wv_slice say_unknown(struct wv_arena *arena, const struct wv_why *why)
{
	if (why->admission != WV_ADMIT)
		return wv_arena_format(arena, "skipped: %s", wv_admission_name(why->admission));
	if (why->has_robots && !why->decision.allowed)
		return say_refused(arena, why);
	return wv_arena_format(arena, "unknown: no page that was read links to it yet");
}

static struct wv_slice say_due(struct wv_arena *arena, const struct wv_why *why, struct wv_time now)
{
	struct wv_time due = wv_page_row_due_at(&why->page, now);
	const struct wv_turn_state *turn = &why->turn_state;
	char text[WV_TIME_TEXT_MAX];

	bool is_held = why->has_turn && turn->hold != WV_HOLD_NONE && turn->hold_until.us > now.us;

	if (why->page.lane == WV_LANE_NEXT_RUN && !is_held)
		return wv_arena_format(arena, "waiting: looked at in every run");
	if (due.us > now.us && why->page.last_result == WV_RESULT_ROBOTS_DENIED)
		return wv_arena_format(arena, "refused by robots.txt; asked again after %s",
				       wv_time_print(due, text));
	if (due.us > now.us && why->page.failures > 0 && why->page.last_status > 0)
		return wv_arena_format(arena, "failed: status %d, asked again at %s",
				       (int)why->page.last_status, wv_time_print(due, text));
	if (due.us > now.us && why->page.failures > 0)
		return wv_arena_format(arena, "failed: no answer, asked again at %s",
				       wv_time_print(due, text));
	if (due.us > now.us)
		return wv_arena_format(arena, "%s: due again at %s",
				       why->page.visits ? "fetched" : "waiting",
				       wv_time_print(due, text));
	if (!wv_time_is_none(why->source_state.suspended_until) &&
	    why->source_state.suspended_until.us > now.us)
		return wv_arena_format(arena, "waiting: its source is suspended until %s (403s)",
				       wv_time_print(why->source_state.suspended_until, text));
	if (is_held)
		return wv_arena_format(arena, "waiting: its host asked to be left alone until %s",
				       wv_time_print(turn->hold_until, text));
	return wv_arena_format(arena, "waiting: due now, at the next run");
}

static struct wv_slice say(struct wv_arena *arena, const struct wv_why *why, struct wv_time now)
{
	char text[WV_TIME_TEXT_MAX];

	if (!why->is_known)
		return say_unknown(arena, why);
	switch (why->page.state) {
	case WV_PAGE_GONE:
		return wv_arena_format(arena, "gone: status %d at %s", (int)why->page.last_status,
				       wv_time_print(why->page.last_visit, text));
	case WV_PAGE_DENIED:
		return wv_arena_format(arena, "skipped: %s",
				       why->ledger_count > 0 ? "see the ledger below"
							     : "refused by our own rules");
	case WV_PAGE_IDLE:
		return wv_arena_format(arena, "fetched: status %d at %s, not looked at by itself",
				       (int)why->page.last_status,
				       wv_time_print(why->page.last_visit, text));
	case WV_PAGE_DUE:
		break;
	}
	if (why->has_robots && !why->decision.allowed && why->page.visits == 0)
		return say_refused(arena, why);
	return say_due(arena, why, now);
}

enum wv_status wv_why_look_up(struct wv_txn *txn, const struct wv_settings *settings,
			      struct wv_arena *arena, const struct wv_url *url, struct wv_time now,
			      size_t ledger_rows, struct wv_why *out, struct wv_err *err)
{
	struct wv_why why = {
		.source_state = {.suspended_set = WV_TIME_NONE, .suspended_until = WV_TIME_NONE}};
	struct rows rows = {.arena = arena};
	struct wv_fact ban;
	enum wv_status st = wv_url_request(arena, url, &why.url, err);

	rows.room = ledger_rows < LEDGER_ROWS_MAX ? ledger_rows : LEDGER_ROWS_MAX;
	if (st == WV_OK)
		st = wv_url_page_key(arena, url, &why.page_key, err);
	if (st != WV_OK)
		return st;
	why.origin = wv_plan_origin(why.url);
	why.source = wv_settings_source_of(settings, url);
	/* One more than asked for: the copy is made before the room is looked at. */
	rows.p = wv_arena_zero(arena, rows.room + 1, sizeof *rows.p);
	if (!rows.p)
		return wv_err_set(err, WV_NOMEM, "why: out of memory");
	st = wv_ledger_each_of_page(txn, why.page_key, rows.room, keep_row, &rows, err);
	why.ledger = rows.p;
	why.ledger_count = rows.n;
	if (st == WV_OK)
		st = read_page(txn, settings, arena, &why, err);
	if (st == WV_OK)
		st = read_robots(txn, settings, arena, now, &why, err);
	if (st == WV_OK)
		st = read_turn(txn, settings, arena, &why, err);
	if (st != WV_OK)
		return st;
	admit(settings, url, now, &why);
	why.verdict = say(arena, &why, now);
	st = wv_register_fetches(txn, why.page_key, now, &ban, err);
	if (st == WV_NO)
		why.verdict = wv_arena_format(arena, "taken down: %s (register %llu)",
					      wv_act_done(ban.act),
					      (unsigned long long)ban.number);
	else if (st != WV_OK)
		return st;
	*out = why;
	return WV_OK;
}
