#include "archive/store/delta.h"

#include <stdlib.h>

#include "archive/store/codec.h"
#include "config/base/checked.h"
#include "config/base/limits.h"

/*
 *   varint operations' size | varint added bytes | deflate stream
 *
 * The stream (codec.h, in parts) holds first the operations, without context, then the added
 * bytes in parts of up to PART_BYTES, each with the context that the operations give it.
 *
 *   operation   varint add | varint copy | zigzag from - where the last copy ended
 *
 * Add comes before copy; the last operation may have no copy, and then no `from`.
 */
/*
 * Measured on real pages, an hour and a month apart. A copy from elsewhere costs its operation and
 * breaks the text around it, so it must be long; one from about where the last one ended is cheap.
 */
#define WINDOW     16u   /* bytes hashed to find a copy */
#define STEP       8u    /* every so many bytes of the reference are indexed */
#define WAYS       4u    /* places remembered for one hash */
#define NEAR_BYTES 4096u /* this close to the end of the last copy ... */
#define NEAR_MIN   6u    /* ... so short a copy pays */
#define FAR_MIN    40u
/* On disk: what the context of a part of the added bytes is. */
#define PART_BYTES    32768u
#define MARGIN        24u
#define GAP_FACTOR    4u
#define GAP_SLACK     1024u
#define REFERENCE_MAX (2u * WV_LIMIT_BODY_BYTES_MAX)
#define OP_BYTES_MAX  30u

struct op {
	uint32_t add, copy, from;
};

struct ops {
	struct op *p;
	size_t n, room;
	uint64_t added;
};

static bool add_op(struct ops *ops, struct op op)
{
	if (ops->n == ops->room) {
		size_t room = ops->room ? ops->room * 2 : 256, bytes;
		struct op *grown =
			wv_mul(room, sizeof *grown, &bytes) ? realloc(ops->p, bytes) : NULL;

		if (!grown)
			return false;
		ops->p = grown;
		ops->room = room;
	}
	ops->p[ops->n++] = op;
	ops->added += op.add;
	return true;
}

/* --- what stands where in the reference --- */

struct index {
	struct wv_slice reference;
	uint32_t *slots; /* position + 1; WAYS a bucket, the newest first */
	uint32_t mask;
};

