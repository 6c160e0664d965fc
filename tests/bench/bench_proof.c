/*
 * What a proof costs in a large log: bench_proof [LEAVES]
 *
 * A log of LEAVES captures (10 million): real captures at both ends, whose leaves are as a crawl
 * makes them, and between them leaves that are hashes of numbers. Prints the bytes of the printed
 * proof and its parts, CPU time of making it, and the memory that reader and writer took.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/proof/prove.h"
#include "archive/store/commit.h"
#include "archive/store/load.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

#define REAL       2000u
#define GROUP      100u
#define APPENDS    100000u
#define ROUNDS     5000u
#define LIMIT_TEXT 2048u

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK)
		return;
	fprintf(stderr, "bench_proof: %s\n", err->text);
	exit(1);
}

static uint64_t anonymous_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t kib = 0;

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtoull(line + 8, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

/* As the crawl of a news site writes it today: address, basis and evidence in full. */
static void add_real(struct wv_test_archive *a, struct wv_batch *batch, uint64_t number)
{
	static const char slug[] = "council-papers-show-tide-barrier-will-cost-more";
	char path[160];
	struct wv_capture capture;
	struct wv_err err = WV_ERR_NONE;
	char text[200];
	struct wv_batch_body body = {.bytes = wv_slice_of(text)};

	snprintf(path, sizeof path, "/2026/03/%02u/%s-%llu.html", (unsigned)(number % 28 + 1), slug,
	         (unsigned long long)number);
	snprintf(text, sizeof text, "<p>page %llu</p>", (unsigned long long)number);
	capture = wv_test_capture(a, path, (int64_t)number);
	capture.verdict = WV_VERDICT_ARTICLE;
	capture.has_encoded = true;
	capture.encoded = wv_digest_of(wv_slice_of(path));
	capture.encoded_bytes = 24660;
	capture.basis = WV_LIT("https://www.example.com/robots.txt of 2026-03-05T08:02:01.920000Z: no rule for "
	                       "this address; turn d:example.com: delay 5s since "
	                       "2026-03-05T08:02:43.920000Z, free for 0s");
	capture.reason = WV_LIT("554 units of running text");
	must(wv_batch_add_capture(batch, &capture, &body, NULL, NULL, &err), &err);
}

static void commit_real(struct wv_test_archive *a, uint64_t first, unsigned count)
{
	struct wv_batch *batches[GROUP];
	enum wv_status statuses[GROUP];
	struct wv_err err = WV_ERR_NONE;

	for (unsigned i = 0; i < count; i++) {
		must(wv_batch_new(a->store, &batches[i], &err), &err);
		add_real(a, batches[i], first + i);
	}
	must(wv_batch_commit(a->store, batches, count, statuses, &err), &err);
	for (unsigned i = 0; i < count; i++)
		wv_batch_free(&batches[i]);
	wv_arena_reset(a->arena);
}

