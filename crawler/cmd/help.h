#ifndef WV_CRAWLER_CMD_HELP_H
#define WV_CRAWLER_CMD_HELP_H

#include <stdio.h>

#include "crawler/cmd/command.h"

/*
 * The command tables as words: --help, manual pages (mdoc), shell completions. What the parser
 * knows is what they say.
 */

void wv_help_print_program(const char *program, const struct wv_command *const *commands,
                           FILE *to);
void wv_help_print_command(const struct wv_command *command, const char *program,
                           struct wv_buf *out);
void wv_help_print_unknown(const char *program, const struct wv_command *const *commands,
                           struct wv_slice name);
/* The option of this command whose name is nearest to `name`, or NULL if none is near. */
const char *wv_help_nearest_option(const struct wv_command *command, struct wv_slice name);
/* `help [COMMAND]`, `help --man NAME`, `help --completion bash|zsh|fish`. Gives the exit code. */
int wv_help_main(int argc, char **argv, const char *program,
                 const struct wv_command *const *commands);

#endif
