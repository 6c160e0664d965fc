/* Inflating under caps: forms, members, damage, bombs. */
#include "config/base/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

static const struct wv_inflate_caps roomy = {1u << 20, 200, 1u << 16};

/* window_bits as zlib's: 31 gzip, 15 zlib, -15 raw. */
static void compress_into(struct wv_buf *out, struct wv_slice in, int window_bits, int level)
{
	z_stream z = {0};
	unsigned char *to;
	size_t bound;

	assert_int_equal(Z_OK, deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, 0));
	bound = deflateBound(&z, in.n);
	to = wv_buf_room(out, bound);
	assert_non_null(to);
	z.next_in = (z_const Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = to;
	z.avail_out = (uInt)bound;
	assert_int_equal(Z_STREAM_END, deflate(&z, Z_FINISH));
	out->n += z.total_out;
	deflateEnd(&z);
}

static const char text[] = "the quick brown fox jumps over the lazy dog; again the quick brown fox";

enum part { END, GZIP, ZLIB, RAW, BYTES, CUT };

struct form_row {
	const char *name;
	enum wv_inflate_form form;
	enum part parts[4];
	const char *bytes; /* for BYTES */
	size_t byte_count;
	enum wv_status expect;
	int copies;        /* of the text, in the output */
	const char *plain; /* instead of the text */
};

static const struct form_row form_rows[] = {
	{"gzip", WV_INFLATE_GZIP, {GZIP}, "", 0, WV_OK, 1, NULL},
	{"gzip, two members", WV_INFLATE_GZIP, {GZIP, GZIP}, "", 0, WV_OK, 2, NULL},
	{"gzip, three members", WV_INFLATE_GZIP, {GZIP, GZIP, GZIP}, "", 0, WV_OK, 3, NULL},
	{"gzip, zeroes behind", WV_INFLATE_GZIP, {GZIP, BYTES}, "\0\0\0\0", 4, WV_OK, 1, NULL},
	{"gzip, words behind", WV_INFLATE_GZIP, {GZIP, BYTES}, "<html>", 6, WV_OK, 1, NULL},
	{"gzip, half a magic behind", WV_INFLATE_GZIP, {GZIP, BYTES}, "\x1f", 1, WV_OK, 1, NULL},
	{"gzip, 1f and garbage behind", WV_INFLATE_GZIP, {GZIP, BYTES}, "\x1fz", 2, WV_OK, 1, NULL},
	{"gzip, broken second member",
	 WV_INFLATE_GZIP,
	 {GZIP, BYTES},
	 "\x1f\x8b\xff\xff",
	 4,
	 WV_BAD_INPUT,
	 1,
	 NULL},
	{"gzip, second member cut",
	 WV_INFLATE_GZIP,
	 {GZIP, GZIP, CUT},
	 "",
	 0,
	 WV_BAD_INPUT,
	 2,
	 NULL},
	{"gzip, cut", WV_INFLATE_GZIP, {GZIP, CUT}, "", 0, WV_BAD_INPUT, 1, NULL},
	{"gzip promised, plain sent", WV_INFLATE_GZIP, {BYTES}, "<html>", 6, WV_BAD_INPUT, 0, NULL},
	{"gzip promised, nothing sent", WV_INFLATE_GZIP, {END}, "", 0, WV_BAD_INPUT, 0, NULL},
	{"gzip promised, zlib sent", WV_INFLATE_GZIP, {ZLIB}, "", 0, WV_BAD_INPUT, 0, NULL},
	{"deflate as zlib", WV_INFLATE_DEFLATE, {ZLIB}, "", 0, WV_OK, 1, NULL},
	{"deflate as raw", WV_INFLATE_DEFLATE, {RAW}, "", 0, WV_OK, 1, NULL},
	{"deflate, garbage behind", WV_INFLATE_DEFLATE, {ZLIB, BYTES}, "zz", 2, WV_OK, 1, NULL},
	{"deflate, cut", WV_INFLATE_DEFLATE, {ZLIB, CUT}, "", 0, WV_BAD_INPUT, 1, NULL},
	{"deflate, one byte", WV_INFLATE_DEFLATE, {BYTES}, "\x78", 1, WV_BAD_INPUT, 0, NULL},
	{"deflate that wants a dictionary",
	 WV_INFLATE_DEFLATE,
	 {BYTES},
	 "\x78\xbb\0\0\0\0",
	 6,
	 WV_BAD_INPUT,
	 0,
	 NULL},
	{"raw", WV_INFLATE_RAW, {RAW}, "", 0, WV_OK, 1, NULL},
	{"raw, empty", WV_INFLATE_RAW, {BYTES}, "\x03\0", 2, WV_OK, 0, ""},
	{"auto, gzip", WV_INFLATE_AUTO, {GZIP}, "", 0, WV_OK, 1, NULL},
	{"auto, gzip of two members", WV_INFLATE_AUTO, {GZIP, GZIP}, "", 0, WV_OK, 2, NULL},
	{"auto, plain", WV_INFLATE_AUTO, {BYTES}, "<urlset>", 8, WV_OK, 0, "<urlset>"},
	{"auto, one plain byte", WV_INFLATE_AUTO, {BYTES}, "x", 1, WV_OK, 0, "x"},
	{"auto, plain that begins with 1f",
	 WV_INFLATE_AUTO,
	 {BYTES},
	 "\x1f!",
	 2,
	 WV_OK,
	 0,
	 "\x1f!"},
	{"auto, empty", WV_INFLATE_AUTO, {END}, "", 0, WV_OK, 0, ""},
	{"auto, half a magic counts as cut",
	 WV_INFLATE_AUTO,
	 {BYTES},
	 "\x1f",
	 1,
	 WV_BAD_INPUT,
	 0,
	 ""},
	{"auto does not know zlib",
	 WV_INFLATE_AUTO,
	 {BYTES},
	 "\x78\x9cq",
	 3,
	 WV_OK,
	 0,
	 "\x78\x9cq"},
};

