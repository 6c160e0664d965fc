#ifndef WV_ARCHIVE_COPIES_RELATION_H
#define WV_ARCHIVE_COPIES_RELATION_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/copies/fingerprint.h"

/*
 * What two texts are to each other: pure functions of what their fingerprints share, the same
 * whichever of the two came first.
 */

/* What text `a` shares with text `b`, counted while their entries are walked side by side. */
struct wv_shared {
	uint32_t level;  /* the coarser one of both: only hashes of it count */
	uint32_t count;
	uint64_t a_mask; /* bit i: something in the i-th part of `a` is shared */
	uint64_t b_mask;
};
void wv_shared_begin(struct wv_shared *shared, uint32_t a_level, uint32_t b_level);
void wv_shared_add(struct wv_shared *shared, uint64_t hash, uint32_t a_bucket, uint32_t b_bucket);

/* Seen from one text: how much of it the other explains, where, and the other way round. */
struct wv_overlap {
	uint64_t document; /* the other one */
	uint64_t mask;     /* of this text's parts */
	uint64_t other_mask;
	uint16_t explained;  /* share of this text that the other one holds, in 1/10,000 */
	uint16_t covered;    /* share of the other one that this text holds */
	uint16_t shared;     /* entries, at most UINT16_MAX */
	bool figures_differ; /* one template, other numbers: no copy, whatever else */
};

/* How alike two texts are, before anything is known of the rest. */
enum wv_likeness {
	WV_LIKENESS_NONE,
	WV_LIKENESS_CONTAINED, /* one is (the beginning of) the other: off where one is a round-up */
	WV_LIKENESS_MUTUAL,    /* most of both */
	WV_LIKENESS_SAME,      /* nearly all of both: holds for two round-ups too */
};

/* What a text needs to be for its side of an overlap. */
struct wv_sides {
	const uint32_t *count; /* as in wv_fingerprint */
	uint32_t level;
	const struct wv_figure *figures;
	uint32_t figure_count;
};
struct wv_sides wv_sides_of(const struct wv_fingerprint *fingerprint);

/* False where too little is shared to be kept. */
bool wv_overlap_make(const struct wv_sides *a, const struct wv_sides *b,
                     const struct wv_shared *shared, struct wv_overlap *out);
struct wv_overlap wv_overlap_turn(const struct wv_overlap *overlap, uint64_t document);
enum wv_likeness wv_overlap_likeness(const struct wv_overlap *overlap);
/* The larger one of explained and covered. */
uint16_t wv_overlap_similarity(const struct wv_overlap *overlap);

/*
 * A round-up: texts that have nothing to do with each other explain disjoint parts of it, and none
 * explains most of it. Judged on all overlaps of one text; their order makes no difference, and
 * what further overlaps can change is only this: a text becomes a round-up, and is settled to be
 * none once and for all. So of the first `judged` overlaps no two need be compared again.
 */
bool wv_is_settled(const struct wv_overlap *overlaps, size_t n);
bool wv_is_roundup(const struct wv_overlap *overlaps, size_t n, size_t judged);
/*
 * Takes an overlap into what all parts of a text have in common (at first UINT64_MAX). True where
 * that alone says that it is disjoint from none taken before, so that none need be compared.
 */
bool wv_common_part_take(uint64_t *common, const struct wv_overlap *overlap);
/*
 * Whether a text has still use for an overlap: it may be a copy, or bears on whether the text is
 * a round-up, while that is open. What is dropped so can change nothing later.
 */
bool wv_overlap_counts(const struct wv_overlap *overlap, bool is_settled, bool is_roundup);

/*
 * Two stories in one text: where one explains most of it, what lies wholly in the rest of it is
 * not a copy of it. The main part of a text is the least that a single other one explains of it,
 * from most of it on: a function of the set of its overlaps, kept up one by one, whose order makes
 * no difference. Which of several equally large ones it is, is as good as random, so that it seldom
 * changes, whatever the order.
 */
struct wv_main_part {
	uint64_t mask; /* 0: none */
	uint8_t level; /* how much it is, coarsely: the smaller one is it */
};
/* True if the main part is now another one. */
bool wv_main_part_take(struct wv_main_part *main, const struct wv_overlap *overlap);
struct wv_main_part wv_main_part_of(const struct wv_overlap *overlaps, size_t n);
/* Whether a copy is void, seen from the text with that main part. Nearly equal texts never are. */
bool wv_overlap_is_void(const struct wv_overlap *overlap, const struct wv_main_part *main);
/* Whether it is with some main part. */
bool wv_overlap_is_voidable(const struct wv_overlap *overlap);

/* Of a copy in force, given what both texts are, and where it is void from neither. */
bool wv_is_copy(enum wv_likeness likeness, bool a_is_roundup, bool b_is_roundup);

#endif
