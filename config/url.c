#include "config/url.h"

#include "config/base/checked.h"
#include "config/base/text.h"
#include "config/url_parts.h"

/* ---- the basic URL parser (4.4), its states as functions ---- */

struct span {
	size_t at, n;
};

/*
 * Each step reads `in` from `at` and writes `to` in the order of the serialised URL. Steps give
 * NULL, or why browsers refuse the URL.
 */
struct parser {
	struct wv_slice in;
	size_t at;
	const struct wv_url *base;
	bool is_special, is_file, has_host, has_port, is_opaque_path, has_query, has_fragment;
	uint16_t port;
	struct span scheme, username, password, host, path, query, fragment;
	struct wv_url_scratch to;
};

/* The special schemes and their ports; file has none. */
static bool find_special(struct wv_slice scheme, uint16_t *port)
{
	static const struct {
		const char *name;
		uint16_t port;
	} special[] = {{"https", 443}, {"http", 80}, {"file", 0},
		       {"ws", 80},     {"wss", 443}, {"ftp", 21}};

	for (size_t i = 0; i < WV_COUNT(special); i++)
		if (wv_slice_equals(scheme, wv_slice_of(special[i].name))) {
			*port = special[i].port;
			return true;
		}
	*port = 0;
	return false;
}

static struct wv_slice span_slice(const struct parser *p, struct span span)
{
	return wv_slice(p->to.b + span.at, span.n);
}

static bool at_end(const struct parser *p)
{
	return p->at == p->in.n;
}

static bool at_byte(const struct parser *p, unsigned char byte)
{
	return p->at < p->in.n && p->in.p[p->at] == byte;
}

/* "/", or "\\" where the scheme is special. */
static bool is_slash_at(const struct parser *p, size_t at)
{
	return at < p->in.n && (p->in.p[at] == '/' || (p->is_special && p->in.p[at] == '\\'));
}

/* A drive letter with ":" or "|", and then the end, a slash, a query or a fragment. */
static bool starts_with_drive(struct wv_slice s)
{
	return s.n >= 2 && wv_byte_is_alpha(s.p[0]) && (s.p[1] == ':' || s.p[1] == '|') &&
	       (s.n == 2 || s.p[2] == '/' || s.p[2] == '\\' || s.p[2] == '?' || s.p[2] == '#');
}

static bool is_drive(struct wv_slice s)
{
	return s.n == 2 && starts_with_drive(s);
}

/* Takes the last segment off the path; a lone drive letter stays. */
static void shorten(struct parser *p)
{
	struct wv_url_scratch *to = &p->to;

	if (p->is_file && to->n - p->path.at == 3 && wv_byte_is_alpha(to->b[p->path.at + 1]) &&
	    to->b[p->path.at + 2] == ':')
		return;
	while (to->n > p->path.at && to->b[--to->n] != '/') {
	}
}

/* How many dots a segment means, "%2e" being one: 1, 2, or 0 for an ordinary segment. */
static int dots(struct wv_slice segment)
{
	int count = 0;

	while (segment.n) {
		if (segment.p[0] == '.')
			segment = wv_slice_from(segment, 1);
		else if (wv_slice_starts_nocase(segment, WV_LIT("%2e")))
			segment = wv_slice_from(segment, 3);
		else
			return 0;
		if (++count > 2)
			return 0;
	}
	return count;
}

/* The path state: segments from here on, below what `path` already holds. */
static void parse_path(struct parser *p)
{
	for (;;) {
		size_t from = p->at;
		struct wv_slice segment;
		bool has_slash;
		int dot_count;

		while (!at_end(p) && !is_slash_at(p, p->at) && !at_byte(p, '?') && !at_byte(p, '#'))
			p->at++;
		segment = wv_slice_part(p->in, from, p->at - from);
		has_slash = is_slash_at(p, p->at);
		dot_count = segment.n <= 6 ? dots(segment) : 0;
		if (dot_count == 2)
			shorten(p);
		if (dot_count) {
			if (!has_slash)
				wv_url_put_byte(&p->to, '/');
		} else {
			bool is_first = p->to.n == p->path.at;

			wv_url_put_byte(&p->to, '/');
			if (p->is_file && is_first && is_drive(segment)) {
				wv_url_put_byte(&p->to, segment.p[0]);
				wv_url_put_byte(&p->to, ':');
			} else {
				wv_url_put_encoded(&p->to, segment, WV_URL_SET_PATH);
			}
		}
		if (!has_slash)
			return;
		p->at++;
	}
}

