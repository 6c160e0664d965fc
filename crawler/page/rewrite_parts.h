#ifndef WV_CRAWLER_PAGE_REWRITE_PARTS_H
#define WV_CRAWLER_PAGE_REWRITE_PARTS_H

#include <stdbool.h>

#include "config/url.h"
#include "crawler/page/rewrite.h"

/*
 * Inside of rewriting: references (rewrite_references.c), what is done with which element and
 * attribute (rewrite_rules.c), and the CSS in style sheets, elements and attributes
 * (rewrite_style.c).
 */
struct wv_references {
	struct wv_url_joiner joiner;
	struct wv_slice stamp;
	struct wv_slice charset;  /* of the page: queries are of it */
	struct wv_arena *base;    /* what the joiner's base lies in */
	struct wv_arena *scratch; /* emptied at each reference */
};
WV_MUST_USE enum wv_status wv_references_init(struct wv_references *references,
                                              const struct wv_rewrite *rewrite,
                                              struct wv_err *err);
void wv_references_done(struct wv_references *references); /* also a WV_AUTO handler */

/* Appends where `reference` (decoded) is in the archive, percent-encoded, with its fragment; false
 * and nothing where it leads nowhere of the web. `modifier`: "", "im_", ... */
bool wv_references_add(struct wv_references *references, struct wv_slice reference,
                       const char *modifier, struct wv_buf *out);
/* Is it "data:image/..." or "data:font/...": bytes that only show? */
bool wv_reference_is_inline(struct wv_slice reference);

/* Appends CSS. What it gives means the same as raw text and with character references decoded. */
void wv_rewrite_css(struct wv_references *references, struct wv_slice css, struct wv_buf *out);

enum wv_fate {
	WV_FATE_KEEP,
	WV_FATE_TAG_GOES,     /* what is in it stays */
	WV_FATE_CONTENT_GOES, /* with all up to its end tag, which is raw text */
	WV_FATE_PRE,          /* raw text, shown as such */
	WV_FATE_TEXT,         /* raw text in which references count: title, textarea */
	WV_FATE_STYLE,
	WV_FATE_FRAME,
	WV_FATE_META,
	WV_FATE_LINK,
	WV_FATE_BASE,
};

/* Of an element, by its name in any case. */
enum wv_fate wv_rewrite_fate(struct wv_slice name);

enum wv_role {
	WV_ROLE_KEEP,
	WV_ROLE_DROP,
	WV_ROLE_LINK,
	WV_ROLE_FRAME,
	WV_ROLE_IMAGE,
	WV_ROLE_MEDIA,
	WV_ROLE_SET,   /* srcset */
	WV_ROLE_STYLE, /* CSS declarations */
	WV_ROLE_VALUE, /* a CSS value */
	WV_ROLE_SRC,   /* by the element */
	WV_ROLE_HREF,  /* by the element */
};

/* Of an attribute, by its name; WV_ROLE_SRC and WV_ROLE_HREF depend on the element. */
enum wv_role wv_rewrite_role(struct wv_slice name);
enum wv_role wv_rewrite_role_in(struct wv_slice tag, enum wv_role role);
/* Names that may be written: of an element, of an attribute. */
bool wv_rewrite_is_name(struct wv_slice name);

#endif
