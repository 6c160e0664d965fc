#ifndef TESTS_NEWSROOM_STORY_H
#define TESTS_NEWSROOM_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * What the invented publishers print and when: the files of tests/newsroom/stories/ as tables,
 * and what an article is at one instant. The README beside the files describes them.
 * Slices live as long as the arena. Read-only after loading, so any thread.
 */

#define NEWSROOM_PUBLISHERS_MAX 16

enum newsroom_layout {
	NEWSROOM_BROADSHEET,
	NEWSROOM_WIRE,
	NEWSROOM_PORTAL,
	NEWSROOM_TABLOID,
	NEWSROOM_TABLE
};

/* What robots.txt of a publisher does. */
enum newsroom_robots {
	NEWSROOM_ROBOTS_PLAIN,
	NEWSROOM_ROBOTS_NONE,     /* 404 */
	NEWSROOM_ROBOTS_REDIRECT, /* lies under /policy/robots.txt */
	NEWSROOM_ROBOTS_LATE      /* 503 for the first hours */
};

/* `has:` of a publisher's file. */
enum newsroom_has {
	NEWSROOM_JSONLD = 1u << 0,
	NEWSROOM_OG = 1u << 1,
	NEWSROOM_MICRODATA = 1u << 2,
	NEWSROOM_RSS = 1u << 3,
	NEWSROOM_ATOM = 1u << 4,
	NEWSROOM_JSONFEED = 1u << 5,
	NEWSROOM_SITEMAP = 1u << 6,
	NEWSROOM_NEWSMAP = 1u << 7,
	NEWSROOM_GZMAP = 1u << 8,
	NEWSROOM_ETAG = 1u << 9,
	NEWSROOM_LASTMOD = 1u << 10,
	NEWSROOM_GZIP = 1u << 11,
	NEWSROOM_DEFLATE = 1u << 12,
	NEWSROOM_CHUNKED = 1u << 13,
	NEWSROOM_COOKIES = 1u << 14,
	NEWSROOM_NEWSLETTER = 1u << 15,
	NEWSROOM_VIDEO = 1u << 16,
	NEWSROOM_COMMENTS = 1u << 17,
	NEWSROOM_SHARE = 1u << 18,
	NEWSROOM_LIVE = 1u << 19,
	NEWSROOM_AMP = 1u << 20,
	NEWSROOM_TRAPS = 1u << 21
};

enum newsroom_edit_kind {
	NEWSROOM_QUIET,
	NEWSROOM_CORRECTED,
	NEWSROOM_RETITLED,
	NEWSROOM_GONE,
	NEWSROOM_BACK
};

struct newsroom_edit {
	enum newsroom_edit_kind kind;
	struct wv_time at;
	struct wv_slice old_text, new_text; /* NEWSROOM_RETITLED: new_text only */
	unsigned status;                    /* NEWSROOM_GONE: 404 or 410 */
};

enum newsroom_form { NEWSROOM_ARTICLE, NEWSROOM_PAYWALL, NEWSROOM_CONSENT };

#define NEWSROOM_EDITS_MAX   8
#define NEWSROOM_RELATED_MAX 4

struct newsroom_article {
	struct wv_slice slug, title, standfirst, byline, section, dateline, credit;
	struct wv_slice image_alt, image_caption;
	struct wv_time published;
	enum newsroom_form form;
	struct newsroom_edit edits[NEWSROOM_EDITS_MAX]; /* in order of time */
	size_t edit_count;
	struct wv_slice related[NEWSROOM_RELATED_MAX]; /* slugs */
	size_t related_count;
	struct wv_slice body; /* paragraphs with blank lines between them */
	uint32_t number;      /* from 1 in its file, for addresses that want one */
};

struct newsroom_publisher {
	struct wv_slice name, tagline, address, language, charset, path;
	int32_t zone_minutes;
	enum newsroom_layout layout;
	enum newsroom_robots robots;
	double crawl_delay_s;              /* 0: robots.txt asks for none */
	uint32_t has;                      /* enum newsroom_has */
	struct newsroom_article *articles; /* as in the file */
	size_t article_count;
};

struct newsroom_press {
	struct newsroom_publisher publishers[NEWSROOM_PUBLISHERS_MAX]; /* by file name */
	size_t count;
};

/* Reads every *.txt of the folder. WV_MISSING, WV_IO; WV_BAD_INPUT names file and line. */
WV_MUST_USE enum wv_status newsroom_press_load(struct wv_arena *arena, const char *folder,
					       struct newsroom_press *out, struct wv_err *err);

/* What an article is at one instant. */
struct newsroom_state {
	unsigned status;         /* 0 not published yet, 200, 404, 410 */
	struct wv_time modified; /* what the page says: moved by corrections only */
	struct wv_time changed;  /* when anything about it changed last */
	bool is_corrected;
};
struct newsroom_state newsroom_article_state(const struct newsroom_article *article,
					     struct wv_time now);
/* Headline and text with the edits of `now` applied, in `arena`; empty if there is no memory. */
struct wv_slice newsroom_article_title(const struct newsroom_article *article, struct wv_time now,
				       struct wv_arena *arena);
struct wv_slice newsroom_article_text(const struct newsroom_article *article, struct wv_time now,
				      struct wv_arena *arena);
/* Path of the article's page, in `arena`. */
struct wv_slice newsroom_article_path(const struct newsroom_publisher *publisher,
				      const struct newsroom_article *article,
				      struct wv_arena *arena);
/* The article with that slug, or NULL. */
const struct newsroom_article *newsroom_article_find(const struct newsroom_publisher *publisher,
						     struct wv_slice slug);
/*
 * Up to `max` articles that are there at `now`, newest first; returns how many. The first `skip`
 * are left out.
 */
size_t newsroom_newest(const struct newsroom_publisher *publisher, struct wv_time now, size_t skip,
		       const struct newsroom_article **out, size_t max);
/* When anything of the publisher changed last before `now`. */
struct wv_time newsroom_publisher_changed(const struct newsroom_publisher *publisher,
					  struct wv_time now);

#endif
