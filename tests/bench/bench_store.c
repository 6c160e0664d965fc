/*
 * What the store costs, on real pages: bench_store FOLDER [ROUNDS]
 *
 * FOLDER holds page files (any depth). Prints encode CPU a MB, commits of 100 snapshots in
 * records/s (wall, with the disk's own sync), file bytes over record bytes, and restore CPU a MB
 * with the digest checked, p50 and p99.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/proof/merkle.h"
#include "archive/store/lookup.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"

#define PAGES_MAX 4000
#define GROUP     100

static struct wv_slice pages[PAGES_MAX];
static size_t page_count;

static int take_file(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
	unsigned char *bytes;
	FILE *file;

	(void)ftw;
	if (kind != FTW_F || page_count == PAGES_MAX || stat->st_size < 200 ||
	    stat->st_size > (off_t)WV_LIMIT_BODY_BYTES)
		return 0;
	file = fopen(path, "rb");
	bytes = malloc((size_t)stat->st_size);
	if (file && bytes && fread(bytes, 1, (size_t)stat->st_size, file) == (size_t)stat->st_size)
		pages[page_count++] = wv_slice(bytes, (size_t)stat->st_size);
	if (file)
		fclose(file);
	return 0;
}

static int compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static struct wv_batch *make(struct wv_test_archive *a, size_t number, struct wv_slice bytes)
{
	char path[64];
	struct wv_capture capture;
	struct wv_batch_body body = {.bytes = bytes};
	struct wv_batch *batch = NULL;

	(void)snprintf(path, sizeof path, "/page/%zu", number);
	capture = wv_test_capture(a, path, (int64_t)number);
	if (wv_batch_new(a->store, &batch, NULL) != WV_OK ||
	    wv_batch_add_capture(batch, &capture, &body, NULL, NULL, NULL) != WV_OK)
		abort();
	return batch;
}

/* Real pages, each once: the cost of encoding, and how the file compares with its records. */
static void store_pages(struct wv_test_archive *a)
{
	int64_t encode = 0, commit_cpu = 0, cpu;
	uint64_t raw = 0;

	for (size_t i = 0; i < page_count; i += GROUP) {
		struct wv_batch *group[GROUP];
		enum wv_status statuses[GROUP];
		size_t n = page_count - i < GROUP ? page_count - i : GROUP;

		cpu = wv_clock_cpu_us();
		for (size_t k = 0; k < n; k++) {
			group[k] = make(a, i + k, pages[i + k]);
			raw += pages[i + k].n;
		}
		encode += wv_clock_cpu_us() - cpu;
		cpu = wv_clock_cpu_us();
		if (wv_batch_commit(a->store, group, n, statuses, NULL) != WV_OK)
			abort();
		commit_cpu += wv_clock_cpu_us() - cpu;
		for (size_t k = 0; k < n; k++)
			wv_batch_free(&group[k]);
		wv_arena_reset(a->arena);
	}
	printf("pages %zu, %.1f MB; encode %.2f ms/MB CPU; commit %.0f us a page CPU\n", page_count,
	       (double)raw / 1e6, (double)encode / 1e3 / ((double)raw / 1e6),
	       (double)commit_cpu / (double)page_count);
}

static void report_size(struct wv_test_archive *a)
{
	struct wv_store_totals totals;
	struct wv_db_usage usage;
	struct wv_txn *txn = NULL;
	uint64_t stored = 0;

	if (wv_store_begin_read(a->store, &txn, NULL) != WV_OK ||
	    wv_store_totals(txn, &totals, NULL) != WV_OK ||
	    wv_db_usage(wv_store_db(a->store), &usage, NULL) != WV_OK)
		abort();
	wv_txn_abort(&txn);
	for (int i = 0; i < WV_STORED_KIND_COUNT; i++)
		stored += totals.stored[i];
	printf("stored %.1f MB of %.1f MB (%.3f); pages in use over records %.3f, file %.3f\n",
	       (double)stored / 1e6, (double)totals.body_bytes / 1e6,
	       (double)stored / (double)totals.body_bytes,
	       (double)usage.used_bytes / (double)stored,
	       (double)usage.file_bytes / (double)stored);
}

static void restore_pages(struct wv_test_archive *a)
{
	double *cost = calloc(page_count, sizeof *cost);
	WV_AUTO(wv_buf_done) struct wv_buf body = {0};

	wv_buf_init(&body, WV_LIMIT_BODY_BYTES_MAX);
	for (size_t i = 0; cost && i < page_count; i++) {
		struct wv_capture capture;
		struct wv_txn *txn = NULL;
		int64_t cpu = wv_clock_cpu_us();

		wv_buf_reset(&body);
		if (wv_store_begin_read(a->store, &txn, NULL) != WV_OK ||
		    wv_store_capture(txn, a->arena, i, WV_TIME_NONE, &capture, NULL) != WV_OK ||
		    wv_store_body(txn, &capture.body, &body, NULL) != WV_OK)
			abort();
		wv_txn_abort(&txn);
		cost[i] = (double)(wv_clock_cpu_us() - cpu) / 1e3 / ((double)body.n / 1e6);
		wv_arena_reset(a->arena);
	}
	if (cost) {
		qsort(cost, page_count, sizeof *cost, compare);
		printf("restore p50 %.2f p99 %.2f ms/MB CPU, digest checked\n",
		       cost[page_count / 2], cost[page_count * 99 / 100]);
	}
	free(cost);
}

/* Records of about 4 KB, prepared beforehand: what committing alone can do. */
static void commit_records(struct wv_test_archive *a, size_t rounds)
{
	int64_t wall = 0, cpu = 0;
	unsigned char *noise = malloc(4096);

	for (size_t r = 0; noise && r < rounds; r++) {
		struct wv_batch *group[GROUP];
		enum wv_status statuses[GROUP];
		int64_t start, start_cpu;

		for (size_t k = 0; k < GROUP; k++) {
			if (wv_random_bytes(noise, 4096, NULL) != WV_OK)
				abort();
			group[k] = make(a, 1000000 + r * GROUP + k, wv_slice(noise, 4096));
		}
		start = wv_clock_mono(wv_clock_system()).us;
		start_cpu = wv_clock_cpu_us();
		if (wv_batch_commit(a->store, group, GROUP, statuses, NULL) != WV_OK)
			abort();
		wall += wv_clock_mono(wv_clock_system()).us - start;
		cpu += wv_clock_cpu_us() - start_cpu;
		for (size_t k = 0; k < GROUP; k++)
			wv_batch_free(&group[k]);
		wv_arena_reset(a->arena);
	}
	free(noise);
	printf("commits of %d snapshots: %.0f records/s wall, %.0f by CPU\n", GROUP,
	       (double)(rounds * GROUP) / ((double)wall / 1e6),
	       (double)(rounds * GROUP) / ((double)cpu / 1e6));
}

int main(int argc, char **argv)
{
	uint64_t rounds = 50;
	struct wv_test_archive a;

	if (argc < 2 || (argc > 2 && !wv_slice_u64(wv_slice_of(argv[2]), &rounds))) {
		(void)fprintf(stderr, "usage: bench_store FOLDER [ROUNDS]\n");
		return 64;
	}
	(void)nftw(argv[1], take_file, 16, FTW_PHYS);
	if (page_count == 0) {
		(void)fprintf(stderr, "no pages in '%s'\n", argv[1]);
		return 66;
	}
	wv_test_archive_open(&a, NULL);
	store_pages(&a);
	report_size(&a);
	restore_pages(&a);
	commit_records(&a, (size_t)rounds);
	wv_test_archive_close(&a);
	return 0;
}
