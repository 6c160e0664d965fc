#include "archive/copies/runs_inner.h"

#define SPARSE_ENTRIES 3000u /* from one asked hash to the next: farther than that is sought */
#define DENSE_ENTRIES  12u   /* nearer than that is walked to */
#define SOUGHT         96u /* asked hashes whose blocks are sought before the first is looked into */
/* So many go through all of the index, and each so many blocks of it are let go of: it is not to
 * count as memory of ours. */
#define LET_GO_ASKED  4096u
#define LET_GO_BLOCKS 2048u

/* Where in the block a hash should be; `segment` is that of one not above it. */
static size_t guess_in(const struct wv_run_reader *r, size_t *segment, uint64_t hash)
{
	size_t from, to;
	uint64_t first, last;

	while (*segment + 1 < WV_RUN_ANCHORS && r->anchors[*segment + 1] < hash)
		++*segment;
	from = *segment * (r->n - 1) / WV_RUN_ANCHORS;
	to = (*segment + 1) * (r->n - 1) / WV_RUN_ANCHORS;
	first = r->anchors[*segment];
	last = r->anchors[*segment + 1];
	if (hash <= first || last <= first)
		return from;
	return hash >= last ? to
	                    : from + (size_t)((double)(hash - first) * (double)(to - from) /
	                                      (double)(last - first));
}

/* Places of a new block are fetched from memory all at once: waiting for each in turn is most of
 * what a look-up costs. */
static void fetch_places(const struct wv_run_reader *r, const struct wv_pair *asked, size_t n)
{
	uint64_t last = r->anchors[WV_RUN_ANCHORS];
	size_t segment = 0;

	for (size_t i = 0; i < n && asked[i].key <= last; i++) {
		const unsigned char *place =
			r->block.p + guess_in(r, &segment, asked[i].key) * WV_RUN_ENTRY_BYTES;

		__builtin_prefetch(place - 32); /* two lines: a guess is seldom farther off */
		__builtin_prefetch(place + 32);
	}
}

/* Of entries low to high the first whose hash is not below `hash`. */
static size_t first_not_below(struct wv_slice block, size_t low, size_t high, uint64_t hash)
{
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wv_runs_hash(block, middle) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The first entry from the one at hand on whose hash is not below `hash`; the last one is none
 * such. A guess is near: few lines of memory are touched, which is what costs.
 */
static size_t place_in(struct wv_run_reader *r, uint64_t hash)
{
	struct wv_slice block = r->block;
	size_t at = r->at, low = at, high = r->n - 1, guess, step = 1;

	if (wv_runs_hash(block, at) >= hash)
		return at;
	guess = guess_in(r, &r->segment, hash);
	if (guess < at)
		guess = at;
	if (wv_runs_hash(block, guess) < hash) {
		for (low = guess + 1; low + step < high && wv_runs_hash(block, low + step) < hash;
		     step *= 2)
			low += step;
		high = low + step < high ? low + step : high;
	} else {
		for (high = guess; high >= at + step && wv_runs_hash(block, high - step) >= hash;
		     step *= 2)
			high -= step;
		low = high >= at + step ? high - step : at;
	}
	return first_not_below(block, low, high, hash);
}

/* The same where what is asked for lies dense: mostly close by. */
static size_t place_near(struct wv_slice block, size_t at, size_t n, uint64_t hash)
{
	size_t low = at, high = n;

	for (size_t step = 1; low + step < high; step *= 2) {
		if (wv_runs_hash(block, low + step) >= hash) {
			high = low + step + 1;
			break;
		}
		low += step;
	}
	return first_not_below(block, low, high, hash);
}

/* To the first entry whose hash is not below `hash`. */
static enum wv_status advance(struct wv_run_reader *r, uint64_t hash, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	/* One block on, where what is asked for lies dense; else by the key. */
	for (int step = r->is_sparse; !r->is_over && wv_runs_hash(r->block, r->n - 1) < hash;
	     step++) {
		st = step == 1 ? wv_runs_seek(r, hash, err) : wv_runs_next(r, err);
		if (st != WV_OK)
			return st;
	}
	if (r->is_over)
		return WV_OK;
	r->at = r->is_dense || r->is_sparse ? place_near(r->block, r->at, r->n, hash)
	                                    : place_in(r, hash);
	return WV_OK;
}

static enum wv_status lookup_group(struct wv_run_reader *r, struct wv_runs_found *found,
                                   wv_runs_found_fn each, void *context, struct wv_err *err)
{
	uint32_t holders = 0;
	enum wv_status st = advance(r, found->hash, err);

	while (st == WV_OK && !r->is_over && wv_runs_hash(r->block, r->at) == found->hash &&
	       holders++ < WV_RUNS_HOLDERS_MAX) {
		found->document = wv_runs_document(r->block, r->at);
		found->bucket = wv_runs_bucket(r->block, r->at);
		st = each(context, found, err);
		if (st == WV_OK && ++r->at == r->n)
			st = wv_runs_next(r, err);
	}
	return st;
}

/* What is asked for and the block that it must lie in, unless the next one begins with it. */
struct place {
	struct wv_slice block;
	uint64_t hash;
	size_t i, end; /* of the asked ones */
	size_t guess;
};

static void fetch_entry(struct wv_slice block, size_t i)
{
	__builtin_prefetch(block.p + i * WV_RUN_ENTRY_BYTES);
}

/* Between the block's ends, and fetched like these. Past it where it may go on in the next one. */
static void guess_place(struct place *p)
{
	size_t n = p->block.n / WV_RUN_ENTRY_BYTES;
	uint64_t first = wv_runs_hash(p->block, 0), last = wv_runs_hash(p->block, n - 1);

	if (p->hash > last) {
		p->guess = n;
		return;
	}
	p->guess = p->hash <= first || last <= first
	                   ? 0
	                   : (size_t)((double)(p->hash - first) * (double)(n - 1) /
	                              (double)(last - first));
	__builtin_prefetch(p->block.p + p->guess * WV_RUN_ENTRY_BYTES - 64);
	__builtin_prefetch(p->block.p + p->guess * WV_RUN_ENTRY_BYTES + 64);
	fetch_entry(p->block, p->guess);
}

/* Whether the hash may be there: false is sure. */
static bool may_hold(const struct place *p)
{
	size_t n = p->block.n / WV_RUN_ENTRY_BYTES, low = p->guess, high = p->guess;

	if (low >= n)
		return true;
	for (size_t step = 4; low > 0 && wv_runs_hash(p->block, low) >= p->hash; step *= 2)
		low -= step < low ? step : low;
	for (size_t step = 4; high < n - 1 && wv_runs_hash(p->block, high) < p->hash; step *= 2)
		high += step < n - 1 - high ? step : n - 1 - high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wv_runs_hash(p->block, middle) < p->hash)
			low = middle + 1;
		else
			high = middle;
	}
	return wv_runs_hash(p->block, low) == p->hash;
}

