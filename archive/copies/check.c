#include "archive/copies/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "archive/copies/cluster.h"
#include "archive/copies/documents.h"
#include "archive/copies/follow.h"
#include "archive/copies/runs.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define SAMPLE        1000u
#define SLICE_US      (100 * WV_US_PER_MS)
#define ARENA_CAP     (1024u * WV_MIB)
#define PROGRESS_ROWS 1024u
#define BLOCK_HEAD    18u /* bytes of a block's key */
#define ENTRY_BYTES   10u

struct check {
	struct wv_store *store;
	const struct wv_verify_options *options;
	struct wv_verify_counts *counts;
	struct wv_txn *txn;
	struct wv_arena *arena;
	struct wv_documents *documents;
	struct wv_mono renew;
	uint64_t step; /* every so many documents are read again */
	uint64_t findings;
	struct wv_err *err;
};

static void found(struct check *c, enum wv_table table, uint64_t document, const char *format, ...)
	WV_PRINTF(4, 5);

static void found(struct check *c, enum wv_table table, uint64_t document, const char *format, ...)
{
	char record[64], what[512];
	const struct wv_finding finding = {wv_table_name(table), record, what};
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	(void)snprintf(record, sizeof(record), "capture %llu", (unsigned long long)document);
	c->findings++;
	c->counts->findings++;
	if (c->options->found)
		c->options->found(&finding, c->options->context);
}

static enum wv_status renew(struct check *c)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (c->txn && now.us < c->renew.us)
		return WV_OK;
	wv_txn_abort(&c->txn);
	c->renew.us = now.us + SLICE_US;
	return wv_store_begin_read(c->store, &c->txn, c->err);
}

static enum wv_status go_on(struct check *c)
{
	if (++c->counts->rows % PROGRESS_ROWS == 0 && c->options->progress &&
	    !c->options->progress(c->counts->rows, c->options->context))
		return wv_err_set(c->err, WV_STOPPED, "stopped");
	return WV_OK;
}

/* ---- one document ---- */

struct counting {
	uint32_t document;
	uint32_t own, most; /* entries of the document; holders of the commonest hash so far */
	uint64_t hash;
	uint32_t holders;
};

static enum wv_status count_entry(void *context, const struct wv_runs_found *entry,
                                  struct wv_err *err)
{
	struct counting *n = context;

	(void)err;
	n->holders = n->hash == entry->hash ? n->holders + 1 : 1;
	n->hash = entry->hash;
	if (n->holders > n->most)
		n->most = n->holders;
	for (size_t i = 0; i < entry->asked_count; i++)
		n->own += entry->document == n->document &&
		          (entry->asked[i].value & 0xff) == entry->bucket;
	return WV_OK;
}

static enum wv_status check_index(struct check *c, const struct wv_document *d,
                                  const struct wv_fingerprint *f)
{
	struct counting counting = {.document = (uint32_t)d->number};
	struct wv_pair *asked =
		WV_ARENA_ARRAY(c->arena, struct wv_pair, (size_t)f->entry_count + 1);
	enum wv_status st;

	if (!asked)
		return wv_err_set(c->err, WV_NOMEM, "out of memory for a fingerprint");
	for (uint32_t i = 0; i < f->entry_count; i++)
		asked[i] = (struct wv_pair){wv_fingerprint_hash(f->entries[i]),
		                            wv_fingerprint_bucket(f->entries[i])};
	st = wv_runs_lookup(c->txn, d->partition, asked, f->entry_count, count_entry, &counting,
	                    c->err);
	/* Of what very many hold, later holders are let go. */
	if (st == WV_OK && counting.own != f->entry_count &&
	    counting.most < WV_RUNS_HOLDERS_MAX)
		found(c, WV_TABLE_FINGERPRINTS, d->number, "%u of its %u shingles are in the index",
		      counting.own, f->entry_count);
	return st;
}

static bool has_same_sides(const struct wv_document *d, const struct wv_fingerprint *f)
{
	struct wv_sides sides = wv_sides_of(f);

	if (d->sides.level != sides.level || d->sides.figure_count != sides.figure_count)
		return false;
	for (uint32_t l = sides.level; l < WV_FINGERPRINT_LEVELS; l++)
		if (d->sides.count[l] != sides.count[l])
			return false;
	for (uint32_t i = 0; i < sides.figure_count; i++)
		if (d->sides.figures[i].context != sides.figures[i].context ||
		    d->sides.figures[i].value != sides.figures[i].value)
			return false;
	return true;
}

