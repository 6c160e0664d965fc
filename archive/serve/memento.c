#include "archive/serve/memento.h"

#include "archive/view/address.h"
#include "config/base/limits.h"
#include "config/url.h"

#define SCRATCH_CAP (4u * WV_MIB)
#define LINK_CAP    (8u * WV_KIB) /* beyond it the neighbours are left out */

/* --- the URL --- */

static bool has_scheme(struct wv_slice text)
{
	return wv_slice_starts_nocase(text, WV_LIT("http:")) ||
	       wv_slice_starts_nocase(text, WV_LIT("https:"));
}

/* "ftp://host": said to be none of the web, not a host of this name. */
static bool is_of_other_scheme(struct wv_slice text)
{
	size_t colon = wv_slice_find(text, WV_LIT(":/"), 0);

	for (size_t i = 0; colon != SIZE_MAX && i < colon; i++)
		if (!wv_byte_is_alnum(text.p[i]) && text.p[i] != '+' && text.p[i] != '-')
			return false;
	return colon != SIZE_MAX && !has_scheme(text);
}

static void add_decoded(struct wv_buf *out, struct wv_slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = text.p[i] == '%' && text.n - i > 2 ? wv_byte_hex(text.p[i + 1]) : -1;
		int low = high >= 0 ? wv_byte_hex(text.p[i + 2]) : -1;

		if (low >= 0) {
			wv_buf_add_byte(out, (unsigned char)(high << 4 | low));
			i += 2;
		} else {
			wv_buf_add_byte(out, text.p[i]);
		}
	}
}

/* Puts back what clients and proxies take off a URL inside of a path. */
static void mend(struct wv_slice rest, struct wv_buf *out)
{
	size_t colon;

	if (wv_slice_starts_nocase(rest, WV_LIT("http%3A")) ||
	    wv_slice_starts_nocase(rest, WV_LIT("https%3A")))
		add_decoded(out, rest);
	else
		wv_buf_add(out, rest);
	if (is_of_other_scheme(wv_buf_slice(out)))
		return;
	if (!has_scheme(wv_buf_slice(out))) {
		WV_AUTO(wv_buf_done) struct wv_buf plain = {.cap = out->cap};

		wv_buf_add_string(&plain, "http://");
		wv_buf_add(&plain, wv_buf_slice(out));
		wv_buf_reset(out);
		wv_buf_add(out, wv_buf_slice(&plain));
		return;
	}
	colon = wv_slice_find_byte(wv_buf_slice(out), ':', 0);
	if (!wv_slice_starts(wv_slice_from(wv_buf_slice(out), colon), WV_LIT("://"))) {
		WV_AUTO(wv_buf_done) struct wv_buf behind = {.cap = out->cap};
		size_t at = colon + 1 + wv_slice_starts(wv_slice_from(wv_buf_slice(out), colon + 1), WV_LIT("/"));

		wv_buf_add(&behind, wv_slice_from(wv_buf_slice(out), at));
		out->n = colon + 1;
		wv_buf_add_string(out, "//");
		wv_buf_add(out, wv_buf_slice(&behind));
	}
}

enum wv_status wv_original_parse(struct wv_arena *arena, struct wv_slice rest,
                                 struct wv_slice query, struct wv_original *out,
                                 struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = 4 * WV_LIMIT_URL_BYTES};
	struct wv_original found = {.is_known = false};
	struct wv_url url;
	enum wv_status st;

	if (!rest.n)
		return wv_err_set(err, WV_USAGE, "no URL behind the path");
	mend(rest, &text);
	if (query.n) {
		wv_buf_add_byte(&text, '?');
		wv_buf_add(&text, query);
	}
	st = wv_buf_finish(&text, "URL", err);
	if (st == WV_OK)
		st = wv_url_parse(arena, wv_buf_slice(&text), NULL, &url, err);
	if (st == WV_OK && !wv_url_is_web(&url))
		st = wv_err_set(err, WV_USAGE, "'%.*s' is no URL of the web", WV_FMT(rest));
	if (st == WV_OK)
		st = wv_url_request(arena, &url, &found.url, err);
	if (st == WV_OK)
		st = wv_url_page_key(arena, &url, &found.key, err);
	if (st == WV_LIMIT)
		st = WV_USAGE;
	if (st == WV_OK)
		*out = found;
	return st;
}

