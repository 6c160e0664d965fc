#include "archive/store/batch.h"

#include <stdlib.h>

#include "archive/store/base.h"
#include "archive/store/commit.h"
#include "archive/store/lookup.h"
#include "config/base/checked.h"
#include "config/base/inflate.h"
#include "config/base/limits.h"

#define ARENA_FIRST (4u * 1024u)   /* a capture's texts: hundreds of batches wait at once */
#define ARENA_CAP   (64u * WV_MIB) /* texts of the captures; bodies are not in it */
#define ARTICLE_CAP WV_LIMIT_BODY_BYTES_MAX

enum wv_status wv_batch_new(struct wv_store *store, struct wv_batch **out, struct wv_err *err)
{
	struct wv_batch *batch = calloc(1, sizeof *batch);
	enum wv_status st;

	if (!batch)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	batch->store = store;
	st = wv_arena_new_sized(ARENA_FIRST, ARENA_CAP, &batch->arena, err);
	if (st != WV_OK) {
		free(batch);
		return st;
	}
	*out = batch;
	return WV_OK;
}

void wv_batch_free(struct wv_batch **batch)
{
	struct wv_batch *b = *batch;

	if (!b)
		return;
	for (size_t i = 0; i < b->blob_count; i++)
		wv_blob_done(&b->blobs[i]);
	free(b->blobs);
	free(b->captures);
	free(b->results);
	free(b->readings);
	free(b->applies);
	wv_arena_free(&b->arena);
	free(b);
	*batch = NULL;
}

/* Room for one more item of `size` bytes; the new array, or NULL with the old one left alone. */
static void *one_more(void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 4, bytes;
	void *grown;

	if (count < *room)
		return items;
	if (!wv_mul(more, size, &bytes))
		return NULL;
	grown = realloc(items, bytes);
	if (grown)
		*room = more;
	return grown;
}

#define ONE_MORE(items, count, room)                                                               \
	__extension__({                                                                            \
		void *wv_grown_ = one_more((items), (count), (room), sizeof *(items));             \
		if (wv_grown_)                                                                     \
			(items) = wv_grown_;                                                       \
		wv_grown_ != NULL;                                                                 \
	})

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

/* Takes the blob, on failure too. */
static enum wv_status add_blob(struct wv_batch *batch, struct wv_blob *take_blob, size_t *index,
                               struct wv_err *err)
{
	if (!ONE_MORE(batch->blobs, batch->blob_count, &batch->blob_room)) {
		wv_blob_done(take_blob);
		return no_memory(err);
	}
	*index = batch->blob_count;
	batch->blobs[batch->blob_count++] = *take_blob;
	batch->stored_bytes += take_blob->stored.n;
	return WV_OK;
}

static enum wv_status is_stored(struct wv_batch *batch, const struct wv_blob_key *key,
                                struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_blob_row row;
	enum wv_status st = wv_store_begin_read(batch->store, &txn, err);

	return st == WV_OK ? wv_blob_find(txn, key, &row, err) : st;
}

/* Prepares bytes that are not in the archive yet; *index stays WV_NO_BLOB for those that are. */
static enum wv_status add_bytes(struct wv_batch *batch, enum wv_blob_class kind,
                                const struct wv_digest *digest, struct wv_slice bytes,
                                size_t *index, struct wv_err *err)
{
	const struct wv_blob_key key = {kind, *digest};
	struct wv_blob blob;
	enum wv_status st = is_stored(batch, &key, err);

	if (st != WV_NO)
		return st;
	st = wv_blob_prepare(kind, digest, bytes, &blob, err);
	return st == WV_OK ? add_blob(batch, &blob, index, err) : st;
}

/* The body as a delta to what it is most like, or only to a version of its own page; WV_NO: to
 * nothing. */
