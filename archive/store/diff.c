#include "archive/store/diff.h"

#include <stdlib.h>

#include "archive/store/sequence.h"
#include "config/base/checked.h"
#include "config/base/text.h"

/* Below this share of common words two paragraphs are two, not one that changed. */
#define ALIKE_PERCENT 30u
/* Steps spent on choosing which paragraphs of a stretch belong together. */
#define PAIRING_STEPS 4000000u

#define LIST_CAP (512u * 1024u * 1024u)

struct words {
	struct wv_slice *texts;
	uint32_t *ids;
	bool *changed;
	size_t n;
};

struct diff {
	struct wv_arena *arena;
	struct wv_interner *interner; /* of words */
	struct wv_buf hunks, marks;   /* arrays */
	const struct wv_slice *before, *after;
	size_t before_count, after_count;
	struct words *before_words, *after_words; /* by paragraph; filled when first asked for */
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

/* --- words --- */

static bool joins_number(struct wv_slice s, size_t at, uint32_t c)
{
	/* The dot of 3.5, the comma of 1,200: between two digits. */
	return (c == '.' || c == ',') && at > 0 && at + 1 < s.n && wv_byte_is_digit(s.p[at - 1]) &&
	       wv_byte_is_digit(s.p[at + 1]);
}

static bool joins_word(struct wv_slice s, size_t at, size_t after, uint32_t c)
{
	uint32_t next;

	if (c != '\'' && c != 0x2019 && c != '-')
		return false;
	if (after >= s.n)
		return false;
	next = wv_text_next(s, &after);
	return at > 0 && wv_text_is_letter(next) && !wv_text_is_cjk(next);
}

static bool is_word_char(uint32_t c)
{
	return wv_text_is_letter(c) || wv_text_is_digit(c);
}

/* The word, the space or the sign at *at, which moves behind it. */
static struct wv_slice next_word(struct wv_slice s, size_t *at)
{
	size_t start = *at, probe;
	uint32_t c = wv_text_next(s, at);

	if (wv_text_is_space(c)) {
		while ((probe = *at) < s.n && wv_text_is_space(wv_text_next(s, &probe)))
			*at = probe;
		return wv_slice_part(s, start, *at - start);
	}
	if (!is_word_char(c) || wv_text_is_cjk(c))
		return wv_slice_part(s, start, *at - start);
	while ((probe = *at) < s.n) {
		size_t here = *at;

		c = wv_text_next(s, &probe);
		if ((!is_word_char(c) || wv_text_is_cjk(c)) && !joins_number(s, here, c) &&
		    !joins_word(s, here, probe, c))
			break;
		*at = probe;
	}
	return wv_slice_part(s, start, *at - start);
}

static enum wv_status split_words(struct diff *d, struct wv_slice s, struct words *out,
                                  struct wv_err *err)
{
	size_t n = 0;

