/*
 * bench_copies FOLDER [DOCUMENTS [KEYS [STRETCHES]]]: the index of shingles with so many documents
 * of so many shingles each, in so many stretches of time: time to build, and CPU time to look one
 * more document up in its stretch and the two beside it, warm. Every level of the merge has as many
 * runs as it may have, which is the worst that can be met. A tenth of the asked shingles are there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "archive/copies/cluster.h"
#include "archive/copies/runs.h"
#include "archive/store/db.h"

#define BATCH     20000u /* documents */
#define LOOKUPS   3000u
#define COMMIT_US 1000.0

static uint64_t state = 88172645463325252u;

static uint64_t roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void die(const char *what, const struct wv_err *err)
{
	fprintf(stderr, "bench_copies: %s: %s\n", what, err->text);
	exit(1);
}

static struct wv_pair *pairs;
static uint64_t number;

static void add(struct wv_db *db, uint32_t stretch, size_t documents, size_t keys)
{
	struct wv_err err = WV_ERR_NONE;
	struct wv_txn *txn = NULL;
	size_t n = 0;

	for (size_t d = 0; d < documents; d++, number++)
		for (size_t k = 0; k < keys; k++)
			pairs[n++] = (struct wv_pair){roll() & WV_FINGERPRINT_HASH_MAX,
			                              number << 8 | (k & 63)};
	wv_pairs_sort(pairs, pairs + n, n);
	if (wv_txn_begin_write(db, &txn, &err) != WV_OK ||
	    wv_runs_add(txn, stretch, pairs, n, &err) != WV_OK || wv_txn_commit(&txn, &err) != WV_OK)
		die("adding", &err);
}

static enum wv_status count(void *context, const struct wv_runs_found *found, struct wv_err *err)
{
	(void)found;
	(void)err;
	++*(uint64_t *)context;
	return WV_OK;
}

static int by_time(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void look_up(struct wv_db *db, uint32_t stretches, size_t keys)
{
	static double times[LOOKUPS];
	struct wv_err err = WV_ERR_NONE;
	struct wv_txn *txn = NULL;
	struct wv_runs_usage usage = {0};
	uint64_t found = 0;

	if (wv_txn_begin_read(db, &txn, &err) != WV_OK ||
	    wv_runs_usage(txn, 8 + stretches / 2, &usage, &err) != WV_OK)
		die("reading", &err);
	for (size_t round = 0; round < LOOKUPS; round++) {
		uint32_t middle = 8 + stretches / 2;
		double start;

		for (size_t k = 0; k < keys; k++)
			pairs[k] = (struct wv_pair){roll() & WV_FINGERPRINT_HASH_MAX, k & 63};
		wv_pairs_sort(pairs, pairs + keys, keys);
		start = cpu_s();
		for (uint32_t p = middle - 1; p <= middle + 1; p++)
			if (wv_runs_lookup(txn, p, pairs, keys, count, &found, &err) != WV_OK)
				die("looking up", &err);
		times[round] = (cpu_s() - start) * 1e6;
	}
	wv_txn_abort(&txn);
	qsort(times, LOOKUPS, sizeof(times[0]), by_time);
	printf("lookup of %zu shingles in 3 of %u stretches: CPU p50 %.0f us, p99 %.0f us, worst %.0f "
	       "us (%.2fx of 1 ms at p99); %u runs of %llu entries in the middle one, %.2f found\n",
	       keys, stretches, times[LOOKUPS / 2], times[LOOKUPS * 99 / 100], times[LOOKUPS - 1],
	       times[LOOKUPS * 99 / 100] / COMMIT_US, usage.runs,
	       (unsigned long long)usage.entries, (double)found / LOOKUPS);
}

int main(int argc, char **argv)
{
	const struct wv_db_options options = {.create = true, .is_temporary = true};
	uint64_t documents = 10000000, keys = 94, stretches = 12;
	struct wv_err err = WV_ERR_NONE;
	struct wv_db *db = NULL;
	double start = cpu_s();

	if (argc < 2 || (argc > 2 && !wv_slice_u64(wv_slice_of(argv[2]), &documents)) ||
	    (argc > 3 && !wv_slice_u64(wv_slice_of(argv[3]), &keys)) ||
	    (argc > 4 && !wv_slice_u64(wv_slice_of(argv[4]), &stretches)) || keys > 200 ||
	    stretches < 1) {
		fprintf(stderr, "bench_copies FOLDER [DOCUMENTS [KEYS [STRETCHES]]]\n");
		return 64;
	}
	pairs = malloc((size_t)BATCH * keys * 2 * sizeof(*pairs));
	if (!pairs || wv_db_open(argv[1], &options, &db, &err) != WV_OK)
		die("opening", &err);
	for (uint64_t done = 0; done < documents; done += BATCH) {
		add(db, (uint32_t)(8 + done / BATCH % stretches), BATCH, keys);
		wv_db_let_go(db);
	}
	/* Small runs of all sizes, as commits leave them. */
	for (uint32_t s = 0; s < stretches; s++)
		for (size_t size = 1; size * keys < 256u * 1024u; size *= 4)
			for (int i = 0; i < 3; i++)
				add(db, 8 + s, size, keys);
	printf("%llu documents, %llu shingles each: built in %.1f us of CPU a document\n",
	       (unsigned long long)documents, (unsigned long long)keys,
	       (cpu_s() - start) * 1e6 / (double)documents);
	look_up(db, (uint32_t)stretches, keys);
	look_up(db, (uint32_t)stretches, keys);
	wv_db_close(&db);
	free(pairs);
	return 0;
}
