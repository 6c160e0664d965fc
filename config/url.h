#ifndef WV_CONFIG_URL_H
#define WV_CONFIG_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * What a URL is (WHATWG URL Standard), and the three spellings we use:
 *
 *   href       what a browser would request; what is fetched and kept verbatim
 *   canonical  href cleaned for people and comparison: tracking parameters and fragment gone,
 *              percent escapes normalised
 *   SURT       the page's identity: "com,example)/path?query", without scheme, www, session ids
 *
 * All output lies in the caller's arena; the parts of a wv_url are parts of its href. Pure; any
 * thread.
 */
struct wv_url {
	struct wv_slice href;     /* serialised, fragment included */
	struct wv_slice scheme;   /* without ":" */
	struct wv_slice username; /* percent-encoded; dropped from what is requested */
	struct wv_slice password;
	struct wv_slice host;     /* A-label, dotted IPv4 or bracketed IPv6; empty if none */
	struct wv_slice path;     /* with its "/", or opaque */
	struct wv_slice query;    /* without "?" */
	struct wv_slice fragment; /* without "#" */
	uint16_t port;            /* the explicit non-default one, else 0 */
	bool has_port;            /* told apart from port 0, which may be written */
	bool has_host;
	bool has_query;
	bool has_fragment;
	bool is_special;          /* http https ws wss ftp file */
	bool is_opaque_path;
};

/*
 * Parses as browsers do; `base` may be NULL. WV_USAGE with the reason for what browsers refuse,
 * WV_LIMIT above WV_LIMIT_URL_BYTES, WV_NOMEM. Source: url.spec.whatwg.org, basic URL parser.
 */
WV_MUST_USE enum wv_status wv_url_parse(struct wv_arena *arena, struct wv_slice text,
                                        const struct wv_url *base, struct wv_url *out,
                                        struct wv_err *err);

/* http or https, with a host: something a crawler can ask for. */
bool wv_url_is_web(const struct wv_url *url);
/* The port in effect: explicit, or 80, 443; 0 if unknown. */
uint16_t wv_url_port(const struct wv_url *url);
/* What goes over the wire and into captures: href without userinfo and fragment. */
WV_MUST_USE enum wv_status wv_url_request(struct wv_arena *arena, const struct wv_url *url,
                                          struct wv_slice *out, struct wv_err *err);
/* "https://host:port" with the port only where it is not the scheme's: robots.txt belongs to it. */
WV_MUST_USE enum wv_status wv_url_origin(struct wv_arena *arena, const struct wv_url *url,
                                         struct wv_slice *out, struct wv_err *err);
/* Canonical form: a fixed point (canonical of it is itself). WV_REFUSED unless wv_url_is_web,
 * WV_LIMIT where its escapes take it over WV_LIMIT_URL_BYTES. */
WV_MUST_USE enum wv_status wv_url_canonical(struct wv_arena *arena, const struct wv_url *url,
                                            struct wv_slice *out, struct wv_err *err);
/* SURT with sorted query, session ids and tracking parameters dropped; for any parsed URL (what
 * is not of the web keeps its scheme in front, so the two never meet). */
WV_MUST_USE enum wv_status wv_url_surt(struct wv_arena *arena, const struct wv_url *url,
                                       struct wv_slice *out, struct wv_err *err);
/* The page key: the SURT, cut at 440 bytes plus 16 bytes of its SHA-256 where it is longer. */
WV_MUST_USE enum wv_status wv_url_page_key(struct wv_arena *arena, const struct wv_url *url,
                                           struct wv_slice *out, struct wv_err *err);

/*
 * The fast way for links of one page: a base parsed once, then many references. Gives the same
 * result as wv_url_parse + wv_url_request (a property test says so), mostly without its cost.
 * WV_NO for what is not http(s) or not a URL: links do not deserve an error text.
 */
struct wv_url_joiner {
	struct wv_url base;
};
enum wv_status wv_url_join(struct wv_arena *arena, const struct wv_url_joiner *joiner,
                           struct wv_slice reference, struct wv_slice *request_url);

#endif
