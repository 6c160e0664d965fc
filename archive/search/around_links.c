/* What both ways to the links of an article share. */
#include "archive/search/around_inner.h"

#include <stdlib.h>

#include "archive/copies/visible.h"

bool wv_around_goes_on(const struct wv_around_query *q)
{
	return !q->goes_on || q->goes_on(q->goes_on_context);
}

struct wv_time wv_around_time(const struct wv_article *a, const struct wv_capture *capture)
{
	const struct wv_stated_time *p = &a->published;

	if (!p->is_set || wv_time_is_none(p->earliest) || wv_time_is_none(p->latest))
		return capture->captured;
	return (struct wv_time){p->earliest.us + (p->latest.us - p->earliest.us) / 2};
}

enum wv_status wv_around_mark_copies(struct wv_txn *txn, struct wv_arena *arena,
                                     const struct wv_around_query *q, struct wv_around_link *links,
                                     size_t count, struct wv_err *err)
{
	struct wv_visible_query visible = {
		.capture = q->capture, .at = WV_TIME_NONE, .known_at = q->known_at, .now = q->now};
	uint64_t mine = 0;
	enum wv_status st = count ? wv_visible_cluster(txn, arena, &visible, &mine, err) : WV_NO;

	for (size_t i = 0; i < count && st == WV_OK; i++) {
		uint64_t other;

		visible.capture = links[i].capture;
		st = wv_visible_cluster(txn, arena, &visible, &other, err);
		links[i].is_copy = st == WV_OK && mine == other;
		if (st == WV_NO || st == WV_LIMIT)
			st = WV_OK;
	}
	return st == WV_NO || st == WV_LIMIT ? WV_OK : st;
}

enum wv_status wv_around_copy_evidence(struct wv_arena *arena, const struct wv_story_link *link,
                                       struct wv_around_link *out, struct wv_err *err)
{
	struct wv_story_evidence *evidence =
		WV_ARENA_ARRAY(arena, struct wv_story_evidence, link->evidence_count);

	if (!evidence)
		return wv_err_set(err, WV_NOMEM, "out of memory for links");
	for (size_t i = 0; i < link->evidence_count; i++) {
		evidence[i] = link->evidence[i];
		evidence[i].shown = wv_arena_copy(arena, link->evidence[i].shown);
	}
	out->evidence = evidence;
	out->evidence_count = link->evidence_count;
	return WV_OK;
}

static int by_score(const void *a, const void *b)
{
	const struct wv_around_link *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->when.us != y->when.us)
		return x->when.us > y->when.us ? -1 : 1;
	return x->capture < y->capture ? -1 : x->capture > y->capture;
}

size_t wv_around_sort(const struct wv_around_query *q, struct wv_around_link *links, size_t n)
{
	if (n > 0)
		qsort(links, n, sizeof(*links), by_score);
	return q->max && n > q->max ? q->max : n;
}
