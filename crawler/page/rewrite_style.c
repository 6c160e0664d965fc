/* References in CSS: css-syntax-3, 4.3, as far as it takes to know strings, url() and @import. */
#include "crawler/page/rewrite_parts.h"

#include "crawler/page/charset.h"

#define NESTING_MAX 64u /* of functions whose strings may be addresses */
#define PLAIN_MAX    32u

struct css {
	struct wv_references *references;
	const unsigned char *at, *end;
	struct wv_buf *out;
	struct wv_buf value;      /* a string or URL, its escapes decoded */
	bool is_import;           /* between "@import" and what it names */
	bool is_namespace;        /* between "@namespace" and its end: names, nothing is asked */
	uint64_t is_set;          /* by depth of parentheses: image-set( and kin */
	unsigned depth;
};

/* NUL is U+FFFD, a letter like others. */
static bool is_name(unsigned char c)
{
	return wv_byte_is_alnum(c) || c == '-' || c == '_' || c >= 0x80 || c == 0;
}

static size_t left(const struct css *c)
{
	return (size_t)(c->end - c->at);
}

/* An escape at the "\"; moves past it. 0 where it gives nothing (a line that goes on). */
static uint32_t read_escape(struct css *c)
{
	uint32_t value = 0;
	int digits = 0;

	c->at++;
	if (c->at >= c->end)
		return 0xfffd;
	if (wv_byte_hex(*c->at) < 0) {
		unsigned char first = *c->at++;
		uint32_t point = first;
		int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;

		if (first == '\r' && left(c) && *c->at == '\n')
			c->at++;
		if (first == '\n' || first == '\r' || first == '\f')
			return 0;
		if (!first)
			return 0xfffd;
		if (more)
			point = first & (0x3fu >> more);
		for (; more && left(c) && (*c->at & 0xc0) == 0x80; more--)
			point = point << 6 | (*c->at++ & 0x3f);
		return point;
	}
	while (digits++ < 6 && left(c) && wv_byte_hex(*c->at) >= 0)
		value = value << 4 | (uint32_t)wv_byte_hex(*c->at++);
	/* One white space ends it; CR and LF are one. */
	if (left(c) > 1 && c->at[0] == '\r' && c->at[1] == '\n')
		c->at++;
	if (left(c) && wv_byte_is_space(*c->at))
		c->at++;
	return value == 0 || value > 0x10ffff ? 0xfffd : value;
}

/* The text between quotes, decoded into c->value; at its first quote. */
static void read_string(struct css *c)
{
	unsigned char quote = *c->at++;

	wv_buf_reset(&c->value);
	while (c->at < c->end && *c->at != quote && *c->at != '\n' && *c->at != '\f' && *c->at != '\r') {
		if (*c->at == '\\') {
			uint32_t point = read_escape(c);

			if (point)
				wv_buf_add_utf8(&c->value, point);
		} else if (*c->at == 0) {
			wv_buf_add_utf8(&c->value, 0xfffd);
			c->at++;
		} else {
			wv_buf_add_byte(&c->value, *c->at++);
		}
	}
	if (c->at < c->end && *c->at == quote)
		c->at++;
}

/* "<" and "&" are written so that no reading of the place finds a tag or a reference in it. */
static void add_string(struct css *c, struct wv_slice text)
{
	wv_buf_add_byte(c->out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char b = text.p[i];

		if (b == '"' || b == '\\' || b == '<' || b == '&' || b < 0x20 || b == 0x7f)
			wv_buf_add_format(c->out, "\\%x ", b);
		else
			wv_buf_add_byte(c->out, b);
	}
	wv_buf_add_byte(c->out, '"');
}

/* The address in c->value as a string: into the archive, or nowhere. */
static void add_address(struct css *c, const char *modifier)
{
	WV_AUTO(wv_buf_done) struct wv_buf address = {.cap = c->out->cap};
	struct wv_slice value = wv_buf_slice(&c->value);

	if (wv_slice_starts(wv_slice_trim(value), WV_LIT("#")) || wv_reference_is_inline(value))
		wv_buf_add(&address, value);
	else if (!wv_references_add(c->references, value, modifier, &address))
		wv_buf_add_string(&address, "data:,");
	if (address.failed != WV_OK)
		c->out->failed = address.failed;
	add_string(c, wv_buf_slice(&address));
}

