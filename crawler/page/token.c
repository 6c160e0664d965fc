#include "crawler/page/token.h"

#include "config/base/checked.h"

/* Classes of bytes, so that short names are passed without calls. */
enum byte_class {
	ENDS_TAG_NAME = 1,   /* white space / > */
	ENDS_ATTR_NAME = 2,  /* white space / > = */
	ENDS_UNQUOTED = 4,   /* white space > */
};

static const unsigned char classes[256] = {
	['\t'] = 7, ['\n'] = 7, ['\f'] = 7, ['\r'] = 7, [' '] = 7, ['/'] = 3, ['>'] = 7, ['='] = 2,
};

void wv_tokenizer_init(struct wv_tokenizer *tokenizer, struct wv_slice text)
{
	tokenizer->start = text.p;
	tokenizer->at = text.p;
	tokenizer->end = text.p ? text.p + text.n : NULL;
	tokenizer->raw = WV_TAG_UNKNOWN;
	tokenizer->is_foreign = false;
	tokenizer->is_for_pages = false;
	tokenizer->serial = 0;
	memset(tokenizer->seen, 0, sizeof(tokenizer->seen));
	wv_names_init(&tokenizer->names);
}

static const unsigned char *find(const unsigned char *p, const unsigned char *end, int byte)
{
	const unsigned char *hit = p < end ? memchr(p, byte, (size_t)(end - p)) : NULL;

	return hit ? hit : end;
}

static struct wv_slice between(const unsigned char *p, const unsigned char *end)
{
	return wv_slice(p, (size_t)(end - p));
}

/* Does `p` start with the name (ASCII case ignored) and something that ends a tag name? */
static bool is_name_at(const unsigned char *p, const unsigned char *end, struct wv_slice name)
{
	return (size_t)(end - p) > name.n &&
	       wv_slice_equals_nocase(wv_slice(p, name.n), name) &&
	       (classes[p[name.n]] & ENDS_TAG_NAME);
}

/* Where "-->" begins at or after `p`, or `end`. */
static const unsigned char *find_arrow(const unsigned char *p, const unsigned char *end)
{
	while (end - p >= 3) {
		p = find(p, end - 2, '-');
		if (p >= end - 2)
			return end;
		if (p[1] == '-' && p[2] == '>')
			return p;
		p++;
	}
	return end;
}

/*
 * The end of a script's text: the "</script" that counts. Between "<!--" and "-->" a "<script"
 * opens an inner one that swallows the next "</script" (13.2.5.15 to 13.2.5.31).
 */
static const unsigned char *find_script_end(const unsigned char *p, const unsigned char *end)
{
	const struct wv_slice name = WV_LIT("script");
	const unsigned char *arrow = NULL; /* while escaped: where that ends */
	bool is_double = false;

	for (p = find(p, end, '<'); p < end; p = find(p + 1, end, '<')) {
		if (arrow && p > arrow) {
			arrow = NULL;
			is_double = false;
		}
		if (end - p < 4)
			return end;
		if (p[1] == '/' && is_name_at(p + 2, end, name)) {
			if (!is_double)
				return p;
			is_double = false;
		} else if (!arrow && p[1] == '!' && p[2] == '-' && p[3] == '-') {
			arrow = find_arrow(p + 2, end);
		} else if (arrow && !is_double && is_name_at(p + 1, end, name)) {
			is_double = true;
		}
	}
	return end;
}

static const unsigned char *find_raw_end(const unsigned char *p, const unsigned char *end,
                                         enum wv_tag tag)
{
	struct wv_slice name = wv_tag_text(tag);

	if (tag == WV_TAG_PLAINTEXT)
		return end;
	if (tag == WV_TAG_SCRIPT)
		return find_script_end(p, end);
	for (p = find(p, end, '<'); p < end; p = find(p + 1, end, '<')) {
		if (end - p > 2 && p[1] == '/' && is_name_at(p + 2, end, name))
			return p;
	}
	return end;
}

void wv_tokenizer_enter(struct wv_tokenizer *tokenizer, enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_SCRIPT:
	case WV_TAG_STYLE:
	case WV_TAG_XMP:
	case WV_TAG_IFRAME:
	case WV_TAG_NOEMBED:
	case WV_TAG_NOFRAMES:
	case WV_TAG_TITLE:
	case WV_TAG_TEXTAREA:
	case WV_TAG_PLAINTEXT:
		tokenizer->raw = tag;
		break;
	default:
		break;
	}
}

struct wv_slice wv_tokenizer_skip_raw(struct wv_tokenizer *tokenizer)
{
	const unsigned char *from = tokenizer->at;

