#include "archive/copies/runs_inner.h"

#include "config/base/limits.h"

/* ---- the list of runs ---- */

static struct wv_slice manifest_key(uint32_t partition, unsigned char key[static 5])
{
	key[0] = 'p';
	for (int i = 0; i < 4; i++)
		key[1 + i] = (unsigned char)(partition >> (24 - 8 * i));
	return wv_slice(key, 5);
}

enum wv_status wv_runs_load(struct wv_txn *txn, uint32_t partition, struct wv_run_list *m,
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
	if (m->count > WV_RUNS_MAX)
		c.failed = true;
	for (uint32_t i = 0; i < m->count && !c.failed; i++) {
		m->runs[i].number = wv_cursor_u32(&c);
		m->runs[i].level = wv_cursor_u32(&c);
		m->runs[i].entries = wv_cursor_u64(&c);
		m->runs[i].into = wv_cursor_u32(&c);
		c.failed |= m->runs[i].level >= WV_RUNS_LEVELS; /* no merge would ever touch it */
	}
	return c.failed ? wv_err_set(err, WV_DAMAGED, "list of fingerprint runs") : WV_OK;
}

enum wv_status wv_runs_store(struct wv_txn *txn, const struct wv_run_list *m, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {0};
	unsigned char key[5];
	enum wv_status st;

	wv_buf_init(&value, WV_RUNS_MAX * 32u);
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
	                   : wv_txn_put(txn, WV_TABLE_SHINGLES, manifest_key(m->partition, key),
	                                wv_buf_slice(&value), err);
}

/* ---- writing blocks ---- */

struct wv_slice wv_runs_key(uint32_t partition, uint32_t run, uint64_t hash, uint32_t sequence,
                            unsigned char key[static WV_RUN_KEY_BYTES])
{
	key[0] = 'r';
	for (int i = 0; i < 4; i++) {
		key[1 + i] = (unsigned char)(partition >> (24 - 8 * i));
		key[5 + i] = (unsigned char)(run >> (24 - 8 * i));
		key[14 + i] = (unsigned char)(sequence >> (24 - 8 * i));
	}
	for (int i = 0; i < 5; i++)
		key[9 + i] = (unsigned char)(hash >> (32 - 8 * i));
	return wv_slice(key, WV_RUN_KEY_BYTES);
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

enum wv_status wv_runs_write(struct wv_txn *txn, struct wv_run_writer *w,
                             const struct wv_pair *entries, size_t n, struct wv_err *err)
{
	unsigned char key[WV_RUN_KEY_BYTES], block[WV_RUN_BLOCK_ENTRIES * WV_RUN_ENTRY_BYTES];
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < n && st == WV_OK;) {
		size_t take = n - i < WV_RUN_BLOCK_ENTRIES ? n - i : WV_RUN_BLOCK_ENTRIES;

		w->sequence = w->has_first && w->first_hash == entries[i].key ? w->sequence + 1
		                                                              : w->sequence_min;
		w->first_hash = entries[i].key;
		w->has_first = true;
		for (size_t k = 0; k < take; k++)
			put_entry(block + k * WV_RUN_ENTRY_BYTES, entries + i + k);
		st = wv_txn_put(txn, WV_TABLE_SHINGLES,
		                wv_runs_key(w->partition, w->run, w->first_hash, w->sequence, key),
		                wv_slice(block, take * WV_RUN_ENTRY_BYTES), err);
		i += take;
	}
	return st;
}

/* ---- reading them ---- */

static enum wv_status check_block(struct wv_slice block, struct wv_err *err)
{
	if (block.n == 0 || block.n % WV_RUN_ENTRY_BYTES != 0 ||
	    block.n > WV_RUN_BLOCK_ENTRIES * WV_RUN_ENTRY_BYTES)
		return wv_err_set(err, WV_DAMAGED, "block of a fingerprint run");
	return WV_OK;
}

enum wv_status wv_runs_take(struct wv_run_reader *r, enum wv_status st, struct wv_slice key,
                            struct wv_slice block, struct wv_err *err)
{
	unsigned char prefix[WV_RUN_KEY_BYTES];

	wv_runs_key(r->partition, r->run, 0, 0, prefix);
	if (st == WV_NO ||
	    (st == WV_OK && (key.n != WV_RUN_KEY_BYTES || memcmp(key.p, prefix, 9) != 0))) {
		r->is_over = true;
		r->n = r->at = 0;
		return WV_OK;
	}
	if (st == WV_OK)
		st = check_block(block, err);
	if (st != WV_OK)
		return st;
	r->block = block;
	r->n = block.n / WV_RUN_ENTRY_BYTES;
	r->at = 0;
	r->segment = 0;
	for (size_t i = 0; i <= WV_RUN_ANCHORS && !r->is_dense && !r->is_sparse; i++)
		r->anchors[i] = wv_runs_hash(block, i * (r->n - 1) / WV_RUN_ANCHORS);
	return WV_OK;
}

enum wv_status wv_runs_seek(struct wv_run_reader *r, uint64_t hash, struct wv_err *err)
{
	unsigned char text[WV_RUN_KEY_BYTES], prefix[WV_RUN_KEY_BYTES];
	struct wv_slice key, value;
	enum wv_status st = WV_NO;

	wv_runs_key(r->partition, r->run, 0, 0, prefix);
	if (hash > 0)
		st = wv_walk_seek_before(
			r->walk, wv_runs_key(r->partition, r->run, hash - 1, UINT32_MAX, text),
			&key, &value, err);
	if (st == WV_NO ||
	    (st == WV_OK && (key.n != WV_RUN_KEY_BYTES || memcmp(key.p, prefix, 9) != 0)))
		st = wv_walk_seek(r->walk, wv_slice(prefix, WV_RUN_KEY_BYTES), &key, &value, err);
	return wv_runs_take(r, st, key, value, err);
}

enum wv_status wv_runs_next(struct wv_run_reader *r, struct wv_err *err)
{
	struct wv_slice key = WV_SLICE_NONE, value = WV_SLICE_NONE;
	enum wv_status st = wv_walk_next(r->walk, &key, &value, err);

	return wv_runs_take(r, st, key, value, err);
}
