#include "archive/search/postings.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "archive/copies/story.h"
#include "archive/search/index_inner.h"
#include "config/base/limits.h"

#define DAY_US       INT64_C(86400000000)
#define BLOB_CAP     (64u * WV_MIB)
#define HEAD_BYTES   24u
#define CHUNK        256u     /* heads a row */
#define CHUNKS_MOST  2048u    /* kept in memory, 13 MB */
#define CHUNKS_KEPT  512u     /* from one question to the next, 3 MB */
#define ROWS_MOST    (1u << 19) /* postings not yet written */
#define COUNTS_MOST  (1u << 18) /* kept in memory, 12 MB, */
#define TALLIES_MOST (1u << 20) /* and of these 12 MB more */
#define PERIODS_MOST 24u      /* of one thing, looked up at other times */

struct heads {
	struct wv_report_head *p; /* CHUNK of them; NULL: not read */
	uint32_t count;
	bool is_dirty;
};

/* Postings that were added to since the last flush: of (period, key) all there are. */
struct row {
	uint64_t key;
	int32_t period;
	uint32_t last; /* highest number in it */
	unsigned char *p;
	uint32_t n, room; /* room 0: the slot is empty */
};

/* How many articles of a period of captured time and one of their own mention a thing. */
struct tally {
	int32_t captured, own;
	uint32_t n;
};

struct count {
	uint64_t key; /* 0: empty */
	struct tally first, *more; /* the first of them, and the others */
	uint32_t n, room;          /* in all; of `more` */
	bool is_dirty;
};

/* Articles of a period of captured time. */
struct total {
	int32_t period;
	bool is_dirty;
	uint64_t reports;
	int64_t newest; /* captured */
};

struct touched {
	uint32_t id; /* + 1; 0: empty */
	float weight;
};

struct wv_postings {
	struct wv_search *search;
	struct heads *heads; /* by chunk */
	size_t heads_room, heads_loaded;
	struct row *rows; /* hash tables, powers of two */
	size_t row_count, row_room;
	struct count *counts;
	size_t count_count, count_room;
	size_t tallies; /* room for more than one of a thing, in all */
	struct total *totals; /* by period; all of them */
	size_t total_count, total_room;
	bool has_totals;
	int64_t version; /* of the file, as SQLite counts what others write to it */
	struct touched *touched;
	size_t touched_count, touched_room;
	struct wv_buf blob, head_blob;
	uint32_t *list; /* of one thing */
	size_t list_room;
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int32_t period_of_day(int32_t day)
{
	return (int32_t)floor_divide(day, WV_PERIOD_DAYS);
}

static uint64_t mix(uint64_t key, int32_t period)
{
	uint64_t hash = (key ^ (uint64_t)(uint32_t)period * UINT64_C(0xff51afd7ed558ccd)) *
	                UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 32;
}

enum wv_status wv_postings_new(struct wv_search *search, struct wv_postings **out, struct wv_err *err)
{
	struct wv_postings *p = calloc(1, sizeof(*p));

	if (!p)
		return no_memory(err);
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
	for (size_t i = 0; i < p->row_room; i++)
		free(p->rows[i].p);
	free(p->rows);
	p->rows = NULL;
	p->row_count = p->row_room = 0;
}

static void drop_counts(struct wv_postings *p)
{
	for (size_t i = 0; i < p->count_room; i++)
		free(p->counts[i].more);
	free(p->counts);
	p->counts = NULL;
	p->count_count = p->count_room = p->tallies = 0;
}

static void drop_totals(struct wv_postings *p)
{
	free(p->totals);
	p->totals = NULL;
	p->total_count = p->total_room = 0;
	p->has_totals = false;
}

void wv_postings_forget(struct wv_postings *p)
{
	drop_heads(p);
	drop_rows(p);
	drop_counts(p);
	drop_totals(p);
}

enum wv_status wv_postings_renew(struct wv_postings *p, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(p->search, WV_SQL_VERSION, &sql, err);
	int64_t version;
	int code;

	if (st != WV_OK)
		return st;
	code = sqlite3_step(sql);
	version = sqlite3_column_int64(sql, 0);
	sqlite3_reset(sql);
	if (code != SQLITE_ROW)
		return wv_search_fail(p->search, code, "reading stories", err);
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
	free(p->touched);
	free(p->list);
	wv_buf_done(&p->blob);
	wv_buf_done(&p->head_blob);
	free(p);
	*postings = NULL;
}

/* The blob of a row found by up to two numbers; lives until the next one of its table is asked for. */
static enum wv_status get_blob(struct wv_postings *p, enum wv_search_sql which, int64_t a, int64_t b,
                               struct wv_slice *out, struct wv_err *err)
{
	struct wv_buf *blob = which == WV_SQL_HEADS_GET ? &p->head_blob : &p->blob;
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(p->search, which, &sql, err);
	int code;

