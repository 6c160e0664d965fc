#ifndef WV_CRAWLER_FETCH_REQUEST_H
#define WV_CRAWLER_FETCH_REQUEST_H

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"
#include "crawler/fetch/fetch.h"

/*
 * What we say to servers: who we are, what we want, what we know already. Pure; any thread.
 */

/* "name/version (+contact)" and, for a mailto: contact, the From address (else ""). WV_USAGE for
 * what cannot stand in a header, WV_NOMEM. */
struct wv_request_agent {
	const char *user_agent;
	const char *from;
};
WV_MUST_USE enum wv_status wv_request_agent(struct wv_arena *arena, struct wv_slice name,
                                            struct wv_slice contact, struct wv_request_agent *out,
                                            struct wv_err *err);

/*
 * The header fields after Host and User-Agent, each "Name: value" ("Name;" where the value is
 * empty: libcurl's spelling), in the order they are sent. Strings lie in the arena.
 */
struct wv_request_fields {
	const char **p;
	size_t n;
	bool is_conditional;
};
WV_MUST_USE enum wv_status wv_request_fields(struct wv_arena *arena,
                                             const struct wv_fetch_request *request,
                                             const char *from, struct wv_request_fields *out,
                                             struct wv_err *err);

/* Takes the lines of one field out of a header block, folds included: credentials are not kept. */
void wv_request_strip(struct wv_buf *block, struct wv_slice name);

#endif
