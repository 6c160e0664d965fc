#include "archive/care/retention.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/store/blob.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "archive/store/recode.h"
#include "archive/store/revise.h"
#include "config/base/limits.h"

#define LIST_CAP      (256u * WV_MIB)
#define ARENA_CAP     (64u * WV_MIB)
#define PORTION_KEYS  65536u              /* of one transaction ... */
#define PORTION_BYTES (UINT64_C(1) << 30) /* ... and stored bytes */
#define BUCKETS       4096u
#define FILTER_MIN    4096u
#define FILTER_BITS   16u /* a body: one in some hundreds stays by mistake */
#define ROUNDS        64u /* of size, where bodies that pages share spoil the count; two are usual */
#define NO_SOURCE     UINT32_MAX

/* --- a set that may say yes by mistake --- */

struct filter {
	unsigned char *bits;
	unsigned shift; /* 64 - log2 of the number of bits */
	uint64_t seed;
};

static enum wv_status filter_open(struct filter *f, uint64_t items, uint64_t seed,
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

/* Four bits from the digest, which is as good as any hash; another choice for another seed. */
static bool filter_has(struct filter *f, const struct wv_digest *digest, bool add)
{
	bool had = true;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t at = wv_load_u64_be(digest->b + 8 * i) * UINT64_C(0x9e3779b97f4a7c15) *
		              f->seed >> f->shift;
		unsigned char bit = (unsigned char)(1u << at % 8);

		had = had && f->bits[at / 8] & bit;
		if (add)
			f->bits[at / 8] |= bit;
	}
	return had;
}

/* --- one page --- */

enum rule { RULE_NONE, RULE_AGE, RULE_COUNT, RULE_SIZE };
static const char *const rule_names[] = {"", "age", "count", "size"};

struct item { /* a capture that has a body */
	struct wv_capture c; /* facts only */
	uint32_t source;
	bool is_good, is_held;
	enum rule rule; /* by which it may lose its body; RULE_NONE: it keeps it */
	size_t last;    /* the page's newest capture with this body; of that one: */
	bool is_kept;   /* some capture keeps it */
	bool is_fixed;  /* by a hold, or as the page's newest good one: no rule takes it */
	uint64_t rank;  /* among the page's bodies, by when they were last seen; from 1 */
};

/* What retention says of a source, and how much of it there is. */
struct policy {
	struct wv_retention keep;
	struct wv_time cutoff;    /* `size`: what is older goes; INT64_MIN: nothing by that */
	uint64_t kept;            /* bytes that the other rules leave */
	uint64_t histogram[BUCKETS];
};

struct work {
	const struct wv_prune *how;
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_arena *arena;   /* the caller's */
	struct wv_arena *scratch; /* of one page */
	struct wv_loader loader;
	struct wv_buf items;
	struct policy *policies;  /* by source number; [0] of those without a rule of their own */
	uint32_t *policy_of;
	struct wv_pruned *sources;
	uint32_t source_count;
	struct filter kept, seen, fixed;
	uint64_t boost;           /* of what `size` wants, where a round took nothing */
	bool is_at_end;           /* `size` already takes all it may */
	struct wv_time first;     /* of the histograms */
	int64_t bucket_us;
	uint64_t body_bytes;      /* of all bodies, while counting */
	struct wv_buf keys;       /* struct wv_blob_key: what goes next */
	struct wv_buf encoded;    /* struct wv_digest: rows of ENCODED that go with them */
	uint64_t portion_bytes;
	struct wv_fact fact;      /* of the portion */
	struct wv_prune_result result;
};

#define ITEMS(w)  ((struct item *)(void *)(w)->items.p)
#define ITEM_N(w) ((w)->items.n / sizeof(struct item))

static struct policy *policy_of(struct work *w, uint32_t source)
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
	const struct item *x = *(const struct item *const *)a, *y = *(const struct item *const *)b;
	int order = memcmp(x->c.body.b, y->c.body.b, WV_DIGEST_BYTES);

	if (order == 0)
		order = x < y ? -1 : x > y;
	return order;
}

/* Which captures have one body, and the bodies' ranks. */
static enum wv_status group(struct work *w, struct wv_err *err)
{
	struct item *items = ITEMS(w);
	size_t n = ITEM_N(w);
	struct item **sorted = WV_ARENA_ARRAY(w->scratch, struct item *, n);
	uint64_t rank = 0;

