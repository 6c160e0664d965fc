#include "archive/copies/past.h"

#include <stdlib.h>

#include "archive/copies/cluster_parts.h"
#include "archive/copies/facts.h"
#include "archive/copies/follow.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "archive/store/register.h"
#include "config/base/limits.h"
#include "config/base/slots.h"

#define SCRATCH_CAP (1024u * WV_MIB) /* one article and its tokens */
#define SLOTS_MIN   256u

struct node;

/* A capture that was looked at. */
struct seen {
	uint64_t leaf;     /* + 1; 0: the slot is free */
	struct node *node; /* NULL: not there at (T, K) */
};

/* Equal texts of one stretch of time. */
struct node {
	uint32_t partition;
	struct wv_fingerprint print;
	uint64_t *leaves;
	size_t leaf_count, leaf_room;
	bool is_judged, is_roundup, is_reached;
	struct wv_main_part main;
	struct wv_overlap *overlaps; /* document: the other node's place in the list */
	size_t overlap_count;
};

struct past {
	struct wv_txn *txn;
	struct wv_arena *arena, *scratch;
	const struct wv_past_query *query;
	struct wv_err *err;
	struct wv_slots seen; /* of struct seen */
	struct node **nodes;
	size_t node_count, node_room;
	uint64_t *found; /* candidates of one lookup */
	size_t found_count, found_room;
};

static enum wv_status no_memory(const struct past *p)
{
	return wv_err_set(p->err, WV_NOMEM, "out of memory for copies");
}

static bool grow(struct wv_arena *arena, void **list, size_t size, size_t count, size_t *room)
{
	size_t more = *room ? *room * 2 : 64;
	void *bigger = wv_arena_alloc(arena, more * size);

	if (!bigger)
		return false;
	if (count > 0)
		memcpy(bigger, *list, count * size);
	*list = bigger;
	*room = more;
	return true;
}

/* ---- what was there ---- */

static bool hash_seen(const void *slot, const void *context, uint64_t *hash)
{
	const struct seen *seen = slot;

	(void)context;
	*hash = wv_slots_mix(seen->leaf);
	return seen->leaf != 0;
}

static struct seen *slot_of(const struct past *p, uint64_t leaf)
{
	struct seen *seen = p->seen.p;
	size_t at = wv_slots_first(&p->seen, wv_slots_mix(leaf + 1));

	while (seen[at].leaf && seen[at].leaf != leaf + 1)
		at = wv_slots_next(&p->seen, at);
	return &seen[at];
}

/* WV_NO: it counts as never there. */
static enum wv_status look_whether_hidden(struct past *p, uint64_t leaf)
{
	struct wv_capture capture;
	struct wv_fact why = {0};
	enum wv_status st = WV_OK;

	if (!p->query->skips_hidden)
		return WV_OK;
	st = wv_store_capture(p->txn, p->scratch, leaf, p->query->known_at, &capture, p->err);
	if (st == WV_OK)
		st = wv_register_shows(p->txn, p->scratch, capture.page_key, leaf, p->query->now, &why, p->err);
	return st == WV_NO && why.act && why.act != WV_ACT_HIDE ? WV_OK : st;
}

