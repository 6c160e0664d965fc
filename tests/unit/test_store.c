#include "archive/store/pieces.h"
#include "archive/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"

static struct wv_capture get(struct wv_test_archive *a, uint64_t id)
{
	struct wv_txn *txn = wv_test_reading(a);
	struct wv_err err = WV_ERR_NONE;
	struct wv_capture capture = {0};

	if (wv_store_capture(txn, a->arena, id, WV_TIME_NONE, &capture, &err) != WV_OK)
		fail_msg("capture %d: %s", (int)id, err.text);
	wv_txn_abort(&txn);
	return capture;
}

struct pieces {
	struct wv_buf all;
	size_t most, count, stops_at;
};

static enum wv_status add_piece(void *context, struct wv_slice piece, struct wv_err *err)
{
	struct pieces *pieces = context;

	(void)err;
	wv_buf_add(&pieces->all, piece);
	pieces->most = piece.n > pieces->most ? piece.n : pieces->most;
	return ++pieces->count == pieces->stops_at ? WV_STOPPED : WV_OK;
}

static void assert_pieces(struct wv_txn *txn, const struct wv_digest *digest,
                          struct wv_slice expected, size_t most)
{
	struct pieces pieces = {.all = {.cap = 64 * WV_MIB}};

	assert_int_equal(wv_store_body_pieces(txn, digest, add_piece, &pieces, NULL), WV_OK);
	assert_true(wv_slice_equals(wv_buf_slice(&pieces.all), expected));
	assert_true(pieces.most <= most);
	wv_buf_done(&pieces.all);
}

static void assert_body(struct wv_test_archive *a, const struct wv_digest *digest,
                        const char *expected)
{
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	struct wv_txn *txn = wv_test_reading(a);
	struct wv_err err = WV_ERR_NONE;

	wv_buf_init(&body, WV_MIB);
	if (wv_store_body(txn, digest, &body, &err) != WV_OK)
		fail_msg("body: %s", err.text);
	assert_true(wv_slice_equals(wv_buf_slice(&body), wv_slice_of(expected)));
	assert_pieces(txn, digest, wv_slice_of(expected), WV_MIB);
	wv_txn_abort(&txn);
}

static void assert_text(struct wv_slice got, struct wv_slice expected)
{
	if (!wv_slice_equals(got, expected))
		fail_msg("expected '%.*s', got '%.*s'", WV_FMT(expected), WV_FMT(got));
}

static void test_a_capture_comes_back_whole(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_capture in = wv_test_capture(a, "/a", 10), out;
	struct wv_batch_capture result;

	in.location = WV_LIT("https://www.example.com/b");
	in.reason = WV_LIT("because");
	in.has_encoded = true;
	in.encoded = wv_digest_of(WV_LIT("gzip"));
	in.encoded_bytes = 4;
	in.flags = WV_CAPTURE_HEADERS_REBUILT;
	result = wv_test_put(a, &in, "<html>hello</html>", NULL);
	assert_int_equal(result.id, 0);
	assert_true(result.is_new_page && result.is_new_body && !result.has_previous);
	wv_test_archive_reopen(a, &(struct wv_store_options){.read_only = true});
	out = get(a, 0);
	assert_text(out.url, in.url);
	assert_text(out.page_key, in.page_key);
	assert_text(out.reason, in.reason);
	assert_text(out.basis, in.basis);
	assert_text(out.source, in.source);
	assert_text(out.headers, in.headers);
	assert_text(out.request, in.request);
	assert_text(out.mime, in.mime);
	assert_text(out.address, in.address);
	assert_text(out.location, in.location);
	assert_int_equal(out.status, 200);
	assert_int_equal(out.captured.us, in.captured.us);
	assert_int_equal(out.recorded.us, WV_TEST_START);
	assert_int_equal(out.duration_us, in.duration_us);
	assert_int_equal(out.flags, WV_CAPTURE_HEADERS_REBUILT | WV_CAPTURE_SIMULATED_CLOCK);
	assert_true(out.has_body && out.has_encoded && !out.has_version);
	assert_int_equal(out.body_bytes, 18);
	assert_true(wv_digest_equals(&out.encoded, &in.encoded));
	assert_body(a, &out.body, "<html>hello</html>");
}

