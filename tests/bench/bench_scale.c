/*
 * The archive at ten million captures: bench_scale [PAGES]
 *
 * PAGES (1,000,000) pages of ten captures each, hourly, with rows as a commit writes them; their
 * bodies are shared real records. Prints the memory of a writer that goes on committing and of a
 * reader, both anonymous (what the system cannot take back), and how long warm lookups take:
 * page key and instant to the capture that stands, by wall clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive/store/commit.h"
#include "archive/store/load.h"
#include "archive/store/lookup.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

#define PER_PAGE 10u
#define BODIES   1000u
#define GROUP    100u
#define SLICE    100000u
#define LOOKUPS  50000u

static struct wv_digest bodies[BODIES];
static uint64_t body_bytes[BODIES];

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK)
		return;
	(void)fprintf(stderr, "bench_scale: %s\n", err->text);
	exit(1);
}

static double anonymous_mib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t kib = 0;

	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, "RssAnon:", 8) == 0) {
			struct wv_cursor c = wv_cursor(wv_slice_trim(wv_slice_of(line + 8)));

			(void)wv_cursor_number(&c, &kib);
		}
	if (file)
		(void)fclose(file);
	return (double)kib / 1024;
}

static void put_real(struct wv_test_archive *a, uint64_t first, bool remember)
{
	struct wv_batch *batches[GROUP];
	enum wv_status statuses[GROUP];
	struct wv_err err = WV_ERR_NONE;

	for (unsigned i = 0; i < GROUP; i++) {
		WV_AUTO(wv_buf_done) struct wv_buf text = {0};
		struct wv_batch_body body = {.wants_delta = true};
		struct wv_random random = {first + i};
		struct wv_capture capture;
		char path[64];

		wv_buf_init(&text, 1 << 20);
		for (int k = 0; k < 1200; k++)
			wv_buf_add_format(&text, "<p>word %u of %llu</p>\n",
			                  (unsigned)wv_random_below(&random, 5000),
			                  (unsigned long long)(first + i));
		(void)snprintf(path, sizeof path, "/real/%llu",
		               (unsigned long long)(first + i) % 500);
		capture = wv_test_capture(a, path, (int64_t)(first + i) * 60);
		body.bytes = wv_buf_slice(&text);
		if (remember) {
			bodies[first + i] = wv_digest_of(body.bytes);
			body_bytes[first + i] = body.bytes.n;
		}
		must(wv_batch_new(a->store, &batches[i], &err), &err);
		must(wv_batch_add_capture(batches[i], &capture, &body, NULL, NULL, &err), &err);
	}
	must(wv_batch_commit(a->store, batches, GROUP, statuses, &err), &err);
	for (unsigned i = 0; i < GROUP; i++)
		wv_batch_free(&batches[i]);
	wv_arena_reset(a->arena);
}

/* --- rows as commits would have left them --- */

struct many {
	struct wv_test_archive *a;
	struct wv_txn *txn;
	struct wv_state state;
	struct wv_buf row;
	uint64_t pages, first_page, first_leaf, written;
};

static struct wv_slice key_of_page(uint64_t page, char key[64])
{
	return wv_slice(key,
	                (size_t)snprintf(key, 64, "example,site%05llu)/news/%llu",
	                                 (unsigned long long)page / 200, (unsigned long long)page));
}

static int64_t time_of(uint64_t page, unsigned k)
{
	return WV_TEST_START + (int64_t)k * 3600 * WV_US_PER_S + (int64_t)(page % 3600) * 1000;
}

static void go_on(struct many *m, bool last)
{
	struct wv_err err = WV_ERR_NONE;

	if (!last && ++m->written % SLICE)
		return;
	must(wv_state_put(m->txn, &m->state, &err), &err);
	must(wv_txn_commit(&m->txn, &err), &err);
	if (!last)
		must(wv_txn_begin_write(wv_store_db(m->a->store), &m->txn, &err), &err);
}

static void put(struct many *m, enum wv_table table, struct wv_slice key, struct wv_slice value)
{
	struct wv_err err = WV_ERR_NONE;

	must(wv_txn_put(m->txn, table, key, value, &err), &err);
	go_on(m, false);
}

