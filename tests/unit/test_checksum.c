#include "archive/store/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Vectors: RFC 3720, B.4, and the check value every CRC catalogue gives. */
static void test_known_vectors(void **state)
{
	static unsigned char zeros[32], ones[32], up[32], down[32];
	const struct {
		const char *name;
		struct wv_slice bytes;
		uint32_t expected;
	} rows[] = {
		{"nothing", WV_SLICE_NONE, 0},
		{"check value", WV_LIT("123456789"), 0xe3069283},
		{"32 zeros", wv_slice(zeros, 32), 0x8a9136aa},
		{"32 ones", wv_slice(ones, 32), 0x62a8ab43},
		{"counting up", wv_slice(up, 32), 0x46dd794e},
		{"counting down", wv_slice(down, 32), 0x113fdb5c},
	};
	struct wv_checksum checksum;
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < 32; i++) {
		ones[i] = 0xff;
		up[i] = (unsigned char)i;
		down[i] = (unsigned char)(31 - i);
	}
	wv_checksum_init(&checksum);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		uint32_t got = wv_checksum_add(&checksum, 0, rows[i].bytes);

		/* In two pieces, cut everywhere, it is the same. */
		for (size_t cut = 0; cut <= rows[i].bytes.n; cut++) {
			uint32_t part =
				wv_checksum_add(&checksum, 0, wv_slice_part(rows[i].bytes, 0, cut));

			if (wv_checksum_add(&checksum, part, wv_slice_from(rows[i].bytes, cut)) !=
			    got)
				got = ~rows[i].expected;
		}
		if (got != rows[i].expected) {
			print_error("row '%s': expected %08x, got %08x\n", rows[i].name,
			            rows[i].expected, got);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* The instruction and the tables give the same, at every length and alignment. */
static void test_both_ways(void **state)
{
	unsigned char bytes[300];
	struct wv_checksum fast, slow;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + i / 7);
	wv_checksum_init(&fast);
	slow = fast;
	slow.has_instruction = false;
	for (size_t from = 0; from < 9; from++)
		for (size_t n = 0; from + n <= sizeof(bytes); n++)
			assert_int_equal(wv_checksum_add(&fast, 7, wv_slice(bytes + from, n)),
			                 wv_checksum_add(&slow, 7, wv_slice(bytes + from, n)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_vectors),
	                                   cmocka_unit_test(test_both_ways)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
