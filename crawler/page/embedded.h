#ifndef WV_CRAWLER_PAGE_EMBEDDED_H
#define WV_CRAWLER_PAGE_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "crawler/page/scan.h"

/*
 * Data that pages carry inside scripts: JSON-LD, JSON islands, state assigned to a global, Next.js
 * flight pushes. Only found here, never parsed or run.
 */
struct wv_embedded {
	enum wv_scan_script_kind kind;
	struct wv_slice id, type, body;
};

#define WV_EMBEDDED_MAX 8

/* Is a script of this type (attribute value) run as JavaScript? */
bool wv_embedded_is_classic(struct wv_slice type);
/* What one script carries; gives how many of `found` were filled. Looks at its beginning only. */
size_t wv_embedded_find(struct wv_slice type, struct wv_slice id, struct wv_slice body,
                        struct wv_embedded found[WV_EMBEDDED_MAX]);

#endif