/* Once more from the text to the index. */
static enum wv_status check_text(struct check *c, const struct wv_document *d,
                                 const struct wv_article_row *row)
{
	const struct wv_reading reading = {.record = row->record,
	                                   .record_bytes = row->record_bytes};
	struct wv_article article;
	struct wv_fingerprint f;
	struct wv_slice text;
	enum wv_status st = wv_store_article(c->txn, c->arena, &reading, &article, NULL);

	if (st == WV_NO || st == WV_DAMAGED) /* told by who checks articles */
		return WV_OK;
	if (st == WV_OK)
		st = wv_article_text(&article, c->arena, &text, c->err);
	if (st == WV_OK)
		st = wv_fingerprint_make(c->arena, text, &f, c->err);
	if (st != WV_OK)
		return st == WV_LIMIT ? WV_OK : st;
	c->counts->bytes += text.n;
	if (memcmp(f.exact.b, d->exact, WV_DOCUMENT_EXACT_BYTES) != 0)
		found(c, WV_TABLE_FINGERPRINTS, d->number, "its fingerprint is not of its text");
	else if (!d->is_exact_copy && !has_same_sides(d, &f))
		found(c, WV_TABLE_FINGERPRINTS, d->number, "its row is not that of its text");
	else if (!d->is_exact_copy)
		return check_index(c, d, &f);
	return WV_OK;
}

/* Seen from the one text, whose main part is checked when its turn comes. */
static enum wv_status is_void(struct check *c, struct wv_document *d, uint64_t other, bool *out)
{
	enum wv_status st = wv_documents_load_overlaps(c->documents, c->txn, d, c->err);
	struct wv_main_part main;

	if (st != WV_OK)
		return st;
	main = wv_main_part_of(d->overlaps, d->overlap_count);
	for (size_t i = 0; i < d->overlap_count; i++)
		if (d->overlaps[i].document == other)
			*out |= wv_overlap_is_void(d->overlaps + i, &main);
	return WV_OK;
}

static enum wv_status check_copy(struct check *c, struct wv_document *d,
                                 struct wv_document *other)
{
	bool is_no_copy = false;
	enum wv_status st = is_void(c, d, other->number, &is_no_copy);

	if (st == WV_OK)
		st = is_void(c, other, d->number, &is_no_copy);
	if (st == WV_OK && !is_no_copy)
		found(c, WV_TABLE_CLUSTERS, d->number, "its copy %llu is in another cluster",
		      (unsigned long long)other->number);
	return st;
}

static void check_parts(struct check *c, const struct wv_document *d)
{
	struct wv_document anew = *d;

	wv_document_know_parts(&anew);
	if (d->has_parts && (anew.main.mask != d->main.mask || anew.main.level != d->main.level))
		found(c, WV_TABLE_FINGERPRINTS, d->number, "its main part is another one");
	/* Too little in common costs time; too much would hide a round-up. */
	else if (d->has_parts && !d->is_settled && !d->is_roundup && d->common & ~anew.common)
		found(c, WV_TABLE_FINGERPRINTS, d->number, "its parts have less in common");
}

static enum wv_status check_likes(struct check *c, struct wv_document *d)
{
	enum wv_status st = wv_documents_load_overlaps(c->documents, c->txn, d, c->err);

	for (size_t i = 0; i < d->overlap_count && st == WV_OK; i++) {
		const struct wv_overlap *overlap = d->overlaps + i;
		struct wv_document *other;

		st = wv_documents_get(c->documents, c->txn, overlap->document, &other, c->err);
		if (st == WV_NO) {
			found(c, WV_TABLE_FINGERPRINTS, d->number,
			      "it shares text with %llu, which is not there",
			      (unsigned long long)overlap->document);
			st = WV_OK;
		} else if (st == WV_OK && other->cluster != d->cluster &&
		           wv_is_copy(wv_overlap_likeness(overlap), d->is_roundup,
		                      other->is_roundup)) {
			st = check_copy(c, d, other);
		}
	}
	if (st == WV_OK)
		check_parts(c, d);
	return st;
}

static enum wv_status check_standing(struct check *c, struct wv_document *d)
{
	struct wv_document *first = d;
	uint64_t said = 0;
	enum wv_status st = WV_OK;