	if (out->texts)
		return WV_OK;
	for (size_t at = 0; at < s.n; n++)
		(void)next_word(s, &at);
	out->texts = WV_ARENA_ARRAY(d->arena, struct wv_slice, n);
	out->ids = WV_ARENA_ARRAY(d->arena, uint32_t, n);
	out->changed = WV_ARENA_ARRAY(d->arena, bool, n);
	if (!out->texts || !out->ids || !out->changed) {
		out->texts = NULL;
		return no_memory(err);
	}
	for (size_t at = 0; at < s.n; out->n++) {
		out->texts[out->n] = next_word(s, &at);
		if (!wv_intern(d->interner, out->texts[out->n], &out->ids[out->n]))
			return no_memory(err);
	}
	return WV_OK;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

/* Words of a paragraph without its spaces, sorted. */
struct bag {
	uint32_t *ids;
	size_t n;
};

/* Share of words in common, in percent, order left aside. */
static unsigned likeness(const struct bag *a, const struct bag *b)
{
	size_t i = 0, k = 0, common = 0;

	if (a->n + b->n == 0)
		return 100;
	while (i < a->n && k < b->n) {
		if (a->ids[i] == b->ids[k]) {
			common++;
			i++;
			k++;
		} else if (a->ids[i] < b->ids[k]) {
			i++;
		} else {
			k++;
		}
	}
	return (unsigned)(200 * common / (a->n + b->n));
}

/* --- hunks --- */

static void add_hunk(struct diff *d, const struct wv_hunk *hunk)
{
	wv_buf_add_bytes(&d->hunks, hunk, sizeof *hunk);
}

static void add_removed(struct diff *d, size_t before, size_t after)
{
	add_hunk(d, &(struct wv_hunk){.kind = WV_HUNK_REMOVED,
	                              .before_at = before,
	                              .after_at = after,
	                              .before = d->before[before]});
}

static void add_added(struct diff *d, size_t before, size_t after)
{
	add_hunk(d, &(struct wv_hunk){.kind = WV_HUNK_ADDED,
	                              .before_at = before,
	                              .after_at = after,
	                              .after = d->after[after]});
}

static bool is_all_space(struct wv_slice s)
{
	for (size_t at = 0; at < s.n;)
		if (!wv_text_is_space(wv_text_next(s, &at)))
			return false;
	return true;
}

/* A lone space between two changes reads better as part of one. */
static void close_gaps(struct words *a, struct words *b)
{
	size_t i = 0, k = 0;

	while (i < a->n || k < b->n) {
		bool was = (i > 0 && a->changed[i - 1]) || (k > 0 && b->changed[k - 1]);

		if (i < a->n && a->changed[i]) {
			i++;
		} else if (k < b->n && b->changed[k]) {
			k++;
		} else {
			bool is_next = (i + 1 < a->n && a->changed[i + 1]) ||
			               (k + 1 < b->n && b->changed[k + 1]);

			if (was && is_next && is_all_space(a->texts[i]))
				a->changed[i] = b->changed[k] = true;
			i++;
			k++;
		}
	}
}

/* From the first word's start to the last one's end: words of a run lie side by side. */
static struct wv_slice run_of(const struct words *w, size_t from, size_t to)
{
	if (from == to)
		return WV_SLICE_NONE;
	return wv_slice(w->texts[from].p,
	                (size_t)(w->texts[to - 1].p - w->texts[from].p) + w->texts[to - 1].n);
}

/* --- marks --- */

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

		if (is_word_char(c) || c == ',' || c == ';')
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
		struct wv_slice word = next_word(part, &at);
		size_t in = 0;

		if (word.n && is_capital(wv_text_next(word, &in)) &&
		    !begins_sentence(paragraph, offset + start))
			return true;
	}
	return false;
}

/* Reads a paragraph once, from change to change, and knows whether a quotation is open. */
struct quotes {
	struct wv_slice paragraph;
	size_t at;
	uint32_t opened; /* the mark that opened it; 0: none */
};

/* Does the quotation state change or hold inside? Parts come in order. */
static bool is_quoted(struct quotes *q, struct wv_slice part)
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

static void add_mark(struct diff *d, struct quotes *before_quotes, struct quotes *after_quotes,
                     struct wv_slice before, struct wv_slice after)
{
	struct wv_diff_mark mark = {
		.hunk = d->hunks.n / sizeof(struct wv_hunk), .before = before, .after = after};
	bool was_quoted = is_quoted(before_quotes, before), is_now = is_quoted(after_quotes, after);

	if (has_number(before) || has_number(after))
		mark.marks |= WV_MARK_NUMBER;
	if (has_name(before_quotes->paragraph, before) || has_name(after_quotes->paragraph, after))
		mark.marks |= WV_MARK_NAME;
	if (was_quoted || is_now)
		mark.marks |= WV_MARK_QUOTE;
	if (mark.marks)
		wv_buf_add_bytes(&d->marks, &mark, sizeof mark);
}

/* --- one changed paragraph --- */

