/* Fed in pieces = fed at once, whatever the pieces, the damage and the caps; and back again. */
#include "config/base/inflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include <cmocka.h>

#include "tests/support/random.h"

static size_t squeeze(struct wv_slice in, int window_bits, int level, unsigned char *to,
		      size_t room)
{
	z_stream z = {0};
	size_t n;

	if (deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, 0) != Z_OK)
		abort();
	z.next_in = (z_const Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = to;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static const struct {
	enum wv_inflate_form form;
	int window_bits;
} forms[] = {
	{WV_INFLATE_GZIP, 31}, {WV_INFLATE_DEFLATE, 15}, {WV_INFLATE_DEFLATE, -15},
	{WV_INFLATE_RAW, -15}, {WV_INFLATE_AUTO, 31},    {WV_INFLATE_AUTO, 0 /* plain */},
};

#define PLAIN_MAX  400000u
#define PACKED_MAX (2 * PLAIN_MAX)

static size_t make_plain(unsigned char *plain, uint64_t *seed)
{
	size_t n = wv_roll(seed) % (wv_roll(seed) % 4 == 0 ? PLAIN_MAX : 3000);
	uint32_t noise = wv_roll(seed) % 64; /* 0: a bomb of one byte */

	for (size_t i = 0; i < n; i++)
		plain[i] = noise == 0 || wv_roll(seed) % 64 > noise ? 'a' : (unsigned char)wv_roll(seed);
	return n;
}

static size_t make_packed(struct wv_slice plain, int window_bits, unsigned char *packed,
			  uint64_t *seed)
{
	size_t n = 0;

	if (window_bits == 0) {
		for (; n < plain.n; n++)
			packed[n] = plain.p[n];
		return n;
	}
	n = squeeze(plain, window_bits, (int)(wv_roll(seed) % 10), packed, PACKED_MAX);
	if (wv_roll(seed) % 4 == 0 && n < PLAIN_MAX)
		n += squeeze(wv_slice_part(plain, 0, plain.n / 3), window_bits, 1, packed + n,
			     PACKED_MAX - n);
	return n;
}

static bool one_round(uint64_t round, unsigned char *plain, unsigned char *packed)
{
	uint64_t seed = round * 2654435761u + 17;
	size_t k = wv_roll(&seed) % WV_COUNT(forms);
	size_t plain_n = make_plain(plain, &seed);
	size_t n = make_packed(wv_slice(plain, plain_n), forms[k].window_bits, packed, &seed);
	struct wv_inflate_caps caps = {wv_roll(&seed) % (2 * PLAIN_MAX), 1 + wv_roll(&seed) % 300,
				       wv_roll(&seed) % PLAIN_MAX};
	WV_AUTO(wv_inflate_free) struct wv_inflate *flow = NULL;
	struct wv_buf once, pieces;
	enum wv_status a, b = WV_OK;
	bool damaged = wv_roll(&seed) % 3 == 0 && n > 0, same;
	size_t at = 0, largest = 1 + wv_roll(&seed) % (wv_roll(&seed) % 2 ? 8 : 5000);

	if (damaged)
		packed[wv_roll(&seed) % n] ^= (unsigned char)(1u << wv_roll(&seed) % 8);
	wv_buf_init(&once, 4 * PLAIN_MAX);
	wv_buf_init(&pieces, 4 * PLAIN_MAX);
	a = wv_inflate_all(forms[k].form, caps, wv_slice(packed, n), &once, NULL);
	if (wv_inflate_new(forms[k].form, caps, &flow, NULL) != WV_OK)
		abort();
	while (at < n) {
		size_t step = 1 + wv_roll(&seed) % largest;

		step = step < n - at ? step : n - at;
		b = wv_inflate_feed(flow, wv_slice(packed + at, step), &pieces, NULL);
		at += step;
	}
	if (b == WV_OK && !wv_inflate_is_complete(flow))
		b = WV_BAD_INPUT;
	same = a == b && wv_slice_equals(wv_buf_slice(&once), wv_buf_slice(&pieces));
	if (!same)
		print_error(
			"round %llu, form %zu: at once %s and %zu bytes, in pieces %s and %zu\n",
			(unsigned long long)round, k, wv_status_name(a), once.n, wv_status_name(b),
			pieces.n);
	if (once.n > caps.out_bytes) {
		print_error("round %llu: %zu bytes over the cap\n", (unsigned long long)round,
			    once.n);
		same = false;
	}
	if (!damaged && a == WV_OK &&
	    memcmp(once.p ? once.p : packed, plain, once.n < plain_n ? once.n : plain_n) != 0) {
		print_error("round %llu: not what was packed\n", (unsigned long long)round);
		same = false;
	}
	wv_buf_done(&once);
	wv_buf_done(&pieces);
	return same;
}

static void pieces_equal_at_once(void **state)
{
	unsigned char *plain = malloc(PLAIN_MAX), *packed = malloc(PACKED_MAX);
	int failed = 0;

	(void)state;
	assert_non_null(plain);
	assert_non_null(packed);
	for (uint64_t round = 0; round < 600; round++)
		failed += !one_round(round, plain, packed);
	free(plain);
	free(packed);
	assert_int_equal(0, failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_equal_at_once)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
