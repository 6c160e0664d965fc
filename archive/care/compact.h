#ifndef WV_ARCHIVE_CARE_COMPACT_H
#define WV_ARCHIVE_CARE_COMPACT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/store.h"

/*
 * The archive written anew, as small as it can be, in the place of the old file.
 *
 * Bodies are taken page by page in order of time and stored as deltas to the version before or to
 * the site's base page (base.h); servers' deflate streams that nobody asked to keep become bodies
 * of our own coding; free pages, and with them every byte that was erased, stay behind. Captures,
 * leaves, tree, facts and all other tables are copied row by row: IDs, proofs and (T, K) views are
 * what they were.
 *
 * The new file is made in the folder `compact.new` of the archive and then takes the old one's
 * place by one rename. Killed at any instant the archive is the old one or the new one, whole;
 * what it leaves of `compact.new`, the next run removes. Readers go on in the old file and see the
 * new one at their next transaction. Needs as much free disk as the new file takes, and at most
 * some bodies and 16 MiB of memory.
 */
struct wv_compact_counts {
	uint64_t captures, captures_done; /* of the archive; bodies are taken on the way */
	uint64_t bodies;                  /* taken */
	uint64_t recoded;                 /* of them, stored in another way than before */
	uint64_t wires_released;          /* encoded bodies that were let go, and their bytes */
	uint64_t wire_bytes_released;
	uint64_t file_bytes, new_file_bytes;
	uint64_t free_bytes; /* pages that were free in the old file */
	uint64_t stored[WV_STORED_KIND_COUNT], new_stored[WV_STORED_KIND_COUNT];
};

struct wv_compact_options {
	bool is_dry_run; /* only says what is there: sizes, free pages, encoded bodies that may go
	                  */
	/* Called every few bodies; false stops (WV_STOPPED) and leaves the old archive. May be
	 * NULL. */
	bool (*progress)(const struct wv_compact_counts *counts, void *context);
	void *context;
	/* For tests: as in struct wv_store_options, and the steps of compact itself. */
	enum wv_status (*fault)(void *context, const char *step);
	void *fault_context;
};

/*
 * The caller holds the archive's flock and has no write transaction open. After WV_OK the folder
 * has the new file; `store` still is the old one: close it, and open again. On failure the archive
 * is as it was: WV_DAMAGED (something does not decode: `verify` names it), WV_FULL, WV_IO,
 * WV_STOPPED.
 */
WV_MUST_USE enum wv_status wv_compact(struct wv_store *store,
                                      const struct wv_compact_options *options,
                                      struct wv_compact_counts *out, struct wv_err *err);

#endif
