#ifndef WV_ARCHIVE_STORE_SWAP_H
#define WV_ARCHIVE_STORE_SWAP_H

#include <stdint.h>

#include "config/base/status.h"

/*
 * A new data file in the place of an archive's: the one step of `compact` that anybody sees, a
 * rename.
 *
 * lock.mdb stays, because readers of the old file may have it open, and whoever has it open goes by
 * the number of the last transaction that it remembers, odd or even deciding which of the file's
 * two heads counts. So the new file's last transaction must have the old one's number: it is
 * written into its head, which LMDB has no call for.
 */

/* The last transaction of DIR/data.mdb, which nobody writes. WV_DAMAGED, WV_IO. */
WV_MUST_USE enum wv_status wv_swap_txn(const char *dir, uint64_t *txn, struct wv_err *err);

/*
 * Renames MADE/data.mdb, which nobody has open, to DIR/data.mdb, and syncs. `txn` is the old file's
 * last transaction, not below the new one's and odd or even as that is (WV_BUG).
 */
WV_MUST_USE enum wv_status wv_swap(const char *made, const char *dir, uint64_t txn,
                                   struct wv_err *err);

#endif
