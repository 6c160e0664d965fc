#include "config/base/text.h"

#include <pthread.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "config/base/checked.h"

/*
 * The fold for comparison: by table where a code point folds to one that stands alone, by ICU where
 * it does not.
 */

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
	/* Chains end in one step, and circles stay: folding twice changes nothing. */
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
		return c >= 'A' && c <= 'Z'                               ? c + 32
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
			n = unorm2_getRawDecomposition(t->nfkc_casefold, (UChar32)c, parts, 8,
						       &code);
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

/* Might it fold to plain Han? By lead bytes: its letters, the radicals, the compatible ones. */
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