/* After an authority: only a special URL always has a path. */
static void parse_path_start(struct parser *p)
{
	p->path.at = p->to.n;
	if (!p->is_special && (at_end(p) || at_byte(p, '?') || at_byte(p, '#')))
		return;
	p->at += is_slash_at(p, p->at);
	parse_path(p);
}

static void parse_opaque_path(struct parser *p)
{
	size_t from = p->at;
	struct wv_slice path;

	p->is_opaque_path = true;
	p->path.at = p->to.n;
	while (!at_end(p) && !at_byte(p, '?') && !at_byte(p, '#'))
		p->at++;
	path = wv_slice_part(p->in, from, p->at - from);
	/* A space at the end would be trimmed when the URL is read again. */
	if (path.n && path.p[path.n - 1] == ' ' && !at_end(p)) {
		wv_url_put_encoded(&p->to, wv_slice_part(path, 0, path.n - 1), WV_URL_SET_C0);
		wv_url_put_escape(&p->to, ' ');
	} else {
		wv_url_put_encoded(&p->to, path, WV_URL_SET_C0);
	}
}

/* Digits up to `end`. */
static const char *parse_port(struct parser *p, size_t end)
{
	uint32_t value = 0;
	uint16_t usual;

	if (p->at == end)
		return NULL;
	for (; p->at < end; p->at++) {
		if (!wv_byte_is_digit(p->in.p[p->at]))
			return "the port is no number";
		value = value * 10 + (p->in.p[p->at] - '0');
		if (value > 65535)
			return "the port is above 65535";
	}
	find_special(span_slice(p, p->scheme), &usual);
	p->has_port = !(p->is_special && value == usual && !p->is_file);
	p->port = p->has_port ? (uint16_t)value : 0;
	return NULL;
}

/* Name and password before the last "@" of an authority. */
static void put_userinfo(struct parser *p, struct wv_slice userinfo)
{
	size_t colon = wv_slice_find_byte(userinfo, ':', 0);
	struct wv_slice name = wv_slice_part(userinfo, 0, wv_min_size(colon, userinfo.n));
	struct wv_slice password =
		colon < userinfo.n ? wv_slice_from(userinfo, colon + 1) : WV_SLICE_NONE;

	if (name.n == 0 && password.n == 0)
		return;
	p->username.at = p->to.n;
	wv_url_put_encoded(&p->to, name, WV_URL_SET_USERINFO);
	p->username.n = p->to.n - p->username.at;
	if (password.n) {
		wv_url_put_byte(&p->to, ':');
		p->password.at = p->to.n;
		wv_url_put_encoded(&p->to, password, WV_URL_SET_USERINFO);
		p->password.n = p->to.n - p->password.at;
	}
	wv_url_put_byte(&p->to, '@');
}

static const char *put_host(struct parser *p, struct wv_slice host)
{
	const char *reason;

	p->has_host = true;
	p->host.at = p->to.n;
	reason = wv_url_put_host(&p->to, host, !p->is_special);
	p->host.n = p->to.n - p->host.at;
	return reason;
}

/* The authority, host and port states; `at` stands behind "//". */
static const char *parse_authority(struct parser *p)
{
	size_t end = p->at, at_sign = SIZE_MAX, host_end;
	bool in_brackets = false;
	const char *reason;

	for (; end < p->in.n && !is_slash_at(p, end) && p->in.p[end] != '?' && p->in.p[end] != '#';
	     end++)
		if (p->in.p[end] == '@')
			at_sign = end;
	wv_url_put(&p->to, WV_LIT("//"));
	if (at_sign != SIZE_MAX) {
		put_userinfo(p, wv_slice_part(p->in, p->at, at_sign - p->at));
		p->at = at_sign + 1;
		if (p->at == end)
			return "the host is empty";
	}
	for (host_end = p->at; host_end < end; host_end++) {
		if (p->in.p[host_end] == ':' && !in_brackets)
			break;
		if (p->in.p[host_end] == '[' || p->in.p[host_end] == ']')
			in_brackets = p->in.p[host_end] == '[';
	}
	if (host_end == p->at && (p->is_special || host_end < end))
		return "the host is empty";
	reason = put_host(p, wv_slice_part(p->in, p->at, host_end - p->at));
	if (reason)
		return reason;
	p->at = host_end;
	if (host_end < end) {
		p->at++;
		reason = parse_port(p, end);
		if (reason)
			return reason;
		if (p->has_port)
			wv_url_put_port(&p->to, p->port);
	}
	parse_path_start(p);
	return NULL;
}

