/* The text of markup: references read, white space as one, alternatives of images where there is none. */
#include "crawler/page/markup.h"

#include "config/base/checked.h"
#include "crawler/page/token.h"

/* Space as pages mean it: ASCII white space, U+00A0, U+3000, U+200B, U+FEFF; length or 0. */
static size_t space_at(struct wv_slice s, size_t at)
{
	const unsigned char *p = s.p + at;
	size_t left = s.n - at;

	if (wv_byte_is_space(p[0]))
		return 1;
	if (left >= 2 && p[0] == 0xC2 && p[1] == 0xA0)
		return 2;
	if (left >= 3 && ((p[0] == 0xE3 && p[1] == 0x80 && p[2] == 0x80) ||
	                  (p[0] == 0xE2 && p[1] == 0x80 && p[2] == 0x8B) ||
	                  (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF)))
		return 3;
	return 0;
}

/* Appends with runs of space as one, never one at the start; other controls are dropped. */
static void squeeze_into(struct wv_slice s, unsigned char *out, size_t *n)
{
	for (size_t at = 0; at < s.n;) {
		size_t space = space_at(s, at);

		if (space == 0) {
			if (s.p[at] >= 0x20 && s.p[at] != 0x7F)
				out[(*n)++] = s.p[at];
			at++;
			continue;
		}
		at += space;
		if (*n > 0 && out[*n - 1] != ' ')
			out[(*n)++] = ' ';
	}
}

static struct wv_slice cut_text(unsigned char *out, size_t n, size_t cap)
{
	if (n > cap) {
		n = cap;
		while (n > 0 && (out[n] & 0xC0) == 0x80)
			n--;
	}
	if (n > 0 && out[n - 1] == ' ')
		n--;
	return wv_slice(out, n);
}

struct wv_slice wv_markup_squeeze(struct wv_arena *arena, struct wv_slice s, size_t cap_bytes)
{
	struct wv_slice decoded = wv_markup_decode(arena, s, false);
	unsigned char *out = wv_arena_alloc(arena, decoded.n);
	size_t n = 0;

	if (!out)
		return WV_SLICE_NONE;
	squeeze_into(decoded, out, &n);
	return cut_text(out, n, cap_bytes);
}

struct wv_slice wv_markup_text(struct wv_arena *arena, struct wv_slice markup, size_t cap_bytes)
{
	struct wv_tokenizer tokenizer;
	struct wv_token token;
	struct wv_slice alt = WV_SLICE_NONE;
	size_t room, n = 0;
	unsigned char *out;

	if (!wv_add(markup.n, markup.n / 2 + 8, &room))
		return WV_SLICE_NONE;
	out = wv_arena_alloc(arena, room);
	if (!out)
		return WV_SLICE_NONE;
	wv_tokenizer_init(&tokenizer, markup);
	while (n <= cap_bytes && wv_tokenizer_next(&tokenizer, &token)) {
		if (token.kind == WV_TOKEN_TEXT) {
			squeeze_into(wv_markup_decode(arena, token.text, false), out, &n);
		} else if (token.kind == WV_TOKEN_START) {
			const struct wv_token_attr *attr = wv_token_attr(&token, WV_ATTR_ALT);

			if (token.tag == WV_TAG_IMG && attr && alt.n == 0)
				alt = attr->value;
			else if (token.tag == WV_TAG_BR)
				squeeze_into(WV_LIT(" "), out, &n);
			wv_tokenizer_enter(&tokenizer, token.tag);
			if (token.tag == WV_TAG_SCRIPT || token.tag == WV_TAG_STYLE)
				wv_tokenizer_skip_raw(&tokenizer);
		}
	}
	if (n == 0 || (n == 1 && out[0] == ' ')) {
		n = 0;
		if (alt.n > 0 && alt.n <= markup.n)
			squeeze_into(wv_markup_decode(arena, alt, true), out, &n);
	}
	return cut_text(out, n, cap_bytes);
}
