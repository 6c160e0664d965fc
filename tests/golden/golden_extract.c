/*
 * Pages of our own writing in the manner of real ones, and what extraction makes of them. The
 * expected outputs lie beside the pages as NAME.txt; `golden_extract --refresh` (target
 * refresh-golden-pages) writes them anew, to be reviewed as a diff.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/limits.h"
#include "config/zone.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"

struct page {
	const char *name, *zone;
};

static const struct page pages[] = {
	{"seed-ja", NULL},          {"seed-zh", "Asia/Shanghai"}, {"table-gb18030", NULL},
	{"member-sjis", "Asia/Tokyo"}, {"account-zh", NULL},      {"paywall-en", NULL},
	{"live-en", NULL},          {"script-ko", NULL},          {"listing-en", NULL},
	{"consent-de", NULL},       {"captcha-en", NULL},         {"missing-en", NULL},
	{"shell-en", NULL},         {"wire-en", NULL},            {"live-de", "Europe/Berlin"},
	{"live-data-en", NULL},     {"script-next-en", NULL},     {"script-state-en", NULL},
	{"script-string-en", NULL}, {"script-fusion-en", NULL},   {"script-ld-en", NULL},
	{"conflicts-en", NULL},     {"parts-zh", "Asia/Shanghai"}, {"parts-ja", "Asia/Tokyo"},
};

static bool read_file(const char *path, struct wv_buf *out)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	if (!file)
		return false;
	do {
		unsigned char *room = wv_buf_room(out, 65536);

		n = room ? fread(room, 1, 65536, file) : 0;
		out->n += n;
	} while (n > 0);
	fclose(file);
	return out->failed == WV_OK;
}

static void put(struct wv_buf *out, const char *name, struct wv_slice value)
{
	if (value.n > 0)
		wv_buf_add_format(out, "%s: %.*s\n", name, WV_FMT(value));
}

static void put_time(struct wv_buf *out, const char *name, const struct wv_stated_time *time)
{
	char earliest[WV_TIME_TEXT_MAX], latest[WV_TIME_TEXT_MAX];

	if (!time->is_set)
		return;
	wv_buf_add_format(out, "%s: %.*s (%.*s: '%.*s'; zone %d; %s .. %s)\n", name,
			  WV_FMT(time->text), WV_FMT(time->found), WV_FMT(time->raw),
			  (int)time->zone, wv_time_print(time->earliest, earliest),
			  wv_time_print(time->latest, latest));
}

static void print_article(const struct wv_article *a, struct wv_buf *out)
{
	wv_buf_add_format(out, "verdict: %s (%.*s)\n", wv_verdict_name(a->verdict),
			  WV_FMT(a->reason));
	put(out, "title", a->title);
	for (size_t i = 0; i < a->author_count; i++)
		put(out, "author", a->authors[i]);
	put_time(out, "published", &a->published);
	put_time(out, "modified", &a->modified);
	put(out, "publisher", a->publisher);
	put(out, "wire", a->wire);
	put(out, "dateline", a->dateline);
	put(out, "category", a->category);
	put(out, "language", a->language);
	put(out, "charset", a->charset);
	put(out, "charset basis", a->charset_basis);
	put(out, "canonical", a->canonical);
	put(out, "amp", a->amp);
	put(out, "next page", a->next_page);
	put(out, "image", a->image);
	put(out, "image caption", a->image_caption);
	for (size_t i = 0; i < a->keyword_count; i++)
		put(out, "keyword", a->keywords[i]);
	wv_buf_add_format(out, "free: %d\n", a->is_free);
	for (size_t i = 0; i < a->origin_count; i++)
		wv_buf_add_format(out, "%.*s from: %.*s\n", WV_FMT(a->origins[i].field),
				  WV_FMT(a->origins[i].found));
	for (size_t i = 0; i < a->conflict_count; i++)
		wv_buf_add_format(out, "%.*s not: %.*s (%.*s)\n", WV_FMT(a->conflicts[i].field),
				  WV_FMT(a->conflicts[i].value), WV_FMT(a->conflicts[i].found));
	for (size_t i = 0, item = 0; i < a->block_count; i++) {
		if (item < a->item_count && a->items[item].first_block == i)
			put_time(out, "item", &a->items[item++].time);
		wv_buf_add_format(out, "+ %.*s\n", WV_FMT(a->blocks[i].text));
	}
	for (size_t i = 0; i < a->removed_count; i++)
		wv_buf_add_format(out, "- %.*s: %.*s\n", WV_FMT(a->removed[i].reason),
				  WV_FMT(a->removed[i].text));
}

static bool run(const struct page *page, bool refresh, struct wv_arena *arena,
                struct wv_html_parser *parser, struct wv_zones *zones)
{
	static const struct wv_civil day = {.year = 2024, .month = 6, .day = 7};
	char path[1024], expected_path[1024], url[256];
	struct wv_buf body, expected, got;
	struct wv_extract_input input = {.fetched = wv_time_of_civil(&day), .parser = parser};
	struct wv_article article;
	bool ok = false;

	wv_buf_init(&body, 8u * WV_MIB);
	wv_buf_init(&expected, 8u * WV_MIB);
	wv_buf_init(&got, 8u * WV_MIB);
	snprintf(path, sizeof(path), "%s/tests/golden/pages/%s.html", WV_SOURCE_DIR, page->name);
	snprintf(expected_path, sizeof(expected_path), "%s/tests/golden/pages/%s.txt",
		 WV_SOURCE_DIR, page->name);
	snprintf(url, sizeof(url), "https://www.quay.example/%s", page->name);
	wv_arena_reset(arena);
	if (page->zone &&
	    wv_zones_get(zones, wv_slice_of(page->zone), &input.source_zone, NULL) != WV_OK)
		goto out;
	if (!read_file(path, &body)) {
		fprintf(stderr, "golden_extract: cannot read '%s'\n", path);
		goto out;
	}
	input.body = wv_buf_slice(&body);
	input.url = wv_slice_of(url);
	if (wv_extract(&input, arena, &article, NULL) != WV_OK)
		goto out;
	print_article(&article, &got);
	if (refresh) {
		FILE *file = fopen(expected_path, "wb");

		ok = file && fwrite(got.p, 1, got.n, file) == got.n;
		if (file)
			fclose(file);
		goto out;
	}
	if (!read_file(expected_path, &expected)) {
		fprintf(stderr, "golden_extract: cannot read '%s'\n", expected_path);
		goto out;
	}
	ok = wv_slice_equals(wv_buf_slice(&expected), wv_buf_slice(&got));
	if (!ok)
		fprintf(stderr, "page '%s': expected\n%.*s\ngot\n%.*s\n", page->name,
			WV_FMT(wv_buf_slice(&expected)), WV_FMT(wv_buf_slice(&got)));
out:
	wv_buf_done(&body);
	wv_buf_done(&expected);
	wv_buf_done(&got);
	return ok;
}

int main(int argc, char **argv)
{
	bool refresh = argc > 1 && strcmp(argv[1], "--refresh") == 0;
	struct wv_arena *arena = NULL;
	struct wv_html_parser *parser = NULL;
	struct wv_zones *zones = NULL;
	unsigned failed = 0;

	if (wv_arena_new(64u * WV_MIB, &arena, NULL) != WV_OK ||
	    wv_html_parser_new(wv_clock_system(), &parser, NULL) != WV_OK ||
	    wv_zones_new(&zones, NULL) != WV_OK)
		return 70;
	for (size_t i = 0; i < WV_COUNT(pages); i++)
		failed += !run(&pages[i], refresh, arena, parser, zones);
	wv_zones_free(&zones);
	wv_html_parser_free(&parser);
	wv_arena_free(&arena);
	printf("%zu pages, %u failed\n", WV_COUNT(pages), failed);
	return failed ? 1 : 0;
}
