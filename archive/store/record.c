#include "archive/store/record.h"

#include "archive/store/codec.h"
#include "config/base/limits.h"

/* Each row begins with its own version; all are 1 in format 1. */
#define ROW_VERSION 1
/* All texts of a capture: two header blocks and a dozen short strings. */
#define TEXTS_CAP   (4u * WV_LIMIT_HEADER_BYTES)

static void add_digest(struct wv_buf *out, const struct wv_digest *digest)
{
	wv_buf_add_bytes(out, digest->b, WV_DIGEST_BYTES);
}

static struct wv_digest read_digest(struct wv_cursor *c)
{
	struct wv_slice bytes = wv_cursor_bytes(c, WV_DIGEST_BYTES);
	struct wv_digest digest = {{0}};

	if (bytes.n == WV_DIGEST_BYTES)
		memcpy(digest.b, bytes.p, WV_DIGEST_BYTES);
	return digest;
}

static bool is_zero(const struct wv_digest *digest)
{
	static const struct wv_digest zero;

	return wv_digest_equals(digest, &zero);
}

/* A bit field of a row: anything above `known` is damage. */
static uint8_t read_bits(struct wv_cursor *c, unsigned known)
{
	uint8_t bits = wv_cursor_u8(c);

	if (bits & ~known)
		c->failed = true;
	return bits;
}

static uint32_t read_varint_u32(struct wv_cursor *c)
{
	uint64_t value = wv_cursor_varint(c);

	if (value > UINT32_MAX) {
		c->failed = true;
		return 0;
	}
	return (uint32_t)value;
}

static bool ended(const struct wv_cursor *c)
{
	return !c->failed && wv_cursor_left(c) == 0;
}

static struct wv_slice rest(struct wv_cursor *c)
{
	return wv_cursor_bytes(c, wv_cursor_left(c));
}

/* The difference of two times, and back, without overflow: modulo 2^64. */
static int64_t time_minus(struct wv_time a, struct wv_time b)
{
	return (int64_t)((uint64_t)a.us - (uint64_t)b.us);
}

static struct wv_time time_plus(struct wv_time a, int64_t us)
{
	return (struct wv_time){(int64_t)((uint64_t)a.us + (uint64_t)us)};
}

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
	return true;
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
	return (struct wv_blob_key){(enum wv_blob_class)kind, read_digest(c)};
}

bool wv_key_read_blob(struct wv_slice key, struct wv_blob_key *out)
{
	struct wv_cursor c = wv_cursor(key);
	struct wv_blob_key got = read_blob_key(&c);

	if (!ended(&c))
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
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_block(out, key);
	wv_buf_add(out, url);
}

bool wv_record_page_decode(struct wv_slice value, struct wv_slice *key, struct wv_slice *url)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_slice k;

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	k = wv_cursor_block(&c);
	if (c.failed)
		return false;
	*key = k;
	*url = rest(&c);
	return true;
}

/* --- captures ---
 *
 *   u8      version
 *   u16     parts (enum part), bits 9.. zero
 *   u8      verdict
 *   varint  flags
 *   zigzag  status
 *   zigzag  recorded - captured, us (captured, page and id are in the key)
 *   zigzag  duration, us
 *   varint  source number, 0 none
 *   [32 | varint]  SHA-256 and size of the body      PART_DIGEST
 *   [32 | varint]  SHA-256 and size of the encoded   PART_ENCODED
 *   [32]    version key                              PART_VERSION without PART_VERSION_IS_BODY
 *   varint  extractor | varint model
 *   [varint] id - id of what it stands for           PART_STANDS_FOR
 *   [varint] id - id of the reference                PART_REFERENCE
 *   varint  size of the texts
 *   rest    the texts, deflated where PART_DEFLATED, with the reference's as dictionary
 *
 * The texts are blocks (varint length, bytes): url (empty where PART_FIRST_URL), headers,
 * request, mime, address, location, basis, reason. Long ones first: the dictionary's end is
 * what a small window reaches.
 */
