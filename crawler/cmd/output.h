#ifndef WV_CRAWLER_CMD_OUTPUT_H
#define WV_CRAWLER_CMD_OUTPUT_H

#include "crawler/cmd/command.h"

/*
 * Gives a result to the file `name` (-o): whole or not at all, beside its name first, so that a
 * failure leaves what was there. A device or a pipe is written into. NULL and "-": standard output,
 * by way of context->out. WV_CREATE, WV_PERM, WV_FULL, WV_IO.
 */
WV_MUST_USE enum wv_status wv_output_write(struct wv_command_context *context, const char *name,
                                           struct wv_slice bytes, struct wv_err *err);

#endif
