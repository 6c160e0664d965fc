/* The table of subcommands, in the order of the manual. */
#include "crawler/cmd/command.h"
#include "crawler/cmd/commands.h"

const struct wv_command *const wv_commands[] = {
	&wv_command_url,
	NULL,
};
