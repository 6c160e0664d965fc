#include "archive/copies/runs.h"

#include <stdlib.h>

#include "config/base/limits.h"

#define ENTRY_BYTES   10u
#define BLOCK_ENTRIES 1636u /* fills four pages of LMDB with header and checksum */
#define FAN_IN        2u   /* runs of one level that become one of the next */
#define SMALL         65536u /* entries of a run of level 0; each level above it ... */
#define LEVEL_RATIO   4u     /* ... so many times as many: a run meets others of its level until it
                              * is of the next, so there are few runs, and few look-ups */
#define RUNS_MAX      256u
#define KEY_BYTES     18u
#define HASH_MAX    ((UINT64_C(1) << 40) - 1)
#define SEQUENCE_MIN  UINT32_C(0x80000000) /* below it: what a merge put back at a run's front */
#define MERGE_MIN     65536u /* entries of larger runs merged at an addition, or ... */
#define MERGE_FACTOR  16u    /* ... so many for each one added: more than there are levels */
#define SPARSE_ENTRIES 3000u /* from one asked hash to the next: farther than that is sought */
#define DENSE_ENTRIES 12u /* nearer than that is walked to */
#define ANCHORS       8u  /* places of a block whose hashes are known, for guesses between them */
#define SOUGHT        96u /* asked hashes whose blocks are sought before the first is looked into */
#define LET_GO_ASKED  4096u /* so many go through all of the index, and each so many blocks of it
                              * are let go of: it is not to count as memory of ours */
#define LET_GO_BLOCKS 2048u
#define MERGE_PIECE   16384u /* entries taken from each source at once */

struct run {
	uint32_t number;
	uint32_t level;
	uint64_t entries;
	uint32_t into; /* the run it is being merged into, or 0 */
};

struct manifest {
	uint32_t partition;
	uint32_t next; /* run number, from 1 */
	uint32_t count;
	struct run runs[RUNS_MAX];
};

/* ---- sorting ---- */

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

/* ---- the list of runs ---- */

static struct wv_slice manifest_key(uint32_t partition, unsigned char key[static 5])
{
	key[0] = 'p';
	for (int i = 0; i < 4; i++)
		key[1 + i] = (unsigned char)(partition >> (24 - 8 * i));
	return wv_slice(key, 5);
}

static enum wv_status load_manifest(struct wv_txn *txn, uint32_t partition, struct manifest *m,
                                    struct wv_err *err)
{
	unsigned char key[5];
	struct wv_slice value;
	struct wv_cursor c;
	enum wv_status st;

