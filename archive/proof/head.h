#ifndef WV_ARCHIVE_PROOF_HEAD_H
#define WV_ARCHIVE_PROOF_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/proof/merkle.h"
#include "archive/store/store.h"

/*
 * Signed tree heads: what the archive said its log was, in a form that it cannot take back. A run
 * signs the newest head when it ends. The signature (Ed25519, RFC 8032) is over a text that a
 * person can read and openssl can check:
 *
 *   wirevault head 1
 *   key <base64 of the 32 bytes of the public key>
 *   size 4711
 *   root <base64 of the tree's root hash>
 *   recorded 2026-03-05T08:02:52.120000Z
 *   clock simulated                          (only in such an archive)
 *
 * Whoever keeps such a text and its signature can show later that the log was rolled back or
 * forked: `verify --head`.
 */
#define WV_HEAD_KEY_BYTES       32
#define WV_HEAD_SIGNATURE_BYTES 64

struct wv_signed_head {
	struct wv_tree_head head;
	bool is_simulated;
	unsigned char key[WV_HEAD_KEY_BYTES]; /* public */
	unsigned char signature[WV_HEAD_SIGNATURE_BYTES];
};

/* The key pair that signs. */
struct wv_head_key;
/*
 * Opens the PEM file `key_file`, or, where that is empty, head.key in the archive folder `dir`,
 * which is made (mode 0600) where it is missing: hold the writer's lock. WV_SETTINGS for a named
 * file that is not there or holds no Ed25519 key, WV_DAMAGED for a head.key that holds none;
 * WV_PERM, WV_CREATE, WV_FULL, WV_IO.
 */
WV_MUST_USE enum wv_status wv_head_key_open(const char *dir, struct wv_slice key_file,
                                            struct wv_head_key **out, struct wv_err *err);
void wv_head_key_free(struct wv_head_key **key);

/*
 * Signs the newest head in a write transaction of its own, unless it is signed. *is_new (may be
 * NULL): it was not. WV_NO: the log is empty. The writer's lock is held, no other transaction of
 * this thread is open.
 */
WV_MUST_USE enum wv_status wv_head_sign(struct wv_store *store, const struct wv_head_key *key,
                                        struct wv_signed_head *out, bool *is_new,
                                        struct wv_err *err);

/* The newest signed head if it covers `size` leaves; WV_NO: none does. */
WV_MUST_USE enum wv_status wv_head_newest_signed(struct wv_txn *txn, uint64_t size,
                                                 struct wv_signed_head *out, struct wv_err *err);
/* The signed head of exactly this size; WV_NO. */
WV_MUST_USE enum wv_status wv_head_signed_at(struct wv_txn *txn, uint64_t size,
                                             struct wv_signed_head *out, struct wv_err *err);

/* The text that is signed, as drawn above. */
void wv_head_add_message(struct wv_buf *out, const struct wv_signed_head *head);
/* The public key as openssl reads it: "-----BEGIN PUBLIC KEY-----" ... */
void wv_head_add_key(struct wv_buf *out, const unsigned char key[WV_HEAD_KEY_BYTES]);
/* Message, "signature <base64>", empty line: what is kept elsewhere and read by wv_head_parse. */
void wv_head_add_text(struct wv_buf *out, const struct wv_signed_head *head);
/* Reads such a text, or the first of a printed proof. WV_BAD_INPUT says what is missing; whether
 * the signature is right is wv_head_is_signed's to say. */
WV_MUST_USE enum wv_status wv_head_parse(struct wv_slice text, struct wv_signed_head *out,
                                         struct wv_err *err);
bool wv_head_is_signed(const struct wv_signed_head *head);

/* A row of WV_TABLE_HEADS, drawn in head_row.c. */
struct wv_head_row {
	struct wv_tree_head head;
	bool is_signed;
	unsigned char key[WV_HEAD_KEY_BYTES];
	unsigned char signature[WV_HEAD_SIGNATURE_BYTES];
};
WV_MUST_USE bool wv_head_row_decode(struct wv_slice key, struct wv_slice value,
                                    struct wv_head_row *out);
void wv_head_row_encode(const struct wv_head_row *row, struct wv_buf *out);

#endif
