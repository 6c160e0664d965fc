#include "archive/search/feed.h"

#include <stdlib.h>

#include "archive/copies/spread.h"
#include "archive/search/rank.h"
#include "archive/search/shown.h"

/* A page of which some version matches: hits[first .. first + count - 1], oldest first. */
struct thread {
	uint64_t page;
	size_t first, count;
	struct wv_time since;   /* of the newest version */
	struct wv_time learned; /* the first time that any was known */
};

struct making {
	struct wv_txn *txn;
	struct wv_arena *arena;
	const struct wv_feed_query *q;
	struct wv_search_hit *hits;
	struct thread *threads; /* by page number */
	size_t thread_count;
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for a feed");
}

/* --- threads --- */

static int by_page(const void *a, const void *b)
{
	const struct wv_search_hit *x = a, *y = b;

	if (x->page != y->page)
		return x->page < y->page ? -1 : 1;
	return (x->since.us > y->since.us) - (x->since.us < y->since.us);
}

/* Versions in a row with the same words are one. */
static enum wv_status make_threads(struct making *m, const struct wv_search_answer *answer,
                                   struct wv_err *err)
{
	size_t kept = 0;

	m->hits = WV_ARENA_ARRAY(m->arena, struct wv_search_hit, answer->count);
	m->threads = WV_ARENA_ARRAY(m->arena, struct thread, answer->count);
	if (!m->hits || !m->threads)
		return no_memory(err);
	if (answer->count) {
		memcpy(m->hits, answer->hits, answer->count * sizeof *m->hits);
		qsort(m->hits, answer->count, sizeof *m->hits, by_page);
	}
	for (size_t i = 0; i < answer->count; i++) {
		struct wv_search_hit *hit = &m->hits[i];
		struct thread *t = m->thread_count ? &m->threads[m->thread_count - 1] : NULL;

		if (!t || t->page != hit->page) {
			t = &m->threads[m->thread_count++];
			*t = (struct thread){.page = hit->page, .first = kept,
			                     .learned = hit->learned};
		}
		if (hit->learned.us < t->learned.us)
			t->learned = hit->learned;
		/* The same words as right before: no other text stood between. */
		if (t->count && m->hits[kept - 1].text == hit->text &&
		    m->hits[kept - 1].until.us == hit->since.us) {
			m->hits[kept - 1].until = hit->until;
			continue;
		}
		m->hits[kept++] = *hit;
		t->count++;
		t->since = hit->since;
	}
	return WV_OK;
}

static const struct thread *thread_of(const struct making *m, uint64_t page)
{
	size_t low = 0, high = m->thread_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->threads[middle].page < page)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->thread_count && m->threads[low].page == page ? &m->threads[low] : NULL;
}

static int newest_first(const void *a, const void *b)
{
	const struct thread *x = *(const struct thread *const *)a;
	const struct thread *y = *(const struct thread *const *)b;

	if (x->since.us != y->since.us)
		return x->since.us > y->since.us ? -1 : 1;
	return x->page < y->page ? -1 : 1;
}

/* --- what stood --- */

struct stand {
	struct wv_capture capture;
	struct wv_article article;
};

/* What the page said at an instant; WV_NO: nothing that was read. */
static enum wv_status stand_at(const struct making *m, uint64_t page, struct wv_time at,
                               struct wv_time known_at, struct stand *out, struct wv_err *err)
{
	const struct wv_standing_query query = {
		.page = page, .at = at, .known_at = known_at, .now = m->q->now};
	struct wv_standing standing;
	struct wv_reading reading;
	enum wv_status st = wv_store_standing(m->txn, m->arena, &query, &standing, err);

	if (st != WV_OK)
		return st;
	out->capture = standing.capture;
	st = wv_store_reading(m->txn, m->arena, &out->capture, known_at, &reading, err);
	return st == WV_OK ? wv_store_article(m->txn, m->arena, &reading, &out->article, err) : st;
}

/* Is the version news to somebody who was told all that was recorded by `told`? */
static enum wv_status is_fresh(const struct making *m, const struct wv_search_hit *hit, bool *fresh,
                               struct wv_err *err)
{
	struct stand now, then;
	enum wv_status st;

