#include "archive/exchange/zip_read.h"

#define END_BYTES        22u
#define LOCATOR_BYTES    20u
#define LARGE_END_BYTES  56u
#define ENTRY_BYTES      46u
#define LOCAL_BYTES      30u
#define COMMENT_MAX      65535u
#define LARGE            UINT32_MAX

/* Exactly n bytes at an offset. */
static enum wv_status read_bytes(const struct wv_warc_input *input, uint64_t at, size_t n,
                                 struct wv_buf *out, struct wv_err *err)
{
	wv_buf_reset(out);
	if (n > input->bytes || at > input->bytes - n)
		return wv_err_set(err, WV_BAD_INPUT, "a ZIP file that ends early");
	if (!wv_buf_room(out, n))
		return wv_buf_finish(out, "directory of a ZIP file", err);
	while (out->n < n) {
		size_t got = 0;
		enum wv_status st = input->read(input->context, at + out->n, out->p + out->n,
		                                n - out->n, &got, err);

		if (st != WV_OK)
			return st;
		if (got == 0)
			return wv_err_set(err, WV_BAD_INPUT, "a ZIP file that ends early");
		out->n += got;
	}
	return WV_OK;
}

static struct wv_cursor at_offset(const struct wv_buf *bytes, size_t at)
{
	return wv_cursor(wv_slice_from(wv_buf_slice(bytes), at));
}

/* Where the directory is. */
struct directory {
	uint64_t offset, bytes, entries;
};

/* 4.3.14 and 4.3.15, where the numbers of the short form are full. */
static enum wv_status read_large_end(const struct wv_warc_input *input, uint64_t end_at,
                                     struct wv_buf *bytes, struct directory *out,
                                     struct wv_err *err)
{
	struct wv_cursor c;
	uint64_t at;
	enum wv_status st;

	if (end_at < LOCATOR_BYTES)
		return wv_err_set(err, WV_BAD_INPUT, "no ZIP64 directory");
	st = read_bytes(input, end_at - LOCATOR_BYTES, LOCATOR_BYTES, bytes, err);
	if (st != WV_OK)
		return st;
	c = at_offset(bytes, 0);
	if (wv_cursor_u32(&c) != 0x07064b50)
		return wv_err_set(err, WV_BAD_INPUT, "no ZIP64 directory");
	(void)wv_cursor_u32(&c);
	at = wv_cursor_u64(&c);
	st = read_bytes(input, at, LARGE_END_BYTES, bytes, err);
	if (st != WV_OK)
		return st;
	c = at_offset(bytes, 0);
	if (wv_cursor_u32(&c) != 0x06064b50)
		return wv_err_set(err, WV_BAD_INPUT, "no ZIP64 directory");
	c = at_offset(bytes, 32);
	out->entries = wv_cursor_u64(&c);
	out->bytes = wv_cursor_u64(&c);
	out->offset = wv_cursor_u64(&c);
	return WV_OK;
}

/* 4.3.16: the last place that looks like it. */
static enum wv_status find_directory(const struct wv_warc_input *input, struct wv_buf *bytes,
                                     struct directory *out, struct wv_err *err)
{
	size_t tail = END_BYTES + COMMENT_MAX;
	uint64_t from;
	struct wv_cursor c;
	enum wv_status st;

	if (tail > input->bytes)
		tail = (size_t)input->bytes;
	from = input->bytes - tail;
	st = read_bytes(input, from, tail, bytes, err);
	if (st != WV_OK)
		return st;
	for (size_t at = bytes->n < END_BYTES ? 0 : bytes->n - END_BYTES + 1; at-- > 0;) {
		if (!wv_slice_starts(wv_slice_from(wv_buf_slice(bytes), at), WV_LIT("PK\x05\x06")))
			continue;
		c = at_offset(bytes, at + 10);
		out->entries = wv_cursor_u16(&c);
		out->bytes = wv_cursor_u32(&c);
		out->offset = wv_cursor_u32(&c);
		if (out->offset == LARGE || out->bytes == LARGE || out->entries == UINT16_MAX)
			return read_large_end(input, from + at, bytes, out, err);
		return WV_OK;
	}
	return wv_err_set(err, WV_BAD_INPUT, "no directory of a ZIP file");
}

/* 4.5.3: the numbers that did not fit, in this order. */
static void read_extra(struct wv_slice extra, uint64_t *bytes, uint64_t *stored, uint64_t *header)
{
	struct wv_cursor c = wv_cursor(extra);

	while (!c.failed && wv_cursor_left(&c) >= 4) {
		uint16_t id = wv_cursor_u16(&c), n = wv_cursor_u16(&c);
		struct wv_cursor field = wv_cursor(wv_cursor_bytes(&c, n));

		if (id != 1)
			continue;
		if (*bytes == LARGE)
			*bytes = wv_cursor_u64(&field);
		if (*stored == LARGE)
			*stored = wv_cursor_u64(&field);
		if (*header == LARGE)
			*header = wv_cursor_u64(&field);
		return;
	}
}

