#ifndef WV_CRAWLER_CMD_CATEGORY_H
#define WV_CRAWLER_CMD_CATEGORY_H

#include "crawler/cmd/command.h"

/*
 * `list --category`: "more in this category", one entry a page as it stands at (T, K), newest
 * first; with --later what came after T in a box of its own.
 */
WV_MUST_USE enum wv_status wv_category_list(struct wv_command_context *context, struct wv_err *err);

#endif
