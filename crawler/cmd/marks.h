#ifndef WV_CRAWLER_CMD_MARKS_H
#define WV_CRAWLER_CMD_MARKS_H

#include "archive/store/diff.h"
#include "config/base/json.h"

/* What of a change a reader wants to see first: the marks of a diff, as commands print them. */

/* A walk over them: by kind, each under the first kind it has, and said once. Begin with the diff. */
struct wv_marks {
	const struct wv_diff *diff;
	size_t kind, at;
};
/* The next one, and what its kind is called; NULL: no more. */
const struct wv_diff_mark *wv_marks_next(struct wv_marks *walk, const char **kind);
/* "before -> after", "(nothing)" for none. */
void wv_marks_add_words(struct wv_buf *out, const struct wv_diff_mark *mark);
/* The member "marks": all as they stand, with all kinds of each; of NULL none. */
void wv_marks_json(struct wv_json_writer *w, const struct wv_diff *diff);

#endif
