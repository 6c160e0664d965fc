#include "archive/proof/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/proof/merkle.h"
#include "archive/store/article.h"
#include "archive/store/blob.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define SLICE_US     (100 * WV_US_PER_MS)
#define SAMPLE       1000u
#define KEY_CAP      1024u
#define NAME_BYTES   640
#define WHAT_BYTES   768
#define ARENA_CAP    (1024u * WV_MIB)
#define BLOB_CAP     (2u * WV_LIMIT_BODY_BYTES_MAX)
#define PROGRESS_ROWS 4096u
/* Segments that were numbered and are empty of rows by now. */
#define SEGMENTS_SLACK (UINT64_C(1) << 20)
#define LEVEL_STEP   4   /* of the stored tree, as in merkle.c */

/* What is summed up while tables pass by, to be compared with what the counters say. */
struct sums {
	uint64_t captures, capture_bytes, pages, articles;
	uint64_t bodies, body_bytes, article_bytes;
	uint64_t records[WV_STORED_KIND_COUNT], stored[WV_STORED_KIND_COUNT];
};

struct source_sums {
	uint64_t captures, capture_bytes;
};

struct verifier {
	struct wv_store *store;
	const struct wv_verify_options *options;
	struct wv_verify_counts counts;
	struct wv_state state; /* at the start: what lies above its numbers came later */
	struct wv_txn *txn;
	enum wv_table table;    /* being walked */
	struct wv_arena *arena; /* of one row */
	struct wv_loader loader;
	struct wv_buf bytes;
	struct sums sums;
	struct source_sums *sources; /* by number */
	uint64_t *claimed;           /* bytes of each segment that a row points to */
	uint64_t sample_step;
	uint64_t newer[WV_TABLE_COUNT]; /* rows above the counters: a writer's, or nobody's */
	bool is_stopped;
};

typedef enum wv_status (*check_row)(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err);

/* --- findings --- */

static void found(struct verifier *v, const char *table, const char *record, const char *what)
{
	const struct wv_finding finding = {table, record, what};

	v->counts.findings++;
	if (v->options->found)
		v->options->found(&finding, v->options->context);
}

static void found_in(struct verifier *v, enum wv_table table, const char *record, const char *format,
                     ...) WV_PRINTF(4, 5);

static void found_in(struct verifier *v, enum wv_table table, const char *record, const char *format,
                     ...)
{
	char what[WHAT_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof what, format, args);
	va_end(args);
	found(v, wv_table_name(table), record, what);
}

static void print_hex(struct wv_slice s, char *out, size_t room)
{
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < s.n && n + 3 < room; i++)
		n += (size_t)snprintf(out + n, room - n, "%02x", s.p[i]);
}

/* "capture 17", "body 3f2a...": what a person would call the row. */
static void name_row(enum wv_table table, struct wv_slice key, char name[NAME_BYTES])
{
	struct wv_capture_key capture;
	char hex[2 * KEY_CAP + 1];
	const char *word = NULL;

	if (table == WV_TABLE_LEAVES)
		word = "leaf";
	if (table == WV_TABLE_SEGMENTS)
		word = "segment";
	if (table == WV_TABLE_PAGE_KEYS)
		word = "page";
	if (table == WV_TABLE_HEADS)
		word = "head of size";
	if (table == WV_TABLE_ARTICLES)
		word = "article of capture";
	if (word && key.n >= 8) {
		(void)snprintf(name, NAME_BYTES, "%s %llu", word,
		               (unsigned long long)wv_load_u64_be(key.p));
		return;
	}
	if (table == WV_TABLE_CAPTURES && wv_key_read_capture(key, &capture)) {
		(void)snprintf(name, NAME_BYTES, "capture %llu of page %llu",
		               (unsigned long long)capture.id, (unsigned long long)capture.page);
		return;
	}
	if (table == WV_TABLE_PAGES) {
		(void)snprintf(name, NAME_BYTES, "page '%.*s'", WV_FMT(key));
		return;
	}
	print_hex(table == WV_TABLE_BODIES ? wv_slice_from(key, 1) : key, hex, sizeof hex);
	(void)snprintf(name, NAME_BYTES, "%s %.500s",
	               table == WV_TABLE_BODIES && key.n && key.p[0] == WV_BLOB_BODY      ? "body"
	               : table == WV_TABLE_BODIES && key.n && key.p[0] == WV_BLOB_ARTICLE ? "article record"
	               : table == WV_TABLE_BODIES || table == WV_TABLE_ENCODED ? "encoded body"
	                                                                       : "row",
	               hex);
}