/* --- captures of it --- */

bool wv_memento_is(const struct wv_capture *c)
{
	if (c->status == 0)
		return false;
	return c->has_body || (c->flags & WV_CAPTURE_REDIRECT) || c->location.n ||
	       (c->status != 304 && !c->body_bytes && !(c->flags & WV_CAPTURE_NOARCHIVE));
}

struct wv_time wv_memento_second(struct wv_time t)
{
	if (wv_time_is_none(t))
		return t;
	return (struct wv_time){t.us - (t.us % WV_US_PER_S + WV_US_PER_S) % WV_US_PER_S};
}

struct range {
	struct wv_time from, to;
	bool is_backwards, sees_all;
};

struct wv_time wv_memento_until(const struct wv_visit *visit, struct wv_time to)
{
	if (wv_time_is_none(visit->at) || (!wv_time_is_none(to) && to.us < visit->at.us))
		return to;
	return visit->at;
}

/* The first one of a walk. */
static enum wv_status first_of(const struct wv_visit *visit, const struct wv_original *original,
                               const struct range *range, uint64_t *id, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	const struct wv_captures_query query = {.page = original->page,
	                                        .url = original->spelling,
	                                        .from = range->from,
	                                        .to = wv_memento_until(visit, range->to),
	                                        .known_at = visit->known_at,
	                                        .is_backwards = range->is_backwards,
	                                        .now = visit->now,
	                                        .sees_all = range->sees_all};
	struct wv_capture capture;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = wv_captures_begin(visit->txn, &query, &captures, err);
	while (st == WV_OK) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st == WV_OK && (range->sees_all || wv_memento_is(&capture))) {
			*id = capture.id;
			return WV_OK;
		}
	}
	return st;
}

enum wv_status wv_original_find(const struct wv_visit *visit, struct wv_original *out,
                                struct wv_err *err)
{
	const struct range all = {WV_TIME_NONE, WV_TIME_NONE, true, true};
	struct wv_original verbatim = *out;
	struct wv_page page;
	uint64_t id;
	enum wv_status st = wv_store_page_of_key(visit->txn, visit->arena, out->key, &page, err);

	if (st != WV_OK)
		return st == WV_NO ? WV_OK : st;
	out->is_known = true;
	out->page = verbatim.page = page.number;
	verbatim.spelling = out->url;
	/* Also where they were taken down: another spelling must not stand in for them. */
	st = first_of(visit, &verbatim, &all, &id, err);
	if (st == WV_OK)
		out->spelling = out->url;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status find_nearest(const struct wv_visit *visit,
                                   const struct wv_original *original, struct wv_time second,
                                   struct wv_capture *out, struct wv_err *err)
{
	struct wv_capture before, after;
	struct wv_time next = {second.us + WV_US_PER_S};
	enum wv_status st, later;

	st = wv_memento_find(visit, original, WV_MEMENTO_BEFORE, next, &before, err);
	if (st != WV_OK && st != WV_NO)
		return st;
	later = wv_memento_find(visit, original, WV_MEMENTO_AFTER, second, &after, err);
	if (later != WV_OK && later != WV_NO)
		return later;
	if (st == WV_NO && later == WV_NO)
		return WV_NO;
	if (later == WV_NO || (st == WV_OK && second.us - wv_memento_second(before.captured).us <=
	                                              wv_memento_second(after.captured).us - second.us))
		*out = before;
	else
		*out = after;
	return WV_OK;
}

enum wv_status wv_memento_find(const struct wv_visit *visit, const struct wv_original *original,
                               enum wv_memento_step step, struct wv_time when,
                               struct wv_capture *out, struct wv_err *err)
{
	struct range range = {.from = WV_TIME_NONE, .to = WV_TIME_NONE};
	struct wv_time second = wv_memento_second(when);
	uint64_t id;
	enum wv_status st;

