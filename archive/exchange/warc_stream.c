#include "archive/exchange/warc_stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/checked.h"

/* What is read and fed at once: deflate makes at most 1,032 bytes of one. */
#define PIECE_BYTES 16384u
/* Enough of a member to tell whether it begins with a record. */
#define PROBE_BYTES 512u
#define WINDOW_CAP  (2u * (size_t)WV_LIMIT_WARC_BLOCK_BYTES + 64u * WV_MIB)
#define MARKS_CAP   (64u * WV_MIB)

/* The bytes of records are capped by whoever reads them; a stream as a whole may be any size. */
static const struct wv_inflate_caps no_caps = {
	.out_bytes = UINT64_MAX, .ratio = UINT32_MAX, .ratio_free = UINT64_MAX};

static bool is_gzip_magic(struct wv_slice s)
{
	/* RFC 1952 2.3.1: method deflate, no reserved flag. */
	return s.n >= 4 && s.p[0] == 0x1f && s.p[1] == 0x8b && s.p[2] == 8 && (s.p[3] & 0xe0) == 0;
}

/* The bytes of the file at raw_at, up to a piece of them; empty only at the end. */
static enum wv_status look(struct wv_stream *s, struct wv_slice *out, struct wv_err *err)
{
	size_t got = 0;
	enum wv_status st;

	if (s->raw_at < s->piece_at || s->raw_at >= s->piece_at + s->piece.n) {
		wv_buf_reset(&s->piece);
		if (!wv_buf_room(&s->piece, PIECE_BYTES))
			return wv_buf_finish(&s->piece, "piece of a file", err);
		st = s->input.read(s->input.context, s->raw_at, s->piece.p, PIECE_BYTES, &got, err);
		if (st != WV_OK)
			return st;
		s->piece.n = got;
		s->piece_at = s->raw_at;
	}
	*out = wv_slice_from(wv_buf_slice(&s->piece), (size_t)(s->raw_at - s->piece_at));
	return WV_OK;
}

/* As look, with at least `n` bytes where the file has them. */
static enum wv_status look_at_least(struct wv_stream *s, size_t n, struct wv_slice *out,
                                    struct wv_err *err)
{
	enum wv_status st = look(s, out, err);

	if (st != WV_OK || out->n >= n || s->piece_at + s->piece.n >= s->input.bytes)
		return st;
	wv_buf_reset(&s->piece); /* read it again from here on */
	return look(s, out, err);
}

enum wv_status wv_stream_init(struct wv_stream *s, const struct wv_warc_input *input,
                              struct wv_err *err)
{
	struct wv_slice start;
	enum wv_status st;

	*s = (struct wv_stream){.input = *input};
	wv_buf_init(&s->piece, PIECE_BYTES);
	wv_buf_init(&s->window, WINDOW_CAP);
	wv_buf_init(&s->marks, MARKS_CAP);
	st = look(s, &start, err);
	if (st != WV_OK)
		return st;
	s->is_gzip = (start.n >= 2 && start.p[0] == 0x1f && start.p[1] == 0x8b) ||
	             (input->is_gzip_name && !wv_slice_starts(start, WV_LIT("WARC/")));
	return WV_OK;
}

void wv_stream_done(struct wv_stream *s)
{
	wv_inflate_free(&s->member);
	wv_buf_done(&s->piece);
	wv_buf_done(&s->window);
	wv_buf_done(&s->marks);
}

struct wv_slice wv_stream_bytes(const struct wv_stream *s)
{
	return wv_slice_from(wv_buf_slice(&s->window), s->used);
}

static void set_fault(struct wv_stream *s, uint64_t at, const char *why)
{
	s->has_fault = true;
	s->fault_at = at;
	snprintf(s->fault_text, sizeof(s->fault_text), "%s", why);
	wv_inflate_free(&s->member);
}

/* ---- marks */

static const struct wv_stream_mark *mark_at(const struct wv_stream *s, size_t i)
{
	return &((const struct wv_stream_mark *)(const void *)s->marks.p)[i];
}

static size_t mark_count(const struct wv_stream *s)
{
	return s->marks.n / sizeof(struct wv_stream_mark);
}

