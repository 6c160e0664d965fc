#ifndef WV_CRAWLER_CMD_ANCHORS_H
#define WV_CRAWLER_CMD_ANCHORS_H

#include "config/settings.h"
#include "crawler/cmd/command.h"

/*
 * After a run, its lock released and its store closed: asks proof.tsa for a time stamp of the
 * newest signed head, and tells it to proof.hook, unless they were told of it before. Takes at
 * most about half a minute each; what fails is a warning and is tried again after the next run.
 * It never fails a run.
 *
 * The hook gets one JSON object on standard input (event, archive, size, root, recorded, message,
 * signature, key, request) and may answer with an RFC 3161 response to `request`, as it is or in
 * base64.
 */
void wv_anchors_ask(struct wv_command_context *context, const struct wv_settings *settings);

#endif
