#ifndef WV_ARCHIVE_SEARCH_POSTINGS_INNER_H
#define WV_ARCHIVE_SEARCH_POSTINGS_INNER_H

#include "archive/search/index_inner.h"
#include "archive/search/postings.h"
#include "config/base/slots.h"

/* Between postings.c (heads and postings), postings_counts.c (how many mention a thing), postings_find.c
 * (who mentions the same) and postings_row.c (a row of the file). Not for others. */
struct heads {
	struct wv_report_head *p; /* CHUNK of them; NULL: not read */
	uint32_t count;
	bool is_dirty;
};

/* Postings that were added to since the last flush: of (period, key) all there are. */
struct row {
	uint64_t key;
	int32_t period;
	uint32_t last; /* highest number in it */
	unsigned char *p;
	uint32_t n, room; /* room 0: the slot is empty */
};

/* How many articles of a period of captured time and one of their own mention a thing. */
struct tally {
	int32_t captured, own;
	uint32_t n;
};

struct count {
	uint64_t key;              /* 0: empty */
	struct tally first, *more; /* the first of them, and the others */
	uint32_t n, room;          /* in all; of `more` */
	bool is_dirty;
};

/* Articles of a period of captured time. */
struct total {
	int32_t period;
	bool is_dirty;
	uint64_t reports;
	int64_t newest; /* captured */
};

struct touched {
	uint32_t id; /* + 1; 0: empty */
	float weight;
};

struct wv_postings {
	struct wv_search *search;
	struct heads *heads; /* by chunk */
	size_t heads_room, heads_loaded;
	struct wv_slots rows;   /* of struct row */
	struct wv_slots counts; /* of struct count */
	size_t tallies;       /* room for more than one of a thing, in all */
	struct total *totals; /* by period; all of them */
	size_t total_count, total_room;
	bool has_totals;
	int64_t version; /* of the file, as SQLite counts what others write to it */
	struct wv_slots touched; /* of struct touched */
	struct wv_buf blob, head_blob;
	uint32_t *list; /* of one thing */
	size_t list_room;
};

#define DAY_US INT64_C(86400000000)

static inline enum wv_status postings_no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
}

static inline int64_t postings_floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Of the articles' own time. */
static inline int32_t postings_period(int32_t day)
{
	return (int32_t)postings_floor_divide(day, WV_PERIOD_DAYS);
}

WV_MUST_USE enum wv_status postings_blob(struct wv_postings *p, enum wv_search_sql which, int64_t a,
					 int64_t b, struct wv_slice *out, struct wv_err *err);
/* NULL: there is none of that number. Lives until heads are dropped. */
WV_MUST_USE enum wv_status postings_head_of(struct wv_postings *p, uint32_t id,
					    const struct wv_report_head **out, struct wv_err *err);
/* The numbers of those of a period that mention a thing; read with postings_next, from 0 on. */
WV_MUST_USE enum wv_status postings_of(struct wv_postings *p, int32_t period, uint64_t key,
				       struct wv_slice *out, struct wv_err *err);
bool postings_next(struct wv_slice *left, uint32_t *id);

/* postings_counts.c */
void counts_drop(struct wv_postings *p);
void totals_drop(struct wv_postings *p);
WV_MUST_USE enum wv_status counts_add(struct wv_postings *p, const struct wv_report_head *head,
				      const struct wv_mentions *mentions, struct wv_err *err);
/* Writes what was added and forgets it: in the order of the table, which is quicker by far. */
WV_MUST_USE enum wv_status counts_flush(struct wv_postings *p, struct wv_err *err);
#define PERIODS_MOST 24u /* of one thing, looked up at other times */
/* The periods of their own time from `first` to `last` in which articles mention a thing, the
 * latest first: PERIODS_MOST at most. */
WV_MUST_USE enum wv_status counts_periods(struct wv_postings *p, uint64_t key, int32_t first,
					  int32_t last, int32_t *out, size_t *count,
					  struct wv_err *err);

#endif
