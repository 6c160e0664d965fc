#include "config/url.h"

#include "config/base/checked.h"
#include "config/base/text.h"
#include "config/url_states.h"

/* The relative and relative slash states. */
static const char *parse_relative(struct wv_url_parser *p)
{
	if (wv_url_is_slash(p, p->at) && wv_url_is_slash(p, p->at + 1)) {
		/* With "\\" allowed any two slashes do; otherwise both are "/". */
		p->at += 2;
		return p->is_special ? wv_url_parse_special_authority(p)
				     : wv_url_parse_authority(p);
	}
	wv_url_copy_authority(p);
	if (wv_url_is_slash(p, p->at)) {
		p->at++;
		p->path.at = p->to.n;
		wv_url_parse_path(p);
	} else {
		wv_url_parse_relative_path(p);
	}
	return NULL;
}

/* The file and file slash states. */
static const char *parse_file(struct wv_url_parser *p)
{
	const struct wv_url *base = p->base;
	bool has_file_base = base && wv_slice_equals(base->scheme, WV_LIT("file"));
	bool has_slash = wv_url_is_slash(p, p->at);

	if (has_slash && wv_url_is_slash(p, p->at + 1)) {
		p->at += 2;
		return wv_url_parse_file_host(p);
	}
	if (has_file_base) {
		wv_url_copy_authority(p);
	} else {
		wv_url_put(&p->to, WV_LIT("//"));
		p->has_host = true;
		p->host.at = p->to.n;
	}
	p->path.at = p->to.n;
	p->at += has_slash;
	if (has_slash && has_file_base && !wv_url_starts_with_drive(wv_slice_from(p->in, p->at))) {
		/* A path from the root stays on the base's drive. */
		struct wv_slice first = wv_slice_part(base->path, 0, 3);

		if (first.n == 3 && wv_byte_is_alpha(first.p[1]) && first.p[2] == ':' &&
		    (base->path.n == 3 || base->path.p[3] == '/'))
			wv_url_put(&p->to, first);
	}
	if (!has_slash && has_file_base)
		wv_url_parse_relative_path(p);
	else
		wv_url_parse_path(p);
	return NULL;
}

/* "?..." and "#...": whatever is left. */
static void parse_tail(struct wv_url_parser *p)
{
	size_t end;

	/* A query of the base was copied, and ends the path already. */
	if (!p->has_query)
		p->path.n = p->to.n - p->path.at;
	if (wv_url_at_byte(p, '?')) {
		end = wv_min_size(wv_slice_find_byte(p->in, '#', p->at), p->in.n);
		p->has_query = true;
		wv_url_put_byte(&p->to, '?');
		p->query.at = p->to.n;
		wv_url_put_encoded(&p->to, wv_slice_part(p->in, p->at + 1, end - p->at - 1),
				   p->is_special ? WV_URL_SET_SPECIAL_QUERY : WV_URL_SET_QUERY);
		p->query.n = p->to.n - p->query.at;
		p->at = end;
	}
	if (wv_url_at_byte(p, '#')) {
		p->has_fragment = true;
		wv_url_put_byte(&p->to, '#');
		p->fragment.at = p->to.n;
		wv_url_put_encoded(&p->to, wv_slice_from(p->in, p->at + 1), WV_URL_SET_FRAGMENT);
		p->fragment.n = p->to.n - p->fragment.at;
	}
}

static void put_scheme(struct wv_url_parser *p, struct wv_slice scheme)
{
	uint16_t port;

	for (size_t i = 0; i < scheme.n; i++)
		wv_url_put_byte(&p->to, wv_byte_lower(scheme.p[i]));
	p->scheme.n = p->to.n;
	p->is_special = wv_url_find_special(wv_url_span_slice(p, p->scheme), &port);
	p->is_file = wv_slice_equals(wv_url_span_slice(p, p->scheme), WV_LIT("file"));
	wv_url_put_byte(&p->to, ':');
}

static const char *parse_with_scheme(struct wv_url_parser *p, size_t scheme_n)
{
	const struct wv_url *base = p->base;

	put_scheme(p, wv_slice_part(p->in, 0, scheme_n));
	p->at = scheme_n + 1;
	if (p->is_file)
		return parse_file(p);
	if (p->is_special) {
		bool has_two =
			wv_url_at_byte(p, '/') && p->at + 1 < p->in.n && p->in.p[p->at + 1] == '/';

		if (base && !has_two &&
		    wv_slice_equals(base->scheme, wv_url_span_slice(p, p->scheme)))
			return parse_relative(p);
		return wv_url_parse_special_authority(p);
	}
	if (wv_url_at_byte(p, '/')) {
		p->at++;
		if (wv_url_at_byte(p, '/')) {
			p->at++;
			return wv_url_parse_authority(p);
		}
		p->path.at = p->to.n;
		wv_url_parse_path(p);
		return NULL;
	}
	wv_url_parse_opaque_path(p);
	return NULL;
}

static const char *parse_without_scheme(struct wv_url_parser *p)
{
	const struct wv_url *base = p->base;

	if (!base)
		return "it is relative (https:// is missing?), and there is no base";
	if (base->is_opaque_path && !wv_url_at_byte(p, '#'))
		return "it is relative, and its base has no path";
	put_scheme(p, base->scheme);
	if (base->is_opaque_path) {
		p->is_opaque_path = true;
		wv_url_copy_path_and_query(p);
		return NULL;
	}
	return p->is_file ? parse_file(p) : parse_relative(p);
}

static enum wv_status give(struct wv_arena *arena, const struct wv_url_parser *p,
			   struct wv_url *out, struct wv_err *err)
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

static const char *run_parser(struct wv_url_parser *p)
{
	size_t scheme_n = wv_url_scheme_length(p->in);
	const char *reason = scheme_n ? parse_with_scheme(p, scheme_n) : parse_without_scheme(p);

	if (reason)
		return reason;
	parse_tail(p);
	wv_url_guard_path(p);
	return NULL;
}

enum wv_status wv_url_parse(struct wv_arena *arena, struct wv_slice text, const struct wv_url *base,
			    struct wv_url *out, struct wv_err *err)
{
	unsigned char clean[WV_LIMIT_URL_BYTES];
	struct wv_url_parser p; /* large: only the fields before the scratch bytes are cleared */
	const char *reason;

	memset(&p, 0, offsetof(struct wv_url_parser, to.b));
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
	wv_url_find_special(url->scheme, &port);
	return port;
}
