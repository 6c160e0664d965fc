#include "archive/search/rank.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/index_inner.h"
#include "archive/search/meta.h"
#include "archive/search/places.h"
#include "config/base/limits.h"

const char *wv_search_place_name(enum wv_search_place place)
{
	static const char *const names[] = {"none", "text", "lead", "title"};

	return names[place];
}

/* --- the best of them: a heap, the worst on top --- */

struct best {
	const struct wv_search_ask *ask;
	struct wv_search_hit *hits;
	size_t count, room;
	uint64_t total;
	uint64_t *metas; /* hits of each row of metas, whatever is asked of it; NULL: not wanted */
};

/* Does a stand before b? */
static bool stands_before(const struct wv_search_ask *ask, const struct wv_search_hit *a,
                          const struct wv_search_hit *b)
{
	if (ask->all_versions && a->since.us != b->since.us)
		return a->since.us > b->since.us;
	if (!ask->all_versions && ask->order == WV_ORDER_PLACE && a->place != b->place)
		return a->place > b->place;
	if (a->when.us != b->when.us)
		return a->when.us > b->when.us;
	return a->page < b->page;
}

static void sift_down(const struct best *best, size_t at, size_t count, struct wv_search_hit hit)
{
	struct wv_search_hit *hits = best->hits;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < count && stands_before(best->ask, &hits[child], &hits[child + 1]))
			child++;
		if (child >= count || !stands_before(best->ask, &hit, &hits[child]))
			break;
		hits[at] = hits[child];
		at = child;
	}
	hits[at] = hit;
}

static enum wv_status offer(struct best *best, const struct wv_search_hit *hit, struct wv_err *err)
{
	const struct wv_search_ask *ask = best->ask;
	size_t most = ask->max > SIZE_MAX - ask->skip ? SIZE_MAX : ask->skip + ask->max;
	size_t at = best->count;

	best->total++;
	if (best->count >= most) {
		if (best->count && stands_before(ask, hit, &best->hits[0]))
			sift_down(best, 0, best->count, *hit);
		return WV_OK;
	}
	if (best->count == best->room) {
		size_t room = best->room ? best->room * 2 : 64;
		struct wv_search_hit *larger = realloc(best->hits, room * sizeof *larger);

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
		best->hits = larger;
		best->room = room;
	}
	best->count++;
	for (; at > 0 && stands_before(ask, &best->hits[(at - 1) / 2], hit); at = (at - 1) / 2)
		best->hits[at] = best->hits[(at - 1) / 2];
	best->hits[at] = *hit;
	return WV_OK;
}

static void sort(struct best *best)
{
	for (size_t n = best->count; n > 1; n--) {
		struct wv_search_hit last = best->hits[n - 1];

		best->hits[n - 1] = best->hits[0];
		sift_down(best, 0, n - 1, last);
	}
}

/* --- spans of the texts found --- */

static enum wv_status look_at(const struct wv_span *span, const struct wv_places *texts,
                              const struct wv_metas *metas, struct best *best,
                              struct wv_err *err)
{
	const struct wv_search_ask *ask = best->ask;
	int64_t at = wv_time_is_none(ask->at) ? INT64_MAX : ask->at.us;
	int64_t known_at = wv_time_is_none(ask->known_at) ? INT64_MAX : ask->known_at.us;
	bool is_asked = span->meta < metas->count && metas->is_asked[span->meta];
	struct wv_search_hit hit;

	if (!is_asked && !(best->metas && span->meta < metas->count))
		return WV_OK;
	if (span->from > at ||
	    !wv_span_holds(span, ask->all_versions ? span->from : at, known_at))
		return WV_OK;
	if ((!wv_time_is_none(ask->from) && span->when < ask->from.us) ||
	    (!wv_time_is_none(ask->to) && span->when > ask->to.us))
		return WV_OK;
	if (ask->may_show && !ask->may_show(span->page, ask->show_context))
		return WV_OK;
	if (best->metas && span->meta < metas->count)
		best->metas[span->meta]++;
	if (!is_asked)
		return WV_OK;
	hit = (struct wv_search_hit){
		.page = span->page,
		.text = span->text,
		.place = (enum wv_search_place)texts->place[span->text],
		.when = {span->when},
		.is_published = span->flags & WV_SPAN_PUBLISHED,
		.since = {span->from},
		/* An end after T is not known at T. */
		.until = span->to == WV_SPAN_OPEN || span->to > at ? WV_TIME_NONE
		                                                   : (struct wv_time){span->to},
		.learned = {span->known_from},
	};
	return offer(best, &hit, err);
}

