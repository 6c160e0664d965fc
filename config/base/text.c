#include "config/base/text.h"

#include <pthread.h>
#include <stdlib.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "config/base/checked.h"

#define REPLACEMENT 0xfffdu

/* ---- UTF-8 ---- */

/*
 * The WHATWG decoder: the lower and upper bound of the second byte depend on the first, so that
 * overlong forms, surrogates and values above 10FFFF end the bad subpart where the standard does.
 */
static uint32_t next_multibyte(struct wv_slice s, size_t *at)
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
		return REPLACEMENT;
	}
	for (; more > 0; more--) {
		if (i == s.n || s.p[i] < low || s.p[i] > high) {
			*at = i;
			return REPLACEMENT;
		}
		code_point = code_point << 6 | (s.p[i++] & 0x3fu);
		low = 0x80;
		high = 0xbf;
	}
	*at = i;
	return code_point;
}

uint32_t wv_text_next(struct wv_slice s, size_t *at)
{
	if (s.p[*at] < 0x80)
		return s.p[(*at)++];
	return next_multibyte(s, at);
}

uint32_t wv_text_previous(struct wv_slice s, size_t *at)
{
	size_t end = *at, back;

	/* Try the longest sequence first: the one that ends exactly here is the code point. */
	for (back = wv_min_size(end, 4); back > 1; back--) {
		size_t from = end - back;

		if (s.p[from] >= 0xc2 && s.p[from] <= 0xf4) {
			size_t here = from;
			uint32_t code_point = next_multibyte(wv_slice(s.p, end), &here);

			if (here == end) {
				*at = from;
				return code_point;
			}
		}
	}
	*at = end - 1;
	return s.p[end - 1] < 0x80 ? s.p[end - 1] : REPLACEMENT;
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
			if (next_multibyte(s, &at) == REPLACEMENT &&
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
			next_multibyte(s, &at);
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

/* ---- kinds of code points ---- */

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

/* ---- squeeze ---- */

enum wv_status wv_text_squeeze(struct wv_arena *arena, struct wv_slice s, struct wv_slice *out,
			       struct wv_err *err)
{
	size_t at = 0, n = 0, room;
	bool wants_space = false;
	unsigned char *to;

	/* A broken byte becomes the three of U+FFFD; nothing else grows. */
	room = s.n;
	if (!wv_text_is_utf8(s) && !wv_mul(s.n, 3, &room))
		return wv_err_set(err, WV_LIMIT, "text too large");
	to = wv_arena_alloc(arena, room);
	if (!to)
		return wv_err_set(err, WV_NOMEM, "out of memory for text");
	while (at < s.n) {
		size_t from = at;
		uint32_t c = wv_text_next(s, &at);

		/* Zero-width ones part words but show no space: they go without trace. */
		if (c == 0x200b || c == 0xfeff)
			continue;
		if (wv_text_is_space(c)) {
			wants_space = n > 0;
			continue;
		}
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			continue;
		if (wants_space)
			to[n++] = ' ';
		wants_space = false;
		if (c == REPLACEMENT) {
			memcpy(to + n, "\xef\xbf\xbd", 3);
			n += 3;
		} else {
			memcpy(to + n, s.p + from, at - from);
			n += at - from;
		}
	}
	*out = wv_slice(to, n);
	return WV_OK;
}

/* ---- fold ---- */

/*
 * What a code point of the Basic Multilingual Plane folds to, where that is one code point that
 * never joins with what stands before it. Made once, then only read.
 */
#define FOLD_DROP 0x0000u /* no letter, no digit */
#define FOLD_SLOW 0xffffu /* several code points, or joins with the one before: ask ICU */

struct fold_tables {
	const UNormalizer2 *nfkc_casefold; /* ICU's own, immortal */
	uint16_t plain[0x10000];
	uint16_t simplified[0x10000]; /* traditional Han to simplified; 0: as it is */
	bool has_plain, has_simplified;
};

/* Kept by a fold: letters, marks, decimal digits, and the letter numbers (Han zero, Roman). */
static bool is_kept(UChar32 c)
{
	return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_NL_MASK)) != 0;
}

