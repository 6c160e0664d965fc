#include "archive/store/row.h"

#include "archive/store/row_parts.h"
#include "archive/store/verdict.h"
#include "config/base/limits.h"

/* --- keys --- */

static void put_time(unsigned char *at, struct wv_time t)
{
	wv_store_u64_be(at, (uint64_t)t.us ^ UINT64_C(1) << 63);
}

static struct wv_time get_time(const unsigned char *at)
{
	return (struct wv_time){(int64_t)(wv_load_u64_be(at) ^ UINT64_C(1) << 63)};
}

static void put_u32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

void wv_key_of_u64(uint64_t number, unsigned char key[8])
{
	wv_store_u64_be(key, number);
}

void wv_key_of_capture(const struct wv_capture_key *from, unsigned char key[WV_KEY_CAPTURE_BYTES])
{
	wv_store_u64_be(key, from->page);
	put_time(key + 8, from->captured);
	wv_store_u64_be(key + 16, from->id);
}

bool wv_key_read_capture(struct wv_slice key, struct wv_capture_key *out)
{
	if (key.n != WV_KEY_CAPTURE_BYTES)
		return false;
	out->page = wv_load_u64_be(key.p);
	out->captured = get_time(key.p + 8);
	out->id = wv_load_u64_be(key.p + 16);
	return true;
}

void wv_key_of_article(uint64_t id, uint32_t number, unsigned char key[WV_KEY_ARTICLE_BYTES])
{
	wv_store_u64_be(key, id);
	put_u32(key + 8, number);
}

void wv_key_of_source(const struct wv_source_key *from, unsigned char key[WV_KEY_SOURCE_BYTES])
{
	put_u32(key, from->source);
	put_time(key + 4, from->captured);
	wv_store_u64_be(key + 12, from->id);
}

bool wv_key_read_source(struct wv_slice key, struct wv_source_key *out)
{
	if (key.n != WV_KEY_SOURCE_BYTES)
		return false;
	out->source = 0;
	for (int i = 0; i < 4; i++)
		out->source = out->source << 8 | key.p[i];
	out->captured = get_time(key.p + 4);
	out->id = wv_load_u64_be(key.p + 12);
	return wv_time_is_possible(out->captured);
}

void wv_key_of_blob(const struct wv_blob_key *from, unsigned char key[WV_KEY_BODY_BYTES])
{
	key[0] = (unsigned char)from->kind;
	memcpy(key + 1, from->digest.b, WV_DIGEST_BYTES);
}

static bool is_blob_class(uint8_t c)
{
	return c == WV_BLOB_BODY || c == WV_BLOB_WIRE || c == WV_BLOB_ARTICLE ||
	       c == WV_BLOB_CONTEXT;
}

static struct wv_blob_key read_blob_key(struct wv_cursor *c)
{
	uint8_t kind = wv_cursor_u8(c);

	if (!is_blob_class(kind))
		c->failed = true;
	return (struct wv_blob_key){(enum wv_blob_class)kind, wv_row_digest(c)};
}

bool wv_key_read_blob(struct wv_slice key, struct wv_blob_key *out)
{
	struct wv_cursor c = wv_cursor(key);
	struct wv_blob_key got = read_blob_key(&c);

	if (!wv_row_ended(&c))
		return false;
	*out = got;
	return true;
}

/* --- pages ---
 *
 *   u8 version | block page key | first URL (rest)
 */
void wv_record_page_encode(struct wv_slice key, struct wv_slice url, struct wv_buf *out)
{
	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_block(out, key);
	wv_buf_add(out, url);
}

bool wv_record_page_decode(struct wv_slice value, struct wv_slice *key, struct wv_slice *url)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_slice k;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	k = wv_cursor_block(&c);
	/* Whoever has a page's key has room for the longest there is, and no more. */
	if (c.failed || k.n == 0 || k.n > WV_LIMIT_PAGE_KEY_BYTES)
		return false;
	*key = k;
	*url = wv_row_rest(&c);
	return true;
}