	if (tokenizer->raw == WV_TAG_UNKNOWN)
		return wv_slice(from, 0);
	tokenizer->at = find_raw_end(from, tokenizer->end, tokenizer->raw);
	tokenizer->raw = WV_TAG_UNKNOWN;
	return between(from, tokenizer->at);
}

/* After "<!" or "<?": comment, DOCTYPE, CDATA section, or a bogus comment. Moves past it. */
static void markup_declaration(struct wv_tokenizer *t, struct wv_token *token)
{
	const unsigned char *p = t->at + 2, *end = t->end;

	token->kind = WV_TOKEN_COMMENT;
	if (t->at[1] == '!' && end - p >= 2 && p[0] == '-' && p[1] == '-') {
		p += 2;
		if (p < end && p[0] == '>') { /* <!--> */
			t->at = p + 1;
			return;
		}
		if (end - p >= 2 && p[0] == '-' && p[1] == '>') { /* <!---> */
			t->at = p + 2;
			return;
		}
		for (p = find(p, end, '-'); p < end; p = find(p + 1, end, '-')) {
			if (end - p >= 3 && p[1] == '-' && p[2] == '>') {
				t->at = p + 3;
				return;
			}
			if (end - p >= 4 && p[1] == '-' && p[2] == '!' && p[3] == '>') {
				t->at = p + 4;
				return;
			}
		}
		t->at = end;
		return;
	}
	if (t->at[1] == '!' && t->is_foreign &&
	    wv_slice_starts(between(p, end), WV_LIT("[CDATA["))) {
		size_t close = wv_slice_find(between(p, end), WV_LIT("]]>"), 7);

		token->kind = WV_TOKEN_TEXT;
		token->text = wv_slice_part(between(p, end), 7,
		                            close == SIZE_MAX ? SIZE_MAX : close - 7);
		t->at = close == SIZE_MAX ? end : p + close + 3;
		return;
	}
	if (t->at[1] == '!' && wv_slice_starts_nocase(between(p, end), WV_LIT("doctype")))
		token->kind = WV_TOKEN_DOCTYPE;
	p = find(p, end, '>');
	t->at = p < end ? p + 1 : end;
}

/* One attribute at `p` (not white space, '/' or '>'); gives where it ends, NULL at the end. */
static const unsigned char *attribute(const unsigned char *p, const unsigned char *end,
                                      struct wv_slice *name, struct wv_slice *value)
{
	const unsigned char *from = p++; /* a leading '=' belongs to the name */
	const unsigned char *after;

	while (p < end && !(classes[*p] & ENDS_ATTR_NAME))
		p++;
	*name = between(from, p);
	*value = wv_slice(p, 0);
	after = p;
	while (p < end && wv_byte_is_space(*p))
		p++;
	if (p >= end)
		return NULL;
	if (*p != '=')
		return after;
	p++;
	while (p < end && wv_byte_is_space(*p))
		p++;
	if (p >= end)
		return NULL;
	if (*p == '"' || *p == '\'') {
		const unsigned char *quote = find(p + 1, end, *p);

		*value = between(p + 1, quote);
		return quote < end ? quote + 1 : NULL;
	}
	from = p;
	while (p < end && !(classes[*p] & ENDS_UNQUOTED))
		p++;
	*value = between(from, p);
	return p < end ? p : NULL;
}

static void keep_attribute(struct wv_tokenizer *t, struct wv_token *token, size_t seen,
                           const unsigned char *from, const unsigned char *end,
                           struct wv_slice name, struct wv_slice value)
{
	enum wv_attr_name number = wv_names_attr(&t->names, name);
	struct wv_token_attr *attr;

	if (seen >= WV_LIMIT_ATTRIBUTES) {
		token->is_limited = true;
		token->has_other_attrs = true;
		return;
	}
	if (number == WV_ATTR_UNKNOWN || t->seen[number] == t->serial) {
		token->has_other_attrs = true;
		if (wv_slice_equals_nocase(name, WV_LIT("amp")) ||
		    wv_slice_equals(name, WV_LIT("\xE2\x9A\xA1")))
			token->has_amp = true;
		return;
	}
	t->seen[number] = t->serial;
	attr = &t->attrs[token->attr_count++];
	attr->name = number;
	attr->raw = between(from, end);
	attr->value = value;
	attr->touches_previous = !(classes[from[-1]] & ENDS_TAG_NAME);
}

static bool leads_to_pages(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_A: case WV_TAG_AREA: case WV_TAG_LINK: case WV_TAG_BASE: case WV_TAG_META:
	case WV_TAG_IFRAME: case WV_TAG_FRAME: case WV_TAG_AMP_IFRAME: case WV_TAG_TEMPLATE:
	case WV_TAG_HTML: case WV_TAG_BODY:
		return true;
	default:
		return false;
	}
}

