#include "archive/copies/cluster.h"

#include <stdlib.h>

#include "archive/copies/cluster_parts.h"
#include "archive/copies/facts.h"

/* Shingles found in other documents that are held at once (4 MiB); above it an addition is
 * halved, so that a story with hundreds of copies costs time, not memory. */
#define MATCHES_MAX (1u << 18)

/* So many touch pages all over the table, each with its neighbours: they are let go of, since they
 * are not to count as memory of ours. */
#define LET_GO_DOCUMENTS 256u

/* The new ones of one call, without exact copies, of one partition. */
struct arrivals {
	const struct wv_copies_document *documents;
	size_t n;
	uint32_t partition;
};

enum wv_status wv_copies_new(const struct wv_copies_options *options, struct wv_copies **out,
                             struct wv_err *err)
{
	struct wv_copies *made = calloc(1, sizeof(*made));
	enum wv_status st;

	if (!made)
		return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
	made->partition_us = options->partition_us;
	st = wv_documents_new(&made->documents, err);
	if (st != WV_OK) {
		wv_copies_free(&made);
		return st;
	}
	*out = made;
	return WV_OK;
}

void wv_copies_free(struct wv_copies **copies)
{
	if (!*copies)
		return;
	wv_documents_free(&(*copies)->documents);
	free((*copies)->matches);
	free(*copies);
	*copies = NULL;
}

uint64_t wv_copies_work(const struct wv_copies *copies)
{
	return copies->work;
}

uint32_t wv_copies_partition_at(int64_t span, struct wv_time when)
{
	const int64_t lowest = 8 - (int64_t)INT32_MAX, highest = UINT32_MAX - 8 - (int64_t)INT32_MAX;
	int64_t at;

	if (span <= 0)
		return 0;
	if (wv_time_is_none(when))
		return 1; /* before all times: such documents meet each other alone */
	at = when.us / span - (when.us % span < 0);
	at = at < lowest ? lowest : at > highest ? highest : at;
	return (uint32_t)(at + INT32_MAX);
}

static uint32_t partition_of(const struct wv_copies *copies, struct wv_time when)
{
	return wv_copies_partition_at(copies->partition_us, when);
}

struct wv_time wv_copies_when_of(const struct wv_copies *copies, uint32_t partition)
{
	if (copies->partition_us <= 0 || partition < 8)
		return WV_TIME_NONE;
	return (struct wv_time){((int64_t)partition - INT32_MAX) * copies->partition_us};
}

/* ---- which documents share shingles ---- */

static enum wv_status add_match(struct wv_copies *copies, uint64_t asked, uint32_t old,
                                uint64_t hash, uint32_t bucket, struct wv_err *err)
{
	if (copies->match_count == MATCHES_MAX && !copies->may_overflow)
		return WV_BOUND;
	if (copies->match_count == copies->match_room) {
		size_t more = copies->match_room ? copies->match_room * 2 : 16384;
		struct wv_pair *matches = realloc(copies->matches, more * sizeof(*matches));

		if (!matches)
			return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
		copies->matches = matches;
		copies->match_room = more;
	}
	copies->matches[copies->match_count++] = (struct wv_pair){
		asked >> 8 << 32 | old, hash << 16 | (asked & 0xff) << 8 | bucket};
	return WV_OK;
}

static enum wv_status take_found(void *context, const struct wv_runs_found *found,
                                 struct wv_err *err)
{
	struct wv_copies *copies = context;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < found->asked_count && st == WV_OK; i++)
		st = add_match(copies, found->asked[i].value, found->document, found->hash,
		               found->bucket, err);
	return st;
}

/* Among the arrivals themselves: each with those before it. */
static enum wv_status match_arrivals(struct wv_copies *copies, const struct arrivals *arrivals,
                                     const struct wv_pair *asked, size_t n, struct wv_err *err)
{
	size_t start = 0;

	for (size_t i = 1; i < n; i++) {
		if (asked[i].key != asked[start].key) {
			start = i;
			continue;
		}
		for (size_t j = start; j < i && j - start < WV_RUNS_HOLDERS_MAX; j++) {
			size_t old = (size_t)(asked[j].value >> 8);
			enum wv_status st = add_match(
				copies, asked[i].value,
				(uint32_t)arrivals->documents[old].number, asked[i].key,
				(uint32_t)(asked[j].value & 0xff), err);

			if (st != WV_OK)
				return st;
		}
	}
	return WV_OK;
}