/* Leaves that have no captures: rows and counters, as if there had been some. */
static void append_leaves(struct wv_test_archive *a, uint64_t from, uint64_t to)
{
	WV_AUTO(wv_buf_done) struct wv_buf value = {.cap = 1024};
	struct wv_txn *txn = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct wv_state state;
	unsigned char key[8];

	must(wv_txn_begin_write(wv_store_db(a->store), &txn, &err), &err);
	for (uint64_t i = from; i < to; i++) {
		struct wv_leaf_row row = {.page = i / 10, .captured = {(int64_t)i}};

		wv_store_u64_be(key, i);
		memcpy(row.salt, key, sizeof key);
		row.hash = wv_digest_of(wv_slice(key, sizeof key));
		wv_buf_reset(&value);
		wv_record_leaf_row_encode(&row, &value);
		must(wv_txn_append(txn, WV_TABLE_LEAVES, wv_slice(key, sizeof key), wv_buf_slice(&value),
		                   &err), &err);
	}
	must(wv_state_get(txn, &state, &err), &err);
	state.next_leaf = to;
	must(wv_state_put(txn, &state, &err), &err);
	must(wv_txn_commit(&txn, &err), &err);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(const char *what, int64_t *ns, size_t n)
{
	qsort(ns, n, sizeof *ns, compare);
	printf("%-34s p50 %.3f ms, p99 %.3f ms, worst %.3f ms\n", what, (double)ns[n / 2] / 1e3,
	       (double)ns[n * 99 / 100] / 1e3, (double)ns[n - 1] / 1e3);
}

static void measure(struct wv_test_archive *a, uint64_t leaves)
{
	static int64_t cpu[ROUNDS];
	struct wv_random random = {7};
	struct wv_txn *txn = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct wv_buf text = {.cap = 1 << 20};
	struct wv_proof proof;
	struct wv_merkle_proof path;
	size_t bytes = 0, consistency = 0, leaf = 0;

	must(wv_store_begin_read(a->store, &txn, &err), &err);
	for (unsigned i = 0; i < ROUNDS; i++) {
		int64_t from = wv_clock_cpu_us();

		wv_arena_reset(a->arena);
		wv_buf_reset(&text);
		must(wv_prove(txn, a->arena, wv_random_below(&random, REAL), &proof, &err), &err);
		wv_proof_add_text(&text, &proof);
		cpu[i] = wv_clock_cpu_us() - from;
		bytes = text.n > bytes ? text.n : bytes;
		leaf = proof.leaf.n > leaf ? proof.leaf.n : leaf;
	}
	print_times("prove, printed", cpu, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		int64_t from = wv_clock_cpu_us();

		must(wv_merkle_inclusion(txn, (uint64_t)(wv_random_next(&random) % leaves), leaves, &path,
		                         &err), &err);
		cpu[i] = wv_clock_cpu_us() - from;
	}
	print_times("inclusion path, anywhere", cpu, ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t size = 1 + (uint64_t)(wv_random_next(&random) % leaves);
		size_t before;
		int64_t from = wv_clock_cpu_us();

		must(wv_prove_since(txn, size, &proof, &err), &err);
		cpu[i] = wv_clock_cpu_us() - from;
		wv_buf_reset(&text);
		proof.has_old = false;
		wv_proof_add_text(&text, &proof);
		before = text.n;
		wv_buf_reset(&text);
		proof.has_old = true;
		wv_proof_add_text(&text, &proof);
		consistency = text.n - before > consistency ? text.n - before : consistency;
	}
	print_times("consistency with any older size", cpu, ROUNDS);
	printf("inclusion proof with leaf and head %zu bytes (its leaf %zu, all else %zu; %zu hashes); "
	       "limit %u\n", bytes, leaf, bytes - leaf, proof.path.count, LIMIT_TEXT);
	printf("consistency proof besides          %zu bytes at most; limit %u\n", consistency, LIMIT_TEXT);
	wv_buf_done(&text);
	wv_txn_abort(&txn);
}

int main(int argc, char **argv)
{
	uint64_t leaves = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
	struct wv_head_key *key = NULL;
	struct wv_err err = WV_ERR_NONE;
	struct wv_test_archive a;
	struct wv_signed_head head;
	int64_t from;

	if (leaves < 2 * REAL)
		leaves = 2 * REAL;
	wv_test_archive_open(&a, NULL);
	wv_store_close(&a.store);
	must(wv_store_open(a.folder.path, &(struct wv_store_options){0}, a.clock, &a.store, &err), &err);
	for (unsigned i = 0; i < REAL; i += GROUP)
		commit_real(&a, i, GROUP);
	for (uint64_t i = REAL; i < leaves - 1; i += APPENDS)
		append_leaves(&a, i, i + APPENDS < leaves - 1 ? i + APPENDS : leaves - 1);
	must(wv_merkle_follow(a.store, &err), &err);
	from = wv_clock_cpu_us();
	commit_real(&a, leaves - 1, 1);
	printf("log of %llu captures; its tree grown in %.1f s CPU\n", (unsigned long long)leaves,
	       (double)(wv_clock_cpu_us() - from) / 1e6);
	must(wv_head_key_open(a.folder.path, WV_SLICE_NONE, &key, &err), &err);
	must(wv_head_sign(a.store, key, &head, NULL, &err), &err);
	printf("writer, anonymous memory           %.1f MiB\n", (double)anonymous_kib() / 1024);
	wv_test_archive_reopen(&a, NULL);
	measure(&a, leaves);
	printf("reader and writer, anonymous       %.1f MiB\n", (double)anonymous_kib() / 1024);
	wv_head_key_free(&key);
	wv_test_archive_close(&a);
	return 0;
}
