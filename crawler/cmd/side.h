#ifndef WV_CRAWLER_CMD_SIDE_H
#define WV_CRAWLER_CMD_SIDE_H

#include "archive/view/side.h"
#include "config/base/clock.h"

/* How archive/view/side.h reads the text and the source of a page. The clock bounds a parse and is
 * borrowed. */
struct wv_side_reader wv_side_reader_of(const struct wv_clock *clock);

#endif
