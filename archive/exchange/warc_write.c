#include "archive/exchange/warc_write.h"

#include <stdlib.h>

#include "archive/exchange/message.h"
#include "archive/store/codec.h"
#include "archive/store/lookup.h"
#include "archive/store/register.h"
#include "archive/store/row.h"
#include "config/base/limits.h"

#define RECORD_CAP  (2u * (size_t)WV_LIMIT_WARC_BLOCK_BYTES)
#define HEADER_CAP  (4u * WV_LIMIT_HEADER_BYTES)
#define URN_MAX     46u

struct wv_warc_writer {
	struct wv_warc_writer_options options;
	uint64_t at;
	struct wv_buf fields, head, payload, record;
};

enum wv_status wv_warc_writer_new(const struct wv_warc_writer_options *options,
                                  struct wv_warc_writer **out, struct wv_err *err)
{
	struct wv_warc_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return wv_err_set(err, WV_NOMEM, "out of memory for a WARC writer");
	writer->options = *options;
	wv_buf_init(&writer->fields, HEADER_CAP);
	wv_buf_init(&writer->head, HEADER_CAP);
	wv_buf_init(&writer->payload, WV_LIMIT_BODY_BYTES_MAX);
	wv_buf_init(&writer->record, RECORD_CAP);
	*out = writer;
	return WV_OK;
}

void wv_warc_writer_free(struct wv_warc_writer **writer)
{
	if (!*writer)
		return;
	wv_buf_done(&(*writer)->fields);
	wv_buf_done(&(*writer)->head);
	wv_buf_done(&(*writer)->payload);
	wv_buf_done(&(*writer)->record);
	free(*writer);
	*writer = NULL;
}

/* ---- fields */

/* A UUID of version 8 (RFC 9562 5.8) out of what the record is about. */
static const char *make_urn(const char *kind, const struct wv_capture *c, char urn[URN_MAX])
{
	static const char digits[] = "0123456789abcdef";
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = HEADER_CAP};
	struct wv_digest digest;
	size_t n = 9;

	wv_buf_add_string(&text, kind);
	if (c) {
		wv_buf_add_u64(&text, (uint64_t)c->captured.us);
		wv_buf_add_u32(&text, (uint32_t)c->status);
		wv_buf_add_block(&text, c->url);
		wv_buf_add_block(&text, c->headers);
		wv_buf_add_bytes(&text, c->body.b, WV_DIGEST_BYTES);
	}
	digest = wv_digest_of(wv_buf_slice(&text));
	digest.b[6] = (unsigned char)(0x80 | (digest.b[6] & 15));
	digest.b[8] = (unsigned char)(0x80 | (digest.b[8] & 63));
	memcpy(urn, "urn:uuid:", n);
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			urn[n++] = '-';
		urn[n++] = digits[digest.b[i] >> 4];
		urn[n++] = digits[digest.b[i] & 15];
	}
	urn[n] = '\0';
	return urn;
}

/* A value on one line, whatever is in it. */
static void add_value(struct wv_buf *out, struct wv_slice value)
{
	for (size_t i = 0; i < value.n; i++)
		wv_buf_add_byte(out, value.p[i] < 0x20 || value.p[i] == 0x7f ? ' ' : value.p[i]);
	wv_buf_add_string(out, "\r\n");
}

static void add_field(struct wv_warc_writer *w, const char *name, struct wv_slice value)
{
	if (!value.n)
		return;
	wv_buf_add_string(&w->fields, name);
	wv_buf_add_string(&w->fields, ": ");
	add_value(&w->fields, value);
}

static void add_digest(struct wv_warc_writer *w, const char *name, const struct wv_digest *digest)
{
	char hex[WV_DIGEST_HEX_MAX];

	wv_buf_add_format(&w->fields, "%s: sha256:%s\r\n", name, wv_digest_print(digest, hex));
}

static void begin_fields(struct wv_warc_writer *w, const char *type, const char *urn,
                         struct wv_time date)
{
	char text[WV_TIME_TEXT_MAX];

	wv_buf_reset(&w->fields);
	wv_buf_add_format(&w->fields,
	                  "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <%s>\r\nWARC-Date: %s\r\n",
	                  type, urn, wv_time_print(date, text));
}

/* The block is head and payload. */
static enum wv_status end_record(struct wv_warc_writer *w, struct wv_slice head,
                                 struct wv_slice payload, struct wv_err *err)
{
	struct wv_slice parts[4];
	enum wv_status st;

