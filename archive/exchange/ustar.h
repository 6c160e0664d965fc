#ifndef WV_ARCHIVE_EXCHANGE_USTAR_H
#define WV_ARCHIVE_EXCHANGE_USTAR_H

#include "config/base/bytes.h"
#include "config/base/clock.h"

/*
 * A tar file (POSIX.1-1988, ustar) of regular files, in memory: equal files give equal bytes,
 * owner and group are 0, modes 0644 or 0755. Pure; any thread.
 */

/* Appends one file. The name is relative, of at most 100 bytes (WV_LIMIT); below 8 GiB. */
WV_MUST_USE enum wv_status wv_ustar_add(struct wv_buf *out, const char *name, bool is_executable,
                                        struct wv_time modified, struct wv_slice bytes,
                                        struct wv_err *err);
/* The end of the file. */
void wv_ustar_end(struct wv_buf *out);

#endif
