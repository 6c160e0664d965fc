#ifndef WV_CRAWLER_CMD_ARTICLE_JSON_H
#define WV_CRAWLER_CMD_ARTICLE_JSON_H

#include "archive/store/article.h"
#include "config/base/json.h"

/* Members of an article that several commands print alike. Each adds to the open object. */

/* "items": of a live blog: heading, text, time, time_earliest, time_latest, time_basis, time_raw;
 * nothing where it is none. */
void wv_article_json_items(struct wv_json_writer *w, const struct wv_article *article);
/* "origins": field and where its value was found; "conflicts": field, value and where it was found
 * of what lost. */
void wv_article_json_origins(struct wv_json_writer *w, const struct wv_article *article);

#endif
