/*
 * bench_search [ARTICLES [keep]]: size, speed of indexing and of answers over generated articles, a
 * third each of Chinese, Japanese and English. `keep` leaves the archive where it says. CPU time
 * throughout.
 */
#include <stdio.h>
#include <stdlib.h>

#include "archive/search/index.h"
#include "archive/search/query.h"
#include "archive/search/rank.h"
#include "archive/store/batch.h"
#include "archive/store/lookup.h"
#include "config/base/checked.h"
#include "config/base/limits.h"
#include "tests/support/archive.h"
#include "tests/support/press.h"

#define BATCHES 200u
#define QUERIES 3000u

static void must(enum wv_status st, const struct wv_err *err)
{
	if (st != WV_OK)
		(void)fprintf(stderr, "%s: %s\n", wv_status_name(st), err->text);
	if (st != WV_OK)
		exit(1);
}

/* An article a capture, half an hour apart, of a page of its own. */
static size_t add_article(struct wv_test_archive *a, struct wv_press *press, uint64_t number,
                          struct wv_batch *batch)
{
	struct wv_random r = {number * 7919 + 1};
	enum wv_press_language language = (enum wv_press_language)(number % WV_PRESS_LANGUAGES);
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_MIB};
	struct wv_block blocks[12];
	size_t ends[12], count = 4 + wv_random_below(&r, 8), at = 0, bytes;
	struct wv_article article = {.verdict = WV_VERDICT_ARTICLE, .is_free = -1, .extractor = 1};
	struct wv_capture capture;
	struct wv_err err = WV_ERR_NONE;
	char path[32];

	wv_press_headline(press, &r, language, &text);
	article.title.n = text.n;
	for (size_t i = 0; i < count; i++) {
		wv_press_write(press, &r, language, 30 + (unsigned)wv_random_below(&r, 60), &text);
		ends[i] = text.n;
	}
	article.title.p = text.p;
	bytes = text.n;
	at = article.title.n;
	for (size_t i = 0; i < count; at = ends[i++])
		blocks[i] = (struct wv_block){.text = wv_slice(text.p + at, ends[i] - at)};
	article.blocks = blocks;
	article.block_count = count;
	article.language = wv_slice_of(wv_press_language_name(language));
	article.category = number % 5 ? WV_LIT("markets") : WV_LIT("sport");
	(void)snprintf(path, sizeof path, "/%llu", (unsigned long long)number);
	capture = wv_test_capture(a, path, (int64_t)number * 150);
	capture.source = number % 7 ? WV_LIT("Example") : WV_LIT("Other");
	/* Its bytes are of no interest here. */
	struct wv_batch_body body = {.bytes = wv_slice_of(path)};
	must(wv_batch_add_capture(batch, &capture, &body, &article, NULL, &err), &err);
	return bytes;
}

