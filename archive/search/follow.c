#include "archive/search/index.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "archive/search/index_inner.h"
#include "archive/search/texts.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "archive/store/record.h"
#include "config/base/limits.h"

/*
 * What the archive has committed, applied in the order in which it was recorded: leaves by their
 * number, and readings that came after their leaf (extracting anew, or later) by their own
 * instant. At each the page's timeline as known then is compared with the one before.
 */
#define EVENTS_A_TRANSACTION 1000u
#define BYTES_A_TRANSACTION  (4u * WV_MIB)
#define ARENA_CAP            (256u * WV_MIB)
#define LEAVES_A_SNAPSHOT    256u /* an LMDB reader pins old pages: not for long */

/* A reading recorded later than its capture. */
struct late {
	int64_t recorded;
	uint64_t leaf;
};

/* pages.row: i64 first_seen, newest | 16 bytes record | u32 source | spans still open. */
struct page {
	uint64_t number;
	int64_t first_seen; /* captured time of the first that stands and was read */
	int64_t newest;     /* no capture that stands is newer */
	unsigned char record[16]; /* begin of the digest of the newest one's article record */
	uint32_t source;
	struct wv_span *open; /* in order of captured time */
	size_t count;
};

struct follow {
	struct wv_search *search;
	struct wv_store *store;
	struct wv_txn *txn;
	struct wv_arena *arena; /* of one event */
	struct wv_search_words words;
	struct late *late; /* a heap, earliest first */
	size_t late_count, late_room;
	uint64_t next_leaf, end_leaf, rows, events, bytes;
	int64_t known; /* recorded instant of the event at hand */
	int64_t bound; /* what was recorded later is left to the next round */
	uint64_t *done; /* pages whose timeline was derived anew at `known` */
	size_t done_count, done_room;
	struct wv_source_totals *sources;
	size_t source_count;
	struct wv_arena *source_arena;
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory for the search index");
}

/* --- late readings --- */

static bool is_earlier(const struct late *a, const struct late *b)
{
	return a->recorded != b->recorded ? a->recorded < b->recorded : a->leaf < b->leaf;
}

static enum wv_status push_late(struct follow *f, struct late late, struct wv_err *err)
{
	size_t at = f->late_count;

	if (f->late_count == f->late_room) {
		size_t room = f->late_room ? f->late_room * 2 : 256;
		struct late *larger = realloc(f->late, room * sizeof *larger);

		if (!larger)
			return no_memory(err);
		f->late = larger;
		f->late_room = room;
	}
	f->late_count++;
	for (; at > 0 && is_earlier(&late, &f->late[(at - 1) / 2]); at = (at - 1) / 2)
		f->late[at] = f->late[(at - 1) / 2];
	f->late[at] = late;
	return WV_OK;
}

static struct late pop_late(struct follow *f)
{
	struct late first = f->late[0], last = f->late[--f->late_count];
	size_t at = 0;

	for (;;) {
		size_t child = at * 2 + 1;

		if (child + 1 < f->late_count && is_earlier(&f->late[child + 1], &f->late[child]))
			child++;
		if (child >= f->late_count || !is_earlier(&f->late[child], &last))
			break;
		f->late[at] = f->late[child];
		at = child;
	}
	f->late[at] = last;
	return first;
}

