#ifndef WV_CRAWLER_PAGE_REWRITE_PARTS_H
#define WV_CRAWLER_PAGE_REWRITE_PARTS_H

#include <stdbool.h>

#include "config/url.h"
#include "crawler/page/rewrite.h"

/* Inside of rewriting: references, and the CSS in style sheets, elements and attributes. */
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

#endif
