#include "archive/care/takedown.h"

#include "archive/store/batch.h"

/* --- facts go in with the writer's own transaction, which dates them --- */

struct facts {
	struct wv_fact *p;
	size_t n;
};

static enum wv_status write_facts(struct wv_txn *txn, const struct wv_batch_result *result,
                                  void *context, struct wv_err *err)
{
	struct facts *facts = context;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < facts->n && st == WV_OK; i++) {
		facts->p[i].recorded = result->recorded;
		st = wv_register_add(txn, &facts->p[i], err);
	}
	return st;
}

static enum wv_status commit(struct wv_store *store, struct facts *facts, struct wv_err *err)
{
	WV_AUTO(wv_batch_free) struct wv_batch *batch = NULL;
	struct wv_err why = WV_ERR_NONE;
	enum wv_status status = WV_OK, st = wv_batch_new(store, &batch, &why);

	if (st == WV_OK)
		st = wv_batch_add_apply(batch, write_facts, facts, &why);
	if (st == WV_OK)
		st = wv_batch_commit(store, &batch, 1, &status, &why);
	if (st == WV_OK)
		st = status;
	if (st != WV_OK && err)
		*err = why;
	return st == WV_OK ? WV_OK : wv_err_add(err, st, "writing to the register");
}

static enum wv_status facts_of(struct wv_store *store, struct wv_arena *arena,
                               struct wv_slice page_key, struct wv_register_page *out,
                               struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_store_begin_read(store, &txn, err);

	return st == WV_OK ? wv_register_of_page(txn, arena, page_key, out, err) : st;
}

static bool is_about(const struct wv_fact *fact, const struct wv_takedown_target *target)
{
	return fact->is_of_capture == target->is_of_capture &&
	       (!target->is_of_capture || fact->capture == target->capture);
}

enum wv_status wv_takedown_add(struct wv_store *store, struct wv_arena *arena,
                               const struct wv_takedown *takedown, struct wv_fact *out,
                               struct wv_err *err)
{
	const struct wv_takedown_target *target = &takedown->target;
	struct wv_fact fact = {
		.act = takedown->act,
		.until = takedown->until,
		.is_of_capture = target->is_of_capture,
		.capture = target->capture,
		.first = WV_TIME_NONE,
		.last = WV_TIME_NONE,
		.page_key = target->page_key,
		.url = target->url,
		.reason = takedown->reason,
	};
	struct facts facts = {&fact, 1};
	struct wv_register_page page = {0};
	struct wv_time now = wv_clock_now(wv_store_clock(store));
	enum wv_status st = facts_of(store, arena, target->page_key, &page, err);

	WV_ASSERT(takedown->act == WV_ACT_HIDE || takedown->act == WV_ACT_BLOCK ||
	          takedown->act == WV_ACT_HOLD);
	for (size_t i = 0; st == WV_OK && i < page.count; i++) {
		if (page.facts[i].act != takedown->act || !is_about(&page.facts[i], target) ||
		    wv_fact_is_over(&page.facts[i], now))
			continue;
		*out = page.facts[i];
		return wv_err_set(err, WV_NO,
		                  "'%.*s' is %s already (register %llu): release that first",
		                  WV_FMT(target->url), wv_act_done(takedown->act),
		                  (unsigned long long)page.facts[i].number);
	}
	if (st == WV_OK)
		st = commit(store, &facts, err);
	if (st == WV_OK)
		*out = fact;
	return st;
}

enum wv_status wv_takedown_release(struct wv_store *store, struct wv_arena *arena,
                                   const struct wv_takedown_target *target, uint64_t number,
                                   struct wv_slice reason, struct wv_register_page *released,
                                   struct wv_err *err)
{
	struct wv_register_page page = {0};
	struct facts facts = {NULL, 0};
	struct wv_time now = wv_clock_now(wv_store_clock(store));
	enum wv_status st = facts_of(store, arena, target->page_key, &page, err);

	if (st != WV_OK)
		return st;
	facts.p = WV_ARENA_ARRAY(arena, struct wv_fact, page.count);
	if (!facts.p)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0, n = 0; i < page.count; i++) {
		const struct wv_fact *fact = &page.facts[i];

		if (wv_fact_is_over(fact, now) ||
		    (number ? fact->number != number : !is_about(fact, target)))
			continue;
		facts.p[facts.n++] = (struct wv_fact){
			.act = WV_ACT_RELEASE,
			.until = WV_TIME_NONE,
			.is_of_capture = fact->is_of_capture,
			.capture = fact->capture,
			.releases = fact->number,
			.first = WV_TIME_NONE,
			.last = WV_TIME_NONE,
			.page_key = fact->page_key,
			.url = fact->url,
			.reason = reason,
		};
		page.facts[n++] = *fact;
	}
	if (facts.n == 0)
		return wv_err_set(err, WV_NO, "nothing stands in the register about '%.*s'",
		                  WV_FMT(target->url));
	st = commit(store, &facts, err);
	if (st == WV_OK)
		*released = (struct wv_register_page){page.facts, facts.n};
	return st;
}