static void test_repeated_bodies_are_stored_once(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_capture first = wv_test_capture(a, "/a", 10);
	struct wv_capture again = wv_test_capture(a, "/a", 20), out;
	struct wv_capture other = wv_test_capture(a, "/b", 30);
	struct wv_capture confirmed = wv_test_capture(a, "/a", 40);
	struct wv_article article = wv_test_article(a, "Title", "one\ntwo");
	struct wv_store_totals totals;
	struct wv_batch_capture result;
	struct wv_txn *txn;

	wv_test_put(a, &first, "same bytes", &article);
	result = wv_test_put(a, &again, "same bytes", NULL);
	assert_false(result.is_new_body);
	assert_false(result.is_new_version);
	assert_true(result.has_stands_for && result.stands_for == 0);
	out = get(a, 1);
	assert_true(out.flags & WV_CAPTURE_SAME_BODY);
	assert_int_equal(out.verdict, WV_VERDICT_ARTICLE);
	/* The same bytes on another page are the same body, but stand for nothing there. */
	result = wv_test_put(a, &other, "same bytes", NULL);
	assert_false(result.is_new_body || result.has_stands_for);
	confirmed.status = 304;
	confirmed.flags = WV_CAPTURE_NOT_MODIFIED;
	result = wv_test_put(a, &confirmed, NULL, NULL);
	assert_true(result.has_stands_for && result.stands_for == 0 && result.has_version);
	assert_false(result.is_new_version);
	out = get(a, 3);
	assert_true(out.has_body && out.body_bytes == 10);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	wv_txn_abort(&txn);
	assert_int_equal(totals.captures, 4);
	assert_int_equal(totals.pages, 2);
	assert_int_equal(totals.bodies, 1);
	assert_int_equal(totals.body_bytes, 10);
	assert_int_equal(totals.capture_bytes, 40);
	assert_int_equal(totals.articles, 1);
}

static void test_wire_bytes_are_kept_where_asked(void **state)
{
	/* "hello hello hello" by gzip -n */
	static const unsigned char gzip[] = {
		0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9,
		0xc9, 0x57, 0xc8, 0x40, 0x90, 0x00, 0x80, 0x88, 0xf9, 0xe5, 0x11, 0x00, 0x00, 0x00,
	};
	struct wv_test_archive *a = *state;
	struct wv_capture in = wv_test_capture(a, "/w", 1);
	const struct wv_batch_body body = {.bytes = WV_LIT("hello hello hello"),
	                                   .wire = wv_slice(gzip, sizeof gzip),
	                                   .coding = WV_WIRE_GZIP};
	WV_AUTO(wv_buf_done) struct wv_buf wire = {0};
	struct wv_err err = WV_ERR_NONE;
	struct wv_store_totals totals;
	struct wv_batch *batch = NULL;
	struct wv_digest found;
	enum wv_status status;
	struct wv_txn *txn;
	uint64_t bytes;

	in.has_encoded = true;
	in.encoded = wv_digest_of(body.wire);
	assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
	assert_int_equal(wv_batch_add_capture(batch, &in, &body, NULL, NULL, &err), WV_OK);
	assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
	wv_batch_free(&batch);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_find_encoded(txn, &in.encoded, &found, &bytes, NULL), WV_OK);
	assert_int_equal(bytes, 17);
	wv_buf_init(&wire, WV_MIB);
	assert_int_equal(wv_store_wire(txn, &in.encoded, &wire, NULL), WV_OK);
	assert_text(wv_buf_slice(&wire), body.wire);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	assert_int_equal(totals.records[WV_STORED_WIRE],
	                 1); /* the body takes no bytes of its own */
	wv_txn_abort(&txn);
	assert_body(a, &found, "hello hello hello");
}