	if (!original->is_known)
		return WV_NO;
	switch (step) {
	case WV_MEMENTO_FIRST:
		break;
	case WV_MEMENTO_LAST:
		range.is_backwards = true;
		break;
	case WV_MEMENTO_BEFORE:
		range.to.us = second.us - 1;
		range.is_backwards = true;
		break;
	case WV_MEMENTO_AFTER:
		range.from.us = second.us + WV_US_PER_S;
		break;
	case WV_MEMENTO_AT:
		range.from = second;
		range.to.us = second.us + WV_US_PER_S - 1;
		range.is_backwards = true;
		break;
	case WV_MEMENTO_NEAREST:
		return find_nearest(visit, original, second, out, err);
	}
	st = first_of(visit, original, &range, &id, err);
	return st == WV_OK ? wv_store_capture(visit->txn, visit->arena, id, visit->known_at, out, err)
	                   : st;
}

/* --- what was taken down --- */

static bool is_taken_down(const struct wv_fact *fact, struct wv_time now)
{
	return (fact->act == WV_ACT_HIDE || fact->act == WV_ACT_BLOCK || fact->act == WV_ACT_ERASE) &&
	       !fact->released_by && !wv_fact_is_over(fact, now);
}

/* An erased capture has no row any more: its time is in the register. */
static bool covers(const struct wv_fact *fact, struct wv_time second)
{
	if (!fact->is_of_capture)
		return true;
	if (wv_time_is_none(second))
		return true;
	return fact->act == WV_ACT_ERASE && !wv_time_is_none(fact->first) &&
	       wv_memento_second(fact->first).us == second.us;
}

enum wv_status wv_memento_refusal(const struct wv_visit *visit, const struct wv_original *original,
                                  struct wv_time when, struct wv_fact *out, struct wv_err *err)
{
	bool is_any = wv_time_is_none(when);
	struct wv_time second = is_any ? when : wv_memento_second(when);
	const struct range range = {second, is_any ? when : (struct wv_time){second.us + WV_US_PER_S - 1},
	                            true, true};
	struct wv_register_page facts;
	const struct wv_fact *gravest = NULL, *of_capture = NULL;
	uint64_t id;
	enum wv_status st =
		wv_register_of_page(visit->txn, visit->arena, original->key, &facts, err);

	if (st != WV_OK)
		return st;
	for (size_t i = 0; i < facts.count; i++) {
		const struct wv_fact *fact = &facts.facts[i];

		if (is_taken_down(fact, visit->now) && covers(fact, second) &&
		    (!gravest || fact->act > gravest->act))
			gravest = fact;
	}
	if (original->is_known && !is_any) {
		st = first_of(visit, original, &range, &id, err);
		if (st == WV_OK)
			of_capture = wv_register_refusal(&facts, id, visit->now);
		else if (st != WV_NO)
			return st;
	}
	if (of_capture && (!gravest || of_capture->act > gravest->act))
		gravest = of_capture;
	if (!gravest)
		return WV_NO;
	*out = *gravest;
	return WV_OK;
}

/* --- links --- */

void wv_memento_add_uri(struct wv_buf *out, struct wv_slice uri)
{
	for (size_t i = 0; i < uri.n; i++) {
		unsigned char c = uri.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '#')
			wv_buf_add_format(out, "%%%02X", c);
		else
			wv_buf_add_byte(out, c);
	}
}

#define KEY_PRINTED_BYTES 440u /* as wv_url_page_key cuts it */

void wv_memento_add_key(struct wv_buf *out, struct wv_slice key)
{
	struct wv_slice rest = wv_slice_from(key, KEY_PRINTED_BYTES);

	wv_buf_add(out, wv_slice_part(key, 0, KEY_PRINTED_BYTES));
	for (size_t i = 0; i < rest.n; i++)
		wv_buf_add_format(out, "%02x", rest.p[i]);
}

