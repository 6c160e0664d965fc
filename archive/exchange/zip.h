#ifndef WV_ARCHIVE_EXCHANGE_ZIP_H
#define WV_ARCHIVE_EXCHANGE_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "archive/exchange/output.h"
#include "config/base/clock.h"
#include "config/base/digest.h"

/*
 * A ZIP archive of stored entries (APPNOTE 6.3), the only kind WACZ needs for its large files:
 * they are compressed already and must be readable at any offset. Written in one pass, with sizes
 * and checksums filled in behind; ZIP64 where a number needs it. The output must be a file.
 */
struct wv_zip;
struct wv_zip_options {
	struct wv_time modified; /* of all entries: the same input gives the same bytes */
	uint64_t large_from;     /* tests: ZIP64 from this number on; 0: from 2^32 - 1 */
};
WV_MUST_USE enum wv_status wv_zip_new(struct wv_output *output,
                                      const struct wv_zip_options *options, struct wv_zip **out,
                                      struct wv_err *err);
void wv_zip_free(struct wv_zip **zip); /* also a WV_AUTO handler */

/* Entries follow each other: begin, add any number of times, end. */
WV_MUST_USE enum wv_status wv_zip_begin(struct wv_zip *zip, const char *name, struct wv_err *err);
/* As a callback: the context is the zip. */
WV_MUST_USE enum wv_status wv_zip_add(void *zip, struct wv_slice bytes, struct wv_err *err);
struct wv_zip_entry {
	uint64_t bytes;
	struct wv_digest digest;
};
WV_MUST_USE enum wv_status wv_zip_end(struct wv_zip *zip, struct wv_zip_entry *out,
                                      struct wv_err *err);
/* The directory; nothing can be added after it. */
WV_MUST_USE enum wv_status wv_zip_finish(struct wv_zip *zip, struct wv_err *err);

#endif
