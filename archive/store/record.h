#ifndef WV_ARCHIVE_STORE_RECORD_H
#define WV_ARCHIVE_STORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/store/capture.h"
#include "archive/store/row.h"
#include "config/base/arena.h"
#include "config/base/bytes.h"
#include "config/base/digest.h"

/*
 * A capture as a row of WV_TABLE_CAPTURES, and as the leaf that the log commits to. The layout is
 * drawn above the encoder. decode(encode(x)) = x; anything malformed is WV_DAMAGED. Pure; any
 * thread.
 */

/* What a capture's row leaves to others: the page's first URL, and the capture whose texts were
 * the dictionary (itself without one). */
struct wv_capture_context {
	struct wv_slice page_url;
	uint32_t source; /* number of capture->source; 0: none */
	bool has_reference;
	uint64_t reference;         /* its id */
	struct wv_slice dictionary; /* its texts, as wv_record_capture_texts gives them */
};
/* All texts of a capture in one string, uncompressed: what a reference offers. */
WV_MUST_USE enum wv_status wv_record_capture_texts(const struct wv_capture *capture,
                                                   struct wv_slice page_url, struct wv_buf *out,
                                                   struct wv_err *err);
WV_MUST_USE enum wv_status wv_record_capture_encode(const struct wv_capture *capture,
                                                    const struct wv_capture_context *context,
                                                    struct wv_buf *out, struct wv_err *err);
/* What must be known before decoding: fills `source`, `has_reference`, `reference`; and all facts
 * that are no text, cheaply. Either may be NULL. */
WV_MUST_USE enum wv_status wv_record_capture_peek(const struct wv_capture_key *key,
                                                  struct wv_slice value,
                                                  struct wv_capture_context *context,
                                                  struct wv_capture *facts, struct wv_err *err);
/* Slices of `out` lie in `arena`; page_key and source are left empty. */
WV_MUST_USE enum wv_status wv_record_capture_decode(const struct wv_capture_key *key,
                                                    struct wv_slice value,
                                                    const struct wv_capture_context *context,
                                                    struct wv_arena *arena, struct wv_capture *out,
                                                    struct wv_err *err);

/*
 * The leaf: lines of text that a person can read and hash with tools that know nothing of us.
 * Its hash is SHA-256(0x00 | salt | leaf); the salt keeps the hash of an erased capture from
 * telling what it was.
 */
WV_MUST_USE enum wv_status wv_record_leaf(const struct wv_capture *capture, struct wv_buf *out,
                                          struct wv_err *err);
WV_MUST_USE enum wv_status wv_record_leaf_hash(const unsigned char salt[WV_SALT_BYTES],
                                               struct wv_slice leaf, struct wv_digest *out,
                                               struct wv_err *err);

#endif
