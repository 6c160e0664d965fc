/* The table of subcommands, in the order of the manual. */
#include "crawler/cmd/commands.h"

#include "crawler/cmd/command.h"

const struct wv_command *const wv_commands[] = {
	&wv_command_crawl,
	&wv_command_snap,
	&wv_command_list,
	&wv_command_history,
	&wv_command_show,
	&wv_command_diff,
	&wv_command_restore,
	&wv_command_export,
	&wv_command_import,
	&wv_command_copies,
	&wv_command_search,
	&wv_command_subscribe,
	&wv_command_feed,
	&wv_command_related,
	&wv_command_extract,
	&wv_command_url,
	&wv_command_robots,
	&wv_command_dedup,
	&wv_command_discover,
	&wv_command_verify,
	&wv_command_prove,
	&wv_command_status,
	&wv_command_takedown,
	&wv_command_prune,
	&wv_command_backup,
	&wv_command_compact,
	&wv_command_serve,
	&wv_command_why,
	&wv_command_config,
	NULL,
};
