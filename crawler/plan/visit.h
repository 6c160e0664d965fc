#ifndef WV_CRAWLER_PLAN_VISIT_H
#define WV_CRAWLER_PLAN_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/store/verdict.h"
#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/limits.h"
#include "config/base/status.h"
#include "crawler/plan/pace.h"
#include "crawler/plan/politeness.h"

/*
 * A visit: one request the plan allows, and what came of it. Plain data that travels with its
 * page from the fetch thread to the workers and the writer; nothing in it points back.
 */

/* The numbers are on disk: never renumber, only add. */
enum wv_visit_kind {
	WV_VISIT_PAGE = 0,
	WV_VISIT_ROBOTS = 1,
	WV_VISIT_FEED = 2,
	WV_VISIT_SITEMAP = 3,
	WV_VISIT_REQUISITE = 4,
	WV_VISIT_TDMREP = 5, /* /.well-known/tdmrep.json */
	WV_VISIT_KIND_COUNT
};
const char *wv_visit_kind_name(enum wv_visit_kind kind);

/* How a page came to be known. On disk. */
enum wv_via {
	WV_VIA_SEED = 0,
	WV_VIA_LINK = 1,
	WV_VIA_FEED = 2,
	WV_VIA_SITEMAP = 3,
	WV_VIA_REDIRECT = 4,
	WV_VIA_ROBOTS = 5,    /* a Sitemap line */
	WV_VIA_PAGE_HEAD = 6, /* link rel=alternate: a feed */
	WV_VIA_REQUISITE = 7,
	WV_VIA_HAND = 8,      /* given on the command line */
	WV_VIA_RELATED = 9,   /* left the scope along a related link */
	WV_VIA_PART = 10,     /* the next part of an article: no deeper than the part before */
	WV_VIA_GUESS = 11,    /* a usual place for a feed, where none is named */
	WV_VIA_COUNT
};
const char *wv_via_name(enum wv_via via);

/*
 * One allocation: the slices point into it. The plan gives it away (wv_plan_next); whoever holds
 * it last frees it. Never changed after wv_plan_answered.
 */
struct wv_visit {
	enum wv_visit_kind kind;
	struct wv_slice url;      /* verbatim, what to request */
	struct wv_slice page_key; /* wv_url_page_key of it */
	struct wv_slice host;     /* as wv_url spells it; part of url */
	struct wv_slice origin;   /* scheme://host[:port] */
	uint32_t source_id;       /* wv_frontier_source_id of the source's name */
	size_t source;            /* index in settings->sources */
	struct wv_slice source_name;
	uint32_t depth;           /* links from a seed */
	uint32_t hops;            /* links outside the source's scope */
	enum wv_via via;
	bool is_listing;          /* a seed, feed or sitemap: scheduled by `every` */
	uint32_t attempt;         /* 0: the first within this slot */
	/* The slot: page + due instant. No slot gets two captures. */
	struct wv_time due;
	/* URLs on the way here, oldest first; each was a visit of its own. */
	struct wv_slice chain[WV_LIMIT_REDIRECTS];
	uint32_t chain_count;
	/* What to send for a conditional request; empty: nothing. Verbatim as the server gave them. */
	struct wv_slice etag;
	struct wv_slice last_modified;
	bool has_body;             /* of the last good answer */
	struct wv_digest body;
	/* Why it is allowed, for ledger and capture: robots rule and clock. */
	struct wv_slice basis;
	struct wv_slice robots_rule; /* "Allow: /news", empty: no rule applied */
	uint32_t robots_line;        /* 0: none */
	struct wv_time robots_fetched;
	/* For kind robots: whose rules these will be (the first hop's origin), and how often in a row
	 * it could not be had. */
	struct wv_slice robots_origin;
	uint32_t robots_failures;
	/* The turn and its clock. */
	struct wv_slice turn;        /* "d:example.com", "h:www.example.com", "i:192.0.2.1" */
	struct wv_turn_need need;    /* what the turn's clock asked for */
	struct wv_mono earliest;     /* the first instant the clock allowed it */
	struct wv_mono started;      /* set by wv_plan_started */
	struct wv_time started_at;
	/* Set by wv_plan_answered, for the durable face. */
	struct wv_turn_state turn_after;
	bool has_source_after;       /* a burst of 403: the source's state changed */
	struct wv_source_state source_after;
	bool will_retry;             /* this outcome is not the slot's last: ledger row only */
	struct wv_time retry_at;
	uint64_t slot_hash;          /* the plan's own name for the slot in flight */
};

