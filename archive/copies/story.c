#include "archive/copies/story_inner.h"

#define BETTER_MARGIN 0.3 /* a nearer text fits better by so much: */
#define BETTER_COST   2.0 /* then so much is taken off, */
#define BETTER_SHARE  0.7 /* or this share, whichever is more */

/* ---- a link and its evidence ---- */

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
	const struct wv_story_member *a = &s->texts[link->a], *b = &s->texts[link->b];
	const struct wv_story_kept *y = s->kept + b->first, *y_end = y + b->count;

	link->evidence_count = 0;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct wv_story_kept *x = &s->kept[a->first + i], *near;

		while (y < y_end && y->key < x->key)
			y++;
		if (y < y_end && y->key == x->key)
			add_evidence(link, (struct wv_story_evidence){
						   x->kind < y->kind ? x->kind : y->kind,
						   wv_stories_shown(s, x->shown),
						   wv_story_weigh(s, wv_story_counted(s, x, y)) *
							   wv_story_salience(x, y)});
		else if ((near = wv_story_near(s, x, b)) != NULL)
			add_evidence(
				link,
				(struct wv_story_evidence){
					x->kind, wv_stories_shown(s, x->shown),
					WV_STORY_NEAR_SHARE *
						wv_story_weigh(s, wv_story_counted(s, x, near)) *
						wv_story_salience(x, near)});
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
	link->score = 1 / (1 + exp((WV_STORY_LINK_LEAST - score) / 2));
	gather_evidence(s, link);
	drop_echoes(link);
}

/* What is left of a score where a nearer text fits better. */
static double beaten(double score)
{
	return score - fmax(BETTER_COST, BETTER_SHARE * score);
}

/* ---- all links ---- */

/* By text, so that the pairs of one stand together: each pair twice. */
static int by_first(const void *a, const void *b)
{
	const struct wv_story_pair *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return x->b < y->b ? -1 : x->b > y->b;
}

static bool fits_better(const struct wv_stories *s, const struct wv_story_pair *pairs,
                        const size_t *first, uint32_t a, uint32_t b, float score)
{
	const struct wv_story_member *x = wv_story_at(s, a), *y = wv_story_at(s, b);
	int64_t apart = wv_story_days_apart(x, y);

	for (size_t i = first[a]; i < first[a + 1]; i++) {
		const struct wv_story_member *other = wv_story_at(s, pairs[i].b);

		if (pairs[i].b != b && other->language == y->language &&
		    pairs[i].score > score + BETTER_MARGIN && wv_story_days_apart(other, x) < apart)
			return true;
	}
	return false;
}

static enum wv_status give_links(struct wv_stories *s, const struct wv_story_pair *pairs,
                                 const size_t *first, wv_story_link_fn each, void *context,
                                 struct wv_err *err)
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
			if (wv_story_days_apart(wv_story_at(s, a), wv_story_at(s, b)) >= 2 &&
			    (fits_better(s, pairs, first, a, b, pairs[i].score) ||
			     fits_better(s, pairs, first, b, a, pairs[i].score)))
				score = beaten(score);
			if (score < WV_STORY_LINK_LEAST)
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
	struct wv_story_pair *both = calloc(s->pair_count * 2 + 1, sizeof(*both));
	size_t *first = calloc(s->text_count + 2, sizeof(*first));
	enum wv_status st = WV_OK;

	if (!both || !first) {
		st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
	} else {
		for (size_t i = 0; i < s->pair_count; i++) {
			const struct wv_story_pair *p = &s->pairs[i];

			both[2 * i] = *p;
			both[2 * i + 1] = (struct wv_story_pair){p->b, p->a, p->score};
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
                                    bool (*goes_on)(void *context), void *context,
                                    struct wv_err *err)
{
	struct wv_story_search search = {.touched_count = 0};
	enum wv_status st = WV_OK;

	search.weights = calloc(s->text_count + 1, sizeof(*search.weights));
	search.touched = calloc(s->text_count + 1, sizeof(*search.touched));
	if (!search.weights || !search.touched || !wv_stories_make_tables(s))
		st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t place = 0; place < s->text_count && st == WV_OK; place++) {
			if (wv_story_at(s, place)->day == INT32_MIN)
				continue;
			if (goes_on && place % 256 == 0 && !goes_on(context))
				st = wv_err_set(err, WV_STOPPED, "interrupted");
			else if (round == 0)
				wv_stories_measure_others(s, &search, place);
			else if (!wv_stories_score_candidates(s, &search, place))
				st = wv_err_set(err, WV_NOMEM, "out of memory for stories");
		}
	}
	free(search.weights);
	free(search.touched);
	return st == WV_OK ? link_pairs(s, each, context, err) : st;
}

/* ---- those of one text of a weighed set ---- */

