#include "archive/copies/facts.h"

#include "config/base/limits.h"

#define ROW_CAP_BYTES 64u

static struct wv_slice pair_key(unsigned char letter, uint64_t a, uint64_t b,
                                unsigned char key[static 17])
{
	key[0] = letter;
	wv_store_u64_be(key + 1, a);
	wv_store_u64_be(key + 9, b);
	return wv_slice(key, 17);
}

static enum wv_status next_number(struct wv_txn *txn, uint64_t *number, struct wv_err *err)
{
	unsigned char value[8];
	struct wv_slice row;
	uint64_t next = 0;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_CLUSTERS, WV_LIT("q"), &row, err);

	if (st == WV_OK && row.n != sizeof(value))
		return wv_err_set(err, WV_DAMAGED, "number of cluster facts");
	if (st == WV_OK)
		next = wv_load_u64_be(row.p);
	else if (st != WV_NO)
		return st;
	wv_store_u64_be(value, next + 1);
	st = wv_txn_put(txn, WV_TABLE_CLUSTERS, WV_LIT("q"), wv_slice(value, sizeof(value)), err);
	if (st == WV_OK)
		*number = next;
	return st;
}

/* Its `cluster` is the document that it equals. Others join what is not yet theirs. */
static bool is_of_exact_copy(const struct wv_copies_fact *fact)
{
	return fact->kind == WV_COPIES_JOIN && fact->before == fact->cluster;
}

enum wv_status wv_facts_add(struct wv_txn *txn, struct wv_copies_fact *fact, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf row = {0};
	unsigned char key[17];
	enum wv_status st = next_number(txn, &fact->number, err);

	wv_buf_init(&row, ROW_CAP_BYTES);
	wv_buf_add_byte(&row, (unsigned char)fact->kind);
	wv_buf_add_zigzag(&row, fact->recorded.us);
	wv_buf_add_varint(&row, fact->cluster);
	wv_buf_add_varint(&row, fact->before);
	if (st == WV_OK)
		st = wv_buf_finish(&row, "cluster fact", err);
	if (st == WV_OK)
		st = wv_txn_put(txn, WV_TABLE_CLUSTERS,
		                pair_key('h', fact->document, fact->number, key),
		                wv_buf_slice(&row), err);
	/* That a document may be in the cluster of its own name goes without saying. */
	if (st == WV_OK && fact->kind != WV_COPIES_GONE &&
	    (fact->cluster != fact->document || is_of_exact_copy(fact)))
		st = wv_txn_put(txn, WV_TABLE_CLUSTERS,
		                pair_key(is_of_exact_copy(fact) ? 'a' : 'c', fact->cluster,
		                         fact->document, key),
		                WV_SLICE_NONE, err);
	return st;
}

static enum wv_status read_fact(struct wv_slice key, struct wv_slice row,
                                struct wv_copies_fact *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(row);
	struct wv_copies_fact fact = {.document = wv_load_u64_be(key.p + 1),
	                              .number = wv_load_u64_be(key.p + 9)};
	uint8_t kind = wv_cursor_u8(&c);

	fact.recorded.us = wv_cursor_zigzag(&c);
	fact.cluster = wv_cursor_varint(&c);
	fact.before = wv_cursor_varint(&c);
	if (c.failed || wv_cursor_left(&c) > 0 || kind >= WV_COPIES_FACT_KINDS ||
	    !wv_time_is_possible(fact.recorded))
		return wv_err_set(err, WV_DAMAGED, "cluster fact of document %llu",
		                  (unsigned long long)fact.document);
	fact.kind = (enum wv_copies_fact_kind)kind;
	*out = fact;
	return WV_OK;
}

