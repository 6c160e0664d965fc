#include "archive/search/follow_inner.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/store/load.h"
#include "archive/store/lookup.h"

/*
 * What a page said when: spans in order of captured time, compared with those known before.
 */

#define PAGE_HEAD 36u

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
}

enum wv_status wv_follow_load_page(struct wv_follow *f, uint64_t number,
                                   struct wv_follow_page *page, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(f->search, WV_SQL_PAGE_GET, &sql, err);
	int code;

	*page = (struct wv_follow_page){
		.number = number, .first_seen = INT64_MAX, .newest = INT64_MIN};
	if (st == WV_OK && number > UINT32_MAX)
		st = wv_err_set(err, WV_LIMIT, "search index: too many pages");
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, (sqlite3_int64)number);
	code = sqlite3_step(sql);
	if (code == SQLITE_ROW) {
		struct wv_slice row = wv_slice(sqlite3_column_blob(sql, 0),
		                               (size_t)sqlite3_column_bytes(sql, 0));
		struct wv_cursor c = wv_cursor(row);

		page->first_seen = (int64_t)wv_cursor_u64(&c);
		page->newest = (int64_t)wv_cursor_u64(&c);
		if (row.n >= PAGE_HEAD)
			memcpy(page->record, wv_cursor_bytes(&c, 16).p, 16);
		page->source = wv_cursor_u32(&c);
		page->count = wv_cursor_left(&c) / WV_SPAN_BYTES;
		page->open = WV_ARENA_ARRAY(f->arena, struct wv_span, page->count);
		for (size_t i = 0; page->open && i < page->count; i++)
			page->open[i] = wv_span_decode(wv_cursor_bytes(&c, WV_SPAN_BYTES).p);
		if (!page->open)
			st = no_memory(err);
	} else if (code != SQLITE_DONE) {
		st = wv_search_fail(f->search, code, "reading a page", err);
	}
	sqlite3_reset(sql);
	return st;
}

static enum wv_status save_page(struct wv_follow *f, const struct wv_follow_page *page,
                                struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {.cap = 64 * WV_MIB};
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st;

	wv_buf_add_u64(&row, (uint64_t)page->first_seen);
	wv_buf_add_u64(&row, (uint64_t)page->newest);
	wv_buf_add_bytes(&row, page->record, 16);
	wv_buf_add_u32(&row, page->source);
	for (size_t i = 0; i < page->count; i++)
		wv_span_encode(&page->open[i], &row);
	st = wv_buf_finish(&row, "row of a page", err);
	if (st == WV_OK)
		st = wv_search_sql(f->search, WV_SQL_PAGE_PUT, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, (sqlite3_int64)page->number);
	sqlite3_bind_blob64(sql, 2, row.p, row.n, SQLITE_STATIC);
	return wv_search_run(f->search, WV_SQL_PAGE_PUT, err);
}

static enum wv_status source_name(struct wv_follow *f, uint32_t number, struct wv_slice *name,
                                  struct wv_err *err)
{
	for (int again = 0; number && again < 2; again++) {
		enum wv_status st;

		for (size_t i = 0; i < f->source_count; i++)
			if (f->sources[i].number == number) {
				*name = f->sources[i].name;
				return WV_OK;
			}
		wv_arena_reset(f->source_arena);
		f->source_count = 0;
		st = wv_store_sources(f->txn, f->source_arena, &f->sources, &f->source_count, err);
		if (st != WV_OK)
			return st;
	}
	*name = WV_SLICE_NONE;
	return WV_OK;
}

/* WV_BAD_INPUT: the article is no longer in the archive, so nothing was read. */
static enum wv_status make_doc(struct wv_follow *f, const struct wv_reading *reading,
                               struct wv_slice source, struct wv_search_doc *doc,
                               struct wv_err *err)
{
	struct wv_article article;
	enum wv_status st = wv_store_article(f->txn, f->arena, reading, &article, err);

	if (st == WV_NO)
		return WV_BAD_INPUT;
	if (st == WV_OK)
		st = wv_search_doc_of(f->search, &article, source, &f->words, doc, err);
	wv_arena_reset(f->search->scratch);
	if (st == WV_OK && doc->is_new)
		f->bytes += doc->text_bytes;
	return st;
}

