#include "archive/copies/spread.h"

#include <stdlib.h>

#include "archive/copies/cluster.h"
#include "archive/copies/visible.h"
#include "config/base/text.h"

struct member {
	struct wv_capture capture;
	struct wv_article article;
	struct wv_slice text;
};

struct spreading {
	struct wv_txn *txn;
	struct wv_arena *arena;
	const struct wv_spread_query *query;
	struct wv_err *err;
	uint64_t *ids;
	size_t id_count;
	struct member *members;
	size_t count;
	uint64_t taken_down;
};

/* ---- who is in it ---- */

static enum wv_status read_member(struct spreading *s, uint64_t id, struct member *out,
                                  bool *is_hidden)
{
	const struct wv_spread_query *q = s->query;
	struct wv_fact why = {0};
	struct wv_reading reading;
	enum wv_status st = wv_store_capture(s->txn, s->arena, id, q->known_at, &out->capture,
	                                     s->err);

	if (st == WV_OK)
		st = wv_register_shows(s->txn, s->arena, out->capture.page_key, id, q->now, &why,
		                       s->err);
	*is_hidden = why.act == WV_ACT_HIDE;
	if (st == WV_OK)
		st = wv_store_reading(s->txn, s->arena, &out->capture, q->known_at, &reading,
		                      s->err);
	if (st == WV_OK)
		st = wv_store_article(s->txn, s->arena, &reading, &out->article, s->err);
	if (st == WV_OK)
		st = wv_article_text(&out->article, s->arena, &out->text, s->err);
	return st;
}

static enum wv_status read_members(struct spreading *s)
{
	enum wv_status st = WV_OK;

	s->members = WV_ARENA_ARRAY(s->arena, struct member, s->id_count + 1);
	if (!s->members)
		return wv_err_set(s->err, WV_NOMEM, "out of memory for copies");
	for (size_t i = 0; i < s->id_count && st == WV_OK; i++) {
		struct member *m = s->members + s->count;
		bool is_hidden;

		st = read_member(s, s->ids[i], m, &is_hidden);
		if (st == WV_NO) { /* of an erased one only its place in the log is left */
			s->taken_down += !is_hidden; /* and of a hidden one nothing is told */
			st = WV_OK;
			continue;
		}
		if (st != WV_OK)
			break;
		if (wv_time_is_none(s->query->at) || m->capture.captured.us <= s->query->at.us)
			s->count++;
	}
	return st;
}

/* ---- pages in order ---- */

