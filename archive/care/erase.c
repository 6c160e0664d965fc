#include "archive/care/erase.h"

#include <stdlib.h>

#include "archive/copies/follow.h"
#include "archive/search/index.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "archive/store/recode.h"
#include "archive/store/revise.h"
#include "config/base/limits.h"

#define LIST_CAP  (512u * WV_MIB)
#define ARENA_CAP (16u * WV_MIB)
#define NAMED_MAX 3u /* others that a refusal names */

/* A capture that goes. */
struct victim {
	uint64_t id, page;
	struct wv_time captured;
	bool has_body, has_encoded, stands, is_added;
	struct wv_digest body, encoded;
};

struct work {
	const struct wv_erase *how;
	struct wv_txn *txn;
	struct wv_arena *arena;
	struct wv_buf victims;    /* struct victim, in the order of IDs once sorted */
	struct wv_buf bodies;     /* struct wv_digest, sorted */
	struct wv_buf encoded;    /* the same, of encoded bodies */
	struct wv_buf dependants; /* uint64_t: captures whose texts lean on one of them */
	struct wv_buf records;    /* struct wv_digest: article records, sorted */
	struct wv_buf keys;       /* struct wv_blob_key: what goes */
	uint64_t others;          /* captures that have the same bytes, and stay */
	uint64_t other[NAMED_MAX];
};

static size_t count_of(const struct wv_buf *list, size_t size)
{
	return list->n / size;
}

#define LIST(list, type)  ((type *)(void *)(list).p)
#define COUNT(list, type) count_of(&(list), sizeof(type))

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct victim *)a)->id, y = ((const struct victim *)b)->id;

	return x < y ? -1 : x > y;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, WV_DIGEST_BYTES);
}

static bool is_victim(const struct work *w, uint64_t id)
{
	const struct victim key = {.id = id};

	return w->victims.n && bsearch(&key, w->victims.p, COUNT(w->victims, struct victim),
	                               sizeof key, by_id);
}

static bool has_digest(const struct wv_buf *list, const struct wv_digest *digest)
{
	return list->n && bsearch(digest, list->p, count_of(list, sizeof *digest), sizeof *digest,
	                          by_bytes);
}

static void sort_digests(struct wv_buf *list)
{
	struct wv_digest *p = LIST(*list, struct wv_digest);
	size_t n = COUNT(*list, struct wv_digest), unique = 0;

	if (n)
		qsort(p, n, sizeof *p, by_bytes);
	for (size_t i = 0; i < n; i++)
		if (unique == 0 || !wv_digest_equals(&p[unique - 1], &p[i]))
			p[unique++] = p[i];
	list->n = unique * sizeof *p;
}

/* --- who goes --- */

static bool did_stand(const struct wv_capture *c)
{
	return !(c->flags & WV_CAPTURE_REDIRECT) && (c->status == 200 || c->status == 304) &&
	       c->has_body && wv_verdict_stands(c->verdict);
}

static enum wv_status add_victim(struct work *w, const struct wv_capture *facts, bool is_added,
                                 struct wv_err *err)
{
	struct wv_capture known = *facts;
	enum wv_status st = wv_capture_overlay(w->txn, WV_TIME_NONE, &known, err);
	const struct victim victim = {.id = facts->id,
	                              .page = facts->page,
	                              .captured = facts->captured,
	                              .has_body = facts->has_body,
	                              .has_encoded = facts->has_encoded,
	                              .stands = did_stand(&known),
	                              .is_added = is_added,
	                              .body = facts->body,
	                              .encoded = facts->encoded};

	if (st != WV_OK)
		return st;
	wv_buf_add_bytes(&w->victims, &victim, sizeof victim);
	if (facts->has_body)
		wv_buf_add_bytes(&w->bodies, &facts->body, sizeof facts->body);
	if (facts->has_encoded)
		wv_buf_add_bytes(&w->encoded, &facts->encoded, sizeof facts->encoded);
	return wv_buf_finish(&w->victims, "captures to erase", err);
}

static enum wv_status add_capture(struct work *w, uint64_t id, struct wv_err *err)
{
	struct wv_capture_key key;
	struct wv_capture facts;
	struct wv_slice value;
	enum wv_status st = wv_capture_row_get(w->txn, id, &key, &value, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_NO, "capture %llu was erased before",
		                  (unsigned long long)id);
	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, NULL, &facts, err);
	return st == WV_OK ? add_victim(w, &facts, false, err) : st;
}

