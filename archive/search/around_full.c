/* The links of an article by reading every article around it: without an index, and to compare with. */
#include "archive/search/around_inner.h"

#include <stdlib.h>
#include <string.h>

#include "archive/copies/cluster.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"

/* How far around the article: what it is like at other times is measured there too. */
#define AROUND_US   (34 * INT64_C(86400000000))
#define AT_ONCE     256u

struct held {
	uint64_t id, page;
	struct wv_time when;
};

struct found {
	uint32_t number;
	struct wv_story_link link;
};

/* One computation over all articles around one. */
struct looking {
	struct wv_around *around;
	const struct wv_around_query *q;
	struct wv_time at; /* T of this computation */
	struct wv_txn **txn;
	struct wv_arena *reading;
	struct wv_reports *reports;
	struct held *held; /* one article a page, its newest at T; the first is the one asked about */
	size_t count, room;
	uint64_t *pages; /* numbers of the pages that have one: a hash table, number + 1 */
	size_t page_room;
	struct found *found;
	size_t found_count, found_room;
	size_t names;
	bool is_cut;
};

/* ---- the articles ---- */

static size_t page_slot(const struct looking *l, uint64_t page)
{
	size_t slot = (size_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (l->page_room - 1);

	while (l->pages[slot] && l->pages[slot] != page + 1)
		slot = (slot + 1) & (l->page_room - 1);
	return slot;
}

static bool has_page(const struct looking *l, uint64_t page)
{
	return l->pages[page_slot(l, page)] != 0;
}

static enum wv_status read_article(struct looking *l, const struct wv_capture *capture,
                                   struct wv_article *article, struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st = wv_store_reading(*l->txn, l->reading, capture, l->q->known_at, &reading, err);

	return st == WV_OK ? wv_store_article(*l->txn, l->reading, &reading, article, err) : st;
}

static enum wv_status hold(struct looking *l, const struct wv_capture *capture,
                           const struct wv_article *article, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st;

	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 256;
		struct held *larger = realloc(l->held, room * sizeof(*larger));

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for articles");
		l->held = larger;
		l->room = room;
	}
	l->pages[page_slot(l, capture->page)] = capture->page + 1;
	l->held[l->count++] = (struct held){capture->id, capture->page, wv_around_time(article, capture)};
	st = wv_article_text(article, l->reading, &text, err);
	return st == WV_OK ? wv_reports_learn(l->reports, article->title, text, err) : st;
}

/* Is it what the page says at T? A newer capture may lie beyond the weeks that are looked at. */
static enum wv_status says_still(struct looking *l, const struct wv_capture *capture, bool *still,
                                 struct wv_err *err)
{
	const struct wv_standing_query query = {
		.page = capture->page, .at = l->at, .known_at = l->q->known_at, .now = l->q->now};
	struct wv_standing standing;
	struct wv_reading its, now;
	enum wv_status st = wv_store_standing(*l->txn, l->reading, &query, &standing, err);

	*still = st == WV_OK && standing.capture.id == capture->id;
	if (st == WV_OK && !*still)
		st = wv_store_reading(*l->txn, l->reading, capture, l->q->known_at, &its, err);
	if (st == WV_OK && !*still)
		st = wv_store_reading(*l->txn, l->reading, &standing.capture, l->q->known_at, &now, err);
	if (st == WV_OK && !*still)
		*still = wv_digest_equals(&its.record, &now.record);
	return st == WV_NO ? WV_OK : st;
}

/* Newest first, so the first capture of a page that is met is its newest at T. */
static enum wv_status hold_page(struct looking *l, const struct wv_capture *capture, struct wv_err *err)
{
	struct wv_article article;
	bool still;
	enum wv_status st;

	if (capture->verdict != WV_VERDICT_ARTICLE || has_page(l, capture->page))
		return WV_OK;
	if (l->count >= (l->q->most ? l->q->most : WV_AROUND_MOST)) {
		l->is_cut = true;
		return WV_OK;
	}
	st = says_still(l, capture, &still, err);
	if (st != WV_OK || !still)
		return st;
	st = read_article(l, capture, &article, err);
	if (st == WV_NO)
		return WV_OK;
	return st == WV_OK ? hold(l, capture, &article, err) : st;
}

/* A transaction pins old pages: not for long. */
static enum wv_status renew(struct looking *l, struct wv_err *err)
{
	if (!wv_around_goes_on(l->q))
		return wv_err_set(err, WV_STOPPED, "interrupted");
	wv_txn_abort(l->txn);
	wv_arena_reset(l->reading);
	return wv_store_begin_read(l->around->options.store, l->txn, err);
}

static enum wv_status hold_all(struct looking *l, struct wv_time middle, struct wv_err *err)
{
	struct wv_list_query query = {.from = {middle.us - AROUND_US},
	                              .to = {middle.us + AROUND_US},
	                              .known_at = l->q->known_at,
	                              .now = l->q->now,
	                              .max = AT_ONCE};

	if (!wv_time_is_none(l->at) && l->at.us < query.to.us)
		query.to = l->at;
	for (;;) {
		struct wv_capture *captures;
		size_t count;
		enum wv_status st = wv_store_list(*l->txn, l->reading, &query, &captures, &count, err);

		for (size_t i = 0; st == WV_OK && i < count; i++)
			st = hold_page(l, &captures[i], err);
		if (st != WV_OK || count < query.max)
			return st;
		query.has_after = true;
		query.after_captured = captures[count - 1].captured;
		query.after_id = captures[count - 1].id;
		st = renew(l, err);
		if (st != WV_OK)
			return st;
	}
}

