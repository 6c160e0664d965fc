#include "crawler/plan/frontier_inner.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"
#include "config/url.h"

/*
 * Opening a run: who was here before, what the settings name, what was left open.
 */
#define PRUNE_MAX         50000u /* old ledger rows at one opening; the next one goes on */
#define ARENA_CAP_BYTES   (8u * WV_MIB)
#define EPOCH_DEFAULT_US  (INT64_C(1200) * WV_US_PER_S)
#define UNCLEAN_FORGET_US (2 * WV_US_PER_DAY)
#define KEYS_CAP_BYTES    (16u * WV_MIB)

/* ---- leases that a killed run left open */

static enum wv_status note_lease(struct wv_frontier *frontier, struct wv_txn *txn,
				 struct wv_slice turn, const struct wv_turn_state *state,
				 struct wv_err *err)
{
	struct wv_ledger_row row = {
		.run = frontier->unclean_run,
		.opened = frontier->run.opened,
		.offset_us = INT64_MAX / 2, /* behind all that the run did */
		.number = frontier->ledger_number++,
		.result = WV_RESULT_LEASE,
		.turn = turn,
		.basis = WV_LIT("the run did not close; its lease counts as a request at its end"),
		.due = WV_TIME_NONE,
		.started = state->lease_set,
		.ended = state->lease_until,
		.earliest_offset_us = INT64_MIN,
		.retry_after_us = -1,
		.robots_fetched = WV_TIME_NONE,
	};

	return wv_ledger_add(txn, &row, err);
}

