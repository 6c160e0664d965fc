#include "archive/care/retention_inner.h"

#include "archive/store/lookup.h"

/* Unsigned, for a forged time can lie as far back as there are numbers. */
static uint64_t since_first(const struct wv_prune_work *w, struct wv_time t)
{
	return (uint64_t)t.us - (uint64_t)w->first.us;
}

static size_t bucket_of(const struct wv_prune_work *w, struct wv_time t)
{
	uint64_t at = t.us <= w->first.us ? 0 : since_first(w, t) / (uint64_t)w->bucket_us;

	return at >= WV_PRUNE_BUCKETS ? WV_PRUNE_BUCKETS - 1 : (size_t)at;
}

static enum wv_status fix_page(struct wv_prune_work *w, struct wv_err *err)
{
	(void)err;
	for (size_t i = 0; i < WV_PRUNE_ITEM_COUNT(w); i++)
		if (WV_PRUNE_ITEMS(w)[i].is_fixed)
			(void)wv_prune_filter_has(&w->fixed, &WV_PRUNE_ITEMS(w)[i].c.body, true);
	return WV_OK;
}

/* Fills histograms: what `size` could take, by the last time it was seen. */
static enum wv_status count_page(struct wv_prune_work *w, struct wv_err *err)
{
	for (size_t i = 0; i < WV_PRUNE_ITEM_COUNT(w); i++) {
		const struct wv_prune_item *item = &WV_PRUNE_ITEMS(w)[i];
		struct wv_prune_policy *const all = w->policies,
					      *p = wv_prune_policy_of(w, item->source);
		size_t bucket = bucket_of(w, item->c.captured);
		bool stays = wv_prune_filter_has(&w->fixed, &item->c.body, false);
		uint64_t bytes = 0;
		enum wv_status st;

		/* What another page has as well is counted once, and not if that page keeps it. */
		if (item->last != i || wv_prune_filter_has(&w->seen, &item->c.body, true))
			continue;
		st = wv_prune_measure(w, &item->c, &bytes, err);
		if (st == WV_NO)
			continue;
		if (st != WV_OK)
			return st;
		w->body_bytes += bytes;
		if (item->rule != WV_PRUNE_NONE)
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

static struct wv_time end_of_bucket(const struct wv_prune_work *w, size_t i)
{
	return (struct wv_time){
		(int64_t)((uint64_t)w->first.us + (i + 1) * (uint64_t)w->bucket_us)};
}

static struct wv_time cutoff_of(struct wv_prune_work *w, const struct wv_prune_policy *p,
                                uint64_t too_much)
{
	uint64_t gone = 0;

	for (size_t i = 0; i < WV_PRUNE_BUCKETS; i++) {
		gone += p->histogram[i];
		if (gone / w->boost >= too_much)
			return end_of_bucket(w, i);
	}
	w->is_at_end = true;
	return end_of_bucket(w, WV_PRUNE_BUCKETS - 1);
}

uint64_t wv_prune_stored(const struct wv_store_totals *totals)
{
	uint64_t stored = 0;

	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		stored += totals->stored[i];
	return stored;
}

static bool wants_size(const struct wv_prune_work *w)
{
	bool wants = w->how->keep.bytes >= 0;

	for (size_t i = 0; i < w->how->rule_count; i++)
		wants = wants || w->how->rules[i].keep.bytes >= 0;
	return wants;
}

/* The oldest capture of all sources: each source's rows begin with its own. */
static enum wv_status find_first(struct wv_prune_work *w, struct wv_err *err)
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
	w->bucket_us = (int64_t)(since_first(w, w->how->now) / (WV_PRUNE_BUCKETS - 1)) + 1;
	return WV_OK;
}

enum wv_status wv_prune_find_cutoffs(struct wv_prune_work *w, const struct wv_store_totals *totals,
                                     uint64_t round, struct wv_err *err)
{
	uint64_t page = 0, has, stored = wv_prune_stored(totals);
	bool do_sources = false;
	enum wv_status st;

	if (!wants_size(w))
		return WV_OK;
	w->body_bytes = 0;
	st = find_first(w, err);
	if (st == WV_OK)
		st = wv_prune_walk(w, &page, fix_page, err);
	page = 0;
	if (st == WV_OK)
		st = wv_prune_walk(w, &page, count_page, err);
	if (st != WV_OK)
		return st;
	for (size_t i = 1; i <= w->how->rule_count; i++) {
		struct wv_prune_policy *p = &w->policies[i];

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
