/*
 * The readers never crash, and agree where the strict one accepts, the one for lines always; what was read, written and
 * read again is the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/json_dump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DUMP_BYTES (64u << 20)

static struct wv_slice dumped(struct wv_arena *arena, const struct wv_json *tree)
{
	struct wv_buf buf;
	struct wv_slice copy;

	wv_buf_init(&buf, DUMP_BYTES);
	json_dump(&buf, tree);
	copy = wv_arena_copy(arena, wv_buf_slice(&buf));
	wv_buf_done(&buf);
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_slice text = wv_slice(data, size), one, two;
	const struct wv_json *strict, *cleaned, *again;
	enum wv_status strict_st, st;

	if (wv_arena_new(256u << 20, &arena, NULL) != WV_OK)
		abort();
	strict_st = wv_json_parse_strict(arena, text, &strict, NULL);
	if (wv_json_parse_line(arena, text, &again, NULL) != strict_st ||
	    (strict_st == WV_OK && !wv_slice_equals(dumped(arena, again), dumped(arena, strict))))
		abort();
	st = wv_json_parse(arena, text, &cleaned, NULL);
	if (strict_st == WV_OK && st != WV_OK)
		abort();
	if (st != WV_OK)
		return 0;
	one = dumped(arena, cleaned);
	if (wv_json_parse(arena, one, &again, NULL) != WV_OK)
		abort();
	two = dumped(arena, again);
	if (!wv_slice_equals(one, two))
		abort();
	/* What cleaning changes on purpose: zero bytes, numbers beyond doubles. */
	if (strict_st == WV_OK && wv_slice_find(text, WV_LIT("\\u0000"), 0) == SIZE_MAX &&
	    !wv_slice_equals(one, dumped(arena, strict)))
		abort();
	return 0;
}
