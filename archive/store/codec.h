#ifndef WV_ARCHIVE_STORE_CODEC_H
#define WV_ARCHIVE_STORE_CODEC_H

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Byte strings small and back: zlib stops here. Pure; any thread.
 *
 * Raw deflate (RFC 1951) at level 6: level 9 saves 1% for half as much CPU again. Nothing is
 * stored about the length: records carry it, and decoding demands it.
 */
/* Appends to `out`. */
WV_MUST_USE enum wv_status wv_codec_deflate(struct wv_slice in, struct wv_buf *out,
                                            struct wv_err *err);
/* Appends exactly `raw_bytes`; WV_DAMAGED, with `out` as it was, if the stream gives anything else
 * or does not end with the input. */
WV_MUST_USE enum wv_status wv_codec_inflate(struct wv_slice in, size_t raw_bytes,
                                            struct wv_buf *out, struct wv_err *err);

/*
 * For small texts (header blocks): the same with a preset dictionary, of which the last 8 KiB
 * count, and a window to match. The empty dictionary is none.
 */
WV_MUST_USE enum wv_status wv_codec_deflate_text(struct wv_slice dictionary, struct wv_slice in,
                                                 struct wv_buf *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_codec_inflate_text(struct wv_slice dictionary, struct wv_slice in,
                                                 size_t raw_bytes, struct wv_buf *out,
                                                 struct wv_err *err);

#endif
