#include "archive/store/blob.h"

#include <stdlib.h>

#include "archive/store/batch.h"
#include "archive/store/codec.h"
#include "archive/store/delta.h"
#include "config/base/inflate.h"
#include "config/base/limits.h"

/* LMDB puts a value above 2 KiB on pages of its own; below, a segment would waste most of one. */
#define INLINE_BYTES 1800u
/* A segment and its row's checksum fill 64 pages of 4 KiB exactly: a page starts with 16 bytes. */
#define SEGMENT_BYTES   (WV_LIMIT_SEGMENT_BYTES - 16u - 4u)
#define SEGMENT_VERSION 1u
/* A blob row without its inlined bytes: two keys and eight numbers. */
#define BLOB_ROW_CAP 256u
/* The largest thing stored: an article of the largest body, with all it removed. */
#define BLOB_BYTES_MAX (2u * WV_LIMIT_BODY_BYTES_MAX)
#define STORED_SLACK   4096u
#define BUDGET_FACTOR  5u
#define BUDGET_MAX     (UINT64_C(16) * 1000 * 1000)
#define COPY_PART      4u
#define INFLATE_FACTOR 3u
/* Longer than any chain within the budget: a row's depth is not believed beyond. */
#define DEPTH_MAX 100000u

static const char *class_name(enum wv_blob_class kind)
{
	switch (kind) {
	case WV_BLOB_BODY:
		return "body";
	case WV_BLOB_WIRE:
		return "encoded body";
	case WV_BLOB_ARTICLE:
		return "article record";
	default:
		return "dictionary";
	}
}

static enum wv_status damaged(const struct wv_blob_key *key, const char *how, struct wv_err *err)
{
	char hex[WV_DIGEST_HEX_MAX];

	return wv_err_set(err, WV_DAMAGED, "%s %s %s", class_name(key->kind),
	                  wv_digest_print(&key->digest, hex), how);
}

enum wv_status wv_blob_prepare(enum wv_blob_class kind, const struct wv_digest *digest,
                               struct wv_slice raw, struct wv_blob *out, struct wv_err *err)
{
	struct wv_blob blob = {.key = {kind, *digest}};
	enum wv_status st = WV_OK;

	if (raw.n > BLOB_BYTES_MAX)
		return wv_err_set(err, WV_LIMIT, "%s of %zu bytes is too large", class_name(kind),
		                  raw.n);
	wv_buf_init(&blob.stored, raw.n + raw.n / 1000 + STORED_SLACK);
	blob.row.raw_bytes = raw.n;
	/* What came encoded does not shrink again. */
	blob.row.kind = kind == WV_BLOB_WIRE ? WV_STORED_RAW : WV_STORED_DEFLATE;
	if (blob.row.kind == WV_STORED_DEFLATE)
		st = wv_codec_deflate(raw, &blob.stored, err);
	if (st == WV_OK && (blob.row.kind == WV_STORED_RAW || blob.stored.n >= raw.n)) {
		blob.row.kind = WV_STORED_RAW;
		wv_buf_reset(&blob.stored);
		wv_buf_add(&blob.stored, raw);
		st = wv_buf_finish(&blob.stored, class_name(kind), err);
	}
	if (st != WV_OK) {
		wv_buf_done(&blob.stored);
		return st;
	}
	blob.row.stored_bytes = blob.stored.n;
	blob.row.cost = blob.row.kind == WV_STORED_DEFLATE ? raw.n : 0;
	*out = blob;
	return WV_OK;
}

uint64_t wv_blob_budget(uint64_t raw_bytes)
{
	return raw_bytes < BUDGET_MAX / BUDGET_FACTOR ? raw_bytes * BUDGET_FACTOR : BUDGET_MAX;
}

uint64_t wv_blob_delta_cost(uint64_t base_cost, uint64_t raw_bytes, uint64_t inflated)
{
	return base_cost + raw_bytes / COPY_PART + inflated * INFLATE_FACTOR;
}

/* WV_NO: too long a way to restore. */
static enum wv_status make_delta(const struct wv_blob_base *base, struct wv_slice raw,
                                 struct wv_blob *blob, uint64_t *added, struct wv_err *err)
{
	enum wv_status st;

