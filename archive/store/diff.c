#include "archive/store/diff.h"

#include "archive/store/diff_inner.h"

#define LIST_CAP (512u * 1024u * 1024u)

struct diff {
	struct wv_arena *arena;
	struct wv_interner *interner; /* of words */
	struct wv_buf hunks, marks;   /* arrays */
	const struct wv_slice *before, *after;
	size_t before_count, after_count;
	/* By paragraph; filled when first asked for. */
	struct wv_diff_words *before_words, *after_words;
};

static enum wv_status no_memory(struct wv_err *err)
{
	return wv_err_set(err, WV_NOMEM, "out of memory");
}

/* --- hunks --- */

static void add_hunk(struct diff *d, const struct wv_hunk *hunk)
{
	wv_buf_add_bytes(&d->hunks, hunk, sizeof *hunk);
}

static void add_removed(struct diff *d, size_t before, size_t after)
{
	add_hunk(d, &(struct wv_hunk){.kind = WV_HUNK_REMOVED,
	                              .before_at = before,
	                              .after_at = after,
	                              .before = d->before[before]});
}

static void add_added(struct diff *d, size_t before, size_t after)
{
	add_hunk(d, &(struct wv_hunk){.kind = WV_HUNK_ADDED,
	                              .before_at = before,
	                              .after_at = after,
	                              .after = d->after[after]});
}

/* --- one changed paragraph --- */

static void add_mark(struct diff *d, struct wv_diff_side *before_side, struct wv_slice before,
                     struct wv_diff_side *after_side, struct wv_slice after)
{
	struct wv_diff_mark mark = {.marks = wv_diff_marks(before_side, before, after_side, after),
	                            .hunk = d->hunks.n / sizeof(struct wv_hunk),
	                            .before = before,
	                            .after = after};

	if (mark.marks)
		wv_buf_add_bytes(&d->marks, &mark, sizeof mark);
}

/* The runs of a pair of paragraphs that were compared, into `words`, and marks; their number. */
static size_t add_runs(struct diff *d, size_t before, size_t after, struct wv_word *words)
{
	const struct wv_diff_words *a = &d->before_words[before], *b = &d->after_words[after];
	struct wv_diff_side side_a = {.paragraph = d->before[before]};
	struct wv_diff_side side_b = {.paragraph = d->after[after]};
	size_t i = 0, k = 0, n = 0;

	while (i < a->n || k < b->n) {
		size_t from_a, from_b = k;
		struct wv_slice removed, added;

		while (i < a->n && k < b->n && !a->changed[i] && !b->changed[k]) {
			i++;
			k++;
		}
		if (k > from_b)
			words[n++] = (struct wv_word){WV_WORD_SAME, wv_diff_run(b, from_b, k)};
		from_a = i;
		from_b = k;
		while (i < a->n && a->changed[i])
			i++;
		while (k < b->n && b->changed[k])
			k++;
		removed = wv_diff_run(a, from_a, i);
		added = wv_diff_run(b, from_b, k);
		if (removed.n)
			words[n++] = (struct wv_word){WV_WORD_REMOVED, removed};
		if (added.n)
			words[n++] = (struct wv_word){WV_WORD_ADDED, added};
		if (removed.n || added.n)
			add_mark(d, &side_a, removed, &side_b, added);
	}
	return n;
}

static enum wv_status add_changed(struct diff *d, size_t before, size_t after, struct wv_err *err)
{
	struct wv_diff_words *a = &d->before_words[before], *b = &d->after_words[after];
	struct wv_word *words = WV_ARENA_ARRAY(d->arena, struct wv_word, a->n + b->n);
	struct wv_hunk hunk = {.kind = WV_HUNK_CHANGED,
	                       .before_at = before,
	                       .after_at = after,
	                       .before = d->before[before],
	                       .after = d->after[after],
	                       .words = words};
	enum wv_status st;

