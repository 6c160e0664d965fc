#include "archive/store/lookup.h"

#include <stdlib.h>

#include "archive/store/load.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

/* Captures and pages across the archive, by source: the second half of lookup.h. */

#define SCRATCH_CAP (4u * WV_MIB)

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

/* --- sources --- */

/* WV_NO: no capture of that name. The empty name is number 0. */
static enum wv_status source_number(struct wv_txn *txn, struct wv_slice name, uint32_t *number,
                                    struct wv_err *err)
{
	unsigned char key[1 + WV_SOURCE_NAME_MAX];
	struct wv_slice value;
	enum wv_status st;

	*number = 0;
	if (name.n == 0)
		return WV_OK;
	if (name.n > WV_SOURCE_NAME_MAX)
		return WV_NO;
	key[0] = 'n';
	memcpy(key + 1, name.p, name.n);
	st = wv_txn_get(txn, WV_TABLE_SOURCE_NAMES, wv_slice(key, name.n + 1), &value, err);
	if (st != WV_OK)
		return st;
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "source '%.*s' does not decode", WV_FMT(name));
	*number = (uint32_t)wv_load_u64_be(value.p);
	return WV_OK;
}

enum wv_status wv_store_sources(struct wv_txn *txn, struct wv_arena *arena,
                                struct wv_source_totals **out, size_t *count, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_source_totals *totals;
	struct wv_slice key, value;
	uint32_t known = 0;
	size_t n = 0;
	enum wv_status st = wv_source_count(txn, &known, err);

	if (st == WV_OK)
		st = wv_walk_begin(txn, WV_TABLE_SOURCE_NAMES, &walk, err);
	if (st != WV_OK)
		return st;
	totals = WV_ARENA_ARRAY(arena, struct wv_source_totals, known);
	if (!totals)
		return no_memory(err);
	st = wv_walk_seek(walk, WV_LIT("#"), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_source_row row;
		uint64_t number;

		if (key.p[0] != '#')
			break;
		number = key.n == 9 ? wv_load_u64_be(key.p + 1) : 0;
		if (number == 0 || number > known || n == known ||
		    !wv_record_source_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "a source does not decode");
		totals[n] = (struct wv_source_totals){
			.name = wv_arena_copy(arena, row.name),
			.number = (uint32_t)number,
			.captures = row.captures,
			.capture_bytes = row.capture_bytes,
			.stored_bytes = row.stored_bytes,
		};
		memcpy(totals[n].stored, row.stored, sizeof row.stored);
		if (totals[n++].name.n != row.name.n)
			return no_memory(err);
	}
	if (st != WV_OK && st != WV_NO)
		return st;
	*out = totals;
	*count = n;
	return WV_OK;
}

/* --- pages of a source --- */

/* Which pages were met: one bit a page, so that ten million pages are a megabyte. */
struct page_set {
	unsigned char *bits;
	uint64_t pages;
};

static enum wv_status gather_pages(struct wv_txn *txn, uint32_t source, struct page_set *set,
                                   struct wv_err *err)
{
	const struct wv_source_key first = {source, {INT64_MIN}, 0};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_SOURCE_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_BY_SOURCE, &walk, err);

	wv_key_of_source(&first, bytes);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_source_key found;
		uint64_t page;

		if (!wv_key_read_source(key, &found) || value.n != 8)
			return wv_err_set(err, WV_DAMAGED, "a row of a source does not decode");
		if (found.source != source)
			return WV_OK;
		page = wv_load_u64_be(value.p);
		if (page >= set->pages)
			return wv_err_set(err, WV_DAMAGED, "page %llu is missing",
			                  (unsigned long long)page);
		set->bits[page / 8] |= (unsigned char)(1u << page % 8);
	}
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_store_each_page_of_source(struct wv_txn *txn, struct wv_slice source,
                                            wv_page_visit visit, void *context, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct page_set set = {0};
	struct wv_state state;
	uint32_t number = 0;
	enum wv_status st = source_number(txn, source, &number, err);

	if (st == WV_NO)
		return WV_OK;
	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &arena, err);
	if (st == WV_OK)
		st = wv_state_get(txn, &state, err);
	if (st != WV_OK)
		return st;
	set.pages = state.next_page;
	set.bits = calloc(1, (size_t)(set.pages / 8 + 1));
	if (!set.bits)
		return no_memory(err);
	st = gather_pages(txn, number, &set, err);
	for (uint64_t page = 0; page < set.pages && st == WV_OK; page++) {
		struct wv_page found;

		if (!(set.bits[page / 8] >> page % 8 & 1))
			continue;
		wv_arena_reset(arena);
		st = wv_store_page(txn, arena, page, &found, err);
		if (st == WV_NO)
			st = wv_err_set(err, WV_DAMAGED, "page %llu is missing",
			                (unsigned long long)page);
		if (st == WV_OK)
			st = visit(&found, context, err);
	}
	free(set.bits);
	return st;
}

