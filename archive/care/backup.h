#ifndef WV_ARCHIVE_CARE_BACKUP_H
#define WV_ARCHIVE_CARE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/store.h"

/*
 * A copy of an archive as its last commit left it, taken while others write: a folder that is an
 * archive itself. Restoring is copying it back. Free pages are left out, so it may be smaller;
 * head.key and saved queries go with it, locks and what can be made again (the search index) do
 * not.
 */
struct wv_backup_options {
	/* Now and then, with the bytes written and about how many it will be; false: stop. */
	bool (*progress)(uint64_t bytes, uint64_t total, void *context);
	void *context;
};
struct wv_backup {
	uint64_t file_bytes;
	uint64_t captures;
	struct wv_time recorded; /* the last instant that the copy knows */
};
/*
 * `dir` is made (0700) or is an empty folder; anything else there is never written over
 * (WV_CREATE). It becomes an archive only when everything is written, synced and found to be of
 * the right size; on failure what was made is taken away: WV_STOPPED, WV_FULL, WV_IO, WV_CREATE,
 * WV_PERM. After a kill the folder holds no archive, but data.mdb.part. The caller verifies it
 * (a damaged file can kill its reader).
 */
WV_MUST_USE enum wv_status wv_backup_make(struct wv_store *store, const char *dir,
                                          const struct wv_backup_options *options,
                                          struct wv_backup *out, struct wv_err *err);

#endif