/* Browsers forgive any number of slashes of either kind. */
static const char *parse_special_authority(struct parser *p)
{
	while (is_slash_at(p, p->at))
		p->at++;
	return parse_authority(p);
}

/* Where the base's own authority is kept: copied, spans and all. */
static void copy_authority(struct parser *p)
{
	const struct wv_url *base = p->base;

	if (!base->has_host)
		return;
	wv_url_put(&p->to, WV_LIT("//"));
	if (base->username.n || base->password.n) {
		p->username = (struct span){p->to.n, base->username.n};
		wv_url_put(&p->to, base->username);
		if (base->password.n) {
			wv_url_put_byte(&p->to, ':');
			p->password = (struct span){p->to.n, base->password.n};
			wv_url_put(&p->to, base->password);
		}
		wv_url_put_byte(&p->to, '@');
	}
	p->has_host = true;
	p->host = (struct span){p->to.n, base->host.n};
	wv_url_put(&p->to, base->host);
	p->has_port = base->has_port;
	p->port = base->port;
	if (p->has_port)
		wv_url_put_port(&p->to, p->port);
}

/* The base's path, and its query where the reference has none of its own and nothing else. */
static void copy_path_and_query(struct parser *p)
{
	p->path.at = p->to.n;
	wv_url_put(&p->to, p->base->path);
	if (!p->base->has_query || at_byte(p, '?'))
		return;
	p->has_query = true;
	p->path.n = p->to.n - p->path.at;
	wv_url_put_byte(&p->to, '?');
	p->query = (struct span){p->to.n, p->base->query.n};
	wv_url_put(&p->to, p->base->query);
}

/* Relative to the base's path: nothing, "?", "#" keep it whole, a segment replaces its last. */
static void parse_relative_path(struct parser *p)
{
	if (at_end(p) || at_byte(p, '?') || at_byte(p, '#')) {
		copy_path_and_query(p);
		return;
	}
	p->path.at = p->to.n;
	if (!p->is_file || !starts_with_drive(wv_slice_from(p->in, p->at))) {
		wv_url_put(&p->to, p->base->path);
		shorten(p);
	}
	parse_path(p);
}

/* The relative and relative slash states. */
static const char *parse_relative(struct parser *p)
{
	if (is_slash_at(p, p->at) && is_slash_at(p, p->at + 1)) {
		/* With "\\" allowed any two slashes do; otherwise both are "/". */
		p->at += 2;
		return p->is_special ? parse_special_authority(p) : parse_authority(p);
	}
	copy_authority(p);
	if (is_slash_at(p, p->at)) {
		p->at++;
		p->path.at = p->to.n;
		parse_path(p);
	} else {
		parse_relative_path(p);
	}
	return NULL;
}

/* The file host state; `at` stands behind the two slashes. */
static const char *parse_file_host(struct parser *p)
{
	size_t end = p->at;
	struct wv_slice host;
	const char *reason;

	while (end < p->in.n && !is_slash_at(p, end) && p->in.p[end] != '?' && p->in.p[end] != '#')
		end++;
	host = wv_slice_part(p->in, p->at, end - p->at);
	wv_url_put(&p->to, WV_LIT("//"));
	p->has_host = true;
	p->host.at = p->to.n;
	if (is_drive(host)) { /* no host: the path begins here */
		p->path.at = p->to.n;
		parse_path(p);
		return NULL;
	}
	if (host.n) {
		reason = put_host(p, host);
		if (reason)
			return reason;
		if (wv_slice_equals(span_slice(p, p->host), WV_LIT("localhost"))) {
			p->to.n = p->host.at;
			p->host.n = 0;
		}
	}
	p->at = end;
	parse_path_start(p);
	return NULL;
}

