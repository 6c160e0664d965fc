#include "archive/care/retention_inner.h"

#include <stdlib.h>

#include "archive/store/blob.h"

#define FILTER_MIN  4096u
#define FILTER_BITS 16u /* a body: one in some hundreds stays by mistake */

enum wv_status wv_prune_filter_open(struct wv_prune_filter *f, uint64_t items, uint64_t seed,
                                    struct wv_err *err)
{
	uint64_t bytes = FILTER_MIN;

	f->shift = 64 - 15;
	while (bytes < WV_RETENTION_FILTER_BYTES && bytes * 8 / FILTER_BITS < items) {
		bytes *= 2;
		f->shift--;
	}
	f->seed = seed * 2 + 1;
	f->bits = calloc(1, (size_t)bytes);
	return f->bits ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory");
}

bool wv_prune_filter_has(struct wv_prune_filter *f, const struct wv_digest *digest, bool add)
{
	bool had = true;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t at = wv_load_u64_be(digest->b + 8 * i) * UINT64_C(0x9e3779b97f4a7c15) *
		                      f->seed >>
		              f->shift;
		unsigned char bit = (unsigned char)(1u << at % 8);

		had = had && f->bits[at / 8] & bit;
		if (add)
			f->bits[at / 8] |= bit;
	}
	return had;
}

/* --- one page --- */

struct wv_prune_policy *wv_prune_policy_of(struct wv_prune_work *w, uint32_t source)
{
	return &w->policies[source < w->source_count ? w->policy_of[source] : 0];
}

static bool is_good(const struct wv_capture *c)
{
	return !(c->flags & WV_CAPTURE_REDIRECT) && (c->status == 200 || c->status == 304) &&
	       wv_verdict_stands(c->verdict);
}

static int by_body(const void *a, const void *b)
{
	const struct wv_prune_item *x = *(const struct wv_prune_item *const *)a,
				   *y = *(const struct wv_prune_item *const *)b;
	int order = memcmp(x->c.body.b, y->c.body.b, WV_DIGEST_BYTES);

	if (order == 0)
		order = x < y ? -1 : x > y;
	return order;
}

/* Which captures have one body, and the bodies' ranks. */
static enum wv_status group(struct wv_prune_work *w, struct wv_err *err)
{
	struct wv_prune_item *items = WV_PRUNE_ITEMS(w);
	size_t n = WV_PRUNE_ITEM_COUNT(w);
	struct wv_prune_item **sorted = WV_ARENA_ARRAY(w->scratch, struct wv_prune_item *, n);
	uint64_t rank = 0;

	if (!sorted)
		return wv_err_set(err, WV_NOMEM, "out of memory for the captures of a page");
	for (size_t i = 0; i < n; i++)
		sorted[i] = &items[i];
	qsort(sorted, n, sizeof(struct wv_prune_item *), by_body);
	for (size_t i = n; i-- > 0;) {
		bool is_last =
			i + 1 == n || !wv_digest_equals(&sorted[i]->c.body, &sorted[i + 1]->c.body);

		sorted[i]->last = is_last ? (size_t)(sorted[i] - items) : sorted[i + 1]->last;
	}
	for (size_t i = n; i-- > 0;)
		if (items[i].last == i)
			items[i].rank = ++rank;
	return WV_OK;
}

static enum wv_prune_rule rule_for(struct wv_prune_work *w, const struct wv_prune_item *item)
{
	const struct wv_prune_policy *p = wv_prune_policy_of(w, item->source);

	if (p->keep.age_us >= 0 && item->c.captured.us < w->how->now.us - p->keep.age_us)
		return WV_PRUNE_AGE;
	if (p->keep.count >= 0 && WV_PRUNE_ITEMS(w)[item->last].rank > (uint64_t)p->keep.count)
		return WV_PRUNE_COUNT;
	return item->c.captured.us < p->cutoff.us ? WV_PRUNE_SIZE : WV_PRUNE_NONE;
}

