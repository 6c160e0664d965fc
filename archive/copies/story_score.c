#include "archive/copies/story_inner.h"

#define SERIES_SHARE  0.65 /* of the likeness to texts at other times, taken off */
#define WHOLE_WINDOW  2.6  /* taken off for days between, at the window's end: .65 a day of four */
#define NOBODY_SHARED 4.0  /* taken off where no place and no name is shared, */
#define ONE_SHARED    3.0  /* and where nothing but one thing is */
#define OWN_LANGUAGE  1.0  /* two texts in one language share more, whatever they are about */
#define SHARED_DAY    0.25
#define CONTRADICTION 0.5  /* a figure, per day between and unit of its logarithm */
#define OTHER_ORDINAL 2.0  /* the third of a series, and the fourth */
#define NEAR          0.04 /* quantities that differ by so little may be one, rounded; it counts */
#define SALIENT       0.84f
#define OTHERS_MOST   24u

/* Where the sum of a kind levels off: many of one kind say less than a few of several. */
static const double kind_most[WV_MENTION_KINDS] = {8, 8, 10, 8, 8, 8, 8, 8, 8};

/* Do both say which one of a series they are about, and not the same? */
static bool are_others_of_a_series(const struct wv_stories *s, const struct wv_story_member *a,
                                   const struct wv_story_member *b)
{
	bool has_a = false, has_b = false;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct wv_story_kept *x = &s->kept[a->first + i];

		if (x->kind != WV_MENTION_FIGURE || x->context != WV_MENTION_ORDINAL)
			continue;
		has_a = true;
		for (uint32_t j = 0; j < b->count; j++)
			if (s->kept[b->first + j].key == x->key)
				return false;
	}
	for (uint32_t j = 0; has_a && j < b->count && !has_b; j++)
		has_b = s->kept[b->first + j].kind == WV_MENTION_FIGURE &&
		        s->kept[b->first + j].context == WV_MENTION_ORDINAL;
	return has_b;
}

/* How far the salient figures of one matter are apart at least, as a logarithm, of at most 1. */
static double contradiction(const struct wv_stories *s, const struct wv_story_member *a,
                            const struct wv_story_member *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct wv_story_kept *x = &s->kept[a->first + i];
		double nearest = HUGE_VAL;
		bool is_first = true;

		if (x->kind != WV_MENTION_FIGURE || x->context == WV_MENTION_ORDINAL ||
		    x->salience < SALIENT * 255)
			continue;
		/* Each matter once, at its first figure. */
		for (uint32_t k = 0; k < i && is_first; k++) {
			const struct wv_story_kept *before = &s->kept[a->first + k];

			is_first = before->kind != WV_MENTION_FIGURE ||
			           before->context != x->context ||
			           before->salience < SALIENT * 255;
		}
		if (!is_first)
			continue;
		for (uint32_t k = i; k < a->count; k++) {
			const struct wv_story_kept *mine = &s->kept[a->first + k];

			if (mine->kind != WV_MENTION_FIGURE || mine->context != x->context ||
			    mine->salience < SALIENT * 255)
				continue;
			for (uint32_t j = 0; j < b->count; j++) {
				const struct wv_story_kept *y = &s->kept[b->first + j];

				if (y->kind == WV_MENTION_FIGURE && y->context == x->context &&
				    y->salience >= SALIENT * 255) {
					double ratio = fabs(log(fmax(mine->value, 1e-9) /
					                        fmax(y->value, 1e-9)));

					nearest = fmin(nearest, ratio);
				}
			}
		}
		if (nearest != HUGE_VAL && nearest > log(1.3))
			sum += fmin(nearest, 1);
	}
	return sum;
}

struct likeness {
	double sum, cosine, days;
	unsigned count;   /* of what is shared, days apart */
	bool has_subject; /* a place or a name */
};

static void compare(const struct wv_stories *s, const struct wv_story_member *a,
                    const struct wv_story_member *b, struct likeness *out)
{
	double sums[WV_MENTION_KINDS] = {0}, shared = 0, named = 0;
	uint8_t kind;
	const struct wv_story_kept *x = s->kept + a->first, *y = s->kept + b->first;
	const struct wv_story_kept *x_end = x + a->count, *y_end = y + b->count;

	*out = (struct likeness){.sum = 0};
	while (x < x_end && y < y_end) {
		if (x->key != y->key) {
			if (x->key < y->key)
				x++;
			else
				y++;
			continue;
		}
		/* A name is a mere word where it was not yet known. */
		kind = x->kind < y->kind ? x->kind : y->kind;
		sums[kind] +=
			wv_story_weigh(s, wv_story_counted(s, x, y)) * wv_story_salience(x, y);
		out->count += kind != WV_MENTION_DAY;
		if (wv_story_is_subject(kind)) {
			double weight = wv_story_kind_weight[kind] *
			                wv_story_rarity_of(s, wv_story_counted(s, x, y));

			shared += weight * weight * x->salience * y->salience / (255.0 * 255);
		}
		x++;
		y++;
	}
	sums[WV_MENTION_WORD] += sums[WV_MENTION_CODE];
	sums[WV_MENTION_CODE] = 0;
	for (int k = 0; k < WV_MENTION_KINDS; k++)
		out->sum +=
			wv_story_kind_weight[k] * kind_most[k] * (1 - exp(-sums[k] / kind_most[k]));
	named = sums[WV_MENTION_PLACE] + sums[WV_MENTION_NAME] + sums[WV_MENTION_WORD] +
	        sums[WV_MENTION_SOUND];
	out->has_subject = named >= 1;
	out->cosine = shared / ((double)a->norm * b->norm + 1e-9);
	out->days = sums[WV_MENTION_DAY];
}

