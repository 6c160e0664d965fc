#include "crawler/plan/plan_inner.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/url.h"

#define RULE_TEXT_MAX 200u

/* ---- words for ledger and capture */

static void add_robots_words(struct wv_plan *plan, const struct visit_parts *parts)
{
	const struct robots *robots = parts->robots;
	char when[WV_TIME_TEXT_MAX];
	struct wv_buf *out = &plan->text;

	if (!parts->row) {
		wv_buf_add_string(out, "robots.txt itself is always allowed");
		return;
	}
	wv_buf_add_format(out, "%.*s/robots.txt", WV_FMT(wv_slice_part(robots->origin, 0, 200)));
	if (!wv_time_is_none(robots->fetched))
		wv_buf_add_format(out, " of %s", wv_time_print(robots->fetched, when));
	switch (robots->state) {
	case WV_ROBOTS_RULES:
		if (robots->is_broken)
			wv_buf_add_string(out, ": could not be held in memory, so closed");
		else if (parts->decision.line == 0)
			wv_buf_add_string(out, ": no rule for this address");
		else
			wv_buf_add_format(
				out, ": line %" PRIu32 " '%.*s'", parts->decision.line,
				WV_FMT(wv_slice_part(parts->decision.rule, 0, RULE_TEXT_MAX)));
		break;
	case WV_ROBOTS_UNAVAILABLE:
		wv_buf_add_format(out, ": status %" PRId32 ", so there are no rules",
				  robots->status);
		break;
	case WV_ROBOTS_FORBIDDEN:
		wv_buf_add_format(out, ": status %" PRId32 ", taken as a no (robots_forbidden)",
				  robots->status);
		break;
	default:
		wv_buf_add_format(out, ": cannot be had (status %" PRId32 "), so all is closed",
				  robots->status);
		break;
	}
}

static void add_clock_words(struct wv_plan *plan, const struct turn *turn,
			    const struct wv_turn_need *need, struct wv_mono earliest)
{
	const struct wv_turn_state *state = &turn->clock.state;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(&plan->text, "; turn %.*s: delay %s", WV_FMT(turn->key),
			  wv_duration_print(need->delay_us, text));
	if (wv_time_is_none(state->last_end)) {
		wv_buf_add_string(&plan->text, ", first request");
		return;
	}
	wv_buf_add_format(&plan->text, " since %s", wv_time_print(state->last_end, text));
	if (earliest.us != INT64_MIN) {
		int64_t late = plan_mono(plan).us - earliest.us;

		wv_buf_add_format(&plan->text, ", free for %s",
				  wv_duration_print(late > 0 ? late / 1000 * 1000 : 0, text));
	}
}

/* ---- one allocation with everything in it */

struct packer {
	unsigned char *at;
};

static struct wv_slice pack(struct packer *packer, struct wv_slice s)
{
	struct wv_slice copy = {packer->at, s.n};

	if (s.n > 0)
		memcpy(packer->at, s.p, s.n);
	packer->at += s.n;
	return copy;
}

/* What points where it will not stay. `each` is called with every slice of the visit. */
static void each_slice(struct wv_visit *visit, void (*each)(void *context, struct wv_slice *s),
		       void *context)
{
	struct wv_slice *const slices[] = {
		&visit->url,         &visit->page_key,      &visit->source_name,
		&visit->etag,        &visit->last_modified, &visit->basis,
		&visit->robots_rule, &visit->robots_origin, &visit->turn,
	};

	for (size_t i = 0; i < WV_COUNT(slices); i++)
		each(context, slices[i]);
	for (uint32_t i = 0; i < visit->chain_count; i++)
		each(context, &visit->chain[i]);
}

static void count_slice(void *context, struct wv_slice *s)
{
	*(size_t *)context += s->n;
}

static void pack_slice(void *context, struct wv_slice *s)
{
	*s = pack(context, *s);
}

static enum wv_status seal(struct wv_visit *draft, struct wv_visit **out, struct wv_err *err)
{
	size_t bytes = sizeof *draft;
	struct wv_visit *visit;
	struct packer packer;

	each_slice(draft, count_slice, &bytes);
	visit = malloc(bytes);
	if (!visit)
		return plan_nomem(err);
	packer.at = (unsigned char *)(visit + 1);
	each_slice(draft, pack_slice, &packer);
	*visit = *draft;
	visit->host = wv_plan_host(visit->url);
	visit->origin = wv_plan_origin(visit->url);
	*out = visit;
	return WV_OK;
}

/* ---- drafts */