enum part {
	PART_BODY = 1u << 0,
	PART_DIGEST = 1u << 1,
	PART_ENCODED = 1u << 2,
	PART_VERSION = 1u << 3,
	PART_VERSION_IS_BODY = 1u << 4,
	PART_STANDS_FOR = 1u << 5,
	PART_DEFLATED = 1u << 6,
	PART_REFERENCE = 1u << 7,
	PART_FIRST_URL = 1u << 8,
	PART_ALL = (1u << 9) - 1,
};

enum wv_status wv_record_capture_texts(const struct wv_capture *capture, struct wv_slice page_url,
                                       struct wv_buf *out, struct wv_err *err)
{
	bool is_first = wv_slice_equals(capture->url, page_url);

	wv_buf_add_block(out, is_first ? WV_SLICE_NONE : capture->url);
	wv_buf_add_block(out, capture->headers);
	wv_buf_add_block(out, capture->request);
	wv_buf_add_block(out, capture->mime);
	wv_buf_add_block(out, capture->address);
	wv_buf_add_block(out, capture->location);
	wv_buf_add_block(out, capture->basis);
	wv_buf_add_block(out, capture->reason);
	return wv_buf_finish(out, "texts of a capture", err);
}

static unsigned parts_of(const struct wv_capture *capture, const struct wv_capture_context *context)
{
	unsigned parts = 0;

	if (capture->has_body)
		parts |= PART_BODY;
	if (capture->has_body || capture->body_bytes || !is_zero(&capture->body))
		parts |= PART_DIGEST;
	if (capture->has_encoded)
		parts |= PART_ENCODED;
	if (capture->has_version)
		parts |= PART_VERSION;
	if (capture->has_version && parts & PART_DIGEST &&
	    wv_digest_equals(&capture->version, &capture->body))
		parts |= PART_VERSION_IS_BODY;
	if (capture->has_stands_for)
		parts |= PART_STANDS_FOR;
	if (wv_slice_equals(capture->url, context->page_url))
		parts |= PART_FIRST_URL;
	return parts;
}

static void add_fixed(const struct wv_capture *capture, const struct wv_capture_context *context,
                      unsigned parts, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_u16(out, (uint16_t)parts);
	wv_buf_add_byte(out, (unsigned char)capture->verdict);
	wv_buf_add_varint(out, capture->flags);
	wv_buf_add_zigzag(out, capture->status);
	wv_buf_add_zigzag(out, time_minus(capture->recorded, capture->captured));
	wv_buf_add_zigzag(out, capture->duration_us);
	wv_buf_add_varint(out, context->source);
	if (parts & PART_DIGEST) {
		add_digest(out, &capture->body);
		wv_buf_add_varint(out, capture->body_bytes);
	}
	if (parts & PART_ENCODED) {
		add_digest(out, &capture->encoded);
		wv_buf_add_varint(out, capture->encoded_bytes);
	}
	if (parts & PART_VERSION && !(parts & PART_VERSION_IS_BODY))
		add_digest(out, &capture->version);
	wv_buf_add_varint(out, capture->extractor);
	wv_buf_add_varint(out, capture->model);
	if (parts & PART_STANDS_FOR)
		wv_buf_add_varint(out, capture->id - capture->stands_for);
	if (parts & PART_REFERENCE)
		wv_buf_add_varint(out, capture->id - context->reference);
}

enum wv_status wv_record_capture_encode(const struct wv_capture *capture,
                                        const struct wv_capture_context *context,
                                        struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf texts = {0};
	WV_AUTO(wv_buf_done) struct wv_buf small = {0};
	unsigned parts = parts_of(capture, context);
	struct wv_slice dictionary = WV_SLICE_NONE;
	enum wv_status st;

	WV_ASSERT((unsigned)capture->verdict < WV_VERDICT_COUNT);
	WV_ASSERT(!capture->has_stands_for || capture->stands_for < capture->id);
	wv_buf_init(&texts, TEXTS_CAP);
	wv_buf_init(&small, 2 * TEXTS_CAP);
	st = wv_record_capture_texts(capture, context->page_url, &texts, err);
	if (st != WV_OK)
		return st;
	if (context->has_reference) {
		WV_ASSERT(context->reference < capture->id);
		dictionary = context->dictionary;
		parts |= PART_REFERENCE;
	}
	st = wv_codec_deflate_text(dictionary, wv_buf_slice(&texts), &small, err);
	if (st != WV_OK)
		return st;
	if (small.n < texts.n)
		parts |= PART_DEFLATED;
	else
		parts &= ~(unsigned)PART_REFERENCE;
	add_fixed(capture, context, parts, out);
	wv_buf_add_varint(out, texts.n);
	wv_buf_add(out, wv_buf_slice(parts & PART_DEFLATED ? &small : &texts));
	return wv_buf_finish(out, "capture record", err);
}

