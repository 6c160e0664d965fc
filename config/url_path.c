#include "config/url_states.h"

/*
 * The path states (4.4): segments, dots, the drive letters of file URLs.
 */

bool wv_url_starts_with_drive(struct wv_slice s)
{
	return s.n >= 2 && wv_byte_is_alpha(s.p[0]) && (s.p[1] == ':' || s.p[1] == '|') &&
	       (s.n == 2 || s.p[2] == '/' || s.p[2] == '\\' || s.p[2] == '?' || s.p[2] == '#');
}

static bool is_drive(struct wv_slice s)
{
	return s.n == 2 && wv_url_starts_with_drive(s);
}

/* Takes the last segment off the path; a lone drive letter stays. */
static void shorten(struct wv_url_parser *p)
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

void wv_url_parse_path(struct wv_url_parser *p)
{
	for (;;) {
		size_t from = p->at;
		struct wv_slice segment;
		bool has_slash;
		int dot_count;

		while (!wv_url_at_end(p) && !wv_url_is_slash(p, p->at) && !wv_url_at_byte(p, '?') &&
		       !wv_url_at_byte(p, '#'))
			p->at++;
		segment = wv_slice_part(p->in, from, p->at - from);
		has_slash = wv_url_is_slash(p, p->at);
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

void wv_url_parse_path_start(struct wv_url_parser *p)
{
	p->path.at = p->to.n;
	if (!p->is_special &&
	    (wv_url_at_end(p) || wv_url_at_byte(p, '?') || wv_url_at_byte(p, '#')))
		return;
	p->at += wv_url_is_slash(p, p->at);
	wv_url_parse_path(p);
}

void wv_url_parse_opaque_path(struct wv_url_parser *p)
{
	size_t from = p->at;
	struct wv_slice path;

	p->is_opaque_path = true;
	p->path.at = p->to.n;
	while (!wv_url_at_end(p) && !wv_url_at_byte(p, '?') && !wv_url_at_byte(p, '#'))
		p->at++;
	path = wv_slice_part(p->in, from, p->at - from);
	/* A space at the end would be trimmed when the URL is read again. */
	if (path.n && path.p[path.n - 1] == ' ' && !wv_url_at_end(p)) {
		wv_url_put_encoded(&p->to, wv_slice_part(path, 0, path.n - 1), WV_URL_SET_C0);
		wv_url_put_escape(&p->to, ' ');
	} else {
		wv_url_put_encoded(&p->to, path, WV_URL_SET_C0);
	}
}

void wv_url_copy_path_and_query(struct wv_url_parser *p)
{
	p->path.at = p->to.n;
	wv_url_put(&p->to, p->base->path);
	if (!p->base->has_query || wv_url_at_byte(p, '?'))
		return;
	p->has_query = true;
	p->path.n = p->to.n - p->path.at;
	wv_url_put_byte(&p->to, '?');
	p->query = (struct wv_url_span){p->to.n, p->base->query.n};
	wv_url_put(&p->to, p->base->query);
}

void wv_url_parse_relative_path(struct wv_url_parser *p)
{
	if (wv_url_at_end(p) || wv_url_at_byte(p, '?') || wv_url_at_byte(p, '#')) {
		wv_url_copy_path_and_query(p);
		return;
	}
	p->path.at = p->to.n;
	if (!p->is_file || !wv_url_starts_with_drive(wv_slice_from(p->in, p->at))) {
		wv_url_put(&p->to, p->base->path);
		shorten(p);
	}
	wv_url_parse_path(p);
}

void wv_url_guard_path(struct wv_url_parser *p)
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
