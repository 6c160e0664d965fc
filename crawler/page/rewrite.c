#include "crawler/page/rewrite.h"

#include "crawler/page/charset.h"
#include "crawler/page/rewrite_parts.h"
#include "crawler/page/token.h"

static bool is_word(struct wv_slice a, const char *b)
{
	return wv_slice_equals_nocase(a, wv_slice_of(b));
}

/* --- the page --- */

struct page {
	struct wv_references references;
	struct wv_arena *values; /* of one tag */
	struct wv_buf *out;
	struct wv_buf address;
	bool has_base, has_doctype;
	size_t foreign;          /* svg and math that are open */
	enum wv_status failed;
};

/* Between double quotes. `is_raw`: it is as it stood on a page, with its references. */
static void add_value(struct wv_buf *out, struct wv_slice value, bool is_raw)
{
	for (size_t i = 0; i < value.n; i++) {
		switch (value.p[i]) {
		case '"':
			wv_buf_add_string(out, "&quot;");
			break;
		case '<':
			wv_buf_add_string(out, "&lt;");
			break;
		case '>':
			wv_buf_add_string(out, "&gt;");
			break;
		case '&':
			wv_buf_add_string(out, is_raw ? "&" : "&amp;");
			break;
		case 0:
			break;
		default:
			wv_buf_add_byte(out, value.p[i]);
		}
	}
}

static void add_attribute(struct page *page, struct wv_slice name, struct wv_slice value,
                          bool is_raw)
{
	wv_buf_add_byte(page->out, ' ');
	for (size_t i = 0; i < name.n; i++)
		wv_buf_add_byte(page->out, wv_byte_lower(name.p[i]));
	wv_buf_add_string(page->out, "=\"");
	add_value(page->out, value, is_raw);
	wv_buf_add_byte(page->out, '"');
}

static void add_text(struct wv_buf *out, struct wv_slice text, bool is_raw)
{
	const unsigned char *end = text.p + text.n;

	for (const unsigned char *p = text.p; p < end;) {
		const unsigned char *from = p;

		while (p < end && *p != '<' && *p && (is_raw || *p != '&'))
			p++;
		wv_buf_add_bytes(out, from, (size_t)(p - from));
		if (p < end && *p == '<')
			wv_buf_add_string(out, "&lt;");
		else if (p < end && *p == '&')
			wv_buf_add_string(out, "&amp;");
		p += p < end;
	}
}

static struct wv_slice decode(struct page *page, struct wv_slice raw)
{
	struct wv_slice text = wv_markup_decode(page->values, raw, true);

	if (raw.n && !text.p)
		page->failed = WV_NOMEM;
	return text;
}

/* The candidates of a srcset, each rewritten: html.spec.whatwg.org 4.8.4.2.1. */
static void add_set(struct page *page, struct wv_slice set, struct wv_buf *out)
{
	size_t at = 0;
	bool is_first = true;

	while (at < set.n) {
		size_t from, end, depth = 0;
		struct wv_slice url, words;
		bool has_comma;

		while (at < set.n && (wv_byte_is_space(set.p[at]) || set.p[at] == ','))
			at++;
		for (from = at; at < set.n && !wv_byte_is_space(set.p[at]); at++)
			;
		for (end = at; end > from && set.p[end - 1] == ','; end--)
			;
		url = wv_slice_part(set, from, end - from);
		has_comma = end < at;
		for (from = at; !has_comma && at < set.n && (set.p[at] != ',' || depth); at++)
			depth = set.p[at] == '(' ? depth + 1 : set.p[at] == ')' && depth ? depth - 1 : depth;
		words = wv_slice_trim(wv_slice_part(set, from, at - from));
		wv_buf_reset(&page->address);
		if (!url.n)
			continue;
		if (wv_reference_is_inline(url))
			wv_buf_add(&page->address, url);
		else if (!wv_references_add(&page->references, url, "im_", &page->address))
			continue;
		wv_buf_add_string(out, is_first ? "" : ", ");
		is_first = false;
		for (size_t i = 0; i < page->address.n; i++) {
			/* At its end a comma would part candidates. */
			if (page->address.p[i] == ',' && i + 1 == page->address.n)
				wv_buf_add_string(out, "%2C");
			else
				wv_buf_add_byte(out, page->address.p[i]);
		}
		if (words.n) {
			wv_buf_add_byte(out, ' ');
			wv_buf_add(out, words);
		}
	}
}

