#ifndef WV_ARCHIVE_SEARCH_SUBSCRIPTION_H
#define WV_ARCHIVE_SEARCH_SUBSCRIPTION_H

#include <stddef.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * Saved queries, by name: subscriptions.db in the archive's folder (SQLite). Not part of the
 * index, which may be dropped at any time, and not of the log: what somebody wants to read is no
 * fact about the web. What a subscription's feed holds is never stored, see feed.h.
 *
 * Each call opens the file, works and closes it; calls of several processes wait for each other.
 */
struct wv_subscription {
	struct wv_slice name; /* letters, digits, - and _, of any script; at most 100 bytes */
	struct wv_slice query;
	struct wv_slice hook;  /* a name of the settings' hooks; empty: none */
	struct wv_time created;
	struct wv_time told; /* K: the hook was told of all that was recorded by then */
};
#define WV_SUBSCRIPTION_NAME_MAX 100u

/* WV_USAGE: the name cannot be one. */
WV_MUST_USE enum wv_status wv_subscription_check_name(struct wv_slice name, struct wv_err *err);
/* Adds one, or changes query and hook of the one with that name. */
WV_MUST_USE enum wv_status wv_subscription_put(const char *dir,
                                               const struct wv_subscription *subscription,
                                               struct wv_err *err);
/* WV_NO: none of that name. */
WV_MUST_USE enum wv_status wv_subscription_get(const char *dir, struct wv_arena *arena,
                                               struct wv_slice name, struct wv_subscription *out,
                                               struct wv_err *err);
/* By name. */
WV_MUST_USE enum wv_status wv_subscription_list(const char *dir, struct wv_arena *arena,
                                                struct wv_subscription **out, size_t *count,
                                                struct wv_err *err);
/* WV_NO: none of that name. */
WV_MUST_USE enum wv_status wv_subscription_remove(const char *dir, struct wv_slice name,
                                                  struct wv_err *err);
/* A copy of the file as it is now, in another folder, where there is none (`backup`). WV_NO: there is
 * nothing to copy. */
WV_MUST_USE enum wv_status wv_subscription_copy(const char *dir, const char *to_dir,
                                                struct wv_err *err);
/* Its hook was told of all recorded by `told`; never goes back. */
WV_MUST_USE enum wv_status wv_subscription_told(const char *dir, struct wv_slice name,
                                                struct wv_time told, struct wv_err *err);

#endif