	if (!sorted)
		return wv_err_set(err, WV_NOMEM, "out of memory for the captures of a page");
	for (size_t i = 0; i < n; i++)
		sorted[i] = &items[i];
	qsort(sorted, n, sizeof(struct item *), by_body);
	for (size_t i = n; i-- > 0;) {
		bool is_last = i + 1 == n || !wv_digest_equals(&sorted[i]->c.body,
		                                               &sorted[i + 1]->c.body);

		sorted[i]->last = is_last ? (size_t)(sorted[i] - items) : sorted[i + 1]->last;
	}
	for (size_t i = n; i-- > 0;)
		if (items[i].last == i)
			items[i].rank = ++rank;
	return WV_OK;
}

static enum rule rule_for(struct work *w, const struct item *item)
{
	const struct policy *p = policy_of(w, item->source);

	if (p->keep.age_us >= 0 && item->c.captured.us < w->how->now.us - p->keep.age_us)
		return RULE_AGE;
	if (p->keep.count >= 0 && ITEMS(w)[item->last].rank > (uint64_t)p->keep.count)
		return RULE_COUNT;
	return item->c.captured.us < p->cutoff.us ? RULE_SIZE : RULE_NONE;
}

/* The rules, and what stands above them. Who keeps a body keeps it for all captures of the page. */
static void judge(struct work *w)
{
	struct item *items = ITEMS(w);
	size_t n = ITEM_N(w), newest = n;

	for (size_t i = 0; i < n; i++)
		if (items[i].is_good)
			newest = i;
	for (size_t i = 0; i < n; i++) {
		struct item *last = &items[items[i].last];

		items[i].rule = rule_for(w, &items[i]);
		last->is_fixed = last->is_fixed || items[i].is_held || i == newest;
		last->is_kept = last->is_kept || last->is_fixed || items[i].rule == RULE_NONE;
	}
	for (size_t i = 0; i < n; i++)
		if (items[items[i].last].is_kept)
			items[i].rule = RULE_NONE;
}

static enum wv_status note_holds(struct work *w, uint64_t page, struct wv_err *err)
{
	struct wv_register_page facts = {0};
	enum wv_status st = wv_loader_page(&w->loader, page, err);

	if (st == WV_OK)
		st = wv_register_of_page(w->txn, w->scratch, w->loader.page_key, &facts, err);
	for (size_t i = 0; st == WV_OK && i < ITEM_N(w); i++)
		ITEMS(w)[i].is_held =
			wv_register_hold(&facts, ITEMS(w)[i].c.id, w->how->now) != NULL;
	return st;
}

/* --- pages, one after another --- */

typedef enum wv_status (*each_page)(struct work *w, struct wv_err *err);

static enum wv_status add_item(struct work *w, const struct wv_capture *facts, uint32_t source,
                               struct wv_err *err)
{
	struct item item = {.c = *facts, .source = source};
	enum wv_status st = wv_capture_overlay(w->txn, WV_TIME_NONE, &item.c, err);

	if (st != WV_OK)
		return st;
	item.is_good = is_good(&item.c);
	wv_buf_add_bytes(&w->items, &item, sizeof item);
	return wv_buf_finish(&w->items, "captures of a page", err);
}

static enum wv_status end_page(struct work *w, uint64_t page, each_page visit, struct wv_err *err)
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

