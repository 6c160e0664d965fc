/* Rows: each under a checksum that is looked at whenever it is read; and walks over them. */
#include <lmdb.h>
#include <stdlib.h>

#include "archive/store/db_inner.h"

/* Behind every value: CRC-32C of table, key and value, little endian. */
#define DB_CHECK_BYTES 4

struct wv_walk {
	struct wv_txn *txn;
	enum wv_table table;
	MDB_cursor *cursor; /* NULL: the table is absent */
	bool checks_all;
};

static MDB_val val_of(struct wv_slice s)
{
	/* LMDB does not write through it; its interface has no const. */
	return (MDB_val){s.n, s.n ? (void *)(uintptr_t)s.p : (void *)(uintptr_t) ""};
}

static struct wv_slice slice_of(const MDB_val *value)
{
	return wv_slice(value->mv_data, value->mv_size);
}

static uint32_t check_of(const struct wv_db *db, enum wv_table table, struct wv_slice key,
                         struct wv_slice value)
{
	uint32_t crc;

	if (db->options.is_temporary)
		return 0;
	crc = wv_checksum_add(&db->checksum, 0, wv_slice_of(wv_table_name(table)));
	crc = wv_checksum_add(&db->checksum, crc, key);
	return wv_checksum_add(&db->checksum, crc, value);
}

/* A stored value without its checksum, which must be right. */
static enum wv_status unwrap(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             const MDB_val *stored, bool check_all, struct wv_slice *value,
                             struct wv_err *err)
{
	struct wv_slice whole = slice_of(stored), bare;
	struct wv_cursor c;

	if (whole.n < DB_CHECK_BYTES)
		return wv_err_set(err, WV_DAMAGED, "table '%s': a row is cut", wv_table_name(table));
	bare = wv_slice_part(whole, 0, whole.n - DB_CHECK_BYTES);
	/* A segment's records have digests, and are read one by one out of 256 KiB. */
	if (check_all || (table != WV_TABLE_SEGMENTS && table != WV_TABLE_SHINGLES)) {
		c = wv_cursor(wv_slice_from(whole, bare.n));
		if (wv_cursor_u32(&c) != check_of(txn->db, table, key, bare))
			return wv_err_set(err, WV_DAMAGED, "table '%s': a row's checksum is wrong",
			                  wv_table_name(table));
	}
	*value = bare;
	return WV_OK;
}

enum wv_status wv_txn_get(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice *value, struct wv_err *err)
{
	MDB_dbi dbi = txn->db->tables[table];
	MDB_val k = val_of(key), v;
	int rc;

	/* No such key can have been stored. */
	if (dbi == TABLE_ABSENT || key.n == 0 || key.n > DB_KEY_MAX)
		return WV_NO;
	rc = mdb_get(txn->txn, dbi, &k, &v);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return wv_db_error(err, rc, wv_table_name(table));
	return unwrap(txn, table, key, &v, false, value, err);
}

static enum wv_status write_failed(struct wv_txn *txn, enum wv_status st)
{
	if (txn->failed == WV_OK)
		txn->failed = st;
	return txn->failed; /* what comes after the first failure is its consequence */
}

static enum wv_status put(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice value, unsigned flags, struct wv_err *err)
{
	MDB_val k = val_of(key), v = {value.n + DB_CHECK_BYTES, NULL};
	unsigned char *at;
	enum wv_status st;
	uint32_t check;
	int rc;

	WV_ASSERT(txn->is_write);
	if (key.n == 0 || key.n > DB_KEY_MAX)
		return wv_err_set(err, WV_LIMIT, "%s: key of %zu bytes (1 to %d)",
		                  wv_table_name(table), key.n, DB_KEY_MAX);
	if (value.n > UINT32_MAX / 2)
		return wv_err_set(err, WV_LIMIT, "%s: value of %zu bytes", wv_table_name(table),
		                  value.n);
	st = wv_db_fault(txn->db, "put", err);
	if (st != WV_OK)
		return write_failed(txn, st);
	check = check_of(txn->db, table, key, value);
	rc = mdb_put(txn->txn, txn->db->tables[table], &k, &v, flags | MDB_RESERVE);
	if (rc == MDB_KEYEXIST && flags == MDB_NOOVERWRITE)
		return wv_err_set(err, WV_CONFLICT, "%s: the key is there", wv_table_name(table));
	if (rc == MDB_KEYEXIST)
		return write_failed(txn, wv_err_set(err, WV_BUG, "%s: appended out of order",
		                                    wv_table_name(table)));
	if (rc != 0)
		return write_failed(txn, wv_db_error(err, rc, wv_table_name(table)));
	at = v.mv_data;
	if (value.n)
		memcpy(at, value.p, value.n);
	for (int i = 0; i < DB_CHECK_BYTES; i++)
		at[value.n + (size_t)i] = (unsigned char)(check >> 8 * i);
	return WV_OK;
}

enum wv_status wv_txn_put(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                          struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, 0, err);
}

enum wv_status wv_txn_put_new(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                              struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, MDB_NOOVERWRITE, err);
}

enum wv_status wv_txn_append(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             struct wv_slice value, struct wv_err *err)
{
	return put(txn, table, key, value, MDB_APPEND, err);
}

