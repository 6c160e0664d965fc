#ifndef TESTS_NEWSROOM_LISTING_H
#define TESTS_NEWSROOM_LISTING_H

#include "config/base/bytes.h"
#include "tests/newsroom/page.h"

/* What the publishers tell machines: feeds, sitemaps, robots.txt. Pure functions of the scene. */
void newsroom_listing_rss(const struct newsroom_scene *scene, struct wv_buf *out);
void newsroom_listing_atom(const struct newsroom_scene *scene, struct wv_buf *out);
void newsroom_listing_jsonfeed(const struct newsroom_scene *scene, struct wv_buf *out);
void newsroom_listing_sitemap_index(const struct newsroom_scene *scene, struct wv_buf *out);
/* Of the last two days with the news extension, or of everything. */
void newsroom_listing_sitemap(const struct newsroom_scene *scene, bool is_news, struct wv_buf *out);
void newsroom_listing_robots(const struct newsroom_scene *scene, struct wv_buf *out);

#endif
