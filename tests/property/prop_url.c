/* Laws of URLs on random ones, made of the pieces that parsers trip over, and of random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/random.h"
#include "tests/support/url_checks.h"

#define ROUNDS 60000

static const char *const bases[] = {
	"http://example.com/a/b?c#d",
	"https://news.example.org/2024/06/05/story.html",
	"http://127.0.0.1:8080/x/",
	"https://xn--fiqs8s.example/",
	"https://user:pw@h.org:8443/x/y/z",
	"http://[::1]:0/?q",
	"file:///C:/dir/f",
	"file://host/p/q",
	"foo://h/p",
	"foo:/.//p",
	"mailto:a@b",
	"ftp://f/",
};

static const char *const pieces[] = {
	"http:",
	"https:",
	"HTTP:",
	"ftp:",
	"file:",
	"foo:",
	"mailto:",
	"//",
	"/",
	"\\",
	"///",
	"..",
	".",
	"%2e",
	"%2E",
	"?",
	"#",
	"#!",
	"@",
	":",
	"[",
	"]",
	"[::1]",
	"[1:2::3.4.5.6]",
	"C:",
	"C|",
	"%",
	"%41",
	"%2f",
	"%zz",
	"%c3%a9",
	" ",
	"\t",
	"\n",
	"é",
	"中文",
	"xn--fiqs8s",
	"xn--a",
	"ß",
	"Example.COM",
	"example.org",
	"www.",
	"www2.a.b",
	"127.0.0.1",
	"0x7f.1",
	"017700000001",
	"256.1",
	"1.2.3.4.",
	"localhost",
	":80",
	":443",
	":8080",
	":99999",
	"&",
	"&&",
	"=",
	"'",
	"\"",
	"<",
	"`",
	"{",
	"|",
	"^",
	"\xff",
	"\xed\xa0\x80",
	"\xc2\xad",
	"\xef\xbc\x83",
	"。",
	"utm_source=x",
	"sid=0123456789abcdef0123456789abcdef",
	"PHPSESSID=1",
	";jsessionid=2",
	"a=1",
	"b[]=2",
	"story",
	"index.html",
	"a",
	"-",
	"_",
	"~",
	"!",
	"$",
	"+",
	",",
	"0",
	"09",
	"\x01",
	"😀",
	"foo/bar",
	"https://news.example.org",
	"http://127.0.0.1:8080",
	"http://127.0.0.1:80",
};

static size_t make_reference(unsigned char *to, size_t room, uint64_t *seed)
{
	size_t n = 0;

	if (wv_roll(seed) % 10 == 0) {
		for (size_t count = wv_roll(seed) % 40; n < count; n++)
			to[n] = (unsigned char)wv_roll(seed);
		return n;
	}
	for (uint32_t count = wv_roll(seed) % 8; count > 0; count--) {
		struct wv_slice piece = wv_slice_of(pieces[wv_roll(seed) % WV_COUNT(pieces)]);

		if (piece.n > room - n)
			break;
		memcpy(to + n, piece.p, piece.n);
		n += piece.n;
	}
	return n;
}

static void laws(void **state)
{
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	unsigned char text[256];
	uint64_t seed = 1;
	int failed = 0;

	(void)state;
	assert_int_equal(wv_arena_new(4u << 20, &arena, NULL), WV_OK);
	for (int i = 0; i < ROUNDS && failed < 10; i++) {
		struct wv_slice base = wv_slice_of(bases[wv_roll(&seed) % WV_COUNT(bases)]);
		struct wv_slice reference =
			wv_slice(text, make_reference(text, sizeof(text), &seed));
		const char *broken;

		wv_arena_reset(arena);
		broken = url_check(arena, base, reference);
		if (broken) {
			print_error("broken: %s: '%.*s' on '%.*s'\n", broken, WV_FMT(reference),
				    WV_FMT(base));
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

/* Where the fast way hands over: references and bases around its lengths, and the cap's. */
static void lengths(void **state)
{
	static const size_t reference_bytes[] = {511, 512, 513, 8000, 8170, 8191, 8192, 8193};
	static const size_t base_bytes[] = {20, 2047, 2048, 2049, 8192};
	static unsigned char base[WV_LIMIT_URL_BYTES], reference[WV_LIMIT_URL_BYTES + 1];
	static const char *const fronts[] = {"", "/", "?", "#", "../", "\xff/", "http://h/"};
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;

	(void)state;
	assert_int_equal(wv_arena_new(4u << 20, &arena, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(reference_bytes); i++)
		for (size_t j = 0; j < WV_COUNT(base_bytes); j++)
			for (size_t k = 0; k < WV_COUNT(fronts); k++) {
				struct wv_slice front = wv_slice_of(fronts[k]);
				const char *broken;

				memset(base, 'b', base_bytes[j]);
				memcpy(base, "http://a/b/", 11);
				memset(reference, k % 2 ? 'r' : '"', reference_bytes[i]);
				memcpy(reference, front.p, front.n);
				wv_arena_reset(arena);
				broken = url_check(arena, wv_slice(base, base_bytes[j]),
						   wv_slice(reference, reference_bytes[i]));
				if (broken)
					fail_msg("broken: %s: %zu on %zu, '%s'", broken,
						 reference_bytes[i], base_bytes[j], fronts[k]);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(laws), cmocka_unit_test(lengths)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
