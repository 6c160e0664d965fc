#include "archive/copies/story_inner.h"

#define POSTINGS_MOST 3000u /* of a key in the window: more of them tell nobody apart */
#define OTHERS_REACH  64u   /* postings of a key looked at on each side of the window */

/* ---- tables ---- */

static int by_time(const void *a, const void *b, void *context)
{
	const struct wv_stories *s = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (s->texts[x].day != s->texts[y].day)
		return s->texts[x].day < s->texts[y].day ? -1 : 1;
	return x < y ? -1 : x > y;
}

bool wv_stories_make_tables(struct wv_stories *s)
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
		const struct wv_story_kept *m = &s->kept[i];

		s->rarity[m->key] = (float)wv_story_rarity_among(m->kind, m->context, m->value, n,
		                                                 s->counts[m->key]);
		s->posting_first[m->key + 2]++;
	}
	for (size_t k = 2; k < keys + 2; k++)
		s->posting_first[k] += s->posting_first[k - 1];
	for (size_t i = 0; i < n; i++) {
		struct wv_story_member *t = &s->texts[s->order[i]];

		s->place[s->order[i]] = (uint32_t)i;
		for (uint32_t k = 0; k < t->count; k++)
			s->postings[s->posting_first[s->kept[t->first + k].key + 1]++] =
				(uint32_t)i;
		t->norm = wv_story_norm(s, t);
	}
	return true;
}

/* ---- the heaviest ---- */

static void touch(struct wv_story_search *search, uint32_t place, double weight)
{
	if (weight <= 0)
		return;
	if (search->weights[place] == 0)
		search->touched[search->touched_count++] = place;
	search->weights[place] += (float)weight;
}

static bool is_lighter(const struct wv_story_candidate *x, const struct wv_story_candidate *y)
{
	return x->weight != y->weight ? x->weight < y->weight : x->place > y->place;
}

static int by_weight(const void *a, const void *b)
{
	return is_lighter(a, b) ? 1 : is_lighter(b, a) ? -1 : 0;
}

/* The lightest is at the top of the heap: it is what the next one must beat. */
static void sink(struct wv_story_candidate *heap, size_t n, size_t at)
{
	for (;;) {
		size_t least = at;

		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++)
			if (is_lighter(&heap[child], &heap[least]))
				least = child;
		if (least == at)
			return;
		struct wv_story_candidate moved = heap[at];
		heap[at] = heap[least];
		heap[least] = moved;
		at = least;
	}
}

/* The heaviest of what was touched, of at least `least`, in search->best; empties the search. */
static size_t heaviest(struct wv_story_search *search, double least)
{
	struct wv_story_candidate *best = search->best;
	size_t n = 0;

	for (size_t i = 0; i < search->touched_count; i++) {
		uint32_t place = search->touched[i];
		struct wv_story_candidate found = {search->weights[place], place};

		search->weights[place] = 0;
		if (found.weight < least)
			continue;
		if (n < WV_STORY_CANDIDATES_MOST) {
			best[n++] = found;
			if (n == WV_STORY_CANDIDATES_MOST)
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

/* ---- candidates ---- */

/* First posting of the list at or after `place`. */
static uint32_t posting_from(const struct wv_stories *s, uint32_t first, uint32_t end,
                             uint32_t place)
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

		if (wv_story_at(s, middle)->day < day)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

void wv_stories_measure_others(struct wv_stories *s, struct wv_story_search *search, uint32_t place)
{
	struct wv_story_member *t = &s->texts[s->order[place]];
	uint32_t from = place_of_day(s, (int64_t)t->day - s->window_days),
		 to = place_of_day(s, (int64_t)t->day + s->window_days + 1);
	struct wv_story_likest likest = {.looked = {0}};
	size_t n;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct wv_story_kept *m = &s->kept[t->first + i];
		uint32_t first = s->posting_first[m->key], end = s->posting_first[m->key + 1],
			 middle;
		double weight = wv_story_kind_weight[m->kind] * wv_story_weigh(s, m) * m->salience;

		middle = posting_from(s, first, end, from);
		for (uint32_t p = middle; p > first && middle - p < OTHERS_REACH; p--)
			touch(search, s->postings[p - 1], weight);
		middle = posting_from(s, first, end, to);
		for (uint32_t p = middle; p < end && p - middle < OTHERS_REACH; p++)
			touch(search, s->postings[p], weight);
	}
	n = heaviest(search, 0);
	for (size_t i = 0; i < n; i++)
		wv_story_liken(s, t, wv_story_at(s, search->best[i].place), &likest);
	t->own = wv_story_mean_likeness(&likest, 0);
	t->others = wv_story_mean_likeness(&likest, 1);
}

bool wv_stories_score_candidates(struct wv_stories *s, struct wv_story_search *search,
                                 uint32_t place)
{
	const struct wv_story_member *t = wv_story_at(s, place);
	uint32_t from = place_of_day(s, (int64_t)t->day - s->window_days);
	size_t n;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct wv_story_kept *m = &s->kept[t->first + i];
		uint32_t end = s->posting_first[m->key + 1];
		uint32_t first = posting_from(s, s->posting_first[m->key], end, from);
		double weight = wv_story_kind_weight[m->kind] * wv_story_weigh(s, m) * m->salience;

		if (posting_from(s, first, end, place) - first > POSTINGS_MOST)
			continue;
		for (uint32_t p = first; p < end && s->postings[p] < place; p++)
			touch(search, s->postings[p], weight);
	}
	/* No more than this sum can come of it, and the cosine adds a third at most. */
	n = heaviest(search, 255 * wv_story_weight_least());
	for (size_t i = 0; i < n; i++) {
		double score = wv_story_pair_score(s, wv_story_at(s, search->best[i].place), t);

		if (score < WV_STORY_LINK_LEAST)
			continue;
		if (!wv_stories_grow(&s->pairs, sizeof(*s->pairs), s->pair_count + 1,
		                     &s->pair_room))
			return false;
		s->pairs[s->pair_count++] =
			(struct wv_story_pair){search->best[i].place, place, (float)score};
	}
	return true;
}
