#ifndef WV_CRAWLER_CMD_SIDE_H
#define WV_CRAWLER_CMD_SIDE_H

#include "crawler/cmd/read.h"

/*
 * What `diff` compares of a capture, as lines of text. Two versions always differ in one of these,
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

struct wv_side {
	struct wv_capture capture;
	bool has_article;
	struct wv_article article; /* where it has one, whatever its verdict */
};
WV_MUST_USE enum wv_status wv_side_open(struct wv_read *read, const struct wv_capture *capture,
                                        struct wv_side *out, struct wv_err *err);
/* In read->arena. WV_NO, without words: there is no such text of it. */
WV_MUST_USE enum wv_status wv_side_text(struct wv_read *read, const struct wv_side *side,
                                        enum wv_side_kind kind, struct wv_slice *out,
                                        struct wv_err *err);

#endif