	m->partition = partition;
	m->next = 1;
	m->count = 0;
	st = wv_txn_get(txn, WV_TABLE_SHINGLES, manifest_key(partition, key), &value, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	c = wv_cursor(value);
	m->next = wv_cursor_u32(&c);
	m->count = wv_cursor_u32(&c);
	if (m->count > RUNS_MAX)
		c.failed = true;
	for (uint32_t i = 0; i < m->count && !c.failed; i++) {
		m->runs[i].number = wv_cursor_u32(&c);
		m->runs[i].level = wv_cursor_u32(&c);
		m->runs[i].entries = wv_cursor_u64(&c);
		m->runs[i].into = wv_cursor_u32(&c);
	}
	return c.failed ? wv_err_set(err, WV_DAMAGED, "list of fingerprint runs") : WV_OK;
}

static enum wv_status store_manifest(struct wv_txn *txn, const struct manifest *m,
                                     struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	unsigned char key[5];
	enum wv_status st;

	wv_buf_init(&value, RUNS_MAX * 32u);
	wv_buf_add_u32(&value, m->next);
	wv_buf_add_u32(&value, m->count);
	for (uint32_t i = 0; i < m->count; i++) {
		wv_buf_add_u32(&value, m->runs[i].number);
		wv_buf_add_u32(&value, m->runs[i].level);
		wv_buf_add_u64(&value, m->runs[i].entries);
		wv_buf_add_u32(&value, m->runs[i].into);
	}
	st = wv_buf_finish(&value, "list of fingerprint runs", err);
	return st != WV_OK ? st
	                   : wv_txn_put(txn, WV_TABLE_SHINGLES,
	                                manifest_key(m->partition, key), wv_buf_slice(&value), err);
}

/* ---- blocks ---- */

static struct wv_slice block_key(uint32_t partition, uint32_t run, uint64_t hash,
                                 uint32_t sequence, unsigned char key[static KEY_BYTES])
{
	key[0] = 'r';
	for (int i = 0; i < 4; i++) {
		key[1 + i] = (unsigned char)(partition >> (24 - 8 * i));
		key[5 + i] = (unsigned char)(run >> (24 - 8 * i));
		key[14 + i] = (unsigned char)(sequence >> (24 - 8 * i));
	}
	for (int i = 0; i < 5; i++)
		key[9 + i] = (unsigned char)(hash >> (32 - 8 * i));
	return wv_slice(key, KEY_BYTES);
}

static uint64_t entry_hash(struct wv_slice block, size_t i)
{
	const unsigned char *p = block.p + i * ENTRY_BYTES;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32;
}

static uint32_t entry_document(struct wv_slice block, size_t i)
{
	const unsigned char *p = block.p + i * ENTRY_BYTES + 5;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned char entry_bucket(struct wv_slice block, size_t i)
{
	return block.p[i * ENTRY_BYTES + 9];
}

static void put_entry(unsigned char *p, const struct wv_pair *entry)
{
	uint64_t document = entry->value >> 8;

	for (int i = 0; i < 5; i++)
		p[i] = (unsigned char)(entry->key >> 8 * i);
	for (int i = 0; i < 4; i++)
		p[5 + i] = (unsigned char)(document >> 8 * i);
	p[9] = (unsigned char)entry->value;
}

static enum wv_status check_block(struct wv_slice block, struct wv_err *err)
{
	if (block.n == 0 || block.n % ENTRY_BYTES != 0)
		return wv_err_set(err, WV_DAMAGED, "block of a fingerprint run");
	return WV_OK;
}

/* `last_hash` and `sequence` carry over from the blocks written before. */
struct run_writer {
	uint32_t partition, run;
	uint64_t first_hash;
	uint32_t sequence, sequence_min;
	bool has_first;
};

static enum wv_status write_blocks(struct wv_txn *txn, struct run_writer *w,
                                   const struct wv_pair *entries, size_t n, struct wv_err *err)
{
	unsigned char key[KEY_BYTES], block[BLOCK_ENTRIES * ENTRY_BYTES];
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < n && st == WV_OK;) {
		size_t take = n - i < BLOCK_ENTRIES ? n - i : BLOCK_ENTRIES;

		w->sequence = w->has_first && w->first_hash == entries[i].key
		                      ? w->sequence + 1
		                      : w->sequence_min;
		w->first_hash = entries[i].key;
		w->has_first = true;
		for (size_t k = 0; k < take; k++)
			put_entry(block + k * ENTRY_BYTES, entries + i + k);
		st = wv_txn_put(txn, WV_TABLE_SHINGLES,
		                block_key(w->partition, w->run, w->first_hash, w->sequence, key),
		                wv_slice(block, take * ENTRY_BYTES), err);
		i += take;
	}
	return st;
}

/* ---- looking up ---- */

struct run_reader {
	struct wv_walk *walk;
	uint32_t partition, run;
	struct wv_slice block;
	size_t at, n; /* entries of the block */
	uint64_t anchors[ANCHORS + 1]; /* hashes of places as far apart, which are spread evenly */
	size_t segment;
	bool is_over;
	bool is_sparse; /* what is asked for lies many blocks apart: each is sought */
	bool is_dense;  /* or but a few entries */
};

/* Takes what the walk found; a block of another run is the end of this one. */
static enum wv_status take_block(struct run_reader *r, enum wv_status st, struct wv_slice key,
                                 struct wv_slice block, struct wv_err *err)
{
	unsigned char prefix[KEY_BYTES];

