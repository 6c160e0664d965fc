#ifndef WV_ARCHIVE_SEARCH_POSTINGS_H
#define WV_ARCHIVE_SEARCH_POSTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/copies/mention.h"
#include "archive/search/index.h"
#include "config/base/status.h"

/*
 * Which articles mention a thing, by periods of some days of the articles' own time; what is known of
 * each at a glance; and how many mention it, by periods of captured time. Tables of search.db; within
 * a transaction of the caller's, where it writes.
 */
struct wv_postings;

#define WV_PERIOD_DAYS 4

/* What is known of an article at a glance. */
struct wv_report_head {
	int64_t captured, recorded;
	int32_t day;
	uint32_t page;
};

WV_MUST_USE enum wv_status wv_postings_new(struct wv_search *search, struct wv_postings **out,
                                           struct wv_err *err);
void wv_postings_free(struct wv_postings **postings); /* also a WV_AUTO handler */
/* Forgets what was read: others may have written since. What was added and not flushed is lost. */
void wv_postings_forget(struct wv_postings *postings);
/* Forgets what was read if others have written since, or if it is much. Within a transaction that reads. */
WV_MUST_USE enum wv_status wv_postings_renew(struct wv_postings *postings, struct wv_err *err);

/* How many articles, and how many of them mention a thing: those captured in the periods before, and in
 * this one if none of it is newer, so that nothing captured later is counted. */
struct wv_postings_past {
	int32_t period; /* of captured time */
	bool is_late;   /* a newer one of its period is known: the period counts only up to its begin */
	uint64_t reports;
};
WV_MUST_USE enum wv_status wv_postings_past(struct wv_postings *postings, int64_t captured,
                                            struct wv_postings_past *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_postings_count(struct wv_postings *postings,
                                             const struct wv_postings_past *past, uint64_t key,
                                             uint64_t *count, struct wv_err *err);

/* Articles have ascending numbers. */
WV_MUST_USE enum wv_status wv_postings_add(struct wv_postings *postings, uint32_t id,
                                           const struct wv_report_head *head,
                                           const struct wv_mentions *mentions, struct wv_err *err);
/* Is what is kept in memory so much that it had better be written? */
bool wv_postings_is_full(const struct wv_postings *postings);
WV_MUST_USE enum wv_status wv_postings_flush(struct wv_postings *postings, struct wv_err *err);

/* The heads of some articles. WV_NO: there is none of that number. */
WV_MUST_USE enum wv_status wv_postings_head(struct wv_postings *postings, uint32_t id,
                                            struct wv_report_head *out, struct wv_err *err);

#define WV_CANDIDATES_MOST 96u
struct wv_candidates_query {
	const struct wv_mentions *mentions;
	const float *rarities;
	int32_t day_from, day_to;  /* both included */
	int64_t at, known_at;      /* us: captured and recorded by then */
	uint32_t page;             /* not of this one */
	size_t keys_most;          /* the heaviest so many things are looked up */
	/* Of each thing only the nearest so many before day_to; 0: all, but a thing that more than
	 * WV_POSTINGS_MOST mention tells nobody apart. */
	size_t reach;
};
#define WV_POSTINGS_MOST 3000u
struct wv_candidate {
	uint32_t id;
	float weight; /* of what they share */
};
/* The heaviest first, of equals the older; `out` has room for WV_CANDIDATES_MOST. */
WV_MUST_USE enum wv_status wv_postings_find(struct wv_postings *postings,
                                            const struct wv_candidates_query *query,
                                            struct wv_candidate *out, size_t *count,
                                            struct wv_err *err);

#endif
