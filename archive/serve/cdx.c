#include "archive/serve/cdx.h"

#include <stdlib.h>

#include "config/base/json.h"
#include "config/base/limits.h"

#define SCRATCH_CAP   (4u * WV_MIB)
#define SLICE_US      (100 * WV_US_PER_MS) /* of one transaction */
#define WORK_US       (1 * WV_US_PER_S)    /* of one answer */
#define PAGES_AT_ONCE 256u
#define FILTERS_MAX   16u
#define FIELDS_MAX    16u
#define VALUE_BYTES   (4u * WV_LIMIT_URL_BYTES)

/* --- fields --- */

enum field {
	FIELD_URLKEY,
	FIELD_TIMESTAMP,
	FIELD_ORIGINAL,
	FIELD_MIMETYPE,
	FIELD_STATUSCODE,
	FIELD_DIGEST,
	FIELD_LENGTH,
	FIELD_REDIRECT,
	FIELD_VERDICT,
	FIELD_SOURCE,
	FIELD_ID,
	FIELD_COUNT
};
/* Those of CDXJ are other words for some. */
static const char *const names[FIELD_COUNT] = {"urlkey", "timestamp", "original", "mimetype",
                                               "statuscode", "digest", "length", "redirect",
                                               "verdict", "source", "id"};
static const char *const cdxj_names[FIELD_COUNT] = {"urlkey", "timestamp", "url", "mime", "status",
                                                    "digest", "length", "redirect", "verdict",
                                                    "source", "id"};
static const enum field usual[] = {FIELD_URLKEY, FIELD_TIMESTAMP, FIELD_ORIGINAL, FIELD_MIMETYPE,
                                   FIELD_STATUSCODE, FIELD_DIGEST, FIELD_LENGTH};

static bool find_field(struct wv_slice name, enum field *out)
{
	for (int i = 0; i < (int)FIELD_COUNT; i++)
		if (wv_slice_equals(name, wv_slice_of(names[i])) ||
		    wv_slice_equals(name, wv_slice_of(cdxj_names[i]))) {
			*out = (enum field)i;
			return true;
		}
	return false;
}

/* "-" where there is nothing, as ever in CDX; a space would part fields. */
static void add_field(struct wv_buf *out, const struct wv_capture *c, enum field field)
{
	char text[WV_TIME_TEXT_MAX], hex[WV_DIGEST_HEX_MAX];
	size_t from = out->n;

	switch (field) {
	case FIELD_URLKEY:
		wv_memento_add_key(out, c->page_key);
		break;
	case FIELD_TIMESTAMP:
		wv_buf_add_string(out, wv_time_print_14(c->captured, text));
		break;
	case FIELD_ORIGINAL:
		wv_memento_add_uri(out, c->url);
		break;
	case FIELD_MIMETYPE:
		wv_memento_add_uri(out, c->mime);
		break;
	case FIELD_STATUSCODE:
		wv_buf_add_format(out, "%d", c->status);
		break;
	case FIELD_DIGEST:
		if (c->has_body)
			wv_buf_add_format(out, "sha256:%s", wv_digest_print(&c->body, hex));
		break;
	case FIELD_LENGTH:
		wv_buf_add_format(out, "%llu", (unsigned long long)c->body_bytes);
		break;
	case FIELD_REDIRECT:
		wv_memento_add_uri(out, c->location);
		break;
	case FIELD_VERDICT:
		wv_buf_add_string(out, wv_verdict_name(c->verdict));
		break;
	case FIELD_SOURCE:
		wv_memento_add_uri(out, c->source);
		break;
	case FIELD_ID:
	case FIELD_COUNT:
		wv_buf_add_format(out, "%llu", (unsigned long long)c->id);
		break;
	}
	if (out->n == from)
		wv_buf_add_byte(out, '-');
}

/* --- the question --- */

enum match { MATCH_EXACT, MATCH_PREFIX, MATCH_HOST, MATCH_DOMAIN };
enum order { ORDER_KEY, ORDER_REVERSE, ORDER_CLOSEST };
enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_CDXJ };

struct filter {
	enum field field;
	bool is_not;
	struct wv_pattern pattern;
};

