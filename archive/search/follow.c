#include "archive/search/index.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/follow_inner.h"
#include "archive/store/load.h"
#include "archive/store/record.h"
#include "config/base/limits.h"

/*
 * What the archive has committed, applied in the order in which it was recorded: leaves by their
 * number, and readings that came after their leaf (extracting anew, or later) by their own
 * instant. At each the page's timeline as known then is compared with the one before.
 */
#define EVENTS_A_TRANSACTION 1000u
#define BYTES_A_TRANSACTION  (4u * WV_MIB)
#define LEAVES_A_SNAPSHOT    256u /* an LMDB reader pins old pages: not for long */

/* --- events --- */

static void step_to(struct wv_follow *f, int64_t known)
{
	if (f->known != known)
		f->done_count = 0;
	f->known = known;
	f->events++;
	wv_arena_reset(f->arena);
}

static enum wv_status apply_late(struct wv_follow *f, struct wv_err *err)
{
	struct wv_late late = wv_follow_pop_late(f);
	struct wv_leaf_row row;
	enum wv_status st;

	step_to(f, late.recorded);
	f->rows++;
	st = wv_leaf_get(f->txn, late.leaf, &row, err);
	if (st == WV_NO || (st == WV_OK && row.is_erased))
		return WV_OK;
	return st == WV_OK ? wv_follow_derive(f, row.page, err) : st;
}

static enum wv_status apply_leaf(struct wv_follow *f, const struct wv_capture_key *key,
                                 struct wv_capture *capture, uint32_t source, struct wv_err *err)
{
	struct wv_follow_page page;
	enum wv_status st;

	step_to(f, capture->recorded.us);
	st = wv_follow_walk_rows(f, key->id, key->id + 1, f->known, &f->rows, err);
	if (st == WV_OK)
		st = wv_capture_overlay(f->txn, capture->recorded, capture, err);
	if (st != WV_OK || !wv_capture_stands(capture))
		return st;
	st = wv_follow_load_page(f, key->page, &page, err);
	if (st != WV_OK)
		return st;
	if (capture->captured.us < page.newest)
		return wv_follow_derive(f, key->page, err);
	return wv_follow_append(f, &page, capture, source, err);
}

/*
 * The next event. WV_NO: there is none; WV_BOUND: none that was recorded at the same instant as
 * the one before, which is where a transaction may end.
 */
static enum wv_status next_event(struct wv_follow *f, bool may_go_on, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture capture = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = WV_NO;
	int64_t recorded = INT64_MAX;

	while (f->next_leaf < f->end_leaf && st == WV_NO) {
		st = wv_capture_row_get(f->txn, f->next_leaf, &key, &value, err);
		f->next_leaf += st == WV_NO; /* erased */
	}
	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, &capture, err);
	if (st == WV_OK)
		recorded = capture.recorded.us;
	if (st != WV_OK && st != WV_NO)
		return st;
	if (f->late_count && f->late[0].recorded < recorded) {
		if (!may_go_on && f->late[0].recorded != f->known)
			return WV_BOUND;
		return apply_late(f, err);
	}
	if (st == WV_NO)
		return WV_NO;
	if (!may_go_on && recorded != f->known)
		return WV_BOUND;
	f->next_leaf++;
	return apply_leaf(f, &key, &capture, context.source, err);
}

/* --- transactions --- */

/* Readings that older leaves got since. */
static enum wv_status find_late(struct wv_follow *f, uint64_t rows, struct wv_err *err)
{
	int64_t bound = f->bound;
	uint64_t newer = 0, in_time = 0;
	enum wv_status st;

	f->late_count = 0;
	f->bound = INT64_MIN; /* only count */
	st = wv_follow_walk_rows(f, f->next_leaf, UINT64_MAX, INT64_MAX, &newer, err);
	f->bound = bound;
	if (st == WV_OK && f->rows + newer < rows)
		st = wv_follow_walk_rows(f, 0, f->next_leaf, f->known, &in_time, err);
	return st;
}

static enum wv_status save_state(struct wv_follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	enum wv_status st = wv_chunks_flush(search, err);

	if (st == WV_OK)
		st = wv_search_put(search, "next_leaf", (int64_t)f->next_leaf, err);
	if (st == WV_OK)
		st = wv_search_put(search, "article_rows", (int64_t)f->rows, err);
	if (st == WV_OK)
		st = wv_search_put(search, "known", f->known, err);
	if (st == WV_OK)
		st = wv_search_run(search, WV_SQL_COMMIT, err);
	if (st != WV_OK)
		return st;
	search->next_leaf = f->next_leaf;
	search->rows = f->rows;
	search->known = f->known;
	return WV_OK;
}

static enum wv_status renew(struct wv_follow *f, struct wv_err *err)
{
	wv_txn_abort(&f->txn);
	return wv_store_begin_read(f->store, &f->txn, err);
}

/* Events until the transaction is full (WV_BOUND) or there are no more (WV_NO). */
static enum wv_status fill_transaction(struct wv_follow *f, struct wv_err *err)
{
	uint64_t first = f->events;
	enum wv_status st = WV_OK;

