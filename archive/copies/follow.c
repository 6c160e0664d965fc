#include "archive/copies/follow.h"

#include <stdlib.h>

#include "archive/copies/documents.h"
#include "archive/copies/runs.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

#define PORTION       256u /* documents added, or old leaves looked at, in one go */
#define PRINT_CAP     (1024u * WV_MIB) /* scratch of one text */
#define NOTE_CAP      (16u * WV_KIB)
#define EARLIEST_US   INT64_C(631152000000000) /* 1990: before it pages state nonsense */
#define LATER_MAX_US  (INT64_C(2) * 24 * 3600 * 1000 * 1000)

#define FLAG_ARTICLE 1u

struct wv_copies_follower {
	struct wv_copies *copies;
	struct wv_arena *arena;   /* fingerprints of a portion */
	struct wv_arena *scratch; /* one article and its tokens */
	struct wv_copies_document documents[PORTION];
	uint64_t changed[PORTION]; /* known with another text: to be taken away first */
	size_t count, changed_count;
};

/* ---- notes ---- */

struct note {
	bool is_capture;
	uint64_t place; /* in the batch, or the capture's ID */
	struct wv_slice row;
};

struct wv_time wv_copies_when(const struct wv_article *article, struct wv_time captured)
{
	const struct wv_stated_time *published = &article->published;
	int64_t middle = published->earliest.us / 2 + published->latest.us / 2;

	if (!published->is_set || published->earliest.us < EARLIEST_US ||
	    published->earliest.us - LATER_MAX_US > captured.us)
		return captured;
	return (struct wv_time){middle};
}

static struct wv_slice note_key(uint64_t leaf, unsigned char key[static 9])
{
	key[0] = 'n';
	wv_store_u64_be(key + 1, leaf);
	return wv_slice(key, 9);
}

static enum wv_status apply_note(struct wv_txn *txn, const struct wv_batch_result *result,
                                 void *context, struct wv_err *err)
{
	const struct note *note = context;
	unsigned char key[9];
	uint64_t leaf = note->place;

	if (note->is_capture) {
		if (note->place >= result->capture_count)
			return wv_err_set(err, WV_BUG, "a note of a capture that is none");
		leaf = result->captures[note->place].id;
	}
	return wv_txn_put(txn, WV_TABLE_FINGERPRINTS, note_key(leaf, key), note->row, err);
}

static enum wv_status make_print(const struct wv_article *article, struct wv_arena *arena,
                                 struct wv_fingerprint *out, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(article, arena, &text, err);

	return st == WV_OK ? wv_fingerprint_make(arena, text, out, err) : st;
}

static enum wv_status add_note(struct wv_batch *batch, struct note like, struct wv_time captured,
                               const struct wv_article *article, struct wv_arena *scratch,
                               struct wv_arena *keep, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	struct note *note = WV_ARENA_NEW(keep, struct note);
	struct wv_fingerprint print;
	enum wv_status st = WV_OK;

	if (!note)
		return wv_err_set(err, WV_NOMEM, "out of memory for a fingerprint");
	wv_buf_init(&row, NOTE_CAP);
	if (article->verdict == WV_VERDICT_ARTICLE) {
		st = make_print(article, scratch, &print, err);
		if (st == WV_LIMIT) /* a text beyond all measure is no copy of anything */
			return WV_OK;
		wv_buf_add_byte(&row, FLAG_ARTICLE);
		wv_buf_add_zigzag(&row, wv_copies_when(article, captured).us);
		if (st == WV_OK)
			wv_fingerprint_encode(&print, &row);
	} else {
		wv_buf_add_byte(&row, 0);
	}
	if (st == WV_OK)
		st = wv_buf_finish(&row, "fingerprint", err);
	if (st != WV_OK)
		return st;
	*note = like;
	note->row = wv_arena_copy(keep, wv_buf_slice(&row));
	return note->row.n == row.n
	               ? wv_batch_add_apply(batch, apply_note, note, err)
	               : wv_err_set(err, WV_NOMEM, "out of memory for a fingerprint");
}

enum wv_status wv_copies_note_capture(struct wv_batch *batch, size_t index,
                                      struct wv_time captured, const struct wv_article *article,
                                      struct wv_arena *scratch, struct wv_arena *keep,
                                      struct wv_err *err)
{
	const struct note note = {.is_capture = true, .place = index};

	if (article->verdict != WV_VERDICT_ARTICLE)
		return WV_OK;
	return add_note(batch, note, captured, article, scratch, keep, err);
}

