#include "archive/store/diff_inner.h"

#include "config/base/text.h"

/*
 * What a word is, and which words of a paragraph changed.
 */

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

bool wv_diff_is_word_char(uint32_t c)
{
	return wv_text_is_letter(c) || wv_text_is_digit(c);
}

struct wv_slice wv_diff_next_word(struct wv_slice s, size_t *at)
{
	size_t start = *at, probe;
	uint32_t c = wv_text_next(s, at);

	if (wv_text_is_space(c)) {
		while ((probe = *at) < s.n && wv_text_is_space(wv_text_next(s, &probe)))
			*at = probe;
		return wv_slice_part(s, start, *at - start);
	}
	if (!wv_diff_is_word_char(c) || wv_text_is_cjk(c))
		return wv_slice_part(s, start, *at - start);
	while ((probe = *at) < s.n) {
		size_t here = *at;

		c = wv_text_next(s, &probe);
		if ((!wv_diff_is_word_char(c) || wv_text_is_cjk(c)) && !joins_number(s, here, c) &&
		    !joins_word(s, here, probe, c))
			break;
		*at = probe;
	}
	return wv_slice_part(s, start, *at - start);
}

enum wv_status wv_diff_split(struct wv_slice s, struct wv_interner *interner,
                             struct wv_arena *arena, struct wv_diff_words *out, struct wv_err *err)
{
	size_t n = 0;

	if (out->texts)
		return WV_OK;
	for (size_t at = 0; at < s.n; n++)
		(void)wv_diff_next_word(s, &at);
	out->texts = WV_ARENA_ARRAY(arena, struct wv_slice, n);
	out->ids = WV_ARENA_ARRAY(arena, uint32_t, n);
	out->changed = WV_ARENA_ARRAY(arena, bool, n);
	if (!out->texts || !out->ids || !out->changed) {
		out->texts = NULL;
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	for (size_t at = 0; at < s.n; out->n++) {
		out->texts[out->n] = wv_diff_next_word(s, &at);
		if (!wv_intern(interner, out->texts[out->n], &out->ids[out->n]))
			return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	return WV_OK;
}

bool wv_diff_is_all_space(struct wv_slice s)
{
	for (size_t at = 0; at < s.n;)
		if (!wv_text_is_space(wv_text_next(s, &at)))
			return false;
	return true;
}

/* A lone space between two changes reads better as part of one. */
static void close_gaps(struct wv_diff_words *a, struct wv_diff_words *b)
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

			if (was && is_next && wv_diff_is_all_space(a->texts[i]))
				a->changed[i] = b->changed[k] = true;
			i++;
			k++;
		}
	}
}

enum wv_status wv_diff_compare_words(struct wv_diff_words *before, struct wv_diff_words *after,
                                     struct wv_err *err)
{
	struct wv_sequence a = {before->ids, before->n, before->changed};
	struct wv_sequence b = {after->ids, after->n, after->changed};
	enum wv_status st = wv_sequence_compare(&a, &b, err);

	if (st == WV_OK)
		close_gaps(before, after);
	return st;
}

struct wv_slice wv_diff_run(const struct wv_diff_words *w, size_t from, size_t to)
{
	/* Words of a run lie side by side. */
	if (from == to)
		return WV_SLICE_NONE;
	return wv_slice(w->texts[from].p,
	                (size_t)(w->texts[to - 1].p - w->texts[from].p) + w->texts[to - 1].n);
}
