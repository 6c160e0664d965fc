#include "archive/copies/cluster_parts.h"

#include <stdlib.h>

#include "archive/copies/facts.h"
#include "config/base/limits.h"

/*
 * Taking documents away. What others know of a document was in part dropped as useless while it
 * was there, so those that shared text with it find all their overlaps anew.
 */
#define PRINT_CAP_BYTES (1024u * WV_MIB) /* scratch of one text's fingerprint */

struct numbers {
	uint64_t *list;
	size_t n, room;
};

struct withdrawal {
	struct wv_change change;
	const struct wv_copies_removal *removal;
	struct wv_arena *scratch;
	struct numbers gone;     /* documents taken away, exact copies of them included */
	struct numbers affected; /* that shared text with them */
	struct numbers clusters; /* to be looked at again */
	struct numbers heirs;    /* exact copies of what is gone: to be added anew */
};

static void numbers_done(struct numbers *numbers)
{
	free(numbers->list);
}

static bool has(const struct numbers *numbers, uint64_t number)
{
	for (size_t i = 0; i < numbers->n; i++)
		if (numbers->list[i] == number)
			return true;
	return false;
}

static enum wv_status put(struct numbers *numbers, uint64_t number, struct wv_err *err)
{
	if (has(numbers, number))
		return WV_OK;
	if (numbers->n == numbers->room) {
		size_t more = numbers->room ? numbers->room * 2 : 64;
		uint64_t *list = realloc(numbers->list, more * sizeof(*list));

		if (!list)
			return wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
		numbers->list = list;
		numbers->room = more;
	}
	numbers->list[numbers->n++] = number;
	return WV_OK;
}

static enum wv_status note_gone(struct withdrawal *w, uint64_t document, uint64_t cluster)
{
	struct wv_copies_fact fact = {.document = document,
	                              .kind = WV_COPIES_GONE,
	                              .recorded = w->change.recorded,
	                              .cluster = cluster,
	                              .before = cluster};

	return wv_facts_add(w->change.txn, &fact, w->change.err);
}

/* ---- which, and who is affected ---- */

static enum wv_status add_heir(void *context, uint64_t document, struct wv_err *err)
{
	struct withdrawal *w = context;

	return has(&w->gone, document) ? WV_OK : put(&w->heirs, document, err);
}

static enum wv_status collect(struct withdrawal *w)
{
	const uint64_t *documents = w->removal->documents;
	size_t n = w->removal->n;
	struct wv_err *err = w->change.err;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < n && st == WV_OK; i++) {
		struct wv_document standing;

		st = wv_documents_peek(w->change.txn, documents[i], &standing, err);
		if (st == WV_OK)
			st = put(&w->gone, documents[i], err);
		else if (st == WV_NO)
			st = WV_OK;
	}
	for (size_t i = 0, all = w->gone.n; i < all && st == WV_OK; i++)
		st = wv_facts_each_exact(w->change.txn, w->gone.list[i], add_heir, w, err);
	return st;
}

static enum wv_status take_affected(void *context, struct wv_document *other,
                                    const struct wv_overlap *overlap, struct wv_err *err)
{
	struct withdrawal *w = context;
	enum wv_status st = WV_OK;

	(void)overlap;
	if (has(&w->gone, other->number))
		return WV_OK;
	st = put(&w->affected, other->number, err);
	return st == WV_OK ? put(&w->clusters, other->cluster, err) : st;
}

static enum wv_status take_equal(void *context, uint64_t number, struct wv_err *err)
{
	struct withdrawal *w = context;
	struct wv_document *other;
	enum wv_status st = wv_change_get(&w->change, number, &other);

	return st == WV_OK ? take_affected(w, other, NULL, err) : st;
}

/* Out of the index, and with it all rows. */
static enum wv_status take_out(struct withdrawal *w, uint64_t number)
{
	struct wv_err *err = w->change.err;
	struct wv_txn *txn = w->change.txn;
	struct wv_document *document;
	struct wv_fingerprint f;
	struct wv_pair *hashes;
	enum wv_status st = wv_change_get(&w->change, number, &document);

