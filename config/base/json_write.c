#include "config/base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/json_parts.h"
#include "config/base/text.h"

#define WRITER_DEPTH_MAX 60u

void wv_json_begin(struct wv_json_writer *writer, struct wv_buf *out)
{
	*writer = (struct wv_json_writer){.out = out};
}

/* The short escape of a byte, or 0. */
static char short_escape(unsigned char c)
{
	switch (c) {
	case '"':
		return '"';
	case '\\':
		return '\\';
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

void wv_json_put_escaped(struct wv_buf *out, uint32_t c)
{
	static const char hex[] = "0123456789abcdef";
	char escaped[6] = {'\\',       'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15],
			   hex[c & 15]};
	char short_form = c < 0x80 ? short_escape((unsigned char)c) : 0;

	if (short_form) {
		escaped[1] = short_form;
		wv_buf_add_bytes(out, escaped, 2);
	} else {
		wv_buf_add_bytes(out, escaped, sizeof(escaped));
	}
}

static void put_string(struct wv_buf *out, struct wv_slice s)
{
	size_t at = 0, run = 0; /* [run, at) is to be copied as it is */

	wv_buf_add_byte(out, '"');
	while (at < s.n) {
		size_t from = at;
		unsigned char c = s.p[at];

		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '/') {
			at++;
			continue;
		}
		if (c == '/' && (from == 0 || s.p[from - 1] != '<')) {
			at++;
			continue;
		}
		if (c < 0x80) {
			wv_buf_add_bytes(out, s.p + run, from - run);
			if (c == '/') /* "</script" must not end the page it is put into */
				wv_buf_add_string(out, "\\/");
			else
				wv_json_put_escaped(out, c);
			run = ++at;
			continue;
		}
		uint32_t code_point = wv_text_next(s, &at);
		/* Line ends to JavaScript before 2019; and broken bytes become U+FFFD. */
		if (code_point == 0x2028 || code_point == 0x2029 || code_point == 0xfffd) {
			wv_buf_add_bytes(out, s.p + run, from - run);
			if (code_point == 0xfffd)
				wv_buf_add_utf8(out, code_point);
			else
				wv_json_put_escaped(out, code_point);
			run = at;
		}
	}
	wv_buf_add(out, wv_slice_part(s, run, at - run));
	wv_buf_add_byte(out, '"');
}

/* Comma and key before a value. */
static void begin_value(struct wv_json_writer *writer, const char *key)
{
	uint64_t bit = (uint64_t)1 << writer->depth;
	bool in_object = writer->depth > 0 && !(writer->is_array_bits & bit);

	WV_ASSERT(in_object == (key != NULL));
	if (writer->has_item_bits & bit) {
		WV_ASSERT(writer->depth > 0); /* one value at the top */
		wv_buf_add_byte(writer->out, ',');
	}
	writer->has_item_bits |= bit;
	if (key) {
		put_string(writer->out, wv_slice_of(key));
		wv_buf_add_byte(writer->out, ':');
	}
}

static void open_container(struct wv_json_writer *writer, const char *key, bool is_array)
{
	uint64_t bit;

	begin_value(writer, key);
	WV_ASSERT(writer->depth < WRITER_DEPTH_MAX);
	writer->depth++;
	bit = (uint64_t)1 << writer->depth;
	writer->has_item_bits &= ~bit;
	writer->is_array_bits &= ~bit;
	if (is_array)
		writer->is_array_bits |= bit;
	wv_buf_add_byte(writer->out, is_array ? '[' : '{');
}

void wv_json_open_object(struct wv_json_writer *writer, const char *key)
{
	open_container(writer, key, false);
}

void wv_json_open_array(struct wv_json_writer *writer, const char *key)
{
	open_container(writer, key, true);
}

void wv_json_close(struct wv_json_writer *writer)
{
	bool is_array = writer->is_array_bits >> writer->depth & 1;

	WV_ASSERT(writer->depth > 0);
	wv_buf_add_byte(writer->out, is_array ? ']' : '}');
	writer->depth--;
}

void wv_json_string(struct wv_json_writer *writer, const char *key, struct wv_slice value)
{
	begin_value(writer, key);
	put_string(writer->out, value);
}

void wv_json_string_or_null(struct wv_json_writer *writer, const char *key, struct wv_slice value)
{
	if (value.n)
		wv_json_string(writer, key, value);
	else
		wv_json_null(writer, key);
}

void wv_json_int(struct wv_json_writer *writer, const char *key, int64_t value)
{
	begin_value(writer, key);
	wv_buf_add_format(writer->out, "%lld", (long long)value);
}

void wv_json_u64(struct wv_json_writer *writer, const char *key, uint64_t value)
{
	begin_value(writer, key);
	wv_buf_add_format(writer->out, "%llu", (unsigned long long)value);
}

void wv_json_double(struct wv_json_writer *writer, const char *key, double value)
{
	char digits[40];
	int n = 0;

	WV_ASSERT(isfinite(value));
	begin_value(writer, key);
	value = value == 0 ? 0 : value; /* no sign on nothing: readers disagree about -0 */
	/* The shortest of the usual lengths that reads back as the same number. */
	for (int precision = 15; precision <= 17; precision++) {
		n = snprintf(digits, sizeof(digits), "%.*g", precision, value);
		/* A locale may write a comma; strtod here would read it back in the same locale. */
		if (strtod(digits, NULL) == value)
			break;
	}
	for (int i = 0; i < n; i++)
		if (digits[i] == ',')
			digits[i] = '.';
	wv_buf_add_bytes(writer->out, digits, (size_t)n);
}

void wv_json_bool(struct wv_json_writer *writer, const char *key, bool value)
{
	begin_value(writer, key);
	wv_buf_add_string(writer->out, value ? "true" : "false");
}

void wv_json_null(struct wv_json_writer *writer, const char *key)
{
	begin_value(writer, key);
	wv_buf_add_string(writer->out, "null");
}

void wv_json_digest(struct wv_json_writer *writer, const char *key, const struct wv_digest *value)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_json_string(writer, key, wv_slice_of(wv_digest_print(value, hex)));
}