static void add_mark(struct wv_stream *s)
{
	const struct wv_stream_mark mark = {s->window_at + s->window.n, s->raw_at};

	wv_buf_add_bytes(&s->marks, &mark, sizeof(mark));
}

/* Those before the last one at or before the window's start are done with. */
static void drop_marks(struct wv_stream *s)
{
	uint64_t at = s->window_at + s->used;
	size_t count = mark_count(s);

	while (s->first_mark + 1 < count && mark_at(s, s->first_mark + 1)->decoded <= at)
		s->first_mark++;
	if (s->first_mark * sizeof(struct wv_stream_mark) > s->marks.n / 2) {
		size_t gone = s->first_mark * sizeof(struct wv_stream_mark);

		memmove(s->marks.p, s->marks.p + gone, s->marks.n - gone);
		s->marks.n -= gone;
		s->first_mark = 0;
	}
}

/* The last mark at or before the byte; SIZE_MAX: none. */
static size_t find_mark(const struct wv_stream *s, uint64_t decoded)
{
	size_t low = s->first_mark, high = mark_count(s);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mark_at(s, middle)->decoded <= decoded)
			low = middle + 1;
		else
			high = middle;
	}
	return low == s->first_mark ? SIZE_MAX : low - 1;
}

uint64_t wv_stream_offset(const struct wv_stream *s, size_t ahead)
{
	uint64_t decoded = s->window_at + s->used + ahead;
	size_t mark;

	if (!s->is_gzip)
		return decoded;
	mark = find_mark(s, decoded);
	return mark == SIZE_MAX ? s->member_at : mark_at(s, mark)->raw;
}

bool wv_stream_is_member_start(const struct wv_stream *s, size_t ahead)
{
	uint64_t decoded = s->window_at + s->used + ahead;
	size_t mark = s->is_gzip ? find_mark(s, decoded) : SIZE_MAX;

	return mark != SIZE_MAX && mark_at(s, mark)->decoded == decoded;
}

size_t wv_stream_next_member(const struct wv_stream *s)
{
	uint64_t here = s->window_at + s->used;

	for (size_t i = s->first_mark; i < mark_count(s); i++)
		if (mark_at(s, i)->decoded > here)
			return (size_t)(mark_at(s, i)->decoded - here);
	return SIZE_MAX;
}

/* ---- reading on */

static enum wv_status pull_plain(struct wv_stream *s, struct wv_err *err)
{
	struct wv_slice piece;
	enum wv_status st = look(s, &piece, err);

	if (st != WV_OK)
		return st;
	s->is_at_end = piece.n == 0;
	wv_buf_add(&s->window, piece);
	s->raw_at += piece.n;
	return wv_buf_finish(&s->window, "bytes of a WARC file", err);
}

static enum wv_status begin_member(struct wv_stream *s, struct wv_err *err)
{
	struct wv_slice start;
	enum wv_status st = look_at_least(s, 4, &start, err);

	if (st != WV_OK)
		return st;
	if (start.n == 0) {
		s->is_at_end = true;
		return WV_OK;
	}
	if (!is_gzip_magic(start)) {
		set_fault(s, s->raw_at, "no gzip member where one should begin");
		return WV_OK;
	}
	s->member_at = s->raw_at;
	add_mark(s);
	st = wv_buf_finish(&s->marks, "members of a gzip file", err);
	return st == WV_OK ? wv_inflate_new(WV_INFLATE_MEMBER, no_caps, &s->member, err) : st;
}

static enum wv_status pull_gzip(struct wv_stream *s, struct wv_err *err)
{
	struct wv_err why = WV_ERR_NONE;
	struct wv_slice piece;
	enum wv_status st = s->member ? WV_OK : begin_member(s, err);

