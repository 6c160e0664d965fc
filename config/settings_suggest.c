#include "config/settings_keys.h"

#include "config/base/checked.h"

#define WORD_MAX 40u

/* Optimal string alignment: insertions, deletions, replacements, neighbours swapped. */
static size_t distance(struct wv_slice a, struct wv_slice b)
{
	size_t rows[3][WORD_MAX + 1];

	if (a.n > WORD_MAX || b.n > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = rows[i % 3];
		const size_t *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			unsigned char x = wv_byte_lower(a.p[i - 1]), y = wv_byte_lower(b.p[j - 1]);

			/* _ and - are the commonest slip */
			x = x == '-' ? '_' : x;
			y = y == '-' ? '_' : y;
			now[j] = wv_min_size(before[j - 1] + (x != y),
					     wv_min_size(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && x == wv_byte_lower(b.p[j - 2]) &&
			    y == wv_byte_lower(a.p[i - 2]))
				now[j] = wv_min_size(now[j], two_before[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

const char *wv_settings_nearest(struct wv_slice word, const char *const *words, size_t count)
{
	const char *best = NULL;
	size_t best_distance = word.n / 3 + 2;

	for (size_t i = 0; i < count; i++) {
		size_t d = distance(word, wv_slice_of(words[i]));

		/* More than half another word is no slip of the pen. */
		if (d < best_distance && 2 * d < wv_max_size(word.n, 2)) {
			best = words[i];
			best_distance = d;
		}
	}
	return best;
}
