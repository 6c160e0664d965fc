#include "archive/care/compact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/store/base.h"
#include "archive/store/commit.h"
#include "archive/store/delta.h"
#include "archive/store/load.h"
#include "archive/store/swap.h"
#include "config/base/limits.h"

#define PATH_BYTES     4096
#define BODY_CAP       (2u * WV_LIMIT_BODY_BYTES_MAX + 1u)
#define ROW_CAP        4096u
#define SLICE_BYTES    (16u * WV_MIB) /* written in one transaction */
#define PROGRESS_STEPS 64u
/* Transactions that may have to be made on the old file so that its number is not below. */
#define BUMPS_MAX 100000u

/* What one source's captures brought. */
struct share {
	uint64_t stored[WV_STORED_KIND_COUNT];
};

struct compact {
	struct wv_store *store;
	const struct wv_compact_options *options;
	struct wv_compact_counts counts;
	char made[PATH_BYTES];
	struct wv_txn *from; /* all of the old file, read in one transaction: nobody writes */
	struct wv_db *db;    /* the new one */
	struct wv_txn *to;
	size_t written; /* by this transaction, about */
	struct wv_state old, state;
	struct wv_packer packer;
	struct wv_loader loader; /* of the old file */
	struct share *shares;    /* by source number */
	/* The page under way: its newest body so far, and its bytes where they are at hand. */
	bool has_newest, is_newest_good; /* good: of an answer with 200 */
	struct wv_blob_key newest;
	struct wv_buf newest_bytes; /* empty: not at hand */
	struct wv_buf raw, base_bytes, row;
};

static enum wv_status step(struct compact *c, const char *name, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (c->options->fault)
		st = c->options->fault(c->options->fault_context, name);
	return st == WV_OK ? st : wv_err_set(err, st, "%s failed (injected)", name);
}

/* --- the new file --- */

static const char *const made_files[] = {"data.mdb", "lock.mdb"};

static enum wv_status remove_made(struct compact *c, struct wv_err *err)
{
	char path[PATH_BYTES + 16];

	for (size_t i = 0; i < WV_COUNT(made_files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", c->made, made_files[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			return wv_err_errno(err, WV_IO, errno, "cannot remove '%s'", path);
	}
	if (rmdir(c->made) != 0 && errno != ENOENT)
		return wv_err_errno(err, WV_IO, errno, "cannot remove '%s'", c->made);
	return WV_OK;
}

static enum wv_status begin_slice(struct compact *c, struct wv_err *err)
{
	enum wv_status st = wv_txn_begin_write(c->db, &c->to, err);

	c->packer.txn = c->to;
	c->written = 0;
	return st;
}

static enum wv_status end_slice(struct compact *c, struct wv_err *err)
{
	enum wv_status st = wv_packer_finish(&c->packer, err);

	return st == WV_OK ? wv_txn_commit(&c->to, err) : st;
}

/* After every row: a transaction holds its pages in memory, so it must not grow without end. */
static enum wv_status count_written(struct compact *c, size_t bytes, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	c->written += bytes;
	if (!c->to || c->written < SLICE_BYTES)
		return WV_OK;
	st = end_slice(c, err);
	return st == WV_OK ? begin_slice(c, err) : st;
}

static enum wv_status open_made(struct compact *c, struct wv_err *err)
{
	const struct wv_db_options options = {.create = true,
	                                      .fault = c->options->fault,
	                                      .fault_context = c->options->fault_context};
	int n = snprintf(c->made, sizeof c->made, "%s/compact.new", wv_store_dir(c->store));
	enum wv_status st;