struct resume {
	struct wv_slice key; /* of the page */
	struct wv_time captured;
	uint64_t id;         /* the first one of the next answer */
};

struct cdx {
	struct wv_call *call;
	struct wv_original original;
	enum match match;
	enum order order;
	enum output output;
	struct wv_time from, to, closest;
	size_t limit;
	bool is_last;        /* a negative limit */
	struct filter filters[FILTERS_MAX];
	size_t filter_count;
	enum field fields[FIELDS_MAX];
	size_t field_count;
	bool has_collapse;
	enum field collapse;
	size_t collapse_bytes;
	bool shows_resume_key, has_resume;
	struct resume resume;
	/* on the way: */
	struct wv_buf value, before; /* a field; what the row before collapsed to */
	bool has_before;
	size_t rows;
	int64_t slice_ends_us, ends_us;
	bool is_cut;
	struct resume next;
	struct wv_json_writer json;
};

static bool parameter(const struct cdx *cdx, const char *name, struct wv_slice *out)
{
	return wv_http_parameter(cdx->call->request, name, out) && out->n;
}

static enum wv_status choose(const struct cdx *cdx, const char *name, const char *const *words,
                             size_t count, int *out, struct wv_err *err)
{
	struct wv_slice text;

	if (!parameter(cdx, name, &text))
		return WV_OK;
	for (size_t i = 0; i < count; i++)
		if (wv_slice_equals(text, wv_slice_of(words[i]))) {
			*out = (int)i;
			return WV_OK;
		}
	return wv_err_set(err, WV_USAGE, "%s '%.*s' is none of these: %s ...", name, WV_FMT(text), words[0]);
}

static enum wv_status read_words(struct cdx *cdx, struct wv_err *err)
{
	static const char *const matches[] = {"exact", "prefix", "host", "domain"};
	static const char *const orders[] = {"default", "reverse", "closest"};
	static const char *const outputs[] = {"text", "json", "cdxj"};
	int match = (int)cdx->match, order = 0, output = 0;
	enum wv_status st = choose(cdx, "matchType", matches, WV_COUNT(matches), &match, err);

	if (st == WV_OK)
		st = choose(cdx, "sort", orders, WV_COUNT(orders), &order, err);
	if (st == WV_OK)
		st = choose(cdx, "output", outputs, WV_COUNT(outputs), &output, err);
	cdx->match = (enum match)match;
	cdx->order = (enum order)order;
	cdx->output = (enum output)output;
	return st;
}

static enum wv_status read_url(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;

	if (!parameter(cdx, "url", &text))
		return wv_err_set(err, WV_USAGE, "url= is missing");
	if (wv_slice_starts(text, WV_LIT("*."))) {
		cdx->match = MATCH_DOMAIN;
		text = wv_slice_from(text, 2);
	} else if (wv_slice_ends(text, WV_LIT("*"))) {
		cdx->match = MATCH_PREFIX;
		text.n--;
	}
	return wv_original_parse(cdx->call->request->arena, text, WV_SLICE_NONE, &cdx->original, err);
}

static enum wv_status read_instant(const struct cdx *cdx, const char *name, bool is_last,
                                   struct wv_time *out, struct wv_err *err)
{
	struct wv_time_range range;
	struct wv_slice text;
	enum wv_status st;

	*out = WV_TIME_NONE;
	if (!parameter(cdx, name, &text))
		return WV_OK;
	st = wv_time_parse(text, cdx->call->visit.now, &range, err);
	if (st != WV_OK)
		return wv_err_add(err, st, "%s", name);
	*out = is_last ? range.last : range.first;
	return WV_OK;
}

static enum wv_status read_limit(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;
	uint64_t number;

	cdx->limit = WV_CDX_ROWS_MAX;
	if (!parameter(cdx, "limit", &text))
		return WV_OK;
	cdx->is_last = text.p[0] == '-';
	if (!wv_slice_u64(wv_slice_from(text, cdx->is_last), &number) || !number)
		return wv_err_set(err, WV_USAGE, "limit '%.*s' is no number above or below 0", WV_FMT(text));
	if (number < cdx->limit)
		cdx->limit = (size_t)number;
	return WV_OK;
}

