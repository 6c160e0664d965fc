#ifndef WV_CRAWLER_PAGE_JSONLD_H
#define WV_CRAWLER_PAGE_JSONLD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/json.h"

/*
 * The article in a page's JSON-LD: several scripts, @graph, arrays, @type lists, subtypes, broken
 * JSON. Of several article nodes the one wins whose URL or headline is the page's own. Values are
 * plain text: markup and references inside them are gone. Pure; any thread.
 */

struct wv_scan;

#define WV_JSONLD_PEOPLE_MAX 16u
#define WV_JSONLD_WORDS_MAX  40u

struct wv_jsonld {
	bool is_set;                  /* an article node was found */
	bool is_live;                 /* LiveBlogPosting */
	struct wv_slice type;
	struct wv_slice headline, alternative;
	struct wv_slice published, modified, created;
	struct wv_slice authors[WV_JSONLD_PEOPLE_MAX];
	size_t author_count;
	struct wv_slice publisher;
	struct wv_slice section;
	struct wv_slice keywords[WV_JSONLD_WORDS_MAX];
	size_t keyword_count;
	struct wv_slice language;
	struct wv_slice body;         /* articleBody, as written */
	struct wv_slice description;
	struct wv_slice image;
	struct wv_slice url;
	struct wv_slice wall;         /* hasPart.cssSelector */
	int8_t is_free;               /* 1, 0, -1 not said */
	struct wv_slice breadcrumb;   /* last item of a BreadcrumbList that is not the page */
	size_t list_items;            /* of an ItemList: the page may be a listing */
	const struct wv_json *node;   /* the article node, for what is read elsewhere */
};

/* `headline`: what the page shows, to choose among several; may be empty. */
void wv_jsonld_read(const struct wv_scan *scan, struct wv_slice page_url, struct wv_slice headline,
                    struct wv_arena *arena, struct wv_jsonld *out);

/* Text of a value that may hold markup or references, squeezed; empty if there is none. */
struct wv_slice wv_jsonld_text(struct wv_arena *arena, struct wv_slice value);

#endif
