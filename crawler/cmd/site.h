#ifndef WV_CRAWLER_CMD_SITE_H
#define WV_CRAWLER_CMD_SITE_H

#include "crawler/cmd/read.h"

/*
 * Writes what the archive held of a source at read->at: for each of its pages the bytes of the
 * capture that stands then, digest checked, into `dir`, which is made or is empty. Files are named
 * by their addresses; captures.jsonl says what each is, SHA256SUMS its digest, index.html lists
 * them. The bytes are not touched: links in them lead where they led.
 *
 * WV_NO with words: no such source, or nothing stood; WV_CREATE: the folder is not empty.
 */
WV_MUST_USE enum wv_status wv_site_restore(struct wv_read *read, const char *source,
                                           const char *dir, struct wv_err *err);

#endif
