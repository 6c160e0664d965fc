#include "archive/serve/fields.h"

#define HOST_MAX_BYTES 262u /* 253 of a name, its root's dot, a colon, a port */

bool wv_fields_is_host(struct wv_slice value)
{
	bool is_bracketed = value.n > 0 && value.p[0] == '[';
	size_t colon = 0, i = 0;

	if (value.n == 0 || value.n > HOST_MAX_BYTES)
		return false;
	if (is_bracketed) {
		for (i = 1; i < value.n && value.p[i] != ']'; i++)
			if (wv_byte_hex(value.p[i]) < 0 && value.p[i] != ':' && value.p[i] != '.')
				return false;
		if (i < 3 || i == value.n)
			return false;
		i++;
	} else {
		for (; i < value.n && value.p[i] != ':'; i++)
			if (!wv_byte_is_alnum(value.p[i]) && value.p[i] != '-' &&
			    value.p[i] != '.' && value.p[i] != '_')
				return false;
		if (i == 0)
			return false;
	}
	colon = i;
	if (colon < value.n && value.p[colon] != ':')
		return false;
	for (i = colon + 1; i < value.n; i++)
		if (!wv_byte_is_digit(value.p[i]) || i - colon > 5)
			return false;
	return true;
}

/* Where the name ends: at the port's colon, which is none of those inside brackets. */
static size_t name_end(struct wv_slice host)
{
	size_t from = 0;

	if (host.n > 0 && host.p[0] == '[')
		from = wv_slice_find_byte(host, ']', 0);
	from = wv_slice_find_byte(host, ':', from == SIZE_MAX ? host.n : from);
	return from == SIZE_MAX ? host.n : from;
}

bool wv_fields_host_is(struct wv_slice value, struct wv_slice allowed)
{
	size_t end = name_end(value), allowed_end = name_end(allowed);
	struct wv_slice name = wv_slice_part(value, 0, end);

	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	if (!wv_slice_equals_nocase(name, wv_slice_part(allowed, 0, allowed_end)))
		return false;
	return allowed_end == allowed.n ||
	       wv_slice_equals(wv_slice_from(value, end), wv_slice_from(allowed, allowed_end));
}

/* "*" does. By strong comparison a weak one is none (RFC 9110 8.8.3.2). */
static bool list_has(struct wv_slice value, struct wv_slice etag, bool is_strong)
{
	struct wv_slice rest = wv_slice_trim(value);

	if (wv_slice_equals(rest, WV_LIT("*")))
		return true;
	while (rest.n > 0) {
		bool is_weak = wv_slice_starts(rest, WV_LIT("W/"));
		size_t end;

		if (is_weak)
			rest = wv_slice_from(rest, 2);
		if (rest.n == 0 || rest.p[0] != '"')
			return false;
		end = wv_slice_find_byte(rest, '"', 1);
		if (end == SIZE_MAX)
			return false;
		if (!(is_weak && is_strong) && wv_slice_equals(wv_slice_part(rest, 0, end + 1), etag))
			return true;
		rest = wv_slice_trim(wv_slice_from(rest, end + 1));
		if (rest.n > 0 && rest.p[0] != ',')
			return false;
		while (rest.n > 0 && (rest.p[0] == ',' || wv_byte_is_space(rest.p[0])))
			rest = wv_slice_from(rest, 1);
	}
	return false;
}

bool wv_fields_none_match_has(struct wv_slice value, struct wv_slice etag)
{
	return list_has(value, etag, false);
}

bool wv_fields_match_allows(struct wv_slice value, struct wv_slice etag)
{
	return value.n == 0 || list_has(value, etag, true);
}

enum wv_range wv_fields_range(struct wv_slice value, uint64_t total, uint64_t *from, uint64_t *to)
{
	struct wv_slice set = wv_slice_trim(value), first, last;
	uint64_t a = 0, b = UINT64_MAX;
	size_t dash;

	if (!wv_slice_starts_nocase(set, WV_LIT("bytes=")))
		return WV_RANGE_ALL;
	set = wv_slice_trim(wv_slice_from(set, 6));
	dash = wv_slice_find_byte(set, '-', 0);
	if (dash == SIZE_MAX)
		return WV_RANGE_ALL;
	first = wv_slice_trim(wv_slice_part(set, 0, dash));
	last = wv_slice_trim(wv_slice_from(set, dash + 1));
	/* A comma, too, is no digit: several ranges are passed over, as they may be (14.2). */
	if ((first.n && !wv_slice_u64(first, &a)) || (last.n && !wv_slice_u64(last, &b)) ||
	    (!first.n && !last.n) || (first.n && b < a))
		return WV_RANGE_ALL;
	if (first.n ? a >= total : b == 0 || total == 0)
		return WV_RANGE_NONE_OF_IT;
	*from = first.n ? a : b < total ? total - b : 0;
	*to = first.n && b < total ? b : total - 1;
	return WV_RANGE_ONE;
}

bool wv_fields_if_range_allows(struct wv_slice value, struct wv_slice etag)
{
	return value.n == 0 || wv_slice_equals(wv_slice_trim(value), etag);
}

struct wv_slice wv_fields_last_forwarded(struct wv_slice value)
{
	size_t from = value.n;

	while (from > 0 && value.p[from - 1] != ',')
		from--;
	return wv_slice_trim(wv_slice_from(value, from));
}
