#ifndef WV_ARCHIVE_VIEW_SIDE_H
#define WV_ARCHIVE_VIEW_SIDE_H

#include "archive/store/diff.h"
#include "archive/store/lookup.h"

/*
 * What is compared of two captures, as lines of text. Two versions always differ in one of these,
 * tried in this order; an article is compared as nothing else, since what surrounds it is not it.
 */
enum wv_side_kind {
	WV_SIDE_ARTICLE, /* headline and paragraphs */
	WV_SIDE_PAGE,    /* all text that an HTML page shows */
	WV_SIDE_SOURCE,  /* the markup itself, a tag a line; other texts as they are */
	WV_SIDE_BYTES,   /* type, size and digest */
	WV_SIDE_KIND_COUNT
};
/* "article", "page", "source", "bytes". */
const char *wv_side_kind_name(enum wv_side_kind kind);

/* PAGE and SOURCE of a body: the archive knows no HTML, so it is told how to read it. In `arena`.
 * WV_NO: there is no such text of it. Any thread. */
struct wv_side_reader {
	enum wv_status (*text)(void *context, struct wv_arena *arena,
	                       const struct wv_capture *capture, struct wv_slice body,
	                       enum wv_side_kind kind, struct wv_slice *out, struct wv_err *err);
	void *context;
	uint64_t body_bytes_max; /* larger ones are compared as bytes; 0: none is too large */
};

struct wv_side {
	struct wv_capture capture;
	bool has_article;
	struct wv_article article; /* where it has one, whatever its verdict */
};
WV_MUST_USE enum wv_status wv_side_open(struct wv_txn *txn, struct wv_arena *arena,
                                        const struct wv_capture *capture, struct wv_time known_at,
                                        struct wv_side *out, struct wv_err *err);

/*
 * Two articles are compared as such, or an article with what stood in its place; everything else
 * by the first kind of text in which there is a difference. No hunk: there is none. `reader` may
 * be NULL. In the caller's transaction, into its arena.
 */
WV_MUST_USE enum wv_status wv_side_differ(struct wv_txn *txn, struct wv_arena *arena,
                                          const struct wv_side_reader *reader,
                                          const struct wv_side *before,
                                          const struct wv_side *after, enum wv_side_kind *kind,
                                          struct wv_diff *out, struct wv_err *err);

#endif