	wv_buf_add_format(&w->fields, "Content-Length: %llu\r\n\r\n",
	                  (unsigned long long)head.n + (unsigned long long)payload.n);
	st = wv_buf_finish(&w->fields, "header of a WARC record", err);
	if (st != WV_OK)
		return st;
	parts[0] = wv_buf_slice(&w->fields);
	parts[1] = head;
	parts[2] = payload;
	parts[3] = WV_LIT("\r\n\r\n");
	wv_buf_reset(&w->record);
	for (size_t i = 0; w->options.is_plain && i < WV_COUNT(parts) && st == WV_OK; i++) {
		st = w->options.sink.add(w->options.sink.context, parts[i], err);
		w->at += parts[i].n;
	}
	if (w->options.is_plain)
		return st;
	st = wv_codec_gzip(parts, WV_COUNT(parts), &w->record, err);
	if (st == WV_OK)
		st = w->options.sink.add(w->options.sink.context, wv_buf_slice(&w->record), err);
	w->at += w->record.n;
	return st;
}

enum wv_status wv_warc_write_info(struct wv_warc_writer *w, struct wv_err *err)
{
	const struct wv_range_query *range = w->options.range;
	char urn[URN_MAX], text[WV_TIME_TEXT_MAX];

	wv_buf_reset(&w->head);
	wv_buf_add_string(&w->head, "software: wirevault/" WV_VERSION "\r\n"
	                            "format: WARC File Format 1.1\r\n"
	                            "conformsTo: http://iipc.github.io/warc-specifications/"
	                            "specifications/warc-format/warc-1.1/\r\n");
	wv_buf_add_format(&w->head, "known-at: %s\r\n", wv_time_print(range->known_at, text));
	if (!wv_time_is_none(range->from))
		wv_buf_add_format(&w->head, "from: %s\r\n", wv_time_print(range->from, text));
	if (!wv_time_is_none(range->to))
		wv_buf_add_format(&w->head, "to: %s\r\n", wv_time_print(range->to, text));
	if (range->source.n) {
		wv_buf_add_string(&w->head, "source: ");
		add_value(&w->head, range->source);
	}
	if (wv_store_is_simulated(w->options.store))
		wv_buf_add_string(&w->head, "clock: simulated\r\n");
	begin_fields(w, "warcinfo",
	             make_urn("warcinfo",
	                      &(struct wv_capture){.captured = range->known_at, .url = w->options.name},
	                      urn),
	             range->known_at);
	add_field(w, "WARC-Filename", w->options.name);
	wv_buf_add_string(&w->fields, "Content-Type: application/warc-fields\r\n");
	return end_record(w, wv_buf_slice(&w->head), WV_SLICE_NONE, err);
}

/* ---- captures */

/* What stands after the header block. */
struct payload {
	bool is_there, is_wire;
	struct wv_digest digest;
};

/* Which bytes would be written for it; where they are the encoded ones, they are in `wire`. */
static enum wv_status choose_payload(struct wv_warc_writer *w, struct wv_txn *txn,
                                     const struct wv_capture *c, struct wv_buf *wire,
                                     struct payload *out, struct wv_err *err)
{
	bool has_wire = false;
	enum wv_status st = WV_OK;

	if (c->has_body && c->has_encoded && !w->options.is_decoded) {
		wv_buf_reset(wire);
		st = wv_store_wire(txn, &c->encoded, wire, err);
		has_wire = st == WV_OK && (!w->options.is_for_replay ||
		                           wv_slice_starts(wv_buf_slice(wire), WV_LIT("\x1f\x8b")));
	}
	if (st != WV_OK && st != WV_NO)
		return st;
	*out = (struct payload){c->has_body, has_wire, has_wire ? c->encoded : c->body};
	return WV_OK;
}

/* The earlier capture in this file with the same payload. WV_NO: there is none. */
static enum wv_status find_original(struct wv_warc_writer *w, struct wv_txn *txn,
                                    struct wv_arena *arena, const struct wv_capture *c,
                                    struct payload *payload, struct wv_capture *out,
                                    struct wv_err *err)
{
	struct payload other;
	uint64_t bytes = 0;
	enum wv_status st;

	if (!c->has_stands_for || c->stands_for == c->id)
		return WV_NO;
	st = wv_range_has(txn, arena, w->options.range, c->stands_for, out, err);
	if (st != WV_OK)
		return st;
	if (out->page != c->page || out->captured.us > c->captured.us || !out->has_body ||
	    out->status != 200 || out->has_stands_for)
		return WV_NO;
	st = choose_payload(w, txn, out, &w->record, &other, err);
	/* What was pruned is not in this file. */
	if (st == WV_OK && !other.is_wire)
		st = wv_store_has_body(txn, &out->body, &bytes, err);
	if (st != WV_OK)
		return st;
	/* A 304 has no payload to compare: it stands for what it confirmed. */
	if (c->status == 304)
		*payload = other;
	return wv_digest_equals(&other.digest, &payload->digest) ? WV_OK : WV_NO;
}

