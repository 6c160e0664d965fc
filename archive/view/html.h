#ifndef WV_ARCHIVE_VIEW_HTML_H
#define WV_ARCHIVE_VIEW_HTML_H

#include "config/base/bytes.h"

/*
 * Writing HTML and SVG. Markup is literals of ours; whatever else comes in goes through the
 * function of its place, which escapes it. All append to a buffer that latches its failures.
 *
 * Foreign text is UTF-8 that may be broken: broken bytes become U+FFFD, control characters and
 * the ones that turn text around (U+202A..E, U+2066..9 without their end) are neutralised by
 * being shown isolated (`wv_html_foreign`).
 */

/* A literal, as it is: "<p class=\"lead\">". Only string literals of ours. */
#define wv_html(out, literal) wv_buf_add_string((out), "" literal)
/* Text between tags, or inside a quoted attribute. */
void wv_html_text(struct wv_buf *out, struct wv_slice text);
/* Foreign text between tags, isolated (<bdi>), with its language where it is known. */
void wv_html_foreign(struct wv_buf *out, struct wv_slice text, struct wv_slice language);
/* ` name="value"`; `name` is ours. Nothing for an empty value. */
void wv_html_attribute(struct wv_buf *out, const char *name, struct wv_slice value);
/* ` href="..."` of an address from outside: written only where it is http or https, else nothing,
 * so that no link of ours ever runs a script. */
void wv_html_href(struct wv_buf *out, struct wv_slice url);
void wv_html_u64(struct wv_buf *out, uint64_t value); /* digits in groups by U+202F: 12 345 */
/* The part of a text that fits into `columns` (a CJK letter is two), cut at a word border, with
 * an ellipsis where something was cut. A part of `text`, or in `arena`. */
struct wv_arena;
struct wv_slice wv_html_cut(struct wv_slice text, size_t columns, struct wv_arena *arena);

#endif
