#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "archive/store/codec.h"
#include "archive/store/delta.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

/* decode(encode(x)) = x over random edits of random texts; no damage does more than be refused. */

#define TEXT_CAP (4u * WV_MIB)

static void write_text(struct wv_random *r, size_t words, struct wv_buf *out)
{
	for (size_t i = 0; i < words; i++)
		wv_buf_add_format(out, "%c%u%s", (int)('a' + (int)wv_random_below(r, 26)),
		                  (unsigned)wv_random_below(r, 3000),
		                  wv_random_below(r, 12) ? " " : "</p>\n<p class=\"text\">");
}

/* Some text left out, replaced, moved or repeated, in a number of places. */
static void edit(struct wv_random *r, struct wv_slice from, struct wv_buf *out)
{
	size_t at = 0, most = from.n / (1 + wv_random_below(r, 20)) + 1;

	while (at < from.n) {
		size_t n = wv_random_below(r, most) + 1;

		switch (wv_random_below(r, 6)) {
		case 0: /* left out */
			break;
		case 1:
			write_text(r, wv_random_below(r, 30), out);
			break;
		case 2: /* from elsewhere */
			wv_buf_add(out, wv_slice_part(from, wv_random_below(r, from.n), n));
			break;
		default:
			wv_buf_add(out, wv_slice_part(from, at, n));
			break;
		}
		at += n;
	}
}

static void check(struct wv_slice reference, struct wv_slice target)
{
	WV_AUTO(wv_buf_done) struct wv_buf delta = {0};
	WV_AUTO(wv_buf_done) struct wv_buf back = {0};
	uint64_t inflated = 0;

	wv_buf_init(&delta, 2 * TEXT_CAP);
	wv_buf_init(&back, TEXT_CAP + 1);
	wv_buf_add_string(&back, "x"); /* it appends */
	assert_int_equal(wv_delta_encode(reference, target, &delta, NULL), WV_OK);
	assert_true(wv_delta_inflated(wv_buf_slice(&delta), &inflated));
	assert_int_equal(wv_delta_decode(reference, wv_buf_slice(&delta), target.n, &back, NULL),
	                 WV_OK);
	assert_true(wv_slice_equals(wv_slice_from(wv_buf_slice(&back), 1), target));
	/* Of another length it is none. */
	assert_int_equal(
		wv_delta_decode(reference, wv_buf_slice(&delta), target.n + 1, &back, NULL),
		WV_DAMAGED);
	assert_int_equal(back.n, target.n + 1);
}

static void test_round_trip(void **state)
{
	struct wv_random r = {20261126};

	(void)state;
	for (int i = 0; i < 400; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf reference = {0};
		WV_AUTO(wv_buf_done) struct wv_buf target = {0};

		wv_buf_init(&reference, TEXT_CAP);
		wv_buf_init(&target, TEXT_CAP);
		write_text(&r, wv_random_below(&r, i % 10 ? 2000 : 20000), &reference);
		if (reference.n)
			edit(&r, wv_buf_slice(&reference), &target);
		check(wv_buf_slice(&reference), wv_buf_slice(&target));
		check(wv_buf_slice(&target), wv_buf_slice(&reference));
	}
}

static void test_edges(void **state)
{
	static const struct {
		const char *reference, *target;
	} rows[] = {
		{"", ""},
		{"", "something that is new"},
		{"something that was there", ""},
		{"short", "short"},
		{"exactly sixteen.", "exactly sixteen."},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
	};
	WV_AUTO(wv_buf_done) struct wv_buf long_text = {0};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		check(wv_slice_of(rows[i].reference), wv_slice_of(rows[i].target));
	/* Additions around the size of a part. */
	wv_buf_init(&long_text, TEXT_CAP);
	for (size_t n = 32766; n < 32771; n++) {
		struct wv_random r = {n};

		wv_buf_reset(&long_text);
		while (long_text.n < 2 * n)
			wv_buf_add_byte(&long_text, (unsigned char)wv_random_next(&r));
		check(wv_slice_part(wv_buf_slice(&long_text), n, 99),
		      wv_slice_part(wv_buf_slice(&long_text), 0, n));
		check(WV_SLICE_NONE, wv_slice_part(wv_buf_slice(&long_text), 0, 2 * n));
	}
}

