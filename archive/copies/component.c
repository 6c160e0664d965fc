#include "archive/copies/cluster_parts.h"

#include <stdlib.h>

#include "archive/copies/facts.h"

/* Documents that are asked whether they hold two others together, before a cluster is walked. */
#define THIRDS_MAX 16u

/* What holds together: the components of the relation, kept up as overlaps come and go. */

enum wv_status wv_change_get(const struct wv_change *c, uint64_t number, struct wv_document **out)
{
	enum wv_status st = wv_documents_get(c->copies->documents, c->txn, number, out, c->err);

	return st == WV_NO ? wv_err_set(c->err, WV_DAMAGED, "document %llu has no fingerprint",
	                                (unsigned long long)number)
	                   : st;
}

static enum wv_status move(const struct wv_change *c, struct wv_document *document,
                           enum wv_copies_fact_kind kind, uint64_t cluster)
{
	struct wv_copies_fact fact = {.document = document->number,
	                              .kind = kind,
	                              .recorded = c->recorded,
	                              .cluster = cluster,
	                              .before = document->cluster};

	document->cluster = cluster;
	document->is_changed = true;
	return wv_facts_add(c->txn, &fact, c->err);
}

struct members {
	struct wv_document **list;
	size_t n, room;
	const struct wv_change *change;
};

static bool push_member(struct members *members, struct wv_document *document)
{
	if (members->n == members->room) {
		size_t more = members->room ? members->room * 2 : 16;
		struct wv_document **list =
			realloc(members->list, more * sizeof(struct wv_document *));

		if (!list)
			return false;
		members->list = list;
		members->room = more;
	}
	members->list[members->n++] = document;
	return true;
}

static void members_done(struct members *members)
{
	free(members->list);
	members->list = NULL;
}

static enum wv_status take_member(void *context, uint64_t number, struct wv_err *err)
{
	struct members *members = context;
	struct wv_document *document;
	enum wv_status st = wv_change_get(members->change, number, &document);

	if (st != WV_OK || document->is_exact_copy)
		return st;
	return push_member(members, document)
	               ? WV_OK
	               : wv_err_set(err, WV_NOMEM, "out of memory for a cluster");
}

static enum wv_status members_of(const struct wv_change *c, uint64_t cluster,
                                 struct members *members)
{
	members->change = c;
	return wv_copies_each_member(c->txn, cluster, WV_TIME_NONE, take_member, members, c->err);
}

/* The larger number's cluster becomes part of the other. */
static enum wv_status unite(const struct wv_change *c, struct wv_document *a, struct wv_document *b)
{
	WV_AUTO(members_done) struct members members = {0};
	uint64_t to = a->cluster < b->cluster ? a->cluster : b->cluster;
	uint64_t from = a->cluster < b->cluster ? b->cluster : a->cluster;
	enum wv_status st = members_of(c, from, &members);

	for (size_t i = 0; i < members.n && st == WV_OK; i++)
		st = move(c, members.list[i],
		          members.n == 1 ? WV_COPIES_JOIN : WV_COPIES_MERGE, to);
	return st;
}

enum wv_status wv_change_load(const struct wv_change *c, struct wv_document *document)
{
	enum wv_status st;

	if (document->has_all)
		return WV_OK;
	st = wv_documents_load_overlaps(c->copies->documents, c->txn, document, c->err);
	c->copies->work += document->overlap_count;
	return st;
}

/* Only a row of before main parts does not tell it. */
static enum wv_status know_parts(const struct wv_change *c, struct wv_document *document)
{
	enum wv_status st = document->has_parts ? WV_OK : wv_change_load(c, document);

	if (st == WV_OK && !document->has_parts)
		wv_document_know_parts(document);
	return st;
}

/* The overlap with another one: the newest, or by number, as they mostly come; else wherever. */
static enum wv_status overlap_with(const struct wv_change *c, struct wv_document *document,
                                   uint64_t number, const struct wv_overlap **out)
{
	size_t n = document->overlap_count, low = 0, high;
	enum wv_status st = WV_OK;

	*out = n > 0 ? document->overlaps + (n - 1) : NULL;
	if (n > 0 && (*out)->document == number)
		return WV_OK;
	st = wv_change_load(c, document);
	n = high = document->overlap_count;
	while (st == WV_OK && low < high) {
		size_t middle = low + (high - low) / 2;

		if (document->overlaps[middle].document < number)
			low = middle + 1;
		else
			high = middle;
	}
	*out = NULL;
	if (st == WV_OK && low < n && document->overlaps[low].document == number)
		*out = document->overlaps + low;
	for (size_t i = 0; i < n && st == WV_OK && !*out; i++, c->copies->work++)
		if (document->overlaps[i].document == number)
			*out = document->overlaps + i;
	return st;
}

