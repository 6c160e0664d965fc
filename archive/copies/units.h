#ifndef WV_ARCHIVE_COPIES_UNITS_H
#define WV_ARCHIVE_COPIES_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * A text as a row of units that names and event words are looked for in: each Han letter, Kana and
 * Hangul syllable, each word of an alphabet, each number, and the breaks between sentences, clauses
 * and lines. Case, width, marks and traditional Han make no difference to a unit's symbol.
 */
enum wv_unit_kind {
	WV_UNIT_BREAK,  /* , ; . ! ? : quotation marks, line ends and their kin */
	WV_UNIT_LETTER, /* one of a script without spaces */
	WV_UNIT_WORD,   /* of an alphabet; digits may follow its letters ("H100") */
	WV_UNIT_NUMBER, /* digits with their separators: "12,000", "7.1" */
};

struct wv_unit {
	uint32_t symbol; /* LETTER: the folded code point; WORD: bit 31 and a hash; else 0 */
	uint32_t at, n;  /* bytes in the text */
	uint8_t kind;
	bool is_capital;   /* WORD: begins with one */
	bool is_all_caps;  /* WORD: of two letters or more */
	bool is_sentence;  /* first after a sentence's end or at a line's start; BREAK: ends a sentence */
	bool is_katakana;
	bool is_joined;    /* nothing stands between it and the unit before: "5億", "500m" */
};

#define WV_UNIT_WORD_BIT 0x80000000u
#define WV_UNIT_STEM_BIT 0xc0000000u

struct wv_units {
	struct wv_slice text; /* borrowed */
	struct wv_unit *units;
	size_t n;
	uint16_t language; /* of the text: wv_units_language; 0 unknown. Set by the caller */
};

/* The two letters of a language tag ("de-AT"); 0: none. */
uint16_t wv_units_language(struct wv_slice tag);

/* At most `most` units (the rest of the text is not looked at). Broken UTF-8 counts as signs.
 * WV_NOMEM. Any thread. */
WV_MUST_USE enum wv_status wv_units_read(struct wv_arena *arena, struct wv_slice text, size_t most,
                                         struct wv_units *out, struct wv_err *err);

static inline struct wv_slice wv_unit_text(const struct wv_units *units, size_t i)
{
	return wv_slice(units->text.p + units->units[i].at, units->units[i].n);
}

/* Symbols of the beginnings of a word from `least` letters on, as names with a * have them; the
 * number of them, at most `most`. */
size_t wv_unit_stems(struct wv_slice word, size_t least, uint32_t *symbols, size_t most);

#endif