static enum wv_status read_filters(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;

	for (size_t n = 0; wv_http_parameter_at(cdx->call->request, "filter", n, &text); n++) {
		struct filter *filter = &cdx->filters[n];
		size_t colon = wv_slice_find_byte(text, ':', 0), from = wv_slice_starts(text, WV_LIT("!"));
		enum wv_status st;

		if (n == FILTERS_MAX)
			return wv_err_set(err, WV_USAGE, "more than %u filters", FILTERS_MAX);
		filter->is_not = from;
		if (colon == SIZE_MAX || !find_field(wv_slice_part(text, from, colon - from), &filter->field))
			return wv_err_set(err, WV_USAGE, "filter '%.*s' is no [!]FIELD:PATTERN", WV_FMT(text));
		st = wv_pattern_parse(wv_slice_from(text, colon + 1), &filter->pattern, err);
		if (st != WV_OK)
			return st;
		cdx->filter_count = n + 1;
	}
	return WV_OK;
}

static enum wv_status read_fields(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text, one;
	struct wv_cursor list;

	memcpy(cdx->fields, usual, sizeof(usual));
	cdx->field_count = WV_COUNT(usual);
	if (!parameter(cdx, "fl", &text))
		return WV_OK;
	cdx->field_count = 0;
	list = wv_cursor(text);
	while (wv_cursor_left(&list)) {
		one = wv_cursor_until(&list, ',');
		if (cdx->field_count == FIELDS_MAX || !find_field(one, &cdx->fields[cdx->field_count]))
			return wv_err_set(err, WV_USAGE, "fl: '%.*s' is no field", WV_FMT(one));
		cdx->field_count++;
	}
	return WV_OK;
}

static enum wv_status read_collapse(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;
	size_t colon;
	uint64_t bytes = SIZE_MAX;

	if (!parameter(cdx, "collapse", &text))
		return WV_OK;
	colon = wv_slice_find_byte(text, ':', 0);
	if (!find_field(wv_slice_part(text, 0, colon), &cdx->collapse) ||
	    (colon != SIZE_MAX && !wv_slice_u64(wv_slice_from(text, colon + 1), &bytes)))
		return wv_err_set(err, WV_USAGE, "collapse '%.*s' is no FIELD[:N]", WV_FMT(text));
	cdx->has_collapse = true;
	cdx->collapse_bytes = (size_t)bytes;
	return WV_OK;
}