static enum wv_status add_changed(struct diff *d, size_t before, size_t after, struct wv_err *err)
{
	struct words *a = &d->before_words[before], *b = &d->after_words[after];
	struct wv_sequence sa = {a->ids, a->n, a->changed}, sb = {b->ids, b->n, b->changed};
	struct wv_word *words = WV_ARENA_ARRAY(d->arena, struct wv_word, a->n + b->n);
	struct quotes qa = {.paragraph = d->before[before]}, qb = {.paragraph = d->after[after]};
	size_t i = 0, k = 0, n = 0;
	enum wv_status st;

	if (!words)
		return no_memory(err);
	st = wv_sequence_compare(&sa, &sb, err);
	if (st != WV_OK)
		return st;
	close_gaps(a, b);
	while (i < a->n || k < b->n) {
		size_t from_a = i, from_b = k;
		struct wv_slice removed, added;

		while (i < a->n && k < b->n && !a->changed[i] && !b->changed[k]) {
			i++;
			k++;
		}
		if (i > from_a)
			words[n++] = (struct wv_word){WV_WORD_SAME, run_of(b, from_b, k)};
		from_a = i;
		from_b = k;
		while (i < a->n && a->changed[i])
			i++;
		while (k < b->n && b->changed[k])
			k++;
		removed = run_of(a, from_a, i);
		added = run_of(b, from_b, k);
		if (removed.n)
			words[n++] = (struct wv_word){WV_WORD_REMOVED, removed};
		if (added.n)
			words[n++] = (struct wv_word){WV_WORD_ADDED, added};
		if (removed.n || added.n)
			add_mark(d, &qa, &qb, removed, added);
	}
	add_hunk(d, &(struct wv_hunk){.kind = WV_HUNK_CHANGED,
	                              .before_at = before,
	                              .after_at = after,
	                              .before = d->before[before],
	                              .after = d->after[after],
	                              .words = words,
	                              .word_count = n});
	return WV_OK;
}

/* --- a stretch of changed paragraphs --- */

struct stretch {
	size_t before, before_count, after, after_count;
	struct bag *before_bags, *after_bags;
};

static enum wv_status fill_bags(struct diff *d, const struct words *words, size_t count,
                                struct bag **out, struct wv_err *err)
{
	struct bag *bags = WV_ARENA_ARRAY(d->arena, struct bag, count);

	if (!bags)
		return no_memory(err);
	for (size_t i = 0; i < count; i++) {
		bags[i].ids = WV_ARENA_ARRAY(d->arena, uint32_t, words[i].n);
		if (!bags[i].ids)
			return no_memory(err);
		for (size_t k = 0; k < words[i].n; k++)
			if (!is_all_space(words[i].texts[k]))
				bags[i].ids[bags[i].n++] = words[i].ids[k];
		qsort(bags[i].ids, bags[i].n, sizeof *bags[i].ids, compare_ids);
	}
	*out = bags;
	return WV_OK;
}

/*
 * Which paragraph became which: the pairing, in order on both sides, of the greatest likeness in
 * all. pair[i] is the partner of the i-th before, SIZE_MAX for none.
 */
static enum wv_status pair_best(const struct stretch *s, size_t *pair, struct wv_err *err)
{
	size_t n = s->before_count, m = s->after_count, i = n, k = m;
	uint32_t *best = calloc((n + 1) * (m + 1), sizeof *best);
	uint8_t *score = calloc(n, m); /* percent */

	if (!best || !score) {
		free(best);
		free(score);
		return no_memory(err);
	}
	for (size_t x = 0; x < n; x++)
		for (size_t y = 0; y < m; y++) {
			unsigned percent = likeness(&s->before_bags[x], &s->after_bags[y]);
			uint32_t with = best[x * (m + 1) + y] + percent;
			uint32_t up = best[x * (m + 1) + y + 1], left = best[(x + 1) * (m + 1) + y];

			score[x * m + y] = (uint8_t)(percent >= ALIKE_PERCENT ? percent : 0);
			if (percent < ALIKE_PERCENT)
				with = 0;
			best[(x + 1) * (m + 1) + y + 1] = with > up && with > left ? with
			                                  : up > left              ? up
			                                                           : left;
		}
	while (i > 0 && k > 0) {
		uint32_t here = best[i * (m + 1) + k];
		uint8_t own = score[(i - 1) * m + k - 1];

		if (own && here == best[(i - 1) * (m + 1) + k - 1] + own) {
			pair[--i] = --k;
		} else if (here == best[(i - 1) * (m + 1) + k]) {
			i--;
		} else {
			k--;
		}
	}
	free(best);
	free(score);
	return WV_OK;
}