	if (d->is_exact_copy) {
		st = wv_documents_get(c->documents, c->txn, d->cluster, &first, c->err);
		if (st == WV_NO || (st == WV_OK && (first->is_exact_copy ||
		                                    memcmp(first->exact, d->exact,
		                                           WV_DOCUMENT_EXACT_BYTES) != 0))) {
			found(c, WV_TABLE_FINGERPRINTS, d->number,
			      "it does not equal %llu, whose copy it is said to be",
			      (unsigned long long)d->cluster);
			return WV_OK;
		}
	} else {
		st = check_likes(c, d);
	}
	if (st == WV_OK)
		st = wv_copies_cluster(c->txn, d->number, WV_TIME_NONE, &said, c->err);
	if (st == WV_NO || (st == WV_OK && said != first->cluster)) {
		found(c, WV_TABLE_CLUSTERS, d->number, "its facts do not say that it is in %llu",
		      (unsigned long long)first->cluster);
		st = WV_OK;
	}
	return st;
}

static enum wv_status check_leaf(struct check *c, uint64_t leaf)
{
	struct wv_article_row row;
	struct wv_document *d = NULL;
	uint32_t number;
	bool is_article;
	enum wv_status st =
		wv_article_row_newest(c->txn, leaf, WV_TIME_NONE, &number, &row, c->err), got;

	if (st != WV_OK && st != WV_NO)
		return st == WV_DAMAGED ? WV_OK : st;
	is_article = st == WV_OK && row.has_key && leaf <= UINT32_MAX;
	got = wv_documents_get(c->documents, c->txn, leaf, &d, c->err);
	if (got != WV_OK && got != WV_NO)
		return got;
	if (got == WV_NO) {
		/* A text beyond the limit has none, and costs reading to be told. */
		if (is_article && row.record_bytes < WV_LIMIT_BODY_BYTES)
			found(c, WV_TABLE_FINGERPRINTS, leaf, "its article has no fingerprint");
		return WV_OK;
	}
	if (!is_article) {
		found(c, WV_TABLE_FINGERPRINTS, leaf, "has a fingerprint and no article");
		return WV_OK;
	}
	st = leaf % c->step == 0 ? check_text(c, d, &row) : WV_OK;
	return st == WV_OK ? check_standing(c, d) : st;
}

/* A damaged row is a finding, and the next one is looked at. */
static enum wv_status check_leaves(struct check *c, uint64_t end)
{
	enum wv_status st = WV_OK;

	for (uint64_t leaf = 0; leaf < end && st == WV_OK; leaf++) {
		st = renew(c);
		if (st != WV_OK)
			return st;
		wv_arena_reset(c->arena);
		wv_documents_forget(c->documents);
		st = check_leaf(c, leaf);
		if (st == WV_DAMAGED) {
			found(c, WV_TABLE_FINGERPRINTS, leaf, "%s", c->err ? c->err->text : "damaged");
			st = WV_OK;
		}
		if (st == WV_OK)
			st = go_on(c);
	}
	return st;
}

/* ---- runs ---- */

