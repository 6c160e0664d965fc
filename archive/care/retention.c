#include "archive/care/retention_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/store/blob.h"
#include "archive/store/lookup.h"
#include "archive/store/recode.h"
#include "archive/store/revise.h"
#include "config/base/limits.h"

#define LIST_CAP      (256u * WV_MIB)
#define ARENA_CAP     (64u * WV_MIB)
#define PORTION_KEYS  65536u              /* of one transaction ... */
#define PORTION_BYTES (UINT64_C(1) << 30) /* ... and stored bytes */
#define ROUNDS        64u /* of size, where bodies that pages share spoil the count; two are usual */

static const char *const rule_names[] = {"", "age", "count", "size"};

/* --- what stays --- */

static enum wv_status keep_page(struct wv_prune_work *w, struct wv_err *err)
{
	(void)err;
	for (size_t i = 0; i < WV_PRUNE_ITEM_COUNT(w); i++) {
		if (WV_PRUNE_ITEMS(w)[i].rule != WV_PRUNE_NONE)
			continue;
		(void)wv_prune_filter_has(&w->kept, &WV_PRUNE_ITEMS(w)[i].c.body, true);
	}
	return WV_OK;
}

/* --- what goes --- */

static void add_key(struct wv_prune_work *w, enum wv_blob_class kind,
                    const struct wv_digest *digest)
{
	const struct wv_blob_key key = {kind, *digest};

	wv_buf_add_bytes(&w->keys, &key, sizeof key);
}

static void count_one(struct wv_prune_work *w, const struct wv_prune_item *item, uint64_t bytes,
                      bool is_new)
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

static enum wv_status prune_page(struct wv_prune_work *w, struct wv_err *err)
{
	for (size_t i = 0; i < WV_PRUNE_ITEM_COUNT(w); i++) {
		const struct wv_prune_item *item = &WV_PRUNE_ITEMS(w)[i];
		uint64_t bytes = 0;
		bool is_new;
		enum wv_status st;

		if (item->rule == WV_PRUNE_NONE ||
		    wv_prune_filter_has(&w->kept, &item->c.body, false))
			continue;
		st = wv_prune_measure(w, &item->c, &bytes, err);
		if (st == WV_NO) /* gone before */
			continue;
		if (st != WV_OK)
			return st;
		is_new = !wv_prune_filter_has(&w->seen, &item->c.body, true);
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

static enum wv_status forget_encoded(struct wv_prune_work *w, struct wv_txn *txn,
                                     struct wv_err *err)
{
	const struct wv_digest *list = (const struct wv_digest *)(const void *)w->encoded.p;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < w->encoded.n / sizeof *list && st == WV_OK; i++) {
		st = wv_txn_delete(txn, WV_TABLE_ENCODED, wv_slice(list[i].b, WV_DIGEST_BYTES),
		                   err);
		if (st == WV_NO)
			st = WV_OK;
	}
	return st;
}

static struct wv_slice reason(struct wv_prune_work *w)
{
	char age[WV_TIME_TEXT_MAX], size[WV_TIME_TEXT_MAX], count[32];
	const struct wv_retention *keep = &w->how->keep;

	(void)snprintf(count, sizeof count, "%lld", (long long)keep->count);
	return wv_arena_format(w->arena, "retention: age %s, count %s, size %s%s",
	                       keep->age_us < 0 ? "none" : wv_duration_print(keep->age_us, age),
	                       keep->count < 0 ? "none" : count,
	                       keep->bytes < 0 ? "none"
	                                       : wv_size_print((uint64_t)keep->bytes, size),
	                       w->how->rule_count ? ", and those of sources" : "");
}

/* One transaction: the fact, which bytes it is about, and their going. */
static enum wv_status write_portion(struct wv_prune_work *w, struct wv_err *err)
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

static void begin_portion(struct wv_prune_work *w)
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

static enum wv_status renew(struct wv_prune_work *w, struct wv_err *err)
{
	enum wv_status st;

