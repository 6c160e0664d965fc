#ifndef WV_CRAWLER_PAGE_WORDS_H
#define WV_CRAWLER_PAGE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * What names and phrases hint at: words in class and id, and the small closed vocabulary of the
 * lines around articles in the major languages. Hints only: structure decides (candidate.h,
 * prune.h). Pure; any thread.
 */

/* Why a block is not the article's text. The names go into wv_removed_block.reason. */
enum wv_reason {
	WV_REASON_NONE,
	WV_REASON_RELATED,
	WV_REASON_SHARE,
	WV_REASON_COMMENTS,
	WV_REASON_NAVIGATION,
	WV_REASON_ADVERT,
	WV_REASON_NEWSLETTER,
	WV_REASON_CAPTION,
	WV_REASON_AUTHOR_BOX,
	WV_REASON_META,       /* date, byline, tags, counters */
	WV_REASON_FOOTER,
	WV_REASON_SIDEBAR,
	WV_REASON_PAYWALL,
	WV_REASON_CONSENT,
	WV_REASON_HIDDEN,
	WV_REASON_VIDEO,
	WV_REASON_OVERLAY,
	WV_REASON_EDITOR,     /* editor's line: 责任编辑 */
	WV_REASON_SOURCE,     /* source line */
	WV_REASON_NOTICE,     /* copyright, disclaimer */
	WV_REASON_TITLE,
	WV_REASON_LINKS,      /* list of links */
	WV_REASON_REPEATED,
	WV_REASON_SITE,       /* learned from the site's other pages */
	WV_REASON_LABEL,      /* a short line that is no prose, before or after it */
	WV_REASON_OUTSIDE,    /* outside of what the page itself declares to be the article */
	WV_REASON_COUNT
};
const char *wv_reason_name(enum wv_reason reason);

/* Bits: 1u << reason for what a class or id hints at, and these for the good ones. */
#define WV_HINT(reason) (1u << (reason))
#define WV_HINT_BODY    (1u << 28) /* articleBody, entry-content, TRS_Editor */
#define WV_HINT_TITLE   (1u << 29)
#define WV_HINT_AUTHOR  (1u << 30)
#define WV_HINT_DATE    (1u << 31)
uint32_t wv_words_hints(struct wv_slice class_or_id);

/* What a line of text says about itself. */
struct wv_phrase {
	enum wv_reason reason; /* WV_REASON_NONE: nothing */
	bool opens;            /* it is the head of a foreign block: what follows goes with it */
	bool is_inside;        /* the phrase is somewhere in the line: a report may hold it, too */
};
/* `units`: the block's size (wv_text_units); long blocks match fewer phrases. */
struct wv_phrase wv_words_phrase(struct wv_slice text, uint32_t units);

/* $$ARTICLEAD$$, {{ title }}, {"layout":1}: what a template left. */
bool wv_words_is_placeholder(struct wv_slice text);

/* Text without marks that trail labels (":", "»", "..."), ASCII-lowered, into `out` (at most
 * `room` bytes): what phrases are compared with. */
struct wv_slice wv_words_lower(struct wv_slice text, unsigned char *out, size_t room);

#endif
