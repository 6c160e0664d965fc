#ifndef WV_CRAWLER_CMD_COMMANDS_H
#define WV_CRAWLER_CMD_COMMANDS_H

struct wv_command;

/* One row per subcommand, each in a file of its own. */
extern const struct wv_command wv_command_crawl;
extern const struct wv_command wv_command_snap;
extern const struct wv_command wv_command_list;
extern const struct wv_command wv_command_history;
extern const struct wv_command wv_command_show;
extern const struct wv_command wv_command_diff;
extern const struct wv_command wv_command_restore;
extern const struct wv_command wv_command_export;
extern const struct wv_command wv_command_import;
extern const struct wv_command wv_command_copies;
extern const struct wv_command wv_command_search;
extern const struct wv_command wv_command_subscribe;
extern const struct wv_command wv_command_feed;
extern const struct wv_command wv_command_related;
extern const struct wv_command wv_command_extract;
extern const struct wv_command wv_command_url;
extern const struct wv_command wv_command_robots;
extern const struct wv_command wv_command_dedup;
extern const struct wv_command wv_command_discover;
extern const struct wv_command wv_command_verify;
extern const struct wv_command wv_command_prove;
extern const struct wv_command wv_command_status;
extern const struct wv_command wv_command_takedown;
extern const struct wv_command wv_command_prune;
extern const struct wv_command wv_command_backup;
extern const struct wv_command wv_command_compact;
extern const struct wv_command wv_command_serve;
extern const struct wv_command wv_command_why;
extern const struct wv_command wv_command_config;

#endif
