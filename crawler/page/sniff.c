#include "crawler/page/sniff.h"

#include "config/base/checked.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PRESCAN_BYTES 1024u
/* Heads are long where scripts and styles stand before the declaration. */
#define LATE_BYTES    (64u * 1024u)
/* Enough text to tell; reading more does not change the answer. */
#define USAGE_BYTES   (256u * 1024u)

enum wv_encoding wv_sniff_bom(struct wv_slice body, size_t *length)
{
	if (wv_slice_starts(body, WV_LIT("\xEF\xBB\xBF"))) {
		*length = 3;
		return WV_ENCODING_UTF_8;
	}
	*length = 2;
	if (wv_slice_starts(body, WV_LIT("\xFE\xFF")))
		return WV_ENCODING_UTF_16BE;
	if (wv_slice_starts(body, WV_LIT("\xFF\xFE")))
		return WV_ENCODING_UTF_16LE;
	*length = 0;
	return WV_ENCODING_NONE;
}

/* ---- declarations ---- */

static size_t skip_space(struct wv_slice s, size_t at)
{
	while (at < s.n && wv_byte_is_space(s.p[at]))
		at++;
	return at;
}

/* "Extracting a character encoding from a meta element". */
struct wv_slice wv_sniff_charset_of(struct wv_slice s)
{
	for (size_t at = 0;;) {
		size_t from;
		unsigned char quote;

		at = wv_slice_find_nocase(s, WV_LIT("charset"), at);
		if (at == SIZE_MAX)
			return WV_SLICE_NONE;
		at = skip_space(s, at + 7);
		if (at >= s.n || s.p[at] != '=')
			continue;
		from = skip_space(s, at + 1);
		if (from >= s.n)
			return WV_SLICE_NONE;
		quote = s.p[from];
		if (quote == '"' || quote == '\'') {
			at = wv_slice_find_byte(s, quote, from + 1);
			return at == SIZE_MAX ? WV_SLICE_NONE
			                      : wv_slice_part(s, from + 1, at - from - 1);
		}
		for (at = from; at < s.n && !wv_byte_is_space(s.p[at]) && s.p[at] != ';';)
			at++;
		return wv_slice_part(s, from, at - from);
	}
}

/* A declaration that could be read byte by byte is not UTF-16, whatever it says. */
static enum wv_encoding as_declared(enum wv_encoding encoding)
{
	if (encoding == WV_ENCODING_UTF_16BE || encoding == WV_ENCODING_UTF_16LE)
		return WV_ENCODING_UTF_8;
	if (encoding == WV_ENCODING_X_USER_DEFINED)
		return WV_ENCODING_WINDOWS_1252;
	return encoding;
}

/* "Get an attribute" of the prescan; false where there is none. Moves `*at`. */
static bool prescan_attribute(struct wv_slice s, size_t *at, struct wv_slice *name,
                              struct wv_slice *value)
{
	size_t p = *at, from;

	while (p < s.n && (wv_byte_is_space(s.p[p]) || s.p[p] == '/'))
		p++;
	*at = p;
	if (p >= s.n || s.p[p] == '>')
		return false;
	from = p;
	while (p < s.n && !(s.p[p] == '=' && p > from) && !wv_byte_is_space(s.p[p]) &&
	       s.p[p] != '/' && s.p[p] != '>')
		p++;
	*name = wv_slice_part(s, from, p - from);
	*value = WV_SLICE_NONE;
	p = skip_space(s, p);
	*at = p;
	if (p >= s.n || s.p[p] != '=')
		return true;
	p = skip_space(s, p + 1);
	if (p < s.n && (s.p[p] == '"' || s.p[p] == '\'')) {
		size_t quote = wv_slice_find_byte(s, s.p[p], p + 1);

		if (quote == SIZE_MAX) { /* runs past what is looked at: no attribute */
			*at = s.n;
			return false;
		}
		*value = wv_slice_part(s, p + 1, quote - p - 1);
		*at = quote + 1;
		return true;
	}
	from = p;
	while (p < s.n && !wv_byte_is_space(s.p[p]) && s.p[p] != '>')
		p++;
	if (p >= s.n) {
		*at = s.n;
		return false;
	}
	*value = wv_slice_part(s, from, p - from);
	*at = p;
	return true;
}

