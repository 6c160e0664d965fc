#ifndef WV_ARCHIVE_COPIES_FACTS_H
#define WV_ARCHIVE_COPIES_FACTS_H

#include "archive/copies/cluster.h"

/* The dated log of memberships: rows of WV_TABLE_CLUSTERS, as cluster.h draws them. */

/* Numbers the fact and writes it, and its membership. A join whose `before` is its `cluster` says
 * that the document has the very text of that one. */
WV_MUST_USE enum wv_status wv_facts_add(struct wv_txn *txn, struct wv_copies_fact *fact,
                                        struct wv_err *err);

/* Those that have the very text of a document, now. */
WV_MUST_USE enum wv_status wv_facts_each_exact(struct wv_txn *txn, uint64_t document,
                                               wv_copies_member_fn each, void *context,
                                               struct wv_err *err);

/* Those that were exact copies of a document at any time. */
WV_MUST_USE enum wv_status wv_facts_each_exact_ever(struct wv_txn *txn, uint64_t document,
                                                    wv_copies_member_fn each, void *context,
                                                    struct wv_err *err);

#endif
