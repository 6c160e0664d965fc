#ifndef WV_ARCHIVE_PROOF_ANCHOR_H
#define WV_ARCHIVE_PROOF_ANCHOR_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/proof/head.h"
#include "config/base/arena.h"

/*
 * Anchors: somebody else's word for when a signed head existed. A time stamping authority (RFC
 * 3161) signs the SHA-256 of the head's text with its own time; a hook publishes the head where it
 * likes. Asking happens when the run is over and its lock released, so nothing waits for it; what
 * came back is stored beside the head, and that it was told.
 *
 * Whether the authority is to be trusted is for openssl and the reader's own list to say:
 *   openssl ts -verify -data head.txt -in anchor.tsr -CAfile authority.pem
 */

/* TimeStampReq (DER) for a head: SHA-256 of its text, a nonce, and the wish for certificates. */
WV_MUST_USE enum wv_status wv_anchor_request(const struct wv_signed_head *head, struct wv_buf *out,
                                             struct wv_err *err);
/*
 * Is `response` (DER) a granted answer to `request`, over this head? The authority's own signature
 * is not looked at. WV_BAD_INPUT says what is wrong.
 */
WV_MUST_USE enum wv_status wv_anchor_check(const struct wv_signed_head *head,
                                           struct wv_slice request, struct wv_slice response,
                                           struct wv_time *stamped, struct wv_err *err);

/*
 * WV_TABLE_ANCHORS: u64 size of the head, u32 number from 0 (both big endian) ->
 *   u8 version | u64 recorded | u64 stamped (0: no response) | block by | block request |
 *   block response (empty: it was told and gave none)
 */
struct wv_anchor {
	uint32_t number;
	struct wv_time recorded, stamped; /* stamped: WV_TIME_NONE without a response */
	struct wv_slice by;               /* "tsa https://tsa.example/", "hook publish" */
	struct wv_slice request, response;
};
WV_MUST_USE bool wv_anchor_decode(struct wv_slice key, struct wv_slice value, uint64_t *size,
                                  struct wv_anchor *out);
/* Slices in `arena`. WV_NO: there is none of that number. */
WV_MUST_USE enum wv_status wv_anchor_get(struct wv_txn *txn, struct wv_arena *arena, uint64_t size,
                                         uint32_t number, struct wv_anchor *out,
                                         struct wv_err *err);
/* Adds one in a write transaction of its own, under the writer's lock. */
WV_MUST_USE enum wv_status wv_anchor_put(struct wv_store *store, uint64_t size,
                                         const struct wv_anchor *anchor, struct wv_err *err);
/* Was the head of this size told to `by`? */
WV_MUST_USE enum wv_status wv_anchor_has(struct wv_txn *txn, uint64_t size, struct wv_slice by,
                                         bool *out, struct wv_err *err);

#endif
