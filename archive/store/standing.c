#include "archive/store/lookup.h"

#include <stdlib.h>

#include "config/base/limits.h"

/* Which capture stands for a page at a time: wv_store_standing of lookup.h. */

#define SCRATCH_CAP (4u * WV_MIB)

struct side {
	bool is_found;
	const struct wv_fact *refusal; /* by which what was found may not be shown */
	uint64_t id;
	struct wv_time captured;
	struct wv_passed_over *passed; /* room for WV_STANDING_PASSED_MAX, in the caller's arena */
	size_t count;
	uint64_t total;
};

bool wv_capture_stands(const struct wv_capture *c)
{
	return !(c->flags & WV_CAPTURE_REDIRECT) && (c->status == 200 || c->status == 304) &&
	       c->has_body && wv_verdict_stands(c->verdict);
}

/* Why a capture does not stand; the empty slice if it does. */
static struct wv_slice why_not(const struct wv_capture *c, struct wv_arena *arena)
{
	if (wv_capture_stands(c))
		return WV_SLICE_NONE;
	if (c->flags & WV_CAPTURE_REDIRECT)
		return WV_LIT("redirect");
	if (c->status == 0)
		return WV_LIT("no answer");
	if (c->status == 304 && !c->has_body)
		return WV_LIT("not modified, but nothing to stand for");
	if (c->status != 200 && c->status != 304)
		return wv_arena_format(arena, "status %d", c->status);
	if (!wv_verdict_stands(c->verdict))
		return wv_arena_format(arena, "verdict %s", wv_verdict_name(c->verdict));
	if (c->flags & WV_CAPTURE_NOARCHIVE)
		return WV_LIT("not kept, as the page asks (noarchive)");
	return WV_LIT("no body");
}

/*
 * A capture that stood and was erased left its time in the register: where it lay nearer than what
 * was found, it was the answer.
 */
static void look_for_erased(const struct wv_standing_query *query, bool is_backwards,
                            const struct wv_register_page *facts, struct side *side)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct wv_fact *fact = &facts->facts[i];
		struct wv_time t = fact->first;

		if (fact->act != WV_ACT_ERASE || !fact->is_of_capture || wv_time_is_none(t) ||
		    (!wv_time_is_none(query->known_at) && t.us > query->known_at.us) ||
		    (!wv_time_is_none(query->at) &&
		     (is_backwards ? t.us > query->at.us : t.us < query->at.us)) ||
		    (side->is_found && (is_backwards ? t.us < side->captured.us
		                                     : t.us > side->captured.us)))
			continue;
		side->is_found = true;
		side->id = fact->capture;
		side->captured = t;
		side->refusal = fact;
	}
}

static enum wv_status look(struct wv_txn *txn, const struct wv_standing_query *query,
                           bool is_backwards, const struct wv_register_page *facts,
                           struct wv_arena *arena, struct wv_arena *scratch,
                           struct side *side, struct wv_err *err)
{
	const struct wv_captures_query all = {
		.page = query->page,
		.url = query->url,
		.from = is_backwards ? WV_TIME_NONE : query->at,
		.to = is_backwards ? query->at : WV_TIME_NONE,
		.known_at = query->known_at,
		.is_backwards = is_backwards,
		.sees_all = true, /* judged below */
	};
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_capture capture;
	enum wv_status st;

	side->passed = WV_ARENA_ARRAY(arena, struct wv_passed_over, WV_STANDING_PASSED_MAX);
	if (!side->passed)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	st = wv_captures_begin(txn, &all, &captures, err);
	while (st == WV_OK) {
		struct wv_slice why;

		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		why = why_not(&capture, scratch);
		if (why.n == 0) {
			side->is_found = true;
			side->id = capture.id;
			side->captured = capture.captured;
			side->refusal = wv_register_refusal(facts, capture.id, query->now);
			break;
		}
		side->total++;
		if (query->max_passed && side->total >= query->max_passed)
			break;
		if (side->count == WV_STANDING_PASSED_MAX)
			continue;
		why = wv_arena_copy(arena, why);
		if (why.n == 0)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		side->passed[side->count++] = (struct wv_passed_over){
			capture.id, capture.captured, capture.status, capture.verdict, why};
	}
	if (st == WV_OK || st == WV_NO)
		look_for_erased(query, is_backwards, facts, side);
	return st == WV_NO ? WV_OK : st;
}