/* From page *page on; *page is where a visit said WV_BOUND, or UINT64_MAX at the end. */
static enum wv_status walk_pages(struct work *w, uint64_t *page, each_page visit,
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

/* --- how much there is --- */

/* Stored bytes of a body and of the encoded bytes it came in; WV_NO: it is gone already. */
static enum wv_status measure(struct work *w, const struct wv_capture *c, uint64_t *bytes,
                              struct wv_err *err)
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

static size_t bucket_of(const struct work *w, struct wv_time t)
{
	int64_t at = t.us <= w->first.us ? 0 : (t.us - w->first.us) / w->bucket_us;

	return at >= BUCKETS ? BUCKETS - 1 : (size_t)at;
}

static enum wv_status fix_page(struct work *w, struct wv_err *err)
{
	(void)err;
	for (size_t i = 0; i < ITEM_N(w); i++)
		if (ITEMS(w)[i].is_fixed)
			(void)filter_has(&w->fixed, &ITEMS(w)[i].c.body, true);
	return WV_OK;
}

/* Fills histograms: what `size` could take, by the last time it was seen. */
static enum wv_status count_page(struct work *w, struct wv_err *err)
{
	for (size_t i = 0; i < ITEM_N(w); i++) {
		const struct item *item = &ITEMS(w)[i];
		struct policy *const all = w->policies, *p = policy_of(w, item->source);
		size_t bucket = bucket_of(w, item->c.captured);
		bool stays = filter_has(&w->fixed, &item->c.body, false);
		uint64_t bytes = 0;
		enum wv_status st;

		/* What another page has as well is counted once, and not if that page keeps it. */
		if (item->last != i || filter_has(&w->seen, &item->c.body, true))
			continue;
		st = measure(w, &item->c, &bytes, err);
		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		w->body_bytes += bytes;
		if (item->rule != RULE_NONE)
			continue;
		p->kept += bytes;
		p->histogram[bucket] += stays ? 0 : bytes;
		/* The archive's own bound is met by what any source has. */
		if (p == all)
			continue;
		all->kept += bytes;
		all->histogram[bucket] += stays ? 0 : bytes;
	}
	return WV_OK;
}

static struct wv_time cutoff_of(struct work *w, const struct policy *p, uint64_t too_much)
{
	uint64_t gone = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		gone += p->histogram[i];
		if (gone / w->boost >= too_much)
			return (struct wv_time){w->first.us + (int64_t)(i + 1) * w->bucket_us};
	}
	w->is_at_end = true;
	return (struct wv_time){w->first.us + (int64_t)BUCKETS * w->bucket_us};
}

static uint64_t stored_of(const struct wv_store_totals *totals)
{
	uint64_t stored = 0;

	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		stored += totals->stored[i];
	return stored;
}

static bool wants_size(const struct work *w)
{
	bool wants = w->how->keep.bytes >= 0;

	for (size_t i = 0; i < w->how->rule_count; i++)
		wants = wants || w->how->rules[i].keep.bytes >= 0;
	return wants;
}

/* The oldest capture of all sources: each source's rows begin with its own. */
static enum wv_status find_first(struct work *w, struct wv_err *err)
{
	w->first = w->how->now;
	for (uint32_t source = 0; source < w->source_count; source++) {
		const struct wv_source_key from = {source, {INT64_MIN}, 0};
		WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
		unsigned char bytes[WV_KEY_SOURCE_BYTES];
		struct wv_slice key, value;
		struct wv_source_key found;
		enum wv_status st = wv_walk_begin(w->txn, WV_TABLE_BY_SOURCE, &walk, err);

		wv_key_of_source(&from, bytes);
		if (st == WV_OK)
			st = wv_walk_seek(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		if (!wv_key_read_source(key, &found))
			return wv_err_set(err, WV_DAMAGED, "a row of a source does not decode");
		if (found.source == source && found.captured.us < w->first.us)
			w->first = found.captured;
	}
	w->bucket_us = (int64_t)((uint64_t)(w->how->now.us - w->first.us) / (BUCKETS - 1)) + 1;
	return WV_OK;
}

/*
 * Up to which instant bodies must go for `size`: by a walk that counts. Sources' own bounds come
 * first; the archive's in the next round, when it is known what they took.
 */
static enum wv_status find_cutoffs(struct work *w, const struct wv_store_totals *totals,
                                   uint64_t round, struct wv_err *err)
{
	uint64_t page = 0, has, stored = stored_of(totals);
	bool do_sources = false;
	enum wv_status st;

	if (!wants_size(w))
		return WV_OK;
	w->body_bytes = 0;
	st = find_first(w, err);
	if (st == WV_OK)
		st = walk_pages(w, &page, fix_page, err);
	page = 0;
	if (st == WV_OK)
		st = walk_pages(w, &page, count_page, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 1; i <= w->how->rule_count; i++) {
		struct policy *p = &w->policies[i];

		if (p->keep.bytes < 0 || p->kept <= (uint64_t)p->keep.bytes)
			continue;
		p->cutoff = cutoff_of(w, p, p->kept - (uint64_t)p->keep.bytes);
		do_sources = true;
	}
	if (w->how->keep.bytes < 0 || (do_sources && round == 0 && !w->how->dry_run))
		return WV_OK;
	/* All that is stored, articles too, without the bodies that age and count take. */
	has = w->body_bytes - w->policies->kept;
	has = stored > has ? stored - has : 0;
	if (has <= (uint64_t)w->how->keep.bytes)
		return WV_OK;
	w->policies->cutoff = cutoff_of(w, w->policies, has - (uint64_t)w->how->keep.bytes);
	for (size_t i = 1; i <= w->how->rule_count; i++)
		if (w->policies->cutoff.us > w->policies[i].cutoff.us)
			w->policies[i].cutoff = w->policies->cutoff;
	return WV_OK;
}

/* --- what stays --- */

static enum wv_status keep_page(struct work *w, struct wv_err *err)
{
	(void)err;
	for (size_t i = 0; i < ITEM_N(w); i++) {
		if (ITEMS(w)[i].rule != RULE_NONE)
			continue;
		(void)filter_has(&w->kept, &ITEMS(w)[i].c.body, true);
	}
	return WV_OK;
}

/* --- what goes --- */

static void add_key(struct work *w, enum wv_blob_class kind, const struct wv_digest *digest)
{
	const struct wv_blob_key key = {kind, *digest};

	wv_buf_add_bytes(&w->keys, &key, sizeof key);
}

static void count_one(struct work *w, const struct item *item, uint64_t bytes, bool is_new)
{
	struct wv_pruned *const rows[] = {
		&w->sources[item->source < w->source_count ? item->source : 0], &w->result.all};

	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		rows[i]->captures++;
		rows[i]->bodies += is_new;
		rows[i]->bytes += is_new ? bytes : 0;
	}
	w->fact.captures++;
	if (wv_time_is_none(w->fact.first) || item->c.captured.us < w->fact.first.us)
		w->fact.first = item->c.captured;
	if (wv_time_is_none(w->fact.last) || item->c.captured.us > w->fact.last.us)
		w->fact.last = item->c.captured;
	if (!is_new)
		return;
	w->fact.bodies++;
	w->fact.bytes += bytes;
	w->portion_bytes += bytes;
}