/* --- leaves ---
 *
 *   u8 version | u8 bits (0: erased, 1..7 zero) | varint page | u64 captured | 16 salt | 32 hash
 *
 * Of an erased capture page, captured and salt are zero.
 */
void wv_record_leaf_row_encode(const struct wv_leaf_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, row->is_erased ? 1 : 0);
	wv_buf_add_varint(out, row->page);
	wv_buf_add_u64(out, (uint64_t)row->captured.us);
	wv_buf_add_bytes(out, row->salt, WV_SALT_BYTES);
	wv_row_add_digest(out, &row->hash);
}

bool wv_record_leaf_row_decode(struct wv_slice value, struct wv_leaf_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_leaf_row row = {0};
	struct wv_slice salt;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	row.is_erased = wv_row_bits(&c, 1);
	row.page = wv_cursor_varint(&c);
	row.captured.us = (int64_t)wv_cursor_u64(&c);
	salt = wv_cursor_bytes(&c, WV_SALT_BYTES);
	row.hash = wv_row_digest(&c);
	if (!wv_row_ended(&c) || !wv_time_is_possible(row.captured))
		return false;
	memcpy(row.salt, salt.p, WV_SALT_BYTES);
	*out = row;
	return true;
}

/* --- bodies ---
 *
 *   u8 version | u8 kind | u8 bits (0 inline, 1 base, 2 context, 3 rank, 4..7 zero)
 *   varint raw size | varint stored size | varint cost | varint depth
 *   [1 + 32 base] [1 + 32 context] [varint rank, above 0]
 *   varint segment | varint offset, or, inline, the stored bytes
 */
void wv_record_blob_encode(const struct wv_blob_row *row, struct wv_buf *out)
{
	unsigned char key[WV_KEY_BODY_BYTES];

	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)row->kind);
	wv_buf_add_byte(out, (unsigned char)((row->is_inline ? 1 : 0) | (row->has_base ? 2 : 0) |
	                                     (row->has_context ? 4 : 0) | (row->rank ? 8 : 0)));
	wv_buf_add_varint(out, row->raw_bytes);
	wv_buf_add_varint(out, row->stored_bytes);
	wv_buf_add_varint(out, row->cost);
	wv_buf_add_varint(out, row->depth);
	if (row->has_base) {
		wv_key_of_blob(&row->base, key);
		wv_buf_add_bytes(out, key, sizeof key);
	}
	if (row->has_context) {
		wv_key_of_blob(&row->context, key);
		wv_buf_add_bytes(out, key, sizeof key);
	}
	if (row->rank)
		wv_buf_add_varint(out, row->rank);
	if (row->is_inline) {
		WV_ASSERT(row->inlined.n == row->stored_bytes);
		wv_buf_add(out, row->inlined);
		return;
	}
	wv_buf_add_varint(out, row->segment);
	wv_buf_add_varint(out, row->offset);
}

bool wv_record_blob_decode(struct wv_slice value, struct wv_blob_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_blob_row row = {0};
	uint8_t kind, bits;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	kind = wv_cursor_u8(&c);
	bits = wv_row_bits(&c, 15);
	row.kind = (enum wv_stored_kind)kind;
	row.is_inline = bits & 1;
	row.has_base = bits & 2;
	row.has_context = bits & 4;
	row.raw_bytes = wv_cursor_varint(&c);
	row.stored_bytes = wv_cursor_varint(&c);
	row.cost = wv_cursor_varint(&c);
	row.depth = wv_row_u32(&c);
	if (row.has_base)
		row.base = read_blob_key(&c);
	if (row.has_context)
		row.context = read_blob_key(&c);
	if (bits & 8)
		row.rank = wv_cursor_varint(&c);
	if (row.is_inline) {
		row.inlined = wv_row_rest(&c);
	} else {
		row.segment = wv_cursor_varint(&c);
		row.offset = wv_cursor_varint(&c);
	}
	if (!wv_row_ended(&c) || kind >= WV_STORED_KIND_COUNT || ((bits & 8) && row.rank == 0) ||
	    (row.is_inline && row.inlined.n != row.stored_bytes))
		return false;
	*out = row;
	return true;
}

