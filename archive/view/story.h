#ifndef WV_ARCHIVE_VIEW_STORY_H
#define WV_ARCHIVE_VIEW_STORY_H

#include "archive/search/around.h"
#include "archive/view/visit.h"

/*
 * The page of an event: other reports of it in this and other languages, best first, with what
 * links them by kind. As of the snapshot's own instant unless the visitor named one; later
 * reports stand apart.
 *
 * `id`: a capture with an article. WV_NO as in wv_view_snapshot, and where it has none. Where the
 * visit has no `around`, one is made for this page. Where that has no index yet, and too many
 * articles to read, it shows who carries the same text and says what is missing.
 */
#define WV_STORY_LINKS 60u /* shown of each list */
WV_MUST_USE enum wv_status wv_view_story(struct wv_visit *visit, uint64_t id,
                                         struct wv_fact *refusal, struct wv_buf *out,
                                         struct wv_err *err);

/* What links a capture, as of `at`, to others, within a reader's patience. WV_NO: it has no article. */
enum wv_story_whole {
	WV_STORY_WHOLE,
	WV_STORY_BEING_READ, /* only the pages that carry its very text; asked again, there may be more */
	WV_STORY_CUT,        /* too many lie around it: the newest were looked at, or only those pages */
};
struct wv_story_query {
	uint64_t capture;
	struct wv_time at;
	size_t max;
	bool wants_later;
};
WV_MUST_USE enum wv_status wv_story_ask(struct wv_visit *visit, const struct wv_story_query *query,
                                        struct wv_around_answer *out, enum wv_story_whole *whole,
                                        struct wv_err *err);

/* Is there such a page of every capture? Not in a folder: to look around each one of many takes
 * too long, unless the visit has an `around`. */
bool wv_story_exists(const struct wv_visit *visit);

/* A list of links with their evidence; `with_lead`: and what each report says first. */
WV_MUST_USE enum wv_status wv_story_links(struct wv_buf *out, struct wv_visit *visit,
                                          const struct wv_around_link *links, size_t count,
                                          bool with_lead, struct wv_err *err);

#endif
