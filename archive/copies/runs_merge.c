#include "archive/copies/runs_inner.h"

#include <stdlib.h>

#include "config/base/limits.h"

#define FAN_IN      2u     /* runs of one level that become one of the next */
#define SMALL       65536u /* entries of a run of level 0; each level above it ... */
/* ... so many times as many: a run meets others of its level until it is of the next, so there are
 * few runs, and few look-ups. */
#define LEVEL_RATIO 4u
#define HASH_MAX    ((UINT64_C(1) << 40) - 1)
#define MERGE_PIECE 16384u /* entries taken from each source at once */

struct source {
	struct wv_pair *entries;
	size_t count, room;
	size_t taken;
	bool is_over; /* the run has no more than these */
};

static bool add_source_block(struct source *s, struct wv_slice block)
{
	size_t n = block.n / WV_RUN_ENTRY_BYTES;

	if (n > s->room - s->count) {
		size_t room = s->room ? s->room * 2 : MERGE_PIECE + WV_RUN_BLOCK_ENTRIES;
		struct wv_pair *more = realloc(s->entries, room * sizeof(*more));

		if (!more)
			return false;
		s->entries = more;
		s->room = room;
	}
	for (size_t i = 0; i < n; i++)
		s->entries[s->count++] = (struct wv_pair){
			wv_runs_hash(block, i),
			(uint64_t)wv_runs_document(block, i) << 8 | wv_runs_bucket(block, i)};
	return true;
}

static bool is_put_back(struct wv_slice key)
{
	return (key.p[14] & 0x80) == 0;
}

/*
 * The first blocks of a run leave the table and are in memory instead; all that an earlier piece
 * put back is among them, so that what this one puts back meets no key of its own kind.
 */
static enum wv_status load_source(struct wv_txn *txn, uint32_t partition, uint32_t run,
                                  struct source *s, struct wv_err *err)
{
	unsigned char text[WV_RUN_KEY_BYTES];
	enum wv_status st = WV_OK;

	for (bool goes_on = true; st == WV_OK && goes_on && !s->is_over;) {
		struct wv_walk *walk = NULL;
		struct wv_run_reader r = {.partition = partition, .run = run};
		struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;

		st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);
		if (st != WV_OK)
			return st;
		st = wv_walk_seek(walk, wv_runs_key(partition, run, 0, 0, text), &key, &value, err);
		st = wv_runs_take(&r, st, key, value, err);
		if (st == WV_OK && !r.is_over) {
			goes_on = s->count < MERGE_PIECE || is_put_back(key);
			memcpy(text, key.p, WV_RUN_KEY_BYTES);
			if (goes_on && !add_source_block(s, r.block))
				st = wv_err_set(err, WV_NOMEM, "out of memory for a merge");
		}
		s->is_over = r.is_over;
		wv_walk_end(&walk);
		if (st == WV_OK && goes_on && !s->is_over)
			st = wv_txn_delete(txn, WV_TABLE_SHINGLES, wv_slice(text, WV_RUN_KEY_BYTES),
			                   err);
	}
	return st;
}

static size_t take_below(struct source *sources, size_t n, uint64_t limit)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++) {
		struct source *s = sources + i;

		while (s->taken < s->count && s->entries[s->taken].key < limit)
			s->taken++;
		total += s->taken;
	}
	return total;
}

/*
 * Of each source what lies below the first hash that any of them may still continue. Where one hash
 * is all that there is, so much of it as is at hand: a merge must come on. 0: a source is unsorted.
 */
static size_t take_below_limit(struct source *sources, size_t n)
{
	uint64_t limit = UINT64_MAX;
	size_t total;

	for (size_t i = 0; i < n; i++)
		if (!sources[i].is_over && sources[i].count > 0 &&
		    sources[i].entries[sources[i].count - 1].key < limit)
			limit = sources[i].entries[sources[i].count - 1].key;
	total = take_below(sources, n, limit);
	return total || limit == UINT64_MAX ? total : take_below(sources, n, limit + 1);
}

static size_t merge_taken(struct source *sources, size_t n, struct wv_pair *out)
{
	size_t at[FAN_IN] = {0}, count = 0, holders = 0;

	for (;;) {
		size_t best = n;

		for (size_t i = 0; i < n; i++) {
			const struct wv_pair *here, *least;

			if (at[i] == sources[i].taken)
				continue;
			here = sources[i].entries + at[i];
			least = best < n ? sources[best].entries + at[best] : NULL;
			if (!least || here->key < least->key ||
			    (here->key == least->key && here->value < least->value))
				best = i;
		}
		if (best == n)
			return count;
		holders = count > 0 && out[count - 1].key == sources[best].entries[at[best]].key
		                  ? holders + 1
		                  : 0;
		if (holders < WV_RUNS_HOLDERS_MAX)
			out[count++] = sources[best].entries[at[best]];
		at[best]++;
	}
}

struct merge {
	uint32_t target;
	size_t run_index[FAN_IN];
	size_t count;
	struct source sources[FAN_IN];
};

static struct wv_run *find_run(struct wv_run_list *m, uint32_t number)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].number == number)
			return m->runs + i;
	return NULL;
}

