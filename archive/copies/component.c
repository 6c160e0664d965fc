#include "archive/copies/cluster_parts.h"

#include <stdlib.h>

#include "archive/copies/facts.h"

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

bool wv_change_in_force(const struct wv_overlap *overlap, const struct wv_document *a,
                     const struct wv_document *b)
{
	return wv_is_copy(wv_overlap_likeness(overlap), a->is_roundup, b->is_roundup);
}

enum wv_status wv_change_load(const struct wv_change *c, struct wv_document *document)
{
	return wv_documents_load_overlaps(c->copies->documents, c->txn, document, c->err);
}

enum wv_status wv_change_unite_all(const struct wv_change *c, struct wv_document *document)
{
	enum wv_status st = wv_change_load(c, document);

	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		const struct wv_overlap *overlap = document->overlaps + i;
		struct wv_document *other;

		if (wv_overlap_likeness(overlap) == WV_LIKENESS_NONE)
			continue;
		st = wv_change_get(c, overlap->document, &other);
		if (st == WV_OK && other->cluster != document->cluster &&
		    wv_change_in_force(overlap, document, other))
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

static size_t root_of(size_t *parents, size_t i)
{
	while (parents[i] != i)
		i = parents[i] = parents[parents[i]];
	return i;
}

/* Each member's component; the smallest place is the root, members being sorted. */
static enum wv_status connect(const struct wv_change *c, const struct members *members,
                              size_t *parents)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < members->n; i++)
		parents[i] = i;
	for (size_t i = 0; i < members->n && st == WV_OK; i++) {
		struct wv_document *document = members->list[i];

		st = wv_change_load(c, document);
		for (size_t k = 0; st == WV_OK && k < document->overlap_count; k++) {
			size_t other = place_of(members, document->overlaps[k].document), a, b;

			if (other == SIZE_MAX ||
			    !wv_change_in_force(document->overlaps + k, document, members->list[other]))
				continue;
			a = root_of(parents, i);
			b = root_of(parents, other);
			parents[a > b ? a : b] = a > b ? b : a;
		}
	}
	return st;
}

enum wv_status wv_change_rebuild(const struct wv_change *c, uint64_t cluster,
                                 const struct wv_document *judged)
{
	WV_AUTO(members_done) struct members members = {0};
	size_t *parents;
	enum wv_status st = members_of(c, cluster, &members);

	if (st != WV_OK || members.n == 0)
		return st;
	parents = calloc(members.n, sizeof(*parents));
	if (!parents)
		return wv_err_set(c->err, WV_NOMEM, "out of memory for a cluster");
	qsort(members.list, members.n, sizeof(struct wv_document *), by_number);
	st = connect(c, &members, parents);
	for (size_t i = 0; i < members.n && st == WV_OK; i++) {
		uint64_t now = members.list[root_of(parents, i)]->number;

		if (members.list[i]->cluster != now)
			st = move(c, members.list[i],
			          members.list[i] == judged ? WV_COPIES_LEAVE : WV_COPIES_SPLIT,
			          now);
	}
	free(parents);
	return st;
}

enum wv_status wv_change_judge(const struct wv_change *c, struct wv_document *document, size_t added,
                            bool *is_flipped)
{
	bool was_roundup = document->is_roundup;

	*is_flipped = false;
	if (document->is_settled || added == 0)
		return WV_OK;
	document->is_settled = wv_is_settled(
		document->overlaps + (document->overlap_count - added), added);
	if (document->is_settled) {
		document->is_roundup = false;
	} else if (!was_roundup) {
		enum wv_status st = wv_change_load(c, document);

		if (st != WV_OK)
			return st;
		document->is_roundup = wv_is_roundup(document->overlaps, document->overlap_count,
		                                     document->overlap_count - added);
	}
	*is_flipped = document->is_roundup != was_roundup;
	return WV_OK;
}