static struct wv_span span_of(const struct wv_follow *f, const struct wv_follow_page *page,
                              const struct wv_search_doc *doc, int64_t from)
{
	/* A stated time that lies after the capture is none. */
	bool is_stated = doc->has_published && doc->published <= from;

	return (struct wv_span){
		.text = doc->text,
		.page = (uint32_t)page->number,
		.meta = doc->meta,
		.flags = is_stated ? WV_SPAN_PUBLISHED : 0,
		.from = from,
		.to = WV_SPAN_OPEN,
		.known_from = f->known,
		.known_to = WV_SPAN_OPEN,
		.when = is_stated ? doc->published : page->first_seen,
	};
}

static bool says_the_same(const struct wv_span *a, const struct wv_span *b)
{
	return a->text == b->text && a->meta == b->meta && a->flags == b->flags &&
	       a->when == b->when;
}

static struct wv_span *last_of(const struct wv_buf *spans)
{
	return spans->n ? (struct wv_span *)(void *)(spans->p + spans->n - sizeof(struct wv_span))
	                : NULL;
}

/* From `at` on the page says `doc`; NULL: nothing that was read. */
static void say(const struct wv_follow *f, struct wv_follow_page *page, struct wv_buf *spans,
                const struct wv_search_doc *doc, int64_t at)
{
	struct wv_span *last = last_of(spans), next;

	if (doc && page->first_seen == INT64_MAX)
		page->first_seen = at;
	if (last && last->to == WV_SPAN_OPEN) {
		if (doc) {
			next = span_of(f, page, doc, last->from);
			if (says_the_same(last, &next))
				return;
		}
		last->to = at;
		last->known_from = f->known;
		if (last->from == at)
			spans->n -= sizeof next;
	}
	if (!doc)
		return;
	next = span_of(f, page, doc, at);
	wv_buf_add_bytes(spans, &next, sizeof next);
}

/* What stories are told from (stories.h): a text that the page did not have from then on before. */
static enum wv_status tell(struct wv_follow *f, const struct wv_follow_page *page,
                           const struct wv_span *span, struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st;

	for (size_t i = 0; i < page->count; i++)
		if (page->open[i].from == span->from && says_the_same(&page->open[i], span))
			return WV_OK;
	st = wv_search_sql(f->search, WV_SQL_TELL_ADD, &sql, err);
	if (st != WV_OK)
		return st;
	sqlite3_bind_int64(sql, 1, span->page);
	sqlite3_bind_int64(sql, 2, span->text);
	sqlite3_bind_int64(sql, 3, span->from);
	sqlite3_bind_int64(sql, 4, span->known_from);
	return wv_search_run(f->search, WV_SQL_TELL_ADD, err);
}

/* The page's open spans become `spans`; what is in both stays as it was known. */
static enum wv_status replace(struct wv_follow *f, struct wv_follow_page *page,
                              const struct wv_buf *spans, struct wv_err *err)
{
	struct wv_span *now = (struct wv_span *)(void *)spans->p;
	size_t i = 0, k = 0, count = spans->n / sizeof *now;
	enum wv_status st = wv_buf_finish(spans, "spans of a page", err);

	while (st == WV_OK && (i < page->count || k < count)) {
		struct wv_span *old = i < page->count ? &page->open[i] : NULL;
		struct wv_span *new = k < count ? &now[k] : NULL;

		if (old && new && old->from == new->from && old->to == new->to &&
		    says_the_same(old, new)) {
			new->known_from = old->known_from;
			i++;
			k++;
		} else if (old && (!new || old->from <= new->from)) {
			st = wv_chunks_close(f->search, old, f->known, err);
			i++;
		} else {
			st = wv_chunks_add(f->search, new, err);
			if (st == WV_OK)
				st = tell(f, page, new, err);
			k++;
		}
	}
	page->open = now;
	page->count = count;
	return st == WV_OK ? save_page(f, page, err) : st;
}

/* Readings of captures in a row are mostly of one article record: read once. */
struct last_doc {
	bool is_set;
	struct wv_digest record;
	struct wv_slice source;
	struct wv_search_doc doc;
};

