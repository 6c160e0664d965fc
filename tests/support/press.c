#include "tests/support/press.h"

#include <math.h>
#include <stdlib.h>

#include "config/base/limits.h"
#include "config/base/status.h"

#define POOL_CAP (16u * WV_MIB)

struct wv_press {
	struct wv_buf pool;
	struct {
		uint32_t at, n;
	} words[WV_PRESS_LANGUAGES][WV_PRESS_WORDS];
};

const char *wv_press_language_name(enum wv_press_language language)
{
	static const char *const names[] = {"zh", "ja", "en"};

	return names[language];
}

/* Few signs make most of a text, as everywhere. */
static uint32_t han(struct wv_random *r)
{
	uint64_t a = wv_random_below(r, 2500), b = wv_random_below(r, 2500);

	return 0x4e00 + (uint32_t)((a < b ? a : b) * 7 % 6000);
}

static void make_zh(struct wv_random *r, uint32_t rank, struct wv_buf *out)
{
	unsigned n = rank < 60 ? 1 : wv_random_below(r, 10) < 7 ? 2 : 3;

	while (n--)
		wv_buf_add_utf8(out, han(r));
}

static void make_ja(struct wv_random *r, uint32_t rank, struct wv_buf *out)
{
	uint64_t kind = wv_random_below(r, 10);
	unsigned n = 2 + (unsigned)wv_random_below(r, 4);

	if (rank < 40) { /* particles */
		for (n = 1 + rank % 2; n--;)
			wv_buf_add_utf8(out, 0x3042 + (uint32_t)wv_random_below(r, 80));
	} else if (kind < 6) {
		wv_buf_add_utf8(out, han(r));
		wv_buf_add_utf8(out, han(r));
		if (kind < 2)
			wv_buf_add_utf8(out, 0x3042 + (uint32_t)wv_random_below(r, 80));
	} else {
		while (n--)
			wv_buf_add_utf8(out, 0x30a2 + (uint32_t)wv_random_below(r, 80));
	}
}

static void make_en(struct wv_random *r, uint32_t rank, struct wv_buf *out)
{
	static const char *const begins[] = {"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s",
	                                     "t", "v", "w", "st", "tr", "pl", "ch", "sh", "br"};
	static const char *const middles[] = {"a", "e", "i", "o", "u", "ea", "ou", "ai"};
	static const char *const ends[] = {"", "", "n", "r", "s", "t", "l", "nd", "st", "ck"};
	unsigned n = rank < 100 ? 1 : 2 + (unsigned)wv_random_below(r, 2);

	while (n--) {
		wv_buf_add_string(out, begins[wv_random_below(r, WV_COUNT(begins))]);
		wv_buf_add_string(out, middles[wv_random_below(r, WV_COUNT(middles))]);
		wv_buf_add_string(out, ends[wv_random_below(r, WV_COUNT(ends))]);
	}
}

struct wv_press *wv_press_new(uint64_t seed)
{
	static void (*const makers[])(struct wv_random *, uint32_t, struct wv_buf *) = {
		make_zh, make_ja, make_en};
	struct wv_press *press = calloc(1, sizeof *press);
	struct wv_random r = {seed};

	WV_ASSERT(press != NULL);
	wv_buf_init(&press->pool, POOL_CAP);
	for (int language = 0; language < WV_PRESS_LANGUAGES; language++)
		for (uint32_t rank = 0; rank < WV_PRESS_WORDS; rank++) {
			size_t at = press->pool.n;

			makers[language](&r, rank, &press->pool);
			press->words[language][rank].at = (uint32_t)at;
			press->words[language][rank].n = (uint32_t)(press->pool.n - at);
		}
	WV_ASSERT(press->pool.failed == WV_OK);
	return press;
}

void wv_press_free(struct wv_press **press)
{
	if (*press)
		wv_buf_done(&(*press)->pool);
	free(*press);
	*press = NULL;
}

struct wv_slice wv_press_word(const struct wv_press *press, enum wv_press_language language,
                              uint32_t rank)
{
	return wv_slice_part(wv_buf_slice(&press->pool), press->words[language][rank].at,
	                     press->words[language][rank].n);
}

/* Zipf's law by inversion: the density of rank x is about 1 / (x + 2.7). */
uint32_t wv_press_rank(struct wv_random *random)
{
	double u = (double)(wv_random_next(random) >> 11) / 9007199254740992.0;
	double rank = 2.7 * (pow((WV_PRESS_WORDS + 2.7) / 2.7, u) - 1);

	return rank >= WV_PRESS_WORDS ? WV_PRESS_WORDS - 1 : (uint32_t)rank;
}

void wv_press_write(const struct wv_press *press, struct wv_random *random,
                    enum wv_press_language language, unsigned words, struct wv_buf *out)
{
	bool has_spaces = language == WV_PRESS_EN;
	unsigned left = 0;

	for (unsigned i = 0; i < words; i++) {
		uint64_t chance = wv_random_below(random, 100);

		if (left == 0)
			left = 5 + (unsigned)wv_random_below(random, 18);
		if (chance < 2)
			wv_buf_add_format(out, "%u", (unsigned)wv_random_below(random, 3000));
		else
			wv_buf_add(out, wv_press_word(press, language, wv_press_rank(random)));
		if (--left == 0)
			wv_buf_add_string(out, has_spaces ? ". " : "\u3002");
		else if (chance > 92)
			wv_buf_add_string(out, has_spaces ? ", " : "\uff0c");
		else if (has_spaces)
			wv_buf_add_byte(out, ' ');
	}
}

void wv_press_headline(const struct wv_press *press, struct wv_random *random,
                       enum wv_press_language language, struct wv_buf *out)
{
	for (unsigned i = 0, n = 5 + (unsigned)wv_random_below(random, 5); i < n; i++) {
		if (i && language == WV_PRESS_EN)
			wv_buf_add_byte(out, ' ');
		wv_buf_add(out, wv_press_word(press, language, wv_press_rank(random)));
	}
}
