#include "archive/exchange/warc.h"

#include <stdio.h>
#include <stdlib.h>

#include "archive/exchange/warc_stream.h"
#include "config/base/checked.h"
#include "config/base/digest.h"

/* "WARC/1.1" CR: what tells a record's start from prose about WARC. */
#define MARKER_BYTES 9u
/* Behind a block that many are looked at; there should be two. */
#define LINE_ENDS_MOST 64u

struct wv_warc_reader {
	struct wv_stream stream;
	wv_warc_fault fault;
	void *fault_context;
	size_t taken;       /* bytes of the stream that the record last given lies in */
	bool fault_is_told; /* the stream's present fault was part of a record's */
};

enum wv_status wv_warc_reader_new(const struct wv_warc_input *input, wv_warc_fault fault,
                                  void *fault_context, struct wv_warc_reader **out,
                                  struct wv_err *err)
{
	struct wv_warc_reader *reader = calloc(1, sizeof(*reader));
	enum wv_status st;

	if (!reader)
		return wv_err_set(err, WV_NOMEM, "out of memory for a WARC reader");
	reader->fault = fault;
	reader->fault_context = fault_context;
	st = wv_stream_init(&reader->stream, input, err);
	if (st == WV_OK)
		*out = reader;
	else
		wv_warc_reader_free(&reader);
	return st;
}

void wv_warc_reader_free(struct wv_warc_reader **reader)
{
	if (!*reader)
		return;
	wv_stream_done(&(*reader)->stream);
	free(*reader);
	*reader = NULL;
}

uint64_t wv_warc_reader_at(const struct wv_warc_reader *reader)
{
	return reader->stream.raw_at;
}

/* ---- header fields */

static const struct {
	enum wv_warc_type type;
	const char *name;
} types[] = {
	{WV_WARC_OTHER, "other"},       {WV_WARC_WARCINFO, "warcinfo"},
	{WV_WARC_RESPONSE, "response"}, {WV_WARC_REQUEST, "request"},
	{WV_WARC_RESOURCE, "resource"}, {WV_WARC_REVISIT, "revisit"},
	{WV_WARC_METADATA, "metadata"}, {WV_WARC_CONVERSION, "conversion"},
	{WV_WARC_CONTINUATION, "continuation"},
};

const char *wv_warc_type_name(enum wv_warc_type type)
{
	return types[type].name;
}

static enum wv_warc_type type_of(struct wv_slice name)
{
	for (size_t i = 1; i < WV_COUNT(types); i++)
		if (wv_slice_equals_nocase(name, wv_slice_of(types[i].name)))
			return types[i].type;
	return WV_WARC_OTHER;
}

/* The next field at *at; folded lines stay in its value. Lines without a colon are passed over. */
static bool next_field(struct wv_slice fields, size_t *at, struct wv_slice *name,
                       struct wv_slice *value)
{
	while (*at < fields.n) {
		size_t start = *at, end = start, colon;

		do {
			end = wv_slice_find_byte(fields, '\n', end);
			end = end == SIZE_MAX ? fields.n : end + 1;
		} while (end < fields.n && (fields.p[end] == ' ' || fields.p[end] == '\t'));
		*at = end;
		colon = wv_slice_find_byte(wv_slice_part(fields, start, end - start), ':', 0);
		if (colon == SIZE_MAX)
			continue;
		*name = wv_slice_trim(wv_slice_part(fields, start, colon));
		*value = wv_slice_trim(wv_slice_part(fields, start + colon + 1,
		                                     end - start - colon - 1));
		return true;
	}
	return false;
}

struct wv_slice wv_warc_field(const struct wv_warc_record *record, const char *name)
{
	struct wv_slice one, value;
	size_t at = 0;

	while (next_field(record->fields, &at, &one, &value))
		if (wv_slice_equals_nocase(one, wv_slice_of(name)))
			return value;
	return WV_SLICE_NONE;
}

/* WARC 1.0 puts URIs in angle brackets. */
static struct wv_slice bare_uri(struct wv_slice s)
{
	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		return wv_slice_part(s, 1, s.n - 2);
	return s;
}