static void add_cut(struct wv_warc_writer *w, const struct wv_capture *c)
{
	if (c->flags & WV_CAPTURE_TRUNCATED_LENGTH)
		add_field(w, "WARC-Truncated", WV_LIT("length"));
	else if (c->flags & WV_CAPTURE_TRUNCATED_TIME)
		add_field(w, "WARC-Truncated", WV_LIT("time"));
	else if (c->flags & WV_CAPTURE_TRUNCATED_DISCONNECT)
		add_field(w, "WARC-Truncated", WV_LIT("disconnect"));
}

static void add_original(struct wv_warc_writer *w, const struct wv_capture *original)
{
	char urn[URN_MAX], text[WV_TIME_TEXT_MAX];

	wv_buf_add_format(&w->fields, "WARC-Refers-To: <%s>\r\n", make_urn("response", original, urn));
	add_field(w, "WARC-Refers-To-Target-URI", original->url);
	wv_buf_add_format(&w->fields, "WARC-Refers-To-Date: %s\r\n",
	                  wv_time_print(original->captured, text));
}

/* For ourselves: see the header. */
static void add_own(struct wv_warc_writer *w, const struct wv_capture *c,
                    struct wv_message_undone undone)
{
	if (undone.transfer || undone.content)
		wv_buf_add_format(&w->fields, WV_MESSAGE_UNDONE_FIELD ": %s%s%s\r\n",
		                  undone.transfer ? "transfer" : "",
		                  undone.transfer && undone.content ? ", " : "",
		                  undone.content ? "content" : "");
	if (undone.content) {
		add_digest(w, "Wirevault-Encoded-Digest", &c->encoded);
		wv_buf_add_format(&w->fields, "Wirevault-Encoded-Length: %llu\r\n",
		                  (unsigned long long)c->encoded_bytes);
	}
	if (c->has_body ? c->status == 304 : c->flags & WV_CAPTURE_NOARCHIVE) {
		char hex[WV_DIGEST_HEX_MAX];

		wv_buf_add_format(&w->fields, "Wirevault-Body: sha256:%s %llu\r\n",
		                  wv_digest_print(&c->body, hex), (unsigned long long)c->body_bytes);
	} else if (!c->has_body) {
		add_field(w, "Wirevault-Body", WV_LIT("none"));
	}
	if (c->flags & WV_WARC_FLAGS_TOLD)
		wv_buf_add_format(&w->fields, "Wirevault-Flags: %lu\r\n",
		                  (unsigned long)(c->flags & WV_WARC_FLAGS_TOLD));
	add_field(w, "Wirevault-Source", c->source);
}

static enum wv_status write_request(struct wv_warc_writer *w, const struct wv_capture *c,
                                    const char *of, struct wv_err *err)
{
	struct wv_digest digest = wv_digest_of(c->request);
	char urn[URN_MAX];

	begin_fields(w, "request", make_urn("request", c, urn), c->captured);
	add_field(w, "WARC-Target-URI", c->url);
	wv_buf_add_format(&w->fields, "WARC-Concurrent-To: <%s>\r\n", of);
	add_digest(w, "WARC-Block-Digest", &digest);
	add_field(w, "Content-Type", WV_LIT("application/http;msgtype=request"));
	return end_record(w, c->request, WV_SLICE_NONE, err);
}

static enum wv_status write_failure(struct wv_warc_writer *w, const struct wv_capture *c,
                                    struct wv_err *err)
{
	struct wv_slice reason = c->reason.n ? c->reason : WV_LIT("no answer");
	char urn[URN_MAX];

	begin_fields(w, "metadata", make_urn("metadata", c, urn), c->captured);
	add_field(w, "WARC-Target-URI", c->url);
	add_field(w, "Wirevault-Failed", reason);
	add_own(w, c, (struct wv_message_undone){false, false});
	add_field(w, "Content-Type", WV_LIT("application/warc-fields"));
	wv_buf_reset(&w->head);
	wv_buf_add_string(&w->head, "fetch-failed: ");
	add_value(&w->head, reason);
	return end_record(w, wv_buf_slice(&w->head), WV_SLICE_NONE, err);
}

static struct wv_digest digest_of_block(struct wv_slice head, struct wv_slice payload)
{
	struct wv_digest_stream *stream = NULL;
	struct wv_digest digest;