/* The score of two texts; less than any where they are too far apart. */
static double score_of(const struct wv_stories *s, uint32_t x, uint32_t y)
{
	const struct wv_story_member *a = &s->texts[x], *b = &s->texts[y];
	bool turns = a->day != b->day ? a->day > b->day : x > y;

	if (a->day == INT32_MIN || b->day == INT32_MIN ||
	    wv_story_days_apart(a, b) > s->window_days)
		return -HUGE_VAL;
	return turns ? wv_story_pair_score(s, b, a) : wv_story_pair_score(s, a, b);
}

/* Is there a text in y's language that fits x better and is nearer? Scores are those of x. */
static bool is_beaten(const struct wv_stories *s, uint32_t x, uint32_t y, const double *scores)
{
	int64_t apart = wv_story_days_apart(&s->texts[x], &s->texts[y]);

	for (uint32_t i = 0; i < s->text_count; i++)
		if (i != x && i != y && s->texts[i].language == s->texts[y].language &&
		    scores[i] >= WV_STORY_LINK_LEAST && scores[i] > scores[y] + BETTER_MARGIN &&
		    wv_story_days_apart(&s->texts[i], &s->texts[x]) < apart)
			return true;
	return false;
}

/* The same of a text whose own scores are not known: of `first` it is. */
static bool is_beaten_at(const struct wv_stories *s, uint32_t x, uint32_t first, double score)
{
	int64_t apart = wv_story_days_apart(&s->texts[x], &s->texts[first]);

	for (uint32_t i = 0; i < s->text_count; i++) {
		double other;

		if (i == x || i == first || s->texts[i].language != s->texts[first].language ||
		    wv_story_days_apart(&s->texts[i], &s->texts[x]) >= apart)
			continue;
		other = score_of(s, x, i);
		if (other >= WV_STORY_LINK_LEAST && other > score + BETTER_MARGIN)
			return true;
	}
	return false;
}

/* What is left of a score between `number` and i. */
static double settled(const struct wv_stories *s, uint32_t number, uint32_t i, const double *scores)
{
	bool is_worse = wv_story_days_apart(&s->texts[i], &s->texts[number]) >= 2 &&
	                (is_beaten(s, number, i, scores) || is_beaten_at(s, i, number, scores[i]));

	return is_worse ? beaten(scores[i]) : scores[i];
}

struct ranked {
	double score;
	uint32_t number;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Into the best so far, of which `most` are kept, the best first. */
static void keep_best(double *best, size_t *count, size_t most, double score)
{
	size_t at = *count < most ? (*count)++ : most - 1;

	for (; at > 0 && best[at - 1] < score; at--)
		best[at] = best[at - 1];
	best[at] = score;
}

static enum wv_status give_best(struct wv_stories *s, uint32_t number, size_t most,
                                const struct ranked *ranked, size_t n, const double *scores,
                                double *best, wv_story_link_fn each, void *context,
                                struct wv_err *err)
{
	enum wv_status st = WV_OK;
	struct wv_story_link link;
	size_t count = 0;

	for (size_t i = 0; st == WV_OK && i < n; i++) {
		double score;

		/* A score only becomes less: none of the others can be among the best. */
		if (most && count == most && ranked[i].score < best[most - 1])
			break;
		score = settled(s, number, ranked[i].number, scores);
		if (score < WV_STORY_LINK_LEAST || (most && count == most && score < best[most - 1]))
			continue;
		if (most)
			keep_best(best, &count, most, score);
		make_link(s, number, ranked[i].number, score, &link);
		st = each(context, &link, err);
	}
	return st;
}

enum wv_status wv_stories_of(struct wv_stories *s, uint32_t number, size_t most,
                             enum wv_status (*may_link)(void *context, uint32_t other, bool *may,
                                                        struct wv_err *err),
                             wv_story_link_fn each, void *context, struct wv_err *err)
{
	double *scores = calloc(s->text_count * 2 + 1, sizeof(*scores));
	struct ranked *ranked = calloc(s->text_count + 1, sizeof(*ranked));
	enum wv_status st = scores && ranked ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for stories");
	size_t n = 0;

	most = most < s->text_count ? most : 0;
	for (uint32_t i = 0; st == WV_OK && i < s->text_count; i++) {
		bool may = true;

		scores[i] = i == number ? -HUGE_VAL : score_of(s, number, i);
		if (scores[i] < WV_STORY_LINK_LEAST)
			continue;
		st = may_link(context, i, &may, err);
		if (may) {
			ranked[n++] = (struct ranked){scores[i], i};
			continue;
		}
		scores[i] = -HUGE_VAL;
		s->texts[i].day = INT32_MIN;
	}
	if (st == WV_OK) {
		qsort(ranked, n, sizeof(*ranked), by_score);
		st = give_best(s, number, most, ranked, n, scores, scores + s->text_count, each, context,
		               err);
	}
	free(scores);
	free(ranked);
	return st;
}
