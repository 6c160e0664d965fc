#ifndef WV_CONFIG_SOURCE_H
#define WV_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"

/*
 * A source: one publication as the settings describe it. Plain data in the settings' arena;
 * everything is checked when the settings are read, so users of it need not check again.
 */

struct wv_strings {
	const struct wv_slice *p;
	size_t n;
};

enum wv_hosts_by { WV_HOSTS_BY_DOMAIN, WV_HOSTS_BY_HOST, WV_HOSTS_BY_IP };
enum wv_scope { WV_SCOPE_DOMAIN, WV_SCOPE_HOST, WV_SCOPE_HOSTS, WV_SCOPE_PREFIX };
enum wv_auto { WV_AUTO_ON, WV_AUTO_OFF, WV_AUTO_LIST };
enum wv_requisites { WV_REQUISITES_NONE, WV_REQUISITES_IMAGES, WV_REQUISITES_ALL };
enum wv_extract_when { WV_EXTRACT_NOW, WV_EXTRACT_LATER, WV_EXTRACT_OFF };

#define WV_UNBOUNDED UINT64_MAX

/* Quiet hours: minutes of the local day in `zone`; from > to wraps past midnight. */
struct wv_quiet_hours {
	bool is_set;
	uint16_t from_minute, to_minute;
	struct wv_slice zone; /* IANA name */
};

struct wv_politeness {
	int64_t delay_us;               /* between two requests to one turn; 0 is allowed */
	double delay_factor;            /* times the last answer time; not applied where delay is 0 */
	uint32_t connections_per_host;
	enum wv_hosts_by hosts_by;
	struct wv_quiet_hours quiet_hours;
	uint64_t bandwidth_bytes_per_s; /* WV_UNBOUNDED: none */
	uint64_t max_pages_per_host;    /* in one run; WV_UNBOUNDED: none */
	bool robots_forbidden_denies;   /* what 401 and 403 for robots.txt mean */
};

/* `market: {exchange: SSE, open: 5m, closed: 2h}` */
struct wv_market {
	bool is_set;
	struct wv_slice exchange;
	int64_t open_us, closed_us;
};

/* What prune may remove; -1: not by this. */
struct wv_retention {
	int64_t age_us; /* bytes captured longer ago than that */
	int64_t count;  /* of a page, different bodies beyond so many */
	int64_t bytes;  /* stored, beyond so many: the oldest first */
};

struct wv_header_field {
	struct wv_slice name, value;
};

struct wv_source {
	struct wv_slice name;
	struct wv_slice category;      /* empty: none given */
	struct wv_slice timezone;      /* IANA name; empty: none given */
	struct wv_strings seeds;       /* hrefs as the URL parser serialises them */
	enum wv_auto feeds_mode;
	struct wv_strings feeds;       /* for WV_AUTO_LIST */
	enum wv_auto sitemaps_mode;
	struct wv_strings sitemaps;
	enum wv_scope scope;
	struct wv_strings include;     /* patterns over the canonical URL: * and ?, others literal */
	struct wv_strings exclude;
	uint32_t depth;                /* UINT32_MAX: any */
	int64_t every_us;              /* 0: at every run */
	struct wv_market market;
	int64_t revisit_first_us, revisit_last_us;
	struct wv_strings topics;      /* names of settings' topics */
	bool related_is_set;
	uint32_t related_hops;
	double related_score;
	uint64_t related_pages;        /* out of scope, new in one run */
	bool keep_wire;
	bool ignores_feed_times;       /* ttl, skipHours, skipDays of feeds */
	bool asks_tdmrep;              /* asks each host for tdmrep.json */
	bool keeps_noarchive;          /* keep also what says noarchive; else its digest alone */
	enum wv_requisites requisites;
	const struct wv_header_field *headers;
	size_t header_count;
	struct wv_slice cookies_file;  /* empty: none */
	bool tls_insecure;
	struct wv_slice proxy;         /* empty: the settings' */
	bool proxy_is_none;            /* `proxy: none` here: not even the settings' */
	struct wv_slice ca_file;       /* empty: the settings' */
	bool is_by_hand;               /* made of URLs of the command line */
	uint32_t line;                 /* of the settings file; 0: none */
	struct wv_politeness politeness; /* the defaults with this source's own over them */
	/* The same; but `bytes` are this source's alone, and none unless it says so. */
	struct wv_retention retention;
};

/* `pattern`: * any run of bytes, ? any one byte, all else itself; must match the whole text. */
bool wv_source_pattern_matches(struct wv_slice pattern, struct wv_slice text);

struct wv_url;
/*
 * Is the URL inside the source's scope, its include and exclude patterns? Seeds, listed feeds and
 * listed sitemaps always are. A leading "www." makes no difference, as in page keys.
 *
 *   domain  the tenant (public suffix and one label) of a seed, any port
 *   hosts   a seed's host, any port
 *   host    a seed's host and port; the default ports of http and https count as one
 *   prefix  as host, and the path begins with the seed's up to its last slash
 *
 * A source without seeds is where its listed feeds and sitemaps are (prefix: their hosts).
 * With include patterns a URL must match one of them; one that matches an exclude pattern is out.
 * Pure; any thread.
 */
bool wv_source_contains(const struct wv_source *source, const struct wv_url *url);

#endif