/* One <meta ...> whose attributes start at `*at`. */
static enum wv_encoding prescan_meta(struct wv_slice s, size_t *at)
{
	bool has_pragma = false, has_charset = false, has_content = false, has_equiv = false;
	int need_pragma = -1; /* not known */
	enum wv_encoding encoding = WV_ENCODING_NONE;
	struct wv_slice name, value;

	while (prescan_attribute(s, at, &name, &value)) {
		if (wv_slice_equals_nocase(name, WV_LIT("http-equiv")) && !has_equiv) {
			has_equiv = true;
			has_pragma = wv_slice_equals_nocase(value, WV_LIT("content-type"));
		} else if (wv_slice_equals_nocase(name, WV_LIT("content")) && !has_content) {
			enum wv_encoding found = wv_encoding_of_label(wv_sniff_charset_of(value));

			has_content = true;
			if (found != WV_ENCODING_NONE && encoding == WV_ENCODING_NONE &&
			    need_pragma < 0) {
				encoding = found;
				need_pragma = 1;
			}
		} else if (wv_slice_equals_nocase(name, WV_LIT("charset")) && !has_charset) {
			has_charset = true;
			encoding = wv_encoding_of_label(value);
			need_pragma = 0;
		}
	}
	if (*at >= s.n || need_pragma < 0 || (need_pragma == 1 && !has_pragma))
		return WV_ENCODING_NONE;
	return as_declared(encoding);
}

/* Past a comment, a tag that is not meta, or a bogus comment at the '<' at `at`. */
static size_t prescan_skip(struct wv_slice s, size_t at)
{
	struct wv_slice here = wv_slice_from(s, at), name, value;
	size_t p = at + 1;

	if (wv_slice_starts(here, WV_LIT("<!--"))) {
		/* The two dashes may be those of the start: "<!-->" is a whole comment. */
		p = wv_slice_find(s, WV_LIT("-->"), at + 2);
		return p == SIZE_MAX ? s.n : p + 3;
	}
	if (p < s.n && s.p[p] == '/')
		p++;
	if (p < s.n && wv_byte_is_alpha(s.p[p])) {
		while (p < s.n && !wv_byte_is_space(s.p[p]) && s.p[p] != '>')
			p++;
		while (prescan_attribute(s, &p, &name, &value))
			;
		return p + 1;
	}
	if (at + 1 < s.n && (s.p[at + 1] == '!' || s.p[at + 1] == '/' || s.p[at + 1] == '?')) {
		p = wv_slice_find_byte(s, '>', at + 1);
		return p == SIZE_MAX ? s.n : p + 1;
	}
	return at + 1;
}

static enum wv_encoding prescan(struct wv_slice s)
{
	size_t at = 0;

	while ((at = wv_slice_find_byte(s, '<', at)) != SIZE_MAX) {
		enum wv_encoding encoding;

		if (!wv_slice_starts_nocase(wv_slice_from(s, at), WV_LIT("<meta")) ||
		    at + 5 >= s.n || !(wv_byte_is_space(s.p[at + 5]) || s.p[at + 5] == '/')) {
			at = prescan_skip(s, at);
			continue;
		}
		at += 5;
		encoding = prescan_meta(s, &at);
		if (encoding != WV_ENCODING_NONE)
			return encoding;
	}
	return WV_ENCODING_NONE;
}

enum wv_encoding wv_sniff_meta(struct wv_slice body)
{
	enum wv_encoding encoding = prescan(wv_slice_part(body, 0, PRESCAN_BYTES));

	return encoding != WV_ENCODING_NONE ? encoding : wv_sniff_xml(body);
}

enum wv_encoding wv_sniff_late_meta(struct wv_slice body)
{
	return prescan(wv_slice_part(body, 0, LATE_BYTES));
}

enum wv_encoding wv_sniff_xml(struct wv_slice body)
{
	struct wv_slice s = wv_slice_part(body, 0, PRESCAN_BYTES);
	size_t end, at, close;

