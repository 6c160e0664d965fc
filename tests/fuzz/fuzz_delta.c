#include <stddef.h>
#include <stdint.h>

#include "archive/store/delta.h"
#include "config/base/limits.h"

/*
 * u16 size of the reference | u16 size of what comes out | reference | delta: a delta out of any
 * bytes gives as much as was asked for or nothing. Then the same bytes as texts, there and back.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_buf_done) struct wv_buf out = {0};
	WV_AUTO(wv_buf_done) struct wv_buf delta = {0};
	struct wv_cursor c = wv_cursor(wv_slice(data, size));
	size_t reference_bytes = wv_cursor_u16(&c), raw_bytes = wv_cursor_u16(&c);
	struct wv_slice reference, rest;
	enum wv_status st;

	if (c.failed)
		return 0;
	rest = wv_slice_from(wv_slice(data, size), 4);
	reference = wv_slice_part(rest, 0, reference_bytes);
	rest = wv_slice_from(rest, reference.n);
	wv_buf_init(&out, WV_MIB);
	wv_buf_init(&delta, WV_MIB);
	st = wv_delta_decode(reference, rest, raw_bytes, &out, NULL);
	WV_ASSERT(st == WV_OK || st == WV_DAMAGED);
	WV_ASSERT(out.n == (st == WV_OK ? raw_bytes : 0));
	wv_buf_reset(&out);
	WV_ASSERT(wv_delta_encode(reference, rest, &delta, NULL) == WV_OK);
	WV_ASSERT(wv_delta_decode(reference, wv_buf_slice(&delta), rest.n, &out, NULL) == WV_OK);
	WV_ASSERT(wv_slice_equals(wv_buf_slice(&out), rest));
	return 0;
}
