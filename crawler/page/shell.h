#ifndef WV_CRAWLER_PAGE_SHELL_H
#define WV_CRAWLER_PAGE_SHELL_H

#include "archive/store/article.h"
#include "config/base/arena.h"
#include "config/base/status.h"
#include "crawler/page/jsonld.h"

/*
 * Pages whose article is in a script only: the text is read from their embedded JSON (JSON
 * islands, assigned state, Next.js flight data, JSON-LD articleBody). Replaces `article`'s blocks
 * only where the embedded text is a whole article and the visible one is not. Any thread.
 */
struct wv_scan;
struct wv_html_parser;

WV_MUST_USE enum wv_status wv_shell_read(const struct wv_scan *scan, struct wv_html_parser *parser,
                                         struct wv_arena *arena, const struct wv_jsonld *jsonld,
                                         struct wv_article *article, struct wv_err *err);

#endif
