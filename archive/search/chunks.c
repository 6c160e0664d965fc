#include "archive/search/index_inner.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "config/base/limits.h"

/* Spans while they are written: chunks are read once, changed in memory and written back. */

#define ROW_CAP (256u * WV_MIB)

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
}

static enum wv_status load(struct wv_search *search, struct wv_chunk *chunk, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	const unsigned char *bytes;
	size_t n;
	enum wv_status st = wv_search_sql(search, WV_SQL_CHUNK_GET, &sql, err);
	int code;

	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, chunk->number);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW) {
		bytes = sqlite3_column_blob(sql, 0);
		n = (size_t)sqlite3_column_bytes(sql, 0) / WV_SPAN_BYTES;
		chunk->spans = malloc((n + 8) * sizeof *chunk->spans);
		if (!chunk->spans)
			st = no_memory(err);
		chunk->room = n + 8;
		for (; st == WV_OK && chunk->count < n; chunk->count++)
			chunk->spans[chunk->count] =
				wv_span_decode(bytes + chunk->count * WV_SPAN_BYTES);
	} else if (code != SQLITE_DONE) {
		st = wv_search_fail(search, code, "reading spans", err);
	}
	sqlite3_reset(sql);
	return st;
}

static bool hash_chunk(const void *slot, const void *context, uint64_t *hash)
{
	const struct wv_chunk *chunk = slot;

	(void)context;
	*hash = wv_slots_mix(chunk->number);
	return chunk->is_used;
}

static struct wv_chunk *slot_of(const struct wv_slots *chunks, uint32_t number)
{
	struct wv_chunk *slots = chunks->p;
	size_t at = wv_slots_first(chunks, wv_slots_mix(number));

	while (slots[at].is_used && slots[at].number != number)
		at = wv_slots_next(chunks, at);
	return &slots[at];
}

static enum wv_status chunk_of(struct wv_search *search, uint32_t text, struct wv_chunk **out,
                               struct wv_err *err)
{
	struct wv_slots *chunks = &search->chunks;
	uint32_t number = text / WV_SPAN_CHUNK;
	struct wv_chunk *chunk;
	enum wv_status st = WV_OK;

	if (!wv_slots_reserve(chunks, sizeof *chunk, 64, hash_chunk, NULL))
		return no_memory(err);
	chunk = slot_of(chunks, number);
	if (!chunk->is_used) {
		*chunk = (struct wv_chunk){.number = number, .is_used = true};
		chunks->used++;
		st = load(search, chunk, err);
	}
	*out = chunk;
	return st;
}

enum wv_status wv_chunks_add(struct wv_search *search, const struct wv_span *span,
                             struct wv_err *err)
{
	struct wv_chunk *chunk;
	size_t at;
	enum wv_status st = chunk_of(search, span->text, &chunk, err);

	if (st != WV_OK)
		return st;
	if (chunk->count == chunk->room) {
		size_t room = chunk->room ? chunk->room * 2 : 32;
		struct wv_span *spans = realloc(chunk->spans, room * sizeof *spans);

		if (!spans)
			return no_memory(err);
		chunk->spans = spans;
		chunk->room = room;
	}
	/* In order of text, so that a query meets them as it meets the texts. */
	at = chunk->count++;
	for (; at > 0 && chunk->spans[at - 1].text > span->text; at--)
		chunk->spans[at] = chunk->spans[at - 1];
	chunk->spans[at] = *span;
	return WV_OK;
}

enum wv_status wv_chunks_close(struct wv_search *search, const struct wv_span *span, int64_t known,
                               struct wv_err *err)
{
	struct wv_chunk *chunk;
	enum wv_status st = chunk_of(search, span->text, &chunk, err);

	for (size_t i = 0; st == WV_OK && i < chunk->count; i++) {
		struct wv_span *found = &chunk->spans[i];

		if (found->text != span->text || found->page != span->page ||
		    found->from != span->from || found->known_from != span->known_from ||
		    found->known_to != WV_SPAN_OPEN)
			continue;
		found->known_to = known;
		if (found->known_from < known)
			return WV_OK;
		chunk->count--;
		memmove(found, found + 1, (chunk->count - i) * sizeof *found);
		return WV_OK;
	}
	return st == WV_OK ? wv_err_set(err, WV_DAMAGED, "search index: a span of page %u is missing",
	                                span->page)
	                   : st;
}

enum wv_status wv_chunks_flush(struct wv_search *search, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = ROW_CAP};
	const struct wv_chunk *chunks = search->chunks.p;
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < search->chunks.room && st == WV_OK; i++) {
		const struct wv_chunk *chunk = &chunks[i];
		struct sqlite3_stmt *sql = NULL;

		if (!chunk->is_used)
			continue;
		wv_buf_reset(&row);
		for (size_t k = 0; k < chunk->count; k++)
			wv_span_encode(&chunk->spans[k], &row);
		st = wv_buf_finish(&row, "spans", err);
		if (st == WV_OK)
			st = wv_search_sql(search, WV_SQL_CHUNK_PUT, &sql, err);
		if (st != WV_OK)
			break;
		sqlite3_bind_int64(sql, 1, chunk->number);
		sqlite3_bind_blob64(sql, 2, row.p ? (const void *)row.p : "", row.n,
		                    SQLITE_STATIC);
		st = wv_search_run(search, WV_SQL_CHUNK_PUT, err);
	}
	wv_chunks_drop(search);
	return st;
}

enum wv_status wv_chunks_hold(struct wv_search *search, uint32_t text, uint32_t page, int64_t at,
                              int64_t known_at, bool *holds, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	const unsigned char *bytes = NULL;
	enum wv_status st = wv_search_sql(search, WV_SQL_CHUNK_GET, &sql, err);
	int code;

	*holds = false;
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, text / WV_SPAN_CHUNK);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW)
		bytes = sqlite3_column_blob(sql, 0);
	for (size_t n = bytes ? (size_t)sqlite3_column_bytes(sql, 0) / WV_SPAN_BYTES : 0; n > 0 && !*holds;
	     n--, bytes += WV_SPAN_BYTES) {
		struct wv_span span = wv_span_decode(bytes);

		*holds = span.text == text && span.page == page && wv_span_holds(&span, at, known_at);
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		st = wv_search_fail(search, code, "reading spans", err);
	sqlite3_reset(sql);
	return st;
}

void wv_chunks_drop(struct wv_search *search)
{
	struct wv_chunk *chunks = search->chunks.p;

	for (size_t i = 0; i < search->chunks.room; i++)
		free(chunks[i].spans);
	wv_slots_done(&search->chunks);
}