	if (wv_slice_starts(s, wv_slice("\0<\0?\0x", 6)))
		return WV_ENCODING_UTF_16BE;
	if (wv_slice_starts(s, wv_slice("<\0?\0x\0", 6)))
		return WV_ENCODING_UTF_16LE;
	if (!wv_slice_starts(s, WV_LIT("<?xml")))
		return WV_ENCODING_NONE;
	end = wv_slice_find_byte(s, '>', 0);
	if (end == SIZE_MAX)
		return WV_ENCODING_NONE;
	s.n = end;
	at = wv_slice_find(s, WV_LIT("encoding"), 0);
	if (at == SIZE_MAX)
		return WV_ENCODING_NONE;
	at = skip_space(s, at + 8);
	if (at >= s.n || s.p[at] != '=')
		return WV_ENCODING_NONE;
	at = skip_space(s, at + 1);
	if (at >= s.n || (s.p[at] != '"' && s.p[at] != '\''))
		return WV_ENCODING_NONE;
	close = wv_slice_find_byte(s, s.p[at], at + 1);
	if (close == SIZE_MAX)
		return WV_ENCODING_NONE;
	return as_declared(wv_encoding_of_label(wv_slice_part(s, at + 1, close - at - 1)));
}

/* ---- UTF-8 ---- */

/* Length of the well-formed sequence at p (Unicode table 3-7), or 0. */
static size_t sequence(const unsigned char *p, size_t left)
{
	unsigned char a = p[0];

	if (a < 0xC2 || left < 2)
		return 0;
	if (a < 0xE0)
		return (p[1] & 0xC0) == 0x80 ? 2 : 0;
	if (left < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
		return 0;
	if (a < 0xF0) {
		if ((a == 0xE0 && p[1] < 0xA0) || (a == 0xED && p[1] > 0x9F))
			return 0;
		return 3;
	}
	if (a > 0xF4 || left < 4 || (p[3] & 0xC0) != 0x80 || (a == 0xF0 && p[1] < 0x90) ||
	    (a == 0xF4 && p[1] > 0x8F))
		return 0;
	return 4;
}

/* The first byte at or after `at` that is not ASCII, or the end: most pages are nothing else. */
static size_t skip_ascii(struct wv_slice s, size_t at)
{
#ifdef __SSE2__
	for (; s.n - at >= 16; at += 16) {
		__m128i block = _mm_loadu_si128((const __m128i *)(const void *)(s.p + at));
		int high = _mm_movemask_epi8(block);

		if (high != 0)
			return at + (size_t)__builtin_ctz((unsigned)high);
	}
#else
	for (uint64_t word; s.n - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, s.p + at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
#endif
	while (at < s.n && s.p[at] < 0x80)
		at++;
	return at;
}

size_t wv_sniff_utf8_prefix(struct wv_slice s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t n;

		at = skip_ascii(s, at);
		while (at < s.n && s.p[at] >= 0x80) {
			n = sequence(s.p + at, s.n - at);
			if (n == 0)
				return at;
			at += n;
		}
	}
	return at;
}

/* ---- usage ---- */

struct usage {
	size_t pairs;  /* double-byte characters read */
	size_t errors; /* bytes that fit no character */
	size_t level1; /* characters of the standard's common plane */
	size_t common; /* of the most frequent ones of the language */
};

/*
 * The most frequent characters of news text in the language, as codes: the character lists are
 * common knowledge, the codes are those of the standards. Sorted.
 */
static const uint16_t common_gb[] = {
	0xA1A3, 0xA3AC, 0xB2BB, 0xB3F6, 0xB4F3, 0xB5BD, 0xB5C0, 0xB5C3, 0xB5C4, 0xB5D8, 0xB6F8,
	0xB8F6, 0xB9FA, 0xBACD, 0xBBE1, 0xBECD, 0xBFC9, 0xC0B4, 0xC1CB, 0xC3C7, 0xC4E3, 0xC4EA,
	0xC8CB, 0xC8D5, 0xC9CF, 0xC9FA, 0xCAB1, 0xCAC7, 0xCBB5, 0xCBFB, 0xCEAA, 0xCED2, 0xCFC2,
	0xD2AA, 0xD2B2, 0xD2BB, 0xD2D4, 0xD3D0, 0xD3DA, 0xD4C2, 0xD4DA, 0xD5E2, 0xD6AE, 0xD6D0,
	0xD7D3,
};
static const uint16_t common_big5[] = {
	0xA141, 0xA143, 0xA440, 0xA446, 0xA448, 0xA455, 0xA457, 0xA45D, 0xA46A, 0xA46C, 0xA4A3,
	0xA4A4, 0xA4A7, 0xA4E9, 0xA4EB, 0xA548, 0xA54C, 0xA558, 0xA569, 0xA5CD, 0xA661, 0xA662,
	0xA67E, 0xA6B3, 0xA6D3, 0xA741, 0xA7DA, 0xA8D3, 0xA8EC, 0xA94D, 0xA9F3, 0xAABA, 0xAC4F,
	0xACB0, 0xAD6E, 0xADCC, 0xADD3, 0xAEC9, 0xB0EA, 0xB16F, 0xB36F, 0xB44E, 0xB77C, 0xB944,
	0xBBA1,
};
static const uint16_t common_korean[] = {
	0xB0A1, 0xB0ED, 0xB1E2, 0xB3AA, 0xB4C2, 0xB4D9, 0xB4EB, 0xB5B5, 0xB7CE, 0xB8A6, 0xB8AE,
	0xBACE, 0xBBE7, 0xBCAD, 0xBCF6, 0xBDBA, 0xBDC3, 0xBEEE, 0xBFA1, 0xC0BA, 0xC0BB, 0xC0C7,
	0xC0CC, 0xC0CE, 0xC0CF, 0xC0D6, 0xC0DA, 0xC1A4, 0xC1F6, 0xC7CF, 0xC7D1, 0xC7D8,
};

static bool is_among(const uint16_t *codes, size_t n, unsigned code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (codes[middle] == code)
			return true;
		if (codes[middle] > code)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool in(unsigned x, unsigned low, unsigned high)
{
	return x >= low && x <= high;
}

/* One character of the encoding at p: its length, 0 if there is none; counts how usual it is. */
typedef size_t (*read_character)(const unsigned char *p, size_t left, struct usage *usage);

static size_t read_gb(const unsigned char *p, size_t left, struct usage *usage)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (!in(a, 0x81, 0xFE))
		return a == 0x80 ? 1 : 0;
	if (in(b, 0x30, 0x39))
		return left >= 4 && in(p[2], 0x81, 0xFE) && in(p[3], 0x30, 0x39) ? 4 : 0;
	if (!in(b, 0x40, 0xFE) || b == 0x7F)
		return 0;
	usage->level1 += in(a, 0xB0, 0xD7) && b >= 0xA1;
	usage->common += is_among(common_gb, WV_COUNT(common_gb), a << 8 | b);
	return 2;
}

static size_t read_big5(const unsigned char *p, size_t left, struct usage *usage)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (!in(a, 0x81, 0xFE) || !(in(b, 0x40, 0x7E) || in(b, 0xA1, 0xFE)))
		return 0;
	usage->level1 += in(a, 0xA4, 0xC6);
	usage->common += is_among(common_big5, WV_COUNT(common_big5), a << 8 | b);
	return 2;
}