	block_key(r->partition, r->run, 0, 0, prefix);
	if (st == WV_NO || (st == WV_OK && (key.n != KEY_BYTES || memcmp(key.p, prefix, 9) != 0))) {
		r->is_over = true;
		r->n = r->at = 0;
		return WV_OK;
	}
	if (st == WV_OK)
		st = check_block(block, err);
	if (st != WV_OK)
		return st;
	r->block = block;
	r->n = block.n / ENTRY_BYTES;
	r->at = 0;
	r->segment = 0;
	for (size_t i = 0; i <= ANCHORS && !r->is_dense && !r->is_sparse; i++)
		r->anchors[i] = entry_hash(block, i * (r->n - 1) / ANCHORS);
	return WV_OK;
}

/* To the last block that begins below `hash`: what equals it may begin there. */
static enum wv_status seek_block(struct run_reader *r, uint64_t hash, struct wv_err *err)
{
	unsigned char text[KEY_BYTES], prefix[KEY_BYTES];
	struct wv_slice key, value;
	enum wv_status st = WV_NO;

	block_key(r->partition, r->run, 0, 0, prefix);
	if (hash > 0)
		st = wv_walk_seek_before(
			r->walk, block_key(r->partition, r->run, hash - 1, UINT32_MAX, text), &key,
			&value, err);
	if (st == WV_NO || (st == WV_OK && (key.n != KEY_BYTES || memcmp(key.p, prefix, 9) != 0)))
		st = wv_walk_seek(r->walk, wv_slice(prefix, KEY_BYTES), &key, &value, err);
	return take_block(r, st, key, value, err);
}

static enum wv_status next_block(struct run_reader *r, struct wv_err *err)
{
	struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;
	enum wv_status st = wv_walk_next(r->walk, &key, &value, err);

