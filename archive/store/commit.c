#include "archive/store/commit.h"

#include <stdlib.h>

#include "archive/store/load.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

#define CAPTURE_ROW_CAP (5u * WV_LIMIT_HEADER_BYTES)
#define LEAF_CAP        (8u * WV_LIMIT_HEADER_BYTES)
#define SMALL_ROW_CAP   (WV_LIMIT_PAGE_KEY_BYTES + WV_LIMIT_URL_BYTES + 512u)
/* Texts shorter than this are no dictionary: a failure without headers. */
#define REFERENCE_MIN   200u

/* One transaction being filled. */
struct commit {
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_state state;
	struct wv_time recorded;
	struct wv_packer packer;
	struct wv_loader loader;
	struct wv_buf row, leaf, scratch; /* reset before each use */
	uint64_t stored_before;           /* packer's total when the batch began */
};

static struct wv_slice u64_key(uint64_t number, unsigned char key[8])
{
	wv_key_of_u64(number, key);
	return wv_slice(key, 8);
}

/* --- references: whose texts are the dictionary for the next of their host --- */

static void forget_one(struct wv_reference *slot)
{
	free((void *)(uintptr_t)slot->host.p);
	free((void *)(uintptr_t)slot->texts.p);
	*slot = (struct wv_reference){0};
}

void wv_references_forget(struct wv_references *references)
{
	for (size_t i = 0; i < WV_REFERENCES; i++)
		forget_one(&references->slots[i]);
}

/* "com,example)" of "com,example)/path"; the whole where there is no ")". */
static struct wv_slice host_of(struct wv_slice page_key)
{
	size_t at = wv_slice_find_byte(page_key, ')', 0);

	return at == SIZE_MAX ? page_key : wv_slice_part(page_key, 0, at + 1);
}

static struct wv_reference *known_reference(struct wv_references *references, struct wv_slice host)
{
	for (size_t i = 0; i < WV_REFERENCES; i++)
		if (references->slots[i].host.n &&
		    wv_slice_equals(references->slots[i].host, host)) {
			references->slots[i].used = ++references->clock;
			return &references->slots[i];
		}
	return NULL;
}

static struct wv_slice own_copy(struct wv_slice s)
{
	unsigned char *copy = malloc(s.n ? s.n : 1);

	if (!copy)
		return WV_SLICE_NONE;
	if (s.n)
		memcpy(copy, s.p, s.n);
	return wv_slice(copy, s.n);
}

/* Keeps the texts for the host, in place of its old ones or of the longest unused. Out of memory
 * only costs a dictionary. */
static struct wv_reference *remember(struct wv_references *references, struct wv_slice host,
                                     uint64_t id, struct wv_slice texts)
{
	struct wv_reference *slot = known_reference(references, host);
	struct wv_reference made = {own_copy(host), id, own_copy(texts), ++references->clock};

	if (!made.host.p || !made.texts.p) {
		forget_one(&made);
		return NULL;
	}
	for (size_t i = 0; !slot && i < WV_REFERENCES; i++)
		if (references->slots[i].host.n == 0)
			slot = &references->slots[i];
	if (!slot) {
		slot = &references->slots[0];
		for (size_t i = 1; i < WV_REFERENCES; i++)
			if (references->slots[i].used < slot->used)
				slot = &references->slots[i];
	}
	forget_one(slot);
	*slot = made;
	return slot;
}

/* The newest capture of a page names a reference, or is one. WV_NO: the page has none. */
static enum wv_status reference_of_page(struct commit *commit, uint64_t page, uint64_t *id,
                                        struct wv_err *err)
{
	const struct wv_capture_key top = {page, {INT64_MAX}, UINT64_MAX};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_capture_context context;
	struct wv_capture_key found;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(commit->txn, WV_TABLE_CAPTURES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_capture(&top, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_key_read_capture(key, &found) || found.page != page)
		return WV_NO;
	st = wv_record_capture_peek(&found, value, &context, NULL, err);
	if (st == WV_OK)
		*id = context.has_reference ? context.reference : found.id;
	return st;
}

/* After a restart: the nearest page of the host in key order has a capture to go on from. */
static enum wv_status neighbour(struct commit *commit, struct wv_slice page_key, uint64_t *page,
                                struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice host = host_of(page_key), key, value;
	enum wv_status st = wv_walk_begin(commit->txn, WV_TABLE_PAGES, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek_before(walk, page_key, &key, &value, err);
	if (st == WV_OK && wv_slice_equals(key, page_key))
		st = wv_walk_previous(walk, &key, &value, err);
	if (st == WV_NO || (st == WV_OK && !wv_slice_starts(key, host))) {
		st = wv_walk_seek(walk, page_key, &key, &value, err);
		if (st == WV_OK && wv_slice_equals(key, page_key))
			st = wv_walk_next(walk, &key, &value, err);
	}
	if (st != WV_OK)
		return st;
	if (!wv_slice_starts(key, host))
		return WV_NO;
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "the row of a page does not decode");
	*page = wv_load_u64_be(value.p);
	return WV_OK;
}

/* *out is NULL where there is nothing to refer to. */
static enum wv_status find_reference(struct commit *commit, const struct wv_capture *capture,
                                     const struct wv_reference **out, struct wv_err *err)
{
	struct wv_references *references = &commit->store->references;
	struct wv_slice host = host_of(capture->page_key);
	uint64_t page = capture->page, id = 0;
	enum wv_status st;

	*out = known_reference(references, host);
	if (*out)
		return WV_OK;
	st = reference_of_page(commit, page, &id, err);
	if (st == WV_NO) {
		st = neighbour(commit, capture->page_key, &page, err);
		if (st == WV_OK)
			st = reference_of_page(commit, page, &id, err);
	}
	if (st == WV_OK)
		st = wv_loader_texts(&commit->loader, id, err);
	if (st == WV_OK && commit->loader.texts.n >= REFERENCE_MIN)
		*out = remember(references, host, id, wv_buf_slice(&commit->loader.texts));
	return st == WV_NO ? WV_OK : st;
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
                                   uint64_t stored_bytes, uint32_t *source, struct wv_err *err)
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
		                    source_name_key(capture->source, name),
		                    u64_key(*source, bytes), err);
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
	row.stored_bytes += stored_bytes;
	wv_buf_reset(&commit->row);
	wv_record_source_encode(&row, &commit->row);
	st = wv_buf_finish(&commit->row, "row of a source", err);
	if (st != WV_OK)
		return st;
	return wv_txn_put(commit->txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
	                  wv_buf_slice(&commit->row), err);
}

