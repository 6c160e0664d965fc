/* A base, a line end, a reference: every law of tests/support/url_checks.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/url_checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_cursor cursor = wv_cursor(wv_slice(data, size));
	struct wv_slice base = wv_cursor_until(&cursor, '\n');
	const char *broken;

	if (wv_arena_new(8u << 20, &arena, NULL) != WV_OK)
		abort();
	broken = url_check(arena, base, wv_slice_from(wv_slice(data, size), base.n + 1));
	if (broken) {
		fprintf(stderr, "broken: %s\n", broken);
		abort();
	}
	return 0;
}
