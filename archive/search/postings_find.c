#include "archive/search/postings_inner.h"

#include <stdlib.h>
#include <string.h>

#include "archive/copies/story.h"

struct thing {
	uint64_t key;
	float weight;
};

static int by_weight(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static bool hash_touched(const void *slot, const void *context, uint64_t *hash)
{
	const struct touched *touched = slot;

	(void)context;
	*hash = wv_slots_mix(touched->id);
	return touched->id != 0;
}

static bool touch(struct wv_postings *p, uint32_t id, float weight)
{
	struct touched *touched;
	size_t at;

	if (!wv_slots_reserve(&p->touched, sizeof(*touched), 4096, hash_touched, NULL))
		return false;
	touched = p->touched.p;
	at = wv_slots_first(&p->touched, wv_slots_mix(++id));
	while (touched[at].id && touched[at].id != id)
		at = wv_slots_next(&p->touched, at);
	p->touched.used += touched[at].id == 0;
	touched[at].id = id;
	touched[at].weight += weight;
	return true;
}

static bool may_be_seen(const struct wv_candidates_query *q, const struct wv_report_head *head)
{
	return head && head->captured <= q->at && head->recorded <= q->known_at &&
	       head->page != q->page && head->day >= q->day_from && head->day <= q->day_to;
}

static enum wv_status put_in_list(struct wv_postings *p, size_t n, uint32_t id, struct wv_err *err)
{
	if (n == p->list_room) {
		size_t room = p->list_room ? p->list_room * 2 : 1024;
		uint32_t *larger = realloc(p->list, room * sizeof(*larger));

		if (!larger)
			return postings_no_memory(err);
		p->list = larger;
		p->list_room = room;
	}
	p->list[n] = id;
	return WV_OK;
}

/* Appends those of a period that may be seen, oldest first. */
static enum wv_status list_period(struct wv_postings *p, const struct wv_candidates_query *q,
				  int32_t period, uint64_t key, size_t *n, struct wv_err *err)
{
	struct wv_slice left;
	uint32_t id = 0;
	enum wv_status st = postings_of(p, period, key, &left, err);
	size_t most = q->reach ? SIZE_MAX : WV_POSTINGS_MOST;

	while (st == WV_OK && *n <= most && postings_next(&left, &id)) {
		const struct wv_report_head *head;

		st = postings_head_of(p, id, &head, err);
		if (st == WV_OK && may_be_seen(q, head))
			st = put_in_list(p, (*n)++, id, err);
	}
	return st;
}

static enum wv_status touch_all(struct wv_postings *p, size_t from, size_t to, float weight,
				struct wv_err *err)
{
	for (size_t i = from; i < to; i++)
		if (!touch(p, p->list[i], weight))
			return postings_no_memory(err);
	return WV_OK;
}

static enum wv_status look_up(struct wv_postings *p, const struct wv_candidates_query *q,
			      const struct thing *thing, struct wv_err *err)
{
	int32_t first = postings_period(q->day_from), last = postings_period(q->day_to);
	int32_t periods[PERIODS_MOST];
	size_t n = 0, period_count;
	enum wv_status st = WV_OK;

	for (int32_t period = first; !q->reach && st == WV_OK && period <= last; period++)
		st = list_period(p, q, period, thing->key, &n, err);
	if (!q->reach)
		return st == WV_OK && n <= WV_POSTINGS_MOST ? touch_all(p, 0, n, thing->weight, err)
							    : st;
	st = counts_periods(p, thing->key, first, last, periods, &period_count, err);
	for (size_t i = 0, left = q->reach; st == WV_OK && left > 0 && i < period_count; i++) {
		n = 0;
		st = list_period(p, q, periods[i], thing->key, &n, err);
		if (st == WV_OK)
			st = touch_all(p, n > left ? n - left : 0, n, thing->weight, err);
		left -= n < left ? n : left;
	}
	return st;
}

/* Takes what was touched into `out`, the heaviest first. */
static size_t take_heaviest(struct wv_postings *p, struct wv_candidate *out)
{
	struct touched *touched = p->touched.p;
	size_t n = 0;

	for (size_t i = 0; i < p->touched.room; i++) {
		struct wv_candidate found = {touched[i].id - 1, touched[i].weight};
		size_t at = n;

		if (!touched[i].id)
			continue;
		touched[i] = (struct touched){0};
		for (;
		     at > 0 && (out[at - 1].weight < found.weight ||
				(out[at - 1].weight == found.weight && out[at - 1].id > found.id));
		     at--)
			;
		if (at == WV_CANDIDATES_MOST)
			continue;
		n += n < WV_CANDIDATES_MOST;
		memmove(out + at + 1, out + at, (n - 1 - at) * sizeof(*out));
		out[at] = found;
	}
	p->touched.used = 0;
	return n;
}

enum wv_status wv_postings_find(struct wv_postings *p, const struct wv_candidates_query *q,
				struct wv_candidate *out, size_t *count, struct wv_err *err)
{
	struct thing things[WV_MENTIONS_MAX];
	size_t n = 0;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < q->mentions->n && n < WV_MENTIONS_MAX; i++) {
		double weight = wv_story_weight(&q->mentions->items[i], (double)q->rarities[i]);

		if (weight > 0)
			things[n++] = (struct thing){q->mentions->items[i].key, (float)weight};
	}
	qsort(things, n, sizeof(*things), by_weight);
	for (size_t i = 0; st == WV_OK && i < n && i < q->keys_most; i++)
		st = look_up(p, q, &things[i], err);
	*count = take_heaviest(p, out);
	return st;
}
