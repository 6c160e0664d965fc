/* TimeMaps: the mementos of a URL as a list, page by page. */
#include "archive/serve/memento.h"

#include "archive/view/address.h"
#include "config/base/json.h"
#include "config/base/limits.h"

#define SCRATCH_CAP (4u * WV_MIB)
#define WORK_US     (100 * WV_US_PER_MS)
#define CURSOR_DIGITS_MIN 10

/* "1717566303123456-42": captured in microseconds, ID; "-" stands before what was before 1970. */
struct cursor {
	int64_t us;
	uint64_t id;
};

static bool read_cursor(struct wv_slice text, struct cursor *out)
{
	bool is_before_1970 = wv_slice_starts(text, WV_LIT("-"));
	struct wv_slice digits = wv_slice_from(text, is_before_1970);
	size_t dash = wv_slice_find_byte(digits, '-', 0);
	uint64_t us;

	/* A name of a host may be of digits as well; one so long is none that anybody asks for. */
	if (dash == SIZE_MAX || dash < (size_t)CURSOR_DIGITS_MIN ||
	    !wv_slice_u64(wv_slice_part(digits, 0, dash), &us) || us > INT64_MAX ||
	    !wv_slice_u64(wv_slice_from(digits, dash + 1), &out->id))
		return false;
	out->us = is_before_1970 ? -(int64_t)us : (int64_t)us;
	return true;
}

static void add_cursor(struct wv_buf *out, const struct cursor *cursor)
{
	uint64_t us = cursor->us < 0 ? (uint64_t)-cursor->us : (uint64_t)cursor->us;

	wv_buf_add_format(out, "%s%0*llu-%llu/", cursor->us < 0 ? "-" : "", CURSOR_DIGITS_MIN,
	                  (unsigned long long)us, (unsigned long long)cursor->id);
}

struct wv_slice wv_timemap_cursor(struct wv_slice *rest)
{
	size_t slash = wv_slice_find_byte(*rest, '/', 0);
	struct wv_slice text;
	struct cursor cursor;

	if (slash == SIZE_MAX)
		return WV_SLICE_NONE;
	text = wv_slice_part(*rest, 0, slash);
	if (!read_cursor(text, &cursor))
		return WV_SLICE_NONE;
	*rest = wv_slice_from(*rest, slash + 1);
	return text;
}

/* What is listed of a memento; the rest of its capture is read anew. */
struct row {
	uint64_t id;
	struct wv_time captured;
	struct wv_slice url; /* in the visit's arena */
};

struct list {
	struct row *rows;
	size_t count;
	struct cursor next; /* id and us of the first one of the next page ... */
	bool has_next;      /* ... where there is one */
	struct wv_capture first, last; /* of all pages */
};

/* The one that shares address and second with the row before stands for both. */
static bool replaces(const struct list *list, const struct wv_capture *capture)
{
	const struct row *before = list->count ? &list->rows[list->count - 1] : NULL;

	return before && wv_memento_second(before->captured).us == wv_memento_second(capture->captured).us &&
	       wv_slice_equals(before->url, capture->url);
}

static void add_row(struct list *list, const struct wv_capture *capture, struct wv_arena *arena)
{
	struct row *row = &list->rows[replaces(list, capture) ? list->count - 1 : list->count++];
	struct wv_slice before = list->count > 1 ? list->rows[list->count - 2].url : WV_SLICE_NONE;

	row->id = capture->id;
	row->captured = capture->captured;
	/* Mostly they are one spelling. */
	row->url = wv_slice_equals(before, capture->url) ? before : wv_arena_copy(arena, capture->url);
}

static enum wv_status gather(const struct wv_visit *visit, const struct wv_clock *clock,
                             const struct wv_original *original, const struct cursor *from,
                             struct list *list, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {
		.page = original->page,
		.url = original->spelling,
		.from = from ? (struct wv_time){from->us} : WV_TIME_NONE,
		.to = wv_memento_until(visit, WV_TIME_NONE),
		.known_at = visit->known_at,
		.now = visit->now};
	int64_t ends_us = wv_clock_mono(clock).us + WORK_US;
	struct wv_capture capture;
	size_t seen = 0;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = wv_captures_begin(visit->txn, &query, &captures, err);
	while (st == WV_OK) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		if (!wv_memento_is(&capture) ||
		    (from && capture.captured.us == from->us && capture.id < from->id))
			continue;
		if (!replaces(list, &capture) &&
		    (list->count == WV_TIMEMAP_PAGE_MEMENTOS ||
		     (++seen % 64 == 0 && wv_clock_mono(clock).us > ends_us))) {
			list->has_next = true;
			list->next = (struct cursor){capture.captured.us, capture.id};
			return WV_OK;
		}
		add_row(list, &capture, visit->arena);
	}
	return st == WV_NO ? WV_OK : st;
}