/* What is large comes in pieces that are not, however well it is compressed. */
static void test_large_bodies_come_in_pieces(void **state)
{
	static const struct {
		const char *name;
		size_t bytes;
		bool is_noise;
	} rows[] = {{"/zeros", 40 * WV_MIB, false}, {"/noise", 3 * WV_MIB, true}};
	struct wv_test_archive *a = *state;
	unsigned char *bytes = malloc(40 * WV_MIB);
	uint64_t dice = 1;

	assert_non_null(bytes);
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_capture in = wv_test_capture(a, rows[i].name, (int64_t)i);
		const struct wv_batch_body body = {.bytes = wv_slice(bytes, rows[i].bytes)};
		struct pieces one = {.all = {.cap = 64 * WV_MIB}, .stops_at = 1};
		struct wv_batch *batch = NULL;
		enum wv_status status;
		struct wv_digest digest;
		struct wv_txn *txn;

		for (size_t k = 0; k < rows[i].bytes; k++) {
			dice = dice * 6364136223846793005u + 1442695040888963407u;
			bytes[k] = rows[i].is_noise ? (unsigned char)(dice >> 56) : 0;
		}
		digest = wv_digest_of(body.bytes);
		assert_int_equal(wv_batch_new(a->store, &batch, NULL), WV_OK);
		assert_int_equal(wv_batch_add_capture(batch, &in, &body, NULL, NULL, NULL), WV_OK);
		assert_int_equal(wv_batch_commit(a->store, &batch, 1, &status, NULL), WV_OK);
		wv_batch_free(&batch);
		txn = wv_test_reading(a);
		assert_pieces(txn, &digest, body.bytes, 5 * WV_MIB);
		assert_int_equal(wv_store_body_pieces(txn, &digest, add_piece, &one, NULL), WV_STOPPED);
		assert_int_equal(one.count, 1);
		wv_buf_done(&one.all);
		digest.b[0] ^= 1;
		assert_int_equal(wv_store_body_pieces(txn, &digest, add_piece, &one, NULL), WV_NO);
		wv_txn_abort(&txn);
	}
	free(bytes);
}

static void test_recorded_always_rises(void **state)
{
	struct wv_test_archive *a = *state;
	int64_t last = INT64_MIN;

	for (int i = 0; i < 6; i++) {
		struct wv_capture in = wv_test_capture(a, "/a", i), out;
		struct wv_batch_capture result = wv_test_put(a, &in, "x", NULL);

		out = get(a, result.id);
		assert_true(out.recorded.us > last);
		last = out.recorded.us;
		/* Stands, goes back, goes on. */
		wv_clock_turn(a->clock, i == 2 ? -3600 * WV_US_PER_S : i == 4 ? WV_US_PER_S : 0);
	}
}

static void test_a_body_that_is_not_there_refuses_its_batch_alone(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_capture good = wv_test_capture(a, "/good", 1);
	struct wv_capture bad = wv_test_capture(a, "/bad", 1);
	const struct wv_batch_body body = {.bytes = WV_LIT("good")};
	struct wv_batch *batches[3] = {NULL};
	enum wv_status statuses[3];
	struct wv_store_totals totals;
	struct wv_txn *txn;

	bad.has_body = true;
	bad.body = wv_digest_of(WV_LIT("nowhere"));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wv_batch_new(a->store, &batches[i], NULL), WV_OK);
		assert_int_equal(wv_batch_add_capture(batches[i], i == 1 ? &bad : &good,
		                                      i == 1 ? NULL : &body, NULL, NULL, NULL),
		                 WV_OK);
	}
	assert_int_equal(wv_batch_commit(a->store, batches, 3, statuses, NULL), WV_OK);
	assert_int_equal(statuses[0], WV_OK);
	assert_int_equal(statuses[1], WV_CONFLICT);
	assert_int_equal(statuses[2], WV_OK);
	for (int i = 0; i < 3; i++)
		wv_batch_free(&batches[i]);
	txn = wv_test_reading(a);
	assert_int_equal(wv_store_totals(txn, &totals, NULL), WV_OK);
	wv_txn_abort(&txn);
	assert_int_equal(totals.captures, 2);
	assert_int_equal(totals.pages, 1);
	assert_int_equal(get(a, 1).captured.us, good.captured.us);
}

static void test_many_captures_share_dictionaries(void **state)
{
	struct wv_test_archive *a = *state;

	for (int i = 0; i < 60; i++) {
		char path[32], body[64];
		struct wv_capture in, out;
		struct wv_batch_capture result;

		snprintf(path, sizeof path, "/page/%d", i % 7);
		snprintf(body, sizeof body, "body number %d", i);
		in = wv_test_capture(a, path, i);
		if (i % 10 == 9)
			in.url = wv_arena_format(a->arena, "http://example.com%s?utm=1", path);
		result = wv_test_put(a, &in, body, NULL);
		out = get(a, result.id);
		assert_text(out.url, in.url);
		assert_text(out.headers, in.headers);
		assert_body(a, &out.body, body);
		if (i % 13 == 12)
			wv_test_archive_reopen(a, NULL);
	}
}

