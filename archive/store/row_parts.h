#ifndef WV_ARCHIVE_STORE_ROW_PARTS_H
#define WV_ARCHIVE_STORE_ROW_PARTS_H

#include "config/base/bytes.h"
#include "config/base/digest.h"

/* The pieces that record.c and row.c build their rows of. Not for others. */

/* Each row begins with its own version; all are 1 in format 1. */
#define WV_ROW_VERSION 1

static inline void wv_row_add_digest(struct wv_buf *out, const struct wv_digest *digest)
{
	wv_buf_add_bytes(out, digest->b, WV_DIGEST_BYTES);
}

static inline struct wv_digest wv_row_digest(struct wv_cursor *c)
{
	struct wv_slice bytes = wv_cursor_bytes(c, WV_DIGEST_BYTES);
	struct wv_digest digest = {{0}};

	if (bytes.n == WV_DIGEST_BYTES)
		memcpy(digest.b, bytes.p, WV_DIGEST_BYTES);
	return digest;
}

static inline bool wv_row_is_zero(const struct wv_digest *digest)
{
	static const struct wv_digest zero;

	return wv_digest_equals(digest, &zero);
}

/* A bit field of a row: anything above `known` is damage. */
static inline uint8_t wv_row_bits(struct wv_cursor *c, unsigned known)
{
	uint8_t bits = wv_cursor_u8(c);

	if (bits & ~known)
		c->failed = true;
	return bits;
}

static inline uint32_t wv_row_u32(struct wv_cursor *c)
{
	uint64_t value = wv_cursor_varint(c);

	if (value > UINT32_MAX) {
		c->failed = true;
		return 0;
	}
	return (uint32_t)value;
}

static inline bool wv_row_ended(const struct wv_cursor *c)
{
	return !c->failed && wv_cursor_left(c) == 0;
}

static inline struct wv_slice wv_row_rest(struct wv_cursor *c)
{
	return wv_cursor_bytes(c, wv_cursor_left(c));
}

#endif
