#ifndef WV_CRAWLER_PAGE_NEXT_PART_H
#define WV_CRAWLER_PAGE_NEXT_PART_H

#include <stdint.h>

#include "config/base/bytes.h"
#include "config/url.h"

/*
 * Articles in several parts: does one address name the part that follows another's? Sites write
 * rel=next also for the next story of a feed, so the addresses themselves must say it: the same
 * but for a number that goes up by one.
 *
 *   /a/salt.html    /a/salt_2.html    /a/salt_3.html       (_ - , or a slash; page, p, part ...)
 *   /a/salt         /a/salt?page=2    /a/salt?page=3
 *   /a/             /a/index_1.html   /a/index_2.html      (counted from nought)
 *
 * Pure; any thread.
 */

#define WV_PARTS_NUMBER_MAX 50u /* a larger number is an ID */

/* The number that `next` carries, or 0 if it is not the part after `page`. */
uint32_t wv_next_part(const struct wv_url *page, const struct wv_url *next);

/* Could the reference `href`, not yet resolved, be one? Cheap, for the hundreds of links of a
 * page. */
bool wv_next_part_may_be(const struct wv_url *page, struct wv_slice href);

#endif
