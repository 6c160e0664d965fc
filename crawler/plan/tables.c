#include "crawler/plan/tables.h"

#include <string.h>

#include "config/base/checked.h"
#include "config/base/limits.h"

/*
 * FRONTIER row: u8 version (1) | u8 state | u8 kind | u8 via | u8 flags (1 listing, 2 follower,
 * 4 body, 8 aside, 16 pace,
 * 32 variant) | u8 lane | u8 last result | u32 source id | varint depth, hops | block url |
 * zigzag found, at, due | varint attempt | zigzag last_due, last_visit, last_change, last_status |
 * varint visits, failures | zigzag interval | block etag, last_modified | [32 bytes body] |
 * u8 chain count, blocks | block evidence | [zigzag ttl | u32 skipped hours | u8 skipped days] |
 * [u32 variant]
 */
#define ROW_VERSION 1
enum { FLAG_LISTING = 1, FLAG_FOLLOWER = 2, FLAG_BODY = 4, FLAG_ASIDE = 8, FLAG_PACE = 16, FLAG_VARIANT = 32 };
/* Half a day's room for queues in one page's links; more only means a later round finds them. */
#define CHANGE_CAP_BYTES (1u * WV_MIB)
#define ROW_CAP_BYTES    (256u * WV_KIB)

static const unsigned char run_key[] = {0, 'r', 'u', 'n'};

/* A time that was never is common; LEB128 of INT64_MIN would take ten bytes. */
static void add_time(struct wv_buf *out, struct wv_time t)
{
	wv_buf_add_zigzag(out, wv_time_is_none(t) ? 0 : t.us);
}

static struct wv_time cursor_time(struct wv_cursor *c)
{
	int64_t us = wv_cursor_zigzag(c);

	return us == 0 ? WV_TIME_NONE : (struct wv_time){us};
}

void wv_page_row_encode(const struct wv_page_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)row->state);
	wv_buf_add_byte(out, (unsigned char)row->kind);
	wv_buf_add_byte(out, (unsigned char)row->via);
	wv_buf_add_byte(out, (unsigned char)((row->is_listing ? FLAG_LISTING : 0) |
					     (row->is_follower ? FLAG_FOLLOWER : 0) |
					     (row->is_aside ? FLAG_ASIDE : 0) |
					     (wv_pace_is_set(&row->pace) ? FLAG_PACE : 0) |
					     (row->variant ? FLAG_VARIANT : 0) |
					     (row->has_body ? FLAG_BODY : 0)));
	wv_buf_add_byte(out, row->lane);
	wv_buf_add_byte(out, (unsigned char)row->last_result);
	wv_buf_add_u32(out, row->source_id);
	wv_buf_add_varint(out, row->depth);
	wv_buf_add_varint(out, row->hops);
	wv_buf_add_block(out, row->url);
	add_time(out, row->found);
	wv_buf_add_zigzag(out, row->at);
	add_time(out, row->due);
	wv_buf_add_varint(out, row->attempt);
	add_time(out, row->last_due);
	add_time(out, row->last_visit);
	add_time(out, row->last_change);
	wv_buf_add_zigzag(out, row->last_status);
	wv_buf_add_varint(out, row->visits);
	wv_buf_add_varint(out, row->failures);
	wv_buf_add_zigzag(out, row->interval_us);
	wv_buf_add_block(out, row->etag);
	wv_buf_add_block(out, row->last_modified);
	if (row->has_body)
		wv_buf_add_bytes(out, row->body.b, WV_DIGEST_BYTES);
	wv_buf_add_byte(out, (unsigned char)row->chain_count);
	for (uint32_t i = 0; i < row->chain_count; i++)
		wv_buf_add_block(out, row->chain[i]);
	wv_buf_add_block(out, row->evidence);
	if (wv_pace_is_set(&row->pace)) {
		wv_buf_add_zigzag(out, row->pace.ttl_us);
		wv_buf_add_u32(out, row->pace.skip_hours);
		wv_buf_add_byte(out, row->pace.skip_days);
	}
	if (row->variant)
		wv_buf_add_u32(out, row->variant);
}

uint32_t wv_plan_variant(const struct wv_source *source)
{
	uint64_t h = 0;

	for (size_t i = 0; i < source->header_count; i++)
		h = (h ^ wv_plan_hash(source->headers[i].name)) * 31 +
		    wv_plan_hash(source->headers[i].value);
	h ^= h >> 32;
	return source->header_count && (uint32_t)h == 0 ? 1 : (uint32_t)h;
}

