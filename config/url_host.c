#include "config/url_parts.h"

#include <pthread.h>
#include <stdio.h>

#include <unicode/uidna.h>

#include "config/base/text.h"

#define NOT_A_NUMBER UINT64_MAX

/* ---- IPv4 (3.5, "ends in a number", IPv4 parser) ---- */

/* Decimal, 0 octal, 0x hexadecimal; NOT_A_NUMBER, or capped just above 32 bits. */
static uint64_t ipv4_number(struct wv_slice s)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (s.n == 0)
		return NOT_A_NUMBER;
	if (s.n >= 2 && s.p[0] == '0' && (s.p[1] | 32) == 'x') {
		base = 16;
		s = wv_slice_from(s, 2);
	} else if (s.n >= 2 && s.p[0] == '0') {
		base = 8;
		s = wv_slice_from(s, 1);
	}
	for (size_t i = 0; i < s.n; i++) {
		int digit = wv_byte_hex(s.p[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return NOT_A_NUMBER;
		if (value <= UINT32_MAX)
			value = value * base + (unsigned)digit;
	}
	return value;
}

static bool is_all_digits(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!wv_byte_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* The last label; that before it where the name ends in a dot. */
static bool ends_in_number(struct wv_slice host)
{
	size_t start;

	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	for (start = host.n; start > 0 && host.p[start - 1] != '.'; start--) {
	}
	host = wv_slice_from(host, start);
	return host.n && wv_byte_is_digit(host.p[0]) &&
	       (is_all_digits(host) || ipv4_number(host) != NOT_A_NUMBER);
}

static const char *put_ipv4(struct wv_url_scratch *to, struct wv_slice host)
{
	static const char bad[] = "the IPv4 address is malformed";
	uint64_t parts[4], address = 0;
	size_t count = 0, at = 0;
	char text[16];
	int n;

	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	while (at <= host.n) {
		size_t dot = wv_slice_find_byte(host, '.', at);

		dot = dot == SIZE_MAX ? host.n : dot;
		if (count == 4)
			return bad;
		parts[count] = ipv4_number(wv_slice_part(host, at, dot - at));
		if (parts[count++] == NOT_A_NUMBER)
			return bad;
		at = dot + 1;
	}
	for (size_t i = 0; i < count; i++) {
		unsigned bytes = i + 1 < count ? 1 : 5 - (unsigned)count;

		if (parts[i] >> (8 * bytes))
			return bad;
		address |= i + 1 < count ? parts[i] << (24 - 8 * i) : parts[i];
	}
	n = snprintf(text, sizeof(text), "%u.%u.%u.%u", (unsigned)(address >> 24 & 255),
		     (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
		     (unsigned)(address & 255));
	wv_url_put(to, wv_slice(text, (size_t)n));
	return NULL;
}

/* ---- IPv6 ---- */

/* Dotted digits at the end of an IPv6 address: two pieces. */
static bool ipv6_tail(struct wv_slice s, size_t at, uint16_t pieces[2])
{
	unsigned seen = 0;
	uint16_t bytes[4];

	while (at < s.n) {
		unsigned value = 0;
		size_t from;

		if (seen > 0 && (seen >= 4 || s.p[at++] != '.'))
			return false;
		for (from = at; at < s.n && wv_byte_is_digit(s.p[at]); at++) {
			if (at > from && value == 0) /* a leading zero */
				return false;
			value = value * 10 + (unsigned)(s.p[at] - '0');
			if (value > 255)
				return false;
		}
		if (at == from || seen == 4)
			return false;
		bytes[seen++] = (uint16_t)value;
	}
	if (seen != 4)
		return false;
	pieces[0] = (uint16_t)(bytes[0] << 8 | bytes[1]);
	pieces[1] = (uint16_t)(bytes[2] << 8 | bytes[3]);
	return true;
}

static bool ipv6_parse(struct wv_slice s, uint16_t address[8])
{
	size_t at = 0, piece = 0, compress = SIZE_MAX;

	if (s.n && s.p[0] == ':') {
		if (s.n < 2 || s.p[1] != ':')
			return false;
		at = 2;
		compress = ++piece;
	}
	while (at < s.n) {
		unsigned value = 0;
		size_t from = at;

		if (piece == 8)
			return false;
		if (s.p[at] == ':') {
			if (compress != SIZE_MAX)
				return false;
			at++;
			compress = ++piece;
			continue;
		}
		while (at < s.n && at - from < 4 && wv_byte_hex(s.p[at]) >= 0)
			value = value << 4 | (unsigned)wv_byte_hex(s.p[at++]);
		if (at < s.n && s.p[at] == '.') {
			if (at == from || piece > 6 || !ipv6_tail(s, from, address + piece))
				return false;
			piece += 2;
			break;
		}
		if (at < s.n && s.p[at] == ':') {
			if (++at == s.n)
				return false;
		} else if (at < s.n) {
			return false;
		}
		address[piece++] = (uint16_t)value;
	}
	if (compress == SIZE_MAX)
		return piece == 8;
	/* What follows "::" moves to the end. */
	for (size_t swaps = piece - compress, to = 7; to > 0 && swaps > 0; swaps--, to--) {
		uint16_t moved = address[compress + swaps - 1];

		address[compress + swaps - 1] = address[to];
		address[to] = moved;
	}
	return true;
}

/* The first longest run of two and more zeroes is "::". */
static void put_ipv6(struct wv_url_scratch *to, const uint16_t address[8])
{
	size_t best = 8, best_n = 1;

	for (size_t i = 0; i < 8; i++) {
		size_t n = 0;

		while (i + n < 8 && address[i + n] == 0)
			n++;
		if (n > best_n) {
			best = i;
			best_n = n;
		}
	}
	wv_url_put_byte(to, '[');
	for (size_t i = 0; i < 8; i++) {
		char text[8];
		int n;

		if (i == best) {
			wv_url_put(to, i == 0 ? WV_LIT("::") : WV_LIT(":"));
			i += best_n - 1;
			continue;
		}
		n = snprintf(text, sizeof(text), "%x", address[i]);
		wv_url_put(to, wv_slice(text, (size_t)n));
		if (i < 7)
			wv_url_put_byte(to, ':');
	}
	wv_url_put_byte(to, ']');
}

/* ---- names ---- */

/* ICU's processor is immutable and serves all threads; opened once. */
static pthread_once_t idna_once = PTHREAD_ONCE_INIT;
static const UIDNA *idna;

static void open_idna(void)
{
	UErrorCode code = U_ZERO_ERROR;
	UIDNA *opened = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
						UIDNA_NONTRANSITIONAL_TO_ASCII |
						UIDNA_NONTRANSITIONAL_TO_UNICODE,
					&code);

	idna = U_SUCCESS(code) ? opened : NULL;
}

/* What "domain to ASCII" (3.3) does not check: hyphens and the lengths that DNS sets. */
#define IDNA_IGNORED                                                                               \
	(UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | \
	 UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)

/* A name with percent escapes, letters beyond ASCII, or labels that claim to be A-labels. */
static const char *put_name_slowly(struct wv_url_scratch *to, struct wv_slice host)
{
	char decoded[WV_LIMIT_URL_BYTES];
	unsigned char *ascii = to->b + to->n;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode code = U_ZERO_ERROR;
	int32_t n = 0, length;

	if (host.n > sizeof(decoded))
		return "the host is too long";
	for (size_t i = 0; i < host.n; i++) {
		int high = -1, low = -1;

		if (host.p[i] == '%' && host.n - i > 2) {
			high = wv_byte_hex(host.p[i + 1]);
			low = wv_byte_hex(host.p[i + 2]);
		}
		if (high >= 0 && low >= 0) {
			decoded[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			decoded[n++] = (char)host.p[i];
		}
	}
	pthread_once(&idna_once, open_idna);
	if (!idna)
		return "international host names are not available";
	length = uidna_nameToASCII_UTF8(idna, decoded, n, (char *)ascii,
					(int32_t)(WV_URL_SCRATCH_BYTES - to->n), &info, &code);
	if (U_FAILURE(code))
		return "the host name is too long";
	if (info.errors & ~(uint32_t)IDNA_IGNORED)
		return "the host name is not allowed by IDNA";
	if (length == 0)
		return "the host is empty";
	for (int32_t i = 0; i < length; i++)
		if (wv_url_in_set(ascii[i], WV_URL_FORBIDDEN_DOMAIN))
			return "the host has a forbidden character";
	if (ends_in_number(wv_slice(ascii, (size_t)length))) {
		unsigned char number[64];

		if (length > (int32_t)sizeof(number))
			return "the IPv4 address is malformed";
		memcpy(number, ascii, (size_t)length);
		return put_ipv4(to, wv_slice(number, (size_t)length));
	}
	to->n += (size_t)length;
	return NULL;
}

static const char *put_name(struct wv_url_scratch *to, struct wv_slice host)
{
	unsigned char *lower = to->b + to->n;
	bool at_label = true;

	if (host.n > WV_URL_SCRATCH_BYTES - to->n) {
		to->is_full = true;
		return NULL;
	}
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = wv_byte_lower(host.p[i]);

		if (c >= 0x80 || c == '%' ||
		    (at_label && c == 'x' &&
		     wv_slice_starts_nocase(wv_slice_from(host, i), WV_LIT("xn--"))))
			return put_name_slowly(to, host);
		if (wv_url_sets[c] & WV_URL_FORBIDDEN_DOMAIN)
			return "the host has a forbidden character";
		at_label = c == '.';
		lower[i] = c;
	}
	if (host.n == 0)
		return "the host is empty";
	if (ends_in_number(host))
		return put_ipv4(to, host);
	to->n += host.n;
	return NULL;
}

const char *wv_url_put_host(struct wv_url_scratch *to, struct wv_slice host, bool is_opaque)
{
	if (host.n && host.p[0] == '[') {
		uint16_t address[8] = {0};

		if (host.p[host.n - 1] != ']' ||
		    !ipv6_parse(wv_slice_part(host, 1, host.n - 2), address))
			return "the IPv6 address is malformed";
		put_ipv6(to, address);
		return NULL;
	}
	if (!is_opaque)
		return put_name(to, host);
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] < 0x80 && (wv_url_sets[host.p[i]] & WV_URL_FORBIDDEN_HOST))
			return "the host has a forbidden character";
	wv_url_put_encoded(to, host, WV_URL_SET_C0);
	return NULL;
}
