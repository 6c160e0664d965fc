#include "archive/search/postings_inner.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"

void counts_drop(struct wv_postings *p)
{
	struct count *counts = p->counts.p;

	for (size_t i = 0; i < p->counts.room; i++)
		free(counts[i].more);
	wv_slots_done(&p->counts);
	p->tallies = 0;
}

void totals_drop(struct wv_postings *p)
{
	free(p->totals);
	p->totals = NULL;
	p->total_count = p->total_room = 0;
	p->has_totals = false;
}

static struct tally *counts_tally(struct count *count, uint32_t i)
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
	*counts_tally(count, count->n - 1) = *tally;
	return true;
}

static bool hash_count(const void *slot, const void *context, uint64_t *hash)
{
	const struct count *count = slot;

	(void)context;
	*hash = wv_slots_mix(count->key);
	return count->key != 0;
}

static struct count *count_slot(const struct wv_postings *p, uint64_t key)
{
	struct count *counts = p->counts.p;
	size_t at = wv_slots_first(&p->counts, wv_slots_mix(key));

	while (counts[at].key && counts[at].key != key)
		at = wv_slots_next(&p->counts, at);
	return &counts[at];
}

static enum wv_status counts_of(struct wv_postings *p, uint64_t key, struct count **out,
				struct wv_err *err)
{
	struct count *slot;
	struct wv_slice blob;
	struct wv_cursor c;
	enum wv_status st;

	key += key == 0;
	if (!wv_slots_reserve(&p->counts, sizeof(*slot), 1u << 14, hash_count, NULL))
		return postings_no_memory(err);
	*out = slot = count_slot(p, key);
	if (slot->key)
		return WV_OK;
	st = postings_blob(p, WV_SQL_COUNTS_GET, (int64_t)key, 0, &blob, err);
	if (st != WV_OK)
		return st;
	slot->key = key;
	p->counts.used++;
	c = wv_cursor(blob);
	while (wv_cursor_left(&c) > 0 && !c.failed) {
		struct tally tally = {.captured = (int32_t)wv_cursor_zigzag(&c)};

		tally.own = (int32_t)((uint32_t)tally.captured + (uint32_t)wv_cursor_zigzag(&c));
		tally.n = (uint32_t)wv_cursor_varint(&c);
		if (!add_tally(p, slot, &tally))
			return postings_no_memory(err);
	}
	return WV_OK;
}

static int by_count_key(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct count *)a)->key,
		y = (int64_t)((const struct count *)b)->key;

	return x < y ? -1 : x > y;
}

static enum wv_status flush_count(struct wv_postings *p, struct count *count, struct wv_buf *blob,
				  struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st;

	wv_buf_reset(blob);
	for (uint32_t i = 0; i < count->n; i++) {
		const struct tally *tally = counts_tally(count, i);

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

static enum wv_status flush_total(struct wv_postings *p, const struct total *total,
				  struct wv_err *err)
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

enum wv_status counts_flush(struct wv_postings *p, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf blob = {.cap = WV_MIB};
	struct count *counts = p->counts.p;
	enum wv_status st = WV_OK;
	size_t n = 0;

	for (size_t i = 0; i < p->counts.room; i++) {
		struct count count = counts[i];

		counts[i] = (struct count){0};
		if (count.is_dirty)
			counts[n++] = count;
		else
			free(count.more);
	}
	if (n > 0)
		qsort(counts, n, sizeof(*counts), by_count_key);
	for (size_t i = 0; st == WV_OK && i < n; i++)
		st = flush_count(p, &counts[i], &blob, err);
	for (size_t i = 0; st == WV_OK && i < p->total_count; i++) {
		if (p->totals[i].is_dirty)
			st = flush_total(p, &p->totals[i], err);
		p->totals[i].is_dirty = false;
	}
	counts_drop(p);
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
	enum wv_status st =
		p->has_totals ? WV_OK : wv_search_sql(p->search, WV_SQL_PERIODS, &sql, err);
	int code = SQLITE_DONE;

	while (st == WV_OK && sql && (code = sqlite3_step(sql)) == SQLITE_ROW) {
		struct total total = {.period = sqlite3_column_int(sql, 0),
				      .reports = (uint64_t)sqlite3_column_int64(sql, 1),
				      .newest = sqlite3_column_int64(sql, 2)};

		st = put_total(p, &total) ? WV_OK : postings_no_memory(err);
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
	return (int32_t)postings_floor_divide(captured, WV_PERIOD_DAYS * DAY_US);
}

enum wv_status wv_postings_past(struct wv_postings *p, int64_t captured,
				struct wv_postings_past *out, struct wv_err *err)
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
	enum wv_status st = counts_of(p, key, &slot, err);

	*count = 0;
	for (uint32_t i = 0; st == WV_OK && i < slot->n; i++) {
		const struct tally *tally = counts_tally(slot, i);

		if (tally->captured < past->period ||
		    (tally->captured == past->period && !past->is_late))
			*count += tally->n;
	}
	return st;
}

static enum wv_status add_count(struct wv_postings *p, int32_t captured, int32_t own, uint64_t key,
				struct wv_err *err)
{
	const struct tally one = {captured, own, 1};
	struct count *slot;
	enum wv_status st = counts_of(p, key, &slot, err);

	if (st != WV_OK)
		return st;
	slot->is_dirty = true;
	for (uint32_t i = slot->n; i > 0; i--) {
		struct tally *tally = counts_tally(slot, i - 1);

		if (tally->captured != captured || tally->own != own)
			continue;
		tally->n++;
		return WV_OK;
	}
	return add_tally(p, slot, &one) ? WV_OK : postings_no_memory(err);
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
	return st == WV_OK && !put_total(p, &one) ? postings_no_memory(err) : st;
}

enum wv_status counts_add(struct wv_postings *p, const struct wv_report_head *head,
			  const struct wv_mentions *mentions, struct wv_err *err)
{
	enum wv_status st = add_total(p, head->captured, err);

	for (size_t i = 0; st == WV_OK && i < mentions->n; i++)
		if (i == 0 || mentions->items[i].key != mentions->items[i - 1].key)
			st = add_count(p, captured_period(head->captured),
				       postings_period(head->day), mentions->items[i].key, err);
	return st;
}

enum wv_status counts_periods(struct wv_postings *p, uint64_t key, int32_t first, int32_t last,
			      int32_t *out, size_t *count, struct wv_err *err)
{
	struct count *slot;
	size_t n = 0;
	enum wv_status st = counts_of(p, key, &slot, err);

	for (uint32_t i = st == WV_OK ? slot->n : 0; i > 0; i--) {
		int32_t own = counts_tally(slot, i - 1)->own;
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
