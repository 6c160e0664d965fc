#include "config/base/text.h"

#include "config/base/checked.h"

enum wv_status wv_text_squeeze(struct wv_arena *arena, struct wv_slice s, struct wv_slice *out,
			       struct wv_err *err)
{
	size_t at = 0, n = 0, room;
	bool wants_space = false;
	unsigned char *to;

	/* A broken byte becomes the three of U+FFFD; nothing else grows. */
	room = s.n;
	if (!wv_text_is_utf8(s) && !wv_mul(s.n, 3, &room))
		return wv_err_set(err, WV_LIMIT, "text too large");
	to = wv_arena_alloc(arena, room);
	if (!to)
		return wv_err_set(err, WV_NOMEM, "out of memory for text");
	while (at < s.n) {
		size_t from = at;
		uint32_t c = wv_text_next(s, &at);

		/* Zero-width ones part words but show no space: they go without trace. */
		if (c == 0x200b || c == 0xfeff)
			continue;
		if (wv_text_is_space(c)) {
			wants_space = n > 0;
			continue;
		}
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			continue;
		if (wants_space)
			to[n++] = ' ';
		wants_space = false;
		if (c == WV_TEXT_REPLACEMENT) {
			memcpy(to + n, "\xef\xbf\xbd", 3);
			n += 3;
		} else {
			memcpy(to + n, s.p + from, at - from);
			n += at - from;
		}
	}
	*out = wv_slice(to, n);
	return WV_OK;
}
