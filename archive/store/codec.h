#ifndef WV_ARCHIVE_STORE_CODEC_H
#define WV_ARCHIVE_STORE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
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

/*
 * One raw deflate stream in parts, each with a context: text it may be like, which goes into the
 * window before the part as if it had been written (RFC 1951 has no word for that; both sides must
 * give the same). A context counts by its last 24 KiB.
 */
#define WV_CODEC_CONTEXT_BYTES (24u * WV_KIB)
struct wv_codec_writer;
WV_MUST_USE enum wv_status wv_codec_writer_new(struct wv_codec_writer **out, struct wv_err *err);
void wv_codec_writer_free(struct wv_codec_writer **writer); /* also a WV_AUTO handler */
/* Appends what is ready to `out`, which is the same in each call. */
WV_MUST_USE enum wv_status wv_codec_write(struct wv_codec_writer *writer, struct wv_slice context,
                                          struct wv_slice bytes, bool is_last, struct wv_buf *out,
                                          struct wv_err *err);

struct wv_codec_reader;
/* `in` is borrowed until the reader is freed. */
WV_MUST_USE enum wv_status wv_codec_reader_new(struct wv_slice in, struct wv_codec_reader **out,
                                               struct wv_err *err);
void wv_codec_reader_free(struct wv_codec_reader **reader); /* also a WV_AUTO handler */
/* Appends exactly `raw_bytes`; WV_DAMAGED, with `out` as it was, where the stream has no such
 * part, or `is_last` and it does not end there. */
WV_MUST_USE enum wv_status wv_codec_read(struct wv_codec_reader *reader, struct wv_slice context,
                                         size_t raw_bytes, bool is_last, struct wv_buf *out,
                                         struct wv_err *err);

/* One gzip member (RFC 1952) of all `parts` in order, appended; the same bytes on every machine. */
WV_MUST_USE enum wv_status wv_codec_gzip(const struct wv_slice *parts, size_t count,
                                         struct wv_buf *out, struct wv_err *err);
/* CRC-32 as gzip and ZIP have it; goes on from `crc`, which is 0 at the start. */
uint32_t wv_codec_crc32(uint32_t crc, struct wv_slice bytes);

#endif
