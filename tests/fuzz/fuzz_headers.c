/* Any header block: every reader stays inside it and comes to an end. */
#include "crawler/fetch/headers.h"

#include <stdlib.h>

#include "crawler/fetch/guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need_inside(struct wv_slice part, struct wv_slice whole)
{
	if (part.n > 0 && (part.p < whole.p || part.p + part.n > whole.p + whole.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wv_guard guard = {.ports = NULL};
	struct wv_slice block = wv_slice(data, size), name, value;
	struct wv_headers_list list = {0};
	struct wv_headers_type type;
	struct wv_codings codings;
	struct wv_guard_target target;
	size_t at = 0, before = 0;
	int32_t status = wv_headers_status(block);

	if (status < 0 || status > 999 || wv_headers_max_age_s(block) < -1)
		abort();
	while (wv_headers_next(block, &at, &name, &value)) {
		if (at <= before)
			abort();
		before = at;
		need_inside(name, block);
		need_inside(value, block);
	}
	while (wv_headers_next_member(block, WV_LIT("cache-control"), &list, &value)) {
		if (value.n == 0)
			abort();
		need_inside(value, block);
	}
	wv_headers_content_type(block, &type);
	need_inside(type.charset, block);
	wv_headers_codings(block, &codings);
	need_inside(codings.unknown, block);
	if (wv_guard_check_url(&guard, block, &target) == WV_GUARD_ALLOWED) {
		need_inside(target.host, block);
		if (target.host.n == 0 || (target.port != 80 && target.port != 443))
			abort();
	}
	return 0;
}