	*fresh = wv_time_is_none(m->q->told);
	if (*fresh || hit->learned.us <= m->q->told.us)
		return WV_OK;
	st = stand_at(m, hit->page, hit->since, m->q->known_at, &now, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	st = stand_at(m, hit->page, hit->since, m->q->told, &then, err);
	/* The same capture, read before: only read anew. */
	*fresh = st == WV_NO || then.capture.id != now.capture.id;
	return st == WV_NO ? WV_OK : st;
}

/* --- copies --- */

static enum wv_status spread_of(const struct making *m, const struct wv_capture *capture,
                                struct wv_spread *out, struct wv_err *err)
{
	struct wv_spread_query query = {.capture = capture->id,
	                                .at = m->q->at,
	                                .known_at = m->q->known_at,
	                                .now = m->q->now};
	enum wv_status st = wv_spread_of(m->txn, m->arena, &query, out, err);

	if (st == WV_NO && capture->has_stands_for) {
		query.capture = capture->stands_for;
		st = wv_spread_of(m->txn, m->arena, &query, out, err);
	}
	return st == WV_LIMIT ? WV_NO : st;
}

/* Was somebody told of the page, who was told all that was recorded by `told`? */
static enum wv_status was_told(const struct making *m, const struct thread *t, bool *told,
                               struct wv_err *err)
{
	bool fresh = true;
	enum wv_status st = WV_OK;

	if (!wv_time_is_none(m->q->told))
		st = is_fresh(m, &m->hits[t->first], &fresh, err);
	*told = !fresh;
	return st;
}

/*
 * Fills the entry's copies; *is_copy: another page has the entry, because it published the text
 * before, or because it was told of before. What was itself told of goes on being told.
 */
static enum wv_status look_for_copies(const struct making *m, struct wv_feed_entry *entry,
                                      bool *is_copy, struct wv_err *err)
{
	struct wv_spread spread = {.count = 0};
	struct wv_capture *copies;
	bool is_before = true, told = false;
	enum wv_status st = spread_of(m, &entry->capture, &spread, err);

	*is_copy = false;
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	copies = WV_ARENA_ARRAY(m->arena, struct wv_capture, spread.count);
	if (!copies)
		return no_memory(err);
	for (size_t i = 0; i < spread.count && st == WV_OK; i++) {
		const struct thread *t = thread_of(m, spread.pages[i].page);

		if (spread.pages[i].page == entry->page) {
			is_before = false;
			continue;
		}
		copies[entry->copy_count++] = spread.pages[i].first;
		if (t)
			st = was_told(m, t, &told, err);
		if (t && (is_before || told))
			*is_copy = true;
	}
	entry->copies = copies;
	if (st == WV_OK && *is_copy && !wv_time_is_none(m->q->told)) {
		st = was_told(m, thread_of(m, entry->page), &told, err);
		*is_copy = !told;
	}
	return st;
}

/* --- entries --- */

static enum wv_status whole_text(const struct making *m, const struct wv_article *article,
                                 struct wv_slice *out, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = wv_article_text(article, m->arena, &text, err);

	if (st == WV_OK)
		*out = article->title.n ? wv_arena_format(m->arena, "%.*s\n%.*s",
		                                          WV_FMT(article->title), WV_FMT(text))
		                        : text;
	return st;
}

/* WV_NO: nothing differs. */
static enum wv_status compare(const struct making *m, const struct stand *before,
                              struct wv_feed_entry *entry, struct wv_err *err)
{
	struct wv_slice was, is;
	enum wv_status st = whole_text(m, &before->article, &was, err);