/* What was learned of all of them is known before the first is read for what it mentions. */
static enum wv_status add_all(struct looking *l, struct wv_err *err)
{
	enum wv_status st = wv_reports_teach(l->reports, &l->names, err);

	for (size_t i = 0; st == WV_OK && i < l->count; i++) {
		struct wv_mention_text text = {.when = l->held[i].when};
		struct wv_capture capture;
		struct wv_article article;

		if (i % AT_ONCE == AT_ONCE - 1)
			st = renew(l, err);
		if (st == WV_OK)
			st = wv_store_capture(*l->txn, l->reading, l->held[i].id, l->q->known_at,
			                      &capture, err);
		if (st == WV_OK)
			st = read_article(l, &capture, &article, err);
		if (st == WV_OK)
			st = wv_article_text(&article, l->reading, &text.text, err);
		if (st != WV_OK)
			return st;
		text.title = article.title;
		text.language = article.language;
		st = wv_reports_add(l->reports, &text, err);
	}
	return st;
}

/* ---- their links ---- */

static enum wv_status keep_link(void *context, const struct wv_story_link *link, struct wv_err *err)
{
	struct looking *l = context;

	if (link->a != 0)
		return WV_OK;
	if (l->found_count == l->found_room) {
		size_t room = l->found_room ? l->found_room * 2 : 64;
		struct found *larger = realloc(l->found, room * sizeof(*larger));

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for links");
		l->found = larger;
		l->found_room = room;
	}
	l->found[l->found_count++] = (struct found){link->b, *link};
	return WV_OK;
}

static bool is_wanted(void *context)
{
	return wv_around_goes_on(((struct looking *)context)->q);
}

static enum wv_status look(struct looking *l, struct wv_err *err)
{
	struct wv_capture capture;
	struct wv_article article;
	struct wv_time middle;
	enum wv_status st = wv_reports_new(&l->around->options.names, &l->reports, err);

	l->page_room = 1u << 19; /* above twice WV_AROUND_MOST: never full */
	l->pages = calloc(l->page_room, sizeof(*l->pages));
	if (st == WV_OK && !l->pages)
		st = wv_err_set(err, WV_NOMEM, "out of memory for pages");
	if (st == WV_OK)
		st = wv_store_capture(*l->txn, l->reading, l->q->capture, l->q->known_at, &capture, err);
	if (st == WV_OK)
		st = read_article(l, &capture, &article, err);
	if (st != WV_OK)
		return st;
	middle = wv_around_time(&article, &capture);
	st = hold(l, &capture, &article, err);
	if (st == WV_OK)
		st = hold_all(l, middle, err);
	if (st == WV_OK)
		st = add_all(l, err);
	return st == WV_OK ? wv_reports_each_link(l->reports, keep_link, is_wanted, l, err)
	                   : st;
}

static void looking_done(struct looking *l)
{
	wv_reports_free(&l->reports);
	free(l->held);
	free(l->pages);
	free(l->found);
}

/* ---- the answer ---- */

/* The links of `l`, without those to pages that `before` has (NULL: all). */
static enum wv_status give(struct looking *l, const struct looking *before, struct wv_arena *arena,
                           const struct wv_around_link **links, size_t *count, struct wv_err *err)
{
	struct wv_around_link *out = WV_ARENA_ARRAY(arena, struct wv_around_link, l->found_count);
	enum wv_status st = out ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for links");
	size_t n = 0;

	for (size_t i = 0; st == WV_OK && i < l->found_count; i++) {
		const struct held *held = &l->held[l->found[i].number];

		if (before && has_page(before, held->page))
			continue;
		out[n] = (struct wv_around_link){
			.capture = held->id, .when = held->when, .score = l->found[i].link.score};
		st = wv_around_copy_evidence(arena, &l->found[i].link, &out[n++], err);
	}
	if (st != WV_OK)
		return st;
	*count = wv_around_sort(l->q, out, n);
	st = wv_around_mark_copies(*l->txn, l->reading, l->q, out, *count, err);
	if (st == WV_OK)
		*links = out;
	return st;
}

enum wv_status wv_around_read_all(struct wv_around *around, struct wv_txn **txn, struct wv_arena *arena,
                                  const struct wv_around_query *query, struct wv_around_answer *out,
                                  struct wv_err *err)
{
	struct looking then = {.around = around, .q = query, .at = query->at, .txn = txn,
	                       .reading = around->reading};
	struct looking since = then;
	struct wv_around_answer answer = {.count = 0};
	enum wv_status st;

	since.at = WV_TIME_NONE;
	wv_arena_reset(around->reading);
	st = look(&then, err);
	if (st == WV_OK)
		st = give(&then, NULL, arena, &answer.links, &answer.count, err);
	wv_reports_free(&then.reports); /* of its articles only the pages are still asked for */
	if (st == WV_OK && query->wants_later && !wv_time_is_none(query->at)) {
		wv_arena_reset(around->reading);
		st = look(&since, err);
		if (st == WV_OK)
			st = give(&since, &then, arena, &answer.later, &answer.later_count, err);
	}
	answer.names = then.names;
	answer.is_cut = then.is_cut || since.is_cut;
	if (st == WV_OK)
		*out = answer;
	looking_done(&then);
	looking_done(&since);
	return st;
}
