#ifndef WV_CRAWLER_DISCOVER_KIND_H
#define WV_CRAWLER_DISCOVER_KIND_H

#include "config/base/bytes.h"

/* What a body is, told by its content: media types lie too often. */
enum wv_discover_kind {
	WV_DISCOVER_OTHER,
	WV_DISCOVER_HTML,
	WV_DISCOVER_FEED,
	WV_DISCOVER_SITEMAP, /* url set, index or list of URLs */
};

/* Looks at the first 4 KiB of decoded UTF-8. Pure. */
enum wv_discover_kind wv_discover_kind_of(struct wv_slice text);

#endif
