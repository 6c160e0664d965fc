#include "archive/store/tally.h"

#include <stdlib.h>

#include "archive/store/load.h"
#include "archive/store/register.h"
#include "config/base/limits.h"
#include "config/base/slots.h"

#define PAGE_WORDS_MAX (4u << 20) /* 32 MiB: 268 million pages */
#define CELLS_MAX (2u << 20) /* 64 MiB: a thousand sources for five years */

struct cell {
	uint32_t source;
	int32_t day, known_day;
	uint32_t captures, answered, fresh;
	uint64_t bytes;
};

struct wv_tally {
	struct cell *cells; /* in order of known_day */
	size_t count, room;
	size_t first_of_day; /* the cells of the newest known_day begin here ... */
	struct wv_slots table; /* ... and are found by this: of uint32_t, index + 1 */
	uint64_t next_leaf, behind, facts;
	uint64_t *page_bits; /* by page number: has any */
	size_t page_words;
	uint64_t pages;
};

int32_t wv_tally_day_of(struct wv_time t)
{
	int64_t day = t.us / WV_US_PER_DAY;

	return (int32_t)(t.us % WV_US_PER_DAY < 0 ? day - 1 : day);
}

struct wv_time wv_tally_day_start(int32_t day)
{
	return (struct wv_time){(int64_t)day * WV_US_PER_DAY};
}

enum wv_status wv_tally_new(struct wv_tally **out, struct wv_err *err)
{
	struct wv_tally *tally = calloc(1, sizeof *tally);

	if (!tally)
		return wv_err_set(err, WV_NOMEM, "out of memory for the charts' totals");
	*out = tally;
	return WV_OK;
}

void wv_tally_free(struct wv_tally **tally)
{
	if (!*tally)
		return;
	free((*tally)->cells);
	wv_slots_done(&(*tally)->table);
	free((*tally)->page_bits);
	free(*tally);
	*tally = NULL;
}

uint64_t wv_tally_behind(const struct wv_tally *tally)
{
	return tally->behind;
}

/* What is to be found by the table is over; the cells stay. */
static void forget_cells(struct wv_tally *t)
{
	if (t->table.p)
		memset(t->table.p, 0, t->table.room * sizeof(uint32_t));
	t->table.used = 0;
}

static void empty(struct wv_tally *t)
{
	t->count = t->first_of_day = 0;
	t->next_leaf = 0;
	forget_cells(t);
	t->pages = 0;
	if (t->page_bits)
		memset(t->page_bits, 0, t->page_words * sizeof *t->page_bits);
}

/* --- counting --- */

static uint64_t hash_of(uint32_t source, int32_t day)
{
	return wv_slots_mix((uint64_t)source << 32 | (uint32_t)day);
}

static bool hash_cell(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_tally *t = context;
	const uint32_t *number = slot;

	if (*number)
		*hash = hash_of(t->cells[*number - 1].source, t->cells[*number - 1].day);
	return *number != 0;
}

/* Number + 1 of the cell, or 0 where one is to be noted. */
static uint32_t *slot_of(const struct wv_tally *t, uint32_t source, int32_t day)
{
	uint32_t *table = t->table.p;
	size_t at = wv_slots_first(&t->table, hash_of(source, day));

	for (; table[at]; at = wv_slots_next(&t->table, at)) {
		const struct cell *c = &t->cells[table[at] - 1];

		if (c->source == source && c->day == day)
			break;
	}
	return &table[at];
}

static enum wv_status grow(struct wv_tally *t, struct wv_err *err)
{
	if (t->count == t->room) {
		size_t room = t->room ? t->room * 2 : 256;
		struct cell *larger = room <= CELLS_MAX ? realloc(t->cells, room * sizeof *larger)
		                                        : NULL;

		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for the charts' totals");
		t->cells = larger;
		t->room = room;
	}
	if (!wv_slots_reserve(&t->table, sizeof(uint32_t), 256, hash_cell, t))
		return wv_err_set(err, WV_NOMEM, "out of memory for the charts' totals");
	return WV_OK;
}

