#include "crawler/import.h"

#include <stdio.h>
#include <sys/stat.h>

#include "archive/exchange/warc_write.h"
#include "archive/proof/merkle.h"
#include "archive/store/lookup.h"
#include "archive/store/row.h"
#include "crawler/import_inner.h"

#define SLICE_US    (100 * WV_US_PER_MS)
#define ARENA_BYTES (256u * WV_MIB)

/* Another archive on its way in. */
struct merge {
	struct wv_import import;
	struct wv_store *other;
	struct wv_txn *txn;
	struct wv_mono slice_ends;
	struct wv_arena *arena; /* of one capture */
	struct wv_buf body;
	struct wv_article article;
};

static enum wv_status refuse_itself(const struct merge *m, const char *dir, struct wv_err *err)
{
	struct stat ours, theirs;

	if (stat(wv_store_dir(m->import.options->store), &ours) == 0 && stat(dir, &theirs) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		return wv_err_set(err, WV_USAGE, "'%s' is this archive itself", dir);
	return WV_OK;
}

/* A transaction that is not too old: the other archive may be at work. */
static enum wv_status renew(struct merge *m, struct wv_err *err)
{
	struct wv_mono now = wv_clock_mono(wv_clock_system());

	if (m->txn && now.us < m->slice_ends.us)
		return WV_OK;
	wv_txn_abort(&m->txn);
	m->slice_ends.us = now.us + SLICE_US;
	return wv_store_begin_read(m->other, &m->txn, err);
}

static enum wv_fetch_outcome outcome_of(const struct wv_capture *c)
{
	if (c->status == 0)
		return WV_FETCH_CONNECT;
	if (c->flags & WV_CAPTURE_TRUNCATED_LENGTH)
		return WV_FETCH_TOO_LARGE;
	if (c->flags & WV_CAPTURE_TRUNCATED_TIME)
		return WV_FETCH_TOO_SLOW;
	return c->flags & WV_CAPTURE_TRUNCATED_DISCONNECT ? WV_FETCH_DISCONNECTED
	                                                  : WV_FETCH_ANSWERED;
}

static void fill_item(struct merge *m, const struct wv_capture *c, struct wv_item *item)
{
	char text[WV_TIME_TEXT_MAX];

	*item = (struct wv_item){
		.at = c->id,
		.url = c->url,
		.captured = c->captured,
		.status = c->status,
		.outcome = outcome_of(c),
		.headers = c->headers,
		.request = c->request,
		.address = c->address,
		.reason = c->reason,
		.source = c->source,
		.basis = wv_arena_format(m->arena, "%.*s%srecorded %s in another archive",
	                                 WV_FMT(wv_slice_part(c->basis, 0, WV_LIMIT_URL_BYTES / 2)),
	                                 c->basis.n ? "; " : "", wv_time_print(c->recorded, text)),
		.given = {.flags = c->flags & WV_WARC_FLAGS_TOLD,
	                  .duration_us = c->duration_us,
	                  .has_encoded = c->has_encoded,
	                  .encoded = c->encoded,
	                  .encoded_bytes = c->encoded_bytes,
	                  .body = c->body,
	                  .body_bytes = c->body_bytes,
	                  .drops_wire = m->import.options->drops_wire},
	};
}

/* Are the encoded bytes there only until `compact` finds a smaller form? Then here too. */
static bool may_wire_go(struct merge *m, const struct wv_capture *c)
{
	struct wv_encoded_row row;
	struct wv_slice value;

	return c->has_encoded &&
	       wv_txn_get(m->txn, WV_TABLE_ENCODED, wv_slice(c->encoded.b, WV_DIGEST_BYTES), &value,
	                  NULL) == WV_OK &&
	       wv_record_encoded_decode(value, &row) && row.may_go;
}

/* The bytes of an answer: as they were sent where they were kept. */
static enum wv_status load_bytes(struct merge *m, const struct wv_capture *c, struct wv_item *item,
                                 struct wv_err *err)
{
	struct wv_given *given = &item->given;
	enum wv_status st = WV_NO;