/* The rules, and what stands above them. Who keeps a body keeps it for all captures of the page. */
static void judge(struct wv_prune_work *w)
{
	struct wv_prune_item *items = WV_PRUNE_ITEMS(w);
	size_t n = WV_PRUNE_ITEM_COUNT(w), newest = n;

	for (size_t i = 0; i < n; i++)
		if (items[i].is_good)
			newest = i;
	for (size_t i = 0; i < n; i++) {
		struct wv_prune_item *last = &items[items[i].last];

		items[i].rule = rule_for(w, &items[i]);
		last->is_fixed = last->is_fixed || items[i].is_held || i == newest;
		last->is_kept = last->is_kept || last->is_fixed || items[i].rule == WV_PRUNE_NONE;
	}
	for (size_t i = 0; i < n; i++)
		if (items[items[i].last].is_kept)
			items[i].rule = WV_PRUNE_NONE;
}

static enum wv_status note_holds(struct wv_prune_work *w, uint64_t page, struct wv_err *err)
{
	struct wv_register_page facts = {0};
	enum wv_status st = wv_loader_page(&w->loader, page, err);

	if (st == WV_OK)
		st = wv_register_of_page(w->txn, w->scratch, w->loader.page_key, &facts, err);
	for (size_t i = 0; st == WV_OK && i < WV_PRUNE_ITEM_COUNT(w); i++)
		WV_PRUNE_ITEMS(w)
		[i].is_held =
			wv_register_hold(&facts, WV_PRUNE_ITEMS(w)[i].c.id, w->how->now) != NULL;
	return st;
}

/* --- pages, one after another --- */

static enum wv_status add_item(struct wv_prune_work *w, const struct wv_capture *facts,
                               uint32_t source, struct wv_err *err)
{
	struct wv_prune_item item = {.c = *facts, .source = source};
	enum wv_status st = wv_capture_overlay(w->txn, WV_TIME_NONE, &item.c, err);

	if (st != WV_OK)
		return st;
	item.is_good = is_good(&item.c);
	wv_buf_add_bytes(&w->items, &item, sizeof item);
	return wv_buf_finish(&w->items, "captures of a page", err);
}

static enum wv_status end_page(struct wv_prune_work *w, uint64_t page, wv_prune_visit_fn visit,
                               struct wv_err *err)
{
	enum wv_status st;

	if (w->items.n == 0)
		return WV_OK;
	wv_arena_reset(w->scratch);
	st = note_holds(w, page, err);
	if (st == WV_OK)
		st = group(w, err);
	if (st == WV_OK) {
		judge(w);
		st = visit(w, err);
	}
	wv_buf_reset(&w->items);
	return st;
}

enum wv_status wv_prune_walk(struct wv_prune_work *w, uint64_t *page, wv_prune_visit_fn visit,
                             struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	unsigned char from[8];
	uint64_t at = *page;
	enum wv_status st = wv_walk_begin(w->txn, WV_TABLE_CAPTURES, &walk, err);

	wv_buf_reset(&w->items);
	wv_key_of_u64(at, from);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(from, sizeof from), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_capture_context context = {0};
		struct wv_capture_key place;
		struct wv_capture facts;

		if (!wv_key_read_capture(key, &place))
			return wv_err_set(err, WV_DAMAGED, "a capture's key does not decode");
		if (place.page != at) {
			st = end_page(w, at, visit, err);
			at = *page = place.page;
			if (st != WV_OK)
				return st;
		}
		st = wv_record_capture_peek(&place, value, &context, &facts, err);
		if (st == WV_OK && facts.has_body)
			st = add_item(w, &facts, context.source, err);
		if (st != WV_OK)
			return st;
	}
	if (st != WV_NO)
		return st;
	*page = UINT64_MAX;
	return end_page(w, at, visit, err);
}

enum wv_status wv_prune_measure(struct wv_prune_work *w, const struct wv_capture *c,
                                uint64_t *bytes, struct wv_err *err)
{
	struct wv_blob_row row = {0};
	enum wv_status st =
		wv_blob_find(w->txn, &(struct wv_blob_key){WV_BLOB_BODY, c->body}, &row, err);

	*bytes = row.stored_bytes;
	if (st != WV_OK || !c->has_encoded)
		return st;
	st = wv_blob_find(w->txn, &(struct wv_blob_key){WV_BLOB_WIRE, c->encoded}, &row, err);
	if (st == WV_OK)
		*bytes += row.stored_bytes;
	return st == WV_NO ? WV_OK : st;
}
