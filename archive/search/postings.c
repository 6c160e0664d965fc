#include "archive/search/postings_inner.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"

#define BLOB_CAP     (64u * WV_MIB)
#define HEAD_BYTES   24u
#define CHUNK        256u       /* heads a row */
#define CHUNKS_MOST  2048u      /* kept in memory, 13 MB */
#define CHUNKS_KEPT  512u       /* from one question to the next, 3 MB */
#define ROWS_MOST    (1u << 19) /* postings not yet written */
#define COUNTS_MOST  (1u << 18) /* kept in memory, 12 MB, */
#define TALLIES_MOST (1u << 20) /* and of these 12 MB more */

enum wv_status wv_postings_new(struct wv_search *search, struct wv_postings **out,
			       struct wv_err *err)
{
	struct wv_postings *p = calloc(1, sizeof(*p));

	if (!p)
		return postings_no_memory(err);
	p->search = search;
	wv_buf_init(&p->blob, BLOB_CAP);
	wv_buf_init(&p->head_blob, BLOB_CAP);
	*out = p;
	return WV_OK;
}

static void drop_heads(struct wv_postings *p)
{
	for (size_t i = 0; i < p->heads_room && p->heads_loaded > 0; i++) {
		free(p->heads[i].p);
		p->heads[i] = (struct heads){0};
	}
	p->heads_loaded = 0;
}

static void drop_rows(struct wv_postings *p)
{
	struct row *rows = p->rows.p;

	for (size_t i = 0; i < p->rows.room; i++)
		free(rows[i].p);
	wv_slots_done(&p->rows);
}

void wv_postings_forget(struct wv_postings *p)
{
	drop_heads(p);
	drop_rows(p);
	counts_drop(p);
	totals_drop(p);
}

enum wv_status wv_postings_renew(struct wv_postings *p, struct wv_err *err)
{
	int64_t version;
	enum wv_status st = wv_search_version(p->search, &version, err);

	if (st != WV_OK)
		return st;
	if (version != p->version || p->heads_loaded > CHUNKS_KEPT)
		wv_postings_forget(p);
	p->version = version;
	return WV_OK;
}

void wv_postings_free(struct wv_postings **postings)
{
	struct wv_postings *p = *postings;

	if (!p)
		return;
	wv_postings_forget(p);
	free(p->heads);
	wv_slots_done(&p->touched);
	free(p->list);
	wv_buf_done(&p->blob);
	wv_buf_done(&p->head_blob);
	free(p);
	*postings = NULL;
}

/* ---- heads ---- */

static enum wv_status load_heads(struct wv_postings *p, size_t chunk, struct heads **out,
				 struct wv_err *err)
{
	struct heads *heads;
	struct wv_slice blob;
	struct wv_cursor c;
	enum wv_status st;

	if (chunk >= p->heads_room) {
		size_t room = (chunk + 1) * 2;
		struct heads *larger;

		/* Those that are not yet written are few. */
		st = chunk < CHUNKS_MOST ? WV_OK
					 : wv_search_check_count(p->search, (int64_t)(chunk - CHUNKS_MOST), err);
		if (st != WV_OK)
			return st;
		larger = realloc(p->heads, room * sizeof(*larger));
		if (!larger)
			return postings_no_memory(err);
		memset(larger + p->heads_room, 0, (room - p->heads_room) * sizeof(*larger));
		p->heads = larger;
		p->heads_room = room;
	}
	*out = heads = &p->heads[chunk];
	if (heads->p)
		return WV_OK;
	st = postings_blob(p, WV_SQL_HEADS_GET, (int64_t)chunk, 0, &blob, err);
	if (st != WV_OK)
		return st;
	heads->p = calloc(CHUNK, sizeof(*heads->p));
	if (!heads->p)
		return postings_no_memory(err);
	p->heads_loaded++;
	c = wv_cursor(blob);
	for (; heads->count < CHUNK && wv_cursor_left(&c) >= HEAD_BYTES; heads->count++) {
		struct wv_report_head *head = &heads->p[heads->count];

		head->captured = (int64_t)wv_cursor_u64(&c);
		head->recorded = (int64_t)wv_cursor_u64(&c);
		head->day = (int32_t)wv_cursor_u32(&c);
		head->page = wv_cursor_u32(&c);
	}
	return WV_OK;
}

