/* Laws of folding and squeezing on random text: mixed scripts, marks out of place, broken bytes. */
#include "config/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define ROUNDS   40000
#define TEXT_MAX 160u

/* From blocks where folding has work to do, else from anywhere. */
static uint32_t make_code_point(uint64_t *seed)
{
	static const struct {
		uint32_t first, n;
	} blocks[] = {
		{0x20, 0x5f},    {0xa0, 0x60},     {0x100, 0x100},   {0x300, 0x70},
		{0x370, 0x90},   {0x590, 0x60},    {0x620, 0x60},    {0x900, 0x80},
		{0xe00, 0x60},   {0x1100, 0x100},  {0x1e00, 0x100},  {0x2000, 0x70},
		{0x2100, 0x90},  {0x2460, 0xa0},   {0x2e80, 0x80},   {0x3000, 0x100},
		{0x3130, 0x60},  {0x3200, 0x200},  {0x4e00, 0x5200}, {0xac00, 0x2ba0},
		{0xf900, 0x200}, {0xfb00, 0x60},   {0xfb50, 0x2b0},  {0xfe00, 0x10},
		{0xff00, 0xf0},  {0x1d15e, 0x8},   {0x1d400, 0x400}, {0x1f100, 0x200},
		{0x1f600, 0x50}, {0x2f800, 0x220},
	};

	if (wv_roll(seed) % 6 == 0)
		return wv_roll(seed) % 0x110000;
	size_t block = wv_roll(seed) % WV_COUNT(blocks);

	return blocks[block].first + wv_roll(seed) % blocks[block].n;
}

static struct wv_slice make_text(struct wv_buf *buf, uint64_t *seed)
{
	uint32_t count = wv_roll(seed) % TEXT_MAX;

	wv_buf_reset(buf);
	while (count-- > 0) {
		if (wv_roll(seed) % 50 == 0)
			wv_buf_add_byte(buf, (unsigned char)wv_roll(seed));
		else
			wv_buf_add_utf8(buf, make_code_point(seed));
	}
	return wv_buf_slice(buf);
}

static void check(struct wv_arena *arena, struct wv_slice text, bool han)
{
	struct wv_slice once, twice, squeezed, again;
	size_t at = 0;

	assert_int_equal(wv_text_fold(arena, text, han, &once, NULL), WV_OK);
	assert_int_equal(wv_text_fold(arena, once, han, &twice, NULL), WV_OK);
	if (!wv_slice_equals(once, twice))
		fail_msg("folding twice: '%.*s' gives '%.*s', then '%.*s'", WV_FMT(text),
			 WV_FMT(once), WV_FMT(twice));
	assert_true(wv_text_is_utf8(once));
	while (at < once.n) {
		uint32_t c = wv_text_next(once, &at);

		if (c < 0x80 && !(c >= 'a' && c <= 'z') && !wv_text_is_digit(c))
			fail_msg("'%.*s' folds to a sign: U+%04X", WV_FMT(text), (unsigned)c);
	}
	assert_int_equal(wv_text_squeeze(arena, text, &squeezed, NULL), WV_OK);
	assert_int_equal(wv_text_squeeze(arena, squeezed, &again, NULL), WV_OK);
	assert_true(wv_slice_equals(squeezed, again));
	assert_true(wv_text_is_utf8(squeezed));
	/* Folding cares neither for space nor for broken bytes. */
	assert_int_equal(wv_text_fold(arena, squeezed, han, &again, NULL), WV_OK);
	if (!wv_slice_equals(once, again))
		fail_msg("fold of squeezed '%.*s' is '%.*s', not '%.*s'", WV_FMT(text),
			 WV_FMT(again), WV_FMT(once));
	assert_true(wv_text_cut(text, text.n / 2).n <= text.n / 2);
	/* Walking back meets what walking forth met, in sound text. */
	size_t back = 0;
	for (at = squeezed.n; at > 0; back++)
		wv_text_previous(squeezed, &at);
	assert_int_equal(back, wv_text_count(squeezed));
	(void)wv_text_units(text);
	(void)wv_text_columns(text);
}

static void laws(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	struct wv_buf buf;
	uint64_t seed = 7;

	(void)state;
	assert_int_equal(wv_arena_new(4u << 20, &arena, NULL), WV_OK);
	wv_buf_init(&buf, 4 * TEXT_MAX + 16);
	for (int i = 0; i < ROUNDS; i++) {
		wv_arena_reset(arena);
		check(arena, make_text(&buf, &seed), i % 2 == 0);
	}
	wv_buf_done(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(laws)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
