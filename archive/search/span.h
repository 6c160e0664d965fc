#ifndef WV_ARCHIVE_SEARCH_SPAN_H
#define WV_ARCHIVE_SEARCH_SPAN_H

#include <stdint.h>

#include "config/base/bytes.h"

/*
 * Which text a page had: a rectangle of captured time by recorded time (index.h). Packed, 256
 * texts a row, so that a query passes over many without asking the database for each:
 *
 *   u32 text | u32 page | u32 meta | u32 flags
 *   u64 from, to | u64 known_from, known_to | u64 when       little endian, 56 bytes
 */
#define WV_SPAN_BYTES 56u
#define WV_SPAN_CHUNK 256u /* texts a row */
#define WV_SPAN_OPEN  INT64_MAX

enum wv_span_flag {
	WV_SPAN_PUBLISHED = 1u << 0, /* `when` is what the page states; else when it was first seen */
};
struct wv_span {
	uint32_t text, page, meta, flags;
	int64_t from, to;             /* captured, us: from <= T < to */
	int64_t known_from, known_to; /* recorded, us */
	int64_t when;                 /* the article's own time, us */
};

static inline uint64_t wv_span_u64(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	       (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}
/* Its text alone: most spans of a chunk are of none that is looked for. */
static inline uint32_t wv_span_text(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline struct wv_span wv_span_decode(const unsigned char *p)
{
	uint64_t a = wv_span_u64(p), b = wv_span_u64(p + 8);

	return (struct wv_span){
		.text = (uint32_t)a,
		.page = (uint32_t)(a >> 32),
		.meta = (uint32_t)b,
		.flags = (uint32_t)(b >> 32),
		.from = (int64_t)wv_span_u64(p + 16),
		.to = (int64_t)wv_span_u64(p + 24),
		.known_from = (int64_t)wv_span_u64(p + 32),
		.known_to = (int64_t)wv_span_u64(p + 40),
		.when = (int64_t)wv_span_u64(p + 48),
	};
}
static inline void wv_span_encode(const struct wv_span *span, struct wv_buf *out)
{
	wv_buf_add_u32(out, span->text);
	wv_buf_add_u32(out, span->page);
	wv_buf_add_u32(out, span->meta);
	wv_buf_add_u32(out, span->flags);
	wv_buf_add_u64(out, (uint64_t)span->from);
	wv_buf_add_u64(out, (uint64_t)span->to);
	wv_buf_add_u64(out, (uint64_t)span->known_from);
	wv_buf_add_u64(out, (uint64_t)span->known_to);
	wv_buf_add_u64(out, (uint64_t)span->when);
}

/* Is it what the page had at (T, K)? INT64_MAX: unbounded. */
static inline bool wv_span_holds(const struct wv_span *span, int64_t at, int64_t known_at)
{
	return span->from <= at && (at < span->to || span->to == WV_SPAN_OPEN) &&
	       span->known_from <= known_at &&
	       (known_at < span->known_to || span->known_to == WV_SPAN_OPEN);
}

#endif
