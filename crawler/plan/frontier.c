#include "crawler/plan/frontier_inner.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/digest.h"
#include "config/base/limits.h"
#include "config/domain.h"
#include "config/url.h"

#define EVIDENCE_MAX 200u

/* ---- facts */

uint64_t wv_frontier_run(const struct wv_frontier *frontier)
{
	return frontier->run.run;
}

uint64_t wv_frontier_epoch(const struct wv_frontier *frontier)
{
	return frontier->run.epoch;
}

uint64_t wv_frontier_unclean_run(const struct wv_frontier *frontier)
{
	return frontier->unclean_run;
}

bool wv_frontier_is_lease_open(const struct wv_frontier *frontier,
			       const struct wv_turn_state *state)
{
	return state->lease_run != 0 && state->lease_run >= frontier->run.unclean_low &&
	       state->lease_run <= frontier->run.unclean_high;
}

struct wv_time wv_frontier_opened_at(const struct wv_frontier *frontier)
{
	return frontier->run.opened;
}

struct wv_mono wv_frontier_opened(const struct wv_frontier *frontier)
{
	return frontier->opened;
}

const struct wv_settings *wv_frontier_settings(const struct wv_frontier *frontier)
{
	return frontier->settings;
}

struct wv_slice wv_frontier_only_keys(const struct wv_frontier *frontier)
{
	return wv_buf_slice(&frontier->only_keys);
}

uint32_t wv_frontier_source_id(struct wv_slice name)
{
	struct wv_digest digest = wv_digest_of(name);

	return (uint32_t)digest.b[0] | (uint32_t)digest.b[1] << 8 | (uint32_t)digest.b[2] << 16 |
	       (uint32_t)digest.b[3] << 24;
}

size_t wv_frontier_source_index(const struct wv_frontier *frontier, uint32_t source_id)
{
	for (size_t i = 0; i < frontier->settings->source_count; i++)
		if (frontier->source_ids[i] == source_id)
			return i;
	return SIZE_MAX;
}

/* ---- turns */

static bool all_agree(const struct wv_settings *settings)
{
	for (size_t i = 0; i < settings->source_count; i++)
		if (settings->sources[i].politeness.hosts_by != settings->politeness.hosts_by)
			return false;
	return true;
}

static enum wv_hosts_by coarser(enum wv_hosts_by a, enum wv_hosts_by b)
{
	if (a == WV_HOSTS_BY_DOMAIN || b == WV_HOSTS_BY_DOMAIN)
		return WV_HOSTS_BY_DOMAIN;
	return a == WV_HOSTS_BY_IP || b == WV_HOSTS_BY_IP ? WV_HOSTS_BY_IP : WV_HOSTS_BY_HOST;
}

static enum wv_hosts_by hosts_by_of(const struct wv_settings *settings, struct wv_slice tenant)
{
	enum wv_hosts_by by = settings->politeness.hosts_by;
	bool is_named = false;

	for (size_t i = 0; i < settings->source_count; i++) {
		const struct wv_source *source = &settings->sources[i];

		for (size_t k = 0; k < source->seeds.n; k++) {
			struct wv_slice host = wv_plan_host(source->seeds.p[k]);

			if (!wv_slice_equals(wv_domain_tenant(host), tenant))
				continue;
			by = is_named ? coarser(by, source->politeness.hosts_by)
				      : source->politeness.hosts_by;
			is_named = true;
			break;
		}
	}
	return by;
}

void wv_frontier_turn_of(const struct wv_settings *settings, struct wv_slice host,
			 struct wv_buf *out)
{
	struct wv_slice tenant = wv_domain_tenant(host);
	enum wv_hosts_by by =
		all_agree(settings) ? settings->politeness.hosts_by : hosts_by_of(settings, tenant);

	wv_buf_add_string(out, by == WV_HOSTS_BY_DOMAIN ? "d:" : "h:");
	wv_buf_add(out, wv_slice_part(by == WV_HOSTS_BY_DOMAIN ? tenant : host, 0, 400));
}

/* ---- pages */

enum wv_status wv_found_init(struct wv_arena *arena, const struct wv_url *url, struct wv_found *out,
			     struct wv_err *err)
{
	struct wv_found found = {.published = WV_TIME_NONE};
	enum wv_status st = wv_url_request(arena, url, &found.url, err);

	if (st == WV_OK)
		st = wv_url_page_key(arena, url, &found.page_key, err);
	if (st != WV_OK)
		return st;
	found.host = wv_plan_host(found.url);
	*out = found;
	return WV_OK;
}

