#include "crawler/discover/normal.h"

#include "config/base/checked.h"
#include "config/base/text.h"
#include "crawler/page/entities.h"

/* A tag longer than this is none: its '<' was text. */
#define TAG_BYTES   (64u * WV_KIB)
#define ATTRS_MOST  64u
/* The longest thing that must be seen whole to be decided, tags apart: a named reference. */
#define LOOK_BYTES  (WV_ENTITY_NAME_MAX + 2u)
#define BUFFER_CAP  ((size_t)256 * WV_MIB)

void wv_normal_init(struct wv_normal *normal)
{
	memset(normal, 0, sizeof(*normal));
	wv_buf_init(&normal->pending, BUFFER_CAP);
	wv_buf_init(&normal->out, BUFFER_CAP);
	wv_buf_init(&normal->names, BUFFER_CAP);
}

void wv_normal_done(struct wv_normal *normal)
{
	wv_buf_done(&normal->pending);
	wv_buf_done(&normal->out);
	wv_buf_done(&normal->names);
}

static bool is_name_start(unsigned char c)
{
	return wv_byte_is_alpha(c) || c == '_' || c >= 0x80;
}

static bool is_name_byte(unsigned char c)
{
	return is_name_start(c) || wv_byte_is_digit(c) || c == '-' || c == '.' || c == ':';
}