	if (st == WV_OK && document->is_exact_copy)
		return wv_documents_remove(txn, document, err);
	wv_arena_reset(w->scratch);
	if (st == WV_OK)
		st = w->removal->print(w->removal->context, txn, number, w->scratch, &f, err);
	if (st == WV_OK && memcmp(f.exact.b, document->exact, WV_DOCUMENT_EXACT_BYTES) != 0)
		st = wv_err_set(err, WV_DAMAGED, "document %llu has another text than its fingerprint",
		                (unsigned long long)number);
	if (st == WV_OK)
		st = put(&w->clusters, document->cluster, err);
	if (st == WV_OK)
		st = wv_change_each_overlap(&w->change, document, &f, take_affected, w);
	if (st == WV_OK)
		st = wv_documents_each_equal(txn, document, take_equal, w, err);
	if (st != WV_OK)
		return st;
	hashes = WV_ARENA_ARRAY(w->scratch, struct wv_pair, f.entry_count + (size_t)1);
	if (!hashes)
		return wv_err_set(err, WV_NOMEM, "out of memory for a fingerprint");
	for (uint32_t i = 0; i < f.entry_count; i++)
		hashes[i].key = wv_fingerprint_hash(f.entries[i]);
	st = wv_runs_remove(txn, document->partition, hashes, f.entry_count, (uint32_t)number, err);
	for (uint32_t i = 0; i < f.entry_count; i++)
		hashes[i].value = number << 8 | wv_fingerprint_bucket(f.entries[i]);
	if (st == WV_OK && w->removal->is_former)
		st = wv_runs_add(txn, WV_COPIES_FORMER, hashes, f.entry_count, err);
	return st == WV_OK ? wv_documents_remove(txn, document, err) : st;
}

/* ---- what the others are without them ---- */

struct finding {
	const struct withdrawal *w;
	struct wv_document *document;
};

static enum wv_status add_found(void *context, struct wv_document *other,
                                const struct wv_overlap *overlap, struct wv_err *err)
{
	const struct finding *f = context;

	(void)other;
	return wv_documents_add_overlap(f->w->change.copies->documents, f->document, overlap, err);
}

static enum wv_status add_equal(void *context, uint64_t number, struct wv_err *err)
{
	const struct finding *f = context;
	const struct wv_overlap overlap = wv_overlap_of_equals(number);

	for (size_t i = 0; i < f->document->overlap_count; i++)
		if (f->document->overlaps[i].document == number)
			return WV_OK;
	return wv_documents_add_overlap(f->w->change.copies->documents, f->document, &overlap,
	                                err);
}

/* Where its text cannot be read any more, nothing new is found; but what is gone is forgotten. */
static enum wv_status drop_gone(struct withdrawal *w, struct wv_document *document)
{
	const struct wv_change *c = &w->change;
	struct wv_overlap *kept;
	size_t n = 0;
	enum wv_status st = wv_change_load(c, document);

	if (st != WV_OK)
		return st;
	wv_arena_reset(w->scratch);
	kept = WV_ARENA_ARRAY(w->scratch, struct wv_overlap, document->overlap_count + 1);
	if (!kept)
		return wv_err_set(c->err, WV_NOMEM, "out of memory for copy clusters");
	for (size_t i = 0; i < document->overlap_count; i++)
		if (!has(&w->gone, document->overlaps[i].document))
			kept[n++] = document->overlaps[i];
	st = wv_documents_clear_overlaps(c->copies->documents, c->txn, document, c->err);
	for (size_t i = 0; i < n && st == WV_OK; i++)
		st = wv_documents_add_overlap(c->copies->documents, document, kept + i, c->err);
	if (st == WV_OK)
		wv_document_know_parts(document);
	return st;
}

/* Finds and judges all overlaps of one document, as if it came last. */
static enum wv_status find_anew(struct withdrawal *w, uint64_t number)
{
	const struct wv_change *c = &w->change;
	struct wv_document *document;
	struct wv_fingerprint f;
	struct finding finding = {.w = w};
	size_t kept = 0;
	enum wv_status st = wv_change_get(c, number, &document);

	wv_arena_reset(w->scratch);
	if (st == WV_OK)
		st = w->removal->print(w->removal->context, c->txn, number, w->scratch, &f, c->err);
	if (st == WV_DAMAGED)
		return drop_gone(w, document);
	if (st == WV_OK)
		st = wv_documents_clear_overlaps(c->copies->documents, c->txn, document, c->err);
	finding.document = document;
	if (st == WV_OK)
		st = wv_change_each_overlap(c, document, &f, add_found, &finding);
	if (st == WV_OK && c->copies->partition_us > 0)
		st = wv_documents_each_equal(c->txn, document, add_equal, &finding, c->err);
	if (st != WV_OK)
		return st;
	document->is_settled = wv_is_settled(document->overlaps, document->overlap_count);
	document->is_roundup = !document->is_settled &&
	                       wv_is_roundup(document->overlaps, document->overlap_count, 0);
	for (size_t i = 0; i < document->overlap_count; i++)
		if (wv_overlap_counts(document->overlaps + i, document->is_settled,
		                      document->is_roundup))
			document->overlaps[kept++] = document->overlaps[i];
	document->overlap_count = kept;
	wv_document_know_parts(document);
	return WV_OK;
}

