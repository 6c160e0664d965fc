#ifndef WV_ARCHIVE_COPIES_LEARNED_H
#define WV_ARCHIVE_COPIES_LEARNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/copies/lexicon.h"
#include "archive/copies/units.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Name pairs that texts give away themselves: "英伟达(Nvidia)", "エヌビディア（NVIDIA）", "Nvidia(엔비디아)".
 * Where the name before a bracket begins is not written; what it has in common in two texts, or what
 * the same text repeats, tells.
 */
struct wv_learned;

WV_MUST_USE enum wv_status wv_learned_new(struct wv_learned **out, struct wv_err *err);
void wv_learned_free(struct wv_learned **learned);
/* Looks a text through; each text once. WV_NOMEM. */
WV_MUST_USE enum wv_status wv_learned_read(struct wv_learned *learned, const struct wv_units *units,
                                           struct wv_err *err);
/* Teaches the lexicon the pairs that are sure, in the order of their names; the number of them. A
 * pair whose Latin name has a meaning already gives that meaning to the other. */
WV_MUST_USE enum wv_status wv_learned_teach(struct wv_learned *learned, struct wv_lexicon *lexicon,
                                            size_t *count, struct wv_err *err);

/*
 * For who keeps the pairs and goes on later. What one pair is; slices live as long as `learned`.
 */
struct wv_name_pair {
	struct wv_slice latin, alias;
	bool is_sure;
};
/* A pair as it was kept: no news to wv_learned_each_new. WV_NOMEM; past the most of them nothing. */
WV_MUST_USE enum wv_status wv_learned_keep(struct wv_learned *learned, const struct wv_name_pair *pair,
                                           struct wv_err *err);
/* The pairs that the texts read since the last call made, or made sure, in the order of the texts. */
typedef enum wv_status (*wv_name_pair_fn)(void *context, const struct wv_name_pair *pair,
                                          struct wv_err *err);
WV_MUST_USE enum wv_status wv_learned_each_new(struct wv_learned *learned, wv_name_pair_fn each,
                                               void *context, struct wv_err *err);
/* Teaches one. */
WV_MUST_USE enum wv_status wv_name_pair_teach(const struct wv_name_pair *pair, struct wv_arena *scratch,
                                              struct wv_lexicon *lexicon, struct wv_err *err);

#endif
