#include "tests/support/archive.h"

#include <stdio.h>
#include <string.h>

#include "archive/proof/merkle.h"
#include "archive/proof/verify.h"
#include "config/base/limits.h"
#include "tests/support/random.h"

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
	                   &archive->store, &err),
	     &err);
	must(wv_merkle_follow(archive->store, &err), &err);
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

struct wv_capture wv_test_capture(struct wv_test_archive *archive, const char *path,
                                  int64_t seconds)
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

	while (article.block_count < 200 && wv_cursor_line(&c, &blocks[article.block_count].text))
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

/* --- as a fixture --- */

int wv_test_archive_set_up(void **state)
{
	static struct wv_test_archive archive;

	wv_test_archive_open(&archive, NULL);
	*state = &archive;
	return 0;
}

int wv_test_archive_tear_down(void **state)
{
	wv_test_archive_close(*state);
	return 0;
}

struct wv_txn *wv_test_reading(struct wv_test_archive *archive)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_txn *txn = NULL;

	must(wv_store_begin_read(archive->store, &txn, &err), &err);
	return txn;
}

struct wv_time wv_test_known_now(struct wv_test_archive *archive)
{
	struct wv_txn *txn = wv_test_reading(archive);
	struct wv_err err = WV_ERR_NONE;
	struct wv_time known;

	must(wv_store_known_now(txn, &known, &err), &err);
	wv_txn_abort(&txn);
	return known;
}

/* --- the little newsroom --- */

static enum wv_status put_row(struct wv_txn *txn, const struct wv_batch_result *result,
                              void *context, struct wv_err *err)
{
	unsigned char key[8], value[8] = {0};

	wv_store_u64_be(key, (uint64_t)(uintptr_t)context);
	if (result->capture_count)
		wv_store_u64_be(value, result->captures[0].id);
	return wv_txn_put(txn, WV_TABLE_LEDGER, wv_slice(key, sizeof key),
	                  wv_slice(value, sizeof value), err);
}

/* Text that compresses, of a size between nothing and some kilobytes. */
static void write_body(struct wv_random *r, struct wv_buf *out)
{
	size_t words = wv_random_below(r, 10) ? wv_random_below(r, 300) : 0;

	for (size_t i = 0; i < words; i++)
		wv_buf_add_format(out, "<p>word %u</p>\n", (unsigned)wv_random_below(r, 900));
}

static void add_one(struct wv_batch *batch, struct wv_random *r, uint64_t number, unsigned part)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {0};
	char url[80], key[80], text[80], wire[40];
	unsigned page = (unsigned)wv_random_below(r, 12), kind = (unsigned)wv_random_below(r, 8);
	struct wv_random of_body = {wv_random_below(r, 40)}; /* few bodies: they repeat */
	struct wv_capture capture = {
		.captured = {WV_TEST_START + (int64_t)(number * 10 + part) * WV_US_PER_S},
		.status = 200,
		.source = page % 3 ? WV_LIT("One") : WV_LIT("Two"),
		.headers = WV_LIT("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	                          "Server: nginx/1.22.1\r\nVary: Accept-Encoding\r\n"
	                          "X-Served-By: cache-fra-1\r\nAge: 0\r\n"
	                          "Strict-Transport-Security: max-age=31536000\r\n"),
		.basis = WV_LIT("robots: allowed by line 3; delay 5s"),
		.mime = WV_LIT("text/html"),
	};
	struct wv_batch_body body = {.coding = WV_WIRE_OTHER};
	struct wv_block block = {.text = wv_slice_of(text)};
	struct wv_article article = {.verdict = WV_VERDICT_ARTICLE,
	                             .title = WV_LIT("A title"),
	                             .extractor = 1,
	                             .blocks = &block,
	                             .block_count = 1};
	struct wv_err err = WV_ERR_NONE;

	(void)snprintf(url, sizeof url, "https://site%u.example/%u", page % 4, page);
	(void)snprintf(key, sizeof key, "example,site%u)/%u", page % 4, page);
	(void)snprintf(text, sizeof text, "Text number %u.", (unsigned)of_body.state);
	(void)snprintf(wire, sizeof wire, "encoded bytes of body %u", (unsigned)of_body.state);
	block.text = wv_slice_of(text);
	capture.url = wv_slice_of(url);
	capture.page_key = wv_slice_of(key);
	wv_buf_init(&bytes, WV_MIB);
	write_body(&of_body, &bytes);
	body.bytes = wv_buf_slice(&bytes);
	body.wants_delta = kind > 3;
	if (kind == 0)
		capture.status = 0;
	if (kind == 0)
		capture.verdict = WV_VERDICT_FAILED;
	if (kind == 1) {
		capture.status = 304;
		capture.flags = WV_CAPTURE_NOT_MODIFIED;
	}
	if (kind == 2) { /* kept as it came, in no coding that zlib knows */
		capture.has_encoded = true;
		capture.encoded = wv_digest_of(wv_slice_of(wire));
		body.wire = wv_slice_of(wire);
	}
	must(wv_batch_add_capture(batch, &capture, kind > 1 ? &body : NULL,
	                          kind > 3 ? &article : NULL, NULL, &err),
	     &err);
}

struct wv_batch *wv_test_batch(struct wv_store *store, uint64_t seed, uint64_t number)
{
	struct wv_random r = {seed * 1000003 + number};
	unsigned parts = (unsigned)wv_random_below(&r, 4);
	struct wv_err err = WV_ERR_NONE;
	struct wv_batch *batch = NULL;

	must(wv_batch_new(store, &batch, &err), &err);
	for (unsigned i = 0; i < parts; i++)
		add_one(batch, &r, number, i);
	must(wv_batch_add_apply(batch, put_row, (void *)(uintptr_t)number, &err), &err);
	return batch;
}

bool wv_test_has_batch(struct wv_txn *txn, uint64_t number)
{
	unsigned char key[8];
	struct wv_slice value;

	wv_store_u64_be(key, number);
	return wv_txn_get(txn, WV_TABLE_LEDGER, wv_slice(key, sizeof key), &value, NULL) == WV_OK;
}

static void print_finding(const struct wv_finding *finding, void *context)
{
	if (context)
		(void)fprintf(stderr, "%s: %s: %s\n", finding->table, finding->record,
		              finding->what);
}

uint64_t wv_test_verify(struct wv_store *store, bool is_loud)
{
	const struct wv_verify_options options = {
		.depth = WV_VERIFY_FULL, .found = print_finding, .context = is_loud ? store : NULL};
	struct wv_verify_counts counts = {0};
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_verify(store, &options, &counts, &err);

	if (st != WV_OK && st != WV_DAMAGED)
		must(st, &err);
	WV_ASSERT((st == WV_DAMAGED) == (counts.findings > 0));
	return counts.findings;
}
