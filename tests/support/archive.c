#include "tests/support/archive.h"

#include <stdio.h>
#include <string.h>

#include "config/base/limits.h"

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st != WV_OK)
		(void)fprintf(stderr, "%s: %s\n", wv_status_name(st), err->text);
	WV_ASSERT(st == WV_OK);
}

static void open_store(struct wv_test_archive *archive, const struct wv_store_options *options)
{
	const struct wv_store_options usual = {.create = true};
	struct wv_err err = WV_ERR_NONE;

	must(wv_store_open(archive->folder.path, options ? options : &usual, archive->clock,
	                   &archive->store, &err), &err);
}

void wv_test_archive_open(struct wv_test_archive *archive, const struct wv_store_options *options)
{
	struct wv_err err = WV_ERR_NONE;

	*archive = (struct wv_test_archive){.folder = {""}};
	wv_test_folder_make(&archive->folder);
	must(wv_clock_new_simulated(NULL, (struct wv_time){WV_TEST_START}, &archive->clock, &err),
	     &err);
	must(wv_arena_new(64 * WV_MIB, &archive->arena, &err), &err);
	open_store(archive, options);
}

void wv_test_archive_reopen(struct wv_test_archive *archive, const struct wv_store_options *options)
{
	wv_store_close(&archive->store);
	open_store(archive, options);
}

void wv_test_archive_close(struct wv_test_archive *archive)
{
	wv_store_close(&archive->store);
	wv_clock_free(&archive->clock);
	wv_arena_free(&archive->arena);
	wv_test_folder_remove(&archive->folder);
}

struct wv_capture wv_test_capture(struct wv_test_archive *archive, const char *path, int64_t seconds)
{
	return (struct wv_capture){
		.url = wv_arena_format(archive->arena, "https://www.example.com%s", path),
		.page_key = wv_arena_format(archive->arena, "com,example)%s", path),
		.captured = {WV_TEST_START + seconds * WV_US_PER_S},
		.duration_us = 123456,
		.status = 200,
		.basis = WV_LIT("robots allow line 3; delay 5s"),
		.source = WV_LIT("Example"),
		.headers = WV_LIT("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
		                  "Server: nginx\r\nCache-Control: max-age=60\r\n"
		                  "Strict-Transport-Security: max-age=31536000\r\n"
		                  "X-Frame-Options: SAMEORIGIN\r\nVary: Accept-Encoding\r\n"),
		.request = WV_LIT("GET / HTTP/1.1\r\nHost: www.example.com\r\n"
		                  "User-Agent: wirevault\r\nAccept-Encoding: gzip\r\n"),
		.mime = WV_LIT("text/html"),
		.address = WV_LIT("192.0.2.7"),
	};
}

struct wv_article wv_test_article(struct wv_test_archive *archive, const char *title,
                                  const char *text)
{
	struct wv_block *blocks = WV_ARENA_ARRAY(archive->arena, struct wv_block, 200);
	struct wv_cursor c = wv_cursor(wv_slice_of(text));
	struct wv_article article = {.verdict = WV_VERDICT_ARTICLE,
	                             .title = wv_slice_of(title),
	                             .language = WV_LIT("en"),
	                             .category = WV_LIT("markets"),
	                             .is_free = -1,
	                             .extractor = 1,
	                             .blocks = blocks};

	while (article.block_count < 200 &&
	       wv_cursor_line(&c, &blocks[article.block_count].text))
		article.block_count++;
	return article;
}

static void keep_result(enum wv_status status, const struct wv_batch_result *result,
                        const struct wv_err *err, void *context)
{
	struct wv_batch_capture *out = context;

	must(status, err);
	WV_ASSERT(result->capture_count == 1);
	*out = result->captures[0];
}

struct wv_batch_capture wv_test_put(struct wv_test_archive *archive,
                                    const struct wv_capture *capture, const char *body,
                                    const struct wv_article *article)
{
	const struct wv_batch_body bytes = {.bytes = wv_slice_of(body)};
	struct wv_batch_capture result = {0};
	struct wv_err err = WV_ERR_NONE;
	struct wv_batch *batch = NULL;
	enum wv_status status;

	must(wv_batch_new(archive->store, &batch, &err), &err);
	must(wv_batch_add_capture(batch, capture, body ? &bytes : NULL, article, NULL, &err), &err);
	wv_batch_on_done(batch, keep_result, &result);
	must(wv_batch_commit(archive->store, &batch, 1, &status, &err), &err);
	wv_batch_free(&batch);
	return result;
}