/* --- walking a table in slices --- */

struct stroll {
	struct verifier *v;
	enum wv_table table;
	struct wv_walk *walk;
	struct wv_buf last; /* the key stood at */
	bool has_last;
	struct wv_mono renew;
};

static enum wv_status renew(struct stroll *s, struct wv_err *err)
{
	struct verifier *v = s->v;
	enum wv_status st;

	wv_walk_end(&s->walk);
	wv_loader_done(&v->loader);
	wv_txn_abort(&v->txn);
	st = wv_store_begin_read(v->store, &v->txn, err);
	if (st != WV_OK)
		return st;
	wv_loader_init(&v->loader, v->txn);
	st = wv_walk_begin(v->txn, s->table, &s->walk, err);
	if (st == WV_OK)
		wv_walk_check_all(s->walk);
	s->renew.us = wv_clock_mono(wv_clock_system()).us + SLICE_US;
	return st;
}

static enum wv_status step(struct stroll *s, struct wv_slice *key, struct wv_slice *value,
                           struct wv_err *err)
{
	struct wv_slice last = wv_buf_slice(&s->last);
	enum wv_status st;

	if (s->walk && wv_clock_mono(wv_clock_system()).us < s->renew.us)
		return wv_walk_next(s->walk, key, value, err);
	st = renew(s, err);
	if (st != WV_OK)
		return st;
	if (!s->has_last)
		return wv_walk_seek(s->walk, WV_SLICE_NONE, key, value, err);
	st = wv_walk_seek(s->walk, last, key, value, err);
	if ((st == WV_OK || st == WV_DAMAGED) && wv_walk_key(s->walk, key) &&
	    wv_slice_equals(*key, last))
		st = wv_walk_next(s->walk, key, value, err);
	return st;
}

/* Keys must rise, and each must be found where a lookup looks for it. */
static void check_key(struct stroll *s, struct wv_slice key)
{
	struct verifier *v = s->v;
	char name[NAME_BYTES];
	struct wv_slice value;
	enum wv_status st;

	if (s->has_last && wv_slice_compare(wv_buf_slice(&s->last), key) >= 0) {
		name_row(s->table, key, name);
		found_in(v, s->table, name, "is out of order");
	}
	st = wv_txn_get(v->txn, s->table, key, &value, NULL);
	if (st == WV_NO) {
		name_row(s->table, key, name);
		found_in(v, s->table, name, "is not found by its key");
	}
}

static bool go_on(struct verifier *v)
{
	if (++v->counts.rows % PROGRESS_ROWS == 0 && v->options->progress &&
	    !v->options->progress(v->counts.rows, v->options->context))
		v->is_stopped = true;
	return !v->is_stopped;
}

/* One row: a WV_DAMAGED of `check` is a finding, other failures end the walk. */
static enum wv_status look_at(struct stroll *s, check_row check, struct wv_slice key,
                              struct wv_slice value, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	char name[NAME_BYTES];
	enum wv_status st;

	wv_arena_reset(s->v->arena);
	check_key(s, key);
	st = check ? check(s->v, key, value, &why) : WV_OK;
	if (st == WV_DAMAGED || st == WV_NO) {
		name_row(s->table, key, name);
		found_in(s->v, s->table, name, "%s", st == WV_NO ? "refers to nothing" : why.text);
		return WV_OK;
	}
	if (st != WV_OK && err)
		*err = why;
	return st;
}

