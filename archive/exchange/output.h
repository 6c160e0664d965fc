#ifndef WV_ARCHIVE_EXCHANGE_OUTPUT_H
#define WV_ARCHIVE_EXCHANGE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * A file that appears whole or not at all: written beside its name, synced, then renamed. "-" is
 * standard output, and a device or a pipe is written as it is; there nothing can be taken back.
 * One thread at a time.
 */
struct wv_output;

/* WV_CREATE, WV_PERM, WV_FULL. */
WV_MUST_USE enum wv_status wv_output_open(const char *path, struct wv_output **out,
                                          struct wv_err *err);
/* WV_IO, WV_FULL. Buffered: a failure may be told later. */
WV_MUST_USE enum wv_status wv_output_add(struct wv_output *output, struct wv_slice bytes,
                                         struct wv_err *err);
/* Bytes added so far. */
uint64_t wv_output_at(const struct wv_output *output);
/* Can what was written be changed (wv_output_patch)? */
bool wv_output_is_file(const struct wv_output *output);
/* Writes over bytes that were added. */
WV_MUST_USE enum wv_status wv_output_patch(struct wv_output *output, uint64_t at,
                                           struct wv_slice bytes, struct wv_err *err);
/* An unnamed file beside it, for what must be written later. */
WV_MUST_USE enum wv_status wv_output_spool(const char *path, struct wv_output **out,
                                           struct wv_err *err);
/* Calls `each` with all bytes of a spool, in pieces. */
WV_MUST_USE enum wv_status wv_output_each(struct wv_output *spool,
                                          enum wv_status (*each)(void *context,
                                                                 struct wv_slice bytes,
                                                                 struct wv_err *err),
                                          void *context, struct wv_err *err);
/* Durable and under its name with WV_OK. */
WV_MUST_USE enum wv_status wv_output_commit(struct wv_output *output, struct wv_err *err);
/* Takes back what was not committed. Also a WV_AUTO handler. */
void wv_output_close(struct wv_output **output);

#endif
