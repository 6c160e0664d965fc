#ifndef WV_ARCHIVE_VIEW_HISTORY_PARTS_H
#define WV_ARCHIVE_VIEW_HISTORY_PARTS_H

#include "archive/view/history.h"
#include "archive/view/past.h"

/* What the files of the history page share: all that was read, before a word is written. */
struct history_view {
	const struct wv_visit *visit;
	const struct wv_view_history_query *query;
	struct wv_past past;
	struct wv_slice title, language; /* of the newest version that has one */
	struct wv_buf *out;
};

/* history_parts.c: its own address, with `until` where one is given; a link that says which of many of
 * its name it is, for those who hear them one after the other. */
struct wv_address history_self(const struct history_view *v, struct wv_time until);
void history_add_link_at(const struct history_view *v, const struct wv_address *address,
                         enum wv_phrase words, struct wv_time when);

/* history_events.c: versions, headlines and absences. */
void history_add_events(const struct history_view *v);

/* history_nothing.c: the whole answer where there is no capture to show. */
WV_MUST_USE enum wv_status history_say_nothing(struct history_view *v, struct wv_err *err);

#endif
