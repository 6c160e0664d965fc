#ifndef WV_ARCHIVE_SERVE_FIELDS_H
#define WV_ARCHIVE_SERVE_FIELDS_H

#include <stdbool.h>

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
/* The last address of X-Forwarded-For: the one that our proxy saw itself. May be empty. */
struct wv_slice wv_fields_last_forwarded(struct wv_slice value);

#endif
