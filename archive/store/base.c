#include "archive/store/base.h"

#include "archive/store/load.h"
#include "archive/store/row_parts.h"

/* What a delta of a page usually adds to its cost is a part of the page. */
#define USUAL_PART 2u
/* Where the version before is at the end of the budget, one with room for some more is chosen:
 * of ten parts so many. Otherwise each further version would go back one farther. */
#define ROOM_TENTHS 6u
/* Captures looked at for one with a body. */
#define LOOK_BACK 16
/* A smaller page has little of its site's template. */
#define SITE_BASE_BYTES 4096u

struct version {
	struct wv_blob_key key;
	struct wv_blob_row row;
};

/* WV_NO: it stands alone. Damage must not lead in a circle. */
static enum wv_status step_down(struct wv_txn *txn, struct version *v, struct wv_err *err)
{
	uint32_t depth = v->row.depth;
	enum wv_status st;

	if (v->row.kind != WV_STORED_DELTA || !v->row.has_base)
		return WV_NO;
	v->key = v->row.base;
	st = wv_blob_find(txn, &v->key, &v->row, err);
	return st == WV_OK && v->row.depth >= depth ? WV_NO : st;
}

enum wv_status wv_base_choose(struct wv_txn *txn, const struct wv_blob_key *newest,
                              uint64_t raw_bytes, struct wv_base_choice *out, struct wv_err *err)
{
	uint64_t budget = wv_blob_budget(raw_bytes), usual = raw_bytes / USUAL_PART, rank;
	struct version v = {.key = *newest};
	enum wv_status st = wv_blob_find(txn, newest, &v.row, err);

	if (st != WV_OK)
		return st;
	rank = v.row.rank + 1;
	while (st == WV_OK && v.row.rank > (rank & (rank - 1)))
		st = step_down(txn, &v, err);
	if (st == WV_OK && v.row.cost + usual > budget)
		budget = budget / 10 * ROOM_TENTHS;
	while (st == WV_OK && (v.row.raw_bytes == 0 || v.row.cost + usual > budget))
		st = step_down(txn, &v, err);
	if (st == WV_OK)
		*out = (struct wv_base_choice){v.key, rank};
	return st;
}

static struct wv_slice site_of(struct wv_slice page_key)
{
	size_t at = wv_slice_find_byte(page_key, ')', 0);

	return at == SIZE_MAX ? page_key : wv_slice_part(page_key, 0, at + 1);
}

static bool is_html(struct wv_slice mime)
{
	return wv_slice_starts_nocase(mime, WV_LIT("text/html")) ||
	       wv_slice_starts_nocase(mime, WV_LIT("application/xhtml+xml"));
}

/* Of what was compressed already there is no delta worth its time. */
static bool is_text(struct wv_slice mime)
{
	return mime.n == 0 || wv_slice_starts_nocase(mime, WV_LIT("text/")) ||
	       wv_slice_find_nocase(mime, WV_LIT("xml"), 0) != SIZE_MAX ||
	       wv_slice_find_nocase(mime, WV_LIT("json"), 0) != SIZE_MAX ||
	       wv_slice_find_nocase(mime, WV_LIT("javascript"), 0) != SIZE_MAX;
}

/* The body of the page's newest capture up to this one; one with the same status if there is. */
static enum wv_status newest_body(struct wv_txn *txn, uint64_t page,
                                  const struct wv_capture *capture, struct wv_blob_key *out,
                                  struct wv_err *err)
{
	const struct wv_capture_key top = {page, capture->captured, UINT64_MAX};
	WV_AUTO(wv_walk_end) struct wv_walk *walk = NULL;
	unsigned char bytes[WV_KEY_CAPTURE_BYTES];
	struct wv_slice key, value;
	bool has = false;
	enum wv_status st = wv_walk_begin(txn, WV_TABLE_CAPTURES, &walk, err);

	if (st != WV_OK)
		return st;
	wv_key_of_capture(&top, bytes);
	st = wv_walk_seek_before(walk, wv_slice(bytes, sizeof bytes), &key, &value, err);
	for (int i = 0; st == WV_OK && i < LOOK_BACK; i++) {
		struct wv_capture facts = {0};
		struct wv_capture_key place;

		if (!wv_key_read_capture(key, &place) || place.page != page)
			break;
		st = wv_record_capture_peek(&place, value, NULL, &facts, err);
		if (st != WV_OK)
			return st;
		if (facts.has_body && (!has || facts.status == capture->status)) {
			has = true;
			*out = (struct wv_blob_key){WV_BLOB_BODY, facts.body};
			if (facts.status == capture->status)
				return WV_OK;
		}
		st = wv_walk_previous(walk, &key, &value, err);
	}
	if (st != WV_OK && st != WV_NO)
		return st;
	return has ? WV_OK : WV_NO;
}

