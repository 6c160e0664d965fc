#include "config/base/text.h"

#include "config/base/checked.h"

/*
 * The WHATWG decoder: the lower and upper bound of the second byte depend on the first, so that
 * overlong forms, surrogates and values above 10FFFF end the bad subpart where the standard does.
 */
uint32_t wv_text_next_multibyte(struct wv_slice s, size_t *at)
{
	size_t i = *at;
	unsigned char lead = s.p[i++], low = 0x80, high = 0xbf;
	uint32_t code_point;
	int more;

	if (lead >= 0xc2 && lead <= 0xdf) {
		more = 1;
		code_point = lead & 0x1fu;
	} else if (lead >= 0xe0 && lead <= 0xef) {
		more = 2;
		code_point = lead & 0x0fu;
		low = lead == 0xe0 ? 0xa0 : 0x80;
		high = lead == 0xed ? 0x9f : 0xbf;
	} else if (lead >= 0xf0 && lead <= 0xf4) {
		more = 3;
		code_point = lead & 0x07u;
		low = lead == 0xf0 ? 0x90 : 0x80;
		high = lead == 0xf4 ? 0x8f : 0xbf;
	} else {
		*at = i;
		return WV_TEXT_REPLACEMENT;
	}
	for (; more > 0; more--) {
		if (i == s.n || s.p[i] < low || s.p[i] > high) {
			*at = i;
			return WV_TEXT_REPLACEMENT;
		}
		code_point = code_point << 6 | (s.p[i++] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*at = i;
	return code_point;
}

uint32_t wv_text_previous(struct wv_slice s, size_t *at)
{
	size_t end = *at, back;

	/* Try the longest sequence first: the one that ends exactly here is the code point. */
	for (back = wv_min_size(end, 4); back > 1; back--) {
		size_t from = end - back;

		if (s.p[from] >= 0xc2 && s.p[from] <= 0xf4) {
			size_t here = from;
			uint32_t code_point = wv_text_next_multibyte(wv_slice(s.p, end), &here);

			if (here == end) {
				*at = from;
				return code_point;
			}
		}
	}
	*at = end - 1;
	return s.p[end - 1] < 0x80 ? s.p[end - 1] : WV_TEXT_REPLACEMENT;
}

/* Length of the ASCII run at the front: eight bytes a step, as most of a page is. */
static size_t ascii_run(const unsigned char *p, size_t n)
{
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t eight;

		memcpy(&eight, p + i, 8);
		if (eight & 0x8080808080808080u)
			break;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

bool wv_text_is_utf8(struct wv_slice s)
{
	size_t at = 0;

	while (at < s.n) {
		at += ascii_run(s.p + at, s.n - at);
		if (at < s.n) {
			size_t from = at;

			/* U+FFFD itself is written EF BF BD: three bytes, and no fault. */
			if (wv_text_next_multibyte(s, &at) == WV_TEXT_REPLACEMENT &&
			    !(at - from == 3 && s.p[from] == 0xef && s.p[from + 1] == 0xbf &&
			      s.p[from + 2] == 0xbd))
				return false;
		}
	}
	return true;
}

size_t wv_text_count(struct wv_slice s)
{
	size_t at = 0, count = 0;

	while (at < s.n) {
		size_t run = ascii_run(s.p + at, s.n - at);

		at += run;
		count += run;
		if (at < s.n) {
			wv_text_next_multibyte(s, &at);
			count++;
		}
	}
	return count;
}

struct wv_slice wv_text_cut(struct wv_slice s, size_t bytes)
{
	size_t at = bytes;

	if (s.n <= bytes)
		return s;
	/* A continuation byte belongs to what begins at most three bytes before it. */
	for (int back = 0; back < 3 && at > 0 && (s.p[at] & 0xc0u) == 0x80; back++)
		at--;
	if (at > 0 && (s.p[at] & 0xc0u) == 0x80)
		at = bytes; /* no UTF-8: anywhere is as good */
	return wv_slice(s.p, at);
}
