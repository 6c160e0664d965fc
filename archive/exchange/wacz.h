#ifndef WV_ARCHIVE_EXCHANGE_WACZ_H
#define WV_ARCHIVE_EXCHANGE_WACZ_H

#include "archive/exchange/cdxj.h"
#include "archive/exchange/output.h"
#include "archive/exchange/warc_write.h"

/*
 * A WACZ 1.1.1: a ZIP of archive/data.warc.gz, indexes/index.cdx (CDXJ), pages/pages.jsonl,
 * datapackage.json with the SHA-256 of each, and datapackage-digest.json. Captures are given in
 * the order of range.h; index and pages wait in unnamed files beside the output. 304s are in the
 * WARC and not in the index.
 */
struct wv_wacz;
struct wv_wacz_options {
	const char *path;
	struct wv_store *store;
	const struct wv_range_query *range;
	struct wv_slice title;
	bool is_decoded;
};
/* WV_CREATE and the like; WV_USAGE for what is no file. */
WV_MUST_USE enum wv_status wv_wacz_new(const struct wv_wacz_options *options,
                                       struct wv_wacz **out, struct wv_err *err);
/* Takes back what was not finished. Also a WV_AUTO handler. */
void wv_wacz_free(struct wv_wacz **wacz);
/* As wv_warc_write_capture. `page_title`: what a list of pages says, where the capture is a page to be listed. */
WV_MUST_USE enum wv_status wv_wacz_add(struct wv_wacz *wacz, struct wv_txn *txn,
                                       struct wv_arena *arena, const struct wv_capture *capture,
                                       bool is_page, struct wv_slice page_title,
                                       struct wv_err *err);
/* The file is there with WV_OK. */
WV_MUST_USE enum wv_status wv_wacz_finish(struct wv_wacz *wacz, struct wv_err *err);

#endif
