#include <stddef.h>
#include <stdint.h>

#include "archive/store/article.h"
#include "archive/store/record.h"
#include "config/base/limits.h"

/*
 * The rows of the archive, out of any bytes. The first byte chooses the row; what decodes must
 * encode to the bytes it came from (deflated texts aside, which have many spellings).
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define AGAIN(encode, decode, type)                                                                \
	do {                                                                                       \
		type row_;                                                                         \
                                                                                                   \
		if (!decode(value, &row_))                                                         \
			break;                                                                     \
		encode(&row_, &again);                                                             \
		WV_ASSERT(wv_slice_equals(wv_buf_slice(&again), value));                           \
	} while (0)

static void try_capture(struct wv_slice value, struct wv_arena *arena)
{
	const struct wv_capture_key key = {1, {1000}, 7};
	struct wv_capture_context context = {.page_url = WV_LIT("https://example.com/"),
	                                     .dictionary = WV_LIT("HTTP/1.1 200 OK\r\n")};
	struct wv_capture capture, facts;
	WV_AUTO(wv_buf_done) struct wv_buf leaf = {0};

	if (wv_record_capture_peek(&key, value, &context, &facts, NULL) != WV_OK)
		return;
	if (wv_record_capture_decode(&key, value, &context, arena, &capture, NULL) != WV_OK)
		return;
	WV_ASSERT(capture.status == facts.status && capture.flags == facts.flags);
	wv_buf_init(&leaf, 4 * WV_MIB);
	WV_ASSERT(wv_record_leaf(&capture, &leaf, NULL) == WV_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf again = {0};
	struct wv_slice value, key, url;
	struct wv_article article;

	if (size == 0 || wv_arena_new(64 * WV_MIB, &arena, NULL) != WV_OK)
		return 0;
	value = wv_slice(data + 1, size - 1);
	wv_buf_init(&again, size + 1024);
	switch (data[0] & 7) {
	case 0:
		try_capture(value, arena);
		break;
	case 1:
		AGAIN(wv_record_leaf_row_encode, wv_record_leaf_row_decode, struct wv_leaf_row);
		break;
	case 2:
		AGAIN(wv_record_blob_encode, wv_record_blob_decode, struct wv_blob_row);
		break;
	case 3:
		AGAIN(wv_record_encoded_encode, wv_record_encoded_decode, struct wv_encoded_row);
		break;
	case 4:
		AGAIN(wv_record_article_row_encode, wv_record_article_row_decode,
		      struct wv_article_row);
		break;
	case 5:
		AGAIN(wv_record_state_encode, wv_record_state_decode, struct wv_state);
		break;
	case 6:
		if (wv_record_page_decode(value, &key, &url)) {
			wv_record_page_encode(key, url, &again);
			WV_ASSERT(wv_slice_equals(wv_buf_slice(&again), value));
		}
		break;
	default:
		if (wv_article_decode(value, arena, &article, NULL) == WV_OK) {
			WV_ASSERT(wv_article_encode(&article, &again, NULL) == WV_OK);
			/* Records of older versions are written anew in this one's form. */
			WV_ASSERT(value.p[0] != again.p[0] ||
			          wv_slice_equals(wv_buf_slice(&again), value));
			WV_ASSERT(wv_article_decode(wv_buf_slice(&again), arena, &article, NULL) == WV_OK);
		}
	}
	return 0;
}
