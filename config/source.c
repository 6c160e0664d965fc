#include "config/source.h"

#include "config/base/arena.h"
#include "config/base/limits.h"
#include "config/domain.h"
#include "config/url.h"

/* Two star positions are enough: an earlier star never needs to take more once a later one is
 * reached, so the cost is at most pattern times text and there is no recursion. */
bool wv_source_pattern_matches(struct wv_slice pattern, struct wv_slice text)
{
	size_t at = 0, in_text = 0;
	size_t star = SIZE_MAX, star_text = 0;

	while (in_text < text.n) {
		if (at < pattern.n && pattern.p[at] == '*') {
			star = at++;
			star_text = in_text;
		} else if (at < pattern.n &&
			   (pattern.p[at] == '?' || pattern.p[at] == text.p[in_text])) {
			at++;
			in_text++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			in_text = ++star_text;
		} else {
			return false;
		}
	}
	while (at < pattern.n && pattern.p[at] == '*')
		at++;
	return at == pattern.n;
}

/* What scope looks at. */
struct place {
	struct wv_slice host; /* without "www." */
	uint16_t port;        /* 0: the default of http or of https, which count as one */
	struct wv_slice path;
};

/* Pages are told apart by SURT, which has no "www.": one page cannot be in scope under one
 * spelling and out of it under the other. */
static struct wv_slice without_www(struct wv_slice host)
{
	struct wv_slice rest = wv_slice_from(host, 4);

	if (wv_slice_starts(host, WV_LIT("www.")) && wv_slice_find_byte(rest, '.', 0) != SIZE_MAX)
		return rest;
	return host;
}

static uint16_t port_in_scope(uint16_t port)
{
	return port == 80 || port == 443 ? 0 : port;
}

static struct place place_of_url(const struct wv_url *url)
{
	return (struct place){without_www(url->host), port_in_scope(wv_url_port(url)), url->path};
}

static size_t find_one_of(struct wv_slice s, struct wv_slice stops)
{
	size_t at = 0;

	while (at < s.n && wv_slice_find_byte(stops, s.p[at], 0) == SIZE_MAX)
		at++;
	return at;
}

/* Takes a serialised http(s) href apart; the parser wrote it, so cutting at the delimiters is
 * enough and no memory is needed. */
static struct place place_of_href(struct wv_slice href)
{
	size_t after_scheme = wv_slice_find(href, WV_LIT("://"), 0);
	struct wv_slice rest =
		wv_slice_from(href, after_scheme == SIZE_MAX ? href.n : after_scheme + 3);
	size_t authority_n = find_one_of(rest, WV_LIT("/?#"));
	struct wv_slice authority = wv_slice_part(rest, 0, authority_n);
	struct wv_slice path = wv_slice_from(rest, authority_n);
	struct place place = {.path = wv_slice_part(path, 0, find_one_of(path, WV_LIT("?#")))};
	size_t userinfo = wv_slice_find_byte(authority, '@', 0);
	size_t colon;
	uint64_t port = 0;

	if (userinfo != SIZE_MAX)
		authority = wv_slice_from(authority, userinfo + 1);
	colon = authority.n;
	while (colon > 0 && authority.p[colon - 1] != ':' && authority.p[colon - 1] != ']')
		colon--;
	if (colon > 0 && authority.p[colon - 1] == ':' &&
	    wv_slice_u64(wv_slice_from(authority, colon), &port) && port <= UINT16_MAX)
		authority = wv_slice_part(authority, 0, colon - 1);
	place.host = without_www(authority);
	place.port = port_in_scope((uint16_t)port);
	return place;
}

/* The directory of the seed: all up to the last slash of its path. */
static struct wv_slice directory(struct wv_slice path)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	return wv_slice_part(path, 0, n);
}

static bool same_tenant(struct wv_slice tenant, struct wv_slice host)
{
	/* Most hosts differ here already; the suffix list is asked only about the rest. */
	return wv_slice_ends(host, tenant) && wv_slice_equals(wv_domain_tenant(host), tenant);
}

