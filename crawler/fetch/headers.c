#include "crawler/fetch/headers.h"

int32_t wv_headers_status(struct wv_slice block)
{
	struct wv_cursor c = wv_cursor(block);
	struct wv_slice line;
	size_t at;
	int32_t status = 0;

	if (!wv_cursor_line(&c, &line) || !wv_slice_starts_nocase(line, WV_LIT("HTTP/")))
		return 0;
	at = wv_slice_find_byte(line, ' ', 0);
	if (at == SIZE_MAX)
		return 0;
	line = wv_slice_trim(wv_slice_from(line, at));
	if (line.n < 3 || (line.n > 3 && line.p[3] != ' '))
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (!wv_byte_is_digit(line.p[i]))
			return 0;
		status = status * 10 + (line.p[i] - '0');
	}
	return status;
}

/* End of the line at `at`, after its LF; lines of a header block end in LF or CRLF. */
static size_t line_end(struct wv_slice block, size_t at)
{
	size_t end = wv_slice_find_byte(block, '\n', at);

	return end == SIZE_MAX ? block.n : end + 1;
}

bool wv_headers_next(struct wv_slice block, size_t *at, struct wv_slice *name,
		     struct wv_slice *value)
{
	size_t start = *at;

	/* The first line of a response is its status line. */
	if (start == 0 && wv_slice_starts_nocase(block, WV_LIT("HTTP/")))
		start = line_end(block, 0);
	while (start < block.n) {
		size_t end = line_end(block, start), colon;

		while (end < block.n && (block.p[end] == ' ' || block.p[end] == '\t'))
			end = line_end(block, end);
		*at = end;
		colon = wv_slice_find_byte(wv_slice_part(block, 0, end), ':', start);
		if (colon != SIZE_MAX && colon > start) {
			*name = wv_slice_trim(wv_slice_part(block, start, colon - start));
			*value = wv_slice_trim(wv_slice_part(block, colon + 1, end - colon - 1));
			return true;
		}
		start = end;
	}
	*at = block.n;
	return false;
}

bool wv_headers_next_of(struct wv_slice block, struct wv_slice name, size_t *at,
			struct wv_slice *value)
{
	struct wv_slice one, found;

	while (wv_headers_next(block, at, &one, &found)) {
		if (wv_slice_equals_nocase(one, name)) {
			*value = found;
			return true;
		}
	}
	return false;
}

struct wv_slice wv_headers_first(struct wv_slice block, struct wv_slice name)
{
	struct wv_slice value = WV_SLICE_NONE;
	size_t at = 0;

	(void)wv_headers_next_of(block, name, &at, &value);
	return value;
}

struct wv_slice wv_headers_last(struct wv_slice block, struct wv_slice name)
{
	struct wv_slice value = WV_SLICE_NONE;
	size_t at = 0;

	while (wv_headers_next_of(block, name, &at, &value))
		continue;
	return value;
}

bool wv_headers_has(struct wv_slice block, struct wv_slice name)
{
	struct wv_slice value;
	size_t at = 0;

	return wv_headers_next_of(block, name, &at, &value);
}

/* Offset of `stop` in s outside quoted strings (RFC 9110 5.6.4), or s.n. */
static size_t find_unquoted(struct wv_slice s, unsigned char stop)
{
	bool quoted = false;

	for (size_t i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == stop && !quoted)
			return i;
	}
	return s.n;
}

/* The part before the next unquoted `stop`; `rest` moves past it. */
static struct wv_slice next_part(struct wv_slice *rest, unsigned char stop)
{
	size_t end = find_unquoted(*rest, stop);
	struct wv_slice part = wv_slice_trim(wv_slice_part(*rest, 0, end));

	*rest = end < rest->n ? wv_slice_from(*rest, end + 1) : WV_SLICE_NONE;
	return part;
}

bool wv_headers_next_member(struct wv_slice block, struct wv_slice name,
			    struct wv_headers_list *cursor, struct wv_slice *member)
{
	for (;;) {
		while (cursor->rest.n > 0) {
			struct wv_slice one = next_part(&cursor->rest, ',');

			if (one.n > 0) {
				*member = one;
				return true;
			}
		}
		if (!wv_headers_next_of(block, name, &cursor->at, &cursor->rest))
			return false;
	}
}

static bool is_token_byte(unsigned char c)
{
	/* RFC 9110 5.6.2 */
	return wv_byte_is_alnum(c) ||
	       wv_slice_find_byte(WV_LIT("!#$%&'*+-.^_`|~"), c, 0) != SIZE_MAX;
}