/* Recorded instants never go back, so cells of days before the newest are complete. */
static void turn_day(struct wv_tally *t, int32_t known_day)
{
	if (t->count == t->first_of_day || t->cells[t->count - 1].known_day == known_day)
		return;
	t->first_of_day = t->count;
	forget_cells(t);
}

static enum wv_status add(struct wv_tally *t, uint32_t source, const struct wv_capture *c,
                          struct wv_err *err)
{
	int32_t day = wv_tally_day_of(c->captured), known_day = wv_tally_day_of(c->recorded);
	enum wv_status st = grow(t, err);
	struct cell *cell;
	uint32_t *slot;

	if (st != WV_OK)
		return st;
	turn_day(t, known_day);
	slot = slot_of(t, source, day);
	if (!*slot) {
		t->cells[t->count] =
			(struct cell){.source = source, .day = day, .known_day = known_day};
		*slot = (uint32_t)++t->count;
		t->table.used++;
	}
	cell = &t->cells[*slot - 1];
	cell->captures++;
	if (!c->has_body || (c->status != 200 && c->status != 304))
		return WV_OK;
	cell->answered++;
	cell->fresh += !(c->flags & (WV_CAPTURE_NOT_MODIFIED | WV_CAPTURE_SAME_BODY));
	cell->bytes += c->body_bytes;
	return WV_OK;
}

/* Page numbers are given one after another: a bit each is the smallest set of them. */
static enum wv_status add_page(struct wv_tally *t, uint64_t page, struct wv_err *err)
{
	uint64_t bit = UINT64_C(1) << page % 64;

	if (page / 64 >= t->page_words) {
		size_t words = t->page_words ? t->page_words : 64;
		uint64_t *larger;

		while (words <= page / 64 && words <= PAGE_WORDS_MAX)
			words *= 2;
		larger = words <= PAGE_WORDS_MAX ? realloc(t->page_bits, words * sizeof *larger) : NULL;
		if (!larger)
			return wv_err_set(err, WV_NOMEM, "out of memory for the charts' totals");
		memset(larger + t->page_words, 0, (words - t->page_words) * sizeof *larger);
		t->page_bits = larger;
		t->page_words = words;
	}
	t->pages += !(t->page_bits[page / 64] & bit);
	t->page_bits[page / 64] |= bit;
	return WV_OK;
}

struct counting {
	struct wv_tally *tally;
	struct wv_txn *txn;
	struct wv_time now;
	bool asks; /* there is something in the register */
	struct wv_loader loader;
	struct wv_arena *arena;
};

