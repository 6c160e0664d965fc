#include "archive/proof/verify_parts.h"

#include "archive/proof/anchor.h"
#include "archive/store/article.h"
#include "archive/store/base.h"
#include "archive/store/delta.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

/* What each row of archive/'s tables must agree with: everything it indexes or is indexed by. */

/* A row that was not there when the counters were read. */
static enum wv_status newer(struct wv_verifier *v)
{
	v->newer[v->table]++;
	return WV_OK;
}

/* --- pages --- */

static enum wv_status check_page_key(struct wv_verifier *v, struct wv_slice key,
                                     struct wv_slice value, struct wv_err *err)
{
	struct wv_slice page_key, url, number;
	enum wv_status st;

	if (key.n != 8 || !wv_record_page_decode(value, &page_key, &url))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (wv_load_u64_be(key.p) >= v->state.next_page)
		return newer(v);
	v->sums.pages++;
	st = wv_txn_get(v->txn, WV_TABLE_PAGES, page_key, &number, err);
	if (st == WV_NO || (st == WV_OK && !wv_slice_equals(number, key)))
		return wv_err_set(err, WV_DAMAGED, "is not the page of its key");
	return st;
}

static enum wv_status check_page(struct wv_verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_slice row, page_key, url;
	enum wv_status st;

	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	st = wv_txn_get(v->txn, WV_TABLE_PAGE_KEYS, value, &row, err);
	if (st == WV_NO || (st == WV_OK && (!wv_record_page_decode(row, &page_key, &url) ||
	                                    !wv_slice_equals(page_key, key))))
		return wv_err_set(err, WV_DAMAGED, "its number is another page's");
	return st;
}

/* --- captures --- */

static enum wv_status check_leaf(struct wv_verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_leaf_row leaf;
	struct wv_capture_key place;
	struct wv_slice row;

	if (key.n != 8 || !wv_record_leaf_row_decode(value, &leaf))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (wv_load_u64_be(key.p) >= v->state.next_leaf)
		return newer(v);
	if (leaf.is_erased) {
		v->sums.captures++; /* counted by its leaf */
		return wv_register_check_erased(v->txn, wv_load_u64_be(key.p), err);
	}
	return wv_capture_row_get(v->txn, wv_load_u64_be(key.p), &place, &row, err);
}

static enum wv_status check_hash(struct wv_verifier *v, const struct wv_capture *capture,
                                 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf leaf = {0};
	struct wv_leaf_row row;
	struct wv_digest hash;
	enum wv_status st = wv_leaf_get(v->txn, capture->id, &row, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "has no leaf in the log");
	wv_buf_init(&leaf, WV_MIB);
	if (st == WV_OK)
		st = wv_record_leaf(capture, &leaf, err);
	if (st != WV_OK)
		return st;
	if (row.is_erased || row.page != capture->page || row.captured.us != capture->captured.us)
		return wv_err_set(err, WV_DAMAGED, "its leaf names another capture");
	st = wv_record_leaf_hash(row.salt, wv_buf_slice(&leaf), &hash, err);
	if (st != WV_OK)
		return st;
	if (!wv_digest_equals(&hash, &row.hash))
		return wv_err_set(err, WV_DAMAGED, "is not what its leaf in the log was made of");
	return WV_OK;
}

static bool was_pruned(struct wv_verifier *v, const struct wv_digest *body)
{
	struct wv_fact fact;

	return wv_register_pruned(v->txn, v->arena, WV_BLOB_BODY, body, &fact, NULL) == WV_OK;
}

static enum wv_status check_body_of(struct wv_verifier *v, const struct wv_capture *capture,
                                    struct wv_err *err)
{
	struct wv_encoded_row encoded;
	struct wv_slice value;
	uint64_t bytes = 0;
	enum wv_status st;

	if (!capture->has_body)
		return WV_OK;
	st = wv_store_has_body(v->txn, &capture->body, &bytes, err);
	if (st == WV_NO && was_pruned(v, &capture->body))
		return WV_OK;
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its body is missing");
	if (st == WV_OK && bytes != capture->body_bytes)
		return wv_err_set(err, WV_DAMAGED, "its body has another size");
	if (st != WV_OK || !capture->has_encoded)
		return st;
	st = wv_txn_get(v->txn, WV_TABLE_ENCODED, wv_slice(capture->encoded.b, WV_DIGEST_BYTES),
	                &value, err);
	if (st == WV_NO && was_pruned(v, &capture->body))
		return WV_OK; /* and had again, in another coding */
	if (st == WV_NO || (st == WV_OK && !wv_record_encoded_decode(value, &encoded)))
		return wv_err_set(err, WV_DAMAGED, "its encoded digest is not indexed");
	return st;
}

