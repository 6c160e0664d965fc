#include "archive/store/record.h"

#include "archive/store/codec.h"
#include "archive/store/row_parts.h"
#include "config/base/base64.h"
#include "config/base/limits.h"

/* All texts of a capture: two header blocks and a dozen short strings. */
#define TEXTS_CAP (4u * WV_LIMIT_HEADER_BYTES)

/* The difference of two times, and back, without overflow: modulo 2^64. */
static int64_t time_minus(struct wv_time a, struct wv_time b)
{
	return (int64_t)((uint64_t)a.us - (uint64_t)b.us);
}

static struct wv_time time_plus(struct wv_time a, int64_t us)
{
	return (struct wv_time){(int64_t)((uint64_t)a.us + (uint64_t)us)};
}

/* --- captures ---
 *
 *   u8      version
 *   u16     parts (enum part), bits 10.. zero
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
	PART_LEAF_2 = 1u << 9,
	PART_ALL = (1u << 10) - 1,
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
	if (capture->has_body || capture->body_bytes || !wv_row_is_zero(&capture->body))
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
	if (capture->leaf != 1)
		parts |= PART_LEAF_2;
	return parts;
}

static void add_fixed(const struct wv_capture *capture, const struct wv_capture_context *context,
                      unsigned parts, struct wv_buf *out)
{
	wv_buf_add_byte(out, WV_ROW_VERSION);
	wv_buf_add_u16(out, (uint16_t)parts);
	wv_buf_add_byte(out, (unsigned char)capture->verdict);
	wv_buf_add_varint(out, capture->flags);
	wv_buf_add_zigzag(out, capture->status);
	wv_buf_add_zigzag(out, time_minus(capture->recorded, capture->captured));
	wv_buf_add_zigzag(out, capture->duration_us);
	wv_buf_add_varint(out, context->source);
	if (parts & PART_DIGEST) {
		wv_row_add_digest(out, &capture->body);
		wv_buf_add_varint(out, capture->body_bytes);
	}
	if (parts & PART_ENCODED) {
		wv_row_add_digest(out, &capture->encoded);
		wv_buf_add_varint(out, capture->encoded_bytes);
	}
	if (parts & PART_VERSION && !(parts & PART_VERSION_IS_BODY))
		wv_row_add_digest(out, &capture->version);
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

	if (wv_cursor_u8(&c) != WV_ROW_VERSION)
		return false;
	fixed->parts = wv_cursor_u16(&c);
	out->verdict = (enum wv_verdict)wv_cursor_u8(&c);
	out->flags = wv_row_u32(&c);
	status = wv_cursor_zigzag(&c);
	out->status = (int32_t)status;
	out->recorded = time_plus(key->captured, wv_cursor_zigzag(&c));
	out->duration_us = wv_cursor_zigzag(&c);
	fixed->source = wv_row_u32(&c);
	out->leaf = fixed->parts & PART_LEAF_2 ? 2 : 1;
	out->has_body = fixed->parts & PART_BODY;
	if (fixed->parts & PART_DIGEST) {
		out->body = wv_row_digest(&c);
		out->body_bytes = wv_cursor_varint(&c);
	}
	out->has_encoded = fixed->parts & PART_ENCODED;
	if (out->has_encoded) {
		out->encoded = wv_row_digest(&c);
		out->encoded_bytes = wv_cursor_varint(&c);
	}
	out->has_version = fixed->parts & PART_VERSION;
	if (fixed->parts & PART_VERSION_IS_BODY)
		out->version = out->body;
	else if (out->has_version)
		out->version = wv_row_digest(&c);
	out->extractor = wv_row_u32(&c);
	out->model = wv_cursor_varint(&c);
	out->has_stands_for = fixed->parts & PART_STANDS_FOR;
	if (out->has_stands_for)
		out->stands_for = read_back(&c, key->id);
	if (fixed->parts & PART_REFERENCE)
		fixed->reference = read_back(&c, key->id);
	fixed->texts_bytes = wv_cursor_varint(&c);
	fixed->texts = wv_row_rest(&c);
	/* What our encoder never writes is damage. */
	return !c.failed && !(fixed->parts & ~(unsigned)PART_ALL) && status == out->status &&
	       wv_time_is_possible(key->captured) && wv_time_is_possible(out->recorded) &&
	       wv_time_is_possible((struct wv_time){out->duration_us}) &&
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
                                      struct wv_capture_context *context, struct wv_capture *facts,
                                      struct wv_err *err)
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
	return wv_row_ended(&c);
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

static void add_digest_line(struct wv_buf *out, const struct wv_capture *capture, const char *name,
                            const struct wv_digest *digest, uint64_t bytes)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_buf_add_format(out, "%s ", name);
	if (capture->leaf == 1)
		wv_buf_add_string(out, wv_digest_print(digest, hex));
	else
		wv_base64_add(out, wv_slice(digest->b, WV_DIGEST_BYTES), 0);
	wv_buf_add_format(out, " %llu\n", (unsigned long long)bytes);
}

static void add_digest_of_line(struct wv_buf *out, const struct wv_capture *capture,
                               const char *name, struct wv_slice value)
{
	struct wv_digest digest;

	if (value.n == 0)
		return;
	digest = wv_digest_of(value);
	add_digest_line(out, capture, name, &digest, value.n);
}

/*
 * Form 2 has digests in base64 and the basis as one of them, which is a third of the text: a proof
 * in a log of ten million captures is to fit two kilobytes.
 */
enum wv_status wv_record_leaf(const struct wv_capture *capture, struct wv_buf *out,
                              struct wv_err *err)
{
	wv_buf_add_format(out, "wirevault leaf %d\n", capture->leaf == 1 ? 1 : 2);
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
		add_digest_line(out, capture, "body", &capture->body, capture->body_bytes);
	else if (capture->body_bytes || !wv_row_is_zero(&capture->body))
		add_digest_line(out, capture, "unkept", &capture->body, capture->body_bytes);
	if (capture->has_encoded)
		add_digest_line(out, capture, "encoded", &capture->encoded, capture->encoded_bytes);
	add_digest_of_line(out, capture, "headers", capture->headers);
	add_digest_of_line(out, capture, "request", capture->request);
	add_line(out, "mime", capture->mime);
	add_line(out, "address", capture->address);
	add_line(out, "location", capture->location);
	if (capture->leaf == 1)
		add_line(out, "basis", capture->basis);
	else
		add_digest_of_line(out, capture, "basis", capture->basis);
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