	wv_buf_reset(blob);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, a);
	if (which == WV_SQL_POSTINGS_GET)
		sqlite3_bind_int64(sql, 2, b);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		wv_buf_add_bytes(blob, sqlite3_column_blob(sql, 0), (size_t)sqlite3_column_bytes(sql, 0));
	/* A statement left open would keep an old state of the file. */
	sqlite3_reset(sql);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return wv_search_fail(p->search, code, "reading stories", err);
	*out = wv_buf_slice(blob);
	return wv_buf_finish(blob, "a row of the search index", err);
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
		struct heads *larger = realloc(p->heads, room * sizeof(*larger));

		if (!larger)
			return no_memory(err);
		memset(larger + p->heads_room, 0, (room - p->heads_room) * sizeof(*larger));
		p->heads = larger;
		p->heads_room = room;
	}
	*out = heads = &p->heads[chunk];
	if (heads->p)
		return WV_OK;
	st = get_blob(p, WV_SQL_HEADS_GET, (int64_t)chunk, 0, &blob, err);
	if (st != WV_OK)
		return st;
	heads->p = calloc(CHUNK, sizeof(*heads->p));
	if (!heads->p)
		return no_memory(err);
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

static enum wv_status head_of(struct wv_postings *p, uint32_t id, const struct wv_report_head **out,
                              struct wv_err *err)
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
	enum wv_status st = head_of(p, id, &head, err);

	if (st == WV_OK && !head)
		return WV_NO;
	if (st == WV_OK)
		*out = *head;
	return st;
}

static enum wv_status add_head(struct wv_postings *p, uint32_t id, const struct wv_report_head *head,
                               struct wv_err *err)
{
	struct heads *heads;
	enum wv_status st = load_heads(p, id / CHUNK, &heads, err);

	if (st != WV_OK)
		return st;
	if (heads->count != id % CHUNK)
		return wv_err_set(err, WV_DAMAGED, "search index: a report's number is not the next one");
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

/* ---- how many mention a thing ---- */

static struct tally *tally_at(struct count *count, uint32_t i)
{
	return i == 0 ? &count->first : &count->more[i - 1];
}

static bool add_tally(struct wv_postings *p, struct count *count, const struct tally *tally)
{
	if (count->n > 0 && count->n - 1 == count->room) {
		uint32_t room = count->room ? count->room * 2 : 3;
		struct tally *larger = realloc(count->more, room * sizeof(*larger));

		if (!larger)
			return false;
		p->tallies += room - count->room;
		count->more = larger;
		count->room = room;
	}
	count->n++;
	*tally_at(count, count->n - 1) = *tally;
	return true;
}

static struct count *count_slot(struct count *counts, size_t room, uint64_t key)
{
	size_t at = (size_t)mix(key, 0) & (room - 1);

