#ifndef WV_ARCHIVE_SERVE_REPLAY_H
#define WV_ARCHIVE_SERVE_REPLAY_H

#include "archive/serve/memento.h"

/*
 * Archived pages as they were: /web/YYYYMMDDhhmmss[MODIFIER]/URL.
 *
 *   (none)   HTML: a page of ours with a banner, and the archived page in a sandboxed frame;
 *            anything else as with if_
 *   if_ mp_ fr_ fw_  the page itself: HTML rewritten to the archive, as UTF-8; a redirect or an
 *            error with its own status
 *   im_ cs_ js_ oe_  what a page is made of: by nearest time, named in Memento-Datetime
 *   id_      the bytes, as they were kept, with their header as X-Archive-Orig-*
 *
 * Bytes that go out as they are have any length: above WV_LIMIT_SERVE_MEMORY_BYTES they go by way of
 * a file without a name, and take no memory. A part of them may be asked for (Range). What would be
 * rewritten and is too long for that is 413, with the way to its bytes.
 *
 * A visit's T and K, where it names them, stand in a segment before the time (memento.h): links,
 * frames and pictures of the page keep it.
 *
 * A time that is no memento's leads to the nearest by 302, never to other bytes under its name.
 *
 * Foreign bytes are never let run or ask: HTML and style sheets are rewritten, and every answer has
 * a Content-Security-Policy that takes scripts, plug-ins, forms and its origin from it (`sandbox`)
 * and lets images, styles, fonts and frames come from this server only. Scripts go out as text, XML
 * as text or as a picture, and the bytes of what a browser might take for a document as a file.
 */

/* What a rewriter gets; slices live for the call. */
struct wv_replayed {
	bool is_style;                /* a style sheet; else HTML */
	struct wv_slice body;         /* bytes, as they were kept */
	struct wv_slice content_type; /* field of the answer; empty: none */
	struct wv_slice url;          /* of the capture: what references are resolved against */
	struct wv_slice stamp;        /* "/web/[as-of=T/]20240605054503": before modifier, "/" and URL */
};
/*
 * Rewriting knows HTML, so it comes from above: appends UTF-8 in which every reference leads into
 * the archive or nowhere. May use `arena`; any thread.
 */
struct wv_rewriter {
	enum wv_status (*rewrite)(void *context, struct wv_arena *arena,
	                          const struct wv_replayed *what, struct wv_buf *out,
	                          struct wv_err *err);
	void *context;
};

/* The path behind /web/ in its parts. */
struct wv_web {
	bool is_star;     /* "*": all of them, the history */
	bool has_when;    /* else: the latest */
	bool is_exact;    /* all 14 digits */
	struct wv_time when; /* a shorter one: its first instant */
	char modifier[4]; /* "", "id_", ... */
	struct wv_slice url;
};
/* WV_USAGE: digits that are no date. */
WV_MUST_USE enum wv_status wv_web_parse(struct wv_slice rest, struct wv_time now,
                                        struct wv_web *out, struct wv_err *err);

enum wv_status wv_route_web(struct wv_call *call, struct wv_err *err);

#endif
