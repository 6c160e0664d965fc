#include "archive/store/register_inner.h"

#include "archive/store/row_parts.h"
#include "config/base/limits.h"

enum {
	BIT_CAPTURE = 1,
	BIT_UNTIL = 2,
	BIT_RANGE = 4,
	BIT_ALL = 7
};

struct wv_slice wv_fact_key(char kind, uint64_t number, unsigned char key[WV_FACT_KEY_BYTES])
{
	key[0] = (unsigned char)kind;
	wv_store_u64_be(key + 1, number);
	return wv_slice(key, 9);
}

struct wv_slice wv_fact_page_key(struct wv_slice page, uint64_t number,
                                 unsigned char key[WV_FACT_PAGE_KEY_MAX])
{
	WV_ASSERT(page.n <= WV_LIMIT_PAGE_KEY_BYTES);
	key[0] = WV_FACT_BY_PAGE;
	if (page.n)
		memcpy(key + 1, page.p, page.n);
	wv_store_u64_be(key + 1 + page.n, number);
	return wv_slice(key, page.n + 9);
}

struct wv_slice wv_fact_pruned_key(unsigned char kind, const struct wv_digest *digest,
                                  unsigned char key[WV_FACT_PRUNED_KEY_BYTES])
{
	key[0] = WV_FACT_BY_PRUNED;
	key[1] = kind;
	memcpy(key + 2, digest->b, WV_DIGEST_BYTES);
	return wv_slice(key, 2 + WV_DIGEST_BYTES);
}

/* --- the fact ---
 *
 *   u8 version | u8 act | u8 bits (0 of a capture, 1 until, 2 first and last, 3..7 zero)
 *   u64 recorded | [u64 until] | [varint capture] | varint releases
 *   varint captures, bodies, bytes | [u64 first | u64 last]
 *   block page key | block URL | block reason
 */
void wv_fact_encode(const struct wv_fact *fact, struct wv_buf *out)
{
	bool has_until = !wv_time_is_none(fact->until);
	bool has_range = !wv_time_is_none(fact->first) && !wv_time_is_none(fact->last);

	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)fact->act);
	wv_buf_add_byte(out, (unsigned char)((fact->is_of_capture ? BIT_CAPTURE : 0) |
	                                     (has_until ? BIT_UNTIL : 0) |
	                                     (has_range ? BIT_RANGE : 0)));
	wv_buf_add_u64(out, (uint64_t)fact->recorded.us);
	if (has_until)
		wv_buf_add_u64(out, (uint64_t)fact->until.us);
	if (fact->is_of_capture)
		wv_buf_add_varint(out, fact->capture);
	wv_buf_add_varint(out, fact->releases);
	wv_buf_add_varint(out, fact->captures);
	wv_buf_add_varint(out, fact->bodies);
	wv_buf_add_varint(out, fact->bytes);
	if (has_range) {
		wv_buf_add_u64(out, (uint64_t)fact->first.us);
		wv_buf_add_u64(out, (uint64_t)fact->last.us);
	}
	wv_buf_add_block(out, fact->page_key);
	wv_buf_add_block(out, fact->url);
	wv_buf_add_block(out, fact->reason);
}

static bool is_none_or_possible(struct wv_time t)
{
	return wv_time_is_none(t) || wv_time_is_possible(t);
}

static bool is_dated(const struct wv_fact *fact)
{
	return wv_time_is_possible(fact->recorded) && is_none_or_possible(fact->until) &&
	       is_none_or_possible(fact->first) && is_none_or_possible(fact->last);
}

bool wv_fact_decode(struct wv_slice value, struct wv_fact *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_fact fact = {
		.until = WV_TIME_NONE, .first = WV_TIME_NONE, .last = WV_TIME_NONE};
	uint8_t bits, act;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	act = wv_cursor_u8(&c);
	bits = wv_row_bits(&c, BIT_ALL);
	fact.act = (enum wv_act)act;
	fact.recorded.us = (int64_t)wv_cursor_u64(&c);
	if (bits & BIT_UNTIL)
		fact.until.us = (int64_t)wv_cursor_u64(&c);
	fact.is_of_capture = bits & BIT_CAPTURE;
	if (fact.is_of_capture)
		fact.capture = wv_cursor_varint(&c);
	fact.releases = wv_cursor_varint(&c);
	fact.captures = wv_cursor_varint(&c);
	fact.bodies = wv_cursor_varint(&c);
	fact.bytes = wv_cursor_varint(&c);
	if (bits & BIT_RANGE) {
		fact.first.us = (int64_t)wv_cursor_u64(&c);
		fact.last.us = (int64_t)wv_cursor_u64(&c);
	}
	fact.page_key = wv_cursor_block(&c);
	fact.url = wv_cursor_block(&c);
	fact.reason = wv_cursor_block(&c);
	if (!is_dated(&fact) || !wv_row_ended(&c) || act == 0 || act >= WV_ACT_COUNT ||
	    fact.page_key.n > WV_LIMIT_PAGE_KEY_BYTES)
		return false;
	*out = fact;
	return true;
}

enum wv_status wv_fact_get_number(struct wv_txn *txn, struct wv_slice key, uint64_t *out,
                                  struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_FACTS, key, &value, err);

	if (st != WV_OK)
		return st;
	if (value.n != 8)
		return wv_err_set(err, WV_DAMAGED, "a row of the register does not decode");
	*out = wv_load_u64_be(value.p);
	return WV_OK;
}

enum wv_status wv_fact_put_number(struct wv_txn *txn, struct wv_slice key, uint64_t number,
                                  struct wv_err *err)
{
	unsigned char value[8];

	wv_store_u64_be(value, number);
	return wv_txn_put(txn, WV_TABLE_FACTS, key, wv_slice(value, sizeof value), err);
}