	while (counts[at].key && counts[at].key != key)
		at = (at + 1) & (room - 1);
	return &counts[at];
}

static bool grow_counts(struct wv_postings *p)
{
	size_t room = p->count_room ? p->count_room * 2 : 1u << 14;
	struct count *larger;

	if (p->count_count * 2 < p->count_room)
		return true;
	larger = calloc(room, sizeof(*larger));
	if (!larger)
		return false;
	for (size_t i = 0; i < p->count_room; i++)
		if (p->counts[i].key)
			*count_slot(larger, room, p->counts[i].key) = p->counts[i];
	free(p->counts);
	p->counts = larger;
	p->count_room = room;
	return true;
}

static enum wv_status count_of(struct wv_postings *p, uint64_t key, struct count **out, struct wv_err *err)
{
	struct count *slot;
	struct wv_slice blob;
	struct wv_cursor c;
	enum wv_status st;

	key += key == 0;
	if (!grow_counts(p))
		return no_memory(err);
	*out = slot = count_slot(p->counts, p->count_room, key);
	if (slot->key)
		return WV_OK;
	st = get_blob(p, WV_SQL_COUNTS_GET, (int64_t)key, 0, &blob, err);
	if (st != WV_OK)
		return st;
	slot->key = key;
	p->count_count++;
	c = wv_cursor(blob);
	while (wv_cursor_left(&c) > 0 && !c.failed) {
		struct tally tally = {.captured = (int32_t)wv_cursor_zigzag(&c)};

		tally.own = tally.captured + (int32_t)wv_cursor_zigzag(&c);
		tally.n = (uint32_t)wv_cursor_varint(&c);
		if (!add_tally(p, slot, &tally))
			return no_memory(err);
	}
	return WV_OK;
}

static int by_count_key(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct count *)a)->key, y = (int64_t)((const struct count *)b)->key;

	return x < y ? -1 : x > y;
}

static enum wv_status flush_count(struct wv_postings *p, struct count *count, struct wv_buf *blob,
                                  struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st;

	wv_buf_reset(blob);
	for (uint32_t i = 0; i < count->n; i++) {
		const struct tally *tally = tally_at(count, i);

		wv_buf_add_zigzag(blob, tally->captured);
		wv_buf_add_zigzag(blob, (int64_t)tally->own - tally->captured);
		wv_buf_add_varint(blob, tally->n);
	}
	st = wv_buf_finish(blob, "counts of reports", err);
	if (st == WV_OK)
		st = wv_search_sql(p->search, WV_SQL_COUNTS_PUT, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, (int64_t)count->key);
	sqlite3_bind_blob64(sql, 2, blob->p, blob->n, SQLITE_STATIC);
	return wv_search_run(p->search, WV_SQL_COUNTS_PUT, err);
}

static enum wv_status flush_total(struct wv_postings *p, const struct total *total, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(p->search, WV_SQL_PERIOD_PUT, &sql, err);

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, total->period);
	sqlite3_bind_int64(sql, 2, (int64_t)total->reports);
	sqlite3_bind_int64(sql, 3, total->newest);
	return wv_search_run(p->search, WV_SQL_PERIOD_PUT, err);
}

/* Writes what was added and forgets it: in the order of the table, which is quicker by far. */
static enum wv_status flush_counts(struct wv_postings *p, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf blob = {.cap = WV_MIB};
	enum wv_status st = WV_OK;
	size_t n = 0;

	for (size_t i = 0; i < p->count_room; i++) {
		struct count count = p->counts[i];

		p->counts[i] = (struct count){0};
		if (count.is_dirty)
			p->counts[n++] = count;
		else
			free(count.more);
	}
	if (n > 0)
		qsort(p->counts, n, sizeof(*p->counts), by_count_key);
	for (size_t i = 0; st == WV_OK && i < n; i++)
		st = flush_count(p, &p->counts[i], &blob, err);
	for (size_t i = 0; st == WV_OK && i < p->total_count; i++) {
		if (p->totals[i].is_dirty)
			st = flush_total(p, &p->totals[i], err);
		p->totals[i].is_dirty = false;
	}
	drop_counts(p);
	return st;
}

