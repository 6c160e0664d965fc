#include "crawler/discover/related.h"

#define DOUBT_TEXT      0.4
#define DOUBT_TEXT_MORE 0.25
#define DOUBT_AROUND    0.7
#define DOUBT_PAGE      0.7
#define SHOWN_BYTES     80u

static enum wv_status match(const struct wv_related_topics *topics, struct wv_arena *arena,
			    struct wv_slice text, struct wv_topic_hits **out, struct wv_err *err)
{
	struct wv_topic_hits *hits =
		wv_arena_zero(arena, wv_topic_set_count(topics->set) + 1, sizeof(*hits));

	if (!hits)
		return wv_err_set(err, WV_NOMEM, "out of memory for topics");
	*out = hits;
	return wv_topic_set_match(topics->set, arena, text, hits, err);
}

enum wv_status wv_related_read_page(const struct wv_related_topics *topics, struct wv_arena *arena,
				    struct wv_slice text, struct wv_related_page *out,
				    struct wv_err *err)
{
	struct wv_topic_hits *all, *hits;
	enum wv_status st = match(topics, arena, text, &all, err);

	if (st != WV_OK)
		return st;
	hits = wv_arena_zero(arena, topics->count + 1, sizeof(*hits));
	if (!hits)
		return wv_err_set(err, WV_NOMEM, "out of memory for topics");
	out->hits = hits;
	out->is_on_topic = false;
	for (size_t i = 0; i < topics->count; i++) {
		hits[i] = all[topics->ours[i]];
		out->is_on_topic |= wv_topic_matches(&hits[i]);
	}
	return WV_OK;
}

struct reasons {
	bool text, around, page;
	double score;
};

static struct reasons judge(const struct wv_topic_hits *text, const struct wv_topic_hits *around,
			    const struct wv_topic_hits *page)
{
	struct reasons r = {0};
	double doubt = 1;

	if (text->forbidden || around->forbidden)
		return r;
	r.text = text->words > 0;
	r.around = around->words > 0;
	r.page = wv_topic_matches(page);
	if (r.text)
		doubt *= text->words > 1 ? DOUBT_TEXT_MORE : DOUBT_TEXT;
	if (r.around)
		doubt *= DOUBT_AROUND;
	if (r.page)
		doubt *= DOUBT_PAGE;
	r.score = 1 - doubt;
	return r;
}

enum wv_status wv_related_judge(const struct wv_related_topics *topics, struct wv_arena *arena,
				const struct wv_related_page *page, struct wv_slice text,
				struct wv_slice around, struct wv_related_score *out,
				struct wv_err *err)
{
	struct wv_topic_hits *in_text, *in_around;
	struct reasons best = {0};
	size_t which = 0;
	enum wv_status st = match(topics, arena, text, &in_text, err);

	if (st == WV_OK)
		st = match(topics, arena, around, &in_around, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < topics->count; i++) {
		size_t topic = topics->ours[i];
		struct reasons r = judge(&in_text[topic], &in_around[topic], &page->hits[i]);

		if (r.score > best.score) {
			best = r;
			which = topic;
		}
	}
	*out = (struct wv_related_score){.score = best.score, .topic = which};
	if (best.score <= 0)
		return WV_OK;
	out->evidence = wv_arena_format(
		arena, "topic '%.*s' in%s%s%s: score %.2f; link '%.*s'",
		WV_FMT(wv_topic_set_name(topics->set, which)), best.text ? " link" : "",
		best.around ? " surroundings" : "", best.page ? " page" : "", best.score,
		WV_FMT(wv_slice_part(text, 0, text.n < SHOWN_BYTES ? text.n : SHOWN_BYTES)));
	return out->evidence.n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for topics");
}