/*
 * Could this serialised http(s) href have that host? Asked of each seed for each link of a page,
 * and most seeds say no, so they are not taken apart for it.
 */
static bool may_have_host(struct wv_slice href, struct wv_slice host)
{
	struct wv_slice rest = wv_slice_from(href, wv_slice_starts(href, WV_LIT("https")) ? 8 : 7);

	return wv_slice_starts(rest, host) ||
	       (wv_slice_starts(rest, WV_LIT("www.")) &&
		wv_slice_starts(wv_slice_from(rest, 4), host)) ||
	       wv_slice_find_byte(href, '@', 0) != SIZE_MAX;
}

static bool is_near_one(const struct wv_source *source, const struct wv_strings *hrefs,
			bool are_seeds, const struct wv_url *url)
{
	struct place there = place_of_url(url);
	struct wv_slice tenant =
		source->scope == WV_SCOPE_DOMAIN ? wv_domain_tenant(there.host) : WV_SLICE_NONE;

	for (size_t i = 0; i < hrefs->n; i++) {
		struct place seed;

		if (source->scope != WV_SCOPE_DOMAIN && !may_have_host(hrefs->p[i], there.host))
			continue;
		seed = place_of_href(hrefs->p[i]);
		if (source->scope == WV_SCOPE_DOMAIN) {
			if (same_tenant(tenant, seed.host))
				return true;
			continue;
		}
		if (!wv_slice_equals(seed.host, there.host))
			continue;
		if (source->scope == WV_SCOPE_HOSTS)
			return true;
		if (seed.port != there.port)
			continue;
		/* Where a feed lies says nothing of where its articles do. */
		if (source->scope == WV_SCOPE_HOST || !are_seeds ||
		    wv_slice_starts(there.path, directory(seed.path)))
			return true;
	}
	return false;
}

/* A source may be known by its feeds or sitemaps alone: then those stand for its seeds. */
static bool is_near_a_seed(const struct wv_source *source, const struct wv_url *url)
{
	if (source->seeds.n > 0)
		return is_near_one(source, &source->seeds, true, url);
	return is_near_one(source, &source->feeds, false, url) ||
	       is_near_one(source, &source->sitemaps, false, url);
}

static bool matches_one(const struct wv_strings *patterns, struct wv_slice text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (wv_source_pattern_matches(patterns->p[i], text))
			return true;
	return false;
}

static struct wv_slice without_fragment(struct wv_slice href)
{
	size_t at = wv_slice_find_byte(href, '#', 0);

	return at == SIZE_MAX ? href : wv_slice_part(href, 0, at);
}

/* `href` has no fragment. */
static bool is_listed(const struct wv_strings *hrefs, struct wv_slice href)
{
	for (size_t i = 0; i < hrefs->n; i++)
		if (wv_slice_starts(hrefs->p[i], href) &&
		    (hrefs->p[i].n == href.n || hrefs->p[i].p[href.n] == '#'))
			return true;
	return false;
}

bool wv_source_contains(const struct wv_source *source, const struct wv_url *url)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_slice href = without_fragment(url->href);
	struct wv_slice canonical = href;

	if (!wv_url_is_web(url))
		return false;
	if (is_listed(&source->seeds, href) || is_listed(&source->feeds, href) ||
	    is_listed(&source->sitemaps, href))
		return true;
	if (!is_near_a_seed(source, url))
		return false;
	if (source->include.n == 0 && source->exclude.n == 0)
		return true;
	/* Without memory for the canonical form nothing is in scope: a pattern may forbid it. */
	if (wv_arena_new(16 * (size_t)WV_LIMIT_URL_BYTES, &arena, NULL) != WV_OK ||
	    wv_url_canonical(arena, url, &canonical, NULL) != WV_OK)
		return false;
	return !matches_one(&source->exclude, canonical) &&
	       (source->include.n == 0 || matches_one(&source->include, canonical));
}
