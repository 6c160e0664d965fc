#include "archive/serve/target.h"

bool wv_target_is_origin_form(struct wv_slice target)
{
	if (target.n == 0 || target.p[0] != '/')
		return false;
	for (size_t i = 0; i < target.n; i++)
		if (target.p[i] <= ' ' || target.p[i] == 0x7f)
			return false;
	return true;
}

void wv_target_split(struct wv_slice target, struct wv_slice *path, struct wv_slice *query)
{
	size_t mark = wv_slice_find_byte(target, '?', 0);

	*path = wv_slice_part(target, 0, mark);
	*query = mark == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(target, mark + 1);
}

/* The byte that form-encoded text has at *at, which moves past it. */
static unsigned char next_byte(struct wv_slice text, size_t *at)
{
	unsigned char c = text.p[(*at)++];

	if (c == '+')
		return ' ';
	if (c == '%' && text.n - *at >= 2) {
		int high = wv_byte_hex(text.p[*at]), low = wv_byte_hex(text.p[*at + 1]);

		if (high >= 0 && low >= 0) {
			*at += 2;
			return (unsigned char)(high * 16 + low);
		}
	}
	return c;
}

static bool is_name(struct wv_slice coded, struct wv_slice name)
{
	size_t at = 0, i = 0;

	for (; at < coded.n && i < name.n; i++)
		if (next_byte(coded, &at) != name.p[i])
			return false;
	return at == coded.n && i == name.n;
}

static bool decode(struct wv_slice coded, struct wv_arena *arena, struct wv_slice *value)
{
	unsigned char *bytes = wv_arena_alloc(arena, coded.n);
	size_t n = 0;

	if (!bytes)
		return false;
	for (size_t at = 0; at < coded.n;)
		bytes[n++] = next_byte(coded, &at);
	*value = wv_slice(bytes, n);
	return true;
}

bool wv_target_parameter(struct wv_slice query, const char *name, size_t nth,
			 struct wv_arena *arena, struct wv_slice *value)
{
	struct wv_cursor rest = wv_cursor(query);
	struct wv_slice wanted = wv_slice_of(name);

	while (wv_cursor_left(&rest) > 0) {
		struct wv_slice pair = wv_cursor_until(&rest, '&');
		size_t equals = wv_slice_find_byte(pair, '=', 0);

		if (!is_name(wv_slice_part(pair, 0, equals), wanted) || nth-- > 0)
			continue;
		return decode(equals == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(pair, equals + 1),
			      arena, value);
	}
	return false;
}
