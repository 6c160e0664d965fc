#include "crawler/fetch/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

struct range {
	unsigned char start[16];
	uint8_t prefix_bits;
	const char *name;
};

/* IANA IPv4 special-purpose registry, multicast, and 192.88.99/24 (6to4 relays, RFC 7526). */
static const struct range v4_ranges[] = {
	{{0}, 8, "this network (0.0.0.0/8)"},
	{{10}, 8, "private (10.0.0.0/8)"},
	{{100, 64}, 10, "shared by carriers (100.64.0.0/10)"},
	{{127}, 8, "loopback (127.0.0.0/8)"},
	{{169, 254}, 16, "link-local (169.254.0.0/16)"},
	{{172, 16}, 12, "private (172.16.0.0/12)"},
	{{192, 0, 0}, 24, "protocol assignments (192.0.0.0/24)"},
	{{192, 0, 2}, 24, "documentation (192.0.2.0/24)"},
	{{192, 88, 99}, 24, "6to4 relays (192.88.99.0/24)"},
	{{192, 168}, 16, "private (192.168.0.0/16)"},
	{{198, 18}, 15, "benchmarks (198.18.0.0/15)"},
	{{198, 51, 100}, 24, "documentation (198.51.100.0/24)"},
	{{203, 0, 113}, 24, "documentation (203.0.113.0/24)"},
	{{224}, 4, "multicast (224.0.0.0/4)"},
	{{240}, 4, "reserved (240.0.0.0/4)"},
};

/*
 * IANA IPv6 special-purpose registry. 2001::/23 as a whole (Teredo 2001::/32 is its first part):
 * addresses of hosts begin at 2001:200::. Whatever is outside 2000::/3 is not the public
 * Internet's.
 */
static const struct range v6_ranges[] = {
	{{0}, 128, "unspecified (::)"},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, "loopback (::1)"},
	{{0}, 96, "IPv4-compatible (::/96)"},
	{{0, 0x64, 0xff, 0x9b, 0, 1}, 48, "local translation (64:ff9b:1::/48)"},
	{{0x01}, 64, "discard (100::/64)"},
	{{0x20, 0x01}, 32, "Teredo (2001::/32)"},
	{{0x20, 0x01}, 23, "protocol assignments (2001::/23)"},
	{{0x20, 0x01, 0x0d, 0xb8}, 32, "documentation (2001:db8::/32)"},
	{{0x3f, 0xff}, 20, "documentation (3fff::/20)"},
	{{0xfc}, 7, "unique local (fc00::/7)"},
	{{0xfe, 0x80}, 10, "link-local (fe80::/10)"},
	{{0xfe, 0xc0}, 10, "site-local (fec0::/10)"},
	{{0xff}, 8, "multicast (ff00::/8)"},
};

static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const unsigned char nat64_prefix[12] = {0, 0x64, 0xff, 0x9b};

static bool shares_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00u >> rest) & 0xffu) == 0;
}

static const char *find_range(const struct range *ranges, size_t count, const unsigned char *bytes)
{
	for (size_t i = 0; i < count; i++) {
		if (shares_bits(bytes, ranges[i].start, ranges[i].prefix_bits))
			return ranges[i].name;
	}
	return NULL;
}

static const char *special_v4(const unsigned char *bytes)
{
	return find_range(v4_ranges, WV_COUNT(v4_ranges), bytes);
}