	return take_block(r, st, key, value, err);
}

/* Where in the block a hash should be; `segment` is that of one not above it. */
static size_t guess_in(const struct run_reader *r, size_t *segment, uint64_t hash)
{
	size_t from, to;
	uint64_t first, last;

	while (*segment + 1 < ANCHORS && r->anchors[*segment + 1] < hash)
		++*segment;
	from = *segment * (r->n - 1) / ANCHORS;
	to = (*segment + 1) * (r->n - 1) / ANCHORS;
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
static void fetch_places(const struct run_reader *r, const struct wv_pair *asked, size_t n)
{
	uint64_t last = r->anchors[ANCHORS];
	size_t segment = 0;

	for (size_t i = 0; i < n && asked[i].key <= last; i++) {
		const unsigned char *place =
			r->block.p + guess_in(r, &segment, asked[i].key) * ENTRY_BYTES;

		__builtin_prefetch(place - 32); /* two lines: a guess is seldom farther off */
		__builtin_prefetch(place + 32);
	}
}

/*
 * The first entry from the one at hand on whose hash is not below `hash`; the last one is none
 * such. A guess is near: few lines of memory are touched, which is what costs.
 */
static size_t place_in(struct run_reader *r, uint64_t hash)
{
	struct wv_slice block = r->block;
	size_t at = r->at, low = at, high = r->n - 1, guess, step = 1;

	if (entry_hash(block, at) >= hash)
		return at;
	guess = guess_in(r, &r->segment, hash);
	if (guess < at)
		guess = at;
	if (entry_hash(block, guess) < hash) {
		for (low = guess + 1; low + step < high && entry_hash(block, low + step) < hash;
		     step *= 2)
			low += step;
		high = low + step < high ? low + step : high;
	} else {
		for (high = guess; high >= at + step && entry_hash(block, high - step) >= hash;
		     step *= 2)
			high -= step;
		low = high >= at + step ? high - step : at;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_hash(block, middle) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The same where what is asked for lies dense: mostly close by. */
static size_t place_near(struct wv_slice block, size_t at, size_t n, uint64_t hash)
{
	size_t low = at, high = n;

	for (size_t step = 1; low + step < high; step *= 2) {
		if (entry_hash(block, low + step) >= hash) {
			high = low + step + 1;
			break;
		}
		low += step;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_hash(block, middle) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* To the first entry whose hash is not below `hash`. */
static enum wv_status advance(struct run_reader *r, uint64_t hash, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	/* One block on, where what is asked for lies dense; else by the key. */
	for (int step = r->is_sparse; !r->is_over && entry_hash(r->block, r->n - 1) < hash; step++) {
		st = step == 1 ? seek_block(r, hash, err) : next_block(r, err);
		if (st != WV_OK)
			return st;
	}
	if (r->is_over)
		return WV_OK;
	r->at = r->is_dense || r->is_sparse ? place_near(r->block, r->at, r->n, hash)
	                                    : place_in(r, hash);
	return WV_OK;
}

static enum wv_status lookup_group(struct run_reader *r, struct wv_runs_found *found,
                                   wv_runs_found_fn each, void *context, struct wv_err *err)
{
	uint32_t holders = 0;
	enum wv_status st = advance(r, found->hash, err);

	while (st == WV_OK && !r->is_over && entry_hash(r->block, r->at) == found->hash &&
	       holders++ < WV_RUNS_HOLDERS_MAX) {
		found->document = entry_document(r->block, r->at);
		found->bucket = entry_bucket(r->block, r->at);
		st = each(context, found, err);
		if (st == WV_OK && ++r->at == r->n)
			st = next_block(r, err);
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
	__builtin_prefetch(block.p + i * ENTRY_BYTES);
}

/* Between the block's ends, and fetched like these. Past it where it may go on in the next one. */
static void guess_place(struct place *p)
{
	size_t n = p->block.n / ENTRY_BYTES;
	uint64_t first = entry_hash(p->block, 0), last = entry_hash(p->block, n - 1);

	if (p->hash > last) {
		p->guess = n;
		return;
	}
	p->guess = p->hash <= first || last <= first
	                   ? 0
	                   : (size_t)((double)(p->hash - first) * (double)(n - 1) /
	                              (double)(last - first));
	__builtin_prefetch(p->block.p + p->guess * ENTRY_BYTES - 64);
	__builtin_prefetch(p->block.p + p->guess * ENTRY_BYTES + 64);
	fetch_entry(p->block, p->guess);
}

/* Whether the hash may be there: false is sure. */
static bool may_hold(const struct place *p)
{
	size_t n = p->block.n / ENTRY_BYTES, low = p->guess, high = p->guess;

	if (low >= n)
		return true;
	for (size_t step = 4; low > 0 && entry_hash(p->block, low) >= p->hash; step *= 2)
		low -= step < low ? step : low;
	for (size_t step = 4; high < n - 1 && entry_hash(p->block, high) < p->hash; step *= 2)
		high += step < n - 1 - high ? step : n - 1 - high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entry_hash(p->block, middle) < p->hash)
			low = middle + 1;
		else
			high = middle;
	}
	return entry_hash(p->block, low) == p->hash;
}

/*
 * What is asked for lies far apart, and waiting for memory is all that it costs: so the blocks are
 * sought first, then their ends are looked at, then the places, each step for many at once. Most
 * hashes are in no other text, and done with then.
 */
static enum wv_status lookup_far(struct run_reader *r, const struct wv_pair *asked, size_t n,
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
			st = seek_block(r, p->hash, err);
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
			st = seek_block(r, found.hash, err);
			if (st == WV_OK)
				st = lookup_group(r, &found, each, context, err);
		}
	}
	return st;
}

static enum wv_status lookup_run(struct wv_txn *txn, uint32_t partition, const struct run *run,
                                 const struct wv_pair *asked, size_t n, wv_runs_found_fn each,
                                 void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct run_reader r = {.partition = partition,
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
	st = n > 0 ? seek_block(&r, asked[0].key, err) : WV_OK;
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
	struct manifest m;
	enum wv_status st = load_manifest(txn, partition, &m, err);

	for (uint32_t i = 0; i < m.count && st == WV_OK; i++)
		st = lookup_run(txn, partition, m.runs + i, asked, n, each, context, err);
	return st;
}

/* ---- merging ---- */

struct source {
	struct wv_pair *entries;
	size_t count, room;
	size_t taken;
	bool is_over; /* the run has no more than these */
};

static bool add_source_block(struct source *s, struct wv_slice block)
{
	size_t n = block.n / ENTRY_BYTES;

	if (n > s->room - s->count) {
		size_t room = s->room ? s->room * 2 : MERGE_PIECE + BLOCK_ENTRIES;
		struct wv_pair *more = realloc(s->entries, room * sizeof(*more));

		if (!more)
			return false;
		s->entries = more;
		s->room = room;
	}
	for (size_t i = 0; i < n; i++)
		s->entries[s->count++] = (struct wv_pair){
			entry_hash(block, i),
			(uint64_t)entry_document(block, i) << 8 | entry_bucket(block, i)};
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
	unsigned char text[KEY_BYTES];
	enum wv_status st = WV_OK;

	for (bool goes_on = true; st == WV_OK && goes_on && !s->is_over;) {
		struct wv_walk *walk = NULL;
		struct run_reader r = {.partition = partition, .run = run};
		struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;

		st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);
		if (st != WV_OK)
			return st;
		st = wv_walk_seek(walk, block_key(partition, run, 0, 0, text), &key, &value, err);
		st = take_block(&r, st, key, value, err);
		if (st == WV_OK && !r.is_over) {
			goes_on = s->count < MERGE_PIECE || is_put_back(key);
			memcpy(text, key.p, KEY_BYTES);
			if (goes_on && !add_source_block(s, r.block))
				st = wv_err_set(err, WV_NOMEM, "out of memory for a merge");
		}
		s->is_over = r.is_over;
		wv_walk_end(&walk);
		if (st == WV_OK && goes_on && !s->is_over)
			st = wv_txn_delete(txn, WV_TABLE_SHINGLES, wv_slice(text, KEY_BYTES),
			                   err);
	}
	return st;
}

/* Of each source what lies below the first hash that any of them may still continue. */
static size_t take_below_limit(struct source *sources, size_t n)
{
	uint64_t limit = UINT64_MAX;
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		if (!sources[i].is_over && sources[i].count > 0 &&
		    sources[i].entries[sources[i].count - 1].key < limit)
			limit = sources[i].entries[sources[i].count - 1].key;
	for (size_t i = 0; i < n; i++) {
		struct source *s = sources + i;

		while (s->taken < s->count && s->entries[s->taken].key < limit)
			s->taken++;
		total += s->taken;
	}
	return total;
}

static size_t merge_taken(struct source *sources, size_t n, struct wv_pair *out)
{
	size_t at[FAN_IN] = {0}, count = 0, holders = 0;

	for (;;) {
		size_t best = n;

		for (size_t i = 0; i < n; i++) {
			const struct wv_pair *here = sources[i].entries + at[i];
			const struct wv_pair *least =
				best < n ? sources[best].entries + at[best] : NULL;

			if (at[i] < sources[i].taken &&
			    (!least || here->key < least->key ||
			     (here->key == least->key && here->value < least->value)))
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

static struct run *find_run(struct manifest *m, uint32_t number)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].number == number)
			return m->runs + i;
	return NULL;
}

/* Where the target's blocks end, so that the next ones sort after them. */
static enum wv_status begin_writer(struct wv_txn *txn, uint32_t partition, uint32_t run,
                                   struct run_writer *w, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[KEY_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);

	*w = (struct run_writer){
		.partition = partition, .run = run, .sequence_min = SEQUENCE_MIN};
	if (st != WV_OK)
		return st;
	st = wv_walk_seek_before(walk,
	                         block_key(partition, run, HASH_MAX, UINT32_MAX, text), &key,
	                         &value, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	if (key.n != KEY_BYTES || memcmp(key.p, text, 9) != 0)
		return WV_OK;
	w->has_first = true;
	for (int i = 0; i < 5; i++)
		w->first_hash = w->first_hash << 8 | key.p[9 + i];
	for (int i = 0; i < 4; i++)
		w->sequence = w->sequence << 8 | key.p[14 + i];
	return WV_OK;
}

static enum wv_status write_merged(struct wv_txn *txn, struct manifest *m, struct merge *merge,
                                   struct wv_pair *out, size_t *work, struct wv_err *err)
{
	struct run *target = find_run(m, merge->target);
	struct run_writer w;
	size_t total = take_below_limit(merge->sources, merge->count), n;
	enum wv_status st;

	WV_ASSERT(target != NULL);
	*work += total;
	n = merge_taken(merge->sources, merge->count, out);
	st = begin_writer(txn, m->partition, target->number, &w, err);
	if (st == WV_OK)
		st = write_blocks(txn, &w, out, n, err);
	target->entries += n;
	for (size_t i = 0; i < merge->count && st == WV_OK; i++) {
		struct source *s = merge->sources + i;
		struct run *run = m->runs + merge->run_index[i];

		w = (struct run_writer){.partition = m->partition, .run = run->number};
		run->entries -= s->taken < run->entries ? s->taken : run->entries;
		st = write_blocks(txn, &w, s->entries + s->taken, s->count - s->taken, err);
	}
	return st;
}

static void end_merge(struct manifest *m, uint32_t target)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].into != target)
			m->runs[kept++] = m->runs[i];
	m->count = kept;
}

/* One piece of the merge into `target`. */
static enum wv_status merge_piece(struct wv_txn *txn, struct manifest *m, uint32_t target,
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

static uint32_t level_for(uint64_t n)
{
	uint32_t level = 0;

	for (uint64_t size = SMALL; size < n && level < 31; size *= LEVEL_RATIO)
		level++;
	return level;
}

/* Neither being merged nor being filled by a merge. */
static bool is_at_rest(const struct manifest *m, const struct run *run)
{
	for (uint32_t i = 0; i < m->count; i++)
		if (m->runs[i].into == run->number)
			return false;
	return run->into == 0;
}

static uint32_t begin_merge(struct manifest *m, const size_t *sources, size_t n)
{
	uint64_t entries = 0;

	for (size_t i = 0; i < n; i++) {
		m->runs[sources[i]].into = m->next;
		entries += m->runs[sources[i]].entries;
	}
	m->runs[m->count++] = (struct run){.number = m->next, .level = level_for(entries)};
	return m->next++;
}

/* A merge of the smallest level that has one under way, or enough runs for one; 0 if none is due. */
static uint32_t merge_due(struct manifest *m, uint32_t *level)
{
	for (*level = 0; *level < 32; ++*level) {
		size_t sources[FAN_IN], n = 0;

		for (uint32_t i = 0; i < m->count; i++)
			if (m->runs[i].level == *level && m->runs[i].into)
				return m->runs[i].into;
		for (uint32_t i = 0; i < m->count && n < FAN_IN; i++)
			if (m->runs[i].level == *level && is_at_rest(m, m->runs + i))
				sources[n++] = i;
		if (n == FAN_IN && m->count < RUNS_MAX)
			return begin_merge(m, sources, n);
	}
	return 0;
}

/* Small runs are merged at once, so that there is one of them; of larger merges a bounded piece. */
static enum wv_status merge_some(struct wv_txn *txn, struct manifest *m, size_t budget,
                                 struct wv_err *err)
{
	size_t work = 0, small = 0;
	uint32_t target, level;
	enum wv_status st = WV_OK;

	while (st == WV_OK && (target = merge_due(m, &level)) != 0 && (level == 0 || work < budget))
		st = merge_piece(txn, m, target, level == 0 ? &small : &work, err);
	return st;
}

enum wv_status wv_runs_add(struct wv_txn *txn, uint32_t partition, const struct wv_pair *entries,
                           size_t n, struct wv_err *err)
{
	struct manifest m;
	struct run_writer w;
	size_t budget = n * MERGE_FACTOR > MERGE_MIN ? n * MERGE_FACTOR : MERGE_MIN;
	enum wv_status st = load_manifest(txn, partition, &m, err);

	if (st != WV_OK || n == 0)
		return st;
	/* Room is left for the target of a merge. */
	if (m.count + 2 > RUNS_MAX)
		st = merge_some(txn, &m, SIZE_MAX, err);
	if (st != WV_OK)
		return st;
	w = (struct run_writer){
		.partition = partition, .run = m.next, .sequence_min = SEQUENCE_MIN};
	m.runs[m.count++] =
		(struct run){.number = m.next++, .level = level_for(n), .entries = n};
	st = write_blocks(txn, &w, entries, n, err);
	if (st == WV_OK)
		st = merge_some(txn, &m, budget, err);
	return st == WV_OK ? store_manifest(txn, &m, err) : st;
}

/* ---- taking away ---- */

/* The block at hand without the entries of `document` that have `hash`. */
static size_t without(struct wv_slice block, uint64_t hash, uint32_t document,
                      unsigned char to[static BLOCK_ENTRIES * ENTRY_BYTES])
{
	size_t kept = 0;

	for (size_t i = 0; i < block.n / ENTRY_BYTES && i < BLOCK_ENTRIES; i++) {
		if (entry_hash(block, i) == hash && entry_document(block, i) == document)
			continue;
		memcpy(to + kept * ENTRY_BYTES, block.p + i * ENTRY_BYTES, ENTRY_BYTES);
		kept++;
	}
	return kept;
}

static enum wv_status rewrite(struct wv_txn *txn, struct run_reader *r, uint64_t hash,
                              uint32_t document, bool *is_found, struct wv_err *err)
{
	unsigned char text[KEY_BYTES], block[BLOCK_ENTRIES * ENTRY_BYTES];
	struct wv_slice key;
	size_t kept = without(r->block, hash, document, block);

	*is_found = kept < r->n;
	if (!*is_found)
		return WV_OK;
	if (!wv_walk_key(r->walk, &key) || key.n != KEY_BYTES)
		return wv_err_set(err, WV_BUG, "a block without its key");
	memcpy(text, key.p, KEY_BYTES);
	return kept > 0 ? wv_txn_put(txn, WV_TABLE_SHINGLES, wv_slice(text, KEY_BYTES),
	                             wv_slice(block, kept * ENTRY_BYTES), err)
	                : wv_txn_delete(txn, WV_TABLE_SHINGLES, wv_slice(text, KEY_BYTES), err);
}

/* The blocks of one run that may hold a hash. */
static enum wv_status remove_from_run(struct wv_txn *txn, uint32_t partition, uint32_t run,
                                      uint64_t hash, uint32_t document, bool *is_found,
                                      struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct run_reader r = {.partition = partition, .run = run};
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_SHINGLES, &walk, err);

	*is_found = false;
	r.walk = walk;
	if (st == WV_OK)
		st = seek_block(&r, hash, err);
	while (st == WV_OK && !r.is_over && !*is_found && entry_hash(r.block, 0) <= hash) {
		if (entry_hash(r.block, r.n - 1) >= hash)
			st = rewrite(txn, &r, hash, document, is_found, err);
		if (st == WV_OK && !*is_found)
			st = next_block(&r, err);
	}
	return st;
}

enum wv_status wv_runs_remove(struct wv_txn *txn, uint32_t partition, const struct wv_pair *hashes,
                              size_t n, uint32_t document, struct wv_err *err)
{
	struct manifest m;
	enum wv_status st = load_manifest(txn, partition, &m, err);

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
	return st == WV_OK && n > 0 ? store_manifest(txn, &m, err) : st;
}

enum wv_status wv_runs_usage(struct wv_txn *txn, uint32_t partition, struct wv_runs_usage *out,
                             struct wv_err *err)
{
	struct manifest m;
	struct wv_runs_usage usage = {0};
	enum wv_status st = load_manifest(txn, partition, &m, err);

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
