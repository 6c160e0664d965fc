#include "config/base/digest.h"

#include "tests/support/rows.h"

ROWS_STATE;

static void known_answers(void **state)
{
	/* FIPS 180-2, appendix B, and the empty message. */
	static const struct {
		const char *row, *text, *hex;
	} rows[] = {
		{"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_digest_stream_free) struct wv_digest_stream *stream = NULL;
		struct wv_digest d = wv_digest_of(wv_slice_of(rows[i].text)), parsed;
		char hex[WV_DIGEST_HEX_MAX];

		row_text(rows[i].row, wv_slice_of(wv_digest_print(&d, hex)), rows[i].hex);
		row_int("parse", wv_digest_parse(wv_slice_of(rows[i].hex), &parsed), 1);
		row_int("equals", wv_digest_equals(&d, &parsed), 1);
		assert_int_equal(wv_digest_stream_new(&stream, NULL), WV_OK);
		for (const char *at = rows[i].text; *at; at++)
			wv_digest_stream_add(stream, wv_slice(at, 1));
		d = wv_digest_stream_finish(stream);
		row_int("streamed", wv_digest_equals(&d, &parsed), 1);
	}
	struct wv_digest d;
	row_int("63 digits",
	        wv_digest_parse(WV_LIT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"),
	                        &d),
	        0);
	row_int("no digit",
	        wv_digest_parse(WV_LIT("g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
	                        &d),
	        0);
	rows_end();
}

static void randomness(void **state)
{
	unsigned char a[32] = {0}, b[32] = {0};

	(void)state;
	assert_int_equal(wv_random_bytes(a, sizeof(a), NULL), WV_OK);
	assert_int_equal(wv_random_bytes(b, sizeof(b), NULL), WV_OK);
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(randomness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