/* Per cent, money, and large plain numbers are rounded differently by different writers. */
static bool is_roundable(const struct wv_story_kept *m)
{
	return m->kind == WV_MENTION_QUANTITY && (m->context != 0 || m->value >= 100);
}

/* Nearly the same quantity, other than what both have exactly: "29%" and "近30%". */
static bool is_near(const struct wv_story_kept *x, const struct wv_story_kept *y)
{
	return is_roundable(y) && x->context == y->context && x->key != y->key &&
	       fabs(x->value - y->value) <= NEAR * fmax(fabs(x->value), fabs(y->value));
}

static bool has_key(const struct wv_stories *s, const struct wv_story_member *t, uint32_t key)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (s->kept[t->first + i].key == key)
			return true;
	return false;
}

const struct wv_story_kept *wv_story_near(const struct wv_stories *s, const struct wv_story_kept *x,
                                          const struct wv_story_member *b)
{
	for (uint32_t j = 0; is_roundable(x) && j < b->count; j++) {
		const struct wv_story_kept *y = &s->kept[b->first + j];

		if (is_near(x, y))
			return has_key(s, b, x->key) ? NULL : y;
	}
	return NULL;
}

static double near_sum(const struct wv_stories *s, const struct wv_story_member *a,
                       const struct wv_story_member *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct wv_story_kept *x = &s->kept[a->first + i], *y = wv_story_near(s, x, b);

		if (y)
			sum += WV_STORY_NEAR_SHARE * wv_story_weigh(s, wv_story_counted(s, x, y)) *
			       wv_story_salience(x, y);
	}
	return fmin(sum, kind_most[WV_MENTION_QUANTITY]);
}

static double base_score(const struct likeness *l)
{
	return l->sum * (WV_STORY_COSINE_FLOOR + l->cosine);
}

static bool is_other_language(const struct wv_story_member *a, const struct wv_story_member *b)
{
	return a->language == 0 || b->language == 0 || a->language != b->language;
}

double wv_story_pair_score(const struct wv_stories *s, const struct wv_story_member *a,
                           const struct wv_story_member *b)
{
	struct likeness l;
	bool is_other = is_other_language(a, b);
	double apart = (double)wv_story_days_apart(a, b), like_a = is_other ? a->others : a->own,
	       like_b = is_other ? b->others : b->own, score;

	compare(s, a, b, &l);
	score = base_score(&l) - SERIES_SHARE * sqrt(fmax(like_a, 0.01) * fmax(like_b, 0.01)) +
	        SHARED_DAY * l.days - WHOLE_WINDOW * apart / fmax(1, (double)s->window_days);
	if (!l.has_subject)
		score -= NOBODY_SHARED;
	if (l.count < 2)
		score -= ONE_SHARED;
	if (!is_other)
		score -= OWN_LANGUAGE;
	if (score >= WV_STORY_LINK_LEAST / 2)
		score += wv_story_kind_weight[WV_MENTION_QUANTITY] * near_sum(s, a, b) *
		         (WV_STORY_COSINE_FLOOR + l.cosine);
	if (score >= WV_STORY_LINK_LEAST && are_others_of_a_series(s, a, b))
		score -= OTHER_ORDINAL;
	if (score >= WV_STORY_LINK_LEAST && apart > 0)
		score -= CONTRADICTION * apart * contradiction(s, a, b);
	return score;
}

/* ---- texts at other times ---- */

void wv_story_liken(const struct wv_stories *s, const struct wv_story_member *t,
                    const struct wv_story_member *other, struct wv_story_likest *likest)
{
	int is_other = is_other_language(t, other);
	struct likeness l;
	double score;

	if (other->day == INT32_MIN || likest->looked[is_other] >= OTHERS_MOST)
		return;
	likest->looked[is_other]++;
	compare(s, t, other, &l);
	score = base_score(&l);
	for (size_t k = 0; k < WV_STORY_OTHERS_MEAN; k++) {
		double less = likest->best[is_other][k];

		if (score <= less)
			continue;
		likest->best[is_other][k] = score;
		score = less;
	}
}

float wv_story_mean_likeness(const struct wv_story_likest *likest, int is_other)
{
	const double *best = likest->best[is_other];

	return (float)((best[0] + best[1] + best[2]) / WV_STORY_OTHERS_MEAN);
}

void wv_stories_likeness(struct wv_stories *s, uint32_t number, float *others, float *own)
{
	struct wv_story_likest likest = {.looked = {0}};

	for (uint32_t i = 0; i < s->text_count; i++)
		if (i != number)
			wv_story_liken(s, &s->texts[number], &s->texts[i], &likest);
	*own = wv_story_mean_likeness(&likest, 0);
	*others = wv_story_mean_likeness(&likest, 1);
}