struct fixed {
	unsigned parts;
	uint32_t source;
	uint64_t reference;
	uint64_t texts_bytes;
	struct wv_slice texts; /* as stored */
};

/* Ids are told as distances back: none may be 0 or reach below 0. */
static uint64_t read_back(struct wv_cursor *c, uint64_t id)
{
	uint64_t back = wv_cursor_varint(c);

	if (back == 0 || back > id) {
		c->failed = true;
		return 0;
	}
	return id - back;
}

static bool read_fixed(const struct wv_capture_key *key, struct wv_slice value, struct fixed *fixed,
                       struct wv_capture *out)
{
	struct wv_cursor c = wv_cursor(value);
	int64_t status;

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	fixed->parts = wv_cursor_u16(&c);
	out->verdict = (enum wv_verdict)wv_cursor_u8(&c);
	out->flags = read_varint_u32(&c);
	status = wv_cursor_zigzag(&c);
	out->status = (int32_t)status;
	out->recorded = time_plus(key->captured, wv_cursor_zigzag(&c));
	out->duration_us = wv_cursor_zigzag(&c);
	fixed->source = read_varint_u32(&c);
	out->has_body = fixed->parts & PART_BODY;
	if (fixed->parts & PART_DIGEST) {
		out->body = read_digest(&c);
		out->body_bytes = wv_cursor_varint(&c);
	}
	out->has_encoded = fixed->parts & PART_ENCODED;
	if (out->has_encoded) {
		out->encoded = read_digest(&c);
		out->encoded_bytes = wv_cursor_varint(&c);
	}
	out->has_version = fixed->parts & PART_VERSION;
	if (fixed->parts & PART_VERSION_IS_BODY)
		out->version = out->body;
	else if (out->has_version)
		out->version = read_digest(&c);
	out->extractor = read_varint_u32(&c);
	out->model = wv_cursor_varint(&c);
	out->has_stands_for = fixed->parts & PART_STANDS_FOR;
	if (out->has_stands_for)
		out->stands_for = read_back(&c, key->id);
	if (fixed->parts & PART_REFERENCE)
		fixed->reference = read_back(&c, key->id);
	fixed->texts_bytes = wv_cursor_varint(&c);
	fixed->texts = rest(&c);
	/* What our encoder never writes is damage. */
	return !c.failed && !(fixed->parts & ~(unsigned)PART_ALL) && status == out->status &&
	       (unsigned)out->verdict < WV_VERDICT_COUNT && fixed->texts_bytes <= TEXTS_CAP &&
	       (!(fixed->parts & PART_BODY) || fixed->parts & PART_DIGEST) &&
	       (!(fixed->parts & PART_VERSION_IS_BODY) ||
	        (fixed->parts & PART_DIGEST && fixed->parts & PART_VERSION)) &&
	       (!(fixed->parts & PART_REFERENCE) || fixed->parts & PART_DEFLATED) &&
	       (fixed->parts & PART_DEFLATED ? fixed->texts.n < fixed->texts_bytes
	                                     : fixed->texts.n == fixed->texts_bytes);
}

static enum wv_status bad_capture(const struct wv_capture_key *key, struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "capture %llu does not decode",
	                  (unsigned long long)key->id);
}

enum wv_status wv_record_capture_peek(const struct wv_capture_key *key, struct wv_slice value,
                                      struct wv_capture_context *context,
                                      struct wv_capture *facts, struct wv_err *err)
{
	struct wv_capture capture = {.id = key->id, .page = key->page, .captured = key->captured};
	struct fixed fixed = {0};

