#ifndef WV_ARCHIVE_VIEW_SYNDICATE_H
#define WV_ARCHIVE_VIEW_SYNDICATE_H

#include <stdbool.h>

#include "archive/search/feed.h"
#include "archive/search/subscription.h"

struct wv_json_writer;

/*
 * A feed as the programs of readers take it: Atom 1.0 (RFC 4287) and JSON Feed 1.1. A function of
 * the feed and of the instants it was made for, never of the clock, so that the same question has
 * one answer. Pure but for the append.
 */
struct wv_syndicate {
	const struct wv_subscription *subscription;
	const struct wv_feed *feed;
	struct wv_time at, known_at; /* T (WV_TIME_NONE: now), K */
	bool is_simulated;
	/* Where the service is: "https://news.example"; entries then lead to its snapshots and name
	 * the original besides. Empty: they lead to the originals. */
	struct wv_slice base;
	struct wv_slice self, home;  /* the feed's own address and that of its page; may be empty */
	/* Members of an entry under "_wirevault"; NULL: a few of our own. */
	void (*members)(void *context, struct wv_json_writer *w, const struct wv_feed_entry *entry);
	void *context;
};
void wv_syndicate_atom(struct wv_buf *out, const struct wv_syndicate *s);
/* What is ours is under "_wirevault". */
void wv_syndicate_json(struct wv_buf *out, const struct wv_syndicate *s);

/* "rate: 29% -> 30%" and the like: what an update changed, a line a difference, most telling
 * first, at most so many. */
#define WV_SYNDICATE_CHANGES_MAX 20u
#define WV_SYNDICATE_CHANGE_CUT  600u /* bytes of one side of one */
void wv_syndicate_add_changes(struct wv_buf *out, const struct wv_feed_entry *entry);

#endif