static enum wv_status find_matches(struct wv_copies *copies, struct wv_txn *txn,
                                   const struct arrivals *arrivals, const struct wv_pair *asked,
                                   size_t n, struct wv_err *err)
{
	uint32_t p = arrivals->partition;
	uint32_t first = p >= 8 ? p - 1 : p, last = p >= 8 ? p + 1 : p;
	enum wv_status st;

	copies->match_count = 0;
	copies->may_overflow = arrivals->n == 1;
	st = match_arrivals(copies, arrivals, asked, n, err);
	for (p = first; p <= last && st == WV_OK; p++)
		st = wv_runs_lookup(txn, p, asked, n, take_found, copies, err);
	return st;
}

/* Whether the overlap with a new document is among its own. */
static bool ends_with(const struct wv_document *document, uint64_t number)
{
	return document->overlap_count > 0 &&
	       document->overlaps[document->overlap_count - 1].document == number;
}

/* Not yet on disk, so what has no use is left out. */
static void drop_useless(struct wv_document *document)
{
	size_t kept = 0;

	for (size_t i = 0; i < document->overlap_count; i++)
		if (wv_overlap_counts(document->overlaps + i, document->is_settled,
		                      document->is_roundup))
			document->overlaps[kept++] = document->overlaps[i];
	document->overlap_count = kept;
}

/* What one more overlap says of a document: whether it is a round-up, what its main part is. */
static enum wv_status take_last(const struct wv_change *c, struct wv_document *document)
{
	enum wv_status st = wv_change_judge(c, document, 1);

	if (document->is_judged)
		document->loses = document->gains = true;
	return st == WV_OK ? wv_change_take_main(c, document) : st;
}

/* With the others as they are judged now: all that held together by what is in force no more is
 * looked at again, once a cluster, and then joined by what has come into force. */
static enum wv_status apply(const struct wv_change *c, const struct wv_document *document)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		struct wv_document *other;

		st = wv_change_get(c, document->overlaps[i].document, &other);
		if (st == WV_OK && other->loses)
			st = wv_change_rebuild(c, other->cluster);
	}
	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		struct wv_document *other;

		st = wv_change_get(c, document->overlaps[i].document, &other);
		if (st == WV_OK && other->gains)
			st = wv_change_unite_all(c, other);
		if (st == WV_OK)
			other->is_judged = other->gains = false;
	}
	return st;
}

/* The new document has its overlaps, and so have the others: what changes? */
static enum wv_status settle(const struct wv_change *c, struct wv_document *document)
{
	struct wv_copies_fact first = {.document = document->number,
	                               .kind = WV_COPIES_FIRST,
	                               .recorded = c->recorded,
	                               .cluster = document->number,
	                               .before = document->number};
	enum wv_status st = wv_facts_add(c->txn, &first, c->err);

	if (st == WV_OK)
		st = wv_change_judge(c, document, document->overlap_count);
	document->is_judged = false;
	document->main = wv_main_part_of(document->overlaps, document->overlap_count);
	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		struct wv_document *other;

		st = wv_change_get(c, document->overlaps[i].document, &other);
		if (st == WV_OK && ends_with(other, document->number))
			st = take_last(c, other);
	}
	if (st == WV_OK)
		st = wv_change_unite_all(c, document);
	if (st == WV_OK)
		st = apply(c, document);
	drop_useless(document);
	return st;
}

/* ---- adding ---- */

/* Visits what one document shares with each of the others. */
static enum wv_status visit_matches(const struct wv_change *c, const struct wv_document *document,
                                    const struct wv_pair *matches, size_t n,
                                    wv_change_overlap_fn each, void *context)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0, end; i < n && st == WV_OK; i = end) {
		struct wv_document *other;
		struct wv_shared shared;
		struct wv_overlap overlap;

		for (end = i + 1; end < n && matches[end].key == matches[i].key; end++)
			;
		if ((matches[i].key & UINT32_MAX) == document->number)
			continue;
		st = wv_documents_get(c->copies->documents, c->txn, matches[i].key & UINT32_MAX,
		                      &other, c->err);
		if (st == WV_NO) { /* a damaged block: `verify` tells it, nothing stops for it */
			st = WV_OK;
			continue;
		}
		if (st != WV_OK)
			break;
		wv_shared_begin(&shared, document->sides.level, other->sides.level);
		for (size_t k = i; k < end; k++)
			wv_shared_add(&shared, matches[k].value >> 16,
			              (uint32_t)(matches[k].value >> 8 & 0xff),
			              (uint32_t)(matches[k].value & 0xff));
		if (!wv_overlap_make(&document->sides, &other->sides, &shared, &overlap))
			continue;
		overlap.document = other->number;
		st = each(context, other, &overlap, c->err);
	}
	return st;
}