static uint64_t number_at(const unsigned char *p, int bytes)
{
	uint64_t value = 0;

	for (int i = bytes - 1; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static uint32_t partition_of(struct wv_slice key)
{
	return (uint32_t)key.p[1] << 24 | (uint32_t)key.p[2] << 16 | (uint32_t)key.p[3] << 8 |
	       key.p[4];
}

static void check_block(struct check *c, struct wv_slice key, struct wv_slice block)
{
	uint64_t before = 0, first = 0;

	for (int i = 0; i < 5; i++)
		first = first << 8 | key.p[9 + i];
	for (size_t at = 0; at + ENTRY_BYTES <= block.n; at += ENTRY_BYTES) {
		uint64_t hash = number_at(block.p + at, 5);
		uint64_t document = number_at(block.p + at + 5, 4);
		struct wv_document standing;
		enum wv_status st;

		if (hash < first || hash < before)
			found(c, WV_TABLE_SHINGLES, document, "a block of shingles is unsorted");
		before = hash;
		if (partition_of(key) == WV_COPIES_FORMER || (c->step > 1 && hash % c->step != 0))
			continue;
		st = wv_documents_peek(c->txn, document, &standing, NULL);
		if (st == WV_NO || (st == WV_OK && standing.is_exact_copy))
			found(c, WV_TABLE_SHINGLES, document,
			      "the index holds shingles of it that it must not");
	}
	if (block.n == 0 || block.n % ENTRY_BYTES != 0)
		found(c, WV_TABLE_SHINGLES, 0, "a block of shingles is cut");
}

/* A text's row names the first document that had it. */
static void check_exact(struct check *c, struct wv_slice key, struct wv_slice row)
{
	uint64_t number = row.n == 8 ? wv_load_u64_be(row.p) : 0;
	struct wv_document first;
	enum wv_status st = wv_documents_peek(c->txn, number, &first, NULL);

	if (row.n != 8 || st == WV_NO ||
	    (st == WV_OK && (first.is_exact_copy ||
	                     !wv_slice_equals(wv_slice(first.exact, WV_DOCUMENT_EXACT_BYTES),
	                                      wv_slice_part(key, 1, WV_DOCUMENT_EXACT_BYTES)))))
		found(c, WV_TABLE_FINGERPRINTS, number, "is not the first document of a text that names it");
}

static void check_row(struct check *c, enum wv_table table, struct wv_slice key,
                      struct wv_slice row)
{
	if (table == WV_TABLE_FINGERPRINTS && key.p[0] == 'n')
		found(c, table, key.n == 9 ? wv_load_u64_be(key.p + 1) : 0, "a note was left behind");
	if (table == WV_TABLE_FINGERPRINTS && key.p[0] == 'x')
		check_exact(c, key, row);
	if (table == WV_TABLE_SHINGLES && key.p[0] == 'r' && key.n == BLOCK_HEAD)
		check_block(c, key, row);
}

/* In slices: a walk ends with its transaction. */
static enum wv_status check_rows(struct check *c, enum wv_table table)
{
	struct wv_walk *walk = NULL;
	unsigned char last[512]; /* longer than any key: else the walk would not get past it */
	size_t last_n = 0;
	enum wv_status st = WV_OK;

	while (st == WV_OK) {
		struct wv_slice key = WV_SLICE_NONE, row;

		st = renew(c);
		if (st == WV_OK)
			st = wv_walk_begin(c->txn, table, &walk, c->err);
		if (st == WV_OK)
			st = wv_walk_seek(walk, wv_slice(last, last_n), &key, &row, c->err);
		if (st == WV_OK && wv_slice_equals(key, wv_slice(last, last_n)))
			st = wv_walk_next(walk, &key, &row, c->err);
		for (int n = 0; st == WV_OK && n < 256; n++) {
			check_row(c, table, key, row);
			if (key.n <= sizeof(last)) {
				memcpy(last, key.p, key.n);
				last_n = key.n;
			}
			st = go_on(c);
			if (st == WV_OK)
				st = wv_walk_next(walk, &key, &row, c->err);
		}
		wv_walk_end(&walk);
	}
	return st == WV_NO || st == WV_DAMAGED ? WV_OK : st;
}

enum wv_status wv_copies_check(struct wv_store *store, const struct wv_verify_options *options,
                               struct wv_verify_counts *counts, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct check c = {.store = store, .options = options, .counts = counts, .err = &why};
	uint64_t end = 0, wanted = options->sample ? options->sample : SAMPLE;
	enum wv_status st = wv_arena_new(ARENA_CAP, &c.arena, &why);

	if (st == WV_OK)
		st = wv_documents_new(&c.documents, &why);
	if (st == WV_OK)
		st = renew(&c);
	if (st == WV_OK)
		st = wv_copies_position(c.txn, &end, &why);
	c.step = options->depth == WV_VERIFY_FULL || end <= wanted ? 1 : end / wanted;
	if (st == WV_OK)
		st = check_leaves(&c, end);
	if (st == WV_OK)
		st = check_rows(&c, WV_TABLE_FINGERPRINTS);
	if (st == WV_OK)
		st = check_rows(&c, WV_TABLE_SHINGLES);
	if (st == WV_OK && c.findings)
		st = wv_err_set(&why, WV_DAMAGED, "%llu findings", (unsigned long long)c.findings);
	wv_txn_abort(&c.txn);
	wv_documents_free(&c.documents);
	wv_arena_free(&c.arena);
	if (st != WV_OK && err)
		*err = why;
	return st;
}
