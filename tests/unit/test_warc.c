/* WARC records out of files as they are, and as they rot. */
#include "archive/exchange/warc.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "tests/support/memory_file.h"
#include "tests/support/rows.h"

ROWS_STATE;

/* ---- files in memory */

static void gzip(struct wv_buf *out, struct wv_slice in)
{
	z_stream z = {0};
	size_t bound;

	assert_int_equal(Z_OK, deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0));
	bound = deflateBound(&z, in.n);
	z.next_out = wv_buf_room(out, bound);
	assert_non_null(z.next_out);
	z.avail_out = (uInt)bound;
	z.next_in = (z_const Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	assert_int_equal(Z_STREAM_END, deflate(&z, Z_FINISH));
	out->n += z.total_out;
	deflateEnd(&z);
}

/* What was read: "[a][b]", with a "!" for each fault. */
struct seen {
	char text[512];
	size_t n;
	uint64_t first_fault;
	int faults;
	char why[256];
};

static void note(struct seen *seen, struct wv_slice text)
{
	seen->n += (size_t)snprintf(seen->text + seen->n, sizeof(seen->text) - seen->n, "%.*s",
	                            WV_FMT(wv_slice_part(text, 0, 20)));
	assert_true(seen->n < sizeof(seen->text));
}

static void on_fault(void *context, uint64_t offset, const char *why)
{
	struct seen *seen = context;

	if (seen->faults++ == 0) {
		seen->first_fault = offset;
		snprintf(seen->why, sizeof(seen->why), "%s", why);
	}
	note(seen, WV_LIT("!"));
}

static void read_all(struct wv_slice file, bool is_gzip_name, struct seen *seen)
{
	const struct wv_warc_input input = {wv_test_read_memory, &file, file.n, is_gzip_name};
	WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
	struct wv_warc_record record;
	enum wv_status st;

	*seen = (struct seen){0};
	assert_int_equal(WV_OK, wv_warc_reader_new(&input, on_fault, seen, &reader, NULL));
	while ((st = wv_warc_next(reader, &record, NULL)) == WV_OK) {
		note(seen, WV_LIT("["));
		note(seen, record.block);
		note(seen, WV_LIT("]"));
	}
	assert_int_equal(WV_NO, st);
}

/* ---- what is damaged, and what is read all the same */

#define HEAD    "WARC/1.1\r\nWARC-Type: response\r\n"
#define R(n, x) HEAD "Content-Length: " n "\r\n\r\n" x "\r\n\r\n"
#define A       R("1", "a")
#define B       R("1", "b")
#define C       R("1", "c")

struct row {
	const char *name;
	const char *file;
	const char *expect;
	long long first_fault; /* -1: none */
};

static const struct row plain_rows[] = {
	{"three", A B C, "[a][b][c]", -1},
	{"no record", "", "", -1},
	{"no blank lines between", HEAD "Content-Length: 1\r\n\r\na" B, "[a][b]", -1},
	{"LF only", "WARC/1.0\nWARC-Type: response\nContent-Length: 1\n\na\n\n" B, "[a][b]", -1},
	{"more blank lines", A "\r\n\r\n\r\n" B, "[a][b]", -1},
	{"end without blank lines", A HEAD "Content-Length: 1\r\n\r\nb", "[a][b]", -1},
	{"empty block", R("0", "") B, "[][b]", -1},
	{"1.0 and 0.18", "WARC/0.18\r\nContent-Length: 1\r\n\r\na\r\n\r\n" B, "[a][b]", -1},
	{"words before", "x\r\n" A B, "![a][b]", 0},
	{"words between", A "rubbish" B, "[a]![b]", 57},
	{"cut in the block", A HEAD "Content-Length: 9\r\n\r\nbb", "[a]!", 57},
	{"cut in the header", A HEAD "Content-Le", "[a]!", 57},
	{"no length", HEAD "\r\na\r\n\r\n" B, "![b]", 0},
	{"two lengths", HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\na\r\n\r\n" B, "![b]", 0},
	{"length that is none", R("-1", "a") B, "![b]", 0},
	{"length beyond 64 bits", R("99999999999999999999", "a") B, "![b]", 0},
	{"length of 4 GiB", R("4294967296", "a") B C, "![b][c]", 0},
	{"length beyond the file", R("100000", "a") B C, "![b][c]", 0},
	{"length into the next record", R("40", "a") B C, "![b][c]", 0},
	{"length too short", R("1", "abcdef") B, "![b]", 0},
	{"broken magic", A "WERC/1.1\r\nContent-Length: 1\r\n\r\nx\r\n\r\n" C, "[a]![c]", 57},
	{"a record inside a block", R("61", B "zz\r\n") C, "[WARC/1.1\r\nWARC-Type:][c]", -1},
	{"digest that holds",
	 HEAD "WARC-Block-Digest: sha1:Q33P3PVJ2RF2ZFL3LH2XOUKL3GZ5XFWU\r\nContent-Length: 1\r\n\r\na\r\n\r\n",
	 "!", 0},
	{"a record inside a block that is not its digest's",
	 HEAD "WARC-Block-Digest: sha1:Q33P3PVJ2RF2ZFL3LH2XOUKL3GZ5XFWU\r\nContent-Length: 57\r\n\r\n" A
	      "\r\n\r\n" B,
	 "![b]", 0},
	{"a header that ends in the next record", HEAD "Content-Length: 1\r\n" A B, "![a][b]", 0},
	{"line ends behind a block", R("1", "a") "\n\n\n\n" B, "[a][b]", -1},
	{"the right digest",
	 HEAD "WARC-Block-Digest: sha1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\r\nContent-Length: "
	      "1\r\n\r\na\r\n\r\n",
	 "[a]", -1},
	{"a digest nobody knows",
	 HEAD "WARC-Block-Digest: blake3:86f7\r\nContent-Length: 1\r\n\r\na\r\n\r\n", "[a]", -1},
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(plain_rows); i++) {
		const struct row *row = &plain_rows[i];
		struct seen seen;

		read_all(wv_slice_of(row->file), false, &seen);
		row_text(row->name, wv_slice_of(seen.text), row->expect);
		row_int(row->name, seen.faults ? (long long)seen.first_fault : -1, row->first_fault);
	}
	rows_end();
}

