#include "archive/proof/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/proof/verify_parts.h"
#include "config/base/limits.h"

#define SAMPLE        1000u
#define KEY_CAP       1024u
#define NAME_BYTES    640
#define ARENA_CAP     (1024u * WV_MIB)
#define BLOB_CAP      (2u * WV_LIMIT_BODY_BYTES_MAX)
#define PROGRESS_ROWS 4096u
/* Segments that were numbered and are empty of rows by now. */
#define SEGMENTS_SLACK (UINT64_C(1) << 20)

/* --- findings --- */

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
	if (table == WV_TABLE_ANCHORS)
		word = "anchor of the head of size";
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
	               table == WV_TABLE_BODIES && key.n && key.p[0] == WV_BLOB_BODY ? "body"
	               : table == WV_TABLE_BODIES && key.n && key.p[0] == WV_BLOB_ARTICLE
	                       ? "article record"
	               : table == WV_TABLE_BODIES || table == WV_TABLE_ENCODED ? "encoded body"
	                                                                       : "row",
	               hex);
}

/* --- walking a table in slices --- */

struct stroll {
	struct wv_verifier *v;
	enum wv_table table;
	struct wv_walk *walk;
	struct wv_buf last; /* the key stood at */
	bool has_last;
	struct wv_mono renew;
};

static enum wv_status renew(struct stroll *s, struct wv_err *err)
{
	struct wv_verifier *v = s->v;
	enum wv_status st;

	wv_walk_end(&s->walk);
	st = wv_verify_renew(v, err);
	if (st != WV_OK)
		return st;
	st = wv_walk_begin(v->txn, s->table, &s->walk, err);
	if (st == WV_OK)
		wv_walk_check_all(s->walk);
	s->renew.us = wv_clock_mono(wv_clock_system()).us + WV_VERIFY_SLICE_US;
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
	struct wv_verifier *v = s->v;
	char name[NAME_BYTES];
	struct wv_slice value;
	enum wv_status st;

	if (s->has_last && wv_slice_compare(wv_buf_slice(&s->last), key) >= 0) {
		name_row(s->table, key, name);
		wv_verify_found(v, s->table, name, "is out of order");
	}
	st = wv_txn_get(v->txn, s->table, key, &value, NULL);
	if (st == WV_NO) {
		name_row(s->table, key, name);
		wv_verify_found(v, s->table, name, "is not found by its key");
	}
}

static bool go_on(struct wv_verifier *v)
{
	if (++v->counts.rows % PROGRESS_ROWS == 0 && v->options->progress &&
	    !v->options->progress(v->counts.rows, v->options->context))
		v->is_stopped = true;
	return !v->is_stopped;
}

/* One row: a WV_DAMAGED of `check` is a finding, other failures end the walk. */
static enum wv_status look_at(struct stroll *s, wv_verify_row check, struct wv_slice key,
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
		wv_verify_found(s->v, s->table, name, "%s",
		                st == WV_NO ? "refers to nothing" : why.text);
		return WV_OK;
	}
	if (st != WV_OK && err)
		*err = why;
	return st;
}