enum wv_status wv_copies_note_reading(struct wv_batch *batch, uint64_t capture_id,
                                      struct wv_time captured, const struct wv_article *article,
                                      struct wv_arena *scratch, struct wv_arena *keep,
                                      struct wv_err *err)
{
	const struct note note = {.place = capture_id};

	return add_note(batch, note, captured, article, scratch, keep, err);
}

/* ---- articles that are there already ---- */

static enum wv_status read_article(struct wv_txn *txn, const struct wv_article_row *row,
                                   struct wv_arena *arena, struct wv_article *out,
                                   struct wv_err *err)
{
	const struct wv_reading reading = {.record = row->record,
	                                   .record_bytes = row->record_bytes};

	return wv_store_article(txn, arena, &reading, out, err);
}

/* A capture read several times was indexed by one of its readings: the newest of that text. One that
 * is taken out to be added anew has no row just now: its newest reading. */
enum wv_status wv_copies_print(void *context, struct wv_txn *txn, uint64_t document,
                               struct wv_arena *arena, struct wv_fingerprint *out,
                               struct wv_err *err)
{
	struct wv_time known_at = WV_TIME_NONE;
	struct wv_document standing;
	enum wv_status st = wv_documents_peek(txn, document, &standing, err);

	bool is_standing = st == WV_OK;

	(void)context;
	if (st != WV_OK && st != WV_NO)
		return st;
	for (;;) {
		struct wv_article_row row;
		struct wv_article article;
		struct wv_fingerprint made;
		uint32_t number;

		st = wv_article_row_newest(txn, document, known_at, &number, &row, err);
		if (st == WV_NO)
			return wv_err_set(err, WV_DAMAGED, "document %llu has no article",
			                  (unsigned long long)document);
		known_at.us = row.recorded.us - 1;
		if (st == WV_OK && !row.has_key)
			continue;
		if (st == WV_OK)
			st = read_article(txn, &row, arena, &article, err);
		if (st == WV_OK)
			st = make_print(&article, arena, &made, err);
		if (st != WV_OK)
			return st == WV_NO ? wv_err_set(err, WV_DAMAGED,
			                                "the article of document %llu is missing",
			                                (unsigned long long)document)
			                   : st;
		if (!is_standing ||
		    memcmp(made.exact.b, standing.exact, WV_DOCUMENT_EXACT_BYTES) == 0) {
			*out = made;
			return WV_OK;
		}
	}
}

/* ---- the hook ---- */

struct following {
	struct wv_copies_follower *follower;
	struct wv_txn *txn;
	struct wv_time recorded;
	struct wv_err *err;
};

static enum wv_status flush(const struct following *f)
{
	struct wv_copies_follower *follower = f->follower;
	const struct wv_copies_removal changed = {.documents = follower->changed,
	                                          .n = follower->changed_count,
	                                          .recorded = f->recorded,
	                                          .is_former = true,
	                                          .print = wv_copies_print};
	enum wv_status st = WV_OK;

	if (follower->changed_count > 0)
		st = wv_copies_remove(follower->copies, f->txn, &changed, f->err);
	if (st == WV_OK && follower->count > 0)
		st = wv_copies_add(follower->copies, f->txn, follower->documents, follower->count,
		                   f->err);
	follower->count = follower->changed_count = 0;
	wv_arena_reset(follower->arena);
	return st;
}

/* `print` lies in the follower's arena, or is NULL: no article any more. */
static enum wv_status take(const struct following *f, uint64_t leaf, struct wv_time when,
                           const struct wv_fingerprint *print)
{
	struct wv_copies_follower *follower = f->follower;
	struct wv_document known;
	enum wv_status st = wv_documents_peek(f->txn, leaf, &known, f->err);

	if (st != WV_OK && st != WV_NO)
		return st;
	/* The same text stays where it is, also where its stated time was read anew. */
	if (st == WV_OK && print &&
	    memcmp(known.exact, print->exact.b, WV_DOCUMENT_EXACT_BYTES) == 0)
		return WV_OK;
	if (st == WV_OK)
		follower->changed[follower->changed_count++] = leaf;
	if (print && leaf <= UINT32_MAX)
		follower->documents[follower->count++] = (struct wv_copies_document){
			.number = leaf, .when = when, .recorded = f->recorded, .fingerprint = print};
	return follower->count == PORTION || follower->changed_count == PORTION ? flush(f) : WV_OK;
}

static enum wv_status take_note(const struct following *f, uint64_t leaf, struct wv_slice row)
{
	struct wv_copies_follower *follower = f->follower;
	struct wv_fingerprint *print = NULL;
	struct wv_cursor c = wv_cursor(row);
	struct wv_time when = WV_TIME_NONE;

