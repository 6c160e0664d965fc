/*
 * How small the archive is, and what that costs: bench_archive FOLDER CORPUS... [--now]
 *
 * FOLDER holds CORPUS.tsv files: lines of site TAB url TAB unix time TAB file (relative to FOLDER).
 * All corpora go into one archive, as an import without extraction would put them (--now: as
 * `extract: now` does, deltas at once), and are compacted. Prints, against one gzip member (zlib
 * level 6) a record with its WARC header, as WARC files keep them: the whole folder, stored bytes
 * by corpus, file over record bytes, encode and restore CPU a MB with the digest checked, commits.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "archive/care/compact.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "tests/support/archive.h"

#define ROWS_MAX 20000
#define GROUP    100

struct row {
	struct wv_slice corpus, url, path;
	int64_t seconds;
	struct wv_digest digest;
	uint64_t bytes;
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static uint64_t raw_bytes, warc_bytes;
static int64_t gzip_us, store_us;
static struct wv_arena *texts;

static struct wv_slice read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes = NULL;
	struct stat stat;

	if (!file || fstat(fileno(file), &stat) != 0 ||
	    !(bytes = malloc((size_t)stat.st_size + 1)) ||
	    fread(bytes, 1, (size_t)stat.st_size, file) != (size_t)stat.st_size) {
		(void)fprintf(stderr, "cannot read '%s'\n", path);
		exit(66);
	}
	(void)fclose(file);
	return wv_slice(bytes, (size_t)stat.st_size);
}

static void read_rows(const char *folder, const char *corpus)
{
	char path[4096];
	struct wv_slice all, line;
	struct wv_cursor lines;

	(void)snprintf(path, sizeof path, "%s/%s.tsv", folder, corpus);
	all = read_file(path);
	lines = wv_cursor(all);
	while (wv_cursor_line(&lines, &line) && row_count < ROWS_MAX) {
		struct wv_cursor c = wv_cursor(line);
		struct row *row = &rows[row_count];
		uint64_t seconds = 0;

		(void)wv_cursor_until(&c, '\t');
		row->url = wv_arena_copy(texts, wv_cursor_until(&c, '\t'));
		if (!wv_slice_u64(wv_cursor_until(&c, '\t'), &seconds))
			continue;
		row->seconds = (int64_t)seconds;
		row->path = wv_arena_format(texts, "%s/%.*s", folder,
		                            WV_FMT(wv_slice(c.p, (size_t)(c.end - c.p))));
		row->corpus = wv_slice_of(corpus);
		row_count++;
	}
	free((void *)(uintptr_t)all.p);
}

static uint64_t gzip_bytes(struct wv_slice head, struct wv_slice body)
{
	uLong bound = compressBound((uLong)(head.n + body.n)) + 64;
	unsigned char *all = malloc(head.n + body.n), *out = malloc(bound);
	z_stream z = {0};
	uint64_t n;

	if (!all || !out || deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	memcpy(all, head.p, head.n);
	memcpy(all + head.n, body.p, body.n);
	z.next_in = all;
	z.avail_in = (uInt)(head.n + body.n);
	z.next_out = out;
	z.avail_out = (uInt)bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	n = z.total_out;
	(void)deflateEnd(&z);
	free(all);
	free(out);
	return n;
}

/* The record as a peer would keep it. */
static uint64_t warc_record(const struct row *row, struct wv_slice http, struct wv_slice body)
{
	char head[4096];
	char hex[WV_DIGEST_HEX_MAX];
	int n = snprintf(
		head, sizeof head,
		"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:%.8s-%.4s-%.4s-"
		"%.4s-%.12s>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\nWARC-Target-URI: %.*s\r\n"
		"WARC-Payload-Digest: sha1:%.32s\r\nContent-Type: application/http;msgtype="
		"response\r\nContent-Length: %zu\r\n\r\n%.*s",
		wv_digest_print(&row->digest, hex), hex + 8, hex + 12, hex + 16, hex + 20,
		WV_FMT(row->url), hex + 30, http.n + body.n, WV_FMT(http));

	return gzip_bytes(wv_slice(head, (size_t)n), body);
}

static struct wv_slice page_key(struct wv_arena *arena, struct wv_slice text)
{
	struct wv_url url;
	struct wv_slice key;

