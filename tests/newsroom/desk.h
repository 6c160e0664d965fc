#ifndef TESTS_NEWSROOM_DESK_H
#define TESTS_NEWSROOM_DESK_H

#include <stdatomic.h>

#include "tests/newsroom/page.h"

/*
 * Which answer a path gets, at one instant. What comes back depends on the clock, and in two of
 * the Night Ledger's traps on who asked before; nothing else is remembered.
 */
struct newsroom_desk {
	const struct newsroom_press *press;
	uint16_t port;
	_Atomic uint64_t session;     /* the forum deals out a new number with every link */
	_Atomic int64_t busy_from_us; /* when the busy report was asked for first; 0 never */
};

struct newsroom_reply {
	unsigned status;
	const char *type;         /* Content-Type */
	struct wv_buf body;       /* before any content coding; owned */
	struct wv_slice location; /* in the scene's arena */
	struct wv_time changed;   /* Last-Modified; WV_TIME_NONE: without */
	uint32_t retry_after_s;   /* 0: without */
	bool has_etag;
	bool may_encode; /* gzip or deflate, as the publisher does */
	bool is_chunked; /* without Content-Length */
};

/* `target` is the request's path and query as they came. The body has scene->publisher's charset.
 */
WV_MUST_USE enum wv_status newsroom_desk_answer(struct newsroom_desk *desk,
						const struct newsroom_scene *scene,
						struct wv_slice target, struct newsroom_reply *out,
						struct wv_err *err);

/* trap.c: the Night Ledger's own paths; false: it is none of them. */
bool newsroom_trap_answer(struct newsroom_desk *desk, const struct newsroom_scene *scene,
			  struct wv_slice path, struct newsroom_reply *out);

/* One JSON line an article that exists at scene->now: url, status, title, published, language. */
void newsroom_desk_inventory(const struct newsroom_scene *scene, struct wv_buf *out);

/* gzip, or zlib ("deflate"); for sitemaps and content codings. */
WV_MUST_USE enum wv_status newsroom_deflate(struct wv_slice in, bool is_gzip, struct wv_buf *out,
					    struct wv_err *err);

#define NEWSROOM_BODY_MAX (4u << 20)

#endif
