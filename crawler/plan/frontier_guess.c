#include "crawler/plan/frontier_inner.h"

#include "config/url.h"
#include "crawler/plan/admission.h"
#include "crawler/plan/coverage.h"

/*
 * Feeds that a site has and does not name. Where `feeds: auto` finds none in the head of a seed, and
 * robots.txt names no sitemap either, the usual places are asked, one after the other until one is
 * a feed, each of them once in thirty days, robots.txt and turn as for every request. Inside the
 * writer's transaction.
 */
static const char *const guesses[] = {"/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml"};

/* A site whose sitemaps are known needs no guessing. */
static enum wv_status has_sitemaps(struct wv_frontier *frontier, struct wv_txn *txn,
				   struct wv_slice origin, bool *out, struct wv_err *err)
{
	WV_AUTO(wv_robots_free) struct wv_robots *robots = NULL;
	struct wv_robots_row row;
	enum wv_status st = wv_frontier_robots(txn, origin, &row, err);

	*out = false;
	if (st != WV_OK || row.state != WV_ROBOTS_RULES)
		return st == WV_NO ? WV_OK : st;
	st = wv_robots_parse(row.text, frontier->settings->agent_tokens, &robots, err);
	if (st == WV_OK)
		*out = wv_robots_facts(robots)->sitemap_count > 0;
	return st;
}

static enum wv_status is_feed(void *context, const struct wv_listing_state *listing,
			      struct wv_err *err)
{
	(void)err;
	*(bool *)context |= listing->kind == WV_VISIT_FEED && !wv_time_is_none(listing->looked);
	return WV_OK;
}

/* Another seed, or an earlier guess, led to one. */
static enum wv_status has_feed(struct wv_txn *txn, struct wv_slice source, bool *out,
			       struct wv_err *err)
{
	*out = false;
	return wv_frontier_each_listing(txn, source, is_feed, out, err);
}

static enum wv_status add_guess(struct wv_frontier *frontier, struct wv_txn *txn,
				const struct wv_visit *visit, const char *path, struct wv_time now,
				struct wv_change *change, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_LIMIT_URL_BYTES + 64u};
	struct wv_admission_facts ask = {
		.settings = frontier->settings,
		.source = &frontier->settings->sources[visit->source],
		.kind = WV_VISIT_FEED,
		.now = now,
	};
	struct wv_found found;
	struct wv_url url;
	uint32_t hops;

	wv_arena_reset(frontier->arena);
	wv_buf_add(&text, visit->origin);
	wv_buf_add_string(&text, path);
	if (wv_url_parse(frontier->arena, wv_buf_slice(&text), NULL, &url, NULL) != WV_OK ||
	    wv_admission_check(&ask, &url, &hops) != WV_ADMIT ||
	    wv_found_init(frontier->arena, &url, &found, NULL) != WV_OK)
		return WV_OK;
	found.source = visit->source;
	found.kind = WV_VISIT_FEED;
	found.via = WV_VIA_GUESS;
	return wv_frontier_add_found(frontier, txn, &found, now, change, err);
}

/* The place after the one that was asked; the redirects of a guess lead back to it. */
static const char *next_guess(const struct wv_visit *visit)
{
	struct wv_slice first = visit->chain_count ? visit->chain[0] : visit->url;
	struct wv_slice path = wv_slice_from(first, wv_plan_origin(first).n);

	for (size_t i = 0; i + 1 < WV_COUNT(guesses); i++)
		if (wv_slice_equals(path, wv_slice_of(guesses[i])))
			return guesses[i + 1];
	return NULL;
}

enum wv_status wv_frontier_guess_feeds(struct wv_frontier *frontier, struct wv_txn *txn,
				       const struct wv_visit *visit,
				       const struct wv_outcome *outcome, struct wv_change *change,
				       struct wv_err *err)
{
	const struct wv_source *source = &frontier->settings->sources[visit->source];
	bool starts = visit->via == WV_VIA_SEED && visit->kind == WV_VISIT_PAGE &&
		      outcome->names_no_feed;
	bool goes_on = visit->via == WV_VIA_GUESS && !outcome->has_pace &&
		       outcome->status != 0 && !wv_outcome_is_redirect(outcome);
	const char *path = starts ? guesses[0] : goes_on ? next_guess(visit) : NULL;
	bool needs_none;
	enum wv_status st;

	if (!path || source->feeds_mode != WV_AUTO_ON || source->is_by_hand)
		return WV_OK;
	st = has_feed(txn, visit->source_name, &needs_none, err);
	if (st == WV_OK && !needs_none)
		st = has_sitemaps(frontier, txn, visit->origin, &needs_none, err);
	if (st != WV_OK || needs_none)
		return st;
	return add_guess(frontier, txn, visit, path, outcome->ended_at, change, err);
}