struct adding {
	const struct wv_change *change;
	struct wv_document *document;
};

static enum wv_status add_overlap(void *context, struct wv_document *other,
                                  const struct wv_overlap *overlap, struct wv_err *err)
{
	const struct adding *a = context;
	struct wv_documents *documents = a->change->copies->documents;
	struct wv_overlap turned = wv_overlap_turn(overlap, a->document->number);
	enum wv_status st = wv_documents_add_overlap(documents, a->document, overlap, err);

	if (st == WV_OK && wv_overlap_counts(&turned, other->is_settled, other->is_roundup))
		st = wv_documents_add_overlap(documents, other, &turned, err);
	return st;
}

struct wv_overlap wv_overlap_of_equals(uint64_t document)
{
	return (struct wv_overlap){.document = document,
	                           .mask = UINT64_MAX,
	                           .other_mask = UINT64_MAX,
	                           .explained = 10000,
	                           .covered = 10000,
	                           .shared = UINT16_MAX};
}

static enum wv_status add_equal(void *context, uint64_t number, struct wv_err *err)
{
	const struct adding *a = context;
	const struct wv_overlap overlap = wv_overlap_of_equals(number);
	struct wv_document *other;
	enum wv_status st;

	for (size_t i = 0; i < a->document->overlap_count; i++)
		if (a->document->overlaps[i].document == number)
			return WV_OK;
	st = wv_documents_get(a->change->copies->documents, a->change->txn, number, &other, err);
	if (st == WV_NO) /* of this very call: it will meet this one when its turn comes */
		return WV_OK;
	return st == WV_OK ? add_overlap(context, other, &overlap, err) : st;
}

static enum wv_status add_overlaps(const struct wv_change *c, struct wv_document *document,
                                   const struct wv_pair *matches, size_t n)
{
	struct adding adding = {c, document};
	enum wv_status st = visit_matches(c, document, matches, n, add_overlap, &adding);

	/* Without stretches of time the exact gate has let nothing equal through. */
	if (st == WV_OK && c->copies->partition_us > 0)
		st = wv_documents_each_equal(c->txn, document, add_equal, &adding, c->err);
	return st;
}

static enum wv_status settle_arrivals(struct wv_copies *copies, struct wv_txn *txn,
                                      const struct arrivals *arrivals, struct wv_err *err)
{
	size_t at = 0;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < arrivals->n && st == WV_OK; i++) {
		const struct wv_copies_document *from = arrivals->documents + i;
		const struct wv_change change = {copies, txn, from->recorded, err};
		struct wv_document *document;
		size_t end = at;

		while (end < copies->match_count && copies->matches[end].key >> 32 == i)
			end++;
		st = wv_documents_add(copies->documents, txn, from->number, arrivals->partition,
		                      from->fingerprint, &document, err);
		if (st == WV_OK)
			st = add_overlaps(&change, document, end > at ? copies->matches + at : NULL,
			                  end - at);
		if (st == WV_OK)
			st = settle(&change, document);
		at = end;
	}
	return st;
}

static size_t count_entries(const struct arrivals *arrivals)
{
	size_t n = 0;

	for (size_t i = 0; i < arrivals->n; i++)
		n += arrivals->documents[i].fingerprint->entry_count;
	return n;
}

/* Named by their place among the arrivals. */
static void collect(const struct arrivals *arrivals, struct wv_pair *out)
{
	for (size_t i = 0; i < arrivals->n; i++) {
		const struct wv_fingerprint *f = arrivals->documents[i].fingerprint;

		for (uint32_t k = 0; k < f->entry_count; k++)
			*out++ = (struct wv_pair){wv_fingerprint_hash(f->entries[k]),
			                          (uint64_t)i << 8 |
			                                  wv_fingerprint_bucket(f->entries[k])};
	}
}