static bool is_plain_han(uint32_t c)
{
	return (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff);
}

static uint16_t fold_entry(const UNormalizer2 *nfkc, UChar32 c)
{
	UErrorCode code = U_ZERO_ERROR;
	UChar source[2], folded[24];
	int32_t n = 0, length, at = 0;
	UChar32 to;

	if (c == 0 || U_IS_SURROGATE(c))
		return FOLD_DROP;
	if (is_plain_han((uint32_t)c) || (c >= 0xac00 && c <= 0xd7a3))
		return unorm2_hasBoundaryBefore(nfkc, c) ? (uint16_t)c : FOLD_SLOW;
	U16_APPEND_UNSAFE(source, n, c);
	length = unorm2_normalize(nfkc, source, n, folded, WV_COUNT(folded), &code);
	if (U_FAILURE(code))
		return FOLD_SLOW;
	if (length == 0)
		return FOLD_DROP;
	U16_NEXT(folded, at, length, to);
	if (at != length || to > 0xfffe)
		return FOLD_SLOW;
	/* A dropped mark could not join either; kept ones must stand alone. */
	if (!is_kept(to))
		return FOLD_DROP;
	return unorm2_hasBoundaryBefore(nfkc, to) && to != FOLD_DROP ? (uint16_t)to : FOLD_SLOW;
}

/*
 * Traditional to simplified, letter by letter. The transliterator is far too slow for every page
 * (pitfalls; 25 ms for this table), so each Han letter goes through it once.
 */
static bool fill_simplified(uint16_t *table)
{
	UErrorCode code = U_ZERO_ERROR;
	UTransliterator *transliterator =
		utrans_openU(u"Traditional-Simplified", -1, UTRANS_FORWARD, NULL, 0, NULL, &code);

	for (uint32_t c = 0x3400; c < 0xa000 && U_SUCCESS(code); c++) {
		UChar text[8] = {(UChar)c};
		int32_t length = 1, limit = 1;

		utrans_transUChars(transliterator, text, &length, WV_COUNT(text), 0, &limit, &code);
		if (length == 1 && text[0] != c && is_plain_han(text[0]))
			table[c] = text[0];
	}
	utrans_close(transliterator);
	/* Chains end in one step, and what runs in a circle stays: folding twice changes nothing.
	 */
	for (uint32_t c = 0x3400; c < 0xa000; c++) {
		for (int step = 0; step < 4 && table[c] && table[table[c]]; step++)
			table[c] = table[table[c]] == c ? 0 : table[table[c]];
	}
	return U_SUCCESS(code);
}

static pthread_once_t plain_once = PTHREAD_ONCE_INIT, simplified_once = PTHREAD_ONCE_INIT;
static struct fold_tables tables;

static void fill_plain_once(void)
{
	UErrorCode code = U_ZERO_ERROR;

	tables.nfkc_casefold = unorm2_getNFKCCasefoldInstance(&code);
	if (U_FAILURE(code))
		return;
	for (uint32_t c = 0; c < 0x10000; c++)
		tables.plain[c] = fold_entry(tables.nfkc_casefold, (UChar32)c);
	tables.has_plain = true;
}

static void fill_simplified_once(void)
{
	tables.has_simplified = fill_simplified(tables.simplified);
}

/* The two halves apart: text without Han never pays for the second. */
static const struct fold_tables *fold_tables(bool han)
{
	pthread_once(&plain_once, fill_plain_once);
	if (han)
		pthread_once(&simplified_once, fill_simplified_once);
	return tables.has_plain && (!han || tables.has_simplified) ? &tables : NULL;
}

/* Where a fold writes: a piece of the arena that is replaced by a larger one when full. */
struct fold_out {
	struct wv_arena *arena;
	unsigned char *p;
	size_t n, room;
	bool failed;
};

