#ifndef WV_ARCHIVE_SERVE_SHELF_H
#define WV_ARCHIVE_SERVE_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/clock.h"
#include "config/base/digest.h"
#include "config/base/status.h"

/*
 * Files without a name that hold long bodies, kept a while after they were made: who asks for one part
 * of a long body (Range) mostly asks for the next, and each would inflate all of it again. By the
 * digest of the body, that was checked when the file was written. Whoever takes one has looked first
 * whether the body may be shown, and is still there: the shelf does not know.
 *
 * Bounded: WV_SHELF_FILES of WV_SHELF_BYTES together, and each until nobody asked for it for
 * WV_SHELF_KEPT_US, or a fact came to the register: what is erased is then on no shelf either. Any
 * thread; its lock is a leaf.
 */
struct wv_shelf;

#define WV_SHELF_FILES   8u
#define WV_SHELF_BYTES   (256u * WV_MIB)
#define WV_SHELF_KEPT_US (30 * WV_US_PER_S)

WV_MUST_USE enum wv_status wv_shelf_new(struct wv_shelf **out, struct wv_err *err);
void wv_shelf_free(struct wv_shelf **shelf); /* also a WV_AUTO handler */

/* A descriptor of one's own for the file of a body, to be closed; -1: it is not here. Its position is
 * shared with others: to be read by pread alone. */
int wv_shelf_take(struct wv_shelf *shelf, const struct wv_digest *body, struct wv_mono now);
/* `file` stays the caller's. What is too long, or cannot be kept, is not. `facts`: rows of the register
 * when the body was read. */
void wv_shelf_put(struct wv_shelf *shelf, const struct wv_digest *body, int file, uint64_t bytes,
                  uint64_t facts, struct wv_mono now);
/* Lets go of what is to go by now; `facts`: rows of the register now. */
void wv_shelf_tidy(struct wv_shelf *shelf, uint64_t facts, struct wv_mono now);

#endif