/* By their numbers instead, which ascend as the places do: what is sorted stays so. */
static void name_by_number(const struct arrivals *arrivals, struct wv_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pairs[i].value = arrivals->documents[pairs[i].value >> 8].number << 8 |
		                 (pairs[i].value & 0xff);
}

static enum wv_status add_looked_up(struct wv_copies *copies, struct wv_txn *txn,
                                    const struct arrivals *arrivals, struct wv_pair *pairs,
                                    size_t n, struct wv_err *err)
{
	enum wv_status st;

	collect(arrivals, pairs);
	wv_pairs_sort(pairs, pairs + n, n);
	st = find_matches(copies, txn, arrivals, pairs, n, err);
	if (st == WV_OK && copies->match_count > 0) {
		struct wv_pair *scratch = malloc(copies->match_count * sizeof(*scratch));

		if (!scratch)
			return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
		wv_pairs_sort(copies->matches, scratch, copies->match_count);
		free(scratch);
	}
	if (st == WV_OK)
		st = settle_arrivals(copies, txn, arrivals, err);
	if (st != WV_OK)
		return st;
	name_by_number(arrivals, pairs, n);
	st = wv_runs_add(txn, arrivals->partition, pairs, n, err);
	return st == WV_OK ? wv_documents_store(copies->documents, txn, err) : st;
}

/* Halves what shares too much to be held at once; a list of halves, no recursion. */
static enum wv_status add_partition(struct wv_copies *copies, struct wv_txn *txn,
                                    const struct arrivals *all, struct wv_err *err)
{
	size_t n = count_entries(all), step = all->n;
	struct wv_pair *pairs = malloc((n + 1) * 2 * sizeof(*pairs));
	enum wv_status st = pairs ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for copies");

	for (size_t at = 0; at < all->n && st == WV_OK;) {
		struct arrivals part = {all->documents + at, all->n - at, all->partition};

		if (part.n > step)
			part.n = step;
		st = add_looked_up(copies, txn, &part, pairs, count_entries(&part), err);
		if (st == WV_BOUND && part.n > 1) {
			step = part.n / 2;
			st = WV_OK;
		} else {
			at += part.n;
		}
	}
	free(pairs);
	return st;
}

static enum wv_status add_exact(struct wv_txn *txn, const struct wv_copies_document *document,
                                uint32_t partition, uint64_t first, struct wv_err *err)
{
	struct wv_copies_fact fact = {.document = document->number,
	                              .kind = WV_COPIES_JOIN,
	                              .recorded = document->recorded,
	                              .cluster = first,
	                              .before = first};
	enum wv_status st = wv_documents_add_exact(txn, document->number, first,
	                                           &document->fingerprint->exact, partition, err);

	return st == WV_OK ? wv_facts_add(txn, &fact, err) : st;
}

/* Takes out what is known word for word; the others are left in `fresh`. */
static enum wv_status gate(struct wv_copies *copies, struct wv_txn *txn,
                           const struct wv_copies_document *documents, size_t n,
                           struct wv_copies_document *fresh, size_t *fresh_count,
                           struct wv_err *err)
{
	enum wv_status st = WV_OK;

	*fresh_count = 0;
	for (size_t i = 0; i < n && st == WV_OK; i++) {
		uint32_t partition = partition_of(copies, documents[i].when);
		struct wv_document *known;
		uint64_t first;

		if (documents[i].number > UINT32_MAX)
			return wv_err_set(err, WV_LIMIT, "document %llu: number above 2^32",
			                  (unsigned long long)documents[i].number);
		st = i > 0 && documents[i].number <= documents[i - 1].number
		             ? WV_OK
		             : wv_documents_get(copies->documents, txn, documents[i].number,
		                                &known, err);
		if (st == WV_OK)
			return wv_err_set(err, WV_CONFLICT, "document %llu was added before",
			                  (unsigned long long)documents[i].number);
		if (st == WV_NO && documents[i].fingerprint->units > 0)
			st = wv_documents_find_exact(txn, &documents[i].fingerprint->exact,
			                             partition, documents[i].number, &first, err);
		if (st == WV_NO) {
			fresh[(*fresh_count)++] = documents[i];
			st = WV_OK;
		} else if (st == WV_OK) {
			st = add_exact(txn, documents + i, partition, first, err);
		}
	}
	return st;
}

