#include "archive/search/found.h"

enum wv_status wv_found_load(struct wv_txn *txn, struct wv_arena *arena,
                             const struct wv_found_query *query, const struct wv_search_hit *hit,
                             struct wv_found *out, struct wv_err *err)
{
	const struct wv_standing_query ask = {
		/* Of a version that was superseded, its first capture. */
		.page = hit->page,
		.at = wv_time_is_none(hit->until) ? query->at : hit->since,
		.known_at = query->known_at,
		.now = query->now,
	};
	struct wv_standing standing;
	struct wv_reading reading;
	struct wv_found found = {.hit = hit};
	enum wv_status st = wv_store_standing(txn, arena, &ask, &standing, err);

	if (st != WV_OK)
		return st;
	found.capture = standing.capture;
	st = wv_store_reading(txn, arena, &found.capture, query->known_at, &reading, err);
	if (st == WV_OK)
		st = wv_store_article(txn, arena, &reading, &found.article, err);
	if (st == WV_OK)
		st = wv_snippet_title(&found.article, arena, &found.title,
		                      &found.title_is_fallback, err);
	if (st == WV_OK)
		st = wv_snippet_of(&found.article, query->query, arena, &found.snippet, err);
	if (st == WV_OK)
		*out = found;
	return st;
}
