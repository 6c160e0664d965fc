#ifndef WV_ARCHIVE_CARE_ERASE_H
#define WV_ARCHIVE_CARE_ERASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/care/takedown.h"

/*
 * Erasing: captures leave the archive with their bytes, articles, encoded bytes and texts; what
 * leaned on them (deltas, dictionaries, header blocks) is stored anew before. Of each stays the
 * hash in the log, without salt, so that every other proof holds, and a fact in the register. One
 * transaction. Old pages of the file hold the bytes until `compact`.
 *
 * Bytes that a capture outside the target has as well cannot go and stay at once: such an erasure
 * is refused, with the others named, unless `same` takes them too.
 */
struct wv_erase {
	struct wv_takedown_target target;
	struct wv_slice reason;
	bool same;
	bool dry_run; /* say what would go, write nothing */
	/* Rows of tables that lie above this room (fingerprints, search, frontier) and tell of these
	 * captures; runs inside the transaction, once for each page concerned, with all the IDs. May
	 * be NULL. */
	enum wv_status (*forget)(struct wv_txn *txn, struct wv_slice page_key, const uint64_t *ids,
	                         size_t count, void *context, struct wv_err *err);
	void *context;
};
/*
 * WV_NO with words: held; its bytes are others', too; erased before. *facts (in the arena) is what
 * was written: one about the target, and one for each capture that `same` added. For a dry run
 * they have no number.
 */
WV_MUST_USE enum wv_status wv_erase_run(struct wv_store *store, struct wv_arena *arena,
                                        const struct wv_erase *erase,
                                        struct wv_register_page *facts, struct wv_err *err);

#endif
