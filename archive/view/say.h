#ifndef WV_ARCHIVE_VIEW_SAY_H
#define WV_ARCHIVE_VIEW_SAY_H

#include "archive/view/visit.h"

/* The interface's own words on a page, escaped, in the visit's language. */
void wv_say(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase);
/* The phrase's "%s" is `value`: foreign text is shown isolated, a number grouped. */
void wv_say_text(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                 struct wv_slice value);
void wv_say_count(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                  uint64_t value);
void wv_say_time(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase,
                 struct wv_time t);
/* A name (a source's, a category's) in the language it is in: that of an article beside it, else what
 * its letters tell. */
void wv_say_name(struct wv_buf *out, const struct wv_visit *visit, struct wv_slice name,
                   struct wv_slice language);
/* <time datetime="...Z">: date and time with zone; the script adds the reader's own. */
void wv_say_instant(struct wv_buf *out, const struct wv_visit *visit, struct wv_time t);
/* In the brackets of the language. */
void wv_say_bracketed(struct wv_buf *out, const struct wv_visit *visit, enum wv_phrase phrase);
/* `name="..."` in the interface's words: aria-label, title, placeholder. */
void wv_say_attribute(struct wv_buf *out, const struct wv_visit *visit, const char *name,
                      enum wv_phrase phrase);
/* <tag>phrase</tag>; `tag` is ours. */
void wv_say_in(struct wv_buf *out, const struct wv_visit *visit, const char *tag,
               enum wv_phrase phrase);

/* "2024-06-05" of its UTC day. */
#define WV_SAY_DAY_MAX 16
const char *wv_say_day(struct wv_time t, char text[WV_SAY_DAY_MAX]);
const char *wv_say_year(int32_t year, char text[WV_SAY_DAY_MAX]);
/* First instant of its UTC day. */
struct wv_time wv_say_day_start(struct wv_time t);

#endif
