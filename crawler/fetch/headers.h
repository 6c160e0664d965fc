#ifndef WV_CRAWLER_FETCH_HEADERS_H
#define WV_CRAWLER_FETCH_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * Reading a raw HTTP header block: status line, then fields, bytes as the server sent them.
 *
 * Slices lie in the block. A folded value (obs-fold) keeps its line breaks inside; treat CR and LF
 * there as white space. Names are compared without case. Pure; any thread.
 * Source: RFC 9110 5, RFC 9112 4 and 5.
 */
int32_t wv_headers_status(struct wv_slice block); /* of the status line; 0 if there is none */

/* Walks over the fields, from *at = 0; false at the end. Lines without a colon are skipped. */
bool wv_headers_next(struct wv_slice block, size_t *at, struct wv_slice *name,
                     struct wv_slice *value);
/* The next value of one field name. */
bool wv_headers_next_of(struct wv_slice block, struct wv_slice name, size_t *at,
                        struct wv_slice *value);
/* Empty where the field is missing or empty. */
struct wv_slice wv_headers_first(struct wv_slice block, struct wv_slice name);
struct wv_slice wv_headers_last(struct wv_slice block, struct wv_slice name);
bool wv_headers_has(struct wv_slice block, struct wv_slice name);

/*
 * The members of comma-separated fields of one name, over all its lines, in order; quoted strings
 * are not cut, empty members are skipped. `cursor` starts zeroed.
 */
struct wv_headers_list {
	size_t at;
	struct wv_slice rest;
};
bool wv_headers_next_member(struct wv_slice block, struct wv_slice name,
                            struct wv_headers_list *cursor, struct wv_slice *member);

#define WV_HEADERS_ESSENCE_MAX 128
struct wv_headers_type {
	char essence[WV_HEADERS_ESSENCE_MAX]; /* "text/html", lower case; "" if none or not one */
	struct wv_slice charset;              /* as written, without quotes; empty if none */
};
/* Content-Type; where there are several, the last that is one. */
void wv_headers_content_type(struct wv_slice block, struct wv_headers_type *out);

enum wv_coding { WV_CODING_GZIP, WV_CODING_DEFLATE };
struct wv_codings {
	enum wv_coding p[WV_LIMIT_CONTENT_CODINGS]; /* as they were applied: undo the last first */
	size_t n;
	struct wv_slice unknown; /* the first coding we do not know, empty if none */
	bool too_many;
};
/* Content-Encoding: identity is none, x-gzip is gzip. */
void wv_headers_codings(struct wv_slice block, struct wv_codings *out);

/* Cache-Control: seconds of max-age (the first; above 2^31-1 that), -1 if there is none. */
int64_t wv_headers_max_age_s(struct wv_slice block);
/* Does a Cache-Control directive occur ("no-store", "no-cache")? */
bool wv_headers_has_cache_directive(struct wv_slice block, struct wv_slice directive);

#endif
