#ifndef WV_CONFIG_BASE_BYTES_H
#define WV_CONFIG_BASE_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/base/status.h"

/*
 * Bytes: borrowed slices, a cursor that reads them, and the one growable buffer.
 *
 * Everything not written by us is a slice of unsigned bytes: it may hold NUL, need not end in
 * one, and is valid as long as its owner says.
 */

struct wv_slice {
	const unsigned char *p; /* may be NULL only where n is 0 */
	size_t n;
};

#define WV_SLICE_NONE ((struct wv_slice){NULL, 0})
/* Of a string literal: the length is known when compiling. */
#define WV_LIT(literal) ((struct wv_slice){(const unsigned char *)("" literal), sizeof(literal) - 1})
/* The same as an initialiser of static tables, where a compound literal is no constant. */
#define WV_LIT_INIT(literal)                                                                       \
	{                                                                                          \
		(const unsigned char *)("" literal), sizeof(literal) - 1                           \
	}
/* For printf: "%.*s", WV_FMT(slice). Cuts at NUL bytes; use only for text. */
#define WV_FMT(slice) (int)((slice).n > INT32_MAX ? INT32_MAX : (slice).n), (const char *)(slice).p

static inline struct wv_slice wv_slice(const void *bytes, size_t n)
{
	return (struct wv_slice){bytes, n};
}

/* Of a C string of ours; NULL gives the empty slice. */
struct wv_slice wv_slice_of(const char *string);

static inline bool wv_slice_equals(struct wv_slice a, struct wv_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* ASCII letters only are folded. */
bool wv_slice_equals_nocase(struct wv_slice a, struct wv_slice b);
/* Is it one of the words of the list, which white space parts, whatever the case of its ASCII letters? */
bool wv_slice_has_word(struct wv_slice list, struct wv_slice word);
bool wv_slice_starts(struct wv_slice s, struct wv_slice prefix);
bool wv_slice_starts_nocase(struct wv_slice s, struct wv_slice prefix);
bool wv_slice_ends(struct wv_slice s, struct wv_slice suffix);
/* Bytewise, shorter first on a tie: the order of LMDB's default keys. */
int wv_slice_compare(struct wv_slice a, struct wv_slice b);
/* Clamped: never outside `s`. */
struct wv_slice wv_slice_from(struct wv_slice s, size_t at);
struct wv_slice wv_slice_part(struct wv_slice s, size_t at, size_t n);
/* Without ASCII white space (space, tab, LF, FF, CR) at both ends. */
struct wv_slice wv_slice_trim(struct wv_slice s);
/* Offset of the first occurrence at or after `from`, or SIZE_MAX. Linear. */
size_t wv_slice_find(struct wv_slice s, struct wv_slice needle, size_t from);
size_t wv_slice_find_nocase(struct wv_slice s, struct wv_slice needle, size_t from);
size_t wv_slice_find_byte(struct wv_slice s, unsigned char byte, size_t from);
/* A decimal number that is the whole slice; false on anything else, overflow included. */
bool wv_slice_u64(struct wv_slice s, uint64_t *out);
/* FNV-free 64-bit mix for in-memory tables; not stable across releases, never stored. */
uint64_t wv_slice_hash(struct wv_slice s, uint64_t seed);

static inline bool wv_byte_is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
static inline bool wv_byte_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}
static inline bool wv_byte_is_alpha(unsigned char c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z';
}
static inline bool wv_byte_is_alnum(unsigned char c)
{
	return wv_byte_is_digit(c) || wv_byte_is_alpha(c);
}
static inline unsigned char wv_byte_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}
/* Value of a hexadecimal digit, or -1. */
int wv_byte_hex(unsigned char c);

/* Reads foreign or stored bytes forward; every call checks, none reads past the end. */
struct wv_cursor {
	const unsigned char *p;
	const unsigned char *end;
	bool failed; /* latched by the first short read; later reads give zeroes */
};

