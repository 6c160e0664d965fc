#include "archive/store/revise.h"

#include "archive/store/commit.h"
#include "archive/store/load.h"
#include "config/base/limits.h"

#define ROW_CAP   (5u * WV_LIMIT_HEADER_BYTES)
#define ARENA_CAP (16u * WV_MIB)

enum wv_status wv_revision_begin(struct wv_store *store, struct wv_revision *out,
                                 struct wv_err *err)
{
	struct wv_revision revision = {.store = store};
	struct wv_time now = wv_clock_now(store->clock);
	struct wv_state state;
	enum wv_status st = wv_txn_begin_write(store->db, &revision.txn, err);

	if (st == WV_OK)
		st = wv_state_get(revision.txn, &state, err);
	if (st == WV_NO)
		st = wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st != WV_OK) {
		wv_txn_abort(&revision.txn);
		return st;
	}
	revision.recorded.us = state.totals.last_recorded.us + 1;
	if (now.us > revision.recorded.us)
		revision.recorded = now;
	*out = revision;
	return WV_OK;
}

void wv_revision_end(struct wv_revision *revision)
{
	wv_txn_abort(&revision->txn);
}

enum wv_status wv_revision_commit(struct wv_revision *revision, struct wv_err *err)
{
	struct wv_state state;
	enum wv_status st = wv_state_get(revision->txn, &state, err);

	state.totals.last_recorded = revision->recorded;
	if (st == WV_OK && wv_time_is_none(state.totals.first_recorded))
		state.totals.first_recorded = revision->recorded;
	if (st == WV_OK)
		st = wv_state_put(revision->txn, &state, err);
	/* What was remembered of captures may be of some that are gone. */
	wv_references_forget(&revision->store->references);
	if (st == WV_OK)
		return wv_txn_commit(&revision->txn, err);
	wv_txn_abort(&revision->txn);
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the archive lacks its counters") : st;
}

/* --- a capture goes --- */

static enum wv_status forget_articles(struct wv_txn *txn, uint64_t id, struct wv_state *state,
                                      struct wv_err *err)
{
	unsigned char bytes[WV_KEY_ARTICLE_BYTES], found[WV_KEY_ARTICLE_BYTES];
	enum wv_status st = WV_OK;

	wv_key_of_article(id, 0, bytes);
	while (st == WV_OK) {
		WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
		struct wv_slice key, value;

		st = wv_walk_begin(txn, WV_TABLE_ARTICLES, &walk, err);
		if (st == WV_OK)
			st = wv_walk_seek(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
		if (st != WV_OK)
			break;
		if (key.n != sizeof found || memcmp(key.p, bytes, 8) != 0)
			return WV_OK;
		memcpy(found, key.p, sizeof found);
		wv_walk_end(&walk);
		st = wv_txn_delete(txn, WV_TABLE_ARTICLES, wv_slice(found, sizeof found), err);
		state->totals.articles--;
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status forget_source(struct wv_txn *txn, const struct wv_capture *facts,
                                    uint32_t source, struct wv_err *err)
{
	const struct wv_source_key place = {source, facts->captured, facts->id};
	unsigned char key[WV_KEY_SOURCE_BYTES], number[9] = {'#'};
	WV_AUTO(wv_buf_done) struct wv_buf row_bytes = {.cap = WV_SOURCE_NAME_MAX + 64};
	struct wv_source_row row;
	struct wv_slice value;
	enum wv_status st;

	wv_key_of_source(&place, key);
	st = wv_txn_delete(txn, WV_TABLE_BY_SOURCE, wv_slice(key, sizeof key), err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "capture %llu is not listed under its source",
		                  (unsigned long long)facts->id);
	if (st != WV_OK || source == 0)
		return st;
	wv_key_of_u64(source, number + 1);
	st = wv_txn_get(txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number), &value, err);
	if (st == WV_NO || (st == WV_OK && !wv_record_source_decode(value, &row)))
		return wv_err_set(err, WV_DAMAGED, "source %u is missing or damaged", source);
	if (st != WV_OK)
		return st;
	if (row.captures)
		row.captures--;
	if (facts->has_body && row.capture_bytes >= facts->body_bytes)
		row.capture_bytes -= facts->body_bytes;
	wv_record_source_encode(&row, &row_bytes);
	st = wv_buf_finish(&row_bytes, "row of a source", err);
	return st == WV_OK ? wv_txn_put(txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
	                                wv_buf_slice(&row_bytes), err)
	                   : st;
}

static enum wv_status erase_leaf(struct wv_txn *txn, uint64_t id, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = 128};
	struct wv_leaf_row leaf, erased = {.is_erased = true};
	unsigned char key[8];
	enum wv_status st = wv_leaf_get(txn, id, &leaf, err);

	if (st != WV_OK)
		return st;
	erased.hash = leaf.hash;
	wv_record_leaf_row_encode(&erased, &row);
	st = wv_buf_finish(&row, "row of a leaf", err);
	wv_key_of_u64(id, key);
	return st == WV_OK ? wv_txn_put(txn, WV_TABLE_LEAVES, wv_slice(key, sizeof key),
	                                wv_buf_slice(&row), err)
	                   : st;
}

enum wv_status wv_revision_forget_capture(struct wv_revision *revision, uint64_t id,
                                          struct wv_err *err)
{
	struct wv_txn *txn = revision->txn;
	struct wv_capture_context context = {0};
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture facts;
	struct wv_capture_key key;
	struct wv_slice value;
	struct wv_state state;
	enum wv_status st = wv_capture_row_get(txn, id, &key, &value, err);

	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, &facts, err);
	if (st == WV_OK)
		st = wv_state_get(txn, &state, err);
	if (st != WV_OK)
		return st;
	wv_key_of_capture(&key, bytes);
	st = wv_txn_delete(txn, WV_TABLE_CAPTURES, wv_slice(bytes, sizeof bytes), err);
	if (st == WV_OK)
		st = forget_source(txn, &facts, context.source, err);
	if (st == WV_OK)
		st = forget_articles(txn, id, &state, err);
	if (st == WV_OK)
		st = erase_leaf(txn, id, err);
	if (st != WV_OK)
		return st;
	/* `captures` counts leaves, and the leaf stays. */
	if (facts.has_body)
		state.totals.capture_bytes -= facts.body_bytes;
	return wv_state_put(txn, &state, err);
}

enum wv_status wv_revision_free_of_reference(struct wv_revision *revision, uint64_t id,
                                             struct wv_err *err)
{
	WV_AUTO(wv_loader_done) struct wv_loader loader = {0};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = ROW_CAP};
	struct wv_capture_context context = {0};
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture capture;
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = wv_arena_new(ARENA_CAP, &arena, err);

	wv_loader_init(&loader, revision->txn);
	if (st == WV_OK)
		st = wv_capture_row_get(revision->txn, id, &key, &value, err);
	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, NULL, err);
	if (st == WV_OK)
		st = wv_loader_capture(&loader, &key, value, arena, &capture, err);
	if (st != WV_OK)
		return st;
	context.has_reference = false;
	context.page_url = loader.page_url;
	st = wv_record_capture_encode(&capture, &context, &row, err);
	wv_key_of_capture(&key, bytes);
	return st == WV_OK ? wv_txn_put(revision->txn, WV_TABLE_CAPTURES,
	                                wv_slice(bytes, sizeof bytes), wv_buf_slice(&row), err)
	                   : st;
}
