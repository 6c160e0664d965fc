/*
 * What learned boilerplate does to articles: bench_sites none|all|others MIN LIST.tsv
 *
 * LIST.tsv: lines of file TAB url. Pages of hosts with at least MIN pages are extracted, with no
 * model, with one learned from all of the host's pages (as re-extraction has it), or from the
 * others only; a JSON line a page, for the scorer. Files are read relative to the working folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"
#include "config/base/json.h"
#include "config/base/limits.h"
#include "config/url.h"
#include "crawler/page/extract.h"
#include "crawler/page/html.h"
#include "crawler/page/sites.h"

#define PAGES_MAX 20000

struct bench_page {
	const char *path;
	struct wv_slice url, site, body;
	struct wv_page_prints prints;
	bool is_article;
};

static struct bench_page pages[PAGES_MAX];
static size_t page_count;
static struct wv_html_parser *parser;

static struct wv_slice load(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct wv_slice body = WV_SLICE_NONE;
	unsigned char *p;
	long size;

	if (!file)
		return body;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	p = malloc((size_t)size + 1);
	if (p && fread(p, 1, (size_t)size, file) == (size_t)size)
		body = wv_slice(p, (size_t)size);
	fclose(file);
	return body;
}

static void read_list(const char *path, struct wv_arena *arena)
{
	struct wv_cursor cursor = wv_cursor(load(path));
	struct wv_slice line;

	while (wv_cursor_line(&cursor, &line) && page_count < PAGES_MAX) {
		struct wv_cursor fields = wv_cursor(line);
		struct bench_page *page = &pages[page_count];
		struct wv_url url;
		struct wv_slice key;

		page->path = wv_arena_string(arena, wv_cursor_until(&fields, '\t'));
		page->url = wv_slice_trim(wv_cursor_until(&fields, '\t'));
		if (page->url.n && wv_url_parse(arena, page->url, NULL, &url, NULL) == WV_OK &&
		    wv_url_page_key(arena, &url, &key, NULL) == WV_OK)
			page->site = wv_sites_site(key);
		if (page->site.n && page->path)
			page_count++;
	}
}

static size_t pages_of(struct wv_slice site)
{
	size_t n = 0;

	for (size_t i = 0; i < page_count; i++)
		n += wv_slice_equals(pages[i].site, site);
	return n;
}

static void extract(struct bench_page *page, const struct wv_site_model *model,
                    struct wv_arena *arena, struct wv_article *article,
                    struct wv_page_prints *prints)
{
	struct wv_extract_input input = {.body = page->body,
	                                 .url = page->url,
	                                 .fetched = WV_TIME_NONE,
	                                 .parser = parser,
	                                 .model = model};
	struct wv_page *opened;

	wv_arena_reset(arena);
	if (wv_page_open(&input, arena, &opened, NULL) != WV_OK ||
	    wv_page_extract(opened, arena, article, prints, NULL) != WV_OK)
		abort();
}

static void first_look(struct bench_page *page, struct wv_arena *arena, struct wv_arena *keep)
{
	struct wv_article article;
	struct wv_page_prints prints;
	struct wv_page_print *copy;

	extract(page, NULL, arena, &article, &prints);
	copy = WV_ARENA_ARRAY(keep, struct wv_page_print, prints.n + 1);
	if (!copy)
		abort();
	if (prints.n)
		memcpy(copy, prints.p, prints.n * sizeof(*copy));
	page->prints = (struct wv_page_prints){copy, prints.n};
	page->is_article = article.verdict == WV_VERDICT_ARTICLE;
}

static const struct wv_site_model *learn(const struct bench_page *page, bool with_itself,
                                         struct wv_arena *arena, struct wv_site_model *out)
{
	struct wv_site_model *state = NULL;

	wv_arena_reset(arena);
	for (size_t i = 0; i < page_count; i++)
		if (wv_slice_equals(pages[i].site, page->site) && pages[i].is_article &&
		    (with_itself || &pages[i] != page) &&
		    wv_site_model_learn(state, &pages[i].prints, arena, &state, NULL) != WV_OK)
			abort();
	if (!state || wv_sites_distil(state, arena, out, NULL) != WV_OK)
		return NULL;
	out->number = 1;
	return out;
}

static void print(const struct bench_page *page, const struct wv_article *article,
                  struct wv_arena *arena, struct wv_buf *out)
{
	struct wv_json_writer json;
	struct wv_slice text = WV_SLICE_NONE;

	(void)!wv_article_text(article, arena, &text, NULL);
	wv_buf_reset(out);
	wv_json_begin(&json, out);
	wv_json_open_object(&json, NULL);
	wv_json_string(&json, "file", wv_slice_of(page->path));
	wv_json_string(&json, "verdict", wv_slice_of(wv_verdict_name(article->verdict)));
	wv_json_string(&json, "title", article->title);
	wv_json_string(&json, "text", text);
	wv_json_open_array(&json, "by_model");
	for (size_t i = 0; i < article->removed_count; i++)
		if (wv_slice_equals(article->removed[i].reason, WV_LIT("site")))
			wv_json_string(&json, NULL, article->removed[i].text);
	wv_json_close(&json);
	wv_json_close(&json);
	wv_buf_add_byte(out, '\n');
	fwrite(out->p, 1, out->n, stdout);
}

int main(int argc, char **argv)
{
	struct wv_arena *arena = NULL, *keep = NULL, *models = NULL;
	struct wv_buf out = {.cap = 64 * WV_MIB};
	size_t least;

	if (argc != 4) {
		fputs("bench_sites none|all|others MIN LIST.tsv\n", stderr);
		return 64;
	}
	least = strtoul(argv[2], NULL, 10);
	if (wv_arena_new(1024u * WV_MIB, &arena, NULL) != WV_OK ||
	    wv_arena_new(1024u * WV_MIB, &keep, NULL) != WV_OK ||
	    wv_arena_new(256u * WV_MIB, &models, NULL) != WV_OK ||
	    wv_html_parser_new(wv_clock_system(), &parser, NULL) != WV_OK)
		return 75;
	read_list(argv[3], keep);
	for (size_t i = 0; i < page_count; i++)
		if (pages_of(pages[i].site) >= least) {
			pages[i].body = load(pages[i].path);
			first_look(&pages[i], arena, keep);
		}
	for (size_t i = 0; i < page_count; i++) {
		const struct wv_site_model *model = NULL;
		struct wv_site_model made;
		struct wv_article article;

		if (!pages[i].body.n)
			continue;
		if (argv[1][0] != 'n')
			model = learn(&pages[i], argv[1][0] == 'a', models, &made);
		extract(&pages[i], model, arena, &article, NULL);
		print(&pages[i], &article, arena, &out);
	}
	wv_buf_done(&out);
	wv_html_parser_free(&parser);
	wv_arena_free(&models);
	wv_arena_free(&keep);
	wv_arena_free(&arena);
	return 0;
}