/* --- captures, newest first --- */

/* One source's rows, walked backwards; the heads of all are merged. */
struct lane {
	struct wv_walk *walk;
	struct wv_source_key key; /* the head */
	uint64_t page;
	bool is_over;
};

static enum wv_status read_head(struct lane *lane, uint32_t source, enum wv_status st,
                                struct wv_slice key, struct wv_slice value, struct wv_err *err)
{
	if (st == WV_NO) {
		lane->is_over = true;
		return WV_OK;
	}
	if (st != WV_OK)
		return st;
	if (!wv_key_read_source(key, &lane->key) || value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "a row of a source does not decode");
	lane->is_over = lane->key.source != source;
	lane->page = wv_load_u64_be(value.p);
	return WV_OK;
}

static enum wv_status open_lane(struct wv_txn *txn, const struct wv_list_query *query,
                                uint32_t source, struct lane *lane, struct wv_err *err)
{
	struct wv_source_key last = {
		source, {wv_time_is_none(query->to) ? INT64_MAX : query->to.us}, UINT64_MAX};
	unsigned char bytes[WV_KEY_SOURCE_BYTES];
	struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_BY_SOURCE, &lane->walk, err);

	if (st != WV_OK)
		return st;
	if (query->has_after && query->after_captured.us <= last.captured.us) {
		/* The one before (after_captured, after_id). */
		last.captured = query->after_captured;
		last.id = query->after_id;
	}
	wv_key_of_source(&last, bytes);
	st = wv_walk_seek_before(lane->walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	if (st == WV_OK && query->has_after && wv_slice_equals(key, wv_slice(bytes, sizeof bytes)))
		st = wv_walk_previous(lane->walk, &key, &value, err);
	return read_head(lane, source, st, key, value, err);
}

static struct lane *newest(struct lane *lanes, size_t count)
{
	struct lane *best = NULL;

	for (size_t i = 0; i < count; i++) {
		struct lane *lane = &lanes[i];

		if (!lane->is_over && (!best || lane->key.captured.us > best->key.captured.us ||
		                       (lane->key.captured.us == best->key.captured.us &&
		                        lane->key.id > best->key.id)))
			best = lane;
	}
	return best;
}

struct listing {
	struct wv_txn *txn;
	const struct wv_list_query *query;
	struct wv_loader loader;
	struct wv_arena *scratch;
	bool asks, has_facts;
	uint64_t page; /* of which `facts` are */
	struct wv_arena *facts_arena;
	struct wv_register_page facts;
};

/* WV_NO: taken down. */
static enum wv_status is_shown(struct listing *listing, const struct lane *lane,
                               struct wv_err *err)
{
	if (!listing->asks)
		return WV_OK;
	if (!listing->has_facts || listing->page != lane->page) {
		enum wv_status st = wv_loader_page(&listing->loader, lane->page, err);

		listing->has_facts = false;
		wv_arena_reset(listing->facts_arena);
		if (st == WV_OK)
			st = wv_register_of_page(listing->txn, listing->facts_arena,
			                         listing->loader.page_key, &listing->facts, err);
		if (st != WV_OK)
			return st;
		listing->page = lane->page;
		listing->has_facts = true;
	}
	return wv_register_refusal(&listing->facts, lane->key.id, listing->query->now) ? WV_NO
	                                                                              : WV_OK;
}

static enum wv_status begin_listing(struct listing *listing, struct wv_err *err)
{
	bool is_empty = true;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &listing->scratch, err);

	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &listing->facts_arena, err);
	if (st == WV_OK)
		st = wv_register_is_empty(listing->txn, &is_empty, err);
	listing->asks = !is_empty && !listing->query->sees_all;
	return st;
}

/* WV_NO: the query does not want it. */
static enum wv_status wanted(struct listing *listing, const struct lane *lane,
                             struct wv_arena *arena, struct wv_capture *out, struct wv_err *err)
{
	const struct wv_capture_key place = {lane->page, lane->key.captured, lane->key.id};
	const struct wv_list_query *query = listing->query;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture facts = {0};
	struct wv_slice value;
	enum wv_status st;

