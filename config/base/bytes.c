#include "config/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/checked.h"

struct wv_slice wv_slice_of(const char *string)
{
	return string ? wv_slice(string, strlen(string)) : WV_SLICE_NONE;
}

static bool equals_nocase(const unsigned char *a, const unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (wv_byte_lower(a[i]) != wv_byte_lower(b[i]))
			return false;
	return true;
}

bool wv_slice_equals_nocase(struct wv_slice a, struct wv_slice b)
{
	return a.n == b.n && equals_nocase(a.p, b.p, a.n);
}

bool wv_slice_has_word(struct wv_slice list, struct wv_slice word)
{
	for (size_t at = 0; at < list.n;) {
		size_t from;

		while (at < list.n && wv_byte_is_space(list.p[at]))
			at++;
		from = at;
		while (at < list.n && !wv_byte_is_space(list.p[at]))
			at++;
		if (at > from && wv_slice_equals_nocase(wv_slice_part(list, from, at - from), word))
			return true;
	}
	return false;
}

bool wv_slice_starts(struct wv_slice s, struct wv_slice prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool wv_slice_starts_nocase(struct wv_slice s, struct wv_slice prefix)
{
	return s.n >= prefix.n && equals_nocase(s.p, prefix.p, prefix.n);
}

bool wv_slice_ends(struct wv_slice s, struct wv_slice suffix)
{
	return s.n >= suffix.n &&
	       (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

int wv_slice_compare(struct wv_slice a, struct wv_slice b)
{
	size_t n = wv_min_size(a.n, b.n);
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

struct wv_slice wv_slice_from(struct wv_slice s, size_t at)
{
	if (at >= s.n)
		return WV_SLICE_NONE;
	return wv_slice(s.p + at, s.n - at);
}

struct wv_slice wv_slice_part(struct wv_slice s, size_t at, size_t n)
{
	s = wv_slice_from(s, at);
	s.n = wv_min_size(s.n, n);
	return s;
}

struct wv_slice wv_slice_trim(struct wv_slice s)
{
	while (s.n && wv_byte_is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && wv_byte_is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

size_t wv_slice_find(struct wv_slice s, struct wv_slice needle, size_t from)
{
	const unsigned char *at;

	if (from > s.n || needle.n > s.n - from)
		return SIZE_MAX;
	if (needle.n == 0)
		return from;
	/* glibc's memmem is two-way: linear whatever the needle. */
	at = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t wv_slice_find_nocase(struct wv_slice s, struct wv_slice needle, size_t from)
{
	if (needle.n == 0)
		return from <= s.n ? from : SIZE_MAX;
	for (size_t i = from; i < s.n && needle.n <= s.n - i; i++)
		if (wv_byte_lower(s.p[i]) == wv_byte_lower(needle.p[0]) &&
		    equals_nocase(s.p + i, needle.p, needle.n))
			return i;
	return SIZE_MAX;
}

size_t wv_slice_find_byte(struct wv_slice s, unsigned char byte, size_t from)
{
	const unsigned char *at;

	if (from >= s.n)
		return SIZE_MAX;
	at = memchr(s.p + from, byte, s.n - from);
	return at ? (size_t)(at - s.p) : SIZE_MAX;
}

bool wv_slice_u64(struct wv_slice s, uint64_t *out)
{
	struct wv_cursor c = wv_cursor(s);
	uint64_t value;

	if (!wv_cursor_number(&c, &value) || wv_cursor_left(&c))
		return false;
	*out = value;
	return true;
}

uint64_t wv_slice_hash(struct wv_slice s, uint64_t seed)
{
	uint64_t h = seed ^ (s.n * UINT64_C(0x9E3779B97F4A7C15));

	while (s.n >= 8) {
		uint64_t word;

		memcpy(&word, s.p, 8);
		h = (h ^ word) * UINT64_C(0xD6E8FEB86659FD93);
		h ^= h >> 32;
		s.p += 8;
		s.n -= 8;
	}
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001B3);
	h ^= h >> 32;
	h *= UINT64_C(0xD6E8FEB86659FD93);
	return h ^ (h >> 29);
}

int wv_byte_hex(unsigned char c)
{
	if (wv_byte_is_digit(c))
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Cursor. */

static uint64_t cursor_fixed(struct wv_cursor *c, size_t n)
{
	uint64_t value = 0;

	if (wv_cursor_left(c) < n) {
		c->failed = true;
		c->p = c->end;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)c->p[i] << (8 * i);
	c->p += n;
	return value;
}

uint8_t wv_cursor_u8(struct wv_cursor *c)
{
	return (uint8_t)cursor_fixed(c, 1);
}

uint16_t wv_cursor_u16(struct wv_cursor *c)
{
	return (uint16_t)cursor_fixed(c, 2);
}

uint32_t wv_cursor_u32(struct wv_cursor *c)
{
	return (uint32_t)cursor_fixed(c, 4);
}

uint64_t wv_cursor_u64(struct wv_cursor *c)
{
	return cursor_fixed(c, 8);
}

uint64_t wv_cursor_varint(struct wv_cursor *c)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = wv_cursor_u8(c);

		/* The tenth byte has one bit left; a zero last byte is not the shortest form. */
		if (c->failed || (shift == 63 && byte > 1) || (shift && byte == 0))
			break;
		value |= (uint64_t)(byte & 0x7F) << shift;
		if (!(byte & 0x80))
			return value;
	}
	c->failed = true;
	c->p = c->end;
	return 0;
}

int64_t wv_cursor_zigzag(struct wv_cursor *c)
{
	uint64_t value = wv_cursor_varint(c);

	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

struct wv_slice wv_cursor_bytes(struct wv_cursor *c, size_t n)
{
	struct wv_slice s;

	if (wv_cursor_left(c) < n) {
		c->failed = true;
		c->p = c->end;
		return WV_SLICE_NONE;
	}
	s = wv_slice(c->p, n);
	if (n)
		c->p += n;
	return s;
}

struct wv_slice wv_cursor_block(struct wv_cursor *c)
{
	uint64_t n = wv_cursor_varint(c);

	if (n > SIZE_MAX) {
		c->failed = true;
		c->p = c->end;
		return WV_SLICE_NONE;
	}
	return wv_cursor_bytes(c, (size_t)n);
}

struct wv_slice wv_cursor_until(struct wv_cursor *c, unsigned char stop)
{
	struct wv_slice rest = wv_slice(c->p, wv_cursor_left(c));
	size_t at = wv_slice_find_byte(rest, stop, 0);

	if (at == SIZE_MAX) {
		c->p = c->end;
		return rest;
	}
	c->p += at + 1;
	return wv_slice(rest.p, at);
}

bool wv_cursor_line(struct wv_cursor *c, struct wv_slice *line)
{
	const unsigned char *start = c->p;

	if (c->p == c->end)
		return false;
	while (c->p < c->end && *c->p != '\n' && *c->p != '\r')
		c->p++;
	*line = wv_slice(start, (size_t)(c->p - start));
	if (c->p < c->end && *c->p++ == '\r' && c->p < c->end && *c->p == '\n')
		c->p++;
	return true;
}

bool wv_cursor_number(struct wv_cursor *c, uint64_t *out)
{
	const unsigned char *p = c->p;
	uint64_t value = 0;

	while (p < c->end && wv_byte_is_digit(*p)) {
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return false;
		p++;
	}
	if (p == c->p)
		return false;
	c->p = p;
	*out = value;
	return true;
}

/* Buffer. */

void wv_buf_init(struct wv_buf *buf, size_t cap_bytes)
{
	*buf = (struct wv_buf){.cap = cap_bytes};
}

void wv_buf_done(struct wv_buf *buf)
{
	size_t cap = buf->cap;

	free(buf->p);
	wv_buf_init(buf, cap);
}

void wv_buf_reset(struct wv_buf *buf)
{
	buf->n = 0;
	buf->failed = WV_OK;
}

unsigned char *wv_buf_room(struct wv_buf *buf, size_t n)
{
	size_t room;
	unsigned char *grown;

	if (buf->failed != WV_OK)
		return NULL;
	if (n <= buf->room - buf->n && buf->p)
		return buf->p + buf->n;
	if (n > buf->cap - wv_min_size(buf->n, buf->cap)) {
		buf->failed = WV_LIMIT;
		return NULL;
	}
	room = wv_max_size(buf->n + n, 64);
	/* Half again as large, so that appending n bytes one by one stays linear. */
	if (buf->room / 2 < SIZE_MAX - buf->room)
		room = wv_max_size(room, buf->room + buf->room / 2);
	room = wv_max_size(wv_min_size(room, buf->cap), buf->n + n);
	grown = realloc(buf->p, room ? room : 1);
	if (!grown) {
		buf->failed = WV_NOMEM;
		return NULL;
	}
	buf->p = grown;
	buf->room = room;
	return buf->p + buf->n;
}

void wv_buf_add_bytes(struct wv_buf *buf, const void *p, size_t n)
{
	unsigned char *at;

	if (n == 0)
		return;
	at = wv_buf_room(buf, n);
	if (!at)
		return;
	memcpy(at, p, n);
	buf->n += n;
}

void wv_buf_add(struct wv_buf *buf, struct wv_slice s)
{
	wv_buf_add_bytes(buf, s.p, s.n);
}

void wv_buf_add_string(struct wv_buf *buf, const char *string)
{
	wv_buf_add_bytes(buf, string, strlen(string));
}

void wv_buf_add_byte(struct wv_buf *buf, unsigned char byte)
{
	wv_buf_add_bytes(buf, &byte, 1);
}

static void add_fixed(struct wv_buf *buf, uint64_t value, size_t n)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	wv_buf_add_bytes(buf, bytes, n);
}

void wv_buf_add_u16(struct wv_buf *buf, uint16_t value)
{
	add_fixed(buf, value, 2);
}

void wv_buf_add_u32(struct wv_buf *buf, uint32_t value)
{
	add_fixed(buf, value, 4);
}

void wv_buf_add_u64(struct wv_buf *buf, uint64_t value)
{
	add_fixed(buf, value, 8);
}

void wv_buf_add_u64_be(struct wv_buf *buf, uint64_t value)
{
	unsigned char bytes[8];

	wv_store_u64_be(bytes, value);
	wv_buf_add_bytes(buf, bytes, sizeof(bytes));
}

void wv_buf_add_varint(struct wv_buf *buf, uint64_t value)
{
	unsigned char bytes[10];
	size_t n = 0;

	do {
		bytes[n] = (unsigned char)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
		value >>= 7;
		n++;
	} while (value);
	wv_buf_add_bytes(buf, bytes, n);
}

void wv_buf_add_zigzag(struct wv_buf *buf, int64_t value)
{
	wv_buf_add_varint(buf, ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0));
}

void wv_buf_add_block(struct wv_buf *buf, struct wv_slice s)
{
	wv_buf_add_varint(buf, s.n);
	wv_buf_add(buf, s);
}

void wv_buf_add_format(struct wv_buf *buf, const char *format, ...)
{
	va_list args;
	unsigned char *at;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return;
	at = wv_buf_room(buf, (size_t)n + 1);
	if (!at)
		return;
	va_start(args, format);
	vsnprintf((char *)at, (size_t)n + 1, format, args);
	va_end(args);
	buf->n += (size_t)n;
}

void wv_buf_add_utf8(struct wv_buf *buf, uint32_t c)
{
	unsigned char bytes[4];
	size_t n;

	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = 0xFFFD;
	if (c < 0x80) {
		bytes[0] = (unsigned char)c;
		n = 1;
	} else if (c < 0x800) {
		bytes[0] = (unsigned char)(0xC0 | (c >> 6));
		bytes[1] = (unsigned char)(0x80 | (c & 0x3F));
		n = 2;
	} else if (c < 0x10000) {
		bytes[0] = (unsigned char)(0xE0 | (c >> 12));
		bytes[1] = (unsigned char)(0x80 | ((c >> 6) & 0x3F));
		bytes[2] = (unsigned char)(0x80 | (c & 0x3F));
		n = 3;
	} else {
		bytes[0] = (unsigned char)(0xF0 | (c >> 18));
		bytes[1] = (unsigned char)(0x80 | ((c >> 12) & 0x3F));
		bytes[2] = (unsigned char)(0x80 | ((c >> 6) & 0x3F));
		bytes[3] = (unsigned char)(0x80 | (c & 0x3F));
		n = 4;
	}
	wv_buf_add_bytes(buf, bytes, n);
}

enum wv_status wv_buf_finish(const struct wv_buf *buf, const char *what, struct wv_err *err)
{
	switch (buf->failed) {
	case WV_OK:
		return WV_OK;
	case WV_LIMIT:
		return wv_err_set(err, WV_LIMIT, "%s: too large (cap %zu bytes)", what, buf->cap);
	default:
		return wv_err_set(err, WV_NOMEM, "%s: out of memory at %zu bytes", what, buf->n);
	}
}

const char *wv_buf_string(struct wv_buf *buf)
{
	unsigned char *at = wv_buf_room(buf, 1);

	if (!at)
		return NULL;
	*at = '\0';
	return (const char *)buf->p;
}

void wv_store_u64_be(unsigned char *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (unsigned char)(value >> (56 - 8 * i));
}

uint64_t wv_load_u64_be(const unsigned char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}