/* --- what came before on the page --- */

struct before {
	bool has_previous, has_version, has_body, has_same;
	struct wv_capture previous; /* the newest */
	struct wv_capture version;  /* the newest that is a version */
	struct wv_capture body;     /* the newest that stands, with a body: what a 304 confirms */
	struct wv_capture same;     /* the newest with this body */
	bool has_last;
	struct wv_digest last;      /* body of the newest with any */
};

/*
 * Walks back until everything asked for is found. Only facts are read, no texts. `same` is looked
 * for through the whole page where the body is not new to the archive.
 */
static enum wv_status look_back(struct commit *commit, const struct wv_capture *capture,
                                bool wants_same, struct before *before, struct wv_err *err)
{
	const struct wv_capture_key from = {capture->page, capture->captured, capture->id};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(commit->txn, WV_TABLE_CAPTURES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_capture(&from, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_previous(walk, &key, &value, err)) {
		struct wv_capture_key found;
		struct wv_capture facts;

		if (!wv_key_read_capture(key, &found) || found.page != capture->page)
			return WV_OK;
		st = wv_record_capture_peek(&found, value, NULL, &facts, err);
		if (st == WV_OK && !(before->has_version && before->has_body))
			st = wv_capture_overlay(commit->txn, WV_TIME_NONE, &facts, err);
		if (st != WV_OK)
			return st;
		if (!before->has_previous)
			before->previous = facts;
		before->has_previous = true;
		if (!before->has_version && facts.has_version) {
			before->version = facts;
			before->has_version = true;
		}
		if (!before->has_last && facts.has_body) {
			before->last = facts.body;
			before->has_last = true;
		}
		if (!before->has_body && facts.has_body && wv_verdict_stands(facts.verdict) &&
		    (facts.status == 200 || facts.status == 304)) {
			before->body = facts;
			before->has_body = true;
		}
		if (!before->has_same && facts.has_body && facts.status != 0 && capture->has_body &&
		    wv_digest_equals(&facts.body, &capture->body)) {
			before->same = facts;
			before->has_same = true;
		}
		if (before->has_version && before->has_body && (before->has_same || !wants_same))
			return WV_OK;
	}
	return st == WV_NO ? WV_OK : st;
}

static void stand_for(struct wv_capture *capture, const struct wv_capture *target)
{
	capture->has_stands_for = true;
	capture->stands_for = target->has_stands_for ? target->stands_for : target->id;
}

/* Gives a 304, or a repeated body, what it stands for. */
static void inherit(struct wv_capture *capture, struct before *before)
{
	if (capture->flags & WV_CAPTURE_NOT_MODIFIED && !capture->has_body && before->has_body) {
		capture->has_body = true;
		capture->body = before->body.body;
		capture->body_bytes = before->body.body_bytes;
		before->same = before->body;
		before->has_same = true;
	}
	if (!before->has_same || (capture->status != 200 && capture->status != 304))
		return;
	stand_for(capture, &before->same);
	if (before->has_last && capture->status == 200 &&
	    wv_digest_equals(&before->last, &capture->body))
		capture->flags |= WV_CAPTURE_SAME_BODY;
}

static enum wv_status settle_version(struct commit *commit,
                                     const struct wv_prepared_capture *prepared,
                                     struct wv_capture *capture, struct wv_err *err)
{
	const struct wv_article_row *article = &prepared->article.row;

	capture->has_version = false;
	capture->extractor = 0;
	capture->model = 0;
	if (prepared->has_article) {
		capture->verdict = (enum wv_verdict)article->verdict;
		capture->extractor = article->extractor;
		capture->model = article->model;
		capture->has_version = wv_capture_version(
			capture, article->has_key ? &article->key : NULL, &capture->version);
		return WV_OK;
	}
	if (capture->has_stands_for) {
		bool takes_all = capture->verdict == WV_VERDICT_UNREAD ||
		                 capture->flags & WV_CAPTURE_NOT_MODIFIED;
		struct wv_capture target = {0};
		struct wv_capture_key key;
		struct wv_slice value;
		enum wv_status st = wv_capture_row_get(commit->txn, capture->stands_for, &key,
		                                       &value, err);

		if (st == WV_OK)
			st = wv_record_capture_peek(&key, value, NULL, &target, err);
		if (st == WV_OK)
			st = wv_capture_overlay(commit->txn, WV_TIME_NONE, &target, err);
		if (st != WV_OK && st != WV_NO)
			return st;
		/* One that was read for itself, with another verdict, keeps it. */
		if (st == WV_OK && (takes_all || capture->verdict == target.verdict)) {
			capture->verdict = target.verdict;
			capture->extractor = target.extractor;
			capture->model = target.model;
			capture->has_version = target.has_version;
			capture->version = target.version;
			return WV_OK;
		}
	}
	capture->has_version = wv_capture_version(capture, NULL, &capture->version);
	return WV_OK;
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
		st = find_reference(commit, capture, &reference, err);
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
	if (st == WV_OK && reference && commit->scratch.n >= REFERENCE_MIN &&
	    commit->row.n > commit->scratch.n / 2 + 128) {
		context.has_reference = false;
		wv_buf_reset(&commit->row);
		st = wv_record_capture_encode(capture, &context, &commit->row, err);
	}
	if (st != WV_OK)
		return st;
	if (!context.has_reference && commit->scratch.n >= REFERENCE_MIN)
		(void)remember(&commit->store->references, host_of(capture->page_key), capture->id,
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
	bool is_kept = prepared->wire_blob != WV_NO_BLOB;
	struct wv_encoded_row row;
	struct wv_slice value;
	enum wv_status st = wv_txn_get(commit->txn, WV_TABLE_ENCODED, key, &value, err);

	if (st != WV_OK && st != WV_NO)
		return st;
	if (st == WV_OK && !wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	/* The first that had it says which body it gave; later ones may add that it is kept. */
	if (st == WV_OK && (row.is_kept || !is_kept))
		return WV_OK;
	if (st == WV_NO)
		row = (struct wv_encoded_row){.coding = (uint8_t)prepared->coding,
		                              .body = capture->body,
		                              .body_bytes = capture->body_bytes,
		                              .encoded_bytes = capture->encoded_bytes};
	row.is_kept = is_kept;
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
	enum wv_status st = wv_article_row_newest(commit->txn, id, WV_TIME_NONE, &number, &newest,
	                                          err);

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
                                    const struct wv_capture *capture, uint64_t stored_bytes,
                                    struct wv_err *err)
{
	uint32_t source = 0;
	enum wv_status st = count_source(commit, capture, stored_bytes, &source, err);

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
	return st;
}

static enum wv_status add_capture(struct commit *commit, const struct wv_prepared_capture *prepared,
                                  struct wv_batch_capture *result, struct wv_err *err)
{
	struct wv_capture capture = prepared->capture;
	struct before before = {0};
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
		st = look_back(commit, &capture, capture.has_body && !result->is_new_body, &before,
		               err);
	if (st != WV_OK)
		return st;
	inherit(&capture, &before);
	st = settle_version(commit, prepared, &capture, err);
	if (st == WV_OK)
		st = write_capture(commit, prepared, &capture,
		                   commit->packer.stored_bytes - commit->stored_before, err);
	if (st != WV_OK)
		return st;
	commit->stored_before = commit->packer.stored_bytes;
	commit->state.totals.captures++;
	commit->state.totals.capture_bytes += capture.has_body ? capture.body_bytes : 0;
	result->has_version = capture.has_version;
	result->version = capture.version;
	result->is_new_version =
		capture.has_version && !(before.has_version && wv_digest_equals(&before.version.version,
	                                                                        &capture.version));
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
	for (size_t i = 0; i < batch->reading_count; i++) {
		const struct wv_prepared_reading *reading = &batch->readings[i];
		struct wv_capture_key key;
		struct wv_slice value;
		enum wv_status st = wv_capture_row_get(commit->txn, reading->capture_id, &key,
		                                       &value, err);

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

	commit->stored_before = commit->packer.stored_bytes;
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
	st = wv_state_get(commit->txn, &commit->state, err);
	if (st == WV_NO)
		st = wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	/* Strictly rising, also where the clock stands or steps back: a view at K stays as it is. */
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
		if (st != WV_OK)
			wv_references_forget(&commit->store->references);
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

enum wv_status wv_batch_commit(struct wv_store *store, struct wv_batch *const *batches, size_t count,
                               enum wv_status *statuses, struct wv_err *err)
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