static struct wv_time read_date(struct wv_slice text)
{
	struct wv_time_range range;

	for (size_t i = 0; i < 4; i++)
		if (i >= text.n || !wv_byte_is_digit(text.p[i]))
			return WV_TIME_NONE;
	if (wv_slice_find_byte(text, ' ', 0) != SIZE_MAX ||
	    wv_time_parse(text, WV_TIME_NONE, &range, NULL) != WV_OK)
		return WV_TIME_NONE;
	return range.first;
}

static enum wv_warc_cut read_cut(struct wv_slice text)
{
	if (!text.n)
		return WV_WARC_WHOLE;
	if (wv_slice_equals_nocase(text, WV_LIT("length")))
		return WV_WARC_CUT_LENGTH;
	if (wv_slice_equals_nocase(text, WV_LIT("time")))
		return WV_WARC_CUT_TIME;
	return WV_WARC_CUT_DISCONNECT;
}

static void take_field(struct wv_warc_record *r, struct wv_slice name, struct wv_slice value)
{
	const struct {
		const char *name;
		struct wv_slice *to;
	} texts[] = {
		{"WARC-Record-ID", &r->id},
		{"WARC-Target-URI", &r->target_uri},
		{"WARC-Concurrent-To", &r->concurrent_to},
		{"WARC-Refers-To", &r->refers_to},
		{"WARC-Refers-To-Target-URI", &r->refers_to_uri},
		{"WARC-Profile", &r->profile},
		{"Content-Type", &r->content_type},
		{"WARC-IP-Address", &r->address},
		{"WARC-Payload-Digest", &r->payload_digest},
	};

	for (size_t i = 0; i < WV_COUNT(texts); i++) {
		if (!wv_slice_equals_nocase(name, wv_slice_of(texts[i].name)))
			continue;
		if (!texts[i].to->n)
			*texts[i].to = bare_uri(value);
		return;
	}
	if (wv_slice_equals_nocase(name, WV_LIT("WARC-Type")))
		r->type = type_of(value);
	else if (wv_slice_equals_nocase(name, WV_LIT("WARC-Date")))
		r->date = read_date(value);
	else if (wv_slice_equals_nocase(name, WV_LIT("WARC-Refers-To-Date")))
		r->refers_to_date = read_date(value);
	else if (wv_slice_equals_nocase(name, WV_LIT("WARC-Truncated")))
		r->cut = read_cut(value);
	else if (wv_slice_equals_nocase(name, WV_LIT("WARC-Segment-Number")))
		r->is_segment = true;
}

static const char *read_fields(struct wv_warc_record *r, uint64_t *length)
{
	struct wv_slice name, value;
	size_t at = 0, count = 0;
	bool has_length = false;

	while (next_field(r->fields, &at, &name, &value)) {
		if (++count > WV_LIMIT_WARC_FIELDS)
			return "more header fields than the cap";
		if (wv_slice_equals_nocase(name, WV_LIT("Content-Length"))) {
			if (has_length || !wv_slice_u64(value, length))
				return "the Content-Length is no number";
			has_length = true;
		} else {
			take_field(r, name, value);
		}
	}
	return has_length ? NULL : "no Content-Length";
}

/* ---- where records begin */

static bool is_marker(struct wv_slice s)
{
	return s.n >= MARKER_BYTES && wv_slice_starts(s, WV_LIT("WARC/")) &&
	       wv_byte_is_digit(s.p[5]) && s.p[6] == '.' && wv_byte_is_digit(s.p[7]) &&
	       (s.p[8] == '\r' || s.p[8] == '\n' || wv_byte_is_digit(s.p[8]));
}

/* Uses up bytes until the stream stands at a record's start, its end or its fault. */
static enum wv_status find_marker(struct wv_warc_reader *r, struct wv_err *err)
{
	for (;;) {
		struct wv_slice bytes;
		size_t at = 0;
		enum wv_status st = wv_stream_want(&r->stream, 64u * WV_KIB, err);

		if (st != WV_OK)
			return st;
		bytes = wv_stream_bytes(&r->stream);
		while ((at = wv_slice_find(bytes, WV_LIT("WARC/"), at)) != SIZE_MAX) {
			if (is_marker(wv_slice_from(bytes, at))) {
				wv_stream_use(&r->stream, at);
				return WV_OK;
			}
			at++;
		}
		if (r->stream.is_at_end || r->stream.has_fault) {
			wv_stream_use(&r->stream, bytes.n);
			return WV_OK;
		}
		/* A marker may lie across the end of what is there. */
		wv_stream_use(&r->stream, bytes.n - wv_min_size(bytes.n, MARKER_BYTES - 1));
	}
}

