#ifndef WV_ARCHIVE_VIEW_PROSE_H
#define WV_ARCHIVE_VIEW_PROSE_H

#include "archive/store/article.h"
#include "archive/view/visit.h"

/*
 * The blocks of an article as HTML: paragraphs, headings that begin below the page's own <h1>,
 * lists nested by their depth, rows of a table as one table, code, quotes, the items of a live
 * blog each with its time. Everything is closed again whatever the order of blocks.
 */
void wv_prose_add(struct wv_buf *out, const struct wv_visit *visit,
                  const struct wv_article *article);

#endif