/* The content begins behind the local header, whose extra field may be another one. */
static enum wv_status find_content(const struct wv_warc_input *input, uint64_t header,
                                   struct wv_buf *bytes, struct wv_zip_part *part,
                                   struct wv_err *err)
{
	struct wv_cursor c;
	uint64_t names;
	enum wv_status st = read_bytes(input, header, LOCAL_BYTES, bytes, err);

	if (st != WV_OK)
		return st;
	c = at_offset(bytes, 0);
	if (wv_cursor_u32(&c) != 0x04034b50)
		return wv_err_set(err, WV_BAD_INPUT, "a ZIP entry that is not where the directory says");
	c = at_offset(bytes, 26);
	names = wv_cursor_u16(&c);
	names += wv_cursor_u16(&c);
	part->offset = header + LOCAL_BYTES + names;
	if (part->bytes > input->bytes || part->offset > input->bytes - part->bytes)
		return wv_err_set(err, WV_BAD_INPUT, "a ZIP entry that reaches beyond the file");
	return WV_OK;
}

/* 4.3.12 */
static enum wv_status read_entry(const struct wv_warc_input *input, struct wv_cursor *c,
                                 struct wv_arena *arena, struct wv_buf *bytes,
                                 struct wv_zip_part *part, struct wv_err *err)
{
	struct wv_cursor head = wv_cursor(wv_cursor_bytes(c, ENTRY_BYTES));
	struct wv_slice name, extra;
	uint16_t flags, method, name_bytes, extra_bytes, comment_bytes;
	uint64_t stored, header;
	bool is_entry = wv_cursor_u32(&head) == 0x02014b50;

	(void)wv_cursor_u32(&head); /* versions */
	flags = wv_cursor_u16(&head);
	method = wv_cursor_u16(&head);
	(void)wv_cursor_u64(&head); /* time, date, checksum */
	stored = wv_cursor_u32(&head);
	part->bytes = wv_cursor_u32(&head);
	name_bytes = wv_cursor_u16(&head);
	extra_bytes = wv_cursor_u16(&head);
	comment_bytes = wv_cursor_u16(&head);
	(void)wv_cursor_u64(&head); /* disk, attributes */
	header = wv_cursor_u32(&head);
	name = wv_cursor_bytes(c, name_bytes);
	extra = wv_cursor_bytes(c, extra_bytes);
	(void)wv_cursor_bytes(c, comment_bytes);
	if (!is_entry || c->failed || head.failed)
		return wv_err_set(err, WV_BAD_INPUT, "the directory of the ZIP file is damaged");
	read_extra(extra, &part->bytes, &stored, &header);
	part->name = wv_arena_copy(arena, name);
	part->is_stored = method == 0 && !(flags & 1) && stored == part->bytes;
	if (part->name.n != name.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for the directory of a ZIP file");
	if (part->is_stored)
		return find_content(input, header, bytes, part, err);
	part->bytes = 0;
	return WV_OK;
}

enum wv_status wv_zip_list(const struct wv_warc_input *input, struct wv_arena *arena,
                           struct wv_zip_part **out, size_t *count, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_ZIP_DIRECTORY_MAX};
	WV_AUTO(wv_buf_done) struct wv_buf local = {.cap = WV_KIB};
	struct directory directory = {0};
	struct wv_zip_part *parts;
	struct wv_cursor c;
	enum wv_status st = find_directory(input, &bytes, &directory, err);

	if (st != WV_OK)
		return st;
	if (directory.bytes > WV_ZIP_DIRECTORY_MAX)
		return wv_err_set(err, WV_LIMIT, "a ZIP file with a directory above %u bytes",
		                  WV_ZIP_DIRECTORY_MAX);
	if (directory.entries > directory.bytes / ENTRY_BYTES)
		return wv_err_set(err, WV_BAD_INPUT, "the directory of the ZIP file is damaged");
	st = read_bytes(input, directory.offset, (size_t)directory.bytes, &bytes, err);
	if (st != WV_OK)
		return st;
	parts = WV_ARENA_ARRAY(arena, struct wv_zip_part, (size_t)directory.entries + 1);
	if (!parts)
		return wv_err_set(err, WV_NOMEM, "out of memory for the directory of a ZIP file");
	c = wv_cursor(wv_buf_slice(&bytes));
	for (size_t i = 0; i < directory.entries && st == WV_OK; i++)
		st = read_entry(input, &c, arena, &local, &parts[i], err);
	if (st != WV_OK)
		return st;
	*out = parts;
	*count = (size_t)directory.entries;
	return WV_OK;
}
