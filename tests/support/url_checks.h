#ifndef WV_TESTS_SUPPORT_URL_CHECKS_H
#define WV_TESTS_SUPPORT_URL_CHECKS_H

/* What holds for every base and every reference; shared by the property test and the fuzzer. */
#include "config/domain.h"
#include "config/url.h"

/* NULL, or the name of the law that is broken. */
static inline const char *url_check_spellings(struct wv_arena *arena, const struct wv_url *url)
{
	struct wv_url again;
	struct wv_slice canonical, twice, surt, surt_again, key, request;
	struct wv_slice tenant = wv_domain_tenant(url->host);

	if (wv_url_parse(arena, url->href, NULL, &again, NULL) != WV_OK ||
	    !wv_slice_equals(again.href, url->href) || !wv_slice_equals(again.host, url->host) ||
	    !wv_slice_equals(again.path, url->path) || again.has_query != url->has_query ||
	    !wv_slice_equals(again.query, url->query) || again.port != url->port)
		return "href is a fixed point";
	if (url->host.n && (tenant.n > url->host.n || tenant.p < url->host.p))
		return "the tenant lies in the host";
	for (size_t i = 0; i < url->href.n; i++)
		if (url->href.p[i] >= 0x7f || url->href.p[i] < 0x20)
			return "href is printable ASCII";
	if (wv_url_surt(arena, url, &surt, NULL) != WV_OK ||
	    wv_url_page_key(arena, url, &key, NULL) != WV_OK)
		return "every URL has a key";
	if (key.n > WV_LIMIT_PAGE_KEY_BYTES)
		return "page keys fit";
	if (wv_url_request(arena, url, &request, NULL) != WV_OK ||
	    wv_slice_find_byte(request, '#', 0) != SIZE_MAX)
		return "requests have no fragment";
	if (!wv_url_is_web(url))
		return NULL;
	if (wv_url_canonical(arena, url, &canonical, NULL) != WV_OK)
		return NULL; /* too long once escaped */
	if (wv_url_parse(arena, canonical, NULL, &again, NULL) != WV_OK)
		return "canonical is a URL";
	if (!wv_slice_equals(again.href, canonical))
		return "canonical is as a browser writes it";
	if (wv_url_canonical(arena, &again, &twice, NULL) != WV_OK ||
	    !wv_slice_equals(canonical, twice))
		return "canonical is a fixed point";
	if (wv_url_surt(arena, &again, &surt_again, NULL) != WV_OK ||
	    !wv_slice_equals(surt, surt_again))
		return "SURT of canonical is SURT";
	return NULL;
}

static inline const char *url_check(struct wv_arena *arena, struct wv_slice base_text,
				    struct wv_slice reference)
{
	struct wv_url_joiner joiner;
	struct wv_url url;
	struct wv_slice request = WV_SLICE_NONE, joined = WV_SLICE_NONE;
	enum wv_status st, join_st;
	const char *broken;

	if (wv_url_parse(arena, base_text, NULL, &joiner.base, NULL) != WV_OK)
		return NULL;
	broken = url_check_spellings(arena, &joiner.base);
	if (broken)
		return broken;
	st = wv_url_parse(arena, reference, &joiner.base, &url, NULL);
	join_st = wv_url_join(arena, &joiner, reference, &joined);
	if (st == WV_OK && wv_url_is_web(&url))
		st = wv_url_request(arena, &url, &request, NULL);
	else
		st = WV_NO;
	if (st != join_st || !wv_slice_equals(request, joined))
		return "join equals parse and request";
	return st == WV_OK ? url_check_spellings(arena, &url) : NULL;
}

#endif