enum wv_status wv_page_row_decode(struct wv_slice bytes, struct wv_page_row *out,
				  struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(bytes);
	struct wv_page_row row = {0};
	uint8_t version = wv_cursor_u8(&c), state = wv_cursor_u8(&c), kind = wv_cursor_u8(&c);
	uint8_t via = wv_cursor_u8(&c), flags = wv_cursor_u8(&c), result;
	struct wv_slice digest;

	row.lane = wv_cursor_u8(&c);
	result = wv_cursor_u8(&c);
	row.source_id = wv_cursor_u32(&c);
	row.depth = (uint32_t)wv_cursor_varint(&c);
	row.hops = (uint32_t)wv_cursor_varint(&c);
	row.url = wv_cursor_block(&c);
	row.found = cursor_time(&c);
	row.at = wv_cursor_zigzag(&c);
	row.due = cursor_time(&c);
	row.attempt = (uint32_t)wv_cursor_varint(&c);
	row.last_due = cursor_time(&c);
	row.last_visit = cursor_time(&c);
	row.last_change = cursor_time(&c);
	row.last_status = (int32_t)wv_cursor_zigzag(&c);
	row.visits = (uint32_t)wv_cursor_varint(&c);
	row.failures = (uint32_t)wv_cursor_varint(&c);
	row.interval_us = wv_cursor_zigzag(&c);
	row.etag = wv_cursor_block(&c);
	row.last_modified = wv_cursor_block(&c);
	row.has_body = (flags & FLAG_BODY) != 0;
	if (row.has_body) {
		digest = wv_cursor_bytes(&c, WV_DIGEST_BYTES);
		if (digest.n == WV_DIGEST_BYTES)
			memcpy(row.body.b, digest.p, WV_DIGEST_BYTES);
	}
	row.chain_count = wv_cursor_u8(&c);
	if (version != ROW_VERSION || state > WV_PAGE_DENIED || kind >= WV_VISIT_KIND_COUNT ||
	    via >= WV_VIA_COUNT || row.lane >= WV_LANE_COUNT || result >= WV_RESULT_COUNT ||
	    row.chain_count > WV_LIMIT_REDIRECTS)
		c.failed = true;
	for (uint32_t i = 0; !c.failed && i < row.chain_count; i++)
		row.chain[i] = wv_cursor_block(&c);
	row.evidence = wv_cursor_block(&c);
	if (flags & FLAG_PACE) {
		row.pace.ttl_us = wv_cursor_zigzag(&c);
		row.pace.skip_hours = wv_cursor_u32(&c);
		row.pace.skip_days = wv_cursor_u8(&c);
	}
	if (flags & FLAG_VARIANT)
		row.variant = wv_cursor_u32(&c);
	if (c.failed || wv_cursor_left(&c))
		return wv_err_set(err, WV_DAMAGED, "a frontier row cannot be read");
	row.state = (enum wv_page_state)state;
	row.kind = (enum wv_visit_kind)kind;
	row.via = (enum wv_via)via;
	row.last_result = (enum wv_result)result;
	row.is_listing = (flags & FLAG_LISTING) != 0;
	row.is_follower = (flags & FLAG_FOLLOWER) != 0;
	row.is_aside = (flags & FLAG_ASIDE) != 0;
	*out = row;
	return WV_OK;
}

enum wv_status wv_frontier_forget_validators(struct wv_txn *txn, struct wv_slice page_key,
					     const uint64_t *ids, size_t count, void *context,
					     struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = ROW_CAP_BYTES};
	struct wv_page_row row;
	enum wv_status st = wv_frontier_look_up(txn, page_key, &row, err);

	(void)ids;
	(void)count;
	(void)context;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	row.etag = row.last_modified = WV_SLICE_NONE;
	row.has_body = false;
	wv_page_row_encode(&row, &bytes);
	st = wv_buf_finish(&bytes, "frontier row", err);
	return st == WV_OK ? wv_txn_put(txn, WV_TABLE_FRONTIER, page_key, wv_buf_slice(&bytes), err)
			   : st;
}

/* ---- DUE */

static struct wv_slice host_for_key(struct wv_slice host)
{
	return wv_slice_part(host, 0, WV_DUE_HOST_MAX);
}

struct wv_slice wv_due_key_prefix(uint32_t source_id, struct wv_slice host, enum wv_lane lane,
				  unsigned char *room)
{
	size_t n = 4;

	host = host_for_key(host);
	for (int i = 0; i < 4; i++)
		room[i] = (unsigned char)(source_id >> (24 - 8 * i));
	if (host.n > 0)
		memcpy(room + n, host.p, host.n);
	n += host.n;
	room[n++] = 0;
	if (lane != WV_LANE_COUNT)
		room[n++] = (unsigned char)lane;
	return wv_slice(room, n);
}