static bool is_mapped(const struct wv_address *address)
{
	return address->is_v6 && memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

/* ::ffff:1.2.3.4 is 1.2.3.4: the kernel connects to the same host. */
static struct wv_address unmapped(const struct wv_address *address)
{
	struct wv_address plain = *address;

	if (is_mapped(address)) {
		memset(&plain, 0, sizeof(plain));
		memcpy(plain.bytes, address->bytes + 12, 4);
	}
	return plain;
}

const char *wv_address_special_range(const struct wv_address *address)
{
	struct wv_address plain = unmapped(address);
	const char *special;

	if (!plain.is_v6)
		return special_v4(plain.bytes);
	special = find_range(v6_ranges, WV_COUNT(v6_ranges), plain.bytes);
	if (special)
		return special;
	if (memcmp(plain.bytes, nat64_prefix, sizeof(nat64_prefix)) == 0)
		return special_v4(plain.bytes + 12) ? "translated special IPv4 (64:ff9b::/96)"
						    : NULL;
	if (plain.bytes[0] == 0x20 && plain.bytes[1] == 0x02)
		return special_v4(plain.bytes + 2) ? "6to4 of special IPv4 (2002::/16)" : NULL;
	return plain.bytes[0] >> 5 == 1 ? NULL : "not global unicast (outside 2000::/3)";
}

bool wv_address_parse(struct wv_slice text, struct wv_address *out)
{
	struct wv_address address = {.is_v6 = false};
	char string[WV_ADDRESS_TEXT_MAX];

	if (text.n >= 2 && text.p[0] == '[' && text.p[text.n - 1] == ']') {
		text = wv_slice_part(text, 1, text.n - 2);
		address.is_v6 = true; /* brackets hold nothing else */
	}
	if (text.n == 0 || text.n >= sizeof(string) || wv_slice_find_byte(text, 0, 0) != SIZE_MAX)
		return false;
	memcpy(string, text.p, text.n);
	string[text.n] = 0;
	/* inet_pton takes four decimal parts only; inet_aton would take 0x7f.1. */
	if (!address.is_v6 && inet_pton(AF_INET, string, address.bytes) == 1) {
		*out = address;
		return true;
	}
	address.is_v6 = true;
	if (inet_pton(AF_INET6, string, address.bytes) != 1)
		return false;
	*out = address;
	return true;
}

const char *wv_address_print(const struct wv_address *address, char text[WV_ADDRESS_TEXT_MAX])
{
	text[0] = 0;
	inet_ntop(address->is_v6 ? AF_INET6 : AF_INET, address->bytes, text, WV_ADDRESS_TEXT_MAX);
	return text;
}

bool wv_address_block_contains(const struct wv_address_block *block,
			       const struct wv_address *address)
{
	return block->is_v6 == address->is_v6 && block->prefix_bits <= (block->is_v6 ? 128 : 32) &&
	       shares_bits(address->bytes, block->bytes, block->prefix_bits);
}

const char *wv_guard_reason_name(enum wv_guard_reason reason)
{
	static const char *const names[] = {"allowed", "scheme", "url", "port", "address"};

	return (size_t)reason < WV_COUNT(names) ? names[reason] : "unknown";
}

bool wv_guard_allows_address(const struct wv_guard *guard, struct wv_slice host,
			     const struct wv_address *address)
{
	struct wv_address plain = unmapped(address);

	if (!wv_address_special_range(&plain))
		return true;
	for (size_t i = 0; i < guard->allow_private_count; i++) {
		if (wv_address_block_contains(&guard->allow_private[i], &plain))
			return true;
	}
	for (size_t i = 0; i < guard->host_count; i++) {
		const struct wv_guard_host *one = &guard->hosts[i];

		if (one->has_block && wv_slice_equals_nocase(one->host, host) &&
		    wv_address_block_contains(&one->block, &plain))
			return true;
	}
	return false;
}

static bool allows_port(const struct wv_guard *guard, const struct wv_guard_target *target)
{
	if (guard->port_count == 0 && (target->port == 80 || target->port == 443))
		return true;
	for (size_t i = 0; i < guard->port_count; i++) {
		if (guard->ports[i] == target->port)
			return true;
	}
	for (size_t i = 0; i < guard->host_count; i++) {
		if (guard->hosts[i].port == target->port &&
		    wv_slice_equals_nocase(guard->hosts[i].host, target->host))
			return true;
	}
	return false;
}

static bool is_host(struct wv_slice host)
{
	struct wv_address address;

	if (host.n == 0)
		return false;
	if (host.p[0] == '[')
		return wv_address_parse(host, &address);
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = host.p[i];

		if (!wv_byte_is_alnum(c) && c != '-' && c != '.' && c != '_')
			return false;
	}
	return true;
}

/* "host", "host:port", "[v6]:port"; the port must be a number of 1 to 65535. */
static bool split_authority(struct wv_slice authority, struct wv_guard_target *target)
{
	size_t from = 0, colon;
	uint64_t port;

	if (authority.n > 0 && authority.p[0] == '[') {
		from = wv_slice_find_byte(authority, ']', 0);
		if (from == SIZE_MAX)
			return false;
		from++;
	}
	colon = wv_slice_find_byte(authority, ':', from);
	if (from > 0 && from != authority.n && colon != from)
		return false;
	target->host = wv_slice_part(authority, 0, colon == SIZE_MAX ? authority.n : colon);
	if (!is_host(target->host))
		return false;
	if (colon == SIZE_MAX)
		return true;
	if (!wv_slice_u64(wv_slice_from(authority, colon + 1), &port) || port == 0 || port > 65535)
		return false;
	target->port = (uint16_t)port;
	return true;
}

static bool has_only_url_bytes(struct wv_slice url)
{
	for (size_t i = 0; i < url.n; i++) {
		if (url.p[i] <= ' ' || url.p[i] >= 0x7f)
			return false;
	}
	return true;
}

enum wv_guard_reason wv_guard_check_url(const struct wv_guard *guard, struct wv_slice url,
					struct wv_guard_target *out)
{
	struct wv_guard_target target = {.port = 80};
	struct wv_slice rest;
	size_t end;

	if (wv_slice_starts(url, WV_LIT("https://"))) {
		target.is_https = true;
		target.port = 443;
	} else if (!wv_slice_starts(url, WV_LIT("http://"))) {
		return WV_GUARD_SCHEME;
	}
	rest = wv_slice_from(url, target.is_https ? 8 : 7);
	for (end = 0; end < rest.n; end++) {
		if (rest.p[end] == '/' || rest.p[end] == '?' || rest.p[end] == '#')
			break;
	}
	if (!has_only_url_bytes(url) || !split_authority(wv_slice_part(rest, 0, end), &target))
		return WV_GUARD_URL;
	if (!allows_port(guard, &target))
		return WV_GUARD_PORT;
	*out = target;
	return WV_GUARD_ALLOWED;
}
