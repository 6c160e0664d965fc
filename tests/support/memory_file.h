#ifndef WV_TESTS_SUPPORT_MEMORY_FILE_H
#define WV_TESTS_SUPPORT_MEMORY_FILE_H

#include <string.h>

#include "config/base/bytes.h"
#include "config/base/status.h"

/* A file in memory for whoever reads by a callback: `context` is its bytes, a struct wv_slice. */
static inline enum wv_status wv_test_read_memory(void *context, uint64_t at, unsigned char *to,
                                                 size_t n, size_t *got, struct wv_err *err)
{
	const struct wv_slice *file = context;
	struct wv_slice part = at > file->n ? WV_SLICE_NONE : wv_slice_part(*file, (size_t)at, n);

	(void)err;
	if (part.n)
		memcpy(to, part.p, part.n);
	*got = part.n;
	return WV_OK;
}

#endif
