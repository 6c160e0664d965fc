#ifndef WV_ARCHIVE_COPIES_CHECK_H
#define WV_ARCHIVE_COPIES_CHECK_H

#include "archive/proof/verify.h"

/*
 * `verify`, for the tables of this room: every article that was looked at has its document, whose
 * fingerprint is made again from the text and found in the index, shingle by shingle; an exact
 * copy equals the document that it names; what is alike is in one cluster, and the last dated fact
 * says the same; runs are sorted, counted, and hold known documents only. With SAMPLE texts are
 * read again of about `sample` documents.
 *
 * Uses depth, sample, found, progress and context of the options. WV_OK, or WV_DAMAGED with words
 * after findings; counts are added to those in *counts.
 */
WV_MUST_USE enum wv_status wv_copies_check(struct wv_store *store,
                                           const struct wv_verify_options *options,
                                           struct wv_verify_counts *counts, struct wv_err *err);

#endif
