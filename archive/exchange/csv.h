#ifndef WV_ARCHIVE_EXCHANGE_CSV_H
#define WV_ARCHIVE_EXCHANGE_CSV_H

#include "archive/exchange/jsonl.h"

/*
 * Articles as a table: RFC 4180 in UTF-8, but lines end in LF, a header first. The columns are the
 * members of jsonl's lines of kind "article" under the same names; columns are added at the end.
 * What is null is empty, and members of a list are joined by "; ".
 */
void wv_csv_add_header(struct wv_buf *out);
/* Appends a row. */
WV_MUST_USE enum wv_status wv_csv_add_article(const struct wv_jsonl_article *from,
                                              struct wv_arena *arena, struct wv_buf *out,
                                              struct wv_err *err);

#endif