	if (!read_fixed(key, value, &fixed, &capture))
		return bad_capture(key, err);
	if (facts)
		*facts = capture;
	if (context) {
		context->source = fixed.source;
		context->has_reference = fixed.parts & PART_REFERENCE;
		context->reference = fixed.reference;
	}
	return WV_OK;
}

static bool read_texts(struct wv_slice texts, unsigned parts, struct wv_slice page_url,
                       struct wv_capture *out)
{
	struct wv_cursor c = wv_cursor(texts);

	out->url = wv_cursor_block(&c);
	if (parts & PART_FIRST_URL) {
		if (out->url.n)
			return false;
		out->url = page_url;
	}
	out->headers = wv_cursor_block(&c);
	out->request = wv_cursor_block(&c);
	out->mime = wv_cursor_block(&c);
	out->address = wv_cursor_block(&c);
	out->location = wv_cursor_block(&c);
	out->basis = wv_cursor_block(&c);
	out->reason = wv_cursor_block(&c);
	return ended(&c);
}

enum wv_status wv_record_capture_decode(const struct wv_capture_key *key, struct wv_slice value,
                                        const struct wv_capture_context *context,
                                        struct wv_arena *arena, struct wv_capture *out,
                                        struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf inflated = {0};
	struct wv_capture got = {.id = key->id, .page = key->page, .captured = key->captured};
	struct fixed fixed = {0};
	struct wv_slice texts, url;

	if (!read_fixed(key, value, &fixed, &got))
		return bad_capture(key, err);
	texts = fixed.texts;
	if (fixed.parts & PART_DEFLATED) {
		struct wv_slice dictionary =
			fixed.parts & PART_REFERENCE ? context->dictionary : WV_SLICE_NONE;
		enum wv_status st;

		wv_buf_init(&inflated, TEXTS_CAP);
		st = wv_codec_inflate_text(dictionary, texts, fixed.texts_bytes, &inflated, err);
		if (st != WV_OK)
			return st == WV_DAMAGED ? bad_capture(key, err) : st;
		texts = wv_buf_slice(&inflated);
	}
	texts = wv_arena_copy(arena, texts);
	url = wv_arena_copy(arena, context->page_url);
	if (texts.n != fixed.texts_bytes || url.n != context->page_url.n)
		return wv_err_set(err, WV_NOMEM, "out of memory");
	if (!read_texts(texts, fixed.parts, url, &got))
		return bad_capture(key, err);
	*out = got;
	return WV_OK;
}

/* --- the leaf: one "name value" a line, in this order, absent values left out ---
 *
 * In values, bytes below 20, 7f and the backslash are written \xHH, so that a line is a line.
 */
static void add_line(struct wv_buf *out, const char *name, struct wv_slice value)
{
	if (value.n == 0)
		return;
	wv_buf_add_string(out, name);
	wv_buf_add_byte(out, ' ');
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = value.p[i];

		if (c < 0x20 || c == 0x7f || c == '\\')
			wv_buf_add_format(out, "\\x%02x", c);
		else
			wv_buf_add_byte(out, c);
	}
	wv_buf_add_byte(out, '\n');
}

static void add_time_line(struct wv_buf *out, const char *name, struct wv_time t)
{
	char text[WV_TIME_TEXT_MAX];

	/* Years that no calendar text can hold come from broken imports only. */
	if (t.us < INT64_C(-62167219200000000) || t.us > INT64_C(253402300799999999))
		wv_buf_add_format(out, "%s us:%lld\n", name, (long long)t.us);
	else
		wv_buf_add_format(out, "%s %s\n", name, wv_time_print(t, text));
}

static void add_digest_line(struct wv_buf *out, const char *name, const struct wv_digest *digest,
                            uint64_t bytes)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_buf_add_format(out, "%s %s %llu\n", name, wv_digest_print(digest, hex),
	                  (unsigned long long)bytes);
}

static void add_digest_of_line(struct wv_buf *out, const char *name, struct wv_slice value)
{
	struct wv_digest digest;

	if (value.n == 0)
		return;
	digest = wv_digest_of(value);
	add_digest_line(out, name, &digest, value.n);
}

