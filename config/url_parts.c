#include "config/url_parts.h"

#include "config/base/text.h"

/* Made from the definitions in the standard; rows of eight, in the order of the bytes. */
const uint8_t wv_url_sets[128] = {
	0xff, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, /* 00 */
	0xbf, 0xff, 0xff, 0xbf, 0xbf, 0xff, 0xbf, 0xbf, /* 08 */
	0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, /* 10 */
	0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, /* 18 */
	0xfe, 0x00, 0x3e, 0xfc, 0x00, 0x80, 0x00, 0x08, /* 20 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xe0, /* 28 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 30 */
	0x00, 0x00, 0xe0, 0x20, 0xfe, 0x20, 0xfe, 0xf0, /* 38 */
	0xe0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 40 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 48 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 50 */
	0x00, 0x00, 0x00, 0xe0, 0xe0, 0xe0, 0xf0, 0x00, /* 58 */
	0x32, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 60 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 68 */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* 70 */
	0x00, 0x00, 0x00, 0x30, 0xe0, 0x30, 0x00, 0xbf, /* 78 */
};

void wv_url_put_escape(struct wv_url_scratch *to, unsigned char byte)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char escape[3] = {'%', (unsigned char)hex[byte >> 4],
				   (unsigned char)hex[byte & 15]};

	wv_url_put(to, wv_slice(escape, sizeof(escape)));
}

void wv_url_put_encoded(struct wv_url_scratch *to, struct wv_slice s, unsigned set)
{
	size_t at = 0, run;

	while (at < s.n) {
		for (run = at; run < s.n && !wv_url_in_set(s.p[run], set); run++) {
		}
		wv_url_put(to, wv_slice_part(s, at, run - at));
		at = run;
		if (at == s.n)
			break;
		if (s.p[at] < 0x80) {
			wv_url_put_escape(to, s.p[at++]);
		} else if (wv_text_next(s, &run) == WV_TEXT_REPLACEMENT) {
			wv_url_put(to, WV_LIT("%EF%BF%BD"));
			at = run;
		} else {
			while (at < run)
				wv_url_put_escape(to, s.p[at++]);
		}
	}
}

void wv_url_put_port(struct wv_url_scratch *to, uint16_t port)
{
	unsigned char digits[5];
	size_t n = 0;

	do {
		digits[n++] = (unsigned char)('0' + port % 10);
		port /= 10;
	} while (port);
	wv_url_put_byte(to, ':');
	while (n)
		wv_url_put_byte(to, digits[--n]);
}

struct wv_slice wv_url_trim(struct wv_slice s)
{
	while (s.n && s.p[0] <= ' ')
		s = wv_slice_from(s, 1);
	while (s.n && s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

size_t wv_url_scheme_length(struct wv_slice s)
{
	size_t n = 0;

	if (s.n == 0 || !wv_byte_is_alpha(s.p[0]))
		return 0;
	while (n < s.n &&
	       (wv_byte_is_alnum(s.p[n]) || s.p[n] == '+' || s.p[n] == '-' || s.p[n] == '.'))
		n++;
	return n < s.n && s.p[n] == ':' ? n : 0;
}

bool wv_url_find_special(struct wv_slice scheme, uint16_t *port)
{
	static const struct {
		const char *name;
		uint16_t port;
	} special[] = {{"https", 443}, {"http", 80}, {"file", 0},
		       {"ws", 80},     {"wss", 443}, {"ftp", 21}};

	for (size_t i = 0; i < WV_COUNT(special); i++)
		if (wv_slice_equals(scheme, wv_slice_of(special[i].name))) {
			*port = special[i].port;
			return true;
		}
	*port = 0;
	return false;
}