static void test_opening(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_err err = WV_ERR_NONE;
	struct wv_store *store = NULL;
	char path[400];

	wv_store_close(&a->store);
	/* A real clock may read what a simulated one made, never write it. */
	assert_int_equal(wv_store_open(a->folder.path, &(struct wv_store_options){0},
	                               wv_clock_system(), &store, &err),
	                 WV_USAGE);
	assert_int_equal(wv_store_open(a->folder.path,
	                               &(struct wv_store_options){.read_only = true},
	                               wv_clock_system(), &store, &err),
	                 WV_OK);
	assert_true(wv_store_is_simulated(store));
	wv_store_close(&store);
	snprintf(path, sizeof path, "%s/none", a->folder.path);
	assert_int_equal(wv_store_open(path, &(struct wv_store_options){.read_only = true},
	                               wv_clock_system(), &store, &err),
	                 WV_MISSING);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof path, "%s/data.mdb", a->folder.path);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(wv_store_open(a->folder.path, &(struct wv_store_options){.create = true},
	                               a->clock, &store, &err),
	                 WV_DAMAGED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(wv_store_open(a->folder.path, &(struct wv_store_options){.create = true},
	                               a->clock, &store, &err),
	                 WV_DAMAGED);
}

/* A first opening that was cut short anywhere is no archive, and no damage either. */
static void test_an_unfinished_beginning(void **state)
{
	static const off_t sizes[] = {0, 1, 4096, 8191};
	struct wv_test_archive *a = *state;
	char path[400], marker[400];

	snprintf(path, sizeof path, "%s/data.mdb", a->folder.path);
	snprintf(marker, sizeof marker, "%s/format", a->folder.path);
	for (size_t i = 0; i < WV_COUNT(sizes); i++) {
		struct wv_store *store = NULL;

		wv_store_close(&a->store);
		assert_int_equal(truncate(path, sizes[i]), 0);
		assert_int_equal(wv_store_open(a->folder.path,
		                               &(struct wv_store_options){.create = true}, a->clock,
		                               &store, NULL),
		                 WV_DAMAGED);
		assert_int_equal(unlink(marker), 0);
		assert_int_equal(wv_store_open(a->folder.path,
		                               &(struct wv_store_options){.read_only = true},
		                               a->clock, &store, NULL),
		                 WV_MISSING);
		wv_test_archive_reopen(a, NULL);
		assert_int_equal(access(marker, F_OK), 0);
		assert_int_equal(wv_test_verify(a->store, true), 0);
	}
}

static void test_a_newer_format_is_refused(void **state)
{
	struct wv_test_archive *a = *state;
	struct wv_err err = WV_ERR_NONE;
	struct wv_store *store = NULL;
	struct wv_txn *txn = NULL;

	assert_int_equal(wv_txn_begin_write(wv_store_db(a->store), &txn, NULL), WV_OK);
	assert_int_equal(wv_txn_put(txn, WV_TABLE_META, WV_LIT("format"), WV_LIT("2"), NULL),
	                 WV_OK);
	assert_int_equal(wv_txn_commit(&txn, NULL), WV_OK);
	wv_store_close(&a->store);
	assert_int_equal(wv_store_open(a->folder.path, &(struct wv_store_options){.create = true},
	                               a->clock, &store, &err),
	                 WV_USAGE);
	assert_non_null(strstr(err.text, "format 2"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, wv_test_archive_set_up, wv_test_archive_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_capture_comes_back_whole),
		TEST(test_repeated_bodies_are_stored_once),
		TEST(test_wire_bytes_are_kept_where_asked),
		TEST(test_large_bodies_come_in_pieces),
		TEST(test_recorded_always_rises),
		TEST(test_a_body_that_is_not_there_refuses_its_batch_alone),
		TEST(test_many_captures_share_dictionaries),
		TEST(test_opening),
		TEST(test_an_unfinished_beginning),
		TEST(test_a_newer_format_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