static inline struct wv_cursor wv_cursor(struct wv_slice s)
{
	return (struct wv_cursor){s.p, s.p ? s.p + s.n : s.p, false};
}
static inline size_t wv_cursor_left(const struct wv_cursor *c)
{
	return (size_t)(c->end - c->p);
}
uint8_t wv_cursor_u8(struct wv_cursor *c);
uint16_t wv_cursor_u16(struct wv_cursor *c); /* little endian, as all fixed-size fields */
uint32_t wv_cursor_u32(struct wv_cursor *c);
uint64_t wv_cursor_u64(struct wv_cursor *c);
/* LEB128, at most 10 bytes, shortest form only. */
uint64_t wv_cursor_varint(struct wv_cursor *c);
int64_t wv_cursor_zigzag(struct wv_cursor *c);
struct wv_slice wv_cursor_bytes(struct wv_cursor *c, size_t n);
/* varint length, then that many bytes. */
struct wv_slice wv_cursor_block(struct wv_cursor *c);
/* Up to, and past, the first `stop`; the rest where there is none. */
struct wv_slice wv_cursor_until(struct wv_cursor *c, unsigned char stop);
/* The next line without its CR, LF or CRLF; false at the end. */
bool wv_cursor_line(struct wv_cursor *c, struct wv_slice *line);
/* Decimal digits at the cursor; false if there is none or it overflows. */
bool wv_cursor_number(struct wv_cursor *c, uint64_t *out);

/*
 * The growable buffer. Its cap is given at birth; the first append that fails (over the cap, out
 * of memory) latches, later ones do nothing, and wv_buf_finish reports it. Bytes are owned.
 */
struct wv_buf {
	unsigned char *p;
	size_t n;
	size_t room;
	size_t cap;
	enum wv_status failed; /* WV_OK, WV_LIMIT or WV_NOMEM */
};

void wv_buf_init(struct wv_buf *buf, size_t cap_bytes);
void wv_buf_done(struct wv_buf *buf); /* also a WV_AUTO handler */
void wv_buf_reset(struct wv_buf *buf);
/* Room for n more bytes; the address, or NULL (latched). Raise buf->n yourself. */
unsigned char *wv_buf_room(struct wv_buf *buf, size_t n);
void wv_buf_add(struct wv_buf *buf, struct wv_slice s);
void wv_buf_add_bytes(struct wv_buf *buf, const void *p, size_t n);
void wv_buf_add_string(struct wv_buf *buf, const char *string);
void wv_buf_add_byte(struct wv_buf *buf, unsigned char byte);
void wv_buf_add_u16(struct wv_buf *buf, uint16_t value);
void wv_buf_add_u32(struct wv_buf *buf, uint32_t value);
void wv_buf_add_u64(struct wv_buf *buf, uint64_t value);
void wv_buf_add_u64_be(struct wv_buf *buf, uint64_t value); /* sorts as a number in a key */
void wv_buf_add_varint(struct wv_buf *buf, uint64_t value);
void wv_buf_add_zigzag(struct wv_buf *buf, int64_t value);
void wv_buf_add_block(struct wv_buf *buf, struct wv_slice s);
void wv_buf_add_format(struct wv_buf *buf, const char *format, ...) WV_PRINTF(2, 3);
/* One code point as UTF-8; surrogates and values above 10FFFF become U+FFFD. */
void wv_buf_add_utf8(struct wv_buf *buf, uint32_t code_point);
static inline struct wv_slice wv_buf_slice(const struct wv_buf *buf)
{
	return (struct wv_slice){buf->p, buf->n};
}
/* The latched failure, with words: "what: too large (cap N bytes)" or out of memory. */
WV_MUST_USE enum wv_status wv_buf_finish(const struct wv_buf *buf, const char *what,
                                         struct wv_err *err);
/* A NUL-terminated view (the NUL is not counted); NULL if latched. */
const char *wv_buf_string(struct wv_buf *buf);

/* Stores and loads for keys and fixed fields outside a cursor. */
void wv_store_u64_be(unsigned char *at, uint64_t value);
uint64_t wv_load_u64_be(const unsigned char *at);

#endif
