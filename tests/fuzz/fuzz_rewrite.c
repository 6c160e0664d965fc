/*
 * Any bytes, as a page and as a style sheet: what comes out is bounded, asks for nothing outside of
 * the archive, runs nothing, and stays so when it is rewritten again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "crawler/page/rewrite.h"
#include "crawler/page/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law, struct wv_slice where)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s: %.*s\n", law, WV_FMT(wv_slice_part(where, 0, 300)));
	abort();
}

#define STAMP "/web/20240605054503"

static bool is_one_of(struct wv_slice name, const char *const *list)
{
	for (; *list; list++)
		if (wv_slice_equals_nocase(name, wv_slice_of(*list)))
			return true;
	return false;
}

static const char *const asking[] = {"href", "src", "action", "formaction", "background", "poster",
                                     "xlink:href", NULL};
static const char *const sets[] = {"srcset", "imagesrcset", NULL};
static const char *const gone_attributes[] = {"srcdoc", "ping", "integrity", "manifest", "data",
                                              "http-equiv", "codebase", "archive", "autoplay", NULL};
static const char *const gone_tags[] = {"script", "object", "embed", "applet", "base", "param",
                                        "animate", "set", "noembed", "noframes", "plaintext", "xmp",
                                        "portal", NULL};

static bool is_archived(struct wv_slice value)
{
	return wv_slice_starts(value, WV_LIT(STAMP)) || wv_slice_starts(value, WV_LIT("#")) ||
	       wv_slice_starts_nocase(value, WV_LIT("data:"));
}

/* CSS that asks: url( without a quote, or with one and another address than ours. */
static void check_css(struct wv_slice css)
{
	for (size_t at = wv_slice_find_nocase(css, WV_LIT("url("), 0); at != SIZE_MAX;
	     at = wv_slice_find_nocase(css, WV_LIT("url("), at + 4)) {
		struct wv_slice rest = wv_slice_from(css, at + 4);

		/* Inside of a string it is a text. */
		if (!wv_slice_starts(rest, WV_LIT("\"")))
			continue;
		rest = wv_slice_from(rest, 1);
		if (wv_slice_starts(rest, WV_LIT("http:")) || wv_slice_starts(rest, WV_LIT("https:")) ||
		    wv_slice_starts(rest, WV_LIT("//")))
			must(false, "url() leads into the archive", wv_slice_from(css, at));
	}
	must(wv_slice_find(css, WV_LIT("</"), 0) == SIZE_MAX, "CSS has no end tag", css);
	must(wv_slice_find(css, WV_LIT("<!"), 0) == SIZE_MAX, "CSS has no comment of HTML", css);
}

static void check_set(struct wv_slice set)
{
	for (size_t at = 0; at < set.n;) {
		size_t comma = wv_slice_find(set, WV_LIT(", "), at);
		struct wv_slice one = wv_slice_part(set, at, (comma == SIZE_MAX ? set.n : comma) - at);

		/* Descriptors may hold commas in parentheses: what is not ours has no scheme then. */
		must(is_archived(one) || wv_slice_find(one, WV_LIT("://"), 0) == SIZE_MAX ||
		             !wv_slice_starts_nocase(one, WV_LIT("http")),
		     "srcset leads into the archive", one);
		at = comma == SIZE_MAX ? set.n : comma + 2;
	}
}

static void check_tag(struct wv_arena *arena, const struct wv_token *token)
{
	struct wv_slice rest = wv_token_attributes(token), name, raw;

	must(!is_one_of(token->name, gone_tags), "the element is gone", token->raw);
	while (wv_token_next_attribute(&rest, &name, &raw)) {
		struct wv_slice value = wv_slice_trim(wv_markup_decode(arena, raw, true));

		must(!wv_slice_starts_nocase(name, WV_LIT("on")), "no event handler", token->raw);
		must(!is_one_of(name, gone_attributes), "the attribute is gone", token->raw);
		if (is_one_of(name, asking))
			must(is_archived(value), "it leads into the archive", token->raw);
		if (is_one_of(name, sets))
			check_set(value);
		if (wv_slice_equals(name, WV_LIT("style")))
			check_css(value);
		must(raw.p == NULL || wv_slice_find_byte(raw, '<', 0) == SIZE_MAX, "no < in a value",
		     token->raw);
	}
	if (token->tag == WV_TAG_LINK)
		must(wv_slice_find(token->raw, WV_LIT("rel=\"stylesheet\""), 0) != SIZE_MAX ||
		             wv_slice_find(token->raw, WV_LIT("rel=\"alternate stylesheet\""), 0) != SIZE_MAX ||
		             wv_slice_find(token->raw, WV_LIT("rel=\"icon\""), 0) != SIZE_MAX,
		     "a link is a style sheet or an icon", token->raw);
	if (token->tag == WV_TAG_IFRAME)
		must(wv_slice_find(token->raw, WV_LIT(" sandbox=\""), 0) != SIZE_MAX, "a frame is sandboxed",
		     token->raw);
}

static size_t check_page(struct wv_arena *arena, struct wv_slice page)
{
	struct wv_tokenizer t;
	struct wv_token token;
	size_t tags = 0;

	wv_tokenizer_init(&t, page);
	while (wv_tokenizer_next(&t, &token)) {
		must(token.kind != WV_TOKEN_COMMENT, "no comment", token.raw);
		if (token.kind == WV_TOKEN_TEXT)
			must(wv_slice_find_byte(token.raw, '<', 0) == SIZE_MAX, "no < in a text", token.raw);
		tags += token.kind == WV_TOKEN_START || token.kind == WV_TOKEN_END;
		if (token.kind != WV_TOKEN_START)
			continue;
		check_tag(arena, &token);
		/* Only here is a "<" no tag's, and then never the beginning of one. */
		if (token.tag == WV_TAG_STYLE) {
			wv_tokenizer_enter(&t, token.tag);
			check_css(wv_tokenizer_skip_raw(&t));
		}
	}
	return tags;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wv_rewrite how = {.url = WV_LIT("http://a.example/b/c?d"),
	                               .content_type = WV_LIT("text/html; charset=utf-8"),
	                               .stamp = WV_LIT(STAMP)};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf once = {.cap = 64 * WV_MIB}, twice = {.cap = 64 * WV_MIB};
	WV_AUTO(wv_buf_done) struct wv_buf style = {.cap = 64 * WV_MIB};
	size_t tags;

	if (wv_arena_new(256u << 20, &arena, NULL) != WV_OK)
		return 0;
	if (wv_rewrite_html(&how, wv_slice(data, size), &once, NULL) == WV_OK) {
		must(once.n <= 4096 + size * 64, "the page does not grow without bound", WV_SLICE_NONE);
		tags = check_page(arena, wv_buf_slice(&once));
		if (wv_rewrite_html(&how, wv_buf_slice(&once), &twice, NULL) == WV_OK)
			must(check_page(arena, wv_buf_slice(&twice)) == tags, "what was rewritten keeps its tags",
			     wv_buf_slice(&once));
	}
	if (wv_rewrite_style(&how, wv_slice(data, size), &style, NULL) == WV_OK)
		check_css(wv_buf_slice(&style));
	return 0;
}
