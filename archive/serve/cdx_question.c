/* The parameters of /cdx. */
#include "archive/serve/cdx_parts.h"

static const enum wv_cdx_field usual[] = {
	WV_CDX_FIELD_URLKEY,     WV_CDX_FIELD_TIMESTAMP, WV_CDX_FIELD_ORIGINAL, WV_CDX_FIELD_MIMETYPE,
	WV_CDX_FIELD_STATUSCODE, WV_CDX_FIELD_DIGEST,    WV_CDX_FIELD_LENGTH};

static bool parameter(const struct wv_cdx *cdx, const char *name, struct wv_slice *out)
{
	return wv_http_parameter(cdx->call->request, name, out) && out->n;
}

static enum wv_status choose(const struct wv_cdx *cdx, const char *name, const char *const *words,
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

static enum wv_status read_words(struct wv_cdx *cdx, struct wv_err *err)
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
	cdx->match = (enum wv_cdx_match)match;
	cdx->order = (enum wv_cdx_order)order;
	cdx->output = (enum wv_cdx_output)output;
	return st;
}

static enum wv_status read_url(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;

	if (!parameter(cdx, "url", &text))
		return wv_err_set(err, WV_USAGE, "url= is missing");
	if (wv_slice_starts(text, WV_LIT("*."))) {
		cdx->match = WV_CDX_MATCH_DOMAIN;
		text = wv_slice_from(text, 2);
	} else if (wv_slice_ends(text, WV_LIT("*"))) {
		cdx->match = WV_CDX_MATCH_PREFIX;
		text.n--;
	}
	return wv_original_parse(cdx->call->request->arena, text, WV_SLICE_NONE, &cdx->original, err);
}

static enum wv_status read_instant(const struct wv_cdx *cdx, const char *name, bool is_last,
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

static enum wv_status read_number(const struct wv_cdx *cdx, const char *name, uint64_t *out,
                                  bool *has, struct wv_err *err)
{
	struct wv_slice text;

	*has = parameter(cdx, name, &text);
	if (*has && !wv_slice_u64(text, out))
		return wv_err_set(err, WV_USAGE, "%s '%.*s' is no number", name, WV_FMT(text));
	return WV_OK;
}

static enum wv_status read_limit(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;
	uint64_t number, offset = 0;
	bool has_offset;
	enum wv_status st = read_number(cdx, "offset", &offset, &has_offset, err);

	if (st != WV_OK)
		return st;
	cdx->offset = offset;
	cdx->limit = cdx->order == WV_CDX_ORDER_CLOSEST ? WV_CDX_SORTED_MAX : WV_CDX_ROWS_MAX;
	if (!parameter(cdx, "limit", &text)) {
		/* "Some number of latest results": one is the surest. */
		cdx->is_last = parameter(cdx, "fastLatest", &text) &&
		               wv_slice_equals(text, WV_LIT("true"));
		cdx->limit = cdx->is_last ? 1 : cdx->limit;
		return WV_OK;
	}
	cdx->is_last = text.p[0] == '-';
	if (!wv_slice_u64(wv_slice_from(text, cdx->is_last), &number) || !number)
		return wv_err_set(err, WV_USAGE, "limit '%.*s' is no number above or below 0", WV_FMT(text));
	if (cdx->order == WV_CDX_ORDER_CLOSEST && number > WV_CDX_SORTED_MAX)
		return wv_err_set(err, WV_USAGE, "limit: sort=closest gives at most %u rows",
		                  WV_CDX_SORTED_MAX);
	if (number < cdx->limit)
		cdx->limit = (size_t)number;
	return WV_OK;
}

/* "page" and "pageSize" count addresses that have rows: a part of the index that is known before
 * its rows are. */
static enum wv_status read_pages(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;
	bool has_size = false;
	enum wv_status st = read_number(cdx, "page", &cdx->page, &cdx->has_page, err);

	cdx->page_size = WV_CDX_PAGE_SIZE;
	if (st == WV_OK)
		st = read_number(cdx, "pageSize", &cdx->page_size, &has_size, err);
	if (st != WV_OK)
		return st;
	if (!cdx->page_size || cdx->page_size > WV_CDX_PAGE_SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "pageSize is a number from 1 to %u", WV_CDX_PAGE_SIZE_MAX);
	cdx->counts_pages = parameter(cdx, "showNumPages", &text) &&
	                    wv_slice_equals(text, WV_LIT("true"));
	if (cdx->has_page && (cdx->is_last || cdx->offset || cdx->order != WV_CDX_ORDER_KEY))
		return wv_err_set(err, WV_USAGE, "page goes with neither sort, offset nor a negative limit");
	return WV_OK;
}

/* "[!][=|~]FIELD:PATTERN". Without a sign it is OpenWayback's: a pattern of the whole value; "~" is
 * pywb's, of its beginning. */
static enum wv_status read_filter(struct wv_slice text, struct wv_cdx_filter *filter,
                                  struct wv_err *err)
{
	size_t colon = wv_slice_find_byte(text, ':', 0), from = wv_slice_starts(text, WV_LIT("!"));
	unsigned char sign = from < text.n ? text.p[from] : 0;

	*filter = (struct wv_cdx_filter){
		.is_not = from, .is_exact = sign == '=', .pattern.is_beginning = sign == '~'};
	from += sign == '=' || sign == '~';
	if (colon == SIZE_MAX || colon < from ||
	    !wv_cdx_find_field(wv_slice_part(text, from, colon - from), &filter->field))
		return wv_err_set(err, WV_USAGE, "filter '%.*s' is no [!][=|~]FIELD:PATTERN", WV_FMT(text));
	filter->pattern.text = wv_slice_from(text, colon + 1);
	return filter->is_exact ? WV_OK
	                        : wv_pattern_parse(filter->pattern.text, &filter->pattern, err);
}

static enum wv_status read_filters(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;

	for (size_t n = 0; wv_http_parameter_at(cdx->call->request, "filter", n, &text); n++) {
		enum wv_status st;

		if (n == WV_CDX_FILTERS_MAX)
			return wv_err_set(err, WV_USAGE, "more than %u filters", WV_CDX_FILTERS_MAX);
		st = read_filter(text, &cdx->filters[n], err);
		if (st != WV_OK)
			return st;
		cdx->filter_count = n + 1;
	}
	return WV_OK;
}

static enum wv_status read_fields(struct wv_cdx *cdx, struct wv_err *err)
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
		if (cdx->field_count == WV_CDX_FIELDS_MAX || !wv_cdx_find_field(one, &cdx->fields[cdx->field_count]))
			return wv_err_set(err, WV_USAGE, "fl: '%.*s' is no field", WV_FMT(one));
		cdx->field_count++;
	}
	return WV_OK;
}

