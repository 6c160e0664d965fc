#include "archive/view/html.h"

#include "config/base/arena.h"
#include "config/base/text.h"

/* Embeddings, overrides and isolates turn the text that follows them around. */
static bool turns_text(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void wv_html_text(struct wv_buf *out, struct wv_slice text)
{
	for (size_t at = 0; at < text.n;) {
		uint32_t c = wv_text_next(text, &at);

		if (c == '&')
			wv_buf_add_string(out, "&amp;");
		else if (c == '<')
			wv_buf_add_string(out, "&lt;");
		else if (c == '>')
			wv_buf_add_string(out, "&gt;");
		else if (c == '"')
			wv_buf_add_string(out, "&quot;");
		else if (c == '\'')
			wv_buf_add_string(out, "&#39;");
		else if (turns_text(c) || (c >= 0x7f && c < 0xa0))
			wv_buf_add_utf8(out, 0xfffd);
		else
			wv_buf_add_utf8(out, c < 0x20 && c != '\n' && c != '\t' ? ' ' : c);
	}
}

void wv_html_foreign(struct wv_buf *out, struct wv_slice text, struct wv_slice language)
{
	wv_html(out, "<bdi");
	wv_html_attribute(out, "lang", language);
	wv_html(out, ">");
	wv_html_text(out, text);
	wv_html(out, "</bdi>");
}

void wv_html_attribute(struct wv_buf *out, const char *name, struct wv_slice value)
{
	if (!value.n)
		return;
	wv_buf_add_format(out, " %s=\"", name);
	wv_html_text(out, value);
	wv_html(out, "\"");
}

void wv_html_href(struct wv_buf *out, struct wv_slice url)
{
	if (wv_slice_starts_nocase(url, WV_LIT("http://")) ||
	    wv_slice_starts_nocase(url, WV_LIT("https://")))
		wv_html_attribute(out, "href", url);
}

void wv_html_u64(struct wv_buf *out, uint64_t value)
{
	char digits[24];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n--) {
		wv_buf_add_byte(out, (unsigned char)digits[n]);
		if (n && n % 3 == 0)
			wv_buf_add_utf8(out, 0x202f);
	}
}

struct wv_slice wv_html_cut(struct wv_slice text, size_t columns, struct wv_arena *arena)
{
	size_t at = 0, used = 0, border = 0;
	struct wv_slice kept;

	while (at < text.n) {
		size_t before = at;
		uint32_t c = wv_text_next(text, &at);
		size_t width = wv_text_is_cjk(c) ? 2 : 1;

		if (used + width > columns)
			break;
		used += width;
		if (wv_text_is_space(c))
			border = before;
		else if (width == 2)
			border = at;
		if (at == text.n)
			return text;
	}
	if (at >= text.n && used <= columns)
		return text;
	/* A word longer than half of the room is cut inside. */
	kept = border > at / 2 ? wv_slice_part(text, 0, border) : wv_text_cut(text, at - 1);
	return wv_arena_format(arena, "%.*s\xe2\x80\xa6", WV_FMT(kept));
}