/* Length of the header with its empty line; 0: there is none within the cap, or before the next
 * record's: of many that do not end, each is looked through once. */
static size_t header_length(struct wv_slice bytes)
{
	size_t at = 0;

	bytes = wv_slice_part(bytes, 0, WV_LIMIT_WARC_HEADER_BYTES);
	while ((at = wv_slice_find_byte(bytes, '\n', at)) != SIZE_MAX) {
		at++;
		if (is_marker(wv_slice_from(bytes, at)))
			return 0;
		if (at < bytes.n && bytes.p[at] == '\n')
			return at + 1;
		if (at + 1 < bytes.n && bytes.p[at] == '\r' && bytes.p[at + 1] == '\n')
			return at + 2;
	}
	return 0;
}

static size_t line_ends(struct wv_slice s, size_t at, size_t most)
{
	size_t n = 0;

	while (n < most && at + n < s.n && (s.p[at + n] == '\r' || s.p[at + n] == '\n'))
		n++;
	return n;
}

/* ---- one record */

/* Why a record is not given, and where to look for the next one. */
struct refusal {
	const char *why;
	size_t resume;    /* bytes from the record's start */
	bool is_short;    /* the bytes ran out: the stream's fault, if there is one, is the reason */
	bool is_oversize; /* only its size is wrong */
	uint64_t length;
};

static void tell(struct wv_warc_reader *r, uint64_t offset, const char *why)
{
	if (r->fault)
		r->fault(r->fault_context, offset, why);
}

/* Does what follows the block say that its length was true? */
static bool is_end_good(const struct wv_stream *s, size_t end)
{
	struct wv_slice bytes = wv_stream_bytes(s);
	size_t ends = line_ends(bytes, end, LINE_ENDS_MOST);

	if (wv_slice_starts(wv_slice_from(bytes, end), WV_LIT("\r\n\r\n")) ||
	    is_marker(wv_slice_from(bytes, end + ends)))
		return true;
	for (size_t i = 0; i <= ends; i++)
		if (wv_stream_is_member_start(s, end + i))
			return true;
	return end + ends == bytes.n && (s->is_at_end || s->has_fault);
}

/* Behind a block above the cap of a plain file; behind its header where its length lies. */
static enum wv_status pass_over_plain(struct wv_stream *s, uint64_t length, struct wv_err *err)
{
	uint64_t begin = wv_stream_offset(s, 0);
	enum wv_status st;

	if (length > s->input.bytes - begin)
		return WV_OK;
	wv_stream_go(s, begin + length);
	st = wv_stream_want(s, 64, err);
	if (st == WV_OK && !is_end_good(s, 0))
		wv_stream_go(s, begin);
	return st;
}

/* The same inside a gzip member, and never past its end: a length that lies must not hide the
 * records of the next ones. */
static enum wv_status pass_over_gzip(struct wv_stream *s, uint64_t length, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK && length > 0) {
		size_t here, next;

		st = wv_stream_want(s, 1, err);
		here = wv_stream_bytes(s).n;
		next = wv_stream_next_member(s);
		if (here == 0)
			break;
		if (length < here)
			here = (size_t)length;
		wv_stream_use(s, wv_min_size(here, next));
		length -= here;
		if (next <= here)
			break;
	}
	return st;
}