static uint64_t fill(struct wv_test_archive *a, struct wv_press *press, uint64_t articles)
{
	uint64_t bytes = 0;

	for (uint64_t done = 0; done < articles;) {
		struct wv_batch *batches[BATCHES];
		enum wv_status statuses[BATCHES];
		struct wv_err err = WV_ERR_NONE;
		size_t n = 0;

		for (; n < BATCHES && done < articles; n++, done++) {
			must(wv_batch_new(a->store, &batches[n], &err), &err);
			bytes += add_article(a, press, done, batches[n]);
		}
		must(wv_batch_commit(a->store, batches, n, statuses, &err), &err);
		for (size_t i = 0; i < n; i++)
			wv_batch_free(&batches[i]);
		wv_arena_reset(a->arena);
		wv_clock_turn(a->clock, (int64_t)n * 150 * WV_US_PER_S);
	}
	return bytes;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Queries as people ask them: words as texts have them (so common ones often), pairs, phrases. */
static void make_query(struct wv_press *press, struct wv_random *r, int kind, struct wv_buf *out)
{
	enum wv_press_language language =
		(enum wv_press_language)wv_random_below(r, WV_PRESS_LANGUAGES);
	uint32_t first = 60 + wv_press_rank(r), second = 60 + wv_press_rank(r);

	first %= WV_PRESS_WORDS;
	second %= WV_PRESS_WORDS;
	wv_buf_reset(out);
	if (kind == 4) /* one sign */
		language = WV_PRESS_ZH;
	wv_buf_add(out, wv_press_word(press, language, kind == 4 ? first % 60 : first));
	if (kind == 1 || kind == 2)
		wv_buf_add_string(out, kind == 1 ? " " : " OR ");
	if (kind == 1 || kind == 2)
		wv_buf_add(out, wv_press_word(press, language, second));
	if (kind == 3 && language == WV_PRESS_EN)
		wv_buf_add_byte(out, '*');
}

static void ask_all(struct wv_test_archive *a, struct wv_search *search, struct wv_press *press,
                    uint64_t articles)
{
	static const char *const kinds[] = {"one word", "two words", "either word", "beginning",
	                                    "one sign", "all of them"};
	static int64_t times[6][QUERIES];
	size_t counts[6] = {0};
	struct wv_random r = {99};
	WV_AUTO(wv_buf_done) struct wv_buf text = {.cap = WV_KIB};

	for (size_t i = 0; i < QUERIES; i++) {
		int kind = (int)(i % 5);
		struct wv_search_ask ask = {.at = WV_TIME_NONE, .known_at = WV_TIME_NONE,
		                            .from = WV_TIME_NONE, .to = WV_TIME_NONE, .max = 20};
		struct wv_search_answer answer;
		struct wv_query query;
		struct wv_err err = WV_ERR_NONE;
		int64_t began, took;

		make_query(press, &r, kind, &text);
		if (i % 2)
			ask.at.us = WV_TEST_START + (int64_t)wv_random_below(&r, articles) * 150 *
			                                    WV_US_PER_S;
		wv_arena_reset(a->arena);
		began = wv_clock_cpu_us();
		must(wv_query_parse(a->arena, wv_buf_slice(&text), &query, &err), &err);
		ask.query = &query;
		must(wv_search_ask(search, &ask, a->arena, &answer, &err), &err);
		took = wv_clock_cpu_us() - began;
		times[kind][counts[kind]++] = took;
		times[5][counts[5]++] = took;
	}
	for (int kind = 0; kind < 6; kind++) {
		size_t n = counts[kind];

		qsort(times[kind], n, sizeof times[kind][0], compare);
		printf("query      %-12s p50 %.2f ms  p95 %.2f ms  p99 %.2f ms  max %.2f ms\n",
		       kinds[kind], (double)times[kind][n / 2] / 1e3,
		       (double)times[kind][n * 95 / 100] / 1e3,
		       (double)times[kind][n * 99 / 100] / 1e3, (double)times[kind][n - 1] / 1e3);
	}
}

int main(int argc, char **argv)
{
	uint64_t articles = 20000, bytes;
	struct wv_test_archive a;
	struct wv_search *search = NULL;
	struct wv_search_state state;
	struct wv_press *press = wv_press_new(1);
	struct wv_err err = WV_ERR_NONE;
	int64_t began, took;

	if (argc > 1 && !wv_slice_u64(wv_slice_of(argv[1]), &articles))
		return 64;
	wv_test_archive_open(&a, NULL);
	bytes = fill(&a, press, articles);
	began = wv_clock_cpu_us();
	must(wv_search_open(a.store, NULL, &search, &err), &err);
	must(wv_search_follow(search, a.store, &err), &err);
	took = wv_clock_cpu_us() - began;
	wv_search_close(&search);
	must(wv_search_open(a.store, NULL, &search, &err), &err);
	must(wv_search_state(search, &state, &err), &err);
	printf("articles   %llu, %.1f MB of text (%.0f bytes each)\n", (unsigned long long)articles,
	       (double)bytes / 1e6, (double)bytes / (double)articles);
	printf("indexing   %.0f articles/s (floor 2000), %.1f s\n",
	       (double)articles / ((double)took / 1e6), (double)took / 1e6);
	printf("index      %.1f MB, %.2f of the text (ceiling 1.5)\n",
	       (double)state.file_bytes / 1e6, (double)state.file_bytes / (double)bytes);
	ask_all(&a, search, press, articles);
	wv_search_close(&search);
	if (argc > 2)
		printf("archive    %s\n", a.folder.path);
	else
		wv_test_archive_close(&a);
	wv_press_free(&press);
	return 0;
}