/* The fingerprint of a capture by its reading at K. WV_NO: it was not there. */
static enum wv_status read_print(struct past *p, uint64_t leaf, struct wv_fingerprint *print,
                                 uint32_t *partition)
{
	struct wv_reading reading = {0};
	struct wv_article_row row;
	struct wv_article article;
	struct wv_fingerprint made;
	struct wv_leaf_row place;
	struct wv_slice text;
	uint32_t number;
	enum wv_status st = wv_leaf_get(p->txn, leaf, &place, p->err);

	if (st == WV_OK && (place.is_erased || (!wv_time_is_none(p->query->at) &&
	                                         place.captured.us > p->query->at.us)))
		return WV_NO;
	if (st == WV_OK)
		st = wv_article_row_newest(p->txn, leaf, p->query->known_at, &number, &row, p->err);
	if (st == WV_OK && !row.has_key)
		return WV_NO;
	wv_arena_reset(p->scratch);
	if (st == WV_OK)
		st = look_whether_hidden(p, leaf);
	reading.record = row.record;
	reading.record_bytes = row.record_bytes;
	if (st == WV_OK)
		st = wv_store_article(p->txn, p->scratch, &reading, &article, p->err);
	if (st == WV_OK)
		st = wv_article_text(&article, p->scratch, &text, p->err);
	if (st == WV_OK)
		st = wv_fingerprint_make(p->scratch, text, &made, p->err);
	if (st == WV_LIMIT)
		return WV_NO;
	if (st != WV_OK)
		return st;
	*partition = wv_copies_partition_at(p->query->partition_us,
	                                    wv_copies_when(&article, place.captured));
	return wv_fingerprint_copy(p->arena, &made, print) ? WV_OK : no_memory(p);
}

static struct node *find_node(struct past *p, const struct wv_fingerprint *print,
                              uint32_t partition)
{
	for (size_t i = 0; i < p->node_count && print->units > 0; i++)
		if (p->nodes[i]->partition == partition &&
		    wv_digest_equals(&p->nodes[i]->print.exact, &print->exact))
			return p->nodes[i];
	return NULL;
}

static enum wv_status add_to_node(struct past *p, uint64_t leaf,
                                  const struct wv_fingerprint *print, uint32_t partition,
                                  struct node **out)
{
	struct node *node = find_node(p, print, partition);
	void *list;

	if (!node) {
		node = WV_ARENA_NEW(p->arena, struct node);
		list = p->nodes;
		if (!node || (p->node_count == p->node_room &&
		              !grow(p->arena, &list, sizeof(struct node *), p->node_count,
		                    &p->node_room)))
			return no_memory(p);
		p->nodes = list;
		p->nodes[p->node_count++] = node;
		node->print = *print;
		node->partition = partition;
	}
	list = node->leaves;
	if (node->leaf_count == node->leaf_room &&
	    !grow(p->arena, &list, sizeof(uint64_t), node->leaf_count, &node->leaf_room))
		return no_memory(p);
	node->leaves = list;
	node->leaves[node->leaf_count++] = leaf;
	*out = node;
	return WV_OK;
}

/* *out is NULL where the capture was not there. */
static enum wv_status look_at(struct past *p, uint64_t leaf, struct node **out)
{
	struct wv_fingerprint print;
	struct seen *slot;
	uint32_t partition = 0;
	enum wv_status st;

	if (!wv_slots_reserve(&p->seen, sizeof(*slot), SLOTS_MIN, hash_seen, NULL))
		return no_memory(p);
	slot = slot_of(p, leaf);
	*out = slot->node;
	if (slot->leaf)
		return WV_OK;
	if (p->seen.used == WV_PAST_DOCUMENTS_MAX)
		return wv_err_set(p->err, WV_LIMIT, "more than %u captures are alike",
		                  WV_PAST_DOCUMENTS_MAX);
	slot->leaf = leaf + 1;
	p->seen.used++;
	st = read_print(p, leaf, &print, &partition);
	if (st == WV_OK)
		st = add_to_node(p, leaf, &print, partition, &slot->node);
	*out = slot->node;
	return st == WV_NO ? WV_OK : st;
}

/* ---- where to look ---- */

static enum wv_status add_candidate(void *context, uint64_t document, struct wv_err *err)
{
	struct past *p = context;
	void *list = p->found;

	(void)err;
	if (p->found_count == p->found_room &&
	    !grow(p->arena, &list, sizeof(uint64_t), p->found_count, &p->found_room))
		return no_memory(p);
	p->found = list;
	p->found[p->found_count++] = document;
	return WV_OK;
}

