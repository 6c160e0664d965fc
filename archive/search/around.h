#ifndef WV_ARCHIVE_SEARCH_AROUND_H
#define WV_ARCHIVE_SEARCH_AROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/copies/reports.h"
#include "archive/search/index.h"
#include "archive/store/store.h"
#include "config/base/arena.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * What else reports the event of an article, as of (T, K): the links of archive/copies/story.h between
 * its text and those around it in time, one article a page. Nothing captured after T or recorded after
 * K has a part in it: not as a link, nor in how rare a thing is, nor in which names are known.
 */
struct wv_around;

struct wv_around_options {
	struct wv_store *store;
	/* Its index (stories.h), which answers in milliseconds. NULL: every article of some weeks is
	 * read anew, which takes seconds in a large archive. */
	struct wv_search *search;
	struct wv_reports_options names;
};
/* What `options` points to outlives it. One thread at a time. */
WV_MUST_USE enum wv_status wv_around_open(const struct wv_around_options *options,
                                          struct wv_around **out, struct wv_err *err);
void wv_around_close(struct wv_around **around); /* also a WV_AUTO handler */
/* The index that it was opened with. */
struct wv_search *wv_around_search(const struct wv_around *around);

/*
 * Brings the index up to what the archive has committed; only needed with one. Reading what some
 * thousand new articles mention takes seconds: `serve` may do it beside its answers. `behind`: notes and
 * captures that are left, because it may not be written, or another process is at it. WV_STOPPED.
 */
WV_MUST_USE enum wv_status wv_around_follow(struct wv_around *around, uint64_t *behind,
                                            struct wv_err *err);

struct wv_around_query {
	uint64_t capture; /* whose article it is about */
	struct wv_time at, known_at; /* T, K; WV_TIME_NONE: unbounded */
	struct wv_time now;          /* for the terms of take-downs */
	size_t max;                  /* the best so many; 0: all */
	/* Links to pages that were first captured after T too, in a list of their own. */
	bool wants_later;
	size_t most; /* articles looked at, the newest, where they are read; 0: WV_AROUND_MOST, which is the limit */
	/* Only what the index knows: WV_NO, without words, where every article would have to be read. */
	bool index_only;
	bool (*goes_on)(void *context); /* asked now and then; false: WV_STOPPED; may be NULL */
	void *goes_on_context;
};
struct wv_around_link {
	uint64_t capture; /* that stands at T; of what came later, the newest */
	struct wv_time when; /* its own time: the middle of what it states, else captured */
	double score;        /* 0.5 just linked, 1 no doubt */
	bool is_copy;        /* both carry one text (archive/copies/cluster.h) */
	const struct wv_story_evidence *evidence; /* heaviest first */
	size_t evidence_count;
};
struct wv_around_answer {
	const struct wv_around_link *links; /* best first, then newest, then by page */
	size_t count;
	const struct wv_around_link *later; /* likewise */
	size_t later_count;
	size_t names; /* pairs of names learned from the texts, where they were all read */
	bool is_cut;  /* there were more articles around it than are looked at */
};
#define WV_AROUND_MOST 200000u /* articles looked at; each takes some 3 KB */

/*
 * Of an article that the index does not have (it is behind, or the article is none that stood) every
 * article is read. Both ways give the same links but for what is just at the threshold: the index counts
 * how rare a thing is, and how like an article is to others, when an article comes and before it; the
 * other way counts over the weeks around, up to T.
 *
 * Lies in `arena`. `txn` is a read transaction of the caller's, which may be ended and begun anew on the
 * way. WV_NO: the capture has no article at K. WV_STOPPED, WV_NOMEM, WV_DAMAGED.
 */
WV_MUST_USE enum wv_status wv_around_of(struct wv_around *around, struct wv_txn **txn,
                                        struct wv_arena *arena, const struct wv_around_query *query,
                                        struct wv_around_answer *out, struct wv_err *err);

#endif
