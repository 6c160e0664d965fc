#ifndef WV_ARCHIVE_COPIES_DOCUMENTS_H
#define WV_ARCHIVE_COPIES_DOCUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/fingerprint.h"
#include "archive/copies/relation.h"
#include "archive/store/db.h"
#include "config/base/arena.h"
#include "config/base/status.h"

/*
 * What is kept of each document beside the shingle index, as rows of WV_TABLE_FINGERPRINTS (its
 * number u64be after the letter), and the documents that one addition has in its hands.
 *
 *  'z' number            -> version 1 u8, partition u32, level u8, counts varint from that level
 *                           on, figures varint, then context u24 value u24 each
 *  's' number            -> flags u8 (1 round-up, 2 settled, 4 exact copy, 8 has a text,
 *                           16 main and common part known), cluster u64be (of an
 *                           exact copy: the document it equals), overlaps u32, partition u32,
 *                           16 bytes of the text's SHA-256; where there is one the main part
 *                           u64be, its level u8, or else where there are parts what they have
 *                           in common u64be
 *  'o' number piece u32be -> up to 64 overlaps of 17 bytes: document u32, mask u64, explained
 *                           u16 (top bit: the figures differ), covered u16, first part of the
 *                           other u8 (64: none; top bit: enough is shared)
 *  'x' 16 bytes of SHA-256 partition u32be
 *                        -> number u64be of the first document of that stretch with that text
 */
#define WV_DOCUMENT_EXACT_BYTES 16

struct wv_document {
	uint64_t number;
	uint32_t partition;
	struct wv_sides sides; /* its fingerprint, without the hashes */
	uint32_t counts[WV_FINGERPRINT_LEVELS];
	bool has_text; /* false: nothing in it to compare, so it equals nothing */
	unsigned char exact[WV_DOCUMENT_EXACT_BYTES];
	/* Standing. */
	uint64_t cluster;     /* or the document that it equals */
	bool is_exact_copy;
	bool is_roundup;
	bool is_settled;      /* something explains most of it: a round-up no more, ever */
	struct wv_main_part main;
	uint64_t common;      /* in all parts of it, while a round-up is to be told by them */
	bool has_parts;       /* false: a row of before them; to be found among all overlaps */
	bool is_changed;      /* the standing is to be written */
	/* While an addition is settled: what one more overlap did to the others that it has. */
	bool is_judged;       /* became a round-up, or none */
	bool loses, gains;    /* some may be in force no more; some may be now */
	/* Overlaps: those on disk are read when asked for; new ones are appended. */
	struct wv_overlap *overlaps;
	size_t overlap_count; /* in memory: all, or only the new ones while !has_all */
	size_t overlap_room;
	size_t stored_count;  /* on disk */
	bool has_all;
};

/* The documents of one addition by number; emptied by wv_documents_store. */
struct wv_documents;
WV_MUST_USE enum wv_status wv_documents_new(struct wv_documents **out, struct wv_err *err);
void wv_documents_free(struct wv_documents **documents);

/* A new one; its fingerprint is borrowed until the next store. */
WV_MUST_USE enum wv_status wv_documents_add(struct wv_documents *documents, struct wv_txn *txn,
                                            uint64_t number, uint32_t partition,
                                            const struct wv_fingerprint *fingerprint,
                                            struct wv_document **out, struct wv_err *err);
/* From memory or from its rows; valid until the next store. WV_NO: unknown. */
WV_MUST_USE enum wv_status wv_documents_get(struct wv_documents *documents, struct wv_txn *txn,
                                            uint64_t number, struct wv_document **out,
                                            struct wv_err *err);
WV_MUST_USE enum wv_status wv_documents_add_overlap(struct wv_documents *documents,
                                                    struct wv_document *document,
                                                    const struct wv_overlap *overlap,
                                                    struct wv_err *err);
/* Makes document->overlaps complete. */
WV_MUST_USE enum wv_status wv_documents_load_overlaps(struct wv_documents *documents,
                                                      struct wv_txn *txn,
                                                      struct wv_document *document,
                                                      struct wv_err *err);
/* Its main and common part, once all its overlaps are there. */
void wv_document_know_parts(struct wv_document *document);
/* Writes what changed and empties the memory. */
WV_MUST_USE enum wv_status wv_documents_store(struct wv_documents *documents, struct wv_txn *txn,
                                              struct wv_err *err);

/* Empties the memory without writing. */
void wv_documents_forget(struct wv_documents *documents);

/* Forgets all overlaps of a document, also on disk: they are to be found anew. */
WV_MUST_USE enum wv_status wv_documents_clear_overlaps(struct wv_documents *documents,
                                                       struct wv_txn *txn,
                                                       struct wv_document *document,
                                                       struct wv_err *err);
/* Deletes all rows of a document; it stays in memory until the next store, which writes nothing
 * of it. Overlaps that others have with it are theirs to clear. */
WV_MUST_USE enum wv_status wv_documents_remove(struct wv_txn *txn, struct wv_document *document,
                                               struct wv_err *err);

/* The exact gate: WV_NO, and `number` noted, if the text is new to its stretch of time; else the
 * first one with it. */
WV_MUST_USE enum wv_status wv_documents_find_exact(struct wv_txn *txn,
                                                   const struct wv_digest *exact,
                                                   uint32_t partition, uint64_t number,
                                                   uint64_t *first, struct wv_err *err);
WV_MUST_USE enum wv_status wv_documents_add_exact(struct wv_txn *txn, uint64_t number,
                                                  uint64_t first, const struct wv_digest *exact,
                                                  uint32_t partition, struct wv_err *err);
/* The first documents of all stretches with the text of `document`, itself left out. */
typedef enum wv_status (*wv_documents_equal_fn)(void *context, uint64_t number,
                                                struct wv_err *err);
WV_MUST_USE enum wv_status wv_documents_each_equal(struct wv_txn *txn,
                                                   const struct wv_document *document,
                                                   wv_documents_equal_fn each, void *context,
                                                   struct wv_err *err);
/* How a document stands, without its fingerprint; WV_NO: unknown. */
WV_MUST_USE enum wv_status wv_documents_peek(struct wv_txn *txn, uint64_t number,
                                             struct wv_document *out, struct wv_err *err);

#endif