/* "HEX.MICROSECONDS.ID": page key, captured, ID. */
static enum wv_status read_resume(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text, hex;
	struct wv_cursor parts;
	unsigned char *key;
	uint64_t us;

	if (!parameter(cdx, "resumeKey", &text))
		return WV_OK;
	parts = wv_cursor(text);
	hex = wv_cursor_until(&parts, '.');
	key = wv_arena_alloc(cdx->call->request->arena, hex.n / 2);
	if (!key)
		return wv_err_set(err, WV_NOMEM, "out of memory for a key");
	for (size_t i = 0; i < hex.n / 2; i++) {
		int high = wv_byte_hex(hex.p[2 * i]), low = wv_byte_hex(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return wv_err_set(err, WV_USAGE, "resumeKey is none of ours");
		key[i] = (unsigned char)(high << 4 | low);
	}
	if (hex.n % 2 || hex.n / 2 > WV_LIMIT_PAGE_KEY_BYTES ||
	    !wv_slice_u64(wv_cursor_until(&parts, '.'), &us) || us > INT64_MAX ||
	    !wv_slice_u64(wv_cursor_until(&parts, '.'), &cdx->resume.id))
		return wv_err_set(err, WV_USAGE, "resumeKey is none of ours");
	cdx->resume.key = wv_slice(key, hex.n / 2);
	cdx->resume.captured.us = (int64_t)us;
	cdx->has_resume = true;
	return WV_OK;
}

static enum wv_status read_question(struct cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;
	enum wv_status st = read_url(cdx, err);

	if (st == WV_OK)
		st = read_words(cdx, err);
	if (st == WV_OK)
		st = read_instant(cdx, "from", false, &cdx->from, err);
	if (st == WV_OK)
		st = read_instant(cdx, "to", true, &cdx->to, err);
	if (st == WV_OK)
		st = read_instant(cdx, "closest", false, &cdx->closest, err);
	if (st == WV_OK)
		st = read_limit(cdx, err);
	if (st == WV_OK)
		st = read_filters(cdx, err);
	if (st == WV_OK)
		st = read_fields(cdx, err);
	if (st == WV_OK)
		st = read_collapse(cdx, err);
	if (st == WV_OK)
		st = read_resume(cdx, err);
	cdx->shows_resume_key = parameter(cdx, "showResumeKey", &text) &&
	                        wv_slice_equals(text, WV_LIT("true"));
	if (st == WV_OK && cdx->match != MATCH_EXACT && (cdx->order != ORDER_KEY || cdx->is_last))
		st = wv_err_set(err, WV_USAGE, "sort and a negative limit need matchType=exact");
	if (st == WV_OK && cdx->order == ORDER_CLOSEST && wv_time_is_none(cdx->closest))
		st = wv_err_set(err, WV_USAGE, "sort=closest needs closest=TIME");
	return st;
}

/* --- rows --- */

static struct wv_slice value_of(struct cdx *cdx, const struct wv_capture *capture, enum field field)
{
	wv_buf_reset(&cdx->value);
	add_field(&cdx->value, capture, field);
	return wv_buf_slice(&cdx->value);
}

static bool passes(struct cdx *cdx, const struct wv_capture *capture)
{
	if (!wv_memento_is(capture))
		return false;
	for (size_t i = 0; i < cdx->filter_count; i++) {
		const struct filter *filter = &cdx->filters[i];

		if (wv_pattern_matches(&filter->pattern, value_of(cdx, capture, filter->field)) ==
		    filter->is_not)
			return false;
	}
	if (cdx->has_collapse) {
		struct wv_slice value =
			wv_slice_part(value_of(cdx, capture, cdx->collapse), 0, cdx->collapse_bytes);

		if (cdx->has_before && wv_slice_equals(value, wv_buf_slice(&cdx->before)))
			return false;
		cdx->has_before = true;
		wv_buf_reset(&cdx->before);
		wv_buf_add(&cdx->before, value);
	}
	return true;
}

static void print_row(struct cdx *cdx, const struct wv_capture *capture)
{
	struct wv_buf *out = &cdx->call->answer->body;

	cdx->rows++;
	if (cdx->output == OUTPUT_JSON) {
		wv_json_open_array(&cdx->json, NULL);
		for (size_t i = 0; i < cdx->field_count; i++)
			wv_json_string(&cdx->json, NULL, value_of(cdx, capture, cdx->fields[i]));
		wv_json_close(&cdx->json);
		return;
	}
	if (cdx->output == OUTPUT_CDXJ) {
		struct wv_json_writer w;

		add_field(out, capture, FIELD_URLKEY);
		wv_buf_add_byte(out, ' ');
		add_field(out, capture, FIELD_TIMESTAMP);
		wv_buf_add_byte(out, ' ');
		wv_json_begin(&w, out);
		wv_json_open_object(&w, NULL);
		for (size_t i = 0; i < cdx->field_count; i++)
			if (cdx->fields[i] > FIELD_TIMESTAMP)
				wv_json_string(&w, cdxj_names[cdx->fields[i]],
				               value_of(cdx, capture, cdx->fields[i]));
		wv_json_close(&w);
		wv_buf_add_byte(out, '\n');
		return;
	}
	for (size_t i = 0; i < cdx->field_count; i++) {
		if (i)
			wv_buf_add_byte(out, ' ');
		add_field(out, capture, cdx->fields[i]);
	}
	wv_buf_add_byte(out, '\n');
}

/* --- walks --- */

static struct wv_captures_query query_of(const struct cdx *cdx, uint64_t page)
{
	return (struct wv_captures_query){.page = page,
	                                  .from = cdx->from,
	                                  .to = cdx->to,
	                                  .known_at = cdx->call->visit.known_at,
	                                  .now = cdx->call->visit.now};
}

/* One page in order of time. The walk stops where the answer is full, or its time is up. */
static enum wv_status walk_page(struct cdx *cdx, uint64_t page, struct wv_arena *scratch,
                                struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_captures_query query = query_of(cdx, page);
	struct wv_capture capture;
	bool is_resumed = false;
	enum wv_status st;

	wv_arena_reset(scratch);
	if (cdx->has_resume) {
		struct wv_page first;

		st = wv_store_page(cdx->call->visit.txn, scratch, page, &first, err);
		if (st != WV_OK)
			return st;
		is_resumed = wv_slice_equals(first.key, cdx->resume.key);
		if (is_resumed && cdx->resume.captured.us > query.from.us)
			query.from = cdx->resume.captured;
	}
	st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK)
			break;
		if (is_resumed && capture.captured.us == cdx->resume.captured.us &&
		    capture.id < cdx->resume.id)
			continue;
		if (cdx->rows == cdx->limit || wv_clock_mono(cdx->call->options->clock).us > cdx->ends_us) {
			cdx->is_cut = true;
			cdx->next = (struct resume){wv_arena_copy(cdx->call->request->arena, capture.page_key),
			                            capture.captured, capture.id};
			return WV_OK;
		}
		if (passes(cdx, &capture))
			print_row(cdx, &capture);
	}
	return st == WV_NO ? WV_OK : st;
}

