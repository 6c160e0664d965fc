#include "crawler/plan/coverage.h"

#include "config/base/checked.h"
#include "config/url.h"
#include "crawler/plan/frontier_inner.h"
#include "crawler/plan/market.h"

/*
 * What the runs learn of a source, beside the visits that teach it. Inside the writer's
 * transaction.
 */
#define NAME_BYTES     400u
#define LEARN_AGAIN_US (60 * WV_US_PER_S)   /* an answer more within this teaches nothing new */
#define NEWS_AGE_US    (3 * WV_US_PER_DAY)  /* published no longer ago when found: news */
/* A few galleries and empty lists look alike; this many of the last new pages are a trap. */
#define REPEATS_OF_NO_ARTICLE 8u
#define SETTLED_US     (3600 * WV_US_PER_S) /* what the first hour finds was there before */

static void add_key(struct wv_buf *key, struct wv_slice source, struct wv_slice what)
{
	wv_buf_reset(key);
	wv_buf_add(key, wv_slice_part(source, 0, NAME_BYTES));
	wv_buf_add_byte(key, 0);
	wv_buf_add(key, what);
}

enum wv_status wv_frontier_coverage(struct wv_txn *txn, struct wv_slice source,
				    struct wv_coverage *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {.cap = WV_KIB};
	struct wv_slice value;
	enum wv_status st;

	add_key(&key, source, WV_LIT("coverage"));
	st = wv_buf_finish(&key, "source name", err);
	if (st == WV_OK)
		st = wv_txn_get(txn, WV_TABLE_SOURCES, wv_buf_slice(&key), &value, err);
	return st == WV_OK ? wv_coverage_decode(value, out, err) : st;
}

static enum wv_status put_coverage(struct wv_frontier *frontier, struct wv_txn *txn,
				   struct wv_slice source, const struct wv_coverage *coverage,
				   struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {.cap = WV_KIB};
	enum wv_status st;

	add_key(&key, source, WV_LIT("coverage"));
	wv_buf_reset(&frontier->new_bytes);
	wv_coverage_encode(coverage, &frontier->new_bytes);
	st = wv_buf_finish(&key, "source name", err);
	if (st == WV_OK)
		st = wv_buf_finish(&frontier->new_bytes, "coverage of a source", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_SOURCES, wv_buf_slice(&key),
				wv_buf_slice(&frontier->new_bytes), err);
	return st;
}

static enum wv_status get_coverage(struct wv_txn *txn, struct wv_slice source, struct wv_time now,
				   struct wv_coverage *out, struct wv_err *err)
{
	enum wv_status st = wv_frontier_coverage(txn, source, out, err);

	if (st != WV_NO)
		return st;
	wv_coverage_init(out, now);
	return WV_OK;
}

/* ---- listings */

enum wv_status wv_frontier_each_listing(struct wv_txn *txn, struct wv_slice source,
					wv_listing_fn fn, void *context, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf prefix = {.cap = WV_KIB};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st;

	add_key(&prefix, source, WV_LIT("listing"));
	st = wv_buf_finish(&prefix, "source name", err);
	if (st == WV_OK)
		st = wv_walk_begin(txn, WV_TABLE_SOURCES, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_buf_slice(&prefix), &key, &value, err);
	for (; st == WV_OK && wv_slice_starts(key, wv_buf_slice(&prefix));
	     st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_listing_state listing;

		st = wv_listing_state_decode(value, &listing, err);
		if (st == WV_OK)
			st = fn(context, &listing, err);
		if (st != WV_OK)
			break;
	}
	return st == WV_NO ? WV_OK : st;
}

static bool is_good(const struct wv_outcome *outcome)
{
	return (outcome->status == 200 || outcome->status == 304) &&
	       outcome->result == WV_RESULT_ANSWERED;
}