enum wv_status wv_copies_add(struct wv_copies *copies, struct wv_txn *txn,
                             const struct wv_copies_document *documents, size_t n,
                             struct wv_err *err)
{
	struct wv_copies_document *fresh = calloc(n + 1, sizeof(*fresh));
	size_t count = 0;
	enum wv_status st;

	if (!fresh)
		return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
	wv_documents_forget(copies->documents);
	st = gate(copies, txn, documents, n, fresh, &count, err);
	if (n >= LET_GO_DOCUMENTS)
		wv_txn_let_go(txn);
	for (size_t i = 0, end; i < count && st == WV_OK; i = end) {
		struct arrivals part = {fresh + i, 1, partition_of(copies, fresh[i].when)};

		for (end = i + 1; end < count; end++, part.n++)
			if (partition_of(copies, fresh[end].when) != part.partition)
				break;
		st = add_partition(copies, txn, &part, err);
	}
	free(fresh);
	return st;
}

enum wv_status wv_change_each_overlap(const struct wv_change *c,
                                      const struct wv_document *document,
                                      const struct wv_fingerprint *fingerprint,
                                      wv_change_overlap_fn each, void *context)
{
	const struct wv_copies_document one = {.number = document->number,
	                                       .fingerprint = fingerprint};
	const struct arrivals arrivals = {&one, 1, document->partition};
	struct wv_copies *copies = c->copies;
	size_t n = fingerprint->entry_count;
	struct wv_pair *pairs = malloc((n * 2 + 1) * sizeof(*pairs)), *matches = NULL;
	enum wv_status st = pairs ? WV_OK : WV_NOMEM;

	if (st == WV_OK) {
		collect(&arrivals, pairs);
		wv_pairs_sort(pairs, pairs + n, n);
		st = find_matches(copies, c->txn, &arrivals, pairs, n, c->err);
	}
	n = copies->match_count;
	/* Out of the way: what `each` does may look up others. */
	if (st == WV_OK && !(matches = malloc((n * 2 + 1) * sizeof(*matches))))
		st = WV_NOMEM;
	if (st == WV_OK) {
		if (n > 0)
			memcpy(matches, copies->matches, n * sizeof(*matches));
		wv_pairs_sort(matches, matches + n, n);
		st = visit_matches(c, document, matches, n, each, context);
	} else if (st == WV_NOMEM) {
		st = wv_err_set(c->err, WV_NOMEM, "out of memory for copies");
	}
	free(pairs);
	free(matches);
	return st;
}

/* ---- asking ---- */

static enum wv_status likest(const struct wv_change *c, struct wv_document *document,
                             uint16_t *similarity)
{
	uint16_t best = 0;
	enum wv_status st = wv_change_load(c, document);

	for (size_t i = 0; i < document->overlap_count && st == WV_OK; i++) {
		uint16_t here = wv_overlap_similarity(document->overlaps + i);
		struct wv_document *other;
		bool is_in_force = false;

		if (here <= best ||
		    wv_overlap_likeness(document->overlaps + i) == WV_LIKENESS_NONE)
			continue;
		st = wv_change_get(c, document->overlaps[i].document, &other);
		if (st == WV_OK)
			st = wv_change_in_force(c, document->overlaps + i, document, other,
			                        &is_in_force);
		if (st == WV_OK && is_in_force)
			best = here;
	}
	if (st == WV_OK)
		*similarity = best;
	return st;
}

enum wv_status wv_copies_standing(struct wv_copies *copies, struct wv_txn *txn, uint64_t number,
                                  struct wv_copies_standing *out, struct wv_err *err)
{
	const struct wv_change change = {copies, txn, WV_TIME_NONE, err};
	struct wv_document *document;
	uint16_t similarity = 10000;
	bool is_exact;
	enum wv_status st;

	wv_documents_forget(copies->documents);
	st = wv_documents_get(copies->documents, txn, number, &document, err);
	if (st != WV_OK)
		return st;
	is_exact = document->is_exact_copy;
	if (is_exact)
		st = wv_change_get(&change, document->cluster, &document);
	if (st == WV_OK && !is_exact && document->cluster != document->number)
		st = likest(&change, document, &similarity);
	if (st == WV_OK)
		*out = (struct wv_copies_standing){document->cluster, similarity / 10000.0,
		                                   document->is_roundup};
	return st;
}