static uint64_t load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t hash_at(const unsigned char *p)
{
	uint64_t h = load64(p) * UINT64_C(0x9e3779b97f4a7c15) ^
	             (load64(p + 8) + UINT64_C(0x632be59bd9b4e019)) * UINT64_C(0xd6e8feb86659fd93);

	return (uint32_t)((h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 32);
}

static bool index_init(struct index *index, struct wv_slice reference)
{
	size_t buckets = 64;

	while (buckets < reference.n / STEP / 2)
		buckets *= 2;
	index->reference = reference;
	index->mask = (uint32_t)buckets - 1;
	index->slots = calloc(buckets * WAYS, sizeof *index->slots);
	if (!index->slots)
		return false;
	for (size_t i = 0; i + WINDOW <= reference.n; i += STEP) {
		uint32_t *slot =
			index->slots + (size_t)(hash_at(reference.p + i) & index->mask) * WAYS;

		memmove(slot + 1, slot, (WAYS - 1) * sizeof *slot);
		slot[0] = (uint32_t)i + 1;
	}
	return true;
}

/* Bytes that are the same from both places on. */
static size_t same(struct wv_slice a, size_t at, struct wv_slice b, size_t bt)
{
	size_t most = wv_min_size(a.n - at, b.n - bt), n = 0;

	while (n + 8 <= most) {
		uint64_t differ = load64(a.p + at + n) ^ load64(b.p + bt + n);

		if (differ)
			return n + (size_t)__builtin_ctzll(differ) / 8;
		n += 8;
	}
	while (n < most && a.p[at + n] == b.p[bt + n])
		n++;
	return n;
}

/* Bytes that are the same before both places, `most` at most. */
static size_t same_before(struct wv_slice a, size_t at, struct wv_slice b, size_t bt, size_t most)
{
	size_t n = 0;

	while (n < most && n < at && n < bt && a.p[at - n - 1] == b.p[bt - n - 1])
		n++;
	return n;
}

/* --- matching --- */

struct match {
	size_t at, from, n; /* in the target, in the reference */
};

struct matcher {
	const struct index *index;
	struct wv_slice target;
	size_t done;     /* the target up to here has operations */
	size_t expected; /* where the last copy ended */
};

static size_t distance(size_t a, size_t b)
{
	return a > b ? a - b : b - a;
}

static void consider(const struct matcher *m, size_t at, size_t from, struct match *best)
{
	struct wv_slice reference = m->index->reference;
	size_t n = same(m->target, at, reference, from), before;

	if (n < 4)
		return;
	before = same_before(m->target, at, reference, from, at - m->done);
	if (n + before < (distance(from - before, m->expected) < NEAR_BYTES ? NEAR_MIN : FAR_MIN))
		return;
	if (n + before < best->n ||
	    (n + before == best->n &&
	     distance(from, m->expected) >= distance(best->from, m->expected)))
		return;
	*best = (struct match){at - before, from - before, n + before};
}

static struct match find(const struct matcher *m, size_t at)
{
	const uint32_t *slot =
		m->index->slots + (size_t)(hash_at(m->target.p + at) & m->index->mask) * WAYS;
	size_t resync = m->expected + (at - m->done);
	struct match best = {0};

	/* As much text in place of as much: the most frequent change. */
	if (resync < m->index->reference.n)
		consider(m, at, resync, &best);
	for (size_t i = 0; i < WAYS && slot[i]; i++)
		consider(m, at, slot[i] - 1, &best);
	return best;
}

static bool match_all(struct matcher *m, struct ops *ops)
{
	size_t at = 0;

	while (at + WINDOW <= m->target.n) {
		struct match found = find(m, at);

		if (found.n == 0) {
			at++;
			continue;
		}
		if (!add_op(ops, (struct op){(uint32_t)(found.at - m->done), (uint32_t)found.n,
		                             (uint32_t)found.from}))
			return false;
		at = m->done = found.at + found.n;
		m->expected = found.from + found.n;
	}
	return m->done == m->target.n ||
	       add_op(ops, (struct op){(uint32_t)(m->target.n - m->done), 0, 0});
}

/* --- the added bytes in parts --- */

/* Walks the additions in pieces; both sides see the same ones. */
struct pieces {
	const struct ops *ops;
	struct wv_slice reference;
	size_t op, used; /* of this operation's addition */
	size_t end;      /* where the copy before it ended in the reference */
	size_t target;   /* where the next byte lies in the target */
	struct wv_buf context;
};

static void add_context(struct pieces *p, size_t piece)
{
	const struct op *op = &p->ops->p[p->op];
	size_t gap = op->copy && op->from > p->end ? op->from - p->end : 0;
	size_t from, to;

	/* A text replaced by another: the part of the old one that stands where the new one does.
	 */
	if (gap > (size_t)op->add * GAP_FACTOR + GAP_SLACK)
		gap = 0;
	if (gap) {
		from = p->end + (size_t)((uint64_t)p->used * gap / op->add);
		to = p->end + (size_t)((uint64_t)(p->used + piece) * gap / op->add);
	} else {
		from = p->end + p->used;
		to = from + piece;
	}
	from = from > MARGIN ? from - MARGIN : 0;
	to += MARGIN;
	wv_buf_add(&p->context, wv_slice_part(p->reference, from, to > from ? to - from : 0));
}

struct piece {
	size_t target, n; /* where it lies in the target */
};

/* The next addition or a part of it; at most `most` bytes. False: no more. */
static bool next_piece(struct pieces *p, size_t most, struct piece *out)
{
	for (; p->op < p->ops->n; p->op++, p->used = 0) {
		const struct op *op = &p->ops->p[p->op];

		if (p->used < op->add) {
			*out = (struct piece){p->target, wv_min_size(op->add - p->used, most)};
			add_context(p, out->n);
			p->used += out->n;
			p->target += out->n;
			return true;
		}
		if (op->copy)
			p->end = (size_t)op->from + op->copy;
		p->target += op->copy;
	}
	return false;
}

/* --- encoding --- */

static void write_ops(const struct ops *ops, struct wv_buf *out)
{
	size_t end = 0;

	for (size_t i = 0; i < ops->n; i++) {
		const struct op *op = &ops->p[i];

		wv_buf_add_varint(out, op->add);
		wv_buf_add_varint(out, op->copy);
		if (op->copy) {
			wv_buf_add_zigzag(out, (int64_t)op->from - (int64_t)end);
			end = (size_t)op->from + op->copy;
		}
	}
}

static enum wv_status write_added(struct wv_codec_writer *writer, struct pieces *p,
                                  struct wv_slice target, struct wv_buf *part, struct wv_buf *out,
                                  struct wv_err *err)
{
	uint64_t left = p->ops->added;
	enum wv_status st = WV_OK;

	while (left && st == WV_OK) {
		struct piece piece;

		wv_buf_reset(part);
		wv_buf_reset(&p->context);
		while (part->n < PART_BYTES && next_piece(p, PART_BYTES - part->n, &piece))
			wv_buf_add(part, wv_slice_part(target, piece.target, piece.n));
		st = wv_buf_finish(part, "delta", err);
		if (st == WV_OK)
			st = wv_buf_finish(&p->context, "delta", err);
		if (st != WV_OK)
			return st;
		left -= part->n;
		st = wv_codec_write(writer, wv_buf_slice(&p->context), wv_buf_slice(part),
		                    left == 0, out, err);
	}
	return st;
}

static enum wv_status write_delta(const struct ops *ops, struct wv_slice reference,
                                  struct wv_slice target, struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_codec_writer_free) struct wv_codec_writer *writer = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct pieces pieces = {.ops = ops, .reference = reference};
	enum wv_status st;

	wv_buf_init(&text, ops->n * OP_BYTES_MAX + PART_BYTES);
	write_ops(ops, &text);
	st = wv_buf_finish(&text, "delta", err);
	if (st == WV_OK)
		st = wv_codec_writer_new(&writer, err);
	if (st != WV_OK)
		return st;
	wv_buf_add_varint(out, text.n);
	wv_buf_add_varint(out, ops->added);
	st = wv_codec_write(writer, WV_SLICE_NONE, wv_buf_slice(&text), ops->added == 0, out, err);
	if (st != WV_OK)
		return st;
	wv_buf_init(&pieces.context, SIZE_MAX / 2);
	st = write_added(writer, &pieces, target, &text, out, err);
	wv_buf_done(&pieces.context);
	return st;
}