/* For stretches too large for that: first with first, and so on, where they are alike. */
static void pair_in_order(const struct stretch *s, size_t *pair)
{
	for (size_t i = 0; i < s->before_count && i < s->after_count; i++)
		if (likeness(&s->before_bags[i], &s->after_bags[i]) >= ALIKE_PERCENT)
			pair[i] = i;
}

static enum wv_status pair_up(struct diff *d, struct stretch *s, size_t *pair, struct wv_err *err)
{
	size_t before_words = 0, after_words = 0;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < s->before_count && st == WV_OK; i++) {
		st = split_words(d, d->before[s->before + i], &d->before_words[s->before + i], err);
		before_words += d->before_words[s->before + i].n;
		pair[i] = SIZE_MAX;
	}
	for (size_t k = 0; k < s->after_count && st == WV_OK; k++) {
		st = split_words(d, d->after[s->after + k], &d->after_words[s->after + k], err);
		after_words += d->after_words[s->after + k].n;
	}
	if (st == WV_OK)
		st = fill_bags(d, d->before_words + s->before, s->before_count, &s->before_bags,
		               err);
	if (st == WV_OK)
		st = fill_bags(d, d->after_words + s->after, s->after_count, &s->after_bags, err);
	if (st != WV_OK)
		return st;
	if (before_words <= PAIRING_STEPS / (s->after_count + 1) &&
	    after_words <= PAIRING_STEPS / (s->before_count + 1))
		return pair_best(s, pair, err);
	pair_in_order(s, pair);
	return WV_OK;
}

static enum wv_status add_stretch(struct diff *d, struct stretch s, struct wv_err *err)
{
	size_t *pair, k = 0;
	enum wv_status st = WV_OK;

	if (s.before_count == 0 || s.after_count == 0) {
		for (size_t i = 0; i < s.before_count; i++)
			add_removed(d, s.before + i, s.after);
		for (size_t i = 0; i < s.after_count; i++)
			add_added(d, s.before, s.after + i);
		return WV_OK;
	}
	pair = WV_ARENA_ARRAY(d->arena, size_t, s.before_count);
	if (!pair)
		return no_memory(err);
	st = pair_up(d, &s, pair, err);
	for (size_t i = 0; i < s.before_count && st == WV_OK; i++) {
		if (pair[i] == SIZE_MAX) {
			add_removed(d, s.before + i, s.after + k);
			continue;
		}
		for (; k < pair[i]; k++)
			add_added(d, s.before + i, s.after + k);
		st = add_changed(d, s.before + i, s.after + k++, err);
	}
	for (; k < s.after_count && st == WV_OK; k++)
		add_added(d, s.before + s.before_count, s.after + k);
	return st;
}

/* --- the whole --- */

static enum wv_status split_paragraphs(struct wv_slice text, struct wv_arena *arena,
                                       const struct wv_slice **out, size_t *count,
                                       struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	struct wv_slice line, *lines;
	size_t n = 0;

	while (wv_cursor_line(&c, &line))
		n++;
	if (n > WV_DIFF_PARAGRAPHS_MAX)
		return wv_err_set(err, WV_LIMIT, "a text of %zu paragraphs", n);
	lines = WV_ARENA_ARRAY(arena, struct wv_slice, n);
	if (!lines)
		return no_memory(err);
	c = wv_cursor(text);
	for (size_t i = 0; i < n; i++)
		(void)wv_cursor_line(&c, &lines[i]);
	*out = lines;
	*count = n;
	return WV_OK;
}

static enum wv_status number(struct wv_interner *interner, const struct wv_slice *items, size_t n,
                             struct wv_arena *arena, struct wv_sequence *out, struct wv_err *err)
{
	uint32_t *ids = WV_ARENA_ARRAY(arena, uint32_t, n);

