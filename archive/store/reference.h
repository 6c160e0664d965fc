#ifndef WV_ARCHIVE_STORE_REFERENCE_H
#define WV_ARCHIVE_STORE_REFERENCE_H

#include <stdint.h>

#include "archive/store/load.h"
#include "config/base/bytes.h"

/*
 * Whose texts are the dictionary for the next capture of a host: answers of one server are alike.
 * A reference is itself stored without one, so that reading a capture takes two rows at most.
 * Kept by the store between its transactions; the writer's thread alone uses it.
 */

/* The last capture of a host that needs no dictionary, kept ready to be one. */
#define WV_REFERENCES 128
struct wv_reference {
	struct wv_slice host; /* of the page key, up to and with ")"; owned */
	uint64_t id;
	struct wv_slice texts; /* owned */
	uint64_t used;         /* for choosing whom to forget */
};
struct wv_references {
	struct wv_reference slots[WV_REFERENCES];
	uint64_t clock;
};
void wv_references_forget(struct wv_references *references);

/* Texts shorter than this are no dictionary: a failure without headers. */
#define WV_REFERENCE_MIN 200u

/* The reference for a capture of this page: the one remembered, or after a restart that of the
 * page's newest capture or of its nearest neighbour on the host. *out is NULL where there is
 * none. `page` and `page_key` are the capture's; the loader's transaction is read. */
WV_MUST_USE enum wv_status wv_reference_find(struct wv_references *references,
                                             struct wv_loader *loader, uint64_t page,
                                             struct wv_slice page_key,
                                             const struct wv_reference **out, struct wv_err *err);
/* From now on this capture is its host's. Out of memory only costs a dictionary. */
void wv_reference_remember(struct wv_references *references, struct wv_slice page_key, uint64_t id,
                           struct wv_slice texts);

#endif
