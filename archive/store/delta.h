#ifndef WV_ARCHIVE_STORE_DELTA_H
#define WV_ARCHIVE_STORE_DELTA_H

#include <stdbool.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/*
 * A byte string as copies of and additions to another, its reference: what changes on a page from
 * one hour to the next is small and stands in many places.
 *
 * A delta holds operations (add so many bytes, copy so many from there), then the added bytes,
 * each deflated with the reference's text around its place as context. The layout is drawn above
 * the encoder and in wirevault-archive(5). Pure; any thread.
 */

/* Bytes that come out of inflate when it is decoded, by its own word. False: it does not decode. */
WV_MUST_USE bool wv_delta_inflated(struct wv_slice delta, uint64_t *inflated);

/* Appends the delta of `target` to `reference`, either of at most twice WV_LIMIT_BODY_BYTES_MAX
 * (WV_LIMIT). */
WV_MUST_USE enum wv_status wv_delta_encode(struct wv_slice reference, struct wv_slice target,
                                           struct wv_buf *out, struct wv_err *err);
/* Appends exactly `raw_bytes`. WV_DAMAGED, with `out` as it was, on anything that no encoder made
 * of this reference. */
WV_MUST_USE enum wv_status wv_delta_decode(struct wv_slice reference, struct wv_slice delta,
                                           size_t raw_bytes, struct wv_buf *out,
                                           struct wv_err *err);

#endif
