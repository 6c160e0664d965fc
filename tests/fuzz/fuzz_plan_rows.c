#include <stddef.h>
#include <stdint.h>

#include "crawler/plan/coverage.h"
#include "crawler/plan/frontier.h"
#include "crawler/plan/politeness.h"
#include "crawler/plan/robots.h"
#include "crawler/plan/tables.h"

/*
 * The crawl's own rows, out of any bytes. The first byte chooses the row; what decodes is written
 * and read again, and written the same way then.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TWICE(encode, decode, type)                                                                \
	do {                                                                                       \
		type row_, again_;                                                                 \
                                                                                                   \
		if (decode(value, &row_, NULL) != WV_OK)                                           \
			break;                                                                     \
		encode(&row_, &once);                                                              \
		WV_ASSERT(decode(wv_buf_slice(&once), &again_, NULL) == WV_OK);                    \
		encode(&again_, &twice);                                                           \
		WV_ASSERT(wv_slice_equals(wv_buf_slice(&once), wv_buf_slice(&twice)));             \
	} while (0)

static void try_due_key(struct wv_slice value)
{
	unsigned char host[WV_DUE_HOST_MAX], room[WV_DUE_KEY_MAX];
	struct wv_due_key key;

	if (!wv_due_key_read(value, &key))
		return;
	WV_ASSERT(key.host.n <= sizeof host);
	if (key.host.n)
		memcpy(host, key.host.p, key.host.n);
	WV_ASSERT(wv_slice_equals(wv_due_key_make(&key, room), value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_buf_done) struct wv_buf once = {.cap = 4 * size + 4096};
	WV_AUTO(wv_buf_done) struct wv_buf twice = {.cap = 4 * size + 4096};
	struct wv_slice value;

	if (size == 0)
		return 0;
	value = wv_slice(data + 1, size - 1);
	switch (data[0] & 7) {
	case 0:
		TWICE(wv_page_row_encode, wv_page_row_decode, struct wv_page_row);
		break;
	case 1:
		TWICE(wv_robots_row_encode, wv_robots_row_decode, struct wv_robots_row);
		break;
	case 2:
		TWICE(wv_turn_state_encode, wv_turn_state_decode, struct wv_turn_state);
		break;
	case 3:
		TWICE(wv_coverage_encode, wv_coverage_decode, struct wv_coverage);
		break;
	case 4:
		TWICE(wv_listing_state_encode, wv_listing_state_decode, struct wv_listing_state);
		break;
	default:
		try_due_key(value);
	}
	return 0;
}
