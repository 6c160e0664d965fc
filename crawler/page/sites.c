#include "crawler/page/sites.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/limits.h"

/*
 * Rows of a site; the key is the site, a zero byte, the kind, and a number (u64, big endian):
 *
 *   'h' 0  head: u8 version (1) | varint pages learned | varint last capture's id | varint waiting
 *   'm' n  model n, as boilerplate.c encodes it; n from 1
 *   's' 0  the learner's state, in the same form
 *   'w' n  the nth page waiting to be learned: u8 version (1) | varint count |
 *          count times: u64 print | u8 in_article
 *
 * Pages wait until there are STEP of them: the state has up to 50 kB, which is not to be written
 * once a page.
 */
#define ROW_VERSION  1u
#define STEP         8u
#define WINDOW       1024u
#define SINGLES_STAY 24u
#define PAGES_MIN    3u
#define SHARE_PARTS  20u /* one in so many pages */
#define SITE_MAX     300u
#define KEY_MAX      (SITE_MAX + 10u)
#define ROW_CAP      (256u * WV_KIB) /* the longest: 4,096 prints of 23 bytes */
#define ARENA_CAP    (16u * WV_MIB)

struct wv_slice wv_sites_site(struct wv_slice page_key)
{
	size_t end = wv_slice_find_byte(page_key, ')', 0);

	if (end == SIZE_MAX || end + 1 > SITE_MAX)
		return WV_SLICE_NONE;
	return wv_slice_part(page_key, 0, end + 1);
}

static struct wv_slice key_of(struct wv_slice site, char kind, uint64_t number,
                              unsigned char key[KEY_MAX])
{
	size_t n = wv_min_size(site.n, SITE_MAX);

	if (n)
		memcpy(key, site.p, n);
	key[n] = 0;
	key[n + 1] = (unsigned char)kind;
	for (unsigned i = 0; i < 8; i++)
		key[n + 2 + i] = (unsigned char)(number >> (56 - 8 * i));
	return wv_slice(key, n + 10);
}

/* ---- published models */