	wv_buf_reset(&m->body);
	if (c->has_encoded && !given->drops_wire)
		st = wv_store_wire(m->txn, &c->encoded, &m->body, err);
	given->is_decoded = st == WV_NO;
	given->wire_may_go = may_wire_go(m, c);
	if (st == WV_NO)
		st = wv_store_body(m->txn, &c->body, &m->body, err);
	given->has_bytes = st == WV_OK;
	given->has_digest = st == WV_NO; /* pruned there */
	m->import.counts->bodyless += st == WV_NO;
	item->body = wv_buf_slice(&m->body);
	return st == WV_NO ? WV_OK : st;
}

/* What was read there without help of that archive's site models says the same here. */
static enum wv_status load_article(struct merge *m, const struct wv_capture *c,
                                   struct wv_item *item, struct wv_err *err)
{
	struct wv_reading reading;
	enum wv_status st;

	if (m->import.options->extract == WV_EXTRACT_NOW || c->has_stands_for)
		return WV_OK;
	st = wv_store_reading(m->txn, m->arena, c, WV_TIME_NONE, &reading, err);
	if (st != WV_OK || reading.model)
		return st == WV_NO ? WV_OK : st;
	st = wv_store_article(m->txn, m->arena, &reading, &m->article, err);
	if (st == WV_OK)
		item->given.article = &m->article;
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status load(struct merge *m, uint64_t id, struct wv_item *item, struct wv_err *err)
{
	struct wv_capture c;
	enum wv_status st = wv_store_capture(m->txn, m->arena, id, WV_TIME_NONE, &c, err);

	if (st == WV_OK)
		st = wv_register_shows(m->txn, m->arena, c.page_key, id,
		                       wv_clock_now(m->import.options->clock), NULL, err);
	if (st != WV_OK)
		return st;
	fill_item(m, &c, item);
	if (c.status == 304) {
		item->given.has_digest = c.has_body;
		item->given.is_bodyless = !c.has_body;
		return WV_OK;
	}
	if (c.has_body)
		st = load_bytes(m, &c, item, err);
	else
		item->given.has_digest = c.flags & WV_CAPTURE_NOARCHIVE;
	return st == WV_OK ? load_article(m, &c, item, err) : st;
}

static enum wv_status take_capture(struct merge *m, uint64_t id, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct wv_item item;
	enum wv_status st = renew(m, err);

	if (st != WV_OK)
		return st;
	wv_arena_reset(m->arena);
	m->import.counts->records++;
	st = load(m, id, &item, &why);
	if (st == WV_NO) { /* erased, or taken down there */
		m->import.counts->passed++;
		return WV_OK;
	}
	if (st == WV_DAMAGED) {
		wv_import_fault(&m->import, id, why.text);
		return WV_OK;
	}
	if (st != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	if (item.status == 304)
		st = wv_import_confirm(&m->import, &item.given, err);
	return st == WV_OK ? wv_import_add(&m->import, &item, err) : st;
}

static enum wv_status take_all(struct merge *m, struct wv_err *err)
{
	struct wv_import_counts *counts = m->import.counts;
	struct wv_tree_head head = {0};
	enum wv_status st = renew(m, err);

	if (st == WV_OK)
		st = wv_merkle_head(m->txn, &head, err);
	counts->all_bytes = head.size;
	for (uint64_t id = 0; id < head.size && st == WV_OK; id++) {
		st = take_capture(m, id, err);
		counts->at_bytes = id + 1;
		if (st == WV_OK)
			st = wv_import_look_up(&m->import, err);
	}
	return st;
}

enum wv_status wv_import_archive(const struct wv_import_options *options, const char *dir,
                                 struct wv_import_counts *counts, struct wv_err *err)
{
	const struct wv_store_options read_only = {.read_only = true};
	struct merge m = {0};
	enum wv_status st = wv_import_begin(&m.import, options, counts, err);

	wv_buf_init(&m.body, WV_LIMIT_BODY_BYTES_MAX);
	if (st == WV_OK)
		st = refuse_itself(&m, dir, err);
	if (st == WV_OK)
		st = wv_arena_new(ARENA_BYTES, &m.arena, err);
	if (st == WV_OK)
		st = wv_store_open(dir, &read_only, options->clock, &m.other, err);
	if (st == WV_OK && wv_store_is_simulated(m.other) != wv_store_is_simulated(options->store))
		st = wv_err_set(err, WV_USAGE, "'%s' was made with %s clock, this archive was not", dir,
		                wv_store_is_simulated(m.other) ? "a simulated" : "the system's");
	if (st == WV_OK)
		st = take_all(&m, err);
	st = wv_import_end(&m.import, st, err);
	wv_txn_abort(&m.txn);
	wv_store_close(&m.other);
	wv_buf_done(&m.body);
	wv_arena_free(&m.arena);
	return st;
}
