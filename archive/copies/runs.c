#include "archive/copies/runs_inner.h"

#define MERGE_MIN    65536u /* entries of larger runs merged at an addition, or ... */
#define MERGE_FACTOR 16u    /* ... so many for each one added: more than there are levels */

void wv_pairs_sort(struct wv_pair *pairs, struct wv_pair *scratch, size_t n)
{
	struct wv_pair *from = pairs, *to = scratch;
	uint64_t any = 0, all = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		any |= pairs[i].key;
		all &= pairs[i].key;
	}
	for (unsigned shift = 0; shift < 64; shift += 8) {
		size_t start[256] = {0}, sum = 0;

		/* A byte that all keys share moves nothing. */
		if (((any ^ all) >> shift & 0xff) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
			start[from[i].key >> shift & 0xff]++;
		for (size_t b = 0; b < 256; b++) {
			size_t here = start[b];

			start[b] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			to[start[from[i].key >> shift & 0xff]++] = from[i];
		to = from;
		from = from == pairs ? scratch : pairs;
	}
	if (from != pairs && n > 0)
		memcpy(pairs, from, n * sizeof(*pairs));
}

enum wv_status wv_runs_add(struct wv_txn *txn, uint32_t partition, const struct wv_pair *entries,
                           size_t n, struct wv_err *err)
{
	struct wv_run_list m;
	struct wv_run_writer w;
	size_t budget = n * MERGE_FACTOR > MERGE_MIN ? n * MERGE_FACTOR : MERGE_MIN;
	enum wv_status st = wv_runs_load(txn, partition, &m, err);

	if (st != WV_OK || n == 0)
		return st;
	/* Room is left for the target of a merge. */
	if (m.count + 2 > WV_RUNS_MAX)
		st = wv_runs_merge(txn, &m, SIZE_MAX, err);
	if (st != WV_OK)
		return st;
	if (m.count == WV_RUNS_MAX)
		return wv_err_set(err, WV_DAMAGED, "list of fingerprint runs: no two of them merge");
	w = (struct wv_run_writer){
		.partition = partition, .run = m.next, .sequence_min = WV_RUN_SEQUENCE_MIN};
	m.runs[m.count++] =
		(struct wv_run){.number = m.next++, .level = wv_runs_level(n), .entries = n};
	st = wv_runs_write(txn, &w, entries, n, err);
	if (st == WV_OK)
		st = wv_runs_merge(txn, &m, budget, err);
	return st == WV_OK ? wv_runs_store(txn, &m, err) : st;
}

/* ---- taking away ---- */

/* The block at hand without the entries of `document` that have `hash`. */
static size_t without(struct wv_slice block, uint64_t hash, uint32_t document,
                      unsigned char to[static WV_RUN_BLOCK_ENTRIES * WV_RUN_ENTRY_BYTES])
{
	size_t kept = 0;

	for (size_t i = 0; i < block.n / WV_RUN_ENTRY_BYTES && i < WV_RUN_BLOCK_ENTRIES; i++) {
		if (wv_runs_hash(block, i) == hash && wv_runs_document(block, i) == document)
			continue;
		memcpy(to + kept * WV_RUN_ENTRY_BYTES, block.p + i * WV_RUN_ENTRY_BYTES,
		       WV_RUN_ENTRY_BYTES);
		kept++;
	}
	return kept;
}

static enum wv_status rewrite(struct wv_txn *txn, struct wv_run_reader *r, uint64_t hash,
                              uint32_t document, bool *is_found, struct wv_err *err)
{
	unsigned char text[WV_RUN_KEY_BYTES], block[WV_RUN_BLOCK_ENTRIES * WV_RUN_ENTRY_BYTES];
	struct wv_slice key;
	size_t kept = without(r->block, hash, document, block);

	*is_found = kept < r->n;
	if (!*is_found)
		return WV_OK;
	if (!wv_walk_key(r->walk, &key) || key.n != WV_RUN_KEY_BYTES)
		return wv_err_set(err, WV_BUG, "a block without its key");
	memcpy(text, key.p, WV_RUN_KEY_BYTES);
	return kept > 0 ? wv_txn_put(txn, WV_TABLE_SHINGLES, wv_slice(text, WV_RUN_KEY_BYTES),
	                             wv_slice(block, kept * WV_RUN_ENTRY_BYTES), err)
	                : wv_txn_delete(txn, WV_TABLE_SHINGLES, wv_slice(text, WV_RUN_KEY_BYTES),
	                                err);
}

/* The blocks of one run that may hold a hash. */
static enum wv_status remove_from_run(struct wv_txn *txn, uint32_t partition, uint32_t run,
                                      uint64_t hash, uint32_t document, bool *is_found,
                                      struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_run_reader r = {.partition = partition, .run = run};
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);

	*is_found = false;
	r.walk = walk;
	if (st == WV_OK)
		st = wv_runs_seek(&r, hash, err);
	while (st == WV_OK && !r.is_over && !*is_found && wv_runs_hash(r.block, 0) <= hash) {
		if (wv_runs_hash(r.block, r.n - 1) >= hash)
			st = rewrite(txn, &r, hash, document, is_found, err);
		if (st == WV_OK && !*is_found)
			st = wv_runs_next(&r, err);
	}
	return st;
}

enum wv_status wv_runs_remove(struct wv_txn *txn, uint32_t partition, const struct wv_pair *hashes,
                              size_t n, uint32_t document, struct wv_err *err)
{
	struct wv_run_list m;
	enum wv_status st = wv_runs_load(txn, partition, &m, err);

	for (size_t i = 0; i < n && st == WV_OK; i++) {
		for (uint32_t k = 0; k < m.count && st == WV_OK;) {
			bool is_found = false;

			st = remove_from_run(txn, partition, m.runs[k].number, hashes[i].key,
			                     document, &is_found, err);
			if (st == WV_OK && is_found && m.runs[k].entries > 0)
				m.runs[k].entries--;
			k += !is_found; /* the same once more, until it has none left */
		}
	}
	return st == WV_OK && n > 0 ? wv_runs_store(txn, &m, err) : st;
}

enum wv_status wv_runs_usage(struct wv_txn *txn, uint32_t partition, struct wv_runs_usage *out,
                             struct wv_err *err)
{
	struct wv_run_list m;
	struct wv_runs_usage usage = {0};
	enum wv_status st = wv_runs_load(txn, partition, &m, err);

	if (st != WV_OK)
		return st;
	for (uint32_t i = 0; i < m.count; i++) {
		usage.runs++;
		usage.entries += m.runs[i].entries;
		if (m.runs[i].level > usage.largest_level)
			usage.largest_level = m.runs[i].level;
	}
	*out = usage;
	return WV_OK;
}
