#ifndef WV_CRAWLER_PAGE_PLAIN_H
#define WV_CRAWLER_PAGE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "config/base/bytes.h"
#include "crawler/page/token.h"

/*
 * The pruned text as HTML: what is kept of a page is copied region by region. Never longer than
 * the page.
 */
struct wv_plain {
	unsigned char *out;     /* room for the whole page */
	size_t n;
	struct wv_slice region; /* kept, not copied yet: neighbours join */
};

void wv_plain_keep(struct wv_plain *plain, struct wv_slice piece);
/* A start tag with the attributes that wv_scan_keeps names; all of it inside math. */
void wv_plain_tag(struct wv_plain *plain, const struct wv_token *token, bool is_foreign);
struct wv_slice wv_plain_finish(struct wv_plain *plain);

/* Is the attribute kept on that element, its value considered? */
bool wv_plain_keeps(enum wv_tag tag, const struct wv_token_attr *attr);

#endif
