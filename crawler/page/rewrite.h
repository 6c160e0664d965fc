#ifndef WV_CRAWLER_PAGE_REWRITE_H
#define WV_CRAWLER_PAGE_REWRITE_H

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Archived HTML and style sheets so that they can be shown: every reference leads into the archive
 * or is gone, and nothing is left that runs or asks.
 *
 * One pass over the tokens; the output is made anew from their parts, UTF-8 whatever the page was,
 * never by cutting pieces out of the page. What it holds means the same whether a browser takes a
 * place for text, raw text or foreign content: no "<" but that of a tag of ours, every attribute
 * in double quotes, no comment, no CDATA, no script.
 *
 *   links (a, area, forms)      STAMP/URL, for the whole window (target="_top")
 *   frames                      STAMPif_/URL, sandboxed
 *   pictures, srcset, posters   STAMPim_/URL; data:image/... stays
 *   style sheets, @import       STAMPcs_/URL
 *   fonts, media, other url()   STAMPoe_/URL
 *   dropped                     script, object, embed, applet, animations of SVG, base (applied),
 *                               links but style sheets and icons (preload, preconnect, manifest),
 *                               meta http-equiv, charset and referrer; attributes on*, srcdoc, ping,
 *                               integrity, autoplay and the like; javascript:, data: and every
 *                               other scheme in links and frames; comments
 *
 * Where a picture has no src but one that a script would have set (data-src, data-original,
 * data-lazy-src), that is taken. A "#fragment" stays. Fragments of other links are kept behind.
 */
struct wv_rewrite {
	struct wv_slice url;          /* of the capture: the base, unless the page names one */
	struct wv_slice content_type; /* of its answer: for the encoding; empty: none */
	struct wv_slice stamp;        /* "/web/20240605054503" */
};
/*
 * Appends to `out`. Linear, but each reference may grow by the length of the base: the cap of `out`
 * is the bound (WV_LIMIT). WV_USAGE: `url` is none of the web. WV_NOMEM. Any thread.
 */
WV_MUST_USE enum wv_status wv_rewrite_html(const struct wv_rewrite *rewrite, struct wv_slice body,
                                           struct wv_buf *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_rewrite_style(const struct wv_rewrite *rewrite, struct wv_slice body,
                                            struct wv_buf *out, struct wv_err *err);

#endif