/* The rest of a tag after its name; false where the text ends inside it (no tag then). */
static bool tag_rest(struct wv_tokenizer *t, struct wv_token *token, const unsigned char *p)
{
	const unsigned char *end = t->end;
	bool keeps = token->kind == WV_TOKEN_START &&
		     (!t->is_for_pages || leads_to_pages(token->tag));
	size_t seen = 0;

	for (;;) {
		const unsigned char *from;
		struct wv_slice name, value;

		while (p < end && (wv_byte_is_space(*p) || (*p == '/' && !(p + 1 < end && p[1] == '>'))))
			p++;
		if (p >= end)
			return false;
		if (*p == '/') { /* and '>' follows */
			token->is_self_closing = true;
			p++;
		}
		if (*p == '>')
			break;
		from = p;
		p = attribute(p, end, &name, &value);
		if (!p)
			return false;
		if (keeps)
			keep_attribute(t, token, seen++, from, p, name, value);
	}
	t->at = p + 1;
	return true;
}

/* A tag whose name starts at `p`. The text's end inside a tag drops the tag. */
static bool tag(struct wv_tokenizer *t, struct wv_token *token, const unsigned char *p)
{
	const unsigned char *from = p;

	while (p < t->end && !(classes[*p] & ENDS_TAG_NAME))
		p++;
	token->name = between(from, p);
	token->tag = wv_names_tag(&t->names, token->name);
	token->is_self_closing = false;
	token->is_limited = false;
	token->has_other_attrs = false;
	token->has_amp = false;
	token->attr_count = 0;
	token->attrs = t->attrs;
	t->serial++;
	if (p < t->end && *p == '>') {
		t->at = p + 1;
		return true;
	}
	if (!tag_rest(t, token, p)) {
		t->at = t->end;
		return false;
	}
	return true;
}

/* What starts with the '<' at t->at; false if that is text after all. */
static bool after_less_than(struct wv_tokenizer *t, struct wv_token *token)
{
	const unsigned char *p = t->at + 1;

	if (p >= t->end)
		return false;
	if (wv_byte_is_alpha(*p)) {
		token->kind = WV_TOKEN_START;
		if (!tag(t, token, p))
			token->kind = WV_TOKEN_COMMENT;
		return true;
	}
	if (*p == '!' || *p == '?') {
		markup_declaration(t, token);
		return true;
	}
	if (*p != '/' || p + 1 >= t->end)
		return false;
	p++;
	if (wv_byte_is_alpha(*p)) {
		token->kind = WV_TOKEN_END;
		if (!tag(t, token, p))
			token->kind = WV_TOKEN_COMMENT;
		return true;
	}
	token->kind = WV_TOKEN_COMMENT; /* "</>" is nothing, "</3 ...>" a bogus comment */
	p = find(p, t->end, '>');
	t->at = p < t->end ? p + 1 : t->end;
	return true;
}

bool wv_tokenizer_next(struct wv_tokenizer *t, struct wv_token *token)
{
	const unsigned char *from = t->at;
	const unsigned char *p;

	if (t->raw != WV_TAG_UNKNOWN) {
		token->kind = WV_TOKEN_TEXT;
		token->text = wv_tokenizer_skip_raw(t);
		token->raw = token->text;
		if (token->text.n > 0)
			return true;
		from = t->at;
	}
	if (from >= t->end)
		return false;
	if (*from == '<' && after_less_than(t, token)) {
		token->raw = between(from, t->at);
		return true;
	}
	for (p = find(from + 1, t->end, '<'); p < t->end; p = find(p + 1, t->end, '<')) {
		unsigned char next = p + 1 < t->end ? p[1] : 0;

		if (wv_byte_is_alpha(next) || next == '/' || next == '!' || next == '?')
			break;
	}
	token->kind = WV_TOKEN_TEXT;
	token->text = between(from, p);
	token->raw = token->text;
	t->at = p;
	return true;
}

struct wv_slice wv_token_attributes(const struct wv_token *token)
{
	const unsigned char *from = token->name.p + token->name.n;

	/* Without its last byte, which is ">". */
	return between(from, token->raw.p + token->raw.n - 1);
}

bool wv_token_next_attribute(struct wv_slice *rest, struct wv_slice *name, struct wv_slice *value)
{
	const unsigned char *p = rest->p, *end = rest->p + rest->n;

	while (p < end && (wv_byte_is_space(*p) || *p == '/'))
		p++;
	if (p == end)
		return false;
	p = attribute(p, end, name, value);
	*rest = p ? between(p, end) : between(end, end);
	return true;
}

const struct wv_token_attr *wv_token_attr(const struct wv_token *token, enum wv_attr_name name)
{
	for (size_t i = 0; i < token->attr_count; i++) {
		if (token->attrs[i].name == name)
			return &token->attrs[i];
	}
	return NULL;
}