static uint64_t distance(struct wv_time a, struct wv_time b)
{
	return a.us > b.us ? (uint64_t)a.us - (uint64_t)b.us : (uint64_t)b.us - (uint64_t)a.us;
}

/* Both sides' passed-over captures by distance, up to what lies nearer than the chosen one. */
static enum wv_status merge(const struct side *before, const struct side *after, struct wv_time at,
                            uint64_t reach, struct wv_arena *arena, struct wv_standing *out,
                            struct wv_err *err)
{
	struct wv_passed_over *passed =
		WV_ARENA_ARRAY(arena, struct wv_passed_over, WV_STANDING_PASSED_MAX);
	size_t i = 0, k = 0, n = 0;

	if (!passed)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	out->passed_total = 0;
	while (i < before->count || k < after->count) {
		bool is_before =
			k == after->count ||
			(i < before->count && distance(before->passed[i].captured, at) <=
		                                      distance(after->passed[k].captured, at));
		const struct wv_passed_over *next =
			is_before ? &before->passed[i++] : &after->passed[k++];

		if (distance(next->captured, at) > reach)
			continue;
		out->passed_total++;
		if (n < WV_STANDING_PASSED_MAX)
			passed[n++] = *next;
	}
	out->passed_total += before->total - before->count + after->total - after->count;
	out->passed = passed;
	out->passed_count = n;
	return WV_OK;
}

static enum wv_status facts_of(struct wv_txn *txn, struct wv_arena *arena,
                               const struct wv_standing_query *query,
                               struct wv_register_page *facts, struct wv_err *err)
{
	struct wv_page page;
	bool is_empty = true;
	enum wv_status st = WV_OK;

	if (query->sees_all)
		return WV_OK;
	st = wv_register_is_empty(txn, &is_empty, err);
	if (st != WV_OK || is_empty)
		return st;
	st = wv_store_page(txn, arena, query->page, &page, err);
	if (st == WV_OK)
		st = wv_register_of_page(txn, arena, page.key, facts, err);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status find(struct wv_txn *txn, struct wv_arena *arena, struct wv_arena *scratch,
                           const struct wv_standing_query *query, struct wv_standing *out,
                           uint64_t *id, struct wv_err *err)
{
	struct side before = {0}, after = {0};
	const struct side *chosen = &before;
	bool is_unbound = wv_time_is_none(query->at);
	struct wv_register_page facts = {0};
	const struct wv_fact *refusal;
	enum wv_status st = facts_of(txn, arena, query, &facts, err);

	if (st != WV_OK)
		return st;
	refusal = wv_register_refusal(&facts, UINT64_MAX, query->now);
	if (refusal) { /* the whole page */
		out->is_refused = true;
		out->refusal = *refusal;
		return WV_NO;
	}
	if (query->mode != WV_STANDING_AFTER)
		st = look(txn, query, true, &facts, arena, scratch, &before, err);
	if (st == WV_OK && (query->mode == WV_STANDING_AFTER ||
	                    (query->mode == WV_STANDING_NEAREST && !is_unbound)))
		st = look(txn, query, false, &facts, arena, scratch, &after, err);
	if (st != WV_OK)
		return st;
	if (query->mode == WV_STANDING_AFTER ||
	    (after.is_found && (!before.is_found || distance(after.captured, query->at) <
	                                                    distance(before.captured, query->at))))
		chosen = &after;
	if (query->mode == WV_STANDING_NEAREST && !is_unbound) {
		uint64_t reach =
			chosen->is_found ? distance(chosen->captured, query->at) : UINT64_MAX;

		st = merge(&before, &after, query->at, reach, arena, out, err);
		if (st != WV_OK)
			return st;
	} else {
		out->passed = chosen->passed;
		out->passed_count = chosen->count;
		out->passed_total = chosen->total;
	}
	*id = chosen->id;
	if (chosen->is_found && chosen->refusal) {
		out->is_refused = true;
		out->refusal = *chosen->refusal;
		return WV_NO;
	}
	return chosen->is_found ? WV_OK : WV_NO;
}

enum wv_status wv_store_standing(struct wv_txn *txn, struct wv_arena *arena,
                                 const struct wv_standing_query *query, struct wv_standing *out,
                                 struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_standing standing = {0};
	uint64_t id = 0;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = find(txn, arena, scratch, query, &standing, &id, err);
	if (st == WV_OK)
		st = wv_store_capture(txn, arena, id, query->known_at, &standing.capture, err);
	if (st == WV_OK || st == WV_NO)
		*out = standing;
	return st;
}
