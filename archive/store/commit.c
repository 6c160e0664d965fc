#include "archive/store/commit.h"

#include <stdlib.h>

#include "archive/store/base.h"
#include "archive/store/load.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

#define CAPTURE_ROW_CAP (5u * WV_LIMIT_HEADER_BYTES)
#define LEAF_CAP        (8u * WV_LIMIT_HEADER_BYTES)
#define SMALL_ROW_CAP   (WV_LIMIT_PAGE_KEY_BYTES + WV_LIMIT_URL_BYTES + 512u)

/* One transaction being filled. */
struct commit {
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_state state;
	struct wv_time recorded;
	struct wv_packer packer;
	struct wv_loader loader;
	struct wv_buf row, leaf, scratch; /* reset before each use */
	/* The packer's totals when the batch began, or its capture before this one. */
	uint64_t stored_before[WV_STORED_KIND_COUNT];
};

static struct wv_slice u64_key(uint64_t number, unsigned char key[8])
{
	wv_key_of_u64(number, key);
	return wv_slice(key, 8);
}

/* --- pages and sources --- */

static enum wv_status page_of(struct commit *commit, const struct wv_capture *capture,
                              struct wv_batch_capture *result, struct wv_err *err)
{
	unsigned char number[8];
	struct wv_slice value;
	enum wv_status st = wv_txn_get(commit->txn, WV_TABLE_PAGES, capture->page_key, &value, err);

	if (st == WV_OK) {
		if (value.n != 8)
			return wv_err_set(err, WV_DAMAGED, "the row of page '%.*s' does not decode",
			                  WV_FMT(capture->page_key));
		result->page = wv_load_u64_be(value.p);
		return WV_OK;
	}
	if (st != WV_NO)
		return st;
	result->page = commit->state.next_page++;
	result->is_new_page = true;
	commit->state.totals.pages++;
	wv_buf_reset(&commit->row);
	wv_record_page_encode(capture->page_key, capture->url, &commit->row);
	st = wv_buf_finish(&commit->row, "row of a page", err);
	if (st == WV_OK)
		st = wv_txn_put_new(commit->txn, WV_TABLE_PAGES, capture->page_key,
		                    u64_key(result->page, number), err);
	if (st == WV_OK)
		st = wv_txn_put_new(commit->txn, WV_TABLE_PAGE_KEYS, u64_key(result->page, number),
		                    wv_buf_slice(&commit->row), err);
	return st;
}

static struct wv_slice source_name_key(struct wv_slice name, unsigned char *key)
{
	key[0] = 'n';
	memcpy(key + 1, name.p, name.n);
	return wv_slice(key, name.n + 1);
}

/* Number of the capture's source, 0 for none; its totals grow by what this capture brought. */
static enum wv_status count_source(struct commit *commit, const struct wv_capture *capture,
                                   uint32_t *source, struct wv_err *err)
{
	unsigned char name[1 + WV_SOURCE_NAME_MAX], number[9] = {'#'}, bytes[8];
	struct wv_source_row row = {.name = capture->source};
	struct wv_slice value;
	enum wv_status st;

	*source = 0;
	if (capture->source.n == 0)
		return WV_OK;
	st = wv_txn_get(commit->txn, WV_TABLE_SOURCE_NAMES, source_name_key(capture->source, name),
	                &value, err);
	if (st == WV_NO) {
		*source = (uint32_t)++commit->state.next_source;
		st = wv_txn_put_new(commit->txn, WV_TABLE_SOURCE_NAMES,
		                    source_name_key(capture->source, name), u64_key(*source, bytes),
		                    err);
		wv_key_of_u64(*source, number + 1);
	} else if (st == WV_OK) {
		*source = value.n == 8 ? (uint32_t)wv_load_u64_be(value.p) : 0;
		wv_key_of_u64(*source, number + 1);
		st = wv_txn_get(commit->txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
		                &value, err);
		if (st == WV_NO || (st == WV_OK && !wv_record_source_decode(value, &row)))
			return wv_err_set(err, WV_DAMAGED, "source '%.*s' does not decode",
			                  WV_FMT(capture->source));
	}
	if (st != WV_OK)
		return st;
	row.name = capture->source; /* not the one in the table: the put below moves it */
	row.captures++;
	row.capture_bytes += capture->has_body ? capture->body_bytes : 0;
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		uint64_t brought = commit->packer.stored[i] - commit->stored_before[i];

		row.stored[i] += brought;
		row.stored_bytes += brought;
	}
	wv_buf_reset(&commit->row);
	wv_record_source_encode(&row, &commit->row);
	st = wv_buf_finish(&commit->row, "row of a source", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(commit->txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
	                  wv_buf_slice(&commit->row), err);
}