/* Says what is wrong with the record at the window's start, and leaves the stream at the next. */
static enum wv_status refuse(struct wv_warc_reader *r, uint64_t offset,
                             const struct refusal *refusal, struct wv_err *err)
{
	struct wv_stream *s = &r->stream;
	char text[256];
	enum wv_status st = WV_OK;

	snprintf(text, sizeof(text), "%s", refusal->why);
	if (refusal->is_short && s->has_fault) {
		snprintf(text, sizeof(text), "%s: %s", refusal->why, s->fault_text);
		r->fault_is_told = true;
	}
	tell(r, offset, text);
	wv_stream_use(s, refusal->resume);
	if (refusal->is_oversize)
		st = s->is_gzip ? pass_over_gzip(s, refusal->length, err)
		                : pass_over_plain(s, refusal->length, err);
	return st == WV_OK ? find_marker(r, err) : st;
}

/* Reads as far as the header reaches; *length is 0 where it has no end. */
static enum wv_status want_header(struct wv_stream *s, size_t *length, struct wv_err *err)
{
	static const size_t steps[] = {4096, WV_LIMIT_WARC_HEADER_BYTES};
	enum wv_status st = WV_OK;

	*length = 0;
	for (size_t i = 0; i < WV_COUNT(steps) && st == WV_OK && *length == 0; i++) {
		st = wv_stream_want(s, steps[i], err);
		if (st == WV_OK)
			*length = header_length(wv_stream_bytes(s));
	}
	return st;
}

static enum wv_status check_end(struct wv_stream *s, size_t end, struct refusal *refusal,
                                struct wv_err *err)
{
	enum wv_status st = wv_stream_want(s, end + 64, err);

	if (st != WV_OK)
		return st;
	refusal->is_short = true;
	if (wv_stream_bytes(s).n < end)
		refusal->why = s->has_fault ? "the record cannot be read" : "the record ends early";
	else if (s->has_fault && s->fault_at == wv_stream_offset(s, end - 1))
		/* What its own member's checksum does not vouch for. */
		refusal->why = "the record cannot be trusted";
	else if (!is_end_good(s, end))
		refusal->why = "no record ends where its Content-Length says";
	return WV_OK;
}

/* Reads the record at the stream's place; with refusal->why set it is none, or not whole. */
static enum wv_status read_record(struct wv_warc_reader *r, struct wv_warc_record *out,
                                  size_t *taken, struct refusal *refusal, struct wv_err *err)
{
	struct wv_stream *s = &r->stream;
	struct wv_slice digest;
	size_t header, line;
	enum wv_status st = want_header(s, &header, err);

	if (st != WV_OK)
		return st;
	refusal->resume = 1;
	if (!is_marker(wv_stream_bytes(s))) {
		refusal->why = "no WARC record begins here";
		return WV_OK;
	}
	if (header == 0) {
		refusal->why = "the record's header does not end";
		refusal->is_short = true;
		return WV_OK;
	}
	line = wv_slice_find_byte(wv_stream_bytes(s), '\n', 0) + 1;
	out->fields = wv_slice_part(wv_stream_bytes(s), line, header - line);
	refusal->why = read_fields(out, &refusal->length);
	if (refusal->why)
		return WV_OK;
	refusal->resume = header;
	if (refusal->length > WV_LIMIT_WARC_BLOCK_BYTES) {
		refusal->why = "the record's block is above the cap, or its Content-Length lies";
		refusal->is_oversize = true;
		return WV_OK;
	}
	*taken = header + (size_t)refusal->length;
	st = check_end(s, *taken, refusal, err);
	if (st != WV_OK || refusal->why)
		return st;
	/* The window may have moved. */
	*out = (struct wv_warc_record){.offset = out->offset,
	                               .date = WV_TIME_NONE,
	                               .refers_to_date = WV_TIME_NONE};
	out->fields = wv_slice_part(wv_stream_bytes(s), line, header - line);
	out->block = wv_slice_part(wv_stream_bytes(s), header, (size_t)refusal->length);
	refusal->why = read_fields(out, &refusal->length);
	digest = wv_warc_field(out, "WARC-Block-Digest");
	if (digest.n && wv_warc_digest_check(digest, out->block) == WV_NO) {
		refusal->why = "the record's block does not have its WARC-Block-Digest";
		refusal->resume = *taken; /* the block is where it should be: no record begins inside it */
	}
	return WV_OK;
}

