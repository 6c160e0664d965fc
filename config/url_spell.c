#include "config/url.h"

#include <stdlib.h>

#include "config/base/digest.h"
#include "config/url_parts.h"

/* ---- as it is asked for ---- */

enum wv_status wv_url_request(struct wv_arena *arena, const struct wv_url *url,
			      struct wv_slice *out, struct wv_err *err)
{
	size_t end = url->has_fragment ? url->href.n - url->fragment.n - 1 : url->href.n;
	struct wv_slice whole = wv_slice_part(url->href, 0, end);
	size_t skip_at = 0, skip_n = 0; /* "name:password@" */
	unsigned char *to;

	if (url->username.n || url->password.n) {
		skip_at = url->scheme.n + 3;
		skip_n = url->username.n + (url->password.n ? url->password.n + 1 : 0) + 1;
	}
	to = wv_arena_alloc(arena, whole.n - skip_n);
	if (!to)
		return wv_err_set(err, WV_NOMEM, "out of memory for a URL");
	memcpy(to, whole.p, skip_at);
	memcpy(to + skip_at, whole.p + skip_at + skip_n, whole.n - skip_at - skip_n);
	*out = wv_slice(to, whole.n - skip_n);
	return WV_OK;
}

enum wv_status wv_url_origin(struct wv_arena *arena, const struct wv_url *url, struct wv_slice *out,
			     struct wv_err *err)
{
	struct wv_slice origin;

	if (!url->has_host)
		origin = wv_arena_format(arena, "%.*s:", WV_FMT(url->scheme));
	else if (url->has_port)
		origin = wv_arena_format(arena, "%.*s://%.*s:%u", WV_FMT(url->scheme),
					 WV_FMT(url->host), (unsigned)url->port);
	else
		origin = wv_arena_format(arena, "%.*s://%.*s", WV_FMT(url->scheme),
					 WV_FMT(url->host));
	if (!origin.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for an origin");
	*out = origin;
	return WV_OK;
}

/* ---- cleaning (RFC 3986, 6.2.2: case and percent-encoding) ---- */

static bool is_unreserved(unsigned char c)
{
	return wv_byte_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

enum part { PATH, QUERY, FRAGMENT };

/* May stand as it is: unreserved, sub-delims and the few that the part's grammar adds. */
static bool is_legal(unsigned char c, enum part part)
{
	switch (c) {
	case '!':
	case '$':
	case '&':
	case '\'':
	case '(':
	case ')':
	case '*':
	case '+':
	case ',':
	case ';':
	case '=':
	case ':':
	case '@':
	case '/':
		return true;
	case '?':
		return part != PATH;
	default:
		return is_unreserved(c);
	}
}

/*
 * Escapes in upper case, unreserved characters without, illegal ones with; a percent sign that
 * begins no escape is escaped itself, so that doing this twice changes nothing.
 */
static void put_clean(struct wv_url_scratch *to, struct wv_slice s, enum part part)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = -1, low = -1;

		if (s.p[i] != '%') {
			if (is_legal(s.p[i], part))
				wv_url_put_byte(to, s.p[i]);
			else
				wv_url_put_escape(to, s.p[i]);
			continue;
		}
		if (s.n - i > 2) {
			high = wv_byte_hex(s.p[i + 1]);
			low = wv_byte_hex(s.p[i + 2]);
		}
		if (high < 0 || low < 0) {
			wv_url_put_escape(to, '%');
		} else {
			unsigned char byte = (unsigned char)(high << 4 | low);

			if (is_unreserved(byte))
				wv_url_put_byte(to, byte);
			else
				wv_url_put_escape(to, byte);
			i += 2;
		}
	}
}

/* ---- parameters ---- */

/*
 * Names that only ever say where a reader came from, on any site. Generic ones (from, ref,
 * source) name content on some sites and are no business of a global list.
 */
static bool is_tracking(struct wv_slice name)
{
	static const char *const exact[] = {
		"gclid",      "dclid",
		"gbraid",     "wbraid",
		"fbclid",     "msclkid",
		"yclid",      "twclid",
		"igshid",     "mc_cid",
		"mc_eid",     "_ga",
		"_gl",        "spm",
		"scm",        "cmpid",
		"ncid",       "share_token",
		"ref_src",    "ocid",
		"icid",       "__twitter_impression",
		"guccounter",
	};

	if (wv_slice_starts_nocase(name, WV_LIT("utm_")) ||
	    wv_slice_starts_nocase(name, WV_LIT("guce_")))
		return true;
	for (size_t i = 0; i < WV_COUNT(exact); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(exact[i])))
			return true;
	return false;
}

/*
 * Session identifiers. "sid" alone is also the number of a story on many sites: it is a session
 * only where its value looks like one, 24 and more letters and digits of both kinds.
 */
