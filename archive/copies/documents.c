#include "archive/copies/documents_inner.h"

#include <stdlib.h>

#include "config/base/limits.h"

#define ARENA_CAP_BYTES (1024u * WV_MIB) /* a cluster of thousands that splits */
#define SLOTS_MIN       1024u
#define EXACT_KEY_BYTES (1u + WV_DOCUMENT_EXACT_BYTES + 4u)

enum wv_status wv_documents_new(struct wv_documents **out, struct wv_err *err)
{
	struct wv_documents *made = calloc(1, sizeof(*made));

	if (!made || !(made->slots = calloc(SLOTS_MIN, sizeof(*made->slots)))) {
		free(made);
		return wv_err_set(err, WV_NOMEM, "out of memory for documents");
	}
	made->slot_count = SLOTS_MIN;
	if (wv_arena_new(ARENA_CAP_BYTES, &made->arena, err) != WV_OK) {
		wv_documents_free(&made);
		return WV_NOMEM;
	}
	*out = made;
	return WV_OK;
}

void wv_documents_free(struct wv_documents **documents)
{
	struct wv_documents *d = *documents;

	if (!d)
		return;
	wv_arena_free(&d->arena);
	free(d->slots);
	free(d->list);
	free(d);
	*documents = NULL;
}

/* ---- the table in memory ---- */

static size_t slot_of(struct wv_document *const *slots, size_t count, uint64_t number)
{
	size_t at = (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (count - 1);

	while (slots[at] && slots[at]->number != number)
		at = (at + 1) & (count - 1);
	return at;
}

static bool grow_slots(struct wv_documents *d)
{
	size_t more = d->slot_count * 2;
	struct wv_document **slots = calloc(more, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < d->count; i++)
		slots[slot_of(slots, more, d->list[i]->number)] = d->list[i];
	free(d->slots);
	d->slots = slots;
	d->slot_count = more;
	return true;
}

static struct wv_document *insert(struct wv_documents *d, uint64_t number)
{
	struct wv_document *made;

	if (d->count == d->room) {
		size_t more = d->room ? d->room * 2 : 256;
		struct wv_document **list = realloc(d->list, more * sizeof(struct wv_document *));

		if (!list)
			return NULL;
		d->list = list;
		d->room = more;
	}
	if (d->count * 2 >= d->slot_count && !grow_slots(d))
		return NULL;
	made = WV_ARENA_NEW(d->arena, struct wv_document);
	if (!made)
		return NULL;
	made->number = number;
	d->slots[slot_of(d->slots, d->slot_count, number)] = made;
	d->list[d->count++] = made;
	return made;
}

/* ---- documents ---- */

enum wv_status wv_documents_add(struct wv_documents *documents, struct wv_txn *txn, uint64_t number,
                                uint32_t partition, const struct wv_fingerprint *fingerprint,
                                struct wv_document **out, struct wv_err *err)
{
	struct wv_document *made = insert(documents, number);
	enum wv_status st;

	if (!made)
		return wv_documents_no_memory(err);
	made->partition = partition;
	made->cluster = number;
	made->has_all = true;
	made->has_parts = true;
	made->common = UINT64_MAX;
	made->is_changed = true;
	made->sides = wv_sides_of(fingerprint);
	made->has_text = fingerprint->units > 0;
	memcpy(made->exact, fingerprint->exact.b, WV_DOCUMENT_EXACT_BYTES);
	st = wv_document_put_sides(txn, made, err);
	if (st == WV_OK)
		*out = made;
	return st;
}

enum wv_status wv_documents_get(struct wv_documents *documents, struct wv_txn *txn, uint64_t number,
                                struct wv_document **out, struct wv_err *err)
{
	struct wv_document *found =
		documents->slots[slot_of(documents->slots, documents->slot_count, number)];
	struct wv_document standing = {.number = number};
	enum wv_status st;

	if (found) {
		*out = found;
		return WV_OK;
	}
	st = wv_document_get_standing(txn, number, &standing, err);
	if (st == WV_OK && !(found = insert(documents, number)))
		st = wv_documents_no_memory(err);
	if (st != WV_OK)
		return st;
	*found = standing;
	if (!found->is_exact_copy)
		st = wv_document_get_sides(documents, txn, found, err);
	if (st == WV_OK)
		*out = found;
	return st;
}

enum wv_status wv_documents_store(struct wv_documents *documents, struct wv_txn *txn,
                                  struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < documents->count && st == WV_OK; i++) {
		struct wv_document *document = documents->list[i];

		if (!document->is_changed)
			continue;
		st = wv_document_put_overlaps(txn, document, err);
		if (st == WV_OK)
			st = wv_document_put_standing(txn, document, err);
	}
	wv_documents_forget(documents);
	return st;
}

