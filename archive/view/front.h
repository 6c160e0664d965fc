#ifndef WV_ARCHIVE_VIEW_FRONT_H
#define WV_ARCHIVE_VIEW_FRONT_H

#include "archive/view/visit.h"

/*
 * The front page, as a newsroom wants it at (T, K): the latest articles, what was copied most and
 * what was changed without saying so of late, sources with their last capture and what the last
 * looks gave, categories. Everything comes from the newest few hundred captures, so its price does
 * not grow with the archive.
 */
WV_MUST_USE enum wv_status wv_view_front(struct wv_visit *visit, struct wv_buf *out,
                                         struct wv_err *err);

#endif
