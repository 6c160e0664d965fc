#include "crawler/discover/kind.h"

#include "config/base/checked.h"

#define LOOK_BYTES 4096u

/* Past white space, comments, instructions and a DOCTYPE: the first tag's name, or empty. */
static struct wv_slice first_tag(struct wv_slice s)
{
	size_t at = 0;

	for (;;) {
		size_t end, from;
		struct wv_slice rest;

		at = wv_slice_find_byte(s, '<', at);
		if (at == SIZE_MAX || at + 1 >= s.n)
			return WV_SLICE_NONE;
		rest = wv_slice_from(s, at);
		if (wv_slice_starts(rest, WV_LIT("<!--"))) {
			end = wv_slice_find(s, WV_LIT("-->"), at + 4);
		} else if (rest.p[1] == '!' || rest.p[1] == '?') {
			end = wv_slice_find_byte(s, '>', at);
		} else {
			for (from = ++at; at < s.n && (wv_byte_is_alnum(s.p[at]) || s.p[at] == ':' ||
			                               s.p[at] == '_' || s.p[at] == '-');)
				at++;
			return wv_slice_part(s, from, at - from);
		}
		if (end == SIZE_MAX)
			return WV_SLICE_NONE;
		at = end + 1;
	}
}

static bool is_one_of(struct wv_slice name, const char *const *names, size_t n)
{
	size_t colon = wv_slice_find_byte(name, ':', 0);

	if (colon != SIZE_MAX)
		name = wv_slice_from(name, colon + 1);
	for (size_t i = 0; i < n; i++) {
		if (wv_slice_equals_nocase(name, wv_slice_of(names[i])))
			return true;
	}
	return false;
}

/* Every line an absolute address (the last may be cut). */
static bool is_list(struct wv_slice s, bool is_cut)
{
	struct wv_cursor cursor = wv_cursor(s);
	struct wv_slice line;
	size_t urls = 0;

	while (wv_cursor_line(&cursor, &line)) {
		bool is_last = wv_cursor_left(&cursor) == 0;

		line = wv_slice_trim(line);
		if (line.n == 0 || (is_last && is_cut))
			continue;
		if (!wv_slice_starts_nocase(line, WV_LIT("http://")) &&
		    !wv_slice_starts_nocase(line, WV_LIT("https://")))
			return false;
		if (wv_slice_find_byte(line, ' ', 0) != SIZE_MAX)
			return false;
		urls++;
	}
	return urls > 0;
}

enum wv_discover_kind wv_discover_kind_of(struct wv_slice text)
{
	static const char *const feeds[] = {"rss", "feed", "RDF", "channel"};
	static const char *const maps[] = {"urlset", "sitemapindex"};
	static const char *const pages[] = {"html", "head", "body", "script", "meta", "title",
	                                    "div",  "p",    "table", "center", "a",  "h1",
	                                    "link", "style"};
	struct wv_slice s = wv_slice_part(text, 0, LOOK_BYTES), name;
	struct wv_slice start;

	if (wv_slice_starts(s, WV_LIT("\xEF\xBB\xBF")))
		s = wv_slice_from(s, 3);
	start = wv_slice_trim(s);
	if (start.n > 0 && start.p[0] == '{')
		return wv_slice_find(s, WV_LIT("jsonfeed.org/version/"), 0) != SIZE_MAX ||
		                       wv_slice_find(s, WV_LIT("jsonfeed.org\\/version\\/"), 0) !=
		                               SIZE_MAX
		               ? WV_DISCOVER_FEED
		               : WV_DISCOVER_OTHER;
	if (is_list(s, text.n > LOOK_BYTES))
		return WV_DISCOVER_SITEMAP;
	if (wv_slice_find_nocase(s, WV_LIT("<!doctype html"), 0) != SIZE_MAX)
		return WV_DISCOVER_HTML;
	name = first_tag(s);
	if (is_one_of(name, maps, WV_COUNT(maps)))
		return WV_DISCOVER_SITEMAP;
	if (is_one_of(name, feeds, WV_COUNT(feeds)))
		return WV_DISCOVER_FEED;
	if (is_one_of(name, pages, WV_COUNT(pages)))
		return WV_DISCOVER_HTML;
	/* Damage in front: a server's warning, then the document. */
	if (wv_slice_find(s, WV_LIT("<rss"), 0) != SIZE_MAX ||
	    wv_slice_find(s, WV_LIT("<feed"), 0) != SIZE_MAX ||
	    wv_slice_find(s, WV_LIT("<rdf:RDF"), 0) != SIZE_MAX)
		return WV_DISCOVER_FEED;
	if (wv_slice_find(s, WV_LIT("<urlset"), 0) != SIZE_MAX ||
	    wv_slice_find(s, WV_LIT("<sitemapindex"), 0) != SIZE_MAX)
		return WV_DISCOVER_SITEMAP;
	return wv_slice_find_nocase(s, WV_LIT("<html"), 0) != SIZE_MAX ||
	                       wv_slice_find_nocase(s, WV_LIT("<body"), 0) != SIZE_MAX ||
	                       wv_slice_find_nocase(s, WV_LIT("<a "), 0) != SIZE_MAX
	               ? WV_DISCOVER_HTML
	               : WV_DISCOVER_OTHER;
}