static void put_page(struct many *m, uint64_t page)
{
	unsigned char number[8];
	char text[64], url[80];
	struct wv_slice key = key_of_page(page, text);
	int n = snprintf(url, sizeof url, "https://site%05llu.example/news/%llu",
	                 (unsigned long long)page / 200, (unsigned long long)page);

	wv_key_of_u64(m->first_page + page, number);
	wv_buf_reset(&m->row);
	wv_record_page_encode(key, wv_slice(url, (size_t)n), &m->row);
	put(m, WV_TABLE_PAGE_KEYS, wv_slice(number, 8), wv_buf_slice(&m->row));
	put(m, WV_TABLE_PAGES, key, wv_slice(number, 8));
}

static void put_capture(struct many *m, uint64_t page, unsigned k)
{
	uint64_t id = m->first_leaf + page * PER_PAGE + k, body = (page * 7 + k / 3) % BODIES;
	const struct wv_capture_key place = {m->first_page + page, {time_of(page, k)}, id};
	struct wv_leaf_row leaf = {.page = place.page, .captured = place.captured};
	struct wv_capture capture = {
		.id = id,
		.captured = place.captured,
		.recorded = place.captured,
		.status = 200,
		.verdict = WV_VERDICT_OTHER,
		.has_body = true,
		.body = bodies[body],
		.body_bytes = body_bytes[body],
		.mime = WV_LIT("text/html"),
		.address = WV_LIT("192.0.2.7"),
		.basis = WV_LIT("robots allow line 3; delay 5s"),
	};
	struct wv_capture_context context = {.source = 1};
	unsigned char key[WV_KEY_CAPTURE_BYTES], number[8];
	struct wv_err err = WV_ERR_NONE;

	wv_key_of_capture(&place, key);
	wv_buf_reset(&m->row);
	must(wv_record_capture_encode(&capture, &context, &m->row, &err), &err);
	put(m, WV_TABLE_CAPTURES, wv_slice(key, sizeof key), wv_buf_slice(&m->row));
	wv_key_of_u64(id, number);
	memcpy(leaf.salt, number, sizeof number);
	leaf.hash = wv_digest_of(wv_slice(number, sizeof number));
	wv_buf_reset(&m->row);
	wv_record_leaf_row_encode(&leaf, &m->row);
	put(m, WV_TABLE_LEAVES, wv_slice(number, 8), wv_buf_slice(&m->row));
}

static void put_by_source(struct many *m, uint64_t page, unsigned k)
{
	const struct wv_source_key place = {
		1, {time_of(page, k)}, m->first_leaf + page * PER_PAGE + k};
	unsigned char key[WV_KEY_SOURCE_BYTES], number[8];

	wv_key_of_source(&place, key);
	wv_key_of_u64(m->first_page + page, number);
	put(m, WV_TABLE_BY_SOURCE, wv_slice(key, sizeof key), wv_slice(number, 8));
}

static void put_many(struct wv_test_archive *a, uint64_t pages)
{
	struct many m = {.a = a, .pages = pages};
	struct wv_err err = WV_ERR_NONE;

	wv_buf_init(&m.row, 1 << 16);
	must(wv_txn_begin_write(wv_store_db(a->store), &m.txn, &err), &err);
	must(wv_state_get(m.txn, &m.state, &err), &err);
	m.first_page = m.state.next_page;
	m.first_leaf = m.state.next_leaf;
	m.state.next_page += pages;
	m.state.next_leaf += pages * PER_PAGE;
	m.state.totals.captures += pages * PER_PAGE;
	m.state.totals.pages += pages;
	for (uint64_t i = 0; i < pages; i++)
		put_page(&m, i);
	for (uint64_t i = 0; i < pages; i++)
		for (unsigned k = 0; k < PER_PAGE; k++)
			put_capture(&m, i, k);
	for (unsigned k = 0; k < PER_PAGE; k++)
		for (uint64_t i = 0; i < pages; i++)
			put_by_source(&m, i, k);
	go_on(&m, true);
	wv_buf_done(&m.row);
}