	if (!words)
		return no_memory(err);
	st = wv_diff_compare_words(a, b, err);
	if (st != WV_OK)
		return st;
	hunk.word_count = add_runs(d, before, after, words);
	add_hunk(d, &hunk);
	return WV_OK;
}

/* --- a stretch of changed paragraphs --- */

struct stretch {
	size_t before, before_count, after, after_count;
};

static enum wv_status pair_up(struct diff *d, const struct stretch *s, size_t *pair,
                              struct wv_err *err)
{
	struct wv_diff_words *before = &d->before_words[s->before];
	struct wv_diff_words *after = &d->after_words[s->after];
	enum wv_status st = WV_OK;

	for (size_t i = 0; i < s->before_count && st == WV_OK; i++)
		st = wv_diff_split(d->before[s->before + i], d->interner, d->arena, &before[i], err);
	for (size_t i = 0; i < s->after_count && st == WV_OK; i++)
		st = wv_diff_split(d->after[s->after + i], d->interner, d->arena, &after[i], err);
	if (st == WV_OK)
		st = wv_diff_pair(before, s->before_count, after, s->after_count, d->arena, pair,
		                  err);
	return st;
}

static enum wv_status add_stretch(struct diff *d, struct stretch s, struct wv_err *err)
{
	size_t *pair, k = 0;
	enum wv_status st = WV_OK;

	if (s.before_count == 0 || s.after_count == 0) {
		for (size_t i = 0; i < s.before_count; i++)
			add_removed(d, s.before + i, s.after);
		for (size_t i = 0; i < s.after_count; i++)
			add_added(d, s.before, s.after + i);
		return WV_OK;
	}
	pair = WV_ARENA_ARRAY(d->arena, size_t, s.before_count);
	if (!pair)
		return no_memory(err);
	st = pair_up(d, &s, pair, err);
	for (size_t i = 0; i < s.before_count && st == WV_OK; i++) {
		if (pair[i] == SIZE_MAX) {
			add_removed(d, s.before + i, s.after + k);
			continue;
		}
		for (; k < pair[i]; k++)
			add_added(d, s.before + i, s.after + k);
		st = add_changed(d, s.before + i, s.after + k++, err);
	}
	for (; k < s.after_count && st == WV_OK; k++)
		add_added(d, s.before + s.before_count, s.after + k);
	return st;
}

/* --- the whole --- */

static enum wv_status split_paragraphs(struct wv_slice text, struct wv_arena *arena,
                                       const struct wv_slice **out, size_t *count,
                                       struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	struct wv_slice line, *lines;
	size_t n = 0;

	while (wv_cursor_line(&c, &line))
		n++;
	if (n > WV_DIFF_PARAGRAPHS_MAX)
		return wv_err_set(err, WV_LIMIT, "a text of %zu paragraphs", n);
	lines = WV_ARENA_ARRAY(arena, struct wv_slice, n);
	if (!lines)
		return no_memory(err);
	c = wv_cursor(text);
	for (size_t i = 0; i < n; i++)
		(void)wv_cursor_line(&c, &lines[i]);
	*out = lines;
	*count = n;
	return WV_OK;
}

static enum wv_status number(struct wv_interner *interner, const struct wv_slice *items, size_t n,
                             struct wv_arena *arena, struct wv_sequence *out, struct wv_err *err)
{
	uint32_t *ids = WV_ARENA_ARRAY(arena, uint32_t, n);

	out->changed = WV_ARENA_ARRAY(arena, bool, n);
	if (!ids || !out->changed)
		return no_memory(err);
	for (size_t i = 0; i < n; i++)
		if (!wv_intern(interner, items[i], &ids[i]))
			return no_memory(err);
	out->items = ids;
	out->n = n;
	return WV_OK;
}

static enum wv_status compare_paragraphs(struct diff *d, struct wv_sequence *a,
                                         struct wv_sequence *b, struct wv_err *err)
{
	WV_AUTO(wv_interner_free) struct wv_interner *interner = NULL;
	enum wv_status st = wv_interner_new(&interner, err);