static enum wv_status stroll_through(struct stroll *s, check_row check, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;

	for (;;) {
		struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;
		enum wv_status st = step(s, &key, &value, &why);
		bool is_row = st == WV_OK;

		if (st == WV_NO)
			return WV_OK;
		if (st == WV_DAMAGED && s->walk && wv_walk_key(s->walk, &key) &&
		    !(s->has_last && wv_slice_equals(key, wv_buf_slice(&s->last)))) {
			char name[NAME_BYTES];

			name_row(s->table, key, name);
			found_in(s->v, s->table, name, "%s", why.text);
		} else if (st == WV_DAMAGED || st == WV_BUG) {
			found_in(s->v, s->table, "table", "cannot be walked: %s", why.text);
			return WV_OK;
		} else if (!is_row) {
			if (err)
				*err = why;
			return st;
		}
		if (is_row) {
			st = look_at(s, check, key, value, err);
			if (st != WV_OK)
				return st;
		}
		wv_buf_reset(&s->last);
		wv_buf_add(&s->last, key);
		s->has_last = true;
		if (!go_on(s->v))
			return wv_err_set(err, WV_STOPPED, "stopped");
	}
}

static enum wv_status each_row(struct verifier *v, enum wv_table table, check_row check,
                               struct wv_err *err)
{
	struct stroll s = {.v = v, .table = table};
	enum wv_status st;

	v->table = table;
	wv_buf_init(&s.last, KEY_CAP);
	st = stroll_through(&s, check, err);
	wv_walk_end(&s.walk);
	wv_buf_done(&s.last);
	return st;
}

/* A row that was not there when the counters were read. */
static enum wv_status newer(struct verifier *v)
{
	v->newer[v->table]++;
	return WV_OK;
}

/* --- pages --- */

static enum wv_status check_page_key(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                     struct wv_err *err)
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