/* The file and file slash states. */
static const char *parse_file(struct parser *p)
{
	const struct wv_url *base = p->base;
	bool has_file_base = base && wv_slice_equals(base->scheme, WV_LIT("file"));
	bool has_slash = is_slash_at(p, p->at);

	if (has_slash && is_slash_at(p, p->at + 1)) {
		p->at += 2;
		return parse_file_host(p);
	}
	if (has_file_base) {
		copy_authority(p);
	} else {
		wv_url_put(&p->to, WV_LIT("//"));
		p->has_host = true;
		p->host.at = p->to.n;
	}
	p->path.at = p->to.n;
	p->at += has_slash;
	if (has_slash && has_file_base && !starts_with_drive(wv_slice_from(p->in, p->at))) {
		/* A path from the root stays on the base's drive. */
		struct wv_slice first = wv_slice_part(base->path, 0, 3);

		if (first.n == 3 && wv_byte_is_alpha(first.p[1]) && first.p[2] == ':' &&
		    (base->path.n == 3 || base->path.p[3] == '/'))
			wv_url_put(&p->to, first);
	}
	if (!has_slash && has_file_base)
		parse_relative_path(p);
	else
		parse_path(p);
	return NULL;
}

/* "?..." and "#...": whatever is left. */
static void parse_tail(struct parser *p)
{
	size_t end;

	/* A query of the base was copied, and ends the path already. */
	if (!p->has_query)
		p->path.n = p->to.n - p->path.at;
	if (at_byte(p, '?')) {
		end = wv_min_size(wv_slice_find_byte(p->in, '#', p->at), p->in.n);
		p->has_query = true;
		wv_url_put_byte(&p->to, '?');
		p->query.at = p->to.n;
		wv_url_put_encoded(&p->to, wv_slice_part(p->in, p->at + 1, end - p->at - 1),
				   p->is_special ? WV_URL_SET_SPECIAL_QUERY : WV_URL_SET_QUERY);
		p->query.n = p->to.n - p->query.at;
		p->at = end;
	}
	if (at_byte(p, '#')) {
		p->has_fragment = true;
		wv_url_put_byte(&p->to, '#');
		p->fragment.at = p->to.n;
		wv_url_put_encoded(&p->to, wv_slice_from(p->in, p->at + 1), WV_URL_SET_FRAGMENT);
		p->fragment.n = p->to.n - p->fragment.at;
	}
}

static void put_scheme(struct parser *p, struct wv_slice scheme)
{
	uint16_t port;

	for (size_t i = 0; i < scheme.n; i++)
		wv_url_put_byte(&p->to, wv_byte_lower(scheme.p[i]));
	p->scheme.n = p->to.n;
	p->is_special = find_special(span_slice(p, p->scheme), &port);
	p->is_file = wv_slice_equals(span_slice(p, p->scheme), WV_LIT("file"));
	wv_url_put_byte(&p->to, ':');
}

static const char *parse_with_scheme(struct parser *p, size_t scheme_n)
{
	const struct wv_url *base = p->base;

	put_scheme(p, wv_slice_part(p->in, 0, scheme_n));
	p->at = scheme_n + 1;
	if (p->is_file)
		return parse_file(p);
	if (p->is_special) {
		bool has_two = at_byte(p, '/') && p->at + 1 < p->in.n && p->in.p[p->at + 1] == '/';

		if (base && !has_two && wv_slice_equals(base->scheme, span_slice(p, p->scheme)))
			return parse_relative(p);
		return parse_special_authority(p);
	}
	if (at_byte(p, '/')) {
		p->at++;
		if (at_byte(p, '/')) {
			p->at++;
			return parse_authority(p);
		}
		p->path.at = p->to.n;
		parse_path(p);
		return NULL;
	}
	parse_opaque_path(p);
	return NULL;
}

static const char *parse_without_scheme(struct parser *p)
{
	const struct wv_url *base = p->base;

	if (!base)
		return "it is relative, and there is no base";
	if (base->is_opaque_path && !at_byte(p, '#'))
		return "it is relative, and its base has no path";
	put_scheme(p, base->scheme);
	if (base->is_opaque_path) {
		p->is_opaque_path = true;
		copy_path_and_query(p);
		return NULL;
	}
	return p->is_file ? parse_file(p) : parse_relative(p);
}

