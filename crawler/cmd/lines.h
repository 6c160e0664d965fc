#ifndef WV_CRAWLER_CMD_LINES_H
#define WV_CRAWLER_CMD_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Reading JSON lines as a stream, so that memory does not grow with the input. Ends with WV_STOPPED
 * once a signal has asked for it.
 */

/* Opens a file, "-" for standard input. With `rewinds`, what cannot be read twice is first copied
 * into a temporary file that has no name. The caller closes it (if it is not standard input).
 * WV_MISSING, WV_PERM, WV_IO, WV_FULL. */
WV_MUST_USE enum wv_status wv_lines_open(const char *path, bool rewinds, int *fd, struct wv_err *err);

/* `line` is borrowed for the call and never empty; numbers count from 1. One that is larger than
 * WV_LIMIT_JSON_BYTES comes as the empty slice. Anything but WV_OK ends the reading. */
typedef enum wv_status (*wv_line_fn)(void *context, uint64_t number, struct wv_slice line,
                                     struct wv_err *err);
WV_MUST_USE enum wv_status wv_lines_each(int fd, const char *path, wv_line_fn each, void *context,
                                         struct wv_err *err);

#endif
