#ifndef WV_ARCHIVE_COPIES_ATTRIBUTION_INNER_H
#define WV_ARCHIVE_COPIES_ATTRIBUTION_INNER_H

#include "archive/copies/attribution.h"

/* Between attribution.c (where a source is named) and the names themselves. Not for others. */
#define WV_CLAIM_NAME_BYTES_MAX 72u

/* What the table of agencies calls it, in whatever language it is named; empty: not in it. */
struct wv_slice wv_claim_agency(struct wv_slice name, struct wv_arena *arena);
/* "…社", "… Times": as media are called. */
bool wv_claim_is_like_media(struct wv_slice name);
/* "Media", "the company": called like a publication, but the report of someone unnamed. */
bool wv_claim_is_nobody(struct wv_slice name);

/* No name goes on over this sign. */
bool wv_claim_ends_name(uint32_t c);
/* Without what is not of the name at its ends: 路透社6月5日, 美国CNBC网站. */
struct wv_slice wv_claim_strip(struct wv_slice name);
/* The capitalised words, and the small ones between them, from `at` on or back from `end`: for
 * scripts with spaces. */
struct wv_slice wv_claim_words_after(struct wv_slice text, size_t at);
struct wv_slice wv_claim_words_before(struct wv_slice text, size_t end);
/* In a script without spaces: back from `end` to a mark, or to the particle before. */
struct wv_slice wv_claim_run_before(struct wv_slice text, size_t end);

#endif
