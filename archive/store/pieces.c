#include "archive/store/pieces.h"

#include "archive/store/blob.h"
#include "config/base/inflate.h"
#include "config/base/limits.h"

/* Inflate gives at most 1,032 bytes for one (zlib's technical notes): 4 MiB for such a piece. */
#define FED_BYTES   (4u * WV_KIB)
#define GIVEN_BYTES (8u * WV_MIB)
#define DELTA_BYTES (2u * WV_LIMIT_BODY_BYTES_MAX)

struct pieces {
	wv_piece_sink sink;
	void *context;
	struct wv_digest_stream *digest;
	uint64_t bytes;
};

static enum wv_status give(struct pieces *pieces, struct wv_slice piece, struct wv_err *err)
{
	wv_digest_stream_add(pieces->digest, piece);
	pieces->bytes += piece.n;
	return piece.n ? pieces->sink(pieces->context, piece, err) : WV_OK;
}

static enum wv_status give_inflated(struct pieces *pieces, enum wv_inflate_form form,
                                    struct wv_slice stored, uint64_t raw_bytes, struct wv_err *err)
{
	const struct wv_inflate_caps caps = {
		.out_bytes = raw_bytes, .ratio = UINT32_MAX, .ratio_free = raw_bytes};
	WV_AUTO(wv_inflate_free) struct wv_inflate *inflate = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf out = {.cap = GIVEN_BYTES};
	enum wv_status st = wv_inflate_new(form, caps, &inflate, err);

	for (size_t at = 0; at < stored.n && st == WV_OK; at += FED_BYTES) {
		wv_buf_reset(&out);
		st = wv_inflate_feed(inflate, wv_slice_part(stored, at, FED_BYTES), &out, err);
		if (st == WV_OK)
			st = give(pieces, wv_buf_slice(&out), err);
	}
	if (st == WV_BAD_INPUT || st == WV_LIMIT ||
	    (st == WV_OK && !wv_inflate_is_complete(inflate)))
		return wv_err_set(err, WV_DAMAGED, "it does not inflate");
	return st;
}

static enum wv_status give_wire(struct wv_txn *txn, struct pieces *pieces,
                                const struct wv_blob_row *row, struct wv_err *err)
{
	struct wv_blob_row wire = {0};
	struct wv_slice stored = WV_SLICE_NONE;
	enum wv_status st = WV_NO;
	bool is_gzip;

	if (row->has_base && row->base.kind == WV_BLOB_WIRE)
		st = wv_blob_find(txn, &row->base, &wire, err);
	if (st == WV_OK && wire.kind == WV_STORED_RAW)
		st = wv_blob_stored(txn, &row->base, &wire, &stored, err);
	else if (st == WV_OK || st == WV_NO)
		st = wv_err_set(err, WV_DAMAGED, "it has no encoded bytes to come from");
	if (st != WV_OK)
		return st;
	is_gzip = stored.n > 1 && stored.p[0] == 0x1f && stored.p[1] == 0x8b;
	return give_inflated(pieces, is_gzip ? WV_INFLATE_GZIP : WV_INFLATE_DEFLATE, stored,
	                     row->raw_bytes, err);
}

static enum wv_status give_stored(struct wv_txn *txn, const struct wv_blob_key *key,
                                  const struct wv_blob_row *row, struct pieces *pieces,
                                  struct wv_err *err)
{
	struct wv_slice stored;
	enum wv_status st;

	if (row->kind == WV_STORED_WIRE)
		return give_wire(txn, pieces, row, err);
	if (row->kind == WV_STORED_DELTA) {
		WV_AUTO(wv_buf_done) struct wv_buf whole = {.cap = DELTA_BYTES};

		st = wv_blob_read(txn, key, &whole, err);
		return st == WV_OK ? give(pieces, wv_buf_slice(&whole), err) : st;
	}
	st = wv_blob_stored(txn, key, row, &stored, err);
	if (st != WV_OK)
		return st;
	return row->kind == WV_STORED_RAW
	               ? give(pieces, stored, err)
	               : give_inflated(pieces, WV_INFLATE_RAW, stored, row->raw_bytes, err);
}

enum wv_status wv_store_body_pieces(struct wv_txn *txn, const struct wv_digest *body,
                                    wv_piece_sink sink, void *context, struct wv_err *err)
{
	WV_AUTO(wv_digest_stream_free) struct wv_digest_stream *digest = NULL;
	const struct wv_blob_key key = {WV_BLOB_BODY, *body};
	struct pieces pieces = {sink, context, NULL, 0};
	struct wv_blob_row row;
	struct wv_digest made;
	char hex[WV_DIGEST_HEX_MAX];
	enum wv_status st = wv_blob_find(txn, &key, &row, err);

	if (st == WV_OK)
		st = wv_digest_stream_new(&digest, err);
	pieces.digest = digest;
	if (st == WV_OK)
		st = give_stored(txn, &key, &row, &pieces, err);
	if (st != WV_OK)
		return st == WV_DAMAGED ? wv_err_add(err, st, "body %s", wv_digest_print(body, hex)) : st;
	made = wv_digest_stream_finish(digest);
	if (pieces.bytes != row.raw_bytes || !wv_digest_equals(&made, body))
		return wv_err_set(err, WV_DAMAGED, "body %s has the wrong digest",
		                  wv_digest_print(body, hex));
	return WV_OK;
}
