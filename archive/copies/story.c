#include "archive/copies/story.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/checked.h"

#define DAY_US INT64_C(86400000000)

/*
 * Weights and thresholds, chosen on the development half of the labelled set and rounded: a change
 * of a tenth in any of them moves its F1 by less than a hundredth.
 */
#define LINK_LEAST       1.8  /* the score from which on two texts are linked */
#define COSINE_FLOOR     0.3  /* of the sum that counts however little of the texts is shared */
#define SERIES_SHARE     0.65 /* of the likeness to texts at other times, taken off */
#define WHOLE_WINDOW     2.6  /* taken off for days between, at the window's end: .65 a day of four */
#define NOBODY_SHARED    4.0  /* taken off where no place and no name is shared, */
#define ONE_SHARED       3.0  /* and where nothing but one thing is */
#define OWN_LANGUAGE     1.0  /* two texts in one language share more, whatever they are about */
#define SHARED_DAY       0.25
#define CONTRADICTION    0.5  /* a figure, per day between and unit of its logarithm */
#define OTHER_ORDINAL    2.0  /* the third of a series, and the fourth */
#define BETTER_MARGIN    0.3  /* a nearer text fits better by so much: */
#define BETTER_COST      2.0  /* then so much is taken off, */
#define BETTER_SHARE     0.7  /* or this share, whichever is more */
#define RARITY_MOST      WV_STORY_RARITY_MOST
#define SET_LEAST        500u /* texts from which on the set's own rarities are all that counts */
#define EVERYWHERE       0.3
#define NEAR             0.04 /* quantities that differ by so little may be one, rounded; it counts */
#define NEAR_SHARE       0.5  /* as this share of an equal one */
#define SALIENT          0.84f

static const double kind_weight[WV_MENTION_KINDS] = {
	[WV_MENTION_PLACE] = 1,  [WV_MENTION_NAME] = 1,   [WV_MENTION_EVENT] = 0.8,
	[WV_MENTION_QUANTITY] = 0.5, [WV_MENTION_FIGURE] = 1, [WV_MENTION_DAY] = 0,
	[WV_MENTION_CODE] = 1,   [WV_MENTION_WORD] = 1,   [WV_MENTION_SOUND] = 1,
};
/* Where the sum of a kind levels off: many of one kind say less than a few of several. */
static const double kind_most[WV_MENTION_KINDS] = {8, 8, 10, 8, 8, 8, 8, 8, 8};
/* How often a thing of the kind is mentioned where nothing is known yet: a small set borrows it. */
static const double kind_prior[WV_MENTION_KINDS] = {0.02,  0.005, 0.02,  0.004, 0.002,
                                                    0.03, 0.002, 0.002, 0.002};

/* What is kept of a mention: 16 bytes. */
struct kept {
	uint32_t key; /* index of the key; in a weighed set the upper half of its hash */
	float value;
	uint32_t shown; /* index into the pool, or of what was given */
	uint16_t context;
	uint8_t kind;
	uint8_t salience; /* of 255 */
};

struct text {
	uint32_t first, count; /* of its mentions, by key */
	int32_t day;           /* since 1970; INT32_MIN: none */
	uint16_t language;
	float norm;           /* of its places, names and events */
	float others, own;    /* likeness to texts at other times, in other languages and in its own */
};

struct key {
	uint64_t hash; /* 0: empty */
	uint32_t index;
};

/* Of a mention of a weighed set. */
struct given {
	struct wv_slice shown;
	float rarity;
};

struct scored {
	uint32_t a, b; /* by order in time */
	float score;
};

struct wv_stories {
	int64_t window_days;
	bool is_weighed;
	struct given *given;
	size_t given_count, given_room;
	struct text *texts;
	size_t text_count, text_room;
	struct kept *kept;
	size_t kept_count, kept_room;
	struct key *keys; /* hash table */
	size_t key_room;
	uint32_t *counts; /* texts that mention a key */
	size_t key_count, count_room;
	/* What mentions are shown as, each once. */
	unsigned char *pool;
	size_t pool_bytes, pool_room;
	uint32_t *shown; /* offset of each; its length is a byte before it */
	size_t shown_count, shown_room;
	struct key *shown_keys;
	size_t shown_key_room;
	/* Made when linking. */
	float *rarity;
	uint32_t *order, *place; /* texts by time; where each stands */
	uint32_t *posting_first, *postings;
	struct scored *pairs;
	size_t pair_count, pair_room;
};

static bool grow(void *items_at, size_t size, size_t needed, size_t *room)
{
	void **items = items_at, *moved;
	size_t larger = *room ? *room : 1024, bytes;

	if (needed <= *room)
		return true;
	while (larger < needed)
		larger *= 2;
	if (!wv_mul(larger, size, &bytes) || !(moved = realloc(*items, bytes)))
		return false;
	*items = moved;
	*room = larger;
	return true;
}

