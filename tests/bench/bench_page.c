/*
 * What a page costs, stage by stage, in CPU time of one thread: bench_page FOLDER [ROUNDS].
 * FOLDER holds unpacked HTML files. The last line's ratio is the reason for the pruned text.
 */
#include <gumbo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/base/arena.h"
#include "config/base/limits.h"
#include "crawler/page/charset.h"
#include "crawler/page/html.h"
#include "crawler/page/scan.h"

#include "tests/bench/bench_pages.h"

#define PAGES_MAX 5000

enum stage { CHARSET, SCAN_LINKS, SCAN_ALL, HTML_PLAIN, HTML, GUMBO_WHOLE, STAGES };

struct totals {
	double us[STAGES];
	size_t bytes, pruned, compact, nodes, links, failed;
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
	struct wv_charset_hints hints = {.is_xml = false};
	struct wv_charset_text text;
	struct wv_scan scan, plain;
	struct wv_html html;
	GumboOptions options = kGumboDefaultOptions;
	double t[STAGES + 1], before_plain;
	bool ok;

	wv_arena_reset(arena);
	wv_arena_reset(whole);
	t[0] = cpu_us();
	if (wv_charset_decode(arena, body, &hints, &text, NULL) != WV_OK)
		return;
	t[1] = cpu_us();
	if (wv_scan_page(arena, text.text, WV_SCAN_LINKS, &scan, NULL) != WV_OK)
		return;
	t[2] = cpu_us();
	if (wv_scan_page(arena, text.text, WV_SCAN_LINKS | WV_SCAN_HEAD | WV_SCAN_COMPACT, &scan, NULL) != WV_OK)
		return;
	t[3] = cpu_us();
	if (wv_scan_page(arena, text.text, WV_SCAN_PRUNED, &plain, NULL) != WV_OK)
		return;
	before_plain = cpu_us();
	ok = wv_html_parse(parser, arena, plain.pruned, &html, NULL) == WV_OK;
	t[4] = cpu_us();
	ok = wv_html_parse_scan(parser, arena, &scan, &html, NULL) == WV_OK && ok;
	t[5] = cpu_us();
	options.allocator = bump;
	options.deallocator = no_free;
	options.userdata = whole;
	options.max_errors = 0;
	gumbo_parse_with_options(&options, (const char *)text.text.p, text.text.n);
	t[6] = cpu_us();
	for (int i = 0; i < STAGES; i++)
		totals->us[i] += t[i + 1] - (i == HTML_PLAIN ? before_plain : t[i]);
	totals->bytes += body.n;
	totals->pruned += plain.pruned.n;
	totals->compact += scan.compact.markup.n;
	totals->links += scan.link_count;
	totals->nodes += ok ? html.node_count : 0;
	totals->failed += !ok;
}

int main(int argc, char **argv)
{
	static struct wv_slice pages[PAGES_MAX];
	static const char *const names[STAGES] = {"charset", "scan, links only", "scan, all",
	                                          "html, plain pruned text",
	                                          "html, compact (what is used)",
	                                          "gumbo alone, whole page"};
	struct totals totals = {.bytes = 0};
	struct wv_arena *arena = NULL, *whole = NULL;
	struct wv_html_parser *parser = NULL;
	size_t n, rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3, runs;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_page FOLDER [ROUNDS]\n");
		return 64;
	}
	n = wv_bench_load(argv[1], pages, PAGES_MAX);
	if (n == 0 || wv_arena_new(512u * WV_MIB, &arena, NULL) != WV_OK ||
	    wv_arena_new(1024u * WV_MIB, &whole, NULL) != WV_OK ||
	    wv_html_parser_new(NULL, &parser, NULL) != WV_OK) {
		fprintf(stderr, "bench_page: no pages in '%s'\n", argv[1]);
		return 66;
	}
	/* Warm arenas on both sides: page faults are not what is compared. */
	wv_arena_alloc(arena, 32u * WV_MIB);
	wv_arena_alloc(whole, 64u * WV_MIB);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < n; i++)
			measure(pages[i], arena, whole, parser, &totals);
	}
	runs = n * rounds;
	printf("%zu pages, mean %zu bytes, pruned %zu, compact %zu, %zu nodes, %zu references, %zu refused\n",
	       n, totals.bytes / runs, totals.pruned / runs, totals.compact / runs, totals.nodes / runs,
	       totals.links / runs, totals.failed);
	for (int i = 0; i < STAGES; i++)
		printf("%-32s %8.1f us/page\n", names[i], totals.us[i] / (double)runs);
	printf("%-32s %8.3f\n", "(charset + scan + html) / whole",
	       (totals.us[CHARSET] + totals.us[SCAN_ALL] + totals.us[HTML]) /
	               totals.us[GUMBO_WHOLE]);
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	wv_arena_free(&whole);
	return 0;
}