static void draft_page(const struct visit_parts *parts, uint32_t variant, struct wv_visit *draft)
{
	const struct wv_page_row *row = parts->row;

	draft->kind = row->kind;
	draft->url = row->url;
	draft->page_key = parts->page_key;
	draft->depth = row->depth;
	draft->hops = row->hops;
	draft->via = row->via;
	draft->is_listing = row->is_listing;
	draft->attempt = row->attempt;
	draft->due = row->due;
	draft->chain_count = row->chain_count;
	for (uint32_t i = 0; i < row->chain_count; i++)
		draft->chain[i] = row->chain[i];
	if (row->variant == variant) {
		draft->etag = row->etag;
		draft->last_modified = row->last_modified;
	}
	draft->has_body = row->has_body;
	draft->body = row->body;
	draft->robots_rule = wv_slice_part(parts->decision.rule, 0, RULE_TEXT_MAX);
	draft->robots_line = parts->decision.line;
	draft->robots_fetched = parts->robots ? parts->robots->fetched : WV_TIME_NONE;
	draft->slot_hash = wv_plan_hash(parts->page_key);
}

static enum wv_status draft_robots(struct wv_plan *plan, const struct visit_parts *parts,
				   struct wv_visit *draft, struct wv_err *err)
{
	struct robots *robots = parts->robots;
	struct wv_cursor c = wv_cursor(wv_buf_slice(&robots->next));
	struct wv_url url;
	enum wv_status st;

	wv_arena_reset(plan->arena);
	if (robots->next.n > 0) {
		draft->url = wv_cursor_block(&c);
		draft->chain_count = wv_cursor_u8(&c);
		for (uint32_t i = 0; i < draft->chain_count; i++)
			draft->chain[i] = wv_cursor_block(&c);
	} else {
		draft->url =
			wv_arena_format(plan->arena, "%.*s/robots.txt", WV_FMT(robots->origin));
		if (draft->url.n == 0)
			return plan_nomem(err);
	}
	st = wv_url_parse(plan->arena, draft->url, NULL, &url, err);
	if (st == WV_OK)
		st = wv_url_page_key(plan->arena, &url, &draft->page_key, err);
	draft->kind = WV_VISIT_ROBOTS;
	draft->via = draft->chain_count ? WV_VIA_REDIRECT : WV_VIA_ROBOTS;
	draft->due = robots->due;
	draft->robots_origin = robots->origin;
	draft->robots_failures = robots->failures;
	draft->robots_fetched = WV_TIME_NONE;
	/* Each hop is a slot of its own: the next may set out before this one is committed. */
	draft->slot_hash = wv_slice_hash(robots->origin, 6 + draft->chain_count);
	return st;
}

static enum wv_status make_draft(struct wv_plan *plan, const struct visit_parts *parts,
				 struct wv_visit *draft, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	*draft = (struct wv_visit){
		.source = parts->source,
		.source_name = plan->settings->sources[parts->source].name,
		.source_id = wv_frontier_source_id(plan->settings->sources[parts->source].name),
		.turn = parts->turn->key,
		.need = wv_politeness_need(&parts->turn->politeness, &parts->turn->clock.state),
		.earliest = wv_turn_clock_ready(&parts->turn->clock, &parts->turn->politeness),
		.started = {INT64_MIN},
		.started_at = WV_TIME_NONE,
		.retry_at = WV_TIME_NONE,
		.robots_fetched = WV_TIME_NONE,
	};
	if (parts->row)
		draft_page(parts, wv_plan_variant(&plan->settings->sources[parts->source]), draft);
	else
		st = draft_robots(plan, parts, draft, err);
	wv_buf_reset(&plan->text);
	return st;
}

enum wv_status plan_visit_make(struct wv_plan *plan, const struct visit_parts *parts,
			       struct wv_visit **out, struct wv_err *err)
{
	struct wv_visit draft;
	enum wv_status st = make_draft(plan, parts, &draft, err);

	if (st != WV_OK)
		return st;
	add_robots_words(plan, parts);
	add_clock_words(plan, parts->turn, &draft.need, draft.earliest);
	st = wv_buf_finish(&plan->text, "basis of a visit", err);
	draft.basis = wv_buf_slice(&plan->text);
	return st == WV_OK ? seal(&draft, out, err) : st;
}

enum wv_status plan_refusal_make(struct wv_plan *plan, const struct visit_parts *parts,
				 struct wv_plan_step *step, struct wv_err *err)
{
	struct wv_visit draft;
	enum wv_status st = make_draft(plan, parts, &draft, err);

	if (st != WV_OK)
		return st;
	if (step->refusal.reason.n > 0)
		wv_buf_add(&plan->text, step->refusal.reason);
	else
		add_robots_words(plan, parts);
	st = wv_buf_finish(&plan->text, "reason of a refusal", err);
	draft.basis = wv_buf_slice(&plan->text);
	if (st == WV_OK)
		st = seal(&draft, &step->visit, err);
	if (st == WV_OK)
		step->refusal.reason = step->visit->basis;
	return st;
}