static enum wv_status read_collapses(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text;

	for (size_t n = 0; wv_http_parameter_at(cdx->call->request, "collapse", n, &text); n++) {
		size_t colon = wv_slice_find_byte(text, ':', 0);
		struct wv_cdx_collapse *collapse = &cdx->collapses[n];
		uint64_t bytes = SIZE_MAX;

		if (n == WV_CDX_COLLAPSES_MAX)
			return wv_err_set(err, WV_USAGE, "more than %u times collapse", WV_CDX_COLLAPSES_MAX);
		if (!wv_cdx_find_field(wv_slice_part(text, 0, colon), &collapse->field) ||
		    (colon != SIZE_MAX && !wv_slice_u64(wv_slice_from(text, colon + 1), &bytes)))
			return wv_err_set(err, WV_USAGE, "collapse '%.*s' is no FIELD[:N]", WV_FMT(text));
		collapse->bytes = (size_t)bytes;
		collapse->before.cap = cdx->value.cap;
		cdx->collapse_count = n + 1;
	}
	return WV_OK;
}

/* "HEX.MICROSECONDS.ID": page key, captured, ID. */
static enum wv_status read_resume(struct wv_cdx *cdx, struct wv_err *err)
{
	struct wv_slice text, hex, instant;
	struct wv_cursor parts;
	bool is_before_1970;
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
	instant = wv_cursor_until(&parts, '.');
	is_before_1970 = wv_slice_starts(instant, WV_LIT("-"));
	if (hex.n % 2 || hex.n / 2 > WV_LIMIT_PAGE_KEY_BYTES ||
	    !wv_slice_u64(wv_slice_from(instant, is_before_1970), &us) || us > INT64_MAX ||
	    !wv_slice_u64(wv_cursor_until(&parts, '.'), &cdx->resume.id))
		return wv_err_set(err, WV_USAGE, "resumeKey is none of ours");
	cdx->resume.key = wv_slice(key, hex.n / 2);
	cdx->resume.captured.us = is_before_1970 ? -(int64_t)us : (int64_t)us;
	cdx->has_resume = true;
	return WV_OK;
}

enum wv_status wv_cdx_read(struct wv_cdx *cdx, struct wv_err *err)
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
		st = read_collapses(cdx, err);
	if (st == WV_OK)
		st = read_pages(cdx, err);
	if (st == WV_OK)
		st = read_resume(cdx, err);
	cdx->shows_resume_key = parameter(cdx, "showResumeKey", &text) &&
	                        wv_slice_equals(text, WV_LIT("true"));
	if (st == WV_OK && cdx->order == WV_CDX_ORDER_CLOSEST && wv_time_is_none(cdx->closest))
		st = wv_err_set(err, WV_USAGE, "sort=closest needs closest=TIME");
	if (st == WV_OK && cdx->order == WV_CDX_ORDER_CLOSEST && cdx->has_resume)
		st = wv_err_set(err, WV_USAGE, "sort=closest is one answer: without resumeKey");
	cdx->is_backwards = cdx->order == WV_CDX_ORDER_REVERSE ||
	                    (cdx->is_last && cdx->order == WV_CDX_ORDER_KEY);
	return st;
}

struct wv_captures_query wv_cdx_query_of(const struct wv_cdx *cdx, uint64_t page)
{
	return (struct wv_captures_query){.page = page,
	                                  .from = cdx->from,
	                                  .to = wv_memento_until(&cdx->call->visit, cdx->to),
	                                  .known_at = cdx->call->visit.known_at,
	                                  .is_backwards = cdx->is_backwards,
	                                  .now = cdx->call->visit.now};
}

bool wv_cdx_is_late(const struct wv_cdx *cdx)
{
	return wv_clock_mono(cdx->call->options->clock).us > cdx->ends_us;
}
