#ifndef WV_CRAWLER_PAGE_NEXT_STORY_H
#define WV_CRAWLER_PAGE_NEXT_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/arena.h"
#include "crawler/page/blocks.h"

/*
 * Pages that go on with another whole article below the first, or load one after the other as they
 * are scrolled. The next story is known by its head: it repeats the form of the first one's. A
 * heading of the same level in an element of the same form; any heading with a date line of the
 * same form as the first one's below it; a linked one with any date line. Pure; any thread; linear.
 */

/* The first block of the next story; SIZE_MAX where there is none. `headline`: the block of the
 * page's own, or SIZE_MAX: then there is none. */
size_t wv_next_story_find(const struct wv_blocks *blocks, size_t headline, struct wv_arena *arena);

/* A line that holds a date and hardly anything else. */
bool wv_next_story_is_date_line(struct wv_arena *arena, const struct wv_text_block *block);

#endif