	out->changed = WV_ARENA_ARRAY(arena, bool, n);
	if (!ids || !out->changed)
		return no_memory(err);
	for (size_t i = 0; i < n; i++)
		if (!wv_intern(interner, items[i], &ids[i]))
			return no_memory(err);
	out->items = ids;
	out->n = n;
	return WV_OK;
}

static enum wv_status compare_paragraphs(struct diff *d, struct wv_sequence *a,
                                         struct wv_sequence *b, struct wv_err *err)
{
	WV_AUTO(wv_interner_free) struct wv_interner *interner = NULL;
	enum wv_status st = wv_interner_new(&interner, err);

	if (st == WV_OK)
		st = number(interner, d->before, d->before_count, d->arena, a, err);
	if (st == WV_OK)
		st = number(interner, d->after, d->after_count, d->arena, b, err);
	return st == WV_OK ? wv_sequence_compare(a, b, err) : st;
}

static enum wv_status add_stretches(struct diff *d, const struct wv_sequence *a,
                                    const struct wv_sequence *b, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	size_t i = 0, k = 0;

	while ((i < a->n || k < b->n) && st == WV_OK) {
		struct stretch s = {.before = i, .after = k};

		while (i < a->n && a->changed[i])
			i++;
		while (k < b->n && b->changed[k])
			k++;
		s.before_count = i - s.before;
		s.after_count = k - s.after;
		if (s.before_count || s.after_count) {
			st = add_stretch(d, s, err);
		} else {
			i++;
			k++;
		}
	}
	return st;
}

static enum wv_status give(struct diff *d, struct wv_buf *list, const void **out,
                           struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(list, "differences", err);
	void *items;

	if (st != WV_OK)
		return st;
	items = wv_arena_alloc(d->arena, list->n);
	if (!items)
		return no_memory(err);
	if (list->n)
		memcpy(items, list->p, list->n);
	*out = items;
	return WV_OK;
}

static enum wv_status compare(struct diff *d, struct wv_slice before, struct wv_slice after,
                              struct wv_diff *out, struct wv_err *err)
{
	struct wv_sequence a = {0}, b = {0};
	const void *hunks = NULL, *marks = NULL;
	enum wv_status st = split_paragraphs(before, d->arena, &d->before, &d->before_count, err);

	if (st == WV_OK)
		st = split_paragraphs(after, d->arena, &d->after, &d->after_count, err);
	if (st != WV_OK)
		return st;
	d->before_words = WV_ARENA_ARRAY(d->arena, struct words, d->before_count);
	d->after_words = WV_ARENA_ARRAY(d->arena, struct words, d->after_count);
	if (!d->before_words || !d->after_words)
		return no_memory(err);
	st = wv_interner_new(&d->interner, err);
	if (st == WV_OK)
		st = compare_paragraphs(d, &a, &b, err);
	if (st == WV_OK)
		st = add_stretches(d, &a, &b, err);
	if (st == WV_OK)
		st = give(d, &d->hunks, &hunks, err);
	if (st == WV_OK)
		st = give(d, &d->marks, &marks, err);
	if (st == WV_OK)
		*out = (struct wv_diff){
			.hunks = hunks,
			.hunk_count = d->hunks.n / sizeof(struct wv_hunk),
			.marks = marks,
			.mark_count = d->marks.n / sizeof(struct wv_diff_mark),
			.before_paragraphs = d->before,
			.after_paragraphs = d->after,
			.before_count = d->before_count,
			.after_count = d->after_count,
		};
	return st;
}

enum wv_status wv_diff_texts(struct wv_slice before, struct wv_slice after, struct wv_arena *arena,
                             struct wv_diff *out, struct wv_err *err)
{
	struct diff d = {.arena = arena};
	enum wv_status st;

	wv_buf_init(&d.hunks, LIST_CAP);
	wv_buf_init(&d.marks, LIST_CAP);
	st = compare(&d, before, after, out, err);
	wv_buf_done(&d.hunks);
	wv_buf_done(&d.marks);
	wv_interner_free(&d.interner);
	return st;
}
