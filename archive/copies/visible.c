#include "archive/copies/visible.h"

#include <string.h>

#include "archive/copies/documents.h"
#include "archive/copies/follow.h"
#include "archive/copies/past.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "archive/store/register.h"
#include "config/base/limits.h"

#define AGAIN_CAP (128u * WV_MIB) /* to find one again */
#define BESIDE_MOST 4096u         /* documents looked at beside a cluster: of more, no further */
#define PAGE_BYTES  (4u * WV_KIB) /* to ask the register about one */

struct looking {
	struct wv_txn *txn;
	struct wv_arena *arena;
	const struct wv_visible_query *query;
	struct wv_documents *documents;
	struct wv_arena *scratch; /* of one document */
	bool is_empty;            /* the register */
	/* The cluster by the facts. */
	uint64_t *ids;
	size_t count, id_room;
	size_t beside;
	bool is_near; /* something of what is hidden */
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for copies");
}

static bool make_room(struct wv_arena *arena, uint64_t **list, size_t count, size_t *room)
{
	size_t more = *room ? *room * 2 : 64;
	uint64_t *larger;

	if (count < *room)
		return true;
	larger = wv_arena_alloc(arena, more * sizeof(*larger));
	if (!larger)
		return false;
	if (count > 0)
		memcpy(larger, *list, count * sizeof(*larger));
	*list = larger;
	*room = more;
	return true;
}

/* ---- what is hidden ---- */

/* Is this one of it? */
static enum wv_status look_at(struct looking *l, uint64_t document, struct wv_err *err)
{
	struct wv_leaf_row leaf;
	struct wv_page page;
	struct wv_fact why = {0};
	enum wv_status st = wv_leaf_get(l->txn, document, &leaf, err);

	wv_arena_reset(l->scratch);
	if (st == WV_OK)
		st = wv_store_page(l->txn, l->scratch, leaf.page, &page, err);
	if (st == WV_OK)
		st = wv_register_shows(l->txn, l->scratch, page.key, document, l->query->now, &why, err);
	l->is_near = l->is_near || why.act == WV_ACT_HIDE;
	return st == WV_NO ? WV_OK : st;
}

/* ---- is something of it near? ---- */

static enum wv_status get(struct looking *l, uint64_t number, struct wv_document **out,
                          struct wv_err *err)
{
	enum wv_status st = wv_documents_get(l->documents, l->txn, number, out, err);

	if (st == WV_OK && (*out)->is_exact_copy)
		st = wv_documents_get(l->documents, l->txn, (*out)->cluster, out, err);
	return st == WV_OK ? wv_documents_load_overlaps(l->documents, l->txn, *out, err) : st;
}

/* All that a document shares text with: they made it what it is, a round-up or none. */
static enum wv_status look_beside(struct looking *l, uint64_t number, struct wv_err *err)
{
	struct wv_document *d;
	enum wv_status st = get(l, number, &d, err);

	for (size_t i = 0; st == WV_OK && i < d->overlap_count && !l->is_near && l->beside++ < BESIDE_MOST; i++)
		st = look_at(l, d->overlaps[i].document, err);
	return st == WV_NO ? WV_OK : st;
}

/* The members, what is beside them, and what is beside that, where it could be one of them. */
static enum wv_status look_around(struct looking *l, struct wv_err *err)
{
	enum wv_status st = wv_documents_new(&l->documents, err);

	if (st == WV_OK)
		st = wv_arena_new_sized(PAGE_BYTES, WV_MIB, &l->scratch, err);
	for (size_t i = 0; st == WV_OK && i < l->count && !l->is_near; i++)
		st = look_at(l, l->ids[i], err);
	for (size_t i = 0; st == WV_OK && i < l->count && !l->is_near && l->beside < BESIDE_MOST; i++) {
		struct wv_document *d;

		st = look_beside(l, l->ids[i], err);
		if (st == WV_OK && !l->is_near)
			st = get(l, l->ids[i], &d, err);
		for (size_t k = 0; st == WV_OK && !l->is_near && k < d->overlap_count; k++)
			if (wv_overlap_likeness(&d->overlaps[k]) != WV_LIKENESS_NONE)
				st = look_beside(l, d->overlaps[k].document, err);
		st = st == WV_NO ? WV_OK : st;
	}
	wv_documents_free(&l->documents);
	wv_arena_free(&l->scratch);
	return st;
}

