#ifndef WV_ARCHIVE_SEARCH_SNIPPET_H
#define WV_ARCHIVE_SEARCH_SNIPPET_H

#include <stddef.h>

#include "archive/search/query.h"
#include "archive/store/article.h"
#include "config/base/arena.h"

/*
 * A piece of an article that shows why it was found: the stretch of one paragraph in which most
 * different words of the query stand, the earliest of equals; without a query, or where only the
 * headline has them, the beginning. Cut between words (in scripts without spaces between signs),
 * better after a full stop; an ellipsis stands where something was cut off.
 */
struct wv_snippet_mark {
	size_t from, to; /* bytes of the snippet's text */
};
#define WV_SNIPPET_MARKS_MAX 32u
struct wv_snippet {
	struct wv_slice text;
	struct wv_snippet_mark marks[WV_SNIPPET_MARKS_MAX];
	size_t mark_count;
};
#define WV_SNIPPET_UNITS 90u /* about: a sign counts two, another letter one */

/* `query` may be NULL. Lies in `arena`. Pure. */
WV_MUST_USE enum wv_status wv_snippet_of(const struct wv_article *article,
                                         const struct wv_query *query, struct wv_arena *arena,
                                         struct wv_snippet *out, struct wv_err *err);

/* A title, or where there is none the begin of the text, cut at a word: then *is_fallback. Empty
 * where there is no text either. */
WV_MUST_USE enum wv_status wv_snippet_title(const struct wv_article *article,
                                            struct wv_arena *arena, struct wv_slice *title,
                                            bool *is_fallback, struct wv_err *err);

#endif
