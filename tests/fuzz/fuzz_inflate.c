/* Any bytes, every form: never above the caps, and in pieces the same as at once. */
#include "config/base/inflate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX 100000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wv_inflate_caps caps = {OUT_MAX, 50, 20000};
	WV_AUTO(wv_inflate_free) struct wv_inflate *flow = NULL;
	struct wv_buf once, pieces;
	enum wv_status a, b = WV_OK;
	size_t at = 1, step;

	if (size < 2)
		return 0;
	wv_buf_init(&once, 2 * OUT_MAX);
	wv_buf_init(&pieces, 2 * OUT_MAX);
	step = 1 + data[0] / 4;
	a = wv_inflate_all(data[0] % 4, caps, wv_slice(data + 1, size - 1), &once, NULL);
	if (wv_inflate_new(data[0] % 4, caps, &flow, NULL) != WV_OK)
		abort();
	for (; at < size; at += step) {
		size_t n = step < size - at ? step : size - at;

		b = wv_inflate_feed(flow, wv_slice(data + at, n), &pieces, NULL);
	}
	if (b == WV_OK && !wv_inflate_is_complete(flow))
		b = WV_BAD_INPUT;
	if (a != b || !wv_slice_equals(wv_buf_slice(&once), wv_buf_slice(&pieces)) ||
	    once.n > OUT_MAX)
		abort();
	wv_buf_done(&once);
	wv_buf_done(&pieces);
	return 0;
}
