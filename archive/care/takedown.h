#ifndef WV_ARCHIVE_CARE_TAKEDOWN_H
#define WV_ARCHIVE_CARE_TAKEDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/register.h"
#include "archive/store/store.h"

/*
 * Taking down, holding and releasing: what the register says and what follows from it. Whoever
 * calls these holds the writer's lock; each change is one transaction, durable with WV_OK.
 */

/* One capture, or a page with all its captures, those to come included. */
struct wv_takedown_target {
	struct wv_slice page_key;
	struct wv_slice url;
	bool is_of_capture;
	uint64_t capture;
};
struct wv_takedown {
	enum wv_act act; /* HIDE, BLOCK, HOLD */
	struct wv_takedown_target target;
	struct wv_slice reason;
	struct wv_time until; /* WV_TIME_NONE: until released */
};
/* WV_NO with words: it stands already, and *out is the fact that says so. */
WV_MUST_USE enum wv_status wv_takedown_add(struct wv_store *store, struct wv_arena *arena,
                                           const struct wv_takedown *takedown, struct wv_fact *out,
                                           struct wv_err *err);
/*
 * Ends what stands about exactly this target, or `number` alone (0: all of it). What was erased
 * does not come back; only the ban on fetching ends. *released is an array in the arena. WV_NO with
 * words: nothing to release.
 */
WV_MUST_USE enum wv_status wv_takedown_release(struct wv_store *store, struct wv_arena *arena,
                                               const struct wv_takedown_target *target,
                                               uint64_t number, struct wv_slice reason,
                                               struct wv_register_page *released,
                                               struct wv_err *err);

#endif