static enum wv_status learn_listing(struct wv_frontier *frontier, struct wv_txn *txn,
				    const struct wv_visit *visit, const struct wv_outcome *outcome,
				    struct wv_coverage *coverage, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {.cap = WV_KIB};
	struct wv_listing_state listing = {
		.looked = WV_TIME_NONE, .changed = WV_TIME_NONE, .item = WV_TIME_NONE};
	uint64_t hash = wv_plan_hash(visit->page_key);
	struct wv_slice value;
	enum wv_status st;

	add_key(&key, visit->source_name, WV_LIT("listing"));
	for (int shift = 56; shift >= 0; shift -= 8)
		wv_buf_add_byte(&key, (unsigned char)(hash >> shift));
	st = wv_buf_finish(&key, "source name", err);
	if (st == WV_OK)
		st = wv_txn_get(txn, WV_TABLE_SOURCES, wv_buf_slice(&key), &value, err);
	if (st == WV_OK)
		st = wv_listing_state_decode(value, &listing, err);
	if (is_good(outcome))
		coverage->looked = outcome->ended_at;
	/* Sitemaps are many: they leave room for seeds and feeds. */
	if (st == WV_NO && coverage->listings >= (visit->kind == WV_VISIT_SITEMAP
							  ? WV_COVERAGE_LISTINGS_MAX / 2
							  : WV_COVERAGE_LISTINGS_MAX))
		return WV_OK;
	if (st == WV_NO)
		coverage->listings++;
	else if (st != WV_OK)
		return st;
	listing.kind = visit->kind;
	listing.url = visit->url;
	listing.status = outcome->status;
	if (is_good(outcome)) {
		listing.looked = outcome->ended_at;
		if (!outcome->is_unchanged)
			listing.changed = outcome->ended_at;
		if (!wv_time_is_none(outcome->newest_item) &&
		    outcome->newest_item.us <= outcome->ended_at.us)
			listing.item = outcome->newest_item;
	}
	wv_buf_reset(&frontier->new_bytes);
	wv_listing_state_encode(&listing, &frontier->new_bytes);
	st = wv_buf_finish(&frontier->new_bytes, "state of a listing", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_SOURCES, wv_buf_slice(&key),
				wv_buf_slice(&frontier->new_bytes), err);
	return st;
}

/* ---- pages */

static bool is_news(const struct wv_frontier *frontier, const struct wv_outcome *outcome,
		    const struct wv_coverage *coverage)
{
	struct wv_time found = frontier->was.found;

	if (found.us - coverage->since.us < SETTLED_US)
		return false;
	if (!wv_time_is_none(outcome->published))
		return found.us - outcome->published.us < NEWS_AGE_US;
	return frontier->was.is_from_listing;
}

static void learn_page(const struct wv_frontier *frontier, const struct wv_outcome *outcome,
		       struct wv_coverage *coverage)
{
	enum wv_arrival arrival = wv_arrival_of(outcome->verdict, outcome->status);

	if (outcome->status >= 300 && outcome->status < 400)
		return;
	wv_coverage_note_page(coverage, arrival, outcome->text_key);
	if (outcome->status == 200 && arrival <= WV_ARRIVAL_ARTICLE &&
	    coverage->recent[coverage->recent_count - 1] != WV_ARRIVAL_DUPLICATE &&
	    is_news(frontier, outcome, coverage))
		wv_coverage_note_news(coverage, frontier->was.found);
}

enum wv_status wv_frontier_is_repeat(struct wv_frontier *frontier, struct wv_txn *txn,
				     const struct wv_visit *visit, const struct wv_outcome *outcome,
				     bool *is_repeat, struct wv_err *err)
{
	struct wv_coverage coverage;
	uint32_t count = 0;
	enum wv_status st = wv_frontier_coverage(txn, visit->source_name, &coverage, err);

	(void)frontier;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	for (size_t i = 0; i < coverage.recent_count; i++)
		count += coverage.recent_key[i] == outcome->text_key;
	*is_repeat = count >= (outcome->verdict == WV_VERDICT_ARTICLE ? 1 : REPEATS_OF_NO_ARTICLE);
	return WV_OK;
}

enum wv_status wv_frontier_learn(struct wv_frontier *frontier, struct wv_txn *txn,
				 const struct wv_visit *visit, const struct wv_outcome *outcome,
				 struct wv_err *err)
{
	struct wv_time *reached = &frontier->reached[visit->source];
	bool is_page = frontier->was.is_set && frontier->was.is_first &&
		       !frontier->was.is_listing && visit->kind == WV_VISIT_PAGE &&
		       visit->hops == 0;
	bool is_listing = frontier->was.is_set && frontier->was.is_listing;
	struct wv_coverage coverage;
	enum wv_status st;

