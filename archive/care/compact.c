#include "archive/care/compact_inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/store/commit.h"
#include "archive/store/swap.h"
#include "config/base/limits.h"

#define BODY_CAP    (2u * WV_LIMIT_BODY_BYTES_MAX + 1u)
/* Transactions that may have to be made on the old file so that its number is not below. */
#define BUMPS_MAX 100000u

static enum wv_status step(struct wv_compacting *c, const char *name, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	if (c->options->fault)
		st = c->options->fault(c->options->fault_context, name);
	return st == WV_OK ? st : wv_err_set(err, st, "%s failed (injected)", name);
}

/* --- the new file --- */

static const char *const made_files[] = {"data.mdb", "lock.mdb"};

static enum wv_status remove_made(struct wv_compacting *c, struct wv_err *err)
{
	char path[WV_COMPACT_PATH_BYTES + 16];

	for (size_t i = 0; i < WV_COUNT(made_files); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", c->made, made_files[i]);
		if (unlink(path) != 0 && errno != ENOENT)
			return wv_err_errno(err, WV_IO, errno, "cannot remove '%s'", path);
	}
	if (rmdir(c->made) != 0 && errno != ENOENT)
		return wv_err_errno(err, WV_IO, errno, "cannot remove '%s'", c->made);
	return WV_OK;
}

static enum wv_status open_made(struct wv_compacting *c, struct wv_err *err)
{
	const struct wv_db_options options = {.create = true,
	                                      .fault = c->options->fault,
	                                      .fault_context = c->options->fault_context};
	int n = snprintf(c->made, sizeof c->made, "%s/compact.new", wv_store_dir(c->store));
	enum wv_status st;

	if (n < 0 || n >= (int)sizeof c->made)
		return wv_err_set(err, WV_LIMIT, "archive path too long");
	st = remove_made(c, err);
	if (st == WV_OK)
		st = wv_db_open(c->made, &options, &c->db, err);
	return st == WV_OK ? wv_compact_begin_slice(c, err) : st;
}

static enum wv_status make(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = wv_compact_captures(c, err);

	if (st == WV_OK)
		st = wv_compact_rows(c, err);
	return st == WV_OK ? wv_compact_end_slice(c, err) : st;
}

/* --- its place --- */

/* One empty transaction, nearly: the number goes up by one. */
static enum wv_status bump(struct wv_db *db, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	struct wv_slice value;
	struct wv_state state;
	enum wv_status st = wv_txn_begin_write(db, &txn, err);

	if (st == WV_OK)
		st = wv_txn_get(txn, WV_TABLE_META, WV_LIT("state"), &value, err);
	if (st == WV_OK && !wv_record_state_decode(value, &state))
		st = wv_err_set(err, WV_DAMAGED, "the archive's counters do not decode");
	if (st == WV_OK)
		st = wv_state_put(txn, &state, err);
	return st == WV_OK ? wv_txn_commit(&txn, err) : st;
}

/* The old file's number must not be below the new one's and as odd or even (swap.h). */
static enum wv_status align(struct wv_compacting *c, uint64_t *txn, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t made = 0;
	enum wv_status st = wv_swap_txn(c->made, &made, err);

	for (unsigned i = 0; st == WV_OK && i < BUMPS_MAX; i++) {
		st = wv_db_usage(wv_store_db(c->store), &usage, err);
		*txn = usage.last_txn;
		if (st != WV_OK || (*txn >= made && (*txn - made) % 2 == 0))
			return st;
		st = bump(wv_store_db(c->store), err);
	}
	return st == WV_OK ? wv_err_set(err, WV_BUG, "transactions cannot be aligned") : st;
}

static enum wv_status put_in_place(struct wv_compacting *c, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint64_t txn = 0;
	enum wv_status st = wv_db_usage(c->db, &usage, err);

	c->counts.new_file_bytes = usage.file_bytes;
	wv_db_close(&c->db);
	wv_loader_done(&c->loader);
	wv_txn_abort(&c->from);
	if (st == WV_OK)
		st = align(c, &txn, err);
	if (st == WV_OK)
		st = step(c, "replace", err);
	if (st == WV_OK)
		st = wv_swap(c->made, wv_store_dir(c->store), txn, err);
	/* For tests that kill here; it is too late to fail. */
	if (st == WV_OK)
		(void)step(c, "replaced", NULL);
	return st;
}

static enum wv_status look(struct wv_compacting *c, struct wv_err *err)
{
	struct wv_db_usage usage = {0};
	uint32_t sources = 0;
	enum wv_status st = wv_store_begin_read(c->store, &c->from, err);

	wv_loader_init(&c->loader, c->from);
	if (st == WV_OK)
		st = wv_state_get(c->from, &c->old, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "the archive lacks its counters");
	if (st == WV_OK)
		st = wv_db_usage(wv_store_db(c->store), &usage, err);
	c->counts.captures = c->old.totals.captures;
	c->counts.file_bytes = usage.file_bytes;
	c->counts.free_bytes = usage.free_bytes;
	memcpy(c->counts.stored, c->old.totals.stored, sizeof c->counts.stored);
	if (st == WV_OK)
		st = wv_source_count(c->from, &sources, err);
	if (st == WV_OK) {
		c->shares = calloc((size_t)sources + 1, sizeof *c->shares);
		if (!c->shares)
			return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	return st;
}

static enum wv_status count_wire(struct wv_compacting *c, struct wv_slice key,
                                 struct wv_slice value, struct wv_err *err)
{
	struct wv_encoded_row row;

	(void)key;
	if (!wv_record_encoded_decode(value, &row))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	c->counts.wires_released += row.may_go;
	c->counts.wire_bytes_released += row.may_go ? row.encoded_bytes : 0;
	return WV_OK;
}

static enum wv_status run(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = step(c, "begin", err);

	if (st == WV_OK)
		st = open_made(c, err);
	if (st == WV_OK)
		st = make(c, err);
	wv_packer_done(&c->packer);
	wv_txn_abort(&c->to);
	if (st == WV_OK)
		st = put_in_place(c, err);
	wv_db_close(&c->db);
	/* Of a failure here nothing follows: the next run removes it. */
	(void)remove_made(c, NULL);
	return st;
}

enum wv_status wv_compact(struct wv_store *store, const struct wv_compact_options *options,
                          struct wv_compact_counts *out, struct wv_err *err)
{
	struct wv_compacting c = {.store = store, .options = options};
	enum wv_status st = look(&c, err);

	wv_buf_init(&c.newest_bytes, BODY_CAP);
	wv_buf_init(&c.raw, BODY_CAP);
	wv_buf_init(&c.base_bytes, BODY_CAP);
	wv_buf_init(&c.row, WV_COMPACT_ROW_CAP);
	wv_packer_init(&c.packer, NULL, &c.state, SIZE_MAX);
	if (st == WV_OK)
		st = options->is_dry_run
		             ? wv_compact_each_row(&c, WV_TABLE_ENCODED, count_wire, err)
		             : run(&c, err);
	wv_packer_done(&c.packer);
	wv_loader_done(&c.loader);
	wv_txn_abort(&c.from);
	wv_buf_done(&c.newest_bytes);
	wv_buf_done(&c.raw);
	wv_buf_done(&c.base_bytes);
	wv_buf_done(&c.row);
	free(c.shares);
	*out = c.counts;
	return st == WV_OK ? st : wv_err_add(err, st, "compacting '%s'", wv_store_dir(store));
}