static enum wv_status count(struct counting *c, uint64_t leaf, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture facts = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = wv_capture_row_get(c->txn, leaf, &key, &value, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	st = wv_record_capture_peek(&key, value, &context, &facts, err);
	if (st == WV_OK && c->asks) {
		wv_arena_reset(c->arena);
		st = wv_loader_page(&c->loader, key.page, err);
		if (st == WV_OK)
			st = wv_register_shows(c->txn, c->arena, c->loader.page_key, leaf, c->now,
			                       NULL, err);
		if (st == WV_NO)
			return WV_OK;
	}
	facts.captured = key.captured;
	if (st == WV_OK)
		st = add_page(c->tally, key.page, err);
	return st == WV_OK ? add(c->tally, context.source, &facts, err) : st;
}

enum wv_status wv_tally_follow(struct wv_tally *t, struct wv_txn *txn, struct wv_time now,
                               uint64_t leaves, struct wv_err *err)
{
	struct counting c = {.tally = t, .txn = txn, .now = now};
	struct wv_state state;
	uint64_t facts = 0, end;
	enum wv_status st = wv_state_get(txn, &state, err);

	if (st == WV_OK)
		st = wv_txn_count(txn, WV_TABLE_FACTS, &facts, err);
	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	/* What was counted may have been taken down since; or it is another archive's (compact). */
	if (facts != t->facts || state.next_leaf < t->next_leaf)
		empty(t);
	t->facts = facts;
	c.asks = facts > 0;
	end = state.next_leaf - t->next_leaf > leaves ? t->next_leaf + leaves : state.next_leaf;
	st = wv_arena_new(WV_MIB, &c.arena, err);
	wv_loader_init(&c.loader, txn);
	while (st == WV_OK && t->next_leaf < end) {
		st = count(&c, t->next_leaf, err);
		t->next_leaf += st == WV_OK;
	}
	wv_loader_done(&c.loader);
	wv_arena_free(&c.arena);
	t->behind = state.next_leaf - t->next_leaf;
	if (st != WV_OK)
		return st;
	return t->behind ? WV_BOUND : WV_OK;
}

/* --- answering --- */

bool wv_tally_is_of(const struct wv_tally *tally, struct wv_txn *txn)
{
	uint64_t facts = 0;

	return wv_txn_count(txn, WV_TABLE_FACTS, &facts, NULL) == WV_OK && facts == tally->facts;
}

struct wv_tally_sums wv_tally_sum(const struct wv_tally *tally)
{
	struct wv_tally_sums sums = {.pages = tally->pages};

	for (size_t i = 0; i < tally->count; i++) {
		sums.captures += tally->cells[i].captures;
		sums.bytes += tally->cells[i].bytes;
	}
	return sums;
}

/* The last day that was over: by T, and by K. */
static int32_t last_day(struct wv_time t)
{
	return wv_time_is_none(t) ? INT32_MAX : wv_tally_day_of((struct wv_time){t.us + 1}) - 1;
}

static bool is_asked(const struct cell *c, const struct wv_tally_query *q)
{
	return (q->source == WV_TALLY_ALL || c->source == q->source) && c->day >= q->from_day &&
	       c->day <= q->to_day && c->day <= last_day(q->at) &&
	       c->known_day <= last_day(q->known_at);
}

static void sum(struct wv_tally_day *to, const struct cell *c)
{
	to->captures += c->captures;
	to->answered += c->answered;
	to->fresh += c->fresh;
	to->bytes += c->bytes;
}

void wv_tally_days(const struct wv_tally *t, const struct wv_tally_query *q,
                   struct wv_tally_day *days)
{
	for (int32_t day = q->from_day; day <= q->to_day; day++)
		days[day - q->from_day] = (struct wv_tally_day){.day = day};
	for (size_t i = 0; i < t->count; i++)
		if (is_asked(&t->cells[i], q))
			sum(&days[t->cells[i].day - q->from_day], &t->cells[i]);
}

static int compare(const void *a, const void *b)
{
	const struct wv_tally_source *x = a, *y = b;

	if (x->sum.captures != y->sum.captures)
		return x->sum.captures > y->sum.captures ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

size_t wv_tally_sources(const struct wv_tally *t, const struct wv_tally_query *q,
                        struct wv_tally_source *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct cell *c = &t->cells[i];
		size_t k = 0;

		if (!is_asked(c, q))
			continue;
		while (k < n && out[k].source != c->source)
			k++;
		if (k == max)
			continue;
		if (k == n)
			out[n++] = (struct wv_tally_source){
				.source = c->source, .first_day = c->day, .sum.day = c->day};
		sum(&out[k].sum, c);
		if (c->day < out[k].first_day)
			out[k].first_day = c->day;
		if (c->day > out[k].sum.day)
			out[k].sum.day = c->day;
	}
	qsort(out, n, sizeof *out, compare);
	return n;
}

bool wv_tally_span(const struct wv_tally *t, const struct wv_tally_query *q, int32_t *first,
                   int32_t *last)
{
	bool has = false;

	for (size_t i = 0; i < t->count; i++) {
		int32_t day = t->cells[i].day;

		if (!is_asked(&t->cells[i], q))
			continue;
		if (!has || day < *first)
			*first = day;
		if (!has || day > *last)
			*last = day;
		has = true;
	}
	return has;
}