/* One reference as the attribute `name`, or no attribute. */
static bool add_reference(struct page *page, struct wv_slice name, struct wv_slice value,
                          enum wv_role role)
{
	static const char *const modifiers[] = {
		[WV_ROLE_LINK] = "", [WV_ROLE_FRAME] = "if_", [WV_ROLE_IMAGE] = "im_", [WV_ROLE_MEDIA] = "oe_"};
	bool is_inline = role == WV_ROLE_IMAGE && wv_reference_is_inline(value);

	wv_buf_reset(&page->address);
	if (!is_inline &&
	    !wv_references_add(&page->references, value, modifiers[role], &page->address))
		return false;
	add_attribute(page, name, is_inline ? value : wv_buf_slice(&page->address), false);
	return true;
}

static void add_rewritten(struct page *page, struct wv_slice tag, struct wv_slice name,
                          struct wv_slice raw)
{
	enum wv_role role = wv_rewrite_role_in(tag, wv_rewrite_role(name));
	struct wv_slice value = role == WV_ROLE_KEEP || role == WV_ROLE_DROP ? raw : decode(page, raw);
	WV_AUTO(wv_buf_done) struct wv_buf made = {.cap = page->out->cap};
	bool is_fragment = wv_slice_starts(wv_slice_trim(value), WV_LIT("#"));

	switch (role) {
	case WV_ROLE_DROP:
		return;
	case WV_ROLE_KEEP:
		add_attribute(page, name, raw, true);
		return;
	case WV_ROLE_SET:
		add_set(page, value, &made);
		break;
	case WV_ROLE_STYLE:
	case WV_ROLE_VALUE:
		wv_rewrite_css(&page->references, value, &made);
		break;
	case WV_ROLE_HREF:
		if (is_fragment)
			add_attribute(page, name, value, false);
		return;
	default:
		if (is_fragment && role != WV_ROLE_FRAME && role != WV_ROLE_MEDIA)
			add_attribute(page, name, value, false);
		else if (add_reference(page, name, value, role) && role == WV_ROLE_LINK && wv_rewrite_role(name) == WV_ROLE_HREF)
			add_attribute(page, WV_LIT("target"), WV_LIT("_top"), true);
		return;
	}
	if (made.failed != WV_OK)
		page->failed = made.failed;
	add_attribute(page, name, wv_buf_slice(&made), false);
}

/* The first attribute of this name, as it stands; false: none. */
static bool attribute_of(const struct wv_token *token, const char *name, struct wv_slice *raw)
{
	struct wv_slice rest = wv_token_attributes(token), one;

	while (wv_token_next_attribute(&rest, &one, raw))
		if (is_word(one, name))
			return true;
	*raw = WV_SLICE_NONE;
	return false;
}

/* A picture that a script would have loaded. */
static void add_lazy(struct page *page, const struct wv_token *token)
{
	static const char *const sources[] = {"data-src", "data-original", "data-lazy-src"};
	static const char *const sets[] = {"data-srcset", "data-lazy-srcset"};
	struct wv_slice raw;
	bool has = attribute_of(token, "src", &raw) && raw.n && !wv_reference_is_inline(raw);

	for (size_t i = 0; i < WV_COUNT(sources) && !has; i++)
		if (attribute_of(token, sources[i], &raw) && raw.n)
			has = add_reference(page, WV_LIT("src"), decode(page, raw), WV_ROLE_IMAGE);
	has = attribute_of(token, "srcset", &raw);
	for (size_t i = 0; i < WV_COUNT(sets) && !has; i++)
		if (attribute_of(token, sets[i], &raw) && raw.n) {
			add_rewritten(page, token->name, WV_LIT("srcset"), raw);
			has = true;
		}
}

static void open_tag(struct page *page, struct wv_slice name)
{
	wv_buf_add_byte(page->out, '<');
	wv_buf_add(page->out, name);
}

/* `is_raw`: its content is raw text, and its end is written for it. */
static void add_start(struct page *page, const struct wv_token *token, bool is_raw)
{
	struct wv_slice rest = wv_token_attributes(token), name, value;

	open_tag(page, token->name);
	/* Before the others: of two the first counts. */
	if (is_word(token->name, "img"))
		add_lazy(page, token);
	while (wv_token_next_attribute(&rest, &name, &value) && page->failed == WV_OK)
		add_rewritten(page, token->name, name, value);
	if (is_word(token->name, "iframe") || is_word(token->name, "frame"))
		wv_buf_add_string(page->out, " sandbox=\"allow-top-navigation-by-user-activation\"");
	wv_buf_add_string(page->out, token->is_self_closing && !is_raw ? " />" : ">");
}