/* "type/subtype" as a string of ours, lower case. */
static bool read_essence(struct wv_slice text, char essence[WV_HEADERS_ESSENCE_MAX])
{
	size_t slash = wv_slice_find_byte(text, '/', 0);

	if (slash == SIZE_MAX || slash == 0 || slash + 1 == text.n ||
	    text.n >= WV_HEADERS_ESSENCE_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (i != slash && !is_token_byte(text.p[i]))
			return false;
	}
	for (size_t i = 0; i < text.n; i++)
		essence[i] = (char)wv_byte_lower(text.p[i]);
	essence[text.n] = 0;
	return true;
}

static struct wv_slice unquoted(struct wv_slice value)
{
	if (value.n > 0 && (value.p[0] == '"' || value.p[0] == '\'')) {
		size_t end = wv_slice_find_byte(value, value.p[0], 1);

		value = wv_slice_part(value, 1, (end == SIZE_MAX ? value.n : end) - 1);
	}
	return wv_slice_trim(value);
}

/* The first `charset` parameter that has a value. */
static struct wv_slice find_charset(struct wv_slice parameters)
{
	while (parameters.n > 0) {
		struct wv_slice one = next_part(&parameters, ';');
		size_t equals = wv_slice_find_byte(one, '=', 0);
		struct wv_slice value;

		if (equals == SIZE_MAX ||
		    !wv_slice_equals_nocase(wv_slice_trim(wv_slice_part(one, 0, equals)),
					    WV_LIT("charset")))
			continue;
		value = unquoted(wv_slice_trim(wv_slice_from(one, equals + 1)));
		if (value.n > 0)
			return value;
	}
	return WV_SLICE_NONE;
}

void wv_headers_content_type(struct wv_slice block, struct wv_headers_type *out)
{
	struct wv_headers_type type = {.charset = WV_SLICE_NONE};
	struct wv_slice value;
	size_t at = 0;

	while (wv_headers_next_of(block, WV_LIT("content-type"), &at, &value)) {
		struct wv_slice rest = value;

		if (read_essence(next_part(&rest, ';'), type.essence))
			type.charset = find_charset(rest);
	}
	*out = type;
}

void wv_headers_codings(struct wv_slice block, struct wv_codings *out)
{
	struct wv_codings codings = {.n = 0};
	struct wv_headers_list list = {0};
	struct wv_slice one;

	while (wv_headers_next_member(block, WV_LIT("content-encoding"), &list, &one)) {
		enum wv_coding coding;

		if (wv_slice_equals_nocase(one, WV_LIT("identity")))
			continue;
		if (wv_slice_equals_nocase(one, WV_LIT("gzip")) ||
		    wv_slice_equals_nocase(one, WV_LIT("x-gzip"))) {
			coding = WV_CODING_GZIP;
		} else if (wv_slice_equals_nocase(one, WV_LIT("deflate"))) {
			coding = WV_CODING_DEFLATE;
		} else {
			if (codings.unknown.n == 0)
				codings.unknown = one;
			continue;
		}
		if (codings.n == WV_COUNT(codings.p)) {
			codings.too_many = true;
			break;
		}
		codings.p[codings.n++] = coding;
	}
	*out = codings;
}

int64_t wv_headers_max_age_s(struct wv_slice block)
{
	struct wv_headers_list list = {0};
	struct wv_slice one;

	while (wv_headers_next_member(block, WV_LIT("cache-control"), &list, &one)) {
		struct wv_slice digits;
		uint64_t seconds;

		if (!wv_slice_starts_nocase(one, WV_LIT("max-age")))
			continue;
		digits = wv_slice_trim(wv_slice_from(one, 7));
		if (digits.n == 0 || digits.p[0] != '=')
			continue;
		digits = unquoted(wv_slice_trim(wv_slice_from(digits, 1)));
		if (digits.n == 0)
			continue;
		for (size_t i = 0; i < digits.n; i++) {
			if (!wv_byte_is_digit(digits.p[i]))
				return -1;
		}
		/* RFC 9111 1.2.2: what overflows counts as 2^31 - 1. */
		if (!wv_slice_u64(digits, &seconds) || seconds > INT32_MAX)
			return INT32_MAX;
		return (int64_t)seconds;
	}
	return -1;
}

bool wv_headers_has_cache_directive(struct wv_slice block, struct wv_slice directive)
{
	struct wv_headers_list list = {0};
	struct wv_slice one;

	while (wv_headers_next_member(block, WV_LIT("cache-control"), &list, &one)) {
		struct wv_slice name = next_part(&one, '=');

		if (wv_slice_equals_nocase(name, directive))
			return true;
	}
	return false;
}
