#ifndef WV_CRAWLER_PAGE_META_H
#define WV_CRAWLER_PAGE_META_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/url.h"
#include "crawler/page/blocks.h"
#include "crawler/page/jsonld.h"
#include "crawler/page/times.h"

/*
 * What a page says about its article, from JSON-LD, OpenGraph, Twitter cards, Dublin Core and
 * kin, microdata and the visible text around the headline: title, authors, publisher, section,
 * language, times, links, picture. Values that lost stand in the conflicts. Pure; any thread.
 */

struct wv_scan;

struct wv_meta_input {
	const struct wv_scan *scan;
	const struct wv_jsonld *jsonld;
	const struct wv_blocks *blocks;  /* NULL: the page could not be read as a tree */
	const struct wv_url *url;        /* NULL: unknown */
	struct wv_slice source_name, source_category;
	struct wv_times_context times;   /* language, host and order are filled in here */
	size_t body_first, body_end;     /* blocks of the article's container, once known */
};

#define WV_META_NO_BLOCK SIZE_MAX

struct wv_meta {
	struct wv_article *article; /* fields are set in it */
	size_t headline_block;      /* where the headline stands, or WV_META_NO_BLOCK */
};

/* Title, publisher, language, section, links, picture, keywords: needs no body. */
void wv_meta_read(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta);
/* Times: look also at the visible text, so the body should be known. */
void wv_meta_times(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta);
/* Authors, from data and the visible byline (people.c). */
void wv_meta_authors(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta);
/* The first of these metas that has a value, trimmed; *which (may be NULL) is its key. */
struct wv_slice wv_meta_first(const struct wv_scan *scan, const char *const *keys, size_t count,
                              const char **which);
/* Records where the value taken for a field stood. */
#define WV_ORIGINS_MAX 16u
void wv_meta_origin(struct wv_article *article, struct wv_arena *arena, const char *field,
                    struct wv_slice found);
/* The headline and where it stands (meta_title.c); part of wv_meta_read. */
void wv_meta_title(struct wv_meta_input *input, struct wv_arena *arena, struct wv_meta *meta);
/* Canonical, AMP, next part (meta_links.c); part of wv_meta_read. */
void wv_meta_links(struct wv_meta_input *input, struct wv_arena *arena, struct wv_article *article);
/* An address the page gives, made whole; empty if it is none of the web's. */
struct wv_slice wv_meta_resolve(const struct wv_meta_input *input, struct wv_arena *arena,
                                struct wv_slice reference);
/* Wire credit and dateline, from the first and last blocks kept (credit.c). */
void wv_meta_credit(struct wv_article *article, struct wv_arena *arena);

/* Records a value that lost. At most WV_CONFLICTS_MAX are kept. */
#define WV_CONFLICTS_MAX 24u
void wv_meta_conflict(struct wv_article *article, struct wv_arena *arena, struct wv_slice field,
                      struct wv_slice value, struct wv_slice found);

/* `text` without "| Site name" and kin. `known`: what the other sources call the headline. */
struct wv_slice wv_meta_strip_site(struct wv_slice text, struct wv_slice site,
                                   struct wv_slice host);
/* Equal when letters and digits alone count. */
bool wv_meta_same_text(struct wv_arena *arena, struct wv_slice a, struct wv_slice b);

#endif
