#ifndef WV_ARCHIVE_VIEW_FRONT_PARTS_H
#define WV_ARCHIVE_VIEW_FRONT_PARTS_H

#include "archive/view/front.h"

/* What the boxes of the front page share: all that was read for them, before a word is written. */

/* A page's newest article among the captures looked at. */
struct front_fresh {
	const struct wv_capture *capture;
	struct wv_reading reading;
};

struct front_source {
	struct wv_slice name;
	struct wv_time last;
	size_t looks, good, blocked;
};

struct front {
	struct wv_visit *visit;
	struct wv_buf *out;
	struct wv_capture *captures; /* newest first */
	size_t count;
	struct front_fresh *fresh;
	size_t fresh_count;
	struct front_source *sources;
	size_t source_count;
	struct wv_time until; /* T, or the newest capture: what "the last day" ends with */
};

/* How many of the captures looked at are of a category, or of a cluster. */
struct front_tally {
	struct wv_slice name;
	uint64_t id; /* cluster */
	size_t count;
	uint64_t document;              /* one of the cluster */
	const struct wv_capture *first; /* earliest captured of a cluster */
};

/* front_gather.c */
WV_MUST_USE enum wv_status front_gather(struct front *f, struct wv_err *err);

/* front_parts.c: heads of a box, and counting. */
void front_add_heading(const struct front *f, enum wv_phrase phrase);
void front_add_none(const struct front *f, enum wv_phrase phrase);
/* What a list is of, below its heading. */
void front_add_note(const struct front *f, enum wv_phrase phrase);
/* The tally of `id` and `name`, or a new one; NULL: no room. */
struct front_tally *front_tally_of(struct front_tally *list, size_t *count, size_t room,
                                   uint64_t id, struct wv_slice name);
/* Takes the largest out of the list: ties by what came first. */
struct front_tally front_take_largest(struct front_tally *list, size_t count);

/* The boxes, each in its file; nothing where there is nothing to tell. */
WV_MUST_USE enum wv_status front_add_copied(struct front *f, struct wv_err *err);
WV_MUST_USE enum wv_status front_add_edits(struct front *f, struct wv_err *err);
void front_add_source_names(struct front *f);
void front_add_categories(struct front *f);
void front_add_sources(struct front *f);

#endif
