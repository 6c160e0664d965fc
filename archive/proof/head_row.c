#include "archive/proof/head.h"

/*
 * WV_TABLE_HEADS: u64 size (big endian) ->
 *   u8 version | u8 bits (0: a signature follows, 1..7 zero) | u64 recorded | 32 root
 *   [block public key | block signature]
 */
#define ROW_VERSION 1

bool wv_head_row_decode(struct wv_slice key, struct wv_slice value, struct wv_head_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_head_row row = {0};
	struct wv_slice root, signer = WV_SLICE_NONE, signature = WV_SLICE_NONE;
	uint8_t bits;

	if (key.n != 8 || wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	bits = wv_cursor_u8(&c);
	row.head.size = wv_load_u64_be(key.p);
	row.head.recorded.us = (int64_t)wv_cursor_u64(&c);
	root = wv_cursor_bytes(&c, WV_DIGEST_BYTES);
	row.is_signed = bits & 1;
	if (row.is_signed) {
		signer = wv_cursor_block(&c);
		signature = wv_cursor_block(&c);
	}
	if (c.failed || wv_cursor_left(&c) || bits > 1 || !wv_time_is_possible(row.head.recorded))
		return false;
	memcpy(row.head.root.b, root.p, WV_DIGEST_BYTES);
	if (row.is_signed) {
		if (signer.n != WV_HEAD_KEY_BYTES || signature.n != WV_HEAD_SIGNATURE_BYTES)
			return false;
		memcpy(row.key, signer.p, signer.n);
		memcpy(row.signature, signature.p, signature.n);
	}
	*out = row;
	return true;
}

void wv_head_row_encode(const struct wv_head_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, row->is_signed);
	wv_buf_add_u64(out, (uint64_t)row->head.recorded.us);
	wv_buf_add_bytes(out, row->head.root.b, WV_DIGEST_BYTES);
	if (!row->is_signed)
		return;
	wv_buf_add_block(out, wv_slice(row->key, WV_HEAD_KEY_BYTES));
	wv_buf_add_block(out, wv_slice(row->signature, WV_HEAD_SIGNATURE_BYTES));
}
