#include "config/base/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "config/base/checked.h"

/*
 * Output grows in steps that end at multiples of this, and the ratio is looked at only there and
 * at a member's end: so a stream fed in pieces meets the same cap at the same byte as one fed at
 * once.
 */
#define STEP_BYTES 65536u

enum state {
	STATE_START, /* the first two bytes tell the form; `held` keeps the first */
	STATE_STREAM,
	STATE_BETWEEN, /* after a gzip member: another magic, or trailing garbage */
	STATE_PLAIN,
	STATE_END,
	STATE_FAILED,
};

struct wv_inflate {
	enum wv_inflate_form form;
	struct wv_inflate_caps caps;
	uint64_t expected; /* output that its form promises, made of caps; 0: none */
	enum state state;
	unsigned char held;
	bool has_held;
	bool has_stream;
	bool is_full; /* the last step filled its room: zlib may hold more */
	z_stream z;
	uint64_t in_bytes, out_bytes; /* of all members */
	enum wv_status failed;
	const char *why;
};

enum wv_status wv_inflate_new(enum wv_inflate_form form, struct wv_inflate_caps caps,
			      struct wv_inflate **out, struct wv_err *err)
{
	struct wv_inflate *flow = calloc(1, sizeof(*flow));

	if (!flow)
		return wv_err_set(err, WV_NOMEM, "out of memory for inflating");
	flow->form = form;
	flow->caps = caps;
	*out = flow;
	return WV_OK;
}

void wv_inflate_free(struct wv_inflate **flow)
{
	if (!*flow)
		return;
	if ((*flow)->has_stream)
		inflateEnd(&(*flow)->z);
	free(*flow);
	*flow = NULL;
}

static enum wv_status fail(struct wv_inflate *flow, enum wv_status status, const char *why)
{
	flow->state = STATE_FAILED;
	flow->failed = status;
	flow->why = why;
	return status;
}

static enum wv_status begin_stream(struct wv_inflate *flow, int window_bits)
{
	int rc = flow->has_stream ? inflateReset2(&flow->z, window_bits)
				  : inflateInit2(&flow->z, window_bits);

	if (rc != Z_OK)
		return fail(flow, WV_NOMEM, "out of memory for inflating");
	flow->has_stream = true;
	flow->state = STATE_STREAM;
	return WV_OK;
}

static bool is_gzip(unsigned char first, unsigned char second)
{
	return first == 0x1f && second == 0x8b;
}

/* RFC 1950 2.2: method 8, window at most 32 KiB, no preset dictionary, check bits. */
static bool is_zlib(unsigned char cmf, unsigned char flg)
{
	return (cmf & 15) == 8 && cmf >> 4 <= 7 && !(flg & 32) && (cmf * 256 + flg) % 31 == 0;
}

/* Knows the form from its first two bytes. */
static enum wv_status begin(struct wv_inflate *flow, unsigned char first, unsigned char second)
{
	switch (flow->form) {
	case WV_INFLATE_GZIP:
	case WV_INFLATE_MEMBER:
		return begin_stream(flow, 15 + 16);
	case WV_INFLATE_DEFLATE:
		return begin_stream(flow, is_zlib(first, second) ? 15 : -15);
	case WV_INFLATE_RAW:
		return begin_stream(flow, -15);
	case WV_INFLATE_AUTO:
		if (is_gzip(first, second))
			return begin_stream(flow, 15 + 16);
		flow->state = STATE_PLAIN;
		return WV_OK;
	}
	return fail(flow, WV_BUG, "unknown form");
}

static bool is_gzip_form(const struct wv_inflate *flow)
{
	return flow->form == WV_INFLATE_GZIP || flow->form == WV_INFLATE_AUTO;
}

static bool is_over_ratio(const struct wv_inflate *flow)
{
	uint64_t allowed;

	if (flow->out_bytes <= flow->caps.ratio_free)
		return false;
	if (__builtin_mul_overflow(flow->in_bytes, (uint64_t)flow->caps.ratio, &allowed))
		return false;
	return flow->out_bytes > allowed;
}

