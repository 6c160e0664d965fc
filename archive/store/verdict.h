#ifndef WV_ARCHIVE_STORE_VERDICT_H
#define WV_ARCHIVE_STORE_VERDICT_H

#include <stdbool.h>

#include "config/base/bytes.h"

/* What a capture turned out to be. The numbers are on disk: never renumber, only add. */
enum wv_verdict {
	WV_VERDICT_UNREAD = 0,    /* not extracted yet */
	WV_VERDICT_ARTICLE = 1,
	WV_VERDICT_LISTING = 2,
	WV_VERDICT_CONSENT_WALL = 3,
	WV_VERDICT_PAYWALL_STUB = 4,
	WV_VERDICT_SCRIPT_SHELL = 5,
	WV_VERDICT_SOFT_404 = 6,
	WV_VERDICT_CAPTCHA = 7,
	WV_VERDICT_TRUNCATED = 8,
	WV_VERDICT_REFUSED = 9,   /* 401, 403, 429, 451 */
	WV_VERDICT_FAILED = 10,   /* no answer; status null */
	WV_VERDICT_OTHER = 11,    /* robots.txt, feeds, sitemaps, images, redirects, other errors */
	WV_VERDICT_COUNT
};

/* "article", "consent-wall" ...; never NULL. */
const char *wv_verdict_name(enum wv_verdict verdict);
bool wv_verdict_parse(struct wv_slice name, enum wv_verdict *out);
/* May a capture with this verdict stand for the page at a time? (Not truncated, refused, failed,
 * captcha, consent-wall, soft-404.) */
bool wv_verdict_stands(enum wv_verdict verdict);

#endif
