#include "archive/store/diff_inner.h"

#include <stdlib.h>

/* Below this share of common words two paragraphs are two, not one that changed. */
#define ALIKE_PERCENT 30u
/* Steps spent on choosing which paragraphs of a stretch belong together. */
#define PAIRING_STEPS 4000000u

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

/* The bags of `count` paragraphs; adds to `words` what comparing them costs. */
static enum wv_status fill_bags(const struct wv_diff_words *paragraphs, size_t count,
                                struct wv_arena *arena, struct bag **out, size_t *words,
                                struct wv_err *err)
{
	struct bag *bags = WV_ARENA_ARRAY(arena, struct bag, count);

	if (!bags)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const struct wv_diff_words *from = &paragraphs[i];

		bags[i].ids = WV_ARENA_ARRAY(arena, uint32_t, from->n);
		if (!bags[i].ids)
			return wv_err_set(err, WV_NOMEM, "out of memory");
		for (size_t k = 0; k < from->n; k++)
			if (!wv_diff_is_all_space(from->texts[k]))
				bags[i].ids[bags[i].n++] = from->ids[k];
		qsort(bags[i].ids, bags[i].n, sizeof *bags[i].ids, compare_ids);
		*words += from->n + 1; /* an empty paragraph is compared too */
	}
	*out = bags;
	return WV_OK;
}

/* The two sides of a stretch. */
struct sides {
	struct bag *before, *after;
	size_t n, m;
};

static size_t cell(const struct sides *s, size_t x, size_t y)
{
	return x * (s->m + 1) + y;
}

/*
 * The pairing of the greatest likeness in all, as a longest common subsequence with weights:
 * best[x, y] is what the first x and the first y can have in common.
 */
static void fill_table(const struct sides *s, uint32_t *best, uint8_t *percents)
{
	for (size_t x = 0; x < s->n; x++)
		for (size_t y = 0; y < s->m; y++) {
			unsigned percent = likeness(&s->before[x], &s->after[y]);
			bool is_alike = percent >= ALIKE_PERCENT;
			uint32_t up = best[cell(s, x, y + 1)], left = best[cell(s, x + 1, y)];
			uint32_t with = is_alike ? best[cell(s, x, y)] + percent : 0;
			uint32_t without = up > left ? up : left;

			percents[x * s->m + y] = (uint8_t)(is_alike ? percent : 0);
			best[cell(s, x + 1, y + 1)] = with > without ? with : without;
		}
}

static enum wv_status pair_best(const struct sides *s, size_t *pair, struct wv_err *err)
{
	size_t i = s->n, k = s->m;
	uint32_t *best = calloc((s->n + 1) * (s->m + 1), sizeof *best);
	uint8_t *percents = calloc(s->n, s->m); /* 0: not alike */

	if (!best || !percents) {
		free(best);
		free(percents);
		return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	fill_table(s, best, percents);
	while (i > 0 && k > 0) {
		uint32_t here = best[cell(s, i, k)];
		uint8_t own = percents[(i - 1) * s->m + k - 1];

		if (own && here == best[cell(s, i - 1, k - 1)] + own) {
			pair[--i] = --k;
		} else if (here == best[cell(s, i - 1, k)]) {
			i--;
		} else {
			k--;
		}
	}
	free(best);
	free(percents);
	return WV_OK;
}

/* For stretches too large for that: first with first, and so on, where they are alike. */
static void pair_in_order(const struct sides *s, size_t *pair)
{
	for (size_t i = 0; i < s->n && i < s->m; i++)
		if (likeness(&s->before[i], &s->after[i]) >= ALIKE_PERCENT)
			pair[i] = i;
}

enum wv_status wv_diff_pair(const struct wv_diff_words *before, size_t before_count,
                            const struct wv_diff_words *after, size_t after_count,
                            struct wv_arena *arena, size_t *pair, struct wv_err *err)
{
	struct sides s = {.n = before_count, .m = after_count};
	size_t before_words = 0, after_words = 0;
	enum wv_status st = fill_bags(before, s.n, arena, &s.before, &before_words, err);

	if (st == WV_OK)
		st = fill_bags(after, s.m, arena, &s.after, &after_words, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < s.n; i++)
		pair[i] = SIZE_MAX;
	if (before_words <= PAIRING_STEPS / (s.m + 1) && after_words <= PAIRING_STEPS / (s.n + 1))
		return pair_best(&s, pair, err);
	pair_in_order(&s, pair);
	return WV_OK;
}