struct wv_slice wv_due_key_make(const struct wv_due_key *key, unsigned char *room)
{
	size_t n = wv_due_key_prefix(key->source_id, key->host, key->lane, room).n;

	wv_store_u64_be(room + n, (uint64_t)key->at ^ (UINT64_C(1) << 63));
	wv_store_u64_be(room + n + 8, key->hash);
	return wv_slice(room, n + 16);
}

bool wv_due_key_read(struct wv_slice bytes, struct wv_due_key *out)
{
	size_t zero = bytes.n > 4 ? wv_slice_find_byte(bytes, 0, 4) : SIZE_MAX;

	/* Who keeps the host has room for the longest that is written, and no more. */
	if (zero == SIZE_MAX || zero - 4 > WV_DUE_HOST_MAX || bytes.n - zero != 18 ||
	    bytes.p[zero + 1] >= WV_LANE_COUNT)
		return false;
	out->source_id = (uint32_t)(wv_load_u64_be(bytes.p) >> 32);
	out->host = wv_slice_part(bytes, 4, zero - 4);
	out->lane = (enum wv_lane)bytes.p[zero + 1];
	out->at = (int64_t)(wv_load_u64_be(bytes.p + zero + 2) ^ (UINT64_C(1) << 63));
	out->hash = wv_load_u64_be(bytes.p + zero + 10);
	return true;
}

bool wv_due_is_due(enum wv_lane lane, int64_t at, struct wv_time now, uint64_t epoch)
{
	switch (lane) {
	case WV_LANE_NEW:
		return true;
	case WV_LANE_NEXT_RUN:
		return at < (int64_t)epoch;
	default:
		return at <= now.us;
	}
}

struct wv_time wv_page_row_due_at(const struct wv_page_row *row, struct wv_time opened)
{
	if (row->lane == WV_LANE_LISTING || row->lane == WV_LANE_AGAIN)
		return (struct wv_time){row->at};
	return opened;
}