/* The version in a capture's row is what was known when it was recorded: derived again. */
static enum wv_status check_version(struct wv_verifier *v, const struct wv_capture *capture,
                                    struct wv_err *err)
{
	struct wv_capture derived = *capture;
	struct wv_article_row row;
	uint32_t number = 0;
	enum wv_status st =
		wv_article_row_newest(v->txn, capture->id, capture->recorded, &number, &row, err);

	if (st == WV_NO && capture->has_stands_for) {
		struct wv_capture target = {0};

		st = wv_store_capture(v->txn, v->arena, capture->stands_for, capture->recorded,
		                      &target, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED,
			                  "stands for a capture that is not there");
		if (st != WV_OK)
			return st;
		if (!wv_digest_equals(&target.body, &capture->body))
			return wv_err_set(err, WV_DAMAGED, "stands for a capture of another body");
		/* Read for itself (a listing, a feed): its own verdict stays. */
		if (target.verdict == capture->verdict) {
			derived.has_version = target.has_version;
			derived.version = target.version;
		} else {
			derived.has_version = wv_capture_version(capture, NULL, &derived.version);
		}
	} else if (st == WV_NO) {
		derived.has_version = wv_capture_version(capture, NULL, &derived.version);
	} else if (st != WV_OK) {
		return st;
	} else {
		derived.has_version = wv_capture_version(capture, row.has_key ? &row.key : NULL,
		                                         &derived.version);
		if (row.verdict != capture->verdict || row.extractor != capture->extractor ||
		    row.model != capture->model)
			return wv_err_set(err, WV_DAMAGED, "its article row has another verdict");
	}
	if (derived.has_version != capture->has_version ||
	    (derived.has_version && !wv_digest_equals(&derived.version, &capture->version)))
		return wv_err_set(err, WV_DAMAGED,
		                  "its version key is not that of its article or body");
	return WV_OK;
}

static enum wv_status check_capture(struct wv_verifier *v, struct wv_slice key,
                                    struct wv_slice value, struct wv_err *err)
{
	unsigned char bytes[WV_KEY_SOURCE_BYTES], page[8];
	struct wv_capture_context context = {0};
	struct wv_capture capture = {0};
	struct wv_capture_key place;
	struct wv_source_key source;
	struct wv_slice row;
	enum wv_status st;

	if (!wv_key_read_capture(key, &place))
		return wv_err_set(err, WV_DAMAGED, "has a key that does not decode");
	if (place.id >= v->state.next_leaf)
		return newer(v);
	v->counts.captures++;
	st = wv_record_capture_peek(&place, value, &context, NULL, err);
	if (st == WV_OK)
		st = wv_loader_capture(&v->loader, &place, value, v->arena, &capture, err);
	if (st != WV_OK)
		return st;
	v->sums.captures++;
	v->sums.capture_bytes += capture.has_body ? capture.body_bytes : 0;
	if (context.source <= v->state.next_source) {
		v->sources[context.source].captures++;
		v->sources[context.source].capture_bytes +=
			capture.has_body ? capture.body_bytes : 0;
	}
	source = (struct wv_source_key){context.source, place.captured, place.id};
	wv_key_of_source(&source, bytes);
	wv_key_of_u64(place.page, page);
	st = wv_txn_get(v->txn, WV_TABLE_BY_SOURCE, wv_slice(bytes, sizeof bytes), &row, err);
	if (st == WV_NO || (st == WV_OK && !wv_slice_equals(row, wv_slice(page, sizeof page))))
		return wv_err_set(err, WV_DAMAGED, "is not listed under its source");
	if (st == WV_OK)
		st = check_hash(v, &capture, err);
	if (st == WV_OK)
		st = check_body_of(v, &capture, err);
	return st == WV_OK ? check_version(v, &capture, err) : st;
}