static bool is_session(struct wv_slice name, struct wv_slice value)
{
	static const char *const exact[] = {"jsessionid", "phpsessid", "cfid", "cftoken"};
	bool has_digit = false, has_alpha = false;

	for (size_t i = 0; i < WV_COUNT(exact); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(exact[i])))
			return true;
	if (wv_slice_starts_nocase(name, WV_LIT("aspsessionid")))
		return true;
	if (!wv_slice_equals_nocase(name, WV_LIT("sid")) || value.n < 24)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		has_digit = has_digit || wv_byte_is_digit(value.p[i]);
		has_alpha = has_alpha || wv_byte_is_alpha(value.p[i]);
		if (!wv_byte_is_alnum(value.p[i]))
			return false;
	}
	return has_digit && has_alpha;
}

/* The next item of a query between "&"; false at the end. Empty ones are skipped. */
static bool next_item(struct wv_slice query, size_t *at, struct wv_slice *item)
{
	while (*at < query.n) {
		size_t end = wv_slice_find_byte(query, '&', *at);
		size_t from = *at;

		end = end == SIZE_MAX ? query.n : end;
		*at = end + 1;
		if (end > from) {
			*item = wv_slice_part(query, from, end - from);
			return true;
		}
	}
	return false;
}

static void split_item(struct wv_slice item, struct wv_slice *name, struct wv_slice *value)
{
	size_t equals = wv_slice_find_byte(item, '=', 0);

	*name = equals == SIZE_MAX ? item : wv_slice_part(item, 0, equals);
	*value = equals == SIZE_MAX ? WV_SLICE_NONE : wv_slice_from(item, equals + 1);
}

static int compare_items(const void *a, const void *b)
{
	return wv_slice_compare(*(const struct wv_slice *)a, *(const struct wv_slice *)b);
}

/*
 * The cleaned query, with its "?", without what only tracks. As a key also without sessions and
 * sorted, since order rarely means anything and servers shuffle it.
 */
static bool put_query(struct wv_arena *arena, struct wv_url_scratch *to, struct wv_slice query,
		      bool is_key)
{
	size_t from = to->n, at = 0, kept = 0, count = 1;
	struct wv_slice clean, item, name, value, *items;
	unsigned char *copy;

	if (query.n == 0)
		return true;
	put_clean(to, query, QUERY);
	clean = wv_slice(to->b + from, to->n - from);
	for (size_t i = 0; i < clean.n; i++)
		count += clean.p[i] == '&';
	items = WV_ARENA_ARRAY(arena, struct wv_slice, count);
	copy = wv_arena_alloc(arena, clean.n);
	if (!items || !copy)
		return false;
	memcpy(copy, clean.p, clean.n);
	clean.p = copy;
	to->n = from;
	while (next_item(clean, &at, &item)) {
		split_item(item, &name, &value);
		if (!is_tracking(name) && !(is_key && is_session(name, value)))
			items[kept++] = item;
	}
	if (is_key)
		qsort(items, kept, sizeof(*items), compare_items);
	for (size_t i = 0; i < kept; i++) {
		wv_url_put_byte(to, i == 0 ? '?' : '&');
		wv_url_put(to, items[i]);
	}
	return true;
}

/* "#!..." names a page of its own on old sites; other fragments only a place on it. */
static void put_hashbang(struct wv_url_scratch *to, const struct wv_url *url)
{
	if (url->fragment.n == 0 || url->fragment.p[0] != '!')
		return;
	wv_url_put_byte(to, '#');
	put_clean(to, url->fragment, FRAGMENT);
}

static enum wv_status give(struct wv_arena *arena, const struct wv_url_scratch *from,
			   struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice copy;

	if (from->is_full)
		return wv_err_set(err, WV_LIMIT, "URL too long");
	copy = wv_arena_copy(arena, wv_slice(from->b, from->n));
	if (copy.n != from->n)
		return wv_err_set(err, WV_NOMEM, "out of memory for a URL");
	*out = copy;
	return WV_OK;
}

enum wv_status wv_url_canonical(struct wv_arena *arena, const struct wv_url *url,
				struct wv_slice *out, struct wv_err *err)
{
	struct wv_url_scratch to;

	if (!wv_url_is_web(url))
		return wv_err_set(err, WV_REFUSED, "'%.*s' is no web address", WV_FMT(url->href));
	to.n = 0;
	to.is_full = false;
	wv_url_put(&to, url->scheme);
	wv_url_put(&to, WV_LIT("://"));
	wv_url_put(&to, url->host);
	if (url->has_port)
		wv_url_put_port(&to, url->port);
	put_clean(&to, url->path, PATH);
	if (!put_query(arena, &to, url->query, false))
		return wv_err_set(err, WV_NOMEM, "out of memory for a URL");
	put_hashbang(&to, url);
	/* What is longer than a URL may be could not be read again. */
	if (to.n > WV_LIMIT_URL_BYTES)
		return wv_err_set(err, WV_LIMIT, "URL too long (cap %u bytes)", WV_LIMIT_URL_BYTES);
	return give(arena, &to, out, err);
}