	f->bytes = 0;
	while (st == WV_OK) {
		st = next_event(f,
		                f->events - first < EVENTS_A_TRANSACTION &&
		                        f->bytes < BYTES_A_TRANSACTION,
		                err);
		if (st == WV_OK && f->events % LEAVES_A_SNAPSHOT == 0)
			st = renew(f, err);
	}
	return st;
}

/* WV_CONFLICT: another process was here since this one last looked. */
static enum wv_status begin(struct wv_follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	uint64_t leaf = search->next_leaf, rows = search->rows;
	int64_t known = search->known;
	enum wv_status st = wv_search_run(search, WV_SQL_BEGIN, err);

	if (st == WV_OK)
		st = wv_search_read_state(search, err);
	if (st == WV_OK && (leaf != search->next_leaf || rows != search->rows ||
	                    known != search->known))
		st = WV_CONFLICT;
	return st;
}

static void roll_back(struct wv_search *search)
{
	(void)sqlite3_exec(search->db, "ROLLBACK", NULL, NULL, NULL);
	wv_chunks_drop(search);
}

/* One transaction of a round; WV_BOUND: there is more. */
static enum wv_status transaction(struct wv_follow *f, struct wv_err *err)
{
	const struct wv_search_options *o = &f->search->options;
	enum wv_status st, saved;

	if (o->stop && o->stop(o->stop_context))
		return WV_STOPPED;
	st = begin(f, err);
	if (st == WV_OK)
		st = fill_transaction(f, err);
	saved = st == WV_NO || st == WV_BOUND ? save_state(f, err) : st;
	if (saved != WV_OK)
		roll_back(f->search);
	else if (o->progress)
		o->progress(f->next_leaf, f->end_leaf, o->progress_context);
	return saved == WV_OK ? st : saved;
}

/* What there is to do, as one look at the archive shows it. WV_NO: nothing. */
static enum wv_status plan_round(struct wv_follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	struct wv_state state;
	uint64_t rows = 0;
	enum wv_status st = renew(f, err);

	if (st == WV_OK)
		st = wv_state_get(f->txn, &state, err);
	if (st == WV_OK)
		st = wv_txn_count(f->txn, WV_TABLE_ARTICLES, &rows, err);
	if (st != WV_OK)
		return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the archive has no state") : st;
	f->all_rows = rows;
	f->end_leaf = state.next_leaf;
	f->bound = state.totals.last_recorded.us;
	/* The index of another archive, or of one that lost something since. */
	if (search->next_leaf > f->end_leaf || search->rows > rows ||
	    search->known > f->bound)
		st = wv_search_clear(search, err);
	search->behind = f->end_leaf - search->next_leaf;
	f->next_leaf = search->next_leaf;
	f->rows = search->rows;
	f->known = search->known;
	/* Nothing to do needs no transaction, and no right to write. */
	if (st == WV_OK && f->next_leaf == f->end_leaf && f->rows == rows)
		return WV_NO;
	return st == WV_OK ? find_late(f, rows, err) : st;
}

/*
 * A round found rows that are not in the index, and nothing to apply: the next one would not either.
 * Then the index is not of this archive, and made anew; or, if it was made anew, the rows belong to
 * no capture: `verify` names them, and here they count as looked at.
 */
static enum wv_status come_to_end(struct wv_follow *f, bool *is_anew, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (!*is_anew) {
		*is_anew = true;
		return wv_search_clear(f->search, err);
	}
	st = begin(f, err);
	f->rows = f->all_rows;
	if (st == WV_OK)
		st = save_state(f, err);
	if (st != WV_OK)
		roll_back(f->search);
	return st == WV_CONFLICT ? WV_OK : st;
}

static enum wv_status follow(struct wv_follow *f, struct wv_err *err)
{
	bool is_anew = false;

	for (;;) {
		uint64_t events = f->events;
		enum wv_status st = plan_round(f, err);

		if (st == WV_NO && f->events >= EVENTS_A_TRANSACTION)
			wv_search_shrink(f->search);
		if (st == WV_NO)
			return WV_OK;
		if (st != WV_OK)
			return st;
		do {
			st = transaction(f, err);
		} while (st == WV_BOUND);
		if (st == WV_NO && f->events == events && f->rows != f->all_rows)
			st = come_to_end(f, &is_anew, err);
		if (st != WV_OK && st != WV_NO && st != WV_CONFLICT)
			return st;
	}
}

enum wv_status wv_search_follow(struct wv_search *search, struct wv_store *store,
                                struct wv_err *err)
{
	struct wv_follow f = {.search = search, .store = store};
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_arena_new(WV_FOLLOW_ARENA_CAP, &f.arena, err);

	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &f.source_arena, err);
	if (st == WV_OK)
		st = follow(&f, &why);
	wv_txn_abort(&f.txn);
	wv_arena_free(&f.arena);
	wv_arena_free(&f.source_arena);
	wv_search_words_done(&f.words);
	free(f.late);
	free(f.done);
	/* What is there answers, and says how far it is. */
	if (st == WV_PERM || st == WV_LOCKED)
		return WV_OK;
	if (st != WV_OK && why.status != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	return st;
}