/* --- what all forms say --- */

struct print {
	const struct wv_visit *visit;
	struct wv_slice host;
	const struct wv_original *original;
	struct wv_slice cursor;
	const struct list *list;
	struct wv_buf *out;
};

static const char *const names[] = {"link", "json", "cdxj"};

static void add_self(const struct print *p, struct wv_buf *out, enum wv_timemap_form form,
                     const struct cursor *cursor)
{
	wv_buf_add(out, p->host);
	wv_buf_add_format(out, "/timemap/%s/", names[form]);
	wv_address_add_segment(out, p->visit);
	if (cursor)
		add_cursor(out, cursor);
	wv_memento_add_uri(out, p->original->url);
}

static void add_own(const struct print *p, struct wv_buf *out, enum wv_timemap_form form)
{
	struct cursor own;

	add_self(p, out, form, read_cursor(p->cursor, &own) ? &own : NULL);
}

static void add_memento(const struct print *p, struct wv_buf *out, const struct row *row)
{
	wv_memento_add_address(out, p->visit, p->host, row->captured, "", row->url);
}

static bool is_in_second(const struct row *row, const struct wv_capture *capture)
{
	return wv_memento_second(row->captured).us == wv_memento_second(capture->captured).us &&
	       wv_slice_equals(row->url, capture->url);
}

/* --- link-format --- */

static void print_link(const struct print *p)
{
	const struct list *list = p->list;
	struct wv_buf *out = p->out;
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add_byte(out, '<');
	wv_memento_add_uri(out, p->original->url);
	wv_buf_add_string(out, ">; rel=\"original\",\n<");
	add_own(p, out, WV_TIMEMAP_LINK);
	wv_buf_add_format(out, ">; rel=\"self\"; type=\"application/link-format\"; from=\"%s\"",
	                  wv_time_print_http(list->rows[0].captured, text));
	wv_buf_add_format(out, "; until=\"%s\",\n<",
	                  wv_time_print_http(list->rows[list->count - 1].captured, text));
	wv_buf_add(out, p->host);
	wv_buf_add_string(out, "/timegate/");
	wv_address_add_segment(out, p->visit);
	wv_memento_add_uri(out, p->original->url);
	wv_buf_add_string(out, ">; rel=\"timegate\"");
	if (list->has_next) {
		wv_buf_add_string(out, ",\n<");
		add_self(p, out, WV_TIMEMAP_LINK, &list->next);
		wv_buf_add_string(out, ">; rel=\"timemap\"; type=\"application/link-format\"");
		wv_buf_add_format(out, "; from=\"%s\"",
		                  wv_time_print_http((struct wv_time){list->next.us}, text));
	}
	for (size_t i = 0; i < list->count; i++) {
		wv_buf_add_string(out, ",\n<");
		add_memento(p, out, &list->rows[i]);
		wv_buf_add_format(out, ">; rel=\"%s%smemento\"; datetime=\"%s\"",
		                  is_in_second(&list->rows[i], &list->first) ? "first " : "",
		                  is_in_second(&list->rows[i], &list->last) ? "last " : "",
		                  wv_time_print_http(list->rows[i].captured, text));
	}
	wv_buf_add_byte(out, '\n');
}

/* --- JSON --- */

static void json_uri(struct wv_json_writer *w, const char *key, const struct print *p,
                     void (*add)(const struct print *, struct wv_buf *, const struct row *),
                     const struct row *row)
{
	WV_AUTO(wv_buf_done) struct wv_buf uri = {.cap = 8 * WV_LIMIT_URL_BYTES};

	add(p, &uri, row);
	wv_json_string(w, key, wv_buf_slice(&uri));
}

static void add_timegate(const struct print *p, struct wv_buf *out, const struct row *row)
{
	(void)row;
	wv_buf_add(out, p->host);
	wv_buf_add_string(out, "/timegate/");
	wv_address_add_segment(out, p->visit);
	wv_memento_add_uri(out, p->original->url);
}

static void add_self_json(const struct print *p, struct wv_buf *out, const struct row *row)
{
	(void)row;
	add_own(p, out, WV_TIMEMAP_JSON);
}

static void add_next_json(const struct print *p, struct wv_buf *out, const struct row *row)
{
	(void)row;
	add_self(p, out, WV_TIMEMAP_JSON, &p->list->next);
}

static void json_memento(struct wv_json_writer *w, const char *key, const struct print *p,
                         const struct row *row)
{
	wv_json_open_object(w, key);
	wv_json_time(w, "datetime", wv_memento_second(row->captured));
	json_uri(w, "uri", p, add_memento, row);
	wv_json_u64(w, "id", row->id);
	wv_json_close(w);
}