enum wv_status wv_copies_each_fact(struct wv_txn *txn, uint64_t document, wv_copies_fact_fn each,
                                   void *context, struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[17];
	struct wv_slice key, row;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CLUSTERS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, pair_key('h', document, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) && memcmp(key.p, text, 9) == 0) {
		struct wv_copies_fact fact;

		st = read_fact(key, row, &fact, err);
		if (st == WV_OK)
			st = each(context, &fact, err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}

struct as_known {
	struct wv_time known_at;
	struct wv_copies_fact last;
	bool is_known;
};

/* Facts come in the order of recording, but clocks may be set back: all are looked at. */
static enum wv_status keep_last(void *context, const struct wv_copies_fact *fact,
                                struct wv_err *err)
{
	struct as_known *as_known = context;

	(void)err;
	if (!wv_time_is_none(as_known->known_at) && fact->recorded.us > as_known->known_at.us)
		return WV_OK;
	as_known->last = *fact;
	as_known->is_known = true;
	return WV_OK;
}

/* The last fact known then, of the document itself. WV_NO: not known, or gone. */
static enum wv_status last_fact(struct wv_txn *txn, uint64_t document, struct wv_time known_at,
                                struct wv_copies_fact *last, struct wv_err *err)
{
	struct as_known own = {.known_at = known_at};
	enum wv_status st = wv_copies_each_fact(txn, document, keep_last, &own, err);

	if (st == WV_OK && (!own.is_known || own.last.kind == WV_COPIES_GONE))
		return WV_NO;
	if (st == WV_OK)
		*last = own.last;
	return st;
}

enum wv_status wv_copies_cluster(struct wv_txn *txn, uint64_t document, struct wv_time known_at,
                                 uint64_t *cluster, struct wv_err *err)
{
	struct wv_copies_fact last;
	enum wv_status st = last_fact(txn, document, known_at, &last, err);

	if (st == WV_OK && is_of_exact_copy(&last))
		st = last_fact(txn, last.cluster, known_at, &last, err);
	if (st == WV_OK)
		*cluster = last.cluster;
	return st;
}

struct visiting {
	struct wv_txn *txn;
	struct wv_time known_at;
	wv_copies_member_fn each;
	void *context;
};

/* One member and what has its very text. */
static enum wv_status visit_member(const struct visiting *v, uint64_t document,
                                   struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[17];
	struct wv_slice key, row;
	enum wv_status st = v->each(v->context, document, err);

	if (st == WV_OK)
		st = wv_walk_begin(v->txn, WV_TABLE_CLUSTERS, &walk, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, pair_key('a', document, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) && memcmp(key.p, text, 9) == 0) {
		struct wv_copies_fact last;
		uint64_t copy = wv_load_u64_be(key.p + 9);

		st = last_fact(v->txn, copy, v->known_at, &last, err);
		if (st == WV_OK && is_of_exact_copy(&last) && last.cluster == document)
			st = v->each(v->context, copy, err);
		if (st == WV_OK || st == WV_NO)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}

static enum wv_status visit_if_member(const struct visiting *v, uint64_t document,
                                      uint64_t cluster, struct wv_err *err)
{
	struct wv_copies_fact last = {.cluster = 0};
	enum wv_status st = last_fact(v->txn, document, v->known_at, &last, err);

	if (st == WV_OK && last.cluster == cluster && !is_of_exact_copy(&last))
		st = visit_member(v, document, err);
	return st == WV_NO ? WV_OK : st;
}

enum wv_status wv_copies_each_member(struct wv_txn *txn, uint64_t cluster,
                                     struct wv_time known_at, wv_copies_member_fn each,
                                     void *context, struct wv_err *err)
{
	const struct visiting visiting = {txn, known_at, each, context};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[17];
	struct wv_slice key, row;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CLUSTERS, &walk, err);

	if (st == WV_OK)
		st = visit_if_member(&visiting, cluster, cluster, err);
	if (st == WV_OK)
		st = wv_walk_seek(walk, pair_key('c', cluster, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) && memcmp(key.p, text, 9) == 0) {
		st = visit_if_member(&visiting, wv_load_u64_be(key.p + 9), cluster, err);
		if (st == WV_OK || st == WV_NO)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}

const char *wv_copies_fact_name(enum wv_copies_fact_kind kind)
{
	static const char *const names[] = {
		[WV_COPIES_FIRST] = "first", [WV_COPIES_JOIN] = "join",
		[WV_COPIES_MERGE] = "merge", [WV_COPIES_LEAVE] = "leave",
		[WV_COPIES_SPLIT] = "split",   [WV_COPIES_GONE] = "gone",
	};

	return kind < WV_COPIES_FACT_KINDS ? names[kind] : "unknown";
}

struct copies_visit {
	struct wv_txn *txn;
	uint64_t document;
	wv_copies_member_fn each;
	void *context;
};

static enum wv_status visit_copy(void *context, uint64_t document, struct wv_err *err)
{
	const struct copies_visit *v = context;

	return document == v->document ? WV_OK : v->each(v->context, document, err);
}

enum wv_status wv_facts_each_exact(struct wv_txn *txn, uint64_t document, wv_copies_member_fn each,
                                   void *context, struct wv_err *err)
{
	struct copies_visit copies = {txn, document, each, context};
	const struct visiting visiting = {txn, WV_TIME_NONE, visit_copy, &copies};

	return visit_member(&visiting, document, err);
}

enum wv_status wv_facts_each_exact_ever(struct wv_txn *txn, uint64_t document,
                                        wv_copies_member_fn each, void *context,
                                        struct wv_err *err)
{
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char text[17];
	struct wv_slice key, row;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CLUSTERS, &walk, err);

	if (st == WV_OK)
		st = wv_walk_seek(walk, pair_key('a', document, 0, text), &key, &row, err);
	while (st == WV_OK && key.n == sizeof(text) && memcmp(key.p, text, 9) == 0) {
		st = each(context, wv_load_u64_be(key.p + 9), err);
		if (st == WV_OK)
			st = wv_walk_next(walk, &key, &row, err);
	}
	return st == WV_NO ? WV_OK : st;
}
