#ifndef WV_ARCHIVE_SEARCH_INDEX_H
#define WV_ARCHIVE_SEARCH_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/store.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * The full-text index: search.db in the archive's folder, SQLite with FTS5. A follower: all of it
 * can be made again from the archive, so a damaged, older or foreign one is dropped without
 * asking, and it is behind by what was committed since its own last transaction, which carries
 * the last leaf and instant applied. A kill at any moment loses that much work and no more.
 *
 * What is in it
 * -------------
 * texts   distinct texts (headline, first paragraph, the rest) as they were when folded into
 *         tokens (token.h); FTS5 tables `words` and `signs` hold the tokens and no text.
 * spans   which text a page had, and when: rectangles of captured time by recorded time. A
 *         page has at (T, K) the text of the span with from <= T < to, known_from <= K <
 *         known_to: the reading, as known at K, of the capture that stands at T
 *         (wv_store_standing). What is learned later closes spans in K and opens others; it
 *         never changes what was known, so an answer at (T, K) is the same for ever.
 * And what articles mention, for `related`: stories.h.
 */
struct wv_search;

struct wv_search_options {
	bool rebuild; /* drop it first */
	/* Only to ask: nothing is made or changed, and the folder may be another user's. WV_MISSING
	 * where there is no index of ours. Not for wv_search_follow. */
	bool read_only;
	size_t cache_bytes; /* of pages; 0: 32 MiB, 8 MiB where read_only */
	/* Now and then while following; may be NULL. Leaves applied, of so many. */
	void (*progress)(uint64_t done, uint64_t total, void *context);
	void *progress_context;
	/* Asked between transactions; may be NULL. */
	bool (*stop)(void *context);
	void *stop_context;
};

/*
 * Opens the index of an archive that is open, and makes it if it is missing, or if what is there
 * is no index of ours. WV_PERM where the folder may not be written; WV_IO, WV_FULL, WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_search_open(struct wv_store *store,
                                          const struct wv_search_options *options,
                                          struct wv_search **out, struct wv_err *err);
void wv_search_close(struct wv_search **search);

/*
 * Applies what the archive has committed. WV_OK: all of it, or the index may not be written or
 * another process is at it for more than some seconds: then `behind` says by how many leaves. WV_STOPPED.
 */
WV_MUST_USE enum wv_status wv_search_follow(struct wv_search *search, struct wv_store *store,
                                            struct wv_err *err);

/*
 * How far the index is, as its file says now: `next_leaf`, `known` and `behind` of its state, without
 * applying anything: for those who ask while another thread or process follows. WV_CONFLICT: the
 * file was made anew since it was opened; open it again.
 */
WV_MUST_USE enum wv_status wv_search_look(struct wv_search *search, struct wv_txn *txn,
                                          struct wv_err *err);

struct wv_search_state {
	uint64_t next_leaf;   /* all below are in it */
	struct wv_time known; /* all recorded up to here is in it */
	uint64_t behind;      /* leaves not yet applied when wv_search_follow ended */
	uint64_t texts;       /* distinct */
	uint64_t file_bytes;
};
WV_MUST_USE enum wv_status wv_search_state(struct wv_search *search, struct wv_search_state *out,
                                           struct wv_err *err);

/*
 * Removes the index files of an archive folder: what `erase` and `prune` do, so that no word of
 * what went away stays. The next search makes it anew. The caller holds the writer's lock.
 */
WV_MUST_USE enum wv_status wv_search_drop(const char *dir, struct wv_err *err);

#endif