/* The same rows as one gzip member: what is read is the same. */
static void test_one_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(plain_rows); i++) {
		const struct row *row = &plain_rows[i];
		WV_AUTO(wv_buf_done) struct wv_buf file = {.cap = WV_MIB};
		struct seen seen;

		if (!row->file[0])
			continue;
		gzip(&file, wv_slice_of(row->file));
		read_all(wv_buf_slice(&file), false, &seen);
		/* A length above the cap is believed to the member's end. */
		row_text(row->name, wv_slice_of(seen.text),
		         wv_slice_equals(wv_slice_of(row->name), WV_LIT("length of 4 GiB")) ? "!"
		                                                                      : row->expect);
	}
	rows_end();
}

enum harm { NONE, FLIP_FIRST, FLIP_SECOND, CUT_SECOND, DROP_SECOND_MAGIC, GARBAGE_BETWEEN, FLIP_CRC,
	    CUT_AT_END, FLIP_MAGIC_FIRST, LIE_4G, ZEROES_AT_END };

static const struct {
	const char *name;
	enum harm harm;
	const char *expect;
} member_rows[] = {
	{"whole", NONE, "[a][b][c]"},
	{"a bit of the first", FLIP_FIRST, "![b][c]"},
	{"a bit of the second", FLIP_SECOND, "[a]![c]"},
	{"the second cut off, and the third behind it", CUT_SECOND, "[a]![c]"},
	{"the second's magic gone", DROP_SECOND_MAGIC, "[a]![c]"},
	{"garbage between", GARBAGE_BETWEEN, "[a]![b][c]"},
	{"a wrong checksum", FLIP_CRC, "[a]![c]"},
	{"the file cut", CUT_AT_END, "[a][b]!"},
	{"the first magic gone", FLIP_MAGIC_FIRST, "![b][c]"},
	{"a length of 4 GiB", LIE_4G, "[a]![c]"},
	{"zeroes at the end", ZEROES_AT_END, "[a][b][c]!"},
};

static void harm_it(enum harm harm, struct wv_buf *file, size_t second, size_t third)
{
	switch (harm) {
	case FLIP_FIRST:
		file->p[second / 2] ^= 16;
		break;
	case FLIP_SECOND:
		file->p[second + (third - second) / 2] ^= 16;
		break;
	case CUT_SECOND:
		memmove(file->p + third - 20, file->p + third, file->n - third);
		file->n -= 20;
		break;
	case DROP_SECOND_MAGIC:
		file->p[second] = 0;
		break;
	case FLIP_CRC:
		file->p[third - 7] ^= 1;
		break;
	case CUT_AT_END:
		file->n -= 9;
		break;
	case FLIP_MAGIC_FIRST:
		file->p[1] = 0;
		break;
	default:
		break;
	}
}