	blob->row = (struct wv_blob_row){.kind = WV_STORED_DELTA,
	                                 .raw_bytes = raw.n,
	                                 .depth = base->depth + 1,
	                                 .has_base = true,
	                                 .base = base->key,
	                                 .rank = base->rank};
	wv_buf_init(&blob->stored, 2 * raw.n + STORED_SLACK);
	st = wv_delta_encode(base->bytes, raw, &blob->stored, err);
	if (st == WV_OK && !wv_delta_inflated(wv_buf_slice(&blob->stored), added))
		st = wv_err_set(err, WV_BUG, "a delta does not read back");
	blob->row.cost = wv_blob_delta_cost(base->cost, raw.n, *added);
	blob->row.stored_bytes = blob->stored.n;
	if (st == WV_OK && blob->row.cost > wv_blob_budget(raw.n))
		st = WV_NO;
	if (st != WV_OK)
		wv_buf_done(&blob->stored);
	return st;
}

enum wv_status wv_blob_prepare_delta(enum wv_blob_class kind, const struct wv_digest *digest,
                                     struct wv_slice raw, const struct wv_blob_base *base,
                                     struct wv_blob *out, struct wv_err *err)
{
	struct wv_blob delta = {.key = {kind, *digest}}, whole;
	uint64_t added = 0;
	enum wv_status st = WV_NO;

	if (raw.n && base->bytes.n && base->bytes.n <= BLOB_BYTES_MAX && raw.n <= BLOB_BYTES_MAX &&
	    base->depth < DEPTH_MAX && base->cost < wv_blob_budget(raw.n))
		st = make_delta(base, raw, &delta, &added, err);
	if (st == WV_NO)
		return wv_blob_prepare(kind, digest, raw, out, err);
	/* Where a good part had to be added, or little is gained at all, the other way is tried. */
	if (st == WV_OK && added > raw.n / 2) {
		st = wv_blob_prepare(kind, digest, raw, &whole, err);
		if (st == WV_OK && delta.stored.n > whole.stored.n - whole.stored.n / 10) {
			wv_blob_done(&delta);
			*out = whole;
			return WV_OK;
		}
		if (st == WV_OK)
			wv_blob_done(&whole);
		else
			wv_blob_done(&delta);
	}
	if (st == WV_OK)
		*out = delta;
	return st;
}

void wv_blob_done(struct wv_blob *blob)
{
	wv_buf_done(&blob->stored);
}

enum wv_status wv_blob_find(struct wv_txn *txn, const struct wv_blob_key *key,
                            struct wv_blob_row *row, struct wv_err *err)
{
	unsigned char bytes[WV_KEY_BODY_BYTES];
	struct wv_slice value;
	enum wv_status st;

	wv_key_of_blob(key, bytes);
	st = wv_txn_get(txn, WV_TABLE_BODIES, wv_slice(bytes, sizeof bytes), &value, err);
	if (st != WV_OK)
		return st;
	if (!wv_record_blob_decode(value, row))
		return damaged(key, "has a row that does not decode", err);
	return WV_OK;
}

enum wv_status wv_blob_stored(struct wv_txn *txn, const struct wv_blob_key *key,
                              const struct wv_blob_row *row, struct wv_slice *out,
                              struct wv_err *err)
{
	unsigned char number[8];
	struct wv_slice segment;
	enum wv_status st;

	if (row->kind == WV_STORED_WIRE && row->stored_bytes == 0) {
		*out = WV_SLICE_NONE;
		return WV_OK;
	}
	if (row->is_inline) {
		*out = row->inlined;
		return WV_OK;
	}
	wv_key_of_u64(row->segment, number);
	st = wv_txn_get(txn, WV_TABLE_SEGMENTS, wv_slice(number, sizeof number), &segment, err);
	if (st == WV_NO)
		return damaged(key, "lies in a segment that is not there", err);
	if (st != WV_OK)
		return st;
	if (row->offset == 0 || row->offset > segment.n ||
	    row->stored_bytes > segment.n - row->offset || segment.p[0] != SEGMENT_VERSION)
		return damaged(key, "lies outside its segment", err);
	*out = wv_slice_part(segment, (size_t)row->offset, (size_t)row->stored_bytes);
	return WV_OK;
}

