#ifndef WV_ARCHIVE_VIEW_TIMELINE_H
#define WV_ARCHIVE_VIEW_TIMELINE_H

#include "archive/view/past.h"

/* Two pictures of a page's past (past.h): a line of its captures and versions, and a calendar
 * whose days lead to #d2024-06-05. Nothing where there is nothing to draw. */
void wv_timeline_add(struct wv_buf *out, const struct wv_visit *visit, const struct wv_past *past);
void wv_timeline_calendar(struct wv_buf *out, const struct wv_visit *visit,
                          const struct wv_past *past);

#endif
