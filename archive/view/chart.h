#ifndef WV_ARCHIVE_VIEW_CHART_H
#define WV_ARCHIVE_VIEW_CHART_H

#include "archive/view/visit.h"

/*
 * Charts as SVG made here: a figure with a caption, the drawing (an image with title and
 * description for who does not see it), and the figures themselves as a table in <details>. The
 * drawing stretches to the room there is; all text is HTML beside it, so it is as large on a phone
 * as anywhere and grows with the reader's own size. Colours are classes of the style sheet.
 */
enum wv_chart_kind {
	WV_CHART_BARS,  /* a bar a value; `parts` is the darker foot of each */
	WV_CHART_STEPS, /* a line that goes up and down by steps: running totals */
};
struct wv_chart {
	enum wv_chart_kind kind;
	const char *id;            /* ours, once on a page */
	enum wv_phrase title;
	struct wv_slice subject;   /* of a title with a "%s"; foreign */
	enum wv_phrase place_name, value_name, part_name; /* heads of the table */
	enum wv_phrase unit;       /* "%s captures": how the greatest value is said beside the drawing */
	const struct wv_slice *places; /* where each value stands: "2024-06-05" */
	const uint64_t *values;
	const uint64_t *parts;     /* NULL: none; each at most its value */
	size_t count;
};
void wv_chart_add(struct wv_buf *out, const struct wv_visit *visit, const struct wv_chart *chart);

/* The bars alone, for a row of a table that says the rest; named by the greatest and where it is. */
void wv_chart_spark(struct wv_buf *out, const struct wv_visit *visit, const uint64_t *values,
                    const struct wv_slice *places, size_t count);

/* Opens and closes a drawing of 1000 by `height` units that takes all the room across. */
void wv_chart_open(struct wv_buf *out, const char *id, unsigned height);
void wv_chart_close(struct wv_buf *out);

#endif
