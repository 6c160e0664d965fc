#ifndef TESTS_NEWSROOM_PAGE_H
#define TESTS_NEWSROOM_PAGE_H

#include <stdbool.h>

#include "config/base/bytes.h"
#include "tests/newsroom/story.h"

/* The publishers' pages as HTML in UTF-8. Pure functions of the scene; any thread. */
struct newsroom_scene {
	const struct newsroom_publisher *publisher;
	struct wv_time now;
	uint16_t port;
	struct wv_arena *arena;
};

/* Front page, listing number `page` from 1 (false: there is none), all of one section. */
void newsroom_page_home(const struct newsroom_scene *scene, struct wv_buf *out);
bool newsroom_page_latest(const struct newsroom_scene *scene, uint64_t page, struct wv_buf *out);
void newsroom_page_about(const struct newsroom_scene *scene, struct wv_buf *out);
/* A page with a headline and one paragraph inside the publisher's furniture. */
void newsroom_page_note(const struct newsroom_scene *scene, const char *title, const char *text,
			struct wv_buf *out);
/* The article as it is at scene->now; `is_amp`: its stripped twin, which names the page proper. */
void newsroom_page_article(const struct newsroom_scene *scene,
			   const struct newsroom_article *article, bool is_amp, struct wv_buf *out);

/* Shared by the pages of this folder. */
#define NEWSROOM_LISTING_SIZE 4u
void newsroom_put(struct wv_buf *out, const char *markup);
void newsroom_put_text(struct wv_buf *out, struct wv_slice text); /* escaped for HTML and XML */
/* "http://127.0.2.1:8090" */
void newsroom_put_origin(struct wv_buf *out, const struct newsroom_scene *scene);
void newsroom_put_address(struct wv_buf *out, const struct newsroom_scene *scene,
			  const struct newsroom_article *article);
/* "2026-03-02T10:05:00+08:00" */
void newsroom_put_time(struct wv_buf *out, const struct newsroom_scene *scene, struct wv_time t);
void newsroom_put_head_end(const struct newsroom_scene *scene, struct wv_buf *out);
void newsroom_put_foot(const struct newsroom_scene *scene, struct wv_buf *out);
/* Links to articles as list items, the headlines as of `when`. */
void newsroom_put_links(const struct newsroom_scene *scene, struct wv_time when, size_t skip,
			size_t max, struct wv_buf *out);

#endif