enum wv_status postings_head_of(struct wv_postings *p, uint32_t id,
				const struct wv_report_head **out, struct wv_err *err)
{
	struct heads *heads;
	enum wv_status st = load_heads(p, id / CHUNK, &heads, err);

	*out = st == WV_OK && id % CHUNK < heads->count ? &heads->p[id % CHUNK] : NULL;
	return st;
}

enum wv_status wv_postings_head(struct wv_postings *p, uint32_t id, struct wv_report_head *out,
				struct wv_err *err)
{
	const struct wv_report_head *head;
	enum wv_status st = postings_head_of(p, id, &head, err);

	if (st == WV_OK && !head)
		return WV_NO;
	if (st == WV_OK)
		*out = *head;
	return st;
}

static enum wv_status add_head(struct wv_postings *p, uint32_t id,
			       const struct wv_report_head *head, struct wv_err *err)
{
	struct heads *heads;
	enum wv_status st = load_heads(p, id / CHUNK, &heads, err);

	if (st != WV_OK)
		return st;
	if (heads->count != id % CHUNK)
		return wv_err_set(err, WV_DAMAGED,
				  "search index: a report's number is not the next one");
	heads->p[heads->count++] = *head;
	heads->is_dirty = true;
	return WV_OK;
}

static enum wv_status flush_heads(struct wv_postings *p, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf blob = {.cap = CHUNK * HEAD_BYTES};
	enum wv_status st = WV_OK;

	for (size_t i = 0; st == WV_OK && i < p->heads_room; i++) {
		struct heads *heads = &p->heads[i];
		struct sqlite3_stmt *sql = NULL;

		if (!heads->is_dirty)
			continue;
		wv_buf_reset(&blob);
		for (uint32_t k = 0; k < heads->count; k++) {
			wv_buf_add_u64(&blob, (uint64_t)heads->p[k].captured);
			wv_buf_add_u64(&blob, (uint64_t)heads->p[k].recorded);
			wv_buf_add_u32(&blob, (uint32_t)heads->p[k].day);
			wv_buf_add_u32(&blob, heads->p[k].page);
		}
		st = wv_buf_finish(&blob, "heads of reports", err);
		if (st == WV_OK)
			st = wv_search_sql(p->search, WV_SQL_HEADS_PUT, &sql, err);
		if (st != WV_OK)
			return st;
		sqlite3_bind_int64(sql, 1, (int64_t)i);
		sqlite3_bind_blob64(sql, 2, blob.p, blob.n, SQLITE_STATIC);
		st = wv_search_run(p->search, WV_SQL_HEADS_PUT, err);
		heads->is_dirty = false;
	}
	return st;
}

/* ---- postings ---- */

static uint64_t row_hash(int32_t period, uint64_t key)
{
	return wv_slots_mix(key ^ (uint64_t)(uint32_t)period * UINT64_C(0xff51afd7ed558ccd));
}

static bool hash_row(const void *slot, const void *context, uint64_t *hash)
{
	const struct row *row = slot;

	(void)context;
	*hash = row_hash(row->period, row->key);
	return row->room != 0;
}

/* The row, or a free slot for it; there must be slots. */
static struct row *row_slot(const struct wv_postings *p, int32_t period, uint64_t key)
{
	struct row *rows = p->rows.p;
	size_t at = wv_slots_first(&p->rows, row_hash(period, key));

	while (rows[at].room && (rows[at].key != key || rows[at].period != period))
		at = wv_slots_next(&p->rows, at);
	return &rows[at];
}

static bool put_bytes(struct row *row, const unsigned char *bytes, size_t n)
{
	if (n > row->room - row->n) {
		uint32_t room = row->room * 2 + (uint32_t)n;
		unsigned char *larger = realloc(row->p, room);

		if (!larger)
			return false;
		row->p = larger;
		row->room = room;
	}
	if (n > 0)
		memcpy(row->p + row->n, bytes, n);
	row->n += (uint32_t)n;
	return true;
}

/* Differences between ascending numbers. */
static bool put_number(struct row *row, uint32_t id)
{
	unsigned char bytes[5];
	uint32_t value = id - row->last;
	size_t n = 0;

	for (; value >= 128; value >>= 7)
		bytes[n++] = (unsigned char)(value | 128);
	bytes[n++] = (unsigned char)value;
	row->last = id;
	return put_bytes(row, bytes, n);
}