static bool has_token(struct wv_slice list, const char *word)
{
	for (size_t at = 0, from; at < list.n;) {
		while (at < list.n && wv_byte_is_space(list.p[at]))
			at++;
		for (from = at; at < list.n && !wv_byte_is_space(list.p[at]); at++)
			;
		if (is_word(wv_slice_part(list, from, at - from), word))
			return true;
	}
	return false;
}

static void add_kept(struct page *page, const struct wv_token *token, const char *name)
{
	struct wv_slice raw;

	if (attribute_of(token, name, &raw))
		add_attribute(page, wv_slice_of(name), raw, true);
}

/* Style sheets and icons are for the eye; everything else that a link does is a request. */
static void add_link(struct page *page, const struct wv_token *token)
{
	struct wv_slice raw, rel, href;
	bool is_style, is_icon;

	attribute_of(token, "rel", &raw);
	rel = decode(page, raw);
	attribute_of(token, "href", &raw);
	href = decode(page, raw);
	is_style = has_token(rel, "stylesheet");
	is_icon = !is_style && has_token(rel, "icon");
	wv_buf_reset(&page->address);
	if ((!is_style && !is_icon) || !wv_references_add(&page->references, href,
	                                                  is_style ? "cs_" : "im_", &page->address))
		return;
	open_tag(page, token->name);
	add_attribute(page, WV_LIT("rel"), is_icon                        ? WV_LIT("icon")
	                                   : has_token(rel, "alternate") ? WV_LIT("alternate stylesheet")
	                                                                 : WV_LIT("stylesheet"), true);
	add_attribute(page, WV_LIT("href"), wv_buf_slice(&page->address), false);
	add_kept(page, token, "media");
	add_kept(page, token, "title");
	add_kept(page, token, "disabled");
	wv_buf_add_string(page->out, ">");
}

static void add_meta(struct page *page, const struct wv_token *token)
{
	struct wv_slice raw;

	if (attribute_of(token, "http-equiv", &raw) || attribute_of(token, "charset", &raw))
		return;
	if (attribute_of(token, "name", &raw) && is_word(wv_slice_trim(decode(page, raw)), "referrer"))
		return;
	add_start(page, token, false);
}

static void take_base(struct page *page, const struct wv_token *token)
{
	struct wv_slice raw, href;
	struct wv_url base;

	if (page->has_base || !attribute_of(token, "href", &raw))
		return;
	page->has_base = true;
	href = decode(page, raw);
	if (wv_url_parse(page->references.base, href, &page->references.joiner.base, &base, NULL) ==
	            WV_OK &&
	    wv_url_is_web(&base))
		page->references.joiner.base = base;
}

/* --- tokens --- */

static void skip_content(struct wv_tokenizer *t, const struct wv_token *token)
{
	wv_tokenizer_enter(t, token->tag);
	(void)wv_tokenizer_skip_raw(t);
}

static void add_end(struct page *page, struct wv_slice name)
{
	wv_buf_add_string(page->out, "</");
	wv_buf_add(page->out, name);
	wv_buf_add_byte(page->out, '>');
}

static void raw_content(struct page *page, struct wv_tokenizer *t, const struct wv_token *token,
                        enum wv_fate fate)
{
	struct wv_slice content;

	if (page->foreign && token->is_self_closing) {
		add_end(page, fate == WV_FATE_PRE ? WV_LIT("pre") : token->name);
		return;
	}
	wv_tokenizer_enter(t, token->tag);
	content = wv_tokenizer_skip_raw(t);
	if (fate == WV_FATE_STYLE)
		wv_rewrite_css(&page->references, content, page->out);
	else
		add_text(page->out, content, fate == WV_FATE_TEXT);
}