static enum wv_status prepare_delta(struct wv_batch *batch, const struct wv_capture *capture,
                                    struct wv_slice raw, bool is_version_only, struct wv_blob *out,
                                    struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	struct wv_blob_base base;
	struct wv_base_choice choice;
	enum wv_status st = wv_store_begin_read(batch->store, &txn, err);

	wv_buf_init(&bytes, WV_LIMIT_BODY_BYTES_MAX + 1);
	if (st == WV_OK)
		st = (is_version_only ? wv_base_find_version : wv_base_find)(txn, capture, raw.n,
		                                                             &choice, err);
	if (st == WV_OK)
		st = wv_base_read(txn, &choice, &bytes, &base, err);
	wv_txn_abort(&txn);
	if (st != WV_OK)
		return st;
	return wv_blob_prepare_delta(WV_BLOB_BODY, &capture->body, raw, &base, out, err);
}

static enum wv_status add_delta(struct wv_batch *batch, struct wv_prepared_capture *prepared,
                                struct wv_slice raw, struct wv_err *err)
{
	const struct wv_blob_key key = {WV_BLOB_BODY, prepared->capture.body};
	struct wv_blob blob;
	enum wv_status st = is_stored(batch, &key, err);

	if (st != WV_NO)
		return st;
	/* A damaged base is `verify`'s to tell; what comes in now is kept without it. */
	st = prepare_delta(batch, &prepared->capture, raw, false, &blob, NULL);
	if (st != WV_OK)
		st = wv_blob_prepare(WV_BLOB_BODY, &key.digest, raw, &blob, err);
	return st == WV_OK ? add_blob(batch, &blob, &prepared->body_blob, err) : st;
}

/* Do the encoded bytes give the body? Then they are stored alone, and the body comes from them. */
static bool gives_body(const struct wv_batch_body *body)
{
	const struct wv_inflate_caps caps = {
		.out_bytes = body->bytes.n, .ratio = UINT32_MAX, .ratio_free = body->bytes.n};
	bool is_gzip = body->wire.n > 1 && body->wire.p[0] == 0x1f && body->wire.p[1] == 0x8b;
	WV_AUTO(wv_buf_done) struct wv_buf out = {0};

	if (body->coding == WV_WIRE_OTHER || is_gzip != (body->coding == WV_WIRE_GZIP))
		return false;
	if (body->wire_gives_bytes)
		return true;
	wv_buf_init(&out, body->bytes.n + 1);
	return wv_inflate_all(is_gzip ? WV_INFLATE_GZIP : WV_INFLATE_DEFLATE, caps, body->wire,
	                      &out, NULL) == WV_OK &&
	       wv_slice_equals(wv_buf_slice(&out), body->bytes);
}

static enum wv_status add_wire(struct wv_batch *batch, struct wv_prepared_capture *prepared,
                               const struct wv_batch_body *body, struct wv_err *err)
{
	struct wv_capture *capture = &prepared->capture;
	struct wv_digest digest = body->is_hashed ? capture->encoded : wv_digest_of(body->wire);
	enum wv_status st;

	if (!capture->has_encoded || !wv_digest_equals(&digest, &capture->encoded))
		return wv_err_set(err, WV_BUG, "encoded bytes do not have the capture's digest");
	capture->encoded_bytes = body->wire.n;
	st = add_bytes(batch, WV_BLOB_WIRE, &digest, body->wire, &prepared->wire_blob, err);
	if (st != WV_OK || !gives_body(body))
		return st;
	/* Even where the encoded bytes were there already, the body may not be. */
	st = is_stored(batch, &(struct wv_blob_key){WV_BLOB_BODY, capture->body}, err);
	if (st == WV_NO) {
		struct wv_blob blob = {
			.key = {WV_BLOB_BODY, capture->body},
			.row = {.kind = WV_STORED_WIRE,
		                .raw_bytes = body->bytes.n,
		                .cost = body->bytes.n,
		                .depth = 1,
		                .has_base = true,
		                .base = {WV_BLOB_WIRE, digest}},
		};

		wv_buf_init(&blob.stored, 1);
		st = add_blob(batch, &blob, &prepared->body_blob, err);
	}
	return st;
}

/*
 * A further version of a page is small as a delta, much smaller than what the server sent; a first
 * one is not, and deflating it again would cost more than all else that is done with a page.
 * WV_NO: it is to be stored as it came.
 */
