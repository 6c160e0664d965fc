#ifndef WV_CRAWLER_CMD_DRY_RUN_H
#define WV_CRAWLER_CMD_DRY_RUN_H

#include "config/settings.h"
#include "crawler/cmd/command.h"

/*
 * What a crawl would do now, without asking anybody or writing anything: what is due, in the order
 * of its queues; when its host's turn would come, by the delays alone; why it is known; and what
 * robots.txt as last had, a hold, or a suspension say to it. Without an archive: the listings that
 * the settings name. `urls` (request form), where given, are the only ones shown.
 */
WV_MUST_USE enum wv_status wv_dry_run(struct wv_command_context *context,
				      const struct wv_settings *settings,
				      const struct wv_slice *urls, size_t url_count,
				      struct wv_err *err);

#endif
