#include "archive/care/compact_inner.h"

#include "config/base/limits.h"

#define PROGRESS_STEPS 64u

enum wv_status wv_compact_encoded(struct wv_compacting *c, const struct wv_digest *encoded,
                                  struct wv_encoded_row *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(c->from, WV_TABLE_ENCODED,
	                               wv_slice(encoded->b, WV_DIGEST_BYTES), &value, err);

	if (st == WV_OK && !wv_record_encoded_decode(value, out))
		return wv_err_set(err, WV_DAMAGED, "the row of an encoded body does not decode");
	return st;
}

static enum wv_status take_wire(struct wv_compacting *c, const struct wv_capture *facts,
                                uint32_t source, struct wv_err *err)
{
	struct wv_encoded_row row;
	enum wv_status st =
		facts->has_encoded ? wv_compact_encoded(c, &facts->encoded, &row, err) : WV_NO;

	if (st == WV_OK && row.is_kept && !row.may_go)
		st = wv_compact_keep(c, &(struct wv_blob_key){WV_BLOB_WIRE, facts->encoded}, source,
		                     err);
	return st == WV_NO ? WV_OK : st;
}

/* Encoded bytes that are kept for good give the body, which then needs none of its own. */
static enum wv_status stays_wire(struct wv_compacting *c, const struct wv_blob_row *row,
                                 struct wv_err *err)
{
	struct wv_encoded_row encoded;
	enum wv_status st;

	if (row->kind != WV_STORED_WIRE || !row->has_base)
		return WV_NO;
	st = wv_compact_encoded(c, &row->base.digest, &encoded, err);
	return st == WV_OK && encoded.may_go ? WV_NO : st;
}

static enum wv_status choose(struct wv_compacting *c, const struct wv_capture *facts,
                             uint64_t raw_bytes, struct wv_base_choice *out, struct wv_err *err)
{
	struct wv_blob_key site;
	enum wv_status st;

	if (c->has_newest)
		return wv_base_choose(c->to, &c->newest, raw_bytes, out, err);
	st = wv_site_base_get(c->to, facts->page_key, &site, err);
	return st == WV_OK ? wv_base_choose_site(c->to, &site, raw_bytes, out, err) : st;
}

/* What the next version of the page is compared with; its bytes, if they were needed, are in raw.
 * An error page does not take the place of a good one. */
static void note_newest(struct wv_compacting *c, const struct wv_blob_key *key, bool is_good)
{
	struct wv_buf swap = c->newest_bytes;

	if (c->has_newest &&
	    ((c->is_newest_good && !is_good) || wv_digest_equals(&c->newest.digest, &key->digest)))
		return;
	c->newest_bytes = c->raw;
	c->raw = swap;
	c->newest = *key;
	c->has_newest = true;
	c->is_newest_good = is_good;
}

static enum wv_status take_body(struct wv_compacting *c, struct wv_capture *facts, uint32_t source,
                                struct wv_err *err)
{
	const struct wv_blob_key key = {WV_BLOB_BODY, facts->body};
	struct wv_blob_row old = {0};
	struct wv_base_choice base;
	enum wv_status st = wv_compact_has(c, &key, err);

	wv_buf_reset(&c->raw);
	if (st == WV_NO) {
		st = wv_blob_find(c->from, &key, &old, err);
		if (st == WV_NO)
			return WV_OK; /* its capture is `verify`'s to name */
		if (st == WV_OK)
			st = stays_wire(c, &old, err);
		if (st == WV_OK) {
			st = wv_compact_keep(c, &old.base, source, err);
			if (st == WV_OK)
				st = wv_compact_copy(c, &key, &old, &old, source, err);
		} else if (st == WV_NO) {
			st = choose(c, facts, old.raw_bytes, &base, err);
			if (st == WV_OK || st == WV_NO)
				st = wv_compact_recode(c, &key, &old, st == WV_OK ? &base : NULL,
				                       source, err);
		}
		c->counts.bodies++;
		if (st == WV_OK)
			st = wv_site_base_offer(c->to, facts, err);
	}
	if (st != WV_OK)
		return st;
	note_newest(c, &key, facts->status == 200 || facts->status == 304);
	return WV_OK;
}

static enum wv_status go_on(struct wv_compacting *c, struct wv_err *err)
{
	if (c->counts.captures_done++ % PROGRESS_STEPS == 0 && c->options->progress &&
	    !c->options->progress(&c->counts, c->options->context))
		return wv_err_set(err, WV_STOPPED, "stopped");
	return WV_OK;
}

/* MIME type and status decide what a body is compared with, so texts are read too. */
static enum wv_status read_capture(struct wv_compacting *c, const struct wv_capture_key *key,
                                   struct wv_slice value, struct wv_arena *arena,
                                   struct wv_capture *out, uint32_t *source, struct wv_err *err)
{
	struct wv_capture_context context = {0};
	enum wv_status st = wv_record_capture_peek(key, value, &context, NULL, err);

	wv_arena_reset(arena);
	*source = context.source;
	return st == WV_OK ? wv_loader_capture(&c->loader, key, value, arena, out, err) : st;
}

enum wv_status wv_compact_captures(struct wv_compacting *c, struct wv_err *err)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	struct wv_slice key, value;
	uint64_t page = UINT64_MAX;
	enum wv_status st = wv_arena_new(16 * WV_MIB, &arena, err);

	if (st == WV_OK)
		st = wv_walk_begin(c->from, WV_TABLE_CAPTURES, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, WV_SLICE_NONE, &key, &value, err);
	for (; st == WV_OK; st = wv_walk_next(walk, &key, &value, err)) {
		struct wv_capture capture = {0};
		struct wv_capture_key place;
		uint32_t source = 0;

		if (!wv_key_read_capture(key, &place))
			return wv_err_set(err, WV_DAMAGED, "the key of a capture does not decode");
		if (place.page != page)
			c->has_newest = false;
		page = place.page;
		st = read_capture(c, &place, value, arena, &capture, &source, err);
		if (st == WV_OK && capture.has_body)
			st = take_body(c, &capture, source, err);
		if (st == WV_OK)
			st = take_wire(c, &capture, source, err);
		if (st == WV_OK)
			st = go_on(c, err);
		if (st != WV_OK)
			return st == WV_STOPPED ? st
			                        : wv_err_add(err, st, "capture %llu",
			                                     (unsigned long long)place.id);
	}
	return st == WV_NO ? WV_OK : st;
}
