#include "crawler/page/boilerplate.h"

#include <stdlib.h>

#include "config/base/checked.h"
#include "config/base/text.h"

/*
 * A site model's record, little endian:
 *
 *   u8 version (1) | u64 number | varint pages | varint count |
 *   count times: u64 print (ascending) | varint pages | varint in_article | varint last
 */
#define MODEL_VERSION 1u

/* FNV-1a, 64 bits: stored, so its definition must never change. */
uint64_t wv_block_print(struct wv_slice text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = wv_byte_lower(text.p[i]);

		if (c < 0x80 && !wv_byte_is_alpha(c))
			continue; /* counters and dates change from page to page */
		hash = (hash ^ c) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static const struct wv_site_print *find(const struct wv_site_model *model, uint64_t print)
{
	size_t low = 0, high = model->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->prints[middle].print == print)
			return &model->prints[middle];
		if (model->prints[middle].print < print)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

double wv_site_model_share(const struct wv_site_model *model, uint64_t print)
{
	const struct wv_site_print *row;

	if (!model || model->pages < 3)
		return 0;
	row = find(model, print);
	return row && row->pages > 1 ? (double)row->pages / (double)model->pages : 0;
}

bool wv_site_model_is_inside(const struct wv_site_model *model, uint64_t print)
{
	const struct wv_site_print *row = model ? find(model, print) : NULL;

	return row && row->in_article > 1;
}

static int by_print(const void *a, const void *b)
{
	uint64_t x = ((const struct wv_site_print *)a)->print;
	uint64_t y = ((const struct wv_site_print *)b)->print;

	return x < y ? -1 : x > y;
}

/* What goes first when there is no room: seen seldom, long ago; ties by print, so that the same
 * pages in the same order give the same model everywhere. */
static int by_worth(const void *a, const void *b)
{
	const struct wv_site_print *x = a, *y = b;

	if ((x->pages > 1) != (y->pages > 1))
		return x->pages > 1 ? -1 : 1;
	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	return by_print(a, b);
}

/* rows[0 .. old) and rows[old .. n) are each in order of print. */
static void merge(const struct wv_site_print *rows, size_t old, size_t n,
                  struct wv_site_print *out)
{
	size_t a = 0, b = old;

	for (size_t i = 0; i < n; i++)
		if (b == n || (a < old && rows[a].print <= rows[b].print))
			out[i] = rows[a++];
		else
			out[i] = rows[b++];
}

enum wv_status wv_site_model_learn(const struct wv_site_model *model,
                                   const struct wv_page_prints *page, struct wv_arena *arena,
                                   struct wv_site_model **out, struct wv_err *err)
{
	struct wv_site_model *next = WV_ARENA_NEW(arena, struct wv_site_model);
	size_t old = model ? model->n : 0, n = old;
	struct wv_site_print *rows, *merged;

	rows = WV_ARENA_ARRAY(arena, struct wv_site_print, old + page->n + 1);
	merged = WV_ARENA_ARRAY(arena, struct wv_site_print, old + page->n + 1);
	if (!next || !rows || !merged)
		return wv_err_set(err, WV_LIMIT, "a site model takes more than its memory");
	next->number = (model ? model->number : 0) + 1;
	next->pages = (model ? model->pages : 0) + 1;
	if (old)
		memcpy(rows, model->prints, old * sizeof(*rows));
	for (size_t i = 0; i < page->n; i++) {
		const struct wv_site_print *known = model ? find(model, page->p[i].print) : NULL;
		struct wv_site_print *row;

		if (known) {
			row = &rows[known - model->prints];
			row->pages++;
		} else {
			row = &rows[n++];
			*row = (struct wv_site_print){.print = page->p[i].print, .pages = 1};
		}
		row->in_article += page->p[i].in_article;
		row->last = next->pages;
	}
	/* The old rows are in order, and of the new ones there are few. */
	qsort(rows + old, n - old, sizeof(*rows), by_print);
	merge(rows, old, n, merged);
	if (n > WV_SITE_PRINTS_MAX) {
		qsort(merged, n, sizeof(*merged), by_worth);
		n = WV_SITE_PRINTS_MAX;
		qsort(merged, n, sizeof(*merged), by_print);
	}
	next->prints = merged;
	next->n = n;
	*out = next;
	return WV_OK;
}

enum wv_status wv_site_model_encode(const struct wv_site_model *model, struct wv_buf *out,
                                    struct wv_err *err)
{
	wv_buf_add_byte(out, MODEL_VERSION);
	wv_buf_add_u64(out, model->number);
	wv_buf_add_varint(out, model->pages);
	wv_buf_add_varint(out, model->n);
	for (size_t i = 0; i < model->n; i++) {
		wv_buf_add_u64(out, model->prints[i].print);
		wv_buf_add_varint(out, model->prints[i].pages);
		wv_buf_add_varint(out, model->prints[i].in_article);
		wv_buf_add_varint(out, model->prints[i].last);
	}
	return wv_buf_finish(out, "site model", err);
}

enum wv_status wv_site_model_decode(struct wv_slice record, struct wv_arena *arena,
                                    struct wv_site_model **out, struct wv_err *err)
{
	struct wv_cursor cursor = wv_cursor(record);
	struct wv_site_model *model = WV_ARENA_NEW(arena, struct wv_site_model);
	struct wv_site_print *rows;
	uint64_t pages, n;

	if (wv_cursor_u8(&cursor) != MODEL_VERSION)
		return wv_err_set(err, WV_DAMAGED, "site model: unknown version");
	if (!model)
		return wv_err_set(err, WV_LIMIT, "a site model takes more than its memory");
	model->number = wv_cursor_u64(&cursor);
	pages = wv_cursor_varint(&cursor);
	n = wv_cursor_varint(&cursor);
	if (cursor.failed || n > WV_SITE_PRINTS_MAX || !wv_to_u32(pages, &model->pages))
		return wv_err_set(err, WV_DAMAGED, "site model: malformed head");
	rows = WV_ARENA_ARRAY(arena, struct wv_site_print, (size_t)n + 1);
	if (!rows)
		return wv_err_set(err, WV_LIMIT, "a site model takes more than its memory");
	for (size_t i = 0; i < n; i++) {
		rows[i].print = wv_cursor_u64(&cursor);
		if (!wv_to_u32(wv_cursor_varint(&cursor), &rows[i].pages) ||
		    !wv_to_u32(wv_cursor_varint(&cursor), &rows[i].in_article) ||
		    !wv_to_u32(wv_cursor_varint(&cursor), &rows[i].last) || cursor.failed ||
		    (i > 0 && rows[i].print <= rows[i - 1].print))
			return wv_err_set(err, WV_DAMAGED, "site model: malformed row");
	}
	if (wv_cursor_left(&cursor) > 0)
		return wv_err_set(err, WV_DAMAGED, "site model: bytes behind its end");
	model->prints = rows;
	model->n = (size_t)n;
	*out = model;
	return WV_OK;
}
