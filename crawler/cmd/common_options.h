#ifndef WV_CRAWLER_CMD_COMMON_OPTIONS_H
#define WV_CRAWLER_CMD_COMMON_OPTIONS_H

#include "crawler/cmd/command.h"

/* The nth option that every command has; *out is NULL where this command does without it. */
bool wv_command_common_option(const struct wv_command *command, size_t nth,
                              const struct wv_option **out);

#endif