static enum wv_status add_version(struct wv_batch *batch, struct wv_prepared_capture *prepared,
                                  struct wv_slice raw, struct wv_err *err)
{
	const struct wv_blob_key key = {WV_BLOB_BODY, prepared->capture.body};
	struct wv_blob blob;
	enum wv_status st = is_stored(batch, &key, err);

	if (st != WV_NO)
		return st;
	st = prepare_delta(batch, &prepared->capture, raw, true, &blob, NULL);
	return st == WV_OK ? add_blob(batch, &blob, &prepared->body_blob, err) : WV_NO;
}

static enum wv_status add_body(struct wv_batch *batch, struct wv_prepared_capture *prepared,
                               const struct wv_batch_body *body, struct wv_err *err)
{
	struct wv_capture *capture = &prepared->capture;
	enum wv_status st = WV_OK;

	if (body->bytes.n > WV_LIMIT_BODY_BYTES_MAX || body->wire.n > WV_LIMIT_BODY_BYTES_MAX)
		return wv_err_set(err, WV_LIMIT, "body above %u bytes", WV_LIMIT_BODY_BYTES_MAX);
	capture->has_body = true;
	if (!body->is_hashed)
		capture->body = wv_digest_of(body->bytes);
	capture->body_bytes = body->bytes.n;
	if (body->wire.n && body->wants_delta && body->wire_may_go) {
		st = add_version(batch, prepared, body->bytes, err);
		if (st != WV_NO)
			return st;
	}
	prepared->coding = body->coding;
	prepared->has_wire = body->wire.n > 0;
	prepared->wire_may_go = body->wire_may_go;
	if (body->wire.n)
		st = add_wire(batch, prepared, body, err);
	else if (body->wants_delta)
		return add_delta(batch, prepared, body->bytes, err);
	if (st == WV_OK && prepared->body_blob == WV_NO_BLOB)
		st = add_bytes(batch, WV_BLOB_BODY, &capture->body, body->bytes,
		               &prepared->body_blob, err);
	return st;
}

static enum wv_status prepare_article(struct wv_batch *batch, const struct wv_article *article,
                                      struct wv_prepared_article *out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf record = {0};
	struct wv_article_row row = {.verdict = (uint8_t)article->verdict,
	                             .extractor = article->extractor,
	                             .model = article->model};
	size_t blob = WV_NO_BLOB;
	enum wv_status st;

	WV_ASSERT((unsigned)article->verdict < WV_VERDICT_COUNT);
	wv_buf_init(&record, ARTICLE_CAP);
	st = wv_article_encode(article, &record, err);
	if (st == WV_OK && article->verdict == WV_VERDICT_ARTICLE) {
		row.has_key = true;
		st = wv_arena_new(4 * ARTICLE_CAP, &scratch, err);
		if (st == WV_OK)
			st = wv_article_key(article, scratch, &row.key, err);
	}
	if (st != WV_OK)
		return st;
	row.record = wv_digest_of(wv_buf_slice(&record));
	row.record_bytes = record.n;
	row.category = wv_arena_copy(batch->arena, article->category);
	row.language = wv_arena_copy(batch->arena, article->language);
	if (row.category.n != article->category.n || row.language.n != article->language.n)
		return no_memory(err);
	st = add_bytes(batch, WV_BLOB_ARTICLE, &row.record, wv_buf_slice(&record), &blob, err);
	if (st == WV_OK)
		*out = (struct wv_prepared_article){row, blob};
	return st;
}

