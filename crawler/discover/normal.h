#ifndef WV_CRAWLER_DISCOVER_NORMAL_H
#define WV_CRAWLER_DISCOVER_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * The normaliser in front of libxml2: bytes that are more or less XML in, a well-formed document
 * without DOCTYPE, comments, processing instructions and CDATA out. Fed in pieces; gives the same
 * whatever the pieces.
 */
struct wv_normal {
	struct wv_buf pending;  /* input not decided yet: at most a tag or a character */
	struct wv_buf out;      /* normal form, to be taken by the caller */
	struct wv_buf names;    /* of the open elements, one after another */
	size_t open[WV_LIMIT_XML_DEPTH]; /* where each name starts */
	size_t depth;
	enum {
		WV_NORMAL_CONTENT,
		WV_NORMAL_CDATA,
		WV_NORMAL_COMMENT,
		WV_NORMAL_INSTRUCTION,
		WV_NORMAL_DOCTYPE,
	} state;
	unsigned brackets;      /* inside a DOCTYPE */
	bool is_started, is_rooted, is_done;
	bool is_damaged;
	bool is_too_deep;
};

void wv_normal_init(struct wv_normal *normal);
void wv_normal_done(struct wv_normal *normal);
/* Appends to normal->out. `is_last` closes what is open. WV_NOMEM, WV_LIMIT (too deep). */
WV_MUST_USE enum wv_status wv_normal_feed(struct wv_normal *normal, struct wv_slice piece,
                                          bool is_last, struct wv_err *err);

#endif