/* The model's row with the greatest number up to `number`. */
static enum wv_status find_model(struct wv_txn *txn, struct wv_slice site, uint64_t number,
                                 uint64_t *found, struct wv_arena *arena, struct wv_slice *row,
                                 struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[KEY_MAX];
	struct wv_slice wanted = key_of(site, 'm', number, bytes), key, value;
	enum wv_status st;

	if (!site.n)
		return WV_NO;
	st = wv_walk_begin(txn, WV_TABLE_SITES, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek_before(walk, wanted, &key, &value, err);
	/* A damaged model still has its number: the next one's is above it. */
	if (st == WV_DAMAGED && !row && wv_walk_key(walk, &key))
		st = WV_OK;
	if (st != WV_OK)
		return st;
	if (key.n != wanted.n || !wv_slice_starts(key, wv_slice_part(wanted, 0, wanted.n - 8)))
		return WV_NO;
	*found = 0;
	for (size_t i = key.n - 8; i < key.n; i++)
		*found = *found << 8 | key.p[i];
	if (row) {
		*row = wv_arena_copy(arena, value);
		if (row->n != value.n)
			return wv_err_set(err, WV_NOMEM, "out of memory for a site model");
	}
	return WV_OK;
}

enum wv_status wv_sites_newest(struct wv_txn *txn, struct wv_slice site, uint64_t *number,
                               struct wv_err *err)
{
	return find_model(txn, site, UINT64_MAX, number, NULL, NULL, err);
}

enum wv_status wv_sites_model(struct wv_txn *txn, struct wv_slice site, uint64_t number,
                              struct wv_arena *arena, struct wv_site_model **out,
                              struct wv_err *err)
{
	struct wv_site_model *model;
	struct wv_slice row;
	uint64_t found;
	enum wv_status st = find_model(txn, site, number, &found, arena, &row, err);

	if (st == WV_OK && number != WV_SITES_NEWEST && found != number)
		return WV_NO;
	if (st == WV_OK)
		st = wv_site_model_decode(row, arena, &model, err);
	if (st != WV_OK)
		return st;
	if (model->number != found)
		return wv_err_set(err, WV_DAMAGED, "a site model has another's number");
	*out = model;
	return WV_OK;
}

/* ---- the learner */

struct head {
	uint64_t learned, last_id, waiting;
	bool is_new;
};

struct learner {
	struct wv_txn *txn;
	struct wv_slice site;
	struct wv_arena *arena;
	struct wv_buf row;
	struct head head;
};

static enum wv_status read_head(struct wv_txn *txn, struct wv_slice site, struct head *out,
                                struct wv_err *err)
{
	unsigned char key[KEY_MAX];
	struct wv_slice value;
	struct wv_cursor cursor;
	struct head head = {0};
	enum wv_status st = wv_txn_get(txn, WV_TABLE_SITES, key_of(site, 'h', 0, key), &value, err);

	if (st == WV_NO || st == WV_DAMAGED) {
		*out = (struct head){.is_new = true};
		return WV_OK;
	}
	if (st != WV_OK)
		return st;
	cursor = wv_cursor(value);
	if (wv_cursor_u8(&cursor) == ROW_VERSION) {
		head.learned = wv_cursor_varint(&cursor);
		head.last_id = wv_cursor_varint(&cursor);
		head.waiting = wv_cursor_varint(&cursor);
	} else {
		cursor.failed = true;
	}
	if (cursor.failed || head.waiting >= STEP)
		head = (struct head){.is_new = true};
	*out = head;
	return WV_OK;
}

enum wv_status wv_sites_has_learned(struct wv_txn *txn, struct wv_slice site, uint64_t capture_id,
                                    bool *out, struct wv_err *err)
{
	struct head head;
	enum wv_status st = read_head(txn, site, &head, err);

	if (st == WV_OK)
		*out = !head.is_new && capture_id <= head.last_id;
	return st;
}

static enum wv_status put(struct learner *l, char kind, uint64_t number, struct wv_err *err)
{
	unsigned char key[KEY_MAX];
	enum wv_status st = wv_buf_finish(&l->row, "site model", err);

	if (st != WV_OK)
		return st;
	return wv_txn_put(l->txn, WV_TABLE_SITES, key_of(l->site, kind, number, key),
	                  wv_buf_slice(&l->row), err);
}

static enum wv_status put_head(struct learner *l, struct wv_err *err)
{
	wv_buf_reset(&l->row);
	wv_buf_add_byte(&l->row, ROW_VERSION);
	wv_buf_add_varint(&l->row, l->head.learned);
	wv_buf_add_varint(&l->row, l->head.last_id);
	wv_buf_add_varint(&l->row, l->head.waiting);
	return put(l, 'h', 0, err);
}

static enum wv_status put_waiting(struct learner *l, const struct wv_page_prints *page,
                                  struct wv_err *err)
{
	size_t n = wv_min_size(page->n, WV_PAGE_PRINTS_MAX);

	wv_buf_reset(&l->row);
	wv_buf_add_byte(&l->row, ROW_VERSION);
	wv_buf_add_varint(&l->row, n);
	for (size_t i = 0; i < n; i++) {
		wv_buf_add_u64(&l->row, page->p[i].print);
		wv_buf_add_byte(&l->row, page->p[i].in_article);
	}
	return put(l, 'w', l->head.waiting, err);
}

/* WV_NO: not there, or not to be read. */
static enum wv_status get_waiting(struct learner *l, uint64_t number, struct wv_page_prints *out,
                                  struct wv_err *err)
{
	unsigned char key[KEY_MAX];
	struct wv_page_print *list;
	struct wv_cursor cursor;
	struct wv_slice value;
	uint64_t n;
	enum wv_status st = wv_txn_get(l->txn, WV_TABLE_SITES, key_of(l->site, 'w', number, key),
	                               &value, err);

	if (st != WV_OK)
		return st == WV_DAMAGED ? WV_NO : st;
	cursor = wv_cursor(value);
	if (wv_cursor_u8(&cursor) != ROW_VERSION)
		return WV_NO;
	n = wv_cursor_varint(&cursor);
	if (cursor.failed || n > WV_PAGE_PRINTS_MAX || wv_cursor_left(&cursor) != n * 9)
		return WV_NO;
	list = WV_ARENA_ARRAY(l->arena, struct wv_page_print, (size_t)n + 1);
	if (!list)
		return wv_err_set(err, WV_NOMEM, "out of memory for a site's prints");
	for (size_t i = 0; i < n; i++) {
		list[i].print = wv_cursor_u64(&cursor);
		list[i].in_article = wv_cursor_u8(&cursor) != 0;
	}
	*out = (struct wv_page_prints){list, (size_t)n};
	return WV_OK;
}

static enum wv_status get_state(struct learner *l, struct wv_site_model **out, struct wv_err *err)
{
	unsigned char key[KEY_MAX];
	struct wv_slice value;
	enum wv_status st = wv_txn_get(l->txn, WV_TABLE_SITES, key_of(l->site, 's', 0, key), &value,
	                               err);

	*out = NULL;
	if (st == WV_OK) {
		struct wv_slice row = wv_arena_copy(l->arena, value);

		if (row.n != value.n)
			return wv_err_set(err, WV_NOMEM, "out of memory for a site's state");
		st = wv_site_model_decode(row, l->arena, out, err);
	}
	if (st == WV_NO || st == WV_DAMAGED) {
		*out = NULL;
		return WV_OK;
	}
	return st;
}

static int by_print(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = ((const struct wv_site_print *)b)->print;

	return x < y ? -1 : x > y;
}

/* Hardly anything in its article that no page had in its own: the same article once more. */
static bool is_copy(const struct wv_site_model *state, const struct wv_page_prints *page)
{
	size_t own = 0, fresh = 0;

	for (size_t i = 0; i < page->n; i++) {
		const struct wv_site_print *known = NULL;

		if (!page->p[i].in_article)
			continue;
		if (state && state->n)
			known = bsearch(&page->p[i].print, state->prints, state->n,
			                sizeof(*state->prints), by_print);
		own++;
		fresh += !known || known->in_article == 0;
	}
	return own >= 3 && fresh * 10 <= own;
}

/* Forgets, in place. */
static void age(struct wv_site_model *state)
{
	struct wv_site_print *rows = (struct wv_site_print *)(uintptr_t)state->prints;
	bool is_halved = state->pages >= WINDOW;
	size_t n = 0;

	for (size_t i = 0; i < state->n; i++) {
		struct wv_site_print row = rows[i];

		if (row.pages == 1 && row.last < state->pages &&
		    state->pages - row.last > SINGLES_STAY)
			continue;
		if (is_halved) {
			row.pages /= 2;
			row.in_article /= 2;
			row.last /= 2;
		}
		if (row.pages > 0)
			rows[n++] = row;
	}
	state->n = n;
	if (is_halved)
		state->pages /= 2;
}

static bool is_worth_publishing(const struct wv_site_print *row, uint32_t pages)
{
	return row->pages >= PAGES_MIN && (uint64_t)row->pages * SHARE_PARTS >= pages;
}

enum wv_status wv_sites_distil(const struct wv_site_model *state, struct wv_arena *arena,
                               struct wv_site_model *out, struct wv_err *err)
{
	struct wv_site_print *rows = WV_ARENA_ARRAY(arena, struct wv_site_print, state->n + 1);
	size_t n = 0;

	if (!rows)
		return wv_err_set(err, WV_NOMEM, "out of memory for a site model");
	for (size_t i = 0; i < state->n; i++)
		if (is_worth_publishing(&state->prints[i], state->pages))
			rows[n++] = state->prints[i];
	*out = (struct wv_site_model){.pages = state->pages, .prints = rows, .n = n};
	return WV_OK;
}

static enum wv_status publish(struct learner *l, const struct wv_site_model *state,
                              struct wv_err *err)
{
	struct wv_site_model model;
	uint64_t newest = 0;
	enum wv_status st = wv_sites_newest(l->txn, l->site, &newest, err);

	if (st == WV_OK || st == WV_NO)
		st = wv_sites_distil(state, l->arena, &model, err);
	if (st != WV_OK)
		return st;
	model.number = newest + 1;
	wv_buf_reset(&l->row);
	st = wv_site_model_encode(&model, &l->row, err);
	return st == WV_OK ? put(l, 'm', model.number, err) : st;
}

static bool is_time_to_publish(uint64_t learned)
{
	return learned == 8 || learned == 32 || learned % 128 == 0;
}

/* Learns the pages that waited. */
static enum wv_status fold(struct learner *l, struct wv_err *err)
{
	struct wv_site_model *state = NULL;
	enum wv_status st = get_state(l, &state, err);

	for (uint64_t i = 0; st == WV_OK && i < l->head.waiting; i++) {
		unsigned char key[KEY_MAX];
		struct wv_page_prints page;

		st = get_waiting(l, i, &page, err);
		if (st == WV_OK && !is_copy(state, &page)) {
			st = wv_site_model_learn(state, &page, l->arena, &state, err);
			if (st == WV_LIMIT) /* the arena's cap is ours, not the page's */
				st = WV_NOMEM;
		} else if (st == WV_NO) {
			st = WV_OK;
		}
		if (st == WV_OK)
			st = wv_txn_delete(l->txn, WV_TABLE_SITES, key_of(l->site, 'w', i, key), err);
		if (st == WV_NO)
			st = WV_OK;
	}
	l->head.waiting = 0;
	if (st != WV_OK || !state)
		return st;
	age(state);
	wv_buf_reset(&l->row);
	st = wv_site_model_encode(state, &l->row, err);
	if (st == WV_OK)
		st = put(l, 's', 0, err);
	if (st == WV_OK && is_time_to_publish(l->head.learned))
		st = publish(l, state, err);
	return st;
}

enum wv_status wv_sites_learn(struct wv_txn *txn, struct wv_slice site, uint64_t capture_id,
                              const struct wv_page_prints *page, struct wv_err *err)
{
	struct learner l = {.txn = txn, .site = site};
	enum wv_status st;

	if (!site.n || !page->n)
		return WV_OK;
	st = read_head(txn, site, &l.head, err);
	if (st != WV_OK || (!l.head.is_new && capture_id <= l.head.last_id))
		return st;
	wv_buf_init(&l.row, ROW_CAP);
	st = wv_arena_new(ARENA_CAP, &l.arena, err);
	if (st == WV_OK)
		st = put_waiting(&l, page, err);
	l.head.waiting++;
	l.head.learned++;
	l.head.last_id = capture_id;
	if (st == WV_OK && l.head.waiting == STEP)
		st = fold(&l, err);
	if (st == WV_OK)
		st = put_head(&l, err);
	wv_buf_done(&l.row);
	wv_arena_free(&l.arena);
	return st;
}
