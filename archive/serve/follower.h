#ifndef WV_ARCHIVE_SERVE_FOLLOWER_H
#define WV_ARCHIVE_SERVE_FOLLOWER_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/store.h"

/*
 * What goes on behind the requests: one thread that every second applies to the search index, and
 * to the running totals of the charts (archive/store/tally.h), what the archive has committed. So
 * no request waits for that; each only reads, and says how far behind what it read is. Where the
 * archive's folder may not be written the index is left as it is, and the totals, which are in
 * memory, go on.
 */
struct wv_follower;
struct wv_tally;
struct wv_settings;

struct wv_follower_options {
	struct wv_store *store; /* borrowed */
	const struct wv_settings *settings; /* the names that stories are told by; NULL: none */
	/* A line for the log, from its thread; may be NULL. */
	void (*log)(void *context, const char *line);
	void *log_context;
	/* Called about once a second, on its thread; may be NULL. */
	void (*turn)(void *context);
	void *turn_context;
};
WV_MUST_USE enum wv_status wv_follower_start(const struct wv_follower_options *options,
                                             struct wv_follower **out, struct wv_err *err);
void wv_follower_stop(struct wv_follower **follower); /* also a WV_AUTO handler */

/* How often the index was dropped since the start: who has it open closes it then, since its words
 * may be what an erasure took away. Any thread. */
unsigned wv_follower_drops(const struct wv_follower *follower);

/* What the index of stories (archive/search/around.h) lacks, as of its last turn; UINT64_MAX until
 * its first has ended. Any thread. */
uint64_t wv_follower_stories_behind(const struct wv_follower *follower);

/* The totals, which do not change until they are given back; for the time of one page. */
const struct wv_tally *wv_follower_take_tally(struct wv_follower *follower);
void wv_follower_give_tally(struct wv_follower *follower);

#endif
