#ifndef WV_CONFIG_BASE_FILE_H
#define WV_CONFIG_BASE_FILE_H

#include "config/base/bytes.h"
#include "config/base/status.h"

/* Files that are written whole. Any thread; `name` is also what a failure calls it. */

/* All of the bytes, in as many calls as that takes. WV_IO, WV_FULL. */
WV_MUST_USE enum wv_status wv_file_write(int fd, struct wv_slice bytes, const char *name,
                                         struct wv_err *err);

/*
 * A new file under a name that is nobody's but ours, to read and write: what lies there, left by a
 * killed run or put by somebody as a link, goes, and is never written through. The descriptor, or
 * -1 and errno.
 */
int wv_file_create(const char *name, unsigned mode);

/*
 * Whoever reads `name` sees what was there or all of the new, never half: it is written beside it
 * and renamed (mode 0644). Not synced: for what can be made again. A device or a pipe is written
 * into, never replaced. On failure what was there stays. WV_CREATE, WV_PERM, WV_FULL, WV_IO.
 */
WV_MUST_USE enum wv_status wv_file_replace(const char *name, struct wv_slice bytes,
                                           struct wv_err *err);

#endif
