#include "crawler/page/scan.h"

#include "config/base/checked.h"
#include "crawler/page/scan_parts.h"

#define ROOTS_MAX 8u

/* ---- what is kept ---- */

/* An end tag or the DOCTYPE, as it stands. */
static void keep_markup(struct wv_scanner *s, struct wv_slice raw)
{
	if (s->want & WV_SCAN_PRUNED)
		wv_plain_keep(&s->plain, raw);
	if (s->want & WV_SCAN_COMPACT)
		wv_compact_markup(&s->compact, raw);
	s->after_pre = false;
}

static void keep_tag(struct wv_scanner *s, const struct wv_token *token)
{
	bool is_foreign = wv_scan_is_in_math(s);

	if (s->want & WV_SCAN_PRUNED)
		wv_plain_tag(&s->plain, token, is_foreign);
	if (s->want & WV_SCAN_COMPACT)
		wv_compact_tag(&s->compact, token, is_foreign);
	s->after_pre = token->tag == WV_TAG_PRE || token->tag == WV_TAG_LISTING;
}

/* A line break right after <pre> is no text; in the compact form nobody else would see it. */
static struct wv_slice after_pre(struct wv_slice text)
{
	if (wv_slice_starts(text, WV_LIT("\r\n")))
		return wv_slice_from(text, 2);
	if (text.n > 0 && (text.p[0] == '\n' || text.p[0] == '\r'))
		return wv_slice_from(text, 1);
	return text;
}

static void keep_text(struct wv_scanner *s, const struct wv_token *token, bool is_blank)
{
	struct wv_slice raw = token->raw;

	/* Indentation: one byte says the same, except in pre. */
	if (is_blank && raw.n > 1 && s->nesting.open[WV_TAG_PRE] == 0 &&
	    s->nesting.open[WV_TAG_LISTING] == 0)
		raw.n = 1;
	if (s->want & WV_SCAN_PRUNED)
		wv_plain_keep(&s->plain, raw);
	if ((s->want & WV_SCAN_COMPACT) && is_blank)
		wv_compact_markup(&s->compact, raw);
	else if (s->want & WV_SCAN_COMPACT)
		wv_compact_text(&s->compact, s->after_pre ? after_pre(token->text) : token->text,
		                s->is_raw_text || token->text.p != token->raw.p);
	s->after_pre = false;
}

static bool is_blank(struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!wv_byte_is_space(text.p[i]))
			return false;
	}
	return true;
}

static void text_run(struct wv_scanner *s, const struct wv_token *token)
{
	bool blank;

	if (s->skip != WV_TAG_UNKNOWN)
		return;
	blank = is_blank(token->text);
	if (blank) {
		s->out->text_bytes++;
		if (s->in_head)
			return;
	} else {
		s->out->text_bytes += (uint32_t)token->text.n;
		s->in_head = false;
	}
	keep_text(s, token, blank);
	s->is_raw_text = false;
}

/* ---- tags ---- */

static uint32_t landmark(const struct wv_token *token)
{
	static const struct {
		const char *role;
		uint32_t where;
	} roles[] = {
		{"navigation", WV_IN_NAV},   {"banner", WV_IN_HEADER},
		{"contentinfo", WV_IN_FOOTER}, {"complementary", WV_IN_ASIDE},
		{"main", WV_IN_MAIN},        {"article", WV_IN_ARTICLE},
	};
	const struct wv_token_attr *role = wv_token_attr(token, WV_ATTR_ROLE);

	for (size_t i = 0; role && i < WV_COUNT(roles); i++) {
		if (wv_slice_equals_nocase(role->value, wv_slice_of(roles[i].role)))
			return roles[i].where;
	}
	switch (token->tag) {
	case WV_TAG_NAV:
		return WV_IN_NAV;
	case WV_TAG_HEADER:
		return WV_IN_HEADER;
	case WV_TAG_FOOTER:
		return WV_IN_FOOTER;
	case WV_TAG_ASIDE:
		return WV_IN_ASIDE;
	case WV_TAG_MAIN:
		return WV_IN_MAIN;
	case WV_TAG_ARTICLE:
		return WV_IN_ARTICLE;
	case WV_TAG_FORM:
		return WV_IN_FORM;
	case WV_TAG_H1: case WV_TAG_H2: case WV_TAG_H3: case WV_TAG_H4: case WV_TAG_H5:
	case WV_TAG_H6:
		return WV_IN_HEADING;
	default:
		return 0;
	}
}