/* --- one capture --- */

/*
 * Encodes the row, with the host's reference as dictionary where it helps; a capture that it does
 * not help becomes the host's next reference.
 */
static enum wv_status put_capture(struct commit *commit, const struct wv_capture *capture,
                                  uint32_t source, struct wv_err *err)
{
	const struct wv_capture_key place = {capture->page, capture->captured, capture->id};
	struct wv_capture_context context = {.source = source};
	const struct wv_reference *reference = NULL;
	unsigned char key[WV_KEY_CAPTURE_BYTES];
	enum wv_status st = wv_loader_page(&commit->loader, capture->page, err);

	context.page_url = commit->loader.page_url;
	if (st == WV_OK)
		st = wv_reference_find(&commit->store->references, &commit->loader, capture->page,
		                       capture->page_key, &reference, err);
	if (st != WV_OK)
		return st;
	wv_buf_reset(&commit->scratch);
	st = wv_record_capture_texts(capture, context.page_url, &commit->scratch, err);
	if (st != WV_OK)
		return st;
	if (reference) {
		context.has_reference = true;
		context.reference = reference->id;
		context.dictionary = reference->texts;
	}
	wv_buf_reset(&commit->row);
	st = wv_record_capture_encode(capture, &context, &commit->row, err);
	if (st == WV_OK && reference && commit->scratch.n >= WV_REFERENCE_MIN &&
	    commit->row.n > commit->scratch.n / 2 + 128) {
		context.has_reference = false;
		wv_buf_reset(&commit->row);
		st = wv_record_capture_encode(capture, &context, &commit->row, err);
	}
	if (st != WV_OK)
		return st;
	if (!context.has_reference && commit->scratch.n >= WV_REFERENCE_MIN)
		wv_reference_remember(&commit->store->references, capture->page_key, capture->id,
		                      wv_buf_slice(&commit->scratch));
	wv_key_of_capture(&place, key);
	return wv_txn_put_new(commit->txn, WV_TABLE_CAPTURES, wv_slice(key, sizeof key),
	                      wv_buf_slice(&commit->row), err);
}

static enum wv_status put_leaf(struct commit *commit, const struct wv_capture *capture,
                               struct wv_err *err)
{
	struct wv_leaf_row row = {.page = capture->page, .captured = capture->captured};
	unsigned char key[8];
	enum wv_status st = wv_random_bytes(row.salt, sizeof row.salt, err);

	if (st != WV_OK)
		return st;
	wv_buf_reset(&commit->leaf);
	st = wv_record_leaf(capture, &commit->leaf, err);
	if (st == WV_OK)
		st = wv_record_leaf_hash(row.salt, wv_buf_slice(&commit->leaf), &row.hash, err);
	if (st != WV_OK)
		return st;
	wv_buf_reset(&commit->row);
	wv_record_leaf_row_encode(&row, &commit->row);
	st = wv_buf_finish(&commit->row, "row of a leaf", err);
	if (st != WV_OK)
		return st;
	return wv_txn_append(commit->txn, WV_TABLE_LEAVES, u64_key(capture->id, key),
	                     wv_buf_slice(&commit->row), err);
}

static enum wv_status put_by_source(struct commit *commit, const struct wv_capture *capture,
                                    uint32_t source, struct wv_err *err)
{
	const struct wv_source_key place = {source, capture->captured, capture->id};
	unsigned char key[WV_KEY_SOURCE_BYTES], page[8];

	wv_key_of_source(&place, key);
	return wv_txn_put_new(commit->txn, WV_TABLE_BY_SOURCE, wv_slice(key, sizeof key),
	                      u64_key(capture->page, page), err);
}

