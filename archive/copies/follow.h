#ifndef WV_ARCHIVE_COPIES_FOLLOW_H
#define WV_ARCHIVE_COPIES_FOLLOW_H

#include "archive/copies/cluster.h"
#include "archive/store/article.h"
#include "archive/store/batch.h"
#include "archive/store/store.h"

/*
 * Keeps copy clusters up with the archive: the documents of cluster.h are the captures whose
 * newest article has the verdict article, numbered by leaf.
 *
 * A worker makes the fingerprint of an article it adds to a batch and leaves a note in that batch
 * (pure, but for the batch). Inside the write transaction the note becomes a row, and the commit
 * hook takes all of them in one addition; so a page, its article and its cluster are there
 * together or not at all. An article that came without a note, or before there were clusters, is
 * fingerprinted by the hook: of an old archive a bounded stretch at every commit. A capture read
 * anew leaves its place and finds another, if its text is another.
 *
 * Rows: WV_TABLE_FINGERPRINTS 'n' leaf u64be -> note, gone at the end of its transaction
 *       WV_TABLE_CLUSTERS     'l' -> u64be: all leaves below it were looked at
 */
#define WV_COPIES_PARTITION_US (INT64_C(60) * 24 * 3600 * 1000 * 1000)

/*
 * Registers the hook: once per store, before its first batch. The object must live until the last
 * commit; it is the writer's, but wv_copies_follower_copies may be used by its own thread before.
 */
struct wv_copies_follower;
WV_MUST_USE enum wv_status wv_copies_follow(struct wv_store *store,
                                            struct wv_copies_follower **out, struct wv_err *err);
void wv_copies_follower_free(struct wv_copies_follower **follower); /* also a WV_AUTO handler */

/*
 * A worker's part. `index`: the capture's place in the batch. `scratch` is needed for the call
 * only (about 100 bytes a byte of text), `keep` until the batch is done. An article of another
 * verdict leaves a note for a reading (it may have been a document before), none for a capture.
 */
WV_MUST_USE enum wv_status wv_copies_note_capture(struct wv_batch *batch, size_t index,
                                                  struct wv_time captured,
                                                  const struct wv_article *article,
                                                  struct wv_arena *scratch, struct wv_arena *keep,
                                                  struct wv_err *err);
WV_MUST_USE enum wv_status wv_copies_note_reading(struct wv_batch *batch, uint64_t capture_id,
                                                  struct wv_time captured,
                                                  const struct wv_article *article,
                                                  struct wv_arena *scratch, struct wv_arena *keep,
                                                  struct wv_err *err);

/*
 * For take-downs: forgets the fingerprints of captures and all that other documents know of them;
 * dated facts stay, which are numbers. To be called in the write transaction before their articles
 * are deleted, while the neighbours' are still there; unknown captures are passed over.
 */
WV_MUST_USE enum wv_status wv_copies_erase(struct wv_txn *txn, const uint64_t *captures, size_t n,
                                           struct wv_time recorded, struct wv_err *err);

/* All leaves below it were looked at. */
WV_MUST_USE enum wv_status wv_copies_position(struct wv_txn *txn, uint64_t *leaf,
                                              struct wv_err *err);
/* The instant that decides which documents meet: the publication, where the page states one that
 * can be true, else the capture. */
struct wv_time wv_copies_when(const struct wv_article *article, struct wv_time captured);
/* The fingerprint that the index has of a document, made again from its article. WV_DAMAGED: it has
 * no article of that text. A wv_copies_print_fn; `context` is not looked at. */
WV_MUST_USE enum wv_status wv_copies_print(void *context, struct wv_txn *txn, uint64_t document,
                                           struct wv_arena *arena, struct wv_fingerprint *out,
                                           struct wv_err *err);

#endif