/* An element that stays: opens it (if it has content) and keeps its tag. */
static void open_element(struct wv_scanner *s, const struct wv_token *token)
{
	if (token->tag == WV_TAG_HTML || token->tag == WV_TAG_HEAD || token->tag == WV_TAG_BODY ||
	    wv_tag_is_void(token->tag) || (wv_scan_is_in_math(s) && token->is_self_closing)) {
		keep_tag(s, token);
		return;
	}
	if (!wv_nesting_open(&s->nesting, token->tag, token->name, landmark(token))) {
		s->out->parse_limited = true;
		return;
	}
	s->tokenizer.is_foreign = wv_scan_is_in_math(s);
	keep_tag(s, token);
}

/* Elements whose content is raw and read by nobody. */
static void drop_raw(struct wv_scanner *s, enum wv_tag tag)
{
	wv_tokenizer_enter(&s->tokenizer, tag);
	wv_tokenizer_skip_raw(&s->tokenizer);
	s->raw_end = tag;
}

static bool belongs_to_head(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_HTML: case WV_TAG_HEAD: case WV_TAG_BASE: case WV_TAG_BASEFONT:
	case WV_TAG_BGSOUND: case WV_TAG_LINK: case WV_TAG_META: case WV_TAG_NOFRAMES:
	case WV_TAG_NOSCRIPT: case WV_TAG_SCRIPT: case WV_TAG_STYLE: case WV_TAG_TEMPLATE:
	case WV_TAG_TITLE:
		return true;
	default:
		return false;
	}
}

static void start_tag(struct wv_scanner *s, const struct wv_token *token)
{
	enum wv_tag tag = token->tag;

	s->out->element_count++;
	s->out->parse_limited |= token->is_limited;
	if (s->skip != WV_TAG_UNKNOWN && !wv_scan_skip_start(s, token))
		return;
	if (s->in_head && !belongs_to_head(tag))
		s->in_head = false;
	wv_scan_references(s, token, wv_nesting_where(&s->nesting) | (s->in_head ? WV_IN_HEAD : 0));
	switch (tag) {
	case WV_TAG_HTML:
	case WV_TAG_BODY:
		/* Each further one may add attributes to the first; pages have one or two. */
		if (++s->roots > ROOTS_MAX)
			return;
		if (tag == WV_TAG_HTML)
			wv_scan_root(s, token);
		else
			wv_scan_body(s, token);
		break;
	case WV_TAG_META:
		wv_scan_meta(s, token);
		if (!s->in_head && wv_token_attr(token, WV_ATTR_ITEMPROP))
			break;
		return;
	case WV_TAG_SCRIPT:
		wv_scan_script(s, token);
		return;
	case WV_TAG_TITLE:
		wv_scan_title(s);
		return;
	case WV_TAG_STYLE: case WV_TAG_IFRAME: case WV_TAG_NOEMBED: case WV_TAG_NOFRAMES:
	case WV_TAG_TEXTAREA:
		drop_raw(s, tag);
		return;
	case WV_TAG_SVG:
		if (token->is_self_closing || wv_scan_skip_from(s, WV_CLOSING_SVG, tag))
			return;
		return; /* unclosed: the tag goes, what follows is text of the page */
	case WV_TAG_SELECT:
		wv_scan_skip_from(s, WV_CLOSING_SELECT, tag);
		return;
	case WV_TAG_TEMPLATE:
		/* A declarative shadow root is shown: its content stays, the wrapper goes. */
		if (!wv_token_attr(token, WV_ATTR_SHADOWROOTMODE) &&
		    !wv_token_attr(token, WV_ATTR_SHADOWROOT))
			wv_scan_skip_from(s, WV_CLOSING_TEMPLATE, tag);
		return;
	case WV_TAG_NOSCRIPT:
		if (wv_scan_noscript_is_closed(s) &&
		    (s->in_head || !wv_scan_noscript_is_content(s))) {
			wv_scan_skip_from(s, WV_CLOSING_NOSCRIPT, tag);
			return;
		}
		s->in_head = false;
		break;
	case WV_TAG_LINK: case WV_TAG_BASE: case WV_TAG_BASEFONT: case WV_TAG_BGSOUND:
	case WV_TAG_EMBED: case WV_TAG_INPUT: case WV_TAG_KEYGEN: case WV_TAG_PARAM:
	case WV_TAG_SOURCE: case WV_TAG_TRACK: case WV_TAG_WBR: case WV_TAG_AREA:
		return;
	case WV_TAG_XMP: case WV_TAG_PLAINTEXT:
		wv_tokenizer_enter(&s->tokenizer, tag);
		s->is_raw_text = true;
		break;
	default:
		break;
	}
	open_element(s, token);
}