/* A body that comes out of the encoded bytes as the server sent them. */
static enum wv_status read_wire(struct wv_txn *txn, const struct wv_blob_key *key,
                                const struct wv_blob_row *row, struct wv_buf *out,
                                struct wv_err *err)
{
	const struct wv_inflate_caps caps = {
		.out_bytes = row->raw_bytes, .ratio = UINT32_MAX, .ratio_free = row->raw_bytes};
	struct wv_blob_row wire_row = {0};
	struct wv_slice stored;
	enum wv_inflate_form form;
	enum wv_status st;

	if (!row->has_base || row->base.kind != WV_BLOB_WIRE)
		return damaged(key, "has no encoded bytes to come from", err);
	st = wv_blob_find(txn, &row->base, &wire_row, err);
	if (st == WV_NO)
		return damaged(key, "comes from encoded bytes that are not there", err);
	if (st == WV_OK)
		st = wv_blob_stored(txn, &row->base, &wire_row, &stored, err);
	if (st != WV_OK)
		return st;
	if (wire_row.kind != WV_STORED_RAW)
		return damaged(&row->base, "is stored in no known way", err);
	form = stored.n > 1 && stored.p[0] == 0x1f && stored.p[1] == 0x8b ? WV_INFLATE_GZIP
	                                                                  : WV_INFLATE_DEFLATE;
	st = wv_inflate_all(form, caps, stored, out, err);
	if (st == WV_BAD_INPUT || st == WV_LIMIT)
		return damaged(key, "does not come out of its encoded bytes", err);
	return st;
}

static enum wv_status decode_alone(struct wv_txn *txn, const struct wv_blob_key *key,
                                   const struct wv_blob_row *row, struct wv_buf *out,
                                   struct wv_err *err)
{
	struct wv_slice stored = WV_SLICE_NONE;
	enum wv_status st;

	if (row->kind == WV_STORED_WIRE)
		return read_wire(txn, key, row, out, err);
	st = wv_blob_stored(txn, key, row, &stored, err);
	if (st != WV_OK)
		return st;
	switch (row->kind) {
	case WV_STORED_RAW:
		wv_buf_add(out, stored);
		return wv_buf_finish(out, class_name(key->kind), err);
	case WV_STORED_DEFLATE:
		st = wv_codec_inflate(stored, (size_t)row->raw_bytes, out, err);
		return st == WV_DAMAGED ? damaged(key, "does not decode", err) : st;
	default:
		return damaged(key, "is stored in a way this program does not know", err);
	}
}

/* --- deltas: the way from a keyframe up --- */

struct step {
	struct wv_blob_key key;
	struct wv_blob_row row;
};

struct way {
	struct step *steps; /* the string itself first, what stands alone last */
	size_t n, room;
};

static bool add_step(struct way *way, const struct step *step)
{
	if (way->n == way->room) {
		size_t room = way->room ? way->room * 2 : 16;
		struct step *grown = realloc(way->steps, room * sizeof *grown);

		if (!grown)
			return false;
		way->steps = grown;
		way->room = room;
	}
	way->steps[way->n++] = *step;
	return true;
}

/* Each base is less deep than what is built on it, so that no row can lead in a circle. */
static enum wv_status find_way(struct wv_txn *txn, const struct wv_blob_key *key, struct way *way,
                               struct wv_err *err)
{
	struct step step = {.key = *key};
	enum wv_status st = wv_blob_find(txn, key, &step.row, err);

	while (st == WV_OK) {
		struct step base = {.key = step.row.base};

		if (step.row.raw_bytes > BLOB_BYTES_MAX)
			return damaged(&step.key, "has an impossible size", err);
		if (!add_step(way, &step))
			return wv_err_set(err, WV_NOMEM, "out of memory");
		if (step.row.kind != WV_STORED_DELTA)
			return WV_OK;
		if (!step.row.has_base || step.row.has_context)
			return damaged(&step.key, "is a delta to nothing known", err);
		st = wv_blob_find(txn, &base.key, &base.row, err);
		if (st == WV_NO)
			return damaged(&step.key, "is a delta to bytes that are not there", err);
		if (st == WV_OK && base.row.depth >= step.row.depth)
			return damaged(&step.key, "is a delta to something deeper", err);
		step = base;
	}
	return st;
}