	if (wv_cursor_u8(&c) & FLAG_ARTICLE) {
		when.us = wv_cursor_zigzag(&c);
		print = WV_ARENA_NEW(follower->arena, struct wv_fingerprint);
		if (!print)
			return wv_err_set(f->err, WV_NOMEM, "out of memory for fingerprints");
		if (!wv_fingerprint_decode(wv_cursor_bytes(&c, wv_cursor_left(&c)),
		                           follower->arena, print))
			return wv_err_set(f->err, WV_DAMAGED, "note of capture %llu",
			                  (unsigned long long)leaf);
	}
	return take(f, leaf, when, print);
}

static enum wv_status take_notes(const struct following *f)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK) {
		WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
		unsigned char text[9];
		struct wv_slice key, row;

		st = wv_walk_begin(f->txn, WV_TABLE_FINGERPRINTS, &walk, f->err);
		if (st == WV_OK)
			st = wv_walk_seek(walk, WV_LIT("n"), &key, &row, f->err);
		if (st == WV_NO || (st == WV_OK && (key.n != 9 || key.p[0] != 'n')))
			return WV_OK;
		if (st != WV_OK)
			return st;
		memcpy(text, key.p, sizeof(text));
		st = take_note(f, wv_load_u64_be(text + 1), row);
		wv_walk_end(&walk);
		if (st == WV_OK)
			st = wv_txn_delete(f->txn, WV_TABLE_FINGERPRINTS, wv_slice(text, sizeof(text)),
			                   f->err);
	}
	return st;
}

/* A leaf that nobody left a note of. */
static enum wv_status look_at(const struct following *f, uint64_t leaf)
{
	struct wv_copies_follower *follower = f->follower;
	struct wv_fingerprint made, *print;
	struct wv_article_row row;
	struct wv_article article;
	struct wv_leaf_row place;
	struct wv_document known;
	uint32_t number;
	enum wv_status st =
		wv_article_row_newest(f->txn, leaf, WV_TIME_NONE, &number, &row, f->err);

	if (st == WV_NO || (st == WV_OK && !row.has_key))
		return WV_OK;
	if (st == WV_OK)
		st = wv_documents_peek(f->txn, leaf, &known, f->err);
	if (st != WV_NO)
		return st;
	wv_arena_reset(follower->scratch);
	st = wv_leaf_get(f->txn, leaf, &place, f->err);
	if (st == WV_OK)
		st = read_article(f->txn, &row, follower->scratch, &article, NULL);
	if (st == WV_OK)
		st = make_print(&article, follower->scratch, &made, f->err);
	/* What cannot be read is `verify`'s to tell; it must not stop the archive. */
	if (st == WV_NO || st == WV_LIMIT || st == WV_DAMAGED)
		return WV_OK;
	print = WV_ARENA_NEW(follower->arena, struct wv_fingerprint);
	if (st == WV_OK && (!print || !wv_fingerprint_copy(follower->arena, &made, print)))
		st = wv_err_set(f->err, WV_NOMEM, "out of memory for fingerprints");
	return st == WV_OK ? take(f, leaf, wv_copies_when(&article, place.captured), print) : st;
}

enum wv_status wv_copies_position(struct wv_txn *txn, uint64_t *position, struct wv_err *err)
{
	struct wv_slice row;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_CLUSTERS, WV_LIT("l"), &row, err);

	*position = 0;
	if (st == WV_OK && row.n != 8)
		return wv_err_set(err, WV_DAMAGED, "position of copy clusters");
	if (st == WV_OK)
		*position = wv_load_u64_be(row.p);
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status put_position(struct wv_txn *txn, uint64_t position, struct wv_err *err)
{
	unsigned char value[8];

	wv_store_u64_be(value, position);
	return wv_txn_put(txn, WV_TABLE_CLUSTERS, WV_LIT("l"), wv_slice(value, sizeof(value)), err);
}

/* What came now, and of what was there before clusters a stretch. */
static enum wv_status look_at_leaves(const struct following *f, const struct wv_commit *commit)
{
	uint64_t position = 0, end = commit->first_leaf + commit->leaf_count, old_end;
	enum wv_status st = wv_copies_position(f->txn, &position, f->err);

	if (st != WV_OK || (position == end && commit->leaf_count == 0))
		return st;
	old_end = commit->first_leaf - position > PORTION ? position + PORTION
	                                                  : commit->first_leaf;
	if (position > commit->first_leaf)
		return wv_err_set(f->err, WV_DAMAGED, "copy clusters know of later captures");
	for (uint64_t leaf = position; leaf < old_end && st == WV_OK; leaf++)
		st = look_at(f, leaf);
	for (uint64_t leaf = commit->first_leaf; leaf < end && st == WV_OK; leaf++)
		st = look_at(f, leaf);
	return st == WV_OK ? put_position(f->txn,
	                                  old_end == commit->first_leaf ? end : old_end, f->err)
	                   : st;
}

