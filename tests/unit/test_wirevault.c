#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/url.h"
#include "tests/support/archive.h"

int use_archive(const char *folder, char *report, size_t room);

static void test_a_program_with_the_public_header_alone(void **state)
{
	static const struct {
		int32_t status;
		const char *body;
	} looks[] = {
		{0, NULL}, {200, "<p>old</p>"}, {404, "gone"}, {200, "<p>new</p>"}, {503, "x"}};
	struct wv_test_archive a;
	struct wv_url url;
	struct wv_slice key;
	char report[200];

	(void)state;
	wv_test_archive_open(&a, NULL);
	assert_int_equal(
		wv_url_parse(a.arena, WV_LIT("https://www.example.com/a"), NULL, &url, NULL),
		WV_OK);
	assert_int_equal(wv_url_page_key(a.arena, &url, &key, NULL), WV_OK);
	for (size_t i = 0; i < WV_COUNT(looks); i++) {
		struct wv_capture capture = wv_test_capture(&a, "/a", (int64_t)i);
		struct wv_article article = wv_test_article(&a, "Title", "One.\nTwo.");

		capture.page_key = key;
		capture.status = looks[i].status;
		capture.verdict = looks[i].status == 0 ? WV_VERDICT_FAILED : WV_VERDICT_OTHER;
		wv_test_put(&a, &capture, looks[i].body, looks[i].status == 200 ? &article : NULL);
	}
	wv_store_close(&a.store);
	assert_int_equal(use_archive(a.folder.path, report, sizeof report), 0);
	assert_string_equal(report, "0 200 404 | article | <p>new</p> | Title | One.\nTwo.");
	wv_test_archive_close(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_program_with_the_public_header_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