	if (wv_digest_stream_new(&stream, NULL) != WV_OK)
		return wv_digest_of(WV_SLICE_NONE);
	wv_digest_stream_add(stream, head);
	wv_digest_stream_add(stream, payload);
	digest = wv_digest_stream_finish(stream);
	wv_digest_stream_free(&stream);
	return digest;
}

/* WV_NO: pruned. */
static enum wv_status load_payload(struct wv_warc_writer *w, struct wv_txn *txn,
                                   struct wv_arena *arena, const struct wv_capture *c,
                                   const struct payload *payload, struct wv_err *err)
{
	struct wv_fact fact;
	enum wv_status st;

	if (payload->is_wire)
		return WV_OK;
	wv_buf_reset(&w->payload);
	if (!payload->is_there)
		return WV_OK;
	st = wv_store_body(txn, &c->body, &w->payload, err);
	if (st != WV_NO)
		return st;
	st = wv_register_pruned(txn, arena, WV_BLOB_BODY, &c->body, &fact, err);
	if (st == WV_OK)
		return wv_err_set(err, WV_NO, "its bytes were pruned");
	return st == WV_NO ? wv_err_set(err, WV_DAMAGED, "its bytes are not there") : st;
}

static enum wv_status write_answer(struct wv_warc_writer *w, struct wv_txn *txn,
                                   struct wv_arena *arena, const struct wv_capture *c,
                                   const struct payload *payload,
                                   const struct wv_capture *original, struct wv_err *err)
{
	bool is_304 = c->status == 304;
	bool is_revisit = is_304 || original;
	struct wv_message_undone undone = {
		.transfer = wv_message_field(c->headers, "Transfer-Encoding").n > 0,
		.content = c->has_encoded && payload->is_there && !payload->is_wire && !is_304,
	};
	struct wv_slice head, bytes = WV_SLICE_NONE;
	struct wv_digest block;
	char urn[URN_MAX];
	enum wv_status st = is_revisit ? WV_OK : load_payload(w, txn, arena, c, payload, err);

	if (st != WV_OK)
		return st;
	wv_buf_reset(&w->head);
	wv_message_write_head(c->headers, undone, &w->head);
	st = wv_buf_finish(&w->head, "HTTP header", err);
	head = wv_buf_slice(&w->head);
	if (!is_revisit)
		bytes = wv_buf_slice(&w->payload);
	begin_fields(w, is_revisit ? "revisit" : "response", make_urn("response", c, urn), c->captured);
	add_field(w, "WARC-Target-URI", c->url);
	add_field(w, "WARC-IP-Address", c->address);
	if (is_revisit)
		wv_buf_add_format(&w->fields,
		                  "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/%s\r\n",
		                  is_304 ? "server-not-modified" : "identical-payload-digest");
	if (original)
		add_original(w, original);
	if (payload->is_there && (!is_304 || original))
		add_digest(w, "WARC-Payload-Digest", &payload->digest);
	block = digest_of_block(head, bytes);
	add_digest(w, "WARC-Block-Digest", &block);
	if (!is_revisit)
		add_cut(w, c);
	add_own(w, c, undone);
	add_field(w, "Content-Type", WV_LIT("application/http;msgtype=response"));
	if (st == WV_OK)
		st = end_record(w, head, bytes, err);
	return st;
}

enum wv_status wv_warc_write_capture(struct wv_warc_writer *w, struct wv_txn *txn,
                                     struct wv_arena *arena, const struct wv_capture *c,
                                     struct wv_warc_place *place, struct wv_err *err)
{
	struct payload payload;
	struct wv_capture original;
	bool is_revisit = false, is_original = false;
	char urn[URN_MAX];
	enum wv_status st;

	*place = (struct wv_warc_place){.offset = w->at};
	if (c->status == 0) {
		st = write_failure(w, c, err);
		place->bytes = w->at - place->offset;
		return st;
	}
	st = choose_payload(w, txn, c, &w->payload, &payload, err);
	if (st == WV_OK)
		st = find_original(w, txn, arena, c, &payload, &original, err);
	if (st == WV_OK || st == WV_NO) {
		is_original = st == WV_OK;
		is_revisit = is_original || c->status == 304;
		st = write_answer(w, txn, arena, c, &payload, st == WV_OK ? &original : NULL, err);
	}
	if (st != WV_OK)
		return wv_err_add(err, st, "capture %llu", (unsigned long long)c->id);
	place->bytes = w->at - place->offset;
	place->is_answer = true;
	place->is_revisit = is_revisit;
	place->has_payload = payload.is_there && (c->status != 304 || is_original);
	place->payload = payload.digest;
	if (c->request.n)
		st = write_request(w, c, make_urn("response", c, urn), err);
	return st;
}
