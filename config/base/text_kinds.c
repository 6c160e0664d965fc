#include "config/base/text.h"

#include <unicode/uchar.h>

/*
 * What kind of code point it is, by the Unicode Character Database, and what a text measures by
 * that: units to compare across scripts, columns on a terminal.
 */

bool wv_text_is_cjk(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x1100, 0x11ff}, /* Hangul Jamo */
		{0x2e80, 0x33ff}, /* radicals, punctuation, Kana, Bopomofo, enclosed, units */
		{0x3400, 0x4dbf}, /* Han, extension A */
		{0x4e00, 0x9fff}, /* Han */
		{0xa960, 0xa97f}, /* Hangul Jamo, extended A */
		{0xac00, 0xd7ff}, /* Hangul, Jamo extended B */
		{0xf900, 0xfaff}, /* Han, compatibility */
		{0xfe30, 0xfe4f}, /* vertical forms of punctuation */
		{0xff01, 0xff0f}, /* full-width punctuation, not digits nor Latin letters */
		{0xff1a, 0xff20},   {0xff3b, 0xff40},
		{0xff5b, 0xffef},   /* and half-width Kana and Hangul */
		{0x1aff0, 0x1b16f}, /* Kana supplements */
		{0x20000, 0x323af}, /* Han, extensions B to H */
	};

	if (c < 0x1100)
		return false;
	for (size_t i = 0; i < WV_COUNT(ranges); i++)
		if (c <= ranges[i].last)
			return c >= ranges[i].first;
	return false;
}

bool wv_text_is_space(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= 9 && c <= 13);
	return c == 0x200b || c == 0xfeff || u_isUWhiteSpace((UChar32)c);
}

bool wv_text_is_letter(uint32_t c)
{
	if (c < 0x80)
		return wv_byte_is_alpha((unsigned char)c);
	return (U_GET_GC_MASK((UChar32)c) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

bool wv_text_is_digit(uint32_t c)
{
	if (c < 0x80)
		return wv_byte_is_digit((unsigned char)c);
	return u_charType((UChar32)c) == U_DECIMAL_DIGIT_NUMBER;
}

bool wv_text_ends_sentence(uint32_t c)
{
	switch (c) {
	case '.':
	case '!':
	case '?':
	case 0x2026: /* horizontal ellipsis */
	case 0x203c: /* double exclamation */
	case 0x203d: /* interrobang */
	case 0x2047: /* double question */
	case 0x2048:
	case 0x2049:
	case 0x0589: /* Armenian */
	case 0x061f: /* Arabic question mark */
	case 0x06d4: /* Arabic full stop */
	case 0x0964: /* danda */
	case 0x0965: /* double danda */
	case 0x104a: /* Myanmar */
	case 0x104b:
	case 0x1362: /* Ethiopic */
	case 0x1367:
	case 0x17d4: /* Khmer */
	case 0x3002: /* ideographic full stop */
	case 0xfe52: /* small forms */
	case 0xfe56:
	case 0xfe57:
	case 0xff01: /* full-width */
	case 0xff0e:
	case 0xff1f:
	case 0xff61: /* half-width ideographic full stop */
		return true;
	default:
		return false;
	}
}

/* Thai, Lao, Myanmar, Khmer: words without spaces, letters of an alphabet. */
static bool is_unspaced_alphabet(uint32_t c)
{
	return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
	       (c >= 0x1780 && c <= 0x17ff);
}

size_t wv_text_units(struct wv_slice s)
{
	size_t at = 0, units = 0, unspaced = 0;
	bool in_word = false;

	while (at < s.n) {
		uint32_t c = wv_text_next(s, &at);

		if (c < 0x80) {
			bool is_word = wv_byte_is_alnum((unsigned char)c);

			/* An apostrophe inside a word does not end it. */
			if (c == '\'' && in_word && at < s.n && wv_byte_is_alpha(s.p[at]))
				continue;
			units += is_word && !in_word ? 2 : 0;
			in_word = is_word;
		} else if (wv_text_is_cjk(c)) {
			units += wv_text_is_letter(c) || c == 0x3007; /* the zero of dates */
			in_word = false;
		} else if (is_unspaced_alphabet(c)) {
			unspaced += wv_text_is_letter(c) || wv_text_is_digit(c);
			in_word = false;
		} else if (wv_text_is_letter(c) || wv_text_is_digit(c)) {
			units += in_word ? 0 : 2;
			in_word = true;
		} else if (c != 0x2019 || !in_word) {
			in_word = false;
		}
	}
	/* About five signs a word there. */
	return units + (unspaced * 2 + 4) / 5;
}

size_t wv_text_columns(struct wv_slice s)
{
	size_t at = 0, columns = 0;

	while (at < s.n) {
		uint32_t c = wv_text_next(s, &at);
		uint32_t gc;
		int width;

		if (c < 0x80) {
			columns += c >= 0x20 && c != 0x7f;
			continue;
		}
		gc = U_GET_GC_MASK((UChar32)c);
		if (gc & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CC_MASK | U_GC_CF_MASK))
			continue;
		if (c >= 0x1160 && c <= 0x11ff) /* vowels and finals of a Hangul syllable */
			continue;
		width = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
		columns += width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
	}
	return columns;
}
