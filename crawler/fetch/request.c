#include "crawler/fetch/request.h"

#define NOMEM_WORDS "out of memory for a request"

/* Visible ASCII, obs-text, space and tab: what RFC 9110 5.5 lets stand in a value. */
static bool is_field_value(struct wv_slice value)
{
	for (size_t i = 0; i < value.n; i++) {
		if ((value.p[i] < ' ' && value.p[i] != '\t') || value.p[i] == 0x7f)
			return false;
	}
	return true;
}

static bool is_field_name(struct wv_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (!wv_byte_is_alnum(name.p[i]) &&
		    wv_slice_find_byte(WV_LIT("!#$%&'*+-.^_`|~"), name.p[i], 0) == SIZE_MAX)
			return false;
	}
	return name.n > 0;
}

/* Fields that frame the message, that name us, or that ask for parts. */
static bool is_ours(struct wv_slice name)
{
	static const char *const ours[] = {
		"Host",    "User-Agent",        "From",
		"Range",   "If-Range",          "Connection",
		"Expect",  "Keep-Alive",        "Trailer",
		"Upgrade", "Transfer-Encoding", "Content-Length",
		"TE",      "Proxy-Connection",
	};

	for (size_t i = 0; i < WV_COUNT(ours); i++) {
		if (wv_slice_equals_nocase(name, wv_slice_of(ours[i])))
			return true;
	}
	return false;
}

enum wv_status wv_request_agent(struct wv_arena *arena, struct wv_slice name,
				struct wv_slice contact, struct wv_request_agent *out,
				struct wv_err *err)
{
	struct wv_request_agent agent = {.from = ""};
	struct wv_slice text;

	if (!is_field_name(name))
		return wv_err_set(err, WV_USAGE, "agent name '%.*s' is no product token",
				  WV_FMT(wv_slice_part(name, 0, 100)));
	if (!is_field_value(contact) || wv_slice_find_byte(contact, '(', 0) != SIZE_MAX ||
	    wv_slice_find_byte(contact, ')', 0) != SIZE_MAX)
		return wv_err_set(err, WV_USAGE, "contact '%.*s' cannot stand in a header field",
				  WV_FMT(wv_slice_part(contact, 0, 200)));
	if (contact.n > 0)
		text = wv_arena_format(arena, "%.*s/" WV_VERSION " (+%.*s)", WV_FMT(name),
				       WV_FMT(contact));
	else
		text = wv_arena_format(arena, "%.*s/" WV_VERSION, WV_FMT(name));
	agent.user_agent = text.n > 0 ? wv_arena_string(arena, text) : NULL;
	if (wv_slice_starts_nocase(contact, WV_LIT("mailto:"))) {
		struct wv_slice address = wv_slice_from(contact, 7);
		size_t end = wv_slice_find_byte(address, '?', 0);

		if (end != SIZE_MAX)
			address = wv_slice_part(address, 0, end);
		agent.from = wv_arena_string(arena, address);
	}
	if (!agent.user_agent || !agent.from)
		return wv_err_set(err, WV_NOMEM, NOMEM_WORDS);
	*out = agent;
	return WV_OK;
}

static const char *accept_of(enum wv_fetch_kind kind)
{
	switch (kind) {
	case WV_FETCH_PAGE:
		return "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
	case WV_FETCH_FEED:
		return "application/atom+xml,application/rss+xml,application/feed+json,"
		       "application/xml;q=0.9,text/xml;q=0.9,*/*;q=0.5";
	case WV_FETCH_SITEMAP:
		return "application/xml,text/xml,text/plain;q=0.8,*/*;q=0.5";
	case WV_FETCH_ROBOTS:
		return "text/plain,*/*;q=0.5";
	case WV_FETCH_IMAGE:
		return "image/*,*/*;q=0.5";
	case WV_FETCH_ANY:
		break;
	}
	return "*/*";
}

static bool is_given(const struct wv_fetch_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (wv_slice_equals_nocase(request->headers[i].name, wv_slice_of(name)))
			return true;
	}
	return false;
}

/* False out of memory. */
static bool add_field(struct wv_arena *arena, struct wv_request_fields *fields,
		      struct wv_slice name, struct wv_slice value)
{
	struct wv_buf line; /* not wv_arena_format: values may hold any byte above 7f, and no NUL */
	const char *string;