/* ---- the cluster ---- */

static enum wv_status take_id(void *context, uint64_t document, struct wv_err *err)
{
	struct looking *l = context;

	if (l->count == WV_PAST_DOCUMENTS_MAX)
		return wv_err_set(err, WV_LIMIT, "more than %u captures carry this text",
		                  WV_PAST_DOCUMENTS_MAX);
	if (!make_room(l->arena, &l->ids, l->count, &l->id_room))
		return no_memory(err);
	l->ids[l->count++] = document;
	return WV_OK;
}

static enum wv_status find_again(struct looking *l, bool skips_hidden, uint64_t **out, size_t *count,
                                 struct wv_err *err)
{
	const struct wv_visible_query *q = l->query;
	const struct wv_past_query past = {.capture = q->capture,
	                                   .at = q->at,
	                                   .known_at = q->known_at,
	                                   .now = q->now,
	                                   .skips_hidden = skips_hidden,
	                                   .partition_us = WV_COPIES_PARTITION_US};

	return wv_past_members(l->txn, l->arena, &past, out, count, err);
}

/* In memory of its own: it may be far more than an answer has. */
static enum wv_status find_again_aside(struct looking *l, uint64_t **out, size_t *count,
                                       struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *aside = NULL;
	struct wv_arena *arena = l->arena;
	uint64_t *found = NULL;
	enum wv_status st = wv_arena_new(AGAIN_CAP, &aside, err);

	if (st != WV_OK)
		return st;
	l->arena = aside;
	st = find_again(l, true, &found, count, NULL);
	l->arena = arena;
	if (st == WV_LIMIT || st == WV_NOMEM) {
		found = (uint64_t[]){l->query->capture};
		*count = 1;
	} else if (st != WV_OK) {
		return st == WV_NO ? st : wv_err_set(err, st, "copies of capture %llu",
		                                     (unsigned long long)l->query->capture);
	}
	*out = WV_ARENA_ARRAY(arena, uint64_t, *count + 1);
	if (!*out)
		return no_memory(err);
	memcpy(*out, found, *count * sizeof(*found));
	return WV_OK;
}

enum wv_status wv_visible_members(struct wv_txn *txn, struct wv_arena *arena,
                                  const struct wv_visible_query *q, uint64_t **out, size_t *count,
                                  struct wv_err *err)
{
	struct looking l = {.txn = txn, .arena = arena, .query = q};
	uint64_t cluster;
	enum wv_status st = wv_register_is_empty(txn, &l.is_empty, err);

	if (st != WV_OK)
		return st;
	/* Where T hides something that was known at K, the facts know too much. */
	if (!wv_time_is_none(q->at) && (wv_time_is_none(q->known_at) || q->at.us < q->known_at.us))
		return find_again(&l, !l.is_empty, out, count, err);
	st = wv_copies_cluster(txn, q->capture, q->known_at, &cluster, err);
	if (st == WV_OK)
		st = wv_copies_each_member(txn, cluster, q->known_at, take_id, &l, err);
	if (st == WV_OK && !l.is_empty)
		st = look_around(&l, err);
	if (st == WV_OK && l.is_near)
		return find_again_aside(&l, out, count, err);
	*out = l.ids;
	*count = l.count;
	return st;
}

enum wv_status wv_visible_cluster(struct wv_txn *txn, struct wv_arena *arena,
                                  const struct wv_visible_query *q, uint64_t *cluster,
                                  struct wv_err *err)
{
	struct looking l = {.txn = txn, .arena = arena, .query = q};
	uint64_t *ids = NULL;
	size_t count = 0;
	enum wv_status st = wv_register_is_empty(txn, &l.is_empty, err);

	/* They come with their ID. */
	if (st == WV_OK && l.is_empty)
		return wv_copies_cluster(txn, q->capture, q->known_at, cluster, err);
	if (st == WV_OK)
		st = wv_visible_members(txn, arena, q, &ids, &count, err);
	if (st == WV_OK && count == 0)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	*cluster = ids[0];
	for (size_t i = 1; i < count; i++)
		if (ids[i] < *cluster)
			*cluster = ids[i];
	return WV_OK;
}
