#include "archive/copies/story_inner.h"

/*
 * A small set borrows what is known of larger ones, as if it were so many texts more, ever fewer
 * until the set's own rarities are all that counts. Few, for things of one kind differ: what two
 * of forty texts share is oftener one of the common things than a rare one, and what ten of them
 * mention is common here, whatever it is elsewhere.
 */
#define BORROWED  25.0
#define SET_LEAST 500.0

const double wv_story_kind_weight[WV_MENTION_KINDS] = {
	[WV_MENTION_PLACE] = 1,      [WV_MENTION_NAME] = 1,   [WV_MENTION_EVENT] = 0.8,
	[WV_MENTION_QUANTITY] = 0.5, [WV_MENTION_FIGURE] = 1, [WV_MENTION_DAY] = 0,
	[WV_MENTION_CODE] = 1,       [WV_MENTION_WORD] = 1,   [WV_MENTION_SOUND] = 1,
};
/* How often a thing of the kind is mentioned there, the common ones counted by their mentions. */
static const double kind_prior[WV_MENTION_KINDS] = {0.06, 0.015, 0.06,  0.012, 0.006,
                                                    0.09, 0.006, 0.006, 0.006};

double wv_story_rarity_among(uint8_t kind, uint32_t context, double value, uint64_t texts,
                             uint64_t count)
{
	double borrowed = fmax(0, BORROWED * (1 - (double)texts / SET_LEAST)), prior = kind_prior[kind];

	if (kind == WV_MENTION_QUANTITY && context == 0 && value <= 31)
		prior = 0.12;
	return fmin(WV_STORY_RARITY_MOST,
	            log(((double)texts + borrowed + 1) / ((double)count + borrowed * prior + 0.5)));
}

double wv_story_rarity(const struct wv_mention *m, uint64_t texts, uint64_t count)
{
	return wv_story_rarity_among(m->kind, m->context, m->value, texts, count);
}

double wv_story_weight(const struct wv_mention *m, double rarity)
{
	return wv_story_kind_weight[m->kind] * rarity * (double)m->salience *
	       (wv_story_is_everywhere(m->kind, m->context, m->value) ? WV_STORY_EVERYWHERE : 1);
}

double wv_story_weight_least(void)
{
	return WV_STORY_LINK_LEAST / (WV_STORY_COSINE_FLOOR + 1);
}

float wv_story_norm(const struct wv_stories *s, const struct wv_story_member *t)
{
	double norm = 0;

	for (uint32_t k = 0; k < t->count; k++) {
		const struct wv_story_kept *m = &s->kept[t->first + k];
		double weight = wv_story_kind_weight[m->kind] * wv_story_rarity_of(s, m) *
		                m->salience / 255;

		norm += wv_story_is_subject(m->kind) ? weight * weight : 0;
	}
	return (float)sqrt(norm);
}
