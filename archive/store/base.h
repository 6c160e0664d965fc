#ifndef WV_ARCHIVE_STORE_BASE_H
#define WV_ARCHIVE_STORE_BASE_H

#include <stdbool.h>

#include "archive/store/blob.h"
#include "archive/store/capture.h"
#include "archive/store/db.h"

/*
 * What a new body is best stored as a delta to. Version n of a page, counted from its keyframe,
 * goes to version n & (n - 1), so that the way back is never longer than the bits of n, or to a
 * nearer one of those that one is built on where restoring would exceed wv_blob_budget; the first
 * version of a page goes to its site's base page, one keyframe that stays. Works in any
 * transaction.
 */
struct wv_base_choice {
	struct wv_blob_key key;
	uint64_t rank; /* n, of the new one */
};

/* For the version after `newest`, of `raw_bytes`. WV_NO: none; a keyframe is due. */
WV_MUST_USE enum wv_status wv_base_choose(struct wv_txn *txn, const struct wv_blob_key *newest,
                                          uint64_t raw_bytes, struct wv_base_choice *out,
                                          struct wv_err *err);

/* For the first version of a page of a site with this base page. WV_NO: it would cost too much. */
WV_MUST_USE enum wv_status wv_base_choose_site(struct wv_txn *txn, const struct wv_blob_key *site,
                                               uint64_t raw_bytes, struct wv_base_choice *out,
                                               struct wv_err *err);

/* For a new body of `raw_bytes` of this capture, of which page_key, captured, status and mime are
 * read. WV_NO: nothing is alike. */
WV_MUST_USE enum wv_status wv_base_find(struct wv_txn *txn, const struct wv_capture *capture,
                                        uint64_t raw_bytes, struct wv_base_choice *out,
                                        struct wv_err *err);

/* As wv_base_find, of the page's own earlier versions only. WV_NO: it has none, or a keyframe is due. */
WV_MUST_USE enum wv_status wv_base_find_version(struct wv_txn *txn, const struct wv_capture *capture,
                                                uint64_t raw_bytes, struct wv_base_choice *out,
                                                struct wv_err *err);

/* Fills `out`, whose bytes lie in `bytes`. WV_NO: it is not there. */
WV_MUST_USE enum wv_status wv_base_read(struct wv_txn *txn, const struct wv_base_choice *choice,
                                        struct wv_buf *bytes, struct wv_blob_base *out,
                                        struct wv_err *err);

/* WV_TABLE_BASES: site (the page key up to and with ")") -> its base page's body. */
WV_MUST_USE enum wv_status wv_site_base_get(struct wv_txn *txn, struct wv_slice page_key,
                                            struct wv_blob_key *out, struct wv_err *err);
/* Makes a body its site's base page if the site has none and the body is fit: HTML, answered with
 * 200, some KiB long, no delta itself. */
WV_MUST_USE enum wv_status wv_site_base_offer(struct wv_txn *txn, const struct wv_capture *capture,
                                              struct wv_err *err);
WV_MUST_USE bool wv_site_base_decode(struct wv_slice value, struct wv_blob_key *out);

#endif
