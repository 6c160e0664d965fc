#ifndef WV_ARCHIVE_STORE_ARTICLE_H
#define WV_ARCHIVE_STORE_ARTICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/verdict.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/status.h"

/*
 * What extraction made of a capture. All slices are UTF-8 and borrowed from one arena.
 */

/* How a page's time got its zone. */
enum wv_zone_basis {
	WV_ZONE_NONE,     /* date only, or no zone known */
	WV_ZONE_EXPLICIT, /* offset or zone name beside the time */
	WV_ZONE_SOURCE,   /* the source's `timezone` */
	WV_ZONE_ASSUMED,  /* neither: UTC assumed, the interval is widened by 14 hours each way */
};

/* A time somebody stated: never without where it was found and how sure it is. */
struct wv_stated_time {
	bool is_set;
	struct wv_slice text;       /* normal form: RFC 3339 with its own offset, or a bare date */
	struct wv_slice raw;        /* as found on the page */
	struct wv_slice found;      /* "json-ld datePublished", "meta article:published_time", ... */
	enum wv_zone_basis zone;
	struct wv_time earliest;    /* of the possible instants */
	struct wv_time latest;
};

enum wv_block_kind {
	WV_BLOCK_PARAGRAPH = 0,
	WV_BLOCK_HEADING = 1,
	WV_BLOCK_ITEM = 2,    /* list item */
	WV_BLOCK_QUOTE = 3,
	WV_BLOCK_CODE = 4,
	WV_BLOCK_ROW = 5,     /* table row, cells parted by tabs */
	WV_BLOCK_UPDATE = 6,  /* head of a live blog's item */
};

struct wv_block {
	enum wv_block_kind kind;
	uint8_t level;         /* heading 1..6; list depth */
	struct wv_slice text;  /* no line breaks inside except in code */
};

struct wv_removed_block {
	struct wv_slice reason; /* "related", "share", "caption", "newsletter", ... */
	struct wv_slice text;   /* cut at 2,000 bytes, whole otherwise */
};

struct wv_conflict {
	struct wv_slice field, value, found; /* a value that lost, and where it stood */
};

/* Where the value that was taken for a field stood: "h1", "json-ld author", "meta og:site_name". */
struct wv_origin {
	struct wv_slice field, found;
};

/* An item of a live blog: from this block, which opens it, to the next item's. */
struct wv_live_item {
	size_t first_block;
	struct wv_stated_time time;  /* not set: the page does not say, or not of which day */
};

struct wv_article {
	enum wv_verdict verdict;
	struct wv_slice reason;           /* evidence for the verdict */
	struct wv_slice title;
	const struct wv_slice *authors;
	size_t author_count;
	struct wv_stated_time published, modified;
	struct wv_slice publisher;
	struct wv_slice wire;             /* wire credit: Reuters, 财联社 */
	struct wv_slice dateline;
	struct wv_slice category;
	struct wv_slice category_basis;   /* page, breadcrumb, feed, source */
	struct wv_slice language;         /* BCP 47 */
	struct wv_slice language_basis;
	struct wv_slice charset;          /* WHATWG name */
	struct wv_slice charset_basis;    /* bom, http, meta, source, detected, default */
	uint32_t charset_errors;          /* U+FFFD made */
	struct wv_slice canonical, amp;
	struct wv_slice next_page;        /* the part of this article that follows (parts.h) */
	struct wv_slice image, image_caption;
	struct wv_slice description;
	const struct wv_slice *keywords;
	size_t keyword_count;
	int8_t is_free;                   /* 1 yes, 0 paywalled, -1 not said */
	const struct wv_block *blocks;    /* the article, in order */
	size_t block_count;
	const struct wv_removed_block *removed;
	size_t removed_count;
	const struct wv_conflict *conflicts;
	size_t conflict_count;
	const struct wv_origin *origins;
	size_t origin_count;
	const struct wv_live_item *items; /* of a live blog, in the page's order */
	size_t item_count;
	const struct wv_slice *topics;    /* names of settings' topics matched */
	size_t topic_count;
	uint32_t extractor;               /* version of the extractor, from 1 */
	uint64_t model;                   /* site model used; 0: none */
};

/* The article's text: block texts joined by LF, nothing else. The title is not in it. */
WV_MUST_USE enum wv_status wv_article_text(const struct wv_article *article,
                                           struct wv_arena *arena, struct wv_slice *out,
                                           struct wv_err *err);
/* SHA-256 of the folded text (wv_text_fold), which is the version key of an article. */
WV_MUST_USE enum wv_status wv_article_key(const struct wv_article *article, struct wv_arena *arena,
                                          struct wv_digest *out, struct wv_err *err);
/* The record of WV_TABLE_ARTICLES; layout above the encoder. decode(encode(x)) = x. */
WV_MUST_USE enum wv_status wv_article_encode(const struct wv_article *article, struct wv_buf *out,
                                             struct wv_err *err);
/* Slices point into `record` or `arena`. WV_DAMAGED on anything malformed. */
WV_MUST_USE enum wv_status wv_article_decode(struct wv_slice record, struct wv_arena *arena,
                                             struct wv_article *out, struct wv_err *err);

#endif