static void skip_space(struct css *c)
{
	while (c->at < c->end && wv_byte_is_space(*c->at))
		c->at++;
}

/* Behind "url(": up to and with its ")". */
static void read_url(struct css *c)
{
	skip_space(c);
	if (c->at < c->end && (*c->at == '"' || *c->at == '\'')) {
		read_string(c);
		while (c->at < c->end && *c->at != ')')
			c->at++;
	} else {
		wv_buf_reset(&c->value);
		while (c->at < c->end && *c->at != ')') {
			uint32_t point;

			if (*c->at != '\\') {
				wv_buf_add_byte(&c->value, *c->at++);
				continue;
			}
			point = read_escape(c);
			if (point)
				wv_buf_add_utf8(&c->value, point);
		}
		c->value.n = wv_slice_trim(wv_buf_slice(&c->value)).n;
	}
	if (c->at < c->end)
		c->at++;
}

static void url_function(struct css *c)
{
	read_url(c);
	if (c->is_namespace) {
		add_string(c, wv_buf_slice(&c->value));
		return;
	}
	wv_buf_add_string(c->out, "url(");
	add_address(c, c->is_import ? "cs_" : "oe_");
	wv_buf_add_byte(c->out, ')');
	c->is_import = false;
}

static bool is_any(struct wv_slice name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(names[i])))
			return true;
	return false;
}

/* A name as it stands: an escaped "<" or "&" by its number, nothing left out, since what is left out
 * may make another name of the rest. */
static void add_name(struct css *c, const unsigned char *from)
{
	for (; from < c->at; from++) {
		if (*from == '<' || *from == '&')
			wv_buf_add_format(c->out, "%x ", *from);
		else if (!*from)
			wv_buf_add_utf8(c->out, 0xfffd);
		else
			wv_buf_add_byte(c->out, *from);
	}
}

/* Functions whose strings are addresses. */
static const char *const sets[] = {"image-set", "-webkit-image-set", "image", "cross-fade",
                                   "-webkit-cross-fade", "src"};

static void enter(struct css *c, bool is_set)
{
	if (c->depth < NESTING_MAX)
		c->is_set = (c->is_set & ~(UINT64_C(1) << c->depth)) | (uint64_t)is_set << c->depth;
	c->depth++;
}

/* What lies deeper than is counted is taken for addresses: rather that than a live one. */
static bool is_in_set(const struct css *c)
{
	return c->depth && (c->depth > NESTING_MAX || c->is_set >> (c->depth - 1) & 1);
}

/* A name, its escapes decoded for comparison; its bytes go out as they are, if at all. */
static void name(struct css *c)
{
	const unsigned char *from = c->at;
	unsigned char plain[PLAIN_MAX];
	size_t n = 0;
	bool is_short = true;
	struct wv_slice text;

	while (c->at < c->end && (is_name(*c->at) || (*c->at == '\\' && left(c) > 1))) {
		uint32_t point = *c->at == '\\' ? read_escape(c) : *c->at++;

		if (n < PLAIN_MAX)
			plain[n++] = point < 0x80 ? (unsigned char)point : 0x80;
		else
			is_short = false;
	}
	text = wv_slice(plain, is_short ? n : 0);
	if (c->at < c->end && *c->at == '(') {
		if (wv_slice_equals_nocase(text, WV_LIT("url"))) {
			c->at++;
			url_function(c);
			return;
		}
		c->at++;
		enter(c, is_any(text, sets, WV_COUNT(sets)));
	}
	add_name(c, from);
}

static void at_rule(struct css *c)
{
	static const struct wv_slice import = WV_LIT_INIT("import"), charset = WV_LIT_INIT("charset"),
				     names = WV_LIT_INIT("namespace");
	const unsigned char *from = c->at++;
	unsigned char plain[PLAIN_MAX];
	size_t n = 0;
	struct wv_slice text;

	while (c->at < c->end && (is_name(*c->at) || (*c->at == '\\' && left(c) > 1))) {
		uint32_t point = *c->at == '\\' ? read_escape(c) : *c->at++;

		if (n < PLAIN_MAX)
			plain[n++] = point < 0x80 ? (unsigned char)point : 0x80;
	}
	text = wv_slice(plain, n);
	if (wv_slice_equals_nocase(text, charset)) { /* what goes out is UTF-8 */
		while (c->at < c->end && *c->at != ';')
			c->at++;
		if (c->at < c->end)
			c->at++;
		wv_buf_add_byte(c->out, ' ');
		return;
	}
	c->is_import = wv_slice_equals_nocase(text, import);
	c->is_namespace = wv_slice_equals_nocase(text, names);
	add_name(c, from);
}