static bool put_total(struct wv_postings *p, const struct total *total)
{
	if (p->total_count == p->total_room) {
		size_t room = p->total_room ? p->total_room * 2 : 64;
		struct total *larger = realloc(p->totals, room * sizeof(*larger));

		if (!larger)
			return false;
		p->totals = larger;
		p->total_room = room;
	}
	p->totals[p->total_count++] = *total;
	return true;
}

static enum wv_status load_totals(struct wv_postings *p, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = p->has_totals ? WV_OK : wv_search_sql(p->search, WV_SQL_PERIODS, &sql, err);
	int code = SQLITE_DONE;

	while (st == WV_OK && sql && (code = sqlite3_step(sql)) == SQLITE_ROW) {
		struct total total = {.period = sqlite3_column_int(sql, 0),
		                      .reports = (uint64_t)sqlite3_column_int64(sql, 1),
		                      .newest = sqlite3_column_int64(sql, 2)};

		st = put_total(p, &total) ? WV_OK : no_memory(err);
	}
	if (sql)
		sqlite3_reset(sql);
	if (st == WV_OK && code != SQLITE_DONE)
		return wv_search_fail(p->search, code, "reading stories", err);
	p->has_totals = st == WV_OK;
	return st;
}

static int32_t captured_period(int64_t captured)
{
	return (int32_t)floor_divide(captured, WV_PERIOD_DAYS * DAY_US);
}

enum wv_status wv_postings_past(struct wv_postings *p, int64_t captured, struct wv_postings_past *out,
                                struct wv_err *err)
{
	enum wv_status st = load_totals(p, err);

	if (st != WV_OK)
		return st;
	*out = (struct wv_postings_past){.period = captured_period(captured)};
	for (size_t i = 0; i < p->total_count; i++) {
		const struct total *total = &p->totals[i];

		out->is_late |= total->period == out->period && captured < total->newest;
		out->reports += total->period < out->period ? total->reports : 0;
	}
	for (size_t i = 0; i < p->total_count && !out->is_late; i++)
		out->reports += p->totals[i].period == out->period ? p->totals[i].reports : 0;
	return WV_OK;
}

enum wv_status wv_postings_count(struct wv_postings *p, const struct wv_postings_past *past,
                                 uint64_t key, uint64_t *count, struct wv_err *err)
{
	struct count *slot;
	enum wv_status st = count_of(p, key, &slot, err);

	*count = 0;
	for (uint32_t i = 0; st == WV_OK && i < slot->n; i++) {
		const struct tally *tally = tally_at(slot, i);

		if (tally->captured < past->period || (tally->captured == past->period && !past->is_late))
			*count += tally->n;
	}
	return st;
}

static enum wv_status add_count(struct wv_postings *p, int32_t captured, int32_t own, uint64_t key,
                                struct wv_err *err)
{
	const struct tally one = {captured, own, 1};
	struct count *slot;
	enum wv_status st = count_of(p, key, &slot, err);

	if (st != WV_OK)
		return st;
	slot->is_dirty = true;
	for (uint32_t i = slot->n; i > 0; i--) {
		struct tally *tally = tally_at(slot, i - 1);

		if (tally->captured != captured || tally->own != own)
			continue;
		tally->n++;
		return WV_OK;
	}
	return add_tally(p, slot, &one) ? WV_OK : no_memory(err);
}

static enum wv_status add_total(struct wv_postings *p, int64_t captured, struct wv_err *err)
{
	const struct total one = {captured_period(captured), true, 1, captured};
	enum wv_status st = load_totals(p, err);

	for (size_t i = 0; st == WV_OK && i < p->total_count; i++) {
		struct total *total = &p->totals[i];

		if (total->period != one.period)
			continue;
		total->is_dirty = true;
		total->reports++;
		total->newest = captured > total->newest ? captured : total->newest;
		return WV_OK;
	}
	return st == WV_OK && !put_total(p, &one) ? no_memory(err) : st;
}

