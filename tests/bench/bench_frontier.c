/*
 * The frontier's cost against the number of known URLs and of hosts:
 *
 *   bench_frontier [URLS [HOSTS [OPERATIONS [DIR]]]]      (1000000 10000 50000, a new folder)
 *
 * Adds URLS pages on HOSTS hosts (20 links a page, 256 pages a commit, 2,048 where there are
 * millions of URLs), opens the plan anew, and lets it do OPERATIONS full rounds of pick, start,
 * answer, record with 20 known links, commit in groups of 64. Prints operations a second, CPU a
 * page, anonymous memory, the time to reopen. A DIR that was filled before is not filled again:
 * with it, URLS and HOSTS must be those it was filled with.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/store/db.h"
#include "crawler/plan/plan.h"
#include "tests/support/folder.h"

#define LINKS 20
#define OK(call)                                                                                   \
	do {                                                                                       \
		struct wv_err ok_err = WV_ERR_NONE;                                                \
		if ((call) != WV_OK) {                                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, ok_err.text);                   \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static const char yaml[] = "agent: {name: wirevault, contact: 'mailto:x@example.org'}\n"
			   "politeness: {delay: 0s}\nrun: {max_time: 20m}\n"
			   "sources:\n  - name: a\n    feeds: off\n    sitemaps: off\n    every: 1h\n"
			   "    scope: prefix\n    seeds: ['http://h0.example/']\n";

struct bench {
	uint64_t urls, hosts;
	struct wv_settings_file *file;
	struct wv_db *db;
	struct wv_frontier *frontier;
	struct wv_plan *plan;
	struct wv_change changes[64];
	char texts[LINKS * 256][64];
	struct wv_found found[LINKS * 256];
};

static int64_t now_us(void)
{
	return wv_clock_mono(wv_clock_system()).us;
}

static uint64_t anonymous_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	unsigned long kib = 0;

	malloc_trim(0); /* what the allocator keeps is not what the plan needs */

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtoul(line + 8, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * UINT64_C(0x9E3779B97F4A7C15);
	return x ^ x >> 29;
}

static void name(struct bench *b, uint64_t url, size_t slot)
{
	uint64_t host = mix(url) % b->hosts;
	int n = snprintf(b->texts[slot], sizeof b->texts[slot], "http://h%" PRIu64 ".example/p/%" PRIu64,
	                 host, url);

	b->found[slot] = (struct wv_found){
		.url = wv_slice(b->texts[slot], (size_t)n),
		.page_key = wv_slice(b->texts[slot] + 7, (size_t)n - 7),
		.via = WV_VIA_HAND,
		.published = WV_TIME_NONE,
	};
}

static void fill(struct bench *b)
{
	struct wv_change change;
	uint64_t at = 0;
	int group = b->urls > 2000000 ? 2048 : 256;
	int64_t start = now_us(), cpu = wv_clock_cpu_us();

	wv_change_init(&change);
	while (at < b->urls) {
		struct wv_txn *txn = NULL;

		OK(wv_txn_begin_write(b->db, &txn, &ok_err));
		for (int page = 0; page < group && at < b->urls; page++) {
			size_t n = 0;

			for (; n < LINKS && at < b->urls; n++)
				name(b, at++, n);
			OK(wv_frontier_add(b->frontier, txn, b->found, n, &change, &ok_err));
		}
		OK(wv_txn_commit(&txn, &ok_err));
	}
	printf("add: %.0f URLs/s wall, %.2f us CPU each\n",
	       (double)b->urls * 1e6 / (double)(now_us() - start),
	       (double)(wv_clock_cpu_us() - cpu) / (double)b->urls);
	wv_change_done(&change);
}

static bool is_filled(struct bench *b)
{
	struct wv_txn *txn = NULL;
	uint64_t known = 0;

	OK(wv_txn_begin_read(b->db, &txn, &ok_err));
	OK(wv_txn_count(txn, WV_TABLE_FRONTIER, &known, &ok_err));
	wv_txn_abort(&txn);
	return known >= b->urls;
}

static void open_run(struct bench *b)
{
	struct wv_frontier_options frontier = {.settings = wv_settings_get(b->file),
	                                       .clock = wv_clock_system()};
	struct wv_plan_options plan = {.db = b->db, .clock = wv_clock_system(),
	                               .end = {INT64_MAX}, .max_pages = WV_UNBOUNDED,
	                               .patience_us = -1};

	OK(wv_frontier_open(b->db, &frontier, &b->frontier, &ok_err));
	plan.frontier = b->frontier;
	OK(wv_plan_open(&plan, &b->plan, &ok_err));
}

struct pending {
	struct wv_visit *visit;
	struct wv_outcome outcome;
};

static void commit(struct bench *b, struct pending *pending, size_t n)
{
	struct wv_txn *txn = NULL;
	static uint64_t seed = 1;

	OK(wv_txn_begin_write(b->db, &txn, &ok_err));
	for (size_t i = 0; i < n; i++) {
		size_t links = pending[i].visit->kind == WV_VISIT_PAGE ? LINKS : 0;

		for (size_t k = 0; k < links; k++)
			name(b, mix(seed++) % b->urls, k);
		OK(wv_frontier_record(b->frontier, txn, pending[i].visit, &pending[i].outcome,
		                      b->found, links, &b->changes[i], &ok_err));
	}
	OK(wv_txn_commit(&txn, &ok_err));
	for (size_t i = 0; i < n; i++) {
		OK(wv_plan_committed(b->plan, &b->changes[i], &ok_err));
		wv_visit_free(&pending[i].visit);
	}
}