enum wv_status wv_delta_encode(struct wv_slice reference, struct wv_slice target,
                               struct wv_buf *out, struct wv_err *err)
{
	struct index index = {0};
	struct matcher matcher = {.index = &index, .target = target};
	struct ops ops = {0};
	size_t before = out->n;
	enum wv_status st;

	if (reference.n > REFERENCE_MAX || target.n > REFERENCE_MAX)
		return wv_err_set(err, WV_LIMIT, "too large for a delta");
	if (index_init(&index, reference) && match_all(&matcher, &ops))
		st = write_delta(&ops, reference, target, out, err);
	else
		st = wv_err_set(err, WV_NOMEM, "out of memory");
	free(index.slots);
	free(ops.p);
	if (st != WV_OK)
		out->n = before;
	return st;
}

/* --- decoding --- */

static enum wv_status damaged(struct wv_err *err)
{
	return wv_err_set(err, WV_DAMAGED, "a delta does not decode");
}

/* The operations, which must make `raw_bytes` of what the reference has and `added` bytes. */
static enum wv_status read_ops(struct wv_slice text, size_t reference_bytes, size_t raw_bytes,
                               uint64_t added, struct ops *ops, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(text);
	uint64_t made = 0;
	int64_t end = 0;

	while (wv_cursor_left(&c) && !c.failed) {
		uint64_t add = wv_cursor_varint(&c), copy = wv_cursor_varint(&c);
		int64_t from = 0;

		if (add > raw_bytes - made || copy > raw_bytes - made - add)
			return damaged(err);
		if (copy) {
			int64_t step = wv_cursor_zigzag(&c);

			if (step < -end || step > (int64_t)reference_bytes - end)
				return damaged(err);
			from = end + step;
			if (copy > reference_bytes - (uint64_t)from)
				return damaged(err);
			end = from + (int64_t)copy;
		} else if (wv_cursor_left(&c)) {
			return damaged(err);
		}
		made += add + copy;
		if (!add_op(ops, (struct op){(uint32_t)add, (uint32_t)copy, (uint32_t)from}))
			return wv_err_set(err, WV_NOMEM, "out of memory");
	}
	return c.failed || made != raw_bytes || ops->added != added ? damaged(err) : WV_OK;
}