static enum wv_status prune_page(struct work *w, struct wv_err *err)
{
	for (size_t i = 0; i < ITEM_N(w); i++) {
		const struct item *item = &ITEMS(w)[i];
		uint64_t bytes = 0;
		bool is_new;
		enum wv_status st;

		if (item->rule == RULE_NONE || filter_has(&w->kept, &item->c.body, false))
			continue;
		st = measure(w, &item->c, &bytes, err);
		if (st == WV_NO) /* gone before */
			continue;
		if (st != WV_OK)
			return st;
		is_new = !filter_has(&w->seen, &item->c.body, true);
		count_one(w, item, bytes, is_new);
		if (w->how->each)
			w->how->each(&item->c, w->loader.page_key, rule_names[item->rule],
			             is_new ? bytes : 0, w->how->context);
		if (w->how->dry_run)
			continue;
		/* Those that `seen` knows by mistake are there twice, which does no harm. */
		add_key(w, WV_BLOB_BODY, &item->c.body);
		if (!item->c.has_encoded) /* else nobody needs that either: it gives this body */
			continue;
		add_key(w, WV_BLOB_WIRE, &item->c.encoded);
		wv_buf_add_bytes(&w->encoded, &item->c.encoded, sizeof item->c.encoded);
	}
	if (w->how->dry_run)
		return WV_OK;
	if (w->keys.n / sizeof(struct wv_blob_key) >= PORTION_KEYS ||
	    w->portion_bytes >= PORTION_BYTES)
		return WV_BOUND;
	return wv_buf_finish(&w->keys, "bytes to prune", err);
}

static enum wv_status forget_encoded(struct work *w, struct wv_txn *txn, struct wv_err *err)
{
	const struct wv_digest *list = (const struct wv_digest *)(const void *)w->encoded.p;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < w->encoded.n / sizeof *list && st == WV_OK; i++) {
		st = wv_txn_delete(txn, WV_TABLE_ENCODED, wv_slice(list[i].b, WV_DIGEST_BYTES), err);
		if (st == WV_NO)
			st = WV_OK;
	}
	return st;
}

static struct wv_slice reason(struct work *w)
{
	char age[WV_TIME_TEXT_MAX], size[WV_TIME_TEXT_MAX], count[32];
	const struct wv_retention *keep = &w->how->keep;