	wv_buf_init(&line, name.n + value.n + 3);
	wv_buf_add(&line, name);
	if (value.n > 0) {
		wv_buf_add_string(&line, ": ");
		wv_buf_add(&line, value);
	} else {
		wv_buf_add_byte(&line, ';');
	}
	string = line.failed == WV_OK ? wv_arena_string(arena, wv_buf_slice(&line)) : NULL;
	wv_buf_done(&line);
	if (!string)
		return false;
	fields->p[fields->n++] = string;
	return true;
}

static bool add_ours(struct wv_arena *arena, struct wv_request_fields *fields,
		     const struct wv_fetch_request *request, const char *name,
		     struct wv_slice value)
{
	if (value.n == 0 || is_given(request, name))
		return true;
	return add_field(arena, fields, wv_slice_of(name), value);
}

/*
 * Apache marks the tags of what it packs, "abc-gzip", and knows only "abc" when they come back
 * (bug 45023), so that nothing on it would ever be unchanged. The tag goes out as it came, and after
 * it as Apache knows it: a page that has that one has not changed either.
 */
static struct wv_slice with_unmarked(struct wv_arena *arena, struct wv_slice etag)
{
	static const struct wv_slice mark = WV_LIT_INIT("-gzip\"");

	if (!wv_slice_ends(etag, mark))
		return etag;
	return wv_arena_format(arena, "%.*s, %.*s\"", WV_FMT(etag),
			       WV_FMT(wv_slice_part(etag, 0, etag.n - mark.n)));
}

enum wv_status wv_request_fields(struct wv_arena *arena, const struct wv_fetch_request *request,
				 const char *from, struct wv_request_fields *out,
				 struct wv_err *err)
{
	struct wv_request_fields fields = {.n = 0};
	struct wv_slice etag = request->etag, modified = request->last_modified;
	bool ok;

	for (size_t i = 0; i < request->header_count; i++) {
		struct wv_header_field field = request->headers[i];

		if (!is_field_name(field.name) || !is_field_value(field.value))
			return wv_err_set(err, WV_USAGE,
					  "header field '%.*s' has bytes that cannot be sent",
					  WV_FMT(wv_slice_part(field.name, 0, 100)));
		if (is_ours(field.name))
			return wv_err_set(err, WV_USAGE, "header field '%.*s' is not for settings",
					  WV_FMT(field.name));
	}
	/* A validator we could not send verbatim is not sent: the answer is then a whole one. */
	etag = is_field_value(etag) ? with_unmarked(arena, etag) : WV_SLICE_NONE;
	if (!is_field_value(modified))
		modified = WV_SLICE_NONE;
	fields.p = WV_ARENA_ARRAY(arena, const char *, request->header_count + 5);
	if (!fields.p)
		return wv_err_set(err, WV_NOMEM, NOMEM_WORDS);
	fields.is_conditional = etag.n > 0 || modified.n > 0 ||
				is_given(request, "If-None-Match") ||
				is_given(request, "If-Modified-Since");
	ok = add_ours(arena, &fields, request, "From", wv_slice_of(from)) &&
	     add_ours(arena, &fields, request, "Accept", wv_slice_of(accept_of(request->kind))) &&
	     add_ours(arena, &fields, request, "Accept-Encoding", WV_LIT("gzip, deflate")) &&
	     add_ours(arena, &fields, request, "If-None-Match", etag) &&
	     add_ours(arena, &fields, request, "If-Modified-Since", modified);
	for (size_t i = 0; ok && i < request->header_count; i++)
		ok = add_field(arena, &fields, request->headers[i].name,
			       wv_slice_trim(request->headers[i].value));
	if (!ok)
		return wv_err_set(err, WV_NOMEM, NOMEM_WORDS);
	*out = fields;
	return WV_OK;
}

void wv_request_strip(struct wv_buf *block, struct wv_slice name)
{
	size_t from = 0, to = 0;

	while (from < block->n) {
		struct wv_slice all = wv_buf_slice(block);
		size_t end = wv_slice_find_byte(all, '\n', from);
		struct wv_slice line;

		end = end == SIZE_MAX ? block->n : end + 1;
		while (end < block->n && (block->p[end] == ' ' || block->p[end] == '\t')) {
			end = wv_slice_find_byte(all, '\n', end);
			end = end == SIZE_MAX ? block->n : end + 1;
		}
		line = wv_slice_part(all, from, end - from);
		if (!wv_slice_starts_nocase(line, name) || line.n <= name.n ||
		    line.p[name.n] != ':') {
			memmove(block->p + to, line.p, line.n);
			to += line.n;
		}
		from = end;
	}
	block->n = to;
}