	wv_key_of_capture(&place, bytes);
	st = wv_txn_get(listing->txn, WV_TABLE_CAPTURES, wv_slice(bytes, sizeof bytes), &value,
	                err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "capture %llu is missing",
		                  (unsigned long long)place.id);
	if (st == WV_OK)
		st = wv_record_capture_peek(&place, value, NULL, &facts, err);
	if (st != WV_OK)
		return st;
	if (!wv_is_known(facts.recorded, query->known_at))
		return WV_NO;
	st = is_shown(listing, lane, err);
	if (st != WV_OK)
		return st;
	if (query->category.n) {
		struct wv_reading reading;

		wv_arena_reset(listing->scratch);
		st = wv_store_reading(listing->txn, listing->scratch, &facts, query->known_at,
		                      &reading, err);
		if (st != WV_OK)
			return st;
		if (!wv_slice_equals(reading.category, query->category))
			return WV_NO;
	}
	st = wv_loader_capture(&listing->loader, &place, value, arena, out, err);
	return st == WV_OK ? wv_capture_overlay(listing->txn, query->known_at, out, err) : st;
}

static enum wv_status fill(struct listing *listing, struct lane *lanes, size_t lane_count,
                           struct wv_arena *arena, struct wv_capture *list, size_t *count,
                           struct wv_err *err)
{
	const struct wv_list_query *query = listing->query;
	struct lane *lane;
	size_t looked = 0;

	while (*count < query->max && (!query->max_looked || looked++ < query->max_looked) &&
	       (lane = newest(lanes, lane_count)) != NULL) {
		struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;
		uint32_t source = lane->key.source;
		enum wv_status st;

		if (!wv_time_is_none(query->from) && lane->key.captured.us < query->from.us)
			return WV_OK;
		st = wanted(listing, lane, arena, &list[*count], err);
		if (st == WV_OK)
			++*count;
		if (st != WV_OK && st != WV_NO)
			return st;
		st = wv_walk_previous(lane->walk, &key, &value, err);
		st = read_head(lane, source, st, key, value, err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

/* The sources to merge: one, or all, 0 (none) among them. */
static enum wv_status open_lanes(struct wv_txn *txn, const struct wv_list_query *query,
                                 struct lane **out, size_t *count, struct wv_err *err)
{
	struct lane *lanes;
	uint32_t first = 0, known = 0;
	size_t n = 1;
	enum wv_status st = source_number(txn, query->source, &first, err);

	if (st == WV_OK && query->source.n == 0) {
		st = wv_source_count(txn, &known, err);
		n = (size_t)known + 1;
	}
	if (st != WV_OK)
		return st;
	lanes = calloc(n, sizeof *lanes);
	if (!lanes)
		return no_memory(err);
	*out = lanes;
	*count = n;
	for (size_t i = 0; i < n && st == WV_OK; i++)
		st = open_lane(txn, query, first + (uint32_t)i, &lanes[i], err);
	return st;
}

enum wv_status wv_store_list(struct wv_txn *txn, struct wv_arena *arena,
                             const struct wv_list_query *query, struct wv_capture **out,
                             size_t *count, struct wv_err *err)
{
	struct listing listing = {.txn = txn, .query = query};
	struct lane *lanes = NULL;
	struct wv_capture *list = NULL;
	size_t lane_count = 0, n = 0;
	enum wv_status st;

	wv_loader_init(&listing.loader, txn);
	st = begin_listing(&listing, err);
	if (st == WV_OK)
		st = open_lanes(txn, query, &lanes, &lane_count, err);
	if (st == WV_OK && !(list = WV_ARENA_ARRAY(arena, struct wv_capture, query->max)))
		st = no_memory(err);
	if (st == WV_OK)
		st = fill(&listing, lanes, lane_count, arena, list, &n, err);
	for (size_t i = 0; i < lane_count; i++)
		wv_walk_end(&lanes[i].walk);
	free(lanes);
	wv_loader_done(&listing.loader);
	wv_arena_free(&listing.scratch);
	wv_arena_free(&listing.facts_arena);
	if (st == WV_NO) /* no such source */
		st = WV_OK;
	if (st == WV_OK) {
		*out = list;
		*count = n;
	}
	return st;
}