typedef enum wv_status (*each_capture)(struct work *w, const struct wv_capture *facts,
                                       const struct wv_capture_context *context,
                                       struct wv_err *err);

static enum wv_status walk_captures(struct work *w, const uint64_t *page, each_capture visit,
                                    struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char from[8];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(w->txn, WV_TABLE_CAPTURES, &walk, err);

	wv_key_of_u64(page ? *page : 0, from);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(from, sizeof from), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_capture_context context = {0};
		struct wv_capture facts;
		struct wv_capture_key place;

		if (!wv_key_read_capture(key, &place))
			return wv_err_set(err, WV_DAMAGED, "a capture's key does not decode");
		if (page && place.page != *page)
			return WV_OK;
		st = wv_record_capture_peek(&place, value, &context, &facts, err);
		if (st == WV_OK)
			st = visit(w, &facts, &context, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status take_all(struct work *w, const struct wv_capture *facts,
                               const struct wv_capture_context *context, struct wv_err *err)
{
	(void)context;
	return add_victim(w, facts, false, err);
}

/* Others with the same bytes, or that stand for one that goes: they go as well, or nothing does. */
static enum wv_status find_others(struct work *w, const struct wv_capture *facts,
                                  const struct wv_capture_context *context, struct wv_err *err)
{
	(void)context;
	if (is_victim(w, facts->id) ||
	    !((facts->has_body && has_digest(&w->bodies, &facts->body)) ||
	      (facts->has_encoded && has_digest(&w->encoded, &facts->encoded)) ||
	      (facts->has_stands_for && is_victim(w, facts->stands_for))))
		return WV_OK;
	if (w->others < NAMED_MAX)
		w->other[w->others] = facts->id;
	w->others++;
	if (!w->how->same)
		return WV_OK;
	/* Kept apart until the walk is over: the list is searched by it. */
	wv_buf_add_bytes(&w->keys, &facts->id, sizeof facts->id);
	return wv_buf_finish(&w->keys, "captures to erase", err);
}

static enum wv_status add_others(struct work *w, struct wv_err *err)
{
	const uint64_t *ids = LIST(w->keys, uint64_t);
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < COUNT(w->keys, uint64_t) && st == WV_OK; i++) {
		size_t before = COUNT(w->victims, struct victim);

		st = add_capture(w, ids[i], err);
		if (st == WV_OK)
			LIST(w->victims, struct victim)[before].is_added = true;
	}
	wv_buf_reset(&w->keys);
	return st;
}

static void sort_victims(struct work *w)
{
	if (w->victims.n)
		qsort(w->victims.p, COUNT(w->victims, struct victim), sizeof(struct victim), by_id);
	sort_digests(&w->bodies);
	sort_digests(&w->encoded);
}

/* A page that was erased with nothing new since. */
static enum wv_status check_again(struct work *w, struct wv_err *err)
{
	struct wv_register_page facts;
	enum wv_status st;

	if (w->victims.n || w->how->target.is_of_capture)
		return WV_OK;
	st = wv_register_of_page(w->txn, w->arena, w->how->target.page_key, &facts, err);
	for (size_t i = 0; st == WV_OK && i < facts.count; i++)
		if (facts.facts[i].act == WV_ACT_ERASE && !facts.facts[i].is_of_capture)
			return wv_err_set(err, WV_NO, "'%.*s' is erased already (register %llu)",
			                  WV_FMT(w->how->target.url),
			                  (unsigned long long)facts.facts[i].number);
	return st;
}

static enum wv_status gather(struct work *w, struct wv_err *err)
{
	const struct wv_takedown_target *target = &w->how->target;
	struct wv_page page;
	uint64_t before = 0;
	enum wv_status st;

	if (target->is_of_capture) {
		st = add_capture(w, target->capture, err);
	} else {
		st = wv_store_page_of_key(w->txn, w->arena, target->page_key, &page, err);
		if (st == WV_OK)
			st = walk_captures(w, &page.number, take_all, err);
		else if (st == WV_NO)
			st = WV_OK;
	}
	if (st == WV_OK)
		st = check_again(w, err);
	sort_victims(w);
	/* Those that `same` adds can bring others: until no more come. */
	while (st == WV_OK && w->victims.n != before) {
		before = w->victims.n;
		w->others = 0;
		st = walk_captures(w, NULL, find_others, err);
		if (st == WV_OK && w->others && !w->how->same)
			return wv_err_set(err, WV_NO,
			                  "its bytes are also those of %llu other captures (%llu%s): "
			                  "erase them too with --same",
			                  (unsigned long long)w->others,
			                  (unsigned long long)w->other[0],
			                  w->others > 1 ? ", ..." : "");
		if (st == WV_OK)
			st = add_others(w, err);
		sort_victims(w);
	}
	return st;
}

/* --- may they go? --- */

static enum wv_status check_holds(struct work *w, struct wv_time now, struct wv_err *err)
{
	const struct victim *victims = LIST(w->victims, struct victim);
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_register_page facts = {0};
	uint64_t page_number = UINT64_MAX;
	enum wv_status st = wv_arena_new(ARENA_CAP, &scratch, err);

	for (size_t i = 0; i < COUNT(w->victims, struct victim) && st == WV_OK; i++) {
		const struct wv_fact *hold;
		struct wv_page page;

		if (victims[i].page != page_number) {
			wv_arena_reset(scratch);
			page_number = victims[i].page;
			st = wv_store_page(w->txn, scratch, page_number, &page, err);
			if (st == WV_OK)
				st = wv_register_of_page(w->txn, scratch, page.key, &facts, err);
			if (st != WV_OK)
				return st;
		}
		hold = wv_register_hold(&facts, victims[i].id, now);
		if (hold)
			return wv_err_set(err, WV_NO,
			                  "capture %llu is held (register %llu: %.*s): release that "
			                  "first",
			                  (unsigned long long)victims[i].id,
			                  (unsigned long long)hold->number, WV_FMT(hold->reason));
	}
	return st;
}

/* --- what leans on them, and what of them others have --- */

static enum wv_status find_dependants(struct work *w, const struct wv_capture *facts,
                                      const struct wv_capture_context *context, struct wv_err *err)
{
	if (!context->has_reference || !is_victim(w, context->reference) ||
	    is_victim(w, facts->id))
		return WV_OK;
	wv_buf_add_bytes(&w->dependants, &facts->id, sizeof facts->id);
	return wv_buf_finish(&w->dependants, "captures that lean on others", err);
}

/* Article records of those that go (`wants_victims`), or of the others, struck from the list. */
static enum wv_status walk_articles(struct work *w, bool wants_victims, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(w->txn, WV_TABLE_ARTICLES, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_article_row row;
		struct wv_digest *there;

		if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "the row of an article does not decode");
		if (is_victim(w, wv_load_u64_be(key.p)) != wants_victims)
			continue;
		if (wants_victims) {
			wv_buf_add_bytes(&w->records, &row.record, sizeof row.record);
			continue;
		}
		there = w->records.n ? bsearch(&row.record, w->records.p,
		                               COUNT(w->records, struct wv_digest),
		                               sizeof row.record, by_bytes)
		                     : NULL;
		if (there) {
			size_t at = (size_t)(there - LIST(w->records, struct wv_digest));

			memmove(there, there + 1,
			        (COUNT(w->records, struct wv_digest) - at - 1) * sizeof *there);
			w->records.n -= sizeof *there;
		}
	}
	return st == WV_NO ? wv_buf_finish(&w->records, "articles to erase", err) : st;
}