/* To the next record's first byte, over line ends and over what a fault ended. WV_NO: the end. */
static enum wv_status find_start(struct wv_warc_reader *r, struct wv_err *err)
{
	struct wv_stream *s = &r->stream;
	enum wv_status st;

	for (;;) {
		struct wv_slice bytes;

		st = wv_stream_want(s, 1, err);
		if (st != WV_OK)
			return st;
		bytes = wv_stream_bytes(s);
		if (bytes.n) {
			size_t ends = line_ends(bytes, 0, bytes.n);

			wv_stream_use(s, ends);
			if (ends < bytes.n)
				return WV_OK;
			continue;
		}
		if (!s->has_fault)
			return WV_NO;
		if (!r->fault_is_told)
			tell(r, s->fault_at, s->fault_text);
		r->fault_is_told = false;
		st = wv_stream_resync(s, err);
		if (st != WV_OK)
			return st;
	}
}

enum wv_status wv_warc_next(struct wv_warc_reader *r, struct wv_warc_record *out,
                            struct wv_err *err)
{
	wv_stream_use(&r->stream, r->taken);
	r->taken = 0;
	for (;;) {
		struct wv_warc_record record = {.date = WV_TIME_NONE,
		                                .refers_to_date = WV_TIME_NONE};
		struct refusal refusal = {0};
		size_t taken = 0;
		enum wv_status st = find_start(r, err);

		if (st != WV_OK)
			return st;
		record.offset = wv_stream_offset(&r->stream, 0);
		st = read_record(r, &record, &taken, &refusal, err);
		if (st == WV_OK && refusal.why)
			st = refuse(r, record.offset, &refusal, err);
		else if (st == WV_OK)
			r->taken = taken;
		if (st != WV_OK)
			return st;
		if (r->taken || !refusal.why) {
			*out = record;
			return WV_OK;
		}
	}
}

/* ---- digests */

static int base32_value(unsigned char c)
{
	c = wv_byte_lower(c);
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* Exactly `n` bytes out of RFC 4648 base32; padding is optional. */
static bool read_base32(struct wv_slice text, unsigned char *to, size_t n)
{
	uint32_t bits = 0, count = 0;
	size_t made = 0;

	while (text.n && text.p[text.n - 1] == '=')
		text.n--;
	for (size_t i = 0; i < text.n; i++) {
		int value = base32_value(text.p[i]);

		if (value < 0)
			return false;
		bits = bits << 5 | (uint32_t)value;
		count += 5;
		if (count >= 8) {
			if (made == n)
				return false;
			count -= 8;
			to[made++] = (unsigned char)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	return made == n && bits == 0;
}

static bool read_hex(struct wv_slice text, unsigned char *to, size_t n)
{
	if (text.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = wv_byte_hex(text.p[2 * i]), low = wv_byte_hex(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool read_digest(struct wv_slice text, struct wv_slice label, unsigned char *to, size_t n)
{
	if (!wv_slice_starts_nocase(text, label))
		return false;
	text = wv_slice_trim(wv_slice_from(text, label.n));
	return read_hex(text, to, n) || read_base32(text, to, n);
}

bool wv_warc_digest_parse_sha256(struct wv_slice text, struct wv_digest *out)
{
	return read_digest(text, WV_LIT("sha256:"), out->b, WV_DIGEST_BYTES) ||
	       read_digest(text, WV_LIT("sha-256:"), out->b, WV_DIGEST_BYTES);
}

enum wv_status wv_warc_digest_check(struct wv_slice text, struct wv_slice bytes)
{
	unsigned char sha1[WV_SHA1_BYTES], wanted[WV_SHA1_BYTES];
	struct wv_digest sha256, wanted_256;

	if (wv_warc_digest_parse_sha256(text, &wanted_256)) {
		sha256 = wv_digest_of(bytes);
		return wv_digest_equals(&sha256, &wanted_256) ? WV_OK : WV_NO;
	}
	if (!read_digest(text, WV_LIT("sha1:"), wanted, sizeof(wanted)))
		return WV_USAGE;
	wv_digest_sha1(bytes, sha1);
	return memcmp(sha1, wanted, sizeof(sha1)) == 0 ? WV_OK : WV_NO;
}
