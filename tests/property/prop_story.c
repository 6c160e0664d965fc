/*
 * Links of stories are a function of the set of texts: in any order of arrival the same pairs with
 * the same scores; none beyond the window; none with a text that has no time.
 */
#include "archive/copies/story.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"
#include "tests/support/random.h"

#define TEXTS  60u
#define ROUNDS 12u
#define WINDOW_DAYS 3
#define DAY_US INT64_C(86400000000)

static const char *const words[] = {
	"Moscow", "Kyiv", "Japan", "earthquake", "35 dead", "drone", "$500m", "Brightpeak", "H100", "Berlin",
	"Indonesia", "tsunami", "12,000 people", "election", "Nvidia", "floods", "Paris", "court", "tariffs",
};

struct sample {
	char text[400];
	const char *language;
	struct wv_time when;
};

struct links {
	size_t n;
	struct {
		uint32_t a, b;
		double score;
	} all[TEXTS * TEXTS];
};

struct collecting {
	struct links *links;
	const uint32_t *order;
};

static enum wv_status collect(void *context, const struct wv_story_link *link, struct wv_err *err)
{
	struct collecting *c = context;
	uint32_t a = c->order[link->a], b = c->order[link->b];

	(void)err;
	c->links->all[c->links->n].a = a < b ? a : b;
	c->links->all[c->links->n].b = a < b ? b : a;
	c->links->all[c->links->n++].score = link->score;
	return WV_OK;
}

static int by_pair(const void *x, const void *y)
{
	return memcmp(x, y, 2 * sizeof(uint32_t));
}

static void link_in_order(const struct wv_lexicon *lexicon, const struct wv_sounds *sounds,
                          struct wv_arena *arena, const struct sample *samples, const uint32_t *order,
                          struct links *out)
{
	struct wv_stories *stories = NULL;
	struct wv_stories_options options = {.window_us = WINDOW_DAYS * DAY_US};
	struct collecting collecting = {out, order};
	enum wv_status st = wv_stories_new(&options, &stories, NULL);

	out->n = 0;
	for (size_t i = 0; i < TEXTS && st == WV_OK; i++) {
		const struct sample *s = &samples[order[i]];
		struct wv_mention_text text = {.text = wv_slice_of(s->text),
		                               .language = wv_slice_of(s->language),
		                               .when = s->when};
		struct wv_mentions mentions;

		wv_arena_reset(arena);
		st = wv_mentions_read(lexicon, sounds, arena, &text, &mentions, NULL);
		if (st == WV_OK)
			st = wv_stories_add(stories,
			                    &(struct wv_story_text){.mentions = &mentions,
			                                            .language = text.language,
			                                            .when = text.when},
			                    NULL);
	}
	if (st == WV_OK)
		st = wv_stories_each_link(stories, collect, NULL, &collecting, NULL);
	wv_stories_free(&stories);
	if (st != WV_OK)
		abort();
	qsort(out->all, out->n, sizeof(*out->all), by_pair);
}

static void make(struct sample *s, struct wv_random *random)
{
	static const char *const languages[] = {"en", "de", "zh", ""};

	size_t used = 0;

	for (size_t i = 0, n = 3 + wv_random_below(random, 6); i < n; i++)
		used += (size_t)snprintf(s->text + used, sizeof(s->text) - used, "then %s ",
		                         words[wv_random_below(random, WV_COUNT(words))]);
	s->language = languages[wv_random_below(random, WV_COUNT(languages))];
	s->when = wv_random_below(random, 20) == 0
	                  ? WV_TIME_NONE
	                  : (struct wv_time){(int64_t)wv_random_below(random, 12) * DAY_US};
}

int main(void)
{
	static struct links first, again;
	static struct wv_sounds sounds;
	struct wv_lexicon *lexicon = NULL;
	struct wv_arena *arena = NULL;
	struct wv_random random = {20261126};
	size_t failed = 0, links = 0;

	wv_sounds_init(&sounds);
	if (wv_lexicon_new(&lexicon, NULL) != WV_OK || wv_arena_new(16 * WV_MIB, &arena, NULL) != WV_OK)
		return 1;
	for (size_t round = 0; round < ROUNDS; round++) {
		static struct sample samples[TEXTS];
		uint32_t order[TEXTS];

		for (uint32_t i = 0; i < TEXTS; i++) {
			make(&samples[i], &random);
			order[i] = i;
		}
		link_in_order(lexicon, &sounds, arena, samples, order, &first);
		links += first.n;
		for (size_t i = 0; i < first.n; i++) {
			struct wv_time a = samples[first.all[i].a].when, b = samples[first.all[i].b].when;

			failed += a.us == WV_TIME_NONE.us || b.us == WV_TIME_NONE.us ||
			          llabs(a.us - b.us) > WINDOW_DAYS * DAY_US || first.all[i].score < 0.5;
		}
		for (size_t shuffle = 0; shuffle < 4; shuffle++) {
			for (uint32_t i = TEXTS - 1; i > 0; i--) {
				uint32_t k = (uint32_t)wv_random_below(&random, i + 1), kept = order[i];

				order[i] = order[k];
				order[k] = kept;
			}
			link_in_order(lexicon, &sounds, arena, samples, order, &again);
			failed += again.n != first.n;
			for (size_t i = 0; i < first.n && i < again.n; i++)
				failed += by_pair(&first.all[i], &again.all[i]) != 0 ||
				          fabs(first.all[i].score - again.all[i].score) > 1e-4;
		}
	}
	wv_lexicon_free(&lexicon);
	wv_arena_free(&arena);
	printf("%zu links in %u sets, %zu failed\n", links, ROUNDS, failed);
	return failed > 0 || links < 50;
}
