#ifndef WV_CRAWLER_DISCOVER_LINKS_H
#define WV_CRAWLER_DISCOVER_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/page/scan.h"

/*
 * A page's references, resolved: what can be crawled from here, and what the page says about
 * itself (feeds, canonical, AMP, next page). Only what markup names; URLs are never guessed from
 * scripts or strings.
 */
enum wv_link_kind {
	WV_LINK_PAGE,      /* a, area */
	WV_LINK_FRAME,     /* iframe, frame */
	WV_LINK_REFRESH,   /* meta refresh */
	WV_LINK_FEED,      /* rel=alternate with a feed's type, rel=feed */
	WV_LINK_SITEMAP,
	WV_LINK_CANONICAL,
	WV_LINK_AMP,
	WV_LINK_NEXT,      /* rel=next, of link or a */
	WV_LINK_LANGUAGE,  /* rel=alternate with hreflang or without a type */
	WV_LINK_IMAGE,     /* requisites: what the page shows */
	WV_LINK_STYLE,
	WV_LINK_SCRIPT,
	WV_LINK_MEDIA,
	WV_LINK_KIND_COUNT
};

/* "page", "feed" ...; never NULL. */
const char *wv_link_kind_name(enum wv_link_kind kind);

struct wv_link {
	enum wv_link_kind kind;
	bool nofollow;            /* every occurrence had rel nofollow, ugc or sponsored */
	uint32_t where;           /* wv_scan_where bits of the first occurrence */
	uint32_t offset;          /* of the first occurrence in the text */
	uint32_t count;           /* occurrences on the page */
	struct wv_slice url;      /* what would be requested: absolute, without fragment */
	struct wv_slice title;    /* title attribute, or alt */
	struct wv_slice inner;    /* markup inside the first <a> that has any text */
};

struct wv_links {
	const struct wv_link *links; /* in page order, each (url, kind) once */
	size_t count;
	size_t dropped;              /* references above WV_LIMIT_LINKS_PER_PAGE distinct ones */
	struct wv_slice base;        /* what references were resolved against */
};

enum wv_links_want {
	WV_LINKS_PAGES = 1u << 0,      /* everything but requisites */
	WV_LINKS_REQUISITES = 1u << 1,
};

/*
 * Resolves the references of `scan` against <base href> or `page_url`. Only http and https come
 * out; mailto:, javascript:, data:, URLs above WV_LIMIT_URL_BYTES and what is no URL are left out.
 * Slices point into `arena`. Queries go out in the page's encoding, `charset` (a WHATWG name; empty:
 * UTF-8). WV_USAGE where `page_url` is no URL, WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_links_find(struct wv_arena *arena, const struct wv_scan *scan,
                                         struct wv_slice page_url, struct wv_slice charset,
                                         uint32_t want,
                                         struct wv_links *out, struct wv_err *err);

/* The link's words: its anchor text, else its title; at most `cap_bytes`. */
struct wv_slice wv_link_text(struct wv_arena *arena, const struct wv_link *link, size_t cap_bytes);

/* The URL inside a refresh's "5; url=...": empty if there is none. WHATWG 4.2.5.3. */
struct wv_slice wv_links_refresh_url(struct wv_slice content);
/* The next URL of a srcset from `*at` on, or false at its end. WHATWG 4.8.4.2.3. */
bool wv_links_srcset_next(struct wv_slice srcset, size_t *at, struct wv_slice *url);

#endif
