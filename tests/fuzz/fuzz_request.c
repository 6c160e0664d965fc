/*
 * Any bytes as a request's target, up to the first line end, and behind it as the fields that are
 * read of it: parts lie within what was given, no value grows by decoding, a host is itself.
 */
#include <stdlib.h>

#include "archive/serve/fields.h"
#include "archive/serve/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void read_target(struct wv_slice target, struct wv_arena *arena)
{
	struct wv_slice path, query, value;

	wv_target_split(target, &path, &query);
	must(path.n + query.n <= target.n);
	if (wv_target_is_origin_form(target))
		must(path.n > 0 && path.p[0] == '/');
	for (size_t n = 0; wv_target_parameter(query, "q", n, arena, &value); n++)
		must(n < query.n && value.n < query.n);
}

/* A part lies within the whole, whatever that is. */
static void read_range(struct wv_slice field)
{
	static const uint64_t totals[] = {0, 1, 100, UINT64_MAX};

	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		uint64_t from = 0, to = 0;

		if (wv_fields_range(field, totals[i], &from, &to) == WV_RANGE_ONE)
			must(from <= to && to < totals[i]);
	}
	(void)wv_fields_if_range_allows(field, WV_LIT("\"0123456789abcdef\""));
}

static void read_field(struct wv_slice field)
{
	struct wv_slice last = wv_fields_last_forwarded(field);

	must(last.n <= field.n);
	if (wv_fields_is_host(field)) {
		bool has_root = wv_slice_find(field, WV_LIT("."), 0) != SIZE_MAX;

		/* With the root's dot it is the name without it, which it then is not itself. */
		must(wv_fields_host_is(field, field) || has_root);
	}
	read_range(field);
	(void)wv_fields_none_match_has(field, WV_LIT("\"0123456789abcdef\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_slice all = wv_slice(data, size);
	size_t end = wv_slice_find_byte(all, '\n', 0);
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	if (wv_arena_new(8u << 20, &arena, NULL) != WV_OK)
		return 0;
	read_target(wv_slice_part(all, 0, end), arena);
	read_field(end == SIZE_MAX ? all : wv_slice_from(all, end + 1));
	return 0;
}
