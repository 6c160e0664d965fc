#ifndef WV_CRAWLER_DISCOVER_SITEMAP_H
#define WV_CRAWLER_DISCOVER_SITEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/times.h"

/*
 * Sitemaps 0.9 with the news extension: url sets, indexes, plain lists of URLs; gzip by its magic.
 * Fed in pieces, given entry by entry, so memory does not follow their size. RSS and Atom as
 * sitemaps are feeds (crawler/discover/feed.h). Sources: sitemaps.org/protocol.html,
 * schemas/sitemap-news/0.9.
 */
enum wv_sitemap_kind {
	WV_SITEMAP_NONE,   /* nothing of the sort so far */
	WV_SITEMAP_URLSET,
	WV_SITEMAP_INDEX,
	WV_SITEMAP_TEXT,
};

/* One entry; slices live for the call. */
struct wv_sitemap_entry {
	enum wv_sitemap_kind kind;  /* INDEX: url is a sitemap */
	struct wv_slice url;        /* absolute, as it would be requested */
	bool is_foreign;            /* another host than the sitemap's: wants proof (robots.txt) */
	struct wv_stated_time lastmod;
	struct wv_slice changefreq; /* hints only */
	double priority;            /* 0..1; -1 if it says none */
	bool is_news;
	struct wv_slice news_name, news_language, news_title;
	struct wv_stated_time published;
};

struct wv_sitemap_context {
	struct wv_slice url; /* the sitemap's own */
	struct wv_times_context times;
	void *user;
	/* False ends the walk. */
	bool (*each)(void *user, const struct wv_sitemap_entry *entry);
};

struct wv_sitemap_result {
	enum wv_sitemap_kind kind;
	size_t count;              /* entries given */
	size_t news_count;
	size_t refused;            /* relative, no URL, not http(s) */
	size_t dropped;            /* above WV_LIMIT_SITEMAP_URLS */
	bool is_damaged;           /* not well formed, or cut */
	bool is_too_large;         /* above WV_LIMIT_SITEMAP_BYTES decoded: the rest was not read */
	/*
	 * Ten or more lastmods that all lie within ten minutes of each other and an hour of the fetch:
	 * the server writes "now" everywhere, so they say nothing.
	 */
	bool lastmod_is_useless;
};

struct wv_sitemap;
WV_MUST_USE enum wv_status wv_sitemap_new(const struct wv_sitemap_context *context,
                                          struct wv_sitemap **out, struct wv_err *err);
void wv_sitemap_free(struct wv_sitemap **sitemap);
/* The next bytes, compressed or not. Damage and caps are in the result, not errors. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_sitemap_feed(struct wv_sitemap *sitemap, struct wv_slice piece,
                                           struct wv_err *err);
WV_MUST_USE enum wv_status wv_sitemap_finish(struct wv_sitemap *sitemap,
                                             struct wv_sitemap_result *out, struct wv_err *err);

#endif