/* A page with a changed clock costs a handful of bytes. */
static void test_small(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf page = {0};
	WV_AUTO(wv_buf_done) struct wv_buf delta = {0};
	struct wv_random r = {7};
	unsigned char *changed;

	(void)state;
	wv_buf_init(&page, TEXT_CAP);
	wv_buf_init(&delta, TEXT_CAP);
	write_text(&r, 40000, &page);
	changed = malloc(page.n);
	assert_non_null(changed);
	memcpy(changed, page.p, page.n);
	memcpy(changed + page.n / 2, "12:34:56", 8);
	assert_int_equal(
		wv_delta_encode(wv_buf_slice(&page), wv_slice(changed, page.n), &delta, NULL),
		WV_OK);
	assert_true(delta.n < 60);
	free(changed);
}

/* Any one byte changed, any cut: refused, or another text of the right length; never a crash. */
static void test_damage(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf reference = {0};
	WV_AUTO(wv_buf_done) struct wv_buf target = {0};
	WV_AUTO(wv_buf_done) struct wv_buf delta = {0};
	WV_AUTO(wv_buf_done) struct wv_buf back = {0};
	struct wv_random r = {11};

	(void)state;
	wv_buf_init(&reference, TEXT_CAP);
	wv_buf_init(&target, TEXT_CAP);
	wv_buf_init(&delta, TEXT_CAP);
	wv_buf_init(&back, TEXT_CAP);
	write_text(&r, 800, &reference);
	edit(&r, wv_buf_slice(&reference), &target);
	assert_int_equal(
		wv_delta_encode(wv_buf_slice(&reference), wv_buf_slice(&target), &delta, NULL),
		WV_OK);
	for (size_t i = 0; i < delta.n; i++) {
		unsigned char was = delta.p[i];
		enum wv_status st;

		delta.p[i] ^= (unsigned char)(1 + wv_random_below(&r, 255));
		wv_buf_reset(&back);
		st = wv_delta_decode(wv_buf_slice(&reference), wv_buf_slice(&delta), target.n,
		                     &back, NULL);
		assert_true(st == WV_OK || st == WV_DAMAGED);
		assert_int_equal(back.n, st == WV_OK ? target.n : 0);
		delta.p[i] = was;
		wv_buf_reset(&back);
		assert_int_equal(wv_delta_decode(wv_buf_slice(&reference),
		                                 wv_slice_part(wv_buf_slice(&delta), 0, i),
		                                 target.n, &back, NULL),
		                 WV_DAMAGED);
	}
}

/* A size that no stream of that length can give: refused before there is room for it. The densest
 * stream there is has its room. */
static void test_sizes(void **state)
{
	static const size_t dense = 20000000, forged = 100000000;
	WV_AUTO(wv_buf_done) struct wv_buf zeroes = {.cap = SIZE_MAX / 2};
	WV_AUTO(wv_buf_done) struct wv_buf small = {.cap = SIZE_MAX / 2};
	WV_AUTO(wv_buf_done) struct wv_buf back = {.cap = SIZE_MAX / 2};
	WV_AUTO(wv_buf_done) struct wv_buf delta = {.cap = WV_MIB};
	unsigned char *room = wv_buf_room(&zeroes, dense);

	(void)state;
	assert_non_null(room);
	memset(room, 0, dense);
	zeroes.n = dense;
	assert_int_equal(wv_codec_deflate(wv_buf_slice(&zeroes), &small, NULL), WV_OK);
	assert_int_equal(wv_codec_inflate(wv_buf_slice(&small), forged, &back, NULL), WV_DAMAGED);
	assert_int_equal(back.room, 0);
	assert_int_equal(wv_codec_inflate(wv_buf_slice(&small), dense, &back, NULL), WV_OK);
	/* As a delta: operations of a hundred megabytes in a few bytes. */
	wv_buf_done(&back);
	wv_buf_add_varint(&delta, forged);
	wv_buf_add_varint(&delta, 0);
	wv_buf_add(&delta, WV_LIT("\x03\x00"));
	assert_int_equal(wv_delta_decode(WV_SLICE_NONE, wv_buf_slice(&delta), forged, &back, NULL),
	                 WV_DAMAGED);
	assert_int_equal(back.room, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
