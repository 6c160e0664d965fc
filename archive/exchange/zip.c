#include "archive/exchange/zip.h"

#include <stdlib.h>

#include "archive/store/codec.h"
#include "config/base/limits.h"

#define DIRECTORY_CAP (64u * WV_MIB)
#define LARGE         UINT32_MAX
#define VERSION_PLAIN 10u
#define VERSION_LARGE 45u
#define HOLLOW_FIELD  0x5756u /* ours: room that becomes a ZIP64 field when an entry turns out large */
#define LARGE_FIELD   0x0001u
#define UTF8_NAMES    0x0800u

struct wv_zip {
	struct wv_output *output;
	uint64_t large_from;
	uint16_t date, time;
	struct wv_buf directory;
	uint64_t entries;
	/* The entry under way. */
	bool is_open;
	const char *name;
	uint64_t header_at, bytes;
	uint32_t crc;
	struct wv_digest_stream *digest;
};

enum wv_status wv_zip_new(struct wv_output *output, const struct wv_zip_options *options,
                          struct wv_zip **out, struct wv_err *err)
{
	struct wv_zip *zip = calloc(1, sizeof(*zip));
	struct wv_civil c = wv_civil_of_time(options->modified);

	if (!zip)
		return wv_err_set(err, WV_NOMEM, "out of memory for a ZIP file");
	if (!wv_output_is_file(output)) {
		wv_zip_free(&zip);
		return wv_err_set(err, WV_USAGE, "a ZIP file cannot be written to a pipe or a device");
	}
	zip->output = output;
	zip->large_from = options->large_from ? options->large_from : LARGE;
	if (c.year >= 1980 && c.year < 2108) {
		zip->date = (uint16_t)((c.year - 1980) << 9 | c.month << 5 | c.day);
		zip->time = (uint16_t)(c.hour << 11 | c.minute << 5 | c.second / 2);
	} else {
		zip->date = 1 << 5 | 1;
	}
	wv_buf_init(&zip->directory, DIRECTORY_CAP);
	*out = zip;
	return WV_OK;
}

void wv_zip_free(struct wv_zip **zip)
{
	if (!*zip)
		return;
	wv_buf_done(&(*zip)->directory);
	wv_digest_stream_free(&(*zip)->digest);
	free(*zip);
	*zip = NULL;
}

/* APPNOTE 4.3.7. */
static void add_local_header(const struct wv_zip *zip, bool is_large, struct wv_buf *out)
{
	struct wv_slice name = wv_slice_of(zip->name);
	uint32_t bytes = is_large ? LARGE : (uint32_t)zip->bytes;

	wv_buf_add_u32(out, 0x04034b50);
	wv_buf_add_u16(out, is_large ? VERSION_LARGE : VERSION_PLAIN);
	wv_buf_add_u16(out, UTF8_NAMES);
	wv_buf_add_u16(out, 0); /* stored */
	wv_buf_add_u16(out, zip->time);
	wv_buf_add_u16(out, zip->date);
	wv_buf_add_u32(out, zip->crc);
	wv_buf_add_u32(out, bytes);
	wv_buf_add_u32(out, bytes);
	wv_buf_add_u16(out, (uint16_t)name.n);
	wv_buf_add_u16(out, 20);
	wv_buf_add(out, name);
	wv_buf_add_u16(out, is_large ? LARGE_FIELD : HOLLOW_FIELD);
	wv_buf_add_u16(out, 16);
	wv_buf_add_u64(out, is_large ? zip->bytes : 0);
	wv_buf_add_u64(out, is_large ? zip->bytes : 0);
}

/*
 * APPNOTE 4.3.12, with 4.5.3 where it is needed: only the numbers that do not fit, in this order. An
 * entry without any extra field here is taken by readers (wabac) to have none in its local header.
 */
static void add_directory_entry(struct wv_zip *zip, bool is_large, struct wv_buf *out)
{
	struct wv_slice name = wv_slice_of(zip->name);
	bool is_far = zip->header_at >= zip->large_from;
	uint32_t bytes = is_large ? LARGE : (uint32_t)zip->bytes;
	uint16_t extra = (uint16_t)((is_large ? 16 : 0) + (is_far ? 8 : 0));
	uint16_t version = extra ? VERSION_LARGE : VERSION_PLAIN;

	wv_buf_add_u32(out, 0x02014b50);
	wv_buf_add_u16(out, (uint16_t)(3u << 8 | VERSION_LARGE)); /* made by: Unix */
	wv_buf_add_u16(out, version);
	wv_buf_add_u16(out, UTF8_NAMES);
	wv_buf_add_u16(out, 0);
	wv_buf_add_u16(out, zip->time);
	wv_buf_add_u16(out, zip->date);
	wv_buf_add_u32(out, zip->crc);
	wv_buf_add_u32(out, bytes);
	wv_buf_add_u32(out, bytes);
	wv_buf_add_u16(out, (uint16_t)name.n);
	wv_buf_add_u16(out, (uint16_t)(extra + 4));
	wv_buf_add_u16(out, 0); /* comment */
	wv_buf_add_u16(out, 0); /* disk */
	wv_buf_add_u16(out, 0);
	wv_buf_add_u32(out, (uint32_t)(0100644u << 16)); /* a regular file, rw-r--r-- */
	wv_buf_add_u32(out, is_far ? LARGE : (uint32_t)zip->header_at);
	wv_buf_add(out, name);
	wv_buf_add_u16(out, extra ? LARGE_FIELD : HOLLOW_FIELD);
	wv_buf_add_u16(out, extra);
	if (is_large) {
		wv_buf_add_u64(out, zip->bytes);
		wv_buf_add_u64(out, zip->bytes);
	}
	if (is_far)
		wv_buf_add_u64(out, zip->header_at);
}