/* --- encoded ---
 *
 *   u8 version | u8 coding | u8 bits (0 kept, 1 may go, 2..7 zero) | 32 body | varint body size
 *   | varint encoded size
 */
void wv_record_encoded_encode(const struct wv_encoded_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, row->coding);
	wv_buf_add_byte(out, (unsigned char)((row->is_kept ? 1 : 0) | (row->may_go ? 2 : 0)));
	wv_row_add_digest(out, &row->body);
	wv_buf_add_varint(out, row->body_bytes);
	wv_buf_add_varint(out, row->encoded_bytes);
}

bool wv_record_encoded_decode(struct wv_slice value, struct wv_encoded_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_encoded_row row = {0};
	uint8_t bits;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	row.coding = wv_cursor_u8(&c);
	bits = wv_row_bits(&c, 3);
	row.is_kept = bits & 1;
	row.may_go = bits & 2;
	row.body = wv_row_digest(&c);
	row.body_bytes = wv_cursor_varint(&c);
	row.encoded_bytes = wv_cursor_varint(&c);
	if (!wv_row_ended(&c) || row.coding > 2)
		return false;
	*out = row;
	return true;
}

/* --- articles ---
 *
 *   u8 version | u8 bits (0 key, 1..7 zero) | u64 recorded | u8 verdict | varint extractor
 *   | varint model | [32 key] | 32 record | varint record size | block category | block language
 */
void wv_record_article_row_encode(const struct wv_article_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_byte(out, row->has_key ? 1 : 0);
	wv_buf_add_u64(out, (uint64_t)row->recorded.us);
	wv_buf_add_byte(out, row->verdict);
	wv_buf_add_varint(out, row->extractor);
	wv_buf_add_varint(out, row->model);
	if (row->has_key)
		wv_row_add_digest(out, &row->key);
	wv_row_add_digest(out, &row->record);
	wv_buf_add_varint(out, row->record_bytes);
	wv_buf_add_block(out, row->category);
	wv_buf_add_block(out, row->language);
}

bool wv_record_article_row_decode(struct wv_slice value, struct wv_article_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_article_row row = {0};

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	row.has_key = wv_row_bits(&c, 1);
	row.recorded.us = (int64_t)wv_cursor_u64(&c);
	row.verdict = wv_cursor_u8(&c);
	row.extractor = wv_row_u32(&c);
	row.model = wv_cursor_varint(&c);
	if (row.has_key)
		row.key = wv_row_digest(&c);
	row.record = wv_row_digest(&c);
	row.record_bytes = wv_cursor_varint(&c);
	row.category = wv_cursor_block(&c);
	row.language = wv_cursor_block(&c);
	if (!wv_row_ended(&c) || row.verdict >= WV_VERDICT_COUNT ||
	    !wv_time_is_possible(row.recorded))
		return false;
	*out = row;
	return true;
}

/* --- state ---
 *
 *   u8 version | varint next leaf, page, segment, source
 *   | varint captures, pages, articles, bodies, body bytes, article bytes, capture bytes
 *   | u8 number of kinds | that many times: varint records, varint stored bytes
 *   | u64 first recorded | u64 last recorded
 */