	if (st != WV_OK || !s->member)
		return st;
	st = look(s, &piece, err);
	if (st != WV_OK)
		return st;
	if (piece.n == 0) {
		set_fault(s, s->member_at, "the gzip member ends early");
		return WV_OK;
	}
	st = wv_inflate_feed(s->member, piece, &s->window, &why);
	if (st == WV_BAD_INPUT) {
		char text[sizeof(s->fault_text)];

		snprintf(text, sizeof(text), "the gzip member does not decode: %.100s", why.text);
		set_fault(s, s->member_at, text);
		return WV_OK;
	}
	if (st != WV_OK)
		return wv_err_set(err, st, "%s", why.text);
	s->raw_at += piece.n;
	if (wv_inflate_is_complete(s->member)) {
		s->raw_at = s->member_at + wv_inflate_taken(s->member);
		wv_inflate_free(&s->member);
	}
	return WV_OK;
}

/* Only when half of the window is gone: each byte is moved once on average. */
static void compact(struct wv_stream *s)
{
	if (s->used == 0 || s->used < s->window.n - s->used)
		return;
	memmove(s->window.p, s->window.p + s->used, s->window.n - s->used);
	s->window.n -= s->used;
	s->window_at += s->used;
	s->used = 0;
}

enum wv_status wv_stream_want(struct wv_stream *s, size_t want, struct wv_err *err)
{
	enum wv_status st = WV_OK;

	while (st == WV_OK && s->window.n - s->used < want && !s->is_at_end && !s->has_fault) {
		compact(s);
		st = s->is_gzip ? pull_gzip(s, err) : pull_plain(s, err);
	}
	return st;
}

void wv_stream_use(struct wv_stream *s, size_t n)
{
	WV_ASSERT(n <= s->window.n - s->used);
	s->used += n;
	drop_marks(s);
}

void wv_stream_go(struct wv_stream *s, uint64_t offset)
{
	WV_ASSERT(!s->is_gzip);
	s->window_at = s->raw_at = offset;
	s->used = 0;
	s->is_at_end = false;
	wv_buf_reset(&s->window);
}

/* ---- after a fault */

/* Does a member begin at raw_at that decodes to the start of a record? */
static enum wv_status probe(struct wv_stream *s, bool *is_record, struct wv_err *err)
{
	WV_AUTO(wv_inflate_free) struct wv_inflate *member = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_slice start;
	enum wv_status st = look_at_least(s, PROBE_BYTES, &start, err);

	*is_record = false;
	if (st != WV_OK || !is_gzip_magic(start))
		return st;
	wv_buf_init(&text, WV_MIB);
	st = wv_inflate_new(WV_INFLATE_MEMBER, no_caps, &member, err);
	if (st != WV_OK)
		return st;
	st = wv_inflate_feed(member, wv_slice_part(start, 0, PROBE_BYTES), &text, NULL);
	*is_record = wv_slice_starts(wv_buf_slice(&text), WV_LIT("WARC/"));
	return st == WV_NOMEM ? wv_err_set(err, st, "out of memory for inflating") : WV_OK;
}

/* Moves raw_at to the next 1f, or past what was read. */
static enum wv_status find_candidate(struct wv_stream *s, bool *is_there, struct wv_err *err)
{
	struct wv_slice piece;
	size_t at;
	enum wv_status st = look(s, &piece, err);

	*is_there = false;
	if (st != WV_OK)
		return st;
	s->is_at_end = piece.n == 0;
	at = wv_slice_find_byte(piece, 0x1f, 0);
	*is_there = at != SIZE_MAX;
	s->raw_at += *is_there ? at : piece.n;
	return WV_OK;
}

enum wv_status wv_stream_resync(struct wv_stream *s, struct wv_err *err)
{
	WV_ASSERT(s->is_gzip && s->has_fault);
	wv_buf_reset(&s->window);
	wv_buf_reset(&s->marks);
	s->first_mark = 0;
	s->used = 0;
	s->has_fault = false;
	s->raw_at = s->fault_at + 1;
	for (;;) {
		bool is_there, is_record = false;
		enum wv_status st = find_candidate(s, &is_there, err);

		if (st == WV_OK && is_there)
			st = probe(s, &is_record, err);
		if (st != WV_OK)
			return st;
		if (s->is_at_end)
			return WV_NO;
		if (is_record)
			return WV_OK;
		s->raw_at += is_there;
	}
}
