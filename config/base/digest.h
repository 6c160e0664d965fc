#ifndef WV_CONFIG_BASE_DIGEST_H
#define WV_CONFIG_BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/* SHA-256 and its spellings; the bytes come from OpenSSL's libcrypto. */
#define WV_DIGEST_BYTES 32
struct wv_digest {
	unsigned char b[WV_DIGEST_BYTES];
};

struct wv_digest wv_digest_of(struct wv_slice bytes);

/* SHA-1, only to check what others labelled with it: nobody's identity here. */
#define WV_SHA1_BYTES 20
void wv_digest_sha1(struct wv_slice bytes, unsigned char out[WV_SHA1_BYTES]);

/* Streaming. `new` can fail for memory only; `finish` may be called once. */
struct wv_digest_stream;
WV_MUST_USE enum wv_status wv_digest_stream_new(struct wv_digest_stream **out, struct wv_err *err);
void wv_digest_stream_add(struct wv_digest_stream *stream, struct wv_slice bytes);
struct wv_digest wv_digest_stream_finish(struct wv_digest_stream *stream);
void wv_digest_stream_free(struct wv_digest_stream **stream);

static inline bool wv_digest_equals(const struct wv_digest *a, const struct wv_digest *b)
{
	return memcmp(a->b, b->b, WV_DIGEST_BYTES) == 0;
}

#define WV_DIGEST_HEX_MAX 65
const char *wv_digest_print(const struct wv_digest *digest, char hex[WV_DIGEST_HEX_MAX]);
/* 64 hexadecimal digits of either case. */
bool wv_digest_parse(struct wv_slice hex, struct wv_digest *out);
/* Bytes no one can guess, from the system. WV_IO if it has none. */
WV_MUST_USE enum wv_status wv_random_bytes(void *out, size_t n, struct wv_err *err);

#endif
