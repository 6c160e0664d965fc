#include "crawler/page/scan_parts.h"

/* A noscript with this many paragraphs is content, not a lazy image or a tracking pixel. */
#define NOSCRIPT_PARAGRAPHS 3u

/*
 * Offset of the next end tag of that kind, or SIZE_MAX. Each is looked for once, so this is linear
 * over the page; without an end tag nothing is left out, since that would be the whole rest.
 */
static size_t next_close(struct wv_scanner *s, enum wv_scan_closing kind)
{
	static const enum wv_tag tags[WV_CLOSING_COUNT] = {WV_TAG_SVG, WV_TAG_TEMPLATE, WV_TAG_SELECT,
	                                                WV_TAG_NOSCRIPT};
	struct wv_slice name = wv_tag_text(tags[kind]);
	size_t at = wv_scan_offset(s, s->tokenizer.at);

	if (s->next_close[kind] != SIZE_MAX && s->next_close[kind] < at) {
		for (;; at += 2) {
			at = wv_slice_find(s->text, WV_LIT("</"), at);
			if (at == SIZE_MAX ||
			    wv_slice_starts_nocase(wv_slice_from(s->text, at + 2), name))
				break;
		}
		s->next_close[kind] = at;
	}
	return s->next_close[kind];
}

bool wv_scan_skip_from(struct wv_scanner *s, enum wv_scan_closing kind, enum wv_tag tag)
{
	if (next_close(s, kind) == SIZE_MAX)
		return false;
	s->skip = tag;
	s->skip_depth = 1;
	s->skip_islands = 0;
	s->tokenizer.is_foreign = tag == WV_TAG_SVG;
	return true;
}

static void skip_ends(struct wv_scanner *s)
{
	s->skip = WV_TAG_UNKNOWN;
	s->tokenizer.is_foreign = wv_scan_is_in_math(s);
}

bool wv_scan_noscript_is_closed(struct wv_scanner *s)
{
	return next_close(s, WV_CLOSING_NOSCRIPT) != SIZE_MAX;
}

bool wv_scan_noscript_is_content(struct wv_scanner *s)
{
	size_t at = wv_scan_offset(s, s->tokenizer.at), end = next_close(s, WV_CLOSING_NOSCRIPT);
	struct wv_slice inside = wv_slice_part(s->text, at, end - at);
	size_t paragraphs = 0;

	for (at = 0; paragraphs < NOSCRIPT_PARAGRAPHS; at += 2) {
		at = wv_slice_find(inside, WV_LIT("<p"), at);
		if (at == SIZE_MAX)
			return false;
		paragraphs += at + 2 < inside.n && !wv_byte_is_alnum(inside.p[at + 2]);
	}
	return true;
}

/* Start tags that throw the parser out of svg (13.2.6.5). */
static bool breaks_out_of_svg(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_B: case WV_TAG_BIG: case WV_TAG_BLOCKQUOTE: case WV_TAG_BODY: case WV_TAG_BR:
	case WV_TAG_CENTER: case WV_TAG_CODE: case WV_TAG_DD: case WV_TAG_DIV: case WV_TAG_DL:
	case WV_TAG_DT: case WV_TAG_EM: case WV_TAG_EMBED: case WV_TAG_H1: case WV_TAG_H2:
	case WV_TAG_H3: case WV_TAG_H4: case WV_TAG_H5: case WV_TAG_H6: case WV_TAG_HEAD:
	case WV_TAG_HR: case WV_TAG_I: case WV_TAG_IMG: case WV_TAG_LI: case WV_TAG_LISTING:
	case WV_TAG_MENU: case WV_TAG_META: case WV_TAG_NOBR: case WV_TAG_OL: case WV_TAG_P:
	case WV_TAG_PRE: case WV_TAG_RUBY: case WV_TAG_S: case WV_TAG_SMALL: case WV_TAG_SPAN:
	case WV_TAG_STRONG: case WV_TAG_STRIKE: case WV_TAG_SUB: case WV_TAG_SUP:
	case WV_TAG_TABLE: case WV_TAG_TT: case WV_TAG_U: case WV_TAG_UL: case WV_TAG_VAR:
		return true;
	default:
		return false;
	}
}

static bool ends_select(enum wv_tag tag)
{
	switch (tag) {
	case WV_TAG_INPUT: case WV_TAG_TEXTAREA: case WV_TAG_SELECT: case WV_TAG_KEYGEN:
	case WV_TAG_TABLE: case WV_TAG_CAPTION: case WV_TAG_TBODY: case WV_TAG_THEAD:
	case WV_TAG_TFOOT: case WV_TAG_TR: case WV_TAG_TD: case WV_TAG_TH:
		return true;
	default:
		return false;
	}
}

static bool is_svg_island(const struct wv_token *token)
{
	return token->tag == WV_TAG_TITLE ||
	       wv_slice_equals_nocase(token->name, WV_LIT("foreignObject")) ||
	       wv_slice_equals_nocase(token->name, WV_LIT("desc"));
}

/*
 * A start tag inside an element that is left out. True if it ends that element, so that it is to
 * be treated as any other.
 */
bool wv_scan_skip_start(struct wv_scanner *s, const struct wv_token *token)
{
	switch (s->skip) {
	case WV_TAG_SVG:
		if (s->skip_islands == 0 && breaks_out_of_svg(token->tag)) {
			skip_ends(s);
			return true;
		}
		s->skip_depth += token->tag == WV_TAG_SVG && !token->is_self_closing;
		s->skip_islands += is_svg_island(token) && !token->is_self_closing;
		return false;
	case WV_TAG_SELECT:
		if (ends_select(token->tag)) {
			skip_ends(s);
			return token->tag != WV_TAG_SELECT;
		}
		break;
	case WV_TAG_NOSCRIPT:
		wv_scan_references(s, token, wv_nesting_where(&s->nesting) | WV_IN_NOSCRIPT |
		                             (s->in_head ? WV_IN_HEAD : 0));
		break;
	default:
		s->skip_depth += token->tag == s->skip;
		break;
	}
	if (token->tag == WV_TAG_SCRIPT) {
		wv_scan_script(s, token);
	} else {
		wv_tokenizer_enter(&s->tokenizer, token->tag);
		wv_tokenizer_skip_raw(&s->tokenizer);
	}
	return false;
}

void wv_scan_skip_end(struct wv_scanner *s, const struct wv_token *token)
{
	if (s->skip == WV_TAG_SVG && s->skip_islands > 0 && is_svg_island(token))
		s->skip_islands--;
	if (s->skip == WV_TAG_NOSCRIPT && token->tag == WV_TAG_A)
		wv_scan_end_link(s, token->raw.p);
	if (token->tag == s->skip && --s->skip_depth == 0)
		skip_ends(s);
}