enum wv_status wv_stories_new(const struct wv_stories_options *options, struct wv_stories **out,
                              struct wv_err *err)
{
	struct wv_stories *s = calloc(1, sizeof(*s));
	int64_t window = options && options->window_us ? options->window_us : WV_STORIES_WINDOW_US;

	if (!s)
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	s->window_days = window / DAY_US;
	s->is_weighed = options && options->is_weighed;
	*out = s;
	return WV_OK;
}

void wv_stories_free(struct wv_stories **stories)
{
	struct wv_stories *s = *stories;

	if (!s)
		return;
	free(s->texts);
	free(s->given);
	free(s->kept);
	free(s->keys);
	free(s->counts);
	free(s->pool);
	free(s->shown);
	free(s->shown_keys);
	free(s->rarity);
	free(s->order);
	free(s->place);
	free(s->posting_first);
	free(s->postings);
	free(s->pairs);
	free(s);
	*stories = NULL;
}

/* ---- keys ---- */

static struct key *key_slot(struct key *keys, size_t room, uint64_t hash)
{
	size_t slot = (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (room - 1);

	while (keys[slot].hash && keys[slot].hash != hash)
		slot = (slot + 1) & (room - 1);
	return &keys[slot];
}

static bool make_room_for_keys(struct key **keys, size_t *room, size_t count)
{
	size_t larger_room = *room ? *room * 2 : 1u << 12;
	struct key *larger;

	if (count < *room / 2)
		return true;
	larger = calloc(larger_room, sizeof(*larger));
	if (!larger)
		return false;
	for (size_t i = 0; i < *room; i++)
		if ((*keys)[i].hash)
			*key_slot(larger, larger_room, (*keys)[i].hash) = (*keys)[i];
	free(*keys);
	*keys = larger;
	*room = larger_room;
	return true;
}

static bool key_index(struct wv_stories *s, uint64_t hash, uint32_t *out)
{
	struct key *slot;

	hash += hash == 0;
	if (!make_room_for_keys(&s->keys, &s->key_room, s->key_count) ||
	    !grow(&s->counts, sizeof(*s->counts), s->key_count + 1, &s->count_room))
		return false;
	slot = key_slot(s->keys, s->key_room, hash);
	if (!slot->hash) {
		s->counts[s->key_count] = 0;
		*slot = (struct key){hash, (uint32_t)s->key_count++};
	}
	*out = slot->index;
	return true;
}

static bool shown_index(struct wv_stories *s, struct wv_slice text, uint32_t *out)
{
	struct key *slot;
	uint64_t hash;

	text = wv_slice_part(text, 0, wv_min_size(text.n, 63));
	hash = wv_slice_hash(text, 1) | 1;
	if (!make_room_for_keys(&s->shown_keys, &s->shown_key_room, s->shown_count) ||
	    !grow(&s->shown, sizeof(*s->shown), s->shown_count + 1, &s->shown_room) ||
	    !grow(&s->pool, 1, s->pool_bytes + text.n + 1, &s->pool_room) || s->pool_bytes > UINT32_MAX - 64)
		return false;
	slot = key_slot(s->shown_keys, s->shown_key_room, hash);
	if (!slot->hash) {
		s->pool[s->pool_bytes] = (unsigned char)text.n;
		if (text.n > 0)
			memcpy(s->pool + s->pool_bytes + 1, text.p, text.n);
		s->shown[s->shown_count] = (uint32_t)s->pool_bytes;
		s->pool_bytes += text.n + 1;
		*slot = (struct key){hash, (uint32_t)s->shown_count++};
	}
	*out = slot->index;
	return true;
}

static struct wv_slice shown_text(const struct wv_stories *s, uint32_t index)
{
	const unsigned char *at;

