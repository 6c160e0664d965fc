#ifndef WV_ARCHIVE_COPIES_STORY_INNER_H
#define WV_ARCHIVE_COPIES_STORY_INNER_H

#include <math.h>
#include <stdlib.h>

#include "archive/copies/story.h"
#include "config/base/slots.h"

/*
 * Between story_kept.c (what is kept of texts), story_weight.c (what a mention counts),
 * story_score.c (how well two texts fit), story_candidates.c (which are worth a comparison) and
 * story.c (which are linked, and by what evidence). Not for others.
 */

#define WV_STORY_DAY_US INT64_C(86400000000)
/*
 * Weights and thresholds, here and in the files: chosen on the development half of the labelled set
 * and rounded. A change of a tenth in any of them moves its F1 by less than a hundredth.
 */
#define WV_STORY_LINK_LEAST   1.8 /* the score from which on two texts are linked */
#define WV_STORY_COSINE_FLOOR 0.3 /* of the sum counts however little of the texts is shared */
#define WV_STORY_EVERYWHERE   0.3 /* of its weight counts of what is in every text */
#define WV_STORY_NEAR_SHARE   0.5 /* of an equal quantity's weight counts of a nearly equal one */

/* What is kept of a mention: 16 bytes. Of a text they stand by key, each key once. */
struct wv_story_kept {
	uint32_t key; /* index of the key; in a weighed set the upper half of its hash */
	float value;
	uint32_t shown; /* index into the pool, or of what was given */
	uint16_t context;
	uint8_t kind;
	uint8_t salience; /* of 255 */
};

struct wv_story_member {
	uint32_t first, count; /* of its mentions, by key */
	int32_t day;           /* since 1970; INT32_MIN: none */
	uint16_t language;
	float norm;        /* of its places, names and events */
	float others, own; /* likeness to texts at other times, in other languages and in its own */
};

struct wv_story_key {
	uint64_t hash; /* 0: empty */
	uint32_t index;
};

/* Of a mention of a weighed set. */
struct wv_story_given {
	struct wv_slice shown;
	float rarity;
};

struct wv_story_pair {
	uint32_t a, b; /* by order in time */
	float score;
};

struct wv_stories {
	int64_t window_days;
	bool is_weighed;
	struct wv_story_given *given;
	size_t given_count, given_room;
	struct wv_story_member *texts;
	size_t text_count, text_room;
	struct wv_story_kept *kept;
	size_t kept_count, kept_room;
	struct wv_slots keys; /* of struct wv_story_key */
	uint32_t *counts; /* texts that mention a key */
	size_t key_count, count_room;
	/* What mentions are shown as, each once. */
	unsigned char *pool;
	size_t pool_bytes, pool_room;
	uint32_t *shown; /* offset of each; its length is a byte before it */
	size_t shown_count, shown_room;
	struct wv_slots shown_keys; /* of struct wv_story_key */
	/* Made when linking. */
	float *rarity;
	uint32_t *order, *place; /* texts by time; where each stands */
	uint32_t *posting_first, *postings;
	struct wv_story_pair *pairs;
	size_t pair_count, pair_room;
};

/* ---- story_kept.c ---- */

/* Room for `needed` items of `size` bytes in the array at *items_at, whose room is *room. */
bool wv_stories_grow(void *items_at, size_t size, size_t needed, size_t *room);
struct wv_slice wv_stories_shown(const struct wv_stories *s, uint32_t index);

/* ---- story_weight.c ---- */

extern const double wv_story_kind_weight[WV_MENTION_KINDS];
double wv_story_rarity_among(uint8_t kind, uint32_t context, double value, uint64_t texts,
                             uint64_t count);
/* The length of a text as a vector of its places, names and events. */
float wv_story_norm(const struct wv_stories *s, const struct wv_story_member *t);

static inline double wv_story_rarity_of(const struct wv_stories *s, const struct wv_story_kept *m)
{
	return s->is_weighed ? s->given[m->shown].rarity : s->rarity[m->key];
}

static inline bool wv_story_is_subject(uint8_t kind)
{
	return kind == WV_MENTION_PLACE || kind == WV_MENTION_NAME || kind == WV_MENTION_EVENT;
}

/* Two dead, three hurt: small numbers are in every text. */
static inline bool wv_story_is_everywhere(uint8_t kind, uint32_t context, double value)
{
	return (kind == WV_MENTION_QUANTITY && context == 0 && value <= 12) ||
	       (kind == WV_MENTION_FIGURE && context == WV_MENTION_ORDINAL);
}

static inline double wv_story_weigh(const struct wv_stories *s, const struct wv_story_kept *m)
{
	return wv_story_rarity_of(s, m) *
	       (wv_story_is_everywhere(m->kind, m->context, m->value) ? WV_STORY_EVERYWHERE : 1);
}

/* Of a text's mention that another one shares: in a weighed set the later text's counts. */
static inline const struct wv_story_kept *wv_story_counted(const struct wv_stories *s,
                                                           const struct wv_story_kept *x,
                                                           const struct wv_story_kept *y)
{
	return s->is_weighed && y > x ? y : x;
}

static inline double wv_story_salience(const struct wv_story_kept *a, const struct wv_story_kept *b)
{
	return sqrt((double)a->salience * b->salience) / 255;
}

/* A text without a day is far from every other. */
static inline int64_t wv_story_days_apart(const struct wv_story_member *a,
                                          const struct wv_story_member *b)
{
	return llabs((int64_t)a->day - b->day);
}

/* ---- story_score.c ---- */

/* How well the earlier text a and b fit. */
double wv_story_pair_score(const struct wv_stories *s, const struct wv_story_member *a,
                           const struct wv_story_member *b);
/* The quantity of b that is nearly this one of a; NULL: none, or b has the very one. */
const struct wv_story_kept *wv_story_near(const struct wv_stories *s, const struct wv_story_kept *x,
                                          const struct wv_story_member *b);

#define WV_STORY_OTHERS_MEAN 3u
/* The likest texts, of its own language and of others. */
struct wv_story_likest {
	double best[2][WV_STORY_OTHERS_MEAN];
	size_t looked[2];
};
void wv_story_liken(const struct wv_stories *s, const struct wv_story_member *t,
                    const struct wv_story_member *other, struct wv_story_likest *likest);
float wv_story_mean_likeness(const struct wv_story_likest *likest, int is_other);

/* ---- story_candidates.c ---- */

#define WV_STORY_CANDIDATES_MOST 96u

struct wv_story_candidate {
	float weight;
	uint32_t place;
};

struct wv_story_search {
	float *weights; /* by place */
	uint32_t *touched;
	size_t touched_count;
	struct wv_story_candidate best[WV_STORY_CANDIDATES_MOST];
};

/* Once all texts are there: how rare things are, texts by time, and who mentions what. */
bool wv_stories_make_tables(struct wv_stories *s);
/* The mean likeness to the likest texts outside the window, into the text at `place` in time. */
void wv_stories_measure_others(struct wv_stories *s, struct wv_story_search *search,
                               uint32_t place);
/* What the text at `place` fits of those before it goes to the pairs. False: no memory. */
bool wv_stories_score_candidates(struct wv_stories *s, struct wv_story_search *search,
                                 uint32_t place);

static inline const struct wv_story_member *wv_story_at(const struct wv_stories *s, uint32_t place)
{
	return &s->texts[s->order[place]];
}

#endif