static enum wv_status stroll_through(struct stroll *s, wv_verify_row check, struct wv_err *err)
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
			wv_verify_found(s->v, s->table, name, "%s", why.text);
		} else if (st == WV_DAMAGED || st == WV_BUG) {
			wv_verify_found(s->v, s->table, "table", "cannot be walked: %s", why.text);
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

static enum wv_status each_row(struct wv_verifier *v, enum wv_table table, wv_verify_row check,
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

/* --- counters --- */

static void compare(struct wv_verifier *v, const char *name, uint64_t counted, uint64_t said)
{
	if (counted != said)
		wv_verify_found(v, WV_TABLE_META, "counters", "say %llu %s where there are %llu",
		                (unsigned long long)said, name, (unsigned long long)counted);
}

/* Only where nobody wrote meanwhile: rows have no date by which to leave the new ones out. */
static enum wv_status check_counters(struct wv_verifier *v, struct wv_err *err)
{
	const struct wv_store_totals *said = &v->state.totals;
	struct wv_state now;
	enum wv_status st = wv_state_get(v->txn, &now, err);

	if (st != WV_OK || now.totals.last_recorded.us != said->last_recorded.us)
		return st == WV_NO ? WV_OK : st;
	v->counts.is_quiet = true;
	for (int i = 0; i < WV_TABLE_COUNT; i++)
		if (v->newer[i])
			wv_verify_found(v, (enum wv_table)i, "table",
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

/* In this order: sources after the captures were counted, segments after the bodies claimed their
 * bytes. What is in the tree, wv_verify_tree compares. */
static const enum wv_table own_tables[] = {
	WV_TABLE_META,     WV_TABLE_PAGE_KEYS, WV_TABLE_PAGES,        WV_TABLE_LEAVES,
	WV_TABLE_CAPTURES, WV_TABLE_BY_SOURCE, WV_TABLE_SOURCE_NAMES, WV_TABLE_BODIES,
	WV_TABLE_SEGMENTS, WV_TABLE_ENCODED,   WV_TABLE_ARTICLES,     WV_TABLE_FACTS,
	WV_TABLE_BASES,    WV_TABLE_TREE,      WV_TABLE_HEADS,        WV_TABLE_ANCHORS,
};

static enum wv_status check_all_tables(struct wv_verifier *v, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < WV_COUNT(own_tables) && st == WV_OK; i++)
		st = each_row(v, own_tables[i], wv_verify_check_of(own_tables[i]), err);
	return st;
}

/* Rows of others are read, which checks their checksums, and shown to who knows them. */
static enum wv_status check_foreign(struct wv_verifier *v, struct wv_slice key,
                                    struct wv_slice value, struct wv_err *err)
{
	if (!v->options->row)
		return WV_OK;
	return v->options->row(v->table, key, value, v->options->context, err);
}

static bool is_own(enum wv_table table)
{
	for (size_t i = 0; i < WV_COUNT(own_tables); i++)
		if (own_tables[i] == table)
			return true;
	return false;
}

/* All that are not listed above, so that none is forgotten. */
static enum wv_status check_foreign_tables(struct wv_verifier *v, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (int i = 0; i < WV_TABLE_COUNT && st == WV_OK; i++)
		if (!is_own((enum wv_table)i))
			st = each_row(v, (enum wv_table)i, check_foreign, err);
	return st;
}

static enum wv_status prepare(struct wv_verifier *v, struct wv_err *err)
{
	uint64_t bodies = 0, wanted = v->options->sample ? v->options->sample : SAMPLE;
	uint32_t sources = 0;
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
		st = wv_source_count(v->txn, &sources, err);
	if (st == WV_OK)
		st = wv_txn_count(v->txn, WV_TABLE_BODIES, &bodies, err);
	if (st != WV_OK)
		return st;
	v->sample_step = v->options->depth == WV_VERIFY_FULL ? 1 : bodies / wanted;
	/* Numbers out of a damaged row must not ask for memory. */
	if (v->state.next_segment > bodies + SEGMENTS_SLACK)
		return wv_err_set(err, WV_DAMAGED, "the archive's counters are impossible");
	v->sources = calloc((size_t)sources + 1, sizeof *v->sources);
	v->claimed = calloc((size_t)v->state.next_segment + 1, sizeof *v->claimed);
	return v->sources && v->claimed ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory");
}

enum wv_status wv_verify(struct wv_store *store, const struct wv_verify_options *options,
                         struct wv_verify_counts *out, struct wv_err *err)
{
	struct wv_verifier v = {.store = store, .options = options};
	enum wv_status st = prepare(&v, err);

	if (st == WV_OK)
		st = check_all_tables(&v, err);
	if (st == WV_OK)
		st = wv_verify_tree(&v, err);
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
