#ifndef WV_ARCHIVE_STORE_REGISTER_INNER_H
#define WV_ARCHIVE_STORE_REGISTER_INNER_H

#include "archive/store/register.h"
#include "archive/store/row.h"
#include "config/base/limits.h"

/*
 * Between register.c (who asks what), register_rows.c (the rows) and register_check.c (verify). Not
 * for others.
 *
 * WV_TABLE_FACTS, by the first byte of the key:
 *
 *   't' number           the fact, as drawn above its encoder
 *   'p' page key, number -> nothing: facts about the page and its captures
 *   'r' number           -> u64 be: the fact that released it
 *   'e' leaf             -> u64 be: the fact that erased it
 *   'g' class, digest    -> u64 be: the fact that pruned these bytes
 *
 * Numbers are u64, big endian: below 2^56, so that the rows of a page sort before those of any
 * page whose key begins with its own.
 */
#define WV_FACT_BY_NUMBER    't'
#define WV_FACT_BY_PAGE    'p'
#define WV_FACT_BY_RELEASED 'r'
#define WV_FACT_BY_ERASED  'e'
#define WV_FACT_BY_PRUNED  'g'

#define WV_FACT_PAGE_KEY_MAX          (1 + WV_LIMIT_PAGE_KEY_BYTES + 8)
#define WV_FACT_KEY_BYTES 9u
#define WV_FACT_PRUNED_KEY_BYTES (2u + WV_DIGEST_BYTES)
#define WV_FACT_ROW_CAP                                                                        \
	(WV_LIMIT_PAGE_KEY_BYTES + WV_LIMIT_URL_BYTES + WV_REASON_MAX + 256u)

struct wv_slice wv_fact_key(char kind, uint64_t number,
                                       unsigned char key[WV_FACT_KEY_BYTES]);
struct wv_slice wv_fact_page_key(struct wv_slice page, uint64_t number,
                                     unsigned char key[WV_FACT_PAGE_KEY_MAX]);
struct wv_slice wv_fact_pruned_key(unsigned char kind, const struct wv_digest *digest,
                                       unsigned char key[WV_FACT_PRUNED_KEY_BYTES]);

void wv_fact_encode(const struct wv_fact *fact, struct wv_buf *out);
/* Texts point into `value`; `number` and `released_by` are not of the row. */
WV_MUST_USE bool wv_fact_decode(struct wv_slice value, struct wv_fact *out);

/* A row that is a number. WV_NO: there is none. */
WV_MUST_USE enum wv_status wv_fact_get_number(struct wv_txn *txn, struct wv_slice key,
                                                  uint64_t *out, struct wv_err *err);
WV_MUST_USE enum wv_status wv_fact_put_number(struct wv_txn *txn, struct wv_slice key,
                                                  uint64_t number, struct wv_err *err);
/* A fact, borrowed from the transaction, with what released it. WV_NO. */
WV_MUST_USE enum wv_status wv_fact_look(struct wv_txn *txn, uint64_t number,
                                            struct wv_fact *out, struct wv_err *err);

#endif