void wv_documents_forget(struct wv_documents *documents)
{
	/* Last in, first out: so no probe meets a gap, and a table grown large costs nothing. */
	for (size_t i = documents->count; i-- > 0;)
		documents->slots[slot_of(documents->slots, documents->slot_count,
		                         documents->list[i]->number)] = NULL;
	documents->count = 0;
	wv_arena_reset(documents->arena);
}

/* ---- equal texts ---- */

static struct wv_slice exact_key(const unsigned char *exact, uint32_t partition,
                                 unsigned char key[static EXACT_KEY_BYTES])
{
	key[0] = 'x';
	memcpy(key + 1, exact, WV_DOCUMENT_EXACT_BYTES);
	for (int i = 0; i < 4; i++)
		key[1 + WV_DOCUMENT_EXACT_BYTES + i] = (unsigned char)(partition >> (24 - 8 * i));
	return wv_slice(key, EXACT_KEY_BYTES);
}

/* Only the first one of a text has a row for it. */
static enum wv_status delete_exact(struct wv_txn *txn, const struct wv_document *document,
                                   struct wv_err *err)
{
	unsigned char key[EXACT_KEY_BYTES];
	struct wv_slice row;
	enum wv_status st;

	if (document->is_exact_copy || !document->has_text)
		return WV_OK;
	st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                exact_key(document->exact, document->partition, key), &row, err);
	if (st == WV_OK && row.n == 8 && wv_load_u64_be(row.p) == document->number)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, EXACT_KEY_BYTES), err);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_documents_remove(struct wv_txn *txn, struct wv_document *document,
                                   struct wv_err *err)
{
	unsigned char key[9];
	enum wv_status st = delete_exact(txn, document, err);

	if (st == WV_OK)
		st = wv_document_delete_pieces(txn, document, err);
	if (st == WV_OK)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS,
		                   wv_document_key('z', document->number, key), err);
	if (st == WV_OK || st == WV_NO)
		st = wv_txn_delete(txn, WV_TABLE_FINGERPRINTS,
		                   wv_document_key('s', document->number, key), err);
	document->overlap_count = 0;
	document->has_all = true;
	document->is_changed = false;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_documents_find_exact(struct wv_txn *txn, const struct wv_digest *exact,
                                       uint32_t partition, uint64_t number, uint64_t *first,
                                       struct wv_err *err)
{
	unsigned char key[EXACT_KEY_BYTES], value[8];
	struct wv_slice row;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FINGERPRINTS,
	                               exact_key(exact->b, partition, key), &row, err);

	if (st == WV_OK && row.n != sizeof(value))
		return wv_err_set(err, WV_DAMAGED, "exact copy without its document");
	if (st == WV_OK) {
		*first = wv_load_u64_be(row.p);
		return WV_OK;
	}
	if (st != WV_NO)
		return st;
	wv_store_u64_be(value, number);
	st = wv_txn_put(txn, WV_TABLE_FINGERPRINTS, wv_slice(key, sizeof(key)),
	                wv_slice(value, sizeof(value)), err);
	return st == WV_OK ? WV_NO : st;
}

enum wv_status wv_documents_add_exact(struct wv_txn *txn, uint64_t number, uint64_t first,
                                      const struct wv_digest *exact, uint32_t partition,
                                      struct wv_err *err)
{
	struct wv_document copy = {.number = number,
	                           .cluster = first,
	                           .partition = partition,
	                           .has_text = true,
	                           .is_exact_copy = true};

	memcpy(copy.exact, exact->b, WV_DOCUMENT_EXACT_BYTES);
	return wv_document_put_standing(txn, &copy, err);
}

enum wv_status wv_documents_each_equal(struct wv_txn *txn, const struct wv_document *document,
                                       wv_documents_equal_fn each, void *context,
                                       struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[EXACT_KEY_BYTES];
	struct wv_slice key, row;
	enum wv_status st;

	if (!document->has_text)
		return WV_OK;
	st = wv_walk_begin(txn, WV_TABLE_FINGERPRINTS, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, exact_key(document->exact, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) &&
	       memcmp(key.p, text, 1 + WV_DOCUMENT_EXACT_BYTES) == 0) {
		if (row.n == 8 && wv_load_u64_be(row.p) != document->number)
			st = each(context, wv_load_u64_be(row.p), err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}
