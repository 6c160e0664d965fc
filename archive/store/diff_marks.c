#include "archive/store/diff_inner.h"

#include "config/base/slots.h"
#include "config/base/text.h"

/* Capital letters of the scripts that have them in news: Latin, Greek, Cyrillic. */
static bool is_capital(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	       (c >= 0x391 && c <= 0x3a9) || (c >= 0x400 && c <= 0x42f);
}

static bool is_number_word(struct wv_slice word)
{
	static const char *const words[] = {
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
		"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
		"eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
		"eighty", "ninety", "hundred", "thousand", "million", "billion", "trillion", "dozen",
		"half", "twice", "double", "triple",
	};

	for (size_t i = 0; i < WV_COUNT(words); i++)
		if (wv_slice_equals_nocase(word, wv_slice_of(words[i])))
			return true;
	return false;
}

/* A Han numeral; `is_large` for those that stand in no other words. */
static bool is_han_number(uint32_t c, bool *is_large)
{
	static const uint32_t digits[] = {0x3007, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D,
	                                  0x4E03, 0x516B, 0x4E5D, 0x5341, 0x96F6, 0x4E24, 0x5169};
	static const uint32_t large[] = {0x767E, 0x5343, 0x4E07, 0x842C, 0x4EBF, 0x5104, 0x5146};

	*is_large = false;
	for (size_t i = 0; i < WV_COUNT(large); i++)
		if (c == large[i])
			return *is_large = true;
	for (size_t i = 0; i < WV_COUNT(digits); i++)
		if (c == digits[i])
			return true;
	return false;
}

/* Figures, number words, and Han numerals where nothing else stands beside them. */
static bool has_number(struct wv_slice s)
{
	bool is_all_han = s.n > 0, has_large = false;
	size_t word = 0, at = 0;

	while (at < s.n) {
		size_t from = at;
		uint32_t c = wv_text_next(s, &at);
		bool is_large, is_letter = c < 0x80 && wv_byte_is_alpha((unsigned char)c);

		if (wv_text_is_digit(c))
			return true;
		if (!is_han_number(c, &is_large))
			is_all_han = false;
		has_large |= is_large;
		if (!is_letter) {
			if (is_number_word(wv_slice_part(s, word, from - word)))
				return true;
			word = at;
		}
	}
	return is_all_han || has_large || is_number_word(wv_slice_from(s, word));
}

/* Does a sentence begin at `at` of the paragraph? */
static bool begins_sentence(struct wv_slice paragraph, size_t at)
{
	while (at > 0) {
		uint32_t c = wv_text_previous(paragraph, &at);

		if (wv_diff_is_word_char(c) || c == ',' || c == ';')
			return false;
		if (wv_text_ends_sentence(c))
			return true;
	}
	return true;
}

static bool has_name(struct wv_slice paragraph, struct wv_slice part)
{
	size_t offset = part.n ? (size_t)(part.p - paragraph.p) : 0;

	for (size_t at = 0; at < part.n;) {
		size_t start = at;
		struct wv_slice word = wv_diff_next_word(part, &at);
		size_t in = 0;

		if (word.n && is_capital(wv_text_next(word, &in)) &&
		    !begins_sentence(paragraph, offset + start))
			return true;
	}
	return false;
}

/* Does the quotation state change or hold inside? Parts come in order. */
static bool is_quoted(struct wv_diff_side *q, struct wv_slice part)
{
	size_t from = part.n ? (size_t)(part.p - q->paragraph.p) : 0;
	bool is_inside = false;

	while (q->at < from + part.n) {
		size_t here = q->at;
		uint32_t c = wv_text_next(q->paragraph, &q->at);
		bool closes = (q->opened == '"' && c == '"') ||
		              (q->opened == 0x201e && c == 0x201c) || c == 0x201d || c == 0x300d ||
		              c == 0x300f || c == 0xbb;

		if (here >= from)
			is_inside |= q->opened != 0 || closes;
		if (closes)
			q->opened = 0;
		else if (c == '"' || c == 0x201c || c == 0x201e || c == 0x300c || c == 0x300e ||
		         c == 0xab)
			q->opened = c;
		if (here >= from)
			is_inside |= q->opened != 0;
	}
	return is_inside;
}

uint32_t wv_diff_marks(struct wv_diff_side *before_side, struct wv_slice before,
                       struct wv_diff_side *after_side, struct wv_slice after)
{
	/* Both are read to their part's end, whatever the first says. */
	bool was_quoted = is_quoted(before_side, before), is_now = is_quoted(after_side, after);
	uint32_t marks = 0;

	if (has_number(before) || has_number(after))
		marks |= WV_MARK_NUMBER;
	if (has_name(before_side->paragraph, before) || has_name(after_side->paragraph, after))
		marks |= WV_MARK_NAME;
	if (was_quoted || is_now)
		marks |= WV_MARK_QUOTE;
	return marks;
}

/* ---- what is said again ---- */

static uint64_t hash_of(const struct wv_diff_mark *m)
{
	return wv_slice_hash(m->after, wv_slice_hash(m->before, m->marks));
}

static bool hash_mark(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_diff_mark *marks = context;
	const size_t *number = slot; /* + 1; 0: free */

	if (*number)
		*hash = hash_of(&marks[*number - 1]);
	return *number != 0;
}

static bool says_the_same(const struct wv_diff_mark *a, const struct wv_diff_mark *b)
{
	return a->marks == b->marks && wv_slice_equals(a->before, b->before) &&
	       wv_slice_equals(a->after, b->after);
}

enum wv_status wv_diff_note_repeats(struct wv_diff_mark *marks, size_t n, struct wv_err *err)
{
	WV_AUTO(wv_slots_done) struct wv_slots said = {0};

	for (size_t i = 0; i < n; i++) {
		size_t *numbers, at;

		if (!wv_slots_reserve(&said, sizeof *numbers, 64, hash_mark, marks))
			return wv_err_set(err, WV_NOMEM, "out of memory");
		numbers = said.p;
		at = wv_slots_first(&said, hash_of(&marks[i]));
		while (numbers[at] && !says_the_same(&marks[numbers[at] - 1], &marks[i]))
			at = wv_slots_next(&said, at);
		marks[i].is_repeated = numbers[at] != 0;
		if (!numbers[at]) {
			numbers[at] = i + 1;
			said.used++;
		}
	}
	return WV_OK;
}
