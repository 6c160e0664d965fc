#include "config/base/json.h"

#include "config/base/limits.h"

/*
 * Objects as programs write them a line: flat, well formed, of strings and plain integers. They are
 * read here in one pass, without cleaning and without a tree in between; anything else at all, and
 * all that is wrong, is left to the reader that knows everything and says what is wrong.
 */
#define MEMBERS_MAX 24u
#define DIGITS_MAX  15u /* exact as a double */

struct flat {
	struct wv_slice in;
	size_t at;
	unsigned char *to; /* where strings go, as large as the line */
	struct wv_json items[MEMBERS_MAX];
	struct wv_slice keys[MEMBERS_MAX];
	size_t n;
};

/* The byte at hand, past blanks; 0 at the end. */
static unsigned char next_token(struct flat *f)
{
	while (f->at < f->in.n) {
		unsigned char c = f->in.p[f->at];

		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			return c;
		f->at++;
	}
	return 0;
}

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of a well-formed sequence of two bytes or more (RFC 3629), or 0. */
static size_t sequence_at(const unsigned char *p, size_t n)
{
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < 2 || !is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (n < 3 || !is_tail(p[2]) || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if (p[0] < 0xf0)
		return 3;
	if (n < 4 || !is_tail(p[3]) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return 4;
}

/* Four digits from `at` on, or -1. */
static int32_t hex4(const struct flat *f, size_t at)
{
	int32_t value = 0;

	if (f->in.n - at < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = wv_byte_hex(f->in.p[at + i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* At the u: one code point, of a pair of halves too. Zero and lone halves are for the other one. */
static bool take_unicode(struct flat *f, unsigned char **to)
{
	int32_t c = hex4(f, f->at + 1), low;
	unsigned char *p = *to;

	f->at += 5;
	if (c <= 0 || (c >= 0xdc00 && c < 0xe000))
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		if (f->in.n - f->at < 6 || f->in.p[f->at] != '\\' || f->in.p[f->at + 1] != 'u')
			return false;
		low = hex4(f, f->at + 2);
		if (low < 0xdc00 || low >= 0xe000)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		f->at += 6;
	}
	if (c < 0x80) {
		*p++ = (unsigned char)c;
	} else if (c < 0x800) {
		*p++ = (unsigned char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*p++ = (unsigned char)(0xe0 | c >> 12);
		} else {
			*p++ = (unsigned char)(0xf0 | c >> 18);
			*p++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		}
		*p++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		*p++ = (unsigned char)(0x80 | (c & 0x3f));
	*to = p;
	return true;
}

/* At the backslash. What is written is never longer than its escape. */
static bool take_escape(struct flat *f, unsigned char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";

	if (++f->at >= f->in.n)
		return false;
	if (f->in.p[f->at] == 'u')
		return take_unicode(f, to);
	for (size_t i = 0; i < sizeof(from) - 1; i++)
		if (f->in.p[f->at] == (unsigned char)from[i]) {
			*(*to)++ = (unsigned char)into[i];
			f->at++;
			return true;
		}
	return false;
}

/* At the quote. */
static bool take_string(struct flat *f, struct wv_slice *out)
{
	const unsigned char *p = f->in.p;
	unsigned char *to = f->to;
	size_t at = f->at + 1, n = f->in.n;

	while (at < n && p[at] != '"') {
		if (p[at] == '\\') {
			f->at = at;
			if (!take_escape(f, &to))
				return false;
			at = f->at;
		} else if (p[at] >= 0x80) {
			size_t bytes = sequence_at(p + at, n - at);

			if (bytes == 0)
				return false;
			for (; bytes > 0; bytes--)
				*to++ = p[at++];
		} else if (p[at] >= 0x20) {
			*to++ = p[at++];
		} else {
			return false;
		}
	}
	if (at >= n)
		return false;
	*out = wv_slice(f->to, (size_t)(to - f->to));
	f->to = to;
	f->at = at + 1;
	return true;
}

/* Whole, short, without sign of zero, point or exponent. */
static bool take_number(struct flat *f, struct wv_json *value)
{
	size_t from = f->at, digits = 0;
	bool is_negative = f->in.p[f->at] == '-';
	double number = 0;

	f->at += is_negative;
	for (; f->at < f->in.n && wv_byte_is_digit(f->in.p[f->at]); f->at++, digits++)
		number = number * 10 + (f->in.p[f->at] - '0');
	if (digits == 0 || digits > DIGITS_MAX || f->at >= f->in.n || f->in.p[f->at] == '.' ||
	    f->in.p[f->at] == 'e' || f->in.p[f->at] == 'E' ||
	    (f->in.p[from + is_negative] == '0' && (digits > 1 || is_negative)))
		return false;
	value->kind = WV_JSON_NUMBER;
	value->number = is_negative ? -number : number;
	value->text = wv_slice(f->to, f->at - from);
	memcpy(f->to, f->in.p + from, f->at - from);
	f->to += f->at - from;
	*f->to++ = 0; /* as the other reader leaves its digits; what follows is longer */
	return true;
}

static bool take_word(struct flat *f, struct wv_slice word)
{
	if (!wv_slice_starts(wv_slice_from(f->in, f->at), word))
		return false;
	f->at += word.n;
	return true;
}

static bool take_value(struct flat *f, struct wv_json *value)
{
	switch (next_token(f)) {
	case '"':
		value->kind = WV_JSON_STRING;
		return take_string(f, &value->text);
	case 't':
		value->kind = WV_JSON_BOOL;
		value->boolean = true;
		return take_word(f, WV_LIT("true"));
	case 'f':
		value->kind = WV_JSON_BOOL;
		return take_word(f, WV_LIT("false"));
	case 'n':
		value->kind = WV_JSON_NULL;
		return take_word(f, WV_LIT("null"));
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return take_number(f, value);
	default:
		return false;
	}
}

/* A key that was there before is a case for the other one. */
static bool take_member(struct flat *f)
{
	struct wv_slice *key = f->keys + f->n;

	if (f->n == MEMBERS_MAX || next_token(f) != '"' || !take_string(f, key))
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (wv_slice_equals(f->keys[i], *key))
			return false;
	if (next_token(f) != ':')
		return false;
	f->at++;
	if (!take_value(f, f->items + f->n))
		return false;
	f->n++;
	return true;
}

static bool take_object(struct flat *f)
{
	if (next_token(f) != '{')
		return false;
	do {
		f->at++;
		if (!take_member(f))
			return false;
	} while (next_token(f) == ',');
	if (next_token(f) != '}')
		return false;
	f->at++;
	return next_token(f) == 0 && f->at == f->in.n;
}

enum wv_status wv_json_parse_line(struct wv_arena *arena, struct wv_slice line,
                                  const struct wv_json **out, struct wv_err *err)
{
	struct flat f = {.in = line};
	struct wv_json *root, *items;
	struct wv_slice *keys;

	if (line.n > WV_LIMIT_JSON_BYTES)
		return wv_json_parse_strict(arena, line, out, err);
	f.to = wv_arena_alloc(arena, line.n + 1);
	if (!f.to || !take_object(&f))
		return wv_json_parse_strict(arena, line, out, err);
	root = WV_ARENA_NEW(arena, struct wv_json);
	items = WV_ARENA_ARRAY(arena, struct wv_json, f.n);
	keys = WV_ARENA_ARRAY(arena, struct wv_slice, f.n);
	if (!root || !items || !keys)
		return wv_err_set(err, WV_NOMEM, "out of memory for a JSON tree");
	memcpy(items, f.items, f.n * sizeof(*items));
	memcpy(keys, f.keys, f.n * sizeof(*keys));
	*root = (struct wv_json){
		.kind = WV_JSON_OBJECT, .items = items, .keys = keys, .n = f.n};
	*out = root;
	return WV_OK;
}
