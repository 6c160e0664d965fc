#include "archive/care/compact_inner.h"

#include "archive/store/delta.h"

enum wv_status wv_compact_has(struct wv_compacting *c, const struct wv_blob_key *key,
                              struct wv_err *err)
{
	struct wv_blob_row row;

	return wv_blob_find(c->to, key, &row, err);
}

static enum wv_status put_blob(struct wv_compacting *c, const struct wv_blob *blob, uint32_t source,
                               struct wv_err *err)
{
	bool is_new;
	enum wv_status st = wv_packer_add(&c->packer, blob, &is_new, err);

	if (st == WV_OK && source <= c->old.next_source)
		c->shares[source].stored[blob->row.kind] += blob->stored.n;
	return st == WV_OK ? wv_compact_count(c, blob->stored.n + WV_COMPACT_ROW_CAP / 16, err)
	                   : st;
}

enum wv_status wv_compact_copy(struct wv_compacting *c, const struct wv_blob_key *key,
                               const struct wv_blob_row *old, const struct wv_blob_row *row,
                               uint32_t source, struct wv_err *err)
{
	WV_AUTO(wv_blob_done) struct wv_blob blob = {.key = *key, .row = *row};
	struct wv_slice stored;
	enum wv_status st = wv_blob_stored(c->from, key, old, &stored, err);

	if (st != WV_OK)
		return st;
	blob.row.is_inline = false;
	blob.row.inlined = WV_SLICE_NONE;
	wv_buf_init(&blob.stored, stored.n + 1);
	wv_buf_add(&blob.stored, stored);
	st = wv_buf_finish(&blob.stored, "stored bytes", err);
	return st == WV_OK ? put_blob(c, &blob, source, err) : st;
}

enum wv_status wv_compact_keep(struct wv_compacting *c, const struct wv_blob_key *key,
                               uint32_t source, struct wv_err *err)
{
	struct wv_blob_row row = {0};
	enum wv_status st = wv_compact_has(c, key, err);

	if (st != WV_NO)
		return st;
	st = wv_blob_find(c->from, key, &row, err);
	return st == WV_OK ? wv_compact_copy(c, key, &row, &row, source, err) : st;
}

/* The bytes of a body that later ones may be based on. */
static enum wv_status base_bytes(struct wv_compacting *c, const struct wv_blob_key *key,
                                 struct wv_slice *out, struct wv_err *err)
{
	struct wv_buf *into = &c->base_bytes;
	bool is_newest = c->has_newest && wv_digest_equals(&c->newest.digest, &key->digest);
	enum wv_status st = WV_OK;

	if (is_newest)
		into = &c->newest_bytes;
	if (!is_newest || into->n == 0) {
		wv_buf_reset(into);
		st = wv_blob_read(c->from, key, into, err);
	}
	if (st == WV_OK)
		*out = wv_buf_slice(into);
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "a body is missing") : st;
}

/* Already a delta to just this base: its bytes are what encoding again would give. */
static enum wv_status keep_delta(struct wv_compacting *c, const struct wv_blob_key *key,
                                 const struct wv_blob_row *old, const struct wv_blob_base *base,
                                 uint32_t source, struct wv_err *err)
{
	struct wv_blob_row row = *old;
	uint64_t inflated;
	struct wv_slice stored;
	enum wv_status st = wv_blob_stored(c->from, key, old, &stored, err);

	if (st != WV_OK || !wv_delta_inflated(stored, &inflated))
		return st == WV_OK ? WV_NO : st;
	row.cost = wv_blob_delta_cost(base->cost, row.raw_bytes, inflated);
	row.depth = base->depth + 1;
	row.rank = base->rank;
	if (row.cost > wv_blob_budget(row.raw_bytes))
		return WV_NO;
	return wv_compact_copy(c, key, old, &row, source, err);
}

enum wv_status wv_compact_recode(struct wv_compacting *c, const struct wv_blob_key *key,
                                 const struct wv_blob_row *old, const struct wv_base_choice *choice,
                                 uint32_t source, struct wv_err *err)
{
	struct wv_blob_base base = {0};
	struct wv_blob_row row = {0};
	struct wv_blob blob;
	enum wv_status st;

	if (choice) {
		st = wv_blob_find(c->to, &choice->key, &row, err);
		base = (struct wv_blob_base){.key = choice->key,
		                             .cost = row.cost,
		                             .depth = row.depth,
		                             .rank = choice->rank};
		if (st == WV_OK && old->kind == WV_STORED_DELTA &&
		    wv_digest_equals(&old->base.digest, &choice->key.digest)) {
			st = keep_delta(c, key, old, &base, source, err);
			if (st != WV_NO)
				return st;
			st = WV_OK;
		}
		if (st == WV_OK)
			st = base_bytes(c, &choice->key, &base.bytes, err);
		if (st != WV_OK)
			return st;
	} else if (old->kind == WV_STORED_RAW || old->kind == WV_STORED_DEFLATE) {
		return wv_compact_copy(c, key, old, old, source, err);
	}
	wv_buf_reset(&c->raw);
	st = wv_blob_read(c->from, key, &c->raw, err);
	if (st == WV_OK && choice)
		st = wv_blob_prepare_delta(key->kind, &key->digest, wv_buf_slice(&c->raw), &base,
		                           &blob, err);
	else if (st == WV_OK)
		st = wv_blob_prepare(key->kind, &key->digest, wv_buf_slice(&c->raw), &blob, err);
	if (st != WV_OK)
		return st;
	if (blob.row.kind != old->kind || blob.stored.n != old->stored_bytes)
		c->counts.recoded++;
	st = put_blob(c, &blob, source, err);
	wv_blob_done(&blob);
	return st;
}