	if (st == WV_OK)
		st = number(interner, d->before, d->before_count, d->arena, a, err);
	if (st == WV_OK)
		st = number(interner, d->after, d->after_count, d->arena, b, err);
	return st == WV_OK ? wv_sequence_compare(a, b, err) : st;
}

static enum wv_status add_stretches(struct diff *d, const struct wv_sequence *a,
                                    const struct wv_sequence *b, struct wv_err *err)
{
	enum wv_status st = WV_OK;
	size_t i = 0, k = 0;

	while ((i < a->n || k < b->n) && st == WV_OK) {
		struct stretch s = {.before = i, .after = k};

		while (i < a->n && a->changed[i])
			i++;
		while (k < b->n && b->changed[k])
			k++;
		s.before_count = i - s.before;
		s.after_count = k - s.after;
		if (s.before_count || s.after_count) {
			st = add_stretch(d, s, err);
		} else {
			i++;
			k++;
		}
	}
	return st;
}

static enum wv_status give(struct diff *d, struct wv_buf *list, const void **out,
                           struct wv_err *err)
{
	enum wv_status st = wv_buf_finish(list, "differences", err);
	void *items;

	if (st != WV_OK)
		return st;
	items = wv_arena_alloc(d->arena, list->n);
	if (!items)
		return no_memory(err);
	if (list->n)
		memcpy(items, list->p, list->n);
	*out = items;
	return WV_OK;
}

static enum wv_status compare(struct diff *d, struct wv_slice before, struct wv_slice after,
                              struct wv_diff *out, struct wv_err *err)
{
	struct wv_sequence a = {0}, b = {0};
	const void *hunks = NULL, *marks = NULL;
	enum wv_status st = split_paragraphs(before, d->arena, &d->before, &d->before_count, err);

	if (st == WV_OK)
		st = split_paragraphs(after, d->arena, &d->after, &d->after_count, err);
	if (st != WV_OK)
		return st;
	d->before_words = WV_ARENA_ARRAY(d->arena, struct wv_diff_words, d->before_count);
	d->after_words = WV_ARENA_ARRAY(d->arena, struct wv_diff_words, d->after_count);
	if (!d->before_words || !d->after_words)
		return no_memory(err);
	st = wv_interner_new(&d->interner, err);
	if (st == WV_OK)
		st = compare_paragraphs(d, &a, &b, err);
	if (st == WV_OK)
		st = add_stretches(d, &a, &b, err);
	if (st == WV_OK)
		st = give(d, &d->hunks, &hunks, err);
	if (st == WV_OK)
		st = wv_diff_note_repeats((struct wv_diff_mark *)(void *)d->marks.p,
		                          d->marks.n / sizeof(struct wv_diff_mark), err);
	if (st == WV_OK)
		st = give(d, &d->marks, &marks, err);
	if (st == WV_OK)
		*out = (struct wv_diff){
			.hunks = hunks,
			.hunk_count = d->hunks.n / sizeof(struct wv_hunk),
			.marks = marks,
			.mark_count = d->marks.n / sizeof(struct wv_diff_mark),
			.before_paragraphs = d->before,
			.after_paragraphs = d->after,
			.before_count = d->before_count,
			.after_count = d->after_count,
		};
	return st;
}

enum wv_status wv_diff_texts(struct wv_slice before, struct wv_slice after, struct wv_arena *arena,
                             struct wv_diff *out, struct wv_err *err)
{
	struct diff d = {.arena = arena};
	enum wv_status st;

	wv_buf_init(&d.hunks, LIST_CAP);
	wv_buf_init(&d.marks, LIST_CAP);
	st = compare(&d, before, after, out, err);
	wv_buf_done(&d.hunks);
	wv_buf_done(&d.marks);
	wv_interner_free(&d.interner);
	return st;
}