static enum wv_status decode_delta(struct wv_txn *txn, const struct step *step,
                                   struct wv_slice reference, struct wv_buf *out,
                                   struct wv_err *err)
{
	struct wv_slice stored;
	enum wv_status st = wv_blob_stored(txn, &step->key, &step->row, &stored, err);

	if (st == WV_OK)
		st = wv_delta_decode(reference, stored, (size_t)step->row.raw_bytes, out, err);
	return st == WV_DAMAGED ? damaged(&step->key, "does not decode", err) : st;
}

static enum wv_status walk_way(struct wv_txn *txn, const struct way *way, struct wv_buf *out,
                               struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf below = {0};
	WV_AUTO(wv_buf_done) struct wv_buf above = {0};
	const struct step *last = &way->steps[way->n - 1];
	enum wv_status st;

	if (way->n == 1)
		return decode_alone(txn, &last->key, &last->row, out, err);
	wv_buf_init(&below, BLOB_BYTES_MAX + 1);
	wv_buf_init(&above, BLOB_BYTES_MAX + 1);
	st = decode_alone(txn, &last->key, &last->row, &below, err);
	for (size_t i = way->n - 1; i-- > 1 && st == WV_OK;) {
		struct wv_buf swap = above;

		wv_buf_reset(&swap);
		st = decode_delta(txn, &way->steps[i], wv_buf_slice(&below), &swap, err);
		above = below;
		below = swap;
	}
	if (st == WV_OK)
		st = decode_delta(txn, &way->steps[0], wv_buf_slice(&below), out, err);
	return st;
}

enum wv_status wv_blob_read(struct wv_txn *txn, const struct wv_blob_key *key, struct wv_buf *out,
                            struct wv_err *err)
{
	struct way way = {0};
	struct wv_digest digest;
	size_t before = out->n;
	enum wv_status st = find_way(txn, key, &way, err);

	if (st == WV_OK)
		st = walk_way(txn, &way, out, err);
	if (st == WV_OK) {
		digest = wv_digest_of(wv_slice_from(wv_buf_slice(out), before));
		if (!wv_digest_equals(&digest, &key->digest))
			st = damaged(key, "has the wrong digest", err);
	}
	if (st != WV_OK)
		out->n = before;
	free(way.steps);
	return st;
}

void wv_packer_init(struct wv_packer *packer, struct wv_txn *txn, struct wv_state *state,
                    size_t expected_bytes)
{
	*packer = (struct wv_packer){.txn = txn, .state = state};
	packer->is_inline = expected_bytes <= INLINE_BYTES;
	wv_buf_init(&packer->segment, BLOB_BYTES_MAX + STORED_SLACK);
}

void wv_packer_done(struct wv_packer *packer)
{
	wv_buf_done(&packer->segment);
}

enum wv_status wv_packer_finish(struct wv_packer *packer, struct wv_err *err)
{
	unsigned char number[8];
	enum wv_status st;

	if (packer->segment.n == 0)
		return WV_OK;
	st = wv_buf_finish(&packer->segment, "segment", err);
	if (st != WV_OK)
		return st;
	wv_key_of_u64(packer->state->next_segment, number);
	st = wv_txn_append(packer->txn, WV_TABLE_SEGMENTS, wv_slice(number, sizeof number),
	                   wv_buf_slice(&packer->segment), err);
	if (st != WV_OK)
		return st;
	packer->state->next_segment++;
	wv_buf_reset(&packer->segment);
	return WV_OK;
}

/* The place of n bytes in the open segment, which is closed first where they do not fit. */
static enum wv_status place(struct wv_packer *packer, struct wv_slice bytes,
                            struct wv_blob_row *row, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (packer->segment.n &&
	    (packer->segment.n > SEGMENT_BYTES || bytes.n > SEGMENT_BYTES - packer->segment.n))
		st = wv_packer_finish(packer, err);
	if (st != WV_OK)
		return st;
	if (packer->segment.n == 0)
		wv_buf_add_byte(&packer->segment, SEGMENT_VERSION);
	row->segment = packer->state->next_segment;
	row->offset = packer->segment.n;
	wv_buf_add(&packer->segment, bytes);
	return wv_buf_finish(&packer->segment, "segment", err);
}

