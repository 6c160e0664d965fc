#include "archive/care/compact_inner.h"

#include "config/base/limits.h"

#define SLICE_BYTES (16u * WV_MIB) /* written in one transaction */

enum wv_status wv_compact_begin_slice(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = wv_txn_begin_write(c->db, &c->to, err);

	c->packer.txn = c->to;
	c->written = 0;
	return st;
}

enum wv_status wv_compact_end_slice(struct wv_compacting *c, struct wv_err *err)
{
	enum wv_status st = wv_packer_finish(&c->packer, err);

	return st == WV_OK ? wv_txn_commit(&c->to, err) : st;
}

enum wv_status wv_compact_count(struct wv_compacting *c, size_t bytes, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	c->written += bytes;
	if (!c->to || c->written < SLICE_BYTES)
		return WV_OK;
	st = wv_compact_end_slice(c, err);
	return st == WV_OK ? wv_compact_begin_slice(c, err) : st;
}