/* Rows of articles from `leaf` up to before `end`: those recorded above `known` are late. */
static enum wv_status walk_rows(struct follow *f, uint64_t leaf, uint64_t end, int64_t known,
                                uint64_t *in_time, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char from[WV_KEY_ARTICLE_BYTES];
	struct wv_slice key, value;
	enum wv_status st = wv_walk_begin(f->txn, WV_TABLE_ARTICLES, &walk, err);

	wv_key_of_article(leaf, 0, from);
	if (st == WV_OK)
		st = wv_walk_seek(walk, wv_slice(from, sizeof from), &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_article_row row;
		struct late late;

		if (key.n != WV_KEY_ARTICLE_BYTES || !wv_record_article_row_decode(value, &row))
			return wv_err_set(err, WV_DAMAGED, "an article row does not decode");
		late = (struct late){row.recorded.us, wv_load_u64_be(key.p)};
		if (late.leaf >= end)
			return WV_OK;
		if (late.recorded <= known)
			++*in_time;
		if (late.recorded <= known || late.recorded > f->bound)
			continue;
		st = push_late(f, late, err);
		if (st != WV_OK)
			return st;
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- a page's row --- */

#define PAGE_HEAD 36u

static enum wv_status load_page(struct follow *f, uint64_t number, struct page *page,
                                struct wv_err *err)
{
	struct sqlite3_stmt *sql = NULL;
	enum wv_status st = wv_search_sql(f->search, WV_SQL_PAGE_GET, &sql, err);
	int code;

	*page = (struct page){.number = number, .first_seen = INT64_MAX, .newest = INT64_MIN};
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

static enum wv_status save_page(struct follow *f, const struct page *page, struct wv_err *err)
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

/* --- readings --- */

static enum wv_status source_name(struct follow *f, uint32_t number, struct wv_slice *name,
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
static enum wv_status make_doc(struct follow *f, const struct wv_reading *reading,
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

/* --- the timeline: spans in order of captured time --- */

static struct wv_span span_of(const struct follow *f, const struct page *page,
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
static void say(const struct follow *f, struct page *page, struct wv_buf *spans,
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
static enum wv_status tell(struct follow *f, const struct page *page, const struct wv_span *span,
                           struct wv_err *err)
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
static enum wv_status replace(struct follow *f, struct page *page, const struct wv_buf *spans,
                              struct wv_err *err)
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
static enum wv_status doc_of(struct follow *f, const struct wv_capture *capture,
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
static enum wv_status derive(struct follow *f, struct page *page, struct wv_buf *spans,
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

/* Once a page and instant: it takes in all that was recorded then. */
static enum wv_status derive_once(struct follow *f, uint64_t number, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf spans = {.cap = ARENA_CAP};
	struct page page;
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
	st = load_page(f, number, &page, err);
	if (st == WV_OK)
		st = derive(f, &page, &spans, err);
	return st == WV_OK ? replace(f, &page, &spans, err) : st;
}

/* The ordinary case: a capture that is the page's newest. */
static enum wv_status append(struct follow *f, struct page *page, struct wv_capture *capture,
                             uint32_t source, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf spans = {.cap = ARENA_CAP};
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

/* --- events --- */

static void step_to(struct follow *f, int64_t known)
{
	if (f->known != known)
		f->done_count = 0;
	f->known = known;
	f->events++;
	wv_arena_reset(f->arena);
}

static enum wv_status apply_late(struct follow *f, struct wv_err *err)
{
	struct late late = pop_late(f);
	struct wv_leaf_row row;
	enum wv_status st;

	step_to(f, late.recorded);
	f->rows++;
	st = wv_leaf_get(f->txn, late.leaf, &row, err);
	if (st == WV_NO || (st == WV_OK && row.is_erased))
		return WV_OK;
	return st == WV_OK ? derive_once(f, row.page, err) : st;
}

static enum wv_status apply_leaf(struct follow *f, const struct wv_capture_key *key,
                                 struct wv_capture *capture, uint32_t source, struct wv_err *err)
{
	struct page page;
	enum wv_status st;

	step_to(f, capture->recorded.us);
	st = walk_rows(f, key->id, key->id + 1, f->known, &f->rows, err);
	if (st == WV_OK)
		st = wv_capture_overlay(f->txn, capture->recorded, capture, err);
	if (st != WV_OK || !wv_capture_stands(capture))
		return st;
	st = load_page(f, key->page, &page, err);
	if (st != WV_OK)
		return st;
	return capture->captured.us >= page.newest ? append(f, &page, capture, source, err)
	                                           : derive_once(f, key->page, err);
}

/*
 * The next event. WV_NO: there is none; WV_BOUND: none that was recorded at the same instant as
 * the one before, which is where a transaction may end.
 */
static enum wv_status next_event(struct follow *f, bool may_go_on, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	struct wv_capture capture = {0};
	struct wv_capture_key key;
	struct wv_slice value;
	enum wv_status st = WV_NO;
	int64_t recorded = INT64_MAX;

	while (f->next_leaf < f->end_leaf && st == WV_NO) {
		st = wv_capture_row_get(f->txn, f->next_leaf, &key, &value, err);
		f->next_leaf += st == WV_NO; /* erased */
	}
	if (st == WV_OK)
		st = wv_record_capture_peek(&key, value, &context, &capture, err);
	if (st == WV_OK)
		recorded = capture.recorded.us;
	if (st != WV_OK && st != WV_NO)
		return st;
	if (f->late_count && f->late[0].recorded < recorded) {
		if (!may_go_on && f->late[0].recorded != f->known)
			return WV_BOUND;
		return apply_late(f, err);
	}
	if (st == WV_NO)
		return WV_NO;
	if (!may_go_on && recorded != f->known)
		return WV_BOUND;
	f->next_leaf++;
	return apply_leaf(f, &key, &capture, context.source, err);
}

/* --- transactions --- */

/* Readings that older leaves got since. */
static enum wv_status find_late(struct follow *f, uint64_t rows, struct wv_err *err)
{
	int64_t bound = f->bound;
	uint64_t newer = 0, in_time = 0;
	enum wv_status st;

	f->late_count = 0;
	f->bound = INT64_MIN; /* only count */
	st = walk_rows(f, f->next_leaf, UINT64_MAX, INT64_MAX, &newer, err);
	f->bound = bound;
	if (st == WV_OK && f->rows + newer < rows)
		st = walk_rows(f, 0, f->next_leaf, f->known, &in_time, err);
	return st;
}

static enum wv_status save_state(struct follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	enum wv_status st = wv_chunks_flush(search, err);

	if (st == WV_OK)
		st = wv_search_put(search, "next_leaf", (int64_t)f->next_leaf, err);
	if (st == WV_OK)
		st = wv_search_put(search, "article_rows", (int64_t)f->rows, err);
	if (st == WV_OK)
		st = wv_search_put(search, "known", f->known, err);
	if (st == WV_OK)
		st = wv_search_run(search, WV_SQL_COMMIT, err);
	if (st != WV_OK)
		return st;
	search->next_leaf = f->next_leaf;
	search->rows = f->rows;
	search->known = f->known;
	return WV_OK;
}

static enum wv_status renew(struct follow *f, struct wv_err *err)
{
	wv_txn_abort(&f->txn);
	return wv_store_begin_read(f->store, &f->txn, err);
}

/* Events until the transaction is full (WV_BOUND) or there are no more (WV_NO). */
static enum wv_status fill_transaction(struct follow *f, struct wv_err *err)
{
	uint64_t first = f->events;
	enum wv_status st = WV_OK;

	f->bytes = 0;
	while (st == WV_OK) {
		st = next_event(f,
		                f->events - first < EVENTS_A_TRANSACTION &&
		                        f->bytes < BYTES_A_TRANSACTION,
		                err);
		if (st == WV_OK && f->events % LEAVES_A_SNAPSHOT == 0)
			st = renew(f, err);
	}
	return st;
}

/* WV_CONFLICT: another process was here since this one last looked. */
static enum wv_status begin(struct follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	uint64_t leaf = search->next_leaf, rows = search->rows;
	int64_t known = search->known;
	enum wv_status st = wv_search_run(search, WV_SQL_BEGIN, err);

	if (st == WV_OK)
		st = wv_search_read_state(search, err);
	if (st == WV_OK && (leaf != search->next_leaf || rows != search->rows ||
	                    known != search->known))
		st = WV_CONFLICT;
	return st;
}

static void roll_back(struct wv_search *search)
{
	(void)sqlite3_exec(search->db, "ROLLBACK", NULL, NULL, NULL);
	wv_chunks_drop(search);
}

/* One transaction of a round; WV_BOUND: there is more. */
static enum wv_status transaction(struct follow *f, struct wv_err *err)
{
	const struct wv_search_options *o = &f->search->options;
	enum wv_status st, saved;

	if (o->stop && o->stop(o->stop_context))
		return WV_STOPPED;
	st = begin(f, err);
	if (st == WV_OK)
		st = fill_transaction(f, err);
	saved = st == WV_NO || st == WV_BOUND ? save_state(f, err) : st;
	if (saved != WV_OK)
		roll_back(f->search);
	else if (o->progress)
		o->progress(f->next_leaf, f->end_leaf, o->progress_context);
	return saved == WV_OK ? st : saved;
}

/* What there is to do, as one look at the archive shows it. WV_NO: nothing. */
static enum wv_status plan_round(struct follow *f, struct wv_err *err)
{
	struct wv_search *search = f->search;
	struct wv_state state;
	uint64_t rows = 0;
	enum wv_status st = renew(f, err);

	if (st == WV_OK)
		st = wv_state_get(f->txn, &state, err);
	if (st == WV_OK)
		st = wv_txn_count(f->txn, WV_TABLE_ARTICLES, &rows, err);
	if (st != WV_OK)
		return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "the archive has no state") : st;
	f->end_leaf = state.next_leaf;
	f->bound = state.totals.last_recorded.us;
	/* The index of another archive, or of one that lost something since. */
	if (search->next_leaf > f->end_leaf || search->rows > rows ||
	    search->known > f->bound)
		st = wv_search_clear(search, err);
	search->behind = f->end_leaf - search->next_leaf;
	f->next_leaf = search->next_leaf;
	f->rows = search->rows;
	f->known = search->known;
	/* Nothing to do needs no transaction, and no right to write. */
	if (st == WV_OK && f->next_leaf == f->end_leaf && f->rows == rows)
		return WV_NO;
	return st == WV_OK ? find_late(f, rows, err) : st;
}

static enum wv_status follow(struct follow *f, struct wv_err *err)
{
	for (;;) {
		enum wv_status st = plan_round(f, err);

		if (st == WV_NO && f->events >= EVENTS_A_TRANSACTION)
			wv_search_shrink(f->search);
		if (st == WV_NO)
			return WV_OK;
		if (st != WV_OK)
			return st;
		do {
			st = transaction(f, err);
		} while (st == WV_BOUND);
		if (st != WV_NO && st != WV_CONFLICT)
			return st;
	}
}

enum wv_status wv_search_follow(struct wv_search *search, struct wv_store *store,
                                struct wv_err *err)
{
	struct follow f = {.search = search, .store = store};
	struct wv_err why = WV_ERR_NONE;
	enum wv_status st = wv_arena_new(ARENA_CAP, &f.arena, err);

	if (st == WV_OK)
		st = wv_arena_new(WV_MIB, &f.source_arena, err);
	if (st == WV_OK)
		st = follow(&f, &why);
	wv_txn_abort(&f.txn);
	wv_arena_free(&f.arena);
	wv_arena_free(&f.source_arena);
	wv_search_words_done(&f.words);
	free(f.late);
	free(f.done);
	/* What is there answers, and says how far it is. */
	if (st == WV_PERM || st == WV_LOCKED)
		return WV_OK;
	if (st != WV_OK && why.status != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	return st;
}