	if (s->is_weighed)
		return s->given[index].shown;
	at = s->pool + s->shown[index];
	return wv_slice(at + 1, at[0]);
}

static int by_key(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static bool give_mention(struct wv_stories *s, const struct wv_mention *from, float rarity,
                         struct kept *to)
{
	if (!grow(&s->given, sizeof(*s->given), s->given_count + 1, &s->given_room))
		return false;
	to->key = (uint32_t)(from->key >> 32);
	to->shown = (uint32_t)s->given_count;
	s->given[s->given_count++] = (struct given){from->shown, rarity};
	return true;
}

static bool keep_mention(struct wv_stories *s, const struct wv_story_text *text, size_t i,
                         struct kept *to)
{
	const struct wv_mention *from = &text->mentions->items[i];

	*to = (struct kept){.value = (float)from->value,
	                    .context = (uint16_t)from->context,
	                    .kind = from->kind,
	                    .salience = (uint8_t)lround(from->salience * 255)};
	if (s->is_weighed)
		return give_mention(s, from, text->rarities[i], to);
	return key_index(s, from->key, &to->key) && shown_index(s, from->shown, &to->shown);
}

/* Mentions by key, each key once: a code may stand in a text as a word too. */
static void settle(struct kept *kept, struct text *t)
{
	bool is_sorted = true;
	uint32_t n = 0;

	for (uint32_t i = 1; i < t->count && is_sorted; i++)
		is_sorted = kept[i - 1].key <= kept[i].key;
	if (!is_sorted)
		qsort(kept, t->count, sizeof(*kept), by_key);
	for (uint32_t i = 0; i < t->count; i++)
		if (n == 0 || kept[n - 1].key != kept[i].key)
			kept[n++] = kept[i];
	t->count = n;
}

static double rarity_of(const struct wv_stories *s, const struct kept *m)
{
	return s->is_weighed ? s->given[m->shown].rarity : s->rarity[m->key];
}

static bool is_subject(uint8_t kind)
{
	return kind == WV_MENTION_PLACE || kind == WV_MENTION_NAME || kind == WV_MENTION_EVENT;
}

static float norm_of(const struct wv_stories *s, const struct text *t)
{
	double norm = 0;

	for (uint32_t k = 0; k < t->count; k++) {
		const struct kept *m = &s->kept[t->first + k];
		double weight = kind_weight[m->kind] * rarity_of(s, m) * m->salience / 255;

		norm += is_subject(m->kind) ? weight * weight : 0;
	}
	return (float)sqrt(norm);
}

enum wv_status wv_stories_add(struct wv_stories *s, const struct wv_story_text *text, struct wv_err *err)
{
	const struct wv_mentions *m = text->mentions;
	struct kept *kept;
	struct text *t;

	if (s->text_count >= WV_STORIES_MOST || s->kept_count > UINT32_MAX - WV_MENTIONS_MAX)
		return wv_err_set(err, WV_LIMIT, "more than %u texts at once", (unsigned)WV_STORIES_MOST);
	if (!grow(&s->texts, sizeof(*s->texts), s->text_count + 1, &s->text_room) ||
	    !grow(&s->kept, sizeof(*s->kept), s->kept_count + m->n, &s->kept_room))
		return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	t = &s->texts[s->text_count];
	kept = s->kept + s->kept_count;
	*t = (struct text){.first = (uint32_t)s->kept_count,
	                   .count = (uint32_t)m->n,
	                   .day = INT32_MIN,
	                   .others = text->others,
	                   .own = text->own};
	t->language = wv_units_language(text->language);
	if (text->when.us != WV_TIME_NONE.us)
		t->day = (int32_t)(text->when.us / DAY_US - (text->when.us % DAY_US < 0));
	for (size_t i = 0; i < m->n; i++)
		if (!keep_mention(s, text, i, &kept[i]))
			return wv_err_set(err, WV_NOMEM, "out of memory for stories");
	settle(kept, t);
	for (size_t i = 0; i < t->count && !s->is_weighed; i++)
		s->counts[kept[i].key]++;
	if (s->is_weighed)
		t->norm = norm_of(s, t);
	s->kept_count += t->count;
	s->text_count++;
	return WV_OK;
}

/* A text without a day is far from every other. */
static int64_t days_apart(const struct text *a, const struct text *b)
{
	return llabs((int64_t)a->day - b->day);
}

/* ---- scoring ---- */

/* Two dead, three hurt: small numbers are in every text. */
static bool is_everywhere(uint8_t kind, uint32_t context, double value)
{
	return (kind == WV_MENTION_QUANTITY && context == 0 && value <= 12) ||
	       (kind == WV_MENTION_FIGURE && context == WV_MENTION_ORDINAL);
}

static double weigh(const struct wv_stories *s, const struct kept *m)
{
	return rarity_of(s, m) * (is_everywhere(m->kind, m->context, m->value) ? EVERYWHERE : 1);
}

/* Of a text's mention that another one shares: in a weighed set the later text's counts. */
static const struct kept *counted(const struct wv_stories *s, const struct kept *x, const struct kept *y)
{
	return s->is_weighed && y > x ? y : x;
}

static double salience(const struct kept *a, const struct kept *b)
{
	return sqrt((double)a->salience * b->salience) / 255;
}

/* Do both say which one of a series they are about, and not the same? */
static bool are_others_of_a_series(const struct wv_stories *s, const struct text *a, const struct text *b)
{
	bool has_a = false, has_b = false;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct kept *x = &s->kept[a->first + i];

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
static double contradiction(const struct wv_stories *s, const struct text *a, const struct text *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct kept *x = &s->kept[a->first + i];
		double nearest = HUGE_VAL;
		bool is_first = true;

		if (x->kind != WV_MENTION_FIGURE || x->context == WV_MENTION_ORDINAL ||
		    x->salience < SALIENT * 255)
			continue;
		/* Each matter once, at its first figure. */
		for (uint32_t k = 0; k < i && is_first; k++) {
			const struct kept *before = &s->kept[a->first + k];

			is_first = before->kind != WV_MENTION_FIGURE || before->context != x->context ||
			           before->salience < SALIENT * 255;
		}
		if (!is_first)
			continue;
		for (uint32_t k = i; k < a->count; k++) {
			const struct kept *mine = &s->kept[a->first + k];

			if (mine->kind != WV_MENTION_FIGURE || mine->context != x->context ||
			    mine->salience < SALIENT * 255)
				continue;
			for (uint32_t j = 0; j < b->count; j++) {
				const struct kept *y = &s->kept[b->first + j];

				if (y->kind == WV_MENTION_FIGURE && y->context == x->context &&
				    y->salience >= SALIENT * 255) {
					double ratio = fabs(log(fmax(mine->value, 1e-9) / fmax(y->value, 1e-9)));

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

static void compare(const struct wv_stories *s, const struct text *a, const struct text *b,
                    struct likeness *out)
{
	double sums[WV_MENTION_KINDS] = {0}, shared = 0, named = 0;
	uint8_t kind;
	const struct kept *x = s->kept + a->first, *y = s->kept + b->first;
	const struct kept *x_end = x + a->count, *y_end = y + b->count;

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
		sums[kind] += weigh(s, counted(s, x, y)) * salience(x, y);
		out->count += kind != WV_MENTION_DAY;
		if (is_subject(kind)) {
			double weight = kind_weight[kind] * rarity_of(s, counted(s, x, y));

			shared += weight * weight * x->salience * y->salience / (255.0 * 255);
		}
		x++;
		y++;
	}
	sums[WV_MENTION_WORD] += sums[WV_MENTION_CODE];
	sums[WV_MENTION_CODE] = 0;
	for (int k = 0; k < WV_MENTION_KINDS; k++)
		out->sum += kind_weight[k] * kind_most[k] * (1 - exp(-sums[k] / kind_most[k]));
	named = sums[WV_MENTION_PLACE] + sums[WV_MENTION_NAME] + sums[WV_MENTION_WORD] +
	        sums[WV_MENTION_SOUND];
	out->has_subject = named >= 1;
	out->cosine = shared / ((double)a->norm * b->norm + 1e-9);
	out->days = sums[WV_MENTION_DAY];
}

/* Per cent, money, and large plain numbers are rounded differently by different writers. */
static bool is_roundable(const struct kept *m)
{
	return m->kind == WV_MENTION_QUANTITY && (m->context != 0 || m->value >= 100);
}

/* Nearly the same quantity, other than what both have exactly: "29%" and "近30%". */
static bool is_near(const struct kept *x, const struct kept *y)
{
	return is_roundable(y) && x->context == y->context && x->key != y->key &&
	       fabs(x->value - y->value) <= NEAR * fmax(fabs(x->value), fabs(y->value));
}

static bool has_key(const struct wv_stories *s, const struct text *t, uint32_t key)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (s->kept[t->first + i].key == key)
			return true;
	return false;
}

/* The quantity of b that is nearly this one of a; NULL: none, or b has the very one. */
static const struct kept *near_of(const struct wv_stories *s, const struct kept *x, const struct text *b)
{
	for (uint32_t j = 0; is_roundable(x) && j < b->count; j++) {
		const struct kept *y = &s->kept[b->first + j];

		if (is_near(x, y))
			return has_key(s, b, x->key) ? NULL : y;
	}
	return NULL;
}

static double near_sum(const struct wv_stories *s, const struct text *a, const struct text *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		const struct kept *x = &s->kept[a->first + i], *y = near_of(s, x, b);

		if (y)
			sum += NEAR_SHARE * weigh(s, counted(s, x, y)) * salience(x, y);
	}
	return fmin(sum, kind_most[WV_MENTION_QUANTITY]);
}

static double base_score(const struct likeness *l)
{
	return l->sum * (COSINE_FLOOR + l->cosine);
}

static bool is_other_language(const struct text *a, const struct text *b)
{
	return a->language == 0 || b->language == 0 || a->language != b->language;
}

static double pair_score(const struct wv_stories *s, const struct text *a, const struct text *b)
{
	struct likeness l;
	bool is_other = is_other_language(a, b);
	double apart = (double)days_apart(a, b), like_a = is_other ? a->others : a->own,
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
	if (score >= LINK_LEAST / 2)
		score += kind_weight[WV_MENTION_QUANTITY] * near_sum(s, a, b) *
		         (COSINE_FLOOR + l.cosine);
	if (score >= LINK_LEAST && are_others_of_a_series(s, a, b))
		score -= OTHER_ORDINAL;
	if (score >= LINK_LEAST && apart > 0)
		score -= CONTRADICTION * apart * contradiction(s, a, b);
	return score;
}

/* ---- candidates ---- */

#define POSTINGS_MOST   3000u /* of a key in the window: more of them tell nobody apart */
#define CANDIDATES_MOST 96u
#define OTHERS_REACH    64u /* postings of a key looked at on each side of the window */
#define OTHERS_MOST     24u
#define OTHERS_MEAN     3u

struct candidate {
	float weight;
	uint32_t place;
};

struct search {
	float *weights; /* by place */
	uint32_t *touched;
	size_t touched_count;
	struct candidate best[CANDIDATES_MOST];
};

static void touch(struct search *search, uint32_t place, double weight)
{
	if (weight <= 0)
		return;
	if (search->weights[place] == 0)
		search->touched[search->touched_count++] = place;
	search->weights[place] += (float)weight;
}

static bool is_lighter(const struct candidate *x, const struct candidate *y)
{
	return x->weight != y->weight ? x->weight < y->weight : x->place > y->place;
}

static int by_weight(const void *a, const void *b)
{
	return is_lighter(a, b) ? 1 : is_lighter(b, a) ? -1 : 0;
}

/* The lightest is at the top of the heap: it is what the next one must beat. */
static void sink(struct candidate *heap, size_t n, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
			if (is_lighter(&heap[child], &heap[least]))
				least = child;
		if (least == at)
			return;
		struct candidate moved = heap[at];
		heap[at] = heap[least];
		heap[least] = moved;
		at = least;
	}
}

/* The heaviest of what was touched, of at least `least`, in search->best; empties the search. */
static size_t heaviest(struct search *search, double least)
{
	struct candidate *best = search->best;
	size_t n = 0;

	for (size_t i = 0; i < search->touched_count; i++) {
		uint32_t place = search->touched[i];
		struct candidate found = {search->weights[place], place};

		search->weights[place] = 0;
		if (found.weight < least)
			continue;
		if (n < CANDIDATES_MOST) {
			best[n++] = found;
			if (n == CANDIDATES_MOST)
				for (size_t k = n / 2; k-- > 0;)
					sink(best, n, k);
		} else if (is_lighter(&best[0], &found)) {
			best[0] = found;
			sink(best, n, 0);
		}
	}
	search->touched_count = 0;
	qsort(best, n, sizeof(*best), by_weight);
	return n;
}

static const struct text *text_at(const struct wv_stories *s, uint32_t place)
{
	return &s->texts[s->order[place]];
}

/* First posting of the list at or after `place`. */
static uint32_t posting_from(const struct wv_stories *s, uint32_t first, uint32_t end, uint32_t place)
{
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (s->postings[middle] < place)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* First place whose day is `day` or later. */
static uint32_t place_of_day(const struct wv_stories *s, int64_t day)
{
	uint32_t first = 0, end = (uint32_t)s->text_count;

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (text_at(s, middle)->day < day)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* The likest texts, of its own language and of others. */
struct likest {
	double best[2][OTHERS_MEAN];
	size_t looked[2];
};

static void liken(const struct wv_stories *s, const struct text *t, const struct text *other,
                  struct likest *likest)
{
	int is_other = is_other_language(t, other);
	struct likeness l;
	double score;

	if (other->day == INT32_MIN || likest->looked[is_other] >= OTHERS_MOST)
		return;
	likest->looked[is_other]++;
	compare(s, t, other, &l);
	score = base_score(&l);
	for (size_t k = 0; k < OTHERS_MEAN; k++) {
		double less = likest->best[is_other][k];

		if (score <= less)
			continue;
		likest->best[is_other][k] = score;
		score = less;
	}
}

static float mean_likeness(const struct likest *likest, int is_other)
{
	const double *best = likest->best[is_other];

	return (float)((best[0] + best[1] + best[2]) / OTHERS_MEAN);
}

/* The mean likeness to the likest texts outside the window. */
static void measure_others(struct wv_stories *s, struct search *search, uint32_t place)
{
	struct text *t = &s->texts[s->order[place]];
	uint32_t from = place_of_day(s, (int64_t)t->day - s->window_days),
	         to = place_of_day(s, (int64_t)t->day + s->window_days + 1);
	struct likest likest = {.looked = {0}};
	size_t n;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct kept *m = &s->kept[t->first + i];
		uint32_t first = s->posting_first[m->key], end = s->posting_first[m->key + 1], middle;
		double weight = kind_weight[m->kind] * weigh(s, m) * m->salience;

		middle = posting_from(s, first, end, from);
		for (uint32_t p = middle; p > first && middle - p < OTHERS_REACH; p--)
			touch(search, s->postings[p - 1], weight);
		middle = posting_from(s, first, end, to);
		for (uint32_t p = middle; p < end && p - middle < OTHERS_REACH; p++)
			touch(search, s->postings[p], weight);
	}
	n = heaviest(search, 0);
	for (size_t i = 0; i < n; i++)
		liken(s, t, text_at(s, search->best[i].place), &likest);
	t->own = mean_likeness(&likest, 0);
	t->others = mean_likeness(&likest, 1);
}

double wv_story_weight_least(void)
{
	return LINK_LEAST / (COSINE_FLOOR + 1);
}

static bool score_candidates(struct wv_stories *s, struct search *search, uint32_t place)
{
	const struct text *t = text_at(s, place);
	uint32_t from = place_of_day(s, (int64_t)t->day - s->window_days);
	size_t n;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct kept *m = &s->kept[t->first + i];
		uint32_t end = s->posting_first[m->key + 1];
		uint32_t first = posting_from(s, s->posting_first[m->key], end, from);
		double weight = kind_weight[m->kind] * weigh(s, m) * m->salience;

		if (posting_from(s, first, end, place) - first > POSTINGS_MOST)
			continue;
		for (uint32_t p = first; p < end && s->postings[p] < place; p++)
			touch(search, s->postings[p], weight);
	}
	/* No more than this sum can come of it, and the cosine adds a third at most. */
	n = heaviest(search, 255 * wv_story_weight_least());
	for (size_t i = 0; i < n; i++) {
		double score = pair_score(s, text_at(s, search->best[i].place), t);

		if (score < LINK_LEAST)
			continue;
		if (!grow(&s->pairs, sizeof(*s->pairs), s->pair_count + 1, &s->pair_room))
			return false;
		s->pairs[s->pair_count++] =
			(struct scored){search->best[i].place, place, (float)score};
	}
	return true;
}

/* ---- links ---- */

static int by_time(const void *a, const void *b, void *context)
{
	const struct wv_stories *s = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (s->texts[x].day != s->texts[y].day)
		return s->texts[x].day < s->texts[y].day ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* A small set borrows what is known of larger ones. */
static double rarity_among(uint8_t kind, uint32_t context, double value, uint64_t texts, uint64_t count)
{
	double borrowed = texts < SET_LEAST ? (double)(SET_LEAST - texts) : 0, prior = kind_prior[kind];

	if (kind == WV_MENTION_QUANTITY && context == 0 && value <= 31)
		prior = 0.04;
	return fmin(RARITY_MOST, log(((double)texts + borrowed + 1) /
	                             ((double)count + borrowed * prior + 0.5)));
}

static bool make_tables(struct wv_stories *s)
{
	size_t n = s->text_count, keys = s->key_count;

	s->rarity = calloc(keys + 1, sizeof(*s->rarity));
	s->order = calloc(n + 1, sizeof(*s->order));
	s->place = calloc(n + 1, sizeof(*s->place));
	s->posting_first = calloc(keys + 2, sizeof(*s->posting_first));
	s->postings = calloc(s->kept_count + 1, sizeof(*s->postings));
	if (!s->rarity || !s->order || !s->place || !s->posting_first || !s->postings)
		return false;
	for (size_t i = 0; i < n; i++)
		s->order[i] = (uint32_t)i;
	qsort_r(s->order, n, sizeof(*s->order), by_time, s);
	for (size_t i = 0; i < s->kept_count; i++) {
		const struct kept *m = &s->kept[i];

		s->rarity[m->key] = (float)rarity_among(m->kind, m->context, m->value, n, s->counts[m->key]);
		s->posting_first[m->key + 2]++;
	}
	for (size_t k = 2; k < keys + 2; k++)
		s->posting_first[k] += s->posting_first[k - 1];
	for (size_t i = 0; i < n; i++) {
		struct text *t = &s->texts[s->order[i]];

		s->place[s->order[i]] = (uint32_t)i;
		for (uint32_t k = 0; k < t->count; k++)
			s->postings[s->posting_first[s->kept[t->first + k].key + 1]++] = (uint32_t)i;
		t->norm = norm_of(s, t);
	}
	return true;
}

/* By text, so that the pairs of one stand together: each pair twice. */
static int by_first(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

static bool fits_better(const struct wv_stories *s, const struct scored *pairs, const size_t *first,
                        uint32_t a, uint32_t b, float score)
{
	const struct text *x = text_at(s, a), *y = text_at(s, b);
	int64_t apart = days_apart(x, y);

	for (size_t i = first[a]; i < first[a + 1]; i++) {
		const struct text *other = text_at(s, pairs[i].b);

		if (pairs[i].b != b && other->language == y->language &&
		    pairs[i].score > score + BETTER_MARGIN && days_apart(other, x) < apart)
			return true;
	}
	return false;
}

/* Kept in order, the heaviest first; the lightest falls off the end. */
static void add_evidence(struct wv_story_link *link, struct wv_story_evidence found)
{
	size_t at = link->evidence_count;

	if (at == WV_STORY_EVIDENCE_MAX) {
		if (found.weight <= link->evidence[at - 1].weight)
			return;
		at--;
	} else {
		link->evidence_count++;
	}
	for (; at > 0 && link->evidence[at - 1].weight < found.weight; at--)
		link->evidence[at] = link->evidence[at - 1];
	link->evidence[at] = found;
}

static void gather_evidence(const struct wv_stories *s, struct wv_story_link *link)
{
	const struct text *a = &s->texts[link->a], *b = &s->texts[link->b];
	const struct kept *y = s->kept + b->first, *y_end = y + b->count;

	link->evidence_count = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct kept *x = &s->kept[a->first + i], *near;

		while (y < y_end && y->key < x->key)
			y++;
		if (y < y_end && y->key == x->key)
			add_evidence(link, (struct wv_story_evidence){
						   x->kind < y->kind ? x->kind : y->kind,
						   shown_text(s, x->shown),
						   weigh(s, counted(s, x, y)) * salience(x, y)});
		else if ((near = near_of(s, x, b)) != NULL)
			add_evidence(link, (struct wv_story_evidence){
						   x->kind, shown_text(s, x->shown),
						   NEAR_SHARE * weigh(s, counted(s, x, near)) *
							   salience(x, near)});
	}
}

/* How a name sounds says nothing more where it is written alike in both. */
static void drop_echoes(struct wv_story_link *link)
{
	size_t n = 0;

	for (size_t i = 0; i < link->evidence_count; i++) {
		const struct wv_story_evidence *e = &link->evidence[i];
		bool is_echo = false;

		for (size_t k = 0; k < link->evidence_count && !is_echo; k++)
			is_echo = e->kind == WV_MENTION_SOUND && k != i &&
			          wv_slice_equals(e->shown, link->evidence[k].shown) &&
			          (link->evidence[k].kind != WV_MENTION_SOUND || k < i);
		if (!is_echo)
			link->evidence[n++] = *e;
	}
	link->evidence_count = n;
}

static void make_link(const struct wv_stories *s, uint32_t a, uint32_t b, double score,
                      struct wv_story_link *link)
{
	link->a = a;
	link->b = b;
	link->score = 1 / (1 + exp((LINK_LEAST - score) / 2));
	gather_evidence(s, link);
	drop_echoes(link);
}

/* What is left of a score where a nearer text fits better. */
static double beaten(double score)
{
	return score - fmax(BETTER_COST, BETTER_SHARE * score);
}

static enum wv_status give_links(struct wv_stories *s, const struct scored *pairs, const size_t *first,
                                 wv_story_link_fn each, void *context, struct wv_err *err)
{
	struct wv_story_link link;

	for (uint32_t number = 0; number < s->text_count; number++) {
		uint32_t a = s->place[number];

		for (size_t i = first[a]; i < first[a + 1]; i++) {
			uint32_t b = pairs[i].b;
			double score = pairs[i].score;
			enum wv_status st;

			if (s->order[b] < number)
				continue;
			if (days_apart(text_at(s, a), text_at(s, b)) >= 2 &&
			    (fits_better(s, pairs, first, a, b, pairs[i].score) ||
			     fits_better(s, pairs, first, b, a, pairs[i].score)))
				score = beaten(score);
			if (score < LINK_LEAST)
				continue;
			make_link(s, number, s->order[b], score, &link);
			st = each(context, &link, err);
			if (st != WV_OK)
				return st;
		}
	}
	return WV_OK;
}

static enum wv_status link_pairs(struct wv_stories *s, wv_story_link_fn each, void *context,
                                 struct wv_err *err)
{
	struct scored *both = calloc(s->pair_count * 2 + 1, sizeof(*both));
	size_t *first = calloc(s->text_count + 2, sizeof(*first));
	enum wv_status st = WV_OK;

	if (!both || !first) {
		st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
	} else {
		for (size_t i = 0; i < s->pair_count; i++) {
			const struct scored *p = &s->pairs[i];

			both[2 * i] = *p;
			both[2 * i + 1] = (struct scored){p->b, p->a, p->score};
			first[p->a + 1]++;
			first[p->b + 1]++;
		}
		qsort(both, s->pair_count * 2, sizeof(*both), by_first);
		for (size_t i = 1; i <= s->text_count; i++)
			first[i] += first[i - 1];
		st = give_links(s, both, first, each, context, err);
	}
	free(both);
	free(first);
	return st;
}

enum wv_status wv_stories_each_link(struct wv_stories *s, wv_story_link_fn each,
                                    bool (*goes_on)(void *context), void *context, struct wv_err *err)
{
	struct search search = {.touched_count = 0};
	enum wv_status st = WV_OK;

	search.weights = calloc(s->text_count + 1, sizeof(*search.weights));
	search.touched = calloc(s->text_count + 1, sizeof(*search.touched));
	if (!search.weights || !search.touched || !make_tables(s))
		st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t place = 0; place < s->text_count && st == WV_OK; place++) {
			if (text_at(s, place)->day == INT32_MIN)
				continue;
			if (goes_on && place % 256 == 0 && !goes_on(context))
				st = wv_err_set(err, WV_STOPPED, "interrupted");
			else if (round == 0)
				measure_others(s, &search, place);
			else if (!score_candidates(s, &search, place))
				st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
		}
	}
	free(search.weights);
	free(search.touched);
	return st == WV_OK ? link_pairs(s, each, context, err) : st;
}

/* ---- a weighed set ---- */

double wv_story_rarity(const struct wv_mention *m, uint64_t texts, uint64_t count)
{
	return rarity_among(m->kind, m->context, m->value, texts, count);
}

double wv_story_weight(const struct wv_mention *m, double rarity)
{
	return kind_weight[m->kind] * rarity * (double)m->salience *
	       (is_everywhere(m->kind, m->context, m->value) ? EVERYWHERE : 1);
}

void wv_stories_likeness(struct wv_stories *s, uint32_t number, float *others, float *own)
{
	struct likest likest = {.looked = {0}};

	for (uint32_t i = 0; i < s->text_count; i++)
		if (i != number)
			liken(s, &s->texts[number], &s->texts[i], &likest);
	*own = mean_likeness(&likest, 0);
	*others = mean_likeness(&likest, 1);
}

/* The score of two texts; less than any where they are too far apart. */
static double score_of(const struct wv_stories *s, uint32_t x, uint32_t y)
{
	const struct text *a = &s->texts[x], *b = &s->texts[y];
	bool turns = a->day != b->day ? a->day > b->day : x > y;

	if (a->day == INT32_MIN || b->day == INT32_MIN || days_apart(a, b) > s->window_days)
		return -HUGE_VAL;
	return turns ? pair_score(s, b, a) : pair_score(s, a, b);
}

/* Is there a text in y's language that fits x better and is nearer? Scores are those of x. */
static bool is_beaten(const struct wv_stories *s, uint32_t x, uint32_t y, const double *scores)
{
	int64_t apart = days_apart(&s->texts[x], &s->texts[y]);

	for (uint32_t i = 0; i < s->text_count; i++)
		if (i != x && i != y && s->texts[i].language == s->texts[y].language &&
		    scores[i] >= LINK_LEAST && scores[i] > scores[y] + BETTER_MARGIN &&
		    days_apart(&s->texts[i], &s->texts[x]) < apart)
			return true;
	return false;
}

static void score_all(const struct wv_stories *s, uint32_t x, const double *of_first, uint32_t first,
                      double *scores)
{
	int64_t apart = days_apart(&s->texts[x], &s->texts[first]);

	for (uint32_t i = 0; i < s->text_count; i++) {
		bool matters = s->texts[i].language == s->texts[first].language &&
		               days_apart(&s->texts[i], &s->texts[x]) < apart;

		scores[i] = i != x && matters ? score_of(s, x, i) : -HUGE_VAL;
	}
	scores[first] = of_first[x];
}

enum wv_status wv_stories_of(struct wv_stories *s, uint32_t number,
                             enum wv_status (*may_link)(void *context, uint32_t other, bool *may,
                                                        struct wv_err *err),
                             wv_story_link_fn each, void *context, struct wv_err *err)
{
	double *scores = calloc(s->text_count * 2 + 1, sizeof(*scores));
	double *of_other = scores ? scores + s->text_count : NULL;
	enum wv_status st = scores ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for stories");
	struct wv_story_link link;

	for (uint32_t i = 0; st == WV_OK && i < s->text_count; i++) {
		bool may = true;

		scores[i] = i == number ? -HUGE_VAL : score_of(s, number, i);
		if (scores[i] < LINK_LEAST)
			continue;
		st = may_link(context, i, &may, err);
		if (may)
			continue;
		scores[i] = -HUGE_VAL;
		s->texts[i].day = INT32_MIN;
	}
	for (uint32_t i = 0; st == WV_OK && i < s->text_count; i++) {
		double score = scores[i];

		if (score < LINK_LEAST)
			continue;
		if (days_apart(&s->texts[i], &s->texts[number]) >= 2) {
			bool is_worse = is_beaten(s, number, i, scores);

			if (!is_worse) {
				score_all(s, i, scores, number, of_other);
				is_worse = is_beaten(s, i, number, of_other);
			}
			score = is_worse ? beaten(score) : score;
		}
		if (score < LINK_LEAST)
			continue;
		make_link(s, number, i, score, &link);
		st = each(context, &link, err);
	}
	free(scores);
	return st;
}
