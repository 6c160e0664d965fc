/* Any bytes as a WARC file: no record reaches outside the file's decoded bytes, faults have places. */
#include "archive/exchange/message.h"
#include "archive/exchange/warc.h"

#include <stdlib.h>

#include "tests/support/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_fault(void *context, uint64_t offset, const char *why)
{
	const struct wv_slice *file = context;

	if (offset > file->n || !why[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wv_slice file = wv_slice(data, size);
	const struct wv_warc_input input = {wv_test_read_memory, &file, size, size & 1};
	WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
	struct wv_warc_record record;
	uint64_t last = 0;
	enum wv_status st;

	if (wv_warc_reader_new(&input, on_fault, &file, &reader, NULL) != WV_OK)
		return 0;
	while ((st = wv_warc_next(reader, &record, NULL)) == WV_OK) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = WV_MIB};
		struct wv_slice head, rest;

		if (record.offset < last || record.offset >= size)
			abort();
		last = record.offset;
		if (wv_message_split(record.block, &head, &rest) && wv_message_is_chunked(head) &&
		    wv_message_dechunk(rest, &body, NULL) == WV_BAD_INPUT && body.n)
			abort();
	}
	if (st != WV_NO && st != WV_LIMIT)
		abort();
	return 0;
}
