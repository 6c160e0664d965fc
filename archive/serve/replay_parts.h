#ifndef WV_ARCHIVE_SERVE_REPLAY_PARTS_H
#define WV_ARCHIVE_SERVE_REPLAY_PARTS_H

#include "archive/serve/replay.h"

/*
 * Inside of replay: which memento an address means (replay.c), how its body is sent
 * (replay_answer.c), and what kind of content that is (replay_content.c). Not for others.
 */

/*
 * `sandbox` without allow-scripts and allow-same-origin: nothing runs, no form is sent, no plug-in
 * starts, and what is shown has an origin of its own. A link may lead the whole window on, but only
 * where a person follows it, and all links lead into the archive.
 */
#define WV_REPLAY_POLICY                                                                              \
	"sandbox allow-top-navigation-by-user-activation; default-src 'none'; img-src 'self' data:; "  \
	"media-src 'self' data:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; frame-src "  \
	"'self'; form-action 'none'; base-uri 'none'"
/* The bytes as they were lead nowhere, so they may load nothing at all. */
#define WV_RAW_POLICY                                                                                 \
	"sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; "  \
	"base-uri 'none'; frame-ancestors 'none'"

/* Is its modifier this one? One for what a page is made of? For what stands in a frame? */
bool wv_web_is(const struct wv_web *web, const char *modifier);
bool wv_web_is_requisite(const struct wv_web *web);
bool wv_web_is_framed(const struct wv_web *web);

void wv_replay_add(struct wv_call *call, const char *name, struct wv_slice value);

enum wv_content {
	WV_CONTENT_HTML,
	WV_CONTENT_STYLE,
	WV_CONTENT_SCRIPT,
	WV_CONTENT_XML,   /* also SVG: as documents they may link, and warm up connections */
	WV_CONTENT_IMAGE,
	WV_CONTENT_OTHER,
};
#define WV_CONTENT_START_BYTES 64u
/* By its type, and where it has none by how the body starts. */
enum wv_content wv_content_of(const struct wv_capture *capture, struct wv_slice start);
/* Its own Content-Type where that is the type it was taken for, and starts nothing. */
struct wv_slice wv_content_type(const struct wv_capture *capture, enum wv_content content);
bool wv_content_is_font(struct wv_slice start);
/*
 * May a browser show its bytes? No policy keeps one from warming up connections that a document
 * names, so what it might take for a document is handed to it as a file.
 */
bool wv_content_is_shown_raw(const struct wv_capture *capture, enum wv_content content);

/* The memento itself: its bytes, or the page of ours around it. */
WV_MUST_USE enum wv_status wv_replay_answer(struct wv_call *call,
                                            const struct wv_original *original,
                                            const struct wv_capture *capture,
                                            const struct wv_web *web, struct wv_err *err);

#endif