void wv_record_state_encode(const struct wv_state *state, struct wv_buf *out)
{
	const struct wv_store_totals *t = &state->totals;

	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_varint(out, state->next_leaf);
	wv_buf_add_varint(out, state->next_page);
	wv_buf_add_varint(out, state->next_segment);
	wv_buf_add_varint(out, state->next_source);
	wv_buf_add_varint(out, t->captures);
	wv_buf_add_varint(out, t->pages);
	wv_buf_add_varint(out, t->articles);
	wv_buf_add_varint(out, t->bodies);
	wv_buf_add_varint(out, t->body_bytes);
	wv_buf_add_varint(out, t->article_bytes);
	wv_buf_add_varint(out, t->capture_bytes);
	wv_buf_add_byte(out, WV_STORED_KIND_COUNT);
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		wv_buf_add_varint(out, t->records[i]);
		wv_buf_add_varint(out, t->stored[i]);
	}
	wv_buf_add_u64(out, (uint64_t)t->first_recorded.us);
	wv_buf_add_u64(out, (uint64_t)t->last_recorded.us);
}

bool wv_record_state_decode(struct wv_slice value, struct wv_state *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_state state = {0};
	struct wv_store_totals *t = &state.totals;
	uint8_t kinds;

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	state.next_leaf = wv_cursor_varint(&c);
	state.next_page = wv_cursor_varint(&c);
	state.next_segment = wv_cursor_varint(&c);
	state.next_source = wv_cursor_varint(&c);
	t->captures = wv_cursor_varint(&c);
	t->pages = wv_cursor_varint(&c);
	t->articles = wv_cursor_varint(&c);
	t->bodies = wv_cursor_varint(&c);
	t->body_bytes = wv_cursor_varint(&c);
	t->article_bytes = wv_cursor_varint(&c);
	t->capture_bytes = wv_cursor_varint(&c);
	kinds = wv_cursor_u8(&c);
	if (kinds != WV_STORED_KIND_COUNT)
		return false;
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++) {
		t->records[i] = wv_cursor_varint(&c);
		t->stored[i] = wv_cursor_varint(&c);
	}
	t->first_recorded.us = (int64_t)wv_cursor_u64(&c);
	t->last_recorded.us = (int64_t)wv_cursor_u64(&c);
	if (!wv_row_ended(&c))
		return false;
	*out = state;
	return true;
}

/* --- sources ---
 *
 *   u8 version | varint captures, capture bytes, stored bytes
 *   [u8 number of kinds, that many times varint stored bytes: from version 2 on] | name (rest)
 */
#define SOURCE_VERSION 2

static bool has_kinds(const struct wv_source_row *row)
{
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		if (row->stored[i])
			return true;
	return false;
}

void wv_record_source_encode(const struct wv_source_row *row, struct wv_buf *out)
{
	bool with_kinds = has_kinds(row);

	wv_buf_add_byte(out, with_kinds ? SOURCE_VERSION : WV_ROW_VERSION);
	wv_buf_add_varint(out, row->captures);
	wv_buf_add_varint(out, row->capture_bytes);
	wv_buf_add_varint(out, row->stored_bytes);
	if (with_kinds)
		wv_buf_add_byte(out, WV_STORED_KIND_COUNT);
	for (int i = 0; with_kinds && i < WV_STORED_KIND_COUNT; i++)
		wv_buf_add_varint(out, row->stored[i]);
	wv_buf_add(out, row->name);
}

bool wv_record_source_decode(struct wv_slice value, struct wv_source_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_source_row row = {0};
	uint8_t version = wv_cursor_u8(&c);

	if (version != WV_ROW_VERSION && version != SOURCE_VERSION)
		return false;
	row.captures = wv_cursor_varint(&c);
	row.capture_bytes = wv_cursor_varint(&c);
	row.stored_bytes = wv_cursor_varint(&c);
	if (version == SOURCE_VERSION && wv_cursor_u8(&c) != WV_STORED_KIND_COUNT)
		return false;
	for (int i = 0; version == SOURCE_VERSION && i < WV_STORED_KIND_COUNT; i++)
		row.stored[i] = wv_cursor_varint(&c);
	/* One spelling for one row. */
	if (c.failed || (version == SOURCE_VERSION && !has_kinds(&row)))
		return false;
	row.name = wv_row_rest(&c);
	*out = row;
	return true;
}