static enum wv_status note_leases(struct wv_frontier *frontier, struct wv_txn *txn,
				  struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_TURNS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	/* Only the ledger is written meanwhile, so the walk stays good; the slices are copied into
	 * the row by then. */
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_turn_state state;

		if (!wv_turn_key_is_turn(key))
			continue;
		st = wv_turn_state_decode(value, &state, err);
		if (st == WV_OK && state.lease_run == frontier->unclean_run)
			st = note_lease(frontier, txn, key, &state, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

/* ---- listings of the settings */

static struct wv_time none_or_later(struct wv_time due, struct wv_time last)
{
	if (!wv_time_is_none(last) && due.us <= last.us)
		due.us = last.us + 1;
	return due;
}

/* Where a known listing stands: due now, or by what `every` says now. */
static void place_listing(const struct wv_frontier *frontier, const struct wv_source *source,
			  struct wv_page_row *row)
{
	struct wv_time now = frontier->run.opened;
	bool is_early = row->state == WV_PAGE_DUE && row->lane == WV_LANE_LISTING;
	int64_t every_us;

	if (row->last_status == 301 ||
	    row->last_status == 308) /* moved: the target has its place */
		if (row->state == WV_PAGE_DUE)
			return;
	if (row->state == WV_PAGE_DUE && row->attempt > 0)
		return;
	/* The settings still name it, so it is asked again, but it was said for good. */
	if (row->state == WV_PAGE_GONE && row->last_status == 410 && row->last_visit.us <= now.us &&
	    now.us - row->last_visit.us < WV_US_PER_DAY)
		return;
	if (is_early && row->last_result == WV_RESULT_ROBOTS_DENIED && row->at > now.us &&
	    row->at - now.us <= WV_US_PER_DAY) /* put off until robots.txt is tried again */
		return;
	every_us = wv_schedule_listing_us(source, wv_time_is_none(row->last_visit) ? now
										   : row->last_visit);
	if (every_us > 0) {
		int64_t at = now.us;

		if (!wv_time_is_none(row->last_visit))
			at = row->last_visit.us + every_us;
		if (is_early && row->at <= at)
			return;
		row->lane = WV_LANE_LISTING;
		row->at = at > now.us + every_us ? now.us : at;
		row->due = none_or_later((struct wv_time){row->at}, row->last_due);
	} else {
		if (row->state == WV_PAGE_DUE && row->lane == WV_LANE_NEXT_RUN)
			return;
		if (is_early && row->at <= now.us)
			return;
		row->lane = WV_LANE_NEXT_RUN;
		row->at = (int64_t)frontier->run.epoch - 1;
		row->due = none_or_later(now, row->last_due);
	}
	row->state = WV_PAGE_DUE;
	row->attempt = 0;
}

static enum wv_status ensure_page(struct wv_frontier *frontier, struct wv_txn *txn,
				  const struct wv_found *found, struct wv_change *change,
				  struct wv_err *err)
{
	const struct wv_source *source = &frontier->settings->sources[found->source];
	struct wv_page_row before, row;
	enum wv_status st = wv_frontier_read_page(frontier, txn, found->page_key, &before, err);
	bool is_known = st == WV_OK;

	if (st != WV_OK && st != WV_NO)
		return st;
	if (is_known) {
		row = before;
	} else {
		row = (struct wv_page_row){
			.url = found->url,
			.found = frontier->run.opened,
			.last_due = WV_TIME_NONE,
			.last_visit = WV_TIME_NONE,
			.last_change = WV_TIME_NONE,
		};
	}
	row.kind = found->kind;
	row.via = found->via;
	row.is_listing = true;
	row.is_follower = false;
	row.depth = row.hops = 0;
	row.source_id = frontier->source_ids[found->source];
	if (!wv_slice_equals(row.url, found->url) && row.chain_count == 0 &&
	    row.last_status != 301 && row.last_status != 308 && row.visits == 0)
		row.url = found->url;
	place_listing(frontier, source, &row);
	if (is_known && memcmp(&row, &before, sizeof row) == 0)
		return WV_OK;
	return wv_frontier_write_page(frontier, txn, found->page_key, is_known ? &before : NULL,
				      &row, change, err);
}

/* One that the settings no longer name: a page like others. */
static enum wv_status release_page(struct wv_frontier *frontier, struct wv_txn *txn,
				   struct wv_slice key, struct wv_change *change,
				   struct wv_err *err)
{
	struct wv_page_row before, row;
	enum wv_status st = wv_frontier_read_page(frontier, txn, key, &before, err);

	if (st != WV_OK || !before.is_listing)
		return st == WV_NO ? WV_OK : st;
	row = before;
	row.is_listing = false;
	if (row.kind == WV_VISIT_PAGE && row.state == WV_PAGE_DUE) {
		row.lane = WV_LANE_AGAIN;
		row.at = frontier->run.opened.us;
		row.due = none_or_later(frontier->run.opened, row.last_due);
	} else if (row.kind != WV_VISIT_PAGE) {
		row.state = WV_PAGE_IDLE;
	}
	return wv_frontier_write_page(frontier, txn, key, &before, &row, change, err);
}

struct ensuring {
	struct wv_frontier *frontier;
	struct wv_txn *txn;
	struct wv_change change;
	struct wv_buf keys; /* blocks: page keys that the source's settings name */
	size_t source;
};

static enum wv_status ensure_urls(struct ensuring *e, struct wv_strings urls,
				  enum wv_visit_kind kind, struct wv_err *err)
{
	struct wv_frontier *frontier = e->frontier;

	for (size_t i = 0; i < urls.n; i++) {
		struct wv_url url;
		struct wv_found found;
		enum wv_status st;

		wv_arena_reset(frontier->arena);
		st = wv_url_parse(frontier->arena, urls.p[i], NULL, &url, err);
		if (st == WV_OK)
			st = wv_found_init(frontier->arena, &url, &found, err);
		if (st != WV_OK)
			return wv_err_add(err, st, "seed '%.*s'", WV_FMT(urls.p[i]));
		found.source = e->source;
		found.kind = kind;
		found.via = WV_VIA_SEED;
		wv_buf_add_block(&e->keys, found.page_key);
		st = ensure_page(frontier, e->txn, &found, &e->change, err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static bool names_key(struct wv_slice keys, struct wv_slice key)
{
	struct wv_cursor c = wv_cursor(keys);

	while (wv_cursor_left(&c) && !c.failed)
		if (wv_slice_equals(wv_cursor_block(&c), key))
			return true;
	return false;
}

/* Compares with what the last run's settings named, and remembers what these name. */
static enum wv_status release_others(struct ensuring *e, struct wv_slice name, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf room = {0};
	WV_AUTO(wv_buf_done) struct wv_buf old = {0};
	struct wv_slice value, row_key;
	struct wv_cursor c;
	enum wv_status st;

	wv_buf_init(&room, WV_KIB);
	wv_buf_init(&old, KEYS_CAP_BYTES);
	wv_buf_add(&room, wv_slice_part(name, 0, 400));
	wv_buf_add(&room, WV_LIT("\0seeds"));
	st = wv_buf_finish(&room, "source name", err);
	if (st == WV_OK)
		st = wv_buf_finish(&e->keys, "seeds", err);
	if (st != WV_OK)
		return st;
	row_key = wv_buf_slice(&room);
	st = wv_txn_get(e->txn, WV_TABLE_SOURCES, row_key, &value, err);
	if (st == WV_OK && wv_slice_equals(value, wv_buf_slice(&e->keys)))
		return WV_OK;
	if (st == WV_OK)
		wv_buf_add(&old, value);
	else if (st != WV_NO)
		return st;
	st = wv_buf_finish(&old, "seeds", err);
	c = wv_cursor(wv_buf_slice(&old));
	while (st == WV_OK && wv_cursor_left(&c) && !c.failed) {
		struct wv_slice key = wv_cursor_block(&c);

		if (!c.failed && !names_key(wv_buf_slice(&e->keys), key))
			st = release_page(e->frontier, e->txn, key, &e->change, err);
	}
	if (st != WV_OK)
		return st;
	return wv_txn_put(e->txn, WV_TABLE_SOURCES, row_key, wv_buf_slice(&e->keys), err);
}

enum wv_status wv_frontier_ensure_settings(struct wv_frontier *frontier, struct wv_txn *txn,
					   struct wv_err *err)
{
	struct ensuring e = {.frontier = frontier, .txn = txn};
	enum wv_status st = WV_OK;

	wv_change_init(&e.change);
	wv_buf_init(&e.keys, KEYS_CAP_BYTES);
	for (size_t i = 0; i < frontier->settings->source_count && st == WV_OK; i++) {
		const struct wv_source *source = &frontier->settings->sources[i];

		e.source = i;
		wv_buf_reset(&e.keys);
		wv_change_reset(&e.change);
		st = ensure_urls(&e, source->seeds, WV_VISIT_PAGE, err);
		if (st == WV_OK && source->feeds_mode == WV_AUTO_LIST)
			st = ensure_urls(&e, source->feeds, WV_VISIT_FEED, err);
		if (st == WV_OK && source->sitemaps_mode == WV_AUTO_LIST)
			st = ensure_urls(&e, source->sitemaps, WV_VISIT_SITEMAP, err);
		if (st == WV_OK)
			st = release_others(&e, source->name, err);
	}
	wv_buf_done(&e.keys);
	wv_change_done(&e.change);
	return st;
}

/* ---- pages given by hand */

static enum wv_status make_due_now(struct wv_frontier *frontier, struct wv_txn *txn,
				   struct wv_slice text, const struct wv_source *source,
				   struct wv_change *change, struct wv_err *err)
{
	struct wv_time now = frontier->run.opened;
	struct wv_page_row before, row;
	struct wv_found found;
	struct wv_url url;
	enum wv_status st;

	wv_arena_reset(frontier->arena);
	st = wv_url_parse(frontier->arena, text, NULL, &url, err);
	if (st == WV_OK)
		st = wv_found_init(frontier->arena, &url, &found, err);
	if (st != WV_OK)
		return st;
	found.source = (size_t)(source - frontier->settings->sources);
	WV_ASSERT(found.source < frontier->settings->source_count);
	found.via = WV_VIA_HAND;
	wv_buf_add_block(&frontier->only_keys, found.page_key);
	wv_change_reset(change);
	st = wv_frontier_read_page(frontier, txn, found.page_key, &before, err);
	if (st == WV_NO)
		return wv_frontier_add_found(frontier, txn, &found, now, change, err);
	if (st != WV_OK)
		return st;
	row = before;
	row.source_id = frontier->source_ids[found.source];
	/* An address typed by hand is asked for as it was typed. */
	row.url = found.url;
	row.chain_count = 0;
	if (row.state != WV_PAGE_DUE || row.lane == WV_LANE_NEXT_RUN ||
	    !wv_due_is_due((enum wv_lane)row.lane, row.at, now, frontier->run.epoch)) {
		row.state = WV_PAGE_DUE;
		row.lane = WV_LANE_AGAIN;
		row.at = now.us;
		row.due = none_or_later(now, row.last_due);
		row.attempt = 0;
	}
	return wv_frontier_write_page(frontier, txn, found.page_key, &before, &row, change, err);
}

static enum wv_status make_only_due(struct wv_frontier *frontier, struct wv_txn *txn,
				    const struct wv_frontier_options *options, struct wv_err *err)
{
	struct wv_change change;
	enum wv_status st = WV_OK;

	wv_change_init(&change);
	for (size_t i = 0; i < options->only_count && st == WV_OK; i++)
		st = make_due_now(frontier, txn, options->only[i], options->only_sources[i],
				  &change, err);
	if (st == WV_OK)
		st = wv_buf_finish(&frontier->only_keys, "pages given by hand", err);
	wv_change_done(&change);
	return st;
}

/* ---- the run row */

static enum wv_status number_run(struct wv_frontier *frontier, struct wv_txn *txn,
				 struct wv_err *err)
{
	struct wv_run_row last = {0};
	struct wv_run_row *run = &frontier->run;
	struct wv_time now = wv_clock_now(frontier->clock);
	int64_t bound = frontier->settings->run.max_time_us;
	enum wv_status st = wv_run_row_get(txn, &last, err);

	if (st == WV_NO)
		last.is_closed = true;
	else if (st != WV_OK)
		return st;
	*run = last;
	run->run = last.run + 1;
	run->epoch = last.epoch + 1;
	run->opened = run->epoch_opened = now;
	run->is_closed = false;
	run->max_time_us = bound > 0 && bound < WV_US_PER_DAY ? bound : EPOCH_DEFAULT_US;
	if (now.us - last.unclean_at.us > UNCLEAN_FORGET_US)
		run->unclean_low = run->unclean_high = 0;
	if (!last.is_closed) {
		frontier->unclean_run = last.run;
		if (run->unclean_low == 0)
			run->unclean_low = last.run;
		run->unclean_high = last.run;
		run->unclean_at = now;
		if (now.us >= last.epoch_opened.us &&
		    now.us - last.epoch_opened.us < last.max_time_us) {
			run->epoch = last.epoch;
			run->epoch_opened = last.epoch_opened;
		}
	}
	return wv_run_row_put(txn, run, err);
}

enum wv_status wv_frontier_close_run(struct wv_frontier *frontier, struct wv_txn *txn,
				     struct wv_err *err)
{
	frontier->run.is_closed = true;
	return wv_run_row_put(txn, &frontier->run, err);
}

static enum wv_status number_sources(struct wv_frontier *frontier, struct wv_err *err)
{
	const struct wv_settings *settings = frontier->settings;

	frontier->source_ids = calloc(settings->source_count + 1, sizeof *frontier->source_ids);
	frontier->related_left = calloc(settings->source_count + 1, sizeof *frontier->related_left);
	frontier->reached = calloc(settings->source_count + 1, sizeof *frontier->reached);
	if (!frontier->source_ids || !frontier->related_left || !frontier->reached)
		return wv_err_set(err, WV_NOMEM, "opening the frontier: out of memory");
	for (size_t i = 0; i < settings->source_count; i++) {
		frontier->reached[i] = WV_TIME_NONE;
		frontier->related_left[i] = settings->sources[i].related_pages;
		frontier->source_ids[i] = wv_frontier_source_id(settings->sources[i].name);
		for (size_t k = 0; k < i; k++)
			if (frontier->source_ids[k] == frontier->source_ids[i])
				return wv_err_set(err, WV_SETTINGS,
						  "sources '%.*s' and '%.*s' cannot be told apart: "
						  "rename one",
						  WV_FMT(settings->sources[k].name),
						  WV_FMT(settings->sources[i].name));
	}
	return WV_OK;
}

static enum wv_status open_in(struct wv_frontier *frontier, struct wv_txn *txn,
			      const struct wv_frontier_options *options, struct wv_err *err)
{
	struct wv_time old;
	size_t dropped;
	enum wv_status st = number_run(frontier, txn, err);

	if (st == WV_OK && frontier->unclean_run != 0)
		st = note_leases(frontier, txn, err);
	if (st == WV_OK && options->only_count > 0)
		st = make_only_due(frontier, txn, options, err);
	else if (st == WV_OK)
		st = wv_frontier_ensure_settings(frontier, txn, err);
	old.us = frontier->run.opened.us - WV_LEDGER_KEEP_US;
	if (st == WV_OK)
		st = wv_ledger_prune(txn, old, PRUNE_MAX, &dropped, err);
	return st;
}

enum wv_status wv_frontier_open(struct wv_db *db, const struct wv_frontier_options *options,
				struct wv_frontier **out, struct wv_err *err)
{
	WV_AUTO(wv_frontier_free) struct wv_frontier *frontier = calloc(1, sizeof *frontier);
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st;

	if (!frontier)
		return wv_err_set(err, WV_NOMEM, "opening the frontier: out of memory");
	frontier->settings = options->settings;
	frontier->clock = options->clock;
	frontier->opened = wv_clock_mono(options->clock);
	wv_buf_init(&frontier->old_bytes, WV_MIB);
	wv_buf_init(&frontier->new_bytes, WV_MIB);
	wv_buf_init(&frontier->only_keys, KEYS_CAP_BYTES);
	st = wv_arena_new(ARENA_CAP_BYTES, &frontier->arena, err);
	if (st == WV_OK)
		st = number_sources(frontier, err);
	if (st == WV_OK)
		st = wv_txn_begin_write(db, &txn, err);
	if (st == WV_OK)
		st = open_in(frontier, txn, options, err);
	if (st == WV_OK)
		st = wv_txn_commit(&txn, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "opening the frontier");
	*out = WV_TAKE(frontier);
	return WV_OK;
}

void wv_frontier_free(struct wv_frontier **frontier)
{
	struct wv_frontier *f = *frontier;

	if (!f)
		return;
	wv_buf_done(&f->old_bytes);
	wv_buf_done(&f->new_bytes);
	wv_buf_done(&f->only_keys);
	if (f->arena)
		wv_arena_free(&f->arena);
	free(f->source_ids);
	free(f->related_left);
	free(f->reached);
	free(f);
	*frontier = NULL;
}