	if (st == WV_OK)
		st = whole_text(m, &entry->article, &is, err);
	if (st == WV_OK)
		st = wv_diff_texts(was, is, m->arena, &entry->changes, err);
	entry->title_before = before->article.title;
	return st == WV_OK && entry->changes.hunk_count == 0 ? WV_NO : st;
}

/* The oldest and the newest of the versions that were not told of. WV_NO: all were. */
static enum wv_status find_untold(const struct making *m, const struct thread *t, size_t *first,
                                  size_t *last, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	*first = SIZE_MAX;
	for (size_t i = 0; st == WV_OK && i < t->count; i++) {
		bool fresh;

		st = is_fresh(m, &m->hits[t->first + i], &fresh, err);
		if (!fresh)
			continue;
		*last = i;
		if (*first == SIZE_MAX)
			*first = i;
	}
	return st == WV_OK && *first == SIZE_MAX ? WV_NO : st;
}

/* Version `last` of a thread, compared with what stood before version `first`. WV_NO: nothing
 * differs. */
static enum wv_status make_version(const struct making *m, const struct thread *t, size_t first,
                                   size_t last, struct wv_feed_entry *entry, struct wv_err *err)
{
	const struct wv_search_hit *hit = &m->hits[t->first + last];
	struct wv_time before = {m->hits[t->first + first].since.us - 1};
	struct stand now, then;
	enum wv_status st = stand_at(m, t->page, hit->since, m->q->known_at, &now, err);

	if (st != WV_OK)
		return st;
	*entry = (struct wv_feed_entry){
		.page = t->page,
		.capture = now.capture,
		.article = now.article,
		.is_update = first > 0,
		.first = m->hits[t->first].since,
		.updated = hit->since,
		.when = hit->when,
		.is_published = hit->is_published,
		.versions = last + 1,
	};
	if (!entry->is_update)
		return WV_OK;
	st = stand_at(m, t->page, before, m->q->known_at, &then, err);
	if (st == WV_OK)
		return compare(m, &then, entry, err);
	entry->is_update = false; /* nothing was readable right before */
	return st == WV_NO ? WV_OK : st;
}

/* WV_NO: the thread makes no entry. */
static enum wv_status make_entry(const struct making *m, const struct thread *t,
                                 struct wv_feed_entry *entry, struct wv_err *err)
{
	size_t first = 0, last = t->count - 1;
	bool is_copy = false;
	enum wv_status st = WV_NO;

	if (!wv_time_is_none(m->q->told)) {
		st = find_untold(m, t, &first, &last, err);
		if (st == WV_OK)
			st = make_version(m, t, first, last, entry, err);
	} else {
		/* One that came back word for word (in another category) is the one before. */
		for (size_t i = t->count; i-- > 0 && st == WV_NO;)
			st = make_version(m, t, i, i, entry, err);
	}
	if (st == WV_OK)
		st = look_for_copies(m, entry, &is_copy, err);
	if (st == WV_OK && is_copy)
		return WV_NO;
	if (st == WV_OK)
		st = wv_snippet_title(&entry->article, m->arena, &entry->title,
		                      &entry->title_is_fallback, err);
	return st == WV_OK ? wv_snippet_of(&entry->article, m->q->query, m->arena, &entry->snippet,
	                                   err)
	                   : st;
}

static enum wv_status make_entries(struct making *m, struct wv_feed *out, struct wv_err *err)
{
	const struct thread **order = WV_ARENA_ARRAY(m->arena, const struct thread *,
	                                             m->thread_count);
	size_t most = m->q->max < m->thread_count ? m->q->max : m->thread_count, n = 0;
	struct wv_feed_entry *entries = WV_ARENA_ARRAY(m->arena, struct wv_feed_entry, most);

	if (!order || !entries)
		return no_memory(err);
	for (size_t i = 0; i < m->thread_count; i++)
		order[i] = &m->threads[i];
	qsort(order, m->thread_count, sizeof *order, newest_first);
	for (size_t i = 0; i < m->thread_count && n < most; i++) {
		enum wv_status st = make_entry(m, order[i], &entries[n], err);

		if (st != WV_OK && st != WV_NO)
			return st;
		n += st == WV_OK;
	}
	*out = (struct wv_feed){entries, n};
	return WV_OK;
}

enum wv_status wv_feed_of(struct wv_search *search, struct wv_txn *txn, struct wv_arena *arena,
                          const struct wv_feed_query *query, struct wv_feed *out,
                          struct wv_err *err)
{
	WV_AUTO(wv_shown_free) struct wv_shown *shown = NULL;
	const struct wv_shown_query show = {
		.at = query->at, .known_at = query->known_at, .now = query->now, .query = query->query};
	struct making m = {.txn = txn, .arena = arena, .q = query};
	struct wv_search_ask ask = {.query = query->query,
	                            .at = query->at,
	                            .known_at = query->known_at,
	                            .from = WV_TIME_NONE,
	                            .to = WV_TIME_NONE,
	                            .max = SIZE_MAX,
	                            .all_versions = true,
	                            .may_show = wv_shown_page};
	struct wv_search_answer answer;
	enum wv_status st = wv_shown_new(txn, &show, &shown, err);

	ask.show_context = shown;
	if (st == WV_OK)
		st = wv_search_ask(search, &ask, arena, &answer, err);
	if (st == WV_OK)
		st = make_threads(&m, &answer, err);
	return st == WV_OK ? make_entries(&m, out, err) : st;
}
