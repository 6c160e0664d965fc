#ifndef WV_ARCHIVE_VIEW_WISHES_H
#define WV_ARCHIVE_VIEW_WISHES_H

#include "config/base/bytes.h"
#include "config/base/clock.h"

/*
 * What a page asked for that is judged when it is shown, not when it was captured:
 * "X-Robots-Tag: unavailable_after: 25 Jun 2026 15:00:00 GMT", the earliest of several, of a raw
 * header block. WV_TIME_NONE: nothing, or a date that is none. `then` decides two-digit years.
 * (The other wishes are flags of the capture.) Pure.
 */
struct wv_time wv_wishes_unavailable_after(struct wv_slice headers, struct wv_time then);

#endif