/*
 * What is asked for lies far apart, and waiting for memory is all that it costs: so the blocks are
 * sought first, then their ends are looked at, then the places, each step for many at once. Most
 * hashes are in no other text, and done with then.
 */
static enum wv_status lookup_far(struct wv_run_reader *r, const struct wv_pair *asked, size_t n,
                                 wv_runs_found_fn each, void *context, struct wv_err *err)
{
	struct place places[SOUGHT];
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < n && st == WV_OK;) {
		size_t count = 0;

		for (; i < n && count < SOUGHT && st == WV_OK; i = places[count++].end) {
			struct place *p = places + count;

			p->hash = asked[i].key;
			p->i = i;
			for (p->end = i + 1; p->end < n && asked[p->end].key == p->hash; p->end++)
				;
			r->is_over = false;
			st = wv_runs_seek(r, p->hash, err);
			if (st != WV_OK || r->is_over) /* a run without blocks */
				return st;
			p->block = r->block;
			fetch_entry(p->block, 0);
			fetch_entry(p->block, r->n - 1);
		}
		for (size_t k = 0; k < count; k++)
			guess_place(places + k);
		for (size_t k = 0; k < count && st == WV_OK; k++) {
			struct wv_runs_found found = {.hash = places[k].hash,
			                              .asked = asked + places[k].i,
			                              .asked_count = places[k].end - places[k].i};

			if (!may_hold(places + k))
				continue;
			r->is_over = false;
			st = wv_runs_seek(r, found.hash, err);
			if (st == WV_OK)
				st = lookup_group(r, &found, each, context, err);
		}
	}
	return st;
}

static enum wv_status lookup_run(struct wv_txn *txn, uint32_t partition, const struct wv_run *run,
                                 const struct wv_pair *asked, size_t n, wv_runs_found_fn each,
                                 void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_run_reader r = {.partition = partition,
	                          .run = run->number,
	                          .is_sparse = n > 0 && run->entries / n > SPARSE_ENTRIES,
	                          .is_dense = n > 0 && run->entries / n < DENSE_ENTRIES};
	const unsigned char *seen = NULL;
	size_t blocks = 0;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);

	if (st != WV_OK)
		return st;
	r.walk = walk;
	if (r.is_sparse)
		return lookup_far(&r, asked, n, each, context, err);
	st = n > 0 ? wv_runs_seek(&r, asked[0].key, err) : WV_OK;
	for (size_t i = 0, end; i < n && st == WV_OK && !r.is_over; i = end) {
		struct wv_runs_found found = {.hash = asked[i].key, .asked = asked + i};

		for (end = i + 1; end < n && asked[end].key == asked[i].key; end++)
			;
		found.asked_count = end - i;
		if (r.block.p != seen) {
			if (n >= LET_GO_ASKED && ++blocks % LET_GO_BLOCKS == 0)
				wv_txn_let_go(txn);
			if (!r.is_dense)
				fetch_places(&r, asked + i, n - i);
			seen = r.block.p;
		}
		st = lookup_group(&r, &found, each, context, err);
	}
	return st;
}

enum wv_status wv_runs_lookup(struct wv_txn *txn, uint32_t partition, const struct wv_pair *asked,
                              size_t n, wv_runs_found_fn each, void *context, struct wv_err *err)
{
	struct wv_run_list m;
	enum wv_status st = wv_runs_load(txn, partition, &m, err);

	for (uint32_t i = 0; i < m.count && st == WV_OK; i++)
		st = lookup_run(txn, partition, m.runs + i, asked, n, each, context, err);
	return st;
}
