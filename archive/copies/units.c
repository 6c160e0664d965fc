#include "archive/copies/units.h"

#include "config/base/text.h"

#define HASH_SEED  2166136261u
#define HASH_PRIME 16777619u

static uint32_t hash_letter(uint32_t hash, uint32_t folded)
{
	for (; folded > 0; folded >>= 8)
		hash = (hash ^ (folded & 0xff)) * HASH_PRIME;
	return hash;
}

static uint32_t symbol_of(uint32_t hash, uint32_t bits)
{
	return bits | (hash & 0x3fffffffu);
}

static bool is_hangul(uint32_t c)
{
	return c >= 0xac00 && c <= 0xd7a3;
}

static bool is_katakana(uint32_t c)
{
	return (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc || (c >= 0xff66 && c <= 0xff9d);
}

static bool is_break(uint32_t c, bool *ends_sentence)
{
	*ends_sentence = c == '\n' || wv_text_ends_sentence(c);
	if (*ends_sentence)
		return true;
	switch (c) {
	case ',': case ';': case ':': case '"': case 0xab: case 0xbb: case 0x201c: case 0x201d:
	case 0x3001: case 0xff0c: case 0xff1b: case 0xff1a: case 0x300c: case 0x300d: case 0x300e:
	case 0x300f: case 0x300a: case 0x300b: case '|': case 0x2014: case 0x2013: case 0x3000:
		return true;
	default:
		return false;
	}
}

struct reader {
	struct wv_arena *arena;
	struct wv_units *out;
	size_t room;
	bool is_sentence; /* the next unit begins one */
	bool is_joined;
};

static bool add(struct reader *r, struct wv_unit unit)
{
	struct wv_units *out = r->out;

	if (out->n == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		struct wv_unit *larger = WV_ARENA_ARRAY(r->arena, struct wv_unit, room);

		if (!larger)
			return false;
		if (out->n > 0)
			memcpy(larger, out->units, out->n * sizeof(*larger));
		out->units = larger;
		r->room = room;
	}
	unit.is_joined = r->is_joined;
	if (unit.kind == WV_UNIT_BREAK) {
		r->is_sentence |= unit.is_sentence;
	} else {
		unit.is_sentence = r->is_sentence;
		r->is_sentence = false;
	}
	r->is_joined = true;
	out->units[out->n++] = unit;
	return true;
}

/* "12,000.5": a separator counts only between digits. */
static size_t number_end(struct wv_slice text, size_t at)
{
	size_t end = at;

	while (at < text.n) {
		size_t next = at;
		uint32_t c = wv_text_next(text, &next);

		if (wv_text_is_digit(c)) {
			end = at = next;
			continue;
		}
		if (c != ',' && c != '.' && c != 0xff0c && c != 0xff0e)
			break;
		if (next >= text.n)
			break;
		at = next;
		c = wv_text_next(text, &next);
		if (!wv_text_is_digit(c))
			break;
	}
	return end;
}

static struct wv_unit read_word(struct wv_slice text, size_t from, size_t *at)
{
	struct wv_unit unit = {.kind = WV_UNIT_WORD, .at = (uint32_t)from};
	uint32_t hash = HASH_SEED;
	size_t letters = 0, capitals = 0;

	while (*at < text.n) {
		size_t next = *at;
		uint32_t c = wv_text_next(text, &next), folded;

		if ((!wv_text_is_letter(c) && !wv_text_is_digit(c)) || wv_text_is_cjk(c))
			break;
		folded = wv_text_fold_letter(c);
		if (folded) {
			hash = hash_letter(hash, folded);
			if (c != folded && wv_text_is_letter(c) && wv_text_fold_letter(folded) == folded) {
				/* Lower-case letters with marks differ from their fold too. */
				bool is_capital = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde) ||
				                  (c >= 0x386 && c <= 0x3ab) ||
				                  (c >= 0x400 && c <= 0x42f) ||
				                  (c >= 0x100 && c < 0x180 && !(c & 1));

				capitals += is_capital;
				unit.is_capital |= is_capital && letters == 0;
			}
			letters += wv_text_is_letter(c);
		}
		*at = next;
	}
	unit.symbol = symbol_of(hash, WV_UNIT_WORD_BIT);
	unit.n = (uint32_t)(*at - from);
	unit.is_all_caps = letters > 1 && capitals == letters;
	return unit;
}

size_t wv_unit_stems(struct wv_slice word, size_t least, uint32_t *symbols, size_t most)
{
	uint32_t hash = HASH_SEED;
	size_t letters = 0, n = 0;

	for (size_t at = 0; at < word.n && n < most;) {
		uint32_t folded = wv_text_fold_letter(wv_text_next(word, &at));

		if (!folded)
			continue;
		hash = hash_letter(hash, folded);
		if (++letters >= least)
			symbols[n++] = symbol_of(hash, WV_UNIT_STEM_BIT);
	}
	return n;
}

static bool is_initial(const struct wv_units *units, uint32_t sign)
{
	const struct wv_unit *last = units->n > 0 ? &units->units[units->n - 1] : NULL;

	return sign == '.' && last && last->kind == WV_UNIT_WORD && last->n == 1 && last->is_capital;
}

enum wv_status wv_units_read(struct wv_arena *arena, struct wv_slice text, size_t most,
                             struct wv_units *out, struct wv_err *err)
{
	struct reader r = {.arena = arena, .out = out, .is_sentence = true};
	bool is_ok = true;

	*out = (struct wv_units){.text = text};
	if (text.n > UINT32_MAX)
		text.n = UINT32_MAX;
	for (size_t at = 0; at < text.n && is_ok && out->n < most;) {
		size_t from = at;
		uint32_t c = wv_text_next(text, &at);
		bool ends_sentence;

		if (wv_text_is_digit(c)) {
			at = number_end(text, from);
			is_ok = add(&r, (struct wv_unit){.kind = WV_UNIT_NUMBER,
			                                 .at = (uint32_t)from,
			                                 .n = (uint32_t)(at - from)});
		} else if (wv_text_is_letter(c) && (wv_text_is_cjk(c) || is_hangul(c))) {
			uint32_t folded = wv_text_fold_letter(c);

			is_ok = add(&r, (struct wv_unit){.kind = WV_UNIT_LETTER,
			                                 .symbol = folded ? folded : c,
			                                 .at = (uint32_t)from,
			                                 .n = (uint32_t)(at - from),
			                                 .is_katakana = is_katakana(c)});
		} else if (wv_text_is_letter(c)) {
			at = from;
			is_ok = add(&r, read_word(text, from, &at));
		} else {
			if (is_initial(out, c))
				; /* "U.S.": no sentence ends there */
			else if (is_break(c, &ends_sentence))
				is_ok = add(&r, (struct wv_unit){.kind = WV_UNIT_BREAK,
				                                 .at = (uint32_t)from,
				                                 .n = (uint32_t)(at - from),
				                                 .is_sentence = ends_sentence});
			r.is_joined = false;
		}
	}
	return is_ok ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for the units of a text");
}

uint16_t wv_units_language(struct wv_slice tag)
{
	if (tag.n < 2 || !wv_byte_is_alpha(tag.p[0]) || !wv_byte_is_alpha(tag.p[1]) ||
	    (tag.n > 2 && wv_byte_is_alnum(tag.p[2])))
		return 0;
	return (uint16_t)(wv_byte_lower(tag.p[0]) << 8 | wv_byte_lower(tag.p[1]));
}