enum wv_status wv_frontier_read_page(struct wv_frontier *frontier, struct wv_txn *txn,
				     struct wv_slice key, struct wv_page_row *row,
				     struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FRONTIER, key, &value, err);

	if (st != WV_OK)
		return st;
	wv_buf_reset(&frontier->old_bytes);
	wv_buf_add(&frontier->old_bytes, value);
	st = wv_buf_finish(&frontier->old_bytes, "frontier row", err);
	if (st != WV_OK)
		return st;
	return wv_page_row_decode(wv_buf_slice(&frontier->old_bytes), row, err);
}

static struct wv_due_key due_key_of(const struct wv_page_row *row, struct wv_slice key)
{
	return (struct wv_due_key){
		.source_id = row->source_id,
		.host = wv_plan_host(row->url),
		.lane = (enum wv_lane)row->lane,
		.at = row->at,
		.hash = wv_plan_hash(key),
	};
}

static enum wv_status drop_due(struct wv_txn *txn, const struct wv_page_row *row,
			       struct wv_slice key, struct wv_err *err)
{
	unsigned char room[WV_DUE_KEY_MAX];
	struct wv_due_key due = due_key_of(row, key);
	enum wv_status st = wv_txn_delete(txn, WV_TABLE_DUE, wv_due_key_make(&due, room), err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "a page is due without a place among the due");
	return st;
}

static enum wv_status place_due(struct wv_txn *txn, struct wv_page_row *row, struct wv_slice key,
				struct wv_err *err)
{
	unsigned char room[WV_DUE_KEY_MAX];
	struct wv_due_key due = due_key_of(row, key);
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st;

	/* Only two page keys with one 64-bit hash at one instant of one queue meet here. An epoch
	 * must not move, but then nor can it meet: it is not spread over instants. */
	for (int i = 0; i < 1000; i++, due.at++) {
		st = wv_txn_put_new(txn, WV_TABLE_DUE, wv_due_key_make(&due, room), key, &why);
		if (st != WV_CONFLICT)
			break;
	}
	row->at = due.at;
	if (st != WV_OK)
		return wv_err_set(err, st, "cannot place a page among the due: %s", why.text);
	return WV_OK;
}

enum wv_status wv_frontier_write_page(struct wv_frontier *frontier, struct wv_txn *txn,
				      struct wv_slice key, const struct wv_page_row *before,
				      struct wv_page_row *row, struct wv_change *change,
				      struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (before && before->state == WV_PAGE_DUE)
		st = drop_due(txn, before, key, err);
	if (st == WV_OK && row->state == WV_PAGE_DUE) {
		st = place_due(txn, row, key, err);
		wv_change_add_queue(change, row->source_id, wv_plan_host(row->url));
	}
	if (st != WV_OK)
		return st;
	wv_buf_reset(&frontier->new_bytes);
	wv_page_row_encode(row, &frontier->new_bytes);
	st = wv_buf_finish(&frontier->new_bytes, "frontier row", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_FRONTIER, key, wv_buf_slice(&frontier->new_bytes),
				err);
	return st;
}

bool wv_frontier_may_be_asked(const struct wv_frontier *frontier, const struct wv_page_row *row)
{
	struct wv_time now = {frontier->run.opened.us + wv_clock_mono(frontier->clock).us -
			      frontier->opened.us};

	return row->state == WV_PAGE_DUE &&
	       wv_due_is_due((enum wv_lane)row->lane, row->at, now, frontier->run.epoch);
}

/* A feed or sitemap says that the page changed after our last look: it is due now. A lastmod in
 * the future would make it due for ever, so that says nothing. */
static enum wv_status perhaps_again(struct wv_frontier *frontier, struct wv_txn *txn,
				    const struct wv_found *found, struct wv_time now,
				    struct wv_change *change, struct wv_err *err)
{
	struct wv_page_row before, row;
	enum wv_status st;

	if (wv_time_is_none(found->published) || found->published.us > now.us)
		return WV_OK;
	st = wv_frontier_read_page(frontier, txn, found->page_key, &before, err);
	if (st != WV_OK)
		return st;
	if (before.visits == 0 || before.state == WV_PAGE_DENIED ||
	    (before.kind != WV_VISIT_PAGE && before.kind != WV_VISIT_SITEMAP) ||
	    before.is_listing || found->published.us <= before.last_visit.us ||
	    wv_frontier_may_be_asked(frontier, &before))
		return WV_OK;
	row = before;
	row.state = WV_PAGE_DUE;
	row.lane = WV_LANE_AGAIN;
	row.at = now.us;
	row.due = now;
	row.attempt = 0;
	row.is_follower = false;
	row.chain_count = 0;
	st = wv_frontier_write_page(frontier, txn, found->page_key, &before, &row, change, err);
	change->pages_due += st == WV_OK;
	return st;
}

