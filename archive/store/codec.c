#include "archive/store/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "config/base/checked.h"

#define BODY_WINDOW_BITS 15
#define BODY_MEMORY      8
#define SMALL_BITS       10 /* smaller ones do not repay */
/* Header blocks are short: a small window costs less to set up than to use. */
#define TEXT_WINDOW_BITS 13
#define TEXT_MEMORY      5
#define LEVEL            6

struct shape {
	int window_bits, memory;
	struct wv_slice dictionary;
};

static Bytef *zlib_bytes(struct wv_slice s)
{
	return (Bytef *)(uintptr_t)s.p; /* zlib's interface has no const here; it only reads */
}

/* The part of a dictionary that the window can reach. */
static struct wv_slice dictionary_of(struct wv_slice dictionary)
{
	size_t most = (size_t)1 << TEXT_WINDOW_BITS;

	return wv_slice_from(dictionary, dictionary.n > most ? dictionary.n - most : 0);
}

static enum wv_status deflate_as(const struct shape *shape, struct wv_slice in, struct wv_buf *out,
                                 struct wv_err *err)
{
	z_stream z = {0};
	unsigned char *at;
	uLong bound;
	int rc;

	if (in.n > UINT_MAX / 2)
		return wv_err_set(err, WV_LIMIT, "too large to compress: %zu bytes", in.n);
	if (deflateInit2(&z, LEVEL, Z_DEFLATED, -shape->window_bits, shape->memory,
	                 Z_DEFAULT_STRATEGY) != Z_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	rc = Z_OK;
	if (shape->dictionary.n)
		rc = deflateSetDictionary(&z, shape->dictionary.p, (uInt)shape->dictionary.n);
	bound = deflateBound(&z, (uLong)in.n);
	at = wv_buf_room(out, bound);
	if (!at || rc != Z_OK) {
		deflateEnd(&z);
		return rc != Z_OK ? wv_err_set(err, WV_BUG, "deflate: bad dictionary")
		                  : wv_buf_finish(out, "compressed bytes", err);
	}
	z.next_in = zlib_bytes(in);
	z.avail_in = (uInt)in.n;
	z.next_out = at;
	z.avail_out = (uInt)bound;
	rc = deflate(&z, Z_FINISH);
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return wv_err_set(err, WV_BUG, "deflate did not finish");
	out->n += bound - z.avail_out;
	return WV_OK;
}

/* Deflate makes at most 1,032 bytes of one (zlib's technical notes), and what it has taken in may
 * still owe some: for more, a size is forged, and no room is made. */
#define RATIO_MAX 1032u
#define OWED_MAX  16u

static bool can_give(size_t in, size_t raw_bytes)
{
	return raw_bytes / RATIO_MAX <= in + OWED_MAX;
}

static enum wv_status inflate_as(const struct shape *shape, struct wv_slice in, size_t raw_bytes,
                                 struct wv_buf *out, struct wv_err *err)
{
	unsigned char beyond; /* room for one byte more than there should be */
	z_stream z = {0};
	unsigned char *at;
	bool is_exact;
	int rc = Z_OK;

	if (in.n > UINT_MAX / 2 || raw_bytes > UINT_MAX / 2 || !can_give(in.n, raw_bytes))
		return wv_err_set(err, WV_DAMAGED, "impossible size of a compressed record");
	at = wv_buf_room(out, wv_max_size(raw_bytes, 1));
	if (!at)
		return wv_buf_finish(out, "inflated bytes", err);
	if (inflateInit2(&z, -shape->window_bits) != Z_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (shape->dictionary.n)
		rc = inflateSetDictionary(&z, shape->dictionary.p, (uInt)shape->dictionary.n);
	z.next_in = zlib_bytes(in);
	z.avail_in = (uInt)in.n;
	z.next_out = raw_bytes ? at : &beyond;
	z.avail_out = raw_bytes ? (uInt)raw_bytes : 1;
	if (rc == Z_OK)
		rc = inflate(&z, Z_FINISH);
	if (rc == Z_BUF_ERROR && z.avail_out == 0) {
		/* The output is full; a stream of the right length has only its end left. */
		z.next_out = &beyond;
		z.avail_out = 1;
		rc = inflate(&z, Z_FINISH);
	}
	is_exact = rc == Z_STREAM_END && z.avail_in == 0 && z.total_out == raw_bytes;
	inflateEnd(&z);
	if (rc == Z_MEM_ERROR)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (!is_exact)
		return wv_err_set(err, WV_DAMAGED, "a compressed record does not decode");
	out->n += raw_bytes;
	return WV_OK;
}

/*
 * For so many bytes: a window that holds them all finds what a larger one would, and setting a
 * large one up takes a third of the time that an article's text does. 262: zlib's MIN_LOOKAHEAD,
 * which it keeps free. Any of them is read with BODY_WINDOW_BITS.
 */
static struct shape body_shape(size_t n)
{
	struct shape shape = {SMALL_BITS, BODY_MEMORY, WV_SLICE_NONE};