static void add_key(struct work *w, enum wv_blob_class kind, const struct wv_digest *digest)
{
	const struct wv_blob_key key = {kind, *digest};

	wv_buf_add_bytes(&w->keys, &key, sizeof key);
}

static enum wv_status gather_keys(struct work *w, struct wv_err *err)
{
	const struct wv_digest *list;
	enum wv_status st = walk_captures(w, NULL, find_dependants, err);

	if (st == WV_OK)
		st = walk_articles(w, true, err);
	sort_digests(&w->records);
	if (st == WV_OK)
		st = walk_articles(w, false, err);
	list = LIST(w->bodies, struct wv_digest);
	for (size_t i = 0; i < COUNT(w->bodies, struct wv_digest); i++)
		add_key(w, WV_BLOB_BODY, &list[i]);
	list = LIST(w->records, struct wv_digest);
	for (size_t i = 0; i < COUNT(w->records, struct wv_digest); i++)
		add_key(w, WV_BLOB_ARTICLE, &list[i]);
	list = LIST(w->encoded, struct wv_digest);
	for (size_t i = 0; i < COUNT(w->encoded, struct wv_digest); i++)
		add_key(w, WV_BLOB_WIRE, &list[i]);
	return st == WV_OK ? wv_buf_finish(&w->keys, "bytes to erase", err) : st;
}

