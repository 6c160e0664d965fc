#include "archive/store/register_inner.h"

/*
 * For `verify`: each fact is found by its page and by what it released, and what names a fact names
 * one of its kind.
 */

/* Each fact is found by its page, and by what it released. */
static enum wv_status check_fact(struct wv_txn *txn, uint64_t number, struct wv_slice value,
                                 struct wv_err *err)
{
	unsigned char key[WV_FACT_PAGE_KEY_MAX];
	struct wv_slice there;
	struct wv_fact fact;
	uint64_t by = 0;
	enum wv_status st = WV_OK;

	if (!wv_fact_decode(value, &fact))
		return wv_err_set(err, WV_DAMAGED, "does not decode");
	if (fact.page_key.n)
		st = wv_txn_get(txn, WV_TABLE_FACTS,
		                wv_fact_page_key(fact.page_key, number, key), &there, err);
	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "is not listed under its page");
	if (st != WV_OK || fact.act != WV_ACT_RELEASE)
		return st;
	st = wv_fact_get_number(txn, wv_fact_key(WV_FACT_BY_RELEASED, fact.releases, key), &by,
	                        err);
	if (st == WV_NO || (st == WV_OK && by != number))
		return wv_err_set(err, WV_DAMAGED, "does not end what it releases");
	return st;
}

static enum wv_status check_named(struct wv_txn *txn, uint64_t number, struct wv_slice page,
                                  enum wv_act act, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st = wv_fact_look(txn, number, &fact, err);

	if (st == WV_NO)
		return wv_err_set(err, WV_DAMAGED, "names a fact that is not there");
	if (st == WV_OK && (act ? fact.act != act : !wv_slice_equals(fact.page_key, page)))
		return wv_err_set(err, WV_DAMAGED, "names a fact about something else");
	return st;
}

enum wv_status wv_register_check_row(struct wv_txn *txn, struct wv_slice key,
                                     struct wv_slice value, struct wv_err *err)
{
	unsigned char kind = key.n ? key.p[0] : 0;
	bool is_number = kind == WV_FACT_BY_PRUNED ? key.n == 2 + WV_DIGEST_BYTES && value.n == 8
	                                    : key.n == 9 && value.n == 8;

	if (kind == WV_FACT_BY_NUMBER && key.n == 9)
		return check_fact(txn, wv_load_u64_be(key.p + 1), value, err);
	if (kind == WV_FACT_BY_PAGE && key.n > 9 && value.n == 0)
		return check_named(txn, wv_load_u64_be(key.p + key.n - 8),
		                   wv_slice_part(key, 1, key.n - 9), 0, err);
	if (kind == WV_FACT_BY_RELEASED && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_RELEASE, err);
	if (kind == WV_FACT_BY_ERASED && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_ERASE, err);
	if (kind == WV_FACT_BY_PRUNED && is_number)
		return check_named(txn, wv_load_u64_be(value.p), WV_SLICE_NONE, WV_ACT_PRUNE, err);
	return wv_err_set(err, WV_DAMAGED, "does not decode");
}

enum wv_status wv_register_check_erased(struct wv_txn *txn, uint64_t capture, struct wv_err *err)
{
	unsigned char key[WV_FACT_KEY_BYTES];
	uint64_t number = 0;
	enum wv_status st =
		wv_fact_get_number(txn, wv_fact_key(WV_FACT_BY_ERASED, capture, key), &number, err);

	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "is erased, and no fact says why") : st;
}