static enum wv_status take_found(void *context, const struct wv_runs_found *found,
                                 struct wv_err *err)
{
	return add_candidate(context, found->document, err);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t sort_unique(uint64_t *list, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(list, n, sizeof(*list), by_number);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	return kept;
}

/* All that may share text with a node: by shingles now and formerly, by the whole text, and what
 * ever was an exact copy of those. */
static enum wv_status find_candidates(struct past *p, const struct node *node)
{
	const struct wv_fingerprint *f = &node->print;
	struct wv_document like = {.number = UINT64_MAX, .has_text = f->units > 0};
	struct wv_pair *asked = WV_ARENA_ARRAY(p->arena, struct wv_pair, (size_t)f->entry_count + 1);
	uint32_t first = node->partition >= 8 ? node->partition - 1 : node->partition;
	uint32_t last = node->partition >= 8 ? node->partition + 1 : node->partition;
	enum wv_status st = WV_OK;
	size_t n;

	if (!asked)
		return no_memory(p);
	for (uint32_t i = 0; i < f->entry_count; i++)
		asked[i] = (struct wv_pair){wv_fingerprint_hash(f->entries[i]), 0};
	p->found_count = 0;
	for (uint32_t part = first; part <= last && st == WV_OK; part++)
		st = wv_runs_lookup(p->txn, part, asked, f->entry_count, take_found, p, p->err);
	if (st == WV_OK)
		st = wv_runs_lookup(p->txn, WV_COPIES_FORMER, asked, f->entry_count, take_found, p,
		                    p->err);
	memcpy(like.exact, f->exact.b, WV_DOCUMENT_EXACT_BYTES);
	if (st == WV_OK)
		st = wv_documents_each_equal(p->txn, &like, add_candidate, p, p->err);
	n = p->found_count = sort_unique(p->found, p->found_count);
	for (size_t i = 0; i < n && st == WV_OK; i++)
		st = wv_facts_each_exact_ever(p->txn, p->found[i], add_candidate, p, p->err);
	p->found_count = sort_unique(p->found, p->found_count);
	return st;
}

/* ---- how they are alike ---- */

static bool do_meet(const struct node *a, const struct node *b)
{
	if (a->partition < 8 || b->partition < 8)
		return a->partition == b->partition;
	return a->partition <= b->partition + 1 && b->partition <= a->partition + 1;
}

static bool overlap_of(const struct node *a, const struct node *b, struct wv_overlap *out)
{
	const struct wv_fingerprint *x = &a->print, *y = &b->print;
	struct wv_sides p = wv_sides_of(x), q = wv_sides_of(y);
	struct wv_shared shared;
	uint32_t i = 0, k = 0;

	if (x->units > 0 && wv_digest_equals(&x->exact, &y->exact)) {
		*out = wv_overlap_of_equals(0);
		return true;
	}
	if (!do_meet(a, b))
		return false;
	wv_shared_begin(&shared, x->level, y->level);
	while (i < x->entry_count && k < y->entry_count) {
		uint64_t h = wv_fingerprint_hash(x->entries[i]);
		uint64_t g = wv_fingerprint_hash(y->entries[k]);

		if (h == g)
			wv_shared_add(&shared, h, wv_fingerprint_bucket(x->entries[i]),
			              wv_fingerprint_bucket(y->entries[k]));
		i += h <= g;
		k += g <= h;
	}
	return wv_overlap_make(&p, &q, &shared, out);
}

static size_t place_of(const struct past *p, const struct node *node)
{
	size_t i = 0;

	while (p->nodes[i] != node)
		i++;
	return i;
}

/* All overlaps of a node, and whether it is a round-up among what was there. */
static enum wv_status judge(struct past *p, struct node *node)
{
	enum wv_status st = node->is_judged ? WV_OK : find_candidates(p, node);
	uint64_t *candidates;
	size_t n = p->found_count, room = 0;
	void *list = NULL;

