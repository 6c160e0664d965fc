/* Any bytes as a ZIP file: every entry it is said to have lies within them. */
#include "archive/exchange/zip_read.h"

#include <stdlib.h>

#include "tests/support/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_slice file = wv_slice(data, size);
	const struct wv_warc_input input = {wv_test_read_memory, &file, size, false};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_zip_part *parts;
	size_t count = 0;

	if (wv_arena_new(WV_MIB, &arena, NULL) != WV_OK ||
	    wv_zip_list(&input, arena, &parts, &count, NULL) != WV_OK)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (parts[i].bytes > size || parts[i].offset > size - parts[i].bytes)
			abort();
	return 0;
}
