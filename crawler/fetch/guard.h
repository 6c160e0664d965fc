#ifndef WV_CRAWLER_FETCH_GUARD_H
#define WV_CRAWLER_FETCH_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/settings.h"

/*
 * Where a crawler may not go, whatever a page says: addresses that are not the public Internet's,
 * ports nobody named, schemes other than http and https.
 *
 * The address is judged where the socket is opened, not where the name is read: a name may resolve
 * to anything, at every look anew. Pure; any thread.
 * Source: IANA special-purpose registries (RFC 6890 and updates).
 */
struct wv_address {
	unsigned char bytes[16]; /* network order; IPv4 uses the first four, the others are 0 */
	bool is_v6;
};

#define WV_ADDRESS_TEXT_MAX 46

/* Dotted decimal of four parts, or IPv6 with or without brackets; no other spelling. */
bool wv_address_parse(struct wv_slice text, struct wv_address *out);
const char *wv_address_print(const struct wv_address *address, char text[WV_ADDRESS_TEXT_MAX]);
bool wv_address_block_contains(const struct wv_address_block *block,
                               const struct wv_address *address);

/*
 * NULL for an address of the public Internet; otherwise which range it lies in, for people:
 * "loopback (127.0.0.0/8)". IPv4 inside IPv6 (mapped, 6to4, NAT64) is judged by what is inside.
 */
const char *wv_address_special_range(const struct wv_address *address);

/* What one host may have beyond the rules: a seed's own port, an address allowed by hand. */
struct wv_guard_host {
	struct wv_slice host;            /* as in struct wv_url: lower case, IPv6 in brackets */
	uint16_t port;                   /* 0: none */
	bool has_block;
	struct wv_address_block block;
};

/* Borrowed; must outlive whoever holds it. */
struct wv_guard {
	const struct wv_address_block *allow_private; /* for every host */
	size_t allow_private_count;
	const uint16_t *ports;                        /* none: 80 and 443 */
	size_t port_count;
	const struct wv_guard_host *hosts;
	size_t host_count;
};

enum wv_guard_reason {
	WV_GUARD_ALLOWED,
	WV_GUARD_SCHEME,  /* neither http nor https */
	WV_GUARD_URL,     /* userinfo, no host, a host with bytes no serialised host has */
	WV_GUARD_PORT,
	WV_GUARD_ADDRESS, /* see wv_address_special_range */
};
/* A fixed English name: "allowed", "scheme", "port". */
const char *wv_guard_reason_name(enum wv_guard_reason reason);

/* May an address be connected to for the sake of this host? */
bool wv_guard_allows_address(const struct wv_guard *guard, struct wv_slice host,
                             const struct wv_address *address);

/*
 * The parts of a URL as wv_url_request writes it that the guard judges. Deliberately narrow: what
 * the URL parser would never serialise is refused, so that libcurl cannot read it otherwise.
 */
struct wv_guard_target {
	struct wv_slice host; /* IPv6 in brackets */
	uint16_t port;        /* in effect */
	bool is_https;
};
enum wv_guard_reason wv_guard_check_url(const struct wv_guard *guard, struct wv_slice url,
                                        struct wv_guard_target *out);

#endif