/* --- measuring --- */

static int compare(const void *a, const void *b)
{
	int64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static void look_up(struct wv_store *store, struct wv_arena *arena, uint64_t page, int64_t at)
{
	struct wv_standing_query query = {.at = {at}, .known_at = WV_TIME_NONE};
	struct wv_standing standing;
	struct wv_txn *txn = NULL;
	struct wv_page found;
	struct wv_err err = WV_ERR_NONE;
	char key[64];

	wv_arena_reset(arena);
	must(wv_store_begin_read(store, &txn, &err), &err);
	must(wv_store_page_of_key(txn, arena, key_of_page(page, key), &found, &err), &err);
	query.page = found.number;
	must(wv_store_standing(txn, arena, &query, &standing, &err), &err);
	wv_txn_abort(&txn);
}

static void read_process(const char *dir, const struct wv_clock *clock, uint64_t pages)
{
	static int64_t us[LOOKUPS];
	struct wv_store *store = NULL;
	struct wv_arena *arena = NULL;
	struct wv_err err = WV_ERR_NONE;

	must(wv_store_open(dir, &(struct wv_store_options){.read_only = true}, clock, &store, &err),
	     &err);
	must(wv_arena_new(64 << 20, &arena, &err), &err);
	/* Twice the same: the second time the pages of the file are warm. */
	for (int round = 0; round < 2; round++) {
		struct wv_random random = {3};

		for (unsigned i = 0; i < LOOKUPS; i++) {
			uint64_t page = wv_random_below(&random, pages);
			int64_t start,
				at = time_of(page, (unsigned)wv_random_below(&random, PER_PAGE));

			start = wv_clock_mono(wv_clock_system()).us;
			look_up(store, arena, page, at + 1);
			us[i] = wv_clock_mono(wv_clock_system()).us - start;
		}
		qsort(us, LOOKUPS, sizeof *us, compare);
		printf("lookup %s  p50 %lld us, p99 %lld us, worst %lld us\n",
		       round ? "warm " : "first", (long long)us[LOOKUPS / 2],
		       (long long)us[LOOKUPS * 99 / 100], (long long)us[LOOKUPS - 1]);
	}
	printf("reader: %.1f MiB anonymous\n", anonymous_mib());
	wv_store_close(&store);
	wv_arena_free(&arena);
	exit(0);
}

int main(int argc, char **argv)
{
	uint64_t pages = 1000000;
	struct wv_test_archive a;
	struct wv_db_usage usage = {0};
	struct wv_err err = WV_ERR_NONE;
	double most = 0;
	pid_t child;
	int status;

	if (argc > 2 || (argc == 2 && !wv_slice_u64(wv_slice_of(argv[1]), &pages))) {
		(void)fprintf(stderr, "usage: bench_scale [PAGES]\n");
		return 64;
	}
	wv_test_archive_open(&a, NULL);
	for (unsigned i = 0; i < BODIES; i += GROUP)
		put_real(&a, i, true);
	put_many(&a, pages);
	/* The tree of what did not come by a commit is not there: the rest goes on without one. */
	wv_store_close(&a.store);
	must(wv_store_open(a.folder.path, &(struct wv_store_options){0}, a.clock, &a.store, &err),
	     &err);
	if (wv_db_usage(wv_store_db(a.store), &usage, NULL) == WV_OK)
		printf("%llu captures, file %.2f GB\n", (unsigned long long)(pages * PER_PAGE),
		       (double)usage.file_bytes / 1e9);
	for (unsigned i = 0; i < 5000; i += GROUP) {
		put_real(&a, BODIES + i, false);
		most = anonymous_mib() > most ? anonymous_mib() : most;
	}
	printf("writer: %.1f MiB anonymous at most, 5,000 captures with bodies on top\n", most);
	wv_store_close(&a.store);
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		read_process(a.folder.path, a.clock, pages);
	(void)waitpid(child, &status, 0);
	wv_test_archive_close(&a);
	return status ? 1 : 0;
}
