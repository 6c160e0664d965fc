#ifndef WV_ARCHIVE_SERVE_RATE_H
#define WV_ARCHIVE_SERVE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/clock.h"
#include "config/base/status.h"

/*
 * How often a client may ask: a token bucket each, in a table that does not grow. A client is
 * known by the text of its address; one of IPv6 by its /64, which is what one customer gets. Where
 * the table is full, the client that has the fullest bucket among a few is forgotten: that is the
 * one who loses least by it. The table's order depends on a secret, so that nobody can choose whom
 * to push out. One thread at a time.
 */
struct wv_rate;

/* `per_s` > 0; a client may ask `burst` times at once. */
WV_MUST_USE enum wv_status wv_rate_new(double per_s, double burst, size_t clients,
				       struct wv_rate **out, struct wv_err *err);
void wv_rate_free(struct wv_rate **rate);
/* Takes a token; false: there is none, and *wait_us says when there will be. */
bool wv_rate_allows(struct wv_rate *rate, struct wv_slice client, struct wv_mono now,
		    int64_t *wait_us);
/* What counts as one client: an IPv4 address ("::ffff:" taken off), or an IPv6 /64. Other text is
 * its own key. Keyed by `seed`. Pure. */
uint64_t wv_rate_client_key(struct wv_slice client, uint64_t seed);

#endif