/* --- they go --- */

/* The rows that say which body encoded bytes gave. Nobody else has those bytes by now. */
static enum wv_status forget_encoded(struct work *w, struct wv_err *err)
{
	const struct wv_digest *list = LIST(w->encoded, struct wv_digest);
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < COUNT(w->encoded, struct wv_digest) && st == WV_OK; i++) {
		st = wv_txn_delete(w->txn, WV_TABLE_ENCODED, wv_slice(list[i].b, WV_DIGEST_BYTES),
		                   err);
		if (st == WV_NO)
			st = WV_OK;
	}
	return st;
}

/* Those who keep something of these captures: copies, and who lies above this room. */
static enum wv_status tell_others(struct work *w, const struct wv_register_page *facts,
                                  struct wv_time recorded, struct wv_err *err)
{
	const struct victim *victims = LIST(w->victims, struct victim);
	size_t n = COUNT(w->victims, struct victim);
	uint64_t *ids = WV_ARENA_ARRAY(w->arena, uint64_t, n);
	enum wv_status st;

	if (!ids)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		ids[i] = victims[i].id;
	st = wv_copies_erase(w->txn, ids, n, recorded, err);
	for (size_t i = 0; w->how->forget && i < facts->count && st == WV_OK; i++)
		st = w->how->forget(w->txn, facts->facts[i].page_key, ids, n, w->how->context, err);
	return st;
}

static enum wv_status forget_all(struct work *w, struct wv_revision *revision,
                                 const struct wv_register_page *facts, struct wv_err *err)
{
	struct wv_recode_counts counts;
	const struct victim *victims = LIST(w->victims, struct victim);
	const uint64_t *dependants = LIST(w->dependants, uint64_t);
	size_t n = COUNT(w->victims, struct victim);
	/* Before their articles go. */
	enum wv_status st = tell_others(w, facts, revision->recorded, err);

	for (size_t i = 0; i < COUNT(w->dependants, uint64_t) && st == WV_OK; i++)
		st = wv_revision_free_of_reference(revision, dependants[i], err);
	for (size_t i = 0; i < n && st == WV_OK; i++)
		st = wv_revision_forget_capture(revision, victims[i].id, err);
	if (st == WV_OK)
		st = forget_encoded(w, err);
	if (st == WV_OK)
		st = wv_recode_drop(w->txn, LIST(w->keys, struct wv_blob_key),
		                    COUNT(w->keys, struct wv_blob_key), &counts, err);
	return st;
}

/* --- what is written of it --- */

static struct wv_fact main_fact(const struct work *w, struct wv_time recorded)
{
	const struct victim *victims = LIST(w->victims, struct victim);
	struct wv_fact fact = {
		.act = WV_ACT_ERASE,
		.recorded = recorded,
		.until = WV_TIME_NONE,
		.is_of_capture = w->how->target.is_of_capture,
		.capture = w->how->target.capture,
		.first = WV_TIME_NONE,
		.last = WV_TIME_NONE,
		.page_key = w->how->target.page_key,
		.url = w->how->target.url,
		.reason = w->how->reason,
	};

	for (size_t i = 0; i < COUNT(w->victims, struct victim); i++) {
		if (victims[i].is_added)
			continue;
		fact.captures++;
		if (!victims[i].stands)
			continue;
		if (wv_time_is_none(fact.first) || victims[i].captured.us < fact.first.us)
			fact.first = victims[i].captured;
		if (wv_time_is_none(fact.last) || victims[i].captured.us > fact.last.us)
			fact.last = victims[i].captured;
	}
	return fact;
}

/* A capture that came along is a fact of its own page. */
static enum wv_status added_fact(struct work *w, const struct victim *victim,
                                 struct wv_time recorded, struct wv_fact *out, struct wv_err *err)
{
	struct wv_page page;
	enum wv_status st = wv_store_page(w->txn, w->arena, victim->page, &page, err);

	if (st == WV_OK)
		*out = (struct wv_fact){
			.act = WV_ACT_ERASE,
			.recorded = recorded,
			.until = WV_TIME_NONE,
			.is_of_capture = true,
			.capture = victim->id,
			.captures = 1,
			.first = victim->stands ? victim->captured : WV_TIME_NONE,
			.last = victim->stands ? victim->captured : WV_TIME_NONE,
			.page_key = page.key,
			.url = page.url,
			.reason = w->how->reason,
		};
	return st;
}

