#include "crawler/fetch/fetch.h"

#include "config/base/inflate.h"
#include "config/base/limits.h"
#include "crawler/fetch/headers.h"

static enum wv_inflate_form form_of(enum wv_coding coding)
{
	return coding == WV_CODING_GZIP ? WV_INFLATE_GZIP : WV_INFLATE_DEFLATE;
}

enum wv_status wv_fetch_decode_body(struct wv_slice encoded, struct wv_slice headers,
				    uint64_t max_bytes, struct wv_buf *out, struct wv_err *err)
{
	const struct wv_inflate_caps caps = {max_bytes, WV_LIMIT_INFLATE_RATIO,
					     WV_LIMIT_INFLATE_RATIO_FREE};
	WV_AUTO(wv_buf_done) struct wv_buf between = {.failed = WV_OK};
	struct wv_codings codings;
	enum wv_status outer = WV_OK, st;

	wv_headers_codings(headers, &codings);
	if (codings.unknown.n > 0)
		return wv_err_set(err, WV_NO, "unknown content coding '%.*s'",
				  WV_FMT(wv_slice_part(codings.unknown, 0, 60)));
	if (codings.too_many)
		return wv_err_set(err, WV_NO, "more than %u content codings",
				  WV_LIMIT_CONTENT_CODINGS);
	if (codings.n == 0 || encoded.n == 0) {
		size_t n = encoded.n < max_bytes ? encoded.n : (size_t)max_bytes;

		wv_buf_add(out, wv_slice_part(encoded, 0, n));
		if (out->failed != WV_OK)
			return wv_buf_finish(out, "body", err);
		return n == encoded.n ? WV_OK : wv_err_set(err, WV_LIMIT, "larger than its cap");
	}
	wv_buf_init(&between, max_bytes > SIZE_MAX ? SIZE_MAX : (size_t)max_bytes);
	if (codings.n == 2) {
		outer = wv_inflate_all(form_of(codings.p[1]), caps, encoded, &between, err);
		if (outer != WV_OK && outer != WV_BAD_INPUT && outer != WV_LIMIT)
			return outer;
		encoded = wv_buf_slice(&between);
	}
	/* What the outer layer gave before its fault is still worth undoing; its fault is told. */
	st = wv_inflate_all(form_of(codings.p[0]), caps, encoded, out, outer == WV_OK ? err : NULL);
	return outer != WV_OK ? outer : st;
}
