/*
 * What an article costs: charset, scan, tree, metadata, body, verdict, in CPU time of one thread,
 * beside Gumbo alone on the whole page in the same run: bench_extract FOLDER [ROUNDS].
 * FOLDER holds unpacked HTML files. Gumbo is measured with a bump allocator that frees nothing
 * and keeps no errors (its cheapest) and as its own defaults are.
 */
#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/base/arena.h"
#include "config/base/limits.h"
#include "crawler/page/charset.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

#include "tests/bench/bench_pages.h"

#define PAGES_MAX 5000

enum stage { OPEN, EXTRACT, TREE_AGAIN, GUMBO_ARENA, GUMBO_DEFAULT, STAGES };

struct totals {
	double us[STAGES];
	size_t bytes, failed;
};

static double cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void *bump(void *context, size_t n)
{
	return wv_arena_alloc(context, n);
}

static void no_free(void *context, void *p)
{
	(void)context;
	(void)p;
}

static void measure(struct wv_slice body, struct wv_arena *arena, struct wv_arena *whole,
                    struct wv_html_parser *parser, struct totals *totals)
{
	struct wv_extract_input input = {.body = body, .fetched = WV_TIME_NONE, .parser = parser};
	struct wv_page *page;
	struct wv_article article;
	struct wv_html html;
	GumboOptions options = kGumboDefaultOptions;
	GumboOutput *output;
	struct wv_slice text;
	double t[STAGES + 1];

	wv_arena_reset(arena);
	wv_arena_reset(whole);
	t[0] = cpu_us();
	if (wv_page_open(&input, arena, &page, NULL) != WV_OK)
		return;
	t[1] = cpu_us();
	if (wv_page_extract(page, arena, &article, NULL, NULL) != WV_OK)
		totals->failed++;
	t[2] = cpu_us();
	text = wv_page_scan(page)->text;
	if (wv_html_parse_scan(parser, arena, wv_page_scan(page), &html, NULL) != WV_OK)
		totals->failed++;
	t[3] = cpu_us();
	options.allocator = bump;
	options.deallocator = no_free;
	options.userdata = whole;
	options.max_errors = 0;
	gumbo_parse_with_options(&options, (const char *)text.p, text.n);
	t[4] = cpu_us();
	output = gumbo_parse_with_options(&kGumboDefaultOptions, (const char *)text.p, text.n);
	gumbo_destroy_output(&kGumboDefaultOptions, output);
	t[5] = cpu_us();
	for (int i = 0; i < STAGES; i++)
		totals->us[i] += t[i + 1] - t[i];
	totals->bytes += body.n;
}

int main(int argc, char **argv)
{
	static struct wv_slice pages[PAGES_MAX];
	struct totals totals = {.bytes = 0};
	struct wv_arena *arena = NULL, *whole = NULL;
	struct wv_html_parser *parser = NULL;
	size_t n, rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3, runs;
	double ours;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_extract FOLDER [ROUNDS]\n");
		return 64;
	}
	n = wv_bench_load(argv[1], pages, PAGES_MAX);
	if (n == 0 || wv_arena_new(512u * WV_MIB, &arena, NULL) != WV_OK ||
	    wv_arena_new(1024u * WV_MIB, &whole, NULL) != WV_OK ||
	    wv_html_parser_new(wv_clock_system(), &parser, NULL) != WV_OK) {
		fprintf(stderr, "bench_extract: no pages in '%s'\n", argv[1]);
		return 66;
	}
	/* Warm arenas on both sides: page faults are not what is compared. */
	wv_arena_alloc(arena, 32u * WV_MIB);
	wv_arena_alloc(whole, 64u * WV_MIB);
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < n; i++)
			measure(pages[i], arena, whole, parser, &totals);
	runs = n * rounds;
	ours = totals.us[OPEN] + totals.us[EXTRACT];
	printf("%zu pages, mean %zu bytes, %zu failures\n", n, totals.bytes / runs, totals.failed);
	printf("charset and scan       %8.3f ms\n", totals.us[OPEN] / (double)runs / 1e3);
	printf("tree to article        %8.3f ms (of it the tree %.3f)\n",
	       totals.us[EXTRACT] / (double)runs / 1e3, totals.us[TREE_AGAIN] / (double)runs / 1e3);
	printf("article, all stages    %8.3f ms, %.1f MB/s\n", ours / (double)runs / 1e3,
	       (double)totals.bytes / ours);
	printf("gumbo alone, arena     %8.3f ms  ratio %.3f\n",
	       totals.us[GUMBO_ARENA] / (double)runs / 1e3, ours / totals.us[GUMBO_ARENA]);
	printf("gumbo alone, defaults  %8.3f ms  ratio %.3f\n",
	       totals.us[GUMBO_DEFAULT] / (double)runs / 1e3, ours / totals.us[GUMBO_DEFAULT]);
	wv_html_parser_free(&parser);
	wv_arena_free(&whole);
	wv_arena_free(&arena);
	return 0;
}