	if (n < 0 || n >= (int)sizeof c->made)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	st = remove_made(c, err);
	if (st == WV_OK)
		st = wv_db_open(c->made, &options, &c->db, err);
	return st == WV_OK ? begin_slice(c, err) : st;
}

/* --- rows that stay as they are --- */

typedef enum wv_status (*copy_row)(struct compact *c, struct wv_slice key, struct wv_slice value,
                                   struct wv_err *err);

static enum wv_status each_row(struct compact *c, enum wv_table table, copy_row copy,
                               struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(c->from, table, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		if (copy)
			st = copy(c, key, value, err);
		else
			st = wv_txn_append(c->to, table, key, value, err);
		if (st == WV_OK)
			st = count_written(c, key.n + value.n, err);
		if (st != WV_OK)
			break;
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status copy_tables(struct compact *c, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (int i = 0; i < WV_TABLE_COUNT && st == WV_OK; i++)
		switch ((enum wv_table)i) {
		case WV_TABLE_META: /* the counters are written at the end */
		case WV_TABLE_BODIES:
		case WV_TABLE_SEGMENTS:
		case WV_TABLE_BASES:
		case WV_TABLE_ENCODED:
		case WV_TABLE_SOURCE_NAMES:
			break;
		default:
			st = each_row(c, (enum wv_table)i, NULL, err);
			break;
		}
	return st;
}

/* --- byte strings --- */

static enum wv_status in_new(struct compact *c, const struct wv_blob_key *key, struct wv_err *err)
{
	struct wv_blob_row row;

	return wv_blob_find(c->to, key, &row, err);
}

static enum wv_status put_blob(struct compact *c, const struct wv_blob *blob, uint32_t source,
                               struct wv_err *err)
{
	bool is_new;
	enum wv_status st = wv_packer_add(&c->packer, blob, &is_new, err);

	if (st == WV_OK && source <= c->old.next_source)
		c->shares[source].stored[blob->row.kind] += blob->stored.n;
	return st == WV_OK ? count_written(c, blob->stored.n + ROW_CAP / 16, err) : st;
}

/* As it is stored in the old file. `row` is what the new one will say of it. */
static enum wv_status copy_blob(struct compact *c, const struct wv_blob_key *key,
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

/* A string that stands alone, unless the new file has it. */
static enum wv_status keep_blob(struct compact *c, const struct wv_blob_key *key, uint32_t source,
                                struct wv_err *err)
{
	struct wv_blob_row row = {0};
	enum wv_status st = in_new(c, key, err);

	if (st != WV_NO)
		return st;
	st = wv_blob_find(c->from, key, &row, err);
	return st == WV_OK ? copy_blob(c, key, &row, &row, source, err) : st;
}

/* The bytes of a body that later ones may be based on. */
static enum wv_status base_bytes(struct compact *c, const struct wv_blob_key *key,
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
static enum wv_status keep_delta(struct compact *c, const struct wv_blob_key *key,
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
	return copy_blob(c, key, old, &row, source, err);
}

static enum wv_status recode(struct compact *c, const struct wv_blob_key *key,
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
		return copy_blob(c, key, old, old, source, err);
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

/* --- the bodies of captures, page by page in order of time --- */

static enum wv_status encoded_row(struct compact *c, const struct wv_digest *encoded,
                                  struct wv_encoded_row *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(c->from, WV_TABLE_ENCODED,
	                               wv_slice(encoded->b, WV_DIGEST_BYTES), &value, err);

	if (st == WV_OK && !wv_record_encoded_decode(value, out))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	return st;
}

static enum wv_status take_wire(struct compact *c, const struct wv_capture *facts, uint32_t source,
                                struct wv_err *err)
{
	struct wv_encoded_row row;
	enum wv_status st = facts->has_encoded ? encoded_row(c, &facts->encoded, &row, err) : WV_NO;

	if (st == WV_OK && row.is_kept && !row.may_go)
		st = keep_blob(c, &(struct wv_blob_key){WV_BLOB_WIRE, facts->encoded}, source, err);
	return st == WV_NO ? WV_OK : st;
}

/* Encoded bytes that are kept for good give the body, which then needs none of its own. */
static enum wv_status stays_wire(struct compact *c, const struct wv_blob_row *row,
                                 struct wv_err *err)
{
	struct wv_encoded_row encoded;
	enum wv_status st;

	if (row->kind != WV_STORED_WIRE || !row->has_base)
		return WV_NO;
	st = encoded_row(c, &row->base.digest, &encoded, err);
	return st == WV_OK && encoded.may_go ? WV_NO : st;
}

static enum wv_status choose(struct compact *c, const struct wv_capture *facts, uint64_t raw_bytes,
                             struct wv_base_choice *out, struct wv_err *err)
{
	struct wv_blob_key site;
	enum wv_status st;

	if (c->has_newest)
		return wv_base_choose(c->to, &c->newest, raw_bytes, out, err);
	st = wv_site_base_get(c->to, facts->page_key, &site, err);
	return st == WV_OK ? wv_base_choose_site(c->to, &site, raw_bytes, out, err) : st;
}

/* What the next version of the page is compared with; its bytes, if they were needed, are in raw.
 * An error page does not take the place of a good one. */
static void note_newest(struct compact *c, const struct wv_blob_key *key, bool is_good)
{
	struct wv_buf swap = c->newest_bytes;

	if (c->has_newest &&
	    ((c->is_newest_good && !is_good) || wv_digest_equals(&c->newest.digest, &key->digest)))
		return;
	c->newest_bytes = c->raw;
	c->raw = swap;
	c->newest = *key;
	c->has_newest = true;
	c->is_newest_good = is_good;
}

static enum wv_status take_body(struct compact *c, struct wv_capture *facts, uint32_t source,
                                struct wv_err *err)
{
	const struct wv_blob_key key = {WV_BLOB_BODY, facts->body};
	struct wv_blob_row old = {0};
	struct wv_base_choice base;
	enum wv_status st = in_new(c, &key, err);

	wv_buf_reset(&c->raw);
	if (st == WV_NO) {
		st = wv_blob_find(c->from, &key, &old, err);
		if (st == WV_NO)
			return WV_OK; /* its capture is `verify`'s to name */
		if (st == WV_OK)
			st = stays_wire(c, &old, err);
		if (st == WV_OK) {
			st = keep_blob(c, &old.base, source, err);
			if (st == WV_OK)
				st = copy_blob(c, &key, &old, &old, source, err);
		} else if (st == WV_NO) {
			st = choose(c, facts, old.raw_bytes, &base, err);
			if (st == WV_OK || st == WV_NO)
				st = recode(c, &key, &old, st == WV_OK ? &base : NULL, source, err);
		}
		c->counts.bodies++;
		if (st == WV_OK)
			st = wv_site_base_offer(c->to, facts, err);
	}
	if (st != WV_OK)
		return st;
	note_newest(c, &key, facts->status == 200 || facts->status == 304);
	return WV_OK;
}

static enum wv_status go_on(struct compact *c, struct wv_err *err)
{
	if (c->counts.captures_done++ % PROGRESS_STEPS == 0 && c->options->progress &&
	    !c->options->progress(&c->counts, c->options->context))
		return wv_err_set(err, WV_STOPPED, "stopped");
	return WV_OK;
}

/* MIME type and status decide what a body is compared with, so texts are read too. */
static enum wv_status read_capture(struct compact *c, const struct wv_capture_key *key,
                                   struct wv_slice value, struct wv_arena *arena,
                                   struct wv_capture *out, uint32_t *source, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	enum wv_status st = wv_record_capture_peek(key, value, &context, NULL, err);

	wv_arena_reset(arena);
	*source = context.source;
	return st == WV_OK ? wv_loader_capture(&c->loader, key, value, arena, out, err) : st;
}

static enum wv_status take_captures(struct compact *c, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	uint64_t page = UINT64_MAX;
	enum wv_status st = wv_arena_new(16 * WV_MIB, &arena, err);

	if (st == WV_OK)
		st = wv_walk_begin(c->from, WV_TABLE_CAPTURES, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_capture capture = {0};
		struct wv_capture_key place;
		uint32_t source = 0;

		if (!wv_key_read_capture(key, &place))
			return wv_err_set(err, WV_DAMAGED, "the key of a capture does not decode");
		if (place.page != page)
			c->has_newest = false;
		page = place.page;
		st = read_capture(c, &place, value, arena, &capture, &source, err);
		if (st == WV_OK && capture.has_body)
			st = take_body(c, &capture, source, err);
		if (st == WV_OK)
			st = take_wire(c, &capture, source, err);
		if (st == WV_OK)
			st = go_on(c, err);
		if (st != WV_OK)
			return st == WV_STOPPED ? st
			                        : wv_err_add(err, st, "capture %llu",
			                                     (unsigned long long)place.id);
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- what is left: articles, and strings that no capture names --- */

static enum wv_status source_of(struct compact *c, uint64_t id, uint32_t *source,
                                struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = wv_capture_row_get(c->from, id, &key, &value, err);

	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, NULL, err);
	*source = context.source;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status take_article(struct compact *c, struct wv_slice key, struct wv_slice value,
                                   struct wv_err *err)
{
	struct wv_blob_key record = {.kind = WV_BLOB_ARTICLE};
	struct wv_article_row row;
	uint32_t source = 0;
	enum wv_status st;

	if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an article does not decode");
	st = source_of(c, wv_load_u64_be(key.p), &source, err);
	record.digest = row.record;
	if (st == WV_OK)
		st = keep_blob(c, &record, source, err);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status take_rest(struct compact *c, struct wv_slice key, struct wv_slice value,
                                struct wv_err *err)
{
	struct wv_encoded_row encoded;
	struct wv_blob_row row = {0};
	struct wv_blob_key blob;
	enum wv_status st;

	if (!wv_key_read_blob(key, &blob) || !wv_record_blob_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of a body does not decode");
	st = in_new(c, &blob, err);
	if (st != WV_NO)
		return st;
	if (blob.kind == WV_BLOB_WIRE) {
		st = encoded_row(c, &blob.digest, &encoded, err);
		if (st == WV_OK && encoded.may_go) {
			c->counts.wires_released++;
			c->counts.wire_bytes_released += row.stored_bytes;
			return WV_OK;
		}
		if (st != WV_OK && st != WV_NO)
			return st;
	}
	if (row.kind == WV_STORED_DELTA || row.kind == WV_STORED_WIRE) {
		c->counts.bodies++;
		return recode(c, &blob, &row, NULL, 0, err);
	}
	return copy_blob(c, &blob, &row, &row, 0, err);
}

static enum wv_status take_encoded(struct compact *c, struct wv_slice key, struct wv_slice value,
                                   struct wv_err *err)
{
	struct wv_encoded_row row;
	enum wv_status st;

	if (key.n != WV_DIGEST_BYTES || !wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	if (row.may_go)
		row.is_kept = row.may_go = false;
	wv_buf_reset(&c->row);
	wv_record_encoded_encode(&row, &c->row);
	st = wv_buf_finish(&c->row, "row", err);
	return st == WV_OK ? wv_txn_append(c->to, WV_TABLE_ENCODED, key, wv_buf_slice(&c->row), err)
	                   : st;
}

static enum wv_status take_source(struct compact *c, struct wv_slice key, struct wv_slice value,
                                  struct wv_err *err)
{
	struct wv_source_row row;
	uint64_t number;
	enum wv_status st;

	if (key.n != 9 || key.p[0] != '#')
		return wv_txn_append(c->to, WV_TABLE_SOURCE_NAMES, key, value, err);
	number = wv_load_u64_be(key.p + 1);
	if (!wv_record_source_decode(value, &row) || number > c->old.next_source)
		return wv_err_set(err, WV_DAMAGED, "the row of a source does not decode");
	row.stored_bytes = 0;
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		row.stored[i] = c->shares[number].stored[i];
		row.stored_bytes += row.stored[i];
	}
	wv_buf_reset(&c->row);
	wv_record_source_encode(&row, &c->row);
	st = wv_buf_finish(&c->row, "row", err);
	return st == WV_OK ? wv_txn_append(c->to, WV_TABLE_SOURCE_NAMES, key, wv_buf_slice(&c->row),
	                                   err)
	                   : st;
}

/* The counters of byte strings are counted anew; the others are of rows that stayed. */
static enum wv_status put_counters(struct compact *c, struct wv_err *err)
{
	struct wv_store_totals counted = c->state.totals;
	uint64_t segments = c->state.next_segment;

	c->state = c->old;
	c->state.next_segment = segments;
	c->state.totals.bodies = counted.bodies;
	c->state.totals.body_bytes = counted.body_bytes;
	c->state.totals.article_bytes = counted.article_bytes;
	memcpy(c->state.totals.records, counted.records, sizeof counted.records);
	memcpy(c->state.totals.stored, counted.stored, sizeof counted.stored);
	memcpy(c->counts.new_stored, counted.stored, sizeof counted.stored);
	return wv_state_put(c->to, &c->state, err);
}

static enum wv_status make(struct compact *c, struct wv_err *err)
{
	enum wv_status st = take_captures(c, err);

	if (st == WV_OK)
		st = each_row(c, WV_TABLE_ARTICLES, take_article, err);
	if (st == WV_OK)
		st = each_row(c, WV_TABLE_BODIES, take_rest, err);
	if (st == WV_OK)
		st = wv_packer_finish(&c->packer, err);
	if (st == WV_OK)
		st = each_row(c, WV_TABLE_ENCODED, take_encoded, err);
	if (st == WV_OK)
		st = each_row(c, WV_TABLE_SOURCE_NAMES, take_source, err);
	if (st == WV_OK)
		st = copy_tables(c, err);
	if (st == WV_OK)
		st = each_row(c, WV_TABLE_META, NULL, err);
	if (st == WV_OK)
		st = put_counters(c, err);
	return st == WV_OK ? end_slice(c, err) : st;
}

/* --- its place --- */

/* One empty transaction, nearly: the number goes up by one. */
static enum wv_status bump(struct wv_db *db, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice value;
	struct wv_state state;
	enum wv_status st = wv_txn_begin_write(db, &txn, err);

	if (st == WV_OK)
		st = wv_txn_get(txn, WV_TABLE_META, WV_LIT("state"), &value, err);
	if (st == WV_OK && !wv_record_state_decode(value, &state))
		st = wv_err_set(err, WV_DAMAGED, "the archive's counters do not decode");
	if (st == WV_OK)
		st = wv_state_put(txn, &state, err);
	return st == WV_OK ? wv_txn_commit(&txn, err) : st;
}

/* The old file's number must not be below the new one's and as odd or even (swap.h). */
static enum wv_status align(struct compact *c, uint64_t *txn, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t made = 0;
	enum wv_status st = wv_swap_txn(c->made, &made, err);

	for (unsigned i = 0; st == WV_OK && i < BUMPS_MAX; i++) {
		st = wv_db_usage(wv_store_db(c->store), &usage, err);
		*txn = usage.last_txn;
		if (st != WV_OK || (*txn >= made && (*txn - made) % 2 == 0))
			return st;
		st = bump(wv_store_db(c->store), err);
	}
	return st == WV_OK ? wv_err_set(err, WV_BUG, "transactions cannot be aligned") : st;
}

static enum wv_status put_in_place(struct compact *c, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t txn = 0;
	enum wv_status st = wv_db_usage(c->db, &usage, err);

	c->counts.new_file_bytes = usage.file_bytes;
	wv_db_close(&c->db);
	wv_loader_done(&c->loader);
	wv_txn_abort(&c->from);
	if (st == WV_OK)
		st = align(c, &txn, err);
	if (st == WV_OK)
		st = step(c, "replace", err);
	if (st == WV_OK)
		st = wv_swap(c->made, wv_store_dir(c->store), txn, err);
	/* For tests that kill here; it is too late to fail. */
	if (st == WV_OK)
		(void)step(c, "replaced", NULL);
	return st;
}

static enum wv_status look(struct compact *c, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	enum wv_status st = wv_store_begin_read(c->store, &c->from, err);

	wv_loader_init(&c->loader, c->from);
	if (st == WV_OK)
		st = wv_state_get(c->from, &c->old, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st == WV_OK)
		st = wv_db_usage(wv_store_db(c->store), &usage, err);
	c->counts.captures = c->old.totals.captures;
	c->counts.file_bytes = usage.file_bytes;
	c->counts.free_bytes = usage.free_bytes;
	memcpy(c->counts.stored, c->old.totals.stored, sizeof c->counts.stored);
	if (st == WV_OK && c->old.next_source > UINT32_MAX)
		return wv_err_set(err, WV_DAMAGED, "the archive's counters are impossible");
	if (st == WV_OK) {
		c->shares = calloc((size_t)c->old.next_source + 1, sizeof *c->shares);
		if (!c->shares)
			return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	return st;
}

static enum wv_status count_wire(struct compact *c, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_encoded_row row;

	(void)key;
	if (!wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	c->counts.wires_released += row.may_go;
	c->counts.wire_bytes_released += row.may_go ? row.encoded_bytes : 0;
	return WV_OK;
}

static enum wv_status run(struct compact *c, struct wv_err *err)
{
	enum wv_status st = step(c, "begin", err);

	if (st == WV_OK)
		st = open_made(c, err);
	if (st == WV_OK)
		st = make(c, err);
	wv_packer_done(&c->packer);
	wv_txn_abort(&c->to);
	if (st == WV_OK)
		st = put_in_place(c, err);
	wv_db_close(&c->db);
	/* Of a failure here nothing follows: the next run removes it. */
	(void)remove_made(c, NULL);
	return st;
}

enum wv_status wv_compact(struct wv_store *store, const struct wv_compact_options *options,
                          struct wv_compact_counts *out, struct wv_err *err)
{
	struct compact c = {.store = store, .options = options};
	enum wv_status st = look(&c, err);

	wv_buf_init(&c.newest_bytes, BODY_CAP);
	wv_buf_init(&c.raw, BODY_CAP);
	wv_buf_init(&c.base_bytes, BODY_CAP);
	wv_buf_init(&c.row, ROW_CAP);
	wv_packer_init(&c.packer, NULL, &c.state, SIZE_MAX);
	if (st == WV_OK)
		st = options->is_dry_run ? each_row(&c, WV_TABLE_ENCODED, count_wire, err)
		                         : run(&c, err);
	wv_packer_done(&c.packer);
	wv_loader_done(&c.loader);
	wv_txn_abort(&c.from);
	wv_buf_done(&c.newest_bytes);
	wv_buf_done(&c.raw);
	wv_buf_done(&c.base_bytes);
	wv_buf_done(&c.row);
	free(c.shares);
	*out = c.counts;
	return st == WV_OK ? st : wv_err_add(err, st, "compacting '%s'", wv_store_dir(store));
}