enum wv_status wv_txn_delete(struct wv_txn *txn, enum wv_table table, struct wv_slice key,
                             struct wv_err *err)
{
	MDB_val k = val_of(key);
	enum wv_status st;
	int rc;

	WV_ASSERT(txn->is_write);
	if (key.n == 0 || key.n > DB_KEY_MAX)
		return WV_NO;
	st = wv_db_fault(txn->db, "delete", err);
	if (st != WV_OK)
		return write_failed(txn, st);
	rc = mdb_del(txn->txn, txn->db->tables[table], &k, NULL);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return write_failed(txn, wv_db_error(err, rc, wv_table_name(table)));
	return WV_OK;
}

enum wv_status wv_txn_count(struct wv_txn *txn, enum wv_table table, uint64_t *count,
                            struct wv_err *err)
{
	MDB_stat stat;
	int rc;

	if (txn->db->tables[table] == TABLE_ABSENT) {
		*count = 0;
		return WV_OK;
	}
	rc = mdb_stat(txn->txn, txn->db->tables[table], &stat);
	if (rc != 0)
		return wv_db_error(err, rc, wv_table_name(table));
	*count = stat.ms_entries;
	return WV_OK;
}

enum wv_status wv_walk_begin(struct wv_txn *txn, enum wv_table table, struct wv_walk **out,
                             struct wv_err *err)
{
	struct wv_walk *walk = calloc(1, sizeof *walk);
	int rc = 0;

	if (!walk)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	walk->txn = txn;
	walk->table = table;
	if (txn->db->tables[table] != TABLE_ABSENT)
		rc = mdb_cursor_open(txn->txn, txn->db->tables[table], &walk->cursor);
	if (rc != 0) {
		free(walk);
		return wv_db_error(err, rc, wv_table_name(table));
	}
	*out = walk;
	return WV_OK;
}

void wv_walk_end(struct wv_walk **walk)
{
	if (!*walk)
		return;
	if ((*walk)->cursor)
		mdb_cursor_close((*walk)->cursor);
	free(*walk);
	*walk = NULL;
}

static enum wv_status move(struct wv_walk *walk, MDB_cursor_op op, struct wv_slice from,
                           struct wv_slice *key, struct wv_slice *value, struct wv_err *err)
{
	MDB_val k = val_of(from), v;
	int rc;

	if (!walk->cursor)
		return WV_NO;
	rc = mdb_cursor_get(walk->cursor, &k, &v, op);
	if (rc == MDB_NOTFOUND)
		return WV_NO;
	if (rc != 0)
		return wv_db_error(err, rc, "cannot walk a table");
	*key = slice_of(&k);
	return unwrap(walk->txn, walk->table, *key, &v, walk->checks_all, value, err);
}

void wv_walk_check_all(struct wv_walk *walk)
{
	walk->checks_all = true;
}

enum wv_status wv_walk_seek(struct wv_walk *walk, struct wv_slice key, struct wv_slice *found_key,
                            struct wv_slice *value, struct wv_err *err)
{
	struct wv_slice cut = wv_slice_part(key, 0, DB_KEY_MAX);
	struct wv_slice k, v;
	enum wv_status st = move(walk, key.n ? MDB_SET_RANGE : MDB_FIRST, cut, &k, &v, err);

	/* A stored key equal to the cut one is below the whole. */
	if (st == WV_OK && cut.n < key.n && wv_slice_equals(k, cut))
		st = move(walk, MDB_NEXT, WV_SLICE_NONE, &k, &v, err);
	if (st != WV_OK)
		return st;
	*found_key = k;
	*value = v;
	return WV_OK;
}

enum wv_status wv_walk_next(struct wv_walk *walk, struct wv_slice *key, struct wv_slice *value,
                            struct wv_err *err)
{
	return move(walk, MDB_NEXT, WV_SLICE_NONE, key, value, err);
}

enum wv_status wv_walk_seek_before(struct wv_walk *walk, struct wv_slice key,
                                   struct wv_slice *found_key, struct wv_slice *value,
                                   struct wv_err *err)
{
	struct wv_slice k, v;
	enum wv_status st;

	if (key.n == 0)
		return move(walk, MDB_LAST, WV_SLICE_NONE, found_key, value, err);
	st = wv_walk_seek(walk, key, &k, &v, err);
	if (st == WV_NO)
		return move(walk, MDB_LAST, WV_SLICE_NONE, found_key, value, err);
	if (st == WV_OK && !wv_slice_equals(k, key))
		st = move(walk, MDB_PREV, WV_SLICE_NONE, &k, &v, err);
	if (st != WV_OK)
		return st;
	*found_key = k;
	*value = v;
	return WV_OK;
}

enum wv_status wv_walk_previous(struct wv_walk *walk, struct wv_slice *key, struct wv_slice *value,
                                struct wv_err *err)
{
	return move(walk, MDB_PREV, WV_SLICE_NONE, key, value, err);
}

bool wv_walk_key(struct wv_walk *walk, struct wv_slice *key)
{
	MDB_val k, v;

	if (!walk->cursor || mdb_cursor_get(walk->cursor, &k, &v, MDB_GET_CURRENT) != 0)
		return false;
	*key = slice_of(&k);
	return true;
}