static enum wv_status put_encoded(struct commit *commit, const struct wv_prepared_capture *prepared,
                                  const struct wv_capture *capture, struct wv_err *err)
{
	const struct wv_slice key = wv_slice(capture->encoded.b, WV_DIGEST_BYTES);
	bool is_kept = prepared->has_wire, is_promise = is_kept && !prepared->wire_may_go;
	struct wv_encoded_row row = {0};
	struct wv_slice value;
	enum wv_status st = wv_txn_get(commit->txn, WV_TABLE_ENCODED, key, &value, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && !wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	/* The first that had it says which body it gave; later ones may add that it is kept, or
	 * kept for good. */
	if (st == WV_OK && (row.is_kept ? !(row.may_go && is_promise) : !is_kept))
		return WV_OK;
	if (st == WV_NO)
		row = (struct wv_encoded_row){.coding = (uint8_t)prepared->coding,
		                              .body = capture->body,
		                              .body_bytes = capture->body_bytes,
		                              .encoded_bytes = capture->encoded_bytes};
	row.is_kept = is_kept;
	row.may_go = is_kept && !is_promise;
	wv_buf_reset(&commit->row);
	wv_record_encoded_encode(&row, &commit->row);
	st = wv_buf_finish(&commit->row, "row of an encoded body", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(commit->txn, WV_TABLE_ENCODED, key, wv_buf_slice(&commit->row), err);
}

static enum wv_status put_article(struct commit *commit, uint64_t id,
                                  const struct wv_prepared_article *article, struct wv_err *err)
{
	struct wv_article_row newest, row = article->row;
	unsigned char key[WV_KEY_ARTICLE_BYTES];
	uint32_t number = 0;
	enum wv_status st =
		wv_article_row_newest(commit->txn, id, WV_TIME_NONE, &number, &newest, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	row.recorded = commit->recorded;
	wv_key_of_article(id, st == WV_OK ? number + 1 : 0, key);
	wv_buf_reset(&commit->row);
	wv_record_article_row_encode(&row, &commit->row);
	st = wv_buf_finish(&commit->row, "row of an article", err);
	if (st == WV_OK)
		st = wv_txn_put_new(commit->txn, WV_TABLE_ARTICLES, wv_slice(key, sizeof key),
		                    wv_buf_slice(&commit->row), err);
	if (st == WV_OK)
		commit->state.totals.articles++;
	return st;
}

/* Bytes a capture names must be there: its own blobs are stored by now. */
static enum wv_status demand_body(struct commit *commit, const struct wv_capture *capture,
                                  struct wv_err *err)
{
	struct wv_blob_row row;
	char hex[WV_DIGEST_HEX_MAX];
	enum wv_status st;

	if (!capture->has_body)
		return WV_OK;
	st = wv_blob_find(commit->txn, &(struct wv_blob_key){WV_BLOB_BODY, capture->body}, &row,
	                  err);
	if (st == WV_NO)
		return wv_err_set(err, WV_CONFLICT, "body %s is not in the archive",
		                  wv_digest_print(&capture->body, hex));
	return st;
}

static enum wv_status write_capture(struct commit *commit,
                                    const struct wv_prepared_capture *prepared,
                                    const struct wv_capture *capture, struct wv_err *err)
{
	uint32_t source = 0;
	enum wv_status st = count_source(commit, capture, &source, err);

	if (st == WV_OK)
		st = put_capture(commit, capture, source, err);
	if (st == WV_OK)
		st = put_leaf(commit, capture, err);
	if (st == WV_OK)
		st = put_by_source(commit, capture, source, err);
	if (st == WV_OK && capture->has_encoded && capture->has_body)
		st = put_encoded(commit, prepared, capture, err);
	if (st == WV_OK && prepared->has_article)
		st = put_article(commit, capture->id, &prepared->article, err);
	if (st == WV_OK && prepared->body_blob != WV_NO_BLOB)
		st = wv_site_base_offer(commit->txn, capture, err);
	return st;
}

static enum wv_status add_capture(struct commit *commit, const struct wv_prepared_capture *prepared,
                                  struct wv_batch_capture *result, struct wv_err *err)
{
	struct wv_capture capture = prepared->capture;
	struct wv_before before = {0};
	enum wv_status st = page_of(commit, &capture, result, err);

	if (st != WV_OK)
		return st;
	capture.page = result->page;
	capture.id = result->id = commit->state.next_leaf++;
	capture.recorded = commit->recorded;
	capture.has_stands_for = false;
	capture.flags &= ~(uint32_t)(WV_CAPTURE_SAME_BODY | WV_CAPTURE_SIMULATED_CLOCK);
	if (commit->store->is_simulated)
		capture.flags |= WV_CAPTURE_SIMULATED_CLOCK;
	st = demand_body(commit, &capture, err);
	if (st == WV_OK && !result->is_new_page)
		st = wv_before_look(commit->txn, &commit->store->before, &capture, capture.has_body && !result->is_new_body,
		                    &before, err);
	if (st != WV_OK)
		return st;
	wv_before_inherit(&capture, &before);
	st = wv_before_settle(commit->txn, prepared->has_article ? &prepared->article.row : NULL,
	                      &capture, err);
	if (st == WV_OK)
		st = write_capture(commit, prepared, &capture, err);
	if (st != WV_OK)
		return st;
	memcpy(commit->stored_before, commit->packer.stored, sizeof commit->stored_before);
	commit->state.totals.captures++;
	commit->state.totals.capture_bytes += capture.has_body ? capture.body_bytes : 0;
	result->has_version = capture.has_version;
	result->version = capture.version;
	result->is_new_version = capture.has_version &&
	                         !(before.has_version &&
	                           wv_digest_equals(&before.version.version, &capture.version));
	result->has_previous = before.has_previous;
	result->previous_id = before.previous.id;
	result->previous_captured = before.previous.captured;
	result->has_stands_for = capture.has_stands_for;
	result->stands_for = capture.stands_for;
	return WV_OK;
}

/* --- one batch --- */

static enum wv_status store_blobs(struct commit *commit, struct wv_batch *batch, struct wv_err *err)
{
	for (size_t i = 0; i < batch->capture_count; i++)
		batch->results[i] = (struct wv_batch_capture){0};
	for (size_t i = 0; i < batch->blob_count; i++) {
		bool is_new = false;
		enum wv_status st = wv_packer_add(&commit->packer, &batch->blobs[i], &is_new, err);

		if (st != WV_OK)
			return st;
		for (size_t k = 0; is_new && k < batch->capture_count; k++)
			if (batch->captures[k].body_blob == i)
				batch->results[k].is_new_body = true;
	}
	return WV_OK;
}

static enum wv_status add_readings(struct commit *commit, const struct wv_batch *batch,
                                   struct wv_err *err)
{
	if (batch->reading_count > 0)
		wv_before_forget(&commit->store->before);
	for (size_t i = 0; i < batch->reading_count; i++) {
		const struct wv_prepared_reading *reading = &batch->readings[i];
		struct wv_capture_key key;
		struct wv_slice value;
		enum wv_status st =
			wv_capture_row_get(commit->txn, reading->capture_id, &key, &value, err);

		if (st == WV_NO)
			return wv_err_set(err, WV_CONFLICT, "capture %llu is not in the archive",
			                  (unsigned long long)reading->capture_id);
		if (st == WV_OK)
			st = put_article(commit, reading->capture_id, &reading->article, err);
		if (st != WV_OK)
			return st;
	}
	return WV_OK;
}

static struct wv_batch_result result_of(const struct wv_batch *batch, struct wv_time recorded)
{
	return (struct wv_batch_result){recorded, batch->results, batch->capture_count};
}

static enum wv_status add_batch(struct commit *commit, struct wv_batch *batch, struct wv_err *err)
{
	struct wv_batch_result result = result_of(batch, commit->recorded);
	enum wv_status st;

	memcpy(commit->stored_before, commit->packer.stored, sizeof commit->stored_before);
	st = store_blobs(commit, batch, err);
	if (st == WV_OK)
		st = add_readings(commit, batch, err);
	for (size_t i = 0; i < batch->capture_count && st == WV_OK; i++)
		st = add_capture(commit, &batch->captures[i], &batch->results[i], err);
	for (size_t i = 0; i < batch->apply_count && st == WV_OK; i++)
		st = batch->applies[i].apply(commit->txn, &result, batch->applies[i].context, err);
	return st;
}

/* --- one transaction --- */

/* A failure of the transaction, not of one batch in it. */
static bool is_of_all(enum wv_status st)
{
	switch (st) {
	case WV_FULL:
	case WV_IO:
	case WV_NOMEM:
	case WV_PERM:
	case WV_DAMAGED:
	case WV_BUG:
		return true;
	default:
		return false;
	}
}

static enum wv_status begin(struct commit *commit, struct wv_store *store, size_t bytes,
                            struct wv_err *err)
{
	struct wv_time now = wv_clock_now(store->clock);
	enum wv_status st = wv_txn_begin_write(store->db, &commit->txn, err);

	if (st != WV_OK)
		return st;
	commit->store = store;
	wv_before_begin(&store->before, commit->txn);
	st = wv_state_get(commit->txn, &commit->state, err);
	if (st == WV_NO)
		st = wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	/* Strictly rising, also where the clock stands or steps back: a view at K stays as it is.
	 */
	commit->recorded.us = commit->state.totals.last_recorded.us + 1;
	if (now.us > commit->recorded.us)
		commit->recorded = now;
	wv_packer_init(&commit->packer, commit->txn, &commit->state, bytes);
	wv_loader_init(&commit->loader, commit->txn);
	wv_buf_init(&commit->row, wv_max_size(CAPTURE_ROW_CAP, SMALL_ROW_CAP));
	wv_buf_init(&commit->leaf, LEAF_CAP);
	wv_buf_init(&commit->scratch, LEAF_CAP);
	return st;
}

static void end(struct commit *commit)
{
	wv_packer_done(&commit->packer);
	wv_loader_done(&commit->loader);
	wv_buf_done(&commit->row);
	wv_buf_done(&commit->leaf);
	wv_buf_done(&commit->scratch);
	if (commit->txn) {
		/* What was remembered may have been of leaves that are none now. */
		wv_references_forget(&commit->store->references);
		wv_before_forget(&commit->store->before);
		wv_txn_abort(&commit->txn);
	}
}

static enum wv_status finish(struct commit *commit, uint64_t first_leaf, struct wv_err *err)
{
	struct wv_store_totals *totals = &commit->state.totals;
	const struct wv_commit facts = {first_leaf, commit->state.next_leaf - first_leaf,
	                                commit->recorded};
	enum wv_status st = wv_packer_finish(&commit->packer, err);

	for (size_t i = 0; i < commit->store->hook_count && st == WV_OK; i++)
		st = commit->store->hooks[i].run(commit->txn, &facts,
		                                 commit->store->hooks[i].context, err);
	totals->last_recorded = commit->recorded;
	if (wv_time_is_none(totals->first_recorded))
		totals->first_recorded = commit->recorded;
	if (st == WV_OK)
		st = wv_state_put(commit->txn, &commit->state, err);
	if (st == WV_OK) {
		st = wv_txn_commit(&commit->txn, err);
		if (st != WV_OK) {
			wv_references_forget(&commit->store->references);
			wv_before_forget(&commit->store->before);
		}
	}
	return st;
}

/*
 * Tries all batches whose status is WV_OK. One that is itself at fault gets its status, and
 * *again asks for another try without it.
 */
static enum wv_status try_all(struct wv_store *store, struct wv_batch *const *batches, size_t count,
                              enum wv_status *statuses, struct wv_err *errs,
                              struct wv_time *recorded, bool *again, struct wv_err *err)
{
	struct commit commit = {0};
	uint64_t first_leaf;
	size_t bytes = 0, alive = 0;
	enum wv_status st;

	*again = false;
	for (size_t i = 0; i < count; i++)
		if (statuses[i] == WV_OK) {
			bytes += batches[i]->stored_bytes;
			alive++;
		}
	if (alive == 0)
		return WV_OK;
	st = begin(&commit, store, bytes, err);
	if (!commit.txn)
		return st;
	first_leaf = commit.state.next_leaf;
	for (size_t i = 0; i < count && st == WV_OK; i++) {
		if (statuses[i] != WV_OK)
			continue;
		st = add_batch(&commit, batches[i], &errs[i]);
		if (st == WV_OK)
			continue;
		if (is_of_all(st)) {
			if (err)
				*err = errs[i];
		} else {
			statuses[i] = st;
			*again = true;
		}
	}
	if (st == WV_OK)
		st = finish(&commit, first_leaf, err);
	*recorded = commit.recorded;
	end(&commit);
	return *again ? WV_OK : st;
}

enum wv_status wv_batch_commit(struct wv_store *store, struct wv_batch *const *batches,
                               size_t count, enum wv_status *statuses, struct wv_err *err)
{
	struct wv_err *errs = calloc(count ? count : 1, sizeof *errs);
	struct wv_err whole = WV_ERR_NONE;
	struct wv_time recorded = {0};
	enum wv_status st = WV_OK;
	bool again = count > 0;

	for (size_t i = 0; i < count; i++)
		statuses[i] = WV_OK;
	if (!errs) {
		st = wv_err_set(&whole, WV_NOMEM, "out of memory");
		again = false;
	}
	while (again)
		st = try_all(store, batches, count, statuses, errs, &recorded, &again, &whole);
	for (size_t i = 0; i < count; i++) {
		struct wv_batch_result result = result_of(batches[i], recorded);
		const struct wv_err *why = &whole;

		if (statuses[i] != WV_OK)
			why = &errs[i];
		else
			statuses[i] = st;
		if (batches[i]->done)
			batches[i]->done(statuses[i], statuses[i] == WV_OK ? &result : NULL, why,
			                 batches[i]->done_context);
	}
	free(errs);
	if (st != WV_OK && err)
		*err = whole;
	return st;
}