enum wv_status wv_zip_begin(struct wv_zip *zip, const char *name, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf header = {.cap = WV_KIB};
	enum wv_status st;

	WV_ASSERT(!zip->is_open);
	zip->is_open = true;
	zip->name = name;
	zip->header_at = wv_output_at(zip->output);
	zip->bytes = 0;
	zip->crc = 0;
	st = wv_digest_stream_new(&zip->digest, err);
	add_local_header(zip, false, &header);
	if (st == WV_OK)
		st = wv_buf_finish(&header, "ZIP header", err);
	return st == WV_OK ? wv_output_add(zip->output, wv_buf_slice(&header), err) : st;
}

enum wv_status wv_zip_add(void *context, struct wv_slice bytes, struct wv_err *err)
{
	struct wv_zip *zip = context;

	WV_ASSERT(zip->is_open);
	zip->crc = wv_codec_crc32(zip->crc, bytes);
	wv_digest_stream_add(zip->digest, bytes);
	zip->bytes += bytes.n;
	return wv_output_add(zip->output, bytes, err);
}

enum wv_status wv_zip_end(struct wv_zip *zip, struct wv_zip_entry *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf header = {.cap = WV_KIB};
	bool is_large = zip->bytes >= zip->large_from;
	enum wv_status st;

	WV_ASSERT(zip->is_open);
	zip->is_open = false;
	zip->entries++;
	out->bytes = zip->bytes;
	out->digest = wv_digest_stream_finish(zip->digest);
	wv_digest_stream_free(&zip->digest);
	add_local_header(zip, is_large, &header);
	add_directory_entry(zip, is_large, &zip->directory);
	st = wv_buf_finish(&header, "ZIP header", err);
	if (st == WV_OK)
		st = wv_buf_finish(&zip->directory, "ZIP directory", err);
	return st == WV_OK ? wv_output_patch(zip->output, zip->header_at, wv_buf_slice(&header), err)
	                   : st;
}

/* APPNOTE 4.3.14, 4.3.15. */
static void add_large_end(const struct wv_zip *zip, uint64_t at, struct wv_buf *out)
{
	uint64_t record_at = at + zip->directory.n;

	wv_buf_add_u32(out, 0x06064b50);
	wv_buf_add_u64(out, 44);
	wv_buf_add_u16(out, (uint16_t)(3u << 8 | VERSION_LARGE));
	wv_buf_add_u16(out, VERSION_LARGE);
	wv_buf_add_u32(out, 0);
	wv_buf_add_u32(out, 0);
	wv_buf_add_u64(out, zip->entries);
	wv_buf_add_u64(out, zip->entries);
	wv_buf_add_u64(out, zip->directory.n);
	wv_buf_add_u64(out, at);
	wv_buf_add_u32(out, 0x07064b50);
	wv_buf_add_u32(out, 0);
	wv_buf_add_u64(out, record_at);
	wv_buf_add_u32(out, 1);
}

enum wv_status wv_zip_finish(struct wv_zip *zip, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf end = {.cap = WV_KIB};
	uint64_t at = wv_output_at(zip->output);
	bool is_far = at >= zip->large_from;
	enum wv_status st;

	WV_ASSERT(!zip->is_open && zip->entries < UINT16_MAX);
	if (is_far)
		add_large_end(zip, at, &end);
	wv_buf_add_u32(&end, 0x06054b50); /* 4.3.16 */
	wv_buf_add_u16(&end, 0);
	wv_buf_add_u16(&end, 0);
	wv_buf_add_u16(&end, (uint16_t)zip->entries);
	wv_buf_add_u16(&end, (uint16_t)zip->entries);
	wv_buf_add_u32(&end, (uint32_t)zip->directory.n);
	wv_buf_add_u32(&end, is_far ? LARGE : (uint32_t)at);
	wv_buf_add_u16(&end, 0);
	st = wv_buf_finish(&end, "ZIP directory", err);
	if (st == WV_OK)
		st = wv_output_add(zip->output, wv_buf_slice(&zip->directory), err);
	return st == WV_OK ? wv_output_add(zip->output, wv_buf_slice(&end), err) : st;
}