	(void)snprintf(count, sizeof count, "%lld", (long long)keep->count);
	return wv_arena_format(
		w->arena, "retention: age %s, count %s, size %s%s",
		keep->age_us < 0 ? "none" : wv_duration_print(keep->age_us, age),
		keep->count < 0 ? "none" : count,
		keep->bytes < 0 ? "none" : wv_size_print((uint64_t)keep->bytes, size),
		w->how->rule_count ? ", and those of sources" : "");
}

/* One transaction: the fact, which bytes it is about, and their going. */
static enum wv_status write_portion(struct work *w, struct wv_err *err)
{
	WV_AUTO(wv_revision_end) struct wv_revision revision = {0};
	const struct wv_blob_key *keys = (const struct wv_blob_key *)(const void *)w->keys.p;
	size_t n = w->keys.n / sizeof *keys;
	struct wv_recode_counts counts = {0};
	enum wv_status st = wv_buf_finish(&w->encoded, "bytes to prune", err);

	if (st != WV_OK || n == 0)
		return st;
	st = wv_revision_begin(w->store, &revision, err);
	w->fact.recorded = revision.recorded;
	if (st == WV_OK)
		st = wv_register_add(revision.txn, &w->fact, err);
	for (size_t i = 0; i < n && st == WV_OK; i++)
		st = wv_register_note_pruned(revision.txn, (unsigned char)keys[i].kind,
		                             &keys[i].digest, w->fact.number, err);
	if (st == WV_OK)
		st = forget_encoded(w, revision.txn, err);
	if (st == WV_OK)
		st = wv_recode_drop(revision.txn, keys, n, &counts, err);
	if (st == WV_OK)
		st = wv_revision_commit(&revision, err);
	w->result.recoded += counts.recoded;
	return st;
}

static void begin_portion(struct work *w)
{
	wv_buf_reset(&w->keys);
	wv_buf_reset(&w->encoded);
	w->portion_bytes = 0;
	w->fact = (struct wv_fact){.act = WV_ACT_PRUNE,
	                           .until = WV_TIME_NONE,
	                           .first = WV_TIME_NONE,
	                           .last = WV_TIME_NONE,
	                           .reason = reason(w)};
}

static enum wv_status renew(struct work *w, struct wv_err *err)
{
	enum wv_status st;

	wv_loader_done(&w->loader);
	wv_txn_abort(&w->txn);
	st = wv_store_begin_read(w->store, &w->txn, err);
	if (st == WV_OK)
		wv_loader_init(&w->loader, w->txn);
	return st;
}

static enum wv_status prune_all(struct work *w, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (uint64_t page = 0; page != UINT64_MAX && st == WV_OK;) {
		begin_portion(w);
		st = walk_pages(w, &page, prune_page, err);
		if (st == WV_BOUND)
			st = WV_OK;
		if (st == WV_OK && !w->how->dry_run) {
			wv_loader_done(&w->loader);
			wv_txn_abort(&w->txn); /* old pages are free for what is stored anew */
			st = write_portion(w, err);
			if (st == WV_OK)
				st = renew(w, err);
		}
		if (st == WV_OK && page != UINT64_MAX && w->how->go_on &&
		    !w->how->go_on(w->how->context))
			st = wv_err_set(err, WV_STOPPED, "stopped: what is left goes the next time");
	}
	return st;
}

/* --- all --- */

static enum wv_status set_policies(struct work *w, struct wv_err *err)
{
	struct wv_source_totals *sources;
	size_t count = 0;
	enum wv_status st = wv_store_sources(w->txn, w->arena, &sources, &count, err);

	if (st != WV_OK)
		return st;
	w->source_count = 1;
	for (size_t i = 0; i < count; i++)
		if (sources[i].number >= w->source_count && sources[i].number < NO_SOURCE)
			w->source_count = (uint32_t)sources[i].number + 1;
	w->policies = calloc(w->how->rule_count + 1, sizeof *w->policies);
	w->policy_of = calloc(w->source_count, sizeof *w->policy_of);
	if (!w->sources) /* the sums of all rounds */
		w->sources = WV_ARENA_ARRAY(w->arena, struct wv_pruned, w->source_count);
	if (!w->policies || !w->policy_of || !w->sources)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	w->policies[0].keep = w->how->keep;
	for (size_t i = 0; i < w->how->rule_count; i++)
		w->policies[i + 1].keep = w->how->rules[i].keep;
	for (size_t i = 0; i <= w->how->rule_count; i++)
		w->policies[i].cutoff.us = INT64_MIN;
	for (size_t i = 0; i < count; i++) {
		w->sources[sources[i].number].source = sources[i].name;
		for (size_t k = 0; k < w->how->rule_count; k++)
			if (wv_slice_equals(w->how->rules[k].source, sources[i].name))
				w->policy_of[sources[i].number] = (uint32_t)k + 1;
	}
	return WV_OK;
}

