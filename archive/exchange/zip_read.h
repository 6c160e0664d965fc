#ifndef WV_ARCHIVE_EXCHANGE_ZIP_READ_H
#define WV_ARCHIVE_EXCHANGE_ZIP_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/exchange/warc.h"
#include "config/base/arena.h"

/*
 * The directory of a ZIP file (APPNOTE 6.3, ZIP64 too) that a stranger wrote: where the stored
 * entries' bytes lie, so that WARC files in a WACZ are read where they are. Every offset is held
 * against the file's size. Pure but for the input.
 */
struct wv_zip_part {
	struct wv_slice name;    /* in the arena */
	uint64_t offset, bytes;  /* of its content, within the file; 0, 0 where it is not stored */
	bool is_stored;          /* as it is: neither compressed nor encrypted */
};
/* WV_BAD_INPUT says what is wrong; WV_LIMIT: a directory above WV_ZIP_DIRECTORY_MAX bytes. */
#define WV_ZIP_DIRECTORY_MAX (16u * WV_MIB)
WV_MUST_USE enum wv_status wv_zip_list(const struct wv_warc_input *input, struct wv_arena *arena,
                                       struct wv_zip_part **out, size_t *count,
                                       struct wv_err *err);

#endif
