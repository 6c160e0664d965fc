/* WARC and ZIP reading where memory or the disk fails: the status says so, and nothing leaks. */
#include "archive/exchange/message.h"
#include "archive/exchange/warc.h"
#include "archive/exchange/zip_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/alloc.h"

struct file {
	struct wv_slice bytes;
	uint64_t reads, fail_at; /* 0: never */
};

static enum wv_status read_file(void *context, uint64_t at, unsigned char *to, size_t n, size_t *got,
                                struct wv_err *err)
{
	struct file *file = context;
	struct wv_slice part = at > file->bytes.n ? WV_SLICE_NONE
	                                          : wv_slice_part(file->bytes, (size_t)at, n);

	if (++file->reads == file->fail_at)
		return wv_err_set(err, WV_IO, "the disk fails");
	if (part.n)
		memcpy(to, part.p, part.n);
	*got = part.n;
	return WV_OK;
}

/* Reads all records, chunked bodies too; their number. */
static enum wv_status read_records(struct file *file, bool is_gzip_name, int *count)
{
	const struct wv_warc_input input = {read_file, file, file->bytes.n, is_gzip_name};
	WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
	struct wv_warc_record record;
	struct wv_err err = WV_ERR_NONE;
	enum wv_status st = wv_warc_reader_new(&input, NULL, NULL, &reader, &err);

	*count = 0;
	while (st == WV_OK) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = WV_MIB};
		struct wv_slice head, rest;

		st = wv_warc_next(reader, &record, &err);
		if (st == WV_OK && wv_message_split(record.block, &head, &rest))
			st = wv_message_dechunk(rest, &body, &err);
		*count += st == WV_OK;
	}
	if (st != WV_NO)
		assert_string_not_equal("", err.text);
	return st;
}

static void read_corpus(const char *name, struct wv_buf *out)
{
	char path[600];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", WV_SOURCE_DIR, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	while ((n = fread(wv_buf_room(out, 4096), 1, 4096, file)) > 0)
		out->n += n;
	fclose(file);
}

static const char *const files[] = {"fuzz_warc/gzip", "fuzz_warc/plain", "fuzz_warc/cut-member",
                                    "fuzz_warc/lying-length"};

static void test_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(files); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
		bool was_last = false;
		int whole, count;

		read_corpus(files[i], &bytes);
		(void)read_records(&(struct file){.bytes = wv_buf_slice(&bytes)}, i != 1, &whole);
		for (uint64_t n = 1; !was_last; n++) {
			struct file file = {.bytes = wv_buf_slice(&bytes)};
			enum wv_status st;

			wv_test_alloc_fail_at(n);
			st = read_records(&file, i != 1, &count);
			was_last = !wv_test_alloc_has_failed();
			wv_test_alloc_fail_at(0);
			if (was_last)
				assert_int_equal(whole, count);
			else
				assert_int_equal(WV_NOMEM, st);
			assert_true(n < 200);
		}
	}
}

static void test_disk(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(files); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
		uint64_t reads;
		struct file file = {0};
		int count;

		read_corpus(files[i], &bytes);
		file.bytes = wv_buf_slice(&bytes);
		(void)read_records(&file, i != 1, &count);
		reads = file.reads;
		assert_true(reads > 0);
		for (uint64_t n = 1; n <= reads; n++) {
			struct file failing = {.bytes = file.bytes, .fail_at = n};

			assert_int_equal(WV_IO, read_records(&failing, i != 1, &count));
		}
	}
}

static void test_zip(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf bytes = {.cap = WV_MIB};
	bool was_last = false;

	(void)state;
	read_corpus("fuzz_zip/stored", &bytes);
	for (uint64_t n = 1; !was_last; n++) {
		struct file file = {.bytes = wv_buf_slice(&bytes)};
		const struct wv_warc_input input = {read_file, &file, bytes.n, false};
		WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
		struct wv_zip_part *parts;
		size_t count;
		enum wv_status st;

		wv_test_alloc_fail_at(n);
		st = wv_arena_new(WV_MIB, &arena, NULL);
		if (st == WV_OK)
			st = wv_zip_list(&input, arena, &parts, &count, NULL);
		was_last = !wv_test_alloc_has_failed();
		wv_test_alloc_fail_at(0);
		assert_int_equal(was_last ? WV_OK : WV_NOMEM, st);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_zip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
