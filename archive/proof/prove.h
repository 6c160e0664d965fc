#ifndef WV_ARCHIVE_PROOF_PROVE_H
#define WV_ARCHIVE_PROOF_PROVE_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/proof/head.h"
#include "archive/proof/merkle.h"
#include "archive/store/capture.h"
#include "archive/store/record.h"

/*
 * The proof of one capture: its leaf and salt, the path from there to the root, and the signed
 * head that has this root; on demand also that an older log is a beginning of this one. The
 * printed form is read by people, by openssl and by check.sh, a shell script that shares no code
 * with us (wv_check_script).
 */
struct wv_proof {
	struct wv_capture capture; /* as the log has it: no later reading */
	struct wv_slice leaf;      /* its text, which is hashed */
	unsigned char salt[WV_SALT_BYTES];
	struct wv_digest leaf_hash;
	struct wv_signed_head head;
	struct wv_merkle_proof path;
	bool has_old;
	struct wv_tree_head old; /* of the size asked for */
	bool is_old_signed;
	struct wv_signed_head old_signed;
	struct wv_merkle_proof consistency;
};

/*
 * Under the newest signed head; everything made is checked before it is given (WV_DAMAGED).
 * Slices in `arena`. WV_NO with words: no such capture, an erased one, or no signed head covers it
 * yet (the run that recorded it has not ended).
 */
WV_MUST_USE enum wv_status wv_prove(struct wv_txn *txn, struct wv_arena *arena, uint64_t id,
                                    struct wv_proof *out, struct wv_err *err);
/* Adds the consistency with the log of `size` leaves; WV_NO with words: it is above the head. */
WV_MUST_USE enum wv_status wv_prove_since(struct wv_txn *txn, uint64_t size,
                                          struct wv_proof *proof, struct wv_err *err);
void wv_proof_add_text(struct wv_buf *out, const struct wv_proof *proof);

/* check.sh, the verifier for strangers. */
extern const unsigned char wv_check_script[];
extern const size_t wv_check_script_bytes;

#endif