static enum wv_status check(const struct wv_capture *c, struct wv_err *err)
{
	if (c->url.n == 0 || c->url.n > WV_LIMIT_URL_BYTES)
		return wv_err_set(err, WV_LIMIT, "a capture's url has %zu bytes (1 to %u)",
		                  c->url.n, WV_LIMIT_URL_BYTES);
	if (c->page_key.n == 0 || c->page_key.n > WV_LIMIT_PAGE_KEY_BYTES)
		return wv_err_set(err, WV_LIMIT, "a page key has %zu bytes (1 to %u)",
		                  c->page_key.n, WV_LIMIT_PAGE_KEY_BYTES);
	if (c->headers.n > WV_LIMIT_HEADER_BYTES || c->request.n > WV_LIMIT_HEADER_BYTES)
		return wv_err_set(err, WV_LIMIT, "a header block is above %u bytes",
		                  WV_LIMIT_HEADER_BYTES);
	if (c->source.n > WV_SOURCE_NAME_MAX)
		return wv_err_set(err, WV_LIMIT, "a source name is above %d bytes",
		                  WV_SOURCE_NAME_MAX);
	/* Together with the header blocks they stay within one record's texts. */
	if (c->mime.n > WV_LIMIT_URL_BYTES || c->address.n > WV_LIMIT_URL_BYTES ||
	    c->location.n > WV_LIMIT_URL_BYTES || c->basis.n > WV_LIMIT_URL_BYTES ||
	    c->reason.n > WV_LIMIT_URL_BYTES)
		return wv_err_set(err, WV_LIMIT, "a text of a capture is above %u bytes",
		                  WV_LIMIT_URL_BYTES);
	if (!wv_time_is_possible(c->captured))
		return wv_err_set(err, WV_LIMIT, "a capture of no possible time");
	WV_ASSERT((unsigned)c->verdict < WV_VERDICT_COUNT);
	return WV_OK;
}

static enum wv_status copy_texts(struct wv_arena *arena, struct wv_capture *capture,
                                 struct wv_err *err)
{
	struct wv_slice *const texts[] = {
		&capture->url,     &capture->page_key, &capture->reason,  &capture->basis,
		&capture->source,  &capture->headers,  &capture->request, &capture->mime,
		&capture->address, &capture->location,
	};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		struct wv_slice copy = wv_arena_copy(arena, *texts[i]);

		if (copy.n != texts[i]->n)
			return no_memory(err);
		*texts[i] = copy;
	}
	return WV_OK;
}

enum wv_status wv_batch_add_capture(struct wv_batch *batch, const struct wv_capture *capture,
                                    const struct wv_batch_body *body,
                                    const struct wv_article *article, size_t *index,
                                    struct wv_err *err)
{
	struct wv_prepared_capture prepared = {
		.capture = *capture, .body_blob = WV_NO_BLOB, .wire_blob = WV_NO_BLOB};
	enum wv_status st = check(capture, err);

	if (st == WV_OK &&
	    (!ONE_MORE(batch->captures, batch->capture_count, &batch->capture_room) ||
	     !ONE_MORE(batch->results, batch->capture_count, &batch->result_room)))
		return no_memory(err);
	if (st == WV_OK)
		st = copy_texts(batch->arena, &prepared.capture, err);
	if (st == WV_OK && body)
		st = add_body(batch, &prepared, body, err);
	if (st == WV_OK && article) {
		prepared.has_article = true;
		st = prepare_article(batch, article, &prepared.article, err);
	}
	if (st != WV_OK)
		return st;
	if (index)
		*index = batch->capture_count;
	batch->captures[batch->capture_count++] = prepared;
	return WV_OK;
}

enum wv_status wv_batch_add_article(struct wv_batch *batch, uint64_t capture_id,
                                    const struct wv_article *article, struct wv_err *err)
{
	struct wv_prepared_reading reading = {.capture_id = capture_id};
	enum wv_status st;

	if (!ONE_MORE(batch->readings, batch->reading_count, &batch->reading_room))
		return no_memory(err);
	st = prepare_article(batch, article, &reading.article, err);
	if (st == WV_OK)
		batch->readings[batch->reading_count++] = reading;
	return st;
}

enum wv_status wv_batch_add_apply(struct wv_batch *batch, wv_batch_apply apply, void *context,
                                  struct wv_err *err)
{
	if (!ONE_MORE(batch->applies, batch->apply_count, &batch->apply_room))
		return no_memory(err);
	batch->applies[batch->apply_count++] = (struct wv_prepared_apply){apply, context};
	return WV_OK;
}

void wv_batch_on_done(struct wv_batch *batch, wv_batch_done done, void *context)
{
	batch->done = done;
	batch->done_context = context;
}

size_t wv_batch_bytes(const struct wv_batch *batch)
{
	return batch->stored_bytes + wv_arena_used_bytes(batch->arena);
}