struct pages {
	struct wv_arena *arena;
	uint64_t numbers[PAGES_AT_ONCE];
	size_t count;
	struct wv_slice last;
};

static enum wv_status take_page(const struct wv_page *page, void *context, struct wv_err *err)
{
	struct pages *pages = context;

	if (pages->count == PAGES_AT_ONCE)
		return WV_STOPPED;
	pages->numbers[pages->count++] = page->number;
	pages->last = wv_arena_copy(pages->arena, page->key);
	return pages->last.n == page->key.n ? WV_OK : wv_err_set(err, WV_NOMEM, "out of memory for keys");
}

/* Pins no old pages for long: K keeps what is added meanwhile out of the answer. */
static enum wv_status renew(struct cdx *cdx, struct wv_err *err)
{
	int64_t now_us = wv_clock_mono(cdx->call->options->clock).us;

	if (now_us < cdx->slice_ends_us)
		return WV_OK;
	cdx->slice_ends_us = now_us + SLICE_US;
	wv_txn_abort(&cdx->call->visit.txn);
	return wv_store_begin_read(cdx->call->options->store, &cdx->call->visit.txn, err);
}

/* The pages above `after` that begin so. */
static enum wv_status walk_prefix(struct cdx *cdx, struct wv_slice prefix, struct wv_slice after,
                                  struct wv_arena *scratch, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *keys = NULL;
	unsigned char own[WV_LIMIT_PAGE_KEY_BYTES];
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &keys, err);

	while (st == WV_OK && !cdx->is_cut) {
		struct pages pages = {.arena = keys};

		if (after.n)
			memcpy(own, after.p, after.n);
		after.p = own;
		wv_arena_reset(keys);
		st = wv_store_each_page(cdx->call->visit.txn, prefix, after, take_page, &pages, err);
		if (st == WV_STOPPED)
			st = WV_OK;
		for (size_t i = 0; i < pages.count && st == WV_OK && !cdx->is_cut; i++) {
			st = walk_page(cdx, pages.numbers[i], scratch, err);
			if (st == WV_OK)
				st = renew(cdx, err);
		}
		if (pages.count < PAGES_AT_ONCE)
			break;
		after = pages.last;
	}
	return st;
}

/* The same, from where the answer before ended. */
static enum wv_status walk_from(struct cdx *cdx, struct wv_slice prefix, struct wv_arena *scratch,
                                struct wv_err *err)
{
	struct wv_slice key = cdx->resume.key;
	struct wv_page page;
	enum wv_status st;