/* What a capture that stands says; WV_NO: it was not read. */
static enum wv_status doc_of(struct wv_follow *f, const struct wv_capture *capture,
                             struct last_doc *last, struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st = wv_store_reading(f->txn, f->arena, capture,
	                                     (struct wv_time){f->known}, &reading, err);

	if (st != WV_OK)
		return st;
	if (last->is_set && wv_digest_equals(&last->record, &reading.record) &&
	    wv_slice_equals(last->source, capture->source))
		return WV_OK;
	st = make_doc(f, &reading, capture->source, &last->doc, err);
	if (st == WV_BAD_INPUT)
		return WV_NO;
	last->record = reading.record;
	last->source = wv_arena_copy(f->arena, capture->source);
	last->is_set = st == WV_OK;
	return st;
}

/* The whole timeline as known at f->known, from the page's captures. */
static enum wv_status derive(struct wv_follow *f, struct wv_follow_page *page, struct wv_buf *spans,
                             struct wv_err *err)
{
	const struct wv_captures_query all = {.page = page->number,
	                                      .from = WV_TIME_NONE,
	                                      .to = WV_TIME_NONE,
	                                      .known_at = {f->known},
	                                      .sees_all = true}; /* taken down: see rank.h */
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct last_doc last = {0};
	struct wv_capture capture;
	enum wv_status st = wv_captures_begin(f->txn, &all, &captures, err);

	page->first_seen = INT64_MAX;
	page->newest = INT64_MIN;
	while (st == WV_OK) {
		st = wv_captures_next(captures, f->arena, &capture, err);
		if (st != WV_OK || !wv_capture_stands(&capture))
			continue;
		page->newest = capture.captured.us;
		st = doc_of(f, &capture, &last, err);
		if (st == WV_OK || st == WV_NO) {
			say(f, page, spans, st == WV_OK ? &last.doc : NULL, capture.captured.us);
			st = WV_OK;
		}
	}
	/* Whose record it was is asked anew by the next capture. */
	memset(page->record, 0, sizeof page->record);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_follow_derive(struct wv_follow *f, uint64_t number, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf spans = {.cap = WV_FOLLOW_ARENA_CAP};
	struct wv_follow_page page;
	enum wv_status st;

	for (size_t i = 0; i < f->done_count; i++)
		if (f->done[i] == number)
			return WV_OK;
	if (f->done_count == f->done_room) {
		size_t room = f->done_room ? f->done_room * 2 : 64;
		uint64_t *larger = realloc(f->done, room * sizeof *larger);

		if (!larger)
			return no_memory(err);
		f->done = larger;
		f->done_room = room;
	}
	f->done[f->done_count++] = number;
	st = wv_follow_load_page(f, number, &page, err);
	if (st == WV_OK)
		st = derive(f, &page, &spans, err);
	return st == WV_OK ? replace(f, &page, &spans, err) : st;
}

enum wv_status wv_follow_append(struct wv_follow *f, struct wv_follow_page *page,
                                struct wv_capture *capture, uint32_t source, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf spans = {.cap = WV_FOLLOW_ARENA_CAP};
	struct wv_reading reading;
	struct wv_search_doc doc;
	enum wv_status got = wv_store_reading(f->txn, f->arena, capture,
	                                      (struct wv_time){f->known}, &reading, err);
	enum wv_status st = got == WV_NO ? WV_OK : got;
	bool is_same = got == WV_OK && page->source == source &&
	               memcmp(page->record, reading.record.b, sizeof page->record) == 0;

	if (st != WV_OK)
		return st;
	page->newest = capture->captured.us;
	if (is_same)
		return save_page(f, page, err);
	page->source = source;
	memset(page->record, 0, sizeof page->record);
	if (got == WV_OK) {
		st = source_name(f, source, &capture->source, err);
		if (st == WV_OK)
			st = make_doc(f, &reading, capture->source, &doc, err);
		if (st == WV_OK)
			memcpy(page->record, reading.record.b, sizeof page->record);
	}
	if (st == WV_BAD_INPUT)
		got = WV_NO;
	else if (st != WV_OK)
		return st;
	wv_buf_add_bytes(&spans, page->open, page->count * sizeof *page->open);
	say(f, page, &spans, got == WV_OK ? &doc : NULL, capture->captured.us);
	return replace(f, page, &spans, err);
}
