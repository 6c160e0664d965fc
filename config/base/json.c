#include "config/base/json.h"

#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "config/base/json_parts.h"
#include "config/base/limits.h"
#include "config/base/text.h"

/* ---- cleaning ---- */

/*
 * One pass over the text that writes what jansson accepts. It follows strings, so that nothing
 * inside one is mistaken for structure, and counts the nesting, so that jansson (which recurses)
 * never sees more than the cap. Strict text keeps everything but integers beyond 64 bits, which
 * jansson refuses and RFC 8259 does not.
 */
struct cleaner {
	struct wv_slice in;
	size_t at;
	struct wv_buf out;
	uint32_t depth;
	size_t values;
	bool strict;
	bool wants_comma; /* seen, not yet written: it goes if a bracket follows */
	bool has_value;   /* a comma may follow */
	bool is_array[WV_LIMIT_JSON_DEPTH + 1]; /* by depth */
};

static bool looking_at(const struct cleaner *c, struct wv_slice word)
{
	return wv_slice_starts(wv_slice_from(c->in, c->at), word);
}

/* Length of an HTML comment or CDATA mark here, or 0. */
static size_t mark_here(const struct cleaner *c, size_t at)
{
	static const char *const marks[] = {"<!--", "-->", "<![CDATA[", "]]>"};

	for (size_t i = 0; i < WV_COUNT(marks); i++)
		if (wv_slice_starts(wv_slice_from(c->in, at), wv_slice_of(marks[i])))
			return wv_slice_of(marks[i]).n;
	return 0;
}

/* The place after a run of white space, Unicode's included. */
static size_t after_space(struct wv_slice s, size_t at)
{
	while (at < s.n) {
		size_t here = at;

		if (!wv_text_is_space(wv_text_next(s, &here)))
			break;
		at = here;
	}
	return at;
}

/* Past white space, comments and marks; a line end stays, for the line numbers of complaints. */
static void skip_blanks(struct cleaner *c)
{
	size_t from = c->at, before;

	do {
		before = c->at;
		c->at = after_space(c->in, c->at);
		if (c->at < c->in.n && c->in.p[c->at] < 0x20)
			c->at++;
		c->at += mark_here(c, c->at);
		if (looking_at(c, WV_LIT("//")) && mark_here(c, c->at + 2)) {
			c->at += 2;
		} else if (looking_at(c, WV_LIT("//"))) {
			while (c->at < c->in.n && c->in.p[c->at] != '\n' && c->in.p[c->at] != '\r')
				c->at++;
		} else if (looking_at(c, WV_LIT("/*"))) {
			size_t end = wv_slice_find(c->in, WV_LIT("*/"), c->at + 2);

			c->at = end == SIZE_MAX ? c->in.n : end + 2;
		}
	} while (c->at != before);
	if (c->at != from && c->out.n)
		wv_buf_add_byte(&c->out, ' ');
	for (; from < c->at; from++)
		if (c->in.p[from] == '\n')
			wv_buf_add_byte(&c->out, '\n');
}

/*
 * Does the quote before `at` end its string? In JSON only blanks, then , : ] } or the end can
 * follow, and after a comma in an object only another quote; pages print quotes inside strings
 * without escaping them.
 */
static bool ends_string(const struct cleaner *c, size_t at)
{
	unsigned char byte;

	at = after_space(c->in, at);
	if (at == c->in.n || mark_here(c, at))
		return true;
	byte = c->in.p[at];
	if (byte == ',' && c->depth > 0 && !c->is_array[c->depth]) {
		at = after_space(c->in, at + 1);
		return at == c->in.n || c->in.p[at] == '"' || c->in.p[at] == '}' ||
		       c->in.p[at] == ',' || c->in.p[at] == '/' || mark_here(c, at);
	}
	if (byte == '/')
		return at + 1 < c->in.n && (c->in.p[at + 1] == '/' || c->in.p[at + 1] == '*');
	return byte == ',' || byte == ':' || byte == ']' || byte == '}' ||
	       (byte == ';' && c->depth == 0);
}

