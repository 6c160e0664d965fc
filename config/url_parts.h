#ifndef WV_CONFIG_URL_PARTS_H
#define WV_CONFIG_URL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/limits.h"
#include "config/base/status.h"

/*
 * What the files about URLs share and nobody else needs: kinds of bytes, a place to write, and
 * the host parser.
 */

/* The percent-encode sets of the URL Standard (1.3) and its forbidden code points (3.1). */
enum wv_url_set {
	WV_URL_SET_C0 = 1u << 0,
	WV_URL_SET_FRAGMENT = 1u << 1,
	WV_URL_SET_QUERY = 1u << 2,
	WV_URL_SET_SPECIAL_QUERY = 1u << 3,
	WV_URL_SET_PATH = 1u << 4,
	WV_URL_SET_USERINFO = 1u << 5,
	WV_URL_FORBIDDEN_HOST = 1u << 6,
	WV_URL_FORBIDDEN_DOMAIN = 1u << 7,
};

/* The sets an ASCII byte is in. */
extern const uint8_t wv_url_sets[128];

static inline bool wv_url_in_set(unsigned char byte, unsigned set)
{
	/* Every other byte is in all percent-encode sets. */
	return byte >= 0x80 || (wv_url_sets[byte] & set) != 0;
}

/*
 * A fixed place to write a URL into. Dot segments may take back what was written, hence the
 * room beyond the cap of a URL. Too much latches `is_full`.
 */
#define WV_URL_SCRATCH_BYTES (4u * WV_LIMIT_URL_BYTES)
struct wv_url_scratch {
	size_t n;
	bool is_full;
	unsigned char b[WV_URL_SCRATCH_BYTES];
};

static inline void wv_url_put_byte(struct wv_url_scratch *to, unsigned char byte)
{
	if (to->n == WV_URL_SCRATCH_BYTES)
		to->is_full = true;
	else
		to->b[to->n++] = byte;
}

static inline void wv_url_put(struct wv_url_scratch *to, struct wv_slice s)
{
	if (s.n > WV_URL_SCRATCH_BYTES - to->n) {
		to->is_full = true;
	} else if (s.n) {
		memcpy(to->b + to->n, s.p, s.n);
		to->n += s.n;
	}
}

/* %XX, upper case. */
void wv_url_put_escape(struct wv_url_scratch *to, unsigned char byte);
/* UTF-8 percent-encode with a set; broken UTF-8 as the escapes of U+FFFD. */
void wv_url_put_encoded(struct wv_url_scratch *to, struct wv_slice s, unsigned set);

/* ":8080" */
void wv_url_put_port(struct wv_url_scratch *to, uint16_t port);
/* Without control characters and spaces at both ends: where every parse begins. */
struct wv_slice wv_url_trim(struct wv_slice s);
/* Length of the scheme in front, without its ":"; 0 for a relative reference. */
size_t wv_url_scheme_length(struct wv_slice s);

/*
 * The host parser (3.5): appends the serialised host. `is_opaque` for schemes that are not
 * special. Otherwise NULL, or the reason why browsers refuse it.
 */
const char *wv_url_put_host(struct wv_url_scratch *to, struct wv_slice host, bool is_opaque);

/* The special schemes and their ports; file has none. */
bool wv_url_find_special(struct wv_slice scheme, uint16_t *port);

#endif