static bool any_in(const struct wv_places *texts, size_t chunk)
{
	size_t from = chunk * WV_SPAN_CHUNK, n = WV_SPAN_CHUNK;

	if (from >= texts->count)
		return false;
	if (n > texts->count - from)
		n = texts->count - from;
	for (size_t i = 0; i < n; i++)
		if (texts->place[from + i])
			return true;
	return false;
}

static enum wv_status gather(struct wv_search *search, const struct wv_places *texts,
                             const struct wv_metas *metas, struct best *best,
                             struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (size_t chunk = 0; st == WV_OK && chunk * WV_SPAN_CHUNK < texts->count; chunk++) {
		struct sqlite3_stmt *sql = NULL;
		const unsigned char *bytes;
		int code;

		if (!any_in(texts, chunk))
			continue;
		st = wv_search_sql(search, WV_SQL_CHUNK_GET, &sql, err);
		if (st != WV_OK)
			return st;
		sqlite3_bind_int64(sql, 1, (sqlite3_int64)chunk);
		code = sqlite3_step(sql);
		bytes = code == SQLITE_ROW ? sqlite3_column_blob(sql, 0) : NULL;
		for (size_t n = bytes ? (size_t)sqlite3_column_bytes(sql, 0) / WV_SPAN_BYTES : 0;
		     n > 0 && st == WV_OK; n--, bytes += WV_SPAN_BYTES) {
			uint32_t text = wv_span_text(bytes);
			struct wv_span span;

			if (text >= texts->count || !texts->place[text])
				continue;
			span = wv_span_decode(bytes);
			st = look_at(&span, texts, metas, best, err);
		}
		if (code != SQLITE_ROW && code != SQLITE_DONE)
			st = wv_search_fail(search, code, "searching", err);
		sqlite3_reset(sql);
	}
	return st;
}

static enum wv_status answer(struct best *best, struct wv_arena *arena,
                             struct wv_search_answer *out, struct wv_err *err)
{
	size_t skip = best->ask->skip < best->count ? best->ask->skip : best->count;
	size_t n = best->count - skip;
	struct wv_search_hit *hits = WV_ARENA_ARRAY(arena, struct wv_search_hit, n);

	if (!hits)
		return wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	sort(best);
	if (n)
		memcpy(hits, best->hits + skip, n * sizeof *hits);
	*out = (struct wv_search_answer){hits, n, best->total};
	return WV_OK;
}

enum wv_status wv_search_ask(struct wv_search *search, const struct wv_search_ask *ask,
                             struct wv_arena *arena, struct wv_search_answer *out,
                             struct wv_err *err)
{
	struct best best = {.ask = ask};
	struct wv_places texts = {NULL, 0};
	struct wv_metas metas = {NULL, 0};
	/* One state of the index, whoever writes meanwhile. */
	enum wv_status st = wv_search_run(search, WV_SQL_BEGIN_READ, err);

	if (st != WV_OK)
		return st;
	st = wv_places_find(search, ask->query->root, &texts, err);
	if (st == WV_OK)
		st = wv_metas_choose(search, ask->query, &metas, err);
	if (st == WV_OK && ask->facets &&
	    !(best.metas = calloc(metas.count + 1, sizeof *best.metas)))
		st = wv_err_set(err, WV_NOMEM, "out of memory for an answer");
	if (st == WV_OK)
		st = gather(search, &texts, &metas, &best, err);
	if (st == WV_OK)
		st = answer(&best, arena, out, err);
	if (st == WV_OK && ask->facets)
		st = wv_metas_facets(search, ask->query, best.metas, metas.count, arena, ask->facets,
		                     err);
	/* The end of a reading transaction cannot lose anything. */
	(void)sqlite3_exec(search->db, "COMMIT", NULL, NULL, NULL);
	wv_places_done(&texts);
	wv_metas_done(&metas);
	free(best.metas);
	free(best.hits);
	return st;
}