uint64_t wv_plan_hash(struct wv_slice s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ s.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

struct wv_slice wv_plan_origin(struct wv_slice url)
{
	size_t at = wv_slice_find(url, WV_LIT("://"), 0);

	if (at == SIZE_MAX)
		return WV_SLICE_NONE;
	for (at += 3; at < url.n && url.p[at] != '/' && url.p[at] != '?' && url.p[at] != '#'; at++)
		;
	return wv_slice_part(url, 0, at);
}

struct wv_slice wv_plan_host(struct wv_slice url)
{
	struct wv_slice origin = wv_plan_origin(url);
	size_t at = wv_slice_find(origin, WV_LIT("://"), 0);
	struct wv_slice host = wv_slice_from(origin, at == SIZE_MAX ? origin.n : at + 3);

	for (size_t i = host.n; i > 0 && host.p[i - 1] != ']'; i--)
		if (host.p[i - 1] == ':')
			return wv_slice_part(host, 0, i - 1);
	return host;
}

/* ---- the run row: u8 version (1) | varint run, epoch | zigzag opened, epoch opened, max time |
 * u8 closed | varint unclean low, high | zigzag unclean at */

enum wv_status wv_run_row_decode(struct wv_slice value, struct wv_run_row *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_run_row row;
	uint8_t version = wv_cursor_u8(&c);

	row.run = wv_cursor_varint(&c);
	row.epoch = wv_cursor_varint(&c);
	row.opened.us = wv_cursor_zigzag(&c);
	row.epoch_opened.us = wv_cursor_zigzag(&c);
	row.max_time_us = wv_cursor_zigzag(&c);
	row.is_closed = wv_cursor_u8(&c) != 0;
	row.unclean_low = wv_cursor_varint(&c);
	row.unclean_high = wv_cursor_varint(&c);
	row.unclean_at.us = wv_cursor_zigzag(&c);
	if (c.failed || wv_cursor_left(&c) || version != ROW_VERSION)
		return wv_err_set(err, WV_DAMAGED, "the run row cannot be read");
	*out = row;
	return WV_OK;
}

enum wv_status wv_run_row_get(struct wv_txn *txn, struct wv_run_row *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st =
		wv_txn_get(txn, WV_TABLE_TURNS, wv_slice(run_key, sizeof run_key), &value, err);

	return st == WV_OK ? wv_run_row_decode(value, out, err) : st;
}

enum wv_status wv_run_row_put(struct wv_txn *txn, const struct wv_run_row *row, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	enum wv_status st;

	wv_buf_init(&value, 128);
	wv_buf_add_byte(&value, ROW_VERSION);
	wv_buf_add_varint(&value, row->run);
	wv_buf_add_varint(&value, row->epoch);
	wv_buf_add_zigzag(&value, row->opened.us);
	wv_buf_add_zigzag(&value, row->epoch_opened.us);
	wv_buf_add_zigzag(&value, row->max_time_us);
	wv_buf_add_byte(&value, row->is_closed);
	wv_buf_add_varint(&value, row->unclean_low);
	wv_buf_add_varint(&value, row->unclean_high);
	wv_buf_add_zigzag(&value, row->unclean_at.us);
	st = wv_buf_finish(&value, "run row", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(txn, WV_TABLE_TURNS, wv_slice(run_key, sizeof run_key),
			  wv_buf_slice(&value), err);
}

/* ---- SOURCES: u8 version (1) | varint forbidden in a row | zigzag suspended set, until |
 * varint run, change */

enum wv_status wv_source_state_put(struct wv_txn *txn, struct wv_slice name,
				   const struct wv_source_state *state, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	enum wv_status st;

	wv_buf_init(&value, 128);
	wv_buf_add_byte(&value, ROW_VERSION);
	wv_buf_add_varint(&value, state->forbidden_in_row);
	add_time(&value, state->suspended_set);
	add_time(&value, state->suspended_until);
	wv_buf_add_varint(&value, state->run);
	wv_buf_add_varint(&value, state->change);
	st = wv_buf_finish(&value, "source row", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(txn, WV_TABLE_SOURCES, name, wv_buf_slice(&value), err);
}

enum wv_status wv_source_state_decode(struct wv_slice value, struct wv_source_state *out,
				      struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_source_state state;
	uint8_t version = wv_cursor_u8(&c);

	state.forbidden_in_row = (uint32_t)wv_cursor_varint(&c);
	state.suspended_set = cursor_time(&c);
	state.suspended_until = cursor_time(&c);
	state.run = wv_cursor_varint(&c);
	state.change = wv_cursor_varint(&c);
	if (c.failed || wv_cursor_left(&c) || version != ROW_VERSION)
		return wv_err_set(err, WV_DAMAGED, "a source's row cannot be read");
	*out = state;
	return WV_OK;
}

enum wv_status wv_frontier_source(struct wv_txn *txn, struct wv_slice name,
				  struct wv_source_state *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_SOURCES, name, &value, err);

	if (st == WV_OK)
		st = wv_source_state_decode(value, out, err);
	return st == WV_DAMAGED ? wv_err_add(err, st, "source '%.*s'", WV_FMT(name)) : st;
}

/* ---- plain reads */

enum wv_status wv_frontier_look_up(struct wv_txn *txn, struct wv_slice page_key,
				   struct wv_page_row *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FRONTIER, page_key, &value, err);

	if (st == WV_OK)
		st = wv_page_row_decode(value, out, err);
	return st == WV_DAMAGED ? wv_err_add(err, st, "page '%.*s'", WV_FMT(page_key)) : st;
}

enum wv_status wv_frontier_robots(struct wv_txn *txn, struct wv_slice origin,
				  struct wv_robots_row *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_ROBOTS, origin, &value, err);

	if (st == WV_OK)
		st = wv_robots_row_decode(value, out, err);
	return st == WV_DAMAGED ? wv_err_add(err, st, "'%.*s'", WV_FMT(origin)) : st;
}

enum wv_status wv_frontier_turn(struct wv_txn *txn, struct wv_slice turn, struct wv_turn_state *out,
				struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_TURNS, turn, &value, err);

	if (st == WV_OK)
		st = wv_turn_state_decode(value, out, err);
	return st == WV_DAMAGED ? wv_err_add(err, st, "turn '%.*s'", WV_FMT(turn)) : st;
}

enum wv_status wv_frontier_count(struct wv_txn *txn, uint64_t *known, uint64_t *due,
				 struct wv_err *err)
{
	enum wv_status st = wv_txn_count(txn, WV_TABLE_FRONTIER, known, err);

	return st == WV_OK ? wv_txn_count(txn, WV_TABLE_DUE, due, err) : st;
}

/* ---- robots.txt after an outcome */

