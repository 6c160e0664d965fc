#ifndef WV_CONFIG_BASE_JSON_H
#define WV_CONFIG_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/status.h"

/*
 * JSON out: a writer for one object a line. JSON in: what the web calls JSON, cleaned (trailing
 * commas, raw line breaks in strings, quotes inside strings, unknown escapes, comments, HTML
 * comment and CDATA marks, \u0000, lone surrogates, broken UTF-8, big integers, undefined and NaN)
 * and then parsed by jansson, as a read-only tree in an arena. What follows the first object or
 * array (";", more script) is not looked at. Of equal keys the last one counts.
 */

/* Writer: commas and nesting are its business; misuse is WV_ASSERT. Strings are escaped, broken
 * UTF-8 becomes U+FFFD, U+2028 and U+2029 and "</" are escaped too. NULL key inside arrays. */
struct wv_json_writer {
	struct wv_buf *out;
	uint64_t is_array_bits; /* by depth, at most 60 */
	uint64_t has_item_bits;
	uint32_t depth;
};
void wv_json_begin(struct wv_json_writer *writer, struct wv_buf *out);
void wv_json_open_object(struct wv_json_writer *writer, const char *key);
void wv_json_open_array(struct wv_json_writer *writer, const char *key);
void wv_json_close(struct wv_json_writer *writer); /* the innermost object or array */
void wv_json_string(struct wv_json_writer *writer, const char *key, struct wv_slice value);
/* The empty slice becomes null. */
void wv_json_string_or_null(struct wv_json_writer *writer, const char *key, struct wv_slice value);
void wv_json_int(struct wv_json_writer *writer, const char *key, int64_t value);
void wv_json_u64(struct wv_json_writer *writer, const char *key, uint64_t value);
void wv_json_double(struct wv_json_writer *writer, const char *key, double value); /* finite */
void wv_json_bool(struct wv_json_writer *writer, const char *key, bool value);
void wv_json_null(struct wv_json_writer *writer, const char *key);
/* RFC 3339 with Z; null for none. */
void wv_json_time(struct wv_json_writer *writer, const char *key, struct wv_time value);
void wv_json_digest(struct wv_json_writer *writer, const char *key, const struct wv_digest *value);

/* Reader. */
enum wv_json_kind {
	WV_JSON_NULL,
	WV_JSON_BOOL,
	WV_JSON_NUMBER,
	WV_JSON_STRING,
	WV_JSON_ARRAY,
	WV_JSON_OBJECT
};
struct wv_json {
	enum wv_json_kind kind;
	bool boolean;
	double number;
	struct wv_slice text;        /* string (UTF-8); of an integer within 64 bits its digits */
	const struct wv_json *items; /* array elements, or object values */
	const struct wv_slice *keys; /* object keys, beside items; NULL for arrays */
	size_t n;
};
/* Caps: WV_LIMIT_JSON_BYTES, WV_LIMIT_JSON_DEPTH, WV_LIMIT_JSON_VALUES, names of members counted
 * (WV_LIMIT). WV_BAD_INPUT says where. */
WV_MUST_USE enum wv_status wv_json_parse(struct wv_arena *arena, struct wv_slice text,
                                         const struct wv_json **out, struct wv_err *err);
/* As wv_json_parse, strict RFC 8259: for our own files and JSON lines. */
WV_MUST_USE enum wv_status wv_json_parse_strict(struct wv_arena *arena, struct wv_slice text,
                                                const struct wv_json **out, struct wv_err *err);
/* As wv_json_parse_strict, and to the same tree: for lines by the hundred thousand, which are quick
 * to read as long as they are flat and plain. */
WV_MUST_USE enum wv_status wv_json_parse_line(struct wv_arena *arena, struct wv_slice line,
                                              const struct wv_json **out, struct wv_err *err);
/* The member, or NULL (also when `object` is NULL or no object). */
const struct wv_json *wv_json_get(const struct wv_json *object, const char *key);
/* Its text, or the empty slice. */
struct wv_slice wv_json_get_string(const struct wv_json *object, const char *key);

#endif