static void lease(struct bench *b, const struct wv_plan_step *step)
{
	struct wv_lease *leases = wv_leases_copy(step->leases, step->lease_count);
	struct wv_txn *txn = NULL;

	OK(wv_txn_begin_write(b->db, &txn, &ok_err));
	OK(wv_frontier_lease(b->frontier, txn, leases, step->lease_count, &ok_err));
	OK(wv_txn_commit(&txn, &ok_err));
	wv_plan_leased(b->plan, leases, step->lease_count);
	free(leases);
}

static void work(struct bench *b, uint64_t operations)
{
	struct pending pending[64];
	size_t n = 0;
	uint64_t done = 0, pages = 0, most = 0, most_cpu = 0;
	int64_t start = now_us(), cpu = wv_clock_cpu_us();

	while (pages < operations) {
		struct wv_plan_step step;
		int64_t before = now_us(), before_cpu = wv_clock_cpu_us();

		OK(wv_plan_next(b->plan, true, &step, &ok_err));
		if ((uint64_t)(now_us() - before) > most)
			most = (uint64_t)(now_us() - before);
		if ((uint64_t)(wv_clock_cpu_us() - before_cpu) > most_cpu)
			most_cpu = (uint64_t)(wv_clock_cpu_us() - before_cpu);
		if (step.kind == WV_STEP_LEASE) {
			lease(b, &step);
		} else if (step.kind == WV_STEP_VISIT) {
			struct pending *p = &pending[n++];

			p->visit = step.visit;
			p->outcome = (struct wv_outcome)WV_OUTCOME_NONE;
			wv_plan_started(b->plan, p->visit);
			p->outcome.ended = wv_clock_mono(wv_clock_system());
			p->outcome.ended_at = wv_clock_now(wv_clock_system());
			p->outcome.status = p->visit->kind == WV_VISIT_ROBOTS ? 404 : 200;
			OK(wv_plan_answered(b->plan, p->visit, &p->outcome, &ok_err));
			pages += p->visit->kind == WV_VISIT_PAGE;
			done++;
		}
		if (n == 64 || (n > 0 && step.kind == WV_STEP_WAIT)) {
			commit(b, pending, n);
			n = 0;
		} else if (step.kind == WV_STEP_WAIT || step.kind == WV_STEP_DONE) {
			break;
		}
	}
	if (n > 0)
		commit(b, pending, n);
	printf("visits: %" PRIu64 " pages and %" PRIu64 " robots.txt, %.0f/s wall, %.1f us CPU each "
	       "(with %d links); longest pick %.1f ms, most CPU of one %.1f ms\n",
	       pages, done - pages, (double)done * 1e6 / (double)(now_us() - start),
	       (double)(wv_clock_cpu_us() - cpu) / (double)done, LINKS, (double)most / 1000, (double)most_cpu / 1000);
}

int main(int argc, char **argv)
{
	struct bench *b = calloc(1, sizeof *b);
	struct wv_test_folder folder = {0};
	struct wv_db_options options = {.create = true};
	struct wv_plan_counts counts;
	struct wv_plan_step step;
	uint64_t operations = argc > 3 ? strtoull(argv[3], NULL, 10) : 50000;
	const char *dir = argc > 4 ? argv[4] : NULL;
	int64_t start;

	if (!b)
		return 1;
	b->urls = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	b->hosts = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	for (size_t i = 0; i < 64; i++)
		wv_change_init(&b->changes[i]);
	if (!dir) {
		wv_test_folder_make(&folder);
		dir = folder.path;
	}
	OK(wv_settings_parse(wv_slice_of(yaml), "bench.yaml", NULL, NULL, &b->file, &ok_err));
	OK(wv_db_open(dir, &options, &b->db, &ok_err));
	open_run(b);
	if (!is_filled(b))
		fill(b);
	wv_plan_free(&b->plan);
	wv_frontier_free(&b->frontier);
	wv_db_close(&b->db);

	start = now_us();
	OK(wv_db_open(dir, &options, &b->db, &ok_err));
	open_run(b);
	OK(wv_plan_next(b->plan, true, &step, &ok_err));
	printf("reopened to the first step in %.1f ms, anonymous memory %" PRIu64 " KiB\n",
	       (double)(now_us() - start) / 1000, anonymous_kib());
	if (step.kind == WV_STEP_LEASE)
		lease(b, &step);
	work(b, operations);
	wv_plan_count(b->plan, &counts);
	printf("queues in memory %" PRIu64 ", the plan's own count %" PRIu64 " KiB, anonymous memory %" PRIu64
	       " KiB\n",
	       counts.queues_loaded, counts.resident_bytes / 1024, anonymous_kib());
	wv_plan_free(&b->plan);
	wv_frontier_free(&b->frontier);
	wv_db_close(&b->db);
	wv_settings_free(&b->file);
	for (size_t i = 0; i < 64; i++)
		wv_change_done(&b->changes[i]);
	if (folder.path[0])
		wv_test_folder_remove(&folder);
	free(b);
	return 0;
}