void wv_memento_add_address(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice host,
                            struct wv_time captured, const char *modifier, struct wv_slice url)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_add(out, host);
	wv_buf_add_string(out, "/web/");
	wv_address_add_segment(out, visit);
	wv_buf_add_format(out, "%s%s/", wv_time_print_14(captured, text), modifier);
	wv_memento_add_uri(out, url);
}

static void add_link(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice host,
                     const char *path, struct wv_slice url, const char *after)
{
	wv_buf_add_byte(out, '<');
	wv_buf_add(out, host);
	wv_buf_add_string(out, path);
	wv_address_add_segment(out, visit);
	wv_memento_add_uri(out, url);
	wv_buf_add_string(out, after);
}

struct related {
	struct wv_capture capture;
	bool is_there;
	const char *word;
};

static void add_mementos(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice host,
                         const struct related *all, size_t count)
{
	char text[WV_TIME_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		bool is_said = false;

		for (size_t j = 0; j < i; j++)
			is_said |= all[j].is_there && all[j].capture.id == all[i].capture.id;
		if (!all[i].is_there || is_said)
			continue;
		wv_buf_add_string(out, ", <");
		wv_memento_add_address(out, visit, host, all[i].capture.captured, "", all[i].capture.url);
		wv_buf_add_string(out, ">; rel=\"");
		for (size_t j = i; j < count; j++)
			if (all[j].is_there && all[j].capture.id == all[i].capture.id && all[j].word[0])
				wv_buf_add_format(out, "%s ", all[j].word);
		wv_buf_add_format(out, "memento\"; datetime=\"%s\"",
		                  wv_time_print_http(all[i].capture.captured, text));
	}
}

static enum wv_status find_related(const struct wv_visit *visit,
                                   const struct wv_original *original, enum wv_memento_step step,
                                   struct wv_time when, struct related *out, struct wv_err *err)
{
	enum wv_status st = wv_memento_find(visit, original, step, when, &out->capture, err);

	out->is_there = st == WV_OK;
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_memento_links(const struct wv_visit *visit, struct wv_slice host,
                                const struct wv_original *original,
                                const struct wv_capture *capture, bool has_mementos,
                                struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf mementos = {.cap = 16 * WV_LIMIT_URL_BYTES};
	struct related all[] = {{.word = "first"}, {.word = "prev"}, {.word = ""},
	                        {.word = "next"}, {.word = "last"}};
	struct wv_time when = capture ? capture->captured : WV_TIME_NONE;
	enum wv_status st;

	wv_buf_add_byte(out, '<');
	wv_memento_add_uri(out, capture ? capture->url : original->url);
	wv_buf_add_string(out, ">; rel=\"original\", ");
	add_link(out, visit, host, "/timegate/", original->url, ">; rel=\"timegate\", ");
	add_link(out, visit, host, "/timemap/link/", original->url,
	         ">; rel=\"timemap\"; type=\"application/link-format\"");
	if (!has_mementos)
		return wv_buf_finish(out, "links of a memento", err);
	st = find_related(visit, original, WV_MEMENTO_FIRST, when, &all[0], err);
	if (st == WV_OK)
		st = find_related(visit, original, WV_MEMENTO_LAST, when, &all[4], err);
	if (capture) {
		all[2] = (struct related){*capture, true, ""};
		if (st == WV_OK)
			st = find_related(visit, original, WV_MEMENTO_BEFORE, when, &all[1], err);
		if (st == WV_OK)
			st = find_related(visit, original, WV_MEMENTO_AFTER, when, &all[3], err);
	}
	if (st != WV_OK)
		return st;
	add_mementos(&mementos, visit, host, all, WV_COUNT(all));
	if (mementos.n <= LINK_CAP)
		wv_buf_add(out, wv_buf_slice(&mementos));
	return wv_buf_finish(out, "links of a memento", err);
}

#define RESERVED_BYTES  (3u * WV_KIB)
#define RESERVED_FIELDS 12u
