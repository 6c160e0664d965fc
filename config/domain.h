#ifndef WV_CONFIG_DOMAIN_H
#define WV_CONFIG_DOMAIN_H

#include <stdbool.h>

#include "config/base/bytes.h"

/*
 * Two questions about host names, from the public suffix list (libpsl's built-in copy):
 * the tenant (private section counts: a.blogspot.com and b.blogspot.com differ; whose turn is
 * it, who may be followed) and the publisher (ICANN section only). Results are tails of `host`,
 * so they live as long as it does. An IP address or a bare suffix is its own answer. Hosts are
 * A-labels in lower case as wv_url gives them. Pure; any thread.
 */
struct wv_slice wv_domain_tenant(struct wv_slice host);
struct wv_slice wv_domain_publisher(struct wv_slice host);
bool wv_domain_same_publisher(struct wv_slice host_a, struct wv_slice host_b);
/* Is it a dotted IPv4 or a bracketed IPv6 address as wv_url spells them? */
bool wv_domain_is_address(struct wv_slice host);

#endif