static size_t read_shift_jis(const unsigned char *p, size_t left, struct usage *usage)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (in(a, 0xA1, 0xDF)) /* half-width kana: valid, but no sign of Japanese */
		return 1;
	if (!(in(a, 0x81, 0x9F) || in(a, 0xE0, 0xFC)) || !in(b, 0x40, 0xFC) || b == 0x7F)
		return 0;
	usage->level1 += in(a, 0x88, 0x97);
	usage->common += (a == 0x82 && in(b, 0x9F, 0xF1)) || (a == 0x83 && in(b, 0x40, 0x96)) ||
	                 (a == 0x81 && in(b, 0x41, 0x42));
	return 2;
}

static size_t read_euc_jp(const unsigned char *p, size_t left, struct usage *usage)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (a == 0x8E)
		return in(b, 0xA1, 0xDF) ? 2 : 0;
	if (a == 0x8F)
		return left > 2 && in(b, 0xA1, 0xFE) && in(p[2], 0xA1, 0xFE) ? 3 : 0;
	if (!in(a, 0xA1, 0xFE) || !in(b, 0xA1, 0xFE))
		return 0;
	usage->level1 += in(a, 0xB0, 0xCF);
	usage->common += (a == 0xA4 && b <= 0xF3) || (a == 0xA5 && b <= 0xF6) ||
	                 (a == 0xA1 && in(b, 0xA2, 0xA3));
	return 2;
}