	if (wv_url_parse(arena, text, NULL, &url, NULL) != WV_OK ||
	    wv_url_page_key(arena, &url, &key, NULL) != WV_OK)
		abort();
	return key;
}

static struct wv_batch *make(struct wv_test_archive *a, struct row *row, bool now)
{
	struct wv_slice bytes = read_file((const char *)row->path.p);
	struct wv_batch_body body = {.bytes = bytes, .wants_delta = now};
	struct wv_batch *batch = NULL;
	int64_t cpu;
	struct wv_capture capture = {
		.captured = {row->seconds * WV_US_PER_S},
		.status = 200,
		.url = row->url,
		.source = row->corpus,
		.mime = WV_LIT("text/html"),
		.flags = WV_CAPTURE_IMPORTED,
	};

	row->digest = wv_digest_of(bytes);
	row->bytes = bytes.n;
	raw_bytes += bytes.n;
	capture.page_key = page_key(a->arena, row->url);
	capture.headers = wv_arena_format(a->arena,
	                                  "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: "
	                                  "%lld\r\nContent-Length: %zu\r\n\r\n",
	                                  (long long)row->seconds, bytes.n);
	cpu = wv_clock_cpu_us();
	warc_bytes += warc_record(row, capture.headers, bytes);
	gzip_us += wv_clock_cpu_us() - cpu;
	cpu = wv_clock_cpu_us();
	if (wv_batch_new(a->store, &batch, NULL) != WV_OK ||
	    wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL) != WV_OK)
		abort();
	store_us += wv_clock_cpu_us() - cpu;
	free((void *)(uintptr_t)bytes.p);
	return batch;
}

static void commit(struct wv_test_archive *a, struct wv_batch **group, size_t n)
{
	enum wv_status statuses[GROUP];

	if (wv_batch_commit(a->store, group, n, statuses, NULL) != WV_OK)
		abort();
	for (size_t i = 0; i < n; i++)
		wv_batch_free(&group[i]);
	wv_arena_reset(a->arena);
}

static void store_all(struct wv_test_archive *a, bool now)
{
	struct wv_batch *group[GROUP];
	size_t n = 0;

	for (size_t i = 0; i < row_count; i++) {
		group[n++] = make(a, &rows[i], now);
		/* Deltas are made to what is committed. */
		if (n == GROUP || now) {
			commit(a, group, n);
			n = 0;
		}
	}
	if (n)
		commit(a, group, n);
}

static uint64_t folder_bytes(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	uint64_t all = 0;

	while (dir && (entry = readdir(dir))) {
		char name[4400];
		struct stat stat;

		(void)snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
		if (lstat(name, &stat) == 0 && S_ISREG(stat.st_mode))
			all += (uint64_t)stat.st_size;
	}
	if (dir)
		(void)closedir(dir);
	return all;
}

