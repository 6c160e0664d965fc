#ifndef WV_ARCHIVE_VIEW_FRONT_H
#define WV_ARCHIVE_VIEW_FRONT_H

#include "archive/view/visit.h"

/* The front page: the latest articles at (T, K). */
WV_MUST_USE enum wv_status wv_view_front(struct wv_visit *visit, struct wv_buf *out,
                                         struct wv_err *err);

#endif
