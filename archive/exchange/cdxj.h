#ifndef WV_ARCHIVE_EXCHANGE_CDXJ_H
#define WV_ARCHIVE_EXCHANGE_CDXJ_H

#include "archive/exchange/warc_write.h"

/*
 * The index of a WARC file as CDXJ 0.1: a line a record that a replay can show,
 *
 *   SURT SP 14 digits SP {"url","mime","status","digest","length","offset","filename"}
 *
 * sorted bytewise, because captures come in that order (range.h); those of one second are put in
 * order here. The SURT is the page key: without session ids and tracking parameters; beyond 440
 * bytes the rest is its digest in hexadecimal.
 */
struct wv_cdxj;
WV_MUST_USE enum wv_status wv_cdxj_new(const struct wv_warc_sink *sink, struct wv_slice filename,
                                       struct wv_cdxj **out, struct wv_err *err);
void wv_cdxj_free(struct wv_cdxj **cdxj); /* also a WV_AUTO handler */
WV_MUST_USE enum wv_status wv_cdxj_add(struct wv_cdxj *cdxj, const struct wv_capture *capture,
                                       const struct wv_warc_place *place, struct wv_err *err);
/* Writes what is held back. */
WV_MUST_USE enum wv_status wv_cdxj_finish(struct wv_cdxj *cdxj, struct wv_err *err);

#endif