static enum wv_status add_counts(struct wv_postings *p, const struct wv_report_head *head,
                                 const struct wv_mentions *mentions, struct wv_err *err)
{
	enum wv_status st = add_total(p, head->captured, err);

	for (size_t i = 0; st == WV_OK && i < mentions->n; i++)
		if (i == 0 || mentions->items[i].key != mentions->items[i - 1].key)
			st = add_count(p, captured_period(head->captured), period_of_day(head->day),
			               mentions->items[i].key, err);
	return st;
}

/* The periods of their own time up to `last` in which articles mention a thing, the latest first. */
static enum wv_status periods_of(struct wv_postings *p, uint64_t key, int32_t first, int32_t last,
                                 int32_t *out, size_t *count, struct wv_err *err)
{
	struct count *slot;
	size_t n = 0;
	enum wv_status st = count_of(p, key, &slot, err);

	for (uint32_t i = st == WV_OK ? slot->n : 0; i > 0; i--) {
		int32_t own = tally_at(slot, i - 1)->own;
		size_t at = 0;

		if (own < first || own > last)
			continue;
		while (at < n && out[at] > own)
			at++;
		if ((at < n && out[at] == own) || at == PERIODS_MOST)
			continue;
		n += n < PERIODS_MOST;
		memmove(out + at + 1, out + at, (n - 1 - at) * sizeof(*out));
		out[at] = own;
	}
	*count = n;
	return st;
}

/* ---- postings ---- */

static struct row *row_slot(struct row *rows, size_t room, int32_t period, uint64_t key)
{
	size_t at = (size_t)mix(key, period) & (room - 1);

	while (rows[at].room && (rows[at].key != key || rows[at].period != period))
		at = (at + 1) & (room - 1);
	return &rows[at];
}