	if (visit->hops > 0 || visit->kind == WV_VISIT_REQUISITE || visit->kind == WV_VISIT_TDMREP)
		return WV_OK; /* somebody else's host */
	if (!is_page && !is_listing && outcome->status != 0 && !wv_time_is_none(*reached) &&
	    outcome->ended_at.us - reached->us < LEARN_AGAIN_US &&
	    outcome->ended_at.us >= reached->us)
		return WV_OK;
	st = get_coverage(txn, visit->source_name, outcome->ended_at, &coverage, err);
	if (st != WV_OK)
		return st;
	wv_coverage_note_visit(&coverage, outcome);
	if (visit->kind != WV_VISIT_ROBOTS && outcome->status != 0)
		coverage.closed = WV_TIME_NONE;
	if (is_listing)
		st = learn_listing(frontier, txn, visit, outcome, &coverage, err);
	if (is_page)
		learn_page(frontier, outcome, &coverage);
	if (st == WV_OK)
		st = put_coverage(frontier, txn, visit->source_name, &coverage, err);
	*reached = outcome->status != 0 ? outcome->ended_at : WV_TIME_NONE;
	return st;
}

enum wv_status wv_frontier_learn_closed(struct wv_frontier *frontier, struct wv_txn *txn,
					struct wv_slice source_name, struct wv_time now,
					struct wv_err *err)
{
	struct wv_coverage coverage;
	enum wv_status st = get_coverage(txn, source_name, now, &coverage, err);

	if (st != WV_OK || !wv_time_is_none(coverage.closed))
		return st;
	coverage.closed = now;
	return put_coverage(frontier, txn, source_name, &coverage, err);
}

/* ---- alarms */

struct frozen {
	const struct wv_coverage *coverage;
	bool is_any;
};

static enum wv_status look_at_listing(void *context, const struct wv_listing_state *listing,
				      struct wv_err *err)
{
	struct frozen *frozen = context;

	(void)err;
	frozen->is_any |= wv_coverage_is_frozen(frozen->coverage, listing);
	return WV_OK;
}

/* It is told a fortnight ahead, so that nobody learns it on a holiday. */
#define CALENDAR_AHEAD_US (14 * WV_US_PER_DAY)

static uint32_t calendar_end(const struct wv_source *source, struct wv_time now)
{
	struct wv_time soon = {wv_add_us(now.us, CALENDAR_AHEAD_US)};
	enum wv_exchange exchange;
	uint32_t first, last;

	if (!source->market.is_set || !wv_exchange_find(source->market.exchange, &exchange) ||
	    wv_market_knows(exchange, soon))
		return 0;
	wv_market_range(exchange, &first, &last);
	return last;
}

