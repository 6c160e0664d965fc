#ifndef WV_ARCHIVE_VIEW_WISHES_H
#define WV_ARCHIVE_VIEW_WISHES_H

#include <stdbool.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

struct wv_visit;
struct wv_settings;
struct wv_capture;

/*
 * What a page asked for that is judged when it is shown, not when it was captured:
 * "X-Robots-Tag: unavailable_after: 25 Jun 2026 15:00:00 GMT", the earliest of several, of a raw
 * header block. WV_TIME_NONE: nothing, or a date that is none. `then` decides two-digit years.
 * (The other wishes are flags of the capture.) Pure.
 */
struct wv_time wv_wishes_unavailable_after(struct wv_slice headers, struct wv_time then);

/*
 * What it says in its own head (<meta name=robots>) and to us by name, which the archive, that knows
 * no HTML, gets read from above. `body` is how the page begins; *out is tightened, never loosened.
 * May use `arena`; any thread.
 */
struct wv_wishes {
	bool noarchive, nosnippet, noindex;
	struct wv_time unavailable_after; /* WV_TIME_NONE: not said */
};
#define WV_WISHES_BODY_BYTES (128u * 1024u)
struct wv_wish_reader {
	enum wv_status (*read)(const struct wv_settings *settings, struct wv_arena *arena,
	                       const struct wv_capture *capture, struct wv_slice body,
	                       struct wv_wishes *out, struct wv_err *err);
};
/* All that it asks: of its flags, its header and, where the visit can read that, its head. */
WV_MUST_USE enum wv_status wv_wishes_of(const struct wv_visit *visit,
                                        const struct wv_capture *capture, struct wv_wishes *out,
                                        struct wv_err *err);
/* May its text and its bytes be shown at `now`: not after its date, and not where it asks that no
 * copy be kept, though one was. Pure. */
bool wv_wishes_show_text(const struct wv_wishes *wishes, struct wv_time now);
/* May a piece of it stand in a list? Reads the head only of a capture whose flags say that it names
 * a date; what cannot be read is not shown. */
bool wv_wishes_show_excerpt(const struct wv_visit *visit, const struct wv_capture *capture);

#endif
