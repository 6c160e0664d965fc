#ifndef WV_ARCHIVE_STORE_LOCK_H
#define WV_ARCHIVE_STORE_LOCK_H

#include <stdbool.h>

#include "config/base/status.h"

/*
 * The writer's lock: one flock on the file `lock` of the archive folder, for whoever writes
 * (crawl, snap, import, prune, take-downs, compact, re-extraction). The kernel drops it with the
 * process, so a kill leaves nothing stale; what is written in the file is for the message only.
 */
struct wv_lock;

/*
 * create   make the folder (0700) if it is missing
 * command  a word for others to read: "crawl"
 *
 * Never waits. WV_LOCKED: "cannot open archive 'x': locked by process N (crawl)"; WV_MISSING
 * without create; WV_PERM, WV_CREATE, WV_IO.
 */
WV_MUST_USE enum wv_status wv_lock_take(const char *dir, bool create, const char *command,
                                        struct wv_lock **out, struct wv_err *err);
void wv_lock_release(struct wv_lock **lock); /* also a WV_AUTO handler */

#endif
