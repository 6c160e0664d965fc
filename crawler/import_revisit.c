#include "archive/exchange/warc.h"
#include "archive/store/lookup.h"
#include "config/url.h"
#include "crawler/import_inner.h"

/*
 * A revisit record says that a body came again. Which one: by its digest where that is of our kind,
 * else by URL and instant of the first record, else among the captures of its own URL; in the last
 * two cases the digest decides where it can be computed.
 */
struct revisit {
	struct wv_import *import;
	const struct wv_warc_record *record;
	struct wv_given *given;
	struct wv_buf *body;
};

/* Is what the archive has of this capture what the digest names? Without one we may not know. */
static enum wv_status load_if_same(struct revisit *r, struct wv_txn *txn,
                                   const struct wv_capture *capture, bool is_named,
                                   struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf wire = {.cap = WV_LIMIT_BODY_BYTES_MAX};
	struct wv_slice digest = r->record->payload_digest;
	struct wv_given *given = r->given;
	enum wv_status st, same = WV_USAGE;
	struct wv_digest named;

	if (!capture->has_body)
		return WV_NO;
	/* A digest like ours would have been found under its own name. */
	if (wv_warc_digest_parse_sha256(digest, &named))
		return WV_NO;
	wv_buf_reset(r->body);
	st = wv_store_body(txn, &capture->body, r->body, err);
	if (st != WV_OK)
		return st;
	if (digest.n)
		same = wv_warc_digest_check(digest, wv_buf_slice(r->body));
	if (same == WV_NO && capture->has_encoded &&
	    wv_store_wire(txn, &capture->encoded, &wire, NULL) == WV_OK)
		same = wv_warc_digest_check(digest, wv_buf_slice(&wire));
	/* Bytes that were not kept encoded cannot be compared; a name and an instant can. */
	if (same != WV_OK && !(is_named && (same == WV_USAGE || (capture->has_encoded && !wire.n))))
		return WV_NO;
	given->has_encoded = capture->has_encoded;
	given->encoded = capture->encoded;
	given->encoded_bytes = capture->encoded_bytes;
	return WV_OK;
}

static enum wv_status find_by_name(struct revisit *r, struct wv_txn *txn, struct wv_err *err)
{
	WV_AUTO(wv_captures_end) struct wv_captures *captures = NULL;
	struct wv_arena *arena = r->import->arena;
	struct wv_captures_query query = {.url = r->record->refers_to_uri,
	                                  .from = r->record->refers_to_date,
	                                  .to = r->record->refers_to_date,
	                                  .known_at = WV_TIME_NONE,
	                                  .sees_all = true};
	bool is_named = r->record->refers_to_uri.n && !wv_time_is_none(r->record->refers_to_date);
	struct wv_url url;
	struct wv_slice key;
	struct wv_page page;
	enum wv_status st;

	if (!is_named)
		query = (struct wv_captures_query){.from = WV_TIME_NONE,
		                                   .to = r->record->date,
		                                   .known_at = WV_TIME_NONE,
		                                   .sees_all = true,
		                                   .is_backwards = true};
	if (wv_url_parse(arena, is_named ? r->record->refers_to_uri : r->record->target_uri, NULL, &url, NULL) !=
	            WV_OK ||
	    wv_url_page_key(arena, &url, &key, NULL) != WV_OK)
		return WV_NO;
	st = wv_store_page_of_key(txn, arena, key, &page, err);
	query.page = page.number;
	if (st == WV_OK)
		st = wv_captures_begin(txn, &query, &captures, err);
	for (int tries = 0; st == WV_OK && tries < 16; tries++) {
		struct wv_capture capture;

		st = wv_captures_next(captures, arena, &capture, err);
		if (st != WV_OK)
			return st;
		st = load_if_same(r, txn, &capture, is_named, err);
		if (st != WV_NO)
			return st;
		st = WV_OK;
	}
	return st == WV_OK ? WV_NO : st;
}

/* Our own digests are the archive's keys. */
static enum wv_status find_by_digest(struct revisit *r, struct wv_txn *txn, struct wv_err *err)
{
	struct wv_given *given = r->given;
	struct wv_digest named, body;
	uint64_t bytes;
	enum wv_status st;

	if (!wv_warc_digest_parse_sha256(r->record->payload_digest, &named))
		return WV_NO;
	wv_buf_reset(r->body);
	st = wv_store_body(txn, &named, r->body, err);
	if (st != WV_NO)
		return st;
	st = wv_store_find_encoded(txn, &named, &body, &bytes, err);
	if (st != WV_OK)
		return st;
	if (!given->is_decoded) {
		given->has_encoded = true;
		given->encoded = named;
	}
	return wv_store_body(txn, &body, r->body, err);
}

/* By its digest, or by the URL and the instant of the first record; each in a transaction of its own,
 * for what was written meanwhile counts. */
static enum wv_status look_for_body(struct revisit *r, bool by_name, struct wv_err *err)
{
	WV_AUTO(wv_txn_abort) struct wv_txn *txn = NULL;
	enum wv_status st = wv_store_begin_read(r->import->options->store, &txn, err);

	wv_arena_reset(r->import->arena);
	if (st != WV_OK)
		return st;
	return by_name ? find_by_name(r, txn, err) : find_by_digest(r, txn, err);
}

enum wv_status wv_import_find_body(struct wv_import *im, const struct wv_warc_record *record,
                                   struct wv_given *given, struct wv_buf *body,
                                   struct wv_err *err)
{
	struct revisit r = {im, record, given, body};
	enum wv_status st = look_for_body(&r, false, err);

	/* It may still be on its way to the archive. */
	if (st == WV_NO && im->has_new_bodies) {
		st = wv_import_flush(im, err);
		if (st == WV_OK)
			st = look_for_body(&r, false, err);
	}
	if (st == WV_NO)
		st = look_for_body(&r, true, err);
	given->has_bytes = st == WV_OK;
	given->is_decoded = true;
	im->counts->bodyless += st == WV_NO;
	return st == WV_NO ? WV_OK : st;
}
