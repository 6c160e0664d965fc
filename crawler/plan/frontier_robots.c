#include "crawler/plan/frontier_inner.h"

#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/plan/admission.h"

/*
 * What a site says of itself as a whole: robots.txt with its sitemaps, and tdmrep.json beside it.
 * Inside the writer's transaction.
 */
/* Large papers name some dozens; beyond this it is a trap, or an index is due. */
#define ROBOTS_SITEMAPS_MAX 200u

static enum wv_status add_sitemaps(struct wv_frontier *frontier, struct wv_txn *txn,
				   const struct wv_visit *visit, const struct wv_outcome *outcome,
				   struct wv_change *change, struct wv_err *err)
{
	WV_AUTO(wv_robots_free) struct wv_robots *robots = NULL;
	const struct wv_source *source = &frontier->settings->sources[visit->source];
	const struct wv_robots_facts *facts;
	enum wv_status st;

	if (source->sitemaps_mode != WV_AUTO_ON ||
	    wv_robots_parse(outcome->robots_text, frontier->settings->agent_tokens, &robots,
			    NULL) != WV_OK)
		return WV_OK;
	facts = wv_robots_facts(robots);
	st = WV_OK;
	for (size_t i = 0; i < facts->sitemap_count && i < ROBOTS_SITEMAPS_MAX && st == WV_OK;
	     i++) {
		struct wv_admission_facts ask = {
			.settings = frontier->settings,
			.source = source,
			.kind = WV_VISIT_SITEMAP,
			.now = outcome->ended_at,
		};
		struct wv_url url;
		struct wv_found found;
		uint32_t hops;

		wv_arena_reset(frontier->arena);
		if (wv_url_parse(frontier->arena, facts->sitemaps[i], NULL, &url, NULL) != WV_OK ||
		    wv_admission_check(&ask, &url, &hops) != WV_ADMIT ||
		    wv_found_init(frontier->arena, &url, &found, NULL) != WV_OK)
			continue;
		found.source = visit->source;
		found.kind = WV_VISIT_SITEMAP;
		found.via = WV_VIA_ROBOTS;
		st = wv_frontier_add_found(frontier, txn, &found, outcome->ended_at, change, err);
	}
	return st;
}

/* Beside robots.txt, where the settings ask for it. A host that has no rules may have this. */
static enum wv_status add_tdmrep(struct wv_frontier *frontier, struct wv_txn *txn,
				 const struct wv_visit *visit, const struct wv_outcome *outcome,
				 struct wv_change *change, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_LIMIT_URL_BYTES + 64u};
	struct wv_url url;
	struct wv_found found;

	if (!frontier->settings->sources[visit->source].asks_tdmrep)
		return WV_OK;
	wv_arena_reset(frontier->arena);
	wv_buf_add(&text, visit->robots_origin);
	wv_buf_add_string(&text, "/.well-known/tdmrep.json");
	if (wv_url_parse(frontier->arena, wv_buf_slice(&text), NULL, &url, NULL) != WV_OK ||
	    wv_found_init(frontier->arena, &url, &found, NULL) != WV_OK)
		return WV_OK;
	found.source = visit->source;
	found.kind = WV_VISIT_TDMREP;
	found.via = WV_VIA_ROBOTS;
	return wv_frontier_add_found(frontier, txn, &found, outcome->ended_at, change, err);
}

static enum wv_status tdm_key(struct wv_buf *key, struct wv_slice origin, struct wv_err *err)
{
	wv_buf_init(key, WV_KIB);
	wv_buf_add(key, WV_LIT("\0tdm"));
	wv_buf_add(key, wv_slice_part(origin, 0, 400));
	return wv_buf_finish(key, "origin", err);
}

enum wv_status wv_frontier_tdm_rules(struct wv_txn *txn, struct wv_slice origin,
				     struct wv_slice *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {0};
	enum wv_status st = tdm_key(&key, origin, err);

	return st == WV_OK ? wv_txn_get(txn, WV_TABLE_ROBOTS, wv_buf_slice(&key), out, err) : st;
}

/* The file as it is now; one that is gone reserves nothing. Where nobody answered, what was had
 * last stands. */
enum wv_status wv_frontier_record_tdmrep(struct wv_txn *txn, const struct wv_visit *visit,
					 const struct wv_outcome *outcome, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {0};
	enum wv_status st;

	if (outcome->result != WV_RESULT_ANSWERED || outcome->status == 304 ||
	    outcome->status >= 500 || outcome->status == 429)
		return WV_OK;
	st = tdm_key(&key, visit->origin, err);
	if (st != WV_OK)
		return st;
	if (outcome->status == 200 && outcome->robots_text.n)
		return wv_txn_put(txn, WV_TABLE_ROBOTS, wv_buf_slice(&key), outcome->robots_text,
				  err);
	st = wv_txn_delete(txn, WV_TABLE_ROBOTS, wv_buf_slice(&key), err);
	return st == WV_NO ? WV_OK : st;
}

/* Is it where the source begins? Other hosts may be closed, and the source is not. */
static bool is_seeds_origin(const struct wv_source *source, struct wv_slice origin)
{
	const struct wv_strings lists[] = {source->seeds, source->feeds};

	for (size_t k = 0; k < WV_COUNT(lists); k++)
		for (size_t i = 0; i < lists[k].n; i++)
			if (wv_slice_equals(wv_plan_origin(lists[k].p[i]), origin))
				return true;
	return false;
}

enum wv_status wv_frontier_record_robots(struct wv_frontier *frontier, struct wv_txn *txn,
					 const struct wv_visit *visit,
					 const struct wv_outcome *outcome, struct wv_change *change,
					 struct wv_err *err)
{
	const struct wv_source *source = &frontier->settings->sources[visit->source];
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	struct wv_robots_row row, old;
	enum wv_status st = wv_frontier_robots(txn, visit->robots_origin, &old, err);

	if (st == WV_OK && old.state != WV_ROBOTS_UNKNOWN && old.due.us >= visit->due.us)
		change->is_stale = true;
	if (st == WV_NO)
		old.reached = WV_TIME_NONE;
	else if (st != WV_OK)
		return st;
	if (change->is_stale)
		return WV_OK;
	row = wv_robots_row_after(visit, outcome, source->politeness.robots_forbidden_denies);
	if (wv_time_is_none(row.reached))
		row.reached = old.reached;
	wv_buf_init(&bytes, 2 * WV_LIMIT_ROBOTS_BYTES);
	wv_robots_row_encode(&row, &bytes);
	st = wv_buf_finish(&bytes, "robots.txt row", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_ROBOTS, visit->robots_origin, wv_buf_slice(&bytes),
				err);
	if (st == WV_OK &&
	    (row.state == WV_ROBOTS_UNREACHABLE || row.state == WV_ROBOTS_FORBIDDEN) &&
	    is_seeds_origin(source, visit->robots_origin))
		st = wv_frontier_learn_closed(frontier, txn, visit->source_name, outcome->ended_at,
					      err);
	if (st == WV_OK && row.state == WV_ROBOTS_RULES)
		st = add_sitemaps(frontier, txn, visit, outcome, change, err);
	if (st == WV_OK && (row.state == WV_ROBOTS_RULES || row.state == WV_ROBOTS_UNAVAILABLE))
		st = add_tdmrep(frontier, txn, visit, outcome, change, err);
	return st;
}
