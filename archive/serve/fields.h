#ifndef WV_ARCHIVE_SERVE_FIELDS_H
#define WV_ARCHIVE_SERVE_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"

/* What the fields of a request say. Pure; any thread. */

/* Could be the value of Host: a name or an address, perhaps a port (RFC 9110 7.2). No user, no
 * path, no markup: pages print it. */
bool wv_fields_is_host(struct wv_slice value);
/* The name of `allowed` ("news.example"), or name and port ("news.example:8080"), in any case, with
 * or without the root's dot. An `allowed` without port takes any. */
bool wv_fields_host_is(struct wv_slice value, struct wv_slice allowed);
/* Does If-None-Match name `etag` (quotes included)? Weak comparison; "*" does (RFC 9110 13.1.2). */
bool wv_fields_none_match_has(struct wv_slice value, struct wv_slice etag);
/* Does If-Match allow an answer with `etag`? Empty: it does, as does "*"; else by strong comparison
 * (RFC 9110 13.1.1). */
bool wv_fields_match_allows(struct wv_slice value, struct wv_slice etag);
/*
 * What Range asks of `total` bytes (RFC 9110 14.1.2). ALL: nothing, or what may be passed over:
 * another unit, several ranges, no range at all. Of ONE *from <= *to < total.
 */
enum wv_range { WV_RANGE_ALL, WV_RANGE_ONE, WV_RANGE_NONE_OF_IT };
enum wv_range wv_fields_range(struct wv_slice value, uint64_t total, uint64_t *from, uint64_t *to);
/* Does If-Range allow a part of `etag`? Empty: it does; else by strong comparison. A date never
 * does: answers here have no Last-Modified. */
bool wv_fields_if_range_allows(struct wv_slice value, struct wv_slice etag);
/* The last address of X-Forwarded-For: the one that our proxy saw itself. May be empty. */
struct wv_slice wv_fields_last_forwarded(struct wv_slice value);

#endif
