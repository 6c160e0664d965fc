#ifndef WV_ARCHIVE_VIEW_PULSE_H
#define WV_ARCHIVE_VIEW_PULSE_H

#include "archive/view/visit.h"

/*
 * Charts of the archive from its running totals (archive/store/tally.h): what was captured each day,
 * how much of it was new, how the archive grew, and each source in a row. Needs visit->tally;
 * without it the page says so. Of a visit that names an instant only days that were over by then.
 */
#define WV_VIEW_PULSE_DAYS     90u
#define WV_VIEW_PULSE_DAYS_MAX 730u

struct wv_view_pulse_query {
	unsigned days; /* 0: WV_VIEW_PULSE_DAYS */
};
WV_MUST_USE enum wv_status wv_view_pulse(struct wv_visit *visit,
                                         const struct wv_view_pulse_query *query,
                                         struct wv_buf *out, struct wv_err *err);

/* The chart of one source (its number, wv_source_totals), for its own page. */
void wv_pulse_source(struct wv_buf *out, const struct wv_visit *visit, uint32_t source,
                     struct wv_slice name);

#endif