/* The exact copies of one gone: the first of them is now the document, the others copy that. */
static enum wv_status add_heirs(struct withdrawal *w, const struct wv_time *whens)
{
	const struct wv_change *c = &w->change;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < w->heirs.n && st == WV_OK; i++) {
		struct wv_fingerprint f;
		struct wv_copies_document document = {.number = w->heirs.list[i],
		                                      .when = whens[i],
		                                      .recorded = c->recorded,
		                                      .fingerprint = &f};

		wv_arena_reset(w->scratch);
		st = w->removal->print(w->removal->context, c->txn, document.number, w->scratch, &f, c->err);
		if (st == WV_OK)
			st = wv_copies_add(c->copies, c->txn, &document, 1, c->err);
	}
	return st;
}

static enum wv_status take_out_all(struct withdrawal *w, struct wv_time *whens)
{
	const struct wv_change *c = &w->change;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < w->heirs.n && st == WV_OK; i++) {
		struct wv_document *heir;

		st = wv_change_get(c, w->heirs.list[i], &heir);
		if (st != WV_OK)
			break;
		whens[i] = wv_copies_when_of(c->copies, heir->partition);
		st = note_gone(w, heir->number, heir->cluster);
		if (st == WV_OK)
			st = wv_documents_remove(c->txn, heir, c->err);
	}
	for (size_t i = 0; i < w->gone.n && st == WV_OK; i++) {
		struct wv_document *document;

		st = wv_change_get(c, w->gone.list[i], &document);
		if (st == WV_OK)
			st = note_gone(w, document->number, document->cluster);
	}
	for (size_t i = 0; i < w->gone.n && st == WV_OK; i++)
		st = take_out(w, w->gone.list[i]);
	return st;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static enum wv_status withdraw(struct withdrawal *w, struct wv_time *whens)
{
	const struct wv_change *c = &w->change;
	enum wv_status st = take_out_all(w, whens);

	/* Nothing in memory may speak of what is gone. */
	if (st == WV_OK)
		st = wv_documents_store(c->copies->documents, c->txn, c->err);
	for (size_t i = 0; i < w->affected.n && st == WV_OK; i++)
		st = find_anew(w, w->affected.list[i]);
	for (size_t i = 0; i < w->clusters.n && st == WV_OK; i++)
		st = wv_change_rebuild(c, w->clusters.list[i]);
	for (size_t i = 0; i < w->affected.n && st == WV_OK; i++) {
		struct wv_document *document;

		st = wv_change_get(c, w->affected.list[i], &document);
		if (st == WV_OK)
			st = wv_change_unite_all(c, document);
	}
	if (st == WV_OK)
		st = wv_documents_store(c->copies->documents, c->txn, c->err);
	return st == WV_OK ? add_heirs(w, whens) : st;
}

enum wv_status wv_copies_remove(struct wv_copies *copies, struct wv_txn *txn,
                                const struct wv_copies_removal *removal, struct wv_err *err)
{
	struct withdrawal w = {.change = {copies, txn, removal->recorded, err},
	                       .removal = removal};
	struct wv_time *whens = NULL;
	enum wv_status st = wv_arena_new(PRINT_CAP_BYTES, &w.scratch, err);

	wv_documents_forget(copies->documents);
	if (st == WV_OK)
		st = collect(&w);
	if (st == WV_OK && w.heirs.n > 0)
		qsort(w.heirs.list, w.heirs.n, sizeof(uint64_t), by_number);
	if (st == WV_OK && !(whens = calloc(w.heirs.n + 1, sizeof(*whens))))
		st = wv_err_set(err, WV_NOMEM, "out of memory for copy clusters");
	if (st == WV_OK && w.gone.n > 0)
		st = withdraw(&w, whens);
	free(whens);
	numbers_done(&w.gone);
	numbers_done(&w.affected);
	numbers_done(&w.clusters);
	numbers_done(&w.heirs);
	wv_arena_free(&w.scratch);
	return st;
}