/* Looks, keeps, prunes; *again: `size` was not reached although something went. */
static enum wv_status one_round(struct work *w, uint64_t round, bool *again, struct wv_err *err)
{
	struct wv_store_totals totals;
	uint64_t page = 0, before = w->result.all.bytes;
	enum wv_status st = renew(w, err);

	*again = false;
	if (st == WV_OK)
		st = wv_store_totals(w->txn, &totals, err);
	if (st == WV_OK)
		st = set_policies(w, err);
	if (st == WV_OK)
		st = filter_open(&w->kept, totals.bodies, (uint64_t)w->how->now.us + round, err);
	if (st == WV_OK)
		st = filter_open(&w->seen, totals.bodies, (uint64_t)w->how->now.us + round, err);
	if (st == WV_OK)
		st = filter_open(&w->fixed, totals.bodies, (uint64_t)w->how->now.us + round, err);
	if (st == WV_OK)
		st = find_cutoffs(w, &totals, round, err);
	if (st == WV_OK) { /* used for counting until here */
		free(w->seen.bits);
		w->seen.bits = NULL;
		st = filter_open(&w->seen, totals.bodies, (uint64_t)w->how->now.us + round, err);
	}
	if (st == WV_OK)
		st = walk_pages(w, &page, keep_page, err);
	if (st == WV_OK)
		st = prune_all(w, err);
	if (st == WV_OK)
		st = wv_store_totals(w->txn, &totals, err);
	if (st != WV_OK)
		return st;
	w->result.stored_bytes = stored_of(&totals);
	if (w->how->dry_run)
		w->result.stored_bytes -= w->result.all.bytes < w->result.stored_bytes
		                                  ? w->result.all.bytes
		                                  : w->result.stored_bytes;
	w->result.is_too_large = w->how->keep.bytes >= 0 &&
	                         w->result.stored_bytes > (uint64_t)w->how->keep.bytes;
	/* Once more where it may help: bodies are counted at one page's time and may stay for
	 * another's, so what a round took can be less than it meant to. */
	if (w->result.all.bytes == before)
		w->boost *= 4;
	*again = w->result.is_too_large && !w->how->dry_run &&
	         (w->result.all.bytes > before || !w->is_at_end);
	return WV_OK;
}

static void end_round(struct work *w)
{
	free(w->policies);
	free(w->policy_of);
	free(w->kept.bits);
	free(w->seen.bits);
	free(w->fixed.bits);
	w->policies = NULL;
	w->policy_of = NULL;
	w->kept.bits = w->seen.bits = w->fixed.bits = NULL;
	w->is_at_end = false;
}

static void gather_sources(struct work *w)
{
	size_t n = 0;

	for (uint32_t i = 0; i < w->source_count; i++)
		if (w->sources[i].captures)
			w->sources[n++] = w->sources[i];
	w->result.sources = w->sources;
	w->result.source_count = n;
}

enum wv_status wv_prune_run(struct wv_store *store, struct wv_arena *arena,
                            const struct wv_prune *prune, struct wv_prune_result *out,
                            struct wv_err *err)
{
	struct work w = {.how = prune, .store = store, .arena = arena, .boost = 1};
	bool again = true;
	enum wv_status st = wv_arena_new(ARENA_CAP, &w.scratch, err);

	wv_buf_init(&w.items, LIST_CAP);
	wv_buf_init(&w.keys, LIST_CAP);
	wv_buf_init(&w.encoded, LIST_CAP);
	for (uint64_t round = 0; st == WV_OK && again && round < ROUNDS; round++) {
		st = one_round(&w, round, &again, err);
		end_round(&w);
	}
	if (st == WV_OK) {
		gather_sources(&w);
		*out = w.result;
	}
	wv_loader_done(&w.loader);
	wv_txn_abort(&w.txn);
	wv_arena_free(&w.scratch);
	wv_buf_done(&w.items);
	wv_buf_done(&w.keys);
	wv_buf_done(&w.encoded);
	return st;
}
