#include "crawler/cmd/marks.h"

#include "crawler/cmd/read.h"

static const char *const names[] = {"number", "name", "quote"}; /* in the order of enum wv_mark */

const struct wv_diff_mark *wv_marks_next(struct wv_marks *walk, const char **kind)
{
	const struct wv_diff *d = walk->diff;

	for (; walk->kind < WV_COUNT(names); walk->kind++, walk->at = 0)
		while (walk->at < d->mark_count) {
			const struct wv_diff_mark *m = &d->marks[walk->at++];
			uint32_t this = 1u << walk->kind;

			if (!(m->marks & this) || m->marks & (this - 1) || m->is_repeated)
				continue;
			*kind = names[walk->kind];
			return m;
		}
	return NULL;
}

void wv_marks_add_words(struct wv_buf *out, const struct wv_diff_mark *m)
{
	wv_read_add_plain(out, m->before.n ? m->before : WV_LIT("(nothing)"));
	wv_buf_add_string(out, " -> ");
	wv_read_add_plain(out, m->after.n ? m->after : WV_LIT("(nothing)"));
}

void wv_marks_json(struct wv_json_writer *w, const struct wv_diff *d)
{
	wv_json_open_array(w, "marks");
	for (size_t i = 0; d && i < d->mark_count; i++) {
		wv_json_open_object(w, NULL);
		wv_json_open_array(w, "kinds");
		for (size_t kind = 0; kind < WV_COUNT(names); kind++)
			if (d->marks[i].marks >> kind & 1)
				wv_json_string(w, NULL, wv_slice_of(names[kind]));
		wv_json_close(w);
		wv_json_string(w, "before", d->marks[i].before);
		wv_json_string(w, "after", d->marks[i].after);
		wv_json_close(w);
	}
	wv_json_close(w);
}