static void build(struct wv_buf *in, const struct form_row *row)
{
	for (size_t i = 0; i < WV_COUNT(row->parts); i++) {
		switch (row->parts[i]) {
		case GZIP:
			compress_into(in, wv_slice_of(text), 31, 6);
			break;
		case ZLIB:
			compress_into(in, wv_slice_of(text), 15, 6);
			break;
		case RAW:
			compress_into(in, wv_slice_of(text), -15, 6);
			break;
		case BYTES:
			wv_buf_add_bytes(in, row->bytes, row->byte_count);
			break;
		case CUT:
			in->n -= 3;
			break;
		case END:
			break;
		}
	}
}

static bool is_expected(const struct form_row *row, struct wv_slice got)
{
	size_t one = sizeof(text) - 1;

	if (row->plain)
		return wv_slice_equals(got, wv_slice_of(row->plain));
	if (got.n != one * (size_t)row->copies)
		return false;
	for (int i = 0; i < row->copies; i++) {
		if (memcmp(got.p + one * (size_t)i, text, one) != 0)
			return false;
	}
	return true;
}

static void forms(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(form_rows); i++) {
		const struct form_row *row = &form_rows[i];
		WV_AUTO(wv_buf_done) struct wv_buf in, out;
		struct wv_err err = WV_ERR_NONE;
		enum wv_status st;

		wv_buf_init(&in, 1u << 20);
		wv_buf_init(&out, 1u << 20);
		build(&in, row);
		st = wv_inflate_all(row->form, roomy, wv_buf_slice(&in), &out, &err);
		if (st != row->expect || !is_expected(row, wv_buf_slice(&out))) {
			print_error("%s: expected %s, got %s with %zu bytes (%s)\n", row->name,
				    wv_status_name(row->expect), wv_status_name(st), out.n,
				    err.text);
			failed++;
		}
		wv_buf_done(&out);
	}
	assert_int_equal(0, failed);
}

struct cap_row {
	const char *name;
	size_t plain; /* bytes of text that repeats, or zeroes */
	bool zeroes;
	uint64_t out_bytes;
	uint32_t ratio;
	uint64_t ratio_free;
	size_t buffer; /* cap of the output buffer */
	enum wv_status expect;
	size_t kept;
};

