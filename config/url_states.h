#ifndef WV_CONFIG_URL_STATES_H
#define WV_CONFIG_URL_STATES_H

#include "config/url.h"
#include "config/url_parts.h"

/*
 * The basic URL parser (URL Standard, 4.4), its states as functions: url.c has the scheme and what
 * is common, url_authority.c and url_path.c the rest. Not for others.
 */
struct wv_url_span {
	size_t at, n;
};

/*
 * Each step reads `in` from `at` and writes `to` in the order of the serialised URL. Steps give
 * NULL, or why browsers refuse the URL.
 */
struct wv_url_parser {
	struct wv_slice in;
	size_t at;
	const struct wv_url *base;
	bool is_special, is_file, has_host, has_port, is_opaque_path, has_query, has_fragment;
	uint16_t port;
	struct wv_url_span scheme, username, password, host, path, query, fragment;
	struct wv_url_scratch to;
};

static inline struct wv_slice wv_url_span_slice(const struct wv_url_parser *p,
                                                struct wv_url_span span)
{
	return wv_slice(p->to.b + span.at, span.n);
}

static inline bool wv_url_at_end(const struct wv_url_parser *p)
{
	return p->at == p->in.n;
}

static inline bool wv_url_at_byte(const struct wv_url_parser *p, unsigned char byte)
{
	return p->at < p->in.n && p->in.p[p->at] == byte;
}

/* "/", or "\\" where the scheme is special. */
static inline bool wv_url_is_slash(const struct wv_url_parser *p, size_t at)
{
	return at < p->in.n && (p->in.p[at] == '/' || (p->is_special && p->in.p[at] == '\\'));
}

/* The authority, host and port states; `at` stands behind "//". */
const char *wv_url_parse_authority(struct wv_url_parser *p);
/* The same where browsers forgive any number of slashes of either kind. */
const char *wv_url_parse_special_authority(struct wv_url_parser *p);
/* The file host state; `at` stands behind the two slashes. */
const char *wv_url_parse_file_host(struct wv_url_parser *p);
/* Where the base's own authority is kept: copied, spans and all. */
void wv_url_copy_authority(struct wv_url_parser *p);

/* A drive letter with ":" or "|", and then the end, a slash, a query or a fragment. */
bool wv_url_starts_with_drive(struct wv_slice s);
/* The path state: segments from here on, below what `path` already holds. */
void wv_url_parse_path(struct wv_url_parser *p);
/* After an authority: only a special URL always has a path. */
void wv_url_parse_path_start(struct wv_url_parser *p);
void wv_url_parse_opaque_path(struct wv_url_parser *p);
/* Relative to the base's path: nothing, "?", "#" keep it whole, a segment replaces its last. */
void wv_url_parse_relative_path(struct wv_url_parser *p);
/* The base's path, and its query where the reference has none of its own and nothing else. */
void wv_url_copy_path_and_query(struct wv_url_parser *p);
/* Two slashes at the front of a path would read as an authority: puts "/." before them. */
void wv_url_guard_path(struct wv_url_parser *p);

#endif
