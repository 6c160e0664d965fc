#ifndef WV_CRAWLER_PAGE_POLICY_H
#define WV_CRAWLER_PAGE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/source.h"

/*
 * What a page itself asks of crawlers and archives: X-Robots-Tag fields, robots metas, TDM
 * reservation. Several statements add up; the most restrictive wins. Nothing here is obeyed: whoever
 * keeps, follows or shows decides by it. Pure; any thread.
 *
 * A statement may be addressed: "googlebot: noarchive" binds us only if the name is one of ours or
 * "*". A meta is addressed by its name: "robots" is for all.
 */
struct wv_page_policy {
	bool nofollow;
	bool noindex;
	bool noarchive;
	bool nosnippet;
	bool noimageindex;
	bool tdm_reserved;
	bool tdm_is_said;                /* 0 or 1, by the header or a meta */
	bool tdm_meta_said;
	bool has_max_snippet;
	uint32_t max_snippet;            /* characters; 0 is nosnippet */
	struct wv_time unavailable_after; /* WV_TIME_NONE: not said */
};
#define WV_PAGE_POLICY_NONE                                                                        \
	{                                                                                          \
		.unavailable_after = {INT64_MIN}                                                   \
	}

/* One X-Robots-Tag value (a comma list, maybe addressed). `now` decides two-digit years. */
void wv_policy_add_header(struct wv_page_policy *policy, struct wv_slice value,
                          struct wv_strings tokens, struct wv_time now);
/* The tdm-reservation field's value, before the metas, which stand over it (TDMRep, "Processing
 * priority"). What is neither 0 nor 1 says nothing. */
void wv_policy_add_tdm_header(struct wv_page_policy *policy, struct wv_slice value);
/* One meta: does its name address us, and what does it say? */
void wv_policy_add_meta(struct wv_page_policy *policy, struct wv_slice name,
                        struct wv_slice content, struct wv_strings tokens, struct wv_time now);

#endif