/* Inflates the additions part by part, and puts each piece in its place. */
static enum wv_status read_added(struct wv_codec_reader *reader, struct pieces *p,
                                 struct wv_buf *part, unsigned char *out, struct wv_err *err)
{
	WV_AUTO(wv_buf_done) struct wv_buf places = {0};
	uint64_t left = p->ops->added;
	enum wv_status st = WV_OK;

	wv_buf_init(&places, (PART_BYTES + 1) * sizeof(struct piece));
	while (left && st == WV_OK) {
		struct piece piece;
		size_t n = 0, used = 0;

		wv_buf_reset(part);
		wv_buf_reset(&places);
		wv_buf_reset(&p->context);
		while (n < PART_BYTES && next_piece(p, PART_BYTES - n, &piece)) {
			wv_buf_add_bytes(&places, &piece, sizeof piece);
			n += piece.n;
		}
		st = wv_buf_finish(&p->context, "delta", err);
		if (st == WV_OK)
			st = wv_buf_finish(&places, "delta", err);
		if (st != WV_OK)
			return st;
		left -= n;
		st = wv_codec_read(reader, wv_buf_slice(&p->context), n, left == 0, part, err);
		for (size_t at = 0; st == WV_OK && at < places.n; at += sizeof piece) {
			memcpy(&piece, places.p + at, sizeof piece);
			memcpy(out + piece.target, part->p + used, piece.n);
			used += piece.n;
		}
	}
	return st;
}

static void copy_all(const struct ops *ops, struct wv_slice reference, unsigned char *out)
{
	size_t at = 0;

	for (size_t i = 0; i < ops->n; i++) {
		const struct op *op = &ops->p[i];

		at += op->add;
		if (op->copy)
			memcpy(out + at, reference.p + op->from, op->copy);
		at += op->copy;
	}
}

static enum wv_status decode(struct wv_slice reference, struct wv_cursor *c, size_t raw_bytes,
                             struct ops *ops, struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_codec_reader_free) struct wv_codec_reader *reader = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct pieces pieces = {.ops = ops, .reference = reference};
	uint64_t size = wv_cursor_varint(c), added = wv_cursor_varint(c);
	enum wv_status st;

	if (c->failed || added > raw_bytes || size > REFERENCE_MAX || raw_bytes > REFERENCE_MAX ||
	    reference.n > REFERENCE_MAX)
		return damaged(err);
	wv_buf_init(&text, wv_max_size((size_t)size, PART_BYTES) + 1);
	st = wv_codec_reader_new(wv_cursor_bytes(c, wv_cursor_left(c)), &reader, err);
	if (st == WV_OK)
		st = wv_codec_read(reader, WV_SLICE_NONE, (size_t)size, added == 0, &text, err);
	if (st == WV_OK)
		st = read_ops(wv_buf_slice(&text), reference.n, raw_bytes, added, ops, err);
	if (st != WV_OK)
		return st;
	if (!wv_buf_room(out, wv_max_size(raw_bytes, 1)))
		return wv_buf_finish(out, "decoded bytes", err);
	wv_buf_init(&pieces.context, SIZE_MAX / 2);
	copy_all(ops, reference, out->p + out->n);
	st = read_added(reader, &pieces, &text, out->p + out->n, err);
	wv_buf_done(&pieces.context);
	if (st == WV_OK)
		out->n += raw_bytes;
	return st;
}

enum wv_status wv_delta_decode(struct wv_slice reference, struct wv_slice delta, size_t raw_bytes,
                               struct wv_buf *out, struct wv_err *err)
{
	struct wv_cursor c = wv_cursor(delta);
	struct ops ops = {0};
	enum wv_status st = decode(reference, &c, raw_bytes, &ops, out, err);

	free(ops.p);
	return st;
}

bool wv_delta_inflated(struct wv_slice delta, uint64_t *inflated)
{
	struct wv_cursor c = wv_cursor(delta);
	uint64_t size = wv_cursor_varint(&c), added = wv_cursor_varint(&c);

	if (c.failed || size > REFERENCE_MAX || added > REFERENCE_MAX)
		return false;
	*inflated = size + added;
	return true;
}