/* ---- SURT ---- */

/* Without "www", "www2" and the like, where a name with a dot is left. */
static struct wv_slice without_www(struct wv_slice host)
{
	size_t n = 3;

	if (!wv_slice_starts(host, WV_LIT("www")))
		return host;
	while (n < host.n && wv_byte_is_digit(host.p[n]))
		n++;
	if (n == host.n || host.p[n] != '.' || wv_slice_find_byte(host, '.', n + 1) == SIZE_MAX)
		return host;
	return wv_slice_from(host, n + 1);
}

/* As the host parser leaves them: in brackets, or with a last label that is a number. */
static bool is_address(struct wv_slice host)
{
	size_t start = host.n;
	uint64_t number;

	while (start > 0 && host.p[start - 1] != '.')
		start--;
	return host.n && (host.p[0] == '[' || wv_slice_u64(wv_slice_from(host, start), &number));
}

/* "www.example.co.uk" as "uk,co,example"; addresses as they are. */
static void put_reversed(struct wv_url_scratch *to, struct wv_slice host)
{
	size_t end;

	if (is_address(host)) {
		wv_url_put(to, host);
		return;
	}
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	host = without_www(host);
	end = host.n;
	for (size_t i = host.n; i-- > 0;) {
		if (host.p[i] == '.') {
			wv_url_put(to, wv_slice_part(host, i + 1, end - i - 1));
			wv_url_put_byte(to, ',');
			end = i;
		}
	}
	wv_url_put(to, wv_slice_part(host, 0, end));
}

/* ";jsessionid=..." and its kin, in any segment, up to the next one. */
static void put_path_key(struct wv_url_scratch *to, struct wv_slice path)
{
	size_t from = to->n, n;

	put_clean(to, path, PATH);
	n = from;
	for (size_t i = from; i < to->n;) {
		size_t end = i + 1;
		struct wv_slice item, name, value;

		if (to->b[i] != ';') {
			to->b[n++] = to->b[i++];
			continue;
		}
		while (end < to->n && to->b[end] != ';' && to->b[end] != '/')
			end++;
		item = wv_slice(to->b + i + 1, end - i - 1);
		split_item(item, &name, &value);
		if (!is_session(name, value)) {
			memmove(to->b + n, to->b + i, end - i);
			n += end - i;
		}
		i = end;
	}
	to->n = n;
}

enum wv_status wv_url_surt(struct wv_arena *arena, const struct wv_url *url, struct wv_slice *out,
			   struct wv_err *err)
{
	struct wv_url_scratch to;

	to.n = 0;
	to.is_full = false;
	/* The two schemes of the web are one; an address of another kind never meets theirs. */
	if (!wv_url_is_web(url)) {
		wv_url_put(&to, url->scheme);
		wv_url_put_byte(&to, ':');
	}
	if (url->has_host) {
		put_reversed(&to, url->host);
		if (url->has_port)
			wv_url_put_port(&to, url->port);
		wv_url_put_byte(&to, ')');
	}
	put_path_key(&to, url->path);
	if (!put_query(arena, &to, url->query, true))
		return wv_err_set(err, WV_NOMEM, "out of memory for a SURT");
	put_hashbang(&to, url);
	return give(arena, &to, out, err);
}

#define KEY_CUT_BYTES    440u
#define KEY_DIGEST_BYTES 16u

enum wv_status wv_url_page_key(struct wv_arena *arena, const struct wv_url *url,
			       struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice surt;
	struct wv_digest digest;
	unsigned char *key;
	enum wv_status st = wv_url_surt(arena, url, &surt, err);

	_Static_assert(KEY_CUT_BYTES + KEY_DIGEST_BYTES == WV_LIMIT_PAGE_KEY_BYTES, "page keys");
	if (st != WV_OK)
		return st;
	if (surt.n <= KEY_CUT_BYTES) {
		*out = surt;
		return WV_OK;
	}
	key = wv_arena_alloc(arena, WV_LIMIT_PAGE_KEY_BYTES);
	if (!key)
		return wv_err_set(err, WV_NOMEM, "out of memory for a page key");
	digest = wv_digest_of(surt);
	memcpy(key, surt.p, KEY_CUT_BYTES);
	memcpy(key + KEY_CUT_BYTES, digest.b, KEY_DIGEST_BYTES);
	*out = wv_slice(key, WV_LIMIT_PAGE_KEY_BYTES);
	return WV_OK;
}