bool wv_visit_may_follow(const struct wv_visit *visit, const struct wv_outcome *outcome)
{
	if (!wv_outcome_is_redirect(outcome) || wv_slice_equals(outcome->location, visit->url))
		return false;
	if (!wv_slice_starts(outcome->location, WV_LIT("http://")) &&
	    !wv_slice_starts(outcome->location, WV_LIT("https://")))
		return false;
	for (uint32_t i = 0; i < visit->chain_count; i++)
		if (wv_slice_equals(outcome->location, visit->chain[i]))
			return false;
	return visit->chain_count <
	       (visit->kind == WV_VISIT_ROBOTS ? WV_LIMIT_ROBOTS_REDIRECTS : WV_LIMIT_REDIRECTS);
}

struct wv_robots_row wv_robots_row_after(const struct wv_visit *visit,
					 const struct wv_outcome *outcome, bool forbidden_denies)
{
	bool follows = wv_visit_may_follow(visit, outcome);
	/* A body cut at our cap is enough (2.5); one cut by the server is not the whole truth. */
	bool is_complete = outcome->result == WV_RESULT_ANSWERED ||
			   (outcome->result == WV_RESULT_TRUNCATED && outcome->robots_cut);
	struct wv_robots_row row = {
		.status = outcome->status,
		.fetched = outcome->ended_at,
		.reason = outcome->reason,
		.due = visit->due,
		.reached = WV_TIME_NONE,
	};
	int64_t lifetime;

	row.state = wv_robots_judge(outcome->status, is_complete, visit->chain_count, follows,
				    forbidden_denies);
	/* Sent to ftp: or javascript: is neither an answer nor a "there is none". */
	if (row.state == WV_ROBOTS_UNAVAILABLE && wv_outcome_is_redirect(outcome) &&
	    !wv_slice_starts(outcome->location, WV_LIT("http")))
		row.state = WV_ROBOTS_UNREACHABLE;
	if (row.state == WV_ROBOTS_UNKNOWN) {
		row.next_url = outcome->location;
		row.failures = visit->robots_failures;
		row.expires = outcome->ended_at;
		for (uint32_t i = 0; i < visit->chain_count; i++)
			row.chain[row.chain_count++] = visit->chain[i];
		row.chain[row.chain_count++] = visit->url;
		return row;
	}
	if (row.state == WV_ROBOTS_RULES) {
		row.text = wv_slice_part(outcome->robots_text, 0, WV_LIMIT_ROBOTS_BYTES);
		row.is_cut = outcome->robots_cut || outcome->robots_text.n > WV_LIMIT_ROBOTS_BYTES;
	}
	lifetime =
		wv_robots_lifetime_us(row.state, outcome->max_age_us, visit->robots_failures,
				      wv_plan_hash(visit->robots_origin) + visit->robots_failures);
	/* The host may have said itself when to come back. */
	if (row.state == WV_ROBOTS_UNREACHABLE && outcome->retry_after_us > lifetime)
		lifetime = outcome->retry_after_us;
	row.expires.us = wv_add_us(outcome->ended_at.us, lifetime);
	row.failures = row.state == WV_ROBOTS_UNREACHABLE ? visit->robots_failures + 1 : 0;
	if (row.state != WV_ROBOTS_UNREACHABLE)
		row.reached = outcome->ended_at;
	return row;
}

/* ---- changes */

void wv_change_init(struct wv_change *change)
{
	*change = (struct wv_change){0};
	wv_buf_init(&change->queues, CHANGE_CAP_BYTES);
}

void wv_change_reset(struct wv_change *change)
{
	struct wv_buf queues = change->queues;

	wv_buf_reset(&queues);
	*change = (struct wv_change){.queues = queues};
}

void wv_change_done(struct wv_change *change)
{
	wv_buf_done(&change->queues);
	*change = (struct wv_change){0};
}

void wv_change_add_queue(struct wv_change *change, uint32_t source_id, struct wv_slice host)
{
	struct wv_cursor c = wv_cursor(wv_buf_slice(&change->queues));

	host = wv_slice_part(host, 0, WV_DUE_HOST_MAX);
	/* Links of one page lie on few hosts: a walk costs less than a set. */
	for (int i = 0; i < 64 && wv_cursor_left(&c); i++) {
		uint32_t id = wv_cursor_u32(&c);
		struct wv_slice other = wv_cursor_block(&c);

		if (id == source_id && wv_slice_equals(other, host))
			return;
	}
	wv_buf_add_u32(&change->queues, source_id);
	wv_buf_add_block(&change->queues, host);
}
