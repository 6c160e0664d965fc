#ifndef WV_CRAWLER_CMD_EXPORT_SITE_H
#define WV_CRAWLER_CMD_EXPORT_SITE_H

#include "archive/exchange/range.h"
#include "crawler/cmd/read.h"

/* `export --format site`: archive/serve/static_site.h, with progress on a terminal. `captures` of
 * the range got a page. */
WV_MUST_USE enum wv_status wv_export_site(const struct wv_read *read,
                                          const struct wv_range_query *range, const char *dir,
                                          uint64_t *captures, struct wv_err *err);

#endif
