#ifndef WV_ARCHIVE_SEARCH_FEED_H
#define WV_ARCHIVE_SEARCH_FEED_H

#include "archive/search/index.h"
#include "archive/search/query.h"
#include "archive/search/snippet.h"
#include "archive/store/diff.h"
#include "archive/store/lookup.h"

/*
 * What a saved query has found: a function of the archive at (T, K) and of nothing else, so that
 * a feed can be had as of any instant and never forgets what it said.
 *
 * One entry a page that ever matched by T: its newest version that matches. It is new with its
 * first such version and an update with every later one whose words differ; an entry whose words
 * are as before is none. A copy (archive/copies) does not come twice: of the pages of one text
 * that match, the one that published first has the entry and names the others.
 */
struct wv_feed_query {
	const struct wv_query *query;
	struct wv_time at, known_at; /* T, K; both WV_TIME_NONE: now */
	struct wv_time now;          /* for take-downs */
	size_t max;
	/*
	 * Only what became known after `told` (WV_TIME_NONE: all), for a hook: entries of captures
	 * that were not there, or not read, at `told`. Reading anew what was read before makes none.
	 * An update then differs from what was last told of.
	 */
	struct wv_time told;
};

struct wv_feed_entry {
	uint64_t page;
	struct wv_capture capture; /* the first of the version */
	struct wv_article article;
	struct wv_slice title;
	bool title_is_fallback;
	struct wv_snippet snippet;
	bool is_update;
	struct wv_time first, updated; /* captured: first version that matches, and this one */
	struct wv_time when;           /* the article's own time, as in rank.h */
	bool is_published;
	uint64_t versions;             /* that match, up to this one */
	struct wv_slice title_before;  /* of an update */
	struct wv_diff changes;        /* of an update: headline and text; never without a hunk */
	const struct wv_capture *copies; /* other pages with this text, in order of publication */
	size_t copy_count;
};
struct wv_feed {
	const struct wv_feed_entry *entries; /* newest `updated` first, then by page number */
	size_t count;
};
/* The index must have followed as far as K. Lies in `arena`. */
WV_MUST_USE enum wv_status wv_feed_of(struct wv_search *search, struct wv_txn *txn,
                                      struct wv_arena *arena, const struct wv_feed_query *query,
                                      struct wv_feed *out, struct wv_err *err);

#endif
