#include "archive/store/recode.h"

#include <stdlib.h>

#include "archive/store/base.h"
#include "archive/store/commit.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

#define BYTES_CAP   (2u * WV_LIMIT_BODY_BYTES_MAX + 1u)
#define ROW_CAP     4096u
#define SEGMENT_CAP (3u * WV_LIMIT_BODY_BYTES_MAX)

/* --- sets of keys and of places --- */

struct keys {
	struct wv_blob_key *p;
	size_t n, room;
};

struct place {
	uint64_t segment, offset, bytes;
	struct wv_blob_key key;
};

struct places {
	struct place *p;
	size_t n, room;
};

struct dependant {
	struct wv_blob_key key;
	uint32_t depth;
};

struct dependants {
	struct dependant *p;
	size_t n, room;
};

/* Room for one more; the new array, or NULL with the old one left alone. */
static void *one_more(void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64, bytes;
	void *grown;

	if (count < *room)
		return items;
	grown = wv_mul(more, size, &bytes) ? realloc(items, bytes) : NULL;
	if (grown)
		*room = more;
	return grown;
}

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

static enum wv_status add_key(struct keys *keys, const struct wv_blob_key *key, struct wv_err *err)
{
	struct wv_blob_key *grown = one_more(keys->p, keys->n, &keys->room, sizeof *grown);

	if (!grown)
		return no_memory(err);
	keys->p = grown;
	keys->p[keys->n++] = *key;
	return WV_OK;
}

static enum wv_status add_place(struct places *places, const struct wv_blob_key *key,
                                const struct wv_blob_row *row, struct wv_err *err)
{
	struct place *grown = one_more(places->p, places->n, &places->room, sizeof *grown);

	if (!grown)
		return no_memory(err);
	places->p = grown;
	places->p[places->n++] = (struct place){row->segment, row->offset, row->stored_bytes, *key};
	return WV_OK;
}

static enum wv_status add_dependant(struct dependants *all, const struct wv_blob_key *key,
                                    uint32_t depth, struct wv_err *err)
{
	struct dependant *grown = one_more(all->p, all->n, &all->room, sizeof *grown);

	if (!grown)
		return no_memory(err);
	all->p = grown;
	all->p[all->n++] = (struct dependant){*key, depth};
	return WV_OK;
}

/* The deepest first: what is read on the way to one must not lie in a segment not yet written. */
static int compare_dependants(const void *a, const void *b)
{
	const struct dependant *x = a, *y = b;

	return x->depth > y->depth ? -1 : x->depth < y->depth;
}

static int compare_keys(const void *a, const void *b)
{
	const struct wv_blob_key *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(x->digest.b, y->digest.b, WV_DIGEST_BYTES);
}

