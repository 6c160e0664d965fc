#ifndef WV_CRAWLER_CMD_CHANGES_H
#define WV_CRAWLER_CMD_CHANGES_H

#include "crawler/cmd/command.h"

/*
 * `list --changes`: what changed in the articles of all pages, newest first: edits (silent ones
 * marked), headlines, pages that went and came back. Each page captured in the range is looked
 * at once, by its whole history up to the range's end.
 */
WV_MUST_USE enum wv_status wv_changes_list(struct wv_command_context *context, struct wv_err *err);

#endif