/* Room for the next step of output, or one byte aside where a cap lets no more be kept. */
static unsigned char *next_room(struct wv_inflate *flow, struct wv_buf *out, unsigned char *aside,
				size_t *n)
{
	uint64_t left = flow->caps.out_bytes - flow->out_bytes;
	size_t step = STEP_BYTES - (size_t)(flow->out_bytes % STEP_BYTES);

	/* What is promised is made in one step: each costs a copy of the window, and a slow end. */
	if (flow->out_bytes < flow->expected)
		step = (size_t)(flow->expected - flow->out_bytes);

	step = wv_min_size(step, out->cap - out->n);
	if (left < step)
		step = (size_t)left;
	if (step == 0) {
		*n = 1;
		return aside;
	}
	*n = step;
	return wv_buf_room(out, step);
}

/* One call of zlib's; *progress is false where it can do nothing without more input. */
static enum wv_status inflate_step(struct wv_inflate *flow, struct wv_slice *in, struct wv_buf *out,
				   bool *progress)
{
	unsigned char aside;
	size_t room, eaten, made;
	unsigned char *to = next_room(flow, out, &aside, &room);
	uInt offered = (uInt)wv_min_size(in->n, 1u << 30);
	int rc;

	if (!to)
		return fail(flow, out->failed, "no room for inflated bytes");
	flow->z.next_in = (z_const Bytef *)(uintptr_t)in->p;
	flow->z.avail_in = offered;
	flow->z.next_out = to;
	flow->z.avail_out = (uInt)room;
	/* Told that there is room for all, zlib keeps no window of its own. */
	rc = inflate(&flow->z, flow->expected ? Z_FINISH : Z_NO_FLUSH);
	eaten = offered - flow->z.avail_in;
	made = room - flow->z.avail_out;
	*in = wv_slice_from(*in, eaten);
	flow->in_bytes += eaten;
	if (made > 0 && to == &aside)
		return fail(flow, WV_LIMIT, "inflates to more than its cap");
	if (to != &aside)
		out->n += made;
	flow->out_bytes += made;
	flow->is_full = made == room;
	*progress = eaten > 0 || made > 0;
	if (rc == Z_STREAM_END || flow->out_bytes % STEP_BYTES == 0) {
		if (is_over_ratio(flow))
			return fail(flow, WV_LIMIT, "inflates by more than its ratio cap");
	}
	if (rc == Z_STREAM_END) {
		flow->state = is_gzip_form(flow) ? STATE_BETWEEN : STATE_END;
		*progress = true;
		return WV_OK;
	}
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return WV_OK;
	if (rc == Z_MEM_ERROR)
		return fail(flow, WV_NOMEM, "out of memory for inflating");
	return fail(flow, WV_BAD_INPUT, flow->z.msg ? flow->z.msg : "needs a dictionary");
}

/* zlib takes the held byte as it takes any other. */
static enum wv_status feed_held(struct wv_inflate *flow, struct wv_buf *out)
{
	struct wv_slice one = wv_slice(&flow->held, 1);
	bool progress;

	flow->has_held = false;
	if (flow->state == STATE_STREAM)
		return inflate_step(flow, &one, out, &progress);
	return WV_OK;
}

static enum wv_status copy_plain(struct wv_inflate *flow, struct wv_slice *in, struct wv_buf *out)
{
	uint64_t left = flow->caps.out_bytes - flow->out_bytes;
	size_t n = wv_min_size(in->n, out->cap - out->n);

	if (left < n)
		n = (size_t)left;
	wv_buf_add(out, wv_slice_part(*in, 0, n));
	if (out->failed != WV_OK)
		return fail(flow, out->failed, "no room for bytes");
	flow->out_bytes += n;
	*in = wv_slice_from(*in, n);
	return in->n > 0 ? fail(flow, WV_LIMIT, "larger than its cap") : WV_OK;
}

/* At a start or between members: two bytes decide. */
static enum wv_status decide(struct wv_inflate *flow, struct wv_slice *in, struct wv_buf *out)
{
	bool between = flow->state == STATE_BETWEEN;
	unsigned char first = flow->has_held ? flow->held : in->p[0];
	unsigned char second;
	enum wv_status st;