static const struct cap_row cap_rows[] = {
	{"one below the cap", 99999, false, 100000, 200, 1u << 20, 1u << 20, WV_OK, 99999},
	{"at the cap", 100000, false, 100000, 200, 1u << 20, 1u << 20, WV_OK, 100000},
	{"one above the cap", 100001, false, 100000, 200, 1u << 20, 1u << 20, WV_LIMIT, 100000},
	{"at a cap on a step's border", 65536, false, 65536, 200, 1u << 20, 1u << 20, WV_OK, 65536},
	{"above a cap on a step's border", 65537, false, 65536, 200, 1u << 20, 1u << 20, WV_LIMIT,
	 65536},
	{"at the buffer's cap", 5000, false, 100000, 200, 1u << 20, 5000, WV_OK, 5000},
	{"above the buffer's cap", 5001, false, 100000, 200, 1u << 20, 5000, WV_LIMIT, 5000},
	{"no output allowed, none made", 0, false, 0, 200, 1u << 20, 1u << 20, WV_OK, 0},
	{"no output allowed, one byte made", 1, false, 0, 200, 1u << 20, 1u << 20, WV_LIMIT, 0},
	/* Zeroes deflate by about 1000. */
	{"bomb inside the free part", 1u << 20, true, 1u << 26, 200, 1u << 20, 1u << 26, WV_OK,
	 1u << 20},
	{"bomb above the free part", 1u << 23, true, 1u << 26, 200, 1u << 20, 1u << 26, WV_LIMIT,
	 (1u << 20) + 65536},
	{"the same with a looser ratio", 1u << 23, true, 1u << 26, 2000, 1u << 20, 1u << 26, WV_OK,
	 1u << 23},
};

static void fill(struct wv_buf *plain, const struct cap_row *row)
{
	for (size_t i = 0; i < row->plain; i++)
		wv_buf_add_byte(plain, row->zeroes ? 0 : (unsigned char)((i * i >> 7) ^ i));
}

static void caps(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < WV_COUNT(cap_rows); i++) {
		const struct cap_row *row = &cap_rows[i];
		struct wv_inflate_caps c = {row->out_bytes, row->ratio, row->ratio_free};
		struct wv_buf plain, in, out;
		enum wv_status st;

		wv_buf_init(&plain, 1u << 26);
		wv_buf_init(&in, 1u << 26);
		wv_buf_init(&out, row->buffer);
		fill(&plain, row);
		compress_into(&in, wv_buf_slice(&plain), 31, 9);
		st = wv_inflate_all(WV_INFLATE_GZIP, c, wv_buf_slice(&in), &out, NULL);
		if (st != row->expect || out.n != row->kept ||
		    (out.n > 0 && memcmp(out.p, plain.p, out.n) != 0)) {
			print_error("%s: expected %s and %zu bytes, got %s and %zu\n", row->name,
				    wv_status_name(row->expect), row->kept, wv_status_name(st),
				    out.n);
			failed++;
		}
		wv_buf_done(&plain);
		wv_buf_done(&in);
		wv_buf_done(&out);
	}
	assert_int_equal(0, failed);
}

static void plain_bytes_meet_the_cap(void **state)
{
	static const size_t sizes[] = {9, 10, 11};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(sizes); i++) {
		struct wv_inflate_caps c = {10, 200, 100};
		struct wv_buf out;
		enum wv_status st;

		wv_buf_init(&out, 100);
		st = wv_inflate_all(WV_INFLATE_AUTO, c, wv_slice("abcdefghijklmn", sizes[i]), &out,
				    NULL);
		assert_int_equal(sizes[i] > 10 ? WV_LIMIT : WV_OK, st);
		assert_int_equal(sizes[i] > 10 ? 10 : sizes[i], out.n);
		wv_buf_done(&out);
	}
}

static void a_failure_stays(void **state)
{
	struct wv_inflate *flow = NULL;
	struct wv_buf out;
	struct wv_err err = WV_ERR_NONE;

	(void)state;
	wv_buf_init(&out, 100);
	assert_int_equal(WV_OK, wv_inflate_new(WV_INFLATE_GZIP, roomy, &flow, NULL));
	assert_int_equal(WV_BAD_INPUT, wv_inflate_feed(flow, WV_LIT("nonsense"), &out, NULL));
	assert_int_equal(WV_BAD_INPUT, wv_inflate_feed(flow, WV_LIT("more"), &out, &err));
	assert_int_equal(WV_BAD_INPUT, wv_inflate_feed(flow, WV_SLICE_NONE, &out, &err));
	assert_false(wv_inflate_is_complete(flow));
	assert_true(err.text[0] != 0);
	wv_inflate_free(&flow);
	assert_null(flow);
	wv_inflate_free(&flow);
	wv_buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(caps),
		cmocka_unit_test(plain_bytes_meet_the_cap),
		cmocka_unit_test(a_failure_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