static void end_tag(struct wv_scanner *s, const struct wv_token *token)
{
	enum wv_tag tag = token->tag;
	bool is_raw_end = tag == s->raw_end && tag != WV_TAG_UNKNOWN;

	s->raw_end = WV_TAG_UNKNOWN;
	if (is_raw_end)
		return;
	if (s->skip != WV_TAG_UNKNOWN) {
		wv_scan_skip_end(s, token);
		return;
	}
	switch (tag) {
	case WV_TAG_HEAD:
		s->in_head = false;
		break;
	case WV_TAG_A:
		wv_scan_end_link(s, token->raw.p);
		break;
	case WV_TAG_SVG: case WV_TAG_SELECT: case WV_TAG_TEMPLATE: case WV_TAG_SCRIPT:
	case WV_TAG_STYLE: case WV_TAG_IFRAME: case WV_TAG_TITLE: case WV_TAG_TEXTAREA:
	case WV_TAG_NOEMBED: case WV_TAG_NOFRAMES:
		return;
	case WV_TAG_BR:
		keep_markup(s, token->raw);
		return;
	default:
		if (wv_tag_is_void(tag))
			return;
		break;
	}
	if (wv_nesting_close(&s->nesting, tag, token->name))
		keep_markup(s, token->raw);
	s->tokenizer.is_foreign = wv_scan_is_in_math(s);
}

static void one_token(struct wv_scanner *s, const struct wv_token *token)
{
	switch (token->kind) {
	case WV_TOKEN_TEXT:
		text_run(s, token);
		break;
	case WV_TOKEN_START:
		start_tag(s, token);
		break;
	case WV_TOKEN_END:
		end_tag(s, token);
		break;
	case WV_TOKEN_DOCTYPE:
		/* Quirks decide whether a table ends a paragraph. */
		if (!s->has_doctype && s->skip == WV_TAG_UNKNOWN)
			keep_markup(s, token->raw);
		s->has_doctype = true;
		break;
	case WV_TOKEN_COMMENT:
		break;
	}
}

/* Pages with NUL bytes (broken exports, wrong charsets): without them the text reads as meant. */
static struct wv_slice without_nul(struct wv_arena *arena, struct wv_slice text)
{
	unsigned char *out;
	size_t n = 0;

	if (wv_slice_find_byte(text, 0, 0) == SIZE_MAX)
		return text;
	out = wv_arena_alloc(arena, text.n);
	if (!out)
		return WV_SLICE_NONE;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != 0)
			out[n++] = text.p[i];
	}
	return wv_slice(out, n);
}

enum wv_status wv_scan_page(struct wv_arena *arena, struct wv_slice text, uint32_t want,
                            struct wv_scan *out, struct wv_err *err)
{
	struct wv_scan result = {.element_count = 0};
	struct wv_scanner *s = WV_ARENA_NEW(arena, struct wv_scanner);
	struct wv_slice clean = without_nul(arena, text);
	struct wv_token token;

	if (!s || (text.n > 0 && clean.p == NULL))
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	if (clean.n > UINT32_MAX) /* offsets are 32 bits; bodies are capped far below */
		return wv_err_set(err, WV_LIMIT, "page too large to scan");
	s->arena = arena;
	s->text = clean;
	s->want = want;
	s->out = &result;
	s->in_head = true;
	s->open_link = WV_SCAN_NO_LINK;
	wv_tokenizer_init(&s->tokenizer, clean);
	s->tokenizer.is_for_pages = !(want & ~(uint32_t)(WV_SCAN_PAGES | WV_SCAN_META));
	wv_nesting_init(&s->nesting);
	if (want & WV_SCAN_PRUNED) {
		s->plain.out = wv_arena_alloc(arena, clean.n);
		if (!s->plain.out)
			return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	}
	if (want & WV_SCAN_COMPACT)
		wv_compact_begin(&s->compact, arena, clean);
	while (!s->no_memory && wv_tokenizer_next(&s->tokenizer, &token))
		one_token(s, &token);
	if (s->no_memory)
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	wv_scan_end_link(s, s->tokenizer.end);
	if ((want & WV_SCAN_COMPACT) && !wv_compact_finish(&s->compact, &result.compact))
		return wv_err_set(err, WV_NOMEM, "out of memory for scanning a page");
	result.pruned = wv_plain_finish(&s->plain);
	WV_ASSERT(result.pruned.n <= clean.n);
	result.text = clean;
	result.links = s->links.p;
	result.link_count = s->links.n;
	result.metas = s->metas.p;
	result.meta_count = s->metas.n;
	result.scripts = s->scripts.p;
	result.script_count = s->scripts.n;
	*out = result;
	return WV_OK;
}

struct wv_slice wv_scan_meta_find(const struct wv_scan *scan, const char *key)
{
	struct wv_slice name = wv_slice_of(key);

	for (size_t i = 0; i < scan->meta_count; i++) {
		if (wv_slice_equals_nocase(scan->metas[i].key, name) &&
		    scan->metas[i].content.n > 0)
			return scan->metas[i].content;
	}
	return WV_SLICE_NONE;
}