enum wv_status wv_change_in_force(const struct wv_change *c, const struct wv_overlap *overlap,
                                  struct wv_document *a, struct wv_document *b,
                                  bool *is_in_force)
{
	const struct wv_overlap turned = wv_overlap_turn(overlap, a->number), *back;
	enum wv_status st = WV_OK;

	c->copies->work++;
	*is_in_force = wv_is_copy(wv_overlap_likeness(overlap), a->is_roundup, b->is_roundup);
	if (!*is_in_force)
		return WV_OK;
	st = know_parts(c, a);
	if (st == WV_OK)
		st = know_parts(c, b);
	if (st != WV_OK)
		return st;
	*is_in_force = !wv_overlap_is_void(overlap, &a->main);
	if (!*is_in_force || !b->main.mask || !wv_overlap_is_voidable(&turned))
		return WV_OK;
	st = overlap_with(c, b, a->number, &back);
	*is_in_force = !back || !wv_overlap_is_void(back, &b->main);
	return st;
}

/*
 * Whether a third document still holds two together that are copies no more; asked of a few, in the
 * order of their coming. In a large cluster there is one, and nothing falls apart. Should that third
 * be judged anew itself, its own turn comes; so the newest, which is not yet joined, is not asked.
 */
static enum wv_status are_held(const struct wv_change *c, struct wv_document *document,
                               uint64_t other, bool *are)
{
	struct wv_document *b, *third;
	enum wv_status st = wv_change_get(c, other, &b);
	uint32_t asked = 0;

	*are = st == WV_OK && b->cluster != document->cluster;
	for (size_t i = 0; i + 1 < document->overlap_count && asked < THIRDS_MAX && !*are; i++) {
		const struct wv_overlap *overlap = document->overlaps + i, *further = NULL;
		bool holds;

		if (st != WV_OK || overlap->document == other ||
		    wv_overlap_likeness(overlap) == WV_LIKENESS_NONE)
			continue;
		st = wv_change_get(c, overlap->document, &third);
		if (st == WV_OK)
			st = wv_change_in_force(c, overlap, document, third, &holds);
		if (st != WV_OK || !holds)
			continue;
		asked++;
		st = wv_change_load(c, third);
		if (st == WV_OK)
			st = overlap_with(c, third, other, &further);
		if (st == WV_OK && further)
			st = wv_change_in_force(c, further, third, b, are);
	}
	return st;
}

enum wv_status wv_change_take_main(const struct wv_change *c, struct wv_document *document)
{
	struct wv_overlap last = document->overlaps[document->overlap_count - 1];
	struct wv_main_part before = {0};
	enum wv_status st = WV_OK;

	if (document->has_parts) {
		before = document->main;
		if (!wv_main_part_take(&document->main, &last))
			return WV_OK;
		st = wv_change_load(c, document);
	} else { /* its cluster is of before main parts too */
		st = know_parts(c, document);
	}
	for (size_t i = 0; i + 1 < document->overlap_count && st == WV_OK; i++) {
		bool was_void = wv_overlap_is_void(document->overlaps + i, &before);
		bool is_void = wv_overlap_is_void(document->overlaps + i, &document->main), is_held;

		c->copies->work++;
		document->gains |= was_void && !is_void;
		if (was_void || !is_void || document->loses)
			continue;
		st = are_held(c, document, document->overlaps[i].document, &is_held);
		document->loses = !is_held;
	}
	return st;
}

enum wv_status wv_change_unite_all(const struct wv_change *c, struct wv_document *document)
{
	enum wv_status st = wv_change_load(c, document);

	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		const struct wv_overlap *overlap = document->overlaps + i;
		struct wv_document *other;
		bool is_in_force = false;

		if (wv_overlap_likeness(overlap) == WV_LIKENESS_NONE)
			continue;
		st = wv_change_get(c, overlap->document, &other);
		if (st == WV_OK && other->cluster != document->cluster)
			st = wv_change_in_force(c, overlap, document, other, &is_in_force);
		if (st == WV_OK && is_in_force)
			st = unite(c, document, other);
	}
	return st;
}