static enum wv_status follow(struct wv_txn *txn, const struct wv_commit *commit, void *context,
                             struct wv_err *err)
{
	struct wv_copies_follower *follower = context;
	const struct following f = {follower, txn, commit->recorded, err};
	enum wv_status st;

	/* A transaction before this one may have ended half-way. */
	follower->count = follower->changed_count = 0;
	wv_arena_reset(follower->arena);
	st = take_notes(&f);
	if (st == WV_OK)
		st = flush(&f);
	if (st == WV_OK)
		st = look_at_leaves(&f, commit);
	if (st == WV_OK)
		st = flush(&f);
	return st == WV_OK ? WV_OK : wv_err_add(err, st, "finding copies");
}

static enum wv_status make_follower(struct wv_copies_follower **out, struct wv_err *err)
{
	const struct wv_copies_options options = {.partition_us = WV_COPIES_PARTITION_US};
	WV_AUTO(wv_copies_follower_free) struct wv_copies_follower *made = calloc(1, sizeof(*made));
	enum wv_status st;

	if (!made)
		return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
	st = wv_copies_new(&options, &made->copies, err);
	if (st == WV_OK)
		st = wv_arena_new(PRINT_CAP, &made->arena, err);
	if (st == WV_OK)
		st = wv_arena_new(PRINT_CAP, &made->scratch, err);
	if (st == WV_OK)
		*out = WV_TAKE(made);
	return st;
}

enum wv_status wv_copies_follow(struct wv_store *store, struct wv_copies_follower **out,
                                struct wv_err *err)
{
	WV_AUTO(wv_copies_follower_free) struct wv_copies_follower *made = NULL;
	enum wv_status st = make_follower(&made, err);

	if (st == WV_OK)
		st = wv_store_on_commit(store, follow, made, err);
	if (st == WV_OK)
		*out = WV_TAKE(made);
	return st;
}

void wv_copies_follower_free(struct wv_copies_follower **follower)
{
	if (!*follower)
		return;
	wv_copies_free(&(*follower)->copies);
	wv_arena_free(&(*follower)->arena);
	wv_arena_free(&(*follower)->scratch);
	free(*follower);
	*follower = NULL;
}

/* What a capture was read as before it was read anew. */
static enum wv_status erase_former(struct wv_txn *txn, uint64_t document, struct wv_arena *arena,
                                   struct wv_err *err)
{
	struct wv_time known_at = WV_TIME_NONE;

	for (;;) {
		struct wv_article_row row;
		struct wv_article article;
		struct wv_fingerprint made;
		struct wv_pair *hashes;
		uint32_t number;
		enum wv_status st =
			wv_article_row_newest(txn, document, known_at, &number, &row, err);

		if (st != WV_OK)
			return st == WV_NO ? WV_OK : st;
		known_at.us = row.recorded.us - 1;
		if (!row.has_key)
			continue;
		wv_arena_reset(arena);
		st = read_article(txn, &row, arena, &article, err);
		if (st == WV_OK)
			st = make_print(&article, arena, &made, err);
		if (st == WV_NO || st == WV_LIMIT)
			continue;
		if (st != WV_OK)
			return st;
		hashes = WV_ARENA_ARRAY(arena, struct wv_pair, made.entry_count + (size_t)1);
		if (!hashes)
			return wv_err_set(err, WV_NOMEM, "out of memory for a fingerprint");
		for (uint32_t i = 0; i < made.entry_count; i++)
			hashes[i].key = wv_fingerprint_hash(made.entries[i]);
		st = wv_runs_remove(txn, WV_COPIES_FORMER, hashes, made.entry_count,
		                    (uint32_t)document, err);
		if (st != WV_OK)
			return st;
	}
}

enum wv_status wv_copies_erase(struct wv_txn *txn, const uint64_t *captures, size_t n,
                               struct wv_time recorded, struct wv_err *err)
{
	const struct wv_copies_removal removal = {.documents = captures,
	                                          .n = n,
	                                          .recorded = recorded,
	                                          .print = wv_copies_print};
	WV_AUTO(wv_copies_follower_free) struct wv_copies_follower *follower = NULL;
	enum wv_status st = make_follower(&follower, err);

	if (st == WV_OK)
		st = wv_copies_remove(follower->copies, txn, &removal, err);
	for (size_t i = 0; i < n && st == WV_OK; i++)
		if (captures[i] <= UINT32_MAX)
			st = erase_former(txn, captures[i], follower->scratch, err);
	return st;
}