static void string(struct css *c)
{
	read_string(c);
	if (c->is_import)
		add_address(c, "cs_");
	else if (is_in_set(c))
		add_address(c, "oe_");
	else
		add_string(c, wv_buf_slice(&c->value));
	c->is_import = false;
}

static void comment(struct css *c)
{
	size_t end = wv_slice_find(wv_slice(c->at, left(c)), WV_LIT("*/"), 2);

	c->at = end == SIZE_MAX ? c->end : c->at + end + 2;
	/* It parts what stands around it. */
	wv_buf_add_string(c->out, "/**/");
}

static void other(struct css *c)
{
	unsigned char b = *c->at, next = left(c) > 1 ? c->at[1] : 0;

	if (b == '<' && wv_slice_starts(wv_slice(c->at, left(c)), WV_LIT("<!--"))) {
		c->at += 4;
		wv_buf_add_byte(c->out, ' ');
		return;
	}
	c->at++;
	if (b == ';' || b == '{' || b == '}')
		c->is_import = c->is_namespace = false;
	if (b == '(')
		enter(c, false);
	else if (b == ')' && c->depth)
		c->depth--;
	else if (b == '{' || b == '}' || b == ';')
		c->depth = 0;
	wv_buf_add_byte(c->out, b);
	if (b == '<' && next != '=' && !wv_byte_is_space(next))
		wv_buf_add_byte(c->out, ' ');
	if (b == '&' && (wv_byte_is_alnum(next) || next == '#' || next == '\\'))
		wv_buf_add_string(c->out, "/**/");
}

void wv_rewrite_css(struct wv_references *references, struct wv_slice css, struct wv_buf *out)
{
	struct css c = {.references = references,
	                .at = css.p,
	                .end = css.p ? css.p + css.n : css.p,
	                .out = out,
	                .value = {.cap = css.n * 3 + 16}};

	while (c.at < c.end && out->failed == WV_OK) {
		if (*c.at == '/' && left(&c) > 1 && c.at[1] == '*')
			comment(&c);
		else if (*c.at == '"' || *c.at == '\'')
			string(&c);
		else if (*c.at == '@')
			at_rule(&c);
		else if (is_name(*c.at) || (*c.at == '\\' && left(&c) > 1))
			name(&c);
		else
			other(&c);
	}
	if (c.value.failed != WV_OK)
		out->failed = c.value.failed;
	wv_buf_done(&c.value);
}

/* The label of '@charset "label"' at the very start. */
static struct wv_slice declared(struct wv_slice body)
{
	struct wv_slice rest = wv_slice_part(body, 10, 64);
	size_t quote = wv_slice_find_byte(rest, '"', 0);

	if (!wv_slice_starts(body, WV_LIT("@charset \"")) || quote == SIZE_MAX)
		return WV_SLICE_NONE;
	return wv_charset_of_label(wv_slice_part(rest, 0, quote));
}

enum wv_status wv_rewrite_style(const struct wv_rewrite *rewrite, struct wv_slice body,
                                struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_references_done) struct wv_references references = {.base = NULL};
	const struct wv_charset_hints hints = {.content_type = rewrite->content_type,
	                                       .source = declared(body)};
	struct wv_charset_text text;
	enum wv_status st = wv_arena_new(body.n * 3 + WV_MIB, &arena, err);

	if (st == WV_OK)
		st = wv_charset_decode(arena, body, &hints, &text, err);
	if (st == WV_OK)
		st = wv_references_init(&references, rewrite, err);
	if (st != WV_OK)
		return st;
	wv_rewrite_css(&references, text.text, out);
	return wv_buf_finish(out, "style sheet", err);
}