static int by_number(const void *a, const void *b)
{
	const struct wv_document *const *x = a, *const *y = b;

	return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

static size_t place_of(const struct members *members, uint64_t number)
{
	size_t low = 0, high = members->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (members->list[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < members->n && members->list[low]->number == number ? low : SIZE_MAX;
}

/* A walk through a cluster. */
struct walk {
	const struct wv_change *change;
	const struct members *members;
	size_t *roots; /* of each member: the first one of its component; SIZE_MAX: not reached */
	size_t *queue;
	size_t reached, queued;
};

/* What one member holds together with. */
static enum wv_status reach_from(struct walk *w, size_t at)
{
	struct wv_document *document = w->members->list[at];
	enum wv_status st = wv_change_load(w->change, document);

	for (size_t k = 0; k < document->overlap_count && w->reached < w->members->n; k++) {
		size_t other = place_of(w->members, document->overlaps[k].document);
		bool is_in_force = false;

		if (other == SIZE_MAX || w->roots[other] != SIZE_MAX)
			continue;
		st = wv_change_in_force(w->change, document->overlaps + k, document,
		                        w->members->list[other], &is_in_force);
		if (st != WV_OK)
			return st;
		if (!is_in_force)
			continue;
		w->roots[other] = w->roots[at];
		w->queue[w->queued++] = other;
		w->reached++;
	}
	return st;
}

/* Ends where all are reached: in a large cluster that is soon, each being a copy of many. */
static enum wv_status reach_all(struct walk *w)
{
	size_t n = w->members->n;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < n; i++)
		w->roots[i] = SIZE_MAX;
	for (size_t i = 0, at = 0; i < n && st == WV_OK; i++) {
		if (w->roots[i] != SIZE_MAX)
			continue;
		w->roots[i] = i;
		w->queue[w->queued++] = i;
		w->reached++;
		for (; at < w->queued && w->reached < n && st == WV_OK; at++)
			st = reach_from(w, w->queue[at]);
	}
	return st;
}

enum wv_status wv_change_rebuild(const struct wv_change *c, uint64_t cluster)
{
	WV_AUTO(members_done) struct members members = {0};
	struct walk walk = {.change = c, .members = &members};
	size_t *scratch;
	enum wv_status st = members_of(c, cluster, &members);

	if (st != WV_OK || members.n == 0)
		return st;
	c->copies->work += members.n;
	scratch = calloc(members.n, 2 * sizeof(*scratch));
	if (!scratch)
		return wv_err_set(c->err, WV_NOMEM, "out of memory for a cluster");
	qsort(members.list, members.n, sizeof(struct wv_document *), by_number);
	walk.roots = scratch;
	walk.queue = scratch + members.n;
	st = reach_all(&walk);
	for (size_t i = 0; i < members.n && st == WV_OK; i++) {
		struct wv_document *member = members.list[i];
		uint64_t now = members.list[walk.roots[i]]->number;

		member->loses = false;
		if (member->cluster != now)
			st = move(c, member,
			          member->is_judged ? WV_COPIES_LEAVE : WV_COPIES_SPLIT, now);
	}
	free(scratch);
	return st;
}

static bool any_may_be_apart(struct wv_document *document, size_t added)
{
	bool any = false;

	for (size_t i = document->overlap_count - added; i < document->overlap_count; i++)
		any |= !wv_common_part_take(&document->common, document->overlaps + i);
	return any;
}

enum wv_status wv_change_judge(const struct wv_change *c, struct wv_document *document,
                               size_t added)
{
	bool was_roundup = document->is_roundup;

	if (document->is_settled || added == 0)
		return WV_OK;
	document->is_settled = wv_is_settled(
		document->overlaps + (document->overlap_count - added), added);
	if (document->is_settled) {
		document->is_roundup = false;
	} else if (!was_roundup && any_may_be_apart(document, added)) {
		enum wv_status st = wv_change_load(c, document);

		if (st != WV_OK)
			return st;
		c->copies->work += added * document->overlap_count;
		document->is_roundup = wv_is_roundup(document->overlaps, document->overlap_count,
		                                     document->overlap_count - added);
	}
	document->is_judged = document->is_roundup != was_roundup;
	return WV_OK;
}