static void test_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(member_rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf file = {.cap = WV_MIB};
		enum harm harm = member_rows[i].harm;
		size_t second, third;
		struct seen seen;

		gzip(&file, wv_slice_of(A));
		if (harm == GARBAGE_BETWEEN)
			wv_buf_add_string(&file, "\x1f\x8b\x08 neither here nor there \x1f");
		second = file.n;
		gzip(&file, harm == LIE_4G ? WV_LIT(R("4294967297", "b")) : WV_LIT(B));
		third = file.n;
		gzip(&file, wv_slice_of(C));
		if (harm == ZEROES_AT_END)
			wv_buf_add(&file, WV_LIT("\0\0\0\0\0\0\0\0"));
		harm_it(harm, &file, second, third);
		read_all(wv_buf_slice(&file), true, &seen);
		row_text(member_rows[i].name, wv_slice_of(seen.text), member_rows[i].expect);
	}
	rows_end();
}

/* ---- caps at limit - 1, limit, limit + 1 */

static void fields_file(struct wv_buf *file, size_t fields, size_t bytes)
{
	wv_buf_reset(file);
	wv_buf_add_string(file, "WARC/1.1\r\nContent-Length: 1\r\n");
	for (size_t i = 1; i < fields; i++)
		wv_buf_add_string(file, "a: b\r\n");
	if (bytes) {
		wv_buf_add_string(file, "x: ");
		while (file->n < bytes - 4)
			wv_buf_add_byte(file, 'y');
		wv_buf_add_string(file, "\r\n");
	}
	wv_buf_add_string(file, "\r\na\r\n\r\n" B);
}

static void test_caps(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf file = {.cap = WV_MIB};
	struct seen seen;

	(void)state;
	for (int d = -1; d <= 1; d++) {
		fields_file(&file, (size_t)((int)WV_LIMIT_WARC_FIELDS + d), 0);
		read_all(wv_buf_slice(&file), false, &seen);
		row_text("fields", wv_slice_of(seen.text), d <= 0 ? "[a][b]" : "![b]");
		fields_file(&file, 1, (size_t)((int)WV_LIMIT_WARC_HEADER_BYTES + d));
		read_all(wv_buf_slice(&file), false, &seen);
		row_text("header bytes", wv_slice_of(seen.text), d <= 0 ? "[a][b]" : "![b]");
	}
	rows_end();
}

/* ---- the fields of a record */

static void test_fields(void **state)
{
	static const char file_text[] =
		"WARC/1.0\r\n"
		"warc-type: Revisit\r\n"
		"WARC-Record-ID: <urn:uuid:1>\r\n"
		"WARC-Target-URI: <http://example.org/a b>\r\n"
		"WARC-Date: 2019-03-04T05:06:07.123456789Z\r\n"
		"WARC-Concurrent-To: <urn:uuid:2>\r\nWARC-Concurrent-To: <urn:uuid:3>\r\n"
		"WARC-Refers-To-Target-URI: http://example.org/\r\n"
		"WARC-Refers-To-Date: 2019\r\n"
		"WARC-Truncated: time\r\n"
		"X-Unknown: one\r\n  two\r\n"
		"Content-Length: 0\r\n\r\n\r\n\r\n";
	struct wv_slice file = wv_slice_of(file_text);
	const struct wv_warc_input input = {wv_test_read_memory, &file, file.n, false};
	WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
	struct wv_warc_record r;
	char text[WV_TIME_TEXT_MAX];

	(void)state;
	assert_int_equal(WV_OK, wv_warc_reader_new(&input, NULL, NULL, &reader, NULL));
	assert_int_equal(WV_OK, wv_warc_next(reader, &r, NULL));
	row_int("type", r.type, WV_WARC_REVISIT);
	row_text("id", r.id, "urn:uuid:1");
	row_text("uri", r.target_uri, "http://example.org/a b");
	row_text("date", wv_slice_of(wv_time_print(r.date, text)), "2019-03-04T05:06:07.123456Z");
	row_text("concurrent", r.concurrent_to, "urn:uuid:2");
	row_text("refers", r.refers_to_uri, "http://example.org/");
	row_text("refers date", wv_slice_of(wv_time_print(r.refers_to_date, text)),
	         "2019-01-01T00:00:00Z");
	row_int("cut", r.cut, WV_WARC_CUT_TIME);
	row_text("unknown", wv_warc_field(&r, "x-unknown"), "one\r\n  two");
	rows_end();
}

static void test_dates(void **state)
{
	static const struct {
		const char *name, *date;
		bool is_one;
	} rows[] = {
		{"seconds", "2020-01-02T03:04:05Z", true}, {"year", "2020", true},
		{"words", "3h ago", false},                {"now", "now", false},
		{"nothing", "", false},                    {"month 13", "2020-13-01T00:00:00Z", false},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		char text[200];
		struct wv_slice file;
		const struct wv_warc_input input = {wv_test_read_memory, &file, 0, false};
		struct wv_warc_input sized = input;
		WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
		struct wv_warc_record r;

		snprintf(text, sizeof(text), "WARC/1.1\r\nWARC-Date: %s\r\nContent-Length: 0\r\n\r\n",
		         rows[i].date);
		file = wv_slice_of(text);
		sized.bytes = file.n;
		assert_int_equal(WV_OK, wv_warc_reader_new(&sized, NULL, NULL, &reader, NULL));
		assert_int_equal(WV_OK, wv_warc_next(reader, &r, NULL));
		row_int(rows[i].name, !wv_time_is_none(r.date), rows[i].is_one);
	}
	rows_end();
}

