#ifndef WV_ARCHIVE_SERVE_MEMENTO_H
#define WV_ARCHIVE_SERVE_MEMENTO_H

#include "archive/serve/routes.h"

/*
 * Memento (RFC 7089) over an archive: which captures answer for a URL, which of them for an
 * instant, and the links between them.
 *
 * Captures are chosen by the verbatim URL where there is one of that spelling, else by its page
 * key; of those that share a URL and a second the last one is meant, because an address
 * (/web/YYYYMMDDhhmmss/URL) and Memento-Datetime have whole seconds. Distances are of whole
 * seconds, too, and of two equal ones the earlier wins. What was taken down is in no answer but
 * its own: 404, 451 or 410.
 *
 * A memento is a capture with something to show: an answer of any status with its body, or a
 * redirect. Everything here reads in the visit's transaction and gives what lies in its arena.
 *
 * RFC 7089 knows one axis of time. An archive that learns late has two, so each address that ends in
 * a URL may name a visit's T and K in a segment before it, by the names of the JSON API:
 * /timegate/as-of=T&known-at=K/URL, /timemap/link/as-of=T/URL, /web/known-at=K/20240605054503/URL.
 * What was captured after T or recorded after K is then no memento: no nearest one, no first, last,
 * next or until, no row; and every address in the answer keeps the segment. The plain addresses are
 * the RFC's.
 */

/* The URL that a request names, and the captures that count as its. */
struct wv_original {
	struct wv_slice url;      /* as it would be requested: no fragment, no user */
	struct wv_slice key;
	bool is_known;            /* the archive has such a page (perhaps taken down) */
	uint64_t page;
	struct wv_slice spelling; /* only captures of this verbatim URL; empty: all of the page's */
};
/*
 * `rest` is the path behind the route, as sent, `query` what followed the first "?". Mends what
 * clients do to a URL in a path: "http:/host" (a "/" collapsed), "http%3A%2F%2Fhost", "host/path".
 * WV_USAGE: no URL of http or https.
 */
WV_MUST_USE enum wv_status wv_original_parse(struct wv_arena *arena, struct wv_slice rest,
                                             struct wv_slice query, struct wv_original *out,
                                             struct wv_err *err);
/* Looks it up: is_known, page, spelling. */
WV_MUST_USE enum wv_status wv_original_find(const struct wv_visit *visit, struct wv_original *out,
                                            struct wv_err *err);

bool wv_memento_is(const struct wv_capture *capture);
/* The earlier of `to` (WV_TIME_NONE: unbounded) and the visit's T. */
struct wv_time wv_memento_until(const struct wv_visit *visit, struct wv_time to);
/* The instant without its fraction. */
struct wv_time wv_memento_second(struct wv_time t);

enum wv_memento_step {
	WV_MEMENTO_FIRST,
	WV_MEMENTO_LAST,
	WV_MEMENTO_BEFORE,  /* the last one before the second of `when` */
	WV_MEMENTO_AFTER,   /* the first one after it */
	WV_MEMENTO_AT,      /* the last one in it */
	WV_MEMENTO_NEAREST,
};
/* WV_NO: none. `when` is not read for FIRST and LAST. */
WV_MUST_USE enum wv_status wv_memento_find(const struct wv_visit *visit,
                                           const struct wv_original *original,
                                           enum wv_memento_step step, struct wv_time when,
                                           struct wv_capture *out, struct wv_err *err);
/*
 * The fact by which what is asked for is not shown: of its page, or (`when` set) of captures in
 * that second, or (WV_TIME_NONE) of any capture. WV_NO: none.
 */
WV_MUST_USE enum wv_status wv_memento_refusal(const struct wv_visit *visit,
                                              const struct wv_original *original,
                                              struct wv_time when, struct wv_fact *out,
                                              struct wv_err *err);

/* "/web/20240605054503id_/URL", with the visit's instant (view/address.h), behind `host`
 * ("http://archive.example", or nothing). */
void wv_memento_add_address(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice host,
                            struct wv_time captured, const char *modifier, struct wv_slice url);
/* Percent-encodes what may not stand between "<" and ">" of a Link. */
void wv_memento_add_uri(struct wv_buf *out, struct wv_slice uri);
/* A page key as CDXJ has it: cut where ours is, the rest of it in hexadecimal. */
void wv_memento_add_key(struct wv_buf *out, struct wv_slice key);
/* The Link field of a memento, or (capture NULL) of a TimeGate's answer. Without `has_mementos`
 * only original, TimeGate and TimeMap, which cost nothing to find. */
WV_MUST_USE enum wv_status wv_memento_links(const struct wv_visit *visit, struct wv_slice host,
                                            const struct wv_original *original,
                                            const struct wv_capture *capture,
                                            bool has_mementos, struct wv_buf *out,
                                            struct wv_err *err);

enum wv_timemap_form { WV_TIMEMAP_LINK, WV_TIMEMAP_JSON, WV_TIMEMAP_CDXJ };
#define WV_TIMEMAP_PAGE_MEMENTOS 5000u
/*
 * A TimeMap, or one page of it: `rest` is "[CURSOR/]URL". A page ends after
 * WV_TIMEMAP_PAGE_MEMENTOS, or after 100 ms, and names the next one. WV_NO: nothing to list.
 */
WV_MUST_USE enum wv_status wv_timemap(const struct wv_visit *visit, const struct wv_clock *clock,
                                      struct wv_slice host, enum wv_timemap_form form,
                                      struct wv_slice cursor, const struct wv_original *original,
                                      struct wv_buf *out, struct wv_err *err);
/* Takes "CURSOR/" off; empty where there is none. */
struct wv_slice wv_timemap_cursor(struct wv_slice *rest);

/* memento_routes.c */
enum wv_status wv_route_timegate(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_timemap_link(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_timemap_json(struct wv_call *call, struct wv_err *err);
enum wv_status wv_route_timemap_cdxj(struct wv_call *call, struct wv_err *err);

#endif