static int by_page(const void *a, const void *b)
{
	const struct wv_capture *x = &((const struct member *)a)->capture;
	const struct wv_capture *y = &((const struct member *)b)->capture;

	if (x->page != y->page)
		return x->page < y->page ? -1 : 1;
	if (x->captured.us != y->captured.us)
		return x->captured.us < y->captured.us ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void set_interval(struct wv_spread_page *page)
{
	const struct wv_stated_time *stated = &page->article.published;
	struct wv_time seen = page->first.captured;

	page->earliest = WV_TIME_NONE;
	page->latest = seen;
	page->basis = WV_LIT("first seen");
	page->states_later = stated->is_set && stated->earliest.us > seen.us;
	if (!stated->is_set || page->states_later)
		return;
	page->earliest = stated->earliest;
	page->basis = stated->found;
	if (stated->latest.us < seen.us)
		page->latest = stated->latest;
}

/* What stands for an interval in the order: its middle, or its end where it has no beginning. */
static int64_t place_of(const struct wv_spread_page *page)
{
	return wv_time_is_none(page->earliest) ? page->latest.us
	                                       : page->earliest.us / 2 + page->latest.us / 2;
}

static int by_publication(const void *a, const void *b)
{
	const struct wv_spread_page *x = a, *y = b;
	int64_t p = place_of(x), q = place_of(y);

	if (p != q)
		return p < q ? -1 : 1;
	if (x->first.captured.us != y->first.captured.us)
		return x->first.captured.us < y->first.captured.us ? -1 : 1;
	return x->first.id < y->first.id ? -1 : x->first.id > y->first.id;
}

static enum wv_status gather_pages(struct spreading *s, struct wv_spread_page **pages,
                                   size_t *count)
{
	struct wv_spread_page *made = WV_ARENA_ARRAY(s->arena, struct wv_spread_page, s->count + 1);
	size_t n = 0;

	if (!made)
		return wv_err_set(s->err, WV_NOMEM, "out of memory for copies");
	qsort(s->members, s->count, sizeof(*s->members), by_page);
	for (size_t i = 0; i < s->count; i++) {
		const struct member *m = s->members + i;

		if (n > 0 && made[n - 1].page == m->capture.page) {
			made[n - 1].captures++;
			continue;
		}
		made[n++] = (struct wv_spread_page){.page = m->capture.page,
		                                    .first = m->capture,
		                                    .article = m->article,
		                                    .captures = 1};
		set_interval(made + n - 1);
	}
	qsort(made, n, sizeof(*made), by_publication);
	for (size_t i = 1; i < n; i++)
		made[i].is_surely_later = !wv_time_is_none(made[i].earliest) &&
		                          made[i].earliest.us > made[i - 1].latest.us;
	*pages = made;
	*count = n;
	return WV_OK;
}

/* ---- shares ---- */

/* Of all shingles, not of a sample. */
static enum wv_status set_shares(struct spreading *s, struct wv_spread_page *pages, size_t count)
{
	struct wv_fingerprint origin, copy;
	struct wv_slice text;
	enum wv_status st = wv_article_text(&pages[0].article, s->arena, &text, s->err);

	if (st == WV_OK)
		st = wv_fingerprint_make_whole(s->arena, text, &origin, s->err);
	for (size_t n = 0; n < count && st == WV_OK; n++) {
		uint32_t i = 0, k = 0, shared = 0;

		st = wv_article_text(&pages[n].article, s->arena, &text, s->err);
		if (st == WV_OK)
			st = wv_fingerprint_make_whole(s->arena, text, &copy, s->err);
		if (st != WV_OK)
			break;
		while (i < origin.entry_count && k < copy.entry_count) {
			uint64_t p = wv_fingerprint_hash(origin.entries[i]);
			uint64_t q = wv_fingerprint_hash(copy.entries[k]);

			shared += p == q;
			i += p <= q;
			k += q <= p;
		}
		pages[n].of_origin = copy.entry_count ? (double)shared / copy.entry_count : n == 0;
		pages[n].in_origin = origin.entry_count ? (double)shared / origin.entry_count
		                                        : n == 0;
	}
	return st;
}

/* ---- claims ---- */

/* www.reuters.com is Reuters'. */
static bool is_host_named(struct wv_slice url, struct wv_slice name, struct wv_arena *arena)
{
	size_t at = wv_slice_find(url, WV_LIT("://"), 0);
	struct wv_cursor c;
	struct wv_slice host, folded;

	if (at == SIZE_MAX || wv_text_fold(arena, name, true, &folded, NULL) != WV_OK ||
	    folded.n < 3)
		return false;
	c = wv_cursor(wv_slice_from(url, at + 3));
	host = wv_cursor_until(&c, '/');
	c = wv_cursor(host);
	while (wv_cursor_left(&c) > 0)
		if (wv_slice_equals_nocase(wv_cursor_until(&c, '.'), folded))
			return true;
	return false;
}

static bool means_page(const struct wv_claim *claim, const struct wv_spread_page *page,
                       struct wv_arena *arena)
{
	return (page->article.publisher.n &&
	        wv_claim_names(claim, page->article.publisher, arena)) ||
	       (page->first.source.n && wv_claim_names(claim, page->first.source, arena)) ||
	       is_host_named(page->first.url, claim->known.n ? claim->known : claim->name, arena);
}

struct names {
	struct wv_slice *list; /* sources, then publishers of the spread */
	size_t count, sources;
};

/* Had it captures by (T, K)? A source that came later must not be known before. */
static enum wv_status was_there(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_spread_query *query, struct wv_slice source,
                                bool *out, struct wv_err *err)
{
	const struct wv_list_query list = {.source = source,
	                                   .from = WV_TIME_NONE,
	                                   .to = query->at,
	                                   .known_at = query->known_at,
	                                   .now = query->now,
	                                   .max = 1};
	struct wv_capture *captures = NULL;
	size_t count = 0;
	enum wv_status st = wv_store_list(txn, arena, &list, &captures, &count, err);

	*out = count > 0;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status read_names(struct wv_txn *txn, struct wv_arena *arena,
                                 const struct wv_spread_query *query,
                                 const struct wv_spread_page *pages, size_t count,
                                 struct names *out, struct wv_err *err)
{
	struct wv_source_totals *sources = NULL;
	size_t n = 0;
	enum wv_status st = wv_store_sources(txn, arena, &sources, &n, err);

	if (st != WV_OK)
		return st;
	out->list = WV_ARENA_ARRAY(arena, struct wv_slice, n + count + 1);
	if (!out->list)
		return wv_err_set(err, WV_NOMEM, "out of memory for names of sources");
	for (size_t i = 0; i < n && st == WV_OK; i++) {
		bool is_there = false;

		st = was_there(txn, arena, query, sources[i].name, &is_there, err);
		if (st == WV_OK && is_there)
			out->list[out->count++] = sources[i].name;
	}
	out->sources = out->count;
	for (size_t i = 0; i < count; i++)
		if (pages[i].article.publisher.n)
			out->list[out->count++] = pages[i].article.publisher;
	return st;
}

static enum wv_status match_claims(struct wv_arena *arena, const struct wv_article *article,
                                   const struct names *names, const struct wv_spread_page *pages,
                                   size_t count, size_t self, struct wv_spread_claim **out,
                                   size_t *claim_count, struct wv_err *err)
{
	struct wv_claim *claims = NULL;
	struct wv_spread_claim *made;
	size_t n = 0;
	enum wv_status st =
		wv_claims_find(article, names->list, names->count, arena, &claims, &n, err);

	if (st != WV_OK)
		return st;
	made = WV_ARENA_ARRAY(arena, struct wv_spread_claim, n + 1);
	if (!made)
		return wv_err_set(err, WV_NOMEM, "out of memory for attributions");
	for (size_t i = 0; i < n; i++) {
		made[i] = (struct wv_spread_claim){.claim = claims[i], .page = SIZE_MAX};
		for (size_t k = 0; k < count && made[i].page == SIZE_MAX; k++)
			if (k != self && means_page(&claims[i], pages + k, arena))
				made[i].page = k;
		for (size_t k = 0; k < names->sources && !made[i].source.n; k++)
			if (wv_claim_names(&claims[i], names->list[k], arena))
				made[i].source = names->list[k];
	}
	*out = made;
	*claim_count = n;
	return WV_OK;
}

enum wv_status wv_spread_claims(struct wv_txn *txn, struct wv_arena *arena,
                                const struct wv_spread_query *query,
                                const struct wv_article *article, struct wv_spread_claim **out,
                                size_t *count, struct wv_err *err)
{
	struct names names = {0};
	enum wv_status st = read_names(txn, arena, query, NULL, 0, &names, err);

	return st == WV_OK ? match_claims(arena, article, &names, NULL, 0, SIZE_MAX, out, count, err)
	                   : st;
}

static enum wv_status set_claims(struct spreading *s, struct wv_spread_page *pages, size_t count)
{
	struct names names = {0};
	enum wv_status st = read_names(s->txn, s->arena, s->query, pages, count, &names, s->err);

	for (size_t i = 0; i < count && st == WV_OK; i++) {
		struct wv_spread_claim *claims = NULL;
		size_t n = 0;

		st = match_claims(s->arena, &pages[i].article, &names, pages, count, i, &claims, &n,
		                  s->err);
		pages[i].claims = claims;
		pages[i].claim_count = n;
	}
	return st;
}

/* ---- the whole ---- */

static uint64_t smallest_id(const struct spreading *s)
{
	uint64_t id = UINT64_MAX;

	for (size_t i = 0; i < s->count; i++)
		if (s->members[i].capture.id < id)
			id = s->members[i].capture.id;
	return id;
}

static enum wv_status find_ids(struct spreading *s)
{
	const struct wv_spread_query *q = s->query;
	const struct wv_visible_query visible = {
		.capture = q->capture, .at = q->at, .known_at = q->known_at, .now = q->now};

	return wv_visible_members(s->txn, s->arena, &visible, &s->ids, &s->id_count, s->err);
}

enum wv_status wv_spread_of(struct wv_txn *txn, struct wv_arena *arena,
                            const struct wv_spread_query *query, struct wv_spread *out,
                            struct wv_err *err)
{
	struct spreading s = {.txn = txn, .arena = arena, .query = query, .err = err};
	struct wv_spread_page *pages = NULL;
	size_t count = 0;
	enum wv_status st = find_ids(&s);

	if (st == WV_OK)
		st = read_members(&s);
	if (st == WV_OK && s.count == 0)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	*out = (struct wv_spread){.cluster = smallest_id(&s), .taken_down = s.taken_down};
	st = gather_pages(&s, &pages, &count);
	if (st == WV_OK && !query->is_brief)
		st = set_shares(&s, pages, count);
	if (st == WV_OK && !query->is_brief)
		st = set_claims(&s, pages, count);
	out->pages = pages;
	out->count = count;
	return st;
}
