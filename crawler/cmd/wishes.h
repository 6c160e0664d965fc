#ifndef WV_CRAWLER_CMD_WISHES_H
#define WV_CRAWLER_CMD_WISHES_H

#include "archive/view/wishes.h"
#include "config/settings.h"

/* How archive/view/wishes.h reads what a page asks for: as the crawl reads it (page/policy.h), of
 * anybody and of us by the names in the settings. */
extern const struct wv_wish_reader wv_wish_reader;

#endif