enum wv_status wv_frontier_coverage_facts(struct wv_txn *txn, const struct wv_source *source,
					  struct wv_time now, const struct wv_coverage *coverage,
					  struct wv_coverage_facts *out, struct wv_err *err)
{
	struct wv_source_state state = {.suspended_until = WV_TIME_NONE};
	enum wv_status st = wv_frontier_source(txn, source->name, &state, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	*out = (struct wv_coverage_facts){
		.coverage = coverage,
		.suspended_until = st == WV_OK ? state.suspended_until : WV_TIME_NONE,
		.every_us = wv_schedule_listing_us(source, now),
		.calendar_to = calendar_end(source, now),
		.now = now,
	};
	return WV_OK;
}

enum wv_status wv_frontier_alarms(struct wv_txn *txn, const struct wv_source *source,
				  struct wv_time now, const struct wv_coverage *coverage,
				  uint32_t *alarms, struct wv_err *err)
{
	struct frozen frozen = {.coverage = coverage};
	struct wv_coverage_facts facts;
	enum wv_status st = wv_frontier_coverage_facts(txn, source, now, coverage, &facts, err);

	if (st == WV_OK)
		st = wv_frontier_each_listing(txn, source->name, look_at_listing, &frozen, err);
	if (st != WV_OK)
		return st;
	*alarms = wv_coverage_alarms(&facts) | (uint32_t)frozen.is_any << WV_ALARM_FROZEN;
	return WV_OK;
}

static enum wv_status sound(struct wv_frontier *frontier, struct wv_txn *txn,
			    const struct wv_source *source, wv_alarm_fn fn, void *context,
			    struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf words = {.cap = WV_KIB};
	struct wv_time now = wv_clock_now(frontier->clock);
	struct wv_coverage_facts facts;
	struct wv_coverage coverage;
	uint32_t alarms, changed;
	enum wv_status st = wv_frontier_coverage(txn, source->name, &coverage, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	st = wv_frontier_alarms(txn, source, now, &coverage, &alarms, err);
	if (st == WV_OK)
		st = wv_frontier_coverage_facts(txn, source, now, &coverage, &facts, err);
	if (st != WV_OK)
		return st;
	changed = alarms ^ coverage.sounded;
	for (uint32_t i = 0; i < WV_ALARM_COUNT; i++) {
		if (!(changed >> i & 1))
			continue;
		wv_buf_reset(&words);
		wv_coverage_say(&facts, (enum wv_alarm)i, &words);
		fn(context, source, i, alarms >> i & 1, wv_buf_slice(&words));
	}
	if (changed == 0)
		return WV_OK;
	coverage.sounded = alarms;
	return put_coverage(frontier, txn, source->name, &coverage, err);
}

enum wv_status wv_frontier_sound_alarms(struct wv_frontier *frontier, struct wv_txn *txn,
					wv_alarm_fn fn, void *context, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	/* What was given by hand is watched by whoever gave it. */
	for (size_t i = 0; i < frontier->settings->source_count && st == WV_OK; i++)
		if (!frontier->settings->sources[i].is_by_hand)
			st = sound(frontier, txn, &frontier->settings->sources[i], fn, context, err);
	return st;
}

/* ---- down? */

static void soonest(struct wv_time *again, struct wv_time t)
{
	if (wv_time_is_none(*again) || t.us < again->us)
		*again = t;
}

static enum wv_status is_seed_down(struct wv_txn *txn, struct wv_arena *arena, struct wv_slice seed,
				   struct wv_time now, bool *is_down, struct wv_time *again,
				   struct wv_err *err)
{
	struct wv_page_row row;
	struct wv_robots_row robots;
	struct wv_slice key, request;
	struct wv_url url;
	enum wv_status st = wv_url_parse(arena, seed, NULL, &url, err);

	if (st == WV_OK)
		st = wv_url_page_key(arena, &url, &key, err);
	if (st == WV_OK)
		st = wv_url_request(arena, &url, &request, err);
	if (st == WV_OK)
		st = wv_frontier_look_up(txn, key, &row, err);
	*is_down = st == WV_OK && row.visits > 0 && row.last_status == 0;
	if (*is_down && row.state == WV_PAGE_DUE && row.lane != WV_LANE_NEXT_RUN)
		soonest(again, (struct wv_time){row.at});
	if (*is_down || (st != WV_OK && st != WV_NO))
		return st;
	st = wv_frontier_robots(txn, wv_plan_origin(request), &robots, err);
	*is_down = st == WV_OK && robots.state == WV_ROBOTS_UNREACHABLE && robots.status == 0 &&
		   robots.expires.us > now.us;
	if (*is_down)
		soonest(again, robots.expires);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_frontier_is_down(struct wv_txn *txn, const struct wv_source *source,
				   struct wv_time now, bool *is_down, struct wv_time *again,
				   struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	const struct wv_strings lists[] = {source->seeds, source->feeds, source->sitemaps};
	struct wv_time first = WV_TIME_NONE;
	bool all = false;
	enum wv_status st = wv_arena_new(WV_MIB, &arena, err);

	for (size_t k = 0; k < WV_COUNT(lists) && st == WV_OK; k++) {
		for (size_t i = 0; i < lists[k].n && st == WV_OK; i++) {
			wv_arena_reset(arena);
			st = is_seed_down(txn, arena, lists[k].p[i], now, &all, &first, err);
			if (st == WV_OK && !all) {
				*is_down = false;
				return WV_OK;
			}
		}
	}
	*is_down = all;
	if (again)
		*again = first;
	return st;
}