static void print_json(const struct print *p)
{
	static const char *const keys[] = {"link_format", "json_format", "cdxj_format"};
	const struct list *list = p->list;
	const struct row first = {list->first.id, list->first.captured, list->first.url};
	const struct row last = {list->last.id, list->last.captured, list->last.url};
	struct wv_json_writer w;

	wv_json_begin(&w, p->out);
	wv_json_open_object(&w, NULL);
	wv_json_string(&w, "original_uri", p->original->url);
	json_uri(&w, "self", p, add_self_json, NULL);
	wv_json_open_object(&w, "mementos");
	json_memento(&w, "first", p, &first);
	json_memento(&w, "last", p, &last);
	wv_json_open_array(&w, "list");
	for (size_t i = 0; i < list->count; i++)
		json_memento(&w, NULL, p, &list->rows[i]);
	wv_json_close(&w);
	wv_json_close(&w);
	if (list->has_next)
		json_uri(&w, "next", p, add_next_json, NULL);
	json_uri(&w, "timegate_uri", p, add_timegate, NULL);
	wv_json_open_object(&w, "timemap_uri");
	for (int form = 0; form < (int)WV_COUNT(keys); form++) {
		WV_AUTO(wv_buf_done) struct wv_buf uri = {.cap = 8 * WV_LIMIT_URL_BYTES};

		add_self(p, &uri, (enum wv_timemap_form)form, NULL);
		wv_json_string(&w, keys[form], wv_buf_slice(&uri));
	}
	wv_json_close(&w);
	wv_json_close(&w);
	wv_buf_add_byte(p->out, '\n');
}

/* --- CDXJ --- */

static enum wv_status print_cdxj(const struct print *p, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);
	char text[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < p->list->count && st == WV_OK; i++) {
		const struct row *row = &p->list->rows[i];
		struct wv_capture capture;
		struct wv_json_writer w;

		wv_arena_reset(scratch);
		st = wv_store_capture(p->visit->txn, scratch, row->id, p->visit->known_at, &capture, err);
		if (st != WV_OK)
			break;
		wv_memento_add_key(p->out, p->original->key);
		wv_buf_add_format(p->out, " %s ", wv_time_print_14(row->captured, text));
		wv_json_begin(&w, p->out);
		wv_json_open_object(&w, NULL);
		wv_json_string(&w, "url", row->url);
		json_uri(&w, "uri", p, add_memento, row);
		wv_json_string(&w, "rel", is_in_second(row, &p->list->first) ? WV_LIT("first memento")
		                          : is_in_second(row, &p->list->last) ? WV_LIT("last memento")
		                                                              : WV_LIT("memento"));
		wv_json_string(&w, "datetime", wv_slice_of(wv_time_print_http(row->captured, text)));
		wv_json_string(&w, "mime", capture.mime);
		wv_json_int(&w, "status", capture.status);
		if (capture.has_body)
			wv_json_digest(&w, "digest", &capture.body);
		wv_json_u64(&w, "id", row->id);
		wv_json_close(&w);
		wv_buf_add_byte(p->out, '\n');
	}
	if (st == WV_OK && p->list->has_next) {
		wv_buf_add_string(p->out, "!next ");
		add_self(p, p->out, WV_TIMEMAP_CDXJ, &p->list->next);
		wv_buf_add_byte(p->out, '\n');
	}
	return st;
}

enum wv_status wv_timemap(const struct wv_visit *visit, const struct wv_clock *clock,
                          struct wv_slice host, enum wv_timemap_form form, struct wv_slice cursor,
                          const struct wv_original *original, struct wv_buf *out,
                          struct wv_err *err)
{
	struct list list = {.rows = WV_ARENA_ARRAY(visit->arena, struct row, WV_TIMEMAP_PAGE_MEMENTOS)};
	const struct print print = {visit, host, original, cursor, &list, out};
	struct cursor from;
	enum wv_status st;

	if (!list.rows)
		return wv_err_set(err, WV_NOMEM, "out of memory for a TimeMap");
	st = wv_memento_find(visit, original, WV_MEMENTO_FIRST, WV_TIME_NONE, &list.first, err);
	if (st == WV_OK)
		st = wv_memento_find(visit, original, WV_MEMENTO_LAST, WV_TIME_NONE, &list.last, err);
	if (st == WV_OK)
		st = gather(visit, clock, original, read_cursor(cursor, &from) ? &from : NULL, &list, err);
	if (st == WV_OK && !list.count)
		st = WV_NO;
	if (st != WV_OK)
		return st;
	if (form == WV_TIMEMAP_LINK)
		print_link(&print);
	else if (form == WV_TIMEMAP_JSON)
		print_json(&print);
	else
		st = print_cdxj(&print, err);
	return st == WV_OK ? wv_buf_finish(out, "TimeMap", err) : st;
}