static void count(struct wv_store_totals *totals, const struct wv_blob *blob)
{
	totals->records[blob->row.kind]++;
	totals->stored[blob->row.kind] += blob->stored.n;
	if (blob->key.kind == WV_BLOB_BODY) {
		totals->bodies++;
		totals->body_bytes += blob->row.raw_bytes;
	} else if (blob->key.kind == WV_BLOB_ARTICLE) {
		totals->article_bytes += blob->row.raw_bytes;
	}
}

static void take(uint64_t *total, uint64_t part)
{
	*total -= part < *total ? part : *total;
}

void wv_totals_forget(struct wv_store_totals *totals, const struct wv_blob_key *key,
                      const struct wv_blob_row *row)
{
	take(&totals->records[row->kind], 1);
	take(&totals->stored[row->kind], row->stored_bytes);
	if (key->kind == WV_BLOB_BODY) {
		take(&totals->bodies, 1);
		take(&totals->body_bytes, row->raw_bytes);
	} else if (key->kind == WV_BLOB_ARTICLE) {
		take(&totals->article_bytes, row->raw_bytes);
	}
}

/* Places the bytes and writes the row, over one that is there. */
static enum wv_status put_blob(struct wv_packer *packer, const struct wv_blob *blob,
                               struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	unsigned char key[WV_KEY_BODY_BYTES];
	struct wv_blob_row row = blob->row;
	enum wv_status st = WV_OK;

	wv_key_of_blob(&blob->key, key);
	row.is_inline = packer->is_inline || blob->stored.n == 0;
	row.stored_bytes = blob->stored.n;
	if (row.is_inline)
		row.inlined = wv_buf_slice(&blob->stored);
	else
		st = place(packer, wv_buf_slice(&blob->stored), &row, err);
	if (st != WV_OK)
		return st;
	wv_buf_init(&value, BLOB_ROW_CAP + INLINE_BYTES);
	wv_record_blob_encode(&row, &value);
	st = wv_buf_finish(&value, "row of a body", err);
	if (st == WV_OK)
		st = wv_txn_put(packer->txn, WV_TABLE_BODIES, wv_slice(key, sizeof key),
		                wv_buf_slice(&value), err);
	if (st != WV_OK)
		return st;
	count(&packer->state->totals, blob);
	packer->stored[blob->row.kind] += blob->stored.n;
	return WV_OK;
}

/* The base was there when the delta was made; only what takes bodies away can have changed that. */
static enum wv_status demand_base(struct wv_packer *packer, const struct wv_blob *blob,
                                  struct wv_err *err)
{
	struct wv_blob_row base;
	enum wv_status st;

	if (blob->row.kind != WV_STORED_DELTA)
		return WV_OK;
	st = wv_blob_find(packer->txn, &blob->row.base, &base, err);
	if (st == WV_NO || (st == WV_OK && base.depth >= blob->row.depth))
		return wv_err_set(err, WV_CONFLICT, "what a body is a delta to has changed");
	return st;
}

enum wv_status wv_packer_add(struct wv_packer *packer, const struct wv_blob *blob, bool *is_new,
                             struct wv_err *err)
{
	unsigned char key[WV_KEY_BODY_BYTES];
	struct wv_slice there;
	enum wv_status st;

	wv_key_of_blob(&blob->key, key);
	st = wv_txn_get(packer->txn, WV_TABLE_BODIES, wv_slice(key, sizeof key), &there, err);
	if (st != WV_NO) {
		*is_new = false;
		return st;
	}
	st = demand_base(packer, blob, err);
	if (st == WV_OK)
		st = put_blob(packer, blob, err);
	if (st == WV_OK)
		*is_new = true;
	return st;
}

enum wv_status wv_packer_replace(struct wv_packer *packer, const struct wv_blob *blob,
                                 const struct wv_blob_row *old, struct wv_err *err)
{
	const struct wv_blob_row gone = *old; /* its inlined bytes may lie in the row */
	enum wv_status st = demand_base(packer, blob, err);

	if (st == WV_OK)
		st = put_blob(packer, blob, err);
	if (st == WV_OK)
		wv_totals_forget(&packer->state->totals, &blob->key, &gone);
	return st;
}
