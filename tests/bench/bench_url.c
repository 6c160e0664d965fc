/*
 * Nanoseconds per parse, join and SURT, over the links of made-up pages in the mix of news sites.
 * Usage: bench_url [FILE]; FILE has one URL or reference a line, joined with the first of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config/domain.h"
#include "config/url.h"

#define ROUNDS    2000
#define LINKS_MAX 20000u

static const char base_text[] = "https://www.example.com/world/2024/06/05/some-story-12345.html";

static const char *const mix[] = {
	"/world/asia",
	"/2024/06/05/markets/stocks-fall-as-yields-rise.html",
	"https://www.example.com/business/2024/06/05/chip-makers-report-record-quarter-67890.html",
	"https://www.example.com/video?id=98765&autoplay=1",
	"//static.example-cdn.net/img/logo.svg?v=3",
	"another-story-23456.html",
	"../04/yesterday.html?utm_source=front&utm_medium=web",
	"#comments",
	"?page=2",
	"https://social.example.org/sharer?u=https%3A%2F%2Fwww.example.com%2Fworld",
	"javascript:void(0)",
	"mailto:desk@example.com",
	"https://finance.example.com/q?s=NVDA&lang=en#chart",
	"/search?q=%E8%8B%B1%E4%BC%9F%E8%BE%BE",
	"/topics/经济",
	"https://m.example.com/news/detail/20240605/000123.shtml?from=index",
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Lines of a file, or the mix. */
static size_t read_links(const char *path, struct wv_buf *text, struct wv_slice *links)
{
	struct wv_cursor cursor;
	size_t n = 0, got;
	FILE *file = path ? fopen(path, "rb") : NULL;
	unsigned char *room;

	if (!path) {
		for (; n < WV_COUNT(mix); n++)
			links[n] = wv_slice_of(mix[n]);
		return n;
	}
	if (!file)
		return 0;
	while ((room = wv_buf_room(text, 65536)) && (got = fread(room, 1, 65536, file)) > 0)
		text->n += got;
	fclose(file);
	cursor = wv_cursor(wv_buf_slice(text));
	while (n < LINKS_MAX && wv_cursor_line(&cursor, &links[n]))
		n += links[n].n > 0;
	return n;
}

static void report(const char *what, double started, size_t count)
{
	printf("%-28s %8.0f ns\n", what, (now_ns() - started) / (double)count);
}

int main(int argc, char **argv)
{
	static struct wv_slice links[LINKS_MAX];
	static struct wv_url urls[LINKS_MAX];
	WV_AUTO(wv_arena_free) struct wv_arena *kept = NULL;
	WV_AUTO(wv_arena_free) struct wv_arena *arena = NULL;
	WV_AUTO(wv_buf_done) struct wv_buf text = {0};
	struct wv_url_joiner joiner;
	struct wv_slice out;
	size_t n, url_count = 0, rounds;
	double started;

	wv_buf_init(&text, 64u << 20);
	n = read_links(argc > 1 ? argv[1] : NULL, &text, links);
	if (n == 0 || wv_arena_new(256u << 20, &kept, NULL) != WV_OK ||
	    wv_arena_new(256u << 20, &arena, NULL) != WV_OK ||
	    wv_url_parse(kept, argc > 1 ? links[0] : wv_slice_of(base_text), NULL, &joiner.base,
			 NULL) != WV_OK) {
		fprintf(stderr, "no links, or the first is no URL\n");
		return 1;
	}
	rounds = n > ROUNDS ? 20 : ROUNDS;
	for (size_t i = 0; i < n; i++) {
		struct wv_url url;

		if (wv_url_parse(kept, links[i], &joiner.base, &url, NULL) == WV_OK &&
		    wv_url_is_web(&url))
			urls[url_count++] = url;
	}
	printf("%zu references, %zu of the web, %zu rounds, CPU time each\n", n, url_count, rounds);
	started = now_ns();
	for (size_t round = 0; round < rounds; round++, wv_arena_reset(arena))
		for (size_t i = 0; i < n; i++) {
			struct wv_url url;

			if (wv_url_parse(arena, links[i], &joiner.base, &url, NULL) == WV_NOMEM)
				return 1;
		}
	report("parse with base", started, rounds * n);
	started = now_ns();
	for (size_t round = 0; round < rounds; round++, wv_arena_reset(arena))
		for (size_t i = 0; i < n; i++)
			if (wv_url_join(arena, &joiner, links[i], &out) == WV_NOMEM)
				return 1;
	report("join", started, rounds * n);
	started = now_ns();
	for (size_t round = 0; round < rounds; round++, wv_arena_reset(arena))
		for (size_t i = 0; i < url_count; i++)
			if (wv_url_surt(arena, &urls[i], &out, NULL) != WV_OK)
				return 1;
	report("SURT", started, rounds * url_count);
	started = now_ns();
	for (size_t round = 0; round < rounds; round++, wv_arena_reset(arena))
		for (size_t i = 0; i < url_count; i++)
			if (wv_url_canonical(arena, &urls[i], &out, NULL) == WV_NOMEM)
				return 1;
	report("canonical", started, rounds * url_count);
	started = now_ns();
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < url_count; i++)
			if (wv_domain_tenant(urls[i].host).n == 0)
				return 1;
	report("registrable domain", started, rounds * url_count);
	if (argc > 1)
		return 0;
	for (size_t i = 0; i < n; i++) {
		char what[40];

		started = now_ns();
		for (int round = 0; round < 20000; round++) {
			if (wv_url_join(arena, &joiner, links[i], &out) == WV_NOMEM)
				return 1;
			if (round % 1000 == 0)
				wv_arena_reset(arena);
		}
		snprintf(what, sizeof(what), "join %.22s", mix[i]);
		report(what, started, 20000);
	}
	return 0;
}