static bool has_key(const struct keys *keys, const struct wv_blob_key *key)
{
	return keys->n && bsearch(key, keys->p, keys->n, sizeof *key, compare_keys);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int compare_segments(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->segment < y->segment ? -1 : x->segment > y->segment;
}

/* --- the work --- */

struct recode {
	struct wv_txn *txn;
	struct wv_state state;
	struct wv_packer packer;
	struct keys gone; /* sorted */
	struct dependants dependants;
	struct places left; /* whose old bytes are to go out of their segments */
	struct wv_recode_counts counts;
};

typedef enum wv_status (*visit_row)(struct recode *r, const struct wv_blob_key *key,
                                    const struct wv_blob_row *row, struct wv_err *err);

/* `visit` changes no table. */
static enum wv_status each_blob(struct recode *r, visit_row visit, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(r->txn, WV_TABLE_BODIES, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	while (st == WV_OK) {
		struct wv_blob_row row = {0};
		struct wv_blob_key blob;

		if (!wv_key_read_blob(key, &blob) || !wv_record_blob_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "the row of a body does not decode");
		st = visit(r, &blob, &row, err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status note_left(struct recode *r, const struct wv_blob_key *key,
                                const struct wv_blob_row *row, struct wv_err *err)
{
	return row->is_inline || row->stored_bytes == 0 ? WV_OK
	                                                : add_place(&r->left, key, row, err);
}

static enum wv_status find_dependants(struct recode *r, const struct wv_blob_key *key,
                                      const struct wv_blob_row *row, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (has_key(&r->gone, key))
		return note_left(r, key, row, err);
	if ((row->has_base && has_key(&r->gone, &row->base)) ||
	    (row->has_context && has_key(&r->gone, &row->context))) {
		st = add_dependant(&r->dependants, key, row->depth, err);
		if (st == WV_OK)
			st = note_left(r, key, row, err);
	}
	return st;
}

/* What the lost base was itself built on, if it stays. */
static enum wv_status find_base(struct recode *r, const struct wv_blob_row *row,
                                struct wv_blob_key *out, struct wv_err *err)
{
	struct wv_blob_row base = *row;

	while (base.kind == WV_STORED_DELTA && base.has_base) {
		enum wv_status st;

		*out = base.base;
		if (!has_key(&r->gone, out))
			return WV_OK;
		st = wv_blob_find(r->txn, out, &base, err);
		if (st != WV_OK)
			return st;
	}
	return WV_NO;
}

/* No costlier and no deeper than before: what is built on it keeps its place in the budget. */
static enum wv_status prepare(struct recode *r, const struct wv_blob_key *key,
                              const struct wv_blob_row *old, struct wv_slice raw,
                              struct wv_blob *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	struct wv_base_choice choice = {.rank = old->rank};
	struct wv_blob_base base;
	enum wv_status st = find_base(r, old, &choice.key, err);

	wv_buf_init(&bytes, BYTES_CAP);
	if (st == WV_OK)
		st = wv_base_read(r->txn, &choice, &bytes, &base, err);
	if (st == WV_OK) {
		st = wv_blob_prepare_delta(key->kind, &key->digest, raw, &base, out, err);
		if (st != WV_OK || (out->row.cost <= old->cost && out->row.depth <= old->depth))
			return st;
		wv_blob_done(out);
	} else if (st != WV_NO) {
		return st;
	}
	st = wv_blob_prepare(key->kind, &key->digest, raw, out, err);
	if (st != WV_OK || out->row.cost <= old->cost)
		return st;
	wv_buf_reset(&out->stored);
	wv_buf_add(&out->stored, raw);
	out->row = (struct wv_blob_row){
		.kind = WV_STORED_RAW, .raw_bytes = raw.n, .stored_bytes = raw.n};
	st = wv_buf_finish(&out->stored, "body", err);
	if (st != WV_OK)
		wv_blob_done(out);
	return st;
}

static enum wv_status recode_one(struct recode *r, const struct wv_blob_key *key,
                                 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf raw = {0};
	struct wv_blob_row old = {0};
	struct wv_blob blob;
	enum wv_status st = wv_blob_find(r->txn, key, &old, err);

	wv_buf_init(&raw, BYTES_CAP);
	if (st == WV_OK)
		st = wv_blob_read(r->txn, key, &raw, err);
	if (st == WV_OK)
		st = prepare(r, key, &old, wv_buf_slice(&raw), &blob, err);
	if (st != WV_OK)
		return st;
	st = wv_packer_replace(&r->packer, &blob, &old, err);
	wv_blob_done(&blob);
	r->counts.recoded++;
	return st;
}

static enum wv_status drop_one(struct recode *r, const struct wv_blob_key *key, struct wv_err *err)
{
	unsigned char bytes[WV_KEY_BODY_BYTES];
	struct wv_blob_row row = {0};
	enum wv_status st = wv_blob_find(r->txn, key, &row, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	wv_totals_forget(&r->state.totals, key, &row);
	r->counts.dropped++;
	r->counts.dropped_bytes += row.stored_bytes;
	wv_key_of_blob(key, bytes);
	return wv_txn_delete(r->txn, WV_TABLE_BODIES, wv_slice(bytes, sizeof bytes), err);
}

/* Sites lose their base page with its body; the next that fits takes its place. */
static enum wv_status drop_site_bases(struct recode *r, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf last = {0};
	enum wv_status st = WV_OK;

	wv_buf_init(&last, ROW_CAP);
	while (st == WV_OK) {
		WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
		struct wv_slice site, value;
		struct wv_blob_key key;

		st = wv_walk_begin(r->txn, WV_TABLE_BASES, &walk, err);
		if (st == WV_OK)
			st = wv_walk_seek(walk, wv_buf_slice(&last), &site, &value, err);
		while (st == WV_OK &&
		       (!wv_site_base_decode(value, &key) || !has_key(&r->gone, &key)))
			st = wv_walk_next(walk, &site, &value, err);
		if (st != WV_OK)
			break;
		wv_buf_reset(&last);
		wv_buf_add(&last, site);
		st = wv_buf_finish(&last, "site", err);
		wv_walk_end(&walk);
		if (st == WV_OK)
			st = wv_txn_delete(r->txn, WV_TABLE_BASES, wv_buf_slice(&last), err);
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- segments without what left them --- */

static enum wv_status each_survivor(struct recode *r, struct places *out, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(r->txn, WV_TABLE_BODIES, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	while (st == WV_OK) {
		struct wv_blob_row row = {0};
		struct wv_blob_key blob;
		struct place at = {0};

		if (!wv_key_read_blob(key, &blob) || !wv_record_blob_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "the row of a body does not decode");
		at.segment = row.segment;
		if (!row.is_inline && row.stored_bytes &&
		    bsearch(&at, r->left.p, r->left.n, sizeof at, compare_segments))
			st = add_place(out, &blob, &row, err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &value, err);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status move_row(struct recode *r, const struct place *place, uint64_t offset,
                               struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	unsigned char key[WV_KEY_BODY_BYTES];
	struct wv_blob_row row = {0};
	enum wv_status st = wv_blob_find(r->txn, &place->key, &row, err);

	if (st != WV_OK)
		return st;
	row.offset = offset;
	wv_buf_init(&value, ROW_CAP);
	wv_record_blob_encode(&row, &value);
	st = wv_buf_finish(&value, "row of a body", err);
	wv_key_of_blob(&place->key, key);
	if (st == WV_OK)
		st = wv_txn_put(r->txn, WV_TABLE_BODIES, wv_slice(key, sizeof key),
		                wv_buf_slice(&value), err);
	return st;
}

/* Writes a segment again with the `count` strings that stay in it. */
static enum wv_status rewrite(struct recode *r, uint64_t segment, const struct place *places,
                              size_t count, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf made = {0};
	unsigned char number[8];
	struct wv_slice key, value;
	enum wv_status st;

	wv_key_of_u64(segment, number);
	key = wv_slice(number, sizeof number);
	st = wv_txn_get(r->txn, WV_TABLE_SEGMENTS, key, &value, err);
	if (st != WV_OK || count == 0)
		return st == WV_OK ? wv_txn_delete(r->txn, WV_TABLE_SEGMENTS, key, err) : st;
	wv_buf_init(&made, SEGMENT_CAP);
	wv_buf_add(&made, wv_slice_part(value, 0, 1));
	for (size_t i = 0; i < count; i++) {
		if (places[i].offset > value.n || places[i].bytes > value.n - places[i].offset)
			return wv_err_set(err, WV_DAMAGED, "a body lies outside segment %llu",
			                  (unsigned long long)segment);
		wv_buf_add(&made,
		           wv_slice_part(value, (size_t)places[i].offset, (size_t)places[i].bytes));
	}
	st = wv_buf_finish(&made, "segment", err);
	if (st == WV_OK)
		st = wv_txn_put(r->txn, WV_TABLE_SEGMENTS, key, wv_buf_slice(&made), err);
	for (size_t i = 0, at = 1; i < count && st == WV_OK; at += (size_t)places[i++].bytes)
		st = move_row(r, &places[i], at, err);
	return st;
}

static enum wv_status clean_segments(struct recode *r, struct wv_err *err)
{
	struct places stay = {0};
	size_t at = 0;
	enum wv_status st = WV_OK;

	if (r->left.n == 0)
		return WV_OK;
	qsort(r->left.p, r->left.n, sizeof *r->left.p, compare_places);
	st = each_survivor(r, &stay, err);
	if (st == WV_OK && stay.n)
		qsort(stay.p, stay.n, sizeof *stay.p, compare_places);
	for (size_t i = 0; i < r->left.n && st == WV_OK; i++) {
		uint64_t segment = r->left.p[i].segment;
		size_t end;

		if (i && r->left.p[i - 1].segment == segment)
			continue;
		for (end = at; end < stay.n && stay.p[end].segment == segment; end++)
			;
		st = rewrite(r, segment, stay.n ? stay.p + at : NULL, end - at, err);
		at = end;
	}
	free(stay.p);
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "a segment is missing") : st;
}

static enum wv_status run(struct recode *r, struct wv_err *err)
{
	enum wv_status st = each_blob(r, find_dependants, err);

	if (st == WV_OK && r->dependants.n)
		qsort(r->dependants.p, r->dependants.n, sizeof *r->dependants.p,
		      compare_dependants);
	for (size_t i = 0; i < r->dependants.n && st == WV_OK; i++)
		st = recode_one(r, &r->dependants.p[i].key, err);
	if (st == WV_OK)
		st = wv_packer_finish(&r->packer, err);
	for (size_t i = 0; i < r->gone.n && st == WV_OK; i++)
		st = drop_one(r, &r->gone.p[i], err);
	if (st == WV_OK)
		st = drop_site_bases(r, err);
	if (st == WV_OK)
		st = clean_segments(r, err);
	return st == WV_OK ? wv_state_put(r->txn, &r->state, err) : st;
}

enum wv_status wv_recode_drop(struct wv_txn *txn, const struct wv_blob_key *keys, size_t count,
                              struct wv_recode_counts *out, struct wv_err *err)
{
	struct recode r = {.txn = txn};
	enum wv_status st = wv_state_get(txn, &r.state, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	for (size_t i = 0; i < count && st == WV_OK; i++)
		st = add_key(&r.gone, &keys[i], err);
	if (st == WV_OK && r.gone.n)
		qsort(r.gone.p, r.gone.n, sizeof *r.gone.p, compare_keys);
	/* Never inline: a body that was on its own may not fit in a row. */
	wv_packer_init(&r.packer, txn, &r.state, SIZE_MAX);
	if (st == WV_OK)
		st = run(&r, err);
	wv_packer_done(&r.packer);
	free(r.gone.p);
	free(r.dependants.p);
	free(r.left.p);
	if (st == WV_OK)
		*out = r.counts;
	return st;
}