static enum wv_status make_facts(struct work *w, struct wv_time recorded,
                                 struct wv_register_page *out, struct wv_err *err)
{
	const struct victim *victims = LIST(w->victims, struct victim);
	size_t n = COUNT(w->victims, struct victim);
	enum wv_status st = WV_OK;

	out->facts = WV_ARENA_ARRAY(w->arena, struct wv_fact, n + 1);
	if (!out->facts)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	out->facts[0] = main_fact(w, recorded);
	out->count = 1;
	for (size_t i = 0; i < n && st == WV_OK; i++)
		if (victims[i].is_added)
			st = added_fact(w, &victims[i], recorded, &out->facts[out->count++], err);
	return st;
}

static enum wv_status write_facts(struct work *w, struct wv_register_page *facts,
                                  struct wv_err *err)
{
	const struct victim *victims = LIST(w->victims, struct victim);
	enum wv_status st = WV_OK;
	size_t next = 1;

	for (size_t i = 0; i < facts->count && st == WV_OK; i++)
		st = wv_register_add(w->txn, &facts->facts[i], err);
	for (size_t i = 0; i < COUNT(w->victims, struct victim) && st == WV_OK; i++)
		st = wv_register_note_erased(
			w->txn, victims[i].id,
			facts->facts[victims[i].is_added ? next++ : 0].number, err);
	return st;
}

static enum wv_status measure(struct work *w, struct wv_fact *fact, struct wv_err *err)
{
	const struct wv_blob_key *keys = LIST(w->keys, struct wv_blob_key);

	for (size_t i = 0; i < COUNT(w->keys, struct wv_blob_key); i++) {
		struct wv_blob_row row;
		enum wv_status st = wv_blob_find(w->txn, &keys[i], &row, err);

		if (st != WV_OK && st != WV_NO)
			return st;
		if (st == WV_NO)
			continue;
		fact->bytes += row.stored_bytes;
		fact->bodies += keys[i].kind == WV_BLOB_BODY;
	}
	return WV_OK;
}

static enum wv_status run(struct work *w, struct wv_revision *revision,
                          struct wv_register_page *facts, struct wv_err *err)
{
	enum wv_status st = gather(w, err);

	if (st == WV_OK)
		st = check_holds(w, revision->recorded, err);
	if (st == WV_OK)
		st = gather_keys(w, err);
	if (st == WV_OK)
		st = make_facts(w, revision->recorded, facts, err);
	if (st == WV_OK)
		st = measure(w, &facts->facts[0], err);
	if (st != WV_OK || w->how->dry_run)
		return st;
	st = write_facts(w, facts, err);
	if (st == WV_OK)
		st = forget_all(w, revision, facts, err);
	/* The index is made anew by the next search. Before, so that a kill after the commit leaves
	 * no word of it; after, in case somebody searched in between. */
	if (st == WV_OK)
		st = wv_search_drop(wv_store_dir(revision->store), err);
	if (st == WV_OK)
		st = wv_revision_commit(revision, err);
	return st == WV_OK ? wv_search_drop(wv_store_dir(revision->store), err) : st;
}

enum wv_status wv_erase_run(struct wv_store *store, struct wv_arena *arena,
                            const struct wv_erase *erase, struct wv_register_page *facts,
                            struct wv_err *err)
{
	WV_AUTO(wv_revision_end) struct wv_revision revision = {0};
	struct work w = {.how = erase, .arena = arena};
	struct wv_buf *const lists[] = {&w.victims, &w.bodies, &w.encoded, &w.dependants, &w.records, &w.keys};
	enum wv_status st;

	if (erase->reason.n > WV_REASON_MAX)
		return wv_err_set(err, WV_LIMIT, "a reason of %zu bytes is too long (at most %u)",
		                  erase->reason.n, WV_REASON_MAX);
	for (size_t i = 0; i < WV_COUNT(lists); i++)
		wv_buf_init(lists[i], LIST_CAP);
	st = wv_revision_begin(store, &revision, err);
	w.txn = revision.txn;
	if (st == WV_OK)
		st = run(&w, &revision, facts, err);
	for (size_t i = 0; i < WV_COUNT(lists); i++)
		wv_buf_done(lists[i]);
	return st;
}
