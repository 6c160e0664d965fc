#ifndef WV_CRAWLER_CMD_ARTICLE_OUT_H
#define WV_CRAWLER_CMD_ARTICLE_OUT_H

#include "archive/store/article.h"
#include "config/base/json.h"
#include "crawler/cmd/read.h"

/* The clean article in the forms that `show`, `restore` and the evidence bundle give. */

/* Headline, empty line, text. */
WV_MUST_USE enum wv_status wv_article_add_text(struct wv_buf *out, const struct wv_article *article,
                                               struct wv_arena *arena, struct wv_err *err);
void wv_article_add_markdown(struct wv_buf *out, const struct wv_article *article);
/* The members title ... text, extractor, model, into an open object. */
WV_MUST_USE enum wv_status wv_article_add_json(struct wv_json_writer *writer,
                                               const struct wv_article *article,
                                               struct wv_arena *arena, struct wv_err *err);

#endif
