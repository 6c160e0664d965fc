#ifndef WV_ARCHIVE_STORE_DIFF_H
#define WV_ARCHIVE_STORE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What changed between two texts: first which paragraphs (lines), then which words in them. Words
 * are runs of letters or digits; a CJK letter is a word of its own. Pure; any thread; time and
 * memory are bounded whatever the texts: where they differ too much to be followed, a stretch is
 * given as replaced.
 */
enum wv_hunk_kind { WV_HUNK_REMOVED, WV_HUNK_ADDED, WV_HUNK_CHANGED };
enum wv_word_kind { WV_WORD_SAME, WV_WORD_REMOVED, WV_WORD_ADDED };

/* A stretch of a changed paragraph. The SAME and REMOVED ones in order are the paragraph before,
 * the SAME and ADDED ones the paragraph after. */
struct wv_word {
	enum wv_word_kind kind;
	struct wv_slice text;
};

struct wv_hunk {
	enum wv_hunk_kind kind;
	size_t before_at, after_at;    /* index of the paragraph there, or where it would stand */
	struct wv_slice before, after; /* the paragraphs; empty where there is none */
	const struct wv_word *words;   /* CHANGED only */
	size_t word_count;
};

/* What a reader wants to see first. */
enum wv_mark {
	WV_MARK_NUMBER = 1u << 0,
	WV_MARK_NAME = 1u << 1,  /* a capitalised word inside a sentence */
	WV_MARK_QUOTE = 1u << 2, /* inside quotation marks */
};
struct wv_diff_mark {
	uint32_t marks; /* enum wv_mark */
	size_t hunk;
	struct wv_slice before, after; /* the words that changed; one may be empty */
	/* A mark before it says the same: one figure that changed in headline and text is one change
	 * to a reader. */
	bool is_repeated;
};

struct wv_diff {
	const struct wv_hunk *hunks; /* in order; none for equal texts */
	size_t hunk_count;
	const struct wv_diff_mark *marks;
	size_t mark_count;
	const struct wv_slice *before_paragraphs, *after_paragraphs; /* for context around hunks */
	size_t before_count, after_count;
};

/* Slices point into the texts, the rest into `arena`. WV_NOMEM; WV_LIMIT above
 * WV_DIFF_PARAGRAPHS_MAX paragraphs on a side. */
#define WV_DIFF_PARAGRAPHS_MAX 1000000u
WV_MUST_USE enum wv_status wv_diff_texts(struct wv_slice before, struct wv_slice after,
                                         struct wv_arena *arena, struct wv_diff *out,
                                         struct wv_err *err);

#endif
