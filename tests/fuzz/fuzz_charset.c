/* First byte: how it is hinted at; then a body. Whatever it is, the text is valid UTF-8. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/base/text.h"
#include "crawler/page/charset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *law)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", law);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"utf-8", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr",
					    "iso-2022-jp", "utf-16le", "utf-16be", "windows-1253",
					    "x-user-defined", "replacement"};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_charset_hints hints = {.is_xml = false};
	struct wv_charset_text text;
	struct wv_slice body, again;
	uint32_t errors;

	if (size == 0 || wv_arena_new(64u << 20, &arena, NULL) != WV_OK)
		return 0;
	body = wv_slice(data + 1, size - 1);
	hints.is_xml = data[0] & 1;
	if (data[0] & 2)
		hints.source = wv_slice_of(names[(data[0] >> 2) % WV_COUNT(names)]);
	must(wv_charset_decode(arena, body, &hints, &text, NULL) == WV_OK, "every input has a text");
	must(wv_text_is_utf8(text.text), "the text is UTF-8");
	must(text.name.n > 0 && wv_slice_equals(wv_charset_of_label(text.name), text.name),
	     "the name is a label of itself");
	must(text.text.n <= body.n * 3 + 3, "at most three times the input");
	for (size_t i = 0; i < WV_COUNT(names); i++) {
		must(wv_charset_decode_as(arena, body, wv_slice_of(names[i]), &again, &errors, NULL) ==
			     WV_OK, "decodes by any name");
		must(wv_text_is_utf8(again), "the text is UTF-8, by any name");
	}
	return 0;
}
