#ifndef WV_ARCHIVE_STORE_SEQUENCE_H
#define WV_ARCHIVE_STORE_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * Which items of two sequences are common, in order: the engine under diff. Items that stand once
 * on each side are anchors (patience diff); between anchors it is Myers' algorithm with the
 * middle snake (An O(ND) Difference Algorithm, 1986), given up beyond WV_SEQUENCE_COST steps: then
 * that stretch counts as replaced. Pure; any thread; memory is linear.
 */
#define WV_SEQUENCE_COST 1000

struct wv_sequence {
	const uint32_t *items; /* equal items have equal numbers; see wv_intern */
	size_t n;
	bool *changed; /* filled: not common */
};
WV_MUST_USE enum wv_status wv_sequence_compare(struct wv_sequence *before,
                                               struct wv_sequence *after, struct wv_err *err);

/* Gives equal slices equal numbers, dense from 0. */
struct wv_interner;
WV_MUST_USE enum wv_status wv_interner_new(struct wv_interner **out, struct wv_err *err);
void wv_interner_free(struct wv_interner **interner);
/* The slice is borrowed until the end. False: out of memory. */
WV_MUST_USE bool wv_intern(struct wv_interner *interner, struct wv_slice item, uint32_t *number);

#endif