bool postings_next(struct wv_slice *left, uint32_t *id)
{
	uint32_t value = 0;

	for (unsigned shift = 0; left->n > 0 && shift < 35; shift += 7) {
		unsigned char byte = *left->p;

		*left = wv_slice_from(*left, 1);
		value |= (uint32_t)(byte & 127) << shift;
		if (byte < 128) {
			*id += value;
			return true;
		}
	}
	return false;
}

enum wv_status postings_of(struct wv_postings *p, int32_t period, uint64_t key,
			   struct wv_slice *out, struct wv_err *err)
{
	const struct row *row = p->rows.used ? row_slot(p, period, key) : NULL;

	if (!row || !row->room)
		return postings_blob(p, WV_SQL_POSTINGS_GET, period, (int64_t)key, out, err);
	*out = wv_slice(row->p, row->n);
	return WV_OK;
}

static enum wv_status add_posting(struct wv_postings *p, uint32_t id, int32_t period, uint64_t key,
				  struct wv_err *err)
{
	struct row *row;

	if (!wv_slots_reserve(&p->rows, sizeof(*row), 1u << 14, hash_row, NULL))
		return postings_no_memory(err);
	row = row_slot(p, period, key);
	if (!row->room) {
		struct wv_slice old, left;
		uint32_t last = 0;
		enum wv_status st =
			postings_blob(p, WV_SQL_POSTINGS_GET, period, (int64_t)key, &old, err);

		if (st != WV_OK)
			return st;
		for (left = old; postings_next(&left, &last);)
			;
		*row = (struct row){.key = key, .period = period, .last = last};
		if (!put_bytes(row, old.p, old.n))
			return postings_no_memory(err);
		p->rows.used++;
	}
	return put_number(row, id) ? WV_OK : postings_no_memory(err);
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (int64_t)x->key < (int64_t)y->key ? -1 : (int64_t)x->key > (int64_t)y->key;
}

/* In the order of the table of the file; what is sorted is no hash table any more. */
static enum wv_status flush_rows(struct wv_postings *p, struct wv_err *err)
{
	struct row *rows = p->rows.p;
	enum wv_status st = WV_OK;
	size_t n = 0;

	for (size_t i = 0; i < p->rows.room; i++) {
		struct row row = rows[i];

		rows[i] = (struct row){0};
		if (row.room)
			rows[n++] = row;
	}
	if (n > 0)
		qsort(rows, n, sizeof(*rows), by_place);
	for (size_t i = 0; st == WV_OK && i < n; i++) {
		struct sqlite3_stmt *sql = NULL;

		st = wv_search_sql(p->search, WV_SQL_POSTINGS_PUT, &sql, err);
		if (st != WV_OK)
			break;
		sqlite3_bind_int64(sql, 1, rows[i].period);
		sqlite3_bind_int64(sql, 2, (int64_t)rows[i].key);
		sqlite3_bind_blob64(sql, 3, rows[i].p, rows[i].n, SQLITE_STATIC);
		st = wv_search_run(p->search, WV_SQL_POSTINGS_PUT, err);
	}
	drop_rows(p);
	return st;
}

enum wv_status wv_postings_add(struct wv_postings *p, uint32_t id,
			       const struct wv_report_head *head,
			       const struct wv_mentions *mentions, struct wv_err *err)
{
	enum wv_status st = add_head(p, id, head, err);

	for (size_t i = 0; st == WV_OK && i < mentions->n; i++)
		if (i == 0 || mentions->items[i].key != mentions->items[i - 1].key)
			st = add_posting(p, id, postings_period(head->day), mentions->items[i].key,
					 err);
	return st == WV_OK ? counts_add(p, head, mentions, err) : st;
}

bool wv_postings_is_full(const struct wv_postings *p)
{
	return p->rows.used >= ROWS_MOST || p->counts.used >= COUNTS_MOST ||
	       p->tallies >= TALLIES_MOST || p->heads_loaded >= CHUNKS_MOST;
}

enum wv_status wv_postings_flush(struct wv_postings *p, struct wv_err *err)
{
	enum wv_status st = flush_heads(p, err);

	if (st == WV_OK)
		st = counts_flush(p, err);
	if (st == WV_OK)
		st = flush_rows(p, err);
	if (p->heads_loaded >= CHUNKS_MOST)
		drop_heads(p);
	return st;
}