void wv_visit_free(struct wv_visit **visit);

/* What came of a visit, as the fetcher saw it. On disk (ledger). */
enum wv_result {
	WV_RESULT_ANSWERED = 0,   /* a complete response with a status */
	WV_RESULT_TIMEOUT = 1,
	WV_RESULT_DNS = 2,
	WV_RESULT_CONNECT = 3,    /* refused, reset, unreachable before any response */
	WV_RESULT_TLS = 4,
	WV_RESULT_BAD_HTTP = 5,   /* not HTTP, header caps met */
	WV_RESULT_TRUNCATED = 6,  /* status had, body cut off by the server or a cap of ours */
	WV_RESULT_GUARD = 7,      /* our address guard refused: no request went out */
	WV_RESULT_NOT_SENT = 8,   /* given up before anything was sent (stop, shutdown) */
	WV_RESULT_ROBOTS_DENIED = 9, /* no request: robots.txt says no, or cannot be had */
	WV_RESULT_REFUSED = 10,   /* no request: scheme, port, loop, too many redirects, length */
	WV_RESULT_LEASE = 11,     /* ledger only: an unclean end left this lease open */
	WV_RESULT_COUNT
};
const char *wv_result_name(enum wv_result result);
/* Did a request go out? */
bool wv_result_is_request(enum wv_result result);

/* Borrowed slices; only `visit`'s clock fields are read by wv_plan_answered, the rest by
 * wv_frontier_record too. */
struct wv_outcome {
	enum wv_result result;
	int32_t status;              /* 0: none */
	struct wv_slice reason;      /* one line for people where it failed or was refused */
	struct wv_mono ended;        /* last byte had, or given up */
	struct wv_time ended_at;
	uint64_t bytes;              /* received on the wire, body and headers */
	int64_t retry_after_us;      /* wv_politeness_parse_retry_after; -1: none or malformed */
	struct wv_slice location;    /* of a 3xx: resolved, request form; empty: none */
	struct wv_slice etag;        /* verbatim, of a 200 or 304 */
	struct wv_slice last_modified;
	int64_t max_age_us;          /* Cache-Control: max-age less Age; -1: not given */
	bool is_unchanged;           /* 304, or the digest (or version) of the last good one */
	bool has_body;
	struct wv_digest body;       /* of the decoded body */
	bool is_gone_for_good;       /* unavailable_after has passed */
	bool is_variant;             /* AMP, mobile or print, of a page that it names */
	struct wv_slice robots_text; /* kind robots with 2xx: decoded body, cut at the limit */
	bool robots_cut;             /* it was longer than WV_LIMIT_ROBOTS_BYTES */
	/* For what is learned of the source: */
	enum wv_verdict verdict;
	struct wv_time published;    /* the article's; WV_TIME_NONE: not stated */
	struct wv_time newest_item;  /* of a feed's or sitemap's; likewise */
	bool names_no_feed;          /* a page was read, and its head names none */
	bool has_pace;               /* a feed was read, and what it said of its pace is: */
	struct wv_pace pace;
	uint64_t text_key;           /* of the article's version, or plain_key; 0: it has none */
	uint64_t plain_key;          /* of what a small page that is no article says; 0: not one */
};
#define WV_OUTCOME_NONE                                                                            \
	{                                                                                          \
		.retry_after_us = -1, .max_age_us = -1, .published = {INT64_MIN},                  \
		.newest_item = {INT64_MIN}                                                         \
	}

/* 301, 302, 303, 307, 308 with a Location. */
bool wv_outcome_is_redirect(const struct wv_outcome *outcome);
/* Retry within the slot, were attempts left? Timeouts, connection and 5xx errors (not 503: that is
 * the host's wish), cut-off bodies. Never robots: its back-off is its own. */
bool wv_outcome_is_retryable(enum wv_visit_kind kind, const struct wv_outcome *outcome);

#endif