	if (!cdx->has_resume || (!wv_slice_starts(key, prefix) && wv_slice_compare(key, prefix) < 0))
		return walk_prefix(cdx, prefix, WV_SLICE_NONE, scratch, err);
	if (!wv_slice_starts(key, prefix))
		return WV_OK;
	st = wv_store_page_of_key(cdx->call->visit.txn, cdx->call->request->arena, key, &page, err);
	if (st == WV_OK)
		st = walk_page(cdx, page.number, scratch, err);
	if ((st != WV_OK && st != WV_NO) || cdx->is_cut)
		return st;
	return walk_prefix(cdx, prefix, key, scratch, err);
}

/* --- sorted answers --- */

struct ranked {
	uint64_t id;
	int64_t us, distance_us;
};

static int by_distance(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->distance_us != y->distance_us)
		return x->distance_us < y->distance_us ? -1 : 1;
	return x->us != y->us ? (x->us < y->us ? -1 : 1) : (x->id < y->id ? -1 : x->id > y->id);
}

/* The next `most` of a page in one direction. */
static enum wv_status gather(struct cdx *cdx, struct wv_captures_query query, size_t most,
                             struct ranked *out, size_t *count, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_capture capture;
	size_t n = 0;
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	if (st == WV_OK)
		st = wv_captures_begin(cdx->call->visit.txn, &query, &captures, err);
	while (st == WV_OK && n < most && wv_clock_mono(cdx->call->options->clock).us < cdx->ends_us) {
		wv_arena_reset(scratch);
		st = wv_captures_next(captures, scratch, &capture, err);
		if (st != WV_OK || !passes(cdx, &capture))
			continue;
		out[n++] = (struct ranked){
			capture.id, capture.captured.us,
			wv_time_is_none(cdx->closest) ? 0 : llabs(capture.captured.us - cdx->closest.us)};
	}
	*count += n;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status answer_sorted(struct cdx *cdx, struct wv_err *err)
{
	size_t most = cdx->limit < WV_CDX_SORTED_MAX ? cdx->limit : WV_CDX_SORTED_MAX, count = 0;
	struct ranked *rows = WV_ARENA_ARRAY(cdx->call->request->arena, struct ranked, 2 * most);
	struct wv_captures_query query = query_of(cdx, cdx->original.page), later = query;
	enum wv_status st;

	if (!rows)
		return wv_err_set(err, WV_NOMEM, "out of memory for rows");
	query.is_backwards = true;
	if (cdx->order == ORDER_CLOSEST) {
		if (wv_time_is_none(query.to) || query.to.us > cdx->closest.us)
			query.to = cdx->closest;
		if (later.from.us <= cdx->closest.us)
			later.from.us = cdx->closest.us + 1;
	}
	st = gather(cdx, query, most, rows, &count, err);
	if (st == WV_OK && cdx->order == ORDER_CLOSEST) {
		cdx->has_before = false;
		st = gather(cdx, later, most, rows + count, &count, err);
		qsort(rows, count, sizeof(*rows), by_distance);
	}
	cdx->has_collapse = false; /* done */
	for (size_t i = 0; i < count && i < most && st == WV_OK; i++) {
		/* The last ones come in their own order, unless newest first was asked for. */
		size_t at = cdx->is_last && cdx->order == ORDER_KEY ? count - 1 - i : i;
		struct wv_capture capture;

		st = wv_store_capture(cdx->call->visit.txn, cdx->call->request->arena, rows[at].id,
		                      cdx->call->visit.known_at, &capture, err);
		if (st == WV_OK)
			print_row(cdx, &capture);
	}
	return st;
}

/* --- the answer --- */

static enum wv_status answer_rows(struct cdx *cdx, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *scratch = NULL;
	struct wv_slice key = cdx->original.key;
	size_t host = wv_slice_find_byte(key, ')', 0);
	enum wv_status st = wv_arena_new(SCRATCH_CAP, &scratch, err);

	if (st != WV_OK)
		return st;
	if (cdx->match == MATCH_EXACT) {
		st = wv_original_find(&cdx->call->visit, &cdx->original, err);
		if (st != WV_OK || !cdx->original.is_known)
			return st;
		return cdx->order != ORDER_KEY || cdx->is_last
		               ? answer_sorted(cdx, err)
		               : walk_page(cdx, cdx->original.page, scratch, err);
	}
	if (cdx->match == MATCH_PREFIX)
		return walk_from(cdx, key, scratch, err);
	if (host == SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "url= has no host");
	if (cdx->match == MATCH_HOST)
		return walk_from(cdx, wv_slice_part(key, 0, host + 1), scratch, err);
	/* The host itself, those below it, and each with a port, in the order of their keys. */
	for (const char *sign = "),:"; *sign && st == WV_OK && !cdx->is_cut; sign++) {
		struct wv_slice prefix = wv_arena_format(cdx->call->request->arena, "%.*s%c", (int)host,
		                                         (const char *)key.p, *sign);

		st = walk_from(cdx, prefix, scratch, err);
	}
	return st;
}

static void say_more(struct cdx *cdx)
{
	WV_AUTO(wv_buf_done) struct wv_buf key = {.cap = 4096};
	WV_AUTO(wv_buf_done) struct wv_buf link = {.cap = 16 * WV_LIMIT_URL_BYTES};
	struct wv_call *call = cdx->call;
	struct wv_cursor old = wv_cursor(call->request->query);

	for (size_t i = 0; i < cdx->next.key.n; i++)
		wv_buf_add_format(&key, "%02x", cdx->next.key.p[i]);
	wv_buf_add_format(&key, ".%lld.%llu", (long long)cdx->next.captured.us,
	                  (unsigned long long)cdx->next.id);
	(void)wv_http_add(call->answer, call->request, "X-Resume-Key", wv_buf_slice(&key));
	wv_buf_add_string(&link, "</cdx?");
	while (wv_cursor_left(&old)) {
		struct wv_slice one = wv_cursor_until(&old, '&');

		if (wv_slice_starts(one, WV_LIT("resumeKey=")))
			continue;
		wv_memento_add_uri(&link, one);
		wv_buf_add_byte(&link, '&');
	}
	wv_buf_add_string(&link, "resumeKey=");
	wv_buf_add(&link, wv_buf_slice(&key));
	wv_buf_add_string(&link, ">; rel=\"next\"");
	(void)wv_call_add_long(call, "Link", wv_buf_slice(&link));
	if (cdx->shows_resume_key && cdx->output == OUTPUT_TEXT) {
		wv_buf_add_byte(&call->answer->body, '\n');
		wv_buf_add(&call->answer->body, wv_buf_slice(&key));
		wv_buf_add_byte(&call->answer->body, '\n');
	}
}

enum wv_status wv_route_cdx(struct wv_call *call, struct wv_err *err)
{
	static const char *const types[] = {"text/plain; charset=utf-8", "application/json; charset=utf-8",
	                                    "text/x-cdxj; charset=utf-8"};
	int64_t now_us = wv_clock_mono(call->options->clock).us;
	struct cdx cdx = {.call = call,
	                  .value = {.cap = VALUE_BYTES},
	                  .before = {.cap = VALUE_BYTES},
	                  .slice_ends_us = now_us + SLICE_US,
	                  .ends_us = now_us + WORK_US};
	enum wv_status st = read_question(&cdx, err);

	if (st == WV_OK && cdx.output == OUTPUT_JSON) {
		wv_json_begin(&cdx.json, &call->answer->body);
		wv_json_open_array(&cdx.json, NULL);
		wv_json_open_array(&cdx.json, NULL);
		for (size_t i = 0; i < cdx.field_count; i++)
			wv_json_string(&cdx.json, NULL, wv_slice_of(names[cdx.fields[i]]));
		wv_json_close(&cdx.json);
	}
	if (st == WV_OK)
		st = answer_rows(&cdx, err);
	if (st == WV_OK && cdx.output == OUTPUT_JSON) {
		wv_json_close(&cdx.json);
		wv_buf_add_byte(&call->answer->body, '\n');
	}
	if (st == WV_OK) {
		(void)wv_http_add(call->answer, call->request, "Content-Type", wv_slice_of(types[cdx.output]));
		if (cdx.is_cut)
			say_more(&cdx);
	}
	wv_buf_done(&cdx.value);
	wv_buf_done(&cdx.before);
	return st;
}