enum wv_status wv_record_leaf(const struct wv_capture *capture, struct wv_buf *out,
                              struct wv_err *err)
{
	wv_buf_add_string(out, "wirevault leaf 1\n");
	wv_buf_add_format(out, "id %llu\n", (unsigned long long)capture->id);
	add_line(out, "url", capture->url);
	add_time_line(out, "captured", capture->captured);
	add_time_line(out, "recorded", capture->recorded);
	wv_buf_add_format(out, "duration %lld\n", (long long)capture->duration_us);
	wv_buf_add_format(out, "status %d\n", capture->status);
	wv_buf_add_format(out, "flags %x\n", capture->flags);
	wv_buf_add_format(out, "verdict %s\n", wv_verdict_name(capture->verdict));
	add_line(out, "source", capture->source);
	if (capture->has_body)
		add_digest_line(out, "body", &capture->body, capture->body_bytes);
	else if (capture->body_bytes || !is_zero(&capture->body))
		add_digest_line(out, "unkept", &capture->body, capture->body_bytes);
	if (capture->has_encoded)
		add_digest_line(out, "encoded", &capture->encoded, capture->encoded_bytes);
	add_digest_of_line(out, "headers", capture->headers);
	add_digest_of_line(out, "request", capture->request);
	add_line(out, "mime", capture->mime);
	add_line(out, "address", capture->address);
	add_line(out, "location", capture->location);
	add_line(out, "basis", capture->basis);
	add_line(out, "reason", capture->reason);
	return wv_buf_finish(out, "leaf of a capture", err);
}

enum wv_status wv_record_leaf_hash(const unsigned char salt[WV_SALT_BYTES], struct wv_slice leaf,
                                   struct wv_digest *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	enum wv_status st;

	wv_buf_init(&bytes, leaf.n + WV_SALT_BYTES + 1);
	wv_buf_add_byte(&bytes, 0); /* RFC 6962, 2.1: leaves and nodes never hash alike */
	wv_buf_add_bytes(&bytes, salt, WV_SALT_BYTES);
	wv_buf_add(&bytes, leaf);
	st = wv_buf_finish(&bytes, "leaf of a capture", err);
	if (st == WV_OK)
		*out = wv_digest_of(wv_buf_slice(&bytes));
	return st;
}

/* --- leaves ---
 *
 *   u8 version | u8 bits (0: erased, 1..7 zero) | varint page | u64 captured | 16 salt | 32 hash
 *
 * Of an erased capture page, captured and salt are zero.
 */
void wv_record_leaf_row_encode(const struct wv_leaf_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, row->is_erased ? 1 : 0);
	wv_buf_add_varint(out, row->page);
	wv_buf_add_u64(out, (uint64_t)row->captured.us);
	wv_buf_add_bytes(out, row->salt, WV_SALT_BYTES);
	add_digest(out, &row->hash);
}

bool wv_record_leaf_row_decode(struct wv_slice value, struct wv_leaf_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_leaf_row row = {0};
	struct wv_slice salt;

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	row.is_erased = read_bits(&c, 1);
	row.page = wv_cursor_varint(&c);
	row.captured.us = (int64_t)wv_cursor_u64(&c);
	salt = wv_cursor_bytes(&c, WV_SALT_BYTES);
	row.hash = read_digest(&c);
	if (!ended(&c))
		return false;
	memcpy(row.salt, salt.p, WV_SALT_BYTES);
	*out = row;
	return true;
}

/* --- bodies ---
 *
 *   u8 version | u8 kind | u8 bits (0 inline, 1 base, 2 context, 3..7 zero)
 *   varint raw size | varint stored size | varint cost | varint depth
 *   [1 + 32 base] [1 + 32 context]
 *   varint segment | varint offset, or, inline, the stored bytes
 */
