#ifndef WV_ARCHIVE_VIEW_SNAPSHOT_H
#define WV_ARCHIVE_VIEW_SNAPSHOT_H

#include "archive/view/visit.h"

/*
 * The page of one capture: its article clean, where everything about it is known from, what was
 * taken off, its proof, its copies, the same story elsewhere, more of its category. The boxes are
 * as of the snapshot's own instant unless the visitor named one; what came later stands apart.
 *
 * WV_NO: no such capture at (T, K). WV_NO with a set `refusal` (its act is not 0): taken down.
 */
WV_MUST_USE enum wv_status wv_view_snapshot(struct wv_visit *visit, uint64_t id,
                                            struct wv_fact *refusal, struct wv_buf *out,
                                            struct wv_err *err);

#endif