	while (shape.window_bits < BODY_WINDOW_BITS && n + 262 > (size_t)1 << shape.window_bits)
		shape.window_bits++;
	if (shape.window_bits < BODY_WINDOW_BITS)
		shape.memory = shape.window_bits - 6;
	return shape;
}

enum wv_status wv_codec_deflate(struct wv_slice in, struct wv_buf *out, struct wv_err *err)
{
	const struct shape shape = body_shape(in.n);

	return deflate_as(&shape, in, out, err);
}

enum wv_status wv_codec_inflate(struct wv_slice in, size_t raw_bytes, struct wv_buf *out,
                                struct wv_err *err)
{
	const struct shape shape = {BODY_WINDOW_BITS, BODY_MEMORY, WV_SLICE_NONE};

	return inflate_as(&shape, in, raw_bytes, out, err);
}

enum wv_status wv_codec_deflate_text(struct wv_slice dictionary, struct wv_slice in,
                                     struct wv_buf *out, struct wv_err *err)
{
	const struct shape shape = {TEXT_WINDOW_BITS, TEXT_MEMORY, dictionary_of(dictionary)};

	return deflate_as(&shape, in, out, err);
}

enum wv_status wv_codec_inflate_text(struct wv_slice dictionary, struct wv_slice in,
                                     size_t raw_bytes, struct wv_buf *out, struct wv_err *err)
{
	const struct shape shape = {TEXT_WINDOW_BITS, TEXT_MEMORY, dictionary_of(dictionary)};

	return inflate_as(&shape, in, raw_bytes, out, err);
}

/* --- streams in parts --- */

struct wv_codec_writer {
	z_stream z;
};

struct wv_codec_reader {
	z_stream z;
	bool is_at_end;
};

static struct wv_slice context_of(struct wv_slice context)
{
	return wv_slice_from(context, context.n > WV_CODEC_CONTEXT_BYTES
	                                      ? context.n - WV_CODEC_CONTEXT_BYTES
	                                      : 0);
}

enum wv_status wv_codec_writer_new(struct wv_codec_writer **out, struct wv_err *err)
{
	struct wv_codec_writer *writer = calloc(1, sizeof *writer);

	if (!writer || deflateInit2(&writer->z, LEVEL, Z_DEFLATED, -BODY_WINDOW_BITS, BODY_MEMORY,
	                            Z_DEFAULT_STRATEGY) != Z_OK) {
		free(writer);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	*out = writer;
	return WV_OK;
}

void wv_codec_writer_free(struct wv_codec_writer **writer)
{
	if (!*writer)
		return;
	deflateEnd(&(*writer)->z);
	free(*writer);
	*writer = NULL;
}

/* More than deflateBound, which knows nothing of a block that is closed before its time. */
#define FLUSH_SLACK 64u

enum wv_status wv_codec_write(struct wv_codec_writer *writer, struct wv_slice context,
                              struct wv_slice bytes, bool is_last, struct wv_buf *out,
                              struct wv_err *err)
{
	struct wv_slice dictionary = context_of(context);
	z_stream *z = &writer->z;
	unsigned char *at;
	uLong bound;
	int rc = Z_OK;

	if (bytes.n > UINT_MAX / 2)
		return wv_err_set(err, WV_LIMIT, "too large to compress: %zu bytes", bytes.n);
	if (dictionary.n)
		rc = deflateSetDictionary(z, dictionary.p, (uInt)dictionary.n);
	bound = deflateBound(z, (uLong)bytes.n) + FLUSH_SLACK;
	at = wv_buf_room(out, bound);
	if (rc != Z_OK)
		return wv_err_set(err, WV_BUG, "deflate: bad context");
	if (!at)
		return wv_buf_finish(out, "compressed bytes", err);
	z->next_in = zlib_bytes(bytes);
	z->avail_in = (uInt)bytes.n;
	z->next_out = at;
	z->avail_out = (uInt)bound;
	rc = deflate(z, is_last ? Z_FINISH : Z_BLOCK);
	/* Nothing to do is no fault of an empty part. */
	if (is_last ? rc != Z_STREAM_END : (rc != Z_OK && rc != Z_BUF_ERROR) || z->avail_in)
		return wv_err_set(err, WV_BUG, "deflate did not finish");
	out->n += bound - z->avail_out;
	return WV_OK;
}

enum wv_status wv_codec_reader_new(struct wv_slice in, struct wv_codec_reader **out,
                                   struct wv_err *err)
{
	struct wv_codec_reader *reader;

