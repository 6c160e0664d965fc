/*
 * bench_around DOCS.jsonl [QUERIES [PAIRS [full]]]: what it costs to know which articles of an archive belong
 * together. Pours the lines (id, title, text, published, lang; in the order of time) into an archive of
 * its own, indexes them and asks for the links of QUERIES articles (default 1,000), as of now and as of
 * earlier instants, by the index, and of some by reading every article around. With PAIRS, all links of
 * all articles are written to PAIRS.index and, if asked for, PAIRS.full, in the form that the scorer of
 * labelled stories reads. CPU time throughout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "archive/search/around.h"
#include "archive/store/batch.h"
#include "archive/store/lookup.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/random.h"

#define BATCHES 100u
#define FULL    5u

struct bench {
	struct wv_test_archive archive;
	struct wv_search *search;
	struct wv_around *around, *full;
	char **ids; /* of the documents, by capture */
	size_t count, room;
	uint64_t bytes;
	struct wv_arena *parsed, *answer;
	struct wv_txn *txn;
};

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st == WV_OK)
		return;
	(void)fprintf(stderr, "%s: %s\n", wv_status_name(st), err->text);
	exit(1);
}

static double cpu(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void keep_id(struct bench *b, struct wv_slice id)
{
	if (b->count == b->room) {
		b->room = b->room ? b->room * 2 : 1024;
		b->ids = realloc(b->ids, b->room * sizeof(*b->ids));
	}
	if (!b->ids || !(b->ids[b->count++] = strndup((const char *)id.p, id.n)))
		abort();
}

static struct wv_batch *make_batch(struct bench *b, struct wv_slice line)
{
	struct wv_test_archive *a = &b->archive;
	const struct wv_json *doc = NULL;
	struct wv_time_range range = {{0}, {0}};
	struct wv_err err = WV_ERR_NONE;
	struct wv_batch *batch = NULL;
	struct wv_article article;
	struct wv_capture capture;
	struct wv_slice when;
	struct wv_block block = {.kind = WV_BLOCK_PARAGRAPH};
	char path[32];

	must(wv_json_parse_strict(b->parsed, line, &doc, &err), &err);
	(void)snprintf(path, sizeof(path), "/%zu", b->count);
	when = wv_json_get_string(doc, "published");
	must(wv_time_parse(when, (struct wv_time){0}, &range, &err), &err);
	article = wv_test_article(a, "", "");
	article.title = wv_json_get_string(doc, "title");
	article.language = wv_json_get_string(doc, "lang");
	block.text = wv_json_get_string(doc, "text");
	article.blocks = &block;
	article.block_count = 1;
	article.published = (struct wv_stated_time){.is_set = true,
	                                            .text = when,
	                                            .raw = when,
	                                            .found = WV_LIT("meta"),
	                                            .earliest = range.first,
	                                            .latest = range.first};
	capture = wv_test_capture(a, path, 0);
	capture.captured.us = range.first.us + (int64_t)(3600 + b->count % 3600) * WV_US_PER_S;
	b->bytes += article.title.n + block.text.n;
	keep_id(b, wv_json_get_string(doc, "id"));
	must(wv_batch_new(a->store, &batch, &err), &err);
	must(wv_batch_add_capture(batch, &capture, &(struct wv_batch_body){.bytes = wv_slice_of(path)},
	                          &article, NULL, &err),
	     &err);
	if (wv_clock_now(a->clock).us < capture.captured.us)
		wv_clock_turn(a->clock, capture.captured.us - wv_clock_now(a->clock).us);
	return batch;
}

static void pour(struct bench *b, FILE *file)
{
	struct wv_batch *batches[BATCHES];
	enum wv_status statuses[BATCHES];
	struct wv_err err = WV_ERR_NONE;
	char *line = NULL;
	size_t room = 0, n = 0;
	ssize_t length;

	while ((length = getline(&line, &room, file)) >= 0 || n > 0) {
		if (length > 0) {
			wv_arena_reset(b->parsed);
			batches[n++] = make_batch(b, wv_slice_trim(wv_slice(line, (size_t)length)));
		}
		if (n < BATCHES && length >= 0)
			continue;
		must(wv_batch_commit(b->archive.store, batches, n, statuses, &err), &err);
		for (; n > 0; n--)
			wv_batch_free(&batches[n - 1]);
		wv_arena_reset(b->archive.arena);
	}
	free(line);
}

static void ask(struct bench *b, struct wv_around *around, uint64_t id, struct wv_time at, size_t max,
                struct wv_around_answer *out)
{
	const struct wv_around_query query = {
		.capture = id, .at = at, .known_at = WV_TIME_NONE, .max = max};
	struct wv_err err = WV_ERR_NONE;

	wv_arena_reset(b->answer);
	must(wv_around_of(around, &b->txn, b->answer, &query, out, &err), &err);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *b, size_t queries, bool is_past, size_t max)
{
	double *times = calloc(queries, sizeof(*times)), all = 0;
	struct wv_random r = {5};
	size_t links = 0;

	if (!times)
		abort();
	for (size_t i = 0; i < queries; i++) {
		struct wv_around_answer answer;
		struct wv_capture capture;
		struct wv_err err = WV_ERR_NONE;
		uint64_t id = wv_random_below(&r, b->count);
		struct wv_time at = WV_TIME_NONE;
		double began;

		wv_arena_reset(b->answer);
		must(wv_store_capture(b->txn, b->answer, id, WV_TIME_NONE, &capture, &err), &err);
		if (is_past)
			at.us = capture.captured.us + (int64_t)wv_random_below(&r, 5 * WV_US_PER_DAY);
		began = cpu();
		ask(b, b->around, id, at, max, &answer);
		all += times[i] = (cpu() - began) * 1000;
		links += answer.count;
	}
	qsort(times, queries, sizeof(*times), compare);
	(void)printf("%s%s: %zu questions, %.2f links each; ms CPU mean %.2f, median %.2f, p95 %.2f, p99 %.2f, "
	             "most %.2f\n",
	             is_past ? "as of some days later" : "as of now", max ? ", the best six" : "", queries,
	             (double)links / (double)queries, all / (double)queries, times[queries / 2],
	             times[queries * 95 / 100], times[queries * 99 / 100], times[queries - 1]);
	free(times);
}

static void print_pairs(struct bench *b, struct wv_around *around, const char *path, const char *ending)
{
	char name[512];
	FILE *file;

	(void)snprintf(name, sizeof(name), "%s.%s", path, ending);
	file = fopen(name, "w");
	if (!file)
		abort();
	for (size_t i = 0; i < b->count; i++) {
		struct wv_around_answer answer;

		ask(b, around, i, WV_TIME_NONE, 0, &answer);
		for (size_t k = 0; k < answer.count; k++)
			(void)fprintf(file, "{\"a\":\"%s\",\"b\":\"%s\",\"score\":%.6f}\n", b->ids[i],
			              b->ids[answer.links[k].capture], answer.links[k].score);
	}
	(void)fclose(file);
}

static void open_all(struct bench *b, double *took)
{
	struct wv_around_options options = {.store = b->archive.store};
	struct wv_err err = WV_ERR_NONE;
	uint64_t behind = 0;

	must(wv_around_open(&options, &b->full, &err), &err);
	must(wv_search_open(b->archive.store, NULL, &b->search, &err), &err);
	*took = cpu();
	must(wv_search_follow(b->search, b->archive.store, &err), &err);
	*took = cpu() - *took;
	options.search = b->search;
	must(wv_around_open(&options, &b->around, &err), &err);
	must(wv_around_follow(b->around, &behind, &err), &err);
	must(wv_store_begin_read(b->archive.store, &b->txn, &err), &err);
}

int main(int argc, char **argv)
{
	struct bench b = {.count = 0};
	size_t queries = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 1000;
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	struct wv_search_state words, all;
	struct wv_err err = WV_ERR_NONE;
	double began, took, full;

	if (!file)
		return 64;
	setlinebuf(stdout);
	wv_test_archive_open(&b.archive, NULL);
	must(wv_arena_new(64 * WV_MIB, &b.parsed, &err), &err);
	must(wv_arena_new(256 * WV_MIB, &b.answer, &err), &err);
	pour(&b, file);
	(void)fclose(file);
	began = cpu();
	must(wv_search_open(b.archive.store, NULL, &b.search, &err), &err);
	must(wv_search_follow(b.search, b.archive.store, &err), &err);
	must(wv_search_state(b.search, &words, &err), &err);
	took = cpu() - began;
	wv_search_close(&b.search);
	(void)printf("%zu articles, %.1f MB of text; words: %.1f s, %.0f articles/s, %.2f x text\n", b.count,
	             (double)b.bytes / 1e6, took, (double)b.count / took,
	             (double)words.file_bytes / (double)b.bytes);
	began = cpu();
	open_all(&b, &took);
	took = cpu() - began;
	must(wv_search_state(b.search, &all, &err), &err);
	(void)printf("stories: %.1f s, %.0f articles/s, %.2f x text more\n", took, (double)b.count / took,
	             (double)(all.file_bytes - words.file_bytes) / (double)b.bytes);
	measure(&b, queries, false, 0);
	measure(&b, queries, true, 0);
	measure(&b, queries, true, 6);
	full = cpu();
	for (uint64_t i = 0; i < FULL; i++) {
		struct wv_around_answer answer;

		ask(&b, b.full, i * (b.count / FULL), WV_TIME_NONE, 0, &answer);
	}
	full = (cpu() - full) * 1000 / FULL;
	(void)printf("by reading every article around: %.0f ms CPU\n", full);
	if (argc > 3) {
		print_pairs(&b, b.around, argv[3], "index");
		if (argc > 4)
			print_pairs(&b, b.full, argv[3], "full");
	}
	wv_txn_abort(&b.txn);
	wv_around_close(&b.around);
	wv_around_close(&b.full);
	wv_search_close(&b.search);
	for (size_t i = 0; i < b.count; i++)
		free(b.ids[i]);
	free(b.ids);
	wv_arena_free(&b.parsed);
	wv_arena_free(&b.answer);
	wv_test_archive_close(&b.archive);
	return 0;
}
