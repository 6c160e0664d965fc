#include "archive/search/shown.h"

#include <stdlib.h>

#include "archive/copies/visible.h"
#include "archive/store/lookup.h"
#include "archive/store/register.h"
#include "config/base/limits.h"

#define ARENA_CAP   (16u * WV_MIB)
#define CLUSTER_CAP (512u * WV_MIB) /* its texts are read */

struct wv_shown {
	struct wv_txn *txn;
	struct wv_shown_query query;
	struct wv_arena *arena;
	uint64_t *pages; /* with a fact; sorted */
	size_t count, room;
	bool has_members;
	uint64_t *members; /* pages of the clusters asked for; sorted */
	size_t member_count;
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static enum wv_status add(const struct wv_fact *fact, void *context, struct wv_err *err)
{
	struct wv_shown *s = context;
	struct wv_page page;
	enum wv_status st;

	if (!fact->page_key.n)
		return WV_OK;
	wv_arena_reset(s->arena);
	st = wv_store_page_of_key(s->txn, s->arena, fact->page_key, &page, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		uint64_t *larger = realloc(s->pages, room * sizeof *larger);

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for the register");
		s->pages = larger;
		s->room = room;
	}
	s->pages[s->count++] = page.number;
	return WV_OK;
}

/* Was it there at (T, K), and may it be shown? Its page. WV_NO: no. */
static enum wv_status page_of_member(struct wv_shown *s, uint64_t id, uint64_t *page, struct wv_err *err)
{
	struct wv_capture capture;
	enum wv_status st = wv_store_capture(s->txn, s->arena, id, s->query.known_at, &capture, err);

	if (st == WV_OK && !wv_time_is_none(s->query.at) && capture.captured.us > s->query.at.us)
		return WV_NO;
	if (st == WV_OK)
		st = wv_register_shows(s->txn, s->arena, capture.page_key, id, s->query.now, NULL, err);
	if (st == WV_OK)
		*page = capture.page;
	return st;
}

/* The pages that carry the text of a capture. A cluster that is not known has none. What they say is not
 * read: it may be much. */
static enum wv_status add_cluster(struct wv_shown *s, uint64_t capture, struct wv_err *err)
{
	const struct wv_visible_query query = {.capture = capture,
	                                       .at = s->query.at,
	                                       .known_at = s->query.known_at,
	                                       .now = s->query.now};
	uint64_t *larger, *ids = NULL;
	size_t count = 0;
	enum wv_status st;

	wv_arena_reset(s->arena);
	st = wv_visible_members(s->txn, s->arena, &query, &ids, &count, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	larger = realloc(s->members, (s->member_count + count + 1) * sizeof *larger);
	if (!larger)
		return wv_err_set(err, WV_NOMEM, "out of memory for a cluster");
	s->members = larger;
	for (size_t i = 0; i < count; i++) {
		st = page_of_member(s, ids[i], &s->members[s->member_count], err);
		s->member_count += st == WV_OK;
		if (st != WV_OK && st != WV_NO)
			return st;
	}
	return WV_OK;
}

static enum wv_status add_clusters(struct wv_shown *s, const struct wv_query *query, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	s->has_members = query && query->cluster_count > 0;
	if (s->has_members)
		wv_arena_reset_cap(s->arena, CLUSTER_CAP);
	for (size_t i = 0; st == WV_OK && s->has_members && i < query->cluster_count; i++)
		st = add_cluster(s, query->clusters[i], err);
	if (s->member_count)
		qsort(s->members, s->member_count, sizeof *s->members, compare);
	return st;
}

enum wv_status wv_shown_new(struct wv_txn *txn, const struct wv_shown_query *query,
                            struct wv_shown **out, struct wv_err *err)
{
	WV_AUTO(wv_shown_free) struct wv_shown *s = calloc(1, sizeof *s);
	enum wv_status st;

	if (!s)
		return wv_err_set(err, WV_NOMEM, "out of memory for the register");
	s->txn = txn;
	s->query = *query;
	st = wv_arena_new(ARENA_CAP, &s->arena, err);
	if (st == WV_OK)
		st = wv_register_each(txn, 0, add, s, err);
	if (st == WV_OK)
		st = add_clusters(s, query->query, err);
	s->query.query = NULL;
	if (st != WV_OK)
		return st;
	if (s->count)
		qsort(s->pages, s->count, sizeof *s->pages, compare);
	*out = WV_TAKE(s);
	return WV_OK;
}

void wv_shown_free(struct wv_shown **shown)
{
	if (!*shown)
		return;
	wv_arena_free(&(*shown)->arena);
	free((*shown)->pages);
	free((*shown)->members);
	free(*shown);
	*shown = NULL;
}

bool wv_shown_page(uint64_t page, void *context)
{
	struct wv_shown *s = context;
	struct wv_standing_query query = {.page = page,
	                                  .at = s->query.at,
	                                  .known_at = s->query.known_at,
	                                  .now = s->query.now};
	struct wv_standing shown, all;

	if (s->has_members && (!s->member_count || !bsearch(&page, s->members, s->member_count,
	                                                    sizeof page, compare)))
		return false;
	if (!s->count || !bsearch(&page, s->pages, s->count, sizeof page, compare))
		return true;
	wv_arena_reset(s->arena);
	if (wv_store_standing(s->txn, s->arena, &query, &shown, NULL) != WV_OK)
		return false;
	query.sees_all = true;
	return wv_store_standing(s->txn, s->arena, &query, &all, NULL) == WV_OK &&
	       shown.capture.id == all.capture.id;
}
