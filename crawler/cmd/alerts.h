#ifndef WV_CRAWLER_CMD_ALERTS_H
#define WV_CRAWLER_CMD_ALERTS_H

#include "archive/search/feed.h"
#include "archive/search/subscription.h"
#include "config/settings.h"
#include "crawler/cmd/find.h"

/*
 * Telling the hooks of subscriptions. A hook gets one JSON object on standard input (event, name,
 * query, archive, told, known_at, entries: as `feed --json` prints them), and only where there are
 * entries. It was told when it ends with 0; otherwise it is told again next time, so at least
 * once. What fails is a warning and never fails a run.
 */

/* After a run, the store closed: all subscriptions that have a hook. */
void wv_alerts_after_run(struct wv_command_context *context, const struct wv_settings *settings);
/* One subscription, the index open and followed. */
WV_MUST_USE enum wv_status wv_alerts_tell(struct wv_find *find, const struct wv_settings *settings,
                                          const struct wv_subscription *subscription,
                                          struct wv_err *err);
/* The command of a hook, ended by NULL; WV_SETTINGS: no hook of the settings has the name. */
WV_MUST_USE enum wv_status wv_alerts_hook(struct wv_arena *arena,
                                          const struct wv_settings *settings, struct wv_slice name,
                                          const char *const **words, struct wv_err *err);

/* The members of an entry, into an open object. */
void wv_alerts_json_entry(struct wv_json_writer *w, const struct wv_find *find,
                          const struct wv_feed_entry *entry);

#endif
