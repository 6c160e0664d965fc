#ifndef WV_ARCHIVE_SEARCH_TOLD_H
#define WV_ARCHIVE_SEARCH_TOLD_H

#include <stdint.h>

#include "archive/copies/mention.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * What an article mentions, as the index keeps it (stories.h).
 *
 *   i64 captured, recorded | i32 day | u8 language[2] | f32 others, own | u16 mentions
 *   of each, by the upper half of its key:
 *   u8 kind | u8 salience, rarity, of 255 | u64 key
 *   | f64 value, u16 context, of a QUANTITY or FIGURE only
 *   | u8 n, and n bytes; or 128 + n, and u24 where its n bytes stand in headline, LF, text
 */
struct wv_told {
	int64_t captured, recorded; /* us: from when on the page had it, and since when that is known */
	int32_t day;                /* of its own time, since 1970 */
	unsigned char language[2];  /* 0, 0: unknown */
	float others, own;          /* likeness to earlier ones, in other languages and in its own */
	struct wv_mentions mentions;
	float *rarities; /* of each mention, among what was known when it came */
};

/* Sorts the mentions and their rarities as they are kept; rarities become what the row can say. */
void wv_told_sort(struct wv_told *told);
/* `text`: headline, LF, text, which mentions may point into. */
WV_MUST_USE enum wv_status wv_told_encode(const struct wv_told *told, struct wv_slice text,
                                          struct wv_buf *out, struct wv_err *err);
/* Lies in `arena`; what mentions are shown as points into `row` and `text`, whatever is not in them is
 * shown as nothing. WV_DAMAGED. */
WV_MUST_USE enum wv_status wv_told_decode(struct wv_slice row, struct wv_slice text,
                                          struct wv_arena *arena, struct wv_told *out,
                                          struct wv_err *err);

#endif