	if (!flow->has_held && in->n == 1) {
		/* AUTO need not wait where the first byte says it is no gzip. */
		if (!between && flow->form == WV_INFLATE_AUTO && first != 0x1f)
			return begin(flow, first, 0);
		flow->held = first;
		flow->has_held = true;
		*in = WV_SLICE_NONE;
		return WV_OK;
	}
	second = flow->has_held ? in->p[0] : in->p[1];
	if (between && !is_gzip(first, second)) {
		flow->state = STATE_END;
		return WV_OK;
	}
	st = between ? begin_stream(flow, 15 + 16) : begin(flow, first, second);
	if (st != WV_OK || !flow->has_held)
		return st;
	if (flow->state == STATE_PLAIN) {
		struct wv_slice one = wv_slice(&flow->held, 1);

		flow->has_held = false;
		return copy_plain(flow, &one, out);
	}
	return feed_held(flow, out);
}

enum wv_status wv_inflate_feed(struct wv_inflate *flow, struct wv_slice in, struct wv_buf *out,
			       struct wv_err *err)
{
	enum wv_status st = flow->state == STATE_FAILED ? flow->failed : WV_OK;

	while (st == WV_OK && in.n > 0 && flow->state != STATE_END) {
		bool progress = true;

		if (flow->state == STATE_PLAIN)
			st = copy_plain(flow, &in, out);
		else if (flow->state == STATE_STREAM)
			st = inflate_step(flow, &in, out, &progress);
		else
			st = decide(flow, &in, out);
		if (!progress)
			break;
	}
	/* Input may be used up while zlib still holds output: a step that filled its room. */
	while (st == WV_OK && flow->state == STATE_STREAM && flow->is_full) {
		bool progress;

		st = inflate_step(flow, &in, out, &progress);
	}
	return st == WV_OK ? WV_OK : wv_err_set(err, st, "%s", flow->why);
}

bool wv_inflate_is_complete(const struct wv_inflate *flow)
{
	switch (flow->state) {
	case STATE_START:
		return flow->form == WV_INFLATE_AUTO && !flow->has_held;
	case STATE_BETWEEN:
	case STATE_PLAIN:
	case STATE_END:
		return true;
	case STATE_STREAM:
	case STATE_FAILED:
		break;
	}
	return false;
}

uint64_t wv_inflate_taken(const struct wv_inflate *flow)
{
	return flow->in_bytes + flow->has_held;
}

/*
 * The size a gzip stream of one member says it has at its end (RFC 1952 2.3.1), up to a whole
 * step: a hint that is worth some memory where it can be true. Where no ratio is looked at, in
 * steps of any size the caps are met at the same byte.
 */
static uint64_t expected_bytes(const struct wv_inflate *flow, struct wv_slice in, size_t room)
{
	uint64_t most = wv_min_u64(flow->caps.out_bytes, flow->caps.ratio_free);
	uint64_t said;

	if (flow->form != WV_INFLATE_GZIP || in.n < 18)
		return 0;
	said = in.p[in.n - 4] | (uint64_t)in.p[in.n - 3] << 8 | (uint64_t)in.p[in.n - 2] << 16 |
	       (uint64_t)in.p[in.n - 1] << 24;
	if (said / 1032 > in.n) /* more than deflate can do */
		return 0;
	said = said / STEP_BYTES * STEP_BYTES + STEP_BYTES;
	most = wv_min_u64(most, room) / STEP_BYTES * STEP_BYTES;
	return wv_min_u64(said, most);
}

enum wv_status wv_inflate_all(enum wv_inflate_form form, struct wv_inflate_caps caps,
			      struct wv_slice in, struct wv_buf *out, struct wv_err *err)
{
	WV_AUTO(wv_inflate_free) struct wv_inflate *flow = NULL;
	enum wv_status st = wv_inflate_new(form, caps, &flow, err);

	if (st != WV_OK)
		return st;
	flow->expected = expected_bytes(flow, in, out->cap - out->n);
	st = wv_inflate_feed(flow, in, out, err);
	if (st == WV_OK && !wv_inflate_is_complete(flow))
		return wv_err_set(err, WV_BAD_INPUT, "compressed stream ends early");
	return st;
}