/* Four hexadecimal digits at `at`, or -1. */
static int32_t hex4(struct wv_slice s, size_t at)
{
	int32_t value = 0;

	if (s.n < 4 || at > s.n - 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = wv_byte_hex(s.p[at + i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* At the u of an escape: writes a code point as UTF-8 or an escape, halves of pairs as U+FFFD. */
static void clean_unicode_escape(struct cleaner *c)
{
	int32_t unit = hex4(c->in, c->at + 1), low;

	if (unit < 0) {
		wv_buf_add_byte(&c->out, 'u');
		c->at++;
		return;
	}
	c->at += 5;
	if (unit >= 0xd800 && unit < 0xdc00 && looking_at(c, WV_LIT("\\u"))) {
		low = hex4(c->in, c->at + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			c->at += 6;
			wv_buf_add_utf8(&c->out, 0x10000u + (((uint32_t)unit - 0xd800u) << 10) +
							 ((uint32_t)low - 0xdc00u));
			return;
		}
	}
	if (unit == 0)
		wv_buf_add_utf8(&c->out, 0xfffd);
	else if (unit < 0x20 || unit == '"' || unit == '\\')
		wv_json_put_escaped(&c->out, (uint32_t)unit);
	else
		wv_buf_add_utf8(&c->out, (uint32_t)unit);
}

static void clean_escape(struct cleaner *c)
{
	unsigned char what;

	c->at++;
	if (c->at == c->in.n)
		return;
	what = c->in.p[c->at];
	switch (what) {
	case '"':
	case '\\':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		wv_buf_add_byte(&c->out, '\\');
		wv_buf_add_byte(&c->out, what);
		c->at++;
		break;
	case 'u':
		clean_unicode_escape(c);
		break;
	case '\r': /* a line that goes on */
	case '\n':
		c->at++;
		break;
	default: /* \' \/ \& : the sign itself, read with the rest of the string */
		break;
	}
}

static void clean_string(struct cleaner *c)
{
	wv_buf_add_byte(&c->out, '"');
	c->at++;
	while (c->at < c->in.n) {
		size_t from = c->at;
		unsigned char byte = c->in.p[c->at];

		if (byte == '"') {
			c->at++;
			if (ends_string(c, c->at)) {
				wv_buf_add_byte(&c->out, '"');
				return;
			}
			wv_buf_add_string(&c->out, "\\\"");
		} else if (byte == '\\') {
			clean_escape(c);
		} else if (byte < 0x20) {
			if (byte)
				wv_json_put_escaped(&c->out, byte);
			c->at++;
		} else if (byte < 0x80) {
			while (c->at < c->in.n && c->in.p[c->at] >= 0x20 && c->in.p[c->at] < 0x80 &&
			       c->in.p[c->at] != '"' && c->in.p[c->at] != '\\')
				c->at++;
			wv_buf_add_bytes(&c->out, c->in.p + from, c->at - from);
		} else {
			wv_buf_add_utf8(&c->out, wv_text_next(c->in, &c->at));
		}
	}
}

/* As written; only jansson's refusals are mended or left for it to refuse. */
static void strict_string(struct cleaner *c)
{
	size_t from = c->at++;

	while (c->at < c->in.n && c->in.p[c->at] != '"')
		c->at += c->in.p[c->at] == '\\' && c->at + 1 < c->in.n ? 2 : 1;
	c->at += c->at < c->in.n;
	wv_buf_add_bytes(&c->out, c->in.p + from, c->at - from);
}

/*
 * A number: integers of 19 digits and more become reals, since jansson's end at 64 bits; what no
 * double can hold becomes null (1e999) unless strict.
 */
static void clean_number(struct cleaner *c)
{
	size_t from = c->at, digits = 0, written = c->out.n;
	bool is_integer = true, is_negative_exponent = false;
	const char *text;

	for (; c->at < c->in.n; c->at++) {
		unsigned char byte = c->in.p[c->at];

		if (wv_byte_is_digit(byte))
			digits++;
		else if (byte == '.' || byte == 'e' || byte == 'E')
			is_integer = false;
		else if (byte == '-')
			is_negative_exponent = !is_integer;
		else if (byte != '+')
			break;
	}
	wv_buf_add(&c->out, wv_slice_part(c->in, from, c->at - from));
	if (is_integer && digits >= 19)
		wv_buf_add_string(&c->out, ".0");
	/* Short numbers without an exponent are no case for strtod. */
	if (c->strict || is_negative_exponent || (is_integer && digits < 300))
		return;
	text = wv_buf_string(&c->out);
	if (text && isinf(strtod(text + written, NULL))) {
		c->out.n = written;
		wv_buf_add_string(&c->out, "null");
	}
}

/* true, false, null; JavaScript's other words are null; the rest is left to be refused. */
static void clean_word(struct cleaner *c)
{
	size_t from = c->at;
	struct wv_slice word;

	while (c->at < c->in.n &&
	       (wv_byte_is_alnum(c->in.p[c->at]) || c->in.p[c->at] == '_' || c->in.p[c->at] == '$'))
		c->at++;
	if (c->at == from)
		c->at++;
	word = wv_slice_part(c->in, from, c->at - from);
	if (!c->strict &&
	    (wv_slice_equals(word, WV_LIT("undefined")) || wv_slice_equals(word, WV_LIT("NaN")) ||
	     wv_slice_equals(word, WV_LIT("Infinity"))))
		word = WV_LIT("null");
	wv_buf_add(&c->out, word);
}

static void flush_comma(struct cleaner *c)
{
	if (c->wants_comma)
		wv_buf_add_byte(&c->out, ',');
	c->wants_comma = false;
}

/* One token. False where the text ends, or goes too deep or on for too long, which leaves depth or
 * values above their cap. */
static bool clean_token(struct cleaner *c)
{
	unsigned char byte;

	if (!c->strict)
		skip_blanks(c);
	if (c->at >= c->in.n || c->out.failed)
		return false;
	byte = c->in.p[c->at];
	if (byte == ',' && !c->strict) {
		c->wants_comma = c->wants_comma || c->has_value;
		c->has_value = false;
		c->at++;
		return true;
	}
	if (byte == ']' || byte == '}') {
		c->wants_comma = false;
		c->has_value = true;
		c->depth -= c->depth > 0;
		wv_buf_add_byte(&c->out, byte);
		c->at++;
		/* What follows the value (";", more script) is no business of ours. */
		return c->strict || c->depth > 0;
	}
	flush_comma(c);
	if (byte == '[' || byte == '{') {
		c->has_value = false;
		if (++c->depth > WV_LIMIT_JSON_DEPTH || ++c->values > WV_LIMIT_JSON_VALUES)
			return false;
		c->is_array[c->depth] = byte == '[';
		wv_buf_add_byte(&c->out, byte);
		c->at++;
		return true;
	}
	c->has_value = byte != ':';
	c->values += byte != ':' && byte != ',';
	if (c->values > WV_LIMIT_JSON_VALUES)
		return false;
	if (byte == '"') {
		if (c->strict)
			strict_string(c);
		else
			clean_string(c);
	} else if (wv_byte_is_digit(byte) ||
		   (byte == '-' && c->at + 1 < c->in.n && wv_byte_is_digit(c->in.p[c->at + 1]))) {
		clean_number(c);
	} else if (wv_byte_is_alpha(byte)) {
		clean_word(c);
	} else if (!c->strict && looking_at(c, WV_LIT("-Infinity"))) {
		c->at++;
	} else {
		/* jansson loses a NUL that follows a number, and takes what is left for JSON. */
		wv_buf_add_byte(&c->out, byte ? byte : 1);
		c->at++;
	}
	return true;
}

/* ---- reading ---- */

static void decref(json_t **tree)
{
	if (*tree)
		json_decref(*tree);
	*tree = NULL;
}

static void put_number(struct wv_arena *arena, const json_t *from, struct wv_json *to)
{
	to->kind = WV_JSON_NUMBER;
	if (json_is_integer(from)) {
		json_int_t value = json_integer_value(from);

		to->number = (double)value;
		to->text = wv_arena_format(arena, "%lld", (long long)value);
	} else {
		to->number = json_real_value(from);
	}
}

/* A value and its children's slots; the children themselves come later. False: no memory. */
static bool put_value(struct wv_arena *arena, json_t *from, struct wv_json *to)
{
	struct wv_slice *keys;

	switch (json_typeof(from)) {
	case JSON_NULL:
		to->kind = WV_JSON_NULL;
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		to->kind = WV_JSON_BOOL;
		to->boolean = json_is_true(from);
		return true;
	case JSON_INTEGER:
	case JSON_REAL:
		put_number(arena, from, to);
		return json_is_real(from) || to->text.n > 0;
	case JSON_STRING:
		to->kind = WV_JSON_STRING;
		to->text = wv_slice(json_string_value(from), json_string_length(from));
		to->text = wv_arena_copy(arena, to->text);
		return to->text.n == json_string_length(from);
	case JSON_ARRAY:
		to->kind = WV_JSON_ARRAY;
		to->n = json_array_size(from);
		to->items = WV_ARENA_ARRAY(arena, struct wv_json, to->n);
		return to->items != NULL;
	case JSON_OBJECT:
		break;
	}
	to->kind = WV_JSON_OBJECT;
	to->n = json_object_size(from);
	to->items = WV_ARENA_ARRAY(arena, struct wv_json, to->n);
	to->keys = keys = WV_ARENA_ARRAY(arena, struct wv_slice, to->n);
	return to->items != NULL && keys != NULL;
}

/* One container half walked; the stack of them is as deep as the cap allows. */
struct level {
	json_t *from;
	struct wv_json *to;
	size_t at;
	void *iterator;
};

/* The next child of a level, its key stored; NULL at the end, `*failed` without memory. */
static json_t *next_child(struct wv_arena *arena, struct level *level, struct wv_json **slot,
			  bool *failed)
{
	json_t *child;

	if (level->at == level->to->n)
		return NULL;
	/* The tree is ours until it is given away: the const is for its readers. */
	*slot = (struct wv_json *)(uintptr_t)&level->to->items[level->at];
	if (json_is_array(level->from)) {
		child = json_array_get(level->from, level->at);
	} else {
		const char *key = json_object_iter_key(level->iterator);
		struct wv_slice *keys = (struct wv_slice *)(uintptr_t)level->to->keys;

		keys[level->at] = wv_arena_copy(arena, wv_slice_of(key));
		*failed = keys[level->at].n != wv_slice_of(key).n;
		child = json_object_iter_value(level->iterator);
		level->iterator = json_object_iter_next(level->from, level->iterator);
	}
	level->at++;
	return child;
}

static bool put_tree(struct wv_arena *arena, json_t *from, struct wv_json *to)
{
	struct level stack[WV_LIMIT_JSON_DEPTH + 1];
	size_t depth = 0;
	bool failed = false;
	struct wv_json *slot = to;

	while (from) {
		if (!put_value(arena, from, slot))
			return false;
		if (slot->n) {
			WV_ASSERT(depth < WV_COUNT(stack));
			stack[depth++] = (struct level){
				.from = from,
				.to = slot,
				.iterator = json_is_object(from) ? json_object_iter(from) : NULL};
		}
		from = NULL;
		while (depth && !(from = next_child(arena, &stack[depth - 1], &slot, &failed)))
			depth--;
		if (failed)
			return false;
	}
	return true;
}

static enum wv_status parse(struct wv_arena *arena, struct wv_slice text, bool strict,
			    const struct wv_json **out, struct wv_err *err)
{
	struct cleaner c = {.in = text, .strict = strict};
	WV_AUTO(decref) json_t *tree = NULL;
	json_error_t error;
	struct wv_json *root;
	enum wv_status st;

	if (text.n > WV_LIMIT_JSON_BYTES)
		return wv_err_set(err, WV_LIMIT, "JSON too large (%zu bytes, cap %u)", text.n,
				  WV_LIMIT_JSON_BYTES);
	if (!strict && wv_slice_starts(text, WV_LIT("\xef\xbb\xbf")))
		c.at = 3;
	/* A control byte grows to six, a broken one to three, ".0" is rare. */
	wv_buf_init(&c.out, (size_t)WV_LIMIT_JSON_BYTES * 6 + 64);
	while (clean_token(&c)) {
	}
	st = wv_buf_finish(&c.out, "JSON", err);
	if (st == WV_OK && c.depth > WV_LIMIT_JSON_DEPTH)
		st = wv_err_set(err, WV_LIMIT, "JSON nests deeper than %u", WV_LIMIT_JSON_DEPTH);
	if (st == WV_OK && c.values > WV_LIMIT_JSON_VALUES)
		st = wv_err_set(err, WV_LIMIT, "JSON of more than %u values", WV_LIMIT_JSON_VALUES);
	if (st == WV_OK && c.out.n == 0)
		st = wv_err_set(err, WV_BAD_INPUT, "no JSON: nothing there");
	if (st == WV_OK) {
		tree = json_loadb((const char *)c.out.p, c.out.n, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				  &error);
		if (!tree && json_error_code(&error) == json_error_out_of_memory)
			st = wv_err_set(err, WV_NOMEM, "out of memory for JSON");
		else if (!tree)
			st = wv_err_set(err, WV_BAD_INPUT, "no JSON: line %d, column %d: %s",
					error.line, error.column, error.text);
	}
	wv_buf_done(&c.out);
	if (st != WV_OK)
		return st;
	root = WV_ARENA_NEW(arena, struct wv_json);
	if (!root || !put_tree(arena, tree, root))
		return wv_err_set(err, WV_NOMEM, "out of memory for a JSON tree");
	*out = root;
	return WV_OK;
}

enum wv_status wv_json_parse(struct wv_arena *arena, struct wv_slice text,
			     const struct wv_json **out, struct wv_err *err)
{
	return parse(arena, text, false, out, err);
}

enum wv_status wv_json_parse_strict(struct wv_arena *arena, struct wv_slice text,
				    const struct wv_json **out, struct wv_err *err)
{
	return parse(arena, text, true, out, err);
}

const struct wv_json *wv_json_get(const struct wv_json *object, const char *key)
{
	struct wv_slice wanted = wv_slice_of(key);

	if (!object || object->kind != WV_JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->n; i++)
		if (wv_slice_equals(object->keys[i], wanted))
			return &object->items[i];
	return NULL;
}

struct wv_slice wv_json_get_string(const struct wv_json *object, const char *key)
{
	const struct wv_json *value = wv_json_get(object, key);

	return value && value->kind == WV_JSON_STRING ? value->text : WV_SLICE_NONE;
}