static bool grow_rows(struct wv_postings *p)
{
	size_t room = p->row_room ? p->row_room * 2 : 1u << 14;
	struct row *larger;

	if (p->row_count * 2 < p->row_room)
		return true;
	larger = calloc(room, sizeof(*larger));
	if (!larger)
		return false;
	for (size_t i = 0; i < p->row_room; i++)
		if (p->rows[i].room)
			*row_slot(larger, room, p->rows[i].period, p->rows[i].key) = p->rows[i];
	free(p->rows);
	p->rows = larger;
	p->row_room = room;
	return true;
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

static bool next_number(struct wv_slice *left, uint32_t *id)
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

static enum wv_status postings_of(struct wv_postings *p, int32_t period, uint64_t key,
                                  struct wv_slice *out, struct wv_err *err)
{
	const struct row *row = p->row_count ? row_slot(p->rows, p->row_room, period, key) : NULL;

	if (!row || !row->room)
		return get_blob(p, WV_SQL_POSTINGS_GET, period, (int64_t)key, out, err);
	*out = wv_slice(row->p, row->n);
	return WV_OK;
}

static enum wv_status add_posting(struct wv_postings *p, uint32_t id, int32_t period, uint64_t key,
                                  struct wv_err *err)
{
	struct row *row;

	if (!grow_rows(p))
		return no_memory(err);
	row = row_slot(p->rows, p->row_room, period, key);
	if (!row->room) {
		struct wv_slice old, left;
		uint32_t last = 0;
		enum wv_status st = get_blob(p, WV_SQL_POSTINGS_GET, period, (int64_t)key, &old, err);

		if (st != WV_OK)
			return st;
		for (left = old; next_number(&left, &last);)
			;
		*row = (struct row){.key = key, .period = period, .last = last};
		if (!put_bytes(row, old.p, old.n))
			return no_memory(err);
		p->row_count++;
	}
	return put_number(row, id) ? WV_OK : no_memory(err);
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	return (int64_t)x->key < (int64_t)y->key ? -1 : (int64_t)x->key > (int64_t)y->key;
}

static enum wv_status flush_rows(struct wv_postings *p, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	size_t n = 0;

	for (size_t i = 0; i < p->row_room; i++) {
		struct row row = p->rows[i];

		p->rows[i].p = NULL;
		if (row.room)
			p->rows[n++] = row;
		if (row.room && n - 1 != i)
			p->rows[i] = (struct row){0};
	}
	if (n > 0)
		qsort(p->rows, n, sizeof(*p->rows), by_place);
	for (size_t i = 0; st == WV_OK && i < n; i++) {
		struct sqlite3_stmt *sql = NULL;

		st = wv_search_sql(p->search, WV_SQL_POSTINGS_PUT, &sql, err);
		if (st != WV_OK)
			break;
		sqlite3_bind_int64(sql, 1, p->rows[i].period);
		sqlite3_bind_int64(sql, 2, (int64_t)p->rows[i].key);
		sqlite3_bind_blob64(sql, 3, p->rows[i].p, p->rows[i].n, SQLITE_STATIC);
		st = wv_search_run(p->search, WV_SQL_POSTINGS_PUT, err);
	}
	drop_rows(p);
	return st;
}

enum wv_status wv_postings_add(struct wv_postings *p, uint32_t id, const struct wv_report_head *head,
                               const struct wv_mentions *mentions, struct wv_err *err)
{
	enum wv_status st = add_head(p, id, head, err);

	for (size_t i = 0; st == WV_OK && i < mentions->n; i++)
		if (i == 0 || mentions->items[i].key != mentions->items[i - 1].key)
			st = add_posting(p, id, period_of_day(head->day), mentions->items[i].key, err);
	return st == WV_OK ? add_counts(p, head, mentions, err) : st;
}

bool wv_postings_is_full(const struct wv_postings *p)
{
	return p->row_count >= ROWS_MOST || p->count_count >= COUNTS_MOST || p->tallies >= TALLIES_MOST ||
	       p->heads_loaded >= CHUNKS_MOST;
}

enum wv_status wv_postings_flush(struct wv_postings *p, struct wv_err *err)
{
	enum wv_status st = flush_heads(p, err);

	if (st == WV_OK)
		st = flush_counts(p, err);
	if (st == WV_OK)
		st = flush_rows(p, err);
	if (p->heads_loaded >= CHUNKS_MOST)
		drop_heads(p);
	return st;
}

/* ---- candidates ---- */

struct thing {
	uint64_t key;
	float weight;
};

static int by_weight(const void *a, const void *b)
{
	const struct thing *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static struct touched *touched_slot(struct touched *touched, size_t room, uint32_t id)
{
	size_t at = (size_t)(id * UINT32_C(2654435761) >> 4) & (room - 1);

	while (touched[at].id && touched[at].id != id + 1)
		at = (at + 1) & (room - 1);
	return &touched[at];
}

static bool touch(struct wv_postings *p, uint32_t id, float weight)
{
	struct touched *slot;

	if (p->touched_count * 2 >= p->touched_room) {
		size_t room = p->touched_room ? p->touched_room * 2 : 4096;
		struct touched *larger = calloc(room, sizeof(*larger));

		if (!larger)
			return false;
		for (size_t i = 0; i < p->touched_room; i++)
			if (p->touched[i].id)
				*touched_slot(larger, room, p->touched[i].id - 1) = p->touched[i];
		free(p->touched);
		p->touched = larger;
		p->touched_room = room;
	}
	slot = touched_slot(p->touched, p->touched_room, id);
	p->touched_count += slot->id == 0;
	slot->id = id + 1;
	slot->weight += weight;
	return true;
}

static bool may_be_seen(const struct wv_candidates_query *q, const struct wv_report_head *head)
{
	return head && head->captured <= q->at && head->recorded <= q->known_at && head->page != q->page &&
	       head->day >= q->day_from && head->day <= q->day_to;
}

static enum wv_status put_in_list(struct wv_postings *p, size_t n, uint32_t id, struct wv_err *err)
{
	if (n == p->list_room) {
		size_t room = p->list_room ? p->list_room * 2 : 1024;
		uint32_t *larger = realloc(p->list, room * sizeof(*larger));

		if (!larger)
			return no_memory(err);
		p->list = larger;
		p->list_room = room;
	}
	p->list[n] = id;
	return WV_OK;
}

/* Appends those of a period that may be seen, oldest first. */
static enum wv_status list_period(struct wv_postings *p, const struct wv_candidates_query *q,
                                  int32_t period, uint64_t key, size_t *n, struct wv_err *err)
{
	struct wv_slice left;
	uint32_t id = 0;
	enum wv_status st = postings_of(p, period, key, &left, err);
	size_t most = q->reach ? SIZE_MAX : WV_POSTINGS_MOST;

	while (st == WV_OK && *n <= most && next_number(&left, &id)) {
		const struct wv_report_head *head;

		st = head_of(p, id, &head, err);
		if (st == WV_OK && may_be_seen(q, head))
			st = put_in_list(p, (*n)++, id, err);
	}
	return st;
}

static enum wv_status touch_all(struct wv_postings *p, size_t from, size_t to, float weight,
                                struct wv_err *err)
{
	for (size_t i = from; i < to; i++)
		if (!touch(p, p->list[i], weight))
			return no_memory(err);
	return WV_OK;
}

static enum wv_status look_up(struct wv_postings *p, const struct wv_candidates_query *q,
                              const struct thing *thing, struct wv_err *err)
{
	int32_t first = period_of_day(q->day_from), last = period_of_day(q->day_to);
	int32_t periods[PERIODS_MOST];
	size_t n = 0, period_count;
	enum wv_status st = WV_OK;

	for (int32_t period = first; !q->reach && st == WV_OK && period <= last; period++)
		st = list_period(p, q, period, thing->key, &n, err);
	if (!q->reach)
		return st == WV_OK && n <= WV_POSTINGS_MOST ? touch_all(p, 0, n, thing->weight, err) : st;
	st = periods_of(p, thing->key, first, last, periods, &period_count, err);
	for (size_t i = 0, left = q->reach; st == WV_OK && left > 0 && i < period_count; i++) {
		n = 0;
		st = list_period(p, q, periods[i], thing->key, &n, err);
		if (st == WV_OK)
			st = touch_all(p, n > left ? n - left : 0, n, thing->weight, err);
		left -= n < left ? n : left;
	}
	return st;
}

/* Takes what was touched into `out`, the heaviest first. */
static size_t take_heaviest(struct wv_postings *p, struct wv_candidate *out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->touched_room; i++) {
		struct wv_candidate found = {p->touched[i].id - 1, p->touched[i].weight};
		size_t at = n;

		if (!p->touched[i].id)
			continue;
		p->touched[i] = (struct touched){0};
		for (; at > 0 && (out[at - 1].weight < found.weight ||
		                  (out[at - 1].weight == found.weight && out[at - 1].id > found.id));
		     at--)
			;
		if (at == WV_CANDIDATES_MOST)
			continue;
		n += n < WV_CANDIDATES_MOST;
		memmove(out + at + 1, out + at, (n - 1 - at) * sizeof(*out));
		out[at] = found;
	}
	p->touched_count = 0;
	return n;
}

enum wv_status wv_postings_find(struct wv_postings *p, const struct wv_candidates_query *q,
                                struct wv_candidate *out, size_t *count, struct wv_err *err)
{
	struct thing things[WV_MENTIONS_MAX];
	size_t n = 0;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < q->mentions->n && n < WV_MENTIONS_MAX; i++) {
		double weight = wv_story_weight(&q->mentions->items[i], (double)q->rarities[i]);

		if (weight > 0)
			things[n++] = (struct thing){q->mentions->items[i].key, (float)weight};
	}
	qsort(things, n, sizeof(*things), by_weight);
	for (size_t i = 0; st == WV_OK && i < n && i < q->keys_most; i++)
		st = look_up(p, q, &things[i], err);
	*count = take_heaviest(p, out);
	return st;
}