/* Where the target's blocks end, so that the next ones sort after them. */
static enum wv_status begin_writer(struct wv_txn *txn, uint32_t partition, uint32_t run,
                                   struct wv_run_writer *w, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[WV_RUN_KEY_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);

	*w = (struct wv_run_writer){
		.partition = partition, .run = run, .sequence_min = WV_RUN_SEQUENCE_MIN};
	if (st != WV_OK)
		return st;
	st = wv_walk_seek_before(walk, wv_runs_key(partition, run, HASH_MAX, UINT32_MAX, text),
	                         &key, &value, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (key.n != WV_RUN_KEY_BYTES || memcmp(key.p, text, 9) != 0)
		return WV_OK;
	w->has_first = true;
	for (int i = 0; i < 5; i++)
		w->first_hash = w->first_hash << 8 | key.p[9 + i];
	for (int i = 0; i < 4; i++)
		w->sequence = w->sequence << 8 | key.p[14 + i];
	return WV_OK;
}

static enum wv_status write_merged(struct wv_txn *txn, struct wv_run_list *m, struct merge *merge,
                                   struct wv_pair *out, size_t *work, struct wv_err *err)
{
	struct wv_run *target = find_run(m, merge->target);
	struct wv_run_writer w;
	size_t total, n;
	enum wv_status st;

	if (!target)
		return wv_err_set(err, WV_DAMAGED, "list of fingerprint runs: one is missing");
	total = take_below_limit(merge->sources, merge->count);
	if (total == 0)
		return wv_err_set(err, WV_DAMAGED, "a fingerprint run is unsorted");
	*work += total;
	n = merge_taken(merge->sources, merge->count, out);
	st = begin_writer(txn, m->partition, target->number, &w, err);
	if (st == WV_OK)
		st = wv_runs_write(txn, &w, out, n, err);
	target->entries += n;
	for (size_t i = 0; i < merge->count && st == WV_OK; i++) {
		struct source *s = merge->sources + i;
		struct wv_run *run = m->runs + merge->run_index[i];

		w = (struct wv_run_writer){.partition = m->partition, .run = run->number};
		run->entries -= s->taken < run->entries ? s->taken : run->entries;
		if (s->count > s->taken)
			st = wv_runs_write(txn, &w, s->entries + s->taken, s->count - s->taken, err);
	}
	return st;
}

static void end_merge(struct wv_run_list *m, uint32_t target)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].into != target)
			m->runs[kept++] = m->runs[i];
	m->count = kept;
}

/* One piece of the merge into `target`. */
static enum wv_status merge_piece(struct wv_txn *txn, struct wv_run_list *m, uint32_t target,
                                  size_t *work, struct wv_err *err)
{
	struct merge merge = {.target = target};
	struct wv_pair *out = NULL;
	size_t total = 0;
	bool is_over = true;
	enum wv_status st = WV_OK;

	for (uint32_t i = 0; i < m->count && merge.count < FAN_IN; i++)
		if (m->runs[i].into == target)
			merge.run_index[merge.count++] = i;
	for (size_t i = 0; i < merge.count && st == WV_OK; i++) {
		st = load_source(txn, m->partition, m->runs[merge.run_index[i]].number,
		                 merge.sources + i, err);
		total += merge.sources[i].count;
		is_over &= merge.sources[i].is_over;
	}
	if (st == WV_OK && total > 0 && !(out = malloc(total * sizeof(*out))))
		st = wv_err_set(err, WV_NOMEM, "out of memory for a merge");
	if (st == WV_OK && total > 0)
		st = write_merged(txn, m, &merge, out, work, err);
	if (st == WV_OK && is_over)
		end_merge(m, target);
	free(out);
	for (size_t i = 0; i < merge.count; i++)
		free(merge.sources[i].entries);
	return st;
}

uint32_t wv_runs_level(uint64_t n)
{
	uint32_t level = 0;

	for (uint64_t size = SMALL; size < n && level < WV_RUNS_LEVELS - 1; size *= LEVEL_RATIO)
		level++;
	return level;
}

/* Neither being merged nor being filled by a merge. */
static bool is_at_rest(const struct wv_run_list *m, const struct wv_run *run)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].into == run->number)
			return false;
	return run->into == 0;
}

static uint32_t begin_merge(struct wv_run_list *m, const size_t *sources, size_t n)
{
	uint64_t entries = 0;

	for (size_t i = 0; i < n; i++) {
		m->runs[sources[i]].into = m->next;
		entries += m->runs[sources[i]].entries;
	}
	m->runs[m->count++] = (struct wv_run){.number = m->next, .level = wv_runs_level(entries)};
	return m->next++;
}

/* A merge of the smallest level that has one under way, or enough runs for one; 0 if none is due.
 */
static uint32_t merge_due(struct wv_run_list *m, uint32_t *level)
{
	for (*level = 0; *level < WV_RUNS_LEVELS; ++*level) {
		size_t sources[FAN_IN], n = 0;

		for (uint32_t i = 0; i < m->count; i++)
			if (m->runs[i].level == *level && m->runs[i].into)
				return m->runs[i].into;
		for (uint32_t i = 0; i < m->count && n < FAN_IN; i++)
			if (m->runs[i].level == *level && is_at_rest(m, m->runs + i))
				sources[n++] = i;
		if (n == FAN_IN && m->count < WV_RUNS_MAX)
			return begin_merge(m, sources, n);
	}
	return 0;
}

enum wv_status wv_runs_merge(struct wv_txn *txn, struct wv_run_list *m, size_t budget,
                             struct wv_err *err)
{
	size_t work = 0, small = 0;
	uint32_t target, level;
	enum wv_status st = WV_OK;

	while (st == WV_OK && (target = merge_due(m, &level)) != 0 && (level == 0 || work < budget))
		st = merge_piece(txn, m, target, level == 0 ? &small : &work, err);
	return st;
}
