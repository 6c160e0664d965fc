#ifndef WV_ARCHIVE_SEARCH_AROUND_INNER_H
#define WV_ARCHIVE_SEARCH_AROUND_INNER_H

#include "archive/search/around.h"
#include "archive/search/postings.h"
#include "archive/search/stories.h"
#include "archive/store/article.h"
#include "archive/store/capture.h"

/* Between around.c, which asks the index, around_full.c, which reads every article, and around_links.c,
 * what both share. Not for others. */
struct wv_around {
	struct wv_around_options options;
	struct wv_arena *reading; /* of some captures at once, or of one question to the index */
	struct wv_telling *telling;   /* these two: NULL without an index */
	struct wv_postings *postings;
	struct wv_stories *stories;   /* of one question */
	int64_t window_us;
	uint64_t behind;
};

/* As wv_around_of. */
WV_MUST_USE enum wv_status wv_around_read_all(struct wv_around *around, struct wv_txn **txn,
                                              struct wv_arena *arena,
                                              const struct wv_around_query *query,
                                              struct wv_around_answer *out, struct wv_err *err);

/* ---- around_links.c ---- */

bool wv_around_goes_on(const struct wv_around_query *query);
/* The middle of what its own time can mean; else when it was captured. */
struct wv_time wv_around_time(const struct wv_article *article, const struct wv_capture *capture);
/* Sets is_copy where both carry one text, as far as readers may know. Of those alone that are given: it
 * takes a look at what their texts share. Where the archive keeps no clusters of them, none is. */
WV_MUST_USE enum wv_status wv_around_mark_copies(struct wv_txn *txn, struct wv_arena *arena,
                                                 const struct wv_around_query *query,
                                                 struct wv_around_link *links, size_t count,
                                                 struct wv_err *err);
WV_MUST_USE enum wv_status wv_around_copy_evidence(struct wv_arena *arena,
                                                   const struct wv_story_link *link,
                                                   struct wv_around_link *out, struct wv_err *err);
/* Into the order of the answer; how many of them are given. */
size_t wv_around_sort(const struct wv_around_query *query, struct wv_around_link *links, size_t n);

#endif