static void test_digests(void **state)
{
	static const struct {
		const char *name, *digest;
		enum wv_status expect;
	} rows[] = {
		{"sha1 base32", "sha1:Q336IN72UWT7ZYK5DXOLT2XK5I3XMZ5Y", WV_OK},
		{"sha1 base32, lower case", "SHA1:q336in72uwt7zyk5dxolt2xk5i3xmz5y", WV_OK},
		{"sha1 hex", "sha1:86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8", WV_OK},
		{"sha256 hex",
		 "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", WV_OK},
		{"sha256 base32, padded",
		 "sha256:ZKLYCEWKDO64V6WCGGZZUI64JWTYN37YCR6E44VZQB3YLL7OJC5Q====", WV_OK},
		{"another", "sha1:86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B9", WV_NO},
		{"too short", "sha1:86F7", WV_USAGE},
		{"unknown", "md5:0cc175b9c0f1b6a831c399e269772661", WV_USAGE},
		{"nothing", "", WV_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++)
		row_int(rows[i].name, wv_warc_digest_check(wv_slice_of(rows[i].digest), WV_LIT("a")),
		        rows[i].expect);
	rows_end();
}

/* A flipped bit anywhere: never a crash, never a record that was not there. */
static void test_every_flip(void **state)
{
	WV_AUTO(wv_buf_done) struct wv_buf file = {.cap = WV_MIB};

	(void)state;
	gzip(&file, wv_slice_of(A));
	gzip(&file, wv_slice_of(B));
	gzip(&file, wv_slice_of(C));
	for (size_t bit = 0; bit < file.n * 8; bit++) {
		struct seen seen;

		file.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		read_all(wv_buf_slice(&file), true, &seen);
		file.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		/* Gzip's own header has bits that mean nothing: time, system. */
		if (!seen.faults)
			row_text("unharmed", wv_slice_of(seen.text), "[a][b][c]");
		else if (seen.n < 7)
			row_text("two of three", wv_slice_of(seen.text), "two records and a fault");
	}
	rows_end();
}

static void count_fault(void *context, uint64_t offset, const char *why)
{
	(void)offset;
	(void)why;
	++*(size_t *)context;
}

/* Harm that is said to reach far, many times over: each byte is looked at a few times, or this takes
 * minutes. */
static void test_much_harm(void **state)
{
	static const struct {
		const char *name, *one, *after;
		size_t count, padding; /* line ends behind them all */
	} rows[] = {
		{"headers without an end", "WARC/1.1\r\n", A, 100000, 0},
		{"blocks that end before line ends without an end",
		 "WARC/1.1\r\nContent-Length: 2000000\r\n\r\n.\n", A, 50000, 4000000},
	};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		WV_AUTO(wv_buf_done) struct wv_buf file = {.cap = 16 * WV_MIB};
		WV_AUTO(wv_warc_reader_free) struct wv_warc_reader *reader = NULL;
		struct wv_slice bytes;
		const struct wv_warc_input input = {wv_test_read_memory, &bytes, 0, false};
		struct wv_warc_input all = input;
		struct wv_warc_record record;
		size_t faults = 0, records = 0;
		enum wv_status st;

		for (size_t k = 0; k < rows[i].count; k++)
			wv_buf_add_string(&file, rows[i].one);
		for (size_t k = 0; k < rows[i].padding; k++)
			wv_buf_add_byte(&file, '\n');
		wv_buf_add_string(&file, rows[i].after);
		bytes = wv_buf_slice(&file);
		all.bytes = bytes.n;
		assert_int_equal(WV_OK, wv_warc_reader_new(&all, count_fault, &faults, &reader, NULL));
		while ((st = wv_warc_next(reader, &record, NULL)) == WV_OK)
			records++;
		row_int(rows[i].name, st, WV_NO);
		row_int(rows[i].name, (int)records, 1);
		row_int(rows[i].name, (int)faults, (int)rows[i].count);
	}
	rows_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),      cmocka_unit_test(test_one_member),
		cmocka_unit_test(test_members),    cmocka_unit_test(test_caps),
		cmocka_unit_test(test_fields),     cmocka_unit_test(test_dates),
		cmocka_unit_test(test_digests),    cmocka_unit_test(test_every_flip),
		cmocka_unit_test(test_much_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
