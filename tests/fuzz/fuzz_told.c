#include <stddef.h>
#include <stdint.h>

#include "archive/copies/mention.h"
#include "archive/search/told.h"
#include "config/base/limits.h"

/*
 * u16 size of the text | text | what an article mentions, out of any bytes: no mention reaches
 * outside of the two, and what decodes is written and read again.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct wv_slice s, struct wv_slice whole)
{
	return s.n == 0 || (s.p >= whole.p && s.n <= whole.n && s.p <= whole.p + (whole.n - s.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = 4 * WV_MIB};
	struct wv_cursor c = wv_cursor(wv_slice(data, size));
	struct wv_slice whole = wv_slice_from(wv_slice(data, size), 2);
	struct wv_slice text = wv_slice_part(whole, 0, wv_cursor_u16(&c));
	struct wv_slice bytes = wv_slice_from(whole, text.n);
	struct wv_told told, again;

	if (c.failed || wv_arena_new(4 * WV_MIB, &arena, NULL) != WV_OK)
		return 0;
	if (wv_told_decode(bytes, text, arena, &told, NULL) != WV_OK)
		return 0;
	WV_ASSERT(told.mentions.n <= WV_MENTIONS_MAX);
	for (size_t i = 0; i < told.mentions.n; i++) {
		WV_ASSERT(told.mentions.items[i].kind < WV_MENTION_KINDS);
		WV_ASSERT(is_inside(told.mentions.items[i].shown, text) ||
		          is_inside(told.mentions.items[i].shown, bytes));
	}
	wv_told_sort(&told);
	WV_ASSERT(wv_told_encode(&told, text, &row, NULL) == WV_OK);
	WV_ASSERT(wv_told_decode(wv_buf_slice(&row), text, arena, &again, NULL) == WV_OK);
	WV_ASSERT(again.mentions.n == told.mentions.n);
	return 0;
}
