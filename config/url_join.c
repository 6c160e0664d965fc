#include "config/url.h"

#include "config/url_parts.h"

/*
 * Most links are plain: ASCII, nothing to escape, no dot segments, a host that is known or needs
 * no work. Those are put together from the base's pieces after one look at each byte. Whatever is
 * not plainly plain goes the way of the parser; so this file only has to know what it may skip.
 */

/* Longer ones might meet the cap after escaping, fragment included: not for here. */
#define REFERENCE_BYTES_MAX 512u
#define BASE_BYTES_MAX      2048u

static enum wv_status join_slowly(struct wv_arena *arena, const struct wv_url *base,
				  struct wv_slice reference, struct wv_slice *request_url)
{
	struct wv_url url;
	enum wv_status st = wv_url_parse(arena, reference, base, &url, NULL);

	if (st == WV_NOMEM)
		return st;
	if (st != WV_OK || !wv_url_is_web(&url))
		return WV_NO;
	return wv_url_request(arena, &url, request_url, NULL);
}

/*
 * The part of a plain reference before its fragment, from `at`: true if path and query need no
 * escaping, no resolving of dots and no turning of slashes. `*end` is where the fragment begins.
 */
static bool is_plain(struct wv_slice s, size_t at, size_t *end)
{
	bool at_segment = true;

	for (; at < s.n && s.p[at] != '?' && s.p[at] != '#'; at++) {
		unsigned char c = s.p[at];

		if (wv_url_in_set(c, WV_URL_SET_PATH) || c == '\\')
			return false;
		/* Perhaps a segment of dots, escaped ones too; rare others go along. */
		if (at_segment && (c == '.' || (c == '%' && s.n - at > 1 && s.p[at + 1] == '2')))
			return false;
		at_segment = c == '/';
	}
	if (at < s.n && s.p[at] == '?')
		for (at++; at < s.n && s.p[at] != '#'; at++)
			if (wv_url_in_set(s.p[at], WV_URL_SET_SPECIAL_QUERY))
				return false;
	*end = at;
	return true;
}

/* Length of a name in front that is its own serialisation, or 0: then the parser must look. */
static size_t plain_host(struct wv_slice s)
{
	size_t at = 0, label = 0;

	for (; at < s.n; at++) {
		unsigned char c = s.p[at];

		if (c == '.') {
			label = at + 1;
		} else if ((c >= 'a' && c <= 'z') || c == '-' || c == '_') {
			if (at == label && wv_slice_starts(wv_slice_from(s, at), WV_LIT("xn--")))
				return 0;
		} else if (!wv_byte_is_digit(c)) {
			break;
		}
	}
	if (at == label || wv_byte_is_digit(s.p[label]))
		return 0; /* no last label, or perhaps an IPv4 address */
	return at == s.n || s.p[at] == '/' || s.p[at] == '?' || s.p[at] == '#' ? at : 0;
}

static bool ends_authority(struct wv_slice s, size_t at)
{
	return at == s.n || s.p[at] == '/' || s.p[at] == '?' || s.p[at] == '#';
}

/* Two or three pieces, one after the other. */
static enum wv_status give(struct wv_arena *arena, const struct wv_slice *pieces, size_t count,
			   struct wv_slice *out)
{
	size_t n = 0;
	unsigned char *to;

	for (size_t i = 0; i < count; i++)
		n += pieces[i].n;
	to = wv_arena_alloc(arena, n);
	if (!to)
		return WV_NOMEM;
	*out = wv_slice(to, n);
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n)
			memcpy(to, pieces[i].p, pieces[i].n);
		to += pieces[i].n;
	}
	return WV_OK;
}

/*
 * "scheme://host" in front of the reference: its length where it is plain or the base's own,
 * else 0. The base's covers ports, addresses and A-labels: it came out of the parser.
 */
static size_t absolute_origin(struct wv_slice s, struct wv_slice base_origin)
{
	size_t at, host_n;

	if (wv_slice_starts(s, base_origin) && ends_authority(s, base_origin.n))
		return base_origin.n;
	if (wv_slice_starts(s, WV_LIT("https://")))
		at = 8;
	else if (wv_slice_starts(s, WV_LIT("http://")))
		at = 7;
	else
		return 0;
	host_n = plain_host(wv_slice_from(s, at));
	return host_n ? at + host_n : 0;
}

static enum wv_status join_absolute(struct wv_arena *arena, const struct wv_url *base,
				    struct wv_slice base_origin, struct wv_slice s,
				    struct wv_slice *out)
{
	size_t origin_n = absolute_origin(s, base_origin), end;

	if (!origin_n || !is_plain(s, origin_n + (origin_n < s.n && s.p[origin_n] == '/'), &end))
		return join_slowly(arena, base, s, out);
	if (origin_n < s.n && s.p[origin_n] == '/')
		return give(arena, &(struct wv_slice){s.p, end}, 1, out);
	return give(arena,
		    (struct wv_slice[]){wv_slice_part(s, 0, origin_n), WV_LIT("/"),
					wv_slice_part(s, origin_n, end - origin_n)},
		    3, out);
}

/* What stands before the reference: 0 bytes where the parser must look. */
static struct wv_slice prefix_for(const struct wv_url *base, struct wv_slice base_origin,
				  struct wv_slice s)
{
	struct wv_slice prefix = base_origin;

	if (s.n && s.p[0] == '/')
		return s.n > 1 && s.p[1] == '/' ? WV_SLICE_NONE : prefix;
	prefix.n += base->path.n;
	if (s.n == 0 || s.p[0] == '#') {
		prefix.n += base->has_query ? base->query.n + 1 : 0;
	} else if (s.p[0] != '?') {
		while (prefix.p[prefix.n - 1] != '/')
			prefix.n--;
	}
	return prefix;
}

enum wv_status wv_url_join(struct wv_arena *arena, const struct wv_url_joiner *joiner,
			   struct wv_slice reference, struct wv_slice *request_url)
{
	const struct wv_url *base = &joiner->base;
	struct wv_slice origin, prefix, s = wv_url_trim(reference);
	size_t end;

	if (s.n > REFERENCE_BYTES_MAX || base->href.n > BASE_BYTES_MAX || !wv_url_is_web(base) ||
	    base->username.n || base->password.n)
		return join_slowly(arena, base, s, request_url);
	origin = wv_slice(base->href.p, (size_t)(base->path.p - base->href.p));
	if (wv_url_scheme_length(s)) {
		/* mailto:, javascript: and the like, well formed or not, are never asked for. */
		if (!wv_slice_starts_nocase(s, WV_LIT("http:")) &&
		    !wv_slice_starts_nocase(s, WV_LIT("https:")))
			return WV_NO;
		return join_absolute(arena, base, origin, s, request_url);
	}
	prefix = prefix_for(base, origin, s);
	if (!prefix.n || !is_plain(s, s.n && s.p[0] == '/', &end))
		return join_slowly(arena, base, s, request_url);
	return give(arena, (struct wv_slice[]){prefix, wv_slice_part(s, 0, end)}, 2, request_url);
}
