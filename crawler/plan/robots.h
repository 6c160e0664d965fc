#ifndef WV_CRAWLER_PLAN_ROBOTS_H
#define WV_CRAWLER_PLAN_ROBOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/limits.h"
#include "config/base/status.h"
#include "config/source.h"

/*
 * robots.txt by RFC 9309: what it says (parser, matcher), and what it means that it could or
 * could not be had (policy). Closed where the RFC leaves a choice between yes and no.
 */

/* The rules that bind one crawler. Immutable; any thread. Keeps no pointer into the text. */
struct wv_robots;

/*
 * text    the decoded body; at most WV_LIMIT_ROBOTS_BYTES are read, however many rules they hold;
 *         a partial last line is dropped
 * tokens  product tokens in order: the first one with a group decides, all its groups merged;
 *         without any, the group of "*"
 *
 * Never fails for what the text holds (BOM, NUL, binary, HTML: see the facts below); WV_NOMEM
 * (callers then take the file as closed).
 */
WV_MUST_USE enum wv_status wv_robots_parse(struct wv_slice text, struct wv_strings tokens,
                                           struct wv_robots **out, struct wv_err *err);
void wv_robots_free(struct wv_robots **robots);
/* Markup, as servers send that answer everything with a page: it has no rules. */
bool wv_robots_is_page(struct wv_slice text);
/* A text that was cut off somewhere, without its last line if that is not whole: it might read as
 * its opposite, "Disallow: /" of "Disallow: /private". */
struct wv_slice wv_robots_whole_lines(struct wv_slice text);

struct wv_robots_decision {
	bool allowed;
	struct wv_slice rule; /* as written: "Disallow: /private"; empty: no rule applied */
	uint32_t line;        /* from 1; 0: no rule applied */
};
/*
 * May this URL be fetched? `url` is absolute (wv_url_request) or starts with "/". Longest match in
 * octets of the normalised rule, Allow wins ties, /robots.txt itself is always allowed. Time is
 * O(rules x (rule + url)), whatever the wildcards.
 */
struct wv_robots_decision wv_robots_check(const struct wv_robots *robots, struct wv_slice url);

/* The same, but of the rules that match the first in the text decides, and no path is special: the
 * order of tdmrep.json (crawler/discover/tdmrep.h). */
struct wv_robots_decision wv_robots_check_in_order(const struct wv_robots *robots,
                                                   struct wv_slice url);

struct wv_robots_facts {
	struct wv_slice group;       /* token of the group that binds us, "*", or empty: none */
	int64_t crawl_delay_us;      /* -1: none given; the greater of Crawl-delay and Request-rate */
	const struct wv_slice *sitemaps; /* absolute as written, at most 1,000 */
	size_t sitemap_count;
	uint32_t rule_count;         /* that bind us */
	bool is_html;                /* no rules: worth a warning */
	bool is_cut;                 /* longer than the cap */
	uint32_t sitemaps_dropped;
};
const struct wv_robots_facts *wv_robots_facts(const struct wv_robots *robots);
/* What holding it costs, for those who keep many. */
size_t wv_robots_bytes(const struct wv_robots *robots);

/* What a fetch of robots.txt came to (RFC 9309 2.3.1). On disk. */
enum wv_robots_state {
	WV_ROBOTS_UNKNOWN = 0,     /* never had, or on its way along redirects */
	WV_ROBOTS_RULES = 1,       /* 2xx: the rules of the body */
	WV_ROBOTS_UNAVAILABLE = 2, /* 4xx, or more than five redirects: no rules, all allowed */
	WV_ROBOTS_UNREACHABLE = 3, /* 5xx, 429, DNS, TLS, timeout, bad HTTP: complete disallow */
	WV_ROBOTS_FORBIDDEN = 4,   /* 401, 403 with robots_forbidden: deny: complete disallow */
};
const char *wv_robots_state_name(enum wv_robots_state state);

/* The policy, given an answer. `status` 0: none was had. */
enum wv_robots_state wv_robots_judge(int32_t status, bool is_complete, uint32_t redirects,
                                     bool is_redirect, bool forbidden_denies);
/*
 * How long that holds, in microseconds: a day at most, `max_age_us` where the server gave one
 * (-1: not), but no less than five minutes, lest robots.txt be asked for before each page. After
 * failure n (from 0) in a row: 60 s x 2^n with jitter, at most a day.
 */
int64_t wv_robots_lifetime_us(enum wv_robots_state state, int64_t max_age_us, uint32_t failures,
                              uint64_t jitter_seed);
#define WV_ROBOTS_LIFETIME_MIN_US (INT64_C(300) * WV_US_PER_S)

/* The ROBOTS row: key origin, kept across runs. Borrowed slices. */
struct wv_robots_row {
	enum wv_robots_state state;
	int32_t status;
	struct wv_time fetched;     /* end of the last fetch */
	struct wv_time expires;     /* not trusted after (or: not tried again before) */
	uint32_t failures;          /* in a row */
	struct wv_time reached;     /* last time it could be had; WV_TIME_NONE: never */
	bool is_cut;
	struct wv_slice text;       /* of state rules */
	struct wv_slice reason;     /* for people */
	/* On its way: the next hop and those before. */
	struct wv_slice next_url;
	struct wv_slice chain[WV_LIMIT_ROBOTS_REDIRECTS + 1];
	uint32_t chain_count;
	struct wv_time due;         /* of the fetch under way */
};
void wv_robots_row_encode(const struct wv_robots_row *row, struct wv_buf *out);
WV_MUST_USE enum wv_status wv_robots_row_decode(struct wv_slice bytes, struct wv_robots_row *out,
                                                struct wv_err *err);
/* Is it good at `now`? A clock that stepped back before `fetched` makes it stale. */
bool wv_robots_row_is_fresh(const struct wv_robots_row *row, struct wv_time now);

#endif
