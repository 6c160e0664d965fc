#ifndef WV_ARCHIVE_STORE_DIFF_INNER_H
#define WV_ARCHIVE_STORE_DIFF_INNER_H

#include "archive/store/diff.h"
#include "archive/store/sequence.h"

/* Between diff.c (which paragraphs changed) and its helpers. Not for others. */

/* The words of a paragraph, its spaces and signs among them, side by side. */
struct wv_diff_words {
	struct wv_slice *texts;
	uint32_t *ids;
	bool *changed;
	size_t n;
};

/* diff_words.c */
bool wv_diff_is_word_char(uint32_t c);
/* The word, the space or the sign at *at, which moves behind it. */
struct wv_slice wv_diff_next_word(struct wv_slice s, size_t *at);
bool wv_diff_is_all_space(struct wv_slice s);
/* Fills `out` once: a second call finds it filled. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_diff_split(struct wv_slice paragraph, struct wv_interner *interner,
                                         struct wv_arena *arena, struct wv_diff_words *out,
                                         struct wv_err *err);
/* Marks what changed from one to the other; a lone space between two changes is one with them. */
WV_MUST_USE enum wv_status wv_diff_compare_words(struct wv_diff_words *before,
                                                 struct wv_diff_words *after, struct wv_err *err);
/* From the first word's start to the last one's end; `from` == `to`: empty. */
struct wv_slice wv_diff_run(const struct wv_diff_words *words, size_t from, size_t to);

/*
 * diff_pairs.c: which of the paragraphs before became which after, in order on both sides.
 * pair[i] is the partner of the i-th before, SIZE_MAX for none. All must have been split. Work is
 * bounded: a large stretch is paired first with first, second with second. WV_NOMEM.
 */
WV_MUST_USE enum wv_status wv_diff_pair(const struct wv_diff_words *before, size_t before_count,
                                        const struct wv_diff_words *after, size_t after_count,
                                        struct wv_arena *arena, size_t *pair, struct wv_err *err);

/*
 * diff_marks.c: what of a change a reader wants to see first (enum wv_mark). Each side's paragraph
 * is read once, from change to change: parts come in order.
 */
struct wv_diff_side {
	struct wv_slice paragraph;
	size_t at;
	uint32_t opened; /* the mark that opened the quotation we are in; 0: none */
};
uint32_t wv_diff_marks(struct wv_diff_side *before_side, struct wv_slice before,
                       struct wv_diff_side *after_side, struct wv_slice after);
/* Notes which of them say what one before them says. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_diff_note_repeats(struct wv_diff_mark *marks, size_t n,
                                                struct wv_err *err);

#endif
