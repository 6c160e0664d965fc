#include "archive/search/follow_inner.h"

#include <stdlib.h>

#include "archive/store/load.h"

/*
 * Readings that were recorded later than their capture: a heap, earliest first.
 */

static bool is_earlier(const struct wv_late *a, const struct wv_late *b)
{
	return a->recorded != b->recorded ? a->recorded < b->recorded : a->leaf < b->leaf;
}

static enum wv_status push_late(struct wv_follow *f, struct wv_late late, struct wv_err *err)
{
	size_t at = f->late_count;

	if (f->late_count == f->late_room) {
		size_t room = f->late_room ? f->late_room * 2 : 256;
		struct wv_late *larger = realloc(f->late, room * sizeof *larger);

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
		f->late = larger;
		f->late_room = room;
	}
	f->late_count++;
	for (; at > 0 && is_earlier(&late, &f->late[(at - 1) / 2]); at = (at - 1) / 2)
		f->late[at] = f->late[(at - 1) / 2];
	f->late[at] = late;
	return WV_OK;
}

struct wv_late wv_follow_pop_late(struct wv_follow *f)
{
	struct wv_late first = f->late[0], last = f->late[--f->late_count];
	size_t at = 0;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < f->late_count && is_earlier(&f->late[child + 1], &f->late[child]))
			child++;
		if (child >= f->late_count || !is_earlier(&f->late[child], &last))
			break;
		f->late[at] = f->late[child];
		at = child;
	}
	f->late[at] = last;
	return first;
}

enum wv_status wv_follow_walk_rows(struct wv_follow *f, uint64_t leaf, uint64_t end, int64_t known,
                                uint64_t *in_time, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char from[WV_KEY_ARTICLE_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(f->txn, WV_TABLE_ARTICLES, &walk, err);

	wv_key_of_article(leaf, 0, from);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(from, sizeof from), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_article_row row;
		struct wv_late late;

		if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "an article row does not decode");
		late = (struct wv_late){row.recorded.us, wv_load_u64_be(key.p)};
		if (late.leaf >= end)
			return WV_OK;
		if (late.recorded <= known)
			++*in_time;
		if (late.recorded <= known || late.recorded > f->bound)
			continue;
		st = push_late(f, late, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}