	if (node->is_judged || st != WV_OK)
		return st;
	candidates = WV_ARENA_ARRAY(p->arena, uint64_t, n + 1);
	if (!candidates)
		return no_memory(p);
	if (n > 0)
		memcpy(candidates, p->found, n * sizeof(*candidates));
	for (size_t i = 0; i < n && st == WV_OK; i++) {
		struct node *other = NULL;
		struct wv_overlap overlap;
		bool is_known = false;

		st = look_at(p, candidates[i], &other);
		if (st != WV_OK || !other || other == node)
			continue;
		overlap.document = place_of(p, other);
		for (size_t k = 0; k < node->overlap_count; k++)
			is_known |= node->overlaps[k].document == overlap.document;
		if (is_known || !overlap_of(node, other, &overlap))
			continue;
		overlap.document = place_of(p, other);
		list = node->overlaps;
		if (node->overlap_count == room &&
		    !grow(p->arena, &list, sizeof(overlap), node->overlap_count, &room))
			return no_memory(p);
		node->overlaps = list;
		node->overlaps[node->overlap_count++] = overlap;
	}
	node->is_judged = true;
	node->is_roundup = !wv_is_settled(node->overlaps, node->overlap_count) &&
	                   wv_is_roundup(node->overlaps, node->overlap_count, 0);
	node->main = wv_main_part_of(node->overlaps, node->overlap_count);
	return st;
}

/* Both are judged. */
static bool is_in_force(const struct wv_overlap *overlap, const struct node *a,
                        const struct node *b)
{
	const struct wv_overlap turned = wv_overlap_turn(overlap, 0);

	return wv_is_copy(wv_overlap_likeness(overlap), a->is_roundup, b->is_roundup) &&
	       !wv_overlap_is_void(overlap, &a->main) && !wv_overlap_is_void(&turned, &b->main);
}

/* Reaches what holds together with the first node. */
static enum wv_status spread(struct past *p, struct node *first)
{
	struct node **queue = NULL;
	size_t n = 0, room = 0;
	void *list = NULL;
	enum wv_status st = WV_OK;

	first->is_reached = true;
	if (!grow(p->arena, &list, sizeof(struct node *), 0, &room))
		return no_memory(p);
	queue = list;
	queue[n++] = first;
	for (size_t at = 0; at < n && st == WV_OK; at++) {
		struct node *node = queue[at];

		st = judge(p, node);
		for (size_t i = 0; i < node->overlap_count && st == WV_OK; i++) {
			struct node *other = p->nodes[node->overlaps[i].document];

			if (other->is_reached ||
			    wv_overlap_likeness(node->overlaps + i) == WV_LIKENESS_NONE)
				continue;
			st = judge(p, other);
			if (st != WV_OK || !is_in_force(node->overlaps + i, node, other))
				continue;
			other->is_reached = true;
			list = queue;
			if (n == room && !grow(p->arena, &list, sizeof(struct node *), n, &room))
				return no_memory(p);
			queue = list;
			queue[n++] = other;
		}
	}
	return st;
}

static enum wv_status collect(struct past *p, uint64_t **out, size_t *count)
{
	uint64_t *ids = WV_ARENA_ARRAY(p->arena, uint64_t, p->seen.used + 1);
	size_t n = 0;

	if (!ids)
		return no_memory(p);
	for (size_t i = 0; i < p->node_count; i++)
		for (size_t k = 0; p->nodes[i]->is_reached && k < p->nodes[i]->leaf_count; k++)
			ids[n++] = p->nodes[i]->leaves[k];
	*out = ids;
	*count = sort_unique(ids, n);
	return WV_OK;
}

enum wv_status wv_past_members(struct wv_txn *txn, struct wv_arena *arena,
                               const struct wv_past_query *query, uint64_t **out, size_t *count,
                               struct wv_err *err)
{
	struct past p = {.txn = txn, .arena = arena, .query = query, .err = err};
	struct node *first = NULL;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &p.scratch, err);

	if (st == WV_OK)
		st = look_at(&p, query->capture, &first);
	if (st == WV_OK && !first)
		st = WV_NO;
	if (st == WV_OK)
		st = spread(&p, first);
	if (st == WV_OK)
		st = collect(&p, out, count);
	wv_arena_free(&p.scratch);
	wv_slots_done(&p.seen);
	return st;
}
