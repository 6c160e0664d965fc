#ifndef WV_ARCHIVE_STORE_PARTS_H
#define WV_ARCHIVE_STORE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "archive/store/capture.h"
#include "archive/store/db.h"

/*
 * Articles in several parts. Each part is a page of its own, with captures, versions and proofs of
 * its own; its article names the address of the next part (next_page). The whole is never stored:
 * it is put together from the parts whenever it is asked for, so (T, K) answers it as all else.
 */
#define WV_PARTS_MAX 50u

struct wv_part {
	uint64_t id; /* of the capture */
	struct wv_slice url;
	struct wv_time captured;
};
struct wv_parts {
	const struct wv_part *parts; /* after the first; NULL: the article is in one piece */
	size_t count;
	/* The next part's address where it stops short: the archive has no article of it there and
	 * then, or what it has is another article. Empty: it is whole. */
	struct wv_slice missing;
	struct wv_slice why; /* "not captured", "taken down", "another article" ... */
};

struct wv_parts_query {
	const struct wv_capture *first; /* whose article is given */
	struct wv_time at;       /* T; WV_TIME_NONE: each part's capture nearest to the first's */
	struct wv_time known_at; /* K; WV_TIME_NONE: all that is recorded */
	struct wv_time now;      /* for the terms of take-downs */
};

/*
 * Puts the parts that follow `first` behind `article`'s blocks. A part is one only where it is an
 * article under the same headline. Copies into `arena`. WV_NOMEM, WV_DAMAGED.
 */
WV_MUST_USE enum wv_status wv_store_join_parts(struct wv_txn *txn, struct wv_arena *arena,
					       const struct wv_parts_query *query,
					       struct wv_article *article, struct wv_parts *out,
					       struct wv_err *err);

/* The blocks of `next` behind those of `first`; what both begin with - headings, leads - stands
 * once. `next_page` becomes that of `next`. */
WV_MUST_USE enum wv_status wv_article_join(struct wv_article *first, const struct wv_article *next,
					   struct wv_arena *arena, struct wv_err *err);

#endif