/* Two slashes at the front of a path would read as an authority. */
static void guard_path(struct parser *p)
{
	static const unsigned char guard[2] = {'/', '.'};
	struct wv_url_scratch *to = &p->to;

	if (p->has_host || p->is_opaque_path || p->path.n < 2 || to->b[p->path.at] != '/' ||
	    to->b[p->path.at + 1] != '/')
		return;
	if (to->n > WV_URL_SCRATCH_BYTES - sizeof(guard)) {
		to->is_full = true;
		return;
	}
	memmove(to->b + p->path.at + sizeof(guard), to->b + p->path.at, to->n - p->path.at);
	memcpy(to->b + p->path.at, guard, sizeof(guard));
	to->n += sizeof(guard);
	p->path.at += sizeof(guard);
	p->query.at += sizeof(guard);
	p->fragment.at += sizeof(guard);
}

static enum wv_status give(struct wv_arena *arena, const struct parser *p, struct wv_url *out,
			   struct wv_err *err)
{
	struct wv_slice href = wv_arena_copy(arena, wv_slice(p->to.b, p->to.n));

	if (href.n != p->to.n)
		return wv_err_set(err, WV_NOMEM, "out of memory for a URL");
	*out = (struct wv_url){
		.href = href,
		.scheme = wv_slice_part(href, 0, p->scheme.n),
		.username = wv_slice_part(href, p->username.at, p->username.n),
		.password = wv_slice_part(href, p->password.at, p->password.n),
		.host = wv_slice_part(href, p->host.at, p->host.n),
		.path = wv_slice_part(href, p->path.at, p->path.n),
		.query = wv_slice_part(href, p->query.at, p->query.n),
		.fragment = wv_slice_part(href, p->fragment.at, p->fragment.n),
		.port = p->port,
		.has_port = p->has_port,
		.has_host = p->has_host,
		.has_query = p->has_query,
		.has_fragment = p->has_fragment,
		.is_special = p->is_special,
		.is_opaque_path = p->is_opaque_path,
	};
	return WV_OK;
}

static bool has_line_break(struct wv_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r')
			return true;
	return false;
}

/* Tabs and line breaks count for nothing, wherever they stand. */
static struct wv_slice without_line_breaks(struct wv_slice s, unsigned char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
			to[n++] = s.p[i];
	return wv_slice(to, n);
}

static const char *run_parser(struct parser *p)
{
	size_t scheme_n = wv_url_scheme_length(p->in);
	const char *reason = scheme_n ? parse_with_scheme(p, scheme_n) : parse_without_scheme(p);

	if (reason)
		return reason;
	parse_tail(p);
	guard_path(p);
	return NULL;
}

enum wv_status wv_url_parse(struct wv_arena *arena, struct wv_slice text, const struct wv_url *base,
			    struct wv_url *out, struct wv_err *err)
{
	unsigned char clean[WV_LIMIT_URL_BYTES];
	struct parser p; /* large: only the fields before the scratch bytes are cleared */
	const char *reason;

	memset(&p, 0, offsetof(struct parser, to.b));
	p.base = base;
	p.in = wv_url_trim(text);
	if (p.in.n > WV_LIMIT_URL_BYTES)
		return wv_err_set(err, WV_LIMIT, "URL too long (%zu bytes, cap %u): '%.*s...'",
				  p.in.n, WV_LIMIT_URL_BYTES, WV_FMT(wv_text_cut(p.in, 80)));
	if (has_line_break(p.in))
		p.in = without_line_breaks(p.in, clean);
	reason = run_parser(&p);
	if (reason)
		return wv_err_set(err, WV_USAGE, "no URL: '%.*s': %s",
				  WV_FMT(wv_text_cut(p.in, 200)), reason);
	if (p.to.is_full || p.to.n > WV_LIMIT_URL_BYTES)
		return wv_err_set(err, WV_LIMIT, "URL too long (cap %u bytes): '%.*s...'",
				  WV_LIMIT_URL_BYTES, WV_FMT(wv_text_cut(p.in, 80)));
	return give(arena, &p, out, err);
}

/* ---- what is asked of a parsed URL ---- */

bool wv_url_is_web(const struct wv_url *url)
{
	return url->host.n && (wv_slice_equals(url->scheme, WV_LIT("https")) ||
			       wv_slice_equals(url->scheme, WV_LIT("http")));
}

uint16_t wv_url_port(const struct wv_url *url)
{
	uint16_t port;

	if (url->has_port)
		return url->port;
	find_special(url->scheme, &port);
	return port;
}
