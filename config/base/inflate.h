#ifndef WV_CONFIG_BASE_INFLATE_H
#define WV_CONFIG_BASE_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Inflating foreign bytes (RFC 1950 to 1952) under caps on the output and on its ratio to the
 * input, piece by piece. zlib stops here and in archive/store/codec.c.
 */
enum wv_inflate_form {
	WV_INFLATE_GZIP,    /* members one after another; trailing garbage ends it well */
	WV_INFLATE_DEFLATE, /* what HTTP calls deflate: zlib, or raw by mistake; told by the start */
	WV_INFLATE_RAW,
	WV_INFLATE_AUTO,    /* gzip by its magic, otherwise the bytes themselves; a lone 1f is cut gzip */
	WV_INFLATE_MEMBER,  /* one gzip member and nothing after it; see wv_inflate_taken */
};

struct wv_inflate_caps {
	uint64_t out_bytes;  /* output above this is WV_LIMIT */
	uint32_t ratio;      /* output over input above this is WV_LIMIT ... */
	uint64_t ratio_free; /* ... once the output is larger than this */
};

struct wv_inflate;
WV_MUST_USE enum wv_status wv_inflate_new(enum wv_inflate_form form, struct wv_inflate_caps caps,
                                          struct wv_inflate **out, struct wv_err *err);
void wv_inflate_free(struct wv_inflate **inflate);
/*
 * Decodes `in` and appends to `out`. WV_BAD_INPUT: not that format (what was decoded so far is in
 * `out`); WV_LIMIT: a cap. After a failure every further call fails the same way.
 */
WV_MUST_USE enum wv_status wv_inflate_feed(struct wv_inflate *inflate, struct wv_slice in,
                                           struct wv_buf *out, struct wv_err *err);
/* Has the stream come to its proper end? A cut one has not. */
bool wv_inflate_is_complete(const struct wv_inflate *inflate);
/* Input used so far: of a MEMBER that has ended, where the next one begins. */
uint64_t wv_inflate_taken(const struct wv_inflate *inflate);

/* All at once; WV_BAD_INPUT also for a cut stream (`out` keeps what was there). */
WV_MUST_USE enum wv_status wv_inflate_all(enum wv_inflate_form form, struct wv_inflate_caps caps,
                                          struct wv_slice in, struct wv_buf *out,
                                          struct wv_err *err);

#endif