enum wv_status wv_frontier_add_found(struct wv_frontier *frontier, struct wv_txn *txn,
				     const struct wv_found *found, struct wv_time now,
				     struct wv_change *change, struct wv_err *err)
{
	bool lists = found->kind == WV_VISIT_FEED || found->kind == WV_VISIT_SITEMAP;
	/* A sitemap of an index that says when it changed need not be polled: the index tells. */
	bool is_listing = lists && found->via != WV_VIA_GUESS && !(found->kind == WV_VISIT_SITEMAP &&
				     found->via == WV_VIA_SITEMAP &&
				     !wv_time_is_none(found->published));
	/* What a site says of itself as a whole is read before its pages. */
	bool is_first = is_listing || found->kind == WV_VISIT_TDMREP;
	struct wv_page_row row = {
		.state = WV_PAGE_DUE,
		.kind = found->kind,
		.via = found->via,
		.is_listing = is_listing,
		.source_id = frontier->source_ids[found->source],
		.depth = found->depth,
		.hops = found->hops,
		.url = found->url,
		.found = now,
		.lane = is_first ? WV_LANE_LISTING : WV_LANE_NEW,
		.at = lists      ? now.us
		      : is_first ? WV_DUE_BEFORE_ALL
				 : wv_schedule_rank(now, found->published).us,
		.due = now,
		.last_due = WV_TIME_NONE,
		.last_visit = WV_TIME_NONE,
		.last_change = WV_TIME_NONE,
		.evidence = wv_slice_part(found->evidence, 0, found->hops ? EVIDENCE_MAX : 0),
	};
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FRONTIER, found->page_key, &value, err);

	if (st == WV_OK)
		return perhaps_again(frontier, txn, found, now, change, err);
	if (st != WV_NO)
		return st;
	/* An aborted group counts too: the budget is a bound, and the run is over then. */
	if (found->hops > 0 && found->via == WV_VIA_RELATED) {
		if (frontier->related_left[found->source] == 0)
			return WV_OK;
		frontier->related_left[found->source]--;
	}
	st = wv_frontier_write_page(frontier, txn, found->page_key, NULL, &row, change, err);
	change->pages_new += st == WV_OK;
	return st;
}

enum wv_status wv_frontier_add(struct wv_frontier *frontier, struct wv_txn *txn,
			       const struct wv_found *found, size_t found_count,
			       struct wv_change *change, struct wv_err *err)
{
	struct wv_time now = wv_clock_now(frontier->clock);
	enum wv_status st = WV_OK;

	wv_change_reset(change);
	for (size_t i = 0; i < found_count && st == WV_OK; i++)
		st = wv_frontier_add_found(frontier, txn, &found[i], now, change, err);
	return st;
}

/* ---- leases */

enum wv_status wv_frontier_lease(struct wv_frontier *frontier, struct wv_txn *txn,
				 const struct wv_lease *leases, size_t count, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = wv_frontier_put_turn(frontier, txn, leases[i].turn, &leases[i].state, err);
	return st;
}

enum wv_status wv_frontier_put_turn(struct wv_frontier *frontier, struct wv_txn *txn,
				    struct wv_slice turn, const struct wv_turn_state *state,
				    struct wv_err *err)
{
	struct wv_turn_state before;
	enum wv_status st = wv_frontier_turn(txn, turn, &before, err);

	if (st == WV_OK && !wv_turn_state_is_newer(state, &before))
		return WV_OK;
	if (st != WV_OK && st != WV_NO)
		return st;
	wv_buf_reset(&frontier->new_bytes);
	wv_turn_state_encode(state, &frontier->new_bytes);
	st = wv_buf_finish(&frontier->new_bytes, "turn row", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_TURNS, turn, wv_buf_slice(&frontier->new_bytes), err);
	return st;
}

/* ---- what is due, for dry runs */

enum wv_status wv_frontier_each_due(struct wv_txn *txn, const struct wv_settings *settings,
				    struct wv_time now, size_t limit, wv_frontier_fn fn,
				    void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_run_row run = {0};
	struct wv_slice key, value;
	enum wv_status st = wv_run_row_get(txn, &run, err);

	if (st == WV_OK || st == WV_NO)
		st = wv_walk_begin(txn, WV_TABLE_DUE, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK && limit > 0; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_due_key due;
		struct wv_page_row row;
		bool is_ours = false;

		if (!wv_due_key_read(key, &due))
			return wv_err_set(err, WV_DAMAGED, "an entry of the due cannot be read");
		for (size_t i = 0; i < settings->source_count && !is_ours; i++)
			is_ours = wv_frontier_source_id(settings->sources[i].name) == due.source_id;
		if (!is_ours || !wv_due_is_due(due.lane, due.at, now, run.epoch + 1))
			continue;
		st = wv_frontier_look_up(txn, value, &row, err);
		if (st == WV_OK)
			st = fn(context, value, &row, err);
		if (st != WV_OK)
			return st == WV_NO ? WV_OK : st;
		limit--;
	}
	return st == WV_NO ? WV_OK : st;
}