static void report(struct wv_test_archive *a, const char *when)
{
	struct wv_source_totals *sources;
	struct wv_store_totals totals;
	struct wv_db_usage usage;
	struct wv_txn *txn = NULL;
	uint64_t stored = 0, folder = folder_bytes(a->folder.path);
	size_t count;

	if (wv_store_begin_read(a->store, &txn, NULL) != WV_OK ||
	    wv_store_totals(txn, &totals, NULL) != WV_OK ||
	    wv_store_sources(txn, a->arena, &sources, &count, NULL) != WV_OK ||
	    wv_db_usage(wv_store_db(a->store), &usage, NULL) != WV_OK)
		abort();
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		stored += totals.stored[i];
	printf("%s: folder %.2f MB, %.4f of gz WARC (%.2f MB); records %.2f MB; file/records %.3f, "
	       "free %.2f MB\n",
	       when, (double)folder / 1e6, (double)folder / (double)warc_bytes,
	       (double)warc_bytes / 1e6, (double)stored / 1e6,
	       (double)usage.file_bytes / (double)stored, (double)usage.free_bytes / 1e6);
	for (size_t i = 0; i < count; i++)
		printf("  %-10.*s %6llu captures, %8.2f MB stored, %.0f bytes a capture; delta "
		       "%.2f MB, "
		       "deflate %.2f MB\n",
		       WV_FMT(sources[i].name), (unsigned long long)sources[i].captures,
		       (double)sources[i].stored_bytes / 1e6,
		       (double)sources[i].stored_bytes / (double)sources[i].captures,
		       (double)sources[i].stored[WV_STORED_DELTA] / 1e6,
		       (double)sources[i].stored[WV_STORED_DEFLATE] / 1e6);
	wv_txn_abort(&txn);
}

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static void restore_all(struct wv_test_archive *a, struct wv_slice corpus)
{
	double *cost = calloc(row_count, sizeof *cost), us = 0, mb = 0;
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};
	size_t n = 0;

	wv_buf_init(&body, WV_LIMIT_BODY_BYTES_MAX);
	for (size_t i = 0; cost && i < row_count; i++) {
		struct wv_capture capture;
		struct wv_txn *txn = NULL;
		int64_t cpu = wv_clock_cpu_us();

		if (corpus.n && !wv_slice_equals(corpus, rows[i].corpus))
			continue;
		wv_buf_reset(&body);
		if (wv_store_begin_read(a->store, &txn, NULL) != WV_OK ||
		    wv_store_capture(txn, a->arena, i, WV_TIME_NONE, &capture, NULL) != WV_OK ||
		    !wv_digest_equals(&capture.body, &rows[i].digest) ||
		    wv_store_body(txn, &capture.body, &body, NULL) != WV_OK)
			abort();
		wv_txn_abort(&txn);
		cpu = wv_clock_cpu_us() - cpu;
		us += (double)cpu;
		mb += (double)body.n / 1e6;
		cost[n++] = (double)cpu / 1e3 / ((double)body.n / 1e6);
		wv_arena_reset(a->arena);
	}
	if (cost && n) {
		qsort(cost, n, sizeof *cost, compare);
		printf("restore %-10.*s p50 %5.2f p99 %5.2f ms/MB CPU, in all %.2f ms/MB, digest "
		       "checked\n",
		       WV_FMT(corpus.n ? corpus : WV_LIT("all")), cost[n / 2], cost[n * 99 / 100],
		       us / 1e3 / mb);
	}
	free(cost);
}

static void compact(struct wv_test_archive *a)
{
	const struct wv_compact_options options = {0};
	struct wv_compact_counts counts;
	struct wv_err err = WV_ERR_NONE;
	int64_t cpu = wv_clock_cpu_us();

	if (wv_compact(a->store, &options, &counts, &err) != WV_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		exit(70);
	}
	printf("compact: %.2f s CPU, %.2f ms a MB of page; %llu bodies, %llu recoded\n",
	       (double)(wv_clock_cpu_us() - cpu) / 1e6,
	       (double)(wv_clock_cpu_us() - cpu) / 1e3 / ((double)raw_bytes / 1e6),
	       (unsigned long long)counts.bodies, (unsigned long long)counts.recoded);
	wv_test_archive_reopen(a, NULL);
}

int main(int argc, char **argv)
{
	struct wv_test_archive a;
	bool now = argc > 2 && strcmp(argv[argc - 1], "--now") == 0;

	if (argc < 3 + now) {
		(void)fprintf(stderr, "usage: bench_archive FOLDER CORPUS... [--now]\n");
		return 64;
	}
	if (wv_arena_new(256 * WV_MIB, &texts, NULL) != WV_OK)
		return 70;
	for (int i = 2; i < argc - now; i++)
		read_rows(argv[1], argv[i]);
	wv_test_archive_open(&a, NULL);
	store_all(&a, now);
	printf("stored: %zu captures, %.1f MB; encode %.2f ms a MB CPU, digest and base read "
	       "within; "
	       "gzip %.2f\n",
	       row_count, (double)raw_bytes / 1e6,
	       (double)store_us / 1e3 / ((double)raw_bytes / 1e6),
	       (double)gzip_us / 1e3 / ((double)raw_bytes / 1e6));
	report(&a, "before compact");
	if (now)
		restore_all(&a, WV_SLICE_NONE);
	compact(&a);
	report(&a, "after compact");
	for (int i = 2; i < argc - now; i++)
		restore_all(&a, wv_slice_of(argv[i]));
	restore_all(&a, WV_SLICE_NONE);
	printf("verify: %llu findings\n", (unsigned long long)wv_test_verify(a.store, true));
	wv_test_archive_close(&a);
	wv_arena_free(&texts);
	return 0;
}