static void start(struct page *page, struct wv_tokenizer *t, const struct wv_token *token)
{
	enum wv_fate fate = wv_rewrite_fate(token->name);
	bool is_foreign = is_word(token->name, "svg") || is_word(token->name, "math");

	if (!wv_rewrite_is_name(token->name))
		return;
	switch (fate) {
	case WV_FATE_KEEP:
		page->foreign += is_foreign && !token->is_self_closing;
		add_start(page, token, false);
		break;
	case WV_FATE_TAG_GOES:
		break;
	case WV_FATE_CONTENT_GOES:
		if (!page->foreign || !token->is_self_closing)
			skip_content(t, token);
		break;
	case WV_FATE_FRAME:
		add_start(page, token, true);
		wv_buf_add_string(page->out, "</iframe>");
		if (!page->foreign || !token->is_self_closing)
			skip_content(t, token);
		break;
	case WV_FATE_PRE:
		wv_buf_add_string(page->out, "<pre>");
		raw_content(page, t, token, fate);
		break;
	case WV_FATE_TEXT:
	case WV_FATE_STYLE:
		add_start(page, token, true);
		raw_content(page, t, token, fate);
		break;
	case WV_FATE_META:
		add_meta(page, token);
		break;
	case WV_FATE_LINK:
		add_link(page, token);
		break;
	case WV_FATE_BASE:
		take_base(page, token);
		break;
	}
}

static void end(struct page *page, const struct wv_token *token)
{
	enum wv_fate fate = wv_rewrite_fate(token->name);

	if (!wv_rewrite_is_name(token->name))
		return;
	if (fate == WV_FATE_PRE) {
		add_end(page, WV_LIT("pre"));
	} else if (fate == WV_FATE_KEEP || fate == WV_FATE_TEXT || fate == WV_FATE_STYLE) {
		if (page->foreign && (is_word(token->name, "svg") || is_word(token->name, "math")))
			page->foreign--;
		add_end(page, token->name);
	}
}

/* It says how the page is laid out, so it stays as it is, if it is nothing else. */
static void doctype(struct page *page, struct wv_slice raw)
{
	bool is_plain = raw.n > 2 && raw.n < 500 && raw.p[raw.n - 1] == '>';

	if (page->has_doctype)
		return;
	page->has_doctype = true;
	for (size_t i = 1; i < raw.n; i++)
		if (raw.p[i] < ' ' ? !wv_byte_is_space(raw.p[i]) : raw.p[i] > '~' || raw.p[i] == '<')
			is_plain = false;
	if (is_plain)
		wv_buf_add(page->out, raw);
	else
		wv_buf_add_string(page->out, "<!DOCTYPE html>");
}

static void rewrite_tokens(struct page *page, struct wv_slice text)
{
	struct wv_tokenizer tokenizer;
	struct wv_token token;

	wv_tokenizer_init(&tokenizer, text);
	while (page->failed == WV_OK && page->out->failed == WV_OK &&
	       wv_tokenizer_next(&tokenizer, &token)) {
		wv_arena_reset(page->values);
		switch (token.kind) {
		case WV_TOKEN_TEXT:
			add_text(page->out, token.text, true);
			break;
		case WV_TOKEN_START:
			start(page, &tokenizer, &token);
			break;
		case WV_TOKEN_END:
			end(page, &token);
			break;
		case WV_TOKEN_DOCTYPE:
			doctype(page, token.raw);
			break;
		case WV_TOKEN_COMMENT:
			break;
		}
	}
}

enum wv_status wv_rewrite_html(const struct wv_rewrite *rewrite, struct wv_slice body,
                               struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_arena_free) struct wv_arena *values = NULL;
	const struct wv_charset_hints hints = {.content_type = rewrite->content_type};
	struct page page = {.out = out, .address = {.cap = out->cap}};
	struct wv_charset_text text;
	enum wv_status st = wv_arena_new(body.n * 3 + WV_MIB, &arena, err);

	if (st == WV_OK)
		st = wv_arena_new(body.n * 8 + WV_MIB, &values, err);
	if (st == WV_OK)
		st = wv_charset_decode(arena, body, &hints, &text, err);
	if (st == WV_OK)
		st = wv_references_init(&page.references, rewrite, err);
	if (st == WV_OK) {
		page.values = values;
		page.references.charset = text.name;
		rewrite_tokens(&page, text.text);
		st = page.failed != WV_OK ? wv_err_set(err, page.failed, "page: %s", wv_status_name(page.failed))
		                          : wv_buf_finish(out, "page", err);
	}
	wv_references_done(&page.references);
	wv_buf_done(&page.address);
	return st;
}