/* WV_NO: the page has no version before this one. */
static enum wv_status newest_of_page(struct wv_txn *txn, const struct wv_capture *capture,
                                     struct wv_blob_key *out, struct wv_err *err)
{
	struct wv_slice number;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_PAGES, capture->page_key, &number, err);

	if (st == WV_OK && number.n != 8)
		return wv_err_set(err, WV_DAMAGED, "the row of a page does not decode");
	return st == WV_OK ? newest_body(txn, wv_load_u64_be(number.p), capture, out, err) : st;
}

enum wv_status wv_base_find_version(struct wv_txn *txn, const struct wv_capture *capture,
                                    uint64_t raw_bytes, struct wv_base_choice *out,
                                    struct wv_err *err)
{
	struct wv_blob_key newest;
	enum wv_status st = is_text(capture->mime) ? newest_of_page(txn, capture, &newest, err) : WV_NO;

	return st == WV_OK ? wv_base_choose(txn, &newest, raw_bytes, out, err) : st;
}

enum wv_status wv_base_find(struct wv_txn *txn, const struct wv_capture *capture,
                            uint64_t raw_bytes, struct wv_base_choice *out, struct wv_err *err)
{
	struct wv_blob_key newest;
	enum wv_status st;

	if (!is_text(capture->mime))
		return WV_NO;
	st = newest_of_page(txn, capture, &newest, err);
	if (st == WV_OK)
		return wv_base_choose(txn, &newest, raw_bytes, out, err);
	if (st != WV_NO || !is_html(capture->mime))
		return st;
	st = wv_site_base_get(txn, capture->page_key, &newest, err);
	return st == WV_OK ? wv_base_choose_site(txn, &newest, raw_bytes, out, err) : st;
}

enum wv_status wv_base_choose_site(struct wv_txn *txn, const struct wv_blob_key *site,
                                   uint64_t raw_bytes, struct wv_base_choice *out,
                                   struct wv_err *err)
{
	struct wv_blob_row row = {0};
	enum wv_status st = wv_blob_find(txn, site, &row, err);

	if (st != WV_OK)
		return st;
	if (row.cost + raw_bytes / USUAL_PART > wv_blob_budget(raw_bytes))
		return WV_NO;
	*out = (struct wv_base_choice){*site, 0};
	return WV_OK;
}

enum wv_status wv_base_read(struct wv_txn *txn, const struct wv_base_choice *choice,
                            struct wv_buf *bytes, struct wv_blob_base *out, struct wv_err *err)
{
	struct wv_blob_row row = {0};
	enum wv_status st = wv_blob_find(txn, &choice->key, &row, err);

	if (st == WV_OK)
		st = wv_blob_read(txn, &choice->key, bytes, err);
	if (st == WV_OK)
		*out = (struct wv_blob_base){choice->key, row.cost, row.depth, wv_buf_slice(bytes),
		                             choice->rank};
	return st;
}

/* --- sites ---
 *
 *   u8 version | u8 class | 32 digest
 */
bool wv_site_base_decode(struct wv_slice value, struct wv_blob_key *out)
{
	return value.n == 1 + WV_KEY_BODY_BYTES && value.p[0] == WV_ROW_VERSION &&
	       wv_key_read_blob(wv_slice_from(value, 1), out);
}

enum wv_status wv_site_base_get(struct wv_txn *txn, struct wv_slice page_key,
                                struct wv_blob_key *out, struct wv_err *err)
{
	struct wv_slice value;
	enum wv_status st = wv_txn_get(txn, WV_TABLE_BASES, site_of(page_key), &value, err);

	if (st == WV_OK && !wv_site_base_decode(value, out))
		return wv_err_set(err, WV_DAMAGED, "the base page of '%.*s' does not decode",
		                  WV_FMT(site_of(page_key)));
	return st;
}

enum wv_status wv_site_base_offer(struct wv_txn *txn, const struct wv_capture *capture,
                                  struct wv_err *err)
{
	const struct wv_blob_key body = {WV_BLOB_BODY, capture->body};
	unsigned char value[1 + WV_KEY_BODY_BYTES] = {WV_ROW_VERSION};
	struct wv_blob_row row = {0};
	struct wv_blob_key there;
	enum wv_status st;

	if (!capture->has_body || capture->status != 200 || capture->body_bytes < SITE_BASE_BYTES ||
	    !is_html(capture->mime))
		return WV_OK;
	st = wv_site_base_get(txn, capture->page_key, &there, err);
	if (st != WV_NO)
		return st;
	st = wv_blob_find(txn, &body, &row, err);
	if (st != WV_OK || row.kind == WV_STORED_DELTA)
		return st == WV_NO ? WV_OK : st;
	wv_key_of_blob(&body, value + 1);
	return wv_txn_put(txn, WV_TABLE_BASES, site_of(capture->page_key),
	                  wv_slice(value, sizeof value), err);
}