static enum wv_status check_by_source(struct wv_verifier *v, struct wv_slice key,
                                      struct wv_slice value, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture_key place;
	struct wv_source_key source;
	struct wv_slice row;
	enum wv_status st;

	if (!wv_key_read_source(key, &source) || value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (source.id >= v->state.next_leaf)
		return newer(v);
	st = wv_capture_row_get(v->txn, source.id, &place, &row, err);
	if (st == WV_OK)
		st = wv_record_capture_peek(&place, row, &context, NULL, err);
	if (st != WV_OK)
		return st;
	if (context.source != source.source || place.captured.us != source.captured.us ||
	    place.page != wv_load_u64_be(value.p))
		return wv_err_set(err, WV_DAMAGED, "lists a capture that is another's");
	return WV_OK;
}

static enum wv_status check_source(struct wv_verifier *v, struct wv_slice key,
                                   struct wv_slice value, struct wv_err *err)
{
	unsigned char number[9] = {'#'};
	struct wv_source_row row;
	struct wv_slice other;
	uint64_t n, of_kinds = 0;
	enum wv_status st;

	if (key.n > 1 && key.p[0] == 'n' && value.n == 8) {
		memcpy(number + 1, value.p, 8);
		st = wv_txn_get(v->txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
		                &other, err);
		if (st == WV_NO ||
		    (st == WV_OK && (!wv_record_source_decode(other, &row) ||
		                     !wv_slice_equals(row.name, wv_slice_from(key, 1)))))
			return wv_err_set(err, WV_DAMAGED, "its number is another source's");
		return st;
	}
	if (key.n != 9 || key.p[0] != '#' || !wv_record_source_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	n = wv_load_u64_be(key.p + 1);
	if (n == 0 || n > v->state.next_source)
		return newer(v);
	if (row.captures < v->sources[n].captures ||
	    row.capture_bytes < v->sources[n].capture_bytes)
		return wv_err_set(err, WV_DAMAGED, "has more captures than it counts");
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		of_kinds += row.stored[i];
	if (of_kinds > row.stored_bytes)
		return wv_err_set(err, WV_DAMAGED, "has more stored bytes by kind than in all");
	return WV_OK;
}

/* --- byte strings --- */

static bool is_sampled(const struct wv_verifier *v, const struct wv_blob_key *key)
{
	/* Digests are spread evenly: a part of one is a fair choice, and the same each time. */
	return v->sample_step <= 1 || wv_load_u64_be(key->digest.b) % v->sample_step == 0;
}

static enum wv_status check_place(struct wv_verifier *v, const struct wv_blob_row *row,
                                  struct wv_err *err)
{
	if (row->is_inline || (row->kind == WV_STORED_WIRE && row->stored_bytes == 0))
		return WV_OK;
	if (row->segment >= v->state.next_segment)
		return WV_OK; /* newer, or missing, which reading tells */
	if (row->offset == 0 || row->stored_bytes == 0)
		return wv_err_set(err, WV_DAMAGED, "points to nothing in its segment");
	v->claimed[row->segment] += row->stored_bytes;
	return WV_OK;
}

/* The way to a string: everything on it is there, and it costs what its row says. A delta's row may
 * say more, since what it is built on may have been stored anew at less (recode.h). */
static enum wv_status check_way(struct wv_verifier *v, const struct wv_blob_key *key,
                                const struct wv_blob_row *row, struct wv_err *err)
{
	struct wv_blob_row base = {0};
	uint64_t cost = row->kind == WV_STORED_RAW ? 0 : row->raw_bytes;
	uint64_t inflated = 0;
	uint32_t depth = 0;
	struct wv_slice stored;
	enum wv_status st = WV_OK;

	if (row->has_context) {
		st = wv_blob_find(v->txn, &row->context, &base, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED, "its dictionary is missing");
	}
	if (st == WV_OK && row->kind == WV_STORED_DELTA) {
		if (!row->has_base)
			return wv_err_set(err, WV_DAMAGED, "is a delta to nothing");
		st = wv_blob_stored(v->txn, key, row, &stored, err);
		if (st == WV_OK && !wv_delta_inflated(stored, &inflated))
			return wv_err_set(err, WV_DAMAGED, "does not decode");
		cost = wv_blob_delta_cost(0, row->raw_bytes, inflated);
	}
	if (st == WV_OK && row->has_base) {
		st = wv_blob_find(v->txn, &row->base, &base, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED, "its base is missing");
		cost += base.cost;
		depth = base.depth + 1;
	}
	if (st != WV_OK)
		return st;
	if (row->kind == WV_STORED_DELTA ? row->cost < cost || row->depth < depth
	                                 : row->cost != cost || row->depth != depth)
		return wv_err_set(err, WV_DAMAGED, "its cost is not that of its path");
	return WV_OK;
}

static enum wv_status check_blob(struct wv_verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_blob_key blob;
	struct wv_blob_row row = {0};
	enum wv_status st;

	if (!wv_key_read_blob(key, &blob) || !wv_record_blob_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	v->counts.bodies++;
	v->sums.records[row.kind]++;
	v->sums.stored[row.kind] += row.stored_bytes;
	if (blob.kind == WV_BLOB_BODY) {
		v->sums.bodies++;
		v->sums.body_bytes += row.raw_bytes;
	}
	if (blob.kind == WV_BLOB_ARTICLE)
		v->sums.article_bytes += row.raw_bytes;
	st = check_place(v, &row, err);
	if (st == WV_OK)
		st = check_way(v, &blob, &row, err);
	if (st != WV_OK || !is_sampled(v, &blob))
		return st;
	wv_buf_reset(&v->bytes);
	st = wv_blob_read(v->txn, &blob, &v->bytes, err);
	if (st == WV_OK && v->bytes.n != row.raw_bytes)
		return wv_err_set(err, WV_DAMAGED, "has another size than its row says");
	v->counts.bytes += v->bytes.n;
	return st;
}

static enum wv_status check_segment(struct wv_verifier *v, struct wv_slice key,
                                    struct wv_slice value, struct wv_err *err)
{
	uint64_t number;

	if (key.n != 8 || value.n == 0 || value.p[0] != 1)
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	number = wv_load_u64_be(key.p);
	if (number >= v->state.next_segment)
		return newer(v);
	if (v->claimed[number] == value.n - 1)
		return WV_OK;
	return wv_err_set(err, WV_DAMAGED, "holds %zu bytes; rows claim %llu", value.n - 1,
	                  (unsigned long long)v->claimed[number]);
}

static enum wv_status check_encoded(struct wv_verifier *v, struct wv_slice key,
                                    struct wv_slice value, struct wv_err *err)
{
	struct wv_blob_key wire = {.kind = WV_BLOB_WIRE};
	struct wv_encoded_row row;
	struct wv_blob_row blob;
	uint64_t bytes = 0;
	enum wv_status st;

	if (key.n != WV_DIGEST_BYTES || !wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	st = wv_store_has_body(v->txn, &row.body, &bytes, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its decoded body is missing");
	if (st == WV_OK && bytes != row.body_bytes)
		return wv_err_set(err, WV_DAMAGED, "its decoded body has another size");
	if (st != WV_OK || !row.is_kept)
		return st;
	memcpy(wire.digest.b, key.p, WV_DIGEST_BYTES);
	st = wv_blob_find(v->txn, &wire, &blob, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "is marked as kept and missing");
	return st;
}

static enum wv_status check_site_base(struct wv_verifier *v, struct wv_slice key,
                                      struct wv_slice value, struct wv_err *err)
{
	struct wv_blob_key body;
	struct wv_blob_row row = {0};
	enum wv_status st;

	if (key.n == 0 || !wv_site_base_decode(value, &body) || body.kind != WV_BLOB_BODY)
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	st = wv_blob_find(v->txn, &body, &row, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its body is missing");
	if (st == WV_OK && row.kind == WV_STORED_DELTA)
		return wv_err_set(err, WV_DAMAGED, "its body is itself a delta");
	return st;
}

/* --- articles --- */

static enum wv_status check_article_record(struct wv_verifier *v, const struct wv_article_row *row,
                                           struct wv_err *err)
{
	const struct wv_reading reading = {.record = row->record,
	                                   .record_bytes = row->record_bytes};
	struct wv_article article;
	struct wv_digest key;
	enum wv_status st = wv_store_article(v->txn, v->arena, &reading, &article, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its record is missing");
	if (st != WV_OK)
		return st;
	if ((uint8_t)article.verdict != row->verdict || article.extractor != row->extractor ||
	    article.model != row->model || !wv_slice_equals(article.category, row->category) ||
	    !wv_slice_equals(article.language, row->language) ||
	    row->has_key != (article.verdict == WV_VERDICT_ARTICLE))
		return wv_err_set(err, WV_DAMAGED, "is not what its record says");
	if (!row->has_key)
		return WV_OK;
	st = wv_article_key(&article, v->arena, &key, err);
	if (st == WV_OK && !wv_digest_equals(&key, &row->key))
		return wv_err_set(err, WV_DAMAGED, "its key is not that of its text");
	return st;
}

static enum wv_status check_article(struct wv_verifier *v, struct wv_slice key,
                                    struct wv_slice value, struct wv_err *err)
{
	struct wv_blob_key record = {.kind = WV_BLOB_ARTICLE};
	struct wv_article_row row;
	struct wv_capture_key place;
	struct wv_blob_row blob;
	struct wv_slice capture;
	enum wv_status st;

	if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (row.recorded.us > v->state.totals.last_recorded.us)
		return newer(v);
	v->sums.articles++;
	st = wv_capture_row_get(v->txn, wv_load_u64_be(key.p), &place, &capture, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "belongs to no capture");
	record.digest = row.record;
	if (st == WV_OK)
		st = wv_blob_find(v->txn, &record, &blob, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its record is missing");
	if (st == WV_OK && blob.raw_bytes != row.record_bytes)
		return wv_err_set(err, WV_DAMAGED, "its record has another size");
	return st == WV_OK && is_sampled(v, &record) ? check_article_record(v, &row, err) : st;
}

/* --- heads: their roots, verify_tree.c compares --- */

static enum wv_status check_head(struct wv_verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_head_row row;
	struct wv_signed_head head;
	enum wv_status st;

	if (!wv_head_row_decode(key, value, &row))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (!row.is_signed)
		return WV_OK;
	st = wv_head_signed_at(v->txn, row.head.size, &head, err);
	if (st == WV_OK && !wv_head_is_signed(&head))
		return wv_err_set(err, WV_DAMAGED, "its signature is wrong");
	return st;
}

/* --- facts --- */

static enum wv_status check_fact(struct wv_verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	return wv_register_check_row(v->txn, key, value, err);
}

/* --- anchors --- */

static enum wv_status check_anchor(struct wv_verifier *v, struct wv_slice key,
                                   struct wv_slice value, struct wv_err *err)
{
	struct wv_anchor anchor;
	struct wv_signed_head head;
	struct wv_time stamped = WV_TIME_NONE;
	uint64_t size;
	enum wv_status st;

	if (!wv_anchor_decode(key, value, &size, &anchor))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	st = wv_head_signed_at(v->txn, size, &head, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the head is not signed, or missing");
	if (st != WV_OK || anchor.response.n == 0)
		return st;
	st = wv_anchor_check(&head, anchor.request, anchor.response, &stamped, err);
	if (st == WV_OK && stamped.us != anchor.stamped.us)
		return wv_err_set(err, WV_DAMAGED, "is stamped with another time than its row says");
	return st == WV_BAD_INPUT ? WV_DAMAGED : st;
}

wv_verify_row wv_verify_check_of(enum wv_table table)
{
	static const wv_verify_row checks[WV_TABLE_COUNT] = {
		[WV_TABLE_PAGE_KEYS] = check_page_key,  [WV_TABLE_PAGES] = check_page,
		[WV_TABLE_LEAVES] = check_leaf,         [WV_TABLE_CAPTURES] = check_capture,
		[WV_TABLE_BY_SOURCE] = check_by_source, [WV_TABLE_SOURCE_NAMES] = check_source,
		[WV_TABLE_BODIES] = check_blob,         [WV_TABLE_SEGMENTS] = check_segment,
		[WV_TABLE_ENCODED] = check_encoded,     [WV_TABLE_ARTICLES] = check_article,
		[WV_TABLE_HEADS] = check_head,
		[WV_TABLE_FACTS] = check_fact,
		[WV_TABLE_BASES] = check_site_base,
		[WV_TABLE_ANCHORS] = check_anchor,
	};

	return checks[table];
}