static size_t read_euc_kr(const unsigned char *p, size_t left, struct usage *usage)
{
	unsigned a = p[0], b = left > 1 ? p[1] : 0;

	if (!in(a, 0x81, 0xFE) || !in(b, 0x41, 0xFE))
		return 0;
	usage->level1 += in(a, 0xB0, 0xC8) && b >= 0xA1;
	usage->common += is_among(common_korean, WV_COUNT(common_korean), a << 8 | b);
	return 2;
}

/* How well the text fits, in hundredths: a common plane's character 1, a frequent one 4; -1 not. */
static int fit(struct wv_slice s, read_character read)
{
	struct usage usage = {0, 0, 0, 0};
	size_t points;

	for (size_t at = 0; at < s.n;) {
		size_t n;

		if (s.p[at] < 0x80) {
			at++;
			continue;
		}
		n = read(s.p + at, s.n - at, &usage);
		if (n == 0)
			usage.errors++;
		usage.pairs += n >= 1;
		at += n > 0 ? n : 1;
	}
	/* A cut last character, and one stray byte in fifty characters. */
	if (usage.pairs == 0 || (usage.errors > 1 && usage.errors * 50 > usage.pairs))
		return -1;
	points = (usage.level1 + usage.common * 3) * 100;
	return (int)(points / (usage.pairs + usage.errors));
}

/* Cyrillic letters stand in words; the six most frequent ones are two fifths of any text. */
static enum wv_encoding cyrillic(struct wv_slice s)
{
	static const char win[] = "\xEE\xE5\xE0\xE8\xED\xF2"; /* о е а и н т */
	static const char koi[] = "\xCF\xC5\xC1\xC9\xCE\xD4";
	size_t high = 0, runs = 0, in_win = 0, in_koi = 0;

	for (size_t at = 0; at < s.n; at++) {
		unsigned char c = s.p[at];

		if (c < 0xC0)
			continue;
		high++;
		runs += at == 0 || s.p[at - 1] < 0xC0;
		in_win += memchr(win, c, 6) != NULL;
		in_koi += memchr(koi, c, 6) != NULL;
	}
	if (high < 20 || high < runs * 3)
		return WV_ENCODING_NONE;
	if (in_win * 10 > high * 3 && in_win > in_koi)
		return WV_ENCODING_WINDOWS_1251;
	if (in_koi * 10 > high * 3)
		return WV_ENCODING_KOI8_R;
	return WV_ENCODING_NONE;
}

static bool has_japanese_escape(struct wv_slice s)
{
	for (size_t at = 0; (at = wv_slice_find_byte(s, 0x1B, at)) != SIZE_MAX; at++) {
		struct wv_slice here = wv_slice_from(s, at + 1);

		if (wv_slice_starts(here, WV_LIT("$B")) || wv_slice_starts(here, WV_LIT("$@")))
			return true;
	}
	return false;
}

/* Without these even a single misread headline would decide. */
#define FIT_LEAST 60

enum wv_encoding wv_sniff_usage(struct wv_slice body)
{
	static const struct {
		enum wv_encoding encoding;
		read_character read;
	} candidates[] = {
		{WV_ENCODING_GB18030, read_gb},      {WV_ENCODING_SHIFT_JIS, read_shift_jis},
		{WV_ENCODING_EUC_JP, read_euc_jp},   {WV_ENCODING_EUC_KR, read_euc_kr},
		{WV_ENCODING_BIG5, read_big5},
	};
	size_t valid = wv_sniff_utf8_prefix(body);
	struct wv_slice sample = wv_slice_part(body, 0, USAGE_BYTES);
	enum wv_encoding best = WV_ENCODING_NONE;
	int best_fit = FIT_LEAST - 1;
	bool is_ascii = true;

	for (size_t i = 0; is_ascii && i < body.n; i++)
		is_ascii = body.p[i] < 0x80;
	if (is_ascii)
		return has_japanese_escape(sample) ? WV_ENCODING_ISO_2022_JP : WV_ENCODING_NONE;
	if (valid == body.n)
		return WV_ENCODING_UTF_8;
	for (size_t i = 0; i < WV_COUNT(candidates); i++) {
		int points = fit(sample, candidates[i].read);

		if (points > best_fit) {
			best_fit = points;
			best = candidates[i].encoding;
		}
	}
	return best != WV_ENCODING_NONE ? best : cyrillic(sample);
}