static enum wv_status check_page(struct verifier *v, struct wv_slice key, struct wv_slice value,
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

static enum wv_status check_leaf(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                 struct wv_err *err)
{
	struct wv_leaf_row leaf;
	struct wv_capture_key place;
	struct wv_slice row;

	if (key.n != 8 || !wv_record_leaf_row_decode(value, &leaf))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (wv_load_u64_be(key.p) >= v->state.next_leaf)
		return newer(v);
	if (leaf.is_erased)
		return WV_OK;
	return wv_capture_row_get(v->txn, wv_load_u64_be(key.p), &place, &row, err);
}

static enum wv_status check_hash(struct verifier *v, const struct wv_capture *capture,
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

static enum wv_status check_body_of(struct verifier *v, const struct wv_capture *capture,
                                    struct wv_err *err)
{
	struct wv_encoded_row encoded;
	struct wv_slice value;
	uint64_t bytes = 0;
	enum wv_status st;

	if (!capture->has_body)
		return WV_OK;
	st = wv_store_has_body(v->txn, &capture->body, &bytes, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "its body is missing");
	if (st == WV_OK && bytes != capture->body_bytes)
		return wv_err_set(err, WV_DAMAGED, "its body has another size");
	if (st != WV_OK || !capture->has_encoded)
		return st;
	st = wv_txn_get(v->txn, WV_TABLE_ENCODED, wv_slice(capture->encoded.b, WV_DIGEST_BYTES),
	                &value, err);
	if (st == WV_NO || (st == WV_OK && !wv_record_encoded_decode(value, &encoded)))
		return wv_err_set(err, WV_DAMAGED, "its encoded digest is not indexed");
	return st;
}

/* The version in a capture's row is what was known when it was recorded: derived again. */
static enum wv_status check_version(struct verifier *v, const struct wv_capture *capture,
                                    struct wv_err *err)
{
	struct wv_capture derived = *capture;
	struct wv_article_row row;
	uint32_t number = 0;
	enum wv_status st = wv_article_row_newest(v->txn, capture->id, capture->recorded, &number,
	                                          &row, err);

	if (st == WV_NO && capture->has_stands_for) {
		struct wv_capture target = {0};

		st = wv_store_capture(v->txn, v->arena, capture->stands_for, capture->recorded,
		                      &target, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED, "stands for a capture that is not there");
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
		return wv_err_set(err, WV_DAMAGED, "its version key is not that of its article or body");
	return WV_OK;
}

static enum wv_status check_capture(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err)
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

static enum wv_status check_by_source(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                      struct wv_err *err)
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

static enum wv_status check_source(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                   struct wv_err *err)
{
	unsigned char number[9] = {'#'};
	struct wv_source_row row;
	struct wv_slice other;
	uint64_t n;
	enum wv_status st;

	if (key.n > 1 && key.p[0] == 'n' && value.n == 8) {
		memcpy(number + 1, value.p, 8);
		st = wv_txn_get(v->txn, WV_TABLE_SOURCE_NAMES, wv_slice(number, sizeof number),
		                &other, err);
		if (st == WV_NO || (st == WV_OK && (!wv_record_source_decode(other, &row) ||
		                                    !wv_slice_equals(row.name,
		                                                     wv_slice_from(key, 1)))))
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
	return WV_OK;
}

/* --- byte strings --- */

static bool is_sampled(const struct verifier *v, const struct wv_blob_key *key)
{
	/* Digests are spread evenly: a part of one is a fair choice, and the same each time. */
	return v->sample_step <= 1 || wv_load_u64_be(key->digest.b) % v->sample_step == 0;
}

static enum wv_status check_place(struct verifier *v, const struct wv_blob_row *row,
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

static enum wv_status check_base(struct verifier *v, const struct wv_blob_row *row,
                                 struct wv_err *err)
{
	struct wv_blob_row base = {0};
	uint64_t cost = row->kind == WV_STORED_RAW ? 0 : row->raw_bytes;
	uint32_t depth = 0;
	enum wv_status st = WV_OK;

	if (row->has_context) {
		st = wv_blob_find(v->txn, &row->context, &base, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED, "its dictionary is missing");
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
	if (row->kind < WV_STORED_DELTA && (row->cost != cost || row->depth != depth))
		return wv_err_set(err, WV_DAMAGED, "its cost is not that of its path");
	return WV_OK;
}

static enum wv_status check_blob(struct verifier *v, struct wv_slice key, struct wv_slice value,
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
		st = check_base(v, &row, err);
	if (st != WV_OK || !is_sampled(v, &blob))
		return st;
	wv_buf_reset(&v->bytes);
	st = wv_blob_read(v->txn, &blob, &v->bytes, err);
	if (st == WV_OK && v->bytes.n != row.raw_bytes)
		return wv_err_set(err, WV_DAMAGED, "has another size than its row says");
	v->counts.bytes += v->bytes.n;
	return st;
}

static enum wv_status check_segment(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err)
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

static enum wv_status check_encoded(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err)
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

/* --- articles --- */

static enum wv_status check_article_record(struct verifier *v, const struct wv_article_row *row,
                                           struct wv_err *err)
{
	const struct wv_reading reading = {.record = row->record, .record_bytes = row->record_bytes};
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

static enum wv_status check_article(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err)
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

/* --- the tree, grown again leaf by leaf --- */

struct regrowth {
	struct wv_digest nodes[64]; /* right edge: nodes[l] where bit l of `size` is set */
	uint64_t size;
	uint64_t stored;            /* nodes that the table must hold */
	struct wv_tree_head head;   /* the next one to be met */
	bool has_head;
};

static struct wv_digest root_of(const struct regrowth *r)
{
	struct wv_digest root = {{0}};
	bool has_root = false;

	for (unsigned level = 0; level < 64; level++) {
		if (!(r->size >> level & 1))
			continue;
		root = has_root ? wv_merkle_node(&r->nodes[level], &root) : r->nodes[level];
		has_root = true;
	}
	return root;
}

static enum wv_status check_node(struct verifier *v, unsigned level, uint64_t index,
                                 const struct wv_digest *expected, struct wv_err *err)
{
	unsigned char key[9];
	char name[64];
	struct wv_slice value;
	enum wv_status st;

	key[0] = (unsigned char)level;
	wv_store_u64_be(key + 1, index);
	(void)snprintf(name, sizeof name, "node %llu of level %u", (unsigned long long)index, level);
	st = wv_txn_get(v->txn, WV_TABLE_TREE, wv_slice(key, sizeof key), &value, err);
	if (st == WV_NO)
		found_in(v, WV_TABLE_TREE, name, "is missing");
	else if (st == WV_OK && !wv_slice_equals(value, wv_slice(expected->b, WV_DIGEST_BYTES)))
		found_in(v, WV_TABLE_TREE, name, "is not the hash of what is below it");
	else if (st != WV_OK && st != WV_DAMAGED) /* damage is found when the table is walked */
		return st;
	return WV_OK;
}

static enum wv_status add_leaf(struct verifier *v, struct regrowth *r, const struct wv_digest *hash,
                               struct wv_err *err)
{
	struct wv_digest node = *hash;
	unsigned level = 0;

	for (; r->size >> level & 1; level++) {
		node = wv_merkle_node(&r->nodes[level], &node);
		if ((level + 1) % LEVEL_STEP == 0) {
			enum wv_status st = check_node(v, level + 1, r->size >> (level + 1), &node,
			                               err);

			if (st != WV_OK)
				return st;
			r->stored++;
		}
	}
	r->nodes[level] = node;
	r->size++;
	return WV_OK;
}

static enum wv_status check_head(struct verifier *v, struct regrowth *r, struct wv_err *err)
{
	struct wv_digest root;
	char name[64];
	enum wv_status st;

	if (!r->has_head || r->head.size != r->size)
		return WV_OK;
	root = root_of(r);
	if (!wv_digest_equals(&root, &r->head.root)) {
		(void)snprintf(name, sizeof name, "head of size %llu", (unsigned long long)r->size);
		found_in(v, WV_TABLE_HEADS, name, "is not the root over its leaves");
	}
	st = wv_merkle_head_covering(v->txn, r->size + 1, &r->head, err);
	r->has_head = st == WV_OK;
	return st == WV_NO || st == WV_DAMAGED ? WV_OK : st;
}

/* Takes a slice of leaves in a transaction of its own. */
static enum wv_status regrow_slice(struct verifier *v, struct regrowth *r, struct wv_err *err)
{
	int64_t end = wv_clock_mono(wv_clock_system()).us + SLICE_US;
	enum wv_status st = WV_OK;

	wv_loader_done(&v->loader);
	wv_txn_abort(&v->txn);
	st = wv_store_begin_read(v->store, &v->txn, err);
	if (st != WV_OK)
		return st;
	wv_loader_init(&v->loader, v->txn);
	while (st == WV_OK && r->size < v->state.next_leaf &&
	       wv_clock_mono(wv_clock_system()).us < end) {
		struct wv_leaf_row leaf = {0};
		char name[64];

		st = wv_leaf_get(v->txn, r->size, &leaf, err);
		if (st == WV_NO) {
			(void)snprintf(name, sizeof name, "leaf %llu", (unsigned long long)r->size);
			found_in(v, WV_TABLE_LEAVES, name, "is missing");
		}
		if (st == WV_NO || st == WV_DAMAGED)
			st = WV_OK; /* its hash is lost: what is above it will not fit either */
		if (st == WV_OK)
			st = add_leaf(v, r, &leaf.hash, err);
		if (st == WV_OK)
			st = check_head(v, r, err);
	}
	return st;
}

static enum wv_status regrow(struct verifier *v, struct wv_err *err)
{
	struct regrowth r = {.size = 0};
	struct wv_tree_head newest = {0};
	uint64_t nodes = 0;
	enum wv_status st = wv_merkle_head_covering(v->txn, 1, &r.head, err);

	r.has_head = st == WV_OK;
	if (st == WV_DAMAGED || st == WV_NO)
		st = WV_OK;
	while (st == WV_OK && r.size < v->state.next_leaf)
		st = regrow_slice(v, &r, err);
	if (st == WV_OK)
		st = wv_merkle_head(v->txn, &newest, err);
	if (st == WV_DAMAGED)
		return WV_OK;
	if (st == WV_OK && newest.size < v->state.next_leaf)
		found_in(v, WV_TABLE_HEADS, "newest head", "covers %llu of %llu captures",
		         (unsigned long long)newest.size, (unsigned long long)v->state.next_leaf);
	if (st == WV_OK)
		st = wv_txn_count(v->txn, WV_TABLE_TREE, &nodes, err);
	if (st == WV_OK && newest.size == v->state.next_leaf && nodes != r.stored)
		found_in(v, WV_TABLE_TREE, "table", "holds %llu nodes instead of %llu",
		         (unsigned long long)nodes, (unsigned long long)r.stored);
	return st;
}

/* --- counters --- */

static void compare(struct verifier *v, const char *name, uint64_t counted, uint64_t said)
{
	if (counted != said)
		found_in(v, WV_TABLE_META, "counters", "say %llu %s where there are %llu",
		         (unsigned long long)said, name, (unsigned long long)counted);
}

/* Only where nobody wrote meanwhile: rows have no date by which to leave the new ones out. */
static enum wv_status check_counters(struct verifier *v, struct wv_err *err)
{
	const struct wv_store_totals *said = &v->state.totals;
	struct wv_state now;
	enum wv_status st = wv_state_get(v->txn, &now, err);

	if (st != WV_OK || now.totals.last_recorded.us != said->last_recorded.us)
		return st == WV_NO ? WV_OK : st;
	v->counts.is_quiet = true;
	for (int i = 0; i < WV_TABLE_COUNT; i++)
		if (v->newer[i])
			found_in(v, (enum wv_table)i, "table",
			         "has %llu rows above the archive's counters",
			         (unsigned long long)v->newer[i]);
	compare(v, "captures", v->sums.captures, said->captures);
	compare(v, "bytes of captures", v->sums.capture_bytes, said->capture_bytes);
	compare(v, "pages", v->sums.pages, said->pages);
	compare(v, "articles", v->sums.articles, said->articles);
	compare(v, "bodies", v->sums.bodies, said->bodies);
	compare(v, "bytes of bodies", v->sums.body_bytes, said->body_bytes);
	compare(v, "bytes of articles", v->sums.article_bytes, said->article_bytes);
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		compare(v, "records of one kind", v->sums.records[i], said->records[i]);
		compare(v, "stored bytes of one kind", v->sums.stored[i], said->stored[i]);
	}
	return WV_OK;
}

/* --- all --- */

static enum wv_status check_all_tables(struct verifier *v, struct wv_err *err)
{
	static const struct {
		enum wv_table table;
		check_row check;
	} tables[] = {
		{WV_TABLE_META, NULL},
		{WV_TABLE_PAGE_KEYS, check_page_key},
		{WV_TABLE_PAGES, check_page},
		{WV_TABLE_LEAVES, check_leaf},
		{WV_TABLE_CAPTURES, check_capture},
		{WV_TABLE_BY_SOURCE, check_by_source},
		{WV_TABLE_SOURCE_NAMES, check_source}, /* after the captures were counted */
		{WV_TABLE_BODIES, check_blob},
		{WV_TABLE_SEGMENTS, check_segment}, /* after the bodies claimed their bytes */
		{WV_TABLE_ENCODED, check_encoded},
		{WV_TABLE_ARTICLES, check_article},
		{WV_TABLE_FACTS, NULL},
		{WV_TABLE_TREE, NULL}, /* what is in it, regrow compares */
		{WV_TABLE_HEADS, NULL},
	};
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < WV_COUNT(tables) && st == WV_OK; i++)
		st = each_row(v, tables[i].table, tables[i].check, err);
	return st;
}

/* Rows of others are read, which checks their checksums, and shown to who knows them. */
static enum wv_status check_foreign(struct verifier *v, struct wv_slice key, struct wv_slice value,
                                    struct wv_err *err)
{
	if (!v->options->row)
		return WV_OK;
	return v->options->row(v->table, key, value, v->options->context, err);
}

static enum wv_status check_foreign_tables(struct verifier *v, struct wv_err *err)
{
	static const enum wv_table tables[] = {
		WV_TABLE_FINGERPRINTS, WV_TABLE_CLUSTERS, WV_TABLE_STORIES, WV_TABLE_FRONTIER,
		WV_TABLE_DUE,          WV_TABLE_TURNS,    WV_TABLE_ROBOTS,  WV_TABLE_LEDGER,
		WV_TABLE_LEDGER_BY_PAGE, WV_TABLE_SOURCES, WV_TABLE_SITES,  WV_TABLE_RUNS,
	};
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < WV_COUNT(tables) && st == WV_OK; i++)
		st = each_row(v, tables[i], check_foreign, err);
	return st;
}

static enum wv_status prepare(struct verifier *v, struct wv_err *err)
{
	uint64_t bodies = 0, wanted = v->options->sample ? v->options->sample : SAMPLE;
	enum wv_status st = wv_store_begin_read(v->store, &v->txn, err);

	wv_loader_init(&v->loader, v->txn);
	wv_buf_init(&v->bytes, BLOB_CAP);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_CAP, &v->arena, err);
	if (st == WV_OK)
		st = wv_state_get(v->txn, &v->state, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st == WV_OK)
		st = wv_txn_count(v->txn, WV_TABLE_BODIES, &bodies, err);
	if (st != WV_OK)
		return st;
	v->sample_step = v->options->depth == WV_VERIFY_FULL ? 1 : bodies / wanted;
	/* Numbers out of a damaged row must not ask for memory. */
	if (v->state.next_segment > bodies + SEGMENTS_SLACK || v->state.next_source > UINT32_MAX)
		return wv_err_set(err, WV_DAMAGED, "the archive's counters are impossible");
	v->sources = calloc((size_t)v->state.next_source + 1, sizeof *v->sources);
	v->claimed = calloc((size_t)v->state.next_segment + 1, sizeof *v->claimed);
	return v->sources && v->claimed ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory");
}

enum wv_status wv_verify(struct wv_store *store, const struct wv_verify_options *options,
                         struct wv_verify_counts *out, struct wv_err *err)
{
	struct verifier v = {.store = store, .options = options};
	enum wv_status st = prepare(&v, err);

	if (st == WV_OK)
		st = check_all_tables(&v, err);
	if (st == WV_OK)
		st = regrow(&v, err);
	if (st == WV_OK)
		st = check_foreign_tables(&v, err);
	if (st == WV_OK)
		st = check_counters(&v, err);
	if (st == WV_OK && v.counts.findings)
		st = wv_err_set(err, WV_DAMAGED, "%llu findings",
		                (unsigned long long)v.counts.findings);
	wv_loader_done(&v.loader);
	wv_txn_abort(&v.txn);
	wv_arena_free(&v.arena);
	wv_buf_done(&v.bytes);
	free(v.sources);
	free(v.claimed);
	*out = v.counts;
	return st;
}