/* XML 1.0 production 2, for what UTF-8 decoding gave. */
static bool is_xml_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
	       (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

static void put_char(struct wv_normal *n, uint32_t c)
{
	switch (c) {
	case '&':
		wv_buf_add_string(&n->out, "&amp;");
		break;
	case '<':
		wv_buf_add_string(&n->out, "&lt;");
		break;
	case '>':
		wv_buf_add_string(&n->out, "&gt;");
		break;
	case '"':
		wv_buf_add_string(&n->out, "&quot;");
		break;
	default:
		if (is_xml_char(c))
			wv_buf_add_utf8(&n->out, c);
		else
			n->is_damaged = true;
	}
}

/* &#NNN; and &#xHH; after the '&': bytes taken, or 0. */
static size_t numeric(struct wv_slice s, uint32_t *code)
{
	bool is_hex = s.n > 1 && s.p[1] == 'x';
	size_t at = is_hex ? 2 : 1, from = at;
	uint32_t c = 0;

	for (; at < s.n && at - from < 8; at++) {
		int digit = wv_byte_hex(s.p[at]);

		if (digit < 0 || (!is_hex && digit > 9))
			break;
		c = c * (is_hex ? 16 : 10) + (uint32_t)digit;
	}
	if (at == from || at >= s.n || s.p[at] != ';' || !is_xml_char(c))
		return 0;
	*code = c;
	return at + 1;
}

/* The reference at s.p[0] == '&': its characters are put, its length given; a bare '&' is 1. */
static size_t reference(struct wv_normal *n, struct wv_slice s)
{
	struct wv_slice after = wv_slice_from(s, 1);
	const struct wv_entity *entity;
	uint32_t code = 0;
	size_t taken;

	if (after.n > 0 && after.p[0] == '#') {
		taken = numeric(after, &code);
		if (taken > 0) {
			put_char(n, code);
			return taken + 1;
		}
	} else if (wv_slice_starts(after, WV_LIT("apos;"))) {
		put_char(n, '\'');
		return 6;
	} else {
		entity = wv_entities_match(after, &taken);
		if (entity && after.p[taken - 1] == ';') {
			put_char(n, entity->first);
			if (entity->second != 0)
				put_char(n, entity->second);
			return taken + 1;
		}
	}
	n->is_damaged = true;
	put_char(n, '&');
	return 1;
}

/* Characters as text: references replaced (or not, inside CDATA), everything escaped. */
static void put_text(struct wv_normal *n, struct wv_slice s, bool has_references)
{
	for (size_t at = 0; at < s.n;) {
		size_t run = at;

		while (run < s.n && s.p[run] >= 0x20 && s.p[run] < 0x7F && s.p[run] != '&' &&
		       s.p[run] != '<' && s.p[run] != '>' && s.p[run] != '"')
			run++;
		wv_buf_add(&n->out, wv_slice_part(s, at, run - at));
		at = run;
		if (at >= s.n)
			break;
		if (s.p[at] == '&' && has_references) {
			at += reference(n, wv_slice_from(s, at));
		} else {
			size_t from = at;
			uint32_t c = wv_text_next(s, &at);

			n->is_damaged |= c == 0xFFFD && s.p[from] != 0xEF;
			put_char(n, c);
		}
	}
}

/* ---- tags ---- */

/* Names as libxml2 accepts them: one colon at most, inside. */
static bool is_name(struct wv_slice name)
{
	size_t colons = 0;

	if (name.n == 0 || name.n > 256 || !is_name_start(name.p[0]) ||
	    name.p[name.n - 1] == ':' || !wv_text_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		/* Above ASCII not all characters may be in names; none are in those we read. */
		if (!is_name_byte(name.p[i]) || name.p[i] >= 0x80)
			return false;
		colons += name.p[i] == ':';
		if (name.p[i] == ':' && !is_name_start(name.p[i + 1]))
			return false;
	}
	return colons <= 1;
}

static struct wv_slice open_name(const struct wv_normal *n, size_t level)
{
	size_t end = level + 1 < n->depth ? n->open[level + 1] : n->names.n;

	return wv_slice(n->names.p + n->open[level], end - n->open[level]);
}

static void close_top(struct wv_normal *n)
{
	struct wv_slice name = open_name(n, n->depth - 1);

	wv_buf_add_string(&n->out, "</");
	wv_buf_add(&n->out, name);
	wv_buf_add_byte(&n->out, '>');
	n->depth--;
	n->names.n = n->open[n->depth];
	n->is_done = n->depth == 0;
}

static void end_tag(struct wv_normal *n, struct wv_slice name)
{
	for (size_t level = n->depth; level-- > 0;) {
		if (!wv_slice_equals(open_name(n, level), name))
			continue;
		n->is_damaged |= level + 1 != n->depth;
		while (n->depth > level)
			close_top(n);
		return;
	}
	n->is_damaged = true;
}

static size_t skip_space(struct wv_slice s, size_t at)
{
	while (at < s.n && wv_byte_is_space(s.p[at]))
		at++;
	return at;
}

/* The attributes of a tag, each name once, values quoted anew. */
static void put_attributes(struct wv_normal *n, struct wv_slice s, size_t at)
{
	struct wv_slice seen[ATTRS_MOST];
	size_t count = 0;

	for (;;) {
		struct wv_slice name, value = WV_SLICE_NONE;
		size_t from;
		bool is_new = true;

		while (at < s.n && (wv_byte_is_space(s.p[at]) || s.p[at] == '/'))
			at++;
		if (at >= s.n)
			return;
		for (from = at; at < s.n && !wv_byte_is_space(s.p[at]) && s.p[at] != '/' &&
		                !(s.p[at] == '=' && at > from);)
			at++;
		name = wv_slice_part(s, from, at - from);
		at = skip_space(s, at);
		if (at < s.n && s.p[at] == '=') {
			at = skip_space(s, at + 1);
			if (at < s.n && (s.p[at] == '"' || s.p[at] == '\'')) {
				size_t quote = wv_slice_find_byte(s, s.p[at], at + 1);

				from = at + 1;
				at = quote == SIZE_MAX ? s.n : quote + 1;
				value = wv_slice_part(s, from, quote == SIZE_MAX ? SIZE_MAX
				                                                 : quote - from);
			} else {
				for (from = at; at < s.n && !wv_byte_is_space(s.p[at]);)
					at++;
				value = wv_slice_part(s, from, at - from);
				n->is_damaged = true;
			}
		}
		for (size_t i = 0; i < count; i++)
			is_new = is_new && !wv_slice_equals(seen[i], name);
		if (!is_new || count >= ATTRS_MOST || !is_name(name)) {
			n->is_damaged = true;
			continue;
		}
		seen[count++] = name;
		wv_buf_add_byte(&n->out, ' ');
		wv_buf_add(&n->out, name);
		wv_buf_add_string(&n->out, "=\"");
		put_text(n, value, true);
		wv_buf_add_byte(&n->out, '"');
	}
}

/* What a server's own error message in front of the document is made of; never a root of ours. */
static bool is_noise(struct wv_slice name)
{
	static const char *const names[] = {"b", "br", "p", "i", "font", "div", "span"};

	for (size_t i = 0; i < WV_COUNT(names); i++) {
		if (wv_slice_equals_nocase(name, wv_slice_of(names[i])))
			return true;
	}
	return false;
}

/* A whole tag, s from after its '<' to before its '>'. */
static void tag(struct wv_normal *n, struct wv_slice s)
{
	bool is_end = s.n > 0 && s.p[0] == '/';
	bool is_empty = !is_end && s.n > 0 && s.p[s.n - 1] == '/';
	size_t from = is_end ? 1 : 0, at = from;
	struct wv_slice name;

	while (at < s.n && is_name_byte(s.p[at]))
		at++;
	name = wv_slice_part(s, from, at - from);
	if (!is_name(name)) {
		n->is_damaged = true;
		return;
	}
	if (is_end) {
		end_tag(n, name);
		return;
	}
	if (n->depth == 0 && is_noise(name)) {
		n->is_damaged = true;
		return;
	}
	if (n->depth >= WV_LIMIT_XML_DEPTH) {
		n->is_too_deep = true;
		return;
	}
	n->is_rooted = true;
	wv_buf_add_byte(&n->out, '<');
	wv_buf_add(&n->out, name);
	n->open[n->depth++] = n->names.n;
	wv_buf_add(&n->names, name);
	put_attributes(n, wv_slice_part(s, 0, is_empty ? s.n - 1 : s.n), at);
	wv_buf_add_byte(&n->out, '>');
	if (is_empty)
		close_top(n);
}

/* Offset of the '>' that ends the tag at the start of s, quotes minded; SIZE_MAX if not there. */
static size_t tag_end(struct wv_slice s)
{
	unsigned char quote = 0;

	for (size_t at = 1; at < s.n && at < TAG_BYTES; at++) {
		unsigned char c = s.p[at];

		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return at;
	}
	return SIZE_MAX;
}

/* ---- the states: each takes what it can decide and gives how much; 0: more input needed ---- */

static size_t in_markup(struct wv_normal *n, struct wv_slice s, bool is_last)
{
	size_t end;
	unsigned char c = s.n > 1 ? s.p[1] : 0;

	if (s.n < 9 && !is_last)
		return 0;
	if (wv_slice_starts(s, WV_LIT("<!--"))) {
		n->state = WV_NORMAL_COMMENT;
		return 4;
	}
	if (wv_slice_starts(s, WV_LIT("<![CDATA["))) {
		n->state = WV_NORMAL_CDATA;
		return 9;
	}
	if (c == '!' || c == '?') {
		n->state = c == '!' ? WV_NORMAL_DOCTYPE : WV_NORMAL_INSTRUCTION;
		n->brackets = 0;
		return 2;
	}
	if (!is_name_start(c) && c != '/') {
		n->is_damaged = true;
		put_char(n, '<');
		return 1;
	}
	end = tag_end(s);
	if (end == SIZE_MAX) {
		if (s.n < TAG_BYTES && !is_last)
			return 0;
		/* A quote that never closes: end the tag at its first '>', if there is one. */
		n->is_damaged = true;
		end = wv_slice_find_byte(s, '>', 0);
		if (end == SIZE_MAX || end > TAG_BYTES) {
			/* No tag starts anywhere in here; a cut one at the end says nothing. */
			end = wv_min_size(s.n, TAG_BYTES);
			if (n->depth > 0 && s.n >= TAG_BYTES)
				put_text(n, wv_slice_part(s, 0, end), true);
			return end;
		}
	}
	tag(n, wv_slice_part(s, 1, end - 1));
	return end + 1;
}

/* Where a cut at `at` may be moved back to so that no character is in two pieces. */
static size_t character_border(struct wv_slice s, size_t at)
{
	for (size_t back = 1; back <= 3 && back <= at; back++) {
		unsigned char c = s.p[at - back];
		size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;

		if (c >= 0xC0)
			return length > back ? at - back : at;
		if (c < 0x80)
			break;
	}
	return at;
}

/* Text up to the next '<', held back where a reference or a character may be cut. */
static size_t in_content(struct wv_normal *n, struct wv_slice s, bool is_last)
{
	size_t end;

	if (s.p[0] == '<')
		return in_markup(n, s, is_last);
	end = wv_slice_find_byte(s, '<', 0);
	if (end == SIZE_MAX) {
		end = s.n;
		if (!is_last) {
			size_t from = s.n > LOOK_BYTES ? s.n - LOOK_BYTES : 0;

			from = character_border(s, from);
			for (size_t at = from; at < s.n; at++) {
				if (s.p[at] == '&' || s.p[at] >= 0x80) {
					end = at;
					break;
				}
			}
		}
	}
	/* Outside of the root there is no text; what stands there is damage or white space. */
	if (n->depth > 0)
		put_text(n, wv_slice_part(s, 0, end), true);
	return end;
}

/* Up to the closing mark; the content is text (CDATA) or nothing. */
static size_t in_section(struct wv_normal *n, struct wv_slice s, struct wv_slice close,
                         bool is_text, bool is_last)
{
	size_t end = wv_slice_find(s, close, 0);
	size_t take = end;

	if (end == SIZE_MAX) {
		take = is_last ? s.n : s.n - wv_min_size(s.n, close.n + 3);
		n->is_damaged |= is_last;
		if (!is_last)
			take = character_border(s, take);
	}
	if (is_text && n->depth > 0)
		put_text(n, wv_slice_part(s, 0, take), false);
	if (end == SIZE_MAX)
		return take;
	n->state = WV_NORMAL_CONTENT;
	return end + close.n;
}

/* A DOCTYPE and its internal subset: passed over. */
static size_t in_doctype(struct wv_normal *n, struct wv_slice s)
{
	for (size_t at = 0; at < s.n; at++) {
		n->brackets += s.p[at] == '[';
		n->brackets -= s.p[at] == ']' && n->brackets > 0;
		if (s.p[at] == '>' && n->brackets == 0) {
			n->state = WV_NORMAL_CONTENT;
			return at + 1;
		}
	}
	return s.n;
}

static size_t one_step(struct wv_normal *n, struct wv_slice s, bool is_last)
{
	switch (n->state) {
	case WV_NORMAL_CONTENT:
		return in_content(n, s, is_last);
	case WV_NORMAL_CDATA:
		return in_section(n, s, WV_LIT("]]>"), true, is_last);
	case WV_NORMAL_COMMENT:
		return in_section(n, s, WV_LIT("-->"), false, is_last);
	case WV_NORMAL_INSTRUCTION:
		return in_section(n, s, WV_LIT("?>"), false, is_last);
	case WV_NORMAL_DOCTYPE:
		return in_doctype(n, s);
	}
	return s.n;
}

enum wv_status wv_normal_feed(struct wv_normal *n, struct wv_slice piece, bool is_last,
                              struct wv_err *err)
{
	enum wv_status st;
	size_t at = 0;

	wv_buf_add(&n->pending, piece);
	st = wv_buf_finish(&n->pending, "XML", err);
	if (st != WV_OK)
		return st;
	/* Two roots are one too many: after the first, the rest is not looked at. */
	while (at < n->pending.n && !n->is_done && !n->is_too_deep) {
		struct wv_slice rest = wv_slice_from(wv_buf_slice(&n->pending), at);
		size_t taken = one_step(n, rest, is_last);

		if (taken == 0)
			break;
		at += taken;
	}
	if (n->is_done || n->is_too_deep)
		at = n->pending.n;
	if (at > 0)
		memmove(n->pending.p, n->pending.p + at, n->pending.n - at);
	n->pending.n -= at;
	if (is_last || n->is_too_deep) {
		n->is_damaged |= n->depth > 0;
		while (n->depth > 0)
			close_top(n);
	}
	if (wv_buf_finish(&n->out, "XML", err) != WV_OK ||
	    wv_buf_finish(&n->names, "XML", err) != WV_OK)
		return WV_NOMEM;
	if (n->is_too_deep)
		return wv_err_set(err, WV_LIMIT, "XML nested deeper than %u", WV_LIMIT_XML_DEPTH);
	return WV_OK;
}
