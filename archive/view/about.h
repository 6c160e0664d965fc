#ifndef WV_ARCHIVE_VIEW_ABOUT_H
#define WV_ARCHIVE_VIEW_ABOUT_H

#include "archive/view/visit.h"

/* What this archive is, how a snapshot is proved, what is taken down and how, languages, and the
 * addresses for machines. */
WV_MUST_USE enum wv_status wv_view_about(struct wv_visit *visit, struct wv_buf *out,
                                         struct wv_err *err);

#endif
