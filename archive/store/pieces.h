#ifndef WV_ARCHIVE_STORE_PIECES_H
#define WV_ARCHIVE_STORE_PIECES_H

#include "archive/store/db.h"
#include "config/base/digest.h"

/*
 * A body piece by piece, for those who hand on what is too large to hold. A piece is at most some
 * MiB, whatever the body's size, except of the few large bodies that are stored as a delta, which
 * come in one piece.
 *
 * The SHA-256 is known to be right only at the end: who hands pieces on before it is told
 * (WV_DAMAGED) what they were. `sink` stops the walk by anything but WV_OK, which is then returned.
 * WV_NO: the body is not there. Slices live for the call.
 */
typedef enum wv_status (*wv_piece_sink)(void *context, struct wv_slice piece, struct wv_err *err);
WV_MUST_USE enum wv_status wv_store_body_pieces(struct wv_txn *txn, const struct wv_digest *body,
                                                wv_piece_sink sink, void *context,
                                                struct wv_err *err);

#endif
