#ifndef WV_ARCHIVE_COPIES_DOCUMENTS_INNER_H
#define WV_ARCHIVE_COPIES_DOCUMENTS_INNER_H

#include "archive/copies/documents.h"

/*
 * Between documents_rows.c (fingerprint and standing as rows), documents_overlaps.c (overlaps, in
 * pieces) and documents.c (the table in memory, coming, going, equal texts). Not for others.
 */

struct wv_documents {
	struct wv_arena *arena;
	struct wv_document **slots; /* open addressing by number; a power of two */
	size_t slot_count;
	struct wv_document **list; /* in the order of coming */
	size_t count, room;
};

static inline enum wv_status wv_documents_no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for documents");
}

/* ---- documents_rows.c ---- */

struct wv_slice wv_document_key(unsigned char letter, uint64_t number, unsigned char key[static 9]);
WV_MUST_USE enum wv_status
wv_document_put_sides(struct wv_txn *txn, const struct wv_document *document, struct wv_err *err);
/* Figures lie in the arena. WV_DAMAGED, also where there is no row. */
WV_MUST_USE enum wv_status wv_document_get_sides(struct wv_documents *d, struct wv_txn *txn,
                                                 struct wv_document *document, struct wv_err *err);
WV_MUST_USE enum wv_status wv_document_put_standing(struct wv_txn *txn,
                                                    const struct wv_document *document,
                                                    struct wv_err *err);
/* Into `out`, zeroed but for its number. WV_NO: unknown. */
WV_MUST_USE enum wv_status wv_document_get_standing(struct wv_txn *txn, uint64_t number,
                                                    struct wv_document *out, struct wv_err *err);

/* ---- documents_overlaps.c ---- */

/* Those that are not stored yet. */
WV_MUST_USE enum wv_status
wv_document_put_overlaps(struct wv_txn *txn, struct wv_document *document, struct wv_err *err);
WV_MUST_USE enum wv_status
wv_document_delete_pieces(struct wv_txn *txn, struct wv_document *document, struct wv_err *err);

#endif