static bool fold_room(struct fold_out *out, size_t n)
{
	size_t room;
	unsigned char *larger;

	if (n <= out->room - out->n)
		return true;
	if (out->failed || !wv_mul(out->room, 2, &room) || !wv_add(room, n, &room) ||
	    !(larger = wv_arena_alloc(out->arena, room))) {
		out->failed = true;
		return false;
	}
	memcpy(larger, out->p, out->n);
	out->p = larger;
	out->room = room;
	return true;
}

static void fold_put(struct fold_out *out, uint32_t c)
{
	unsigned char *to;

	if (!fold_room(out, 4))
		return;
	to = out->p + out->n;
	if (c < 0x80) {
		to[0] = (unsigned char)c;
		out->n += 1;
	} else if (c < 0x800) {
		to[0] = (unsigned char)(0xc0 | c >> 6);
		to[1] = (unsigned char)(0x80 | (c & 0x3f));
		out->n += 2;
	} else if (c < 0x10000) {
		to[0] = (unsigned char)(0xe0 | c >> 12);
		to[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (unsigned char)(0x80 | (c & 0x3f));
		out->n += 3;
	} else {
		to[0] = (unsigned char)(0xf0 | c >> 18);
		to[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		to[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		to[3] = (unsigned char)(0x80 | (c & 0x3f));
		out->n += 4;
	}
}

/* One code point by table: its folded form, FOLD_DROP or FOLD_SLOW. */
static uint32_t fold_one(const struct fold_tables *t, uint32_t c, bool han)
{
	if (c < 0x10000) {
		uint32_t to = t->plain[c];

		return han && to != FOLD_SLOW && t->simplified[to] ? t->simplified[to] : to;
	}
	if (c >= 0x1f300 && c <= 0x1faff) /* pictures: no letters, and many */
		return FOLD_DROP;
	if ((c >= 0x20000 && c <= 0x2f7ff) || (c >= 0x30000 && c <= 0x323af))
		return u_isdefined((UChar32)c) ? c : FOLD_DROP;
	return FOLD_SLOW;
}

/* Latin, Greek, Cyrillic and their extensions: letters that are written with marks. */
static bool has_marks(uint32_t c)
{
	return (c >= 0xc0 && c < 0x530) || (c >= 0x1e00 && c < 0x2000);
}

uint32_t wv_text_fold_letter(uint32_t c)
{
	const struct fold_tables *t;

	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c + 32
		       : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c
									   : 0;
	t = fold_tables(true);
	if (!t)
		return c;
	if (has_marks(c)) {
		UChar parts[8];
		UErrorCode code = U_ZERO_ERROR;
		int32_t n;

		/* One mark at a time: a letter with two comes apart in two steps. */
		for (int step = 0; step < 4; step++) {
			n = unorm2_getRawDecomposition(t->nfkc_casefold, (UChar32)c, parts, 8, &code);
			if (n <= 0 || U_FAILURE(code))
				break;
			c = parts[0];
		}
	}
	if (c < 0x10000 && t->plain[c] == FOLD_SLOW)
		return (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);
	c = fold_one(t, c, true);
	return c == FOLD_DROP ? 0 : c;
}

#define FOLD_PIECE 256 /* UTF-16 units of a slow piece at once */

/* Drops what is no letter and simplifies Han, in place; the new length. */
static int32_t fold_filter(const struct fold_tables *t, UChar *text, int32_t length, bool han)
{
	int32_t at = 0, n = 0;

	while (at < length) {
		UChar32 c;

		U16_NEXT(text, at, length, c);
		if (!is_kept(c))
			continue;
		if (han && c < 0x10000 && t->simplified[c])
			c = t->simplified[c];
		U16_APPEND_UNSAFE(text, n, c);
	}
	return n;
}

/*
 * The full way, for a piece that starts at a letter which joins with nothing before it. Dropping
 * signs can bring a letter and a mark together, so it goes round until nothing changes.
 */
static void fold_slowly(const struct fold_tables *t, struct wv_slice piece, bool han,
			struct fold_out *out)
{
	UChar text[FOLD_PIECE], folded[FOLD_PIECE * 18 + 32];
	size_t at = 0;

	while (at < piece.n) {
		int32_t length = 0, from = 0;

		while (at < piece.n && length < FOLD_PIECE - 1) {
			size_t next = at;
			UChar32 c = (UChar32)wv_text_next(piece, &next);

			/* A long piece is cut where a letter joins with nothing before it. */
			if (length > FOLD_PIECE / 4 && is_kept(c) &&
			    unorm2_hasBoundaryBefore(t->nfkc_casefold, c))
				break;
			U16_APPEND_UNSAFE(text, length, c);
			at = next;
		}
		for (int round = 0; round < 4; round++) {
			UErrorCode code = U_ZERO_ERROR;

			if (length > FOLD_PIECE)
				length = FOLD_PIECE;
			length = unorm2_normalize(t->nfkc_casefold, text, length, folded,
						  WV_COUNT(folded), &code);
			if (U_FAILURE(code))
				return;
			length = fold_filter(t, folded, length, han);
			code = U_ZERO_ERROR;
			if (length > FOLD_PIECE ||
			    unorm2_isNormalized(t->nfkc_casefold, folded, length, &code))
				break;
			u_memcpy(text, folded, length);
		}
		while (from < length) {
			UChar32 c;

			U16_NEXT(folded, from, length, c);
			fold_put(out, (uint32_t)c);
		}
	}
}

/* Might this fold to plain Han? Its letters, the radicals and the compatible ones, by lead bytes.
 */
static bool has_han(struct wv_slice s)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		unsigned char second = s.p[i + 1];

		if (s.p[i] < 0xe2)
			continue;
		if (s.p[i] >= 0xe3 && s.p[i] <= 0xe9)
			return true;
		if ((s.p[i] == 0xe2 && second >= 0xba) ||
		    (s.p[i] == 0xef && second >= 0xa4 && second <= 0xab) ||
		    (s.p[i] == 0xf0 &&
		     (second == 0xaf || (second == 0x9f && (s.p[i + 2] & 0xfeu) == 0x88))))
			return true;
	}
	return false;
}

enum wv_status wv_text_fold(struct wv_arena *arena, struct wv_slice s, bool han,
			    struct wv_slice *out, struct wv_err *err)
{
	const struct fold_tables *t;
	struct fold_out to = {.arena = arena};
	size_t at = 0, kept_from = 0, kept_n = 0; /* the last kept letter: its place in s, in out */

	han = han && has_han(s); /* else the second table is never made */
	t = fold_tables(han);
	if (!t)
		return wv_err_set(err, WV_NOMEM, "cannot build the folding tables");
	if (!wv_add(s.n, s.n / 8 + 16, &to.room) || !(to.p = wv_arena_alloc(arena, to.room)))
		return wv_err_set(err, WV_NOMEM, "out of memory for folded text");
	while (at < s.n && !to.failed) {
		size_t from = at, end;
		uint32_t c = wv_text_next(s, &at), folded;

		if (c < 0x80) {
			folded = t->plain[c];
			if (folded == FOLD_DROP)
				continue;
			kept_from = from;
			kept_n = to.n;
			if (fold_room(&to, 1))
				to.p[to.n++] = (unsigned char)folded;
			continue;
		}
		folded = fold_one(t, c, han);
		if (folded == FOLD_DROP)
			continue;
		if (folded != FOLD_SLOW) {
			kept_from = from;
			kept_n = to.n;
			fold_put(&to, folded);
			continue;
		}
		/* From the last kept letter up to the next one that stands alone. */
		for (end = at; at < s.n; end = at) {
			folded = fold_one(t, wv_text_next(s, &at), han);
			if (folded != FOLD_DROP && folded != FOLD_SLOW)
				break;
		}
		to.n = kept_n;
		fold_slowly(t, wv_slice(s.p + kept_from, end - kept_from), han, &to);
		at = kept_from = end;
		kept_n = to.n;
	}
	if (to.failed)
		return wv_err_set(err, WV_NOMEM, "out of memory for folded text");
	*out = wv_slice(to.p, to.n);
	return WV_OK;
}

/* ---- columns ---- */

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