	if (in.n > UINT_MAX / 2)
		return wv_err_set(err, WV_DAMAGED, "impossible size of a compressed record");
	reader = calloc(1, sizeof *reader);
	if (!reader || inflateInit2(&reader->z, -BODY_WINDOW_BITS) != Z_OK) {
		free(reader);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	reader->z.next_in = zlib_bytes(in);
	reader->z.avail_in = (uInt)in.n;
	*out = reader;
	return WV_OK;
}

void wv_codec_reader_free(struct wv_codec_reader **reader)
{
	if (!*reader)
		return;
	inflateEnd(&(*reader)->z);
	free(*reader);
	*reader = NULL;
}

/* What is left of the stream must be its end and no byte more. */
static bool ends_here(struct wv_codec_reader *reader)
{
	unsigned char beyond;

	if (!reader->is_at_end) {
		reader->z.next_out = &beyond;
		reader->z.avail_out = 1;
		reader->is_at_end =
			inflate(&reader->z, Z_FINISH) == Z_STREAM_END && reader->z.avail_out == 1;
	}
	return reader->is_at_end && reader->z.avail_in == 0;
}

enum wv_status wv_codec_read(struct wv_codec_reader *reader, struct wv_slice context,
                             size_t raw_bytes, bool is_last, struct wv_buf *out, struct wv_err *err)
{
	struct wv_slice dictionary = context_of(context);
	z_stream *z = &reader->z;
	unsigned char *at;
	int rc = Z_OK;

	if (raw_bytes > UINT_MAX / 2 || !can_give(z->avail_in, raw_bytes))
		return wv_err_set(err, WV_DAMAGED, "impossible size of a compressed record");
	at = wv_buf_room(out, wv_max_size(raw_bytes, 1));
	if (!at)
		return wv_buf_finish(out, "inflated bytes", err);
	if (dictionary.n)
		rc = inflateSetDictionary(z, dictionary.p, (uInt)dictionary.n);
	z->next_out = at;
	if (rc == Z_OK && raw_bytes && !reader->is_at_end) {
		z->avail_out = (uInt)raw_bytes;
		rc = inflate(z, Z_SYNC_FLUSH);
		reader->is_at_end = rc == Z_STREAM_END;
	}
	if (rc == Z_MEM_ERROR)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if ((rc != Z_OK && rc != Z_STREAM_END) || (raw_bytes && z->next_out != at + raw_bytes) ||
	    (is_last && !ends_here(reader)))
		return wv_err_set(err, WV_DAMAGED, "a compressed record does not decode");
	out->n += raw_bytes;
	return WV_OK;
}

enum wv_status wv_codec_gzip(const struct wv_slice *parts, size_t count, struct wv_buf *out,
                             struct wv_err *err)
{
	gz_header header = {.os = 255}; /* unknown: no byte that differs from machine to machine */
	z_stream z = {0};
	size_t total = 0;
	unsigned char *at;
	uLong bound;
	int rc = Z_OK;

	for (size_t i = 0; i < count; i++)
		if (!wv_add(total, parts[i].n, &total) || total > UINT_MAX / 2)
			return wv_err_set(err, WV_LIMIT, "too large to compress: %zu bytes", total);
	if (deflateInit2(&z, LEVEL, Z_DEFLATED, 16 + BODY_WINDOW_BITS, BODY_MEMORY,
	                 Z_DEFAULT_STRATEGY) != Z_OK)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	deflateSetHeader(&z, &header);
	bound = deflateBound(&z, (uLong)total);
	at = wv_buf_room(out, bound);
	if (!at) {
		deflateEnd(&z);
		return wv_buf_finish(out, "compressed bytes", err);
	}
	z.next_out = at;
	z.avail_out = (uInt)bound;
	for (size_t i = 0; i < count && rc == Z_OK; i++) {
		z.next_in = zlib_bytes(parts[i]);
		z.avail_in = (uInt)parts[i].n;
		rc = deflate(&z, i + 1 < count ? Z_NO_FLUSH : Z_FINISH);
		rc = rc == Z_BUF_ERROR && i + 1 < count ? Z_OK : rc; /* an empty part */
	}
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return wv_err_set(err, WV_BUG, "deflate did not finish");
	out->n += bound - z.avail_out;
	return WV_OK;
}

uint32_t wv_codec_crc32(uint32_t crc, struct wv_slice bytes)
{
	return (uint32_t)crc32_z(crc, bytes.p, bytes.n);
}
