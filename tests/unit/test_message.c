/* HTTP messages in WARC blocks: headers that agree with their bodies, and back. */
#include "archive/exchange/message.h"

#include "config/base/limits.h"
#include "tests/support/rows.h"

ROWS_STATE;

static const struct {
	const char *name, *block, *head, *rest;
} split_rows[] = {
	{"plain", "HTTP/1.1 200 OK\r\na: b\r\n\r\nbody", "HTTP/1.1 200 OK\r\na: b\r\n\r\n", "body"},
	{"LF", "HTTP/1.1 200 OK\na: b\n\nbody", "HTTP/1.1 200 OK\na: b\n\n", "body"},
	{"no body", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", ""},
	{"no end", "HTTP/1.1 200 OK\r\na: b", "HTTP/1.1 200 OK\r\na: b", ""},
	{"none", "<html>", NULL, NULL},
	{"empty", "", NULL, NULL},
};

static void test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(split_rows); i++) {
		struct wv_slice head = WV_SLICE_NONE, rest = WV_SLICE_NONE;
		bool is_one = wv_message_split(wv_slice_of(split_rows[i].block), &head, &rest);

		row_int(split_rows[i].name, is_one, split_rows[i].head != NULL);
		if (!is_one || !split_rows[i].head)
			continue;
		row_text(split_rows[i].name, head, split_rows[i].head);
		row_text(split_rows[i].name, rest, split_rows[i].rest);
	}
	rows_end();
}

static const struct {
	const char *name, *head;
	struct wv_message_undone undone;
	const char *written;
} head_rows[] = {
	{"nothing undone", "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n", {false, false},
	 "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{"chunks undone", "HTTP/1.1 200\r\ntransfer-encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n",
	 {true, false},
	 "HTTP/1.1 200\r\nX-Archive-Orig-transfer-encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"},
	{"gzip undone", "HTTP/1.1 200\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n",
	 {false, true},
	 "HTTP/1.1 200\r\nX-Archive-Orig-Content-Encoding: gzip\r\nX-Archive-Orig-Content-Length: "
	 "7\r\n\r\n"},
	{"the server's own names", "HTTP/1.1 200\r\nX-Archive-Orig-Date: x\r\nTransfer-Encoding: "
	                           "chunked\r\n\r\n",
	 {true, false},
	 "HTTP/1.1 200\r\nX-Archive-Orig-X-Archive-Orig-Date: x\r\nX-Archive-Orig-Transfer-Encoding: "
	 "chunked\r\n\r\n"},
	{"the server's own names, nothing undone", "HTTP/1.1 200\r\nX-Archive-Orig-Date: x\r\n\r\n",
	 {false, false}, "HTTP/1.1 200\r\nX-Archive-Orig-Date: x\r\n\r\n"},
	{"folded", "HTTP/1.1 200\r\na: b\r\n Transfer-Encoding: c\r\nTransfer-Encoding: chunked\r\n\r\n",
	 {true, true},
	 "HTTP/1.1 200\r\na: b\r\n Transfer-Encoding: c\r\nX-Archive-Orig-Transfer-Encoding: "
	 "chunked\r\n\r\n"},
};

static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(head_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf written = {.cap = WV_KIB};
		WV_AUTO(wv_buf_done) struct wv_buf again = {.cap = WV_KIB};

		wv_message_write_head(wv_slice_of(head_rows[i].head), head_rows[i].undone, &written);
		row_text(head_rows[i].name, wv_buf_slice(&written), head_rows[i].written);
		wv_message_read_head(wv_buf_slice(&written), head_rows[i].undone, &again);
		row_text(head_rows[i].name, wv_buf_slice(&again), head_rows[i].head);
	}
	rows_end();
}

static const struct {
	const char *name, *rest;
	enum wv_status expect;
	const char *body;
} chunk_rows[] = {
	{"two", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", WV_OK, "abcde"},
	{"extension", "3;x=\"y\"\r\nabc\r\n0\r\n\r\n", WV_OK, "abc"},
	{"trailer", "1\r\na\r\n0\r\nX: y\r\n\r\n", WV_OK, "a"},
	{"hex", "A\r\n0123456789\r\n0\r\n\r\n", WV_OK, "0123456789"},
	{"LF", "1\na\n0\n\n", WV_OK, "a"},
	{"none at all", "0\r\n\r\n", WV_OK, ""},
	{"undone already", "<html>", WV_BAD_INPUT, ""},
	{"a number and text", "12 monkeys", WV_BAD_INPUT, ""},
	{"cut in a chunk", "5\r\nab", WV_NO, "ab"},
	{"cut between", "2\r\nab\r\n", WV_NO, "ab"},
	{"no last chunk", "2\r\nab\r\nzz", WV_NO, "ab"},
	{"a size of 4 GiB", "ffffffff\r\nab", WV_NO, "ab"},
	{"a size beyond", "fffffffff\r\nab", WV_BAD_INPUT, ""},
	{"empty", "", WV_BAD_INPUT, ""},
};

static void test_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(chunk_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf body = {.cap = WV_KIB};

		row_int(chunk_rows[i].name,
		        wv_message_dechunk(wv_slice_of(chunk_rows[i].rest), &body, NULL),
		        chunk_rows[i].expect);
		row_text(chunk_rows[i].name, wv_buf_slice(&body), chunk_rows[i].body);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