void wv_record_blob_encode(const struct wv_blob_row *row, struct wv_buf *out)
{
	unsigned char key[WV_KEY_BODY_BYTES];

	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, (unsigned char)row->kind);
	wv_buf_add_byte(out, (unsigned char)((row->is_inline ? 1 : 0) | (row->has_base ? 2 : 0) |
	                                     (row->has_context ? 4 : 0)));
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

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	kind = wv_cursor_u8(&c);
	bits = read_bits(&c, 7);
	row.kind = (enum wv_stored_kind)kind;
	row.is_inline = bits & 1;
	row.has_base = bits & 2;
	row.has_context = bits & 4;
	row.raw_bytes = wv_cursor_varint(&c);
	row.stored_bytes = wv_cursor_varint(&c);
	row.cost = wv_cursor_varint(&c);
	row.depth = read_varint_u32(&c);
	if (row.has_base)
		row.base = read_blob_key(&c);
	if (row.has_context)
		row.context = read_blob_key(&c);
	if (row.is_inline) {
		row.inlined = rest(&c);
	} else {
		row.segment = wv_cursor_varint(&c);
		row.offset = wv_cursor_varint(&c);
	}
	if (!ended(&c) || kind >= WV_STORED_KIND_COUNT ||
	    (row.is_inline && row.inlined.n != row.stored_bytes))
		return false;
	*out = row;
	return true;
}

/* --- encoded ---
 *
 *   u8 version | u8 coding | u8 bits (0 kept, 1..7 zero) | 32 body | varint body size
 *   | varint encoded size
 */
void wv_record_encoded_encode(const struct wv_encoded_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, row->coding);
	wv_buf_add_byte(out, row->is_kept ? 1 : 0);
	add_digest(out, &row->body);
	wv_buf_add_varint(out, row->body_bytes);
	wv_buf_add_varint(out, row->encoded_bytes);
}

bool wv_record_encoded_decode(struct wv_slice value, struct wv_encoded_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_encoded_row row = {0};

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	row.coding = wv_cursor_u8(&c);
	row.is_kept = read_bits(&c, 1);
	row.body = read_digest(&c);
	row.body_bytes = wv_cursor_varint(&c);
	row.encoded_bytes = wv_cursor_varint(&c);
	if (!ended(&c) || row.coding > 2)
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
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_byte(out, row->has_key ? 1 : 0);
	wv_buf_add_u64(out, (uint64_t)row->recorded.us);
	wv_buf_add_byte(out, row->verdict);
	wv_buf_add_varint(out, row->extractor);
	wv_buf_add_varint(out, row->model);
	if (row->has_key)
		add_digest(out, &row->key);
	add_digest(out, &row->record);
	wv_buf_add_varint(out, row->record_bytes);
	wv_buf_add_block(out, row->category);
	wv_buf_add_block(out, row->language);
}

bool wv_record_article_row_decode(struct wv_slice value, struct wv_article_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_article_row row = {0};

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	row.has_key = read_bits(&c, 1);
	row.recorded.us = (int64_t)wv_cursor_u64(&c);
	row.verdict = wv_cursor_u8(&c);
	row.extractor = read_varint_u32(&c);
	row.model = wv_cursor_varint(&c);
	if (row.has_key)
		row.key = read_digest(&c);
	row.record = read_digest(&c);
	row.record_bytes = wv_cursor_varint(&c);
	row.category = wv_cursor_block(&c);
	row.language = wv_cursor_block(&c);
	if (!ended(&c) || row.verdict >= WV_VERDICT_COUNT)
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

	wv_buf_add_byte(out, ROW_VERSION);
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

	if (wv_cursor_u8(&c) != ROW_VERSION)
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
	if (!ended(&c))
		return false;
	*out = state;
	return true;
}

/* --- sources ---
 *
 *   u8 version | varint captures, capture bytes, stored bytes | name (rest)
 */
void wv_record_source_encode(const struct wv_source_row *row, struct wv_buf *out)
{
	wv_buf_add_byte(out, ROW_VERSION);
	wv_buf_add_varint(out, row->captures);
	wv_buf_add_varint(out, row->capture_bytes);
	wv_buf_add_varint(out, row->stored_bytes);
	wv_buf_add(out, row->name);
}

bool wv_record_source_decode(struct wv_slice value, struct wv_source_row *out)
{
	struct wv_cursor c = wv_cursor(value);
	struct wv_source_row row = {0};

	if (wv_cursor_u8(&c) != ROW_VERSION)
		return false;
	row.captures = wv_cursor_varint(&c);
	row.capture_bytes = wv_cursor_varint(&c);
	row.stored_bytes = wv_cursor_varint(&c);
	if (c.failed)
		return false;
	row.name = rest(&c);
	*out = row;
	return true;
}
