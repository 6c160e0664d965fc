#include <stddef.h>
#include <stdint.h>

#include "archive/serve/cdx.h"

/*
 * u8 size of a pattern | pattern | value: a filter of CDX that is understood is asked about the
 * value; one that must match all of it matches its beginning, too.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_cursor c = wv_cursor(wv_slice(data, size));
	struct wv_slice rest = wv_slice_from(wv_slice(data, size), 1);
	struct wv_slice text = wv_slice_part(rest, 0, wv_cursor_u8(&c));
	struct wv_slice value = wv_slice_from(rest, text.n);
	struct wv_pattern pattern = {.is_beginning = false};

	if (wv_pattern_parse(text, &pattern, NULL) != WV_OK)
		return 0;
	if (wv_pattern_matches(&pattern, value)) {
		pattern.is_beginning = true;
		WV_ASSERT(wv_pattern_matches(&pattern, value));
	}
	return 0;
}