	wv_loader_done(&w->loader);
	wv_txn_abort(&w->txn);
	st = wv_store_begin_read(w->store, &w->txn, err);
	if (st == WV_OK)
		wv_loader_init(&w->loader, w->txn);
	return st;
}

static enum wv_status prune_all(struct wv_prune_work *w, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	for (uint64_t page = 0; page != UINT64_MAX && st == WV_OK;) {
		begin_portion(w);
		st = wv_prune_walk(w, &page, prune_page, err);
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
			st = wv_err_set(err, WV_STOPPED,
			                "stopped: what is left goes the next time");
	}
	return st;
}

/* --- all --- */

static enum wv_status set_policies(struct wv_prune_work *w, struct wv_err *err)
{
	struct wv_source_totals *sources;
	size_t count = 0;
	enum wv_status st = wv_store_sources(w->txn, w->arena, &sources, &count, err);

	if (st != WV_OK)
		return st;
	w->source_count = 1;
	for (size_t i = 0; i < count; i++)
		if (sources[i].number >= w->source_count)
			w->source_count = sources[i].number + 1;
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

static enum wv_status open_filters(struct wv_prune_work *w, uint64_t bodies, uint64_t round,
                                   struct wv_err *err)
{
	/* Another choice of bits each time: what stays by mistake goes the next one. */
	uint64_t seed = (uint64_t)w->how->now.us + round;
	enum wv_status st = wv_prune_filter_open(&w->kept, bodies, seed, err);

	if (st == WV_OK)
		st = wv_prune_filter_open(&w->seen, bodies, seed, err);
	return st == WV_OK ? wv_prune_filter_open(&w->fixed, bodies, seed, err) : st;
}

/* What a round came to; *again: `size` was not reached, and another may help. */
static void conclude(struct wv_prune_work *w, const struct wv_store_totals *totals,
                     uint64_t bytes_before, bool *again)
{
	struct wv_prune_result *r = &w->result;
	bool took_any = r->all.bytes > bytes_before;

	r->stored_bytes = wv_prune_stored(totals);
	if (w->how->dry_run)
		r->stored_bytes -= r->all.bytes < r->stored_bytes ? r->all.bytes : r->stored_bytes;
	r->is_too_large =
		w->how->keep.bytes >= 0 && r->stored_bytes > (uint64_t)w->how->keep.bytes;
	/* Bodies are counted at one page's time and may stay for another's, so what a round took can
	 * be less than it meant to. */
	if (!took_any)
		w->boost *= 4;
	*again = r->is_too_large && !w->how->dry_run && (took_any || !w->is_at_end);
}

/* Looks, keeps, prunes. */
static enum wv_status one_round(struct wv_prune_work *w, uint64_t round, bool *again,
                                struct wv_err *err)
{
	struct wv_store_totals totals;
	uint64_t page = 0, bytes_before = w->result.all.bytes;
	enum wv_status st = renew(w, err);

	*again = false;
	if (st == WV_OK)
		st = wv_store_totals(w->txn, &totals, err);
	if (st == WV_OK)
		st = set_policies(w, err);
	if (st == WV_OK)
		st = open_filters(w, totals.bodies, round, err);
	if (st == WV_OK)
		st = wv_prune_find_cutoffs(w, &totals, round, err);
	if (st == WV_OK) { /* used for counting until here */
		free(w->seen.bits);
		w->seen.bits = NULL;
		st = wv_prune_filter_open(&w->seen, totals.bodies,
		                          (uint64_t)w->how->now.us + round, err);
	}
	if (st == WV_OK)
		st = wv_prune_walk(w, &page, keep_page, err);
	if (st == WV_OK)
		st = prune_all(w, err);
	if (st == WV_OK)
		st = wv_store_totals(w->txn, &totals, err);
	if (st == WV_OK)
		conclude(w, &totals, bytes_before, again);
	return st;
}

static void end_round(struct wv_prune_work *w)
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

static void gather_sources(struct wv_prune_work *w)
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
	struct wv_prune_work w = {.how = prune, .store = store, .arena = arena, .boost = 1};
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
