#ifndef WV_ARCHIVE_SEARCH_FOLLOW_INNER_H
#define WV_ARCHIVE_SEARCH_FOLLOW_INNER_H

#include "archive/search/index_inner.h"
#include "archive/search/texts.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

/* Between follow.c (events in order, transactions) and what applies them. Not for others. */
#define WV_FOLLOW_ARENA_CAP (256u * WV_MIB)

/* A reading recorded later than its capture. */
struct wv_late {
	int64_t recorded;
	uint64_t leaf;
};

/* pages.row: i64 first_seen, newest | 16 bytes record | u32 source | spans still open. */
struct wv_follow_page {
	uint64_t number;
	int64_t first_seen; /* captured time of the first that stands and was read */
	int64_t newest;     /* no capture that stands is newer */
	unsigned char record[16]; /* begin of the digest of the newest one's article record */
	uint32_t source;
	struct wv_span *open; /* in order of captured time */
	size_t count;
};

struct wv_follow {
	struct wv_search *search;
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_arena *arena; /* of one event */
	struct wv_search_words words;
	struct wv_late *late; /* a heap, earliest first */
	size_t late_count, late_room;
	uint64_t next_leaf, end_leaf, rows, events, bytes;
	uint64_t all_rows; /* of articles in the archive, as the round began */
	int64_t known; /* recorded instant of the event at hand */
	int64_t bound; /* what was recorded later is left to the next round */
	uint64_t *done; /* pages whose timeline was derived anew at `known` */
	size_t done_count, done_room;
	struct wv_source_totals *sources;
	size_t source_count;
	struct wv_arena *source_arena;
};

/* follow_late.c: rows of articles from `leaf` up to before `end`. Those recorded by `known` are
 * counted into `in_time`, later ones up to f->bound become late. */
WV_MUST_USE enum wv_status wv_follow_walk_rows(struct wv_follow *f, uint64_t leaf, uint64_t end,
                                               int64_t known, uint64_t *in_time,
                                               struct wv_err *err);
/* The earliest; there must be one. */
struct wv_late wv_follow_pop_late(struct wv_follow *f);

/* follow_page.c: a page's row; of one that has none, that of a page never seen. */
WV_MUST_USE enum wv_status wv_follow_load_page(struct wv_follow *f, uint64_t number,
                                               struct wv_follow_page *page, struct wv_err *err);
/* The ordinary case: a capture that is the page's newest. */
WV_MUST_USE enum wv_status wv_follow_append(struct wv_follow *f, struct wv_follow_page *page,
                                            struct wv_capture *capture, uint32_t source,
                                            struct wv_err *err);
/* The page's whole timeline as known at f->known. Once a page and instant: it takes in all that was
 * recorded then. */
WV_MUST_USE enum wv_status wv_follow_derive(struct wv_follow *f, uint64_t number,
                                            struct wv_err *err);

#endif
